//! What a word can be: a key and nothing else, or a path, a name, a placeholder, the beginning of a sentence.

use super::MASK;

/// What stands where a secret would, and is none.
pub(super) fn is_placeholder(value: &str) -> bool {
    #[rustfmt::skip]
    const WORDS: &[&str] = &[
        "true", "false", "null", "nil", "none", "undefined", "unset", "redacted", "yes", "no", "on", "off", "masked",
        "hidden", "empty",
    ];
    let value = value.trim();
    value.is_empty()
        || value.starts_with(['<', '{', '[', '('])
        || value.starts_with("${")
        || value.starts_with("$(")
        || value.starts_with("%(")
        || value.starts_with(MASK)
        || value.chars().all(|c| matches!(c, '*' | 'x' | 'X' | '.' | '-' | '\u{2022}' | '#' | '?' | '_'))
        || (value.starts_with('$')
            && value[1..].bytes().all(|b| b.is_ascii_uppercase() || b == b'_' || b.is_ascii_digit()))
        || WORDS.iter().any(|word| value.trim_end_matches([',', '.', ';', ')', '}']).eq_ignore_ascii_case(word))
}

/// A path from the root on, into a folder that a container has.
pub(super) fn is_path(value: &str) -> bool {
    #[rustfmt::skip]
    const TOP: &[&str] = &[
        "etc", "var", "run", "tmp", "app", "opt", "usr", "home", "root", "mnt", "data", "secrets", "vault", "srv",
        "config", "dev", "proc",
    ];
    let Some(rest) = value.strip_prefix('/') else { return false };
    let first = rest.split('/').next().unwrap_or_default();
    TOP.contains(&first)
}

/// `16 bytes`: what `describe secret` prints instead of a value.
pub(super) fn is_size(text: &str) -> bool {
    let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    digits > 0 && text[digits..].trim_start().starts_with("bytes")
}

/// A name as Kubernetes allows it, with a namespace or without.
pub(super) fn is_object_name(value: &str) -> bool {
    let mut parts = value.split('/');
    let plain = |part: &str| {
        !part.is_empty()
            && part.len() <= 253
            && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'.')
            && part.starts_with(|c: char| c.is_ascii_alphanumeric())
            // Thirty-two letters and digits without a hyphen are a key, not a name.
            && (part.len() < 20 || part.contains(['-', '.']) || !part.bytes().any(|b| b.is_ascii_digit()))
    };
    parts.next().is_some_and(plain) && parts.next().is_none_or(plain) && parts.next().is_none()
}

/// The first word is one with which a message goes on: `password: must be set`.
pub(super) fn is_prose(value: &str) -> bool {
    #[rustfmt::skip]
    const WORDS: &[&str] = &[
        "is", "are", "was", "were", "not", "must", "should", "can", "cannot", "can't", "could", "couldn't", "has",
        "have", "had", "no", "required", "requires", "require", "missing", "invalid", "expected", "unexpected",
        "field", "env", "environment", "variable", "failed", "failure", "error", "authentication", "wrong",
        "incorrect", "too", "does", "doesn't", "do", "did", "for", "from", "in", "to", "of", "on", "at", "by", "with",
        "without", "and", "or", "but", "the", "a", "an", "secret", "secrets", "configmap", "value", "please",
        "unknown", "unable", "permission", "open", "stat", "read", "file", "key", "unauthorized", "forbidden",
        "denied", "expired", "rejected", "refused", "mismatch", "malformed", "contains", "found", "if", "when",
        "because", "this", "that", "it", "will", "would", "need", "needs", "cannot", "token", "password", "set",
        "property", "option", "flag", "argument", "only", "at", "mandatory", "optional", "provided", "given",
        "illegal",
    ];
    let first = value
        .split(|c: char| c.is_whitespace())
        .next()
        .unwrap_or_default()
        .trim_end_matches([',', '.', ';', ':', '!', ')']);
    WORDS.iter().any(|word| first.eq_ignore_ascii_case(word))
}

/// Whether a word can be nothing but a key, wherever it stands: long, letters and digits mixed, and neither a name, a
/// path, a version, a digest nor a time.
pub(super) fn key_like(value: &str) -> bool {
    let has = |of: fn(&u8) -> bool| value.bytes().any(|b| of(&b));
    let alphabet = |b: u8| b.is_ascii_alphanumeric() || b"_-+/=~!#$%^&*".contains(&b);
    let mixed = has(u8::is_ascii_uppercase) && has(u8::is_ascii_lowercase);
    let digits = value.bytes().filter(u8::is_ascii_digit).count();
    let separated = value.contains(['-', '/']);
    let hexadecimal = value.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'a'..=b'f'));
    value.len() >= 8
        && !value.starts_with(['/', '-', '$', '%'])
        && value.bytes().all(alphabet)
        && has(u8::is_ascii_alphabetic)
        && ((mixed && digits >= 2) || (digits >= 3 && value.len() >= 20 && !separated && !hexadecimal))
}

/// Whether a word is more than a word: digits, symbols, capitals in its middle.
pub(super) fn looks_random(value: &str) -> bool {
    let symbols = value.bytes().any(|b| b.is_ascii_digit() || b"!@#$%^&*+=/_~".contains(&b));
    let capitals =
        value.bytes().skip(1).any(|b| b.is_ascii_uppercase()) && value.bytes().any(|b| b.is_ascii_lowercase());
    symbols || capitals
}
