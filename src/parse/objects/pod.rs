//! Pods: spec and status of every container in one, worded as `describe` words them where it does.
//!
//! Owns the fields of a Pod that the model keeps. Knows nothing of JSON, YAML or lists.

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};
use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

use super::context::{Condition, Context, Meta, Words};
use super::leaf::{Field, Leaf, List, Map};
use crate::model::fields::Fields;
use crate::model::pod::{
    Container, ContainerKind, ContainerState, EnvSource, EnvVar, NodeRequirement, Pod, Probe, Resources, StateKind,
    Volume, VolumeSource,
};
use crate::model::time::When;
use crate::text::{Located, Place};

/// A Pod, or a fragment of one.
#[derive(Deserialize)]
#[serde(bound(deserialize = "L: Leaf<'de>"))]
pub(super) struct PodObject<L> {
    metadata: Field<Meta<L>>,
    spec: Field<PodSpec<L>>,
    status: Field<PodStatus<L>>,
}

/// spec of a pod, also in the template of a workload.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", bound(deserialize = "L: Leaf<'de>"))]
pub(super) struct PodSpec<L> {
    node_name: Option<L>,
    host_network: Option<L>,
    restart_policy: Option<L>,
    service_account_name: Option<L>,
    service_account: Option<L>,
    termination_grace_period_seconds: Option<L>,
    node_selector: Words<L>,
    affinity: Field<Affinity<L>>,
    priority_class_name: Option<L>,
    tolerations: List<Field<Toleration<L>>>,
    image_pull_secrets: List<Field<Named<L>>>,
    security_context: Field<SecurityContext<L>>,
    init_containers: List<Field<ContainerSpec<L>>>,
    containers: List<Field<ContainerSpec<L>>>,
    ephemeral_containers: List<Field<ContainerSpec<L>>>,
    volumes: List<Field<VolumeSpec<L>>>,
}

