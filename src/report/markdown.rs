//! The report for people, in Markdown.
//!
//! Owns the order of the sections, what is left out for length, and the few words that tie the findings together. All
//! words from a bundle pass through `escape`, all quotations through `citation`. Sections without content are left out.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt::Write as _;

use jiff::Timestamp;
use rayon::prelude::*;

use super::citation;
use super::document::{self, Citation, Document, Incident, Moment, Subject, Time};
use super::{escape, playbook};
use crate::model::time::human;
use crate::text::in_sentence;

/// Rows of the summary.
const SUMMARY_ROWS: usize = 25;
/// Rows of the merged timeline.
const TIMELINE_ROWS: usize = 40;
/// Quoted lines per incident.
const EVIDENCE_ROWS: usize = 12;
/// Rows of the table of gaps.
const GAP_ROWS: usize = 40;
/// Namespaces of the inventory.
const NAMESPACE_ROWS: usize = 40;
/// Remarks of the inventory.
const REMARK_ROWS: usize = 25;
/// So many incidents are written by one thread at a time.
const INCIDENTS: usize = 8;
/// Characters of a line in the summary.
const PROOF_CHARS: usize = 100;

/// Writes the document.
pub fn write(document: &Document) -> String {
    let mut writer = Writer::new(document);
    let collected = writer.collected_line();
    writer.summary();
    let shown = writer.timeline();
    let of_incident = |incident| {
        let mut writer = Writer::new(document);
        writer.incident(incident);
        writer
    };
    let incidents = &document.incidents;
    let written: Vec<Writer<'_>> = match incidents.len() {
        0..=INCIDENTS => incidents.iter().map(of_incident).collect(),
        _ => incidents.par_iter().with_min_len(INCIDENTS).map(of_incident).collect(),
    };
    written.into_iter().for_each(|of_incident| writer.append(of_incident));
    writer.gaps();
    writer.inventory();
    if !document.incidents.is_empty() {
        writer.body.push_str(REVIEW);
    }
    writer.lines_behind(&shown);
    let header = writer.header(&collected);
    header + &writer.body
}

/// What only people know: left to them.
const REVIEW: &str = "
## For the reviewer

### Impact

Who noticed what, from when until when, and how many were affected?

### Detection

What raised the alarm, how long after the first line above, and what would have raised it sooner?

### Lessons

What helped, what got in the way, where was it luck?

### Action items

| Action | Owner | Due |
| --- | --- | --- |
| | | |
";

struct Writer<'d> {
    document: &'d Document,
    collected: Option<Timestamp>,
    body: String,
    /// Citations written so far.
    citations: usize,
    /// The lines that are quoted whole.
    quoted: BTreeSet<(&'d str, u64, Option<u32>)>,
    /// Sections of playbooks, which are not in the body yet.
    sections: Vec<Section<'d>>,
    /// Those that were printed, with the incident that has them.
    said: HashMap<String, &'d str>,
}

/// A section of a playbook; where an earlier incident has the same, it is only referred to.
struct Section<'d> {
    /// The byte of the body that it stands before.
    at: usize,
    heading: &'static str,
    /// What stands before it either way.
    before: String,
    written: String,
    /// The same for sections that say the same.
    key: String,
    /// The incident.
    id: &'d str,
}

macro_rules! put {
    ($writer:expr, $($format:tt)*) => {{ let _ = writeln!($writer.body, $($format)*); }};
}

impl<'d> Writer<'d> {
    fn new(document: &'d Document) -> Self {
        Writer {
            document,
            collected: document.bundle.collected_at.as_deref().and_then(|time| time.parse().ok()),
            body: String::new(),
            citations: 0,
            quoted: BTreeSet::new(),
            sections: Vec::new(),
            said: HashMap::new(),
        }
    }

    /// Appends what was written of an incident.
    fn append(&mut self, of: Writer<'d>) {
        self.citations += of.citations;
        self.quoted.extend(of.quoted);
        let mut from = 0;
        for Section { at, heading, before, written, key, id } in of.sections {
            self.body.push_str(&of.body[from..at]);
            from = at;
            put!(self, "\n### {heading}\n");
            match self.said.get(&key) {
                Some(earlier) if !written.is_empty() => put!(self, "{before}As for {}.", escape::text(earlier)),
                _ => {
                    put!(self, "{}", format!("{before}{written}").trim_end());
                    self.said.insert(key, id);
                }
            }
        }
        self.body.push_str(&of.body[from..]);
    }

    // --- what it is -----------------------------------------------------------------------------------------------

    fn collected_line(&mut self) -> String {
        let bundle = &self.document.bundle;
        match (&bundle.collected_at, &bundle.collected_at_source) {
            (Some(time), Some(source)) => match self.cite(source) {
                Some(cited) => format!("{} UTC: {cited}", clock(time)),
                None => format!("{} UTC", clock(time)),
            },
            (Some(time), None) => format!("{} UTC", clock(time)),
            (None, _) => {
                "the bundle does not say when; ages count back from the moment each output was printed".to_owned()
            }
        }
    }

