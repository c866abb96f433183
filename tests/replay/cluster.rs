//! The objects, logs and usage that a server serves: read from a recorded bundle, or made up.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use data_encoding::BASE64;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::clock;
use super::resources::{self, Resource};

/// One object, and its JSON as it is served.
#[derive(Debug)]
pub struct Object {
    /// metadata.namespace; empty where it has none.
    pub namespace: String,
    /// metadata.name
    pub name: String,
    /// The object.
    pub value: Value,
    /// Its JSON.
    pub json: String,
}

/// Namespace, pod, container, and whether of the previous run.
pub type LogKey = (String, String, String, bool);

/// What the log endpoint answers.
#[derive(Debug, Clone)]
pub enum Log {
    /// The lines, and whether each has its time in front.
    Text(String, bool),
    /// A refusal: reason and message.
    Refused(String, String),
}

/// One cluster at one moment, which is now.
#[derive(Debug)]
pub struct Cluster {
    objects: BTreeMap<String, Vec<Object>>,
    /// The logs that were recorded.
    pub logs: BTreeMap<LogKey, Log>,
    /// What `/version` answers.
    pub version: Value,
    /// Whether the metrics API is registered.
    pub metrics: bool,
    /// The moment.
    pub now: Timestamp,
    /// Every value that stands in the data of a Secret or ConfigMap or in an annotation about it, as text and as base64.
    pub planted: BTreeSet<String>,
}

impl Cluster {
    /// An empty cluster of a version (`v1.30.2`).
    pub fn new(version: &str) -> Cluster {
        let minor = version.split('.').nth(1).unwrap_or("30");
        Cluster {
            objects: BTreeMap::new(),
            logs: BTreeMap::new(),
            version: json!({
                "major": "1", "minor": minor, "gitVersion": version, "gitCommit": "0", "gitTreeState": "clean",
                "buildDate": "2024-01-01T00:00:00Z", "goVersion": "go1.22", "compiler": "gc", "platform": "linux/amd64",
            }),
            metrics: false,
            now: clock::now(),
            planted: BTreeSet::new(),
        }
    }

    /// The server's minor version.
    pub fn minor(&self) -> u32 {
        let version = self.version["gitVersion"].as_str().unwrap_or_default();
        version.split('.').nth(1).and_then(|minor| minor.parse().ok()).unwrap_or(30)
    }

    /// A recorded bundle of the collector's layout, its times moved so that it was collected just now. What the bundle
    /// has as names and keys only (ConfigMaps, Secrets) gets planted values; what no bundle has (Leases, EndpointSlices,
    /// the default ServiceAccounts) is made from the rest.
    pub fn recorded(bundle: &Path) -> Cluster {
        let header = fs::read_to_string(bundle.join("kubemortem.yaml")).expect("kubemortem.yaml");
        let field = |key: &str| {
            let line = header.lines().find_map(|line| line.strip_prefix(key)).unwrap_or_default();
            line.trim_start_matches(':').trim().trim_matches('"').to_string()
        };
        let collected: Timestamp = field("collectedAt").parse().expect("collectedAt");
        let mut cluster = Cluster::new(&field("serverVersion"));
        let seconds = cluster.now.as_second() - collected.as_second();
        let has_times = field("flags").contains("--timestamps");
        let year = collected.to_zoned(jiff::tz::TimeZone::UTC).year();
        let moved = |text: &str| clock::moved(text, seconds, year);

        for path in files(bundle) {
            let below = path.strip_prefix(bundle).expect("below").to_string_lossy().replace('\\', "/");
            let text = String::from_utf8_lossy(&fs::read(&path).expect("readable")).into_owned();
            let parts: Vec<&str> = below.split('/').collect();
            match parts.as_slice() {
                ["namespaces", namespace, "logs", pod, file] => {
                    cluster.record_log(namespace, pod, file, &moved(&text), has_times);
                }
                [.., file] if file.ends_with(".json") && !text.trim().is_empty() => {
                    let document: Value = serde_json::from_str(&moved(&text)).expect("JSON");
                    if let Some(items) = document["items"].as_array() {
                        items.iter().for_each(|item| cluster.add(item.clone()));
                    }
                }
                ["cluster", "top-nodes.txt"] => cluster.node_usage(&text),
                ["namespaces", namespace, "top-pods.txt"] => cluster.pod_usage(namespace, &text),
                _ => {}
            }
            if let ["namespaces", namespace, ..] = parts.as_slice()
                && !cluster.has("namespaces", "", namespace)
            {
                let created = clock::ago(cluster.now, 400 * 86_400);
                cluster.add(json!({
                    "apiVersion": "v1", "kind": "Namespace",
                    "metadata": {"name": namespace, "uid": format!("ns-{namespace}"), "creationTimestamp": created, "labels": {"kubernetes.io/metadata.name": namespace}},
                    "spec": {"finalizers": ["kubernetes"]}, "status": {"phase": "Active"},
                }));
            }
        }
        for path in files(bundle) {
            let below = path.strip_prefix(bundle).expect("below").to_string_lossy().replace('\\', "/");
            if let ["namespaces", namespace, file @ ("configmaps.txt" | "secrets.txt")] =
                below.split('/').collect::<Vec<_>>().as_slice()
            {
                let text = fs::read_to_string(&path).expect("text");
                cluster.plant_configs(namespace, *file == "secrets.txt", &text);
            }
        }
        cluster.complete();
        cluster
    }