#[derive(Deserialize)]
#[serde(bound(deserialize = "L: Leaf<'de>"))]
struct Named<L> {
    name: Option<L>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", bound(deserialize = "L: Leaf<'de>"))]
struct Toleration<L> {
    key: Option<L>,
    operator: Option<L>,
    value: Option<L>,
    effect: Option<L>,
    toleration_seconds: Option<L>,
}

/// Of spec.affinity only what a node must have.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", bound(deserialize = "L: Leaf<'de>"))]
struct Affinity<L> {
    node_affinity: Field<NodeAffinity<L>>,
}

#[derive(Deserialize)]
#[serde(bound(deserialize = "L: Leaf<'de>"))]
struct NodeAffinity<L> {
    #[serde(rename = "requiredDuringSchedulingIgnoredDuringExecution")]
    required: Field<NodeSelector<L>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", bound(deserialize = "L: Leaf<'de>"))]
struct NodeSelector<L> {
    node_selector_terms: List<Field<NodeSelectorTerm<L>>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", bound(deserialize = "L: Leaf<'de>"))]
struct NodeSelectorTerm<L> {
    match_expressions: List<Field<NodeExpression<L>>>,
}

#[derive(Deserialize)]
#[serde(bound(deserialize = "L: Leaf<'de>"))]
struct NodeExpression<L> {
    key: Option<L>,
    operator: Option<L>,
    values: List<Option<L>>,
}

/// securityContext of a pod or of a container.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", bound(deserialize = "L: Leaf<'de>"))]
struct SecurityContext<L> {
    run_as_user: Option<L>,
    run_as_group: Option<L>,
    run_as_non_root: Option<L>,
    fs_group: Option<L>,
    fs_group_change_policy: Option<L>,
    supplemental_groups: List<Option<L>>,
    privileged: Option<L>,
    read_only_root_filesystem: Option<L>,
    allow_privilege_escalation: Option<L>,
    proc_mount: Option<L>,
    capabilities: Field<Capabilities<L>>,
    seccomp_profile: Field<Profile<L>>,
    app_armor_profile: Field<Profile<L>>,
    se_linux_options: Words<L>,
}

#[derive(Deserialize)]
#[serde(bound(deserialize = "L: Leaf<'de>"))]
struct Capabilities<L> {
    add: List<Option<L>>,
    drop: List<Option<L>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", bound(deserialize = "L: Leaf<'de>"))]
struct Profile<L> {
    #[serde(rename = "type")]
    kind: Option<L>,
    localhost_profile: Option<L>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", bound(deserialize = "L: Leaf<'de>"))]
struct ContainerSpec<L> {
    name: Option<L>,
    image: Option<L>,
    image_pull_policy: Option<L>,
    restart_policy: Option<L>,
    command: List<Option<L>>,
    args: List<Option<L>>,
    ports: List<Field<PortSpec<L>>>,
    env: List<Field<EnvSpec<L>>>,
    env_from: List<Field<EnvFromSpec<L>>>,
    resources: Field<ResourcesSpec<L>>,
    liveness_probe: Field<Handler<L>>,
    readiness_probe: Field<Handler<L>>,
    startup_probe: Field<Handler<L>>,
    lifecycle: Field<Lifecycle<L>>,
    security_context: Field<SecurityContext<L>>,
    volume_mounts: List<Field<Mount<L>>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", bound(deserialize = "L: Leaf<'de>"))]
struct PortSpec<L> {
    container_port: Option<L>,
    host_port: Option<L>,
    protocol: Option<L>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", bound(deserialize = "L: Leaf<'de>"))]
struct EnvSpec<L> {
    name: Option<L>,
    value: Option<L>,
    value_from: Field<ValueFrom<L>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", bound(deserialize = "L: Leaf<'de>"))]
struct ValueFrom<L> {
    config_map_key_ref: Field<Reference<L>>,
    secret_key_ref: Field<Reference<L>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", bound(deserialize = "L: Leaf<'de>"))]
struct EnvFromSpec<L> {
    config_map_ref: Field<Reference<L>>,
    secret_ref: Field<Reference<L>>,
}

/// What names a ConfigMap or Secret; a secret volume calls the name `secretName`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", bound(deserialize = "L: Leaf<'de>"))]
struct Reference<L> {
    name: Option<L>,
    secret_name: Option<L>,
    key: Option<L>,
    optional: Option<L>,
}

#[derive(Deserialize)]
#[serde(bound(deserialize = "L: Leaf<'de>"))]
struct ResourcesSpec<L> {
    requests: Words<L>,
    limits: Words<L>,
}

/// A probe, or a hook without its numbers.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", bound(deserialize = "L: Leaf<'de>"))]
struct Handler<L> {
    exec: Field<Exec<L>>,
    http_get: Field<HttpGet<L>>,
    tcp_socket: Field<Socket<L>>,
    grpc: Field<Grpc<L>>,
    sleep: Field<Sleep<L>>,
    initial_delay_seconds: Option<L>,
    timeout_seconds: Option<L>,
    period_seconds: Option<L>,
    success_threshold: Option<L>,
    failure_threshold: Option<L>,
}

#[derive(Deserialize)]
#[serde(bound(deserialize = "L: Leaf<'de>"))]
struct Exec<L> {
    command: List<Option<L>>,
}

#[derive(Deserialize)]
#[serde(bound(deserialize = "L: Leaf<'de>"))]
struct HttpGet<L> {
    scheme: Option<L>,
    host: Option<L>,
    port: Option<L>,
    path: Option<L>,
}

#[derive(Deserialize)]
#[serde(bound(deserialize = "L: Leaf<'de>"))]
struct Socket<L> {
    host: Option<L>,
    port: Option<L>,
}

#[derive(Deserialize)]
#[serde(bound(deserialize = "L: Leaf<'de>"))]
struct Grpc<L> {
    port: Option<L>,
    service: Option<L>,
}

#[derive(Deserialize)]
#[serde(bound(deserialize = "L: Leaf<'de>"))]
struct Sleep<L> {
    seconds: Option<L>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", bound(deserialize = "L: Leaf<'de>"))]
struct Lifecycle<L> {
    post_start: Field<Handler<L>>,
    pre_stop: Field<Handler<L>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", bound(deserialize = "L: Leaf<'de>"))]
struct Mount<L> {
    name: Option<L>,
    mount_path: Option<L>,
    read_only: Option<L>,
    sub_path: Option<L>,
    sub_path_expr: Option<L>,
}

/// A volume: its name, and the one key that says what it is.
struct VolumeSpec<L> {
    name: Option<L>,
    source: SourceSpec<L>,
}

enum SourceSpec<L> {
    None,
    ConfigMap(Field<Reference<L>>),
    Secret(Field<Reference<L>>),
    Claim(Field<ClaimSource<L>>),
    EmptyDir(Field<EmptyDir<L>>),
    HostPath(Field<PathSource<L>>),
    Csi(Field<CsiSource<L>>),
    Nfs(Field<NfsSource<L>>),
    Projected(Field<Projected<L>>),
    Other(String),
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", bound(deserialize = "L: Leaf<'de>"))]
struct ClaimSource<L> {
    claim_name: Option<L>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", bound(deserialize = "L: Leaf<'de>"))]
struct EmptyDir<L> {
    size_limit: Option<L>,
}

#[derive(Deserialize)]
#[serde(bound(deserialize = "L: Leaf<'de>"))]
struct PathSource<L> {
    path: Option<L>,
}

#[derive(Deserialize)]
#[serde(bound(deserialize = "L: Leaf<'de>"))]
struct CsiSource<L> {
    driver: Option<L>,
}

#[derive(Deserialize)]
#[serde(bound(deserialize = "L: Leaf<'de>"))]
struct NfsSource<L> {
    server: Option<L>,
    path: Option<L>,
}

#[derive(Deserialize)]
#[serde(bound(deserialize = "L: Leaf<'de>"))]
struct Projected<L> {
    sources: List<Field<ProjectedSource<L>>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", bound(deserialize = "L: Leaf<'de>"))]
struct ProjectedSource<L> {
    config_map: Field<Reference<L>>,
    secret: Field<Reference<L>>,
}

/// status of a pod.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", bound(deserialize = "L: Leaf<'de>"))]
pub(super) struct PodStatus<L> {
    phase: Option<L>,
    reason: Option<L>,
    message: Option<L>,
    start_time: Option<L>,
    qos_class: Option<L>,
    conditions: List<Field<Condition<L>>>,
    init_container_statuses: List<Field<ContainerStatus<L>>>,
    container_statuses: List<Field<ContainerStatus<L>>>,
    ephemeral_container_statuses: List<Field<ContainerStatus<L>>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", bound(deserialize = "L: Leaf<'de>"))]
pub(super) struct ContainerStatus<L> {
    name: Option<L>,
    image: Option<L>,
    #[serde(rename = "imageID")]
    image_id: Option<L>,
    #[serde(rename = "containerID")]
    container_id: Option<L>,
    ready: Option<L>,
    started: Option<L>,
    restart_count: Option<L>,
    state: Field<StateOf<L>>,
    #[serde(alias = "lastTerminationState")]
    last_state: Field<StateOf<L>>,
}

/// `waiting`, `running` or `terminated`, with what is said of it.
pub(super) type StateOf<L> = Map<L, Field<StateSpec<L>>>;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", bound(deserialize = "L: Leaf<'de>"))]
pub(super) struct StateSpec<L> {
    reason: Option<L>,
    message: Option<L>,
    exit_code: Option<L>,
    signal: Option<L>,
    started_at: Option<L>,
    finished_at: Option<L>,
}

impl<'de, L: Leaf<'de>> Deserialize<'de> for VolumeSpec<L> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Keys<L>(PhantomData<L>);
        impl<'de, L: Leaf<'de>> Visitor<'de> for Keys<L> {
            type Value = VolumeSpec<L>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a volume")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut volume = VolumeSpec { name: None, source: SourceSpec::None };
                while let Some(key) = map.next_key::<String>()? {
                    volume.source = match key.as_str() {
                        "name" => {
                            volume.name = map.next_value()?;
                            continue;
                        }
                        "configMap" => SourceSpec::ConfigMap(map.next_value()?),
                        "secret" => SourceSpec::Secret(map.next_value()?),
                        "persistentVolumeClaim" => SourceSpec::Claim(map.next_value()?),
                        "emptyDir" => SourceSpec::EmptyDir(map.next_value()?),
                        "hostPath" => SourceSpec::HostPath(map.next_value()?),
                        "csi" => SourceSpec::Csi(map.next_value()?),
                        "nfs" => SourceSpec::Nfs(map.next_value()?),
                        "projected" => SourceSpec::Projected(map.next_value()?),
                        _ => {
                            // A source of another kind is written as null by some writers: then it is none.
                            match map.next_value::<Option<IgnoredAny>>()? {
                                Some(_) => SourceSpec::Other(describe_word(&key)),
                                None => continue,
                            }
                        }
                    };
                }
                Ok(volume)
            }
        }
        deserializer.deserialize_map(Keys(PhantomData))
    }
}

/// The word that `describe` has for a volume of another kind.
fn describe_word(key: &str) -> String {
    match key {
        "awsElasticBlockStore" => "AWSElasticBlockStore".to_owned(),
        "gcePersistentDisk" => "GCEPersistentDisk".to_owned(),
        "ephemeral" => "EphemeralVolume".to_owned(),
        "iscsi" | "rbd" | "fc" => key.to_ascii_uppercase(),
        "cephfs" => "CephFS".to_owned(),
        _ => {
            let mut letters = key.chars();
            letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
        }
    }
}

impl<L> PodObject<L> {
    /// A pod of which only the status is there.
    pub(super) fn of_status(status: PodStatus<L>) -> Self {
        PodObject { metadata: Field::Absent, spec: Field::Absent, status: Field::Is(status) }
    }

