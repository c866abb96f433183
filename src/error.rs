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
    /// A file cannot be read.
    #[error("cannot read `{}`: {}", path.display(), plain(source))]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A file or folder cannot be written.
    #[error("cannot write `{}`: {}", path.display(), plain(source))]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A folder that should hold reports does not.
    #[error("`{}` holds no reports: {why}", folder.display())]
    NoReports {
        /// The folder.
        folder: PathBuf,
        /// What is not there.
        why: String,
    },
    /// There is no such cause.
    #[error("there is no cause `{0}`")]
    NoSuchCause(String),
    /// Wrong use.
    #[error("{0}")]
    Usage(String),
}

/// The system's words without its number for them.
fn plain(error: &std::io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or_default().to_lowercase()
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
            Error::Write { .. } => {
                Some("name a folder that you may write to, on a disk with space left, as --output DIR".to_string())
            }
            Error::Read { source, .. } if source.kind() == std::io::ErrorKind::NotFound => {
                Some("check the path".to_string())
            }
            Error::NoReports { .. } => {
                Some("name the DIR of an earlier `kubemortem analyze BUNDLE... --output DIR`".to_string())
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
