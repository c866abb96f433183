//! What pods lean on: claims, volumes, classes, configs, services, endpoints, quotas, namespaces; and usage and versions.
//!
//! Owns the fields of these kinds. Of a ConfigMap or Secret the keys are read, the values are read over.

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::context::{Context, Meta, Words};
use super::leaf::{Field, Leaf, List, Map};
use crate::model::cluster::{Facts, NodeDisk, Usage, VersionFact, VolumeUsage};
use crate::model::gap::GapKind;
use crate::model::workload::{
    Claim, Config, ConfigKind, Ingress, PersistentVolume, Quota, Service, ServiceAccount, StorageClass,
};
use crate::text::{Fact, Located};

/// An object that has nothing but its name for us.
#[derive(Deserialize)]
#[serde(bound(deserialize = "L: Leaf<'de>"))]
pub(super) struct NamedObject<L> {
    metadata: Field<Meta<L>>,
}

impl<L> NamedObject<L> {
    /// Adds the name to one of the lists of names.
    pub(super) fn add<'c>(self, cx: &Context<'c>, names: &mut Vec<Located<String>>)
    where
        L: Leaf<'c>,
    {
        names.extend(cx.name(cx.open(&self.metadata, "metadata")));
    }
}

/// An Ingress.
#[derive(Deserialize)]
#[serde(bound(deserialize = "L: Leaf<'de>"))]
pub(super) struct IngressObject<L> {
    metadata: Field<Meta<L>>,
    spec: Field<IngressSpec<L>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", bound(deserialize = "L: Leaf<'de>"))]
struct IngressSpec<L> {
    ingress_class_name: Option<L>,
}

impl<L> IngressObject<L> {
    pub(super) fn add<'c>(self, cx: &Context<'c>, facts: &mut Facts)
    where
        L: Leaf<'c>,
    {
        let meta = cx.open(&self.metadata, "metadata");
        let class = cx
            .open(&self.spec, "spec")
            .and_then(|spec| cx.said(&spec.ingress_class_name))
            .or_else(|| cx.said(cx.entry(&meta?.annotations, "kubernetes.io/ingress.class")));
        if let (Some(name), Some(class)) = (cx.name(meta), class) {
            facts.ingresses.push(Ingress { namespace: cx.namespace_word(meta), name, class });
        }
    }
}

