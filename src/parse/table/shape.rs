//! The shapes of cells: what a word must look like to stand in a column.
//!
//! Owns the look of single values. Knows no kind of object.

/// What the words of a column look like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// The name of an object: `web-0`, `pod/web-0`, `standard (default)`.
    Name,
    /// `1/2`
    Ratio,
    /// `1/2`, or a count (READY of a ReplicaSet).
    RatioOrInt,
    /// `0/1`, `0/1 of 3`
    Completions,
    /// A count, `<none>`.
    Int,
    /// `5`, `5 (31s ago)`
    Restarts,
    /// `97s`, `3m26s`, `<unknown>`
    Age,
    /// LAST SEEN of events: an age, also `3m (x5 over 9m)`.
    Seen,
    /// A word that starts with a letter: `Running`, `Init:0/4`, `Ready,SchedulingDisabled`; up to 1.7 also a sentence:
    /// `Couldn't find key a in Secret b`.
    Status,
    /// An IP address, `<none>`, `None`, `<pending>`.
    Address,
    /// `v1.30.2+k3s1`
    Version,
    /// `10Gi`, `128Mi`, `250m`, `<unknown>`
    Quantity,
    /// `RWO,ROX`, `ReadWriteOnce`
    Modes,
    /// `Delete`, `Retain`, `Recycle`
    Reclaim,
    /// `a=b,c=d`, `<none>`
    Labels,
    /// `80/TCP,443:30443/TCP`
    Ports,
    /// `shop/data`
    Reference,
    /// `10.0.0.1:80,10.0.0.2:80 + 3 more...`
    Endpoints,
    /// Like `Word`, where the next column is as likely: a claim's VOLUME, which is empty as long as it is pending.
    RareWord,
    /// `ClusterIP`, `NodePort`, ...
    ServiceType,
    /// `True`, `False`
    Bool,
    /// `*/5 * * * *`, `@hourly`
    Cron,
    /// `7%`
    Percent,
    /// One word that is no age.
    Word,
    /// Any number of words.
    Text,
}

/// Whether a value stands for "nothing here".
pub fn is_none(word: &str) -> bool {
    matches!(word, "<none>" | "<unset>" | "<nil>" | "<unknown>" | "<invalid>" | "<no" | "<pending>" | "none")
}

/// An age as kubectl prints it.
pub fn is_age(word: &str) -> bool {
    word.len() <= 20
        && word.ends_with(|c: char| c.is_ascii_lowercase())
        && crate::model::time::parse_age(word).is_some()
}

/// `1/2`
pub fn ratio(word: &str) -> Option<(u64, u64)> {
    let (part, whole) = word.split_once('/')?;
    Some((count(part)?, count(whole)?))
}

/// Digits only.
pub fn count(word: &str) -> Option<u64> {
    if word.is_empty() || !word.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    word.parse().ok()
}

/// A word that can name an object: letters, digits and `-._:/`, at least one letter or digit; elided parts (`...`) allowed.
pub fn is_name(word: &str) -> bool {
    let name = word.rsplit('/').next().unwrap_or(word);
    !name.is_empty()
        && word.len() <= 330
        && !name.starts_with(['-', '.', ':'])
        && !name.ends_with(':')
        && (name.bytes().any(|b| b.is_ascii_alphanumeric()) || name.starts_with("***"))
        && word
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_' | b'/' | b':' | b'*' | b'@'))
        || word.starts_with('<') && word.ends_with('>') && word.len() > 2 && !is_none(word)
}

fn is_address(word: &str) -> bool {
    word.split(',').all(|part| {
        part.parse::<core::net::IpAddr>().is_ok()
            || matches!(part, "None" | "nodes" | "<nodes>")
            || is_none(part)
            || part.bytes().filter(|b| *b == b'.').count() == 3
                && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'.' || b == b'*')
    })
}

impl Shape {
    /// How many words a cell of this shape can have.
    pub fn max_words(self) -> usize {
        match self {
            Shape::Name => 2,
            Shape::Completions | Shape::Restarts => 3,
            Shape::Seen | Shape::Endpoints => 4,
            Shape::Cron => 5,
            Shape::Status => 24,
            Shape::Text => 60,
            _ => 1,
        }
    }

