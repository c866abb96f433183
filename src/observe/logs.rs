//! Logs of a case, and logs that no object of the bundle stands behind.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::log_lines::Lines;
use super::{Case, CaseText, Context, Observed, TraceOf, log_time, peers};
use crate::artifact::{Artifact, LogRun};
use crate::catalog::Channel;
use crate::load::health::{self, Health};
use crate::logs::message_of;
use crate::model::{Container, Hit, Log, Pod, StateKind};
use crate::postmortem::{Remark, Severity, Subject};
use crate::text::Located;

/// A hit this near to the end of its log counts in full.
const NEAR_THE_END: u64 = 60;

/// Who saved the logs of so many pods saved those of pods that are well.
const MANY_PODS: usize = 6;
/// Beside the kubelet's own log, so many.
const SOME_PODS: usize = 3;

/// So many pods of the same owner tell what healthy ones print.
const SIBLINGS: usize = 50;

/// So many records may follow the last error of a program that ended of it.
const LAST_RECORDS: usize = 3;

/// The logs of a container; of a pod whose containers no output shows, all its logs.
pub fn of_container<'c>(context: &Context<'c>, pod: &Pod, container: Option<&Container>) -> Vec<&'c Log> {
    let Some(name) = &pod.name else {
        return context.logs().filter(|log| log.section == pod.section).collect();
    };
    let named = context.index.logs_of(&name.value).iter().copied();
    named
        .filter(|log| {
            (match (&log.object.namespace, &pod.namespace) {
                (Some(a), Some(b)) => *a == b.value,
                _ => true,
            }) && match (container, &log.object.container) {
                (Some(c), Some(of)) => c.name == *of || c.name.is_empty(),
                // A log that names no container is the only failing one's, or nobody's.
                (Some(c), None) => {
                    pod.containers.len() <= 1
                        || pod
                            .containers
                            .iter()
                            .all(|other| other.name == c.name || health::of_container(pod, other) != Health::Unhealthy)
                }
                (None, _) => true,
            }
        })
        .collect()
}

/// Whether a log can show the run that ended: the previous one, or the current one of a container that does not run.
pub fn shows_ended_run(log: &Log, container: Option<&Container>) -> bool {
    match log.run {
        LogRun::Previous => true,
        LogRun::Current | LogRun::Unknown => {
            let state = container.and_then(|container| container.state.as_ref());
            state.is_none_or(|state| state.kind != StateKind::Running)
        }
    }
}

/// Adds the hits of the logs to the case; of a recovered container only those of the ended run.
pub fn texts(context: &Context<'_>, pod: &Pod, container: Option<&Container>, logs: &[&Log], case: &mut Case<'_>) {
    let ready = container.is_some_and(|c| c.ready.as_ref().is_some_and(|ready| ready.value));
    let noise = noise(context, pod, container);
    // Of a pod that is lost with its node, or is being deleted, the containers may serve all the same.
    let serves = |log: &Log| {
        let of = pod.containers.iter().find(|c| log.object.container.as_ref().is_none_or(|name| *name == c.name));
        of.is_some_and(|c| health::of_container(pod, c) == Health::Healthy)
    };
    for log in logs {
        if (ready && log.run != LogRun::Previous) || (container.is_none() && serves(log)) {
            continue;
        }
        let lines = Lines::of(log);
        let run = run_of(context, log, container);
        let clock = run.and_then(|run| {
            let (first, last) = lines.walls()?;
            log_time::Clock::of(first, last, run)
        });
        for hit in log.hits.iter().filter(|hit| !noise.contains(&hit.signature)) {
            push(context, log, &lines, hit, (run, clock), case);
        }
        runtime_lines(context, log, case);
    }
}

/// What only the container runtime writes: where it stands in a log, the runtime wrote it there because no program ran.
const RUNTIME: [&str; 6] = [
    "OCI runtime ",
    "container_linux.go:",
    "rootfs_linux.go:",
    "process_linux.go:",
    "libcontainer:",
    "runc create failed",
];

