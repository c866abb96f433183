//! What the collector's record (`commands.tsv`) says of the outputs: which failed, which are empty because there was
//! nothing, which lists are whole.

use std::collections::{BTreeMap, BTreeSet};

use super::prevented;
use crate::artifact::LogRun;
use crate::layout;
use crate::model::{Facts, Gap, GapKind};
use crate::parse::bundle_header::CommandRun;

/// The commands of a bundle by the whole path of their output.
#[derive(Default)]
pub(super) struct Record {
    failed: BTreeMap<String, CommandRun>,
    fine: BTreeSet<String>,
}

impl Record {
    /// Adds the rows of the `commands.tsv` of a folder (`site/`).
    pub fn add(&mut self, folder: &str, runs: Vec<CommandRun>) {
        for run in runs {
            let path = format!("{folder}{}", run.path);
            match run.exit_status {
                Some(0) => {
                    self.fine.insert(path);
                }
                Some(_) => {
                    self.failed.insert(path, run);
                }
                None => {}
            }
        }
    }

    /// A command that failed makes its output a gap, whatever was written: kubectl prints an empty list when it is
    /// refused. A command that did not fail and printed nothing says that there is nothing: no gap.
    pub fn correct(&self, gaps: &mut Vec<Gap>) {
        gaps.retain(|gap| {
            gap.kind != GapKind::Empty || !(self.failed.contains_key(&gap.path) || self.fine.contains(&gap.path))
        });
        for (path, run) in &self.failed {
            if !gaps.iter().any(|gap| gap.path == *path) {
                gaps.push(Gap {
                    path: path.clone(),
                    kind: GapKind::Unreadable,
                    what: format!("`{}` ended with status {}", run.command, run.exit_status.unwrap_or_default()),
                    prevents: prevented(path),
                });
            }
        }
    }

    /// The kinds, each with the namespace, of which every object is named, because the list was asked for and came whole.
    pub fn whole_lists(&self) -> BTreeSet<(&'static str, String)> {
        let of = |path: &String| {
            let (folder, file) = path.rsplit_once('/')?;
            let kind = match file {
                "configmaps.txt" => "ConfigMap",
                "secrets.txt" => "Secret",
                "pvcs.json" => "PersistentVolumeClaim",
                "services.json" => "Service",
                "events.json" => "Event",
                "serviceaccounts.json" => "ServiceAccount",
                "storageclasses.json" => "StorageClass",
                _ => return None,
            };
            if folder.rsplit('/').next() == Some("cluster") {
                return (kind == "StorageClass").then(|| (kind, String::new()));
            }
            let (parent, namespace) = folder.rsplit_once('/')?;
            (parent.rsplit('/').next() == Some("namespaces")).then(|| (kind, namespace.to_string()))
        };
        self.fine.iter().filter_map(of).collect()
    }
}

/// The collector asks for the previous log of every container. That of one which never restarted is no gap.
pub(super) fn drop_logs_that_cannot_be(facts: &mut Facts) {
    let mut gaps = std::mem::take(&mut facts.gaps);
    gaps.retain(|gap| {
        let (_, hint) = layout::place(&gap.path);
        if gap.kind != GapKind::Absent || hint.run != LogRun::Previous || hint.pod.is_none() {
            return true;
        }
        let named = |fact: &Option<crate::text::Located<String>>, wanted: &Option<String>| {
            fact.as_ref().map(|located| &located.value) == wanted.as_ref()
        };
        let pod = facts.pods.iter().find(|pod| named(&pod.name, &hint.pod) && named(&pod.namespace, &hint.namespace));
        let container = pod.and_then(|pod| pod.containers.iter().find(|c| Some(&c.name) == hint.container.as_ref()));
        let ran_once = container.is_some_and(|container| {
            container.last_state.is_none() && container.restart_count.as_ref().is_some_and(|count| count.value == 0)
        });
        !ran_once
    });
    facts.gaps = gaps;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::{FileId, Place};

    fn run(path: &str, exit_status: i64) -> CommandRun {
        CommandRun {
            path: path.to_string(),
            exit_status: Some(exit_status),
            seconds: None,
            bytes: None,
            command: "kubectl get".to_string(),
            place: Place::of_line(FileId(0), 1, path),
        }
    }

    fn empty(path: &str) -> Gap {
        let (what, prevents) = (String::new(), String::new());
        Gap { path: path.to_string(), kind: GapKind::Empty, what, prevents }
    }

    #[test]
    fn an_output_of_nothing_is_no_gap_and_a_failed_one_is() {
        let mut record = Record::default();
        record.add("top/", vec![run("namespaces/a/secrets.txt", 0), run("namespaces/b/secrets.txt", 1)]);
        let mut gaps = ["a", "b", "c"].map(|name| empty(&format!("top/namespaces/{name}/secrets.txt"))).to_vec();
        record.correct(&mut gaps);
        let left: Vec<_> = gaps.iter().map(|gap| (gap.path.as_str(), gap.kind)).collect();
        assert_eq!(
            left,
            [("top/namespaces/c/secrets.txt", GapKind::Empty), ("top/namespaces/b/secrets.txt", GapKind::Unreadable)]
        );
    }

    #[test]
    fn a_list_that_came_is_whole() {
        let mut record = Record::default();
        record.add("", vec![run("namespaces/a/secrets.txt", 0), run("namespaces/b/configmaps.txt", 1)]);
        record.add("top/", vec![run("namespaces/a/configmaps.txt", 0), run("cluster/secrets.txt", 0)]);
        let whole: Vec<_> = record.whole_lists().into_iter().collect();
        assert_eq!(whole, [("ConfigMap", "a".to_string()), ("Secret", "a".to_string())]);
    }
}
