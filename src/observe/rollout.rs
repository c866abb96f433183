//! The pods of a Deployment's new ReplicaSet fail and those of the one before are healthy: what differs between the two,
//! as the pods' own specs have it.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::{Case, Context, container::workload_of};
use crate::load::health::{self, Health};
use crate::model::{Container, EnvSource, EnvVar, Pod, Probe, VolumeSource, WorkloadKind};
use crate::text::{Fact, Located, Place};

/// Differences that are told.
const MOST_CHANGES: usize = 20;
/// Characters of a value that are told.
const MOST_VALUE: usize = 160;

/// One thing of a template, in parts that each have a line: the arguments one by one, all else as one.
type Item = Vec<Located<String>>;

/// What the pods of one ReplicaSet have in common, by the words for it.
#[derive(Default)]
struct Template {
    items: BTreeMap<String, Item>,
    /// What differs between pods of the same ReplicaSet, and so is not the template's.
    unsettled: BTreeSet<String>,
}

/// Sets the changes of a case, two lines each: as it is now, and as it was. Nothing where the bundle does not show that the
/// failure came with the ReplicaSet: a pod of it is healthy, one of another is not, or which of them is newer is not said.
pub fn changes<'c>(context: &Context<'c>, pod: &Pod, case: &mut Case<'c>) {
    let Some(mine) = replica_set(pod) else { return };
    let Some((_, deployment)) = case.workload.clone().filter(|(kind, _)| kind == "Deployment") else { return };
    let prefix = format!("{deployment}-");
    let mut replica_sets: BTreeMap<&str, Vec<&Pod>> = BTreeMap::new();
    for other in &context.cluster.facts.pods {
        let Some(name) = replica_set(other).filter(|name| name.starts_with(&prefix)) else { continue };
        let of_deployment = || workload_of(context, other).is_some_and(|(_, owner)| owner == deployment);
        if namespace(other).is_some() && namespace(other) == namespace(pod) && (name == mine || of_deployment()) {
            replica_sets.entry(name).or_default().push(other);
        }
    }
    let all = |name: &str, test: &dyn Fn(Health) -> bool| {
        replica_sets.get(name).is_some_and(|pods| pods.iter().all(|pod| test(health::of_pod(pod))))
    };
    let others_healthy =
        replica_sets.keys().filter(|name| **name != mine).all(|name| all(name, &|health| health == Health::Healthy));
    if !others_healthy || !all(mine, &|health| health != Health::Healthy) {
        return;
    }
    let before = replica_sets.keys().filter(|name| **name != mine).filter_map(|name| {
        let older = made(context, mine, name, &replica_sets)?;
        Some((older, *name))
    });
    let Some((_, before)) = before.max() else { return };
    // A description does not print all that JSON has: only what is of one form is compared.
    let comparable = |other: &&Pod| is_whole(other) && other.restart_policy.is_some() == pod.restart_policy.is_some();
    let mut now: Vec<&Pod> = replica_sets.get(mine).into_iter().flatten().copied().filter(comparable).collect();
    let mut then: Vec<&Pod> = replica_sets.get(before).into_iter().flatten().copied().filter(comparable).collect();
    if now.is_empty() || then.is_empty() || !is_whole(pod) {
        return;
    }
    let name = |pod: &&Pod| pod.name.as_ref().map(|name| name.value.clone());
    let this = name(&pod);
    now.sort_by_key(|other| (name(other) != this, name(other)));
    then.sort_by_key(name);
    let (first_now, first_then) = (now[0], then[0]);
    differences(&of_pods(&now), &of_pods(&then), (first_now, first_then), before, case);
}

fn replica_set(pod: &Pod) -> Option<&str> {
    pod.owner.as_ref().map(|owner| &owner.value).filter(|owner| owner.kind == "ReplicaSet").map(|o| o.name.as_str())
}

fn namespace(pod: &Pod) -> Option<&str> {
    pod.namespace.as_ref().map(|namespace| namespace.value.as_str())
}

