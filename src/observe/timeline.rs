//! The moments of a case: starts and ends of its containers, its events, those of its workload and its node.

use super::CLOCKS;
use super::{Case, Context, container::concerns, pod as pods};
use crate::model::{ConditionStatus, Container, Event, EventType, Node, Pod, When};
use crate::postmortem::Moment;
use crate::text::shortened;

/// Characters of a message that are kept from its start and from its end. The report shortens it further, when what is
/// secret in it is masked: a cut might take away what tells.
const MESSAGE: (usize, usize) = (4096, 4096);

/// Steps that every start takes, and what a controller says of them.
const ROUTINE: [&str; 13] = [
    "Scheduled",
    "Pulling",
    "Pulled",
    "Created",
    "Started",
    "SuccessfulCreate",
    "SuccessfulAttachVolume",
    "ProvisioningSucceeded",
    "ExternalProvisioning",
    "WaitForFirstConsumer",
    "NodeAllocatableEnforced",
    "RegisteredNode",
    "SawCompletedJob",
];

/// A rollout so many seconds before the first sign of trouble, or less, may have to do with it.
const ROLLOUT_NEWS: i64 = 86_400;
/// The same of a node's condition.
const CONDITION_NEWS: i64 = 3600;

/// The conditions that every node has; others are good or bad as their makers mean it.
const CONDITIONS: [&str; 5] = ["Ready", "MemoryPressure", "DiskPressure", "PIDPressure", "NetworkUnavailable"];

/// Sets the timeline of a pod's case: its own moments, and what befell its workload and its node.
pub fn of_pod(
    context: &Context<'_>,
    pod: &Pod,
    container: Option<&Container>,
    events: &[(&Event, bool)],
    case: &mut Case<'_>,
) {
    let object = pods::object_name(pod, container);
    for state in container.iter().flat_map(|c| c.state.iter().chain(c.last_state.iter())) {
        let code = state.exit_code.as_ref().map(|code| format!(", exit code {}", code.value)).unwrap_or_default();
        let reason = state.reason.as_ref().map(|reason| format!(" ({})", reason.value)).unwrap_or_default();
        let start = state.started_at.as_ref().filter(|at| at.value.as_second() > 0);
        let end = state.finished_at.as_ref().filter(|at| at.value.as_second() > 0);
        let at_once = matches!((start, end), (Some(start), Some(end)) if start.value == end.value);
        let ended = if at_once { "started and ended in the same second" } else { "ended" };
        for (at, what) in [
            (start.filter(|_| !at_once), "the container started".to_owned()),
            (end, format!("the container {ended}{reason}{code}")),
        ] {
            if let Some(at) = at {
                case.timeline.push(Moment {
                    when: When::At(at.value),
                    approximate: false,
                    object: object.clone(),
                    what,
                    count: 1,
                    routine: false,
                    place: at.place.clone(),
                });
            }
        }
    }
    for (event, _) in events.iter().filter(|(event, _)| concerns(event, pod, container)) {
        of_event(event, &object, case);
    }
    let workload = case.workload.clone();
    let owner = pod.owner.as_ref().map(|owner| (owner.value.kind.clone(), owner.value.name.clone()));
    let namespace = pod.namespace.as_ref().map(|namespace| namespace.value.as_str());
    let mut makers: Vec<(String, String)> = [workload, owner].into_iter().flatten().collect();
    makers.dedup();
    let names = makers.iter().map(|(_, name)| name).chain(pod.node.as_ref().map(|node| &node.value));
    for event in context.index.events_naming(names.map(String::as_str)) {
        let (Some(kind), Some(name)) = (event.object.kind.as_deref(), event.object.name.as_deref()) else { continue };
        let of_maker = makers.iter().any(|(k, n)| k == kind && n == name)
            && (namespace.is_none()
                || event.object.namespace.is_none()
                || event.object.namespace.as_deref() == namespace);
        if of_maker && kind != "Node" {
            of_event(event, &format!("{kind} {name}"), case);
        }
        if kind == "Node" && pod.node.as_ref().is_some_and(|node| node.value == name) {
            of_event(event, &format!("node {name}"), case);
        }
    }
    of_rollout(context, pod, case);
    let name = pod.node.as_ref().map(|node| &node.value).filter(|name| !name.is_empty());
    if let Some(node) = name.and_then(|name| context.index.node(name)) {
        of_node(context, node, case);
    }
}

