//! What came with a rollout that failed is told with both values and both lines, and only where the bundle shows that the
//! failure came with it.

#![allow(clippy::expect_used, clippy::unwrap_used)] // a test says what must hold

mod support;

use serde_json::{Value, json};
use support::analyzed::{analyzed, evidence, list};

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
    let (report, text) = analyzed(&[("pods.json", list(pods))]);
    assert!(!report["incidents"].as_array().expect("a list").is_empty(), "{name}: nothing was found");
    let told = evidence(&report)
        .into_iter()
        .filter(|(shows, _)| shows.contains("came with the rollout") || shows.contains("which are healthy"))
        .collect();
    (told, text)
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

/// A ReplicaSet of the Deployment `till` with its template.
fn replica_set(revision: usize, number: &str, made: &str, replicas: u64, container: Value) -> Value {
    json!({
        "apiVersion": "apps/v1", "kind": "ReplicaSet",
        "metadata": {
            "name": format!("till-{}", HASHES[revision]), "namespace": "shop", "creationTimestamp": made,
            "annotations": {"deployment.kubernetes.io/revision": number},
            "ownerReferences": [{"apiVersion": "apps/v1", "kind": "Deployment", "name": "till", "controller": true}],
        },
        "spec": {"replicas": replicas, "template": {"spec": {"restartPolicy": "Always", "containers": [container]}}},
        "status": {"replicas": replicas},
    })
}

/// The Deployment `till`, whose newest ReplicaSet is the second.
fn deployment(status: &str, reason: &str) -> Value {
    json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "till", "namespace": "shop"},
        "spec": {"replicas": 1},
        "status": {"replicas": 1, "unavailableReplicas": 1, "conditions": [{
            "type": "Progressing", "status": status, "reason": reason,
            "message": format!("ReplicaSet \"till-{}\" is told of.", HASHES[1]),
        }]},
    })
}

fn container(image: &str, args: &[&str]) -> Value {
    json!({"name": "till", "image": image, "args": args, "resources": {}})
}

#[test]
fn a_revision_without_pods_is_compared_by_its_template() {
    let files = |progress: Value| {
        let old = replica_set(0, "4", "2026-02-01T09:59:00Z", 0, container("r.example/till:1", &["--port=80"]));
        let new = replica_set(1, "5", "2026-03-01T09:30:00Z", 1, container("r.example/till:2", &["--prot=80"]));
        let pod = pod(1, "ccccc", false, "r.example/till:2", env(&[]));
        vec![
            ("pods.json", list(vec![pod])),
            ("replicasets.json", list(vec![old, new])),
            ("deployments.json", list(vec![progress])),
            ("events.json", list(vec![late_event()])),
        ]
    };
    let (report, text) = analyzed(&files(deployment("False", "ProgressDeadlineExceeded")));
    let told = evidence(&report);
    let says = |words: &str, cited: &str| {
        assert!(told.iter().any(|(shows, text)| shows.contains(words) && text.contains(cited)), "{words}: {told:#?}");
    };
    says("the image of the container till, now r.example/till:2, before r.example/till:1", "r.example/till:2");
    says("which has no pods any more, has for the image of the container till: r.example/till:1", "r.example/till:1");
    says("the arguments of the container till, now --prot=80, before --port=80", "--prot=80");
    says("till-7c9d5f6b88 has not become available since it was made", "is told of");
    assert!(text.contains("o back to the revision before"), "{text}");
    // It served once, months ago: the change is not what broke it now.
    let (report, text) = analyzed(&files(deployment("True", "NewReplicaSetAvailable")));
    assert!(!evidence(&report).iter().any(|(shows, _)| shows.contains("rollout")), "{report:#}");
    assert!(!text.contains("o back to the revision before"), "{text}");
}

/// An event of another object a day after the rollout: so late the bundle was collected.
fn late_event() -> Value {
    json!({
        "apiVersion": "v1", "kind": "Event", "metadata": {"name": "x.1", "namespace": "shop"},
        "involvedObject": {"kind": "Pod", "namespace": "shop", "name": "other"}, "type": "Normal", "reason": "Pulled",
        "message": "Container image already present", "firstTimestamp": "2026-03-02T09:30:00Z",
        "lastTimestamp": "2026-03-02T09:30:00Z", "count": 1,
    })
}

