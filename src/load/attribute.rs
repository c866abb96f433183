//! Whose a nameless fragment or log is.
//!
//! A fragment without a name belongs to the object that its own text or its file's name gives, else to the only failing
//! pod of those that it was saved with (in one folder, under one label), else it stays nameless. Nothing is given to an
//! object on weaker grounds.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::health::{self, Health};
use super::merge;
use super::named::{Named, stands_in};
use super::runtime_logs;
use crate::artifact::{Artifact, Hint, LogRun};
use crate::layout::{self, folder};
use crate::model::{Cluster, Container, Gap, GapKind, Log, Pod, StateKind};
use crate::text::{FileId, Located, Place};

/// Joins nameless pods and logs to the objects they belong to; `empty` are the logs without a byte.
pub fn attribute(cluster: &mut Cluster, empty: &[FileId]) {
    pods(cluster);
    logs(cluster);
    placeholders(cluster, empty);
}

/// Pods without a name that are looked at, the first ones: each is compared with all the others. Whoever saves outputs by
/// hand loses a few names.
const NAMELESS: usize = 1000;

/// What a path says that is one of a log.
pub(super) fn hint_of_log(path: &str) -> Option<Hint> {
    Some(layout::place(path).1).filter(|hint| hint.artifact == Some(Artifact::Log))
}

fn pods(cluster: &mut Cluster) {
    if cluster.facts.pods.iter().all(|pod| pod.name.is_some()) {
        return;
    }
    let (mut nameless, named): (Vec<Pod>, Vec<Pod>) =
        std::mem::take(&mut cluster.facts.pods).into_iter().partition(|pod| pod.name.is_none());
    cluster.facts.pods = named;
    if let Some(next) = nameless.get(NAMELESS) {
        cluster.facts.gaps.push(Gap {
            path: cluster.path(next.section.file).to_owned(),
            kind: GapKind::Truncated,
            what: format!(
                "holds {} pods without a name, with other files; the first {NAMELESS} are looked at",
                nameless.len()
            ),
            prevents: "whose the others are, and what they show".to_owned(),
        });
        nameless.truncate(NAMELESS);
    }
    for fragment in nameless {
        let path = cluster.path(fragment.section.file).to_string();
        let set = cluster.set(fragment.section.file);
        let saved = Saved::of(cluster, |other| other == set);
        match owner_of(cluster, &saved, fragment.section.file, |pod| fits(pod, &fragment)) {
            Some(index) => {
                let section = fragment.section;
                let pod = &mut cluster.facts.pods[index];
                let (namespace, name) = (pod.namespace.clone(), pod.name.clone());
                // The fragment says more than the row that named it: its status comes first.
                let mut whole = fragment;
                let described = merge::rank(pod) < 2;
                if described {
                    merge::pod(pod, whole);
                } else {
                    let row = std::mem::take(pod);
                    whole.section = row.section;
                    merge::pod(&mut whole, row);
                    *pod = whole;
                }
                for event in cluster.facts.events.iter_mut().filter(|event| event.section == section) {
                    if event.object.name.is_none() && event.object.kind.as_deref().is_none_or(|kind| kind == "Pod") {
                        event.object.kind = Some("Pod".to_string());
                        event.object.name = name.as_ref().map(|name| name.value.clone());
                        event.object.namespace = namespace.as_ref().map(|namespace| namespace.value.clone());
                    }
                }
            }
            None => {
                let mut fragment = fragment;
                if let Some(name) = name_after(&path, "describe-pod-") {
                    let place = fragment_place(cluster, &fragment);
                    fragment.name = place.map(|place| Located::new(name, place));
                    name_events(cluster, &fragment);
                }
                cluster.facts.pods.push(fragment);
            }
        }
    }
}

/// The name in `describe-pod-web-1.txt`.
fn name_after(path: &str, start: &str) -> Option<String> {
    let file_name = path.rsplit('/').next().unwrap_or(path);
    let stem = file_name.rsplit_once('.').map_or(file_name, |(stem, _)| stem);
    let name = stem.strip_prefix(start)?;
    let plain = name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'-' | b'.'));
    (plain && name.len() > 2 && name.bytes().any(|b| b.is_ascii_lowercase())).then(|| name.to_string())
}