    fn header(&self, collected: &str) -> String {
        let document = self.document;
        let bundle = &document.bundle;
        let mut out = format!("# Post-mortem of {}\n\n", escape::code(&bundle.name));
        let _ = writeln!(out, "- **Collected:** {collected}");
        let versions: Vec<String> = [("Kubernetes", &bundle.kubernetes_version), ("kubectl", &bundle.kubectl_version)]
            .into_iter()
            .filter_map(|(what, version)| version.as_ref().map(|version| format!("{what} {}", escape::text(version))))
            .collect();
        if versions.is_empty() {
            let _ = writeln!(out, "- **Cluster:** the bundle does not state its version");
        } else {
            let _ = writeln!(out, "- **Cluster:** {}", versions.join(", "));
        }
        let mut layout = format!("layout {}", escape::text(&bundle.layout));
        if !bundle.layout_why.is_empty() {
            let _ = write!(layout, " ({})", escape::prose(&bundle.layout_why));
        }
        let _ = writeln!(
            out,
            "- **Bundle:** {}, {}, {} read, {layout}",
            escape::text(&bundle.container),
            count(bundle.files, "file"),
            size(bundle.bytes)
        );
        if let Some(integrity) = bundle.integrity {
            let _ = writeln!(out, "- {}", checked(integrity));
        }
        let seen = self.looked_at();
        if !seen.is_empty() {
            let _ = writeln!(out, "- **Looked at:** {seen}");
        }
        let missing = self.not_in_it();
        if missing.is_empty() {
            let _ = writeln!(out, "- **Not in it:** nothing that was asked for is known to be missing");
        } else {
            let _ = writeln!(out, "- **Not in it:**\n{}", missing.join("\n"));
        }
        if document.redacted > 0 {
            let _ = writeln!(
                out,
                "- **Masked:** {} a secret; `[REDACTED]` stands for it",
                if document.redacted == 1 {
                    "1 cited line holds".to_owned()
                } else {
                    format!("{} cited lines hold", document.redacted)
                }
            );
        }
        let _ = writeln!(
            out,
            "- Written by kubemortem {}, report format {}, {}. A quoted line is followed by \u{2190} and its file and line; `kubemortem verify REPORT BUNDLE` checks each.",
            document.generator.version,
            document.schema_version,
            count(self.citations as u64, "citation")
        );
        out
    }

    /// `12 Pods (2 unhealthy), 3 Nodes in 2 namespaces`.
    fn looked_at(&self) -> String {
        let mut kinds: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
        let mut namespaces = BTreeSet::new();
        for row in &self.document.inventory.objects {
            let sum = kinds.entry(&row.kind).or_default();
            sum.0 = sum.0.saturating_add(row.count);
            sum.1 = sum.1.saturating_add(row.unhealthy);
            if !row.namespace.is_empty() {
                namespaces.insert(&row.namespace);
            }
        }
        let mut kinds: Vec<_> = kinds.into_iter().collect();
        // Pods first, then nodes, then the rest by name.
        kinds.sort_by_key(|(kind, _)| (*kind != "Pod", *kind != "Node", *kind));
        let words: Vec<String> =
            kinds.iter().map(|(kind, (count, unhealthy))| objects(kind, *count, *unhealthy)).collect();
        match (words.is_empty(), namespaces.len()) {
            (true, _) => String::new(),
            (false, 0) => words.join(", "),
            (false, n) => format!("{} in {}", words.join(", "), count(n as u64, "namespace")),
        }
    }

    /// A list item per kind of gap, the worst kind first, naming what weighs most.
    fn not_in_it(&self) -> Vec<String> {
        const NAMED: usize = 3;
        KINDS
            .iter()
            .filter_map(|(kind, word)| {
                let gaps = self.document.gaps.iter().filter(|gap| gap.kind == *kind);
                // What many gaps prevent weighs most; the order of the list decides between equals.
                let mut weights: BTreeMap<&str, (std::cmp::Reverse<usize>, usize)> = BTreeMap::new();
                for (at, gap) in gaps.enumerate() {
                    let what = if gap.prevents.is_empty() { gap.what.as_str() } else { gap.prevents.as_str() };
                    weights.entry(what).or_insert((std::cmp::Reverse(0), at)).0.0 += 1;
                }
                if weights.is_empty() {
                    return None;
                }
                let mut weights: Vec<_> = weights.into_iter().collect();
                weights.sort_by_key(|(_, weight)| *weight);
                let mut named: Vec<String> = weights.iter().take(NAMED).map(|(what, _)| escape::prose(what)).collect();
                if weights.len() > NAMED {
                    named.push(format!("{} more", weights.len() - NAMED));
                }
                Some(format!("  - {word} ({}): {}", weights.len(), and(&named)))
            })
            .collect()
    }

    // --- at a glance ----------------------------------------------------------------------------------------------

