//! The tables that an API server prints: the columns and cells of `kubectl get`, as `pkg/printers/internalversion` of
//! Kubernetes makes them.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::clock;
use super::resources::Resource;

const NONE: &str = "<none>";

/// What a table depends on beside its objects.
#[derive(Debug, Clone, Copy)]
pub struct Printer {
    /// The server's clock.
    pub now: Timestamp,
    /// The server's minor version.
    pub minor: u32,
}

/// How much of each object a row carries (`includeObject`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Include {
    /// metadata, the default
    Metadata,
    /// all of it
    Object,
    /// nothing
    Nothing,
}

/// A `meta.k8s.io/v1` Table of `items`.
pub fn table(resource: &Resource, items: &[&Value], include: Include, printer: Printer) -> Value {
    // `*` marks a column of `-o wide` only.
    let heads = columns(resource, printer.minor);
    let definitions: Vec<Value> = heads
        .iter()
        .map(|head| {
            let name = head.trim_start_matches('*');
            let format = if name == "Name" { "name" } else { "" };
            json!({"name": name, "type": "string", "format": format, "description": "", "priority": i32::from(head.starts_with('*'))})
        })
        .collect();
    let rows: Vec<Value> = items
        .iter()
        .map(|item| {
            let cells = printer.cells(resource, item);
            assert_eq!(cells.len(), heads.len(), "cells of {}", resource.plural);
            let mut row = json!({"cells": cells});
            match include {
                Include::Nothing => {}
                Include::Object => row["object"] = (*item).clone(),
                Include::Metadata => {
                    row["object"] = json!({
                        "kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": item["metadata"],
                    });
                }
            }
            row
        })
        .collect();
    json!({"kind": "Table", "apiVersion": "meta.k8s.io/v1", "metadata": {}, "columnDefinitions": definitions, "rows": rows})
}

fn columns(resource: &Resource, minor: u32) -> Vec<&'static str> {
    let heads = match (resource.group, resource.plural) {
        ("", "pods") => "Name|Ready|Status|Restarts|Age|*IP|*Node|*Nominated Node|*Readiness Gates",
        ("", "nodes") => {
            "Name|Status|Roles|Age|Version|*Internal-IP|*External-IP|*OS-Image|*Kernel-Version|*Container-Runtime"
        }
        (_, "events") => "Last Seen|Type|Reason|Object|*Subobject|*Source|Message|*First Seen|*Count|*Name",
        (_, "deployments") => "Name|Ready|Up-to-date|Available|Age|*Containers|*Images|*Selector",
        (_, "replicasets" | "replicationcontrollers") => "Name|Desired|Current|Ready|Age|*Containers|*Images|*Selector",
        (_, "statefulsets") => "Name|Ready|Age|*Containers|*Images",
        (_, "daemonsets") => {
            "Name|Desired|Current|Ready|Up-to-date|Available|Node Selector|Age|*Containers|*Images|*Selector"
        }
        (_, "jobs") if minor >= 31 => "Name|Status|Completions|Duration|Age|*Containers|*Images|*Selector",
        (_, "jobs") => "Name|Completions|Duration|Age|*Containers|*Images|*Selector",
        (_, "cronjobs") if minor >= 29 => {
            "Name|Schedule|Timezone|Suspend|Active|Last Schedule|Age|*Containers|*Images|*Selector"
        }
        (_, "cronjobs") => "Name|Schedule|Suspend|Active|Last Schedule|Age|*Containers|*Images|*Selector",
        ("", "services") => "Name|Type|Cluster-IP|External-IP|Port(s)|Age|*Selector",
        ("", "endpoints") => "Name|Endpoints|Age",
        (_, "endpointslices") => "Name|AddressType|Ports|Endpoints|Age",
        ("", "configmaps") => "Name|Data|Age",
        ("", "secrets") => "Name|Type|Data|Age",
        ("", "persistentvolumeclaims") if minor >= 29 => {
            "Name|Status|Volume|Capacity|Access Modes|StorageClass|VolumeAttributesClass|Age|*VolumeMode"
        }
        ("", "persistentvolumeclaims") => "Name|Status|Volume|Capacity|Access Modes|StorageClass|Age|*VolumeMode",
        ("", "persistentvolumes") if minor >= 29 => {
            "Name|Capacity|Access Modes|Reclaim Policy|Status|Claim|StorageClass|VolumeAttributesClass|Reason|Age|*VolumeMode"
        }
        ("", "persistentvolumes") => {
            "Name|Capacity|Access Modes|Reclaim Policy|Status|Claim|StorageClass|Reason|Age|*VolumeMode"
        }
        (_, "storageclasses") => "Name|Provisioner|ReclaimPolicy|VolumeBindingMode|AllowVolumeExpansion|Age",
        ("", "namespaces") => "Name|Status|Age",
        ("", "serviceaccounts") => "Name|Secrets|Age",
        ("", "resourcequotas") if minor >= 33 => "Name|Request|Limit|Age",
        ("", "resourcequotas") => "Name|Age|Request|Limit",
        (_, "horizontalpodautoscalers") => "Name|Reference|Targets|MinPods|MaxPods|Replicas|Age",
        (_, "ingresses") => "Name|Class|Hosts|Address|Ports|Age",
        (_, "networkpolicies") => "Name|Pod-Selector|Age",
        (_, "poddisruptionbudgets") => "Name|Min Available|Max Unavailable|Allowed Disruptions|Age",
        (_, "volumeattachments") => "Name|Attacher|PV|Node|Attached|Age",
        (_, "csidrivers") => {
            "Name|AttachRequired|PodInfoOnMount|StorageCapacity|TokenRequests|RequiresRepublish|Modes|Age"
        }
        (_, "csinodes") => "Name|Drivers|Age",
        (_, "leases") => "Name|Holder|Age",
        (_, "priorityclasses") => "Name|Value|Global-Default|Age",
        _ => "Name|Created At",
    };
    heads.split('|').collect()
}

