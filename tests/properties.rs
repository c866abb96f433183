//! Samples with faults put into them at random: the analysis ends, every citation holds against the very bytes that were
//! read, and the report depends on neither the order of the entries nor the number of threads.

#![allow(clippy::expect_used, clippy::unwrap_used)] // a test says what must hold

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use kubemortem::analyze::Analyzer;
use kubemortem::artifact::{Artifact, Hint};
use kubemortem::catalog::Catalog;
use kubemortem::model::Facts;
use kubemortem::parse::{self, Section};
use kubemortem::report;
use kubemortem::source::{self, Entry, Input, Limits, Visitor};
use kubemortem::text::{FileId, SectionId};
use kubemortem::verify::{Outcome, Verdict, Wanted};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use proptest::test_runner::RngSeed;
use rayon::ThreadPoolBuilder;

static CATALOG: LazyLock<Catalog> = LazyLock::new(|| Catalog::built_in().expect("sound pages"));
static ANALYZER: LazyLock<Analyzer<'static>> = LazyLock::new(|| Analyzer::new(&CATALOG));

/// Small ones of different kinds: the collector's layout, loose files, a terminal's transcript, tables without objects.
const SAMPLES: &[&str] = &[
    "loose-terminal-transcript",
    "loose-folder-powershell",
    "pods-table-only",
    "crlf-startup-script",
    "init-container-dns-failure",
    "two-image-pull-failures",
];

type Files = Vec<(String, Vec<u8>)>;

fn files_of(folder: &Path, below: &Path, all: &mut Files) {
    let mut paths: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            files_of(&path, below, all);
        } else {
            let name = path.strip_prefix(below).unwrap().to_string_lossy().into_owned();
            all.push((name, fs::read(&path).unwrap()));
        }
    }
}

static BUNDLES: LazyLock<Vec<Files>> = LazyLock::new(|| {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples");
    let read = |name: &&str| {
        let folder = root.join(name).join("bundle");
        let mut all = Vec::new();
        files_of(&folder, &folder, &mut all);
        assert!(!all.is_empty(), "{name}");
        all
    };
    SAMPLES.iter().map(read).collect()
});

/// One fault. Indices are taken modulo what there is.
#[derive(Debug, Clone)]
enum Fault {
    Flip { file: Index, at: Index, byte: u8 },
    Cut { file: Index, line: Index },
    Repeat { file: Index, line: Index },
    Truncate { file: Index, at: Index },
    Insert { file: Index, at: Index, text: String },
    Rename { file: Index, name: String },
    Exchange { one: Index, other: Index },
    Remove { file: Index },
}

fn faults() -> impl Strategy<Value = Vec<Fault>> {
    let any = any::<Index>;
    let fault = prop_oneof![
        4 => (any(), any(), prop::num::u8::ANY).prop_map(|(file, at, byte)| Fault::Flip { file, at, byte }),
        3 => (any(), any()).prop_map(|(file, line)| Fault::Cut { file, line }),
        2 => (any(), any()).prop_map(|(file, line)| Fault::Repeat { file, line }),
        3 => (any(), any()).prop_map(|(file, at)| Fault::Truncate { file, at }),
        3 => (any(), any(), words()).prop_map(|(file, at, text)| Fault::Insert { file, at, text }),
        1 => (any(), "[a-z|`\u{e4}\u{202e} ._-]{1,12}").prop_map(|(file, name)| Fault::Rename { file, name }),
        1 => (any(), any()).prop_map(|(one, other)| Fault::Exchange { one, other }),
        1 => any().prop_map(|file| Fault::Remove { file }),
    ];
    vec(fault, 1..12)
}

/// Text of the words and separators that kubectl's outputs are made of, and of what never belongs there.
fn words() -> impl Strategy<Value = String> {
    let word = prop_oneof![
        6 => select(WORDS).prop_map(str::to_owned),
        2 => "\\PC{0,8}",
        1 => "[0-9]{1,12}[smhd%MiG]{0,2}",
    ];
    let separator = select(&["\n", "\n", " ", "   ", ": ", "\t", "\n  ", "\n    - ", ",", "\r\n", "|", "\"", "="][..]);
    vec((word, separator), 0..40).prop_map(|parts| parts.into_iter().map(|(word, end)| word + end).collect())
}

