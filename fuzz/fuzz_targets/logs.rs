//! Any bytes as a log: what is found does not depend on how they are read, stands where it says, and misses no line that
//! a signature matches.
#![no_main]

use std::collections::BTreeMap;
use std::io::{self, Read};
use std::sync::LazyLock;

use kubemortem::artifact::LogRun;

use kubemortem::catalog::{Channel, Signature, SignatureId};
use kubemortem::logs::Scanner;
use kubemortem::logs::line_formats::strip_kubectl;
use kubemortem::model::ObjectRef;
use kubemortem::text::{FileId, SectionId, decode, lines};
use kubemortem_fuzz::{CATALOG, places_hold};
use libfuzzer_sys::fuzz_target;

static SCANNER: LazyLock<Scanner<'static>> = LazyLock::new(|| Scanner::new(&CATALOG));

/// Stream, whether it goes on, and message of a line of a container runtime.
fn piece_of(line: &str) -> Option<(&str, bool, &str)> {
    let is_time = |word: &str| strip_kubectl(&format!("{word} x")).message == "x";
    let (_, rest) = line.split_once(' ').filter(|(word, _)| is_time(word))?;
    let (stream, rest) = rest.split_once(' ').filter(|(stream, _)| ["stdout", "stderr"].contains(stream))?;
    let (tags, message) = rest.split_once(' ').unwrap_or((rest, ""));
    let tag = tags.split(':').next().filter(|tag| ["F", "P"].contains(tag))?;
    Some((stream, tag == "P", message))
}

/// Gives a few bytes at a time.
struct Slow<'b>(&'b [u8], usize);

impl Read for Slow<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.0.len().min(buffer.len()).min(self.1);
        buffer[..count].copy_from_slice(&self.0[..count]);
        self.0 = &self.0[count..];
        Ok(count)
    }
}

fuzz_target!(|input: &[u8]| {
    let scan = |reader: &mut dyn Read| {
        let section = SectionId { file: FileId(0), index: 0 };
        SCANNER.scan(reader, section, 1, ObjectRef::default(), LogRun::Unknown, 1024)
    };
    let logs = scan(&mut &input[..]);
    for step in [1, 7, 4096] {
        assert_eq!(logs, scan(&mut Slow(input, step)));
    }
    let text = decode(input);
    places_hold(&format!("{logs:?}"), &text);
    let numbered: Vec<(u64, &str)> = lines(&text).collect();
    let all = (0..).map(SignatureId).zip(&CATALOG.signatures);
    let all: Vec<(SignatureId, &Signature)> =
        all.filter(|(_, signature)| signature.channels.contains(&Channel::Log)).collect();
    let found = |id| logs.iter().flat_map(|log| &log.hits).any(|hit| hit.signature == id);
    let joins = numbered.iter().take(8).any(|(_, line)| piece_of(line).is_some());
    let mut open: BTreeMap<&str, (String, usize)> = BTreeMap::new();
    for (number, line) in numbered.iter().take(40) {
        if logs.iter().any(|log| log.fetch_error.is_some()) || line.starts_with("{\"log\":") {
            break;
        }
        let mut message = strip_kubectl(line).message.to_string();
        let mut length = line.len();
        if let Some((stream, goes_on, piece)) = piece_of(line).filter(|_| joins) {
            let (begun, before) = open.remove(stream).unwrap_or_default();
            (message, length) = (begun + piece, before + length);
            if goes_on {
                open.insert(stream, (message, length));
                continue;
            }
        }
        if length > 1000 {
            continue;
        }
        for (id, signature) in &all {
            if signature.expression().is_some_and(|expression| expression.is_match(message.as_bytes())) {
                assert!(found(*id), "line {number} matches {:?}", signature.pattern());
            }
        }
    }
});
