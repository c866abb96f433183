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

/// The pod of a part of the control plane, on the network of its node.
fn static_pod(namespace: &str, name: &str, container: &str, node: &str, well: bool) -> Value {
    let status = if well {
        json!({"ready": true, "restartCount": 0, "state": {"running": {"startedAt": "2026-03-01T08:00:00Z"}}})
    } else {
        json!({"ready": false, "restartCount": 12,
            "state": {"waiting": {"reason": "CrashLoopBackOff", "message": "back-off 5m0s restarting failed container"}},
            "lastState": {"terminated": {"exitCode": 1, "reason": "Error", "startedAt": "2026-03-01T09:55:00Z", "finishedAt": "2026-03-01T09:55:20Z"}}})
    };
    let mut pod = pod(namespace, name, ("Node", node), "Running", status);
    pod["spec"]["nodeName"] = json!(node);
    pod["spec"]["hostNetwork"] = json!(true);
    pod["spec"]["containers"][0]["name"] = json!(container);
    pod["status"]["containerStatuses"][0]["name"] = json!(container);
    pod
}

/// A loopback address reaches the pods that share a node's network, of that node only.
#[test]
fn a_call_to_loopback_leads_to_a_pod_on_the_network_of_the_same_node() {
    let refused = "2026-03-01T09:55:19.1Z F0301 09:55:19.000001       1 instance.go:290] Error creating leases: dial tcp 127.0.0.1:2379: connect: connection refused\n";
    let full = "2026-03-01T09:55:19.1Z {\"level\":\"fatal\",\"msg\":\"discovery failed\",\"error\":\"open /var/lib/etcd/member/wal/0.tmp: no space left on device\"}\n";
    let log = |namespace: &str, pod: &str, container: &str| {
        format!("m/namespaces/{namespace}/pods/{pod}/{container}/{container}/logs/previous.log")
    };
    let told = |etcd_on: &str| {
        let (api, etcd) = ("kube-apiserver-n1".to_owned(), format!("etcd-{etcd_on}"));
        let (report, _) = analyzed(&[
            ("m/namespaces/kube/core/pods.yaml", list(vec![static_pod("kube", &api, "kube-apiserver", "n1", false)])),
            ("m/namespaces/store/core/pods.yaml", list(vec![static_pod("store", &etcd, "etcd", etcd_on, false)])),
            (&log("kube", &api, "kube-apiserver"), refused.to_owned()),
            (&log("store", &etcd, "etcd"), full.to_owned()),
        ]);
        let of = |cause: &str| incident(&report, cause).clone();
        (of("dependency-unavailable"), of("disk-full"))
    };
    let (api, etcd) = told("n1");
    assert_eq!(api["causedBy"], etcd["id"], "{api:#}");
    let (api, _) = told("n2");
    assert_eq!(api["causedBy"], Value::Null, "{api:#}");
}

/// Events live for an hour. Of a pod that has waited for days the kubelet's journal says why; of pods that are gone or well
/// it says nothing that counts, nor of what it said long ago.
#[test]
fn the_kubelets_journal_tells_why_a_pod_waits() {
    let line = |time: &str, secret: &str, pod: &str| {
        format!(
            "n1 Mar 01 {time}.000000 n1 kubenswrapper[9]: E0301 {time}.000000       9 nestedpendingoperations.go:348] Operation for \"{{volumeName:kubernetes.io/secret/c podName:u nodeName:}}\" failed. No retries permitted until later. Error: MountVolume.SetUp failed for volume \"cert\" (UniqueName: \"c\") pod \"{pod}\" (UID: \"u\") : secret \"{secret}\" not found\n"
        )
    };
    let waits = || json!({"ready": false, "restartCount": 0, "state": {"waiting": {"reason": "ContainerCreating"}}});
    let mut web = pod("shop", "web-0", ("StatefulSet", "web"), "Pending", waits());
    web["spec"]["volumes"] = json!([{"name": "cert", "secret": {"secretName": "web-tls"}}]);
    let well = json!({"ready": true, "restartCount": 0, "state": {"running": {"startedAt": "2026-03-01T08:00:00Z"}}});
    let db = pod("shop", "db-0", ("StatefulSet", "db"), "Running", well);
    let old = pod("shop", "cache-0", ("StatefulSet", "cache"), "Pending", waits());
    let journal = [
        line("07:00:00", "cache-tls", "cache-0"),
        line("09:55:00", "gone-tls", "gone-0"),
        line("09:56:00", "db-tls", "db-0"),
        line("09:57:00", "web-tls", "web-0"),
        line("09:59:02", "web-tls", "web-0"),
    ];
    let (report, _) = analyzed(&[
        ("m/x-sha256-0a/timestamp", "2026-03-01 10:00:00.1 +0000 UTC m=+9.1\n".to_owned()),
        ("m/x-sha256-0a/namespaces/shop/core/pods.yaml", list(vec![web, db, old])),
        ("m/x-sha256-0a/host_service_logs/masters/kubelet_service.log", journal.concat()),
    ]);
    let missing = incident(&report, "secret-missing");
    assert_eq!(missing["subject"]["pods"], json!(["web-0"]), "{missing:#}");
    let cited = &missing["evidence"][0];
    assert_eq!((cited["line"].as_u64(), cited["role"].as_str()), (Some(5), Some("decisive")), "{cited:#}");
    let causes: Vec<_> = incidents(&report).iter().map(|incident| incident["cause"].as_str().unwrap()).collect();
    assert_eq!(causes, ["secret-missing", "unknown"]);
}

