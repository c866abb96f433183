//! A node's whole kubelet log, days of it and of any size, read as a stream.
//!
//! ```text
//! node-1 Sep 02 17:08:30.669241 node-1 kubenswrapper[546]: E0902 17:08:30.669241  546 pod_workers.go:1298] "Error syncing pod, skipping" err="failed to ..." pod="shop/web-0"
//! E0902 17:08:30.669241  546 pod_workers.go:1298] "Error syncing pod, skipping" err="failed to ..." pod="shop/web-0"
//! ```
//! Its lines have no year and the zone of their node: an event's time is how long before the end of the log it was. Empty
//! means that the kubelet failed at nothing that a pod needs.

use std::collections::HashMap;
use std::io::{BufRead, Read};

use super::events::{self, NamedPod};
use super::kubelet;
use crate::model::{Event, EventType, Facts, ObjectRef, When};
use crate::text::{FileId, Place, SectionId};

/// Of a longer line, only so much is looked at.
const LINE_BYTES: u64 = 64 << 10;
/// Of what failed for one pod so many different messages are kept, the latest ones.
const MOST_MESSAGES: usize = 3;
/// So many failures are kept; beyond it those of long ago are forgotten.
const MOST_FAILURES: usize = 20_000;
/// What is older than this many seconds is forgotten first.
const RECENT: i64 = 2 * 3600;
/// Where nothing is old enough, it is looked for again after so many further failures: looking takes time.
const PATIENCE: u64 = 1000;

/// A failure, as often as it was told in the same words.
#[derive(Debug)]
struct Told {
    message: String,
    first: i64,
    last: i64,
    count: u64,
    place: Place,
}

/// What was read of a log.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Journal {
    /// Its bytes.
    pub bytes: u64,
    /// Lines about failures for which there was no room among those that are kept.
    pub left_out: u64,
}

