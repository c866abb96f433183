//! The value behind a name: where it begins and ends, and whether it is the secret that the name promises.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::names::{NAME, Name, judge};
use super::pattern;
use super::words::{is_object_name, is_path, is_placeholder, is_prose, is_size, key_like, looks_random};

/// A name and a value as two fields of one line, also inside an annotation: `"name":"DB_PASSWORD","value":"..."`,
/// `{name: DB_PASSWORD, value: x}`, `EnvVar{Name:DB_PASSWORD,Value:x,}`.
static PAIR: LazyLock<Regex> = LazyLock::new(|| {
    pattern(concat!(
        r#"(?i)\b(?:name|key|variable|param|parameter)\\*["']?\s*[:=]\s*\\*["']?([A-Z0-9_.\-]+)\\*["']?\s*[,;]?(?:\s|\\+[nrt])*"#,
        r#"\\*["']?val(?:ue)?\\*["']?\s*[:=]\s*"#
    ))
});

/// The values behind the names of a text that has a trigger.
pub(super) fn named(text: &str, secrets: &mut Vec<Range<usize>>) {
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
    let mut at = word.end + unseen(&text[word.end..]);
    let mut quoted_name = false;
    if let Some(quote) = spelled_quote(&text[at..]) {
        return within_spelled_quotes(text, at + quote.len(), kind);
    }
    let escapes = text[at..].len() - text[at..].trim_start_matches('\\').len();
    if matches!(text[at + escapes..].bytes().next(), Some(b'"' | b'\'')) {
        at += escapes + 1;
        quoted_name = true;
        // `["password"]=> string(7) "x"`, as PHP prints it.
        at += usize::from(text[at..].starts_with("]=>"));
    } else if previous == Some('[') && text[at..].starts_with("] =>") {
        at += 1;
    }
    let blanks = blank(&text[at..]);
    let rest = &text[at + blanks..];
    let variable = kind == Name::Value && name.contains('_') && !name.bytes().any(|b| b.is_ascii_lowercase());
    let separator = match rest.as_bytes().first() {
        Some(b'-') if variable && rest.starts_with("-> ") => 2,
        // Two items of a list of arguments, one below the other, in one line.
        Some(b'-') if flag && rest.starts_with("- ") && kind == Name::Value => 2,
        Some(_) if variable && text[at..].starts_with('\t') && !rest.starts_with(['=', ':']) => 0,
        Some(b'=') if rest.starts_with("=>") => 2,
        Some(b'=') if !rest.starts_with("==") => 1,
        Some(b':') if rest.starts_with(":=") => 2,
        Some(b':') if !rest.starts_with("://") && !rest.starts_with("::") => 1,
        // `"--password","x"` in a list of arguments, and as Java prints one: `[--password, x]`.
        Some(b',') if flag && quoted_name => 1,
        Some(b',') if flag && kind == Name::Value && is_listed(before) && !rest.starts_with(", -") => 1,
        _ if flag && blanks > 0 && !quoted_name => 0,
        _ => return Looked::Passed(0),
    };
    let colon = rest.starts_with(':');
    let space = blank(&rest[separator..]);
    let start = at + blanks + separator + space;
    let start = start + unseen(&text[start..]);
    if let Some(below) = below(text, start) {
        return value_below(text, below, kind);
    }
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
    // Microsoft's drivers take a value in braces as it stands.
    let braced = value.split(';').next().and_then(|value| value.strip_prefix('{')?.strip_suffix('}'));
    if let Some(inner) = braced.filter(|inner| key_like(inner) || before.contains("sqlserver:")) {
        return Looked::Secret(start + 1..start + 1 + inner.len());
    }
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
        Name::Word if matches!(flat.as_str(), "sig" | "sas" | "signature") => {
            matches!(previous, Some('?' | '&' | ';')) && value.len() >= 8
        }
        Name::Word => !value.bytes().all(|b| b.is_ascii_digit()) && (flat != "auth" || looks_random(value)),
        Name::Reference => !is_object_name(value) && (looks_random(value) || (!colon && alone)),
        Name::Any | Name::Code => fits_kind(kind, value, previous),
    };
    if secret { Looked::Secret(start..end) } else { Looked::Passed(value.len()) }
}

/// What a terminal shows nothing of: colours, also spelled out, and characters without width.
static UNSEEN: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"^(?:(?:\x1b|\\+(?:u001b|x1b|033|e))\[[0-9;]*m|[\u{ad}\u{200b}-\u{200d}\u{2060}\u{feff}])+")
});

