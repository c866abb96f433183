//! What a bundle says stays text: in Markdown, in JSON, and on a terminal.

use std::fs;

use pulldown_cmark::{Event, HeadingLevel, Options, Parser, Tag};

use super::support::{DESCRIBE, bundle, run};

const HOSTILE: &[&str] = &[
    "[click](javascript:alert(1))",
    "![x](http://evil.example/x.png)",
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "</code></pre><h1>owned</h1>",
    "\u{1b}[31mred\u{1b}[0m \u{1b}]0;title\u{7}",
    "\u{202e}gnp.exe",
    "`a` ``b`` ```c``` | d || e",
    "# heading",
    "$(rm -rf ~) `id` ; true",
    "~~~",
    "{{ namespace }} {% for x in y %}",
];

/// A describe in which every free text is hostile: names, image, messages, reasons.
fn describe(index: usize, text: &str) -> String {
    DESCRIBE
        .replace("web-0", &format!("web-{index}"))
        .replace("registry.acme.io/shop/web:1.4.2", text)
        .replace("CrashLoopBackOff\n", &format!("CrashLoopBackOff\n      Message:      {text}\n"))
        .replace("Back-off restarting failed container app", &format!("Back-off {text} container app"))
        .replace("  app:\n", &format!("  app{}:\n", if index.is_multiple_of(2) { text } else { "" }))
        .replace(
            "Namespace:        shop",
            &format!("Namespace:        {}", if index.is_multiple_of(3) { text } else { "shop" }),
        )
}

fn harmless_markdown(written: &str, incidents: usize) {
    assert!(!written.chars().any(|c| c.is_control() && c != '\n'), "a control character");
    assert!(!written.contains(['\u{202e}', '\u{2066}', '\u{200b}']));
    let mut headings = 0;
    for event in Parser::new_ext(written, Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH) {
        match event {
            Event::Html(html) | Event::InlineHtml(html) => panic!("HTML: {html}"),
            Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => panic!("a link: {dest_url}"),
            Event::Start(Tag::HtmlBlock) => panic!("HTML"),
            Event::Start(Tag::Heading { level: HeadingLevel::H1, .. }) => headings += 1,
            Event::Start(Tag::Heading { level: HeadingLevel::H2, .. }) => headings += 1,
            _ => {}
        }
    }
    // The title, the sections, and one heading per incident.
    let of_incident =
        |rest: &str| rest.strip_prefix('I').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    let sections =
        written.lines().filter_map(|line| line.strip_prefix("## ")).filter(|rest| !of_incident(rest)).count();
    assert_eq!(headings, 1 + sections + incidents);
    assert!(sections <= 6, "{sections} sections");
}

#[test]
fn hostile_words_stay_words() {
    for (index, text) in HOSTILE.iter().enumerate() {
        let log = format!("{text}\n2026-06-16T08:20:05Z {text} panic: {text}\nError: connect ECONNREFUSED {text}\n");
        let name = format!("b/{}.log", text.replace(['/', '\0'], "_"));
        let table =
            format!("NAMESPACE NAME READY STATUS RESTARTS AGE\nshop {} 0/1 Error 3 5m\n", text.replace(' ', "_"));
        let folder = bundle(&[
            ("b/other.txt", describe(index + 10, text).as_bytes()),
            ("b/pods.txt", table.as_bytes()),
            (&name, log.as_bytes()),
        ]);
        let path = folder.path().join("b");
        let given = path.display().to_string();
        let json = run(&["analyze", "--format", "json", &given]);
        let incidents = json.json()["incidents"].as_array().unwrap().len();
        assert!(incidents >= 2, "{text:?}: {incidents}");
        assert!(!json.stdout.chars().any(|c| c.is_control() && c != '\n'), "{text:?}");
        let written = run(&["analyze", &given]);
        assert_eq!(written.status, 0, "{}", written.stderr);
        harmless_markdown(&written.stdout, incidents);
        for (report, ending) in [(&written.stdout, "md"), (&json.stdout, "json")] {
            let file = folder.path().join(format!("report.{ending}"));
            fs::write(&file, report).unwrap();
            let checked = run(&["verify", &file.display().to_string(), &given]);
            assert_eq!(checked.status, 0, "{text:?}: {}{}", checked.stdout, checked.stderr);
        }
        let inspected = run(&["inspect", &given]);
        assert!(!inspected.stdout.chars().any(|c| c.is_control() && c != '\n'), "{text:?}");
    }
}

#[test]
fn no_command_of_a_report_holds_what_a_shell_would_run() {
    for text in ["web-1;reboot", "web-$(reboot)", "web-1&&reboot", "web`reboot`", "web|reboot", "--all;reboot"] {
        let folder = bundle(&[("b/other.txt", DESCRIBE.replace("web-0", text).as_bytes())]);
        let json = run(&["analyze", "--format", "json", &folder.path().join("b").display().to_string()]).json();
        for incident in json["incidents"].as_array().unwrap() {
            let all = ["commands", "missing", "actions"].iter().flat_map(|key| incident[*key].as_array().unwrap());
            for command in all.filter_map(|item| item.get("command").or(item.get("code"))?.as_str()) {
                assert!(!command.contains("reboot"), "{text}: {command}");
            }
            for section in ["confirm", "fix", "prevent"] {
                let words = incident["playbook"][section].as_str().unwrap();
                assert!(!words.contains("reboot"), "{text}: {words}");
            }
        }
    }
}

#[test]
fn an_error_message_shows_no_control_character() {
    let folder = tempfile::tempdir().unwrap();
    let name = folder.path().join("a\u{1b}[31m\nb");
    for command in [&["analyze"][..], &["inspect"], &["verify", "/dev/null"]] {
        let mut arguments = command.to_vec();
        let given = name.display().to_string();
        arguments.push(&given);
        let run = run(&arguments);
        assert_eq!(run.status, 2);
        assert!(!run.stderr.chars().any(|c| c.is_control() && c != '\n'), "{:?}", run.stderr);
    }
    let run = run(&["explain", "x\u{1b}[31m"]);
    assert!(run.status == 2 && !run.stderr.contains('\u{1b}'), "{:?}", run.stderr);
}
