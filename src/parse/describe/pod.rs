//! `kubectl describe pod`.
//!
//! Owns the pod's and its containers' fields. Takes each line with the keys above it; a fragment that lost its upper part
//! is read by the fields' own names, into a container without a name.

use crate::model::time::{parse_age, parse_time};
use crate::model::{
    ConditionStatus, Container, ContainerKind, ContainerState, EnvSource, EnvVar, Pod, PodCondition, Probe, StateKind,
    Volume, VolumeSource, When,
};
use crate::parse::events::{Row, container_in, pod_in};
use crate::text::{Located, SectionId};

use super::lines::is_elision;
use super::walk::{Item, is_container_key, is_state, is_values};
use super::{Head, is_none, owner, stated};

/// Reads a pod.
pub(super) fn read(section: SectionId, head: Head, items: &[Item<'_, '_>], rows: &[Row]) -> Pod {
    let mut reader = Reader {
        pod: Pod { section, namespace: head.namespace, name: head.name, labels: head.labels, ..Pod::default() },
        kind: ContainerKind::Main,
        current: None,
        last_state: false,
        env_indent: None,
        volume: None,
    };
    for (at, item) in items.iter().enumerate() {
        reader.take(item, items.get(at + 1..).unwrap_or_default());
        if item.key == "Labels" && item.path.is_empty() || item.path == ["Labels"] {
            let hash = item.value.split([',', ' ']).find_map(|pair| pair.strip_prefix("controller-revision-hash="));
            reader.pod.revision_hash = reader.pod.revision_hash.or(hash.map(|hash| item.line.fact(hash.to_owned())));
        }
    }
    reader.finish(rows)
}

/// A pod while it is read.
struct Reader {
    pod: Pod,
    /// The list that the containers stand in.
    kind: ContainerKind,
    /// Index of the container that is read.
    current: Option<usize>,
    /// Whether a state without its head is the last one.
    last_state: bool,
    /// Where the names of environment variables start.
    env_indent: Option<usize>,
    /// The volume that is read.
    volume: Option<RawVolume>,
}

/// A volume before its type is known.
#[derive(Default)]
struct RawVolume {
    volume: Option<Volume>,
    kind: String,
    sources: Vec<EnvSource>,
    optional: bool,
    value: Option<Located<String>>,
    second: Option<String>,
}

impl Reader {
    fn take(&mut self, item: &Item<'_, '_>, below: &[Item<'_, '_>]) {
        let (key, value) = (item.key, item.value);
        match (item.path.as_slice(), key) {
            ([], "Containers") => self.list(ContainerKind::Main),
            ([], "Init Containers") => self.list(ContainerKind::Init),
            ([], "Ephemeral Containers") => self.list(ContainerKind::Ephemeral),
            (["Containers" | "Init Containers" | "Ephemeral Containers"], name) if is_container_name(name, value) => {
                self.container(item, name);
            }
            ([], name) if names_a_container(name, value, below) => self.container(item, name),
            (["Volumes", rest @ ..], _) => self.volume(rest, item),
            (["Conditions"], _) => self.condition(item),
            ([], "Reason" | "Message") if self.is_state(below) => self.bare_state(item, below),
            ([], "Exit Code" | "Signal" | "Started" | "Finished") => self.bare_state(item, below),
            (path, _) if is_container_key(key) && !path.iter().any(|key| is_values(key)) => self.field(item),
            (path, _) if path.iter().any(|key| is_state(key)) => {
                self.last_state = item.parent() != "State";
                self.state_field(item);
            }
            (path, _) if path.iter().any(|key| is_values(key)) => self.value(item),
            ([], _) => self.pod_field(item),
            (["Labels" | "Annotations" | "IPs"], _) => {}
            (["Tolerations"], _) => self.toleration(item),
            (["Node-Selectors"], _) => self.node_selector(item),
            (path, "SeccompProfile") if path.len() > 1 => {
                let fact = item.line.fact(value.to_owned());
                self.open().security_context.insert("seccompProfile.type".to_owned(), fact);
            }
            (path, "Restart Policy") if path.len() > 1 && value == "Always" && self.kind == ContainerKind::Init => {
                self.open().kind = ContainerKind::Sidecar;
            }
            _ => {}
        }
    }

