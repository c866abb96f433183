//! Which files of a bundle speak of one cluster.
//!
//! A folder may hold several bundles, or the saved outputs of many unrelated clusters, one sub-folder each: the pod
//! `default/web` of one is not the pod `default/web` of another. Below a folder that holds outputs itself everything is of
//! one cluster, unless the names of the files tell several cases apart (`labels`). Sub-folders of a folder that holds none
//! are parts of one collection where their names say so (`logs`, `namespaces`, a namespace, a pod), or where they share an
//! object that cannot be two; else each is a cluster.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::named::Named;
use super::{BoxedEntry, Parsed, labels, merge};
use crate::layout::{self, Layout};
use crate::model::Pod;

/// Seconds between two collections of one case.
const ONE_HOUR: u64 = 3600;
/// Seconds between parts of one collection: what shows an object again after that shows it at another time.
const ONE_TAKING: u64 = 600;
/// Folders deeper than this are not told apart.
const MOST_DEPTH: usize = 24;

/// Names of folders that a collection is split into, numbers before them aside.
const PARTS: &[&str] = &[
    "all",
    "apps",
    "batch",
    "claims",
    "cluster",
    "cluster-info",
    "cluster-resources",
    "cluster-scoped-resources",
    "configmap",
    "configmaps",
    "core",
    "cronjobs",
    "daemonset",
    "daemonsets",
    "default",
    "deployment",
    "deployments",
    "describe",
    "described",
    "describes",
    "descriptions",
    "endpoints",
    "event",
    "events",
    "get",
    "host",
    "ingress",
    "job",
    "jobs",
    "json",
    "kube-node-lease",
    "kube-public",
    "kube-system",
    "kubectl",
    "log",
    "logs",
    "manifests",
    "metrics",
    "namespace",
    "namespaces",
    "network",
    "node",
    "nodes",
    "objects",
    "output",
    "outputs",
    "pod",
    "pod-logs",
    "podlogs",
    "pods",
    "previous",
    "pvc",
    "pvcs",
    "pvs",
    "quota",
    "replicasets",
    "resources",
    "secrets",
    "services",
    "spec",
    "specs",
    "state",
    "statefulset",
    "statefulsets",
    "status",
    "storage",
    "svc",
    "system",
    "table",
    "tables",
    "top",
    "txt",
    "volumes",
    "workloads",
    "yaml",
    "yamls",
];

/// The clusters of a bundle.
pub(super) struct Sites {
    /// The indices of the entries of each, in the order of their paths, with the folder that holds them (empty where it is
    /// the whole bundle).
    pub clusters: Vec<(String, Vec<usize>)>,
    /// Of each entry what it has in common with those that were saved with it: the folder, or the label.
    pub sets: Vec<Arc<str>>,
}

/// Tells the clusters of a bundle apart.
pub(super) fn sites(parsed: &[BoxedEntry]) -> Sites {
    let mut found = Vec::new();
    split(parsed, (0..parsed.len()).collect(), 0, &mut found);
    let mut sets: Vec<Arc<str>> = Vec::with_capacity(parsed.len());
    for entry in parsed {
        let folder = layout::folder(&entry.file.path);
        // Files of one folder follow each other.
        let same = sets.last().filter(|last| ***last == *folder).cloned();
        sets.push(same.unwrap_or_else(|| Arc::from(folder)));
    }
    for (label, labelled) in found.iter().flat_map(|site| &site.labelled) {
        let set: Arc<str> = format!("{}/{label}", common_folder(parsed, labelled)).into();
        labelled.iter().for_each(|member| sets[*member] = Arc::clone(&set));
    }
    if found.len() < 2 {
        return Sites { clusters: vec![(String::new(), (0..parsed.len()).collect())], sets };
    }
    let mut clusters: Vec<(String, Vec<usize>)> =
        found.into_iter().map(|site| (site.name(parsed), site.members)).collect();
    clusters.sort();
    Sites { clusters, sets }
}

/// The entries of one cluster.
struct Site {
    members: Vec<usize>,
    /// Which of them the labels in their names tell apart.
    labelled: Vec<(String, Vec<usize>)>,
}

impl Site {
    /// Where it lies: `cases/4711`.
    fn name(&self, parsed: &[BoxedEntry]) -> String {
        let folder = common_folder(parsed, &self.members);
        let label = self.labelled.iter().map(|(label, _)| label.as_str()).collect::<Vec<_>>().join(" ");
        [folder, label].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("/")
    }
}

