//! Reads a report back and checks every citation against the bundle.
//!
//! Owns what a citation that holds is. [`crate::report::citation`] says how citations are spelled in Markdown; in JSON
//! every object with a `path` and a `line` or `text` is one. A citation holds where the bundle has the file and the line,
//! and the line says what is quoted, white space at its ends aside: from the column on for a part of a line, around the
//! masks where secrets are masked, in its visible form for Markdown.
//!
//! The report is read first ([`Wanted::of`]); then whoever opens the bundle hands over each file that is wanted
//! ([`Wanted::feed`], from any thread, in any order), each read once as a stream; then [`Wanted::verdict`]. Knows nothing of
//! archives, and trusts neither the report nor the bundle: memory is bounded by the report's size, not by lines or files.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::io::{self, Read};
use std::sync::{Mutex, PoisonError};

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};
use serde_json::Value;

use crate::report::citation::{ELLIPSIS, location, read_location};
use crate::report::document::SCHEMA_VERSION;
use crate::report::escape::ARROW;
use crate::report::redact::{MASK, redact, redact_path};
use crate::text::visible;

/// What became of a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Every citation holds; none where the report found nothing and cites nothing. In the report's order.
    Holds(Vec<Check>),
    /// Some do not; those that do are listed as well. In the report's order.
    Fails(Vec<Check>),
    /// Nothing could be checked, and why.
    CouldNotCheck(CouldNotCheck),
}

/// Why a report cannot be checked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CouldNotCheck {
    /// It is something else, or damaged beyond recognition.
    #[error("this is no kubemortem report: {0}")]
    NotAReport(String),
    /// A later or earlier format.
    #[error("the report has format {0}; this program reads format {SCHEMA_VERSION}")]
    OtherFormat(String),
    /// It names incidents and no line.
    #[error("the report names incidents and cites nothing")]
    NoCitations,
}

/// One citation and whether it holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// Where it points, `path:line` or `path:line:column`; for what concerns the report as a whole, `report`.
    pub location: String,
    /// What it quotes.
    pub quote: String,
    /// Whether it holds.
    pub outcome: Outcome,
}

/// Whether a citation holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It does.
    Holds,
    /// The bundle has no such file.
    NoSuchFile,
    /// The file has fewer lines.
    NoSuchLine {
        /// So many.
        lines: u64,
    },
    /// The line says something else.
    Differs {
        /// What it says, in visible form, its beginning where it is long.
        found: String,
    },
    /// The file could not be read up to the line.
    Unreadable {
        /// Why.
        error: String,
    },
    /// It is no citation any more: no line, no text, nothing left but masks.
    Malformed {
        /// What is wrong.
        what: String,
    },
}

impl fmt::Display for Check {
    /// One line without a full stop: `web.log:3: the line reads ".." and the report quotes ".."`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", visible(&self.location))?;
        match &self.outcome {
            Outcome::Holds => f.write_str("holds"),
            Outcome::NoSuchFile => f.write_str("the bundle has no such file"),
            Outcome::NoSuchLine { lines } => write!(f, "the file has {lines} lines"),
            Outcome::Differs { found } => {
                let (found, quote) = (redact(found), visible(&self.quote));
                write!(f, "the line reads {:?} and the report quotes {:?}", Shown(&found), Shown(&quote))
            }
            Outcome::Unreadable { error } => write!(f, "the file could not be read: {}", visible(error)),
            Outcome::Malformed { what } => f.write_str(what),
        }
    }
}

/// A text in quotation marks, as it is.
struct Shown<'t>(&'t str);

impl fmt::Debug for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\"", self.0)
    }
}

/// What a quotation leaves out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Partial {
    /// There is more before it.
    before: bool,
    /// There is more behind it.
    behind: bool,
}

#[derive(Debug, Clone)]
struct Citation {
    path: String,
    line: u64,
    column: Option<u32>,
    quote: String,
    partial: Partial,
    /// What is wrong with it, whatever the bundle says.
    fault: Option<String>,
}

