//! How often a text stands in logs of programs that are well, and which literals are therefore worth looking for.

use std::collections::BTreeMap;
use std::sync::LazyLock;

/// Lines as programs write them while nothing is wrong.
pub const ORDINARY: &[u8] = include_bytes!("ordinary.log");

/// Shorter parts of a literal do not stand for it.
const SHORTEST_PART: usize = 5;
/// Longer ones are no rarer.
const LONGEST_PART: usize = 12;
/// What an occurrence costs, against a place where only a gram of the literal stands.
const OCCURRENCE: u64 = 8;
/// What a literal costs that logs never hold, as a part of [`UNIT`]: a slot of the prefilter's for each of its grams.
const PRESENCE: u64 = 8;
/// The cost of one gram of the ordinary lines at which the prefilter looks twice.
const UNIT: u64 = 64;
/// Bytes of a gram of the prefilter.
const GRAM: usize = 4;

/// Every end of a text, sorted: how often a part stands in it is told by two searches.
struct Ends {
    text: Vec<u8>,
    order: Vec<u32>,
}

impl Ends {
    fn new(text: Vec<u8>) -> Ends {
        let mut order: Vec<u32> = (0..text.len() as u32).collect();
        let end = |at: u32| &text[at as usize..text.len().min(at as usize + 2 * LONGEST_PART)];
        order.sort_by(|a, b| end(*a).cmp(end(*b)));
        Ends { text, order }
    }

    fn count(&self, part: &[u8]) -> u64 {
        let part = &part[..part.len().min(2 * LONGEST_PART)];
        let start = |at: &u32| {
            let from = *at as usize;
            &self.text[from..self.text.len().min(from + part.len())]
        };
        let before = self.order.partition_point(|at| start(at) < part);
        self.order[before..].partition_point(|at| start(at) == part) as u64
    }
}

struct Ordinary {
    /// In lower case.
    letters: Ends,
    /// As the prefilter folds bytes.
    folded: Ends,
}

static LINES: LazyLock<Ordinary> = LazyLock::new(|| Ordinary {
    letters: Ends::new(ORDINARY.to_ascii_lowercase()),
    folded: Ends::new(ORDINARY.iter().map(|byte| byte & 31).collect()),
});

/// What it costs to look for a literal, given in lower case: the lines that hold it, and the places where a gram of it
/// stands. The prefilter finds it by one gram for each of four alignments.
pub fn cost(literal: &[u8]) -> u64 {
    let folded: Vec<u8> = literal.iter().map(|byte| byte & 31).collect();
    let grams: u64 = (0..GRAM)
        .map(|alignment| {
            let whole = (alignment..literal.len()).step_by(GRAM).filter_map(|at| folded.get(at..at + GRAM));
            let rarest = whole.map(|gram| UNIT * LINES.folded.count(gram)).min();
            // A literal that is too short for this alignment is found by what there is of a gram.
            rarest.unwrap_or_else(|| partial(&folded, alignment))
        })
        .sum();
    PRESENCE + grams + OCCURRENCE * UNIT * LINES.letters.count(literal)
}

/// The cost of the longest part of a gram at this alignment, whose other bytes may be any.
fn partial(folded: &[u8], alignment: usize) -> u64 {
    let behind = &folded[alignment.min(folded.len())..];
    let before = &folded[..alignment.min(folded.len())];
    let known = if behind.len() >= before.len() { behind } else { before };
    let unknown = GRAM.saturating_sub(known.len()) as u32;
    UNIT * LINES.folded.count(known) + (PRESENCE << (5 * unknown.min(4))) / 16
}

/// Whether ordinary lines hold a literal, given in lower case.
pub fn is_ordinary(literal: &[u8]) -> bool {
    LINES.letters.count(literal) > 0
}

/// What it costs to look for all of these.
pub fn cost_of(literals: &[Vec<u8>]) -> u64 {
    literals.iter().map(|literal| cost(literal)).sum()
}

/// Literals that cost less and of which every one of `literals` holds at least one: where many are alike in a part, the
/// part is looked for.
pub fn covered(literals: Vec<Vec<u8>>) -> Vec<Vec<u8>> {
    if literals.len() < 2 || literals.iter().any(Vec::is_empty) {
        return literals;
    }
    let mut holders: BTreeMap<&[u8], Vec<usize>> = BTreeMap::new();
    for (index, literal) in literals.iter().enumerate() {
        for length in SHORTEST_PART..=LONGEST_PART {
            for part in literal.windows(length) {
                let held = holders.entry(part).or_default();
                if held.last() != Some(&index) {
                    held.push(index);
                }
            }
        }
        holders.entry(literal.as_slice()).or_insert_with(|| vec![index]);
    }
    let mut parts: Vec<(u64, &[u8], Vec<usize>)> =
        holders.into_iter().map(|(part, held)| (cost(part), part, held)).collect();
    let mut open = vec![true; literals.len()];
    let mut chosen: Vec<Vec<u8>> = Vec::new();
    while open.contains(&true) {
        for (_, _, held) in &mut parts {
            held.retain(|index| open[*index]);
        }
        parts.retain(|(_, _, held)| !held.is_empty());
        // The cheapest for what it stands for; of two the longer.
        let best = parts.iter().min_by(|(cost_a, a, held_a), (cost_b, b, held_b)| {
            let each = (cost_a * held_b.len() as u64).cmp(&(cost_b * held_a.len() as u64));
            each.then(b.len().cmp(&a.len())).then(a.cmp(b))
        });
        let Some((_, part, held)) = best else { return literals };
        held.iter().for_each(|index| open[*index] = false);
        let own: Vec<&[u8]> = held.iter().map(|index| literals[*index].as_slice()).collect();
        chosen.push(extended(part, &own));
    }
    chosen.sort();
    chosen.dedup();
    if cost_of(&chosen) < cost_of(&literals) { chosen } else { literals }
}

/// The part with what stands before and behind it in all of its holders.
fn extended(part: &[u8], holders: &[&[u8]]) -> Vec<u8> {
    let mut part = part.to_vec();
    let Some((first, others)) = holders.split_first() else { return part };
    let Some(mut start) = first.windows(part.len()).position(|window| window == part) else { return part };
    let held = |part: &[u8]| others.iter().all(|other| other.windows(part.len()).any(|window| window == part));
    let mut end = start + part.len();
    while end < first.len() && held(&first[start..=end]) {
        end += 1;
    }
    while start > 0 && held(&first[start - 1..end]) {
        start -= 1;
    }
    part.clear();
    part.extend_from_slice(&first[start..end]);
    part
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_ordinary_lines_hold_is_dear() {
        assert!(is_ordinary(b"request") && !is_ordinary(b"segfault"));
        assert!(cost(b"request") > 10 * cost(b"segfault"));
        assert!(cost(b"seg") > cost(b"segfau"));
    }

    #[test]
    fn a_cover_leaves_no_literal_out() {
        let all: Vec<Vec<u8>> = ["bad ", "wrong ", "revoked "]
            .iter()
            .flat_map(|first| (0..9).map(move |number| format!("{first}xqzjwvk {number}").into_bytes()))
            .collect();
        assert_eq!(covered(all.clone()), [b" xqzjwvk ".to_vec()]);
        let apart: Vec<Vec<u8>> = vec![b"xqzjwvk".to_vec(), b"kvwjzqx".to_vec()];
        assert_eq!(covered(apart.clone()), apart);
        assert_eq!(covered(vec![Vec::new(), b"xqzjwvk".to_vec()]).len(), 2);
    }
}
