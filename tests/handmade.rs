//! What people put together by hand: exports of other tools, tables without the objects behind them, terminals, odd encodings.

#![allow(clippy::expect_used, clippy::unwrap_used)] // a test says what must hold

mod support;

use serde_json::{Value, json};
use support::analyzed::{analyzed, incident, list};

fn incidents(report: &Value) -> &Vec<Value> {
    report["incidents"].as_array().expect("a list")
}

fn crashing(namespace: &str, name: &str, set: &str) -> Value {
    json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {"name": name, "namespace": namespace, "creationTimestamp": "2026-03-01T08:00:00Z",
            "ownerReferences": [{"kind": "ReplicaSet", "name": set, "controller": true}]},
        "spec": {"nodeName": "node-1", "containers": [{"name": "app", "image": "registry.example/app:1"}]},
        "status": {"phase": "Running", "startTime": "2026-03-01T08:00:00Z", "containerStatuses": [{
            "name": "app", "image": "registry.example/app:1", "ready": false, "restartCount": 9,
            "state": {"waiting": {"reason": "CrashLoopBackOff"}},
            "lastState": {"terminated": {"exitCode": 1, "reason": "Error", "startedAt": "2026-03-01T09:57:00Z", "finishedAt": "2026-03-01T09:57:03Z"}}}]},
    })
}

/// One file with the lines of two pods, as stern writes it: each pod has its own cause.
#[test]
fn an_export_of_several_pods_is_told_apart() {
    let pods = list(vec![
        crashing("shop", "web-7d4b9c6f5d-x7k2z", "web-7d4b9c6f5d"),
        crashing("shop", "bill-6b8f9d7c5-q2w4z", "bill-6b8f9d7c5"),
    ]);
    let lines = [
        ("web-7d4b9c6f5d-x7k2z", "nginx: [emerg] bind() to 0.0.0.0:80 failed (13: Permission denied)"),
        ("bill-6b8f9d7c5-q2w4z", "connecting"),
        (
            "bill-6b8f9d7c5-q2w4z",
            "psycopg2.OperationalError: connection to server at \"db\" (10.96.2.2), port 5432 failed: FATAL:  database \"bills\" does not exist",
        ),
    ];
    let forms: [fn(&str, &str) -> String; 5] = [
        |pod, line| format!("{pod} app {line}\n"),
        |pod, line| format!("shop {pod} app {line}\n"),
        |pod, line| format!("[{pod} app] {line}\n"),
        |pod, line| format!("shop/{pod}[app]: {line}\n"),
        // kubetail, of pods with one container each.
        |pod, line| format!("[{pod}] {line}\n"),
    ];
    for form in forms {
        let log = lines.iter().map(|(pod, line)| form(pod, line)).collect::<String>();
        let (report, _) = analyzed(&[("pods.json", pods.clone()), ("export.log", log.clone())]);
        assert_eq!(incidents(&report).len(), 2, "{log}{report:#}");
        let web = incident(&report, "privileged-port-denied");
        assert_eq!(web["subject"]["pods"], json!(["web-7d4b9c6f5d-x7k2z"]), "{log}");
        let bill = incident(&report, "database-missing");
        assert_eq!(bill["subject"]["pods"], json!(["bill-6b8f9d7c5-q2w4z"]), "{log}");
        let cited = &bill["evidence"][0];
        assert_eq!((&cited["path"], &cited["line"]), (&json!("export.log"), &json!(3)), "{log}");
    }
}

