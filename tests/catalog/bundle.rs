//! The smallest bundle that shows something: one object per namespace, in the layout of the collector.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

use kubemortem::analyze::analyze;
use kubemortem::catalog::Catalog;
use kubemortem::report;
use kubemortem::source::{Input, Limits};
use serde_json::{Value, json};

/// What an object shows.
#[derive(Debug, Clone)]
pub enum Scene {
    /// A container that ended with code 1 after five seconds, and what it printed.
    Log(String),
    /// The same of another exit code.
    LogWithExit(String, i64),
    /// A container that waits, with reason and message.
    Waiting(String, String),
    /// A pod that has no container yet, and an event of it: reason, message.
    Event(String, String),
    /// A pod whose container runs and is not ready, with events: type, reason, message.
    Running(Vec<(&'static str, &'static str, String)>),
    /// A container that ends again and again, with events: exit code, (type, reason, message).
    Looping(i64, Vec<(&'static str, &'static str, String)>),
    /// A ReplicaSet without pods, and an event of it.
    WorkloadEvent(String, String),
    /// A node that is not ready, and an event of it.
    NodeEvent(String, String),
    /// A node that is not ready: reason and message of the condition.
    NodeCondition(String, String),
    /// A MachineConfigPool that is degraded: the message of its condition.
    PoolCondition(String),
    /// A container that ends again and again: exit code, reason. No log.
    Exit(i64, &'static str),
    /// The same, and the log of the ended run is there and empty.
    Silent(i64),
    /// A container that could not be started: the message of the ended run.
    StartError(String),
    /// A pod without a node, and no event.
    Unscheduled,
    /// A pod that runs and is ready.
    Healthy,
}

/// A bundle in the making.
#[derive(Debug, Default)]
pub struct Bundle {
    scenes: Vec<Scene>,
}

const NOW: &str = "2026-02-11T09:00:00Z";
const EARLIER: &str = "2026-02-11T08:50:00Z";

impl Bundle {
    /// Adds an object in a namespace of its own, and gives the namespace's name.
    pub fn add(&mut self, scene: Scene) -> String {
        self.scenes.push(scene);
        namespace(self.scenes.len() - 1)
    }

