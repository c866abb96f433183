//! The case of a container (or of a pod whose containers no output shows): texts, observations, values, commands.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::held::Held;
use super::{
    Case, CaseText, Context, Values, cadence, chain, commands, did_you_mean, differential, logs, onset, peers,
    pod as pods, probe, rollout, timeline,
};
use crate::catalog::Channel;
use crate::model::quantity::parse_quantity;
use crate::model::time::human;
use crate::model::{
    Container, ContainerKind, ContainerState, Event, EventType, Log, Pod, Probe, StateKind, Usage, VolumeSource,
    VolumeUsage,
};
use crate::postmortem::{Missing, Severity, Subject};
use crate::text::{Located, Place};

/// An end within this many seconds of the start is "at once".
const AT_ONCE: i64 = 2;

/// A case with nothing in it yet.
pub fn bare<'c>(context: &Context<'c>, kind: &'static str, subject: Subject) -> Case<'c> {
    Case {
        held: Held::in_namespace(context, subject.namespace.as_deref()),
        kind,
        subject,
        workload: None,
        severity: Severity::Critical,
        symptom: String::new(),
        symptom_places: Vec::new(),
        cadence: Vec::new(),
        since: None,
        times: None,
        texts: Vec::new(),
        exit_code: None,
        observations: Vec::new(),
        revision: None,
        changes: Vec::new(),
        told_by: Vec::new(),
        steps: Vec::new(),
        symptoms: Vec::new(),
        values: Values::default(),
        look_ups: Vec::new(),
        missing: Vec::new(),
        commands: Vec::new(),
        timeline: Vec::new(),
        log_times: BTreeMap::new(),
        recovered: false,
        aside: None,
        start_line: None,
        services: Arc::clone(&context.services),
        cluster: context.cluster,
    }
}

/// The run that ended last: the state where it is terminated, else lastState.
pub fn ended_run(container: &Container) -> Option<&ContainerState> {
    container.state.iter().chain(container.last_state.iter()).find(|state| {
        state.kind == StateKind::Terminated || (state.exit_code.is_some() && state.kind != StateKind::Running)
    })
}

/// Whether an event of the pod speaks of this container.
pub fn concerns(event: &Event, pod: &Pod, container: Option<&Container>) -> bool {
    let Some(container) = container.filter(|container| !container.name.is_empty()) else { return true };
    match &event.object.container {
        Some(name) => *name == container.name,
        None => {
            // The message may still name another container of the pod.
            !named_in(&event.message)
                .any(|other| other != container.name && pod.containers.iter().any(|known| known.name == other))
        }
    }
}

/// The words of a message that follow `container` and may be names: `container app in pod ..`, `container "app"`.
fn named_in(message: &str) -> impl Iterator<Item = &str> {
    const WORD: &str = "ontainer ";
    message.match_indices(WORD).filter_map(|(at, _)| {
        let rest = &message[at + WORD.len()..];
        let name = match rest.strip_prefix('"') {
            Some(quoted) => quoted.split_once('"')?.0,
            None if message[..at].ends_with(['c', 'C']) => rest.split_once(' ')?.0,
            None => return None,
        };
        (!name.is_empty()).then_some(name)
    })
}

/// Adds a text and looks the signatures up in it.
pub fn push_text(
    context: &Context<'_>,
    case: &mut Case<'_>,
    channel: Channel,
    reason: Option<String>,
    text: &str,
    place: Place,
    count: u64,
) {
    let mut matches = context.scanner.matches(text, channel);
    if text.contains('\n') && channel != Channel::Log {
        // A message over several lines may have been broken anywhere.
        let flat = text.split_whitespace().collect::<Vec<_>>().join(" ");
        for found in context.scanner.matches(&flat, channel) {
            if !matches.iter().any(|(known, _)| *known == found.0) {
                matches.push(found);
            }
        }
    }
    let of = |place: Place, matches| CaseText {
        channel,
        reason: reason.clone(),
        place,
        message: if channel == Channel::Log { String::new() } else { text.to_string() },
        matches,
        factor: 1.0,
        lines_behind: 0,
        over: None,
        count,
        trace: None,
    };
    if place.column.is_none() {
        case.texts.push(of(place, matches));
        return;
    }
    // Of a long line each signature cites the part in which its own words stand.
    for (signature, values) in matches {
        let near = context.scanner.words(signature, text).map_or_else(|| place.quoted(), |words| place.near(words));
        case.texts.push(of(near, vec![(signature, values)]));
    }
    case.texts.push(of(place.quoted(), Vec::new()));
}

/// Adds what an event says.
pub fn push_event(context: &Context<'_>, case: &mut Case<'_>, event: &Event) {
    let (reason, place) = (Some(event.reason.clone()), event.place.clone());
    push_text(context, case, Channel::Event, reason, &event.message, place, event.count);
}

