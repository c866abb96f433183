//! Joins across facts: per unhealthy object one [`Case`], with everything the bundle says of it, as plain true
//! statements. Never weighs, never names a cause, never words advice.

mod cadence;
mod certificate;
mod chain;
mod claim;
mod commands;
mod container;
pub mod did_you_mean;
mod differential;
mod events;
mod held;
mod index;
mod log_lines;
mod log_time;
mod logs;
mod node;
mod onset;
mod operator;
mod peers;
mod pod;
mod probe;
mod rollout;
mod template;
mod timeline;
mod values;
mod workload;

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use rayon::prelude::*;

use crate::catalog::{Channel, SignatureId};
use crate::logs::Scanner;
use crate::model::{Cluster, Gap, GapKind, Log, Pod, When};
use crate::postmortem::{Command, Missing, Moment, Remark, Severity, Subject};
use crate::text::{Fact, FileId, Located, Place};

pub use did_you_mean::LookUp;
pub use held::Held;
pub use log_time::LogTime;
pub use values::{Value, Values};

/// Seconds by which the clocks of two machines may differ, and a node's trouble be noticed late.
const CLOCKS: i64 = 120;
/// So many pods are looked at by one thread at a time.
pub(crate) const PODS: usize = 64;
/// So many pods are looked at before their cases are put with the others.
const BATCH: usize = 32 * PODS;
/// Objects in trouble that are judged: so many pods, so many workloads, and so on.
const CASES: usize = 50_000;

/// A statement that code derived by joining facts; the ids are in `catalog::vocabulary`.
#[derive(Debug, Clone, PartialEq)]
pub struct Observation {
    /// Id.
    pub id: &'static str,
    /// What it says of this case: one clause, lower case.
    pub says: String,
    /// The lines it rests on, the best first; never empty.
    pub places: Vec<Place>,
}

/// A text of the case that signatures are looked up in.
#[derive(Debug, Clone, PartialEq)]
pub struct CaseText {
    /// Where it comes from.
    pub channel: Channel,
    /// Reason of the event or status.
    pub reason: Option<String>,
    /// The line to cite.
    pub place: Place,
    /// The whole message; empty for a line of a log.
    pub message: String,
    /// The signatures that match it, with their named groups.
    pub matches: Vec<(SignatureId, BTreeMap<String, String>)>,
    /// How much its evidence counts: 1, less for a log line far from the log's end.
    pub factor: f64,
    /// Lines of the log behind it; 0 for other channels.
    pub lines_behind: u64,
    /// In a log, the line of the first success behind it.
    pub over: Option<u64>,
    /// How often.
    pub count: u64,
    /// The stack trace it stands in, where it stands in one.
    pub trace: Option<TraceOf>,
}

/// The stack trace that a line of a log stands in.
#[derive(Debug, Clone, PartialEq)]
pub struct TraceOf {
    /// The line that names its root cause.
    pub root: Place,
    /// The number of its last line.
    pub end: u64,
}

/// The revision of a template that a pod was made from: a ReplicaSet's name, or a ControllerRevision's.
#[derive(Debug, Clone, PartialEq)]
pub struct Revised {
    /// Its name.
    pub name: String,
    /// The line of the pod that says so.
    pub place: Place,
}

/// One step of how the cause came to what is seen.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// Its id: one of `catalog::vocabulary::STEPS`, or `init`.
    pub id: &'static str,
    /// When, where the bundle says.
    pub when: Option<When>,
    /// What it is: one clause, lower case.
    pub says: String,
    /// The line.
    pub place: Place,
}

/// What is judged: one unhealthy object, and all that the bundle says of it.
#[derive(Debug, Clone)]
pub struct Case<'c> {
    /// `container`, `pod`, `workload`, `node`, `claim` or `operator`: what pages call subjects.
    pub kind: &'static str,
    /// Whose case.
    pub subject: Subject,
    /// The workload that owns the pod, for grouping: kind and name.
    pub workload: Option<(String, String)>,
    /// State at collection time.
    pub severity: Severity,
    /// The symptom in kubectl's words.
    pub symptom: String,
    /// The lines of the symptom, each with what it shows.
    pub symptom_places: Vec<Located<String>>,
    /// How often it restarts, where that can be told: the words, and the lines they rest on.
    pub cadence: Vec<Located<String>>,
    /// The earliest sign of the trouble.
    pub since: Fact<When>,
    /// Restarts or events.
    pub times: Option<u64>,
    /// Texts with their matches.
    pub texts: Vec<CaseText>,
    /// Exit code of the last ended run.
    pub exit_code: Fact<i64>,
    /// Observations.
    pub observations: Vec<Observation>,
    /// The revision of its workload's template that its pod was made from.
    pub revision: Option<Revised>,
    /// What came with the rollout that failed, two lines each: as it is now, and as it was.
    pub changes: Vec<Located<String>>,
    /// What the operators of the platform say of it, each with its line.
    pub told_by: Vec<Located<String>>,
    /// The steps that pages may draw as a chain, and what an init container holds up (`init`), in their order.
    pub steps: Vec<Step>,
    /// Its symptoms, as pages name them under `competes`.
    pub symptoms: Vec<&'static str>,
    /// Values for the pages' words.
    pub values: Values,
    /// Names that it asks for, and what the bundle holds that is like them.
    pub look_ups: Vec<LookUp>,
    /// Which outputs the bundle holds.
    pub held: Held,
    /// What would help, whatever the cause.
    pub missing: Vec<Missing>,
    /// Commands for this workload.
    pub commands: Vec<Command>,
    /// Its moments.
    pub timeline: Vec<Moment>,
    /// When the log lines among the texts were written, where they say so.
    pub log_times: BTreeMap<Place, LogTime>,
    /// Whether the object runs and is ready again: the case is history and is told only if a page explains it.
    pub recovered: bool,
    /// What is told in its stead where no page explains it: others are in trouble too, and it may only repeat what they show.
    pub aside: Option<Remark>,
    /// The line in which the application says that it has started.
    pub start_line: Option<Place>,
    /// What hosts are looked up in.
    pub(crate) services: Arc<did_you_mean::Services<'c>>,
    /// The cluster it belongs to.
    pub cluster: &'c Cluster,
}