/// When a ReplicaSet was made that is older than this one, by the two themselves, else by the first of their pods.
fn made(context: &Context<'_>, mine: &str, other: &str, pods: &BTreeMap<&str, Vec<&Pod>>) -> Option<Timestamp> {
    let space = pods.get(mine)?.first().and_then(|pod| namespace(pod));
    let of = |name: &str| {
        let workload = context.cluster.facts.workloads.iter().find(|workload| {
            workload.kind == WorkloadKind::ReplicaSet
                && workload.name.as_ref().is_some_and(|known| known.value == name)
                && workload.namespace.as_ref().map(|namespace| namespace.value.as_str()) == space
        });
        workload.and_then(|workload| workload.created)
    };
    if let (Some(new), Some(old)) = (of(mine), of(other)) {
        return Some(old).filter(|old| *old < new);
    }
    let first = |name: &str| -> Option<Timestamp> {
        let starts: Option<Vec<Timestamp>> = pods.get(name)?.iter().map(|pod| pod_made(pod)).collect();
        starts?.into_iter().min()
    };
    let (new, old) = (first(mine)?, first(other)?);
    Some(old).filter(|old| *old < new)
}

fn pod_made(pod: &Pod) -> Option<Timestamp> {
    match pod.created {
        Some(crate::model::When::At(at)) => Some(at),
        _ => pod.start_time.as_ref().map(|start| start.value),
    }
}

/// Whether the output shows the pod to its end: the conditions and the class stand behind the containers and the volumes.
fn is_whole(pod: &Pod) -> bool {
    !pod.conditions.is_empty()
        && pod.qos_class.is_some()
        && !pod.containers.is_empty()
        && pod.containers.iter().all(|c| c.image.is_some() && !c.name.is_empty())
}

fn of_pods(pods: &[&Pod]) -> Template {
    let mut all = Template::default();
    for (index, pod) in pods.iter().enumerate() {
        let items = of_pod(pod);
        if index == 0 {
            all.items = items;
            continue;
        }
        let names: BTreeSet<&String> = all.items.keys().chain(items.keys()).collect();
        let differ = |name: &&&String| !same(all.items.get(**name), items.get(**name));
        all.unsettled.extend(names.iter().filter(differ).map(|name| (*name).clone()).collect::<Vec<_>>());
    }
    all
}

fn same(a: Option<&Item>, b: Option<&Item>) -> bool {
    let values = |item: Option<&Item>| item.map(|item| item.iter().map(|part| part.value.clone()).collect::<Vec<_>>());
    values(a) == values(b)
}

/// All of a pod's spec that a template sets, and nothing that is given to each pod by itself.
fn of_pod(pod: &Pod) -> BTreeMap<String, Item> {
    let mut items = BTreeMap::new();
    for volume in &pod.volumes {
        // The volume of the account's token is named anew in every pod.
        if !volume.name.starts_with("kube-api-access-") && !volume.name.contains("-token-") {
            let what = vec![Located::new(volume_words(&volume.source), volume.place.clone())];
            items.insert(format!("the volume {}", volume.name), what);
        }
    }
    for (field, value) in &pod.security_context {
        items.insert(format!("{field} of the pod"), vec![value.clone()]);
    }
    let mut fact = |name: &str, value: &Fact<String>| {
        items.extend(value.iter().map(|value| (name.to_string(), vec![value.clone()])));
    };
    fact("the ServiceAccount", &pod.service_account);
    let mut list = |name: &str, values: &[Located<String>]| {
        if !values.is_empty() {
            items.insert(name.to_string(), values.to_vec());
        }
    };
    list("the nodeSelector", &pod.node_selector);
    list("imagePullSecrets", &pod.image_pull_secrets);
    for container in pod.containers.iter().filter(|c| c.kind != crate::model::ContainerKind::Ephemeral) {
        of_container(container, &mut items);
    }
    items
}

