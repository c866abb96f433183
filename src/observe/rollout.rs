//! What changed before it broke: the revisions of a workload's template in their order, which of them serve, and how the
//! one that fails differs from the last one that served.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::template::{Field, Template};
use super::{Case, Context, Revised};
use crate::load::health::{self, Health};
use crate::model::quantity::parse_quantity;
use crate::model::{Cluster, ConditionStatus, Pod, StateKind, When, Workload, WorkloadKind};
use crate::text::{Fact, Located, Place};

/// Differences that are told.
const MOST_CHANGES: usize = 20;
/// A pod that was made within so many seconds of its revision was made by the rollout.
const BY_THE_ROLLOUT: i64 = 600;
/// A revision that is younger than so many seconds at the time of collection cannot have served for long.
const YOUNG: i64 = 3600;

/// One revision of a workload's template.
#[derive(Default)]
pub struct Revision<'c> {
    /// `ReplicaSet web-7c9d5f6b88`, `revision db-5d9c7f6b8c`.
    pub told: String,
    /// deployment.kubernetes.io/revision, or that of the ControllerRevision.
    pub number: Fact<u64>,
    /// When the ReplicaSet or ControllerRevision was created.
    pub made: Fact<Timestamp>,
    /// The pods that were made from it.
    pods: Vec<&'c Pod>,
    /// How many of them are healthy.
    healthy: usize,
    template: Option<&'c Pod>,
    /// Whether a StatefulSet names it as the one that its pods are to have, or had.
    is_update: Option<bool>,
}

/// Namespace, kind and name of a workload.
type Key = (Option<String>, String, String);

/// The revisions of the workloads of a cluster, each by its ReplicaSet's name or its hash.
#[derive(Default)]
pub struct Rollouts<'c> {
    of: BTreeMap<Key, BTreeMap<String, Revision<'c>>>,
    progress: BTreeMap<Key, &'c Workload>,
}

fn word(fact: &Fact<String>) -> Option<String> {
    fact.as_ref().map(|fact| fact.value.clone())
}

/// The hash of a revision: what stands behind the name of its workload.
fn hash_of<'n>(name: &'n str, workload: &str) -> &'n str {
    name.strip_prefix(workload).and_then(|rest| rest.strip_prefix('-')).unwrap_or(name)
}

impl<'c> Rollouts<'c> {
    /// Joins pods, ReplicaSets, StatefulSets, DaemonSets and ControllerRevisions.
    pub fn of(cluster: &'c Cluster) -> Rollouts<'c> {
        let mut all = Rollouts::default();
        for workload in &cluster.facts.workloads {
            all.add_workload(workload);
        }
        for revision in &cluster.facts.revisions {
            let (Some(owner), Some(name)) = (&revision.owner, &revision.name) else { continue };
            let key = (word(&revision.namespace), owner.value.kind.clone(), owner.value.name.clone());
            let known = all.hashed(key, &name.value);
            known.number = known.number.take().or(revision.revision.clone());
            known.made = known.made.take().or(revision.created.clone());
            known.template = revision.template.as_deref().or(known.template);
        }
        for pod in &cluster.facts.pods {
            let Some((key, revision)) = all.place_of(pod) else { continue };
            let known =
                if key.1 == "Deployment" { all.replica_set(key, &revision) } else { all.hashed(key, &revision) };
            known.pods.push(pod);
            known.healthy += usize::from(health::of_pod(pod) == Health::Healthy);
        }
        all
    }

    fn add_workload(&mut self, workload: &'c Workload) {
        let Some(name) = word(&workload.name) else { return };
        let key = (word(&workload.namespace), workload.kind.name().to_string(), name.clone());
        match workload.kind {
            WorkloadKind::ReplicaSet => {
                let Some(owner) = workload.owner.as_ref().filter(|owner| owner.value.kind == "Deployment") else {
                    return;
                };
                let key = (word(&workload.namespace), "Deployment".to_string(), owner.value.name.clone());
                let known = self.replica_set(key, &name);
                known.number.clone_from(&workload.revision);
                known.made.clone_from(&workload.created);
                known.template = workload.template.as_deref();
            }
            WorkloadKind::Deployment => {
                self.progress.insert(key, workload);
            }
            WorkloadKind::StatefulSet => {
                let both = [(&workload.current_revision, false), (&workload.update_revision, true)];
                for (revision, update) in both {
                    let Some(revision) = revision else { continue };
                    let known = self.hashed(key.clone(), &revision.value);
                    known.is_update = Some(update);
                    if update {
                        known.template = known.template.or(workload.template.as_deref());
                    }
                }
                self.progress.insert(key, workload);
            }
            _ => {}
        }
    }

    fn replica_set(&mut self, key: Key, name: &str) -> &mut Revision<'c> {
        let known = self.of.entry(key).or_default().entry(name.to_string()).or_default();
        if known.told.is_empty() {
            known.told = name.to_string();
        }
        known
    }

