//! Everything one bundle says of its cluster.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::Timestamp;

use super::event::Event;
use super::gap::Gap;
use super::log::BoxedLog;
use super::node::Node;
use super::operator::Operator;
use super::pod::Pod;
use super::runtime::{RuntimeContainer, Sandbox};
use super::signing_request::SigningRequest;
use super::workload::{
    Claim, Config, ControllerRevision, Ingress, PersistentVolume, Quota, Service, ServiceAccount, StorageClass,
    Workload,
};
use crate::artifact::Artifact;
use crate::text::{FileId, Located, Place};

/// What the checksums of a bundle say of its files.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Integrity {
    /// Files that are as they were collected.
    pub intact: u64,
    /// Files with another content.
    pub changed: u64,
    /// Files that are listed and not there.
    pub missing: u64,
    /// Files that are there and not listed.
    pub added: u64,
}

/// What the parsers found in one output or many: fragments, in the order of the text, not yet merged.
#[derive(Debug, Default)]
pub struct Facts {
    /// Pods, one entry per output that shows one.
    pub pods: Vec<Pod>,
    /// Nodes.
    pub nodes: Vec<Node>,
    /// Workloads.
    pub workloads: Vec<Workload>,
    /// ControllerRevisions.
    pub revisions: Vec<ControllerRevision>,
    /// Events.
    pub events: Vec<Event>,
    /// Logs.
    pub logs: Vec<BoxedLog>,
    /// PersistentVolumeClaims.
    pub claims: Vec<Claim>,
    /// PersistentVolumes.
    pub volumes: Vec<PersistentVolume>,
    /// StorageClasses.
    pub storage_classes: Vec<StorageClass>,
    /// ConfigMaps and Secrets: names and keys.
    pub configs: Vec<Config>,
    /// Services.
    pub services: Vec<Service>,
    /// ServiceAccounts.
    pub service_accounts: Vec<ServiceAccount>,
    /// Quota lines.
    pub quotas: Vec<Quota>,
    /// ClusterOperators, ClusterVersions and MachineConfigPools.
    pub operators: Vec<Operator>,
    /// Rows of `crictl ps -a` and `docker ps -a`, until they are joined with the pods.
    pub runtime_containers: Vec<RuntimeContainer>,
    /// Rows of `crictl pods`, as long.
    pub sandboxes: Vec<Sandbox>,
    /// What kubelets asked a certificate for.
    pub signing_requests: Vec<SigningRequest>,
    /// Rows of `kubectl top`.
    pub usages: Vec<Usage>,
    /// How full volumes are.
    pub volume_usages: Vec<VolumeUsage>,
    /// How full the disks of nodes are.
    pub node_disks: Vec<NodeDisk>,
    /// Versions.
    pub versions: Vec<VersionFact>,
    /// PriorityClasses.
    pub priority_classes: Vec<Located<String>>,
    /// IngressClasses.
    pub ingress_classes: Vec<Located<String>>,
    /// Ingresses that name a class.
    pub ingresses: Vec<Ingress>,
    /// Namespaces that were seen as objects.
    pub namespaces: Vec<Located<String>>,
    /// What could not be read.
    pub gaps: Vec<Gap>,
}

impl Facts {
    /// Whether nothing at all was found, not even a gap.
    pub fn is_empty(&self) -> bool {
        self.pods.is_empty()
            && self.nodes.is_empty()
            && self.workloads.is_empty()
            && self.revisions.is_empty()
            && self.events.is_empty()
            && self.logs.is_empty()
            && self.claims.is_empty()
            && self.volumes.is_empty()
            && self.storage_classes.is_empty()
            && self.configs.is_empty()
            && self.services.is_empty()
            && self.service_accounts.is_empty()
            && self.quotas.is_empty()
            && self.operators.is_empty()
            && self.runtime_containers.is_empty()
            && self.sandboxes.is_empty()
            && self.signing_requests.is_empty()
            && self.usages.is_empty()
            && self.volume_usages.is_empty()
            && self.node_disks.is_empty()
            && self.versions.is_empty()
            && self.priority_classes.is_empty()
            && self.ingress_classes.is_empty()
            && self.ingresses.is_empty()
            && self.namespaces.is_empty()
            && self.gaps.is_empty()
    }

    /// Appends the facts of another output.
    pub fn append(&mut self, other: Facts) {
        // The first ones are taken over as they are: a list of pods may be most of what is held.
        fn add<T>(all: &mut Vec<T>, mut more: Vec<T>) {
            if all.is_empty() {
                *all = more;
            } else {
                all.append(&mut more);
            }
        }
        add(&mut self.pods, other.pods);
        add(&mut self.nodes, other.nodes);
        add(&mut self.workloads, other.workloads);
        add(&mut self.revisions, other.revisions);
        add(&mut self.events, other.events);
        add(&mut self.logs, other.logs);
        add(&mut self.claims, other.claims);
        add(&mut self.volumes, other.volumes);
        add(&mut self.storage_classes, other.storage_classes);
        add(&mut self.configs, other.configs);
        add(&mut self.services, other.services);
        add(&mut self.service_accounts, other.service_accounts);
        add(&mut self.quotas, other.quotas);
        add(&mut self.operators, other.operators);
        add(&mut self.runtime_containers, other.runtime_containers);
        add(&mut self.sandboxes, other.sandboxes);
        add(&mut self.signing_requests, other.signing_requests);
        add(&mut self.usages, other.usages);
        add(&mut self.volume_usages, other.volume_usages);
        add(&mut self.node_disks, other.node_disks);
        add(&mut self.versions, other.versions);
        add(&mut self.priority_classes, other.priority_classes);
        add(&mut self.ingress_classes, other.ingress_classes);
        add(&mut self.ingresses, other.ingresses);
        add(&mut self.namespaces, other.namespaces);
        add(&mut self.gaps, other.gaps);
    }
}