/// A pod in phase Failed whose ReplicaSet made another one is history, also where only tables show it.
#[test]
fn what_is_left_of_a_pod_that_was_replaced_is_no_alarm() {
    let table = |status: &str, age: &str, other: &str| {
        format!(
            "NAMESPACE   NAME                   READY   STATUS    RESTARTS   AGE\n\
             shop        web-7d4b9c6f5d-x7k2z   0/1     {status}     0          {age}\n\
             shop        web-7d4b9c6f5d-b8n4v   {other}     Running   0          9d\n"
        )
    };
    let alarms = |text: String| {
        let (report, _) = analyzed(&[("pods.txt", text)]);
        incidents(&report).iter().filter(|incident| incident["severity"] != "info").count()
    };
    for status in ["Error  ", "Evicted"] {
        assert_eq!(alarms(table(status, "8d", "1/1")), 0, "{status}");
    }
    assert_eq!(alarms(table("Error  ", "20s", "1/1")), 1, "it may be started again");
    assert_eq!(alarms(table("Error  ", "8d", "0/1")), 2, "none serves");
}

/// The line that names the broker leads to it; the one that gives up, which comes later, names nothing.
#[test]
fn a_client_of_kafka_leads_to_the_broker_it_names() {
    let mut broker = crashing("stream", "kafka-0", "kafka");
    broker["metadata"]["ownerReferences"][0]["kind"] = json!("StatefulSet");
    let pods = list(vec![broker, crashing("stream", "mailer-6b8f9d7c5-q2w4z", "mailer-6b8f9d7c5")]);
    let (report, text) = analyzed(&[
        ("pods.json", pods),
        ("kafka-0.previous.log", "[2026-03-01 09:57:02] INFO Loading\nTerminating due to java.lang.OutOfMemoryError: Java heap space\n".to_owned()),
        ("mailer-6b8f9d7c5-q2w4z.previous.log", "09:56:04.290 WARN o.a.k.c.NetworkClient - [AdminClient clientId=a-1] Connection to node -1 (kafka.stream.svc/10.96.8.8:9092) could not be established. Broker may not be available.\norg.apache.kafka.common.errors.TimeoutException: Timed out waiting for a node assignment. Call: listTopics\n".to_owned()),
    ]);
    let root = incident(&report, "jvm-heap-exhausted");
    assert_eq!(incident(&report, "dependency-unavailable")["causedBy"], root["id"], "{report:#}");
    assert!(!text.contains("(`a`)"), "{text}");
}

/// A shell wrote UTF-16 and left the byte order mark out: every second byte is zero.
#[test]
fn utf_16_without_a_byte_order_mark_is_read() {
    let wide = |text: &str| text.chars().flat_map(|c| [c, '\0']).collect::<String>();
    let pods = list(vec![crashing("shop", "web-7d4b9c6f5d-x7k2z", "web-7d4b9c6f5d")]).replace('\n', "\r\n");
    let log = "starting\r\nnginx: [emerg] bind() to 0.0.0.0:80 failed (13: Permission denied)\r\n";
    let (report, _) = analyzed(&[("pods.json", wide(&pods)), ("web-7d4b9c6f5d-x7k2z.previous.log", wide(log))]);
    let cited = &incident(&report, "privileged-port-denied")["evidence"][0];
    assert_eq!(
        (&cited["line"], &cited["text"]),
        (&json!(2), &json!("nginx: [emerg] bind() to 0.0.0.0:80 failed (13: Permission denied)")),
    );
}

/// Kubelet's summary of the node counts a volume as full: it supports what the program says, and names the volume.
#[test]
fn a_volume_that_the_summary_of_its_node_shows_full_supports_a_full_disk() {
    let mut pod = crashing("shop", "db-0", "db");
    pod["spec"]["volumes"] = json!([{"name": "data", "persistentVolumeClaim": {"claimName": "data-db-0"}}]);
    let pods = json!({"kind": "PodList", "apiVersion": "v1", "items": [pod]}).to_string();
    let summary = |namespace: &str, left: u64| {
        json!({"node": {"nodeName": "node-1"}, "pods": [{"podRef": {"name": "db-0", "namespace": namespace},
            "volume": [{"name": "data", "capacityBytes": 10_737_418_240u64, "availableBytes": left}]}]})
        .to_string()
    };
    let says_full = |namespace: &str, left: u64| {
        let (report, _) = analyzed(&[
            ("b/cluster-resources/pods/shop.json", pods.clone()),
            (
                "b/cluster-resources/pods/logs/shop/db-0/app-previous.log",
                "could not write: No space left on device\n".to_owned(),
            ),
            ("b/node-metrics/node-1.json", summary(namespace, left)),
        ]);
        let lines = incident(&report, "disk-full")["evidence"].as_array().expect("a list").clone();
        lines.iter().any(|line| {
            line["path"] == "b/node-metrics/node-1.json" && line["shows"].as_str().unwrap().contains("`data`")
        })
    };
    assert!(says_full("shop", 4096));
    assert!(!says_full("shop", 5_368_709_120), "half of it is free");
    assert!(!says_full("test", 4096), "another pod of this name");
}

