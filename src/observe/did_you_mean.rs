//! Names that a case asks for, against the names that the bundle holds: a slip of the pen, another namespace, another port.
//!
//! What is said is a possibility and never more: that the bundle holds something of a similar name. Where the bundle does
//! not hold the list to compare with, nothing is said, and the command that brings the list is asked for instead.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::{LazyLock, OnceLock};

use regex::Regex;

use super::values::is_name;
use super::{Case, Context};
use crate::catalog::Channel;
use crate::load::health::{self, Health};
use crate::model::endpoint::{Candidate, Endpoint};
use crate::model::{Cluster, ConfigKind, Container, Facts, Pod, Service, VolumeSource};
use crate::postmortem::{Missing, Remark};
use crate::text::{Located, Place};

/// So many names are offered for one that is asked for.
const MOST: usize = 3;
/// With so many names of a namespace one that is asked for is compared; of more, only with those that the letters it starts
/// with, or ends with, lead to.
const MOST_COMPARED: usize = 1000;
/// So many of them to each side.
const NEIGHBOURS: usize = 64;
/// So many names are looked up in one case.
const MOST_LOOK_UPS: usize = 12;

/// One name that is asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct LookUp {
    /// What is looked for: one of `catalog::vocabulary::LOOK_UPS`.
    pub kind: &'static str,
    /// The name as it is asked for.
    pub wanted: String,
    /// What the bundle holds that is like it, the nearest first.
    pub like: Vec<Like>,
    /// What to collect, where the bundle does not hold the list.
    pub collect: Option<Missing>,
}

/// A name that the bundle holds.
#[derive(Debug, Clone, PartialEq)]
pub struct Like {
    /// The name.
    pub name: String,
    /// The namespace it is in, where that is not the one it is asked for in.
    pub elsewhere: Option<String>,
    /// What the line shows: one clause.
    pub says: String,
    /// The line that holds the name.
    pub place: Place,
}

/// A name that the bundle holds, before it is compared.
#[derive(Debug, Clone, Copy)]
struct Held<'c> {
    name: &'c str,
    namespace: Option<&'c str>,
    place: &'c Place,
}

/// Whether two names have the same letters, as [`folded`] writes them; most names differ before it comes to that.
fn same_letters(a: &str, b: &str) -> bool {
    fn plain(name: &str) -> impl Iterator<Item = char> {
        name.chars().filter(|c| !matches!(c, '-' | '_' | '.')).flat_map(char::to_lowercase)
    }
    let separates = |byte: u8| matches!(byte, b'-' | b'_' | b'.');
    let start = common(a.bytes(), b.bytes());
    if let (Some(x), Some(y)) = (a.as_bytes().get(start), b.as_bytes().get(start))
        && (a.is_ascii() && b.is_ascii() && !separates(*x) && !separates(*y))
        && [a, b].iter().any(|name| name.bytes().skip(start).filter(|byte| !separates(*byte)).nth(3).is_some())
    {
        return false;
    }
    let (mut x, mut y) = (plain(a), plain(b));
    loop {
        return match (x.next(), y.next()) {
            (None, None) => true,
            (p, q) if p == q => continue,
            // Only the last three letters can be an ending.
            (p, q) => {
                usize::from(p.is_some()) + x.take(3).count() <= 3
                    && usize::from(q.is_some()) + y.take(3).count() <= 3
                    && folded(a) == folded(b)
            }
        };
    }
}

/// How many bytes are the same from the start on, case aside.
fn common(a: impl Iterator<Item = u8>, b: impl Iterator<Item = u8>) -> usize {
    a.zip(b).take_while(|(x, y)| x.eq_ignore_ascii_case(y)).count()
}

/// The same letters: case, hyphens, underscores, dots and a plural aside.
fn folded(name: &str) -> String {
    let plain: String = name.chars().filter(|c| !matches!(c, '-' | '_' | '.')).flat_map(char::to_lowercase).collect();
    match plain.strip_suffix("ies") {
        Some(stem) if stem.len() > 2 => format!("{stem}y"),
        _ => plain.strip_suffix('s').filter(|stem| stem.len() > 2).map_or(plain.clone(), str::to_string),
    }
}

/// So many letters may differ in a name of this length.
fn tolerance(length: usize) -> usize {
    match length {
        0..=3 => 0,
        4..=7 => 1,
        8..=12 => 2,
        _ => 3,
    }
}

/// What one name has and the other has not stands before or behind all of the shorter one, which is at least half of it.
const PART: usize = 9;

/// How far a held name is from the one asked for: 0 the same, 1 the same letters, then by letters that differ, [`PART`]
/// where one is a part of the other; `None` where it is another name.
fn distance(wanted: &str, held: &str) -> Option<usize> {
    if wanted == held {
        return Some(0);
    }
    if same_letters(wanted, held) {
        return Some(1);
    }
    let (short, long) = if wanted.len() <= held.len() { (wanted, held) } else { (held, wanted) };
    let most = tolerance(short.len());
    if long.len() - short.len() <= most
        && let Some(differ) = differing(wanted, held, most)
    {
        return Some(1 + differ);
    }
    let part = short.len() >= 4 && short.len() * 2 >= long.len() && (long.starts_with(short) || long.ends_with(short));
    part.then_some(PART)
}

/// How many letters differ, where these are no more than `most`. What both start and end with does not count, so that many
/// names of one scheme are told apart soon.
fn differing(a: &str, b: &str, most: usize) -> Option<usize> {
    let (a, b) = match a.is_ascii() && b.is_ascii() {
        true => {
            let start = common(a.bytes(), b.bytes());
            let (a, b) = (&a[start..], &b[start..]);
            let end = common(a.bytes().rev(), b.bytes().rev());
            (&a[..a.len() - end], &b[..b.len() - end])
        }
        false => (a, b),
    };
    // Each letter that only one of them has is one that differs.
    let letters = |name: &str| name.bytes().fold(0_u32, |letters, byte| letters | 1 << (byte & 31));
    let (of_a, of_b) = (letters(a), letters(b));
    if a.is_ascii() && b.is_ascii() && (of_a & !of_b).count_ones().max((of_b & !of_a).count_ones()) as usize > most {
        return None;
    }
    let differ = strsim::damerau_levenshtein(&a.to_lowercase(), &b.to_lowercase());
    (differ <= most).then_some(differ)
}

