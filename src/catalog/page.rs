//! Reads the cause pages and checks them: a bad page is refused with file, line, what is wrong and how to mend it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use regex::bytes::{Regex, RegexBuilder};
use serde::Deserialize;

use super::SignatureId;
use super::literals::required_literals;
use super::vocabulary::{CATEGORIES, OBSERVATIONS};

/// File name and text of every page in `causes/`; written by `build.rs`.
static BUILT_IN: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/causes.rs"));

/// Where a signature is looked up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Channel {
    /// Lines of a log.
    Log,
    /// Messages of events.
    Event,
    /// Messages of states, statuses and conditions.
    Status,
}

/// What a rule speaks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// It alone points at the cause.
    Decisive,
    /// It fits.
    Supporting,
    /// It speaks against.
    Against,
}

/// What a rule looks for.
#[derive(Debug, Clone, PartialEq)]
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
#[derive(Debug, Clone, PartialEq)]
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
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MissingTemplate {
    /// What.
    pub what: String,
    /// The command.
    pub command: String,
}

/// What all subjects of one cause wait for: they are one incident, told of that thing.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SharedRoot {
    /// Its kind: `ConfigMap`, `Registry`, `Dependency`, ..., or the name of the value that says it.
    pub kind: String,
    /// The values that name it, the first that the case has; `Dependency` and `Host` are read as `host:port`.
    pub name: Vec<String>,
    /// Whether the name is one only within its namespace.
    #[serde(default)]
    pub namespaced: bool,
}

/// The part of the cluster whose own incident is the root of a cause.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
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
}

/// One cause page.
#[derive(Debug, Clone, PartialEq)]
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

/// One regular expression of the catalogue.
#[derive(Debug)]
pub struct Signature {
    /// The page it belongs to, an index into [`Catalog::pages`].
    pub page: usize,
    /// The rule of that page.
    pub rule: usize,
    /// Channels.
    pub channels: Vec<Channel>,
    /// Lower-cased literals of which every match holds one.
    pub literals: Vec<Vec<u8>>,
    pattern: String,
    regex: OnceLock<Option<Regex>>,
}

impl Signature {
    /// The expression, compiled on first use.
    pub fn regex(&self) -> Option<&Regex> {
        self.regex.get_or_init(|| compile(&self.pattern).ok()).as_ref()
    }

    /// The named groups of the match in `text`; `None` where it does not match. Values are lossy UTF-8, 200 characters at most.
    pub fn captures(&self, text: &[u8]) -> Option<BTreeMap<String, String>> {
        let regex = self.regex()?;
        let captures = regex.captures(text)?;
        let mut values = BTreeMap::new();
        for name in regex.capture_names().flatten() {
            if let Some(group) = captures.name(name) {
                let value: String = String::from_utf8_lossy(group.as_bytes()).chars().take(200).collect();
                if !value.is_empty() {
                    values.insert(name.to_string(), value);
                }
            }
        }
        Some(values)
    }
}

