//! What real collectors write besides their layout: words in place of null, archives of earlier days, events without
//! objects, failures that are none. And what a living cluster holds that is no trouble.

#![allow(clippy::expect_used, clippy::unwrap_used)] // a test says what must hold

mod support;

use serde_json::{Value, json};
use support::analyzed::{analyzed, incident, list};

fn incidents(report: &Value) -> &Vec<Value> {
    report["incidents"].as_array().expect("a list")
}

fn pod(namespace: &str, name: &str, owner: (&str, &str), phase: &str, status: Value) -> Value {
    let mut status = status;
    status["name"] = json!("app");
    status["image"] = json!("registry.example/app:1");
    json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {
            "name": name, "namespace": namespace, "creationTimestamp": "2026-03-01T08:00:00Z",
            "ownerReferences": [{"kind": owner.0, "name": owner.1, "controller": true}],
        },
        "spec": {"nodeName": "node-1", "restartPolicy": "Never", "containers": [{"name": "app", "image": "registry.example/app:1"}]},
        "status": {"phase": phase, "startTime": "2026-03-01T08:00:00Z", "containerStatuses": [status]},
    })
}

/// The status of a container that ended with a code at a minute after eight.
fn ended(code: i64, minute: u32) -> Value {
    let reason = if code == 0 { "Completed" } else { "Error" };
    json!({"ready": false, "restartCount": 0, "state": {"terminated": {"exitCode": code, "reason": reason,
        "startedAt": format!("2026-03-01T08:{minute:02}:00Z"), "finishedAt": format!("2026-03-01T08:{minute:02}:30Z")}}})
}

const EVENTS: &str = "apiVersion: v1
items:
- apiVersion: v1
  count: 40
  eventTime: \"null\"
  firstTimestamp: \"2026-03-01T09:00:00Z\"
  involvedObject:
    apiVersion: v1
    kind: Pod
    name: web-7d4b9c6f5d-x7k2z
    namespace: shop
  kind: Event
  lastTimestamp: \"2026-03-01T09:58:00Z\"
  message: Back-off pulling image \"registry.example/web:2\"null
  metadata:
    creationTimestamp: \"2026-03-01T09:00:00Z\"
    name: web-7d4b9c6f5d-x7k2z.1
    namespace: shop
  reason: BackOff
  reportingComponent: \"null\"
  source:
    component: kubelet
  type: Normal
- apiVersion: v1
  count: 4
  eventTime: \"null\"
  firstTimestamp: \"2026-03-01T09:00:00Z\"
  involvedObject:
    apiVersion: v1
    kind: Pod
    name: web-7d4b9c6f5d-x7k2z
    namespace: shop
  kind: Event
  lastTimestamp: \"2026-03-01T09:50:00Z\"
  message: 'Failed to pull image \"registry.example/web:2\": rpc error: code = NotFound desc = failed to pull and unpack image \"registry.example/web:2\": failed to resolve reference \"registry.example/web:2\": registry.example/web:2: not found'
  metadata:
    name: web-7d4b9c6f5d-x7k2z.2
    namespace: shop
  reason: Failed
  source:
    component: kubelet
  type: Warning
kind: List
metadata:
  resourceVersion: \"9\"
";

const PODS: &str = "apiVersion: v1
items:
- apiVersion: v1
  kind: Pod
  metadata:
    creationTimestamp: \"2026-03-01T08:59:00Z\"
    name: web-7d4b9c6f5d-x7k2z
    namespace: shop
    selfLink: \"null\"
  spec:
    containers:
    - image: registry.example/web:2
      name: web
    nodeName: node-1
  status:
    conditions:
    - lastProbeTime: \"null\"
      lastTransitionTime: \"2026-03-01T08:59:10Z\"
      status: \"False\"
      type: Ready
    containerStatuses:
    - image: registry.example/web:2
      imageID: \"null\"
      lastState: {}
      name: web
      ready: false
      restartCount: 0
      state:
        waiting:
          message: Back-off pulling image \"registry.example/web:2\"null
          reason: ImagePullBackOff
    phase: Pending
    startTime: \"2026-03-01T08:59:10Z\"
kind: List
metadata:
  resourceVersion: \"9\"
";

