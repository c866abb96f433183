//! The timeline holds what became of the node and of the workload's template, and a node's trouble that began after a
//! pod's is not its root.

#![allow(clippy::expect_used, clippy::unwrap_used)] // a test says what must hold

mod support;

use serde_json::{Value, json};
use support::analyzed::{analyzed, incident, list};

/// A pod of the Deployment `mint` on node-1 that was ended by SIGKILL at 10:00:00 and waits.
fn pod() -> Value {
    json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {
            "name": "mint-7c9d5f6b88-ccccc", "namespace": "shop", "creationTimestamp": "2026-03-01T09:30:00Z",
            "labels": {"app": "mint", "pod-template-hash": "7c9d5f6b88"},
            "ownerReferences": [{"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "mint-7c9d5f6b88", "controller": true}],
        },
        "spec": {
            "nodeName": "node-1", "restartPolicy": "Always",
            "containers": [{"name": "mint", "image": "r.example/mint:2", "resources": {}}],
        },
        "status": {
            "phase": "Running", "qosClass": "BestEffort", "startTime": "2026-03-01T09:30:00Z",
            "conditions": [{"type": "Ready", "status": "False", "lastTransitionTime": "2026-03-01T10:00:01Z"}],
            "containerStatuses": [{
                "name": "mint", "image": "r.example/mint:2", "ready": false, "restartCount": 1,
                "state": {"waiting": {"reason": "CrashLoopBackOff"}},
                "lastState": {"terminated": {"exitCode": 137, "reason": "Error", "startedAt": "2026-03-01T09:30:05Z", "finishedAt": "2026-03-01T10:00:00Z"}},
            }],
        },
    })
}

fn node(conditions: &[(&str, &str, &str)]) -> Value {
    let conditions: Vec<Value> = conditions
        .iter()
        .map(
            |(kind, status, at)| json!({"type": kind, "status": status, "reason": "Kubelet", "lastTransitionTime": at}),
        )
        .collect();
    json!({
        "apiVersion": "v1", "kind": "Node", "metadata": {"name": "node-1", "creationTimestamp": "2026-01-01T00:00:00Z"},
        "status": {"conditions": conditions},
    })
}

/// The timeline as `time object: what`.
fn timeline(report: &Value) -> Vec<String> {
    let all = report["timeline"].as_array().expect("a list");
    let word = |moment: &Value, key: &str| moment[key].as_str().unwrap_or_default().to_owned();
    let line =
        |moment: &Value| format!("{} {}: {}", word(moment, "time"), word(moment, "object"), word(moment, "what"));
    all.iter().map(line).collect()
}

/// The control plane takes the readiness of the pods on a lost node away, and leaves that of their containers.
#[test]
fn a_pod_of_a_lost_node_suffers_since_its_readiness_was_taken_away() {
    let mut pod = pod();
    pod["status"]["conditions"] = json!([
        {"type": "ContainersReady", "status": "True", "lastTransitionTime": "2026-03-01T09:30:10Z"},
        {"type": "Ready", "status": "False", "lastTransitionTime": "2026-03-01T10:00:40Z"},
    ]);
    pod["status"]["containerStatuses"] = json!([{
        "name": "mint", "image": "r.example/mint:2", "ready": true, "restartCount": 0,
        "state": {"running": {"startedAt": "2026-03-01T09:30:05Z"}},
    }]);
    pod["metadata"]["deletionTimestamp"] = json!("2026-03-01T10:06:10Z");
    let lost = json!({
        "apiVersion": "v1", "kind": "Node", "metadata": {"name": "node-1", "creationTimestamp": "2026-01-01T00:00:00Z"},
        "status": {"conditions": [{"type": "Ready", "status": "Unknown", "reason": "NodeStatusUnknown",
            "message": "Kubelet stopped posting node status.", "lastTransitionTime": "2026-03-01T10:00:40Z"}]},
    });
    let report = analyzed(&[("pods.json", list(vec![pod])), ("nodes.json", list(vec![lost]))]).0;
    let node = incident(&report, "kubelet-not-reporting");
    let mint = incident(&report, "node-not-ready");
    assert_eq!(mint["since"]["time"], "2026-03-01T10:00:40Z", "{report:#}");
    assert_eq!(mint["causedBy"], node["id"], "{report:#}");
}