    /// A pod of which only the status of one container is there.
    pub(super) fn of_container(status: ContainerStatus<L>) -> Self {
        let none = List::default;
        PodObject::of_status(PodStatus {
            phase: None,
            reason: None,
            message: None,
            start_time: None,
            qos_class: None,
            conditions: List::default(),
            init_container_statuses: none(),
            container_statuses: List { items: vec![Field::Is(status)], wrong: false },
            ephemeral_container_statuses: none(),
        })
    }

    /// Whether an object that does not say its kind looks like a pod.
    pub(super) fn plausible(&self) -> bool {
        matches!(&self.spec, Field::Is(spec) if !spec.containers.items.is_empty())
            || matches!(&self.status, Field::Is(status) if !status.container_statuses.items.is_empty()
                || !status.init_container_statuses.items.is_empty()
                || status.phase.is_some() && (status.qos_class.is_some() || status.reason.is_some()))
    }

    /// The pod of the model.
    pub(super) fn into_pod<'c>(self, cx: &Context<'c>) -> Pod
    where
        L: Leaf<'c>,
    {
        let meta = cx.open(&self.metadata, "metadata");
        let mut pod = Pod {
            section: cx.section,
            namespace: cx.namespace(meta),
            name: cx.name(meta),
            uid: meta.and_then(|meta| cx.string(&meta.uid)),
            labels: cx.labels(meta),
            revision_hash: meta.and_then(|meta| cx.said(cx.entry(&meta.labels, "controller-revision-hash"))),
            owner: cx.controller(meta),
            created: meta.and_then(|meta| cx.timestamp(&meta.creation_timestamp)).map(When::At),
            deletion: meta
                .and_then(|meta| cx.time(&meta.deletion_timestamp))
                .map(|time| Located::new(When::At(time.value), time.place)),
            ..Pod::default()
        };
        let spec = cx.open(&self.spec, "spec");
        let status = cx.open(&self.status, "status");
        if let Some(spec) = spec {
            spec.fill(cx, &mut pod);
        }
        if let Some(status) = status {
            status.fill(cx, &mut pod);
        }
        pod.containers = containers(cx, spec, status);
        pod
    }
}

impl<L> PodSpec<L> {
    fn required_of_nodes<'c>(&self, cx: &Context<'c>) -> Vec<NodeRequirement>
    where
        L: Leaf<'c>,
    {
        let required = cx
            .open(&self.affinity, "spec.affinity")
            .and_then(|affinity| cx.open(&affinity.node_affinity, "spec.affinity.nodeAffinity"))
            .and_then(|affinity| cx.open(&affinity.required, "spec.affinity.nodeAffinity.required"));
        let Some(required) = required else { return Vec::new() };
        cx.each(&required.node_selector_terms, "nodeSelectorTerms")
            .flat_map(|term| cx.each(&term.match_expressions, "matchExpressions"))
            .filter_map(|expression| {
                Some(NodeRequirement {
                    key: cx.said(&expression.key)?,
                    operator: cx.string(&expression.operator)?,
                    values: cx.texts(&expression.values, "values"),
                })
            })
            .collect()
    }

