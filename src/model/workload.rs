//! What owns pods and what they lean on: workloads, claims, volumes, configs, services, quotas.

use jiff::Timestamp;

use super::fields::Fields;
use super::pod::{ConditionStatus, Owner, Pod};
use crate::text::{Fact, Located, Place, SectionId};

/// The kinds of workload that own pods.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum WorkloadKind {
    /// Deployment
    Deployment,
    /// ReplicaSet
    ReplicaSet,
    /// ReplicationController
    ReplicationController,
    /// StatefulSet
    StatefulSet,
    /// DaemonSet
    DaemonSet,
    /// Job
    Job,
    /// CronJob
    CronJob,
}

impl WorkloadKind {
    /// As Kubernetes spells it.
    pub fn name(self) -> &'static str {
        match self {
            WorkloadKind::Deployment => "Deployment",
            WorkloadKind::ReplicaSet => "ReplicaSet",
            WorkloadKind::ReplicationController => "ReplicationController",
            WorkloadKind::StatefulSet => "StatefulSet",
            WorkloadKind::DaemonSet => "DaemonSet",
            WorkloadKind::Job => "Job",
            WorkloadKind::CronJob => "CronJob",
        }
    }

    /// Whether it keeps the templates that its pods were made from before.
    pub fn has_revisions(self) -> bool {
        matches!(
            self,
            WorkloadKind::Deployment | WorkloadKind::ReplicaSet | WorkloadKind::StatefulSet | WorkloadKind::DaemonSet
        )
    }

    /// From the kind, the resource or a short name, with or without group: `deployment.apps`, `rs`, `StatefulSet`.
    pub fn parse(word: &str) -> Option<Self> {
        let word = word.split('.').next().unwrap_or(word).to_ascii_lowercase();
        Some(match word.as_str() {
            "deployment" | "deployments" | "deploy" => WorkloadKind::Deployment,
            "replicaset" | "replicasets" | "rs" => WorkloadKind::ReplicaSet,
            "replicationcontroller" | "replicationcontrollers" | "rc" => WorkloadKind::ReplicationController,
            "statefulset" | "statefulsets" | "sts" => WorkloadKind::StatefulSet,
            "daemonset" | "daemonsets" | "ds" => WorkloadKind::DaemonSet,
            "job" | "jobs" => WorkloadKind::Job,
            "cronjob" | "cronjobs" | "cj" => WorkloadKind::CronJob,
            _ => return None,
        })
    }
}

/// One workload.
#[derive(Debug, Clone)]
pub struct Workload {
    /// The output it was read from first.
    pub section: SectionId,
    /// Kind.
    pub kind: WorkloadKind,
    /// Namespace.
    pub namespace: Fact<String>,
    /// Name; `None` for a fragment that does not say.
    pub name: Fact<String>,
    /// Controller of the workload itself (a ReplicaSet's Deployment).
    pub owner: Fact<Owner>,
    /// Wanted replicas (spec.replicas, completions, desiredNumberScheduled).
    pub desired: Fact<u64>,
    /// Ready replicas (a Job: succeeded).
    pub ready: Fact<u64>,
    /// Failed pods of a Job.
    pub failed: Fact<u64>,
    /// Conditions: type, status, reason, message, place.
    pub conditions: Vec<WorkloadCondition>,
    /// Container images of the template.
    pub images: Vec<Located<String>>,
    /// metadata.labels
    pub labels: Fields<String>,
    /// creationTimestamp
    pub created: Fact<Timestamp>,
    /// The annotation `deployment.kubernetes.io/revision` of a Deployment or ReplicaSet.
    pub revision: Fact<u64>,
    /// status.currentRevision of a StatefulSet: the name of the ControllerRevision that its pods had before the rollout.
    pub current_revision: Fact<String>,
    /// status.updateRevision of a StatefulSet: the name of the ControllerRevision that its pods are to have.
    pub update_revision: Fact<String>,
    /// spec.podManagementPolicy of a StatefulSet: `OrderedReady`, `Parallel`.
    pub pod_management: Fact<String>,
    /// The template that its pods are made from: of a pod only what stands in a spec.
    pub template: Option<Box<Pod>>,
}

impl Workload {
    /// A workload of which nothing is known but its kind.
    pub fn new(section: SectionId, kind: WorkloadKind) -> Self {
        Workload {
            section,
            kind,
            namespace: None,
            name: None,
            owner: None,
            desired: None,
            ready: None,
            failed: None,
            conditions: Vec::new(),
            images: Vec::new(),
            labels: Fields::default(),
            created: None,
            revision: None,
            current_revision: None,
            update_revision: None,
            pod_management: None,
            template: None,
        }
    }
}