/// That several controllers once lost the API server is one thing that is over.
#[test]
fn what_many_controllers_lost_at_once_is_told_once() {
    let ended = |minute: u32| {
        json!({"ready": true, "restartCount": 1, "state": {"running": {"startedAt": format!("2026-03-01T08:{:02}:00Z", minute + 1)}},
            "lastState": {"terminated": {"exitCode": 1, "reason": "Error",
                "startedAt": "2026-03-01T08:00:00Z", "finishedAt": format!("2026-03-01T08:{minute:02}:00Z")}}})
    };
    let lost = "2026-03-01T08:30:00.1Z F0301 08:30:00.000001       1 main.go:108] leaderelection lost\n";
    let pods = [("a", 30), ("b", 34), ("c", 41)]
        .map(|(name, minute)| pod("ops", &format!("{name}-0"), ("StatefulSet", name), "Running", ended(minute)));
    let log = |name: &str| format!("m/namespaces/ops/pods/{name}-0/app/app/logs/previous.log");
    let (report, _) = analyzed(&[
        ("m/namespaces/ops/core/pods.yaml", list(pods.to_vec())),
        (&log("a"), lost.to_owned()),
        (&log("b"), lost.to_owned()),
        (&log("c"), lost.to_owned()),
    ]);
    let all = incidents(&report);
    assert_eq!(all.len(), 1, "{report:#}");
    assert_eq!(
        (all[0]["severity"].as_str(), all[0]["cause"].as_str()),
        (Some("info"), Some("kubernetes-api-unreachable"))
    );
    assert_eq!(all[0]["subject"]["pods"], json!(["a-0", "b-0", "c-0"]));
}

fn node(name: &str, ready: &str) -> Value {
    json!({"apiVersion": "v1", "kind": "Node", "metadata": {"name": name, "creationTimestamp": "2026-01-01T08:00:00Z"},
        "status": {"conditions": [{"type": "Ready", "status": ready, "lastTransitionTime": "2026-03-01T09:00:00Z",
            "reason": if ready == "True" { "KubeletReady" } else { "NodeStatusUnknown" },
            "message": if ready == "True" { "kubelet is posting ready status" } else { "Kubelet stopped posting node status." }}]}})
}

fn event(of: (&str, &str, &str), reason: &str, message: &str, at: &str) -> Value {
    json!({"apiVersion": "v1", "kind": "Event", "type": "Warning", "reason": reason, "message": message, "count": 1,
        "metadata": {"name": format!("{}.{at}", of.2), "namespace": of.1}, "involvedObject": {"kind": of.0, "namespace": of.1, "name": of.2},
        "firstTimestamp": format!("2026-03-01T{at}Z"), "lastTimestamp": format!("2026-03-01T{at}Z"), "source": {"component": "kubelet"}})
}

