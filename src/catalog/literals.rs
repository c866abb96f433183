//! The literals that every match of a regular expression contains: what the log scan looks for before it runs the
//! expression itself. Loses nothing by construction: a text without any of the literals cannot match.

use serde::{Deserialize, Serialize};

use super::rarity::{self, cost_of};
use regex_syntax::ParserBuilder;
use regex_syntax::hir::{Class, Hir, HirKind, Look};

/// More alternatives than this are not worth looking for.
const MOST_ALTERNATIVES: usize = 600;
/// A class of more bytes than this is not spelled out.
const MOST_BYTES: usize = 10;
/// A literal of fewer bytes is worth being made longer: it is found with some loss of speed.
const LONG: usize = 5;
/// Further sets of literals that are kept of an alternative.
const MOST_FURTHER: usize = 2;
/// An expression of more texts is not taken for words.
const MOST_WORDS: usize = 8;
/// A larger set is not asked for as it is.
const MOST_ASKED: usize = 24;

type Literals = Vec<Vec<u8>>;

/// What a set of literals is for.
#[derive(Clone, Copy)]
enum Use {
    /// To be found in every text: few of them, and rare parts instead of the whole.
    Find,
    /// To be asked of a line that holds a literal: as much as is known.
    Ask,
}

/// One of the alternatives an expression consists of: it matches where one of them matches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alternative {
    /// The alternative as an expression of its own, without named groups that tell alternatives apart.
    pub pattern: String,
    /// ASCII-lower-cased literals of which every match (case folded) contains at least one.
    pub literals: Literals,
    /// Further sets, of each of which every match contains at least one too.
    pub further: Vec<Literals>,
    /// What every match starts with, at the start of the text.
    pub first: FirstBytes,
    /// One of the literals stands at the end of the text, in every match.
    pub last: bool,
    /// Where it is nothing but words.
    pub words: Option<Words>,
}

/// Few texts, one of which a text must hold for an expression to match, and that is all it takes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Words {
    /// In lower case if their case does not matter.
    pub texts: Vec<Vec<u8>>,
    /// Whether ASCII letters are found in either case.
    pub any_case: bool,
}

/// A set of bytes, one of which a text starts with. Bytes that differ in nothing but the case of a letter, or in their
/// highest bit, are one member: the set may hold more than it was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct FirstBytes(u64);

impl FirstBytes {
    /// Any byte.
    const ANY: FirstBytes = FirstBytes(u64::MAX);
    const NONE: FirstBytes = FirstBytes(0);

    fn of(byte: u8) -> FirstBytes {
        FirstBytes(1 << ((byte & 31) | (byte & 64) >> 1))
    }

    fn or(self, other: FirstBytes) -> FirstBytes {
        FirstBytes(self.0 | other.0)
    }

    /// Whether a text may start with this byte.
    pub fn holds(self, byte: u8) -> bool {
        self.0 & Self::of(byte).0 != 0
    }

    /// Whether a text may start with any byte.
    pub fn is_any(self) -> bool {
        self == Self::ANY
    }
}

/// The alternatives of an expression at its outermost level; `None` where one of them has no literal of at least
/// `shortest` bytes that it requires. An expression that is no alternation is its only alternative. The error is the
/// parser's.
pub fn alternatives(pattern: &str, shortest: usize) -> Result<Option<Vec<Alternative>>, Box<regex_syntax::Error>> {
    let hir = ParserBuilder::new().unicode(false).utf8(false).build().parse(pattern);
    let mut hir = &hir?;
    while let HirKind::Capture(capture) = hir.kind() {
        hir = &capture.sub;
    }
    let parts = match hir.kind() {
        HirKind::Alternation(parts) => parts.as_slice(),
        _ => std::slice::from_ref(hir),
    };
    let one = |part: &Hir| {
        let pattern = if parts.len() == 1 { pattern.to_owned() } else { part.to_string() };
        let first = first_bytes(part);
        let literals =
            required_sets(part, Use::Find).into_iter().next().filter(|set| self::shortest(set) >= shortest)?;
        let last = at_end(part).is_some_and(|texts| texts == literals);
        // What holds one of the literals already says nothing more.
        let holds_one = |text: &Vec<u8>| literals.iter().any(|one| memchr::memmem::find(text, one).is_some());
        let further = required_sets(part, Use::Ask).into_iter().filter(|set| self::shortest(set) >= shortest);
        let further = further.filter(|set| !set.iter().all(holds_one)).take(MOST_FURTHER).collect();
        Some(Alternative { pattern, literals, further, first, last, words: words_of(part) })
    };
    Ok(parts.iter().map(one).collect())
}

