//! The zips of Rancher, Harvester and Longhorn (`support-bundle-kit`).
//!
//! ```text
//! supportbundle_…/metadata.yaml  bundleGenerationError.log
//!   logs/shop/web-1/app.log                      app.log.1 is the run before
//!   yamls/namespaced/shop/apps/v1/deployments.yaml
//!   yamls/cluster/v1/nodes.yaml
//!   nodes/worker-1.zip/…                         logs of services
//! ```
//! There are no logs of init containers. In the objects the kit writes the text `null` for null and for an empty text.

use super::resource::{kind_of, stem};
use super::{MOST_LEADING, file, file_of, log};
use crate::artifact::{Artifact, Hint, LogRun};

/// What a path of this layout says; `None` for a path that the kit does not write.
pub fn place(parts: &[&str]) -> Option<Hint> {
    let heads = &parts[..parts.len().min(MOST_LEADING + 1)];
    if let Some(at) = heads.iter().position(|part| *part == "yamls") {
        let objects = |hint: Hint| Some(Hint { null_words: true, ..hint });
        match &parts[at + 1..] {
            ["cluster", group, .., name] => return objects(file_of(name, kind_in(group, name), None)),
            ["namespaced", namespace, group, .., name] => {
                return objects(file_of(name, kind_in(group, name), Some(namespace)));
            }
            _ => {}
        }
    }
    if heads.windows(2).any(|pair| pair[0] == "nodes" && pair[1].ends_with(".zip")) {
        let kubelet = matches!(parts, [.., "logs", "kubelet.log"]);
        return Some(file(if kubelet { Artifact::KubeletLog } else { Artifact::Other }));
    }
    match parts {
        [.., "logs", namespace, pod, name] => {
            if let Some(container) = name.strip_suffix(".log.1") {
                return Some(log(namespace, pod, container, LogRun::Previous));
            }
            Some(log(namespace, pod, name.strip_suffix(".log")?, LogRun::Current))
        }
        [.., "bundleGenerationError.log"] => Some(file(Artifact::CollectorErrors)),
        [.., "metadata.yaml"] if parts.len() <= heads.len() => Some(file(Artifact::CollectorNote)),
        _ => None,
    }
}

/// The kind of a list, where its group is one of Kubernetes' own: others have a `nodes` too.
fn kind_in(group: &str, name: &str) -> Option<&'static str> {
    let own = !group.contains('.') && !matches!(group, "harvester" | "kubevirt" | "cdi" | "longhorn");
    kind_of(stem(name)).filter(|_| own)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(path: &str) -> Option<Hint> {
        place(&path.split('/').collect::<Vec<_>>())
    }

    #[test]
    fn logs_and_lists() {
        let hint = of("supportbundle_x/logs/longhorn-system/longhorn-manager-x/longhorn-manager.log.1").expect("known");
        assert_eq!((hint.artifact, hint.run), (Some(Artifact::Log), LogRun::Previous));
        assert_eq!(hint.container.as_deref(), Some("longhorn-manager"));
        let hint = of("logs/shop/web-1/app.log").expect("known");
        assert_eq!((hint.namespace.as_deref(), hint.pod.as_deref()), (Some("shop"), Some("web-1")));
        let hint = of("x/yamls/cluster/v1/nodes.yaml").expect("known");
        assert_eq!((hint.artifact, hint.kind), (Some(Artifact::Yaml), Some("Node")));
        let hint = of("x/yamls/namespaced/shop/apps/v1/deployments.yaml").expect("known");
        assert_eq!((hint.kind, hint.namespace.as_deref()), (Some("Deployment"), Some("shop")));
        let hint = of("yamls/namespaced/longhorn-system/longhorn.io/v1beta2/nodes.yaml").expect("known");
        assert_eq!((hint.artifact, hint.kind), (Some(Artifact::Yaml), None));
        let hint = of("yamls/namespaced/default/kubernetes/pods.yaml").expect("known");
        assert_eq!((hint.kind, hint.namespace.as_deref()), (Some("Pod"), Some("default")));
    }

    #[test]
    fn logs_of_services_are_no_pods_logs() {
        let artifact = |path: &str| of(path).and_then(|hint| hint.artifact);
        assert_eq!(artifact("x/nodes/worker-1.zip/logs/containerd.log"), Some(Artifact::Other));
        assert_eq!(artifact("x/nodes/worker-1.zip/logs/kubelet.log"), Some(Artifact::KubeletLog));
    }

    #[test]
    fn other_paths_are_not_claimed() {
        for path in ["namespaces/shop/logs/web-1/app.log", "a/logs/app.log", "logs/shop/web-1/app.txt"] {
            assert_eq!(of(path), None, "{path}");
        }
    }
}
