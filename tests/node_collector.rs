//! What collectors copy of a node: the container runtime's own list and the log files that it keeps, where the API server
//! tells nothing.

#![allow(clippy::expect_used, clippy::unwrap_used)] // a test says what must hold

mod support;

use kubemortem::artifact::LogRun;
use serde_json::{Value, json};
use support::analyzed::{analyzed, incident, list, opened};

fn incidents(report: &Value) -> &Vec<Value> {
    report["incidents"].as_array().expect("a list")
}

/// A row of `crictl ps -a`: id, age, state, container, attempt, pod, namespace.
type Row<'r> = (&'r str, &'r str, &'r str, &'r str, u32, &'r str, &'r str);

fn crictl(rows: &[Row<'_>]) -> String {
    let mut text = "CONTAINER           IMAGE               CREATED             STATE               NAME                      ATTEMPT             POD ID              POD                          NAMESPACE\n".to_owned();
    for (id, age, state, name, attempt, pod, namespace) in rows {
        text.push_str(&format!(
            "{id:<20}{:<20}{age:<20}{state:<20}{name:<26}{attempt:<20}{:<20}{pod:<29}{namespace}\n",
            "2e96e5913fc06", "0e1b2c3d4e5f6"
        ));
    }
    text
}

const CONTROL_PLANE: [Row<'static>; 7] = [
    ("5f6e0ab53c3a1", "4 minutes ago", "Exited", "etcd", 14, "etcd-cp1", "kube-system"),
    ("5f6e0ab53c3a2", "9 minutes ago", "Exited", "kube-apiserver", 13, "kube-apiserver-cp1", "kube-system"),
    ("5f6e0ab53c3a3", "3 weeks ago", "Running", "kube-scheduler", 2, "kube-scheduler-cp1", "kube-system"),
    ("5f6e0ab53c3a4", "4 weeks ago", "Exited", "kube-scheduler", 1, "kube-scheduler-cp1", "kube-system"),
    ("5f6e0ab53c3a6", "3 weeks ago", "Running", "cilium-agent", 1, "cilium-7k2xz", "kube-system"),
    ("5f6e0ab53c3a7", "3 weeks ago", "Exited", "mount-cgroup", 1, "cilium-7k2xz", "kube-system"),
    ("5f6e0ab53c3a8", "2 weeks ago", "Exited", "backup", 1, "backup-29211840-x7k2z", "ops"),
];

const UID: &str = "0123456789abcdef0123456789abcdef";

/// The log of a control plane's container as the runtime keeps it.
fn runtime_log(container: &str, attempt: u32, line: &str) -> (String, String) {
    let path = format!("node/var_log/pods/kube-system_{container}-cp1_{UID}/{container}/{attempt}.log");
    (path, format!("2026-03-01T09:55:01.100000000Z stderr F {line}\n"))
}

/// What the runtime lists as ended is told, by its log where there is one; what runs is not alarmed for what it logs.
#[test]
fn the_runtimes_list_says_which_containers_do_not_run() {
    let refused = "dial tcp 127.0.0.1:2379: connect: connection refused";
    let files = [
        ("node/crictl/psa".to_owned(), crictl(&CONTROL_PLANE)),
        runtime_log(
            "etcd",
            14,
            "{\"level\":\"fatal\",\"ts\":\"2026-03-01T09:55:01.100Z\",\"msg\":\"failed to open database\",\"error\":\"write /var/lib/etcd/member/snap/db: no space left on device\"}",
        ),
        runtime_log(
            "kube-apiserver",
            13,
            &format!(
                "W0301 09:55:01.118801       1 logging.go:59] grpc: addrConn.createTransport failed to connect to {{Addr: \"127.0.0.1:2379\", }}. Err: connection error: desc = \"transport: Error while dialing: {refused}\""
            ),
        ),
        runtime_log(
            "kube-scheduler",
            2,
            "E0301 09:55:01.000000       1 leaderelection.go:332] error retrieving resource lock kube-system/kube-scheduler: Get \"https://10.0.0.1:6443/apis\": dial tcp 10.0.0.1:6443: connect: connection refused",
        ),
    ];
    let files: Vec<(&str, String)> = files.iter().map(|(path, text)| (path.as_str(), text.clone())).collect();
    let (report, text) = analyzed(&files);
    assert_eq!(incidents(&report).len(), 2, "{report:#}");
    let root = incident(&report, "disk-full");
    assert_eq!(root["subject"]["pods"], json!(["etcd-cp1"]));
    assert_eq!((&root["subject"]["container"], &root["subject"]["node"]), (&json!("etcd"), &json!("cp1")));
    let api = incident(&report, "dependency-unavailable");
    assert_eq!((&api["causedBy"], &api["subject"]["pods"]), (&root["id"], &json!(["kube-apiserver-cp1"])));
    assert!(text.contains("the node's container runtime lists it as ended"), "{text}");
}

/// The control plane of which the certificates ran out, as a person saves it: crictl without namespaces, the manifest of a
/// static pod, what kubeadm prints.
#[test]
fn a_control_plane_without_valid_certificates() {
    let table = "CONTAINER           IMAGE               CREATED             STATE               NAME                      ATTEMPT             POD ID              POD\n\
        3c976a0ceb995       64d4fb74ec2f3       2 minutes ago       Exited              kube-apiserver            36                  1c880ce09da44       kube-apiserver-cp1\n\
        fac0f17c2d8f7       5ab74643e7f72       12 months ago       Running             etcd                      0                   4cc8bd220d52d       etcd-cp1\n\
        f0d04132ad34d       f6cc6fbe2ebe9       3 minutes ago       Exited              kube-scheduler            34                  5867a37ddaeb7       kube-scheduler-cp1\n";
    let api = "W0301 09:55:01.118801       1 logging.go:59] [core] [Channel #1 SubChannel #2] grpc: addrConn.createTransport failed to connect to {\n  \"Addr\": \"127.0.0.1:2379\"\n}. Err: connection error: desc = \"transport: authentication handshake failed: tls: failed to verify certificate: x509: certificate has expired or is not yet valid: current time 2026-03-01T09:55:01Z is after 2026-03-01T08:53:22Z\"\nE0301 09:55:20.418233       1 run.go:74] \"command failed\" err=\"context deadline exceeded\"\n";
    let scheduler = "E0301 09:55:01.758813       1 leaderelection.go:327] error retrieving resource lock kube-system/kube-scheduler: Get \"https://10.20.0.11:6443/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/kube-scheduler\": dial tcp 10.20.0.11:6443: connect: connection refused\nE0301 09:55:22.418233       1 server.go:224] \"leaderelection lost\"\n";
    let manifest = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: kube-apiserver\n  namespace: kube-system\nspec:\n  hostNetwork: true\n  containers:\n  - name: kube-apiserver\n    image: registry.k8s.io/kube-apiserver:v1.27.16\n    command:\n    - kube-apiserver\n    - --etcd-servers=https://127.0.0.1:2379\n";
    let kubeadm = "[check-expiration] Reading configuration from the cluster...\n[check-expiration] Error reading configuration from the Cluster. Falling back to default configuration\n\nCERTIFICATE                EXPIRES                  RESIDUAL TIME   CERTIFICATE AUTHORITY   EXTERNALLY MANAGED\napiserver                  Mar 01, 2026 08:53 UTC   <invalid>       ca                      no\n";
    let (report, text) = analyzed(&[
        ("crictl-ps-a.txt", table.to_owned()),
        ("crictl-logs-kube-apiserver.txt", api.to_owned()),
        ("crictl-logs-kube-scheduler.txt", scheduler.to_owned()),
        ("etc/kubernetes/manifests/kube-apiserver.yaml", manifest.to_owned()),
        ("kubeadm-certs.txt", kubeadm.to_owned()),
    ]);
    assert_eq!(incidents(&report).len(), 2, "{report:#}");
    let root = incident(&report, "tls-certificate-invalid");
    assert_eq!(root["subject"]["pods"], json!(["kube-apiserver-cp1"]), "{report:#}");
    let scheduler = incident(&report, "kubernetes-api-unreachable");
    assert_eq!((&scheduler["causedBy"], &scheduler["subject"]["pods"]), (&root["id"], &json!(["kube-scheduler-cp1"])));
    assert!(text.contains("kubeadm certs renew all"), "{text}");
}

/// Without any log it is still told that they do not run, and how to get their logs where no API server answers.
#[test]
fn what_ended_without_a_log_is_told_too() {
    let session = format!("[root@cp1 ~]# crictl ps -a\n{}[root@cp1 ~]# uptime\n up 40 days\n", crictl(&CONTROL_PLANE));
    let (report, text) = analyzed(&[("crictl.txt", session)]);
    let pods: Vec<&Value> = incidents(&report).iter().map(|incident| &incident["subject"]["pods"]).collect();
    assert_eq!(pods, [&json!(["etcd-cp1"]), &json!(["kube-apiserver-cp1"])], "{report:#}");
    for told in incidents(&report) {
        assert_eq!((&told["cause"], &told["severity"]), (&json!("unknown"), &json!("critical")), "{told:#}");
    }
    assert!(text.contains("crictl logs --tail=200 5f6e0ab53c3a1"), "{text}");
    assert!(!text.contains("kubectl debug"), "{text}");
}

/// A container that was started twice within an hour runs for the moment only.
#[test]
fn a_container_that_runs_again_and_again_is_not_well() {
    let rows = [
        ("5f6e0ab53c3a1", "12 seconds ago", "Running", "etcd", 57, "etcd-cp1", "kube-system"),
        ("5f6e0ab53c3a0", "6 minutes ago", "Exited", "etcd", 56, "etcd-cp1", "kube-system"),
        ("5f6e0ab53c3a4", "2 minutes ago", "Running", "kube-scheduler", 2, "kube-scheduler-cp1", "kube-system"),
        ("5f6e0ab53c3a5", "4 weeks ago", "Exited", "kube-scheduler", 1, "kube-scheduler-cp1", "kube-system"),
    ];
    let (report, _) = analyzed(&[("crictl-ps-a.txt", crictl(&rows))]);
    let pods: Vec<&Value> = incidents(&report).iter().map(|incident| &incident["subject"]["pods"]).collect();
    assert_eq!(pods, [&json!(["etcd-cp1"])], "{report:#}");
}

/// Where the API shows the pods, its own status counts.
#[test]
fn the_api_comes_before_the_runtime() {
    let rows = [("5f6e0ab53c3a1", "4 minutes ago", "Exited", "app", 3, "web-0", "shop")];
    let web = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web-0", "namespace": "shop"},
        "spec": {"nodeName": "cp1", "containers": [{"name": "app"}]},
        "status": {"phase": "Running", "containerStatuses": [{"name": "app", "ready": true, "restartCount": 4,
            "state": {"running": {"startedAt": "2026-03-01T09:56:00Z"}}}]}});
    let (report, _) = analyzed(&[("pods.json", list(vec![web.clone()])), ("crictl/psa", crictl(&rows))]);
    assert_eq!(incidents(&report).len(), 0, "{report:#}");
    // Nor does it add pods to a namespace that was listed.
    let rows = [("5f6e0ab53c3a1", "4 minutes ago", "Exited", "app", 3, "gone-0", "shop")];
    let (report, _) = analyzed(&[("pods.json", list(vec![web])), ("crictl/psa", crictl(&rows))]);
    assert_eq!(incidents(&report).len(), 0, "{report:#}");
}