/// The citations of a report, and what the bundle's files say to them so far.
#[derive(Debug)]
pub struct Wanted {
    citations: Vec<Citation>,
    /// Whether paths and quotations are in their visible form.
    visible: bool,
    /// By path, by line: indices of citations.
    lines: HashMap<String, BTreeMap<u64, Vec<usize>>>,
    /// Whether a path has a mask.
    masks_paths: bool,
    outcomes: Mutex<Vec<Outcome>>,
}

/// So many bytes of a line are kept beyond the length of a quotation that has masks or leaves something out.
const WINDOW: usize = 64 * 1024;
/// So many characters of a line that differs are shown.
const FOUND_CHARS: usize = 200;
/// So many characters remain beside the masks, or nothing is proved.
const REMAIN: usize = 4;

impl Wanted {
    /// Reads a report, JSON or Markdown.
    pub fn of(report: &[u8]) -> Result<Wanted, CouldNotCheck> {
        let text = crate::text::decode(report);
        let json = text.trim_start().starts_with('{');
        let citations = if json { from_json(&text)? } else { from_markdown(&text)? };
        if citations.is_empty() && names_incidents(&text, json) {
            return Err(CouldNotCheck::NoCitations);
        }
        let mut lines: HashMap<String, BTreeMap<u64, Vec<usize>>> = HashMap::new();
        let mut outcomes = Vec::with_capacity(citations.len());
        for (index, citation) in citations.iter().enumerate() {
            match &citation.fault {
                Some(what) => outcomes.push(Outcome::Malformed { what: what.clone() }),
                None => {
                    outcomes.push(Outcome::NoSuchFile);
                    lines.entry(citation.path.clone()).or_default().entry(citation.line).or_default().push(index);
                }
            }
        }
        let masks_paths = lines.keys().any(|path| path.contains(MASK));
        Ok(Wanted { citations, visible: !json, lines, masks_paths, outcomes: Mutex::new(outcomes) })
    }

    /// The files that the report cites, in no order.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        self.lines.keys().map(String::as_str)
    }

    /// Whether the report cites a file: only those need to be opened.
    pub fn wants(&self, path: &str) -> bool {
        self.of_path(path).is_some()
    }

    fn of_path(&self, path: &str) -> Option<&BTreeMap<u64, Vec<usize>>> {
        let of = |path: &str| if self.visible { self.lines.get(&*visible(path)) } else { self.lines.get(path) };
        // A path that holds a secret is cited with its mask. Looking for one costs more than opening a file.
        of(path).or_else(|| self.masks_paths.then(|| redact_path(path)).and_then(|path| of(&path)))
    }

    /// Takes a file of the bundle under its path there. It is read up to the last line that is wanted. Of several files
    /// of one path, one that fits is enough.
    pub fn feed(&self, path: &str, reader: &mut dyn Read) {
        let Some(wanted) = self.of_path(path) else { return };
        let mut found: Vec<(usize, Outcome)> = Vec::new();
        let read = scan(reader, wanted, &self.citations, |window| {
            found.push((window.citation, judge(&self.citations[window.citation], &window, self.visible)));
        });
        let mut seen: Vec<usize> = found.iter().map(|(index, _)| *index).collect();
        seen.sort_unstable();
        let rest = wanted.values().flatten().filter(|index| seen.binary_search(index).is_err());
        let outcome = match read {
            Ok(lines) => Outcome::NoSuchLine { lines },
            Err(error) => Outcome::Unreadable { error: error.to_string() },
        };
        let rest: Vec<(usize, Outcome)> = rest.map(|index| (*index, outcome.clone())).collect();
        let mut outcomes = self.outcomes.lock().unwrap_or_else(PoisonError::into_inner);
        for (index, outcome) in found.into_iter().chain(rest) {
            if outcomes[index] != Outcome::Holds {
                outcomes[index] = outcome;
            }
        }
    }

    /// What became of the report, after every wanted file was handed over.
    pub fn verdict(self) -> Verdict {
        let outcomes = self.outcomes.into_inner().unwrap_or_else(PoisonError::into_inner);
        let checks: Vec<Check> = self
            .citations
            .into_iter()
            .zip(outcomes)
            .map(|(citation, outcome)| Check {
                location: match (citation.line, citation.path.is_empty()) {
                    (0, true) => "report".to_owned(),
                    (0, false) => citation.path,
                    _ => location(&citation.path, citation.line, citation.column),
                },
                quote: citation.quote,
                outcome,
            })
            .collect();
        if checks.iter().all(|check| check.outcome == Outcome::Holds) {
            Verdict::Holds(checks)
        } else {
            Verdict::Fails(checks)
        }
    }
}

