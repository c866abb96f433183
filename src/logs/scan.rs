//! The pass itself: bytes in, one [`Log`] per container out.
//!
//! Blocks of whole lines go through the prefilter; only what matters is looked at as a line: the first ones, the last ones,
//! and those that hold a literal of a signature. What must be looked at line by line is the start of a file, where
//! kubectl may speak, and a log whose lines say whose they are (`--prefix`).

use std::borrow::Cow;
use std::collections::{BTreeMap, VecDeque};
use std::io::Read;
use std::sync::{Mutex, OnceLock, PoisonError};

use super::exports::Export;
use super::line_formats::{message_of, strip_kubectl, time_of};
use super::matcher::{Candidate, Matcher};
use super::runtime_lines::{self, Format, Pieces, RuntimeLine};
use super::stack_trace::indent_of;
use crate::artifact::LogRun;
use crate::catalog::{Catalog, Channel, SignatureId};
use crate::model::{BoxedLog, Cut, Hit, Log, ObjectRef};
use crate::text::{Place, SectionId};

/// First lines that are kept.
const HEAD_LINES: usize = 8;
/// Last lines that are kept.
pub const TAIL_LINES: usize = 40;
/// Bytes per read.
const BLOCK_BYTES: usize = 256 * 1024;
/// Containers told apart in one `--prefix` log; lines of further ones go to the first.
const MOST_SOURCES: usize = 256;
/// Lines at the start of a file among which kubectl may say something of its own.
const KUBECTL_LINES: u64 = 200;
/// Lines that are not blank among which the first time is looked for.
const TIMED_LINES: u64 = 50;
/// The last line of a signature is kept as it is up to this many bytes, and read at the end of the log.
const KEPT_BYTES: usize = 4096;
/// A line with more candidates than these is crowded: before and after it was looked at whether the other words of the
/// candidates stand in it.
const CROWD: (usize, usize) = (128, 16);
/// What may be spent on crowded lines, in bytes times candidates: so much, and so much for each byte of the log before them.
/// No program prints such lines; they are made to keep a reader busy.
const SPENT_ON_CROWDS: (u64, u64) = (256 << 20, 2);
/// Looking whether words stand in a line costs this part of what looking for a match does.
const WORDS_COST: u64 = 8;
/// How a line of `kubectl logs --prefix` begins.
const PREFIX: &[u8] = b"[pod/";

/// The signatures of the catalogue, ready to scan logs and messages. One scanner serves all threads and all bundles.
#[derive(Debug)]
pub struct Scanner<'c> {
    catalog: &'c Catalog,
    logs: OnceLock<Matcher>,
    messages: OnceLock<Matcher>,
    /// Blocks to be filled again: first touch of fresh memory costs more than what is done with it.
    blocks: Mutex<Vec<Vec<u8>>>,
}

impl<'c> Scanner<'c> {
    /// A scanner for the signatures of a catalogue; it is made ready by the first text it sees.
    pub fn new(catalog: &'c Catalog) -> Scanner<'c> {
        Scanner { catalog, logs: OnceLock::new(), messages: OnceLock::new(), blocks: Mutex::new(Vec::new()) }
    }

    /// Makes it ready for logs before the first one comes.
    pub fn prepare(&self) {
        self.of_logs();
    }

    fn of_logs(&self) -> &Matcher {
        self.logs.get_or_init(|| Matcher::new(self.catalog, &[Channel::Log], PREFIX))
    }

    fn of_messages(&self) -> &Matcher {
        self.messages.get_or_init(|| Matcher::new(self.catalog, &[Channel::Event, Channel::Status], PREFIX))
    }

    /// The signatures of a channel that match a text, with their named groups.
    pub fn matches(&self, text: &str, channel: Channel) -> Vec<(SignatureId, BTreeMap<String, String>)> {
        let matcher = if channel == Channel::Log { self.of_logs() } else { self.of_messages() };
        let matching = matcher.matching(self.catalog, text.as_bytes()).into_iter();
        matching
            .filter_map(|id| {
                let signature = self.catalog.signature(id).filter(|signature| signature.channels.contains(&channel))?;
                let values =
                    if signature.names_values() { signature.captures(text.as_bytes())? } else { BTreeMap::new() };
                Some((id, values))
            })
            .collect()
    }

    /// The words of a text that a signature matches.
    pub fn words<'t>(&self, signature: SignatureId, text: &'t str) -> Option<&'t str> {
        let found = self.catalog.signature(signature)?.expression()?.find(text.as_bytes())?;
        text.get(found)
    }

    /// Reads a log to its end. `first_line` is the number of its first line in the file. The bytes are decoded as
    /// [`crate::text::encoding_of`] says.
    /// A read error ends the log where it happens; the caller knows of it. There is one log at least; of a `--prefix` log
    /// one for every container. What is kept is bounded by the catalogue, not by the log. A line is looked at up to
    /// `line_bytes`; the rest of it is counted only.
    pub fn scan(
        &self,
        reader: &mut dyn Read,
        section: SectionId,
        first_line: u64,
        object: ObjectRef,
        run: LogRun,
        line_bytes: usize,
    ) -> Vec<BoxedLog> {
        let mut pass = Pass::new(self, section, first_line, object, run, line_bytes);
        let mut text = Text::new(self.block(line_bytes));
        // In the middle of a line that is too long: its rest is passed over.
        let mut skipping = false;
        loop {
            let ended = text.fill(reader, &mut pass.bytes);
            let mut content = text.content();
            if skipping {
                match memchr::memchr(b'\n', content) {
                    Some(end) => {
                        content = &content[end + 1..];
                        pass.number += 1;
                        skipping = false;
                    }
                    None => content = &[],
                }
            }
            let whole = memchr::memrchr(b'\n', content).map_or(0, |end| end + 1);
            pass.lines(&content[..whole]);
            let rest = &content[whole..];
            if ended {
                pass.lines(rest);
                break;
            }
            let mut kept = rest.len();
            if rest.len() > line_bytes {
                pass.tell_format(&rest[..line_bytes]);
                pass.line(&rest[..line_bytes]);
                pass.number -= 1;
                skipping = true;
                kept = 0;
            }
            text.keep(kept);
        }
        self.blocks.lock().unwrap_or_else(PoisonError::into_inner).push(text.into_block(line_bytes));
        pass.finish()
    }

    fn block(&self, line_bytes: usize) -> Vec<u8> {
        let spare = self.blocks.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut block = spare.unwrap_or_default();
        // All scans of a run have one limit, so a spare block fits as it is.
        block.resize(line_bytes + BLOCK_BYTES, 0);
        block
    }
}