/// The nearest of the held names. The same name in another namespace counts like one letter. Nothing where the name is
/// there after all.
fn nearest<'c>(wanted: &str, namespace: Option<&str>, held: impl Iterator<Item = Held<'c>>) -> Vec<Held<'c>> {
    let mut found: Vec<(usize, Held<'c>)> = Vec::new();
    for held in held {
        let here = match (namespace, held.namespace) {
            (Some(here), Some(there)) => here == there,
            _ => true,
        };
        let far = match distance(wanted, held.name) {
            Some(0) if here => return Vec::new(),
            Some(0) => 2,
            Some(far) if here => far,
            _ => continue,
        };
        found.push((far, held));
    }
    found.sort_by(|(a, x), (b, y)| (a, x.name, x.namespace).cmp(&(b, y.name, y.namespace)));
    found.dedup_by(|(_, x), (_, y)| (x.name, x.namespace) == (y.name, y.namespace));
    let best = found.first().map_or(0, |(far, _)| *far);
    let near = found.into_iter().filter(|(far, held)| *far == best || held.name == wanted);
    near.map(|(_, held)| held).take(MOST).collect()
}

/// The sentences for the nearest of the held names.
fn like<'c>(word: &str, wanted: &str, namespace: Option<&str>, held: impl Iterator<Item = Held<'c>>) -> Vec<Like> {
    let near = nearest(wanted, namespace, held);
    near.into_iter()
        .map(|held| {
            let elsewhere = held.namespace.filter(|there| namespace.is_some_and(|here| here != *there));
            let where_it_is = held.namespace.map(|there| format!(" in namespace `{there}`")).unwrap_or_default();
            let what = match (elsewhere, namespace) {
                (Some(_), Some(here)) => format!("it is asked for in namespace `{here}`"),
                _ => format!("asked for is `{wanted}`"),
            };
            Like {
                name: held.name.to_string(),
                elsewhere: elsewhere.map(str::to_string),
                says: format!("the bundle holds the {word} `{}`{where_it_is}; {what}", held.name),
                place: held.place.clone(),
            }
        })
        .collect()
}

fn located<'c>(fact: &'c Located<String>, namespace: Option<&'c str>) -> Held<'c> {
    Held { name: &fact.value, namespace, place: &fact.place }
}

/// The objects of a kind that the bundle holds.
fn held<'c>(facts: &'c Facts, kind: &str) -> Vec<Held<'c>> {
    let value = |fact: &'c Option<Located<String>>| fact.as_ref().map(|fact| fact.value.as_str());
    let configs = |wanted: ConfigKind| {
        let of_kind = facts.configs.iter().filter(move |config| config.kind == wanted);
        of_kind.map(|config| located(&config.name, config.namespace.as_deref())).collect()
    };
    match kind {
        "ConfigMap" => configs(ConfigKind::ConfigMap),
        "Secret" => configs(ConfigKind::Secret),
        "PersistentVolumeClaim" => {
            let named = facts.claims.iter().filter_map(|claim| Some((claim.name.as_ref()?, claim)));
            named.map(|(name, claim)| located(name, value(&claim.namespace))).collect()
        }
        "ServiceAccount" => {
            facts.service_accounts.iter().map(|account| located(&account.name, value(&account.namespace))).collect()
        }
        "Service" => {
            facts.services.iter().map(|service| located(&service.name, service.namespace.as_deref())).collect()
        }
        "StorageClass" => facts.storage_classes.iter().map(|class| located(&class.name, None)).collect(),
        "IngressClass" => facts.ingress_classes.iter().map(|class| located(class, None)).collect(),
        "Namespace" => facts.namespaces.iter().map(|namespace| located(namespace, None)).collect(),
        "PriorityClass" => {
            // What other pods name exists: the API server takes no pod with a class that does not.
            let used = facts.pods.iter().filter_map(|pod| pod.priority_class.as_ref());
            facts.priority_classes.iter().chain(used).map(|class| located(class, None)).collect()
        }
        _ => Vec::new(),
    }
}

/// What the bundle holds that names can be compared with: each list is made when it is first asked for.
#[derive(Debug)]
pub(crate) struct Lists<'c> {
    cluster: &'c Cluster,
    of: [OnceLock<List<'c>>; NONE + 1],
    images: OnceLock<Images<'c>>,
}

/// The kinds that there are lists of.
const KINDS: [&str; 9] = [
    "ConfigMap",
    "Secret",
    "PersistentVolumeClaim",
    "ServiceAccount",
    "Service",
    "StorageClass",
    "IngressClass",
    "Namespace",
    "PriorityClass",
];

/// The place of the list of any other kind, which is empty.
const NONE: usize = KINDS.len();

/// The objects of a kind.
#[derive(Debug, Default)]
struct List<'c> {
    all: Vec<Held<'c>>,
    by_name: HashMap<&'c str, Vec<usize>>,
    by_namespace: HashMap<Option<&'c str>, Vec<usize>>,
    /// Of each namespace with many the same, by name, and by name from the end on.
    sorted: HashMap<Option<&'c str>, [Vec<usize>; 2]>,
}

/// The images of all containers.
#[derive(Debug, Default)]
struct Images<'c> {
    /// How many containers have an image, and have this one.
    all: usize,
    each: HashMap<&'c str, usize>,
    /// Each image that is known to have been pulled, with the first pod that runs it.
    pulled: Vec<(&'c Located<String>, &'c Pod)>,
}

impl<'c> Lists<'c> {
    pub(crate) fn of(cluster: &'c Cluster) -> Self {
        Lists { cluster, of: Default::default(), images: OnceLock::new() }
    }

