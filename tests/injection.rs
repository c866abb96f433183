//! Words of a bundle that try to be more than words: Markdown, HTML, codes for terminals, invisible characters, in every
//! text of every output and in the names of files. They stay words in Markdown, JSON, the index and on a terminal.

#![allow(clippy::expect_used, clippy::unwrap_used)] // a test says what must hold

mod support;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use kubemortem::analyze::Analyzer;
use kubemortem::catalog::Catalog;
use kubemortem::report;
use kubemortem::source::{self, Entry, Input, Limits, Visitor};
use kubemortem::text::visible;
use kubemortem::verify::{Verdict, Wanted};
use pulldown_cmark::{Event, HeadingLevel, Options, Parser, Tag, TagEnd};
use serde_json::{Map, Value};
use support::bundles::{Bundle, Content};

/// What fits on a line.
const LINE: &str = "\u{1b}[31m\u{1b}]8;;http://e.example\u{7}\u{9b}2J\u{202e}\u{2066}\u{200b}<script>x</script><!-- c --><?p ?>\
    [l](javascript:x)![i](http://e.example/i)<http://e.example>[r][r]`b```c````~~~|d||e *s* __u__ ~~o~~ &lt;i&gt; [^1] \
    {{ n }} {% if x %} $(id) http://e.example/?a=b|c www.e.example a@e.example \u{2190} `f` \u{2190} `f:1` \\";
/// What needs lines of its own.
const LINES: &str = "\r\n\n---\ntitle: v\n---\n\n# h\n\nh\n===\n\n```\n</pre>\n~~~\n- x\n1. y\n> q\n<div onclick=x>\n</details>\n\n\
    [r]: http://e.example\n[^1]: note\n| a | b |\n| - | - |\n***\n\n    indented\n\u{2028}\u{85}<b>";

/// Texts that are changed at once: the others of a bundle stay as they are, so that there is something to tell.
const AT_ONCE: usize = 5;
/// Likewise lines.
const LINES_AT_ONCE: usize = 10;

type Files = Vec<(String, Vec<u8>)>;

fn samples() -> Vec<(String, Files)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples");
    let mut all: Vec<PathBuf> = fs::read_dir(root).unwrap().map(|entry| entry.unwrap().path()).collect();
    all.sort();
    let bundles = all.into_iter().map(|sample| (sample.join("bundle"), sample)).filter(|(bundle, _)| bundle.is_dir());
    bundles
        .map(|(bundle, sample)| {
            let mut files = Vec::new();
            below(&bundle, &bundle, &mut files);
            (sample.file_name().unwrap().to_string_lossy().into_owned(), files)
        })
        .collect()
}

fn below(folder: &Path, root: &Path, files: &mut Files) {
    let mut paths: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    for path in paths {
        match path.is_dir() {
            true => below(&path, root, files),
            false => {
                let name = path.strip_prefix(root).unwrap().to_string_lossy().into_owned();
                files.push((name, fs::read(&path).unwrap()));
            }
        }
    }
}

struct Feed<'w>(&'w Wanted);

impl Visitor for Feed<'_> {
    fn entry(&self, entry: Entry<'_>) {
        if self.0.wants(&entry.path) {
            self.0.feed(&entry.path, entry.reader);
        }
    }
}

/// Analyzes a bundle and says what is more than words in its reports, or does not hold; and how many incidents there are.
fn faults(analyzer: &Analyzer<'_>, files: &Files, folder: &Path) -> (Vec<String>, usize) {
    let packed = folder.join("bundle.tgz");
    let bundle = Bundle(files.iter().map(|(path, bytes)| (path.clone(), Content::Bytes(bytes.clone()))).collect());
    fs::write(&packed, bundle.tar_gz()).unwrap();
    let input = Input::Path(packed);
    let Ok(postmortem) = analyzer.analyze(&input, &Limits::default()) else { return (Vec::new(), 0) };
    let (json, markdown) = (report::json(&postmortem), report::markdown(&postmortem));
    let mut faults = seen(&json);
    faults.extend(seen(&markdown));
    let document: Value = serde_json::from_str(&json).expect("JSON");
    let incidents = document["incidents"].as_array().unwrap().len();
    faults.extend(more_than_words(&markdown, incidents));
    for text in [&json, &markdown] {
        let wanted = Wanted::of(text.as_bytes()).expect("a report");
        source::open(&input, &Limits::default(), &Feed(&wanted)).expect("read before");
        match wanted.verdict() {
            Verdict::Holds(_) => {}
            other => faults.push(format!("{other:#?}").chars().take(2000).collect()),
        }
    }
    (faults, incidents)
}