/// Checks a report against files at hand: `open` is asked for each path that the report cites.
pub fn verify<R: Read>(report: &[u8], open: impl Fn(&str) -> Option<R>) -> Verdict {
    let wanted = match Wanted::of(report) {
        Ok(wanted) => wanted,
        Err(why) => return Verdict::CouldNotCheck(why),
    };
    for path in wanted.lines.keys() {
        if let Some(mut reader) = open(path) {
            wanted.feed(path, &mut reader);
        }
    }
    wanted.verdict()
}

/// Whether a report without citations says that something is wrong: what it says could not be checked.
fn names_incidents(report: &str, json: bool) -> bool {
    if !json {
        return report
            .lines()
            .any(|line| line.strip_prefix("## I").is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit())));
    }
    let document: Option<Value> = serde_json::from_str(report).ok();
    document.and_then(|document| document.get("incidents")?.as_array().map(|all| !all.is_empty())).unwrap_or(true)
}

// --- the report ----------------------------------------------------------------------------------------------------

fn from_json(text: &str) -> Result<Vec<Citation>, CouldNotCheck> {
    let not = |what: &str| CouldNotCheck::NotAReport(what.to_owned());
    let document: Value =
        serde_json::from_str(text).map_err(|error| CouldNotCheck::NotAReport(format!("JSON: {error}")))?;
    match document.get("schemaVersion").map(|version| (version, version.as_str())) {
        None => return Err(not("it has no schemaVersion")),
        Some((_, Some(SCHEMA_VERSION))) => {}
        Some((version, _)) => return Err(CouldNotCheck::OtherFormat(visible(&version.to_string()).into_owned())),
    }
    if !document.get("bundle").is_some_and(Value::is_object) || !document.get("incidents").is_some_and(Value::is_array)
    {
        return Err(not("it has no bundle or no incidents"));
    }
    let mut citations = Vec::new();
    collect(&document, &mut citations);
    Ok(citations)
}

/// Finds the citations of a value in the order in which a person reads the report. The depth is bounded by the parser.
fn collect(value: &Value, citations: &mut Vec<Citation>) {
    const FIRST: &[&str] = &[
        "bundle",
        "incidents",
        "collectedAtSource",
        "link",
        "chain",
        "evidence",
        "didYouMean",
        "ruledOut",
        "timeline",
        "inventory",
        "remarks",
    ];
    match value {
        Value::Array(items) => items.iter().for_each(|item| collect(item, citations)),
        Value::Object(map) => {
            if map.contains_key("path") && (map.contains_key("line") || map.contains_key("text")) {
                citations.push(of_object(map));
            }
            let order = |key: &str| FIRST.iter().position(|known| *known == key).unwrap_or(FIRST.len());
            let mut entries: Vec<(&String, &Value)> = map.iter().collect();
            entries.sort_by_key(|(key, _)| order(key));
            entries.into_iter().for_each(|(_, value)| collect(value, citations));
        }
        _ => {}
    }
}

