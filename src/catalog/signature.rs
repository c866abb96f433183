//! One regular expression of the catalogue, compiled when a text is first seen that may match.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use memchr::memmem::Finder;
use regex::bytes::{Regex, RegexBuilder};
use serde::{Deserialize, Serialize};

use super::literals;
use super::page::Channel;

/// What one expression may keep of the states it was in, on each thread: there are hundreds of them, and lines are short.
const CACHE_BYTES: usize = 256 << 10;

/// A signature of the catalogue: one regular expression of one rule of one page. An index into
/// [`super::page::Catalog::signatures`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct SignatureId(pub u32);

/// One regular expression of the catalogue.
#[derive(Debug, Serialize, Deserialize)]
pub struct Signature {
    /// The page it belongs to, an index into [`super::page::Catalog::pages`].
    pub page: usize,
    /// The rule of that page.
    pub rule: usize,
    /// Channels.
    pub channels: Vec<Channel>,
    /// What it consists of: it matches where one of its alternatives does.
    pub alternatives: Vec<Alternative>,
    pattern: String,
    #[serde(skip)]
    regex: OnceLock<Option<Regex>>,
}

/// One of the alternatives of a signature, with what a text must contain for it to match.
#[derive(Debug, Serialize, Deserialize)]
pub struct Alternative {
    /// Lower-cased literals of which every match holds one.
    pub literals: Vec<Vec<u8>>,
    /// The byte that every match starts with, at the start of the text.
    pub first: Option<u8>,
    /// Every match ends with one of the literals, at the end of the text.
    pub last: bool,
    /// Further sets of literals, of each of which every match holds one.
    further: Vec<Vec<Vec<u8>>>,
    #[serde(skip)]
    finders: OnceLock<Vec<Vec<Finder<'static>>>>,
    pattern: String,
    #[serde(skip)]
    regex: OnceLock<Option<Regex>>,
}

impl Alternative {
    /// Whether a text may match that holds one of the literals; given in lower case.
    pub fn may_match(&self, lowered: &[u8]) -> bool {
        let of_set = |set: &Vec<Vec<u8>>| set.iter().map(|literal| Finder::new(literal).into_owned()).collect();
        let finders = self.finders.get_or_init(|| self.further.iter().map(of_set).collect());
        finders.iter().all(|set: &Vec<Finder<'_>>| set.iter().any(|literal| literal.find(lowered).is_some()))
    }

    /// The parser prints it with its flags spelled out, bytes and characters each under their own.
    fn regex(&self) -> Option<&Regex> {
        self.regex
            .get_or_init(|| {
                RegexBuilder::new(&self.pattern).size_limit(1 << 20).dfa_size_limit(CACHE_BYTES).build().ok()
            })
            .as_ref()
    }
}

impl Signature {
    /// Reads an expression; the error says why it is none of the catalogue's.
    pub(super) fn new(page: usize, rule: usize, pattern: &str, channels: Vec<Channel>) -> Result<Signature, String> {
        let shortest = if channels.contains(&Channel::Log) { 3 } else { 1 };
        let alternatives =
            literals::alternatives(pattern, shortest).map_err(|error| refused_expression(pattern, &error))?;
        let Some(alternatives) = alternatives else {
            return Err(format!("every match of `{pattern}` must contain a literal of at least three letters"));
        };
        let alternatives = alternatives.into_iter().map(|one| Alternative {
            literals: one.literals,
            first: one.first,
            last: one.last,
            further: one.further,
            finders: OnceLock::new(),
            pattern: one.pattern,
            regex: OnceLock::new(),
        });
        Ok(Signature {
            page,
            rule,
            channels,
            alternatives: alternatives.collect(),
            pattern: pattern.to_string(),
            regex: OnceLock::new(),
        })
    }

    /// The expression as the page spells it.
    pub fn pattern(&self) -> &str {
        &self.pattern
    }

    /// The expression, compiled on first use.
    pub fn regex(&self) -> Option<&Regex> {
        self.regex.get_or_init(|| compile(&self.pattern).ok()).as_ref()
    }

    /// Whether the alternative of this index matches a text.
    pub fn alternative_matches(&self, index: usize, text: &[u8]) -> bool {
        // What is not printed as an expression that compiles is left to the whole.
        let regex = match self.alternatives.as_slice() {
            [_] => self.regex(),
            several => several.get(index).and_then(Alternative::regex).or_else(|| self.regex()),
        };
        regex.is_some_and(|regex| regex.is_match(text))
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

pub(super) fn compile(pattern: &str) -> Result<Regex, regex::Error> {
    RegexBuilder::new(pattern).unicode(false).size_limit(1 << 20).dfa_size_limit(CACHE_BYTES).build()
}

/// What is wrong with an expression; the parser draws it on several lines, of which the last one says it.
fn refused_expression(pattern: &str, error: &regex_syntax::Error) -> String {
    let drawn = error.to_string();
    let what = drawn.lines().last().unwrap_or_default();
    format!("`{pattern}` is no regular expression: {}", what.trim_start_matches("error: "))
}