    fn fill<'c>(&self, cx: &Context<'c>, pod: &mut Pod)
    where
        L: Leaf<'c>,
    {
        pod.node = cx.text(&self.node_name);
        pod.host_network = cx.is_true(&self.host_network);
        pod.restart_policy = cx.said(&self.restart_policy);
        pod.service_account = cx.said(&self.service_account_name).or_else(|| cx.said(&self.service_account));
        pod.termination_grace_period = cx.integer(&self.termination_grace_period_seconds);
        pod.node_selector = cx
            .located(&self.node_selector, "spec.nodeSelector")
            .into_iter()
            .map(|(key, value)| Located::new(format!("{key}={}", value.value), value.place))
            .collect();
        pod.node_affinity = self.required_of_nodes(cx);
        pod.priority_class = cx.said(&self.priority_class_name);
        pod.tolerations = cx.made(&self.tolerations, "spec.tolerations", |toleration| toleration.printed(cx));
        pod.image_pull_secrets =
            cx.made(&self.image_pull_secrets, "spec.imagePullSecrets", |secret| cx.said(&secret.name));
        if let Some(security) = cx.open(&self.security_context, "spec.securityContext") {
            pod.security_context = security.fields(cx);
        }
        pod.volumes = cx.made(&self.volumes, "spec.volumes", |volume| volume.volume(cx));
    }

    /// A pod that has nothing but this spec.
    pub(super) fn template<'c>(&self, cx: &Context<'c>) -> Pod
    where
        L: Leaf<'c>,
    {
        let mut pod = Pod { section: cx.section, ..Pod::default() };
        self.fill(cx, &mut pod);
        pod.containers = containers(cx, Some(self), None);
        pod
    }

