//! What stands before a message in a log line: kubectl's own prefixes, the times that programs write, and their levels.

use std::borrow::Cow;

use jiff::Timestamp;
use jiff::civil;

use super::runtime_lines;

/// How grave a program calls a line of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// `trace`, `debug`, `verbose`
    Debug,
    /// `info`, `notice`
    Info,
    /// `warning`
    Warning,
    /// `error`, `severe`
    Error,
    /// `fatal`, `critical`, `panic`, `emerg`
    Fatal,
}

/// A line without what `kubectl logs --prefix` and `--timestamps` put in front of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LogLine<'l> {
    /// `[pod/web-1/app]`: pod and container.
    pub source: Option<(&'l str, &'l str)>,
    /// The rest: what the program wrote.
    pub message: &'l str,
}

/// Takes kubectl's prefixes off: `[pod/web-1/app] `, and an RFC 3339 time followed by a blank.
pub fn strip_kubectl(line: &str) -> LogLine<'_> {
    let mut message = line;
    let mut source = None;
    if let Some(rest) = line.strip_prefix("[pod/")
        && let Some((name, after)) = rest.split_once("] ")
        && let Some((pod, container)) = name.split_once('/')
        && !name.contains(char::is_whitespace)
    {
        source = Some((pod, container));
        message = after;
    }
    if let Some(rest) = behind_time(message) {
        message = runtime_lines::cri(rest).map_or(rest, |(_, _, message)| message);
    }
    LogLine { source, message: strip_end_mark(message) }
}

/// What stands behind an RFC 3339 time and a blank at the start of a line.
pub(super) fn behind_time(line: &str) -> Option<&str> {
    let (word, rest) = line.split_once(' ')?;
    let is_time = word.len() >= 20
        && word.as_bytes()[4] == b'-'
        && word.contains('T')
        && (is_usual_time(word.as_bytes()) || word.parse::<Timestamp>().is_ok());
    is_time.then_some(rest)
}

/// Whether a word is surely an RFC 3339 time, of the form that Kubernetes writes; of others only parsing tells.
fn is_usual_time(word: &[u8]) -> bool {
    let number = |at: usize| {
        let digits = [word[at], word[at + 1]];
        digits.iter().all(u8::is_ascii_digit).then(|| u32::from(digits[0] - b'0') * 10 + u32::from(digits[1] - b'0'))
    };
    let within =
        |at: usize, range: std::ops::RangeInclusive<u32>| number(at).is_some_and(|number| range.contains(&number));
    let Some((b'Z', rest)) = word.split_last() else { return false };
    let marks = [(4, b'-'), (7, b'-'), (10, b'T'), (13, b':'), (16, b':')];
    let fraction = match rest.get(19..) {
        Some([]) => true,
        Some([b'.', digits @ ..]) => (1..=9).contains(&digits.len()) && digits.iter().all(u8::is_ascii_digit),
        _ => false,
    };
    fraction
        && marks.iter().all(|(at, mark)| word[*at] == *mark)
        && within(0, 0..=99)
        && within(2, 0..=99)
        && within(5, 1..=12)
        && within(8, 1..=28)
        && within(11, 0..=23)
        && within(14, 0..=59)
        && within(17, 0..=59)
}

/// Takes the mark of a dump off that stands glued to a log's last line where that has no line end.
fn strip_end_mark(line: &str) -> &str {
    if !line.trim_end().ends_with(" ====") {
        return line;
    }
    match line.split_once("==== END logs for container ") {
        Some((message, rest)) if rest.trim_end().ends_with(" ====") && rest.contains(" of pod ") => message,
        _ => line,
    }
}

/// What the program wrote, without what kubectl put in front of it or the runtime around it.
pub fn message_of(line: &str) -> Cow<'_, str> {
    match runtime_lines::docker(line) {
        Some(read) => read.message,
        None => Cow::Borrowed(strip_kubectl(line).message),
    }
}

