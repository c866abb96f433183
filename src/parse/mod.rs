//! kubectl's outputs into facts and gaps. A parser never fails: what it cannot read becomes a [`Gap`](crate::model::Gap).
//!
//! Owns the formats that kubectl prints. Never opens a file, never decides what is healthy, never words a finding.

pub mod bundle_header;
pub mod checksums;
pub mod clean;
pub mod describe;
pub mod events;
pub mod foreign;
pub mod kubelet;
pub mod kubelet_journal;
pub mod objects;
pub mod sections;
pub mod table;
pub mod top;
pub mod version;

use crate::artifact::{Artifact, Hint};
use crate::text::{FileId, Place, SectionId};

/// One printed output: a whole file, or a part of one.
#[derive(Debug, Clone)]
pub struct Section<'t> {
    /// Which output of which file.
    pub id: SectionId,
    /// What it is.
    pub artifact: Artifact,
    /// The file's path, for gaps.
    pub path: &'t str,
    /// The 1-based line of the file on which `text` starts.
    pub first_line: u64,
    /// The decoded text, as the file has it.
    pub text: &'t str,
    /// What path or command line say: namespace, pod, container, run.
    pub hint: Hint,
    /// The command line, where a prompt shows it: `kubectl get pods -n shop`.
    pub command: Option<&'t str>,
}

impl<'t> Section<'t> {
    /// The file.
    pub fn file(&self) -> FileId {
        self.id.file
    }

    /// The lines with their numbers in the file.
    pub fn lines(&self) -> impl Iterator<Item = (u64, &'t str)> + use<'t> {
        let first = self.first_line;
        crate::text::lines(self.text).map(move |(number, line)| (number + first - 1, line))
    }

    /// The place of a line of this section.
    pub fn place(&self, number: u64, line: &str) -> Place {
        Place::of_line(self.id.file, number, line)
    }
}