    /// The objects of a YAML file, one document each. `AGO(90)` stands for the time 90 seconds ago, `MICRO(90)` for the same
    /// with a fraction, as the fields have it that know microseconds.
    pub fn described(version: &str, yaml: &str) -> Cluster {
        let mut cluster = Cluster::new(version);
        let now = cluster.now;
        let ago = regex::Regex::new(r"(AGO|MICRO)\((\d+)\)").expect("a pattern");
        let text = ago.replace_all(yaml, |found: &regex::Captures| {
            let time = clock::ago(now, found[2].parse().expect("seconds"));
            if &found[1] == "MICRO" { time.replace('Z', ".000000Z") } else { time }
        });
        for document in text.split("\n---\n") {
            let object: Value = serde_yaml::from_str(document).unwrap_or_else(|error| panic!("{error}\n{document}"));
            cluster.add(object);
        }
        cluster.complete();
        cluster
    }

    /// Takes an object in; its kind decides where it stands.
    pub fn add(&mut self, value: Value) {
        let (version, kind) = (text(&value, "/apiVersion"), text(&value, "/kind"));
        let resource = resources::of_kind(version, kind).unwrap_or_else(|| panic!("no resource for {version} {kind}"));
        let object = Object {
            namespace: text(&value, "/metadata/namespace").to_string(),
            name: text(&value, "/metadata/name").to_string(),
            json: value.to_string(),
            value,
        };
        self.objects.entry(resource.full_name()).or_default().push(object);
    }

    /// The objects of a resource (`pods`, `deployments.apps`), sorted by namespace and name.
    pub fn objects(&self, full_name: &str) -> &[Object] {
        self.objects.get(full_name).map_or(&[], Vec::as_slice)
    }

    /// One object.
    pub fn object(&self, full_name: &str, namespace: &str, name: &str) -> Option<&Object> {
        self.objects(full_name).iter().find(|object| object.namespace == namespace && object.name == name)
    }

    fn has(&self, full_name: &str, namespace: &str, name: &str) -> bool {
        self.object(full_name, namespace, name).is_some()
    }

    /// Whether a group is registered.
    pub fn serves(&self, group: &str) -> bool {
        group != "metrics.k8s.io" || self.metrics
    }

    /// Adds what every cluster has and no bundle lists, and sorts.
    pub fn complete(&mut self) {
        let created = clock::ago(self.now, 400 * 86_400);
        let mut more = Vec::new();
        for namespace in self.objects("namespaces") {
            if !self.has("serviceaccounts", &namespace.name, "default") {
                more.push(json!({
                    "apiVersion": "v1", "kind": "ServiceAccount",
                    "metadata": {"name": "default", "namespace": namespace.name, "uid": format!("sa-{}", namespace.name), "creationTimestamp": created},
                }));
            }
        }
        for node in self.objects("nodes") {
            let conditions = node.value.pointer("/status/conditions").and_then(Value::as_array);
            let ready = conditions.and_then(|all| all.iter().find(|c| c["type"] == "Ready"));
            if ready.is_some_and(|ready| ready["status"] == "True")
                && !self.has("leases.coordination.k8s.io", "kube-node-lease", &node.name)
            {
                more.push(json!({
                    "apiVersion": "coordination.k8s.io/v1", "kind": "Lease",
                    "metadata": {"name": node.name, "namespace": "kube-node-lease", "uid": format!("lease-{}", node.name), "creationTimestamp": created},
                    "spec": {"holderIdentity": node.name, "leaseDurationSeconds": 40, "renewTime": clock::rfc3339(self.now).replace('Z', ".000000Z")},
                }));
            }
        }
        for endpoints in self.objects("endpoints") {
            more.extend(slice_of(&endpoints.value));
        }
        more.into_iter().for_each(|object| self.add(object));
        for objects in self.objects.values_mut() {
            objects.sort_by(|a, b| (&a.namespace, &a.name).cmp(&(&b.namespace, &b.name)));
        }
    }