    /// The JSON report of the bundle.
    pub fn report(&self, catalog: &Catalog) -> Value {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let root: PathBuf = std::env::temp_dir().join(format!("kubemortem-catalog-{}-{number}", std::process::id()));
        let _ = fs::remove_dir_all(&root);
        let write = |path: String, text: String| {
            let path = root.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        write("kubemortem.yaml".to_owned(), format!("layoutVersion: 1\ncollectedAt: {NOW}\n"));
        let (mut nodes, mut pools) = (Vec::new(), Vec::new());
        for (index, scene) in self.scenes.iter().enumerate() {
            let ns = namespace(index);
            let list = |items: Vec<Value>| json!({"apiVersion": "v1", "kind": "List", "items": items}).to_string();
            if let Some(pod) = pod(scene, &ns) {
                write(format!("namespaces/{ns}/pods.json"), list(vec![pod]));
            }
            if let Some(node) = node(scene, &ns) {
                nodes.push(node);
            }
            if let Scene::PoolCondition(message) = scene {
                pools.push(json!({
                    "apiVersion": "machineconfiguration.openshift.io/v1", "kind": "MachineConfigPool", "metadata": {"name": pool_name(&ns)},
                    "status": {"conditions": [{"type": "NodeDegraded", "status": "True", "message": message, "lastTransitionTime": EARLIER}]},
                }));
            }
            if let Scene::WorkloadEvent(..) = scene {
                write(format!("namespaces/{ns}/replicasets.json"), list(vec![replica_set(&ns)]));
            }
            write(format!("namespaces/{ns}/events.json"), list(events(scene, &ns)));
            if let Scene::Silent(_) = scene {
                write(format!("namespaces/{ns}/logs/{}/app.previous.log", name(&ns)), String::new());
            }
            if let Scene::Log(text) | Scene::LogWithExit(text, _) = scene {
                write(format!("namespaces/{ns}/logs/{}/app.previous.log", name(&ns)), format!("starting\n{text}\n"));
            }
        }
        let nodes = json!({"apiVersion": "v1", "kind": "List", "items": nodes});
        write("cluster/nodes.json".to_owned(), nodes.to_string());
        let pools = json!({"apiVersion": "v1", "kind": "List", "items": pools});
        write("cluster/machineconfigpools.json".to_owned(), pools.to_string());
        let postmortem = analyze(&Input::Path(root.clone()), &Limits::default(), catalog).expect("a report");
        let _ = fs::remove_dir_all(&root);
        serde_json::from_str(&report::json(&postmortem)).expect("JSON")
    }
}

fn namespace(index: usize) -> String {
    format!("case-{index}")
}

fn name(namespace: &str) -> String {
    format!("web-{namespace}")
}

fn node_name(namespace: &str) -> String {
    format!("node-{namespace}")
}

fn pool_name(namespace: &str) -> String {
    format!("pool-{namespace}")
}

/// Whether an incident is about the object of a namespace.
pub fn is_in(incident: &Value, namespace: &str) -> bool {
    let subject = &incident["subject"];
    let own = [node_name(namespace), pool_name(namespace)];
    subject["namespace"] == namespace || own.iter().any(|name| subject["name"] == name.as_str())
}

/// The causes told of the object of a namespace.
pub fn causes(report: &Value, namespace: &str) -> BTreeSet<String> {
    let all = report["incidents"].as_array().into_iter().flatten();
    all.filter(|incident| is_in(incident, namespace))
        .filter_map(|incident| incident["cause"].as_str().map(str::to_owned))
        .collect()
}

fn pod(scene: &Scene, ns: &str) -> Option<Value> {
    let ended = |code: i64, reason: &str| {
        json!({
            "state": {"waiting": {"reason": "CrashLoopBackOff", "message": "back-off restarting failed container"}},
            "lastState": {"terminated": {"exitCode": code, "reason": reason, "startedAt": "2026-02-11T08:58:00Z",
                "finishedAt": "2026-02-11T08:58:05Z"}},
            "ready": false, "restartCount": 4, "containerID": "containerd://1"
        })
    };
    let (phase, mut status) = match scene {
        Scene::Log(_) => ("Running", ended(1, "Error")),
        Scene::LogWithExit(_, code) => ("Running", ended(*code, "Error")),
        Scene::Exit(code, reason) => ("Running", ended(*code, reason)),
        Scene::Looping(code, _) | Scene::Silent(code) => ("Running", ended(*code, "Error")),
        Scene::StartError(message) => {
            let mut status = ended(128, "StartError");
            status["lastState"]["terminated"]["message"] = json!(message);
            status["lastState"]["terminated"]["startedAt"] = json!("1970-01-01T00:00:00Z");
            ("Running", status)
        }
        Scene::Waiting(reason, message) => (
            "Pending",
            json!({"state": {"waiting": {"reason": reason, "message": message}}, "ready": false, "restartCount": 0}),
        ),
        Scene::Event(..) | Scene::Unscheduled => (
            "Pending",
            json!({"state": {"waiting": {"reason": "ContainerCreating"}}, "ready": false, "restartCount": 0}),
        ),
        Scene::Running(_) => (
            "Running",
            json!({"state": {"running": {"startedAt": EARLIER}}, "ready": false, "restartCount": 0, "containerID": "containerd://1"}),
        ),
        Scene::Healthy => (
            "Running",
            json!({"state": {"running": {"startedAt": EARLIER}}, "ready": true, "restartCount": 0, "containerID": "containerd://1"}),
        ),
        Scene::WorkloadEvent(..) | Scene::NodeEvent(..) | Scene::NodeCondition(..) | Scene::PoolCondition(_) => {
            return None;
        }
    };
    status["name"] = json!("app");
    status["image"] = json!("registry.example/app:1");
    let scheduled = !matches!(scene, Scene::Event(reason, _) if matches!(reason.as_str(), "FailedScheduling" | "NotTriggerScaleUp"))
        && !matches!(scene, Scene::Unscheduled);
    let node = if scheduled { json!(node_name(ns)) } else { Value::Null };
    let statuses = if scheduled { json!([status]) } else { json!([]) };
    let mut pod_status = json!({"phase": phase, "containerStatuses": statuses,
        "conditions": [{"type": "PodScheduled", "status": if scheduled { "True" } else { "False" }}]});
    if let Scene::Waiting(reason, message) = scene
        && OF_THE_POD.contains(&reason.as_str())
    {
        pod_status = json!({"phase": "Failed", "reason": reason, "message": message});
    }
    Some(json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {"name": name(ns), "namespace": ns, "creationTimestamp": EARLIER},
        "spec": {"nodeName": node, "containers": [{"name": "app", "image": "registry.example/app:1"}]},
        "status": pod_status
    }))
}