/// The words that an expression consists of, if it is nothing but a few of them.
fn words_of(hir: &Hir) -> Option<Words> {
    [true, false].into_iter().find_map(|any_case| {
        let mut texts = spelled(hir, any_case)?;
        texts.sort();
        texts.dedup();
        let few = texts.len() <= MOST_WORDS && texts.iter().all(|text| !text.is_empty());
        few.then_some(Words { texts, any_case })
    })
}

/// All texts that an expression matches, in whatever place. `any_case`: in lower case, if it tells no letter's case apart;
/// else as they are.
fn spelled(hir: &Hir, any_case: bool) -> Option<Literals> {
    match hir.kind() {
        HirKind::Empty => Some(vec![Vec::new()]),
        HirKind::Look(_) | HirKind::Repetition(_) => None,
        HirKind::Literal(literal) => {
            (!any_case || !literal.0.iter().any(u8::is_ascii_alphabetic)).then(|| vec![literal.0.to_vec()])
        }
        HirKind::Class(class) => {
            let mut bytes = Vec::new();
            for (start, end) in ranges_of(class) {
                if end > 127 || end - start >= MOST_WORDS as u32 {
                    return None;
                }
                bytes.extend((start..=end).map(|byte| byte as u8));
            }
            if any_case {
                let both = |byte: &u8| {
                    bytes.contains(&byte.to_ascii_lowercase()) && bytes.contains(&byte.to_ascii_uppercase())
                };
                if !bytes.iter().all(both) {
                    return None;
                }
                bytes.retain(|byte| !byte.is_ascii_uppercase());
            }
            Some(bytes.into_iter().map(|byte| vec![byte]).collect())
        }
        HirKind::Capture(capture) => spelled(&capture.sub, any_case),
        HirKind::Concat(parts) => {
            let mut all = vec![Vec::new()];
            for part in parts {
                all = cross(&all, &spelled(part, any_case)?).filter(|all| all.len() <= MOST_WORDS)?;
            }
            Some(all)
        }
        HirKind::Alternation(parts) => {
            let mut all = Vec::new();
            for part in parts {
                all.extend(spelled(part, any_case)?);
            }
            (all.len() <= MOST_WORDS).then_some(all)
        }
    }
}

/// What a text starts with that an expression matches: any byte where it is not anchored at the start.
fn first_bytes(hir: &Hir) -> FirstBytes {
    let mut parts = Vec::new();
    flat(std::slice::from_ref(hir), &mut parts);
    match parts.split_first() {
        Some((start, behind)) if matches!(start.kind(), HirKind::Look(Look::Start)) => {
            match first_of(behind.iter().copied()) {
                (first, false) => first,
                (_, true) => FirstBytes::ANY,
            }
        }
        _ => FirstBytes::ANY,
    }
}

/// The first bytes of what a sequence matches, and whether that may be nothing at all: then any byte may follow.
fn first_of<'h>(parts: impl Iterator<Item = &'h Hir>) -> (FirstBytes, bool) {
    let mut all = FirstBytes::NONE;
    for part in parts {
        let (first, empty) = match part.kind() {
            HirKind::Literal(literal) => {
                (literal.0.first().map_or(FirstBytes::ANY, |byte| FirstBytes::of(*byte)), false)
            }
            HirKind::Class(class) => (first_of_class(class), false),
            HirKind::Look(_) | HirKind::Empty => (FirstBytes::NONE, true),
            HirKind::Capture(capture) => first_of(std::iter::once(&*capture.sub)),
            HirKind::Repetition(repetition) => {
                let (first, empty) = first_of(std::iter::once(&*repetition.sub));
                (first, empty || repetition.min == 0)
            }
            HirKind::Concat(parts) => first_of(parts.iter()),
            HirKind::Alternation(parts) => parts
                .iter()
                .map(|part| first_of(std::iter::once(part)))
                .fold((FirstBytes::NONE, false), |(all, any_empty), (first, empty)| {
                    (all.or(first), any_empty || empty)
                }),
        };
        all = all.or(first);
        if !empty {
            return (all, false);
        }
    }
    (all, true)
}

