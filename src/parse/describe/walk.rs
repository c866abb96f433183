//! The structure of a `describe`: which line stands under which keys.
//!
//! Owns indentation, the levels that known keys have, and the blocks of foreign text (arguments, termination messages,
//! annotations) whose words must never be read as fields. Knows no object.

use super::lines::{self, Line};
use crate::parse::events;

/// A line of a `describe` with the keys it stands under.
#[derive(Debug)]
pub(crate) struct Item<'a, 't> {
    /// The keys above, outermost first: `["Containers", "app", "State"]`. A fragment has only those it shows.
    pub path: Vec<&'a str>,
    /// The line's own key; empty for a list entry or table row.
    pub key: &'a str,
    /// The value, or the whole text of a line without key.
    pub value: &'a str,
    /// The line.
    pub line: &'a Line<'t>,
    /// The lines of foreign text below `Command`, `Args`, `Message`; blank ones inside included.
    pub block: &'a [Line<'t>],
}

impl Item<'_, '_> {
    /// The innermost key above.
    pub fn parent(&self) -> &str {
        self.path.last().copied().unwrap_or_default()
    }
}

/// An object's lines, taken apart.
#[derive(Debug)]
pub(crate) struct Walked<'a, 't> {
    /// Everything before the events.
    pub items: Vec<Item<'a, 't>>,
    /// The lines of the events, header and all: one piece, but where a paste shows the foot before the rest.
    pub events: Vec<&'a [Line<'t>]>,
}

/// Keys nest no deeper in any describe that is read.
const MAX_DEPTH: usize = 12;

/// A message is looked through no further than this for its end, in lines.
const MESSAGE_LINES: usize = 2000;

/// Keys of the outermost level in the describes of any kind.
const TOP: [&str; 98] = [
    "Name",
    "Namespace",
    "Priority",
    "Priority Class Name",
    "PriorityClassName",
    "Runtime Class Name",
    "Service Account",
    "Node",
    "Start Time",
    "Labels",
    "Annotations",
    "Status",
    "SeccompProfile",
    "IP",
    "IPs",
    "Controlled By",
    "Controllers",
    "Created By",
    "NominatedNodeName",
    "Init Containers",
    "Containers",
    "Ephemeral Containers",
    "Conditions",
    "Volumes",
    "QoS Class",
    "Node-Selectors",
    "Tolerations",
    "Events",
    "Readiness Gates",
    "Topology Spread Constraints",
    "Termination Grace Period",
    "Roles",
    "Role",
    "Taints",
    "Unschedulable",
    "Lease",
    "Addresses",
    "Capacity",
    "Allocatable",
    "System Info",
    "PodCIDR",
    "PodCIDRs",
    "Non-terminated Pods",
    "Allocated resources",
    "CreationTimestamp",
    "ProviderID",
    "ExternalID",
    "Selector",
    "Replicas",
    "StrategyType",
    "MinReadySeconds",
    "RollingUpdateStrategy",
    "Pod Template",
    "OldReplicaSets",
    "NewReplicaSet",
    "Pods Status",
    "Pods Statuses",
    "Parallelism",
    "Completions",
    "Completion Mode",
    "Suspend",
    "Backoff Limit",
    "Completed Indexes",
    "Completed At",
    "Duration",
    "Active Deadline Seconds",
    "Schedule",
    "Concurrency Policy",
    "Update Strategy",
    "Volume Claims",
    "Image(s)",
    "StorageClass",
    "Volume",
    "Finalizers",
    "Access Modes",
    "VolumeMode",
    "Used By",
    "Mounted By",
    "Claim",
    "Reclaim Policy",
    "Node Affinity",
    "Source",
    "IsDefaultClass",
    "Provisioner",
    "Parameters",
    "AllowVolumeExpansion",
    "ReclaimPolicy",
    "VolumeBindingMode",
    "IP Family Policy",
    "IP Families",
    "TargetPort",
    "Endpoints",
    "Session Affinity",
    "Image pull secrets",
    "Mountable secrets",
    "Tokens",
    "Subsets",
    "Desired Number of Nodes Scheduled",
];

/// Keys of a container that stand on no other level.
const CONTAINER: [&str; 25] = [
    "Container ID",
    "Image",
    "Image ID",
    "Ports",
    "Host Port",
    "Host Ports",
    "Command",
    "Args",
    "State",
    "Last State",
    "Last Termination State",
    "Ready",
    "Restart Count",
    "Limits",
    "Requests",
    "Liveness",
    "Readiness",
    "Startup",
    "Environment",
    "Environment Variables",
    "Environment Variables from",
    "Mounts",
    "Volume Mounts",
    "QoS Tier",
    "Devices",
];

