//! Text of a bundle inside Markdown: it stays text.
//!
//! Owns every way in which words that we did not write enter a Markdown document. Control and bidi characters become
//! visible first ([`crate::text::visible`]), then nothing that is left can open markup, a link, HTML or a new block,
//! in CommonMark or in GitHub's dialect. Knows nothing of what is written.

use crate::text::visible;

/// Stands between a quotation and its location; the same character never appears in text of a bundle outside a quotation.
pub const ARROW: char = '\u{2190}';

/// Free text longer than this many characters is cut; quotations are not.
const TEXT_CHARS: usize = 2000;

/// Where the text will stand: the cells of a table know one more special character.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ground {
    Flow,
    Cell,
}

/// Plain text in a paragraph, a heading or a list item: one line, no markup, whatever it holds. Words that a renderer
/// would turn into a link by itself (`http://..`, `a@b`) are written as code.
pub fn text(content: &str) -> String {
    plain(content, Ground::Flow)
}

/// Plain text in a table cell.
pub fn cell(content: &str) -> String {
    plain(content, Ground::Cell)
}

/// A sentence of this program in a paragraph, a heading or a list item: what stands between back-ticks is a code span,
/// everything else is text. Harmless whoever wrote it.
pub fn prose(content: &str) -> String {
    sentence(content, Ground::Flow)
}

/// A sentence of this program in a table cell.
pub fn prose_cell(content: &str) -> String {
    sentence(content, Ground::Cell)
}

/// A code span that reads back as `visible(content)`. White space at the ends is kept, except that an empty text cannot
/// be a code span and becomes the words `(empty)`.
pub fn code(content: &str) -> String {
    span(&no_arrow(&visible(content)))
}

/// A code span for a table cell. A pipe cannot stand there unambiguously: such a text is escaped instead.
pub fn cell_code(content: &str) -> String {
    if content.contains('|') { cell(content) } else { code(content) }
}

/// The quotation of a citation: a code span that may hold the arrow. Reads back as `visible(content)`.
pub fn quote(content: &str) -> String {
    span(&visible(content))
}

/// A fenced block whose fence is longer than any run of backticks inside. Lines are kept; everything else that is
/// invisible becomes visible.
pub fn fence(language: &str, body: &str) -> String {
    let ticks = "`".repeat((longest_run(body) + 1).max(3));
    let mut out = format!("{ticks}{language}\n");
    for line in body.trim_end().split('\n') {
        out.push_str(&visible(line.strip_suffix('\r').unwrap_or(line)));
        out.push('\n');
    }
    out.push_str(&ticks);
    out.push('\n');
    out
}

fn span(shown: &str) -> String {
    if shown.is_empty() {
        return "(empty)".to_owned();
    }
    // The shortest fence that is no run inside; one backtick in nearly every case.
    let runs = runs(shown);
    let length = (1..).find(|length| !runs.contains(length)).unwrap_or(1);
    let ticks = "`".repeat(length);
    let blank_ends = shown.starts_with(' ') && shown.ends_with(' ') && !shown.trim_matches(' ').is_empty();
    let pad = if shown.starts_with('`') || shown.ends_with('`') || blank_ends { " " } else { "" };
    format!("{ticks}{pad}{shown}{pad}{ticks}")
}

/// The lengths of the runs of backticks, sorted, each once.
fn runs(text: &str) -> Vec<usize> {
    let mut found = Vec::new();
    let mut run = 0;
    for c in text.chars().chain(std::iter::once(' ')) {
        if c == '`' {
            run += 1;
        } else if run > 0 {
            found.push(run);
            run = 0;
        }
    }
    found.sort_unstable();
    found.dedup();
    found
}

fn longest_run(text: &str) -> usize {
    runs(text).last().copied().unwrap_or(0)
}

fn no_arrow(text: &str) -> String {
    if text.contains(ARROW) { text.replace(ARROW, "\\u{2190}") } else { text.to_owned() }
}

/// Cuts at a number of characters and says so.
fn clip(text: &str, limit: usize) -> String {
    match text.char_indices().nth(limit) {
        None => text.to_owned(),
        Some((end, _)) => format!("{} ... ({} more characters)", &text[..end], text[end..].chars().count()),
    }
}

/// A piece of a longer paragraph, with the white space at its ends: the caller guards the paragraph's start.
pub fn fragment(content: &str) -> String {
    inline(&no_arrow(&visible(content)), Ground::Flow)
}

fn plain(content: &str, ground: Ground) -> String {
    let shown = clip(&no_arrow(&visible(content.trim())), TEXT_CHARS);
    guard_start(inline(&shown, ground).trim_end().to_owned())
}