    fn list(&mut self, kind: ContainerKind) {
        self.kind = kind;
        self.current = None;
    }

    fn container(&mut self, item: &Item<'_, '_>, name: &str) {
        self.last_state = false;
        // One more than are looked at stands for all the others.
        self.pod.containers.truncate(super::super::CONTAINERS - 1);
        self.pod.containers.push(Container {
            name: name.to_owned(),
            kind: self.kind,
            place: Some(item.line.place()),
            ..Container::default()
        });
        self.current = Some(self.pod.containers.len() - 1);
    }

    /// The container that is read; a fragment without its name gets one without.
    fn open(&mut self) -> &mut Container {
        let at = match self.current {
            Some(at) if at < self.pod.containers.len() => at,
            _ => {
                self.pod.containers.push(Container { kind: self.kind, ..Container::default() });
                self.pod.containers.len() - 1
            }
        };
        self.current = Some(at);
        &mut self.pod.containers[at]
    }

    /// Whether a `Reason:` or `Message:` without anything above is a container's: the pod's own stands beside its keys.
    fn is_state(&self, below: &[Item<'_, '_>]) -> bool {
        let next = below.iter().find(|next| !next.key.is_empty());
        next.is_some_and(|next| matches!(next.key, "Exit Code" | "Started" | "Finished") || is_container_key(next.key))
            || self.current.is_some() && self.pod.conditions.is_empty() && self.pod.volumes.is_empty()
    }

    /// A field of a state whose head the fragment lost. It is the present state where `Last State` follows.
    fn bare_state(&mut self, item: &Item<'_, '_>, below: &[Item<'_, '_>]) {
        let open = self.open();
        if open.state.is_none() && open.last_state.is_none() {
            let last_follows = below.iter().any(|item| is_state(item.key));
            let waiting = item.key == "Reason"
                && !below.iter().take(3).any(|item| item.path.is_empty() && item.key == "Exit Code");
            let kind = if waiting { StateKind::Waiting } else { StateKind::Terminated };
            let state = empty_state(kind, item);
            let open = self.open();
            if last_follows || waiting {
                open.state = Some(state);
                self.last_state = false;
            } else {
                open.last_state = Some(state);
                self.last_state = true;
            }
        }
        self.state_field(item);
    }

    /// A field of the container itself.
    fn field(&mut self, item: &Item<'_, '_>) {
        let (value, line) = (item.value, item.line);
        match item.key {
            "State" => {
                self.last_state = false;
                self.open().state = Some(empty_state(state_kind(value), item));
            }
            "Last State" | "Last Termination State" => {
                self.last_state = true;
                self.open().last_state = (!is_none(value)).then(|| empty_state(state_kind(value), item));
            }
            "Container ID" => self.open().container_id = Some(line.fact(value.to_owned())),
            "Image" => self.open().image = stated(item),
            "Image ID" => self.open().image_id = Some(line.fact(value.to_owned())),
            "Port" | "Ports" => {
                let ports: Vec<_> = list_of(value).map(|port| line.fact(without_port_name(port))).collect();
                self.open().ports = ports;
            }
            "Host Port" | "Host Ports" => {
                let used = list_of(value).map(without_port_name).filter(|port| !port.starts_with("0/") && port != "0");
                let ports: Vec<_> = used.map(|port| line.fact(port)).collect();
                self.open().host_ports = ports;
            }
            "Command" | "Args" => {
                let texts: Vec<_> = item
                    .block
                    .iter()
                    .filter(|line| !line.is_blank() && !is_elision(&line.text))
                    .map(|line| line.fact(line.text.clone().into_owned()))
                    .collect();
                let open = self.open();
                if item.key == "Command" { open.command = texts } else { open.args = texts }
            }
            "Ready" => {
                self.open().ready = match first_word(value) {
                    "True" | "true" => Some(line.fact(true)),
                    "False" | "false" => Some(line.fact(false)),
                    _ => None,
                }
            }
            "Restart Count" => self.open().restart_count = number(value).map(|count: u64| line.fact(count)),
            "Environment" | "Environment Variables" => self.env_indent = None,
            "Liveness" => self.open().liveness = probe(item),
            "Readiness" => self.open().readiness = probe(item),
            "Startup" => self.open().startup = probe(item),
            _ => {}
        }
    }

