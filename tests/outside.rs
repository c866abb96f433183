//! Several programs with one trouble, of which each tells in its own words: a proxy, a name, a DNS server, the router, the
//! API server, a migration that another workload waits for.

#![allow(clippy::expect_used, clippy::unwrap_used)] // a test says what must hold

mod support;

use serde_json::{Value, json};
use support::analyzed::{analyzed, incident, list};

const TIME: &str = "2026-03-01 10:00:00.1 +0000 UTC m=+9.1\n";
const ROOT: &str = "m/x-sha256-0a/";

fn pod(namespace: &str, name: &str, status: Value) -> Value {
    let app = name.split('-').next().expect("a word");
    let mut status = status;
    status["name"] = json!(app);
    json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {"name": name, "namespace": namespace, "creationTimestamp": "2026-02-01T08:00:00Z", "labels": {"app": app},
            "ownerReferences": [{"kind": "DaemonSet", "name": app, "controller": true}]},
        "spec": {"nodeName": "n1", "containers": [{"name": app, "image": format!("{app}.example/{app}:1")}]},
        "status": {"phase": "Running", "startTime": "2026-02-01T08:00:00Z", "containerStatuses": [status]},
    })
}

fn crashing() -> Value {
    json!({"ready": false, "restartCount": 9, "state": {"waiting": {"reason": "CrashLoopBackOff"}},
        "lastState": {"terminated": {"exitCode": 1, "reason": "Error", "startedAt": "2026-03-01T09:55:00Z", "finishedAt": "2026-03-01T09:55:20Z"}}})
}

fn runs() -> Value {
    json!({"ready": true, "restartCount": 0, "state": {"running": {"startedAt": "2026-02-22T10:00:00Z"}}})
}

fn pulling(message: &str) -> Value {
    json!({"ready": false, "restartCount": 0, "state": {"waiting": {"reason": "ErrImagePull", "message": message}}})
}

fn log(namespace: &str, pod: &str, text: &str) -> (String, String) {
    let app = pod.split('-').next().expect("a word");
    (format!("{ROOT}namespaces/{namespace}/pods/{pod}/{app}/{app}/logs/previous.log"), format!("{text}\n"))
}

fn pods(namespace: &str, pods: Vec<Value>) -> (String, String) {
    (format!("{ROOT}namespaces/{namespace}/core/pods.yaml"), list(pods))
}

fn operator(name: &str, message: &str) -> (String, String) {
    let object = json!({
        "apiVersion": "config.openshift.io/v1", "kind": "ClusterOperator", "metadata": {"name": name},
        "status": {"conditions": [{"type": "Degraded", "status": "True", "reason": "Failed", "message": message, "lastTransitionTime": "2026-03-01T09:20:00Z"}]},
    });
    let path = format!("{ROOT}cluster-scoped-resources/config.openshift.io/clusteroperators/{name}.yaml");
    (path, serde_json::to_string_pretty(&object).expect("JSON"))
}

fn told(files: Vec<(String, String)>) -> Value {
    let time = (format!("{ROOT}timestamp"), TIME.to_owned());
    let files = [time].into_iter().chain(files).collect::<Vec<_>>();
    analyzed(&files.iter().map(|(path, text)| (path.as_str(), text.clone())).collect::<Vec<_>>()).0
}

/// Cause, name and the cause that it follows from, of each incident.
fn all(report: &Value) -> Vec<(&str, &str, &str)> {
    let incidents = report["incidents"].as_array().expect("a list");
    let cause =
        |id: &Value| incidents.iter().find(|one| one["id"] == *id).map_or("", |one| one["cause"].as_str().unwrap());
    incidents
        .iter()
        .map(|one| {
            (one["cause"].as_str().unwrap(), one["subject"]["name"].as_str().unwrap_or("-"), cause(&one["causedBy"]))
        })
        .collect()
}

#[test]
fn a_proxy_that_does_not_answer_is_one_root_for_pulls_programs_and_operators() {
    let proxy = "proxyconnect tcp: dial tcp 10.0.0.8:3128: connect: connection refused";
    let pull = |host: &str| {
        pulling(&format!(
            "rpc error: code = Unknown desc = pinging container registry {host}: Get \"https://{host}/v2/\": {proxy}"
        ))
    };
    let report = told(vec![
        pods(
            "shop",
            vec![pod("shop", "web-x7k2z", pull("web.example")), pod("shop", "api-x7k2y", pull("api.example"))],
        ),
        pods("pay", vec![pod("pay", "sync-x7k2x", crashing())]),
        log("pay", "sync-x7k2x", &format!("FATAL cannot sync: Post \"https://api.partner.example/v1\": {proxy}")),
        operator("insights", &format!("Unable to report: Post \"https://console.example.com/api/upload\": {proxy}")),
    ]);
    let root = ("dependency-unavailable", "10.0.0.8:3128", "");
    let pulls = ("image-pull-network", "10.0.0.8:3128", "dependency-unavailable");
    assert_eq!(all(&report), [root, pulls], "{report:#}");
    let of = incident(&report, "dependency-unavailable");
    assert_eq!(of["subject"]["workloads"], json!(["pay/sync", "insights"]));
    let pulls = incident(&report, "image-pull-network");
    assert_eq!(pulls["subject"]["workloads"], json!(["shop/api", "shop/web"]));
}