/// Reads a log to its end: warnings of the pods that it names, each with its age at the end of the log.
pub fn journal(reader: &mut dyn Read, file: FileId, facts: &mut Facts) -> Journal {
    let mut reader = std::io::BufReader::with_capacity(64 << 10, reader);
    let mut failures: HashMap<(NamedPod, &'static str), Vec<Told>> = HashMap::new();
    let (mut line, mut number, mut bytes, mut clock) = (Vec::new(), 0, 0, Clock::default());
    let (mut left_out, mut patience) = (0, 0);
    loop {
        line.clear();
        let read = (&mut reader).take(LINE_BYTES).read_until(b'\n', &mut line).unwrap_or(0);
        if read == 0 {
            break;
        }
        bytes += read as u64;
        number += 1;
        if line.last() != Some(&b'\n') && read as u64 == LINE_BYTES {
            bytes += reader.skip_until(b'\n').unwrap_or(0) as u64;
        }
        let text = String::from_utf8_lossy(&line);
        let text = text.trim_end_matches(['\n', '\r']);
        let Some(at) = clock.read(text) else { continue };
        let Some((Some(pod), reason, message)) = kubelet::read(text) else { continue };
        let place = Place::at(file, number, text, text.find("rror: ").or(text.find(" err=")).unwrap_or(0));
        let of = (pod, reason);
        if failures.len() >= MOST_FAILURES && !failures.contains_key(&of) {
            if patience == 0 {
                let newest = clock.latest;
                failures.retain(|_, told| told.iter().any(|told| told.last >= newest - RECENT));
                patience = PATIENCE;
            }
            if failures.len() >= MOST_FAILURES {
                patience -= 1;
                left_out += 1;
                continue;
            }
        }
        let known = failures.entry(of).or_default();
        if let Some(same) = known.iter_mut().find(|told| told.message == message) {
            (same.last, same.place) = (at, place);
            same.count += 1;
            continue;
        }
        if known.len() == MOST_MESSAGES {
            let oldest = known.iter().enumerate().min_by_key(|(_, told)| told.last).map_or(0, |(index, _)| index);
            known.remove(oldest);
        }
        known.push(Told { message, first: at, last: at, count: 1, place });
    }
    let section = SectionId { file, index: 0 };
    let end = clock.end();
    let age = |at: i64| Some(When::Ago((end - clock.in_order(at)).max(0)));
    let mut events: Vec<Event> = failures
        .into_iter()
        .flat_map(|((pod, reason), told)| told.into_iter().map(move |told| (pod.clone(), reason, told)))
        .map(|(pod, reason, told)| Event {
            section,
            event_type: Some(EventType::Warning),
            reason: reason.to_owned(),
            object: ObjectRef {
                kind: Some("Pod".to_owned()),
                namespace: pod.namespace,
                name: Some(pod.name),
                container: events::container_in(&told.message),
            },
            message: told.message,
            component: Some("kubelet".to_owned()),
            host: pod.node,
            count: told.count,
            first_seen: age(told.first),
            last_seen: age(told.last),
            place: told.place,
        })
        .collect();
    events.sort_by_key(|event| event.place.line);
    facts.events.append(&mut events);
    Journal { bytes, left_out }
}

/// The times of a log, in seconds of a year that they do not tell.
#[derive(Debug, Default)]
struct Clock {
    latest: i64,
    /// Whether it has lines of the first and of the last month: the year ended within it.
    first_month: bool,
    last_month: bool,
    /// The latest of the first half year.
    latest_early: i64,
}

/// A year that has every day.
const YEAR: i64 = 366 * DAY;
const DAY: i64 = 24 * 3600;

impl Clock {
    /// The time in a line's own head: `E0902 17:08:30.669241`.
    fn read(&mut self, line: &str) -> Option<i64> {
        let head = line.get(..256).unwrap_or(line);
        let mut words = head.split_ascii_whitespace();
        let day = words.by_ref().find_map(|word| {
            let day = word.strip_prefix(['I', 'W', 'E', 'F']).filter(|day| day.len() == 4)?;
            day.parse::<i64>().ok()
        })?;
        let mut parts = words.next()?.splitn(3, ':').map(|part| part.get(..2)?.parse::<i64>().ok());
        let (hour, minute, second) = (parts.next()??, parts.next()??, parts.next()??);
        let (month, day) = (day / 100, day % 100);
        if !(1..=12).contains(&month) || !(1..=31).contains(&day) || hour > 23 || minute > 59 || second > 60 {
            return None;
        }
        const BEFORE: [i64; 12] = [0, 31, 60, 91, 121, 152, 182, 213, 244, 274, 305, 335];
        let days = BEFORE[usize::try_from(month - 1).ok()?] + day - 1;
        let at = days * DAY + hour * 3600 + minute * 60 + second;
        self.first_month |= month == 1;
        self.last_month |= month == 12;
        self.latest = self.latest.max(at);
        if month <= 6 {
            self.latest_early = self.latest_early.max(at);
        }
        Some(at)
    }

    fn year_ended(&self) -> bool {
        self.first_month && self.last_month
    }

    /// A time in the order of the log.
    fn in_order(&self, at: i64) -> i64 {
        if self.year_ended() && at > YEAR / 2 { at - YEAR } else { at }
    }

    fn end(&self) -> i64 {
        if self.year_ended() { self.latest_early } else { self.latest }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Seen = (String, u64, Option<When>, Option<When>, u64);

    fn seen(text: &str) -> Vec<Seen> {
        let mut facts = Facts::default();
        let read = journal(&mut text.as_bytes(), FileId(0), &mut facts);
        assert_eq!(read, Journal { bytes: text.len() as u64, left_out: 0 });
        let told = facts.events.into_iter().map(|event| {
            let pod =
                format!("{}/{}", event.object.namespace.unwrap_or_default(), event.object.name.unwrap_or_default());
            (
                format!("{pod} {} {}", event.reason, event.message),
                event.count,
                event.first_seen,
                event.last_seen,
                event.place.line,
            )
        });
        told.collect()
    }

    #[test]
    fn a_failure_told_again_is_one_event_as_old_as_its_last_line() {
        let text = concat!(
            "n1 Mar 01 09:50:00.1 n1 kubenswrapper[9]: E0301 09:50:00.100000       9 nestedpendingoperations.go:348] Operation for \"{volumeName:kubernetes.io/secret/c podName:u nodeName:}\" failed. No retries permitted until 2026-03-01 09:52:02.1 +0000 UTC. Error: MountVolume.SetUp failed for volume \"cert\" (UniqueName: \"c\") pod \"web-0\" (UID: \"u\") : secret \"web-tls\" not found\n",
            "n1 Mar 01 09:52:02.1 n1 kubenswrapper[9]: E0301 09:52:02.100000       9 nestedpendingoperations.go:348] Operation for \"{volumeName:kubernetes.io/secret/c podName:u nodeName:}\" failed. No retries permitted until 2026-03-01 09:54:04.1 +0000 UTC. Error: MountVolume.SetUp failed for volume \"cert\" (UniqueName: \"c\") pod \"web-0\" (UID: \"u\") : secret \"web-tls\" not found\n",
            "n1 Mar 01 09:53:02.1 n1 kubenswrapper[9]: I0301 09:53:02.100000       9 kubelet.go:2453] \"SyncLoop (PLEG): event for pod\" pod=\"shop/web-1\"\n",
        );
        let message = "MountVolume.SetUp failed for volume \"cert\" (UniqueName: \"c\") pod \"web-0\" (UID: \"u\") : secret \"web-tls\" not found";
        let ages = (Some(When::Ago(182)), Some(When::Ago(60)));
        assert_eq!(seen(text), [(format!("/web-0 FailedMount {message}"), 2, ages.0, ages.1, 2)]);
    }

    #[test]
    fn a_log_may_span_the_end_of_a_year() {
        let line = |head: &str| {
            format!(
                "{head}       9 pod_workers.go:1298] \"Error syncing pod, skipping\" err=\"failed to x\" pod=\"shop/web-0\"\n"
            )
        };
        let text = line("E1231 23:59:00.000000") + &line("E0101 00:01:00.000000");
        assert_eq!(seen(&text)[0].2, Some(When::Ago(120)));
        assert_eq!(seen(&text)[0].3, Some(When::Ago(0)));
    }

    #[test]
    fn of_many_messages_the_latest_are_kept() {
        let text: String = (0..9)
            .map(|i| format!("E0301 09:0{i}:00.000000       9 pod_workers.go:1298] \"Error syncing pod, skipping\" err=\"failed to x{i}\" pod=\"shop/web-0\"\n"))
            .collect();
        let lines: Vec<u64> = seen(&text).iter().map(|told| told.4).collect();
        assert_eq!(lines, [7, 8, 9]);
    }

    #[test]
    fn of_very_many_pods_the_first_are_kept_until_they_are_old() {
        let line = |hour: usize, pod: usize| {
            format!(
                "E0301 {hour:02}:00:00.000000       9 pod_workers.go:1298] \"Error syncing pod, skipping\" err=\"failed to x\" pod=\"shop/web-{pod}\"\n"
            )
        };
        let read = |text: &str| {
            let mut facts = Facts::default();
            let left_out = journal(&mut text.as_bytes(), FileId(0), &mut facts).left_out;
            (facts.events, left_out)
        };
        let first: String = (0..MOST_FAILURES + 5000).map(|pod| line(1, pod)).collect();
        let (events, left_out) = read(&(first.clone() + &line(1, 7)));
        assert_eq!((events.len(), left_out), (MOST_FAILURES, 5000));
        // One that is known is counted still.
        assert_eq!(events.last().map(|event| event.count), Some(2));
        let second: String = (0..MOST_FAILURES).map(|pod| line(9, pod + 100_000)).collect();
        let (events, left_out) = read(&(first + &second));
        assert!(events.len() > MOST_FAILURES - 1000 && left_out <= 5000 + PATIENCE, "{} {left_out}", events.len());
    }

    #[test]
    fn what_is_no_line_of_the_kubelet_is_passed_over() {
        assert_eq!(
            seen("\u{0}\n-- Logs begin at Mon --\nE1399 99:99:99.0 x] \"Error syncing pod\" pod=\"a/b\"\nE03\n"),
            []
        );
    }
}