/// A template that a StatefulSet or a DaemonSet has or had.
#[derive(Debug, Clone)]
pub struct ControllerRevision {
    /// Namespace.
    pub namespace: Fact<String>,
    /// Name: the owner's, and the hash that its pods carry in the label `controller-revision-hash`.
    pub name: Fact<String>,
    /// The StatefulSet or DaemonSet.
    pub owner: Fact<Owner>,
    /// Counts up with every change.
    pub revision: Fact<u64>,
    /// creationTimestamp
    pub created: Fact<Timestamp>,
    /// What it holds: of a pod only what stands in a spec.
    pub template: Option<Box<Pod>>,
}

/// A condition of a workload (`Available`, `Progressing`, `ReplicaFailure`, `Failed`, `Complete`).
#[derive(Debug, Clone, PartialEq)]
pub struct WorkloadCondition {
    /// Type.
    pub kind: String,
    /// Status.
    pub status: ConditionStatus,
    /// Reason.
    pub reason: Option<String>,
    /// Message.
    pub message: Option<String>,
    /// The line (in JSON of the message, where there is one, else of the status).
    pub place: Place,
}

/// A PersistentVolumeClaim.
#[derive(Debug, Clone, Default)]
pub struct Claim {
    /// The output it was read from first.
    pub section: SectionId,
    /// Namespace.
    pub namespace: Fact<String>,
    /// Name.
    pub name: Fact<String>,
    /// `Pending`, `Bound`, `Lost`, `Terminating`.
    pub status: Fact<String>,
    /// Bound volume.
    pub volume: Fact<String>,
    /// StorageClass; `Some("")` where it is set to none.
    pub storage_class: Fact<String>,
    /// Access modes as printed (`RWO`, `ReadWriteOnce`).
    pub access_modes: Fact<String>,
    /// Requested or bound size.
    pub capacity: Fact<String>,
}

/// A PersistentVolume.
#[derive(Debug, Clone, Default)]
pub struct PersistentVolume {
    /// The output it was read from first.
    pub section: SectionId,
    /// Name.
    pub name: Fact<String>,
    /// `Available`, `Bound`, `Released`, `Failed`.
    pub status: Fact<String>,
    /// `namespace/claim`
    pub claim: Fact<String>,
    /// StorageClass.
    pub storage_class: Fact<String>,
    /// Capacity.
    pub capacity: Fact<String>,
}

/// A StorageClass.
#[derive(Debug, Clone)]
pub struct StorageClass {
    /// Name, without `(default)`.
    pub name: Located<String>,
    /// Provisioner.
    pub provisioner: Fact<String>,
    /// Whether it is the default class.
    pub default: bool,
}

/// ConfigMap or Secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ConfigKind {
    /// ConfigMap
    ConfigMap,
    /// Secret
    Secret,
}

/// A ConfigMap or Secret: that it exists, and its keys where the bundle lists them. Never a value.
#[derive(Debug, Clone)]
pub struct Config {
    /// Which of the two.
    pub kind: ConfigKind,
    /// Namespace.
    pub namespace: Option<String>,
    /// Name.
    pub name: Located<String>,
    /// Keys; `None` where the output does not list them. The place never holds a value: where an output prints both in
    /// one line, it is that of the name.
    pub keys: Option<Vec<Located<String>>>,
}

/// A Service with what stands behind it.
#[derive(Debug, Clone)]
pub struct Service {
    /// Namespace.
    pub namespace: Option<String>,
    /// Name.
    pub name: Located<String>,
    /// Ports as printed.
    pub ports: Vec<String>,
    /// Selector.
    pub selector: Fields<String>,
    /// Ready addresses; `None` where the bundle does not show endpoints, `Some(0)` where it shows none.
    pub ready_endpoints: Fact<u64>,
    /// clusterIP
    pub cluster_ip: Option<String>,
    /// externalName: the host that the name stands for.
    pub external_name: Option<String>,
}

/// One line of a ResourceQuota.
#[derive(Debug, Clone)]
pub struct Quota {
    /// Namespace.
    pub namespace: Option<String>,
    /// Name of the quota.
    pub name: String,
    /// `requests.memory`, `pods`, ...
    pub resource: String,
    /// Used as printed.
    pub used: String,
    /// Hard as printed.
    pub hard: String,
    /// The line.
    pub place: Place,
}

/// A ServiceAccount, as far as it decides how images are pulled.
#[derive(Debug, Clone)]
pub struct ServiceAccount {
    /// The output it was read from first.
    pub section: SectionId,
    /// Namespace.
    pub namespace: Fact<String>,
    /// Name.
    pub name: Located<String>,
    /// imagePullSecrets; empty where the output shows that there are none.
    pub image_pull_secrets: Fact<Vec<String>>,
    /// Secrets that the account names and that do not exist: describe's `(not found)`.
    pub missing_secrets: Vec<Located<String>>,
}

/// An Ingress, as far as it says who is to serve it.
#[derive(Debug, Clone)]
pub struct Ingress {
    /// Namespace.
    pub namespace: Option<String>,
    /// Name.
    pub name: Located<String>,
    /// spec.ingressClassName, or the annotation `kubernetes.io/ingress.class` of before.
    pub class: Located<String>,
}