    /// A field of a state.
    fn state_field(&mut self, item: &Item<'_, '_>) {
        let last = self.last_state;
        let line = item.line;
        let open = self.open();
        let Some(state) = (if last { &mut open.last_state } else { &mut open.state }) else { return };
        match item.key {
            "Reason" => {
                state.reason = stated(item).map(|mut fact| {
                    fact.value = without_remark(&fact.value).to_owned();
                    fact
                });
            }
            "Message" => {
                let mut text = item.value.to_owned();
                for line in item.block {
                    text.push('\n');
                    text.push_str(&line.text);
                }
                let text = text.trim().to_owned();
                state.message = (!text.is_empty()).then(|| line.fact(text));
            }
            "Exit Code" => {
                state.kind = StateKind::Terminated;
                state.exit_code = number(item.value).map(|code: i64| line.fact(code));
            }
            "Signal" => state.signal = number(item.value).map(|signal: i64| line.fact(signal)),
            "Started" => state.started_at = parse_time(item.value).map(|time| line.fact(time)),
            "Finished" => state.finished_at = parse_time(item.value).map(|time| line.fact(time)),
            _ => {}
        }
    }

    /// An entry below `Limits`, `Requests`, `Environment`, `Environment Variables from`, `Mounts`.
    fn value(&mut self, item: &Item<'_, '_>) {
        let line = item.line;
        match item.parent() {
            "Limits" | "Requests" if !item.key.is_empty() => {
                let fact = line.fact(item.value.to_owned());
                let requests = item.parent() == "Requests";
                let open = self.open();
                let map = if requests { &mut open.resources.requests } else { &mut open.resources.limits };
                map.insert(item.key.to_owned(), fact);
            }
            "Environment" | "Environment Variables" => {
                // Later lines of a value stand further right than the names, whatever they look like.
                if item.key.is_empty() || self.env_indent.is_some_and(|indent| line.indent > indent) {
                    if let Some(EnvVar { value: Some(value), .. }) = self.open().env.last_mut() {
                        value.push('\n');
                        value.push_str(&line.text);
                    }
                    return;
                }
                self.env_indent = Some(line.indent);
                let source = env_source(item.value);
                let literal = match (&source, of_field(item.value)) {
                    (Some(_), _) | (None, Some("")) => None,
                    (None, Some(value)) => Some(value.to_owned()),
                    (None, None) => Some(item.value.to_owned()),
                };
                let env = EnvVar { name: item.key.to_owned(), value: literal, source, place: line.place() };
                self.open().env.push(env);
            }
            "Environment Variables from" => {
                // `name  ConfigMap with prefix 'P_'  Optional: false`
                let mut words = line.text.split_whitespace();
                let (Some(name), Some(kind)) = (words.next(), words.next()) else { return };
                if matches!(kind, "ConfigMap" | "Secret") {
                    let optional = line.text.ends_with("Optional: true");
                    let source = EnvSource { kind: kind.to_owned(), name: name.to_owned(), key: None, optional };
                    self.open().env_from.push(line.fact(source));
                }
            }
            "Mounts" | "Volume Mounts" if !is_none(&line.text) => {
                let fact = line.fact(line.text.clone().into_owned());
                self.open().mounts.push(fact);
            }
            _ => {}
        }
    }

