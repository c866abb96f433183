//! What OpenShift says of its nodes and of itself beside pods: machine configurations, certificates of kubelets, tables of `oc get`.

#![allow(clippy::expect_used, clippy::unwrap_used)] // a test says what must hold

mod support;

use serde_json::{Value, json};
use support::analyzed::{analyzed, evidence, incident};

const TIME: &str = "2026-03-01 10:00:00.1 +0000 UTC m=+9.1\n";
const CLUSTER: &str = "m/x-sha256-0a/cluster-scoped-resources/";
const CLIENT: &str = "kubernetes.io/kube-apiserver-client-kubelet";
const SERVING: &str = "kubernetes.io/kubelet-serving";

fn node(name: &str, ready: &str) -> (String, String) {
    let object = json!({
        "apiVersion": "v1", "kind": "Node", "metadata": {"name": name},
        "status": {"conditions": [{"type": "Ready", "status": ready, "reason": if ready == "True" { "KubeletReady" } else { "NodeStatusUnknown" },
            "message": if ready == "True" { "kubelet is posting ready status" } else { "Kubelet stopped posting node status." },
            "lastTransitionTime": "2026-03-01T09:00:00Z"}]},
    });
    (format!("{CLUSTER}core/nodes/{name}.yaml"), serde_json::to_string_pretty(&object).expect("JSON"))
}

/// A CertificateSigningRequest; `of` is the node that it is made for.
fn request(name: &str, user: &str, signer: &str, of: &str, status: Value) -> (String, String) {
    let subject = format!("system:node:{of}");
    let length = u8::try_from(subject.len()).expect("short");
    let der = [&[0x30, 0x70, 0x0c, length][..], subject.as_bytes(), &[0x30, 0x59, 0x30]].concat();
    let body = data_encoding::BASE64.encode(&der);
    let pem = format!("-----BEGIN CERTIFICATE REQUEST-----\n{body}\n-----END CERTIFICATE REQUEST-----\n");
    let object = json!({
        "apiVersion": "certificates.k8s.io/v1", "kind": "CertificateSigningRequest",
        "metadata": {"name": name, "creationTimestamp": "2026-03-01T08:00:00Z"},
        "spec": {"signerName": signer, "username": user, "request": data_encoding::BASE64.encode(pem.as_bytes())},
        "status": status,
    });
    let path = format!("{CLUSTER}certificates.k8s.io/certificatesigningrequests/{name}.yaml");
    (path, serde_json::to_string_pretty(&object).expect("JSON"))
}

fn issued() -> Value {
    json!({"certificate": "LS0t", "conditions": [{"type": "Approved", "status": "True", "reason": "AutoApproved"}]})
}

fn told(files: Vec<(String, String)>) -> (Value, String) {
    let time = [("m/x-sha256-0a/timestamp", TIME.to_owned())];
    let files = files.iter().map(|(path, text)| (path.as_str(), text.clone()));
    analyzed(&time.into_iter().chain(files).collect::<Vec<_>>())
}

/// Cause, name and severity of each incident.
fn all(report: &Value) -> Vec<(&str, &str, &str)> {
    let incidents = report["incidents"].as_array().expect("a list");
    incidents
        .iter()
        .map(|one| {
            let name = one["subject"]["name"].as_str().unwrap_or("-");
            (one["cause"].as_str().expect("a text"), name, one["severity"].as_str().expect("a text"))
        })
        .collect()
}

const BOOTSTRAPPER: &str = "system:serviceaccount:openshift-machine-config-operator:node-bootstrapper";

#[test]
fn a_kubelet_that_waits_for_its_certificate_is_told_with_the_request() {
    let (report, text) = told(vec![
        node("m-0", "True"),
        node("w-0", "Unknown"),
        request("csr-lost", "system:node:w-0", CLIENT, "w-0", json!({})),
        request("csr-joins", BOOTSTRAPPER, CLIENT, "w-7", json!({})),
        // Asked for twice and granted once: the other is left over.
        request("csr-again", "system:node:m-0", SERVING, "m-0", json!({})),
        request("csr-got", "system:node:m-0", SERVING, "m-0", issued()),
        // What is no kubelet's is nobody's trouble here.
        request("csr-user", "jane", "kubernetes.io/kube-apiserver-client", "jane", json!({})),
    ]);
    let wanted = [
        ("kubelet-certificate-not-approved", "w-0", "critical"),
        ("kubelet-certificate-not-approved", "w-7", "warning"),
    ];
    assert_eq!(all(&report), wanted, "{report:#}");
    assert_eq!(incident(&report, "kubelet-certificate-not-approved")["causeParents"], json!(["node-not-ready"]));
    assert!(text.contains("kubectl certificate approve csr-joins"), "{text}");
    for (shows, cited) in evidence(&report) {
        assert!(!shows.contains("has approved or denied") || cited.contains(CLIENT), "{shows}: {cited}");
    }
}