/// Keys of a container's state that stand on no other level.
const STATE: [&str; 4] = ["Exit Code", "Signal", "Started", "Finished"];

/// The level of a key that has but one: 0 object, 2 container, 3 state.
fn level(key: &str) -> Option<u8> {
    if key == "Name" || key == "Labels" || key == "Annotations" || key == "Service Account" || key == "SeccompProfile" {
        return None;
    }
    if CONTAINER.contains(&key) {
        Some(2)
    } else if STATE.contains(&key) {
        Some(3)
    } else if is_top(key) && !in_template(key) {
        Some(0)
    } else {
        None
    }
}

/// Whether a key belongs to the outermost level.
pub(crate) fn is_top(key: &str) -> bool {
    TOP.contains(&key) || key == "Reason" || key == "Message"
}

/// Keys that also stand inside a pod template or elsewhere below the first level.
fn in_template(key: &str) -> bool {
    matches!(
        key,
        "Containers"
            | "Init Containers"
            | "Volumes"
            | "Node-Selectors"
            | "Tolerations"
            | "Priority Class Name"
            | "IP"
            | "Reason"
            | "Message"
            | "Status"
            | "Source"
            | "Volume"
            | "StorageClass"
            | "Capacity"
            | "Access Modes"
            | "Node"
            | "Endpoints"
            | "Conditions"
            | "Selector"
            | "Namespace"
            | "Parameters"
            | "Priority"
            | "Node Affinity"
            | "Readiness Gates"
            | "Topology Spread Constraints"
            | "Runtime Class Name"
            | "Role"
            | "Claim"
            | "Replicas"
    )
}

/// Whether a key is one of a container.
pub(crate) fn is_container_key(key: &str) -> bool {
    CONTAINER.contains(&key) || key == "Port"
}

/// `State` and its old and past names.
pub(crate) fn is_state(key: &str) -> bool {
    matches!(key, "State" | "Last State" | "Last Termination State")
}

/// Whether a text starts a line of its own: a known key, a row or header of an event table.
pub(crate) fn starts(text: &str) -> bool {
    let key = lines::key_value(text).map_or("", |(key, _)| key);
    let condition = || text.split_whitespace().nth(1).is_some_and(|word| matches!(word, "True" | "False" | "Unknown"));
    is_top(key) || is_container_key(key) || STATE.contains(&key) || condition() || events::starts_row(text)
}

/// Keys that have a value and yet lines below.
fn has_lines_below(key: &str) -> bool {
    is_state(key)
        || matches!(
            key,
            "Labels"
                | "Annotations"
                | "Tolerations"
                | "Node-Selectors"
                | "Taints"
                | "Non-terminated Pods"
                | "Used By"
                | "Mounted By"
                | "Mountable secrets"
                | "Image pull secrets"
                | "Tokens"
                | "Parameters"
                | "Conditions"
                | "Port"
                | "Type"
        )
}

/// Keys whose lower lines are list entries: a known key below them has lost its indentation.
fn is_list(key: &str) -> bool {
    matches!(key, "Labels" | "Annotations" | "Tolerations" | "Node-Selectors" | "Taints" | "Port" | "Type")
}

/// The key whose first characters a fragment lost: `ontainers` -> `Containers`.
fn completed(key: &str) -> Option<&'static str> {
    if key.len() < 4 || is_top(key) || is_container_key(key) {
        return None;
    }
    let known = ["Containers", "Conditions", "Volumes", "Events", "Name", "Namespace"].into_iter();
    let all = known.chain(TOP).chain(CONTAINER).chain(STATE);
    all.into_iter().find(|known| known.len() > key.len() && known.ends_with(key))
}

