//! Secrets in what leaves the program: found and masked, the rest of the text untouched.
//!
//! Owns what a secret looks like. Works on any text: a line of a log, a clause of ours with words of the bundle in it, a
//! page of Markdown. Secret *names* and references (`<set to the key 'x' in secret 'y'>`, `secret "x" not found`) are
//! no secrets: they are what a reader needs.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::LazyLock;

use aho_corasick::AhoCorasick;
use regex::Regex;

/// What stands for a secret.
pub const MASK: &str = "[REDACTED]";

/// At least so many characters remain beside the masks: a citation of which nothing is left proves nothing.
const REMAIN: usize = 4;

/// Masks the secrets of a text. `Borrowed`: there is none.
pub fn redact(text: &str) -> Cow<'_, str> {
    masked(text, secrets(text))
}

/// The secrets of a text that are recognised again wherever they stand, also where nothing beside them says what they are:
/// long enough, and no words.
pub fn known(text: &str) -> impl Iterator<Item = &str> {
    secrets(text).into_iter().flat_map(|secret| recognisable(&text[secret]))
}

/// The parts of a secret that can be nothing else wherever they stand: the secret itself, or the lines of a key and the
/// fields of a signature.
fn recognisable(secret: &str) -> impl Iterator<Item = &str> {
    const SHORTEST: usize = 12;
    let whole = key_like(secret);
    let part =
        move |part: &&str| if whole { part.len() == secret.len() } else { part.len() >= SHORTEST && key_like(part) };
    let inside = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '=' | '_' | '-');
    let parts = secret.split(move |c: char| !whole && !inside(c));
    parts.filter(part)
}

/// Masks the secrets of a path, or of a message that holds one. Each part is also a text by itself: what stands before a
/// slash says nothing of what is behind it. A file's name has an ending, and `_` where an address has slashes.
pub fn redact_path(path: &str) -> Cow<'_, str> {
    masked(path, of_path(path))
}

/// The secrets of a path that are recognised again wherever they stand, as [`known`] has those of a text.
pub fn known_of_path(path: &str) -> impl Iterator<Item = &str> {
    of_path(path).into_iter().map(|secret| &path[secret]).filter(|secret| key_like(secret))
}

/// Where the secrets of a path are, in no order. The ending of a file is none.
fn of_path(path: &str) -> Vec<Range<usize>> {
    let mut all = named_or_formed(path);
    let mut at = 0;
    for part in path.split('/') {
        let stem = without_endings(part);
        let spelled = stem.contains('_').then(|| stem.replace('_', "/"));
        for text in [Some(stem), spelled.as_deref()].into_iter().flatten() {
            all.extend(named_or_formed(text).into_iter().map(|secret| secret.start + at..secret.end + at));
        }
        at += part.len() + 1;
    }
    all.sort_by_key(|secret| (secret.start, secret.end));
    all.dedup();
    again(path, &mut all);
    let end = without_endings(path).len();
    for secret in &mut all {
        secret.end = if secret.start < end { secret.end.min(end) } else { secret.end };
    }
    all
}

/// A file's name without the endings that say what it is.
fn without_endings(mut name: &str) -> &str {
    const ENDINGS: &[&str] = &[
        ".log",
        ".txt",
        ".json",
        ".jsonl",
        ".yaml",
        ".yml",
        ".md",
        ".csv",
        ".tsv",
        ".out",
        ".err",
        ".stderr",
        ".previous",
        ".gz",
        ".tgz",
        ".tar",
        ".zst",
        ".xz",
        ".zip",
    ];
    while let Some(stem) = ENDINGS.iter().find_map(|ending| name.strip_suffix(ending)) {
        name = stem;
    }
    name
}

/// Masks the secrets of a text, and those that are [`known`] from elsewhere.
pub fn redact_known<'t>(text: &'t str, known: Option<&AhoCorasick>) -> Cow<'t, str> {
    let mut all = secrets(text);
    all.extend(known.into_iter().flat_map(|known| known.find_iter(text)).map(|found| found.range()));
    masked(text, all)
}

/// Where the secrets of a text are, in no order.
fn secrets(text: &str) -> Vec<Range<usize>> {
    let mut secrets = named_or_formed(text);
    standing_alone(text, &mut secrets);
    secrets
}

/// The secrets that something in the text tells: a name, a place, a form.
fn named_or_formed(text: &str) -> Vec<Range<usize>> {
    let mut secrets = Vec::new();
    encoded_lines(text, &mut secrets);
    if TRIGGERS.is_match(text) {
        known_tokens(text, &mut secrets);
        formed_keys(text, &mut secrets);
        hashed_passwords(text, &mut secrets);
        private_keys(text, &mut secrets);
        url_passwords(text, &mut secrets);
        authorization(text, &mut secrets);
        command_lines(text, &mut secrets);
        told(text, &mut secrets);
        named_values(text, &mut secrets);
    }
    secrets.retain(|secret| secret.start < secret.end && !text[secret.clone()].contains(MASK));
    again(text, &mut secrets);
    secrets
}

/// What is named once is a secret wherever else the text has it.
fn again(text: &str, secrets: &mut Vec<Range<usize>>) {
    const MOST: usize = 16;
    let named: Vec<&str> = secrets.iter().flat_map(|one| recognisable(&text[one.clone()])).take(MOST).collect();
    for secret in named {
        secrets.extend(text.match_indices(secret).map(|(at, found)| at..at + found.len()));
    }
}

fn masked(text: &str, secrets: Vec<Range<usize>>) -> Cow<'_, str> {
    if secrets.is_empty() { Cow::Borrowed(text) } else { Cow::Owned(mask(text, secrets)) }
}

