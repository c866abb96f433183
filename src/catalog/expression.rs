//! An expression of a page, compiled: one that says where it matches, and one that only says whether.
//!
//! Hundreds of them are in use at once and lines are short, so they are compiled for little memory: without what finds
//! literals first (the log scan has looked for them) and without an automaton for captures.

use std::ops::Range;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::sync::{Mutex, MutexGuard, PoisonError};

use regex_automata::hybrid::dfa::{Cache, DFA};
use regex_automata::nfa::thompson::{Config, WhichCaptures};
use regex_automata::util::{pool::Pool, syntax};
use regex_automata::{Input, PatternID, hybrid, meta};

/// What one expression may keep of the states it was in.
const CACHE_BYTES: usize = 64 << 10;
/// What an expression may be compiled to.
const COMPILED_BYTES: usize = 1 << 20;

/// An expression over bytes that says where it matches. It is asked seldom, so all threads share one cache.
#[derive(Debug)]
pub struct Expression {
    regex: meta::Regex,
    cache: Mutex<meta::Cache>,
}

impl Expression {
    /// Compiles an expression; the error says why it is none.
    pub fn new(pattern: &str) -> Result<Expression, Box<meta::BuildError>> {
        let config = meta::Config::new()
            .utf8_empty(false)
            .auto_prefilter(false)
            .onepass(false)
            .hybrid(false)
            .nfa_size_limit(Some(COMPILED_BYTES));
        let syntax = syntax::Config::new().unicode(false).utf8(false);
        let regex = meta::Regex::builder().configure(config).syntax(syntax).build(pattern).map_err(Box::new)?;
        let cache = Mutex::new(regex.create_cache());
        Ok(Expression { regex, cache })
    }

    /// Whether it matches somewhere in a text.
    pub fn is_match(&self, text: &[u8]) -> bool {
        self.regex.search_half_with(&mut self.cache(), &Input::new(text).earliest(true)).is_some()
    }

    /// Where it first matches.
    pub fn find(&self, text: &[u8]) -> Option<Range<usize>> {
        self.regex.search_with(&mut self.cache(), &Input::new(text)).map(|found| found.range())
    }

    /// The named groups of the first match that took part in it, and where each stands; `None` where it does not match.
    pub fn groups(&self, text: &[u8]) -> Option<Vec<(&str, Range<usize>)>> {
        let mut captures = self.regex.create_captures();
        self.regex.search_captures_with(&mut self.cache(), &Input::new(text), &mut captures);
        if !captures.is_match() {
            return None;
        }
        let all = self.regex.group_info().pattern_names(PatternID::ZERO).enumerate();
        Some(all.filter_map(|(group, name)| Some((name?, captures.get_group(group)?.range()))).collect())
    }

    fn cache(&self) -> MutexGuard<'_, meta::Cache> {
        // A cache is sound whatever was being done with it.
        self.cache.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

type NewCache = Box<dyn Fn() -> Cache + Send + Sync + UnwindSafe + RefUnwindSafe>;

/// An expression that says yes or no: an automaton that is made lazily, and only forwards.
#[derive(Debug)]
pub struct Recognizer {
    automaton: DFA,
    caches: Pool<Cache, NewCache>,
}

impl Recognizer {
    /// Compiles an expression over bytes; `None` where it does not compile. `spelled_out`: the expression says itself of
    /// each part whether it is of characters or of bytes.
    pub fn new(pattern: &str, spelled_out: bool) -> Option<Recognizer> {
        let limits = hybrid::dfa::Config::new().cache_capacity(CACHE_BYTES).skip_cache_capacity_check(true);
        let compiled = Config::new().which_captures(WhichCaptures::None).nfa_size_limit(Some(COMPILED_BYTES));
        let automaton = DFA::builder()
            .configure(limits)
            .syntax(syntax::Config::new().unicode(spelled_out).utf8(false))
            .thompson(compiled.utf8(false))
            .build(pattern)
            .ok()?;
        let own = automaton.clone();
        Some(Recognizer { automaton, caches: Pool::new(Box::new(move || own.create_cache())) })
    }

    /// Whether the expression matches somewhere in the text; `None` where the automaton cannot tell.
    pub fn matches(&self, text: &[u8]) -> Option<bool> {
        let mut cache = self.caches.get();
        let found = self.automaton.try_search_fwd(&mut cache, &Input::new(text).earliest(true));
        found.ok().map(|end| end.is_some())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use regex::bytes::RegexBuilder;

    #[test]
    fn both_say_what_the_library_says() {
        let lines: [&[u8]; 6] = [
            b"",
            b"dial tcp: lookup db on 10.96.0.10:53: no such host",
            b"no such hostel",
            b"\xff\xfe no such host",
            b"NO SUCH HOST",
            "na\u{ef}ve caf\u{e9}".as_bytes(),
        ];
        let patterns =
            [r"no such host\b", r"(?i)no such host$", r"^$", r"\A(?:(?P<dial>.ial) )?(?P<what>\w{1,3})", r"[^\n]{40,}"];
        for pattern in patterns {
            let library = RegexBuilder::new(pattern).unicode(false).build().expect("an expression");
            let expression = Expression::new(pattern).expect("an expression");
            let recognizer = Recognizer::new(pattern, false).expect("an expression");
            for line in lines {
                let found = library.find(line).map(|found| found.range());
                assert_eq!(expression.is_match(line), found.is_some(), "{pattern} on {line:?}");
                assert_eq!(recognizer.matches(line), Some(found.is_some()), "{pattern} on {line:?}");
                assert_eq!(expression.find(line), found, "{pattern} on {line:?}");
                let groups = library.captures(line).map(|captures| {
                    let named = library.capture_names().flatten();
                    named.filter_map(|name| Some((name, captures.name(name)?.range()))).collect::<Vec<_>>()
                });
                assert_eq!(expression.groups(line), groups, "{pattern} on {line:?}");
            }
        }
        assert!(Expression::new("(").is_err() && Recognizer::new("(", false).is_none());
    }
}