#[test]
fn a_ready_node_may_lack_the_certificate_it_serves_with_and_no_other() {
    let of =
        |purpose| told(vec![node("w-0", "True"), request("csr-a", "system:node:w-0", purpose, "w-0", json!({}))]).0;
    assert_eq!(all(&of(SERVING)), [("kubelet-serving-certificate-not-approved", "w-0", "warning")]);
    assert_eq!(all(&of(CLIENT)), []);
}

fn condition(kind: &str, status: &str, reason: &str, message: &str) -> Value {
    json!({"type": kind, "status": status, "reason": reason, "message": message, "lastTransitionTime": "2026-03-01T09:20:00Z"})
}

fn object(group: &str, resource: &str, kind: &str, name: &str, conditions: Value) -> (String, String) {
    let object = json!({"apiVersion": format!("{group}/v1"), "kind": kind, "metadata": {"name": name}, "status": {"conditions": conditions}});
    (format!("{CLUSTER}{group}/{resource}/{name}.yaml"), serde_json::to_string_pretty(&object).expect("JSON"))
}

fn pool(conditions: Value) -> (String, String) {
    object("machineconfiguration.openshift.io", "machineconfigpools", "MachineConfigPool", "worker", conditions)
}

#[test]
fn a_degraded_pool_says_which_node_and_why() {
    let message = r#"Node w-1 is reporting: "unexpected on-disk state validating against rendered-worker-0a1b: content mismatch for file \"/etc/chrony.conf\"""#;
    let required = "Failed to resync 4.14.8 because: error required MachineConfigPool worker is not ready, retrying. Status: (pool degraded: true total: 3)";
    let (report, text) = told(vec![
        node("w-1", "True"),
        pool(json!([
            condition("RenderDegraded", "False", "", ""),
            condition("NodeDegraded", "True", "1 nodes are reporting degraded status on sync", message),
            condition("Degraded", "True", "", ""),
        ])),
        object(
            "config.openshift.io",
            "clusteroperators",
            "ClusterOperator",
            "machine-config",
            json!([
                condition("Degraded", "True", "RequiredPoolsFailed", required),
                condition("Available", "True", "", "")
            ]),
        ),
    ]);
    assert_eq!(all(&report), [("machine-config-not-applied", "worker", "warning")], "{report:#}");
    let of = incident(&report, "machine-config-not-applied");
    assert_eq!(
        (of["subject"]["kind"].as_str(), of["subject"]["node"].as_str()),
        (Some("MachineConfigPool"), Some("w-1"))
    );
    let lines = evidence(&report);
    assert!(lines.iter().any(|(shows, _)| shows.starts_with("`/etc/chrony.conf` is not as")), "{lines:#?}");
    assert!(lines.iter().any(|(shows, _)| shows.contains("RequiredPoolsFailed")), "{lines:#?}");
    assert!(text.contains("oc describe mcp worker") && !text.contains("clusteroperator machine-config`"), "{text}");

    let drained = "Failed to drain 1 node: [w-1]";
    let (report, _) =
        told(vec![node("w-1", "True"), pool(json!([condition("NodeDegraded", "True", "1 nodes", drained)]))]);
    assert_eq!(incident(&report, "machine-config-not-applied")["subject"]["node"], "w-1");
    let (report, _) =
        told(vec![pool(json!([condition("Degraded", "False", "", ""), condition("Updating", "True", "", "")]))]);
    assert_eq!(all(&report), []);
}