/// The text of a log, block by block, decoded.
struct Text {
    block: Vec<u8>,
    filled: usize,
    started: bool,
    decoder: Option<encoding_rs::Decoder>,
}

impl Text {
    fn new(block: Vec<u8>) -> Text {
        Text { block, filled: 0, started: false, decoder: None }
    }

    fn content(&self) -> &[u8] {
        &self.block[..self.filled]
    }

    /// Keeps the last bytes of the content and drops the others.
    fn keep(&mut self, last: usize) {
        self.block.copy_within(self.filled - last..self.filled, 0);
        self.filled = last;
    }

    /// Adds the next block to the content; says whether it was the last one. Counts the decoded bytes.
    fn fill(&mut self, reader: &mut dyn Read, bytes: &mut u64) -> bool {
        if let Some(mut decoder) = self.decoder.take() {
            let mut raw = vec![0; BLOCK_BYTES / 4];
            let length = read_block(reader, &mut raw);
            self.decode(&mut decoder, &raw[..length], bytes);
            self.decoder = Some(decoder);
            return length == 0;
        }
        let space = self.filled..(self.filled + BLOCK_BYTES).min(self.block.len());
        let length = read_block(reader, &mut self.block[space.clone()]);
        let start = &self.block[..length];
        let (encoding, bom) = if self.started { (encoding_rs::UTF_8, 0) } else { crate::text::encoding_of(start) };
        self.started = true;
        if bom > 0 || encoding != encoding_rs::UTF_8 {
            if encoding == encoding_rs::UTF_8 {
                self.block.copy_within(bom..length, 0);
                self.filled = length - bom;
                *bytes += self.filled as u64;
            } else {
                let mut decoder = encoding.new_decoder_without_bom_handling();
                let raw = self.block[bom..length].to_vec();
                self.decode(&mut decoder, &raw, bytes);
                self.decoder = Some(decoder);
            }
            return length < space.len() && self.decoder.is_none();
        }
        self.filled += length;
        *bytes += length as u64;
        length < space.len()
    }

    fn decode(&mut self, decoder: &mut encoding_rs::Decoder, raw: &[u8], bytes: &mut u64) {
        let mut out = String::with_capacity(decoder.max_utf8_buffer_length(raw.len()).unwrap_or(0));
        let _ = decoder.decode_to_string(raw, &mut out, raw.is_empty());
        *bytes += out.len() as u64;
        let end = self.filled + out.len();
        if self.block.len() < end {
            self.block.resize(end, 0);
        }
        self.block[self.filled..end].copy_from_slice(out.as_bytes());
        self.filled = end;
    }

    fn into_block(mut self, line_bytes: usize) -> Vec<u8> {
        self.block.truncate(line_bytes + BLOCK_BYTES);
        self.block
    }
}

/// Fills the block as far as the reader gives; less than it holds at the end or on an error.
fn read_block(reader: &mut dyn Read, block: &mut [u8]) -> usize {
    let mut length = 0;
    while length < block.len() {
        match reader.read(&mut block[length..]) {
            Ok(0) => break,
            Ok(read) => length += read,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(_) => break,
        }
    }
    length
}

/// A line without its line end, as far as it is looked at.
fn looked_at(line: &[u8], line_bytes: usize) -> &[u8] {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    &line[..line.len().min(line_bytes)]
}

struct Pass<'s, 'c> {
    scanner: &'s Scanner<'c>,
    matcher: &'s Matcher,
    section: SectionId,
    object: ObjectRef,
    run: LogRun,
    logs: Vec<Growing>,
    /// The number of the next line in the file.
    number: u64,
    bytes: u64,
    /// How far a line is looked at.
    line_bytes: usize,
    /// A line said whose it is: from there on every line is asked.
    prefixed: bool,
    /// How the lines say whose they are, where another tool than kubectl wrote them.
    export: Option<Export>,
    /// First lines by which it is not yet told whether a runtime wrote the file.
    untold: u8,
    /// The runtime's format, if one wrote the file.
    format: Option<Format>,
    /// The lines of stdout and stderr that go on.
    open: [Pieces; 2],
    candidates: Vec<Candidate>,
    /// In which line each literal was seen last; empty before the first is.
    seen: Vec<u32>,
    /// Counts the lines in which literals were seen.
    seen_in: u32,
    /// Bytes of the log before what is looked at.
    before: u64,
    /// What was spent on crowded lines.
    spent: u64,
    /// A line with candidates, in lower case.
    lowered: Vec<u8>,
    matching: Vec<SignatureId>,
}

/// A log while it is read.
struct Growing {
    log: Log,
    source: Option<(String, String)>,
    /// How far a line is looked at.
    line_bytes: usize,
    /// Lines seen that are not blank, counted up to [`TIMED_LINES`].
    spoken: u64,
    hits: Vec<Growth>,
    /// Where each signature stands among the hits.
    known: BTreeMap<SignatureId, usize>,
    tail: Tail,
}

/// A hit while its log is read.
struct Growth {
    signature: SignatureId,
    count: u64,
    first: Place,
    last: Last,
}

/// The last line of a signature so far: as it is, to be read at the end; or, if it is long, what was read from it.
enum Last {
    Line(u64, Vec<u8>),
    Read(Place, BTreeMap<String, String>),
}

/// A line with candidates, as a part of the text that is scanned.
#[derive(Clone, Copy)]
struct Open {
    start: usize,
    end: usize,
}

/// How far the lines of a text are counted.
struct Counted {
    bytes: usize,
    /// The number of the line that starts there.
    number: u64,
}

impl Counted {
    fn to(&mut self, text: &[u8], start: usize) {
        self.number += newlines(&text[self.bytes..start]);
        self.bytes = start;
    }
}

impl<'s, 'c> Pass<'s, 'c> {
    fn new(
        scanner: &'s Scanner<'c>,
        section: SectionId,
        first_line: u64,
        object: ObjectRef,
        run: LogRun,
        line_bytes: usize,
    ) -> Pass<'s, 'c> {
        Pass {
            scanner,
            matcher: scanner.of_logs(),
            section,
            object,
            run,
            logs: Vec::new(),
            number: first_line,
            bytes: 0,
            line_bytes,
            prefixed: false,
            export: None,
            untold: HEAD_LINES as u8,
            format: None,
            open: [Pieces::default(), Pieces::default()],
            candidates: Vec::new(),
            seen: Vec::new(),
            seen_in: 0,
            before: 0,
            spent: 0,
            lowered: Vec::new(),
            matching: Vec::new(),
        }
    }

