//! Many reports at once: what each bundle held, which causes came how often, and what keeps breaking.
//!
//! Owns the index document (`index.json`, with its schema) and its Markdown. Counts what reports say and concludes
//! nothing else. Never reads a file.

mod markdown;

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::report::document::{self, Document};
use crate::report::redact::redact_path;

/// The JSON Schema (2020-12) of [`Index::json`]'s output.
pub const SCHEMA: &str = include_str!("index.schema.json");

/// The version of the index's format.
pub const SCHEMA_VERSION: &str = "1";

/// One bundle: the row that its report leaves behind. Kept beside the report, so that the index can be made from rows.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BundleRow {
    /// The bundle's own name.
    pub name: String,
    /// The path that was given.
    pub path: String,
    /// SHA-256 of its content, hexadecimal; null where it came from a stream.
    pub sha256: Option<String>,
    /// File name of its report, beside the index; null where none could be made.
    pub report: Option<String>,
    /// Why no report could be made.
    pub error: Option<String>,
    /// When it was collected (RFC 3339); null where its content does not say.
    pub collected_at: Option<String>,
    /// The cluster, as far as the bundle tells.
    pub cluster: Cluster,
    /// Layout id.
    pub layout: Option<String>,
    /// Files read.
    pub files: u64,
    /// Bytes read.
    pub bytes: u64,
    /// In the report's order.
    pub incidents: Vec<IncidentRow>,
    /// How many gaps of which kind.
    pub gaps: BTreeMap<String, u64>,
}

/// What a bundle says of its cluster. Nothing in it names a cluster, so two bundles of one cluster are not told from
/// bundles of two alike.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Cluster {
    /// Server version.
    pub kubernetes_version: Option<String>,
    /// Nodes that the bundle holds.
    pub nodes: u64,
    /// Namespaces of which the bundle holds something, sorted.
    pub namespaces: Vec<String>,
}

/// One incident of a report.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct IncidentRow {
    /// Id within the report.
    pub id: String,
    /// Cause id.
    pub cause: String,
    /// The cause in words.
    pub title: String,
    /// The cause's category.
    pub category: String,
    /// `critical`, `warning` or `info`.
    pub severity: String,
    /// 0 to 1.
    pub confidence: f64,
    /// About what.
    pub workload: Workload,
    /// Pods concerned.
    pub pods: u64,
    /// Since when (RFC 3339), where the bundle tells.
    pub since: Option<String>,
    /// The incident of the same report that this one is a consequence of.
    pub caused_by: Option<String>,
}

/// What an incident is about, so that it can be recognised in another bundle: of a pod's generated name only the part
/// that stays the same (`web-*`).
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Workload {
    /// The folder of its cluster, in a bundle of several clusters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub site: Option<String>,
    /// `Deployment`, `Pod`, `Node`, ...
    pub kind: String,
    /// Null where the bundle names none.
    pub namespace: Option<String>,
    /// Null where the bundle names none.
    pub name: Option<String>,
    /// Container, where one is meant.
    pub container: Option<String>,
}

/// The index of a folder of reports.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Index {
    /// [`SCHEMA_VERSION`].
    pub schema_version: &'static str,
    /// What wrote it.
    pub generator: document::Generator,
    /// By time of collection, those without one last; then by name and path.
    pub bundles: Vec<BundleRow>,
    /// By number of bundles, the most frequent first.
    pub causes: Vec<CauseRow>,
    /// What broke for the same cause in two bundles or more, the most frequent first. Consequences are left out.
    pub recurring: Vec<Recurrence>,
}

/// One cause over all bundles. Bundles of the same content count once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CauseRow {
    /// Cause id.
    pub cause: String,
    /// In words.
    pub title: String,
    /// Category.
    pub category: String,
    /// Bundles that have it.
    pub bundles: u64,
    /// Incidents of all bundles.
    pub incidents: u64,
    /// Of them, how many of each severity.
    pub severities: BTreeMap<String, u64>,
    /// Who had it, the most frequent first.
    pub workloads: Vec<WorkloadRow>,
    /// The earliest start that a bundle tells, else the earliest collection.
    pub first_seen: Option<String>,
    /// The latest collection, else the latest start.
    pub last_seen: Option<String>,
}