/// Kubelet's summary of a node shows its own disk full: that supports what its condition says, and is told once where images
/// and containers lie on the same one.
#[test]
fn a_nodes_disk_that_its_summary_shows_full_supports_disk_pressure() {
    let node = json!({"apiVersion": "v1", "kind": "Node", "metadata": {"name": "node-1"}, "status": {"conditions": [
        {"type": "DiskPressure", "status": "True", "reason": "KubeletHasDiskPressure", "message": "kubelet has disk pressure", "lastTransitionTime": "2026-03-01T09:00:00Z"},
        {"type": "Ready", "status": "True", "reason": "KubeletReady", "message": "kubelet is posting ready status"}]}});
    let told = |images: u64, left: u64, free: u64| {
        let fs = |left: u64| json!({"capacityBytes": 42_949_672_960u64, "availableBytes": left, "inodes": 1_000_000, "inodesFree": free});
        let summary =
            json!({"node": {"nodeName": "node-1", "fs": fs(left), "runtime": {"imageFs": fs(images)}}, "pods": []});
        let (report, _) = analyzed(&[
            (
                "b/cluster-resources/nodes.json",
                json!({"kind": "NodeList", "apiVersion": "v1", "items": [node]}).to_string(),
            ),
            ("b/node-metrics/node-1.json", serde_json::to_string_pretty(&summary).unwrap()),
        ]);
        let lines = incident(&report, "disk-pressure")["evidence"].as_array().expect("a list").clone();
        let of_summary = lines.into_iter().filter(|line| line["path"] == "b/node-metrics/node-1.json");
        of_summary.map(|line| line["shows"].as_str().unwrap_or_default().to_owned()).collect::<Vec<_>>()
    };
    let low = "of the disk of node `node-1` (nodefs) 1024Mi of 40960Mi are left";
    assert_eq!(told(1 << 30, 1 << 30, 900_000), [low]);
    assert_eq!(told(20 << 30, 1 << 30, 900_000), [low]);
    let files = "of the disk of node `node-1` (nodefs) 1000 inodes of 1000000 are left";
    assert_eq!(told(20 << 30, 20 << 30, 1000), [files]);
    assert_eq!(told(20 << 30, 20 << 30, 900_000), [""; 0], "half of it is free");
}

/// A Job that ran into its deadline did not fail by itself, and nobody knows why it took so long.
#[test]
fn a_job_that_ran_longer_than_it_may_is_told_so() {
    let job = json!({"apiVersion": "batch/v1", "kind": "Job",
        "metadata": {"name": "export-29401620", "namespace": "shop", "ownerReferences": [{"kind": "CronJob", "name": "export", "controller": true}]},
        "spec": {"activeDeadlineSeconds": 3600, "template": {"spec": {"containers": [{"name": "run", "image": "x:1"}]}}},
        "status": {"failed": 1, "conditions": [{"type": "Failed", "status": "True", "reason": "DeadlineExceeded",
            "message": "Job was active longer than specified deadline"}]}});
    let (report, text) = analyzed(&[("jobs.json", list(vec![job]))]);
    let found = incident(&report, "unknown");
    assert_eq!(
        found["evidence"][0]["text"], "\"message\": \"Job was active longer than specified deadline\",",
        "{found:#}"
    );
    assert!(text.contains("it ran longer than its `activeDeadlineSeconds` allow"), "{text}");
    assert!(text.contains("kubectl logs -n shop job/export-29401620 "), "{text}");
}

