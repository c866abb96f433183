//! How evidence counts: what a success followed is history, what is absent and would have decided lowers the confidence, and
//! the times of a log are those of its own clock.

#![allow(clippy::expect_used, clippy::unwrap_used)] // a test says what must hold

mod support;

use serde_json::{Value, json};
use support::analyzed::{analyzed, incident, list};

/// A pod of one container that ended; `spec` is added to the container's.
fn pod(code: i64, started: &str, finished: &str, spec: Value) -> Value {
    let mut container = json!({"name": "mint", "image": "r.example/mint:2", "resources": {}});
    container.as_object_mut().unwrap().extend(spec.as_object().unwrap().clone());
    json!({
        "apiVersion": "v1", "kind": "Pod", "metadata": {"name": "mint-0", "namespace": "shop"},
        "spec": {"nodeName": "node-1", "restartPolicy": "Always", "containers": [container]},
        "status": {
            "phase": "Running", "qosClass": "BestEffort", "startTime": started,
            "conditions": [{"type": "Ready", "status": "False"}],
            "containerStatuses": [{
                "name": "mint", "image": "r.example/mint:2", "ready": false, "restartCount": 3,
                "state": {"waiting": {"reason": "CrashLoopBackOff"}},
                "lastState": {"terminated": {"exitCode": code, "reason": "Error", "startedAt": started, "finishedAt": finished}},
            }],
        },
    })
}

const LOG: &str = "namespaces/shop/logs/mint-0/mint.previous.log";
const PODS: &str = "namespaces/shop/pods.json";

fn report_of_log(log: &str) -> Value {
    let pod = pod(1, "2026-03-01T10:00:00Z", "2026-03-01T10:00:20Z", json!({}));
    analyzed(&[(PODS, list(vec![pod])), (LOG, log.to_owned())]).0
}

#[test]
fn an_early_line_that_a_success_followed_does_not_explain_a_later_one_away() {
    let early = "level=error msg=\"open /var/cache/mint/index: permission denied\"\n";
    let later = "level=error msg=\"yaml: line 3: mapping values are not allowed in this context\"\n";
    let calm = "level=info msg=\"loading plug-ins\"\n".repeat(10);
    // Nothing got better between the two: the first explains the second.
    let report = report_of_log(&format!("{early}{calm}{later}"));
    incident(&report, "filesystem-permission-denied");
    // The program got on, and ended of the second.
    let report = report_of_log(&format!("{early}level=info msg=\"listening on :8080\"\n{calm}{later}"));
    incident(&report, "app-config-invalid");
    // A success before both, and one that is none, change nothing.
    for other in [
        format!("level=info msg=\"listening on :8080\"\n{early}"),
        format!("{early}level=warn msg=\"not listening on :8080\"\n"),
    ] {
        incident(&report_of_log(&format!("{other}{calm}{later}")), "filesystem-permission-denied");
    }
}

#[test]
fn what_is_absent_and_would_have_decided_lowers_the_confidence() {
    let confidence = |spec: Value, events: Option<Value>| {
        let pod = pod(137, "2026-03-01T10:00:00Z", "2026-03-01T10:20:00Z", spec);
        let mut files = vec![(PODS, list(vec![pod]))];
        files.extend(events.map(|event| ("namespaces/shop/events.json", list(vec![event]))));
        let report = analyzed(&files).0;
        incident(&report, "sigkill-unexplained")["confidence"].as_f64().expect("a number")
    };
    let probe = json!({"livenessProbe": {"httpGet": {"path": "/live", "port": 8080}, "failureThreshold": 3}});
    let pulled = json!({
        "apiVersion": "v1", "kind": "Event", "metadata": {"name": "mint-0.1", "namespace": "shop"},
        "involvedObject": {"kind": "Pod", "namespace": "shop", "name": "mint-0"}, "type": "Normal", "reason": "Pulled",
        "message": "Container image \"r.example/mint:2\" already present on machine",
        "firstTimestamp": "2026-03-01T10:20:05Z", "lastTimestamp": "2026-03-01T10:20:05Z", "count": 1,
    });
    let blind = confidence(probe.clone(), None);
    assert!(blind < 0.7, "{blind}: a probe may have ended it");
    // Events that tell of no probe, and a container that has none, leave less to be decided.
    assert!(confidence(probe, Some(pulled)) > blind);
    assert!(confidence(json!({}), None) > blind);
}

#[test]
fn a_log_in_local_time_stands_at_its_moments() {
    let pod = pod(1, "2026-03-01T10:00:05Z", "2026-03-01T13:02:12Z", json!({}));
    let log = "2026-03-01 15:30:06,120 INFO starting\n\
        2026-03-01 16:10:00,001 INFO still here\n\
        2026-03-01 18:32:11,900 ERROR yaml: line 3: mapping values are not allowed in this context\n";
    let (report, text) = analyzed(&[(PODS, list(vec![pod])), (LOG, log.to_owned())]);
    let moments = report["timeline"].as_array().expect("a list");
    let of_log = moments.iter().find(|moment| moment["what"].as_str().unwrap().starts_with("log: ")).expect("a line");
    assert!(of_log["time"].as_str().unwrap().starts_with("2026-03-01T13:02:11"), "{of_log}");
    assert!(text.contains("the log's clock runs at UTC+05:30"), "{text}");
    let at =
        |words: &str| moments.iter().position(|moment| moment["what"].as_str().unwrap().contains(words)).expect(words);
    assert!(at("the container started") < at("log: ") && at("log: ") < at("the container ended"), "{moments:#?}");
}
