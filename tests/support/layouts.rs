//! A sample's bundle, written again as each foreign collector would have written it: their paths, their forms of lists and
//! objects. What a collector does not collect is left out.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::{Map, Value, json};

use super::bundles::{Bundle, Content};
use super::yaml;

/// The log of one run of one container.
pub struct SampleLog {
    pub namespace: String,
    pub pod: String,
    pub container: String,
    pub previous: bool,
    pub text: Vec<u8>,
}

/// What a sample's bundle holds, in no layout.
pub struct Cluster {
    /// Items by resource (`nodes`, `pvs`, ...); absent where the list was not collected.
    pub cluster: BTreeMap<String, Vec<Value>>,
    /// Items by namespace and resource (`pods`, `events`, ...).
    pub namespaces: BTreeMap<String, BTreeMap<String, Vec<Value>>>,
    pub logs: Vec<SampleLog>,
    /// The header's `collectedAt`.
    pub collected_at: String,
    /// `v1.30.1`
    pub version: String,
}

/// Kind, apiVersion and the name that the collectors give to a list.
const RESOURCES: [(&str, &str, &str); 16] = [
    ("pods", "Pod", "v1"),
    ("events", "Event", "v1"),
    ("services", "Service", "v1"),
    ("endpoints", "Endpoints", "v1"),
    ("pvcs", "PersistentVolumeClaim", "v1"),
    ("configmaps", "ConfigMap", "v1"),
    ("secrets", "Secret", "v1"),
    ("deployments", "Deployment", "apps/v1"),
    ("replicasets", "ReplicaSet", "apps/v1"),
    ("statefulsets", "StatefulSet", "apps/v1"),
    ("daemonsets", "DaemonSet", "apps/v1"),
    ("jobs", "Job", "batch/v1"),
    ("cronjobs", "CronJob", "batch/v1"),
    ("nodes", "Node", "v1"),
    ("pvs", "PersistentVolume", "v1"),
    ("storageclasses", "StorageClass", "storage.k8s.io/v1"),
];

fn kind_of(resource: &str) -> (&'static str, &'static str) {
    RESOURCES.iter().find(|(name, _, _)| *name == resource).map(|(_, kind, version)| (*kind, *version)).expect("known")
}

/// Reads a sample's bundle.
pub fn read(bundle: &Path) -> Cluster {
    let header = fs::read_to_string(bundle.join("kubemortem.yaml")).expect("a header");
    let field = |name: &str| {
        let line = header.lines().find(|line| line.starts_with(name)).unwrap_or_default();
        line.split_once(':').map_or("", |(_, value)| value).trim().trim_matches('"').to_string()
    };
    let mut cluster = Cluster {
        cluster: BTreeMap::new(),
        namespaces: BTreeMap::new(),
        logs: Vec::new(),
        collected_at: field("collectedAt"),
        version: field("serverVersion"),
    };
    for (resource, _, _) in &RESOURCES[13..] {
        if let Some(items) = list(&bundle.join(format!("cluster/{resource}.json"))) {
            cluster.cluster.insert((*resource).to_string(), items);
        }
    }
    let mut folders: Vec<_> = fs::read_dir(bundle.join("namespaces")).expect("namespaces").flatten().collect();
    folders.sort_by_key(|entry| entry.file_name());
    for folder in folders {
        let namespace = folder.file_name().into_string().expect("a name");
        let mut lists = BTreeMap::new();
        for (resource, _, _) in &RESOURCES[..13] {
            if let Some(items) = list(&folder.path().join(format!("{resource}.json"))) {
                lists.insert((*resource).to_string(), items);
            }
        }
        if let Some(items) = configmaps(&namespace, &folder.path().join("configmaps.txt")) {
            lists.insert("configmaps".to_string(), items);
        }
        if let Some(items) = secrets(&namespace, &folder.path().join("secrets.txt")) {
            lists.insert("secrets".to_string(), items);
        }
        logs(&namespace, &folder.path().join("logs"), &mut cluster.logs);
        cluster.namespaces.insert(namespace, lists);
    }
    cluster
}

