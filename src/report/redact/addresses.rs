//! Secrets at a known place of an address: the password of a URL or of a connection string, the key of a webhook.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::pattern;
use super::words::{is_object_name, is_placeholder, key_like, looks_random};

/// One of these is in every text in which an address holds a secret, in capitals or not.
pub(super) const TRIGGERS: &[&str] = &["@", "://", "thin:", "hooks.slack.com", "webhook"];
/// `scheme://user:PASSWORD@host`; group 1 is what stands between `//` and the last `@` of the host part.
static URL_USER: LazyLock<Regex> = LazyLock::new(|| pattern(r#"://([^\s/"'<>`]*)@"#));
/// An address without a scheme: `user:PASSWORD@host:5432`, `user:PASSWORD@/db`.
static BARE_USER: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r#"(?:^|[\s"'=(`])[A-Za-z0-9_.\-]+:([^\s:@/"'`]{4,})@(?:/[a-z]|[A-Za-z][A-Za-z0-9.\-]*[:/][A-Za-z0-9])"#)
});
/// The same with nothing behind the host: a password only where it can be no word.
static BARE_HOST: LazyLock<Regex> =
    LazyLock::new(|| pattern(r#"(?:^|[\s"'=(`])[A-Za-z0-9_.\-]+:([^\s:@/"'`]{8,})@[A-Za-z][A-Za-z0-9.\-]*"#));
/// `jdbc:oracle:thin:user/PASSWORD@db:1521:x`.
static ORACLE: LazyLock<Regex> = LazyLock::new(|| pattern(r#"\bthin:[^\s/@:"']+/([^\s@"']+)@"#));
/// The same without its scheme: `user/PASSWORD@db:1521/x`.
static ORACLE_SHORT: LazyLock<Regex> =
    LazyLock::new(|| pattern(r#"(?:^|[\s"'=(])[A-Za-z0-9_]+/([^\s/@:"']{6,})@/{0,2}[A-Za-z0-9.\-]+:[0-9]{2,5}[/:]"#));
/// Addresses that are secrets themselves: whoever knows the last part may post.
static WEBHOOK: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?:hooks\.slack\.com/(?:services|workflows|triggers)/[A-Za-z0-9]+/[A-Za-z0-9]+/|/api/webhooks/[0-9]+/|webhook\.office\.com/webhookb2/)([A-Za-z0-9_\-@/]{8,})",
    )
});
/// The same with a slash in the password; the user must not hold one.
static URL_SLASH: LazyLock<Regex> = LazyLock::new(|| pattern(r#"://[^\s:/@"'<>`]*:([^\s@"'<>`]*/[^\s@"'<>`]*)@"#));
/// Go's database addresses: `user:PASSWORD@tcp(host:3306)/db`.
static DSN: LazyLock<Regex> =
    LazyLock::new(|| pattern(r#"(?:^|[\s"'=(`])[^\s:@"'=(`]+:([^\s"'`]+)@(?:tcp|udp|unix)\("#));

pub(super) fn passwords(text: &str, secrets: &mut Vec<Range<usize>>) {
    for found in URL_USER.captures_iter(text).filter_map(|found| found.get(1)) {
        let user = found.as_str().split(':').next().unwrap_or_default();
        // `https://TOKEN@host`, `https://TOKEN:x-oauth-basic@host`.
        if key_like(user) && user.len() >= 12 {
            secrets.push(found.start()..found.start() + user.len());
        }
        if let Some((user, password)) = found.as_str().split_once(':') {
            let start = found.start() + user.len() + 1;
            if !is_placeholder(password) {
                secrets.push(start..start + password.len());
            }
        }
    }
    for found in URL_SLASH.captures_iter(text).filter_map(|found| found.get(1)) {
        // `http://host:8080/path@x` has a port there.
        let port = found.as_str().split('/').next().unwrap_or_default();
        if !port.bytes().all(|b| b.is_ascii_digit()) {
            secrets.push(found.range());
        }
    }
    for pattern in [&*DSN, &*ORACLE, &*WEBHOOK] {
        secrets.extend(pattern.captures_iter(text).filter_map(|found| found.get(1)).map(|found| found.range()));
    }
    for password in ORACLE_SHORT.captures_iter(text).filter_map(|found| found.get(1)) {
        if looks_random(password.as_str()) && !is_object_name(password.as_str()) {
            secrets.push(password.range());
        }
    }
    for password in BARE_HOST.captures_iter(text).filter_map(|found| found.get(1)) {
        let digest = text[password.end()..].starts_with("@sha");
        if !digest && key_like(password.as_str()) {
            secrets.push(password.range());
        }
    }
    for found in BARE_USER.captures_iter(text) {
        let (Some(all), Some(password)) = (found.get(0), found.get(1)) else { continue };
        // `shop/web:1.4.2@sha256:..` is an image, `npm:lodash@4.17.21` a package.
        let digest = text[password.end()..].starts_with("@sha256:") || text[password.end()..].starts_with("@sha512:");
        let letters = password.as_str().bytes().any(|b| b.is_ascii_alphabetic());
        if !digest && letters && (looks_random(password.as_str()) || all.as_str().contains("@/")) {
            secrets.push(password.range());
        }
    }
}
