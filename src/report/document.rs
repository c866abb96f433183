//! The report as a document: what leaves the program, in the words of the JSON contract.
//!
//! Owns the serializable types and the one place where secrets are masked: every format is written from a [`Document`],
//! so none can forget it. Fields are added, never renamed. Nothing here decides or rewords.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, btree_map};

use aho_corasick::{AhoCorasick, MatchKind};
use jiff::Timestamp;
use rayon::prelude::*;
use serde::Serialize;

use super::playbook;
use super::redact::{self, MASK, redact_known};
use crate::model::When;
use crate::postmortem::{self, Postmortem};
use crate::text::{Place, shortened};

/// The version of the document's format.
pub const SCHEMA_VERSION: &str = "1";

/// So many incidents are written by one thread at a time.
const INCIDENTS: usize = 8;

/// A whole report.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Document {
    /// [`SCHEMA_VERSION`].
    pub schema_version: &'static str,
    /// What wrote it.
    pub generator: Generator,
    /// The bundle.
    pub bundle: Bundle,
    /// In the contract's order.
    pub incidents: Vec<Incident>,
    /// What could not be looked at.
    pub gaps: Vec<Gap>,
    /// All moments of all incidents and of the cluster, in order of time.
    pub timeline: Vec<Moment>,
    /// What was looked at.
    pub inventory: Inventory,
    /// Lines in which a secret was masked, each counted as often as it is cited.
    pub redacted: u64,
}

/// The program.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Generator {
    /// `kubemortem`.
    pub name: &'static str,
    /// Its version.
    pub version: &'static str,
}

/// What the bundle is.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Bundle {
    /// As given, last path component.
    pub name: String,
    /// `tar.gz`, `folder`, ...
    pub container: String,
    /// Layout id.
    pub layout: String,
    /// Why that layout.
    pub layout_why: String,
    /// RFC 3339, null where the content does not say.
    pub collected_at: Option<String>,
    /// The line that says so.
    pub collected_at_source: Option<Citation>,
    /// Server version.
    pub kubernetes_version: Option<String>,
    /// kubectl's version.
    pub kubectl_version: Option<String>,
    /// What the collector's checksums say of the files; null where the bundle has none.
    pub integrity: Option<Integrity>,
    /// Files read.
    pub files: u64,
    /// Bytes read.
    pub bytes: u64,
}

/// The bundle against its own checksums.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Integrity {
    /// Files that are as they were collected.
    pub intact: u64,
    /// Files with another content.
    pub changed: u64,
    /// Files that are listed and not there.
    pub missing: u64,
    /// Files that are there and not listed.
    pub added: u64,
}

/// A line of the bundle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Citation {
    /// The entry's path inside the bundle, as the archive spells it.
    pub path: String,
    /// 1-based.
    pub line: u64,
    /// 1-based character at which `text` starts; absent when `text` is the whole line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<u32>,
    /// Verbatim, secrets masked.
    pub text: String,
    /// Present and true where a secret is masked.
    #[serde(skip_serializing_if = "is_false")]
    pub redacted: bool,
}

/// A line and what it shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Evidence {
    /// The line.
    #[serde(flatten)]
    pub citation: Citation,
    /// One clause.
    pub shows: String,
    /// `decisive` or `supporting`.
    pub role: &'static str,
}

/// About what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Subject {
    /// `Pod`, `Deployment`, `Node`, ...
    pub kind: String,
    /// Null where the bundle names none.
    pub namespace: Option<String>,
    /// Null where the bundle names none.
    pub name: Option<String>,
    /// Container.
    pub container: Option<String>,
    /// The pods concerned, or the candidates of an unnamed subject.
    pub pods: Vec<String>,
    /// Where several workloads wait for it, these: `shop/web`.
    pub workloads: Vec<String>,
    /// Node.
    pub node: Option<String>,
}

/// A time as far as the bundle tells it: absolute, before the collection, or both.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Time {
    /// RFC 3339, null where only an age is known.
    pub time: Option<String>,
    /// Seconds before the output was printed, null where the time is stated.
    pub age_seconds: Option<i64>,
}

/// A cause that competed and lost.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RuledOut {
    /// Its id.
    pub cause: String,
    /// Its title.
    pub title: String,
    /// Why not.
    pub because: String,
    /// By which lines.
    pub evidence: Vec<Evidence>,
}

