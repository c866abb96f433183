//! The parts of a platform that speak of themselves and of each other: OpenShift's operators, etcd and the API server, builds,
//! nodes that hold a volume.

#![allow(clippy::expect_used, clippy::unwrap_used)] // a test says what must hold

mod support;

use serde_json::{Value, json};
use support::analyzed::{analyzed, incident, list};

const TIME: &str = "2026-03-01 10:00:00.1 +0000 UTC m=+9.1\n";

fn pod(namespace: &str, name: &str, container: &str, status: Value) -> Value {
    let mut status = status;
    status["name"] = json!(container);
    json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {"name": name, "namespace": namespace, "creationTimestamp": "2026-02-01T08:00:00Z"},
        "spec": {"nodeName": "n1", "hostNetwork": true, "containers": [{"name": container, "image": "registry.example/app:1"}]},
        "status": {"phase": "Running", "startTime": "2026-02-01T08:00:00Z", "containerStatuses": [status]},
    })
}

fn crashing() -> Value {
    json!({"ready": false, "restartCount": 9, "state": {"waiting": {"reason": "CrashLoopBackOff"}},
        "lastState": {"terminated": {"exitCode": 1, "reason": "Error", "startedAt": "2026-03-01T09:55:00Z", "finishedAt": "2026-03-01T09:55:20Z"}}})
}

/// A container that runs since a week and lost its readiness an hour before the collection.
fn unready(namespace: &str, name: &str, container: &str) -> Value {
    let status = json!({"ready": false, "restartCount": 1, "state": {"running": {"startedAt": "2026-02-22T10:00:00Z"}},
        "lastState": {"terminated": {"exitCode": 1, "reason": "Error", "startedAt": "2026-02-01T08:00:00Z", "finishedAt": "2026-02-22T09:59:50Z"}}});
    let mut pod = pod(namespace, name, container, status);
    pod["status"]["conditions"] =
        json!([{"type": "Ready", "status": "False", "lastTransitionTime": "2026-03-01T09:00:00Z"}]);
    pod
}

fn log(namespace: &str, pod: &str, container: &str, run: &str) -> String {
    format!("m/x-sha256-0a/namespaces/{namespace}/pods/{pod}/{container}/{container}/logs/{run}.log")
}

fn operator(name: &str, namespace: &str, conditions: Value) -> String {
    let object = json!({
        "apiVersion": "config.openshift.io/v1", "kind": "ClusterOperator", "metadata": {"name": name},
        "status": {"conditions": conditions,
            "relatedObjects": [{"group": "", "resource": "namespaces", "name": "openshift-config"}, {"group": "", "resource": "namespaces", "name": namespace}]},
    });
    serde_json::to_string_pretty(&object).expect("JSON")
}

fn degraded(reason: &str, message: &str) -> Value {
    json!([{"type": "Degraded", "status": "True", "reason": reason, "message": message, "lastTransitionTime": "2026-03-01T09:20:00Z"},
        {"type": "Available", "status": "True", "reason": "AsExpected", "lastTransitionTime": "2026-01-01T00:00:00Z"}])
}

const OPERATOR: &str = "m/x-sha256-0a/cluster-scoped-resources/config.openshift.io/clusteroperators/";

fn remarks(report: &Value) -> Vec<&str> {
    let remarks = report["inventory"]["remarks"].as_array().expect("a list");
    remarks.iter().map(|remark| remark["object"].as_str().expect("a text")).collect()
}

