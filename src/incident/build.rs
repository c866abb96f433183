//! Findings into incidents: one per cause and workload, roots tied to their consequences, in the contract's order.

use std::collections::BTreeMap;

use super::timeline;
use crate::catalog::Catalog;
use crate::diagnose::{Finding, playbook};
use crate::model::Cluster;
use crate::postmortem::{Evidence, EvidenceRole, Incident, Severity, Subject};

/// Evidence kept per incident.
const MOST_EVIDENCE: usize = 10;

/// What ties an incident to the root it follows from.
struct Link {
    root: usize,
    evidence: Option<Evidence>,
}

/// Builds the incidents of the clusters of a bundle, each from its own findings.
pub fn incidents(findings: Vec<(&Cluster, Vec<Finding<'_>>)>, catalog: &Catalog) -> Vec<Incident> {
    let mut incidents: Vec<Incident> = Vec::new();
    let mut links: Vec<Option<Link>> = Vec::new();
    let several = findings.len() > 1;
    for (cluster, findings) in findings {
        let (mut of_cluster, mut links_of_cluster) = of_cluster(findings, catalog, cluster);
        if several {
            of_cluster.iter_mut().for_each(|incident| timeline::fix(incident, cluster));
        }
        links_of_cluster.iter_mut().flatten().for_each(|link| link.root += incidents.len());
        incidents.append(&mut of_cluster);
        links.append(&mut links_of_cluster);
    }
    if several {
        tell_pods_of_ambiguous_names(&mut incidents);
    }
    in_order(incidents, links)
}

/// A workload's name that fits pods of another cluster of the bundle as well names neither: where the workload has one
/// pod, that pod is told.
fn tell_pods_of_ambiguous_names(incidents: &mut [Incident]) {
    let mut pods: Vec<(String, Option<String>, String)> = incidents
        .iter()
        .flat_map(|incident| {
            let namespace = &incident.subject.namespace;
            incident.subject.pods.iter().map(|pod| (pod.clone(), namespace.clone(), incident.site.clone()))
        })
        .collect();
    pods.sort();
    for incident in incidents {
        let (Some(name), [pod]) = (&incident.subject.name, incident.subject.pods.as_slice()) else { continue };
        let prefix = format!("{name}-");
        let from = pods.partition_point(|(pod, ..)| *pod < prefix);
        let namespace = &incident.subject.namespace;
        let mut alike = pods[from..]
            .iter()
            .take_while(|(pod, ..)| pod.starts_with(&prefix))
            .filter(|(_, other, _)| namespace.is_none() || other.is_none() || other == namespace);
        let made = !matches!(incident.subject.kind.as_str(), "Pod" | "Node");
        if made && alike.any(|(.., site)| *site != incident.site) {
            incident.subject.name = Some(pod.clone());
            incident.subject.kind = "Pod".to_string();
        }
    }
}

fn of_cluster(findings: Vec<Finding<'_>>, catalog: &Catalog, cluster: &Cluster) -> (Vec<Incident>, Vec<Option<Link>>) {
    let mut groups = group(findings, catalog);
    absorb(&mut groups);
    let links: Vec<Option<Link>> = (0..groups.len()).map(|index| root_of(index, &groups, cluster)).collect();
    let incidents: Vec<Incident> = groups.iter().map(|group| incident(group, catalog, cluster)).collect();
    (incidents, links)
}

/// Severity flows from the consequences to their root; then the contract's order and the ids.
fn in_order(mut incidents: Vec<Incident>, links: Vec<Option<Link>>) -> Vec<Incident> {
    for (index, link) in links.iter().enumerate() {
        if let Some(link) = link {
            let severity = incidents[index].severity.max(incidents[link.root].severity);
            incidents[link.root].severity = severity;
        }
    }
    let mut order: Vec<usize> = (0..incidents.len()).collect();
    order.sort_by(|a, b| {
        let (x, y) = (&incidents[*a], &incidents[*b]);
        y.severity
            .cmp(&x.severity)
            .then(links[*a].is_some().cmp(&links[*b].is_some()))
            .then(y.confidence.total_cmp(&x.confidence))
            .then_with(|| x.subject.cmp(&y.subject))
            .then_with(|| x.cause.cmp(&y.cause))
            .then_with(|| x.site.cmp(&y.site))
    });
    let ids: BTreeMap<usize, String> =
        order.iter().enumerate().map(|(position, index)| (*index, format!("I{}", position + 1))).collect();
    for (index, link) in links.into_iter().enumerate() {
        if let Some(link) = link {
            incidents[index].caused_by = ids.get(&link.root).cloned();
            incidents[index].link = link.evidence;
            if let Some(id) = ids.get(&index) {
                incidents[link.root].consequences.push(id.clone());
            }
        }
    }
    for (index, incident) in incidents.iter_mut().enumerate() {
        incident.id = ids.get(&index).cloned().unwrap_or_default();
        incident.consequences.sort_by_key(|id| id[1..].parse::<usize>().unwrap_or(usize::MAX));
    }
    let mut by_position: Vec<Option<Incident>> = incidents.into_iter().map(Some).collect();
    order.into_iter().filter_map(|index| by_position[index].take()).collect()
}

/// Findings of one workload's pods with the same cause in the same container are one.
///
/// So are a cause and what it explains away: of two replicas one may show the root, the other only what follows from it.
fn group<'c>(mut findings: Vec<Finding<'c>>, catalog: &Catalog) -> Vec<Vec<Finding<'c>>> {
    let explains = |cause: &str, other: &str| {
        catalog.page(cause).is_some_and(|page| !page.fallback && page.explains.iter().any(|id| id == other))
    };
    let mut all: Vec<String> = findings.iter().map(|finding| finding.cause.clone()).collect();
    all.sort();
    all.dedup();
    findings.sort_by_key(|finding| findings_rank(finding, &all, catalog));
    let mut groups: Vec<Vec<Finding<'_>>> = Vec::new();
    for finding in findings {
        let same = groups.iter_mut().find(|group| {
            group.first().is_some_and(|first| {
                (first.cause == finding.cause || explains(&first.cause, &finding.cause))
                    && first.case.workload.is_some()
                    && first.case.workload == finding.case.workload
                    && first.case.subject.namespace == finding.case.subject.namespace
                    && first.case.subject.container == finding.case.subject.container
            })
        });
        match same {
            Some(group) => group.push(finding),
            None => groups.push(vec![finding]),
        }
    }
    groups
}