/// The support bundle kit writes the word `null` for null and for an empty text, and lists what no server lists as failed.
#[test]
fn words_in_place_of_null_are_no_values_and_no_gaps() {
    let top = "sent/again/supportbundle_x";
    let file = |path: &str, text: &str| (format!("{top}/{path}"), text.to_owned());
    let files = [
        file(
            "metadata.yaml",
            "bundlename: \"\"\nbundleversion: 0.1.0\nkubernetesversion: v1.27.10+rke2r1\nbundlecreatedat: \"2026-03-01T10:00:00Z\"\n",
        ),
        file(
            "bundleGenerationError.log",
            "Failed to get /api/v1/namespaces/shop/bindings: the server does not allow this method on the requested resource\n\
             Failed to get /apis/metrics.k8s.io/v1beta1/namespaces/shop/pods: the server is currently unable to handle the request\n",
        ),
        file("yamls/namespaced/shop/v1/events.yaml", EVENTS),
        file("yamls/namespaced/shop/v1/pods.yaml", PODS),
    ];
    let files: Vec<(&str, String)> = files.iter().map(|(path, text)| (path.as_str(), text.clone())).collect();
    let (report, _) = analyzed(&files);
    assert_eq!(report["bundle"]["layout"], "rancher");
    assert_eq!(report["bundle"]["collectedAt"], "2026-03-01T10:00:00Z", "{report:#}");
    let web = incident(&report, "image-not-found");
    assert_eq!(web["subject"]["pods"], json!(["web-7d4b9c6f5d-x7k2z"]));
    let gaps = report["gaps"].as_array().expect("a list");
    let told: Vec<_> = gaps.iter().map(|gap| (gap["kind"].as_str(), gap["prevents"].as_str())).collect();
    assert_eq!(told, [(Some("unreadable"), Some("pods of namespace shop"))], "{report:#}");
}

/// The same word is a value where another collector wrote it.
#[test]
fn a_text_that_reads_null_is_a_text_elsewhere() {
    let (report, _) = analyzed(&[("m/namespaces/shop/core/events.yaml", EVENTS.to_owned())]);
    let gaps = report["gaps"].as_array().expect("a list");
    assert!(gaps.iter().any(|gap| gap["what"].as_str().unwrap().contains("another type")), "{report:#}");
}

/// A must-gather brings the insights-operator's archives along; they are hours old.
#[test]
fn an_earlier_archive_within_a_must_gather_is_not_read() {
    let well = pod(
        "shop",
        "web-0",
        ("StatefulSet", "web"),
        "Running",
        json!({"ready": true, "restartCount": 0, "state": {"running": {"startedAt": "2026-03-01T08:00:00Z"}}}),
    );
    let waits = json!({"ready": false, "restartCount": 0, "state": {"waiting": {"reason": "ImagePullBackOff", "message": "Back-off pulling image \"registry.example/app:1\""}}});
    let was = pod("shop", "web-0", ("StatefulSet", "web"), "Pending", waits);
    let node = "quay-io-x-sha256-0a";
    let (now, before) = (
        format!("m/{node}/namespaces/shop/core/pods.yaml"),
        format!("m/{node}/insights-data/insights-2026-03-01/config/pod/shop/web-0.json"),
    );
    let (report, _) = analyzed(&[(&now, list(vec![well])), (&before, was.to_string())]);
    assert_eq!(report["bundle"]["layout"], "must-gather");
    assert_eq!(incidents(&report).len(), 0, "{report:#}");
}

/// The insights-operator drops the object of an event: what a pod needs to start tells whose it is.
#[test]
fn an_event_without_object_is_of_the_pod_that_needs_what_it_names() {
    let mut web = pod(
        "shop",
        "web-1",
        ("StatefulSet", "web"),
        "Pending",
        json!({"ready": false, "restartCount": 0, "state": {"waiting": {"reason": "ContainerCreating"}}}),
    );
    web["spec"]["volumes"] = json!([{"name": "cert", "secret": {"secretName": "web-tls"}}]);
    let events = json!({"items": [{"namespace": "shop", "lastTimestamp": "2026-03-01T09:59:00Z", "reason": "FailedMount", "type": "Warning",
        "message": "MountVolume.SetUp failed for volume \"cert\" : secret \"web-tls\" not found"}]});
    let (report, _) = analyzed(&[
        ("config/pod/shop/web-1.json", web.to_string()),
        ("events/shop.json", events.to_string()),
        ("config/version.json", "{}".to_owned()),
    ]);
    assert_eq!(report["bundle"]["layout"], "insights-operator");
    assert_eq!(incident(&report, "secret-missing")["subject"]["pods"], json!(["web-1"]), "{report:#}");
    assert_eq!(report["gaps"], json!([]), "{report:#}");
}