/// A line of a nameless pod's output.
fn fragment_place(cluster: &Cluster, pod: &Pod) -> Option<Place> {
    let states = pod.containers.iter().filter_map(|container| container.state.as_ref().map(|state| &state.place));
    let events = cluster.facts.events.iter().filter(|event| event.section == pod.section).map(|event| &event.place);
    states.chain(pod.phase.iter().map(|phase| &phase.place)).chain(events).next().cloned()
}

/// Gives the nameless events of a pod's output the pod's name.
fn name_events(cluster: &mut Cluster, pod: &Pod) {
    let Some(name) = pod.name.as_ref().map(|name| name.value.clone()) else { return };
    for event in cluster.facts.events.iter_mut().filter(|event| event.section == pod.section) {
        if event.object.name.is_none() && event.object.kind.as_deref().is_none_or(|kind| kind == "Pod") {
            event.object.kind = Some("Pod".to_string());
            event.object.name = Some(name.clone());
        }
    }
}

/// Whether a nameless fragment can be of this pod: nothing in the two speaks against it.
fn fits(pod: &Pod, fragment: &Pod) -> bool {
    let described = merge::rank(pod) < 2 && !pod.containers.is_empty();
    let same_containers = fragment
        .containers
        .iter()
        .filter(|container| !container.name.is_empty())
        .all(|container| !described || pod.containers.iter().any(|known| known.name == container.name));
    let namespaces = match (&pod.namespace, &fragment.namespace) {
        (Some(a), Some(b)) => a.value == b.value,
        _ => true,
    };
    same_containers && namespaces
}

/// The pod that a file's name gives, else the only failing pod of those that it was saved with.
fn owner_of(cluster: &Cluster, saved: &Saved<'_>, file: FileId, fits: impl Fn(&Pod) -> bool) -> Option<usize> {
    let beside = saved.beside.get(cluster.set(file))?;
    let fits = |index: &usize| fits(&cluster.facts.pods[*index]);
    let named = saved.names.in_text(file_name(cluster.path(file))).into_iter();
    let named = named.flat_map(|(name, indices)| indices.iter().map(move |index| (name.len(), *index)));
    let here = named.filter(|(_, index)| beside.all.binary_search(index).is_ok() && fits(index));
    if let Some((_, index)) = here.max() {
        return Some(index);
    }
    let only_of = |pods: &[usize]| only(pods.iter().copied().filter(fits));
    match only_of(&beside.failing) {
        Only::One(index) => Some(index),
        Only::Several => None,
        Only::None => match only_of(&beside.starting) {
            Only::One(index) => Some(index),
            Only::Several => None,
            Only::None => only_of(&beside.all).one(),
        },
    }
}

fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// What there is of something.
enum Only {
    None,
    One(usize),
    Several,
}

impl Only {
    fn one(self) -> Option<usize> {
        match self {
            Only::One(index) => Some(index),
            _ => None,
        }
    }
}

/// Looks no further than the second.
fn only(mut found: impl Iterator<Item = usize>) -> Only {
    match (found.next(), found.next()) {
        (None, _) => Only::None,
        (Some(one), None) => Only::One(one),
        _ => Only::Several,
    }
}

/// The pods by their names, and by what the files that show them were saved with.
#[derive(Default)]
struct Saved<'p> {
    names: Named<'p, usize>,
    namespaces: BTreeSet<&'p str>,
    beside: BTreeMap<&'p str, Beside<'p>>,
}

/// The pods of files that were saved together, in their order.
#[derive(Default)]
struct Beside<'p> {
    all: Vec<usize>,
    failing: Vec<usize>,
    starting: Vec<usize>,
    /// By the names of their containers.
    containers: Named<'p, usize>,
}

