//! Nodes, from `get nodes`, `describe node` and JSON.

use jiff::Timestamp;

use super::fields::Fields;
use super::pod::ConditionStatus;
use crate::text::{Fact, Located, Place, SectionId};

/// One node.
#[derive(Debug, Clone, Default)]
pub struct Node {
    /// The output it was read from first.
    pub section: SectionId,
    /// Name; `None` for a fragment that does not say.
    pub name: Fact<String>,
    /// metadata.labels
    pub labels: Fields<Located<String>>,
    /// spec.taints as printed (`key=value:Effect`).
    pub taints: Vec<Located<String>>,
    /// spec.unschedulable
    pub unschedulable: Fact<bool>,
    /// status.conditions
    pub conditions: Vec<NodeCondition>,
    /// STATUS of `get nodes`: `Ready`, `NotReady,SchedulingDisabled`.
    pub row_status: Fact<String>,
    /// nodeInfo.architecture
    pub architecture: Fact<String>,
    /// nodeInfo.kubeletVersion
    pub kubelet_version: Fact<String>,
    /// nodeInfo.bootID changed, `Rebooted` and the like come as events.
    pub boot_id: Option<String>,
    /// status.capacity
    pub capacity: Fields<Located<String>>,
    /// status.allocatable
    pub allocatable: Fields<Located<String>>,
    /// `describe node`, Allocated resources: per cent of the CPU that the pods request, and that their limits come to.
    pub cpu_allocated: Fact<(u32, u32)>,
    /// creationTimestamp
    pub created: Option<Timestamp>,
}

/// A node condition.
#[derive(Debug, Clone, PartialEq)]
pub struct NodeCondition {
    /// `Ready`, `DiskPressure`, ...
    pub kind: String,
    /// Status.
    pub status: ConditionStatus,
    /// `KubeletHasDiskPressure`, ...
    pub reason: Option<String>,
    /// Message.
    pub message: Option<String>,
    /// lastHeartbeatTime
    pub last_heartbeat: Option<Timestamp>,
    /// lastTransitionTime
    pub last_transition: Fact<Timestamp>,
    /// The row, or in JSON and YAML the line of the reason, else that of the status.
    pub place: Place,
}
