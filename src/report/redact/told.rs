//! Secrets that a sentence or an element tells: `token 'x' is not valid`, `<password>x</password>`.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::path::without_endings;
use super::pattern;
use super::values::next_is_pair;
use super::words::{is_placeholder, key_like};

/// `<password>x</password>`, `password%3Dx`.
static ENCLOSED: LazyLock<Regex> = LazyLock::new(|| {
    pattern(concat!(
        r#"(?i)(?:<[a-z_:-]*(?:password|passwd|secret|token|apikey)|(?:key|name)\s*=\s*["'][^"'<>]*(?:password|passwd|secret|token|api.?key)["']\s*)>([^<\s]+)</"#,
        r#"|<(?:name|key)>[^<>]*(?:password|passwd|secret|token|api.?key)</(?:name|key)>\s*<[a-z]+>([^<\s]+)</"#,
        r#"|(?:password|passwd|secret|token|api_?key)(?:%22|%27)?(?:%3D|%3A)(?:%20|%22|%27)*([^&\s"'%]+)"#,
    ))
});

/// A message that names the value: `token 'x' is not valid`, `Incorrect API key provided: x`, `password is x`, `AUTH x`.
static TOLD: LazyLock<Regex> = LazyLock::new(|| {
    pattern(concat!(
        r#"(?i)(?:\b|_)(?:passw(?:or)?d|passphrase|token|(?:api|access|secret|signing|encryption|private|session|master|license|shared|jwt|hmac)[ _-]?key"#,
        r#"|secret|auth|authenticate|bearer|pw|credentials?)(?:\s+(?:is|was|has|provided|given|used|set|to|value|default|user|for\s+(?:the\s+)?key))*\s*(?:[:= ]|\.{3,})\s*["'`\[(]?([^\s"'`,;]{8,})"#
    ))
});
/// A rule that a value breaks: `the secret key must be 32 bytes, got "x"`.
static GOT: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r#"(?i)(?:passw(?:or)?d|passphrase|secret|token|[_ -]key|apikey)\b[^"'`]{1,80}?\b(?:got|given|received|was|is)[: ]\s*["'`]([^\s"'`]{8,})["'`]"#,
    )
});

/// The secrets that a sentence or an element of a text tells. Its triggers are those of names and headers.
pub(super) fn told(text: &str, secrets: &mut Vec<Range<usize>>) {
    for found in ENCLOSED.captures_iter(text).filter_map(|found| found.iter().skip(1).flatten().next()) {
        if !is_placeholder(found.as_str()) {
            secrets.push(found.range());
        }
    }
    for found in TOLD.captures_iter(text).chain(GOT.captures_iter(text)).filter_map(|found| found.get(1)) {
        // In the arguments of an address it ends where the next one begins.
        let whole = found.as_str();
        let pair =
            whole.match_indices('&').find(|(at, _)| next_is_pair(&whole[at + 1..])).map_or(whole.len(), |(at, _)| at);
        let value = without_endings(whole[..pair].trim_end_matches(['.', ')', ']', '}', ':']));
        if key_like(value) {
            secrets.push(found.start()..found.start() + value.len());
        }
    }
}
