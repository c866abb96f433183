//! Whose consequence an incident is: the incident of the node its pods ran on, of what serves the name it could not
//! reach, of the cluster's DNS, of the storage driver, of the network plugin. Each tie has its line.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use super::group::Group;
use super::loopback::{API_SERVER, ETCD, Neighbours};
use crate::catalog::{Catalog, LeansOn};
use crate::diagnose::Finding;
use crate::load::health::{self, Health};
use crate::model::endpoint::{Candidate, Endpoint};
use crate::model::{
    Cluster, ConditionStatus, ContainerKind, Owner, PersistentVolume, Pod, Service, VolumeSource, When,
};
use crate::postmortem::{Evidence, EvidenceRole};

/// What ties an incident to the root it follows from.
#[derive(Debug, Clone)]
pub struct Link {
    /// The root.
    pub root: usize,
    /// Why, with its line.
    pub evidence: Option<Evidence>,
}

/// A consequence may seem to begin so many seconds before its root: clocks differ, and ages are coarse.
pub(super) const CLOCKS: i64 = 120;

/// Words in the names of the pods of network plugins.
const NETWORK_AGENTS: [&str; 16] = [
    "calico-node",
    "canal",
    "cilium",
    "flannel",
    "weave-net",
    "aws-node",
    "kindnet",
    "antrea-agent",
    "ovnkube-node",
    "ovs-node",
    "multus",
    "kube-router",
    "azure-cni",
    "azure-npm",
    "sdn",
    "kube-ovn-cni",
];
/// Words of a driver's name that say nothing of which one it is.
const COMMON_WORDS: [&str; 27] = [
    "csi",
    "com",
    "io",
    "org",
    "net",
    "dev",
    "k8s",
    "kubernetes",
    "storage",
    "driver",
    "drivers",
    "cluster",
    "local",
    "sigs",
    "x-k8s",
    "provisioner",
    "external",
    "svc",
    "default",
    "kube",
    "system",
    "www",
    "aws",
    "amazon",
    "azure",
    "cloud",
    "gke",
];

/// Where the parts of a control plane run.
const CONTROL_PLANE: [&str; 3] = ["kube-system", "openshift-etcd", "openshift-kube-apiserver"];

