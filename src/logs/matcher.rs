//! Signatures against texts: the prefilter says which may match, their expressions say which do.

use std::collections::BTreeMap;

use super::prefilter::Prefilter;
use crate::catalog::{Catalog, Channel, FirstBytes, Folded, Signature, SignatureId};

/// The signatures of some channels, ready to be looked up in texts.
#[derive(Debug)]
pub(super) struct Matcher {
    prefilter: Prefilter,
    /// What a literal of the prefilter makes possible.
    owners: Vec<Vec<Candidate>>,
    /// Candidates in every text: their literals are too short to be looked for.
    always: Vec<Candidate>,
    /// The index of the literal that is no signature's.
    extra: u32,
}

/// An alternative of a signature that may match.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Candidate {
    pub signature: SignatureId,
    alternative: u32,
    /// What every message that matches starts with.
    first: FirstBytes,
    /// A literal stands at the end of every message that matches.
    last: bool,
}

impl Candidate {
    /// Whether it may match a line of a log with a literal that ends at this byte of it: by the line's first byte and that
    /// of what stands behind a time, and by what stands behind the literal.
    pub fn may_stand(&self, line: &[u8], end: usize) -> bool {
        (!self.last || end == line.len()) && self.may_start(line)
    }

    fn may_start(&self, line: &[u8]) -> bool {
        if self.first.is_any() {
            return true;
        }
        let starts = |text: &[u8]| text.first().is_none_or(|byte| self.first.holds(*byte));
        let timed = |line: &[u8]| {
            // Behind a time of the runtime its own words come first.
            let behind = |rest: &[u8]| starts(rest) || rest.starts_with(b"stdout ") || rest.starts_with(b"stderr ");
            line.first().is_some_and(u8::is_ascii_digit)
                && memchr::memchr(b' ', line).is_some_and(|at| behind(&line[at + 1..]))
        };
        starts(line) || timed(line)
    }
}

/// Shorter literals are not looked for.
const SHORTEST: usize = 3;

impl Matcher {
    /// The signatures that are looked up in one of the channels, and one literal more that is told as [`Matcher::is_extra`].
    pub fn new(catalog: &Catalog, channels: &[Channel], extra: &[u8]) -> Matcher {
        let mut by_literal: BTreeMap<&[u8], Vec<Candidate>> = BTreeMap::from([(extra, Vec::new())]);
        let mut always = Vec::new();
        let mine = |signature: &Signature| channels.iter().any(|channel| signature.channels.contains(channel));
        for (index, signature) in catalog.signatures.iter().enumerate().filter(|(_, signature)| mine(signature)) {
            for (alternative, one) in signature.alternatives.iter().enumerate() {
                let candidate = Candidate {
                    signature: SignatureId(index as u32),
                    alternative: alternative as u32,
                    first: one.first,
                    last: one.last,
                };
                if one.literals.iter().any(|literal| literal.len() < SHORTEST) {
                    always.push(candidate);
                    continue;
                }
                for literal in &one.literals {
                    by_literal.entry(literal).or_default().push(candidate);
                }
            }
        }
        let extra = by_literal.keys().position(|literal| *literal == extra).unwrap_or(0) as u32;
        let prefilter = Prefilter::new(by_literal.keys().map(|literal| Box::from(*literal)).collect());
        Matcher { prefilter, owners: by_literal.into_values().collect(), always, extra }
    }

    /// Tells where the literals of signatures stand in a text; see [`Prefilter::each`].
    pub fn each(&self, text: &[u8], found: impl FnMut(usize, u32) -> bool) {
        self.prefilter.each(text, found);
    }

    /// Whether some signatures are candidates in every text.
    pub fn always(&self) -> bool {
        !self.always.is_empty()
    }

    /// Whether a literal that was told is the one more.
    pub fn is_extra(&self, literal: u32) -> bool {
        literal == self.extra
    }

    /// What may match in a text that holds this literal.
    pub fn owners(&self, literal: u32) -> &[Candidate] {
        self.owners.get(literal as usize).map_or(&[], Vec::as_slice)
    }

    /// Whether nothing may match in a line of a log for the sake of this literal, by how the line begins: `begin` is the
    /// line up to the literal's end.
    pub fn cannot_start(&self, literal: u32, begin: &[u8]) -> bool {
        let owners = self.owners(literal);
        !self.is_extra(literal) && !self.always() && !owners.iter().any(|one| one.may_start(begin))
    }

    /// How many literals there are.
    pub fn literals(&self) -> usize {
        self.owners.len()
    }

    /// Bytes of a literal.
    pub fn length(&self, literal: u32) -> usize {
        self.prefilter.length(literal)
    }

    /// Keeps the candidates, once each, that may match a message in this line of a log.
    pub fn narrow(&self, catalog: &Catalog, candidates: &mut Vec<Candidate>, line: &[u8], lowered: &mut Vec<u8>) {
        if candidates.is_empty() {
            return;
        }
        candidates.sort_unstable();
        candidates.dedup();
        let mut line = Folded::new(line, lowered);
        candidates.retain(|candidate| {
            let alternatives = catalog.signature(candidate.signature).map(|signature| &signature.alternatives);
            let one = alternatives.and_then(|all| all.get(candidate.alternative as usize));
            let Some(one) = one.filter(|one| one.asks_further()) else { return true };
            one.may_match(line.lowered())
        });
    }

    /// The signatures that match a text, of those that may; sorted. Empties the candidates.
    pub fn confirm(
        &self,
        catalog: &Catalog,
        candidates: &mut Vec<Candidate>,
        text: &[u8],
        lowered: &mut Vec<u8>,
        matching: &mut Vec<SignatureId>,
    ) {
        matching.clear();
        let mut text = Folded::new(text, lowered);
        candidates.extend(&self.always);
        candidates.sort_unstable();
        candidates.dedup();
        for candidate in candidates.drain(..) {
            if matching.last() == Some(&candidate.signature) {
                continue;
            }
            let signature = catalog.signature(candidate.signature);
            if signature
                .is_some_and(|signature| signature.alternative_matches(candidate.alternative as usize, &mut text))
            {
                matching.push(candidate.signature);
            }
        }
    }

    /// The signatures that match a text; sorted.
    pub fn matching(&self, catalog: &Catalog, text: &[u8]) -> Vec<SignatureId> {
        let (mut candidates, mut matching) = (Vec::new(), Vec::new());
        self.each(text, |_, literal| {
            candidates.extend(self.owners(literal));
            true
        });
        self.confirm(catalog, &mut candidates, text, &mut Vec::new(), &mut matching);
        matching
    }
}