/// The items of a list; `None` where the command was refused (a `.stderr` lies beside it) or never run.
fn list(path: &Path) -> Option<Vec<Value>> {
    if path.with_extension("json.stderr").exists() {
        return None;
    }
    let text = fs::read_to_string(path).ok()?;
    let list: Value = serde_json::from_str(&text).ok()?;
    Some(list["items"].as_array()?.clone())
}

/// ConfigMaps out of the collector's table of names and keys: the foreign collectors keep the objects.
fn configmaps(namespace: &str, path: &Path) -> Option<Vec<Value>> {
    if path.with_extension("txt.stderr").exists() {
        return None;
    }
    let text = fs::read_to_string(path).ok()?;
    let rows = text.lines().skip(1).filter_map(|row| {
        let mut cells = row.split_whitespace();
        let (name, keys) = (cells.next()?, cells.next()?);
        let data: Map<String, Value> = keys.split(',').map(|key| (key.to_string(), json!("..."))).collect();
        Some(json!({"apiVersion": "v1", "data": data, "kind": "ConfigMap", "metadata": {"name": name, "namespace": namespace}}))
    });
    Some(rows.collect())
}

/// Secrets out of `get secrets`, as must-gather keeps them: without their values.
fn secrets(namespace: &str, path: &Path) -> Option<Vec<Value>> {
    if path.with_extension("txt.stderr").exists() {
        return None;
    }
    let text = fs::read_to_string(path).ok()?;
    let rows = text.lines().skip(1).filter_map(|row| {
        let name = row.split_whitespace().next()?;
        Some(json!({"apiVersion": "v1", "data": {"key": ""}, "kind": "Secret", "metadata": {"name": name, "namespace": namespace}}))
    });
    Some(rows.collect())
}

fn logs(namespace: &str, folder: &Path, into: &mut Vec<SampleLog>) {
    let Ok(pods) = fs::read_dir(folder) else { return };
    let mut pods: Vec<_> = pods.flatten().collect();
    pods.sort_by_key(|entry| entry.file_name());
    for pod in pods {
        let mut files: Vec<_> = fs::read_dir(pod.path()).expect("a pod's logs").flatten().collect();
        files.sort_by_key(|entry| entry.file_name());
        for file in files {
            let name = file.file_name().into_string().expect("a name");
            let Some(stem) = name.strip_suffix(".log") else { continue };
            // A command that failed left no log: its words lie beside it.
            if pod.path().join(format!("{name}.stderr")).exists() {
                continue;
            }
            let (container, previous) = match stem.strip_suffix(".previous") {
                Some(container) => (container, true),
                None => (stem, false),
            };
            into.push(SampleLog {
                namespace: namespace.to_string(),
                pod: pod.file_name().into_string().expect("a name"),
                container: container.to_string(),
                previous,
                text: fs::read(file.path()).expect("a log"),
            });
        }
    }
}

/// Half of what a server keeps and nothing of what is read.
fn with_managed_fields(item: &Value) -> Value {
    let mut item = item.clone();
    let fields = json!([{
        "manager": "kube-controller-manager", "operation": "Update", "apiVersion": "v1", "time": "2026-01-01T00:00:00Z",
        "fieldsType": "FieldsV1",
        "fieldsV1": {
            "f:metadata": {"f:labels": {".": {}, "f:app": {}}},
            "f:spec": {"f:containers": {"k:{\"name\":\"app\"}": {".": {}, "f:image": {}, "f:state": {"f:waiting": {"f:reason": {}}}}}},
            "f:status": {"f:phase": {}, "f:conditions": {"k:{\"type\":\"Ready\"}": {".": {}, "f:status": {}, "f:type": {}}}}
        }
    }]);
    if let Some(metadata) = item["metadata"].as_object_mut() {
        metadata.insert("managedFields".to_string(), fields);
    }
    item
}