    /// A field of the pod.
    fn pod_field(&mut self, item: &Item<'_, '_>) {
        let (value, line) = (item.value, item.line);
        let pod = &mut self.pod;
        match item.key {
            "Node" => {
                let name = value.split('/').next().unwrap_or(value).trim();
                let name = if is_none(name) { "" } else { name };
                pod.node = Some(line.fact(name.to_owned()));
            }
            "Start Time" => pod.start_time = parse_time(value).map(|time| line.fact(time)),
            "Service Account" => pod.service_account = stated(item),
            "Status" => match value.split_once(" (") {
                Some(("Terminating", rest)) => {
                    let rest = rest.trim_end_matches(')');
                    let ago = rest.strip_prefix("lasts ").and_then(parse_age).map(When::Ago);
                    let time = rest.strip_prefix("expires ").and_then(parse_time).map(When::At);
                    pod.deletion = ago.or(time).map(|when| line.fact(when));
                }
                _ => {
                    let word = first_word(value);
                    let phase = matches!(word, "Pending" | "Running" | "Succeeded" | "Failed" | "Unknown");
                    pod.phase = phase.then(|| line.fact(word.to_owned()));
                }
            },
            "Termination Grace Period" => {
                pod.termination_grace_period = parse_age(value).map(|seconds| line.fact(seconds));
            }
            "Reason" => pod.reason = stated(item),
            "Message" => {
                let mut text = value.to_owned();
                for line in item.block {
                    text.push('\n');
                    text.push_str(&line.text);
                }
                let text = text.trim().to_owned();
                pod.message = (!text.is_empty()).then(|| line.fact(text));
            }
            "Controlled By" | "Controllers" | "Created By" | "Replication Controllers" => {
                if let Some(found) = owner(item) {
                    pod.owner = Some(found);
                } else if item.key == "Replication Controllers" {
                    let name = stated(item).map(|fact| first_word(&fact.value).to_owned());
                    let kind = "ReplicationController".to_owned();
                    pod.owner = name.map(|name| line.fact(crate::model::Owner { kind, name }));
                }
            }
            "QoS Class" => pod.qos_class = stated(item),
            "SeccompProfile" => {
                pod.security_context.insert("seccompProfile.type".to_owned(), line.fact(value.to_owned()));
            }
            "Node-Selectors" => self.node_selector(item),
            "Priority Class Name" => self.pod.priority_class = stated(item),
            "Tolerations" => self.toleration(item),
            _ => {}
        }
    }

    fn node_selector(&mut self, item: &Item<'_, '_>) {
        for pair in item.value.split(',').map(str::trim).filter(|pair| pair.contains('=')) {
            self.pod.node_selector.push(item.line.fact(pair.to_owned()));
        }
    }

    fn toleration(&mut self, item: &Item<'_, '_>) {
        if !item.value.is_empty() && !is_none(item.value) {
            self.pod.tolerations.push(item.line.fact(item.value.to_owned()));
        }
    }

    fn condition(&mut self, item: &Item<'_, '_>) {
        let mut words = item.line.text.split_whitespace();
        let (Some(kind), Some(status)) = (words.next(), words.next().and_then(ConditionStatus::parse)) else { return };
        self.pod.conditions.push(PodCondition {
            kind: kind.to_owned(),
            status,
            reason: None,
            message: None,
            last_transition: None,
            place: item.line.place(),
        });
    }

    fn volume(&mut self, path: &[&str], item: &Item<'_, '_>) {
        let line = item.line;
        if path.is_empty() {
            self.end_volume();
            if !item.key.is_empty() && item.value.is_empty() {
                let volume = Volume {
                    name: item.key.to_owned(),
                    source: VolumeSource::Other(String::new()),
                    place: line.place(),
                };
                self.volume = Some(RawVolume { volume: Some(volume), ..RawVolume::default() });
            }
            return;
        }
        let raw = self.volume.get_or_insert_default();
        let value = item.value.to_owned();
        match item.key {
            "Type" => raw.kind = first_word(item.value).to_owned(),
            "Name" | "SecretName" | "ClaimName" | "Path" | "Driver" | "Server" | "SizeLimit" | "ConfigMapName" => {
                if raw.kind == "Projected" {
                    let kind = if item.key == "SecretName" { "Secret" } else { "ConfigMap" };
                    raw.sources.push(EnvSource { kind: kind.to_owned(), name: value, key: None, optional: false });
                } else if raw.kind == "NFS" && item.key == "Path" {
                    raw.second = Some(value);
                } else if !(raw.kind == "HostPath" && item.key != "Path") && raw.value.is_none() {
                    raw.value = Some(line.fact(value));
                }
            }
            "SecretOptionalName" | "Optional" | "ConfigMapOptional" => {
                let optional = item.value == "true";
                raw.optional = optional;
                if let Some(source) = raw.sources.last_mut() {
                    source.optional = optional;
                }
            }
            _ => {}
        }
    }

