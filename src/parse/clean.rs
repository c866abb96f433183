//! What people and web pages do to kubectl's output between the terminal and the file, undone.
//!
//! Owns the cleaning of single lines: colours, HTML entities, bold marks, a prefix before every line. Knows no format of
//! kubectl. A parser works on the cleaned line; a [`Place`](crate::text::Place) always quotes the raw one.

use std::borrow::Cow;

/// The whole cleaning of one line, its [`Frame`] aside: colours, HTML entities, bold marks, no-break spaces.
pub fn line(raw: &str) -> Cow<'_, str> {
    let raw = unframed(raw);
    if !raw.bytes().any(|byte| matches!(byte, 0x1b | b'&' | b'*' | 0xc2)) {
        return Cow::Borrowed(raw);
    }
    let mut text = Cow::Borrowed(raw);
    for step in [colours, entities, bold, blanks] {
        if let Cow::Owned(changed) = step(&text) {
            text = Cow::Owned(changed);
        }
    }
    text
}

/// The line without what stands around it: the tick that opens inline code and the one that closes it there (a fence
/// stays), or the drawn frame of a terminal's user interface.
pub fn unframed(raw: &str) -> &str {
    // The frame that a terminal user interface draws around what it shows.
    if let Some(rest) = raw.trim_start().strip_prefix('\u{2502}') {
        let rest = rest.trim_end().strip_suffix('\u{2502}').unwrap_or(rest);
        return rest.strip_prefix(' ').unwrap_or(rest);
    }
    let Some(rest) = raw.trim_start().strip_prefix('`').filter(|rest| !rest.starts_with('`')) else { return raw };
    rest.trim_end().strip_suffix('`').unwrap_or(rest)
}

/// Removes terminal escape sequences: `ESC [ ... letter` (colours) and `ESC ] ... BEL` (titles).
pub fn colours(text: &str) -> Cow<'_, str> {
    if !text.contains('\u{1b}') {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        if c != '\u{1b}' {
            out.push(c);
            continue;
        }
        match chars.peek() {
            Some('[') => {
                chars.next();
                while chars.next().is_some_and(|c| !('\u{40}'..='\u{7e}').contains(&c)) {}
            }
            Some(']') => while chars.next().is_some_and(|c| c != '\u{7}') {},
            _ => {}
        }
    }
    Cow::Owned(out)
}

/// Resolves the HTML entities that pages put into pasted output: `&lt;none&gt;`, `&quot;`, `&#39;`.
pub fn entities(text: &str) -> Cow<'_, str> {
    if !text.contains('&') {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let end = rest.bytes().take(10).position(|byte| byte == b';');
        let resolved = end.and_then(|end| entity(&rest[1..end]).map(|c| (c, end)));
        match resolved {
            Some((c, end)) => {
                out.push(c);
                rest = &rest[end + 1..];
            }
            None => {
                out.push('&');
                rest = &rest[1..];
            }
        }
    }
    out.push_str(rest);
    Cow::Owned(out)
}

fn entity(name: &str) -> Option<char> {
    Some(match name {
        "lt" => '<',
        "gt" => '>',
        "amp" => '&',
        "quot" => '"',
        "apos" => '\'',
        "nbsp" => ' ',
        _ => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                None => number.parse().ok()?,
            };
            char::from_u32(code).filter(|c| !c.is_control())?
        }
    })
}

/// Removes Markdown's bold marks where they come in pairs around words: `**Reason:**  **OOMKilled**`. A line of `***` is an
/// elision and stays, as does a pattern of paths (`/**/*.js`).
pub fn bold(text: &str) -> Cow<'_, str> {
    if !text.contains("**") || text.contains("***") {
        return Cow::Borrowed(text);
    }
    let pieces: Vec<&str> = text.split("**").collect();
    if pieces.len().is_multiple_of(2) {
        return Cow::Borrowed(text);
    }
    for (index, piece) in pieces.iter().enumerate() {
        let inside = index % 2 == 1;
        let before = index.checked_sub(1).and_then(|i| pieces.get(i)).and_then(|piece| piece.chars().next_back());
        let after = pieces.get(index + 1).and_then(|piece| piece.chars().next());
        let edge = |c: Option<char>| c.is_none_or(|c| c.is_whitespace() || ":,.;()\"".contains(c));
        if inside && (piece.trim().is_empty() || !edge(before) || !edge(after)) {
            return Cow::Borrowed(text);
        }
    }
    Cow::Owned(pieces.concat())
}

/// Turns no-break spaces (web pages) into blanks.
pub fn blanks(text: &str) -> Cow<'_, str> {
    if text.contains('\u{a0}') { Cow::Owned(text.replace('\u{a0}', " ")) } else { Cow::Borrowed(text) }
}

/// Resolves `\"` and `\n` of a text that was saved as the inside of a quoted string. Apply to a value that is known to
/// be one: a message may hold `\"` of its own.
pub fn quotes(text: &str) -> Cow<'_, str> {
    if text.contains("\\\"") { Cow::Owned(text.replace("\\\"", "\"")) } else { Cow::Borrowed(text) }
}

/// Whether a line stands for lines that were left out: `...`, `[...]`, `***`, `(snip)`, `…`.
pub fn is_elision(text: &str) -> bool {
    let text = text.trim();
    let inner = text.trim_matches(['[', ']', '(', ')', '<', '>', '*', '.', '\u{2026}', '-', ' ']);
    if inner.is_empty() {
        return text == "***"
            || text.contains("...")
            || text.contains('\u{2026}')
            || text.len() > 2 && text.bytes().all(|byte| matches!(byte, b'.' | b'*'));
    }
    inner.len() < text.len()
        && matches!(
            inner.to_ascii_lowercase().as_str(),
            "snip" | "snipped" | "truncated" | "output omitted" | "omitted" | "output truncated" | "cut" | "redacted"
        )
}

