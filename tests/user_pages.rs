//! Cause pages of a user's own, through the binary: added, overriding, refused.

#![allow(clippy::expect_used, clippy::unwrap_used)] // a test says what must hold

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

fn run(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_kubemortem")).args(arguments).stdin(Stdio::null()).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// The page that the README shows, as it stands there.
fn readme_page() -> String {
    let readme = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap();
    let page = readme.split("```markdown\n").nth(1).unwrap();
    page[..page.find("\n```\n").unwrap() + 1].to_string()
}

const README_PAGE: &str = "licence-seats-exhausted.md";

struct Case {
    home: TempDir,
}

impl Case {
    /// A folder with these pages, and a bundle of one pod whose log ends with `line`.
    fn new(pages: &[(&str, &str)], line: &str) -> Self {
        let home = tempfile::tempdir().unwrap();
        let bundle = home.path().join("bundle");
        fs::create_dir_all(&bundle).unwrap();
        fs::create_dir(home.path().join("pages")).unwrap();
        for (name, page) in pages {
            fs::write(home.path().join("pages").join(name), page).unwrap();
        }
        fs::write(
            bundle.join("describe.txt"),
            "Name:         seats-0\nNamespace:    shop\nNode:         n1/10.0.0.1\nStatus:       Running\nContainers:\n  app:\n    \
             Image:          registry.example/app:1\n    State:          Waiting\n      Reason:       CrashLoopBackOff\n    \
             Last State:     Terminated\n      Reason:       Error\n      Exit Code:    1\n    Ready:          False\n    \
             Restart Count:  5\nEvents:          <none>\n",
        )
        .unwrap();
        fs::write(bundle.join("seats-0.previous.log"), format!("starting\n{line}\n")).unwrap();
        Case { home }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    fn arg(&self, name: &str) -> String {
        self.path(name).to_str().unwrap().to_string()
    }
}

/// A page with a head of these lines and a sound body.
fn page(id: &str, head: &str) -> String {
    format!(
        "---\nid: {id}\ntitle: X fell\ncategory: application\n{head}---\n## What happened\nIt fell.\n## Confirm\n- look\n## Fix\n- mend\n## Prevent\n- beware\n"
    )
}

const LINE: &str = "ACME-4711 licence server lic01.corp:27000 refused seat";

#[test]
fn the_page_of_the_readme_works_as_it_stands_there() {
    let case = Case::new(&[(README_PAGE, &readme_page())], LINE);
    let pages = case.arg("pages");
    let check = run(&["causes", "--check", &pages]);
    assert_eq!(text(&check.stdout), "1 page, 2 samples: no fault\n", "{}", text(&check.stderr));
    assert_eq!(check.status.code(), Some(0));
    let without = text(&run(&["analyze", &case.arg("bundle")]).stdout);
    assert!(!without.contains("licence-seats-exhausted"));
    let report = run(&["analyze", &case.arg("bundle"), "--catalog", &pages, "--format", "json"]);
    let report: serde_json::Value = serde_json::from_slice(&report.stdout).unwrap();
    let incident = &report["incidents"][0];
    assert_eq!(incident["cause"], "licence-seats-exhausted", "{report:#}");
    assert_eq!(incident["evidence"][0]["text"], LINE);
    assert!(incident["playbook"]["whatHappened"].as_str().unwrap().contains("lic01.corp"), "{incident:#}");
    let list = text(&run(&["causes", "--catalog", &pages]).stdout);
    assert!(list.contains("licence-seats-exhausted  ") && list.contains("oom-killed"), "{list}");
    let explained = text(&run(&["explain", "licence-seats-exhausted", "--catalog", &pages]).stdout);
    assert!(explained.starts_with("# No licence seat is left\n"), "{explained}");
    assert_eq!(run(&["explain", "licence-seats-exhausted"]).status.code(), Some(2));
}

#[test]
fn a_page_overrides_the_built_in_one_of_its_id_and_the_last_folder_wins() {
    let ours = page("oom-killed", "decisive:\n  - observation: terminated-oom-killed\n");
    let case = Case::new(&[("oom-killed.md", &ours)], LINE);
    fs::create_dir(case.path("more")).unwrap();
    fs::write(case.path("more/oom-killed.md"), ours.replace("It fell.", "It fell again.")).unwrap();
    let (pages, more) = (case.arg("pages"), case.arg("more"));
    let explain = |folders: &[&str]| {
        let mut arguments = vec!["explain", "oom-killed"];
        for folder in folders {
            arguments.extend(["--catalog", folder]);
        }
        text(&run(&arguments).stdout)
    };
    assert!(!explain(&[]).contains("It fell"));
    assert!(explain(&[&pages]).contains("It fell.\n"));
    assert!(explain(&[&pages, &more]).contains("It fell again.\n"));
    assert!(explain(&[&more, &pages]).contains("It fell.\n"));
}

#[test]
fn a_bad_page_is_refused_with_its_line_before_anything_is_analyzed() {
    let sound = "decisive:\n  - log: 'boom!'\n    match: ['boom!']\n";
    // The head's first line of its own is line 5.
    let bad = [
        ("decisive:\n  - log: 'boom (\\d+'\n    match: [x]\n", 6, "is no regular expression: unclosed group"),
        (
            "decisive:\n  - log: 'boom!'\n    match:\n      - 'boom!'\n      - 'bang'\n",
            9,
            "does not match its sample `bang`",
        ),
        (
            "decisive:\n  - log: 'boom!'\n    match: ['boom!']\n    not: ['boom! b']\n",
            8,
            "stands under `not`; make it narrower",
        ),
        ("decisive:\n  - log: 'boom!'\n", 6, "has no sample; add one under `match`"),
        ("decisive:\n  - log: '\\d+'\n    match: ['1']\n", 6, "literal of at least three letters"),
        ("decisive:\n  - log: '(boom\\w{1,900}){900}'\n    match: ['x']\n", 6, "too large when compiled"),
        ("decisive:\n  - observation: it-rained\n", 6, "unknown observation `it-rained`"),
        ("decisive:\n  - exitCode: [1]\n    observation: evicted\n", 6, "exactly one of"),
        ("decisive:\n  - exitCode: [1]\n    wieght: 3\n", 7, "wieght"),
        ("decisive:\n  - exitCode: [1]\n    weight: 99\n", 7, "beyond 12"),
        ("supporting:\n  - exitCode: [1]\n", 1, "nothing is decisive"),
        ("explains:\n  - nobody\ndecisive:\n  - exitCode: [1]\n", 6, "which no page describes"),
        (
            "decisive:\n  - exitCode: [1]\n    shows: '{% include \"/etc/passwd\" %}'\n",
            7,
            "`{% include %}` is not available",
        ),
        ("decisive:\n  - exitCode: [1]\n    shows: 'all {{ pod'\n", 7, "end of input"),
        ("subjects: [planet]\ndecisive:\n  - exitCode: [1]\n", 5, "unknown subject `planet`"),
    ];
    for (head, line, word) in bad {
        let case = Case::new(&[("x-fell.md", &page("x-fell", head))], LINE);
        let (pages, out) = (case.arg("pages"), case.arg("out"));
        let refused = run(&["analyze", &case.arg("bundle"), "--catalog", &pages, "--output", &out]);
        let message = text(&refused.stderr);
        assert_eq!((refused.status.code(), refused.stdout.len()), (Some(2), 0), "{head}: {message}");
        assert!(message.contains(&format!("x-fell.md:{line}: ")), "{head}: {message}");
        assert!(message.contains(word), "{head}: {message}");
        assert!(message.contains("causes --check"), "{message}");
        assert!(!case.path("out").exists(), "{head}");
        for command in [&["causes", "--catalog", &pages][..], &["explain", "oom-killed", "--catalog", &pages]] {
            assert_eq!(run(command).status.code(), Some(2), "{head}");
        }
    }
    let whole = page("x-fell", sound);
    for (name, text_of_page, line, word) in [
        ("y-fell.md", whole.clone(), 2, "is not the file's name `y-fell`"),
        ("x-fell.md", whole.replace("application", "astrology"), 4, "unknown category `astrology`; one of application"),
        ("x-fell.md", whole.replace("X fell", "''"), 3, "the title is empty"),
        ("x-fell.md", whole.replace("## Fix\n- mend\n", ""), 1, "the section `## Fix` is missing or empty"),
        ("x-fell.md", whole.replace("- mend", "- mend\n- and {{ pod | shout }}"), 15, "shout"),
        ("x-fell.md", whole.replace("---\n## What", "## What"), 1, "does not end with a line `---`"),
        ("x-fell.md", "no page".to_string(), 1, "begins with a line `---`"),
    ] {
        let case = Case::new(&[(name, &text_of_page)], LINE);
        let message = text(&run(&["causes", "--catalog", &case.arg("pages")]).stderr);
        assert!(message.contains(word), "{message}");
        assert!(message.contains(&format!("{name}:{line}: ")) || line == 1, "{line}: {message}");
    }
    let case = Case::new(&[], LINE);
    for folder in ["pages", "nowhere"] {
        let refused = run(&["analyze", &case.arg("bundle"), "--catalog", &case.arg(folder)]);
        assert_eq!(refused.status.code(), Some(2), "{folder}");
        assert!(text(&refused.stderr).contains(folder));
    }
}

#[test]
fn check_prints_every_fault_of_every_page() {
    let first = page(
        "a-fell",
        "decisive:\n  - log: 'boom!'\n    match: ['bang', 'boom!', 'bong']\n  - observation: it-rained\n",
    );
    let case = Case::new(
        &[
            ("a-fell.md", &first.replace("- look\n", "")),
            ("b-fell.md", &page("b-fell", "parent: a-fell\ndecisive:\n  - exitCode: [1]\n")),
            ("c-fell.md", "nothing"),
            ("README.md", "no page"),
        ],
        LINE,
    );
    let check = run(&["causes", "--check", &case.arg("pages")]);
    let found = text(&check.stdout);
    let at: Vec<(&str, &str)> =
        found.lines().filter_map(|line| line.rsplit_once("pages/")?.1.split_once(": ")?.0.split_once(':')).collect();
    let expected =
        [("a-fell.md", "7"), ("a-fell.md", "7"), ("a-fell.md", "8"), ("a-fell.md", "12"), ("c-fell.md", "1")];
    assert_eq!(at, expected, "{found}");
    assert!(found.ends_with("3 pages, 5 faults\n"), "{found}");
    assert_eq!(check.status.code(), Some(1));
    // A page that refines one with a fault is not at fault itself.
    assert!(!found.contains("b-fell"), "{found}");
}

#[test]
fn a_page_can_do_nothing_but_say_words() {
    let hostile = page("x-fell", "decisive:\n  - log: 'ACME-(?P<code>\\d+)'\n    match: ['ACME-4711']\n")
        .replace("- mend", "- mend <script>alert(1)</script> [x](http://evil.example)\n\n  \u{1b}[2Jboo")
        .replace("X fell", "\"X \\e[31mfell\"");
    let case = Case::new(&[("x-fell.md", &hostile)], LINE);
    let pages = case.arg("pages");
    let report = run(&["analyze", &case.arg("bundle"), "--catalog", &pages]);
    let report = text(&report.stdout);
    assert!(report.contains("x-fell"), "{report}");
    assert!(!report.contains("<script>") && !report.contains("](http"), "{report}");
    for out in [
        report,
        text(&run(&["causes", "--catalog", &pages]).stdout),
        text(&run(&["explain", "x-fell", "--catalog", &pages]).stdout),
    ] {
        assert!(!out.contains('\u{1b}'), "{out}");
    }
    // A loop without end in sight.
    let forever = "{% for a in pods %}".repeat(12) + "x" + &"{% endfor %}".repeat(12);
    let case = Case::new(&[("x-fell.md", &hostile.replace("It fell.", &forever))], LINE);
    let started = Instant::now();
    let refused = run(&["causes", "--check", &case.arg("pages")]);
    assert!(started.elapsed() < Duration::from_secs(20));
    assert_eq!(refused.status.code(), Some(1));
    assert!(text(&refused.stdout).contains("ran out of fuel"), "{}", text(&refused.stdout));
    // Larger than any page needs to be; and a head that unfolds without end.
    let case = Case::new(&[("x-fell.md", &"x".repeat(300 << 10))], LINE);
    let refused = run(&["causes", "--check", &case.arg("pages")]);
    assert!(text(&refused.stderr).contains("larger than 256 KiB"), "{}", text(&refused.stderr));
    let mut bomb = String::from("missing:\n  - &a0 {what: lol, command: lol}\n");
    for n in 1..30 {
        bomb.push_str(&format!("  - &a{n} [*a{0}, *a{0}, *a{0}, *a{0}, *a{0}, *a{0}, *a{0}, *a{0}]\n", n - 1));
    }
    let case = Case::new(&[("x-fell.md", &page("x-fell", &bomb))], LINE);
    let started = Instant::now();
    assert_eq!(run(&["causes", "--catalog", &case.arg("pages")]).status.code(), Some(2));
    assert!(started.elapsed() < Duration::from_secs(20));
}
