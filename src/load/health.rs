//! Whether an object runs as it should, by its own status alone. No cause, no event, no log is looked at.

use super::attribute::COMPONENTS;
use crate::model::{ConditionStatus, Container, ContainerKind, Node, Pod, PodRow, StateKind};

/// The state of a pod or a container at collection time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Health {
    /// Ended as it should: a completed Job's pod, an init container that is done.
    Finished,
    /// Runs and is ready.
    Healthy,
    /// The output does not say.
    Unstated,
    /// On its way: scheduled, creating, started a moment ago.
    Starting,
    /// Does not run, does not get ready, or failed.
    Unhealthy,
}

/// Waiting reasons of every start, also of a good one.
const STARTING: [&str; 2] = ["ContainerCreating", "PodInitializing"];
/// Waiting reasons of a container that has not been started: it has printed nothing.
const NOT_STARTED: [&str; 8] = [
    "CreateContainerConfigError",
    "CreateContainerError",
    "ErrImageNeverPull",
    "ErrImagePull",
    "ImageInspectError",
    "ImagePullBackOff",
    "InvalidImageName",
    "Pending",
];
/// A pod that is younger than this many seconds may still be starting.
const START_GRACE: i64 = 60;

/// Two runs that were made within this many seconds before the runtime listed them are those of a container that ends again
/// and again.
const LOOP: i64 = 3600;
/// A failed run that was made longer ago than this, and was not followed by another, is history.
const HISTORY: i64 = 86_400;

/// The health of a container of which only the runtime's list tells, which does not say whether it is ready or was to end.
/// `None`: other outputs tell of it.
fn by_runtime(pod: &Pod, container: &Container) -> Option<Health> {
    let (newest, state) = (container.runs_made.first()?, container.state.as_ref()?);
    let restarts = container.restart_count.as_ref().map_or(0, |count| count.value);
    if state.kind == StateKind::Running {
        let loops = restarts >= 2 && container.runs_made.get(1).is_some_and(|before| *before < LOOP);
        return Some(if loops { Health::Unhealthy } else { Health::Unstated });
    }
    let is_part = COMPONENTS.contains(&container.name.as_str());
    // An init container is followed by others, and the pod of a CronJob by another pod.
    let runs = |other: &Container| other.state.as_ref().is_some_and(|state| state.kind == StateKind::Running);
    let last = pod.containers.iter().all(|other| !runs(other) && other.runs_made.first() >= Some(newest));
    let failed = state.exit_code.as_ref().is_some_and(|code| code.value != 0);
    let sick = match failed {
        true => restarts > 0 || is_part || *newest < HISTORY,
        false => last && (is_part || restarts > 0 && !is_of_cron_job(pod)),
    };
    Some(if sick { Health::Unhealthy } else { Health::Finished })
}

/// `backup-29211840-x7k2z`: a CronJob counts the minutes since 1970.
fn is_of_cron_job(pod: &Pod) -> bool {
    let mut words = pod.name.iter().flat_map(|name| name.value.rsplit('-')).skip(1);
    words.next().is_some_and(|word| word.len() == 8 && word.bytes().all(|b| b.is_ascii_digit()))
}

/// The health of one container.
pub fn of_container(pod: &Pod, container: &Container) -> Health {
    if let Some(health) = by_runtime(pod, container) {
        return health;
    }
    let Some(state) = &container.state else {
        return match &container.last_state {
            Some(last) if last.exit_code.as_ref().is_some_and(|code| code.value != 0) => match container.ready {
                Some(ref ready) if ready.value => Health::Healthy,
                _ => Health::Unhealthy,
            },
            _ => Health::Unstated,
        };
    };
    let reason = state.reason.as_ref().map(|reason| reason.value.as_str());
    match state.kind {
        StateKind::Waiting => match reason {
            None => Health::Starting,
            Some(reason) if STARTING.contains(&reason) => Health::Starting,
            Some(_) => Health::Unhealthy,
        },
        StateKind::Terminated => {
            let failed = state.exit_code.as_ref().is_some_and(|code| code.value != 0)
                || reason.is_some_and(|reason| reason != "Completed");
            if failed {
                return Health::Unhealthy;
            }
            let keeps_running = container.kind == ContainerKind::Sidecar
                || (container.kind == ContainerKind::Main
                    && container.restart_count.as_ref().is_some_and(|count| count.value > 0)
                    && pod.phase.as_ref().is_some_and(|phase| phase.value == "Running")
                    && pod.owner.as_ref().is_none_or(|owner| owner.value.kind != "Job"));
            if keeps_running { Health::Unhealthy } else { Health::Finished }
        }
        StateKind::Running => match &container.ready {
            Some(ready) if ready.value => Health::Healthy,
            None => Health::Unstated,
            Some(_) => {
                let failed_before = container.last_state.as_ref().is_some_and(|last| {
                    last.exit_code.as_ref().is_some_and(|code| code.value != 0) || last.exit_code.is_none()
                });
                let restarted = container.restart_count.as_ref().is_some_and(|count| count.value > 0);
                match container.kind {
                    ContainerKind::Init | ContainerKind::Ephemeral if failed_before => Health::Unhealthy,
                    ContainerKind::Init | ContainerKind::Ephemeral => Health::Starting,
                    _ if failed_before || restarted => Health::Unhealthy,
                    _ if pod.row.as_ref().and_then(|row| row.age).is_some_and(|age| age < START_GRACE) => {
                        Health::Starting
                    }
                    _ => Health::Unhealthy,
                }
            }
        },
    }
}