impl<'p> Saved<'p> {
    /// Of the pods that are shown in a set of files that is asked for.
    fn of(cluster: &'p Cluster, wanted: impl Fn(&str) -> bool) -> Self {
        let mut saved = Saved::default();
        for (index, pod) in cluster.facts.pods.iter().enumerate() {
            let mut sets: Vec<&str> = places_of(pod).map(|place| cluster.set(place.file)).collect();
            sets.dedup();
            sets.retain(|set| wanted(set));
            if sets.is_empty() && pod.name.is_some() {
                continue;
            }
            if let Some(name) = &pod.name {
                saved.names.add(&name.value, index);
            }
            saved.namespaces.extend(pod.namespace.as_ref().map(|namespace| namespace.value.as_str()));
            let health = health::of_pod(pod);
            for set in sets {
                let beside = saved.beside.entry(set).or_default();
                beside.all.push(index);
                match health {
                    Health::Unhealthy => beside.failing.push(index),
                    Health::Starting => beside.starting.push(index),
                    _ => {}
                }
                pod.containers.iter().for_each(|container| beside.containers.add(&container.name, index));
            }
        }
        saved
    }
}

fn places_of(pod: &Pod) -> impl Iterator<Item = &Place> {
    pod.name.iter().map(|name| &name.place).chain(pod.row.iter().map(|row| &row.place))
}

fn logs(cluster: &mut Cluster) {
    let mut logs = std::mem::take(&mut cluster.facts.logs);
    if logs.is_empty() {
        return;
    }
    let saved = Saved::of(cluster, |_| true);
    let described: BTreeSet<&str> =
        cluster.facts.pods.iter().flat_map(|pod| places_of(pod).map(|place| cluster.set(place.file))).collect();
    let attempts = runtime_logs::tell_apart(cluster, &mut logs);
    let mut last_attempts: HashMap<KeyOfLog, u64> = HashMap::new();
    for log in &logs {
        if let Some(attempt) = attempts.get(&log.section.file).copied() {
            let last = last_attempts.entry(key_of(log)).or_default();
            *last = attempt.max(*last);
        }
    }
    logs.retain_mut(|log| {
        let path = cluster.path(log.section.file).to_string();
        // Only a dump calls a folder after the pod whose log it holds, and keeps that log alone there.
        let own = folder(&path).rsplit('/').next().unwrap_or_default();
        let hint = hint_of_log(&path);
        let by_folder = hint.is_none() && log.object.name.as_deref() == Some(own);
        if by_folder && described.contains(cluster.set(log.section.file)) && saved.names.of(own).is_empty() {
            log.object.name = None;
            log.object.namespace = None;
        }
        if log.object.name.is_none() {
            named_at_its_end(log);
        }
        let index = owner_by_name(cluster, &saved, log).or_else(|| match log.object.name {
            // The marks of a dump may name a pod that is gone; its folder then names the one that took its place.
            Some(_) => named_by_folder(&saved.names, &path),
            None => named_by_path(&saved.names, &path).or_else(|| owner_of_log(cluster, &saved, log)),
        });
        let Some(pod) = index.and_then(|index| cluster.facts.pods.get(index)) else {
            if let Some(attempt) = attempts.get(&log.section.file).copied() {
                let last = last_attempts.get(&key_of(log)).copied().unwrap_or(attempt);
                log.run = match last - attempt.min(last) {
                    0 => LogRun::Current,
                    1 => LogRun::Previous,
                    _ => return false,
                };
            }
            if log.object.name.is_none() {
                let named = generated_name(&path, cluster.set(log.section.file));
                log.object.name = named.or_else(|| component(&path).map(str::to_string));
            }
            if log.object.name.is_none() && is_of_machine(&path, log) {
                log.object.kind = Some("Node".to_string());
            }
            return true;
        };
        log.object.name = pod.name.as_ref().map(|name| name.value.clone());
        log.object.namespace =
            pod.namespace.as_ref().map(|namespace| namespace.value.clone()).or(log.object.namespace.take());
        if log.object.container.is_none() {
            log.object.container = container_of(pod, &path);
        }
        container_called_previous(pod, log);
        if let Some(run) = runtime_logs::run_by_id(pod, log, &path) {
            log.run = run;
        }
        if let Some(attempt) = attempts.get(&log.section.file).copied() {
            match run_of_attempt(pod, log, attempt) {
                Some(run) => log.run = run,
                // Of a run before the previous one: what it printed says nothing of how the last one ended.
                None => return false,
            }
        }
        if log.run == LogRun::Unknown {
            log.run = LogRun::Current;
        }
        true
    });
    cluster.facts.logs = logs;
}

