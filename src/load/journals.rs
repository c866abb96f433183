//! What of a kubelet's journal is kept: failures of the last hour, of pods that are not well, which no event tells of.
//!
//! A journal speaks of days, and of pods that are long gone. Events are kept for an hour only: of a pod that has waited for
//! longer, or where they were not collected, the journal alone says why.

use std::collections::{BTreeSet, HashMap};

use super::health::{self, Health};
use crate::model::{Cluster, Event, Pod, When};

/// What a kubelet has not said for so many seconds is over: it tries again every few minutes.
const RECENT: i64 = 3600;

/// Adds the failures that speak of the cluster's pods.
pub(super) fn add(cluster: &mut Cluster, told: Vec<Event>) {
    if told.is_empty() {
        return;
    }
    // Then the journal alone shows which pods there are.
    let no_pods = cluster.facts.pods.is_empty();
    let mut sick: HashMap<&str, Vec<&Pod>> = HashMap::new();
    for pod in &cluster.facts.pods {
        let well = matches!(health::of_pod(pod), Health::Healthy | Health::Finished);
        if let Some(name) = pod.name.as_ref().filter(|_| !well) {
            sick.entry(&name.value).or_default().push(pod);
        }
    }
    let known: BTreeSet<(&str, &str)> = cluster
        .facts
        .events
        .iter()
        .filter_map(|event| Some((event.object.name.as_deref()?, event.reason.as_str())))
        .filter(|(name, _)| sick.contains_key(name))
        .collect();
    let kept: Vec<Event> = told
        .into_iter()
        .filter(|event| matches!(event.last_seen, Some(When::Ago(age)) if age <= RECENT))
        .filter_map(|mut event| {
            if no_pods {
                return Some(event);
            }
            let name = event.object.name.as_deref()?;
            let namespace = |pod: &Pod| pod.namespace.as_ref().map(|namespace| namespace.value.clone());
            let mut pods = sick.get(name)?.iter().filter(|pod| {
                let (own, told) = (namespace(pod), &event.object.namespace);
                own.is_none() || told.is_none() || own == *told
            });
            let (Some(pod), None) = (pods.next(), pods.next()) else { return None };
            let said = known.contains(&(name, event.reason.as_str()));
            event.object.namespace = event.object.namespace.take().or_else(|| namespace(pod));
            (!said && !is_back_off(&event)).then_some(event)
        })
        .collect();
    cluster.facts.events.extend(kept);
}

/// That it waits before it tries again is what the pod's own state says.
fn is_back_off(event: &Event) -> bool {
    event.reason == "FailedSync"
        && ["CrashLoopBackOff", "ImagePullBackOff"].iter().any(|word| event.message.contains(word))
}