    fn list(&self, kind: &str) -> &List<'c> {
        let at = KINDS.iter().position(|known| *known == kind).unwrap_or(NONE);
        self.of[at].get_or_init(|| List::of(held(&self.cluster.facts, kind)))
    }

    fn images(&self) -> &Images<'c> {
        self.images.get_or_init(|| {
            let mut images = Images::default();
            let mut known = HashSet::new();
            for pod in &self.cluster.facts.pods {
                for (c, image) in pod.containers.iter().filter_map(|c| Some((c, c.image.as_ref()?))) {
                    images.all += 1;
                    *images.each.entry(image.value.as_str()).or_default() += 1;
                    if known.contains(image.value.as_str()) {
                        continue;
                    }
                    let pulled = c.image_id.as_ref().is_some_and(|id| !id.value.is_empty())
                        || health::of_container(pod, c) == Health::Healthy;
                    if pulled {
                        known.insert(image.value.as_str());
                        images.pulled.push((image, pod));
                    }
                }
            }
            images
        })
    }
}

/// What hosts are looked up in.
#[derive(Debug)]
pub(crate) struct Services<'c> {
    all: &'c [Service],
    by_address: HashMap<&'c str, Vec<usize>>,
    list: List<'c>,
    namespaces: List<'c>,
}

impl<'c> Services<'c> {
    pub(crate) fn of(cluster: &'c Cluster) -> Self {
        let facts = &cluster.facts;
        let mut by_address: HashMap<&str, Vec<usize>> = HashMap::new();
        for (at, service) in facts.services.iter().enumerate() {
            if let Some(address) = &service.cluster_ip {
                by_address.entry(address).or_default().push(at);
            }
        }
        let list = |kind| List::of(held(facts, kind));
        Services { all: &facts.services, by_address, list: list("Service"), namespaces: list("Namespace") }
    }

    /// Those of an address, or else those that a name may stand for, in the order of the bundle.
    fn called(&self, endpoint: &Endpoint, candidates: &[Candidate]) -> Vec<&'c Service> {
        let mut found: BTreeSet<usize> = BTreeSet::new();
        if endpoint.is_address() {
            found.extend(self.by_address.get(endpoint.host.as_str()).into_iter().flatten());
        }
        for (name, namespace) in candidates {
            let called = self.list.by_name.get(name.as_str()).into_iter().flatten();
            found.extend(called.filter(|at| namespace.is_none() || self.all[**at].namespace == *namespace));
        }
        found.into_iter().map(|at| &self.all[at]).collect()
    }
}

impl<'c> List<'c> {
    fn of(all: Vec<Held<'c>>) -> Self {
        let mut list = List::default();
        for (at, held) in all.iter().enumerate() {
            list.by_name.entry(held.name).or_default().push(at);
            list.by_namespace.entry(held.namespace).or_default().push(at);
        }
        for (namespace, of) in list.by_namespace.iter().filter(|(_, of)| of.len() > MOST_COMPARED) {
            let mut sorted = [of.clone(), of.clone()];
            sorted[0].sort_by_key(|at| all[*at].name);
            sorted[1].sort_by(|a, b| all[*a].name.bytes().rev().cmp(all[*b].name.bytes().rev()));
            list.sorted.insert(*namespace, sorted);
        }
        list.all = all;
        list
    }

    /// Those that are compared with a name of a namespace: those of the namespace, and of the others that very name.
    fn beside(&self, wanted: &str, namespace: Option<&str>) -> Vec<Held<'c>> {
        let of: Vec<Option<&str>> = match namespace {
            Some(_) => vec![namespace, None],
            None => self.by_namespace.keys().copied().collect(),
        };
        let mut found: Vec<usize> = self.by_name.get(wanted).into_iter().flatten().copied().collect();
        for namespace in of {
            let Some([forwards, backwards]) = self.sorted.get(&namespace) else {
                found.extend(self.by_namespace.get(&namespace).into_iter().flatten());
                continue;
            };
            let around = |sorted: &[usize], at: usize| {
                sorted[at.saturating_sub(NEIGHBOURS)..sorted.len().min(at + NEIGHBOURS)].to_vec()
            };
            found.extend(around(forwards, forwards.partition_point(|at| self.all[*at].name < wanted)));
            let before = |at: &usize| self.all[*at].name.bytes().rev().lt(wanted.bytes().rev());
            found.extend(around(backwards, backwards.partition_point(before)));
        }
        found.sort_unstable();
        found.dedup();
        found.into_iter().map(|at| self.all[at]).collect()
    }
}

/// Where the list of a kind is asked for: the resource, and whether it is one of a namespace.
fn resource(kind: &str) -> (&'static str, bool) {
    match kind {
        "ConfigMap" => ("configmaps", true),
        "Secret" => ("secrets", true),
        "PersistentVolumeClaim" => ("pvc", true),
        "ServiceAccount" => ("serviceaccounts", true),
        "Service" => ("services", true),
        "StorageClass" => ("storageclass", false),
        "IngressClass" => ("ingressclasses", false),
        "Namespace" => ("namespaces", false),
        "PriorityClass" => ("priorityclasses", false),
        _ => ("nodes", false),
    }
}

/// What to collect where the bundle holds no list of the kind: nothing of it in the namespace, and no word that there is
/// nothing.
fn collect(cluster: &Cluster, list: &List<'_>, kind: &'static str, namespace: Option<&str>) -> Option<Missing> {
    let (resource, namespaced) = resource(kind);
    let here = namespace.filter(|_| namespaced);
    let whole = cluster.whole_lists.contains(&(kind, here.unwrap_or_default().to_string()));
    let known = match here {
        Some(_) => list.by_namespace.contains_key(&None) || list.by_namespace.contains_key(&here),
        None => !list.all.is_empty(),
    };
    if whole || known {
        return None;
    }
    let scope = match here.filter(|here| is_name(here)) {
        Some(namespace) => format!(" -n {namespace}"),
        None if namespaced => " -A".to_string(),
        None => String::new(),
    };
    let of = if namespaced { "the namespace" } else { "the cluster" };
    Some(Missing {
        what: format!("the {kind} names of {of}, to compare the name with"),
        command: format!("kubectl get {resource}{scope}"),
    })
}

