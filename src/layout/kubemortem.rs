//! The collector's bundle, layout version 1 (`scripts/collect.sh`).

use super::{MOST_LEADING, log_by_name};
use crate::artifact::{Artifact, Hint};

/// Whether the path is the header that the collector writes first.
pub fn is_marker(path: &str) -> bool {
    let depth = path.matches('/').count();
    depth <= MOST_LEADING && path.rsplit('/').next() == Some("kubemortem.yaml")
}

/// What a path of this layout says; `None` for a path the collector does not write.
pub fn place(parts: &[&str]) -> Option<Hint> {
    (0..parts.len().min(MOST_LEADING + 1)).find_map(|skip| below_top(&parts[skip..]))
}

fn below_top(parts: &[&str]) -> Option<Hint> {
    let hint = |artifact, namespace: &str| Hint {
        artifact: Some(artifact),
        namespace: (!namespace.is_empty()).then(|| namespace.to_string()),
        ..Hint::default()
    };
    let last = parts.last()?;
    let known_root = matches!(
        parts,
        ["cluster" | "namespaces", _, ..] | ["kubemortem.yaml" | "commands.tsv" | "skipped.tsv" | "SHA256SUMS"]
    );
    if known_root && last.ends_with(".stderr") {
        let namespace = if parts[0] == "namespaces" { parts[1] } else { "" };
        return Some(hint(Artifact::Stderr, namespace));
    }
    match parts {
        ["kubemortem.yaml"] => Some(hint(Artifact::BundleHeader, "")),
        ["commands.tsv" | "skipped.tsv"] => Some(hint(Artifact::Commands, "")),
        ["SHA256SUMS"] => Some(hint(Artifact::Checksums, "")),
        ["cluster", "describe", _] => Some(hint(Artifact::Describe, "")),
        ["cluster", "version.json"] => Some(hint(Artifact::Json, "")),
        ["cluster", "version.txt"] => Some(hint(Artifact::Version, "")),
        ["cluster", file] => by_extension(file).map(|artifact| hint(artifact, "")),
        ["namespaces", namespace, "describe", _] => Some(hint(Artifact::Describe, namespace)),
        ["namespaces", namespace, "logs", pod, file] => {
            file.strip_suffix(".log").map(|name| log_by_name(namespace, pod, name, ".previous"))
        }
        ["namespaces", namespace, file] => by_extension(file).map(|artifact| hint(artifact, namespace)),
        _ => None,
    }
}

fn by_extension(file: &str) -> Option<Artifact> {
    match file.rsplit_once('.')?.1 {
        "json" => Some(Artifact::Json),
        "yaml" | "yml" => Some(Artifact::Yaml),
        "txt" => Some(Artifact::Table),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::artifact::LogRun;

    fn place(path: &str) -> Option<Hint> {
        super::place(&path.split('/').collect::<Vec<_>>())
    }

    #[test]
    fn a_log_path_names_its_container() {
        let hint = place("site-a/namespaces/shop/logs/web-1/app.previous.log").expect("known");
        assert_eq!(hint.artifact, Some(Artifact::Log));
        assert_eq!((hint.namespace.as_deref(), hint.pod.as_deref()), (Some("shop"), Some("web-1")));
        assert_eq!((hint.container.as_deref(), hint.run), (Some("app"), LogRun::Previous));
    }

    #[test]
    fn the_top_folder_may_be_missing_or_nested() {
        for path in ["namespaces/a/pods.json", "x/namespaces/a/pods.json", "x/y/z/namespaces/a/pods.json"] {
            assert_eq!(place(path).and_then(|hint| hint.artifact), Some(Artifact::Json), "{path}");
        }
        assert_eq!(place("a/b/c/d/e/f/namespaces/a/pods.json"), None);
    }

    #[test]
    fn foreign_paths_are_not_claimed() {
        for path in ["describe-pod.txt", "cluster-resources/pods/shop.json", "namespaces/x/pods/p/c/c/logs/current.log"]
        {
            assert_eq!(place(path), None, "{path}");
        }
    }
}