/// Whether a log is a machine's own: by its folder, or by its lines, which syslog or journald wrote.
fn is_of_machine(path: &str, log: &Log) -> bool {
    layout::is_of_host(path) || {
        let mut lines = log.head.iter().filter(|place| !place.text.starts_with("-- ")).peekable();
        lines.peek().is_some() && lines.all(|place| is_of_journal(&place.text))
    }
}

/// `Nov 26 07:39:14 node-1 containerd[1900]: ...`, `2026-11-26T07:39:14+0000 node-1 kernel: ...`.
fn is_of_journal(line: &str) -> bool {
    let mut words = line.split_ascii_whitespace();
    let Some(first) = words.next() else { return false };
    let dated = match first.len() {
        3 => {
            const MONTHS: &str = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec";
            let day = words.next().is_some_and(|day| day.len() <= 2 && day.bytes().all(|b| b.is_ascii_digit()));
            let clock = words.next().is_some_and(|clock| clock.len() >= 8 && clock.as_bytes()[2] == b':');
            MONTHS.contains(first) && day && clock
        }
        19.. => first.as_bytes()[4] == b'-' && first.as_bytes()[10] == b'T' && first.contains('+'),
        _ => false,
    };
    // A level in the place of the host is a program's own form.
    let host = words.next().is_some_and(|host| !host.ends_with(':') && host.bytes().any(|b| !b.is_ascii_uppercase()));
    let process = words.next().is_some_and(|process| {
        process.strip_suffix(':').is_some_and(|name| name.ends_with(']') || name == "kernel" || name == "systemd")
    });
    dated && host && process
}

/// Namespace, pod and container.
pub(super) type KeyOfLog = (Option<String>, Option<String>, Option<String>);

pub(super) fn key_of(log: &Log) -> KeyOfLog {
    (log.object.namespace.clone(), log.object.name.clone(), log.object.container.clone())
}

/// `stream closed EOF for shop/web-0 (app)`: what k9s writes below a log that it showed. Several containers of one pod
/// name the pod only.
fn named_at_its_end(log: &mut Log) {
    let ends = log.tail.iter().filter_map(|place| {
        let (_, rest) = place.text.split_once("stream closed EOF for ")?;
        let (pod, container) = rest.split_once(" (")?;
        let (namespace, name) = pod.split_once('/')?;
        let (container, _) = container.split_once(')')?;
        let plain =
            |word: &str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_alphanumeric() || b"-.".contains(&b));
        (plain(namespace) && plain(name) && plain(container)).then_some((namespace, name, container))
    });
    let ends: Vec<(&str, &str, &str)> = ends.collect();
    let Some((namespace, name, container)) = ends.first().copied() else { return };
    if ends.iter().any(|end| (end.0, end.1) != (namespace, name)) {
        return;
    }
    let container = (ends.len() == 1).then(|| container.to_string());
    log.object.name = Some(name.to_string());
    log.object.namespace = Some(namespace.to_string());
    log.object.container = container.or(log.object.container.take());
}