/// `secret "db" not found`, and the like: what the API server says of a name it does not know.
static NOT_FOUND: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r#"(?i)\b(configmap|secret|persistentvolumeclaim|storageclass|serviceaccount|namespace)(?:e?s)?(?:\.storage\.k8s\.io)? "([\w.-]+)" not found"#).ok()
});
/// Admission of a pod whose class is not there.
static NO_PRIORITY: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"no PriorityClass with name ([\w.-]+) was found").ok());
/// Kubelet's warning of pull secrets.
static NO_PULL_SECRET: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"Unable to retrieve some image pull secrets \(([\w., -]+)\)").ok());
/// A variable's key, and a key of a volume's items.
static NO_KEY: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"couldn't find key ([\w.-]+) in (ConfigMap|Secret) (?:[\w.-]+/)?([\w.-]+)|references non-existent (config|secret) key: ([\w.-]+)").ok()
});

/// What a case asks for, as far as it is known not to be there.
struct Search<'s, 'c> {
    context: &'s Context<'c>,
    namespace: Option<String>,
    found: Vec<LookUp>,
}

impl<'c> Search<'_, 'c> {
    fn facts(&self) -> &'c Facts {
        &self.context.cluster.facts
    }

    fn add(&mut self, look_up: LookUp) {
        let known = self.found.iter().any(|other| (other.kind, &other.wanted) == (look_up.kind, &look_up.wanted));
        if !known && self.found.len() < MOST_LOOK_UPS && !(look_up.like.is_empty() && look_up.collect.is_none()) {
            self.found.push(look_up);
        }
    }

    /// An object that something says is not there.
    fn object(&mut self, kind: &'static str, of: &'static str, wanted: &str) {
        let (_, namespaced) = resource(of);
        let namespace = self.namespace.clone().filter(|_| namespaced);
        let list = self.context.lists.list(of);
        let like = like(of, wanted, namespace.as_deref(), list.beside(wanted, namespace.as_deref()).into_iter());
        let collect = || collect(self.context.cluster, list, of, namespace.as_deref());
        let collect = like.is_empty().then(collect).flatten();
        self.add(LookUp { kind, wanted: wanted.to_string(), like, collect });
    }

    /// The same of an object that nothing but the list says of.
    fn listed(&mut self, kind: &'static str, of: &'static str, wanted: &str) {
        let (_, namespaced) = resource(of);
        let here = self.namespace.as_deref().filter(|_| namespaced);
        let list = self.context.lists.list(of);
        let mine = |held: &Held<'_>| here.is_none() || held.namespace == here;
        let any = if here.is_some() { list.by_namespace.contains_key(&here) } else { !list.all.is_empty() };
        let listed = any || self.context.cluster.whole_lists.contains(&(of, here.unwrap_or_default().to_string()));
        let mut called = list.by_name.get(wanted).into_iter().flatten();
        if listed && !called.any(|at| mine(&list.all[*at])) && (here.is_some() || !namespaced) {
            self.object(kind, of, wanted);
        }
    }

    /// A key of a ConfigMap or Secret. A key that another variable uses is not the one meant.
    fn key(&mut self, pod: Option<&Pod>, kind: &str, config: &str, wanted: &str) {
        let of = self.context.index.configs_called(config).iter().copied().find(|held| {
            (held.kind == ConfigKind::Secret) == (kind == "Secret")
                && (held.namespace.is_none() || self.namespace.is_none() || held.namespace == self.namespace)
                && held.keys.is_some()
        });
        let Some(keys) = of.and_then(|held| held.keys.as_ref()) else {
            let resource = if kind == "Secret" { "secret" } else { "configmap" };
            let namespace = self.namespace.as_deref().filter(|namespace| is_name(namespace)).unwrap_or("NAMESPACE");
            let collect = is_name(config).then(|| Missing {
                what: format!("the keys of the {kind} (not their values)"),
                command: format!("kubectl describe {resource} -n {namespace} {config}"),
            });
            self.add(LookUp { kind: "Key", wanted: wanted.to_string(), like: Vec::new(), collect });
            return;
        };
        let used: BTreeSet<&str> = pod
            .iter()
            .flat_map(|pod| pod.containers.iter().flat_map(|c| &c.env))
            .filter_map(|env| env.source.as_ref().filter(|source| source.name == config)?.key.as_deref())
            .collect();
        let free = keys.iter().filter(|key| !used.contains(key.value.as_str()) || key.value == wanted);
        let mut like = like("key", wanted, None, free.map(|key| located(key, None)));
        for one in &mut like {
            one.says = format!("the {kind} `{config}` has the key `{}`; asked for is `{wanted}`", one.name);
        }
        self.add(LookUp { kind: "Key", wanted: wanted.to_string(), like, collect: None });
    }

    /// What events and states say is not there.
    fn messages(&mut self, pod: Option<&Pod>, case: &Case<'_>) {
        for text in case.texts.iter().filter(|text| text.channel != Channel::Log) {
            let message = text.message.replace("\\\"", "\"");
            let all = |regex: &'static LazyLock<Option<Regex>>| regex.as_ref().into_iter();
            for found in all(&NOT_FOUND).flat_map(|regex| regex.captures_iter(&message).collect::<Vec<_>>()) {
                let kind = match found[1].to_ascii_lowercase().as_str() {
                    "configmap" => "ConfigMap",
                    "secret" => "Secret",
                    "persistentvolumeclaim" => "PersistentVolumeClaim",
                    "storageclass" => "StorageClass",
                    "serviceaccount" => "ServiceAccount",
                    _ => "Namespace",
                };
                self.object(kind, kind, &found[2]);
            }
            for found in all(&NO_PRIORITY).filter_map(|regex| regex.captures(&message)) {
                self.object("PriorityClass", "PriorityClass", &found[1]);
            }
            for found in all(&NO_PULL_SECRET).filter_map(|regex| regex.captures(&message)) {
                for name in found[1].split(',').map(str::trim).filter(|name| !name.is_empty()) {
                    self.object("ImagePullSecret", "Secret", name);
                }
            }
            for found in all(&NO_KEY).filter_map(|regex| regex.captures(&message)) {
                if let (Some(key), Some(kind), Some(name)) = (found.get(1), found.get(2), found.get(3)) {
                    self.key(pod, kind.as_str(), name.as_str(), key.as_str());
                } else if let (Some(kind), Some(key)) = (found.get(4), found.get(5)) {
                    self.key_of_a_volume(pod, kind.as_str() == "secret", key.as_str());
                }
            }
        }
    }

    /// The message names the key and not the object: the pod's only volume of that kind is the one.
    fn key_of_a_volume(&mut self, pod: Option<&Pod>, secret: bool, key: &str) {
        let names: Vec<&str> = pod
            .iter()
            .flat_map(|pod| &pod.volumes)
            .filter_map(|volume| match &volume.source {
                VolumeSource::ConfigMap(name, _) if !secret => Some(name.as_str()),
                VolumeSource::Secret(name, _) if secret => Some(name.as_str()),
                _ => None,
            })
            .collect();
        if let [name] = names.as_slice() {
            self.key(pod, if secret { "Secret" } else { "ConfigMap" }, name, key);
        }
    }

    /// What the pod's spec asks for and the lists of the bundle do not hold.
    fn spec(&mut self, pod: &Pod, container: Option<&Container>) {
        for volume in &pod.volumes {
            match &volume.source {
                VolumeSource::ConfigMap(name, false) => self.listed("ConfigMap", "ConfigMap", name),
                VolumeSource::Secret(name, false) => self.listed("Secret", "Secret", name),
                VolumeSource::Claim(name) => {
                    self.listed("PersistentVolumeClaim", "PersistentVolumeClaim", name);
                    self.class_of_claim(name);
                }
                _ => {}
            }
        }
        let sources = pod.containers.iter().flat_map(|c| {
            c.env.iter().filter_map(|env| env.source.as_ref()).chain(c.env_from.iter().map(|located| &located.value))
        });
        for source in sources.filter(|source| !source.optional) {
            let kind = if source.kind == "Secret" { "Secret" } else { "ConfigMap" };
            self.listed(kind, kind, &source.name);
            let held = self.context.index.configs_called(&source.name).iter().copied().find(|held| {
                (held.kind == ConfigKind::Secret) == (kind == "Secret")
                    && (held.namespace.is_none() || held.namespace == self.namespace)
            });
            if let (Some(key), Some(keys)) = (&source.key, held.and_then(|held| held.keys.as_ref()))
                && !keys.iter().any(|known| known.value == *key)
            {
                self.key(Some(pod), kind, &source.name, key);
            }
        }
        if let Some(account) = &pod.service_account {
            self.listed("ServiceAccount", "ServiceAccount", &account.value);
        }
        for secret in pull_secrets(self.context, pod) {
            self.listed("ImagePullSecret", "Secret", secret);
        }
        if let Some(container) = container {
            self.image(pod, container);
        }
    }

    fn class_of_claim(&mut self, claim: &str) {
        let here = self.namespace.as_deref();
        let class = self.context.index.claims_called(claim).iter().find_map(|held| {
            let mine = held.namespace.as_ref().is_none_or(|namespace| Some(namespace.value.as_str()) == here)
                && held.status.as_ref().is_some_and(|status| status.value == "Pending");
            held.storage_class.as_ref().filter(|class| mine && !class.value.is_empty())
        });
        if let Some(class) = class {
            self.listed("StorageClass", "StorageClass", &class.value);
        }
    }

    /// The labels that no node has. One of a term's expressions is enough to keep every node away.
    fn node_labels(&mut self, pod: &Pod) {
        let facts = self.facts();
        let mut wanted: Vec<(&str, Vec<&str>)> = Vec::new();
        for pair in &pod.node_selector {
            wanted.extend(pair.value.split_once('=').map(|(key, value)| (key, vec![value])));
        }
        for requirement in &pod.node_affinity {
            match requirement.operator.as_str() {
                "In" => {
                    let values = requirement.values.iter().map(|value| value.value.as_str()).collect();
                    wanted.push((&requirement.key.value, values));
                }
                "Exists" => wanted.push((&requirement.key.value, Vec::new())),
                _ => {}
            }
        }
        let labelled = facts.nodes.iter().any(|node| !node.labels.is_empty());
        for (key, values) in wanted {
            let asked = match values.as_slice() {
                [] => key.to_string(),
                values => format!("{key}={}", values.join(" or ")),
            };
            if !labelled {
                let collect = Some(Missing {
                    what: "the labels of the nodes, to compare with what the pod asks for".to_string(),
                    command: "kubectl get nodes --show-labels".to_string(),
                });
                self.add(LookUp { kind: "NodeLabel", wanted: asked, like: Vec::new(), collect });
                continue;
            }
            let mut like: Vec<(usize, Like)> = Vec::new();
            let mut fits = false;
            for node in &facts.nodes {
                let name = node.name.as_ref().map_or("(unnamed)", |name| name.value.as_str());
                for (held_key, held_value) in &node.labels {
                    let far_key = distance(key, held_key);
                    let far_value = values.iter().filter_map(|value| distance(value, &held_value.value)).min();
                    fits |= far_key == Some(0) && (values.is_empty() || far_value == Some(0));
                    // The right key with any value, the nearest first, or a near key with the right value.
                    let far = match (far_key, far_value) {
                        (Some(0), far) => far.unwrap_or(9),
                        (Some(far), Some(0)) => far,
                        (Some(far), _) if values.is_empty() => far,
                        _ => continue,
                    };
                    let label = format!("{held_key}={}", held_value.value);
                    if !like.iter().any(|(_, known)| known.name == label) {
                        let says = format!("the node `{name}` has the label `{label}`; asked for is `{asked}`");
                        like.push((far, Like { name: label, elsewhere: None, says, place: held_value.place.clone() }));
                    }
                }
            }
            if !fits {
                like.sort_by(|(a, x), (b, y)| (a, &x.name).cmp(&(b, &y.name)));
                let like = like.into_iter().map(|(_, like)| like).take(MOST).collect();
                self.add(LookUp { kind: "NodeLabel", wanted: asked, like, collect: None });
            }
        }
    }

    /// Tolerations that all but fit a taint that keeps the pod away.
    fn taints(&mut self, pod: &Pod) {
        let facts = self.facts();
        let mut tainted = false;
        for node in &facts.nodes {
            let name = node.name.as_ref().map_or("(unnamed)", |name| name.value.as_str());
            for taint in &node.taints {
                tainted = true;
                let (key, value, effect) = taint_of(&taint.value);
                if effect == "PreferNoSchedule" || pod.tolerations.iter().any(|t| tolerates(&t.value, &taint.value)) {
                    continue;
                }
                let mut like = Vec::new();
                for toleration in &pod.tolerations {
                    let (of_key, of_value, of_effect) = taint_of(&toleration.value);
                    let near = match distance(key, of_key) {
                        Some(0) => true,
                        Some(_) => of_value == value && (of_effect.is_empty() || of_effect == effect),
                        None => false,
                    };
                    if near && !of_key.is_empty() {
                        let asked = taint.value.as_str();
                        let says = format!(
                            "the pod tolerates `{}`; the node `{name}` has the taint `{asked}`",
                            toleration.value
                        );
                        let elsewhere = None;
                        let one = |place: &Place| Like {
                            name: toleration.value.clone(),
                            elsewhere: elsewhere.clone(),
                            says: says.clone(),
                            place: place.clone(),
                        };
                        like.extend([one(&taint.place), one(&toleration.place)]);
                    }
                }
                like.truncate(MOST);
                self.add(LookUp { kind: "Toleration", wanted: taint.value.clone(), like, collect: None });
            }
        }
        if !tainted {
            let collect = Some(Missing {
                what: "the taints of the nodes, to compare with what the pod tolerates".to_string(),
                command: "kubectl get nodes -o custom-columns=NAME:.metadata.name,TAINTS:.spec.taints".to_string(),
            });
            self.add(LookUp { kind: "Toleration", wanted: String::new(), like: Vec::new(), collect });
        }
    }

    /// What other pods of the bundle run, of a name like the one that cannot be pulled. That a registry has it is not said.
    fn image(&mut self, pod: &Pod, container: &Container) {
        let Some(wanted) = &container.image else { return };
        let asked = Image::read(&wanted.value);
        let images = self.context.lists.images();
        let others = images.all - images.each.get(wanted.value.as_str()).copied().unwrap_or(0);
        // Two digests of one repository are two images: neither is a slip for the other.
        let of_wanted = repository_of_digest(&wanted.value);
        let another_digest = |image: &str| of_wanted.is_some() && repository_of_digest(image) == of_wanted;
        let others_pulled =
            images.pulled.iter().filter(|(image, _)| image.value != wanted.value && !another_digest(&image.value));
        let mut near: Vec<(usize, &str, &Located<String>, &Pod)> = others_pulled
            .filter_map(|(image, pod)| Some((asked.distance(&Image::read(&image.value))?, &*image.value, *image, *pod)))
            .collect();
        near.sort_by_key(|(far, name, ..)| (*far, *name));
        let best = near.first().map_or(0, |(far, ..)| *far);
        let near = near.into_iter().filter(|(far, ..)| *far <= best + 1).take(MOST);
        let like: Vec<Like> = near
            .map(|(_, name, image, other)| {
                let runs = super::pod::object_name(other, None);
                let says = format!("the pod `{runs}` runs `{name}`; this one asks for `{}`", wanted.value);
                Like { name: name.to_string(), elsewhere: None, says, place: image.place.clone() }
            })
            .collect();
        let collect = (others == 0 && pod.name.is_some()).then(|| Missing {
            what: "which images other pods of the cluster run, to compare the name with".to_string(),
            command: "kubectl get pods -A -o custom-columns=NAMESPACE:.metadata.namespace,NAME:.metadata.name,IMAGE:.spec.containers[*].image".to_string(),
        });
        self.add(LookUp { kind: "Image", wanted: wanted.value.clone(), like, collect });
    }
}

