//! What the targets share: bundles as one text, reports of them, and what must hold of every report.

pub mod archives;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use kubemortem::analyze::Analyzer;
use kubemortem::catalog::Catalog;
use kubemortem::report;
use kubemortem::source::{self, Entry, Input, Limits, Visitor};
use kubemortem::text::{lines, visible};
use kubemortem::verify::{Outcome, Verdict, Wanted};
use pulldown_cmark::{Event, Options, Parser, Tag};

/// The built-in pages.
pub static CATALOG: LazyLock<Catalog> = LazyLock::new(|| {
    // One thread: the same input takes the same way each time.
    let _ = rayon::ThreadPoolBuilder::new().num_threads(1).build_global();
    Catalog::built_in().expect("sound pages")
});

/// The analyzer with the built-in pages.
pub static ANALYZER: LazyLock<Analyzer<'static>> = LazyLock::new(|| Analyzer::new(&CATALOG));

/// Paths with their contents.
pub type Files = Vec<(String, Vec<u8>)>;

/// How a file begins in an input: a line of these and its path.
const MARK: &[u8] = b"//- ";

/// Reads an input as files: each begins with a line `//- path`; what stands before the first one is its content's start
/// in a file called `input.txt`. The same path twice is two entries.
pub fn files(input: &[u8]) -> Files {
    let mut all: Files = Vec::new();
    for line in input.split_inclusive(|byte| *byte == b'\n') {
        match line.strip_prefix(MARK) {
            Some(path) => all.push((String::from_utf8_lossy(path).trim_end_matches('\n').to_owned(), Vec::new())),
            None => {
                if all.is_empty() {
                    all.push(("input.txt".to_owned(), Vec::new()));
                }
                if let Some((_, content)) = all.last_mut() {
                    content.extend_from_slice(line);
                }
            }
        }
    }
    // The line end before a mark belongs to the mark.
    let last = all.len().saturating_sub(1);
    for (_, content) in &mut all[..last] {
        if content.last() == Some(&b'\n') {
            content.pop();
        }
    }
    all
}

/// Files as a tar with sound headers, names of any length and any bytes.
pub fn tar(files: &Files) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (path, content) in files {
        let mut header = tar::Header::new_gnu();
        header.set_mode(0o644);
        header.set_entry_type(tar::EntryType::Regular);
        // The builder refuses names that a hostile archive has; a GNU record for long names takes any bytes.
        let mut long = tar::Header::new_gnu();
        long.set_entry_type(tar::EntryType::GNULongName);
        long.as_old_mut().name[..13].copy_from_slice(b"././@LongLink");
        long.set_size(path.len() as u64 + 1);
        long.set_cksum();
        let name = [path.as_bytes(), b"\0"].concat();
        let _ = builder.append(&long, name.as_slice());
        header.set_size(content.len() as u64);
        header.as_old_mut().name[..1].copy_from_slice(b"x");
        header.set_cksum();
        let _ = builder.append(&header, content.as_slice());
    }
    builder.into_inner().unwrap_or_default()
}

/// A file in memory where the system has such a place, one per process.
pub fn scratch(name: &str, bytes: &[u8]) -> PathBuf {
    static FOLDER: LazyLock<PathBuf> = LazyLock::new(|| {
        let memory = Path::new("/dev/shm");
        let root = if memory.is_dir() { memory.to_owned() } else { std::env::temp_dir() };
        let folder = root.join(format!("kubemortem-fuzz-{}", std::process::id()));
        fs::create_dir_all(&folder).expect("a folder for scratch files");
        folder
    });
    let path = FOLDER.join(name);
    fs::write(&path, bytes).expect("a scratch file");
    path
}

/// Both reports of a bundle.
pub struct Reports {
    /// As programs read it.
    pub json: String,
    /// As people read it.
    pub markdown: String,
}

/// Analyzes a packed bundle; `None` where nothing at all could be read.
pub fn reports(packed: &[u8]) -> Option<Reports> {
    LazyLock::force(&ANALYZER);
    let path = scratch("bundle", packed);
    let postmortem = ANALYZER.analyze(&Input::Path(path), &limits()).ok()?;
    Some(Reports { json: report::json(&postmortem), markdown: report::markdown(&postmortem) })
}

