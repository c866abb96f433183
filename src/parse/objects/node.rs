//! Nodes.

use serde::Deserialize;

use super::context::{Condition, Context, Meta, Words};
use super::leaf::{Field, Leaf, List};
use crate::model::node::{Node, NodeCondition};
use crate::text::Located;

/// A Node.
#[derive(Deserialize)]
#[serde(bound(deserialize = "L: Leaf<'de>"))]
pub(super) struct NodeObject<L> {
    metadata: Field<Meta<L>>,
    spec: Field<NodeSpec<L>>,
    status: Field<NodeStatus<L>>,
}

#[derive(Deserialize)]
#[serde(bound(deserialize = "L: Leaf<'de>"))]
struct NodeSpec<L> {
    taints: List<Field<Taint<L>>>,
    unschedulable: Option<L>,
}

#[derive(Deserialize)]
#[serde(bound(deserialize = "L: Leaf<'de>"))]
struct Taint<L> {
    key: Option<L>,
    value: Option<L>,
    effect: Option<L>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", bound(deserialize = "L: Leaf<'de>"))]
struct NodeStatus<L> {
    conditions: List<Field<Condition<L>>>,
    node_info: Field<NodeInfo<L>>,
    capacity: Words<L>,
    allocatable: Words<L>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", bound(deserialize = "L: Leaf<'de>"))]
struct NodeInfo<L> {
    architecture: Option<L>,
    kubelet_version: Option<L>,
    #[serde(rename = "bootID")]
    boot_id: Option<L>,
}

impl<L> NodeObject<L> {
    /// The node of the model.
    pub(super) fn into_node<'c>(self, cx: &Context<'c>) -> Node
    where
        L: Leaf<'c>,
    {
        let meta = cx.open(&self.metadata, "metadata");
        let mut node = Node {
            section: cx.section,
            name: cx.name(meta),
            labels: meta.map(|meta| cx.located(&meta.labels, "metadata.labels")).unwrap_or_default(),
            created: meta.and_then(|meta| cx.timestamp(&meta.creation_timestamp)),
            ..Node::default()
        };
        if let Some(spec) = cx.open(&self.spec, "spec") {
            node.taints = cx.each(&spec.taints, "spec.taints").filter_map(|taint| taint.printed(cx)).collect();
            node.unschedulable = cx.flag(&spec.unschedulable);
        }
        if let Some(status) = cx.open(&self.status, "status") {
            let conditions = cx.conditions(&status.conditions);
            node.conditions = conditions
                .map(|(condition, kind, status)| NodeCondition {
                    kind,
                    status: status.value,
                    reason: cx.string(&condition.reason),
                    message: cx.string(&condition.message),
                    last_heartbeat: cx.timestamp(&condition.last_heartbeat_time),
                    last_transition: cx.time(&condition.last_transition_time),
                    // `KubeletHasDiskPressure` says of which condition it is; `True` alone does not.
                    place: cx.said(&condition.reason).map_or(status.place, |reason| reason.place),
                })
                .collect();
            node.capacity = cx.located(&status.capacity, "status.capacity");
            node.allocatable = cx.located(&status.allocatable, "status.allocatable");
            if let Some(info) = cx.open(&status.node_info, "status.nodeInfo") {
                node.architecture = cx.said(&info.architecture);
                node.kubelet_version = cx.said(&info.kubelet_version);
                node.boot_id = cx.string(&info.boot_id);
            }
        }
        node
    }
}

impl<L> Taint<L> {
    /// `key=value:Effect`, or `key:Effect`.
    fn printed<'c>(&self, cx: &Context<'c>) -> Option<Located<String>>
    where
        L: Leaf<'c>,
    {
        let key = cx.said(&self.key)?;
        let value = cx.string(&self.value).map(|value| format!("={value}")).unwrap_or_default();
        let effect = cx.string(&self.effect).map(|effect| format!(":{effect}")).unwrap_or_default();
        Some(Located::new(format!("{}{value}{effect}", key.value), key.place))
    }
}
