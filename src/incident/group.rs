//! Which findings are one incident: those of one workload with one cause, those of a node that befell its pods, and those
//! of several workloads that wait for one and the same thing.

use std::collections::{BTreeMap, BTreeSet};

use super::outside;
use crate::catalog::Catalog;
use crate::diagnose::Finding;
use crate::model::endpoint::Endpoint;

/// Findings that are told as one incident.
#[derive(Debug)]
pub struct Group<'c> {
    /// Never empty.
    pub findings: Vec<Finding<'c>>,
    /// What they all wait for, where they are of several workloads.
    pub shared: Option<Shared>,
}

/// The thing that several workloads wait for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Shared {
    /// `ConfigMap`, `Registry`, `Dependency`, ...
    pub kind: String,
    /// Where the name is one only within a namespace.
    pub namespace: Option<String>,
    /// Its name; of an endpoint the host.
    pub name: String,
    /// The port of an endpoint, where the evidence gives one.
    pub port: Option<String>,
}

impl Shared {
    /// The name that it is told by: `db.shop:5432`.
    pub fn told(&self) -> String {
        match &self.port {
            Some(port) => format!("{}:{port}", self.name),
            None => self.name.clone(),
        }
    }
}

/// Findings of one workload's pods with the same cause in the same container are one.
///
/// So are a cause and what it explains away: of two replicas one may show the root, the other only what follows from it.
pub fn by_workload<'c>(mut findings: Vec<Finding<'c>>, catalog: &Catalog) -> Vec<Group<'c>> {
    let explains = |cause: &str, other: &str| {
        catalog.page(cause).is_some_and(|page| !page.fallback && page.explains.iter().any(|id| id == other))
    };
    let causes: BTreeSet<String> = findings.iter().map(|finding| finding.cause.clone()).collect();
    findings.sort_by_cached_key(|finding| rank(finding, &causes, catalog));
    let mut groups: Vec<Group<'_>> = Vec::new();
    let mut of_workload: BTreeMap<_, Vec<usize>> = BTreeMap::new();
    for finding in findings {
        let subject = &finding.case.subject;
        let key = (finding.case.workload.clone(), subject.namespace.clone(), subject.container.clone());
        let known = of_workload.entry(key).or_default();
        let same = known.iter().copied().filter(|_| finding.case.workload.is_some()).find(|index| {
            let first = &groups[*index].findings[0];
            first.cause == finding.cause || explains(&first.cause, &finding.cause)
        });
        match same {
            Some(index) => groups[index].findings.push(finding),
            None => {
                known.push(groups.len());
                groups.push(Group { findings: vec![finding], shared: None });
            }
        }
    }
    groups
}

/// Causes that explain others come first, so that the others find them.
fn rank(finding: &Finding<'_>, all: &BTreeSet<String>, catalog: &Catalog) -> (bool, usize, bool) {
    let explained_by = all.iter().filter(|cause| {
        **cause != finding.cause && catalog.page(cause).is_some_and(|page| page.explains.contains(&finding.cause))
    });
    (finding.fallback, explained_by.count(), finding.case.recovered)
}

/// What befell the pods of a node as it befell the node, and is over, is told with the node.
pub fn absorb(groups: &mut Vec<Group<'_>>) {
    let mut nodes: BTreeMap<(String, String), usize> = BTreeMap::new();
    let mut of_cause: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (index, group) in groups.iter().enumerate() {
        let first = &group.findings[0];
        if let Some(name) = first.case.subject.name.clone().filter(|_| first.case.kind == "node") {
            nodes.entry((name, first.cause.clone())).or_insert(index);
            of_cause.entry(first.cause.clone()).or_default().push(index);
        }
    }
    let mut pods: BTreeMap<usize, BTreeSet<String>> = BTreeMap::new();
    for group in groups.iter_mut() {
        group.findings.retain(|finding| {
            if finding.case.kind == "node" {
                return true;
            }
            let root = match &finding.case.subject.node {
                Some(name) => nodes.get(&(name.clone(), finding.cause.clone())).copied(),
                // A pod that finds no node for the same reason waits for the only node that has it.
                None => match of_cause.get(&finding.cause).map(Vec::as_slice) {
                    Some([only]) => Some(*only),
                    _ => None,
                },
            };
            if let Some(root) = root {
                pods.entry(root).or_default().extend(finding.case.subject.pods.iter().cloned());
            }
            root.is_none() || !finding.case.recovered
        });
    }
    for (root, mut pods) in pods {
        let subject = &mut groups[root].findings[0].case.subject;
        pods.extend(std::mem::take(&mut subject.pods));
        subject.pods = pods.into_iter().collect();
    }
    groups.retain(|group| !group.findings.is_empty());
}

