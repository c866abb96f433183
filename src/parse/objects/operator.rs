//! ClusterOperator and ClusterVersion of `config.openshift.io`, MachineConfigPool of `machineconfiguration.openshift.io`.
//!
//! ```yaml
//! kind: ClusterOperator
//! metadata: {name: dns}
//! status:
//!   conditions: [{type: Degraded, status: "True", reason: DNSDegraded, message: ..., lastTransitionTime: ...}]
//!   relatedObjects: [{group: "", resource: namespaces, name: openshift-dns}]
//! ```

use serde::Deserialize;

use super::context::{Condition, Context, Meta};
use super::leaf::{Field, Leaf, List};
use crate::model::cluster::Facts;
use crate::model::operator::Operator;
use crate::model::pod::PodCondition;

/// Any of the kinds: only a ClusterOperator has related objects.
#[derive(Deserialize)]
#[serde(bound(deserialize = "L: Leaf<'de>"))]
pub(super) struct OperatorObject<L> {
    metadata: Field<Meta<L>>,
    status: Field<OperatorStatus<L>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", bound(deserialize = "L: Leaf<'de>"))]
struct OperatorStatus<L> {
    conditions: List<Field<Condition<L>>>,
    related_objects: List<Field<RelatedObject<L>>>,
}

#[derive(Deserialize)]
#[serde(bound(deserialize = "L: Leaf<'de>"))]
struct RelatedObject<L> {
    resource: Option<L>,
    namespace: Option<L>,
    name: Option<L>,
}

impl<L> OperatorObject<L> {
    /// One without a name or a condition says nothing.
    pub(super) fn add<'c>(self, kind: &'static str, cx: &Context<'c>, facts: &mut Facts)
    where
        L: Leaf<'c>,
    {
        let meta = cx.open(&self.metadata, "metadata");
        let (Some(name), Some(status)) = (cx.name(meta), cx.open(&self.status, "status")) else { return };
        let conditions: Vec<PodCondition> = cx.pod_conditions(&status.conditions).collect();
        let mut namespaces: Vec<String> = Vec::new();
        for object in cx.each(&status.related_objects, "status.relatedObjects") {
            let is_namespace = cx.string(&object.resource).is_some_and(|resource| resource == "namespaces");
            let namespace = if is_namespace { &object.name } else { &object.namespace };
            namespaces.extend(cx.string(namespace).filter(|name| !name.is_empty() && !namespaces.contains(name)));
        }
        if !conditions.is_empty() {
            facts.operators.push(Operator { kind, name, conditions, namespaces });
        }
    }
}
