//! What a symptom is usually taken for, and the lines that speak against each reading.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::container::{concerns, ended_run};
use super::logs::shows_ended_run;
use super::{Case, Context};
use crate::logs::message_of;
use crate::model::{Cluster, Container, Event, Log, Pod, StateKind, VolumeSource};
use crate::text::Place;

/// A container that runs on a node, and since when.
#[derive(Debug, Clone)]
pub struct RunsSince {
    pod: String,
    started: Timestamp,
    place: Place,
}

/// Per node the two pods whose running containers started first.
pub fn runs_since(cluster: &Cluster) -> BTreeMap<String, Vec<RunsSince>> {
    let mut nodes: BTreeMap<String, Vec<RunsSince>> = BTreeMap::new();
    for pod in &cluster.facts.pods {
        let (Some(node), Some(name)) = (&pod.node, &pod.name) else { continue };
        let running = pod.containers.iter().filter_map(|c| c.state.as_ref()).filter(|s| s.kind == StateKind::Running);
        let Some(started) = running.filter_map(|state| state.started_at.as_ref()).min_by_key(|at| at.value) else {
            continue;
        };
        let known = nodes.entry(node.value.clone()).or_default();
        known.push(RunsSince { pod: name.value.clone(), started: started.value, place: started.place.clone() });
        known.sort_by(|a, b| (a.started, &a.pod).cmp(&(b.started, &b.pod)));
        known.truncate(2);
    }
    nodes
}

/// The symptoms of a case, as pages name them under `competes`.
pub fn symptoms(pod: &Pod, container: Option<&Container>, case: &mut Case<'_>) {
    let code = case.exit_code.as_ref().map(|code| code.value);
    let mut found = Vec::new();
    match code {
        Some(137) => found.push("exit-137"),
        Some(143) => found.push("exit-143"),
        Some(255) => found.push("exit-255"),
        Some(0) => found.push("exit-0"),
        Some(_) => found.push("exit-1"),
        None => {}
    }
    let has = |id: &str| case.observation(id).is_some();
    if code.is_some_and(|code| code != 0) && (has("no-log-output") || has("log-not-collected")) {
        found.push("no-log");
    }
    if has("image-pull-failing") {
        found.push("image-pull");
    }
    if has("unscheduled") {
        found.push("pending");
    }
    let waiting = container.and_then(|c| c.state.as_ref()).filter(|state| state.kind == StateKind::Waiting);
    let waits = waiting.and_then(|state| state.reason.as_ref()).is_some_and(|reason| {
        matches!(reason.value.as_str(), "ContainerCreating" | "PodInitializing" | "CreateContainerConfigError")
    });
    let row = pod.row.as_ref().is_some_and(|row| row.status == "ContainerCreating");
    if !has("unscheduled") && (waits || row) {
        found.push("creating");
    }
    let runs = container.and_then(|c| c.state.as_ref()).is_some_and(|state| state.kind == StateKind::Running);
    if runs && code.is_none() && container.and_then(|c| c.ready.as_ref()).is_some_and(|ready| !ready.value) {
        found.push("not-ready");
    }
    let is = |words: &[&str]| {
        let states = container.iter().flat_map(|c| c.state.iter().chain(&c.last_state));
        states.filter_map(|state| state.reason.as_ref()).any(|reason| words.contains(&reason.value.as_str()))
    };
    if is(&["CreateContainerConfigError"]) {
        found.push("config-error");
    }
    if is(&["RunContainerError", "CreateContainerError", "StartError", "ContainerCannotRun"]) {
        found.push("start-error");
    }
    case.symptoms = found;
}