/// The groups of a cluster, found by what they serve.
struct Index<'g, 'c> {
    groups: &'g [Group<'c>],
    cluster: &'c Cluster,
    nodes: BTreeMap<&'g str, Vec<usize>>,
    of_pod: BTreeMap<&'g str, Vec<usize>>,
    of_name: BTreeMap<&'g str, Vec<usize>>,
    services: BTreeMap<&'c str, Vec<&'c Service>>,
    addresses: BTreeMap<&'c str, &'c Service>,
    labelled: BTreeMap<(&'c str, &'c str), Vec<&'c Pod>>,
    pod_addresses: BTreeMap<&'c str, &'c str>,
    /// OpenShift's router that no pod serves: the group of one, and its name.
    router: Option<(usize, &'c str)>,
    /// The same of the API server; its name may be that of a log alone.
    api_server: Option<(usize, &'g str)>,
    /// Pods of the network plugin, by their nodes.
    agents: BTreeMap<&'c str, Vec<&'c str>>,
    volumes: BTreeMap<&'c str, &'c PersistentVolume>,
    /// Owners of pods that have no node, by the pod's name.
    owners_waiting: BTreeMap<&'c str, &'c Owner>,
    /// Nodes in trouble and the owners of their pods, each with its namespace.
    owners_there: BTreeSet<(&'c str, Option<&'c str>, &'c str)>,
    /// The namespaces of the pods that run a driver, once they were asked for.
    homes: RefCell<BTreeMap<String, BTreeSet<&'c str>>>,
    /// Pods that findings are of.
    sick: Vec<&'c Pod>,
    neighbours: Neighbours<'c>,
    dns: Vec<usize>,
    dns_serves: bool,
}

fn is_router(pod: &Pod) -> bool {
    pod.namespace.as_ref().is_some_and(|namespace| namespace.value == "openshift-ingress")
        && pod.name.as_ref().is_some_and(|name| name.value.starts_with("router-"))
}

fn is_dns(pod: &Pod) -> bool {
    let label = |key: &str, value: &str| pod.labels.get(key).is_some_and(|known| known == value);
    let named = |prefix: &str, namespace: &str| {
        pod.name.as_ref().is_some_and(|name| name.value.starts_with(prefix))
            && pod.namespace.as_ref().is_none_or(|known| known.value == namespace)
    };
    label("k8s-app", "kube-dns")
        || label("dns.operator.openshift.io/daemonset-dns", "default")
        || named("coredns-", "kube-system")
        || named("kube-dns-", "kube-system")
        || named("dns-default-", "openshift-dns")
}

impl<'g, 'c> Index<'g, 'c> {
    fn new(groups: &'g [Group<'c>], cluster: &'c Cluster) -> Self {
        let mut index = Index {
            groups,
            cluster,
            nodes: BTreeMap::new(),
            of_pod: BTreeMap::new(),
            of_name: BTreeMap::new(),
            services: BTreeMap::new(),
            addresses: BTreeMap::new(),
            labelled: BTreeMap::new(),
            pod_addresses: BTreeMap::new(),
            router: None,
            api_server: None,
            agents: BTreeMap::new(),
            volumes: BTreeMap::new(),
            owners_waiting: BTreeMap::new(),
            owners_there: BTreeSet::new(),
            homes: RefCell::default(),
            sick: Vec::new(),
            neighbours: Neighbours::default(),
            dns: Vec::new(),
            dns_serves: false,
        };
        for (at, group) in groups.iter().enumerate() {
            for finding in &group.findings {
                let subject = &finding.case.subject;
                if finding.case.kind == "node" {
                    subject.name.iter().for_each(|name| index.nodes.entry(name).or_default().push(at));
                    continue;
                }
                if finding.case.recovered {
                    continue;
                }
                for pod in &subject.pods {
                    index.of_pod.entry(pod).or_default().push(at);
                }
                let names = finding.case.workload.iter().map(|(_, name)| name).chain(&subject.name);
                names.for_each(|name| index.of_name.entry(name).or_default().push(at));
            }
        }
        for volume in &cluster.facts.volumes {
            index.volumes.extend(volume.name.as_ref().map(|name| (name.value.as_str(), volume)));
        }
        for pod in cluster.facts.pods.iter().filter(|_| !index.nodes.is_empty()) {
            let Some(owner) = pod.owner.as_ref().map(|owner| &owner.value) else { continue };
            match pod.node.as_ref().map(|node| node.value.as_str()) {
                Some(node) if index.nodes.contains_key(node) => {
                    let namespace = pod.namespace.as_ref().map(|namespace| namespace.value.as_str());
                    index.owners_there.insert((node, namespace, &owner.name));
                }
                Some(_) => {}
                None => index.owners_waiting.extend(pod.name.as_ref().map(|name| (name.value.as_str(), owner))),
            }
        }
        for service in &cluster.facts.services {
            index.services.entry(&service.name.value).or_default().push(service);
            if let Some(ip) = service.cluster_ip.as_deref().filter(|ip| ip.parse::<core::net::IpAddr>().is_ok()) {
                index.addresses.entry(ip).or_insert(service);
            }
        }
        let selected: BTreeSet<(&str, &str)> = cluster
            .facts
            .services
            .iter()
            .filter_map(|service| service.selector.iter().next())
            .map(|(key, value)| (key.as_str(), value.as_str()))
            .collect();
        let mut routes_are_served = false;
        let mut api_is_served = false;
        let part = super::loopback::part_at(API_SERVER).unwrap_or_default();
        for pod in &cluster.facts.pods {
            for (key, value) in &pod.labels {
                if selected.contains(&(key.as_str(), value.as_str())) {
                    index.labelled.entry((key, value)).or_default().push(pod);
                }
            }
            let Some(name) = pod.name.as_ref().map(|name| name.value.as_str()) else { continue };
            if index.of_pod.contains_key(name) {
                index.sick.push(pod);
                index.neighbours.add(name, pod);
            }
            if let Some(node) = pod.node.as_ref().filter(|_| is_network_agent(name)) {
                index.agents.entry(&node.value).or_default().push(name);
            }
            if let Some(row) = &pod.row {
                let words = row.place.text.split_whitespace();
                if let Some(ip) = words.skip(4).find(|word| word.parse::<core::net::IpAddr>().is_ok()) {
                    index.pod_addresses.insert(ip, name);
                }
            }
            api_is_served |=
                pod.containers.iter().any(|container| container.name == part) && health::of_pod(pod) == Health::Healthy;
            if is_router(pod) {
                routes_are_served |= health::of_pod(pod) == Health::Healthy;
                let group = index.of_pod.get(name).and_then(|groups| groups.first().copied());
                index.router = index.router.or(group.map(|group| (group, name)));
            }
            if is_dns(pod) {
                index.dns_serves |= health::of_pod(pod) == Health::Healthy;
                index.dns.extend(index.of_pod.get(name).into_iter().flatten().filter(|at| {
                    let namespaces = groups[**at].findings.iter().map(|finding| &finding.case.subject.namespace);
                    let own = pod.namespace.as_ref().map(|namespace| &namespace.value);
                    namespaces.into_iter().any(|known| known.is_none() || own.is_none() || known.as_ref() == own)
                }));
            }
        }
        index.router = index.router.filter(|_| !routes_are_served);
        for (at, group) in groups.iter().enumerate().filter(|(_, group)| !group.findings[0].case.recovered) {
            let subject = &group.findings[0].case.subject;
            let is_of_it = !api_is_served && subject.container.as_deref().is_none_or(|container| container == part);
            let pod = subject.pods.iter().find(|pod| is_of_it && pod.starts_with(part));
            index.api_server = index.api_server.or(pod.map(|pod| (at, pod.as_str())));
        }
        index
    }

    /// The groups of pods and workloads of a name in a namespace.
    fn named(&self, name: &str, namespace: Option<&str>) -> Vec<usize> {
        let first_of_set = format!("{name}-0");
        let found = [self.of_name.get(name), self.of_pod.get(name), self.of_pod.get(first_of_set.as_str())];
        let found = found.into_iter().flatten().flatten().copied();
        found.filter(|at| self.is_in(*at, namespace)).collect()
    }

    fn is_in(&self, group: usize, namespace: Option<&str>) -> bool {
        self.groups[group].findings.iter().any(|finding| {
            let own = finding.case.subject.namespace.as_deref();
            own.is_none() || namespace.is_none() || own == namespace
        })
    }

    fn service(&self, (name, namespace): &Candidate) -> Option<&'c Service> {
        self.services
            .get(name.as_str())?
            .iter()
            .copied()
            .find(|service| service.namespace.is_none() || namespace.is_none() || service.namespace == *namespace)
    }

    /// The groups of the pods behind a Service; none where it has ready addresses.
    fn behind(&self, service: &Service) -> Vec<usize> {
        if service.ready_endpoints.as_ref().is_some_and(|ready| ready.value > 0) {
            return Vec::new();
        }
        let Some((key, value)) = service.selector.iter().next() else {
            return self.named(&service.name.value, service.namespace.as_deref());
        };
        let pods = self.labelled.get(&(key.as_str(), value.as_str())).into_iter().flatten();
        let mut found: Vec<usize> = pods
            .filter(|pod| service.selector.iter().all(|(key, value)| pod.labels.get(key) == Some(value)))
            .filter(|pod| {
                let own = pod.namespace.as_ref().map(|namespace| &namespace.value);
                own.is_none() || service.namespace.is_none() || own == service.namespace.as_ref()
            })
            .filter_map(|pod| self.of_pod.get(pod.name.as_ref()?.value.as_str()))
            .flatten()
            .copied()
            .filter(|at| self.is_in(*at, service.namespace.as_deref()))
            .collect();
        if found.is_empty() {
            found = self.named(&service.name.value, service.namespace.as_deref());
        }
        found
    }

    /// The groups of what serves an endpoint, and the name that it is told by.
    fn serving(&self, endpoint: &Endpoint, from: Option<&str>, hops: u8) -> Option<(Vec<usize>, String)> {
        if endpoint.is_local() {
            return None;
        }
        if endpoint.is_address() {
            if let Some(service) = self.addresses.get(endpoint.host.as_str()) {
                let told = format!("`{}` (`{}`)", service.name.value, endpoint.host);
                return Some((self.behind(service), told)).filter(|(found, _)| !found.is_empty());
            }
            let pod = self.pod_addresses.get(endpoint.host.as_str())?;
            let found = self.of_pod.get(pod).cloned().unwrap_or_default();
            return (!found.is_empty()).then(|| (found, format!("`{pod}` (`{}`)", endpoint.host)));
        }
        for candidate in endpoint.candidates(from) {
            let service = self.service(&candidate);
            if let Some(service) = service {
                let alias = service.external_name.as_deref().and_then(Endpoint::read).filter(|_| hops < 3);
                if let Some(found) =
                    alias.and_then(|alias| self.serving(&alias, service.namespace.as_deref(), hops + 1))
                {
                    return Some(found);
                }
            }
            let found = match service {
                Some(service) => self.behind(service),
                None => self.named(&candidate.0, candidate.1.as_deref()),
            };
            if !found.is_empty() {
                return Some((found, format!("`{}`", candidate.0)));
            }
        }
        None
    }
}

