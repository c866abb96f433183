//! Nodes: their conditions as cases of their own, and what they mean for the pods on them.

use std::collections::{BTreeMap, BTreeSet};

use super::certificate::{self, Waiting};
use super::{CLOCKS, Case, Context, Observed, container, onset, timeline};
use crate::load::health::{self, Health};
use crate::model::{
    Cluster, ConditionStatus, Container, Event, Node, NodeCondition, NodeDisk, Pod, SigningRequest, StateKind, When,
};
use crate::postmortem::{Moment, Severity, Subject};
use crate::text::{Located, Place};

/// Containers of several pods of a node that ended in one second.
#[derive(Debug, Clone)]
pub struct EndedTogether {
    /// The second.
    pub second: i64,
    /// Names of the pods.
    pub pods: Vec<String>,
    /// A `finishedAt` of each.
    pub places: Vec<Place>,
}

/// The nodes on which the runtime lost its containers all at once: ends of at least two pods within the same second,
/// at least one of them with exit code 255 or reason `Unknown`, or of at least three pods of different owners with any
/// code. A container that runs since before that second outlived it: the others ended of something else.
pub fn ended_together(cluster: &Cluster) -> BTreeMap<String, EndedTogether> {
    type End = (String, String, bool, Place, Option<Place>);
    let mut by_second: BTreeMap<(String, i64), Vec<End>> = BTreeMap::new();
    // Of each node since when the container runs that has run there longest.
    let mut runs_since: BTreeMap<&str, i64> = BTreeMap::new();
    for pod in &cluster.facts.pods {
        let (Some(node), Some(name)) = (&pod.node, &pod.name) else { continue };
        for c in &pod.containers {
            let running = c.state.as_ref().filter(|state| state.kind == StateKind::Running);
            if let Some(started) = running.and_then(|state| state.started_at.as_ref()) {
                let since = runs_since.entry(node.value.as_str()).or_insert(i64::MAX);
                *since = (*since).min(started.value.as_second());
            }
            for state in c.last_state.iter().chain(c.state.iter()).filter(|s| s.kind == StateKind::Terminated) {
                let Some(finished) = &state.finished_at else { continue };
                let code_place = state.exit_code.as_ref().map(|code| code.place.clone());
                let code = state.exit_code.as_ref().map_or(0, |code| code.value);
                if code == 0 {
                    continue;
                }
                let lost = code == 255
                    || state
                        .reason
                        .as_ref()
                        .is_some_and(|r| matches!(r.value.as_str(), "Unknown" | "ContainerStatusUnknown"));
                let owner = pod.owner.as_ref().map_or(name.value.clone(), |owner| owner.value.name.clone());
                by_second.entry((node.value.clone(), finished.value.as_second())).or_default().push((
                    name.value.clone(),
                    owner,
                    lost,
                    finished.place.clone(),
                    code_place,
                ));
            }
        }
    }
    let mut nodes = BTreeMap::new();
    for ((node, second), ends) in by_second {
        let distinct = |pick: &dyn Fn(&End) -> String| {
            let mut all: Vec<String> = ends.iter().map(pick).collect();
            all.sort();
            all.dedup();
            all
        };
        let (pods, owners) = (distinct(&|end| end.0.clone()), distinct(&|end| end.1.clone()));
        let lost = ends.iter().any(|end| end.2);
        let outlived = runs_since.get(node.as_str()).is_some_and(|since| *since < second);
        if !node.is_empty() && !outlived && ((pods.len() >= 2 && lost) || owners.len() >= 3) {
            // The codes first: they say that the ends were lost, the times that they were one.
            let mut places: Vec<Place> =
                ends.iter().filter(|end| end.2).filter_map(|end| end.4.clone()).take(1).collect();
            places.extend(ends.into_iter().map(|end| end.3));
            nodes.insert(node, EndedTogether { second, pods, places });
        }
    }
    nodes
}

/// Type, the observation where it is True, the one where it is False, and what True says.
const CONDITIONS: [(&str, &str, &str, &str); 4] = [
    ("MemoryPressure", "node-memory-pressure", "no-memory-pressure", "is under memory pressure"),
    ("DiskPressure", "node-disk-pressure", "no-disk-pressure", "is under disk pressure"),
    ("PIDPressure", "node-pid-pressure", "no-pid-pressure", "runs out of process ids"),
    ("NetworkUnavailable", "node-network-unavailable", "node-network-set-up", "has no network"),
];

