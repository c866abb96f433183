//! Post-mortems made by hand, shared by the tests of the report and of `verify`.

#![allow(dead_code)]

use std::sync::Arc;

use kubemortem::model::time::parse_time;
use kubemortem::model::{Gap, GapKind, When};
use kubemortem::postmortem::{
    Alternative, BundleHeader, Command, Evidence, EvidenceRole, Incident, InventoryRow, Missing, Moment, Playbook,
    Postmortem, Remark, RuledOut, Severity, Subject,
};
use kubemortem::text::{FileId, Located, Place, lines};

/// Text that tries to be more than text.
pub const HOSTILE: &[&str] = &[
    "[click](javascript:alert(1))",
    "![x](http://evil.example/x.png)",
    "<script>alert(1)</script>",
    "| cell | more || cells \\| and \\\\|",
    "`one` ``two`` ```three``` and a last `",
    "\u{1b}[31mred\u{1b}[0m \u{202e}gnp.exe \u{200b}\u{2066}\u{9b}2J\u{7f}",
    "see http://evil.example/?a=1&b=2 or www.evil.example or a@evil.example",
    "# heading **bold** __bold__ ~~gone~~ $math$ ^up^ [[wiki]] [^note]",
    "[ref]: http://evil.example \"title\"",
    "&lt;b&gt; &#60;i&#62; <!-- comment -->",
    "- item 1. item > quote --- === +++",
    "a \u{2190} `namespaces/shop/pods.txt:1` \u{2190} b",
    "trailing backslash \\",
    "```",
];

/// The files of the ordinary case: path and content.
pub const FILES: &[(&str, &str)] = &[
    ("kubemortem.yaml", "layout: 1\ncollectedAt: \"2026-06-16T08:25:00Z\"\n"),
    (
        "namespaces/shop/logs/db-0/db.previous.log",
        "2026-06-16 08:22:44 starting\r\n  FATAL: could not map anonymous shared memory: Cannot allocate memory\r\nbye\r\n",
    ),
    (
        "namespaces/shop/pods.txt",
        "NAME READY STATUS RESTARTS AGE\ndb-0 0/1 CrashLoopBackOff 7 (2m16s ago) 10m\nweb-1 0/1 Error 3 (5m ago) 10m\nold-1 1/1 Running 2 (3d ago) 5d\n",
    ),
    ("namespaces/shop/logs/web-1/web.log", "connect postgres://app:hunter2@db:5432/shop: connection refused\n"),
    (
        "namespaces/shop/pods.json",
        concat!(
            r#"{"kind":"List","items":[{"filler":"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx","#,
            r#""filler2":"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx","#,
            r#""filler3":"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx","#,
            r#""name":"db-0","lastState":{"terminated":{"exitCode":1,"reason":"Error","finishedAt":"2026-06-16T08:22:44Z"}},"#,
            r#""filler4":"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx","#,
            r#""filler5":"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"}]}"#
        ),
    ),
];

/// The place of the value that begins with `needle`.
pub fn place(files: &[(impl AsRef<str>, impl AsRef<str>)], path: &str, line: u64, needle: &str) -> Place {
    let file = files.iter().position(|(name, _)| name.as_ref() == path).expect("a file of the case");
    let (_, content) = lines(files[file].1.as_ref()).find(|(number, _)| *number == line).expect("a line of the file");
    Place::at(FileId(file as u32), line, content, content.find(needle).expect("the needle"))
}

fn evidence(place: Place, shows: &str, role: EvidenceRole) -> Evidence {
    Evidence { place, shows: shows.to_owned(), role }
}

fn subject(kind: &str, name: &str) -> Subject {
    Subject {
        kind: kind.to_owned(),
        namespace: Some("shop".to_owned()),
        name: Some(name.to_owned()),
        container: Some(name.to_owned()),
        pods: vec![format!("{name}-0")],
        workloads: Vec::new(),
        node: Some("n1".to_owned()),
    }
}

