//! The literals that every match of a regular expression contains: what the log scan looks for before it runs the
//! expression itself. Loses nothing by construction: a text without any of the literals cannot match.

use regex_syntax::hir::{Class, Hir, HirKind};

/// More alternatives than this are not worth looking for.
const MOST_ALTERNATIVES: usize = 64;

/// ASCII-lower-cased literals of which every match (case folded) contains at least one; `None` where there is no such
/// set of at least `shortest` bytes each.
pub fn required_literals(pattern: &Hir, shortest: usize) -> Option<Vec<Vec<u8>>> {
    let mut best = required(pattern)?;
    best.sort();
    best.dedup();
    (!best.is_empty() && best.iter().all(|literal| literal.len() >= shortest)).then_some(best)
}

type Literals = Vec<Vec<u8>>;

/// All texts the expression can match, lower-cased, where they are few.
fn exact(hir: &Hir) -> Option<Literals> {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => Some(vec![Vec::new()]),
        HirKind::Literal(literal) => Some(vec![literal.0.to_ascii_lowercase()]),
        HirKind::Class(class) => {
            let mut bytes: Vec<u8> = Vec::new();
            let ranges: Vec<(u32, u32)> = match class {
                Class::Bytes(class) => class.iter().map(|r| (u32::from(r.start()), u32::from(r.end()))).collect(),
                Class::Unicode(class) => class.iter().map(|r| (r.start() as u32, r.end() as u32)).collect(),
            };
            for (start, end) in ranges {
                if end > 127 || end - start > 8 {
                    return None;
                }
                bytes.extend((start..=end).map(|byte| (byte as u8).to_ascii_lowercase()));
            }
            bytes.sort_unstable();
            bytes.dedup();
            (bytes.len() <= 4).then(|| bytes.into_iter().map(|byte| vec![byte]).collect())
        }
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

fn cross(left: &Literals, right: &Literals) -> Option<Literals> {
    if left.len() * right.len() > MOST_ALTERNATIVES {
        return None;
    }
    Some(left.iter().flat_map(|a| right.iter().map(move |b| [a.as_slice(), b.as_slice()].concat())).collect())
}

/// The longer the shortest literal, the rarer the hits; then the fewer, the better.
fn better(a: &Literals, b: &Literals) -> bool {
    let shortest = |set: &Literals| set.iter().map(Vec::len).min().unwrap_or(0).min(12);
    (shortest(a), std::cmp::Reverse(a.len())) > (shortest(b), std::cmp::Reverse(b.len()))
}

fn required(hir: &Hir) -> Option<Literals> {
    if let Some(all) = exact(hir)
        && all.iter().all(|literal| !literal.is_empty())
    {
        return Some(all);
    }
    match hir.kind() {
        HirKind::Capture(capture) => required(&capture.sub),
        HirKind::Repetition(repetition) if repetition.min >= 1 => required(&repetition.sub),
        HirKind::Alternation(parts) => {
            let mut all = Vec::new();
            for part in parts {
                all.extend(required(part)?);
            }
            (all.len() <= MOST_ALTERNATIVES).then_some(all)
        }
        HirKind::Concat(parts) => {
            let mut best: Option<Literals> = None;
            let mut offer = |set: Literals| {
                if set.iter().all(|literal| !literal.is_empty()) && best.as_ref().is_none_or(|b| better(&set, b)) {
                    best = Some(set);
                }
            };
            let mut run: Literals = vec![Vec::new()];
            for part in parts {
                match exact(part).and_then(|texts| cross(&run, &texts)) {
                    Some(longer) => run = longer,
                    None => {
                        offer(std::mem::replace(&mut run, vec![Vec::new()]));
                        if let Some(texts) = exact(part) {
                            run = texts;
                        } else if let Some(set) = required(part) {
                            offer(set);
                        }
                    }
                }
            }
            offer(run);
            best
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(pattern: &str) -> Option<Vec<String>> {
        let hir = regex_syntax::ParserBuilder::new().unicode(false).utf8(false).build().parse(pattern).ok()?;
        required_literals(&hir, 3)
            .map(|all| all.into_iter().map(|l| String::from_utf8_lossy(&l).into_owned()).collect())
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
}