#[test]
fn a_node_in_trouble_before_the_end_is_its_root_and_one_after_it_is_not() {
    let report = |pressure_since: &str| {
        let node = node(&[("Ready", "True", "2026-01-01T00:00:10Z"), ("MemoryPressure", "True", pressure_since)]);
        analyzed(&[("pods.json", list(vec![pod()])), ("nodes.json", list(vec![node]))]).0
    };
    let before = report("2026-03-01T09:58:00Z");
    let all = before["incidents"].as_array().expect("a list");
    assert!(all.iter().all(|incident| incident["cause"] == "node-memory-pressure"), "{before:#}");
    let moments = timeline(&before);
    let at = |words: &str| {
        moments.iter().position(|line| line.contains(words)).unwrap_or_else(|| panic!("{words}: {moments:#?}"))
    };
    assert!(at("MemoryPressure became True") < at("the container ended"), "{moments:#?}");

    let after = report("2026-03-01T10:40:00Z");
    let mint = incident(&after, "sigkill-unexplained");
    assert_eq!(mint["causedBy"], Value::Null, "{after:#}");
    let moments = timeline(&after);
    assert!(moments.last().expect("moments").contains("MemoryPressure became True"), "{moments:#?}");
    // The same in the words of `describe node`.
    let described = "Name:               node-1\nRoles:              <none>\nCreationTimestamp:  Thu, 01 Jan 2026 00:00:00 +0000\n\
        Conditions:\n  Type             Status  LastHeartbeatTime                 LastTransitionTime                Reason                       Message\n  \
        ----             ------  -----------------                 ------------------                ------                       -------\n  \
        MemoryPressure   True    Sun, 01 Mar 2026 10:45:00 +0000   Sun, 01 Mar 2026 10:40:00 +0000   KubeletHasInsufficientMemory   kubelet has insufficient memory available\n  \
        Ready            True    Sun, 01 Mar 2026 10:45:00 +0000   Thu, 01 Jan 2026 00:00:10 +0000   KubeletReady                 kubelet is posting ready status\n";
    let files = [("pods.json", list(vec![pod()])), ("describe-node.txt", described.to_owned())];
    let described = analyzed(&files).0;
    assert_eq!(incident(&described, "sigkill-unexplained")["causedBy"], Value::Null, "{described:#}");
    assert!(timeline(&described).iter().any(|line| line.contains("MemoryPressure became True")));
}

#[test]
fn a_node_tells_what_changed_on_it_and_not_what_never_did() {
    let conditions = [
        ("Ready", "True", "2026-03-01T10:02:00Z"),
        ("DiskPressure", "False", "2026-01-01T00:00:10Z"),
        ("KernelDeadlock", "False", "2026-03-01T10:03:00Z"),
    ];
    let files = [("pods.json", list(vec![pod()])), ("nodes.json", list(vec![node(&conditions)]))];
    let of_node: Vec<String> =
        timeline(&analyzed(&files).0).into_iter().filter(|line| line.contains("node node-1")).collect();
    assert_eq!(of_node.len(), 1, "{of_node:#?}");
    assert!(of_node[0].starts_with("2026-03-01T10:02:00Z") && of_node[0].contains("Ready became True"), "{of_node:#?}");
}

#[test]
fn a_rollout_is_a_moment_of_its_workload_only() {
    let replica_set = |deployment: &str, hash: &str| {
        json!({
            "apiVersion": "apps/v1", "kind": "ReplicaSet",
            "metadata": {
                "name": format!("{deployment}-{hash}"), "namespace": "shop", "creationTimestamp": "2026-03-01T09:29:59Z",
                "annotations": {"deployment.kubernetes.io/revision": "12"},
                "ownerReferences": [{"apiVersion": "apps/v1", "kind": "Deployment", "name": deployment, "controller": true}],
            },
            "spec": {"replicas": 1}, "status": {"replicas": 1},
        })
    };
    let sets = list(vec![replica_set("mint", "7c9d5f6b88"), replica_set("sage", "5c9d5f6b11")]);
    let moments = timeline(&analyzed(&[("pods.json", list(vec![pod()])), ("replicasets.json", sets)]).0);
    let rollouts: Vec<&String> = moments.iter().filter(|line| line.contains("rollout")).collect();
    assert_eq!(rollouts, ["2026-03-01T09:29:59Z Deployment mint: rollout: mint-7c9d5f6b88 was made as revision 12"]);
    assert!(moments[0].contains("rollout"), "{moments:#?}");
}