/// All pages and their signatures.
#[derive(Debug, Default)]
pub struct Catalog {
    /// Pages, sorted by id.
    pub pages: Vec<Page>,
    /// Signatures; [`SignatureId`] is the index.
    pub signatures: Vec<Signature>,
    check_samples: bool,
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

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Head {
    root: Option<SharedRoot>,
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
    decisive: Vec<RuleHead>,
    #[serde(default)]
    supporting: Vec<RuleHead>,
    #[serde(default)]
    against: Vec<RuleHead>,
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

/// Default log-odds of a decisive rule.
pub const DECISIVE: f64 = 4.5;
/// Default log-odds of a supporting rule.
pub const SUPPORTING: f64 = 1.0;
/// Default log-odds of a rule that speaks against.
pub const AGAINST: f64 = -3.0;

fn compile(pattern: &str) -> Result<Regex, regex::Error> {
    RegexBuilder::new(pattern).unicode(false).size_limit(1 << 20).build()
}

/// One `## ` section of the body, without its heading.
fn section(body: &str, heading: &str) -> Option<String> {
    let mut lines = body.lines().skip_while(|line| line.trim_end() != heading);
    lines.next()?;
    let mut fenced = false;
    let text: Vec<&str> = lines
        .take_while(|line| {
            fenced ^= line.trim_start().starts_with("```");
            fenced || !line.starts_with("## ")
        })
        .collect();
    Some(text.join("\n").trim().to_string())
}

impl Catalog {
    /// The pages that travel in the binary.
    pub fn built_in() -> Result<Catalog, PageError> {
        Catalog::read(BUILT_IN, false)
    }

    /// Reads pages given as (file name, text) and checks every signature against its samples; a later page of the same
    /// id replaces the earlier one.
    pub fn from_pages(files: &[(&str, &str)]) -> Result<Catalog, PageError> {
        Catalog::read(files, true)
    }

    /// The built-in pages are checked by the tests, not at every start: compiling every expression costs more than an
    /// analysis of a small bundle.
    fn read(files: &[(&str, &str)], check_samples: bool) -> Result<Catalog, PageError> {
        let mut drafts: BTreeMap<String, (String, Head, String)> = BTreeMap::new();
        for (file, text) in files {
            let (head, body) = read_head(file, text)?;
            drafts.insert(head.id.clone(), ((*file).to_string(), head, body));
        }
        let ids: BTreeSet<String> = drafts.keys().cloned().collect();
        let mut catalog = Catalog { check_samples, ..Catalog::default() };
        for (file, head, body) in drafts.into_values() {
            catalog.add(&file, head, &body, &ids)?;
        }
        Ok(catalog)
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

    fn add(&mut self, file: &str, head: Head, body: &str, ids: &BTreeSet<String>) -> Result<(), PageError> {
        let refuse = |what: String| PageError { file: file.to_string(), line: 1, what };
        let fail = |what: String| Err(refuse(what));
        let stem = file.rsplit('/').next().unwrap_or(file).trim_end_matches(".md");
        if head.id != stem {
            return fail(format!("the id `{}` is not the file's name `{stem}`; rename one of them", head.id));
        }
        if !CATEGORIES.contains(&head.category.as_str()) {
            return fail(format!("unknown category `{}`; one of {}", head.category, CATEGORIES.join(", ")));
        }
        for other in head.explains.iter().chain(&head.parent) {
            if !ids.contains(other) {
                return fail(format!("`explains` or `parent` names `{other}`, which no page describes"));
            }
        }
        let page_index = self.pages.len();
        let mut rules = Vec::new();
        let roles =
            [(Role::Decisive, head.decisive), (Role::Supporting, head.supporting), (Role::Against, head.against)];
        for (role, heads) in roles {
            for rule in heads {
                let rule = self.rule(page_index, rules.len(), role, rule).map_err(refuse)?;
                rules.push(rule);
            }
        }
        let mut texts = [const { String::new() }; 4];
        for (text, heading) in texts.iter_mut().zip(["## What happened", "## Confirm", "## Fix", "## Prevent"]) {
            let Some(found) = section(body, heading).filter(|text| !text.is_empty()) else {
                return fail(format!("the section `{heading}` is missing or empty"));
            };
            *text = found;
        }
        let [what_happened, confirm, fix, prevent] = texts;
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
            rules,
            missing: head.missing,
            what_happened,
            confirm,
            fix,
            prevent,
        });
        Ok(())
    }

    fn rule(&mut self, page: usize, index: usize, role: Role, head: RuleHead) -> Result<Rule, String> {
        let weight = head.weight.unwrap_or(match role {
            Role::Decisive => DECISIVE,
            Role::Supporting => SUPPORTING,
            Role::Against => AGAINST,
        });
        let all = [Channel::Log, Channel::Event, Channel::Status];
        let mut tests = Vec::new();
        for (pattern, channels) in [
            (head.log, &all[..1]),
            (head.event, &all[1..2]),
            (head.status, &all[2..]),
            (head.message, &all[1..]),
            (head.text, &all[..]),
        ] {
            let Some(pattern) = pattern else { continue };
            let channels = channels.to_vec();
            if pattern.is_empty() {
                if head.reason.is_empty() {
                    return Err("a rule without an expression needs a `reason`".to_string());
                }
                tests.push(Test::Text { channels, signature: None, reasons: head.reason.clone() });
                continue;
            }
            let signature = self.signature_of(page, index, &pattern, channels.clone())?;
            if self.check_samples {
                check_samples(&pattern, &head.matches, &head.not)?;
            }
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
        let hir = regex_syntax::ParserBuilder::new()
            .unicode(false)
            .utf8(false)
            .build()
            .parse(pattern)
            .map_err(|error| format!("`{pattern}`: {error}"))?;
        let shortest = if channels.contains(&Channel::Log) { 3 } else { 1 };
        let Some(literals) = required_literals(&hir, shortest) else {
            return Err(format!("every match of `{pattern}` must contain a literal of at least three letters"));
        };
        let id = SignatureId(self.signatures.len() as u32);
        self.signatures.push(Signature {
            page,
            rule,
            channels,
            literals,
            pattern: pattern.to_string(),
            regex: OnceLock::new(),
        });
        Ok(id)
    }
}

fn check_samples(pattern: &str, matches: &[String], not: &[String]) -> Result<(), String> {
    let compiled = compile(pattern).map_err(|error| format!("`{pattern}`: {error}"))?;
    if matches.is_empty() {
        return Err(format!("`{pattern}` has no sample; add one under `match`"));
    }
    if let Some(sample) = matches.iter().find(|sample| !compiled.is_match(sample.as_bytes())) {
        return Err(format!("`{pattern}` does not match its sample `{sample}`"));
    }
    if let Some(sample) = not.iter().find(|sample| compiled.is_match(sample.as_bytes())) {
        return Err(format!("`{pattern}` matches `{sample}`, which stands under `not`"));
    }
    Ok(())
}

fn read_head(file: &str, text: &str) -> Result<(Head, String), PageError> {
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
    Ok((head, body.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY: &str = "---\n## What happened\nIt fell.\n## Confirm\n- look\n## Fix\n- mend\n## Prevent\n- beware\n";

    fn page(head: &str) -> Result<Catalog, PageError> {
        Catalog::from_pages(&[("x-failed.md", &format!("---\nid: x-failed\ntitle: X\ncategory: node\n{head}\n{BODY}"))])
    }

    #[test]
    fn the_built_in_pages_are_sound() {
        let catalog = Catalog::from_pages(BUILT_IN).unwrap_or_else(|error| panic!("{error}"));
        assert!(catalog.pages.len() > 40, "{} pages", catalog.pages.len());
        for page in &catalog.pages {
            let decides = page.rules.iter().any(|rule| rule.role == Role::Decisive);
            assert!(decides || page.id == "unknown", "{} has nothing decisive", page.id);
        }
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
