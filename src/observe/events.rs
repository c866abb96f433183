//! Which events still speak: a warning that a later success overtook is history.

use super::Context;
use crate::model::{Container, Event, Pod, StateKind, When};

/// The family of an event: events of one family overtake one another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Stage {
    Scheduling,
    Volume,
    Sandbox,
    Image,
    Create,
    Probe,
    Other,
}

fn stage(event: &Event) -> Stage {
    let message = event.message.as_str();
    match event.reason.as_str() {
        "FailedScheduling" | "FailedBinding" | "NotTriggerScaleUp" => Stage::Scheduling,
        "FailedMount" | "FailedAttachVolume" | "FailedMapVolume" | "VolumeResizeFailed" => Stage::Volume,
        "FailedCreatePodSandBox" | "NetworkNotReady" | "FailedPodSandBoxStatus" => Stage::Sandbox,
        "ErrImageNeverPull" | "InspectFailed" | "ErrImagePull" | "ImagePullBackOff" => Stage::Image,
        "Failed" if message.contains("pull") || message.contains("Pull") || message.contains("InvalidImageName") => {
            Stage::Image
        }
        "BackOff" if message.contains("pulling image") => Stage::Image,
        "Failed" => Stage::Create,
        "Unhealthy" | "ProbeWarning" => Stage::Probe,
        _ => Stage::Other,
    }
}

/// What a success of this event proves to be over.
fn overtakes(reason: &str) -> &'static [Stage] {
    match reason {
        "Scheduled" => &[Stage::Scheduling],
        "SuccessfulAttachVolume" => &[Stage::Scheduling],
        "Pulling" => &[Stage::Scheduling, Stage::Volume, Stage::Sandbox],
        "Pulled" => &[Stage::Scheduling, Stage::Volume, Stage::Sandbox, Stage::Image],
        "Created" | "Started" => &[Stage::Scheduling, Stage::Volume, Stage::Sandbox, Stage::Image, Stage::Create],
        _ => &[],
    }
}

/// How many seconds before collection an event was last seen; comparable within one bundle. Events with an absolute time
/// in a bundle without collection time count back from `newest`.
pub fn age(event: &Event, reference: Option<jiff::Timestamp>) -> Option<i64> {
    match event.last_seen? {
        When::Ago(seconds) => Some(seconds),
        When::At(time) => Some(reference?.as_second() - time.as_second()),
    }
}

/// The events of a pod, each with whether it still speaks, in the order of the bundle.
pub fn of_pod<'c>(context: &Context<'c>, pod: &Pod) -> Vec<(&'c Event, bool)> {
    let mine: Vec<&'c Event> = {
        let name = pod.name.as_ref().map(|name| name.value.as_str());
        let namespace = pod.namespace.as_ref().map(|namespace| namespace.value.as_str());
        context.index.events_of(name, namespace, pod.section).filter(|event| is_of(event, pod)).collect()
    };
    let newest = mine
        .iter()
        .filter_map(|event| match event.last_seen {
            Some(When::At(time)) => Some(time),
            _ => None,
        })
        .max();
    let reference = context.now.or(newest);
    let unfinished = created_and_not_started(&mine);
    let scheduled = pod.node.as_ref().is_some_and(|node| !node.value.is_empty());
    mine.iter()
        .map(|event| {
            let stage = stage(event);
            let container = event.object.container.as_deref();
            let by_state = match stage {
                Stage::Scheduling => scheduled,
                Stage::Volume | Stage::Sandbox => pod.containers.iter().any(was_created),
                Stage::Image | Stage::Create => match container {
                    Some(name) => pod.containers.iter().any(|c| c.name == name && runs_or_ran(c)),
                    None => !pod.containers.is_empty() && pod.containers.iter().all(runs_or_ran),
                },
                Stage::Probe => {
                    let readiness = event.message.starts_with("Readiness probe");
                    readiness
                        && match container {
                            Some(name) => pod.containers.iter().any(|c| c.name == name && is_ready(c)),
                            None => !pod.containers.is_empty() && pod.containers.iter().all(is_ready),
                        }
                }
                Stage::Other => false,
            };
            let by_event = stage != Stage::Other
                && mine.iter().any(|later| {
                    overtakes(&later.reason).contains(&stage)
                        && same_container(event, later)
                        && same_image(event, later)
                        && !(stage == Stage::Create && container.is_none() && unfinished.is_some())
                        && match (age(event, reference), age(later, reference)) {
                            // The scheduler's success and what follows it come within the second that both are rounded to.
                            (Some(failed), Some(succeeded)) => {
                                succeeded < failed || (succeeded == failed && stage == Stage::Scheduling)
                            }
                            _ => false,
                        }
                });
            (*event, !(by_state || by_event))
        })
        .collect()
}

