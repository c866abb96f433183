//! The facts of a bundle as flat lines (`pod shop/web-1 container app lastState exitCode` -> `137`), to compare what two
//! outputs say of the same objects.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::sync::LazyLock;

use kubemortem::catalog::Catalog;
use kubemortem::load;
use kubemortem::logs::Scanner;
use kubemortem::model::{
    Cluster, ConditionStatus, Container, ContainerState, EnvSource, Event, Fields, Pod, Probe, Volume, When,
};
use kubemortem::source::{Input, Limits};
use kubemortem::text::{Fact, Located};

use jiff::Timestamp;

/// Path of a fact to its value.
pub type Facts = BTreeMap<String, String>;

/// Reads outputs, given by file name, as a folder of saved files.
pub fn read(files: &[(&str, &str)]) -> Cluster {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, content) in files {
        fs::write(folder.path().join(name), content).expect("written");
    }
    static CATALOG: LazyLock<Catalog> = LazyLock::new(|| Catalog::built_in().expect("sound pages"));
    static SCANNER: LazyLock<Scanner<'static>> = LazyLock::new(|| Scanner::new(&CATALOG));
    let input = Input::Path(folder.path().to_path_buf());
    let mut clusters = load::load(&input, &Limits::default(), &SCANNER).expect("a folder").0;
    assert_eq!(clusters.len(), 1, "one cluster");
    clusters.remove(0)
}

/// Everything a cluster's facts say, flat.
pub fn flat(cluster: &Cluster) -> Facts {
    let mut out = Flat::default();
    let facts = &cluster.facts;
    for pod in &facts.pods {
        out.pod(pod);
    }
    for node in &facts.nodes {
        let base = format!("node {}", value(&node.name));
        node.labels.iter().for_each(|(key, label)| out.say(&format!("{base} label {key}"), &label.value));
        out.list(&format!("{base} taint"), &node.taints);
        out.fact(&format!("{base} unschedulable"), &node.unschedulable);
        out.fact(&format!("{base} architecture"), &node.architecture);
        out.fact(&format!("{base} kubeletVersion"), &node.kubelet_version);
        out.some(&format!("{base} bootID"), node.boot_id.as_ref());
        out.some(&format!("{base} created"), node.created.as_ref());
        for (what, map) in [("capacity", &node.capacity), ("allocatable", &node.allocatable)] {
            map.iter().for_each(|(key, found)| out.say(&format!("{base} {what} {key}"), &found.value));
        }
        for condition in &node.conditions {
            let base = format!("{base} condition {}", condition.kind);
            out.say(&base, status(condition.status));
            out.some(&format!("{base} reason"), condition.reason.as_ref());
            out.some(&format!("{base} message"), condition.message.as_ref());
            out.some(&format!("{base} lastHeartbeatTime"), condition.last_heartbeat.as_ref());
            out.fact(&format!("{base} lastTransitionTime"), &condition.last_transition);
        }
    }
    for workload in &facts.workloads {
        let base = format!("{} {}/{}", workload.kind.name(), value(&workload.namespace), value(&workload.name));
        out.say(&base, "is there");
        out.labels(&base, &workload.labels);
        out.some(
            &format!("{base} owner"),
            workload.owner.as_ref().map(|o| format!("{}/{}", o.value.kind, o.value.name)).as_ref(),
        );
        out.fact(&format!("{base} desired"), &workload.desired);
        out.fact(&format!("{base} ready"), &workload.ready);
        out.fact(&format!("{base} failed"), &workload.failed);
        out.list(&format!("{base} image"), &workload.images);
        out.fact(&format!("{base} created"), &workload.created);
        for condition in &workload.conditions {
            let base = format!("{base} condition {}", condition.kind);
            out.say(&base, status(condition.status));
            out.some(&format!("{base} reason"), condition.reason.as_ref());
            out.some(&format!("{base} message"), condition.message.as_ref());
        }
    }
    for claim in &facts.claims {
        let base = format!("pvc {}/{}", value(&claim.namespace), value(&claim.name));
        out.fact(&format!("{base} status"), &claim.status);
        out.fact(&format!("{base} volume"), &claim.volume);
        out.fact(&format!("{base} storageClass"), &claim.storage_class);
        out.fact(&format!("{base} accessModes"), &claim.access_modes);
        out.fact(&format!("{base} capacity"), &claim.capacity);
    }
    for volume in &facts.volumes {
        let base = format!("pv {}", value(&volume.name));
        out.fact(&format!("{base} status"), &volume.status);
        out.fact(&format!("{base} claim"), &volume.claim);
        out.fact(&format!("{base} storageClass"), &volume.storage_class);
        out.fact(&format!("{base} capacity"), &volume.capacity);
    }
    for class in &facts.storage_classes {
        let base = format!("storageclass {}", class.name.value);
        out.fact(&format!("{base} provisioner"), &class.provisioner);
        out.say(&format!("{base} default"), class.default);
    }
    for service in &facts.services {
        let base = format!("service {}/{}", service.namespace.as_deref().unwrap_or_default(), service.name.value);
        out.say(&format!("{base} ports"), service.ports.join(","));
        service.selector.iter().for_each(|(key, found)| out.say(&format!("{base} selector {key}"), found));
        out.fact(&format!("{base} readyEndpoints"), &service.ready_endpoints);
        out.some(&format!("{base} clusterIP"), service.cluster_ip.as_ref());
    }
    for quota in &facts.quotas {
        let base =
            format!("quota {}/{} {}", quota.namespace.as_deref().unwrap_or_default(), quota.name, quota.resource);
        out.say(&base, format!("{} of {}", quota.used, quota.hard));
    }
    for account in &facts.service_accounts {
        let base = format!("serviceaccount {}/{}", value(&account.namespace), account.name.value);
        let secrets = account.image_pull_secrets.as_ref().map(|found| found.value.join(","));
        out.some(&format!("{base} imagePullSecrets"), secrets.as_ref());
    }
    for config in &facts.configs {
        let base =
            format!("{:?} {}/{}", config.kind, config.namespace.as_deref().unwrap_or_default(), config.name.value);
        let keys =
            config.keys.as_ref().map(|keys| keys.iter().map(|key| key.value.as_str()).collect::<Vec<_>>().join(","));
        out.some(&format!("{base} keys"), keys.as_ref());
    }
    for namespace in &facts.namespaces {
        out.say(&format!("namespace {}", namespace.value), "is there");
    }
    out.0
}