    fn end_volume(&mut self) {
        let Some(raw) = self.volume.take() else { return };
        let Some(mut volume) = raw.volume else { return };
        let name = raw.value.as_ref().map(|fact| fact.value.clone()).unwrap_or_default();
        if let Some(fact) = raw.value {
            volume.place = fact.place;
        }
        volume.source = match raw.kind.as_str() {
            "ConfigMap" => VolumeSource::ConfigMap(name, raw.optional),
            "Secret" => VolumeSource::Secret(name, raw.optional),
            "PersistentVolumeClaim" => VolumeSource::Claim(name),
            "EmptyDir" => VolumeSource::EmptyDir(Some(name).filter(|size| !size.is_empty() && !is_none(size))),
            "HostPath" => VolumeSource::HostPath(name),
            "CSI" => VolumeSource::Csi(name),
            "NFS" => VolumeSource::Nfs(format!("{name}:{}", raw.second.unwrap_or_default())),
            "Projected" => VolumeSource::Projected(raw.sources),
            other => VolumeSource::Other(other.to_owned()),
        };
        self.pod.volumes.push(volume);
    }

    /// Ends the pod; fills what a fragment lost from the words of its events, where they are certain.
    fn finish(mut self, rows: &[Row]) -> Pod {
        self.end_volume();
        let mut pod = self.pod;
        if pod.node.is_none() {
            let assigned = rows.iter().find_map(|row| {
                let node = pod_in(&row.message)?.node?;
                Some(Located::new(node, row.place.clone()))
            });
            let on_host = || {
                let kubelet = rows.iter().filter(|row| row.component.as_deref() == Some("kubelet"));
                let mut hosts = kubelet.filter_map(|row| Some((row.host.clone()?, row.place.clone())));
                let (host, place) = hosts.next()?;
                hosts.all(|(other, _)| other == host).then(|| Located::new(host, place))
            };
            pod.node = assigned.or_else(on_host);
        }
        let named = |row: &Row| row.object.container.clone().or_else(|| container_in(&row.message));
        let mut names: Vec<(String, crate::text::Place)> = Vec::new();
        for row in rows {
            if names.len() > 1 {
                break;
            }
            if let Some(name) = named(row).filter(|name| !names.iter().any(|(other, _)| other == name)) {
                names.push((name, row.place.clone()));
            }
        }
        if let [(name, place)] = names.as_slice() {
            match pod.containers.as_mut_slice() {
                [] => pod.containers.push(Container {
                    name: name.clone(),
                    place: Some(place.clone()),
                    ..Container::default()
                }),
                [only] if only.name.is_empty() => {
                    only.name.clone_from(name);
                    only.place = Some(place.clone());
                }
                _ => {}
            }
        }
        pod
    }
}

/// Whether a key below `Containers:` is a container's name.
fn is_container_name(key: &str, value: &str) -> bool {
    value.is_empty() && !key.is_empty() && !is_container_key(key) && key.len() <= 63 && is_label(key)
}

/// Whether a key of a fragment is a container's name: what a container begins with follows.
fn names_a_container(key: &str, value: &str, below: &[Item<'_, '_>]) -> bool {
    is_container_name(key, value)
        && below.first().is_some_and(|next| matches!(next.key, "Container ID" | "Image") && next.parent() == key)
}

fn is_label(word: &str) -> bool {
    word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '_' | '.'))
}

fn state_kind(value: &str) -> StateKind {
    match first_word(value) {
        "Running" => StateKind::Running,
        "Terminated" => StateKind::Terminated,
        _ => StateKind::Waiting,
    }
}

