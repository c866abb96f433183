//! A long list of JSON objects, read as it comes: of a hundred megabytes of pods only a window is ever in memory as text.
//!
//! Owns the window, which fills while the one before it is made facts. Out of it come the items that are whole where their
//! indentation says. From the first that is not, everything is left to the readers of whole texts: the end of the list at
//! the least.

use std::io::{ErrorKind, Read};
use std::ops::Range;

use super::json::{Manner, documents, indented_alike, object_or_list, opening, read_items};
use super::scan::Scan;
use super::{Head, Reader};
use crate::model::cluster::Facts;
use crate::parse::Section;
use crate::text::LineIndex;

/// So much of a list is text at a time: some hundred pods. A shorter file is not read so.
const WINDOW_BYTES: usize = 4 << 20;

/// A list of which the beginning was read as it came.
#[derive(Debug, Default)]
pub struct Streamed {
    /// How many bytes those were.
    pub bytes: u64,
    /// How many lines end in them: the next item stands further on.
    pub lines: u64,
    /// The text before the first item.
    opening: String,
    /// How many items were read.
    items: usize,
    /// How many gaps they have.
    gaps: usize,
}

impl Streamed {
    /// Reads a file, of which `head` was taken from `source` already, where it is a list of more than a window. `section` is
    /// the file without its text. In `head` is then what was taken from `source` and not read; all of it where there is no
    /// such list.
    pub fn read(
        section: &Section<'_>,
        head: &mut Vec<u8>,
        source: &mut dyn Read,
        facts: &mut Facts,
    ) -> Option<Streamed> {
        Streamed::by_windows(WINDOW_BYTES, section, head, source, facts)
    }

    fn by_windows(
        size: usize,
        section: &Section<'_>,
        head: &mut Vec<u8>,
        source: &mut dyn Read,
        facts: &mut Facts,
    ) -> Option<Streamed> {
        let mut now = Window { filled: head.len(), bytes: std::mem::take(head) };
        // Most files are short: room is made as they show to be longer.
        while now.filled == now.bytes.len() && now.filled < size {
            now.bytes.resize((4 * now.filled).clamp(1, size), 0);
            now.fill(source);
        }
        let mut list = Streamed::default();
        let mut from = 0;
        let begun = if now.filled >= size { now.text() } else { "" };
        if let Some((_, start)) = opening(begun, None) {
            begun[..start].clone_into(&mut list.opening);
            from = start;
        }
        let mut next = Window { bytes: Vec::new(), filled: 0 };
        // What of the window was read and goes.
        let mut read = 0;
        while !list.opening.is_empty() {
            let text = now.text();
            let (ranges, behind) = before_commas(text, from);
            if ranges.is_empty() {
                break;
            }
            let left = &now.bytes[behind..now.filled];
            next.bytes.resize(size.max(left.len()), 0);
            next.bytes[..left.len()].copy_from_slice(left);
            next.filled = left.len();
            let count = list.window(section, text, &ranges, &mut next, source, facts);
            if count == ranges.len() {
                list.pass(&text[..behind]);
                (now, next, from) = (next, now, 0);
                continue;
            }
            if let Some(last) = count.checked_sub(1).and_then(|last| ranges.get(last)) {
                read = behind_comma(text, last.end);
                list.pass(&text[..read]);
            }
            // What came meanwhile is one text with what was not read.
            now.bytes.truncate(behind);
            now.bytes.extend_from_slice(&next.bytes[..next.filled]);
            now.filled = now.bytes.len();
            break;
        }
        now.bytes.truncate(now.filled);
        now.bytes.drain(..read);
        *head = now.bytes;
        (list.items > 0).then_some(list)
    }