fn first_of_class(class: &Class) -> FirstBytes {
    let bytes = |(start, end): (u32, u32)| if end < 128 { start..=end } else { 0..=255 };
    ranges_of(class).into_iter().flat_map(bytes).fold(FirstBytes::NONE, |all, byte| all.or(FirstBytes::of(byte as u8)))
}

/// The texts that an expression ends with that is anchored at the end.
fn at_end(hir: &Hir) -> Option<Literals> {
    let mut parts = Vec::new();
    flat(std::slice::from_ref(hir), &mut parts);
    let (HirKind::Look(Look::End), before) = (parts.pop()?.kind(), parts) else { return None };
    let exact = before.iter().rev().map_while(|part| exact(part));
    let texts = exact.reduce(|behind, texts| cross(&texts, &behind).unwrap_or_default())?;
    Some(cheaper(texts))
}

/// All sets of literals that every match contains one of, the cheapest to look for first.
fn required_sets(hir: &Hir, purpose: Use) -> Vec<Literals> {
    let mut parts = Vec::new();
    flat(std::slice::from_ref(hir), &mut parts);
    let mut sets = required_of(&parts, purpose);
    sets.sort_by_key(|(cost, _)| *cost);
    sets.into_iter().map(|(_, set)| set).collect()
}

/// The ranges of a class, of bytes or of characters.
fn ranges_of(class: &Class) -> Vec<(u32, u32)> {
    match class {
        Class::Bytes(class) => class.iter().map(|r| (u32::from(r.start()), u32::from(r.end()))).collect(),
        Class::Unicode(class) => class.iter().map(|r| (r.start() as u32, r.end() as u32)).collect(),
    }
}

/// The bytes of a class, lower-cased, where they are at most `most`.
fn bytes_of(class: &Class, most: usize) -> Option<Literals> {
    let mut bytes: Vec<u8> = Vec::new();
    for (start, end) in ranges_of(class) {
        if end > 127 {
            return None;
        }
        bytes.extend((start..=end).map(|byte| (byte as u8).to_ascii_lowercase()));
    }
    bytes.sort_unstable();
    bytes.dedup();
    (bytes.len() <= most).then(|| bytes.into_iter().map(|byte| vec![byte]).collect())
}

/// All texts the expression can match, lower-cased, where they are few.
fn exact(hir: &Hir) -> Option<Literals> {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => Some(vec![Vec::new()]),
        HirKind::Literal(literal) => Some(vec![literal.0.to_ascii_lowercase()]),
        HirKind::Class(class) => bytes_of(class, MOST_BYTES),
        HirKind::Capture(capture) => exact(&capture.sub),
        HirKind::Repetition(repetition) => {
            let mut all = match (repetition.min, repetition.max) {
                (0, Some(1)) => vec![Vec::new()],
                (1, Some(1)) => Vec::new(),
                _ => return None,
            };
            all.extend(exact(&repetition.sub)?);
            Some(all)
        }
        HirKind::Concat(parts) => {
            let mut all = vec![Vec::new()];
            for part in parts {
                all = cross(&all, &exact(part)?)?;
            }
            Some(all)
        }
        HirKind::Alternation(parts) => {
            let mut all = Vec::new();
            for part in parts {
                all.extend(exact(part)?);
                if all.len() > MOST_ALTERNATIVES {
                    return None;
                }
            }
            Some(all)
        }
    }
}

/// What a part that is not exact must begin or end with: one byte of a class that is repeated at least once.
fn edge(hir: &Hir) -> Option<Literals> {
    match hir.kind() {
        HirKind::Class(class) => bytes_of(class, MOST_ALTERNATIVES),
        HirKind::Capture(capture) => edge(&capture.sub),
        HirKind::Repetition(repetition) if repetition.min > 0 => edge(&repetition.sub),
        _ => None,
    }
}

fn cross(left: &Literals, right: &Literals) -> Option<Literals> {
    if left.len() * right.len() > MOST_ALTERNATIVES {
        return None;
    }
    let mut all: Literals =
        left.iter().flat_map(|a| right.iter().map(move |b| [a.as_slice(), b.as_slice()].concat())).collect();
    all.sort();
    all.dedup();
    Some(all)
}

fn shortest(set: &Literals) -> usize {
    set.iter().map(Vec::len).min().unwrap_or(0)
}

/// The set without repeats, by parts where these cost less.
fn cheaper(mut set: Literals) -> Literals {
    set.sort();
    set.dedup();
    rarity::covered(set)
}