    /// The images of the containers, init containers first.
    pub(super) fn images<'c>(&self, cx: &Context<'c>) -> Vec<Located<String>>
    where
        L: Leaf<'c>,
    {
        let init = cx.each(&self.init_containers, "initContainers");
        let main = cx.each(&self.containers, "containers");
        init.chain(main).filter_map(|container| cx.said(&container.image)).collect()
    }
}

impl<L> PodStatus<L> {
    fn fill<'c>(&self, cx: &Context<'c>, pod: &mut Pod)
    where
        L: Leaf<'c>,
    {
        pod.phase = cx.said(&self.phase);
        pod.reason = cx.said(&self.reason);
        pod.message = cx.said(&self.message);
        pod.start_time = cx.time(&self.start_time);
        pod.qos_class = cx.said(&self.qos_class);
        pod.conditions.reserve_exact(self.conditions.items.len());
        pod.conditions.extend(cx.pod_conditions(&self.conditions));
    }
}

impl<L> Toleration<L> {
    /// `key=value:Effect op=Exists for 300s`
    fn printed<'c>(&self, cx: &Context<'c>) -> Option<Located<String>>
    where
        L: Leaf<'c>,
    {
        let [key, value, effect] =
            [&self.key, &self.value, &self.effect].map(|leaf| cx.string(leaf).unwrap_or_default());
        let mut text = key;
        if !value.is_empty() {
            text.push('=');
            text.push_str(&value);
        }
        if !effect.is_empty() {
            text.push(':');
            text.push_str(&effect);
        }
        if value.is_empty() && cx.word(&self.operator).as_deref() == Some("Exists") {
            text.push_str(if text.is_empty() { "op=Exists" } else { " op=Exists" });
        }
        if let Some(seconds) = cx.integer(&self.toleration_seconds) {
            text.push_str(&format!(" for {}s", seconds.value));
        }
        let leaf = [&self.key, &self.operator, &self.effect].into_iter().find_map(Option::as_ref)?;
        Some(Located::new(text, cx.place(leaf)))
    }
}

impl<L> SecurityContext<L> {
    /// Field by field, lists joined with commas, inner objects as `capabilities.drop`, `seccompProfile.type`.
    fn fields<'c>(&self, cx: &Context<'c>) -> Fields<Located<String>>
    where
        L: Leaf<'c>,
    {
        let mut fields = Fields::default();
        let mut put = |name: &str, fact: Option<Located<String>>| {
            if let Some(fact) = fact {
                fields.insert(name.to_owned(), fact);
            }
        };
        let joined = |list: &List<Option<L>>, name: &'static str| {
            let texts = cx.texts(list, name);
            let place = texts.first()?.place.clone();
            let words: Vec<String> = texts.into_iter().map(|text| text.value).collect();
            Some(Located::new(words.join(","), place))
        };
        put("runAsUser", cx.text(&self.run_as_user));
        put("runAsGroup", cx.text(&self.run_as_group));
        put("runAsNonRoot", cx.text(&self.run_as_non_root));
        put("fsGroup", cx.text(&self.fs_group));
        put("fsGroupChangePolicy", cx.text(&self.fs_group_change_policy));
        put("supplementalGroups", joined(&self.supplemental_groups, "supplementalGroups"));
        put("privileged", cx.text(&self.privileged));
        put("readOnlyRootFilesystem", cx.text(&self.read_only_root_filesystem));
        put("allowPrivilegeEscalation", cx.text(&self.allow_privilege_escalation));
        put("procMount", cx.text(&self.proc_mount));
        if let Some(capabilities) = cx.open(&self.capabilities, "capabilities") {
            put("capabilities.add", joined(&capabilities.add, "capabilities.add"));
            put("capabilities.drop", joined(&capabilities.drop, "capabilities.drop"));
        }
        for (name, profile) in [("seccompProfile", &self.seccomp_profile), ("appArmorProfile", &self.app_armor_profile)]
        {
            if let Some(profile) = cx.open(profile, "securityContext") {
                put(&format!("{name}.type"), cx.text(&profile.kind));
                put(&format!("{name}.localhostProfile"), cx.text(&profile.localhost_profile));
            }
        }
        for (key, value) in cx.located(&self.se_linux_options, "seLinuxOptions") {
            put(&format!("seLinuxOptions.{key}"), Some(value));
        }
        fields
    }
}

/// So many containers and their statuses are told apart without an index.
const FEW: usize = 16;

/// Every container of spec and status, each once: init containers, containers, ephemeral ones.
fn containers<'c, L: Leaf<'c>>(
    cx: &Context<'c>,
    spec: Option<&PodSpec<L>>,
    status: Option<&PodStatus<L>>,
) -> Vec<Container> {
    let (no_specs, no_statuses) = (List::default(), List::default());
    let lists = [
        (
            ContainerKind::Init,
            spec.map_or(&no_specs, |spec| &spec.init_containers),
            status.map_or(&no_statuses, |status| &status.init_container_statuses),
        ),
        (
            ContainerKind::Main,
            spec.map_or(&no_specs, |spec| &spec.containers),
            status.map_or(&no_statuses, |status| &status.container_statuses),
        ),
        (
            ContainerKind::Ephemeral,
            spec.map_or(&no_specs, |spec| &spec.ephemeral_containers),
            status.map_or(&no_statuses, |status| &status.ephemeral_container_statuses),
        ),
    ];
    let mut all =
        Vec::with_capacity(lists.iter().map(|(_, specs, _)| specs.items.len().min(super::super::CONTAINERS)).sum());
    for (kind, specs, statuses) in lists {
        let first = all.len();
        all.extend(
            cx.each(specs, "spec.containers").take(super::super::CONTAINERS).map(|spec| spec.container(cx, kind)),
        );
        // A few are compared one by one.
        let many = specs.items.len() + statuses.items.len() > FEW;
        let mut by_name = BTreeMap::new();
        for (index, container) in all.iter().enumerate().skip(first).filter(|_| many) {
            by_name.entry(container.name.clone()).or_insert(index);
        }
        for status in cx.each(statuses, "status.containerStatuses").take(super::super::CONTAINERS) {
            let name = cx.string(&status.name).unwrap_or_default();
            let mut of_kind = all.iter().skip(first);
            let known = match many {
                true => by_name.get(&name).copied(),
                false => of_kind.position(|container| container.name == name).map(|at| first + at),
            };
            let index = known.unwrap_or_else(|| {
                if many {
                    by_name.insert(name.clone(), all.len());
                }
                let place = status.name.as_ref().map(|name| cx.place(name));
                all.push(Container { name, kind, place, ..Container::default() });
                all.len() - 1
            });
            if let Some(container) = all.get_mut(index) {
                status.fill(cx, container);
            }
        }
    }
    all
}

impl<L> ContainerSpec<L> {
    fn container<'c>(&self, cx: &Context<'c>, kind: ContainerKind) -> Container
    where
        L: Leaf<'c>,
    {
        let name = cx.said(&self.name);
        let restarts = cx.word(&self.restart_policy);
        let sidecar = kind == ContainerKind::Init && restarts.as_deref() == Some("Always");
        let mut container = Container {
            kind: if sidecar { ContainerKind::Sidecar } else { kind },
            place: name.as_ref().map(|name| name.place.clone()),
            name: name.map(|name| name.value).unwrap_or_default(),
            image: cx.said(&self.image),
            image_pull_policy: cx.said(&self.image_pull_policy),
            command: cx.texts(&self.command, "command"),
            args: cx.texts(&self.args, "args"),
            liveness: cx.open(&self.liveness_probe, "livenessProbe").map(|probe| probe.probe(cx)),
            readiness: cx.open(&self.readiness_probe, "readinessProbe").map(|probe| probe.probe(cx)),
            startup: cx.open(&self.startup_probe, "startupProbe").map(|probe| probe.probe(cx)),
            env: cx.made(&self.env, "env", |variable| variable.variable(cx)),
            env_from: cx.made(&self.env_from, "envFrom", |source| source.source(cx)),
            mounts: cx.made(&self.volume_mounts, "volumeMounts", |mount| mount.printed(cx)),
            ..Container::default()
        };
        for port in cx.each(&self.ports, "ports") {
            let protocol = cx.string(&port.protocol).unwrap_or_else(|| "TCP".to_owned());
            let printed = |leaf| {
                let number = cx.said(leaf).filter(|number| number.value != "0")?;
                Some(Located::new(format!("{}/{protocol}", number.value), number.place))
            };
            container.ports.extend(printed(&port.container_port));
            container.host_ports.extend(printed(&port.host_port));
        }
        if let Some(resources) = cx.open(&self.resources, "resources") {
            container.resources = Resources {
                requests: cx.located(&resources.requests, "resources.requests"),
                limits: cx.located(&resources.limits, "resources.limits"),
            };
        }
        if let Some(lifecycle) = cx.open(&self.lifecycle, "lifecycle") {
            for (name, hook) in [("postStart", &lifecycle.post_start), ("preStop", &lifecycle.pre_stop)] {
                if let Some(hook) = cx.open(hook, "lifecycle") {
                    let (action, place) = hook.action(cx);
                    container
                        .lifecycle
                        .insert(name.to_owned(), Located::new(action, place.unwrap_or_else(|| cx.start())));
                }
            }
        }
        if let Some(security) = cx.open(&self.security_context, "securityContext") {
            container.security_context = security.fields(cx);
        }
        container
    }
}

impl<L> Handler<L> {
    fn probe<'c>(&self, cx: &Context<'c>) -> Probe
    where
        L: Leaf<'c>,
    {
        let (action, place) = self.action(cx);
        let numbers = [
            &self.initial_delay_seconds,
            &self.timeout_seconds,
            &self.period_seconds,
            &self.success_threshold,
            &self.failure_threshold,
        ];
        let place = place.or_else(|| numbers.iter().find_map(|leaf| leaf.as_ref()).map(|leaf| cx.place(leaf)));
        let [initial_delay, timeout, period, success_threshold, failure_threshold] =
            numbers.map(|leaf| cx.integer(leaf).map(|number| number.value));
        Probe {
            action,
            initial_delay,
            timeout,
            period,
            success_threshold,
            failure_threshold,
            place: place.unwrap_or_else(|| cx.start()),
        }
    }

