//! The symptoms that say least, each from the state to the verdict: on the smallest bundle that decides, with what rules
//! the other readings out, and on one that leaves it open, with the command that would decide.

use kubemortem::catalog::Catalog;
use serde_json::Value;

use super::bundle::{Bundle, Scene, is_in};

/// What is told of a scene: the incident.
fn told(scene: Scene) -> Value {
    let catalog = Catalog::built_in().expect("the catalogue");
    let mut bundle = Bundle::default();
    let namespace = bundle.add(scene);
    let report = bundle.report(&catalog);
    let incidents = report["incidents"].as_array().expect("incidents");
    incidents.iter().find(|incident| is_in(incident, &namespace)).cloned().expect("an incident")
}

/// The cause is told, and each of the other readings is ruled out by a line of the bundle.
#[track_caller]
fn decided(scene: Scene, cause: &str, out: &[&str]) {
    let incident = told(scene);
    assert_eq!(incident["cause"], cause, "{incident:#}");
    assert!(incident["confidence"].as_f64().unwrap() > 0.8, "{incident:#}");
    let ruled_out = incident["ruledOut"].as_array().expect("ruledOut");
    for reading in out {
        let found = ruled_out.iter().find(|found| found["cause"] == *reading);
        let found = found.unwrap_or_else(|| panic!("{reading} is not ruled out: {ruled_out:#?}"));
        assert!(found["evidence"][0]["line"].is_u64() && found["because"] != "", "{found:#}");
    }
}

/// No cause is told beyond what is seen, and each command is asked for, ready to paste.
#[track_caller]
fn open(scene: Scene, cause: &str, commands: &[&str]) {
    let incident = told(scene);
    assert_eq!(incident["cause"], cause, "{incident:#}");
    assert!(incident["confidence"].as_f64().unwrap() < 0.9, "{incident:#}");
    let missing: Vec<&str> =
        incident["missing"].as_array().expect("missing").iter().filter_map(|one| one["command"].as_str()).collect();
    for command in commands {
        assert!(missing.iter().any(|known| known.starts_with(command)), "{command} is not among {missing:#?}");
    }
    assert!(!missing.iter().any(|command| command.contains("NAMESPACE") || command.contains("POD")), "{missing:#?}");
}

const PREVIOUS: &str = "kubectl logs -n case-0 web-case-0 -c app --previous";
const DESCRIBE: &str = "kubectl describe pod -n case-0 web-case-0";

fn event(reason: &str, message: &str) -> Scene {
    Scene::Event(reason.to_owned(), message.to_owned())
}

fn waiting(reason: &str, message: &str) -> Scene {
    Scene::Waiting(reason.to_owned(), message.to_owned())
}

#[test]
fn exit_137() {
    decided(Scene::Exit(137, "OOMKilled"), "oom-killed", &["node-memory-pressure", "cpu-throttling"]);
    open(Scene::Exit(137, "Error"), "sigkill-unexplained", &[PREVIOUS, DESCRIBE]);
}

#[test]
fn exit_143() {
    let kill = ("Normal", "Killing", "Container app failed liveness probe, will be restarted".to_owned());
    let unhealthy = (
        "Warning",
        "Unhealthy",
        "Liveness probe failed: Get \"http://10.1.1.1:8080/healthz\": connection refused".to_owned(),
    );
    decided(
        Scene::Looping(143, vec![unhealthy, kill]),
        "liveness-probe-failed",
        &["terminated-externally", "node-memory-pressure"],
    );
    open(Scene::Exit(143, "Error"), "terminated-externally", &[PREVIOUS, DESCRIBE]);
}

#[test]
fn exit_1() {
    let refused = "FATAL could not connect to orders-db:5432: connection refused";
    decided(Scene::Log(refused.to_owned()), "dependency-unavailable", &["oom-killed", "entrypoint-not-found"]);
    open(Scene::Exit(1, "Error"), "unexplained-exit", &[PREVIOUS, DESCRIBE]);
}

#[test]
fn exit_255() {
    let format = "exec /app/server: exec format error".to_owned();
    decided(Scene::LogWithExit(format, 255), "architecture-mismatch", &[]);
    open(Scene::Exit(255, "Error"), "unexplained-exit", &[PREVIOUS, DESCRIBE]);
}

#[test]
fn image_pull() {
    let refused =
        "failed to resolve reference \"registry.example/app:1\": unexpected status from HEAD request: 401 Unauthorized";
    decided(
        waiting("ErrImagePull", refused),
        "image-pull-unauthorized",
        &["image-not-found", "image-pull-network", "image-pull-rate-limited"],
    );
    open(waiting("ImagePullBackOff", "Back-off pulling image \"registry.example/app:1\""), "unknown", &[DESCRIBE]);
}

#[test]
fn pending() {
    decided(
        event("FailedScheduling", "0/3 nodes are available: 3 Insufficient memory."),
        "insufficient-resources",
        &["taint-not-tolerated", "node-affinity-mismatch", "pvc-unbound"],
    );
    open(Scene::Unscheduled, "unknown", &[DESCRIBE]);
}

#[test]
fn container_creating() {
    decided(
        event("FailedMount", "MountVolume.SetUp failed for volume \"conf\" : configmap \"app\" not found"),
        "configmap-missing",
        &["sandbox-creation-failed", "insufficient-resources"],
    );
    open(waiting("ContainerCreating", ""), "unknown", &[DESCRIBE]);
}

#[test]
fn no_log_at_all() {
    let exec = "failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: exec: \"/app/server\": stat /app/server: no such file or directory: unknown";
    decided(
        Scene::StartError(exec.to_owned()),
        "entrypoint-not-found",
        &["entrypoint-not-executable", "subpath-invalid"],
    );
    open(Scene::Silent(1), "unexplained-exit", &[DESCRIBE]);
}