/// One workload that had a cause.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct WorkloadRow {
    /// Which.
    #[serde(flatten)]
    pub workload: Workload,
    /// In how many bundles.
    pub bundles: u64,
    /// As of a cause.
    pub first_seen: Option<String>,
    /// As of a cause.
    pub last_seen: Option<String>,
}

/// One workload that broke for one cause again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Recurrence {
    /// Cause id.
    pub cause: String,
    /// In words.
    pub title: String,
    /// Which.
    pub workload: Workload,
    /// In how many bundles.
    pub bundles: u64,
    /// The reports, in the order of the bundles.
    pub reports: Vec<String>,
    /// As of a cause.
    pub first_seen: Option<String>,
    /// As of a cause.
    pub last_seen: Option<String>,
}

impl BundleRow {
    /// What a report leaves behind. `path`, `sha256` and `report` are the caller's to fill in.
    pub fn of(document: &Document) -> BundleRow {
        let mut gaps: BTreeMap<String, u64> = BTreeMap::new();
        for gap in &document.gaps {
            *gaps.entry(gap.kind.to_string()).or_default() += 1;
        }
        let objects = &document.inventory.objects;
        let namespaces: BTreeSet<&String> =
            objects.iter().map(|row| &row.namespace).filter(|namespace| !namespace.is_empty()).collect();
        BundleRow {
            name: document.bundle.name.clone(),
            collected_at: document.bundle.collected_at.clone(),
            cluster: Cluster {
                kubernetes_version: document.bundle.kubernetes_version.clone(),
                nodes: objects.iter().filter(|row| row.kind == "Node").map(|row| row.count).sum(),
                namespaces: namespaces.into_iter().cloned().collect(),
            },
            layout: Some(document.bundle.layout.clone()),
            files: document.bundle.files,
            bytes: document.bundle.bytes,
            incidents: document.incidents.iter().map(IncidentRow::of).collect(),
            gaps,
            ..BundleRow::default()
        }
    }

    /// What tells this bundle from another: its content, else its path.
    fn identity(&self) -> &str {
        self.sha256.as_deref().unwrap_or(&self.path)
    }
}

impl IncidentRow {
    fn of(incident: &document::Incident) -> IncidentRow {
        let subject = &incident.subject;
        IncidentRow {
            id: incident.id.clone(),
            cause: incident.cause.clone(),
            title: incident.title.clone(),
            category: incident.category.clone(),
            severity: incident.severity.to_string(),
            confidence: incident.confidence,
            workload: Workload {
                site: incident.site.clone(),
                kind: subject.kind.clone(),
                namespace: subject.namespace.clone(),
                name: subject.name.as_deref().map(|name| lasting_name(&subject.kind, name)),
                container: subject.container.clone(),
            },
            pods: subject.pods.len() as u64,
            since: incident.since.as_ref().and_then(|since| since.time.clone()),
            caused_by: incident.caused_by.clone(),
        }
    }
}

/// A pod's name with `*` for what its controller generated: `web-6d4f9c7b58-x7k2p`, `sync-28123456-x7k2p`, `agent-x7k2p`.
fn lasting_name(kind: &str, name: &str) -> String {
    let generated = |part: &str| part.bytes().all(|byte| b"bcdfghjklmnpqrstvwxz2456789".contains(&byte));
    let counted = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let Some((rest, _)) = name.rsplit_once('-').filter(|(_, end)| kind == "Pod" && end.len() == 5 && generated(end))
    else {
        return name.to_string();
    };
    let (owner, _) = rest
        .rsplit_once('-')
        .filter(|(_, hash)| (6..=10).contains(&hash.len()) && (generated(hash) || counted(hash)))
        .unwrap_or((rest, ""));
    if owner.is_empty() { name.to_string() } else { format!("{owner}-*") }
}

/// The span in which something was seen.
#[derive(Debug, Clone, Default)]
struct Span {
    first: Option<(Timestamp, String)>,
    last: Option<(Timestamp, String)>,
}

impl Span {
    fn add(&mut self, bundle: &BundleRow, incident: &IncidentRow) {
        let read = |text: &Option<String>| text.as_ref().and_then(|text| Some((text.parse().ok()?, text.clone())));
        let (since, collected) = (read(&incident.since), read(&bundle.collected_at));
        if let Some(time) = since.clone().or_else(|| collected.clone())
            && self.first.as_ref().is_none_or(|first| time.0 < first.0)
        {
            self.first = Some(time);
        }
        if let Some(time) = collected.or(since)
            && self.last.as_ref().is_none_or(|last| time.0 > last.0)
        {
            self.last = Some(time);
        }
    }

