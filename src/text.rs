//! Lines, places and quotations: the unit of citation.
//!
//! Owns how bytes become lines and how a line is quoted. Knows nothing of kubectl, archives or reports.
//! The rules are the report's contract: lines are counted from 1 and end at LF or CRLF only, after decoding ([`encoding_of`]);
//! a quotation is the line verbatim, white space at its ends aside; of a line over [`QUOTE_BYTES`] it is a verbatim slice.

use std::borrow::Cow;
use std::cell::RefCell;
use std::hash::BuildHasher;
use std::sync::{Arc, OnceLock};

/// A line longer than this many bytes is quoted as a slice with a column.
pub const QUOTE_BYTES: usize = 500;

/// So many bytes of a long line are kept with a value of an object: what a report quotes of them is known only once it is
/// known which words decide.
const KEPT_BYTES: usize = 4096;

/// So many bytes of a slice are shown in any format of a report.
const SHOWN_BYTES: usize = 280;

/// A file of the bundle: an index into the list of files that `load` keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct FileId(pub u32);

/// One printed output inside a file: a file may hold several (`$ kubectl ...` prompts, many documents).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct SectionId {
    /// The file.
    pub file: FileId,
    /// Counts the sections of the file from 0.
    pub index: u32,
}

/// Where a fact stands, with the words that stand there.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// The file of the bundle.
    pub file: FileId,
    /// 1-based line.
    pub line: u64,
    /// 1-based character at which `text` starts in the line; `None` when `text` is the whole line.
    pub column: Option<u32>,
    /// The line verbatim without white space at its ends, or a verbatim slice of it when `column` is set.
    pub text: Arc<str>,
}

impl Place {
    /// The place of a whole line. A line over [`QUOTE_BYTES`] is cut to its first bytes and gets a column.
    pub fn of_line(file: FileId, line: u64, content: &str) -> Place {
        Place::at(file, line, content, 0)
    }

    /// The place of the value that starts at byte `offset` of a line: the whole line where it is short, else a slice of
    /// at most [`QUOTE_BYTES`] bytes around the offset.
    pub fn at(file: FileId, line: u64, content: &str, offset: usize) -> Place {
        Place::within(file, line, content, offset, QUOTE_BYTES)
    }

    /// The place of a whole line of an object's description; of a long one more is kept than is quoted, see [`Place::near`].
    pub fn of_object(file: FileId, line: u64, content: &str) -> Place {
        Place::within(file, line, content, 0, KEPT_BYTES)
    }

    /// Whether the place of a line is all of it, whatever is sought in it.
    pub fn is_whole(content: &str) -> bool {
        content.len() <= QUOTE_BYTES
    }

    fn within(file: FileId, line: u64, content: &str, offset: usize, most: usize) -> Place {
        if Place::is_whole(content) {
            return Place { file, line, column: None, text: Arc::from(trimmed(content)) };
        }
        let (start, end) = slice_around(content, offset, most, most);
        let column = content[..start].chars().count() as u32 + 1;
        Place { file, line, column: Some(column), text: Arc::from(content[start..end].trim_end()) }
    }

    /// The same place with no more text than a quotation may have.
    pub fn quoted(&self) -> Place {
        if self.column.is_none() || self.text.len() <= QUOTE_BYTES { self.clone() } else { self.slice(0) }
    }

    /// The part of a long line in which these words end, since what failed is named first and why last; the place itself
    /// where they end near its start or are not found. The words may be spelled with escapes in the line.
    pub fn near(&self, words: &str) -> Place {
        let escaped = ['"', '\\', '\n', '\t', '\r', '&', '<', '>'];
        let mut pieces = words.split(escaped).map(str::trim).filter(|piece| piece.len() >= 4);
        let Some(first) = pieces.next() else { return self.quoted() };
        let last = pieces.next_back().unwrap_or(first);
        let start = self.text.find(first).unwrap_or(0);
        let Some(end) = self.text[start..].find(last).map(|at| start + at + last.len()) else { return self.quoted() };
        if end <= SHOWN_BYTES {
            return self.quoted();
        }
        let mut from = start.max(end.saturating_sub(SHOWN_BYTES / 2));
        while !self.text.is_char_boundary(from) {
            from += 1;
        }
        self.slice(from)
    }

