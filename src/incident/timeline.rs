//! Moments in one order.

use crate::load::reading_order;
use crate::model::{Cluster, When};
use crate::postmortem::Moment;

/// Sorts moments by time and drops repeats. Ages count back from the collection time; in a bundle without one they stand
/// before the absolute times, the oldest first, since nothing ties the two clocks.
pub fn sort(moments: &mut Vec<Moment>, cluster: &Cluster) {
    let now = cluster.collected_at.as_ref().map(|at| at.value);
    let key = |moment: &Moment| match (moment.when.at(now), moment.when) {
        (Some(at), _) => (1, at.as_second()),
        (None, When::Ago(seconds)) => (0, -seconds),
        (None, When::At(at)) => (1, at.as_second()),
    };
    moments.sort_by(|a, b| {
        key(a)
            .cmp(&key(b))
            .then_with(|| reading_order(cluster, &a.place).cmp(&reading_order(cluster, &b.place)))
            .then_with(|| a.what.cmp(&b.what))
    });
    moments.dedup_by(|a, b| a.when == b.when && a.what == b.what && a.object == b.object);
}
