//! Events: rows of `kubectl get events`, items of its JSON, and the foot of `describe`.

use super::time::When;
use crate::text::{Place, SectionId};

/// The object an event, a log or an owner reference speaks of; as much as the output says.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectRef {
    /// As Kubernetes spells it: `Pod`, `ReplicaSet`; `None` where the output does not say.
    pub kind: Option<String>,
    /// Namespace.
    pub namespace: Option<String>,
    /// Name.
    pub name: Option<String>,
    /// Container, from `fieldPath: spec.containers{app}`, the `spec.containers{app}: ` prefix (kubectl 1.35 on), or
    /// SubObjectPath.
    pub container: Option<String>,
}

/// Whether Kubernetes calls the event normal or a warning. The word is a hint only: NodeNotReady is Normal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EventType {
    /// `Normal`
    Normal,
    /// `Warning`
    Warning,
}

/// One event, or one row that stands for several of the same.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Event {
    /// The output it stands in: joins the events of a nameless `describe` to its object.
    pub section: SectionId,
    /// `Normal` or `Warning`, where stated.
    pub event_type: Option<EventType>,
    /// `BackOff`, `FailedMount`, ...
    pub reason: String,
    /// The whole message, its continuation lines joined (hard wraps without a blank, real line breaks with `\n`),
    /// without the `spec.containers{x}: ` prefix, HTML entities resolved.
    pub message: String,
    /// involvedObject.
    pub object: ObjectRef,
    /// Component that reported it (`kubelet`, `default-scheduler`).
    pub component: Option<String>,
    /// Node the component runs on, where stated (`kubelet, node-1`, `{kubelet node-1}`, source.host).
    pub host: Option<String>,
    /// How often; 1 where the output gives no count.
    pub count: u64,
    /// First seen.
    pub first_seen: Option<When>,
    /// Last seen.
    pub last_seen: Option<When>,
    /// The line that holds the message (in a table the row; of a wrapped message its first line).
    pub place: Place,
}
