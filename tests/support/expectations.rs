//! The samples, and how a report is held against a sample's `expected.json`.

use std::fs;
use std::path::{Path, PathBuf};

use kubemortem::analyze::analyze;
use kubemortem::catalog::Catalog;
use kubemortem::report;
use kubemortem::source::{Input, Limits};
use serde_json::Value;

/// The folders of all samples.
pub fn samples() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples");
    let mut all: Vec<PathBuf> = fs::read_dir(root)
        .expect("samples")
        .map(|entry| entry.expect("readable").path())
        .filter(|path| path.join("expected.json").is_file())
        .collect();
    all.sort();
    all
}

/// The JSON report of a bundle.
pub fn report_of(bundle: &Path, catalog: &Catalog) -> Value {
    let input = Input::Path(bundle.to_owned());
    let postmortem = analyze(&input, &Limits::default(), catalog).expect("a report");
    serde_json::from_str(&report::json(&postmortem)).expect("JSON")
}

fn text<'v>(value: &'v Value, path: &str) -> &'v str {
    value.pointer(path).and_then(Value::as_str).unwrap_or_default()
}

fn list<'v>(value: &'v Value, key: &str) -> Vec<&'v str> {
    value[key].as_array().map(|all| all.iter().filter_map(Value::as_str).collect()).unwrap_or_default()
}

/// Whether an incident is about the expected subject, whatever its cause.
fn same_subject(incident: &Value, expected: &Value) -> bool {
    let subject = &expected["subject"];
    let (namespace, name) = (text(subject, "/namespace"), text(subject, "/name"));
    let found = &incident["subject"];
    if !namespace.is_empty() && text(found, "/namespace") != namespace {
        return false;
    }
    let container = text(subject, "/container");
    if !container.is_empty() && !text(found, "/container").is_empty() && text(found, "/container") != container {
        return false;
    }
    let prefix = format!("{name}-");
    let pods = list(found, "pods");
    name.is_empty()
        || text(found, "/name") == name
        || (text(found, "/kind") != "Node"
            && (text(found, "/name").starts_with(&prefix)
                || pods.iter().any(|pod| *pod == name || pod.starts_with(&prefix))))
}

/// What must be found in a sample.
pub fn expected_of(sample: &Path) -> Value {
    serde_json::from_str(&fs::read_to_string(sample.join("expected.json")).expect("expected.json")).expect("JSON")
}

/// What a report says otherwise than is expected, in both directions.
pub fn check(expected: &Value, report: &Value) -> Vec<String> {
    let empty = Vec::new();
    let incidents = report["incidents"].as_array().unwrap_or(&empty);
    let wanted = expected["incidents"].as_array().expect("incidents");
    let mut faults = Vec::new();
    let mut matched: Vec<Option<usize>> = Vec::new();
    let mut used = vec![false; incidents.len()];
    if text(report, "/bundle/layout") != text(expected, "/layout") {
        faults.push(format!("layout {}", report["bundle"]["layout"]));
    }
    for want in wanted {
        let cause = text(want, "/cause");
        let found = incidents
            .iter()
            .enumerate()
            .position(|(index, incident)| !used[index] && same_subject(incident, want) && says(incident, cause));
        matched.push(found);
        match found {
            Some(index) => used[index] = true,
            None => {
                let root =
                    want["mayStandInPodsOf"].as_u64().and_then(|root| matched.get(root as usize).copied().flatten());
                let prefix = format!("{}-", text(want, "/subject/name"));
                let stands = root.is_some_and(|root| {
                    list(&incidents[root]["subject"], "pods").iter().any(|pod| pod.starts_with(&prefix))
                });
                if !stands {
                    let said: Vec<String> = incidents
                        .iter()
                        .filter(|incident| same_subject(incident, want))
                        .map(|incident| format!("{} ({})", text(incident, "/cause"), incident["confidence"]))
                        .collect();
                    faults.push(format!("no {cause} for {}; said of it: {}", want["subject"], said.join(", ")));
                }
            }
        }
    }
    for (want, found) in wanted.iter().zip(&matched) {
        let Some(incident) = found.map(|index| &incidents[index]) else { continue };
        let cause = text(want, "/cause");
        if want["severity"].is_string() && text(incident, "/severity") != text(want, "/severity") {
            faults.push(format!("{cause} {}: severity {}", want["subject"]["name"], incident["severity"]));
        }
        if let Some(kind) = want["subject"]["kind"].as_str()
            && text(incident, "/subject/kind") != kind
        {
            faults.push(format!("{cause}: kind {} for {kind}", incident["subject"]["kind"]));
        }
        if let Some(pods) = want["pods"].as_u64()
            && list(&incident["subject"], "pods").len() as u64 != pods
        {
            faults.push(format!("{cause} {}: pods {}", want["subject"]["name"], incident["subject"]["pods"]));
        }
        let evidence: Vec<&str> =
            incident["evidence"].as_array().unwrap_or(&empty).iter().map(|e| text(e, "/text")).collect();
        for cite in list(want, "mustCite") {
            if !evidence.iter().any(|line| line.contains(cite)) {
                faults.push(format!("{cause} {}: does not cite {cite:?}", want["subject"]["name"]));
            }
        }
        let whole = incident.to_string();
        for mention in list(want, "mustMention") {
            let escaped = Value::from(mention).to_string();
            if !whole.contains(escaped.trim_matches('"')) {
                faults.push(format!("{cause} {}: does not mention {mention:?}", want["subject"]["name"]));
            }
        }
        let root = want["causedBy"].as_u64().and_then(|root| matched.get(root as usize).copied().flatten());
        match root {
            Some(root) if incident["causedBy"] != incidents[root]["id"] => {
                faults.push(format!("{cause} {}: causedBy {}", want["subject"]["name"], incident["causedBy"]));
            }
            None if !incident["causedBy"].is_null() && want.get("causedBy").is_none() => {
                faults.push(format!("{cause}: causedBy {}", incident["causedBy"]));
            }
            _ => {}
        }
    }
    for want in wanted {
        for wrong in list(want, "mustNotSay") {
            let said = |incident: &&Value| same_subject(incident, want) && text(incident, "/cause") == wrong;
            if incidents.iter().enumerate().any(|(index, incident)| !used[index] && said(&incident)) {
                faults.push(format!("says {wrong} of {}", want["subject"]));
            }
        }
    }
    if expected["nothingElse"] == Value::Bool(true) {
        for (incident, used) in incidents.iter().zip(used) {
            if !used {
                faults.push(format!(
                    "also says {} ({}, {}) of {}",
                    text(incident, "/cause"),
                    text(incident, "/severity"),
                    incident["confidence"],
                    incident["subject"]
                ));
            }
        }
    }
    faults
}

fn says(incident: &Value, cause: &str) -> bool {
    text(incident, "/cause") == cause || list(incident, "causeParents").contains(&cause)
}

/// Causes that a report states and that are not expected; that it cannot tell is no fault here.
pub fn wrong_causes(expected: &Value, report: &Value) -> Vec<String> {
    let right = expected["incidents"].as_array().into_iter().flatten().map(|incident| text(incident, "/cause"));
    let right: Vec<&str> = right.chain(["unknown", "unexplained-exit", "sigkill-unexplained"]).collect();
    let all = report["incidents"].as_array().into_iter().flatten();
    all.filter(|incident| !right.iter().any(|cause| says(incident, cause)))
        .map(|incident| format!("says {} of {} ({})", incident["cause"], incident["subject"], incident["confidence"]))
        .collect()
}
