//! Ties the times that logs state to the kubelet's clock.

use jiff::tz::Offset;
use jiff::{SignedDuration, Timestamp, civil};

use crate::logs::Stamp;
use crate::model::time::human;

/// Seconds by which a line may lie outside its run: states are cut to whole seconds, and the end of a run is noticed late.
const SLACK: i64 = 2;
/// A log is ahead of the collection only by more than this, seconds: outputs are collected one after the other.
const AHEAD: i64 = 120;

/// A log that begins or ends within so many seconds of its run begins or ends with it.
const WITH_THE_RUN: i64 = 10;
/// The zones of the world, in quarter hours.
const QUARTERS: std::ops::RangeInclusive<i32> = -48..=56;

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

/// The clock of a log that states times without a zone: whole quarter hours from UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Clock {
    quarter: i32,
    approximate: bool,
}

impl Clock {
    /// By the first and the last time that a log states, and the run it is of: the one zone that lets both fall into the
    /// run. Of several the one by which the log begins or ends with the run, approximately. `None`: nothing tells.
    pub fn of(first: Stamp, last: Stamp, run: (Timestamp, Timestamp)) -> Option<Clock> {
        let fits: Vec<(i32, i64)> = QUARTERS
            .filter_map(|quarter| {
                let (first, last) = (in_run(first, quarter, run)?, in_run(last, quarter, run)?);
                let start = first.as_second() - run.0.as_second();
                Some((quarter, start.min(run.1.as_second() - last.as_second())))
            })
            .collect();
        let mut near = fits.iter().filter(|(_, gap)| *gap <= WITH_THE_RUN);
        match (fits.as_slice(), near.next(), near.next()) {
            ([(quarter, _)], ..) => Some(Clock { quarter: *quarter, approximate: false }),
            (_, Some((quarter, _)), None) => Some(Clock { quarter: *quarter, approximate: true }),
            _ => None,
        }
    }

    fn tie(self, stamp: Stamp, run: (Timestamp, Timestamp)) -> Option<LogTime> {
        let at = in_run(stamp, self.quarter, run)?;
        Some(LogTime { at, approximate: self.approximate, note: note(self.quarter) })
    }
}

fn note(quarter: i32) -> Option<String> {
    let (sign, minutes) = (if quarter < 0 { '-' } else { '+' }, quarter.abs() * 15);
    (quarter != 0).then(|| format!("the log's clock runs at UTC{sign}{:02}:{:02}", minutes / 60, minutes % 60))
}

/// The moment of a stamp without zone by a clock so many quarter hours from UTC, where it lies in the run.
fn in_run(stamp: Stamp, quarter: i32, run: (Timestamp, Timestamp)) -> Option<Timestamp> {
    let slack = SignedDuration::from_secs(SLACK);
    let (from, to) = (run.0.checked_sub(slack).ok()?, run.1.checked_add(slack).ok()?);
    let offset = Offset::from_seconds(quarter * 900).ok()?;
    let at = |wall: civil::DateTime| offset.to_timestamp(wall).ok().filter(|at| from <= *at && *at <= to);
    match stamp {
        Stamp::At(_) => None,
        Stamp::Wall(wall) => at(wall),
        Stamp::Yearless(month, day, time) => {
            // A run may begin in one year and end in the next, and a zone may put its start into the year before.
            let year = Offset::UTC.to_datetime(run.0).year();
            let wall = |year| Some(civil::Date::new(year, month, day).ok()?.to_datetime(time));
            [year, year + 1, year - 1].into_iter().find_map(|year| at(wall(year)?))
        }
    }
}

