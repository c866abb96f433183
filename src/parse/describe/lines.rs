//! Lines of a printed output made readable: comment marks, colours, bold, HTML entities and terminal wraps undone.
//!
//! Every line keeps the raw line it came from, so that facts can be cited. Knows nothing of what the lines mean, except
//! which words may start a line of kubectl's output (a line that does is no continuation of the one before it).

use std::borrow::Cow;

use crate::parse::Section;
pub(crate) use crate::parse::clean::line as clean;
use crate::text::{FileId, Located, Place};

/// A line as people meant it.
#[derive(Debug, Clone)]
pub(crate) struct Line<'t> {
    /// The file.
    pub file: FileId,
    /// 1-based number of the (first) line in the file.
    pub number: u64,
    /// The (first) line verbatim.
    pub raw: &'t str,
    /// Columns of white space before the text; a tab goes to the next multiple of eight.
    pub indent: usize,
    /// The text without white space at its ends, cleaned, wraps joined.
    pub text: Cow<'t, str>,
    /// Characters of the last physical line: what a terminal's width is compared with.
    pub width: usize,
}

impl<'t> Line<'t> {
    /// The place of the raw line.
    pub fn place(&self) -> Place {
        Place::of_object(self.file, self.number, self.raw)
    }

    /// A value with this line as its place.
    pub fn fact<T>(&self, value: T) -> Located<T> {
        Located::new(value, self.place())
    }

    /// Whether nothing stands here.
    pub fn is_blank(&self) -> bool {
        self.text.is_empty()
    }

    /// `Key:  value` at its first colon that is followed by white space or ends the line.
    pub fn key_value(&self) -> Option<(&str, &str)> {
        key_value(&self.text)
    }

    /// The key of `Key:  value`, else nothing.
    pub fn key(&self) -> &str {
        self.key_value().map_or("", |(key, _)| key)
    }
}

/// Splits `Key:  value` at the first colon that white space or the end follows.
pub(crate) fn key_value(text: &str) -> Option<(&str, &str)> {
    let mut from = 0;
    while let Some(found) = text.get(from..)?.find(':') {
        let at = from + found;
        let rest = &text[at + 1..];
        if rest.is_empty() || rest.starts_with([' ', '\t']) {
            let key = text[..at].trim_end();
            return (!key.is_empty() && key.len() <= 253).then(|| (key, rest.trim()));
        }
        from = at + 1;
    }
    None
}

/// Columns of white space at the start of a line.
fn indent_of(line: &str) -> usize {
    let mut columns = 0;
    for c in line.chars() {
        match c {
            ' ' | '\u{a0}' => columns += 1,
            '\t' => columns = columns / 8 * 8 + 8,
            _ => break,
        }
    }
    columns
}

/// A mark that some people put before every line they paste.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mark {
    Hash,
    Quote,
    Slashes,
    Bullet,
}

impl Mark {
    fn text(self) -> &'static str {
        match self {
            Mark::Hash => "#",
            Mark::Quote => ">",
            Mark::Slashes => "//",
            Mark::Bullet => "-",
        }
    }

    /// The line without the mark, where it carries one; `##` and `>>` are one mark.
    fn strip(self, line: &str) -> Option<&str> {
        let rest = line.trim_start().strip_prefix(self.text())?;
        let rest = if matches!(self, Mark::Hash | Mark::Quote) { rest.trim_start_matches(self.text()) } else { rest };
        (rest.is_empty() || rest.starts_with([' ', '\t'])).then_some(rest)
    }
}

/// The mark that at least four of five lines carry; two of five where the first does (a terminal broke the others).
fn common_mark(text: &str) -> Option<Mark> {
    let (mut lines, mut marked, mut first) = (0usize, [0usize; 4], [false; 4]);
    let marks = [Mark::Hash, Mark::Quote, Mark::Slashes, Mark::Bullet];
    for line in text.lines().filter(|line| !line.trim().is_empty()).take(5_000) {
        lines += 1;
        for ((count, first), mark) in marked.iter_mut().zip(&mut first).zip(marks) {
            let found = mark.strip(line).is_some();
            *count += usize::from(found);
            *first |= found && lines == 1;
        }
    }
    let ((count, first), mark) = marked.into_iter().zip(first).zip(marks).max_by_key(|((count, _), _)| *count)?;
    (lines > 0 && count * 5 >= lines * if first { 2 } else { 4 }).then_some(mark)
}