/// What else it could be.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Alternative {
    /// Its id.
    pub cause: String,
    /// Its title.
    pub title: String,
    /// 0 to 1.
    pub confidence: f64,
}

/// What would decide or complete the verdict.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Missing {
    /// What.
    pub what: String,
    /// The command that brings it.
    pub command: String,
}

/// A command for this workload.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Command {
    /// What it is for.
    pub purpose: String,
    /// Ready to paste.
    pub command: String,
}

/// One thing to do: an item of the playbook's Fix.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Action {
    /// In plain text.
    pub text: String,
    /// Code that belongs to it: commands or YAML.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
}

/// The cause page, filled in for this case. Markdown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Playbook {
    /// What happened.
    pub what_happened: String,
    /// How to confirm it.
    pub confirm: String,
    /// What to do now.
    pub fix: String,
    /// How to prevent it.
    pub prevent: String,
}

/// One moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Moment {
    /// When.
    #[serde(flatten)]
    pub when: Time,
    /// Whether the time is as coarse as an age column.
    pub approximate: bool,
    /// The object.
    pub object: String,
    /// What happened.
    pub what: String,
    /// How often.
    pub count: u64,
    /// Whether it is one of the steps that every start takes; absent where it is not.
    #[serde(skip_serializing_if = "is_false")]
    pub routine: bool,
    /// The line.
    #[serde(flatten)]
    pub citation: Citation,
}

/// One incident.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Incident {
    /// `I1`, `I2`, ...
    pub id: String,
    /// Cause id.
    pub cause: String,
    /// Ids that this cause refines.
    pub cause_parents: Vec<String>,
    /// The cause in words.
    pub title: String,
    /// The cause's category.
    pub category: String,
    /// The folder of the cluster it befell, where the bundle holds several.
    pub site: Option<String>,
    /// `critical`, `warning` or `info`.
    pub severity: &'static str,
    /// 0 to 1.
    pub confidence: f64,
    /// About what.
    pub subject: Subject,
    /// In kubectl's words.
    pub symptom: String,
    /// Since when.
    pub since: Option<Time>,
    /// The line that says so.
    pub since_source: Option<Citation>,
    /// How often.
    pub times: Option<u64>,
    /// Decisive first.
    pub evidence: Vec<Evidence>,
    /// How the cause came to what is seen, step by step; empty where the bundle shows no two steps of it.
    pub chain: Vec<Evidence>,
    /// Names that the bundle holds and that are like one that is asked for: possibilities, no evidence of the cause.
    pub did_you_mean: Vec<Evidence>,
    /// What was ruled out.
    pub ruled_out: Vec<RuledOut>,
    /// What else it could be.
    pub alternatives: Vec<Alternative>,
    /// What is missing.
    pub missing: Vec<Missing>,
    /// The incident this one is a consequence of.
    pub caused_by: Option<String>,
    /// The line that ties the two.
    pub link: Option<Evidence>,
    /// Its consequences.
    pub consequences: Vec<String>,
    /// What to do.
    pub actions: Vec<Action>,
    /// Commands for this workload.
    pub commands: Vec<Command>,
    /// Words.
    pub playbook: Playbook,
    /// Its own timeline.
    pub timeline: Vec<Moment>,
}

/// One thing that could not be looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Gap {
    /// Path inside the bundle, or empty.
    pub path: String,
    /// `absent`, `empty`, `forbidden`, `truncated`, `unreadable` or `notCollected`.
    pub kind: &'static str,
    /// What it is.
    pub what: String,
    /// What cannot be said because of it.
    pub prevents: String,
}

/// What was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Inventory {
    /// Counts by namespace and kind.
    pub objects: Vec<ObjectCount>,
    /// What is worth a line and no incident.
    pub remarks: Vec<Remark>,
}

/// How many of a kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ObjectCount {
    /// Empty for cluster-wide.
    pub namespace: String,
    /// Kind.
    pub kind: String,
    /// How many.
    pub count: u64,
    /// How many of them are unhealthy.
    pub unhealthy: u64,
}

/// Worth a line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Remark {
    /// The object.
    pub object: String,
    /// What.
    pub what: String,
    /// Where.
    #[serde(flatten)]
    pub citation: Citation,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_false(value: &bool) -> bool {
    !value
}

