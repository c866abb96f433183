//! Exit statuses, flags, and the commands that need no bundle.

use std::fs;

use kubemortem::catalog::Catalog;

use super::support::{DESCRIBE, bundle, run, run_with, sample};

fn given(name: &str) -> String {
    sample(name).display().to_string()
}

#[test]
fn a_report_is_status_0_whatever_it_says() {
    for name in ["oom-killed", "healthy-cluster", "sigkill-unexplained"] {
        let run = run(&["analyze", &given(name)]);
        assert_eq!((run.status, run.stderr.as_str()), (0, ""));
        assert!(run.stdout.starts_with("# Post-mortem of `bundle`\n"));
    }
}

#[test]
fn fail_on_compares_with_the_worst_severity() {
    let status = |name: &str, level: &str| {
        let run = run(&["analyze", "--fail-on", level, &given(name)]);
        assert!(run.stdout.starts_with("# Post-mortem"), "the report is written all the same");
        run.status
    };
    // A crash loop is critical; a node that restarted last night is information.
    assert_eq!(["critical", "warning", "info"].map(|level| status("oom-killed", level)), [1, 1, 1]);
    assert_eq!(["critical", "warning", "info"].map(|level| status("node-restarted", level)), [0, 0, 1]);
    assert_eq!(["critical", "warning", "info"].map(|level| status("healthy-cluster", level)), [0, 0, 0]);
    assert_eq!(run(&["analyze", "--fail-on", "fatal", &given("oom-killed")]).status, 2);
}

#[test]
fn what_cannot_be_done_is_status_2() {
    for arguments in [
        &[][..],
        &["analyse"],
        &["analyze"],
        &["analyze", "--format", "pdf", "x"],
        &["analyze", "/no/such/bundle.tar.gz"],
        &["inspect", "/no/such/bundle.tar.gz"],
        &["verify", "/no/such/report.md", "/no/such/bundle.tar.gz"],
        &["explain", "no-such-cause"],
    ] {
        let run = run(arguments);
        assert_eq!(run.status, 2, "{arguments:?}: {}", run.stderr);
        assert!(!run.stderr.is_empty() && run.stdout.is_empty(), "{arguments:?}");
    }
}

#[test]
fn one_bad_bundle_of_several_does_not_stop_the_others() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("reports").display().to_string();
    let run = run(&["analyze", "--output", &out, &given("oom-killed"), "/no/such/bundle.tar.gz"]);
    assert_eq!(run.status, 2);
    assert!(run.stderr.contains("/no/such/bundle.tar.gz: no such file or folder"), "{}", run.stderr);
    let reports = fs::read_dir(&out).unwrap().filter(|entry| entry.as_ref().unwrap().path().is_file()).count();
    assert!(reports >= 1);
}

#[test]
fn verify_says_what_holds() {
    let folder = tempfile::tempdir().unwrap();
    let report = folder.path().join("report.md");
    let verify = |text: &str| {
        fs::write(&report, text).unwrap();
        run(&["verify", &report.display().to_string(), &given("oom-killed")])
    };
    let written = run(&["analyze", &given("oom-killed")]).stdout;
    let holds = verify(&written);
    assert_eq!(holds.status, 0);
    assert!(holds.stdout.starts_with("all ") && holds.stdout.ends_with(" citations hold\n"), "{}", holds.stdout);
    let changed = verify(&written.replacen("OOMKilled", "OOMkilled", 1));
    assert_eq!(changed.status, 1);
    assert!(changed.stdout.contains("the line reads"), "{}", changed.stdout);
    let foreign = verify("# Something else\n");
    assert_eq!(foreign.status, 2);
    assert!(foreign.stderr.contains("this is no kubemortem report"), "{}", foreign.stderr);
}