fn of_object(map: &serde_json::Map<String, Value>) -> Citation {
    let path = map.get("path").and_then(Value::as_str);
    let line = map.get("line").and_then(Value::as_u64).filter(|line| *line > 0);
    let text = map.get("text").and_then(Value::as_str);
    let column = match map.get("column") {
        None | Some(Value::Null) => Some(None),
        Some(column) => {
            column.as_u64().and_then(|column| u32::try_from(column).ok()).filter(|column| *column > 0).map(Some)
        }
    };
    let fault = match (path, line, column, text) {
        (None, ..) => Some("the path is no text"),
        (_, None, ..) => Some("the line is no line number"),
        (_, _, None, _) => Some("the column is no column number"),
        (_, _, _, None) => Some("there is no text"),
        _ => None,
    };
    citation(
        path.unwrap_or_default(),
        line.unwrap_or_default(),
        column.flatten(),
        text.unwrap_or_default(),
        Partial::default(),
        fault.map(str::to_owned),
    )
}

fn citation(
    path: &str,
    line: u64,
    column: Option<u32>,
    quote: &str,
    partial: Partial,
    fault: Option<String>,
) -> Citation {
    let quote = if column.is_some() { quote } else { quote.trim() };
    let remains = quote.replace(MASK, "").chars().filter(|c| !c.is_whitespace()).count();
    let fault = fault.or_else(|| match remains {
        0 if !quote.contains(MASK) => Some("it quotes nothing".to_owned()),
        n if quote.contains(MASK) && n < REMAIN => Some("nothing is left but the mask".to_owned()),
        _ => None,
    });
    Citation { path: path.to_owned(), line, column, quote: quote.to_owned(), partial, fault }
}

/// One paragraph, heading, cell or item while it is read.
#[derive(Default)]
struct Block {
    /// Everything it says.
    text: String,
    /// The code span before the one to come, the text before it, and whether a line end was read as a blank in it.
    previous: Option<(String, String, bool)>,
    /// Text since the last code span.
    since: String,
}

fn from_markdown(text: &str) -> Result<Vec<Citation>, CouldNotCheck> {
    let mut citations = Vec::new();
    let mut stated = None;
    let mut block = Block::default();
    let mut in_code = false;
    for (event, range) in Parser::new_ext(text, Options::ENABLE_TABLES).into_offset_iter() {
        match event {
            Event::Start(Tag::CodeBlock(_)) => in_code = true,
            Event::End(TagEnd::CodeBlock) => in_code = false,
            Event::Text(_) if in_code => {}
            Event::Text(text) => {
                block.since.push_str(&text);
                block.text.push_str(&text);
            }
            Event::SoftBreak | Event::HardBreak => {
                block.since.push(' ');
                block.text.push(' ');
            }
            Event::Code(code) => {
                block.text.push_str(&code);
                let between = std::mem::take(&mut block.since);
                match block.previous.take() {
                    Some((before, quote, broken)) if arrow(&between).is_some() => {
                        let behind = arrow(&between).unwrap_or_default();
                        let partial = Partial { before: before.trim_end().ends_with(ELLIPSIS), behind };
                        citations.push(match read_location(&code) {
                            _ if broken || text[range].contains('\n') => {
                                let fault = Some("a line end was put into the quotation".to_owned());
                                citation(&code, 0, None, &quote, partial, fault)
                            }
                            Some((path, line, column)) if line > 0 => {
                                citation(path, line, column, &quote, partial, None)
                            }
                            _ => citation(&code, 0, None, &quote, partial, Some("this is no path and line".to_owned())),
                        });
                    }
                    _ => {
                        let broken = text[range].contains('\n');
                        block.previous = Some((between, code.into_string(), broken));
                    }
                }
            }
            Event::Start(Tag::Emphasis | Tag::Strong) | Event::End(TagEnd::Emphasis | TagEnd::Strong) => {}
            Event::Start(_) | Event::End(_) => {
                let done = std::mem::take(&mut block);
                if stated.is_none() {
                    stated = read_marker(&done.text);
                }
            }
            _ => {}
        }
    }
    match stated {
        None => Err(CouldNotCheck::NotAReport("it does not say that kubemortem wrote it".to_owned())),
        Some((format, _)) if format != SCHEMA_VERSION => Err(CouldNotCheck::OtherFormat(visible(&format).into_owned())),
        Some((_, count)) => {
            if count != citations.len() as u64 {
                let what = format!(
                    "it states {count} citations and {} can be read: some were removed, added or damaged",
                    citations.len()
                );
                citations.push(citation("", 0, None, "", Partial::default(), Some(what)));
            }
            Ok(citations)
        }
    }
}

