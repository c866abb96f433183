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
    // 65,000 times 64 MiB in 4 MB; and the same bytes in the archive of an archive. The first by path are listed.
    let flat = HandZip::overlapping(&kernel, 64 << 20, 65_000);
    let found = gaps(&case.file("flat.zip", &flat), &[]);
    assert!(says(&found, "0.log", "shares its bytes with another entry"), "{:?}", found.first());
    let nested = tar(&[("a/pods.txt", PODS), ("a/inner.zip", &flat)]);
    let found = gaps(&case.file("nested.tgz", &gzip(&nested)), &[]);
    assert!(says(&found, "a/inner.zip/0.log", "shares its bytes"), "{:?}", found.first());
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
    assert!(says(&found, "a.log", "is larger than the archive says, and is read up to there"), "{found:?}");
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
fn what_comes_before_a_limit_does_not_depend_on_the_threads() {
    let case = Case::new();
    let log = gzip(&b"order accepted\n".repeat(64 << 10));
    let files: Vec<(String, &[u8])> = (0..40).map(|n| (format!("b/{n}.log.gz"), log.as_slice())).collect();
    files.iter().for_each(|(name, bytes)| {
        case.file(name, bytes);
    });
    let folder = case.file("b/pods.txt", PODS).parent().unwrap().to_path_buf();
    let report = |jobs: &str| {
        let arguments = [folder.to_str().unwrap(), "--jobs", jobs, "--max-total-bytes", "10000000"];
        command(&arguments).output().unwrap().stdout
    };
    let alone = report("1");
    assert!(says(&gaps_of(&alone), "b", "holds more than 10000000 bytes"), "{:?}", gaps_of(&alone));
    for jobs in ["2", "4"] {
        assert!(report(jobs) == alone, "--jobs {jobs}");
    }
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
    assert!(gaps(long.parent().unwrap(), &["--max-line-bytes", "70000"]).is_empty());
    let found = gaps(long.parent().unwrap(), &["--max-line-bytes", "2048"]);
    assert!(says(&found, "app.log", "lines of over 2 KiB"), "{found:?}");
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
fn what_is_left_out_of_many_files_does_not_depend_on_their_order() {
    let case = Case::new();
    let pods = |n: usize| -> String {
        let row = |at: usize| format!("shop  web-{n}-{at}  0/1  CrashLoopBackOff  7  3d\n");
        "NAMESPACE  NAME  READY  STATUS  RESTARTS  AGE\n".to_owned() + &(0..=n).map(row).collect::<String>()
    };
    let files: Vec<(String, String)> = (0..12)
        .flat_map(|n| [(format!("pods-{n:02}.txt"), pods(n)), (format!("{n:02}.log"), "a line of a log\n".repeat(99))])
        .collect();
    let mut entries: Vec<(&str, &[u8])> =
        files.iter().map(|(name, content)| (name.as_str(), content.as_bytes())).collect();
    let one = case.file("one/x.tgz", &gzip(&tar(&entries)));
    entries.reverse();
    let other = case.file("other/x.tgz", &gzip(&tar(&entries)));
    let report = |path: &Path, jobs: &str| {
        command(&[path.to_str().unwrap(), "--max-kept-bytes", "80k", "--jobs", jobs]).output().unwrap().stdout
    };
    let first = report(&one, "1");
    for jobs in ["1", "4"] {
        assert!(report(&one, jobs) == first && report(&other, jobs) == first, "--jobs {jobs}");
    }
    let found = gaps_of(&first);
    assert!(says(&found, "x.tgz", "gives more than 80000 bytes to keep of all files together"), "{found:?}");
    // Logs went first, then the longest tables.
    let report: Value = serde_json::from_slice(&first).unwrap();
    let told = report["incidents"].to_string();
    assert!(told.contains("web-3-3") && !told.contains("web-11-11"), "{told}");
    assert!(gaps(&one, &[]).is_empty());
}

#[test]
fn of_a_describe_with_very_many_events_the_latest_are_read() {
    let case = Case::new();
    let row = |n: u64| format!("  Warning  BackOff  {}s  kubelet  Back-off restarting, number {n}\n", 5000 - n);
    let head = "Name:  web-0\nNamespace:  shop\nStatus:  Running\nContainers:\n  web:\n    State:  Waiting\n      Reason:  CrashLoopBackOff\n\
        Events:\n  Type  Reason  Age  From  Message\n  ----  ------  ----  ----  -------\n";
    let text = head.to_owned() + &(0..4321).map(row).collect::<String>();
    let path = case.file("bundle/describe.txt", text.as_bytes());
    let found = gaps(path.parent().unwrap(), &[]);
    assert!(says(&found, "describe.txt", "holds 4321 events of Pod web-0; the latest 1000 are looked at"), "{found:?}");
    let out = command(&[path.parent().unwrap().to_str().unwrap()]).output().unwrap();
    let report = String::from_utf8(out.stdout).unwrap();
    assert!(report.contains("number 4320") && report.contains("number 3321") && !report.contains("number 3320\""));
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
fn marks_of_logs_without_an_end_cost_no_more_than_other_lines() {
    let case = Case::new();
    let marks = |ends: &str| -> String {
        let log = "x".repeat(150);
        let start = |n: usize| format!("==== START logs for container c{n} of pod shop/web-{n} ====\n{log}\n{ends}");
        (0..100_000).map(start).collect()
    };
    // None has an end; all have that of another one, behind which nothing begins.
    for text in [marks(""), marks("==== END logs for container c of pod shop/web ==== not\n")] {
        let path = case.file("bundle/dump.txt", text.as_bytes());
        gaps(path.parent().unwrap(), &[]);
    }
}

#[test]
fn very_many_lines_that_a_terminal_may_have_broken_are_joined_in_one_go() {
    let case = Case::new();
    let message =
        |n: usize| format!("0/3 nodes are available: 1 node(s) had x, 2 Insufficient cpu {:06}.\n", n + 100_000);
    let messages: String = (0..150_000).map(message).collect();
    let rulers = "Type    Reason  Age  From  Message\n".to_owned() + &format!("{}\n", "-".repeat(80)).repeat(100_000);
    for text in [messages, rulers] {
        let path = case.file("bundle/describe_pods.txt", text.as_bytes());
        gaps(path.parent().unwrap(), &[]);
    }
}

/// A small first stack is what Windows and musl give, and what `ulimit -s` makes of any.
#[test]
#[cfg(unix)]
fn a_small_stack_is_enough_for_what_is_nested() {
    let case = Case::new();
    let nested = |open: &str, close: &str, times: usize| open.repeat(times) + &close.repeat(times);
    let head = "apiVersion: v1\nkind: Pod\nmetadata: ";
    for (at, value) in [nested("{a: ", "}", 5000), nested("[", "]", 5000), format!("\n  {}x", "- ".repeat(50_000))]
        .into_iter()
        .enumerate()
    {
        case.file(&format!("bundle/{at}.yaml"), format!("{head}{value}\n").as_bytes());
    }
    let path = case.file("bundle/pods.txt", PODS);
    let run = "ulimit -s 256; exec \"$0\" analyze --format json --jobs \"$1\" \"$2\"";
    for jobs in ["1", "2"] {
        let out = Command::new("sh")
            .args(["-c", run, env!("CARGO_BIN_EXE_kubemortem"), jobs, path.parent().unwrap().to_str().unwrap()])
            .output()
            .unwrap();
        assert_eq!(out.status.code(), Some(0), "{}", String::from_utf8_lossy(&out.stderr));
        let found = gaps_of(&out.stdout);
        assert!((0..3).all(|at| found.iter().any(|gap| gap.0 == format!("{at}.yaml"))), "{found:?}");
    }
}

#[test]
fn help_states_every_limit_with_its_default() {
    let out = Command::new(env!("CARGO_BIN_EXE_kubemortem")).args(["analyze", "--help"]).output().unwrap();
    let help = String::from_utf8(out.stdout).unwrap();
    let help = help.split_whitespace().collect::<Vec<_>>().join(" ");
    for (flag, default) in [
        ("--max-entries", "[default: 250000]"),
        ("--max-total-bytes", "[default: 64Gi]"),
        ("--max-entry-bytes", "[default: 16Gi]"),
        ("--max-ratio", "[default: 1000]"),
        ("--max-nesting", "[default: 2]"),
        ("--max-line-bytes", "[default: 64Ki]"),
        ("--max-kept-bytes", "[default: 2Gi]"),
        ("--max-seconds", "[default: no limit]"),
    ] {
        let after = help.split_once(flag).unwrap_or_else(|| panic!("{flag}")).1;
        let own = after.split_once(" --max").map_or(after, |(own, _)| own);
        assert!(own.contains(default), "{flag}: {own}");
    }
}

/// What is sound beside hostile content is still analyzed: the pods table's pod is there.
fn holds_the_pod(path: &Path) {
    let out = command(&[path.to_str().unwrap()]).output().unwrap();
    let report: Value = serde_json::from_slice(&out.stdout).unwrap();
    let objects = report["inventory"]["objects"].as_array().unwrap();
    assert!(objects.iter().any(|row| row["kind"] == "Pod" && row["count"].as_u64() >= Some(1)), "{objects:?}");
}

/// The most memory that a run took, in KiB.
#[cfg(target_os = "linux")]
fn peak_of(mut child: std::process::Child) -> u64 {
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0;
    while child.try_wait().unwrap().is_none() {
        let text = fs::read_to_string(&status).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        peak = peak.max(line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(0));
        std::thread::sleep(Duration::from_millis(5));
    }
    peak
}

#[test]
fn a_zip_of_zips_of_zips_ends_at_its_level() {
    let zip = |entries: Vec<(String, Vec<u8>)>| {
        let mut zip = HandZip::default();
        for (name, content) in entries {
            let at = zip.bytes.len() as u32;
            let size = content.len() as u32;
            zip.bytes.extend(HandZip::header(&name, 0, size, size));
            zip.bytes.extend(content);
            zip.list(&name, 0, size, size, at);
        }
        zip.end()
    };
    let mut bytes = zip(vec![("pods.txt".to_string(), PODS.to_vec())]);
    for _ in 0..4 {
        bytes = zip((0..8).map(|n| (format!("{n}.zip"), bytes.clone())).collect());
    }
    let case = Case::new();
    let found = gaps(&case.file("nested.zip", &bytes), &[]);
    assert_eq!(found.iter().filter(|gap| gap.2.contains("archives are read to level 2")).count(), 512);
    // Each level that is allowed is read, and no more.
    let found = gaps(&case.file("nested.zip", &bytes), &["--max-nesting", "1"]);
    assert_eq!(found.iter().filter(|gap| gap.2.contains("archives are read to level 1")).count(), 64);
}

#[test]
fn sizes_that_no_disk_holds_are_truncated_entries() {
    let header = |name: &str, kind: tar::EntryType, size: &[u8]| {
        let mut header = tar::Header::new_gnu();
        header.set_path(name).unwrap();
        header.set_entry_type(kind);
        header.set_mode(0o644);
        header.as_old_mut().size[..size.len()].copy_from_slice(size);
        header.set_cksum();
        header
    };
    let pods = tar(&[("pods.txt", PODS)]);
    let pods = &pods[..pods.len() - 1024];
    let case = Case::new();
    // As octal digits, in base 256, and in a record of its own.
    let record = b"28 size=9223372036854775807\n";
    let mut pax = header("x", tar::EntryType::XHeader, format!("{:011o}", record.len()).as_bytes()).as_bytes().to_vec();
    pax.extend(record);
    pax.resize(1024, 0);
    pax.extend(header("a.log", tar::EntryType::Regular, b"00000000003").as_bytes());
    for (name, size) in [
        ("octal.tar", header("a.log", tar::EntryType::Regular, b"77777777777").as_bytes().to_vec()),
        (
            "binary.tar",
            header("a.log", tar::EntryType::Regular, b"\x80\0\0\0\x7f\xff\xff\xff\xff\xff\xff\xff").as_bytes().to_vec(),
        ),
        ("record.tar", pax),
    ] {
        let path = case.file(name, &[pods, &size, b"one line\n"].concat());
        let found = gaps(&path, &[]);
        assert!(found.iter().any(|gap| gap.1 == "truncated"), "{name}: {found:?}");
        holds_the_pod(&path);
    }
}

#[test]
fn a_gzip_of_many_members_is_one_stream() {
    let mut bytes: Vec<u8> = gzip(b"").repeat(200_000);
    bytes.extend(gzip(&tar(&[("pods.txt", PODS)])));
    bytes.extend(gzip(b"").repeat(10));
    let case = Case::new();
    let path = case.file("members.tgz", &bytes);
    assert_eq!(gaps(&path, &[]), []);
    holds_the_pod(&path);
}

/// Each place that looks like the start of an entry is looked at, and most are none.
#[test]
fn a_zip_of_nothing_but_marks_is_given_up() {
    let mut bytes = HandZip::header("pods.txt", 0, PODS.len() as u32, PODS.len() as u32);
    bytes.extend(PODS);
    bytes.extend(b"PK\x03\x04".repeat(2_000_000));
    let case = Case::new();
    let path = case.file("marks.zip", &bytes);
    let found = gaps(&path, &[]);
    assert!(says(&found, "marks.zip", "is cut short: its directory is missing"), "{found:?}");
    holds_the_pod(&path);
}

/// A comment behind the directory that is another directory, of nothing.
#[test]
fn a_directory_of_nothing_hides_no_entries() {
    let size = PODS.len() as u32;
    let mut zip = HandZip { bytes: HandZip::header("pods.txt", 0, size, size), ..HandZip::default() };
    zip.bytes.extend(PODS);
    zip.list("pods.txt", 0, size, size, 0);
    let mut bytes = zip.end();
    let nothing = [&b"PK\x05\x06"[..], &[0; 18]].concat();
    let length = bytes.len();
    bytes[length - 2] = nothing.len() as u8;
    bytes.extend(nothing);
    let case = Case::new();
    holds_the_pod(&case.file("two-ends.zip", &bytes));
}

#[test]
fn of_one_object_no_more_is_looked_at_than_a_cluster_holds() {
    let case = Case::new();
    let status = |n: usize| {
        serde_json::json!({"name": format!("c{n}"), "ready": false, "restartCount": 3, "image": "i", "imageID": "",
            "state": {"waiting": {"reason": "CrashLoopBackOff"}},
            "lastState": {"terminated": {"exitCode": 1, "reason": "Error"}}})
    };
    let pod = serde_json::json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web-0", "namespace": "shop"},
        "spec": {"containers": []}, "status": {"phase": "Running", "containerStatuses": (0..20_000).map(status).collect::<Vec<_>>()}});
    let folder = case.file("b/pod.json", pod.to_string().as_bytes()).parent().unwrap().to_path_buf();
    let rows = (0..50_000).map(|n| format!("shop {n}s Warning Failed pod/web-1 Error: failed {n}\n"));
    let table: String =
        std::iter::once("NAMESPACE LAST SEEN TYPE REASON OBJECT MESSAGE\n".to_owned()).chain(rows).collect();
    case.file("b/events.txt", table.as_bytes());
    let found = gaps(&folder, &[]);
    assert!(says(&found, "pod.json", "gives pod web-0 more than 200 containers"), "{found:?}");
    assert!(says(&found, "events.txt", "holds 50000 events of Pod web-1; the latest 1000 are looked at"), "{found:?}");
}