/// Items of a typed list, marshalled as such, do not say what they are.
fn without_kind(item: &Value) -> Value {
    let mut item = item.clone();
    if let Some(object) = item.as_object_mut() {
        object.remove("kind");
        object.remove("apiVersion");
    }
    item
}

fn typed_list(resource: &str, items: Value) -> Value {
    let (kind, version) = kind_of(resource);
    json!({"kind": format!("{kind}List"), "apiVersion": version, "metadata": {"resourceVersion": "27131"}, "items": items})
}

fn pretty(value: &Value, indent: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let formatter = serde_json::ser::PrettyFormatter::with_indent(indent);
    serde::Serialize::serialize(value, &mut serde_json::Serializer::with_formatter(&mut out, formatter)).expect("JSON");
    out.push(b'\n');
    out
}

/// Troubleshoot, today's: typed lists whose items say their kind, `null` for an empty one; logs beside the resources, links
/// to them under the collector's name.
pub fn troubleshoot(cluster: &Cluster) -> Bundle {
    let top = "support-bundle-2026-01-31T10_00_00";
    let mut bundle = Bundle::default();
    let names = [("pvs", "pvs"), ("nodes", "nodes"), ("storageclasses", "storage-classes")];
    let value = |resource: &str, items: &[Value]| match items {
        [] => typed_list(resource, Value::Null),
        items => typed_list(resource, items.iter().map(with_managed_fields).collect()),
    };
    for log in &cluster.logs {
        let run = if log.previous { "-previous" } else { "" };
        let below = format!("cluster-resources/pods/logs/{}/{}/{}{run}.log", log.namespace, log.pod, log.container);
        bundle.link(format!("{top}/all-logs/{}/{}{run}.log", log.pod, log.container), format!("../../{below}"));
        bundle.add(format!("{top}/{below}"), log.text.clone());
    }
    for (resource, items) in &cluster.cluster {
        let name = names.iter().find(|(name, _)| name == resource).map_or(resource.as_str(), |(_, name)| name);
        bundle.add(format!("{top}/cluster-resources/{name}.json"), pretty(&value(resource, items), b"  "));
    }
    for (namespace, lists) in &cluster.namespaces {
        for (resource, items) in lists.iter().filter(|(resource, _)| *resource != "secrets") {
            bundle.add(
                format!("{top}/cluster-resources/{resource}/{namespace}.json"),
                pretty(&value(resource, items), b"  "),
            );
        }
    }
    bundle.add(format!("{top}/cluster-resources/auth-cani-list/default.json"), *b"[]\n");
    bundle.add(
        format!("{top}/cluster-info/cluster_version.json"),
        pretty(
            &json!({"info": {"gitVersion": cluster.version, "platform": "linux/amd64"}, "string": cluster.version}),
            b"  ",
        ),
    );
    bundle.add(
        format!("{top}/analysis.json"),
        pretty(&json!([{"name": "node.resources", "insight": {"severity": "warn"}}]), b"  "),
    );
    bundle.add(
        format!("{top}/version.yaml"),
        *b"apiVersion: troubleshoot.sh/v1beta2\nkind: SupportBundle\nspec:\n  versionNumber: v0.123.14\n",
    );
    bundle
}

/// Troubleshoot before about 2022: bare arrays, nobody says a kind, and the logs lie under the collector's name without a
/// namespace.
pub fn troubleshoot_old(cluster: &Cluster) -> Bundle {
    let mut bundle = Bundle::default();
    for (resource, items) in &cluster.cluster {
        let name = if resource == "storageclasses" { "storage-classes" } else { resource };
        let items: Value = items.iter().map(with_managed_fields).map(|item| without_kind(&item)).collect();
        bundle.add(format!("support-bundle/cluster-resources/{name}.json"), pretty(&items, b"  "));
    }
    for (namespace, lists) in &cluster.namespaces {
        for (resource, items) in lists.iter().filter(|(resource, _)| *resource != "secrets") {
            let items: Value = items.iter().map(with_managed_fields).map(|item| without_kind(&item)).collect();
            bundle.add(format!("support-bundle/cluster-resources/{resource}/{namespace}.json"), pretty(&items, b"  "));
        }
    }
    for log in &cluster.logs {
        let run = if log.previous { "-previous" } else { "" };
        bundle.add(format!("support-bundle/app-logs/{}/{}{run}.log", log.pod, log.container), log.text.clone());
    }
    bundle.add(
        "support-bundle/version.yaml",
        *b"apiVersion: troubleshoot.replicated.com/v1beta1\nkind: SupportBundle\nspec:\n  versionNumber: v0.9.30\n",
    );
    bundle
}

