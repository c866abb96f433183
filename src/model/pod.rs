//! Pods and their containers, from `get -o json|yaml`, `describe pod` and rows of `get pods`.

use jiff::Timestamp;

use super::fields::Fields;
use super::time::When;
use crate::text::{Fact, Located, Place, SectionId};

/// One pod as one output shows it; `load` merges the outputs that speak of the same pod.
#[derive(Debug, Clone, Default)]
pub struct Pod {
    /// The output it was read from first.
    pub section: SectionId,
    /// metadata.namespace
    pub namespace: Fact<String>,
    /// metadata.name; `None` for a fragment that does not say.
    pub name: Fact<String>,
    /// metadata.uid
    pub uid: Option<String>,
    /// metadata.labels
    pub labels: Fields<String>,
    /// The label `controller-revision-hash`: which template the StatefulSet or DaemonSet made it from.
    pub revision_hash: Fact<String>,
    /// The controller: `Controlled By:`, ownerReferences with `controller: true`, the old `Controllers:`.
    pub owner: Fact<Owner>,
    /// metadata.creationTimestamp, or the row's AGE.
    pub created: Option<When>,
    /// metadata.deletionTimestamp; describe's `Status: Terminating (lasts 3m)`.
    pub deletion: Fact<When>,
    /// status.startTime
    pub start_time: Fact<Timestamp>,
    /// spec.nodeName; `Node: node-1/10.0.0.1` gives `node-1`, `Node: <none>` gives `Some("")`.
    pub node: Fact<String>,
    /// spec.hostNetwork: its containers share the node's network. `false` also where no output says so.
    pub host_network: bool,
    /// status.phase (`Pending`, `Running`, `Succeeded`, `Failed`, `Unknown`).
    pub phase: Fact<String>,
    /// status.reason (`Evicted`, `NodeLost`, ...).
    pub reason: Fact<String>,
    /// status.message
    pub message: Fact<String>,
    /// spec.restartPolicy; describe does not print it.
    pub restart_policy: Fact<String>,
    /// spec.serviceAccountName
    pub service_account: Fact<String>,
    /// status.qosClass
    pub qos_class: Fact<String>,
    /// spec.nodeSelector, `key=value` each.
    pub node_selector: Vec<Located<String>>,
    /// spec.affinity.nodeAffinity: what is required during scheduling; one term of it has to hold.
    pub node_affinity: Vec<NodeRequirement>,
    /// spec.priorityClassName
    pub priority_class: Fact<String>,
    /// spec.tolerations, as describe prints them: `key=value:Effect op=Exists for 300s`.
    pub tolerations: Vec<Located<String>>,
    /// spec.imagePullSecrets names.
    pub image_pull_secrets: Vec<Located<String>>,
    /// spec.securityContext, field by field: `runAsUser` -> `1000`; `fsGroup`, `runAsNonRoot`, ...
    pub security_context: Fields<Located<String>>,
    /// spec.terminationGracePeriodSeconds
    pub termination_grace_period: Fact<i64>,
    /// status.conditions
    pub conditions: Vec<PodCondition>,
    /// Init containers, then containers, then ephemeral ones, in the order of the output.
    pub containers: Vec<Container>,
    /// spec.volumes
    pub volumes: Vec<Volume>,
    /// The row of `get pods`; of `get -w` the last one.
    pub row: Option<PodRow>,
}

/// One expression of a required node affinity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodeRequirement {
    /// The label's key.
    pub key: Located<String>,
    /// `In`, `NotIn`, `Exists`, `DoesNotExist`, `Gt`, `Lt`.
    pub operator: String,
    /// The values, one of which is asked for.
    pub values: Vec<Located<String>>,
}

/// The controller of an object.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Owner {
    /// `ReplicaSet`, `StatefulSet`, `DaemonSet`, `Job`, `Node` (static pods), ...
    pub kind: String,
    /// Name.
    pub name: String,
}

