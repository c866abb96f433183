//! The two formats of a report: the JSON contract and its schema, Markdown that stays well-formed whatever a bundle holds.

#![allow(clippy::expect_used, clippy::unwrap_used)] // a test says what must hold
#![allow(clippy::print_stderr)] // prints sample reports on request

#[path = "report/cases.rs"]
mod cases;

use cases::{HOSTILE, healthy, hostile, ordinary};
use kubemortem::report;
use pulldown_cmark::{Event, Options, Parser, Tag};
use serde_json::Value;

/// Forbids what the schema does not name: the schema is open to fields that come later, this build's report is not.
fn close(schema: &mut Value) {
    match schema {
        Value::Object(map) => {
            map.values_mut().for_each(close);
            if map.contains_key("properties") && map.get("type") == Some(&"object".into()) {
                map.insert("additionalProperties".to_owned(), false.into());
            }
        }
        Value::Array(items) => items.iter_mut().for_each(close),
        _ => {}
    }
}

fn valid(text: &str) -> Value {
    let document: Value = serde_json::from_str(text).unwrap();
    let schema: Value = serde_json::from_str(report::SCHEMA).unwrap();
    let mut closed = schema.clone();
    close(&mut closed);
    for schema in [schema, closed] {
        let validator = jsonschema::options().should_validate_formats(true).build(&schema).unwrap();
        let errors: Vec<String> =
            validator.iter_errors(&document).map(|error| format!("{}: {error}", error.instance_path())).collect();
        assert!(errors.is_empty(), "{errors:#?}");
    }
    document
}

#[test]
fn json_keeps_the_contract() {
    for postmortem in [ordinary(), healthy(), hostile()] {
        valid(&report::json(&postmortem));
    }
}

#[test]
fn the_schema_refuses_what_breaks_the_contract() {
    let schema: Value = serde_json::from_str(report::SCHEMA).unwrap();
    assert!(jsonschema::meta::is_valid(&schema));
    let good: Value = serde_json::from_str(&report::json(&ordinary())).unwrap();
    for (pointer, wrong) in [
        ("/schemaVersion", Value::from("2")),
        ("/incidents/0/severity", "bad".into()),
        ("/incidents/0/confidence", 1.5.into()),
        ("/incidents/0/evidence/0/line", 0.into()),
        ("/incidents/0/evidence/0/role", Value::Null),
        ("/gaps/0/kind", "lost".into()),
        ("/bundle/collectedAt", 5.into()),
    ] {
        let mut bad = good.clone();
        *bad.pointer_mut(pointer).unwrap() = wrong;
        assert!(!jsonschema::is_valid(&schema, &bad), "{pointer}");
    }
}

#[test]
fn json_says_what_the_post_mortem_says() {
    let document = valid(&report::json(&ordinary()));
    let at = |pointer: &str| document.pointer(pointer).unwrap_or_else(|| panic!("{pointer}")).clone();
    assert_eq!(at("/bundle/collectedAt"), "2026-06-16T08:25:00Z");
    assert_eq!(at("/incidents/0/id"), "I1");
    assert_eq!(at("/incidents/0/causeParents/0"), "dependency-unreachable");
    assert_eq!(at("/incidents/0/subject/namespace"), "shop");
    assert_eq!(at("/incidents/0/causedBy"), Value::Null);
    assert_eq!(at("/incidents/0/consequences"), serde_json::json!(["I2"]));
    assert_eq!(at("/incidents/0/since/time"), "2026-06-16T08:22:44Z");
    assert_eq!(at("/incidents/0/evidence/0/path"), "namespaces/shop/logs/db-0/db.previous.log");
    assert_eq!(at("/incidents/0/evidence/0/line"), 2);
    assert_eq!(
        at("/incidents/0/evidence/0/text"),
        "FATAL: could not map anonymous shared memory: Cannot allocate memory"
    );
    assert_eq!(at("/incidents/0/evidence/0/role"), "decisive");
    assert!(document.pointer("/incidents/0/evidence/0/column").is_none());
    assert!(document.pointer("/incidents/0/evidence/0/redacted").is_none());
    assert_eq!(at("/incidents/0/actions/0/text"), "Raise the memory limit of db:");
    assert_eq!(at("/incidents/0/actions/0/code"), "resources:\n  limits:\n    memory: 1Gi");
    assert_eq!(at("/incidents/1/causedBy"), "I1");
    assert_eq!(at("/incidents/1/since"), serde_json::json!({"time": "2026-06-16T08:20:00Z", "ageSeconds": 300}));
    // A masked line keeps everything but the secret and says that it was masked.
    assert_eq!(
        at("/incidents/1/evidence/0/text"),
        "connect postgres://app:[REDACTED]@db:5432/shop: connection refused"
    );
    assert_eq!(at("/incidents/1/evidence/0/redacted"), true);
    assert_eq!(at("/gaps/0/kind"), "forbidden");
    assert_eq!(at("/inventory/objects/0/kind"), "Pod");
}

