//! Finds the literals of all signatures in one pass over a block of text, at memory speed.
//!
//! The text is sampled: of every four bytes one gram of four bytes is looked up in a bitmap. Wherever a literal stands, one
//! of the sampled grams lies on it, at one of four alignments; for each alignment the gram of the literal is chosen that
//! ordinary logs hold least often. Of what the bitmap lets through the two bytes on each side are looked at, and what then
//! is left is compared with the literals themselves. A literal of fewer than seven bytes fills some grams only in part: then
//! all values of the other bytes are in the bitmap.
//! Nothing is lost: the tests hold it against an Aho-Corasick automaton.

use crate::catalog::ORDINARY;

/// Bytes of a gram, and the distance of two samples.
const GRAM: usize = 4;
/// Slots of the bitmap, as a power of two: 64 KiB, of which logs come to a small part.
const SLOT_BITS: u32 = 19;
const SLOTS: usize = 1 << SLOT_BITS;
/// Buckets of witnesses, as a power of two: several slots share one.
const BUCKET_BITS: u32 = 16;
const BUCKETS: usize = 1 << BUCKET_BITS;
/// Keeps of a letter what its two cases share; other bytes are folded too, which costs a comparison here and there.
const FOLD: u32 = 0x1f1f_1f1f;
/// Samples whose bits are gathered in a word before any hit is looked at: a branch for each would be a branch that the
/// machine cannot foresee.
const BLOCK: usize = 64;
/// Samples that are gathered at a time, without a loop.
const STEP: usize = 8;

/// What a gram costs each time it stands there; a slot that is taken costs one.
const ORDINARY_COST: u16 = 16;

/// A set of literals, ready to be found.
pub struct Prefilter {
    /// One bit a slot: some literal has a gram there.
    bits: Box<[u32; SLOTS / 32]>,
    /// What may stand beside a gram, by its bucket.
    beside: Box<[Beside; BUCKETS]>,
    /// Where the witnesses of a bucket start; those of the next end them.
    starts: Box<[u32; BUCKETS + 1]>,
    /// In the order of their buckets, then of their grams.
    witnesses: Vec<Witness>,
    literals: Vec<Box<[u8]>>,
}

/// What may stand beside the grams of a bucket: of the two bytes before them and the two behind, in their order in the
/// text, the folded values, a bit each.
type Beside = [u32; 4];

const NO_SECOND: i16 = i16::MIN;

/// A gram of a literal.
#[derive(Debug, Clone, Copy)]
struct Witness {
    gram: u32,
    literal: u32,
    /// Where the gram starts in the literal; a partial one may start before it.
    offset: i16,
    /// Where the second gram starts, seen from the first, which is compared before the whole literal; [`NO_SECOND`]: the
    /// literal is shorter than a gram.
    second_from: i16,
    second: u32,
}

impl std::fmt::Debug for Prefilter {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Prefilter({} literals, {} witnesses)", self.literals.len(), self.witnesses.len())
    }
}

/// The folded gram at the start of the bytes; bytes that are not there count as zeros.
#[inline]
fn gram(bytes: &[u8]) -> u32 {
    if let Some(four) = bytes.first_chunk::<GRAM>() {
        return u32::from_le_bytes(*four) & FOLD;
    }
    let mut four = [0; GRAM];
    four[..bytes.len()].copy_from_slice(bytes);
    u32::from_le_bytes(four) & FOLD
}

#[inline]
fn hash(gram: u32) -> u32 {
    gram.wrapping_mul(0x9E37_79B1)
}

#[inline]
fn slot(gram: u32) -> usize {
    (hash(gram) >> (32 - SLOT_BITS)) as usize
}

#[inline]
fn bucket(gram: u32) -> usize {
    (hash(gram) >> (32 - BUCKET_BITS)) as usize
}

/// The bit of a byte that stands beside a gram.
#[inline]
fn bit_of(byte: u8) -> u32 {
    1 << (byte & 31)
}