/// For every group the one that it follows from. A tie that runs in a circle is no tie.
pub fn links(groups: &[Group<'_>], catalog: &Catalog, cluster: &Cluster) -> Vec<Option<Link>> {
    let index = Index::new(groups, cluster);
    let mut links: Vec<Option<Link>> = (0..groups.len())
        .map(|at| {
            let mine = &groups[at].findings[0];
            node_root(&index, at, mine, catalog).or_else(|| part_root(&index, at, mine, catalog)).filter(|link| {
                let root = &groups[link.root].findings;
                !begins_before(&groups[at].findings, root, cluster)
            })
        })
        .collect();
    for start in 0..links.len() {
        let mut seen = BTreeSet::from([start]);
        let mut at = start;
        while let Some(next) = links[at].as_ref().map(|link| link.root) {
            if next == start {
                seen.iter().for_each(|at| links[*at] = None);
                break;
            }
            if !seen.insert(next) {
                break;
            }
            at = next;
        }
    }
    links
}

/// Whether what is known to have begun at one moment began after the supposed consequence did.
fn begins_before(victims: &[Finding<'_>], root: &[Finding<'_>], cluster: &Cluster) -> bool {
    // A container that has restarted, or events that were forgotten, began earlier than the first sign that is left.
    let once = |finding: &Finding<'_>| finding.case.kind == "node" || finding.case.times.unwrap_or(0) <= 1;
    if !root.iter().all(once) {
        return false;
    }
    let now = cluster.collected_at.as_ref().map(|at| at.value).or(cluster.newest);
    let began = |finding: &Finding<'_>| {
        let since = finding.case.since.as_ref()?.value;
        Some((since.at(now)?.as_second(), matches!(since, When::Ago(_))))
    };
    let (Some((root, coarse)), Some((victim, coarse_too))) =
        (root.iter().filter_map(began).min(), victims.iter().filter_map(began).min())
    else {
        return false;
    };
    // An age is as coarse as kubectl prints it, and a trouble may be felt before it is told; what nothing ties to the root
    // but its time has to fit.
    let unexplained = victims.iter().all(|finding| finding.fallback);
    let age = now.map_or(0, |now| now.as_second() - root);
    victim < root - if unexplained && !coarse && !coarse_too { CLOCKS } else { CLOCKS.max(age / 10) }
}

/// A node's incident is the root of what befell the pods on it: of the same cause, or of what no page explains.
fn node_root(index: &Index<'_, '_>, at: usize, mine: &Finding<'_>, catalog: &Catalog) -> Option<Link> {
    if mine.case.kind == "node" {
        return None;
    }
    let groups = index.groups;
    // The agent that makes a node's network does not fail for want of it.
    let waits_for_mine = |root: usize| {
        let network = catalog.page(&groups[root].findings[0].cause).and_then(|page| page.leans_on);
        network == Some(LeansOn::NetworkAgent) && mine.case.subject.pods.iter().any(|pod| is_network_agent(pod))
    };
    let node = mine.case.subject.node.as_deref();
    let root = match node {
        Some(node) => index.nodes.get(node)?.iter().copied().find(|root| {
            let root = &groups[*root].findings[0];
            root.cause == mine.cause
                || catalog.parents(&root.cause).contains(&mine.cause)
                || (!root.case.recovered && !root.fallback && (mine.fallback || refines(mine, root)))
        })?,
        None => {
            let taint = taint_of_trouble(mine);
            let mut alike = index.nodes.values().flatten().copied().filter(|root| {
                let root = &groups[*root].findings[0];
                root.cause == mine.cause
                    || taint.is_some_and(|taint| {
                        !root.case.recovered
                            && (had_one_of_its_kind(index, mine, root) || is_held_there_by_its_volume(mine))
                            && carries(index.cluster, root, taint)
                    })
            });
            let only = alike.next()?;
            alike.next().is_none().then_some(only)?
        }
    };
    if root == at || waits_for_mine(root) {
        return None;
    }
    let evidence = groups[root].findings[0].evidence.first().cloned();
    let shows = match (node, taint_of_trouble(mine)) {
        (Some(node), _) => format!("the pod ran on node `{node}`"),
        (None, Some(taint)) => format!("the pod waits for a node; this one has the taint `node.kubernetes.io/{taint}`"),
        (None, None) => "the pod waits for a node".to_string(),
    };
    Some(Link { root, evidence: evidence.map(|line| Evidence { shows, ..line }) })
}