impl Document {
    /// Takes a post-mortem down, secrets masked.
    pub fn new(postmortem: &Postmortem) -> Document {
        let (paths, known) = paths_and_known_secrets(postmortem);
        let mut writer = Writer { paths: &paths, collected: postmortem.bundle.collected_at, known, redacted: 0 };
        let bundle = writer.bundle(&postmortem.bundle);
        let written = |incident: &postmortem::Incident| {
            let mut writer = Writer { redacted: 0, ..writer.clone() };
            (writer.incident(incident), writer.redacted)
        };
        let written: Vec<_> = match &postmortem.incidents {
            few if few.len() <= INCIDENTS => few.iter().map(written).collect(),
            many => many.par_iter().with_min_len(INCIDENTS).map(written).collect(),
        };
        let mut incidents = Vec::with_capacity(written.len());
        for (incident, redacted) in written {
            incidents.push(incident);
            writer.redacted += redacted;
        }
        let gaps = postmortem
            .gaps
            .iter()
            .map(|gap| Gap {
                path: redact::redact_path(&gap.path).into_owned(),
                kind: gap.kind.name(),
                what: writer.masked(&gap.what),
                prevents: writer.masked(&gap.prevents),
            })
            .collect();
        let timeline = postmortem.timeline.iter().map(|moment| writer.moment(moment)).collect();
        let inventory = Inventory {
            objects: postmortem
                .inventory
                .iter()
                .map(|row| ObjectCount {
                    namespace: writer.masked(&row.namespace),
                    kind: writer.masked(&row.kind),
                    count: row.count,
                    unhealthy: row.unhealthy,
                })
                .collect(),
            remarks: postmortem
                .remarks
                .iter()
                .map(|remark| Remark {
                    object: writer.masked(&remark.object),
                    what: writer.masked(&remark.what),
                    citation: writer.citation(&remark.place),
                })
                .collect(),
        };
        Document {
            schema_version: SCHEMA_VERSION,
            generator: Generator { name: env!("CARGO_PKG_NAME"), version: env!("CARGO_PKG_VERSION") },
            bundle,
            incidents,
            gaps,
            timeline,
            inventory,
            redacted: writer.redacted,
        }
    }
}

/// The paths of the files that are cited, masked; and the secrets of these paths and of all lines that are cited. A value
/// taken out of a line has lost what named it a secret there.
fn paths_and_known_secrets(postmortem: &Postmortem) -> (BTreeMap<u32, String>, Option<AhoCorasick>) {
    let mut places: Vec<&Place> = postmortem.timeline.iter().map(|moment| &moment.place).collect();
    places.extend(&postmortem.bundle.collected_at_place);
    places.extend(postmortem.remarks.iter().map(|remark| &remark.place));
    for incident in &postmortem.incidents {
        places.extend(incident.timeline.iter().map(|moment| &moment.place));
        let ruled_out = incident.ruled_out.iter().flat_map(|out| &out.evidence);
        let like = incident.did_you_mean.iter().chain(&incident.chain);
        places.extend(
            incident.evidence.iter().chain(&incident.link).chain(like).chain(ruled_out).map(|evidence| &evidence.place),
        );
        places.extend(incident.since.iter().map(|since| &since.place));
    }
    let mut secrets: BTreeSet<&str> = places.iter().flat_map(|place| redact::known(&place.text)).collect();
    let mut paths = BTreeMap::new();
    for place in places {
        if let Some(path) = postmortem.paths.get(place.file.0 as usize)
            && let btree_map::Entry::Vacant(entry) = paths.entry(place.file.0)
        {
            let (shown, known) = redact::path(path);
            entry.insert(shown.into_owned());
            secrets.extend(known);
        }
    }
    let others = postmortem.gaps.iter().map(|gap| &gap.path).chain([&postmortem.bundle.name]);
    secrets.extend(others.flat_map(|path| redact::path(path).1));
    // More than an automaton holds, which is 2 GiB: each line is still masked by what it says itself.
    (paths, AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).build(secrets).ok())
}