    /// Reads items of one window while the next one fills. Gives how many were read.
    fn window(
        &mut self,
        section: &Section<'_>,
        text: &str,
        ranges: &[Range<usize>],
        next: &mut Window,
        source: &mut dyn Read,
        facts: &mut Facts,
    ) -> usize {
        let section = Section { text, first_line: 1 + self.lines, ..section.clone() };
        let list = self.head(&section);
        let mut found = Facts::default();
        let (mut gaps, mut count) = (self.gaps, 0);
        let read = |found: &mut Facts, gaps: &mut usize, count: &mut usize| {
            let lines = LineIndex::new(text);
            let mut reader = Reader::new(&section, &lines, found);
            reader.gaps = *gaps;
            let manner = Manner { list: &list, guessed: true, waiting: false };
            *count = read_items(&mut reader, text, self.items, ranges, manner, &mut Vec::new());
            *gaps = reader.gaps;
        };
        if rayon::current_num_threads() > 1 {
            rayon::in_place_scope(|scope| {
                scope.spawn(|_| read(&mut found, &mut gaps, &mut count));
                next.fill(source);
            });
        } else {
            read(&mut found, &mut gaps, &mut count);
            next.fill(source);
        }
        facts.append(found);
        self.gaps = gaps;
        self.items += count;
        count
    }

    fn pass(&mut self, text: &str) {
        self.bytes += text.len() as u64;
        self.lines += memchr::memchr_iter(b'\n', text.as_bytes()).count() as u64;
    }

    /// What the list has said of itself before its items.
    fn head<'h>(&'h self, section: &Section<'_>) -> Head<'h> {
        opening(&self.opening, section.hint.kind).map(|(head, _)| head).unwrap_or_default()
    }

    /// Reads the rest of the list: `section` is what was left of the file. Gives the byte of it behind the list's document.
    /// Where nothing but documents stands in the file they are read too.
    pub fn finish(self, section: &Section<'_>, only_documents: bool, facts: &mut Facts) -> usize {
        let text = section.text;
        let lines = LineIndex::new(text);
        let mut reader = Reader::new(section, &lines, facts);
        reader.gaps = self.gaps;
        let head = self.head(section);
        let end = object_or_list(&mut reader, text, 0, Scan::new(text, 0), head, Some(self.items));
        let mut end = end.unwrap_or_else(|broken| broken);
        if only_documents {
            documents(&mut reader, text, end);
            end = text.len();
        }
        reader.finish();
        end
    }
}

/// A piece of a file.
struct Window {
    bytes: Vec<u8>,
    /// So many of the bytes are there.
    filled: usize,
}

impl Window {
    /// Takes what there is room for.
    fn fill(&mut self, source: &mut dyn Read) {
        while self.filled < self.bytes.len() {
            match source.read(&mut self.bytes[self.filled..]) {
                Ok(0) => break,
                Ok(count) => self.filled += count,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(_) => break,
            }
        }
    }

    /// The text up to the first bytes that are none: the last character may be there in parts.
    fn text(&self) -> &str {
        let bytes = &self.bytes[..self.filled];
        match std::str::from_utf8(bytes) {
            Ok(text) => text,
            Err(error) => std::str::from_utf8(&bytes[..error.valid_up_to()]).unwrap_or_default(),
        }
    }
}

/// The items from byte `from` on that a comma follows, by their indentation, and the byte behind the last one's comma.
fn before_commas(text: &str, from: usize) -> (Vec<Range<usize>>, usize) {
    let mut scan = Scan::new(text, from);
    let (mut all, mut behind) = (Vec::new(), from);
    loop {
        let found = indented_alike(text, &scan);
        if found.is_empty() {
            return (all, behind);
        }
        for range in found {
            scan.at = range.end;
            if scan.next(b']') != Ok(true) {
                return (all, behind);
            }
            behind = scan.at;
            all.push(range);
        }
    }
}