/// A PersistentVolumeClaim.
#[derive(Deserialize)]
#[serde(bound(deserialize = "L: Leaf<'de>"))]
pub(super) struct ClaimObject<L> {
    metadata: Field<Meta<L>>,
    spec: Field<ClaimSpec<L>>,
    status: Field<ClaimStatus<L>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", bound(deserialize = "L: Leaf<'de>"))]
struct ClaimSpec<L> {
    volume_name: Option<L>,
    storage_class_name: Option<L>,
    access_modes: List<Option<L>>,
    resources: Field<ClaimResources<L>>,
}

#[derive(Deserialize)]
#[serde(bound(deserialize = "L: Leaf<'de>"))]
struct ClaimResources<L> {
    requests: Words<L>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", bound(deserialize = "L: Leaf<'de>"))]
struct ClaimStatus<L> {
    phase: Option<L>,
    access_modes: List<Option<L>>,
    capacity: Words<L>,
}

impl<L> ClaimObject<L> {
    pub(super) fn add<'c>(self, cx: &Context<'c>, facts: &mut Facts)
    where
        L: Leaf<'c>,
    {
        let meta = cx.open(&self.metadata, "metadata");
        let spec = cx.open(&self.spec, "spec");
        let status = cx.open(&self.status, "status");
        // As kubectl prints it: a claim that is being deleted is Terminating, whatever its phase.
        let deleted = meta.and_then(|meta| cx.time(&meta.deletion_timestamp));
        let wanted = spec
            .and_then(|spec| cx.open(&spec.resources, "spec.resources"))
            .map_or(&None, |resources| cx.entry(&resources.requests, "storage"));
        let bound = status.map_or(&None, |status| cx.entry(&status.capacity, "storage"));
        let modes = |list: Option<&List<Option<L>>>| {
            let texts = cx.texts(list?, "accessModes");
            let place = texts.first()?.place.clone();
            let words: Vec<String> = texts.into_iter().map(|text| text.value).collect();
            Some(Located::new(words.join(","), place))
        };
        facts.claims.push(Claim {
            section: cx.section,
            namespace: cx.namespace(meta),
            name: cx.name(meta),
            status: deleted
                .map(|time| Located::new("Terminating".to_owned(), time.place))
                .or_else(|| status.and_then(|status| cx.said(&status.phase))),
            volume: spec.and_then(|spec| cx.said(&spec.volume_name)),
            storage_class: spec.and_then(|spec| cx.text(&spec.storage_class_name)).or_else(|| {
                let annotations = &meta?.annotations;
                cx.text(cx.entry(annotations, "volume.beta.kubernetes.io/storage-class"))
            }),
            access_modes: modes(status.map(|status| &status.access_modes))
                .or_else(|| modes(spec.map(|spec| &spec.access_modes))),
            capacity: cx.said(bound).or_else(|| cx.said(wanted)),
        });
    }
}

/// A PersistentVolume.
#[derive(Deserialize)]
#[serde(bound(deserialize = "L: Leaf<'de>"))]
pub(super) struct VolumeObject<L> {
    metadata: Field<Meta<L>>,
    spec: Field<VolumeSpec<L>>,
    status: Field<VolumeStatus<L>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", bound(deserialize = "L: Leaf<'de>"))]
struct VolumeSpec<L> {
    capacity: Words<L>,
    claim_ref: Field<ClaimReference<L>>,
    storage_class_name: Option<L>,
}

#[derive(Deserialize)]
#[serde(bound(deserialize = "L: Leaf<'de>"))]
struct ClaimReference<L> {
    namespace: Option<L>,
    name: Option<L>,
}

#[derive(Deserialize)]
#[serde(bound(deserialize = "L: Leaf<'de>"))]
struct VolumeStatus<L> {
    phase: Option<L>,
}

impl<L> VolumeObject<L> {
    pub(super) fn add<'c>(self, cx: &Context<'c>, facts: &mut Facts)
    where
        L: Leaf<'c>,
    {
        let meta = cx.open(&self.metadata, "metadata");
        let spec = cx.open(&self.spec, "spec");
        let claim = spec.and_then(|spec| {
            let reference = cx.open(&spec.claim_ref, "spec.claimRef")?;
            let name = cx.said(&reference.name)?;
            let namespace = cx.string(&reference.namespace).unwrap_or_default();
            Some(Located::new(format!("{namespace}/{}", name.value), name.place))
        });
        facts.volumes.push(PersistentVolume {
            section: cx.section,
            name: cx.name(meta),
            status: cx.open(&self.status, "status").and_then(|status| cx.said(&status.phase)),
            claim,
            storage_class: spec.and_then(|spec| cx.text(&spec.storage_class_name)),
            capacity: spec.and_then(|spec| cx.said(cx.entry(&spec.capacity, "storage"))),
        });
    }
}

/// A StorageClass.
#[derive(Deserialize)]
#[serde(bound(deserialize = "L: Leaf<'de>"))]
pub(super) struct StorageClassObject<L> {
    metadata: Field<Meta<L>>,
    provisioner: Option<L>,
}

impl<L> StorageClassObject<L> {
    pub(super) fn add<'c>(self, cx: &Context<'c>, facts: &mut Facts)
    where
        L: Leaf<'c>,
    {
        let meta = cx.open(&self.metadata, "metadata");
        let Some(name) = cx.name(meta) else { return };
        let default = meta.is_some_and(|meta| {
            let keys =
                ["storageclass.kubernetes.io/is-default-class", "storageclass.beta.kubernetes.io/is-default-class"];
            keys.iter().any(|key| cx.is_true(cx.entry(&meta.annotations, key)))
        });
        facts.storage_classes.push(StorageClass { name, provisioner: cx.said(&self.provisioner), default });
    }
}