/// A client whose lines name nothing follows from the only sick Service that it is told to connect to.
#[test]
fn what_a_client_is_told_to_connect_to_is_its_root_where_no_line_names_it() {
    let mut broken = crashing("shop", "mysql-0", "mysql");
    broken["metadata"]["labels"] = json!({"app": "mysql"});
    let service = json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "mysql", "namespace": "shop"},
        "spec": {"clusterIP": "10.96.1.1", "selector": {"app": "mysql"}, "ports": [{"port": 3306}]}});
    let cause_of = |variable: &str, line: &str| {
        let mut client = crashing("shop", "blog-7d4b9c6f5d-x7k2z", "blog-7d4b9c6f5d");
        client["spec"]["containers"][0]["env"] = json!([{"name": variable, "value": "mysql"}]);
        let (report, _) = analyzed(&[
            ("all.json", list(vec![broken.clone(), service.clone(), client])),
            (
                "mysql-0.previous.log",
                "[ERROR] [MY-012596] [InnoDB] Error number 28 means 'No space left on device'\n".to_owned(),
            ),
            ("blog-7d4b9c6f5d-x7k2z.previous.log", format!("{line}\n")),
        ]);
        let root = incident(&report, "disk-full")["id"].clone();
        incident(&report, "dependency-unavailable")["causedBy"] == root
    };
    let nameless = "PHP Warning:  mysqli_real_connect(): (HY000/2002): Connection refused in /app/db.php on line 1982";
    assert!(cause_of("DB_HOST", nameless));
    assert!(!cause_of("TITLE", nameless), "no place to connect to");
    assert!(!cause_of("DB_HOST", "dial tcp: connect to search:9200: connection refused"), "it names another");
}

/// A webhook whose certificate is past its time did answer.
#[test]
fn a_webhook_whose_certificate_is_refused_is_told_so() {
    let told = |why: &str| {
        let message = format!(
            "Error creating: Internal error occurred: failed calling webhook \"pod.policy.io\": failed to call webhook: Post \"https://policy.policy.svc:443/validate\": {why}"
        );
        let event = json!({"apiVersion": "v1", "kind": "Event", "metadata": {"name": "web.1", "namespace": "shop"}, "type": "Warning", "reason": "FailedCreate",
            "message": message, "involvedObject": {"kind": "ReplicaSet", "name": "web-7d4b9c6f5d", "namespace": "shop"}, "count": 9,
            "firstTimestamp": "2026-03-01T09:00:00Z", "lastTimestamp": "2026-03-01T09:58:00Z"});
        let (report, text) = analyzed(&[("events.json", list(vec![event]))]);
        assert!(incident(&report, "admission-webhook-failed")["confidence"].as_f64().unwrap() > 0.9);
        text
    };
    let refused = told(
        "tls: failed to verify certificate: x509: certificate has expired or is not yet valid: current time 2026-03-01T09:00:00Z is after 2026-02-28T23:59:59Z",
    );
    assert!(
        refused.contains("it does not accept the webhook's certificate, which is outside of its period of validity"),
        "{refused}"
    );
    let silent = told("dial tcp 10.1.1.1:443: connect: connection refused");
    assert!(silent.contains("the webhook did not answer"), "{silent}");
}