#[test]
fn secrets_leave_in_no_format() {
    let postmortem = ordinary();
    for written in [report::json(&postmortem), report::markdown(&postmortem)] {
        assert!(!written.contains("hunter2"), "{written}");
        assert!(written.contains("[REDACTED]") || written.contains("\\[REDACTED\\]"));
    }
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    for make in [ordinary, healthy, hostile] {
        assert_eq!(report::json(&make()), report::json(&make()));
        assert_eq!(report::markdown(&make()), report::markdown(&make()));
    }
}

/// Everything that a Markdown document of ours may consist of, with every extension switched on.
fn shape(markdown: &str) -> Vec<String> {
    let mut headings = Vec::new();
    let mut heading = None;
    for event in Parser::new_ext(markdown, Options::all()) {
        match &event {
            Event::Start(Tag::Heading { level, id, classes, attrs }) => {
                assert!(id.is_none() && classes.is_empty() && attrs.is_empty(), "{event:?}");
                heading = Some(format!("{level} "));
            }
            Event::End(pulldown_cmark::TagEnd::Heading(_)) => headings.extend(heading.take()),
            Event::Text(text) | Event::Code(text) => {
                if let Some(heading) = &mut heading {
                    heading.push_str(text);
                }
            }
            Event::Start(
                Tag::Paragraph
                | Tag::CodeBlock(_)
                | Tag::List(_)
                | Tag::Item
                | Tag::Table(_)
                | Tag::TableHead
                | Tag::TableRow
                | Tag::TableCell
                | Tag::Strong
                | Tag::Emphasis,
            )
            | Event::End(_)
            | Event::SoftBreak => {}
            other => panic!("{other:?}"),
        }
    }
    headings
}

#[test]
fn hostile_content_stays_text_in_markdown() {
    let written = report::markdown(&hostile());
    let headings = shape(&written);
    // No heading but ours: one per incident, and the fixed ones.
    let own =
        |heading: &str| heading.strip_prefix("h2 I").is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    let incidents = headings.iter().filter(|heading| own(heading)).count();
    assert_eq!(incidents, HOSTILE.len());
    let known = [
        "Summary",
        "Timeline",
        "What could not be looked at",
        "Inventory",
        "For the reviewer",
        "Lines behind the timeline",
        "What happened",
        "Evidence",
        "Ruled out",
        "What else it could be",
        "How to confirm it",
        "What to do now",
        "How to prevent it",
        "Commands for this workload",
        "Still missing",
        "Impact",
        "Detection",
        "Lessons",
        "Action items",
    ];
    for heading in headings {
        let text = &heading[3..];
        assert!(own(&heading) || text.starts_with("Post-mortem of") || known.contains(&text), "{heading}");
    }
    // Nothing that a terminal would obey.
    assert!(!written.chars().any(|c| c.is_control() && c != '\n'));
    assert!(!written.contains(['\u{202e}', '\u{200b}', '\u{2066}']));
    // And nothing that GitHub links by itself outside code.
    let mut code = false;
    for event in Parser::new_ext(&written, Options::all()) {
        match event {
            Event::Start(Tag::CodeBlock(_)) => code = true,
            Event::End(pulldown_cmark::TagEnd::CodeBlock) => code = false,
            Event::Text(text) => assert!(code || !text.contains("://evil"), "{text}"),
            _ => {}
        }
    }
}

#[test]
fn rows_keep_their_columns() {
    for postmortem in [ordinary(), hostile()] {
        let written = report::markdown(&postmortem);
        let (mut columns, mut cells) = (0, 0);
        for event in Parser::new_ext(&written, Options::all()) {
            match event {
                Event::Start(Tag::Table(alignments)) => columns = alignments.len(),
                Event::Start(Tag::TableRow | Tag::TableHead) => cells = 0,
                Event::Start(Tag::TableCell) => cells += 1,
                Event::End(pulldown_cmark::TagEnd::TableRow) => assert_eq!(cells, columns),
                _ => {}
            }
        }
        // The parser drops cells that are too many: the source must not have any.
        for line in written.lines().filter(|line| line.starts_with("| **I")) {
            let bars = line.replace("\\|", "").matches('|').count();
            assert_eq!(bars, 8, "{line}");
        }
    }
}

#[test]
fn json_never_holds_a_raw_control_or_bidi_character() {
    let written = report::json(&hostile());
    assert!(!written.chars().any(|c| c.is_control() && c != '\n'));
    assert!(!written.contains(['\u{202e}', '\u{200b}', '\u{2066}', '\u{9b}', '\u{7f}']));
    let document: Value = serde_json::from_str(&written).unwrap();
    let text = document.pointer("/incidents/5/evidence/0/text").unwrap().as_str().unwrap();
    assert_eq!(text, HOSTILE[5].trim());
}