/// A ConfigMap or Secret: its keys.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", bound(deserialize = "L: Leaf<'de>"))]
pub(super) struct ConfigObject<L> {
    metadata: Field<Meta<L>>,
    data: Field<Map<String, IgnoredAny>>,
    binary_data: Field<Map<String, IgnoredAny>>,
    string_data: Field<Map<String, IgnoredAny>>,
}

impl<L> ConfigObject<L> {
    pub(super) fn add<'c>(self, kind: ConfigKind, cx: &Context<'c>, facts: &mut Facts)
    where
        L: Leaf<'c>,
    {
        let meta = cx.open(&self.metadata, "metadata");
        let Some(name) = cx.name(meta) else { return };
        let fields = [(&self.data, "data"), (&self.binary_data, "binaryData"), (&self.string_data, "stringData")];
        let mut keys = None;
        for (field, field_name) in fields {
            if let Some(map) = cx.open(field, field_name) {
                keys.get_or_insert_with(Vec::new)
                    .extend(map.0.iter().map(|(key, _)| Located::new(key.clone(), name.place.clone())));
            }
        }
        facts.configs.push(Config { kind, namespace: cx.namespace_word(meta), name, keys });
    }
}

/// A Service.
#[derive(Deserialize)]
#[serde(bound(deserialize = "L: Leaf<'de>"))]
pub(super) struct ServiceObject<L> {
    metadata: Field<Meta<L>>,
    spec: Field<ServiceSpec<L>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", bound(deserialize = "L: Leaf<'de>"))]
struct ServiceSpec<L> {
    ports: List<Field<ServicePort<L>>>,
    selector: Words<L>,
    #[serde(rename = "clusterIP")]
    cluster_ip: Option<L>,
    external_name: Option<L>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", bound(deserialize = "L: Leaf<'de>"))]
struct ServicePort<L> {
    port: Option<L>,
    node_port: Option<L>,
    protocol: Option<L>,
}

impl<L> ServiceObject<L> {
    pub(super) fn add<'c>(self, cx: &Context<'c>, facts: &mut Facts)
    where
        L: Leaf<'c>,
    {
        let meta = cx.open(&self.metadata, "metadata");
        let Some(name) = cx.name(meta) else { return };
        let spec = cx.open(&self.spec, "spec");
        let ports = spec.map(|spec| cx.each(&spec.ports, "spec.ports").filter_map(|port| port.printed(cx)).collect());
        facts.services.push(Service {
            namespace: cx.namespace_word(meta),
            name,
            ports: ports.unwrap_or_default(),
            selector: spec.map(|spec| cx.words(&spec.selector, "spec.selector")).unwrap_or_default(),
            ready_endpoints: None,
            cluster_ip: spec.and_then(|spec| cx.string(&spec.cluster_ip)),
            external_name: spec.and_then(|spec| cx.string(&spec.external_name)),
        });
    }
}

impl<L> ServicePort<L> {
    /// `80/TCP`, `80:30080/TCP`
    fn printed<'c>(&self, cx: &Context<'c>) -> Option<String>
    where
        L: Leaf<'c>,
    {
        let port = cx.string(&self.port)?;
        let node = cx.string(&self.node_port).filter(|port| port != "0").map(|port| format!(":{port}"));
        let protocol = cx.string(&self.protocol).unwrap_or_else(|| "TCP".to_owned());
        Some(format!("{port}{}/{protocol}", node.unwrap_or_default()))
    }
}

/// A ServiceAccount.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", bound(deserialize = "L: Leaf<'de>"))]
pub(super) struct ServiceAccountObject<L> {
    metadata: Field<Meta<L>>,
    image_pull_secrets: List<Field<Named<L>>>,
}