    fn texts(self) -> (Option<String>, Option<String>) {
        (self.first.map(|time| time.1), self.last.map(|time| time.1))
    }
}

#[derive(Default)]
struct Tally<'r> {
    title: &'r str,
    category: &'r str,
    incidents: u64,
    severities: BTreeMap<String, u64>,
    bundles: BTreeSet<&'r str>,
    /// Reports in which it is no consequence, in the order of the bundles.
    roots: Vec<&'r BundleRow>,
    span: Span,
    root_span: Span,
}

impl<'r> Tally<'r> {
    fn add(&mut self, bundle: &'r BundleRow, incident: &'r IncidentRow) {
        (self.title, self.category) = (&incident.title, &incident.category);
        self.incidents += 1;
        *self.severities.entry(incident.severity.clone()).or_default() += 1;
        self.bundles.insert(bundle.identity());
        self.span.add(bundle, incident);
        if incident.caused_by.is_none() {
            self.root_span.add(bundle, incident);
            if !self.roots.iter().any(|known| known.identity() == bundle.identity()) {
                self.roots.push(bundle);
            }
        }
    }
}

impl Index {
    /// Counts over the rows, in whatever order they come.
    pub fn new(mut bundles: Vec<BundleRow>) -> Index {
        for bundle in &mut bundles {
            for text in [&mut bundle.name, &mut bundle.path].into_iter().chain(&mut bundle.error) {
                *text = redact_path(text).into_owned();
            }
        }
        let time = |row: &BundleRow| row.collected_at.as_ref().and_then(|at| at.parse::<Timestamp>().ok());
        bundles.sort_by_cached_key(|row| {
            let at = time(row);
            (at.is_none(), at, row.name.clone(), row.path.clone(), row.report.clone())
        });
        let mut causes: BTreeMap<&str, (Tally<'_>, BTreeMap<&Workload, Tally<'_>>)> = BTreeMap::new();
        for bundle in &bundles {
            for incident in &bundle.incidents {
                let (cause, workloads) = causes.entry(&incident.cause).or_default();
                cause.add(bundle, incident);
                workloads.entry(&incident.workload).or_default().add(bundle, incident);
            }
        }
        let mut recurring = Vec::new();
        let mut rows: Vec<CauseRow> = Vec::new();
        for (cause, (tally, workloads)) in causes {
            let mut who = Vec::new();
            for (workload, tally) in workloads {
                if tally.roots.len() > 1 && workload.name.is_some() {
                    let (first_seen, last_seen) = tally.root_span.texts();
                    recurring.push(Recurrence {
                        cause: cause.to_string(),
                        title: tally.title.to_string(),
                        workload: workload.clone(),
                        bundles: tally.roots.len() as u64,
                        reports: tally.roots.iter().filter_map(|row| row.report.clone()).collect(),
                        first_seen,
                        last_seen,
                    });
                }
                let (first_seen, last_seen) = tally.span.texts();
                who.push(WorkloadRow {
                    workload: workload.clone(),
                    bundles: tally.bundles.len() as u64,
                    first_seen,
                    last_seen,
                });
            }
            who.sort_by(|a, b| (Reverse(a.bundles), &a.workload).cmp(&(Reverse(b.bundles), &b.workload)));
            let (first_seen, last_seen) = tally.span.texts();
            rows.push(CauseRow {
                cause: cause.to_string(),
                title: tally.title.to_string(),
                category: tally.category.to_string(),
                bundles: tally.bundles.len() as u64,
                incidents: tally.incidents,
                severities: tally.severities,
                workloads: who,
                first_seen,
                last_seen,
            });
        }
        rows.sort_by(|a, b| {
            (Reverse(a.bundles), Reverse(a.incidents), &a.cause).cmp(&(
                Reverse(b.bundles),
                Reverse(b.incidents),
                &b.cause,
            ))
        });
        recurring.sort_by(|a, b| {
            (Reverse(a.bundles), &a.cause, &a.workload).cmp(&(Reverse(b.bundles), &b.cause, &b.workload))
        });
        Index {
            schema_version: SCHEMA_VERSION,
            generator: document::Generator { name: env!("CARGO_PKG_NAME"), version: env!("CARGO_PKG_VERSION") },
            bundles,
            causes: rows,
            recurring,
        }
    }

