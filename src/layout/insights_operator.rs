//! Archives of OpenShift's insights-operator.
//!
//! ```text
//! config/pod/shop/web-1.json                       an object per pod that is not well
//! config/pod/shop/logs/web-1/app_current.log       app_previous.log; older: errors.log, lines of all containers
//! config/node/worker-1.json  config/node/logs/worker-1.log
//! conditional/namespaces/shop/pods/web-1/containers/app/logs/last-100-lines.log
//! events/openshift-machine-api.json                a list without kinds
//! ```

use super::resource::stem;
use super::{MOST_LEADING, extension, file, file_of, log, log_by_name};
use crate::artifact::{Artifact, Hint, LogRun};

/// What a path of this layout says; `None` for a path that the operator does not write.
///
/// A must-gather brings along the operator's last archives, which tell of the same cluster hours before: they are no part
/// of what it tells now.
pub fn place(parts: &[&str]) -> Option<Hint> {
    let heads = parts.len().min(MOST_LEADING + 1);
    if parts[..heads].contains(&"insights-data") {
        return None;
    }
    (0..heads).find_map(|skip| below_top(&parts[skip..]))
}

fn below_top(parts: &[&str]) -> Option<Hint> {
    match parts {
        ["config", "pod", namespace, "logs", pod, name] | ["config", "pod", namespace, pod, name]
            if name.ends_with(".log") =>
        {
            let container = stem(name);
            let current = container.strip_suffix("_current");
            let of_one = current.is_some() || container.ends_with("_previous");
            let hint = log_by_name(namespace, pod, current.unwrap_or(container), "_previous");
            // The lines of all containers.
            Some(if of_one { hint } else { Hint { container: None, ..hint } })
        }
        ["config", "pod", namespace, name] if extension(name) == "json" => {
            Some(file_of(name, Some("Pod"), Some(namespace)))
        }
        ["config", "node", name] if extension(name) == "json" => Some(file_of(name, Some("Node"), None)),
        ["config", "node", "logs", name] if extension(name) == "log" => Some(file(Artifact::KubeletLog)),
        ["config", "node", "logs", ..] => Some(file(Artifact::Other)),
        ["config", "clusteroperator", _] => Some(Hint { kind: Some("ClusterOperator"), ..file(Artifact::Json) }),
        ["config", "machineconfigpools", _] => Some(Hint { kind: Some("MachineConfigPool"), ..file(Artifact::Json) }),
        ["config", "certificatesigningrequests", _] => {
            Some(Hint { kind: Some("CertificateSigningRequest"), ..file(Artifact::Json) })
        }
        ["config", "version" | "version.json"] => Some(Hint { kind: Some("ClusterVersion"), ..file(Artifact::Json) }),
        ["config", "id" | "metrics" | "clusteroperator" | "configmaps" | "olm_operators.json", ..] => {
            Some(file(Artifact::Other))
        }
        ["conditional", "namespaces", namespace, "pods", pod, "containers", container, logs, _] => {
            let run = match *logs {
                "logs" => LogRun::Current,
                "logs-previous" => LogRun::Previous,
                _ => return None,
            };
            Some(log(namespace, pod, container, run))
        }
        ["conditional", "namespaces", namespace, "pods", pod, name] if stem(name) == *pod => {
            Some(file_of(name, Some("Pod"), Some(namespace)))
        }
        ["events", namespace] if extension(namespace) == "json" => {
            Some(file_of(namespace, Some("Event"), Some(stem(namespace))))
        }
        ["events", namespace, name @ "events.json"] => Some(file_of(name, Some("Event"), Some(namespace))),
        ["insights-operator", "gathers.json" | "gathers"] => Some(file(Artifact::CollectorNote)),
        _ => None,
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
        let hint = of("config/pod/openshift-etcd/logs/etcd-0/etcd_previous.log").expect("known");
        assert_eq!((hint.artifact, hint.run), (Some(Artifact::Log), LogRun::Previous));
        assert_eq!((hint.pod.as_deref(), hint.container.as_deref()), (Some("etcd-0"), Some("etcd")));
        let path =
            "config/pod/openshift-apiserver-operator/logs/openshift-apiserver-operator-6ddb679b87-4kn55/errors.log";
        let hint = of(path).expect("known");
        assert_eq!((hint.artifact, hint.container), (Some(Artifact::Log), None));
        let path = "archive/conditional/namespaces/a/pods/p/containers/c/logs/last-100-lines.log";
        assert_eq!(of(path).and_then(|hint| hint.container).as_deref(), Some("c"));
        let path = "conditional/namespaces/a/pods/p/containers/c/logs-previous/last-100-lines.log";
        assert_eq!(of(path).map(|hint| hint.run), Some(LogRun::Previous));
    }

    #[test]
    fn objects() {
        let path = "docs/insights-archive-sample/config/pod/openshift-monitoring/prometheus-k8s-0.json";
        let hint = of(path).expect("known");
        assert_eq!((hint.artifact, hint.kind), (Some(Artifact::Json), Some("Pod")));
        assert_eq!(of("config/node/worker-1.json").and_then(|hint| hint.kind), Some("Node"));
        assert_eq!(of("events/openshift-machine-api.json").and_then(|hint| hint.kind), Some("Event"));
        assert_eq!(of("config/node/logs/worker-1.log").and_then(|hint| hint.artifact), Some(Artifact::KubeletLog));
    }

    #[test]
    fn events_lie_in_a_file_or_in_a_folder_of_the_namespace() {
        for path in ["events/openshift-machine-api.json", "x/events/openshift-machine-api/events.json"] {
            let hint = of(path).expect("known");
            assert_eq!(
                (hint.kind, hint.namespace.as_deref()),
                (Some("Event"), Some("openshift-machine-api")),
                "{path}"
            );
        }
    }

    #[test]
    fn other_paths_are_not_claimed() {
        for path in [
            "config/ingress.json",
            "shop/config/pod.json",
            "events.json",
            "m/x-sha256-0/insights-data/insights-1.tar.gz/config/pod/a/p.json",
        ] {
            assert_eq!(of(path), None, "{path}");
        }
    }
}
