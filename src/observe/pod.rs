//! Which pods and containers are cases, and what is said of the pod as a whole.

use std::collections::BTreeSet;

use super::{Case, Context, Observed, container, events, peers};
use crate::catalog::Channel;
use crate::load::health::{self, Health};
use crate::model::{Container, Event, EventType, Pod, PodCondition, StateKind, When};
use crate::postmortem::{Remark, Severity, Subject};
use crate::text::{Located, Place};

/// Reasons that repeat a symptom: they never make a case by themselves.
const SYMPTOMS: [&str; 2] = ["BackOff", "DNSConfigForming"];
/// A pod that has been on its way for longer than this many seconds is stuck.
const STUCK_AFTER: i64 = 120;

/// The longest that the kubelet or the scheduler wait before they try and tell again, and as long again, seconds.
const QUIET: i64 = 900;

/// The cases of one pod.
pub fn cases<'c>(context: &Context<'c>, pod: &'c Pod, observed: &mut Observed<'c>) {
    let events = events::of_pod(context, pod);
    let warned = events.iter().any(|(event, fresh)| *fresh && is_warning(event));
    let looping = events.iter().any(|(event, fresh)| *fresh && is_crash_loop(event));
    match health::of_pod(pod) {
        Health::Finished => {}
        Health::Healthy => {
            for c in &pod.containers {
                recovered(context, pod, c, &events, observed);
            }
            // A row and events: it runs again after kubelet killed it for a probe.
            let restarted = pod.row.as_ref().is_some_and(|row| row.restarts.unwrap_or(0) > 0);
            let killed = events.iter().any(|(event, _)| events::is_killed_by_probe(event));
            let unsaid = |c: &Container| c.state.is_none() && c.last_state.is_none() && c.restart_count.is_none();
            if pod.containers.iter().all(unsaid) && restarted && killed {
                let only = pod.containers.first().filter(|_| pod.containers.len() == 1);
                let kind = if only.is_some() { "container" } else { "pod" };
                let mut case = container::case(context, pod, only, kind, &events);
                case.recovered = true;
                case.severity = Severity::Warning;
                observed.add(case);
            }
        }
        Health::Starting if !warned && !is_stuck(context, pod) && !waits_for_a_node(pod) => {}
        Health::Unstated if !warned && !looping => {
            // A fragment that shows how the last run ended shows it for a reason.
            let failed = |c: &&Container| {
                let code = c.last_state.as_ref().and_then(|last| last.exit_code.as_ref());
                code.is_some_and(|code| code.value != 0)
            };
            for c in pod.containers.iter().filter(failed) {
                recovered(context, pod, c, &events, observed);
            }
        }
        _ => {
            let sick: Vec<&Container> =
                pod.containers.iter().filter(|c| health::of_container(pod, c) == Health::Unhealthy).collect();
            if sick.is_empty() {
                // A container that serves is not why the pod does not: how an earlier run of it ended is another matter.
                let only = match pod.containers.as_slice() {
                    [only] if health::of_container(pod, only) != Health::Healthy => Some(only),
                    _ => None,
                };
                observed.add(container::case(context, pod, only, "pod", &events));
            }
            let passed = context.peers.passed_since(pod);
            for c in sick {
                let mut case = container::case(context, pod, Some(c), "container", &events);
                if passed {
                    case.recovered = true;
                    case.severity = Severity::Info;
                }
                observed.add(case);
            }
        }
    }
}

fn is_warning(event: &Event) -> bool {
    let is_symptom =
        SYMPTOMS.contains(&event.reason.as_str()) || (event.reason == "FailedSync" && is_bare_sync(&event.message));
    !is_symptom
        && (event.event_type == Some(EventType::Warning)
            || event.reason.starts_with("Failed")
            || event.reason == "failed" // Kubernetes 1.0
            || matches!(event.reason.as_str(), "Evicted" | "Preempted" | "TaintManagerEviction")
            || events::is_killed_by_probe(event))
}

/// Kubelet 1.2 to 1.8 repeats under `FailedSync` what failed: a back-off is a symptom, all else may be the cause itself.
fn is_bare_sync(message: &str) -> bool {
    let rest = message
        .trim_start_matches("Error syncing pod")
        .trim_matches(|c: char| c == ',' || c == ':' || c.is_whitespace());
    matches!(rest, "" | "skipping")
        || ["CrashLoopBackOff", "ImagePullBackOff", "Back-off"].iter().any(|word| rest.contains(word))
}

