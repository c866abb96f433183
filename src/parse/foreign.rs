//! What foreign collectors say of their own run: when, and what they could not get.
//!
//! ```text
//! timestamp (must-gather)          2023-11-02 06:12:08.123456789 +0000 UTC m=+0.12     start, then end
//! metadata.yaml (Rancher)          bundleCreatedAt: "2023-11-02T06:12:08Z"
//! version.yaml (Troubleshoot)      apiVersion: troubleshoot.sh/v1beta2
//! pods-errors.json                 {"shop": "pods is forbidden: …"} or ["…"]; `null` and `{}` say that nothing went wrong
//! app-logs-errors.log              the API server's words instead of a log
//! ```
//! Empty means that the collector said nothing, which is no gap.

use jiff::Timestamp;
use serde_json::Value;

use super::Section;
use super::bundle_header::classify_error;
use crate::model::time::parse_time;
use crate::model::{Facts, Gap, GapKind, VersionFact};
use crate::text::Located;

/// So many failures are told one by one for a file; the others are counted.
const FAILURES: usize = 20;

/// What a collector's note says.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Note {
    /// When the bundle was collected.
    pub collected_at: Option<Located<Timestamp>>,
    /// It is the version file of a Troubleshoot support bundle.
    pub support_bundle: bool,
}

/// Reads a note; the version of the cluster, where it states one, goes into `facts`.
pub fn note(section: &Section<'_>, facts: &mut Facts) -> Note {
    let (mut note, mut group, mut kind) = (Note::default(), false, false);
    for (number, line) in section.lines().take(200) {
        let place = || section.place(number, line);
        if let Some(at) = go_time(line) {
            // The end of the run stands last.
            note.collected_at = Some(Located::new(at, place()));
            continue;
        }
        let Some((key, value)) = line.split_once(':') else { continue };
        let key = key.trim().trim_matches('"').to_ascii_lowercase();
        let value = value.trim().trim_matches(['"', '\'', ',']);
        match key.as_str() {
            "bundlecreatedat" | "bundlecreated" => {
                note.collected_at = parse_time(value).map(|at| Located::new(at, place()));
            }
            "kubernetesversion" if value.starts_with('v') => {
                facts.versions.push(VersionFact { server: true, version: Located::new(value.to_string(), place()) });
            }
            "apiversion" => {
                group |= value.starts_with("troubleshoot.sh/") || value.starts_with("troubleshoot.replicated.com/")
            }
            "kind" => kind |= value == "SupportBundle",
            _ => {}
        }
    }
    note.support_bundle = group && kind;
    note
}

/// Go's text of a time: `2023-11-02 06:12:08.123456789 +0000 UTC m=+0.12`.
fn go_time(line: &str) -> Option<Timestamp> {
    let mut words = line.split_whitespace();
    let (date, time, zone) = (words.next()?, words.next()?, words.next()?);
    let shaped = date.len() == 10 && time.len() >= 8 && zone.len() == 5 && zone.starts_with(['+', '-']);
    let zone = shaped.then(|| zone.split_at_checked(3)).flatten()?;
    parse_time(&format!("{date}T{time}{}:{}", zone.0, zone.1))
}

/// Reads what a collector could not get: gaps.
pub fn errors(section: &Section<'_>, facts: &mut Facts) {
    let text = section.text.trim();
    let all: Vec<(Option<String>, String)> = match serde_json::from_str::<Value>(text) {
        Ok(Value::Object(map)) => map.into_iter().map(|(of, words)| (Some(of), words_of(words))).collect(),
        Ok(Value::Array(list)) => list.into_iter().map(|words| (None, words_of(words))).collect(),
        Ok(Value::Null) => Vec::new(),
        _ => text.lines().filter(|line| !line.trim().is_empty()).map(|line| (None, line.trim().to_string())).collect(),
    };
    // What nobody can list is no failure to list it.
    // Nor is there a log of a container that was not started.
    let unstarted = |words: &str| words.contains("cannot get log") && words.contains("is waiting to start");
    let nothing =
        |words: &str| words.is_empty() || words.contains("the server does not allow this method") || unstarted(words);
    let all: Vec<_> = all.into_iter().filter(|(_, words)| !nothing(words)).collect();
    for (of, words) in all.iter().take(FAILURES) {
        let words: String = words.chars().take(300).collect();
        facts.gaps.push(Gap {
            path: section.path.to_owned(),
            kind: classify_error(&words).unwrap_or(GapKind::Unreadable),
            what: format!("the collector was told: {}", words.split_whitespace().collect::<Vec<_>>().join(" ")),
            prevents: asked_for(&words).unwrap_or_else(|| prevented(section, of.as_deref())),
        });
    }
    if all.len() > FAILURES {
        facts.gaps.push(Gap {
            path: section.path.to_owned(),
            kind: GapKind::Unreadable,
            what: format!("the collector failed {} times more", all.len() - FAILURES),
            prevents: "what it asked for".to_string(),
        });
    }
}