/// Pull secrets of the pod, and of its service account where the pod names none.
fn pull_secrets<'p>(context: &'p Context<'_>, pod: &'p Pod) -> Vec<&'p str> {
    if !pod.image_pull_secrets.is_empty() {
        return pod.image_pull_secrets.iter().map(|secret| secret.value.as_str()).collect();
    }
    let account = pod.service_account.as_ref().map_or("default", |account| account.value.as_str());
    let of_pod = context.index.accounts_called(account).iter().copied().find(|held| {
        held.namespace.as_ref().map(|namespace| &namespace.value)
            == pod.namespace.as_ref().map(|namespace| &namespace.value)
    });
    let secrets = of_pod.and_then(|held| held.image_pull_secrets.as_ref());
    secrets.map(|secrets| secrets.value.iter().map(String::as_str).collect()).unwrap_or_default()
}

/// `key=value:Effect`, also of a toleration with ` op=Exists` or ` for 300s` behind it.
pub(super) fn taint_of(printed: &str) -> (&str, &str, &str) {
    if printed.trim_start().starts_with("op=") {
        return ("", "", "");
    }
    let printed = printed.split(" op=").next().unwrap_or(printed);
    let printed = printed.split(" for ").next().unwrap_or(printed).trim();
    let (pair, effect) = printed.rsplit_once(':').unwrap_or((printed, ""));
    let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
    (key, value, effect)
}