#[test]
fn a_revision_taken_back_is_newer_than_the_one_it_replaces() {
    // The ReplicaSet made first was rolled back to: its revision is the higher one.
    let again = replica_set(0, "7", "2026-02-01T09:59:00Z", 1, container("till:1", &["--mode=old"]));
    let replaced = replica_set(1, "6", "2026-03-01T09:30:00Z", 0, container("till:2", &["--mode=new"]));
    let progress = json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "till", "namespace": "shop"},
        "spec": {"replicas": 1},
        "status": {"conditions": [{"type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded"}]},
    });
    let files = [
        ("pods.json", list(vec![pod(0, "bbbbb", false, "till:1", env(&[]))])),
        ("replicasets.json", list(vec![again, replaced])),
        ("deployments.json", list(vec![progress])),
    ];
    let told = evidence(&analyzed(&files).0);
    let says = |words: &str| assert!(told.iter().any(|(shows, _)| shows.contains(words)), "{words}: {told:#?}");
    says("now --mode=old, before --mode=new");
}

#[test]
fn two_revisions_that_break_alike_rule_the_rollout_out() {
    let pods = vec![pod(0, "bbbbb", false, "till:1", env(&[])), pod(1, "ccccc", false, "till:2", env(&[]))];
    let (report, text) = analyzed(&[("pods.json", list(pods))]);
    let ruled_out = report["incidents"][0]["ruledOut"].as_array().expect("a list");
    let rollout = ruled_out.iter().find(|out| out["cause"] == "rollout-changed").expect("it is ruled out");
    assert_eq!(rollout["because"], "pods of till-6b7f9c8d54 and till-7c9d5f6b88 fail alike");
    let cited: Vec<&str> =
        rollout["evidence"].as_array().unwrap().iter().map(|e| e["text"].as_str().unwrap()).collect();
    assert!(cited[0].contains("till-6b7f9c8d54") && cited[1].contains("till-7c9d5f6b88"), "{cited:?}");
    assert!(text.contains("What changed with the last rollout"), "{text}");
    // One revision that breaks rules nothing out.
    let pods = vec![pod(1, "bbbbb", false, "till:2", env(&[])), pod(1, "ccccc", false, "till:2", env(&[]))];
    let (report, _) = analyzed(&[("pods.json", list(pods))]);
    let ruled_out = report["incidents"][0]["ruledOut"].as_array().expect("a list");
    assert!(!ruled_out.iter().any(|out| out["cause"] == "rollout-changed"), "{ruled_out:#?}");
}

/// The same pod as one of a StatefulSet or DaemonSet.
fn owned(mut pod: Value, kind: &str, name: &str, hash: &str) -> Value {
    pod["metadata"]["name"] = json!(name);
    pod["metadata"]["labels"] = json!({"app": "till", "controller-revision-hash": hash});
    pod["metadata"]["ownerReferences"] =
        json!([{"apiVersion": "apps/v1", "kind": kind, "name": "till", "controller": true}]);
    pod
}

#[test]
fn stateful_sets_and_daemon_sets_have_revisions_too() {
    let with_claim = |mut pod: Value, claim: &str| {
        pod["spec"]["volumes"] = json!([{"name": "data", "persistentVolumeClaim": {"claimName": claim}}]);
        pod
    };
    let old = owned(pod(0, "bbbbb", true, "till:1", env(&[])), "StatefulSet", "till-0", "till-6b7f9c8d54");
    let new = owned(pod(1, "ccccc", false, "till:2", env(&[])), "StatefulSet", "till-1", "till-7c9d5f6b88");
    let set = json!({
        "apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": "till", "namespace": "shop"},
        "spec": {"replicas": 2},
        "status": {"currentRevision": "till-6b7f9c8d54", "updateRevision": "till-7c9d5f6b88", "readyReplicas": 1},
    });
    let pods = list(vec![with_claim(old, "data-till-0"), with_claim(new, "data-till-1")]);
    let (report, text) = analyzed(&[("pods.json", pods), ("statefulsets.json", list(vec![set]))]);
    let told = evidence(&report);
    assert!(told.iter().any(|(shows, _)| shows.contains("container till, now till:2, before till:1")), "{told:#?}");
    // Each pod has a claim of its own name.
    assert!(!told.iter().any(|(shows, _)| shows.contains("the volume data")), "{told:#?}");
    assert!(text.contains("kubectl delete pod -n shop till-1"), "{text}");

    // Of a DaemonSet by its ControllerRevisions, of which none but the numbers says which is newer.
    let revision = |hash: &str, number: u64, args: &[&str]| {
        json!({
            "apiVersion": "apps/v1", "kind": "ControllerRevision", "revision": number,
            "metadata": {
                "name": format!("till-{hash}"), "namespace": "shop",
                "ownerReferences": [{"apiVersion": "apps/v1", "kind": "DaemonSet", "name": "till", "controller": true}],
            },
            "data": {"spec": {"template": {"$patch": "replace", "spec": {"restartPolicy": "Always", "containers": [container("till:2", args)]}}}},
        })
    };
    let mut pods = [
        owned(pod(0, "b", true, "till:2", env(&[])), "DaemonSet", "till-bbbbb", "6b7f9c8d54"),
        owned(pod(1, "c", false, "till:2", env(&[])), "DaemonSet", "till-ccccc", "7c9d5f6b88"),
    ];
    pods.iter_mut().for_each(|pod| pod["metadata"]["creationTimestamp"] = json!(null));
    let revisions = vec![revision("6b7f9c8d54", 1, &["--a"]), revision("7c9d5f6b88", 2, &["--b"])];
    let files = [("pods.json", list(pods.to_vec())), ("controllerrevisions.json", list(revisions))];
    let told = evidence(&analyzed(&files).0);
    assert!(told.iter().any(|(shows, _)| shows.contains("container till, now --b, before --a")), "{told:#?}");
}