/// An event without its times, which text gives as rounded ages: those are compared by [`same_age`].
pub fn event_line(event: &Event) -> String {
    let object = &event.object;
    let part = |part: &Option<String>| part.clone().unwrap_or_default();
    format!(
        "{:?} {} {}/{}/{} [{}] x{}: {}",
        event.event_type,
        event.reason,
        part(&object.kind),
        part(&object.namespace),
        part(&object.name),
        part(&object.container),
        event.count,
        event.message,
    )
}

/// Whether the printed ages of an event mean its times. Of an event that was seen once only the last age is printed.
pub fn same_times(printed: &Event, exact: &Event, now: Timestamp) -> bool {
    let first = printed.first_seen.is_none() || same_age(printed.first_seen, exact.first_seen, now);
    first && same_age(printed.last_seen, exact.last_seen, now)
}

/// Whether a printed age means a time, as far as kubectl's rounding and the seconds between two commands allow.
pub fn same_age(printed: Option<When>, exact: Option<When>, now: Timestamp) -> bool {
    let (Some(When::Ago(ago)), Some(When::At(at))) = (printed, exact) else { return printed == exact };
    let exact = now.duration_since(at).as_secs();
    let steps = [(600, 1), (28_800, 60), (691_200, 3_600)];
    let unit = steps.iter().find(|(below, _)| exact < *below).map_or(86_400, |(_, unit)| *unit);
    (exact - ago).abs() <= unit + 30
}

#[derive(Debug, Default)]
struct Flat(Facts);

fn value<T: ToString>(fact: &Fact<T>) -> String {
    fact.as_ref().map(|found| found.value.to_string()).unwrap_or_default()
}

fn status(status: ConditionStatus) -> &'static str {
    match status {
        ConditionStatus::True => "True",
        ConditionStatus::False => "False",
        ConditionStatus::Unknown => "Unknown",
    }
}

fn source(source: &EnvSource) -> String {
    let key = source.key.as_deref().unwrap_or("*");
    let optional = if source.optional { " optional" } else { "" };
    format!("{} {} {key}{optional}", source.kind, source.name)
}

impl Flat {
    fn say(&mut self, path: &str, value: impl ToString) {
        self.0.insert(path.to_string(), value.to_string());
    }

    fn fact<T: ToString>(&mut self, path: &str, fact: &Fact<T>) {
        if let Some(found) = fact {
            self.say(path, found.value.to_string());
        }
    }

    fn some<T: ToString>(&mut self, path: &str, found: Option<&T>) {
        if let Some(found) = found {
            self.say(path, found.to_string());
        }
    }

    fn labels(&mut self, base: &str, labels: &Fields<String>) {
        labels.iter().for_each(|(key, found)| self.say(&format!("{base} label {key}"), found));
    }

    /// A list as a set: kubectl sorts some.
    fn list(&mut self, path: &str, all: &[Located<String>]) {
        let all: BTreeSet<&str> = all.iter().map(|found| found.value.as_str()).collect();
        if !all.is_empty() {
            self.say(path, all.into_iter().collect::<Vec<_>>().join(" | "));
        }
    }