#[test]
fn a_healthy_report_that_cites_nothing_is_checked_with_status_0() {
    let folder = tempfile::tempdir().unwrap();
    let pods = folder.path().join("pods.txt");
    fs::write(
        &pods,
        "NAMESPACE   NAME    READY   STATUS    RESTARTS   AGE\nshop        web-0   1/1     Running   0          5d\n",
    )
    .unwrap();
    let pods = pods.display().to_string();
    for format in ["md", "json"] {
        let report = folder.path().join("report");
        fs::write(&report, run(&["analyze", "--format", format, &pods]).stdout).unwrap();
        let checked = run(&["verify", &report.display().to_string(), &pods]);
        assert_eq!(checked.status, 0, "{}", checked.stderr);
        assert_eq!(checked.stdout, "the report names no incident and cites nothing: there is nothing to check\n");
    }
}

#[test]
fn standard_input_is_a_bundle() {
    let run = run_with(&["analyze", "--format", "json", "-"], DESCRIBE.as_bytes());
    let report = run.json();
    assert_eq!((&report["bundle"]["name"], &report["incidents"][0]["cause"]), (&"stdin".into(), &"oom-killed".into()));
}

#[test]
fn every_cause_is_listed_and_explained() {
    let listed = run(&["causes"]);
    assert_eq!(listed.status, 0);
    let pages = Catalog::built_in().unwrap().pages;
    let ids: Vec<&str> = listed.stdout.lines().filter_map(|line| line.strip_prefix("  ")?.split(' ').next()).collect();
    assert_eq!(ids.len(), pages.len());
    for page in &pages {
        assert!(ids.contains(&page.id.as_str()), "{}", page.id);
    }
    // Every page is rendered when it is tested; here a sample of them goes through the binary.
    for page in pages.iter().step_by(12) {
        let run = run(&["explain", &page.id]);
        assert_eq!(run.status, 0, "{}", page.id);
        for heading in ["# ", "## What happened\n", "## Confirm\n", "## Fix\n", "## Prevent\n"] {
            assert!(run.stdout.contains(heading), "{}: {heading}", page.id);
        }
        // `{{.Config.Entrypoint}}` is docker's, ours has a blank.
        assert!(!run.stdout.contains("{{ ") && !run.stdout.contains("{%"), "{}: a template shows", page.id);
    }
}

#[test]
fn a_misspelt_cause_is_answered_with_the_nearest() {
    let run = run(&["explain", "oom-kiled"]);
    assert_eq!(
        run.stderr,
        "error: there is no cause `oom-kiled`\nhint: did you mean `oom-killed`? `kubemortem causes` lists them\n"
    );
}

#[test]
fn inspect_says_what_each_file_was_taken_for() {
    let folder = bundle(&[
        ("b/web-0.log", b"2026-06-16T08:20:01Z starting\n"),
        ("b/readme.md", b"notes\n"),
        ("b/empty.txt", b""),
    ]);
    let run = run(&["inspect", &folder.path().join("b").display().to_string()]);
    assert_eq!(run.status, 0);
    let line = |name: &str| run.stdout.lines().find(|line| line.ends_with(name)).unwrap_or_default().to_owned();
    assert!(line("describe-web-0.txt").contains("describe"), "{}", run.stdout);
    assert!(line("web-0.log").contains("log"), "{}", run.stdout);
    assert!(run.stdout.contains("empty.txt: the file is empty"), "{}", run.stdout);
    assert!(run.stdout.contains("1 pods") || run.stdout.contains("1 pod"), "{}", run.stdout);
}