fn text<'v>(value: &'v Value, pointer: &str) -> &'v str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

fn number(value: &Value, pointer: &str) -> i64 {
    value.pointer(pointer).and_then(Value::as_i64).unwrap_or(0)
}

fn list<'v>(value: &'v Value, pointer: &str) -> &'v [Value] {
    value.pointer(pointer).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn or<'t>(found: &'t str, otherwise: &'t str) -> &'t str {
    if found.is_empty() { otherwise } else { found }
}

fn names(items: &[Value], key: &str) -> String {
    items.iter().map(|item| item[key].as_str().unwrap_or_default()).collect::<Vec<_>>().join(",")
}

fn pairs(labels: Option<&Value>) -> String {
    let all: Vec<String> = labels
        .and_then(Value::as_object)
        .map(|map| map.iter().map(|(key, value)| format!("{key}={}", value.as_str().unwrap_or_default())).collect())
        .unwrap_or_default();
    or(&all.join(","), NONE).to_string()
}

fn template(spec: &Value) -> (String, String) {
    let containers = list(spec, "/containers");
    (names(containers, "name"), names(containers, "image"))
}

fn access_modes(modes: &[Value]) -> String {
    let short = |mode: &Value| match mode.as_str().unwrap_or_default() {
        "ReadWriteOnce" => "RWO",
        "ReadOnlyMany" => "ROX",
        "ReadWriteMany" => "RWX",
        "ReadWriteOncePod" => "RWOP",
        _ => "",
    };
    modes.iter().map(short).collect::<Vec<_>>().join(",")
}

fn condition(item: &Value, kind: &str) -> bool {
    list(item, "/status/conditions").iter().any(|c| c["type"] == kind && c["status"] == "True")
}

/// What `get pods` says of a pod: READY, STATUS, RESTARTS and the time of the last restart.
#[derive(Debug, Default)]
pub struct PodStatus {
    /// READY, before the slash
    pub ready: usize,
    /// and after it
    pub total: usize,
    /// STATUS
    pub reason: String,
    /// RESTARTS
    pub restarts: i64,
    last_restart: Option<Timestamp>,
}

fn terminated_reason(terminated: &Value) -> String {
    match (text(terminated, "/reason"), number(terminated, "/signal")) {
        ("", 0) => format!("ExitCode:{}", number(terminated, "/exitCode")),
        ("", signal) => format!("Signal:{signal}"),
        (reason, _) => reason.to_string(),
    }
}

fn later(one: Option<Timestamp>, container: &Value) -> Option<Timestamp> {
    one.max(text(container, "/lastState/terminated/finishedAt").parse().ok())
}