/// A run of a Job that failed is history once the work is done.
#[test]
fn a_failed_pod_of_a_job_that_has_passed_is_over() {
    let severity = |objects: Vec<Value>| {
        let (report, _) = analyzed(&[("all.json", list(objects))]);
        let failed = incidents(&report).iter().find(|incident| incident["subject"]["pods"][0] == "load-a");
        failed.map_or("none".to_owned(), |failed| failed["severity"].as_str().expect("a word").to_owned())
    };
    let failed = |job: &str| pod("shop", "load-a", ("Job", job), "Failed", ended(1, 10));
    let passed = |job: &str, minute| pod("shop", "load-b", ("Job", job), "Succeeded", ended(0, minute));
    let job = |kind: &str| {
        json!({"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "load", "namespace": "shop"},
            "status": {"conditions": [{"type": kind, "status": "True"}], "failed": 1}})
    };
    assert_eq!(severity(vec![failed("load")]), "critical");
    assert_eq!(severity(vec![failed("load"), job("Failed")]), "critical");
    assert_ne!(severity(vec![failed("load"), job("Complete")]), "critical");
    assert_ne!(severity(vec![failed("load"), passed("load", 20)]), "critical");
    assert_eq!(severity(vec![failed("load"), passed("load", 5)]), "critical", "it had passed before");
    assert_ne!(
        severity(vec![failed("load-29301020"), passed("load-29301080", 40)]),
        "critical",
        "the CronJob's next run"
    );
    assert_eq!(severity(vec![failed("load-1"), passed("load-2", 40)]), "critical", "two Jobs of their own");
}

/// An installer of a node that failed is history once its next try has passed.
#[test]
fn a_failed_pod_that_nothing_starts_again_is_over_when_its_like_has_passed() {
    let bare = |name: &str, phase: &str, node: &str, status: Value| {
        let mut pod = pod("control", name, ("", ""), phase, status);
        pod["metadata"]["ownerReferences"] = json!([]);
        pod["metadata"]["labels"] = json!({"app": "installer"});
        pod["spec"]["nodeName"] = json!(node);
        pod
    };
    let alarms = |node: &str, minute| {
        let failed = bare("installer-9-a", "Failed", "node-1", ended(1, 10));
        let next = bare("installer-9-retry-1-a", "Succeeded", node, ended(0, minute));
        let (report, _) = analyzed(&[("all.json", list(vec![failed, next]))]);
        incidents(&report).iter().filter(|incident| incident["severity"] != "info").count()
    };
    assert_eq!(alarms("node-1", 12), 0);
    assert_eq!(alarms("node-1", 5), 1, "it had passed before");
    assert_eq!(alarms("node-2", 12), 1, "the work of another node");
}

/// A workload whose pods are evicted again and again is no thing of the past, though one of them runs.
#[test]
fn evictions_that_go_on_are_a_warning() {
    let evicted = |name: &str, start: &str| {
        let mut pod = pod("video", name, ("ReplicaSet", "encoder"), "Failed", json!({}));
        pod["status"] = json!({"phase": "Failed", "reason": "Evicted", "startTime": start,
            "message": "Pod ephemeral local storage usage exceeds the total limit of containers 2Gi. "});
        pod
    };
    let severity = |first: &str| {
        let set = json!({"apiVersion": "apps/v1", "kind": "ReplicaSet", "metadata": {"name": "encoder", "namespace": "video"},
            "spec": {"replicas": 1}, "status": {"replicas": 1, "readyReplicas": 1}});
        let (report, _) = analyzed(&[
            ("kubemortem.yaml", "layoutVersion: 1\ncollectedAt: 2026-03-01T10:00:00Z\n".to_owned()),
            ("all.json", list(vec![evicted("encoder-a", first), evicted("encoder-b", "2026-03-01T09:40:00Z"), set])),
        ]);
        incident(&report, "ephemeral-storage-exceeded")["severity"].clone()
    };
    assert_eq!(severity("2026-03-01T09:20:00Z"), "warning");
    assert_eq!(severity("2026-03-01T06:00:00Z"), "info");
}