/// The kinds of object that make others: their incident is told of the maker.
fn is_made(kind: &str) -> bool {
    matches!(kind, "Pod" | "ReplicaSet")
}

/// What befell the pods of a node as it befell the node, and is over, is told with the node.
fn absorb(groups: &mut Vec<Vec<Finding<'_>>>) {
    let nodes: Vec<(usize, String, String)> = groups
        .iter()
        .enumerate()
        .filter_map(|(index, group)| {
            let first = group.first().filter(|first| first.case.kind == "node")?;
            Some((index, first.case.subject.name.clone()?, first.cause.clone()))
        })
        .collect();
    for (node_index, node, cause) in &nodes {
        let (node_index, only) = (*node_index, nodes.iter().filter(|(_, _, other)| other == cause).count() == 1);
        let mut pods = Vec::new();
        for (index, group) in groups.iter_mut().enumerate() {
            if index == node_index {
                continue;
            }
            group.retain(|finding| {
                let on_node = finding.case.kind != "node"
                    && match &finding.case.subject.node {
                        Some(name) => name == node,
                        // A pod that finds no node for the same reason waits for the only node that has it.
                        None => only,
                    };
                let told = on_node && finding.cause == *cause && finding.case.recovered;
                if on_node && finding.cause == *cause {
                    pods.extend(finding.case.subject.pods.clone());
                }
                !told
            });
        }
        if let Some(root) = groups[node_index].first_mut() {
            root.case.subject.pods.extend(pods);
            root.case.subject.pods.sort();
            root.case.subject.pods.dedup();
        }
    }
    groups.retain(|group| !group.is_empty());
}

/// Causes that explain others come first, so that the others find them.
fn findings_rank(finding: &Finding<'_>, all: &[String], catalog: &Catalog) -> (bool, usize, bool) {
    let explained_by = all.iter().filter(|cause| {
        **cause != finding.cause && catalog.page(cause).is_some_and(|page| page.explains.contains(&finding.cause))
    });
    (finding.fallback, explained_by.count(), finding.case.recovered)
}

