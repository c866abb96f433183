//! What OpenShift says of its own parts: ClusterOperators and the ClusterVersion.

use super::pod::PodCondition;
use crate::text::Located;

/// A ClusterOperator, or the ClusterVersion.
#[derive(Debug, Clone, PartialEq)]
pub struct Operator {
    /// `ClusterOperator` or `ClusterVersion`.
    pub kind: &'static str,
    /// metadata.name
    pub name: Located<String>,
    /// status.conditions
    pub conditions: Vec<PodCondition>,
    /// The namespaces among status.relatedObjects, and those of other related objects.
    pub namespaces: Vec<String>,
}