fn required(hir: &Hir, purpose: Use) -> Option<Literals> {
    if let Some(all) = exact(hir)
        && all.iter().all(|literal| !literal.is_empty())
    {
        return Some(all);
    }
    match hir.kind() {
        HirKind::Capture(capture) => required(&capture.sub, purpose),
        HirKind::Repetition(repetition) if repetition.min > 0 => required(&repetition.sub, purpose),
        HirKind::Alternation(parts) => {
            let mut all = Vec::new();
            for part in parts {
                all.extend(required(part, purpose)?);
            }
            (all.len() <= MOST_ALTERNATIVES).then_some(all)
        }
        HirKind::Concat(_) => required_sets(hir, purpose).into_iter().next(),
        _ => None,
    }
}

/// The sets that the parts of a sequence require, or several parts that follow one another, and their costs.
fn required_of(parts: &[&Hir], purpose: Use) -> Vec<(u64, Literals)> {
    let mut sets: Vec<(u64, Literals)> = Vec::new();
    let mut offer = |set: Literals| {
        if shortest(&set) > 0 {
            let set = match purpose {
                Use::Find => cheaper(set),
                Use::Ask if set.len() > MOST_ASKED => cheaper(set),
                Use::Ask => set,
            };
            sets.push((cost_of(&set), set));
        }
    };
    // A run of exact parts, and what stands before it.
    let mut run: Literals = vec![Vec::new()];
    let mut before: Option<&Hir> = None;
    for part in parts.iter().copied() {
        let texts = exact(part);
        if let Some(longer) = texts.as_ref().and_then(|texts| cross(&run, texts)) {
            run = longer;
            continue;
        }
        let ended = std::mem::replace(&mut run, texts.clone().unwrap_or_else(|| vec![Vec::new()]));
        offer(lengthened(ended, before, Some(part)));
        if texts.is_none()
            && let Some(set) = required(part, purpose)
        {
            offer(set);
        }
        before = Some(part).filter(|_| texts.is_none());
    }
    offer(lengthened(run, before, None));
    sets
}

/// The parts of a sequence, with those of the groups in it: what is captured changes nothing.
fn flat<'h>(parts: &'h [Hir], all: &mut Vec<&'h Hir>) {
    for part in parts {
        let mut inner = part;
        while let HirKind::Capture(capture) = inner.kind() {
            inner = &capture.sub;
        }
        match inner.kind() {
            HirKind::Concat(parts) => flat(parts, all),
            _ => all.push(inner),
        }
    }
}

/// Whether ordinary lines hold one of them.
fn is_dear(set: &Literals) -> bool {
    set.iter().any(|literal| rarity::is_ordinary(literal))
}