/// Whether a text is the arrow between quotation and location, and whether the quotation leaves something out behind.
fn arrow(between: &str) -> Option<bool> {
    let between = between.trim();
    let before = between.strip_suffix(ARROW)?.trim_end();
    match before.strip_suffix(ELLIPSIS) {
        Some("") => Some(true),
        None if before.is_empty() => Some(false),
        _ => None,
    }
}

/// The line by which a report of ours is known: its format, and how many citations it has.
fn read_marker(text: &str) -> Option<(String, u64)> {
    let (_, rest) = text.trim().strip_prefix("Written by kubemortem ")?.split_once(", report format ")?;
    let (format, rest) = rest.split_once(", ")?;
    let (count, rest) = rest.split_once(' ')?;
    rest.starts_with("citation").then_some(())?;
    Some((format.to_owned(), count.parse().ok()?))
}

// --- the bundle ----------------------------------------------------------------------------------------------------

/// The part of a line that one citation is about.
struct Window {
    citation: usize,
    /// Characters still to pass over.
    skip: u64,
    /// Whether white space is still to be passed over.
    trim: bool,
    /// Bytes to keep.
    limit: usize,
    text: String,
    /// Whether the line has more than white space behind what was kept.
    more: bool,
}

impl Window {
    fn new(index: usize, citation: &Citation) -> Window {
        let loose = citation.partial != Partial::default() || citation.quote.contains(MASK);
        // The visible form of a text is never shorter than the text. Some more is kept to show where a line differs.
        let limit = citation.quote.len() + if loose { WINDOW } else { 4 * FOUND_CHARS };
        Window {
            citation: index,
            skip: citation.column.map_or(0, |column| u64::from(column) - 1),
            trim: citation.column.is_none(),
            limit,
            text: String::new(),
            more: false,
        }
    }

    /// Takes a character; `true` once nothing more of the line matters.
    fn take(&mut self, c: char) -> bool {
        if self.trim && c.is_whitespace() {
            return false;
        }
        self.trim = false;
        if self.text.len() < self.limit {
            self.text.push(c);
            return false;
        }
        self.more = self.more || !c.is_whitespace();
        self.more
    }
}

/// The windows of one line: those that have begun, and those that begin further right.
#[derive(Default)]
struct Windows {
    /// Characters of the line so far.
    at: u64,
    /// By where they begin, the rightmost first.
    later: Vec<Window>,
    open: Vec<Window>,
    full: Vec<Window>,
}

impl Windows {
    fn new(indices: &[usize], citations: &[Citation]) -> Windows {
        let mut later: Vec<Window> = indices.iter().map(|index| Window::new(*index, &citations[*index])).collect();
        later.sort_by_key(|window| std::cmp::Reverse(window.skip));
        Windows { later, ..Windows::default() }
    }

    fn take(&mut self, piece: &str) {
        for c in piece.chars() {
            while self.later.last().is_some_and(|window| window.skip <= self.at) {
                self.open.extend(self.later.pop());
            }
            if self.open.is_empty() && self.later.is_empty() {
                return;
            }
            let mut index = 0;
            while index < self.open.len() {
                if self.open[index].take(c) { self.full.push(self.open.swap_remove(index)) } else { index += 1 }
            }
            self.at += 1;
        }
    }
}