/// Whether a line stands for something that was left out: `...`, `[...]`, `***`, `<snip>`.
pub(crate) fn is_elision(text: &str) -> bool {
    let inner = text.trim().trim_matches(['[', ']', '(', ')', '<', '>', '{', '}', '#', '-', ' ', ',']);
    let inner = inner.trim();
    let dots = !inner.is_empty() && inner.chars().all(|c| matches!(c, '.' | '\u{2026}' | '*' | '~' | ' '));
    dots && (inner.len() >= 2)
        || matches!(
            inner.to_ascii_lowercase().as_str(),
            "snip" | "snipped" | "omitted" | "truncated" | "skipped" | "redacted" | "cut" | "output omitted"
        )
}

/// Whether a line is a table's ruler: `----  ------`, `====`.
pub(crate) fn is_ruler(text: &str) -> bool {
    let text = text.trim();
    text.len() >= 3 && text.contains(['-', '=']) && text.chars().all(|c| matches!(c, '-' | '=' | ' ' | '\t'))
}

/// At most so many columns are lost where a line broke at a blank between words.
const DROPPED: usize = 16;

/// The widths that terminals commonly have.
fn usual_width(width: usize) -> bool {
    matches!(width, 80 | 100 | 120 | 121 | 128 | 132 | 140 | 150 | 160 | 180 | 200)
}

/// How a whole output was broken at a terminal's width.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Wrap {
    /// Characters of the longest physical line.
    pub longest: usize,
    /// Whether that is surely the terminal's width.
    pub sure: bool,
}

/// Reads the lines of a section. `starts` says whether a text starts a line of its own (a key, a row), so that it is no
/// continuation of a line that a terminal broke.
pub(crate) fn read<'t>(section: &Section<'t>, starts: impl Fn(&str) -> bool) -> (Vec<Line<'t>>, Wrap) {
    let mark = common_mark(section.text);
    let file = section.file();
    let mut lines: Vec<Line<'t>> = Vec::new();
    for (number, raw) in section.lines() {
        let stripped = mark.and_then(|mark| mark.strip(raw)).unwrap_or(raw);
        let cleaned = clean(stripped);
        let indent = indent_of(&cleaned);
        let text = match cleaned {
            Cow::Borrowed(text) => Cow::Borrowed(text.trim()),
            Cow::Owned(text) => Cow::Owned(text.trim().to_owned()),
        };
        lines.push(Line { file, number, raw, indent, text, width: raw.chars().count() });
    }
    let wrap = measure(&lines);
    if wrap.sure {
        lines = unwrap(lines, wrap, starts);
    }
    (lines, wrap)
}