    fn summary(&mut self) {
        let document = self.document;
        self.body.push_str("\n## Summary\n\n");
        if document.incidents.is_empty() {
            let seen = self.looked_at();
            if seen.is_empty() {
                put!(
                    self,
                    "No pods, nodes or workloads were found in this bundle, so nothing can be said about their health. \
                     `kubemortem inspect` says what each file was taken for."
                );
            } else {
                let unwell = document.inventory.objects.iter().any(|row| row.unhealthy > 0);
                put!(
                    self,
                    "{} Looked at: {seen}.",
                    if unwell {
                        "No incident: of what is unhealthy the bundle does not show why. Its pods would, with their events and logs."
                    } else {
                        "Nothing unhealthy was found."
                    }
                );
            }
            if !document.gaps.is_empty() {
                put!(self, "\nThis holds only as far as the bundle goes: see the gaps below.");
            }
            return;
        }
        let roots = document.incidents.iter().filter(|incident| incident.caused_by.is_none()).count();
        let total = document.incidents.len();
        let levels: Vec<String> = ["critical", "warning", "info"]
            .into_iter()
            .filter_map(|level| {
                let count = document.incidents.iter().filter(|incident| incident.severity == level).count();
                (count > 0).then(|| format!("{count} {level}"))
            })
            .collect();
        let mut lead = format!("**{}** ({})", count(total as u64, "incident"), levels.join(", "));
        if roots < total {
            let _ = write!(
                lead,
                ", {} and {}",
                count(roots as u64, "root cause"),
                count((total - roots) as u64, "consequence")
            );
        }
        let over = document.incidents.iter().all(|incident| incident.severity == "info");
        if over {
            lead = format!("**Nothing is unhealthy at the collection.** What is over: {lead}");
        } else if let Some(first) = document.incidents.first().filter(|_| total > 1) {
            let _ =
                write!(lead, ". Start with {}: {}", escape::text(&first.id), escape::text(&in_sentence(&first.title)));
        }
        put!(self, "{lead}.\n");
        put!(self, "| | What | Since | How often | Cause | Confidence | The line that says so |");
        put!(self, "| --- | --- | --- | --- | --- | --- | --- |");
        for incident in document.incidents.iter().take(SUMMARY_ROWS) {
            let proof = match incident.evidence.first() {
                None => "no line says it".to_owned(),
                Some(evidence) => match citation::short(&evidence.citation, PROOF_CHARS) {
                    Some(cited) => {
                        self.citations += 1;
                        cited
                    }
                    None => escape::cell_code(&citation::location(
                        &evidence.citation.path,
                        evidence.citation.line,
                        evidence.citation.column,
                    )),
                },
            };
            let mut cause = escape::cell(&incident.title);
            if let Some(root) = &incident.caused_by {
                let _ = write!(cause, " (consequence of {})", escape::cell(root));
            }
            put!(
                self,
                "| **{}** {} | {} | {} | {} | {cause} | {} | {proof} |",
                escape::cell(&incident.id),
                incident.severity,
                subject(&incident.subject, escape::cell_code),
                self.since_short(incident.since.as_ref()),
                incident.times.map_or_else(String::new, often),
                confidence(incident),
            );
        }
        if total > SUMMARY_ROWS {
            put!(self, "\nand {} below.", count((total - SUMMARY_ROWS) as u64, "more incident"));
        }
    }

    fn before_collection(&self, time: &str) -> Option<String> {
        let seconds = self.collected?.duration_since(time.parse::<Timestamp>().ok()?).as_secs();
        (seconds >= 0).then(|| human(seconds))
    }

    fn since_short(&self, since: Option<&Time>) -> String {
        let Some(since) = since else { return String::new() };
        match (&since.time, since.age_seconds) {
            (Some(time), age) => {
                let about = if age.is_some() { "about " } else { "" };
                match self.before_collection(time) {
                    Some(span) => format!("{about}{} (for {span})", clock(time)),
                    None => format!("{about}{}", clock(time)),
                }
            }
            (None, Some(age)) => format!("{} before collection", human(age)),
            (None, None) => String::new(),
        }
    }

    // --- in order of time -----------------------------------------------------------------------------------------