/// A volume that a dead node still has is a consequence of the node, whether the message names the pod or not.
#[test]
fn a_volume_that_a_dead_node_holds_follows_from_the_node() {
    for words in [
        "Volume is already used by pod(s) db-old",
        "Volume is already exclusively attached to one node and can't be attached to another",
    ] {
        let claim = json!([{"name": "data", "persistentVolumeClaim": {"claimName": "db-data"}}]);
        let runs =
            json!({"ready": true, "restartCount": 0, "state": {"running": {"startedAt": "2026-03-01T08:00:00Z"}}});
        let mut old = pod("shop", "db-old", ("ReplicaSet", "db-5f"), "Running", runs);
        old["metadata"]["deletionTimestamp"] = json!("2026-03-01T09:05:00Z");
        let waits = json!({"ready": false, "restartCount": 0, "state": {"waiting": {"reason": "ContainerCreating"}}});
        let mut new = pod("shop", "db-new", ("ReplicaSet", "db-5f"), "Pending", waits);
        new["metadata"]["creationTimestamp"] = json!("2026-03-01T09:05:01Z");
        new["spec"]["nodeName"] = json!("node-2");
        for pod in [&mut old, &mut new] {
            pod["spec"]["volumes"] = claim.clone();
        }
        let message = format!("Multi-Attach error for volume \"pvc-1\" {words}");
        let (report, _) = analyzed(&[
            ("m/namespaces/shop/core/pods.yaml", list(vec![old, new])),
            (
                "m/namespaces/shop/core/events.yaml",
                list(vec![event(("Pod", "shop", "db-new"), "FailedAttachVolume", &message, "09:06:00")]),
            ),
            (
                "m/cluster-scoped-resources/core/nodes.yaml",
                list(vec![node("node-1", "Unknown"), node("node-2", "True")]),
            ),
        ]);
        let held = incident(&report, "volume-multi-attach");
        assert_eq!(held["subject"]["pods"], json!(["db-new"]));
        assert_eq!(held["causedBy"], incident(&report, "kubelet-not-reporting")["id"], "{words}: {report:#}");
    }
}

/// What the kernel kills when the node as a whole has no memory left follows from the node; an end at another time does not.
#[test]
fn a_kill_in_the_moment_of_the_nodes_out_of_memory_is_the_nodes() {
    let killed = |at: &str| {
        json!({"ready": false, "restartCount": 3,
            "state": {"waiting": {"reason": "CrashLoopBackOff", "message": "back-off 40s restarting failed container"}},
            "lastState": {"terminated": {"exitCode": 137, "reason": "Error",
                "startedAt": "2026-03-01T09:30:00Z", "finishedAt": format!("2026-03-01T{at}Z")}}})
    };
    let pods = [("hit", "09:58:20"), ("other", "09:50:00")]
        .map(|(name, at)| pod("shop", &format!("{name}-0"), ("StatefulSet", name), "Running", killed(at)));
    let oom = "System OOM encountered, victim process: java, pid: 77";
    let (report, _) = analyzed(&[
        ("m/namespaces/shop/core/pods.yaml", list(pods.to_vec())),
        (
            "m/namespaces/default/core/events.yaml",
            list(vec![event(("Node", "default", "node-1"), "SystemOOM", oom, "09:58:22")]),
        ),
        ("m/cluster-scoped-resources/core/nodes.yaml", list(vec![node("node-1", "True")])),
    ]);
    let of_cause = |incident: &&Value| incident["cause"] == "node-memory-pressure";
    let all: Vec<_> = incidents(&report).iter().filter(of_cause).collect();
    let (node, hit) = (all[0], all[1]);
    let told = (node["subject"]["name"].as_str(), node["severity"].as_str());
    assert_eq!(told, (Some("node-1"), Some("critical")), "{report:#}");
    assert_eq!((&hit["subject"]["pods"], &hit["causedBy"]), (&json!(["hit-0"]), &node["id"]));
    assert_eq!(incident(&report, "sigkill-unexplained")["subject"]["pods"], json!(["other-0"]));
}