fn components(path: &str) -> Vec<&str> {
    path.split('/').filter(|part| !matches!(*part, "" | ".")).collect()
}

fn common_folder(parsed: &[BoxedEntry], members: &[usize]) -> String {
    let mut common: Option<Vec<&str>> = None;
    for member in members.iter().filter(|member| speaks(&parsed[**member])) {
        let mut folder = components(&parsed[*member].file.path);
        folder.pop();
        common = Some(match common {
            None => folder,
            Some(known) => {
                let same = known.iter().zip(&folder).take_while(|(a, b)| a == b).count();
                known[..same].to_vec()
            }
        });
    }
    common.unwrap_or_default().join("/")
}

/// Whether an entry says anything of a cluster. The logs of a machine alone make none.
fn speaks(entry: &Parsed) -> bool {
    states(entry) || !entry.logs.is_empty() && !layout::is_of_host(&entry.file.path)
}

/// Whether an entry shows objects, or is what the collector writes at the top of its bundle.
fn states(entry: &Parsed) -> bool {
    let Some(told) = &entry.told else { return false };
    let facts = &told.facts;
    let any = |lengths: &[usize]| lengths.iter().any(|length| *length > 0);
    told.header.collected_at.is_some()
        || !told.commands.is_empty()
        || any(&[
            facts.revisions.len(),
            facts.pods.len(),
            facts.nodes.len(),
            facts.workloads.len(),
            facts.events.len(),
            facts.claims.len(),
        ])
        || any(&[facts.volumes.len(), facts.storage_classes.len(), facts.configs.len(), facts.services.len()])
        || any(&[facts.service_accounts.len(), facts.quotas.len(), facts.usages.len(), facts.versions.len()])
        || !facts.namespaces.is_empty()
        || !facts.operators.is_empty()
        || !facts.signing_requests.is_empty()
}

fn split(parsed: &[BoxedEntry], members: Vec<usize>, depth: usize, found: &mut Vec<Site>) {
    let mut direct = Vec::new();
    let mut children: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for member in &members {
        let parts = components(&parsed[*member].file.path);
        match parts.len() > depth + 1 {
            true => children.entry(parts[depth].to_string()).or_default().push(*member),
            false => direct.push(*member),
        }
    }
    let of_one = depth >= MOST_DEPTH || direct.iter().any(|member| states(&parsed[*member]));
    let (speaking, silent): (Vec<_>, Vec<_>) =
        children.into_iter().partition(|(_, inside)| inside.iter().any(|member| speaks(&parsed[*member])));
    // Logs alone make no cluster where the objects are all in one folder beside them.
    let with_objects =
        speaking.iter().filter(|(_, inside)| inside.iter().any(|member| states(&parsed[*member]))).count();
    let one_with_objects = speaking.len() > 1 && with_objects == 1;
    let of_one = of_one || one_with_objects;
    if of_one || speaking.is_empty() || (speaking.len() > 1 && is_one_collection(parsed, &speaking, depth)) {
        by_label(parsed, members, found);
        return;
    }
    // What says nothing of a cluster goes with the first one: its gaps are told, whose they are does not matter.
    let rest: Vec<usize> = direct.into_iter().chain(silent.into_iter().flat_map(|(_, inside)| inside)).collect();
    let before = found.len();
    for mut together in joined(parsed, speaking, false) {
        match together.as_mut_slice() {
            [(_, only)] => split(parsed, std::mem::take(only), depth + 1, found),
            _ => {
                let members = together.into_iter().flat_map(|(_, inside)| inside).collect();
                found.push(Site { members, labelled: Vec::new() });
            }
        }
    }
    if let Some(first) = found.get_mut(before) {
        first.members.extend(rest);
        first.members.sort_unstable();
    }
}

