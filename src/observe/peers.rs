//! What the other pods of an owner say of a pod that ended: that its work was done later, that more of them are evicted.
//!
//! Counted once for all pods: an owner may have thousands.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::load::health::{self, Health};
use crate::model::{Cluster, ConditionStatus, Pod, WorkloadKind};

/// The time before collection in which two ends make what has recovered a warning, seconds.
pub const RECENT: i64 = 3600;

/// Namespace, and what the pods of one piece of work share.
type Work = (Option<String>, String);

/// The pods by what they have in common.
pub struct Peers {
    /// When a piece of work was last done.
    done: BTreeMap<Work, Timestamp>,
    /// Jobs that are complete.
    complete: Vec<Work>,
    /// By owner: pods that began lately and were evicted.
    evicted: BTreeMap<Work, usize>,
}

impl Peers {
    /// `recent` is the moment of collection.
    pub fn of(cluster: &Cluster, recent: Option<Timestamp>) -> Peers {
        let mut peers = Peers { done: BTreeMap::new(), complete: Vec::new(), evicted: BTreeMap::new() };
        for pod in &cluster.facts.pods {
            if health::of_pod(pod) == Health::Finished
                && let (Some(work), Some(end)) = (work_of(pod), ended(pod))
            {
                let last = peers.done.entry(work).or_insert(end);
                *last = (*last).max(end);
            }
            if is_evicted(pod)
                && let (Some(owner), Some(start), Some(now)) = (owner_of(pod), &pod.start_time, recent)
                && now.as_second() - start.value.as_second() <= RECENT
            {
                *peers.evicted.entry(owner).or_default() += 1;
            }
        }
        for job in cluster.facts.workloads.iter().filter(|workload| workload.kind == WorkloadKind::Job) {
            let complete = job.conditions.iter().any(|c| c.kind == "Complete" && c.status == ConditionStatus::True);
            if let Some(name) = job.name.as_ref().filter(|_| complete) {
                let namespace = job.namespace.as_ref().map(|namespace| namespace.value.clone());
                peers.complete.push((namespace, name.value.clone()));
            }
        }
        peers.complete.sort();
        peers
    }

    /// Whether a failed pod is history: its Job is complete, or a later pod of it, or of a later Job of the same CronJob, has
    /// done the work; or, of a pod that nothing starts again, a later one with the same labels on the same node has.
    pub fn passed_since(&self, pod: &Pod) -> bool {
        if pod.phase.as_ref().is_none_or(|phase| phase.value != "Failed") {
            return false;
        }
        let of_job = pod.owner.as_ref().is_some_and(|owner| owner.value.kind == "Job");
        let complete = || owner_of(pod).is_some_and(|job| self.complete.binary_search(&job).is_ok());
        let done = || work_of(pod).and_then(|work| self.done.get(&work)).zip(ended(pod));
        of_job && complete() || done().is_some_and(|(last, end)| *last > end)
    }

    /// Whether several pods of this one's owner that began in the last hour were evicted.
    pub fn are_evicted_lately(&self, pod: &Pod) -> bool {
        owner_of(pod).and_then(|owner| self.evicted.get(&owner)).is_some_and(|count| *count >= 2)
    }
}

/// Whether a pod was evicted.
pub fn is_evicted(pod: &Pod) -> bool {
    pod.reason.as_ref().is_some_and(|reason| reason.value == "Evicted")
}

fn namespace_of(pod: &Pod) -> Option<String> {
    pod.namespace.as_ref().map(|namespace| namespace.value.clone())
}

fn owner_of(pod: &Pod) -> Option<Work> {
    Some((namespace_of(pod), pod.owner.as_ref()?.value.name.clone()))
}

/// What pods that do the same work once share: the name of the Job or of its CronJob; of pods without an owner that nothing
/// starts again their labels and their node.
fn work_of(pod: &Pod) -> Option<Work> {
    let work = match &pod.owner {
        Some(owner) if owner.value.kind == "Job" => series(&owner.value.name).to_string(),
        Some(_) => return None,
        None => {
            let never = pod.restart_policy.as_ref().is_some_and(|policy| policy.value == "Never");
            let node = pod.node.as_ref().filter(|_| never && !pod.labels.is_empty())?;
            format!("{} {:?}", node.value, pod.labels)
        }
    };
    Some((namespace_of(pod), work))
}

/// The name of a Job without the time that a CronJob puts behind its own name (minutes since 1970).
fn series(job: &str) -> &str {
    match job.rsplit_once('-') {
        Some((cron, time)) if time.len() >= 8 && time.bytes().all(|b| b.is_ascii_digit()) => cron,
        _ => job,
    }
}

/// When the last container of a pod ended.
fn ended(pod: &Pod) -> Option<Timestamp> {
    let states = pod.containers.iter().filter_map(|container| container.state.as_ref());
    states.filter_map(|state| state.finished_at.as_ref().map(|at| at.value)).max()
}