/// As `printPod` works it out.
pub fn pod_status(pod: &Value) -> PodStatus {
    let (spec, status) = (&pod["spec"], &pod["status"]);
    let init = list(spec, "/initContainers");
    let sidecar = |name: &Value| init.iter().any(|c| c["name"] == *name && c["restartPolicy"] == "Always");
    let mut out = PodStatus {
        total: list(spec, "/containers").len() + init.iter().filter(|c| c["restartPolicy"] == "Always").count(),
        reason: or(text(status, "/reason"), text(status, "/phase")).to_string(),
        ..PodStatus::default()
    };
    let gated =
        list(status, "/conditions").iter().any(|c| c["type"] == "PodScheduled" && c["reason"] == "SchedulingGated");
    if gated {
        out.reason = "SchedulingGated".into();
    }
    let (mut initializing, mut sidecar_restarts, mut sidecar_last) = (false, 0, None);
    for (index, container) in list(status, "/initContainerStatuses").iter().enumerate() {
        out.restarts += number(container, "/restartCount");
        out.last_restart = later(out.last_restart, container);
        let is_sidecar = sidecar(&container["name"]);
        if is_sidecar {
            sidecar_restarts += number(container, "/restartCount");
            sidecar_last = later(sidecar_last, container);
        }
        let terminated = container.pointer("/state/terminated");
        if terminated.is_some_and(|t| number(t, "/exitCode") == 0) {
            continue;
        }
        if is_sidecar && container["started"] == true {
            if container["ready"] == true {
                out.ready += 1;
            }
            continue;
        }
        let waiting = text(container, "/state/waiting/reason");
        out.reason = match terminated {
            Some(terminated) => format!("Init:{}", terminated_reason(terminated)),
            None if !waiting.is_empty() && waiting != "PodInitializing" => format!("Init:{waiting}"),
            None => format!("Init:{index}/{}", init.len()),
        };
        initializing = true;
        break;
    }
    if !initializing || condition(pod, "Initialized") {
        (out.restarts, out.last_restart) = (sidecar_restarts, sidecar_last);
        let mut running = false;
        for container in list(status, "/containerStatuses").iter().rev() {
            out.restarts += number(container, "/restartCount");
            out.last_restart = later(out.last_restart, container);
            let waiting = text(container, "/state/waiting/reason");
            if !waiting.is_empty() {
                out.reason = waiting.to_string();
            } else if let Some(terminated) = container.pointer("/state/terminated") {
                out.reason = terminated_reason(terminated);
            } else if container["ready"] == true && container.pointer("/state/running").is_some() {
                running = true;
                out.ready += 1;
            }
        }
        if out.reason == "Completed" && running {
            out.reason = if condition(pod, "Ready") { "Running" } else { "NotReady" }.into();
        }
    }
    if !text(pod, "/metadata/deletionTimestamp").is_empty() {
        let ended = ["Succeeded", "Failed"].contains(&text(status, "/phase"));
        if text(status, "/reason") == "NodeLost" {
            out.reason = "Unknown".into();
        } else if !ended {
            out.reason = "Terminating".into();
        }
    }
    out
}

impl Printer {
    fn age(&self, item: &Value) -> String {
        clock::age(item["metadata"]["creationTimestamp"].as_str(), self.now)
    }

    fn since(&self, item: &Value, pointer: &str) -> String {
        clock::age(item.pointer(pointer).and_then(Value::as_str), self.now)
    }

