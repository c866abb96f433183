//! Secrets in the names of files and folders.

use std::ops::Range;

use super::{again, named_or_formed};

/// Where the secrets of a path are, in no order. Each part is also a text by itself: what stands before a slash says
/// nothing of what is behind it. The ending of a file is no secret.
pub(super) fn secrets(path: &str) -> Vec<Range<usize>> {
    let mut all = named_or_formed(path);
    let mut at = 0;
    for part in path.split('/') {
        let stem = without_endings(part);
        let spelled = stem.contains('_').then(|| stem.replace('_', "/"));
        for text in [Some(stem), spelled.as_deref()].into_iter().flatten() {
            all.extend(named_or_formed(text).into_iter().map(|secret| secret.start + at..secret.end + at));
        }
        at += part.len() + 1;
    }
    all.sort_by_key(|secret| (secret.start, secret.end));
    all.dedup();
    again(path, &mut all);
    let end = without_endings(path).len();
    for secret in &mut all {
        secret.end = if secret.start < end { secret.end.min(end) } else { secret.end };
    }
    all
}

/// A file's name without the endings that say what it is.
pub(super) fn without_endings(mut name: &str) -> &str {
    #[rustfmt::skip]
    const ENDINGS: &[&str] = &[
        ".log", ".txt", ".json", ".jsonl", ".yaml", ".yml", ".md", ".csv", ".tsv", ".out", ".err", ".stderr",
        ".previous", ".gz", ".tgz", ".tar", ".zst", ".xz", ".zip",
    ];
    while let Some(stem) = ENDINGS.iter().find_map(|ending| name.strip_suffix(ending)) {
        name = stem;
    }
    name
}
