//! Which kind of bundle this is, and what its paths say of their files.
//!
//! Owns names only. Never opens a file: content decides where a path says nothing.

mod kubemortem;
mod loose;

use crate::artifact::Hint;

/// A kind of bundle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Layout {
    /// The collector's own bundle, layout version 1.
    Kubemortem,
    /// Any saved outputs under any names.
    Loose,
}

impl Layout {
    /// The word of the report.
    pub fn name(self) -> &'static str {
        match self {
            Layout::Kubemortem => "kubemortem",
            Layout::Loose => "loose",
        }
    }
}

/// What a path says of its file, by the first layout that knows such a path.
pub fn place(path: &str) -> (Layout, Hint) {
    match kubemortem::place(path) {
        Some(hint) => (Layout::Kubemortem, hint),
        None => (Layout::Loose, loose::place(path)),
    }
}

/// Whether a file's name calls it a log: decides for an empty file alone, whose content cannot say.
pub fn names_a_log(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase();
    name.split(|c: char| !c.is_ascii_alphanumeric()).any(|word| matches!(word, "log" | "logs"))
}

/// The layout of a whole bundle, from all its paths, and why: one clause.
pub fn recognise<'p>(paths: impl Iterator<Item = &'p str>) -> (Layout, String) {
    let (mut marker, mut known, mut all) = (None, 0u64, 0u64);
    for path in paths {
        all += 1;
        known += u64::from(kubemortem::place(path).is_some());
        if kubemortem::is_marker(path) {
            marker = Some(path.to_string());
        }
    }
    match marker {
        Some(path) => (
            Layout::Kubemortem,
            format!("`{path}` is the collector's header; {known} of {all} files lie where the collector puts them"),
        ),
        None if known > 0 => (
            Layout::Loose,
            format!(
                "no collector's header; {known} of {all} files lie where the collector puts them, the rest is read by content"
            ),
        ),
        None => (Layout::Loose, "no known layout; every file is read by its content".to_string()),
    }
}
