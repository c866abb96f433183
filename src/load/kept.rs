//! How much of all files together is kept: one file is bounded where it is read, ten thousand of them here.
//!
//! What is left out is the same whatever the order of the files and however many threads read them: the largest files go
//! first, and logs before objects.

use std::collections::BinaryHeap;
use std::mem::{size_of, size_of_val};

use super::{BoxedEntry, Parsed};
use crate::model::{Facts, FileEntry, Gap, GapKind, Hit, Log};
use crate::source;
use crate::text::Place;

/// What decides which file is left out: the greatest first.
type Rank = (u8, u64, String);

/// The entries that were read, and what is kept of them.
#[derive(Default)]
pub(super) struct Kept {
    all: Vec<BoxedEntry>,
    /// What may be kept, in bytes of text and of what is made of it.
    room: u64,
    taken: u64,
    /// Those of which something is kept, once there was no room for all: their ranks and where they are.
    ranked: Option<BinaryHeap<(Rank, usize)>>,
    /// The least rank for which there was no room: what is above it is left out too.
    least: Option<Rank>,
    left_out: usize,
}

impl Kept {
    /// With room for so many bytes.
    pub fn new(room: u64) -> Self {
        Kept { room, ..Kept::default() }
    }

    /// Adds what was read of an entry, and forgets what there is no room for.
    pub fn add(&mut self, mut entry: BoxedEntry) {
        let weight = entry.weight();
        self.taken += weight;
        let at = self.all.len();
        match &mut self.ranked {
            None if self.taken <= self.room => self.all.push(entry),
            None => {
                self.all.push(entry);
                let ranks = self.all.iter().enumerate().map(|(at, entry)| (entry.rank(entry.weight()), at));
                self.ranked = Some(ranks.collect());
                self.make_room();
            }
            Some(ranked) => {
                let rank = entry.rank(weight);
                if self.least.as_ref().is_some_and(|least| rank >= *least) {
                    self.taken -= weight;
                    self.left_out += 1;
                    entry.forget();
                    self.all.push(entry);
                    return;
                }
                ranked.push((rank, at));
                self.all.push(entry);
                self.make_room();
            }
        }
    }

    fn make_room(&mut self) {
        while self.taken > self.room
            && let Some((rank, at)) = self.ranked.as_mut().and_then(BinaryHeap::pop)
        {
            self.taken -= rank.1;
            self.left_out += 1;
            self.all[at].forget();
            self.least = Some(rank);
        }
    }

    /// All entries, and the gap where something of them was left out; `name` is the input's.
    pub fn finish(self, name: &str) -> (Vec<BoxedEntry>, Option<Gap>) {
        let gap = (self.left_out > 0).then(|| Gap {
            path: name.to_owned(),
            kind: GapKind::Truncated,
            what: format!(
                "gives more than {} to keep of all files together: {} of them, the largest, are left out",
                source::amount(self.room),
                self.left_out
            ),
            prevents: "what they show".to_owned(),
        });
        (self.all, gap)
    }
}

impl Parsed {
    /// The bytes that it takes, as they are estimated: of logs the lines that are kept, of other outputs their text, which
    /// is the most that can be kept of it, and what is made of it.
    fn weight(&self) -> u64 {
        let logs: usize = self.logs.iter().map(|log| of_log(log)).sum();
        let told = self.told.as_ref().map_or(0, |told| {
            let (bytes, holds) = of_facts(&told.facts);
            let text = holds || !told.commands.is_empty() || told.sums.is_some();
            bytes as u64 + if text { self.file.bytes } else { 0 }
        });
        (size_of::<Parsed>() + size_of::<FileEntry>() + self.file.path.len() + logs) as u64 + told
    }

    /// What says how the bundle was made comes before objects, objects before logs, the small before the large.
    fn rank(&self, weight: u64) -> Rank {
        let class = match &self.told {
            Some(told) if !told.commands.is_empty() || told.header != Default::default() || told.sums.is_some() => 0,
            Some(told) if of_facts(&told.facts).1 => 1,
            _ => 2,
        };
        (class, weight, self.file.path.clone())
    }

    /// Keeps only that the file is there.
    fn forget(&mut self) {
        self.logs = Vec::new();
        self.told = None;
        self.file.used = false;
    }
}

fn of_log(log: &Log) -> usize {
    let place = |place: &Place| size_of::<Place>() + place.text.len();
    let hit = |hit: &Hit| {
        let values = hit.values.iter().map(|(name, value)| 2 * size_of::<String>() + name.len() + value.len());
        size_of::<Hit>() + hit.first.text.len() + hit.last.text.len() + values.sum::<usize>()
    };
    let lines = log.head.iter().chain(&log.tail).map(place).sum::<usize>();
    size_of::<Log>() + lines + log.hits.iter().map(hit).sum::<usize>()
}

