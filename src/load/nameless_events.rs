//! Whose the events are that a collector kept without their objects.
//!
//! The insights-operator keeps namespace, reason and message of an event, and drops the object. Such an event is of the
//! pod of that namespace that its message names, else of the pods that wait for the image it names. What is left
//! belongs to nobody, and a gap says so.

use std::collections::BTreeMap;

use super::attribute::stands_in;
use super::health;
use crate::layout::Layout;
use crate::model::{Cluster, Event, EventType, Gap, GapKind, Pod};

/// Gives such events to their pods.
pub(super) fn attribute(cluster: &mut Cluster) {
    let mut left: BTreeMap<String, usize> = BTreeMap::new();
    let mut events = Vec::with_capacity(cluster.facts.events.len());
    for mut event in std::mem::take(&mut cluster.facts.events) {
        let of_the_archive = cluster
            .files
            .get(event.section.file.0 as usize)
            .is_some_and(|file| file.layout == Layout::InsightsOperator.name());
        if !of_the_archive || event.object.name.is_some() {
            events.push(event);
            continue;
        }
        let whose = whose(cluster, &event);
        if whose.is_empty() && event.event_type == Some(EventType::Warning) {
            *left.entry(cluster.path(event.section.file).to_string()).or_default() += 1;
        }
        for (pod, container) in &whose {
            let mut its = event.clone();
            its.object.kind = Some("Pod".to_string());
            its.object.name = pod.name.as_ref().map(|name| name.value.clone());
            its.object.container.clone_from(container);
            events.push(its);
        }
        if whose.is_empty() {
            event.object.kind = None;
            events.push(event);
        }
    }
    cluster.facts.events = events;
    cluster.facts.gaps.extend(left.into_iter().map(|(path, count)| Gap {
        path,
        kind: GapKind::NotCollected,
        what: format!("its events name no object, and the text of {count} warnings tells none"),
        prevents: "whose these warnings are".to_string(),
    }));
}

/// The pods that an event speaks of, each with the container where the message tells it.
fn whose<'c>(cluster: &'c Cluster, event: &Event) -> Vec<(&'c Pod, Option<String>)> {
    let here = cluster.facts.pods.iter().filter(|pod| {
        pod.namespace.as_ref().map(|namespace| namespace.value.as_str()) == event.object.namespace.as_deref()
    });
    let here: Vec<&Pod> = here.collect();
    let name = |pod: &Pod| pod.name.as_ref().map_or(0, |name| name.value.len());
    let named = here.iter().filter(|pod| pod.name.as_ref().is_some_and(|n| stands_in(&n.value, &event.message)));
    if let Some(pod) = named.max_by_key(|pod| name(pod)) {
        let named = pod.containers.iter().find(|container| {
            !container.name.is_empty() && event.message.contains(&format!("container {} in", container.name))
        });
        return vec![(pod, named.map(|container| container.name.clone()))];
    }
    let Some(image) = event.message.split_once("image \"").and_then(|(_, rest)| rest.split_once('"')) else {
        return Vec::new();
    };
    let waits = here.into_iter().filter(|pod| !health::may_have_run(pod));
    let of_image = waits.filter_map(|pod| {
        let of = |c: &&crate::model::Container| c.image.as_ref().is_some_and(|known| known.value == image.0);
        pod.containers.iter().find(of).map(|container| (pod, Some(container.name.clone())))
    });
    of_image.collect()
}