/// `container "app" in pod "web-0" is waiting to start: CrashLoopBackOff`, which kubectl says in place of a log: container,
/// pod and why. A container on its way says nothing.
fn waiting(log: &Log) -> Option<(&str, &str, &str, &crate::text::Place)> {
    let place = log.fetch_error.as_ref()?;
    let (before, why) = place.text.split_once(" is waiting to start: ")?;
    let (before, pod) = before.strip_suffix('"')?.rsplit_once("in pod \"")?;
    let container = before.trim_end().strip_suffix('"')?.rsplit_once("container \"")?.1;
    let why = why.trim();
    (!matches!(why, "ContainerCreating" | "PodInitializing" | "")).then_some((container, pod, why, place))
}

fn speaks_of_runtime(log: &Log) -> bool {
    log.head.iter().chain(&log.tail).any(|place| RUNTIME.iter().any(|words| place.text.contains(words)))
}

/// Lines of a log that the container runtime wrote count as what it says in events.
fn runtime_lines(context: &Context<'_>, log: &Log, case: &mut Case<'_>) {
    let lines = log.head.iter().chain(log.tail.iter().filter(|place| !log.head.contains(place)));
    for place in lines.filter(|place| RUNTIME.iter().any(|words| place.text.contains(words))).take(4) {
        let reason = Some("Failed".to_string());
        super::container::push_text(context, case, Channel::Event, reason, &place.text, place.clone(), 1);
    }
}

/// Start and end of the run whose log this is, by the kubelet; a run that goes on has the collection as its end.
fn run_of(context: &Context<'_>, log: &Log, container: Option<&Container>) -> Option<(Timestamp, Timestamp)> {
    let container = container?;
    let state = match log.run {
        LogRun::Previous => container.last_state.as_ref(),
        LogRun::Current | LogRun::Unknown => container.state.as_ref(),
    }?;
    let start = state.started_at.as_ref()?.value;
    let end = match &state.finished_at {
        Some(end) => end.value,
        None => context.now.filter(|_| state.kind == StateKind::Running)?,
    };
    (start.as_second() > 0 && start <= end).then_some((start, end))
}

fn push(
    context: &Context<'_>,
    log: &Log,
    lines: &Lines<'_>,
    hit: &Hit,
    (run, clock): (Option<(Timestamp, Timestamp)>, Option<log_time::Clock>),
    case: &mut Case<'_>,
) {
    let Some(text) = text_of(context, log, lines, hit) else { return };
    let root = text.trace.as_ref().map(|trace| trace.root.clone());
    for place in [Some(text.place.clone()), root].into_iter().flatten() {
        let stamp = lines.stamp_of(place.line);
        if let Some(time) = stamp.and_then(|stamp| log_time::tie(stamp, run, clock, context.now)) {
            case.log_times.insert(place, time);
        }
    }
    case.texts.push(text);
}

/// A hit as a text of the case, unless it is history. Where the root line of its trace matches as well, that line speaks.
fn text_of(context: &Context<'_>, log: &Log, lines: &Lines<'_>, hit: &Hit) -> Option<CaseText> {
    let end = log.tail.last().map_or(hit.last.line, |place| place.line);
    let lines_behind = end.saturating_sub(hit.last.line);
    let near = match lines_behind {
        0..=NEAR_THE_END => 1.0,
        61..=1000 => 0.8,
        _ => 0.6,
    };
    let mut matches = vec![(hit.signature, hit.values.clone())];
    let mut place = hit.last.clone();
    let trace = lines.root_of(hit.last.line).map(|(root, end)| TraceOf { root: root.clone(), end });
    if let Some(TraceOf { root, .. }) = trace.as_ref().filter(|trace| trace.root.line != place.line) {
        let mut of_root = context.scanner.matches(&message_of(&root.text), Channel::Log);
        of_root.retain(|(signature, _)| *signature == hit.signature);
        if !of_root.is_empty() {
            matches = of_root;
            place = root.clone();
        }
    }
    let factor = near * lines.factor(hit)?;
    Some(CaseText {
        channel: Channel::Log,
        reason: None,
        place,
        message: String::new(),
        matches,
        factor,
        lines_behind,
        over: lines.success_behind(hit),
        count: hit.count,
        trace,
    })
}

