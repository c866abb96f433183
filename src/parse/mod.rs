//! kubectl's outputs into facts and gaps. A parser never fails: what it cannot read becomes a [`Gap`].
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
pub mod runtime_table;
pub mod sections;
pub mod table;
pub mod top;
pub mod version;

use crate::artifact::{Artifact, Hint};
use crate::model::{Facts, Gap, GapKind};
use crate::text::{FileId, Place, SectionId};

/// Containers of a pod that are read, the first ones: one more than are looked at.
const CONTAINERS: usize = 201;

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

    /// As many of its lines as are read at once, the first ones; a gap says where there are more.
    fn bounded(&self, most: usize, facts: &mut Facts) -> Section<'t> {
        let Some(end) = memchr::memchr_iter(b'\n', self.text.as_bytes()).nth(most.saturating_sub(1)) else {
            return self.clone();
        };
        if self.text[end..].trim_end().is_empty() {
            return self.clone();
        }
        facts.gaps.push(Gap {
            path: self.path.to_owned(),
            kind: GapKind::Truncated,
            what: format!(
                "has an output of more than {most} lines from line {} on, and the first are read",
                self.first_line
            ),
            prevents: "what stands behind them".to_owned(),
        });
        Section { text: &self.text[..end], ..self.clone() }
    }

    /// The place of a line of this section.
    pub fn place(&self, number: u64, line: &str) -> Place {
        Place::of_line(self.id.file, number, line)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_lines_of_a_long_output_are_read() {
        let id = SectionId::default();
        let whole = Section {
            id,
            artifact: Artifact::Table,
            path: "pods.txt",
            first_line: 7,
            text: "a\nb\nc\n",
            hint: Hint::default(),
            command: None,
        };
        let mut facts = Facts::default();
        assert_eq!(whole.bounded(3, &mut facts).text, whole.text);
        assert!(facts.gaps.is_empty());
        assert_eq!(whole.bounded(2, &mut facts).text, "a\nb");
        assert_eq!(facts.gaps[0].what, "has an output of more than 2 lines from line 7 on, and the first are read");
    }
}
