//! Reads the cause pages and checks them: a bad page is refused with file, line, what is wrong and how to mend it.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_yaml::Spanned;

use super::expression::Expression;
use super::signature::{Signature, SignatureId};
use super::template;
use super::vocabulary::{CATEGORIES, LOOK_UPS, OBSERVATIONS, STEPS, SYMPTOMS};

/// Where a signature is looked up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Channel {
    /// Lines of a log.
    Log,
    /// Messages of events.
    Event,
    /// Messages of states, statuses and conditions.
    Status,
}

/// What a rule speaks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Role {
    /// It alone points at the cause.
    Decisive,
    /// It fits.
    Supporting,
    /// It speaks against.
    Against,
}

/// What a rule looks for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Test {
    /// A regular expression, or (`None`) the reason alone, in one or all channels.
    Text {
        /// The channels it is looked up in.
        channels: Vec<Channel>,
        /// The expression; `None`: by reason alone.
        signature: Option<SignatureId>,
        /// Reasons of the event or status; empty: any.
        reasons: Vec<String>,
    },
    /// Exit codes of the last ended run.
    ExitCode(Vec<i64>),
    /// An observation.
    Observation(String),
}

/// One kind of evidence of a page.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Rule {
    /// For or against.
    pub role: Role,
    /// Looks for what.
    pub test: Test,
    /// What the line proves, a template; empty: the page's title.
    pub shows: String,
    /// Why the line speaks against.
    pub because: String,
    /// Log-odds.
    pub weight: f64,
    /// Lines that must match.
    pub matches: Vec<String>,
    /// Lines that must not.
    pub not: Vec<String>,
}

/// What else to collect, with the command's template.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct MissingTemplate {
    /// What.
    pub what: String,
    /// The command.
    pub command: String,
}

/// What all subjects of one cause wait for: they are one incident, told of that thing.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct SharedRoot {
    /// Its kind: `ConfigMap`, `Registry`, `Dependency`, ..., or the name of the value that says it.
    pub kind: String,
    /// The values that name it, the first that the case has; `Dependency` and `Host` are read as `host:port`.
    #[serde(default)]
    pub name: Vec<String>,
    /// Its name where a cluster has one such thing only.
    #[serde(default)]
    pub only: Option<String>,
    /// Whether the name is one only within its namespace.
    #[serde(default)]
    pub namespaced: bool,
    /// The values that name what serves it: several such things of one server are told of the server.
    #[serde(default, rename = "servedBy")]
    pub served_by: Vec<String>,
}

/// The part of the cluster whose own incident is the root of a cause.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum LeansOn {
    /// What serves the named host.
    Target,
    /// The pods of the cluster's DNS, or what serves the named host.
    ClusterDns,
    /// The pods of the named storage driver or provisioner.
    VolumeDriver,
    /// The pods of the network plugin on the node.
    NetworkAgent,
    /// The node of the pod that still has the volume, or that pod.
    VolumeHolder,
    /// The pods of the cloud provider's controller.
    CloudController,
}

/// One cause page.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Page {
    /// Id.
    pub id: String,
    /// Title.
    pub title: String,
    /// Category.
    pub category: String,
    /// The id it refines.
    pub parent: Option<String>,
    /// Speaks only when no other page is above 0.5.
    pub fallback: bool,
    /// Kinds of subject it may judge: `container`, `pod`, `workload`, `node`, `claim`.
    pub subjects: Vec<String>,
    /// Ids that this cause explains away.
    pub explains: Vec<String>,
    /// What its subjects share.
    pub root: Option<SharedRoot>,
    /// Symptoms that this cause is a usual reading of.
    pub competes: Vec<String>,
    /// What is looked up among the names that the bundle holds.
    pub did_you_mean: Vec<String>,
    /// The steps by which it comes to what is seen, in their order.
    pub chain: Vec<String>,
    /// Whose incident is its root.
    pub leans_on: Option<LeansOn>,
    /// Its rules.
    pub rules: Vec<Rule>,
    /// What would decide.
    pub missing: Vec<MissingTemplate>,
    /// Markdown of `## What happened`, a template.
    pub what_happened: String,
    /// Markdown of `## Confirm`.
    pub confirm: String,
    /// Markdown of `## Fix`.
    pub fix: String,
    /// Markdown of `## Prevent`.
    pub prevent: String,
}