    /// `index.json`: indented, fields in a fixed order, one line end at the end.
    pub fn json(&self) -> String {
        crate::report::pretty_json(self)
    }

    /// `index.md`.
    pub fn markdown(&self) -> String {
        markdown::write(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(name: &str, at: Option<&str>, incidents: &[(&str, &str, Option<&str>)]) -> BundleRow {
        BundleRow {
            name: name.to_string(),
            path: format!("in/{name}"),
            report: Some(format!("{name}.md")),
            collected_at: at.map(str::to_string),
            incidents: incidents
                .iter()
                .enumerate()
                .map(|(index, (cause, workload, caused_by))| IncidentRow {
                    id: format!("I{}", index + 1),
                    cause: (*cause).to_string(),
                    title: format!("title of {cause}"),
                    category: "memory".to_string(),
                    severity: "critical".to_string(),
                    confidence: 0.9,
                    workload: Workload {
                        site: None,
                        kind: "Deployment".to_string(),
                        namespace: Some("shop".to_string()),
                        name: Some((*workload).to_string()),
                        container: None,
                    },
                    pods: 1,
                    since: None,
                    caused_by: caused_by.map(str::to_string),
                })
                .collect(),
            ..BundleRow::default()
        }
    }

    #[test]
    fn what_breaks_again_is_counted_by_bundle_and_dated() {
        let mut march = row("c", Some("2026-03-01T00:00:00Z"), &[("oom-killed", "web", None)]);
        march.incidents[0].since = Some("2026-02-27T10:00:00.5Z".to_string());
        let january =
            row("a", Some("2026-01-01T00:00:00Z"), &[("oom-killed", "web", None), ("oom-killed", "web", None)]);
        let undated = row("b", None, &[("oom-killed", "api", None)]);
        let index = Index::new(vec![march.clone(), undated, january.clone()]);
        assert_eq!(index.bundles.iter().map(|row| row.name.as_str()).collect::<Vec<_>>(), ["a", "c", "b"]);
        let cause = &index.causes[0];
        assert_eq!((cause.bundles, cause.incidents, cause.severities["critical"]), (3, 4, 4));
        assert_eq!(cause.first_seen.as_deref(), Some("2026-01-01T00:00:00Z"));
        assert_eq!(cause.last_seen.as_deref(), Some("2026-03-01T00:00:00Z"));
        assert_eq!(index.recurring.len(), 1);
        let again = &index.recurring[0];
        assert_eq!((again.bundles, again.workload.name.as_deref()), (2, Some("web")));
        assert_eq!(again.reports, ["a.md", "c.md"]);
        // The same bundle under another name is no recurrence.
        let (mut one, mut two) = (january.clone(), january);
        one.sha256 = Some("aa".to_string());
        two.sha256 = Some("aa".to_string());
        two.name = "copy".to_string();
        let index = Index::new(vec![one, two]);
        assert_eq!((index.causes[0].bundles, index.recurring.len()), (1, 0));
    }

    #[test]
    fn a_generated_name_keeps_what_lasts() {
        for (name, lasting) in [
            ("web-6d4f9c7b58-x7k2p", "web-*"),
            ("sync-28123456-x7k2p", "sync-*"),
            ("agent-x7k2p", "agent-*"),
            ("db-0", "db-0"),
            ("my-cache", "my-cache"),
            ("-x7k2p", "-x7k2p"),
        ] {
            assert_eq!(lasting_name("Pod", name), lasting);
        }
        assert_eq!(lasting_name("Node", "worker-x7k2p"), "worker-x7k2p");
    }

    #[test]
    fn consequences_are_counted_but_do_not_recur() {
        let rows = ["a", "b"].map(|name| row(name, None, &[("node-down", "n", None), ("cut-off", "web", Some("I1"))]));
        let index = Index::new(rows.to_vec());
        assert_eq!(index.causes.len(), 2);
        let again: Vec<&str> = index.recurring.iter().map(|row| row.cause.as_str()).collect();
        assert_eq!(again, ["node-down"]);
    }
}