impl Prefilter {
    /// Prepares literals, given in lower case, of any length from 1 to 32,767. They are found whatever the case of ASCII
    /// letters. Shorter ones than seven bytes cost some speed, shorter ones than four much of it.
    pub fn new(literals: Vec<Box<[u8]>>) -> Prefilter {
        let mut costs = vec![0u16; SLOTS];
        for four in ORDINARY.windows(GRAM) {
            costs[slot(gram(four))] += ORDINARY_COST;
        }
        // Short literals have no choice; the others may then choose slots that are taken anyway.
        let sized = |index: &u32| !literals[*index as usize].is_empty() && literals[*index as usize].len() < 1 << 15;
        let mut order: Vec<u32> = (0..literals.len() as u32).filter(sized).collect();
        order.sort_by_key(|index| literals[*index as usize].len());
        let mut bits: Box<[u32; SLOTS / 32]> = table(0);
        let mut witnesses: Vec<Witness> = Vec::with_capacity(6 * order.len());
        for literal in order {
            let text = &literals[literal as usize];
            for alignment in 0..GRAM {
                let Some(offset) = best_offset(text, alignment, &costs, bits.as_slice()) else { continue };
                let at_end = text.len().saturating_sub(GRAM);
                let second_at = if offset > at_end as i32 / 2 { 0 } else { at_end };
                let second = gram(&text[second_at..]);
                let second_from = if text.len() < GRAM { NO_SECOND } else { (second_at as i32 - offset) as i16 };
                spell(text, offset, &mut |gram| {
                    let slot = slot(gram);
                    bits[slot / 32] |= 1 << (slot % 32);
                    let offset = offset as i16;
                    witnesses.push(Witness { gram, literal, offset, second_from, second });
                });
            }
        }
        witnesses.sort_unstable_by_key(|witness| (bucket(witness.gram), witness.gram, witness.literal));
        let mut beside: Box<[Beside; BUCKETS]> = table([0; 4]);
        let mut starts = table(0);
        for witness in &witnesses {
            let bucket = bucket(witness.gram);
            starts[bucket + 1] += 1;
            let literal = &literals[witness.literal as usize];
            let may_be = |at: i32| {
                let byte = usize::try_from(at).ok().and_then(|at| literal.get(at));
                byte.map_or(u32::MAX, |byte| bit_of(*byte))
            };
            for (index, at) in [-2, -1, GRAM as i32, GRAM as i32 + 1].into_iter().enumerate() {
                beside[bucket][index] |= may_be(i32::from(witness.offset) + at);
            }
        }
        for bucket in 0..BUCKETS {
            starts[bucket + 1] += starts[bucket];
        }
        Prefilter { bits, beside, starts, witnesses, literals }
    }

    /// Bytes of a literal.
    pub fn length(&self, literal: u32) -> usize {
        self.literals[literal as usize].len()
    }

    /// Tells every occurrence of every literal: where it starts, and the literal's index. Occurrences come in the order of
    /// the lines of the text, but in any order within a line. `found` says whether to go on.
    #[inline]
    pub fn each(&self, text: &[u8], mut found: impl FnMut(usize, u32) -> bool) {
        let mut blocks = text.chunks_exact(GRAM * BLOCK);
        let mut at = 0;
        for block in &mut blocks {
            let mut hits = 0u64;
            for (step, part) in block.chunks_exact(GRAM * STEP).enumerate() {
                let mut some = 0u32;
                for (index, four) in part.chunks_exact(GRAM).enumerate() {
                    some |= self.bit(slot(gram(four))) << index;
                }
                hits |= u64::from(some) << (step * STEP);
            }
            let mut fitting = 0u64;
            while hits != 0 {
                let index = hits.trailing_zeros();
                hits &= hits - 1;
                fitting |= u64::from(self.fits(text, at + index as usize * GRAM)) << index;
            }
            while fitting != 0 {
                let sample = at + fitting.trailing_zeros() as usize * GRAM;
                fitting &= fitting - 1;
                if !self.verify(text, sample, &mut found) {
                    return;
                }
            }
            at += GRAM * BLOCK;
        }
        while at < text.len() {
            let hit = self.bit(slot(gram(&text[at..]))) == 1 && self.fits(text, at);
            if hit && !self.verify(text, at, &mut found) {
                return;
            }
            at += GRAM;
        }
    }

    #[inline]
    fn bit(&self, slot: usize) -> u32 {
        (self.bits[slot / 32] >> (slot % 32)) & 1
    }