/// The pod's name in `logs-web-6b7f9c8d54-x2k9m.txt` or `log-db-0.txt`, where its form is one that a controller generates.
/// A label before it is no part of it.
fn generated_name(path: &str, set: &str) -> Option<String> {
    let file_name = path.rsplit('/').next().unwrap_or(path);
    let label = set.rsplit('/').next().unwrap_or(set);
    let file_name = file_name.strip_prefix(label).filter(|rest| rest.starts_with('-')).unwrap_or(file_name);
    let stem = file_name.split('.').next().unwrap_or(file_name).trim_start_matches('-');
    let mut words: Vec<&str> = stem.split('-').collect();
    while words.first().is_some_and(|word| NO_NAMES.contains(word)) {
        words.remove(0);
    }
    while words.last().is_some_and(|word| NO_NAMES.contains(word)) {
        words.pop();
    }
    let plain = |word: &&str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    // What the generator of names picks from: no vowels, no 0, 1 or 3.
    let random = |word: &str, len: std::ops::RangeInclusive<usize>| {
        len.contains(&word.len()) && word.bytes().all(|b| b"bcdfghjklmnpqrstvwxz2456789".contains(&b))
    };
    let (last, base) = words.split_last()?;
    let generated = match base.split_last() {
        Some((hash, rest)) if !rest.is_empty() && random(hash, 6..=10) && random(last, 5..=5) => true,
        Some((word, _)) => {
            last.len() <= 2 && last.bytes().all(|b| b.is_ascii_digit()) && word.bytes().any(|b| b.is_ascii_alphabetic())
        }
        None => false,
    };
    (generated && words.iter().all(plain)).then(|| words.join("-"))
}

/// Parts of every cluster whose containers have the same names everywhere.
pub(super) const COMPONENTS: [&str; 7] = [
    "etcd",
    "kube-apiserver",
    "kube-controller-manager",
    "kube-scheduler",
    "kube-proxy",
    "cloud-controller-manager",
    "coredns",
];

/// The part of the cluster in `kube-apiserver.log` or `etcd-previous.txt`.
fn component(path: &str) -> Option<&'static str> {
    let name = file_name(path);
    let stem = name.split('.').next().unwrap_or(name);
    let mut words: Vec<&str> = stem.split(['-', '_']).collect();
    while words.last().is_some_and(|word| NO_NAMES.contains(word) || word.bytes().all(|b| b.is_ascii_digit())) {
        words.pop();
    }
    while words.first().is_some_and(|word| NO_NAMES.contains(word)) {
        words.remove(0);
    }
    let stem = words.join("-");
    COMPONENTS.into_iter().find(|name| **name == *stem)
}

/// Words around a pod's name in a file's name.
const NO_NAMES: [&str; 12] =
    ["log", "logs", "kubectl", "previous", "prev", "current", "all", "containers", "pod", "part", "page", "output"];

/// The pod that a log is said to be of. The name decides where the namespace does not fit: a dump's marks may name another
/// namespace than its folder. A name that is a namespace's is no pod's.
fn owner_by_name(cluster: &Cluster, saved: &Saved<'_>, log: &mut Log) -> Option<usize> {
    let name = log.object.name.clone()?;
    let (pods, called) = (&cluster.facts.pods, saved.names.of(&name));
    let fits = called.iter().copied().find(|index| match (&pods[*index].namespace, &log.object.namespace) {
        (Some(a), Some(b)) => a.value == *b,
        _ => true,
    });
    if let (None, [only]) = (fits, called) {
        return Some(*only);
    }
    if called.is_empty() && log.object.container.is_none() && saved.namespaces.contains(name.as_str()) {
        log.object.namespace = Some(name);
        log.object.name = None;
    }
    fits
}

/// The pod whose name is a folder of the path or stands in the file's name, where only one pod fits.
fn named_by_path(names: &Named<'_, usize>, path: &str) -> Option<usize> {
    named_by_folder(names, path).or_else(|| {
        let here = names.in_text(file_name(path)).into_iter();
        only_longest(here.flat_map(|(name, indices)| indices.iter().map(move |index| (name.len(), *index))))
    })
}

/// The pod whose name is a folder of the path, where only one pod fits.
fn named_by_folder(names: &Named<'_, usize>, path: &str) -> Option<usize> {
    let folders = folder(path).split('/');
    only_longest(folders.flat_map(|folder| names.of(folder).iter().map(move |index| (folder.len(), *index))))
}

/// The one with the longest name; `None` where two are as long.
fn only_longest(named: impl Iterator<Item = (usize, usize)>) -> Option<usize> {
    let mut found: Vec<(usize, usize)> = named.collect();
    found.sort_unstable();
    found.dedup();
    match found.as_slice() {
        [.., (second, _), (first, index)] if first > second => Some(*index),
        [(_, index)] => Some(*index),
        _ => None,
    }
}

