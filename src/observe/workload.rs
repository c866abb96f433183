//! Workloads that cannot make their pods, jobs that failed, and what claims say of themselves.

use std::collections::BTreeSet;

use super::values::is_name;
use super::{Case, Context, Observed, container, did_you_mean, onset, timeline};
use crate::model::quantity::parse_quantity;
use crate::model::{ConditionStatus, Event, EventType, Workload, WorkloadKind};
use crate::postmortem::{Missing, Severity, Subject};
use crate::text::{Located, Place};

/// The cases of workloads: only those that no pod of theirs already stands for.
pub fn cases<'c>(context: &Context<'c>, observed: &mut Observed<'c>) {
    let mut seen = Seen::new();
    let mut spoken = Spoken::default();
    observed.cases.iter().for_each(|case| spoken.add(case));
    // A Deployment comes last: a ReplicaSet of it speaks for it.
    let (last, first): (Vec<&Workload>, Vec<&Workload>) =
        context.cluster.facts.workloads.iter().partition(|workload| workload.kind == WorkloadKind::Deployment);
    for workload in first {
        of_workload(context, workload, &mut seen, &mut spoken, observed);
    }
    of_events(context, &mut seen, &mut spoken, observed);
    for workload in last {
        of_workload(context, workload, &mut seen, &mut spoken, observed);
    }
}

/// Kind, namespace and name of a workload that has a case.
type Seen = BTreeSet<(WorkloadKind, Option<String>, Option<String>)>;

/// What the cases are of: a name is found among many by looking it up.
#[derive(Default)]
struct Spoken {
    /// The workloads that own pods, by name, and by namespace and name.
    owners: BTreeSet<String>,
    owners_in: BTreeSet<(Option<String>, String)>,
    /// The pods likewise.
    pods: BTreeSet<String>,
    pods_in: BTreeSet<(Option<String>, String)>,
    /// The Deployments whose ReplicaSets have a case, by namespace and name.
    deployments: BTreeSet<(Option<String>, String)>,
}

impl Spoken {
    fn add(&mut self, case: &Case<'_>) {
        let namespace = &case.subject.namespace;
        if let Some((_, owner)) = &case.workload {
            self.owners.insert(owner.clone());
            self.owners_in.insert((namespace.clone(), owner.clone()));
        }
        if case.subject.kind == "Pod" {
            self.pods.extend(case.subject.pods.iter().cloned());
            self.pods_in.extend(case.subject.pods.iter().map(|pod| (namespace.clone(), pod.clone())));
        }
        if case.subject.kind == "ReplicaSet" {
            // `web-7d4b9c6f5d`: a Deployment puts a hash without hyphens behind its name.
            let deployment = case.subject.name.as_deref().and_then(|name| name.rsplit_once('-'));
            self.deployments.extend(deployment.map(|(name, _)| (namespace.clone(), name.to_string())));
        }
    }

    /// Whether a ReplicaSet of a Deployment has a case.
    fn for_replica_sets_of(&self, namespace: Option<&str>, name: &str) -> bool {
        [None, namespace.map(str::to_string)].into_iter().any(|of| self.deployments.contains(&(of, name.to_string())))
    }

    /// Whether pods of a workload have a case: by their owner, or by a name that starts as the workload's.
    fn for_pods_of(&self, namespace: Option<&str>, name: &str) -> bool {
        let prefix = format!("{name}-");
        if namespace.is_none() {
            return self.owners.contains(name) || starts(&self.pods, &prefix);
        }
        [None, namespace.map(str::to_string)].into_iter().any(|namespace| {
            let from = (namespace.clone(), prefix.clone());
            let first = self.pods_in.range(from..).next();
            let pod = first.is_some_and(|(of, pod)| *of == namespace && pod.starts_with(&prefix));
            pod || self.owners_in.contains(&(namespace, name.to_string()))
        })
    }
}

/// Whether one of the names starts so.
fn starts(names: &BTreeSet<String>, prefix: &str) -> bool {
    names.range(prefix.to_string()..).next().is_some_and(|name| name.starts_with(prefix))
}

fn of_workload<'c>(
    context: &Context<'c>,
    workload: &'c Workload,
    seen: &mut Seen,
    spoken: &mut Spoken,
    observed: &mut Observed<'c>,
) {
    let events = events_of(context, workload);
    if let Some(case) = case(context, workload, &events, spoken) {
        spoken.add(&case);
        seen.insert((
            workload.kind,
            workload.namespace.as_ref().map(|n| n.value.clone()),
            workload.name.as_ref().map(|n| n.value.clone()),
        ));
        observed.add(case);
    }
}