/// Bytes at the start of a line in which its time and its level are looked for.
const HEAD_BYTES: usize = 300;

fn head_of(line: &str) -> &str {
    let mut end = line.len().min(HEAD_BYTES);
    while !line.is_char_boundary(end) {
        end -= 1;
    }
    &line[..end]
}

/// The level that a line gives itself; `None` where it gives none. Reads klog (`E1125 19:03:11.123456`), JSON (`"level"`,
/// `"severity"`, pino's numbers, MongoDB's `"s"`), logfmt and logrus (`level=error`), zap's console, nginx and Apache
/// (`[emerg]`), PostgreSQL (`FATAL:`; its `LOG:` is no level), MySQL (`[ERROR]`), Redis (`1:M 25 Nov ... #`), log4j,
/// Spring, Python's logging and .NET's console. kubectl's prefixes may stand before it.
pub fn level_of(line: &str) -> Option<Level> {
    let message = message_of(line);
    let head = head_of(message.trim_start());
    let bytes = head.as_bytes();
    if klog_time(head).is_some() {
        return match bytes[0] {
            b'I' => Some(Level::Info),
            b'W' => Some(Level::Warning),
            b'E' => Some(Level::Error),
            _ => Some(Level::Fatal),
        };
    }
    if head.starts_with('{') {
        let keys = ["level", "severity", "lvl", "loglevel", "log.level", "levelname", "log_level", "@l", "Level"];
        let stated = keys.iter().find_map(|key| json_value(head, key)).and_then(level_word);
        return stated.or_else(|| json_value(head, "s").filter(|_| head.contains("\"$date\"")).and_then(level_word));
    }
    for key in ["level=", "lvl=", "severity="] {
        if let Some(at) = head.find(key)
            && (at == 0 || !bytes[at - 1].is_ascii_alphanumeric())
        {
            let value = head[at + key.len()..].trim_start_matches('"');
            return level_word(value.split([' ', '"', ',']).next().unwrap_or(""));
        }
    }
    if let Some(mark) = redis_mark(head) {
        return Some(mark);
    }
    // A word of its own: in capitals behind the time, in brackets, between tabs, or with a colon at the line's start.
    let mut start = 0;
    for (end, separator) in head.char_indices().filter(|(_, c)| !c.is_alphabetic()).chain([(head.len(), ' ')]) {
        let word = &head[start..end];
        let before = &head[..start];
        start = end + separator.len_utf8();
        if word.len() < 3 {
            continue;
        }
        let Some(level) = level_word(word) else { continue };
        let capitals = word.bytes().all(|b| b.is_ascii_uppercase());
        let begins = before.trim_matches(['[', '<', ' ']).is_empty();
        let behind_time = before.bytes().any(|b| b.is_ascii_digit());
        let bracketed = matches!(
            (before.chars().last(), separator),
            (Some('['), ']' | ':') | (Some('<'), '>') | (Some('\t'), '\t')
        );
        let called = begins && (separator == ':' || separator == '[');
        if bracketed || called || (capitals && (begins || behind_time)) {
            return Some(level);
        }
    }
    None
}

/// The level that a word names.
fn level_word(word: &str) -> Option<Level> {
    Some(match word.to_ascii_lowercase().as_str() {
        "trace" | "debug" | "dbug" | "dbg" | "verbose" | "fine" | "finer" | "finest" | "trce" | "10" | "20" | "d1" => {
            Level::Debug
        }
        "info" | "information" | "informational" | "notice" | "note" | "inf" | "i" | "30" => Level::Info,
        "warn" | "warning" | "wrn" | "w" | "40" => Level::Warning,
        "error" | "err" | "eror" | "fail" | "severe" | "e" | "50" => Level::Error,
        "fatal" | "ftl" | "crit" | "critical" | "panic" | "dpanic" | "emerg" | "emergency" | "alert" | "f" | "60" => {
            Level::Fatal
        }
        _ => return None,
    })
}