    /// A quotation of a place that is a slice already.
    fn slice(&self, at: usize) -> Place {
        let (start, end) = slice_around(&self.text, at, QUOTE_BYTES, QUOTE_BYTES);
        let skipped = self.text[..start].chars().count() as u32;
        Place {
            column: self.column.map(|column| column.saturating_add(skipped)),
            text: Arc::from(self.text[start..end].trim_end()),
            ..self.clone()
        }
    }
}

/// The bytes of a long line that quote the value at `offset`: some context before it, and `wanted` bytes from there on,
/// as far as a quotation may be long.
fn slice_around(content: &str, offset: usize, wanted: usize, most: usize) -> (usize, usize) {
    let mut start = offset.min(content.len()).saturating_sub(if offset > 60 { 60 } else { offset });
    while start > 0 && !content.is_char_boundary(start) {
        start -= 1;
    }
    // A slice starts with something visible, so that trimming on either side cannot shift it.
    start += content[start..].len() - content[start..].trim_start().len();
    let mut end = start.saturating_add(wanted.min(most)).min(content.len());
    while !content.is_char_boundary(end) {
        end -= 1;
    }
    (start, end)
}

/// A value together with the place that states it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Located<T> {
    /// The value.
    pub value: T,
    /// Where it stands.
    pub place: Place,
}

impl<T> Located<T> {
    /// Joins a value and its place.
    pub fn new(value: T, place: Place) -> Self {
        Located { value, place }
    }
}

/// Something the bundle may or may not state. `None`: this output does not say.
pub type Fact<T> = Option<Located<T>>;

/// How many bytes of a file's start [`encoding_of`] needs to see, where there are so many.
pub const ENCODING_BYTES: usize = 16;

/// How a file that starts with these bytes is encoded, and how long its BOM is: by BOM (UTF-8, UTF-16 LE or BE); without
/// one UTF-16 where every second of the first bytes is zero and all others are characters; else UTF-8.
pub fn encoding_of(start: &[u8]) -> (&'static encoding_rs::Encoding, usize) {
    if let Some(found) = encoding_rs::Encoding::for_bom(start) {
        return found;
    }
    let start = &start[..start.len().min(ENCODING_BYTES)];
    let half_of = |odd: usize| start.iter().skip(odd).step_by(2);
    let is_text = |byte: &u8| byte.is_ascii_graphic() || byte.is_ascii_whitespace() || *byte >= 0xa0;
    let is_wide = |zeros: usize| half_of(zeros).all(|byte| *byte == 0) && half_of(1 - zeros).all(is_text);
    match start.len() >= 8 && start[..2].contains(&0) {
        true if is_wide(1) => (encoding_rs::UTF_16LE, 0),
        true if is_wide(0) => (encoding_rs::UTF_16BE, 0),
        _ => (encoding_rs::UTF_8, 0),
    }
}

/// Decodes a whole file as a citation counts it, see [`encoding_of`]; bytes that are no UTF-8 become U+FFFD. The BOM is not
/// part of the text.
pub fn decode(bytes: &[u8]) -> Cow<'_, str> {
    let (encoding, length) = encoding_of(bytes);
    if encoding == encoding_rs::UTF_8 {
        return decode_part(&bytes[length..]);
    }
    Cow::Owned(encoding.decode_without_bom_handling(&bytes[length..]).0.into_owned())
}

/// Decodes bytes from the middle of a file, where no BOM can be: as UTF-8. The check of a whole text is several times faster than the search for what is wrong with it.
pub fn decode_part(bytes: &[u8]) -> Cow<'_, str> {
    std::str::from_utf8(bytes).map_or_else(|_| String::from_utf8_lossy(bytes), Cow::Borrowed)
}

/// The lines of a decoded text with their 1-based numbers, without their line ends (LF or CRLF).
pub fn lines(text: &str) -> impl Iterator<Item = (u64, &str)> {
    text.split('\n').enumerate().map(|(index, line)| (index as u64 + 1, line.strip_suffix('\r').unwrap_or(line)))
}