fn sentence(content: &str, ground: Ground) -> String {
    let shown = clip(&no_arrow(&visible(content.trim())), TEXT_CHARS);
    let mut out = String::with_capacity(shown.len() + 16);
    let mut rest = shown.as_str();
    while let Some((before, behind)) = rest.split_once('`') {
        let Some((value, after)) = behind.split_once('`') else { break };
        out.push_str(&inline(before, ground));
        match value.trim() {
            "" => out.push_str(&inline(value, ground)),
            value if ground == Ground::Cell && value.contains('|') => out.push_str(&inline(value, ground)),
            value => out.push_str(&span(value)),
        }
        rest = after;
    }
    out.push_str(&inline(rest, ground));
    guard_start(out.trim_end().to_owned())
}

fn inline(shown: &str, ground: Ground) -> String {
    let mut out = String::with_capacity(shown.len() + 16);
    for word in shown.split_inclusive(' ') {
        let bare = word.trim_end_matches(' ');
        let end = &word[bare.len()..];
        if links_by_itself(bare) && !(ground == Ground::Cell && bare.contains('|')) {
            let (before, link, behind) = without_punctuation(bare);
            escape_word(before, &mut out);
            out.push_str(&span(link));
            escape_word(behind, &mut out);
        } else {
            escape_word(bare, &mut out);
        }
        // Runs of blanks are one blank in Markdown anyway; two at a line's end would be a line break.
        if !end.is_empty() {
            out.push(' ');
        }
    }
    out
}

/// Whether GitHub and its like make a link of a word without being asked.
fn links_by_itself(word: &str) -> bool {
    word.contains("://") || word.contains('@') || word.to_ascii_lowercase().contains("www.")
}

/// A word in the punctuation around it, itself, and the punctuation behind it.
fn without_punctuation(word: &str) -> (&str, &str, &str) {
    let link = word.trim_start_matches(['"', '\'', '(', ',']);
    let before = &word[..word.len() - link.len()];
    let bare = link.trim_end_matches(['"', '\'', ')', ',', ';', ':', '.']);
    if bare.is_empty() { ("", word, "") } else { (before, bare, &link[bare.len()..]) }
}

fn escape_word(word: &str, out: &mut String) {
    let mut previous = ' ';
    let mut rest = word.chars().peekable();
    while let Some(c) = rest.next() {
        let next = rest.peek().copied().unwrap_or(' ');
        match c {
            '\\' | '`' | '*' | '[' | ']' | '<' | '>' | '{' | '}' | '~' | '^' | '$' | '#' => {
                out.push('\\');
                out.push(c);
            }
            '_' if !(previous.is_ascii_alphanumeric() && next.is_ascii_alphanumeric()) => out.push_str("\\_"),
            // An entity and not a backslash: in a table `\\|` reads differently from one program to the next.
            '|' => out.push_str("&#124;"),
            '&' => out.push_str("&amp;"),
            '@' => out.push_str("&#64;"),
            ':' if next == '/' => out.push_str("&#58;"),
            c => out.push(c),
        }
        previous = c;
    }
}

