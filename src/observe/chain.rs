//! How one thing led to another in a container: too little CPU, a probe that times out, a kill, a restart; and what an init
//! container holds up. Each step with its line, and its time where the bundle says.

use super::container::{concerns, ended_run};
use super::{Case, Context, Step};
use crate::catalog::Channel;
use crate::model::{Container, ContainerKind, Event, Pod, StateKind, When, WorkloadKind};
use crate::text::Place;

/// A node with so much of its CPU in use, in per cent, has none to spare.
const NODE_FULL: u32 = 95;
/// A start that takes so many seconds is slow.
const SLOW_START: i64 = 30;

/// Observes what starves the container of CPU, and sets the steps of the case.
pub fn steps(
    context: &Context<'_>,
    pod: &Pod,
    container: Option<&Container>,
    events: &[(&Event, bool)],
    case: &mut Case<'_>,
) {
    starved(context, pod, case);
    let mine = || events.iter().filter(|(event, _)| concerns(event, pod, container)).map(|(event, _)| *event);
    let mut add = |id: &'static str, when: Option<When>, says: String, place: &Place| {
        case.steps.push(Step { id, when, says, place: place.clone() });
    };
    for word in ["Liveness", "Startup"] {
        let failures = mine().filter(|event| event.reason == "Unhealthy" && event.message.starts_with(word));
        let Some(first) =
            failures.min_by_key(|event| event.first_seen.or(event.last_seen).map(|at| at.order(context.now)))
        else {
            continue;
        };
        let how = if super::probe::timed_out(&first.message) { "gets no answer in time" } else { "fails" };
        let says = format!("the {} probe {how}", word.to_ascii_lowercase());
        add("probe", first.first_seen.or(first.last_seen), says, &first.place);
        let lower = word.to_ascii_lowercase();
        if let Some(kill) =
            mine().find(|event| event.reason == "Killing" && super::probe::says_killed_for(&event.message, &lower))
        {
            add(
                "killed",
                kill.first_seen.or(kill.last_seen),
                "the kubelet stops the container for it".to_string(),
                &kill.place,
            );
        }
        break;
    }
    holds_back(context, pod, case);
    let Some(container) = container else { return };
    let mut add = |id: &'static str, when: Option<When>, says: String, place: &Place| {
        case.steps.push(Step { id, when, says, place: place.clone() });
    };
    if let Some(end) = ended_run(container)
        && let Some(code) = &end.exit_code
    {
        let restarts = container.restart_count.as_ref().map_or(0, |count| count.value);
        let often = match restarts {
            0 => String::new(),
            1 => ", restarted once".to_string(),
            more => format!(", restarted {more} times"),
        };
        let when = end.finished_at.as_ref().map(|at| When::At(at.value));
        add("restarts", when, format!("the last run ended with exit code {}{often}", code.value), &code.place);
        if container.kind == ContainerKind::Init {
            held_up(pod, container, code.value, when, &code.place, case);
        }
    }
}

/// The containers that wait for an init container.
fn held_up(pod: &Pod, init: &Container, code: i64, when: Option<When>, place: &Place, case: &mut Case<'_>) {
    let waits = |c: &&Container| {
        let waiting = c.state.as_ref().filter(|state| state.kind == StateKind::Waiting);
        let reason = waiting.and_then(|state| state.reason.as_ref()).map(|reason| reason.value.as_str());
        c.kind == ContainerKind::Main && reason == Some("PodInitializing")
    };
    let waiting: Vec<&Container> = pod.containers.iter().filter(waits).collect();
    let Some(reason) = waiting.first().and_then(|c| c.state.as_ref()?.reason.as_ref()) else { return };
    let names: Vec<&str> = waiting.iter().take(5).map(|c| c.name.as_str()).collect();
    let says = format!("the init container {} ended with exit code {code}", init.name);
    case.steps.push(Step { id: "init", when, says, place: place.clone() });
    let says = format!("no container of the pod starts before it is done: {} waits", names.join(", "));
    case.steps.push(Step { id: "init", when: None, says, place: reason.place.clone() });
}

/// The pods of a StatefulSet that are not made before this one is ready.
fn holds_back(context: &Context<'_>, pod: &Pod, case: &mut Case<'_>) {
    let (Some(owner), Some(name)) = (&pod.owner, &pod.name) else { return };
    let set = context.index.workloads_called(&owner.value.name).iter().copied().find(|workload| {
        workload.kind == WorkloadKind::StatefulSet
            && owner.value.kind == "StatefulSet"
            && workload.namespace.as_ref().map(|n| &n.value) == pod.namespace.as_ref().map(|n| &n.value)
    });
    let Some((set, policy)) = set.and_then(|set| Some((set, set.pod_management.as_ref()?))) else { return };
    let Some(wanted) = set.desired.as_ref().filter(|_| policy.value == "OrderedReady") else { return };
    let ordinal = name.value.rsplit_once('-').and_then(|(_, ordinal)| ordinal.parse::<u64>().ok());
    let Some(ordinal) = ordinal.filter(|ordinal| ordinal + 1 < wanted.value) else { return };
    let exists = |other: u64| context.index.knows(&format!("{}-{other}", owner.value.name));
    if (ordinal + 1..wanted.value.min(ordinal + 1000)).any(exists) {
        return;
    }
    let first = format!("{}-{}", owner.value.name, ordinal + 1);
    let which =
        if ordinal + 2 == wanted.value { format!("{first} is") } else { format!("{first} and those behind it are") };
    let says = format!("the StatefulSet makes its pods in order: {which} not made before {} is ready", name.value);
    case.steps.push(Step { id: "ordered", when: None, says, place: policy.place.clone() });
    let says = format!("{} replicas are wanted", wanted.value);
    case.steps.push(Step { id: "ordered", when: None, says, place: wanted.place.clone() });
}

