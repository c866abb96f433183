//! What OpenShift says of its own parts: ClusterOperators, the ClusterVersion, MachineConfigPools.

use super::pod::PodCondition;
use crate::text::Located;

/// A ClusterOperator, the ClusterVersion or a MachineConfigPool.
#[derive(Debug, Clone, PartialEq)]
pub struct Operator {
    /// `ClusterOperator`, `ClusterVersion` or `MachineConfigPool`.
    pub kind: &'static str,
    /// metadata.name
    pub name: Located<String>,
    /// status.conditions
    pub conditions: Vec<PodCondition>,
    /// The namespaces among status.relatedObjects, and those of other related objects.
    pub namespaces: Vec<String>,
}