/// Characters that do not show.
fn seen(text: &str) -> Vec<String> {
    text.split('\n').filter(|line| visible(line) != *line).map(|line| format!("not all is seen of {line:?}")).collect()
}

/// Marks that the program does not write by itself.
fn more_than_words(markdown: &str, incidents: usize) -> Vec<String> {
    const SECTIONS: [&str; 6] = [
        "Summary",
        "Timeline",
        "Inventory",
        "What could not be looked at",
        "For the reviewer",
        "Lines behind the timeline",
    ];
    let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_FOOTNOTES;
    let mut faults = Vec::new();
    let (mut titles, mut of_incidents, mut heading) = (0, 0, None);
    for event in Parser::new_ext(markdown, options) {
        match event {
            Event::Html(html) | Event::InlineHtml(html) => faults.push(format!("HTML: {html}")),
            Event::Start(
                tag @ (Tag::HtmlBlock
                | Tag::Link { .. }
                | Tag::Image { .. }
                | Tag::Strikethrough
                | Tag::BlockQuote(_)
                | Tag::FootnoteDefinition(_)),
            ) => faults.push(format!("{tag:?}")),
            Event::FootnoteReference(name) => faults.push(format!("a footnote {name}")),
            Event::Rule => faults.push("a rule".to_owned()),
            Event::Start(Tag::Heading { level: HeadingLevel::H1, .. }) => titles += 1,
            Event::Start(Tag::Heading { level: HeadingLevel::H2, .. }) => heading = Some(String::new()),
            Event::End(TagEnd::Heading(HeadingLevel::H2)) => {
                let text = heading.take().unwrap_or_default();
                let number = text.strip_prefix('I').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
                match number {
                    true => of_incidents += 1,
                    false if SECTIONS.contains(&text.as_str()) => {}
                    false => faults.push(format!("a heading {text:?}")),
                }
            }
            Event::Text(text) | Event::Code(text) => {
                if let Some(heading) = &mut heading {
                    heading.push_str(&text);
                }
            }
            _ => {}
        }
    }
    if (titles, of_incidents) != (1, incidents) {
        faults.push(format!("{titles} titles, {of_incidents} headings of {incidents} incidents"));
    }
    if !markdown.starts_with("# ") {
        faults.push(format!("starts with {:?}", markdown.chars().take(20).collect::<String>()));
    }
    faults
}

#[test]
fn what_is_more_than_words_is_noticed() {
    assert_eq!(more_than_words("# t\n\n## Summary\n\n## I1 x\n", 1), Vec::<String>::new());
    for more in [
        "<b>",
        "<div>\n",
        "[a](b)",
        "![a](b)",
        "<http://e.example>",
        "---\n\n***\n",
        "> q",
        "## I2 y\n",
        "# u\n",
        "a[^1]\n\n[^1]: b\n",
    ] {
        let written = format!("# t\n\n## I1 x\n\n{more}");
        assert!(!more_than_words(&written, 1).is_empty(), "{more}");
    }
    assert!(!seen("a\u{1b}b").is_empty() && !seen("\u{202e}").is_empty() && seen("a\nb").is_empty());
}

/// Where the texts of a value are, and of which kind each is: its kind of object and its path without numbers.
fn texts(value: &Value, at: &str, kind: &str, found: &mut Vec<(String, String)>) {
    match value {
        Value::String(_) => found.push((at.to_owned(), format!("{kind} {}", pattern(at)))),
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(index, item)| texts(item, &format!("{at}/{index}"), kind, found));
        }
        Value::Object(map) => {
            let kind = map.get("kind").and_then(Value::as_str).unwrap_or(kind);
            for (key, item) in map {
                let at = format!("{at}/{}", key.replace('~', "~0").replace('/', "~1"));
                texts(item, &at, kind, found);
            }
        }
        _ => {}
    }
}

fn pattern(at: &str) -> String {
    let mut parts: Vec<&str> = at.split('/').filter(|part| part.parse::<usize>().is_err()).collect();
    // Keys that are chosen freely.
    if let Some(free) = parts.iter().position(|part| matches!(*part, "labels" | "annotations" | "data" | "matchLabels"))
    {
        parts.truncate(free + 1);
    }
    parts.join("/")
}