fn mask(text: &str, mut secrets: Vec<Range<usize>>) -> String {
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

#[expect(clippy::expect_used, reason = "the patterns are constants, built by every test run")]
fn pattern(source: &str) -> Regex {
    Regex::new(source).expect("a constant pattern")
}

/// One of these is in every text with a secret that the functions below find.
#[expect(clippy::expect_used, reason = "the literals are constants, built by every test run")]
static TRIGGERS: LazyLock<AhoCorasick> = LazyLock::new(|| {
    AhoCorasick::builder()
        .ascii_case_insensitive(true)
        .build([
            "pass",
            "pwd",
            "secret",
            "token",
            "key",
            "auth",
            "bearer",
            "basic ",
            "credential",
            "cookie",
            "sig=",
            "signature",
            "://",
            "@tcp(",
            "@udp(",
            "@unix(",
            "identified by",
            "eyj",
            "akia",
            "asia",
            "aroa",
            "aida",
            "ghp_",
            "gho_",
            "ghu_",
            "ghs_",
            "ghr_",
            "github_pat_",
            "glpat-",
            "xox",
            "aiza",
            "sk-",
            "_live_",
            "_test_",
            "npm_",
            "hvs.",
            "hvb.",
            "dop_v1_",
            "sg.",
            "ya29.",
            "sha256~",
            "pypi-",
            "curl",
            "wget",
            "dockerc",
            "sas=",
            "mysql",
            "mariadb",
            "thin:",
            "hooks.slack.com",
            "hf_",
            "dapi",
            "gocspx-",
            "shpat_",
            "dckr_pat_",
            "glrt-",
            "glsa_",
            "xapp-",
            "redis-cli",
            "docker login",
            "pw",
            "@",
            "-p",
            "otp",
            "pin",
            "mfa",
            "sess",
            "csrf",
            "xsrf",
            "from-literal",
            "webhook",
            "abia",
            "acca",
            "ltai",
            "sk",
            "gldt-",
            "glptt-",
            "glcbt-",
            "glft-",
            "glc_",
            "doo_v1_",
            "dor_v1_",
            "shpca_",
            "shppa_",
            "shpss_",
            "whsec_",
            "sq0",
            "dp.",
            "lin_api_",
            "ntn_",
            "nrak-",
            "nrii-",
            "pscale_",
            "pmak-",
            "pul-",
            "rubygems_",
            "sntry",
            "atatt3",
            "dckr_oat_",
            "akcp",
            "dt0",
            "sbp_",
            "atlasv1",
            "q~",
            ":aa",
            "s.",
            "-us",
            "1//",
            "eaa",
            "hrku-",
            "$apr1$",
            "$1$",
            "$2",
            "$5$",
            "$6$",
            "$7$",
            "$y$",
            "$argon2",
            "$pbkdf2",
            "$scrypt$",
            "4/0a",
            "rabbitmqctl",
            "openssl",
            " login",
            "ldap",
            "mongo",
            "sql",
            "p4ss",
            "pa$$",
            "psw",
            "kennwort",
            "kenwort",
            "contrase",
            "senha",
            "wachtwoord",
            "heslo",
            "\u{43f}\u{430}\u{440}\u{43e}\u{43b}\u{44c}",
            "\u{5bc6}\u{7801}",
            "\u{30d1}\u{30b9}\u{30ef}\u{30fc}\u{30c9}",
            "_pat",
            "hmac",
            "gsk_",
            "xai-",
            "pplx-",
            "r8_",
            "nfp_",
            "phx_",
            "phs_",
            "hcaik_",
            "hcxik_",
            "fm1_",
            "fm2_",
            "tvly-",
            "lsv2_",
            "nvapi-",
            "figd_",
            "cfpat-",
            "atctt",
            "atbb",
            "glimt-",
            "glsoat-",
            "glagent-",
            "gloas-",
            "dose",
            "dkea",
            "sl.",
        ])
        .expect("constant literals")
});

// --- by their own look ---------------------------------------------------------------------------------------------

static JWT: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{4,}(?:\.[A-Za-z0-9_-]*)?"));

/// Group 1 is the kind of token, which stays; group 2 is the secret.
static PREFIXED: LazyLock<Regex> = LazyLock::new(|| {
    pattern(concat!(
        r"(?:^|[^A-Za-z0-9])(AKIA|ASIA|AROA|AIDA|ABIA|ACCA|gh[pousr]_|github_pat_|glpat-|xox[abeoprs]-|AIza|sk-|[rs]k_live_|[rs]k_test_",
        r"|npm_|hv[sbr]\.|do[opr]_v1_|SG\.|ya29\.|sha256~|pypi-|xapp-|glrt-|gldt-|glptt-|glcbt-|glft-|glsa_|glc_|hf_|dapi|GOCSPX-",
        r"|shp(?:at|ca|pa|ss)_|dckr_[po]at_|AGE-SECRET-KEY-1|whsec_|sq0(?:atp|csp)-|dp\.(?:pt|st|ct|sa|scim|audit)\.|lin_api_|ntn_|NRAK-|NRII-",
        r"|pscale_(?:tkn|pw|oauth)_|PMAK-|pul-|rubygems_|sntry[su]_|ATATT3|AKCp|dt0[a-z][0-9]{2}\.|sbp_|LTAI|EAACEdEose0cBA|HRKU-",
        r"|gsk_|xai-|pplx-|r8_|nfp_|ph[xs]_|hc[ax]ik_|fm[12]_|tvly-|lsv2_|nvapi-|figd_|CFPAT-|ATCTT3|ATBB|gl(?:imt|soat|agent|oas)-|sb_secret_)",
        r"([A-Za-z0-9_\-.]{12,})"
    ))
});

fn known_tokens(text: &str, secrets: &mut Vec<Range<usize>>) {
    secrets.extend(JWT.find_iter(text).map(|found| found.range()));
    for found in PREFIXED.captures_iter(text) {
        let (Some(kind), Some(secret)) = (found.get(1), found.get(2)) else { continue };
        let body = secret.as_str().trim_end_matches(['.', '-']);
        let digits = body.bytes().any(|b| b.is_ascii_digit());
        let upper = body.bytes().any(|b| b.is_ascii_uppercase());
        // `sk-`, `npm_` and the like also begin names of packages, settings and pods.
        let secret_like = match kind.as_str() {
            "sk-" | "pypi-" => digits && (upper || body.len() >= 32) && body.len() >= 20,
            "hf_" | "npm_" => digits && body.len() >= 30 && !body.contains(['_', '-', '.']),
            // `-2` behind it counts its renewals.
            "dapi" => {
                let body = body.trim_end_matches(|c: char| c.is_ascii_digit());
                digits && body.len() >= 24 && !body.trim_end_matches('-').contains(['_', '-', '.'])
            }
            "hvs." | "hvb." | "hvr." => digits || (upper && body.len() >= 20),
            // Names of pods and files have no capitals.
            "gsk_" | "xai-" | "pplx-" | "r8_" | "nfp_" | "phx_" | "phs_" | "fm1_" | "fm2_" | "tvly-" | "nvapi-"
            | "figd_" | "ATBB" | "lsv2_" | "sb_secret_" => digits && upper && body.len() >= 20,
            "hcaik_" | "hcxik_" => digits && body.len() >= 30 && !body.contains(['_', '-', '.']),
            "pul-" | "dp." | "AKCp" | "LTAI" | "sbp_" | "rubygems_" => digits && body.len() >= 16,
            "AKIA" | "ASIA" | "AROA" | "AIDA" | "ABIA" | "ACCA" => {
                body.len() >= 16 && body.bytes().take(16).all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
            }
            _ => digits,
        };
        if secret_like {
            secrets.push(secret.start()..secret.start() + body.len());
        }
    }
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
fn encoded_lines(text: &str, secrets: &mut Vec<Range<usize>>) {
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
fn standing_alone(text: &str, secrets: &mut Vec<Range<usize>>) {
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

// --- by their place ------------------------------------------------------------------------------------------------

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

fn url_passwords(text: &str, secrets: &mut Vec<Range<usize>>) {
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

static AUTHORIZATION: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r#"(?i)\b(?:proxy-)?authorization(?:\\?["'])?\s*[:=]\s*(\[?\\?["']\[?)?((?:bearer|basic|token|digest|negotiate|apikey|aws4-hmac-sha256)\s+)?"#,
    )
});
static BEARER: LazyLock<Regex> = LazyLock::new(|| pattern(r"(?i)\b(bearer|basic)[ :]+([A-Za-z0-9._~+/=-]{8,})"));

fn authorization(text: &str, secrets: &mut Vec<Range<usize>>) {
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
/// `<password>x</password>`, `password%3Dx`.
static ENCLOSED: LazyLock<Regex> = LazyLock::new(|| {
    pattern(concat!(
        r#"(?i)(?:<[a-z_:-]*(?:password|passwd|secret|token|apikey)|(?:key|name)\s*=\s*["'][^"'<>]*(?:password|passwd|secret|token|api.?key)["']\s*)>([^<\s]+)</"#,
        r#"|<(?:name|key)>[^<>]*(?:password|passwd|secret|token|api.?key)</(?:name|key)>\s*<[a-z]+>([^<\s]+)</"#,
        r#"|(?:password|passwd|secret|token|api_?key)(?:%22|%27)?(?:%3D|%3A)(?:%20|%22|%27)*([^&\s"'%]+)"#,
    ))
});

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

fn command_lines(text: &str, secrets: &mut Vec<Range<usize>>) {
    short_flags(text, secrets);
    let mail = MAIL_AUTH.captures_iter(text).filter_map(|found| found.get(1));
    secrets.extend(
        mail.filter(|value| value.as_str().ends_with('=') || key_like(value.as_str())).map(|value| value.range()),
    );
    for pattern in [
        &*IDENTIFIED_BY,
        &*USER_FLAG,
        &*MYSQL_FLAG,
        &*REQUIREPASS,
        &*SHORT_FLAG,
        &*ARGUMENT,
        &*SQL_PASSWORD,
        &*ENCLOSED,
    ] {
        for found in pattern.captures_iter(text).filter_map(|found| found.iter().skip(1).flatten().next()) {
            if !is_placeholder(found.as_str()) {
                secrets.push(found.range());
            }
        }
    }
}

/// A message that names the value: `token 'x' is not valid`, `Incorrect API key provided: x`, `password is x`, `AUTH x`.
static TOLD: LazyLock<Regex> = LazyLock::new(|| {
    pattern(concat!(
        r#"(?i)\b(?:passw(?:or)?d|passphrase|token|(?:api|access|secret|signing|encryption|private|session|master|license|shared|jwt|hmac)[ _-]?key"#,
        r#"|secret|auth|authenticate|bearer|pw|credentials?)(?:\s+(?:is|was|provided|given|used|value|default|user|for\s+(?:the\s+)?key))*\s*(?:[:= ]|\.{3,})\s*["'`\[(]?([^\s"'`,;]{8,})"#
    ))
});
/// A rule that a value breaks: `the secret key must be 32 bytes, got "x"`.
static GOT: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r#"(?i)(?:passw(?:or)?d|passphrase|secret|token|[_ -]key|apikey)\b[^"'`]{1,80}?\b(?:got|given|received|was|is)[: ]\s*["'`]([^\s"'`]{8,})["'`]"#,
    )
});

