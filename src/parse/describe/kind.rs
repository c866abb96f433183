//! Which kind of object a `describe` is of: by the command line, by its keys, by its events.

/// The kinds that are read further; any other keeps its name only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Kind {
    Pod,
    Node,
    Workload(crate::model::WorkloadKind),
    Claim,
    Volume,
    StorageClass,
    Service,
    Endpoints,
    Namespace,
    Quota,
    ServiceAccount,
    ConfigMap,
    Secret,
    Event,
    Other(String),
}

impl Kind {
    /// As Kubernetes spells it.
    pub fn name(&self) -> &str {
        match self {
            Kind::Pod => "Pod",
            Kind::Node => "Node",
            Kind::Workload(kind) => kind.name(),
            Kind::Claim => "PersistentVolumeClaim",
            Kind::Volume => "PersistentVolume",
            Kind::StorageClass => "StorageClass",
            Kind::Service => "Service",
            Kind::Endpoints => "Endpoints",
            Kind::Namespace => "Namespace",
            Kind::Quota => "ResourceQuota",
            Kind::ServiceAccount => "ServiceAccount",
            Kind::ConfigMap => "ConfigMap",
            Kind::Secret => "Secret",
            Kind::Event => "Event",
            Kind::Other(name) => name,
        }
    }

    /// From a kind, resource or short name.
    pub fn parse(word: &str) -> Kind {
        let name = canonical(word);
        if let Some(kind) = crate::model::WorkloadKind::parse(&name) {
            return Kind::Workload(kind);
        }
        match name.as_str() {
            "Pod" => Kind::Pod,
            "Node" => Kind::Node,
            "PersistentVolumeClaim" => Kind::Claim,
            "PersistentVolume" => Kind::Volume,
            "StorageClass" => Kind::StorageClass,
            "Service" => Kind::Service,
            "Endpoints" => Kind::Endpoints,
            "Namespace" => Kind::Namespace,
            "ResourceQuota" => Kind::Quota,
            "ServiceAccount" => Kind::ServiceAccount,
            "ConfigMap" => Kind::ConfigMap,
            "Secret" => Kind::Secret,
            "Event" => Kind::Event,
            _ => Kind::Other(name),
        }
    }
}

/// Resource, plural and short names of the kinds that events and describes speak of most.
const KINDS: [(&str, &[&str]); 34] = [
    ("Pod", &["pod", "pods", "po"]),
    ("Node", &["node", "nodes", "no"]),
    ("Deployment", &["deployment", "deployments", "deploy"]),
    ("ReplicaSet", &["replicaset", "replicasets", "rs"]),
    ("ReplicationController", &["replicationcontroller", "replicationcontrollers", "rc"]),
    ("StatefulSet", &["statefulset", "statefulsets", "sts"]),
    ("DaemonSet", &["daemonset", "daemonsets", "ds"]),
    ("Job", &["job", "jobs"]),
    ("CronJob", &["cronjob", "cronjobs", "cj"]),
    ("PersistentVolumeClaim", &["persistentvolumeclaim", "persistentvolumeclaims", "pvc"]),
    ("PersistentVolume", &["persistentvolume", "persistentvolumes", "pv"]),
    ("StorageClass", &["storageclass", "storageclasses", "sc"]),
    ("Service", &["service", "services", "svc"]),
    ("Endpoints", &["endpoints", "endpoint", "ep"]),
    ("EndpointSlice", &["endpointslice", "endpointslices"]),
    ("Namespace", &["namespace", "namespaces", "ns"]),
    ("ResourceQuota", &["resourcequota", "resourcequotas", "quota"]),
    ("LimitRange", &["limitrange", "limitranges", "limits"]),
    ("ServiceAccount", &["serviceaccount", "serviceaccounts", "sa"]),
    ("ConfigMap", &["configmap", "configmaps", "cm"]),
    ("Secret", &["secret", "secrets"]),
    ("HorizontalPodAutoscaler", &["horizontalpodautoscaler", "horizontalpodautoscalers", "hpa"]),
    ("PodDisruptionBudget", &["poddisruptionbudget", "poddisruptionbudgets", "pdb"]),
    ("Ingress", &["ingress", "ingresses", "ing"]),
    ("NetworkPolicy", &["networkpolicy", "networkpolicies", "netpol"]),
    ("VolumeAttachment", &["volumeattachment", "volumeattachments"]),
    ("CustomResourceDefinition", &["customresourcedefinition", "customresourcedefinitions", "crd"]),
    ("Event", &["event", "events", "ev"]),
    ("Lease", &["lease", "leases"]),
    ("CSINode", &["csinode", "csinodes"]),
    ("CSIDriver", &["csidriver", "csidrivers"]),
    ("PriorityClass", &["priorityclass", "priorityclasses", "pc"]),
    ("ClusterRole", &["clusterrole", "clusterroles"]),
    ("Certificate", &["certificate", "certificates", "cert"]),
];

/// The kind as Kubernetes spells it, from a kind, resource or short name, with or without group: `pods`, `deployment.apps`.
pub(crate) fn canonical(word: &str) -> String {
    let word = word.split('.').next().unwrap_or(word);
    let lower = word.to_ascii_lowercase();
    let known = KINDS.iter().find(|(_, names)| names.contains(&lower.as_str()));
    known.map_or_else(|| word.to_owned(), |(name, _)| (*name).to_owned())
}

/// Whether objects of a kind live outside namespaces.
pub(crate) fn is_cluster_scoped(kind: &str) -> bool {
    matches!(
        kind,
        "Node"
            | "PersistentVolume"
            | "StorageClass"
            | "Namespace"
            | "ClusterRole"
            | "CustomResourceDefinition"
            | "VolumeAttachment"
            | "PriorityClass"
            | "CSINode"
            | "CSIDriver"
    )
}

/// The namespace of `kubectl ... -n shop`, `--namespace=shop`.
pub(crate) fn namespace_of_command(command: &str) -> Option<String> {
    let mut words = command.split_whitespace();
    while let Some(word) = words.next() {
        let value = match word {
            "-n" | "--namespace" => words.next(),
            _ => word.strip_prefix("--namespace=").or_else(|| {
                word.strip_prefix("-n=").or_else(|| word.strip_prefix("-n").filter(|rest| !rest.is_empty()))
            }),
        };
        let plain = |value: &&str| !value.is_empty() && value.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
        if let Some(value) = value.map(|value| value.trim_matches(['"', '\''])).filter(plain) {
            return Some(value.to_owned());
        }
    }
    None
}
