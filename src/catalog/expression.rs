//! An expression of a page, compiled: one that says where it matches, and one that only says whether.
//!
//! Hundreds of them are in use at once, so they are compiled for little memory: without what finds literals first (the log
//! scan has looked for them) and without an automaton for captures. Most texts are short: one that says where it matches is
//! tried on these without any automaton, whose states would be made for a few lines and thrown away.

use std::ops::Range;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use regex_automata::hybrid::dfa::{Cache, DFA};
use regex_automata::nfa::thompson::{Config, WhichCaptures};
use regex_automata::util::{pool::Pool, syntax};
use regex_automata::{Input, PatternID, hybrid, meta};

/// What one expression may keep of the states it was in.
const CACHE_BYTES: usize = 64 << 10;
/// What an expression may be compiled to.
const COMPILED_BYTES: usize = 1 << 20;

/// Texts of more bytes are long: on them an automaton is faster by far, and made when the first one is seen.
const SHORT_BYTES: usize = 1024;

/// An expression over bytes that says where it matches.
#[derive(Debug)]
pub struct Expression {
    pattern: String,
    of_short: Engine,
    of_long: OnceLock<Option<Engine>>,
}

/// An expression as it is run. It is asked seldom, so all threads share one cache.
#[derive(Debug)]
struct Engine {
    regex: meta::Regex,
    cache: Mutex<meta::Cache>,
}

impl Engine {
    fn new(pattern: &str, with_automaton: bool) -> Result<Engine, Box<meta::BuildError>> {
        let config = meta::Config::new()
            .utf8_empty(false)
            .auto_prefilter(false)
            .onepass(false)
            .hybrid(with_automaton)
            .hybrid_cache_capacity(CACHE_BYTES)
            .nfa_size_limit(Some(COMPILED_BYTES));
        let syntax = syntax::Config::new().unicode(false).utf8(false);
        let regex = meta::Regex::builder().configure(config).syntax(syntax).build(pattern).map_err(Box::new)?;
        let cache = Mutex::new(regex.create_cache());
        Ok(Engine { regex, cache })
    }

    fn cache(&self) -> MutexGuard<'_, meta::Cache> {
        // A cache is sound whatever was being done with it.
        self.cache.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Expression {
    /// Compiles an expression; the error says why it is none.
    pub fn new(pattern: &str) -> Result<Expression, Box<meta::BuildError>> {
        let of_short = Engine::new(pattern, false)?;
        Ok(Expression { pattern: pattern.to_owned(), of_short, of_long: OnceLock::new() })
    }

    fn engine(&self, text: &[u8]) -> &Engine {
        if text.len() <= SHORT_BYTES {
            return &self.of_short;
        }
        let long = self.of_long.get_or_init(|| Engine::new(&self.pattern, true).ok());
        long.as_ref().unwrap_or(&self.of_short)
    }

    /// Whether it matches somewhere in a text.
    pub fn is_match(&self, text: &[u8]) -> bool {
        let engine = self.engine(text);
        engine.regex.search_half_with(&mut engine.cache(), &Input::new(text).earliest(true)).is_some()
    }

    /// Where it first matches.
    pub fn find(&self, text: &[u8]) -> Option<Range<usize>> {
        let engine = self.engine(text);
        engine.regex.search_with(&mut engine.cache(), &Input::new(text)).map(|found| found.range())
    }

    /// The named groups of the first match that took part in it, and where each stands; `None` where it does not match.
    pub fn groups(&self, text: &[u8]) -> Option<Vec<(&str, Range<usize>)>> {
        let engine = self.engine(text);
        let mut captures = engine.regex.create_captures();
        engine.regex.search_captures_with(&mut engine.cache(), &Input::new(text), &mut captures);
        if !captures.is_match() {
            return None;
        }
        let all = engine.regex.group_info().pattern_names(PatternID::ZERO).enumerate();
        Some(all.filter_map(|(group, name)| Some((name?, captures.get_group(group)?.range()))).collect())
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
        // Long ones are looked at by another engine.
        let long = lines.map(|line| [&b"x, y; ".repeat(400), line].concat());
        let lines = lines.into_iter().chain(long.iter().map(Vec::as_slice));
        for pattern in patterns {
            let library = RegexBuilder::new(pattern).unicode(false).build().expect("an expression");
            let expression = Expression::new(pattern).expect("an expression");
            let recognizer = Recognizer::new(pattern, false).expect("an expression");
            for line in lines.clone() {
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
        let expression = Expression::new("b").expect("an expression");
        assert!(expression.find(&[b'a'; SHORT_BYTES]).is_none() && expression.of_long.get().is_none());
        assert!(expression.find(&[b'a'; SHORT_BYTES + 1]).is_none() && expression.of_long.get().is_some());
        assert!(Expression::new("(").is_err() && Recognizer::new("(", false).is_none());
    }
}