    /// Whether the words can be a cell of this shape. `end`: they end the line, which may be cut there.
    pub fn fits(self, words: &[&str], end: bool) -> bool {
        let [first, rest @ ..] = words else { return false };
        let first = *first;
        let one = rest.is_empty();
        match self {
            Shape::Name => is_name(first) && (one || rest == ["(default)"]),
            Shape::Ratio => one && ratio(first).is_some(),
            Shape::RatioOrInt => one && (ratio(first).is_some() || count(first).is_some()),
            Shape::Completions => {
                (ratio(first).is_some() || first == "<none>")
                    && (one || rest.len() == 2 && rest[0] == "of" && count(rest[1]).is_some())
            }
            Shape::Int => one && (count(first).is_some() || first == "<none>" || first == "<unknown>"),
            Shape::Restarts => {
                count(first).is_some()
                    && match rest {
                        [] => true,
                        [ago] => end && ago.starts_with('('),
                        [ago, last] => {
                            *last == "ago)" && ago.strip_prefix('(').is_some_and(|age| is_age(age) || is_none(age))
                        }
                        _ => false,
                    }
            }
            Shape::Age => one && (is_age(first) || matches!(first, "<unknown>" | "<invalid>" | "<none>")),
            Shape::Seen => {
                (is_age(first) || matches!(first, "<unknown>" | "<invalid>"))
                    && match rest {
                        [] => true,
                        [times, over, age] => times.starts_with("(x") && *over == "over" && age.ends_with(')'),
                        _ => false,
                    }
            }
            Shape::Status => {
                let sentence = rest.len() >= 2
                    && !end
                    && !rest.iter().any(|word| word.ends_with("ago)") || is_age(word) || ratio(word).is_some());
                (one || sentence) && first.starts_with(|c: char| c.is_ascii_alphabetic()) && !is_age(first)
            }
            Shape::Address => one && is_address(first),
            Shape::Version => {
                one && (first.strip_prefix('v').is_some_and(|v| v.starts_with(|c: char| c.is_ascii_digit()))
                    || is_none(first))
            }
            Shape::Quantity => {
                one && (crate::model::quantity::parse_quantity(first).is_some()
                    && first.starts_with(|c: char| c.is_ascii_digit())
                    || is_none(first))
            }
            Shape::Modes => {
                one && first.split(',').all(|mode| {
                    matches!(mode, "RWO" | "ROX" | "RWX" | "RWOP" | "<none>" | "")
                        || mode.starts_with("ReadWrite")
                        || mode.starts_with("ReadOnly")
                })
            }
            Shape::Reclaim => one && matches!(first, "Delete" | "Retain" | "Recycle"),
            Shape::Labels => one && (first.contains('=') || first == "<none>" || end && is_name(first)),
            Shape::Ports => {
                one && (first.contains('/')
                    || first == "<none>"
                    || count(first.split([',', ':']).next().unwrap_or("")).is_some())
            }
            Shape::ServiceType => {
                one && matches!(first, "ClusterIP" | "NodePort" | "LoadBalancer" | "ExternalName" | "<none>")
            }
            Shape::Bool => one && matches!(first, "True" | "False" | "true" | "false" | "<none>"),
            Shape::Cron => {
                one && first.starts_with('@')
                    || words.len() == 5
                        && words.iter().all(|word| {
                            word.bytes()
                                .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'*' | b'/' | b',' | b'-' | b'?'))
                        })
            }
            Shape::Percent => one && (first.strip_suffix('%').is_some_and(|n| count(n).is_some()) || is_none(first)),
            Shape::Reference => one && first.contains('/'),
            Shape::Endpoints => one || words.len() == 4 && rest[0] == "+" && rest[2].starts_with("more"),
            Shape::Word | Shape::RareWord => one && !is_age(first) && !first.starts_with('('),
            Shape::Text => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells() {
        assert!(Shape::Restarts.fits(&["131", "(4m39s", "ago)"], false));
        assert!(!Shape::Restarts.fits(&["131", "(4m39s"], false));
        assert!(Shape::Restarts.fits(&["131", "(4m39s"], true));
        assert!(Shape::Seen.fits(&["3m30s", "(x256", "over", "58m)"], false));
        assert!(Shape::Cron.fits(&["*/5", "*", "*", "*", "1-5"], false));
        assert!(Shape::Completions.fits(&["0/1", "of", "3"], false));
        assert!(Shape::Status.fits(&["Init:ExitCode:1"], false));
        assert!(!Shape::Status.fits(&["5d"], false));
        assert!(Shape::Address.fits(&["fd00::1"], false) && Shape::Address.fits(&["10.0.0.x"], false));
        assert!(Shape::Name.fits(&["standard", "(default)"], false));
        assert!(!Shape::Name.fits(&["<none>"], false) && Shape::Name.fits(&["<pod-name>"], false));
        assert_eq!(ratio("1/2"), Some((1, 2)));
        assert_eq!(ratio("1/"), None);
    }
}