/// Files of one collection by the labels in their names. What says nothing of a cluster goes with the first.
fn by_label(parsed: &[BoxedEntry], members: Vec<usize>, found: &mut Vec<Site>) {
    let (speaking, silent): (Vec<usize>, Vec<usize>) =
        members.iter().copied().partition(|member| speaks(&parsed[*member]));
    // What a path says for certain is no label.
    let loose = speaking.iter().all(|member| {
        let (layout, hint) = layout::place(&parsed[*member].file.path);
        layout == Layout::Loose && hint.pod.is_none()
    });
    let paths: Vec<&str> = speaking.iter().map(|member| parsed[*member].file.path.as_str()).collect();
    let labels = if loose { labels::labels(&paths) } else { Vec::new() };
    let mut labelled: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (member, label) in speaking.iter().zip(labels) {
        labelled.entry(label).or_default().push(*member);
    }
    let labelled = labelled.into_iter().map(|(label, members)| (label.to_string(), members)).collect();
    let mut sites: Vec<Site> = joined(parsed, labelled, true)
        .into_iter()
        .map(|labelled| {
            let mut members: Vec<usize> = labelled.iter().flat_map(|(_, members)| members.iter().copied()).collect();
            members.sort_unstable();
            Site { members, labelled }
        })
        .collect();
    match sites.first_mut() {
        Some(first) => {
            first.members.extend(silent);
            first.members.sort_unstable();
            found.extend(sites);
        }
        None => found.push(Site { members, labelled: Vec::new() }),
    }
}

fn is_one_collection(parsed: &[BoxedEntry], children: &[(String, Vec<usize>)], depth: usize) -> bool {
    // A foreign bundle's own folders lie side by side. Only a dump's have names of no form: the content has to agree.
    // The runtime's own logs of several nodes, as `kind export logs` lays them side by side.
    let entries = || children.iter().flat_map(|(_, inside)| inside).map(|member| &parsed[*member]);
    let counts_restarts = |entry: &BoxedEntry| layout::place(&entry.file.path).1.attempt.is_some();
    if entries().any(counts_restarts) && entries().all(|entry| entry.told().facts.pods.is_empty()) {
        return true;
    }
    let own = |(name, inside): &(String, Vec<usize>)| {
        inside.iter().any(|member| match layout::own_depth(&parsed[*member].file.path) {
            Some((Layout::ClusterInfoDump, own)) => own == depth && is_named_for_content(parsed, name, &[*member]),
            Some((_, own)) => own == depth,
            None => false,
        })
    };
    if children.iter().any(own) {
        return true;
    }
    let is_part = |name: &str| {
        let word = name.trim_start_matches(|c: char| c.is_ascii_digit() || matches!(c, '-' | '_' | '.' | ' '));
        PARTS.binary_search(&word.to_ascii_lowercase().as_str()).is_ok()
    };
    children.iter().any(|(name, _)| is_part(name) || is_group_version(name))
        || children.iter().any(|(name, _)| name.contains("-sha256-"))
        || children.iter().all(|(name, inside)| is_named_for_content(parsed, name, inside))
}

/// `core_v1`, `apps_v1`, `velero.io_v1`, `v1`: collectors that sort objects by the API's groups.
fn is_group_version(name: &str) -> bool {
    let (group, version) = name.rsplit_once('_').unwrap_or(("core", name));
    let of_group =
        ["core", "apps", "batch", "policy", "autoscaling", "extensions"].contains(&group) || group.contains('.');
    let number = version.strip_prefix('v').unwrap_or_default();
    of_group && number.starts_with(|c: char| c.is_ascii_digit()) && number.bytes().all(|b| b.is_ascii_alphanumeric())
}

/// A folder called as the namespace, the node, the pod, the workload or the container whose outputs it holds.
fn is_named_for_content(parsed: &[BoxedEntry], name: &str, inside: &[usize]) -> bool {
    inside.iter().map(|member| &parsed[*member]).any(|entry| {
        let facts = &entry.told().facts;
        facts.pods.iter().any(|pod| {
            pod.namespace.as_ref().is_some_and(|n| n.value == name)
                || pod.name.as_ref().is_some_and(|n| n.value == name)
                || pod.owner.as_ref().is_some_and(|owner| owner.value.name == name)
        }) || facts.nodes.iter().any(|node| node.name.as_ref().is_some_and(|n| n.value == name))
            || facts.workloads.iter().any(|workload| {
                workload.namespace.as_ref().is_some_and(|n| n.value == name)
                    || workload.name.as_ref().is_some_and(|n| n.value == name)
            })
            || facts.events.iter().any(|event| event.object.namespace.as_deref() == Some(name))
            || entry.logs.iter().any(|log| log.object.namespace.as_deref() == Some(name))
    })
}