/// Each is held against the others: by its namespace, by its name.
#[test]
fn many_that_are_alike_cost_no_more_than_many() {
    let case = Case::new();
    let rows = (0..60_000).map(|n| format!("ns{n} 1m Normal Pulled pod/web-0 Container image present\n"));
    let table: String =
        std::iter::once("NAMESPACE LAST SEEN TYPE REASON OBJECT MESSAGE\n".to_owned()).chain(rows).collect();
    let folder = case.file("events/events.txt", table.as_bytes()).parent().unwrap().to_path_buf();
    case.file("events/pods.txt", PODS);
    gaps(&folder, &[]);

    let maps = (0..5000).map(|n| {
        serde_json::json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": format!("conf-{n}"), "namespace": "shop"}})
    });
    let pods = (0..200).map(|n| {
        let name = format!("confx-{n}");
        serde_json::json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": format!("web-{n}"), "namespace": "shop"},
            "spec": {"containers": [{"name": "app", "envFrom": [{"configMapRef": {"name": &name}}]}]},
            "status": {"phase": "Pending", "containerStatuses": [{"name": "app", "ready": false, "restartCount": 0,
                "state": {"waiting": {"reason": "CreateContainerConfigError", "message": format!("configmap \"{name}\" not found")}}}]}})
    });
    let list = serde_json::json!({"apiVersion": "v1", "kind": "List", "items": maps.chain(pods).collect::<Vec<_>>()});
    let folder = case.file("maps/all.json", list.to_string().as_bytes()).parent().unwrap().to_path_buf();
    gaps(&folder, &[]);
}