#[test]
fn help_and_version() {
    let help = run(&["--help"]);
    assert_eq!(help.status, 0);
    for word in ["analyze", "verify", "explain", "causes", "inspect", "Exit status"] {
        assert!(help.stdout.contains(word), "{word}");
    }
    let analyze = run(&["analyze", "--help"]).stdout;
    for flag in ["--each", "--format", "--output", "--fail-on", "--jobs", "--max-entries", "--max-nesting"] {
        assert!(analyze.contains(flag), "{flag}");
    }
    assert_eq!(run(&["--version"]).stdout, format!("kubemortem {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn what_the_system_refuses_comes_with_what_to_do() {
    let folder = bundle(&[("describe.txt", DESCRIBE.as_bytes()), ("b.tgz", b"no folder")]);
    let at = |name: &str| folder.path().join(name).display().to_string();
    let (absent, occupied, input) = (at("absent"), format!("{}/reports", at("b.tgz")), at("describe.txt"));
    for (arguments, words) in [
        (&["index", &absent][..], "` holds no reports: there is no such folder\nhint: "),
        (
            &["index", &folder.path().display().to_string()],
            "` holds no reports: their records, .kubemortem in it, are missing",
        ),
        (
            &["analyze", "--output", &occupied, &input],
            "/b.tgz/reports/.kubemortem`: not a directory\nhint: name a folder that you may write to",
        ),
        (&["analyze", "--jobs", "0", &input], "expected a number of threads, 1 or more"),
        (&["analyze", "--max-entry-bytes", "64Q", &input], "expected a number of bytes, such as 65536, 64Ki or 2G"),
        (&["analyze", "--max-line-bytes", "10", &input], "expected 1Ki to 1Gi"),
        (&["verify", &absent, &input], "absent`: no such file or directory\nhint: check the path"),
    ] {
        let run = run(arguments);
        assert_eq!((run.status, run.stdout.as_str()), (2, ""), "{arguments:?}");
        assert!(run.stderr.contains(words) && !run.stderr.contains("os error"), "{arguments:?}: {}", run.stderr);
    }
    let limited = run(&["analyze", "--max-total-bytes", "10", &input]);
    let same = run(&["analyze", "--max-total-bytes", "10B", &input]);
    assert!(
        limited.status == 0 && limited.stdout == same.stdout && limited.stdout.contains("cut short"),
        "{}",
        limited.stdout
    );
}

#[test]
fn an_input_without_any_output_of_kubectl_is_told_beside_its_report() {
    let folder = bundle(&[("notes.txt", b"abc\n")]);
    let run = run(&["analyze", &folder.path().join("notes.txt").display().to_string()]);
    assert_eq!(run.status, 0);
    assert!(run.stdout.contains("nothing can be said about their health"), "{}", run.stdout);
    assert!(
        run.stderr.starts_with("note: `") && run.stderr.contains("holds nothing that kubectl prints"),
        "{}",
        run.stderr
    );
}

#[test]
fn verify_says_where_the_cited_files_lie() {
    let folder = bundle(&[("case/describe.txt", DESCRIBE.as_bytes())]);
    let at = |name: &str| folder.path().join(name).display().to_string();
    let inner = run(&["analyze", &at("case")]);
    fs::write(at("inner.md"), &inner.stdout).unwrap();
    assert_eq!(run(&["verify", &at("inner.md"), &at("case")]).status, 0);
    let below = run(&["verify", &at("inner.md"), &folder.path().display().to_string()]);
    assert_eq!(below.status, 1);
    assert!(below.stderr.contains("the cited files lie in the folder `case` of this bundle"), "{}", below.stderr);
    fs::remove_file(at("inner.md")).unwrap();
    let outer = run(&["analyze", &folder.path().display().to_string()]);
    fs::write(at("outer.md"), &outer.stdout).unwrap();
    let above = run(&["verify", &at("outer.md"), &at("case")]);
    assert_eq!(above.status, 1);
    assert!(above.stderr.contains("has the files of this bundle in the folder `case`"), "{}", above.stderr);
}

#[test]
fn revisions_of_several_workloads_say_nothing_of_a_rollout() {
    let run = run(&["analyze", &given("registry-down-for-three-workloads")]);
    assert!(run.stdout.contains("3 workloads wait for it") && !run.stdout.contains("fail alike"), "{}", run.stdout);
}