/// The words of an operator stand with the pods it names or looks after, and are no incident; what it says of other things
/// is worth a line.
#[test]
fn an_operator_in_trouble_is_told_with_what_troubles_it() {
    let path = |name: &str| format!("{OPERATOR}{name}.yaml");
    let (report, _) = analyzed(&[
        ("m/x-sha256-0a/timestamp", TIME.to_owned()),
        (
            "m/x-sha256-0a/namespaces/openshift-dns/core/pods.yaml",
            list(vec![pod("openshift-dns", "dns-default-x7k2z", "dns", crashing())]),
        ),
        (
            &log("openshift-dns", "dns-default-x7k2z", "dns", "previous"),
            "plugin/forward: unknown property 'max_fale' - Error during parsing\n".to_owned(),
        ),
        (&path("dns"), operator("dns", "openshift-dns", degraded("DNSDegraded", "DNS default is degraded"))),
        (
            &path("network"),
            operator("network", "openshift-multus", degraded("Rollout", "pod/dns-default-x7k2z has no address")),
        ),
        (&path("insights"), operator("insights", "openshift-insights", degraded("NoUpload", "unable to report: 401"))),
        (
            &path("etcd"),
            operator(
                "etcd",
                "openshift-etcd",
                json!([{"type": "Degraded", "status": "False"}, {"type": "Available", "status": "True"}]),
            ),
        ),
    ]);
    let all = report["incidents"].as_array().expect("a list");
    assert_eq!(all.len(), 1, "{report:#}");
    let told = |reason: &str| {
        let lines = all[0]["evidence"].as_array().expect("a list");
        lines.iter().any(|line| line["role"] == "supporting" && line["shows"].as_str().unwrap().contains(reason))
    };
    assert_eq!([told("DNSDegraded"), told("Rollout"), told("NoUpload")], [true, true, false], "{:#}", all[0]);
    assert_eq!(remarks(&report), ["ClusterOperator insights"]);
    let moments = all[0]["timeline"].as_array().expect("a list");
    assert!(moments.iter().any(|moment| moment["object"] == "ClusterOperator dns"), "{moments:#?}");
}

/// Where nothing else is in trouble, what the operator met is the incident.
#[test]
fn an_operator_alone_in_trouble_is_an_incident() {
    let message = "RouteDegraded: Get \"https://console.apps.example/\": tls: failed to verify certificate: x509: certificate has expired or is not yet valid";
    let mut conditions = degraded("RouteHealth_FailedGet", message);
    conditions[1] = json!({"type": "Available", "status": "False", "reason": "RouteHealth_FailedGet", "message": message, "lastTransitionTime": "2026-03-01T09:21:00Z"});
    let ready = json!({"ready": true, "restartCount": 0, "state": {"running": {"startedAt": "2026-02-22T10:00:00Z"}}});
    let files = |conditions| {
        [
            ("m/x-sha256-0a/timestamp".to_owned(), TIME.to_owned()),
            (
                "m/x-sha256-0a/namespaces/openshift-console/core/pods.yaml".to_owned(),
                list(vec![pod("openshift-console", "console-0", "console", ready.clone())]),
            ),
            (format!("{OPERATOR}console.yaml"), operator("console", "openshift-console", conditions)),
        ]
    };
    let told = |conditions| {
        let files = files(conditions);
        let files: Vec<_> = files.iter().map(|(path, text)| (path.as_str(), text.clone())).collect();
        analyzed(&files).0
    };
    let report = told(conditions);
    let of = incident(&report, "tls-certificate-invalid");
    assert_eq!(
        (of["subject"]["kind"].as_str(), of["subject"]["name"].as_str()),
        (Some("ClusterOperator"), Some("console"))
    );
    assert_eq!(of["severity"], "critical");
    let report = told(degraded("Odd", "something is not as it should be"));
    let of = incident(&report, "unknown");
    assert_eq!((of["severity"].as_str(), of["subject"]["name"].as_str()), (Some("warning"), Some("console")), "{of:#}");
    let report = told(json!([{"type": "Upgradeable", "status": "False"}, {"type": "Progressing", "status": "True"}]));
    assert_eq!(report["incidents"], json!([]));
}

/// etcd whose disk is slow is the root of what waits for it: by name, and through the API server of its node.
#[test]
fn a_slow_etcd_is_the_root_of_what_loses_its_lease() {
    let slow = "2026-03-01T09:59:00.1Z {\"level\":\"warn\",\"caller\":\"wal/wal.go:805\",\"msg\":\"slow fdatasync\",\"took\":\"4.8s\",\"expected-duration\":\"1s\"}\n";
    let named = "2026-03-01T09:55:19.1Z E0301 09:55:19.000001       1 leaderelection.go:332] error retrieving resource lock kube-system/scheduler: etcdserver: request timed out\n";
    let called = "2026-03-01T09:55:19.1Z E0301 09:55:19.000001       1 leaderelection.go:332] error retrieving resource lock kube-system/scheduler: Get \"https://localhost:6443/apis/coordination.k8s.io/v1\": context deadline exceeded\n";
    let told = |line: &str, node: &str| {
        let mut scheduler = pod("openshift-kube-scheduler", "scheduler-n1", "scheduler", crashing());
        scheduler["spec"]["nodeName"] = json!(node);
        let (report, _) = analyzed(&[
            ("m/x-sha256-0a/timestamp", TIME.to_owned()),
            (
                "m/x-sha256-0a/namespaces/openshift-etcd/core/pods.yaml",
                list(vec![unready("openshift-etcd", "etcd-n1", "etcd")]),
            ),
            ("m/x-sha256-0a/namespaces/openshift-kube-scheduler/core/pods.yaml", list(vec![scheduler])),
            (&log("openshift-etcd", "etcd-n1", "etcd", "current"), slow.to_owned()),
            (&log("openshift-kube-scheduler", "scheduler-n1", "scheduler", "previous"), line.to_owned()),
        ]);
        let etcd = incident(&report, "etcd-disk-slow").clone();
        (etcd, incident(&report, "kubernetes-api-unreachable").clone())
    };
    for (line, node, tied) in [(named, "n1", true), (named, "n2", true), (called, "n1", true), (called, "n2", false)] {
        let (etcd, scheduler) = told(line, node);
        assert_eq!(scheduler["causedBy"] == etcd["id"], tied, "{line}{node}: {scheduler:#}");
        assert_eq!(etcd["causeParents"], json!(["readiness-probe-failed"]));
        assert_eq!(etcd["since"]["time"], "2026-03-01T09:00:00Z", "not since the earlier run ended: {etcd:#}");
    }
}