/// What fits in a few kilobytes once it is compressed, and would take gigabytes as facts.
#[test]
fn facts_that_are_made_to_be_many_are_bounded() {
    let case = Case::new();
    let container = "  c:\n    State:  Waiting\n";
    let described =
        format!("Name:       web-1\nNamespace:  shop\nStatus:     Running\nContainers:\n{}", container.repeat(5000));
    let folder = case.file("b/describe.txt", described.as_bytes()).parent().unwrap().to_path_buf();
    case.file("b/cmds.txt", "$ kubectl get pods\nx\n".repeat(100_010).as_bytes());
    case.file("b/pods.txt", PODS);
    let found = gaps(&folder, &[]);
    assert!(says(&found, "describe.txt", "gives pod web-1 more than 200 containers"), "{found:?}");
    assert!(says(&found, "cmds.txt", "holds more outputs than are read: those from line 200002 on"), "{found:?}");
    holds_the_pod(&folder);
}

/// Whose a pod without a name is, is asked of each other pod.
#[test]
fn pods_without_names_are_bounded() {
    let case = Case::new();
    let nameless = vec![r#"{"kind":"Pod","status":{"phase":"Failed"}}"#; 20_000].join(",");
    let path =
        case.file("b/pods.json", format!(r#"{{"kind":"List","apiVersion":"v1","items":[{nameless}]}}"#).as_bytes());
    case.file("b/pods.txt", PODS);
    let found = gaps(path.parent().unwrap(), &[]);
    assert!(says(&found, "pods.json", "holds 20000 pods without a name"), "{found:?}");
    holds_the_pod(path.parent().unwrap());
}

#[test]
fn deep_paths_and_odd_names_are_names() {
    let deep = format!("{}x.log", "a/".repeat(2000));
    let too_deep = format!("{}x.log", "a/".repeat(3000));
    let names = ["Web.log", "web.log", "\u{e9}.log", "e\u{301}.log", "a\nb.log", deep.as_str(), too_deep.as_str()];
    let mut builder = tar::Builder::new(Vec::new());
    let mut add = |name: &[u8], content: &[u8]| {
        // A record for long names takes any bytes.
        let mut long = tar::Header::new_gnu();
        long.set_path("././@LongLink").unwrap();
        long.set_entry_type(tar::EntryType::GNULongName);
        long.set_size(name.len() as u64);
        long.set_cksum();
        builder.append(&long, name).unwrap();
        let mut header = tar::Header::new_gnu();
        header.set_path("x").unwrap();
        header.set_mode(0o644);
        header.set_size(content.len() as u64);
        header.set_cksum();
        builder.append(&header, content).unwrap();
    };
    add(b"pods.txt", PODS);
    for name in names {
        add(name.as_bytes(), b"panic: connect ECONNREFUSED 10.0.0.9:5432\n");
    }
    add(b"a\0b.log", b"panic: connect ECONNREFUSED 10.0.0.9:5432\n");
    let case = Case::new();
    let path = case.file("names.tar", &builder.into_inner().unwrap());
    let found = gaps(&path, &[]);
    assert!(found.iter().any(|gap| gap.1 == "unreadable" && gap.2.contains("a name of over 4096 bytes")), "{found:?}");
    holds_the_pod(&path);
    let out = Command::new(env!("CARGO_BIN_EXE_kubemortem")).arg("inspect").arg(&path).output().unwrap();
    let listed = String::from_utf8(out.stdout).unwrap();
    for name in &names[..6] {
        assert!(listed.contains(&name.replace('\n', "\\u{a}")), "{name}");
    }
}

#[test]
fn nesting_without_end_is_no_stack_overflow() {
    const DEPTH: usize = 100_000;
    let case = Case::new();
    let around = |open: &str, close: &str| format!("{}1{}", open.repeat(DEPTH), close.repeat(DEPTH));
    let pod = |inner: &str| {
        format!(
            "{{\"apiVersion\": \"v1\", \"kind\": \"Pod\", \"metadata\": {{\"name\": \"deep\", \"annotations\": {inner}}}, \"spec\": {inner}}}"
        )
    };
    let folder = case.file("deep/pods.txt", PODS).parent().unwrap().to_path_buf();
    for (name, text) in [
        ("a.json", around("[", "]")),
        ("b.json", around("{\"a\":", "}")),
        ("c.json", pod(&around("[", "]"))),
        ("d.json", pod(&around("{\"a\":", "}"))),
        ("e.json", "[".repeat(DEPTH)),
        ("f.yaml", format!("kind: Pod\nmetadata:\n  name: x\nspec: {}\n", around("[", "]"))),
        ("g.yaml", format!("kind: Pod\nmetadata:\n  name: x\nspec: {}1\n", "- ".repeat(DEPTH))),
        ("h.yaml", format!("kind: Pod\nspec: {}\n", around("{a: ", "}"))),
        ("i.yaml", (0..2000).map(|n| format!("{}a:\n", " ".repeat(n))).collect::<String>()),
        ("j.log", format!("{}\n", around("{\"msg\":", "}"))),
        ("k.txt", format!("Name: x\n{}", (0..3000).map(|n| format!("{}a:\n", " ".repeat(n))).collect::<String>())),
        ("l.json", format!("{{\"schemaVersion\": \"1\", \"bundle\": {}}}", around("[", "]"))),
    ] {
        case.file(&format!("deep/{name}"), text.as_bytes());
    }
    gaps(&folder, &[]);
    holds_the_pod(&folder);
    // A report may be hostile too.
    let report = case.file("report.json", fs::read(folder.join("l.json")).unwrap().as_slice());
    let checked =
        Command::new(env!("CARGO_BIN_EXE_kubemortem")).arg("verify").arg(&report).arg(&folder).output().unwrap();
    assert_eq!(checked.status.code(), Some(2));
}

#[cfg(unix)]
#[test]
fn a_folder_may_change_while_it_is_read() {
    let case = Case::new();
    let folder = case.file("live/pods.txt", PODS).parent().unwrap().to_path_buf();
    let growing = case.file("live/app.log", b"started\n");
    let _socket = std::os::unix::net::UnixListener::bind(folder.join("socket")).unwrap();
    let done = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut log = fs::OpenOptions::new().append(true).open(&growing).unwrap();
            let block = b"2026-06-16T08:20:05Z a line that comes while the log is read\n".repeat(1000);
            // The disk's sake: it grows as long as it is read, within reason.
            for _ in 0..2000 {
                if done.load(std::sync::atomic::Ordering::Relaxed) {
                    return;
                }
                log.write_all(&block).unwrap();
            }
        });
        let found = gaps(&folder, &[]);
        done.store(true, std::sync::atomic::Ordering::Relaxed);
        let socket = ("socket".to_string(), "unreadable".to_string());
        assert!(found.iter().any(|gap| (gap.0.clone(), gap.1.clone()) == socket), "{found:?}");
    });
    holds_the_pod(&folder);
}