    /// Takes whole lines; the last one may lack its line end.
    fn lines(&mut self, mut text: &[u8]) {
        if self.logs.is_empty() && !self.prefixed {
            self.export = Export::of(text);
            self.prefixed = self.export.is_some();
        }
        self.tell_format(text);
        while !text.is_empty() {
            let plain = if self.prefixed || self.reads_every_line() { 0 } else { self.plain(text) };
            let plain = match self.format {
                Some(Format::Cri) => runtime_lines::first_that_goes_on(&text[..plain]).unwrap_or(plain),
                _ => plain,
            };
            let taken = if plain > 0 { self.region(&text[..plain]) } else { 0 };
            if taken > 0 {
                text = &text[taken..];
                continue;
            }
            self.prefixed |= text.starts_with(PREFIX);
            let end = memchr::memchr(b'\n', text).map_or(text.len(), |end| end + 1);
            self.line(&text[..end]);
            text = &text[end..];
        }
    }

    /// Tells by the first lines of the file whether a container runtime wrote it.
    fn tell_format(&mut self, mut text: &[u8]) {
        while self.untold > 0 && !text.is_empty() {
            let end = memchr::memchr(b'\n', text).map_or(text.len(), |end| end + 1);
            self.format = RuntimeLine::of(&text_of(looked_at(&text[..end], self.line_bytes))).map(|line| line.format);
            self.untold = if self.format.is_some() { 0 } else { self.untold - 1 };
            text = &text[end..];
        }
    }

    /// Whether the next line is looked at by itself: it may end one that has begun, or is written with escapes.
    fn reads_every_line(&self) -> bool {
        self.format == Some(Format::Docker) || self.open.iter().any(Pieces::are_open)
    }

    /// How many bytes at the start of the text are lines that are surely not kubectl's own.
    fn plain(&self, text: &[u8]) -> usize {
        let mut at = 0;
        for _ in self.number..=KUBECTL_LINES {
            let line = &text[at..];
            if line.is_empty() || line.starts_with(PREFIX) || may_be_kubectl(line) {
                return at;
            }
            match memchr::memchr(b'\n', line) {
                Some(end) => at += end + 1,
                None => return text.len(),
            }
        }
        if at == 0 && text.starts_with(PREFIX) { 0 } else { text.len() }
    }

    /// Takes whole lines of one container, up to the first that says whose it is; gives the bytes that were taken.
    fn region(&mut self, text: &[u8]) -> usize {
        let index = self.log_of(None, None);
        let matcher = self.matcher;
        let mut open: Option<Open> = None;
        let mut counted = Counted { bytes: 0, number: self.number };
        let mut taken = text.len();
        matcher.each(text, |start, literal| {
            if open.is_none_or(|open| start >= open.end) {
                let from = open.map_or(0, |line| line.end);
                let begin = memchr::memrchr(b'\n', &text[from..start]).map_or(from, |end| from + end + 1);
                // What ordinary lines hold too is often of an expression for lines that begin in another way.
                if matcher.cannot_start(literal, &text[begin..start + matcher.length(literal)]) {
                    return true;
                }
                if let Some(line) = open.take()
                    && !self.close(index, text, line, &mut counted)
                {
                    taken = line.start;
                    return false;
                }
                let end = memchr::memchr(b'\n', &text[start..]).map_or(text.len(), |end| start + end);
                open = Some(Open { start: begin, end });
                self.seen_in = self.seen_in.wrapping_add(1);
            }
            if let Some(line) = open.filter(|line| start - line.start < self.line_bytes) {
                if matcher.is_extra(literal) && start == line.start {
                    taken = line.start;
                    return false;
                }
                let whole = looked_at(&text[line.start..line.end], self.line_bytes);
                let end = start - line.start + matcher.length(literal);
                // Seen again it says something new only where it ends the line.
                if self.was_seen(literal) && end != whole.len() {
                    return true;
                }
                self.candidates.extend(matcher.owners(literal).iter().filter(|one| one.may_stand(whole, end)));
            }
            true
        });
        if let Some(line) = open.filter(|line| taken == text.len() && line.start < taken)
            && !self.close(index, text, line, &mut counted)
        {
            taken = line.start;
        }
        self.candidates.clear();
        let text = &text[..taken];
        let number = counted.number + newlines(&text[counted.bytes.min(taken)..]);
        let unended = u64::from(!text.is_empty() && !text.ends_with(b"\n"));
        let growing = &mut self.logs[index];
        growing.log.lines += number - self.number + unended;
        growing.start(self.section, self.number, text);
        growing.tail.extend(number + unended, text, self.line_bytes);
        self.number = number + unended;
        self.before += taken as u64;
        taken
    }

    /// Looks at a line that holds literals, if it has candidates. `false`: the line says whose it is, and was not looked
    /// at.
    fn close(&mut self, index: usize, text: &[u8], line: Open, counted: &mut Counted) -> bool {
        let raw = &text[line.start..line.end];
        if raw.starts_with(PREFIX) {
            return false;
        }
        if is_refusal(raw) {
            self.candidates.clear();
            return true;
        }
        let raw = looked_at(raw, self.line_bytes);
        self.narrow(index, raw, line.start);
        if self.candidates.is_empty() && !self.matcher.always() {
            return true;
        }
        counted.to(text, line.start);
        let line = text_of(raw);
        let message = strip_kubectl(&line).message;
        let text = message.as_bytes();
        self.matcher.confirm(self.scanner.catalog, &mut self.candidates, text, &mut self.lowered, &mut self.matching);
        for signature in &self.matching {
            self.logs[index].hit(self.scanner.catalog, self.section, *signature, counted.number, &line);
        }
        true
    }

    /// Whether a literal was seen in this line before.
    fn was_seen(&mut self, literal: u32) -> bool {
        if self.seen.is_empty() {
            self.seen = vec![0; self.matcher.literals()];
        }
        let last = self.seen.get_mut(literal as usize);
        last.is_some_and(|last| std::mem::replace(last, self.seen_in) == self.seen_in)
    }

    /// Keeps the candidates that may match a line, which starts at this byte of what is looked at. All are dropped where the
    /// line is crowded and too much was spent on such lines.
    fn narrow(&mut self, index: usize, line: &[u8], start: usize) {
        let allowed = SPENT_ON_CROWDS.0 + SPENT_ON_CROWDS.1 * (self.before + start as u64);
        let cost = |candidates: &Vec<Candidate>| (line.len() * candidates.len()) as u64;
        let mut spent = if self.candidates.len() > CROWD.0 { cost(&self.candidates) / WORDS_COST } else { 0 };
        if spent == 0 || self.spent + spent <= allowed {
            self.matcher.narrow(self.scanner.catalog, &mut self.candidates, line, &mut self.lowered);
            spent += if self.candidates.len() > CROWD.1 { cost(&self.candidates) } else { 0 };
        }
        if spent == 0 {
            return;
        }
        if self.spent + spent > allowed {
            self.candidates.clear();
            self.logs[index].log.cut.get_or_insert(Cut::Crowded);
        } else {
            self.spent += spent;
        }
    }

