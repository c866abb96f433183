//! How often a container restarts: how many runs over what span, and whether they die at once or in a steady rhythm.

use jiff::Timestamp;

use super::container::{concerns, ended_run};
use super::{Case, Context};
use crate::model::time::human;
use crate::model::{Container, Event, Pod, When};
use crate::text::{Located, Place};

/// Fewer restarts than this are no rhythm.
const FEWEST: u64 = 3;
/// The kubelet's waits between restarts, seconds: none before the first, then doubling from 10 s to 5 minutes.
const FIRST_WAIT: i64 = 10;
const LONGEST_WAIT: i64 = 300;
/// A run that lasts no longer than this, seconds, dies while it starts.
const START: i64 = 30;
/// A rhythm has runs of at least this many seconds: shorter ones are a start.
const RUN: i64 = 45;
/// The last run may differ from the mean by this share.
const STEADY: f64 = 0.35;

/// Restarts over a span of time.
#[derive(Debug, Clone, PartialEq)]
struct Restarts {
    /// How many.
    count: u64,
    /// From the first start to the last, seconds.
    span: i64,
    /// Whether the span comes from an age column.
    rough: bool,
    /// The lines that say so: the count first.
    places: Vec<Place>,
}

/// What the restarts of a container have in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rhythm {
    /// Runs of seconds: the time between restarts is the kubelet's waiting.
    AtOnce,
    /// Each run lasts about as long as the last one.
    Steady,
}

/// Adds what the restarts say: the words of the symptom with their lines, an observation, the values `restarts_every`
/// and `rhythm`.
pub fn observations(
    context: &Context<'_>,
    pod: &Pod,
    container: Option<&Container>,
    events: &[(&Event, bool)],
    case: &mut Case<'_>,
) {
    let last_run = container.and_then(run_length);
    let of_container = container.and_then(|container| counted(context, pod, container));
    let all = [of_container, of_events(pod, container, events), of_row(pod)];
    let length = last_run.as_ref().map(|run| run.value);
    // A pod that ran for months before its trouble has no rhythm by its own age; its events may know better.
    let told = all.into_iter().flatten().filter(|restarts| restarts.count >= FEWEST).find_map(|restarts| {
        let rhythm = rhythm(restarts.count, restarts.span, length)?;
        Some((restarts, rhythm))
    });
    let Some((Restarts { count, span, rough, places }, rhythm)) = told else { return };
    let every = span / count as i64;
    let about = if rough { "about " } else { "" };
    let mut says = format!("{count} restarts in {about}{}, one every {} on average", human(span), human(every));
    let mut lines = places;
    if let Some(run) = &last_run {
        says = format!("{says}; the last run lasted {}", human(run.value));
        lines.push(run.place.clone());
    }
    match rhythm {
        Rhythm::AtOnce => {
            says = format!("{says}: it ends soon after each start, and the kubelet's waiting makes the pace");
            case.observe("dies-at-once", says.clone(), lines.clone());
            case.values.own("rhythm", "at-once");
        }
        Rhythm::Steady => {
            says = format!("{says}: a steady rhythm");
            case.observe("restarts-steady", says.clone(), lines.clone());
            case.values.own("rhythm", "steady");
        }
    }
    case.values.own("restarts_every", human(every));
    case.symptom = match (rhythm, case.times == Some(count)) {
        (Rhythm::AtOnce, true) => format!("{}, each run over soon", case.symptom),
        (Rhythm::Steady, true) => format!("{}, one every {}", case.symptom, human(every)),
        (_, false) => std::mem::take(&mut case.symptom),
    };
    case.cadence = lines.into_iter().map(|place| Located::new(says.clone(), place)).collect();
}

/// What `count` restarts over `span` seconds have in common, where the last run lasted `last_run` seconds. `None`: nothing.
fn rhythm(count: u64, span: i64, last_run: Option<i64>) -> Option<Rhythm> {
    // Each restart stands for one run and the wait behind it; the first wait may have been left out.
    let (least, most) = waits(count);
    let longest_mean = (span - least) / count as i64;
    let shortest_mean = ((span - most) / count as i64).max(0);
    let Some(last) = last_run else {
        // Only the ladder speaks: the whole span is waiting.
        return (longest_mean <= START && span >= least).then_some(Rhythm::AtOnce);
    };
    if last <= START && longest_mean <= START {
        return Some(Rhythm::AtOnce);
    }
    let near = |mean: i64| (mean - last).abs() as f64 <= STEADY * last as f64;
    let between = shortest_mean <= last && last <= longest_mean;
    (last >= RUN && (near(longest_mean) || near(shortest_mean) || between)).then_some(Rhythm::Steady)
}

