//! `kubectl cluster-info dump`: as a folder, and Verrazzano's variant of it. Its stdout form is one file, known by content.
//!
//! ```text
//! nodes.json
//! shop/pods.json  events.json  services.json  deployments.json …     or .yaml
//! shop/web-1/logs.txt                  all containers, between `==== START logs …` and `==== END logs …`
//! cluster-snapshot/shop/web-1/previous-logs.txt                      the variant's
//! ```
//! Only the names of the lists are of this layout's own: the folder above them is the namespace.

use std::collections::BTreeMap;

use super::resource::{kind_of, stem};
use super::{extension, file_of};
use crate::artifact::{Hint, LogRun};

/// The lists that the command writes into each namespace's folder.
const LISTS: [&str; 7] =
    ["events", "replication-controllers", "services", "daemonsets", "deployments", "replicasets", "pods"];

/// What a path of this layout says; `None` for a path that the command does not write.
pub fn place(parts: &[&str]) -> Option<Hint> {
    match parts {
        [.., namespace, pod, "logs.txt"] => Some(logs(namespace, pod, LogRun::Current)),
        [.., namespace, pod, "previous-logs.txt"] => Some(logs(namespace, pod, LogRun::Previous)),
        [.., pod, "logs.txt"] => Some(Hint { namespace: None, ..logs("", pod, LogRun::Current) }),
        [.., _, name] if is_list(name) => Some(file_of(name, kind_of(stem(name)), None)),
        [.., "nodes.json" | "nodes.yaml"] => parts.last().map(|name| file_of(name, Some("Node"), None)),
        _ => None,
    }
}

fn is_list(name: &str) -> bool {
    LISTS.contains(&stem(name)) && matches!(extension(name), "json" | "yaml")
}

/// The folder that holds the namespaces' folders, and the namespace, of a file in one of these.
pub fn namespace_folder(path: &str) -> Option<(&str, &str)> {
    let (folder, name) = path.rsplit_once('/')?;
    let folder = match name {
        "logs.txt" | "previous-logs.txt" => folder.rsplit_once('/').map_or("", |(namespace, _)| namespace),
        name if is_list(name) => folder,
        _ => return None,
    };
    Some(folder.rsplit_once('/').unwrap_or(("", folder)))
}

/// What a dump does not hold although it asks for it: a list that fails ends it, and nothing in it says so. Of each: what is
/// missing, as a clause, and what it would show.
pub fn not_collected<'p>(paths: impl Iterator<Item = &'p str>) -> Vec<(String, String)> {
    let (mut nodes, mut namespaces) = (false, BTreeMap::<&str, (bool, bool)>::new());
    for path in paths {
        nodes |= matches!(path.rsplit('/').next(), Some("nodes.json" | "nodes.yaml"));
        if let Some((_, namespace)) = namespace_folder(path) {
            let name = path.rsplit('/').next().unwrap_or(path);
            let (lists, pods) = namespaces.entry(namespace).or_default();
            *lists |= is_list(name);
            *pods |= stem(name) == "pods";
        }
    }
    let mut missing = Vec::new();
    if !nodes && !namespaces.is_empty() {
        missing.push(("the dump holds no list of nodes".to_string(), "the state of the nodes".to_string()));
    }
    for (namespace, _) in namespaces.iter().filter(|(_, (lists, pods))| *lists && !*pods) {
        missing.push((
            format!("the dump holds no list of the pods of namespace {namespace}"),
            format!("pods of namespace {namespace}"),
        ));
    }
    missing
}

/// Several logs with marks around them, or a log alone: the content tells.
fn logs(namespace: &str, pod: &str, run: LogRun) -> Hint {
    Hint { namespace: Some(namespace.to_string()), pod: Some(pod.to_string()), run, ..Hint::default() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::artifact::Artifact;

    fn of(path: &str) -> Option<Hint> {
        place(&path.split('/').collect::<Vec<_>>())
    }

    #[test]
    fn lists_and_logs() {
        let hint = of("cluster-snapshot/bobs-books/pods.json").expect("known");
        assert_eq!((hint.artifact, hint.kind), (Some(Artifact::Json), Some("Pod")));
        let hint = of("dump/kube-system/replication-controllers.yaml").expect("known");
        assert_eq!((hint.artifact, hint.kind), (Some(Artifact::Yaml), Some("ReplicationController")));
        let hint = of("cluster-snapshot/shop/web-1/logs.txt").expect("known");
        assert_eq!(
            (hint.artifact, hint.namespace.as_deref(), hint.pod.as_deref()),
            (None, Some("shop"), Some("web-1"))
        );
        assert_eq!(of("c/shop/web-1/previous-logs.txt").expect("known").run, LogRun::Previous);
        assert_eq!(of("dump/nodes.json").expect("known").kind, Some("Node"));
    }

    #[test]
    fn the_namespaces_lie_side_by_side() {
        assert_eq!(namespace_folder("x/dump/shop/pods.json"), Some(("x/dump", "shop")));
        assert_eq!(namespace_folder("shop/web-1/logs.txt"), Some(("", "shop")));
        assert_eq!(namespace_folder("shop/configmaps.json"), None);
    }

    #[test]
    fn what_a_partial_dump_lacks_is_told() {
        let lacks = |paths: &[&str]| not_collected(paths.iter().copied()).len();
        assert_eq!(lacks(&["d/nodes.json", "d/a/events.json", "d/a/pods.json", "d/a/p/logs.txt"]), 0);
        assert_eq!(lacks(&["d/a/events.json", "d/a/pods.json", "d/b/events.json", "d/c/p/logs.txt"]), 2);
        assert_eq!(lacks(&["dump.txt"]), 0);
    }

    #[test]
    fn other_names_are_not_claimed() {
        for path in ["pods.json", "shop/pods.txt", "shop/web-1/log.txt", "nodes.txt"] {
            assert_eq!(of(path), None, "{path}");
        }
    }
}