    /// Fills in the signatures that match a message.
    fn match_all(&mut self, index: usize, message: &[u8]) {
        self.seen_in = self.seen_in.wrapping_add(1);
        let matcher = self.matcher;
        matcher.each(message, |_, literal| {
            if !self.was_seen(literal) {
                self.candidates.extend(matcher.owners(literal));
            }
            true
        });
        self.narrow(index, message, 0);
        let catalog = self.scanner.catalog;
        self.matcher.confirm(catalog, &mut self.candidates, message, &mut self.lowered, &mut self.matching);
    }

    /// Takes one line, whatever it is.
    fn line(&mut self, raw: &[u8]) {
        self.take_line(raw);
        self.before += raw.len() as u64;
    }

    fn take_line(&mut self, raw: &[u8]) {
        let number = self.number;
        self.number += 1;
        let line = text_of(looked_at(raw, self.line_bytes));
        if self.said_by_kubectl(number, &line) {
            return;
        }
        if self.format.is_some()
            && self.export.is_none()
            && let Some(read) = RuntimeLine::of(&line)
            && (read.goes_on || read.format == Format::Docker || self.open[read.stream as usize].are_open())
        {
            self.piece(number, raw, &line, &read);
            return;
        }
        let exported = self.export.and_then(|form| form.read(&line));
        if exported.is_none() && self.export.is_some_and(|form| form.is_note(&line)) {
            return;
        }
        let line = exported.map_or(&*line, |exported| exported.message);
        let parts = strip_kubectl(line);
        let index = match exported {
            Some(whose) => self.log_of(Some((whose.pod, whose.container)), whose.namespace),
            None => self.log_of(parts.source, None),
        };
        let growing = &mut self.logs[index];
        growing.log.lines += 1;
        growing.start(self.section, number, line.as_bytes());
        growing.tail.push(number, line.as_bytes());
        self.match_all(index, parts.message.as_bytes());
        for signature in &self.matching {
            self.logs[index].hit(self.scanner.catalog, self.section, *signature, number, line);
        }
    }

    /// Takes a line of a file that a runtime wrote: a piece of a program's line, or all of it with escapes. Of one in
    /// pieces the first stands for it among the first and the last lines of the log.
    fn piece(&mut self, number: u64, raw: &[u8], line: &str, read: &RuntimeLine<'_>) {
        let index = self.log_of(None, None);
        let growing = &mut self.logs[index];
        let stream = read.stream as usize;
        growing.log.lines += 1;
        if !self.open[stream].are_open() {
            growing.start(self.section, number, raw);
            growing.tail.push(number, line.as_bytes());
        }
        self.open[stream].push(number, line, read, self.line_bytes);
        if !read.goes_on {
            self.end_pieces(stream);
        }
    }

    /// Looks at a program's line all of whose pieces are there.
    fn end_pieces(&mut self, stream: usize) {
        let index = self.log_of(None, None);
        let mut pieces = std::mem::take(&mut self.open[stream]);
        self.match_all(index, pieces.message.as_bytes());
        let growing = &mut self.logs[index];
        for signature in &self.matching {
            growing.hit_in_pieces(self.scanner.catalog, self.section, *signature, &pieces);
        }
        if pieces.cut {
            growing.log.cut = Some(Cut::Line);
        }
        pieces.clear();
        self.open[stream] = pieces;
    }

    /// Lines of kubectl itself: `Defaulted container "a" out of: a, b`, `Found 2 pods, using pod/x`, and what it says
    /// instead of a log.
    fn said_by_kubectl(&mut self, number: u64, line: &str) -> bool {
        let text = line.trim();
        let refused = is_refusal(text.as_bytes());
        if refused && self.logs.iter().any(|growing| growing.source.is_none() && growing.log.speaks()) {
            return true;
        }
        if number > KUBECTL_LINES && !refused {
            return false;
        }
        if let Some(rest) =
            text.strip_prefix("Defaulted container \"").or(text.strip_prefix("Defaulting container name to "))
        {
            let name: String = rest.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '-').collect();
            self.object.container.get_or_insert(name);
            return true;
        }
        if text.starts_with("Found ")
            && let Some((_, pod)) = text.split_once(", using pod/")
        {
            self.object.name.get_or_insert(pod.trim().to_string());
            return true;
        }
        // Behind lines of a program it is a line of the program: one that calls kubectl.
        let said = !refused && self.logs.iter().any(|growing| growing.log.speaks()) && !text.contains("unexpected EOF");
        // kubectl itself asks for the pod and its log, as the person who collects.
        let account = text.contains("User \"system:serviceaccount:")
            && !["pods/log", "cannot get resource \"pods\""].iter().any(|asked| text.contains(asked));
        if said || account || !is_fetch_error(text) {
            return false;
        }
        if let Some(container) = quoted_after(text, "container ") {
            self.object.container.get_or_insert(container);
        }
        if let Some(pod) = quoted_after(text, "in pod ").or_else(|| quoted_after(text, "pods ")) {
            self.object.name.get_or_insert(pod);
        }
        let place = Place::of_line(self.section.file, number, line);
        let index = self.log_of(None, None);
        self.logs[index].log.fetch_error.get_or_insert(place);
        true
    }

    fn log_of(&mut self, source: Option<(&str, &str)>, namespace: Option<&str>) -> usize {
        let found = self.logs.iter().position(|growing| match (&growing.source, source) {
            (None, None) => true,
            (Some((pod, container)), Some((p, c))) => {
                let elsewhere = growing.log.object.namespace.as_deref().zip(namespace).is_some_and(|(a, b)| a != b);
                pod == p && container == c && !elsewhere
            }
            _ => false,
        });
        if let Some(index) = found {
            return index;
        }
        if self.logs.len() >= MOST_SOURCES {
            return 0;
        }
        let mut object = self.object.clone();
        object.kind = Some("Pod".to_string());
        if let Some((pod, container)) = source {
            object.name = Some(pod.to_string());
            object.container = Some(container.to_string()).filter(|name| !name.is_empty());
            object.namespace = namespace.map(str::to_string).or(object.namespace);
        }
        // Most files are one log, and a bundle may have very many of them.
        self.logs.reserve_exact(usize::from(self.logs.is_empty()));
        self.logs.push(Growing {
            log: Log {
                section: self.section,
                object,
                run: self.run,
                lines: 0,
                bytes: 0,
                first_time: None,
                last_time: None,
                head: Vec::new(),
                tail: Vec::new(),
                indents: BTreeMap::new(),
                hits: Vec::new(),
                fetch_error: None,
                cut: None,
            },
            source: source.map(|(pod, container)| (pod.to_string(), container.to_string())),
            line_bytes: self.line_bytes,
            spoken: 0,
            hits: Vec::new(),
            known: BTreeMap::new(),
            tail: Tail::default(),
        });
        self.logs.len() - 1
    }

    fn finish(mut self) -> Vec<BoxedLog> {
        for stream in 0..self.open.len() {
            if self.open[stream].are_open() {
                self.end_pieces(stream);
            }
        }
        if self.logs.is_empty() {
            self.log_of(None, None);
        }
        let (bytes, object, section, catalog) = (self.bytes, self.object, self.section, self.scanner.catalog);
        let finished = self.logs.into_iter().map(|growing| {
            let mut log = growing.log;
            log.bytes = bytes;
            if growing.source.is_none() {
                log.object.container = log.object.container.or(object.container.clone());
                log.object.name = log.object.name.or(object.name.clone());
            }
            log.hits = growing.hits.into_iter().map(|growth| growth.finish(catalog, section)).collect();
            let mut tail: Vec<(u64, String)> = growing.tail.into_lines();
            tail.retain(|(_, line)| !is_refusal(line.as_bytes()));
            log.last_time = tail.iter().rev().find_map(|(_, line)| time_of(line));
            log.indents.extend(tail.iter().filter_map(|(number, line)| Some((*number, indent_of(&message_of(line))?))));
            // The last lines of a short log are its first ones.
            let known = |number| log.head.iter().find(|place| place.line == number).cloned();
            let place = |number, line| known(number).unwrap_or_else(|| Place::of_line(section.file, number, line));
            log.tail = tail.iter().map(|(number, line)| place(*number, line)).collect();
            log.head.shrink_to_fit();
            Box::new(log)
        });
        let mut logs: Vec<BoxedLog> = finished.collect();
        // Collected in place: the room of what the logs grew in.
        logs.shrink_to_fit();
        logs
    }
}