/// Adds what a condition says.
pub fn push_condition(
    context: &Context<'_>,
    case: &mut Case<'_>,
    reason: Option<&str>,
    message: Option<&str>,
    place: &Place,
) {
    let reason = reason.map(str::to_string);
    push_text(context, case, Channel::Status, reason, message.unwrap_or_default(), place.clone(), 1);
}

/// Builds the case of a container, or of the whole pod.
pub fn case<'c>(
    context: &Context<'c>,
    pod: &Pod,
    container: Option<&Container>,
    kind: &'static str,
    events: &[(&'c Event, bool)],
) -> Case<'c> {
    let subject = Subject {
        kind: "Pod".to_string(),
        namespace: pod.namespace.as_ref().map(|n| n.value.clone()),
        name: pod.name.as_ref().map(|n| n.value.clone()),
        container: container.map(|c| c.name.clone()).filter(|name| !name.is_empty()),
        pods: pod.name.iter().map(|n| n.value.clone()).collect(),
        workloads: Vec::new(),
        node: pod.node.as_ref().map(|n| n.value.clone()).filter(|name| !name.is_empty()),
    };
    let mut case = bare(context, kind, subject);
    case.workload = workload_of(context, pod);
    let logs = logs::of_container(context, pod, container);

    pods::status_texts(context, pod, &mut case);
    if let Some(container) = container {
        state_texts(context, container, &mut case);
    }
    for (event, fresh) in events {
        if *fresh && concerns(event, pod, container) {
            push_event(context, &mut case, event);
        }
    }
    logs::texts(context, pod, container, &logs, &mut case);

    case.severity = severity(context, pod);
    symptom(pod, container, events, &mut case);
    cadence::observations(context, pod, container, events, &mut case);
    onset::of_pod(context, pod, container, events, &mut case);
    if let Some(container) = container {
        ends(container, &mut case);
        security(pod, container, &mut case);
        usage(context, pod, container, &mut case);
        full_volumes(context, pod, &mut case);
    }
    values(pod, container, &logs, &mut case);
    match container.filter(|_| events.is_empty()) {
        Some(container) => without_events(pod, container, &mut case),
        None if !events.is_empty() => case.values.own("has_events", "yes"),
        None => {}
    }
    pods::observations(context, pod, events, &mut case);
    if may_have_log(pod, &case) {
        case.values.own("may_have_log", "yes");
    }
    probe::observations(pod, container, events, &mut case);
    chain::steps(context, pod, container, events, &mut case);
    hooks(pod, container, events, &mut case);
    log_observations(pod, container, &logs, &mut case);
    super::node::observations_of_pod(context, pod, container, &mut case);
    differential::observations(context, pod, container, events, &logs, &mut case);
    differential::symptoms(pod, container, &mut case);
    rollout::changes(context, pod, &mut case);
    did_you_mean::of_pod(context, pod, container, &mut case);
    name_values(&mut case);
    case.held = std::mem::take(&mut case.held).of_pod(pod, container, &logs, events);
    missing(pod, container, &logs, &mut case);
    commands::of_container(context, pod, container, &mut case);
    timeline::of_pod(context, pod, container, events, &mut case);
    case
}

/// Whether a container of the pod may have run and is still kept, so that there may be a log.
fn may_have_log(pod: &Pod, case: &Case<'_>) -> bool {
    const WITHOUT: [&str; 9] = [
        "Evicted",
        "Pending",
        "ContainerCreating",
        "PodInitializing",
        "ErrImagePull",
        "ImagePullBackOff",
        "ErrImageNeverPull",
        "InvalidImageName",
        "CreateContainerConfigError",
    ];
    let row = pod.row.as_ref();
    let none = row.is_some_and(|row| WITHOUT.contains(&row.status.as_str()) && row.restarts.unwrap_or(0) == 0);
    !none && case.observation("unscheduled").is_none() && case.observation("never-started").is_none()
}

/// The controller that a person would name: a Deployment where the ReplicaSet is one's, else the owner.
pub fn workload_of(context: &Context<'_>, pod: &Pod) -> Option<(String, String)> {
    let owner = &pod.owner.as_ref()?.value;
    if owner.kind == "ReplicaSet" {
        let called = context.index.workloads_called(&owner.name);
        let known = called.iter().find(|workload| workload.kind == crate::model::WorkloadKind::ReplicaSet);
        if let Some(deployment) = known.and_then(|replica_set| replica_set.owner.as_ref()) {
            return Some((deployment.value.kind.clone(), deployment.value.name.clone()));
        }
        // Only a Deployment's ReplicaSet carries its pods' template hash in its name.
        if let Some(hash) = pod.labels.get("pod-template-hash")
            && let Some(name) = owner.name.strip_suffix(&format!("-{hash}"))
        {
            return Some(("Deployment".to_string(), name.to_string()));
        }
    }
    Some((owner.kind.clone(), owner.name.clone()))
}