/// Workloads that only events name.
fn of_events<'c>(context: &Context<'c>, seen: &mut Seen, spoken: &mut Spoken, observed: &mut Observed<'c>) {
    for event in &context.cluster.facts.events {
        let Some(kind) = event.object.kind.as_deref().and_then(WorkloadKind::parse) else { continue };
        let Some(name) = &event.object.name else { continue };
        if !is_failure(event) {
            continue;
        }
        let mut like = context.index.workloads_called(name).iter().chain(context.index.nameless_workloads());
        let key = (kind, event.object.namespace.clone(), Some(name.clone()));
        if like.any(|workload| is_of(event, workload)) || seen.contains(&key) {
            continue;
        }
        seen.insert(key);
        let workload = Workload {
            namespace: event.object.namespace.clone().map(|n| crate::text::Located::new(n, event.place.clone())),
            name: Some(crate::text::Located::new(name.clone(), event.place.clone())),
            ..Workload::new(event.section, kind)
        };
        let events = events_of(context, &workload);
        if let Some(case) = case(context, &workload, &events, spoken) {
            spoken.add(&case);
            observed.add(case);
        }
    }
}

fn events_of<'c>(context: &Context<'c>, workload: &Workload) -> Vec<&'c Event> {
    let name = workload.name.as_ref().map(|name| name.value.as_str());
    let namespace = workload.namespace.as_ref().map(|namespace| namespace.value.as_str());
    context.index.events_of(name, namespace, workload.section).filter(|event| is_of(event, workload)).collect()
}

fn is_of(event: &Event, workload: &Workload) -> bool {
    if event.object.kind.as_deref().and_then(WorkloadKind::parse) != Some(workload.kind) {
        return false;
    }
    match (&event.object.name, &workload.name) {
        (Some(a), Some(b)) => {
            *a == b.value
                && match (&event.object.namespace, &workload.namespace) {
                    (Some(a), Some(b)) => *a == b.value,
                    _ => true,
                }
        }
        _ => event.section == workload.section,
    }
}

fn is_failure(event: &Event) -> bool {
    matches!(event.reason.as_str(), "FailedCreate" | "FailedDaemonPod" | "ReplicaSetCreateError" | "FailedUpdate")
}

/// A failure that a later success of the same controller overtook.
fn overtaken(event: &Event, events: &[&Event], context: &Context<'_>) -> bool {
    is_failure(event)
        && events.iter().any(|later| {
            later.reason == "SuccessfulCreate"
                && matches!(
                    (super::events::age(event, context.now), super::events::age(later, context.now)),
                    (Some(bad), Some(good)) if good < bad
                )
        })
}

/// The amounts of a list as a message prints it: `limits.memory=3Gi,pods=1`.
fn amounts(list: &str) -> impl Iterator<Item = (&str, &str)> {
    list.split(',').filter_map(|pair| pair.trim().split_once('='))
}

/// A quantity as one would write it, rounded by `round`: whole Mi for bytes, m for cores, else a number.
fn written(resource: &str, amount: f64, round: fn(f64) -> f64) -> String {
    let (unit, suffix) = if resource.ends_with("memory") || resource.ends_with("storage") {
        (1_048_576.0, "Mi")
    } else if resource.ends_with("cpu") {
        (0.001, "m")
    } else {
        (1.0, "")
    };
    // What is a whole number but for the arithmetic stays that number.
    let (units, whole) = (amount / unit, (amount / unit).round());
    let units = if (units - whole).abs() < 1e-6 { whole } else { round(units) };
    format!("{units}{suffix}")
}

/// Whether what is used and what is asked for are more than what is allowed, whatever the arithmetic adds.
fn exceeds(used: f64, more: f64, hard: f64) -> bool {
    used + more > hard * (1.0 + 1e-9)
}

