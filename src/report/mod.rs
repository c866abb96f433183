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
    // Strings, numbers and lists cannot fail to serialize; a document without content would be no report.
    let text = serde_json::to_string_pretty(&Document::new(postmortem)).unwrap_or_else(|error| format!("\"{error}\""));
    let mut out = String::with_capacity(text.len() + 1);
    // JSON escapes the control characters of ASCII only; a report is also read on a terminal.
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

/// The report for people.
pub fn markdown(postmortem: &Postmortem) -> String {
    markdown::write(&Document::new(postmortem))
}