/// `app-previous.log` may be the current log of a container with that name: the pod's containers tell.
fn container_called_previous(pod: &Pod, log: &mut Log) {
    let Some(name) = log.object.container.clone().filter(|_| log.run == LogRun::Previous) else { return };
    let called = |name: &str| pod.containers.iter().any(|container| container.name == name);
    let longer = format!("{name}-previous");
    if !called(&name) && called(&longer) {
        log.object.container = Some(longer);
        log.run = LogRun::Current;
    }
}

/// Which run a log of the runtime is of: it counts the restarts before it.
fn run_of_attempt(pod: &Pod, log: &Log, attempt: u64) -> Option<LogRun> {
    let container = pod.containers.iter().find(|c| Some(&c.name) == log.object.container.as_ref());
    let restarts = container.and_then(|c| c.restart_count.as_ref()).map(|count| count.value);
    match restarts {
        None => Some(LogRun::Unknown),
        Some(restarts) if attempt >= restarts => Some(LogRun::Current),
        Some(restarts) if attempt + 1 == restarts => Some(LogRun::Previous),
        Some(_) => None,
    }
}

/// Empty files where the collector got nothing: a gap where a run is known to have ended whose output they were to hold.
fn placeholders(cluster: &mut Cluster, empty: &[FileId]) {
    let mut gaps = Vec::new();
    if empty.is_empty() {
        return;
    }
    let mut names = Named::default();
    for (index, pod) in cluster.facts.pods.iter().enumerate() {
        pod.name.iter().for_each(|name| names.add(&name.value, index));
    }
    // A log may have come by the other way: `previous.insecure.log`.
    let came: BTreeSet<_> = cluster
        .facts
        .logs
        .iter()
        .map(|log| (log.object.namespace.as_ref(), log.object.name.as_ref(), log.object.container.as_ref(), log.run))
        .collect();
    for path in empty.iter().map(|file| cluster.path(*file)) {
        let Some(hint) = hint_of_log(path).filter(|hint| hint.placeholder) else { continue };
        let (Some(pod), Some(container)) = (&hint.pod, &hint.container) else { continue };
        let ended = |c: &Container| match hint.run {
            LogRun::Previous => c.last_state.as_ref().is_some_and(|state| state.kind == StateKind::Terminated),
            _ => c.state.as_ref().is_some_and(|state| state.kind == StateKind::Terminated),
        };
        let known = names.of(pod).iter().map(|index| &cluster.facts.pods[*index]).any(|known| {
            known.namespace.as_ref().map(|namespace| &namespace.value) == hint.namespace.as_ref()
                && known.containers.iter().any(|c| c.name == *container && ended(c))
        });
        let came = came.contains(&(hint.namespace.as_ref(), Some(pod), Some(container), hint.run));
        if known && !came {
            gaps.push(Gap {
                path: path.to_string(),
                kind: GapKind::Empty,
                what: "the file is empty: the log was not collected, or the run printed nothing".to_string(),
                prevents: format!("what container {container} of pod {pod} printed before it ended"),
            });
        }
    }
    cluster.facts.gaps.extend(gaps);
}

fn owner_of_log(cluster: &Cluster, saved: &Saved<'_>, log: &Log) -> Option<usize> {
    let has_container = |pod: &Pod| match &log.object.container {
        Some(container) => pod.containers.is_empty() || pod.containers.iter().any(|known| known.name == *container),
        None => true,
    };
    // What kubectl says in place of a log it says of a container that has not been started.
    let fits = |pod: &Pod| has_container(pod) && (log.fetch_error.is_some() || health::may_have_run(pod));
    owner_of(cluster, saved, log.section.file, fits).or_else(|| owner_by_container(cluster, saved, log.section.file))
}

