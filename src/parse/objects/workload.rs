//! Deployments, ReplicaSets, ReplicationControllers, StatefulSets, DaemonSets, Jobs and CronJobs: one shape for all.

use serde::Deserialize;

use super::context::{Condition, Context, Meta};
use super::leaf::{Field, Leaf, List};
use super::pod::PodSpec;
use crate::model::pod::Pod;
use crate::model::workload::{ControllerRevision, Workload, WorkloadKind};
use crate::text::{Fact, Located};

/// Any workload: the fields of all kinds, of which one kind has some.
#[derive(Deserialize)]
#[serde(bound(deserialize = "L: Leaf<'de>"))]
pub(super) struct WorkloadObject<L> {
    metadata: Field<Meta<L>>,
    spec: Field<WorkloadSpec<L>>,
    status: Field<WorkloadStatus<L>>,
}

/// A ControllerRevision: its `data` is the part of the owner that the template stands in.
#[derive(Deserialize)]
#[serde(bound(deserialize = "L: Leaf<'de>"))]
pub(super) struct RevisionObject<L> {
    metadata: Field<Meta<L>>,
    revision: Option<L>,
    data: Field<RevisionData<L>>,
}

#[derive(Deserialize)]
#[serde(bound(deserialize = "L: Leaf<'de>"))]
struct RevisionData<L> {
    spec: Field<JobSpec<L>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", bound(deserialize = "L: Leaf<'de>"))]
struct WorkloadSpec<L> {
    replicas: Option<L>,
    completions: Option<L>,
    pod_management_policy: Option<L>,
    template: Field<Template<L>>,
    job_template: Field<JobTemplate<L>>,
}

#[derive(Deserialize)]
#[serde(bound(deserialize = "L: Leaf<'de>"))]
struct Template<L> {
    spec: Field<PodSpec<L>>,
}

#[derive(Deserialize)]
#[serde(bound(deserialize = "L: Leaf<'de>"))]
struct JobTemplate<L> {
    spec: Field<JobSpec<L>>,
}

#[derive(Deserialize)]
#[serde(bound(deserialize = "L: Leaf<'de>"))]
struct JobSpec<L> {
    template: Field<Template<L>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", bound(deserialize = "L: Leaf<'de>"))]
struct WorkloadStatus<L> {
    replicas: Option<L>,
    ready_replicas: Option<L>,
    unavailable_replicas: Option<L>,
    desired_number_scheduled: Option<L>,
    number_ready: Option<L>,
    active: Option<L>,
    succeeded: Option<L>,
    failed: Option<L>,
    current_revision: Option<L>,
    update_revision: Option<L>,
    conditions: List<Field<Condition<L>>>,
}

impl<L> WorkloadObject<L> {
    /// The workload of the model.
    pub(super) fn into_workload<'c>(self, kind: WorkloadKind, cx: &Context<'c>) -> Workload
    where
        L: Leaf<'c>,
    {
        let meta = cx.open(&self.metadata, "metadata");
        let spec = cx.open(&self.spec, "spec");
        let status = cx.open(&self.status, "status");
        let desired = match kind {
            WorkloadKind::DaemonSet => status.and_then(|status| cx.count(&status.desired_number_scheduled)),
            WorkloadKind::Job => spec.and_then(|spec| cx.count(&spec.completions)),
            WorkloadKind::CronJob => None,
            _ => spec.and_then(|spec| cx.count(&spec.replicas)),
        };
        Workload {
            section: cx.section,
            kind,
            namespace: cx.namespace(meta),
            name: cx.name(meta),
            owner: cx.controller(meta),
            desired,
            ready: status.and_then(|status| status.ready(kind, cx)),
            failed: status.filter(|_| kind == WorkloadKind::Job).and_then(|status| cx.count(&status.failed)),
            conditions: status.map(|status| cx.workload_conditions(&status.conditions)).unwrap_or_default(),
            images: spec
                .and_then(|spec| spec.template(cx))
                .and_then(|template| cx.open(&template.spec, "template.spec"))
                .map(|pod| pod.images(cx))
                .unwrap_or_default(),
            labels: cx.labels(meta),
            created: meta.and_then(|meta| cx.time(&meta.creation_timestamp)),
            revision: meta.and_then(|meta| cx.count(cx.entry(&meta.annotations, "deployment.kubernetes.io/revision"))),
            current_revision: status.and_then(|status| cx.said(&status.current_revision)),
            update_revision: status.and_then(|status| cx.said(&status.update_revision)),
            pod_management: spec.and_then(|spec| cx.said(&spec.pod_management_policy)),
            template: spec.filter(|_| kind.has_revisions()).and_then(|spec| spec.template(cx)?.pod(cx)),
        }
    }
}

impl<L> RevisionObject<L> {
    /// The revision of the model.
    pub(super) fn into_revision<'c>(self, cx: &Context<'c>) -> ControllerRevision
    where
        L: Leaf<'c>,
    {
        let meta = cx.open(&self.metadata, "metadata");
        let spec = cx.open(&self.data, "data").and_then(|data| cx.open(&data.spec, "data.spec"));
        ControllerRevision {
            namespace: cx.namespace(meta),
            name: cx.name(meta),
            owner: cx.controller(meta),
            revision: cx.count(&self.revision),
            created: meta.and_then(|meta| cx.time(&meta.creation_timestamp)),
            template: spec.and_then(|spec| cx.open(&spec.template, "data.spec.template")?.pod(cx)),
        }
    }
}

impl<L> Template<L> {
    fn pod<'c>(&self, cx: &Context<'c>) -> Option<Box<Pod>>
    where
        L: Leaf<'c>,
    {
        cx.open(&self.spec, "template.spec").map(|spec| Box::new(spec.template(cx)))
    }
}

impl<L> WorkloadObject<L> {
    /// The Deployment that an object without a kind is, where its conditions are those of one.
    pub(super) fn into_likely_deployment<'c>(self, cx: &Context<'c>) -> Option<Workload>
    where
        L: Leaf<'c>,
    {
        let workload = self.into_workload(WorkloadKind::Deployment, cx);
        let own = |kind: &str| matches!(kind, "Available" | "Progressing" | "ReplicaFailure");
        workload.conditions.iter().any(|condition| own(&condition.kind)).then_some(workload)
    }
}

impl<L> WorkloadSpec<L> {
    fn template<'s, 'c>(&'s self, cx: &Context<'c>) -> Option<&'s Template<L>>
    where
        L: Leaf<'c>,
    {
        cx.open(&self.template, "template").or_else(|| {
            let job = cx.open(&self.job_template, "jobTemplate")?;
            cx.open(&cx.open(&job.spec, "jobTemplate.spec")?.template, "template")
        })
    }
}

impl<L> WorkloadStatus<L> {
    /// Kubernetes leaves the number out where it is 0: the line that counts the others then says so.
    fn ready<'c>(&self, kind: WorkloadKind, cx: &Context<'c>) -> Fact<u64>
    where
        L: Leaf<'c>,
    {
        let (stated, others) = match kind {
            WorkloadKind::DaemonSet => (cx.count(&self.number_ready), [&None, &None]),
            WorkloadKind::Job => (cx.count(&self.succeeded), [&self.failed, &self.active]),
            WorkloadKind::CronJob => (None, [&None, &None]),
            _ => (cx.count(&self.ready_replicas), [&self.unavailable_replicas, &self.replicas]),
        };
        let other = || others.into_iter().find_map(|leaf| cx.count(leaf));
        stated.or_else(|| other().map(|other| Located::new(0, other.place)))
    }
}