/// The text or number of a key in a line of JSON.
fn json_value<'l>(line: &'l str, key: &str) -> Option<&'l str> {
    let quoted = format!("\"{key}\"");
    let rest = line[line.find(&quoted)? + quoted.len()..].trim_start().strip_prefix(':')?.trim_start();
    match rest.strip_prefix('"') {
        Some(text) => text.split('"').next(),
        None => rest.split([',', '}', ' ']).next(),
    }
}

/// Redis: `1:M 25 Nov 2026 19:03:11.123 # Fatal error`, the mark behind the time.
fn redis_mark(line: &str) -> Option<Level> {
    let (role, rest) = line.split_once(' ')?;
    let (pid, role) = role.split_once(':')?;
    if !pid.bytes().all(|b| b.is_ascii_digit()) || !matches!(role, "M" | "S" | "C" | "X" | "signal-handler") {
        return None;
    }
    match rest.split(' ').nth(4)? {
        "." | "-" => Some(Level::Debug),
        "*" => Some(Level::Info),
        "#" => Some(Level::Warning),
        _ => None,
    }
}

/// A time as a line of a log states it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stamp {
    /// With its zone, or counted from the epoch.
    At(Timestamp),
    /// Without a zone: the clock on some wall.
    Wall(civil::DateTime),
    /// klog's and syslog's, without year and zone.
    Yearless(i8, i8, civil::Time),
}

/// The time a line states surely: see [`stamp_of`]. A time without zone says nothing sure and gives `None`.
pub fn time_of(line: &str) -> Option<Timestamp> {
    let head = head_of(line);
    zoned(head)
}

/// The time a line states: RFC 3339 with or without zone at its start, after a bracket, or as the value of a JSON or
/// logfmt key; `2026-11-25 19:03:11,123` with or without `UTC`; nginx's and Apache's `[25/Nov/2026:19:03:11 +0000]`;
/// nginx's `2026/11/25 19:03:11`; seconds and milliseconds since 1970 as the value of `ts`, `time` or `timestamp`;
/// klog's `I1125 19:03:11.123456`. A time with a zone wins over one without.
pub fn stamp_of(line: &str) -> Option<Stamp> {
    let head = head_of(line);
    if let Some(time) = zoned(head) {
        return Some(Stamp::At(time));
    }
    let message = message_of(line);
    if let Some((month, day, time)) = klog_time(&message) {
        return Some(Stamp::Yearless(month, day, time));
    }
    wall(head).map(|(wall, _)| Stamp::Wall(wall))
}

fn zoned(head: &str) -> Option<Timestamp> {
    let bytes = head.as_bytes();
    // The shortest form is 20 bytes: 2026-06-16T08:22:44Z
    for start in memchr::memchr_iter(b'T', bytes).filter_map(|at| at.checked_sub(10)).take(8) {
        if !bytes[start].is_ascii_digit() || (start > 0 && bytes[start - 1].is_ascii_alphanumeric()) {
            continue;
        }
        let of_time = |byte: &u8| byte.is_ascii_digit() || matches!(byte, b'-' | b':' | b'.' | b'+' | b'T' | b'Z');
        let end = start + bytes[start..].iter().take_while(|byte| of_time(byte)).count();
        if let Some(time) = rfc3339(&head[start..end]) {
            return Some(time);
        }
    }
    if let Some(time) = access_log(head) {
        return Some(time);
    }
    if let Some((wall, rest)) = wall(head) {
        let zone = rest.trim_start();
        let utc = ["UTC", "GMT", "Z"].iter().any(|name| {
            zone.strip_prefix(name).is_some_and(|after| !after.starts_with(|c: char| c.is_ascii_alphanumeric()))
        });
        if utc {
            return wall.to_zoned(jiff::tz::TimeZone::UTC).ok().map(|zoned| zoned.timestamp());
        }
        if let Some(offset) = numeric_zone(zone) {
            return offset.to_timestamp(wall).ok();
        }
    }
    since_epoch(head)
}