fn state_texts(context: &Context<'_>, container: &Container, case: &mut Case<'_>) {
    for state in container.state.iter().chain(container.last_state.iter()) {
        if state.kind == StateKind::Running {
            continue;
        }
        let reason = state.reason.as_ref();
        let (text, place) = match (&state.message, reason) {
            (Some(message), _) => (message.value.as_str(), &message.place),
            // Up to 1.7 the reason of a wait may be the message itself.
            (None, Some(reason)) if reason.value.contains(' ') => (reason.value.as_str(), &reason.place),
            (None, Some(reason)) => ("", &reason.place),
            (None, None) => continue,
        };
        push_text(context, case, Channel::Status, reason.map(|r| r.value.clone()), text, place.clone(), 1);
        let runtime_speaks = reason.is_some_and(|r| matches!(r.value.as_str(), "StartError" | "ContainerCannotRun"));
        if state.kind == StateKind::Terminated && !runtime_speaks {
            // The message of an ended run is the program's own: its termination log, or the end of its output.
            for line in text.lines().filter(|line| !line.trim().is_empty()) {
                push_text(context, case, Channel::Log, None, line, place.clone(), 1);
            }
        }
    }
}

/// A pod that is over and whose workload has its replicas again is history, unless it goes on so: several of its pods that
/// began in the last hour are over. So is one that runs once and failed long ago.
fn severity(context: &Context<'_>, pod: &Pod) -> Severity {
    if peers::is_forgotten(pod, context.recent) {
        return Severity::Info;
    }
    if !peers::is_left_over(pod) {
        return Severity::Critical;
    }
    match (is_replaced(context, pod), context.peers.end_so_lately(pod)) {
        (false, _) => Severity::Critical,
        (true, true) => Severity::Warning,
        (true, false) => Severity::Info,
    }
}

/// Whether the workload of a pod has its replicas; where no output shows the workload, whether another of its pods serves.
fn is_replaced(context: &Context<'_>, pod: &Pod) -> bool {
    let namespace = pod.namespace.as_ref().map(|namespace| namespace.value.as_str());
    let owner = pod.owner.as_ref().map(|owner| (owner.value.kind.as_str(), owner.value.name.as_str()));
    let deployment = pod.name.as_ref().and_then(|name| super::pod::stem_of(&name.value));
    let candidates = owner.into_iter().chain(deployment.map(|name| ("Deployment", name)));
    let mut shown = candidates.flat_map(|(kind, name)| {
        let called = context.index.workloads_called(name).iter();
        called.filter(move |workload| {
            let own = workload.namespace.as_ref().map(|own| own.value.as_str());
            workload.kind.name() == kind && own.zip(namespace).is_none_or(|(own, of)| own == of)
        })
    });
    match shown.next() {
        Some(workload) => {
            matches!((&workload.desired, &workload.ready), (Some(desired), Some(ready)) if ready.value >= desired.value)
        }
        None => context.peers.serve_beside(pod),
    }
}