/// The containers of RKE are Docker's own; a helper that is done is no part of the cluster.
#[test]
fn parts_of_the_cluster_that_docker_runs_by_itself() {
    let table = "CONTAINER ID   IMAGE                         COMMAND                  CREATED       STATUS                            PORTS   NAMES\n\
        1f73f2d81bf9   rancher/hyperkube:v1.20.15    \"/opt/rke-tools/entr…\"   2 years ago   Restarting (255) 12 seconds ago           kube-apiserver\n\
        3f73f2d81bf9   rancher/coreos-etcd:v3.4.15   \"/usr/local/bin/etcd…\"   2 years ago   Exited (1) 2 minutes ago                  etcd\n\
        4f73f2d81bf9   rancher/hyperkube:v1.20.15    \"/opt/rke-tools/entr…\"   2 years ago   Up 2 days                                 kube-proxy\n\
        5f73f2d81bf9   rancher/rke-tools:v0.1.80     \"/opt/rke-tools/rke-…\"   2 years ago   Exited (0) 2 years ago                    rke-log-linker\n";
    let log = "2026-03-01 09:50:01.100000 C | etcdmain: cannot access data directory: mkdir /var/lib/rancher/etcd: permission denied\n";
    let (report, _) = analyzed(&[("docker-ps.txt", table.to_owned()), ("etcd.log", log.to_owned())]);
    assert_eq!(incidents(&report).len(), 2, "{report:#}");
    assert_eq!(incident(&report, "filesystem-permission-denied")["subject"]["container"], "etcd");
    let exits = incident(&report, "unexplained-exit");
    assert_eq!((&exits["subject"]["name"], &exits["severity"]), (&json!("kube-apiserver"), &json!("critical")));
}

