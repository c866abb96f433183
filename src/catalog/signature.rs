//! One regular expression of the catalogue, compiled when a text is first seen that may match.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use memchr::memmem::Finder;
use serde::{Deserialize, Serialize};

use super::expression::{Expression, Recognizer};
use super::literals::{self, FirstBytes, Words};
use super::page::Channel;

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
    expression: OnceLock<Option<Expression>>,
}

/// One of the alternatives of a signature, with what a text must contain for it to match.
#[derive(Debug, Serialize, Deserialize)]
pub struct Alternative {
    /// Lower-cased literals of which every match holds one.
    pub literals: Vec<Vec<u8>>,
    /// What every match starts with, at the start of the text.
    pub first: FirstBytes,
    /// Every match ends with one of the literals, at the end of the text.
    pub last: bool,
    /// Further sets of literals, of each of which every match holds one.
    further: Vec<Vec<Vec<u8>>>,
    #[serde(skip)]
    further_finders: OnceLock<Vec<Vec<Finder<'static>>>>,
    /// Where it is nothing but words.
    words: Option<Words>,
    #[serde(skip)]
    word_finders: OnceLock<Vec<Finder<'static>>>,
    pattern: String,
    #[serde(skip)]
    recognizer: OnceLock<Option<Recognizer>>,
}

impl Alternative {
    /// Whether a match must hold more than one of the literals.
    pub fn asks_further(&self) -> bool {
        !self.further.is_empty()
    }

    /// Whether a text may match that holds one of the literals; given in lower case.
    pub fn may_match(&self, lowered: &[u8]) -> bool {
        let finders = self.further_finders.get_or_init(|| self.further.iter().map(|set| finders_of(set)).collect());
        finders.iter().all(|set| holds_one(set, lowered))
    }

    /// Whether it matches a text; `None` where that cannot be told from it alone. An alternative of several is printed by
    /// the parser with its flags spelled out, bytes and characters each under their own.
    fn matches(&self, text: &mut Folded<'_>, of_several: bool) -> Option<bool> {
        if let Some(words) = &self.words {
            let finders = self.word_finders.get_or_init(|| finders_of(&words.texts));
            return Some(holds_one(finders, if words.any_case { text.lowered() } else { text.text }));
        }
        let text = text.text;
        let recognizer = self.recognizer.get_or_init(|| Recognizer::new(&self.pattern, of_several));
        recognizer.as_ref()?.matches(text)
    }
}

fn finders_of(texts: &[Vec<u8>]) -> Vec<Finder<'static>> {
    texts.iter().map(|text| Finder::new(text).into_owned()).collect()
}

fn holds_one(finders: &[Finder<'_>], text: &[u8]) -> bool {
    finders.iter().any(|finder| finder.find(text).is_some())
}

/// A text that expressions are tried on, and the same in lower case when one is asked that tells no case apart.
pub struct Folded<'t> {
    text: &'t [u8],
    lowered: &'t mut Vec<u8>,
    is_lowered: bool,
}

impl<'t> Folded<'t> {
    /// `buffer` is used for the text in lower case; what it holds does not matter.
    pub fn new(text: &'t [u8], buffer: &'t mut Vec<u8>) -> Folded<'t> {
        Folded { text, lowered: buffer, is_lowered: false }
    }

    /// The text, ASCII letters in lower case.
    pub fn lowered(&mut self) -> &[u8] {
        if !std::mem::replace(&mut self.is_lowered, true) {
            self.lowered.clear();
            self.lowered.extend_from_slice(self.text);
            self.lowered.make_ascii_lowercase();
        }
        self.lowered
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
            further_finders: OnceLock::new(),
            words: one.words,
            word_finders: OnceLock::new(),
            pattern: one.pattern,
            recognizer: OnceLock::new(),
        });
        Ok(Signature {
            page,
            rule,
            channels,
            alternatives: alternatives.collect(),
            pattern: pattern.to_string(),
            expression: OnceLock::new(),
        })
    }

    /// The expression as the page spells it.
    pub fn pattern(&self) -> &str {
        &self.pattern
    }

    /// The expression, compiled on first use.
    pub fn expression(&self) -> Option<&Expression> {
        self.expression.get_or_init(|| Expression::new(&self.pattern).ok()).as_ref()
    }

    /// Whether the alternative of this index matches a text.
    pub fn alternative_matches(&self, index: usize, text: &mut Folded<'_>) -> bool {
        let of_several = self.alternatives.len() > 1;
        let told = self.alternatives.get(index).and_then(|one| one.matches(text, of_several));
        // What is not printed as an expression that compiles is left to the whole.
        told.unwrap_or_else(|| self.expression().is_some_and(|expression| expression.is_match(text.text)))
    }

    /// Whether a match has named groups.
    pub fn names_values(&self) -> bool {
        self.pattern.contains("(?P<") || self.pattern.contains("(?<")
    }

    /// The named groups of the match in `text`; `None` where it does not match. Values are lossy UTF-8, 200 characters at most.
    pub fn captures(&self, text: &[u8]) -> Option<BTreeMap<String, String>> {
        let groups = self.expression()?.groups(text)?;
        let value = |range| String::from_utf8_lossy(&text[range]).chars().take(200).collect::<String>();
        let values = groups.into_iter().map(|(name, range)| (name.to_string(), value(range)));
        Some(values.filter(|(_, value)| !value.is_empty()).collect())
    }
}

/// What is wrong with an expression; the parser draws it on several lines, of which the last one says it.
fn refused_expression(pattern: &str, error: &regex_syntax::Error) -> String {
    let drawn = error.to_string();
    let what = drawn.lines().last().unwrap_or_default();
    format!("`{pattern}` is no regular expression: {}", what.trim_start_matches("error: "))
}