    /// Writes the merged timeline and returns the lines that its rows stand on.
    fn timeline(&mut self) -> Vec<&'d Citation> {
        let document = self.document;
        let all = &document.timeline;
        if all.is_empty() {
            return Vec::new();
        }
        let rows = rows(document);
        let shown: Vec<&Moment> = rows.iter().map(|row| row.moment).collect();
        if shown.is_empty() {
            return Vec::new();
        }
        // One date: said once, above the table.
        let dates: BTreeSet<Option<&str>> =
            shown.iter().map(|moment| moment.when.time.as_deref().map(|time| time.get(..10).unwrap_or(time))).collect();
        let date = match (dates.len(), dates.first()) {
            (1, Some(Some(date))) => Some(*date),
            _ => None,
        };
        self.body.push_str("\n## Timeline\n\n");
        let mut notes = Vec::new();
        if dates.iter().any(Option::is_some) {
            notes.push(match date {
                Some(date) => format!("All times are UTC, {date}."),
                None => "All times are UTC.".to_owned(),
            });
        }
        if shown.iter().any(|moment| moment.approximate) {
            notes.push("\u{2248} marks a time from an age column, or from a log without a time zone.".to_owned());
        }
        let left = all.len() - rows.iter().map(|row| row.stands_for).sum::<usize>();
        if left > 0 {
            notes.push(format!("Left out: {}; the JSON report has all.", count(left as u64, "lesser moment")));
        }
        if !notes.is_empty() {
            put!(self, "{}\n", notes.join(" "));
        }
        put!(self, "| When | Object | What | Where |");
        put!(self, "| --- | --- | --- | --- |");
        for Row { moment, what, .. } in &rows {
            let when = match (&moment.when.time, moment.when.age_seconds) {
                (Some(time), _) => {
                    let clock = clock(time);
                    let clock = if date.is_some() { clock.get(11..).unwrap_or(&clock) } else { &clock };
                    format!("{}{clock}", if moment.approximate { "\u{2248}" } else { "" })
                }
                (None, Some(age)) => {
                    format!("{}{} before collection", if moment.approximate { "\u{2248}" } else { "" }, human(age))
                }
                (None, None) => String::new(),
            };
            let times = if moment.count > 1 { format!(" ({} times)", moment.count) } else { String::new() };
            let place = &moment.citation;
            put!(
                self,
                "| {} | {} | {}{times} | {} |",
                when,
                escape::cell_code(&moment.object),
                escape::prose_cell(what),
                escape::cell_code(&citation::location(&place.path, place.line, place.column)),
            );
        }
        shown.into_iter().map(|moment| &moment.citation).collect()
    }

    /// The lines that the timeline points at and that are quoted nowhere else: so that every location can be checked.
    fn lines_behind(&mut self, shown: &[&'d Citation]) {
        let mut items = Vec::new();
        for place in shown {
            if self.quoted.contains(&(place.path.as_str(), place.line, place.column)) {
                continue;
            }
            if let Some(cited) = self.cite(place) {
                items.push(cited);
            }
        }
        if !items.is_empty() {
            put!(self, "\n## Lines behind the timeline\n");
            for item in items {
                put!(self, "- {item}");
            }
        }
    }

    // --- one incident ---------------------------------------------------------------------------------------------

    fn cite(&mut self, citation: &'d Citation) -> Option<String> {
        let cited = citation::full(citation)?;
        self.citations += 1;
        self.quoted.insert((citation.path.as_str(), citation.line, citation.column));
        Some(cited)
    }

    fn cite_or_place(&mut self, citation: &'d Citation) -> String {
        self.cite(citation).unwrap_or_else(|| format!("an empty line, {}", citation::place(citation)))
    }

    fn incident(&mut self, incident: &'d Incident) {
        put!(
            self,
            "\n## {} {}: {}\n",
            escape::text(&incident.id),
            escape::text(&incident.title),
            subject(&incident.subject, escape::code)
        );
        self.facts(incident);
        self.relatives(incident);
        let happened = playbook::rewrite(&incident.playbook.what_happened);
        if !happened.is_empty() {
            put!(self, "\n### What happened\n\n{}", happened.trim_end());
        }
        self.chain(incident);
        self.evidence(incident);
        self.did_you_mean(incident);
        self.ruled_out(incident);
        if !incident.alternatives.is_empty() {
            put!(self, "\n### What else it could be\n");
            for other in &incident.alternatives {
                put!(
                    self,
                    "- {} ({}): {} ({:.2})",
                    escape::text(&other.title),
                    escape::code(&other.cause),
                    word(other.confidence),
                    other.confidence
                );
            }
        }
        self.section("How to confirm it", "", &incident.playbook.confirm, incident);
        let first = match &incident.caused_by {
            Some(root) => format!("Fix {} first: this is its consequence.\n\n", escape::text(root)),
            None => String::new(),
        };
        self.section("What to do now", &first, &incident.playbook.fix, incident);
        self.section("How to prevent it", "", &incident.playbook.prevent, incident);
        self.commands(incident);
        self.missing(incident);
    }

    fn facts(&mut self, incident: &'d Incident) {
        let mut facts = vec![format!("**{}**, {}.", capital(incident.severity), confidence(incident))];
        if !incident.symptom.is_empty() {
            facts.push(format!("Seen as {}.", escape::text(&incident.symptom)));
        }
        if let Some(since) = &incident.since {
            match (&since.time, since.age_seconds) {
                (Some(time), age) => {
                    let about = if age.is_some() { "about " } else { "" };
                    let span = self
                        .before_collection(time)
                        .map_or_else(String::new, |span| format!(", {span} before the collection"));
                    facts.push(format!("Since {about}{} UTC{span}.", clock(time)));
                }
                (None, Some(age)) => facts.push(format!("Since {} before the output was printed.", human(age))),
                (None, None) => {}
            }
        }
        let counted = |times: &u64| incident.symptom.contains(&count(*times, "restart"));
        if let Some(times) = incident.times.filter(|times| *times > 0 && !counted(times)) {
            facts.push(format!("Counted {}.", often(times)));
        }
        let about = &incident.subject;
        if let Some(site) = &incident.site {
            facts.push(format!("In folder {}.", escape::code(site)));
        }
        if let Some(node) = about.node.as_ref().filter(|node| about.name.as_ref() != Some(*node)) {
            facts.push(format!("Node {}.", escape::code(node)));
        }
        facts.push(format!("Cause {} ({}).", escape::code(&incident.cause), escape::text(&incident.category)));
        put!(self, "{}", facts.join(" "));
        if let Some(cited) = incident.since_source.as_ref().and_then(|source| self.cite(source)) {
            put!(self, "\nFirst sign of it: {cited}");
        }
        let pods: Vec<&String> = about.pods.iter().filter(|pod| about.name.as_ref() != Some(*pod)).collect();
        if !pods.is_empty() {
            let label = if about.name.is_some() { "Pods" } else { "It is one of" };
            put!(self, "\n{label}: {}.", names(&pods));
        }
    }

    fn relatives(&mut self, incident: &'d Incident) {
        let find = |id: &str| self.document.incidents.iter().find(|other| other.id == id);
        if let Some(root) = &incident.caused_by {
            let title =
                find(root).map_or_else(String::new, |root| format!(" ({})", escape::text(&in_sentence(&root.title))));
            let mut line = format!("\nConsequence of {}{title}", escape::text(root));
            if let Some(link) = &incident.link {
                let _ = write!(line, ": {}:\n{}", escape::prose(&link.shows), self.cite_or_place(&link.citation));
            } else {
                line.push('.');
            }
            put!(self, "{line}");
        }
        if !incident.consequences.is_empty() {
            let named: Vec<String> = incident
                .consequences
                .iter()
                .take(20)
                .map(|id| match find(id) {
                    Some(other) => format!("{} ({})", escape::text(id), subject(&other.subject, escape::code)),
                    None => escape::text(id),
                })
                .collect();
            let more = incident.consequences.len().saturating_sub(named.len());
            let mut named = named;
            if more > 0 {
                named.push(format!("{more} more"));
            }
            put!(self, "\nConsequences: {}.", and(&named));
        }
    }

    fn evidence(&mut self, incident: &'d Incident) {
        put!(self, "\n### Evidence\n");
        if incident.evidence.is_empty() {
            put!(self, "No line of the bundle says why.");
            return;
        }
        // Lines that show the same stand below one sentence.
        let mut sentences: Vec<(&document::Evidence, Vec<&Citation>)> = Vec::new();
        for evidence in incident.evidence.iter().take(EVIDENCE_ROWS) {
            let same = |(known, _): &&mut (&document::Evidence, Vec<&Citation>)| {
                known.role == evidence.role && known.shows == evidence.shows
            };
            match sentences.iter_mut().find(same) {
                Some((_, lines)) => lines.push(&evidence.citation),
                None => sentences.push((evidence, vec![&evidence.citation])),
            }
        }
        for (evidence, lines) in sentences {
            let role = if evidence.role == "decisive" { "Decisive" } else { "Supporting" };
            let cited: Vec<String> = lines.into_iter().map(|line| self.cite_or_place(line)).collect();
            let separator = if cited.len() > 1 { "\n  - " } else { "\n  " };
            put!(self, "- {role}: {}:{separator}{}", escape::prose(&evidence.shows), cited.join(separator));
        }
        let left = incident.evidence.len().saturating_sub(EVIDENCE_ROWS) as u64;
        if left > 0 {
            put!(self, "\nand {} in the JSON report.", count(left, "more line"));
        }
    }

    fn chain(&mut self, incident: &'d Incident) {
        if incident.chain.is_empty() {
            return;
        }
        put!(self, "\n### How one led to the other\n");
        for (number, step) in (1..).zip(&incident.chain) {
            let cited = self.cite_or_place(&step.citation);
            put!(self, "{number}. {}:\n   {cited}", escape::prose(&step.shows));
        }
    }

    fn did_you_mean(&mut self, incident: &'d Incident) {
        if incident.did_you_mean.is_empty() {
            return;
        }
        put!(self, "\n### Did you mean\n");
        let mut said = "";
        for like in &incident.did_you_mean {
            let cited = self.cite_or_place(&like.citation);
            if like.shows == said {
                put!(self, "  and {cited}");
            } else {
                put!(self, "- Perhaps: {}:\n  {cited}", escape::prose(&like.shows));
            }
            said = &like.shows;
        }
    }

    fn ruled_out(&mut self, incident: &'d Incident) {
        if incident.ruled_out.is_empty() {
            return;
        }
        put!(self, "\n### Ruled out\n");
        let mut grounds: Vec<(&document::RuledOut, Vec<String>)> = Vec::new();
        for out in &incident.ruled_out {
            let cause = escape::code(&out.cause);
            match grounds.iter_mut().find(|(first, _)| first.because == out.because && first.evidence == out.evidence) {
                Some((_, all)) => all.push(format!("{} ({cause})", escape::text(&in_sentence(&out.title)))),
                None => grounds.push((out, vec![format!("{} ({cause})", escape::text(&out.title))])),
            }
        }
        for (out, all) in grounds {
            let mut line = format!("- {}: {}", all.join("; "), escape::prose(&out.because));
            for (index, evidence) in out.evidence.iter().take(3).enumerate() {
                let cited = self.cite_or_place(&evidence.citation);
                let _ = write!(line, "{}\n  {cited}", if index == 0 { ":" } else { "," });
            }
            put!(self, "{line}");
        }
    }

    /// A section of the playbook. What stood word for word in an earlier incident is not repeated; advice that differs in
    /// nothing but the names is not repeated either, commands are.
    fn section(&mut self, heading: &'static str, before: &str, markdown: &str, incident: &'d Incident) {
        let written = playbook::rewrite(markdown);
        if written.is_empty() && before.is_empty() {
            return;
        }
        let commands = written.contains("kubectl");
        let key = if commands { written.clone() } else { without_names(&written, &incident.subject) };
        let key = format!("{heading}\n{key}");
        let (at, before) = (self.body.len(), before.to_owned());
        self.sections.push(Section { at, heading, before, written, key, id: &incident.id });
    }

    fn commands(&mut self, incident: &Incident) {
        if incident.commands.is_empty() {
            return;
        }
        put!(self, "\n### Commands for this workload");
        for command in &incident.commands {
            put!(
                self,
                "\n{}:\n\n{}",
                escape::prose(&capital(&command.purpose)),
                escape::fence("sh", &command.command).trim_end()
            );
        }
    }

    fn missing(&mut self, incident: &Incident) {
        if incident.missing.is_empty() {
            return;
        }
        put!(self, "\n### Still missing\n");
        for missing in &incident.missing {
            put!(
                self,
                "- {}{}",
                escape::prose(&missing.what),
                if missing.command.trim().is_empty() { "" } else { ":" }
            );
            if !missing.command.trim().is_empty() {
                for line in escape::fence("sh", &missing.command).trim_end().split('\n') {
                    put!(self, "  {line}");
                }
            }
        }
    }

    // --- what else ------------------------------------------------------------------------------------------------

    fn gaps(&mut self) {
        let gaps = &self.document.gaps;
        if gaps.is_empty() {
            return;
        }
        self.body.push_str("\n## What could not be looked at\n\n");
        // Gaps that say the same of many files are one row.
        let mut rows: Vec<(&document::Gap, Vec<&str>)> = Vec::new();
        let mut index: HashMap<(&str, &str, &str), usize> = HashMap::new();
        for (kind, _) in KINDS {
            for gap in gaps.iter().filter(|gap| gap.kind == *kind) {
                let at = *index.entry((gap.kind, &gap.what, &gap.prevents)).or_insert_with(|| {
                    rows.push((gap, Vec::new()));
                    rows.len() - 1
                });
                if !gap.path.is_empty() {
                    rows[at].1.push(&gap.path);
                }
            }
        }
        put!(self, "| | Where | What | So the bundle does not show |");
        put!(self, "| --- | --- | --- | --- |");
        for (gap, paths) in rows.iter().take(GAP_ROWS) {
            let mut places: Vec<String> = paths.iter().take(2).map(|path| escape::cell_code(path)).collect();
            if paths.len() > 2 {
                places.push(format!("{} more", paths.len() - 2));
            }
            let kind = KINDS.iter().find(|(kind, _)| *kind == gap.kind).map_or(gap.kind, |(_, word)| word);
            put!(
                self,
                "| {kind} | {} | {} | {} |",
                and(&places),
                escape::prose_cell(&gap.what),
                escape::prose_cell(&gap.prevents)
            );
        }
        if rows.len() > GAP_ROWS {
            put!(self, "\nand {} in the JSON report.", count((rows.len() - GAP_ROWS) as u64, "more row"));
        }
    }

    fn inventory(&mut self) {
        let inventory = &self.document.inventory;
        if inventory.objects.is_empty() && inventory.remarks.is_empty() {
            return;
        }
        self.body.push_str("\n## Inventory\n");
        if !inventory.objects.is_empty() {
            // Nodes belong to no namespace; of other objects without one the bundle does not say it.
            let mut namespaces: BTreeMap<(&str, bool), Vec<String>> = BTreeMap::new();
            for row in &inventory.objects {
                let unstated = row.namespace.is_empty() && row.kind != "Node";
                let words = objects(&row.kind, row.count, row.unhealthy);
                namespaces.entry((&row.namespace, unstated)).or_default().push(words);
            }
            put!(self, "\n| Namespace | Objects |\n| --- | --- |");
            for ((namespace, unstated), words) in namespaces.iter().take(NAMESPACE_ROWS) {
                let name = match (namespace.is_empty(), unstated) {
                    (false, _) => escape::cell_code(namespace),
                    (true, false) => "(cluster)".to_owned(),
                    (true, true) => "(not stated)".to_owned(),
                };
                put!(self, "| {name} | {} |", words.join(", "));
            }
            if namespaces.len() > NAMESPACE_ROWS {
                put!(
                    self,
                    "\nand {} in the JSON report.",
                    count((namespaces.len() - NAMESPACE_ROWS) as u64, "more namespace")
                );
            }
        }
        if !inventory.remarks.is_empty() {
            put!(self, "\nWorth a look, but no incident:\n");
            for remark in inventory.remarks.iter().take(REMARK_ROWS) {
                let cited = self.cite_or_place(&remark.citation);
                put!(self, "- {}: {}:\n  {cited}", escape::code(&remark.object), escape::prose(&remark.what));
            }
            if inventory.remarks.len() > REMARK_ROWS {
                put!(
                    self,
                    "\nand {} in the JSON report.",
                    count((inventory.remarks.len() - REMARK_ROWS) as u64, "more remark")
                );
            }
        }
    }
}