const WORDS: &[&str] = &[
    "NAME",
    "NAMESPACE",
    "READY",
    "STATUS",
    "RESTARTS",
    "AGE",
    "LAST SEEN",
    "TYPE",
    "REASON",
    "OBJECT",
    "MESSAGE",
    "Name:",
    "Namespace:",
    "Containers:",
    "  app:",
    "    State:",
    "Waiting",
    "Terminated",
    "    Last State:",
    "      Reason:",
    "CrashLoopBackOff",
    "OOMKilled",
    "      Exit Code:",
    "137",
    "    Restart Count:",
    "Events:",
    "Warning",
    "BackOff",
    "10s (x40 over 15m)",
    "kubelet",
    "pod/web-0",
    "0/1",
    "<none>",
    "<unknown>",
    "Conditions:",
    "Annotations:",
    "kind",
    "apiVersion",
    "v1",
    "Pod",
    "List",
    "items",
    "metadata",
    "containerStatuses",
    "lastState",
    "{",
    "}",
    "[",
    "]",
    "---",
    "- |",
    "&a",
    "*a",
    "!!str",
    "2026-06-16T08:20:05Z",
    "Tue, 16 Jun 2026 08:20:05 +0000",
    "panic:",
    "connect ECONNREFUSED",
    "$ kubectl get pods -A",
    "Error from server (Forbidden):",
    "\u{feff}",
    "\u{1b}[31m",
    "\u{0}",
    "\u{2190}",
    "`",
    "[REDACTED]",
    "password=",
    "://a:b@c",
    "5d3h",
    "NaN",
    "-1",
    "18446744073709551616",
    "1e999",
    "\u{2026}",
];

fn line_ends(content: &[u8]) -> Vec<usize> {
    let mut ends: Vec<usize> = content.iter().enumerate().filter(|(_, b)| **b == b'\n').map(|(at, _)| at + 1).collect();
    if ends.last() != Some(&content.len()) {
        ends.push(content.len());
    }
    ends
}

fn line_of(content: &[u8], index: &Index) -> std::ops::Range<usize> {
    let ends = line_ends(content);
    let line = index.index(ends.len());
    (if line == 0 { 0 } else { ends[line - 1] })..ends[line]
}

fn apply(files: &mut Files, fault: &Fault) {
    let count = files.len();
    match fault {
        Fault::Flip { file, at, byte } => {
            let content = &mut files[file.index(count)].1;
            if !content.is_empty() {
                let at = at.index(content.len());
                content[at] = *byte;
            }
        }
        Fault::Cut { file, line } => {
            let content = &mut files[file.index(count)].1;
            let line = line_of(content, line);
            content.drain(line);
        }
        Fault::Repeat { file, line } => {
            let content = &mut files[file.index(count)].1;
            let line = line_of(content, line);
            let again = content[line.clone()].to_vec();
            content.splice(line.start..line.start, again);
        }
        Fault::Truncate { file, at } => {
            let content = &mut files[file.index(count)].1;
            content.truncate(at.index(content.len() + 1));
        }
        Fault::Insert { file, at, text } => {
            let content = &mut files[file.index(count)].1;
            let at = at.index(content.len() + 1);
            content.splice(at..at, text.bytes());
        }
        Fault::Rename { file, name } => {
            let path = &mut files[file.index(count)].0;
            let folder = path.rfind('/').map_or(0, |slash| slash + 1);
            path.replace_range(folder.., name);
        }
        Fault::Exchange { one, other } => {
            let (one, other) = (one.index(count), other.index(count));
            let second = files[other].1.clone();
            files[other].1 = std::mem::replace(&mut files[one].1, second);
        }
        Fault::Remove { file } if count > 1 => {
            files.remove(file.index(count));
        }
        Fault::Remove { .. } => {}
    }
}

fn pack(files: &Files, to: &Path) {
    let mut tar = tar::Builder::new(fs::File::create(to).unwrap());
    for (path, content) in files {
        let mut header = tar::Header::new_gnu();
        header.set_mode(0o644);
        header.set_size(content.len() as u64);
        tar.append_data(&mut header, format!("b/{path}"), content.as_slice()).unwrap();
    }
    tar.finish().unwrap();
}

struct Reports {
    json: String,
    markdown: String,
}

/// `None`: nothing at all could be read, which is an answer too.
fn reports(bundle: &Path, threads: usize) -> Option<Reports> {
    let pool = ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
    let input = Input::Path(bundle.to_owned());
    let postmortem = pool.install(|| ANALYZER.analyze(&input, &Limits::default())).ok()?;
    Some(Reports { json: report::json(&postmortem), markdown: report::markdown(&postmortem) })
}

struct Feed<'w>(&'w Wanted);

impl Visitor for Feed<'_> {
    fn entry(&self, entry: Entry<'_>) {
        if self.0.wants(&entry.path) {
            self.0.feed(&entry.path, entry.reader);
        }
    }
}

