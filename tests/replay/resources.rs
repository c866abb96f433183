//! The resources that the server knows, as a real server's discovery names them.

/// One resource of the API.
#[derive(Debug)]
pub struct Resource {
    /// API group; empty for the core group.
    pub group: &'static str,
    /// Its version.
    pub version: &'static str,
    /// `pods`
    pub plural: &'static str,
    /// `Pod`
    pub kind: &'static str,
    /// Whether its objects stand in namespaces.
    pub namespaced: bool,
    /// Short names, separated by blanks.
    pub short: &'static str,
}

impl Resource {
    /// `deployments.apps`, `pods`
    pub fn full_name(&self) -> String {
        if self.group.is_empty() { self.plural.to_string() } else { format!("{}.{}", self.plural, self.group) }
    }

    /// `apps/v1`, `v1`
    pub fn api_version(&self) -> String {
        api_version(self.group, self.version)
    }

    /// What may be done with it.
    pub fn verbs(&self) -> &'static [&'static str] {
        match self.group {
            "authorization.k8s.io" | "authentication.k8s.io" => &["create"],
            "" if self.plural == "bindings" => &["create"],
            "metrics.k8s.io" => &["get", "list"],
            _ => &["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"],
        }
    }
}

/// `apps/v1`, `v1`
pub fn api_version(group: &str, version: &str) -> String {
    if group.is_empty() { version.to_string() } else { format!("{group}/{version}") }
}

/// The resource by its group, version and plural.
pub fn find(group: &str, version: &str, plural: &str) -> Option<&'static Resource> {
    RESOURCES.iter().find(|r| r.group == group && r.version == version && r.plural == plural)
}

/// The resource of objects of a kind; `apiVersion` decides between two of the same kind.
pub fn of_kind(api_version: &str, kind: &str) -> Option<&'static Resource> {
    RESOURCES.iter().find(|r| r.kind == kind && r.api_version() == api_version)
}

/// The groups with their versions, in the order of discovery.
pub fn groups() -> Vec<(&'static str, &'static str)> {
    let mut groups: Vec<(&str, &str)> = Vec::new();
    for resource in RESOURCES {
        if !groups.contains(&(resource.group, resource.version)) {
            groups.push((resource.group, resource.version));
        }
    }
    groups
}

const fn resource(
    group: &'static str,
    version: &'static str,
    plural: &'static str,
    kind: &'static str,
    namespaced: bool,
    short: &'static str,
) -> Resource {
    Resource { group, version, plural, kind, namespaced, short }
}

/// All of them.
pub const RESOURCES: &[Resource] = &[
    resource("", "v1", "bindings", "Binding", true, ""),
    resource("", "v1", "configmaps", "ConfigMap", true, "cm"),
    resource("", "v1", "endpoints", "Endpoints", true, "ep"),
    resource("", "v1", "events", "Event", true, "ev"),
    resource("", "v1", "limitranges", "LimitRange", true, "limits"),
    resource("", "v1", "namespaces", "Namespace", false, "ns"),
    resource("", "v1", "nodes", "Node", false, "no"),
    resource("", "v1", "persistentvolumeclaims", "PersistentVolumeClaim", true, "pvc"),
    resource("", "v1", "persistentvolumes", "PersistentVolume", false, "pv"),
    resource("", "v1", "pods", "Pod", true, "po"),
    resource("", "v1", "podtemplates", "PodTemplate", true, ""),
    resource("", "v1", "replicationcontrollers", "ReplicationController", true, "rc"),
    resource("", "v1", "resourcequotas", "ResourceQuota", true, "quota"),
    resource("", "v1", "secrets", "Secret", true, ""),
    resource("", "v1", "serviceaccounts", "ServiceAccount", true, "sa"),
    resource("", "v1", "services", "Service", true, "svc"),
    resource(
        "admissionregistration.k8s.io",
        "v1",
        "validatingwebhookconfigurations",
        "ValidatingWebhookConfiguration",
        false,
        "",
    ),
    resource(
        "admissionregistration.k8s.io",
        "v1",
        "mutatingwebhookconfigurations",
        "MutatingWebhookConfiguration",
        false,
        "",
    ),
    resource("apiextensions.k8s.io", "v1", "customresourcedefinitions", "CustomResourceDefinition", false, "crd crds"),
    resource("apiregistration.k8s.io", "v1", "apiservices", "APIService", false, ""),
    resource("apps", "v1", "controllerrevisions", "ControllerRevision", true, ""),
    resource("apps", "v1", "daemonsets", "DaemonSet", true, "ds"),
    resource("apps", "v1", "deployments", "Deployment", true, "deploy"),
    resource("apps", "v1", "replicasets", "ReplicaSet", true, "rs"),
    resource("apps", "v1", "statefulsets", "StatefulSet", true, "sts"),
    resource("authentication.k8s.io", "v1", "selfsubjectreviews", "SelfSubjectReview", false, ""),
    resource("authorization.k8s.io", "v1", "selfsubjectaccessreviews", "SelfSubjectAccessReview", false, ""),
    resource("authorization.k8s.io", "v1", "selfsubjectrulesreviews", "SelfSubjectRulesReview", false, ""),
    resource("autoscaling", "v2", "horizontalpodautoscalers", "HorizontalPodAutoscaler", true, "hpa"),
    resource("batch", "v1", "cronjobs", "CronJob", true, "cj"),
    resource("batch", "v1", "jobs", "Job", true, ""),
    resource("coordination.k8s.io", "v1", "leases", "Lease", true, ""),
    resource("discovery.k8s.io", "v1", "endpointslices", "EndpointSlice", true, ""),
    resource("networking.k8s.io", "v1", "ingressclasses", "IngressClass", false, ""),
    resource("networking.k8s.io", "v1", "ingresses", "Ingress", true, "ing"),
    resource("networking.k8s.io", "v1", "networkpolicies", "NetworkPolicy", true, "netpol"),
    resource("node.k8s.io", "v1", "runtimeclasses", "RuntimeClass", false, ""),
    resource("policy", "v1", "poddisruptionbudgets", "PodDisruptionBudget", true, "pdb"),
    resource("rbac.authorization.k8s.io", "v1", "clusterrolebindings", "ClusterRoleBinding", false, ""),
    resource("rbac.authorization.k8s.io", "v1", "clusterroles", "ClusterRole", false, ""),
    resource("rbac.authorization.k8s.io", "v1", "rolebindings", "RoleBinding", true, ""),
    resource("rbac.authorization.k8s.io", "v1", "roles", "Role", true, ""),
    resource("scheduling.k8s.io", "v1", "priorityclasses", "PriorityClass", false, "pc"),
    resource("storage.k8s.io", "v1", "csidrivers", "CSIDriver", false, ""),
    resource("storage.k8s.io", "v1", "csinodes", "CSINode", false, ""),
    resource("storage.k8s.io", "v1", "csistoragecapacities", "CSIStorageCapacity", true, ""),
    resource("storage.k8s.io", "v1", "storageclasses", "StorageClass", false, "sc"),
    resource("storage.k8s.io", "v1", "volumeattachments", "VolumeAttachment", false, ""),
    resource("metrics.k8s.io", "v1beta1", "nodes", "NodeMetrics", false, ""),
    resource("metrics.k8s.io", "v1beta1", "pods", "PodMetrics", true, ""),
];