/// The taint of a node in trouble that keeps a pod from being placed: `unreachable` of `node.kubernetes.io/unreachable`.
fn taint_of_trouble<'m>(mine: &'m Finding<'_>) -> Option<&'m str> {
    const TAINT: &str = "taint {node.kubernetes.io/";
    let mut messages = mine.case.texts.iter().map(|text| text.message.as_str());
    let rest = messages.find_map(|text| text.split_once("nodes are available")?.1.split_once(TAINT))?.1;
    rest.split(|c: char| !c.is_ascii_lowercase() && c != '-').next().filter(|word| !word.is_empty())
}

/// Whether the node of a root has the condition that this taint stands for: `memory-pressure` for `MemoryPressure`.
fn carries(cluster: &Cluster, root: &Finding<'_>, taint: &str) -> bool {
    let name = root.case.subject.name.as_deref();
    let node = cluster.facts.nodes.iter().find(|node| node.name.as_ref().map(|known| known.value.as_str()) == name);
    let is = |kind: &str, status: ConditionStatus| {
        node.is_some_and(|node| node.conditions.iter().any(|c| c.kind == kind && c.status == status))
    };
    let condition: String = taint
        .split('-')
        .flat_map(|word| word.chars().take(1).map(|c| c.to_ascii_uppercase()).chain(word.chars().skip(1)))
        .collect();
    match taint {
        "unreachable" => is("Ready", ConditionStatus::Unknown),
        "not-ready" => is("Ready", ConditionStatus::False),
        _ => is(&condition, ConditionStatus::True),
    }
}

/// Whether another pod of the same owner was given the root's node: then this one could run there too.
fn had_one_of_its_kind(index: &Index<'_, '_>, mine: &Finding<'_>, root: &Finding<'_>) -> bool {
    let (Some(node), namespace) = (root.case.subject.name.as_deref(), mine.case.subject.namespace.as_deref()) else {
        return false;
    };
    let owners = mine.case.subject.pods.iter().filter_map(|pod| index.owners_waiting.get(pod.as_str()));
    let mut owners = owners.map(|owner| (node, namespace, owner.name.as_str()));
    owners.any(|owner| index.owners_there.contains(&owner))
}

/// Whether all nodes but those with a taint are ruled out by the pod's volume: then it is one of these that has the volume.
fn is_held_there_by_its_volume(mine: &Finding<'_>) -> bool {
    let mut messages = mine.case.texts.iter().map(|text| text.message.as_str());
    let reasons = messages.find_map(|text| text.split_once("nodes are available: ").map(|(_, rest)| rest));
    let Some(reasons) = reasons.map(|rest| rest.split(". ").next().unwrap_or(rest)) else { return false };
    let by_volume = |reason: &str| reason.contains("volume node affinity conflict");
    reasons.split(", ").any(by_volume)
        && reasons.split(", ").all(|reason| {
            by_volume(reason) || reason.contains(" taint") || reason.contains("that the pod didn't tolerate")
        })
}

/// Whether a pod's own finding is of the same matter as its node's: one supports itself on what decides the other.
fn refines(mine: &Finding<'_>, root: &Finding<'_>) -> bool {
    let decisive = |line: &&Evidence| line.role == EvidenceRole::Decisive;
    root.evidence.iter().filter(decisive).any(|line| mine.evidence.iter().any(|own| own.place == line.place))
}

/// The part of the cluster that the cause leans on leads to that part's own incident.
fn part_root(index: &Index<'_, '_>, at: usize, mine: &Finding<'_>, catalog: &Catalog) -> Option<Link> {
    let leans_on = catalog.page(&mine.cause).and_then(|page| page.leans_on);
    // A node without a pod network waits for the agent that makes it; what else ails a node is its own.
    let made_by_a_pod = matches!(leans_on, Some(LeansOn::NetworkAgent | LeansOn::CloudController));
    if mine.case.kind == "node" && !made_by_a_pod {
        return None;
    }
    let names: &[&str] = match leans_on {
        None => &["host", "target", "service"],
        Some(_) => {
            &["target", "host", "service", "name", "server", "redis", "mongo", "broker", "url", "address", "detail"]
        }
    };
    let target = target_root(index, at, mine, catalog, names, mine.case.subject.namespace.as_deref())
        .or_else(|| component_root(index, at, mine))
        .or_else(|| awaited_root(index, at, mine))
        .or_else(|| router_root(index, at, mine, leans_on))
        .or_else(|| api_service_root(index, at, mine, catalog));
    let unnamed = target.is_none() && names.iter().all(|name| !mine.named.contains_key(*name));
    if leans_on == Some(LeansOn::Target) && unnamed {
        return configured_root(index, at, mine);
    }
    let (root, shows) = match leans_on {
        None | Some(LeansOn::Target) => target?,
        Some(LeansOn::ClusterDns) => target.or_else(|| {
            let other = |root: &&usize| **root != at;
            let serves = index.dns_serves || has_answer(mine);
            let root = index.dns.iter().find(other).copied().filter(|_| !serves)?;
            Some((root, "it asks the cluster's DNS, none of whose pods serves".to_string()))
        })?,
        Some(LeansOn::VolumeDriver) => {
            driver_root(index, at, mine).or(target).or_else(|| driver_neighbour(index, at, mine)).or_else(|| {
                // The driver's words name what the driver calls, from where it lives.
                let homes = driver_homes(index, mine);
                homes.into_iter().find_map(|home| target_root(index, at, mine, catalog, names, Some(home)))
            })?
        }
        Some(LeansOn::NetworkAgent) => agent_root(index, at, mine)?,
        Some(LeansOn::VolumeHolder) => holder_root(index, at, mine)?,
        Some(LeansOn::CloudController) => cloud_root(index, at)?,
    };
    let evidence = mine.evidence.iter().find(|line| line.role == EvidenceRole::Decisive).cloned();
    Some(Link { root, evidence: evidence.map(|line| Evidence { shows, ..line }) })
}