    fn pod(&mut self, pod: &Pod) {
        let base = format!("pod {}/{}", value(&pod.namespace), value(&pod.name));
        let at = |part: &str| format!("{base} {part}");
        self.some(&at("uid"), pod.uid.as_ref());
        self.labels(&base, &pod.labels);
        self.some(&at("owner"), pod.owner.as_ref().map(|o| format!("{}/{}", o.value.kind, o.value.name)).as_ref());
        if let Some(When::At(time)) = pod.created {
            self.say(&at("created"), time);
        }
        self.say(&at("deleted"), pod.deletion.is_some());
        self.fact(&at("startTime"), &pod.start_time);
        self.fact(&at("node"), &pod.node);
        self.fact(&at("phase"), &pod.phase);
        self.fact(&at("reason"), &pod.reason);
        self.fact(&at("message"), &pod.message);
        self.fact(&at("restartPolicy"), &pod.restart_policy);
        self.fact(&at("serviceAccount"), &pod.service_account);
        self.fact(&at("qosClass"), &pod.qos_class);
        self.list(&at("nodeSelector"), &pod.node_selector);
        self.list(&at("tolerations"), &pod.tolerations);
        self.list(&at("imagePullSecrets"), &pod.image_pull_secrets);
        pod.security_context
            .iter()
            .for_each(|(key, found)| self.say(&at(&format!("securityContext {key}")), &found.value));
        self.fact(&at("terminationGracePeriodSeconds"), &pod.termination_grace_period);
        for condition in &pod.conditions {
            let at = |part: &str| format!("{base} condition {} {part}", condition.kind);
            self.say(&at("status"), status(condition.status));
            self.some(&at("reason"), condition.reason.as_ref());
            self.fact(&at("message"), &condition.message);
            self.fact(&at("lastTransitionTime"), &condition.last_transition);
        }
        for volume in &pod.volumes {
            self.volume(&base, volume);
        }
        for container in &pod.containers {
            self.container(&format!("{base} container {}", container.name), container);
        }
        if let Some(row) = &pod.row {
            self.say(&at("row"), format!("{:?}/{:?} {} {:?}", row.ready, row.total, row.status, row.restarts));
        }
    }

    fn volume(&mut self, base: &str, volume: &Volume) {
        self.say(&format!("{base} volume {}", volume.name), format!("{:?}", volume.source));
    }

    fn container(&mut self, base: &str, container: &Container) {
        let at = |part: &str| format!("{base} {part}");
        self.say(&at("kind"), format!("{:?}", container.kind));
        self.fact(&at("image"), &container.image);
        self.fact(&at("imageID"), &container.image_id);
        self.fact(&at("containerID"), &container.container_id);
        self.fact(&at("imagePullPolicy"), &container.image_pull_policy);
        let words = |all: &[Located<String>]| {
            let all: Vec<&str> = all.iter().flat_map(|found| found.value.lines()).map(str::trim).collect();
            all.join("\n")
        };
        self.say(&at("command"), words(&container.command));
        self.say(&at("args"), words(&container.args));
        self.list(&at("ports"), &container.ports);
        self.list(&at("hostPorts"), &container.host_ports);
        for (name, state) in [("state", &container.state), ("lastState", &container.last_state)] {
            if let Some(state) = state {
                self.state(&at(name), state);
            }
        }
        self.fact(&at("ready"), &container.ready);
        self.fact(&at("started"), &container.started);
        self.fact(&at("restartCount"), &container.restart_count);
        for (name, map) in [("requests", &container.resources.requests), ("limits", &container.resources.limits)] {
            map.iter().for_each(|(key, found)| self.say(&at(&format!("{name} {key}")), &found.value));
        }
        let probes =
            [("liveness", &container.liveness), ("readiness", &container.readiness), ("startup", &container.startup)];
        for (name, probe) in probes {
            if let Some(probe) = probe {
                self.probe(&at(name), probe);
            }
        }
        container.lifecycle.iter().for_each(|(key, found)| self.say(&at(&format!("lifecycle {key}")), &found.value));
        for env in &container.env {
            let shown = env.source.as_ref().map(source).or_else(|| env.value.clone());
            self.some(&at(&format!("env {}", env.name)), shown.as_ref());
        }
        for from in &container.env_from {
            self.say(&at(&format!("envFrom {} {}", from.value.kind, from.value.name)), source(&from.value));
        }
        self.list(&at("mounts"), &container.mounts);
        container
            .security_context
            .iter()
            .for_each(|(key, found)| self.say(&at(&format!("securityContext {key}")), &found.value));
    }

    fn state(&mut self, base: &str, state: &ContainerState) {
        self.say(base, format!("{:?}", state.kind));
        self.fact(&format!("{base} reason"), &state.reason);
        self.fact(&format!("{base} exitCode"), &state.exit_code);
        self.fact(&format!("{base} signal"), &state.signal);
        self.some(
            &format!("{base} message"),
            state.message.as_ref().map(|found| found.value.trim().to_string()).as_ref(),
        );
        self.fact(&format!("{base} startedAt"), &state.started_at);
        self.fact(&format!("{base} finishedAt"), &state.finished_at);
    }

    fn probe(&mut self, base: &str, probe: &Probe) {
        self.say(base, &probe.action);
        for (name, number) in [
            ("initialDelaySeconds", probe.initial_delay),
            ("timeoutSeconds", probe.timeout),
            ("periodSeconds", probe.period),
            ("successThreshold", probe.success_threshold),
            ("failureThreshold", probe.failure_threshold),
        ] {
            self.some(&format!("{base} {name}"), number.as_ref());
        }
    }
}
