//! Pages weigh observations: which cause explains a case, how sure that is, and what was ruled out.
//!
//! One way of adding up, stated in `catalog/FORMAT.md`: log-odds from -2, the strongest decisive rule counts whole, each
//! further one little, support adds up to three times, what speaks against counts in full. Sees no path and no byte, and
//! names no cause: everything it knows of causes stands in the pages.

use std::collections::{BTreeMap, BTreeSet};

use crate::catalog::page::MissingTemplate;
use crate::catalog::vocabulary::STATED_SYMPTOMS;
use crate::catalog::{Catalog, Channel, Page, Role, Rule, Test, template};
use crate::observe::{Case, CaseText, LookUp, Values, did_you_mean};
use crate::postmortem::{Alternative, Evidence, EvidenceRole, Missing, Playbook, RuledOut, Severity};
use crate::text::{FileId, Place, in_sentence};

/// Where every page starts.
const PRIOR: f64 = -2.0;
/// What each further decisive rule adds, and how many of them count.
const FURTHER_DECISIVE: (f64, usize) = (0.7, 2);
/// How many supporting rules count.
const MOST_SUPPORT: usize = 3;
/// A page without decisive evidence stays below this.
const UNDECIDED_CAP: f64 = -0.5;
/// What the decisive line nearest to the end of a log adds.
const LAST_WORD: f64 = 0.5;
/// Decisive lines within so many lines of the last one are of the same last word.
const SAME_WORD: u64 = 6;
/// A failure whose last line stands so many seconds, or without times so many lines, before another's was over by then.
const OVER_AFTER: i64 = 120;
/// See [`OVER_AFTER`].
const OVER_BEHIND: u64 = 100;
/// What a page loses whose decisive line wraps the root cause that another page knows.
const WRAPPER: f64 = -0.7;
/// What being explained by a page that holds takes away.
const EXPLAINED: f64 = -5.0;
/// So many readings are told as ruled out.
const MOST_RULED_OUT: usize = 5;
/// So many usual readings are left open in words.
const MOST_UNDECIDED: usize = 2;
/// So many lines of names that are like one that is asked for.
const MOST_LIKE: usize = 6;
/// An alternative below this is not worth a line.
const ALTERNATIVE: f64 = 0.15;
/// Nor is one whose share is below this beside the cause found.
const LEAST_SHARE: f64 = 0.05;
/// Log-odds are capped here: 0.985.
const MOST_LOGIT: f64 = 4.2;

/// A fallback page says that no page knows better, which is never as good as certain: 0.87.
const MOST_FALLBACK_LOGIT: f64 = 1.9;
/// What a fallback page has to come to where the case is told only if a page explains it: a panic does, an error that a
/// program goes on after does not.
const SURE_FALLBACK_LOGIT: f64 = 1.0;

/// The cause that is said where no page holds.
pub const UNKNOWN: &str = "unknown";

/// The verdict on one case.
#[derive(Debug, Clone)]
pub struct Finding<'c> {
    /// The case.
    pub case: Case<'c>,
    /// Id of the page.
    pub cause: String,
    /// Whether that page is a fallback.
    pub fallback: bool,
    /// 0 to 1.
    pub confidence: f64,
    /// Evidence, decisive first.
    pub evidence: Vec<Evidence>,
    /// Ruled out.
    pub ruled_out: Vec<RuledOut>,
    /// Alternatives.
    pub alternatives: Vec<Alternative>,
    /// The case's values and the named groups of the evidence.
    pub values: Values,
    /// Named groups of the decisive evidence as the bundle spells them.
    pub named: BTreeMap<String, String>,
    /// Names that the bundle holds and that are like one that is asked for.
    pub did_you_mean: Vec<Evidence>,
    /// What is missing.
    pub missing: Vec<Missing>,
}

fn probability(logit: f64) -> f64 {
    1.0 / (1.0 + (-logit).exp())
}

/// One rule that holds, with the lines it holds by.
struct Held<'p> {
    rule: &'p Rule,
    weight: f64,
    places: Vec<(Place, String)>,
    named: BTreeMap<String, String>,
    /// Where it is a line of a log.
    word: Option<Word>,
}