/// The quota that a message names: what is missing by the message's own numbers, and the line of the bundle that shows
/// the quota used up.
fn quota_used_up(context: &Context<'_>, case: &mut Case<'_>) {
    let mut shown: Vec<(String, Place)> = Vec::new();
    let mut short = None;
    for text in &case.texts {
        let Some((_, rest)) = text.message.split_once("exceeded quota: ") else { continue };
        let Some((name, rest)) = rest.split_once(", requested: ") else { continue };
        let (requested, rest) = rest.split_once(", used: ").unwrap_or((rest, ""));
        let (used, limited) = rest.split_once(", limited: ").unwrap_or((rest, ""));
        let of = |list: &str, resource: &str| {
            amounts(list).find(|(known, _)| *known == resource).and_then(|(_, amount)| parse_quantity(amount))
        };
        for (resource, amount) in amounts(requested) {
            let more = parse_quantity(amount);
            if let (Some(more), Some(used), Some(hard)) = (more, of(used, resource), of(limited, resource))
                && exceeds(used, more, hard)
                && is_name(resource)
            {
                let left = written(resource, (hard - used).max(0.0), f64::floor);
                let says = format!("{resource}: {amount} is requested, {left} is left");
                short
                    .get_or_insert((says, format!("\"{resource}\":\"{}\"", written(resource, used + more, f64::ceil))));
            }
            let quota = context.cluster.facts.quotas.iter().find(|quota| {
                quota.name == name && quota.resource == resource && quota.namespace == case.subject.namespace
            });
            let Some(quota) = quota else { continue };
            let numbers = (parse_quantity(&quota.used), more, parse_quantity(&quota.hard));
            if let (Some(used), Some(more), Some(hard)) = numbers
                && exceeds(used, more, hard)
            {
                let says = format!("the quota {name} allows {} of {resource}, and {} is used", quota.hard, quota.used);
                shown.push((says, quota.place.clone()));
            }
        }
    }
    if let Some((says, place)) = shown.into_iter().next() {
        case.observe("quota-used-up", says, vec![place]);
    }
    if let Some((says, enough)) = short {
        case.values.text("quota_short", says);
        case.values.own("quota_enough", enough);
    }
}