/// Observes what speaks against the usual readings, each with the line that shows it.
pub fn observations(
    context: &Context<'_>,
    pod: &Pod,
    container: Option<&Container>,
    events: &[(&Event, bool)],
    logs: &[&Log],
    case: &mut Case<'_>,
) {
    if let Some(phase) = pod.phase.as_ref().filter(|phase| phase.value == "Running") {
        case.observe("not-evicted", "the pod's phase is Running; an evicted pod is Failed", vec![phase.place.clone()]);
    }
    if let Some(node) = pod.node.as_ref().filter(|node| !node.value.is_empty()) {
        case.observe("has-node", format!("the pod was given the node `{}`", node.value), vec![node.place.clone()]);
    }
    without_hooks_and_probes(pod, container, case);
    pulled(container, events, case);
    bound(context, pod, case);
    let Some(end) = container.and_then(ended_run) else { return };
    if let Some(reason) = end.reason.as_ref().filter(|reason| reason.value == "Error") {
        case.observe("ended-not-as-oom", "the reason is Error and not OOMKilled", vec![reason.place.clone()]);
    }
    if let (Some(start), Some(finish)) = (&end.started_at, &end.finished_at) {
        let ran = finish.value.as_second() - start.value.as_second();
        if start.value.as_second() > 0 && ran > 5 {
            let says = format!("the run lasted {ran}s, so the program was started");
            case.observe("ran-for-a-while", says, vec![finish.place.clone(), start.place.clone()]);
        }
        let node = pod.node.as_ref().and_then(|node| context.runs_since.get(&node.value)).into_iter().flatten();
        let mut others = node.filter(|other| pod.name.as_ref().is_none_or(|name| name.value != other.pod));
        if let Some(other) = others.find(|other| other.started < finish.value) {
            let says = format!("`{}` on the same node has run since before that", other.pod);
            case.observe("node-stayed-up", says, vec![other.place.clone()]);
        }
    }
    let spoke = logs.iter().filter(|log| shows_ended_run(log, container)).find(|log| log.speaks());
    if let Some(line) = spoke.and_then(|log| log.tail.iter().rfind(|line| !is_of_the_start(&message_of(&line.text)))) {
        case.observe("printed-before-it-ended", "the program ran and printed", vec![line.clone()]);
    }
    unseen_probes(pod, container, events, case);
}

/// Whether a line is what the runtime or a shell says of a program that it cannot start.
fn is_of_the_start(message: &str) -> bool {
    ["exec ", "standard_init_linux", "exec: ", "env: "].iter().any(|start| message.starts_with(start))
        || message.contains(": bad interpreter")
}

/// What the container cannot have ended of, because it has no such thing. Only the object itself has a restartPolicy, and it has
/// the whole spec with it.
fn without_hooks_and_probes(pod: &Pod, container: Option<&Container>, case: &mut Case<'_>) {
    let Some(container) = container.filter(|_| pod.restart_policy.is_some()) else { return };
    let Some(place) = container.place.as_ref().filter(|_| container.image.is_some()) else { return };
    if container.lifecycle.is_empty() {
        case.observe("no-lifecycle-hook", "the container has no lifecycle hook", vec![place.clone()]);
    }
    if container.liveness.is_none() {
        case.observe("no-liveness-probe", "the container has no liveness probe", vec![place.clone()]);
    }
}

fn pulled(container: Option<&Container>, events: &[(&Event, bool)], case: &mut Case<'_>) {
    let id = container.and_then(|c| c.image_id.as_ref()).filter(|id| !id.value.is_empty()).map(|id| id.place.clone());
    let event = events.iter().find(|(event, _)| event.reason == "Pulled").map(|(event, _)| event.place.clone());
    case.observe("image-pulled", "the image is on the node", id.or(event).into_iter().collect());
}

fn bound(context: &Context<'_>, pod: &Pod, case: &mut Case<'_>) {
    let namespace = pod.namespace.as_ref().map(|namespace| &namespace.value);
    let mut lines = Vec::new();
    for volume in &pod.volumes {
        let VolumeSource::Claim(name) = &volume.source else { continue };
        let mut called = context.index.claims_called(name).iter();
        let claim = called.find(|claim| claim.namespace.as_ref().map(|namespace| &namespace.value) == namespace);
        match claim.and_then(|claim| claim.status.as_ref()) {
            Some(status) if status.value == "Bound" => lines.push(status.place.clone()),
            _ => return,
        }
    }
    case.observe("claims-bound", "the pod's claims are Bound", lines);
}

/// No failure of a probe among the pod's events: said only where the events reach back to the end of the run, with the
/// first of them as the line.
fn unseen_probes(pod: &Pod, container: Option<&Container>, events: &[(&Event, bool)], case: &mut Case<'_>) {
    let mut mine = events.iter().map(|(event, _)| *event).filter(|event| concerns(event, pod, container));
    let of_probe = |event: &Event| {
        event.reason == "Unhealthy" || event.reason == "ProbeWarning" || event.message.contains("probe")
    };
    let Some(first) = mine.next() else { return };
    if of_probe(first) || mine.any(of_probe) {
        return;
    }
    let restarted =
        events.iter().any(|(event, _)| event.reason == "BackOff" || (event.reason == "Started" && event.count > 1));
    if restarted {
        let says = "no failure of a probe is seen among the pod's events, which begin here";
        case.observe("no-probe-failure-seen", says, vec![first.place.clone()]);
    }
}