#[test]
fn described_replica_sets_are_compared_with_described_ones() {
    let described = |hash: &str, revision: u64, replicas: u64, tag: &str| {
        format!(
            "Name:           till-{hash}\nNamespace:      shop\nSelector:       app=till,pod-template-hash={hash}\n\
             Labels:         app=till\n                pod-template-hash={hash}\n\
             Annotations:    deployment.kubernetes.io/desired-replicas: 1\n                deployment.kubernetes.io/revision: {revision}\n\
             Controlled By:  Deployment/till\nReplicas:       {replicas} current / {replicas} desired\n\
             Pods Status:    0 Running / {replicas} Waiting / 0 Succeeded / 0 Failed\nPod Template:\n  Labels:  app=till\n\
            \x20          pod-template-hash={hash}\n  Containers:\n   till:\n    Image:      r.example/till:{tag}\n    Port:       <none>\n\
            \x20   Host Port:  <none>\n    Args:\n      --serve\n    Environment:\n      API_TOKEN:  Xq7-{tag}-Wd93kfPz\n    Mounts:    <none>\n\
            \x20 Volumes:         <none>\nEvents:            <none>\n"
        )
    };
    let text = described(HASHES[0], 4, 0, "1") + "\n\n" + &described(HASHES[1], 5, 1, "2");
    let files = [
        ("pods.json", list(vec![pod(1, "ccccc", false, "r.example/till:2", env(&[]))])),
        ("describe-replicasets.txt", text),
        ("deployments.json", list(vec![deployment("False", "ProgressDeadlineExceeded")])),
    ];
    let (report, text) = analyzed(&files);
    let told = evidence(&report);
    let says = |words: &str, cited: &str| {
        assert!(told.iter().any(|(shows, text)| shows.contains(words) && text.contains(cited)), "{words}: {told:#?}");
    };
    says(
        "the image of the container till, now r.example/till:2, before r.example/till:1",
        "Image:      r.example/till:2",
    );
    says("has for the image of the container till: r.example/till:1", "Image:      r.example/till:1");
    assert!(!text.contains("Xq7-"), "{text}");
    assert!(told.iter().any(|(shows, _)| shows.contains("the variable API_TOKEN")), "{told:#?}");
}

/// The new revision's probe asks another port than the program listens on: what its log complains of is not why.
#[test]
fn a_readiness_probe_that_came_with_the_rollout_is_the_cause() {
    let made = |revision: usize, id: &str, port: u16| {
        let mut pod = pod(revision, id, true, "registry.example/till:1", json!([]));
        pod["spec"]["containers"][0]["readinessProbe"] = json!({"httpGet": {"path": "/ready", "port": port}, "periodSeconds": 5, "timeoutSeconds": 1, "failureThreshold": 3});
        pod
    };
    let mut new = made(1, "new42", 9090);
    new["status"]["containerStatuses"][0]["ready"] = json!(false);
    new["status"]["conditions"][0]["status"] = json!("False");
    let event = json!({
        "apiVersion": "v1", "kind": "Event", "metadata": {"name": "e", "namespace": "shop"}, "type": "Warning", "reason": "Unhealthy",
        "involvedObject": {"kind": "Pod", "name": "till-7c9d5f6b88-new42", "namespace": "shop"}, "count": 400,
        "message": "Readiness probe failed: Get \"http://10.0.0.4:9090/ready\": dial tcp 10.0.0.4:9090: connect: connection refused",
        "firstTimestamp": "2026-03-01T09:31:00Z", "lastTimestamp": "2026-03-01T10:00:00Z",
    });
    let log = "{\"level\":\"error\",\"msg\":\"upstream call failed\",\"error\":\"context deadline exceeded\"}\n";
    let (report, _) = analyzed(&[
        ("pods.json", list(vec![made(0, "old42", 8080), new, event])),
        ("logs-till-7c9d5f6b88-new42.txt", log.to_owned()),
    ]);
    assert_eq!(report["incidents"][0]["cause"], "readiness-probe-failed", "{report:#}");
}