/// The kinds of gaps in words, the one that weighs most first.
const KINDS: &[(&str, &str)] = &[
    ("truncated", "cut short"),
    ("unreadable", "unreadable"),
    ("forbidden", "refused by the API server"),
    ("absent", "asked for but not there"),
    ("notCollected", "never collected"),
    ("empty", "empty"),
];

/// A row of the timeline.
struct Row<'d> {
    /// The first of the moments it stands for.
    moment: &'d Moment,
    what: String,
    stands_for: usize,
}

/// Routine steps of one object that are no further apart than this, seconds, are one row.
const ONE_START: i64 = 5;

/// Messages of one object that differ in a quoted name only and come within this, seconds, are one row.
const ONE_BURST: i64 = 60;

/// A message with its quoted parts left out.
fn without_quoted(what: &str) -> String {
    what.split('"').step_by(2).collect()
}

/// The rows to show, in order of time. Routine is told from the first sign of trouble on, the steps of one start as
/// one; how often a start was repeated is the incident's count. Of too many rows those stay that an incident stands on, then those that are no routine, late before early.
fn rows(document: &Document) -> Vec<Row<'_>> {
    let onset = document.incidents.iter().filter_map(|incident| incident.since.as_ref()).filter_map(position).min();
    let mut rows: Vec<Row<'_>> = Vec::new();
    for moment in &document.timeline {
        let at = position(&moment.when);
        let early = matches!((at, onset), (Some(at), Some(onset)) if at.0 == onset.0 && at.1 < onset.1);
        let repeated = moment.count > 1 || moment.what.ends_with("(first seen)");
        if moment.routine && (early || repeated) {
            continue;
        }
        let of_one_start = |row: &&mut Row<'_>| {
            let (last, at) = (position(&row.moment.when), at);
            row.moment.routine
                && row.moment.object == moment.object
                && matches!((last, at), (Some(last), Some(at)) if last.0 == at.0 && at.1 - last.1 <= ONE_START)
        };
        match rows.iter_mut().rev().take(8).find(of_one_start).filter(|_| moment.routine) {
            Some(row) => {
                let step = |what: &str| what.split(':').next().unwrap_or_default().to_owned();
                let known = if row.stands_for == 1 { step(&row.what) } else { row.what.clone() };
                let next = step(&moment.what);
                row.what = if known.split(", ").any(|step| step == next) { known } else { format!("{known}, {next}") };
                row.stands_for += 1;
            }
            None => {
                let alike = |row: &&mut Row<'_>| {
                    !moment.routine
                        && row.moment.object == moment.object
                        && row.moment.count == 1
                        && row.moment.what != moment.what
                        && without_quoted(&row.moment.what) == without_quoted(&moment.what)
                        && matches!((position(&row.moment.when), at), (Some(last), Some(at)) if last.0 == at.0 && at.1 - last.1 <= ONE_BURST)
                };
                match rows.iter_mut().rev().take(8).find(alike).filter(|_| moment.count == 1) {
                    Some(row) => {
                        row.stands_for += 1;
                        row.what = format!("{} (and {} alike)", row.moment.what, row.stands_for - 1);
                    }
                    None => rows.push(Row { moment, what: moment.what.clone(), stands_for: 1 }),
                }
            }
        }
    }
    if rows.len() > TIMELINE_ROWS {
        let key = |citation: &Citation| (citation.path.clone(), citation.line);
        let evidence = document.incidents.iter().flat_map(|incident| &incident.evidence);
        let own: BTreeSet<_> = evidence.map(|evidence| key(&evidence.citation)).collect();
        let mut order: Vec<usize> = (0..rows.len()).collect();
        order.sort_by_key(|index| {
            let moment = rows[*index].moment;
            (moment.routine, !own.contains(&key(&moment.citation)), std::cmp::Reverse(*index))
        });
        order.truncate(TIMELINE_ROWS);
        let kept: BTreeSet<usize> = order.into_iter().collect();
        let mut index = 0;
        rows.retain(|_| {
            index += 1;
            kept.contains(&(index - 1))
        });
    }
    rows
}

