//! The cluster as a bundle shows it: Kubernetes' own objects and words, each fact with its place.
//!
//! Two rules hold for every type here. A field is a [`Fact`](crate::text::Fact): `None` says that the outputs read so far do not state it,
//! never that it is false, zero or empty. And nothing here decides: health, causes and words for people come later.
//! The types are not serializable; the report owns what leaves the program.

pub mod cluster;
pub mod endpoint;
pub mod event;
pub mod fields;
pub mod gap;
pub mod log;
pub mod node;
pub mod operator;
pub mod pod;
pub mod quantity;
pub mod runtime;
pub mod signing_request;
pub mod time;
pub mod workload;

pub use cluster::{Cluster, Facts, FileEntry, Integrity, NodeDisk, Usage, VersionFact, VolumeUsage};
pub use event::{Event, EventType, ObjectRef};
pub use fields::Fields;
pub use gap::{Gap, GapKind};
pub use log::{BoxedLog, Cut, Hit, Log};
pub use node::{Node, NodeCondition};
pub use operator::Operator;
pub use pod::{
    ConditionStatus, Container, ContainerKind, ContainerState, EnvSource, EnvVar, NodeRequirement, Owner, Pod,
    PodCondition, PodRow, Probe, ProbeKind, Resources, StateKind, Volume, VolumeSource,
};
pub use runtime::{RuntimeContainer, Sandbox};
pub use signing_request::{Purpose, SigningRequest, SigningState};
pub use time::When;
pub use workload::{
    Claim, Config, ConfigKind, ControllerRevision, Ingress, PersistentVolume, Quota, Service, ServiceAccount,
    StorageClass, Workload, WorkloadKind,
};
