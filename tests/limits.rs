//! Limits on what is read: each one that is met is a gap in the report, and bombs cost seconds.

#![allow(clippy::expect_used, clippy::unwrap_used)] // a test says what must hold

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use flate2::Compression;
use flate2::write::{DeflateEncoder, GzEncoder};
use serde_json::Value;
use tempfile::TempDir;

/// What a table of pods is, in every bundle here: something that is read before or beside what meets a limit.
const PODS: &[u8] = b"NAME    READY   STATUS    RESTARTS   AGE\nweb-0   1/1     Running   0          3d\n";
/// No bomb may take longer, in a debug build on a busy machine.
const SECONDS: u64 = 60;

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kubemortem"));
    command.args(["analyze", "--format", "json"]).args(arguments).stdin(Stdio::null());
    command
}

/// The gaps of a bundle's report: path, kind, what.
fn gaps(path: &Path, arguments: &[&str]) -> Vec<(String, String, String)> {
    let started = Instant::now();
    let out = command(&[&[path.to_str().unwrap()], arguments].concat()).output().unwrap();
    assert!(started.elapsed() < Duration::from_secs(SECONDS), "{:?}", started.elapsed());
    assert_eq!(out.status.code(), Some(0), "{}", String::from_utf8_lossy(&out.stderr));
    gaps_of(&out.stdout)
}

fn gaps_of(report: &[u8]) -> Vec<(String, String, String)> {
    let report: Value = serde_json::from_slice(report).unwrap();
    let text = |gap: &Value, key: &str| gap[key].as_str().unwrap().to_string();
    let gaps = report["gaps"].as_array().unwrap().iter();
    gaps.map(|gap| (text(gap, "path"), text(gap, "kind"), text(gap, "what"))).collect()
}

fn says(gaps: &[(String, String, String)], path: &str, words: &str) -> bool {
    gaps.iter().any(|gap| gap.0 == path && gap.2.contains(words))
}

struct Case(TempDir);

impl Case {
    fn new() -> Self {
        Case(tempfile::tempdir().unwrap())
    }

    fn file(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.0.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, bytes).unwrap();
        path
    }
}

/// So many zeros, deflated.
fn deflated_zeros(mebibytes: usize) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
    let block = vec![0; 1 << 20];
    (0..mebibytes).for_each(|_| encoder.write_all(&block).unwrap());
    encoder.finish().unwrap()
}