/// What a row of `get pods` says.
#[derive(Debug, Clone, PartialEq)]
pub struct PodRow {
    /// READY `1/2`: ready containers.
    pub ready: Option<u32>,
    /// READY `1/2`: containers.
    pub total: Option<u32>,
    /// STATUS as printed: `CrashLoopBackOff`, `Init:0/4`, `Terminating`, `ContainerStatusUnknown`, ...
    pub status: String,
    /// RESTARTS without the `(5m ago)`.
    pub restarts: Option<u64>,
    /// `(5m ago)`, in seconds.
    pub last_restart: Option<i64>,
    /// AGE in seconds.
    pub age: Option<i64>,
    /// The row.
    pub place: Place,
}

/// True, False or Unknown, as conditions spell it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ConditionStatus {
    /// `True`
    True,
    /// `False`
    False,
    /// `Unknown`
    Unknown,
}

impl ConditionStatus {
    /// Reads the word; anything else is `None`.
    pub fn parse(word: &str) -> Option<Self> {
        match word {
            "True" => Some(ConditionStatus::True),
            "False" => Some(ConditionStatus::False),
            "Unknown" => Some(ConditionStatus::Unknown),
            _ => None,
        }
    }
}

/// A pod condition (`Ready`, `PodScheduled`, ...).
#[derive(Debug, Clone, PartialEq)]
pub struct PodCondition {
    /// Type.
    pub kind: String,
    /// Status.
    pub status: ConditionStatus,
    /// Reason, where stated (JSON).
    pub reason: Option<String>,
    /// Message with its own line, where stated (JSON: `0/3 nodes are available: ...`).
    pub message: Fact<String>,
    /// lastTransitionTime
    pub last_transition: Fact<Timestamp>,
    /// The line of the status.
    pub place: Place,
}

/// Which list of the pod's spec a container stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum ContainerKind {
    /// spec.initContainers
    Init,
    /// spec.initContainers with `restartPolicy: Always`
    Sidecar,
    /// spec.containers
    #[default]
    Main,
    /// spec.ephemeralContainers
    Ephemeral,
}

/// One container: its spec and its status in one.
#[derive(Debug, Clone, Default)]
pub struct Container {
    /// Name; empty where a fragment does not say.
    pub name: String,
    /// Which list.
    pub kind: ContainerKind,
    /// The line that names it.
    pub place: Option<Place>,
    /// spec image
    pub image: Fact<String>,
    /// status.imageID
    pub image_id: Fact<String>,
    /// status.containerID; `Some("")` where the output shows it empty: never created.
    pub container_id: Fact<String>,
    /// imagePullPolicy
    pub image_pull_policy: Fact<String>,
    /// command, one element each
    pub command: Vec<Located<String>>,
    /// args, one element each (describe: one printed line each)
    pub args: Vec<Located<String>>,
    /// containerPort with protocol (`8080/TCP`)
    pub ports: Vec<Located<String>>,
    /// hostPort, where not 0
    pub host_ports: Vec<Located<String>>,
    /// status.state
    pub state: Option<ContainerState>,
    /// status.lastState; describe's `Last State:`, kubectl 1.0-1.6 `Last Termination State:`
    pub last_state: Option<ContainerState>,
    /// status.ready
    pub ready: Fact<bool>,
    /// status.started
    pub started: Fact<bool>,
    /// status.restartCount
    pub restart_count: Fact<u64>,
    /// When the container runtime made its runs, the newest first, where its own list is all that tells of them: seconds
    /// before that was printed.
    pub runs_made: Vec<i64>,
    /// resources
    pub resources: Resources,
    /// livenessProbe
    pub liveness: Option<Probe>,
    /// readinessProbe
    pub readiness: Option<Probe>,
    /// startupProbe
    pub startup: Option<Probe>,
    /// lifecycle: `postStart` / `preStop` and what they run
    pub lifecycle: Fields<Located<String>>,
    /// env
    pub env: Vec<EnvVar>,
    /// envFrom
    pub env_from: Vec<Located<EnvSource>>,
    /// volumeMounts: `path from volume (rw,path="sub")` as describe prints them
    pub mounts: Vec<Located<String>>,
    /// securityContext of the container, field by field
    pub security_context: Fields<Located<String>>,
}