/// `oc adm must-gather`: YAML lists per API group, every pod once more by itself, placeholders for logs that are not there,
/// times before every line.
pub fn must_gather(cluster: &Cluster) -> Bundle {
    let top = "must-gather.local.5012003714/quay-io-openshift-release-dev-ocp-v4-0-art-dev-sha256-0a1b2c";
    let mut bundle = Bundle::default();
    let end = cluster.collected_at.trim_end_matches('Z').replace('T', " ");
    bundle.add("must-gather.local.5012003714/must-gather.logs", *b"[must-gather] OUT namespace/openshift created\n");
    bundle.add(
        format!("{top}/timestamp"),
        format!("{end}.000000001 +0000 UTC m=+0.101\n{end}.900000001 +0000 UTC m=+0.903\n"),
    );
    bundle.add(format!("{top}/version"), *b"openshift-must-gather\n4.14.0\n");
    bundle.add(format!("{top}/gather.logs"), *b"error: panic: connection refused\n");
    let group = |resource: &str| match kind_of(resource).1.split_once('/') {
        Some((group, _)) => group.to_string(),
        None => "core".to_string(),
    };
    let plural = |resource: &str| match resource {
        "pvcs" => "persistentvolumeclaims".to_string(),
        "pvs" => "persistentvolumes".to_string(),
        other => other.to_string(),
    };
    for (resource, items) in &cluster.cluster {
        for item in items {
            let name = item["metadata"]["name"].as_str().expect("a name");
            bundle.add(
                format!("{top}/cluster-scoped-resources/{}/{}/{name}.yaml", group(resource), plural(resource)),
                format!("---\n{}", yaml::document(&with_managed_fields(item))),
            );
        }
    }
    for (namespace, lists) in &cluster.namespaces {
        let root = format!("{top}/namespaces/{namespace}");
        bundle.add(
            format!("{root}/{namespace}.yaml"),
            format!(
                "---\n{}",
                yaml::document(&json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}}))
            ),
        );
        for (resource, items) in lists {
            let items: Value = items.iter().map(with_managed_fields).collect();
            // The list of pods may be empty where every pod is kept by itself.
            let items = if resource == "pods" { json!([]) } else { items };
            let text = format!("---\n{}", yaml::document(&typed_list(resource, items)));
            bundle.add(format!("{root}/{}/{}.yaml", group(resource), plural(resource)), text);
        }
        for pod in lists.get("pods").into_iter().flatten() {
            let name = pod["metadata"]["name"].as_str().expect("a name");
            let text = format!("---\n{}", yaml::document(&with_managed_fields(pod)));
            bundle.add(format!("{root}/pods/{name}/{name}.yaml"), text);
            for list in ["initContainers", "containers"] {
                for container in pod["spec"][list].as_array().into_iter().flatten() {
                    let container = container["name"].as_str().expect("a name");
                    for run in ["current", "previous"] {
                        let found = cluster.logs.iter().find(|log| {
                            log.pod == name && log.container == container && log.previous == (run == "previous")
                        });
                        let text = found.map_or_else(Vec::new, |log| timed(&log.text, &cluster.collected_at));
                        let folder = format!("{root}/pods/{name}/{container}/{container}/logs");
                        bundle.add(format!("{folder}/{run}.log"), text);
                        bundle.add(format!("{folder}/{run}.insecure.log"), Vec::new());
                    }
                }
            }
        }
    }
    bundle.add(
        format!("{top}/host_service_logs/masters/kubelet_service.log"),
        *b"Jan 31 10:00:00 master-0 hyperkube[1]: E0131 dial tcp 10.0.0.1:6443: connect: connection refused\n",
    );
    bundle
}