/// Sub-folders, or labels, that share an object which cannot be two, joined. Labels tell the objects of one cluster apart
/// as well as clusters: a namespace or a node of a name that is not everybody's joins them.
fn joined(parsed: &[BoxedEntry], children: Vec<(String, Vec<usize>)>, labels: bool) -> Vec<Vec<(String, Vec<usize>)>> {
    // The first child of each group is its own; the others lead to it, some over others.
    let mut group: Vec<usize> = (0..children.len()).collect();
    let mut with: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    let mut taken_twice: BTreeSet<(usize, usize)> = BTreeSet::new();
    let first_of = |group: &mut Vec<usize>, mut child: usize| {
        while group[child] != child {
            group[child] = group[group[child]];
            child = group[child];
        }
        child
    };
    let join = |group: &mut Vec<usize>, a: usize, b: usize| {
        let (a, b) = (first_of(group, a), first_of(group, b));
        group[a.max(b)] = a.min(b);
    };
    // Folders of `oc adm inspect` hold a few namespaces each: those of one hour and of the same machines are of one cluster.
    let mut machines: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    let times: Vec<Option<i64>> = children.iter().map(|(_, inside)| collected(parsed, inside)).collect();
    // Two collections of one cluster at different times are not one: an object would be half as it was and half as it is.
    let apart = |a: usize, b: usize| matches!((times[a], times[b]), (Some(a), Some(b)) if a.abs_diff(b) > ONE_TAKING);
    let mut described: BTreeMap<&str, Vec<(usize, &Pod)>> = BTreeMap::new();
    let mut mentioned: BTreeMap<&str, Vec<(usize, &Pod)>> = BTreeMap::new();
    let mut shown: Named<'_, usize> = Named::default();
    for (child, (_, inside)) in children.iter().enumerate() {
        for entry in inside.iter().map(|member| &parsed[*member]) {
            let facts = &entry.told().facts;
            let uids = facts.pods.iter().filter_map(|pod| pod.uid.clone());
            let nodes = facts
                .nodes
                .iter()
                .filter_map(|node| Some(format!("{} {}", node.name.as_ref()?.value, node.created?.as_second())));
            let own = if labels { own_names(entry) } else { Vec::new() };
            for key in uids.chain(nodes).chain(own) {
                let known = with.entry(key).or_default();
                match known.iter().copied().find(|other| !apart(*other, child)) {
                    Some(other) => join(&mut group, child, other),
                    None => {
                        taken_twice.extend(known.iter().map(|other| (*other, child)));
                        known.push(child);
                    }
                }
            }
            if layout::place(&entry.file.path).0 == Layout::MustGather {
                let nodes = facts.pods.iter().filter_map(|pod| pod.node.as_ref()).map(|node| node.value.as_str());
                nodes.filter(|node| node.split('.').count() > 2).for_each(|node| {
                    let on = machines.entry(node).or_default();
                    if on.last() != Some(&child) {
                        on.push(child);
                    }
                });
            }
            for pod in &facts.pods {
                let Some(name) = pod.name.as_ref().map(|name| name.value.as_str()) else { continue };
                shown.add(name, child);
                if has_generated_name(name) {
                    let of = if merge::rank(pod) < 2 { &mut described } else { &mut mentioned };
                    of.entry(name).or_default().push((child, pod));
                }
            }
        }
    }
    for on in machines.into_values() {
        for pair in on.windows(2) {
            let near = matches!((times[pair[0]], times[pair[1]]), (Some(a), Some(b)) if a.abs_diff(b) <= ONE_HOUR);
            if near && !taken_twice.contains(&(pair[0], pair[1])) {
                join(&mut group, pair[0], pair[1]);
            }
        }
    }
    // One folder lists the pod, another describes it.
    for (name, mentions) in mentioned {
        let Some(descriptions) = described.get(name) else { continue };
        let children_of: BTreeSet<usize> = descriptions.iter().map(|(child, _)| *child).collect();
        if children_of.len() != 1 {
            continue;
        }
        let (child, whole) = descriptions[0];
        for (other, row) in mentions {
            if agree(whole, row) && !apart(child, other) {
                join(&mut group, child, other);
            }
        }
    }
    // Logs that are called after pods, and lie where none is shown.
    for (child, (_, inside)) in children.iter().enumerate() {
        let entries = || inside.iter().map(|member| &parsed[*member]);
        if !entries().all(|entry| entry.told().facts.pods.is_empty()) {
            continue;
        }
        let logs = entries().filter(|entry| !entry.logs.is_empty());
        let called = logs.flat_map(|entry| {
            let stem = labels::stem(&entry.file.path);
            let made_up = shown.in_text(stem).into_iter().filter(|(name, _)| has_generated_name(name));
            made_up.map(|(_, of)| of).chain([shown.of(stem)])
        });
        let of: BTreeSet<usize> = called.flatten().map(|of| first_of(&mut group, *of)).collect();
        if let (Some(of), 1) = (of.first(), of.len()) {
            join(&mut group, child, *of);
        }
    }
    let mut together: BTreeMap<usize, Vec<(String, Vec<usize>)>> = BTreeMap::new();
    for (number, child) in children.into_iter().enumerate() {
        together.entry(first_of(&mut group, number)).or_default().push(child);
    }
    together.into_values().collect()
}