    /// What it does, as `describe` prints it, and the line of the command, path or port.
    fn action<'c>(&self, cx: &Context<'c>) -> (String, Option<Place>)
    where
        L: Leaf<'c>,
    {
        if let Some(exec) = cx.open(&self.exec, "exec") {
            let command = cx.texts(&exec.command, "exec.command");
            let place = command.first().map(|word| word.place.clone());
            let words: Vec<String> = command.into_iter().map(|word| word.value).collect();
            return (format!("exec [{}]", words.join(" ")), place);
        }
        if let Some(get) = cx.open(&self.http_get, "httpGet") {
            let [scheme, host, port, path] =
                [&get.scheme, &get.host, &get.port, &get.path].map(|leaf| cx.string(leaf).unwrap_or_default());
            let scheme = if scheme.is_empty() { "http".to_owned() } else { scheme.to_ascii_lowercase() };
            let host = if host.contains(':') { format!("[{host}]") } else { host };
            let colon = if port.is_empty() { "" } else { ":" };
            let slash = if path.is_empty() || path.starts_with('/') { "" } else { "/" };
            let place = get.path.as_ref().or(get.port.as_ref()).map(|leaf| cx.place(leaf));
            return (format!("http-get {scheme}://{host}{colon}{port}{slash}{}", escaped_path(&path)), place);
        }
        if let Some(socket) = cx.open(&self.tcp_socket, "tcpSocket") {
            let [host, port] = [&socket.host, &socket.port].map(|leaf| cx.string(leaf).unwrap_or_default());
            return (format!("tcp-socket {host}:{port}"), socket.port.as_ref().map(|leaf| cx.place(leaf)));
        }
        if let Some(grpc) = cx.open(&self.grpc, "grpc") {
            let port = cx.string(&grpc.port).unwrap_or_default();
            let service = cx.string(&grpc.service).map(|service| format!(" {service}")).unwrap_or_default();
            return (format!("grpc <pod>:{port}{service}"), grpc.port.as_ref().map(|leaf| cx.place(leaf)));
        }
        if let Some(sleep) = cx.open(&self.sleep, "sleep") {
            let seconds = cx.string(&sleep.seconds).unwrap_or_default();
            return (format!("sleep {seconds}s"), sleep.seconds.as_ref().map(|leaf| cx.place(leaf)));
        }
        ("unknown".to_owned(), None)
    }
}