/// What the node's conditions say; for a pod that was `down` before one of them changed, that one says nothing. A container
/// that `loops` is started again and again by the kubelet of a node that is not ready: its ends are its own.
fn condition_observations(node: &Node, down: Option<jiff::Timestamp>, loops: bool, case: &mut Case<'_>) {
    let name = node.name.as_ref().map_or("(unnamed)", |name| name.value.as_str()).to_string();
    let later = |condition: &&NodeCondition| match (&condition.last_transition, down) {
        (Some(changed), Some(down)) => changed.value.as_second() > down.as_second() + CLOCKS,
        _ => false,
    };
    let dated = node.conditions.iter().any(|condition| condition.kind == "Ready" && later(&condition));
    for condition in node.conditions.iter().filter(|condition| !later(condition)) {
        let own_end = loops && condition.status == ConditionStatus::False;
        if condition.kind == "Ready" && condition.status != ConditionStatus::True && !own_end {
            case.observe("node-not-ready", format!("node `{name}` is not ready"), vec![condition.place.clone()]);
        }
        if condition.kind == "Ready" && condition.status == ConditionStatus::True {
            case.observe("node-ready", format!("node `{name}` is ready"), vec![condition.place.clone()]);
        }
        for (kind, id, fine, says) in CONDITIONS {
            if condition.kind == kind && condition.status == ConditionStatus::True {
                case.observe(id, format!("node `{name}` {says}"), vec![condition.place.clone()]);
            }
            let before = down.is_none_or(|end| condition.last_transition.as_ref().is_some_and(|at| at.value < end));
            if condition.kind == kind && condition.status == ConditionStatus::False && before {
                let says = format!("the condition {kind} of node `{name}` is False");
                case.observe(fine, says, vec![condition.place.clone()]);
            }
        }
    }
    if let Some(row) = &node.row_status
        && !dated
        && row.value.split(',').any(|word| word == "NotReady" || word == "Unknown")
    {
        case.observe("node-not-ready", format!("node `{name}` is not ready"), vec![row.place.clone()]);
    }
}

/// Disks of a node of which kubelet, as it comes, evicts pods: less than 10 % of nodefs is left, or 15 % of imagefs, or 5 %
/// of the files of either. Where both are one file system it is told once.
fn disk_observations(context: &Context<'_>, node: &str, case: &mut Case<'_>) {
    let disks = context.cluster.facts.node_disks.iter().filter(|disk| {
        let percent = match (disk.inodes, disk.disk) {
            (true, _) => 5,
            (false, "imagefs") => 15,
            (false, _) => 10,
        };
        disk.node == node && disk.capacity > 0 && u128::from(disk.available) * 100 < u128::from(disk.capacity) * percent
    });
    let disks: Vec<&NodeDisk> = disks.collect();
    let Some(first) = disks.first() else { return };
    let (left, all) = match first.inodes {
        true => (format!("{} inodes", first.available), first.capacity.to_string()),
        false => (format!("{}Mi", first.available >> 20), format!("{}Mi", first.capacity >> 20)),
    };
    let says = format!("of the disk of node `{node}` ({}) {left} of {all} are left", first.disk);
    let others =
        disks.iter().skip(1).filter(|disk| (disk.capacity, disk.available) != (first.capacity, first.available));
    let places = std::iter::once(first).chain(others).map(|disk| disk.place.clone());
    case.observe("node-disk-low", says, places.collect());
}

/// Whether a container waits to be started again after an end of its own, by no signal.
fn loops(c: &Container) -> bool {
    let waits = c.state.as_ref().and_then(|state| state.reason.as_ref());
    let own = container::ended_run(c).and_then(|run| run.exit_code.as_ref());
    waits.is_some_and(|reason| reason.value == "CrashLoopBackOff")
        && own.is_some_and(|code| (1..128).contains(&code.value))
}

/// Since when a container does not run, or a running one is not ready.
fn down_since(pod: &Pod, c: Option<&Container>) -> Option<jiff::Timestamp> {
    let c = c?;
    if c.state.as_ref().is_some_and(|state| state.kind != StateKind::Running) {
        return container::ended_run(c)?.finished_at.as_ref().map(|at| at.value);
    }
    let unready = pod.conditions.iter().find(|condition| condition.kind == "Ready");
    let unready = unready.filter(|condition| condition.status == ConditionStatus::False)?;
    unready.last_transition.as_ref().map(|at| at.value)
}

