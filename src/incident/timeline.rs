//! Moments in one order.

use std::sync::Arc;

use crate::diagnose::Finding;
use crate::load::reading_order;
use crate::model::{Cluster, When};
use crate::postmortem::{Evidence, EvidenceRole, Incident, Moment};

/// Decisive lines of one log that are no further apart than this, seconds, tell of one failure.
const ONE_FAILURE: i64 = 10;

/// The decisive lines of logs that say when they were written, in the words of what they show.
pub fn of_logs(evidence: &[Evidence], group: &[Finding<'_>]) -> Vec<Moment> {
    let decisive = evidence.iter().filter(|line| line.role == EvidenceRole::Decisive);
    let moment = |line: &Evidence| {
        let (time, case) =
            group.iter().find_map(|finding| Some((finding.case.log_times.get(&line.place)?, &finding.case)))?;
        Some(Moment {
            when: When::At(time.at),
            approximate: time.approximate,
            object: case.subject.to_string(),
            what: match &time.note {
                Some(note) => format!("log: {} ({note})", line.shows),
                None => format!("log: {}", line.shows),
            },
            count: 1,
            routine: false,
            place: line.place.clone(),
        })
    };
    let mut moments: Vec<Moment> = Vec::new();
    for line in decisive.filter_map(moment) {
        // One failure often fills several decisive lines: the strongest stands for them.
        let near = |known: &Moment| match (known.when, line.when) {
            (When::At(a), When::At(b)) => (a.as_second() - b.as_second()).abs() <= ONE_FAILURE,
            _ => false,
        };
        if !moments.iter().any(|known| known.object == line.object && near(known)) {
            moments.push(line);
        }
    }
    moments
}

/// The moments of all incidents in one order.
pub fn of_all(incidents: &[Incident], clusters: &[Cluster]) -> Vec<Moment> {
    let mut all: Vec<Moment> = incidents.iter().flat_map(|incident| incident.timeline.clone()).collect();
    match clusters {
        [] => {}
        [only] => sort(&mut all, only),
        [first, ..] => sort(&mut all, &Cluster { files: Arc::clone(&first.files), ..Cluster::default() }),
    }
    all
}

/// Ages of an incident of one cluster among several: they count back from that cluster's own collection, which the
/// bundle's header cannot state.
pub fn fix(incident: &mut Incident, cluster: &Cluster) {
    let now = cluster.collected_at.as_ref().map(|at| at.value);
    let whens = incident
        .timeline
        .iter_mut()
        .map(|moment| &mut moment.when)
        .chain(incident.since.iter_mut().map(|since| &mut since.value));
    whens.for_each(|when| *when = when.at(now).map_or(*when, When::At));
}

/// Sorts moments by time and drops repeats. Ages count back from the collection time; in a bundle without one they stand
/// before the absolute times, the oldest first, since nothing ties the two clocks.
pub fn sort(moments: &mut Vec<Moment>, cluster: &Cluster) {
    let now = cluster.collected_at.as_ref().map(|at| at.value);
    moments.sort_by(|a, b| {
        (a.when.order(now).cmp(&b.when.order(now)))
            .then_with(|| reading_order(cluster, &a.place).cmp(&reading_order(cluster, &b.place)))
            .then_with(|| a.what.cmp(&b.what))
    });
    moments.dedup_by(|a, b| a.when == b.when && a.what == b.what && a.object == b.object);
}
