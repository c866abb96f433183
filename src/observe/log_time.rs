//! Ties the times that logs state to the kubelet's clock.

use jiff::tz::Offset;
use jiff::{SignedDuration, Timestamp, civil};

use crate::logs::Stamp;
use crate::model::time::human;

/// Seconds by which a line may lie outside its run: states are cut to whole seconds, and the end of a run is noticed late.
const SLACK: i64 = 2;
/// A log is ahead of the collection only by more than this, seconds: outputs are collected one after the other.
const AHEAD: i64 = 120;

/// When a line was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogTime {
    /// The time.
    pub at: Timestamp,
    /// Whether its zone is taken for UTC because that fits, while others would fit as well.
    pub approximate: bool,
    /// What must be said of the log's clock.
    pub note: Option<String>,
}

/// The moment that a stamp of a log means. One without zone counts only where the run (start and end by the kubelet) ties
/// it: where one quarter-hour zone alone lets the line fall into the run, that zone; where several do and UTC is one of
/// them, UTC, approximately; else `None`.
pub fn tie(stamp: Stamp, run: Option<(Timestamp, Timestamp)>, collected: Option<Timestamp>) -> Option<LogTime> {
    match stamp {
        Stamp::At(at) => {
            let ahead = collected.map(|collected| at.as_second() - collected.as_second()).filter(|by| *by > AHEAD);
            let note = ahead.map(|by| format!("the log's clock is {} ahead of the bundle's collection", human(by)));
            Some(LogTime { at, approximate: false, note })
        }
        Stamp::Wall(wall) => tie_wall(wall, run?),
        Stamp::Yearless(month, day, time) => {
            let run = run?;
            let year = Offset::UTC.to_datetime(run.0).year();
            // A run may begin in one year and end in the next, and a zone may put its start into the year before.
            [year, year + 1, year - 1]
                .into_iter()
                .find_map(|year| tie_wall(civil::Date::new(year, month, day).ok()?.to_datetime(time), run))
        }
    }
}

fn tie_wall(wall: civil::DateTime, (start, end): (Timestamp, Timestamp)) -> Option<LogTime> {
    let slack = SignedDuration::from_secs(SLACK);
    let (from, to) = (start.checked_sub(slack).ok()?, end.checked_add(slack).ok()?);
    let quarters = -48..=56;
    let fits: Vec<(i32, Timestamp)> = quarters
        .filter_map(|quarter| Some((quarter, Offset::from_seconds(quarter * 900).ok()?.to_timestamp(wall).ok()?)))
        .filter(|(_, at)| from <= *at && *at <= to)
        .collect();
    let utc = fits.iter().find(|(quarter, _)| *quarter == 0);
    match (utc, fits.as_slice()) {
        (Some((_, at)), _) => Some(LogTime { at: *at, approximate: fits.len() > 1, note: None }),
        (None, [(quarter, at)]) => {
            let (sign, minutes) = (if *quarter < 0 { '-' } else { '+' }, quarter.abs() * 15);
            let note = format!("the log's clock runs at UTC{sign}{:02}:{:02}", minutes / 60, minutes % 60);
            Some(LogTime { at: *at, approximate: false, note: Some(note) })
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().expect("a time")
    }

    fn wall(hour: i8, minute: i8, second: i8) -> Stamp {
        Stamp::Wall(civil::date(2026, 11, 25).at(hour, minute, second, 0))
    }

    #[test]
    fn a_short_run_ties_a_local_time() {
        let run = Some((at("2026-11-25T19:03:05Z"), at("2026-11-25T19:03:12Z")));
        let utc = tie(wall(19, 3, 11), run, None).expect("it is tied");
        assert_eq!((utc.at, utc.approximate, utc.note), (at("2026-11-25T19:03:11Z"), false, None));
        let berlin = tie(wall(20, 3, 11), run, None).expect("it is tied");
        assert_eq!((berlin.at, berlin.approximate), (at("2026-11-25T19:03:11Z"), false));
        assert_eq!(berlin.note.as_deref(), Some("the log's clock runs at UTC+01:00"));
        let klog = tie(Stamp::Yearless(11, 25, civil::time(19, 3, 11, 0)), run, None).expect("it is tied");
        assert_eq!(klog.at, at("2026-11-25T19:03:11Z"));
    }

    #[test]
    fn what_nothing_ties_is_left_out() {
        let run = Some((at("2026-11-25T19:03:05Z"), at("2026-11-25T19:03:12Z")));
        assert_eq!(tie(wall(19, 10, 0), run, None), None);
        assert_eq!(tie(wall(19, 3, 11), None, None), None);
        // A day long: UTC fits, and so do others.
        let long = Some((at("2026-11-25T00:00:00Z"), at("2026-11-26T00:00:00Z")));
        let guess = tie(wall(19, 3, 11), long, None).expect("UTC fits");
        assert_eq!((guess.at, guess.approximate), (at("2026-11-25T19:03:11Z"), true));
        let hours = Some((at("2026-11-25T10:00:00Z"), at("2026-11-25T13:00:00Z")));
        assert_eq!(tie(wall(19, 3, 11), hours, None), None);
    }

    #[test]
    fn a_run_over_new_year() {
        let run = Some((at("2026-12-31T23:59:58Z"), at("2027-01-01T00:00:05Z")));
        let tied = tie(Stamp::Yearless(1, 1, civil::time(0, 0, 3, 0)), run, None).expect("it is tied");
        assert_eq!(tied.at, at("2027-01-01T00:00:03Z"));
    }

    #[test]
    fn a_clock_ahead_of_the_collection_is_noted() {
        let stamp = Stamp::At(at("2026-11-25T20:03:11Z"));
        let tied = tie(stamp, None, Some(at("2026-11-25T19:03:11Z"))).expect("it has a zone");
        assert_eq!(tied.note.as_deref(), Some("the log's clock is 60m ahead of the bundle's collection"));
        assert_eq!(tie(stamp, None, Some(at("2026-11-25T20:02:30Z"))).expect("it has a zone").note, None);
    }
}