/// A folder per namespace with what `kubectl get -o yaml` prints is nobody's dump; nothing is missing in it.
#[test]
fn lists_in_folders_of_namespaces_are_no_dump() {
    let lists = |namespace: &str| {
        let pod = crashing(namespace, "web-7d4b9c6f5d-x7k2z", "web-7d4b9c6f5d");
        (list(vec![pod]), list(Vec::new()))
    };
    let ((shop, none), (pay, _)) = (lists("shop"), lists("pay"));
    let files = [
        ("shop/pods.json", shop),
        ("shop/events.json", none.clone()),
        ("pay/pods.json", pay),
        ("pay/events.json", none),
    ];
    let (report, _) = analyzed(&files);
    assert_eq!((&report["bundle"]["layout"], &report["gaps"]), (&json!("loose"), &json!([])), "{report:#}");
    assert_eq!(incidents(&report).len(), 2, "{report:#}");
}

/// Archivers of Windows part folders by backslashes: the same bundle, cited as the archive spells it.
#[test]
fn backslashes_part_the_folders_of_a_bundle() {
    let pod = crashing("shop", "web-7d4b9c6f5d-x7k2z", "web-7d4b9c6f5d");
    let pods = serde_json::to_string_pretty(&json!({"kind": "PodList", "apiVersion": "v1", "items": [pod]})).unwrap();
    let log = "KeyError: 'STRIPE_KEY'\n".to_owned();
    let log_path = r"b\cluster-resources\pods\logs\shop\web-7d4b9c6f5d-x7k2z\app-previous.log";
    let files = [
        (r"b\cluster-resources\pods\shop.json", pods),
        (log_path, log),
        (r"b\cluster-resources\nodes.json", String::new()),
    ];
    let (report, _) = analyzed(&files);
    assert_eq!(report["bundle"]["layout"], "troubleshoot", "{report:#}");
    let told = incident(&report, "app-config-missing");
    assert_eq!((&told["subject"]["namespace"], &told["evidence"][0]["path"]), (&json!("shop"), &json!(log_path)));
    assert_eq!(report["gaps"][0]["path"], r"b\cluster-resources\nodes.json", "{report:#}");
}

/// Numbers before the names of outputs, and logs that are called after pods, are one collection.
#[test]
fn numbered_outputs_and_logs_called_after_pods_are_of_one_cluster() {
    let pods = |namespace: &str, name: &str| list(vec![crashing(namespace, name, "set")]);
    let row = |namespace: &str, name: &str| {
        format!("{namespace}   {name}   0/1   CrashLoopBackOff   9   2h   10.1.1.1   node-1\n")
    };
    let table = format!(
        "NAMESPACE   NAME   READY   STATUS   RESTARTS   AGE   IP   NODE\n{}{}{}",
        row("orders", "api-7d4b9c6f5d-x7k2z"),
        row("webshop", "shop-6b8f9d7c5-q2w4z"),
        row("webshop", "db-0"),
    );
    let (report, _) = analyzed(&[
        (
            "up/01-nodes.txt",
            "NAME     STATUS   ROLES    AGE   VERSION\nnode-1   Ready    <none>   9d    v1.29.8\n".to_owned(),
        ),
        ("up/02-pods.txt", table),
        ("up/03-events.txt", "No resources found\n".to_owned()),
        ("up/04-orders-pods.json", pods("orders", "api-7d4b9c6f5d-x7k2z")),
        ("up/09-webshop-pods.json", pods("webshop", "shop-6b8f9d7c5-q2w4z")),
        ("up/logs/api-7d4b9c6f5d-x7k2z.txt", "starting up\nKeyError: 'STRIPE_KEY'\n".to_owned()),
        ("up/logs/db-0.txt", "starting up\ncould not write: No space left on device\n".to_owned()),
        ("up/commands.ps1", "kubectl get pods -A > 02-pods.txt\n".to_owned()),
    ]);
    let sites: Vec<&Value> = incidents(&report).iter().map(|incident| &incident["site"]).collect();
    assert!(sites.iter().all(|site| site.is_null()), "{report:#}");
    assert_eq!(incident(&report, "app-config-missing")["subject"]["namespace"], "orders");
    assert_eq!(incident(&report, "disk-full")["subject"]["namespace"], "webshop");
}
