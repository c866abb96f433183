//! Why no report could be made: the fatal errors, what caused them, and what to do.

use std::path::PathBuf;

use crate::catalog::PageError;
use crate::source::SourceError;

/// Exit status 2. Everything less is a gap in a report.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The bundle cannot be read at all.
    #[error("cannot read the bundle: {0}")]
    Source(#[from] SourceError),
    /// A cause page is bad.
    #[error("cannot read the cause pages: {0}")]
    Page(#[from] PageError),
    /// A file cannot be written or read.
    #[error("{}: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// There is no such cause.
    #[error("there is no cause `{0}`")]
    NoSuchCause(String),
    /// Wrong use.
    #[error("{0}")]
    Usage(String),
}

impl Error {
    /// What to do about it: one line, or nothing.
    pub fn hint(&self, catalog: Option<&crate::catalog::Catalog>) -> Option<String> {
        match self {
            Error::Source(SourceError::Absent { .. }) => Some("check the path; `-` reads standard input".to_string()),
            Error::Source(SourceError::Empty { .. }) => {
                Some("the transfer may have failed; compare the size with the sender's".to_string())
            }
            Error::Source(SourceError::Unreadable { what, .. }) if what.ends_with("which is not read") => {
                Some("unpack it and name the folder, or pack it again as tar.gz or zip".to_string())
            }
            Error::Page(_) => Some("`kubemortem causes --check DIR` lists every fault of the pages in DIR".to_string()),
            Error::NoSuchCause(id) => {
                let near = catalog?
                    .pages
                    .iter()
                    .map(|page| (strsim::damerau_levenshtein(&page.id, id), &page.id))
                    .min_by_key(|(distance, id)| (*distance, (*id).clone()))?;
                Some(format!("did you mean `{}`? `kubemortem causes` lists them", near.1))
            }
            _ => None,
        }
    }
}
