//! OpenShift's must-gather and `oc adm inspect`, one root per image that gathered.
//!
//! ```text
//! must-gather.local.123/quay-io-…-sha256-…/timestamp
//!   namespaces/shop/core/pods.yaml                                  a list per resource
//!   namespaces/shop/pods/web-1/web-1.yaml                           an object per pod
//!   namespaces/shop/pods/web-1/app/app/logs/current.log             previous.log, *.insecure.log, rotated/
//!   cluster-scoped-resources/core/nodes/worker-1.yaml
//!   host_service_logs/masters/kubelet_service.log                   of all masters, days of it
//! ```
//! A log of no bytes is a placeholder: the collector got nothing.

use super::resource::{kind_of, stem};
use super::{MOST_LEADING, extension, file, file_of, log};
use crate::artifact::{Artifact, Hint, LogRun};

/// Folders beside `namespaces` that hold logs and states of services, not of pods.
const SERVICE_FOLDERS: [&str; 12] = [
    "host_service_logs",
    "static-pods",
    "audit_logs",
    "network_logs",
    "etcd_info",
    "monitoring",
    "node_core_dumps",
    "insights-data",
    "ingress_controllers",
    "pod_network_connectivity_check",
    "nodes_logs",
    "istio",
];

/// What a path of this layout says; `None` for a path that `oc` does not write.
pub fn place(parts: &[&str]) -> Option<Hint> {
    let heads = &parts[..parts.len().min(MOST_LEADING + 1)];
    if let Some(at) = heads.iter().position(|part| *part == "namespaces") {
        let namespaced = namespaced(&parts[at + 1..]);
        if namespaced.is_some() {
            return namespaced;
        }
    }
    if let Some(at) = heads.iter().position(|part| *part == "cluster-scoped-resources") {
        return Some(match &parts[at + 1..] {
            [group, name] => file_of(name, kind_in(group, stem(name)), None),
            [group, resource, name] => file_of(name, kind_in(group, resource), None),
            _ => file(Artifact::Other),
        });
    }
    if let [.., "host_service_logs", _, "kubelet_service.log"] = parts {
        return Some(file(Artifact::KubeletLog));
    }
    if parts.len() > 1 && heads[..heads.len().min(parts.len() - 1)].iter().any(|part| SERVICE_FOLDERS.contains(part)) {
        return Some(file(Artifact::Other));
    }
    match parts {
        [.., "must-gather.logs" | "gather.logs" | "event-filter.html" | "gather-debug.log"] => {
            Some(file(Artifact::Other))
        }
        [.., "aggregated-discovery-api.yaml" | "aggregated-discovery-apis.yaml"] => Some(file(Artifact::Other)),
        [.., "timestamp"] => Some(file(Artifact::CollectorNote)),
        [.., folder, "version"] if folder.contains("-sha256-") => Some(file(Artifact::CollectorNote)),
        _ => cut_off(parts).map(|(_, hint)| hint),
    }
}

/// A namespace's own folder, where it was packed without the `namespaces` above it, or its content without the folder too: how
/// many folders lie above it. Only paths that nothing else has: a list under its group, a pod's object under its name, a log
/// under the container's doubled name.
pub fn cut_off(parts: &[&str]) -> Option<(usize, Hint)> {
    let telling = |below: &[&str]| match below {
        ["core" | "apps" | "batch", name] => extension(name) == "yaml" && kind_of(stem(name)).is_some(),
        ["pods", pod, name] => extension(name) == "yaml" && stem(name) == *pod,
        ["pods", _, container, again, "logs", ..] => container == again,
        _ => false,
    };
    let named = (0..parts.len().min(MOST_LEADING + 1)).find_map(|at| {
        let found = telling(&parts[at + 1..]).then(|| namespaced(&parts[at..]))?;
        found.map(|hint| (at, hint))
    });
    named.or_else(|| {
        let nameless = [&[""], parts].concat();
        let found = telling(parts).then(|| namespaced(&nameless))?;
        found.map(|hint| (0, Hint { namespace: None, ..hint }))
    })
}

/// Below `namespaces/`.
fn namespaced(parts: &[&str]) -> Option<Hint> {
    match parts {
        [namespace, name] => {
            (stem(name) == *namespace && extension(name) == "yaml").then(|| file_of(name, Some("Namespace"), None))
        }
        [namespace, "pods", pod, name] => {
            let known = stem(name) == *pod && matches!(extension(name), "yaml" | "json");
            Some(if known { file_of(name, Some("Pod"), Some(namespace)) } else { file(Artifact::Other) })
        }
        [namespace, "pods", pod, container, rest @ ..] => Some(container_file(namespace, pod, container, rest)),
        [namespace, group, name] if matches!(extension(name), "yaml" | "json") && is_group(group) => {
            Some(file_of(name, kind_in(group, stem(name)), Some(namespace)))
        }
        [namespace, group, resource, name] if matches!(extension(name), "yaml" | "json") && is_group(group) => {
            Some(file_of(name, kind_in(group, resource), Some(namespace)))
        }
        _ => None,
    }
}

/// Whether a folder is named as an API group is.
fn is_group(name: &str) -> bool {
    matches!(name, "core" | "apps" | "batch" | "autoscaling" | "policy" | "extensions") || name.contains('.')
}