/// When the outputs of a folder were collected, where one of them says so.
fn collected(parsed: &[BoxedEntry], inside: &[usize]) -> Option<i64> {
    let said = inside.iter().filter_map(|member| parsed[*member].told.as_ref()?.header.collected_at.as_ref());
    said.map(|at| at.value.as_second()).max()
}

/// Namespaces and nodes of an entry that have a name of their own.
fn own_names(entry: &Parsed) -> Vec<String> {
    let facts = &entry.told().facts;
    let namespaces = facts.pods.iter().filter_map(|pod| pod.namespace.as_ref()).map(|name| name.value.as_str());
    let objects = facts.events.iter().map(|event| &event.object).chain(entry.logs.iter().map(|log| &log.object));
    let namespaces = namespaces.chain(objects.filter_map(|object| object.namespace.as_deref()));
    let nodes = facts.pods.iter().filter_map(|pod| pod.node.as_ref()).map(|name| name.value.as_str());
    let nodes = nodes.chain(facts.nodes.iter().filter_map(|node| node.name.as_ref()).map(|name| name.value.as_str()));
    let plain = |name: &&str| {
        let word = name.split(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or_default();
        !name.is_empty() && !EVERYBODYS.contains(&word)
    };
    let namespaces = namespaces.filter(plain).map(|name| format!("namespace {name}"));
    namespaces.chain(nodes.filter(plain).map(|name| format!("node {name}"))).collect()
}

/// First words of names of namespaces and nodes that many clusters have.
const EVERYBODYS: &[&str] = &[
    "agent",
    "app",
    "argocd",
    "cert",
    "colima",
    "control",
    "controlplane",
    "default",
    "demo",
    "dev",
    "docker",
    "example",
    "gpu",
    "istio",
    "k",
    "kind",
    "kube",
    "lima",
    "localhost",
    "master",
    "microk",
    "minikube",
    "monitoring",
    "node",
    "none",
    "ns",
    "openshift",
    "operators",
    "orbstack",
    "prod",
    "production",
    "prometheus",
    "rancher",
    "sample",
    "server",
    "staging",
    "test",
    "ubuntu",
    "worker",
];

/// Whether a name ends in the five letters that the API server makes up: two pods do not share such a name.
fn has_generated_name(name: &str) -> bool {
    let Some((_, end)) = name.rsplit_once('-') else { return false };
    end.len() == 5 && end.chars().all(|c| "bcdfghjklmnpqrstvwxz2456789".contains(c))
}

/// Whether two outputs can be of one pod.
fn agree(a: &Pod, b: &Pod) -> bool {
    fn same<T: PartialEq>(a: Option<&T>, b: Option<&T>) -> bool {
        a.is_none() || b.is_none() || a == b
    }
    same(a.namespace.as_ref().map(|n| &n.value), b.namespace.as_ref().map(|n| &n.value))
        && same(a.node.as_ref().map(|n| &n.value), b.node.as_ref().map(|n| &n.value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_are_sorted() {
        assert!(PARTS.is_sorted());
    }

    #[test]
    fn groups_and_their_versions() {
        for name in ["core_v1", "apps_v1", "velero.io_v1", "batch_v1beta1", "v1"] {
            assert!(is_group_version(name), "{name}");
        }
        for name in ["case_v1", "before_v2", "shop", "core_", "v", "version"] {
            assert!(!is_group_version(name), "{name}");
        }
    }

    #[test]
    fn only_made_up_endings_identify_a_pod() {
        assert!(
            has_generated_name("web-7d4b9c-x7k2z") && !has_generated_name("web-0") && !has_generated_name("my-nginx")
        );
        assert!(!has_generated_name("web-aeiou"));
    }
}