/// A Build is done again by the next one of its BuildConfig; a run that nothing repeats and that failed weeks ago is history.
#[test]
fn a_failed_build_is_over_when_a_later_one_has_passed() {
    let run = |name: &str, build: &str, code: i64, day: u32| {
        let reason = if code == 0 { "Completed" } else { "Error" };
        let status = json!({"ready": false, "restartCount": 0, "state": {"terminated": {"exitCode": code, "reason": reason,
            "startedAt": format!("2026-02-{day:02}T08:00:00Z"), "finishedAt": format!("2026-02-{day:02}T08:03:00Z")}}});
        let mut pod = pod("ci", name, "docker-build", status);
        pod["metadata"]["ownerReferences"] = json!([{"kind": "Build", "name": build, "controller": true}]);
        pod["spec"]["restartPolicy"] = json!("Never");
        pod["status"]["phase"] = json!(if code == 0 { "Succeeded" } else { "Failed" });
        pod
    };
    let told = |pods: Vec<Value>| {
        let (report, _) = analyzed(&[
            ("m/x-sha256-0a/timestamp", TIME.to_owned()),
            ("m/x-sha256-0a/namespaces/ci/core/pods.yaml", list(pods)),
        ]);
        let all = report["incidents"].as_array().expect("a list").iter();
        all.map(|incident| incident["severity"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(told(vec![run("web-3-build", "web-3", 1, 27), run("web-4-build", "web-4", 0, 28)]), [""; 0]);
    assert_eq!(told(vec![run("web-3-build", "web-3", 1, 27), run("db-4-build", "db-4", 0, 28)]), ["critical"]);
    assert_eq!(told(vec![run("web-3-build", "web-3", 1, 2)]), ["info"]);
}

/// Where a pod's volume rules out all nodes but those in trouble, the pod waits for the node in trouble.
#[test]
fn a_pod_that_its_volume_ties_to_a_node_in_trouble_waits_for_that_node() {
    let told = |reasons: &str| {
        let message = format!(
            "0/4 nodes are available: {reasons}. preemption: 0/4 nodes are available: 4 Preemption is not helpful for scheduling."
        );
        let mut waiting = pod("shop", "db-1", "db", json!({}));
        waiting["spec"]["nodeName"].take();
        waiting["metadata"]["ownerReferences"] = json!([{"kind": "StatefulSet", "name": "db", "controller": true}]);
        waiting["status"] = json!({"phase": "Pending", "conditions": [{"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": message}]});
        let node = json!({"apiVersion": "v1", "kind": "Node", "metadata": {"name": "n3"}, "status": {"conditions": [
            {"type": "DiskPressure", "status": "True", "reason": "KubeletHasDiskPressure", "message": "kubelet has disk pressure"},
            {"type": "Ready", "status": "True", "reason": "KubeletReady"}]}});
        let (report, _) = analyzed(&[
            ("m/x-sha256-0a/timestamp", TIME.to_owned()),
            ("m/x-sha256-0a/namespaces/shop/core/pods.yaml", list(vec![waiting])),
            ("m/x-sha256-0a/cluster-scoped-resources/core/nodes/n3.yaml", node.to_string()),
        ]);
        let all = report["incidents"].as_array().expect("a list");
        let of = all
            .iter()
            .find(|incident| incident["subject"]["pods"] == json!(["db-1"]))
            .unwrap_or_else(|| panic!("{report:#}"));
        of["causedBy"] != Value::Null
    };
    let pressure = "1 node(s) had untolerated taint {node.kubernetes.io/disk-pressure: }";
    let master = "2 node(s) had untolerated taint {node-role.kubernetes.io/master: }";
    assert!(told(&format!("{pressure}, 1 node(s) had volume node affinity conflict, {master}")));
    assert!(!told(&format!("{pressure}, 1 Insufficient memory, {master}")));
}

fn event(of: (&str, &str, &str), reason: &str, message: &str) -> Value {
    let (kind, namespace, name) = of;
    json!({"apiVersion": "v1", "kind": "Event", "type": "Warning", "reason": reason, "message": message, "count": 9,
        "metadata": {"name": format!("{name}.1"), "namespace": namespace},
        "involvedObject": {"kind": kind, "namespace": namespace, "name": name},
        "firstTimestamp": "2026-03-01T09:30:00Z", "lastTimestamp": "2026-03-01T09:59:00Z"})
}

/// The incidents of events in two namespaces.
fn told_of(events: [Value; 2]) -> Value {
    let [shop, bank] = events;
    let (report, _) = analyzed(&[
        ("m/x-sha256-0a/timestamp", TIME.to_owned()),
        ("m/x-sha256-0a/namespaces/shop/core/events.yaml", list(vec![shop])),
        ("m/x-sha256-0a/namespaces/bank/core/events.yaml", list(vec![bank])),
    ]);
    report["incidents"].clone()
}

/// Two webhooks of one Service that is gone are one matter; of two Services they are two.
#[test]
fn webhooks_of_one_server_are_told_of_the_server() {
    let told = |other: &str| {
        let refused = |namespace: &str, name: &str, webhook: &str, service: &str| {
            let message = format!(
                "Error creating: Internal error occurred: failed calling webhook \"{webhook}\": failed to call webhook: Post \"https://{service}.mesh.svc:443/mutate?timeout=10s\": service \"{service}\" not found"
            );
            event(("ReplicaSet", namespace, name), "FailedCreate", &message)
        };
        told_of([
            refused("shop", "web-7d4b9c6f5d", "pods.mesh.local", "injector"),
            refused("bank", "api-7d4b9c6f5d", "config.mesh.local", other),
        ])
    };
    let one = told("injector");
    let subject = &one[0]["subject"];
    assert_eq!(one.as_array().map(Vec::len), Some(1), "{one:#}");
    assert_eq!((subject["kind"].as_str(), subject["name"].as_str()), (Some("Dependency"), Some("injector.mesh:443")));
    assert_eq!(subject["workloads"], json!(["bank/api-7d4b9c6f5d", "shop/web-7d4b9c6f5d"]));
    let two = told("validator");
    assert_eq!(two.as_array().map(Vec::len), Some(2), "{two:#}");
}

/// An NFS server that does not answer is one matter for all who mount from it; a path that is not there is the mount's own.
#[test]
fn an_nfs_server_that_does_not_answer_is_told_once() {
    let told = |error: &str| {
        let failed = |namespace: &str, pod: &str| {
            let message = format!(
                "MountVolume.SetUp failed for volume \"data\" : mount failed: exit status 32\nMounting command: mount\nMounting arguments: -t nfs -o nfsvers=4.1 10.4.8.12:/export/{pod} /var/lib/kubelet/pods/u/volumes/kubernetes.io~nfs/data\nOutput: mount.nfs: {error}\n"
            );
            event(("Pod", namespace, pod), "FailedMount", &message)
        };
        let all = told_of([failed("shop", "web-0"), failed("bank", "api-0")]);
        let all = all.as_array().expect("a list").clone();
        assert!(all.iter().all(|incident| incident["cause"] == "nfs-mount-failed"), "{all:#?}");
        all.iter().map(|incident| incident["subject"]["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(told("Connection timed out"), ["10.4.8.12"]);
    assert_eq!(
        told("mounting 10.4.8.12:/export failed, reason given by server: No such file or directory"),
        ["api-0", "web-0"]
    );
}

/// A Deployment repeats what its ReplicaSet was refused.
#[test]
fn a_pod_that_is_refused_is_told_once_of_its_deployment() {
    let message = "pods \"lab-7d4b9c6f5d-\" is forbidden: pod rejected: RuntimeClass \"kata\" not found";
    let condition = json!([{"type": "ReplicaFailure", "status": "True", "reason": "FailedCreate", "message": message}]);
    let workload = |kind: &str, name: &str| json!({"apiVersion": "apps/v1", "kind": kind, "metadata": {"name": name, "namespace": "lab"}, "spec": {"replicas": 1}, "status": {"conditions": condition}});
    let mut set = workload("ReplicaSet", "lab-7d4b9c6f5d");
    set["metadata"]["ownerReferences"] = json!([{"kind": "Deployment", "name": "lab", "controller": true}]);
    let (report, _) = analyzed(&[
        ("m/x-sha256-0a/timestamp", TIME.to_owned()),
        ("m/x-sha256-0a/namespaces/lab/apps/replicasets.yaml", list(vec![set])),
        ("m/x-sha256-0a/namespaces/lab/apps/deployments.yaml", list(vec![workload("Deployment", "lab")])),
    ]);
    let all = report["incidents"].as_array().expect("a list");
    let of: Vec<_> =
        all.iter().map(|i| (i["cause"].as_str().unwrap(), i["subject"]["name"].as_str().unwrap())).collect();
    assert_eq!(of, [("runtime-class-missing", "lab")], "{report:#}");
}

/// The ReplicaSet of another Deployment, by its name or by its namespace, does not speak for a Deployment.
#[test]
fn a_deployment_is_told_beside_replica_sets_that_are_not_its_own() {
    let workload = |kind: &str, namespace: &str, name: &str, class: &str| {
        let message = format!("pods \"{name}-\" is forbidden: pod rejected: RuntimeClass \"{class}\" not found");
        let condition =
            json!([{"type": "ReplicaFailure", "status": "True", "reason": "FailedCreate", "message": message}]);
        json!({"apiVersion": "apps/v1", "kind": kind, "metadata": {"name": name, "namespace": namespace}, "spec": {"replicas": 1}, "status": {"conditions": condition}})
    };
    for (namespace, set) in [("lab", "lab-notes-7d4b9c6f5d"), ("desk", "lab-7d4b9c6f5d")] {
        let (report, _) = analyzed(&[
            ("m/x-sha256-0a/timestamp", TIME.to_owned()),
            (
                &format!("m/x-sha256-0a/namespaces/{namespace}/apps/replicasets.yaml"),
                list(vec![workload("ReplicaSet", namespace, set, "gvisor")]),
            ),
            (
                "m/x-sha256-0a/namespaces/lab/apps/deployments.yaml",
                list(vec![workload("Deployment", "lab", "lab", "kata")]),
            ),
        ]);
        let all = report["incidents"].as_array().expect("a list");
        let named: Vec<_> =
            all.iter().map(|i| (i["subject"]["kind"].as_str(), i["subject"]["name"].as_str())).collect();
        assert_eq!(all.len(), 2, "{report:#}");
        assert!(named.contains(&(Some("Deployment"), Some("lab"))), "{named:?}");
    }
}

/// What is still there and fails is tried again: a pod that is not among those listed and was last heard of long ago is gone.
#[test]
fn a_pod_that_only_old_events_name_is_gone() {
    let ready = json!({"ready": true, "restartCount": 0, "state": {"running": {"startedAt": "2026-02-22T10:00:00Z"}}});
    let told = |last: &str, listed: bool| {
        let message = "Failed to pull image \"registry.example/web:9\": rpc error: code = Unknown desc = reading manifest 9 in registry.example/web: manifest unknown";
        let mut failed = event(("Pod", "shop", "web-9"), "Failed", message);
        failed["lastTimestamp"] = json!(last);
        let mut files = vec![
            ("m/x-sha256-0a/timestamp", TIME.to_owned()),
            ("m/x-sha256-0a/namespaces/shop/core/events.yaml", list(vec![failed])),
        ];
        if listed {
            let well = pod("shop", "db-0", "db", ready.clone());
            files.push(("m/x-sha256-0a/namespaces/shop/core/pods.yaml", list(vec![well])));
        }
        analyzed(&files).0["incidents"].as_array().map(Vec::len)
    };
    assert_eq!(told("2026-03-01T09:40:00Z", true), Some(0));
    assert_eq!(told("2026-03-01T09:50:00Z", true), Some(1), "it may be tried again yet");
    assert_eq!(told("2026-03-01T09:40:00Z", false), Some(1), "no output shows which pods there are");
}

/// Of a node that is lost the pods are lost as they were: what ended long before is not why.
#[test]
fn what_ran_on_a_lost_node_is_lost_with_it_whatever_ended_before() {
    let node = json!({"apiVersion": "v1", "kind": "Node", "metadata": {"name": "n1"}, "status": {"conditions": [
        {"type": "Ready", "status": "Unknown", "reason": "NodeStatusUnknown", "message": "Kubelet stopped posting node status.", "lastTransitionTime": "2026-03-01T09:00:00Z"}]}});
    let was = |reason: &str| {
        json!({"ready": true, "restartCount": 3, "state": {"running": {"startedAt": "2026-02-22T10:00:00Z"}},
        "lastState": {"terminated": {"exitCode": 137, "reason": reason, "startedAt": "2026-02-01T08:00:00Z", "finishedAt": "2026-02-22T09:59:50Z"}}})
    };
    let lost = |name: &str, containers: &[&str]| {
        let mut pod = pod("shop", name, containers[0], was("OOMKilled"));
        let statuses = containers.iter().map(|name| {
            let mut status = was("Error");
            status["name"] = json!(name);
            status
        });
        if containers.len() > 1 {
            pod["status"]["containerStatuses"] = statuses.collect();
            pod["spec"]["containers"] = containers.iter().map(|name| json!({"name": name})).collect();
        }
        pod["status"]["conditions"] =
            json!([{"type": "Ready", "status": "False", "lastTransitionTime": "2026-03-01T09:00:00Z"}]);
        pod["metadata"]["deletionTimestamp"] = json!("2026-03-01T09:05:00Z");
        pod
    };
    let ended = "2026-02-22T09:59:49.1Z F0222 09:59:49.000001       1 main.go:108] leader election lost\n";
    let (report, _) = analyzed(&[
        ("m/x-sha256-0a/timestamp", TIME.to_owned()),
        ("m/x-sha256-0a/cluster-scoped-resources/core/nodes/n1.yaml", node.to_string()),
        (
            "m/x-sha256-0a/namespaces/shop/core/pods.yaml",
            list(vec![lost("web-0", &["web"]), lost("db-0", &["db", "exporter"])]),
        ),
        (&log("shop", "web-0", "web", "previous"), ended.to_owned()),
        (&log("shop", "db-0", "exporter", "previous"), ended.to_owned()),
    ]);
    let root = incident(&report, "kubelet-not-reporting");
    let all = report["incidents"].as_array().expect("a list");
    let of_pods: Vec<_> = all.iter().filter(|incident| incident["id"] != root["id"]).collect();
    assert!(!of_pods.is_empty(), "{report:#}");
    for incident in of_pods {
        assert_eq!(
            (&incident["causedBy"], incident["cause"].as_str()),
            (&root["id"], Some("node-not-ready")),
            "{incident:#}"
        );
        assert_eq!(incident["since"]["time"], "2026-03-01T09:00:00Z");
    }
}

/// Several inspects of one hour and one cluster are read together; those of other machines or days are not.
#[test]
fn inspects_of_the_same_machines_are_of_one_cluster() {
    let told = |node: &str, time: &str| {
        let mut broker = pod("events", "bus-0", "kafka", crashing());
        let mut client = pod("orders", "outbox-0", "outbox", crashing());
        broker["spec"]["nodeName"] = json!("w1.prod.example.com");
        client["spec"]["nodeName"] = json!(node);
        let path = |inspect: &str, namespace: &str, pod: &str, container: &str| {
            format!("{inspect}/namespaces/{namespace}/pods/{pod}/{container}/{container}/logs/previous.log")
        };
        let (report, _) = analyzed(&[
            ("inspect.local.1/timestamp", TIME.to_owned()),
            ("inspect.local.2/timestamp", TIME.replace("2026-03-01 10:00", time)),
            ("inspect.local.1/namespaces/events/core/pods.yaml", list(vec![broker])),
            ("inspect.local.2/namespaces/orders/core/pods.yaml", list(vec![client])),
            (&path("inspect.local.1", "events", "bus-0", "kafka"), "java.io.IOException: No space left on device\n".to_owned()),
            (&path("inspect.local.2", "orders", "outbox-0", "outbox"), "dial tcp: connect to bus-0.events.svc:9092: connect: connection refused\nError: connect ECONNREFUSED bus-0.events.svc:9092\n".to_owned()),
        ]);
        incident(&report, "dependency-unavailable")["causedBy"] != Value::Null
    };
    assert!(told("w1.prod.example.com", "2026-03-01 10:05"));
    assert!(!told("w1.test.example.com", "2026-03-01 10:05"));
    assert!(!told("w1.prod.example.com", "2026-02-27 10:05"));
}