/// Whether a line of a log says that the program gets too little CPU.
fn speaks_of_starvation(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    ["thread starvation", "cpu starvation", "cpu throttl", "cpu is throttl", "cpu being throttl", "cpu was throttl"]
        .iter()
        .any(|words| text.contains(words))
        || text.split_once("nr_throttled").is_some_and(|(_, rest)| {
            rest.trim_start_matches([' ', ':', '=']).starts_with(|c: char| ('1'..='9').contains(&c))
        })
}

/// Too little CPU counts where the probe times out as well.
fn starved(context: &Context<'_>, pod: &Pod, case: &mut Case<'_>) {
    let places = |case: &Case<'_>, id: &str| case.observation(id).map(|o| o.places.clone()).unwrap_or_default();
    let timed_out = places(case, "probe-timed-out");
    if timed_out.is_empty() {
        return;
    }
    let with_kill = |case: &Case<'_>, place: Place| {
        let mut all = vec![place];
        all.extend(places(case, "killed-by-liveness-probe").into_iter().take(1));
        all.extend(timed_out.clone());
        all
    };
    let mut found: Vec<Step> = Vec::new();
    let step =
        |when, says: &str, place: &Place| Step { id: "starved", when, says: says.to_string(), place: place.clone() };
    if let Some(at_limit) = case.observation("cpu-at-limit").cloned() {
        let place = at_limit.places[0].clone();
        found.push(step(None, &at_limit.says, &place));
        let says = "the probe times out while the container is at its CPU limit";
        case.observe("cpu-starved-probe-kill", says, with_kill(case, place));
    }
    let line = case.texts.iter().find(|text| text.channel == Channel::Log && speaks_of_starvation(&text.place.text));
    if let Some(place) = line.map(|text| text.place.clone()) {
        let when = case.log_times.get(&place).map(|time| When::At(time.at));
        found.push(step(when, "the program says that it gets too little CPU", &place));
        let says = "the probe times out while the program says that it gets too little CPU";
        case.observe("cpu-starved-by-log", says, with_kill(case, place));
    }
    let seconds = case.values.get("observed_start_seconds").and_then(|text| text.parse::<i64>().ok()).unwrap_or(0);
    if let (Some(low), Some(start)) = (case.observation("cpu-limit-low").cloned(), case.start_line.clone())
        && seconds >= SLOW_START
    {
        let says = format!("{}, and the start took {seconds}s", low.says);
        found.push(step(None, &says, &low.places[0]));
        case.observe("cpu-starved-start", says, vec![low.places[0].clone(), start]);
    }
    let node = pod.node.as_ref().map(|node| node.value.as_str());
    let mut of_nodes =
        context.cluster.facts.usages.iter().filter(|usage| usage.node && node == Some(usage.name.as_str()));
    if let Some(usage) = of_nodes.find(|usage| usage.cpu_percent.is_some_and(|percent| percent >= NODE_FULL)) {
        let says = format!("{} % of the CPU of node `{}` is in use", usage.cpu_percent.unwrap_or(0), usage.name);
        found.push(step(None, &says, &usage.place));
        case.observe("cpu-starved-by-node", says, with_kill(case, usage.place.clone()));
    }
    let of_pod = node.and_then(|node| context.index.node(node));
    if let Some(row) =
        of_pod.and_then(|node| node.cpu_allocated.as_ref()).filter(|row| row.value.0 >= 90 && row.value.1 > 100)
    {
        let (requests, limits) = row.value;
        let says = format!("its pods request {requests} % of the node's CPU, and may use {limits} %");
        case.observe("node-cpu-overcommitted", says, vec![row.place.clone()]);
    }
    case.steps.extend(found);
}

#[cfg(test)]
mod tests {
    use super::speaks_of_starvation;

    #[test]
    fn lines_of_starvation() {
        assert!(speaks_of_starvation(
            "WARN HikariPool-1 - Thread starvation or clock leap detected (housekeeper delta=1m12s)."
        ));
        assert!(speaks_of_starvation("cpu.stat: nr_periods 812 nr_throttled 790"));
        for other in ["nr_throttled 0", "requests are throttled by the API", "starving for attention"] {
            assert!(!speaks_of_starvation(other), "{other}");
        }
    }
}
