//! What came with a rollout that failed is told with both values and both lines, and only where the bundle shows that the
//! failure came with it.

#![allow(clippy::expect_used, clippy::unwrap_used)] // a test says what must hold

use std::fs;

use kubemortem::analyze::analyze;
use kubemortem::catalog::Catalog;
use kubemortem::report;
use kubemortem::source::{Input, Limits};
use serde_json::{Value, json};

const HASHES: [&str; 2] = ["6b7f9c8d54", "7c9d5f6b88"];

/// A pod of the first or second ReplicaSet of the Deployment `till`; what fails has ended with exit code 1.
fn pod(revision: usize, id: &str, healthy: bool, image: &str, env: Value) -> Value {
    let hash = HASHES[revision];
    let ready = if healthy { "True" } else { "False" };
    let mut status = json!({"name": "till", "image": image, "ready": healthy, "restartCount": if healthy { 0 } else { 6 },
        "state": {"waiting": {"reason": "CrashLoopBackOff", "message": "back-off 5m0s restarting failed container=till"}},
        "lastState": {"terminated": {"exitCode": 1, "reason": "Error", "startedAt": "2026-03-01T10:00:00Z", "finishedAt": "2026-03-01T10:00:01Z"}}});
    if healthy {
        status["state"] = json!({"running": {"startedAt": "2026-02-01T10:00:00Z"}});
        status["lastState"] = json!({});
    }
    json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {
            "name": format!("till-{hash}-{id}"), "namespace": "shop",
            "creationTimestamp": if revision == 0 { "2026-02-01T09:59:00Z" } else { "2026-03-01T09:30:00Z" },
            "labels": {"app": "till", "pod-template-hash": hash},
            "ownerReferences": [{"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": format!("till-{hash}"), "controller": true}],
        },
        "spec": {
            "nodeName": "node-1", "restartPolicy": "Always",
            "containers": [{"name": "till", "image": image, "env": env, "resources": {}}],
        },
        "status": {
            "phase": "Running", "qosClass": "BestEffort", "containerStatuses": [status],
            "conditions": [{"type": "Ready", "status": ready}],
        },
    })
}

/// The evidence that tells of a change, each as its sentence and the cited text; the whole report as text.
fn changes(name: &str, pods: Vec<Value>) -> (Vec<(String, String)>, String) {
    let root = std::env::temp_dir().join(format!("kubemortem-rollout-{}-{name}", std::process::id()));
    let _ = fs::remove_dir_all(&root);
    fs::create_dir_all(&root).expect("a folder");
    let list = json!({"apiVersion": "v1", "kind": "List", "items": pods});
    fs::write(root.join("pods.json"), serde_json::to_string_pretty(&list).expect("JSON")).expect("written");
    let catalog = Catalog::built_in().expect("pages");
    let postmortem = analyze(&Input::Path(root.clone()), &Limits::default(), &catalog).expect("a report");
    let _ = fs::remove_dir_all(&root);
    let json = report::json(&postmortem);
    let report: Value = serde_json::from_str(&json).expect("JSON");
    let incidents = report["incidents"].as_array().expect("a list");
    assert!(!incidents.is_empty(), "{name}: nothing was found");
    let told = incidents
        .iter()
        .flat_map(|incident| incident["evidence"].as_array().expect("a list"))
        .map(|line| (line["shows"].as_str().unwrap().to_owned(), line["text"].as_str().unwrap_or_default().to_owned()))
        .filter(|(shows, _)| shows.contains("came with the rollout") || shows.contains("which are healthy"))
        .collect();
    (told, json + &report::markdown(&postmortem))
}

fn env(pairs: &[(&str, &str)]) -> Value {
    pairs.iter().map(|(name, value)| json!({"name": name, "value": value})).collect()
}

#[test]
fn all_that_changed_is_told_with_both_lines() {
    let old = env(&[("MODE", "fast"), ("LEDGER", "http://ledger:80")]);
    let new = env(&[("MODE", "safe")]);
    let (told, _) = changes(
        "changed",
        vec![pod(0, "bbbbb", true, "r.example/till:1", old), pod(1, "ccccc", false, "r.example/till:2", new)],
    );
    let says = |words: &str, cited: &str| {
        assert!(told.iter().any(|(shows, text)| shows.contains(words) && text.contains(cited)), "{words}: {told:#?}");
    };
    says("the image of the container till, now r.example/till:2, before r.example/till:1", "r.example/till:2");
    says("have for the image of the container till: r.example/till:1", "r.example/till:1");
    says("the variable MODE of the container till, now MODE=\"safe\", before MODE=\"fast\"", "safe");
    says("the variable LEDGER of the container till, now not set, before LEDGER=\"http://ledger:80\"", "till");
    says("have for the variable LEDGER of the container till", "http://ledger:80");
    assert_eq!(told.len(), 6, "{told:#?}");
}

#[test]
fn a_secret_value_is_masked_in_the_sentence_and_in_the_line() {
    let old = env(&[("DB_PASSWORD", "Xq7-old-Wd93kfPz")]);
    let new = env(&[("DB_PASSWORD", "Xq7-new-Hs51mvTb")]);
    let pods = vec![pod(0, "bbbbb", true, "till:1", old), pod(1, "ccccc", false, "till:1", new)];
    let (told, report) = changes("secret", pods);
    assert_eq!(told.len(), 2, "{told:#?}");
    assert!(told.iter().all(|(shows, _)| shows.contains("[REDACTED]")), "{told:#?}");
    assert!(!report.contains("Xq7-"), "{told:#?}");
}

#[test]
fn nothing_is_told_where_the_bundle_does_not_show_it() {
    let (one, two) = ("r.example/till:1", "r.example/till:2");
    let none = || env(&[]);
    let old = |id: &str, healthy| pod(0, id, healthy, one, none());
    let new = |id: &str, healthy| pod(1, id, healthy, two, none());
    let cases = [
        ("the-old-pods-fail-too", vec![old("bbbbb", false), new("ccccc", false)]),
        ("one-of-the-old-pods-fails", vec![old("bbbbb", true), old("ddddd", false), new("ccccc", false)]),
        ("one-of-the-new-pods-is-well", vec![old("bbbbb", true), new("ccccc", false), new("ddddd", true)]),
        ("one-replica-set", vec![new("bbbbb", false), new("ccccc", false)]),
        ("only-the-old-pods-fail", vec![old("bbbbb", false), new("ccccc", true)]),
        ("nothing-differs", vec![old("bbbbb", true), pod(1, "ccccc", false, one, none())]),
    ];
    for (name, pods) in cases {
        let (told, _) = changes(name, pods);
        assert!(told.is_empty(), "{name}: {told:#?}");
    }
}

#[test]
fn what_differs_between_pods_of_one_replica_set_is_not_its_template() {
    let own = |value| env(&[("INJECTED", value)]);
    let pods = vec![
        pod(0, "bbbbb", true, "till:1", own("a")),
        pod(0, "ddddd", true, "till:1", own("b")),
        pod(1, "ccccc", false, "till:1", own("c")),
    ];
    assert_eq!(changes("injected", pods).0, []);
}