/// Reads a file line by line and hands over the windows of the wanted lines. Returns how many lines were read; an error
/// only where the lines before it are not all there.
fn scan(
    reader: &mut dyn Read,
    wanted: &BTreeMap<u64, Vec<usize>>,
    citations: &[Citation],
    mut done: impl FnMut(Window),
) -> io::Result<u64> {
    let mut wanted = wanted.iter().peekable();
    let mut text = Decoded::new(reader);
    let mut line = 1;
    let mut windows: Option<Windows> = None;
    let mut close = |windows: Windows| {
        windows.full.into_iter().chain(windows.open).chain(windows.later).for_each(&mut done);
    };
    while let Some(chunk) = text.next_chunk()? {
        let mut rest = chunk;
        loop {
            if windows.is_none() {
                match wanted.next_if(|(number, _)| **number == line) {
                    Some((_, indices)) => windows = Some(Windows::new(indices, citations)),
                    None if wanted.peek().is_none() => return Ok(line),
                    None => {}
                }
            }
            let end = memchr::memchr(b'\n', rest.as_bytes());
            if let Some(windows) = &mut windows {
                windows.take(&rest[..end.unwrap_or(rest.len())]);
            }
            let Some(end) = end else { break };
            if let Some(windows) = windows.take() {
                close(windows);
            }
            line += 1;
            rest = &rest[end + 1..];
        }
    }
    // The last line has no line end; it may be empty.
    let windows = windows.or_else(|| {
        wanted.next_if(|(number, _)| **number == line).map(|(_, indices)| Windows::new(indices, citations))
    });
    if let Some(windows) = windows {
        close(windows);
    }
    Ok(line)
}

/// A stream as text, decoded as [`crate::text::decode`] decodes a whole file.
struct Decoded<'r> {
    reader: &'r mut dyn Read,
    decoder: Option<encoding_rs::Decoder>,
    bytes: Vec<u8>,
    text: String,
    end: bool,
}

impl<'r> Decoded<'r> {
    fn new(reader: &'r mut dyn Read) -> Self {
        Decoded { reader, decoder: None, bytes: vec![0; 64 * 1024], text: String::new(), end: false }
    }

