//! What stands before a message in a log line: kubectl's own prefixes and the times that programs write.

use jiff::Timestamp;

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
    if let Some((word, after)) = message.split_once(' ')
        && word.len() >= 20
        && word.as_bytes()[4] == b'-'
        && word.contains('T')
        && (is_usual_time(word.as_bytes()) || word.parse::<Timestamp>().is_ok())
    {
        message = strip_runtime(after);
    }
    LogLine { source, message: strip_end_mark(message) }
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

/// Takes the runtime's own words off, which follow its time in the files it keeps: `stdout F message`.
fn strip_runtime(line: &str) -> &str {
    let rest = line.strip_prefix("stdout ").or(line.strip_prefix("stderr "));
    rest.and_then(|rest| rest.strip_prefix("F ").or(rest.strip_prefix("P "))).unwrap_or(line)
}

/// Takes the mark of a dump off that stands glued to a log's last line where that has no line end.
fn strip_end_mark(line: &str) -> &str {
    match line.split_once("==== END logs for container ") {
        Some((message, rest)) if rest.trim_end().ends_with(" ====") && rest.contains(" of pod ") => message,
        _ => line,
    }
}

/// The time a line states with its zone: an RFC 3339 time at its start, after a bracket, or as the value of a JSON or
/// logfmt key. A time without zone says nothing sure and gives `None`.
pub fn time_of(line: &str) -> Option<Timestamp> {
    let head: &str = match line.char_indices().nth(300) {
        Some((end, _)) => &line[..end],
        None => line,
    };
    let bytes = head.as_bytes();
    // The shortest form is 20 bytes: 2026-06-16T08:22:44Z
    for start in memchr::memchr_iter(b'T', bytes).filter_map(|at| at.checked_sub(10)).take(8) {
        if !bytes[start].is_ascii_digit() || (start > 0 && bytes[start - 1].is_ascii_alphanumeric()) {
            continue;
        }
        let Some(text) = head.get(start..) else { continue };
        let end = text.find(|c: char| !(c.is_ascii_digit() || "-:.+TZ".contains(c))).unwrap_or(text.len());
        if let Ok(time) = text[..end].parse::<Timestamp>() {
            return Some(time);
        }
    }
    None
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
}