fn told(text: &str, secrets: &mut Vec<Range<usize>>) {
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

// --- by their name -------------------------------------------------------------------------------------------------

/// How sure a name makes us that its value is a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Name {
    /// `DB_PASSWORD`, `client_secret`, `apiKey`.
    Value,
    /// `token`, `pass`, `cookie`: also plain words of log messages.
    Word,
    /// `secret`, `tlsSecret`: as often the name of a Secret.
    Reference,
    /// `key`, `session_id`: as often anything else.
    Any,
    /// `otp`, `pin`: a few digits.
    Code,
}

/// A word that may name a secret, whole: `MYSQL_ROOT_PASSWORD`, `spring.datasource.password`, `--api-key`.
static NAME: LazyLock<Regex> = LazyLock::new(|| {
    pattern(concat!(
        r"(?i)[A-Z0-9_.\-]*(?:pass|pwd|secret|token|key|auth|credential|cookie|dockerconfigjson|dockercfg|signature|sess|csrf|xsrf|otp|mfa|\bpin\b|_pin\b|\bsig\b|\bsas\b|\bpw\b|_pw\b|bindpw",
        r"|p[a@4][s$5]{2}|psw|_pat\b|hmac|kenn?wort|contrase(?:n|\u{f1})a|senha|wachtwoord|heslo|\u{43f}\u{430}\u{440}\u{43e}\u{43b}\u{44c}|\u{5bc6}\u{7801}|\u{30d1}\u{30b9}\u{30ef}\u{30fc}\u{30c9})",
        r"[A-Z0-9_.\-]*"
    ))
});

/// A name and a value as two fields of one line, also inside an annotation: `"name":"DB_PASSWORD","value":"..."`,
/// `{name: DB_PASSWORD, value: x}`, `EnvVar{Name:DB_PASSWORD,Value:x,}`.
static PAIR: LazyLock<Regex> = LazyLock::new(|| {
    pattern(concat!(
        r#"(?i)\b(?:name|key|variable|param|parameter)\\*["']?\s*[:=]\s*\\*["']?([A-Z0-9_.\-]+)\\*["']?\s*[,;]?\s*"#,
        r#"\\*["']?\bvalue\\*["']?\s*[:=]\s*"#
    ))
});

fn named_values(text: &str, secrets: &mut Vec<Range<usize>>) {
    for found in PAIR.captures_iter(text) {
        let (Some(all), Some(name)) = (found.get(0), found.get(1)) else { continue };
        let Some(kind) = judge(name.as_str()) else { continue };
        let value = quoted(text, all.end()).unwrap_or_else(|| all.end()..unquoted_end(text, all.end()));
        let inner = &text[value.clone()];
        if !is_placeholder(inner) && (matches!(kind, Name::Value | Name::Word) || key_like(inner)) {
            secrets.push(value);
        }
    }
    // A name inside a value is part of the value. Values that are looked at and passed over cost time: a text made to
    // waste it is masked to its end.
    let mut until = 0;
    let mut budget = text.len() * 16 + 100_000;
    for found in NAME.find_iter(text) {
        if found.start() < until {
            continue;
        }
        let name = found.as_str().trim_start_matches(['-', '.']).trim_end_matches(['.', '-']);
        // The letter of an escape is none of the name: `[db]\npass=x`.
        let escaped = text[..found.start()].ends_with('\\') && found.as_str().starts_with(['n', 'r', 't']);
        let Some(kind) = judge(name).or_else(|| judge(name.get(1..).filter(|_| escaped)?)) else { continue };
        match value_of(text, found.range(), name, kind) {
            Looked::Secret(value) => {
                until = value.end;
                secrets.push(value);
            }
            Looked::Passed(bytes) => match budget.checked_sub(bytes) {
                Some(rest) => budget = rest,
                None => {
                    secrets.push(found.end()..text.len());
                    return;
                }
            },
        }
    }
}

/// What became of a value.
enum Looked {
    /// It is a secret.
    Secret(Range<usize>),
    /// It is none, or there is none; so many bytes were read to see that.
    Passed(usize),
}

