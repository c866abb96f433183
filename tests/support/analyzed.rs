//! The report of a bundle that a test writes.

use std::fs;
use std::sync::atomic::{AtomicUsize, Ordering};

use kubemortem::analyze::{analyze, open};
use kubemortem::catalog::Catalog;
use kubemortem::model::Cluster;
use kubemortem::report;
use kubemortem::source::{Input, Limits, Opened};
use serde_json::{Value, json};

static COUNT: AtomicUsize = AtomicUsize::new(0);

/// The report of a bundle of these files, as JSON, and as text in both formats.
pub fn analyzed(files: &[(&str, String)]) -> (Value, String) {
    let catalog = Catalog::built_in().expect("pages");
    let postmortem = written(files, |root| analyze(&root, &Limits::default(), &catalog).expect("a report"));
    let json = report::json(&postmortem);
    (serde_json::from_str(&json).expect("JSON"), json + &report::markdown(&postmortem))
}

/// What a bundle of these files holds.
pub fn opened(files: &[(&str, String)]) -> (Vec<Cluster>, Opened) {
    written(files, |root| open(&root, &Limits::default()).expect("a bundle"))
}

/// What is made of a folder of these files.
fn written<T>(files: &[(&str, String)], read: impl FnOnce(Input) -> T) -> T {
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    let root = std::env::temp_dir().join(format!("kubemortem-analyzed-{}-{number}", std::process::id()));
    let _ = fs::remove_dir_all(&root);
    for (path, content) in files {
        let path = root.join(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, content).expect("written");
    }
    let made = read(Input::Path(root.clone()));
    let _ = fs::remove_dir_all(&root);
    made
}

/// A list as `kubectl get -o json` prints it.
pub fn list(items: Vec<Value>) -> String {
    serde_json::to_string_pretty(&json!({"apiVersion": "v1", "kind": "List", "items": items})).expect("JSON")
}

/// All evidence, each as its sentence and the cited text.
pub fn evidence(report: &Value) -> Vec<(String, String)> {
    let incidents = report["incidents"].as_array().expect("a list");
    let lines = incidents.iter().flat_map(|incident| incident["evidence"].as_array().expect("a list"));
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    lines.map(|line| (text(&line["shows"]), text(&line["text"]))).collect()
}

/// The incident of a cause; there must be one.
pub fn incident<'r>(report: &'r Value, cause: &str) -> &'r Value {
    let all = report["incidents"].as_array().expect("a list");
    all.iter().find(|incident| incident["cause"] == cause).unwrap_or_else(|| panic!("no {cause}: {report:#}"))
}