/// Of the pods that it was saved with the only one with a container that the file's name gives; of several, the only
/// failing one.
fn owner_by_container(cluster: &Cluster, saved: &Saved<'_>, file: FileId) -> Option<usize> {
    let beside = saved.beside.get(cluster.set(file))?;
    let here = beside.containers.in_text(file_name(cluster.path(file)));
    let named: BTreeSet<usize> = here.into_iter().flat_map(|(_, pods)| pods).copied().collect();
    match only(named.iter().copied()) {
        Only::One(index) => Some(index),
        _ => only(named.into_iter().filter(|index| beside.failing.binary_search(index).is_ok())).one(),
    }
}

/// The container of the pod that the file's name gives, else the only one, else the only failing one.
fn container_of(pod: &Pod, path: &str) -> Option<String> {
    let file_name = path.rsplit('/').next().unwrap_or(path);
    let rest = match &pod.name {
        Some(name) => file_name.replacen(name.value.as_str(), "", 1),
        None => file_name.to_string(),
    };
    let named =
        pod.containers.iter().filter(|container| stands_in(&container.name, &rest)).max_by_key(|c| c.name.len());
    if let Some(container) = named {
        return Some(container.name.clone());
    }
    if let [only] = pod.containers.as_slice() {
        return Some(only.name.clone()).filter(|name| !name.is_empty());
    }
    if pod.containers.is_empty() && pod.row.as_ref().is_some_and(|row| row.total.is_some_and(|total| total > 1)) {
        // No output describes the pod: `logs-apache.txt` of a pod with several containers names one of them.
        let stem = rest.rsplit_once('.').map_or(rest.as_str(), |(stem, _)| stem);
        let word = stem.strip_prefix("logs-previous-").or(stem.strip_prefix("logs-"))?;
        let plain = !word.is_empty() && word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
        return plain.then(|| word.to_string());
    }
    let failing: Vec<_> =
        pod.containers.iter().filter(|container| health::of_container(pod, container) == Health::Unhealthy).collect();
    match failing.as_slice() {
        [only] => Some(only.name.clone()).filter(|name| !name.is_empty()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_a_journal_and_of_a_program() {
        for line in [
            "Nov 26 07:39:14 node-1 containerd[1900]: time=\"2026-11-26T07:39:14Z\" level=error msg=\"x\"",
            "Sep  2 17:08:30 node-1 kernel: eth0: link is down",
            "2026-11-26T07:39:14.100000+0000 node-1 rke2[1411]: x",
        ] {
            assert!(is_of_journal(line), "{line}");
        }
        for line in [
            "2026-11-26T07:39:14.100000Z stdout F [main]: started",
            "2026-11-26T07:39:14.100000Z INFO server[1]: started",
            "Nov 26, 2026 7:39:14 AM org.apache.catalina.startup.Catalina load",
            "Mon 26 07:39:14 node-1 app[1]: x",
            "Starting: x",
        ] {
            assert!(!is_of_journal(line), "{line}");
        }
    }

    #[test]
    fn parts_of_the_cluster_in_file_names() {
        for (path, wanted) in [
            ("collect/kube-apiserver.log", Some("kube-apiserver")),
            ("etcd-previous.txt", Some("etcd")),
            ("logs_kube-scheduler_2.log", Some("kube-scheduler")),
            ("my-etcd-backup.log", None),
            ("server.log", None),
        ] {
            assert_eq!(component(path), wanted, "{path}");
        }
    }

    #[test]
    fn generated_names_in_file_names() {
        let name = |path: &str| generated_name(path, folder(path));
        assert_eq!(generated_name("x/4711-db-logs-web-0.txt", "x/4711-db").as_deref(), Some("web-0"));
        assert_eq!(name("x/logs-web-6b7f9c8d54-x2k9m.txt").as_deref(), Some("web-6b7f9c8d54-x2k9m"));
        assert_eq!(name("logs-previous-shop-db-0.log").as_deref(), Some("shop-db-0"));
        for path in
            ["logs.txt", "logs-web.txt", "logs-2.txt", "logs-part-2.txt", "web-log.txt", "logs-payment-service.txt"]
        {
            assert_eq!(name(path), None, "{path}");
        }
    }
}
