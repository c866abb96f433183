//! What the pods of one revision have in common, and how two revisions differ: in words, each with its line.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{Container, ContainerKind, EnvSource, EnvVar, Pod, Probe, VolumeSource};
use crate::text::{Fact, Located, Place};

/// Characters of a value that are told.
const MOST_VALUE: usize = 160;

/// One thing of a template, in parts that each have a line: the arguments one by one, all else as one.
type Item = Vec<Located<String>>;

/// Which thing of a template.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Field {
    /// The container, where it is one's.
    pub container: Option<String>,
    /// What it is, in words: `the image`, `the variable MODE`.
    pub what: String,
    /// The observation that says that such a thing changed.
    pub observation: &'static str,
}

impl Field {
    /// `the image of the container app`, `the nodeSelector`.
    pub fn told(&self) -> String {
        match &self.container {
            Some(container) => format!("{} of the container {container}", self.what),
            None => self.what.clone(),
        }
    }
}

/// One thing that differs between two templates.
#[derive(Debug)]
pub struct Difference {
    /// What.
    pub field: Field,
    /// The value now, with its line.
    pub now: Located<String>,
    /// The value before, with its line.
    pub before: Located<String>,
}

/// What a template sets.
#[derive(Default)]
pub struct Template {
    items: BTreeMap<Field, Item>,
    /// What differs between pods of the same revision, and so is not the template's.
    unsettled: BTreeSet<Field>,
    /// Where each container stands, and the whole under none.
    places: BTreeMap<Option<String>, Place>,
}

impl Template {
    /// Of one spec, or of several pods that were made from the same.
    pub fn of(specs: &[&Pod]) -> Template {
        let mut all = Template::default();
        for (index, pod) in specs.iter().enumerate() {
            let items = of_spec(pod);
            if index == 0 {
                let containers = pod.containers.iter();
                all.places.extend(containers.filter_map(|c| Some((Some(c.name.clone()), c.place.clone()?))));
                let whole = pod.name.as_ref().map(|name| &name.place);
                let first = pod.containers.first().and_then(|c| c.place.as_ref());
                all.places.extend(whole.or(first).map(|place| (None, place.clone())));
                all.items = items;
                continue;
            }
            let fields: BTreeSet<&Field> = all.items.keys().chain(items.keys()).collect();
            let differ = fields.into_iter().filter(|field| !same(all.items.get(*field), items.get(*field)));
            let differ: Vec<Field> = differ.cloned().collect();
            all.unsettled.extend(differ);
        }
        all
    }

    /// All that differs from the template before, in the order of containers and words.
    pub fn differences(&self, before: &Template) -> Vec<Difference> {
        let fields: BTreeSet<&Field> = self.items.keys().chain(before.items.keys()).collect();
        fields
            .into_iter()
            .filter(|field| !self.unsettled.contains(*field) && !before.unsettled.contains(*field))
            .filter(|field| !same(self.items.get(*field), before.items.get(*field)))
            .filter_map(|field| {
                let (new, old) = (self.items.get(field), before.items.get(field));
                let now = told(new, old, self.absent(field)?);
                Some(Difference { field: field.clone(), now, before: told(old, new, before.absent(field)?) })
            })
            .collect()
    }

    /// Where it is not set: the line of the container, else of the whole.
    fn absent(&self, field: &Field) -> Option<&Place> {
        self.places.get(&field.container).or_else(|| self.places.get(&None))
    }
}

fn same(a: Option<&Item>, b: Option<&Item>) -> bool {
    let values = |item: Option<&Item>| item.map(|item| item.iter().map(|part| part.value.clone()).collect::<Vec<_>>());
    values(a) == values(b)
}

/// All that a template sets, and nothing that is given to each pod by itself.
fn of_spec(pod: &Pod) -> BTreeMap<Field, Item> {
    let mut items = BTreeMap::new();
    let mut put = |observation: &'static str, what: String, item: Item| {
        if !item.is_empty() {
            items.insert(Field { container: None, what, observation }, item);
        }
    };
    for volume in &pod.volumes {
        // The volume of the account's token is named anew in every pod; a claim of a StatefulSet has the pod's name.
        let own = match (&volume.source, &pod.name) {
            (VolumeSource::Claim(claim), Some(name)) => claim.ends_with(&format!("-{}", name.value)),
            _ => false,
        };
        if !own && !volume.name.starts_with("kube-api-access-") && !volume.name.contains("-token-") {
            let what = Located::new(volume_words(&volume.source), volume.place.clone());
            put("rollout-changed-volumes", format!("the volume {}", volume.name), vec![what]);
        }
    }
    for (field, value) in &pod.security_context {
        put("rollout-changed-security", format!("{field} of the pod"), vec![value.clone()]);
    }
    put("rollout-changed-account", "the ServiceAccount".to_string(), pod.service_account.iter().cloned().collect());
    put("rollout-changed-placement", "the nodeSelector".to_string(), pod.node_selector.clone());
    let mut tolerations = pod.tolerations.clone();
    tolerations.sort_by(|a, b| a.value.cmp(&b.value));
    put("rollout-changed-placement", "the tolerations".to_string(), tolerations);
    put("rollout-changed-account", "imagePullSecrets".to_string(), pod.image_pull_secrets.clone());
    for container in pod.containers.iter().filter(|c| c.kind != ContainerKind::Ephemeral) {
        of_container(container, &mut items);
    }
    items
}