#[derive(Deserialize)]
#[serde(bound(deserialize = "L: Leaf<'de>"))]
struct Named<L> {
    name: Option<L>,
}

impl<L> ServiceAccountObject<L> {
    /// The place of the pull secrets is the first one's, or, where there are none, the account's name.
    pub(super) fn add<'c>(self, cx: &Context<'c>, facts: &mut Facts)
    where
        L: Leaf<'c>,
    {
        let meta = cx.open(&self.metadata, "metadata");
        let Some(name) = cx.name(meta) else { return };
        let (mut secrets, mut place) = (Vec::new(), None);
        for secret in cx.each(&self.image_pull_secrets, "imagePullSecrets") {
            place = place.or_else(|| secret.name.as_ref().map(|name| cx.place(name)));
            secrets.extend(cx.string(&secret.name));
        }
        let place = place.unwrap_or_else(|| name.place.clone());
        facts.service_accounts.push(ServiceAccount {
            section: cx.section,
            namespace: cx.namespace(meta),
            name,
            image_pull_secrets: Some(Located::new(secrets, place)),
            missing_secrets: Vec::new(),
        });
    }
}

/// Endpoints: named as their Service.
#[derive(Deserialize)]
#[serde(bound(deserialize = "L: Leaf<'de>"))]
pub(super) struct EndpointsObject<L> {
    metadata: Field<Meta<L>>,
    subsets: List<Field<Subset<L>>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", bound(deserialize = "L: Leaf<'de>"))]
struct Subset<L> {
    addresses: List<Field<Address<L>>>,
    not_ready_addresses: List<Field<Address<L>>>,
}

#[derive(Deserialize)]
#[serde(bound(deserialize = "L: Leaf<'de>"))]
struct Address<L> {
    ip: Option<L>,
}

impl<L> EndpointsObject<L> {
    /// The place of the count is the first ready address, else the first one that is not, else the name.
    pub(super) fn add<'c>(self, cx: &Context<'c>, facts: &mut Facts)
    where
        L: Leaf<'c>,
    {
        let meta = cx.open(&self.metadata, "metadata");
        let Some(name) = cx.name(meta) else { return };
        let (mut ready, mut place, mut other) = (0, None, None);
        for subset in cx.each(&self.subsets, "subsets") {
            for address in cx.each(&subset.addresses, "addresses") {
                ready += 1;
                place = place.or_else(|| address.ip.as_ref().map(|ip| cx.place(ip)));
            }
            for address in cx.each(&subset.not_ready_addresses, "notReadyAddresses") {
                other = other.or_else(|| address.ip.as_ref().map(|ip| cx.place(ip)));
            }
        }
        let place = place.or(other).unwrap_or_else(|| name.place.clone());
        let namespace = cx.namespace_word(meta);
        facts.services.push(endpoints(namespace, name, Some(Located::new(ready, place))));
    }
}

/// An EndpointSlice: its label names the Service.
#[derive(Deserialize)]
#[serde(bound(deserialize = "L: Leaf<'de>"))]
pub(super) struct EndpointSliceObject<L> {
    metadata: Field<Meta<L>>,
    endpoints: List<Field<Endpoint<L>>>,
}

#[derive(Deserialize)]
#[serde(bound(deserialize = "L: Leaf<'de>"))]
struct Endpoint<L> {
    addresses: List<Option<L>>,
    conditions: Field<EndpointConditions<L>>,
}

#[derive(Deserialize)]
#[serde(bound(deserialize = "L: Leaf<'de>"))]
struct EndpointConditions<L> {
    ready: Option<L>,
}