/// A report of past troubles alone says first that there is none now.
#[test]
fn what_is_over_is_no_alarm() {
    let last = json!({"terminated": {"exitCode": 137, "reason": "OOMKilled", "startedAt": "2026-02-27T08:00:00Z", "finishedAt": "2026-02-27T09:00:00Z"}});
    let well = json!({"ready": true, "restartCount": 1, "state": {"running": {"startedAt": "2026-02-27T09:00:02Z"}}, "lastState": last});
    let web = pod("shop", "web-0", ("StatefulSet", "web"), "Running", well);
    let (report, text) = analyzed(&[
        ("kubemortem.yaml", "layoutVersion: 1\ncollectedAt: 2026-03-01T10:00:00Z\n".to_owned()),
        ("pods.json", list(vec![web])),
    ]);
    assert_eq!(incident(&report, "oom-killed")["severity"], "info");
    assert!(
        text.contains("**Nothing is unhealthy at the collection.** What is over: **1 incident** (1 info).\n"),
        "{text}"
    );
}

/// What Troubleshoot's host collectors print is of a machine: it makes no second cluster, and what a tool says as one JSON
/// value is no log.
#[test]
fn a_bundle_of_a_host_beside_one_of_the_cluster_is_no_second_cluster() {
    let waits = json!({"ready": false, "restartCount": 0, "state": {"waiting": {"reason": "ImagePullBackOff", "message": "Back-off pulling image \"registry.example/app:1\""}}});
    let web = pod("shop", "web-0", ("StatefulSet", "web"), "Pending", waits);
    let note = "apiVersion: troubleshoot.sh/v1beta2\nkind: SupportBundle\nspec:\n  versionNumber: v0.107.1\n";
    let files = [
        ("cluster/version.yaml", note.to_owned()),
        (
            "cluster/cluster-resources/pods/shop.json",
            json!({"kind": "PodList", "apiVersion": "v1", "items": [web]}).to_string(),
        ),
        ("host/version.yaml", note.to_owned()),
        (
            "host/host-collectors/run-host/dmesg.txt",
            "[Mon Sep  1 03:11:02 2025] Out of memory: Killed process 2210 (java)\n".repeat(4),
        ),
        ("host/host-collectors/run-host/dmesg-logs-info.json", "{\"command\":\"dmesg\",\"exitCode\":\"0\"}".to_owned()),
        ("host/host-collectors/system/cpu.json", "{\"logicalCount\":8}".to_owned()),
    ];
    let (report, text) = analyzed(&files);
    assert_eq!(report["bundle"]["layout"], "troubleshoot");
    assert_eq!(incidents(&report).len(), 1, "{report:#}");
    assert_eq!(incidents(&report)[0]["subject"]["pods"], json!(["web-0"]));
    assert_eq!(incidents(&report)[0]["site"], Value::Null, "{report:#}");
    assert!(!text.contains("2210"), "{text}");
}