fn of_container(c: &Container, items: &mut BTreeMap<Field, Item>) {
    let mut put = |observation: &'static str, what: String, parts: Item| {
        if !parts.is_empty() {
            items.insert(Field { container: Some(c.name.clone()), what, observation }, parts);
        }
    };
    let fact = |fact: &Fact<String>| fact.iter().cloned().collect::<Item>();
    put("rollout-changed-image", "the image".to_string(), fact(&c.image));
    put("rollout-changed-settings", "the command".to_string(), c.command.clone());
    put("rollout-changed-settings", "the arguments".to_string(), c.args.clone());
    put("rollout-changed", "the ports".to_string(), c.ports.clone());
    for (kind, amounts) in [("request", &c.resources.requests), ("limit", &c.resources.limits)] {
        for (resource, amount) in amounts {
            let observation = match resource.as_str() {
                "memory" => "rollout-changed-memory",
                "cpu" => "rollout-changed-cpu",
                _ => "rollout-changed",
            };
            put(observation, format!("the {resource} {kind}"), vec![amount.clone()]);
        }
    }
    let probes = [
        ("rollout-changed-liveness-probe", "liveness", &c.liveness),
        ("rollout-changed-readiness-probe", "readiness", &c.readiness),
        ("rollout-changed-startup-probe", "startup", &c.startup),
    ];
    for (observation, kind, probe) in probes {
        let probe = probe.iter().map(|probe| Located::new(probe_words(probe), probe.place.clone()));
        put(observation, format!("the {kind} probe"), probe.collect());
    }
    for (hook, runs) in &c.lifecycle {
        put("rollout-changed-hook", format!("the {hook} hook"), vec![runs.clone()]);
    }
    for (field, value) in &c.security_context {
        put("rollout-changed-security", field.clone(), vec![value.clone()]);
    }
    for variable in &c.env {
        let value = Located::new(variable_words(variable), variable.place.clone());
        put("rollout-changed-settings", format!("the variable {}", variable.name), vec![value]);
    }
    let sources = c.env_from.iter().map(|from| Located::new(source_words(&from.value), from.place.clone()));
    put("rollout-changed-settings", "envFrom".to_string(), sources.collect());
    let of_template = |mount: &&Located<String>| !mount.value.starts_with("/var/run/secrets/kubernetes.io/");
    let mounts = c.mounts.iter().filter(of_template).cloned().collect();
    put("rollout-changed-volumes", "the volume mounts".to_string(), mounts);
}

/// Name and value as a pair, so that the value of a secret's name is known for one and masked.
fn variable_words(variable: &EnvVar) -> String {
    match (&variable.value, &variable.source) {
        (_, Some(source)) => source_words(source),
        (Some(value), None) => format!("{}={:?}", variable.name, cut(value)),
        (None, None) => "a field of the pod, or empty".to_string(),
    }
}

fn source_words(source: &EnvSource) -> String {
    let key = source.key.as_ref().map(|key| format!(", key {key}")).unwrap_or_default();
    let optional = if source.optional { ", optional" } else { "" };
    format!("{} {}{key}{optional}", source.kind, source.name)
}

fn probe_words(probe: &Probe) -> String {
    let numbers = [
        ("delay", probe.initial_delay),
        ("timeout", probe.timeout),
        ("period", probe.period),
        ("success", probe.success_threshold),
        ("failure", probe.failure_threshold),
    ];
    let numbers = numbers.iter().filter_map(|(name, number)| number.map(|number| format!(" {name}={number}")));
    format!("{}{}", probe.action, numbers.collect::<String>())
}

fn volume_words(source: &VolumeSource) -> String {
    let named =
        |kind: &str, name: &str, optional: bool| format!("{kind} {name}{}", if optional { ", optional" } else { "" });
    match source {
        VolumeSource::ConfigMap(name, optional) => named("ConfigMap", name, *optional),
        VolumeSource::Secret(name, optional) => named("Secret", name, *optional),
        VolumeSource::Claim(name) => named("PersistentVolumeClaim", name, false),
        VolumeSource::EmptyDir(Some(limit)) => format!("emptyDir of {limit}"),
        VolumeSource::EmptyDir(None) => "emptyDir".to_string(),
        VolumeSource::HostPath(path) => named("hostPath", path, false),
        VolumeSource::Csi(driver) => named("CSI driver", driver, false),
        VolumeSource::Nfs(share) => named("NFS", share, false),
        VolumeSource::Projected(sources) => sources.iter().map(source_words).collect::<Vec<_>>().join(" and "),
        VolumeSource::Other(kind) => kind.clone(),
    }
}

fn cut(value: &str) -> String {
    match value.char_indices().nth(MOST_VALUE) {
        Some((end, _)) => format!("{}…", &value[..end]),
        None => value.to_string(),
    }
}

/// The value of one thing in words, and the line of the first part that differs.
fn told(item: Option<&Item>, other: Option<&Item>, absent: &Place) -> Located<String> {
    let Some(item) = item else { return Located::new("not set".to_string(), absent.clone()) };
    let at = |index: usize| item.get(index).map(|part| &part.value);
    let differs = |index: &usize| at(*index) != other.and_then(|other| other.get(*index)).map(|part| &part.value);
    let first = (0..item.len()).find(differs).unwrap_or(item.len().saturating_sub(1));
    let words = item.iter().map(|part| part.value.as_str()).collect::<Vec<_>>().join(" ");
    let place = item.get(first).map_or_else(|| absent.clone(), |part| part.place.clone());
    Located::new(cut(&words), place)
}