/// What called a route leads to the router, where no pod of it serves.
fn router_root(
    index: &Index<'_, '_>,
    at: usize,
    mine: &Finding<'_>,
    leans_on: Option<LeansOn>,
) -> Option<(usize, String)> {
    let (root, router) = index.router.filter(|(root, _)| *root != at && leans_on == Some(LeansOn::Target))?;
    let decisive = mine.evidence.iter().filter(|line| line.role == EvidenceRole::Decisive);
    let mut urls = decisive.flat_map(|line| line.place.text.split("://").skip(1)).filter_map(Endpoint::read);
    let route = urls.find(|endpoint| endpoint.wildcard().is_some())?;
    Some((root, format!("it calls the route `{}`, and the router `{router}` does not serve", route.host)))
}

/// Whether the DNS server answered: it does not know the name, so it runs.
fn has_answer(mine: &Finding<'_>) -> bool {
    let decisive = mine.evidence.iter().filter(|line| line.role == EvidenceRole::Decisive);
    decisive.map(|line| line.place.text.to_ascii_lowercase()).any(|line| {
        ["no such host", "nxdomain", "non-existing domain", "non-existent domain"]
            .iter()
            .any(|word| line.contains(word))
    })
}

/// The named host of a failed call leads to the incident of what serves that name, as seen from a namespace.
fn target_root(
    index: &Index<'_, '_>,
    at: usize,
    mine: &Finding<'_>,
    catalog: &Catalog,
    names: &[&str],
    from: Option<&str>,
) -> Option<(usize, String)> {
    // What is known of the case itself and names the thing: the registry of the image.
    let page = catalog.page(&mine.cause).filter(|page| page.leans_on == Some(LeansOn::Target));
    let things = page.and_then(|page| page.root.as_ref()).map_or(&[][..], |root| &root.name);
    // Some messages part a host from its port.
    let port = mine.named.get("port").filter(|port| port.bytes().all(|byte| byte.is_ascii_digit()));
    let leads = |endpoint: &Endpoint| {
        if endpoint.is_local() {
            return loopback_root(index, at, mine, endpoint);
        }
        if let Some(root) = api_server_root(index, at, mine, endpoint) {
            return Some(root);
        }
        let (found, told) = index.serving(endpoint, from, 0)?;
        let root = root_among(index, at, found)?;
        Some((root, format!("it needs {told}, which does not serve")))
    };
    let endpoints: Vec<Endpoint> = names
        .iter()
        .filter_map(|name| mine.named.get(*name).map(String::as_str))
        .chain(things.iter().filter_map(|name| mine.values.get(name)))
        .flat_map(|text| {
            let urls = text.match_indices("://").map(|(found, _)| &text[found..]);
            let plain = (!text.contains(' ')).then_some(text);
            urls.chain(plain).filter_map(Endpoint::read)
        })
        .map(|endpoint| Endpoint { port: endpoint.port.or_else(|| port.cloned()), ..endpoint })
        .collect();
    endpoints.iter().find_map(leads).or_else(|| {
        let address = endpoints.iter().find(|endpoint| endpoint.is_address() && endpoint.port.is_some())?;
        let decisive = mine.evidence.iter().filter(|line| line.role == EvidenceRole::Decisive);
        decisive.flat_map(|line| named_beside(&line.place.text, address)).find_map(|endpoint| leads(&endpoint))
    })
}

/// The incident of the API server, where its port is called at an address that nothing in the cluster has, and none of its
/// pods serves: the one of the victim's node first.
fn api_server_root(
    index: &Index<'_, '_>,
    at: usize,
    mine: &Finding<'_>,
    endpoint: &Endpoint,
) -> Option<(usize, String)> {
    let name = super::loopback::part_at(API_SERVER)?;
    if endpoint.port.as_deref() != Some(API_SERVER) || index.addresses.contains_key(endpoint.host.as_str()) {
        return None;
    }
    let runs_it = |pod: &&Pod| {
        let here = pod.namespace.as_ref().is_none_or(|namespace| CONTROL_PLANE.contains(&namespace.value.as_str()));
        here && pod.containers.iter().any(|container| container.name == name)
    };
    if index.cluster.facts.pods.iter().filter(runs_it).any(|pod| health::of_pod(pod) != Health::Unhealthy) {
        return None;
    }
    let sick = index.sick.iter().copied().filter(runs_it);
    let elsewhere = |pod: &Pod| pod.node.as_ref().map(|node| &node.value) != mine.case.subject.node.as_ref();
    let pod = sick.min_by_key(|pod| elsewhere(pod))?.name.as_ref()?.value.as_str();
    let root = index.of_pod.get(pod)?.iter().copied().find(|root| {
        let of = index.groups[*root].findings[0].case.subject.container.as_deref();
        *root != at && of.is_none_or(|of| of == name)
    })?;
    Some((root, format!("it calls the API server, and `{pod}` does not serve")))
}