/// A line as text; of one that is UTF-8 that is told at once.
fn text_of(line: &[u8]) -> Cow<'_, str> {
    std::str::from_utf8(line).map_or_else(|_| String::from_utf8_lossy(line), Cow::Borrowed)
}

fn newlines(text: &[u8]) -> u64 {
    memchr::memchr_iter(b'\n', text).count() as u64
}

impl Growing {
    /// Takes what the first lines say; `text` is whole lines, the first of them `number`.
    fn start(&mut self, section: SectionId, mut number: u64, mut text: &[u8]) {
        while !text.is_empty() && self.spoken < TIMED_LINES {
            let end = memchr::memchr(b'\n', text).map_or(text.len(), |end| end + 1);
            let line = text_of(looked_at(&text[..end], self.line_bytes));
            if !line.trim().is_empty() {
                self.spoken += 1;
                if self.log.head.len() < HEAD_LINES {
                    self.log.head.push(Place::of_line(section.file, number, &line));
                    self.log.indents.extend(indent_of(&message_of(&line)).map(|indent| (number, indent)));
                }
                if self.log.first_time.is_none() {
                    self.log.first_time = time_of(&line);
                }
                if self.log.first_time.is_some() && self.log.head.len() == HEAD_LINES {
                    self.spoken = TIMED_LINES;
                }
            }
            number += 1;
            text = &text[end..];
        }
    }

    /// The hit of a signature; `None`: the next one is its first.
    fn growth_of(&mut self, signature: SignatureId) -> Option<&mut Growth> {
        let next = self.hits.len();
        self.hits.get_mut(*self.known.entry(signature).or_insert(next))
    }

    fn hit(&mut self, catalog: &Catalog, section: SectionId, signature: SignatureId, number: u64, line: &str) {
        match self.growth_of(signature) {
            None => self.hits.push(Growth {
                signature,
                count: 1,
                first: place_of(catalog, section, signature, number, line),
                last: Last::of(catalog, section, signature, number, line, Vec::new()),
            }),
            Some(growth) => {
                growth.count += 1;
                let spent = match std::mem::replace(&mut growth.last, Last::Line(0, Vec::new())) {
                    Last::Line(_, spent) => spent,
                    Last::Read(..) => Vec::new(),
                };
                growth.last = Last::of(catalog, section, signature, number, line, spent);
            }
        }
    }
}

impl Growing {
    /// A hit in a line that a runtime wrote in pieces, or with escapes. A line that begins before one of the other stream may
    /// end behind it.
    fn hit_in_pieces(&mut self, catalog: &Catalog, section: SectionId, signature: SignatureId, pieces: &Pieces) {
        let Some(known) = catalog.signature(signature) else { return };
        let message = pieces.message.as_bytes();
        let found = known.expression().and_then(|expression| expression.find(message)).unwrap_or(0..0);
        let (number, line, offset) = pieces.cited(found);
        let place = Place::at(section.file, number, line, offset);
        let values = || known.captures(message).unwrap_or_default();
        match self.growth_of(signature) {
            None => {
                self.hits.push(Growth { signature, count: 1, first: place.clone(), last: Last::Read(place, values()) })
            }
            Some(growth) => {
                growth.count += 1;
                if number < growth.first.line {
                    growth.first = place.clone();
                }
                if number >= growth.last.number() {
                    growth.last = Last::Read(place, values());
                }
            }
        }
    }
}

impl Last {
    fn number(&self) -> u64 {
        match self {
            Last::Line(number, _) => *number,
            Last::Read(place, _) => place.line,
        }
    }

    fn of(
        catalog: &Catalog,
        section: SectionId,
        signature: SignatureId,
        number: u64,
        line: &str,
        mut spent: Vec<u8>,
    ) -> Last {
        if line.len() > KEPT_BYTES {
            return Last::Read(
                place_of(catalog, section, signature, number, line),
                values_of(catalog, signature, line),
            );
        }
        spent.clear();
        spent.extend_from_slice(line.as_bytes());
        Last::Line(number, spent)
    }
}

impl Growth {
    fn finish(self, catalog: &Catalog, section: SectionId) -> Hit {
        let Growth { signature, count, first, last } = self;
        let (last, values) = match last {
            Last::Read(place, values) => (place, values),
            Last::Line(number, line) => {
                let line = String::from_utf8_lossy(&line);
                let values = values_of(catalog, signature, &line);
                (place_of(catalog, section, signature, number, &line), values)
            }
        };
        Hit { signature, count, first, last, values }
    }
}