/// Signatures that healthy containers of the same workload print as well: no evidence for this one.
fn noise(context: &Context<'_>, pod: &Pod, container: Option<&Container>) -> BTreeSet<crate::catalog::SignatureId> {
    let (Some(owner), Some(container)) = (&pod.owner, container) else { return BTreeSet::new() };
    let siblings = context.index.owned_by(&owner.value).iter();
    siblings
        .filter(|other| other.name.as_ref().map(|n| &n.value) != pod.name.as_ref().map(|n| &n.value))
        .take(SIBLINGS)
        .filter_map(|other| {
            let twin = other.containers.iter().find(|c| c.name == container.name)?;
            (health::of_container(other, twin) == Health::Healthy).then(|| of_container(context, other, Some(twin)))
        })
        .flatten()
        .filter(|log| log.run != LogRun::Previous)
        .flat_map(|log| log.hits.iter().map(|hit| hit.signature))
        .collect()
}

/// Whether the program wrote next to nothing behind the last hit, the trace of its stack aside: it may have ended of it.
fn ends_with_a_hit(log: &Log) -> bool {
    let Some(last) = log.hits.iter().map(|hit| hit.last.line).max() else { return false };
    let starts_record = |line: &str| {
        let line = line.trim_start_matches(['{', '[', '"', '(']);
        let level = ["I", "W", "E", "F"].iter().any(|level| {
            line.strip_prefix(level).is_some_and(|rest| rest.bytes().take(4).filter(u8::is_ascii_digit).count() == 4)
        });
        let words = ["time=", "ts=", "level", "INFO", "WARN", "DEBUG", "ERROR", "TRACE"];
        level || line.starts_with(|c: char| c.is_ascii_digit()) || words.iter().any(|word| line.starts_with(word))
    };
    let first_kept = log.tail.first().map_or(0, |place| place.line);
    let behind = log.tail.iter().filter(|place| place.line > last && starts_record(&place.text)).count();
    last >= first_kept && behind <= LAST_RECORDS
}

/// Whether the last line of a log tells of trouble that is not tried again.
fn ends_in_trouble(log: &Log) -> bool {
    let last = log.tail.last().map(|place| place.text.to_ascii_lowercase()).unwrap_or_default();
    !["warn", "retry", "trying again", "will try"].iter().any(|word| last.contains(word))
}

/// Whose logs somebody saved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Saved {
    /// Of what did not run, as far as anybody knows.
    OfSick,
    /// Of many pods without the pods: all that there were, whatever they say.
    All,
    /// The same with the kubelet's own log beside them, which tells of every container that it has to start again.
    AllWithKubelet,
}

impl Saved {
    fn of(context: &Context<'_>) -> Saved {
        // What the runtime of one node lists is not what the cluster has.
        let unshown = |name: &&str| !context.index.is_shown_by_api(name);
        let names = context.logs().filter_map(|log| log.object.name.as_deref()).filter(unshown);
        let pods = BTreeSet::from_iter(names).len();
        let kubelet = context.cluster.files.iter().any(|file| file.artifacts.contains(&Artifact::KubeletLog));
        match (kubelet, pods) {
            (true, SOME_PODS..) => Saved::AllWithKubelet,
            (_, MANY_PODS..) => Saved::All,
            _ => Saved::OfSick,
        }
    }
}

/// Whether the log's pod belongs to a workload whose replicas are all available: what it prints is no incident.
fn serves(context: &Context<'_>, log: &Log) -> bool {
    let Some(name) = log.object.name.as_deref() else { return false };
    // Of several workloads whose names the pod's begins with, the longest name fits best.
    let mut owners = name.rmatch_indices('-').map(|(end, _)| context.index.workloads_called(&name[..end]));
    let owner = owners.find(|workloads| !workloads.is_empty()).unwrap_or_default();
    owner.iter().any(|workload| {
        matches!((&workload.desired, &workload.ready),
            (Some(desired), Some(ready)) if desired.value > 0 && ready.value >= desired.value)
    })
}

/// The failing pods that a nameless log may be of: those that it was saved with; where it was saved with none, those of the
/// cluster that have no log of their own.
fn candidates(context: &Context<'_>, log: &Log) -> Vec<String> {
    let beside = context.index.pods_beside(log);
    let fails = |pod: &Pod| {
        health::of_pod(pod) == Health::Unhealthy && (log.fetch_error.is_some() || health::may_have_run(pod))
    };
    let name = |pod: &Pod| pod.name.as_ref().map(|name| name.value.clone());
    if !beside.is_empty() {
        return beside.iter().filter(|pod| fails(pod)).filter_map(|pod| name(pod)).collect();
    }
    let unheard = |pod: &&Pod| {
        fails(pod) && !peers::is_left_over(pod) && name(pod).is_none_or(|name| context.index.logs_of(&name).is_empty())
    };
    context.cluster.facts.pods.iter().filter(unheard).filter_map(name).collect()
}