/// Finds the line of a byte offset in a text: built once per text, asked per value. Keeps one mark for every `BLOCK`
/// bytes, so that it is small beside a list of objects, and any question costs a look at one block.
#[derive(Debug)]
pub struct LineIndex<'t> {
    text: &'t str,
    marks: Vec<Mark>,
    /// How many characters start before each block; made for the first long line that is quoted.
    characters: OnceLock<Vec<usize>>,
}

/// What is known of the first byte of a block.
#[derive(Debug, Clone, Copy)]
struct Mark {
    /// How many lines end before it.
    lines: usize,
    /// Where its line starts.
    start: usize,
}

/// How densely lines and characters are counted: a place in a line of 100 MB costs a block, not the line.
const BLOCK: usize = 256;

impl<'t> LineIndex<'t> {
    /// Indexes the line starts of `text`.
    pub fn new(text: &'t str) -> Self {
        let bytes = text.as_bytes();
        let mut marks = Vec::with_capacity(bytes.len() / BLOCK + 1);
        let mut mark = Mark { lines: 0, start: 0 };
        for (index, block) in bytes.chunks(BLOCK).enumerate() {
            marks.push(mark);
            if let Some(last) = memchr::memrchr(b'\n', block) {
                mark.lines += memchr::memchr_iter(b'\n', block).count();
                mark.start = index * BLOCK + last + 1;
            }
        }
        // A text that ends with its block has one more, which is empty.
        if bytes.len().is_multiple_of(BLOCK) {
            marks.push(mark);
        }
        LineIndex { text, marks, characters: OnceLock::new() }
    }

    /// The 1-based line of byte `offset`, and the byte at which that line starts. Beyond the end it is the last line.
    fn line_at(&self, offset: usize) -> (u64, usize) {
        let offset = offset.min(self.text.len());
        let block = offset / BLOCK;
        let mark = self.marks[block];
        let before = &self.text.as_bytes()[block * BLOCK..offset];
        match memchr::memrchr(b'\n', before) {
            Some(last) => {
                let lines = mark.lines + memchr::memchr_iter(b'\n', before).count();
                (lines as u64 + 1, block * BLOCK + last + 1)
            }
            None => (mark.lines as u64 + 1, mark.start),
        }
    }

    /// The place of the value of `length` bytes at byte `offset`, in the time that the value costs, however long its line:
    /// the whole line where it is short, else the value with some context.
    pub fn value_place(&self, file: FileId, offset: usize, length: usize, texts: &Texts) -> Place {
        let (line, first) = self.line_at(offset);
        let offset = offset.min(self.text.len());
        // No more of a long line is looked at than may be kept of it.
        let seen = &self.text.as_bytes()[offset..];
        let seen = &seen[..seen.len().min(length.saturating_add(QUOTE_BYTES).max(2 * KEPT_BYTES))];
        let end = memchr::memchr(b'\n', seen).unwrap_or(seen.len());
        let mut end = offset + end;
        while !self.text.is_char_boundary(end) {
            end -= 1;
        }
        let content = &self.text[first..end];
        let content = content.strip_suffix('\r').unwrap_or(content);
        if content.len() <= QUOTE_BYTES {
            return Place { file, line, column: None, text: texts.kept(trimmed(content)) };
        }
        let (start, end) = slice_around(content, offset - first, length.saturating_add(100), KEPT_BYTES);
        let column = (self.characters_before(first + start) - self.characters_before(first)) as u32 + 1;
        Place { file, line, column: Some(column), text: Arc::from(content[start..end].trim_end()) }
    }

    /// The 1-based line of byte `offset`.
    pub fn line_of(&self, offset: usize) -> u64 {
        self.line_at(offset).0
    }

    /// How many characters start before byte `offset` of the text.
    fn characters_before(&self, offset: usize) -> usize {
        fn count(bytes: &[u8]) -> usize {
            bytes.iter().filter(|byte| (**byte & 0xC0) != 0x80).count()
        }
        let blocks = self.characters.get_or_init(|| {
            let mut total = 0;
            let block = |bytes: &[u8]| {
                let before = total;
                total += count(bytes);
                before
            };
            self.text.as_bytes().chunks(BLOCK).map(block).collect()
        });
        let first = (offset / BLOCK).min(blocks.len().saturating_sub(1));
        blocks.get(first).copied().unwrap_or(0) + count(&self.text.as_bytes()[first * BLOCK..offset])
    }

