//! What a post-mortem is made of: evidence, subjects, incidents, moments. Types only; later stages fill them, the report
//! writes them down. They are not serializable: the report owns what leaves the program.

use crate::model::{Gap, Integrity, When};
use crate::text::{Fact, Place};
use jiff::Timestamp;

/// How bad it is at collection time, whatever the cause.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Over and recovered.
    Info,
    /// Runs degraded, or ended at least twice in the hour before collection.
    Warning,
    /// Does not run or does not serve.
    Critical,
}

impl Severity {
    /// The word of the JSON contract.
    pub fn name(self) -> &'static str {
        match self {
            Severity::Info => "info",
            Severity::Warning => "warning",
            Severity::Critical => "critical",
        }
    }
}

/// Whether a piece of evidence decides or only supports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EvidenceRole {
    /// It alone points at the cause.
    Decisive,
    /// It fits.
    Supporting,
}

/// A line of the bundle and what it shows.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Evidence {
    /// Where, and the words.
    pub place: Place,
    /// What it shows: one clause, lower case, no full stop. May hold words of the bundle: escape it.
    pub shows: String,
    /// Its role.
    pub role: EvidenceRole,
}

/// What an incident is about.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Subject {
    /// `Pod`, `Deployment`, `ReplicaSet`, `Job`, `Node`, ...
    pub kind: String,
    /// Namespace, where the bundle names one.
    pub namespace: Option<String>,
    /// Name, where the bundle names one.
    pub name: Option<String>,
    /// Container, where one is meant.
    pub container: Option<String>,
    /// The pods concerned; for an unnamed subject the candidates.
    pub pods: Vec<String>,
    /// Where several workloads wait for it, these: `shop/web`.
    pub workloads: Vec<String>,
    /// The node, where one is known.
    pub node: Option<String>,
}

impl std::fmt::Display for Subject {
    /// `shop/web-1 (app)`, as much of it as the bundle names.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if let Some(namespace) = &self.namespace {
            write!(f, "{namespace}/")?;
        }
        f.write_str(self.name.as_deref().unwrap_or("(unnamed)"))?;
        match &self.container {
            Some(container) => write!(f, " ({container})"),
            None => Ok(()),
        }
    }
}

/// A cause that competed and lost.
#[derive(Debug, Clone, PartialEq)]
pub struct RuledOut {
    /// Its id.
    pub cause: String,
    /// Its title.
    pub title: String,
    /// Why not: one clause.
    pub because: String,
    /// The lines that say so; may be empty only where `because` speaks of what is absent.
    pub evidence: Vec<Evidence>,
}

/// What else it could be.
#[derive(Debug, Clone, PartialEq)]
pub struct Alternative {
    /// Its id.
    pub cause: String,
    /// Its title.
    pub title: String,
    /// 0 to 1.
    pub confidence: f64,
}

/// Something that would decide or complete the verdict.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Missing {
    /// What.
    pub what: String,
    /// The command that brings it, ready to paste.
    pub command: String,
}

/// A command ready to paste, for this very workload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Command {
    /// What it is for.
    pub purpose: String,
    /// The command; may have several lines.
    pub command: String,
}

/// The cause page's words, filled with the case's values. Markdown written by us; values are escaped already.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Playbook {
    /// `## What happened`
    pub what_happened: String,
    /// `## Confirm`
    pub confirm: String,
    /// `## Fix`
    pub fix: String,
    /// `## Prevent`
    pub prevent: String,
}

/// One moment.
#[derive(Debug, Clone, PartialEq)]
pub struct Moment {
    /// When; `Ago` counts back from the collection of its file.
    pub when: When,
    /// Whether the time is as coarse as an age column.
    pub approximate: bool,
    /// The object: `shop/web-1 (app)`.
    pub object: String,
    /// What happened: one clause. May hold words of the bundle.
    pub what: String,
    /// How often, where more than once.
    pub count: u64,
    /// Whether it is one of the steps that every start takes (`Pulled`, `Created`, ...).
    pub routine: bool,
    /// The line.
    pub place: Place,
}