/// More threads than files may be open: each waits for its turn.
#[cfg(unix)]
#[test]
fn few_open_files_and_many_threads_read_everything() {
    let case = Case::new();
    let mut folder = PathBuf::new();
    for n in 0..300 {
        let path = case.file(&format!("few/{n}.log"), b"panic: connect ECONNREFUSED 10.0.0.9:5432\n");
        folder = path.parent().unwrap().to_path_buf();
    }
    case.file("few/pods.txt", PODS);
    let run = |limits: &str, jobs: &str| {
        let program = env!("CARGO_BIN_EXE_kubemortem");
        let script = format!("{limits}; exec {program} analyze --format json --jobs {jobs} {}", folder.display());
        let out = Command::new("bash").args(["-c", &script]).stdin(Stdio::null()).output().unwrap();
        assert_eq!(out.status.code(), Some(0), "{}", String::from_utf8_lossy(&out.stderr));
        out.stdout
    };
    let usual = run("true", "2");
    assert_eq!(gaps_of(&usual), []);
    assert!(run("ulimit -n 24", "64") == usual);
    assert!(run("true", "100000") == usual);
}

/// A line that is nothing but a hole, in a log and in a file that is none.
#[cfg(target_os = "linux")]
#[test]
fn a_line_without_end_takes_flat_memory() {
    let case = Case::new();
    for (name, size, most) in [("app.log", 512u64 << 20, 128 << 10), ("note.txt", 100 << 20, 400 << 10)] {
        let folder = case.file(&format!("{name}.d/pods.txt"), PODS).parent().unwrap().to_path_buf();
        fs::File::create(folder.join(name)).unwrap().set_len(size).unwrap();
        let started = Instant::now();
        let run = command(&[folder.to_str().unwrap(), "--jobs", "2"]).stdout(Stdio::null()).spawn().unwrap();
        let peak = peak_of(run);
        assert!(peak < most, "{name}: {peak} KiB");
        assert!(started.elapsed() < Duration::from_secs(SECONDS), "{:?}", started.elapsed());
    }
}

