//! Names that promise a secret: of a variable, a field, a flag, a header.

use std::sync::LazyLock;

use regex::Regex;

use super::pattern;

/// What names of secrets hold.
#[rustfmt::skip]
const STEMS: &[&str] = &[
    "pass", "pwd", "psw", "secret", "token", "key", "auth", "credential", "cookie", "dockerconfigjson", "dockercfg",
    "signature", "sess", "csrf", "xsrf", "otp", "mfa", "hmac",
];
/// `p@ssword`, `pa55word`, `p4$$w0rd`.
const LEET: &str = "p[a@4][s$5]{2}";
/// Stems that are looked for at the edges of a word only, or in more than one spelling: what the texts with one of them
/// hold, and the pattern.
const ODD_STEMS: &[(&str, &str)] = &[
    ("pin", r"\bpin\b|_pin\b"),
    ("sig", r"\bsig\b"),
    ("sas", r"\bsas\b"),
    ("pw", r"\bpw\b|_pw\b|bindpw"),
    ("_pat", r"_pat\b"),
    ("jwt", r"\bjwt\b|_jwt\b"),
    ("p@s", LEET),
    ("p@$", LEET),
    ("p@5", LEET),
    ("p4s", LEET),
    ("p4$", LEET),
    ("p45", LEET),
    ("pa$", LEET),
    ("pa5", LEET),
    ("pas$", LEET),
    ("pas5", LEET),
];
/// A password in other languages: a name that ends so is that of a secret.
#[rustfmt::skip]
const ABROAD: &[&str] = &[
    "kennwort", "kenwort", "contrasena", "contrase\u{f1}a", "senha", "wachtwoord", "heslo",
    "\u{43f}\u{430}\u{440}\u{43e}\u{43b}\u{44c}", "\u{5bc6}\u{7801}", "\u{30d1}\u{30b9}\u{30ef}\u{30fc}\u{30c9}",
    "\u{be44}\u{bc00}\u{bc88}\u{d638}", "l\u{f6}senord", "losenord", "has\u{142}o", "\u{15f}ifre", "sifre", "parola", "salasana",
    "adgangskode", "jelsz\u{f3}",
];

/// One of these is in every text with such a name, in capitals or not where the letters are those of ASCII.
pub(super) fn triggers() -> impl Iterator<Item = String> {
    let plain = STEMS.iter().copied().chain(ODD_STEMS.iter().map(|(trigger, _)| *trigger)).map(str::to_owned);
    plain.chain(ABROAD.iter().flat_map(|word| [(*word).to_owned(), word.to_uppercase()]))
}

/// How sure a name makes us that its value is a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Name {
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
pub(super) static NAME: LazyLock<Regex> = LazyLock::new(|| {
    let stems: Vec<&str> =
        STEMS.iter().chain(ABROAD).copied().chain(ODD_STEMS.iter().map(|(_, pattern)| *pattern)).collect();
    pattern(&format!(r"(?i)[A-Z0-9_.\-]*(?:{})[A-Z0-9_.\-]*", stems.join("|")))
});

/// Whether a name promises a secret.
pub(super) fn judge(name: &str) -> Option<Name> {
    /// What a name ends in when the value is not the secret itself.
    #[rustfmt::skip]
    const ABOUT: &[&str] = &[
        "name", "names", "file", "files", "path", "paths", "dir", "directory", "url", "uri", "ref", "refs",
        "reference", "seconds", "ttl", "expiry", "expiration", "expires", "expired", "type", "types", "count",
        "namespace", "enabled", "disabled", "length", "len", "size", "policy", "mount", "mounts", "version",
        "provider", "header", "algorithm", "request", "requests", "review", "reviews", "controller", "manager",
        "lookup", "required", "valid", "volume", "volumes", "selector", "class", "store", "tokens", "secrets",
        "passwords", "keys", "keyref", "error", "errors", "exception", "mode", "endpoint", "server", "service",
        "issuer", "audience", "cleaner", "signer", "rotation", "id", "stdin", "status", "failed", "failure",
        "invalid", "missing", "authenticator", "authentication", "authorizer", "factory", "handler", "filter",
        "encoder", "generator", "validator", "index", "prefix", "suffix", "format", "timeout", "account",
        "serviceaccount", "through", "ed", "ing", "er", "age", "ion",
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
    const SPELLED: &[&str] = &["password", "passwort", "passwrd", "pswrd", "pswd", "motdepasse"];
    if SPELLED.iter().chain(ABROAD).any(|word| spelled.ends_with(word))
        || segment("psw")
        || flat.ends_with("keycontent")
    {
        return Some(Name::Value);
    }
    if (environment && segment("pat")) || segment("hmac") || segment("jwt") {
        return Some(Name::Any);
    }
    if ["requirepass", "masterauth", "dockerconfigjson", "dockercfg"].contains(&flat.as_str()) {
        return Some(Name::Value);
    }
    #[rustfmt::skip]
    const PASSES: &[&str] = &[
        "dbpass", "userpass", "storepass", "keypass", "rootpass", "adminpass", "smtppass", "mailpass", "authpass",
        "sqlpass", "redispass", "ftppass", "bindpass", "passin", "passout",
    ];
    if segment("pass") || PASSES.iter().any(|word| flat.ends_with(word)) || (name.ends_with("Pass") && name.len() > 4) {
        return Some(if flat == "pass" { Name::Word } else { Name::Value });
    }
    #[rustfmt::skip]
    const SECRETS: &[&str] = &[
        "clientsecret", "appsecret", "apisecret", "jwtsecret", "sharedsecret", "consumersecret", "sessionsecret",
        "cookiesecret", "signingsecret", "webhooksecret", "hmacsecret", "secretkey", "secretaccesskey",
        "secretkeybase", "secrettoken",
    ];
    if flat.contains("secret") {
        let value = environment || SECRETS.iter().any(|word| flat.ends_with(word));
        return Some(if value { Name::Value } else { Name::Reference });
    }
    if flat.contains("token") {
        return Some(if environment || flat != "token" { Name::Value } else { Name::Word });
    }
    #[rustfmt::skip]
    const KEYS: &[&str] = &[
        "apikey", "accesskey", "privatekey", "encryptionkey", "signingkey", "authkey", "accountkey", "sharedkey",
        "masterkey", "sessionkey", "storagekey", "licensekey", "subscriptionkey", "sshkey", "tlskey", "jwtkey",
        "hmackey", "aeskey", "sharedaccesskey", "secretkey", "clientkey", "serverkey", "cookiekey", "functionkey",
        "hostkey", "clientkeydata",
    ];
    if flat.ends_with("key") {
        // As often a place in a queue or a table.
        let others =
            ["routingkey", "integrationkey", "writekey", "ingestkey", "insertkey", "instrumentationkey", "appkey"];
        return match () {
            () if environment || KEYS.iter().any(|word| flat.ends_with(word)) => Some(Name::Value),
            () if others.iter().any(|word| flat.ends_with(word)) => Some(Name::Any),
            () => None,
        };
    }
    if flat.ends_with("keydata") || (environment && (flat.ends_with("auth") || flat.contains("credential"))) {
        return Some(Name::Value);
    }
    if ["cookie", "setcookie", "sig", "sas", "signature", "xamzsignature", "auth", "sessioncookie", "authcookie"]
        .contains(&flat.as_str())
    {
        return Some(Name::Word);
    }
    None
}
