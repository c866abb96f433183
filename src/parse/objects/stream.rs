//! A long list of JSON objects, read as it comes: of a hundred megabytes of pods some windows are in memory as text.
//!
//! Owns the windows: while one is read, those before it are made facts. Out of each come the items that are whole where
//! their indentation says. From the first that is not, everything is left to the readers of whole texts: the end of the list
//! at the least.

use std::collections::BTreeMap;
use std::hint::black_box;
use std::io::{self, ErrorKind, Read};
use std::mem;
use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::json::{Manner, documents, indented_alike, object_or_list, opening, read_in_turn};
use super::scan::Scan;
use super::{GAPS, Head, ROOM_BYTES, ROOM_TIMES, Reader, no_room};
use crate::model::cluster::Facts;
use crate::parse::Section;
use crate::text::LineIndex;

/// So much of a list is one window: a hundred pods. A shorter file is not read so.
const WINDOW_BYTES: usize = 1 << 20;
/// A window may become so many times as large where it does not hold one item.
const GROWTH: usize = 8;
/// What the facts of a window may take, beside what its length allows.
const WINDOW_ROOM: u64 = 32 << 20;
/// So much is read at a time.
const READ_BYTES: usize = 64 << 10;

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
    /// How many windows were taken.
    windows: usize,
    /// The text of windows from the first item on that was not read.
    unread: Option<Vec<u8>>,
    /// What its facts take, and how many items found no room.
    spent: u64,
    left_out: usize,
    /// Nothing more is read of it, because there is no room.
    full: bool,
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
        let mut input = Input { size, most: GROWTH * size, source, left: mem::take(head), spare: Vec::new() };
        input.fill();
        let opened = input.opening();
        let (of_list, start) = match opening(&opened, section.hint.kind) {
            Some(opening) if !opened.is_empty() => opening,
            _ => {
                *head = input.left;
                return None;
            }
        };
        let mut list = Streamed { opening: opened.clone(), ..Streamed::default() };
        let found = Mutex::new(BTreeMap::new());
        let under_way = AtomicUsize::new(0);
        let threads = rayon::current_num_threads();
        rayon::in_place_scope(|scope| {
            let (mut first, mut lines) = (0, 0);
            for number in 0.. {
                let Some(mut window) = input.window(if number == 0 { start } else { 0 }) else { break };
                (window.first, window.lines) = (first, lines);
                first += window.ranges.len();
                lines += newlines(&window.text);
                let (found, under_way, of_list) = (&found, &under_way, &of_list);
                let read = move || {
                    let read = window.read(section, of_list);
                    locked(found).insert(number, read);
                };
                // Nobody waits here: where enough is under way, this thread does some itself.
                if threads > 1 && under_way.load(Ordering::Relaxed) < 2 * threads {
                    under_way.fetch_add(1, Ordering::Relaxed);
                    scope.spawn(move |_| {
                        read();
                        under_way.fetch_sub(1, Ordering::Relaxed);
                    });
                } else {
                    read();
                }
                list.take_found(&mut locked(found), facts, &mut input.spare);
                if list.unread.is_some() || list.full {
                    break;
                }
            }
        });
        list.take_found(&mut locked(&found), facts, &mut input.spare);
        *head = list.unread.take().unwrap_or_default();
        head.append(&mut input.left);
        if list.full {
            list.bytes += head.len() as u64 + io::copy(source, &mut io::sink()).unwrap_or(0);
            head.clear();
        }
        (list.items > 0).then_some(list)
    }

    /// Takes what was found in windows, in their order.
    fn take_found(&mut self, found: &mut BTreeMap<usize, Found>, facts: &mut Facts, spare: &mut Vec<Vec<u8>>) {
        while let Some(mut of) = found.remove(&self.windows) {
            self.windows += 1;
            if self.full {
                self.bytes += of.window.text.len() as u64;
                continue;
            }
            let Window { text, ranges, .. } = of.window;
            if let Some(unread) = &mut self.unread {
                unread.extend_from_slice(text.as_bytes());
                continue;
            }
            of.facts.gaps.truncate(GAPS.saturating_sub(self.gaps));
            facts.append(of.facts);
            self.gaps += of.gaps;
            self.items += of.count;
            self.left_out += of.left_out;
            self.spent += of.spent;
            self.full = self.spent > ROOM_BYTES + ROOM_TIMES * (self.bytes + text.len() as u64);
            let whole = of.count == ranges.len() || self.full;
            let last = of.count.checked_sub(1).and_then(|last| ranges.get(last));
            let read = last.map_or(0, |last| if whole { text.len() } else { behind_comma(&text, last.end) });
            self.bytes += read as u64;
            self.lines += newlines(&text[..read]);
            if whole {
                spare.push(text.into_bytes());
            } else {
                self.unread = Some(text.as_bytes()[read..].to_vec());
            }
        }
    }

    /// Reads the rest of the list: `section` is what was left of the file. Gives the byte of it behind the list's document.
    /// Where nothing but documents stands in the file they are read too.
    pub fn finish(self, section: &Section<'_>, only_documents: bool, facts: &mut Facts) -> usize {
        let text = section.text;
        if self.left_out > 0 {
            facts.gaps.push(no_room(section, &format!("{} are", self.left_out)));
        }
        if self.full {
            facts.gaps.push(no_room(section, &format!("those from items[{}] on are", self.items)));
            return text.len();
        }
        let lines = LineIndex::new(text);
        let mut reader = Reader::new(section, &lines, facts);
        reader.gaps = self.gaps;
        let head = opening(&self.opening, section.hint.kind).map(|(head, _)| head).unwrap_or_default();
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

/// A piece of a list: whole items with their commas.
struct Window {
    /// From where the window before ended; of the first one, from the start of the file.
    text: String,
    /// Where its items are by their indentation.
    ranges: Vec<Range<usize>>,
    /// How many items stand before it.
    first: usize,
    /// How many lines end before it.
    lines: u64,
}

/// What was found in a window.
struct Found {
    window: Window,
    facts: Facts,
    gaps: usize,
    spent: u64,
    left_out: usize,
    /// How many items were read: up to the first that does not end where its indentation says.
    count: usize,
}

impl Window {
    fn read(self, section: &Section<'_>, list: &Head<'_>) -> Found {
        // Room for its facts, asked for at once: glibc gives a thread its memory page by page.
        drop(black_box(Vec::<u8>::with_capacity(2 * self.text.len())));
        let section = Section { text: &self.text, first_line: 1 + self.lines, ..section.clone() };
        let lines = LineIndex::new(&self.text);
        let mut facts = Facts::default();
        let mut reader = Reader::new(&section, &lines, &mut facts);
        reader.room = WINDOW_ROOM + ROOM_TIMES * self.text.len() as u64;
        let manner = Manner { list, guessed: true, waiting: false };
        let count = read_in_turn(&mut reader, &self.text, self.first, &self.ranges, manner);
        let (gaps, left_out, spent) = (reader.gaps, reader.left_out, reader.spent.load(Ordering::Relaxed));
        Found { window: self, facts, gaps, spent, left_out, count }
    }
}

/// A file while it is read.
struct Input<'s> {
    /// How large a window is to be.
    size: usize,
    /// How large one may be.
    most: usize,
    source: &'s mut dyn Read,
    /// What was read and is of no window yet.
    left: Vec<u8>,
    /// Room of windows that are done.
    spare: Vec<Vec<u8>>,
}