/// The back-off of a container that ends again and again: no cause, and yet no healthy pod has it.
fn is_crash_loop(event: &Event) -> bool {
    (SYMPTOMS.contains(&event.reason.as_str()) || event.reason == "FailedSync")
        && ["restarting failed", "CrashLoopBackOff"].iter().any(|words| event.message.contains(words))
}

fn is_stuck(context: &Context<'_>, pod: &Pod) -> bool {
    let row = pod.row.as_ref().and_then(|row| row.age);
    let created = match (pod.created, context.now) {
        (Some(When::Ago(seconds)), _) => Some(seconds),
        (Some(When::At(time)), Some(now)) => Some(now.as_second() - time.as_second()),
        _ => None,
    };
    row.or(created).is_some_and(|age| age >= STUCK_AFTER)
}

/// Whether a pod has no node, and nothing says that this is so since a moment ago only.
fn waits_for_a_node(pod: &Pod) -> bool {
    let pending = pod.phase.as_ref().is_some_and(|phase| phase.value == "Pending");
    let ageless = pod.created.is_none() && pod.row.as_ref().is_none_or(|row| row.age.is_none());
    let node = pod.node.as_ref().is_some_and(|node| !node.value.is_empty() && node.value != "<none>");
    pending && ageless && !node
}

/// A container that runs and is ready again after an end: history, told only if a page explains it.
fn recovered<'c>(
    context: &Context<'c>,
    pod: &'c Pod,
    c: &'c Container,
    events: &[(&'c Event, bool)],
    observed: &mut Observed<'c>,
) {
    let restarts = c.restart_count.as_ref().map_or(0, |count| count.value);
    let Some(last) = c.last_state.as_ref().filter(|state| state.kind == StateKind::Terminated) else {
        if let Some(count) = c.restart_count.as_ref().filter(|count| count.value > 0) {
            observed.remarks.push(Remark {
                object: object_name(pod, Some(c)),
                what: format!("runs and is ready after {restarts} restart(s); the bundle does not show how they ended"),
                place: count.place.clone(),
            });
        }
        return;
    };
    let mut case = container::case(context, pod, Some(c), "container", events);
    case.recovered = true;
    let twice_recently = restarts >= 2
        && match (&last.started_at, context.recent) {
            (Some(start), Some(now)) => now.as_second() - start.value.as_second() <= peers::RECENT,
            _ => false,
        };
    case.severity = if twice_recently { Severity::Warning } else { Severity::Info };
    observed.add(case);
}

/// `shop/web-1 (app)`, as much of it as the bundle names.
pub fn object_name(pod: &Pod, c: Option<&Container>) -> String {
    let mut name = String::new();
    if let Some(namespace) = &pod.namespace {
        name.push_str(&namespace.value);
        name.push('/');
    }
    name.push_str(pod.name.as_ref().map_or("(unnamed pod)", |name| name.value.as_str()));
    if let Some(c) = c.filter(|c| !c.name.is_empty()) {
        name.push_str(&format!(" ({})", c.name));
    }
    name
}

/// Pods that only events name: no row, no describe.
pub fn cases_of_events_alone<'c>(context: &Context<'c>, observed: &mut Observed<'c>) {
    let facts = &context.cluster.facts;
    let mut seen: BTreeSet<(Option<&str>, &str)> = BTreeSet::new();
    for event in &facts.events {
        let Some(name) = event.object.name.as_deref().filter(|_| event.object.kind.as_deref() == Some("Pod")) else {
            continue;
        };
        let known = context.index.pods_of(event).any(|pod| events::is_of(event, pod));
        if known || !seen.insert((event.object.namespace.as_deref(), name)) {
            continue;
        }
        let stated = |value: &str| Some(Located::new(value.to_string(), event.place.clone()));
        let pod = Pod {
            section: crate::text::SectionId { file: event.section.file, index: u32::MAX },
            namespace: event.object.namespace.as_deref().and_then(stated),
            name: stated(name),
            ..Pod::default()
        };
        let mine: Vec<(&Event, bool)> = events_of_name(context, event);
        let speaks = |(event, fresh): &&(&Event, bool)| *fresh && (is_warning(event) || is_crash_loop(event));
        let Some((last, _)) = mine.iter().filter(speaks).min_by_key(|(event, _)| events::age(event, context.now))
        else {
            continue;
        };
        if is_gone(context, name, last, &mine) {
            continue;
        }
        let mut case = container::case(context, &pod, None, "pod", &mine);
        case.subject = Subject {
            kind: "Pod".to_string(),
            namespace: event.object.namespace.clone(),
            name: Some(name.to_string()),
            container: mine.iter().find_map(|(event, _)| event.object.container.clone()),
            pods: vec![name.to_string()],
            workloads: Vec::new(),
            node: mine.iter().find_map(|(event, _)| event.host.clone()),
        };
        container::name_values(&mut case);
        observed.add(case);
    }
}