/// Logs of pods that the bundle does not show otherwise: an unnamed subject, with the failing pods as candidates.
pub fn cases_of_logs_alone<'c>(context: &Context<'c>, observed: &mut Observed<'c>) {
    let of_cases = observed.cases.iter().flat_map(|case| &case.subject.pods);
    let mut judged: BTreeSet<String> = of_cases.cloned().collect();
    let saved = Saved::of(context);
    for log in &context.cluster.facts.logs {
        if log.hits.is_empty() && !speaks_of_runtime(log) && waiting(log).is_none() {
            continue;
        }
        let known = log.object.name.as_ref().is_some_and(|name| {
            judged.contains(name) || context.index.knows(name) && !context.index.is_only_named(name)
        });
        if known || context.index.has_fragment(log.section) {
            continue;
        }
        let candidates: Vec<String> = match &log.object.name {
            Some(name) => vec![name.clone()],
            None => candidates(context, log),
        };
        // A nameless log of a cluster in which nothing fails that it could be of is no incident, nor is what a machine's
        // own services print.
        let pods_known =
            saved == Saved::AllWithKubelet || context.cluster.facts.pods.iter().any(|pod| pod.name.is_some());
        let of_machine = log.object.kind.as_deref() == Some("Node");
        let nobodys = log.object.name.is_none() && (candidates.is_empty() || of_machine);
        if nobodys && pods_known || serves(context, log) {
            continue;
        }
        // A collector of whole clusters keeps the logs of what runs well, too.
        let collected = saved != Saved::OfSick || !matches!(context.cluster.layout, "loose" | "kubemortem");
        // One of them keeps the lines with errors alone, of all containers together: they always end with an error.
        let errors_only = context.cluster.layout == "insights-operator" && log.object.container.is_none();
        let may_have_ended = log.run == LogRun::Previous || (ends_with_a_hit(log) && !errors_only);
        let goes_on = match saved {
            Saved::OfSick => false,
            Saved::All => log.run == LogRun::Previous || !ends_in_trouble(log),
            Saved::AllWithKubelet => log.object.name.is_some(),
        };
        if collected && (log.object.name.is_none() || !may_have_ended) || goes_on {
            continue;
        }
        let subject = Subject {
            kind: "Pod".to_string(),
            namespace: log.object.namespace.clone(),
            name: log.object.name.clone(),
            container: log.object.container.clone(),
            pods: candidates,
            workloads: Vec::new(),
            node: None,
        };
        let mut case = super::container::bare(context, "container", subject);
        case.symptom = "a log with errors; the bundle does not show whose state it explains".to_string();
        if let Some((container, pod, why, place)) = waiting(log) {
            case.subject.name = Some(pod.to_string());
            case.subject.container = Some(container.to_string());
            case.subject.pods = vec![pod.to_string()];
            case.symptom = format!("waiting to start: {why}");
            let reason = why.bytes().all(|b| b.is_ascii_alphanumeric()).then(|| why.to_string());
            super::container::push_text(context, &mut case, Channel::Status, reason, why, place.clone(), 1);
            case.symptom_places.push(Located::new(case.symptom.clone(), place.clone()));
        }
        // An error at the end of one of many logs may be one of those that a program that runs prints.
        if saved == Saved::All && log.run != LogRun::Previous {
            case.aside = log.tail.last().map(|place| Remark {
                object: case.subject.to_string(),
                what: "its log ends with an error; the bundle does not show how it is".to_string(),
                place: place.clone(),
            });
        }
        // Such a collector shows the pods that exist; of another one nobody knows how it is.
        case.severity = if collected { Severity::Warning } else { Severity::Critical };
        let lines = Lines::of(log);
        for hit in &log.hits {
            push(context, log, &lines, hit, (None, None), &mut case);
        }
        runtime_lines(context, log, &mut case);
        super::container::name_values(&mut case);
        let last = log.tail.last().map(|place| Located::new("the log ends with this line".to_string(), place.clone()));
        case.symptom_places.extend(last);
        judged.extend(case.subject.pods.iter().cloned());
        observed.add(case);
    }
}