/// A line of JSON or YAML with what stands under the key `value` masked; `None` where it has no such key.
fn without_value(text: &str) -> Option<String> {
    const KEY: &str = "\"value\":";
    if let Some(at) = text.find(KEY) {
        let start = at + KEY.len() + text[at + KEY.len()..].find('"')? + 1;
        let mut escaped = false;
        let end = text[start..].char_indices().find_map(|(at, c)| {
            let ends = c == '"' && !escaped;
            escaped = c == '\\' && !escaped;
            ends.then_some(start + at)
        });
        return Some(format!("{}{MASK}{}", &text[..start], &text[end.unwrap_or(text.len())..]));
    }
    let rest = text.trim_start_matches("- ").strip_prefix("value: ")?;
    Some(format!("{}{MASK}", &text[..text.len() - rest.len()]))
}

/// Characters of a moment that are kept from its start and from its end.
const MOMENT: (usize, usize) = (120, 90);

/// Three digits: more would be noise of the arithmetic.
fn probability(value: f64) -> f64 {
    if value.is_finite() { (value.clamp(0.0, 1.0) * 1000.0).round() / 1000.0 } else { 0.0 }
}

/// A time as RFC 3339 with whole seconds where there is no fraction.
fn rfc3339(time: Timestamp) -> String {
    time.to_string()
}

#[derive(Clone)]
struct Writer<'p> {
    /// Of the files that are cited.
    paths: &'p BTreeMap<u32, String>,
    collected: Option<Timestamp>,
    /// Secrets of cited lines: they are masked wherever else they stand, also where nothing names them any more.
    known: Option<AhoCorasick>,
    redacted: u64,
}