fn words_of(value: Value) -> String {
    match value {
        Value::String(words) => words,
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

/// What a failure says itself that was asked for: `failed to get /api/v1/namespaces/shop/pods: …`, `failed to get pods: …`,
/// `cannot get log for pod web-1 container app: …`.
fn asked_for(words: &str) -> Option<String> {
    if let Some((_, of)) = words.split_once("cannot get log for pod ") {
        let mut words = of.split([' ', ':']);
        let (pod, container) = (words.next()?, words.nth(1)?);
        return Some(format!("what container {container} of pod {pod} printed"));
    }
    let (_, rest) = words.split_once("ailed to get ")?;
    let (asked, _) = rest.split_once(": ")?;
    let parts: Vec<&str> = asked.split('/').filter(|part| !part.is_empty()).collect();
    match parts.as_slice() {
        [.., "namespaces", namespace, what] => Some(format!("{what} of namespace {namespace}")),
        [.., what] if !what.contains(' ') => Some((*what).to_string()),
        _ => None,
    }
}

/// What cannot be said because of a failure, from the path and the key it stands under.
fn prevented(section: &Section<'_>, of: Option<&str>) -> String {
    if let (Some(pod), Some(container)) = (&section.hint.pod, &section.hint.container) {
        return format!("what container {container} of pod {pod} printed");
    }
    let name = section.path.rsplit('/').next().unwrap_or(section.path);
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    let what = stem.trim_end_matches("-errors").trim_end_matches("-error");
    match of {
        Some(namespace) => format!("{what} of namespace {namespace}"),
        None if matches!(what, "errors" | "bundleGenerationError") => "what the collector asked for".to_string(),
        None => what.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::artifact::{Artifact, Hint};
    use crate::text::SectionId;

    fn section<'t>(path: &'t str, text: &'t str) -> Section<'t> {
        let (id, hint, artifact) = (SectionId::default(), Hint::default(), Artifact::CollectorNote);
        Section { id, artifact, path, first_line: 1, text, hint, command: None }
    }

    #[test]
    fn a_run_ends_at_its_last_time() {
        let text = "2023-11-02 06:10:01.5 +0000 UTC m=+0.1\n2023-11-02 08:12:08.123456789 +0200 CEST m=+127.2\n";
        let at = note(&section("m/timestamp", text), &mut Facts::default()).collected_at.expect("a time");
        assert_eq!(Some(at.value), parse_time("2023-11-02T06:12:08.123456789Z"));
        assert_eq!(at.place.line, 2);
    }

    #[test]
    fn notes_of_other_collectors() {
        let mut facts = Facts::default();
        let text = "projectName: Longhorn\nkubernetesVersion: v1.24.4\nbundleCreatedAt: \"2022-10-06T09:23:55Z\"\n";
        let found = note(&section("metadata.yaml", text), &mut facts);
        assert_eq!(found.collected_at.map(|at| at.value), parse_time("2022-10-06T09:23:55Z"));
        assert_eq!(facts.versions[0].version.value, "v1.24.4");
        let text = "apiVersion: troubleshoot.sh/v1beta2\nkind: SupportBundle\nspec:\n  versionNumber: v0.50.0\n";
        assert!(note(&section("version.yaml", text), &mut Facts::default()).support_bundle);
        assert_eq!(note(&section("version", "\n"), &mut Facts::default()), Note::default());
        assert_eq!(
            note(&section("version", "\u{e4}\u{e4} b \u{e4}+000 c:\0\n"), &mut Facts::default()),
            Note::default()
        );
    }

    #[test]
    fn failures_are_gaps_of_their_kind() {
        let mut facts = Facts::default();
        let text = r#"{"shop":"pods is forbidden: User \"x\" cannot list resource \"pods\"","mail":null}"#;
        errors(&section("b/cluster-resources/pods-errors.json", text), &mut facts);
        errors(
            &section("b/cluster-resources/nodes-errors.json", r#"["Get \"https://10.0.0.1\": i/o timeout"]"#),
            &mut facts,
        );
        errors(&section("b/cluster-resources/jobs-errors.json", "null"), &mut facts);
        errors(&section("b/cluster-resources/jobs-errors.json", "{}"), &mut facts);
        let text = "Failed to get /api/v1/namespaces/a/bindings: the server does not allow this method on the requested resource\n\
                    Failed to get /apis/apps/v1/namespaces/a/deployments: context deadline exceeded\n\
                    Support Bundle: failed to get podmetrics: the server is currently unable to handle the request\n\
                    BUG: Support bundle: cannot get log for pod web-1 container app: context deadline exceeded\n\
                    BUG: Support bundle: cannot get log for pod web-2 container app: container \"app\" in pod \"web-2\" is waiting to start: ContainerCreating\n";
        errors(&section("b/bundleGenerationError.log", text), &mut facts);
        let told = facts.gaps.split_off(2);
        let told: Vec<_> = told.iter().map(|gap| gap.prevents.as_str()).collect();
        assert_eq!(told, ["deployments of namespace a", "podmetrics", "what container app of pod web-1 printed"]);
        let gaps: Vec<_> = facts.gaps.iter().map(|gap| (gap.kind, gap.prevents.as_str())).collect();
        assert_eq!(gaps, [(GapKind::Forbidden, "pods of namespace shop"), (GapKind::Unreadable, "nodes")]);
    }
}