    /// The content of a 1-based line, empty beyond the end.
    pub fn line(&self, line: u64) -> &'t str {
        let before = (line as usize).saturating_sub(1);
        // The line starts in the last block that fewer lines end before, or at the first byte.
        let block = self.marks.partition_point(|mark| mark.lines < before).saturating_sub(1);
        let mark = self.marks[block];
        let rest = &self.text[mark.start..];
        rest.split('\n').nth(before - mark.lines.min(before)).map_or("", |line| line.strip_suffix('\r').unwrap_or(line))
    }
}

/// The texts of lines that were kept last: objects of one list have many lines in common, and such a text is kept once.
#[derive(Debug)]
pub struct Texts {
    slots: RefCell<Vec<Option<Arc<str>>>>,
    hasher: foldhash::fast::FixedState,
}

/// So many texts are known at a time.
const TEXTS: usize = 512;

impl Default for Texts {
    fn default() -> Self {
        Texts { slots: RefCell::new(vec![None; TEXTS]), hasher: Default::default() }
    }
}

impl Texts {
    fn kept(&self, text: &str) -> Arc<str> {
        let mut slots = self.slots.borrow_mut();
        let slot = &mut slots[self.hasher.hash_one(text.as_bytes()) as usize % TEXTS];
        match slot {
            Some(same) if **same == *text => Arc::clone(same),
            _ => Arc::clone(slot.insert(Arc::from(text))),
        }
    }
}

/// The text without white space at its ends, faster where it is ASCII and far in.
fn trimmed(text: &str) -> &str {
    let mut rest = text.as_bytes();
    while let Some((b"        ", behind)) = rest.split_first_chunk() {
        rest = behind;
    }
    let text = &text[text.len() - rest.len()..];
    let ascii = text.trim_ascii();
    match ascii.as_bytes() {
        [first, .., last] if first.is_ascii_graphic() && last.is_ascii_graphic() => ascii,
        _ => ascii.trim(),
    }
}

/// Writes control, bidi and other invisible characters visibly (`\u{1b}`), so that text from a bundle can be shown on a
/// terminal or in a document. A tab becomes `\t`. `verify` applies the same function to the bundle's line.
pub fn visible(text: &str) -> Cow<'_, str> {
    fn hidden(c: char) -> bool {
        c.is_control()
            || matches!(c, '\u{00AD}' | '\u{061C}' | '\u{180E}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}'
                | '\u{2060}'..='\u{206F}' | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}' | '\u{E0000}'..='\u{E007F}')
    }
    if !text.chars().any(hidden) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '\t' => out.push_str("\\t"),
            c if hidden(c) => out.push_str(&format!("\\u{{{:x}}}", c as u32)),
            c => out.push(c),
        }
    }
    Cow::Owned(out)
}

/// A title inside a sentence: its first letter small, unless the first word is a name or all capitals.
pub fn in_sentence(title: &str) -> String {
    let mut chars = title.chars();
    let first = chars.next();
    let plain = chars.as_str().split(' ').next().is_some_and(|rest| rest.bytes().all(|b| b.is_ascii_lowercase()));
    match first {
        Some(first) if plain && !chars.as_str().is_empty() => first.to_lowercase().chain(chars).collect(),
        _ => title.to_owned(),
    }
}

