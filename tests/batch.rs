//! Many bundles in one process, through the binary.

#![allow(clippy::expect_used, clippy::unwrap_used)] // a test says what must hold

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

fn kubemortem() -> Command {
    Command::new(env!("CARGO_BIN_EXE_kubemortem"))
}

fn run(arguments: &[&str]) -> Output {
    kubemortem().args(arguments).stdin(Stdio::null()).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// A bundle of one pod that crashes with `line`, collected at `time`.
fn bundle(folder: &Path, name: &str, line: &str, time: &str) -> PathBuf {
    let path = folder.join(name);
    fs::create_dir_all(path.join("namespaces/shop/logs/web-0")).unwrap();
    fs::write(
        path.join("kubemortem.yaml"),
        format!("layoutVersion: 1\ncollectedAt: \"{time}\"\nkubectlVersion: v1.31.0\nserverVersion: v1.31.0\nscope:\n  cluster: true\n  namespaces: [shop]\nflags: []\n"),
    )
    .unwrap();
    fs::write(
        path.join("namespaces/shop/pods.json"),
        r#"{"apiVersion":"v1","kind":"PodList","items":[{"apiVersion":"v1","kind":"Pod",
"metadata":{"name":"web-0","namespace":"shop"},
"spec":{"nodeName":"n1","containers":[{"name":"app","image":"registry.example/app:1"}]},
"status":{"phase":"Running","containerStatuses":[{"name":"app","ready":false,"restartCount":5,"image":"registry.example/app:1",
"state":{"waiting":{"reason":"CrashLoopBackOff"}},
"lastState":{"terminated":{"exitCode":1,"reason":"Error"}}}]}}]}
"#,
    )
    .unwrap();
    fs::write(path.join("namespaces/shop/logs/web-0/app.previous.log"), format!("starting\n{line}\n")).unwrap();
    path
}

const DNS: &str = "dial tcp: lookup db.shop.svc on 10.96.0.10:53: no such host";
const PORT: &str = "listen tcp 0.0.0.0:8080: bind: address already in use";

/// Every file below a folder with its content.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut all = BTreeMap::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(&next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(folder).unwrap().to_string_lossy().into_owned();
                all.insert(name, fs::read(&path).unwrap());
            }
        }
    }
    all
}

fn index(folder: &Path) -> Value {
    serde_json::from_slice(&fs::read(folder.join("index.json")).unwrap()).unwrap()
}

/// Forbids what the schema does not name: the schema is open to fields that come later, this build's index is not.
fn close(schema: &mut Value) {
    match schema {
        Value::Object(map) => {
            map.values_mut().for_each(close);
            if map.contains_key("required") && map.get("type") == Some(&"object".into()) {
                map.insert("additionalProperties".to_owned(), false.into());
            }
        }
        Value::Array(items) => items.iter_mut().for_each(close),
        _ => {}
    }
}

struct Case {
    home: TempDir,
}