/// When the revision was made that the pod is of: news where it was within a day before the first sign of trouble.
fn of_rollout(context: &Context<'_>, pod: &Pod, case: &mut Case<'_>) {
    let Some(revision) = context.rollouts.revision_of(pod) else { return };
    let (Some(made), Some((kind, name))) = (&revision.made, &case.workload) else { return };
    let number = revision.number.as_ref().map(|number| format!(" as revision {}", number.value)).unwrap_or_default();
    let (at, since) = (made.value.as_second(), since(case, context));
    let moment = Moment {
        when: When::At(made.value),
        approximate: false,
        object: format!("{kind} {name}"),
        what: format!("rollout: {} was made{number}", revision.told),
        count: 1,
        routine: since.is_none_or(|since| !(since - ROLLOUT_NEWS..=since + CLOCKS).contains(&at)),
        place: made.place.clone(),
    };
    case.timeline.push(moment);
}

fn since(case: &Case<'_>, context: &Context<'_>) -> Option<i64> {
    case.since.as_ref()?.value.at(context.now).map(|at| at.as_second())
}

/// What became of a node that carries the trouble: conditions that are bad, and those that changed shortly before it or
/// after.
pub fn of_node(context: &Context<'_>, node: &Node, case: &mut Case<'_>) {
    let Some(name) = node.name.as_ref().map(|name| &name.value) else { return };
    let since = since(case, context);
    for condition in &node.conditions {
        let Some(at) = &condition.last_transition else { continue };
        let good = if condition.kind == "Ready" { ConditionStatus::True } else { ConditionStatus::False };
        let is_own = CONDITIONS.contains(&condition.kind.as_str());
        let near = since.is_some_and(|since| at.value.as_second() >= since - CONDITION_NEWS);
        // A node that is made gets all its conditions.
        let first = condition.kind != "Ready"
            && node.created.is_some_and(|made| at.value.as_second() - made.as_second() < CONDITION_NEWS);
        if !is_own || condition.status == good && (!near || first) {
            continue;
        }
        let reason = condition.reason.as_ref().map(|reason| format!(" ({reason})")).unwrap_or_default();
        case.timeline.push(Moment {
            when: When::At(at.value),
            approximate: false,
            object: format!("node {name}"),
            what: format!("its condition {} became {:?}{reason}", condition.kind, condition.status),
            count: 1,
            routine: false,
            place: at.place.clone(),
        });
    }
}

/// Adds the moments of an event: when it was last seen and, where it came more than once, when it was first.
pub fn of_event(event: &Event, object: &str, case: &mut Case<'_>) {
    let Some(last) = event.last_seen else { return };
    let what = format!("{}: {}", event.reason, shortened(&event.message, MESSAGE));
    let moment = |when: When, what: String, count: u64| Moment {
        approximate: matches!(when, When::Ago(_)),
        when,
        object: object.to_owned(),
        what,
        count,
        routine: is_routine(event),
        place: event.place.clone(),
    };
    if let Some(first) = event.first_seen.filter(|first| *first != last && event.count > 1) {
        case.timeline.push(moment(first, format!("{what} (first seen)"), 1));
    }
    case.timeline.push(moment(last, what, event.count));
}

/// Steps of a start, and the two words that the kubelet says after each failed pull.
fn is_routine(event: &Event) -> bool {
    let echo = matches!(event.message.as_str(), "Error: ErrImagePull" | "Error: ImagePullBackOff");
    echo || (event.event_type != Some(EventType::Warning) && ROUTINE.contains(&event.reason.as_str()))
}