/// Whether a toleration, as `describe` prints it, fits a taint.
pub(super) fn tolerates(toleration: &str, taint: &str) -> bool {
    let exists = toleration.contains("op=Exists");
    let (key, value, effect) = taint_of(toleration);
    let (of_key, of_value, of_effect) = taint_of(taint);
    let any_key = exists && key.is_empty();
    (any_key || key == of_key) && (exists || value == of_value) && (effect.is_empty() || effect == of_effect)
}

/// The repository of an image that is named by its digest.
fn repository_of_digest(image: &str) -> Option<&str> {
    image.split_once("@sha256:").map(|(repository, _)| repository)
}

/// An image's name in its parts; `docker.io` and `library/` are what nobody writes.
struct Image<'t> {
    registry: &'t str,
    path: &'t str,
    tag: &'t str,
}

impl<'t> Image<'t> {
    fn read(image: &'t str) -> Image<'t> {
        let image = image.split('@').next().unwrap_or(image);
        let (name, tag) = match image.rsplit_once(':') {
            Some((name, tag)) if !tag.contains('/') => (name, tag),
            _ => (image, "latest"),
        };
        let (registry, path) = match name.split_once('/') {
            Some((host, path)) if host.contains(['.', ':']) || host == "localhost" => (host, path),
            _ => ("docker.io", name),
        };
        Image { registry, path: path.strip_prefix("library/").unwrap_or(path), tag }
    }

    /// How far another image is from this one: another tag, another registry, another spelling.
    fn distance(&self, other: &Image<'_>) -> Option<usize> {
        let path = distance(self.path, other.path);
        match (self.registry == other.registry, path) {
            (true, Some(0)) => Some(1 + distance(self.tag, other.tag).unwrap_or(4)),
            (true, Some(far)) => (far < PART).then_some(1 + far),
            (false, Some(0)) => Some(2),
            // A registry, or the folder in it, left out.
            _ if other.path.strip_suffix(self.path).is_some_and(|folder| folder.ends_with('/')) => Some(3),
            _ => {
                let registry = distance(self.registry, other.registry)?;
                path.filter(|far| registry > 0 && registry + far < PART).map(|far| registry + far)
            }
        }
    }
}

/// Looks up what a pod asks for.
pub(super) fn of_pod(context: &Context<'_>, pod: &Pod, container: Option<&Container>, case: &mut Case<'_>) {
    let mut search = Search { context, namespace: case.subject.namespace.clone(), found: Vec::new() };
    search.messages(Some(pod), case);
    let pulling = case.observation("image-pull-failing").is_some();
    search.spec(pod, container.filter(|_| pulling));
    if case.observation("unscheduled").is_some() {
        search.node_labels(pod);
        search.taints(pod);
    }
    case.look_ups = search.found;
    advice(context, pod, case);
}

/// The toleration and the label that are missing, written as a manifest or a command has them, and the pull secret in use.
fn advice(context: &Context<'_>, pod: &Pod, case: &mut Case<'_>) {
    let facts = &context.cluster.facts;
    if let Some(secret) = pull_secrets(context, pod).first() {
        case.values.name("used_pull_secret", secret);
    }
    if case.observation("unscheduled").is_none() {
        return;
    }
    // Taints that Kubernetes sets itself tell of a node in trouble or of the control plane: to tolerate them is no advice.
    let of_others = |key: &str| !key.contains("kubernetes.io/") && !key.contains("k8s.io/");
    let missing = facts.nodes.iter().flat_map(|node| &node.taints).find(|taint| {
        let (key, _, effect) = taint_of(&taint.value);
        effect != "PreferNoSchedule"
            && of_others(key)
            && !pod.tolerations.iter().any(|toleration| tolerates(&toleration.value, &taint.value))
    });
    if let Some((key, value, effect)) = missing.map(|taint| taint_of(&taint.value))
        && is_name(key)
        && (value.is_empty() || is_name(value))
        && is_name(effect)
    {
        let rest = match value {
            "" => "operator: Exists".to_string(),
            value => format!("operator: Equal, value: \"{value}\""),
        };
        case.values.own("missing_toleration", format!("{{key: {key}, {rest}, effect: {effect}}}"));
        case.values.own("taint_to_remove", format!("{key}:{effect}-"));
    }
    let unmet = pod.node_selector.iter().filter_map(|pair| pair.value.split_once('=')).find(|(key, value)| {
        let has = |node: &crate::model::Node| node.labels.get(key).is_some_and(|held| held.value == *value);
        facts.nodes.iter().any(|node| !node.labels.is_empty()) && !facts.nodes.iter().any(has)
    });
    if let Some((key, value)) = unmet.filter(|(key, value)| is_name(key) && is_name(value)) {
        case.values.own("wanted_label", format!("{key}={value}"));
    }
}

/// Looks up what the messages of a workload or a claim name.
pub(super) fn of_messages(context: &Context<'_>, class: Option<&str>, case: &mut Case<'_>) {
    let mut search = Search { context, namespace: case.subject.namespace.clone(), found: Vec::new() };
    search.messages(None, case);
    if let Some(class) = class.filter(|class| !class.is_empty()) {
        search.listed("StorageClass", "StorageClass", class);
    }
    case.look_ups = search.found;
}

/// Ingresses that name a class which the bundle's list does not hold, and holds under a near name.
pub(super) fn of_ingresses(context: &Context<'_>) -> Vec<Remark> {
    let facts = &context.cluster.facts;
    let mut remarks = Vec::new();
    for ingress in &facts.ingresses {
        let namespace = ingress.namespace.as_ref().map(|namespace| format!("{namespace}/")).unwrap_or_default();
        let classes = context.lists.list("IngressClass");
        for near in like("IngressClass", &ingress.class.value, None, classes.all.iter().copied()) {
            remarks.push(Remark {
                object: format!("{namespace}{} (Ingress)", ingress.name.value),
                what: format!("no controller may serve it: {}", near.says),
                place: near.place,
            });
        }
    }
    remarks
}

/// Looks up the host that a call names: the Service in another namespace, of a near name, or with other ports.
pub fn of_host(case: &Case<'_>, target: &str, port: Option<&str>) -> Vec<LookUp> {
    let Some(endpoint) = Endpoint::read(target) else { return Vec::new() };
    let services = &case.services;
    let port = endpoint.port.as_deref().or(port);
    let from = case.subject.namespace.as_deref();
    let candidates = endpoint.candidates(from);
    let called = services.called(&endpoint, &candidates);
    // The Service is there: does it have the port?
    if let Some(service) = called.iter().find(|service| !service.ports.is_empty()) {
        let Some(port) = port else { return Vec::new() };
        let number = |printed: &String| printed.split(['/', ':']).next().unwrap_or_default() == port;
        if service.ports.iter().any(number) {
            return Vec::new();
        }
        let ports = service.ports.join("`, `");
        let says = format!("the Service `{}` has the port `{ports}`; called is port `{port}`", service.name.value);
        let like =
            vec![Like { name: service.name.value.clone(), elsewhere: None, says, place: service.name.place.clone() }];
        return vec![LookUp { kind: "Service", wanted: endpoint.host.clone(), like, collect: None }];
    }
    let Some((name, namespace)) = candidates.last() else { return Vec::new() };
    if !called.is_empty() {
        return Vec::new();
    }
    let mut found = Vec::new();
    if let Some(wanted) = namespace.as_ref().filter(|namespace| Some(namespace.as_str()) != from) {
        let like = like("Namespace", wanted, None, services.namespaces.beside(wanted, None).into_iter());
        found.push(LookUp { kind: "Namespace", wanted: wanted.clone(), like, collect: None });
    }
    let list = &services.list;
    let like = like("Service", name, namespace.as_deref(), list.beside(name, namespace.as_deref()).into_iter());
    let collect = like.is_empty().then(|| collect(case.cluster, list, "Service", namespace.as_deref())).flatten();
    found.push(LookUp { kind: "Service", wanted: endpoint.host.clone(), like, collect });
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_are_near_and_names_that_are_not() {
        for (wanted, held, far) in [
            ("db", "db", Some(0)),
            ("DB_HOST", "db-host", Some(1)),
            ("orders", "order", Some(1)),
            ("policies", "policy", Some(1)),
            ("db-credential", "db-credentails", Some(3)),
            ("cart", "card", Some(2)),
            ("SMTP_HOST", "SMTP_HOSTNAME", Some(PART)),
            ("disk", "disktype", Some(PART)),
            ("db", "dc", None),
            ("cart", "cost", None),
            ("web", "shop-web", None),
            ("orders-db", "orders-cache", None),
        ] {
            assert_eq!(distance(wanted, held), far, "{wanted} {held}");
        }
    }

    #[test]
    fn differing_letters_are_counted_as_by_the_whole_names() {
        let names = [
            "",
            "a",
            "ab",
            "ba",
            "svc-1-confg",
            "svc-12-config",
            "svc-21-config",
            "Cart_DB",
            "cart-bd",
            "größe-1",
            "grosse-1",
            "aab",
            "baa",
        ];
        for (a, b) in names.iter().flat_map(|a| names.iter().map(move |b| (a, b))) {
            let whole = strsim::damerau_levenshtein(&a.to_lowercase(), &b.to_lowercase());
            for most in 0..4 {
                assert_eq!(differing(a, b, most), (whole <= most).then_some(whole), "{a} {b} {most}");
            }
            assert_eq!(same_letters(a, b), folded(a) == folded(b), "{a} {b}");
        }
        for (a, b) in
            [("orders", "order"), ("policies", "policy"), ("o-r.ders", "ord_er"), ("class", "clas"), ("ties", "ty")]
        {
            assert_eq!(same_letters(a, b), folded(a) == folded(b), "{a} {b}");
        }
    }

    #[test]
    fn of_many_names_the_near_ones_are_found_at_either_end() {
        let names: Vec<Located<String>> = (0..5000)
            .map(|n| Located::new(format!("svc-{n:04}-config"), Place::of_line(crate::text::FileId(0), 1, "")))
            .collect();
        let list = List::of(names.iter().map(|name| located(name, Some("shop"))).collect());
        for (wanted, near) in [("svc-0815-confg", "svc-0815-config"), ("scv-4711-config", "svc-4711-config")] {
            for namespace in [Some("shop"), None] {
                let held = list.beside(wanted, namespace);
                assert!(held.len() < 300, "{}", held.len());
                assert_eq!(nearest(wanted, namespace, held.into_iter())[0].name, near);
            }
        }
        assert!(list.beside("svc-0815-confg", Some("web")).is_empty());
        assert_eq!(list.beside("svc-0815-config", Some("web")).len(), 1);
    }

    #[test]
    fn images_are_compared_by_their_parts() {
        let far = |a: &str, b: &str| Image::read(a).distance(&Image::read(b));
        assert_eq!(far("acme/cart:1.2.3", "docker.io/acme/cart:1.2.4"), Some(3));
        assert_eq!(far("nginx:1.29", "docker.io/library/nginx:1.29"), Some(1));
        assert_eq!(far("acme/cart:1", "registry.example/acme/cart:1"), Some(2));
        assert_eq!(far("cart:1", "registry.example/acme/cart:1"), Some(3));
        assert_eq!(far("registry.example/acme/carrt:1", "registry.example/acme/cart:1"), Some(3));
        assert_eq!(far("registry.example/acme/cart:1", "registry.example/acme/till:1"), None);
    }

    #[test]
    fn tolerations_fit_as_the_scheduler_reads_them() {
        for (toleration, taint, fits) in [
            ("dedicated=gpu:NoSchedule", "dedicated=gpu:NoSchedule", true),
            ("dedicated=gpu", "dedicated=gpu:NoExecute", true),
            ("dedicated:NoSchedule op=Exists", "dedicated=gpu:NoSchedule", true),
            ("op=Exists", "dedicated=gpu:NoSchedule", true),
            (":NoExecute op=Exists", "dedicated=gpu:NoExecute", true),
            ("dedicated=gpus:NoSchedule", "dedicated=gpu:NoSchedule", false),
            ("dedicated=gpu:NoExecute", "dedicated=gpu:NoSchedule", false),
            ("node.kubernetes.io/not-ready:NoExecute op=Exists for 300s", "dedicated=gpu:NoSchedule", false),
        ] {
            assert_eq!(tolerates(toleration, taint), fits, "{toleration} {taint}");
        }
    }
}
