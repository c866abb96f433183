//! Lines as container runtimes keep them in their files: `2026-06-16T08:22:44.123456789Z stderr F panic: no` (CRI), and
//! Docker's `{"log":"panic: no\n","stream":"stderr","time":"2026-06-16T08:22:44.123456789Z"}`.
//!
//! A runtime cuts long lines of a program, mostly behind 16 KiB: the piece is marked `P` instead of `F`, or lacks its line
//! end, and the next line of the same stream goes on. Lines of the other stream may stand between the two.

use std::borrow::Cow;
use std::ops::Range;

use super::line_formats::behind_time;

/// How Docker's lines begin.
const DOCKER: &str = "{\"log\":\"";

/// Of a match that begins with fewer bytes than these at the end of a piece the next piece says more.
const TELLING_BYTES: usize = 8;

/// Bytes before the stream of a line: its time and a blank.
const TIME_BYTES: usize = 40;

/// What a program writes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stream {
    Stdout,
    Stderr,
}

/// The two kinds of files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    Cri,
    Docker,
}

/// A line of such a file.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct RuntimeLine<'l> {
    pub format: Format,
    pub stream: Stream,
    /// The program's line goes on in the next line of its stream.
    pub goes_on: bool,
    /// What the program wrote.
    pub message: Cow<'l, str>,
    /// The byte of the line at which that starts.
    start: usize,
}

impl<'l> RuntimeLine<'l> {
    /// `None`: it is none of a runtime's.
    pub fn of(line: &'l str) -> Option<RuntimeLine<'l>> {
        if line.starts_with(DOCKER) {
            return docker(line);
        }
        let (stream, goes_on, message) = cri(behind_time(line)?)?;
        let start = line.len() - message.len();
        Some(RuntimeLine { format: Format::Cri, stream, goes_on, message: Cow::Borrowed(message), start })
    }

    /// The byte of the line at which byte `at` of the message is written.
    fn byte_of(&self, line: &str, at: usize) -> usize {
        match (self.format, &self.message) {
            (Format::Docker, Cow::Owned(_)) => self.start + escaped_bytes(&line[self.start..], at),
            _ => self.start + at,
        }
    }
}

/// What stands behind the time of a line: the stream, whether the line goes on, what the program wrote. Tags other than
/// `F` and `P` may follow them behind colons.
pub(super) fn cri(rest: &str) -> Option<(Stream, bool, &str)> {
    let (stream, rest) = match rest.strip_prefix("stdout ") {
        Some(rest) => (Stream::Stdout, rest),
        None => (Stream::Stderr, rest.strip_prefix("stderr ")?),
    };
    let (tags, message) = rest.split_once(' ').unwrap_or((rest, ""));
    match tags.split(':').next()? {
        "F" => Some((stream, false, message)),
        "P" => Some((stream, true, message)),
        _ => None,
    }
}

/// A line of Docker's.
pub(super) fn docker(line: &str) -> Option<RuntimeLine<'_>> {
    let rest = line.strip_prefix(DOCKER)?;
    let end = end_of_json_text(rest)?;
    let behind = rest[end + 1..].strip_suffix('}')?;
    let stream = if behind.contains("\"stream\":\"stdout\"") {
        Stream::Stdout
    } else if behind.contains("\"stream\":\"stderr\"") {
        Stream::Stderr
    } else {
        return None;
    };
    let escaped = &rest[..end];
    let whole = escaped.strip_suffix("\\n");
    // `\\n` is a backslash and an n.
    let slashes = escaped.bytes().rev().skip(1).take_while(|byte| *byte == b'\\').count();
    let goes_on = whole.is_none() || slashes.is_multiple_of(2);
    let written = whole.filter(|_| !goes_on).unwrap_or(escaped);
    let message = match memchr::memchr(b'\\', written.as_bytes()) {
        None => Cow::Borrowed(written),
        Some(_) => {
            let mut text: String = serde_json::from_str(&format!("\"{written}\"")).ok()?;
            if text.ends_with('\r') {
                text.pop();
            }
            Cow::Owned(text)
        }
    };
    Some(RuntimeLine { format: Format::Docker, stream, goes_on, message, start: DOCKER.len() })
}