/// Whether a name promises a secret.
fn judge(name: &str) -> Option<Name> {
    /// What a name ends in when the value is not the secret itself.
    const ABOUT: &[&str] = &[
        "name",
        "names",
        "file",
        "files",
        "path",
        "paths",
        "dir",
        "directory",
        "url",
        "uri",
        "ref",
        "refs",
        "reference",
        "seconds",
        "ttl",
        "expiry",
        "expiration",
        "expires",
        "expired",
        "type",
        "types",
        "count",
        "namespace",
        "enabled",
        "disabled",
        "length",
        "len",
        "size",
        "policy",
        "mount",
        "mounts",
        "version",
        "provider",
        "header",
        "algorithm",
        "request",
        "requests",
        "review",
        "reviews",
        "controller",
        "manager",
        "lookup",
        "required",
        "valid",
        "volume",
        "volumes",
        "selector",
        "class",
        "store",
        "tokens",
        "secrets",
        "passwords",
        "keys",
        "keyref",
        "error",
        "errors",
        "exception",
        "mode",
        "endpoint",
        "server",
        "service",
        "issuer",
        "audience",
        "cleaner",
        "signer",
        "rotation",
        "id",
        "stdin",
        "status",
        "failed",
        "failure",
        "invalid",
        "missing",
        "authenticator",
        "authentication",
        "authorizer",
        "factory",
        "handler",
        "filter",
        "encoder",
        "generator",
        "validator",
        "index",
        "prefix",
        "suffix",
        "format",
        "timeout",
        "account",
        "serviceaccount",
        "through",
        "ed",
        "ing",
        "er",
        "age",
        "ion",
    ];
    /// A source file in a stack trace: `token.go:209`.
    const SOURCES: &[&str] = &[
        ".go", ".py", ".java", ".kt", ".js", ".ts", ".rs", ".rb", ".php", ".c", ".cc", ".cpp", ".cs", ".scala", ".ex",
    ];
    if SOURCES.iter().any(|end| name.ends_with(end)) {
        return None;
    }
    let flat: String = name.chars().filter(|c| c.is_ascii_alphanumeric()).map(|c| c.to_ascii_lowercase()).collect();
    let environment = name.len() >= 4 && name.contains('_') && !name.bytes().any(|b| b.is_ascii_lowercase());
    let segment =
        |wanted: &str| name.split(|c: char| !c.is_ascii_alphanumeric()).any(|part| part.eq_ignore_ascii_case(wanted));
    // A Vault `secret_id` is a secret, a `token_id` names one.
    if flat.ends_with("secretid") || flat.ends_with("privatekeyid") {
        return Some(Name::Value);
    }
    if ["sessionid", "sessid", "sessiontoken", "csrf", "xsrf"].iter().any(|word| flat.ends_with(word))
        || flat == "key"
        || flat == "session"
    {
        return Some(Name::Any);
    }
    if ["otp", "totp", "pin", "otpcode", "mfacode", "pincode", "passcode"].contains(&flat.as_str()) || segment("otp") {
        return Some(Name::Code);
    }
    if ABOUT.iter().any(|about| flat.ends_with(about)) && !flat.ends_with("password") && !flat.ends_with("passwd") {
        return None;
    }
    if ["password", "passwd", "passphrase", "passwort", "pwd"].iter().any(|word| flat.contains(word))
        || segment("pw")
        || flat.ends_with("bindpw")
    {
        return Some(Name::Value);
    }
    // As people spell it who want it to be found less, or in another language.
    let spelled: String = name
        .chars()
        .filter(|c| c.is_alphanumeric() || matches!(c, '@' | '$'))
        .map(|c| match c {
            '@' | '4' => 'a',
            '$' | '5' => 's',
            '0' => 'o',
            c => c,
        })
        .flat_map(char::to_lowercase)
        .collect();
    const SPELLED: &[&str] = &[
        "password",
        "passwort",
        "passwrd",
        "pswrd",
        "pswd",
        "kennwort",
        "kenwort",
        "contrasena",
        "contrase\u{f1}a",
        "motdepasse",
        "senha",
        "wachtwoord",
        "heslo",
        "\u{43f}\u{430}\u{440}\u{43e}\u{43b}\u{44c}",
        "\u{5bc6}\u{7801}",
        "\u{30d1}\u{30b9}\u{30ef}\u{30fc}\u{30c9}",
    ];
    if SPELLED.iter().any(|word| spelled.ends_with(word)) || segment("psw") || flat.ends_with("keycontent") {
        return Some(Name::Value);
    }
    if (environment && segment("pat")) || segment("hmac") {
        return Some(Name::Any);
    }
    if ["requirepass", "masterauth", "dockerconfigjson", "dockercfg"].contains(&flat.as_str()) {
        return Some(Name::Value);
    }
    const PASSES: &[&str] = &[
        "dbpass",
        "userpass",
        "storepass",
        "keypass",
        "rootpass",
        "adminpass",
        "smtppass",
        "mailpass",
        "authpass",
        "sqlpass",
        "redispass",
        "ftppass",
        "bindpass",
        "passin",
        "passout",
    ];
    if segment("pass") || PASSES.iter().any(|word| flat.ends_with(word)) || (name.ends_with("Pass") && name.len() > 4) {
        return Some(if flat == "pass" { Name::Word } else { Name::Value });
    }
    if flat.contains("secret") {
        let value = environment
            || [
                "clientsecret",
                "appsecret",
                "apisecret",
                "jwtsecret",
                "sharedsecret",
                "consumersecret",
                "sessionsecret",
                "cookiesecret",
                "signingsecret",
                "webhooksecret",
                "hmacsecret",
                "secretkey",
                "secretaccesskey",
                "secretkeybase",
                "secrettoken",
            ]
            .iter()
            .any(|word| flat.ends_with(word));
        return Some(if value { Name::Value } else { Name::Reference });
    }
    if flat.contains("token") {
        return Some(if environment || flat != "token" { Name::Value } else { Name::Word });
    }
    if flat.ends_with("key") {
        let known = [
            "apikey",
            "accesskey",
            "privatekey",
            "encryptionkey",
            "signingkey",
            "authkey",
            "accountkey",
            "sharedkey",
            "masterkey",
            "sessionkey",
            "storagekey",
            "licensekey",
            "subscriptionkey",
            "sshkey",
            "tlskey",
            "jwtkey",
            "hmackey",
            "aeskey",
            "sharedaccesskey",
            "secretkey",
            "clientkey",
            "serverkey",
            "cookiekey",
            "functionkey",
            "hostkey",
            "clientkeydata",
        ];
        // As often a place in a queue or a table.
        let others =
            ["routingkey", "integrationkey", "writekey", "ingestkey", "insertkey", "instrumentationkey", "appkey"];
        return match () {
            () if environment || known.iter().any(|word| flat.ends_with(word)) => Some(Name::Value),
            () if others.iter().any(|word| flat.ends_with(word)) => Some(Name::Any),
            () => None,
        };
    }
    if flat.ends_with("keydata") || (environment && (flat.ends_with("auth") || flat.contains("credential"))) {
        return Some(Name::Value);
    }
    if ["cookie", "setcookie", "sig", "sas", "xamzsignature", "auth", "sessioncookie", "authcookie"]
        .contains(&flat.as_str())
    {
        return Some(Name::Word);
    }
    None
}

