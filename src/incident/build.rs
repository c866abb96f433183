//! Findings into incidents: one per cause and workload, roots tied to their consequences, in the contract's order.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;

use super::group::{self, Group};
use super::outside;
use super::roots::{self, CLOCKS, Link};
use super::timeline;
use crate::catalog::Catalog;
use crate::diagnose::{Finding, playbook, render};
use crate::model::time::human;
use crate::model::{Cluster, When};
use crate::postmortem::{Evidence, EvidenceRole, Incident, Missing, RuledOut, Severity, Subject};

/// So many incidents are built by one thread at a time.
const GROUPS: usize = 8;
/// Evidence kept per incident.
const MOST_EVIDENCE: usize = 10;

/// Builds the incidents of the clusters of a bundle, each from its own findings.
pub fn incidents(findings: Vec<(&Cluster, Vec<Finding<'_>>)>, catalog: &Catalog) -> Vec<Incident> {
    let mut incidents: Vec<Incident> = Vec::new();
    let mut links: Vec<Option<Link>> = Vec::new();
    let several = findings.len() > 1;
    // The same cluster at another time is no other one.
    let current = findings.iter().filter(|(cluster, _)| cluster.later.is_none()).count();
    for (cluster, findings) in findings {
        let (mut of_cluster, mut links_of_cluster) = of_cluster(findings, catalog, cluster);
        if let (Some(_), Some(at)) = (&cluster.later, &cluster.collected_at) {
            of_cluster.iter_mut().for_each(|incident| {
                let at = at.value.strftime("%Y-%m-%d %H:%M:%S");
                incident.severity = Severity::Info;
                incident.symptom = format!("{}, when the cluster was collected earlier ({at} UTC)", incident.symptom);
            });
        }
        if several {
            of_cluster.iter_mut().for_each(|incident| timeline::fix(incident, cluster));
        }
        links_of_cluster.iter_mut().flatten().for_each(|link| link.root += incidents.len());
        incidents.append(&mut of_cluster);
        links.append(&mut links_of_cluster);
    }
    if current > 1 {
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
    let mut groups = group::by_workload(findings, catalog);
    group::absorb(&mut groups);
    let links = roots::links(&groups, catalog, cluster);
    // What has a root in the bundle stands as its consequence; of what has none, several may wait for one thing.
    let free: Vec<bool> = links.iter().map(Option::is_none).collect();
    let (mut groups, now_at) = group::share(groups, &free, catalog);
    let mut of_group: Vec<Option<Link>> = vec![None; groups.len()];
    for (link, at) in links.into_iter().zip(&now_at) {
        if let Some(link) = link.map(|link| Link { root: now_at[link.root], ..link }).filter(|link| link.root != *at) {
            of_group[*at].get_or_insert(link);
        }
    }
    let mut links = of_group;
    outside::tie(&mut groups, &mut links, catalog);
    let built = |group| incident(group, catalog, cluster);
    let mut incidents: Vec<Incident> = match groups.len() {
        0..=GROUPS => groups.iter().map(built).collect(),
        _ => groups.par_iter().with_min_len(GROUPS).map(built).collect(),
    };
    date_roots(&mut incidents, &links, cluster);
    (incidents, links)
}

/// What follows from a root is a sign of it: the root is at least as old, also where its own signs are younger.
fn date_roots(incidents: &mut [Incident], links: &[Option<Link>], cluster: &Cluster) {
    let now = cluster.collected_at.as_ref().map(|at| at.value).or(cluster.newest);
    let ties: Vec<(usize, usize)> =
        links.iter().enumerate().filter_map(|(at, link)| Some((at, link.as_ref()?.root))).collect();
    // What follows from a consequence follows from its root as well.
    let mut dated = true;
    while dated {
        dated = false;
        for (at, root) in &ties {
            let (Some(sign), Some(own)) = (&incidents[*at].since, &incidents[*root].since) else { continue };
            let (sign_at, own_at) = (sign.value.order(now), own.value.order(now));
            // Nothing ties the clock of ages to the other one where the bundle does not say when it was collected.
            if sign_at.0 == own_at.0 && sign_at < own_at {
                incidents[*root].since = Some(sign.clone());
                dated = true;
            }
        }
    }
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

/// Kind and name of a workload, and its namespace, as far as they are known.
type Whose<'c> = (&'c Option<(String, String)>, &'c Option<String>);

/// So many of several workloads are named.
const MOST_NAMED: usize = 6;

/// The workloads as `crm/contacts`, as far as their names are known.
fn named(workloads: &BTreeSet<Whose<'_>>) -> Vec<String> {
    let name = |(workload, namespace): &Whose<'_>| {
        let (_, name) = workload.as_ref()?;
        Some(namespace.as_ref().map_or_else(|| name.clone(), |namespace| format!("{namespace}/{name}")))
    };
    workloads.iter().filter_map(name).collect()
}

/// Who waits for a shared thing: the names that are known, how many there are, and what they are.
fn who_waits(group: &[Finding<'_>]) -> (Vec<String>, usize, &'static str) {
    let (operators, others): (Vec<_>, Vec<_>) = group.iter().partition(|finding| finding.case.kind == "operator");
    let operators: BTreeSet<&Option<String>> = operators.iter().map(|finding| &finding.case.subject.name).collect();
    let workloads: BTreeSet<Whose<'_>> =
        others.into_iter().map(|finding| (&finding.case.workload, &finding.case.subject.namespace)).collect();
    let what = match () {
        () if operators.is_empty() => "workloads",
        () if workloads.is_empty() => "operators",
        () => "workloads and operators",
    };
    let names = named(&workloads).into_iter().chain(operators.iter().copied().flatten().cloned());
    (names.collect(), workloads.len() + operators.len(), what)
}

/// `: crm/contacts, erp/booking and 3 more`; nothing where no name is known.
fn names_of(names: &[String], count: usize) -> String {
    let more = count.saturating_sub(names.len().min(MOST_NAMED));
    let named = names.iter().take(MOST_NAMED).map(String::as_str).collect::<Vec<_>>().join(", ");
    match (named.is_empty(), more) {
        (true, _) => String::new(),
        (false, 0) => format!(": {named}"),
        (false, more) => format!(": {named} and {more} more"),
    }
}

/// The kinds of object that make others: their incident is told of the maker.
fn is_made(kind: &str) -> bool {
    matches!(kind, "Pod" | "ReplicaSet")
}

/// Adds what changed before it broke; a line that is evidence already says it as well.
fn tell_changes(of: &Finding<'_>, evidence: &mut Vec<Evidence>) {
    for change in &of.case.changes {
        match evidence.iter_mut().find(|line| line.place == change.place) {
            Some(line) if line.shows.contains(&change.value) => {}
            Some(line) if !line.shows.contains("came with the rollout") => {
                line.shows = format!("{}; {}", line.shows, change.value);
            }
            Some(_) => {}
            None => evidence.push(Evidence {
                place: change.place.clone(),
                shows: change.value.clone(),
                role: EvidenceRole::Supporting,
            }),
        }
    }
}

/// So many operators are told with an incident.
const MOST_OPERATORS: usize = 3;

/// Adds what the platform's operators say of it.
fn tell_operators(group: &[Finding<'_>], evidence: &mut Vec<Evidence>) {
    let mut said: BTreeSet<&str> = BTreeSet::new();
    for told in group.iter().flat_map(|finding| &finding.case.told_by) {
        if said.len() < MOST_OPERATORS && said.insert(&told.value) {
            let (place, shows) = (told.place.clone(), told.value.clone());
            evidence.push(Evidence { place, shows, role: EvidenceRole::Supporting });
        }
    }
}

/// The steps of a page that the case has, in the page's order, with their times; those that no time contradicts only.
fn chain(of: &Finding<'_>, ids: &[String], now: Option<jiff::Timestamp>) -> Vec<Evidence> {
    let steps = &of.case.steps;
    let told = |at: usize| {
        let step = &steps[at];
        let when = match step.when {
            Some(When::At(at)) => format!(" ({} UTC)", at.strftime("%Y-%m-%d %H:%M:%S")),
            Some(When::Ago(seconds)) => format!(" (about {} before the output was printed)", human(seconds)),
            None => String::new(),
        };
        Evidence { place: step.place.clone(), shows: format!("{}{when}", step.says), role: EvidenceRole::Supporting }
    };
    let of_id = |id: &str| (0..steps.len()).filter(|at| steps[*at].id == id).collect::<Vec<usize>>();
    let drawn: Vec<usize> = ids.iter().flat_map(|id| of_id(id)).collect();
    let times: Vec<i64> = drawn.iter().filter_map(|at| Some(steps[*at].when?.at(now)?.as_second())).collect();
    let in_order = times.windows(2).all(|pair| pair[1] >= pair[0] - CLOCKS);
    // What the chain begins with is there, or nothing is drawn.
    let begins = ids.first().is_some_and(|id| !of_id(id).is_empty());
    let behind: Vec<usize> = ["init", "ordered"].iter().flat_map(|id| of_id(id)).collect();
    if drawn.len() > 1 && begins && in_order {
        return drawn.into_iter().chain(behind).map(told).collect();
    }
    let cause = of.evidence.iter().find(|line| line.role == EvidenceRole::Decisive);
    let cause = cause.filter(|line| behind.first().is_some_and(|at| steps[*at].place != line.place)).cloned();
    cause.into_iter().chain(behind.into_iter().map(told)).collect()
}

/// Pods of two revisions of a workload that break alike: what changed between the two is not why. Several workloads that
/// wait for one thing have revisions of their own, which say nothing of each other.
fn rollout_ruled_out(group: &[Finding<'_>]) -> Option<RuledOut> {
    let mut workloads: BTreeMap<Whose<'_>, BTreeMap<&str, Evidence>> = BTreeMap::new();
    let alike = group.iter().filter(|finding| finding.cause == group[0].cause && !finding.case.recovered);
    for finding in alike {
        let (Some(revision), Some(pod)) = (&finding.case.revision, finding.case.subject.pods.first()) else { continue };
        let shows = format!("`{pod}` is of {} and fails alike", revision.name);
        let line = Evidence { place: revision.place.clone(), shows, role: EvidenceRole::Decisive };
        let whose = (&finding.case.workload, &finding.case.subject.namespace);
        workloads.entry(whose).or_default().entry(&revision.name).or_insert(line);
    }
    let revisions = workloads.into_values().find(|revisions| revisions.len() > 1)?;
    let names: Vec<&str> = revisions.keys().copied().collect();
    let (last, others) = names.split_last()?;
    Some(RuledOut {
        cause: "rollout-changed".to_string(),
        title: "What changed with the last rollout".to_string(),
        because: format!("pods of {} and {last} fail alike", others.join(", ")),
        evidence: revisions.into_values().take(2).collect(),
    })
}

/// The symptom of the pod that suffers most; where it is one of several, its restarts are told as the most of any.
fn symptom_of(of: &Finding<'_>, group: &[Finding<'_>]) -> String {
    let symptom = &of.case.symptom;
    let pods: BTreeSet<_> = group
        .iter()
        .filter(|f| f.cause == of.cause)
        .map(|f| &f.case.subject.pods)
        .filter(|pods| !pods.is_empty())
        .collect();
    let restarts = of.case.times.map(|times| format!(", {times} restart{}", if times == 1 { "" } else { "s" }));
    match restarts.filter(|restarts| pods.len() > 1 && symptom.contains(restarts.as_str())) {
        Some(restarts) => symptom.replacen(&restarts, &format!(", up to{} per pod", &restarts[1..]), 1),
        None => symptom.clone(),
    }
}

fn incident(whole: &Group<'_>, catalog: &Catalog, cluster: &Cluster) -> Incident {
    let group = whole.findings.as_slice();
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
    let mut symptom_of_all = None;
    if let Some(shared) = &whole.shared {
        let container = group.iter().all(|finding| finding.case.subject.container == subject.container);
        let (names, count, what) = who_waits(group);
        let wait = if first.case.recovered { "waited" } else { "wait" };
        symptom_of_all = Some(format!("{count} {what} {wait} for it{}", names_of(&names, count)));
        subject = Subject {
            kind: shared.kind.clone(),
            namespace: shared.namespace.clone(),
            name: Some(shared.told()),
            container: subject.container.filter(|_| container),
            node: Some(shared.name.clone()).filter(|_| shared.kind == "Node"),
            pods: Vec::new(),
            workloads: names,
        };
    }
    subject.pods = pods;
    let mut evidence = first.evidence.clone();
    // Of several workloads each has its line.
    evidence.truncate(if whole.shared.is_some() { MOST_EVIDENCE / 3 } else { MOST_EVIDENCE });
    for other in group.iter().enumerate().filter(|(index, _)| *index != best).map(|(_, finding)| finding) {
        for line in other.evidence.iter().take(if whole.shared.is_some() { 1 } else { 2 }) {
            if evidence.len() < MOST_EVIDENCE && !evidence.iter().any(|known| known.place == line.place) {
                evidence.push(line.clone());
            }
        }
    }
    tell_operators(group, &mut evidence);
    evidence.sort_by_key(|line| line.role);
    if whole.shared.is_none() {
        tell_changes(first, &mut evidence);
    }
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
    if let Some(shared) = &whole.shared {
        values.text("shared", shared.told());
        for template in page.map(|page| page.missing.as_slice()).unwrap_or_default() {
            if let (Some(what), Some(command)) = (render(&template.what, &values), render(&template.command, &values)) {
                missing.push(Missing { what, command });
            }
        }
    }
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
        symptom: match symptom_of_all {
            Some(all) => format!("{}; {all}", symptom_of(spokesman, group)),
            None => symptom_of(spokesman, group),
        },
        since: signs.min_by_key(|since| since.value.order(now)),
        times: group.iter().filter_map(|finding| finding.case.times).max(),
        evidence,
        chain: chain(first, page.map(|page| page.chain.as_slice()).unwrap_or_default(), now),
        did_you_mean: first.did_you_mean.clone(),
        ruled_out: rollout_ruled_out(group).into_iter().chain(first.ruled_out.iter().cloned()).collect(),
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