/// The incident of the container that a loopback address leads to.
fn loopback_root(index: &Index<'_, '_>, at: usize, mine: &Finding<'_>, endpoint: &Endpoint) -> Option<(usize, String)> {
    let port = endpoint.port.as_deref()?;
    let serves = |port: &str| {
        index.neighbours.listening(&mine.case.subject, port).into_iter().find_map(|(pod, container)| {
            let name = pod.name.as_ref()?.value.as_str();
            let namespace = pod.namespace.as_ref().map(|namespace| namespace.value.as_str());
            let root = index.of_pod.get(name)?.iter().copied().find(|root| {
                let of = index.groups[*root].findings[0].case.subject.container.as_deref();
                *root != at && of.is_none_or(|of| of == container.name) && index.is_in(*root, namespace)
            })?;
            Some((root, format!("`{name}` ({})", container.name), place_of(mine, name)))
        })
    };
    if let Some((root, told, place)) = serves(port) {
        return Some((root, format!("it calls port {port} of {place}, where {told} does not serve")));
    }
    // An API server that runs and does not answer waits for its store.
    if let Some((root, told, place)) = serves(ETCD).filter(|_| port == API_SERVER) {
        return Some((root, format!("it calls the API server of {place}, which waits for {told}")));
    }
    // Logs of the control plane without its pods: those of one node, since nothing names several.
    let part = super::loopback::part_at(port)?;
    let nameless_node = |at: usize| index.groups[at].findings[0].case.subject.node.is_none();
    let root = index.named(part, None).into_iter().find(|root| *root != at && nameless_node(*root))?;
    nameless_node(at).then(|| (root, format!("it calls port {port} of its node, where {part} does not serve")))
}

/// The incident of a part of the control plane that the lines name: `etcd` of `etcdserver: request timed out`. One beside the
/// victim counts before one of its node, that before any.
fn component_root(index: &Index<'_, '_>, at: usize, mine: &Finding<'_>) -> Option<(usize, String)> {
    let component = mine.named.get("component")?;
    let subject = &mine.case.subject;
    let mut found: Vec<(bool, bool, usize, &str)> = Vec::new();
    for pod in index.sick.iter().filter(|pod| pod.containers.iter().any(|c| c.name == *component)) {
        let Some(name) = pod.name.as_ref().map(|name| name.value.as_str()) else { continue };
        let namespace = pod.namespace.as_ref().map(|namespace| namespace.value.as_str());
        let beside = namespace == subject.namespace.as_deref();
        if !beside && namespace.is_none_or(|namespace| !CONTROL_PLANE.contains(&namespace)) {
            continue;
        }
        let elsewhere = pod.node.as_ref().map(|node| &node.value) != subject.node.as_ref();
        for root in index.of_pod.get(name).into_iter().flatten().filter(|root| **root != at) {
            let of = index.groups[*root].findings[0].case.subject.container.as_deref();
            if of.is_none_or(|of| of == component) && index.is_in(*root, namespace) {
                found.push((!beside, elsewhere, *root, name));
            }
        }
    }
    found.sort();
    let (.., root, pod) = found.into_iter().next()?;
    Some((root, format!("it needs `{component}`, and `{pod}` does not serve")))
}

/// The sick Job of its namespace that a container says it waits for: by its name, or by a word of what is to be done
/// (`migrations` of `shop-migrate-42`), which the container's own name may say (`wait-for-migration`). One Job only.
fn awaited_root(index: &Index<'_, '_>, at: usize, mine: &Finding<'_>) -> Option<(usize, String)> {
    /// Words of one meaning are spelled alike so far.
    const ALIKE: usize = 6;
    let subject = &mine.case.subject;
    if let Some(job) = mine.named.get("job") {
        let root = index.named(job, subject.namespace.as_deref()).into_iter().find(|root| *root != at)?;
        return Some((root, format!("it waits for the Job `{job}`, which failed")));
    }
    let awaited = ["awaited", "unapplied"].iter().find_map(|name| mine.named.get(*name))?;
    let own = index.sick.iter().filter(|pod| {
        pod.name.as_ref().is_some_and(|name| subject.pods.contains(&name.value))
            && pod.namespace.as_ref().map(|namespace| &namespace.value) == subject.namespace.as_ref()
    });
    let inits = own.flat_map(|pod| &pod.containers).filter(|container| container.kind == ContainerKind::Init);
    let texts = std::iter::once(awaited.as_str()).chain(inits.map(|container| container.name.as_str()));
    let words = |text: &str| -> Vec<String> {
        let parts = text.split(|c: char| !c.is_ascii_alphanumeric());
        parts.filter_map(|word| Some(word.get(..ALIKE)?.to_ascii_lowercase())).collect()
    };
    let wanted: BTreeSet<String> = texts.flat_map(words).collect();
    let mut found = (0..index.groups.len()).filter_map(|root| {
        let case = &index.groups[root].findings[0].case;
        let owner = case.workload.as_ref().filter(|(kind, _)| kind == "Job").map(|(_, name)| name.as_str());
        let itself = case.subject.name.as_deref().filter(|_| case.subject.kind == "Job");
        let name = owner.or(itself).filter(|_| root != at && !case.recovered)?;
        let here = case.subject.namespace == subject.namespace;
        (here && words(name).iter().any(|word| wanted.contains(word))).then_some((root, name))
    });
    let (root, job) = found.next()?;
    found.next().is_none().then(|| (root, format!("it waits for what the Job `{job}` was to do, which failed")))
}

/// What a loopback address stands for, seen from a finding's pod.
fn place_of(mine: &Finding<'_>, pod: &str) -> String {
    match &mine.case.subject.node {
        Some(node) if !mine.case.subject.pods.iter().any(|own| own == pod) => format!("its node `{node}`"),
        _ => "its own pod".to_string(),
    }
}

/// What a name of an environment variable says that its value is: somewhere to connect to.
const ADDRESS_WORDS: [&str; 9] = ["HOST", "URL", "URI", "ADDR", "SERVER", "ENDPOINT", "BROKER", "DSN", "SERVICE"];