    fn cells(&self, resource: &Resource, item: &Value) -> Vec<String> {
        let (name, age) = (text(item, "/metadata/name").to_string(), self.age(item));
        let own = |pointer: &str| text(item, pointer).to_string();
        let count = |pointer: &str| number(item, pointer).to_string();
        let size = |pointer: &str| {
            item.pointer(pointer)
                .map_or(0, |v| v.as_object().map_or_else(|| v.as_array().map_or(0, Vec::len), |m| m.len()))
                .to_string()
        };
        let selector = || pairs(item.pointer("/spec/selector/matchLabels"));
        match (resource.group, resource.plural) {
            ("", "pods") => self.pod(item),
            ("", "nodes") => self.node(item),
            (_, "events") => self.event(item),
            (_, "deployments") => {
                let (containers, images) = template(&item["spec"]["template"]["spec"]);
                let ready = format!("{}/{}", number(item, "/status/readyReplicas"), number(item, "/spec/replicas"));
                let (updated, available) = (count("/status/updatedReplicas"), count("/status/availableReplicas"));
                vec![name, ready, updated, available, age, containers, images, selector()]
            }
            (_, "replicasets" | "replicationcontrollers") => {
                let (containers, images) = template(&item["spec"]["template"]["spec"]);
                let selector =
                    if resource.group.is_empty() { pairs(item.pointer("/spec/selector")) } else { selector() };
                let (current, ready) = (count("/status/replicas"), count("/status/readyReplicas"));
                vec![name, count("/spec/replicas"), current, ready, age, containers, images, selector]
            }
            (_, "statefulsets") => {
                let (containers, images) = template(&item["spec"]["template"]["spec"]);
                let ready = format!("{}/{}", number(item, "/status/readyReplicas"), number(item, "/spec/replicas"));
                vec![name, ready, age, containers, images]
            }
            (_, "daemonsets") => {
                let (containers, images) = template(&item["spec"]["template"]["spec"]);
                let node_selector = pairs(item.pointer("/spec/template/spec/nodeSelector"));
                let mut cells = vec![name];
                for key in [
                    "desiredNumberScheduled",
                    "currentNumberScheduled",
                    "numberReady",
                    "updatedNumberScheduled",
                    "numberAvailable",
                ] {
                    cells.push(count(&format!("/status/{key}")));
                }
                cells.extend([node_selector, age, containers, images, selector()]);
                cells
            }
            (_, "jobs") => self.job(item),
            (_, "cronjobs") => {
                let (containers, images) = template(&item["spec"]["jobTemplate"]["spec"]["template"]["spec"]);
                let suspended = if item["spec"]["suspend"] == true { "True" } else { "False" };
                let last = if item.pointer("/status/lastScheduleTime").is_some() {
                    self.since(item, "/status/lastScheduleTime")
                } else {
                    NONE.to_string()
                };
                let mut cells = vec![name, own("/spec/schedule")];
                if self.minor >= 29 {
                    cells.push(or(text(item, "/spec/timeZone"), NONE).to_string());
                }
                let labels = pairs(item.pointer("/spec/jobTemplate/spec/selector/matchLabels"));
                cells.extend([suspended.to_string(), size("/status/active"), last, age, containers, images, labels]);
                cells
            }
            ("", "services") => service(item, name, age),
            ("", "endpoints") => vec![name, endpoints(item), age],
            (_, "endpointslices") => {
                let ports: Vec<String> = list(item, "/ports").iter().map(|p| number(p, "/port").to_string()).collect();
                let addresses: Vec<&str> = list(item, "/endpoints")
                    .iter()
                    .flat_map(|e| list(e, "/addresses"))
                    .filter_map(Value::as_str)
                    .collect();
                let shown = more(&addresses, 3);
                let ports = if ports.is_empty() { "<unset>".to_string() } else { ports.join(",") };
                vec![name, own("/addressType"), ports, or(&shown, "<unset>").to_string(), age]
            }
            ("", "configmaps") => {
                let keys = list_len(&item["data"]) + list_len(&item["binaryData"]);
                vec![name, keys.to_string(), age]
            }
            ("", "secrets") => vec![name, own("/type"), size("/data"), age],
            ("", "persistentvolumeclaims") => {
                let bound = !text(item, "/spec/volumeName").is_empty();
                let deleted = !text(item, "/metadata/deletionTimestamp").is_empty();
                let phase = if deleted { "Terminating".into() } else { own("/status/phase") };
                let (capacity, modes) = if bound {
                    (own("/status/capacity/storage"), access_modes(list(item, "/status/accessModes")))
                } else {
                    (String::new(), String::new())
                };
                let mut cells =
                    vec![name, phase, own("/spec/volumeName"), capacity, modes, own("/spec/storageClassName")];
                if self.minor >= 29 {
                    cells.push(or(text(item, "/spec/volumeAttributesClassName"), "<unset>").to_string());
                }
                cells.extend([age, or(text(item, "/spec/volumeMode"), "<unset>").to_string()]);
                cells
            }
            ("", "persistentvolumes") => {
                let claim = match text(item, "/spec/claimRef/name") {
                    "" => String::new(),
                    claim => format!("{}/{claim}", text(item, "/spec/claimRef/namespace")),
                };
                let deleted = !text(item, "/metadata/deletionTimestamp").is_empty();
                let phase = if deleted { "Terminating".into() } else { own("/status/phase") };
                let mut cells = vec![
                    name,
                    own("/spec/capacity/storage"),
                    access_modes(list(item, "/spec/accessModes")),
                    own("/spec/persistentVolumeReclaimPolicy"),
                    phase,
                    claim,
                    own("/spec/storageClassName"),
                ];
                if self.minor >= 29 {
                    cells.push(or(text(item, "/spec/volumeAttributesClassName"), "<unset>").to_string());
                }
                cells.extend([own("/status/reason"), age, or(text(item, "/spec/volumeMode"), "<unset>").to_string()]);
                cells
            }
            (_, "storageclasses") => {
                let default = "storageclass.kubernetes.io/is-default-class";
                let name =
                    if item["metadata"]["annotations"][default] == "true" { format!("{name} (default)") } else { name };
                let expansion = item["allowVolumeExpansion"].as_bool().unwrap_or(false).to_string();
                let reclaim = or(text(item, "/reclaimPolicy"), "Delete").to_string();
                let binding = or(text(item, "/volumeBindingMode"), "Immediate").to_string();
                vec![name, own("/provisioner"), reclaim, binding, expansion, age]
            }
            ("", "namespaces") => vec![name, own("/status/phase"), age],
            ("", "serviceaccounts") => vec![name, size("/secrets"), age],
            ("", "resourcequotas") => {
                let part = |limits: bool| {
                    let Some(hard) = item.pointer("/status/hard").and_then(Value::as_object) else {
                        return String::new();
                    };
                    let cells: Vec<String> = hard
                        .iter()
                        .filter(|(key, _)| key.starts_with("limits.") == limits)
                        .map(|(key, hard)| {
                            let used = item["status"]["used"][key].as_str().unwrap_or("0");
                            format!("{key}: {used}/{}", hard.as_str().unwrap_or_default())
                        })
                        .collect();
                    cells.join(", ")
                };
                if self.minor >= 33 {
                    vec![name, part(false), part(true), age]
                } else {
                    vec![name, age, part(false), part(true)]
                }
            }
            (_, "horizontalpodautoscalers") => self.autoscaler(item),
            (_, "ingresses") => {
                let hosts: Vec<&str> = list(item, "/spec/rules").iter().filter_map(|r| r["host"].as_str()).collect();
                let addresses: Vec<&str> = list(item, "/status/loadBalancer/ingress")
                    .iter()
                    .filter_map(|i| i["ip"].as_str().or(i["hostname"].as_str()))
                    .collect();
                let ports = if list(item, "/spec/tls").is_empty() { "80" } else { "80, 443" };
                let hosts = if hosts.is_empty() { "*".to_string() } else { more(&hosts, 3) };
                vec![
                    name,
                    or(text(item, "/spec/ingressClassName"), NONE).into(),
                    hosts,
                    addresses.join(","),
                    ports.into(),
                    age,
                ]
            }
            (_, "networkpolicies") => vec![name, pairs(item.pointer("/spec/podSelector/matchLabels")), age],
            (_, "poddisruptionbudgets") => {
                let bound = |key: &str| match &item["spec"][key] {
                    Value::String(text) => text.clone(),
                    Value::Number(number) => number.to_string(),
                    _ => "N/A".to_string(),
                };
                vec![name, bound("minAvailable"), bound("maxUnavailable"), count("/status/disruptionsAllowed"), age]
            }
            (_, "volumeattachments") => {
                let attached = item.pointer("/status/attached").and_then(Value::as_bool).unwrap_or(false).to_string();
                let volume = own("/spec/source/persistentVolumeName");
                vec![name, own("/spec/attacher"), volume, own("/spec/nodeName"), attached, age]
            }
            (_, "csidrivers") => {
                let flag = |key: &str, otherwise: bool| item["spec"][key].as_bool().unwrap_or(otherwise).to_string();
                let modes: Vec<&str> =
                    list(item, "/spec/volumeLifecycleModes").iter().filter_map(Value::as_str).collect();
                vec![
                    name,
                    flag("attachRequired", true),
                    flag("podInfoOnMount", false),
                    flag("storageCapacity", false),
                    "<unset>".into(),
                    flag("requiresRepublish", false),
                    or(&modes.join(","), "Persistent").to_string(),
                    age,
                ]
            }
            (_, "csinodes") => vec![name, size("/spec/drivers"), age],
            (_, "leases") => vec![name, own("/spec/holderIdentity"), age],
            (_, "priorityclasses") => {
                let default = item["globalDefault"].as_bool().unwrap_or(false).to_string();
                vec![name, count("/value"), default, age]
            }
            _ => vec![name, own("/metadata/creationTimestamp")],
        }
    }

