//! Since when: the earliest sign of a trouble that the bundle has.

use super::{Case, Context, container::concerns};
use crate::model::{ConditionStatus, Container, Event, EventType, Pod, StateKind, When};
use crate::text::{Fact, Located};

/// Occurrences of one event that lie further apart than this, seconds, are not one trouble: kubelet goes on counting
/// an event that it last saw weeks ago.
const ONE_TROUBLE: i64 = 3600;
/// A container that ran for longer than this, seconds, before it lost its readiness had served: why an earlier run ended is
/// another matter.
const SERVED: i64 = 600;
/// A pod is not ready while it starts; a condition that changed this many seconds after the start is news.
const START: i64 = 5;

/// When an event began to speak of the trouble.
pub fn of_event(event: &Event) -> Option<When> {
    let (first, last) = (event.first_seen, event.last_seen);
    let span = match (first, last) {
        (Some(When::At(first)), Some(When::At(last))) => last.as_second() - first.as_second(),
        (Some(When::Ago(first)), Some(When::Ago(last))) => first - last,
        _ => 0,
    };
    let gaps = event.count.saturating_sub(1).max(1) as i64;
    if span / gaps > ONE_TROUBLE { last } else { first.or(last) }
}

/// The earliest sign of what ails a pod's container: an end, a warning that still speaks, readiness that was lost. Where
/// there is none: since the pod exists.
pub fn of_pod(
    context: &Context<'_>,
    pod: &Pod,
    container: Option<&Container>,
    events: &[(&Event, bool)],
    case: &mut Case<'_>,
) {
    let mut signs: Vec<Located<When>> = Vec::new();
    let mut warnings: Vec<(When, Located<When>)> = Vec::new();
    let served = container.is_some_and(|container| had_served(pod, container));
    for state in container.iter().filter(|_| !served).flat_map(|c| c.last_state.iter().chain(c.state.iter())) {
        if state.kind == StateKind::Terminated || state.exit_code.is_some() {
            let finished = state.finished_at.iter().filter(|at| at.value.as_second() > 0);
            signs.extend(finished.map(|at| Located::new(When::At(at.value), at.place.clone())));
        }
    }
    for (event, fresh) in events {
        let bad = event.event_type == Some(EventType::Warning)
            || matches!(event.reason.as_str(), "BackOff" | "Failed" | "Evicted" | "Preempted");
        if *fresh && bad && concerns(event, pod, container) {
            let last = event.last_seen.or(event.first_seen);
            warnings.extend(last.zip(of_event(event).map(|first| Located::new(first, event.place.clone()))));
        }
    }
    let started = pod.start_time.as_ref().map(|at| at.value.as_second());
    let not_ready = |c: &Container| c.ready.as_ref().is_some_and(|ready| !ready.value);
    // Of a node that is lost the control plane takes the pod's readiness away, not that of its containers.
    let of_the_pod = !pod.containers.iter().any(not_ready);
    for condition in pod.conditions.iter().filter(|c| c.kind == "Ready" && c.status == ConditionStatus::False) {
        let lost = condition.last_transition.as_ref().filter(|at| {
            started.is_some_and(|start| at.value.as_second() - start > START)
                && (of_the_pod || container.is_none_or(not_ready))
        });
        signs.extend(lost.map(|at| Located::new(When::At(at.value), at.place.clone())));
    }
    let warnings = of_this_trouble(warnings, earliest(signs.clone(), context.now), context.now);
    case.since = earliest(warnings.into_iter().chain(signs), context.now)
        .or_else(|| pod.start_time.as_ref().map(|at| Located::new(When::At(at.value), at.place.clone())))
        .or_else(|| {
            let row = pod.row.as_ref()?;
            row.age.map(|age| Located::new(When::Ago(age), row.place.clone()))
        });
}

/// Whether a container that runs and is not ready had been ready since it was started.
fn had_served(pod: &Pod, container: &Container) -> bool {
    let not_ready = container.ready.as_ref().is_some_and(|ready| !ready.value);
    let running = container.state.as_ref().filter(|state| state.kind == StateKind::Running && not_ready);
    let started = running.and_then(|state| state.started_at.as_ref()).map(|at| at.value.as_second());
    let lost = pod.conditions.iter().find(|c| c.kind == "Ready" && c.status == ConditionStatus::False);
    let lost = lost.and_then(|condition| condition.last_transition.as_ref()).map(|at| at.value.as_second());
    started.zip(lost).is_some_and(|(started, lost)| lost - started > SERVED)
}

/// The warnings, each with when it was last given, that belong to the trouble whose earliest other sign this is: those after
/// which it was not quiet for long.
fn of_this_trouble(
    mut warnings: Vec<(When, Located<When>)>,
    other: Fact<When>,
    now: Option<jiff::Timestamp>,
) -> Vec<Located<When>> {
    warnings.sort_by_key(|(last, _)| std::cmp::Reverse(last.order(now)));
    let mut began = other.map(|sign| sign.value.order(now));
    let mut own = Vec::new();
    for (last, first) in warnings {
        let (last, first_at) = (last.order(now), first.value.order(now));
        // Ages and times that nothing ties together are not compared.
        if began.is_some_and(|began| last.0 == began.0 && last.1 < began.1 - ONE_TROUBLE) {
            continue;
        }
        began = Some(began.map_or(first_at, |began| began.min(first_at)));
        own.push(first);
    }
    own
}

/// The first of several signs; of two at the same time the one that is listed first.
pub fn earliest(signs: impl IntoIterator<Item = Located<When>>, now: Option<jiff::Timestamp>) -> Fact<When> {
    signs.into_iter().min_by_key(|sign| sign.value.order(now))
}