/// A container that its neighbour calls on localhost is the root, also where the message parts host and port.
#[test]
fn a_call_to_localhost_leads_to_the_container_beside_it() {
    let looping = |name: &str, at: &str| {
        json!({"name": name, "ready": false, "restartCount": 9,
            "state": {"waiting": {"reason": "CrashLoopBackOff", "message": "back-off 5m0s restarting failed container"}},
            "lastState": {"terminated": {"exitCode": 1, "reason": "Error",
                "startedAt": format!("2026-03-01T09:{at}:00Z"), "finishedAt": format!("2026-03-01T09:{at}:05Z")}}})
    };
    let mut billing = pod("shop", "billing-0", ("StatefulSet", "billing"), "Running", looping("app", "55"));
    billing["spec"]["containers"] = json!([{"name": "app"}, {"name": "proxy", "args": ["--port=5432"]}, {"name": "metrics", "args": ["--port=9100"]}]);
    billing["status"]["containerStatuses"] =
        json!([looping("app", "55"), looping("proxy", "56"), looping("metrics", "57")]);
    let log = |container: &str| format!("m/namespaces/shop/pods/billing-0/{container}/{container}/logs/previous.log");
    let (report, _) = analyzed(&[
        ("m/namespaces/shop/core/pods.yaml", list(vec![billing])),
        (&log("app"), "2026-03-01T09:55:04.1Z psycopg2.OperationalError: connection to server at \"127.0.0.1\", port 5432 failed: Connection refused\n".to_owned()),
        (&log("proxy"), "2026-03-01T09:56:04.1Z unknown flag: --port\n2026-03-01T09:56:04.2Z Usage of proxy:\n".to_owned()),
        (&log("metrics"), "2026-03-01T09:57:04.1Z unknown flag: --port\n2026-03-01T09:57:04.2Z Usage of metrics:\n".to_owned()),
    ]);
    let root = incidents(&report).iter().find(|incident| incident["subject"]["container"] == "proxy").expect("proxy");
    assert_eq!(incident(&report, "dependency-unavailable")["causedBy"], root["id"], "{report:#}");
}

/// A registry that runs in the cluster has an incident of its own: what cannot be pulled from it follows from that.
#[test]
fn what_cannot_be_pulled_from_the_clusters_own_registry_follows_from_it() {
    let down = json!({"ready": false, "restartCount": 9,
        "state": {"waiting": {"reason": "CrashLoopBackOff", "message": "back-off 5m0s restarting failed container"}},
        "lastState": {"terminated": {"exitCode": 137, "reason": "OOMKilled",
            "startedAt": "2026-03-01T09:50:00Z", "finishedAt": "2026-03-01T09:50:30Z"}}});
    let registry = pod("infra", "registry-0", ("StatefulSet", "registry"), "Running", down);
    let image = "registry.infra.svc:5000/shop/web:1";
    let waits = json!({"ready": false, "restartCount": 0,
        "state": {"waiting": {"reason": "ImagePullBackOff", "message": format!("Back-off pulling image \"{image}\"")}}});
    let mut web = pod("shop", "web-0", ("StatefulSet", "web"), "Pending", waits);
    web["spec"]["containers"][0]["image"] = json!(image);
    let message = format!(
        "Failed to pull image \"{image}\": rpc error: code = Unknown desc = pinging container registry registry.infra.svc:5000: Get \"https://registry.infra.svc:5000/v2/\": dial tcp 172.30.9.9:5000: connect: connection refused"
    );
    let (report, _) = analyzed(&[
        ("m/namespaces/infra/core/pods.yaml", list(vec![registry])),
        ("m/namespaces/shop/core/pods.yaml", list(vec![web])),
        (
            "m/namespaces/shop/core/events.yaml",
            list(vec![event(("Pod", "shop", "web-0"), "Failed", &message, "09:58:00")]),
        ),
    ]);
    assert_eq!(
        incident(&report, "image-pull-network")["causedBy"],
        incident(&report, "oom-killed")["id"],
        "{report:#}"
    );
}

const HOST_LOGS: [(&str, &str); 3] = [
    (
        "case/node-1/journald/rke2-server",
        "Nov 26 07:39:14 node-1 rke2[1411]: level=error msg=\"dial tcp 10.0.0.9:5432: connect: connection refused\"\n",
    ),
    (
        "case/node-1/var/daemon.log",
        "Nov 26 07:39:15 node-1 containerd[900]: level=error msg=\"cni plugin not initialized: no network config found\"\n",
    ),
    ("case/node-1/system/cpu_throttling.txt", "No CPU Throttling Found\n"),
];

/// What a collector prints of a machine, in folders beside the one with kubectl's outputs: no cluster, and no pod's log.
#[test]
fn logs_of_a_machine_beside_the_outputs_are_no_pods() {
    let refused = json!({"ready": false, "restartCount": 0, "state": {"waiting": {"reason": "ImagePullBackOff", "message": "Back-off pulling image \"registry.example/app:1\": not found"}}});
    let pods = list(vec![pod("shop", "web-7d4b9c6f5d-x7k2z", ("ReplicaSet", "web-7d4b9c6f5d"), "Pending", refused)]);
    let mut files = vec![("case/kubectl-out/pods.json", pods)];
    files.extend(HOST_LOGS.map(|(path, line)| (path, line.repeat(3))));
    let (report, _) = analyzed(&files);
    let found: Vec<_> = incidents(&report).iter().map(|incident| &incident["subject"]["pods"]).collect();
    assert_eq!(found, [&json!(["web-7d4b9c6f5d-x7k2z"])], "{report:#}");
    assert_eq!(incidents(&report)[0]["site"], Value::Null, "{report:#}");
}