/// The lines with the time before each of them, unless they have it.
fn timed(text: &[u8], time: &str) -> Vec<u8> {
    let text = String::from_utf8_lossy(text);
    if text.split_once(' ').is_some_and(|(word, _)| word.len() >= 20 && word.ends_with('Z') && word.contains('T')) {
        return text.into_owned().into_bytes();
    }
    let time = format!("{}.123456789Z", time.trim_end_matches('Z'));
    text.split_inclusive('\n').map(|line| format!("{time} {line}")).collect::<String>().into_bytes()
}

/// The lists of a dump's namespace, in the order in which it writes them.
const DUMPED: [(&str, &str); 6] = [
    ("events", "events"),
    ("services", "services"),
    ("daemonsets", "daemonsets"),
    ("deployments", "deployments"),
    ("replicasets", "replicasets"),
    ("pods", "pods"),
];

fn dumped_list(resource: &str, items: &[Value]) -> Value {
    typed_list(resource, items.iter().map(without_kind).collect())
}

/// The logs of one pod between their marks; the end is glued to a log without a final line end.
fn marked(cluster: &Cluster, namespace: &str, pod: &Value, previous: bool) -> Option<Vec<u8>> {
    let name = pod["metadata"]["name"].as_str().expect("a name");
    let mut text = Vec::new();
    for list in ["initContainers", "containers"] {
        for container in pod["spec"][list].as_array().into_iter().flatten() {
            let container = container["name"].as_str().expect("a name");
            let found = cluster
                .logs
                .iter()
                .find(|log| log.pod == name && log.container == container && log.previous == previous);
            if previous && found.is_none() {
                continue;
            }
            let of = format!("container {container} of pod {namespace}/{name} ====");
            text.extend(format!("==== START logs for {of}\n").into_bytes());
            match found {
                Some(log) => text.extend(log.text.strip_suffix(b"\n").unwrap_or(&log.text)),
                None => text.extend(b"Request log error: container is waiting to start\n"),
            }
            text.extend(format!("==== END logs for {of}\n").into_bytes());
        }
    }
    (!text.is_empty()).then_some(text)
}

/// `kubectl cluster-info dump --output-directory`: `json` or `yaml`.
pub fn cluster_info_dump(cluster: &Cluster, form: &str) -> Bundle {
    let mut bundle = Bundle::default();
    let text = |value: &Value| match form {
        "yaml" => format!("---\n{}", yaml::document(value)).into_bytes(),
        _ => pretty(value, b"    "),
    };
    if let Some(nodes) = cluster.cluster.get("nodes") {
        bundle.add(format!("dump/nodes.{form}"), text(&dumped_list("nodes", nodes)));
    }
    for (namespace, lists) in &cluster.namespaces {
        for (resource, name) in DUMPED {
            if let Some(items) = lists.get(resource) {
                bundle.add(format!("dump/{namespace}/{name}.{form}"), text(&dumped_list(resource, items)));
            }
        }
        for pod in lists.get("pods").into_iter().flatten() {
            let name = pod["metadata"]["name"].as_str().expect("a name");
            if let Some(logs) = marked(cluster, namespace, pod, false) {
                bundle.add(format!("dump/{namespace}/{name}/logs.txt"), logs);
            }
        }
    }
    bundle
}