    fn hashed(&mut self, key: Key, name: &str) -> &mut Revision<'c> {
        let hash = hash_of(name, &key.2).to_string();
        let told = format!("{}-{hash}", key.2);
        let known = self.of.entry(key).or_default().entry(hash).or_default();
        known.told = told;
        known
    }

    /// The workload whose revisions a pod is of, and its own.
    fn place_of(&self, pod: &Pod) -> Option<(Key, String)> {
        let owner = &pod.owner.as_ref()?.value;
        let namespace = Some(word(&pod.namespace)?);
        match owner.kind.as_str() {
            "ReplicaSet" => {
                let hash = pod.labels.get("pod-template-hash").map(String::as_str);
                let hash = hash.or_else(|| owner.name.rsplit_once('-').map(|(_, hash)| hash))?;
                let name = owner.name.strip_suffix(hash)?.strip_suffix('-')?;
                let key = (namespace, "Deployment".to_string(), name.to_string());
                let is_known = self.of.get(&key).is_some_and(|sets| sets.contains_key(&owner.name));
                (is_known || pod.labels.contains_key("pod-template-hash")).then(|| (key, owner.name.clone()))
            }
            "StatefulSet" | "DaemonSet" => {
                let hash = &pod.revision_hash.as_ref()?.value;
                Some(((namespace, owner.kind.clone(), owner.name.clone()), hash_of(hash, &owner.name).to_string()))
            }
            _ => None,
        }
    }

    /// The revision that a pod is of, among those of its workload.
    pub fn revision_of(&self, pod: &Pod) -> Option<&Revision<'c>> {
        let (key, name) = self.place_of(pod)?;
        self.of.get(&key)?.get(&name)
    }
}

impl Revision<'_> {
    /// Whether another revision came before this one: by their numbers, by what the StatefulSet says of them, by when they
    /// were made, or by the first of their pods. `false` where the bundle does not say.
    fn follows(&self, other: &Revision<'_>) -> bool {
        let value = |number: &Fact<u64>| number.as_ref().map(|number| number.value);
        if let (Some(mine), Some(other)) = (value(&self.number), value(&other.number)) {
            return mine > other;
        }
        match (self.is_update, other.is_update) {
            (Some(true), Some(false) | None) => return true,
            (_, Some(true)) => return false,
            _ => {}
        }
        let made = |made: &Fact<Timestamp>| made.as_ref().map(|made| made.value);
        if let (Some(mine), Some(other)) = (made(&self.made), made(&other.made)) {
            return mine > other;
        }
        match (self.first_pod(), other.first_pod()) {
            (Some(mine), Some(other)) => mine > other,
            _ => false,
        }
    }

    fn first_pod(&self) -> Option<Timestamp> {
        let starts: Option<Vec<Timestamp>> = self.pods.iter().map(|pod| pod_made(pod)).collect();
        starts?.into_iter().min()
    }

    /// Specs of one form to compare with those of another revision: the templates, else the pods'. A description does not
    /// print all that JSON has, and a pod has what was added to it when it was made.
    fn comparable<'r>(&'r self, other: &'r Revision<'_>, like: &Pod) -> Option<(Template, Template)> {
        let form = |pod: &Pod| pod.restart_policy.is_some();
        if let (Some(mine), Some(others)) = (self.template, other.template)
            && form(mine) == form(others)
        {
            return Some((Template::of(&[mine]), Template::of(&[others])));
        }
        let whole = |revision: &'r Revision<'_>| -> Vec<&'r Pod> {
            let mut pods: Vec<&Pod> = revision.pods.clone();
            pods.retain(|pod| is_whole(pod) && form(pod) == form(like));
            let name = |pod: &Pod| pod.name.as_ref().map(|name| name.value.clone());
            pods.sort_by_key(|pod| (name(pod) != name(like), name(pod)));
            pods
        };
        let (mine, others) = (whole(self), whole(other));
        (is_whole(like) && !mine.is_empty() && !others.is_empty()).then(|| (Template::of(&mine), Template::of(&others)))
    }
}