/// A log whose name says which part of the cluster it is of, where the API server answered nothing.
#[test]
fn the_log_of_a_part_of_the_cluster_is_told_of_that_part() {
    let unreachable = "Unable to connect to the server: x509: certificate has expired or is not yet valid\n";
    let log = "F1126 07:57:41.118801       1 instance.go:290] Error creating leases: dial tcp 127.0.0.1:2379: connect: connection refused\n";
    let (report, _) = analyzed(&[("pods.txt", unreachable.to_owned()), ("kube-apiserver.log", log.to_owned())]);
    assert_eq!(incident(&report, "dependency-unavailable")["subject"]["name"], "kube-apiserver");
}

/// Nodes wait for the cloud provider, whose controller cannot log in.
#[test]
fn uninitialized_nodes_follow_from_the_cloud_controller() {
    let mut controller = pod(
        "kube-system",
        "vsphere-cloud-controller-manager-2xk7z",
        ("DaemonSet", "vsphere-cloud-controller-manager"),
        "Running",
        json!({"ready": false, "restartCount": 9, "state": {"waiting": {"reason": "CrashLoopBackOff"}}, "lastState": ended(1, 10)["state"]}),
    );
    controller["spec"]["restartPolicy"] = json!("Always");
    let mut web = pod("shop", "web-7d4b9c6f5d-x7k2z", ("ReplicaSet", "web-7d4b9c6f5d"), "Pending", json!({}));
    web["spec"].as_object_mut().unwrap().remove("nodeName");
    web["status"] = json!({"phase": "Pending", "conditions": [{"type": "PodScheduled", "status": "False", "reason": "Unschedulable",
        "message": "0/2 nodes are available: 2 node(s) had untolerated taint {node.cloudprovider.kubernetes.io/uninitialized: true}."}]});
    let log = "F0301 08:10:03.401300       1 main.go:251] Failed to create client. err: ServerFaultCode: Cannot complete login due to an incorrect user name or password.\n";
    let (report, _) = analyzed(&[
        ("pods.json", list(vec![controller, web])),
        ("vsphere-cloud-controller-manager-2xk7z-previous.log", log.to_owned()),
    ]);
    let root = incident(&report, "dependency-auth-failed");
    assert_eq!(incident(&report, "node-uninitialized")["causedBy"], root["id"], "{report:#}");
}

/// Logs of the runtime's own tree and the kubelet's, nothing of kubectl: the pod that the kubelet starts again, and no other.
#[test]
fn the_logs_of_nodes_alone_tell_of_the_pod_that_the_kubelet_starts_again() {
    let uid = "1c96a0b2-1111-4222-8333-944455556666";
    let line = |text: &str| format!("2026-03-01T08:10:00.100000000Z stderr F {text}\n");
    let mut files: Vec<(String, String)> = (0..6)
        .map(|n| {
            let log = line("started")
                + &line("connect to db:5432 failed: dial tcp 10.96.1.1:5432: connect: connection refused");
            (format!("logs/kind-worker/pods/shop_api-{n}_{uid}/api/0.log"), log)
        })
        .collect();
    for attempt in 4..7 {
        let lost = line("Traceback (most recent call last):") + &line("KeyError: 'STRIPE_KEY'");
        files.push((format!("logs/kind-worker/pods/shop_pay-0_{uid}/pay/{attempt}.log"), lost));
    }
    let kubelet = r#"Mar 01 08:10:11 kind-worker kubelet[701]: E0301 08:10:11.100101     701 pod_workers.go:1301] "Error syncing pod, skipping" err="failed to \"StartContainer\" for \"pay\" with CrashLoopBackOff: \"back-off 5m0s restarting failed container=pay pod=pay-0_shop(1c96)\"" pod="shop/pay-0" podUID="1c96"
"#;
    for node in ["kind-worker", "kind-control-plane"] {
        files.push((format!("logs/{node}/journal.log"), format!("Mar 01 08:10:00 {node} systemd[1]: Started x.\n")));
    }
    let daemon = "{\"level\":\"error\",\"ts\":\"2026-03-01T08:10:00Z\",\"msg\":\"dial tcp 10.0.0.1:443: connect: connection refused\"}\n";
    files.push(("logs/kind-worker/ipamd.log".to_owned(), daemon.to_owned()));
    files.push(("logs/kind-worker/kubelet.log".to_owned(), kubelet.repeat(3)));
    let files: Vec<(&str, String)> = files.iter().map(|(path, text)| (path.as_str(), text.clone())).collect();
    let (report, _) = analyzed(&files);
    assert_eq!(report["bundle"]["layout"], "loose");
    assert_eq!(incidents(&report).len(), 1, "{report:#}");
    assert_eq!(incident(&report, "app-config-missing")["subject"]["pods"], json!(["pay-0"]));
}