fn header() -> BundleHeader {
    BundleHeader {
        name: "case.tar.gz".to_owned(),
        container: "tar.gz".to_owned(),
        layout: "kubemortem".to_owned(),
        layout_why: "kubemortem.yaml at the top".to_owned(),
        collected_at: parse_time("2026-06-16T08:25:00Z"),
        collected_at_place: Some(place(FILES, "kubemortem.yaml", 2, "collectedAt")),
        kubernetes_version: Some("v1.29.3".to_owned()),
        kubectl_version: Some("v1.28.1".to_owned()),
        integrity: None,
        files: 5,
        bytes: 1234,
    }
}

/// Two incidents, one the consequence of the other.
pub fn ordinary() -> Postmortem {
    let log = "namespaces/shop/logs/db-0/db.previous.log";
    let pods = "namespaces/shop/pods.txt";
    let crash = parse_time("2026-06-16T08:22:44Z").expect("a time");
    let moments = vec![
        Moment {
            when: When::Ago(300),
            approximate: true,
            object: "shop/web-1 (web)".to_owned(),
            what: "ended with exit code 1".to_owned(),
            count: 3,
            routine: false,
            place: place(FILES, pods, 3, "web-1"),
        },
        Moment {
            when: When::At(crash),
            approximate: false,
            object: "shop/db-0 (db)".to_owned(),
            what: "ended with exit code 1".to_owned(),
            count: 1,
            routine: false,
            place: place(FILES, "namespaces/shop/pods.json", 1, "\"lastState\""),
        },
    ];
    let root = Incident {
        id: "I1".to_owned(),
        cause: "out-of-shared-memory".to_owned(),
        cause_parents: vec!["dependency-unreachable".to_owned()],
        title: "Out of shared memory".to_owned(),
        category: "memory".to_owned(),
        site: String::new(),
        severity: Severity::Critical,
        confidence: 0.92,
        subject: subject("StatefulSet", "db"),
        symptom: "CrashLoopBackOff".to_owned(),
        since: Some(Located::new(When::At(crash), place(FILES, "namespaces/shop/pods.json", 1, "\"lastState\""))),
        times: Some(7),
        evidence: vec![
            evidence(place(FILES, log, 2, "FATAL"), "the kernel refused memory to the database", EvidenceRole::Decisive),
            evidence(place(FILES, pods, 2, "db-0"), "the container restarts and ends again", EvidenceRole::Supporting),
        ],
        chain: Vec::new(),
        did_you_mean: Vec::new(),
        ruled_out: vec![RuledOut {
            cause: "liveness-probe-kill".to_owned(),
            title: "Killed by its liveness probe".to_owned(),
            because: "the container ended by itself".to_owned(),
            evidence: vec![evidence(
                place(FILES, "namespaces/shop/pods.json", 1, "\"exitCode\""),
                "exit code 1",
                EvidenceRole::Decisive,
            )],
        }],
        alternatives: vec![Alternative { cause: "memory-limit".to_owned(), title: "Memory limit reached".to_owned(), confidence: 0.21 }],
        missing: vec![Missing { what: "the node's memory".to_owned(), command: "kubectl describe node n1".to_owned() }],
        caused_by: None,
        link: None,
        consequences: vec!["I2".to_owned()],
        playbook: Playbook {
            what_happened: "The database asked for more shared memory than it may have, and ended.".to_owned(),
            confirm: "- Look at the log: `kubectl logs -n shop db-0 --previous`".to_owned(),
            fix: "- Raise the memory limit of `db`:\n  ```yaml\n  resources:\n    limits:\n      memory: 1Gi\n  ```\n- Lower `shared_buffers`.".to_owned(),
            prevent: "- Give the database room to grow.".to_owned(),
        },
        commands: vec![Command {
            purpose: "start it without its program".to_owned(),
            command: "kubectl debug -n shop db-0 --copy-to=db-debug -- sleep 1d".to_owned(),
        }],
        timeline: vec![moments[1].clone()],
    };
    let victim = Incident {
        id: "I2".to_owned(),
        cause: "dependency-unreachable".to_owned(),
        cause_parents: Vec::new(),
        title: "A service it needs is down".to_owned(),
        category: "application".to_owned(),
        site: String::new(),
        severity: Severity::Warning,
        confidence: 0.8,
        subject: Subject { container: None, pods: Vec::new(), node: None, ..subject("Deployment", "web") },
        symptom: "Error with password=hunter2".to_owned(),
        since: Some(Located::new(When::Ago(300), place(FILES, pods, 3, "web-1"))),
        times: Some(3),
        evidence: vec![evidence(
            place(FILES, "namespaces/shop/logs/web-1/web.log", 1, "connect"),
            "the database refused the connection",
            EvidenceRole::Decisive,
        )],
        chain: Vec::new(),
        did_you_mean: vec![evidence(
            place(FILES, pods, 2, "db-0"),
            "the bundle holds the pod `db-0` in namespace `shop`; asked for is `db`",
            EvidenceRole::Supporting,
        )],
        ruled_out: Vec::new(),
        alternatives: Vec::new(),
        missing: Vec::new(),
        caused_by: Some("I1".to_owned()),
        link: Some(evidence(place(FILES, pods, 3, "web-1"), "it failed after db did", EvidenceRole::Supporting)),
        consequences: Vec::new(),
        playbook: Playbook { prevent: "- Retry with a growing delay.".to_owned(), ..Playbook::default() },
        commands: Vec::new(),
        timeline: vec![moments[0].clone()],
    };
    Postmortem {
        bundle: header(),
        incidents: vec![root, victim],
        gaps: vec![Gap {
            path: "cluster/nodes.txt".to_owned(),
            kind: GapKind::Forbidden,
            what: "nodes is forbidden".to_owned(),
            prevents: "the state of the nodes".to_owned(),
        }],
        timeline: moments,
        inventory: vec![
            InventoryRow { namespace: "shop".to_owned(), kind: "Pod".to_owned(), count: 3, unhealthy: 2 },
            InventoryRow { namespace: "shop".to_owned(), kind: "Deployment".to_owned(), count: 1, unhealthy: 1 },
        ],
        remarks: vec![Remark {
            object: "shop/old-1".to_owned(),
            what: "restarted twice, and nothing says why".to_owned(),
            place: place(FILES, pods, 4, "old-1"),
        }],
        paths: FILES.iter().map(|(path, _)| (*path).to_owned()).collect(),
    }
}