/// A path as Go's `url.URL` prints it.
fn escaped_path(path: &str) -> String {
    let mut escaped = String::with_capacity(path.len());
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => escaped.push(char::from(byte)),
            b'-' | b'_' | b'.' | b'~' | b'$' | b'&' | b'+' | b',' | b'/' | b':' | b';' | b'=' | b'@' => {
                escaped.push(char::from(byte));
            }
            _ => escaped.push_str(&format!("%{byte:02X}")),
        }
    }
    escaped
}

impl<L> Reference<L> {
    /// The reference and the place of its name.
    fn source<'c>(&self, cx: &Context<'c>, kind: &str) -> Option<Located<EnvSource>>
    where
        L: Leaf<'c>,
    {
        let name = cx.said(&self.secret_name).or_else(|| cx.said(&self.name))?;
        let source = EnvSource {
            kind: kind.to_owned(),
            name: name.value,
            key: cx.string(&self.key),
            optional: cx.is_true(&self.optional),
        };
        Some(Located::new(source, name.place))
    }
}

impl<L> EnvSpec<L> {
    /// The place is the line of the value, or of the name of what the value comes from, else of the variable's name.
    fn variable<'c>(&self, cx: &Context<'c>) -> Option<EnvVar>
    where
        L: Leaf<'c>,
    {
        let name = cx.said(&self.name)?;
        let value = cx.text(&self.value);
        let source = cx.open(&self.value_from, "valueFrom").and_then(|from| {
            cx.open(&from.config_map_key_ref, "configMapKeyRef")
                .and_then(|reference| reference.source(cx, "ConfigMap"))
                .or_else(|| {
                    cx.open(&from.secret_key_ref, "secretKeyRef").and_then(|secret| secret.source(cx, "Secret"))
                })
        });
        let place = value.as_ref().map(|value| &value.place).or(source.as_ref().map(|source| &source.place)).cloned();
        Some(EnvVar {
            name: name.value,
            value: value.map(|value| value.value),
            source: source.map(|source| source.value),
            place: place.unwrap_or(name.place),
        })
    }
}

impl<L> EnvFromSpec<L> {
    fn source<'c>(&self, cx: &Context<'c>) -> Option<Located<EnvSource>>
    where
        L: Leaf<'c>,
    {
        cx.open(&self.config_map_ref, "configMapRef")
            .and_then(|reference| reference.source(cx, "ConfigMap"))
            .or_else(|| cx.open(&self.secret_ref, "secretRef").and_then(|reference| reference.source(cx, "Secret")))
    }
}

impl<L> Mount<L> {
    /// `path from volume (rw,path="sub")`
    fn printed<'c>(&self, cx: &Context<'c>) -> Option<Located<String>>
    where
        L: Leaf<'c>,
    {
        let path = cx.said(&self.mount_path)?;
        let volume = cx.string(&self.name).unwrap_or_default();
        let mut flags = if cx.is_true(&self.read_only) { "ro".to_owned() } else { "rw".to_owned() };
        if let Some(sub) = cx.string(&self.sub_path).or_else(|| cx.string(&self.sub_path_expr)) {
            flags.push_str(&format!(",path={sub:?}"));
        }
        Some(Located::new(format!("{} from {volume} ({flags})", path.value), path.place))
    }
}