/// The kind behind a resource of a group that Kubernetes itself has; others have a `nodes` too.
fn kind_in(group: &str, resource: &str) -> Option<&'static str> {
    kind_of(resource).filter(|_| !group.contains('.') || group.ends_with(".k8s.io"))
}

/// Below `pods/<pod>/<container>/`: the container's name once more, then `logs/`.
fn container_file(namespace: &str, pod: &str, container: &str, rest: &[&str]) -> Hint {
    let logs = match rest {
        [again, "logs", logs @ ..] if *again == container => logs,
        ["logs", logs @ ..] => logs,
        _ => return file(Artifact::Other),
    };
    let hint = |run| Hint { placeholder: true, ..log(namespace, pod, container, run) };
    match logs {
        ["current.log" | "current.insecure.log"] => hint(LogRun::Current),
        ["previous.log" | "previous.insecure.log"] => hint(LogRun::Previous),
        ["rotated", name] => {
            Hint { attempt: name.split_once(".log").and_then(|(count, _)| count.parse().ok()), ..hint(LogRun::Unknown) }
        }
        _ => file(Artifact::Other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(path: &str) -> Option<Hint> {
        place(&path.split('/').collect::<Vec<_>>())
    }

    #[test]
    fn logs_name_their_container_and_run() {
        let path = "sample-openshift-release/namespaces/openshift-machine-api/pods/cluster-autoscaler-default-f548ffc66-bck7p/cluster-autoscaler/cluster-autoscaler/logs/current.log";
        let hint = of(path).expect("known");
        assert_eq!((hint.artifact, hint.run, hint.placeholder), (Some(Artifact::Log), LogRun::Current, true));
        assert_eq!(hint.namespace.as_deref(), Some("openshift-machine-api"));
        assert_eq!(hint.pod.as_deref(), Some("cluster-autoscaler-default-f548ffc66-bck7p"));
        assert_eq!(hint.container.as_deref(), Some("cluster-autoscaler"));
        let hint = of("n/namespaces/a/pods/p/c/c/logs/previous.insecure.log").expect("known");
        assert_eq!(hint.run, LogRun::Previous);
    }

    #[test]
    fn rotated_logs_say_which_attempt_they_are_of() {
        let path = "namespaces/test-namespace/pods/test-pod/test-container/test-container/logs/rotated/1.log.20231102-061208.gz";
        let hint = of(path).expect("known");
        assert_eq!((hint.artifact, hint.run, hint.attempt), (Some(Artifact::Log), LogRun::Unknown, Some(1)));
    }

    #[test]
    fn objects_are_lists_or_single() {
        let hint = of("quay-io-x-sha256-0a/namespaces/shop/core/pods.yaml").expect("known");
        assert_eq!((hint.artifact, hint.kind), (Some(Artifact::Yaml), Some("Pod")));
        let hint = of("must-gather.local.1/q/namespaces/shop/pods/web-1/web-1.yaml").expect("known");
        assert_eq!((hint.artifact, hint.kind), (Some(Artifact::Yaml), Some("Pod")));
        let hint = of("sample-openshift-release/cluster-scoped-resources/core/nodes/ip-10-0-0-1.control.plane.yaml");
        assert_eq!(hint.expect("known").kind, Some("Node"));
        let hint = of("r/namespaces/shop/machine.openshift.io/machines/m-0.yaml").expect("known");
        assert_eq!((hint.artifact, hint.kind), (Some(Artifact::Yaml), None));
        assert_eq!(of("r/namespaces/shop/shop.yaml").expect("known").kind, Some("Namespace"));
    }

    #[test]
    fn a_namespace_is_known_without_the_folder_above_it() {
        for path in
            ["shop/core/pods.yaml", "case/part/shop/pods/web-1/web-1.yaml", "shop/pods/web-1/c/c/logs/previous.log"]
        {
            assert_eq!(of(path).and_then(|hint| hint.namespace).as_deref(), Some("shop"), "{path}");
        }
        let hint = of("pods/web-1/c/c/logs/previous.log").expect("known");
        assert_eq!((hint.namespace, hint.pod.as_deref(), hint.run), (None, Some("web-1"), LogRun::Previous));
        for path in
            ["shop/pods.yaml", "shop/core/notes.yaml", "shop/pods/web-1/c/logs/a.log", "shop/pods/web-1/web-2.yaml"]
        {
            assert_eq!(of(path), None, "{path}");
        }
    }

    #[test]
    fn logs_of_services_are_no_pods_logs() {
        for path in ["m/q/host_service_logs/masters/crio_service.log", "m/q/gather.logs", "m/must-gather.logs"] {
            assert_eq!(of(path).and_then(|hint| hint.artifact), Some(Artifact::Other), "{path}");
        }
        let kubelet = of("m/q/host_service_logs/masters/kubelet_service.log");
        assert_eq!(kubelet.and_then(|hint| hint.artifact), Some(Artifact::KubeletLog));
        assert_eq!(of("m/q/timestamp").and_then(|hint| hint.artifact), Some(Artifact::CollectorNote));
    }

    #[test]
    fn the_collectors_own_layout_is_not_claimed() {
        for path in
            ["namespaces/shop/pods.json", "namespaces/shop/logs/web-1/app.log", "namespaces/a/describe/pod-b.txt"]
        {
            assert_eq!(of(path), None, "{path}");
        }
    }
}