/// RFC 3339, also with a zone without colon as log4j and zap write it (`+0000`).
fn rfc3339(text: &str) -> Option<Timestamp> {
    text.parse::<Timestamp>().ok()
}

/// `+0000`, `-05:30` right behind a time.
fn numeric_zone(text: &str) -> Option<jiff::tz::Offset> {
    let sign = match text.as_bytes().first()? {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let digits: String = text[1..].chars().take(5).filter(|c| *c != ':').take_while(char::is_ascii_digit).collect();
    if digits.len() < 4 {
        return None;
    }
    let (hours, minutes) = (digits[..2].parse::<i32>().ok()?, digits[2..4].parse::<i32>().ok()?);
    jiff::tz::Offset::from_seconds(sign * (hours * 3600 + minutes * 60)).ok()
}

/// `25/Nov/2026:19:03:11 +0000`
fn access_log(head: &str) -> Option<Timestamp> {
    let start = head.find('[')? + 1;
    let text = head.get(start..)?;
    let (day, rest) = text.split_once('/')?;
    let (month, rest) = rest.split_once('/')?;
    let (year, rest) = rest.split_once(':')?;
    let clock = rest.get(..8)?;
    let zone = numeric_zone(rest.get(8..)?.trim_start())?;
    let date = civil::Date::new(year.parse().ok()?, month_of(month)?, day.parse().ok()?).ok()?;
    zone.to_timestamp(date.to_datetime(clock_of(clock)?)).ok()
}

fn month_of(name: &str) -> Option<i8> {
    const NAMES: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    NAMES.iter().position(|known| *known == name).map(|index| index as i8 + 1)
}

/// `19:03:11`, with a fraction behind it or not.
fn clock_of(text: &str) -> Option<civil::Time> {
    let bytes = text.as_bytes();
    let two = |at: usize| -> Option<i8> {
        let digits = bytes.get(at..at + 2).filter(|digits| digits.iter().all(u8::is_ascii_digit))?;
        Some(((digits[0] - b'0') * 10 + (digits[1] - b'0')) as i8)
    };
    let colons = bytes.get(2) == Some(&b':') && bytes.get(5) == Some(&b':');
    civil::Time::new(two(0).filter(|_| colons)?, two(3)?, two(6)?, 0).ok()
}

/// `I1125 19:03:11.123456` at the start of a line: month, day, clock.
fn klog_time(line: &str) -> Option<(i8, i8, civil::Time)> {
    let bytes = line.as_bytes();
    if bytes.len() < 14
        || !b"IWEF".contains(&bytes[0])
        || bytes[5] != b' '
        || !bytes[1..5].iter().all(u8::is_ascii_digit)
    {
        return None;
    }
    let number = |at: usize| ((bytes[at] - b'0') * 10 + (bytes[at + 1] - b'0')) as i8;
    Some((number(1), number(3), clock_of(line.get(6..)?)?))
}

/// `2026-11-25 19:03:11` or `2026/11/25 19:03:11` or with a `T`, and what stands behind it and its fraction.
fn wall(head: &str) -> Option<(civil::DateTime, &str)> {
    let bytes = head.as_bytes();
    for colon in memchr::memchr_iter(b':', bytes).take(8) {
        // yyyy-mm-dd hh: is 13 bytes before the first colon.
        let Some(start) = colon.checked_sub(13) else { continue };
        let text = head.get(start..)?;
        let digits = |range: std::ops::Range<usize>| bytes[start..][range].iter().all(u8::is_ascii_digit);
        let separators = matches!((bytes[start + 4], bytes[start + 7]), (b'-', b'-') | (b'/', b'/'));
        if !separators || !digits(0..4) || !digits(5..7) || !digits(8..10) || !matches!(bytes[start + 10], b' ' | b'T')
        {
            continue;
        }
        if start > 0 && bytes[start - 1].is_ascii_alphanumeric() {
            continue;
        }
        let date = (text[..4].parse().ok()?, text[5..7].parse().ok()?, text[8..10].parse().ok()?);
        let date = civil::Date::new(date.0, date.1, date.2).ok()?;
        let time = clock_of(text.get(11..)?)?;
        let rest = &text[19..];
        let fraction =
            rest.strip_prefix(['.', ',']).map_or(rest, |rest| rest.trim_start_matches(|c: char| c.is_ascii_digit()));
        return Some((date.to_datetime(time), fraction));
    }
    None
}

/// Seconds (with a fraction or not) or milliseconds since 1970, of this century, as the value of a key that names a time.
fn since_epoch(head: &str) -> Option<Timestamp> {
    let logfmt = |key: &str| {
        let at = head.find(&format!("{key}="))?;
        let own = at == 0 || head.as_bytes()[at - 1] == b' ';
        own.then(|| head[at + key.len() + 1..].split([' ', ',']).next()).flatten()
    };
    let text = ["ts", "time", "timestamp", "t", "@timestamp"]
        .iter()
        .find_map(|key| if head.starts_with('{') { json_value(head, key) } else { logfmt(key) })?;
    let whole = text.split('.').next()?;
    let number = whole.parse::<i64>().ok().filter(|_| whole.bytes().all(|b| b.is_ascii_digit()))?;
    match whole.len() {
        10 => Timestamp::from_second(number).ok(),
        13 => Timestamp::from_millisecond(number).ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kubectl_prefixes_come_off() {
        let line = strip_kubectl("[pod/web-1/app] 2026-06-16T08:22:44.123456789Z panic: no");
        assert_eq!(line, LogLine { source: Some(("web-1", "app")), message: "panic: no" });
        assert_eq!(strip_kubectl("[pod/unclosed x").message, "[pod/unclosed x");
        assert_eq!(strip_kubectl("2023-11-02T06:12:08.123456789Z stderr F panic: no").message, "panic: no");
        assert_eq!(
            strip_kubectl("panic: no==== END logs for container app of pod shop/web-0 ====").message,
            "panic: no"
        );
    }

    #[test]
    fn a_usual_time_is_one_that_parses() {
        for word in ["2026-06-16T08:22:44Z", "2026-06-16T08:22:44.123456789Z", "0001-01-28T23:59:59.1Z"] {
            assert!(is_usual_time(word.as_bytes()) && word.parse::<Timestamp>().is_ok(), "{word}");
        }
        for word in
            ["2026-06-31T08:22:44Z", "2026-13-16T08:22:44Z", "2026-06-16T08:22:44+02:00", "2026-06-16T08:22:44.Z", "Z"]
        {
            assert!(!is_usual_time(word.as_bytes()), "{word}");
        }
    }

    #[test]
    fn only_times_with_a_zone_count() {
        assert_eq!(time_of(r#"{"ts":"2026-06-16T10:22:44+02:00","m":1}"#), "2026-06-16T08:22:44Z".parse().ok());
        assert_eq!(time_of("2026-06-16T08:22:44Z x"), "2026-06-16T08:22:44Z".parse().ok());
        assert_eq!(time_of("2026-06-16T08:22:44 no zone"), None);
        assert_eq!(time_of("2026/06/16 08:22:44 no zone"), None);
        assert_eq!(time_of("T\u{e4}T0123456789"), None);
    }

    #[test]
    fn times_with_a_zone_in_many_spellings() {
        let at = "2026-11-25T19:03:11Z".parse::<Timestamp>().ok();
        for line in [
            r#"10.0.0.9 - - [25/Nov/2026:19:03:11 +0000] "GET / HTTP/1.1" 200 5"#,
            r#"10.0.0.9 - - [25/Nov/2026:20:03:11 +0100] "GET / HTTP/1.1" 200 5"#,
            "2026-11-25 19:03:11.456 UTC [1] FATAL:  no",
            "2026-11-25 19:03:11 UTC [1] FATAL:  no",
            "2026-11-25 20:03:11 +0100 [1] no",
            "2026-11-25T20:03:11+0100\tinfo\tno",
            r#"{"level":"error","ts":1795633391,"msg":"no"}"#,
            "level=error ts=1795633391 msg=no",
        ] {
            let second = time_of(line).and_then(|time| Timestamp::from_second(time.as_second()).ok());
            assert_eq!(second, at, "{line}");
        }
        let millis = time_of(r#"{"level":50,"time":1795633391123,"msg":"no"}"#);
        assert_eq!(millis, "2026-11-25T19:03:11.123Z".parse().ok());
        assert_eq!(time_of(r#"{"time":"8","level":"error"}"#), None);
        assert_eq!(time_of("port=1795633391 up"), None);
    }

    #[test]
    fn times_without_a_zone_are_walls() {
        let wall = Some(Stamp::Wall(civil::date(2026, 11, 25).at(19, 3, 11, 0)));
        assert_eq!(stamp_of("2026/11/25 19:03:11 [emerg] 1#1: bind() failed"), wall);
        assert_eq!(stamp_of("2026-11-25 19:03:11,123 - app - ERROR - no"), wall);
        assert_eq!(stamp_of("[2026-11-25T19:03:11,123][ERROR][o.e.b.Bootstrap] no"), wall);
        let klog = Some(Stamp::Yearless(11, 25, civil::time(19, 3, 11, 0)));
        assert_eq!(stamp_of("E1125 19:03:11.123456       1 main.go:31] no"), klog);
        assert_eq!(stamp_of("no time at 19:03:11"), None);
        assert_eq!(stamp_of("2026-13-45 19:03:11 x"), None);
    }

    #[test]
    fn levels_of_many_formats() {
        use Level::{Debug, Error, Fatal, Info, Warning};
        let table = [
            ("E1125 19:03:11.123456       1 main.go:31] no", Some(Error)),
            ("2026-11-25T19:03:11.1Z F1125 19:03:11.123456 1 main.go:31] no", Some(Fatal)),
            (r#"{"level":"warn","ts":1795633391.1,"msg":"error connecting"}"#, Some(Warning)),
            (r#"{"level":30,"time":1795633391123,"msg":"no"}"#, Some(Info)),
            (r#"{"t":{"$date":"2026-11-25T19:03:11Z"},"s":"E","c":"NETWORK"}"#, Some(Error)),
            (r#"time="2026-11-25T19:03:11Z" level=info msg="lookup failed""#, Some(Info)),
            ("INFO[0003] connection refused, retrying", Some(Info)),
            ("2026-11-25T19:03:11.1Z\tdebug\tmain.go:3\tlookup failed", Some(Debug)),
            ("2026/11/25 19:03:11 [emerg] 1#1: bind() failed", Some(Fatal)),
            ("2026-11-25 19:03:11.456 UTC [1] FATAL:  no", Some(Fatal)),
            ("2026-11-25 19:03:11.456 UTC [1] LOG:  could not bind", None),
            ("2026-11-25T19:03:11.1Z 0 [Note] [MY-010116] [Server] starting", Some(Info)),
            ("1:M 25 Nov 2026 19:03:11.123 # Can't open", Some(Warning)),
            ("2026-11-25 19:03:11.123  WARN 1 --- [main] o.a.k.Client : Connection refused", Some(Warning)),
            ("2026-11-25 19:03:11,123 - app.db - ERROR - no", Some(Error)),
            ("ERROR:root:no", Some(Error)),
            ("fail: Microsoft.Hosting.Lifetime[0]", Some(Error)),
            ("[2026-11-25T19:03:11,123][INFO ][o.e.n.Node] starting", Some(Info)),
            ("could not send INFO to the peer", None),
            ("Error: no such file", Some(Error)),
            ("", None),
        ];
        for (line, level) in table {
            assert_eq!(level_of(line), level, "{line}");
        }
    }
}