/// Where a moment stands on its clock: the absolute one, or the ages before a collection whose time is not known.
fn position(when: &Time) -> Option<(bool, i64)> {
    match (&when.time, when.age_seconds) {
        (Some(time), _) => Some((true, time.parse::<Timestamp>().ok()?.as_second())),
        (None, Some(age)) => Some((false, -age)),
        (None, None) => None,
    }
}

/// A text in which the names of the subject are blanked: the same words about another workload are the same words.
fn without_names(text: &str, subject: &Subject) -> String {
    let mut names: Vec<&str> = [&subject.namespace, &subject.name, &subject.container, &subject.node]
        .into_iter()
        .flatten()
        .map(String::as_str)
        .chain(subject.pods.iter().take(50).map(String::as_str))
        .filter(|name| name.len() > 2)
        .collect();
    names.sort_by_key(|name| std::cmp::Reverse(name.len()));
    names.into_iter().fold(text.to_owned(), |text, name| text.replace(name, "\u{0}"))
}

/// `Deployment shop/web, container app`, names as code spans.
fn subject(subject: &Subject, code: fn(&str) -> String) -> String {
    let kind = if subject.kind.is_empty() { "Object".to_owned() } else { escape::cell(&subject.kind) };
    let mut out = match (&subject.namespace, &subject.name) {
        (Some(namespace), Some(name)) => format!("{kind} {}", code(&format!("{namespace}/{name}"))),
        (None, Some(name)) => format!("{kind} {}", code(name)),
        (Some(namespace), None) => format!("{kind} without a name in {}", code(namespace)),
        (None, None) => format!("{kind} that the bundle does not name"),
    };
    if let Some(container) = &subject.container {
        let _ = write!(out, ", container {}", code(container));
    }
    out
}