/// The moment that a stamp of a log means. One without zone counts only where the run (start and end by the kubelet) ties
/// it: by the clock of its log, where that is known; where one quarter-hour zone alone lets the line fall into the run, that
/// zone; where several do and UTC is one of them, UTC, approximately; else `None`.
pub fn tie(
    stamp: Stamp,
    run: Option<(Timestamp, Timestamp)>,
    clock: Option<Clock>,
    collected: Option<Timestamp>,
) -> Option<LogTime> {
    if let Stamp::At(at) = stamp {
        let ahead = collected.map(|collected| at.as_second() - collected.as_second()).filter(|by| *by > AHEAD);
        let note = ahead.map(|by| format!("the log's clock is {} ahead of the bundle's collection", human(by)));
        return Some(LogTime { at, approximate: false, note });
    }
    let run = run?;
    if let Some(tied) = clock.and_then(|clock| clock.tie(stamp, run)) {
        return Some(tied);
    }
    let fits: Vec<(i32, Timestamp)> =
        QUARTERS.filter_map(|quarter| Some((quarter, in_run(stamp, quarter, run)?))).collect();
    let utc = fits.iter().find(|(quarter, _)| *quarter == 0);
    match (utc, fits.as_slice()) {
        (Some((_, at)), _) => Some(LogTime { at: *at, approximate: fits.len() > 1, note: None }),
        (None, [(quarter, at)]) => Some(LogTime { at: *at, approximate: false, note: note(*quarter) }),
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
        let utc = tie(wall(19, 3, 11), run, None, None).expect("it is tied");
        assert_eq!((utc.at, utc.approximate, utc.note), (at("2026-11-25T19:03:11Z"), false, None));
        let berlin = tie(wall(20, 3, 11), run, None, None).expect("it is tied");
        assert_eq!((berlin.at, berlin.approximate), (at("2026-11-25T19:03:11Z"), false));
        assert_eq!(berlin.note.as_deref(), Some("the log's clock runs at UTC+01:00"));
        let klog = tie(Stamp::Yearless(11, 25, civil::time(19, 3, 11, 0)), run, None, None).expect("it is tied");
        assert_eq!(klog.at, at("2026-11-25T19:03:11Z"));
    }

    #[test]
    fn what_nothing_ties_is_left_out() {
        let run = Some((at("2026-11-25T19:03:05Z"), at("2026-11-25T19:03:12Z")));
        assert_eq!(tie(wall(19, 10, 0), run, None, None), None);
        assert_eq!(tie(wall(19, 3, 11), None, None, None), None);
        // A day long: UTC fits, and so do others.
        let long = Some((at("2026-11-25T00:00:00Z"), at("2026-11-26T00:00:00Z")));
        let guess = tie(wall(19, 3, 11), long, None, None).expect("UTC fits");
        assert_eq!((guess.at, guess.approximate), (at("2026-11-25T19:03:11Z"), true));
        let hours = Some((at("2026-11-25T10:00:00Z"), at("2026-11-25T13:00:00Z")));
        assert_eq!(tie(wall(19, 3, 11), hours, None, None), None);
    }

    #[test]
    fn a_run_over_new_year() {
        let run = Some((at("2026-12-31T23:59:58Z"), at("2027-01-01T00:00:05Z")));
        let tied = tie(Stamp::Yearless(1, 1, civil::time(0, 0, 3, 0)), run, None, None).expect("it is tied");
        assert_eq!(tied.at, at("2027-01-01T00:00:03Z"));
    }

    #[test]
    fn a_clock_ahead_of_the_collection_is_noted() {
        let stamp = Stamp::At(at("2026-11-25T20:03:11Z"));
        let tied = tie(stamp, None, None, Some(at("2026-11-25T19:03:11Z"))).expect("it has a zone");
        assert_eq!(tied.note.as_deref(), Some("the log's clock is 60m ahead of the bundle's collection"));
        assert_eq!(tie(stamp, None, None, Some(at("2026-11-25T20:02:30Z"))).expect("it has a zone").note, None);
    }

    #[test]
    fn a_log_has_one_clock() {
        // Three hours long: by one line alone UTC would fit, by the first and the last it does not.
        let run = (at("2026-11-25T10:00:05Z"), at("2026-11-25T13:02:12Z"));
        let clock = Clock::of(wall(12, 0, 6), wall(15, 2, 11), run).expect("both ends tie it");
        assert_eq!(clock, Clock { quarter: 8, approximate: false });
        let line = tie(wall(12, 40, 0), Some(run), Some(clock), None).expect("it is tied");
        assert_eq!((line.at, line.approximate), (at("2026-11-25T10:40:00Z"), false));
        assert_eq!(line.note.as_deref(), Some("the log's clock runs at UTC+02:00"));
        // Kathmandu.
        let clock = Clock::of(wall(15, 45, 6), wall(18, 47, 11), run).expect("both ends tie it");
        assert_eq!(
            tie(wall(15, 45, 6), Some(run), Some(clock), None).expect("it is tied").at,
            at("2026-11-25T10:00:06Z")
        );
        let utc = Clock::of(wall(10, 0, 6), wall(13, 2, 11), run).expect("both ends tie it");
        assert_eq!(tie(wall(10, 40, 0), Some(run), Some(utc), None).expect("it is tied").note, None);
        // The end of a log: several zones fit, by one of them its last line is the run's.
        let tail = Clock::of(wall(14, 50, 0), wall(15, 2, 11), run).expect("the end ties it");
        assert_eq!(tail, Clock { quarter: 8, approximate: true });
        // A part of it from the middle: nothing tells.
        assert_eq!(Clock::of(wall(11, 20, 0), wall(11, 21, 0), run), None);
    }
}
