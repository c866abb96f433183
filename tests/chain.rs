//! How one thing led to another is drawn step by step, and only where the bundle shows the steps.

#![allow(clippy::expect_used, clippy::unwrap_used)] // a test says what must hold

mod support;

use serde_json::{Value, json};
use support::analyzed::{analyzed, incident, list};

/// A pod whose container was killed twice for its liveness probe.
fn pod() -> Value {
    json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {
            "name": "db-0", "namespace": "shop",
            "ownerReferences": [{"apiVersion": "apps/v1", "kind": "StatefulSet", "name": "db", "controller": true}],
        },
        "spec": {"nodeName": "node-1", "restartPolicy": "Always", "containers": [{
            "name": "db", "image": "r.example/db:2", "resources": {"limits": {"cpu": "2"}},
            "livenessProbe": {"httpGet": {"path": "/live", "port": 8080}, "failureThreshold": 3},
        }]},
        "status": {
            "phase": "Running", "qosClass": "Burstable", "startTime": "2026-03-01T10:00:00Z",
            "conditions": [{"type": "Ready", "status": "False"}],
            "containerStatuses": [{
                "name": "db", "image": "r.example/db:2", "ready": false, "restartCount": 2,
                "state": {"waiting": {"reason": "CrashLoopBackOff"}},
                "lastState": {"terminated": {"exitCode": 137, "reason": "Error",
                    "startedAt": "2026-03-01T10:10:00Z", "finishedAt": "2026-03-01T10:15:00Z"}},
            }],
        },
    })
}

fn event(number: u64, kind: &str, reason: &str, message: &str, first: &str) -> Value {
    json!({
        "apiVersion": "v1", "kind": "Event", "metadata": {"name": format!("db-0.{number}"), "namespace": "shop"},
        "involvedObject": {"kind": "Pod", "namespace": "shop", "name": "db-0", "fieldPath": "spec.containers{db}"},
        "type": kind, "reason": reason, "message": message, "count": 6, "firstTimestamp": first, "lastTimestamp": first,
    })
}

/// The probe that timed out first at one time, and the kill at another.
fn events(probe: &str, kill: &str) -> String {
    let timeout = "Liveness probe failed: Get \"http://10.0.0.9:8080/live\": context deadline exceeded (Client.Timeout exceeded while awaiting headers)";
    list(vec![
        event(1, "Warning", "Unhealthy", timeout, probe),
        event(2, "Normal", "Killing", "Container db failed liveness probe, will be restarted", kill),
    ])
}

fn files(log: &str) -> Vec<(&'static str, String)> {
    vec![
        ("namespaces/shop/pods.json", list(vec![pod()])),
        ("namespaces/shop/events.json", events("2026-03-01T10:04:00Z", "2026-03-01T10:04:30Z")),
        ("namespaces/shop/logs/db-0/db.previous.log", log.to_owned()),
    ]
}

/// The sentences of the chain of an incident.
fn chain(incident: &Value) -> Vec<String> {
    let steps = incident["chain"].as_array().expect("a list").iter();
    steps.map(|step| step["shows"].as_str().expect("words").to_owned()).collect()
}

const CALM: &str = "2026-03-01T10:10:01Z INFO listening\n";
const STARVED: &str = "2026-03-01T10:03:10Z WARN Thread starvation or clock leap detected (housekeeper delta=1m2s).\n";
const PROBE: &str = "the liveness probe gets no answer in time (2026-03-01 10:04:00 UTC)";
const KILLED: &str = "the kubelet stops the container for it (2026-03-01 10:04:30 UTC)";
const ENDED: &str = "the last run ended with exit code 137, restarted 2 times (2026-03-01 10:15:00 UTC)";

#[test]
fn starvation_is_drawn_where_a_line_says_so_and_nowhere_else() {
    let (report, text) = analyzed(&files(&format!("{STARVED}{CALM}")));
    let starved = "the program says that it gets too little CPU (2026-03-01 10:03:10 UTC)";
    assert_eq!(chain(incident(&report, "cpu-throttling")), [starved, PROBE, KILLED, ENDED]);
    assert!(text.contains("### How one led to the other"), "{text}");
    let (report, _) = analyzed(&files(CALM));
    assert_eq!(chain(incident(&report, "liveness-probe-failed")), [PROBE, KILLED, ENDED]);
}

#[test]
fn a_full_node_starves_what_runs_on_it() {
    let with = |percent: &str| {
        let mut files = files(CALM);
        let top = format!(
            "NAME     CPU(cores)   CPU%   MEMORY(bytes)   MEMORY%\nnode-1   3890m        {percent}    6Gi             40%\n"
        );
        files.push(("cluster/top-nodes.txt", top));
        analyzed(&files).0
    };
    let report = with("97%");
    let full = incident(&report, "node-cpu-saturated");
    assert_eq!(full["causeParents"], json!(["cpu-throttling"]));
    assert_eq!(chain(full)[..2], ["97 % of the CPU of node `node-1` is in use", PROBE]);
    incident(&with("71%"), "liveness-probe-failed");
}

#[test]
fn steps_whose_times_contradict_each_other_are_no_chain() {
    let mut files = files(CALM);
    files[1].1 = events("2026-03-01T10:12:00Z", "2026-03-01T10:04:30Z");
    let report = analyzed(&files).0;
    assert_eq!(chain(incident(&report, "liveness-probe-failed")), [] as [&str; 0]);
}

#[test]
fn a_stateful_set_makes_no_further_pod_before_this_one_is_ready() {
    let with = |policy: &str, pods: Vec<Value>| {
        let set = json!({
            "apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": "db", "namespace": "shop"},
            "spec": {"replicas": 3, "podManagementPolicy": policy}, "status": {"replicas": 1},
        });
        let mut files = files(CALM);
        files[0].1 = list(pods);
        files.push(("namespaces/shop/statefulsets.json", list(vec![set])));
        chain(incident(&analyzed(&files).0, "liveness-probe-failed"))
    };
    let held = "the StatefulSet makes its pods in order: db-1 and those behind it are not made before db-0 is ready";
    assert_eq!(with("OrderedReady", vec![pod()])[3..], [held, "3 replicas are wanted"]);
    assert_eq!(with("Parallel", vec![pod()]).len(), 3);
    let mut next = pod();
    next["metadata"]["name"] = json!("db-1");
    let both = with("OrderedReady", vec![pod(), next]);
    assert!(!both.iter().any(|step| step.contains("db-1 and")), "{both:?}");
}