/// Objects sorted into folders of the API's groups are of one cluster.
#[test]
fn folders_of_api_groups_are_parts_of_one_cluster() {
    let waits = json!({"ready": false, "restartCount": 0, "state": {"waiting": {"reason": "ImagePullBackOff", "message": "Back-off pulling image \"registry.example/app:1\""}}});
    let web = pod("shop", "web-7d4b9c6f5d-x7k2z", ("ReplicaSet", "web-7d4b9c6f5d"), "Pending", waits);
    let deployment = json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web", "namespace": "shop"},
        "spec": {"replicas": 1}, "status": {"replicas": 1, "unavailableReplicas": 1}});
    let (report, _) = analyzed(&[
        ("bundle/kubecapture/core_v1/shop/pods-1.json", list(vec![web])),
        ("bundle/kubecapture/apps_v1/shop/deployments-1.json", list(vec![deployment])),
        (
            "bundle/version.txt",
            "<error getting server version: timed out waiting for server status request to be processed>\n".to_owned(),
        ),
    ]);
    assert_eq!(incidents(&report).len(), 1, "{report:#}");
    assert_eq!(incidents(&report)[0]["site"], Value::Null);
}

/// The logs of a control plane whose API server answers nothing: what calls a port of its own node follows from what has it.
#[test]
fn a_part_of_the_control_plane_follows_from_the_part_that_it_calls() {
    let etcd = "{\"level\":\"fatal\",\"ts\":\"2026-03-01T08:10:01.400Z\",\"msg\":\"failed to open database\",\"error\":\"write /var/lib/etcd/member/snap/db: no space left on device\"}\n";
    let api = "W0301 08:10:02.118801       1 logging.go:59] grpc: addrConn.createTransport failed to connect to {Addr: \"127.0.0.1:2379\", }. Err: connection error: desc = \"transport: Error while dialing: dial tcp 127.0.0.1:2379: connect: connection refused\"\n";
    let (report, _) = analyzed(&[("etcd.log", etcd.to_owned()), ("kube-apiserver.log", api.to_owned())]);
    let root = incident(&report, "disk-full");
    assert_eq!(incident(&report, "dependency-unavailable")["causedBy"], root["id"], "{report:#}");
}

/// A program that was killed at its memory limit did not end for what it logged before.
#[test]
fn a_kill_at_the_memory_limit_is_no_matter_of_what_the_log_says() {
    let mut proxy = pod(
        "shop",
        "web-7d4b9c6f5d-x7k2z",
        ("ReplicaSet", "web-7d4b9c6f5d"),
        "Running",
        json!({"ready": false, "restartCount": 9, "state": {"waiting": {"reason": "CrashLoopBackOff"}},
            "lastState": {"terminated": {"exitCode": 137, "reason": "OOMKilled", "startedAt": "2026-03-01T08:10:00Z", "finishedAt": "2026-03-01T08:11:50Z"}}}),
    );
    proxy["spec"]["restartPolicy"] = json!("Always");
    let log = "connection error: desc = \"transport: Error while dialing: dial tcp 10.96.8.1:15012: i/o timeout\"\n";
    let (report, _) =
        analyzed(&[("pods.json", list(vec![proxy])), ("web-7d4b9c6f5d-x7k2z-previous.log", log.to_owned())]);
    assert_eq!(incidents(&report).len(), 1, "{report:#}");
    assert!(incident(&report, "oom-killed")["confidence"].as_f64().unwrap() > 0.9, "{report:#}");
}