#[test]
fn a_root_is_as_old_as_the_first_of_its_consequences() {
    let mut evicted = pod();
    evicted["spec"]["tolerations"] = json!([]);
    evicted["status"]["reason"] = json!("Evicted");
    evicted["status"]["phase"] = json!("Failed");
    evicted["status"]["message"] = json!("The node was low on resource: memory.");
    evicted["status"]["conditions"] =
        json!([{"type": "Ready", "status": "False", "lastTransitionTime": "2026-03-01T09:59:50Z"}]);
    let node = node(&[("MemoryPressure", "True", "2026-03-01T10:00:05Z"), ("Ready", "True", "2026-01-01T00:00:10Z")]);
    let report = analyzed(&[("pods.json", list(vec![evicted])), ("nodes.json", list(vec![node]))]).0;
    let incidents = report["incidents"].as_array().expect("a list");
    let root = incidents.iter().find(|one| one["subject"]["kind"] == "Node").expect("the node's incident");
    let victim = incidents.iter().find(|one| one["causedBy"] == root["id"]).expect("what follows from it");
    assert_eq!(victim["since"]["time"], "2026-03-01T09:59:50Z");
    assert_eq!(root["since"], victim["since"]);
    assert_eq!(root["sinceSource"]["path"], "pods.json");
    assert!(victim["symptom"].as_str().is_some_and(|symptom| symptom.starts_with("Evicted, ")), "{victim:#}");
}

#[test]
fn nobody_is_sent_for_what_the_bundle_holds() {
    let report = analyzed(&[("pods.json", list(vec![pod()]))]).0;
    let incident = &report["incidents"][0];
    let asked: Vec<&str> =
        incident["missing"].as_array().expect("a list").iter().filter_map(|one| one["command"].as_str()).collect();
    assert!(asked.iter().all(|command| !command.starts_with("kubectl get pod -n shop mint")), "{asked:#?}");
    assert!(asked.iter().any(|command| command.starts_with("kubectl logs ")), "{asked:#?}");
    let ruled_out = incident["ruledOut"].as_array().expect("a list");
    let hook = ruled_out.iter().find(|one| one["cause"] == "lifecycle-hook-failed").expect("a pod without hooks");
    assert_eq!(hook["because"], "the container has no lifecycle hook");
}

#[test]
fn the_restarts_of_one_of_several_pods_are_told_as_the_most_of_any() {
    let mut other = pod();
    other["metadata"]["name"] = json!("mint-7c9d5f6b88-ddddd");
    other["status"]["containerStatuses"][0]["restartCount"] = json!(4);
    let report = analyzed(&[("pods.json", list(vec![pod(), other]))]).0;
    let symptom = report["incidents"][0]["symptom"].as_str().expect("words");
    assert!(symptom.contains("up to 4 restarts per pod"), "{symptom}");
}

#[test]
fn an_image_without_a_shell_gets_commands_that_bring_one() {
    let commands = |image: &str| {
        let mut pod = pod();
        pod["spec"]["containers"][0]["image"] = json!(image);
        let report = analyzed(&[("pods.json", list(vec![pod]))]).0;
        let all = report["incidents"][0]["commands"].as_array().expect("a list").clone();
        all.iter().filter_map(|one| one["command"].as_str().map(str::to_owned)).collect::<Vec<String>>()
    };
    let with = commands("r.example/mint:2");
    assert!(with[0].contains("--copy-to=") && !with[0].contains("--set-image"), "{with:#?}");
    let without = commands("r.example/distroless/java21:2");
    assert!(
        without[0].contains(
            " --copy-to=mint-7c9d5f6b88-ccccc-debug --set-image=mint=busybox:1.36 --container=mint -- sleep 3600"
        ),
        "{without:#?}"
    );
}