impl Case<'_> {
    /// The observation of an id, where it was made.
    pub fn observation(&self, id: &str) -> Option<&Observation> {
        self.observations.iter().find(|observation| observation.id == id)
    }

    fn observe(&mut self, id: &'static str, says: impl Into<String>, places: Vec<Place>) {
        debug_assert!(crate::catalog::vocabulary::OBSERVATIONS.iter().any(|(known, _)| *known == id), "{id}");
        if !places.is_empty() && self.observation(id).is_none() {
            self.observations.push(Observation { id, says: says.into(), places });
        }
    }
}

/// All that observation gives.
#[derive(Debug, Default)]
pub struct Observed<'c> {
    /// Cases, in the order of namespace and name.
    pub cases: Vec<Case<'c>>,
    /// What is worth a line and no case.
    pub remarks: Vec<Remark>,
    /// So many cases there may be in all; more are counted.
    room: usize,
    left_out: usize,
    /// Where the first that is left out stands.
    first_left_out: Option<FileId>,
}

impl<'c> Observed<'c> {
    /// With room for so many cases.
    fn with_room(room: usize) -> Self {
        Observed { room, ..Observed::default() }
    }

    fn add(&mut self, case: Case<'c>) {
        if self.cases.len() < self.room {
            return self.cases.push(case);
        }
        self.left_out += 1;
        let file = || case.symptom_places.first().map(|shown| shown.place.file);
        self.first_left_out = self.first_left_out.or_else(file);
    }

    /// Takes what was observed of further objects.
    fn append(&mut self, other: Observed<'c>) {
        other.cases.into_iter().for_each(|case| self.add(case));
        self.remarks.extend(other.remarks);
        self.left_out += other.left_out;
        self.first_left_out = self.first_left_out.or(other.first_left_out);
    }

    /// What is not told of, where there is more than can be told.
    pub fn gap(&self) -> Option<Gap> {
        let cluster = self.cases.first().filter(|_| self.left_out > 0)?.cluster;
        let path = self.first_left_out.map_or(cluster.site.as_str(), |file| cluster.spelled(file)).to_owned();
        let what = format!("shows more objects in trouble than are judged, and {} are left out", self.left_out);
        Some(Gap { path, kind: GapKind::Truncated, what, prevents: "what is wrong with them".to_owned() })
    }
}

/// What all observations share.
pub(crate) struct Context<'c> {
    pub cluster: &'c Cluster,
    pub scanner: &'c Scanner<'c>,
    /// The moment of collection; where the bundle does not say, the latest that it states.
    pub now: Option<Timestamp>,
    /// The same, as far as what is near to the collection states it.
    pub recent: Option<Timestamp>,
    /// Nodes whose containers ended together, with the pods and places.
    pub ended_together: BTreeMap<String, node::EndedTogether>,
    /// What speaks of a pod, by its name.
    pub index: index::Index<'c>,
    /// What names are compared with.
    pub lists: did_you_mean::Lists<'c>,
    /// What hosts are looked up in.
    pub services: Arc<did_you_mean::Services<'c>>,
    /// What the other pods of an owner say.
    pub peers: peers::Peers,
    /// The revisions of the workloads' templates.
    pub rollouts: rollout::Rollouts<'c>,
    /// Per node what has run there longest.
    pub runs_since: BTreeMap<String, Vec<differential::RunsSince>>,
    /// Which outputs the bundle holds.
    pub held: held::HeldOfCluster<'c>,
}

impl<'c> Context<'c> {
    pub(crate) fn logs(&self) -> impl Iterator<Item = &'c Log> + use<'c> {
        self.cluster.facts.logs.iter().map(|log| &**log)
    }
}

