//! `kubectl describe` of deployments, replica sets, replication controllers, stateful sets, daemon sets, jobs, cron jobs.

use crate::model::time::parse_time;
use crate::model::workload::WorkloadCondition;
use crate::model::{ConditionStatus, Pod, Workload, WorkloadKind};
use crate::text::{Fact, SectionId};

use super::lines::Line;
use super::walk::Item;
use super::{Head, is_none, owner, pod};

/// Reads a workload.
pub(super) fn read(section: SectionId, kind: WorkloadKind, head: Head, items: &[Item<'_, '_>]) -> Workload {
    let mut workload = Workload {
        namespace: head.namespace,
        name: head.name,
        labels: head.labels,
        template: kind.has_revisions().then(|| template(section, items)).flatten(),
        ..Workload::new(section, kind)
    };
    for item in items {
        let line = item.line;
        let count = |unit: &str| count_before(item.value, unit).map(|count| line.fact(count));
        match (item.path.as_slice(), item.key) {
            ([], "Replicas") => {
                workload.desired = count("desired");
                workload.ready = count("available");
            }
            ([], "Completions") => workload.desired = item.value.parse().ok().map(|count: u64| line.fact(count)),
            ([], "Desired Number of Nodes Scheduled") => {
                workload.desired = item.value.parse().ok().map(|count: u64| line.fact(count));
            }
            ([], "Number of Nodes Scheduled with Available Pods") => {
                workload.ready = item.value.parse().ok().map(|count: u64| line.fact(count));
            }
            ([], "Pods Statuses") => {
                workload.ready = count("Succeeded");
                workload.failed = count("Failed");
            }
            ([], "Controlled By") => workload.owner = owner(item),
            ([], "CreationTimestamp" | "Created") => {
                workload.created = parse_time(item.value).map(|time| line.fact(time));
            }
            ([], "Start Time") if workload.created.is_none() => {
                workload.created = parse_time(item.value).map(|time| line.fact(time));
            }
            ([], "Annotations") => {
                let mut annotations = std::iter::once(line).chain(item.block);
                workload.revision = workload.revision.or_else(|| annotations.find_map(revision));
            }
            ([], "Image(s)") => {
                let images = item.value.split(',').map(str::trim).filter(|image| !image.is_empty());
                workload.images.extend(images.map(|image| line.fact(image.to_owned())));
            }
            (_, "Image") if !item.value.is_empty() && !is_none(item.value) => {
                workload.images.push(line.fact(item.value.to_owned()));
            }
            ([], "NewReplicaSet" | "OldReplicaSets") if workload.name.is_none() => {
                let set = item.value.split_whitespace().next().unwrap_or_default();
                workload.name = without_hash(set).map(|name| line.fact(name.to_owned()));
            }
            (["Conditions"], _) => {
                let mut words = line.text.split_whitespace();
                let (Some(kind), Some(status)) = (words.next(), words.next().and_then(ConditionStatus::parse)) else {
                    continue;
                };
                let reason = words.next().filter(|word| !is_none(word)).map(str::to_owned);
                let message = words.collect::<Vec<_>>().join(" ");
                workload.conditions.push(WorkloadCondition {
                    kind: kind.to_owned(),
                    status,
                    reason,
                    message: Some(message).filter(|message| !message.is_empty()),
                    place: line.place(),
                });
            }
            _ => {}
        }
    }
    workload
}

/// The template: a pod without its head. None where the output does not show it.
fn template(section: SectionId, items: &[Item<'_, '_>]) -> Option<Box<Pod>> {
    let inner: Vec<Item<'_, '_>> = items
        .iter()
        .filter(|item| item.path.first() == Some(&"Pod Template"))
        .map(|item| Item {
            path: item.path[1..].to_vec(),
            key: item.key,
            value: item.value,
            line: item.line,
            block: item.block,
        })
        .collect();
    let pod = pod::read(section, Head::default(), &inner, &[]);
    (!pod.containers.is_empty()).then(|| Box::new(pod))
}

/// `deployment.kubernetes.io/revision: 3`, behind the key or on a line of its own.
fn revision(line: &Line<'_>) -> Fact<u64> {
    let (_, number) = line.text.split_once("deployment.kubernetes.io/revision:")?;
    number.split_whitespace().next()?.parse().ok().map(|number| line.fact(number))
}

/// The number before a word: `3 desired | 2 updated`, `0 Active (0 Ready) / 1 Succeeded / 2 Failed`.
fn count_before(value: &str, unit: &str) -> Option<u64> {
    value.split(['|', '/']).find_map(|part| {
        let mut words = part.split_whitespace();
        let count = words.next()?.parse().ok()?;
        (words.next()? == unit).then_some(count)
    })
}

/// The name of the workload, where a message of its own events gives it for certain: names of pods and replica sets are
/// made from their owner's.
pub(super) fn name_in(kind: WorkloadKind, message: &str) -> Option<String> {
    let word =
        |text: &str| text.split_whitespace().next().map(|word| word.trim_end_matches([',', '.'])).map(str::to_owned);
    match kind {
        WorkloadKind::Deployment => {
            let set = ["Scaled up replica set ", "Scaled down replica set "]
                .iter()
                .find_map(|start| message.strip_prefix(start))?;
            without_hash(&word(set)?).map(str::to_owned)
        }
        WorkloadKind::StatefulSet => {
            let rest = message.split(" in StatefulSet ").nth(1)?;
            word(rest)
        }
        WorkloadKind::CronJob => {
            let job = word(message.strip_prefix("Created job ")?)?;
            let (name, number) = job.rsplit_once('-')?;
            (number.len() >= 8 && number.bytes().all(|b| b.is_ascii_digit())).then(|| name.to_owned())
        }
        WorkloadKind::ReplicaSet
        | WorkloadKind::ReplicationController
        | WorkloadKind::Job
        | WorkloadKind::DaemonSet => {
            if let Some(pod) = message.strip_prefix("Created pod: ").and_then(word) {
                return without_suffix(&pod).map(str::to_owned);
            }
            let says =
                ["Error creating: ", "unable to create pods: "].iter().find_map(|start| message.strip_prefix(start));
            let rest = says.unwrap_or(message).strip_prefix("pods \"")?;
            let (pod, rest) = rest.split_once('"')?;
            if !rest.starts_with(" is forbidden") {
                return None;
            }
            pod.strip_suffix('-').or_else(|| without_suffix(pod)).map(str::to_owned)
        }
    }
}

/// The letters and digits that Kubernetes makes names from.
fn is_generated(text: &str) -> bool {
    text.bytes().all(|b| b"bcdfghjklmnpqrstvwxz2456789".contains(&b))
}

/// A replica set's name without the hash of its template: the deployment's name.
fn without_hash(name: &str) -> Option<&str> {
    let (name, hash) = name.rsplit_once('-')?;
    let decimal = hash.bytes().all(|b| b.is_ascii_digit());
    ((6..=10).contains(&hash.len()) && (is_generated(hash) || decimal) && !name.is_empty()).then_some(name)
}

/// A pod's name without its five random characters. Old versions used all letters and digits.
fn without_suffix(name: &str) -> Option<&str> {
    let (name, suffix) = name.rsplit_once('-')?;
    let plain = suffix.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    (suffix.len() == 5 && plain && !name.is_empty()).then_some(name)
}
