//! The report: a post-mortem written down, as JSON for programs and as Markdown for people.
//!
//! Owns the formats, the masking of secrets and the escaping of what comes from a bundle. Decides nothing: what it says
//! stands in the [`Postmortem`]. Never reads a file. Both formats come from one [`document::Document`], in which
//! secrets are masked already; [`crate::verify`] reads both back.
//!
//! In reading order: `document` is what is said, `markdown` how a person reads it; `redact`, `escape` and `playbook` are
//! what they stand on.

pub mod citation;
pub mod document;
pub mod escape;
mod markdown;
mod playbook;
pub mod redact;

use crate::postmortem::Postmortem;
use crate::text::visible;
use document::Document;

/// The JSON Schema (2020-12) of [`json`]'s output.
pub const SCHEMA: &str = include_str!("report.schema.json");

/// The report of the JSON contract: indented, fields in a fixed order, one line end at the end.
pub fn json(postmortem: &Postmortem) -> String {
    pretty_json(&Document::new(postmortem))
}

/// The report for people.
pub fn markdown(postmortem: &Postmortem) -> String {
    markdown_of(&Document::new(postmortem))
}

/// The report for people, of a document at hand.
pub fn markdown_of(document: &Document) -> String {
    markdown::write(document)
}

/// JSON of a document: indented, one line end at the end.
pub fn pretty_json(document: &impl serde::Serialize) -> String {
    visible_json(serde_json::to_string_pretty(document))
}

/// JSON of a document on one line, with its line end.
pub fn json_line(document: &impl serde::Serialize) -> String {
    visible_json(serde_json::to_string(document))
}

/// JSON escapes the control characters of ASCII only; a report is also read on a terminal.
fn visible_json(written: serde_json::Result<String>) -> String {
    // Strings, numbers and lists cannot fail to serialize; a document without content would be no report.
    let mut text = written.unwrap_or_else(|error| format!("\"{error}\""));
    if text.bytes().all(|byte| byte < 0x7f) {
        text.push('\n');
        return text;
    }
    let mut out = String::with_capacity(text.len() + 1);
    for c in text.chars() {
        if c != '\n' && c >= '\u{7f}' && matches!(visible(c.encode_utf8(&mut [0; 4])), std::borrow::Cow::Owned(_)) {
            for unit in c.encode_utf16(&mut [0; 2]) {
                out.push_str(&format!("\\u{unit:04x}"));
            }
        } else {
            out.push(c);
        }
    }
    out.push('\n');
    out
}