/// A row of `kubectl top pod|node`.
#[derive(Debug, Clone, PartialEq)]
pub struct Usage {
    /// Namespace (pods).
    pub namespace: Option<String>,
    /// Pod or node.
    pub name: String,
    /// Container, with `--containers`.
    pub container: Option<String>,
    /// Whether the row is of a node.
    pub node: bool,
    /// CPU as printed (`250m`); `None` for `<unknown>`.
    pub cpu: Option<String>,
    /// Memory as printed (`128Mi`).
    pub memory: Option<String>,
    /// `CPU%` of a node row.
    pub cpu_percent: Option<u32>,
    /// `MEMORY%` of a node row.
    pub memory_percent: Option<u32>,
    /// The row.
    pub place: Place,
}

/// How full a volume of a pod is, as its node's kubelet counts it.
#[derive(Debug, Clone, PartialEq)]
pub struct VolumeUsage {
    /// Namespace of the pod.
    pub namespace: Option<String>,
    /// The pod.
    pub pod: String,
    /// The volume, as the pod calls it.
    pub volume: String,
    /// Its size, in bytes.
    pub capacity: u64,
    /// What is left of it, in bytes.
    pub available: u64,
    /// The line of what is left.
    pub place: Place,
}

/// How full a file system of a node is, as its kubelet counts it.
#[derive(Debug, Clone, PartialEq)]
pub struct NodeDisk {
    /// The node.
    pub node: String,
    /// What lies on it, in the kubelet's word: `nodefs` (logs, `emptyDir` volumes) or `imagefs` (images, containers).
    pub disk: &'static str,
    /// Its size, in bytes or, where `inodes`, in files.
    pub capacity: u64,
    /// What is left of it.
    pub available: u64,
    /// It is files that are counted.
    pub inodes: bool,
    /// The line of what is left.
    pub place: Place,
}

/// A version the bundle states.
#[derive(Debug, Clone, PartialEq)]
pub struct VersionFact {
    /// Whether it is the server's (else the client's).
    pub server: bool,
    /// `v1.30.2+k3s2`
    pub version: Located<String>,
}

/// A file of the bundle and what it was taken for.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct FileEntry {
    /// Path inside the bundle, its folders parted by slashes.
    pub path: String,
    /// The path as the archive spells it, where that is another one.
    pub spelled: Option<Box<str>>,
    /// What its sections were taken for, in order, without repeats.
    pub artifacts: Vec<Artifact>,
    /// Bytes read.
    pub bytes: u64,
    /// The layout whose path it has.
    pub layout: &'static str,
    /// Whether anything that is used was read out of it.
    pub used: bool,
    /// It is a list of nothing, which is an answer too.
    pub empty_list: bool,
    /// What it has in common with the files that were saved with it: their folder, or the label in their names.
    pub set: Arc<str>,
}

impl FileEntry {
    /// Path inside the bundle as the archive spells it: what is cited.
    pub fn spelled(&self) -> &str {
        self.spelled.as_deref().unwrap_or(&self.path)
    }
}

/// The merged whole.
#[derive(Debug, Default)]
pub struct Cluster {
    /// All facts; `pods`, `nodes`, `workloads`, `claims` hold one entry per object here, events no duplicates.
    pub facts: Facts,
    /// The folder of the bundle that holds the cluster's outputs; empty where the whole bundle is of one cluster.
    pub site: String,
    /// The files of the whole bundle; [`FileId`] is the index.
    pub files: Arc<[FileEntry]>,
    /// Kinds of object, and the namespace (empty for kinds outside of namespaces), of which all are named, because the
    /// collector asked for them and was answered.
    pub whole_lists: BTreeSet<(&'static str, String)>,
    /// Where the bundle shows the same cluster at a later time, the folder of that, and the time.
    pub later: Option<(String, Located<Timestamp>)>,
    /// What the collector's checksums say of the whole bundle; `None` where it has none.
    pub integrity: Option<Integrity>,
    /// When the bundle was collected, from its content only.
    pub collected_at: Option<Located<Timestamp>>,
    /// The latest moment that an object or event states: the bundle was not collected earlier.
    pub newest: Option<Timestamp>,
    /// The latest moment that an event or a node's heartbeat states: near to the collection in a cluster that lives.
    pub sign_of_life: Option<Timestamp>,
    /// Which layout was recognised.
    pub layout: &'static str,
    /// Why: one clause.
    pub layout_why: String,
}

impl Cluster {
    /// The path of a file; empty for an unknown id.
    pub fn path(&self, file: FileId) -> &str {
        self.files.get(file.0 as usize).map_or("", |entry| entry.path.as_str())
    }

    /// The path of a file as the archive spells it.
    pub fn spelled(&self, file: FileId) -> &str {
        self.files.get(file.0 as usize).map_or("", FileEntry::spelled)
    }

    /// What two files that were saved together have in common.
    pub fn set(&self, file: FileId) -> &str {
        self.files.get(file.0 as usize).map_or("", |entry| &entry.set)
    }
}
