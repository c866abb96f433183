//! What has a name, found by it: the logs, events and siblings of a pod, claims, workloads; a cluster of many pods costs as much per pod as a small one.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use jiff::Timestamp;

use super::pod::stem_of;
use crate::load::health::{self, Health};
use crate::model::{Claim, Cluster, Config, ConfigKind, Event, Log, Node, Owner, Pod, ServiceAccount, When, Workload};
use crate::text::SectionId;

/// Made once for a cluster.
#[derive(Debug)]
pub(crate) struct Index<'c> {
    logs: HashMap<&'c str, Vec<&'c Log>>,
    /// Positions in the cluster's list of events, by name and namespace.
    events: HashMap<&'c str, BTreeMap<Option<&'c str>, Vec<usize>>>,
    /// The same of all events of an output, and of those that name nothing.
    events_in: BTreeMap<SectionId, Vec<usize>>,
    nameless_events: BTreeMap<SectionId, Vec<usize>>,
    pods: HashMap<&'c str, Vec<&'c Pod>>,
    nameless_pods: BTreeMap<SectionId, Vec<&'c Pod>>,
    owned: HashMap<&'c Owner, Vec<&'c Pod>>,
    /// By what the file that names them was saved with.
    sets: HashMap<&'c str, Vec<&'c Pod>>,
    /// Outputs that hold a pod without a name.
    fragments: BTreeSet<SectionId>,
    claims: HashMap<&'c str, Vec<&'c Claim>>,
    /// Positions of the events of claims, by what they were saved with, and whether they name the claim.
    claim_events: BTreeMap<(&'c str, bool), Vec<usize>>,
    nodes: HashMap<&'c str, &'c Node>,
    configs: HashMap<&'c str, Vec<&'c Config>>,
    /// The namespaces of which ConfigMaps, or Secrets (`true`), are listed.
    listed_configs: BTreeSet<(bool, Option<&'c str>)>,
    accounts: HashMap<&'c str, Vec<&'c ServiceAccount>>,
    namespaces: BTreeSet<Option<&'c str>>,
    /// When the pods were made whose ReplicaSet's name starts with a Deployment's, by that and the namespace.
    made: HashMap<(&'c str, Option<&'c str>), Vec<Timestamp>>,
    workloads: HashMap<&'c str, Vec<&'c Workload>>,
    nameless_workloads: Vec<&'c Workload>,
    cluster: &'c Cluster,
}

impl<'c> Index<'c> {
    pub(crate) fn of(cluster: &'c Cluster) -> Self {
        let mut index = Index {
            logs: HashMap::new(),
            events: HashMap::new(),
            events_in: BTreeMap::new(),
            nameless_events: BTreeMap::new(),
            pods: HashMap::new(),
            nameless_pods: BTreeMap::new(),
            owned: HashMap::new(),
            sets: HashMap::new(),
            fragments: BTreeSet::new(),
            claims: HashMap::new(),
            claim_events: BTreeMap::new(),
            nodes: HashMap::new(),
            configs: HashMap::new(),
            listed_configs: BTreeSet::new(),
            accounts: HashMap::new(),
            namespaces: BTreeSet::new(),
            made: HashMap::new(),
            workloads: HashMap::new(),
            nameless_workloads: Vec::new(),
            cluster,
        };
        for log in &cluster.facts.logs {
            if let Some(name) = log.object.name.as_deref() {
                index.logs.entry(name).or_default().push(log);
            }
        }
        for (position, event) in cluster.facts.events.iter().enumerate() {
            index.events_in.entry(event.section).or_default().push(position);
            match event.object.name.as_deref() {
                Some(name) => {
                    let namespace = event.object.namespace.as_deref();
                    index.events.entry(name).or_default().entry(namespace).or_default().push(position);
                }
                None => index.nameless_events.entry(event.section).or_default().push(position),
            }
            if event.object.kind.as_deref() == Some("PersistentVolumeClaim") {
                let key = (cluster.set(event.place.file), event.object.name.is_some());
                index.claim_events.entry(key).or_default().push(position);
            }
        }
        for pod in &cluster.facts.pods {
            match &pod.name {
                Some(name) => {
                    index.pods.entry(name.value.as_str()).or_default().push(pod);
                    index.sets.entry(cluster.set(name.place.file)).or_default().push(pod);
                }
                None => {
                    index.nameless_pods.entry(pod.section).or_default().push(pod);
                    index.fragments.insert(pod.section);
                }
            }
            let namespace = pod.namespace.as_ref().map(|namespace| namespace.value.as_str());
            index.namespaces.insert(namespace);
            let stem = pod.name.as_ref().and_then(|name| stem_of(&name.value));
            if let (Some(stem), Some(When::At(created))) = (stem, pod.created) {
                index.made.entry((stem, namespace)).or_default().push(created);
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
        for node in &cluster.facts.nodes {
            if let Some(name) = &node.name {
                index.nodes.entry(name.value.as_str()).or_insert(node);
            }
        }
        for config in &cluster.facts.configs {
            index.configs.entry(config.name.value.as_str()).or_default().push(config);
            index.listed_configs.insert((config.kind == ConfigKind::Secret, config.namespace.as_deref()));
        }
        for account in &cluster.facts.service_accounts {
            index.accounts.entry(account.name.value.as_str()).or_default().push(account);
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
        let positions: BTreeSet<usize> =
            names.filter_map(|name| self.events.get(name)).flat_map(BTreeMap::values).flatten().copied().collect();
        positions.into_iter().map(|position| &all[position])
    }

    /// The events of claims that can be of one of these: those that name it, and of those that were saved with a set of files
    /// the ones that name none; without names, all of those. In the order of the bundle.
    pub(crate) fn claim_events(&self, names: &[&str], set: Option<&str>) -> impl Iterator<Item = &'c Event> + use<'c> {
        let all = &self.cluster.facts.events;
        let named = names.iter().filter_map(|name| self.events.get(name)).flat_map(BTreeMap::values).flatten();
        let here = [true, false].into_iter().filter(|named| !named || names.is_empty());
        let here = here.filter_map(|named| self.claim_events.get(&(set?, named))).flatten();
        let positions: BTreeSet<usize> = named.chain(here).copied().collect();
        let events = positions.into_iter().map(|position| &all[position]);
        events.filter(|event| event.object.kind.as_deref() == Some("PersistentVolumeClaim"))
    }

    /// The node of a name.
    pub(crate) fn node(&self, name: &str) -> Option<&'c Node> {
        self.nodes.get(name).copied()
    }

    /// The ConfigMaps and Secrets of a name, in any namespace.
    pub(crate) fn configs_called(&self, name: &str) -> &[&'c Config] {
        self.configs.get(name).map_or(&[], Vec::as_slice)
    }

    /// Whether any ConfigMap, or Secret, of a namespace is listed.
    pub(crate) fn lists_configs(&self, kind: ConfigKind, namespace: Option<&str>) -> bool {
        self.listed_configs.contains(&(kind == ConfigKind::Secret, namespace))
    }

    /// The service accounts of a name, in any namespace.
    pub(crate) fn accounts_called(&self, name: &str) -> &[&'c ServiceAccount] {
        self.accounts.get(name).map_or(&[], Vec::as_slice)
    }

    /// Whether any pod of a namespace is known.
    pub(crate) fn has_pods_in(&self, namespace: Option<&str>) -> bool {
        self.namespaces.contains(&namespace)
    }

    /// When the pods of a Deployment were made, as far as their names tell whose they are.
    pub(crate) fn made_of<'a>(&'a self, stem: &'a str, namespace: Option<&'a str>) -> &'a [Timestamp] {
        self.made.get(&(stem, namespace)).map_or(&[], Vec::as_slice)
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

    /// The events that can be of an object of this name and namespace that an output shows, in the order of the bundle: those
    /// that name it, and of the same output those that name nothing. Of an object without a name all of its output; of one
    /// without a namespace those of all namespaces.
    pub(crate) fn events_of(
        &self,
        name: Option<&str>,
        namespace: Option<&str>,
        section: SectionId,
    ) -> impl Iterator<Item = &'c Event> + use<'c> {
        let all = &self.cluster.facts.events;
        let named = name.and_then(|name| self.events.get(name)).into_iter();
        let named: Vec<&Vec<usize>> = match namespace {
            Some(_) => named.flat_map(|of| [of.get(&namespace), of.get(&None)]).flatten().collect(),
            None => named.flat_map(BTreeMap::values).collect(),
        };
        let beside = match name {
            Some(_) => self.nameless_events.get(&section),
            None => self.events_in.get(&section),
        };
        let mut positions: Vec<usize> = named.into_iter().chain(beside).flatten().copied().collect();
        positions.sort_unstable();
        positions.into_iter().map(|position| &all[position])
    }

    /// The pods that an event with a name can be of: those that it names, and those of its output without a name.
    pub(crate) fn pods_of(&self, event: &Event) -> impl Iterator<Item = &'c Pod> {
        let named = event.object.name.as_deref().and_then(|name| self.pods.get(name));
        named.into_iter().chain(self.nameless_pods.get(&event.section)).flatten().copied()
    }

    /// Whether a pod of this name is known.
    pub(crate) fn knows(&self, name: &str) -> bool {
        self.pods.contains_key(name)
    }

    /// Whether of the pods of a name nothing is shown of how they are, but what they are called, or made of: a manifest.
    pub(crate) fn is_only_named(&self, name: &str) -> bool {
        let mut pods = self.pods.get(name).into_iter().flatten();
        pods.all(|pod| {
            let states =
                pod.containers.iter().any(|c| c.state.is_some() || c.last_state.is_some() || c.ready.is_some());
            !states && pod.phase.is_none() && health::of_pod(pod) == Health::Unstated
        })
    }

    /// Whether an output of the API shows how a pod of the name is; that of a node's runtime shows its containers alone.
    pub(crate) fn is_shown_by_api(&self, name: &str) -> bool {
        let mut pods = self.pods.get(name).into_iter().flatten();
        pods.any(|pod| pod.phase.is_some() || pod.row.is_some() || !pod.conditions.is_empty())
    }

    /// The pods of an owner.
    pub(crate) fn owned_by(&self, owner: &Owner) -> &[&'c Pod] {
        self.owned.get(owner).map_or(&[], Vec::as_slice)
    }
}