/// Two things that do not need each other, at once where there is much to do.
pub(crate) fn both<A: Send, B: Send>(
    at_once: bool,
    a: impl FnOnce() -> A + Send,
    b: impl FnOnce() -> B + Send,
) -> (A, B) {
    if at_once { rayon::join(a, b) } else { (a(), b()) }
}

/// `2026-03-01 10:00:00 UTC`
fn told(at: Timestamp) -> String {
    format!("{} UTC", at.strftime("%Y-%m-%d %H:%M:%S"))
}

/// Looks at every object of the cluster.
pub fn observe<'c>(cluster: &'c Cluster, scanner: &'c Scanner<'c>) -> Observed<'c> {
    observe_within(cluster, scanner, CASES)
}

fn observe_within<'c>(cluster: &'c Cluster, scanner: &'c Scanner<'c>, most: usize) -> Observed<'c> {
    let recent = cluster.collected_at.as_ref().map(|at| at.value).or(cluster.sign_of_life);
    let pods = cluster.facts.pods.as_slice();
    let many = pods.len() > PODS;
    let (index, (rollouts, (peers, ended_together, lists, runs_since, held))) = both(
        many,
        || index::Index::of(cluster),
        || {
            let others = || {
                let peers = peers::Peers::of(cluster, recent);
                let lists = did_you_mean::Lists::of(cluster);
                let held = held::HeldOfCluster::of(cluster);
                (peers, node::ended_together(cluster), lists, differential::runs_since(cluster), held)
            };
            both(many, || rollout::Rollouts::of(cluster), others)
        },
    );
    let context = Context {
        cluster,
        scanner,
        now: cluster.collected_at.as_ref().map(|at| at.value).or(cluster.newest),
        recent,
        peers,
        ended_together,
        index,
        lists,
        services: Arc::new(did_you_mean::Services::of(cluster)),
        rollouts,
        runs_since,
        held,
    };
    let mut observed = Observed::with_room(most);
    let of_pods = |pods: &'c [Pod]| {
        let mut observed = Observed::with_room(most);
        pods.iter().for_each(|pod| pod::cases(&context, pod, &mut observed));
        observed
    };
    for batch in pods.chunks(BATCH) {
        let by_chunk: Vec<Observed<'c>> = match many {
            true => batch.par_chunks(PODS).map(of_pods).collect(),
            false => vec![of_pods(batch)],
        };
        by_chunk.into_iter().for_each(|chunk| observed.append(chunk));
    }
    // Pods leave room: what they suffer from is a case of another kind.
    let mut with_room = |stage: &dyn Fn(&mut Observed<'c>)| {
        observed.room = observed.cases.len() + most;
        stage(&mut observed);
    };
    with_room(&|observed| pod::cases_of_events_alone(&context, observed));
    with_room(&|observed| logs::cases_of_logs_alone(&context, observed));
    with_room(&|observed| workload::cases(&context, observed));
    with_room(&|observed| claim::cases(&context, observed));
    with_room(&|observed| node::cases(&context, observed));
    with_room(&|observed| operator::tell(&context, observed));
    observed.remarks.extend(did_you_mean::of_ingresses(&context));
    if let (Some((site, at)), Some(own)) = (&cluster.later, &cluster.collected_at) {
        // What is worth a look is so as long as it is so.
        observed.remarks = vec![Remark {
            object: cluster.site.clone(),
            what: format!(
                "shows the cluster as it was at {}; {site} shows it at {}. The two are read apart, and what the earlier one shows is told as past",
                told(own.value),
                told(at.value)
            ),
            place: own.place.clone(),
        }];
    }
    observed
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Catalog;
    use crate::model::PodRow;

    #[test]
    fn of_more_trouble_than_is_judged_the_first_is_and_the_rest_counted() {
        let pod = |name: &str| {
            let place = Place::of_line(FileId(0), 1, name);
            let row = PodRow {
                ready: Some(0),
                total: Some(1),
                status: "CrashLoopBackOff".to_owned(),
                restarts: Some(7),
                last_restart: None,
                age: Some(9000),
                place: place.clone(),
            };
            Pod { name: Some(Located::new(name.to_owned(), place)), row: Some(row), ..Pod::default() }
        };
        let mut cluster = Cluster::default();
        // More than one thread looks at at a time.
        cluster.facts.pods = (0..2 * PODS).map(|n| pod(&format!("web-{n:03}"))).collect();
        let catalog = Catalog::default();
        let scanner = Scanner::new(&catalog);
        let observed = observe_within(&cluster, &scanner, 100);
        let names: Vec<_> = observed.cases.iter().filter_map(|case| case.subject.name.as_deref()).collect();
        assert_eq!((names.len(), names[0], names[99]), (100, "web-000", "web-099"));
        let what = observed.gap().map(|gap| gap.what);
        assert_eq!(what.as_deref(), Some("shows more objects in trouble than are judged, and 28 are left out"));
        assert_eq!(observe(&cluster, &scanner).gap(), None);
    }
}