/// Whether a pod that no output shows is known to be gone since its last warning: it was stopped, another pod of its workload
/// was made, or nothing is said of it any more.
fn is_gone(context: &Context<'_>, name: &str, last: &Event, events: &[(&Event, bool)]) -> bool {
    let age = |event: &Event| events::age(event, context.now);
    let stopped = events.iter().any(|(event, _)| {
        event.reason == "Killing"
            && event.message.starts_with("Stopping container")
            && matches!((age(event), age(last)), (Some(stopped), Some(warned)) if stopped <= warned)
    });
    let namespace = last.object.namespace.as_deref();
    let listed = context.index.has_pods_in(namespace);
    // An eviction ends with a stop, too.
    let moved = matches!(last.reason.as_str(), "Evicted" | "Preempted" | "TaintManagerEviction");
    // What fails is tried again: of a pod that is not among those listed, and of which nothing was heard for long, nothing is left.
    let quiet = events.iter().filter_map(|(event, _)| age(event)).min().is_some_and(|age| age > QUIET);
    let stopped = (stopped || quiet) && listed && !moved;
    let Some((stem, now)) = stem_of(name).zip(context.now) else { return stopped };
    let Some(warned) = age(last) else { return stopped };
    let made = context.index.made_of(stem, namespace).iter();
    let followed = made.copied().any(|created| now.as_second() - created.as_second() <= warned);
    stopped || followed
}

/// The name of the Deployment in a name that its ReplicaSet made: `web` of `web-6b7f9c8d54-x2k9m`.
pub(super) fn stem_of(pod: &str) -> Option<&str> {
    let (rest, end) = pod.rsplit_once('-')?;
    let (stem, hash) = rest.rsplit_once('-')?;
    let random = |word: &str| word.bytes().all(|b| b"bcdfghjklmnpqrstvwxz2456789".contains(&b));
    (end.len() == 5 && random(end) && hash.len() >= 5 && hash.bytes().all(|b| b.is_ascii_alphanumeric()))
        .then_some(stem)
}

fn events_of_name<'c>(context: &Context<'c>, like: &'c Event) -> Vec<(&'c Event, bool)> {
    let name = like.object.name.clone().map(|name| crate::text::Located::new(name, like.place.clone()));
    let namespace = like.object.namespace.clone().map(|n| crate::text::Located::new(n, like.place.clone()));
    let pod = Pod { name, namespace, section: like.section, ..Pod::default() };
    events::of_pod(context, &pod)
}

/// What the pod as a whole says: status, conditions, row. Pushed onto the texts of every case of the pod.
pub fn status_texts(context: &Context<'_>, pod: &Pod, case: &mut Case<'_>) {
    if let Some(reason) = &pod.reason {
        let message = pod.message.as_ref();
        let place = message.map_or(&reason.place, |message| &message.place);
        let text = message.map_or("", |message| message.value.as_str());
        container::push_text(context, case, Channel::Status, Some(reason.value.clone()), text, place.clone(), 1);
    } else if let Some(message) = &pod.message {
        container::push_text(context, case, Channel::Status, None, &message.value, message.place.clone(), 1);
    }
    for condition in pod.conditions.iter().filter(|condition| speaks(condition)) {
        if let Some(message) = &condition.message {
            let reason = condition.reason.clone();
            container::push_text(context, case, Channel::Status, reason, &message.value, message.place.clone(), 1);
        }
    }
    if let Some(row) = &pod.row {
        let status = row.status.strip_prefix("Init:").unwrap_or(&row.status).to_string();
        let said = if status.contains(' ') { status.clone() } else { String::new() };
        container::push_text(context, case, Channel::Status, Some(status), &said, row.place.clone(), 1);
    }
}