/// The dump of kubectls up to about 1.13: their own Go types, in capitals, the metadata among the other keys.
pub fn cluster_info_dump_old(cluster: &Cluster) -> Bundle {
    let mut bundle = cluster_info_dump(cluster, "json");
    for (path, content) in &mut bundle.0 {
        if let Content::Bytes(bytes) = content
            && path.ends_with(".json")
        {
            let list: Value = serde_json::from_slice(bytes).expect("a list");
            let items: Vec<Value> = list["items"].as_array().into_iter().flatten().map(internal).collect();
            *bytes = pretty(&json!({"selfLink": "/api/v1/x", "resourceVersion": "4225", "Items": items}), b"    ");
        }
    }
    bundle
}

/// One object as such a type.
fn internal(object: &Value) -> Value {
    let mut all = object["metadata"].as_object().cloned().unwrap_or_default();
    for (key, value) in object.as_object().into_iter().flatten().filter(|(key, _)| *key != "metadata") {
        all.insert(capital(key), capitals(value, false));
    }
    for list in ["ContainerStatuses", "InitContainerStatuses"] {
        let statuses = all.get_mut("Status").and_then(|status| status.get_mut(list)).and_then(Value::as_array_mut);
        for status in statuses.into_iter().flatten() {
            for state in ["State", "LastTerminationState"] {
                let said = status[state].clone();
                status[state] =
                    json!({"Waiting": said["Waiting"], "Running": said["Running"], "Terminated": said["Terminated"]});
            }
        }
    }
    Value::Object(all)
}

fn capitals(value: &Value, data: bool) -> Value {
    match value {
        Value::Object(map) => {
            let member = |(key, value): (&String, &Value)| {
                // Keys that are the user's stay as they are.
                let inside = data
                    || ["labels", "annotations", "limits", "requests", "selector", "capacity"].contains(&key.as_str());
                (if data { key.clone() } else { capital(key) }, capitals(value, inside))
            };
            Value::Object(map.iter().map(member).collect())
        }
        Value::Array(list) => list.iter().map(|item| capitals(item, data)).collect(),
        other => other.clone(),
    }
}

fn capital(key: &str) -> String {
    match key {
        "lastState" => "LastTerminationState".to_string(),
        "httpGet" => "HTTPGet".to_string(),
        "fsGroup" => "FSGroup".to_string(),
        "uid" => "UID".to_string(),
        key => key[..1].to_ascii_uppercase() + &key[1..],
    }
}

/// The variant that keeps previous logs and no list of nodes, below `cluster-snapshot/`.
pub fn cluster_snapshot(cluster: &Cluster) -> Bundle {
    let dump = cluster_info_dump(cluster, "json").without_top();
    let mut bundle = Bundle(dump.below("cluster-snapshot").0);
    bundle.0.retain(|(path, _)| !path.ends_with("/nodes.json"));
    for (namespace, lists) in &cluster.namespaces {
        for pod in lists.get("pods").into_iter().flatten() {
            let name = pod["metadata"]["name"].as_str().expect("a name");
            if let Some(logs) = marked(cluster, namespace, pod, true) {
                bundle.add(format!("cluster-snapshot/{namespace}/{name}/previous-logs.txt"), logs);
            }
        }
    }
    bundle
}

/// `kubectl cluster-info dump > dump.txt`: objects and logs alternate in one file.
pub fn dump_on_stdout(cluster: &Cluster) -> Bundle {
    let mut text = Vec::new();
    if let Some(nodes) = cluster.cluster.get("nodes") {
        text.extend(pretty(&dumped_list("nodes", nodes), b"    "));
    }
    for (namespace, lists) in &cluster.namespaces {
        for (resource, _) in DUMPED {
            text.extend(pretty(&dumped_list(resource, lists.get(resource).map_or(&[][..], Vec::as_slice)), b"    "));
        }
        for pod in lists.get("pods").into_iter().flatten() {
            text.extend(marked(cluster, namespace, pod, false).unwrap_or_default());
        }
    }
    let mut bundle = Bundle::default();
    bundle.add("dump.txt", text);
    bundle
}