/// One incident.
#[derive(Debug, Clone, PartialEq)]
pub struct Incident {
    /// `I1`, `I2`, ... in the report's order.
    pub id: String,
    /// Cause id.
    pub cause: String,
    /// Ids that this cause refines, nearest first.
    pub cause_parents: Vec<String>,
    /// The page's title.
    pub title: String,
    /// The page's category.
    pub category: String,
    /// State at collection time.
    pub severity: Severity,
    /// 0 to 1.
    pub confidence: f64,
    /// The folder of the cluster it befell, where the bundle holds several; else empty.
    pub site: String,
    /// About what.
    pub subject: Subject,
    /// What was seen first: `CrashLoopBackOff, 7 restarts`; the symptom in kubectl's words.
    pub symptom: String,
    /// Since when: the earliest sign of the trouble that the bundle has, and its line.
    pub since: Fact<When>,
    /// restartCount or event count, where the bundle tells.
    pub times: Option<u64>,
    /// Evidence, decisive first.
    pub evidence: Vec<Evidence>,
    /// How the cause came to what is seen, step by step; empty where the bundle shows no two steps of it.
    pub chain: Vec<Evidence>,
    /// Names that the bundle holds and that are like one that is asked for: possibilities, no evidence of the cause.
    pub did_you_mean: Vec<Evidence>,
    /// What was ruled out, strongest first.
    pub ruled_out: Vec<RuledOut>,
    /// What else it could be, strongest first.
    pub alternatives: Vec<Alternative>,
    /// What is missing.
    pub missing: Vec<Missing>,
    /// Id of the incident this one is a consequence of, and the line that ties them.
    pub caused_by: Option<String>,
    /// Why `caused_by` holds: one clause with its evidence.
    pub link: Option<Evidence>,
    /// Ids of the consequences.
    pub consequences: Vec<String>,
    /// Words.
    pub playbook: Playbook,
    /// Commands for this workload (S9.1, S9.2 and the like).
    pub commands: Vec<Command>,
    /// Timeline of the incident.
    pub timeline: Vec<Moment>,
}

/// What the bundle is.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct BundleHeader {
    /// The bundle's name as given (last path component).
    pub name: String,
    /// `tar.gz`, `folder`, ...
    pub container: String,
    /// Layout id.
    pub layout: String,
    /// Why that layout: one clause.
    pub layout_why: String,
    /// When it was collected, from its content.
    pub collected_at: Option<Timestamp>,
    /// Where that is stated.
    pub collected_at_place: Option<Place>,
    /// Server version.
    pub kubernetes_version: Option<String>,
    /// kubectl's version.
    pub kubectl_version: Option<String>,
    /// What the collector's checksums say; `None` where there are none.
    pub integrity: Option<Integrity>,
    /// Files and bytes read.
    pub files: u64,
    /// Bytes read.
    pub bytes: u64,
}

/// One line of the inventory.
#[derive(Debug, Clone, PartialEq)]
pub struct InventoryRow {
    /// Namespace, or empty for cluster-wide.
    pub namespace: String,
    /// `Pod`, `Node`, `Deployment`, ...
    pub kind: String,
    /// How many.
    pub count: u64,
    /// How many of them are unhealthy.
    pub unhealthy: u64,
}

/// A Ready pod with restarts that nothing explains, and the like: worth a line, no incident.
#[derive(Debug, Clone, PartialEq)]
pub struct Remark {
    /// The object.
    pub object: String,
    /// What: one clause.
    pub what: String,
    /// Where.
    pub place: Place,
}

/// Everything a report says; report formats only write it down.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Postmortem {
    /// The bundle.
    pub bundle: BundleHeader,
    /// In the contract's order.
    pub incidents: Vec<Incident>,
    /// What could not be looked at.
    pub gaps: Vec<Gap>,
    /// The merged timeline.
    pub timeline: Vec<Moment>,
    /// Counts.
    pub inventory: Vec<InventoryRow>,
    /// Remarks of the inventory.
    pub remarks: Vec<Remark>,
    /// Paths by file id: `Place.file` is the index.
    pub paths: Vec<String>,
}
