//! Tokens that their beginning tells: `ghp_`, `AKIA`, `eyJ`.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::pattern;

/// One of these is in every text with such a token, in capitals or not.
pub(super) fn triggers() -> impl Iterator<Item = &'static str> {
    BEGINNINGS.iter().flat_map(|(_, all)| *all).copied().chain(["eyj", "dt0"])
}

static JWT: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{4,}(?:\.[A-Za-z0-9_-]*)?"));

/// What follows the beginning of a token. `sk-`, `npm_` and the like also begin names of packages, settings and pods.
#[derive(Clone, Copy)]
enum Body {
    /// A digit somewhere.
    Digit,
    /// A digit somewhere, 16 characters.
    Sixteen,
    /// Twenty characters with capitals and a digit: names of pods and files have no capitals.
    Capitals,
    /// Twenty characters with capitals and a digit, or 32 with a digit.
    CapitalsOrLong,
    /// Thirty letters and digits.
    Letters,
    /// Twenty-four letters and digits; `-2` behind them counts renewals.
    Renewed,
    /// A digit somewhere, or 20 characters with capitals.
    DigitOrCapitals,
    /// Sixteen capitals and digits.
    Aws,
}

impl Body {
    fn fits(self, body: &str) -> bool {
        let digit = body.bytes().any(|b| b.is_ascii_digit());
        let capital = body.bytes().any(|b| b.is_ascii_uppercase());
        let length = body.len();
        match self {
            Body::Digit => digit,
            Body::Sixteen => digit && length >= 16,
            Body::Capitals => digit && capital && length >= 20,
            Body::CapitalsOrLong => digit && (capital || length >= 32) && length >= 20,
            Body::Letters => digit && length >= 30 && !body.contains(['_', '-', '.']),
            Body::Renewed => {
                let body = body.trim_end_matches(|c: char| c.is_ascii_digit());
                digit && body.len() >= 24 && !body.trim_end_matches('-').contains(['_', '-', '.'])
            }
            Body::DigitOrCapitals => digit || (capital && length >= 20),
            Body::Aws => length >= 16 && body.bytes().take(16).all(|b| b.is_ascii_uppercase() || b.is_ascii_digit()),
        }
    }
}

/// How tokens begin.
#[rustfmt::skip]
const BEGINNINGS: &[(Body, &[&str])] = &[
    (Body::Digit, &[
        "ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_", "glpat-", "glrt-", "gldt-", "glptt-", "glcbt-",
        "glft-", "glimt-", "glsoat-", "glagent-", "gloas-", "glsa_", "glc_", "xoxa-", "xoxb-", "xoxe-", "xoxo-",
        "xoxp-", "xoxr-", "xoxs-", "xapp-", "AIza", "sk_live_", "rk_live_", "sk_test_", "rk_test_", "dop_v1_",
        "doo_v1_", "dor_v1_", "SG.", "ya29.", "sha256~", "GOCSPX-", "shpat_", "shpca_", "shppa_", "shpss_",
        "dckr_pat_", "dckr_oat_", "AGE-SECRET-KEY-1", "whsec_", "sq0atp-", "sq0csp-", "dp.pt.", "dp.st.", "dp.ct.",
        "dp.sa.", "dp.scim.", "dp.audit.", "lin_api_", "ntn_", "NRAK-", "NRII-", "pscale_tkn_", "pscale_pw_",
        "pscale_oauth_", "PMAK-", "sntrys_", "sntryu_", "ATATT3", "ATCTT3", "EAACEdEose0cBA", "HRKU-", "CFPAT-",
    ]),
    (Body::Sixteen, &["pul-", "AKCp", "LTAI", "sbp_", "rubygems_"]),
    (Body::Capitals, &[
        "gsk_", "xai-", "pplx-", "r8_", "nfp_", "phx_", "phs_", "fm1_", "fm2_", "tvly-", "nvapi-", "figd_", "ATBB",
        "lsv2_", "sb_secret_",
    ]),
    (Body::CapitalsOrLong, &["sk-", "pypi-"]),
    (Body::Letters, &["hf_", "npm_", "hcaik_", "hcxik_"]),
    (Body::Renewed, &["dapi"]),
    (Body::DigitOrCapitals, &["hvs.", "hvb.", "hvr."]),
    (Body::Aws, &["AKIA", "ASIA", "AROA", "AIDA", "ABIA", "ACCA"]),
];

/// Group 1 is the beginning of a token, which stays; group 2 is the secret.
static PREFIXED: LazyLock<Regex> = LazyLock::new(|| {
    let literal = BEGINNINGS.iter().flat_map(|(_, all)| *all).map(|beginning| regex::escape(beginning));
    let beginnings: Vec<String> = literal.chain([DYNATRACE.to_owned()]).collect();
    pattern(&format!(r"(?:^|[^A-Za-z0-9])({})([A-Za-z0-9_\-.]{{12,}})", beginnings.join("|")))
});
const DYNATRACE: &str = r"dt0[a-z][0-9]{2}\.";

/// The tokens of a text.
pub(super) fn tokens(text: &str, secrets: &mut Vec<Range<usize>>) {
    secrets.extend(JWT.find_iter(text).map(|found| found.range()));
    for found in PREFIXED.captures_iter(text) {
        let (Some(beginning), Some(secret)) = (found.get(1), found.get(2)) else { continue };
        let body = secret.as_str().trim_end_matches(['.', '-']);
        let listed = BEGINNINGS.iter().find(|(_, all)| all.contains(&beginning.as_str()));
        if listed.map_or(Body::Digit, |(body, _)| *body).fits(body) {
            secrets.push(secret.start()..secret.start() + body.len());
        }
    }
}
