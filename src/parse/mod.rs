//! kubectl's outputs into facts and gaps. A parser never fails: what it cannot read becomes a [`Gap`](crate::model::Gap).
//!
//! Owns the formats that kubectl prints. Never opens a file, never decides what is healthy, never words a finding.

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
pub mod sections { use super::*; pub fn split<'t>(_f: FileId, _p: &'t str, _t: &'t str, _h: &Hint) -> Vec<Section<'t>> { vec![] } pub fn looks_like_log(_h: &[u8], _p: &str) -> bool { false } }
pub mod objects { use super::*; pub fn json(_s: &Section<'_>, _f: &mut crate::model::Facts) {} pub fn yaml(_s: &Section<'_>, _f: &mut crate::model::Facts) {} }
pub mod table { use super::*; pub fn table(_s: &Section<'_>, _f: &mut crate::model::Facts) {} }
pub mod describe { use super::*; pub fn describe(_s: &Section<'_>, _f: &mut crate::model::Facts) {} }
pub mod version { use super::*; pub fn version(_s: &Section<'_>, _f: &mut crate::model::Facts) {} }
pub mod bundle_header { use super::*; #[derive(Default)] pub struct BundleFacts { pub collected_at: crate::text::Fact<jiff::Timestamp> } pub fn header(_s: &Section<'_>, _f: &mut crate::model::Facts) -> BundleFacts { BundleFacts::default() } pub fn commands(_s: &Section<'_>, _f: &mut crate::model::Facts) {} pub fn classify_error(_t: &str) -> Option<crate::model::GapKind> { None } }