    /// Fills the buffer: as much as one read gives, but enough at the start to tell the encoding.
    fn fill(&mut self, least: usize) -> io::Result<usize> {
        let mut length = 0;
        while length < least {
            match self.reader.read(&mut self.bytes[length..]) {
                Ok(0) => break,
                Ok(read) => length += read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(length)
    }

    fn next_chunk(&mut self) -> io::Result<Option<&str>> {
        if self.end {
            return Ok(None);
        }
        let length = self.fill(if self.decoder.is_none() { crate::text::ENCODING_BYTES } else { 1 })?;
        let mut start = 0;
        let decoder = self.decoder.get_or_insert_with(|| {
            let (encoding, bom) = crate::text::encoding_of(&self.bytes[..length]);
            start = bom;
            encoding.new_decoder_without_bom_handling()
        });
        self.end = length == 0;
        let input = &self.bytes[start..length];
        self.text.clear();
        self.text.reserve(decoder.max_utf8_buffer_length(input.len()).unwrap_or(4 * input.len() + 16));
        let _ = decoder.decode_to_string(input, &mut self.text, self.end);
        Ok(Some(&self.text))
    }
}

fn judge(citation: &Citation, window: &Window, shown: bool) -> Outcome {
    let whole = citation.column.is_none();
    let text = if whole { window.text.trim_end() } else { &window.text };
    let line = if shown { visible(text) } else { text.into() };
    let to_end = whole && !citation.partial.behind;
    if !(to_end && window.more) && fits(&citation.quote, &line, !citation.partial.before, to_end) {
        return Outcome::Holds;
    }
    let line = visible(text);
    let found = match line.char_indices().nth(FOUND_CHARS) {
        Some((end, _)) => format!("{}{ELLIPSIS}", &line[..end]),
        None => line.into_owned(),
    };
    Outcome::Differs { found }
}

/// Whether a line is what is quoted; a mask stands for one character or more.
fn fits(quote: &str, line: &str, from_start: bool, to_end: bool) -> bool {
    let parts: Vec<&str> = quote.split(MASK).collect();
    let (Some((first, rest)), last) = (parts.split_first(), parts.last().copied().unwrap_or_default()) else {
        return false;
    };
    if rest.is_empty() {
        return match (from_start, to_end) {
            (true, true) => line == *first,
            (true, false) => line.starts_with(first),
            (false, true) => line.ends_with(first),
            (false, false) => line.contains(first),
        };
    }
    let start = if from_start { line.starts_with(first).then_some(0) } else { line.find(first) };
    let Some(mut at) = start.map(|start| start + first.len()) else { return false };
    // The leftmost place of each part leaves most room for the rest.
    for (index, part) in rest.iter().enumerate() {
        let Some(masked) = line[at..].chars().next() else { return false };
        at += masked.len_utf8();
        if index + 1 == rest.len() && to_end {
            return line.len() - at >= last.len() && line.ends_with(last);
        }
        let Some(found) = line[at..].find(part) else { return false };
        at += found + part.len();
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masks_stand_for_something() {
        for (quote, line, holds) in [
            ("a=[REDACTED] end", "a=secret end", true),
            ("a=[REDACTED] end", "a= end", false),
            ("a=[REDACTED] end", "b=secret end", false),
            ("a=[REDACTED] end", "a=secret end.", false),
            ("a=[REDACTED]", "a=x", true),
            ("a=[REDACTED]", "a=", false),
            ("[REDACTED]=a and [REDACTED]", "x=a and y", true),
            ("[REDACTED]=a and [REDACTED]", "x=a or y", false),
            ("p=[REDACTED];q=[REDACTED];", "p=1;q=2;q=3;", true),
            ("a[REDACTED]ab", "aab", false),
            ("a[REDACTED]ab", "aaab", true),
        ] {
            assert_eq!(fits(quote, line, true, true), holds, "{quote} against {line}");
        }
        assert!(fits("a=[REDACTED] e", "a=secret end", true, false));
        assert!(fits("b=[REDACTED] e", "a b=secret end", false, false));
    }

    #[test]
    fn the_stream_is_decoded_as_a_whole_file_is() {
        /// Gives one byte at a time.
        struct Slow<'b>(&'b [u8]);
        impl Read for Slow<'_> {
            fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
                let Some((first, rest)) = self.0.split_first() else { return Ok(0) };
                buffer[0] = *first;
                self.0 = rest;
                Ok(1)
            }
        }
        let cases: &[&[u8]] = &[
            b"",
            b"a",
            b"plain\r\ntext\n",
            b"\xef\xbb\xbfbom",
            b"\xff\xfea\0\n\0\xe4\0",
            b"\xfe\xff\0a\0\n\0\xe4",
            b"bad \xff\xfe\xe2\x82 bytes \xf0\x9f\x98",
            b"\xff\xfea\0b",
            "\u{1f600} ok".as_bytes(),
        ];
        for bytes in cases {
            let mut slow = Slow(bytes);
            let mut decoded = Decoded::new(&mut slow);
            let mut text = String::new();
            while let Ok(Some(chunk)) = decoded.next_chunk() {
                text.push_str(chunk);
            }
            assert_eq!(text, crate::text::decode(bytes), "{bytes:?}");
        }
    }

    #[test]
    fn the_marker_is_read_strictly() {
        assert_eq!(
            read_marker("Written by kubemortem 0.1.0, report format 1, 12 citations. More."),
            Some(("1".to_owned(), 12))
        );
        assert_eq!(read_marker("Written by kubemortem 0.1.0, report format 1, 1 citation."), Some(("1".to_owned(), 1)));
        for other in
            ["", "Written by hand, report format 1, 2 citations", "kubemortem 0.1.0, report format 1, 2 citations"]
        {
            assert_eq!(read_marker(other), None, "{other}");
        }
    }
}