/// What the node of a pod means for the pod.
pub fn observations_of_pod(context: &Context<'_>, pod: &Pod, c: Option<&Container>, case: &mut Case<'_>) {
    let Some(node_name) = pod.node.as_ref().map(|node| node.value.as_str()).filter(|name| !name.is_empty()) else {
        return;
    };
    let node = context.index.node(node_name);
    if let Some(node) = node {
        condition_observations(node, down_since(pod, c), c.is_some_and(loops), case);
        if let Some(architecture) = &node.architecture {
            case.values.text("node_architecture", &architecture.value);
        }
    }
    disk_observations(context, node_name, case);
    let events = context.index.events_naming([node_name].into_iter());
    let of_node = |event: &&Event| event.object.kind.as_deref() == Some("Node");
    let events: Vec<&Event> = events.filter(of_node).collect();
    let rebooted = events.iter().filter(|event| event.reason == "Rebooted").map(|event| event.place.clone()).collect();
    case.observe("node-rebooted", format!("node `{node_name}` rebooted"), rebooted);
    out_of_memory_then(context, node_name, &events, c, case);
    let Some(together) = context.ended_together.get(node_name) else { return };
    let at = c.and_then(container::ended_run).and_then(|state| state.finished_at.as_ref());
    if let Some(at) = at.filter(|at| (at.value.as_second() - together.second).abs() <= 1) {
        let mut places = vec![at.place.clone()];
        places.extend(together.places.iter().filter(|place| **place != at.place).take(3).cloned());
        case.observe(
            "node-containers-ended-together",
            format!("containers of {} pods of node `{node_name}` ended in the same second", together.pods.len()),
            places,
        );
    }
}

/// The kubelet tells of what the kernel did within so many seconds.
const TOLD_WITHIN: i64 = 20;

/// Whether a run was ended by SIGKILL in the moment in which the kernel killed for want of memory of the whole node.
fn out_of_memory_then(
    context: &Context<'_>,
    node: &str,
    events: &[&Event],
    c: Option<&Container>,
    case: &mut Case<'_>,
) {
    let Some(end) = c.and_then(container::ended_run) else { return };
    let (Some(code), Some(at)) = (end.exit_code.as_ref().filter(|code| code.value == 137), &end.finished_at) else {
        return;
    };
    let then = |when: &Option<When>| {
        let seen = when.and_then(|when| when.at(context.now));
        seen.is_some_and(|seen| (seen.as_second() - at.value.as_second()).abs() <= TOLD_WITHIN)
    };
    let mut places: Vec<Place> = events
        .iter()
        .filter(|event| event.reason == "SystemOOM" && (then(&event.first_seen) || then(&event.last_seen)))
        .map(|event| event.place.clone())
        .take(2)
        .collect();
    if !places.is_empty() {
        places.extend([code.place.clone(), at.place.clone()]);
    }
    let says = format!("it was killed in the moment in which node `{node}` as a whole ran out of memory");
    case.observe("node-out-of-memory-then", says, places);
}

/// Whether an event speaks of this node.
fn is_of(event: &Event, node: &Node) -> bool {
    event.object.kind.as_deref() == Some("Node")
        && match (&event.object.name, &node.name) {
            (Some(a), Some(b)) => *a == b.value,
            (None, _) => event.section == node.section,
            (Some(_), None) => event.section == node.section,
        }
}

/// A node event that a later one of the same matter overtook.
fn overtaken(event: &Event, all: &[&Event], now: Option<jiff::Timestamp>) -> bool {
    let success = match event.reason.as_str() {
        "NodeNotReady" | "NodeStatusUnknown" => "NodeReady",
        "NodeHasDiskPressure" | "EvictionThresholdMet" | "FreeDiskSpaceFailed" | "ImageGCFailed" => {
            "NodeHasNoDiskPressure"
        }
        "NodeHasInsufficientMemory" => "NodeHasSufficientMemory",
        "NodeHasInsufficientPID" => "NodeHasSufficientPID",
        _ => return false,
    };
    all.iter().any(|later| {
        later.reason == success
            && matches!(
                (super::events::age(event, now), super::events::age(later, now)),
                (Some(bad), Some(good)) if good < bad
            )
    })
}

