//! A cause page's words on their way into a report: read as Markdown, written again as plain Markdown.
//!
//! Owns the list of actions and the rewriting. Pages are ours or the user's, the values in them are the bundle's:
//! writing every block anew keeps an odd value from ending a fence, opening HTML or making a link.

use std::fmt::Write as _;

use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd, TextMergeStream};

use super::document::Action;
use super::escape;

/// The items of the first level of a page's list, as plain text with the code that belongs to them. A page without a
/// list has its paragraphs as actions.
pub fn actions(markdown: &str) -> Vec<Action> {
    let mut items: Vec<Action> = Vec::new();
    let mut paragraphs: Vec<Action> = Vec::new();
    let empty = || Action { text: String::new(), code: None };
    let (mut depth, mut in_code) = (0usize, false);
    for event in TextMergeStream::new(Parser::new_ext(markdown, Options::empty())) {
        match event {
            Event::Start(Tag::Item) => {
                depth += 1;
                match items.last_mut() {
                    Some(item) if depth > 1 => item.text.push_str("; "),
                    _ => items.push(empty()),
                }
            }
            Event::End(TagEnd::Item) => depth = depth.saturating_sub(1),
            Event::Start(Tag::Paragraph) if depth == 0 => paragraphs.push(empty()),
            Event::Start(Tag::Paragraph) => {
                if let Some(item) = items.last_mut().filter(|item| !item.text.is_empty() && !item.text.ends_with(' ')) {
                    item.text.push(' ');
                }
            }
            Event::Start(Tag::CodeBlock(_)) => {
                in_code = true;
                let owner = if depth == 0 && items.is_empty() { paragraphs.last_mut() } else { items.last_mut() };
                if let Some(action) = owner {
                    match &mut action.code {
                        Some(code) => code.push('\n'),
                        code => *code = Some(String::new()),
                    }
                }
            }
            Event::End(TagEnd::CodeBlock) => in_code = false,
            Event::Text(text) if in_code => {
                let owner = if depth == 0 && items.is_empty() { paragraphs.last_mut() } else { items.last_mut() };
                if let Some(code) = owner.and_then(|action| action.code.as_mut()) {
                    code.push_str(&text);
                }
            }
            Event::Text(text) | Event::Code(text) | Event::InlineHtml(text) | Event::Html(text) => {
                let owner = if depth == 0 { paragraphs.last_mut() } else { items.last_mut() };
                if let Some(action) = owner {
                    action.text.push_str(&text);
                }
            }
            Event::SoftBreak | Event::HardBreak => {
                let owner = if depth == 0 { paragraphs.last_mut() } else { items.last_mut() };
                if let Some(action) = owner {
                    action.text.push(' ');
                }
            }
            _ => {}
        }
    }
    let mut actions = if items.is_empty() { paragraphs } else { items };
    for action in &mut actions {
        action.text = action.text.split_whitespace().collect::<Vec<_>>().join(" ");
        action.code = action.code.take().map(|code| code.trim_end().to_owned()).filter(|code| !code.is_empty());
    }
    actions.retain(|action| !action.text.is_empty() || action.code.is_some());
    actions
}

/// The page's section again, with nothing in it but paragraphs, lists, quotes, code, emphasis and text.
pub fn rewrite(markdown: &str) -> String {
    let mut writer = Writer::default();
    for event in TextMergeStream::new(Parser::new_ext(markdown, Options::empty())) {
        writer.event(event);
    }
    writer.paragraph();
    writer.out
}

#[derive(Default)]
struct Writer {
    out: String,
    /// Prefixes of the containers we are in: two or three blanks per list, `> ` per quote.
    prefix: Vec<String>,
    /// Next numbers of the lists we are in.
    lists: Vec<Option<u64>>,
    /// The marker of an item that has no text yet.
    marker: Option<String>,
    /// Text of the paragraph being read.
    inline: String,
    /// Language and content of the code block being read.
    code: Option<(String, String)>,
    /// Targets of the links we are in.
    links: Vec<String>,
    /// Whether the last block was a paragraph: another one needs an empty line between.
    after_paragraph: bool,
}