/// A table or an object is held whole, but large ones one at a time.
#[cfg(target_os = "linux")]
#[test]
fn large_files_that_are_no_logs_are_held_one_at_a_time() {
    let case = Case::new();
    let mut folder = PathBuf::new();
    for n in 0..4 {
        folder = case.file(&format!("large/{n}.txt"), &vec![b' '; 150 << 20]).parent().unwrap().to_path_buf();
    }
    let path = folder.to_str().unwrap();
    let run = command(&[path, "--jobs", "4"]).stdout(Stdio::null()).spawn().unwrap();
    let peak = peak_of(run);
    // Three wait with 32 MiB each while the fourth is read; what another gave back may still be counted.
    assert!(peak < 480 << 10, "{peak} KiB");
}

/// A list as kubectl prints it, of one pod that crashes and so many ConfigMaps of 100 KiB, on 9 lines each.
fn long_list(config_maps: usize) -> String {
    let mut list = "{\n    \"apiVersion\": \"v1\",\n    \"items\": [\n".to_owned();
    let value = "x".repeat(100 << 10);
    for n in 0..config_maps {
        list.push_str(&format!(
            "        {{\n            \"apiVersion\": \"v1\",\n            \"data\": {{ \"a\": \"{value}\" }},\n            \
             \"kind\": \"ConfigMap\",\n            \"metadata\": {{\n                \"name\": \"c-{n}\",\n                \
             \"namespace\": \"shop\"\n            }}\n        }},\n"
        ));
    }
    list.push_str(
        r#"        {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": { "name": "web-1", "namespace": "shop" },
            "status": { "containerStatuses": [ { "name": "app", "restartCount": 7, "state": {
                "waiting": { "reason": "CrashLoopBackOff" } } } ], "phase": "Running" }
        }
    ],
    "kind": "List"
}
"#,
    );
    list
}