    fn pod(&self, pod: &Value) -> Vec<String> {
        let status = pod_status(pod);
        let restarts = match status.last_restart {
            Some(last) if status.restarts > 0 => {
                let ago = clock::human(self.now.duration_since(last).as_secs());
                format!("{} ({ago} ago)", status.restarts)
            }
            _ => status.restarts.to_string(),
        };
        let gates = list(pod, "/spec/readinessGates");
        let passed =
            gates.iter().filter(|gate| condition(pod, gate["conditionType"].as_str().unwrap_or_default())).count();
        let gates = if gates.is_empty() { NONE.to_string() } else { format!("{passed}/{}", gates.len()) };
        vec![
            text(pod, "/metadata/name").to_string(),
            format!("{}/{}", status.ready, status.total),
            status.reason,
            restarts,
            self.age(pod),
            or(text(pod, "/status/podIP"), NONE).to_string(),
            or(text(pod, "/spec/nodeName"), NONE).to_string(),
            or(text(pod, "/status/nominatedNodeName"), NONE).to_string(),
            gates,
        ]
    }

    fn node(&self, node: &Value) -> Vec<String> {
        let ready = list(node, "/status/conditions").iter().find(|c| c["type"] == "Ready");
        let mut state = match ready.map(|c| text(c, "/status")) {
            Some("True") => "Ready".to_string(),
            Some(_) => "NotReady".to_string(),
            None => "Unknown".to_string(),
        };
        if node["spec"]["unschedulable"] == true {
            state.push_str(",SchedulingDisabled");
        }
        let roles: Vec<&str> = node["metadata"]["labels"]
            .as_object()
            .map(|labels| labels.keys().filter_map(|key| key.strip_prefix("node-role.kubernetes.io/")).collect())
            .unwrap_or_default();
        let address = |kind: &str| {
            let found = list(node, "/status/addresses").iter().find(|a| a["type"] == kind);
            found.map_or(NONE, |a| text(a, "/address")).to_string()
        };
        let info = |key: &str| or(text(&node["status"]["nodeInfo"], &format!("/{key}")), "<unknown>").to_string();
        vec![
            text(node, "/metadata/name").to_string(),
            state,
            or(&roles.join(","), NONE).to_string(),
            self.age(node),
            text(node, "/status/nodeInfo/kubeletVersion").to_string(),
            address("InternalIP"),
            address("ExternalIP"),
            info("osImage"),
            info("kernelVersion"),
            info("containerRuntimeVersion"),
        ]
    }