impl Writer {
    fn event(&mut self, event: Event<'_>) {
        match event {
            Event::Start(Tag::CodeBlock(kind)) => {
                self.paragraph();
                let language = match kind {
                    CodeBlockKind::Fenced(info) => {
                        info.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '-').take(20).collect()
                    }
                    CodeBlockKind::Indented => String::new(),
                };
                self.code = Some((language, String::new()));
            }
            Event::End(TagEnd::CodeBlock) => {
                if let Some((language, body)) = self.code.take() {
                    self.block(&escape::fence(&language, &body), false);
                }
            }
            Event::Text(text) => match &mut self.code {
                Some((_, body)) => body.push_str(&text),
                None => self.inline.push_str(&escape::fragment(&text)),
            },
            Event::Code(text) => self.inline.push_str(&escape::code(&text)),
            Event::Html(text) | Event::InlineHtml(text) => {
                self.inline.push_str(&escape::fragment(text.trim_end_matches('\n')))
            }
            Event::SoftBreak | Event::HardBreak => self.inline.push(' '),
            Event::Start(Tag::Emphasis) | Event::End(TagEnd::Emphasis) => self.inline.push('*'),
            Event::Start(Tag::Strong) | Event::End(TagEnd::Strong) => self.inline.push_str("**"),
            Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                self.links.push(dest_url.into_string())
            }
            Event::End(TagEnd::Link | TagEnd::Image) => {
                if let Some(target) = self.links.pop().filter(|target| !target.is_empty()) {
                    let target = escape::code(&target);
                    if !self.inline.ends_with(&target) {
                        let _ = write!(self.inline, " ({target})");
                    }
                }
            }
            Event::Start(Tag::List(first)) => {
                self.paragraph();
                if self.lists.is_empty() && !self.out.is_empty() {
                    self.out.push('\n');
                }
                self.lists.push(first);
            }
            Event::End(TagEnd::List(_)) => {
                self.paragraph();
                self.lists.pop();
                self.after_paragraph = true;
            }
            Event::Start(Tag::Item) => {
                self.paragraph();
                let marker = match self.lists.last_mut() {
                    Some(Some(number)) => {
                        let marker = format!("{number}. ");
                        *number = number.saturating_add(1);
                        marker
                    }
                    _ => "- ".to_owned(),
                };
                // An item that begins with a list of its own: its marker stands alone.
                if let Some(alone) = self.marker.take() {
                    let line = self.line_prefix(1);
                    let _ = writeln!(self.out, "{line}{}", alone.trim_end());
                }
                self.prefix.push(" ".repeat(marker.len()));
                self.marker = Some(marker);
            }
            Event::End(TagEnd::Item) => {
                self.paragraph();
                if self.marker.take().is_none() {
                    self.after_paragraph = false;
                }
                self.prefix.pop();
            }
            Event::Start(Tag::BlockQuote(_)) => {
                self.paragraph();
                self.prefix.push("> ".to_owned());
            }
            Event::End(TagEnd::BlockQuote(_)) => {
                self.paragraph();
                self.prefix.pop();
                self.after_paragraph = true;
            }
            Event::Start(Tag::Heading { .. }) => {
                self.paragraph();
                self.inline.push_str("**");
            }
            Event::End(TagEnd::Heading(_)) => {
                self.inline.push_str("**");
                self.paragraph();
            }
            Event::Start(Tag::Paragraph) | Event::End(TagEnd::Paragraph | TagEnd::HtmlBlock) => self.paragraph(),
            _ => {}
        }
    }

    /// Ends the paragraph being read.
    fn paragraph(&mut self) {
        let text = std::mem::take(&mut self.inline);
        let text = text.trim();
        if !text.is_empty() {
            self.block(&escape::guard_start(text.to_owned()), true);
        }
    }

    /// The prefix of a line, the innermost `without` containers left out.
    fn line_prefix(&self, without: usize) -> String {
        self.prefix.iter().take(self.prefix.len().saturating_sub(without)).map(String::as_str).collect()
    }

    fn block(&mut self, content: &str, paragraph: bool) {
        let prefix = self.line_prefix(0);
        let mut first = match self.marker.take() {
            Some(marker) => format!("{}{marker}", self.line_prefix(1)),
            None => {
                let apart =
                    if self.lists.is_empty() { !self.out.is_empty() } else { paragraph && self.after_paragraph };
                if apart {
                    let _ = writeln!(self.out, "{}", prefix.trim_end());
                }
                prefix.clone()
            }
        };
        for line in content.trim_end_matches('\n').split('\n') {
            let _ = writeln!(self.out, "{}", format!("{first}{line}").trim_end());
            first.clone_from(&prefix);
        }
        self.after_paragraph = paragraph;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "\
First, look at `web-1`:

- Raise the limit of **app**
  to fit:
  ```yaml
  limits:
    memory: 512Mi
  ```
- See [the docs](https://example.test/x); then
  1. roll out
  2. watch

Last words <b>here</b>.
";

    #[test]
    fn actions_are_the_items_of_the_list() {
        let found = actions(PAGE);
        assert_eq!(found.len(), 2);
        assert_eq!(found[0].text, "Raise the limit of app to fit:");
        assert_eq!(found[0].code.as_deref(), Some("limits:\n  memory: 512Mi"));
        assert_eq!(found[1].text, "See the docs; then; roll out; watch");
        assert_eq!(found[1].code, None);
    }

    #[test]
    fn a_page_without_a_list_has_its_paragraphs() {
        let found = actions("Do this:\n\n```sh\nkubectl get pods\n```\n\nThen that.\n");
        assert_eq!(found.len(), 2);
        assert_eq!(found[0].code.as_deref(), Some("kubectl get pods"));
        assert!(actions("").is_empty());
    }

    #[test]
    fn a_page_is_written_again_without_links_and_html() {
        assert_eq!(
            rewrite(PAGE),
            "\
First, look at `web-1`:

- Raise the limit of **app** to fit:
  ```yaml
  limits:
    memory: 512Mi
  ```
- See the docs (`https://example.test/x`); then
  1. roll out
  2. watch

Last words \\<b\\>here\\</b\\>.
"
        );
    }

    #[test]
    fn writing_twice_changes_nothing() {
        for page in [
            PAGE,
            "> quoted\n>\n> - item\n>   more\n\ntext",
            "- a\n\n  b\n- - c\n  - d\n",
            "```\nopen\n",
            "# Head\n\n1. x\n\n   y\n",
        ] {
            let once = rewrite(page);
            assert_eq!(rewrite(&once), once, "{page}");
        }
    }

    #[test]
    fn an_open_fence_ends_with_the_section() {
        assert_eq!(rewrite("```sh\nrun\n"), "```sh\nrun\n```\n");
        assert_eq!(rewrite("````\n```\nx\n````\n"), "````\n```\nx\n````\n");
    }
}