fn symptom(pod: &Pod, container: Option<&Container>, events: &[(&Event, bool)], case: &mut Case<'_>) {
    let mut words = Vec::new();
    let mut signs: Vec<Located<String>> = Vec::new();
    let mut sign = |shows: String, place: &Place| signs.push(Located::new(shows, place.clone()));
    let restarts = container.and_then(|c| c.restart_count.as_ref());
    // What became of the whole pod says more than how a container of it ended: Evicted, NodeLost, Preempting.
    let of_pod = pod.reason.as_ref().filter(|_| container.is_some());
    if let Some(reason) = of_pod {
        words.push(reason.value.clone());
        sign(format!("the pod's reason is {}", reason.value), &reason.place);
    }
    if let Some(container) = container {
        if let Some(state) = &container.state {
            let reason = state.reason.as_ref().map(|reason| reason.value.as_str());
            let not_ready = container.ready.as_ref().filter(|ready| !ready.value);
            let (word, shows) = match (state.kind, reason, not_ready) {
                (StateKind::Running, _, Some(_)) => ("Running, not ready", "it runs and is not ready".to_string()),
                (StateKind::Running, ..) => ("Running", "it runs".to_string()),
                (StateKind::Waiting, reason, _) => {
                    let word = reason.unwrap_or("Waiting");
                    (word, format!("it waits ({word})"))
                }
                (StateKind::Terminated, None, _) if !container.runs_made.is_empty() => {
                    ("Exited", "the node's container runtime lists it as ended".to_string())
                }
                (StateKind::Terminated, reason, _) => {
                    let word = reason.unwrap_or("Terminated");
                    (word, format!("it has ended ({word})"))
                }
            };
            if state.kind != StateKind::Terminated || of_pod.is_none() {
                words.push(word.to_string());
            }
            let place = not_ready.filter(|_| state.kind == StateKind::Running).map(|ready| &ready.place);
            sign(shows, place.unwrap_or(state.reason.as_ref().map_or(&state.place, |reason| &reason.place)));
        }
        let end = ended_run(container);
        if let Some(code) = end.and_then(|end| end.exit_code.as_ref()) {
            words.push(format!("exit code {}", code.value));
            sign(format!("the last run ended with exit code {}", code.value), &code.place);
        }
        if let Some(reason) = end.and_then(|end| end.reason.as_ref()) {
            sign(format!("the reason of that end is given as {}", reason.value), &reason.place);
        }
    }
    if words.is_empty() {
        if let Some(reason) = &pod.reason {
            words.push(reason.value.clone());
            sign(format!("the pod's reason is {}", reason.value), &reason.place);
        } else if let Some(row) = &pod.row {
            words.push(row.status.clone());
            sign(format!("`kubectl get pods` shows it as {}", row.status), &row.place);
        } else if let Some(phase) = &pod.phase {
            words.push(phase.value.clone());
            sign(format!("its phase is {}", phase.value), &phase.place);
        } else if let Some((event, _)) =
            events.iter().rev().find(|(event, fresh)| *fresh && event.event_type == Some(EventType::Warning))
        {
            words.push(event.reason.clone());
            sign(format!("an event warns of it ({})", event.reason), &event.place);
        } else {
            words.push("unhealthy".to_string());
            // Rows of events without ages may be all that is known of a pod that nothing names.
            if let Some(name) = &pod.name {
                sign("the pod is not healthy".to_string(), &name.place);
            } else if let Some((event, _)) = events.last() {
                sign(format!("an event tells of it ({})", event.reason), &event.place);
            }
        }
    }
    let count = restarts.map(|count| count.value).or(pod.row.as_ref().and_then(|row| row.restarts));
    if let Some(count) = count.filter(|count| *count > 0) {
        let times = format!("{count} restart{}", if count == 1 { "" } else { "s" });
        if let Some(restarts) = restarts {
            sign(format!("{times} are counted").replace("1 restart are", "1 restart is"), &restarts.place);
        }
        words.push(times);
        case.times = Some(count);
    } else {
        case.times = events
            .iter()
            .filter(|(event, fresh)| *fresh && event.event_type == Some(EventType::Warning))
            .map(|(event, _)| event.count)
            .max();
    }
    case.symptom = words.join(", ");
    case.symptom_places.extend(signs);
}

fn ends(container: &Container, case: &mut Case<'_>) {
    let not_ready = container.ready.as_ref().filter(|ready| !ready.value);
    let restarted = container.last_state.is_some() || container.restart_count.as_ref().is_some_and(|c| c.value > 0);
    let starting = container.started.as_ref().is_some_and(|started| !started.value);
    if let (Some(state), Some(not_ready), Some(probe)) = (&container.state, not_ready, &container.readiness)
        && state.kind == StateKind::Running
        && !restarted
        && !starting
    {
        let places = vec![not_ready.place.clone(), probe.place.clone()];
        case.observe("running-not-ready", "the container runs, has a readiness probe, and is not ready", places);
    }
    let oom: Vec<Place> = container
        .state
        .iter()
        .chain(container.last_state.iter())
        .filter_map(|state| state.reason.as_ref().filter(|reason| reason.value == "OOMKilled"))
        .map(|reason| reason.place.clone())
        .collect();
    case.observe("terminated-oom-killed", "the kernel killed the container at its memory limit", oom);
    let Some(end) = ended_run(container) else { return };
    case.exit_code = end.exit_code.clone();
    let reason = end.reason.as_ref().map(|reason| reason.value.as_str());
    if let Some(code) = &end.exit_code {
        let place = vec![code.place.clone()];
        match code.value {
            0 if container.kind != ContainerKind::Init => {
                case.observe("exited-zero", "the last run ended with exit code 0", place);
            }
            0 => {}
            137 if reason != Some("OOMKilled") => {
                case.observe(
                    "killed-137",
                    "the last run was ended by SIGKILL (exit code 137), and nothing says OOMKilled",
                    place,
                );
            }
            137 => {}
            143 => case.observe("killed-143", "the last run ended on SIGTERM (exit code 143)", place),
            code => case.observe("exited-non-zero", format!("the last run ended with exit code {code}"), place),
        }
    }
    if let (Some(start), Some(finish)) = (&end.started_at, &end.finished_at) {
        let ran = finish.value.as_second() - start.value.as_second();
        // A container that never started has the zero time as its start.
        if (0..=AT_ONCE).contains(&ran) {
            case.observe(
                "exited-at-once",
                format!("the run lasted {ran}s"),
                vec![finish.place.clone(), start.place.clone()],
            );
        }
        if start.value.as_second() > 0 && ran >= 0 {
            case.values.own("ran_for", human(ran));
        }
        case.values.own("started", start.value.to_string());
        case.values.own("finished", finish.value.to_string());
    }
}