/// The place of a signature's match in a line.
fn place_of(catalog: &Catalog, section: SectionId, signature: SignatureId, number: u64, line: &str) -> Place {
    if Place::is_whole(line) {
        return Place::of_line(section.file, number, line);
    }
    let message = strip_kubectl(line).message;
    let expression = catalog.signature(signature).and_then(|signature| signature.expression());
    let offset = expression.and_then(|expression| expression.find(message.as_bytes())).map_or(0, |found| found.start);
    // The message is a part of the line, so the distance of the two addresses is its offset.
    let start = (message.as_ptr() as usize).saturating_sub(line.as_ptr() as usize);
    Place::at(section.file, number, line, start + offset)
}

fn values_of(catalog: &Catalog, signature: SignatureId, line: &str) -> BTreeMap<String, String> {
    let Some(signature) = catalog.signature(signature).filter(|signature| signature.names_values()) else {
        return BTreeMap::new();
    };
    signature.captures(strip_kubectl(line).message.as_bytes()).unwrap_or_default()
}

/// The last lines that are not blank, with their numbers; their memory is used again.
#[derive(Default)]
struct Tail {
    lines: VecDeque<(u64, Vec<u8>)>,
}

impl Tail {
    fn push(&mut self, number: u64, line: &[u8]) {
        if is_blank(line) {
            return;
        }
        let mut kept = if self.lines.len() == TAIL_LINES { self.lines.pop_front() } else { None }.unwrap_or_default();
        kept.0 = number;
        kept.1.clear();
        kept.1.extend_from_slice(line);
        self.lines.push_back(kept);
    }

    /// Takes whole lines, of which only the last are looked at; `behind` is the number of the line after them.
    fn extend(&mut self, behind: u64, text: &[u8], line_bytes: usize) {
        let mut last: [(u64, &[u8]); TAIL_LINES] = [(0, &[]); TAIL_LINES];
        let mut count = 0;
        let (mut end, mut number) = (text.len(), behind);
        while end > 0 && count < TAIL_LINES {
            number -= 1;
            let start = memchr::memrchr(b'\n', &text[..end - 1]).map_or(0, |before| before + 1);
            let line = looked_at(&text[start..end], line_bytes);
            if !is_blank(line) {
                last[count] = (number, line);
                count += 1;
            }
            end = start;
        }
        for (number, line) in last[..count].iter().rev() {
            self.push(*number, line);
        }
    }

    fn into_lines(self) -> Vec<(u64, String)> {
        self.lines.into_iter().map(|(number, line)| (number, String::from_utf8_lossy(&line).into_owned())).collect()
    }
}

fn is_blank(line: &[u8]) -> bool {
    match line.iter().find(|byte| !byte.is_ascii_whitespace()) {
        None => true,
        Some(byte) if byte.is_ascii_graphic() => false,
        Some(_) => String::from_utf8_lossy(line).trim().is_empty(),
    }
}

/// A cheap test before a line at the start of a file is looked at: whether kubectl may have written it.
fn may_be_kubectl(line: &[u8]) -> bool {
    match line.iter().find(|byte| !byte.is_ascii_whitespace()) {
        None => false,
        Some(first) => b"DFEeuUTfcpCR".contains(first) || !first.is_ascii_graphic(),
    }
}

/// Whether a line is how `kubectl logs --all-containers` goes on where one container has no log.
fn is_refusal(line: &[u8]) -> bool {
    const STARTS: [&[u8]; 2] = [
        b"Error from server (BadRequest): container \"",
        b"Error from server (BadRequest): previous terminated container \"",
    ];
    STARTS.iter().any(|start| line.starts_with(start))
}