/// The zip of Rancher, Harvester and Longhorn: YAML lists by group and version, times before every line of a log, none of
/// an init container.
pub fn rancher(cluster: &Cluster) -> Bundle {
    let top = "supportbundle_1f3c0a5e_2026-01-31T10-00-00Z";
    let mut bundle = Bundle::default();
    bundle.add(
        format!("{top}/metadata.yaml"),
        format!(
            "projectName: Longhorn\nprojectVersion: v1.5.3\nkubernetesVersion: {}\nbundleCreatedAt: \"{}\"\n",
            cluster.version, cluster.collected_at
        ),
    );
    bundle.add(format!("{top}/bundleGenerationError.log"), Vec::new());
    let plural = |resource: &str| match resource {
        "pvcs" => "persistentvolumeclaims".to_string(),
        "pvs" => "persistentvolumes".to_string(),
        other => other.to_string(),
    };
    for (resource, items) in &cluster.cluster {
        let text = yaml::document(&typed_list(resource, items.iter().map(with_managed_fields).collect()));
        bundle.add(format!("{top}/yamls/cluster/{}/{}.yaml", kind_of(resource).1, plural(resource)), text);
    }
    for (namespace, lists) in &cluster.namespaces {
        for (resource, items) in lists.iter().filter(|(resource, _)| *resource != "secrets") {
            let text = yaml::document(&typed_list(resource, items.iter().map(with_managed_fields).collect()));
            let folder = format!("{top}/yamls/namespaced/{namespace}/{}", kind_of(resource).1);
            bundle.add(format!("{folder}/{}.yaml", plural(resource)), text);
        }
        for log in cluster.logs.iter().filter(|log| log.namespace == *namespace) {
            let pod = lists.get("pods").into_iter().flatten().find(|pod| pod["metadata"]["name"] == log.pod.as_str());
            let init = pod.is_some_and(|pod| {
                let all = pod["spec"]["initContainers"].as_array();
                all.is_some_and(|all| all.iter().any(|c| c["name"] == log.container.as_str()))
            });
            if !init {
                let run = if log.previous { ".1" } else { "" };
                bundle.add(
                    format!("{top}/logs/{namespace}/{}/{}.log{run}", log.pod, log.container),
                    timed(&log.text, &cluster.collected_at),
                );
            }
        }
    }
    let mut node = Bundle::default();
    node.add("logs/kubelet.log", *b"E0131 10:00:00 dial tcp 10.0.0.1:6443: connect: connection refused\n");
    bundle.add(format!("{top}/nodes/worker-1.zip"), node.zip());
    bundle
}

/// An archive of the insights-operator: pods that are not well and their logs, nodes, events without objects.
pub fn insights_operator(cluster: &Cluster) -> Bundle {
    let mut bundle = Bundle::default();
    for node in cluster.cluster.get("nodes").into_iter().flatten() {
        let name = node["metadata"]["name"].as_str().expect("a name");
        bundle.add(format!("config/node/{name}.json"), pretty(node, b"  "));
        bundle.add(format!("config/node/logs/{name}.log"), *b"E0131 connect: connection refused\n");
    }
    for (namespace, lists) in &cluster.namespaces {
        for pod in lists.get("pods").into_iter().flatten() {
            let name = pod["metadata"]["name"].as_str().expect("a name");
            bundle.add(format!("config/pod/{namespace}/{name}.json"), pretty(pod, b"  "));
        }
        let events: Vec<Value> = lists
            .get("events")
            .into_iter()
            .flatten()
            .map(|event| {
                json!({"namespace": namespace, "lastTimestamp": event["lastTimestamp"], "reason": event["reason"],
                       "message": event["message"], "type": event["type"]})
            })
            .collect();
        bundle.add(format!("events/{namespace}.json"), json!({"items": events}).to_string());
    }
    for log in &cluster.logs {
        let run = if log.previous { "previous" } else { "current" };
        bundle.add(
            format!("config/pod/{}/logs/{}/{}_{run}.log", log.namespace, log.pod, log.container),
            timed(&log.text, &cluster.collected_at),
        );
    }
    bundle
}