impl<L> VolumeSpec<L> {
    fn volume<'c>(&self, cx: &Context<'c>) -> Option<Volume>
    where
        L: Leaf<'c>,
    {
        let name = cx.said(&self.name)?;
        // What it is, and the place of what it points at.
        let (source, place) = self.source(cx).unwrap_or((VolumeSource::Other(String::new()), None));
        Some(Volume { name: name.value, source, place: place.unwrap_or(name.place) })
    }

    fn source<'c>(&self, cx: &Context<'c>) -> Option<(VolumeSource, Option<Place>)>
    where
        L: Leaf<'c>,
    {
        Some(match &self.source {
            SourceSpec::None => return None,
            SourceSpec::ConfigMap(field) => {
                let named = cx.open(field, "configMap")?.source(cx, "ConfigMap")?;
                (VolumeSource::ConfigMap(named.value.name, named.value.optional), Some(named.place))
            }
            SourceSpec::Secret(field) => {
                let named = cx.open(field, "secret")?.source(cx, "Secret")?;
                (VolumeSource::Secret(named.value.name, named.value.optional), Some(named.place))
            }
            SourceSpec::Claim(field) => {
                let claim = cx.said(&cx.open(field, "persistentVolumeClaim")?.claim_name)?;
                (VolumeSource::Claim(claim.value), Some(claim.place))
            }
            SourceSpec::EmptyDir(field) => {
                let limit = cx.open(field, "emptyDir").and_then(|directory| cx.said(&directory.size_limit));
                let place = limit.as_ref().map(|limit| limit.place.clone());
                (VolumeSource::EmptyDir(limit.map(|limit| limit.value)), place)
            }
            SourceSpec::HostPath(field) => {
                let path = cx.said(&cx.open(field, "hostPath")?.path)?;
                (VolumeSource::HostPath(path.value), Some(path.place))
            }
            SourceSpec::Csi(field) => {
                let driver = cx.said(&cx.open(field, "csi")?.driver)?;
                (VolumeSource::Csi(driver.value), Some(driver.place))
            }
            SourceSpec::Nfs(field) => {
                let nfs = cx.open(field, "nfs")?;
                let server = cx.said(&nfs.server)?;
                let path = cx.string(&nfs.path).unwrap_or_default();
                (VolumeSource::Nfs(format!("{}:{path}", server.value)), Some(server.place))
            }
            SourceSpec::Projected(field) => {
                let mut sources = Vec::new();
                if let Some(projected) = cx.open(field, "projected") {
                    for source in cx.each(&projected.sources, "projected.sources") {
                        let config =
                            cx.open(&source.config_map, "configMap").and_then(|map| map.source(cx, "ConfigMap"));
                        let secret = cx.open(&source.secret, "secret").and_then(|secret| secret.source(cx, "Secret"));
                        sources.extend(config.into_iter().chain(secret));
                    }
                }
                let place = sources.first().map(|source| source.place.clone());
                (VolumeSource::Projected(sources.into_iter().map(|source| source.value).collect()), place)
            }
            SourceSpec::Other(word) => (VolumeSource::Other(word.clone()), None),
        })
    }
}

impl<L> ContainerStatus<L> {
    /// A container of which only one state is there.
    pub(super) fn of_state(state: StateOf<L>) -> Self {
        ContainerStatus {
            name: None,
            image: None,
            image_id: None,
            container_id: None,
            ready: None,
            started: None,
            restart_count: None,
            state: Field::Is(state),
            last_state: Field::Absent,
        }
    }

    fn fill<'c>(&self, cx: &Context<'c>, container: &mut Container)
    where
        L: Leaf<'c>,
    {
        if container.image.is_none() {
            container.image = cx.said(&self.image);
        }
        container.image_id = cx.text(&self.image_id);
        container.container_id = cx.text(&self.container_id);
        container.ready = cx.flag(&self.ready);
        container.started = cx.flag(&self.started);
        container.restart_count = cx.count(&self.restart_count);
        container.state = state(cx, &self.state, "state");
        container.last_state = state(cx, &self.last_state, "lastState");
    }
}

/// The state of the three that is set.
fn state<'c, L: Leaf<'c>>(cx: &Context<'c>, field: &Field<StateOf<L>>, name: &'static str) -> Option<ContainerState> {
    let states = cx.open(field, name)?;
    states.0.iter().find_map(|(key, body)| {
        let kind = match cx.spelled(key).as_deref() {
            Some("waiting") => StateKind::Waiting,
            Some("running") => StateKind::Running,
            Some("terminated") => StateKind::Terminated,
            _ => return None,
        };
        let body = match body {
            Field::Absent => return None,
            body => cx.open(body, name),
        };
        Some(ContainerState {
            kind,
            reason: body.and_then(|body| cx.said(&body.reason)),
            exit_code: body.and_then(|body| cx.integer(&body.exit_code)),
            signal: body.and_then(|body| cx.integer(&body.signal)),
            message: body.and_then(|body| cx.said(&body.message)),
            started_at: body.and_then(|body| cx.time(&body.started_at)),
            finished_at: body.and_then(|body| cx.time(&body.finished_at)),
            place: cx.place(key),
        })
    })
}