/// A container that the events show created and, of several, it alone never started: a nameless failure is its own.
fn created_and_not_started<'e>(events: &[&'e Event]) -> Option<&'e str> {
    let named = |reason: &str| -> Vec<&'e str> {
        events
            .iter()
            .filter(|event| event.reason == reason)
            .filter_map(|event| event.object.container.as_deref())
            .collect()
    };
    let (created, started) = (named("Created"), named("Started"));
    created.into_iter().find(|name| !started.is_empty() && !started.contains(name))
}

/// The image that a message of a pull names.
fn image_in(message: &str) -> Option<&str> {
    [
        "Failed to pull image \"",
        "Successfully pulled image \"",
        "Pulling image \"",
        "Back-off pulling image \"",
        "Container image \"",
    ]
    .iter()
    .find_map(|start| message.strip_prefix(start))
    .and_then(|rest| rest.split('"').next())
}

/// Whether nothing says that two events are of different images.
fn same_image(a: &Event, b: &Event) -> bool {
    match (image_in(&a.message), image_in(&b.message)) {
        (Some(a), Some(b)) => a == b,
        _ => true,
    }
}

fn same_container(a: &Event, b: &Event) -> bool {
    match (&a.object.container, &b.object.container) {
        (Some(a), Some(b)) => a == b,
        _ => true,
    }
}

/// Whether an event speaks of this pod: by name, or because both stand in the same nameless output.
pub fn is_of(event: &Event, pod: &Pod) -> bool {
    if event.object.kind.as_deref().is_some_and(|kind| kind != "Pod") {
        return false;
    }
    match (&event.object.name, &pod.name) {
        (Some(event_name), Some(pod_name)) => {
            *event_name == pod_name.value
                && match (&event.object.namespace, &pod.namespace) {
                    (Some(a), Some(b)) => *a == b.value,
                    _ => true,
                }
        }
        (None, _) => event.section == pod.section,
        (Some(_), None) => event.section == pod.section,
    }
}

fn was_created(container: &Container) -> bool {
    container.container_id.as_ref().is_some_and(|id| !id.value.is_empty()) || runs_or_ran(container)
}

fn runs_or_ran(container: &Container) -> bool {
    let state = container.state.as_ref();
    state.is_some_and(|state| matches!(state.kind, StateKind::Running | StateKind::Terminated))
        || state.is_some_and(|state| state.reason.as_ref().is_some_and(|reason| reason.value == "CrashLoopBackOff"))
        || container.ready.as_ref().is_some_and(|ready| ready.value)
}

fn is_ready(container: &Container) -> bool {
    container.ready.as_ref().is_some_and(|ready| ready.value)
}

/// Whether kubelet killed a container for its liveness or startup probe. Up to 1.13 it says `container "app" is
/// unhealthy, it will be killed and re-created`.
pub fn is_killed_by_probe(event: &Event) -> bool {
    let message = event.message.to_ascii_lowercase();
    event.reason == "Killing"
        && ["liveness probe", "startup probe", "is unhealthy, it will be killed and re-created"]
            .iter()
            .any(|words| message.contains(words))
}