    fn event(&self, event: &Value) -> Vec<String> {
        let object = &event["involvedObject"];
        let any = |pointers: &[&str]| {
            pointers.iter().map(|pointer| text(event, pointer)).find(|text| !text.is_empty()).map(str::to_string)
        };
        let first = any(&["/firstTimestamp", "/eventTime"]);
        let last = any(&["/series/lastObservedTime", "/lastTimestamp"]).or(first.clone());
        let component = any(&["/source/component", "/reportingComponent"]).unwrap_or_default();
        let host = any(&["/source/host", "/reportingInstance"]).unwrap_or_default();
        let count = ["/series/count", "/count"].iter().map(|at| number(event, at)).find(|n| *n > 0);
        vec![
            clock::age(last.as_deref(), self.now),
            text(event, "/type").to_string(),
            text(event, "/reason").to_string(),
            format!("{}/{}", text(object, "/kind").to_lowercase(), text(object, "/name")),
            text(object, "/fieldPath").to_string(),
            if host.is_empty() { component } else { format!("{component}, {host}") },
            text(event, "/message").trim().to_string(),
            clock::age(first.as_deref(), self.now),
            count.unwrap_or(1).to_string(),
            text(event, "/metadata/name").to_string(),
        ]
    }

    fn job(&self, job: &Value) -> Vec<String> {
        let (containers, images) = template(&job["spec"]["template"]["spec"]);
        let succeeded = number(job, "/status/succeeded");
        let completions = match (job["spec"]["completions"].as_i64(), number(job, "/spec/parallelism")) {
            (Some(wanted), _) => format!("{succeeded}/{wanted}"),
            (None, parallel) if parallel > 1 => format!("{succeeded}/1 of {parallel}"),
            (None, _) => format!("{succeeded}/1"),
        };
        let time = |pointer: &str| text(job, pointer).parse::<Timestamp>().ok();
        let duration = time("/status/startTime").map_or(String::new(), |start| {
            clock::human(time("/status/completionTime").unwrap_or(self.now).duration_since(start).as_secs())
        });
        let mut cells = vec![text(job, "/metadata/name").to_string()];
        if self.minor >= 31 {
            let state = ["Complete", "Failed"].into_iter().find(|kind| condition(job, kind));
            let deleted = !text(job, "/metadata/deletionTimestamp").is_empty();
            let rest =
                ["Suspended", "FailureTarget", "SuccessCriteriaMet"].into_iter().find(|kind| condition(job, kind));
            let state = state.or(deleted.then_some("Terminating")).or(rest).unwrap_or("Running");
            cells.push(state.to_string());
        }
        let selector = pairs(job.pointer("/spec/selector/matchLabels"));
        cells.extend([completions, duration, self.age(job), containers, images, selector]);
        cells
    }