impl<L> EndpointSliceObject<L> {
    pub(super) fn add<'c>(self, cx: &Context<'c>, facts: &mut Facts)
    where
        L: Leaf<'c>,
    {
        let meta = cx.open(&self.metadata, "metadata");
        let Some(name) = meta.and_then(|meta| cx.said(cx.entry(&meta.labels, "kubernetes.io/service-name"))) else {
            return;
        };
        let (mut ready, mut place, mut other) = (0, None, None);
        for endpoint in cx.each(&self.endpoints, "endpoints") {
            let first = cx.texts(&endpoint.addresses, "addresses").into_iter().next().map(|address| address.place);
            let stated = cx.open(&endpoint.conditions, "conditions").and_then(|conditions| cx.flag(&conditions.ready));
            // A condition that is not stated counts as ready: so the API defines it.
            if stated.is_none_or(|stated| stated.value) {
                ready += 1;
                place = place.or(first);
            } else {
                other = other.or(first);
            }
        }
        let place = place.or(other).unwrap_or_else(|| name.place.clone());
        let namespace = cx.namespace_word(meta);
        facts.services.push(endpoints(namespace, name, Some(Located::new(ready, place))));
    }
}

/// A Service of which only the endpoints are known.
fn endpoints(namespace: Option<String>, name: Located<String>, ready: Fact<u64>) -> Service {
    Service {
        namespace,
        name,
        ports: Vec::new(),
        selector: Default::default(),
        ready_endpoints: ready,
        cluster_ip: None,
        external_name: None,
    }
}

/// A ResourceQuota.
#[derive(Deserialize)]
#[serde(bound(deserialize = "L: Leaf<'de>"))]
pub(super) struct QuotaObject<L> {
    metadata: Field<Meta<L>>,
    status: Field<QuotaStatus<L>>,
}

#[derive(Deserialize)]
#[serde(bound(deserialize = "L: Leaf<'de>"))]
struct QuotaStatus<L> {
    used: Words<L>,
    hard: Words<L>,
}

impl<L> QuotaObject<L> {
    /// One line per resource that has both numbers; the place is that of what is used.
    pub(super) fn add<'c>(self, cx: &Context<'c>, facts: &mut Facts)
    where
        L: Leaf<'c>,
    {
        let meta = cx.open(&self.metadata, "metadata");
        let (Some(name), Some(status)) = (cx.name(meta), cx.open(&self.status, "status")) else { return };
        let hard = cx.located(&status.hard, "status.hard");
        for (resource, used) in cx.located(&status.used, "status.used") {
            let Some(hard) = hard.get(&resource) else { continue };
            facts.quotas.push(Quota {
                namespace: cx.namespace_word(meta),
                name: name.value.clone(),
                resource,
                used: used.value,
                hard: hard.value.clone(),
                place: used.place,
            });
        }
    }
}

/// PodMetrics or NodeMetrics of metrics.k8s.io.
#[derive(Deserialize)]
#[serde(bound(deserialize = "L: Leaf<'de>"))]
pub(super) struct MetricsObject<L> {
    metadata: Field<Meta<L>>,
    usage: Field<UsageSpec<L>>,
    containers: List<Field<ContainerUsage<L>>>,
}

#[derive(Deserialize)]
#[serde(bound(deserialize = "L: Leaf<'de>"))]
struct ContainerUsage<L> {
    name: Option<L>,
    usage: Field<UsageSpec<L>>,
}

#[derive(Deserialize)]
#[serde(bound(deserialize = "L: Leaf<'de>"))]
struct UsageSpec<L> {
    cpu: Option<L>,
    memory: Option<L>,
}

impl<L> MetricsObject<L> {
    /// A row for the node, or for every container of the pod; the place is that of the memory.
    pub(super) fn add<'c>(self, node: bool, cx: &Context<'c>, facts: &mut Facts)
    where
        L: Leaf<'c>,
    {
        let meta = cx.open(&self.metadata, "metadata");
        let Some(name) = cx.name(meta) else { return };
        let namespace = if node { None } else { cx.namespace_word(meta) };
        let whole = Some((None, &self.usage)).filter(|_| node);
        let parts =
            cx.each(&self.containers, "containers").map(|container| (cx.string(&container.name), &container.usage));
        for (container, usage) in whole.into_iter().chain(parts) {
            let Some(usage) = cx.open(usage, "usage") else { continue };
            let (cpu, memory) = (cx.said(&usage.cpu), cx.said(&usage.memory));
            let place = memory.as_ref().or(cpu.as_ref()).map_or_else(|| name.place.clone(), |fact| fact.place.clone());
            facts.usages.push(Usage {
                namespace: namespace.clone(),
                name: name.value.clone(),
                container,
                node,
                cpu: cpu.map(|cpu| cpu.value),
                memory: memory.map(|memory| memory.value),
                cpu_percent: None,
                memory_percent: None,
                place,
            });
        }
    }
}