/// Where no line names what was called: the only Service without a ready pod that the containers are told to connect to.
fn configured_root(index: &Index<'_, '_>, at: usize, mine: &Finding<'_>) -> Option<Link> {
    let (subject, line) = (&mine.case.subject, mine.evidence.iter().find(|line| line.role == EvidenceRole::Decisive)?);
    let decisive = mine.evidence.iter().filter(|line| line.role == EvidenceRole::Decisive);
    let mut words =
        decisive.flat_map(|line| line.place.text.split(|c: char| c.is_whitespace() || "\"'`()<>,=".contains(c)));
    // What no page reads may be a name all the same.
    let names_something = |word: &str| {
        word.contains("://")
            || Endpoint::read(word.trim_end_matches([':', '.', ';'])).is_some_and(|read| read.port.is_some())
    };
    if words.any(names_something) {
        return None;
    }
    let pod = index.sick.iter().find(|pod| {
        let named = pod.name.as_ref().is_some_and(|name| subject.pods.first() == Some(&name.value));
        named && pod.namespace.as_ref().map(|namespace| &namespace.value) == subject.namespace.as_ref()
    })?;
    let from = subject.namespace.as_deref();
    let mut found: BTreeMap<usize, Evidence> = BTreeMap::new();
    for env in pod.containers.iter().flat_map(|container| &container.env) {
        let name = env.name.to_ascii_uppercase();
        let Some(value) = env.value.as_deref().filter(|_| ADDRESS_WORDS.iter().any(|word| name.contains(word))) else {
            continue;
        };
        let Some(endpoint) = Endpoint::read(value) else { continue };
        let known = endpoint.candidates(from).iter().any(|candidate| index.service(candidate).is_some());
        let Some((roots, told)) = index.serving(&endpoint, from, 0).filter(|_| known) else { continue };
        let Some(root) = root_among(index, at, roots) else { continue };
        let shows = format!("it is told to connect to {told}, which does not serve");
        found.entry(root).or_insert_with(|| Evidence { shows, place: env.place.clone(), ..line.clone() });
    }
    let (root, evidence) = found.pop_first().filter(|_| found.is_empty())?;
    Some(Link { root, evidence: Some(evidence) })
}

/// The names that a line calls an address by: `db.shop:5432` in `connect to db.shop:5432: dial tcp 10.0.0.9:5432: ...`.
fn named_beside<'l>(line: &'l str, address: &'l Endpoint) -> impl Iterator<Item = Endpoint> + use<'l> {
    line.split(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '`' | '(' | ')' | '<' | '>' | ',' | '='))
        .filter_map(|word| Endpoint::read(word.trim_end_matches([':', '.', ';'])))
        .filter(|endpoint| !endpoint.is_address())
        // A Service's whole name says what it is without a port.
        .filter(|endpoint| endpoint.port == address.port || endpoint.port.is_none() && endpoint.host.contains(".svc"))
}

/// Of the incidents of what serves something, the first that another can follow from: of several pods, one that was in
/// trouble when the other began.
fn root_among(index: &Index<'_, '_>, at: usize, found: Vec<usize>) -> Option<usize> {
    let victims = &index.groups[at].findings;
    let mut others = found.into_iter().filter(|root| *root != at && !same_workload(index, at, *root));
    others.find(|root| !begins_before(victims, &index.groups[*root].findings, index.cluster))
}

/// A workload is not its own root: two findings of one pod are two matters.
fn same_workload(index: &Index<'_, '_>, a: usize, b: usize) -> bool {
    let of = |at: usize| {
        let case = &index.groups[at].findings[0].case;
        (
            case.workload.clone(),
            case.subject.namespace.clone(),
            case.workload.is_none().then(|| case.subject.name.clone()),
        )
    };
    of(a) == of(b)
}

/// The sick pods of a storage driver or provisioner: on the victim's node where the driver runs there, else anywhere.
fn driver_root(index: &Index<'_, '_>, at: usize, mine: &Finding<'_>) -> Option<(usize, String)> {
    let driver = driver_of(index, mine)?;
    let node = mine.case.subject.node.as_deref();
    let mut found: Vec<(bool, usize, String)> = Vec::new();
    for pod in index.sick.iter().filter(|pod| runs_driver(pod, driver)) {
        let Some(name) = pod.name.as_ref().map(|name| name.value.as_str()) else { continue };
        let here = node.is_some() && pod.node.as_ref().map(|node| node.value.as_str()) == node;
        for root in index.of_pod.get(name).into_iter().flatten().filter(|root| **root != at) {
            found.push((!here, *root, name.to_string()));
        }
    }
    found.sort();
    let (_, root, pod) = found.into_iter().next()?;
    Some((root, format!("the driver `{driver}` is run by `{pod}`, which does not run")))
}

/// Where the driver's own pods run well: the sick pod beside them, in their namespace and on the victim's node, that the
/// driver works with. A namespace that others share says nothing.
fn driver_neighbour(index: &Index<'_, '_>, at: usize, mine: &Finding<'_>) -> Option<(usize, String)> {
    let node = mine.case.subject.node.as_deref()?;
    let driver = driver_of(index, mine)?;
    let homes = driver_homes(index, mine);
    let shared = |namespace: &str| matches!(namespace, "kube-system" | "default") || namespace.starts_with("kube-");
    index.sick.iter().find_map(|pod| {
        let namespace = pod.namespace.as_ref()?.value.as_str();
        let here = pod.node.as_ref().is_some_and(|of| of.value == node) && homes.contains(namespace);
        let name = pod.name.as_ref().filter(|_| here && !shared(namespace))?.value.as_str();
        let groups = index.of_pod.get(name)?.iter().copied();
        let root = groups.into_iter().find(|root| *root != at && index.is_in(*root, Some(namespace)))?;
        let own = mine.case.subject.pods.iter().any(|own| own == name);
        (!own).then(|| (root, format!("`{name}`, of the namespace of the driver `{driver}`, does not run on its node")))
    })
}

/// The driver that the lines name, else the provisioner of the storage class of the volume that they name.
fn driver_of<'m>(index: &'m Index<'_, '_>, mine: &'m Finding<'_>) -> Option<&'m str> {
    let named = mine.named.get("driver").map(String::as_str).or_else(|| mine.values.get("driver"));
    named.or_else(|| {
        let facts = &index.cluster.facts;
        let named = mine.named.get("volume")?;
        let volume = index.volumes.get(named.as_str())?;
        let class = volume.storage_class.as_ref()?;
        let class = facts.storage_classes.iter().find(|known| known.name.value == class.value)?;
        class.provisioner.as_ref().map(|provisioner| provisioner.value.as_str())
    })
}