/// A decisive line of a log. The lines of one stack trace are one word, which ends where the trace ends.
#[derive(Debug, Clone, Copy)]
struct Word {
    file: FileId,
    line: u64,
    /// Whether it is the line of a trace that names the root cause, one that wraps it, or in no trace.
    root: Option<bool>,
    /// The line of the first success behind it.
    over: Option<u64>,
}

impl Word {
    fn of(text: &CaseText, cited: &Place) -> Word {
        Word {
            file: cited.file,
            line: text.trace.as_ref().map_or(cited.line, |trace| trace.end),
            root: text.trace.as_ref().map(|trace| trace.root.line == cited.line),
            over: text.over,
        }
    }
}

struct Score<'p> {
    page: &'p Page,
    held: Vec<Held<'p>>,
    logit: f64,
    explained_by: Option<String>,
}

impl Score<'_> {
    fn decisive(&self) -> impl Iterator<Item = &Held<'_>> {
        self.held.iter().filter(|held| held.rule.role == Role::Decisive)
    }
}

/// Fills a template with values; an error leaves the text out.
pub fn render(template: &str, values: &Values) -> Option<String> {
    template::render(template, values.template())
}

/// Fills a sentence: a value stands in a code span, unless it is a number or words of the page's own.
fn render_sentence(template: &str, values: &Values) -> Option<String> {
    let known = values.clone();
    let quoted = move |text: &str| wants_a_code_span(text) && known.holds(text);
    // A page may have put the back-ticks itself.
    template::render_quoting(template, values.template(), quoted).map(|text| text.replace("``", "`"))
}

/// A number, a percentage or a span of time reads well without one.
fn wants_a_code_span(text: &str) -> bool {
    !text.is_empty() && !text.contains('`') && !text.chars().all(|c| c.is_ascii_digit() || "smhd.,% ".contains(c))
}

/// The four sections of a page's playbook, filled in.
pub fn playbook(page: &Page, values: &Values) -> Playbook {
    let fill = |text: &str| render(text, values).unwrap_or_default().trim().to_string();
    let sentences = render(&page.what_happened, &values.of_sentences()).unwrap_or_default();
    Playbook {
        what_happened: sentences.trim().to_string(),
        confirm: fill(&page.confirm),
        fix: fill(&page.fix),
        prevent: fill(&page.prevent),
    }
}