    fn record_log(&mut self, namespace: &str, pod: &str, file: &str, content: &str, has_times: bool) {
        let (name, refused) = match file.strip_suffix(".stderr") {
            Some(name) => (name, true),
            None => (file, false),
        };
        let Some(container) = name.strip_suffix(".log") else { return };
        let (container, previous) = match container.strip_suffix(".previous") {
            Some(container) => (container, true),
            None => (container, false),
        };
        let key = (namespace.to_string(), pod.to_string(), container.to_string(), previous);
        let refusal = content.lines().find_map(|line| line.strip_prefix("Error from server (")?.split_once("): "));
        match (refused, refusal) {
            (true, Some((reason, message))) => {
                self.logs.insert(key, Log::Refused(reason.to_string(), message.to_string()));
            }
            (true, None) => {}
            (false, _) => {
                self.logs.entry(key).or_insert_with(|| Log::Text(content.to_string(), has_times));
            }
        }
    }

    fn node_usage(&mut self, table: &str) {
        for row in rows(table) {
            let [name, cpu, _, memory, _] = row.as_slice() else { continue };
            self.use_metrics(json!({
                "apiVersion": "metrics.k8s.io/v1beta1", "kind": "NodeMetrics", "metadata": {"name": name},
                "usage": {"cpu": cpu, "memory": memory},
            }));
        }
    }

    fn pod_usage(&mut self, namespace: &str, table: &str) {
        let mut pods: BTreeMap<&str, Vec<Value>> = BTreeMap::new();
        for row in rows(table) {
            let [pod, container, cpu, memory] = row.as_slice() else { continue };
            pods.entry(pod).or_default().push(json!({"name": container, "usage": {"cpu": cpu, "memory": memory}}));
        }
        for (pod, containers) in pods {
            self.use_metrics(json!({
                "apiVersion": "metrics.k8s.io/v1beta1", "kind": "PodMetrics",
                "metadata": {"name": pod, "namespace": namespace}, "containers": containers,
            }));
        }
    }

    /// Takes usage in: a NodeMetrics or PodMetrics. With it the metrics API is registered.
    pub fn use_metrics(&mut self, mut usage: Value) {
        let now = clock::rfc3339(self.now);
        usage["metadata"]["creationTimestamp"] = now.clone().into();
        usage["timestamp"] = now.into();
        usage["window"] = "30s".into();
        self.metrics = true;
        self.add(usage);
    }

    /// A value that must never leave the cluster; remembered in the forms it could leave in.
    pub fn plant(&mut self, words: &[&str]) -> (String, String) {
        let value = format!("planted-{}-7f3a9c1e", words.join("-"));
        let encoded = BASE64.encode(value.as_bytes());
        self.planted.extend([value.clone(), encoded.clone()]);
        (value, encoded)
    }

    /// ConfigMaps and Secrets of a namespace from the table of their names, with planted values.
    fn plant_configs(&mut self, namespace: &str, secret: bool, table: &str) {
        for row in rows(table) {
            let created = clock::ago(self.now, 300 * 86_400);
            if secret {
                let [name, kind, count, _] = row.as_slice() else { continue };
                let mut keys = self.keys_in_use(namespace, name);
                let count: usize = count.parse().expect("a number of keys");
                (keys.len()..count).for_each(|index| keys.push(format!("key-{index}")));
                keys.truncate(count);
                self.plant_secret(namespace, name, kind, &keys, &created);
            } else {
                let (name, keys) = match row.as_slice() {
                    [name, keys, _] => (name, keys.split(',').collect()),
                    [name, _] => (name, Vec::new()),
                    _ => continue,
                };
                let data: BTreeMap<&str, String> =
                    keys.into_iter().map(|key| (key, self.plant(&[namespace, name, key]).0)).collect();
                self.add(json!({
                    "apiVersion": "v1", "kind": "ConfigMap", "data": data,
                    "metadata": {"name": name, "namespace": namespace, "uid": format!("cm-{namespace}-{name}"), "creationTimestamp": created},
                }));
            }
        }
    }

