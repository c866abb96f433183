//! The index for people: what keeps breaking, the causes, the bundles, and those without a report.

use std::fmt::Write as _;

use super::{BundleRow, Index, Workload};
use crate::report::escape;

/// Workloads that are named in the row of a cause; `index.json` has all.
const NAMED: usize = 5;

/// Writes `index.md`.
pub(super) fn write(index: &Index) -> String {
    let mut out = String::from("# Index of post-mortems\n\n");
    let (reported, failed): (Vec<&BundleRow>, Vec<&BundleRow>) =
        index.bundles.iter().partition(|row| row.report.is_some());
    let incidents: usize = reported.iter().map(|row| row.incidents.len()).sum();
    let mut dates: Vec<&str> = reported.iter().filter_map(|row| row.collected_at.as_deref()).collect();
    dates.sort_unstable();
    let _ = write!(out, "{}, {}", count(reported.len(), "report"), count(incidents, "incident"));
    if let (Some(first), Some(last)) = (dates.first(), dates.last()) {
        let _ = write!(out, ", collected from {} to {}", escape::text(day(first)), escape::text(day(last)));
    }
    if !failed.is_empty() {
        let _ = write!(out, ", {} without a report", count(failed.len(), "bundle"));
    }
    out.push_str(".\n");

    out.push_str("\n## What keeps breaking\n\n");
    if index.recurring.is_empty() {
        out.push_str("No workload broke for the same cause in two bundles.\n");
    } else {
        out.push_str("| Workload | Cause | Bundles | First seen | Last seen | Reports |\n");
        out.push_str("| --- | --- | ---: | --- | --- | --- |\n");
        for row in &index.recurring {
            let reports: Vec<String> =
                row.reports.iter().enumerate().map(|(at, report)| link(&(at + 1).to_string(), report)).collect();
            let _ = writeln!(
                out,
                "| {} | {} | {} | {} | {} | {} |",
                workload(&row.workload),
                cause(&row.cause, &row.title),
                row.bundles,
                date(row.first_seen.as_deref()),
                date(row.last_seen.as_deref()),
                reports.join(" ")
            );
        }
    }

    out.push_str("\n## Causes\n\n");
    if index.causes.is_empty() {
        out.push_str("No incident in any bundle.\n");
    } else {
        out.push_str("| Cause | Bundles | Incidents | Workloads | First seen | Last seen |\n");
        out.push_str("| --- | ---: | ---: | --- | --- | --- |\n");
        for row in &index.causes {
            let mut who: Vec<String> = row.workloads.iter().take(NAMED).map(|row| workload(&row.workload)).collect();
            if row.workloads.len() > NAMED {
                who.push(format!("{} more", row.workloads.len() - NAMED));
            }
            let _ = writeln!(
                out,
                "| {} | {} | {} | {} | {} | {} |",
                cause(&row.cause, &row.title),
                row.bundles,
                row.incidents,
                who.join(", "),
                date(row.first_seen.as_deref()),
                date(row.last_seen.as_deref())
            );
        }
    }

    out.push_str("\n## Bundles\n\n");
    out.push_str("| Collected | Report | Kubernetes | Incidents | Gaps |\n| --- | --- | --- | --- | ---: |\n");
    for row in &reported {
        let _ = writeln!(
            out,
            "| {} | {} | {} | {} | {} |",
            date(row.collected_at.as_deref()),
            link(&escape::cell(&row.name), row.report.as_deref().unwrap_or_default()),
            row.cluster.kubernetes_version.as_deref().map_or_else(|| "unknown".to_string(), escape::cell),
            severities(row),
            row.gaps.values().sum::<u64>()
        );
    }

    if !failed.is_empty() {
        out.push_str("\n## Without a report\n\n| Bundle | Why |\n| --- | --- |\n");
        for row in &failed {
            let why = row.error.as_deref().unwrap_or("unknown");
            let _ = writeln!(out, "| {} | {} |", escape::cell_code(&row.path), escape::cell(why));
        }
    }
    out
}

fn count(number: usize, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}

fn day(time: &str) -> &str {
    time.get(..10).unwrap_or(time)
}

fn date(time: Option<&str>) -> String {
    time.map_or_else(|| "unknown".to_string(), |time| escape::cell(day(time)))
}

fn cause(id: &str, title: &str) -> String {
    format!("{} ({})", escape::cell(title), escape::cell_code(id))
}

fn workload(workload: &Workload) -> String {
    let mut name = workload.namespace.as_ref().map(|namespace| format!("{namespace}/")).unwrap_or_default();
    name.push_str(workload.name.as_deref().unwrap_or("(unnamed)"));
    if let Some(container) = &workload.container {
        name.push_str(&format!(" ({container})"));
    }
    let site = workload.site.as_ref().map(|site| format!(" in {}", escape::cell_code(site))).unwrap_or_default();
    format!("{} {}{site}", escape::cell(&workload.kind), escape::cell_code(&name))
}

fn severities(row: &BundleRow) -> String {
    let words: Vec<String> = ["critical", "warning", "info"]
        .iter()
        .filter_map(|level| {
            let count = row.incidents.iter().filter(|incident| incident.severity == *level).count();
            (count > 0).then(|| format!("{count} {level}"))
        })
        .collect();
    if words.is_empty() { "none".to_string() } else { words.join(", ") }
}

/// A link to a file beside the index. What is not a plain name character is percent-encoded, so nothing can leave it.
fn link(shown: &str, file: &str) -> String {
    let mut target = String::new();
    for byte in file.bytes() {
        if byte.is_ascii_alphanumeric() || b"._-".contains(&byte) {
            target.push(char::from(byte));
        } else {
            let _ = write!(target, "%{byte:02X}");
        }
    }
    format!("[{shown}]({target})")
}