/// The citations of a report that do not hold.
fn broken(report: &str, bundle: &Path) -> Vec<String> {
    let wanted = Wanted::of(report.as_bytes()).expect("a report");
    source::open(&Input::Path(bundle.to_owned()), &Limits::default(), &Feed(&wanted)).expect("it was read before");
    match wanted.verdict() {
        Verdict::Holds(_) => Vec::new(),
        Verdict::Fails(checks) => {
            checks.iter().filter(|check| check.outcome != Outcome::Holds).map(ToString::to_string).collect()
        }
        Verdict::CouldNotCheck(why) => vec![why.to_string()],
    }
}

/// The same cases every time, unless `PROPTEST_RNG_SEED` asks for others and `PROPTEST_CASES` for more.
fn settings(cases: u32) -> ProptestConfig {
    let default = ProptestConfig::default();
    let asked = std::env::var_os("PROPTEST_CASES").is_some();
    ProptestConfig {
        cases: if asked { default.cases } else { cases },
        rng_seed: if default.rng_seed == RngSeed::Random { RngSeed::Fixed(20_260_616) } else { default.rng_seed },
        failure_persistence: None,
        max_shrink_iters: 60,
        ..default
    }
}

proptest! {
    #![proptest_config(settings(40))]

    #[test]
    fn every_citation_of_a_damaged_bundle_holds(
        sample in 0..SAMPLES.len(), faults in faults(), seed in vec(any::<Index>(), 64),
    ) {
        let mut files = BUNDLES[sample].clone();
        faults.iter().for_each(|fault| apply(&mut files, fault));
        let folder = tempfile::tempdir().unwrap();
        let straight = folder.path().join("bundle.tar");
        pack(&files, &straight);
        let Some(written) = reports(&straight, 1) else { return Ok(()) };
        for report in [&written.json, &written.markdown] {
            let faults = broken(report, &straight);
            prop_assert!(faults.is_empty(), "{faults:#?}");
        }
        // Of two entries of one name the first is read: their order is content.
        let names: BTreeSet<&String> = files.iter().map(|(path, _)| path).collect();
        if names.len() < files.len() {
            return Ok(());
        }
        for (at, other) in seed.iter().enumerate().take(files.len()) {
            let other = other.index(files.len());
            files.swap(at, other);
        }
        pack(&files, &straight);
        let shuffled = reports(&straight, 4).expect("the same files");
        prop_assert_eq!(&written.json, &shuffled.json);
        prop_assert_eq!(&written.markdown, &shuffled.markdown);
    }
}

proptest! {
    #![proptest_config(settings(200))]

    #[test]
    fn no_parser_panics(text in words(), path in select(&["a.txt", "web-0.log", "pods.json", "x/pods.yaml"][..])) {
        let all = [
            Artifact::Json, Artifact::Yaml, Artifact::Table, Artifact::Describe, Artifact::Log, Artifact::Version,
            Artifact::BundleHeader, Artifact::Commands, Artifact::Checksums, Artifact::Stderr, Artifact::CollectorNote,
            Artifact::CollectorErrors,
        ];
        let whole = Section {
            id: SectionId { file: FileId(0), index: 0 },
            artifact: Artifact::Other,
            path,
            first_line: 1,
            text: &text,
            hint: Hint::default(),
            command: None,
        };
        let mut sections = parse::sections::split(FileId(0), path, &text, &Hint::default());
        sections.extend(all.into_iter().map(|artifact| Section { artifact, ..whole.clone() }));
        let lines = text.lines().count() as u64 + 1;
        for section in &sections {
            let mut facts = Facts::default();
            parse::objects::json(section, &mut facts);
            parse::objects::yaml(section, &mut facts);
            parse::describe::describe(section, &mut facts);
            parse::table::table(section, &mut facts);
            parse::events::table(section, &mut facts);
            parse::version::version(section, &mut facts);
            parse::bundle_header::header(section, &mut facts);
            parse::bundle_header::commands(section, &mut facts);
            parse::bundle_header::skipped(section, &mut facts);
            parse::checksums::checksums(section, &mut facts);
            parse::foreign::note(section, &mut facts);
            parse::foreign::errors(section, &mut facts);
            for name in facts.pods.iter().filter_map(|pod| pod.name.as_ref()) {
                prop_assert!(name.place.line >= 1 && name.place.line <= lines + section.first_line);
            }
        }
        let _ = Wanted::of(text.as_bytes());
        let _ = report::redact::redact(&text);
    }
}
