//! Events of core/v1 and of events.k8s.io/v1, which say the same in other words.
//!
//! Owns their fields. Knows nothing of tables and of `describe`.

use serde::Deserialize;

use super::context::{Context, Meta};
use super::leaf::{Field, Leaf};
use crate::model::event::{Event, EventType, ObjectRef};
use crate::model::time::When;

/// An Event of either group: `message` or `note`, `involvedObject` or `regarding`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", bound(deserialize = "L: Leaf<'de>"))]
pub(super) struct EventObject<L> {
    metadata: Field<Meta<L>>,
    #[serde(rename = "type")]
    event_type: Option<L>,
    reason: Option<L>,
    message: Option<L>,
    note: Option<L>,
    involved_object: Field<Reference<L>>,
    regarding: Field<Reference<L>>,
    source: Field<Source<L>>,
    deprecated_source: Field<Source<L>>,
    reporting_component: Option<L>,
    reporting_controller: Option<L>,
    reporting_instance: Option<L>,
    count: Option<L>,
    deprecated_count: Option<L>,
    series: Field<Series<L>>,
    first_timestamp: Option<L>,
    last_timestamp: Option<L>,
    deprecated_first_timestamp: Option<L>,
    deprecated_last_timestamp: Option<L>,
    event_time: Option<L>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", bound(deserialize = "L: Leaf<'de>"))]
struct Reference<L> {
    kind: Option<L>,
    namespace: Option<L>,
    name: Option<L>,
    field_path: Option<L>,
}

#[derive(Deserialize)]
#[serde(bound(deserialize = "L: Leaf<'de>"))]
struct Source<L> {
    component: Option<L>,
    host: Option<L>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", bound(deserialize = "L: Leaf<'de>"))]
struct Series<L> {
    count: Option<L>,
    last_observed_time: Option<L>,
}

impl<L> EventObject<L> {
    /// The event of the model; `None` where it has neither reason nor message.
    pub(super) fn into_event<'c>(self, cx: &Context<'c>) -> Option<Event>
    where
        L: Leaf<'c>,
    {
        let meta = cx.open(&self.metadata, "metadata");
        let message = cx.said(&self.message).or_else(|| cx.said(&self.note));
        let reason = cx.said(&self.reason);
        let place =
            message.as_ref().map(|message| &message.place).or(reason.as_ref().map(|reason| &reason.place))?.clone();
        let involved =
            cx.open(&self.involved_object, "involvedObject").or_else(|| cx.open(&self.regarding, "regarding"));
        let mut object = ObjectRef {
            kind: involved.and_then(|object| cx.string(&object.kind)),
            namespace: involved.and_then(|object| cx.string(&object.namespace)),
            name: involved.and_then(|object| cx.string(&object.name)),
            container: involved.and_then(|object| container_of(&cx.word(&object.field_path)?).map(str::to_owned)),
        };
        // Events of cluster objects lie in the namespace `default`: only for others does it say where the object is.
        let in_cluster =
            matches!(object.kind.as_deref(), Some("Node" | "PersistentVolume" | "StorageClass" | "Namespace"));
        if object.namespace.is_none() && !in_cluster {
            object.namespace = cx.namespace_word(meta);
        }
        // As `describe` prints it: without white space at its ends.
        let mut message = message.map(|message| message.value.trim().to_owned()).unwrap_or_default();
        if let Some((container, rest)) = prefixed(&message) {
            object.container.get_or_insert(container.to_owned());
            message = rest.to_owned();
        }
        let source = cx.open(&self.source, "source").or_else(|| cx.open(&self.deprecated_source, "deprecatedSource"));
        let component = source
            .and_then(|source| cx.string(&source.component))
            .or_else(|| cx.string(&self.reporting_component))
            .or_else(|| cx.string(&self.reporting_controller));
        // The instance of a kubelet is its node; that of anything else is a pod.
        let host = source
            .and_then(|source| cx.string(&source.host))
            .or_else(|| cx.string(&self.reporting_instance).filter(|_| component.as_deref() == Some("kubelet")));
        let series = cx.open(&self.series, "series");
        let counts = [series.map_or(&None, |series| &series.count), &self.count, &self.deprecated_count]
            .map(|leaf| cx.count(leaf));
        let single = cx.timestamp(&self.event_time);
        let created = meta.and_then(|meta| cx.timestamp(&meta.creation_timestamp));
        let first = cx.timestamp(&self.first_timestamp).or_else(|| cx.timestamp(&self.deprecated_first_timestamp));
        let last = series
            .and_then(|series| cx.timestamp(&series.last_observed_time))
            .or_else(|| cx.timestamp(&self.last_timestamp))
            .or_else(|| cx.timestamp(&self.deprecated_last_timestamp));
        Some(Event {
            section: cx.section,
            event_type: match cx.word(&self.event_type).as_deref() {
                Some("Normal") => Some(EventType::Normal),
                Some("Warning") => Some(EventType::Warning),
                _ => None,
            },
            reason: reason.map(|reason| reason.value).unwrap_or_default(),
            message,
            object,
            component,
            host,
            count: counts.into_iter().flatten().map(|count| count.value).max().unwrap_or(1).max(1),
            first_seen: first.or(single).or(created).map(When::At),
            last_seen: last.or(single).or(first).or(created).map(When::At),
            place,
        })
    }
}

/// `spec.containers{app}`, also of init and ephemeral containers.
fn container_of(path: &str) -> Option<&str> {
    let (list, name) = path.strip_prefix("spec.")?.split_once('{')?;
    let name = name.strip_suffix('}')?;
    let known = matches!(list, "containers" | "initContainers" | "ephemeralContainers");
    (known && !name.is_empty()).then_some(name)
}

/// `spec.containers{app}: Back-off ...` as container and message.
fn prefixed(message: &str) -> Option<(&str, &str)> {
    let (path, rest) = message.split_once("}: ")?;
    Some((container_of(message.get(..path.len() + 1)?)?, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn containers_of_paths_and_prefixes() {
        assert_eq!(container_of("spec.initContainers{wait-db}"), Some("wait-db"));
        for none in ["spec.containers{}", "spec.containers", "spec.volumes{x}", "containers{x}", ""] {
            assert_eq!(container_of(none), None, "{none}");
        }
        assert_eq!(prefixed("spec.containers{app}: Back-off: x}: y"), Some(("app", "Back-off: x}: y")));
        assert_eq!(prefixed("Error {a}: b"), None);
    }
}