fn speaks(condition: &PodCondition) -> bool {
    condition.status != crate::model::ConditionStatus::True || condition.kind == "DisruptionTarget"
}

/// Observations of the pod as a whole.
pub fn observations(context: &Context<'_>, pod: &Pod, events: &[(&Event, bool)], case: &mut Case<'_>) {
    let event_places = |test: &dyn Fn(&Event) -> bool| -> Vec<Place> {
        events.iter().filter(|(event, _)| test(event)).map(|(event, _)| event.place.clone()).take(3).collect()
    };
    let mut evicted: Vec<Place> = pod.reason.iter().filter(|r| r.value == "Evicted").map(|r| r.place.clone()).collect();
    evicted.extend(pod.row.iter().filter(|row| row.status == "Evicted").map(|row| row.place.clone()));
    evicted.extend(event_places(&|event| event.reason == "Evicted"));
    case.observe("evicted", "the pod was evicted", evicted);
    case.observe(
        "sandbox-changed",
        "the pod's sandbox was killed and re-created",
        event_places(&|event| event.reason == "SandboxChanged"),
    );
    let mut deleted: Vec<Place> = pod.deletion.iter().map(|at| at.place.clone()).collect();
    deleted.extend(event_places(&|event| {
        event.reason == "Killing" && event.message.starts_with("Stopping container")
            || event.reason == "TaintManagerEviction"
    }));
    case.observe("pod-deleted", "the pod was being deleted", deleted);
    let unscheduled: Vec<Place> = match &pod.node {
        Some(node) if node.value.is_empty() => vec![node.place.clone()],
        Some(_) => Vec::new(),
        None => pod
            .conditions
            .iter()
            .filter(|c| c.kind == "PodScheduled" && c.status != crate::model::ConditionStatus::True)
            .map(|c| c.place.clone())
            .chain(event_places(&|event| event.reason == "FailedScheduling"))
            .collect(),
    };
    let scheduled = events.iter().any(|(event, _)| event.reason == "Scheduled");
    if !scheduled {
        case.observe("unscheduled", "the pod has no node", unscheduled);
    }
    let created = pod.containers.iter().any(|c| {
        c.state.as_ref().is_some_and(|state| state.kind != StateKind::Waiting)
            || c.last_state.is_some()
            || c.container_id.as_ref().is_some_and(|id| !id.value.is_empty())
    }) || events.iter().any(|(event, _)| matches!(event.reason.as_str(), "Created" | "Started"));
    if !created && !pod.containers.is_empty() {
        let places = pod
            .containers
            .iter()
            .filter_map(|c| {
                c.state.as_ref().map(|s| s.place.clone()).or(c.container_id.as_ref().map(|i| i.place.clone()))
            })
            .take(2)
            .collect();
        case.observe("never-started", "no container of the pod was ever created", places);
    }
    claims(context, pod, case);
    configs(context, pod, case);
}

fn same_namespace(a: Option<&str>, b: Option<&str>) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => a == b,
        _ => true,
    }
}

fn claims(context: &Context<'_>, pod: &Pod, case: &mut Case<'_>) {
    let namespace = pod.namespace.as_ref().map(|n| n.value.as_str());
    for volume in &pod.volumes {
        let crate::model::VolumeSource::Claim(name) = &volume.source else { continue };
        let called = context.index.claims_called(name).iter();
        let claim = called.copied().find(|claim| {
            let own = claim.namespace.as_ref().map(|namespace| namespace.value.as_str());
            same_namespace(own, namespace)
        });
        let Some(claim) = claim else { continue };
        if let Some(status) = claim.status.as_ref().filter(|status| status.value == "Pending") {
            case.observe(
                "claim-pending",
                format!("the claim `{name}` is Pending"),
                vec![status.place.clone(), volume.place.clone()],
            );
            case.values.name("claim", name);
        }
    }
    // What the provisioner says of a claim of this pod, or of the only claim of the same folder of outputs.
    let names: Vec<&str> = pod
        .volumes
        .iter()
        .filter_map(|volume| match &volume.source {
            crate::model::VolumeSource::Claim(name) => Some(name.as_str()),
            _ => None,
        })
        .collect();
    let unbound = case.texts.iter().any(|text| {
        ["PersistentVolumeClaim", "persistentvolumeclaim", "binding volumes"]
            .iter()
            .any(|words| text.place.text.contains(words))
    }) || case.observation("claim-pending").is_some();
    if !unbound {
        return;
    }
    let here = case.texts.first().map(|text| context.cluster.set(text.place.file));
    let is_here = |place: &Place| here == Some(context.cluster.set(place.file));
    for event in context.index.claim_events(&names, here) {
        let mine = match &event.object.name {
            Some(name) => {
                same_namespace(event.object.namespace.as_deref(), namespace)
                    && (names.contains(&name.as_str()) || (names.is_empty() && is_here(&event.place)))
            }
            None => is_here(&event.place),
        };
        if mine {
            container::push_event(context, case, event);
        }
    }
}