/// Nothing wrong.
pub fn healthy() -> Postmortem {
    Postmortem {
        inventory: vec![
            InventoryRow { namespace: "shop".to_owned(), kind: "Pod".to_owned(), count: 3, unhealthy: 0 },
            InventoryRow { namespace: "shop".to_owned(), kind: "Deployment".to_owned(), count: 1, unhealthy: 0 },
        ],
        incidents: Vec::new(),
        gaps: Vec::new(),
        timeline: Vec::new(),
        remarks: Vec::new(),
        ..ordinary()
    }
}

/// The files of the hostile case: one per hostile text, which is also its name, and one that is one huge line.
pub fn hostile_files() -> Vec<(String, String)> {
    let mut files: Vec<(String, String)> =
        HOSTILE.iter().map(|text| (format!("dir/{text}:7"), format!("first\n\t {text} \nlast\n"))).collect();
    files.push(("huge.log".to_owned(), format!("{}needle | `{}", "\u{e4}\u{1b}".repeat(200_000), "x".repeat(100_000))));
    files
}

/// Every field holds what should not be there.
pub fn hostile() -> Postmortem {
    let files = hostile_files();
    let base = ordinary();
    let mut postmortem = Postmortem { paths: files.iter().map(|(path, _)| path.clone()).collect(), ..base.clone() };
    postmortem.bundle.collected_at_place = None;
    let of = |index: usize| Place::of_line(FileId(index as u32), 2, &format!("\t {} ", HOSTILE[index]));
    let (_, huge) = &files[HOSTILE.len()];
    let huge = Place::at(FileId(HOSTILE.len() as u32), 1, huge, huge.find("needle").unwrap_or(0));
    postmortem.incidents.clear();
    postmortem.timeline.clear();
    postmortem.gaps.clear();
    postmortem.remarks.clear();
    postmortem.inventory.clear();
    for (index, text) in HOSTILE.iter().enumerate() {
        let text = (*text).to_owned();
        let lines = format!("{text}\n\n# {text}\n\n<div>\n- {text}");
        let shown = |shows: &str| evidence(of(index), shows, EvidenceRole::Decisive);
        let moment = Moment {
            when: When::Ago(60 * index as i64),
            approximate: true,
            object: lines.clone(),
            what: lines.clone(),
            count: 2,
            routine: index % 2 == 0,
            place: of(index),
        };
        postmortem.incidents.push(Incident {
            id: format!("I{}", index + 1),
            cause: text.clone(),
            cause_parents: vec![text.clone()],
            title: lines.clone(),
            category: text.clone(),
            site: lines.clone(),
            confidence: f64::NAN,
            subject: Subject {
                kind: text.clone(),
                namespace: Some(lines.clone()),
                name: Some(text.clone()),
                container: Some(text.clone()),
                pods: vec![text.clone(), lines.clone()],
                workloads: Vec::new(),
                node: Some(lines.clone()),
            },
            symptom: lines.clone(),
            since: Some(Located::new(When::Ago(60 * index as i64), of(index))),
            evidence: vec![
                shown(&text),
                shown(&lines),
                evidence(huge.clone(), &"long ".repeat(10_000), EvidenceRole::Supporting),
            ],
            ruled_out: vec![RuledOut {
                cause: text.clone(),
                title: lines.clone(),
                because: lines.clone(),
                evidence: vec![shown(&text)],
            }],
            alternatives: vec![Alternative { cause: lines.clone(), title: text.clone(), confidence: f64::INFINITY }],
            missing: vec![Missing { what: lines.clone(), command: format!("kubectl get {lines}") }],
            caused_by: Some(text.clone()),
            link: Some(shown(&lines)),
            consequences: vec![text.clone()],
            playbook: Playbook {
                what_happened: format!("Broke `{text}` and {text}"),
                confirm: format!("```\n{lines}"),
                fix: format!("- {text}\n  - {text}\n\n      {text}\n1. {text}"),
                prevent: lines.clone(),
            },
            commands: vec![Command { purpose: lines.clone(), command: lines.clone() }],
            timeline: vec![moment.clone()],
            ..base.incidents[0].clone()
        });
        postmortem.timeline.push(moment);
        postmortem.gaps.push(Gap {
            path: text.clone(),
            kind: GapKind::Truncated,
            what: lines.clone(),
            prevents: lines.clone(),
        });
        postmortem.remarks.push(Remark { object: text.clone(), what: lines.clone(), place: of(index) });
        postmortem.inventory.push(InventoryRow {
            namespace: lines.clone(),
            kind: text.clone(),
            count: u64::MAX,
            unhealthy: 1,
        });
    }
    let odd = HOSTILE.concat();
    postmortem.bundle = BundleHeader {
        name: odd.clone(),
        container: odd.clone(),
        layout: odd.clone(),
        layout_why: odd.clone(),
        kubernetes_version: Some(odd.clone()),
        kubectl_version: Some(odd),
        ..postmortem.bundle
    };
    postmortem
}

/// A place outside of everything.
pub fn nowhere() -> Place {
    Place { file: FileId(99), line: 1, column: None, text: Arc::from("x") }
}