fn empty_state(kind: StateKind, item: &Item<'_, '_>) -> ContainerState {
    ContainerState {
        kind,
        reason: None,
        exit_code: None,
        signal: None,
        message: None,
        started_at: None,
        finished_at: None,
        place: item.line.place(),
    }
}

fn first_word(text: &str) -> &str {
    text.split_whitespace().next().unwrap_or_default()
}

/// The number a value starts with; what people write behind it (`137  <-- here`) is not part of it.
fn number<T: std::str::FromStr>(value: &str) -> Option<T> {
    first_word(value).trim_end_matches([',', '.', ';', '*']).parse().ok()
}

/// A value without the arrow or remark that somebody wrote behind it.
fn without_remark(value: &str) -> &str {
    let cut = ["  ", "\t", " <-", " <=", " #", " //"].iter().filter_map(|mark| value.find(mark)).min();
    value[..cut.unwrap_or(value.len())].trim_end()
}

/// The entries of `8080/TCP, 8443/TCP`.
fn list_of(value: &str) -> impl Iterator<Item = &str> {
    value.split(',').map(str::trim).filter(|entry| !entry.is_empty() && !is_none(entry))
}

/// `8080/TCP (http)`, as kubectl 1.34 prints it, without the name.
fn without_port_name(port: &str) -> String {
    port.split(" (").next().unwrap_or(port).trim().to_owned()
}

/// The value of a variable that stands for a field, as kubectl works it out: `web-1 (v1:metadata.name)`, `2 (limits.cpu)`;
/// empty where it cannot.
fn of_field(value: &str) -> Option<&str> {
    let (value, field) = value.strip_suffix(')')?.rsplit_once('(')?;
    ["v1:", "limits.", "requests."].iter().any(|kind| field.starts_with(kind)).then(|| value.trim_end())
}

/// `<set to the key 'k' in secret 's'>  Optional: false`, `... of config map 'c'>`.
fn env_source(value: &str) -> Option<EnvSource> {
    let rest = value.strip_prefix("<set to the key ")?;
    let quoted = |text: &str| {
        text.trim_start()
            .strip_prefix('\'')
            .and_then(|text| text.split_once('\''))
            .map(|(a, b)| (a.to_owned(), b.to_owned()))
    };
    let (key, rest) = quoted(rest)?;
    let (kind, rest) = match rest.trim_start() {
        rest if rest.starts_with("in secret ") => ("Secret", rest.trim_start_matches("in secret ").to_owned()),
        rest if rest.starts_with("of config map ") => {
            ("ConfigMap", rest.trim_start_matches("of config map ").to_owned())
        }
        _ => return None,
    };
    let (name, rest) = quoted(&rest)?;
    Some(EnvSource {
        kind: kind.to_owned(),
        name,
        key: Some(key),
        optional: rest.trim_end().ends_with("Optional: true"),
    })
}

/// `http-get http://:8080/health delay=15s timeout=1s period=10s #success=1 #failure=3`
fn probe(item: &Item<'_, '_>) -> Option<Probe> {
    if item.value.is_empty() || is_none(item.value) {
        return None;
    }
    // The command of an exec probe may hold words like the numbers': they come last.
    let at = item.value.rfind(" delay=").unwrap_or(item.value.len());
    let (action, numbers) = item.value.split_at(at);
    let seconds = |name: &str| -> Option<i64> {
        let value = numbers
            .split_whitespace()
            .find_map(|word| word.trim_start_matches('#').strip_prefix(name)?.strip_prefix('='))?;
        parse_age(value).or_else(|| value.parse().ok())
    };
    Some(Probe {
        action: action.trim().to_owned(),
        initial_delay: seconds("delay"),
        timeout: seconds("timeout"),
        period: seconds("period"),
        success_threshold: seconds("success").or_else(|| seconds("successThreshold")),
        failure_threshold: seconds("failure").or_else(|| seconds("failureThreshold")),
        place: item.line.place(),
    })
}