/// A key that a variable refers to and its ConfigMap or Secret, as the bundle lists it, does not hold.
fn keys(context: &Context<'_>, pod: &Pod, namespace: Option<&str>, case: &mut Case<'_>) {
    for source in pod.containers.iter().flat_map(|c| &c.env).filter_map(|env| env.source.as_ref()) {
        let Some(key) = source.key.as_ref().filter(|_| !source.optional) else { continue };
        let held = context.index.configs_called(&source.name).iter().copied().find(|config| {
            (config.kind == crate::model::ConfigKind::Secret) == (source.kind == "Secret")
                && same_namespace(config.namespace.as_deref(), namespace)
                && config.keys.is_some()
        });
        let Some((config, keys)) = held.and_then(|config| Some((config, config.keys.as_ref()?))) else { continue };
        if !keys.iter().any(|known| known.value == *key) {
            let says =
                format!("the {} {} is listed with its keys, and `{key}` is not among them", source.kind, source.name);
            case.observe("config-key-not-in-bundle", says, vec![config.name.place.clone()]);
        }
    }
}

/// References to ConfigMaps and Secrets that the namespace's list does not hold. Silent where the bundle has no list.
fn configs(context: &Context<'_>, pod: &Pod, case: &mut Case<'_>) {
    use crate::model::{ConfigKind, VolumeSource};
    let namespace = pod.namespace.as_ref().map(|n| n.value.as_str());
    let mut wanted: Vec<(ConfigKind, String, Place)> = Vec::new();
    keys(context, pod, namespace, case);
    for volume in &pod.volumes {
        match &volume.source {
            VolumeSource::ConfigMap(name, false) => {
                wanted.push((ConfigKind::ConfigMap, name.clone(), volume.place.clone()))
            }
            VolumeSource::Secret(name, false) => wanted.push((ConfigKind::Secret, name.clone(), volume.place.clone())),
            _ => {}
        }
    }
    for c in &pod.containers {
        let sources = c.env.iter().filter_map(|env| env.source.as_ref().map(|source| (source, &env.place)));
        for (source, place) in sources.chain(c.env_from.iter().map(|located| (&located.value, &located.place))) {
            let kind = if source.kind == "Secret" { ConfigKind::Secret } else { ConfigKind::ConfigMap };
            if !source.optional {
                wanted.push((kind, source.name.clone(), place.clone()));
            }
        }
    }
    for (kind, name, place) in wanted {
        let listed = namespace.is_some() && context.index.lists_configs(kind, namespace);
        let mut called = context.index.configs_called(&name).iter();
        let known = listed && called.any(|config| config.kind == kind && config.namespace.as_deref() == namespace);
        // A list without this kind tells something only where it is known to be whole.
        let (id, word) = match kind {
            ConfigKind::ConfigMap => ("configmap-not-in-bundle", "ConfigMap"),
            ConfigKind::Secret => ("secret-not-in-bundle", "Secret"),
        };
        let whole = namespace.is_some_and(|n| context.cluster.whole_lists.contains(&(word, n.to_string())));
        if known || !listed && !whole {
            continue;
        }
        case.observe(
            id,
            format!("the {word} `{name}`, which is asked for here, is not in the namespace's list"),
            vec![place],
        );
        case.values.name("name", &name);
    }
}
