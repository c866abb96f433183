//! The latest moments a bundle states: where it does not say when it was collected, that was not earlier.

use jiff::Timestamp;

use crate::model::{Facts, When};

/// Over events and the heartbeats of nodes, which go on as long as a cluster lives: near to the collection. Logs are left
/// out: programs print any time, also of the future.
pub fn sign_of_life(facts: &Facts) -> Option<Timestamp> {
    let events = facts.events.iter().filter_map(|event| match event.last_seen {
        Some(When::At(at)) => Some(at),
        _ => None,
    });
    let conditions = facts.nodes.iter().flat_map(|node| &node.conditions);
    events.chain(conditions.filter_map(|condition| condition.last_heartbeat)).max()
}

/// Over these and the times of containers and pods: a lower bound, which may be days before the collection.
pub fn of(facts: &Facts) -> Option<Timestamp> {
    let states = facts.pods.iter().flat_map(|pod| &pod.containers).flat_map(|c| c.state.iter().chain(&c.last_state));
    let states = states.flat_map(|state| state.started_at.iter().chain(&state.finished_at)).map(|at| at.value);
    let starts = facts.pods.iter().filter_map(|pod| pod.start_time.as_ref().map(|at| at.value));
    let created = facts.pods.iter().filter_map(|pod| match pod.created {
        Some(When::At(at)) => Some(at),
        _ => None,
    });
    states.chain(starts).chain(created).chain(sign_of_life(facts)).max()
}