    /// Whether what stands beside a sample may stand beside a gram like it.
    #[inline]
    fn fits(&self, text: &[u8], sample: usize) -> bool {
        let beside = &self.beside[bucket(gram(&text[sample..]))];
        let around = sample.checked_sub(2).and_then(|from| text[from..].first_chunk::<{ GRAM + 4 }>());
        let bytes = match around {
            Some([before, near, .., behind, far]) => [*before, *near, *behind, *far],
            None => [sample.wrapping_sub(2), sample.wrapping_sub(1), sample + GRAM, sample + GRAM + 1]
                .map(|at| text.get(at).copied().unwrap_or(0)),
        };
        let fit = |index: usize| beside[index] >> (bytes[index] & 31);
        fit(0) & fit(1) & fit(2) & fit(3) & 1 == 1
    }

    /// Compares what stands around a sample with the literals whose grams it may be.
    #[inline(never)]
    fn verify(&self, text: &[u8], sample: usize, found: &mut impl FnMut(usize, u32) -> bool) -> bool {
        let here = gram(&text[sample..]);
        let bucket = bucket(here);
        let mine = &self.witnesses[self.starts[bucket] as usize..self.starts[bucket + 1] as usize];
        let first = if mine.len() > 8 { mine.partition_point(|witness| witness.gram < here) } else { 0 };
        for witness in &mine[first..] {
            if witness.gram != here {
                if witness.gram > here {
                    break;
                }
                continue;
            }
            if witness.second_from != NO_SECOND {
                let Some(second) = sample.checked_add_signed(witness.second_from.into()) else { continue };
                let Some(four) = text.get(second..second + GRAM) else { continue };
                if gram(four) != witness.second {
                    continue;
                }
            }
            let Some(start) = sample.checked_add_signed(-isize::from(witness.offset)) else { continue };
            let literal = &self.literals[witness.literal as usize];
            let is_it = text.get(start..start + literal.len()).is_some_and(|text| text.eq_ignore_ascii_case(literal));
            if is_it && !found(start, witness.literal) {
                return false;
            }
        }
        true
    }
}

/// A table of `COUNT` equal values, made where it stays: it is too large for a stack.
fn table<T: Clone, const COUNT: usize>(value: T) -> Box<[T; COUNT]> {
    match vec![value; COUNT].into_boxed_slice().try_into() {
        Ok(table) => table,
        Err(_) => unreachable!("the vector has this length"),
    }
}

/// Where the gram starts that witnesses a literal whose start lies `-alignment` bytes from a sample, modulo four: at the
/// place of the literal that costs least.
fn best_offset(literal: &[u8], alignment: usize, costs: &[u16], bits: &[u32]) -> Option<i32> {
    let length = literal.len() as i32;
    let own = |offset: i32| (offset + GRAM as i32).min(length) - offset.max(0);
    let first = if alignment == 0 { 0 } else { alignment as i32 - GRAM as i32 };
    let offsets = || (first..length).step_by(GRAM);
    let most = offsets().map(own).max()?;
    let cost = |offset: &i32| -> u64 {
        let mut cost = 0;
        spell(literal, *offset, &mut |gram| {
            let slot = slot(gram);
            // A slot more costs a little even where ordinary logs never come to it.
            cost += u64::from(costs[slot]) + u64::from((bits[slot / 32] >> (slot % 32)) & 1 == 0);
        });
        cost
    };
    // Where few bytes are known there is little to choose, and much to spell; three are worth it where four cost much.
    let (best, least) =
        offsets().filter(|offset| own(*offset) == most).map(|o| (o, cost(&o))).min_by_key(|(_, c)| *c)?;
    if most < GRAM as i32 || least < 2 * u64::from(ORDINARY_COST) {
        return Some(best);
    }
    let partial = offsets().filter(|offset| own(*offset) == most - 1).map(|o| (o, cost(&o))).min_by_key(|(_, c)| *c);
    Some(partial.filter(|(_, cost)| *cost < least).map_or(best, |(offset, _)| offset))
}