/// Reasons that stand in the status of the pod itself.
const OF_THE_POD: [&str; 14] = [
    "Evicted",
    "NodeLost",
    "NodeShutdown",
    "Terminated",
    "Shutdown",
    "Preempting",
    "NodeAffinity",
    "MatchNodeSelector",
    "NodeSelectorMismatching",
    "OutOfcpu",
    "OutOfmemory",
    "OutOfpods",
    "UnexpectedAdmissionError",
    "HostPortConflict",
];

fn replica_set(ns: &str) -> Value {
    json!({
        "apiVersion": "apps/v1", "kind": "ReplicaSet",
        "metadata": {"name": name(ns), "namespace": ns, "creationTimestamp": EARLIER},
        "spec": {"replicas": 1}, "status": {"replicas": 0}
    })
}

fn node(scene: &Scene, ns: &str) -> Option<Value> {
    let ready = |status: &str, reason: &str, message: &str| {
        json!({"type": "Ready", "status": status, "reason": reason, "message": message,
            "lastHeartbeatTime": NOW, "lastTransitionTime": EARLIER})
    };
    let condition = match scene {
        Scene::NodeEvent(..) => ready("False", "KubeletNotReady", ""),
        Scene::NodeCondition(reason, message) => ready("False", reason, message),
        _ => ready("True", "KubeletReady", "kubelet is posting ready status"),
    };
    Some(json!({
        "apiVersion": "v1", "kind": "Node",
        "metadata": {"name": node_name(ns), "creationTimestamp": "2026-01-01T00:00:00Z"},
        "status": {"conditions": [condition]}
    }))
}

fn events(scene: &Scene, ns: &str) -> Vec<Value> {
    let event = |kind: &str, name: String, of: &str, reason: &str, message: &str| {
        json!({
            "apiVersion": "v1", "kind": "Event",
            "metadata": {"name": format!("{name}.17f{}", message.len()), "namespace": ns},
            "involvedObject": {"kind": kind, "name": name, "namespace": ns},
            "type": of, "reason": reason, "message": message, "count": 3,
            "firstTimestamp": "2026-02-11T08:55:00Z", "lastTimestamp": "2026-02-11T08:59:30Z",
            "source": {"component": "kubelet"}
        })
    };
    match scene {
        Scene::Event(reason, message) => vec![event("Pod", name(ns), "Warning", reason, message)],
        Scene::Running(all) | Scene::Looping(_, all) => {
            all.iter().map(|(of, reason, message)| event("Pod", name(ns), of, reason, message)).collect()
        }
        Scene::WorkloadEvent(reason, message) => vec![event("ReplicaSet", name(ns), "Warning", reason, message)],
        Scene::NodeEvent(reason, message) => vec![event("Node", node_name(ns), "Warning", reason, message)],
        _ => Vec::new(),
    }
}