/// The tables hold what the objects would say, as far as they say it.
#[test]
fn tables_of_operators_pools_and_requests_are_read() {
    let operators = "\
NAME             VERSION   AVAILABLE   PROGRESSING   DEGRADED   SINCE   MESSAGE
authentication   4.14.8    False       False         True       3h12m   OAuthServerRouteEndpointAccessibleControllerAvailable: Get \"https://oauth-openshift.apps.ocp.example.net/healthz\": dial tcp: lookup oauth-openshift.apps.ocp.example.net on 172.30.0.10:53: no such host
baremetal        4.14.8    True        False         False      40d     
console          4.14.8    False       False         False      3h12m   RouteHealthAvailable: failed to GET route (https://console.apps.ocp.example.net): Get \"https://console.apps.ocp.example.net\": dial tcp: lookup console.apps.ocp.example.net on 172.30.0.10:53: no such host
";
    let version = "\
NAME      VERSION   AVAILABLE   PROGRESSING   SINCE   STATUS
version   4.14.8    True        False         40d     Cluster version is 4.14.8
";
    let pools = "\
NAME     CONFIG                 UPDATED   UPDATING   DEGRADED   MACHINECOUNT   READYMACHINECOUNT   UPDATEDMACHINECOUNT   DEGRADEDMACHINECOUNT   AGE
master   rendered-master-06c9   True      False      False      3              3                   3                     0                      40d
worker   rendered-worker-f4b6   False     True       True       3              2                   2                     1                      40d
";
    let requests = "\
NAME        AGE    SIGNERNAME                                    REQUESTOR                                                                   REQUESTEDDURATION   CONDITION
csr-4kq2x   3h     kubernetes.io/kube-apiserver-client-kubelet   system:serviceaccount:openshift-machine-config-operator:node-bootstrapper   <none>              Pending
csr-7sxzd   12m    kubernetes.io/kubelet-serving                 system:node:worker-1                                                        <none>              Pending
csr-9vbnm   40m    kubernetes.io/kubelet-serving                 system:node:worker-0                                                        <none>              Approved,Issued
";
    let nodes = "\
NAME       STATUS   ROLES    AGE   VERSION
worker-0   Ready    worker   40d   v1.27.8+4fab27b
worker-1   Ready    worker   40d   v1.27.8+4fab27b
";
    let (report, _) = analyzed(&[
        ("case/co.txt", operators.to_owned()),
        ("case/clusterversion.txt", version.to_owned()),
        ("case/mcp.txt", pools.to_owned()),
        ("case/csr.txt", requests.to_owned()),
        ("case/nodes.txt", nodes.to_owned()),
    ]);
    assert_eq!(report["gaps"], json!([]));
    let wanted = [
        ("dns-resolution-failed", "*.apps.ocp.example.net", "critical"),
        ("kubelet-certificate-not-approved", "-", "warning"),
        ("kubelet-serving-certificate-not-approved", "worker-1", "warning"),
        ("unknown", "worker", "warning"),
    ];
    assert_eq!(all(&report), wanted, "{report:#}");
    let of = incident(&report, "dns-resolution-failed");
    assert_eq!(of["subject"]["workloads"], json!(["authentication", "console"]));
}

/// A must-gather of a Deployment's two pods, each as it was at a time.
fn gather(folder: &str, time: &str, web: Value, api: Value) -> Vec<(String, String)> {
    let pod = |name: &str, uid: &str, status: &Value| {
        let mut status = status.clone();
        status["name"] = json!("app");
        json!({
            "apiVersion": "v1", "kind": "Pod",
            "metadata": {"name": name, "namespace": "shop", "uid": uid, "creationTimestamp": "2026-02-01T08:00:00Z",
                "ownerReferences": [{"kind": "ReplicaSet", "name": name.rsplit_once('-').expect("a name").0, "controller": true}]},
            "spec": {"nodeName": "n1", "containers": [{"name": "app", "image": "app:1"}]},
            "status": {"phase": "Running", "containerStatuses": [status]},
        })
    };
    let root = format!("{folder}/x-sha256-0a");
    let pods = [pod("web-6d4f5b6c7d-x7k2z", "u1", &web), pod("api-6d4f5b6c7d-x7k2y", "u2", &api)];
    let log = |pod: &str| format!("{root}/namespaces/shop/pods/{pod}/app/app/logs/previous.log");
    vec![
        (format!("{root}/timestamp"), format!("2026-03-01 {time}.1 +0000 UTC m=+9.1\n")),
        (format!("{root}/namespaces/shop/core/pods.yaml"), support::analyzed::list(pods.to_vec())),
        (log("web-6d4f5b6c7d-x7k2z"), "panic: DATABASE_URL is not set\n".to_owned()),
        (log("api-6d4f5b6c7d-x7k2y"), "panic: dial tcp 10.3.4.5:5432: connect: connection refused\n".to_owned()),
    ]
}

/// An object that two gathers show is told as each of them shows it; the state is what the later one says.
#[test]
fn two_gathers_of_one_cluster_are_two_moments_of_it() {
    let crashed = |at: &str| {
        json!({"ready": false, "restartCount": 9, "state": {"waiting": {"reason": "CrashLoopBackOff"}}, "lastState": {"terminated":
            {"exitCode": 1, "reason": "Error", "startedAt": format!("2026-03-01T{at}:00Z"), "finishedAt": format!("2026-03-01T{at}:20Z")}}})
    };
    let runs =
        || json!({"ready": true, "restartCount": 0, "state": {"running": {"startedAt": "2026-02-22T10:00:00Z"}}});
    let told = |later: &str| {
        let first = gather("case/must-gather.local.1", "10:00:00", crashed("09:55"), runs());
        let second = gather("case/must-gather.local.2", later, runs(), crashed("09:56"));
        let files: Vec<_> = first.into_iter().chain(second).collect();
        analyzed(&files.iter().map(|(path, text)| (path.as_str(), text.clone())).collect::<Vec<_>>()).0
    };
    let report = told("16:00:00");
    assert_eq!(report["bundle"]["collectedAt"], "2026-03-01T16:00:00.1Z", "{:#}", report["bundle"]);
    let wanted =
        [("dependency-unavailable", "api-6d4f5b6c7d", "critical"), ("app-config-missing", "web-6d4f5b6c7d", "info")];
    assert_eq!(all(&report), wanted, "{report:#}");
    let remark = &report["inventory"]["remarks"][0];
    let says = remark["what"].as_str().expect("a text");
    assert!(says.contains("2026-03-01 10:00:00 UTC") && says.contains("2026-03-01 16:00:00 UTC"), "{says}");
    let symptom = report["incidents"][1]["symptom"].as_str().expect("a text");
    assert!(symptom.contains("2026-03-01 10:00:00 UTC"), "{symptom}");

    // What was gathered within minutes is one gathering.
    let report = told("10:05:00");
    assert_eq!(report["inventory"]["remarks"], json!([]), "{report:#}");
}