/// Without events nobody knows whether a probe ended the container: unless the output shows that it has none that could.
fn without_events(pod: &Pod, container: &Container, case: &mut Case<'_>) {
    let shown = container.image.is_some() && pod.containers.iter().any(|c| c.state.is_some());
    if shown && container.liveness.is_none() && container.startup.is_none() {
        return;
    }
    let place = ended_run(container).and_then(|end| end.exit_code.as_ref()).map(|code| code.place.clone());
    let says = "the bundle has no events of the pod, which would name a probe that ended the container";
    case.observe("probe-kill-not-excluded", says, place.into_iter().collect());
}

fn security(pod: &Pod, container: &Container, case: &mut Case<'_>) {
    let field = |name: &str| container.security_context.get(name).or_else(|| pod.security_context.get(name));
    if let Some(user) = field("runAsUser") {
        let root = user.value == "0";
        let id = if root { "runs-as-root" } else { "runs-as-non-root" };
        case.observe(id, format!("runAsUser is {}", user.value), vec![user.place.clone()]);
        case.values.text("run_as_user", &user.value);
    } else if let Some(non_root) = field("runAsNonRoot").filter(|value| value.value == "true") {
        case.observe("runs-as-non-root", "runAsNonRoot is true", vec![non_root.place.clone()]);
    }
    if let Some(group) = field("fsGroup") {
        case.values.text("fs_group", &group.value);
    }
    if let Some(read_only) = field("readOnlyRootFilesystem").filter(|value| value.value == "true") {
        case.observe("read-only-root-filesystem", "readOnlyRootFilesystem is true", vec![read_only.place.clone()]);
    }
    let privileged: Vec<Place> = container
        .ports
        .iter()
        .filter(|port| {
            let number = port.value.split('/').next().and_then(|number| number.trim().parse::<u32>().ok());
            number.is_some_and(|number| (1..1024).contains(&number))
        })
        .map(|port| port.place.clone())
        .collect();
    case.observe("privileged-port-declared", "a containerPort below 1024 is declared", privileged);
}

fn usage_of<'c>(context: &Context<'c>, pod: &Pod, container: &Container) -> Option<&'c Usage> {
    let name = &pod.name.as_ref()?.value;
    let mut mine = context
        .cluster
        .facts
        .usages
        .iter()
        .filter(|usage| !usage.node && usage.name == *name && may_be_in(pod, usage.namespace.as_deref()));
    let alone = pod.containers.iter().filter(|c| c.kind == ContainerKind::Main).count() == 1;
    mine.rfind(|usage| match &usage.container {
        Some(of) => *of == container.name,
        None => alone,
    })
}

/// Whether what is said of a pod of this name in a namespace can be of this pod.
fn may_be_in(pod: &Pod, namespace: Option<&str>) -> bool {
    pod.namespace.as_ref().map(|own| own.value.as_str()).zip(namespace).is_none_or(|(own, of)| own == of)
}

/// The volumes of which kubelet counts less than a hundredth as free.
fn full_volumes(context: &Context<'_>, pod: &Pod, case: &mut Case<'_>) {
    let Some(name) = &pod.name else { return };
    let full = context.cluster.facts.volume_usages.iter().filter(|usage| {
        usage.pod == name.value
            && may_be_in(pod, usage.namespace.as_deref())
            && usage.capacity > 0
            && u128::from(usage.available) * 100 < u128::from(usage.capacity)
            && pod.volumes.iter().any(|volume| volume.name == usage.volume && is_writable(&volume.source))
    });
    let full: Vec<&VolumeUsage> = full.collect();
    let [first, ..] = full.as_slice() else { return };
    let says = format!(
        "the volume `{}` is full: {}Mi of {}Mi are left",
        first.volume,
        first.available >> 20,
        first.capacity >> 20
    );
    case.observe("volume-full", says, full.iter().map(|usage| usage.place.clone()).collect());
}

/// Whether a volume is a disk of the pod's own; those of ConfigMaps and Secrets are as full as kubelet's.
fn is_writable(source: &VolumeSource) -> bool {
    !matches!(source, VolumeSource::ConfigMap(..) | VolumeSource::Secret(..))
}