    fn autoscaler(&self, item: &Value) -> Vec<String> {
        let spec = &item["spec"];
        let reference = format!("{}/{}", text(spec, "/scaleTargetRef/kind"), text(spec, "/scaleTargetRef/name"));
        let targets: Vec<String> = list(item, "/spec/metrics")
            .iter()
            .map(|metric| {
                let name = text(metric, "/resource/name");
                let wanted = number(metric, "/resource/target/averageUtilization");
                let current = list(item, "/status/currentMetrics")
                    .iter()
                    .find(|current| text(current, "/resource/name") == name)
                    .and_then(|current| current.pointer("/resource/current/averageUtilization"))
                    .and_then(Value::as_i64);
                let current = current.map_or("<unknown>".to_string(), |percent| format!("{percent}%"));
                if self.minor >= 30 { format!("{name}: {current}/{wanted}%") } else { format!("{current}/{wanted}%") }
            })
            .collect();
        vec![
            text(item, "/metadata/name").to_string(),
            reference,
            or(&targets.join(", "), NONE).to_string(),
            item["spec"]["minReplicas"].as_i64().map_or("<unset>".into(), |n| n.to_string()),
            number(item, "/spec/maxReplicas").to_string(),
            number(item, "/status/currentReplicas").to_string(),
            self.age(item),
        ]
    }
}

fn list_len(value: &Value) -> usize {
    value.as_object().map_or(0, |map| map.len())
}

fn more(all: &[&str], most: usize) -> String {
    let shown = all.iter().take(most).copied().collect::<Vec<_>>().join(",");
    if all.len() > most { format!("{shown} + {} more...", all.len() - most) } else { shown }
}

fn endpoints(item: &Value) -> String {
    let pairs: Vec<String> = list(item, "/subsets")
        .iter()
        .flat_map(|subset| {
            list(subset, "/ports").iter().flat_map(move |port| {
                list(subset, "/addresses").iter().map(move |a| format!("{}:{}", text(a, "/ip"), number(port, "/port")))
            })
        })
        .collect();
    or(&more(&pairs.iter().map(String::as_str).collect::<Vec<_>>(), 3), NONE).to_string()
}

fn service(item: &Value, name: String, age: String) -> Vec<String> {
    let kind = or(text(item, "/spec/type"), "ClusterIP");
    let outside: Vec<&str> = list(item, "/spec/externalIPs").iter().filter_map(Value::as_str).collect();
    let external = match kind {
        "ExternalName" => text(item, "/spec/externalName").to_string(),
        "LoadBalancer" => {
            let ingress = list(item, "/status/loadBalancer/ingress");
            let mut all: Vec<&str> =
                ingress.iter().filter_map(|i| i["ip"].as_str().or(i["hostname"].as_str())).collect();
            all.extend(&outside);
            or(&all.join(","), "<pending>").to_string()
        }
        _ => or(&outside.join(","), NONE).to_string(),
    };
    let ports: Vec<String> = list(item, "/spec/ports")
        .iter()
        .map(|port| match number(port, "/nodePort") {
            0 => format!("{}/{}", number(port, "/port"), text(port, "/protocol")),
            node => format!("{}:{node}/{}", number(port, "/port"), text(port, "/protocol")),
        })
        .collect();
    let ip = or(text(item, "/spec/clusterIP"), NONE).to_string();
    let ports = or(&ports.join(","), NONE).to_string();
    vec![name, kind.to_string(), ip, external, ports, age, pairs(item.pointer("/spec/selector"))]
}