/// The value that follows a name, where one does and it is a secret.
fn value_of(text: &str, word: Range<usize>, name: &str, kind: Name) -> Looked {
    let before = &text[..word.start];
    let previous = before.chars().next_back();
    // `--password x`; `-password x`, as Go's own flags are spelled.
    let flag = text[word.clone()].starts_with("--")
        || (text[word.clone()].starts_with('-')
            && previous.is_none_or(|c| c.is_whitespace() || matches!(c, '"' | '\'')));
    let flat = name.to_ascii_lowercase();

    // After the name: its closing quote, white space, the separator, white space, the value.
    let mut at = word.end;
    let mut quoted_name = false;
    let escapes = text[at..].len() - text[at..].trim_start_matches('\\').len();
    if matches!(text[at + escapes..].bytes().next(), Some(b'"' | b'\'')) {
        at += escapes + 1;
        quoted_name = true;
    } else if previous == Some('[') && text[at..].starts_with("] =>") {
        at += 1;
    }
    let blanks = blank(&text[at..]);
    let rest = &text[at + blanks..];
    let separator = match rest.as_bytes().first() {
        Some(b'=') if rest.starts_with("=>") => 2,
        Some(b'=') if !rest.starts_with("==") => 1,
        Some(b':') if rest.starts_with(":=") => 2,
        Some(b':') if !rest.starts_with("://") && !rest.starts_with("::") => 1,
        // `"--password","x"` in a list of arguments.
        Some(b',') if flag && quoted_name => 1,
        _ if flag && blanks > 0 && !quoted_name => 0,
        _ => return Looked::Passed(0),
    };
    let colon = rest.starts_with(':');
    let space = blank(&rest[separator..]);
    let start = at + blanks + separator + space;
    if colon && matches!(previous, Some('/')) {
        return Looked::Passed(0); // a path: `.../serviceaccount/token: permission denied`
    }
    if colon
        && !quoted_name
        && !matches!(kind, Name::Any | Name::Code)
        && matches!(
            word_before(before),
            "unexpected" | "invalid" | "bad" | "missing" | "unknown" | "wrong" | "no" | "expired" | "illegal"
        )
    {
        return Looked::Passed(0);
    }
    let (inside, listed) = unwrapped(text, start);
    if listed && let Some(value) = unquoted_list(text, inside) {
        return Looked::Secret(value);
    }
    if let Some(value) = quoted(text, inside) {
        let value = if listed && kind == Name::Value { listed_until(text, value) } else { value };
        let inner = &text[value.clone()];
        if separator == 0 && text[start..].starts_with('\\') {
            return Looked::Passed(0);
        }
        let keep = is_placeholder(inner)
            || is_path(inner)
            || is_size(inner)
            || (kind == Name::Reference && is_object_name(inner))
            || (matches!(kind, Name::Any | Name::Code) && !fits_kind(kind, inner, previous))
            || (kind == Name::Word && (inner.contains(' ') || (flat == "auth" && !looks_random(inner))))
            || (inner.contains(' ') && is_prose(inner));
        return if keep { Looked::Passed(inner.len()) } else { Looked::Secret(value) };
    }
    if quoted_name && colon {
        return Looked::Passed(0); // `volume "db-password" : secret "x" not found`; numbers and objects in JSON
    }
    let environment = name.contains('_') && !name.bytes().any(|b| b.is_ascii_lowercase());
    let whole_line = colon && environment && space >= 2 && before.trim().is_empty();
    let end = if whole_line {
        start + text[start..].find('\n').unwrap_or(text.len() - start)
    } else if colon && flat.ends_with("cookie") {
        // All pairs of the header.
        start + text[start..].find(['\n', '"', '\'', '`']).unwrap_or(text.len() - start)
    } else if colon && text[start..].starts_with(['!', '&']) {
        // A tag or an anchor of YAML, and the value behind it.
        let tag = start + text[start..].find(char::is_whitespace).unwrap_or(text.len() - start);
        let behind = tag + blank(&text[tag..]);
        quoted(text, behind)
            .map_or_else(|| unquoted_end(text, behind), |value| value.end)
            .max(unquoted_end(text, start))
    } else {
        unquoted_end(text, start)
    };
    let value = text[start..end].trim_end();
    let end = start + value.len();
    if is_placeholder(value) || is_path(value) || is_size(&text[start..]) || is_prose(value) {
        return Looked::Passed(value.len());
    }
    if separator == 0 && value.starts_with('-') {
        return Looked::Passed(value.len());
    }
    let alone = text[end..].trim_start_matches([' ', '\t', '\r']).is_empty()
        || text[end..].starts_with(['\n', ',', ';', '}', ')', '&', '"', '\'', '`']);
    let secret = match kind {
        Name::Value if !colon || environment => true,
        Name::Value => alone || looks_random(value),
        Name::Word if colon => {
            (alone && value.len() >= 6 && flat != "pass" && flat != "auth")
                || (value.len() >= 8 && looks_random(value))
                || flat.ends_with("cookie")
        }
        Name::Word if matches!(flat.as_str(), "sig" | "sas") => {
            matches!(previous, Some('?' | '&' | ';')) && value.len() >= 8
        }
        Name::Word => !value.bytes().all(|b| b.is_ascii_digit()) && (flat != "auth" || looks_random(value)),
        Name::Reference => !is_object_name(value) && (looks_random(value) || (!colon && alone)),
        Name::Any | Name::Code => fits_kind(kind, value, previous),
    };
    if secret { Looked::Secret(start..end) } else { Looked::Passed(value.len()) }
}

/// Whether a value is one of those that names of this kind stand for when they name a secret. `previous` stands before
/// the name.
fn fits_kind(kind: Name, value: &str, previous: Option<char>) -> bool {
    let digits = value.bytes().filter(u8::is_ascii_digit).count();
    match kind {
        Name::Code => ((4..=10).contains(&value.len()) && digits == value.len()) || key_like(value),
        Name::Any => key_like(value) && (value.len() >= 16 && digits >= 3 || matches!(previous, Some('?' | '&'))),
        _ => true,
    }
}

fn blank(text: &str) -> usize {
    text.len() - text.trim_start_matches([' ', '\t']).len()
}

fn word_before(text: &str) -> &'static str {
    let word =
        text.trim_end().rsplit(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or_default().to_ascii_lowercase();
    ["unexpected", "invalid", "bad", "missing", "unknown", "wrong", "no", "expired", "illegal"]
        .into_iter()
        .find(|known| *known == word)
        .unwrap_or_default()
}

