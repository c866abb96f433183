//! `inspect`: what a bundle is and what each of its files was taken for.

use std::collections::BTreeMap;

use crate::model::{Cluster, Facts};
use crate::report::redact::redact_path;
use crate::source::Opened;
use crate::text::visible;

/// Writes the overview; safe for a terminal.
pub fn describe(clusters: &[Cluster], opened: &Opened) -> String {
    let Some(cluster) = clusters.first() else { return String::new() };
    let mut text = format!("bundle      {} ({})\n", shown(&opened.name), opened.container);
    text.push_str(&format!("layout      {}: {}\n", cluster.layout, shown(&cluster.layout_why)));
    for cluster in clusters {
        if clusters.len() > 1 {
            text.push_str(&format!("cluster     {}\n", shown(&cluster.site)));
        }
        match &cluster.collected_at {
            Some(at) => text.push_str(&format!("collected   {}\n", at.value)),
            None => text.push_str("collected   the bundle does not say; ages stay relative\n"),
        }
        text.push_str(&format!("holds       {}\n", holds(&cluster.facts)));
    }
    let mut files: Vec<_> = cluster.files.iter().collect();
    files.sort_by(|a, b| a.path.cmp(&b.path));
    text.push_str("\nfiles (bytes, taken for, path; - in front: nothing was read out of it, 0: a list of nothing)\n");
    let (mut unused, mut empty) = (0, 0);
    for file in files {
        let kinds: Vec<&str> = file.artifacts.iter().map(|artifact| artifact.name()).collect();
        let kinds = if kinds.is_empty() { "other".to_string() } else { kinds.join("+") };
        let mark = match (file.used, file.empty_list) {
            (true, _) => ' ',
            (false, true) => '0',
            (false, false) => '-',
        };
        empty += u64::from(mark == '0');
        unused += u64::from(mark == '-');
        let other = if file.layout == cluster.layout { String::new() } else { format!("  ({})", file.layout) };
        text.push_str(&format!("{mark} {:>10}  {kinds:<16}  {}{other}\n", file.bytes, shown(file.spelled())));
    }
    if unused > 0 {
        text.push_str(&format!("  files that gave nothing: {unused} of {}\n", cluster.files.len()));
    }
    if empty > 0 {
        text.push_str(&format!("  lists of nothing: {empty}\n"));
    }
    let mut gaps: Vec<_> = clusters.iter().flat_map(|cluster| &cluster.facts.gaps).collect();
    gaps.sort();
    if gaps.is_empty() {
        text.push_str("\ngaps        none\n");
        return text;
    }
    text.push_str("\ngaps\n");
    let mut by_kind: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for gap in gaps {
        by_kind.entry(gap.kind.name()).or_default().push(format!("{}: {}", shown(&gap.path), shown(&gap.what)));
    }
    for (kind, gaps) in by_kind {
        for gap in gaps {
            text.push_str(&format!("  {kind:<12}  {gap}\n"));
        }
    }
    text
}

/// Safe for a terminal and without secrets.
fn shown(text: &str) -> String {
    visible(&redact_path(text)).into_owned()
}

fn holds(facts: &Facts) -> String {
    let counts: [(&str, usize); 9] = [
        ("pods", facts.pods.len()),
        ("nodes", facts.nodes.len()),
        ("workloads", facts.workloads.len()),
        ("events", facts.events.len()),
        ("logs", facts.logs.len()),
        ("claims", facts.claims.len()),
        ("services", facts.services.len()),
        ("configs", facts.configs.len()),
        ("usages", facts.usages.len()),
    ];
    let words: Vec<String> =
        counts.iter().filter(|(_, count)| *count > 0).map(|(name, count)| format!("{count} {name}")).collect();
    if words.is_empty() { "nothing that is read".to_string() } else { words.join(", ") }
}