/// The health of a pod.
pub fn of_pod(pod: &Pod) -> Health {
    let phase = pod.phase.as_ref().map(|phase| phase.value.as_str());
    match phase {
        Some("Succeeded") => return Health::Finished,
        Some("Failed" | "Unknown") => return Health::Unhealthy,
        _ => {}
    }
    if pod.reason.as_ref().is_some_and(|reason| reason.value != "Completed") || pod.deletion.is_some() {
        return Health::Unhealthy;
    }
    let of_containers: Vec<Health> = pod.containers.iter().map(|container| of_container(pod, container)).collect();
    if of_containers.contains(&Health::Unhealthy) {
        return Health::Unhealthy;
    }
    if phase == Some("Pending") {
        return Health::Starting;
    }
    if of_containers.contains(&Health::Starting) {
        return Health::Starting;
    }
    if of_containers.contains(&Health::Healthy) {
        return Health::Healthy;
    }
    match &pod.row {
        Some(row) => of_row(row),
        None if of_containers.contains(&Health::Finished) => Health::Finished,
        None => {
            let ready = pod.conditions.iter().find(|condition| condition.kind == "Ready");
            match ready.map(|condition| condition.status) {
                Some(ConditionStatus::True) => Health::Healthy,
                Some(_) if phase == Some("Running") => Health::Unhealthy,
                _ => Health::Unstated,
            }
        }
    }
}

/// The health that a row of `get pods` shows.
pub fn of_row(row: &PodRow) -> Health {
    let young = row.age.is_some_and(|age| age < START_GRACE);
    match row.status.as_str() {
        "Completed" | "Succeeded" => Health::Finished,
        "Running" => match (row.ready, row.total) {
            (Some(ready), Some(total)) if ready >= total => Health::Healthy,
            (Some(_), Some(_)) if young && row.restarts.unwrap_or(0) == 0 => Health::Starting,
            (Some(_), Some(_)) => Health::Unhealthy,
            _ => Health::Unstated,
        },
        "Pending" | "ContainerCreating" | "PodInitializing" | "NotReady" | "SchedulingGated" if young => {
            Health::Starting
        }
        status if status.strip_prefix("Init:").is_some_and(|rest| rest.contains('/')) && young => Health::Starting,
        _ => Health::Unhealthy,
    }
}

/// Whether a row of `get pods`, which prints a reason instead of the phase, is that of a pod in phase Failed and of no container
/// that is started again.
pub fn row_has_failed(row: &PodRow) -> bool {
    const REASONS: [&str; 7] = [
        "Evicted",
        "Error",
        "OOMKilled",
        "ContainerStatusUnknown",
        "NodeShutdown",
        "Terminated",
        "UnexpectedAdmissionError",
    ];
    row.restarts == Some(0) && REASONS.contains(&row.status.as_str())
}

/// Whether a pod may have printed anything: `false` where its state says that none of its containers was ever started.
pub fn may_have_run(pod: &Pod) -> bool {
    let not_started = |reason: &str| NOT_STARTED.contains(&reason) || STARTING.contains(&reason);
    let kept_from_start = |container: &Container| {
        let waits = container.state.as_ref().and_then(|state| match state.kind {
            StateKind::Waiting => state.reason.as_ref(),
            _ => None,
        });
        waits.is_some_and(|reason| not_started(&reason.value))
            && container.last_state.is_none()
            && container.restart_count.as_ref().is_none_or(|count| count.value == 0)
    };
    if pod.containers.iter().any(|container| container.state.is_some()) {
        return !pod.containers.iter().all(kept_from_start);
    }
    !pod.row.as_ref().is_some_and(|row| row.restarts.unwrap_or(0) == 0 && not_started(&row.status))
}

/// The health of a node, by its conditions or its row.
pub fn of_node(node: &Node) -> Health {
    let mut stated = Health::Unstated;
    for condition in &node.conditions {
        match (condition.kind.as_str(), condition.status) {
            ("Ready", ConditionStatus::True) => stated = Health::Healthy,
            ("Ready", _) => return Health::Unhealthy,
            ("MemoryPressure" | "DiskPressure" | "PIDPressure" | "NetworkUnavailable", ConditionStatus::True) => {
                return Health::Unhealthy;
            }
            _ => {}
        }
    }
    match (&node.row_status, stated) {
        (Some(row), Health::Unstated) => {
            let ready = row.value.split(',').any(|word| word == "Ready");
            if ready { Health::Healthy } else { Health::Unhealthy }
        }
        _ => stated,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::{FileId, Place};

    fn row(ready: u32, total: u32, status: &str, age: i64) -> PodRow {
        PodRow {
            ready: Some(ready),
            total: Some(total),
            status: status.to_string(),
            restarts: Some(0),
            last_restart: None,
            age: Some(age),
            place: Place::of_line(FileId(0), 1, "row"),
        }
    }

    #[test]
    fn rows() {
        assert_eq!(of_row(&row(1, 1, "Running", 10)), Health::Healthy);
        assert_eq!(of_row(&row(0, 1, "Running", 600)), Health::Unhealthy);
        assert_eq!(of_row(&row(0, 1, "Running", 6)), Health::Starting);
        assert_eq!(of_row(&row(0, 1, "Completed", 600)), Health::Finished);
        assert_eq!(of_row(&row(0, 2, "Init:0/4", 12)), Health::Starting);
        assert_eq!(of_row(&row(0, 2, "Init:CrashLoopBackOff", 12)), Health::Unhealthy);
        assert_eq!(of_row(&row(0, 1, "Pending", 600)), Health::Unhealthy);
    }
}