/// Whether a line is what kubectl or the kubelet says instead of a log.
pub fn is_fetch_error(line: &str) -> bool {
    let starts = [
        "Error from server",
        "error: ",
        "unable to retrieve container logs for ",
        "Unable to connect to the server",
        "The connection to the server ",
        "failed to try resolving symlinks in path ",
        "failed to open log file ",
        "Create log request error: ",
        "Request log error: ",
    ];
    starts.iter().any(|start| line.starts_with(start))
        && (!line.starts_with("error: ")
            || line.contains("container")
            || line.contains("unexpected EOF")
            || line.contains("pod"))
        || (line.starts_with("container \"") && line.contains("is waiting to start"))
        || (line.starts_with("previous terminated container \"") && line.ends_with("not found"))
}
fn quoted_after(text: &str, word: &str) -> Option<String> {
    let rest = text.split_once(&format!("{word}\""))?.1;
    let name = rest.split_once('"')?.0;
    (!name.is_empty() && name.len() < 254).then(|| name.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use regex::bytes::{RegexSet, RegexSetBuilder};
    use std::collections::BTreeSet;
    use std::sync::LazyLock;

    const LINE_BYTES: usize = 64 * 1024;

    const PAGE: &str = "---\nid: x-failed\ntitle: X\ncategory: node\ndecisive:\n  - log: '(?i)lookup (?P<host>\\S+): no such host'\n    match: ['lookup db: no such host']\n---\n## What happened\na\n## Confirm\nb\n## Fix\nc\n## Prevent\nd\n";

    fn scan(bytes: &[u8]) -> Vec<BoxedLog> {
        let catalog = Catalog::from_pages(&[("x-failed.md", PAGE)]).expect("sound");
        Scanner::new(&catalog).scan(
            &mut &bytes[..],
            SectionId::default(),
            1,
            ObjectRef::default(),
            LogRun::Previous,
            LINE_BYTES,
        )
    }

    #[test]
    fn hits_keep_first_last_and_count() {
        let logs = scan(b"start\nlookup a: no such host\nok\nLOOKUP b: No Such Host\r\n");
        let hit = &logs[0].hits[0];
        assert_eq!((hit.count, hit.first.line, hit.last.line), (2, 2, 4));
        assert_eq!(hit.values["host"], "b");
        assert_eq!((logs[0].lines, &*logs[0].tail[3].text), (4, "LOOKUP b: No Such Host"));
    }

    #[test]
    fn utf16_and_long_lines() {
        let mut utf16 = vec![0xff, 0xfe];
        utf16.extend("a\r\nlookup db: no such host\r\n".encode_utf16().flat_map(u16::to_le_bytes));
        assert_eq!(scan(&utf16)[0].hits[0].first.line, 2);
        let mut long = vec![b'x'; 3 << 20];
        long.extend(b"\nlookup db: no such host");
        let logs = scan(&long);
        assert_eq!((logs[0].lines, logs[0].hits[0].first.line), (2, 2));
    }

    #[test]
    fn what_kubectl_says_is_no_log() {
        let logs = scan(b"Defaulted container \"web\" out of: web, side\nhello\n");
        assert_eq!((logs[0].object.container.as_deref(), logs[0].lines), (Some("web"), 1));
        let logs = scan(
            b"Error from server (BadRequest): container \"a\" in pod \"p-1\" is waiting to start: PodInitializing\n",
        );
        assert!(logs[0].fetch_error.is_some());
        assert_eq!((logs[0].lines, logs[0].object.name.as_deref()), (0, Some("p-1")));
        assert_eq!(scan(b"")[0].lines, 0);
    }

    #[test]
    fn prefixed_lines_go_to_their_container() {
        let logs = scan(b"[pod/p/a] one\n[pod/p/b] lookup db: no such host\n");
        let names: Vec<_> = logs.iter().map(|log| log.object.container.as_deref().unwrap_or("")).collect();
        assert_eq!((names, logs[1].hits.len()), (vec!["a", "b"], 1));
    }

    const TIME: &str = "2026-06-16T08:22:44.123456789Z";

    #[test]
    fn lines_in_pieces_are_one() {
        let text = format!(
            "{TIME} stdout F up\n{TIME} stderr P lookup d\n{TIME} stdout F lookup a: no such host\n{TIME} stderr P b: no such \n\
             {TIME} stderr F host\n{TIME} stdout F lookup c: no such\n{TIME} stdout F  host\n{TIME} stderr P lookup e: no such host"
        );
        let logs = scan(text.as_bytes());
        let hit = &logs[0].hits[0];
        // Line 3, then lines 2, 4 and 5 together, and at the end line 8, of which nobody knows how it went on.
        assert_eq!((hit.count, hit.first.line, hit.last.line), (3, 2, 8));
        assert_eq!(&*hit.first.text, format!("{TIME} stderr P lookup d"));
        assert_eq!((hit.values["host"].as_str(), logs[0].lines, logs[0].cut), ("e", 8, None));
        let tail: Vec<u64> = logs[0].tail.iter().map(|place| place.line).collect();
        assert_eq!(tail, [1, 2, 3, 6, 7, 8]);
    }

    #[test]
    fn lines_made_of_the_words_of_all_signatures_cost_no_more_than_others() {
        let samples = CATALOG.pages.iter().flat_map(|page| &page.rules).flat_map(|rule| &rule.matches);
        let mut crowded = samples.map(String::as_str).collect::<Vec<_>>().join(" ");
        let mut end = crowded.len().min(LINE_BYTES - 100);
        while !crowded.is_char_boundary(end) {
            end -= 1;
        }
        crowded.truncate(end);
        let mut text = crowded.clone() + "\n";
        while text.len() < 12 << 20 {
            text.push_str(&crowded);
            text.push('\n');
        }
        text.push_str("dial tcp 10.0.0.1:5432: connect: connection refused\n");
        let scanner = Scanner::new(&CATALOG);
        let mut reader = text.as_bytes();
        let logs =
            scanner.scan(&mut reader, SectionId::default(), 1, ObjectRef::default(), LogRun::Previous, LINE_BYTES);
        assert_eq!((logs[0].cut, logs[0].lines), (Some(Cut::Crowded), text.lines().count() as u64));
        // The last line is looked at as ever.
        assert!(logs[0].hits.iter().any(|hit| hit.last.line == logs[0].lines));
    }

    #[test]
    fn a_long_line_in_pieces_is_looked_at_as_far_as_one() {
        let filling = "x".repeat(16 << 10);
        let mut text =
            format!("{TIME} stdout F up\n{TIME} stdout P {filling} lookup d\n{TIME} stdout P b: no such host\n");
        assert_eq!(scan(text.as_bytes())[0].hits[0].first.line, 2);
        for _ in 0..4 {
            text.push_str(&format!("{TIME} stdout P {filling}\n"));
        }
        text.push_str(&format!("{TIME} stdout F lookup too: no such host\n{TIME} stdout F lookup far: no such host\n"));
        let logs = scan(text.as_bytes());
        let hit = &logs[0].hits[0];
        assert_eq!((hit.count, hit.last.line, logs[0].cut), (2, 9, Some(Cut::Line)));
        let first = &hit.first;
        assert!(first.text.ends_with("lookup d") && first.column.is_some(), "{first:?}");
    }

    #[test]
    fn dockers_lines_are_read_without_their_escapes() {
        let text = "{\"log\":\"up\\n\",\"stream\":\"stdout\",\"time\":\"2026-06-16T08:22:44Z\"}\n\
             {\"log\":\"\\u003clookup\",\"stream\":\"stderr\",\"time\":\"2026-06-16T08:22:45Z\"}\n\
             {\"log\":\"ok\\n\",\"stream\":\"stdout\",\"time\":\"2026-06-16T08:22:46Z\"}\n\
             {\"log\":\" \\\"db\\\": no such host\\n\",\"stream\":\"stderr\",\"time\":\"2026-06-16T08:22:47Z\"}\n";
        let logs = scan(text.as_bytes());
        let hit = &logs[0].hits[0];
        assert_eq!((hit.count, hit.first.line, hit.values["host"].as_str()), (1, 4, "\"db\""));
        assert_eq!(&*hit.first.text, text.lines().nth(3).expect("the line"));
        assert_eq!((logs[0].lines, logs[0].last_time), (4, "2026-06-16T08:22:46Z".parse().ok()));
    }

    static CATALOG: LazyLock<Catalog> = LazyLock::new(|| Catalog::built_in().expect("sound pages"));
    /// All expressions of the catalogue, without the prefilter.
    static ALL: LazyLock<RegexSet> = LazyLock::new(|| {
        let patterns = CATALOG.signatures.iter().map(|signature| signature.pattern());
        RegexSetBuilder::new(patterns)
            .unicode(false)
            .size_limit(1 << 28)
            .dfa_size_limit(1 << 26)
            .build()
            .expect("a set")
    });

    /// How often each signature matched so far.
    fn counts(pass: &Pass<'_, '_>) -> BTreeMap<usize, u64> {
        let hits = pass.logs.iter().flat_map(|growing| &growing.hits);
        let mut counts = BTreeMap::new();
        hits.for_each(|growth| *counts.entry(growth.signature.0 as usize).or_default() += growth.count);
        counts
    }

    /// Stream, whether it goes on, and message of a line of CRI.
    fn cri(line: &str) -> Option<(&str, bool, &str)> {
        let mut words = line.splitn(4, ' ');
        let (time, stream, tag) = (words.next()?, words.next()?, words.next()?);
        let read = time.parse::<jiff::Timestamp>().is_ok() && ["stdout", "stderr"].contains(&stream);
        (read && ["F", "P"].contains(&tag)).then(|| (stream, tag == "P", words.next().unwrap_or("")))
    }

    /// The same log read line by line, with every expression tried on every line: what the pass must give.
    fn line_by_line(bytes: &[u8]) -> Vec<BoxedLog> {
        let scanner = Scanner::new(&CATALOG);
        let mut pass = Pass::new(&scanner, SectionId::default(), 1, ObjectRef::default(), LogRun::Previous, LINE_BYTES);
        pass.bytes = bytes.len() as u64;
        let text = |line| String::from_utf8_lossy(looked_at(line, LINE_BYTES)).into_owned();
        let lines = || bytes.split_inclusive(|byte| *byte == b'\n');
        let joins = lines().take(HEAD_LINES).any(|line| cri(&text(line)).is_some());
        let mut open: BTreeMap<&str, String> = BTreeMap::new();
        for line in lines() {
            let (number, before) = (pass.number, counts(&pass));
            pass.tell_format(line);
            pass.line(line);
            let found: BTreeSet<usize> = counts(&pass)
                .into_iter()
                .filter(|(id, count)| before.get(id) != Some(count))
                .map(|(id, _)| id)
                .collect();
            let line = text(line);
            let message =
                match cri(&line).filter(|(stream, goes_on, _)| joins && (*goes_on || open.contains_key(stream))) {
                    Some((stream, true, piece)) => {
                        let stream = if stream == "stdout" { "stdout" } else { "stderr" };
                        open.entry(stream).or_default().push_str(piece);
                        String::new()
                    }
                    Some((stream, false, piece)) => open.remove(stream).unwrap_or_default() + piece,
                    None => strip_kubectl(&line).message.to_string(),
                };
            let of_logs = |id: &usize| CATALOG.signatures[*id].channels.contains(&Channel::Log);
            let all: BTreeSet<usize> = ALL.matches(message.as_bytes()).iter().filter(of_logs).collect();
            // What kubectl says is no log.
            assert!(found == all || (found.is_empty() && number <= KUBECTL_LINES), "{found:?} {all:?} {line}");
        }
        pass.finish()
    }

    fn both(bytes: &[u8]) {
        let scanner = Scanner::new(&CATALOG);
        let scan = |mut reader: &mut dyn Read| {
            scanner.scan(&mut reader, SectionId::default(), 1, ObjectRef::default(), LogRun::Previous, LINE_BYTES)
        };
        assert_eq!(scan(&mut &bytes[..]), line_by_line(bytes));
    }

    /// Lines of every kind that is treated apart.
    static LINES: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
        let samples =
            CATALOG.pages.iter().flat_map(|page| &page.rules).flat_map(|rule| rule.matches.iter().chain(&rule.not));
        let mut lines: Vec<Vec<u8>> = samples.map(|sample| sample.clone().into_bytes()).collect();
        lines.extend(crate::catalog::ORDINARY.split(|byte| *byte == b'\n').map(<[u8]>::to_vec));
        let stamped =
            lines.iter().step_by(3).map(|line| [b"2026-06-16T08:22:44.123456789Z ", line.as_slice()].concat());
        lines.extend(stamped.collect::<Vec<_>>());
        let cut = lines.iter().step_by(7).flat_map(|line| {
            let (one, other) = line.split_at(line.len() / 2);
            let of = |words: &str, piece: &[u8]| [b"2026-06-16T08:22:44.123456789Z ", words.as_bytes(), piece].concat();
            [of("stderr P ", one), of("stdout F ", line), of("stderr F ", other)]
        });
        lines.extend(cut.collect::<Vec<_>>());
        let special: [&[u8]; 12] = [
            b"",
            b" \t",
            b"\r",
            b"\xe3\x80\x80",
            b"\xff\xfe connection refused \xc3",
            b"Defaulted container \"web\" out of: web, side",
            b"Found 2 pods, using pod/web-1",
            b"Error from server (BadRequest): container \"a\" in pod \"p-1\" is waiting to start: PodInitializing",
            b"\tat com.example.Main.main(Main.java:1)",
            b"see [pod/x] for more",
            b"[pod/unclosed",
            b"panic: \x1b[31mred\x1b[0m",
        ];
        lines.extend(special.map(<[u8]>::to_vec));
        lines
    });

    fn joined<'l>(lines: impl Iterator<Item = &'l Vec<u8>>, ends: &[u8]) -> Vec<u8> {
        let mut text = Vec::new();
        for (index, line) in lines.enumerate() {
            text.extend(line);
            let crlf = ends.get(index % ends.len().max(1)).is_some_and(|end| end % 5 == 0);
            text.extend(if crlf { &b"\r\n"[..] } else { b"\n" });
        }
        text
    }

    #[test]
    fn a_log_of_many_blocks_is_read_as_line_by_line() {
        let mut text = joined(LINES.iter().cycle().take(1700), &[1]);
        let long = [&b"connection refused "[..], &vec![b'x'; 300_000], b" out of memory\nexec format error"].concat();
        text.extend(&long);
        assert!(text.len() > BLOCK_BYTES, "{} bytes", text.len());
        both(&text);
        let prefixed = [text.as_slice(), b"\n[pod/web-1/app] ", &long, b"\n[pod/web-2/app] ", &text[..9000]].concat();
        both(&prefixed);
        let kept = [b"2026-06-16T08:22:44.123456789Z stdout F start\n", text.as_slice()].concat();
        both(&kept);
    }

    proptest::proptest! {
        #![proptest_config(proptest::test_runner::Config { cases: 12, failure_persistence: None, ..Default::default() })]

        #[test]
        fn any_lines_are_read_as_line_by_line(
            picks in proptest::collection::vec(proptest::prelude::any::<u16>(), 0..120),
            ends in proptest::collection::vec(proptest::prelude::any::<u8>(), 1..9),
            cut in 0usize..40,
            prefixed in proptest::prelude::any::<u8>(),
            kept in proptest::prelude::any::<bool>(),
        ) {
            let mut lines = LINES.clone();
            if prefixed % 4 == 0 {
                lines = lines.into_iter().step_by(9).collect();
                lines.push(b"[pod/web-1/app] dial tcp 10.0.0.1:5432: connect: connection refused".to_vec());
                lines.push(b"[pod/web-2/app] panic: oh no".to_vec());
            }
            if kept {
                let runtime = |line: &&Vec<u8>| cri(&String::from_utf8_lossy(line)).is_some();
                lines = lines.iter().filter(runtime).chain(lines.iter().step_by(50)).cloned().collect();
            }
            let mut text = joined(picks.iter().map(|pick| &lines[usize::from(*pick) % lines.len()]), &ends);
            text.truncate(text.len().saturating_sub(cut));
            both(&text);
        }
    }
}