/// The byte behind the comma that follows an item.
fn behind_comma(text: &str, end: usize) -> usize {
    let mut scan = Scan::new(text, end);
    let _ = scan.next(b']');
    scan.at
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::super::json;
    use super::*;
    use crate::artifact::{Artifact, Hint};
    use crate::text::SectionId;

    /// Pods, an event and a kind that is passed over, as kubectl indents them; `kind` of the list behind its items.
    fn list(pods: usize) -> String {
        let mut text = "{\n    \"apiVersion\": \"v1\",\n    \"items\": [\n".to_owned();
        for index in 0..pods {
            let _ = write!(
                text,
                "        {{\n            \"apiVersion\": \"v1\",\n            \"kind\": \"Pod\",\n            \"metadata\": {{\n                \
                 \"name\": \"web-{index}\",\n                \"namespace\": \"ladengesch\u{e4}ft\"\n            }},\n            \
                 \"status\": {{\n                \"phase\": \"Running\",\n                \"message\": \"}}\"\n            }}\n        }},\n"
            );
        }
        text.push_str("        {\n            \"apiVersion\": \"v1\",\n            \"kind\": \"Other\"\n        },\n");
        text.push_str("        {\n            \"kind\": \"Event\",\n            \"reason\": \"BackOff\",\n            \"message\": \"m\",\n");
        text.push_str("            \"involvedObject\": {\n                \"kind\": \"Pod\",\n                \"name\": \"web-0\"\n            }\n        }\n");
        text.push_str(
            "    ],\n    \"kind\": \"List\",\n    \"metadata\": {\n        \"resourceVersion\": \"\"\n    }\n}\n",
        );
        text
    }

    fn section(text: &str) -> Section<'_> {
        let id = SectionId::default();
        let hint = Hint { namespace: Some("shop".to_owned()), ..Hint::default() };
        Section { id, artifact: Artifact::Json, path: "pods.json", first_line: 1, text, hint, command: None }
    }

    fn whole(bytes: &[u8]) -> String {
        let mut facts = Facts::default();
        json(&section(&String::from_utf8_lossy(bytes)), &mut facts);
        format!("{facts:#?}")
    }

    /// The facts, and how many items did not wait for the end of the list.
    fn streamed(bytes: &[u8], size: usize) -> (String, usize) {
        let mut facts = Facts::default();
        let (head, mut rest) = bytes.split_at(bytes.len().min(100));
        let mut head = head.to_vec();
        let list = Streamed::by_windows(size, &section(""), &mut head, &mut rest, &mut facts);
        head.extend_from_slice(rest);
        let Some(list) = list else {
            assert_eq!(head, bytes, "nothing of what was not read is lost");
            return (whole(bytes), 0);
        };
        assert_eq!(bytes[list.bytes as usize..], head);
        let text = String::from_utf8_lossy(&head);
        let items = list.items;
        let rest = Section { first_line: 1 + list.lines, ..section(&text) };
        assert_eq!(list.finish(&rest, true, &mut facts), text.len());
        (format!("{facts:#?}"), items)
    }

    #[test]
    fn a_list_reads_the_same_in_windows() {
        let text = list(100);
        for size in [500, 1000, 3333, 20_000] {
            let (facts, items) = streamed(text.as_bytes(), size);
            assert_eq!(facts, whole(text.as_bytes()), "{size}");
            assert!(items > 90, "{items} of {size}");
        }
        assert_eq!(streamed(text.as_bytes(), text.len() + 1).1, 0, "it has one window");
        let more = text.clone() + "x\n" + &text + "{\n";
        assert_eq!(streamed(more.as_bytes(), 1000).0, whole(more.as_bytes()));
    }

    #[test]
    fn a_broken_list_reads_the_same_in_windows() {
        let text = list(12);
        let mut early = 0;
        for at in (0..text.len()).step_by(7) {
            let bytes = text.as_bytes();
            assert_eq!(streamed(&bytes[..at], 700).0, whole(&bytes[..at]), "cut at {at}");
            for byte in [b'"', b'}', b']', b',', b'\n', 0xff] {
                let mut broken = bytes.to_vec();
                broken[at] = byte;
                let (facts, items) = streamed(&broken, 700);
                assert_eq!(facts, whole(&broken), "{byte:?} at {at}");
                early += usize::from(items > 0);
            }
        }
        assert!(early > 1000, "{early}");
    }

    #[test]
    fn items_that_wait_for_their_kind_are_left() {
        let text = list(30)
            .replace("            \"kind\": \"Pod\",\n", "")
            .replace("\"kind\": \"List\"", "\"kind\": \"PodList\"");
        let (facts, items) = streamed(text.as_bytes(), 700);
        assert_eq!((facts, items), (whole(text.as_bytes()), 0));
        let typed = text.replace(
            "\"apiVersion\": \"v1\",\n    \"items\"",
            "\"kind\": \"PodList\",\n    \"apiVersion\": \"v1\",\n    \"items\"",
        );
        let (facts, items) = streamed(typed.as_bytes(), 700);
        assert_eq!(facts, whole(typed.as_bytes()));
        assert!(items > 25, "{items}");
    }
}