/// What stands before every line of a text: a mark of quotation or comment (`#`, `##`, `>`, `|`, `//`) or of a list (`-`) and
/// the indentation all lines share.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Frame {
    mark: Option<&'static str>,
    indent: usize,
}

impl Frame {
    /// Finds the frame of a text from its first lines that are not blank (200 at most). A mark must stand before all of
    /// them; a blank or a tab counts 1 in the shared indentation.
    pub fn of(text: &str) -> Frame {
        let lines = || crate::text::lines(text).map(|(_, line)| line).filter(|line| !line.trim().is_empty()).take(200);
        let mark = ["#", ">", "|", "//", "-"].into_iter().find(|mark| {
            let mut any = false;
            lines().all(|line| {
                any = true;
                let rest = line.trim_start().strip_prefix(*mark);
                rest.is_some_and(|rest| *mark != "-" || rest.starts_with(' ') && !rest.contains(": {"))
            }) && any
        });
        let unmarked = Frame { mark, indent: 0 };
        let indent = lines()
            .map(|line| unmarked.strip(line))
            .filter(|line| !line.trim().is_empty() && !is_elision(line))
            .map(|line| line.len() - line.trim_start_matches([' ', '\t']).len())
            .min();
        Frame { mark, indent: indent.unwrap_or(0) }
    }

    /// The comment mark that a line begins with, indentation aside: the frame of a commented output among other lines.
    pub fn of_comment(line: &str) -> Option<Frame> {
        let line = line.trim_start();
        let mark = ["#", ">", "//"].into_iter().find(|mark| line.starts_with(mark))?;
        Some(Frame { mark: Some(mark), indent: 0 })
    }

    /// Whether the line carries the frame's mark.
    pub fn marks(&self, line: &str) -> bool {
        self.mark.is_some_and(|mark| line.trim_start().starts_with(mark))
    }

    /// The line without its frame. A mark may be repeated (`##`), and after it one blank goes too; a line with less
    /// indentation loses what it has.
    pub fn strip<'l>(&self, line: &'l str) -> &'l str {
        let mut line = line;
        if let Some(mark) = self.mark
            && let Some(rest) = line.trim_start().strip_prefix(mark)
        {
            let rest = if mark == "#" || mark == ">" { rest.trim_start_matches(mark) } else { rest };
            line = rest.strip_prefix(' ').unwrap_or(rest);
        }
        let blanks = line.len() - line.trim_start_matches([' ', '\t']).len();
        &line[blanks.min(self.indent)..]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_from_a_web_page() {
        assert_eq!(line("Port:  &lt;none&gt; &quot;x&#39;s&quot; a&b &bogus;"), "Port:  <none> \"x's\" a&b &bogus;");
        assert_eq!(line("Status:\u{a0}**Failed**"), "Status: Failed");
        assert_eq!(line("\u{1b}[1;31mNotReady\u{1b}[0m"), "NotReady");
        assert_eq!(line("***"), "***");
        assert_eq!(line("`  Warning  Failed  5s  kubelet  x` "), "  Warning  Failed  5s  kubelet  x");
        assert_eq!(line("`"), "");
        assert_eq!(line("\u{2502} NAME   READY     \u{2502}"), "NAME   READY     ");
        assert_eq!(line("```yaml"), "```yaml");
        assert_eq!(line("path /**/x and **/y"), "path /**/x and **/y");
        assert_eq!(quotes(r#"image \"a\""#), "image \"a\"");
    }

    #[test]
    fn unfinished_escapes_end_with_the_line() {
        assert_eq!(line("a\u{1b}["), "a");
        assert_eq!(line("a\u{1b}"), "a");
        assert_eq!(line("&"), "&");
        assert_eq!(line("&#xD800;&#0;"), "&#xD800;&#0;");
    }

    #[test]
    fn elisions() {
        for yes in ["...", "[...]", "***", "  ....", "\u{2026}", "<snip>", "[truncated]", "--- snip ---"] {
            assert!(is_elision(yes), "{yes}");
        }
        for no in ["", "-", "---", "--------", "a...", "cut", "**"] {
            assert!(!is_elision(no), "{no}");
        }
    }

    #[test]
    fn frames() {
        let quoted = "# Name: a\n#   Node: b\n";
        let frame = Frame::of(quoted);
        assert_eq!(frame.strip("#   Node: b"), "  Node: b");
        let indented = "\n    NAME  READY\n...\n    a     1/1\n";
        assert_eq!(Frame::of(indented).strip("    a     1/1"), "a     1/1");
        assert_eq!(Frame::of(indented).strip("  x"), "x");
        assert_eq!(Frame::of("# kubectl get pods\nNAME\n").strip("# kubectl get pods"), "# kubectl get pods");
        assert_eq!(Frame::of(""), Frame::default());
        assert_eq!(Frame::of("## NAME\n## a\n").strip("## a"), "a");
        assert_eq!(Frame::of("// NAME\n// a\n").strip("// a"), "a");
        assert_eq!(Frame::of_comment("NAME  # a"), None);
        assert!(Frame::of_comment("  ## NAME").is_some_and(|frame| frame.marks("# b") && !frame.marks("b")));
    }
}