/// Judges one case. `None`: the object has recovered, or may only repeat what others show, and no page explains it, so that
/// there is nothing to tell.
pub fn diagnose<'c>(case: Case<'c>, catalog: &Catalog) -> Option<Finding<'c>> {
    let mut scores: Vec<Score<'_>> = catalog
        .pages
        .iter()
        .filter(|page| page.subjects.iter().any(|subject| applies(subject, case.kind)))
        .map(|page| score(page, &case))
        .filter(|score| !score.held.is_empty())
        .collect();
    last_word(&mut scores);
    for score in scores.iter_mut().filter(|score| score.page.fallback) {
        score.logit = score.logit.min(MOST_FALLBACK_LOGIT);
    }
    rank(&mut scores);
    explain(&mut scores, catalog, &case);
    rank(&mut scores);

    let speaks = |score: &&Score<'_>| score.explained_by.is_none() && score.logit > 0.0;
    let over = case.recovered && case.severity == Severity::Info;
    let only_explained = over || case.aside.is_some();
    let specific = scores.iter().filter(|score| !score.page.fallback).find(speaks);
    let winner = match specific {
        Some(score) => Some(score),
        None if over => None,
        None => scores.iter().filter(|score| score.page.fallback).find(speaks),
    };
    let winner =
        winner.filter(|score| case.aside.is_none() || !score.page.fallback || score.logit > SURE_FALLBACK_LOGIT);
    if only_explained && winner.is_none() {
        return None;
    }
    let Some(winner) = winner else { return Some(unknown(case, catalog, &scores)) };
    let rivals: Vec<&Score<'_>> = scores
        .iter()
        .filter(|score| score.page.id != winner.page.id && score.explained_by.is_none())
        .filter(|score| score.page.fallback == winner.page.fallback && score.decisive().next().is_some())
        .collect();
    let odds = winner.logit.min(MOST_LOGIT).exp();
    let share = rivals
        .iter()
        .filter(|rival| rival.logit > 0.0)
        .map(|rival| rival.logit.min(MOST_LOGIT).exp())
        .fold(odds, |sum, rival| sum + rival);
    let confidence = probability(winner.logit.min(MOST_LOGIT)) * odds / share;

    let (mut values, named) = values_of(&case, winner);
    let look_ups = look_ups(&case, winner.page, &named);
    let did_you_mean = like(&look_ups, &mut values);
    let evidence = evidence_of(&case, winner, &values);
    let alternatives = rivals
        .iter()
        .filter(|rival| probability(rival.logit) >= ALTERNATIVE)
        .take(3)
        .map(|rival| Alternative {
            cause: rival.page.id.clone(),
            title: rival.page.title.clone(),
            confidence: round(probability(rival.logit.min(MOST_LOGIT)) * rival.logit.min(MOST_LOGIT).exp() / share),
        })
        .filter(|other| other.confidence >= LEAST_SHARE)
        .collect();
    let mut ruled_out = ruled_out(&case, winner, &scores, catalog, &evidence);
    ruled_out.extend(not_stated(&case, winner, &scores, catalog, &ruled_out));
    let mut missing = Vec::new();
    let unsure = confidence < 0.9 || winner.page.fallback;
    if unsure {
        missing.extend(winner.page.missing.iter().filter_map(|template| wanted(&case, template, &values)));
        // A page may ask for the same with a flag more.
        let asked = |wanted: &&Missing| missing.iter().any(|known| known.command.starts_with(&wanted.command));
        let generic = case.missing.iter().filter(|wanted| !asked(wanted)).cloned();
        missing.extend(generic.collect::<Vec<_>>());
    }
    // Each other reading has the line that rules it out, or what would decide.
    for rival in rivals.iter().filter(|rival| probability(rival.logit) >= ALTERNATIVE).take(3) {
        decide(&case, rival, &mut missing);
    }
    let room = if unsure { MOST_UNDECIDED } else { MOST_UNDECIDED.saturating_sub(ruled_out.len()) };
    undecided(&case, winner, &scores, catalog, &ruled_out, room, &values, &mut missing);
    if ruled_out.is_empty() && rivals.is_empty() && missing.is_empty() {
        missing.extend(case.missing.iter().take(MOST_UNDECIDED).cloned());
    }
    // What a name would be compared with decides whether it is a slip, however sure the cause is.
    for wanted in look_ups.iter().filter_map(|look_up| look_up.collect.as_ref()) {
        let same = |known: &&Missing| known.command.split(' ').take(3).eq(wanted.command.split(' ').take(3));
        let asked = missing.iter().any(|known| same(&known));
        if did_you_mean.is_empty() && !asked {
            missing.push(wanted.clone());
        }
    }
    Some(Finding {
        cause: winner.page.id.clone(),
        fallback: winner.page.fallback,
        confidence: round(confidence),
        evidence,
        ruled_out,
        alternatives,
        values,
        named,
        did_you_mean,
        missing,
        case,
    })
}

/// A page about pods is a page about their containers too, and the other way round: where a pod's output shows no
/// container, the pod stands for it.
fn applies(subject: &str, kind: &str) -> bool {
    let of_pod = |word: &str| matches!(word, "pod" | "container");
    subject == kind || (of_pod(subject) && of_pod(kind))
}

fn round(confidence: f64) -> f64 {
    (confidence * 100.0).round() / 100.0
}