/// The namespaces of the pods that run the driver of the victim's volume.
fn driver_homes<'c>(index: &Index<'_, 'c>, mine: &Finding<'_>) -> BTreeSet<&'c str> {
    let Some(driver) = driver_of(index, mine) else { return BTreeSet::new() };
    if let Some(known) = index.homes.borrow().get(driver) {
        return known.clone();
    }
    let pods = index.cluster.facts.pods.iter().filter(|pod| runs_driver(pod, driver));
    let homes: BTreeSet<&str> =
        pods.filter_map(|pod| pod.namespace.as_ref().map(|namespace| namespace.value.as_str())).collect();
    index.homes.borrow_mut().insert(driver.to_string(), homes.clone());
    homes
}

/// Whether a pod runs a driver: its arguments or environment name it, or its own name holds the words of the driver's.
fn runs_driver(pod: &Pod, driver: &str) -> bool {
    let told = pod.containers.iter().any(|container| {
        container.args.iter().chain(&container.command).any(|word| word.value.contains(driver))
            || container.env.iter().any(|env| env.value.as_deref() == Some(driver))
    });
    if told {
        return true;
    }
    let Some(name) = pod.name.as_ref().map(|name| name.value.as_str()) else { return false };
    let is_driver = ["csi", "provisioner", "plugin", "driver"].iter().any(|word| name.contains(word));
    let mut words = driver.split(['.', '/']).filter(|word| word.len() > 1 && !COMMON_WORDS.contains(word));
    is_driver && words.any(|word| name.contains(word))
}

/// The claims that a pod's volumes point at.
fn claims_of(pod: &Pod) -> impl Iterator<Item = &str> {
    pod.volumes.iter().filter_map(|volume| match &volume.source {
        VolumeSource::Claim(claim) => Some(claim.as_str()),
        _ => None,
    })
}

/// The sick node of the pod that still has the volume of the victim, else that pod where it is sick.
fn holder_root(index: &Index<'_, '_>, at: usize, mine: &Finding<'_>) -> Option<(usize, String)> {
    let subject = &mine.case.subject;
    let told: Vec<&str> = mine.named.get("other_pods").map_or_else(Vec::new, |names| names.split(", ").collect());
    let here = index.sick.iter().filter_map(|pod| {
        let namespace = pod.namespace.as_ref().map(|own| own.value.as_str());
        let name = pod.name.as_ref()?.value.as_str();
        (namespace == subject.namespace.as_deref()).then_some((name, *pod))
    });
    let (mine_here, others): (Vec<_>, Vec<_>) = here.partition(|(name, _)| subject.pods.iter().any(|own| own == name));
    let claims: BTreeSet<&str> = mine_here.iter().flat_map(|(_, pod)| claims_of(pod)).collect();
    let holds = |(name, pod): &&(&str, &Pod)| {
        if told.is_empty() { claims_of(pod).any(|claim| claims.contains(claim)) } else { told.contains(name) }
    };
    let sick = |root: &usize| *root != at && !index.groups[*root].findings[0].case.recovered;
    others.iter().filter(holds).find_map(|(name, pod)| {
        if let Some(node) = pod.node.as_ref().map(|node| node.value.as_str())
            && let Some(root) = index.nodes.get(node).and_then(|roots| roots.iter().copied().find(sick))
        {
            return Some((root, format!("the volume is still attached to node `{node}`, where `{name}` used it")));
        }
        let root = index.of_pod.get(name)?.iter().copied().find(sick)?;
        Some((root, format!("the volume is still used by `{name}`")))
    })
}

/// The API server, where none of its pods serves: what calls it by the address of its Service follows from that.
fn api_service_root(
    index: &Index<'_, '_>,
    at: usize,
    mine: &Finding<'_>,
    catalog: &Catalog,
) -> Option<(usize, String)> {
    let calls = catalog.page(&mine.cause)?.root.as_ref()?.only.as_deref() == Some("kubernetes");
    let (root, pod) = index.api_server.filter(|(root, _)| calls && *root != at)?;
    Some((root, format!("it calls the API server, and `{pod}` does not serve")))
}

/// The sick pod of the cloud provider's controller: `aws-cloud-controller-manager-x`, `openstack-cloud-provider-x`.
fn cloud_root(index: &Index<'_, '_>, at: usize) -> Option<(usize, String)> {
    index.sick.iter().find_map(|pod| {
        let name = pod.name.as_ref()?.value.as_str();
        let is_controller = ["cloud-controller", "cloud-provider", "-ccm-"].iter().any(|words| name.contains(words));
        let root = index.of_pod.get(name)?.iter().copied().find(|root| is_controller && *root != at)?;
        Some((root, format!("the cloud provider's controller `{name}` does not run")))
    })
}

/// Whether a pod is named as the agent of a network plugin is.
fn is_network_agent(pod: &str) -> bool {
    // Distributions put a word of their own in front: `kube-flannel-ds-x`, `rke2-canal-x`.
    let plain = ["kube-", "rke2-", "k3s-"].iter().find_map(|word| pod.strip_prefix(word)).unwrap_or(pod);
    NETWORK_AGENTS.iter().any(|word| pod.starts_with(word) || plain.starts_with(word))
}

/// The sick pod of the network plugin on the victim's node.
fn agent_root(index: &Index<'_, '_>, at: usize, mine: &Finding<'_>) -> Option<(usize, String)> {
    let subject = &mine.case.subject;
    let node = subject.node.as_deref().or(subject.name.as_deref().filter(|_| mine.case.kind == "node"))?;
    index.agents.get(node)?.iter().find_map(|name| {
        let root = index.of_pod.get(name)?.iter().copied().find(|root| *root != at)?;
        Some((root, format!("the network of node `{node}` is made by `{name}`, which does not run")))
    })
}