fn unseen(text: &str) -> usize {
    let may = text.starts_with(['\x1b', '\\']) || !text.bytes().next().is_none_or(|byte| byte.is_ascii());
    if may { UNSEEN.find(text).map_or(0, |found| found.end()) } else { 0 }
}

/// A quotation mark as another language spells it: `&quot;`, `\u0022`.
fn spelled_quote(text: &str) -> Option<&'static str> {
    ["&quot;", "&#34;", "&#39;", "&apos;", "\\u0022", "\\u0027"].into_iter().find(|quote| text.starts_with(quote))
}

/// The value behind a name whose closing quotation mark was spelled and ends at `at`.
fn within_spelled_quotes(text: &str, at: usize, kind: Name) -> Looked {
    let at = at + blank(&text[at..]);
    let Some(rest) = text[at..].strip_prefix([':', '=']) else { return Looked::Passed(0) };
    let at = at + 1 + blank(rest);
    let Some(quote) = spelled_quote(&text[at..]) else { return Looked::Passed(0) };
    let start = at + quote.len();
    let end = text[start..].find(quote).map_or(text.len(), |end| start + end);
    judged(text, start..end, kind)
}

/// What a value is, where it stands apart from its name.
fn judged(text: &str, value: Range<usize>, kind: Name) -> Looked {
    let inner = &text[value.clone()];
    let words = inner.is_empty() || inner.contains(' ') && is_prose(inner) || inner.ends_with([':', '{', '[']);
    let secret = match kind {
        Name::Value => !words && !is_placeholder(inner) && !is_path(inner) && !is_size(inner),
        _ => key_like(inner),
    };
    if secret { Looked::Secret(value) } else { Looked::Passed(inner.len()) }
}

/// Whether what stands before an argument is the begin of a list or another item of it.
fn is_listed(before: &str) -> bool {
    before.trim_end_matches([' ', '-']).ends_with(['[', ','])
}

/// What may stand between a name's colon and a value on one of the next lines, where the line ends are spelled out: a mark of a
/// block, comments, an open bracket, the dash of a list, and a key that only says that the value comes.
static BELOW: LazyLock<Regex> = LazyLock::new(|| {
    pattern(concat!(
        r"^(?i)(?:[|>][-+]?[ \t]*)?(?:(?:[{\[][ \t]*)?(?:(?:\\+[nrt][ \t]*)+(?:#[^\\\n]*(?:\\+[nrt][ \t]*)+)*)?(?:-[ \t]+)?",
        r#"(?:\\*["']?(?:value|val|valuefrom|literal|default|plain|content)\\*["']?[ \t]*[:=][ \t]*)?)+"#,
    ))
});

/// Where the value begins that stands below its name, or in an object of its own.
fn below(text: &str, start: usize) -> Option<usize> {
    let rest = &text[start..];
    if !rest.starts_with(['\\', '{', '[', '|', '>']) {
        return None;
    }
    let skipped = BELOW.find(rest)?.as_str();
    let line_end = skipped.contains("\\n") || skipped.contains("\\r");
    let key = skipped.ends_with([':', '=']) || skipped.trim_end().ends_with([':', '=']);
    (line_end || key).then_some(start + skipped.len())
}

fn value_below(text: &str, start: usize, kind: Name) -> Looked {
    if let Some(value) = quoted(text, start) {
        return judged(text, value, kind);
    }
    let end = unquoted_end(text, start);
    // The line ends where the next spelled line end is.
    let spelled = |at: usize| text[at..].trim_start_matches('\\').starts_with(['n', 'r', 't']);
    let line = text[start..end].match_indices('\\').map(|(at, _)| start + at).find(|at| spelled(*at));
    let end = line.unwrap_or(end);
    let rest = text[end..].trim_start_matches([' ', '\t']);
    let alone = rest.is_empty() || rest.starts_with(['\\', '\n', ',', ';', '}', ']', ')', '"', '\'', '`', '#']);
    if alone || looks_random(&text[start..end]) { judged(text, start..end, kind) } else { Looked::Passed(end - start) }
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
static WRAPPED: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r#"^(?:[bBuUrRfFL@$&]{1,2}|string\([0-9]{1,6}\)[ \t]*|[A-Za-z_][A-Za-z0-9_.:]{0,30}\([ \t]*&?)\\*["']"#)
});

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

pub(super) fn next_is_pair(rest: &str) -> bool {
    let rest = rest.trim_start_matches(' ');
    let name = rest.len()
        - rest.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-' | ' ')).len();
    rest.is_empty()
        || rest.starts_with(['"', '\'', '{', '}', '\\'])
        || (name > 0 && rest[name..].starts_with(['=', ':']))
}
