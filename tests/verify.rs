//! Reports read back: what is right holds, and no changed byte passes.

#![allow(clippy::expect_used, clippy::unwrap_used)] // a test says what must hold

#[path = "report/cases.rs"]
mod cases;

use std::collections::HashMap;
use std::io::{self, Cursor, Read};

use cases::{FILES, healthy, hostile, hostile_files, nowhere, ordinary};
use kubemortem::postmortem::Postmortem;
use kubemortem::report;
use kubemortem::verify::{Check, CouldNotCheck, Outcome, Verdict, Wanted, verify};

type Bundle = HashMap<String, Vec<u8>>;

fn bundle(files: impl IntoIterator<Item = (impl Into<String>, impl Into<Vec<u8>>)>) -> Bundle {
    files.into_iter().map(|(path, content)| (path.into(), content.into())).collect()
}

fn ordinary_bundle() -> Bundle {
    bundle(FILES.iter().map(|(path, content)| (*path, *content)))
}

/// Feeds a whole bundle, as the program does.
fn check(report: &[u8], bundle: &Bundle) -> Verdict {
    let wanted = match Wanted::of(report) {
        Ok(wanted) => wanted,
        Err(why) => return Verdict::CouldNotCheck(why),
    };
    for (path, content) in bundle {
        if wanted.wants(path) {
            wanted.feed(path, &mut Cursor::new(content));
        }
    }
    wanted.verdict()
}

fn formats(postmortem: &Postmortem) -> [String; 2] {
    [report::markdown(postmortem), report::json(postmortem)]
}

