//! Secrets in HTTP headers: `Authorization`, and what it holds where its name is cut off.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::pattern;
use super::words::{is_placeholder, looks_random};

/// One of these is in every text in which a header holds a secret, in capitals or not.
pub(super) const TRIGGERS: &[&str] = &["auth", "bearer", "basic"];
static AUTHORIZATION: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r#"(?i)\b(?:proxy-)?authorization(?:\\?["'])?\s*[:=]\s*(\[?\\?["']\[?)?((?:bearer|basic|token|digest|negotiate|apikey|aws4-hmac-sha256)\s+)?"#,
    )
});
/// What a client computes of the password, in a digest.
static DIGEST: LazyLock<Regex> = LazyLock::new(|| pattern(r#"(?i)\bresponse=\\*["']?([0-9a-z]{16,})"#));
static BEARER: LazyLock<Regex> = LazyLock::new(|| pattern(r"(?i)\b(bearer|basic)[ :]+([A-Za-z0-9._~+/=-]{8,})"));

pub(super) fn credentials(text: &str, secrets: &mut Vec<Range<usize>>) {
    let mut until = 0;
    for found in AUTHORIZATION.captures_iter(text) {
        let Some(all) = found.get(0).filter(|all| all.start() >= until) else { continue };
        let rest = &text[all.end()..];
        let scheme = found.get(2).map(|scheme| scheme.as_str().trim().to_ascii_lowercase());
        let parts = matches!(scheme.as_deref(), Some("digest" | "aws4-hmac-sha256"));
        let end = if found.get(1).is_some() || parts {
            rest.find(['"', '\'', '\\']).unwrap_or(rest.len())
        } else {
            rest.find(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | ',' | ';' | '`')).unwrap_or(rest.len())
        };
        let value = rest[..end].trim_end();
        if is_placeholder(value) || (scheme.is_none() && !looks_random(value)) {
            continue;
        }
        until = all.end() + value.len();
        secrets.push(all.end()..until);
    }
    if AUTHORIZATION.find_iter(text).any(|found| found.as_str().to_ascii_lowercase().contains("digest")) {
        secrets.extend(DIGEST.captures_iter(text).filter_map(|found| found.get(1)).map(|found| found.range()));
    }
    for found in BEARER.captures_iter(text) {
        let (Some(scheme), Some(value)) = (found.get(1), found.get(2)) else { continue };
        let token = value.as_str();
        let digit = token.bytes().any(|b| b.is_ascii_digit());
        let secret = if scheme.as_str().eq_ignore_ascii_case("bearer") {
            (digit || token.len() >= 24) && !token.contains("realm=")
        } else {
            (digit || token.ends_with('=')) && token.bytes().any(|b| b.is_ascii_uppercase())
        };
        if secret {
            secrets.push(value.range());
        }
    }
}