#[test]
fn markdown_reads_as_written_by_hand() {
    let written = report::markdown(&ordinary());
    for part in [
        "# Post-mortem of `case.tar.gz`\n",
        "- **Collected:** 2026-06-16 08:25:00 UTC: `collectedAt: \"2026-06-16T08:25:00Z\"` \u{2190} `kubemortem.yaml:2`\n",
        "- **Cluster:** Kubernetes v1.29.3, kubectl v1.28.1\n",
        "- **Looked at:** 3 Pods (2 unhealthy), 1 Deployment (1 unhealthy) in 1 namespace\n",
        "  - refused by the API server (1): the state of the nodes\n",
        "**2 incidents** (1 critical, 1 warning), 1 root cause and 1 consequence. Start with I1: out of shared memory.\n",
        "| **I1** critical | StatefulSet `shop/db`, container `db` | 2026-06-16 08:22:44 (for 2m16s) | 7 times | Out of shared memory | very likely (0.92) |",
        "\n## I1 Out of shared memory: StatefulSet `shop/db`, container `db`\n",
        "- Decisive: the kernel refused memory to the database:\n  `FATAL: could not map anonymous shared memory: Cannot allocate memory` \u{2190} `namespaces/shop/logs/db-0/db.previous.log:2`\n",
        "Consequences: I2 (Deployment `shop/web`).\n",
        "Fix I1 first: this is its consequence.\n",
        "### Still missing\n\n- the node's memory:\n  ```sh\n  kubectl describe node n1\n  ```\n",
        "### Commands for this workload\n\nStart it without its program:\n\n```sh\nkubectl debug -n shop db-0 --copy-to=db-debug -- sleep 1d\n```\n",
        "### Did you mean\n\n- Perhaps: the bundle holds the pod `db-0` in namespace `shop`; asked for is `db`:\n  `db-0 0/1 CrashLoopBackOff 7 (2m16s ago) 10m` \u{2190} `namespaces/shop/pods.txt:2`\n",
        "report format 1, 12 citations.",
    ] {
        assert!(written.contains(part), "missing: {part}\nin:\n{written}");
    }
    shape(&written);
}

#[test]
fn a_healthy_bundle_says_what_was_looked_at() {
    let written = report::markdown(&healthy());
    assert!(
        written.contains("Nothing unhealthy was found. Looked at: 3 Pods, 1 Deployment in 1 namespace.\n"),
        "{written}"
    );
    for absent in ["## Timeline", "For the reviewer", "What could not be looked at", "incident"] {
        assert!(!written.contains(absent), "{absent} in {written}");
    }
}

#[test]
fn what_one_line_rules_out_is_told_once() {
    let mut postmortem = ordinary();
    let ruled_out = &mut postmortem.incidents[0].ruled_out;
    let mut also = ruled_out[0].clone();
    (also.cause, also.title) = ("memory-limit".to_owned(), "Killed at its memory limit".to_owned());
    ruled_out.push(also);
    let written = report::markdown(&postmortem);
    assert!(
        written.contains(
            "- Killed by its liveness probe (`liveness-probe-kill`); killed at its memory limit (`memory-limit`): the container ended by \
             itself:\n"
        ),
        "{written}"
    );
    assert_eq!(written.matches("the container ended by itself").count(), 1);
}

#[test]
fn what_is_unhealthy_without_an_incident_is_not_called_healthy() {
    let mut postmortem = healthy();
    postmortem.inventory[0].unhealthy = 1;
    let written = report::markdown(&postmortem);
    assert!(written.contains("No incident: of what is unhealthy the bundle does not show why."), "{written}");
    assert!(!written.contains("Nothing unhealthy"), "{written}");
}

#[test]
fn long_lists_are_cut_and_say_so() {
    let mut postmortem = ordinary();
    let moment = postmortem.timeline[0].clone();
    postmortem.timeline = (0..500).map(|_| moment.clone()).collect();
    let incident = postmortem.incidents[0].clone();
    postmortem.incidents =
        (1..=60).map(|n| kubemortem::postmortem::Incident { id: format!("I{n}"), ..incident.clone() }).collect();
    let written = report::markdown(&postmortem);
    assert!(written.contains("Left out: 460 lesser moments; the JSON report has all."));
    assert!(written.contains("and 35 more incidents below."));
    // Advice that is the same is given once.
    assert_eq!(written.matches("Give the database room to grow").count(), 1);
    assert!(written.contains("As for I1."));
}

/// Prints the reports for reading: `cargo test --test report -- --ignored --nocapture`.
#[test]
#[ignore = "for reading"]
fn show() {
    for postmortem in [ordinary(), healthy(), hostile()] {
        eprintln!("{}\n=======", report::markdown(&postmortem));
    }
}