/// Of a long list, here 100 MiB, only some windows are text at a time: how many wait depends on who comes first.
#[cfg(target_os = "linux")]
#[test]
fn a_long_list_takes_flat_memory() {
    let case = Case::new();
    let path = case.file("objects.json", long_list(1000).as_bytes());
    let run = command(&[path.to_str().unwrap(), "--jobs", "2"]).stdout(Stdio::null()).spawn().unwrap();
    let peak = peak_of(run);
    assert!(peak < 80 << 10, "{peak} KiB");
}

#[test]
fn what_stands_behind_a_long_list_is_read_and_has_its_lines() {
    let case = Case::new();
    let behind = "\n$ kubectl get pods -n shop\nNAME    READY   STATUS             RESTARTS   AGE\n\
        web-2   0/1     CrashLoopBackOff   5          10m\n";
    let path = case.file("saved.txt", (long_list(60) + behind).as_bytes());
    for jobs in ["1", "2"] {
        let out = command(&[path.to_str().unwrap(), "--jobs", jobs]).output().unwrap();
        let report = String::from_utf8(out.stdout).unwrap();
        // Three lines above the items, nine of each ConfigMap; the row stands eight lines below the pod's state.
        for (subject, line) in [("web-1", 3 + 60 * 9 + 6), ("web-2", 3 + 60 * 9 + 7 + 3 + 4)] {
            assert!(report.contains(&format!("\"name\": \"{subject}\"")), "{subject}");
            assert!(report.contains(&format!("\"line\": {line},")), "{subject} on {line}");
        }
    }
}