fn pod_made(pod: &Pod) -> Option<Timestamp> {
    match pod.created {
        Some(When::At(at)) => Some(at),
        _ => pod.start_time.as_ref().map(|start| start.value),
    }
}

/// Whether the output shows the pod to its end: the conditions and the class stand behind the containers and the volumes.
fn is_whole(pod: &Pod) -> bool {
    !pod.conditions.is_empty()
        && pod.qos_class.is_some()
        && !pod.containers.is_empty()
        && pod.containers.iter().all(|c| c.image.is_some() && !c.name.is_empty())
}

/// Sets the revision of a case, and what changed with it, two lines each: as it is now, and as it was. Nothing changed
/// where the bundle does not show that the failure came with the revision: a pod of it is healthy, or once all were; one of
/// another is not; or which of them is newer is not said.
pub fn changes<'c>(context: &Context<'c>, pod: &Pod, case: &mut Case<'c>) {
    let Some((key, name)) = context.rollouts.place_of(pod) else { return };
    let Some(revisions) = context.rollouts.of.get(&key) else { return };
    let Some(mine) = revisions.get(&name) else { return };
    let place = pod.revision_hash.as_ref().map(|hash| &hash.place);
    if let Some(place) = place.or(pod.owner.as_ref().map(|owner| &owner.place)) {
        case.revision = Some(Revised { name: mine.told.clone(), place: place.clone() });
    }
    let others = || revisions.iter().filter(|(other, _)| **other != name).map(|(_, revision)| revision);
    let others_healthy = others().all(|other| other.healthy == other.pods.len());
    if !others_healthy || mine.healthy > 0 || others().any(|other| other.follows(mine)) {
        return;
    }
    let newest = |among: &dyn Fn(&Revision<'_>) -> bool| {
        others().filter(|other| mine.follows(other) && among(other)).reduce(|a, b| if b.follows(a) { b } else { a })
    };
    let serving = newest(&|other| !other.pods.is_empty());
    let Some(before) = serving.or_else(|| newest(&|_| true)) else { return };
    let never_served = never_served(context, &key, mine);
    if serving.is_none() && never_served.is_none() {
        return;
    }
    let Some((now, then)) = mine.comparable(before, pod) else { return };
    let differences = now.differences(&then);
    let of_before = match serving {
        Some(_) => format!("the pods of {}, which are healthy, have", before.told),
        None => format!("{}, the revision before, which has no pods any more, has", before.told),
    };
    for difference in differences.iter().take(MOST_CHANGES) {
        let (told, value, was) = (difference.field.told(), &difference.now.value, &difference.before.value);
        let says = format!("came with the rollout: {told}, now {value}, before {was}");
        let of_this = |field: &Field| field.container.is_none() || field.container == case.subject.container;
        if of_this(&difference.field) && difference.field.observation != "rollout-changed" {
            let places = vec![difference.now.place.clone(), difference.before.place.clone()];
            case.observe(difference.field.observation, says.clone(), places);
        }
        case.changes.push(Located::new(says, difference.now.place.clone()));
        case.changes.push(Located::new(format!("{of_before} for {told}: {was}"), difference.before.place.clone()));
    }
    let more = differences.len().saturating_sub(MOST_CHANGES);
    if let Some(last) = case.changes.last_mut().filter(|_| more > 0) {
        last.value.push_str(&format!("; {more} more things differ"));
    }
    if differences.is_empty() {
        return;
    }
    let (says, place) = match (serving, never_served) {
        (None, Some((why, place))) => {
            (format!("{} {why}; {} was the revision before", mine.told, before.told), Some(place))
        }
        _ => {
            let says = format!("the pods of {} are healthy, and no pod of {} is", before.told, mine.told);
            (says, before.pods.iter().find_map(|pod| sign_of_health(pod)))
        }
    };
    let place = place.or(case.changes.first().map(|change| change.place.clone()));
    case.observe("rollout-changed", says.clone(), place.iter().cloned().collect());
    case.changes.splice(0..0, place.map(|place| Located::new(says, place)));
    let limit = |field: &Field| field.what == "the memory limit" && field.container == case.subject.container;
    if let Some(limit) = differences.iter().find(|difference| limit(&difference.field)) {
        let (now, was) = (parse_quantity(&limit.now.value), parse_quantity(&limit.before.value));
        if matches!((now, was), (Some(now), Some(was)) if was > now) {
            case.values.text("memory_limit_before", &limit.before.value);
            case.values.text("suggested_memory_limit", &limit.before.value);
        }
    }
}