fn rank(scores: &mut [Score<'_>]) {
    scores.sort_by(|a, b| b.logit.total_cmp(&a.logit).then_with(|| a.page.id.cmp(&b.page.id)));
}

fn score<'p>(page: &'p Page, case: &Case<'_>) -> Score<'p> {
    let held: Vec<Held<'p>> = page.rules.iter().filter_map(|rule| hold(page, rule, case)).collect();
    let mut decisive: Vec<f64> = held.iter().filter(|h| h.rule.role == Role::Decisive).map(|h| h.weight).collect();
    decisive.sort_by(|a, b| b.total_cmp(a));
    let support: Vec<f64> = held.iter().filter(|h| h.rule.role == Role::Supporting).map(|h| h.weight).collect();
    let against: f64 = held.iter().filter(|h| h.rule.role == Role::Against).map(|h| h.weight).sum();
    let further = decisive.len().saturating_sub(1).min(FURTHER_DECISIVE.1) as f64 * FURTHER_DECISIVE.0;
    let mut logit = PRIOR
        + decisive.first().copied().unwrap_or(0.0)
        + further
        + support.iter().take(MOST_SUPPORT).sum::<f64>()
        + against;
    if decisive.is_empty() {
        logit = logit.min(UNDECIDED_CAP);
    }
    Score { page, held, logit, explained_by: None }
}

fn hold<'p>(page: &Page, rule: &'p Rule, case: &Case<'_>) -> Option<Held<'p>> {
    match &rule.test {
        Test::ExitCode(codes) => {
            let code = case.exit_code.as_ref().filter(|code| codes.contains(&code.value))?;
            let says = format!("the last run ended with exit code {}", code.value);
            let places = vec![(code.place.clone(), says)];
            Some(Held { rule, weight: rule.weight, places, named: BTreeMap::new(), word: None })
        }
        Test::Observation(id) => {
            let observation = case.observation(id)?;
            let places =
                observation.places.iter().take(3).map(|place| (place.clone(), observation.says.clone())).collect();
            Some(Held { rule, weight: rule.weight, places, named: BTreeMap::new(), word: None })
        }
        Test::Text { channels, signature, reasons } => {
            let mut found: Vec<(&CaseText, BTreeMap<String, String>)> = Vec::new();
            for text in &case.texts {
                let fits = channels.contains(&text.channel)
                    && (reasons.is_empty() || text.reason.as_ref().is_some_and(|reason| reasons.contains(reason)));
                if !fits {
                    continue;
                }
                let named = match signature {
                    None => BTreeMap::new(),
                    Some(id) => match text.matches.iter().find(|(found, _)| found == id) {
                        Some((_, named)) => named.clone(),
                        None => continue,
                    },
                };
                found.push((text, named));
            }
            // The best place first: nearest to the end of a log, else as the bundle has them.
            found.sort_by(|a, b| b.0.factor.total_cmp(&a.0.factor));
            let (text, named) = found.first()?;
            let weight = if rule.weight > 0.0 { rule.weight * text.factor } else { rule.weight };
            let places = found.iter().take(2).map(|(text, _)| (cited(page, text).clone(), String::new())).collect();
            let word = (text.channel == Channel::Log).then(|| Word::of(text, cited(page, text)));
            Some(Held { rule, weight, places, named: named.clone(), word })
        }
    }
}

/// The line of a text that a page cites: one that knows no better cites what the trace is about.
fn cited<'t>(page: &Page, text: &'t CaseText) -> &'t Place {
    match &text.trace {
        Some(trace) if page.fallback => &trace.root,
        _ => &text.place,
    }
}