/// The byte of the quotation mark that ends a text of JSON.
fn end_of_json_text(text: &str) -> Option<usize> {
    let mut from = 0;
    loop {
        let at = from + memchr::memchr2(b'"', b'\\', &text.as_bytes()[from..])?;
        if text.as_bytes()[at] == b'"' {
            return Some(at);
        }
        from = at + 2;
        text.as_bytes().get(from)?;
    }
}

/// How many bytes of a text of JSON spell its first `wanted` bytes.
fn escaped_bytes(escaped: &str, wanted: usize) -> usize {
    let bytes = escaped.as_bytes();
    let unit = |at: usize| escaped.get(at + 2..at + 6).and_then(|digits| u32::from_str_radix(digits, 16).ok());
    let (mut at, mut spelled) = (0, 0);
    while spelled < wanted && at < bytes.len() {
        let (written, meant) = match (bytes[at], bytes.get(at + 1)) {
            (b'\\', Some(b'u')) => match unit(at) {
                Some(0..0x80) => (6, 1),
                Some(0x80..0x800) => (6, 2),
                Some(0xd800..0xdc00) => (12, 4),
                _ => (6, 3),
            },
            (b'\\', _) => (2, 1),
            _ => (1, 1),
        };
        at += written;
        spelled += meant;
    }
    at.min(escaped.len())
}

/// Where the first line starts that goes on in another one, of whole lines of CRI. Looks only where a mark may stand.
pub(super) fn first_that_goes_on(text: &[u8]) -> Option<usize> {
    memchr::memmem::find_iter(text, " P").find_map(|at| {
        let ends = text.get(at + 2).is_none_or(|byte| b" :\r\n".contains(byte));
        let streams = text[..at].ends_with(b" stdout") || text[..at].ends_with(b" stderr");
        if !ends || !streams {
            return None;
        }
        let from = at.saturating_sub(" stdout".len() + TIME_BYTES);
        let start = match memchr::memrchr(b'\n', &text[from..at]) {
            Some(end) => from + end + 1,
            None if from == 0 => 0,
            None => return None,
        };
        let head = std::str::from_utf8(&text[start..at + 2]).ok()?;
        RuntimeLine::of(head).is_some_and(|line| line.goes_on).then_some(start)
    })
}

/// A program's line, of which there may be further pieces.
#[derive(Debug, Default)]
pub(super) struct Pieces {
    /// The lines of the file, one behind the other.
    lines: String,
    /// What the program wrote.
    pub message: String,
    pieces: Vec<Piece>,
    /// Pieces were left out: the line is longer than what is looked at.
    pub cut: bool,
}

/// A line of the file.
#[derive(Debug)]
struct Piece {
    number: u64,
    /// Where it stands in the lines.
    line: Range<usize>,
    /// Where its part of the message starts.
    message: usize,
}

impl Pieces {
    /// Whether the line has begun.
    pub fn are_open(&self) -> bool {
        !self.pieces.is_empty()
    }

    /// Adds a line of the file; no more than `most` bytes are kept beside the first.
    pub fn push(&mut self, number: u64, line: &str, read: &RuntimeLine<'_>, most: usize) {
        if self.cut || (self.are_open() && self.lines.len() + line.len() > most) {
            self.cut = true;
            return;
        }
        let start = self.lines.len();
        self.lines.push_str(line);
        self.pieces.push(Piece { number, line: start..self.lines.len(), message: self.message.len() });
        self.message.push_str(&read.message);
    }

    /// The line of the file that is cited for a match in the message, its number, and the byte of it at which the match
    /// starts: the line in which the match begins. Where only a few letters of it stand there, the next one.
    pub fn cited(&self, found: Range<usize>) -> (u64, &str, usize) {
        let mut at = found.start;
        let behind = self.pieces.partition_point(|piece| piece.message <= at);
        let mut piece = &self.pieces[behind.saturating_sub(1)];
        if let Some(next) = self.pieces.get(behind)
            && found.end > next.message
            && next.message - at < TELLING_BYTES
        {
            (piece, at) = (next, next.message);
        }
        let line = &self.lines[piece.line.clone()];
        let read = RuntimeLine::of(line);
        (piece.number, line, read.map_or(0, |read| read.byte_of(line, at - piece.message)))
    }

