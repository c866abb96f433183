//! When things go wrong: there is a bundle all the same, it says what is missing and why, and no cause is made up from that.

use super::collection::{Collection, SHELLS, collect, gaps, sample};
use super::replay::{self, Cluster, Kubectl, Server, made};
use super::support::expectations::{check, expected_of, wrong_causes};

/// What goes wrong, the flags it needs to show, and what comes of it.
struct Trouble {
    /// The fault, as `tests/replay/faults.rs` says.
    fault: &'static str,
    /// Flags of the collector.
    flags: &'static [&'static str],
    /// The exit status: 0 complete, 3 partial.
    status: i32,
    /// Files whose command failed, and the words of its stderr; none: nothing is missing.
    missing: &'static [(&'static str, &'static str)],
    /// A gap of the report: kind, and what its path holds.
    gap: Option<(&'static str, &'static str)>,
    /// Whether the rest is enough for the cause.
    decides: bool,
}

/// All of them on the scenario of a liveness probe that kills a slow start.
const TROUBLES: &[Trouble] = &[
    Trouble {
        fault: "forbidden:events",
        flags: &[],
        status: 3,
        missing: &[("events.json", "is forbidden")],
        gap: Some(("forbidden", "namespaces/store/events.json")),
        decides: false, // describe has none either
    },
    Trouble {
        fault: "forbidden:pods/log",
        flags: &[],
        status: 3,
        missing: &[("catalog.previous.log", "is forbidden"), ("catalog.log", "is forbidden")],
        gap: Some(("forbidden", "/catalog.previous.log")),
        decides: false,
    },
    Trouble {
        fault: "forbidden:nodes",
        flags: &[],
        status: 3,
        missing: &[("cluster/nodes.json", "is forbidden")],
        gap: Some(("forbidden", "cluster/nodes.json")),
        decides: true,
    },
    Trouble {
        fault: "forbidden:*@",
        flags: &["-n", "store"],
        status: 3,
        missing: &[("cluster/nodes.json", "is forbidden")],
        gap: Some(("forbidden", "cluster/nodes.json")),
        decides: true,
    },
    Trouble {
        fault: "forbidden:secrets",
        flags: &[],
        status: 3,
        missing: &[("secrets.txt", "is forbidden")],
        gap: Some(("forbidden", "secrets.txt")),
        decides: true,
    },
    Trouble { fault: "429=1:pods*2", flags: &[], status: 0, missing: &[], gap: None, decides: true },
    Trouble { fault: "500:events*1", flags: &[], status: 0, missing: &[], gap: None, decides: true },
    Trouble {
        fault: "500:events",
        flags: &[],
        status: 3,
        missing: &[("events.json", "etcdserver: request timed out")],
        gap: Some(("unreadable", "events.json")),
        decides: false,
    },
    Trouble {
        fault: "503:/metrics.k8s.io",
        flags: &[],
        status: 0,
        missing: &[("top-pods.txt", "")],
        gap: None,
        decides: true,
    },
    Trouble {
        fault: "slow=60:replicasets.apps",
        flags: &["--timeout", "15"],
        status: 3,
        missing: &[("replicasets.json", "")],
        gap: Some(("", "replicasets.json")),
        decides: true,
    },
    Trouble {
        fault: "drop:services",
        flags: &[],
        status: 3,
        missing: &[("services.json", "")],
        gap: Some(("", "services.json")),
        decides: true,
    },
    Trouble {
        fault: "cut=400:pods/log",
        flags: &[],
        status: 3,
        missing: &[("catalog.previous.log", "unexpected EOF")],
        gap: Some(("truncated", "/catalog.previous.log")),
        decides: false,
    },
];

fn store(fault: &str) -> Server {
    Server::start(Cluster::recorded(&sample("slow-start-killed-by-liveness").join("bundle")), &[fault])
}

fn faults_of(trouble: &Trouble, collection: &Collection) -> Vec<String> {
    let mut faults = collection.faults_of_form();
    if collection.status != trouble.status {
        faults.push(format!("status {}: {}", collection.status, collection.complained));
    }
    let rows = collection.commands();
    for (path, words) in trouble.missing {
        let row = rows.iter().find(|row| row.path.ends_with(path) && row.status != 0);
        match row {
            None => faults.push(format!("commands.tsv has no failed {path}")),
            Some(row) => {
                let why = collection.read(&format!("{}.stderr", row.path));
                if !why.contains(words) {
                    faults.push(format!("{path}: {why}"));
                }
            }
        }
    }
    let report = collection.report();
    if let Some((kind, path)) = trouble.gap
        && !gaps(&report).iter().any(|gap| gap.starts_with(kind) && gap.contains(path))
    {
        faults.push(format!("no gap of kind {kind} for {path}: {:?}", gaps(&report)));
    }
    let expected = expected_of(&sample("slow-start-killed-by-liveness"));
    faults.extend(if trouble.decides { check(&expected, &report) } else { wrong_causes(&expected, &report) });
    faults
}

#[test]
fn trouble_is_data() {
    let numbered: Vec<_> = TROUBLES.iter().enumerate().collect();
    let wrong = replay::for_all(&numbered, |(index, trouble)| {
        let shell = SHELLS[index % SHELLS.len()];
        let kubectl = if index % 2 == 0 { Kubectl::newest() } else { Kubectl::old() };
        let collection = collect(&store(trouble.fault), shell, kubectl, trouble.flags);
        let faults = faults_of(trouble, &collection);
        faults.into_iter().map(|fault| format!("{}, {shell:?}, 1.{}: {fault}", trouble.fault, kubectl.minor)).collect()
    });
    assert!(wrong.is_empty(), "{} faults\n{}", wrong.len(), wrong.join("\n"));
}

/// A list of more than a page whose later pages have expired: each namespace is asked by itself, and nothing that broke
/// off is taken for whole.
#[test]
fn a_list_that_breaks_off_between_pages_is_no_whole_list() {
    let server = Server::start(made::big(600, 3), &["expired:pods"]);
    let collection = collect(&server, SHELLS[0], Kubectl::newest(), &[]);
    assert_eq!(collection.status, 3, "{}", collection.complained);
    assert!(collection.faults_of_form().is_empty(), "{:?}", collection.faults_of_form());
    for namespace in ["ns-000", "ns-001", "ns-002"] {
        let pods = collection.read(&format!("namespaces/{namespace}/pods.json"));
        assert_eq!(pods.matches("\"kind\": \"Pod\"").count(), 200, "{namespace}");
    }
    let wide: Vec<_> = collection.commands().into_iter().filter(|row| row.path.ends_with("/pods.txt")).collect();
    assert!(!wide.is_empty() && wide.iter().all(|row| row.status != 0 || row.command.contains(" -n ")), "{wide:?}");
}

/// Nothing can be reached, or nothing may be read: a clear word, and no bundle.
#[test]
fn without_a_cluster_there_is_no_bundle() {
    for (shell, kubectl) in SHELLS.iter().zip([Kubectl::newest(), Kubectl::old(), &Kubectl::all()[0]]) {
        let server = store("drop:*");
        std::fs::write(server.kubeconfig(), "apiVersion: v1\nkind: Config\n").expect("written");
        let collection = collect(&server, shell, kubectl, &["--timeout", "5"]);
        assert_eq!((collection.status, collection.archive.is_some()), (2, false), "{}", collection.complained);
        assert!(collection.complained.contains("nothing was collected"), "{}", collection.complained);
    }
}