fn incident(group: &[Finding<'_>], catalog: &Catalog, cluster: &Cluster) -> Incident {
    // The finding with the most to say speaks for the group.
    let mut best = 0;
    for (index, finding) in group.iter().enumerate() {
        let better = |f: &Finding<'_>| (f.cause == group[0].cause, !f.case.recovered, f.confidence);
        if better(finding) > better(&group[best]) {
            best = index;
        }
    }
    let first = &group[best];
    let page = catalog.page(&first.cause);
    let mut pods: Vec<String> = group.iter().flat_map(|finding| finding.case.subject.pods.clone()).collect();
    pods.sort();
    pods.dedup();
    let mut subject = first.case.subject.clone();
    if let Some((kind, name)) = &first.case.workload
        && kind != "Node"
        && is_made(&subject.kind)
    {
        let nodes: Vec<_> = group.iter().map(|finding| &finding.case.subject.node).collect();
        let one_node = nodes.windows(2).all(|pair| pair[0] == pair[1]);
        subject = Subject {
            kind: kind.clone(),
            name: Some(name.clone()),
            node: subject.node.filter(|_| one_node),
            ..subject
        };
    }
    subject.pods = pods;
    let mut evidence = first.evidence.clone();
    for other in group.iter().enumerate().filter(|(index, _)| *index != best).map(|(_, finding)| finding) {
        for line in other.evidence.iter().take(2) {
            if evidence.len() < MOST_EVIDENCE && !evidence.iter().any(|known| known.place == line.place) {
                evidence.push(line.clone());
            }
        }
    }
    evidence.sort_by_key(|line| line.role);
    let mut timeline: Vec<_> = group.iter().flat_map(|finding| finding.case.timeline.clone()).collect();
    timeline.extend(timeline::of_logs(&evidence, group));
    timeline::sort(&mut timeline, cluster);
    // The pod that suffers most stands for the symptom.
    let mut spokesman = first;
    for finding in group.iter().filter(|finding| finding.cause == first.cause) {
        if finding.case.times > spokesman.case.times && finding.case.recovered == first.case.recovered {
            spokesman = finding;
        }
    }
    let now = cluster.collected_at.as_ref().map(|at| at.value);
    let signs = group.iter().filter_map(|finding| finding.case.since.clone());
    let mut values = first.values.clone();
    for other in group {
        values.fill(&other.values);
    }
    values.names("pods", &subject.pods);
    let mut missing = first.missing.clone();
    missing.dedup();
    Incident {
        id: String::new(),
        cause: first.cause.clone(),
        cause_parents: catalog.parents(&first.cause),
        title: page.map_or_else(|| "The cause cannot be told".to_string(), |page| page.title.clone()),
        category: page.map_or_else(|| "unknown".to_string(), |page| page.category.clone()),
        severity: group.iter().map(|finding| finding.case.severity).max().unwrap_or(Severity::Critical),
        confidence: first.confidence,
        site: cluster.site.clone(),
        subject,
        symptom: spokesman.case.symptom.clone(),
        since: signs.min_by_key(|since| since.value.order(now)),
        times: group.iter().filter_map(|finding| finding.case.times).max(),
        evidence,
        ruled_out: first.ruled_out.clone(),
        alternatives: first.alternatives.clone(),
        missing,
        caused_by: None,
        link: None,
        consequences: Vec::new(),
        playbook: page.map(|page| playbook(page, &values)).unwrap_or_default(),
        commands: first.case.commands.clone(),
        timeline,
    }
}

/// The incident that this one follows from, where the bundle ties the two.
fn root_of(index: usize, groups: &[Vec<Finding<'_>>], cluster: &Cluster) -> Option<Link> {
    let mine = groups[index].first()?;
    node_root(index, mine, groups).or_else(|| dependency_root(index, mine, groups, cluster))
}

/// A node's incident is the root of what befell the pods on it: of the same cause, or of what no page explains.
fn node_root(index: usize, mine: &Finding<'_>, groups: &[Vec<Finding<'_>>]) -> Option<Link> {
    if mine.case.kind == "node" {
        return None;
    }
    let of_cause = |group: &&Vec<Finding<'_>>| {
        group.first().is_some_and(|root| root.case.kind == "node" && root.cause == mine.cause)
    };
    let only = groups.iter().filter(of_cause).count() == 1;
    let node = mine.case.subject.node.as_ref();
    let found = groups.iter().enumerate().find(|(other, group)| {
        *other != index
            && group.first().is_some_and(|root| {
                root.case.kind == "node"
                    && match node {
                        Some(node) => root.case.subject.name.as_ref() == Some(node),
                        None => only && root.cause == mine.cause,
                    }
                    && (root.cause == mine.cause
                        || (!root.case.recovered && !root.fallback && (mine.fallback || refines(mine, root))))
            })
    });
    let (root, group) = found?;
    let evidence = group.first().and_then(|finding| finding.evidence.first()).cloned();
    let shows =
        node.map_or_else(|| "the pod waits for a node".to_string(), |node| format!("the pod ran on node `{node}`"));
    let evidence = evidence.map(|line| Evidence { shows, ..line });
    Some(Link { root, evidence })
}

/// Whether a pod's own finding is of the same matter as its node's: one supports itself on what decides the other.
fn refines(mine: &Finding<'_>, root: &Finding<'_>) -> bool {
    let decisive = |line: &&Evidence| line.role == EvidenceRole::Decisive;
    root.evidence.iter().filter(decisive).any(|line| mine.evidence.iter().any(|own| own.place == line.place))
}

