//! The pass itself: bytes in, one [`Log`] per container out.

use std::collections::{BTreeMap, VecDeque};
use std::io::Read;

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};

use super::line_formats::{strip_kubectl, time_of};
use crate::artifact::LogRun;
use crate::catalog::{Catalog, Channel, SignatureId};
use crate::model::{Hit, Log, ObjectRef};
use crate::text::{Place, SectionId};

/// First lines that are kept.
const HEAD_LINES: usize = 8;
/// Last lines that are kept.
pub const TAIL_LINES: usize = 40;
/// A line is looked at up to this many bytes; the rest of it is counted only.
pub const LINE_BYTES: usize = 64 * 1024;
/// Bytes per read.
const BLOCK_BYTES: usize = 256 * 1024;
/// Containers told apart in one `--prefix` log; lines of further ones go to the first.
const MOST_SOURCES: usize = 256;

/// The signatures of the catalogue, ready to scan logs and messages.
#[derive(Debug)]
pub struct Scanner<'c> {
    catalog: &'c Catalog,
    literals: Option<AhoCorasick>,
    owners: Vec<Vec<SignatureId>>,
}

impl<'c> Scanner<'c> {
    /// Builds the literal prefilter over all signatures of the catalogue.
    pub fn new(catalog: &'c Catalog) -> Scanner<'c> {
        let mut by_literal: BTreeMap<&[u8], Vec<SignatureId>> = BTreeMap::new();
        for (index, signature) in catalog.signatures.iter().enumerate() {
            for literal in &signature.literals {
                by_literal.entry(literal).or_default().push(SignatureId(index as u32));
            }
        }
        let owners = by_literal.values().cloned().collect();
        let literals = AhoCorasick::builder()
            .ascii_case_insensitive(true)
            .match_kind(MatchKind::Standard)
            .kind(Some(AhoCorasickKind::ContiguousNFA))
            .build(by_literal.keys())
            .ok();
        Scanner { catalog, literals, owners }
    }

    /// The signatures of a channel that match a text, with their named groups.
    pub fn matches(&self, text: &str, channel: Channel) -> Vec<(SignatureId, BTreeMap<String, String>)> {
        let Some(literals) = &self.literals else { return Vec::new() };
        let mut candidates: Vec<SignatureId> = Vec::new();
        for found in literals.find_overlapping_iter(text) {
            candidates.extend(&self.owners[found.pattern().as_usize()]);
        }
        candidates.sort_unstable();
        candidates.dedup();
        candidates
            .into_iter()
            .filter_map(|id| {
                let signature = self.catalog.signature(id)?;
                if !signature.channels.contains(&channel) {
                    return None;
                }
                Some((id, signature.captures(text.as_bytes())?))
            })
            .collect()
    }

    /// The words of a text that a signature matches.
    pub fn words<'t>(&self, signature: SignatureId, text: &'t str) -> Option<&'t str> {
        let found = self.catalog.signature(signature)?.regex()?.find(text.as_bytes())?;
        text.get(found.range())
    }

    /// Whether any literal of any signature stands in the text: the cheap question asked of every line.
    fn may_match(&self, text: &[u8]) -> bool {
        self.literals.as_ref().is_some_and(|literals| literals.is_match(text))
    }

    /// Reads a log to its end. `first_line` is the number of its first line in the file. The bytes are decoded by BOM.
    /// A read error ends the log where it happens; the caller knows of it.
    pub fn scan(
        &self,
        reader: &mut dyn Read,
        section: SectionId,
        first_line: u64,
        object: ObjectRef,
        run: LogRun,
    ) -> Vec<Log> {
        let mut pass = Pass { scanner: self, section, object, run, logs: Vec::new(), bytes: 0, long_lines: 0 };
        let mut decoder: Option<encoding_rs::Decoder> = None;
        let mut raw = vec![0u8; BLOCK_BYTES];
        let mut text: Vec<u8> = Vec::with_capacity(2 * BLOCK_BYTES);
        let mut number = first_line;
        let mut first = true;
        let mut skipping = false;
        loop {
            let length = read_block(reader, &mut raw);
            let last = length == 0;
            let mut block = &raw[..length];
            if first {
                first = false;
                if let Some((encoding, bom)) = encoding_rs::Encoding::for_bom(block) {
                    block = &block[bom..];
                    if encoding != encoding_rs::UTF_8 {
                        decoder = Some(encoding.new_decoder_without_bom_handling());
                    }
                }
            }
            let start = text.len();
            match &mut decoder {
                None => text.extend_from_slice(block),
                Some(decoder) => {
                    let mut out = String::with_capacity(decoder.max_utf8_buffer_length(block.len()).unwrap_or(0));
                    let _ = decoder.decode_to_string(block, &mut out, last);
                    text.extend_from_slice(out.as_bytes());
                }
            }
            pass.bytes += (text.len() - start) as u64;
            let mut at = 0;
            for end in memchr::memchr_iter(b'\n', &text) {
                if !std::mem::take(&mut skipping) {
                    pass.line(number, &text[at..end]);
                }
                number += 1;
                at = end + 1;
            }
            text.drain(..at);
            if text.len() > LINE_BYTES {
                if !skipping {
                    pass.line(number, &text[..LINE_BYTES]);
                    pass.long_lines += 1;
                    skipping = true;
                }
                text.clear();
            }
            if last {
                if !text.is_empty() && !skipping {
                    pass.line(number, &text);
                }
                break;
            }
        }
        pass.finish()
    }
}