/// Whether the indentation of a text cannot be trusted: what stands below a key is not indented more than it.
fn is_flat(lines: &[Line<'_>]) -> bool {
    let mut filled = lines.iter().filter(|line| !line.is_blank()).peekable();
    let (mut flat, mut nested) = (0, 0);
    while let Some(line) = filled.next() {
        let (Some((key, value)), Some(next)) = (line.key_value(), filled.peek()) else { continue };
        let (below, head) = (next.key(), value.is_empty());
        let sure = (is_state(key) && matches!(below, "Reason" | "Started" | "Exit Code" | "Message"))
            || (matches!(key, "Limits" | "Requests" | "Capacity" | "Allocatable")
                && head
                && matches!(below, "cpu" | "memory"))
            || (matches!(key, "Mounts" | "Volume Mounts") && head && next.text.contains(" from "))
            || (key == "Conditions" && head && next.text.starts_with("Type"))
            || (head && is_lower(key) && matches!(below, "Container ID" | "Image" | "Type"));
        let maybe = matches!(key, "Containers" | "Volumes") && head && is_lower(below);
        if (sure || maybe) && next.indent <= line.indent {
            flat += 1;
        } else if sure {
            nested += 1;
        }
    }
    flat > nested
}

/// Whether a key is written as names are.
fn is_lower(key: &str) -> bool {
    key.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit())
}

/// Takes an object's lines apart.
pub(crate) fn walk<'a, 't>(lines: &'a mut [Line<'t>]) -> Walked<'a, 't> {
    mend_first(lines);
    let lines: &'a [Line<'t>] = lines;
    let flat = is_flat(lines);
    let base = base_indent(lines);
    let mut items = Vec::new();
    let mut events = Vec::new();
    let mut stack: Vec<(usize, &'a str)> = Vec::new();
    let mut at = 0;
    while let Some(line) = lines.get(at) {
        at += 1;
        if line.is_blank() || lines::is_elision(&line.text) {
            continue;
        }
        let (mut key, value) = line.key_value().unwrap_or(("", &line.text));
        if items.is_empty()
            && let Some(whole) = completed(key)
        {
            key = whole;
        }
        let inside = |name: &str| stack.iter().any(|(_, key)| *key == name);
        let deep = !flat && stack.last().is_some_and(|(indent, _)| line.indent > *indent);
        if key == "Events" && !(deep && (inside("Environment") || inside("Limits"))) {
            let end = events_end(lines, at);
            events.extend(lines.get(at..end));
            at = end;
            continue;
        }
        // A message that lost its row begins an output of such messages; anywhere else it is part of something.
        if events::starts_row(&line.text) || items.is_empty() && events::is_bare_message(&line.text) {
            let end = events_end(lines, at);
            events.extend(lines.get(at - 1..end));
            at = end;
            continue;
        }
        if !flat {
            while stack.last().is_some_and(|(indent, _)| *indent >= line.indent) {
                stack.pop();
            }
        }
        settle(&mut stack, key, value, flat, lines.get(at..).unwrap_or_default());
        let path: Vec<&'a str> = stack.iter().map(|(_, key)| *key).collect();
        let mut block: &'a [Line<'t>] = &[];
        let in_values =
            path.iter().any(|key| matches!(*key, "Environment" | "Environment Variables" | "Limits" | "Requests"));
        if !in_values {
            let end = match key {
                "Command" | "Args" if value.is_empty() => text_end(lines, at, line.indent, base, flat),
                "Message" => message_end(lines, at, line.indent, &path),
                "Annotations" if value != "<none>" => annotations_end(lines, at, line.indent, flat),
                _ => at,
            };
            block = lines.get(at..end).unwrap_or_default();
            at = end;
        }
        items.push(Item { path, key, value, line, block });
        // Without indentation a key without value may be a value that is empty: only what surely has lines below nests.
        let nests = !flat || !is_values(path_end(&stack)) && (is_top(key) || is_container_key(key) || is_lower(key));
        let heads = !key.is_empty() && (value.is_empty() || has_lines_below(key));
        if heads && nests && block.is_empty() && stack.len() < MAX_DEPTH {
            stack.push((line.indent, key));
        }
    }
    Walked { items, events }
}

/// Where the events end that begin before `from`: at the end, or at a key of the pod after a gap or elision, where a paste
/// shows the foot before the rest.
fn events_end(lines: &[Line<'_>], from: usize) -> usize {
    let mut gap = false;
    for (at, line) in lines.iter().enumerate().skip(from) {
        if line.is_blank() || lines::is_elision(&line.text) {
            gap = true;
            continue;
        }
        let resumes = line.key_value().is_some_and(|(key, value)| match key {
            "Containers" | "Init Containers" | "Conditions" | "Volumes" | "Limits" | "Requests" => value.is_empty(),
            "State" | "Last State" => matches!(value, "Running" | "Waiting" | "Terminated"),
            "Events" => value.is_empty() || value == "<none>",
            "Status" => matches!(value, "Pending" | "Running" | "Failed" | "Succeeded"),
            "Controlled By" | "Node-Selectors" | "Tolerations" | "QoS Class" | "Restart Count" | "Start Time" => true,
            _ => false,
        });
        if gap && resumes {
            return at;
        }
        gap = false;
    }
    lines.len()
}

/// The innermost key.
fn path_end<'a>(stack: &[(usize, &'a str)]) -> &'a str {
    stack.last().map_or("", |(_, key)| *key)
}