fn of_container(c: &Container, items: &mut BTreeMap<String, Item>) {
    let name = &c.name;
    let mut put = |what: String, parts: Item| {
        if !parts.is_empty() {
            items.insert(format!("{what} of the container {name}"), parts);
        }
    };
    put("the image".to_string(), c.image.iter().cloned().collect());
    put("the command".to_string(), c.command.clone());
    put("the arguments".to_string(), c.args.clone());
    put("the ports".to_string(), c.ports.clone());
    for (kind, amounts) in [("request", &c.resources.requests), ("limit", &c.resources.limits)] {
        for (resource, amount) in amounts {
            put(format!("the {resource} {kind}"), vec![amount.clone()]);
        }
    }
    for (kind, probe) in [("liveness", &c.liveness), ("readiness", &c.readiness), ("startup", &c.startup)] {
        let probe = probe.iter().map(|probe| Located::new(probe_words(probe), probe.place.clone()));
        put(format!("the {kind} probe"), probe.collect());
    }
    for (hook, runs) in &c.lifecycle {
        put(format!("the {hook} hook"), vec![runs.clone()]);
    }
    for (field, value) in &c.security_context {
        put(field.clone(), vec![value.clone()]);
    }
    for variable in &c.env {
        put(
            format!("the variable {}", variable.name),
            vec![Located::new(variable_words(variable), variable.place.clone())],
        );
    }
    let sources = c.env_from.iter().map(|from| Located::new(source_words(&from.value), from.place.clone()));
    put("envFrom".to_string(), sources.collect());
    let of_template = |mount: &&Located<String>| !mount.value.starts_with("/var/run/secrets/kubernetes.io/");
    put("the volume mounts".to_string(), c.mounts.iter().filter(of_template).cloned().collect());
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

/// The differing parts of one thing, in words, and the line of the first part that differs.
fn told(item: Option<&Item>, other: Option<&Item>, absent: &Place) -> (String, Place) {
    let Some(item) = item else { return ("not set".to_string(), absent.clone()) };
    let at = |index: usize| item.get(index).map(|part| &part.value);
    let differs = |index: &usize| at(*index) != other.and_then(|other| other.get(*index)).map(|part| &part.value);
    let first = (0..item.len()).find(differs).unwrap_or(item.len().saturating_sub(1));
    let words = item.iter().map(|part| part.value.as_str()).collect::<Vec<_>>().join(" ");
    (cut(&words), item.get(first).map_or_else(|| absent.clone(), |part| part.place.clone()))
}

fn differences(now: &Template, then: &Template, pods: (&Pod, &Pod), before: &str, case: &mut Case<'_>) {
    let names: BTreeSet<&String> = now.items.keys().chain(then.items.keys()).collect();
    let differ: Vec<&String> = names
        .into_iter()
        .filter(|name| !now.unsettled.contains(*name) && !then.unsettled.contains(*name))
        .filter(|name| !same(now.items.get(*name), then.items.get(*name)))
        .collect();
    // Where one side does not have it, the line of the container, else of the pod.
    let absent = |pod: &Pod, name: &str| {
        let container = name.rsplit_once(" of the container ").map(|(_, container)| container);
        let container = pod.containers.iter().find(|c| container == Some(c.name.as_str()));
        container.and_then(|c| c.place.clone()).or(pod.name.as_ref().map(|name| name.place.clone()))
    };
    for name in differ.iter().take(MOST_CHANGES) {
        let (Some(no_now), Some(no_then)) = (absent(pods.0, name), absent(pods.1, name)) else { continue };
        let (new, old) = (now.items.get(*name), then.items.get(*name));
        let (value, line) = told(new, old, &no_now);
        let (value_before, line_before) = told(old, new, &no_then);
        let says = format!("came with the rollout: {name}, now {value}, before {value_before}");
        case.changes.push(Located::new(says, line));
        let says = format!("the pods of {before}, which are healthy, have for {name}: {value_before}");
        case.changes.push(Located::new(says, line_before));
    }
    let more = differ.len().saturating_sub(MOST_CHANGES);
    if let Some(last) = case.changes.last_mut().filter(|_| more > 0) {
        last.value.push_str(&format!("; {more} more things differ"));
    }
    let says = format!("the pods of {before} are healthy, and {} of the template changed since", differ.len());
    let places = case.changes.iter().map(|change| change.place.clone()).collect();
    case.observe("rollout-changed", says, places);
}