/// Whether the output shows the container's resources: one that shows a request or another limit shows them all.
fn states_resources(container: &Container) -> bool {
    !container.resources.limits.is_empty() || !container.resources.requests.is_empty()
}

fn usage(context: &Context<'_>, pod: &Pod, container: &Container, case: &mut Case<'_>) {
    let limits = &container.resources.limits;
    if let Some(limit) = limits.get("cpu")
        && parse_quantity(&limit.value).is_some_and(|cores| cores <= 0.1)
    {
        case.observe("cpu-limit-low", format!("the CPU limit is {}", limit.value), vec![limit.place.clone()]);
    }
    if let Some(place) = container.place.as_ref().filter(|_| states_resources(container) && !limits.contains_key("cpu"))
    {
        case.observe("no-cpu-limit", "the container has no CPU limit", vec![place.clone()]);
    }
    let Some(usage) = usage_of(context, pod, container) else { return };
    // Of one that ends again and again the use of the moment says nothing.
    let runs = container.state.as_ref().is_some_and(|state| state.kind == StateKind::Running);
    for (resource, used, near, far) in [
        ("cpu", &usage.cpu, "cpu-at-limit", runs.then_some("cpu-far-from-limit")),
        ("memory", &usage.memory, "memory-near-limit", None),
    ] {
        let Some(used) = used else { continue };
        case.values.text(&format!("{resource}_usage"), used);
        let Some(limit) = limits.get(resource) else { continue };
        let (Some(is), Some(most)) = (parse_quantity(used), parse_quantity(&limit.value)) else { continue };
        let id = if is >= 0.9 * most { Some(near) } else { far.filter(|_| is <= 0.5 * most) };
        if let Some(id) = id.filter(|_| most > 0.0) {
            case.observe(
                id,
                format!("it uses {used} of {resource}, its limit is {}", limit.value),
                vec![usage.place.clone(), limit.place.clone()],
            );
        }
    }
}

fn hooks(pod: &Pod, container: Option<&Container>, events: &[(&Event, bool)], case: &mut Case<'_>) {
    let places = events
        .iter()
        .filter(|(event, _)| concerns(event, pod, container))
        .filter(|(event, _)| matches!(event.reason.as_str(), "FailedPostStartHook" | "FailedPreStopHook"))
        .map(|(event, _)| event.place.clone())
        .collect();
    case.observe("hook-failed", "a lifecycle hook failed", places);
    let waiting = container.and_then(|c| c.state.as_ref()).filter(|state| state.kind == StateKind::Waiting);
    let pulling: Vec<Place> = waiting
        .iter()
        .filter_map(|state| state.reason.as_ref())
        .filter(|reason| {
            matches!(
                reason.value.as_str(),
                "ImagePullBackOff" | "ErrImagePull" | "ErrImageNeverPull" | "InvalidImageName"
            )
        })
        .map(|reason| reason.place.clone())
        .collect();
    case.observe("image-pull-failing", "the container waits for its image", pulling);
}

fn log_observations(pod: &Pod, container: Option<&Container>, logs: &[&Log], case: &mut Case<'_>) {
    let Some(container) = container else { return };
    let Some(code) = ended_run(container).and_then(|state| state.exit_code.as_ref()) else { return };
    let _ = pod;
    let of_end: Vec<&&Log> = logs.iter().filter(|log| logs::shows_ended_run(log, Some(container))).collect();
    let spoke = of_end.iter().any(|log| log.speaks());
    let empty = of_end.iter().any(|log| !log.speaks() && log.fetch_error.is_none());
    let place = vec![code.place.clone()];
    if spoke {
        return;
    }
    if empty {
        case.observe("no-log-output", "its log was collected and is empty", place);
    } else {
        case.observe("log-not-collected", "the bundle holds no log of the run that ended", place);
    }
}

fn probe_values(probe: &Probe, ports: &[Located<String>]) -> BTreeMap<String, String> {
    let mut map = BTreeMap::from([
        ("action".to_string(), probe.action.clone()),
        ("line".to_string(), probe.place.text.to_string()),
    ]);
    map.extend(probe::manifest(&probe.action).map(|check| ("check".to_string(), check)));
    map.extend(probe::question(&probe.action, ports).map(|ask| ("ask".to_string(), ask)));
    for (name, value) in [
        ("initial_delay", probe.initial_delay),
        ("timeout", probe.timeout),
        ("period", probe.period),
        ("failure_threshold", probe.failure_threshold),
    ] {
        map.extend(value.map(|value| (name.to_string(), value.to_string())));
    }
    map
}