/// status.state or status.lastState.
#[derive(Debug, Clone, PartialEq)]
pub struct ContainerState {
    /// Waiting, Running or Terminated.
    pub kind: StateKind,
    /// `CrashLoopBackOff`, `OOMKilled`, `Error`, `Completed`, ...
    pub reason: Fact<String>,
    /// exitCode
    pub exit_code: Fact<i64>,
    /// signal, where the runtime gives one
    pub signal: Fact<i64>,
    /// message: only JSON has it for a waiting container; describe prints it for a terminated one, over many lines.
    pub message: Fact<String>,
    /// startedAt
    pub started_at: Fact<Timestamp>,
    /// finishedAt
    pub finished_at: Fact<Timestamp>,
    /// The line of `State:`, `Last State:`, or in JSON of the key `waiting`, `running`, `terminated`.
    pub place: Place,
}

/// The three states.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StateKind {
    /// waiting
    Waiting,
    /// running
    Running,
    /// terminated
    Terminated,
}

/// resources.requests and limits: name (`cpu`, `memory`, `ephemeral-storage`, ...) -> quantity as printed.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Resources {
    /// requests
    pub requests: Fields<Located<String>>,
    /// limits
    pub limits: Fields<Located<String>>,
}

/// Which probe.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ProbeKind {
    /// livenessProbe
    Liveness,
    /// readinessProbe
    Readiness,
    /// startupProbe
    Startup,
}

/// A probe with its numbers; describe: `http-get http://:8080/health delay=15s timeout=1s period=10s #success=1 #failure=3`
/// (from 1.37 `successThreshold=1 failureThreshold=3`).
#[derive(Debug, Clone, PartialEq)]
pub struct Probe {
    /// What it does, as describe prints it: `http-get http://:8080/health`, `exec [cat /tmp/ok]`, `tcp-socket :6379`, `grpc <pod>:9000`.
    pub action: String,
    /// initialDelaySeconds (API default 0)
    pub initial_delay: Option<i64>,
    /// timeoutSeconds (API default 1)
    pub timeout: Option<i64>,
    /// periodSeconds (API default 10)
    pub period: Option<i64>,
    /// successThreshold
    pub success_threshold: Option<i64>,
    /// failureThreshold (API default 3)
    pub failure_threshold: Option<i64>,
    /// The line.
    pub place: Place,
}

/// One environment variable. Its literal value is kept only to be masked or quoted; it may be a secret.
#[derive(Debug, Clone, PartialEq)]
pub struct EnvVar {
    /// Name.
    pub name: String,
    /// Literal value, where it has one.
    pub value: Option<String>,
    /// Where the value comes from otherwise.
    pub source: Option<EnvSource>,
    /// The line.
    pub place: Place,
}

/// A reference to a ConfigMap or Secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnvSource {
    /// `ConfigMap` or `Secret`.
    pub kind: String,
    /// Name of the object.
    pub name: String,
    /// Key; `None` for envFrom and volumes.
    pub key: Option<String>,
    /// optional: true
    pub optional: bool,
}

/// A volume of a pod.
#[derive(Debug, Clone, PartialEq)]
pub struct Volume {
    /// Name.
    pub name: String,
    /// What it is.
    pub source: VolumeSource,
    /// The line that names what it points at (claimName, secretName, ...), else the line of its name.
    pub place: Place,
}

/// What a volume points at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum VolumeSource {
    /// ConfigMap name, optional
    ConfigMap(String, bool),
    /// Secret name, optional
    Secret(String, bool),
    /// PersistentVolumeClaim name
    Claim(String),
    /// EmptyDir, with its sizeLimit where set
    EmptyDir(Option<String>),
    /// hostPath
    HostPath(String),
    /// CSI driver
    Csi(String),
    /// NFS `server:path`
    Nfs(String),
    /// Projected sources: names of ConfigMaps and Secrets
    Projected(Vec<EnvSource>),
    /// Any other, by its word (`AzureDisk`, `DownwardAPI`, ...)
    Other(String),
}
