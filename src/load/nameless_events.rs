//! Whose the events are that a collector kept without their objects.
//!
//! The insights-operator keeps namespace, reason and message of an event, and drops the object. Such an event is of the
//! pod of that namespace that its message names, else of the pods whose condition says the same, else of those that wait
//! for the image, the ConfigMap, the Secret or the volume it names. What is left belongs to nobody, and a gap says so.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use super::health;
use super::named::Named;
use crate::layout::Layout;
use crate::model::{Cluster, EnvSource, Event, EventType, Gap, GapKind, Pod, VolumeSource};

/// Gives such events to their pods.
pub(super) fn attribute(cluster: &mut Cluster) {
    let files = Arc::clone(&cluster.files);
    let of_the_archive = |event: &Event| {
        let file = files.get(event.section.file.0 as usize);
        event.object.name.is_none() && file.is_some_and(|file| file.layout == Layout::InsightsOperator.name())
    };
    if !cluster.facts.events.iter().any(of_the_archive) {
        return;
    }
    let all = std::mem::take(&mut cluster.facts.events);
    let namespaces = by_namespace(&cluster.facts.pods);
    let mut left: BTreeMap<String, usize> = BTreeMap::new();
    let mut events = Vec::with_capacity(all.len());
    for mut event in all {
        if !of_the_archive(&event) {
            events.push(event);
            continue;
        }
        let here = namespaces.get(&event.object.namespace.as_deref());
        let whose = here.map_or_else(Vec::new, |here| whose(here, &event));
        if whose.is_empty() && event.event_type == Some(EventType::Warning) {
            *left.entry(cluster.path(event.section.file).to_string()).or_default() += 1;
        }
        for (pod, container) in &whose {
            let mut its = event.clone();
            its.object.kind = Some("Pod".to_string());
            its.object.name = pod.name.as_ref().map(|name| name.value.clone());
            its.object.container.clone_from(container);
            events.push(its);
        }
        if whose.is_empty() {
            event.object.kind = None;
            events.push(event);
        }
    }
    cluster.facts.events = events;
    cluster.facts.gaps.extend(left.into_iter().map(|(path, count)| Gap {
        path,
        kind: GapKind::NotCollected,
        what: format!("its events name no object, and the text of {count} warnings tells none"),
        prevents: "whose these warnings are".to_string(),
    }));
}

/// The pods of a namespace.
#[derive(Default)]
struct Here<'c> {
    all: Vec<&'c Pod>,
    /// Positions in `all`.
    names: Named<'c, usize>,
    /// Those of which no container may have run, by what they need to start, with the container where that needs it.
    waiting: HashMap<Part<'c>, Vec<(&'c Pod, Option<String>)>>,
    /// By what their conditions say.
    told: BTreeMap<&'c str, Vec<&'c Pod>>,
}

fn by_namespace(pods: &[Pod]) -> BTreeMap<Option<&str>, Here<'_>> {
    let mut namespaces: BTreeMap<Option<&str>, Here<'_>> = BTreeMap::new();
    for pod in pods {
        let here = namespaces.entry(pod.namespace.as_ref().map(|namespace| namespace.value.as_str())).or_default();
        pod.name.iter().for_each(|name| here.names.add(&name.value, here.all.len()));
        here.all.push(pod);
        if !health::may_have_run(pod) {
            for (part, container) in parts(pod) {
                here.waiting.entry(part).or_default().push((pod, container));
            }
        }
        let messages: BTreeSet<&str> =
            pod.conditions.iter().filter_map(|c| Some(c.message.as_ref()?.value.as_str())).collect();
        // Words as short as these are of many.
        let messages = messages.into_iter().filter(|message| message.len() > 20);
        messages.for_each(|message| here.told.entry(message).or_default().push(pod));
    }
    namespaces
}

/// The pods that an event speaks of, each with the container where the message tells it.
fn whose<'c>(here: &Here<'c>, event: &Event) -> Vec<(&'c Pod, Option<String>)> {
    let named = here.names.in_text(&event.message).into_iter();
    let named = named.flat_map(|(name, pods)| pods.iter().map(move |pod| (name.len(), *pod)));
    if let Some((_, index)) = named.max() {
        let pod = here.all[index];
        let named = pod.containers.iter().find(|container| {
            !container.name.is_empty() && event.message.contains(&format!("container {} in", container.name))
        });
        return vec![(pod, named.map(|container| container.name.clone()))];
    }
    // The scheduler says the same in the pod's condition.
    if let Some(pods) = here.told.get(event.message.as_str()) {
        return pods.iter().map(|pod| (*pod, None)).collect();
    }
    told_part(&event.message).and_then(|part| here.waiting.get(&part)).cloned().unwrap_or_default()
}