/// Whether the longest lines are as long as the terminal was wide: several different ones, or one of a usual width.
fn measure(lines: &[Line<'_>]) -> Wrap {
    let longest = lines.iter().map(|line| line.width).max().unwrap_or(0);
    let mut full: Vec<&str> =
        lines.iter().filter(|line| line.width == longest).map(|line| &*line.text).take(64).collect();
    full.sort_unstable();
    full.dedup();
    let margin = margin(lines).min(longest);
    // A terminal shows tabs as blanks: where there are tabs, nothing was copied from one.
    let tabs = lines.iter().any(|line| line.raw.contains('\t'));
    let usual = |width: usize| usual_width(width) || usual_width(width.saturating_sub(margin));
    let sure = !tabs && (60..=400).contains(&longest);
    if sure && full.len() < 2 && !usual(longest) && usual(longest + 1) {
        // Broken at blanks only, which copying dropped.
        return Wrap { longest: longest + 1, sure };
    }
    let sure = sure && (full.len() >= 2 || usual(longest));
    Wrap { longest, sure }
}

/// The white space before every line.
fn margin(lines: &[Line<'_>]) -> usize {
    lines.iter().filter(|line| !line.is_blank()).map(|line| line.indent).min().unwrap_or(0)
}

/// So many bytes of a line tell how it starts.
const HEAD_BYTES: usize = 2048;

fn head(text: &str) -> &str {
    let mut end = text.len().min(HEAD_BYTES);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// Joins what a terminal broke: a full line and the line below it, where that starts nothing of its own.
fn unwrap<'t>(lines: Vec<Line<'t>>, wrap: Wrap, starts: impl Fn(&str) -> bool) -> Vec<Line<'t>> {
    let margin = margin(&lines);
    let mut out: Vec<Line<'t>> = Vec::with_capacity(lines.len());
    let mut blanks_at_end = 0;
    let mut row = false;
    // Whether the last line is a ruler: what was joined may be long, and is not looked through for each line.
    let mut under_ruler = false;
    for line in lines {
        let tail = line.raw.len() - line.raw.trim_end_matches(' ').len();
        let lead = line.indent.saturating_sub(margin);
        let ruler = is_ruler(&line.text);
        let joins = out.last().is_some_and(|last| {
            let full = last.width == wrap.longest;
            // Copying may have dropped the blanks at which a line broke.
            let nearly = last.width + DROPPED >= wrap.longest && lead == 0 && last.indent > margin;
            (full || nearly)
                && !last.is_blank()
                && !line.is_blank()
                && !is_elision(&line.text)
                && (lead <= 1 || full && (row || under_ruler || lead <= 8 && starts(head(&last.text))))
                && (!under_ruler || ruler)
                && !starts(&line.text)
        });
        match out.last_mut().filter(|_| joins) {
            Some(last) => {
                let blanks = (blanks_at_end + lead).max(usize::from(last.width < wrap.longest)).min(80);
                let text = last.text.to_mut();
                text.extend(std::iter::repeat_n(' ', blanks));
                text.push_str(&line.text);
                last.width = line.width;
                under_ruler &= ruler;
            }
            None => {
                under_ruler = ruler;
                row = line.width == wrap.longest
                    && starts(&line.text)
                    && key_value(&line.text).is_none_or(|(key, _)| key.contains("  "));
                out.push(line);
            }
        }
        blanks_at_end = tail;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::artifact::{Artifact, Hint};
    use crate::text::SectionId;

    fn section(text: &str) -> Section<'_> {
        Section {
            id: SectionId::default(),
            artifact: Artifact::Describe,
            path: "x.txt",
            first_line: 1,
            text,
            hint: Hint::default(),
            command: None,
        }
    }

    #[test]
    fn keys_end_at_a_colon_before_white_space() {
        assert_eq!(key_value("Image:\tnginx:1.27"), Some(("Image", "nginx:1.27")));
        assert_eq!(key_value("a:b: c"), Some(("a:b", "c")));
        assert_eq!(key_value("IP:"), Some(("IP", "")));
        assert_eq!(key_value("http://x"), None);
    }

    #[test]
    fn marks_colours_bold_and_entities_go() {
        let text =
            "#   Warning  Failed\n# **Reason:**  **OOMKilled**\n#Port: &lt;none&gt; \n# \u{1b}[31mred\u{1b}[0m\n# end";
        let (lines, _) = read(&section(text), |_| false);
        assert_eq!(lines[0].text, "Warning  Failed");
        assert_eq!(lines[0].indent, 3);
        assert_eq!(lines[1].text, "Reason:  OOMKilled");
        assert_eq!(lines[2].text, "#Port: <none>");
        assert_eq!(lines[3].text, "red");
        assert_eq!(lines[1].raw, "# **Reason:**  **OOMKilled**");
        assert_eq!(clean("cp /**/*.js x**y"), "cp /**/*.js x**y");
    }

    #[test]
    fn a_terminal_s_wrap_is_joined_without_a_blank() {
        let long = format!("  Warning  Failed  5s  kubelet  {}cannot al", "x".repeat(39));
        assert_eq!(long.len(), 80);
        let text = format!("{long}\nlocate memory\n  Normal  Pulled  5s  kubelet  ok");
        let (lines, wrap) = read(&section(&text), |text| text.starts_with("Normal"));
        assert!(wrap.sure);
        assert!(lines[0].text.ends_with("cannot allocate memory"), "{}", lines[0].text);
        assert_eq!(lines.len(), 2);
    }

    #[test]
    fn elisions_and_rulers() {
        for text in ["...", "[...]", "***", "\u{2026}...", "<snip>", "# ..."] {
            assert!(is_elision(text), "{text}");
        }
        for text in ["-", "Name: x", "--- ----", "5s"] {
            assert!(!is_elision(text), "{text}");
        }
        assert!(is_ruler("----     ------               ----"));
        assert!(!is_ruler("- x"));
    }
}
