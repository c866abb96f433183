//! Writes the masks over the secrets that were found.

use std::ops::Range;

/// What stands for a secret.
pub const MASK: &str = "[REDACTED]";

/// At least so many characters remain beside the masks: a citation of which nothing is left proves nothing.
const REMAIN: usize = 4;

/// The text with a mask over each of the secrets, which may overlap and stand in any order.
pub(super) fn mask(text: &str, mut secrets: Vec<Range<usize>>) -> String {
    secrets.sort_by_key(|secret| (secret.start, secret.end));
    let mut merged: Vec<Range<usize>> = Vec::new();
    for secret in secrets {
        match merged.last_mut() {
            Some(last) if secret.start <= last.end => last.end = last.end.max(secret.end),
            _ => merged.push(secret),
        }
    }
    let hidden: usize = merged.iter().map(|secret| secret.len()).sum();
    let mut keep = if text.len() - hidden >= 4 * REMAIN && !text.contains(MASK) {
        0
    } else {
        let mut rest = String::new();
        let mut from = 0;
        for secret in &merged {
            rest.push_str(&text[from..secret.start]);
            from = secret.end;
        }
        rest.push_str(&text[from..]);
        REMAIN.saturating_sub(rest.replace(MASK, "").chars().filter(|c| !c.is_whitespace()).count())
    };
    let mut out = String::with_capacity(text.len());
    let mut from = 0;
    for secret in merged {
        let mut start = secret.start;
        while keep > 0 && start < secret.end {
            // Characters of the secret's beginning stay where the text is nothing else; never all of them.
            let width = text[start..].chars().next().map_or(1, char::len_utf8);
            if start + width >= secret.end {
                break;
            }
            start += width;
            keep -= 1;
        }
        out.push_str(&text[from..start]);
        out.push_str(MASK);
        from = secret.end;
    }
    out.push_str(&text[from..]);
    out
}
