//! How much of one object is looked at: everything that is said of a container or an event is held against its siblings.
//!
//! No cluster holds more: a pod is one object of etcd, and events are forgotten after an hour.

use std::cmp::Reverse;
use std::collections::HashMap;

use crate::model::{Cluster, Event, Gap, GapKind, Pod};
use crate::parse::events::{EVENTS, named, too_many};

/// Containers of a pod that are looked at, the first ones.
const CONTAINERS: usize = 200;

/// Whether a pod may take another container: one too many shows that it has more.
pub(super) fn has_room(pod: &Pod) -> bool {
    pod.containers.len() <= CONTAINERS
}

/// Cuts what one output says of a pod, to be judged by [`bound`] when all outputs are joined.
pub(super) fn cut(pod: &mut Pod) {
    pod.containers.truncate(CONTAINERS + 1);
}

/// Keeps so much of each object, and says where there was more.
pub(super) fn bound(cluster: &mut Cluster) {
    let mut gaps = Vec::new();
    let mut pods = std::mem::take(&mut cluster.facts.pods);
    for pod in pods.iter_mut().filter(|pod| pod.containers.len() > CONTAINERS) {
        pod.containers.truncate(CONTAINERS);
        let name = pod.name.as_ref().map_or("", |name| &name.value);
        gaps.push(Gap {
            path: cluster.path(pod.section.file).to_owned(),
            kind: GapKind::Truncated,
            what: format!("gives {} more than {CONTAINERS} containers; the first are looked at", named("pod", name)),
            prevents: "what its other containers show".to_owned(),
        });
    }
    cluster.facts.pods = pods;
    let mut events = std::mem::take(&mut cluster.facts.events);
    let dropped = older_than_the_latest(cluster, &events, &mut gaps);
    if !dropped.is_empty() {
        let mut dropped = dropped.into_iter();
        events.retain(|_| !dropped.next().unwrap_or(false));
    }
    cluster.facts.events = events;
    cluster.facts.gaps.extend(gaps);
}

/// Of each event whether it is one too many; empty where none is.
fn older_than_the_latest(cluster: &Cluster, events: &[Event], gaps: &mut Vec<Gap>) -> Vec<bool> {
    let mut dropped = Vec::new();
    if events.len() <= EVENTS {
        return dropped;
    }
    let reference = cluster.collected_at.as_ref().map(|at| at.value).or(cluster.newest);
    let mut of_object: HashMap<_, Vec<usize>> = HashMap::new();
    for (at, event) in events.iter().enumerate() {
        let object = &event.object;
        let section = object.name.is_none().then_some(event.section);
        of_object.entry((&object.kind, &object.namespace, &object.name, section)).or_default().push(at);
    }
    for ((kind, _, name, _), mut all) in of_object {
        if all.len() <= EVENTS {
            continue;
        }
        dropped.resize(events.len(), false);
        all.sort_by_key(|at| Reverse(events[*at].last_seen.map(|when| when.order(reference))));
        for at in &all[EVENTS..] {
            dropped[*at] = true;
        }
        let kind = kind.as_deref().unwrap_or("object");
        let first = all.iter().min().map_or(0, |at| *at);
        let path = cluster.path(events[first].section.file);
        gaps.push(too_many(path, all.len(), kind, name.as_deref().unwrap_or_default()));
    }
    dropped
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Container, ObjectRef, When};
    use crate::text::{FileId, Located, Place};

    fn nowhere() -> Place {
        Place::of_line(FileId(0), 1, "")
    }

    fn event(name: &str, age: i64) -> Event {
        Event {
            section: Default::default(),
            event_type: None,
            reason: "BackOff".to_owned(),
            message: age.to_string(),
            object: ObjectRef { kind: Some("Pod".to_owned()), name: Some(name.to_owned()), ..ObjectRef::default() },
            component: None,
            host: None,
            count: 1,
            first_seen: None,
            last_seen: Some(When::Ago(age)),
            place: nowhere(),
        }
    }

    #[test]
    fn the_latest_events_of_each_object_are_kept_in_their_order() {
        let mut cluster = Cluster::default();
        // Of one pod 1,500, from the oldest to the latest; of the other one.
        cluster.facts.events = (0..1500).rev().map(|age| event("web-0", age)).collect();
        cluster.facts.events.insert(7, event("web-1", 99_999));
        bound(&mut cluster);
        let ages: Vec<&str> = cluster.facts.events.iter().map(|event| event.message.as_str()).collect();
        assert_eq!((ages.len(), ages[0], ages[1], ages[1000]), (1001, "99999", "999", "0"));
        let gaps: Vec<&str> = cluster.facts.gaps.iter().map(|gap| gap.what.as_str()).collect();
        assert_eq!(gaps, ["holds 1500 events of Pod web-0; the latest 1000 are looked at"]);
    }

    #[test]
    fn a_pod_of_too_many_containers_says_so() {
        let mut pod = Pod::default();
        for _ in 0..200 {
            pod.containers.push(Container::default());
        }
        let mut cluster = Cluster::default();
        cluster.facts.pods = vec![pod.clone(), pod];
        cluster.facts.pods[1].containers.push(Container::default());
        cluster.facts.pods[1].name = Some(Located::new("web-1".to_owned(), nowhere()));
        bound(&mut cluster);
        assert!(cluster.facts.pods.iter().all(|pod| pod.containers.len() == 200));
        let gaps: Vec<&str> = cluster.facts.gaps.iter().map(|gap| gap.what.as_str()).collect();
        assert_eq!(gaps, ["gives pod web-1 more than 200 containers; the first are looked at"]);
    }
}
