//! Times as kubectl and logs print them: absolute, or an age before the moment of collection.

use jiff::Timestamp;

/// When something happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum When {
    /// An absolute time (JSON, YAML, `describe`'s `Started:`).
    At(Timestamp),
    /// So many seconds before the output was printed (`Age` columns); as coarse as kubectl prints it.
    Ago(i64),
}

impl When {
    /// The absolute time, where one is known: ages count back from `collected`, the moment the output was printed.
    pub fn at(self, collected: Option<Timestamp>) -> Option<Timestamp> {
        match self {
            When::At(time) => Some(time),
            When::Ago(seconds) => collected?.checked_sub(jiff::SignedDuration::from_secs(seconds)).ok(),
        }
    }

    /// Orders moments of one bundle: ages count back from `collected`. Where that is not known nothing ties the two
    /// clocks, and ages come before absolute times.
    pub fn order(self, collected: Option<Timestamp>) -> (bool, i64) {
        match (self.at(collected), self) {
            (Some(at), _) => (true, at.as_second()),
            (None, When::At(at)) => (true, at.as_second()),
            (None, When::Ago(seconds)) => (false, -seconds),
        }
    }
}

/// Reads the age that kubectl prints in tables and events: `0s`, `97s`, `3m26s`, `5d`, `2d3h`, `1y20d`, also the older
/// `1h`. Seconds. `<unknown>`, `<invalid>`, anything else: `None`.
pub fn parse_age(text: &str) -> Option<i64> {
    let text = text.trim();
    let mut total: i64 = 0;
    let mut number: Option<i64> = None;
    for c in text.chars() {
        if let Some(digit) = c.to_digit(10) {
            number = Some(number.unwrap_or(0).checked_mul(10)?.checked_add(i64::from(digit))?);
            continue;
        }
        let unit = match c {
            's' => 1,
            'm' => 60,
            'h' => 3600,
            'd' => 86_400,
            'w' => 7 * 86_400,
            'y' => 365 * 86_400,
            _ => return None,
        };
        total = total.checked_add(number.take()?.checked_mul(unit)?)?;
    }
    (number.is_none() && !text.is_empty()).then_some(total)
}

/// Reads a time as Kubernetes writes it: RFC 3339 (`2026-06-16T08:22:44Z`, with fraction or offset) in JSON and YAML,
/// RFC 1123 with numeric zone (`Tue, 16 Jun 2026 08:22:44 +0000`) in `describe`. `null`, `<unset>`: `None`.
pub fn parse_time(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    if let Ok(time) = text.parse::<Timestamp>() {
        return Some(time);
    }
    jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(text).ok()
}

/// Writes a span of seconds as kubectl does, two units at most: `42s`, `3m26s`, `5h10m`, `2d3h`, `400d`.
pub fn human(seconds: i64) -> String {
    let s = seconds.max(0);
    let two = |big: i64, unit: &str, small: i64, small_unit: &str| {
        if small == 0 { format!("{big}{unit}") } else { format!("{big}{unit}{small}{small_unit}") }
    };
    match s {
        0..=119 => format!("{s}s"),
        120..=5999 => two(s / 60, "m", s % 60, "s"),
        6000..=86_399 => two(s / 3600, "h", s % 3600 / 60, "m"),
        86_400..=691_199 => two(s / 86_400, "d", s % 86_400 / 3600, "h"),
        _ => format!("{}d", s / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages() {
        assert_eq!(parse_age("3m26s"), Some(206));
        assert_eq!(parse_age("5d"), Some(432_000));
        assert_eq!(parse_age("1y20d"), Some(385 * 86_400));
        for bad in ["<unknown>", "", "5", "d", "5x", "999999999999999999999d"] {
            assert_eq!(parse_age(bad), None, "{bad}");
        }
    }

    #[test]
    fn times_of_json_and_of_describe_are_the_same_instant() {
        let json = parse_time("2026-06-16T08:22:44Z");
        assert!(json.is_some());
        assert_eq!(parse_time("Tue, 16 Jun 2026 10:22:44 +0200"), json);
        assert_eq!(parse_time("Tue, 16 Jun 2026 08:22:44 +0000"), json);
        assert_eq!(parse_time("<unset>"), None);
    }

    #[test]
    fn spans_read_like_kubectl() {
        assert_eq!([human(85), human(206), human(18_600), human(183_600)], ["85s", "3m26s", "5h10m", "2d3h"]);
    }
}