/// What the cause of a group says that its subjects wait for, where the evidence names it.
pub(super) fn waits_for(group: &Group<'_>, catalog: &Catalog) -> Option<Shared> {
    let first = &group.findings[0];
    let root = catalog.page(&first.cause)?.root.as_ref()?;
    let namespace = first.case.subject.namespace.as_deref();
    let values = |name: &String| {
        let mut values = group.findings.iter().filter(|finding| finding.cause == first.cause);
        values.find_map(|finding| finding.named.get(name).map(String::as_str).or_else(|| finding.values.get(name)))
    };
    let name = root.name.iter().find_map(values).or(root.only.as_deref())?;
    let (name, port) = match root.kind.as_str() {
        "Dependency" | "Host" => {
            let endpoint = Endpoint::read(name).filter(|endpoint| !endpoint.is_local())?;
            let is_openshift = !first.case.cluster.facts.operators.is_empty();
            match endpoint.wildcard().filter(|_| is_openshift) {
                Some(wildcard) => (wildcard, None),
                None => (endpoint.spelled_from(namespace), endpoint.port),
            }
        }
        _ => (name.to_string(), None),
    };
    let namespace = namespace.filter(|_| root.namespaced).map(str::to_string);
    let kind = first.named.get(&root.kind).unwrap_or(&root.kind).clone();
    Some(Shared { kind, namespace, name, port })
}

/// What serves the thing that a group waits for, where its cause says which value names that.
fn served_by(group: &Group<'_>, catalog: &Catalog) -> Option<Shared> {
    let first = &group.findings[0];
    let root = catalog.page(&first.cause)?.root.as_ref()?;
    let named = root.served_by.iter().find_map(|name| first.named.get(name))?;
    let endpoint = Endpoint::read(named).filter(|endpoint| !endpoint.is_local())?;
    let name = endpoint.spelled_from(first.case.subject.namespace.as_deref());
    Some(Shared { kind: "Dependency".to_string(), namespace: None, name, port: endpoint.port })
}

/// A thing that groups wait for, their cause, and whether that is over.
type Matter = (Shared, String, bool);