/// All pages and their signatures.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Catalog {
    /// Pages, sorted by id.
    pub pages: Vec<Page>,
    /// Signatures; [`SignatureId`] is the index.
    pub signatures: Vec<Signature>,
}

/// Why a page is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}: {what}")]
pub struct PageError {
    /// File.
    pub file: String,
    /// 1-based line, 1 where the whole page is meant.
    pub line: u64,
    /// What is wrong and how to mend it.
    pub what: String,
}

/// A page that is being read.
struct Draft<'t> {
    file: &'t str,
    text: &'t str,
    head: Head,
    /// What follows the head.
    body: &'t str,
    /// Whether samples and templates are checked too: those of the built-in pages are by the tests, because compiling
    /// every expression costs more than an analysis of a small bundle.
    check: bool,
}

impl Draft<'_> {
    fn fault(&self, line: u64, what: impl Into<String>) -> PageError {
        PageError { file: self.file.to_string(), line, what: what.into() }
    }

    /// The first line at or after `from` that holds a text, else `from`.
    fn line_with(&self, from: u64, words: &str) -> u64 {
        let mut lines = (1..).zip(self.text.lines()).skip_while(|(number, _)| *number < from);
        lines.find(|(_, line)| line.contains(words)).map_or(from, |(number, _)| number)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Head {
    root: Option<SharedRoot>,
    #[serde(default)]
    competes: Vec<String>,
    #[serde(default, rename = "didYouMean")]
    did_you_mean: Vec<String>,
    #[serde(default)]
    chain: Vec<String>,
    #[serde(rename = "leansOn")]
    leans_on: Option<LeansOn>,
    id: String,
    title: String,
    category: String,
    parent: Option<String>,
    #[serde(default)]
    fallback: bool,
    subjects: Option<Vec<String>>,
    #[serde(default)]
    explains: Vec<String>,
    #[serde(default)]
    decisive: Vec<Spanned<RuleHead>>,
    #[serde(default)]
    supporting: Vec<Spanned<RuleHead>>,
    #[serde(default)]
    against: Vec<Spanned<RuleHead>>,
    #[serde(default)]
    missing: Vec<MissingTemplate>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct RuleHead {
    log: Option<String>,
    event: Option<String>,
    status: Option<String>,
    message: Option<String>,
    text: Option<String>,
    exit_code: Option<Vec<i64>>,
    observation: Option<String>,
    #[serde(default)]
    reason: Vec<String>,
    #[serde(default)]
    shows: String,
    #[serde(default)]
    because: String,
    weight: Option<f64>,
    #[serde(default, rename = "match")]
    matches: Vec<String>,
    #[serde(default)]
    not: Vec<String>,
}

impl RuleHead {
    /// The expressions that are given, with the channels they are looked up in.
    fn patterns(&self) -> impl Iterator<Item = (&str, Vec<Channel>)> {
        let all = [Channel::Log, Channel::Event, Channel::Status];
        [
            (&self.log, &all[..1]),
            (&self.event, &all[1..2]),
            (&self.status, &all[2..]),
            (&self.message, &all[1..]),
            (&self.text, &all[..]),
        ]
        .map(|(pattern, channels)| (pattern, channels.to_vec()))
        .into_iter()
        .filter_map(|(pattern, channels)| Some((pattern.as_deref()?, channels)))
    }
}

/// Kinds of subject a page may judge.
const SUBJECTS: [&str; 6] = ["container", "pod", "workload", "node", "claim", "operator"];
/// A weight beyond this is a mistake: 0.9999 from the start.
const MOST_WEIGHT: f64 = 12.0;
/// Default log-odds of a decisive rule.
pub const DECISIVE: f64 = 4.5;
/// Default log-odds of a supporting rule.
pub const SUPPORTING: f64 = 1.0;
/// Default log-odds of a rule that speaks against.
pub const AGAINST: f64 = -3.0;

/// One `## ` section of the body, without its heading, and the line of the body that it starts on.
fn section(body: &str, heading: &str) -> Option<(u64, String)> {
    let mut lines = (1..).zip(body.lines()).skip_while(|(_, line)| line.trim_end() != heading);
    let (number, _) = lines.next()?;
    let mut fenced = false;
    let text: Vec<&str> = lines
        .map(|(_, line)| line)
        .take_while(|line| {
            fenced ^= line.trim_start().starts_with("```");
            fenced || !line.starts_with("## ")
        })
        .collect();
    let text = text.join("\n");
    let blank = text.lines().take_while(|line| line.trim().is_empty()).count() as u64;
    Some((number + 1 + blank, text.trim().to_string()))
}

impl Catalog {
    /// Takes `known` pages as they are and checks the others. A page with a fault is left out.
    pub(super) fn read(known: &[(&str, &str)], checked: &[(&str, &str)]) -> (Catalog, Vec<PageError>) {
        Catalog::default().read_beside(known, checked)
    }

    /// The same for pages that may refer to those of this catalogue, which are not among what is given back.
    pub(super) fn read_beside(&self, known: &[(&str, &str)], checked: &[(&str, &str)]) -> (Catalog, Vec<PageError>) {
        let mut drafts: BTreeMap<String, Draft<'_>> = BTreeMap::new();
        let mut faults = Vec::new();
        // A page that cannot be read is still a page that others may name.
        let mut ids: BTreeSet<String> = self.pages.iter().map(|page| page.id.clone()).collect();
        let all = known.iter().map(|file| (file, false)).chain(checked.iter().map(|file| (file, true)));
        for ((file, text), check) in all {
            match read_head(file, text) {
                Ok((head, body)) => {
                    drafts.insert(head.id.clone(), Draft { file, text, head, body, check });
                }
                Err(fault) => {
                    ids.insert(stem(file).to_string());
                    faults.push(fault);
                }
            }
        }
        ids.extend(drafts.keys().cloned());
        let mut catalog = Catalog::default();
        for draft in drafts.into_values() {
            catalog.add(draft, &ids, &mut faults);
        }
        (catalog, faults)
    }

    /// Both catalogues in one. Of two pages of one id the other's counts.
    pub(super) fn joined(self, other: Catalog) -> Catalog {
        let mut pages: BTreeMap<String, (Page, Vec<Signature>)> = BTreeMap::new();
        for catalog in [self, other] {
            let mut signatures = catalog.signatures.into_iter().peekable();
            for (index, page) in catalog.pages.into_iter().enumerate() {
                let mut own = Vec::new();
                while let Some(signature) = signatures.next_if(|signature| signature.page == index) {
                    own.push(signature);
                }
                pages.insert(page.id.clone(), (page, own));
            }
        }
        let mut joined = Catalog::default();
        for (mut page, own) in pages.into_values() {
            // Signatures are numbered in the order of the rules that look for them.
            let numbered = page.rules.iter_mut().filter_map(|rule| match &mut rule.test {
                Test::Text { signature: Some(id), .. } => Some(id),
                _ => None,
            });
            for (id, mut signature) in numbered.zip(own) {
                *id = SignatureId(joined.signatures.len() as u32);
                signature.page = joined.pages.len();
                joined.signatures.push(signature);
            }
            joined.pages.push(page);
        }
        joined
    }

    /// The page of an id.
    pub fn page(&self, id: &str) -> Option<&Page> {
        self.pages.binary_search_by(|page| page.id.as_str().cmp(id)).ok().map(|index| &self.pages[index])
    }

    /// The signature of an id.
    pub fn signature(&self, id: SignatureId) -> Option<&Signature> {
        self.signatures.get(id.0 as usize)
    }

    /// The ids a cause refines, nearest first.
    pub fn parents(&self, id: &str) -> Vec<String> {
        let mut parents: Vec<String> = Vec::new();
        let mut page = self.page(id);
        while let Some(parent) = page.and_then(|page| page.parent.clone()) {
            if parents.contains(&parent) || parent == id {
                break;
            }
            page = self.page(&parent);
            parents.push(parent);
        }
        parents
    }

    /// Takes a page in, or says everything that is wrong with it.
    fn add(&mut self, mut draft: Draft<'_>, ids: &BTreeSet<String>, faults: &mut Vec<PageError>) {
        let (faults_before, signatures_before) = (faults.len(), self.signatures.len());
        let head = &draft.head;
        let own = stem(draft.file);
        if head.id != own {
            let what = format!("the id `{}` is not the file's name `{own}`; rename one of them", head.id);
            faults.push(draft.fault(draft.line_with(1, "id:"), what));
        }
        if draft.check && !is_id(&head.id) {
            let what = "an id is small letters, digits and hyphens, such as `licence-expired`";
            faults.push(draft.fault(draft.line_with(1, "id:"), what));
        }
        if head.title.trim().is_empty() {
            faults.push(draft.fault(draft.line_with(1, "title:"), "the title is empty; say what broke"));
        }
        if !CATEGORIES.contains(&head.category.as_str()) {
            let what = format!("unknown category `{}`; one of {}", head.category, CATEGORIES.join(", "));
            faults.push(draft.fault(draft.line_with(1, "category:"), what));
        }
        for subject in head.subjects.iter().flatten().filter(|subject| !SUBJECTS.contains(&subject.as_str())) {
            let what = format!("unknown subject `{subject}`; one of {}", SUBJECTS.join(", "));
            faults.push(draft.fault(draft.line_with(1, "subjects:"), what));
        }
        for (key, other) in
            head.explains.iter().map(|id| ("explains:", id)).chain(head.parent.iter().map(|id| ("parent:", id)))
        {
            if !ids.contains(other) {
                let what =
                    format!("`{key}` names `{other}`, which no page describes; `kubemortem causes` lists the ids");
                faults.push(draft.fault(draft.line_with(draft.line_with(1, key), other), what));
            }
        }
        for symptom in head.competes.iter().filter(|symptom| !SYMPTOMS.contains(&symptom.as_str())) {
            let what = format!("unknown symptom `{symptom}`; one of {}", SYMPTOMS.join(", "));
            faults.push(draft.fault(draft.line_with(1, "competes:"), what));
        }
        for step in head.chain.iter().filter(|step| !STEPS.contains(&step.as_str())) {
            let what = format!("`{step}` under `chain` is no step; there are {}", STEPS.join(", "));
            faults.push(draft.fault(draft.line_with(1, "chain:"), what));
        }
        for kind in head.did_you_mean.iter().filter(|kind| !LOOK_UPS.contains(&kind.as_str())) {
            let what = format!("`{kind}` is nothing that can be looked up; one of {}", LOOK_UPS.join(", "));
            faults.push(draft.fault(draft.line_with(1, "didYouMean:"), what));
        }
        let roles = [
            (Role::Decisive, std::mem::take(&mut draft.head.decisive)),
            (Role::Supporting, std::mem::take(&mut draft.head.supporting)),
            (Role::Against, std::mem::take(&mut draft.head.against)),
        ];
        let mut rules = Vec::new();
        for (role, heads) in roles {
            for rule in heads {
                // The head follows the line `---`.
                let line = rule.referenced.line() + 1;
                if draft.check {
                    check_rule(&draft, line, &rule.value, faults);
                }
                match self.rule(self.pages.len(), rules.len(), role, rule.value) {
                    Ok(rule) => rules.push(rule),
                    Err(what) => faults.push(draft.fault(line, what)),
                }
            }
        }
        // The page that is printed where nothing holds decides nothing.
        let decides = draft.head.category != "unknown";
        if draft.check
            && decides
            && !rules.iter().any(|rule| rule.role == Role::Decisive)
            && faults.len() == faults_before
        {
            let what = "nothing is decisive, so the page could never speak; add a rule under `decisive`";
            faults.push(draft.fault(1, what));
        }
        for missing in draft.head.missing.iter().filter(|_| draft.check) {
            let line = draft.line_with(draft.line_with(1, "missing:"), &missing.what);
            for text in [&missing.what, &missing.command] {
                faults.extend(template::check(text).err().map(|(_, what)| draft.fault(line, what)));
            }
        }
        let head_lines = draft.text[..draft.text.len() - draft.body.len()].matches('\n').count() as u64;
        let mut texts = [const { String::new() }; 4];
        for (text, heading) in texts.iter_mut().zip(["## What happened", "## Confirm", "## Fix", "## Prevent"]) {
            let Some((line, found)) = section(draft.body, heading).filter(|(_, text)| !text.is_empty()) else {
                let line = draft.line_with(head_lines + 1, heading);
                faults.push(draft.fault(line, format!("the section `{heading}` is missing or empty; write it")));
                continue;
            };
            if draft.check
                && let Err((within, what)) = template::check(&found)
            {
                faults.push(draft.fault(head_lines + line + within - 1, what));
            }
            *text = found;
        }
        if faults.len() > faults_before {
            self.signatures.truncate(signatures_before);
            return;
        }
        let [what_happened, confirm, fix, prevent] = texts;
        let head = draft.head;
        self.pages.push(Page {
            id: head.id,
            title: head.title,
            category: head.category,
            parent: head.parent,
            fallback: head.fallback,
            subjects: head.subjects.unwrap_or_else(|| vec!["container".into(), "pod".into()]),
            explains: head.explains,
            root: head.root,
            leans_on: head.leans_on,
            competes: head.competes,
            chain: head.chain,
            did_you_mean: head.did_you_mean,
            rules,
            missing: head.missing,
            what_happened,
            confirm,
            fix,
            prevent,
        });
    }

    fn rule(&mut self, page: usize, index: usize, role: Role, head: RuleHead) -> Result<Rule, String> {
        let weight = head.weight.unwrap_or(match role {
            Role::Decisive => DECISIVE,
            Role::Supporting => SUPPORTING,
            Role::Against => AGAINST,
        });
        let mut tests = Vec::new();
        for (pattern, channels) in head.patterns() {
            if pattern.is_empty() {
                if head.reason.is_empty() {
                    return Err("a rule without an expression needs a `reason`".to_string());
                }
                tests.push(Test::Text { channels, signature: None, reasons: head.reason.clone() });
                continue;
            }
            let signature = self.signature_of(page, index, pattern, channels.clone())?;
            tests.push(Test::Text { channels, signature: Some(signature), reasons: head.reason.clone() });
        }
        if let Some(codes) = head.exit_code {
            tests.push(Test::ExitCode(codes));
        }
        if let Some(id) = head.observation {
            if !OBSERVATIONS.iter().any(|(known, _)| *known == id) {
                return Err(format!("unknown observation `{id}`; FORMAT.md lists them"));
            }
            tests.push(Test::Observation(id));
        }
        let mut tests = tests.into_iter();
        let (Some(test), None) = (tests.next(), tests.next()) else {
            return Err(
                "a rule has exactly one of log, event, status, message, text, exitCode, observation".to_string()
            );
        };
        Ok(Rule { role, test, shows: head.shows, because: head.because, weight, matches: head.matches, not: head.not })
    }

    fn signature_of(
        &mut self,
        page: usize,
        rule: usize,
        pattern: &str,
        channels: Vec<Channel>,
    ) -> Result<SignatureId, String> {
        let id = SignatureId(self.signatures.len() as u32);
        self.signatures.push(Signature::new(page, rule, pattern, channels)?);
        Ok(id)
    }
}

/// What cannot be seen from a rule's form: its samples, its templates, its weight.
fn check_rule(draft: &Draft<'_>, line: u64, head: &RuleHead, faults: &mut Vec<PageError>) {
    let mut say = |words: &str, what: String| faults.push(draft.fault(draft.line_with(line, words), what));
    for (pattern, _) in head.patterns().filter(|(pattern, _)| !pattern.is_empty()) {
        let Ok(compiled) = Expression::new(pattern) else {
            // What is no expression at all is refused where the rule is read.
            if regex_syntax::parse(pattern).is_ok() {
                say(pattern, format!("`{pattern}` is too large when compiled; make it shorter"));
            }
            continue;
        };
        if head.matches.is_empty() {
            say(pattern, format!("`{pattern}` has no sample; add one under `match`"));
        }
        for sample in head.matches.iter().filter(|sample| !compiled.is_match(sample.as_bytes())) {
            say(sample, format!("`{pattern}` does not match its sample `{sample}`; mend one of them"));
        }
        for sample in head.not.iter().filter(|sample| compiled.is_match(sample.as_bytes())) {
            say(sample, format!("`{pattern}` matches `{sample}`, which stands under `not`; make it narrower"));
        }
    }
    for text in [&head.shows, &head.because] {
        if let Err((_, what)) = template::check(text) {
            say(text, what);
        }
    }
    if let Some(weight) = head.weight.filter(|weight| !weight.is_finite() || weight.abs() > MOST_WEIGHT) {
        say("weight:", format!("a weight of {weight} is beyond {MOST_WEIGHT}, which is certainty"));
    }
}

/// A page's own name: its file's, without folder and ending.
fn stem(file: &str) -> &str {
    file.rsplit(['/', '\\']).next().unwrap_or(file).trim_end_matches(".md")
}

fn is_id(id: &str) -> bool {
    !id.is_empty()
        && id.len() <= 80
        && !id.starts_with('-')
        && id.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

fn read_head<'t>(file: &str, text: &'t str) -> Result<(Head, &'t str), PageError> {
    let fail = |line: u64, what: String| PageError { file: file.to_string(), line, what };
    let rest = text
        .strip_prefix("---\n")
        .ok_or_else(|| fail(1, "a page begins with a line `---` and its YAML head".to_string()))?;
    let (head, body) = rest
        .split_once("\n---\n")
        .ok_or_else(|| fail(1, "the YAML head does not end with a line `---`".to_string()))?;
    let head: Head = serde_yaml::from_str(head).map_err(|error| {
        let line = error.location().map_or(1, |location| location.line() + 1);
        let what = error.to_string();
        fail(line, what.lines().next().unwrap_or_default().to_string())
    })?;
    Ok((head, body))
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY: &str = "---\n## What happened\nIt fell.\n## Confirm\n- look\n## Fix\n- mend\n## Prevent\n- beware\n";

    fn page(head: &str) -> Result<Catalog, PageError> {
        Catalog::from_pages(&[("x-failed.md", &format!("---\nid: x-failed\ntitle: X\ncategory: node\n{head}\n{BODY}"))])
    }

    #[test]
    fn a_bad_page_is_refused_with_the_reason() {
        let bad = [
            ("decisive:\n  - log: 'boom (\\d+'\n    match: [x]", "boom"),
            ("decisive:\n  - log: 'boom!'\n    match: ['bang']", "does not match its sample"),
            ("decisive:\n  - log: 'boom!'\n    match: ['boom!']\n    not: ['boom! boom']", "stands under `not`"),
            ("decisive:\n  - log: '\\d+'\n    match: ['1']", "three letters"),
            ("decisive:\n  - observation: it-rained", "unknown observation"),
            ("decisive:\n  - exitCode: [1]\n    observation: evicted", "exactly one"),
            ("explains: [nobody]", "no page describes"),
        ];
        for (head, word) in bad {
            let error = page(head).expect_err(head);
            assert!(error.what.contains(word), "{head}: {}", error.what);
        }
    }

    #[test]
    fn an_unknown_key_is_refused_at_its_line() {
        let error = page("decisives: []").expect_err("refused");
        assert_eq!(error.line, 5, "{error}");
    }

    #[test]
    fn signatures_give_named_groups() {
        let catalog =
            page("decisive:\n  - log: 'bind (?P<port>\\d+) failed'\n    match: ['bind 80 failed']").expect("sound");
        let values = catalog.signatures[0].captures(b"cannot bind 80 failed").expect("matches");
        assert_eq!(values.get("port").map(String::as_str), Some("80"));
        assert_eq!(catalog.signatures[0].captures(b"bind"), None);
    }
}