/// The named host of a failed call leads to the incident of what serves that name: a pod behind the Service of that
/// name, or a workload or pod of that name.
fn dependency_root(index: usize, mine: &Finding<'_>, groups: &[Vec<Finding<'_>>], cluster: &Cluster) -> Option<Link> {
    let target = ["host", "target", "service"].iter().find_map(|name| mine.named.get(*name))?;
    let host = host_of(target);
    // An address is no name: only the Service that has it leads anywhere.
    let is_address = is_address(host);
    let mut labels = host.split('.').filter(|_| !is_address);
    let named = labels.next().filter(|label| !label.is_empty());
    let namespace = match labels.next() {
        Some(namespace) => Some(namespace.to_string()),
        None => mine.case.subject.namespace.clone(),
    };
    let service = cluster.facts.services.iter().find(|service| {
        if is_address {
            return service.cluster_ip.as_deref() == Some(host.trim_start_matches('[').trim_end_matches(']'));
        }
        named == Some(service.name.value.as_str())
            && (service.namespace.is_none() || namespace.is_none() || service.namespace == namespace)
    });
    let namespace = if is_address { service.and_then(|service| service.namespace.clone()) } else { namespace };
    let service_name = match service {
        Some(service) => service.name.value.as_str(),
        None => named?,
    };
    let served_by = |finding: &Finding<'_>| {
        let subject = &finding.case.subject;
        let same_namespace = subject.namespace.is_none() || namespace.is_none() || subject.namespace == namespace;
        let by_selector = service.is_some_and(|service| {
            !service.selector.is_empty()
                && cluster.facts.pods.iter().any(|pod| {
                    pod.name.as_ref().is_some_and(|name| subject.pods.contains(&name.value))
                        && service.selector.iter().all(|(key, value)| pod.labels.get(key) == Some(value))
                })
        });
        let by_name = [finding.case.workload.as_ref().map(|(_, name)| name), subject.name.as_ref()]
            .into_iter()
            .flatten()
            .any(|name| name == service_name)
            || subject
                .pods
                .iter()
                .any(|pod| pod == service_name || pod.strip_prefix(service_name).is_some_and(|rest| rest == "-0"));
        same_namespace && (by_selector || by_name)
    };
    let (root, _) = groups.iter().enumerate().find(|(other, group)| {
        *other != index
            && group.iter().any(|finding| {
                !finding.case.recovered
                    && finding.case.kind != "node"
                    && served_by(finding)
                    && finding.cause != mine.cause
            })
    })?;
    let evidence = mine.evidence.iter().find(|line| line.role == EvidenceRole::Decisive).cloned();
    let at = if is_address { format!(" (`{host}`)") } else { String::new() };
    let shows = format!("it calls `{service_name}`{at}, which does not serve");
    let evidence = evidence.map(|line| Evidence { shows, ..line });
    Some(Link { root, evidence })
}

/// The host of `scheme://user@host:port/path`, `host:port`, `host`, `dial tcp 10.0.0.1:5432`.
fn host_of(target: &str) -> &str {
    let target = target.rsplit("://").next().unwrap_or(target);
    let target = target.rsplit('@').next().unwrap_or(target);
    let target = target.split(['/', ' ', ',', '?']).find(|part| !part.is_empty()).unwrap_or(target);
    match target.rsplit_once(':') {
        Some((host, port)) if port.chars().all(|c| c.is_ascii_digit()) && !host.contains(':') => host,
        _ => target,
    }
}

/// Whether a host is an IP address and no name.
fn is_address(host: &str) -> bool {
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let four = host.split('.').count() == 4 && host.split('.').all(|part| part.parse::<u8>().is_ok());
    four || (host.contains(':') && host.bytes().all(|b| b.is_ascii_hexdigit() || b == b':' || b == b'.'))
}

#[cfg(test)]
mod tests {
    use super::{host_of, is_address};

    #[test]
    fn addresses_are_no_names() {
        assert!(is_address("10.96.0.1") && is_address("fd00::1") && is_address("[fd00::1]"));
        assert!(!is_address("db") && !is_address("10.db.svc.local") && !is_address("10.1.2.300"));
    }

    #[test]
    fn hosts() {
        assert_eq!(host_of("postgres://app@db.shop.svc:5432/x"), "db.shop.svc");
        assert_eq!(host_of("db:5432"), "db");
        assert_eq!(host_of("db.shop.svc.cluster.local"), "db.shop.svc.cluster.local");
        assert_eq!(host_of("redis/10.0.0.1:6379"), "redis");
    }
}
