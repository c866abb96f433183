//! Which logs, events and siblings a pod has, found by its name: a cluster of many pods costs as much per pod as a small one.

use std::collections::BTreeMap;

use crate::model::{Cluster, Event, Log, Owner, Pod};

/// Made once for a cluster.
#[derive(Debug)]
pub(crate) struct Index<'c> {
    logs: BTreeMap<&'c str, Vec<&'c Log>>,
    /// Positions in the cluster's list of events.
    events: BTreeMap<&'c str, Vec<usize>>,
    nameless_events: Vec<usize>,
    pods: BTreeMap<&'c str, Vec<&'c Pod>>,
    nameless_pods: Vec<&'c Pod>,
    owned: BTreeMap<&'c Owner, Vec<&'c Pod>>,
    cluster: &'c Cluster,
}

impl<'c> Index<'c> {
    pub(crate) fn of(cluster: &'c Cluster) -> Self {
        let mut index = Index {
            logs: BTreeMap::new(),
            events: BTreeMap::new(),
            nameless_events: Vec::new(),
            pods: BTreeMap::new(),
            nameless_pods: Vec::new(),
            owned: BTreeMap::new(),
            cluster,
        };
        for log in &cluster.facts.logs {
            if let Some(name) = log.object.name.as_deref() {
                index.logs.entry(name).or_default().push(log);
            }
        }
        for (position, event) in cluster.facts.events.iter().enumerate() {
            match event.object.name.as_deref() {
                Some(name) => index.events.entry(name).or_default().push(position),
                None => index.nameless_events.push(position),
            }
        }
        for pod in &cluster.facts.pods {
            match &pod.name {
                Some(name) => index.pods.entry(name.value.as_str()).or_default().push(pod),
                None => index.nameless_pods.push(pod),
            }
            if let Some(owner) = &pod.owner {
                index.owned.entry(&owner.value).or_default().push(pod);
            }
        }
        index
    }

    /// The logs that name a pod.
    pub(crate) fn logs_of(&self, name: &str) -> &[&'c Log] {
        self.logs.get(name).map_or(&[], Vec::as_slice)
    }

    /// The events that can be of an object of this name, in the order of the bundle: those that name it, and those that
    /// name nothing. Of an object without a name any can be.
    pub(crate) fn events_of(&self, name: Option<&str>) -> impl Iterator<Item = &'c Event> + use<'c> {
        let all = &self.cluster.facts.events;
        let mut positions: Vec<usize> = match name {
            Some(name) => self.events.get(name).into_iter().flatten().chain(&self.nameless_events).copied().collect(),
            None => (0..all.len()).collect(),
        };
        positions.sort_unstable();
        positions.into_iter().map(|position| &all[position])
    }

    /// The pods that an event can be of: those that it names, and those without a name.
    pub(crate) fn pods_of(&self, event: &Event) -> impl Iterator<Item = &'c Pod> {
        let all = event.object.name.is_none().then(|| self.cluster.facts.pods.iter());
        let named = event.object.name.as_deref().and_then(|name| self.pods.get(name));
        let nameless = event.object.name.is_some().then(|| self.nameless_pods.iter().copied());
        all.into_iter().flatten().chain(named.into_iter().flatten().copied()).chain(nameless.into_iter().flatten())
    }

    /// Whether a pod of this name is known.
    pub(crate) fn knows(&self, name: &str) -> bool {
        self.pods.contains_key(name)
    }

    /// The pods of an owner.
    pub(crate) fn owned_by(&self, owner: &Owner) -> &[&'c Pod] {
        self.owned.get(owner).map_or(&[], Vec::as_slice)
    }
}