    /// A Secret whose data, and whose last-applied annotation, hold planted values.
    pub fn plant_secret(&mut self, namespace: &str, name: &str, kind: &str, keys: &[String], created: &str) {
        let mut data = BTreeMap::new();
        let mut plain = BTreeMap::new();
        for key in keys {
            let (value, encoded) = self.plant(&[namespace, name, key]);
            data.insert(key.clone(), encoded);
            plain.insert(key.clone(), value);
        }
        let applied = json!({
            "apiVersion": "v1", "kind": "Secret", "metadata": {"name": name, "namespace": namespace}, "stringData": plain,
        });
        self.add(json!({
            "apiVersion": "v1", "kind": "Secret", "type": kind, "data": data,
            "metadata": {
                "name": name, "namespace": namespace, "uid": format!("secret-{namespace}-{name}"), "creationTimestamp": created,
                "annotations": {"kubectl.kubernetes.io/last-applied-configuration": format!("{applied}\n")},
            },
        }));
    }

    /// The keys of a Secret that pods ask for and no event misses.
    fn keys_in_use(&self, namespace: &str, secret: &str) -> Vec<String> {
        let missed = |key: &str| {
            let words = format!("couldn't find key {key} in Secret {namespace}/{secret}");
            self.objects("events").iter().any(|event| text(&event.value, "/message").contains(&words))
        };
        let mut keys = BTreeSet::new();
        for pod in self.objects("pods").iter().filter(|pod| pod.namespace == namespace) {
            for container in pod.value.pointer("/spec/containers").and_then(Value::as_array).into_iter().flatten() {
                for env in container["env"].as_array().into_iter().flatten() {
                    let from = &env["valueFrom"]["secretKeyRef"];
                    if from["name"] == secret {
                        keys.insert(text(from, "/key").to_string());
                    }
                }
            }
        }
        keys.into_iter().filter(|key| !missed(key)).collect()
    }
}

/// The EndpointSlice of an Endpoints object.
fn slice_of(endpoints: &Value) -> Option<Value> {
    let mut all = Vec::new();
    let mut ports = Vec::new();
    for subset in endpoints["subsets"].as_array()? {
        ports = subset["ports"].as_array().cloned().unwrap_or_default();
        for port in ports.iter_mut().filter(|port| port["name"].is_null()) {
            port["name"] = "".into(); // the controller always names it
        }
        for (key, ready) in [("addresses", true), ("notReadyAddresses", false)] {
            for address in subset[key].as_array().into_iter().flatten() {
                all.push(json!({
                    "addresses": [address["ip"]], "targetRef": address["targetRef"], "nodeName": address["nodeName"],
                    "conditions": {"ready": ready, "serving": ready, "terminating": false},
                }));
            }
        }
    }
    let (name, namespace) = (text(endpoints, "/metadata/name"), text(endpoints, "/metadata/namespace"));
    Some(json!({
        "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "addressType": "IPv4", "endpoints": all, "ports": ports,
        "metadata": {
            "name": format!("{name}-x7k2p"), "namespace": namespace, "uid": format!("slice-{namespace}-{name}"),
            "creationTimestamp": endpoints["metadata"]["creationTimestamp"], "labels": {"kubernetes.io/service-name": name},
        },
    }))
}

fn text<'v>(value: &'v Value, pointer: &str) -> &'v str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

/// The rows of a table below its head, cell by cell.
fn rows(table: &str) -> Vec<Vec<&str>> {
    table.lines().skip(1).map(|line| line.split_whitespace().collect()).collect()
}

/// The files below a folder, sorted.
pub fn files(folder: &Path) -> Vec<PathBuf> {
    let mut all = Vec::new();
    for entry in fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
        let path = entry.expect("readable").path();
        if path.is_dir() { all.extend(files(&path)) } else { all.push(path) }
    }
    all.sort();
    all
}

/// The resource of a full name (`deployments.apps`).
pub fn resource_named(full_name: &str) -> Option<&'static Resource> {
    resources::RESOURCES.iter().find(|resource| resource.full_name() == full_name)
}