/// Fills the block as far as the reader gives; 0 at the end or on an error.
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

struct Pass<'s, 'c> {
    scanner: &'s Scanner<'c>,
    section: SectionId,
    object: ObjectRef,
    run: LogRun,
    logs: Vec<Growing>,
    bytes: u64,
    long_lines: u64,
}

struct Growing {
    log: Log,
    source: Option<(String, String)>,
    tail: VecDeque<(u64, String)>,
}

impl Pass<'_, '_> {
    fn line(&mut self, number: u64, raw: &[u8]) {
        let raw = raw.strip_suffix(b"\r").unwrap_or(raw);
        let raw = &raw[..raw.len().min(LINE_BYTES)];
        let line = String::from_utf8_lossy(raw);
        let parts = strip_kubectl(&line);
        if self.said_by_kubectl(number, &line) {
            return;
        }
        let index = self.log_of(parts.source);
        let file = self.section.file;
        let growing = &mut self.logs[index];
        growing.log.lines += 1;
        if line.trim().is_empty() {
            return;
        }
        growing.log.non_blank_lines += 1;
        if growing.log.head.len() < HEAD_LINES {
            growing.log.head.push(Place::of_line(file, number, &line));
        }
        if growing.log.first_time.is_none() && growing.log.non_blank_lines <= 50 {
            growing.log.first_time = time_of(&line);
        }
        if self.scanner.may_match(parts.message.as_bytes()) {
            for (signature, values) in self.scanner.matches(parts.message, Channel::Log) {
                let at = line.len() - parts.message.len();
                let place = || {
                    let regex = self.scanner.catalog.signature(signature).and_then(|s| s.regex());
                    let offset = regex.and_then(|regex| regex.find(parts.message.as_bytes())).map_or(0, |m| m.start());
                    Place::at(file, number, &line, at + offset)
                };
                match growing.log.hits.iter_mut().find(|hit| hit.signature == signature) {
                    Some(hit) => {
                        hit.count += 1;
                        hit.last = place();
                        hit.values = values;
                    }
                    None => {
                        let place = place();
                        let hit = Hit { signature, count: 1, first: place.clone(), last: place, values };
                        growing.log.hits.push(hit);
                    }
                }
            }
        }
        if growing.tail.len() == TAIL_LINES {
            growing.tail.pop_front();
        }
        growing.tail.push_back((number, line.into_owned()));
    }

    /// Lines of kubectl itself: `Defaulted container "a" out of: a, b`, `Found 2 pods, using pod/x`, and what it says
    /// instead of a log.
    fn said_by_kubectl(&mut self, number: u64, line: &str) -> bool {
        if number > 200 {
            return false;
        }
        let text = line.trim();
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
        let said = self.logs.iter().any(|growing| growing.log.non_blank_lines > 0) && !text.contains("unexpected EOF");
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
        let index = self.log_of(None);
        self.logs[index].log.fetch_error.get_or_insert(place);
        true
    }

    fn log_of(&mut self, source: Option<(&str, &str)>) -> usize {
        let found = self.logs.iter().position(|growing| match (&growing.source, source) {
            (None, None) => true,
            (Some((pod, container)), Some((p, c))) => pod == p && container == c,
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
            object.container = Some(container.to_string());
        }
        self.logs.push(Growing {
            log: Log {
                section: self.section,
                object,
                run: self.run,
                lines: 0,
                non_blank_lines: 0,
                bytes: 0,
                first_time: None,
                last_time: None,
                head: Vec::new(),
                tail: Vec::new(),
                hits: Vec::new(),
                fetch_error: None,
            },
            source: source.map(|(pod, container)| (pod.to_string(), container.to_string())),
            tail: VecDeque::new(),
        });
        self.logs.len() - 1
    }

    fn finish(mut self) -> Vec<Log> {
        if self.logs.is_empty() {
            self.log_of(None);
        }
        let (bytes, object, file) = (self.bytes, self.object, self.section.file);
        self.logs
            .into_iter()
            .map(|growing| {
                let mut log = growing.log;
                log.bytes = bytes;
                if growing.source.is_none() {
                    log.object.container = log.object.container.or(object.container.clone());
                    log.object.name = log.object.name.or(object.name.clone());
                }
                log.last_time = growing.tail.iter().rev().find_map(|(_, line)| time_of(line));
                log.tail = growing.tail.into_iter().map(|(number, line)| Place::of_line(file, number, &line)).collect();
                log
            })
            .collect()
    }
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

    const PAGE: &str = "---\nid: x-failed\ntitle: X\ncategory: node\ndecisive:\n  - log: '(?i)lookup (?P<host>\\S+): no such host'\n    match: ['lookup db: no such host']\n---\n## What happened\na\n## Confirm\nb\n## Fix\nc\n## Prevent\nd\n";

    fn scan(bytes: &[u8]) -> Vec<Log> {
        let catalog = Catalog::from_pages(&[("x-failed.md", PAGE)]).expect("sound");
        Scanner::new(&catalog).scan(&mut &bytes[..], SectionId::default(), 1, ObjectRef::default(), LogRun::Previous)
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
}