/// The line that says that a pod serves.
fn sign_of_health(pod: &Pod) -> Option<Place> {
    let ready = pod.containers.iter().find_map(|container| container.ready.as_ref()).map(|ready| ready.place.clone());
    ready.or_else(|| pod.row.as_ref().map(|row| row.place.clone()))
}

/// What shows that a revision never served: why in words, and the line.
fn never_served(context: &Context<'_>, key: &Key, mine: &Revision<'_>) -> Option<(&'static str, Place)> {
    let workload = context.rollouts.progress.get(key);
    if let Some(workload) = workload.filter(|workload| workload.kind == WorkloadKind::Deployment) {
        let progress = workload.conditions.iter().find(|condition| condition.kind == "Progressing");
        let names_another =
            |message: &str| message.split('"').nth(1).is_some_and(|name| name != mine.told && name != key.2);
        if let Some(progress) = progress.filter(|progress| !progress.message.as_deref().is_some_and(names_another)) {
            let was_available = progress.status == ConditionStatus::True
                && progress.reason.as_deref() == Some("NewReplicaSetAvailable");
            // Without a readiness probe a pod counts as available until it ends.
            if !was_available {
                return Some(("has not become available since it was made", progress.place.clone()));
            }
        }
    }
    if let Some(workload) = workload.filter(|workload| workload.kind == WorkloadKind::StatefulSet)
        && let (Some(current), Some(update)) = (&workload.current_revision, &workload.update_revision)
    {
        let unfinished = current.value != update.value && mine.is_update == Some(true);
        return unfinished.then(|| ("is not on all pods yet", update.place.clone()));
    }
    let made = mine.made.as_ref()?;
    if context.now.is_some_and(|now| (0..=YOUNG).contains(&(now.as_second() - made.value.as_second()))) {
        return Some(("was made within the hour before the collection", made.place.clone()));
    }
    let by_the_rollout = |pod: &&Pod| {
        pod_made(pod).is_some_and(|at| (0..=BY_THE_ROLLOUT).contains(&(at.as_second() - made.value.as_second())))
    };
    let ran = |pod: &&Pod| {
        pod.containers.iter().any(|container| {
            container.state.as_ref().is_some_and(|state| state.kind != StateKind::Waiting)
                || container.last_state.is_some()
                || container.restart_count.as_ref().is_some_and(|count| count.value > 0)
        })
    };
    let never = !mine.pods.is_empty() && mine.pods.iter().all(by_the_rollout) && !mine.pods.iter().any(ran);
    never.then(|| ("has pods that never ran", made.place.clone()))
}