fn faults(verdict: Verdict) -> Vec<Check> {
    match verdict {
        Verdict::Fails(checks) => checks.into_iter().filter(|check| check.outcome != Outcome::Holds).collect(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_was_written_holds() {
    for report in formats(&ordinary()) {
        match check(report.as_bytes(), &ordinary_bundle()) {
            Verdict::Holds(checks) => assert!(checks.len() >= 9, "{checks:?}"),
            other => panic!("{other:#?}"),
        }
    }
}

#[test]
fn hostile_content_holds_too() {
    let bundle = bundle(hostile_files());
    for report in formats(&hostile()) {
        match check(report.as_bytes(), &bundle) {
            Verdict::Holds(checks) => assert!(checks.len() > 60),
            Verdict::Fails(checks) => {
                let bad: Vec<String> = checks
                    .iter()
                    .filter(|check| check.outcome != Outcome::Holds)
                    .map(|check| check.to_string().chars().take(300).collect())
                    .collect();
                panic!("{bad:#?}");
            }
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn files_are_asked_for_by_path() {
    let bundle = ordinary_bundle();
    for report in formats(&ordinary()) {
        let verdict = verify(report.as_bytes(), |path| bundle.get(path).map(Cursor::new));
        assert!(matches!(verdict, Verdict::Holds(_)));
    }
}

/// The lines that the report cites, with the part of each that it quotes: everything but the secret.
const CITED: &[(&str, &str)] = &[
    ("kubemortem.yaml", "collectedAt: \"2026-06-16T08:25:00Z\""),
    (
        "namespaces/shop/logs/db-0/db.previous.log",
        "FATAL: could not map anonymous shared memory: Cannot allocate memory",
    ),
    ("namespaces/shop/pods.txt", "db-0 0/1 CrashLoopBackOff 7 (2m16s ago) 10m"),
    ("namespaces/shop/pods.txt", "web-1 0/1 Error 3 (5m ago) 10m"),
    ("namespaces/shop/pods.txt", "old-1 1/1 Running 2 (3d ago) 5d"),
    ("namespaces/shop/logs/web-1/web.log", "connect postgres://app:"),
    ("namespaces/shop/logs/web-1/web.log", "@db:5432/shop: connection refused"),
    (
        "namespaces/shop/pods.json",
        r#""name":"db-0","lastState":{"terminated":{"exitCode":1,"reason":"Error","finishedAt":"2026-06-16T08:22:44Z"}}"#,
    ),
];

#[test]
fn every_changed_byte_of_a_cited_line_is_found() {
    let original = ordinary_bundle();
    for report in formats(&ordinary()) {
        for (path, cited) in CITED {
            let content = String::from_utf8(original[*path].clone()).unwrap();
            let start = content.find(cited).unwrap();
            for at in start..start + cited.len() {
                for change in [b'#', b'Z', b' ', b'\n', 0xff] {
                    let mut changed = original.clone();
                    let bytes = changed.get_mut(*path).unwrap();
                    if bytes[at] == change {
                        continue;
                    }
                    bytes[at] = change;
                    let verdict = check(report.as_bytes(), &changed);
                    assert!(matches!(verdict, Verdict::Fails(_)), "{path} {at} {change:?} {}", &content[start..at]);
                }
            }
        }
    }
}

#[test]
fn a_removed_or_added_byte_is_found() {
    let original = ordinary_bundle();
    for report in formats(&ordinary()) {
        for (path, cited) in CITED {
            let content = String::from_utf8(original[*path].clone()).unwrap();
            let start = content.find(cited).unwrap();
            for at in [start, start + 1, start + cited.len() / 2, start + cited.len() - 1] {
                let mut removed = original.clone();
                removed.get_mut(*path).unwrap().remove(at);
                assert!(matches!(check(report.as_bytes(), &removed), Verdict::Fails(_)), "{path} {at}");
                // Beside a mask a byte more or less may be one of the secret.
                if cited.starts_with('@') && at == start {
                    continue;
                }
                let mut added = original.clone();
                added.get_mut(*path).unwrap().insert(at, b'~');
                assert!(matches!(check(report.as_bytes(), &added), Verdict::Fails(_)), "{path} {at}");
            }
        }
    }
}

#[test]
fn every_changed_byte_of_a_quotation_is_found() {
    let bundle = ordinary_bundle();
    let markdown = report::markdown(&ordinary());
    // All quotations and locations: the code spans around each arrow.
    let mut spans = Vec::new();
    for (arrow, _) in markdown.match_indices(" \u{2190} `") {
        let quote_end = markdown[..arrow].trim_end_matches(" \u{2026}").len() - 1;
        let quote = markdown[..quote_end].rfind('`').unwrap() + 1..quote_end;
        let start = arrow + " \u{2190} `".len();
        spans.push(quote);
        spans.push(start..start + markdown[start..].find('`').unwrap());
    }
    assert_eq!(spans.len(), 2 * 12);
    for span in spans {
        let masks: Vec<_> = markdown[span.clone()]
            .match_indices("[REDACTED]")
            .map(|(at, mask)| span.start + at..span.start + at + mask.len())
            .collect();
        for at in span.clone() {
            for change in [b'#', b'Z', b'`', b'|', b'\\', b'\n', b'<', b' ', 0xff] {
                let mut changed = markdown.clone().into_bytes();
                if changed[at] == change {
                    continue;
                }
                changed[at] = change;
                let verdict = check(&changed, &bundle);
                // A broken mask is text that the line does not have.
                let masked = masks.iter().any(|mask| mask.contains(&at));
                assert!(
                    !matches!(verdict, Verdict::Holds(_)),
                    "{} {:?} {masked}",
                    &markdown[span.clone()],
                    change as char
                );
            }
        }
    }
}

#[test]
fn every_changed_byte_of_a_json_quotation_is_found() {
    let bundle = ordinary_bundle();
    let json = report::json(&ordinary());
    let mut tried = 0;
    for key in ["\"text\": \"", "\"path\": \"n", "\"line\": ", "\"column\": "] {
        for (start, _) in json.match_indices(key) {
            // The incidents' actions have a text as well, and gaps a path.
            let before = json[..start].trim_end();
            if key.starts_with("\"text") && !before.ends_with(|c: char| c == ',' || c.is_ascii_digit()) {
                continue;
            }
            let from = start + key.len();
            let length = json[from..].find([',', '\n']).unwrap();
            for at in from..from + length {
                for change in [b'#', b'9', b'Z', 0xff] {
                    let mut changed = json.clone().into_bytes();
                    if changed[at] == change {
                        continue;
                    }
                    changed[at] = change;
                    let verdict = check(&changed, &bundle);
                    tried += 1;
                    assert!(!matches!(verdict, Verdict::Holds(_)), "{} at {at}", &json[start..from + length]);
                }
            }
        }
    }
    assert!(tried > 1000);
}

#[test]
fn a_removed_citation_is_found_in_markdown() {
    let markdown = report::markdown(&ordinary());
    let without: String =
        markdown.lines().filter(|line| !line.contains("pods.txt:4")).map(|line| format!("{line}\n")).collect();
    let faults = faults(check(without.as_bytes(), &ordinary_bundle()));
    assert_eq!(faults.len(), 1);
    assert_eq!(
        faults[0].to_string(),
        "report: it states 12 citations and 11 can be read: some were removed, added or damaged"
    );
}

#[test]
fn each_fault_is_named() {
    let mut files = ordinary_bundle();
    files.remove("kubemortem.yaml");
    files.insert("namespaces/shop/pods.txt".to_owned(), b"NAME READY\ndb-0 1/1 Running\n".to_vec());
    for report in formats(&ordinary()) {
        let named: Vec<String> = faults(check(report.as_bytes(), &files)).iter().map(ToString::to_string).collect();
        assert!(named.contains(&"kubemortem.yaml:2: the bundle has no such file".to_owned()), "{named:#?}");
        assert!(
            named.contains(
                &"namespaces/shop/pods.txt:2: the line reads \"db-0 1/1 Running\" and the report quotes \"db-0 0/1 CrashLoopBackOff 7 (2m16s ago) 10m\""
                    .to_owned()
            ),
            "{named:#?}"
        );
        assert!(named.contains(&"namespaces/shop/pods.txt:4: the file has 3 lines".to_owned()), "{named:#?}");
    }
    let mut postmortem = ordinary();
    postmortem.remarks[0].place = nowhere();
    for report in formats(&postmortem) {
        assert!(!matches!(check(report.as_bytes(), &ordinary_bundle()), Verdict::Holds(_)));
    }
}

#[test]
fn line_ends_blanks_and_encodings_do_not_matter() {
    let mut files = ordinary_bundle();
    let text = String::from_utf8(files["namespaces/shop/pods.txt"].clone()).unwrap();
    let mut utf16 = vec![0xff, 0xfe];
    utf16.extend(text.replace('\n', " \t\r\n  ").encode_utf16().flat_map(u16::to_le_bytes));
    files.insert("namespaces/shop/pods.txt".to_owned(), utf16);
    for report in formats(&ordinary()) {
        assert!(matches!(check(report.as_bytes(), &files), Verdict::Holds(_)));
        // The report, too, may have gone through PowerShell.
        let mut utf16 = vec![0xff, 0xfe];
        utf16.extend(report.encode_utf16().flat_map(u16::to_le_bytes));
        assert!(matches!(check(&utf16, &files), Verdict::Holds(_)));
        assert!(matches!(check(report.replace('\n', "\r\n").as_bytes(), &files), Verdict::Holds(_)));
    }
}

#[test]
fn what_is_no_report_cannot_be_checked() {
    let no_report = |bytes: &[u8]| match Wanted::of(bytes) {
        Err(CouldNotCheck::NotAReport(_)) => {}
        other => panic!("{other:?}"),
    };
    no_report(b"");
    no_report(b"# Post-mortem\n\nsomething else `x` \xe2\x86\x90 `a:1`\n");
    no_report(b"{\"kind\":\"List\",\"items\":[]}");
    no_report(b"{\"schemaVersion\":\"1\"}");
    no_report(b"{\"schemaVersion\":\"1\",");
    no_report(&[0xff; 1000]);
    no_report("[".repeat(1_000_000).as_bytes());
    no_report("{\"a\":".repeat(1_000_000).as_bytes());
    no_report("> ".repeat(100_000).as_bytes());
    let other = report::json(&ordinary()).replace("\"schemaVersion\": \"1\"", "\"schemaVersion\": \"7\"");
    assert!(matches!(Wanted::of(other.as_bytes()), Err(CouldNotCheck::OtherFormat(_))));
    let other = report::markdown(&ordinary()).replace("report format 1", "report format 2");
    assert!(matches!(Wanted::of(other.as_bytes()), Err(CouldNotCheck::OtherFormat(_))));
}

#[test]
fn a_report_that_found_nothing_and_cites_nothing_holds() {
    let mut postmortem = healthy();
    postmortem.bundle.collected_at_place = None;
    for report in formats(&postmortem) {
        assert_eq!(check(report.as_bytes(), &ordinary_bundle()), Verdict::Holds(Vec::new()));
    }
}

#[test]
fn a_report_of_incidents_without_citations_cannot_be_checked() {
    let mut postmortem = ordinary();
    postmortem.bundle.collected_at_place = None;
    postmortem.timeline.clear();
    postmortem.remarks.clear();
    postmortem.incidents.truncate(1);
    let incident = &mut postmortem.incidents[0];
    incident.since = None;
    incident.evidence.clear();
    incident.ruled_out.clear();
    incident.timeline.clear();
    for report in formats(&postmortem) {
        assert_eq!(check(report.as_bytes(), &ordinary_bundle()), Verdict::CouldNotCheck(CouldNotCheck::NoCitations));
    }
}

#[test]
fn a_citation_of_nothing_does_not_hold() {
    let json = report::json(&ordinary());
    for (from, to) in [
        ("\"text\": \"FATAL: could not map anonymous shared memory: Cannot allocate memory\"", "\"text\": \"\""),
        (
            "\"text\": \"FATAL: could not map anonymous shared memory: Cannot allocate memory\"",
            "\"text\": \"[REDACTED]\"",
        ),
        ("\"text\": \"FATAL: could not map anonymous shared memory: Cannot allocate memory\"", "\"text\": 5"),
        ("\"line\": 2", "\"line\": 0"),
        ("\"line\": 2", "\"line\": -2"),
        ("\"line\": 2", "\"line\": \"2\""),
        ("\"column\": ", "\"column\": -"),
    ] {
        let changed = json.replacen(from, to, 1);
        assert_ne!(changed, json);
        assert!(!faults(check(changed.as_bytes(), &ordinary_bundle())).is_empty(), "{to}");
    }
}

/// A file of one line without end, until it does end.
struct Endless {
    left: u64,
}

impl Read for Endless {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = buffer.len().min(self.left as usize);
        buffer[..length].fill(b'x');
        self.left -= length as u64;
        Ok(length)
    }
}

#[test]
fn a_huge_line_is_read_without_being_kept() {
    let json = report::json(&ordinary());
    let wanted = Wanted::of(json.as_bytes()).unwrap();
    wanted.feed("namespaces/shop/pods.json", &mut Endless { left: 30_000_000 });
    let bad = faults(wanted.verdict());
    assert!(
        bad.iter().any(|check| matches!(&check.outcome, Outcome::Differs { found } if found.chars().count() == 201))
    );
}

#[test]
fn a_file_that_cannot_be_read_is_named() {
    struct Broken;
    impl Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::Error::other("the archive is cut"))
        }
    }
    let json = report::json(&ordinary());
    let wanted = Wanted::of(json.as_bytes()).unwrap();
    wanted.feed("kubemortem.yaml", &mut Broken);
    let bad = faults(wanted.verdict());
    assert_eq!(bad[0].to_string(), "kubemortem.yaml:2: the file could not be read: the archive is cut");
}

mod any_line {
    use super::*;
    use kubemortem::model::When;
    use kubemortem::text::{FileId, Located, Place, decode, lines};
    use proptest::prelude::*;

    /// Pieces that Markdown, JSON, masks and lines care about.
    fn piece() -> impl Strategy<Value = String> {
        prop_oneof![
            4 => "[a-z ]{1,12}",
            2 => any::<String>().prop_map(|text| text.chars().filter(|c| *c != '\n').take(12).collect()),
            1 => "[`|\\\\<>\\[\\]()*_#&:\u{2190}\u{2026}\t\r]{1,6}",
            1 => Just("password=hunter2".to_owned()),
            1 => Just("\"token\": \"abc\\\"d\",".to_owned()),
            1 => Just("postgres://a:b@c/d".to_owned()),
            1 => Just("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl".to_owned()),
            1 => Just("[REDACTED]".to_owned()),
            1 => "[a-z\u{e4}\u{1f600}]{100,300}",
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn is_cited_so_that_it_holds(pieces in prop::collection::vec(piece(), 1..12), at in any::<prop::sample::Index>(), name in any::<String>(), bom in any::<bool>()) {
            let line = pieces.concat();
            let name = format!("dir/{name}");
            let mut content = if bom { b"\xef\xbb\xbf".to_vec() } else { Vec::new() };
            content.extend_from_slice(format!("first\r\n{line}\nlast").as_bytes());
            let text = decode(&content);
            let (_, line) = lines(&text).nth(1).unwrap();
            let offset = line.char_indices().map(|(offset, _)| offset).nth(at.index(line.chars().count().max(1))).unwrap_or(0);
            let place = Place::at(FileId(0), 2, line, offset);
            prop_assume!(place.text.chars().any(|c| !c.is_whitespace()));
            let mut postmortem = ordinary();
            postmortem.paths = vec![name.clone()];
            postmortem.bundle.collected_at_place = None;
            postmortem.timeline.clear();
            postmortem.remarks.clear();
            postmortem.incidents.truncate(1);
            let incident = &mut postmortem.incidents[0];
            incident.timeline.clear();
            incident.since = Some(Located::new(When::Ago(60), place.clone()));
            incident.ruled_out.clear();
            incident.evidence.truncate(1);
            incident.evidence[0].place = place.clone();
            let bundle = bundle([(name, content.clone())]);
            for report in formats(&postmortem) {
                // A line that holds nothing but a mask of its own cannot be told from one that we masked.
                let mut literal = place.text.replace("[REDACTED]", "");
                literal.retain(|c| !c.is_whitespace());
                match check(report.as_bytes(), &bundle) {
                    Verdict::Holds(checks) => prop_assert!(!checks.is_empty()),
                    other => prop_assert!(literal.chars().count() < 4 && place.text.contains("[REDACTED]"), "{other:?}\n{report}"),
                }
            }
        }

        #[test]
        fn bytes_that_are_no_report_do_no_harm(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = Wanted::of(&bytes);
            let mut report = report::markdown(&ordinary()).into_bytes();
            report.extend_from_slice(&bytes);
            let _ = check(&report, &ordinary_bundle());
        }
    }
}