/// Of several pages that each have a decisive line in the same log, the one whose line stands last has the last word.
/// Where that is a stack trace, its root cause has it, and what wraps that loses.
fn last_word(scores: &mut [Score<'_>]) {
    let mut last: BTreeMap<FileId, u64> = BTreeMap::new();
    let mut roots: BTreeSet<(FileId, u64)> = BTreeSet::new();
    for score in scores.iter().filter(|score| !score.page.fallback) {
        for word in score.decisive().filter_map(|held| held.word) {
            let known = last.entry(word.file).or_insert(word.line);
            *known = word.line.max(*known);
            if word.root == Some(true) {
                roots.insert((word.file, word.line));
            }
        }
    }
    for score in scores.iter_mut() {
        let wraps = |word: &Word| word.root == Some(false) && roots.contains(&(word.file, word.line));
        let is_last =
            |word: &Word| last.get(&word.file).is_some_and(|last| last.saturating_sub(word.line) <= SAME_WORD);
        let has_it = score.decisive().filter_map(|held| held.word).any(|word| is_last(&word) && !wraps(&word));
        let only_wraps = score.decisive().all(|held| held.word.is_some_and(|word| wraps(&word)));
        if has_it {
            score.logit += LAST_WORD;
        } else if only_wraps && score.decisive().next().is_some() {
            score.logit += WRAPPER;
        }
    }
}

/// A page that holds explains away the readings it names, and the page it refines: not what stands later in the same log
/// than its own lines by so much that what they tell of was over.
fn explain(scores: &mut [Score<'_>], catalog: &Catalog, case: &Case<'_>) {
    for index in 0..scores.len() {
        let score = &scores[index];
        if score.logit <= 0.0 || score.explained_by.is_some() {
            continue;
        }
        let id = score.page.id.clone();
        let mut explained: BTreeSet<String> = score.page.explains.iter().cloned().collect();
        explained.extend(catalog.parents(&id));
        let over: Vec<bool> = scores.iter().map(|other| was_over(score, other, case)).collect();
        for (other, over) in scores.iter_mut().zip(over) {
            if other.page.id != id && other.explained_by.is_none() && explained.contains(&other.page.id) && !over {
                other.explained_by = Some(id.clone());
                other.logit += EXPLAINED;
            }
        }
    }
}

/// Whether all that decides `earlier` are lines of a log, and a line that decides `later` stands behind a success that
/// followed them, or far behind them: by the times of the lines where they have some, else by their number.
fn was_over(earlier: &Score<'_>, later: &Score<'_>, case: &Case<'_>) -> bool {
    if later.page.fallback || earlier.decisive().any(|held| held.word.is_none()) {
        return false;
    }
    let time = |held: &Held<'_>| held.places.first().and_then(|(place, _)| case.log_times.get(place));
    let far = |early: &Held<'_>, late: &Held<'_>| match (early.word, late.word, time(early), time(late)) {
        (Some(a), Some(b), ..) if a.file != b.file => false,
        (Some(Word { over: Some(success), .. }), Some(b), ..) if success < b.line => true,
        (Some(_), Some(_), Some(a), Some(b)) => b.at.as_second() - a.at.as_second() > OVER_AFTER,
        (Some(a), Some(b), ..) => b.line.saturating_sub(a.line) > OVER_BEHIND,
        _ => false,
    };
    later.decisive().any(|late| {
        let mut same_log =
            earlier.decisive().filter(|early| early.word.map(|at| at.file) == late.word.map(|at| at.file));
        same_log.next().is_some_and(|first| far(first, late) && same_log.all(|early| far(early, late)))
    })
}

fn values_of(case: &Case<'_>, winner: &Score<'_>) -> (Values, BTreeMap<String, String>) {
    let mut values = case.values.clone();
    let mut named = BTreeMap::new();
    // The strongest evidence names first; what it does not name, the rest may.
    let mut held: Vec<&Held<'_>> = winner.held.iter().filter(|held| held.rule.role != Role::Against).collect();
    held.sort_by(|a, b| b.weight.total_cmp(&a.weight));
    for held in held {
        for (name, value) in &held.named {
            named.entry(name.clone()).or_insert_with(|| value.clone());
        }
    }
    for (name, value) in &named {
        if values.get(name).is_none() {
            values.text(name, value);
        }
    }
    (values, named)
}

/// What the page wants looked up: names of the spec and of messages, and the host that the evidence names.
fn look_ups(case: &Case<'_>, page: &Page, named: &BTreeMap<String, String>) -> Vec<LookUp> {
    let wanted = |kind: &str| page.did_you_mean.iter().any(|wanted| wanted == kind);
    let mut found: Vec<LookUp> = case.look_ups.iter().filter(|look_up| wanted(look_up.kind)).cloned().collect();
    if wanted("Service")
        && let Some(target) = page.root.iter().flat_map(|root| &root.name).find_map(|name| named.get(name))
    {
        found.extend(did_you_mean::of_host(case, target, named.get("port").map(String::as_str)));
    }
    found
}

/// The lines of what is like the names that are looked up; the first of them is a value of the page.
fn like(look_ups: &[LookUp], values: &mut Values) -> Vec<Evidence> {
    let all = || look_ups.iter().flat_map(|look_up| &look_up.like);
    if let Some(first) = all().find(|like| like.elsewhere.is_none()) {
        values.name("did_you_mean", &first.name);
    }
    if let Some(namespace) = all().find_map(|like| like.elsewhere.as_ref()) {
        values.name("found_in_namespace", namespace);
    }
    let evidence = |like: &did_you_mean::Like| Evidence {
        place: like.place.clone(),
        shows: like.says.clone(),
        role: EvidenceRole::Supporting,
    };
    all().filter(|like| !like.place.text.is_empty()).map(evidence).take(MOST_LIKE).collect()
}

fn evidence_of(case: &Case<'_>, winner: &Score<'_>, values: &Values) -> Vec<Evidence> {
    let mut evidence: Vec<Evidence> = Vec::new();
    let mut add = |place: &Place, shows: String, role: EvidenceRole| {
        // The current and the previous log of a crash loop are often the same run: one of the two is enough.
        let known = evidence.iter().any(|e| {
            (e.place.file, e.place.line, e.place.column) == (place.file, place.line, place.column)
                || e.place.text == place.text
                // Two patterns of a page that meet in one message.
                || (e.place.file, e.place.line) == (place.file, place.line)
                    && e.shows == shows
                    && (e.place.text.contains(&*place.text) || place.text.contains(&*e.place.text))
        });
        if !known && !place.text.is_empty() {
            evidence.push(Evidence { place: place.clone(), shows, role });
        }
    };
    for (role, evidence_role) in
        [(Role::Decisive, EvidenceRole::Decisive), (Role::Supporting, EvidenceRole::Supporting)]
    {
        let mut held: Vec<&Held<'_>> = winner.held.iter().filter(|held| held.rule.role == role).collect();
        held.sort_by(|a, b| b.weight.total_cmp(&a.weight));
        for held in held.into_iter().take(4) {
            let mut own = values.clone();
            for (name, value) in &held.named {
                own.text(name, value);
            }
            for (place, says) in &held.places {
                let words = if held.rule.shows.is_empty() { None } else { render_sentence(&held.rule.shows, &own) };
                let words = words.filter(|words| !words.trim().is_empty());
                let shows = match (words, says.is_empty()) {
                    (Some(words), _) => words,
                    (None, false) => says.clone(),
                    (None, true) => in_sentence(&winner.page.title),
                };
                add(place, shows, evidence_role);
            }
        }
    }
    // The reason of an end says little where a page explains the end.
    for sign in case.symptom_places.iter().take(if winner.page.fallback { 3 } else { 2 }) {
        add(&sign.place, sign.value.clone(), EvidenceRole::Supporting);
    }
    evidence.truncate(6);
    let mut known: Vec<(FileId, u64)> = evidence.iter().map(|line| (line.place.file, line.place.line)).collect();
    // The rhythm is one sentence; it is said at the first of its lines that is not cited yet, and the others stand by it.
    for line in &case.cadence {
        if !known.contains(&(line.place.file, line.place.line)) && !line.place.text.is_empty() {
            known.push((line.place.file, line.place.line));
            evidence.push(Evidence {
                place: line.place.clone(),
                shows: line.value.clone(),
                role: EvidenceRole::Supporting,
            });
        }
    }
    let said = evidence.iter().any(|line| case.cadence.iter().any(|cadence| cadence.value == line.shows));
    if let Some(cadence) = case.cadence.first().filter(|_| !said)
        && let Some(line) = evidence.iter_mut().find(|line| line.place == cadence.place)
    {
        line.shows = format!("{}; {}", line.shows, cadence.value);
    }
    evidence.truncate(8);
    evidence
}

fn ruled_out(
    case: &Case<'_>,
    winner: &Score<'_>,
    scores: &[Score<'_>],
    catalog: &Catalog,
    evidence: &[Evidence],
) -> Vec<RuledOut> {
    let mut all: Vec<(f64, RuledOut)> = Vec::new();
    for score in scores {
        if score.page.id == winner.page.id {
            continue;
        }
        let spoke_for = score.held.iter().any(|held| held.rule.role != Role::Against);
        let mut against: Vec<&Held<'_>> = score.held.iter().filter(|held| held.rule.role == Role::Against).collect();
        against.sort_by(|a, b| a.weight.total_cmp(&b.weight));
        let competes = score.page.competes.iter().any(|symptom| case.symptoms.contains(&symptom.as_str()));
        if (spoke_for || competes) && !against.is_empty() && score.logit < 0.0 {
            let Some(strongest) = against.iter().find(|held| !held.rule.because.is_empty()) else { continue };
            let lines = strongest.places.iter().take(2).map(|(place, says)| Evidence {
                place: place.clone(),
                shows: says.clone(),
                role: EvidenceRole::Decisive,
            });
            // Finer readings of one cause that the same line rules out are that cause.
            let page = score.page.parent.as_ref().and_then(|parent| catalog.page(parent));
            let told = page.filter(|parent| parent.competes.is_empty() && parent.id != winner.page.id);
            let told = told.filter(|_| score.decisive().next().is_none()).unwrap_or(score.page);
            let entry = RuledOut {
                cause: told.id.clone(),
                title: told.title.clone(),
                because: strongest.rule.because.clone(),
                evidence: lines.collect(),
            };
            if !all.iter().any(|(_, known)| known.cause == entry.cause) {
                all.push((score.logit, entry));
            }
        } else if score.explained_by.as_ref() == Some(&winner.page.id)
            && !score.page.fallback
            && score.decisive().next().is_some()
            && winner.page.parent.as_ref() != Some(&score.page.id)
        {
            all.push((
                score.logit,
                RuledOut {
                    cause: score.page.id.clone(),
                    title: score.page.title.clone(),
                    because: format!(
                        "what points to it follows from the cause found ({})",
                        in_sentence(&winner.page.title)
                    ),
                    evidence: evidence.iter().take(1).cloned().collect(),
                },
            ));
        }
    }
    all.sort_by(|a, b| b.0.total_cmp(&a.0));
    all.into_iter().map(|(_, ruled_out)| ruled_out).take(MOST_RULED_OUT).collect()
}

/// Whether a page is a usual reading of what is seen, and neither the cause found nor a finer or coarser word for it.
fn competes(page: &Page, case: &Case<'_>, winner: &Page, catalog: &Catalog) -> bool {
    page.id != winner.id
        && page.competes.iter().any(|symptom| case.symptoms.contains(&symptom.as_str()))
        && !catalog.parents(&winner.id).contains(&page.id)
        && !catalog.parents(&page.id).contains(&winner.id)
}

/// Usual readings of a symptom whose reason Kubernetes states in a message: the message that decides names another.
fn not_stated(
    case: &Case<'_>,
    winner: &Score<'_>,
    scores: &[Score<'_>],
    catalog: &Catalog,
    known: &[RuledOut],
) -> Vec<RuledOut> {
    let stated = |page: &Page| {
        let shared = |symptom: &&String| {
            STATED_SYMPTOMS.contains(&symptom.as_str()) && case.symptoms.contains(&symptom.as_str())
        };
        page.competes.iter().any(|symptom| shared(&symptom))
    };
    let is_message = |rule: &Rule| {
        let said = |channels: &[Channel]| channels.iter().any(|channel| *channel != Channel::Log);
        rule.role == Role::Decisive && matches!(&rule.test, Test::Text { channels, .. } if said(channels))
    };
    let message = winner.decisive().find(|held| is_message(held.rule) && held.word.is_none());
    let Some((place, _)) = message.and_then(|held| held.places.first()) else { return Vec::new() };
    // A node's trouble may be told by the taint that keeps the pod waiting.
    let of_stated = |id: &String| catalog.pages.iter().any(|page| page.id == *id && stated(page));
    if !stated(winner.page) && !winner.page.explains.iter().any(of_stated) {
        return Vec::new();
    }
    let speaks = |score: &Score<'_>| score.held.iter().any(|held| held.rule.role != Role::Supporting);
    let others = catalog.pages.iter().filter(|page| {
        competes(page, case, winner.page, catalog)
            && stated(page)
            && page.rules.iter().any(is_message)
            && !scores.iter().any(|score| score.page.id == page.id && speaks(score))
            && !known.iter().any(|out| out.cause == page.id)
    });
    let line = Evidence { place: place.clone(), shows: in_sentence(&winner.page.title), role: EvidenceRole::Decisive };
    others
        .take(MOST_RULED_OUT.saturating_sub(known.len()))
        .map(|page| RuledOut {
            cause: page.id.clone(),
            title: page.title.clone(),
            because: "the message in which Kubernetes states the reason gives another".to_string(),
            evidence: vec![line.clone()],
        })
        .collect()
}

/// What would tell whether it is another page's cause: the first thing that page wants collected.
fn decide(case: &Case<'_>, rival: &Score<'_>, missing: &mut Vec<Missing>) {
    let (values, _) = values_of(case, rival);
    would_tell(case, rival.page, &values, missing);
}

/// What a page asks for, in the words of the case; nothing where the bundle holds it or the words are for other cases.
fn wanted(case: &Case<'_>, template: &MissingTemplate, values: &Values) -> Option<Missing> {
    let wanted = Missing { what: render(&template.what, values)?, command: render(&template.command, values)? };
    (!wanted.what.trim().is_empty() && !case.held.answers(&wanted.command)).then_some(wanted)
}

fn would_tell(case: &Case<'_>, page: &Page, values: &Values, missing: &mut Vec<Missing>) -> bool {
    let Some(Missing { what, command }) = page.missing.first().and_then(|first| wanted(case, first, values)) else {
        return false;
    };
    let title = in_sentence(&crate::text::visible(&page.title));
    if let Some(known) = missing.iter_mut().find(|known| known.command == command) {
        if !known.what.ends_with(')') {
            known.what = format!("{} (would also tell whether {title})", known.what);
        }
        return false;
    }
    missing.push(Missing { what: format!("{what} (would tell whether {title})"), command });
    true
}

/// Usual readings of the symptom that no line rules out: what would decide, of so many of them.
#[expect(clippy::too_many_arguments, reason = "one call, of one function")]
fn undecided(
    case: &Case<'_>,
    winner: &Score<'_>,
    scores: &[Score<'_>],
    catalog: &Catalog,
    ruled_out: &[RuledOut],
    room: usize,
    values: &Values,
    missing: &mut Vec<Missing>,
) {
    let open = catalog.pages.iter().filter(|page| {
        let told = ruled_out.iter().any(|out| out.cause == page.id || Some(&out.cause) == page.parent.as_ref());
        let score = scores.iter().find(|score| score.page.id == page.id);
        competes(page, case, winner.page, catalog)
            && !told
            && score.is_none_or(|score| {
                score.explained_by.is_none() && score.held.iter().all(|held| held.rule.role == Role::Supporting)
            })
    });
    // What something speaks for comes first.
    let mut open: Vec<&Page> = open.collect();
    open.sort_by_key(|page| !scores.iter().any(|score| score.page.id == page.id));
    let mut added = 0;
    for page in open {
        if added < room && would_tell(case, page, values, missing) {
            added += 1;
        }
    }
}

/// The honest answer where no page holds.
fn unknown<'c>(case: Case<'c>, catalog: &Catalog, scores: &[Score<'_>]) -> Finding<'c> {
    let evidence = case
        .symptom_places
        .iter()
        .filter(|sign| !sign.place.text.is_empty())
        .take(3)
        .map(|sign| Evidence { place: sign.place.clone(), shows: sign.value.clone(), role: EvidenceRole::Supporting })
        .collect();
    let alternatives = scores
        .iter()
        .filter(|score| score.explained_by.is_none() && probability(score.logit) >= ALTERNATIVE && !score.page.fallback)
        .take(3)
        .map(|score| Alternative {
            cause: score.page.id.clone(),
            title: score.page.title.clone(),
            confidence: round(probability(score.logit)),
        })
        .collect();
    let mut values = case.values.clone();
    let page = catalog.page(UNKNOWN);
    let look_ups = page.map(|page| look_ups(&case, page, &BTreeMap::new())).unwrap_or_default();
    let did_you_mean = like(&look_ups, &mut values);
    let mut missing = case.missing.clone();
    for template in page.map(|page| page.missing.as_slice()).unwrap_or_default() {
        if let (Some(what), Some(command)) = (render(&template.what, &values), render(&template.command, &values))
            && !missing.iter().any(|known| known.command == command)
            && missing.is_empty()
        {
            missing.push(Missing { what, command });
        }
    }
    Finding {
        cause: UNKNOWN.to_string(),
        fallback: true,
        confidence: 0.0,
        evidence,
        ruled_out: Vec::new(),
        alternatives,
        values,
        named: BTreeMap::new(),
        did_you_mean,
        missing,
        case,
    }
}