/// The least and the most that the kubelet waits in all before `count` restarts: without and with a wait before the first.
/// Runs of ten minutes begin the ladder anew, so the least is only surely waited by runs that are short.
fn waits(count: u64) -> (i64, i64) {
    let mut wait = FIRST_WAIT;
    let mut least = 0;
    for _ in 1..count.min(100_000) {
        least += wait;
        wait = (wait * 2).min(LONGEST_WAIT);
    }
    (least, least + wait)
}

/// How long the last ended run lasted.
fn run_length(container: &Container) -> Option<Located<i64>> {
    let end = ended_run(container)?;
    let (start, finish) = (end.started_at.as_ref()?, end.finished_at.as_ref()?);
    let length = finish.value.as_second() - start.value.as_second();
    (start.value.as_second() > 0 && length >= 0).then(|| Located::new(length, finish.place.clone()))
}

/// From restartCount, the pod's start and the start of the latest run.
fn counted(context: &Context<'_>, pod: &Pod, container: &Container) -> Option<Restarts> {
    let count = container.restart_count.as_ref()?;
    let latest = container
        .state
        .iter()
        .chain(container.last_state.iter())
        .filter_map(|state| state.started_at.as_ref())
        .filter(|at| at.value.as_second() > 0)
        .max_by_key(|at| at.value)?;
    let (first, place, rough) = first_start(context.now, pod)?;
    let span = latest.value.as_second() - first.as_second();
    (span > 0).then(|| Restarts { count: count.value, span, rough, places: vec![count.place.clone(), place] })
}

/// When the pod started: stated, or as its row's age says.
fn first_start(now: Option<Timestamp>, pod: &Pod) -> Option<(Timestamp, Place, bool)> {
    if let Some(start) = &pod.start_time {
        return Some((start.value, start.place.clone(), false));
    }
    let row = pod.row.as_ref()?;
    Some((When::Ago(row.age?).at(now)?, row.place.clone(), true))
}

/// From the count of the event that each start of the container leaves.
fn of_events(pod: &Pod, container: Option<&Container>, events: &[(&Event, bool)]) -> Option<Restarts> {
    let starts = events
        .iter()
        .map(|(event, _)| *event)
        .filter(|event| matches!(event.reason.as_str(), "Started" | "Created") && concerns(event, pod, container));
    let event = starts.max_by_key(|event| event.count)?;
    let (span, rough) = match (event.first_seen?, event.last_seen?) {
        (When::At(first), When::At(last)) => (last.as_second() - first.as_second(), false),
        (When::Ago(first), When::Ago(last)) => (first - last, true),
        _ => return None,
    };
    let count = event.count.checked_sub(1)?;
    (span > 0).then(|| Restarts { count, span, rough, places: vec![event.place.clone()] })
}

/// From a row of `get pods`: RESTARTS `12 (5m ago)` and AGE. A pod of several containers adds theirs up.
fn of_row(pod: &Pod) -> Option<Restarts> {
    let row = pod.row.as_ref().filter(|row| row.total == Some(1))?;
    let span = row.age? - row.last_restart?;
    (span > 0).then(|| Restarts {
        count: row.restarts.unwrap_or(0),
        span,
        rough: true,
        places: vec![row.place.clone()],
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kubelet_waits_longer_each_time() {
        // 10 + 20 + 40 + 80 + 160 + 300 + 300 before the second to the eighth restart.
        assert_eq!(waits(8), (910, 1210));
        assert_eq!(waits(1), (0, 10));
    }

    #[test]
    fn runs_of_seconds_fit_the_ladder() {
        // Eight restarts, each run two seconds: 910 s of waiting and 16 s of running.
        assert_eq!(rhythm(8, 926, Some(2)), Some(Rhythm::AtOnce));
        assert_eq!(rhythm(8, 1226, Some(2)), None);
        assert_eq!(rhythm(8, 926, None), Some(Rhythm::AtOnce));
        // It ran for days in between.
        assert_eq!(rhythm(8, 300_000, Some(2)), None);
    }

    #[test]
    fn runs_of_equal_length_are_steady() {
        // Twelve runs of 46 minutes, hardly any waiting: the ladder begins anew after ten minutes.
        assert_eq!(rhythm(12, 12 * 2_770, Some(2_760)), Some(Rhythm::Steady));
        // Runs of 90 s until the probe kills them, with the whole ladder between.
        assert_eq!(rhythm(8, 8 * 90 + 910, Some(90)), Some(Rhythm::Steady));
        // The last run of a day, the others of minutes.
        assert_eq!(rhythm(12, 90_000, Some(86_400)), None);
    }
}