/// A text on one line; of a long one so many characters from its start and from its end, where kubelet and the runtime put
/// the reason.
pub fn shortened(text: &str, (head, tail): (usize, usize)) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let length = line.chars().count();
    if length <= head + tail + 20 {
        return line;
    }
    let start: String = line.chars().take(head).collect();
    let end: String = line.chars().skip(length - tail).collect();
    let start = start.rsplit_once(' ').map_or(start.as_str(), |(start, _)| start);
    let end = end.split_once(' ').map_or(end.as_str(), |(_, end)| end);
    format!("{start} \u{2026} {end}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_end_at_lf_and_crlf_only() {
        let all: Vec<_> = lines("a\r\nb\rc\u{2028}d\ne").collect();
        assert_eq!(all, [(1, "a"), (2, "b\rc\u{2028}d"), (3, "e")]);
    }

    #[test]
    fn utf16_without_a_bom_is_seen_by_its_zeros() {
        assert_eq!(decode(b"N\0A\0M\0E\0\r\0\n\0"), "NAME\r\n");
        assert_eq!(decode(b"\0N\0A\0M\0E"), "NAME");
        assert_eq!(
            decode("\u{e4}ndern".encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>().as_slice()),
            "\u{e4}ndern"
        );
        for plain in [&b"NAME READY"[..], b"a\0", b"\0\0\0\0\0\0\0\0", b"\x01\0\x02\0\x03\0\x04\0", b"a\0b\0c\0defg"] {
            assert_eq!(encoding_of(plain), (encoding_rs::UTF_8, 0), "{plain:?}");
        }
    }

    #[test]
    fn utf16_by_bom() {
        assert_eq!(decode(b"\xff\xfeN\0a\0"), "Na");
        assert_eq!(decode(b"\xfe\xff\0N\0a"), "Na");
        assert_eq!(decode(b"\xef\xbb\xbfNa"), "Na");
    }

    #[test]
    fn a_long_line_is_quoted_from_its_column_in_characters() {
        let line = format!("{}needle{}", "\u{e4}".repeat(400), "x".repeat(600));
        let place = Place::at(FileId(0), 7, &line, 800);
        let column = place.column.expect("a slice has a column") as usize;
        let rest: String = line.chars().skip(column - 1).collect();
        assert!(rest.starts_with(&*place.text));
        assert!(place.text.contains("needle") && place.text.len() <= QUOTE_BYTES);
    }

    #[test]
    fn a_value_far_into_a_long_line_has_its_column_in_characters() {
        let text = format!("first\n{}needle{}\nlast", "\u{e4}\u{1f600}x".repeat(3000), "y".repeat(9000));
        let offset = text.find("needle").expect("it is there");
        let place = LineIndex::new(&text).value_place(FileId(0), offset, 6, &Texts::default());
        let line = lines(&text).nth(1).expect("it has three lines").1;
        let rest: String = line.chars().skip(place.column.expect("a slice has a column") as usize - 1).collect();
        assert_eq!(place.line, 2);
        assert!(rest.starts_with(&*place.text) && place.text.contains("needle") && place.text.len() < 200);
        let short = LineIndex::new(&text).value_place(FileId(0), 2, 1, &Texts::default());
        assert_eq!((short.line, short.column, &*short.text), (1, None, "first"));
    }

    #[test]
    fn a_long_message_is_quoted_where_its_words_stand() {
        let text = format!("{{\"message\": \"{} disk \\\"full\\\" behind it\"}}", "pull failed: ".repeat(80));
        let place = LineIndex::new(&text).value_place(FileId(0), 12, text.len() - 14, &Texts::default());
        assert!(place.text.len() > QUOTE_BYTES && place.quoted().text.len() <= QUOTE_BYTES);
        let near = place.near("disk \"full\" behind it");
        assert!(near.text.len() <= QUOTE_BYTES && near.text.contains("behind it"), "{near:?}");
        let rest: String = text.chars().skip(near.column.unwrap_or(0) as usize - 1).collect();
        assert!(rest.starts_with(&*near.text));
        assert_eq!(place.near("nowhere to be found"), place.quoted());
    }

    #[test]
    fn titles_in_sentences() {
        assert_eq!(in_sentence("The CPU limit slows it"), "the CPU limit slows it");
        assert_eq!(in_sentence("DNS fails"), "DNS fails");
    }

    #[test]
    fn escapes_are_visible() {
        assert_eq!(visible("a\u{1b}[31m\u{202e}b\tc"), "a\\u{1b}[31m\\u{202e}b\\tc");
    }

    #[test]
    fn a_long_message_keeps_its_end() {
        let long = format!("Failed to pull image \"x\": {} no space left on device", "failed to copy: ".repeat(30));
        let short = shortened(&long, (110, 90));
        assert!(short.starts_with("Failed to pull image") && short.ends_with("no space left on device"), "{short}");
        assert!(short.chars().count() < 215);
        assert_eq!(shortened("one\n two", (110, 90)), "one two");
    }
}