/// A set of short or ordinary literals with the bytes that must stand before or behind them.
fn lengthened(run: Literals, before: Option<&Hir>, behind: Option<&Hir>) -> Literals {
    if shortest(&run) == 0 || (shortest(&run) >= LONG && !is_dear(&run)) {
        return run;
    }
    let run = match before.and_then(edge).and_then(|bytes| cross(&bytes, &run)) {
        Some(longer) => longer,
        None => run,
    };
    if shortest(&run) >= LONG && !is_dear(&run) {
        return run;
    }
    match behind.and_then(edge).and_then(|bytes| cross(&run, &bytes)) {
        Some(longer) => longer,
        None => run,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(pattern: &str) -> Option<Vec<String>> {
        let all = alternatives(pattern, 3).expect("an expression")?;
        let texts = all.into_iter().flat_map(|one| one.literals);
        let mut all: Vec<String> = texts.map(|l| String::from_utf8_lossy(&l).into_owned()).collect();
        all.sort();
        Some(all)
    }

    #[test]
    fn the_longest_sure_literal_is_found() {
        assert_eq!(
            of(r"lookup (?P<host>\S+) on \S+: no such host").as_deref(),
            Some(&[": no such host".to_string()][..])
        );
        assert_eq!(of(r"(?i)connection refused").as_deref(), Some(&["connection refused".to_string()][..]));
        assert_eq!(of(r"\b(ENOTFOUND|EAI_AGAIN)\b"), Some(vec!["eai_again".into(), "enotfound".into()]));
    }

    #[test]
    fn an_expression_without_a_sure_literal_has_none() {
        for pattern in [r"\d+", r"(foo)?", r"foobar|\d", r"ab"] {
            assert_eq!(of(pattern), None, "{pattern}");
        }
    }

    #[test]
    fn a_short_literal_takes_what_must_stand_beside_it() {
        assert_eq!(of(r"^.+\.go:[012]+\] "), Some(vec![".go:0".into(), ".go:1".into(), ".go:2".into()]));
        assert_eq!(of(r"^.+x\.go:[012]+\] "), Some(vec!["x.go:".into()]));
        assert_eq!(of(r"[A-C]+ set"), Some(vec!["a set".into(), "b set".into(), "c set".into()]));
        // What may be left out makes nothing longer.
        assert_eq!(of(r".*[A-C]* set"), Some(vec![" set".into()]));
    }

    #[test]
    fn what_a_line_must_hold_besides_is_as_long_as_can_be() {
        let all =
            alternatives(r"(?i)(?:gave up|after \d+) .{0,20}giraffes?", 3).expect("an expression").expect("literals");
        let text = |set: &Literals| set.iter().map(|one| String::from_utf8_lossy(one).into_owned()).collect::<Vec<_>>();
        assert_eq!(text(&all[0].literals), ["giraffe"]);
        let further = all[0].further.iter().map(text).collect::<Vec<_>>();
        assert_eq!(further.len(), 1, "{further:?}");
        assert!(
            further[0].contains(&"after 7".to_string()) && further[0].contains(&"gave up".to_string()),
            "{further:?}"
        );
    }

    #[test]
    fn an_anchored_expression_starts_with_few_bytes() {
        let starts = |pattern: &str| {
            let all = alternatives(pattern, 3).expect("an expression").expect("literals");
            let bytes = |one: &Alternative| {
                let held = (b' '..0x7f).filter(|byte| one.first.holds(*byte)).map(char::from);
                if one.first.is_any() { "any".to_owned() } else { held.collect() }
            };
            all.iter().map(bytes).collect::<Vec<_>>()
        };
        assert_eq!(starts(r"^F\d{4} .{9}\.go:|(?m:^)Foobar|foobar"), ["Ff", "any", "any"]);
        assert_eq!(starts(r"^(?:a|b)cdef"), ["ABab"]);
        assert_eq!(starts(r"(?i)^error"), ["Ee"]);
        assert_eq!(starts(r"^\[?(?:FATAL|x?PANIC)"), ["FPX[fpx{"]);
        // Where there may be nothing before the literal, and where anything may be.
        assert_eq!(starts(r"^\s*error\b"), [" )*+,-Ee"]);
        assert_eq!(starts(r"^.*error"), ["any"]);
    }

    #[test]
    fn words_are_what_an_expression_is_and_not_what_it_holds() {
        let words = |pattern: &str| {
            let all = alternatives(pattern, 3).expect("an expression").expect("literals");
            all.into_iter().next().and_then(|one| one.words).map(|words| {
                let texts: Vec<_> = words.texts.iter().map(|text| String::from_utf8_lossy(text).into_owned()).collect();
                (texts.join(","), words.any_case)
            })
        };
        let found = |texts: &str, any_case| Some((texts.to_owned(), any_case));
        assert_eq!(words("(?i)Connection refused"), found("connection refused", true));
        assert_eq!(words("Connection refused"), found("Connection refused", false));
        assert_eq!(
            words("E(?P<why>AI_AGAIN|NOTFOUND): 4[23]"),
            found("EAI_AGAIN: 42,EAI_AGAIN: 43,ENOTFOUND: 42,ENOTFOUND: 43", false)
        );
        assert_eq!(words("(?i:no) Space"), found("NO Space,No Space,nO Space,no Space", false));
        assert_eq!(words("=== 401 ==="), found("=== 401 ===", true));
        for pattern in
            [r"\bfoobar", "^foobar", "foobar$", "foobars?x?", "foo(?i:barn)z", "foobar[a-z]", r"foobar\d", "foobarx+"]
        {
            assert_eq!(words(pattern), None, "{pattern}");
        }
    }

    #[test]
    fn each_alternative_stands_alone() {
        let all = alternatives(r"(?i)(?P<a>foobar\d+|(?:x|y)hello)", 3).expect("an expression").expect("literals");
        let patterns: Vec<_> =
            all.iter().map(|one| regex::bytes::Regex::new(&one.pattern).expect("it compiles")).collect();
        assert_eq!(patterns.len(), 2);
        assert!(patterns[0].is_match(b"FOOBAR7") && !patterns[0].is_match(b"xhello"));
        assert!(patterns[1].is_match(b"Yhello"));
    }
}