fn confidence(incident: &Incident) -> String {
    if incident.confidence <= 0.0 {
        return "cause not known (0.00)".to_owned();
    }
    format!("{} ({:.2})", word(incident.confidence), incident.confidence)
}

fn word(confidence: f64) -> &'static str {
    match confidence {
        c if c >= 0.95 => "as good as certain",
        c if c >= 0.85 => "very likely",
        c if c >= 0.7 => "likely",
        c if c >= 0.5 => "more likely than not",
        c if c >= 0.2 => "possible",
        _ => "unlikely",
    }
}

fn often(times: u64) -> String {
    match times {
        1 => "once".to_owned(),
        2 => "twice".to_owned(),
        n => format!("{n} times"),
    }
}

/// What the bundle's own checksums say.
fn checked(integrity: document::Integrity) -> String {
    let document::Integrity { intact, changed, missing, added } = integrity;
    if changed + missing + added == 0 {
        return format!("**As collected:** {} as `SHA256SUMS` has them", count(intact, "file"));
    }
    let parts: Vec<String> = [(changed, "changed"), (missing, "taken out"), (added, "added")]
        .into_iter()
        .filter(|(number, _)| *number > 0)
        .map(|(number, what)| format!("{} {what}", count(number, "file")))
        .collect();
    format!("**Edited after collection:** {}, {} as `SHA256SUMS` has them; the gaps name them", and(&parts), intact)
}