fn case<'c>(context: &Context<'c>, workload: &Workload, events: &[&'c Event], spoken: &Spoken) -> Option<Case<'c>> {
    let name = workload.name.as_ref().map(|n| n.value.clone());
    let failing: Vec<&&Event> =
        events.iter().filter(|event| is_failure(event) && !overtaken(event, events, context)).collect();
    let replica_failure = workload
        .conditions
        .iter()
        .find(|c| c.kind == "ReplicaFailure" && c.status == ConditionStatus::True && c.message.is_some());
    let job_failed = workload.kind == WorkloadKind::Job
        && (workload.conditions.iter().any(|c| c.kind == "Failed" && c.status == ConditionStatus::True)
            || (workload.failed.as_ref().is_some_and(|failed| failed.value > 0)
                && workload.ready.as_ref().is_none_or(|ready| ready.value == 0)));
    // The pods of the workload that already have a case of their own speak for it.
    let namespace = workload.namespace.as_ref().map(|namespace| namespace.value.as_str());
    let spoken_for = name.as_ref().is_some_and(|name| spoken.for_pods_of(namespace, name));
    let empty = matches!(
        (workload.kind, &workload.desired, &workload.ready),
        (WorkloadKind::Deployment | WorkloadKind::StatefulSet, Some(desired), Some(ready)) if desired.value > 0 && ready.value == 0
    );
    let owned = name.as_ref().is_some_and(|name| spoken.for_replica_sets_of(namespace, name));
    // What a Deployment says of a failure to make pods it has from its ReplicaSet.
    let refused = replica_failure.is_some() && !owned;
    if failing.is_empty() && !refused && (!(job_failed || empty) || spoken_for || owned) {
        return None;
    }
    let subject = Subject {
        kind: workload.kind.name().to_string(),
        namespace: workload.namespace.as_ref().map(|n| n.value.clone()),
        name: name.clone(),
        ..Subject::default()
    };
    let mut case = container::bare(context, "workload", subject);
    case.workload = match (&workload.owner, &name) {
        (Some(owner), _) => Some((owner.value.kind.clone(), owner.value.name.clone())),
        (None, Some(name)) => Some((workload.kind.name().to_string(), name.clone())),
        (None, None) => None,
    };
    for event in events {
        if !overtaken(event, events, context) {
            container::push_event(context, &mut case, event);
        }
        let object = format!("{} {}", workload.kind.name(), name.as_deref().unwrap_or("(unnamed)"));
        timeline::of_event(event, &object, &mut case);
    }
    for condition in workload.conditions.iter().filter(|c| {
        (c.status == ConditionStatus::True && matches!(c.kind.as_str(), "ReplicaFailure" | "Failed"))
            || (c.status == ConditionStatus::False && matches!(c.kind.as_str(), "Available" | "Progressing"))
    }) {
        let (reason, message) = (condition.reason.as_deref(), condition.message.as_deref());
        container::push_condition(context, &mut case, reason, message, &condition.place);
    }
    if !failing.is_empty() || replica_failure.is_some() {
        case.symptoms.push("not-created");
    }
    quota_used_up(context, &mut case);
    did_you_mean::of_messages(context, None, &mut case);
    case.times = failing.iter().map(|event| event.count).max().or(workload.failed.as_ref().map(|f| f.value));
    let warnings = events
        .iter()
        .filter(|event| event.event_type == Some(EventType::Warning) && !overtaken(event, events, context));
    let signs = warnings.filter_map(|event| onset::of_event(event).map(|at| Located::new(at, event.place.clone())));
    case.since = onset::earliest(signs, context.now);
    if let Some(event) = failing.first() {
        case.symptom = format!("no pod can be created ({})", event.reason);
        case.symptom_places
            .push(Located::new("the controller could not create a pod".to_string(), event.place.clone()));
    } else if let Some(condition) = replica_failure {
        case.symptom = "no pod can be created (ReplicaFailure)".to_string();
        let shows = "the controller could not create a pod".to_string();
        case.symptom_places.push(Located::new(shows, condition.place.clone()));
    } else if job_failed {
        let failed = workload.failed.as_ref();
        let condition = workload.conditions.iter().find(|c| c.kind == "Failed");
        let reason = condition.and_then(|c| c.reason.as_deref());
        case.symptom = match failed {
            _ if reason == Some("DeadlineExceeded") => "the job ran longer than it may".to_string(),
            Some(failed) if failed.value == 1 => "1 pod of the job failed".to_string(),
            Some(failed) => format!("{} pods of the job failed", failed.value),
            None => "the job failed".to_string(),
        };
        let counted = failed.filter(|_| reason != Some("DeadlineExceeded"));
        case.symptom_places.extend(counted.map(|failed| Located::new(case.symptom.clone(), failed.place.clone())));
        let shows = match reason {
            Some("DeadlineExceeded") => {
                case.values.own("stopped", "DeadlineExceeded");
                "the job was stopped, and its pods with it, because it ran longer than its `activeDeadlineSeconds` allow"
            }
            Some("BackoffLimitExceeded") => {
                "the job is given up: its pods failed more often than its `backoffLimit` allows"
            }
            _ => "the job is given up",
        };
        case.symptom_places.extend(condition.map(|c| Located::new(shows.to_string(), c.place.clone())));
    } else {
        case.symptom = format!("0 of {} replicas are ready", workload.desired.as_ref().map_or(0, |d| d.value));
        let ready = workload.ready.as_ref();
        case.symptom_places.extend(ready.map(|ready| Located::new(case.symptom.clone(), ready.place.clone())));
    }
    let serves = workload.ready.as_ref().is_some_and(|ready| ready.value > 0);
    case.severity = if serves { Severity::Warning } else { Severity::Critical };
    container::name_values(&mut case);
    let get = |key: &str| case.values.get(key).unwrap_or_default().to_string();
    let (namespace, target) = (get("namespace"), get("workload"));
    if failing.is_empty() && !target.is_empty() {
        case.missing.push(Missing {
            what: "the workload's pods, their states and events".to_string(),
            command: format!("kubectl describe -n {namespace} {target} && kubectl describe pods -n {namespace}"),
        });
        if job_failed && let Some(job) = &name {
            case.values.name("job", job);
            let job = case.values.get("job").unwrap_or("NAME");
            case.missing.push(Missing {
                what: "what the job's pods printed before they ended".to_string(),
                command: format!("kubectl logs -n {namespace} job/{job} --all-containers --prefix"),
            });
        }
    }
    Some(case)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_of_a_quota_is_not_rounded_up() {
        assert_eq!(written("requests.cpu", 4.0 - 3.9, f64::floor), "100m");
        assert_eq!(written("requests.cpu", 0.1009, f64::floor), "100m");
        assert_eq!(written("requests.cpu", 0.1009, f64::ceil), "101m");
        assert_eq!(written("limits.memory", 1.5 * 1_048_576.0, f64::floor), "1Mi");
        assert_eq!(written("pods", 11.0, f64::ceil), "11");
        assert!(exceeds(3.9, 0.5, 4.0));
        assert!(!exceeds(0.1, 0.2, 0.3), "0.1 and 0.2 are 0.3");
    }
}