/// Something that a pod needs to start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Part<'n> {
    Image(&'n str),
    /// Kind and name of a ConfigMap, a Secret or a claim.
    Object(&'n str, &'n str),
    Volume(&'n str),
}

/// What a pod needs to start, each once; of an image, the first container that has it.
fn parts(pod: &Pod) -> BTreeMap<Part<'_>, Option<String>> {
    let mut parts = BTreeMap::new();
    for container in &pod.containers {
        if let Some(image) = &container.image {
            parts.entry(Part::Image(&image.value)).or_insert_with(|| Some(container.name.clone()));
        }
        let from = container.env_from.iter().map(|from| &from.value);
        let sources = from.chain(container.env.iter().filter_map(|env| env.source.as_ref()));
        parts.extend(sources.map(|source| (Part::of(source), None)));
    }
    for volume in &pod.volumes {
        parts.insert(Part::Volume(&volume.name), None);
        match &volume.source {
            VolumeSource::Secret(name, _) => drop(parts.insert(Part::Object("Secret", name), None)),
            VolumeSource::ConfigMap(name, _) => drop(parts.insert(Part::Object("ConfigMap", name), None)),
            VolumeSource::Claim(name) => drop(parts.insert(Part::Object("Claim", name), None)),
            VolumeSource::Projected(sources) => parts.extend(sources.iter().map(|source| (Part::of(source), None))),
            _ => {}
        }
    }
    parts
}

impl<'n> Part<'n> {
    fn of(source: &'n EnvSource) -> Self {
        Part::Object(&source.kind, &source.name)
    }
}

/// What a message says is lacking: an image, a ConfigMap, a Secret or a claim, else a volume.
fn told_part(message: &str) -> Option<Part<'_>> {
    if let Some(image) = quoted_after(message, "image \"") {
        return Some(Part::Image(image));
    }
    for (word, kind) in [("secret \"", "Secret"), ("configmap \"", "ConfigMap"), ("persistentvolumeclaim \"", "Claim")]
    {
        if let Some(name) = quoted_after(message, word) {
            return Some(Part::Object(kind, name.rsplit('/').next().unwrap_or(name)));
        }
    }
    let volume = quoted_after(message, "volume \"").or_else(|| {
        let (_, rest) = message.split_once("unmounted volumes=[")?;
        rest.split([']', ' ']).next()
    });
    // Every pod has the volume of its own token.
    let own = volume.filter(|name| !name.starts_with("kube-api-access") && !name.is_empty());
    own.map(Part::Volume)
}

fn quoted_after<'m>(message: &'m str, word: &str) -> Option<&'m str> {
    Some(message.split_once(word)?.1.split_once('"')?.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Volume;
    use crate::text::{FileId, Place};

    #[test]
    fn a_pod_is_told_by_what_it_needs() {
        let place = Place::of_line(FileId(0), 1, "secretName: web-tls");
        let volume = |name: &str, source| Volume { name: name.to_string(), source, place: place.clone() };
        let pod = Pod {
            volumes: vec![
                volume("cert", VolumeSource::Secret("web-tls".to_string(), false)),
                volume("kube-api-access-x7k2z", VolumeSource::Projected(Vec::new())),
            ],
            ..Pod::default()
        };
        let needs = |message: &str| told_part(message).is_some_and(|part| parts(&pod).contains_key(&part));
        for message in [
            "MountVolume.SetUp failed for volume \"cert\" : secret \"web-tls\" not found",
            "Unable to attach or mount volumes: unmounted volumes=[cert], unattached volumes=[a cert]: timed out",
        ] {
            assert!(needs(message), "{message}");
        }
        for message in [
            "MountVolume.SetUp failed for volume \"cert\" : secret \"other-tls\" not found",
            "MountVolume.SetUp failed for volume \"kube-api-access-x7k2z\" : timed out",
            "secret \"web-tls",
            "",
        ] {
            assert!(!needs(message), "{message}");
        }
    }
}
