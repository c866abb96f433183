//! What the collector says of its own work: `kubemortem.yaml`, `commands.tsv`, and stderr beside an output.
//!
//! ```text
//! layoutVersion: 1
//! collectedAt: "2026-03-03T10:00:00Z"
//! kubectlVersion: v1.30.1
//! serverVersion: v1.29.4
//! scope: { cluster: true, namespaces: [shop] }
//! flags: [--namespace, shop]
//! checksums: SHA256SUMS
//! ```
//! Owns these files and the kinds of failure that kubectl's words stand for. Knows no object of the cluster.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Deserialize;
use serde_yaml::Spanned;

use super::Section;
use super::sections::recognise;
use crate::model::time::parse_time;
use crate::model::{Facts, Gap, GapKind, VersionFact};
use crate::text::{LineIndex, Located, Place};

/// `kubemortem.yaml`. `None`: the header does not say.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct BundleFacts {
    /// Version of the bundle's layout.
    pub layout_version: Option<u64>,
    /// When the collector started.
    pub collected_at: Option<Located<Timestamp>>,
    /// Version of the kubectl that collected.
    pub kubectl_version: Option<Located<String>>,
    /// Version of the API server.
    pub server_version: Option<Located<String>>,
    /// Whether objects outside namespaces were asked for.
    pub cluster: Option<bool>,
    /// Namespaces that were asked for.
    pub namespaces: Option<Vec<String>>,
    /// Flags the collector was run with.
    pub flags: Vec<String>,
    /// Why the collector stopped before its end: a signal, a full disk, the size cap.
    pub stopped: Option<Located<String>>,
    /// A `SHA256SUMS` was written too.
    pub checksums: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Raw {
    layout_version: Option<u64>,
    collected_at: Option<Spanned<String>>,
    kubectl_version: Option<Spanned<String>>,
    server_version: Option<Spanned<String>>,
    scope: Option<Scope>,
    flags: Option<Words>,
    stopped: Option<Spanned<String>>,
    checksums: Option<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Scope {
    Parts { cluster: Option<bool>, namespaces: Option<Words> },
    Words(Words),
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Words {
    Many(Vec<String>),
    One(String),
}

impl Words {
    fn list(self) -> Vec<String> {
        match self {
            Words::Many(list) => list,
            Words::One(line) => line.split_whitespace().map(str::to_owned).collect(),
        }
    }
}

/// Reads `kubemortem.yaml`; its versions go into `facts`, and a gap where it cannot be read (then it says nothing).
pub fn header(section: &Section<'_>, facts: &mut Facts) -> BundleFacts {
    let raw: Raw = match serde_yaml::from_str(section.text) {
        Ok(raw) => raw,
        Err(error) => {
            let line = error.location().map(|at| at.line() + section.first_line - 1);
            let at = line.map(|line| format!(" (line {line})")).unwrap_or_default();
            facts.gaps.push(Gap {
                path: section.path.to_owned(),
                kind: GapKind::Unreadable,
                what: format!("the collector's header is no YAML of its form{at}"),
                prevents: "when and with which scope the bundle was collected".to_owned(),
            });
            return BundleFacts::default();
        }
    };
    let index = LineIndex::new(section.text);
    let place = |line: u64| Place::of_line(section.file(), line + section.first_line - 1, index.line(line));
    let located = |value: Option<Spanned<String>>| {
        value
            .filter(|value| !matches!(value.value.as_str(), "" | "null" | "unknown"))
            .map(|value| Located::new(value.value, place(value.referenced.line())))
    };
    let (cluster, namespaces) = match raw.scope {
        Some(Scope::Parts { cluster, namespaces }) => (cluster, namespaces.map(Words::list)),
        Some(Scope::Words(words)) => (None, Some(words.list())),
        None => (None, None),
    };
    let header = BundleFacts {
        layout_version: raw.layout_version,
        collected_at: located(raw.collected_at)
            .and_then(|at| parse_time(&at.value).map(|time| Located::new(time, at.place))),
        kubectl_version: located(raw.kubectl_version),
        server_version: located(raw.server_version),
        cluster,
        namespaces,
        flags: raw.flags.map(Words::list).unwrap_or_default(),
        stopped: located(raw.stopped),
        checksums: raw.checksums.is_some(),
    };
    if let Some(stopped) = &header.stopped {
        let words: String = stopped.value.chars().take(200).collect();
        facts.gaps.push(Gap {
            path: section.path.to_owned(),
            kind: GapKind::NotCollected,
            what: format!("the collection ended early: {words}"),
            prevents: "what had not been asked for by then".to_owned(),
        });
    }
    for (server, version) in [(false, &header.kubectl_version), (true, &header.server_version)] {
        facts.versions.extend(version.clone().map(|version| VersionFact { server, version }));
    }
    header
}

/// One row of `commands.tsv`.
#[derive(Debug, Clone, PartialEq)]
pub struct CommandRun {
    /// Path of the output inside the bundle.
    pub path: String,
    /// How the command ended; `None` where the cell is no number.
    pub exit_status: Option<i64>,
    /// How long it ran.
    pub seconds: Option<f64>,
    /// Bytes written.
    pub bytes: Option<u64>,
    /// The command line.
    pub command: String,
    /// The row.
    pub place: Place,
}

/// Reads `commands.tsv` for what no other file tells: a command that was stopped before its end is a gap. Other failures
/// have their words beside the output, in `<path>.stderr`.
pub fn commands(section: &Section<'_>, facts: &mut Facts) {
    for run in runs(section) {
        let Some(status @ (124 | 137 | 143)) = run.exit_status else { continue };
        let time = run.seconds.map(|seconds| format!(" after {seconds} s")).unwrap_or_default();
        let words: String = run.command.chars().take(200).collect();
        facts.gaps.push(Gap {
            path: run.path,
            kind: GapKind::Unreadable,
            what: format!("the command was stopped{time} (status {status}): {words}"),
            prevents: "what it had not yet printed".to_owned(),
        });
    }
}

/// Reads `skipped.tsv`: outputs that the collector did not ask for any more, and why. One gap for each reason.
pub fn skipped(section: &Section<'_>, facts: &mut Facts) {
    let mut lines = section.lines();
    if lines.next().is_none_or(|(_, line)| line.trim_end() != "path\treason") {
        return;
    }
    let mut counts: BTreeMap<&str, (u64, u64, u64)> = BTreeMap::new();
    for (_, line) in lines {
        let Some((path, reason)) = line.trim_end().split_once('\t') else { continue };
        let count = counts.entry(reason).or_default();
        match path {
            _ if path.contains("/logs/") => count.0 += 1,
            _ if path.contains("/describe/") => count.1 += 1,
            _ => count.2 += 1,
        }
    }
    for (reason, (logs, descriptions, lists)) in counts {
        let kinds = [(logs, "logs"), (descriptions, "descriptions"), (lists, "lists")];
        let words: Vec<String> =
            kinds.iter().filter(|(count, _)| *count > 0).map(|(count, kind)| format!("{count} {kind}")).collect();
        let reason: String = reason.chars().take(200).collect();
        facts.gaps.push(Gap {
            path: section.path.to_owned(),
            kind: GapKind::NotCollected,
            what: format!("{} were not asked for: {reason}", words.join(", ")),
            prevents: "what they would have shown".to_owned(),
        });
    }
}

/// The rows of `commands.tsv`. Columns go by the header row; a table without one has the order of this program's own collector.
pub fn runs(section: &Section<'_>) -> Vec<CommandRun> {
    let mut columns = vec!["path", "exitStatus", "seconds", "bytes", "command"];
    let mut runs = Vec::new();
    for (number, line) in section.lines() {
        let cells: Vec<&str> = line.split('\t').collect();
        if cells.contains(&"exitStatus") {
            columns = cells;
            continue;
        }
        let cell = |name: &str| columns.iter().position(|column| *column == name).and_then(|at| cells.get(at)).copied();
        let (Some(path), true) = (cell("path").filter(|path| !path.trim().is_empty()), cells.len() > 1) else {
            continue;
        };
        runs.push(CommandRun {
            path: path.to_owned(),
            exit_status: cell("exitStatus").and_then(|cell| cell.trim().parse().ok()),
            seconds: cell("seconds")
                .and_then(|cell| cell.trim().parse().ok())
                .filter(|seconds: &f64| seconds.is_finite()),
            bytes: cell("bytes").and_then(|cell| cell.trim().parse().ok()),
            command: cell("command").unwrap_or_default().to_owned(),
            place: section.place(number, line),
        });
    }
    runs
}

/// What kind of absence kubectl's words on stderr stand for; `None` where they are no failure (warnings,
/// `No resources found`) or nothing that is known.
pub fn classify_error(text: &str) -> Option<GapKind> {
    failure(text).map(|(kind, _)| kind)
}

/// The same, with the line that says so.
pub fn failure(text: &str) -> Option<(GapKind, &str)> {
    let lines = text.lines().take(500).filter(|line| !recognise::is_noise(line));
    lines.map(str::trim).find_map(|line| Some((classify_line(line)?, line)))
}

fn classify_line(line: &str) -> Option<GapKind> {
    let line = line.trim();
    if line.starts_with("No resources found") {
        return None;
    }
    // The collector's own words, below kubectl's. What it stopped has its row in `commands.tsv`.
    if let Some(words) = line.strip_prefix("kubemortem: ") {
        return (words.starts_with("cut at") || words.starts_with("the output ends early"))
            .then_some(GapKind::Truncated);
    }
    let reason = line
        .split_once("rror from server (")
        .and_then(|(_, rest)| rest.split_once(')'))
        .map(|(reason, _)| reason)
        .unwrap_or_default();
    match reason {
        "Forbidden" | "Unauthorized" => return Some(GapKind::Forbidden),
        "NotFound" => return Some(GapKind::Absent),
        "Timeout" | "ServerTimeout" | "ServiceUnavailable" | "InternalError" | "TooManyRequests" | "Expired" => {
            return Some(GapKind::Unreadable);
        }
        _ => {}
    }
    let lower = line.to_ascii_lowercase();
    let any = |parts: &[&str]| parts.iter().any(|part| lower.contains(part));
    if any(&["forbidden", "unauthorized", "must be logged in to the server", "is not allowed to", "permission denied"])
    {
        return Some(GapKind::Forbidden);
    }
    if any(&[
        "previous terminated container",
        "metrics api not available",
        "doesn't have a resource type",
        "could not find the requested resource",
        "no matches for kind",
        "is waiting to start",
    ]) {
        return Some(GapKind::Absent);
    }
    if any(&["unexpected eof"]) {
        return Some(GapKind::Truncated);
    }
    if any(&[
        "timed out",
        "timeout",
        "deadline exceeded",
        "connection refused",
        "connection reset",
        "was refused",
        "unable to connect",
        "unable to handle the request",
        "unable to retrieve container logs",
        "no such host",
        "no route to host",
        "http2: ",
        "x509: ",
        "unknown command",
        "unknown flag",
    ]) || lower.ends_with("eof")
    {
        return Some(GapKind::Unreadable);
    }
    if any(&["not found"]) {
        return Some(GapKind::Absent);
    }
    recognise::is_error(line).then_some(GapKind::Unreadable)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::artifact::{Artifact, Hint};
    use crate::text::SectionId;

    fn section(text: &str) -> Section<'_> {
        let (id, hint, artifact) = (SectionId::default(), Hint::default(), Artifact::BundleHeader);
        Section { id, artifact, path: "b/kubemortem.yaml", first_line: 1, text, hint, command: None }
    }

    #[test]
    fn a_header() {
        let mut facts = Facts::default();
        let text = "# by the collector\nlayoutVersion: 1\ncollectedAt: \"2026-03-03T10:00:00Z\"\nkubectlVersion: v1.30.1\n\
                    serverVersion: v1.29.4+k3s1\nscope:\n  cluster: true\n  namespaces: [shop, mail]\n\
                    flags: [--namespace, shop]\nsomethingNew: [1]\n";
        let header = header(&section(text), &mut facts);
        assert_eq!(header.layout_version, Some(1));
        let at = header.collected_at.expect("a time");
        assert_eq!(Some(at.value), parse_time("2026-03-03T10:00:00Z"));
        assert_eq!((at.place.line, &*at.place.text), (3, "collectedAt: \"2026-03-03T10:00:00Z\""));
        assert_eq!(header.cluster, Some(true));
        assert_eq!(header.namespaces, Some(vec!["shop".to_owned(), "mail".to_owned()]));
        assert_eq!(header.flags, ["--namespace", "shop"]);
        let versions: Vec<_> =
            facts.versions.iter().map(|v| (v.server, v.version.value.as_str(), v.version.place.line)).collect();
        assert_eq!(versions, [(false, "v1.30.1", 4), (true, "v1.29.4+k3s1", 5)]);
        assert!(facts.gaps.is_empty());
    }

    #[test]
    fn headers_that_say_less() {
        let mut facts = Facts::default();
        let text = "layoutVersion: 1\ncollectedAt: 2026-03-03T10:00:00Z\nserverVersion: \"\"\nscope: shop\n";
        let header = header(&section(text), &mut facts);
        assert!(header.collected_at.is_some() && header.server_version.is_none() && header.kubectl_version.is_none());
        assert_eq!((header.cluster, header.namespaces), (None, Some(vec!["shop".to_owned()])));
        assert!(facts.versions.is_empty());
    }

    #[test]
    fn headers_that_are_none() {
        for text in
            ["layoutVersion: [", "- 1\n", "collectedAt: {a: b}\n", "\0\0", "a: &a [*a, *a]\nlayoutVersion: *a\n"]
        {
            let mut facts = Facts::default();
            assert_eq!(header(&section(text), &mut facts), BundleFacts::default(), "{text}");
            assert_eq!(facts.gaps.iter().map(|gap| gap.kind).collect::<Vec<_>>(), [GapKind::Unreadable], "{text}");
        }
    }

    #[test]
    fn what_was_not_asked_for_is_a_gap_for_each_reason() {
        let mut facts = Facts::default();
        let text = "path\treason\nnamespaces/a/logs/b/c.log\tthe disk is full\nnamespaces/a/logs/b/c.previous.log\tthe disk is \
                    full\ncluster/services.json\tthe disk is full\n";
        skipped(&section(text), &mut facts);
        let said: Vec<_> = facts.gaps.iter().map(|gap| (gap.kind, gap.what.as_str())).collect();
        assert_eq!(said, [(GapKind::NotCollected, "2 logs, 1 lists were not asked for: the disk is full")]);
    }

    #[test]
    fn a_collection_that_was_stopped_says_so() {
        let mut facts = Facts::default();
        let text = "layoutVersion: 1\nmasked: { envValues: 1, arguments: 0 }\nstopped: \"interrupted (SIGINT)\"\npartial:\n  - \"a\"\n";
        let header = header(&section(text), &mut facts);
        assert_eq!(header.stopped.map(|stopped| stopped.value).as_deref(), Some("interrupted (SIGINT)"));
        let said: Vec<_> = facts.gaps.iter().map(|gap| (gap.kind, gap.what.as_str())).collect();
        assert_eq!(said, [(GapKind::NotCollected, "the collection ended early: interrupted (SIGINT)")]);
    }

    #[test]
    fn rows_of_commands() {
        let text = "path\texitStatus\tseconds\tbytes\tcommand\n\
                    cluster/nodes.json\t0\t1.5\t9217\tkubectl get nodes -o json\n\
                    a.log\t1\tx\t0\tkubectl logs a --previous\r\n\
                    \nhalf";
        let runs = runs(&section(text));
        assert_eq!(runs.len(), 2);
        assert_eq!(
            (runs[0].path.as_str(), runs[0].exit_status, runs[0].seconds),
            ("cluster/nodes.json", Some(0), Some(1.5))
        );
        assert_eq!(runs[0].bytes, Some(9217));
        assert_eq!((runs[1].exit_status, runs[1].seconds), (Some(1), None));
        assert_eq!(runs[1].command, "kubectl logs a --previous");
        assert_eq!(runs[1].place.line, 3);
    }

    #[test]
    fn a_command_that_was_stopped_is_a_gap() {
        let mut facts = Facts::default();
        commands(
            &section(
                "a.json\t0\t1\t5\tkubectl get a\nb.json\t124\t60\t9\tkubectl get b\nc.log\t1\t1\t0\tkubectl logs c\n",
            ),
            &mut facts,
        );
        let gaps: Vec<_> = facts.gaps.iter().map(|gap| (gap.path.as_str(), gap.kind, gap.what.as_str())).collect();
        let stopped = "the command was stopped after 60 s (status 124): kubectl get b";
        assert_eq!(gaps, [("b.json", GapKind::Unreadable, stopped)]);
    }

    #[test]
    fn errors_and_what_they_mean() {
        use GapKind::{Absent, Forbidden, Truncated, Unreadable};
        for (text, expected) in [
            ("Error from server (Forbidden): pods is forbidden: User \"jo\" cannot list resource", Some(Forbidden)),
            ("error: You must be logged in to the server (Unauthorized)", Some(Forbidden)),
            ("Error from server (NotFound): pods \"web\" not found", Some(Absent)),
            (
                "Error from server (BadRequest): previous terminated container \"a\" in pod \"b\" not found",
                Some(Absent),
            ),
            (
                "Error from server (BadRequest): container \"a\" in pod \"b\" is waiting to start: ImagePull",
                Some(Absent),
            ),
            ("error: Metrics API not available", Some(Absent)),
            ("error: the server doesn't have a resource type \"hpa\"", Some(Absent)),
            ("Unable to connect to the server: dial tcp 10.0.0.1:6443: i/o timeout", Some(Unreadable)),
            (
                "The connection to the server 10.0.0.1:6443 was refused - did you specify the right host?",
                Some(Unreadable),
            ),
            ("Error from server: Get \"https://10.0.0.2:10250/containerLogs/a/b/c\": EOF", Some(Unreadable)),
            ("error: unexpected EOF", Some(Truncated)),
            (
                "Error from server (ServiceUnavailable): the server is currently unable to handle the request",
                Some(Unreadable),
            ),
            ("error: something new", Some(Unreadable)),
            ("kubemortem: cut at 5000 bytes; its end is missing", Some(Truncated)),
            ("kubemortem: timed out after 60 s", None),
            (
                "E0303 10:00:00.1  7 memcache.go:287] couldn't get resource list\nerror: Metrics API not available",
                Some(Absent),
            ),
            ("Warning: v1 ComponentStatus is deprecated in v1.19+", None),
            ("No resources found in shop namespace.", None),
            ("Defaulted container \"a\" out of: a, b", None),
            ("", None),
        ] {
            assert_eq!(classify_error(text), expected, "{text}");
        }
    }
}
