//! Secrets that their own look tells: keys of a known form, hashes, private keys.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::pattern;
use super::words::key_like;

/// One of these is in every text with such a key or hash, in capitals or not; encoded lines and values that stand alone
/// have none.
#[rustfmt::skip]
pub(super) const TRIGGERS: &[&str] = &[
    "private key", "sk", "key-", "-us", ":aa", "atlasv1", "q~", "1//", "s.", "4/0a", "dose", "dkea", "sl.", "$apr1$",
    "$1$", "$2", "$5$", "$6$", "$7$", "$y$", "$gy$", "$argon2", "$pbkdf2", "$scrypt$", "$bcrypt",
];

/// The keys and hashes of a text.
pub(super) fn keys(text: &str, secrets: &mut Vec<Range<usize>>) {
    formed_keys(text, secrets);
    hashed_passwords(text, secrets);
    private_keys(text, secrets);
}

/// Keys whose form is all that tells them: Twilio's, Mailgun's, Mailchimp's, Telegram's, Azure's, Terraform's, Google's,
/// Databricks', Dropbox's, and Vault's before its tokens had a longer prefix.
static FORMED: LazyLock<Regex> = LazyLock::new(|| {
    pattern(concat!(
        r"\b(?:SK[0-9a-f]{32}|key-[0-9a-f]{32}|[0-9a-f]{32}-us[0-9]{1,2}|[0-9]{8,10}:AA[A-Za-z0-9_-]{33}|[A-Za-z0-9]{14}\.atlasv1\.[A-Za-z0-9_=-]{60,}",
        r"|[A-Za-z0-9_~.]{3}[0-9]Q~[A-Za-z0-9_~.-]{31,34}|1//0[A-Za-z0-9_-]{30,}|s\.[A-Za-z0-9]{24}|4/0A[A-Za-z0-9_-]{30,}",
        r"|(?:dose|dkea)[0-9a-f]{32}|sl\.(?:u\.)?[A-Za-z0-9_-]{100,})(?:[^A-Za-z0-9_]|$)"
    ))
});

fn formed_keys(text: &str, secrets: &mut Vec<Range<usize>>) {
    for found in FORMED.find_iter(text) {
        let key = found.as_str().trim_end_matches(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        let word = key.starts_with("s.") && !key_like(&key[2..]);
        if !word {
            secrets.push(found.start()..found.start() + key.len());
        }
    }
}

/// What is kept instead of a password (`htpasswd`, `/etc/shadow`, bcrypt), group 1: whoever has it can guess at leisure.
static HASHED: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"\$(?:apr1|1|2[abxy]?|5|6|7|y|gy|argon2(?:id|i|d)|pbkdf2(?:-sha[0-9]+)?|scrypt|bcrypt-sha256)\$([A-Za-z0-9./$=,+_-]{16,})",
    )
});

fn hashed_passwords(text: &str, secrets: &mut Vec<Range<usize>>) {
    for hash in HASHED.captures_iter(text).filter_map(|found| found.get(1)) {
        let has = |of: fn(&u8) -> bool| hash.as_str().bytes().any(|b| of(&b));
        if has(u8::is_ascii_digit) && has(u8::is_ascii_uppercase) && has(u8::is_ascii_lowercase) {
            secrets.push(hash.range());
        }
    }
}

static PRIVATE_KEY: LazyLock<Regex> = LazyLock::new(|| pattern(r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----"));

fn private_keys(text: &str, secrets: &mut Vec<Range<usize>>) {
    let mut until = 0;
    for found in PRIVATE_KEY.find_iter(text) {
        if found.start() < until {
            continue;
        }
        let rest = &text[found.end()..];
        let open = || rest.trim_end_matches(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | ',' | '}')).len();
        let end = rest.find("-----END").unwrap_or_else(open);
        until = found.end() + end;
        // Blanks are no key, and a citation has none at its ends.
        if !rest[..end].trim().is_empty() {
            secrets.push(found.end()..until);
        }
    }
}

/// A line of a private key, or a password in base64: a word of 40 characters or more in which capitals and digits are as
/// frequent as in no path, no name and no digest.
pub(super) fn encoded_lines(text: &str, secrets: &mut Vec<Range<usize>>) {
    const SHORTEST: usize = 40;
    if text.len() < SHORTEST {
        return;
    }
    let mut at = 0;
    let edge = |c: char| c.is_whitespace() || "\"'`\\:,;=&()[]{}<>|".contains(c);
    for word in text.split(edge) {
        let start = at;
        at += word.len() + text[start + word.len()..].chars().next().map_or(0, char::len_utf8);
        if word.len() < SHORTEST || !word.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/')) {
            continue;
        }
        let count = |of: fn(&u8) -> bool| word.bytes().filter(of).count();
        let (capitals, digits) = (count(u8::is_ascii_uppercase), count(u8::is_ascii_digit));
        let lower = word.split(|c: char| !c.is_ascii_lowercase()).map(str::len).max().unwrap_or(0);
        // A path has more slashes.
        let mixed = capitals >= 4 && digits >= 2 && lower > 0 && lower < 12 && count(|b| *b == b'/') * 12 <= word.len();
        if mixed && (capitals + digits) * 4 >= word.len() {
            let end = start + word.len();
            let padding = text.len() - end - text[end..].trim_start_matches('=').len();
            secrets.push(start..end + padding);
        }
    }
}

/// A line that is nothing but a value, as pretty-printed JSON and YAML have them: `"value": "x"`, `"x",`, `- x`. The line
/// that names it is another one, so it is a secret where it can be nothing else; so is the short last line of a key.
pub(super) fn standing_alone(text: &str, secrets: &mut Vec<Range<usize>>) {
    let line = text.trim();
    if line.len() < 12 || line.len() > 4096 || line.contains('\n') {
        return;
    }
    let mut value = line.trim_end_matches(',').trim_start_matches("- ");
    for key in ["\"value\":", "value:", "\\\"value\\\":"] {
        value = value.strip_prefix(key).unwrap_or(value).trim_start();
    }
    let value = value.trim_matches(['"', '\'', '\\']);
    let count = |of: fn(&u8) -> bool| value.bytes().filter(of).count();
    let (digits, capitals) = (count(u8::is_ascii_digit), count(u8::is_ascii_uppercase));
    let encoded = value.len() >= 16 && value.ends_with('=') && value.len().is_multiple_of(4) && capitals > 0;
    // `support-bundle-2026-01-31T10_00_00` is a name, `9f86d081884c7d65` a digest.
    let plain = value.bytes().all(|b| b.is_ascii_alphanumeric()) && digits >= 3 && capitals >= 2;
    if key_like(value)
        && value.len() >= 12
        && (plain || encoded)
        && let Some(start) = text.find(value)
    {
        secrets.push(start..start + value.len());
    }
}
