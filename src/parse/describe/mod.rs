//! `kubectl describe`.

pub(crate) mod kind;
pub(crate) mod lines;
pub(crate) mod walk;

use crate::model::Facts;
use crate::parse::Section;

/// Reads.
pub fn describe(section: &Section<'_>, facts: &mut Facts) {
    let _ = (section, facts);
}