/// Events that tell of a node's own trouble. Others warn at every start of a kubelet, or of a single pod.
const TROUBLES: [&str; 18] = [
    "NodeNotReady",
    "NodeStatusUnknown",
    "NodeHasDiskPressure",
    "NodeHasInsufficientMemory",
    "NodeHasInsufficientPID",
    "EvictionThresholdMet",
    "FreeDiskSpaceFailed",
    "ImageGCFailed",
    "ContainerGCFailed",
    "SystemOOM",
    "Rebooted",
    "KubeletSetupFailed",
    "NodeShutdown",
    "Shutdown",
    "KernelDeadlock",
    "KernelOops",
    "ReadonlyFilesystem",
    "NetworkNotReady",
];

/// The cases of nodes: unhealthy ones, those on which everything ended at once, and those whose events tell of trouble.
pub fn cases<'c>(context: &Context<'c>, observed: &mut Observed<'c>) {
    let of_nodes = context.cluster.facts.events.iter().filter(|event| event.object.kind.as_deref() == Some("Node"));
    let (mut by_name, mut by_section): (BTreeMap<&str, Vec<&'c Event>>, BTreeMap<_, Vec<&'c Event>>) =
        Default::default();
    for event in of_nodes {
        match event.object.name.as_deref() {
            Some(name) => by_name.entry(name).or_default().push(event),
            None => by_section.entry(event.section).or_default().push(event),
        }
    }
    let waiting = Waiting::of(context.cluster, context.now);
    for node in &context.cluster.facts.nodes {
        let named = node.name.as_ref().and_then(|name| by_name.remove(name.value.as_str()));
        let mut events: Vec<&Event> = by_section.get(&node.section).cloned().unwrap_or_default();
        events.extend(named.into_iter().flatten());
        events.retain(|event| is_of(event, node));
        let requests = waiting.felt_by(node.name.as_ref().map(|name| name.value.as_str()), health::of_node(node));
        case(context, node, &events, &requests).into_iter().for_each(|case| observed.add(case));
    }
    // Nodes that no output shows, but events, requests to join, or pods that all ended at once.
    let ended = context.ended_together.keys().map(String::as_str);
    let seen: BTreeSet<&str> = context
        .cluster
        .facts
        .nodes
        .iter()
        .filter_map(|node| node.name.as_ref())
        .map(|name| name.value.as_str())
        .collect();
    let others = by_name.keys().copied().chain(ended).map(Some).chain(waiting.joining());
    let others: BTreeSet<Option<&str>> = others.filter(|name| name.is_none_or(|name| !seen.contains(name))).collect();
    for name in others {
        let events = name.and_then(|name| by_name.get(name)).cloned().unwrap_or_default();
        let requests = waiting.felt_by(name, Health::Unstated);
        let together = name.and_then(|name| context.ended_together.get(name));
        let place = events.first().map(|event| &event.place).or(together.and_then(|together| together.places.first()));
        let Some(place) = place.or(requests.first().map(|request| &request.place)) else { continue };
        let name = name.map(|name| Located::new(name.to_string(), place.clone()));
        let node = Node { name, ..Node::default() };
        case(context, &node, &events, &requests).into_iter().for_each(|case| observed.add(case));
    }
}

fn words_of(events: &[&Event]) -> String {
    let mut words: Vec<&str> = events.iter().map(|event| event.reason.as_str()).collect();
    words.dedup();
    words.truncate(3);
    words.join(", ")
}