/// The processor that the name of an image says it is for: `arm64v8/redis`, `shop/cart:1.2-amd64`. A name for several
/// says nothing.
fn architecture_of(image: &str) -> Option<&'static str> {
    let (path, tag) = match image.rsplit_once(':') {
        Some((path, tag)) if !tag.contains('/') => (path, tag),
        _ => (image, ""),
    };
    let mut words = path.split('/').flat_map(|part| part.split(['-', '_'])).chain(tag.split(['-', '_', '.']));
    let first = words.find_map(processor)?;
    words.filter_map(processor).all(|other| other == first).then_some(first)
}

fn processor(word: &str) -> Option<&'static str> {
    Some(match word {
        "amd64" | "x86" | "x64" => "amd64",
        "arm64" | "arm64v8" | "aarch64" => "arm64",
        "arm32v5" | "arm32v6" | "arm32v7" | "armv6" | "armv7" | "armhf" => "arm",
        "ppc64le" => "ppc64le",
        "s390x" => "s390x",
        "riscv64" => "riscv64",
        _ => return None,
    })
}

fn values(pod: &Pod, container: Option<&Container>, logs: &[&Log], case: &mut Case<'_>) {
    if let Some(account) = &pod.service_account {
        case.values.name("service_account", &account.value);
    }
    let Some(container) = container else { return };
    if let Some(image) = &container.image {
        case.values.name("image", &image.value);
        case.values.name("registry", registry_of(&image.value));
        if let Some(architecture) = architecture_of(&image.value) {
            case.values.text("image_architecture", architecture);
        }
    }
    for (resource, kinds) in [("memory", ["memory_limit", "memory_request"]), ("cpu", ["cpu_limit", "cpu_request"])] {
        let both = [&container.resources.limits, &container.resources.requests];
        for (name, map) in kinds.iter().zip(both) {
            if let Some(quantity) = map.get(resource) {
                case.values.text(name, &quantity.value);
            }
        }
    }
    for (name, probe) in
        [("liveness", &container.liveness), ("readiness", &container.readiness), ("startup", &container.startup)]
    {
        if let Some(probe) = probe {
            case.values.map(name, probe_values(probe, &container.ports));
        }
    }
    if let Some(end) = ended_run(container) {
        if let Some(code) = &end.exit_code {
            case.values.own("exit_code", code.value.to_string());
        }
        if let Some(reason) = &end.reason {
            case.values.text("reason", &reason.value);
        }
    }
    if let Some(limit) = container.resources.limits.get("memory")
        && let Some(bytes) = parse_quantity(&limit.value)
        && bytes > 0.0
    {
        // A first step that shows whether the need is bounded: half as much again, in whole Mi.
        case.values.own("suggested_memory_limit", format!("{}Mi", (bytes * 1.5 / 1_048_576.0).ceil() as u64));
        // At the pace of the last run half as much again is used up half as much later.
        if let Some((Some(start), Some(end))) = ended_run(container).map(|run| (&run.started_at, &run.finished_at)) {
            let ran = end.value.as_second() - start.value.as_second();
            if start.value.as_second() > 0 && ran > 0 {
                case.values.own("suggested_memory_lasts", human(ran * 3 / 2));
            }
        }
    }
    if let Some((seconds, place)) = started_after(logs) {
        case.values.own("observed_start_seconds", seconds.to_string());
        case.start_line = Some(place);
    }
    if let Some(setting) = heap_setting(container) {
        case.values.text("heap_setting", setting);
    }
}

/// The registry that an image is pulled from: the part before the first slash where it is a host, else Docker Hub.
fn registry_of(image: &str) -> &str {
    match image.split_once('/') {
        Some((host, _)) if host.contains(['.', ':']) || host == "localhost" => host,
        _ => "docker.io",
    }
}

/// The start time that an application states of itself: Spring's `Started App in 74.3 seconds`, and the like.
fn started_after(logs: &[&Log]) -> Option<(i64, Place)> {
    logs.iter().flat_map(|log| log.tail.iter().chain(&log.head)).find_map(|place| {
        let text = &place.text;
        let (_, rest) = text.split_once("tarted ")?;
        let (_, rest) = rest.split_once(" in ")?;
        let number: String = rest.chars().take_while(|c| c.is_ascii_digit() || *c == '.').collect();
        let unit = rest[number.len()..].trim_start();
        let seconds = number.parse::<f64>().ok()?;
        if unit.starts_with("ms") {
            return Some(((seconds / 1000.0).ceil() as i64, place.clone()));
        }
        unit.starts_with('s').then(|| (seconds.ceil() as i64, place.clone()))
    })
}

