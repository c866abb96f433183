//! Moves a recorded cluster to today: kubectl counts ages from the machine's clock.

use std::sync::LazyLock;

use jiff::civil::DateTime;
use jiff::{SignedDuration, Timestamp, ToSpan};
use regex::{Captures, Regex};

const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// The machine's time, in whole seconds: Kubernetes' own resolution.
pub fn now() -> Timestamp {
    #[allow(clippy::disallowed_methods)] // kubectl reads the machine's clock too
    let now = Timestamp::now();
    Timestamp::from_second(now.as_second()).expect("a time")
}

/// Every date with a time of day in `text`, in the forms that Kubernetes and logs write, moved by `seconds`; the form and
/// the fraction stay. Years before 2000 stand for "never" and stay too.
pub fn moved(text: &str, seconds: i64, year: i16) -> String {
    static FORMS: LazyLock<Regex> = LazyLock::new(|| {
        let time = r"(\d\d):(\d\d):(\d\d)";
        Regex::new(&format!(
            r"(?P<iso>\b(\d{{4}})([-/])(\d\d)[-/](\d\d)([T ]){time})|(?P<clf>\b(\d\d)([/-])([A-Z][a-z]{{2}})[/-](\d{{4}})([: ]){time})|(?P<klog>\b([IWEF])(\d\d)(\d\d) {time})"
        ))
        .expect("a pattern")
    });
    let span = seconds.seconds();
    FORMS
        .replace_all(text, |found: &Captures| {
            let part = |index: usize| found.get(index).map_or("", |part| part.as_str());
            let number = |index: usize| part(index).parse::<i16>().unwrap_or(0);
            let at = |year, month: i16, day: usize, hour: usize| {
                let (month, day) = (i8::try_from(month).ok()?, i8::try_from(number(day)).ok()?);
                let time = [hour, hour + 1, hour + 2].map(|index| i8::try_from(number(index)).unwrap_or(0));
                let date = DateTime::new(year, month, day, time[0], time[1], time[2], 0).ok()?;
                (year >= 2000).then(|| date.checked_add(span).ok()).flatten()
            };
            let written = if found.name("iso").is_some() {
                at(number(2), number(4), 5, 7).map(|t| {
                    let gap = part(3);
                    let date = format!("{:04}{gap}{:02}{gap}{:02}", t.year(), t.month(), t.day());
                    format!("{date}{}{:02}:{:02}:{:02}", part(6), t.hour(), t.minute(), t.second())
                })
            } else if found.name("clf").is_some() {
                let month = MONTHS.iter().position(|name| *name == part(13)).map_or(0, |index| index as i16 + 1);
                at(number(14), month, 11, 16).map(|t| {
                    let gap = part(12);
                    let date = format!("{:02}{gap}{}{gap}{}", t.day(), MONTHS[t.month() as usize - 1], t.year());
                    format!("{date}{}{:02}:{:02}:{:02}", part(15), t.hour(), t.minute(), t.second())
                })
            } else {
                at(year, number(21), 22, 23).map(|t| {
                    let date = format!("{}{:02}{:02}", part(20), t.month(), t.day());
                    format!("{date} {:02}:{:02}:{:02}", t.hour(), t.minute(), t.second())
                })
            };
            written.unwrap_or_else(|| found[0].to_string())
        })
        .into_owned()
}

/// A time as Kubernetes writes it.
pub fn rfc3339(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// A time so many seconds ago, as Kubernetes writes it.
pub fn ago(now: Timestamp, seconds: i64) -> String {
    rfc3339(now.checked_sub(SignedDuration::from_secs(seconds)).expect("a time"))
}

/// Ages as `k8s.io/apimachinery/pkg/util/duration` writes them.
pub fn human(seconds: i64) -> String {
    fn two(big: i64, unit: &str, small: i64, small_unit: &str) -> String {
        if small == 0 { format!("{big}{unit}") } else { format!("{big}{unit}{small}{small_unit}") }
    }
    let (minutes, hours) = (seconds / 60, seconds / 3600);
    match seconds {
        s if s < -1 => "<invalid>".to_string(),
        s if s < 0 => "0s".to_string(),
        s if s < 120 => format!("{s}s"),
        s if minutes < 10 => two(minutes, "m", s % 60, "s"),
        _ if minutes < 180 => format!("{minutes}m"),
        _ if hours < 8 => two(hours, "h", minutes % 60, "m"),
        _ if hours < 48 => format!("{hours}h"),
        _ if hours < 24 * 8 => two(hours / 24, "d", hours % 24, "h"),
        _ if hours < 24 * 365 * 2 => format!("{}d", hours / 24),
        _ if hours < 24 * 365 * 8 => two(hours / 24 / 365, "y", hours / 24 % 365, "d"),
        _ => format!("{}y", hours / 24 / 365),
    }
}

/// The age of a time as the API server prints it in a table.
pub fn age(time: Option<&str>, now: Timestamp) -> String {
    match time.and_then(|text| text.parse::<Timestamp>().ok()) {
        Some(time) => human(now.duration_since(time).as_secs()),
        None => "<unknown>".to_string(),
    }
}