impl Case {
    fn new() -> Self {
        Case { home: tempfile::tempdir().unwrap() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    fn arg(&self, name: &str) -> String {
        self.path(name).to_str().unwrap().to_string()
    }
}

/// Three months of one shop: DNS in January and March, a port in February, something broken, something empty.
fn archive() -> Case {
    let case = Case::new();
    bundle(&case.path("in"), "a-january", DNS, "2026-01-10T10:00:00Z");
    bundle(&case.path("in"), "b-february", PORT, "2026-02-10T10:00:00Z");
    bundle(&case.path("in"), "c-march", DNS, "2026-03-10T10:00:00Z");
    fs::write(case.path("in/d-cut.tgz"), [0x1f, 0x8b, 8, 0]).unwrap();
    fs::create_dir(case.path("in/e-empty")).unwrap();
    fs::write(case.path("in/.hidden"), "no bundle").unwrap();
    case
}

#[test]
fn every_child_gets_a_report_and_a_broken_one_stops_nothing() {
    let case = archive();
    let out = run(&["analyze", "--each", &case.arg("in"), "--output", &case.arg("out")]);
    let messages = text(&out.stderr);
    assert_eq!(out.status.code(), Some(2), "{messages}");
    assert!(out.stdout.is_empty());
    let reports: Vec<String> =
        files(&case.path("out")).into_keys().filter(|name| !name.starts_with(".kubemortem")).collect();
    assert_eq!(reports, ["a-january.md", "b-february.md", "c-march.md", "index.json", "index.md"]);
    assert!(messages.contains("d-cut.tgz") && messages.contains("e-empty"), "{messages}");
    assert!(messages.contains("5 bundles: 3 reports written, 2 failed; incidents: 3 critical"), "{messages}");
    // No progress bar where standard error is no terminal.
    assert!(!messages.contains('\u{1b}') && messages.lines().count() == 3, "{messages}");
    // Each report is what the bundle gives alone.
    let alone = run(&["analyze", &case.arg("in/a-january")]);
    assert_eq!(text(&alone.stdout), fs::read_to_string(case.path("out/a-january.md")).unwrap());
}

#[test]
fn the_index_says_what_keeps_breaking() {
    let case = archive();
    run(&["analyze", "--each", &case.arg("in"), "--output", &case.arg("out")]);
    let index = index(&case.path("out"));
    let mut schema: Value = serde_json::from_str(kubemortem::index::SCHEMA).unwrap();
    assert!(jsonschema::meta::is_valid(&schema));
    for _ in 0..2 {
        let validator = jsonschema::options().should_validate_formats(true).build(&schema).unwrap();
        let errors: Vec<String> =
            validator.iter_errors(&index).map(|error| format!("{}: {error}", error.instance_path())).collect();
        assert!(errors.is_empty(), "{errors:#?}");
        close(&mut schema);
    }
    let bundles = index["bundles"].as_array().unwrap();
    let names: Vec<&str> = bundles.iter().map(|row| row["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["a-january", "b-february", "c-march", "d-cut.tgz", "e-empty"]);
    assert_eq!(bundles[0]["collectedAt"], "2026-01-10T10:00:00Z");
    assert_eq!(bundles[0]["cluster"]["kubernetesVersion"], "v1.31.0");
    assert_eq!(bundles[0]["incidents"][0]["cause"], "dns-resolution-failed");
    assert!(bundles[4]["report"].is_null() && bundles[4]["error"].as_str().unwrap().contains("no entries"));
    assert_eq!(index["causes"][0]["cause"], "dns-resolution-failed");
    assert_eq!(index["causes"][0]["bundles"], 2);
    assert_eq!(index["causes"][0]["workloads"][0]["name"], "web-0");
    assert_eq!(index["causes"][0]["firstSeen"], "2026-01-10T10:00:00Z");
    assert_eq!(index["causes"][0]["lastSeen"], "2026-03-10T10:00:00Z");
    assert_eq!(index["recurring"].as_array().unwrap().len(), 1);
    assert_eq!(index["recurring"][0]["reports"], serde_json::json!(["a-january.md", "c-march.md"]));
    let markdown = fs::read_to_string(case.path("out/index.md")).unwrap();
    assert!(
        markdown.contains("[a-january](a-january.md)") && markdown.contains("## What keeps breaking"),
        "{markdown}"
    );
    for wrong in ["/bundles/0/sha256", "/causes/0/bundles", "/recurring/0/reports"] {
        let mut bad = index.clone();
        *bad.pointer_mut(wrong).unwrap() = Value::Bool(true);
        assert!(!jsonschema::is_valid(&schema, &bad), "{wrong}");
    }
}

#[test]
fn the_same_bytes_whatever_the_jobs() {
    let case = archive();
    for n in 0..12 {
        bundle(&case.path("in"), &format!("f{n}"), if n % 2 == 0 { DNS } else { PORT }, "2026-04-10T10:00:00Z");
    }
    for jobs in ["1", "2", "7"] {
        run(&["analyze", "--each", &case.arg("in"), "--output", &case.arg(&format!("out{jobs}")), "--jobs", jobs]);
    }
    let one = files(&case.path("out1"));
    assert!(one.len() > 30, "{}", one.len());
    assert!(one == files(&case.path("out2")) && one == files(&case.path("out7")));
    let lines = |jobs: &str| run(&["analyze", "--each", &case.arg("in"), "--format", "jsonl", "--jobs", jobs]).stdout;
    assert!(lines("1") == lines("5"));
}

#[test]
fn lines_come_in_input_order_one_report_each() {
    let case = archive();
    let paths = ["in/c-march", "in/d-cut.tgz", "in/a-january", "in/b-february"].map(|name| case.arg(name));
    let mut arguments = vec!["analyze", "--format", "jsonl"];
    arguments.extend(paths.iter().map(String::as_str));
    let out = run(&arguments);
    assert_eq!(out.status.code(), Some(2));
    let names: Vec<String> = text(&out.stdout)
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["bundle"]["name"].as_str().unwrap().to_string())
        .collect();
    assert_eq!(names, ["c-march", "a-january", "b-february"]);
    // A line is the JSON report.
    let pretty = run(&["analyze", "--format", "json", &paths[2]]);
    let line = text(&out.stdout).lines().nth(1).unwrap().to_string();
    assert_eq!(serde_json::from_str::<Value>(&line).unwrap(), serde_json::from_slice::<Value>(&pretty.stdout).unwrap());
    // Several reports on standard output in any other format would run into each other.
    let refused = run(&["analyze", &paths[0], &paths[2]]);
    assert_eq!((refused.status.code(), refused.stdout.len()), (Some(2), 0));
    assert!(text(&refused.stderr).contains("--output DIR"), "{}", text(&refused.stderr));
}

#[cfg(unix)]
#[test]
fn a_line_is_written_as_soon_as_its_turn_comes() {
    let case = archive();
    let pipe = case.arg("slow");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let mut child = kubemortem()
        .args(["analyze", "--format", "jsonl", "--jobs", "2", &case.arg("in/a-january"), &pipe])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    // The second bundle has not even begun to arrive when the first report is there.
    let mut first = String::new();
    let mut lines = BufReader::new(child.stdout.take().unwrap());
    lines.read_line(&mut first).unwrap();
    assert!(first.contains("a-january"));
    fs::write(&pipe, "NAME READY STATUS RESTARTS AGE\nweb-0 1/1 Running 0 3d\n").unwrap();
    let mut rest = String::new();
    lines.read_to_string(&mut rest).unwrap();
    assert_eq!(rest.lines().count(), 1);
    assert!(child.wait().unwrap().success());
}

#[test]
fn patterns_are_expanded_where_the_shell_did_not() {
    let case = archive();
    let pattern = case.arg("in/?-*r*y");
    let out = run(&["analyze", &pattern, &case.arg("in/a-january"), "--output", &case.arg("out")]);
    assert_eq!(out.status.code(), Some(0), "{}", text(&out.stderr));
    let names: Vec<String> = files(&case.path("out")).into_keys().filter(|name| name.ends_with("y.md")).collect();
    assert_eq!(names, ["a-january.md", "b-february.md"]);
    let none = run(&["analyze", &case.arg("in/z*"), &case.arg("in/a-january"), "--output", &case.arg("out2")]);
    assert_eq!(none.status.code(), Some(2));
    assert!(text(&none.stderr).contains("z*: no such file or folder"), "{}", text(&none.stderr));
    assert!(case.path("out2/a-january.md").exists());
}

#[test]
fn bundles_of_one_name_keep_a_report_each() {
    let case = Case::new();
    bundle(&case.path("x"), "b", DNS, "2026-01-10T10:00:00Z");
    bundle(&case.path("y"), "b", PORT, "2026-02-10T10:00:00Z");
    let (x, y, out) = (case.arg("x/b"), case.arg("y/b"), case.arg("out"));
    assert!(run(&["analyze", &x, &y, "--output", &out]).status.success());
    assert!(fs::read_to_string(case.path("out/x_b.md")).unwrap().contains("dns-resolution-failed"));
    assert!(fs::read_to_string(case.path("out/y_b.md")).unwrap().contains("port-bind-failed"));
    // Also where they come one after the other.
    let later = case.arg("later");
    assert!(run(&["analyze", &x, "--output", &later]).status.success());
    let first = fs::read(case.path("later/b.md")).unwrap();
    assert!(run(&["analyze", &y, "--output", &later]).status.success());
    assert!(fs::read(case.path("later/b.md")).unwrap() == first);
    assert_eq!(index(&case.path("later"))["bundles"].as_array().unwrap().len(), 2);
    // A bundle keeps its report's name when it comes again.
    let before = files(&case.path("later"));
    assert!(run(&["analyze", &y, &x, "--output", &later, "--force"]).status.success());
    assert!(before == files(&case.path("later")));
    // One that is called like the index leaves the index alone.
    bundle(&case.path("x"), "index", DNS, "2026-01-10T10:00:00Z");
    assert!(run(&["analyze", &case.arg("x/index"), "--format", "json", "--output", &later]).status.success());
    assert_eq!(index(&case.path("later"))["bundles"].as_array().unwrap().len(), 3);
}

#[test]
fn unchanged_bundles_are_not_analyzed_again() {
    let case = archive();
    let (each, out) = (case.arg("in"), case.arg("out"));
    let again = |more: &[&str]| {
        let arguments = [&["analyze", "--each", &each, "--output", &out], more].concat();
        text(&run(&arguments).stderr).lines().last().unwrap().to_string()
    };
    assert!(again(&[]).contains("3 reports written, 2 failed"));
    let before = files(&case.path("out"));
    assert!(again(&[]).contains("0 reports written, 3 unchanged, 2 failed; incidents: 3 critical"));
    assert!(again(&["--force"]).contains("3 reports written, 2 failed"));
    assert!(before == files(&case.path("out")));
    // What an unchanged bundle holds still counts.
    let january = case.arg("in/a-january");
    let status = |more: &[&str]| {
        let paths = [&["analyze", &january, "--output", &out], more].concat();
        run(&paths).status.code()
    };
    assert_eq!((status(&["--fail-on", "critical"]), status(&[])), (Some(1), Some(0)));
    // A change of content, of a flag that the report depends on, a report that is gone or cut, a broken record.
    fs::write(case.path("in/b-february/namespaces/shop/logs/web-0/app.previous.log"), format!("{DNS}\n")).unwrap();
    assert!(again(&[]).contains("1 report written, 2 unchanged"));
    assert!(fs::read_to_string(case.path("out/b-february.md")).unwrap().contains("dns-resolution-failed"));
    assert!(again(&["--max-entries", "999"]).contains("3 reports written, 2 failed"));
    assert!(again(&[]).contains("3 reports written"));
    fs::remove_file(case.path("out/a-january.md")).unwrap();
    fs::write(case.path("out/b-february.md"), "# cut").unwrap();
    fs::write(case.path("out/.kubemortem/c-march.json"), "{\"version\": 1, \"sou").unwrap();
    assert!(again(&[]).contains("3 reports written, 2 failed"));
    // A record whose words lead elsewhere is none.
    let record = case.path("out/.kubemortem/c-march.json");
    let hostile = fs::read_to_string(&record).unwrap().replace("\"c-march.md\"", "\"../../c-march.md\"");
    fs::write(&record, hostile).unwrap();
    assert!(again(&[]).contains("1 report written, 2 unchanged"));
    // A mended bundle gets its report.
    fs::remove_dir(case.path("in/e-empty")).unwrap();
    bundle(&case.path("in"), "e-empty", DNS, "2026-05-10T10:00:00Z");
    assert!(again(&[]).contains("1 report written, 3 unchanged, 1 failed"));
}

/// Whoever copies the reports away, or builds on them, sees by their time that nothing is new.
#[test]
fn a_report_that_says_the_same_is_left_as_it_lies() {
    let folder = TempDir::new().unwrap();
    let one = bundle(&folder.path().join("in"), "one", DNS, "2026-03-01T10:00:00Z");
    let two = bundle(&folder.path().join("in"), "two", DNS, "2026-03-01T10:00:00Z");
    let (input, out) = (folder.path().join("in"), folder.path().join("out"));
    let arguments = ["analyze", "--each", input.to_str().unwrap(), "--output", out.to_str().unwrap(), "--force"];
    run(&arguments);
    let before = files(&out);
    let old = std::time::SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000);
    let paths: Vec<PathBuf> = before.keys().map(|name| out.join(name)).collect();
    paths.iter().for_each(|path| fs::File::options().append(true).open(path).unwrap().set_modified(old).unwrap());
    run(&arguments);
    assert_eq!(files(&out), before);
    let is_old = |path: &PathBuf| fs::metadata(path).unwrap().modified().unwrap() == old;
    assert!(paths.len() == 6 && paths.iter().all(is_old), "{paths:?}");

    // What differs is written, also where it is as long as before.
    fs::write(out.join("one.md"), "x".repeat(before["one.md"].len())).unwrap();
    fs::write(two.join("namespaces/shop/logs/web-0/app.previous.log"), format!("starting\n{PORT}\n")).unwrap();
    run(&arguments);
    let after = files(&out);
    assert_eq!(after["one.md"], before["one.md"]);
    assert_ne!(after["two.md"], before["two.md"]);
    assert_ne!(after["index.json"], before["index.json"]);
    assert!(one.is_dir() && is_old(&out.join(".kubemortem/one.json")));
}

#[test]
fn another_catalogue_makes_the_reports_anew() {
    let case = archive();
    fs::create_dir(case.path("pages")).unwrap();
    fs::write(
        case.path("pages/house-rule.md"),
        "---\nid: house-rule\ntitle: A house rule was broken\ncategory: application\ndecisive:\n  - log: 'ACME-17'\n    match: ['ACME-17 no']\n---\n## What happened\na\n## Confirm\n- b\n## Fix\n- c\n## Prevent\n- d\n",
    )
    .unwrap();
    let path = case.arg("in/a-january");
    let (out, pages) = (case.arg("out"), case.arg("pages"));
    let plain = ["analyze", &path, "--output", &out];
    let with_pages = ["analyze", &path, "--output", &out, "--catalog", &pages];
    for (arguments, expected) in
        [(&plain[..], "1 report written"), (&with_pages[..], "1 report written"), (&with_pages[..], "1 unchanged")]
    {
        let messages = text(&run(arguments).stderr);
        assert!(messages.contains(expected), "{messages}");
    }
}

#[test]
fn shards_join_into_one_index() {
    let case = archive();
    for n in 0..5 {
        bundle(&case.path("in"), &format!("f{n}"), PORT, "2026-04-10T10:00:00Z");
    }
    let each = case.arg("in");
    run(&["analyze", "--each", &each, "--output", &case.arg("whole")]);
    for shard in ["0/3", "1/3", "2/3"] {
        run(&["analyze", "--each", &each, "--output", &case.arg("shared"), "--shard", shard]);
        run(&["analyze", "--each", &each, "--output", &case.arg(&shard[..1]), "--shard", shard]);
    }
    assert!(files(&case.path("whole")) == files(&case.path("shared")));
    // Each shard into a folder of its own, copied together: no name is there twice.
    for shard in ["0", "1", "2"] {
        for (name, bytes) in files(&case.path(shard)) {
            let target = case.path("joined").join(&name);
            if !name.starts_with("index.") {
                assert!(!target.exists(), "{name}");
            }
            fs::create_dir_all(target.parent().unwrap()).unwrap();
            fs::write(target, bytes).unwrap();
        }
    }
    let out = run(&["index", &case.arg("joined")]);
    assert_eq!(out.status.code(), Some(0), "{}", text(&out.stderr));
    assert!(files(&case.path("whole")) == files(&case.path("joined")));
    for wrong in ["3/3", "1", "a/b", "0/0"] {
        let out = run(&["analyze", "--each", &each, "--output", &case.arg("none"), "--shard", wrong]);
        assert_eq!(out.status.code(), Some(2), "{wrong}");
    }
    let out = run(&["index", &each]);
    assert_eq!(out.status.code(), Some(2));
}

#[test]
fn the_output_is_no_bundle_of_its_own() {
    let case = archive();
    let home = case.arg("in");
    let out = case.arg("in/out");
    let arguments = ["analyze", "--each", &home, "--output", &out];
    let first = text(&run(&arguments).stderr);
    let second = text(&run(&arguments).stderr);
    assert!(first.contains("5 bundles") && second.contains("5 bundles"), "{first}{second}");
    fs::create_dir(case.path("none")).unwrap();
    let nothing = run(&["analyze", "--each", &case.arg("none"), "--output", &out]);
    assert_eq!(nothing.status.code(), Some(2));
    assert!(text(&nothing.stderr).contains("no bundle in "), "{}", text(&nothing.stderr));
}

#[cfg(unix)]
#[test]
fn reports_among_the_bundles_are_none() {
    let case = archive();
    let bundles = case.arg("in");
    run(&["analyze", "--each", &bundles, "--output", &bundles]);
    let reports = files(Path::new(&bundles)).into_keys().filter(|name| name.ends_with(".md")).count();
    for format in ["md", "json", "md"] {
        let again = run(&["analyze", "--each", &bundles, "--output", &bundles, "--format", format]);
        let said = text(&again.stderr);
        assert!(said.contains("5 bundles"), "{said}");
    }
    assert_eq!(files(Path::new(&bundles)).into_keys().filter(|name| name.ends_with(".md")).count(), reports);
    // Nor are the reports of another run, or its folder, where this run's reports go elsewhere.
    for out in ["in/old", "elsewhere"] {
        let said = text(&run(&["analyze", "--each", &bundles, "--output", &case.arg(out)]).stderr);
        assert!(said.contains("5 bundles"), "{out}: {said}");
    }
}

/// Whoever writes reports into the bundle gets the same ones again.
#[test]
fn reports_in_a_bundle_are_no_part_of_it() {
    let case = archive();
    let (bundle, out) = (case.arg("in/a-january"), case.arg("in/a-january/out"));
    let arguments = ["analyze", &bundle, "--output", &out];
    run(&arguments);
    let first = fs::read(case.path("in/a-january/out/a-january.md")).unwrap();
    let again = run(&arguments);
    assert!(text(&again.stderr).contains("1 unchanged"), "{}", text(&again.stderr));
    run(&[&arguments[..], &["--force"]].concat());
    assert_eq!(text(&fs::read(case.path("in/a-january/out/a-january.md")).unwrap()), text(&first));
    assert!(text(&first).contains("holds reports of this program"), "{}", text(&first));
}

/// Neither among the bundles, nor among the pages, nor where reports and records lie.
#[cfg(unix)]
#[test]
fn what_is_no_file_is_not_waited_for() {
    let case = archive();
    let fifo = |path: &Path| {
        let _ = fs::remove_file(path);
        assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
    };
    let arguments = ["analyze", "--each", &case.arg("in"), "--output", &case.arg("out")];
    run(&arguments);
    fifo(&case.path("in/f-pipe"));
    fifo(&case.path("out/b-february.md"));
    fifo(&case.path("out/.kubemortem/c-march.json"));
    fifo(&case.path("out/.kubemortem/z-other.json"));
    fs::remove_file(case.path("out/a-january.md")).unwrap();
    std::os::unix::fs::symlink("/dev/zero", case.path("out/a-january.md")).unwrap();
    let out = run(&arguments);
    let said = text(&out.stderr);
    assert_eq!(out.status.code(), Some(2), "{said}");
    assert!(said.contains("f-pipe: is a pipe, a socket or a device, which is not opened"), "{said}");
    assert!(said.contains("6 bundles: 3 reports written, 3 failed"), "{said}");
    assert!(fs::symlink_metadata(case.path("out/a-january.md")).unwrap().is_file());
    assert!(text(&run(&["index", &case.arg("out")]).stderr).contains("the record of z-other cannot be read"));
    fs::create_dir(case.path("pages")).unwrap();
    fifo(&case.path("pages/slow.md"));
    assert_eq!(run(&["causes", "--catalog", &case.arg("pages")]).status.code(), Some(2));
}

#[test]
fn an_interruption_leaves_whole_files_and_says_how_far_it_came() {
    for signal in ["-INT", "-TERM"] {
        let case = archive();
        let pipe = case.arg("never-ends");
        assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        let child = kubemortem()
            .args(["analyze", &case.arg("in/*"), &pipe, "--output", &case.arg("out")])
            .stdin(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut never = fs::OpenOptions::new().write(true).open(&pipe).unwrap();
        never.write_all(b"a log line\n").unwrap();
        let until = Instant::now() + Duration::from_secs(30);
        while !case.path("out/.kubemortem/e-empty.json").exists() {
            assert!(Instant::now() < until, "the other bundles were not done");
            std::thread::sleep(Duration::from_millis(20));
        }
        std::thread::sleep(Duration::from_millis(200));
        assert!(Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap().success());
        let out = child.wait_with_output().unwrap();
        drop(never);
        let messages = text(&out.stderr);
        assert_eq!(out.status.code(), Some(130), "{messages}");
        assert!(messages.contains("interrupted: 5 of 6 bundles are done"), "{messages}");
        let left: Vec<String> = files(&case.path("out")).into_keys().collect();
        assert!(left.iter().all(|name| !name.contains("partial")), "{left:?}");
        assert!(left.contains(&"a-january.md".to_string()));
        // The index can be had all the same, and the same command goes on from there.
        assert!(run(&["index", &case.arg("out")]).status.success());
        assert_eq!(index(&case.path("out"))["bundles"].as_array().unwrap().len(), 5);
        fs::remove_file(&pipe).unwrap();
        let again = text(&run(&["analyze", "--each", &case.arg("in"), "--output", &case.arg("out")]).stderr);
        assert!(again.contains("0 reports written, 3 unchanged, 2 failed"), "{again}");
    }
}

#[test]
fn the_exit_status_speaks_for_all_bundles() {
    let case = archive();
    let status = |more: &[&str]| run(&[&["analyze", "--output", &case.arg("out")], more].concat()).status.code();
    let (sick, cut) = (case.arg("in/a-january"), case.arg("in/d-cut.tgz"));
    assert_eq!(status(&[&sick]), Some(0));
    assert_eq!(status(&[&sick, "--fail-on", "warning"]), Some(1));
    assert_eq!(status(&[&sick, &cut, "--fail-on", "warning"]), Some(2));
    assert_eq!(status(&[&cut]), Some(2));
}