/// Kubelet's summary of a node says what a container uses, as `kubectl top` does.
#[test]
fn what_a_container_uses_stands_in_the_summary_of_its_node() {
    let last = json!({"terminated": {"exitCode": 137, "reason": "OOMKilled", "startedAt": "2026-03-01T08:00:00Z", "finishedAt": "2026-03-01T09:58:00Z"}});
    let state = json!({"ready": false, "restartCount": 7, "state": {"running": {"startedAt": "2026-03-01T09:58:02Z"}}, "lastState": last});
    let mut web = pod("shop", "web-0", ("StatefulSet", "web"), "Running", state);
    web["spec"]["containers"][0]["resources"] = json!({"limits": {"memory": "512Mi"}});
    let summary = json!({"node": {"nodeName": "node-1", "cpu": {"usageNanoCores": 412_000_000}, "memory": {"workingSetBytes": 1u64 << 33}},
        "pods": [{"podRef": {"name": "web-0", "namespace": "shop"}, "containers": [{"name": "app",
            "cpu": {"usageNanoCores": 1_500_000}, "memory": {"workingSetBytes": 521_142_272}}]}]});
    let (report, _) = analyzed(&[
        (
            "b/cluster-resources/pods/shop.json",
            serde_json::to_string_pretty(&json!({"kind": "PodList", "apiVersion": "v1", "items": [web]})).unwrap(),
        ),
        ("b/node-metrics/node-1.json", serde_json::to_string_pretty(&summary).unwrap()),
    ]);
    let oom = incident(&report, "oom-killed");
    let lines = oom["evidence"].as_array().expect("a list");
    let used =
        lines.iter().find(|line| line["path"] == "b/node-metrics/node-1.json").unwrap_or_else(|| panic!("{oom:#}"));
    assert!(used["shows"].as_str().unwrap().contains("497Mi"), "{used:#}");
    assert_eq!(used["text"], "\"workingSetBytes\": 521142272");
}

/// A pod that waits for a node that is in trouble is its consequence where another one of its owner ran there.
#[test]
fn a_pod_that_waits_for_a_node_in_trouble_is_its_consequence() {
    let told = "0/3 nodes are available: 1 node(s) had untolerated taint {node.kubernetes.io/unreachable: }, 2 node(s) didn't match pod anti-affinity rules.";
    let waiting = |owner: &str| {
        let mut waiting = pod("edge", "router-b", ("ReplicaSet", owner), "Pending", json!({}));
        waiting["spec"].as_object_mut().unwrap().remove("nodeName");
        waiting["status"] = json!({"phase": "Pending", "conditions": [{"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": told}]});
        waiting
    };
    let lost = json!({"apiVersion": "v1", "kind": "Node", "metadata": {"name": "node-1"}, "status": {"conditions": [
        {"type": "Ready", "status": "Unknown", "reason": "NodeStatusUnknown", "message": "Kubelet stopped posting node status.", "lastTransitionTime": "2026-03-01T09:00:00Z"}]}});
    let gone = pod(
        "edge",
        "router-a",
        ("ReplicaSet", "router"),
        "Running",
        json!({"ready": true, "restartCount": 0, "state": {"running": {"startedAt": "2026-03-01T08:00:00Z"}}}),
    );
    let cause_of = |owner: &str| {
        let (report, _) = analyzed(&[
            ("kubemortem.yaml", "layoutVersion: 1\ncollectedAt: 2026-03-01T10:00:00Z\n".to_owned()),
            ("all.json", list(vec![waiting(owner), gone.clone(), lost.clone()])),
        ]);
        let found = incidents(&report).iter().find(|incident| incident["subject"]["pods"][0] == "router-b");
        let node = incident(&report, "kubelet-not-reporting")["id"].clone();
        (found.unwrap_or_else(|| panic!("{report:#}"))["causedBy"].clone(), node)
    };
    let (root, node) = cause_of("router");
    assert_eq!(root, node);
    assert_eq!(cause_of("another").0, Value::Null, "nobody knows that it could run there");
}

/// The scheduler's event of an insights archive says what the pod's own condition says.
#[test]
fn an_event_without_object_is_of_the_pod_whose_condition_says_the_same() {
    let told = "0/3 nodes are available: 3 Insufficient memory. preemption: 0/3 nodes are available: 3 No preemption victims found for incoming pod.";
    let mut web = pod("shop", "web-1", ("StatefulSet", "web"), "Pending", json!({}));
    web["spec"].as_object_mut().unwrap().remove("nodeName");
    web["status"] = json!({"phase": "Pending", "conditions": [{"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": told}]});
    let events = json!({"items": [{"namespace": "shop", "lastTimestamp": "2026-03-01T09:59:00Z", "reason": "FailedScheduling", "type": "Warning", "message": told}]});
    let (report, _) =
        analyzed(&[("config/pod/shop/web-1.json", web.to_string()), ("events/shop.json", events.to_string())]);
    assert_eq!(incident(&report, "insufficient-resources")["subject"]["pods"], json!(["web-1"]), "{report:#}");
    assert_eq!(report["gaps"], json!([]), "{report:#}");
}