/// Limits that an input of a megabyte meets.
pub fn limits() -> Limits {
    Limits { entries: 500, total_bytes: 8 << 20, entry_bytes: 2 << 20, ratio: 1000, nesting: 2, ..Limits::default() }
}

/// What must hold of every report, whatever was in the bundle.
pub fn check(reports: &Reports, packed: &[u8]) {
    let document: serde_json::Value = serde_json::from_str(&reports.json).expect("the JSON report is JSON");
    assert_eq!(document["schemaVersion"], "1");
    for text in [&reports.json, &reports.markdown] {
        for line in text.split('\n') {
            assert!(visible(line) == line, "an invisible character: {line:?}");
        }
        let broken = broken(text, packed);
        assert!(broken.is_empty(), "{broken:#?}");
    }
    plain(&reports.markdown);
}

/// The citations of a report that do not hold in its bundle.
fn broken(report: &str, packed: &[u8]) -> Vec<String> {
    let wanted = Wanted::of(report.as_bytes()).expect("a report");
    let path = scratch("bundle", packed);
    source::open(&Input::Path(path), &limits(), &Feed(&wanted)).expect("it was read before");
    match wanted.verdict() {
        Verdict::Holds(_) => Vec::new(),
        Verdict::Fails(checks) => {
            checks.iter().filter(|check| check.outcome != Outcome::Holds).map(ToString::to_string).collect()
        }
        Verdict::CouldNotCheck(why) => vec![why.to_string()],
    }
}

/// Hands the files of a bundle to a check.
pub struct Feed<'w>(pub &'w Wanted);

impl Visitor for Feed<'_> {
    fn entry(&self, entry: Entry<'_>) {
        if self.0.wants(&entry.path) {
            self.0.feed(&entry.path, entry.reader);
        }
    }
}

/// Markdown without HTML, links, images or rules: the program writes none, so one that is there came from the bundle.
fn plain(markdown: &str) {
    let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_FOOTNOTES;
    for event in Parser::new_ext(markdown, options) {
        match event {
            Event::Html(text) | Event::InlineHtml(text) => panic!("HTML: {text:?}"),
            Event::Start(
                tag @ (Tag::HtmlBlock
                | Tag::Link { .. }
                | Tag::Image { .. }
                | Tag::Strikethrough
                | Tag::FootnoteDefinition(_)
                | Tag::MetadataBlock(_)),
            ) => panic!("{tag:?}"),
            Event::FootnoteReference(name) => panic!("a footnote {name:?}"),
            Event::Rule => panic!("a rule"),
            _ => {}
        }
    }
}

/// That every place in facts says what stands there: read from their `Debug` form, which leaves none out.
pub fn places_hold(facts: &str, text: &str) {
    let all: Vec<&str> = lines(text).map(|(_, line)| line).collect();
    let mut rest = facts;
    while let Some(at) = rest.find("Place { file: ") {
        rest = &rest[at + "Place { file: ".len()..];
        let field = |name: &str| &rest[rest.find(name).expect("a field of a place") + name.len()..];
        let number: u64 =
            field("line: ").split(',').next().and_then(|number| number.parse().ok()).expect("a line number");
        let column = field("column: ").strip_prefix("Some(").and_then(|rest| rest.split(')').next());
        let quoted = field("text: \"");
        let mut escaped = false;
        let end = quoted.find(|c| {
            let ends = c == '"' && !escaped;
            escaped = c == '\\' && !escaped;
            ends
        });
        let quote = &quoted[..end.expect("a closing quote")];
        let Some(line) = (number as usize).checked_sub(1).and_then(|index| all.get(index)) else {
            panic!("line {number} of {}: {quote}", all.len());
        };
        match column {
            None => {
                let spelled = format!("{:?}", line.trim());
                assert_eq!(quote, &spelled[1..spelled.len() - 1], "line {number}");
            }
            Some(column) => {
                let column: usize = column.parse().expect("a column");
                let from: String = line.chars().skip(column - 1).collect();
                let spelled = format!("{from:?}");
                assert!(spelled[1..].starts_with(quote), "line {number}:{column}: {quote}");
            }
        }
        rest = quoted;
    }
}
