//! Troubleshoot support bundles (`kubectl support-bundle`), current and old.
//!
//! ```text
//! support-bundle-2026-01-31T10_00_00/version.yaml
//!   cluster-resources/nodes.json                         cluster-wide lists
//!   cluster-resources/deployments/shop.json              a list per namespace
//!   cluster-resources/pods-errors.json                   only where a list failed
//!   node-metrics/worker-1.json                           kubelet's summary: what the node and its pods use
//!   cluster-resources/pods/logs/shop/web-1/app.log       app-previous.log, app-logs-errors.log
//!   all-logs/web-1/app.log -> ../../cluster-resources/pods/logs/shop/web-1/app.log
//! ```
//! In old bundles the logs lie below the collector's name, with no namespace in the path: `load` finds their pods.

use super::resource::{kind_of, stem};
use super::{MOST_LEADING, file, file_of, log, log_by_name};
use crate::artifact::{Artifact, Hint, LogRun};

/// Lists of what is no object of Kubernetes' own, and of what is not read.
const NOT_READ: [&str; 4] = ["auth-cani-list", "image-pull-secrets", "groups", "resources"];

/// What a path below `cluster-resources/` and its neighbours says; `None` for any other path.
pub fn place(parts: &[&str]) -> Option<Hint> {
    let top = parts.iter().take(MOST_LEADING + 1).position(|part| *part == "cluster-resources");
    if let Some(top) = top {
        return Some(resource(&parts[top + 1..]));
    }
    let at_top = parts.len() <= MOST_LEADING + 1;
    match parts {
        [.., "cluster-info", "cluster_version.json"] => Some(file(Artifact::Json)),
        [.., "cluster-info" | "collector-errors", name] if name.ends_with(".json") => {
            Some(file(Artifact::CollectorErrors))
        }
        [.., "node-metrics", name] if name.ends_with(".json") => Some(file_of(name, Some("Summary"), None)),
        [.., "execution-data", "summary.txt"] => Some(file(Artifact::Other)),
        [.., "version.yaml"] if at_top && !parts.contains(&"clusterversions") => Some(file(Artifact::CollectorNote)),
        [.., "analysis.json" | "skipped-collectors.json"] if at_top => Some(file(Artifact::Other)),
        _ => None,
    }
}

/// Below `cluster-resources/`.
fn resource(parts: &[&str]) -> Hint {
    match parts {
        ["pods", "logs", namespace, pod, name] => {
            if let Some(container) = name.strip_suffix("-logs-errors.log") {
                return Hint {
                    artifact: Some(Artifact::CollectorErrors),
                    ..log(namespace, pod, container, LogRun::Unknown)
                };
            }
            let Some(container) = name.strip_suffix(".log") else { return file(Artifact::Other) };
            log_by_name(namespace, pod, container, "-previous")
        }
        [.., name] if name.ends_with("-errors.json") => file(Artifact::CollectorErrors),
        [kind, ..] if NOT_READ.contains(&stem(kind)) => file(Artifact::Other),
        [kind, name] => file_of(name, kind_of(kind), Some(stem(name))),
        [name] => file_of(name, kind_of(stem(name)), None),
        ["custom-resources", _, name] => file_of(name, None, None),
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
        for (path, pod, container, run) in [
            (
                "support-bundle/cluster-resources/pods/logs/kube-system/local-path-provisioner-7b7dc8d6f5-45btl/local-path-provisioner-previous.log",
                "local-path-provisioner-7b7dc8d6f5-45btl",
                "local-path-provisioner",
                LogRun::Previous,
            ),
            (
                "tests/support-bundle/cluster-resources/pods/logs/velero/velero-6996dd565b-xl44t/velero-previous.log",
                "velero-6996dd565b-xl44t",
                "velero",
                LogRun::Previous,
            ),
            ("cluster-resources/pods/logs/default/static-hi/static-hi.log", "static-hi", "static-hi", LogRun::Current),
        ] {
            let hint = of(path).expect("known");
            assert_eq!(hint.artifact, Some(Artifact::Log), "{path}");
            assert_eq!((hint.pod.as_deref(), hint.container.as_deref(), hint.run), (Some(pod), Some(container), run));
        }
    }

    #[test]
    fn lists_say_what_their_items_are() {
        let hint = of("supportbundle/cluster-resources/events/default.json").expect("known");
        assert_eq!((hint.artifact, hint.kind), (Some(Artifact::Json), Some("Event")));
        assert_eq!(hint.namespace.as_deref(), Some("default"));
        let hint = of("supportbundle/cluster-resources/nodes.json").expect("known");
        assert_eq!((hint.artifact, hint.kind, hint.namespace), (Some(Artifact::Json), Some("Node"), None));
        let hint = of("b/cluster-resources/custom-resources/certificates.cert-manager.io/shop.yaml").expect("known");
        assert_eq!((hint.artifact, hint.kind), (Some(Artifact::Yaml), None));
    }

    #[test]
    fn errors_are_what_could_not_be_collected() {
        for path in [
            "b/cluster-resources/pods-errors.json",
            "b/cluster-resources/custom-resources-errors.json",
            "b/cluster-info/errors.json",
            "b/collector-errors/etcd-error.json",
            "b/cluster-resources/pods/logs/shop/web-1/app-logs-errors.log",
        ] {
            assert_eq!(of(path).and_then(|hint| hint.artifact), Some(Artifact::CollectorErrors), "{path}");
        }
    }

    #[test]
    fn what_lies_elsewhere_is_not_claimed() {
        for path in ["supportbundle/all-logs/web-1/app.log", "static-hi.log", "a/b.json", "namespaces/x/core/pods.yaml"]
        {
            assert_eq!(of(path), None, "{path}");
        }
        assert_eq!(of("support-bundle/version.yaml").and_then(|hint| hint.artifact), Some(Artifact::CollectorNote));
        assert_eq!(of("cluster-scoped-resources/config.openshift.io/clusterversions/version.yaml"), None);
    }
}