#[test]
fn every_text_of_every_object_stays_a_text() {
    let catalog = Catalog::built_in().expect("sound pages");
    let analyzer = Analyzer::new(&catalog);
    let folder = tempfile::tempdir().unwrap();
    let (mut known, mut wrong, mut told) = (BTreeSet::new(), Vec::new(), 0);
    for (sample, files) in samples() {
        let mut changes: Vec<(usize, String, String)> = Vec::new();
        let objects: Vec<Option<Value>> = files.iter().map(|(_, bytes)| serde_json::from_slice(bytes).ok()).collect();
        for (index, object) in objects.iter().enumerate() {
            let mut found = Vec::new();
            if let Some(object) = object {
                texts(object, "", "", &mut found);
            }
            changes
                .extend(found.into_iter().filter(|(_, of)| known.insert(of.clone())).map(|(at, of)| (index, at, of)));
        }
        for (round, changes) in changes.chunks(AT_ONCE).enumerate() {
            let (mut files, mut objects) = (files.clone(), objects.clone());
            for (index, at, _) in changes {
                let text = objects[*index].as_mut().and_then(|object| object.pointer_mut(at)).unwrap();
                let before = text.as_str().unwrap();
                *text = Value::from(match round % 3 {
                    0 => format!("{before}{LINE}"),
                    1 => format!("{LINE}{before}"),
                    _ => format!("{before}{LINES}{LINE}"),
                });
            }
            for (index, ..) in changes {
                files[*index].1 = serde_json::to_vec_pretty(&objects[*index]).unwrap();
            }
            let (faults, incidents) = faults(&analyzer, &files, folder.path());
            told += incidents;
            let what: Vec<&String> = changes.iter().map(|(_, _, of)| of).collect();
            wrong.extend(faults.into_iter().map(|fault| format!("{sample} {what:?}: {fault}")));
        }
    }
    assert!(known.len() > 200, "only {} kinds of text", known.len());
    assert!(told > 100, "only {told} incidents were told");
    assert!(wrong.is_empty(), "{} faults: {}", wrong.len(), wrong[..wrong.len().min(5)].join("\n"));
}

#[test]
fn keys_that_are_chosen_freely_stay_texts() {
    let catalog = Catalog::built_in().expect("sound pages");
    let analyzer = Analyzer::new(&catalog);
    let folder = tempfile::tempdir().unwrap();
    let mut wrong = Vec::new();
    fn rename(value: &mut Value) {
        match value {
            Value::Array(items) => items.iter_mut().for_each(rename),
            Value::Object(map) => {
                for (key, item) in map.iter_mut() {
                    match item {
                        Value::Object(free)
                            if matches!(key.as_str(), "labels" | "annotations" | "data" | "matchLabels") =>
                        {
                            let renamed: Map<String, Value> = std::mem::take(free)
                                .into_iter()
                                .map(|(key, item)| (key + LINES + LINE, item))
                                .collect();
                            *free = renamed;
                        }
                        item => rename(item),
                    }
                }
            }
            _ => {}
        }
    }
    for (sample, mut files) in samples() {
        let mut changed = false;
        for (_, bytes) in &mut files {
            if let Ok(mut object) = serde_json::from_slice::<Value>(bytes) {
                rename(&mut object);
                *bytes = serde_json::to_vec_pretty(&object).unwrap();
                changed = true;
            }
        }
        if changed {
            wrong.extend(
                faults(&analyzer, &files, folder.path()).0.into_iter().map(|fault| format!("{sample}: {fault}")),
            );
        }
    }
    assert!(wrong.is_empty(), "{} faults: {}", wrong.len(), wrong[..wrong.len().min(5)].join("\n"));
}

/// A line without what differs from one object to the next.
fn form(line: &str) -> String {
    line.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).take(16).collect()
}

#[test]
fn every_line_of_every_printed_output_stays_a_text() {
    let catalog = Catalog::built_in().expect("sound pages");
    let analyzer = Analyzer::new(&catalog);
    let folder = tempfile::tempdir().unwrap();
    let (mut known, mut wrong, mut told) = (BTreeSet::new(), Vec::new(), 0);
    for (sample, files) in samples() {
        let mut changes: Vec<(usize, usize)> = Vec::new();
        for (index, (_, bytes)) in files.iter().enumerate() {
            let Ok(text) = std::str::from_utf8(bytes) else { continue };
            if serde_json::from_str::<Value>(text).is_ok() {
                continue;
            }
            let fresh =
                text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty() && known.insert(form(line)));
            changes.extend(fresh.map(|(line, _)| (index, line)).take(60));
        }
        for (round, changes) in changes.chunks(LINES_AT_ONCE).enumerate() {
            let mut files = files.clone();
            for (index, number) in changes {
                let text = String::from_utf8(files[*index].1.clone()).unwrap();
                let changed: Vec<String> = text
                    .split('\n')
                    .enumerate()
                    .map(|(at, line)| match (at == *number, round % 3) {
                        (false, _) => line.to_owned(),
                        (true, 0) => format!("{line}{LINE}"),
                        // Into the last word, as a name or an image has it.
                        (true, 1) => line.rfind(' ').map_or_else(
                            || format!("{LINE}{line}"),
                            |end| format!("{} {}{}", &line[..end], LINE.replace(' ', ""), &line[end + 1..]),
                        ),
                        (true, _) => format!("{line} {LINE}\n{LINES}\n{LINE}"),
                    })
                    .collect();
                files[*index].1 = changed.join("\n").into_bytes();
            }
            let (faults, incidents) = faults(&analyzer, &files, folder.path());
            told += incidents;
            wrong.extend(faults.into_iter().map(|fault| format!("{sample} {changes:?}: {fault}")));
        }
    }
    assert!(known.len() > 300, "only {} forms of line", known.len());
    assert!(told > 100, "only {told} incidents were told");
    assert!(wrong.is_empty(), "{} faults: {}", wrong.len(), wrong[..wrong.len().min(5)].join("\n"));
}