fn gzip(content: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

fn tar(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (name, content) in entries {
        let mut header = tar::Header::new_gnu();
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        builder.append_data(&mut header, name, *content).unwrap();
    }
    builder.into_inner().unwrap()
}

/// A zip written by hand, so that its directory can say what it likes.
#[derive(Default)]
struct HandZip {
    bytes: Vec<u8>,
    directory: Vec<u8>,
    entries: usize,
}

impl HandZip {
    fn header(name: &str, method: u16, packed: u32, size: u32) -> Vec<u8> {
        let mut header = b"PK\x03\x04\x14\0\0\0".to_vec();
        header.extend(method.to_le_bytes());
        header.extend([0; 8]);
        header.extend(packed.to_le_bytes());
        header.extend(size.to_le_bytes());
        header.extend((name.len() as u16).to_le_bytes());
        header.extend([0; 2]);
        header.extend(name.as_bytes());
        header
    }

    /// A line of the directory.
    fn list(&mut self, name: &str, method: u16, packed: u32, size: u32, at: u32) {
        self.directory.extend(b"PK\x01\x02\x14\0\x14\0\0\0");
        self.directory.extend(method.to_le_bytes());
        self.directory.extend([0; 8]);
        self.directory.extend(packed.to_le_bytes());
        self.directory.extend(size.to_le_bytes());
        self.directory.extend((name.len() as u16).to_le_bytes());
        self.directory.extend([0; 12]);
        self.directory.extend(at.to_le_bytes());
        self.directory.extend(name.as_bytes());
        self.entries += 1;
    }

    fn end(mut self) -> Vec<u8> {
        let at = self.bytes.len() as u32;
        let length = self.directory.len() as u32;
        let count = (self.entries as u16).to_le_bytes();
        self.bytes.extend(&self.directory);
        self.bytes.extend(b"PK\x05\x06\0\0\0\0");
        self.bytes.extend(count);
        self.bytes.extend(count);
        self.bytes.extend(length.to_le_bytes());
        self.bytes.extend(at.to_le_bytes());
        self.bytes.extend([0; 2]);
        self.bytes
    }

    /// `count` entries that are all the same bytes.
    fn overlapping(kernel: &[u8], size: u32, count: usize) -> Vec<u8> {
        let mut zip = HandZip { bytes: HandZip::header("0", 8, kernel.len() as u32, size), ..HandZip::default() };
        zip.bytes.extend(kernel);
        (0..count).for_each(|n| zip.list(&format!("{n}.log"), 8, kernel.len() as u32, size, 0));
        zip.end()
    }

    /// `count` entries each of which holds the next one as a quotation.
    fn quoting(kernel: &[u8], size: u32, count: usize) -> Vec<u8> {
        let mut zip = HandZip::default();
        // From the last to the first: header, then what is deflated in it.
        let (mut tail, mut packed, mut out) = (kernel.to_vec(), kernel.len() as u32, size);
        let mut parts = Vec::new();
        for n in (0..count).rev() {
            let header = HandZip::header(&format!("{n}.log"), 8, packed, out);
            parts.push((format!("{n}.log"), packed, out, header.len() + tail.len()));
            let mut whole = header.clone();
            whole.append(&mut tail);
            if n > 0 {
                let length = header.len() as u16;
                let mut quoted = vec![0];
                quoted.extend(length.to_le_bytes());
                quoted.extend((!length).to_le_bytes());
                packed += quoted.len() as u32 + u32::from(length);
                out += u32::from(length);
                quoted.append(&mut whole);
                tail = quoted;
            } else {
                tail = whole;
            }
        }
        let length = tail.len();
        zip.bytes = tail;
        for (name, packed, out, from_end) in parts.into_iter().rev() {
            zip.list(&name, 8, packed, out, (length - from_end) as u32);
        }
        zip.end()
    }
}

#[test]
fn entries_that_share_their_bytes_are_not_read() {
    let case = Case::new();
    let kernel = deflated_zeros(64);
    // 65,000 times 64 MiB in 4 MB; and the same bytes in the archive of an archive.
    let flat = HandZip::overlapping(&kernel, 64 << 20, 65_000);
    let found = gaps(&case.file("flat.zip", &flat), &[]);
    assert!(says(&found, "7.log", "shares its bytes with another entry"), "{:?}", found.first());
    let nested = tar(&[("a/pods.txt", PODS), ("a/inner.zip", &flat)]);
    let found = gaps(&case.file("nested.tgz", &gzip(&nested)), &[]);
    assert!(says(&found, "a/inner.zip/7.log", "shares its bytes"), "{:?}", found.first());
    let quoting = HandZip::quoting(&kernel, 64 << 20, 1_000);
    let found = gaps(&case.file("quoting.zip", &quoting), &[]);
    assert!(says(&found, "7.log", "shares its bytes"), "{:?}", found.first());
    assert!(says(&found, "999.log", "shares its bytes"));
}

#[test]
fn an_honest_zip_shares_nothing() {
    let case = Case::new();
    let mut zip = HandZip::default();
    for n in 0..3 {
        let at = zip.bytes.len() as u32;
        let name = format!("{n}.txt");
        zip.bytes.extend(HandZip::header(&name, 0, PODS.len() as u32, PODS.len() as u32));
        zip.bytes.extend(PODS);
        zip.list(&name, 0, PODS.len() as u32, PODS.len() as u32, at);
    }
    // No checksum was written, which is said; nothing is shared.
    let found = gaps(&case.file("honest.zip", &zip.end()), &[]);
    assert!(found.iter().all(|gap| !gap.2.contains("shares")), "{found:?}");
}

#[test]
fn an_entry_that_is_larger_than_stated_ends_there() {
    let case = Case::new();
    let kernel = deflated_zeros(4);
    let mut zip = HandZip { bytes: HandZip::header("a.log", 8, kernel.len() as u32, 10), ..HandZip::default() };
    zip.bytes.extend(&kernel);
    zip.list("a.log", 8, kernel.len() as u32, 10, 0);
    let found = gaps(&case.file("lies.zip", &zip.end()), &[]);
    assert!(says(&found, "a.log", "larger than its declared uncompressed size"), "{found:?}");
}

#[test]
fn archives_in_archives_are_measured_against_the_whole() {
    let case = Case::new();
    let log = gzip(&vec![0; 60 << 20]);
    let names: Vec<String> = (0..200).map(|n| format!("logs/{n}.log.gz")).collect();
    let mut entries: Vec<(&str, &[u8])> = vec![("pods.txt", PODS)];
    entries.extend(names.iter().map(|name| (name.as_str(), log.as_slice())));
    // Each is small enough to be free of a ratio, and twice compressed they are all but nothing: 12 GB in 60 kB.
    let bomb = gzip(&tar(&entries));
    assert!(bomb.len() < 200 << 10, "{}", bomb.len());
    let found = gaps(&case.file("logs.tgz", &bomb), &[]);
    assert!(says(&found, "logs.tgz", "unfolds to more than 1000 times its size"), "{found:?}");
    // From standard input the size only shows while it is read.
    let mut child = command(&["-"]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(&bomb).unwrap();
    let out = child.wait_with_output().unwrap();
    assert!(says(&gaps_of(&out.stdout), "stdin", "unfolds to more than 1000 times"), "{:?}", gaps_of(&out.stdout));
}

#[test]
fn holes_are_measured_against_the_whole() {
    // 1,000 sparse entries of 60 MiB each, which are nothing but a header.
    let mut bytes = Vec::new();
    for n in 0..1000 {
        let mut header = tar::Header::new_gnu();
        header.set_path(format!("{n}.log")).unwrap();
        header.set_entry_type(tar::EntryType::GNUSparse);
        header.set_mode(0o644);
        header.set_size(0);
        let gnu = header.as_gnu_mut().unwrap();
        let size = format!("{:011o}", 60 << 20);
        gnu.realsize[..11].copy_from_slice(size.as_bytes());
        // The last of its parts ends the entry and holds nothing.
        gnu.sparse[0].offset[..11].copy_from_slice(size.as_bytes());
        gnu.sparse[0].numbytes[..11].copy_from_slice(b"00000000000");
        header.set_cksum();
        bytes.extend(header.as_bytes());
    }
    bytes.extend([0; 1024]);
    let case = Case::new();
    let found = gaps(&case.file("sparse.tar", &bytes), &[]);
    assert!(says(&found, "sparse.tar", "unfolds to more than 1000 times its size"), "{found:?}");
}

#[test]
fn every_limit_that_is_met_is_a_gap() {
    let case = Case::new();
    for n in 0..9 {
        case.file(&format!("bundle/{n}.log"), &b"a line of a log\n".repeat(100));
    }
    let folder = case.file("bundle/pods.txt", PODS).parent().unwrap().to_path_buf();
    assert!(gaps(&folder, &[]).is_empty());
    for (arguments, path, words) in [
        (["--max-entries", "4"], "bundle", "holds more than 4 entries"),
        (["--max-total-bytes", "5000"], "bundle", "holds more than 5000 bytes"),
        (["--max-entry-bytes", "1000"], "3.log", "is larger than the limit of 1000 bytes"),
    ] {
        let found = gaps(&folder, &arguments);
        assert!(says(&found, path, words), "{arguments:?}: {found:?}");
    }
    let long = case.file("long/app.log", &[b"started\n", vec![b'x'; 70_000].as_slice(), b"\nended\n"].concat());
    let found = gaps(long.parent().unwrap(), &[]);
    assert!(says(&found, "app.log", "lines of over 64 KiB"), "{found:?}");
    let inner = gzip(&tar(&[("pods.txt", PODS)]));
    let nested = case.file("nested.tar", &tar(&[("pods.txt", PODS), ("inner.tgz", &inner)]));
    assert!(gaps(&nested, &[]).is_empty());
    let found = gaps(&nested, &["--max-nesting", "0"]);
    assert!(says(&found, "inner.tgz", "archives are read to level 0"), "{found:?}");
    let zeros = case.file("zeros.tgz", &gzip(&tar(&[("pods.txt", PODS), ("a.log", &vec![b'a'; 70 << 20])])));
    let found = gaps(&zeros, &["--max-ratio", "50"]);
    assert!(found.iter().any(|gap| gap.2.contains("50 times")), "{found:?}");
}

#[test]
fn a_met_limit_is_met_at_the_same_place_whatever_the_jobs() {
    let case = Case::new();
    for n in 0..60 {
        case.file(&format!("bundle/{n:02}.log"), &b"a line of a log\n".repeat(1000 * (1 + n % 7)));
    }
    let folder = case.file("bundle/pods.txt", PODS).parent().unwrap().to_path_buf();
    let report = |jobs: &str| {
        let path = folder.to_str().unwrap();
        command(&[path, "--max-total-bytes", "1000000", "--jobs", jobs]).output().unwrap().stdout
    };
    let one = report("1");
    assert!(says(&gaps_of(&one), "bundle", "holds more than 1000000 bytes"));
    for _ in 0..5 {
        assert!(one == report("4"));
    }
}

#[test]
fn a_time_limit_ends_what_never_ends() {
    let mut child = command(&["-", "--max-seconds", "1"]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    let writer = std::thread::spawn(move || {
        let started = Instant::now();
        while started.elapsed() < Duration::from_secs(SECONDS) {
            if input.write_all(b"2026-01-01T00:00:00Z a line of a log\n").is_err() {
                return true;
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        false
    });
    let out = child.wait_with_output().unwrap();
    assert!(writer.join().unwrap(), "reading did not end");
    let found = gaps_of(&out.stdout);
    assert!(says(&found, "stdin", "takes more than 1 s to read"), "{found:?}");
}

#[test]
fn help_states_every_limit_with_its_default() {
    let out = Command::new(env!("CARGO_BIN_EXE_kubemortem")).args(["analyze", "--help"]).output().unwrap();
    let help = String::from_utf8(out.stdout).unwrap();
    let help = help.split_whitespace().collect::<Vec<_>>().join(" ");
    for (flag, default) in [
        ("--max-entries", "[default: 1000000]"),
        ("--max-total-bytes", "[default: 68719476736]"),
        ("--max-entry-bytes", "[default: 17179869184]"),
        ("--max-ratio", "[default: 1000]"),
        ("--max-nesting", "[default: 1]"),
        ("--max-seconds", "[default: no limit]"),
    ] {
        let after = help.split_once(flag).unwrap_or_else(|| panic!("{flag}")).1;
        let own = after.split_once(" --max").map_or(after, |(own, _)| own);
        assert!(own.contains(default), "{flag}: {own}");
    }
}
