//! What has a name, found by it: the logs, events and siblings of a pod, claims, workloads; a cluster of many pods costs as much per pod as a small one.

use std::collections::{BTreeMap, BTreeSet};

use crate::load::health::{self, Health};
use crate::model::{Claim, Cluster, Event, Log, Owner, Pod, Workload};
use crate::text::SectionId;

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
    /// By what the file that names them was saved with.
    sets: BTreeMap<&'c str, Vec<&'c Pod>>,
    /// Outputs that hold a pod without a name.
    fragments: BTreeSet<SectionId>,
    claims: BTreeMap<&'c str, Vec<&'c Claim>>,
    workloads: BTreeMap<&'c str, Vec<&'c Workload>>,
    nameless_workloads: Vec<&'c Workload>,
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
            sets: BTreeMap::new(),
            fragments: BTreeSet::new(),
            claims: BTreeMap::new(),
            workloads: BTreeMap::new(),
            nameless_workloads: Vec::new(),
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
                Some(name) => {
                    index.pods.entry(name.value.as_str()).or_default().push(pod);
                    index.sets.entry(cluster.set(name.place.file)).or_default().push(pod);
                }
                None => {
                    index.nameless_pods.push(pod);
                    index.fragments.insert(pod.section);
                }
            }
            if let Some(owner) = &pod.owner {
                index.owned.entry(&owner.value).or_default().push(pod);
            }
        }
        for claim in &cluster.facts.claims {
            if let Some(name) = &claim.name {
                index.claims.entry(name.value.as_str()).or_default().push(claim);
            }
        }
        for workload in &cluster.facts.workloads {
            match &workload.name {
                Some(name) => index.workloads.entry(name.value.as_str()).or_default().push(workload),
                None => index.nameless_workloads.push(workload),
            }
        }
        index
    }

    /// The events that name an object of one of these names, in the order of the bundle.
    pub(crate) fn events_naming<'n>(&self, names: impl Iterator<Item = &'n str>) -> impl Iterator<Item = &'c Event> {
        let all = &self.cluster.facts.events;
        let positions: BTreeSet<usize> = names.filter_map(|name| self.events.get(name)).flatten().copied().collect();
        positions.into_iter().map(|position| &all[position])
    }

    /// The pods named in files that were saved together with a log.
    pub(crate) fn pods_beside(&self, log: &Log) -> &[&'c Pod] {
        self.sets.get(self.cluster.set(log.section.file)).map_or(&[], Vec::as_slice)
    }

    /// Whether an output holds a pod without a name.
    pub(crate) fn has_fragment(&self, section: SectionId) -> bool {
        self.fragments.contains(&section)
    }

    /// The claims of a name, in any namespace.
    pub(crate) fn claims_called(&self, name: &str) -> &[&'c Claim] {
        self.claims.get(name).map_or(&[], Vec::as_slice)
    }

    /// The workloads of a name, of any kind and namespace.
    pub(crate) fn workloads_called(&self, name: &str) -> &[&'c Workload] {
        self.workloads.get(name).map_or(&[], Vec::as_slice)
    }

    /// The workloads whose name the bundle does not state.
    pub(crate) fn nameless_workloads(&self) -> &[&'c Workload] {
        &self.nameless_workloads
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

    /// Whether of the pods of a name nothing is shown but what they are called: no state, no row.
    pub(crate) fn is_only_named(&self, name: &str) -> bool {
        let mut pods = self.pods.get(name).into_iter().flatten();
        pods.all(|pod| pod.containers.is_empty() && health::of_pod(pod) == Health::Unstated)
    }

    /// The pods of an owner.
    pub(crate) fn owned_by(&self, owner: &Owner) -> &[&'c Pod] {
        self.owned.get(owner).map_or(&[], Vec::as_slice)
    }
}
