//! The names that collectors give to lists of objects, and the kinds behind them.

/// The kind of the objects that a file or folder of this name holds: `deployments` holds `Deployment`s. `None`: not one
/// of the kinds that are read.
pub fn kind_of(name: &str) -> Option<&'static str> {
    Some(match name {
        "pods" | "pod" => "Pod",
        "events" | "event" => "Event",
        "nodes" | "node" => "Node",
        "namespaces" | "namespace" => "Namespace",
        "deployments" | "deployment" => "Deployment",
        "replicasets" | "replicaset" => "ReplicaSet",
        "replication-controllers" | "replicationcontrollers" => "ReplicationController",
        "statefulsets" | "statefulset" => "StatefulSet",
        "controllerrevisions" | "controllerrevision" => "ControllerRevision",
        "daemonsets" | "daemonset" => "DaemonSet",
        "jobs" | "job" => "Job",
        "cronjobs" | "cronjob" => "CronJob",
        "services" | "service" => "Service",
        "endpoints" => "Endpoints",
        "endpointslices" => "EndpointSlice",
        "pvcs" | "persistentvolumeclaims" => "PersistentVolumeClaim",
        "pvs" | "persistentvolumes" => "PersistentVolume",
        "storage-classes" | "storageclasses" => "StorageClass",
        "configmaps" => "ConfigMap",
        "secrets" => "Secret",
        "resource-quota" | "resource-quotas" | "resourcequotas" => "ResourceQuota",
        _ => return None,
    })
}

/// The name of a file without its last ending.
pub fn stem(file: &str) -> &str {
    file.rsplit_once('.').map_or(file, |(stem, _)| stem)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_lists() {
        assert_eq!(kind_of("replication-controllers"), Some("ReplicationController"));
        assert_eq!(kind_of("pvcs"), Some("PersistentVolumeClaim"));
        assert_eq!(kind_of("clusteroperators"), None);
        assert_eq!(stem("pods.json"), "pods");
        assert_eq!(stem("version"), "version");
    }
}