/// Several things of one server become that server.
fn join_by_server(of_thing: &mut BTreeMap<Matter, Vec<usize>>, groups: &[Group<'_>], catalog: &Catalog) {
    let mut of_server: BTreeMap<Matter, Vec<Matter>> = BTreeMap::new();
    for (matter, members) in &*of_thing {
        let servers: BTreeSet<_> = members.iter().map(|index| served_by(&groups[*index], catalog)).collect();
        if let (1, Some(Some(server))) = (servers.len(), servers.into_iter().next()) {
            of_server.entry((server, matter.1.clone(), matter.2)).or_default().push(matter.clone());
        }
    }
    for (server, things) in of_server.into_iter().filter(|(_, things)| things.len() > 1) {
        let mut members: Vec<usize> = things.iter().filter_map(|thing| of_thing.remove(thing)).flatten().collect();
        members.sort_unstable();
        of_thing.insert(server, members);
    }
}

/// Several things of one cause whose lines name one address or one name become that: registries behind a proxy.
fn join_by_outside(of_thing: &mut BTreeMap<Matter, Vec<usize>>, groups: &[Group<'_>]) {
    let mut named: BTreeMap<(outside::Outside, String, bool), BTreeSet<Matter>> = BTreeMap::new();
    for (matter, members) in &*of_thing {
        let mut by_all = members.iter().map(|index| outside::named(&groups[*index]));
        let first = by_all.next().unwrap_or_default();
        for found in by_all.fold(first, |all, found| all.intersection(&found).cloned().collect()) {
            named.entry((found, matter.1.clone(), matter.2)).or_default().insert(matter.clone());
        }
    }
    for ((found, cause, recovered), mut things) in named {
        // What was joined by another address keeps that.
        things.retain(|thing| of_thing.contains_key(thing));
        if things.len() < 2 {
            continue;
        }
        let taken: Vec<usize> = things.iter().filter_map(|thing| of_thing.remove(thing)).flatten().collect();
        let members = of_thing.entry((outside::thing(&found), cause, recovered)).or_default();
        members.extend(taken);
        members.sort_unstable();
    }
}

/// Several names that do not resolve because the DNS server gives no answer, whatever is asked of it, become that server. A
/// name of which it says that it does not exist is a matter of its own.
fn join_by_resolver(of_thing: &mut BTreeMap<Matter, Vec<usize>>, groups: &[Group<'_>]) {
    let mut unanswered: BTreeMap<(String, bool), Vec<Matter>> = BTreeMap::new();
    for (matter, members) in &*of_thing {
        if matter.0.kind == "Host" && members.iter().all(|index| outside::was_not_answered(&groups[*index])) {
            unanswered.entry((matter.1.clone(), matter.2)).or_default().push(matter.clone());
        }
    }
    for ((cause, recovered), things) in unanswered.into_iter().filter(|(_, things)| things.len() > 1) {
        let members: Vec<usize> = things.iter().filter_map(|thing| of_thing.get(thing)).flatten().copied().collect();
        let server = |index: &usize| groups[*index].findings.iter().find_map(|finding| finding.named.get("server"));
        let servers: BTreeSet<&String> = members.iter().filter_map(server).collect();
        // Lines of some programs do not say whom they asked; where the others say two, nobody knows.
        let server = match servers.into_iter().collect::<Vec<_>>().as_slice() {
            [] => None,
            [one] => Endpoint::read(one),
            _ => continue,
        };
        let (name, port) =
            server.map_or(("server that these pods ask".to_string(), None), |server| (server.host, server.port));
        things.iter().for_each(|thing| drop(of_thing.remove(thing)));
        let of_server =
            of_thing.entry((Shared { kind: "DNS".to_string(), namespace: None, name, port }, cause, recovered));
        let all = of_server.or_default();
        all.extend(members);
        all.sort_unstable();
    }
}

/// Joins the groups of several workloads that wait for one thing, those of `free` only. Returns for each old group the new
/// one it is in.
pub fn share<'c>(groups: Vec<Group<'c>>, free: &[bool], catalog: &Catalog) -> (Vec<Group<'c>>, Vec<usize>) {
    let mut of_thing: BTreeMap<Matter, Vec<usize>> = BTreeMap::new();
    for (index, group) in groups.iter().enumerate().filter(|(index, _)| free[*index]) {
        let first = &group.findings[0];
        if first.case.kind == "node" {
            continue;
        }
        if let Some(thing) = waits_for(group, catalog) {
            of_thing.entry((thing, first.cause.clone(), first.case.recovered)).or_default().push(index);
        }
    }
    // Evidence without a port is of the only port that the same host is called at.
    let of_one_port: Vec<_> = of_thing.keys().filter(|(thing, ..)| thing.port.is_none()).cloned().collect();
    for key in of_one_port {
        let same_host = |other: &&Matter| {
            let (thing, host) = (&other.0, &key.0);
            thing.port.is_some()
                && (&thing.kind, &thing.namespace, &thing.name) == (&host.kind, &host.namespace, &host.name)
                && (&other.1, other.2) == (&key.1, key.2)
        };
        let mut at_port = of_thing
            .range(key.clone()..)
            .map(|(key, _)| key)
            .take_while(|other| other.0.name == key.0.name)
            .filter(same_host);
        if let (Some(only), None) = (at_port.next().cloned(), at_port.next()) {
            let members = of_thing.remove(&key).unwrap_or_default();
            let all = of_thing.entry(only).or_default();
            all.extend(members);
            all.sort_unstable();
        }
    }
    join_by_server(&mut of_thing, &groups, catalog);
    join_by_outside(&mut of_thing, &groups);
    join_by_resolver(&mut of_thing, &groups);
    let mut joins: Vec<Option<(usize, Shared)>> = vec![None; groups.len()];
    for ((thing, ..), members) in of_thing {
        let whose = |index: &usize| {
            let case = &groups[*index].findings[0].case;
            case.workload.clone().or_else(|| Some((case.subject.kind.clone(), case.subject.name.clone()?)))
        };
        let workloads: BTreeSet<_> = members
            .iter()
            .map(|index| (whose(index), groups[*index].findings[0].case.subject.namespace.clone()))
            .collect();
        if workloads.len() > 1 {
            members.iter().for_each(|index| joins[*index] = Some((members[0], thing.clone())));
        }
    }
    let mut joined: Vec<Group<'_>> = Vec::with_capacity(groups.len());
    let mut now_at: Vec<usize> = Vec::with_capacity(groups.len());
    for (index, group) in groups.into_iter().enumerate() {
        match &joins[index] {
            Some((first, thing)) if *first != index => {
                let at = now_at[*first];
                joined[at].findings.extend(group.findings);
                joined[at].shared = Some(thing.clone());
                now_at.push(at);
            }
            _ => {
                now_at.push(joined.len());
                joined.push(group);
            }
        }
    }
    (joined, now_at)
}