fn case<'c>(
    context: &Context<'c>,
    node: &Node,
    events: &[&'c Event],
    requests: &[&SigningRequest],
) -> Option<Case<'c>> {
    let health = health::of_node(node);
    let sick = health == Health::Unhealthy;
    let name = node.name.as_ref().map(|name| name.value.clone());
    let together = name.as_ref().and_then(|name| context.ended_together.get(name));
    let troubles: Vec<&Event> = events
        .iter()
        .copied()
        .filter(|event| TROUBLES.contains(&event.reason.as_str()) && !overtaken(event, events, context.now))
        .collect();
    if !sick && together.is_none() && troubles.is_empty() && requests.is_empty() {
        return None;
    }
    let lost = troubles.iter().any(|event| matches!(event.reason.as_str(), "NodeNotReady" | "NodeStatusUnknown"));
    let past = |event: &&Event| matches!(event.reason.as_str(), "Rebooted" | "SystemOOM" | "NodeShutdown" | "Shutdown");
    let severity = match health {
        Health::Unhealthy => Severity::Critical,
        Health::Healthy if requests.is_empty() => Severity::Info,
        Health::Healthy => Severity::Warning,
        _ if lost => Severity::Critical,
        _ if requests.is_empty() && troubles.iter().all(past) => Severity::Info,
        _ => Severity::Warning,
    };
    let mut case = container::bare(context, "node", subject(name.clone()));
    case.severity = severity;
    case.recovered = severity == Severity::Info;
    if sick || !troubles.is_empty() || together.is_some() {
        case.symptoms.push("node");
    }
    condition_observations(node, None, false, &mut case);
    disk_observations(context, name.as_deref().unwrap_or_default(), &mut case);
    if let Some(together) = together {
        ended(&mut case, name.as_deref().unwrap_or_default(), together);
    }
    let bad: Vec<&crate::model::NodeCondition> = node
        .conditions
        .iter()
        .filter(|c| match c.kind.as_str() {
            "Ready" => c.status != ConditionStatus::True,
            _ => c.status == ConditionStatus::True,
        })
        .collect();
    for condition in &bad {
        let (reason, message) = (condition.reason.as_deref(), condition.message.as_deref());
        container::push_condition(context, &mut case, reason, message, &condition.place);
        let shows = format!("its condition {} is {:?}", condition.kind, condition.status);
        case.symptom_places.push(Located::new(shows, condition.place.clone()));
    }
    let words: Vec<String> = bad.iter().map(|c| format!("{} {:?}", c.kind, c.status)).collect();
    case.symptom = match (&node.row_status, words.is_empty()) {
        (_, false) => words.join(", "),
        (Some(row), true) if sick => row.value.clone(),
        _ if together.is_some() => "its containers ended together".to_string(),
        _ if troubles.is_empty() => "its kubelet waits for a certificate".to_string(),
        _ => words_of(&troubles),
    };
    let sick_row = node.row_status.iter().filter(|row| !row.value.split(',').any(|word| word == "Ready"));
    case.symptom_places.extend(
        sick_row.map(|row| Located::new(format!("`kubectl get nodes` shows it as {}", row.value), row.place.clone())),
    );
    case.symptom_places.extend(
        troubles.iter().take(2).map(|event| Located::new(format!("the event {}", event.reason), event.place.clone())),
    );
    let changed = bad.iter().filter_map(|condition| condition.last_transition.as_ref());
    let changes = changed.map(|at| Located::new(When::At(at.value), at.place.clone()));
    let seen = troubles
        .iter()
        .filter_map(|event| Some(Located::new(event.first_seen.or(event.last_seen)?, event.place.clone())));
    let first = onset::earliest(changes.chain(seen), context.now);
    case.since = first.or(case.since);
    for event in events {
        if !overtaken(event, events, context.now) {
            container::push_event(context, &mut case, event);
        }
        timeline::of_event(event, &format!("node {}", name.as_deref().unwrap_or("(unnamed)")), &mut case);
    }
    timeline::of_node(context, node, &mut case);
    let rebooted: Vec<Place> = events.iter().filter(|e| e.reason == "Rebooted").map(|e| e.place.clone()).collect();
    case.observe("node-rebooted", "the node rebooted", rebooted);
    certificate::tell(context, requests, &mut case);
    container::name_values(&mut case);
    if bad.is_empty() && sick {
        let node = case.values.get("node").unwrap_or("NODE").to_string();
        case.missing.push(crate::postmortem::Missing {
            what: "the node's conditions and events".to_string(),
            command: format!("kubectl describe node {node}"),
        });
    }
    Some(case)
}

fn subject(name: Option<String>) -> Subject {
    Subject { kind: "Node".to_string(), node: name.clone(), name, ..Subject::default() }
}

fn ended(case: &mut Case<'_>, name: &str, together: &EndedTogether) {
    case.observe(
        "node-containers-ended-together",
        format!("containers of {} pods of node `{name}` ended in the same second", together.pods.len()),
        together.places.iter().take(6).cloned().collect(),
    );
    let first = together.places.first();
    case.symptom_places.extend(first.map(|place| Located::new("a container of it ended".to_string(), place.clone())));
    if let (Ok(at), Some(place)) = (jiff::Timestamp::from_second(together.second), together.places.last()) {
        case.timeline.push(Moment {
            when: When::At(at),
            approximate: false,
            object: format!("node {name}"),
            what: format!("containers of {} of its pods ended in the same second", together.pods.len()),
            count: 1,
            routine: false,
            place: place.clone(),
        });
    }
    case.subject.pods = together.pods.clone();
    if case.since.is_none()
        && let (Ok(at), Some(place)) = (jiff::Timestamp::from_second(together.second), together.places.last())
    {
        case.since = Some(Located::new(When::At(at), place.clone()));
    }
}