/// Tells all grams that can stand `offset` bytes from the start of a literal.
fn spell(literal: &[u8], offset: i32, told: &mut impl FnMut(u32)) {
    let (mut known, mut shifts, mut unknown) = (0, [0; GRAM], 0);
    for index in 0..GRAM {
        match usize::try_from(offset + index as i32).ok().and_then(|at| literal.get(at)) {
            Some(own) => known |= (u32::from(*own) << (8 * index)) & FOLD,
            None => {
                shifts[unknown] = 8 * index;
                unknown += 1;
            }
        }
    }
    for value in 0..1u32 << (5 * unknown) {
        let filled = (0..unknown).map(|index| ((value >> (5 * index)) & 31) << shifts[index]);
        told(known | filled.sum::<u32>());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::{Catalog, Channel};
    use aho_corasick::AhoCorasick;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    fn boxed<T: AsRef<[u8]>>(literals: &[T]) -> Vec<Box<[u8]>> {
        literals.iter().map(|literal| literal.as_ref().into()).collect()
    }

    fn ours(prefilter: &Prefilter, text: &[u8]) -> Vec<(usize, u32)> {
        let mut all = Vec::new();
        prefilter.each(text, |start, literal| {
            all.push((start, literal));
            true
        });
        let told = all.len();
        all.sort_unstable();
        all.dedup();
        assert_eq!(told, all.len(), "an occurrence was told twice");
        all
    }

    fn oracle(literals: &[Box<[u8]>], text: &[u8]) -> Vec<(usize, u32)> {
        let automaton = AhoCorasick::builder().ascii_case_insensitive(true).build(literals).expect("an automaton");
        let found = automaton.find_overlapping_iter(text).map(|found| (found.start(), found.pattern().as_u32()));
        found.collect::<BTreeSet<_>>().into_iter().collect()
    }

    fn log_literals() -> Vec<Box<[u8]>> {
        let catalog = Catalog::built_in().expect("sound pages");
        let signatures = catalog.signatures.iter().filter(|signature| signature.channels.contains(&Channel::Log));
        let all: BTreeSet<&Vec<u8>> = signatures.flat_map(|s| &s.alternatives).flat_map(|one| &one.literals).collect();
        all.into_iter().map(|literal| literal.as_slice().into()).collect()
    }

    #[test]
    fn literals_of_every_length_are_found_at_every_alignment() {
        let literals: Vec<String> = (1..=12).map(|length| "oh dear, it failed"[..length].to_owned()).collect();
        let literals = boxed(&literals);
        let prefilter = Prefilter::new(literals.clone());
        for before in 0..9 {
            for behind in 0..9 {
                let text = format!("{}Oh DEAR, it failed{}", "-".repeat(before), "\n".repeat(behind));
                assert_eq!(ours(&prefilter, text.as_bytes()), oracle(&literals, text.as_bytes()), "{text:?}");
            }
        }
    }

    #[test]
    fn ordinary_lines_seldom_have_a_slot() {
        let prefilter = Prefilter::new(log_literals());
        let samples = ORDINARY.chunks_exact(GRAM).count();
        let hits = ORDINARY.chunks_exact(GRAM).filter(|four| prefilter.bit(slot(gram(four))) == 1).count();
        assert!(hits * 8 < samples, "{hits} of {samples} samples");
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn any_literals_in_any_text(
            literals in proptest::collection::btree_set("[ab:é\\n]{1,12}", 1..8),
            text in "[abAB:é\\n]{0,200}",
        ) {
            let literals: Vec<String> = literals.into_iter().collect();
            let literals = boxed(&literals);
            let prefilter = Prefilter::new(literals.clone());
            prop_assert_eq!(ours(&prefilter, text.as_bytes()), oracle(&literals, text.as_bytes()));
        }

        #[test]
        fn any_bytes_too(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let literals = boxed(&[&[0xc3u8, 0x80, 7][..], &[0, 1, 2], b"aab", b"zz\x1f\x3f"]);
            let prefilter = Prefilter::new(literals.clone());
            prop_assert_eq!(ours(&prefilter, &bytes), oracle(&literals, &bytes));
        }
    }

    #[test]
    fn the_signatures_in_lines_made_of_their_own_literals() {
        let literals = log_literals();
        let prefilter = Prefilter::new(literals.clone());
        let automaton_text: Vec<u8> = literals
            .iter()
            .enumerate()
            .flat_map(|(index, literal)| {
                let around = &ORDINARY[index * 37 % (ORDINARY.len() - 90)..][..17 + index % 60];
                [around, literal, &around[..index % 17], b"\n"].concat()
            })
            .collect();
        assert_eq!(ours(&prefilter, &automaton_text), oracle(&literals, &automaton_text));
    }
}