/// What stands before the quotes of a value: a call, a mark of its kind: `Some("x")`, `b'x'`.
static WRAPPED: LazyLock<Regex> =
    LazyLock::new(|| pattern(r#"^(?:[bBuUrRfFL@$&]{1,2}|[A-Za-z_][A-Za-z0-9_.:]{0,30}\([ \t]*&?)\\*["']"#));

/// Where a value begins within what stands around it, and whether that is a list.
fn unwrapped(text: &str, start: usize) -> (usize, bool) {
    let rest = &text[start..];
    if let Some(inner) = rest.strip_prefix('[') {
        return (start + 1 + blank(inner), true);
    }
    let quote =
        WRAPPED.find(rest).map_or(0, |found| found.as_str().trim_end_matches(['"', '\'']).trim_end_matches('\\').len());
    (start + quote, false)
}

/// A key that is all that a list holds, as Go prints headers: `X-Api-Key:[x]`.
fn unquoted_list(text: &str, start: usize) -> Option<Range<usize>> {
    let end = start + text[start..].find(']')?;
    key_like(&text[start..end]).then_some(start..end)
}

/// The inside of all the quoted values of a list whose first one this is.
fn listed_until(text: &str, first: Range<usize>) -> Range<usize> {
    let mut end = first.end;
    loop {
        let rest = text[end..].trim_start_matches('\\').trim_start_matches(['"', '\'']);
        let Some(next) = rest.trim_start().strip_prefix(',') else { return first.start..end };
        let next = next.trim_start();
        match quoted(text, text.len() - next.len()) {
            Some(value) => end = value.end,
            None => return first.start..end,
        }
    }
}

/// The inside of the quoted text that starts at `start`, also where the quotes are escaped (JSON inside JSON). An end
/// that is missing is the end of the line.
fn quoted(text: &str, start: usize) -> Option<Range<usize>> {
    let rest = &text[start..];
    let escapes = rest.len() - rest.trim_start_matches('\\').len();
    let quote = *rest.as_bytes().get(escapes)?;
    if quote != b'"' && quote != b'\'' {
        return None;
    }
    let inside = start + escapes + 1;
    let mut slashes = 0;
    for (offset, byte) in text[inside..].bytes().enumerate() {
        match byte {
            b'\\' => slashes += 1,
            // The closing quote carries as many backslashes as the opening one; a quote inside carries more.
            b if b == quote && slashes <= escapes => return Some(inside..inside + offset - slashes),
            b'\n' => return Some(inside..inside + offset),
            _ => slashes = 0,
        }
        if byte == quote {
            slashes = 0;
        }
    }
    Some(inside..text.len())
}

/// The end of a value without quotes: white space or a quote; a `,`, `;` or `&` only where another pair or nothing follows.
fn unquoted_end(text: &str, start: usize) -> usize {
    let rest = &text[start..];
    let mut end = rest.len();
    for (offset, c) in rest.char_indices() {
        if c.is_whitespace() || matches!(c, '"' | '\'' | '`') {
            end = offset;
            break;
        }
        if matches!(c, ',' | ';' | '&' | '|') && next_is_pair(&rest[offset + 1..]) {
            end = offset;
            break;
        }
    }
    let value = &rest[..end];
    let open = |c: char| value.contains(c);
    let trimmed = value.trim_end_matches(|c: char| {
        matches!(c, ',' | ';' | '.') || (c == ')' && !open('(')) || (c == '}' && !open('{')) || (c == ']' && !open('['))
    });
    // A backslash before a closing quote belongs to the quote.
    start + if rest[end..].starts_with(['"', '\'']) { trimmed.trim_end_matches('\\').len() } else { trimmed.len() }
}

fn next_is_pair(rest: &str) -> bool {
    let rest = rest.trim_start_matches(' ');
    let name = rest.len()
        - rest.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-' | ' ')).len();
    rest.is_empty()
        || rest.starts_with(['"', '\'', '{', '}', '\\'])
        || (name > 0 && rest[name..].starts_with(['=', ':']))
}

/// What stands where a secret would, and is none.
fn is_placeholder(value: &str) -> bool {
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
        || [
            "true",
            "false",
            "null",
            "nil",
            "none",
            "undefined",
            "unset",
            "redacted",
            "yes",
            "no",
            "on",
            "off",
            "masked",
            "hidden",
            "empty",
        ]
        .iter()
        .any(|word| value.trim_end_matches([',', '.', ';', ')', '}']).eq_ignore_ascii_case(word))
}

fn is_path(value: &str) -> bool {
    let Some(rest) = value.strip_prefix('/') else { return false };
    let first = rest.split('/').next().unwrap_or_default();
    matches!(
        first,
        "etc"
            | "var"
            | "run"
            | "tmp"
            | "app"
            | "opt"
            | "usr"
            | "home"
            | "root"
            | "mnt"
            | "data"
            | "secrets"
            | "vault"
            | "srv"
            | "config"
            | "dev"
            | "proc"
    )
}

/// `16 bytes`: what `describe secret` prints instead of a value.
fn is_size(text: &str) -> bool {
    let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    digits > 0 && text[digits..].trim_start().starts_with("bytes")
}

/// A name as Kubernetes allows it, with a namespace or without.
fn is_object_name(value: &str) -> bool {
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
fn is_prose(value: &str) -> bool {
    const WORDS: &[&str] = &[
        "is",
        "are",
        "was",
        "were",
        "not",
        "must",
        "should",
        "can",
        "cannot",
        "can't",
        "could",
        "couldn't",
        "has",
        "have",
        "had",
        "no",
        "required",
        "requires",
        "require",
        "missing",
        "invalid",
        "expected",
        "unexpected",
        "field",
        "env",
        "environment",
        "variable",
        "failed",
        "failure",
        "error",
        "authentication",
        "wrong",
        "incorrect",
        "too",
        "does",
        "doesn't",
        "do",
        "did",
        "for",
        "from",
        "in",
        "to",
        "of",
        "on",
        "at",
        "by",
        "with",
        "without",
        "and",
        "or",
        "but",
        "the",
        "a",
        "an",
        "secret",
        "secrets",
        "configmap",
        "value",
        "please",
        "unknown",
        "unable",
        "permission",
        "open",
        "stat",
        "read",
        "file",
        "key",
        "unauthorized",
        "forbidden",
        "denied",
        "expired",
        "rejected",
        "refused",
        "mismatch",
        "malformed",
        "contains",
        "found",
        "if",
        "when",
        "because",
        "this",
        "that",
        "it",
        "will",
        "would",
        "need",
        "needs",
        "cannot",
        "token",
        "password",
        "set",
        "property",
        "option",
        "flag",
        "argument",
        "only",
        "at",
        "mandatory",
        "optional",
        "provided",
        "given",
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
fn key_like(value: &str) -> bool {
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
fn looks_random(value: &str) -> bool {
    let symbols = value.bytes().any(|b| b.is_ascii_digit() || b"!@#$%^&*+=/_~".contains(&b));
    let capitals =
        value.bytes().skip(1).any(|b| b.is_ascii_uppercase()) && value.bytes().any(|b| b.is_ascii_lowercase());
    symbols || capitals
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_masked_and_the_rest_stays() {
        let mut wrong = Vec::new();
        for (text, expected) in [
            (
                "dial postgres://app:hunter2@db:5432/shop?sslmode=disable",
                "dial postgres://app:[REDACTED]@db:5432/shop?sslmode=disable",
            ),
            ("redis://:p@ss@redis:6379", "redis://:[REDACTED]@redis:6379"),
            ("amqp://u:pa/ss@mq refused", "amqp://u:[REDACTED]@mq refused"),
            ("app:S3cr3t@tcp(mysql:3306)/shop: refused", "app:[REDACTED]@tcp(mysql:3306)/shop: refused"),
            (
                "Server=db;Database=x;User Id=sa;Password=Pa55;w0rd;Encrypt=true",
                "Server=db;Database=x;User Id=sa;Password=[REDACTED];Encrypt=true",
            ),
            ("Server=db;Uid=sa;Pwd=abc;", "Server=db;Uid=sa;Pwd=[REDACTED];"),
            ("host=db user=app password=hunter2 dbname=shop", "host=db user=app password=[REDACTED] dbname=shop"),
            ("GET /cb?token=abc123&state=9 401", "GET /cb?token=[REDACTED]&state=9 401"),
            (r#"{"level":"info","token": "tok-1","user":"a"}"#, r#"{"level":"info","token": "[REDACTED]","user":"a"}"#),
            (r#"{\"password\":\"x y\",\"user\":\"x\"}"#, r#"{\"password\":\"[REDACTED]\",\"user\":\"x\"}"#),
            (r#"{"password":"a\"b","user":"x"}"#, r#"{"password":"[REDACTED]","user":"x"}"#),
            (
                r#"{"name":"DB_PASSWORD","value":"hunter2"},{"name":"A","value":"b"}"#,
                r#"{"name":"DB_PASSWORD","value":"[REDACTED]"},{"name":"A","value":"b"}"#,
            ),
            (
                r#""{\"name\":\"API_TOKEN\",\"value\":\"hunter2\"}""#,
                r#""{\"name\":\"API_TOKEN\",\"value\":\"[REDACTED]\"}""#,
            ),
            ("      DB_PASSWORD:  correct horse", "      DB_PASSWORD:  [REDACTED]"),
            ("DB_PASSWORD: hunter2", "DB_PASSWORD: [REDACTED]"),
            ("  password: hunter2", "  password: [REDACTED]"),
            ("  password: changeme", "  password: [REDACTED]"),
            ("args: --password=hunter2 --user=x", "args: --password=[REDACTED] --user=x"),
            ("app --api-key hunter2 --verbose", "app --api-key [REDACTED] --verbose"),
            (r#"["--password","hunter2","--user"]"#, r#"["--password","[REDACTED]","--user"]"#),
            ("Authorization: Bearer abc.def-123", "Authorization: Bearer [REDACTED]"),
            ("authorization: Basic dXNlcjpwYXNz end", "authorization: Basic [REDACTED] end"),
            (r#"-H "Authorization: Digest username=\"x\"" url"#, r#"-H "Authorization: Digest [REDACTED]\"x\"" url"#),
            ("sent Bearer 0123456789abcdef to api", "sent Bearer [REDACTED] to api"),
            ("jwt eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl bad", "jwt [REDACTED] bad"),
            ("key AKIAIOSFODNN7EXAMPLE used", "key AKIA[REDACTED] used"),
            ("AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG+bPx was used", "AWS_SECRET_ACCESS_KEY=[REDACTED] was used"),
            ("push with ghp_0123456789abcdefghijABCDEFGHIJ012345 failed", "push with ghp_[REDACTED] failed"),
            ("slack xoxb-123456789012-abcdefABCDEF", "slack xoxb-[REDACTED]"),
            ("maps AIzaSyA1234567890abcdefghijklmnopqrstu", "maps AIza[REDACTED]"),
            ("openai sk-proj-Abcdefghij0123456789Abcdef refused", "openai sk-[REDACTED] refused"),
            (
                "AccountName=a;AccountKey=abc/def+ghi==;EndpointSuffix=core",
                "AccountName=a;AccountKey=[REDACTED];EndpointSuffix=core",
            ),
            (
                "-----BEGIN RSA PRIVATE KEY-----MIIEabc\\nxyz-----END RSA PRIVATE KEY-----",
                "-----BEGIN RSA PRIVATE KEY-----[REDACTED]-----END RSA PRIVATE KEY-----",
            ),
            ("CREATE USER a IDENTIFIED BY 'hunter2';", "CREATE USER a IDENTIFIED BY '[REDACTED]';"),
            ("curl -s -u admin:hunter2 http://x/", "curl -s -u admin:[REDACTED] http://x/"),
            ("mysqldump -h db -uroot -phunter2 shop", "mysqldump -h db -uroot -p[REDACTED] shop"),
            ("(password=abc)", "(password=[REDACTED])"),
            ("two password=aaa then token=bbb", "two password=[REDACTED] then token=[REDACTED]"),
            ("MY_API_KEY=abc", "MY_API_KEY=[REDACTED]"),
            ("DB_PW=abc", "DB_PW=[REDACTED]"),
            ("run -password hunter2 -v", "run -password [REDACTED] -v"),
            ("invalid api key: Zq7Xv9Lm2Kp4", "invalid api key: [REDACTED]"),
            ("Incorrect API key provided: Zq7Xv9Lm2Kp4.", "Incorrect API key provided: [REDACTED]."),
            ("token 'Zq7Xv9Lm2Kp4' is not valid", "token '[REDACTED]' is not valid"),
            ("dial app:S3cr3t@db.shop:5432: refused", "dial app:[REDACTED]@db.shop:5432: refused"),
            ("open app:hunter@/shop", "open app:[REDACTED]@/shop"),
            ("nats://Zq7Xv9Lm2Kp4@nats:4222", "nats://[REDACTED]@nats:4222"),
            ("jdbc:oracle:thin:scott/tiger@db:1521:x", "jdbc:oracle:thin:scott/[REDACTED]@db:1521:x"),
            ("redis-cli -h r -a hunter2 ping", "redis-cli -h r -a [REDACTED] ping"),
            ("ALTER USER a WITH PASSWORD 'hunter'", "ALTER USER a WITH PASSWORD '[REDACTED]'"),
            ("<password>hunter2</password>", "<password>[REDACTED]</password>"),
            (
                "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj is a line of a key",
                "[REDACTED] is a line of a key",
            ),
            (r#""auth": "dXNlcjpwYXNzd29yZA==""#, r#""auth": "[REDACTED]""#),
            ("- {name: DB_PASSWORD, value: hunter2}", "- {name: DB_PASSWORD, value: [REDACTED]}"),
            ("name: DB_PASSWORD value: hunter2", "name: DB_PASSWORD value: [REDACTED]"),
            (
                "Env:[{Name:API_TOKEN Value:hunter2 ValueFrom:nil}]",
                "Env:[{Name:API_TOKEN Value:[REDACTED] ValueFrom:nil}]",
            ),
            (
                "EnvVar{Name:API_TOKEN,Value:hunter2,ValueFrom:nil,}",
                "EnvVar{Name:API_TOKEN,Value:[REDACTED],ValueFrom:nil,}",
            ),
            ("password: !!str hunter2", "password: [REDACTED]"),
            ("password: !!str 'correct horse' # note", "password: [REDACTED]' # note"),
            ("password: &db hunter2", "password: [REDACTED]"),
            ("args: -uroot -phunter2", "args: -uroot -p[REDACTED]"),
            ("args: -pZq7Xv9Lm2Kp4", "args: -p[REDACTED]"),
            ("GET /cb?session_id=Zq7Xv9Lm2Kp4 401", "GET /cb?session_id=[REDACTED] 401"),
            ("login otp=493021 refused", "login otp=[REDACTED] refused"),
            ("wrong pin: 4930", "wrong pin: [REDACTED]"),
            ("GET /v1/maps?key=Zq7Xv9Lm2Kp4&q=x 403", "GET /v1/maps?key=[REDACTED]&q=x 403"),
            ("license key=Zq01Xv9Lm2Kp01Rt is over", "license key=[REDACTED] is over"),
            (
                "kubectl create secret generic db --from-literal=user=app --from-literal=pass=hunter2",
                "kubectl create secret generic db --from-literal=user=[REDACTED] --from-literal=pass=[REDACTED]",
            ),
            ("--from-literal=key=Zq7Xv9Lm2Kp4", "--from-literal=key=[REDACTED]"),
            ("login app:Zq7Xv9Lm2Kp4@db failed", "login app:[REDACTED]@db failed"),
            (r#""private_key_id": "0123456789abcdef0123456789abcdef01234567","#, r#""private_key_id": "[REDACTED]","#),
            ("vault said s.Zq7Xv9Lm2Kp4Rt8Bn1Wc5Yd3 is no token", "vault said [REDACTED] is no token"),
            ("vault hvs.CAESIJlWhAbcdefghijklmnop refused", "vault hvs.[REDACTED] refused"),
            ("databricks dapi0123456789abcdef0123456789abcdef-2 refused", "databricks dapi[REDACTED] refused"),
            (r#"    "value": "Zq7Xv9Lm2Kp4","#, r#"    "value": "[REDACTED]","#),
            ("  - Zq7Xv9Lm2Kp4", "  - Zq7[REDACTED]"),
            ("      \"Zq7Xv9Lm2Kp4\",", "      \"Z[REDACTED]\","),
            ("Qx7mZq9Lm2KpTr8=", "Qx7m[REDACTED]"),
            ("Set-Cookie: a=b1; sid=hunter2; Secure", "Set-Cookie: [REDACTED]"),
            ("twilio SK0123456789abcdef0123456789abcdef refused", "twilio [REDACTED] refused"),
            ("mailgun key-0123456789abcdef0123456789abcdef", "mailgun [REDACTED]"),
            ("azure client Zq78Q~Lm2Kp4Rt8Bn1Wc5Yd3Zq7Xv9Lm2Kp4Rt8 expired", "azure client [REDACTED] expired"),
            ("telegram bot 123456789:AAZq7Xv9Lm2Kp4Rt8Bn1Wc5Yd3Zq7Xv9Lm2 blocked", "telegram bot [REDACTED] blocked"),
            ("sendgrid SG.Zq7Xv9Lm2Kp4Rt8Bn1Wc5Y.Zq7Xv9Lm2Kp4 refused", "sendgrid SG.[REDACTED] refused"),
            (
                "stripe sk_live_Zq7Xv9Lm2Kp4Rt8Bn1 and whsec_Zq7Xv9Lm2Kp4",
                "stripe sk_live_[REDACTED] and whsec_[REDACTED]",
            ),
            ("npm npm_Zq7Xv9Lm2Kp4Rt8Bn1Wc5Yd3Zq7Xv9Lm2Kp4", "npm npm_[REDACTED]"),
            ("pypi pypi-AgEIcHlwaS5vcmcCJDZq7Xv9Lm2Kp4", "pypi pypi-[REDACTED]"),
            ("once token=Zq7Xv9Lm2Kp4, and Zq7Xv9Lm2Kp4 again", "once token=[REDACTED], and [REDACTED] again"),
        ] {
            if redact(text) != expected {
                wrong.push(format!("{text}\n  became {}\n  and not {expected}", redact(text)));
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }

    #[test]
    fn names_and_messages_are_no_secrets() {
        for text in [
            "DB_PASSWORD:  <set to the key 'password' in secret 'db-credentials'>  Optional: false",
            r#"MountVolume.SetUp failed for volume "db-password" : secret "db-password" not found"#,
            r#"Error: secret "api-token" not found"#,
            "couldn't find key DB_PASSWORD in Secret shop/db-credentials",
            "Error: couldn't find key api-key in Secret shop/tokens",
            r#""secretName": "db-credentials","#,
            "    SecretName:  default-token-abc12",
            "    secretKeyRef: {name: db-credentials, key: password}",
            "  existingSecret: shop-db",
            r#"E0101 10:00:00.1 1 reflector.go:1] "Failed" secret="shop/db-credentials" err="x""#,
            "SyntaxError: Unexpected token: }",
            "SyntaxError: Unexpected token < in JSON at position 0",
            "JWT verification failed: invalid token: malformed",
            "FATAL: password authentication failed for user \"app\"",
            "password: must not be empty",
            "Error: DB_PASSWORD: is required",
            "missing required environment variable DB_PASSWORD",
            "open /var/run/secrets/kubernetes.io/serviceaccount/token: permission denied",
            "TOKEN_FILE=/var/run/token",
            "DB_PASSWORD_FILE=/run/secrets/db",
            "GOOGLE_APPLICATION_CREDENTIALS=/var/secrets/key.json",
            "  automountServiceAccountToken: false",
            "tokenExpirationSeconds: 3607",
            "max_tokens=4096",
            "key: app",
            "    Type:        Secret (a volume populated by a Secret)",
            "I0101 token.go:209] refreshed",
            "password:  16 bytes",
            "WWW-Authenticate: Bearer realm=\"https://auth.docker.io/token\"",
            "unauthorized: authentication required",
            "Get http://10.0.0.1:8080/healthz: dial tcp 10.0.0.1:8080: connection refused",
            "pull access denied, basic authentication needed",
            "postgres://app:$(DB_PASSWORD)@db:5432/shop",
            "postgres://app:xxxxx@db:5432/shop",
            "user=app password=*** host=db",
            "imagePullSecrets: registry",
            "npm_package_dependencies_some_long_name_of_a_package_1",
            "Readiness probe failed: key=value",
            "pods is forbidden: User cannot list",
            "password=<unset>",
            "-----BEGIN PRIVATE KEY-----",
            "-----BEGIN PRIVATE KEY-----\t \t",
            "\"-----BEGIN EC PRIVATE KEY-----\t\"",
            "git@github.com:org/repo.git",
            "npm:lodash@4.17.21",
            "shop/web:1.4.2@sha256:0123456789abcdef0123456789abcdef",
            "token 'foo' is unexpected",
            "invalid api key: default",
            "commit 3f786850e387550fdab836ed7e6dc881de23001b",
            "at com/acme/billing/reconciliation/InvoicePaymentReconciliationServiceV2",
            "secret \"shop-tls-2024\" not found",
            "image: registry.example/app@sha256:0123456789abcdef0123456789abcdef",
            r#"    "value": "http://db.shop:5432/orders","#,
            "- registry.example/shop/web:1.4.2",
            "      \"--max-old-space-size=4096\",",
            "7f3f1a2b-1111-4222-8333-abcdefabcdef",
            "support-bundle-2026-01-31T10_00_00",
            "2026-06-16T08:20:05Z",
            "web-7d9f8b6c5d-x2x4z",
            "web-0.17a9b8c7d6e5f403",
            "containerd://0a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e8f9",
            "ip-10-0-12-34.eu-central-1.compute.internal",
            "gke-prod-pool-1-0a1b2c3d-x7k2",
            "key=node-role.kubernetes.io/control-plane:NoSchedule",
            "0/3 nodes are available: 1 node(s) had untolerated taint {key=dedicated, value: gpu}",
            "name: APP_MODE value: production",
            "Env:[{Name:DB_HOST Value:db.shop ValueFrom:nil}]",
            "{name: TOKEN_FILE, value: /var/run/token}",
            "name: DB_PASSWORD valueFrom: secretKeyRef",
            r#"Error: couldn't find key "DB_PASSWORD" in Secret shop/db"#,
            r#"references non-existent config key: log4j2.xml"#,
            "key: app.kubernetes.io/name",
            "etcd: key=/registry/pods/shop/web-0 size=4096",
            "zk session_id=0x100000001 expired",
            "sessionid: 42 closed",
            "pinned to node pin: node-3",
            "ping: 4930",
            "nginx -p8080 -port 9090 -pidfile",
            "java -pkcs12 -profile2",
            "kubectl create configmap x --from-literal=mode=production",
            "mail to bob@example.com, or mailto:bob99@example.com",
            "docker:24.0@builder is used",
            "SIGTERM: s.Shutdown() of http.Server at main.go:42",
            "class Log4j2LoggerContext at 0x7f3f1a2b",
            "cookie policy is strict",
            "task sk-worker-7d9f8b6c5d-x2x4z started",
            "cluster key-value store etcd-2",
            "compiled with pul-lumi and dp.pt of doom",
        ] {
            assert_eq!(redact(text), text);
            assert!(matches!(redact(text), Cow::Borrowed(_)), "{text}");
        }
    }

    #[test]
    fn a_known_secret_is_masked_where_nothing_names_it() {
        let found: Vec<&str> = known("password=Zq7Xv9Lm2Kp4 token=shop").collect();
        assert!(!found.is_empty() && found.iter().all(|secret| *secret == "Zq7Xv9Lm2Kp4"), "{found:?}");
        let automaton = AhoCorasick::new(found).ok();
        assert_eq!(
            redact_known("restart with Zq7Xv9Lm2Kp4, then", automaton.as_ref()),
            "restart with [REDACTED], then"
        );
        assert!(matches!(redact_known("nothing here", None), Cow::Borrowed(_)));
    }

    #[test]
    fn something_remains_beside_the_mask() {
        let jwt = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl";
        assert_eq!(redact(jwt), "eyJh[REDACTED]");
        assert_eq!(redact("pwd=abcdef"), "pwd=[REDACTED]");
    }

    #[test]
    fn masking_twice_changes_nothing() {
        let once = redact("password=hunter2 and postgres://a:b@c/d and Bearer 0123456789abcdef").into_owned();
        assert!(matches!(redact(&once), Cow::Borrowed(_)), "{once}");
    }

    #[test]
    fn long_and_odd_texts_neither_hang_nor_panic() {
        let long = "password=".repeat(50_000);
        assert!(redact(&long).len() <= long.len() + 20);
        for text in [
            "password=",
            "\"password\":\"",
            "token=\\",
            "--password ",
            "://a:\u{e9}@",
            "\u{202e}token=\u{e9}\u{e9}",
            "secret=\"",
            "password='\\",
        ] {
            let _ = redact(text);
        }
    }

    #[test]
    fn the_words_of_the_cause_pages_are_no_secrets() {
        for (file, text) in crate::catalog::Catalog::built_in_pages() {
            let body = text.split_once("\nmissing:").map_or(*text, |(_, rest)| rest);
            for line in body.lines() {
                assert_eq!(redact(line), line, "{file}");
            }
        }
    }
}