/// Keys of a container with a list of values below.
pub(crate) fn is_values(key: &str) -> bool {
    matches!(
        key,
        "Limits"
            | "Requests"
            | "Environment"
            | "Environment Variables"
            | "Environment Variables from"
            | "Mounts"
            | "Volume Mounts"
            | "QoS Tier"
            | "Devices"
    )
}

/// Leaves the levels that a key says are over, where indentation does not.
fn settle(stack: &mut Vec<(usize, &str)>, key: &str, value: &str, flat: bool, below: &[Line<'_>]) {
    let in_values =
        |stack: &[(usize, &str)]| stack.last().is_some_and(|(_, top)| top.starts_with("Environment") && !flat);
    if key.is_empty() || in_values(stack) {
        return;
    }
    if is_top(key) || is_container_key(key) {
        while stack.last().is_some_and(|(_, top)| is_list(top)) {
            stack.pop();
        }
    }
    let mut own = level(key);
    if flat {
        own = own.or_else(|| flat_level(stack, key, value, below));
    }
    let Some(own) = own else { return };
    let of = |key: &str, depth: usize| -> u8 {
        if is_state(key) || CONTAINER.contains(&key) {
            2
        } else if depth > 0 {
            1
        } else {
            0
        }
    };
    // A key of a container ends a state and any block of values; a key of the object ends everything but its template.
    while let Some((_, top)) = stack.last() {
        let depth = stack.len() - 1;
        let top_level = of(top, depth);
        let over = match own {
            0 => !(flat && in_template(key) && *top == "Pod Template"),
            1 => top_level >= 1,
            2 => top_level >= 2,
            _ => !(is_state(top) || top_level <= 1),
        };
        if !over {
            break;
        }
        stack.pop();
    }
}

/// The level of a key in a text without indentation, where the key alone does not say.
fn flat_level(stack: &[(usize, &str)], key: &str, value: &str, below: &[Line<'_>]) -> Option<u8> {
    let top = stack.last().map_or("", |(_, key)| *key);
    let inside = |name: &str| stack.iter().any(|(_, key)| *key == name);
    let next = below.iter().find(|line| !line.is_blank()).map_or("", |line| line.key());
    let lower = is_lower(key);
    match key {
        "Reason" | "Message" => Some(if is_state(top) { 3 } else { 0 }),
        "Port" if inside("Containers") || inside("Init Containers") => Some(2),
        "Name" if inside("Volumes") => None,
        _ if value.is_empty() && lower && matches!(next, "Container ID" | "Image") => Some(1),
        _ if value.is_empty() && lower && inside("Volumes") && next == "Type" => Some(1),
        _ if is_top(key) => Some(0),
        _ => None,
    }
}

/// Gives the first line the indentation that the next key of its level has: copying often loses it.
fn mend_first(lines: &mut [Line<'_>]) {
    let Some(first) = lines.iter().position(|line| !line.is_blank()) else { return };
    let key = lines.get(first).map_or("", |line| line.key());
    let key = completed(key).unwrap_or(key).to_owned();
    let own = if is_container_key(&key) { 2 } else { 0 };
    if own == 0 && !is_top(&key) {
        return;
    }
    let next = lines.iter().skip(first + 1).find(|line| level(line.key()) == Some(own)).map(|line| line.indent);
    if let (Some(indent), Some(line)) = (next, lines.get_mut(first))
        && indent > line.indent
    {
        line.indent = indent;
    }
}

/// The smallest indentation of a known key.
fn base_indent(lines: &[Line<'_>]) -> usize {
    lines
        .iter()
        .filter(|line| is_top(line.key()) || is_container_key(line.key()))
        .map(|line| line.indent)
        .min()
        .unwrap_or(0)
}

/// Where the text below `Command:` or `Args:` at `indent` ends: at a key of the container on the same column, or at one
/// of the object further left. Old versions print later lines of an argument with no indentation at all.
fn text_end(lines: &[Line<'_>], from: usize, indent: usize, base: usize, flat: bool) -> usize {
    let mut at = from;
    while let Some(line) = lines.get(at) {
        let key = line.key();
        let over = if line.is_blank() || key.is_empty() && !events::starts_row(&line.text) {
            false
        } else if flat {
            is_container_key(key) || follows_containers(key)
        } else {
            let same = line.indent == indent && (is_container_key(key) || key == "SeccompProfile");
            let left = line.indent < indent && follows_containers(key);
            let sibling = line.indent < indent
                && line.indent > base
                && next_is_container(lines.get(at + 1..).unwrap_or_default());
            same || left || sibling || (line.indent < indent && events::starts_row(&line.text))
        };
        if over {
            return at;
        }
        at += 1;
    }
    at
}

/// Whether a key can follow the last container of a pod or template.
fn follows_containers(key: &str) -> bool {
    matches!(
        key,
        "Containers"
            | "Init Containers"
            | "Ephemeral Containers"
            | "Conditions"
            | "Volumes"
            | "QoS Class"
            | "Node-Selectors"
            | "Tolerations"
            | "Events"
            | "NewReplicaSet"
            | "OldReplicaSets"
            | "Volume Claims"
            | "Readiness Gates"
            | "Topology Spread Constraints"
            | "Priority Class Name"
    )
}

/// Whether the next line is the first of a container.
fn next_is_container(below: &[Line<'_>]) -> bool {
    let next = below.iter().find(|line| !line.is_blank()).map_or("", |line| line.key());
    matches!(next, "Container ID" | "Image")
}

/// Where a message ends. Of a state: before its `Exit Code:`, however many lines later; of the pod: before the next key.
fn message_end(lines: &[Line<'_>], from: usize, indent: usize, path: &[&str]) -> usize {
    let rest = lines.get(from..lines.len().min(from.saturating_add(MESSAGE_LINES))).unwrap_or_default();
    let next = rest.iter().position(|line| line.indent == indent && line.key() == "Message");
    let rest = rest.get(..next.unwrap_or(rest.len())).unwrap_or_default();
    let exit = |line: &&Line<'_>| {
        line.key_value().is_some_and(|(key, value)| {
            key == "Exit Code" && value.trim_start_matches('-').starts_with(|c: char| c.is_ascii_digit())
        })
    };
    let in_state = path.last().is_some_and(|key| is_state(key)) || path.len() > 1;
    if in_state || path.is_empty() {
        // A message that itself holds the words is told by its indentation.
        let same = rest.iter().position(|line| exit(&line) && line.indent == indent);
        let any = rest.iter().position(|line| exit(&line));
        let stop = rest.iter().position(|line| {
            let key = line.key();
            let value = line.key_value().map_or("", |(_, value)| value);
            (key == "Restart Count" && value.starts_with(|c: char| c.is_ascii_digit()))
                || (key == "Ready" && matches!(value, "True" | "False"))
                || (is_state(key) && matches!(value, "Running" | "Waiting" | "Terminated"))
                || (path.is_empty() && matches!(key, "IP" | "IPs" | "Controlled By" | "Containers" | "Init Containers"))
                || (matches!(key, "Containers" | "Conditions" | "Events" | "Volumes") && line.indent < indent)
        });
        let stop = stop.unwrap_or(usize::MAX);
        if let Some(end) = same.or(any).filter(|end| *end < stop) {
            return from + end;
        }
        if stop != usize::MAX {
            return from + stop;
        }
    }
    // Cut before its end: nothing below can be told from the message but what clearly is a key.
    let end = rest.iter().position(|line| {
        let key = line.key();
        is_container_key(key) || is_top(key) || STATE.contains(&key) || events::starts_row(&line.text)
    });
    from + end.unwrap_or(rest.len())
}

/// Where annotations end: at a known key that is not indented more.
fn annotations_end(lines: &[Line<'_>], from: usize, indent: usize, flat: bool) -> usize {
    let rest = lines.get(from..).unwrap_or_default();
    let end = rest.iter().position(|line| {
        (is_top(line.key()) && (flat || line.indent <= indent))
            || (is_container_key(line.key()) && line.indent <= indent + 4)
            || (line.indent <= indent + 4 && events::starts_row(&line.text))
    });
    from + end.unwrap_or(rest.len())
}