    /// Makes room for the next line.
    pub fn clear(&mut self) {
        self.lines.clear();
        self.message.clear();
        self.pieces.clear();
        self.cut = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_both_formats_are_read() {
        let line = |line| RuntimeLine::of(line).map(|read| (read.format, read.stream, read.goes_on, read.message));
        let cri = |stream, goes_on, message| Some((Format::Cri, stream, goes_on, Cow::Borrowed(message)));
        assert_eq!(line("2026-06-16T08:22:44.123456789Z stderr F panic: no"), cri(Stream::Stderr, false, "panic: no"));
        assert_eq!(line("2026-06-16T08:22:44.1+02:00 stdout P  pan"), cri(Stream::Stdout, true, " pan"));
        assert_eq!(line("2026-06-16T08:22:44Z stdout F:x:y z"), cri(Stream::Stdout, false, "z"));
        assert_eq!(line("2026-06-16T08:22:44Z stdout F"), cri(Stream::Stdout, false, ""));
        assert_eq!(line("2026-06-16T08:22:44Z stdout Pan"), None);
        assert_eq!(line("2026-06-16 stdout F x"), None);
        let docker = |stream, goes_on, message| Some((Format::Docker, stream, goes_on, Cow::Borrowed(message)));
        let time = "\"time\":\"2026-06-16T08:22:44Z\"";
        let of = |log: &str| &*format!("{{\"log\":\"{log}\",\"stream\":\"stderr\",{time}}}").leak();
        assert_eq!(line(of(r"a \u003cb\u003e\r\n")), docker(Stream::Stderr, false, "a <b>"));
        assert_eq!(line(of("half a li")), docker(Stream::Stderr, true, "half a li"));
        assert_eq!(line(of(r"a backslash and an n: \\n")), docker(Stream::Stderr, true, r"a backslash and an n: \n"));
        assert_eq!(line(of(r"a backslash \\\n")), docker(Stream::Stderr, false, r"a backslash \"));
        assert_eq!(line("{\"log\":\"no stream\\n\"}"), None);
        assert_eq!(line("{\"log\":\"cut \\"), None);
        assert_eq!(line(r#"{"log":"\ud800\n","stream":"stdout"}"#), None);
    }

    #[test]
    fn a_byte_of_a_message_is_found_in_its_escaped_line() {
        let line = r#"{"log":"\u003c\t\u00e4\u2028\ud83d\ude00äx\n","stream":"stdout"}"#;
        let read = RuntimeLine::of(line).expect("a line");
        assert_eq!(read.message, "<\t\u{e4}\u{2028}\u{1f600}äx");
        for (at, _) in read.message.char_indices().chain([(read.message.len(), ' ')]) {
            let written = &line[read.start..read.byte_of(line, at)];
            let said: String = serde_json::from_str(&format!("\"{written}\"")).expect("JSON");
            assert_eq!(said, read.message[..at]);
        }
    }

    #[test]
    fn the_first_line_that_goes_on_is_found() {
        let whole = "2026-06-16T08:22:44.123456789Z stdout F stderr P x\n2026-06-16T08:22:44Z POST stdout P y\n";
        assert_eq!(first_that_goes_on(whole.as_bytes()), None);
        for (stream, tag) in [("stdout", "P"), ("stderr", "P:a")] {
            let text = format!("{whole}2026-06-16T08:22:44.123456789+02:00 {stream} {tag} x\n{whole}");
            assert_eq!(first_that_goes_on(text.as_bytes()), Some(whole.len()));
            assert_eq!(first_that_goes_on(&text.as_bytes()[whole.len()..]), Some(0));
        }
    }

    #[test]
    fn a_match_is_cited_where_its_words_stand() {
        let mut pieces = Pieces::default();
        let lines =
            ["2026-06-16T08:22:44Z stderr P java.lang.OutOfMem", "2026-06-16T08:22:45Z stderr F oryError: Java heap"];
        for (number, line) in (7..).step_by(2).zip(lines) {
            pieces.push(number, line, &RuntimeLine::of(line).expect("a line"), 1000);
        }
        assert_eq!(pieces.message, "java.lang.OutOfMemoryError: Java heap");
        assert_eq!(pieces.cited(10..26), (7, lines[0], 40));
        assert_eq!(pieces.cited(13..26), (9, lines[1], 30));
        assert_eq!(pieces.cited(28..37), (9, lines[1], 40));
        pieces.push(11, "2026-06-16T08:22:45Z stderr F x", &RuntimeLine::of(lines[1]).expect("a line"), 100);
        assert!(pieces.cut && pieces.message.ends_with("heap"));
    }
}