#[test]
fn names_that_a_dns_server_does_not_answer_for_are_that_server_and_typos_are_not() {
    let crash = |namespace: &str, pods_and_lines: &[(&str, &str)]| -> Vec<(String, String)> {
        let all = pods_and_lines.iter().map(|(name, _)| pod(namespace, name, crashing())).collect();
        let logs = pods_and_lines.iter().map(|(name, line)| log(namespace, name, line));
        [pods(namespace, all)].into_iter().chain(logs).collect()
    };
    let report = told(crash(
        "pay",
        &[
            ("cards-x7k2z", "panic: dial tcp: lookup gw.cards.example.com on 172.30.0.10:53: server misbehaving"),
            ("fraud-x7k2y", "Error: getaddrinfo EAI_AGAIN api.fraud.example.com"),
        ],
    ));
    assert_eq!(all(&report), [("dns-resolution-failed", "172.30.0.10:53", "")], "{report:#}");
    let report = told(crash(
        "pay",
        &[
            ("cards-x7k2z", "panic: dial tcp: lookup gw.cards.example.com on 172.30.0.10:53: no such host"),
            ("fraud-x7k2y", "Error: getaddrinfo ENOTFOUND api.fraud.example.com"),
        ],
    ));
    assert_eq!(report["incidents"].as_array().expect("a list").len(), 2, "{report:#}");
}

#[test]
fn operators_that_cannot_reach_their_routes_follow_from_the_router_or_are_one() {
    let refused = |route: &str| {
        operator(
            route,
            &format!(
                "RouteHealthDegraded: Get \"https://{route}.apps.ocp.example.net/healthz\": dial tcp 10.9.9.9:443: connect: connection refused"
            ),
        )
    };
    let report = told(vec![
        pods("openshift-ingress", vec![pod("openshift-ingress", "router-x7k2z", crashing())]),
        log("openshift-ingress", "router-x7k2z", "F0301 main.go:1] listen tcp :443: bind: address already in use"),
        refused("console"),
        refused("oauth"),
    ]);
    let victim = |name| ("dependency-unavailable", name, "port-bind-failed");
    assert_eq!(all(&report), [("port-bind-failed", "router", ""), victim("console"), victim("oauth")], "{report:#}");

    // A pod in another trouble does not silence what operators met outside.
    let report = told(vec![
        pods("openshift-ingress", vec![pod("openshift-ingress", "router-x7k2z", runs())]),
        pods("shop", vec![pod("shop", "web-x7k2z", crashing())]),
        log("shop", "web-x7k2z", "panic: DATABASE_URL is not set"),
        refused("console"),
        refused("oauth"),
        operator("odd", "something is not as it should be"),
    ]);
    let found = all(&report);
    assert!(found.contains(&("dependency-unavailable", "10.9.9.9:443", "")), "{found:#?}");
    assert_eq!(found.len(), 2, "{found:#?}");
    assert_eq!(report["inventory"]["remarks"][0]["object"], "ClusterOperator odd");
}

