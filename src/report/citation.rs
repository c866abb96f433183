//! How a citation is spelled in Markdown: written by `markdown`, read back by [`crate::verify`].
//!
//! A citation is a quotation, an arrow and a location: `` `the line` ← `path/of/the.log:12` ``. Both are code spans on one
//! line, the arrow is the only thing between them. The quotation is the line without white space at its ends, invisible characters
//! written visibly ([`crate::text::visible`]).
//!
//! - `path:line` - the whole line. `path:line:column` - the part of the line that starts at this character, counted from
//!   1. Column 0 means the whole line; it is written where the path itself ends in a colon and digits.
//! - `… ` before the quotation: the line has more before it. ` …` between quotation and arrow: the line goes on.
//! - `[REDACTED]` in the quotation stands for a secret of one character or more.

use super::document::Citation;
use super::escape::{self, ARROW};
use super::redact::MASK;

/// Says that a line has more than is quoted.
pub const ELLIPSIS: char = '\u{2026}';

/// Characters that are quoted of a long line.
const SLICE_CHARS: usize = 300;

/// Where a citation points, as it is spelled in Markdown.
pub fn location(path: &str, line: u64, column: Option<u32>) -> String {
    match column {
        Some(column) => format!("{path}:{line}:{column}"),
        None if split_number(path).is_some() => format!("{path}:{line}:0"),
        None => format!("{path}:{line}"),
    }
}

/// Reads a location back: path, line, column.
pub fn read_location(text: &str) -> Option<(&str, u64, Option<u32>)> {
    let (rest, last) = split_number(text)?;
    match split_number(rest) {
        Some((path, line)) => Some((path, line, Some(u32::try_from(last).ok()?).filter(|column| *column > 0)))
            .filter(|_| !path.is_empty()),
        None => Some((rest, last, None)).filter(|_| !rest.is_empty()),
    }
}

/// `name:12` in its two parts.
fn split_number(text: &str) -> Option<(&str, u64)> {
    let (rest, digits) = text.rsplit_once(':')?;
    let plain = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
    Some((rest, digits.parse().ok()?)).filter(|_| plain)
}

/// A location as a code span, without a quotation.
pub fn place(citation: &Citation) -> String {
    escape::quote(&location(&citation.path, citation.line, citation.column))
}

/// The whole citation; `None` where there is nothing to quote. A whole line is quoted whole; a part of a long line, which
/// is mostly JSON that nobody wants to read on, up to `SLICE_CHARS`.
pub fn full(citation: &Citation) -> Option<String> {
    let text = citation.text.trim();
    let quoted = if citation.column.is_some() { cut(text, SLICE_CHARS) } else { text };
    let behind = if quoted.len() < text.len() { format!(" {ELLIPSIS}") } else { String::new() };
    (!text.is_empty()).then(|| format!("{}{behind} {ARROW} {}", escape::quote(quoted), place(citation)))
}

/// A citation short enough for a table cell, of at most `limit` characters of the line; `None` where the text or the path
/// cannot stand in a cell.
pub fn short(citation: &Citation, limit: usize) -> Option<String> {
    if citation.path.contains('|') {
        return None;
    }
    let text = citation.text.trim();
    let piece = excerpt(text, limit);
    // A pipe would end the cell: quote the longest piece between pipes.
    let piece = piece.split('|').map(str::trim).max_by_key(|part| part.len())?;
    if piece.replace(MASK, "").chars().filter(|c| !c.is_whitespace()).count() < 4 {
        return None;
    }
    let at = piece.as_ptr() as usize - text.as_ptr() as usize;
    let before = if at > 0 { format!("{ELLIPSIS} ") } else { String::new() };
    let after = if at + piece.len() < text.len() { format!(" {ELLIPSIS}") } else { String::new() };
    Some(format!("{before}{}{after} {ARROW} {}", escape::quote(piece), place(citation)))
}

/// The part of a line that says most: without the time at its start, from the message of a JSON line on.
fn excerpt(text: &str, limit: usize) -> &str {
    if text.chars().count() <= limit {
        return text;
    }
    let mut rest = text;
    if rest.starts_with('{') {
        let keys = ["\"msg\":", "\"message\":", "\"error\":", "\"err\":"];
        if let Some(at) = keys.iter().find_map(|key| rest.find(key)) {
            rest = &rest[at..];
        }
    } else {
        for _ in 0..3 {
            let Some((word, behind)) = rest.split_once(' ') else { break };
            let of_time =
                |c: char| c.is_ascii_digit() || matches!(c, '-' | ':' | '/' | '.' | ',' | '+' | 'T' | 'Z' | '[' | ']');
            if !word.chars().all(of_time) || !word.contains(|c: char| c.is_ascii_digit()) || behind.trim().is_empty() {
                break;
            }
            rest = behind.trim_start();
        }
    }
    cut(rest, limit)
}

/// At most so many characters of a text, up to a blank where one is near; a mask is never cut.
fn cut(text: &str, limit: usize) -> &str {
    let Some((mut end, _)) = text.char_indices().nth(limit) else { return text };
    if let Some(blank) = text[..end].rfind(' ').filter(|blank| end - blank < 20 && !text[end..].starts_with(' ')) {
        end = blank;
    }
    // Half a mask would be quoted as text of the line.
    if let Some((at, mask)) = text.match_indices(MASK).find(|(at, mask)| *at < end && end < at + mask.len()) {
        end = at + mask.len();
    }
    text[..end].trim()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn citation(path: &str, text: &str) -> Citation {
        Citation { path: path.to_owned(), line: 3, column: None, text: text.to_owned(), redacted: false }
    }

    #[test]
    fn locations_read_back() {
        for (path, column) in
            [("a/b.log", None), ("a/b.log", Some(7)), ("odd:12", None), ("odd:1:2", Some(3)), ("c:x", None)]
        {
            let spelled = location(path, 42, column);
            assert_eq!(read_location(&spelled), Some((path, 42, column)), "{spelled}");
        }
        for none in ["", "a", ":1", "a:", "a:x", "a:+1", "a:99999999999999999999"] {
            assert_eq!(read_location(none), None, "{none}");
        }
    }

    #[test]
    fn short_citations_say_what_they_leave_out() {
        let long = format!("2026-06-16T08:22:44.123Z ERROR could not connect to db: {}", "x ".repeat(100));
        let short_form = short(&citation("a.log", &long), 40);
        assert_eq!(
            short_form.as_deref(),
            Some("\u{2026} `ERROR could not connect to db: x x x x x` \u{2026} \u{2190} `a.log:3`")
        );
        assert_eq!(short(&citation("a.log", "all of it"), 40).as_deref(), Some("`all of it` \u{2190} `a.log:3`"));
        assert_eq!(
            short(&citation("a.log", "a | the longest part | b"), 40).as_deref(),
            Some("\u{2026} `the longest part` \u{2026} \u{2190} `a.log:3`")
        );
        assert_eq!(short(&citation("a|b.log", "text"), 40), None);
    }

    #[test]
    fn a_mask_is_not_cut() {
        let text = format!("user=app password={MASK} host=db.shop.svc.cluster.local port=5432");
        let quoted = short(&citation("a", &text), 22).unwrap_or_default();
        assert!(quoted.contains(MASK) || !quoted.contains('['), "{quoted}");
    }
}