/// `1 file`, `2 files`.
fn count(number: u64, what: &str) -> String {
    if number == 1 { format!("1 {what}") } else { format!("{number} {what}s") }
}

/// `12 Pods (2 unhealthy)`.
fn objects(kind: &str, number: u64, unhealthy: u64) -> String {
    let kind = escape::cell(kind);
    let plural = match kind.as_str() {
        _ if number == 1 => kind,
        k if k.ends_with("ss") => format!("{k}es"),
        k if k.ends_with('s') => kind,
        k if k.ends_with("cy") => format!("{}ies", &k[..k.len() - 1]),
        _ => format!("{kind}s"),
    };
    if unhealthy > 0 { format!("{number} {plural} ({unhealthy} unhealthy)") } else { format!("{number} {plural}") }
}

/// `a`, `a and b`, `a, b and c`.
fn and(words: &[String]) -> String {
    match words {
        [] => String::new(),
        [one] => one.clone(),
        [most @ .., last] => format!("{} and {last}", most.join(", ")),
    }
}

/// Names as code spans, ten at most.
fn names(all: &[&String]) -> String {
    let mut shown: Vec<String> = all.iter().take(10).map(|name| escape::code(name)).collect();
    if all.len() > 10 {
        shown.push(format!("{} more", all.len() - 10));
    }
    and(&shown)
}

/// `2026-06-16T08:22:44.5Z` as `2026-06-16 08:22:44`.
fn clock(rfc3339: &str) -> String {
    let end = rfc3339.find('.').unwrap_or(rfc3339.len());
    rfc3339[..end].trim_end_matches('Z').replacen('T', " ", 1)
}

fn size(bytes: u64) -> String {
    match bytes {
        0..=9_999 => format!("{bytes} bytes"),
        10_000..=999_999 => format!("{} kB", bytes / 1000),
        1_000_000..=999_999_999 => format!("{:.1} MB", bytes as f64 / 1e6),
        _ => format!("{:.1} GB", bytes as f64 / 1e9),
    }
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}
