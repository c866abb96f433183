//! Which run a log of the container runtime's own folders is of, and which of them are copies of each other.
//!
//! `/var/log/containers` holds links to the files of `/var/log/pods`. Collectors follow them, so that the same log lies in
//! both folders. The kubelet keeps such a link for the run that goes on and for the one before; which is which, their names
//! do not say, only the container's id does.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};

use super::attribute::{KeyOfLog, hint_of_log, key_of};
use crate::artifact::LogRun;
use crate::layout;
use crate::model::{BoxedLog, Cluster, Log, Pod};
use crate::text::FileId;

/// Of each log whose path counts the restarts before its run, that number.
pub(super) type Attempts = HashMap<FileId, u64>;

/// Drops copies, and orders the runs of the logs whose names tell only an id: by when they end. Of no run that is known are
/// those older than two runs: they are dropped, too.
pub(super) fn tell_apart(cluster: &Cluster, logs: &mut Vec<BoxedLog>) -> Attempts {
    let mut attempts = Attempts::new();
    let mut by_id: BTreeMap<KeyOfLog, Vec<usize>> = BTreeMap::new();
    let mut numbered: BTreeMap<KeyOfLog, Vec<usize>> = BTreeMap::new();
    for (index, log) in logs.iter().enumerate() {
        let path = cluster.path(log.section.file);
        if let Some(attempt) = hint_of_log(path).and_then(|hint| hint.attempt) {
            attempts.insert(log.section.file, attempt);
            numbered.entry(key_of(log)).or_default().push(index);
        } else if layout::container_id(path).is_some() {
            by_id.entry(key_of(log)).or_default().push(index);
        }
    }
    let mut dropped = Vec::new();
    for (key, mut own) in by_id {
        let numbered = numbered.get(&key).map_or(&[][..], Vec::as_slice);
        own.retain(|index| {
            let Some(twin) = numbered.iter().find(|twin| is_copy(&logs[**twin], &logs[*index])) else { return true };
            // The longer copy was taken later, and is kept under the number that both have.
            let (kept, other) = match logs[*index].bytes > logs[*twin].bytes {
                true => (*index, *twin),
                false => (*twin, *index),
            };
            if let Some(attempt) = attempts.get(&logs[*twin].section.file).copied() {
                attempts.insert(logs[kept].section.file, attempt);
            }
            dropped.push(other);
            false
        });
        own.sort_by_key(|index| Reverse(logs[*index].last_time));
        if numbered.is_empty() && own.iter().all(|index| logs[*index].last_time.is_some()) {
            for (place, index) in own.into_iter().enumerate() {
                match place {
                    0 => logs[index].run = LogRun::Current,
                    1 => logs[index].run = LogRun::Previous,
                    _ => dropped.push(index),
                }
            }
        }
    }
    dropped.sort_unstable();
    let mut index = 0;
    logs.retain(|_| {
        index += 1;
        dropped.binary_search(&(index - 1)).is_err()
    });
    attempts
}

/// Whether two logs of one container are the same file: they begin with the same lines at the same times.
fn is_copy(one: &Log, other: &Log) -> bool {
    one.first_time == other.first_time
        && (one.first_time.is_some() || one.bytes == other.bytes)
        && one.head.iter().zip(&other.head).all(|(a, b)| a.text == b.text)
}

/// Which run a log is of whose name tells the container's id, where the pod's status tells the id of the last one.
pub(super) fn run_by_id(pod: &Pod, log: &Log, path: &str) -> Option<LogRun> {
    let id = layout::container_id(path)?;
    let container = pod.containers.iter().find(|c| Some(&c.name) == log.object.container.as_ref())?;
    let last = container.container_id.as_ref()?.value.rsplit('/').next()?;
    match (last == id, log.run) {
        (true, _) => Some(LogRun::Current),
        (false, LogRun::Current) if !last.is_empty() => Some(LogRun::Previous),
        _ => None,
    }
}
