//! `kubectl describe node`.

use crate::model::time::parse_time;
use crate::model::{ConditionStatus, Fields, Node, NodeCondition};
use crate::text::SectionId;

use super::walk::Item;
use super::{Head, is_none, labels, stated};

/// The conditions that every node has.
const CONDITIONS: [&str; 5] = ["Ready ", "MemoryPressure ", "DiskPressure ", "PIDPressure ", "NetworkUnavailable "];

/// Reads a node.
pub(super) fn read(section: SectionId, head: Head, items: &[Item<'_, '_>]) -> Node {
    let mut node = Node { section, name: head.name, ..Node::default() };
    for item in items {
        let line = item.line;
        match (item.path.as_slice(), item.key) {
            ([], "Labels") | (["Labels"], "") => {
                let mut found = Fields::default();
                labels(item.value, &mut found);
                node.labels.extend(found.into_iter().map(|(key, value)| (key, line.fact(value))));
            }
            ([], "Taints") | (["Taints"], "") if !item.value.is_empty() && !is_none(item.value) => {
                for taint in item.value.split(',').map(str::trim).filter(|taint| taint.contains(':')) {
                    node.taints.push(line.fact(taint.to_owned()));
                }
            }
            ([], "Unschedulable") => {
                node.unschedulable = item.value.to_ascii_lowercase().parse().ok().map(|value: bool| line.fact(value));
            }
            ([], "CreationTimestamp") => node.created = parse_time(item.value),
            (["Conditions"], _) => match condition(item) {
                Some(condition) => node.conditions.push(condition),
                // A message that goes on below its row.
                None => {
                    if let Some(last) = node.conditions.last_mut() {
                        let message = last.message.get_or_insert_default();
                        message.push_str(if message.is_empty() { "" } else { " " });
                        message.push_str(&line.text);
                    }
                }
            },
            // Rows that lost their heading.
            (_, "") if CONDITIONS.iter().any(|kind| line.text.starts_with(kind)) => {
                node.conditions.extend(condition(item));
            }
            (["Capacity"], name) if !name.is_empty() => {
                node.capacity.insert(name.to_owned(), line.fact(item.value.to_owned()));
            }
            (["Allocatable"], name) if !name.is_empty() => {
                node.allocatable.insert(name.to_owned(), line.fact(item.value.to_owned()));
            }
            (["Allocated resources"], _) if line.text.starts_with("cpu ") => {
                node.cpu_allocated = shares(&line.text).map(|shares| line.fact(shares));
            }
            (_, "Kubelet Version") => node.kubelet_version = stated(item),
            (_, "Architecture") => node.architecture = stated(item),
            (_, "Boot ID") => node.boot_id = stated(item).map(|fact| fact.value),
            _ => {}
        }
    }
    node
}

/// `cpu  3820m (97%)  12 (307%)`
fn shares(row: &str) -> Option<(u32, u32)> {
    let mut shares = row.split_whitespace().filter_map(|word| word.strip_prefix('(')?.strip_suffix("%)")?.parse().ok());
    Some((shares.next()?, shares.next()?))
}

/// `Ready  True  Thu, 29 May 2025 11:54:06 +0200  Tue, 15 Apr 2025 07:14:02 +0200  KubeletReady  kubelet is posting ready status`
fn condition(item: &Item<'_, '_>) -> Option<NodeCondition> {
    let mut words = item.line.text.split_whitespace().peekable();
    let kind = words.next().filter(|kind| kind.starts_with(|c: char| c.is_ascii_uppercase()))?;
    let status = ConditionStatus::parse(words.next()?)?;
    let mut time = || {
        let word = words.peek()?;
        if word.ends_with(',') && word.len() == 4 {
            let text: Vec<&str> = words.by_ref().take(6).collect();
            return parse_time(&text.join(" "));
        }
        if word.starts_with('<') || parse_time(word).is_some() {
            return parse_time(words.next()?);
        }
        None
    };
    let (last_heartbeat, last_transition) = (time(), time());
    // A time that somebody shortened ends where the reason starts: a word of several, each with a capital.
    let text = &item.line.text;
    let is_reason = |word: &str| {
        word.len() > 6
            && word.bytes().all(|b| b.is_ascii_alphanumeric())
            && word.bytes().filter(u8::is_ascii_uppercase).count() >= 2
    };
    let rest: Vec<&str> = match (last_heartbeat, text.split_whitespace().skip(2).position(is_reason)) {
        (None, Some(at)) => text.split_whitespace().skip(2 + at).collect(),
        _ => words.collect(),
    };
    let reason = rest.first().map(|word| (*word).to_owned());
    let message = rest.get(1..).unwrap_or_default().join(" ");
    Some(NodeCondition {
        kind: kind.to_owned(),
        status,
        reason,
        message: Some(message).filter(|message| !message.is_empty()),
        last_heartbeat,
        last_transition: last_transition.map(|at| crate::text::Located::new(at, item.line.place())),
        place: item.line.place(),
    })
}