/// The size of the heap as the container is told it: `-Xmx512m`, `--max-old-space-size=512`, in command, args or env.
fn heap_setting(container: &Container) -> Option<String> {
    let words = container.command.iter().chain(&container.args).map(|word| word.value.as_str());
    let env = container.env.iter().filter_map(|env| env.value.as_deref());
    words
        .chain(env)
        .flat_map(str::split_whitespace)
        .find(|word| {
            ["-Xmx", "-XX:MaxRAMPercentage=", "--max-old-space-size"].iter().any(|flag| word.starts_with(flag))
        })
        .map(str::to_string)
}

/// The names that commands are made of. Where the bundle has no name, a placeholder in capitals stands for it.
pub fn name_values(case: &mut Case<'_>) {
    let subject = case.subject.clone();
    let name = |values: &mut Values, key: &str, value: Option<&String>, placeholder: &str| {
        if let Some(value) = value {
            values.name(key, value);
        }
        if values.get(key).is_none() && !placeholder.is_empty() {
            values.own(key, placeholder);
        }
    };
    name(&mut case.values, "namespace", subject.namespace.as_ref(), "NAMESPACE");
    let pod = if subject.kind == "Pod" { subject.name.as_ref().or(subject.pods.first()) } else { subject.pods.first() };
    name(&mut case.values, "pod", pod, "POD");
    name(&mut case.values, "container", subject.container.as_ref(), "");
    name(&mut case.values, "node", subject.node.as_ref(), if subject.kind == "Node" { "NODE" } else { "" });
    case.values.names("pods", &subject.pods);
    let flag = case.values.get("container").map(|container| format!(" -c {container}")).unwrap_or_default();
    case.values.own("container_flag", flag);
    let restarted = case.times.is_some_and(|times| times > 0) && case.exit_code.is_some();
    case.values.own("previous", if restarted { " --previous" } else { "" });
    case.values.own("restarts", case.times.unwrap_or(0).to_string());
    let workload = match (&case.workload, subject.kind.as_str()) {
        (Some((kind, name)), _) => Some(format!("{}/{name}", kind.to_ascii_lowercase())),
        (None, "Pod" | "Node") => None,
        (None, kind) => subject.name.as_ref().map(|name| format!("{}/{name}", kind.to_ascii_lowercase())),
    };
    name(&mut case.values, "workload", workload.as_ref(), "");
}

/// What the node of a container tells of which only its runtime's list is there: the API server may not answer.
fn missing_of_runtime(container: &Container, logs: &[&Log], pod: &str) -> Vec<Missing> {
    let mut all = Vec::new();
    let shown = logs.iter().any(|log| log.speaks() && logs::shows_ended_run(log, Some(container)));
    if let Some(id) = container.container_id.as_ref().filter(|_| !shown) {
        let (tool, id) = match id.value.strip_prefix("docker://") {
            Some(id) => ("docker", id),
            None => ("crictl", id.value.as_str()),
        };
        all.push(Missing {
            what: "what the container printed before it ended; on its node".to_string(),
            command: format!("{tool} logs --tail=200 {id}"),
        });
    }
    all.push(Missing {
        what: "what the kubelet of its node says of it".to_string(),
        command: format!("journalctl -u kubelet --no-pager | grep -F {pod}"),
    });
    all
}

fn missing(pod: &Pod, container: Option<&Container>, logs: &[&Log], case: &mut Case<'_>) {
    let get = |name: &str| case.values.get(name).unwrap_or_default().to_string();
    let (namespace, name, flag) = (get("namespace"), get("pod"), get("container_flag"));
    let mut all = Vec::new();
    let by_runtime = container.filter(|container| !container.runs_made.is_empty());
    if let Some(container) = by_runtime {
        case.missing = missing_of_runtime(container, logs, &name);
        return;
    }
    if pod.containers.iter().all(|c| c.state.is_none() && c.last_state.is_none()) {
        all.push(Missing {
            what: "the pod's states, exit codes and spec".to_string(),
            command: format!("kubectl get pod -n {namespace} {name} -o yaml"),
        });
    }
    if !case.held.has_events() {
        all.push(Missing {
            what: "the pod's events".to_string(),
            command: format!("kubectl describe pod -n {namespace} {name}"),
        });
    }
    let counted = container.and_then(|container| container.restart_count.as_ref()).map(|count| count.value);
    let restarted = counted.or(pod.row.as_ref().and_then(|row| row.restarts)).is_some_and(|restarts| restarts > 0);
    let ended = container.and_then(ended_run).is_some() || (pod.containers.is_empty() && restarted);
    let shown = logs.iter().any(|log| log.speaks() && logs::shows_ended_run(log, container));
    if ended && !shown {
        let previous = if restarted { " --previous" } else { "" };
        all.push(Missing {
            what: "what the container printed before it ended".to_string(),
            command: format!("kubectl logs -n {namespace} {name}{flag}{previous}"),
        });
    }
    case.missing = all;
}
