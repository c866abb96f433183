//! Secrets in what leaves the program: found and masked, the rest of the text untouched.
//!
//! Owns what a secret looks like. Works on any text: a line of a log, a clause of ours with words of the bundle in it, a
//! page of Markdown. Secret *names* and references (`<set to the key 'x' in secret 'y'>`, `secret "x" not found`) are
//! no secrets: they are what a reader needs.
//!
//! In reading order: `words` is what a word can be, `names` and `values` are secrets by their names, `addresses`, `headers`,
//! `commands` and `told` by their place, `tokens` and `forms` by their own look; `path` looks for all of them in the name of a file, and
//! `mask` writes what is shown instead.

mod addresses;
mod commands;
mod forms;
mod headers;
mod mask;
mod names;
mod path;
#[cfg(test)]
mod tests;
mod tokens;
mod told;
mod values;
mod words;

use std::borrow::Cow;
use std::ops::Range;
use std::sync::LazyLock;

use aho_corasick::AhoCorasick;
use regex::Regex;

pub use mask::MASK;
use words::key_like;

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

/// Masks the secrets of a path, or of a message that holds one. A file's name has an ending, and `_` where an address has
/// slashes.
pub fn redact_path(path: &str) -> Cow<'_, str> {
    masked(path, path::secrets(path))
}

/// A path with its secrets masked, and those of them that are recognised again wherever they stand, as [`known`] has
/// those of a text.
pub fn path(path: &str) -> (Cow<'_, str>, Vec<&str>) {
    let secrets = path::secrets(path);
    let known = secrets.iter().map(|secret| &path[secret.clone()]).filter(|secret| key_like(secret)).collect();
    (masked(path, secrets), known)
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
    forms::standing_alone(text, &mut secrets);
    secrets
}

/// The secrets that something in the text tells: a name, a place, a form.
fn named_or_formed(text: &str) -> Vec<Range<usize>> {
    told_by(text, TRIGGERS.of(text))
}

/// The secrets that these kinds of triggers can tell.
fn told_by(text: &str, triggers: Kinds) -> Vec<Range<usize>> {
    let mut secrets = Vec::new();
    forms::encoded_lines(text, &mut secrets);
    if triggers.has(Kinds::LOOKS) {
        tokens::tokens(text, &mut secrets);
        forms::keys(text, &mut secrets);
    }
    if triggers.has(Kinds::ADDRESSES) {
        addresses::passwords(text, &mut secrets);
    }
    if triggers.has(Kinds::HEADERS) {
        headers::credentials(text, &mut secrets);
    }
    if triggers.has(Kinds::COMMANDS) {
        commands::arguments(text, &mut secrets);
    }
    if triggers.has(Kinds::HEADERS) || triggers.has(Kinds::NAMES) {
        told::told(text, &mut secrets);
    }
    if triggers.has(Kinds::NAMES) {
        values::named(text, &mut secrets);
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
    if secrets.is_empty() { Cow::Borrowed(text) } else { Cow::Owned(mask::mask(text, secrets)) }
}

#[expect(clippy::expect_used, reason = "the patterns are constants, built by every test run")]
fn pattern(source: &str) -> Regex {
    Regex::new(source).expect("a constant pattern")
}

/// Kinds of triggers: words of which one is in every text with a secret that is told in this way.
#[derive(Debug, Clone, Copy)]
struct Kinds(u8);

impl Kinds {
    const LOOKS: Kinds = Kinds(1);
    const ADDRESSES: Kinds = Kinds(2);
    const HEADERS: Kinds = Kinds(4);
    const COMMANDS: Kinds = Kinds(8);
    const NAMES: Kinds = Kinds(16);

    fn has(self, kind: Kinds) -> bool {
        self.0 & kind.0 != 0
    }
}

/// Finds triggers, in capitals or not.
struct Triggers {
    words: AhoCorasick,
    /// What each word is a trigger of.
    kinds: Vec<Kinds>,
}

impl Triggers {
    /// The kinds of which a text has one.
    fn of(&self, text: &str) -> Kinds {
        let found = self.words.find_overlapping_iter(text).map(|found| self.kinds[found.pattern()]);
        found.fold(Kinds(0), |all, kinds| Kinds(all.0 | kinds.0))
    }
}

#[expect(clippy::expect_used, reason = "the literals are constants, built by every test run")]
static TRIGGERS: LazyLock<Triggers> = LazyLock::new(|| {
    let listed = [
        (Kinds::LOOKS, forms::TRIGGERS),
        (Kinds::ADDRESSES, addresses::TRIGGERS),
        (Kinds::HEADERS, headers::TRIGGERS),
        (Kinds::COMMANDS, commands::TRIGGERS),
    ];
    let listed = listed.into_iter().flat_map(|(kind, words)| words.iter().map(move |word| (kind, (*word).to_owned())));
    let tokens = tokens::triggers().map(|word| (Kinds::LOOKS, word.to_owned()));
    let (kinds, words): (Vec<Kinds>, Vec<String>) =
        listed.chain(tokens).chain(names::triggers().map(|word| (Kinds::NAMES, word))).unzip();
    Triggers {
        words: AhoCorasick::builder().ascii_case_insensitive(true).build(words).expect("constant literals"),
        kinds,
    }
});