impl Input<'_> {
    /// Reads until there is enough for a window, or nothing more.
    fn fill(&mut self) {
        let mut piece = [0; READ_BYTES];
        while self.left.len() < self.size {
            let room = READ_BYTES.min(self.size - self.left.len());
            match self.source.read(&mut piece[..room]) {
                Ok(0) => break,
                Ok(count) => self.left.extend_from_slice(&piece[..count]),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(_) => break,
            }
        }
    }

    /// The text before the first item; empty where there is none, or no more than a window.
    fn opening(&self) -> String {
        let valid = match std::str::from_utf8(&self.left) {
            Ok(text) => text,
            Err(error) => std::str::from_utf8(&self.left[..error.valid_up_to()]).unwrap_or_default(),
        };
        let start = opening(valid, None).filter(|_| self.left.len() >= self.size).map_or(0, |(_, start)| start);
        valid[..start].to_owned()
    }

    /// The next window, whose first item is looked for from byte `from` on; `None` where no item is found.
    fn window(&mut self, from: usize) -> Option<Window> {
        loop {
            self.fill();
            // The last character may be there in parts.
            let text = String::from_utf8(mem::take(&mut self.left)).or_else(|error| {
                let valid = error.utf8_error().valid_up_to();
                let mut bytes = error.into_bytes();
                self.left = bytes.split_off(valid);
                String::from_utf8(bytes)
            });
            let mut text = text.unwrap_or_default();
            let (ranges, behind) = before_commas(&text, from);
            if !ranges.is_empty() {
                let mut left = self.spare.pop().unwrap_or_else(|| Vec::with_capacity(self.size));
                left.clear();
                left.extend_from_slice(&text.as_bytes()[behind..]);
                left.append(&mut self.left);
                self.left = left;
                text.truncate(behind);
                return Some(Window { text, ranges, first: 0, lines: 0 });
            }
            let mut bytes = text.into_bytes();
            bytes.append(&mut self.left);
            self.left = bytes;
            if self.left.len() < self.size || self.size >= self.most {
                return None;
            }
            self.size *= 2;
        }
    }
}

fn locked<T>(found: &Mutex<T>) -> MutexGuard<'_, T> {
    found.lock().unwrap_or_else(PoisonError::into_inner)
}

fn newlines(text: &str) -> u64 {
    memchr::memchr_iter(b'\n', text.as_bytes()).count() as u64
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
        for size in [100, 500, 1000, 3333, 20_000] {
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