/// `/var/log/containers` and `/var/log/pods` are the same files: what is copied twice is one log.
#[test]
fn a_log_that_was_copied_twice_is_one_log() {
    let run = |hour: u32, end: &str| {
        format!(
            "2026-03-01T{hour:02}:00:00.100000000Z stdout F starting\n2026-03-01T{hour:02}:00:01.200000000Z stderr F KeyError: 'KEY'\n{end}"
        )
    };
    let (old, new) = (run(8, ""), run(9, ""));
    let longer = run(9, "2026-03-01T09:00:02.100000000Z stderr F bye\n");
    let number = |attempt: u32| format!("var/log/pods/shop_web-0_{UID}/app/{attempt}.log");
    let id = |c: &str| format!("var/log/containers/web-0_shop_app-{}.log", c.repeat(64));
    let both = [(number(6), &old), (number(7), &new), (id("a"), &new), (id("b"), &old)];
    assert_eq!(runs(&both), [(number(6), LogRun::Previous), (number(7), LogRun::Current)]);
    // One was copied later than the other: it has more, and is the same run.
    let both = [(number(6), &old), (number(7), &new), (id("a"), &longer)];
    assert_eq!(runs(&both), [(id("a"), LogRun::Current), (number(6), LogRun::Previous)]);
    // The links alone: the later run is the last one, whatever its id.
    assert_eq!(runs(&[(id("a"), &old), (id("b"), &new)]), [(id("a"), LogRun::Previous), (id("b"), LogRun::Current)]);
    assert_eq!(runs(&[(id("a"), &new), (id("b"), &old)]), [(id("a"), LogRun::Current), (id("b"), LogRun::Previous)]);
}

/// The logs of a bundle of these files, in the order of their paths, and which run each is of.
fn runs(files: &[(String, &String)]) -> Vec<(String, LogRun)> {
    let files: Vec<(&str, String)> = files.iter().map(|(path, text)| (path.as_str(), (*text).clone())).collect();
    let (clusters, _) = opened(&files);
    let cluster = &clusters[0];
    let mut runs: Vec<_> =
        cluster.facts.logs.iter().map(|log| (cluster.path(log.section.file).to_owned(), log.run)).collect();
    runs.sort();
    runs
}