/// The bytes of what is made of texts, and whether anything but gaps is. The texts are not counted, those of gaps aside.
fn of_facts(facts: &Facts) -> (usize, bool) {
    let Facts {
        pods,
        nodes,
        workloads,
        revisions,
        events,
        logs,
        claims,
        volumes,
        storage_classes,
        configs,
        services,
        service_accounts,
        quotas,
        operators,
        signing_requests,
        runtime_containers,
        sandboxes,
        usages,
        volume_usages,
        node_disks,
        versions,
        priority_classes,
        ingress_classes,
        ingresses,
        namespaces,
        gaps,
    } = facts;
    let all = [
        size_of_val(pods.as_slice()),
        size_of_val(nodes.as_slice()),
        size_of_val(workloads.as_slice()),
        size_of_val(revisions.as_slice()),
        size_of_val(events.as_slice()),
        size_of_val(logs.as_slice()),
        size_of_val(claims.as_slice()),
        size_of_val(volumes.as_slice()),
        size_of_val(storage_classes.as_slice()),
        size_of_val(configs.as_slice()),
        size_of_val(services.as_slice()),
        size_of_val(service_accounts.as_slice()),
        size_of_val(quotas.as_slice()),
        size_of_val(operators.as_slice()),
        size_of_val(signing_requests.as_slice()),
        size_of_val(runtime_containers.as_slice()),
        size_of_val(sandboxes.as_slice()),
        size_of_val(usages.as_slice()),
        size_of_val(volume_usages.as_slice()),
        size_of_val(node_disks.as_slice()),
        size_of_val(versions.as_slice()),
        size_of_val(priority_classes.as_slice()),
        size_of_val(ingress_classes.as_slice()),
        size_of_val(ingresses.as_slice()),
        size_of_val(namespaces.as_slice()),
    ];
    let of_containers: usize = pods.iter().map(|pod| size_of_val(pod.containers.as_slice())).sum();
    let of_gap = |gap: &Gap| size_of::<Gap>() + gap.path.len() + gap.what.len() + gap.prevents.len();
    let of_all: usize = all.iter().sum();
    (of_all + of_containers + gaps.iter().map(of_gap).sum::<usize>(), of_all > 0)
}

#[cfg(test)]
mod tests {
    use super::super::{Summed, Told};
    use super::*;
    use crate::text::{FileId, Located};

    /// An entry with so many namespaces in a file of so many bytes.
    fn entry(path: &str, names: usize, bytes: u64) -> BoxedEntry {
        let place = Place::of_line(FileId(0), 1, "x");
        let facts = Facts { namespaces: vec![Located::new("x".to_owned(), place); names], ..Facts::default() };
        let told = (names > 0).then(|| Box::new(Told { facts, ..Told::default() }));
        let file = FileEntry { path: path.to_owned(), bytes, used: names > 0, ..FileEntry::default() };
        Box::new(Parsed { id: FileId(0), file, logs: Vec::new(), told, speaks: None, sum: Summed::Not })
    }

    #[test]
    fn what_is_left_out_does_not_depend_on_the_order() {
        let files = [("c", 1, 9000), ("a", 1, 30_000), ("d", 0, 50_000), ("b", 1, 9000), ("e", 1, 20_000)];
        let orders = [[0, 1, 2, 3, 4], [4, 3, 2, 1, 0], [1, 0, 4, 2, 3], [2, 4, 0, 3, 1]];
        for order in orders {
            let mut kept = Kept::new(45_000);
            for at in order {
                let (path, names, bytes) = files[at];
                kept.add(entry(path, names, bytes));
            }
            let (all, gap) = kept.finish("bundle");
            let mut used: Vec<&str> =
                all.iter().filter(|entry| entry.file.used).map(|entry| entry.file.path.as_str()).collect();
            used.sort_unstable();
            assert_eq!((used, all.len()), (vec!["b", "c", "e"], 5), "{order:?}");
            let what = gap.map(|gap| gap.what).unwrap_or_default();
            // `d` is a file of which nothing is kept anyway, and counts for little.
            assert!(what.ends_with("to keep of all files together: 2 of them, the largest, are left out"), "{what}");
        }
    }

    #[test]
    fn where_there_is_room_nothing_is_left_out() {
        let mut kept = Kept::new(1 << 30);
        kept.add(entry("a", 1, 9000));
        let (all, gap) = kept.finish("bundle");
        assert!(all[0].file.used && gap.is_none());
    }
}