/// The manager of a storage system is no driver by its name: it lives beside the driver's pods.
#[test]
fn a_volume_that_cannot_be_attached_follows_from_what_fails_beside_its_driver_on_the_node() {
    let driver = |node: &str, status: Value, name: &str| {
        let mut pod = pod("vault-system", name, status);
        pod["spec"]["nodeName"] = json!(node);
        pod
    };
    let mut plugin = driver("n1", runs(), "csi-plugin-x7k2x");
    plugin["spec"]["containers"][0]["args"] = json!(["--drivername=driver.vault.example"]);
    let mut waits = pod(
        "shop",
        "db-x7k2z",
        json!({"ready": false, "restartCount": 0, "state": {"waiting": {"reason": "ContainerCreating"}}}),
    );
    waits["status"]["phase"] = json!("Pending");
    let event = json!({"apiVersion": "v1", "kind": "Event", "metadata": {"name": "db.1", "namespace": "shop"}, "type": "Warning",
        "reason": "FailedAttachVolume", "count": 9, "firstTimestamp": "2026-03-01T09:30:00Z", "lastTimestamp": "2026-03-01T09:58:00Z",
        "involvedObject": {"kind": "Pod", "namespace": "shop", "name": "db-x7k2z"},
        "message": "AttachVolume.Attach failed for volume \"pvc-1\" : rpc error: code = NotFound desc = node n1 not found"});
    let volume = json!({"apiVersion": "v1", "kind": "PersistentVolume", "metadata": {"name": "pvc-1"}, "spec": {"storageClassName": "vault"}});
    let class = json!({"apiVersion": "storage.k8s.io/v1", "kind": "StorageClass", "metadata": {"name": "vault"}, "provisioner": "driver.vault.example"});
    let found = |node: &str| {
        told(vec![
            pods("shop", vec![waits.clone()]),
            pods("vault-system", vec![plugin.clone(), driver(node, crashing(), "manager-x7k2y")]),
            log(
                "vault-system",
                "manager-x7k2y",
                "level=fatal msg=\"nsenter: failed to execute iscsiadm: No such file or directory\"",
            ),
            (format!("{ROOT}namespaces/shop/core/events.yaml"), list(vec![event.clone()])),
            (format!("{ROOT}cluster-scoped-resources/core/persistentvolumes.yaml"), list(vec![volume.clone()])),
            (format!("{ROOT}cluster-scoped-resources/storage.k8s.io/storageclasses.yaml"), list(vec![class.clone()])),
        ])
    };
    let here = found("n1");
    assert!(all(&here).contains(&("volume-attach-failed", "db", "host-program-missing")), "{here:#}");
    let elsewhere = found("n2");
    assert!(all(&elsewhere).contains(&("volume-attach-failed", "db", "")), "{elsewhere:#}");
}

/// The manifest of a static pod says what it is made of and not how it is: its log still speaks.
#[test]
fn the_log_of_a_static_pod_speaks_beside_its_manifest() {
    let manifest = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: kube-apiserver\n  namespace: kube-system\nspec:\n  containers:\n  - name: kube-apiserver\n    image: api:1\n";
    let refused = "E0116 09:19:52.0 1 reflector.go:1] failed to list: Get \"https://10.43.0.1:443/api/v1/nodes\": dial tcp 10.43.0.1:443: connect: connection refused\n";
    let expired = "W0116 09:17:08.0 1 logging.go:59] grpc: createTransport failed. Err: authentication handshake failed: remote error: tls: expired certificate\nE0116 09:17:11.0 1 run.go:74] \"command failed\" err=\"context deadline exceeded\"\n";
    let path = |pod: &str, container: &str| {
        format!("n/podlogs/kube-system_{pod}_40efad84-2fbc-e988-55f1-d2d41fd15fe2/{container}/3.log")
    };
    let cri =
        |text: &str| text.lines().map(|line| format!("2026-01-16T09:19:52.0Z stderr F {line}\n")).collect::<String>();
    let (report, _) = analyzed(&[
        ("n/pod-manifests/kube-apiserver.yaml", manifest.to_owned()),
        (&path("kube-apiserver-n1", "kube-apiserver"), cri(expired)),
        (&path("coredns-x7k2z", "coredns"), cri(refused)),
    ]);
    let found = all(&report);
    assert!(found.iter().any(|(cause, _, by)| (*cause, *by) == ("tls-certificate-invalid", "")), "{found:#?}");
    let follows =
        |found: &(&str, &str, &str)| (found.0, found.2) == ("kubernetes-api-unreachable", "tls-certificate-invalid");
    assert!(found.iter().any(follows), "{found:#?}");
}

/// What a node's runtime lists of its containers shows a few pods, and is no list of the cluster's: an error at the end of a log
/// that it says nothing of is as little an alarm as without it.
#[test]
fn a_runtimes_list_does_not_make_the_other_logs_of_its_node_those_of_sick_pods() {
    let names = ["a-x7k2z", "b-x7k2z", "c-x7k2z", "d-x7k2z", "e-x7k2z", "f-x7k2z", "g-x7k2z"];
    let log = |name: &str| {
        let path = format!("n/podlogs/shop_{name}_40efad84-2fbc-e988-55f1-d2d41fd15fe2/app/0.log");
        (path, "2026-01-16T09:19:52.0Z stderr F E0116 09:19:52.0 1 horizontal.go:256] failed to compute the number of replicas\n".to_owned())
    };
    let listed = |name: &str| {
        format!("1a2b3c4d5e6f7   0a1b2c3d4e5f6   3 hours ago   Running   app   0   9f8e7d6c5b4a3   {name}   shop\n")
    };
    let head = "CONTAINER       IMAGE           CREATED       STATE     NAME   ATTEMPT   POD ID   POD   NAMESPACE\n";
    let table = format!("{head}{}{}", listed(names[0]), listed(names[1]));
    let files: Vec<_> = names.iter().map(|name| log(name)).chain([("n/crictl/psa".to_owned(), table)]).collect();
    let (report, _) = analyzed(&files.iter().map(|(path, text)| (path.as_str(), text.clone())).collect::<Vec<_>>());
    assert_eq!(report["incidents"], json!([]), "{report:#}");
}