/// Keeps a text that stands at the start of a block from being read as a list, a rule, a heading or a definition.
pub fn guard_start(text: String) -> String {
    let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    if digits > 0 && matches!(text.as_bytes().get(digits), Some(b'.' | b')')) {
        return format!("{}\\{}", &text[..digits], &text[digits..]);
    }
    if text.starts_with(['-', '+', '=', ':']) { format!("\\{text}") } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;
    use pulldown_cmark::{Event, Options, Parser, Tag};

    const HOSTILE: &[&str] = &[
        "[click](javascript:alert(1))",
        "![x](http://evil.example/x.png)",
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "<http://evil.example>",
        "http://evil.example/?a=b|c",
        "www.evil.example and a@b.example",
        "a | b || c \\| d \\\\| e",
        "`x` ``y`` ```z```",
        "`",
        "``` \n<b>\n```",
        "\u{1b}[31mred\u{1b}[0m \u{202e}txt.exe",
        "line one\n\n# heading\n- item\n\n<div>\n\nline two",
        "# heading",
        "- item",
        "1. item",
        "12) item",
        "> quote",
        "+ item",
        "=====",
        "-----",
        "~~~",
        "    indented",
        "***bold*** __bold__ _it_ ~~gone~~ ^up^ ~down~ $x^2$ $$y$$",
        "[ref]: http://evil.example",
        "[^1]",
        "[^1]: note",
        "[[wiki]]",
        ": definition",
        "{#id .class}",
        "| a | b |",
        "| --- | --- |",
        "&lt;b&gt; &amp; &#60;",
        "trailing backslash \\",
        "#",
        "\\",
        "*",
        "a\u{2190}b",
        "\u{a0}\u{a0}",
        "<!-- x -->",
        "<?php ?>",
        "<![CDATA[x]]>",
        "- [ ] task",
        "[x] done",
        "---\nkey: v\n---",
        "\t`tab",
    ];

    /// Parses with everything switched on and returns the text, code spans included; fails on anything but text.
    fn read(markdown: &str) -> (String, Vec<String>) {
        let mut text = String::new();
        let mut codes = Vec::new();
        for event in Parser::new_ext(markdown, Options::all()) {
            match event {
                Event::Text(part) => text.push_str(&part),
                Event::Code(part) => {
                    text.push_str(&part);
                    codes.push(part.to_string());
                }
                Event::SoftBreak => text.push('\n'),
                Event::Start(Tag::Paragraph | Tag::Table(_) | Tag::TableHead | Tag::TableRow | Tag::TableCell)
                | Event::End(_) => {}
                other => panic!("{other:?} from {markdown:?}"),
            }
        }
        (text, codes)
    }

    #[test]
    fn hostile_text_stays_text() {
        for hostile in HOSTILE {
            for written in [text(hostile), format!("said {}", text(hostile)), format!("x\n{}", text(hostile))] {
                let (read, _) = read(&written);
                let squeeze = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
                let shown = squeeze(&no_arrow(&visible(hostile.trim())));
                assert!(squeeze(&smart(&read)).ends_with(&smart(&shown)), "{hostile:?} became {read:?} by {written:?}");
            }
        }
    }

    /// Undoes the parser's typographic replacements.
    fn smart(text: &str) -> String {
        text.replace(['\u{2018}', '\u{2019}'], "'")
            .replace(['\u{201c}', '\u{201d}'], "\"")
            .replace('\u{2013}', "--")
            .replace('\u{2014}', "---")
            .replace('\u{2026}', "...")
    }

    #[test]
    fn sentences_hold_code_and_text_only() {
        assert_eq!(prose("`10.96.0.7:5432` does not answer"), "`10.96.0.7:5432` does not answer");
        assert_eq!(prose("no `a|b` and *no* `end"), "no `a|b` and \\*no\\* \\`end");
        assert_eq!(prose("10. is no list"), "10\\. is no list");
        assert_eq!(prose_cell("no `a|b`"), "no a&#124;b");
        for hostile in HOSTILE {
            for sentence in [(*hostile).to_owned(), format!("said `{hostile}` so"), format!("`{hostile}`{hostile}`")] {
                let (_, _) = read(&prose(&sentence));
            }
        }
    }

    #[test]
    fn cells_stay_cells() {
        for hostile in HOSTILE {
            for written in [cell(hostile), cell_code(hostile), prose_cell(hostile), prose_cell(&format!("`{hostile}`"))]
            {
                let table = format!("| a | b |\n| --- | --- |\n| {written} | end |\n");
                let events: Vec<_> = Parser::new_ext(&table, Options::all()).collect();
                let cells = events.iter().filter(|event| matches!(event, Event::Start(Tag::TableCell))).count();
                assert_eq!(cells, 4, "{table}");
                assert!(read(&table).0.ends_with("end"), "{table}");
            }
        }
    }

    #[test]
    fn code_reads_back_verbatim() {
        for hostile in HOSTILE {
            let (_, codes) = read(&format!("- said:\n  {}", quote(hostile)).replace("- said:\n  ", "said "));
            assert_eq!(codes, [visible(hostile).into_owned()], "{hostile:?}");
        }
        assert_eq!(code("a\u{2190}b"), "`a\\u{2190}b`");
        assert_eq!(code(""), "(empty)");
    }

    #[test]
    fn fences_hold() {
        for hostile in HOSTILE {
            let block = fence("sh", &format!("{hostile}\n````\nnext"));
            let events: Vec<_> = Parser::new_ext(&block, Options::all()).collect();
            assert!(matches!(events.first(), Some(Event::Start(Tag::CodeBlock(_)))));
            assert_eq!(events.iter().filter(|event| matches!(event, Event::Start(_))).count(), 1, "{block}");
        }
    }

    #[test]
    fn names_stay_readable() {
        assert_eq!(text("DB_PASSWORD of shop/web-1 (app)"), "DB_PASSWORD of shop/web-1 (app)");
        assert_eq!(code("shop/web-1"), "`shop/web-1`");
    }

    #[test]
    fn huge_text_is_cut() {
        let out = text(&"x".repeat(1_000_000));
        assert!(out.len() < 2100 && out.ends_with("(998000 more characters)"));
    }
}
