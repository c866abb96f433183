//! Secrets in command lines and in statements of SQL: an argument's place tells them.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::names::{Name, judge};
use super::pattern;
use super::words::{is_placeholder, key_like, looks_random};

/// One of these is in every text in which a command line holds a secret, in capitals or not.
#[rustfmt::skip]
pub(super) const TRIGGERS: &[&str] = &[
    "identified", "curl", "wget", "mysql", "mariadb", "requirepass", "masterauth", "redis-cli", "sshpass", " login",
    "mongo", "ldap", "sqlcmd", "bcp", "openssl", "rabbitmqctl", "htpasswd", "addauth", "sqlplus", "expdp", "impdp",
    "chpasswd", "--password-stdin", "auth", "password", "-p", "from-literal",
];
static IDENTIFIED_BY: LazyLock<Regex> =
    LazyLock::new(|| pattern(r#"(?i)\bidentified\s+(?:with\s+\S+\s+)?by\s+(?:password\s+)?["']([^"']+)"#));
static USER_FLAG: LazyLock<Regex> =
    LazyLock::new(|| pattern(r#"\b(?:curl|wget)\b.*?\s(?:-u|--user|--proxy-user)[ =]?["']?[^\s:"']+:([^\s"']+)"#));
static MYSQL_FLAG: LazyLock<Regex> =
    LazyLock::new(|| pattern(r#"\b(?:mysql|mysqldump|mysqladmin|mariadb|mariadb-admin)\b.*?\s-p["']?([^\s"']+)"#));
static REQUIREPASS: LazyLock<Regex> =
    LazyLock::new(|| pattern(r#"(?i)\b(?:requirepass|masterauth)["',]*\s+["']?([^\s"']+)"#));

/// `redis-cli -a X`, `sshpass -p X`, `docker login -p X`.
static SHORT_FLAG: LazyLock<Regex> = LazyLock::new(|| {
    pattern(concat!(
        r"\b(?:redis-cli\b.*?\s-a|sshpass\s+-p|(?:docker|podman|nerdctl|buildah|skopeo|oras|helm registry|oc|az)\s+login\b.*?\s-p",
        r"|mongo(?:sh|dump|restore|export|import)?\s.*?\s-p|ldap(?:search|add|modify|delete|whoami|passwd)\s.*?\s-w|(?:sqlcmd|bcp)\s.*?\s-P",
        r#"|openssl\s.*?\s-(?:k|K))[ =]+["']?([^\s"']+)"#,
    ))
});
/// `rabbitmqctl add_user app X`, `addauth digest app:X`, `htpasswd -b file app X`, `sqlplus app/X@db`,
/// `machine db login app password X`, `echo app:X | chpasswd`, `echo X | docker login --password-stdin`.
static ARGUMENT: LazyLock<Regex> = LazyLock::new(|| {
    pattern(concat!(
        r#"\b(?:(?:rabbitmqctl\s+(?:add_user|change_password)\s+\S+|htpasswd\s+-[a-zA-Z]*b[a-zA-Z]*\s+\S+\s+\S+|machine\s+\S+\s+login\s+\S+\s+password)\s+["']?"#,
        r#"|addauth\s+digest\s+[^\s:]+:|(?:sqlplus|expdp|impdp)\s+(?:-\S+\s+)*["']?[^\s/@"']+/)([^\s"'@]+)"#,
        r#"|\becho\s+(?:-\S+\s+)?["']?(?:[^\s:"'|]+:([^\s"'|]+)["']?\s*\|\s*(?:sudo\s+)?chpasswd|([^\s"'|]+)["']?\s*\|.*--password-stdin)"#,
    ))
});
/// `AUTH PLAIN X` of a mail server.
static MAIL_AUTH: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"(?i)\bauth\s+(?:plain|login|xoauth2|cram-md5)\s+([A-Za-z0-9+/]{8,}={0,2})"));
/// `ALTER USER app WITH PASSWORD 'x'`.
static SQL_PASSWORD: LazyLock<Regex> =
    LazyLock::new(|| pattern(r#"(?i)\b(?:with|encrypted|set)\s+password\s*=?\s*(?:for\s+\S+\s*=\s*)?'([^']+)"#));
/// `-pX`, of a program that is not named in the line.
static BARE_P: LazyLock<Regex> = LazyLock::new(|| pattern(r#"(?:^|[\s"'\[,])-p["']?([^\s"',\]=]{6,})"#));
/// A user's flag beside it.
static BESIDE_USER: LazyLock<Regex> = LazyLock::new(|| pattern(r#"(?:^|[\s"'\[,])(?:-u|--user)[ =]?["']?[A-Za-z]"#));
/// `kubectl create secret generic x --from-literal=key=X`.
static LITERAL: LazyLock<Regex> =
    LazyLock::new(|| pattern(r#"--from-literal["',]*[= ]["']?([A-Za-z0-9_.\-]+)=(?:"([^"]*)|'([^']*)|([^\s"',\]]+))"#));

fn short_flags(text: &str, secrets: &mut Vec<Range<usize>>) {
    for value in BARE_P.captures_iter(text).filter_map(|found| found.get(1)) {
        let digits = value.as_str().bytes().any(|b| b.is_ascii_digit());
        if key_like(value.as_str()) || (digits && looks_random(value.as_str()) && BESIDE_USER.is_match(text)) {
            secrets.push(value.range());
        }
    }
    for found in LITERAL.captures_iter(text) {
        let (Some(all), Some(name)) = (found.get(0), found.get(1)) else { continue };
        let Some(value) = found.get(2).or(found.get(3)).or(found.get(4)) else { continue };
        let of_secret = text[..all.start()].contains("secret") || judge(name.as_str()) == Some(Name::Value);
        if !is_placeholder(value.as_str()) && (of_secret || key_like(value.as_str())) {
            secrets.push(value.range());
        }
    }
}

pub(super) fn arguments(text: &str, secrets: &mut Vec<Range<usize>>) {
    short_flags(text, secrets);
    let mail = MAIL_AUTH.captures_iter(text).filter_map(|found| found.get(1));
    secrets.extend(
        mail.filter(|value| value.as_str().ends_with('=') || key_like(value.as_str())).map(|value| value.range()),
    );
    for pattern in [&*IDENTIFIED_BY, &*USER_FLAG, &*MYSQL_FLAG, &*REQUIREPASS, &*SHORT_FLAG, &*ARGUMENT, &*SQL_PASSWORD]
    {
        for found in pattern.captures_iter(text).filter_map(|found| found.iter().skip(1).flatten().next()) {
            if !is_placeholder(found.as_str()) {
                secrets.push(found.range());
            }
        }
    }
}