/// The names that files are given, with a number each.
fn renamed(files: &Files, name: &str) -> Files {
    let new = |(index, (path, bytes)): (usize, &(String, Vec<u8>))| {
        let (folder, file) = path.rsplit_once('/').unwrap_or(("", path));
        let ending = file.rsplit_once('.').map_or("", |(_, ending)| ending);
        (
            format!("{folder}{name}/{name}{index}.{ending}").replace("//", "/").trim_start_matches('/').to_owned(),
            bytes.clone(),
        )
    };
    files.iter().enumerate().map(new).collect()
}

#[test]
fn names_of_files_stay_texts_in_every_output() {
    let catalog = Catalog::built_in().expect("sound pages");
    let analyzer = Analyzer::new(&catalog);
    let folder = tempfile::tempdir().unwrap();
    let (line, lines) = (LINE.replace(['/', '\\'], "_"), LINES.replace(['/', '\\'], "_"));
    let mut wrong = Vec::new();
    for (sample, files) in samples().into_iter().step_by(4) {
        for name in [&line, &lines] {
            wrong.extend(
                faults(&analyzer, &renamed(&files, name), folder.path())
                    .0
                    .into_iter()
                    .map(|f| format!("{sample}: {f}")),
            );
        }
    }
    assert!(wrong.is_empty(), "{} faults: {}", wrong.len(), wrong[..wrong.len().min(5)].join("\n"));

    // What reaches a terminal, and the index of a batch whose bundles have such names.
    let short: String = line.chars().take(40).collect();
    let bundles = folder.path().join("bundles");
    for (at, (_, files)) in samples().into_iter().step_by(12).enumerate() {
        let place = bundles.join(format!("{at}{short}"));
        for (path, bytes) in renamed(&files, &short) {
            let path = place.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, bytes).unwrap();
        }
    }
    fs::write(bundles.join(format!("broken{}.tgz", line.chars().take(100).collect::<String>())), b"").unwrap();
    let one = bundles.join(format!("0{short}"));
    let other = bundles.join(format!("1{short}"));
    let (one, other) = (one.to_str().unwrap(), other.to_str().unwrap());
    let out = folder.path().join(format!("out{short}"));
    let report = folder.path().join(format!("report{short}.json"));
    let given = |path: &Path| path.to_str().unwrap().to_owned();
    let analyzed = run(&["analyze", "--format", "json", one]);
    fs::write(&report, &analyzed).unwrap();
    let all = [
        analyzed,
        run(&["inspect", one]),
        run(&["verify", &given(&report), one]),
        run(&["verify", &given(&report), other]),
        run(&["analyze", "--each", &given(&bundles), "--output", &given(&out)]),
        run(&["index", &given(&out)]),
        run(&["analyze", &given(&bundles.join(format!("absent{short}")))]),
        run(&["explain", &short]),
        run(&["analyze", "--catalog", &given(&out), one]),
    ];
    for text in &all {
        assert_eq!(seen(text), Vec::<String>::new());
    }
    let index = fs::read_to_string(out.join("index.md")).unwrap();
    assert_eq!(seen(&index), Vec::<String>::new());
    for event in Parser::new_ext(&index, Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH) {
        match event {
            Event::Html(html) | Event::InlineHtml(html) => panic!("HTML: {html}"),
            Event::Start(Tag::Link { dest_url, .. }) => {
                // The index links to its reports, and to nothing else.
                let name: String = percent_encoding::percent_decode_str(&dest_url).decode_utf8().unwrap().into_owned();
                assert!(out.join(name.trim_start_matches("./")).is_file() && !name.contains('/'), "{dest_url}");
            }
            Event::Start(tag @ (Tag::HtmlBlock | Tag::Image { .. } | Tag::Strikethrough)) => panic!("{tag:?}"),
            Event::Rule => panic!("a rule"),
            _ => {}
        }
    }
}

fn run(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_kubemortem")).args(arguments).stdin(Stdio::null()).output().unwrap();
    format!("{}{}", String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap())
}