/// Kubelet's summary of a node: what the node, and each container of its pods, used when it was asked. Neither kind nor
/// apiVersion.
#[derive(Deserialize)]
#[serde(bound(deserialize = "L: Leaf<'de>"))]
pub(super) struct SummaryObject<L> {
    node: Field<StatsOf<L>>,
    pods: List<Field<PodStats<L>>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", bound(deserialize = "L: Leaf<'de>"))]
struct PodStats<L> {
    pod_ref: Field<ClaimReference<L>>,
    containers: List<Field<StatsOf<L>>>,
    volume: List<Field<VolumeStats<L>>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", bound(deserialize = "L: Leaf<'de>"))]
struct VolumeStats<L> {
    name: Option<L>,
    available_bytes: Option<L>,
    capacity_bytes: Option<L>,
}

/// Of a container or a node.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", bound(deserialize = "L: Leaf<'de>"))]
struct StatsOf<L> {
    name: Option<L>,
    node_name: Option<L>,
    cpu: Field<CpuStats<L>>,
    memory: Field<MemoryStats<L>>,
    /// Of a node: what kubelet calls nodefs.
    fs: Field<FsStats<L>>,
    runtime: Field<RuntimeStats<L>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", bound(deserialize = "L: Leaf<'de>"))]
struct RuntimeStats<L> {
    image_fs: Field<FsStats<L>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", bound(deserialize = "L: Leaf<'de>"))]
struct FsStats<L> {
    available_bytes: Option<L>,
    capacity_bytes: Option<L>,
    inodes_free: Option<L>,
    inodes: Option<L>,
}

impl<L> FsStats<L> {
    fn add<'c>(&self, cx: &Context<'c>, node: &str, disk: &'static str, facts: &mut Facts)
    where
        L: Leaf<'c>,
    {
        let both = [(&self.capacity_bytes, &self.available_bytes, false), (&self.inodes, &self.inodes_free, true)];
        for (capacity, left, inodes) in both {
            let (Some(capacity), Some(left)) = (cx.count(capacity), cx.count(left)) else { continue };
            facts.node_disks.push(NodeDisk {
                node: node.to_owned(),
                disk,
                capacity: capacity.value,
                available: left.value,
                inodes,
                place: left.place,
            });
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", bound(deserialize = "L: Leaf<'de>"))]
struct CpuStats<L> {
    usage_nano_cores: Option<L>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", bound(deserialize = "L: Leaf<'de>"))]
struct MemoryStats<L> {
    working_set_bytes: Option<L>,
}

impl<L> SummaryObject<L> {
    /// A row for the node and for every container, in the units that `kubectl top` prints, its place that of the memory; and
    /// how full the node's disks and the pods' volumes are.
    pub(super) fn add<'c>(self, cx: &Context<'c>, facts: &mut Facts)
    where
        L: Leaf<'c>,
    {
        if let Some(node) = cx.open(&self.node, "node")
            && let Some(name) = cx.string(&node.node_name)
        {
            if let Some(fs) = cx.open(&node.fs, "fs") {
                fs.add(cx, &name, "nodefs", facts);
            }
            if let Some(fs) =
                cx.open(&node.runtime, "runtime").and_then(|runtime| cx.open(&runtime.image_fs, "imageFs"))
            {
                fs.add(cx, &name, "imagefs", facts);
            }
            facts.usages.extend(node.usage(cx, None, name, true));
        }
        for pod in cx.each(&self.pods, "pods") {
            let Some(of) = cx.open(&pod.pod_ref, "podRef") else { continue };
            let (Some(name), namespace) = (cx.string(&of.name), cx.string(&of.namespace)) else { continue };
            for container in cx.each(&pod.containers, "containers") {
                facts.usages.extend(container.usage(cx, namespace.clone(), name.clone(), false));
            }
            for volume in cx.each(&pod.volume, "volume") {
                let (capacity, left) = (cx.count(&volume.capacity_bytes), cx.count(&volume.available_bytes));
                let (Some(of), Some(capacity), Some(left)) = (cx.string(&volume.name), capacity, left) else {
                    continue;
                };
                facts.volume_usages.push(VolumeUsage {
                    namespace: namespace.clone(),
                    pod: name.clone(),
                    volume: of,
                    capacity: capacity.value,
                    available: left.value,
                    place: left.place,
                });
            }
        }
    }
}

impl<L> StatsOf<L> {
    fn usage<'c>(&self, cx: &Context<'c>, namespace: Option<String>, name: String, node: bool) -> Option<Usage>
    where
        L: Leaf<'c>,
    {
        let cores = cx.open(&self.cpu, "cpu").and_then(|cpu| cx.count(&cpu.usage_nano_cores));
        let bytes = cx.open(&self.memory, "memory").and_then(|memory| cx.count(&memory.working_set_bytes));
        let place = bytes.as_ref().or(cores.as_ref())?.place.clone();
        Some(Usage {
            namespace,
            name,
            container: cx.string(&self.name),
            node,
            cpu: cores.map(|cores| format!("{}m", cores.value.div_ceil(1_000_000))),
            memory: bytes.map(|bytes| format!("{}Mi", bytes.value >> 20)),
            cpu_percent: None,
            memory_percent: None,
            place,
        })
    }
}

/// `kubectl version`; `kubectl get --raw /version`; Troubleshoot's `cluster_version.json`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", bound(deserialize = "L: Leaf<'de>"))]
pub(super) struct VersionObject<L> {
    client_version: Field<BuildInfo<L>>,
    server_version: Field<BuildInfo<L>>,
    info: Field<BuildInfo<L>>,
    git_version: Option<L>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", bound(deserialize = "L: Leaf<'de>"))]
struct BuildInfo<L> {
    git_version: Option<L>,
}

impl<L> VersionObject<L> {
    pub(super) fn add<'c>(self, cx: &Context<'c>, facts: &mut Facts)
    where
        L: Leaf<'c>,
    {
        let fields = [(false, &self.client_version), (true, &self.server_version), (true, &self.info)];
        for (server, field) in fields {
            let version = cx.open(field, "version").and_then(|info| cx.said(&info.git_version));
            facts.versions.extend(version.map(|version| VersionFact { server, version }));
        }
        facts.versions.extend(cx.said(&self.git_version).map(|version| VersionFact { server: true, version }));
    }
}

/// What the API server says instead of an object.
#[derive(Deserialize)]
#[serde(bound(deserialize = "L: Leaf<'de>"))]
pub(super) struct StatusObject<L> {
    status: Option<L>,
    reason: Option<L>,
    message: Option<L>,
}

impl<L> StatusObject<L> {
    /// The kind of gap and the server's words; `None` for a success.
    pub(super) fn gap<'c>(self, cx: &Context<'c>) -> Option<(GapKind, String)>
    where
        L: Leaf<'c>,
    {
        if cx.word(&self.status).as_deref() != Some("Failure") {
            return None;
        }
        let kind = match cx.word(&self.reason).as_deref() {
            Some("Forbidden" | "Unauthorized") => GapKind::Forbidden,
            Some("NotFound") => GapKind::Absent,
            _ => GapKind::Unreadable,
        };
        Some((kind, cx.string(&self.message).unwrap_or_else(|| "the API server refused without a message".to_owned())))
    }
}
