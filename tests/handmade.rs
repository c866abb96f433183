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
    let forms: [fn(&str, &str) -> String; 4] = [
        |pod, line| format!("{pod} app {line}\n"),
        |pod, line| format!("shop {pod} app {line}\n"),
        |pod, line| format!("[{pod} app] {line}\n"),
        |pod, line| format!("shop/{pod}[app]: {line}\n"),
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