impl Writer<'_> {
    fn masked(&self, text: &str) -> String {
        redact_known(text, self.known.as_ref()).into_owned()
    }

    fn bundle(&mut self, header: &postmortem::BundleHeader) -> Bundle {
        Bundle {
            name: self.masked(&redact::redact_path(&header.name)),
            container: header.container.clone(),
            layout: header.layout.clone(),
            layout_why: self.masked(&header.layout_why),
            collected_at: header.collected_at.map(rfc3339),
            collected_at_source: header.collected_at_place.as_ref().map(|place| self.citation(place)),
            kubernetes_version: header.kubernetes_version.as_deref().map(|text| self.masked(text)),
            kubectl_version: header.kubectl_version.as_deref().map(|text| self.masked(text)),
            integrity: header.integrity.map(|sum| Integrity {
                intact: sum.intact,
                changed: sum.changed,
                missing: sum.missing,
                added: sum.added,
            }),
            files: header.files,
            bytes: header.bytes,
        }
    }

    fn citation(&mut self, place: &Place) -> Citation {
        let path = self.paths.get(&place.file.0).cloned().unwrap_or_default();
        let place = place.quoted();
        let (column, slice) = whole_words(place.column, &place.text);
        let text = redact_known(slice, self.known.as_ref());
        let redacted = matches!(text, Cow::Owned(_));
        self.redacted += u64::from(redacted);
        Citation { path, line: place.line, column, text: text.into_owned(), redacted }
    }

    fn evidence(&mut self, evidence: &postmortem::Evidence) -> Evidence {
        let mut citation = self.citation(&evidence.place);
        let shows = redact_known(&evidence.shows, self.known.as_ref());
        // The line of a variable's value does not name the variable: what the sentence knows for a secret is one there too.
        if matches!(shows, Cow::Owned(_))
            && !citation.redacted
            && let Some(text) = without_value(&citation.text)
        {
            citation.text = text;
            citation.redacted = true;
            self.redacted += 1;
        }
        Evidence {
            citation,
            shows: shows.into_owned(),
            role: match evidence.role {
                postmortem::EvidenceRole::Decisive => "decisive",
                postmortem::EvidenceRole::Supporting => "supporting",
            },
        }
    }

    fn all_evidence(&mut self, evidence: &[postmortem::Evidence]) -> Vec<Evidence> {
        evidence.iter().map(|one| self.evidence(one)).collect()
    }

    fn time(&self, when: When) -> Time {
        Time {
            time: when.at(self.collected).map(rfc3339),
            age_seconds: match when {
                When::At(_) => None,
                When::Ago(seconds) => Some(seconds),
            },
        }
    }

    fn moment(&mut self, moment: &postmortem::Moment) -> Moment {
        Moment {
            when: self.time(moment.when),
            approximate: moment.approximate,
            object: self.masked(&moment.object),
            what: shortened(&self.masked(&moment.what), MOMENT),
            count: moment.count,
            routine: moment.routine,
            citation: self.citation(&moment.place),
        }
    }

    fn incident(&mut self, incident: &postmortem::Incident) -> Incident {
        let fix = self.masked(&incident.playbook.fix);
        Incident {
            id: incident.id.clone(),
            cause: incident.cause.clone(),
            cause_parents: incident.cause_parents.clone(),
            title: self.masked(&incident.title),
            category: incident.category.clone(),
            site: Some(&incident.site).filter(|site| !site.is_empty()).map(|site| self.masked(site)),
            severity: incident.severity.name(),
            confidence: probability(incident.confidence),
            subject: Subject {
                kind: self.masked(&incident.subject.kind),
                namespace: incident.subject.namespace.as_deref().map(|text| self.masked(text)),
                name: incident.subject.name.as_deref().map(|text| self.masked(text)),
                container: incident.subject.container.as_deref().map(|text| self.masked(text)),
                pods: incident.subject.pods.iter().map(|pod| self.masked(pod)).collect(),
                workloads: incident.subject.workloads.iter().map(|name| self.masked(name)).collect(),
                node: incident.subject.node.as_deref().map(|text| self.masked(text)),
            },
            symptom: self.masked(&incident.symptom),
            since: incident.since.as_ref().map(|since| self.time(since.value)),
            since_source: incident.since.as_ref().map(|since| self.citation(&since.place)),
            times: incident.times,
            evidence: self.all_evidence(&incident.evidence),
            chain: self.all_evidence(&incident.chain),
            did_you_mean: self.all_evidence(&incident.did_you_mean),
            ruled_out: incident
                .ruled_out
                .iter()
                .map(|out| RuledOut {
                    cause: out.cause.clone(),
                    title: self.masked(&out.title),
                    because: self.masked(&out.because),
                    evidence: self.all_evidence(&out.evidence),
                })
                .collect(),
            alternatives: incident
                .alternatives
                .iter()
                .map(|other| Alternative {
                    cause: other.cause.clone(),
                    title: self.masked(&other.title),
                    confidence: probability(other.confidence),
                })
                .collect(),
            missing: incident
                .missing
                .iter()
                .map(|missing| Missing { what: self.masked(&missing.what), command: self.masked(&missing.command) })
                .collect(),
            caused_by: incident.caused_by.clone(),
            link: incident.link.as_ref().map(|link| self.evidence(link)),
            consequences: incident.consequences.clone(),
            actions: playbook::actions(&fix),
            commands: incident
                .commands
                .iter()
                .map(|command| Command {
                    purpose: self.masked(&command.purpose),
                    command: self.masked(&command.command),
                })
                .collect(),
            playbook: Playbook {
                what_happened: self.masked(&incident.playbook.what_happened),
                confirm: self.masked(&incident.playbook.confirm),
                fix,
                prevent: self.masked(&incident.playbook.prevent),
            },
            timeline: incident.timeline.iter().map(|moment| self.moment(moment)).collect(),
        }
    }
}

/// A slice of a long line may begin inside a word, and that word may be the rest of a secret that nothing names any
/// more. The slice then starts behind it, and its column with it: it stays a verbatim slice of the same line.
fn whole_words(column: Option<u32>, text: &str) -> (Option<u32>, &str) {
    const CONTEXT: usize = 60;
    let Some(from) = column.filter(|column| *column > 1) else { return (column, text) };
    let edge = |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | ',' | ';' | '&' | '{' | '}' | '\\');
    let Some((cut, c)) = text.char_indices().take_while(|(at, _)| *at < CONTEXT).find(|(_, c)| edge(*c)) else {
        return (column, text);
    };
    if cut == 0 {
        return (column, text);
    }
    let behind = &text[cut + c.len_utf8()..];
    let rest = behind.trim_start_matches(|c: char| c.is_whitespace() || c == ',');
    // Too little would be left to prove anything.
    if rest.replace(MASK, "").chars().filter(|c| !c.is_whitespace()).count() < 8 {
        return (column, text);
    }
    let dropped = text.len() - rest.len();
    (Some(from.saturating_add(text[..dropped].chars().count() as u32)), rest)
}
