//! What the other pods of an owner say of a pod that ended: that its work was done later, that others took its place, that
//! more of them end so.
//!
//! Counted once for all pods: an owner may have thousands.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::pod::stem_of;
use crate::load::health::{self, Health};
use crate::model::{Cluster, ConditionStatus, Pod, PodRow, WorkloadKind};

/// The time before collection in which two ends make what has recovered a warning, seconds.
pub const RECENT: i64 = 3600;
/// A container that had to be started again would have been by then, seconds.
const LONG_OVER: i64 = 900;
/// A run that nothing repeats and that failed longer ago is history, seconds.
const FORGOTTEN: i64 = 7 * 86400;

/// Namespace, and what the pods of one piece of work share.
type Work = (Option<String>, String);

/// The pods by what they have in common.
pub struct Peers {
    /// When a piece of work was last done.
    done: BTreeMap<Work, Timestamp>,
    /// Jobs that are complete.
    complete: Vec<Work>,
    /// By owner: pods that began lately and are over.
    left_over: BTreeMap<Work, usize>,
    /// The ReplicaSets of which a pod runs and is ready, as pods' names tell them.
    serving: BTreeSet<Work>,
}

impl Peers {
    /// `recent` is the moment of collection.
    pub fn of(cluster: &Cluster, recent: Option<Timestamp>) -> Peers {
        let mut peers =
            Peers { done: BTreeMap::new(), complete: Vec::new(), left_over: BTreeMap::new(), serving: BTreeSet::new() };
        for pod in &cluster.facts.pods {
            let health = health::of_pod(pod);
            if health == Health::Finished
                && let (Some(work), Some(end)) = (work_of(pod), ended(pod))
            {
                let last = peers.done.entry(work).or_insert(end);
                *last = (*last).max(end);
            }
            if health == Health::Healthy
                && let Some(set) = replica_set_of(pod)
            {
                peers.serving.insert(set);
            }
            if is_left_over(pod)
                && let Some(owner) = owner_of(pod).or_else(|| replica_set_of(pod))
                && age_of(pod, recent).is_some_and(|age| age <= RECENT)
            {
                *peers.left_over.entry(owner).or_default() += 1;
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
    /// done the work; so of the Builds of one BuildConfig; or, of a pod that nothing starts again, a later one with the same
    /// labels on the same node has.
    pub fn passed_since(&self, pod: &Pod) -> bool {
        if pod.phase.as_ref().is_none_or(|phase| phase.value != "Failed") {
            return false;
        }
        let of_job = pod.owner.as_ref().is_some_and(|owner| owner.value.kind == "Job");
        let complete = || owner_of(pod).is_some_and(|job| self.complete.binary_search(&job).is_ok());
        let done = || work_of(pod).and_then(|work| self.done.get(&work)).zip(ended(pod));
        of_job && complete() || done().is_some_and(|(last, end)| *last > end)
    }

    /// Whether several pods of this one's owner that began in the last hour are over.
    pub fn end_so_lately(&self, pod: &Pod) -> bool {
        let owner = owner_of(pod).or_else(|| replica_set_of(pod));
        owner.and_then(|owner| self.left_over.get(&owner)).is_some_and(|count| *count >= 2)
    }

    /// Whether another pod of the same ReplicaSet serves, as far as their names tell.
    pub fn serve_beside(&self, pod: &Pod) -> bool {
        replica_set_of(pod).is_some_and(|set| self.serving.contains(&set))
    }
}

/// Whether a pod is over though its workload wants it to run: evicted, or in phase Failed, which no pod that is started again
/// ever is. Its workload has made another one in its place.
pub fn is_left_over(pod: &Pod) -> bool {
    let owned = |owner: &str| matches!(owner, "ReplicaSet" | "ReplicationController" | "StatefulSet" | "DaemonSet");
    let failed = pod.phase.as_ref().is_some_and(|phase| phase.value == "Failed");
    let row = pod.row.as_ref().filter(|_| pod.phase.is_none() && pod.containers.iter().all(|c| c.state.is_none()));
    let over = |row: &PodRow| health::row_has_failed(row) && row.age.is_some_and(|age| age > LONG_OVER);
    pod.reason.as_ref().is_some_and(|reason| reason.value == "Evicted")
        || failed && pod.owner.as_ref().is_some_and(|owner| owned(&owner.value.kind))
        || replica_set_of(pod).is_some() && row.is_some_and(over)
}

/// Whether a pod that runs once failed so long ago that nobody waits for it any more.
pub fn is_forgotten(pod: &Pod, recent: Option<Timestamp>) -> bool {
    let failed = pod.phase.as_ref().is_some_and(|phase| phase.value == "Failed");
    let once = pod.restart_policy.as_ref().is_some_and(|policy| policy.value == "Never");
    let since = ended(pod).zip(recent).map(|(end, now)| now.as_second() - end.as_second());
    failed && once && !is_left_over(pod) && since.is_some_and(|since| since > FORGOTTEN)
}

/// The ReplicaSet of a pod, by the pod's name.
fn replica_set_of(pod: &Pod) -> Option<Work> {
    let name = pod.name.as_ref().map(|name| name.value.as_str()).filter(|name| stem_of(name).is_some())?;
    Some((namespace_of(pod), name.rsplit_once('-')?.0.to_string()))
}

/// For how long a pod has been there, seconds.
fn age_of(pod: &Pod, recent: Option<Timestamp>) -> Option<i64> {
    let start = pod.start_time.as_ref().zip(recent).map(|(start, now)| now.as_second() - start.value.as_second());
    start.or_else(|| pod.row.as_ref().and_then(|row| row.age))
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
        Some(owner) if owner.value.kind == "Build" => format!("Build {}", series_of_builds(&owner.value.name)?),
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

/// The name of an OpenShift Build without the number that its BuildConfig puts behind its own name.
fn series_of_builds(build: &str) -> Option<&str> {
    let (config, number) = build.rsplit_once('-')?;
    number.bytes().all(|b| b.is_ascii_digit()).then_some(config)
}

/// When the last container of a pod ended.
fn ended(pod: &Pod) -> Option<Timestamp> {
    let states = pod.containers.iter().filter_map(|container| container.state.as_ref());
    states.filter_map(|state| state.finished_at.as_ref().map(|at| at.value)).max()
}
