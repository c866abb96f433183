//! Opens whatever a support engineer is sent, and streams its entries.
//!
//! Owns archives, folders, single files and standard input: what they are (told by content, never by name), how they
//! are read within limits, and what is wrong with them. Nothing is unpacked to disk. Knows nothing of what a file means.
//!
//! In reading order: this file is the interface; `session` follows one input from its first byte to the visitor;
//! `tar`, `zip` and `directory` are the three containers; `recognize`, `compression`, `shared_file`, `names` and
//! `limits` are what they stand on.

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

mod compression;
mod directory;
mod limits;
mod names;
mod recognize;
mod session;
mod shared_file;
mod sparse;
mod tar;
mod zip;

pub use directory::REPORTS_STATE;
pub use limits::{Limits, amount};
use session::Session;

/// What is to be opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// A file or a folder.
    Path(PathBuf),
    /// Standard input: any of the formats; a zip is spooled into a temporary file without a name.
    Stdin,
}

/// One entry while it is being read.
pub struct Entry<'a> {
    /// As the archive spells it, with `/` between nested archives and what they hold (`inner.tar.gz/pods.txt`); of a
    /// folder, the path below it with `/` separators; of a single saved file, its file name (without the ending of a
    /// compression). Unique within one input. Bytes that are no UTF-8 are written `\xff`.
    pub path: String,
    /// The content, decompressed. It never fails: where the content is damaged or over a limit it ends, and
    /// [`Opened::troubles`] says so. It need not be read to its end.
    pub reader: &'a mut dyn Read,
}

/// Takes the entries of an input.
pub trait Visitor: Sync {
    /// Called once per entry, from several threads at once; the first entry of a tar is read before the others.
    fn entry(&self, entry: Entry<'_>);

    /// Called with paths that are going to be read: all at once of a folder or a zip that is the input itself (what
    /// archives among them hold is not among the paths), one after the other as a tar comes to them.
    fn listed(&self, _paths: &mut dyn Iterator<Item = &str>) {}
}

/// What can be wrong with an entry or with the whole input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TroubleKind {
    /// It was listed but is not there.
    Absent,
    /// A container without any entry.
    Empty,
    /// The file system does not let it be read.
    Forbidden,
    /// It is cut short: what came was read.
    Truncated,
    /// It is damaged or of a kind that is not read: what came before the damage was read.
    Unreadable,
    /// It is not read on purpose: links, devices, encrypted content, names that leave the archive, second entries of
    /// one name.
    Refused,
    /// A limit of [`Limits`] was met: what is below the limit was read.
    LimitMet,
}

/// One thing that is wrong. The rest of the input was still read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    /// The path of the entry, spelled as in [`Entry::path`]; the path of the inner archive where that is meant;
    /// [`Opened::name`] where the input itself is meant.
    pub path: String,
    /// What kind of trouble.
    pub kind: TroubleKind,
    /// What is wrong, to be read after the path: `is cut short: 10 of 20 bytes are there`.
    pub what: String,
    /// Of a link: the path in this input that it leads to, whether or not it is there. `None` for anything else, and for
    /// a link that leads out of the input.
    pub link: Option<String>,
}

/// What was opened, after all its entries were visited.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opened {
    /// The name to show: the file's or the folder's own, or `stdin`.
    pub name: String,
    /// What it is: `folder`, `file`, `tar`, `tar.gz`, `tar.zst`, `tar.xz`, `tar.bz2`, `zip`, `gz`, `zst`, `xz`, `bz2`, `zip.gz`, ...
    pub container: &'static str,
    /// What is wrong with it, sorted by path.
    pub troubles: Vec<Trouble>,
    /// Entries that were handed to the visitor.
    pub entries: u64,
    /// Bytes that the visitor read.
    pub bytes: u64,
    /// A limit on the bytes of the whole was met. Where several threads read, it is chance which entries came before it.
    pub is_overspent: bool,
}

/// Nothing at all could be read.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// There is no such file or folder.
    #[error("{name}: no such file or folder")]
    Absent {
        /// The input as it was given.
        name: String,
    },
    /// It holds nothing: an empty file, an empty folder, an archive without entries.
    #[error("{name}: {what}")]
    Empty {
        /// The input as it was given.
        name: String,
        /// `is empty`, `holds no entries`.
        what: String,
    },
    /// The file system does not let it be read.
    #[error("{name}: permission denied")]
    Forbidden {
        /// The input as it was given.
        name: String,
    },
    /// It is damaged from its start, or of a kind that is not read.
    #[error("{name}: {what}")]
    Unreadable {
        /// The input as it was given.
        name: String,
        /// What is wrong.
        what: String,
    },
}

impl SourceError {
    fn of(name: String, error: &io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::NotFound => SourceError::Absent { name },
            io::ErrorKind::PermissionDenied => SourceError::Forbidden { name },
            _ => SourceError::Unreadable { name, what: limits::explain(error).1 },
        }
    }
}

/// Opens an input and hands each of its entries to the visitor. Fails only where nothing at all could be read.
pub fn open(input: &Input, limits: &Limits, visitor: &dyn Visitor) -> Result<Opened, SourceError> {
    let path = match input {
        Input::Stdin => return open_reader("stdin", io::stdin(), limits, visitor),
        Input::Path(path) => path,
    };
    let given = path.display().to_string();
    let failed = |error: &io::Error| SourceError::of(given.clone(), error);
    let metadata = fs::metadata(path).map_err(|error| failed(&error))?;
    let session = Session::new(display_name(path), limits, visitor);
    if metadata.is_dir() {
        // A folder that cannot be listed at all is an error, one that cannot be listed in parts has troubles.
        fs::read_dir(path).map_err(|error| failed(&error))?;
        directory::read(&session, path);
        return session.close("folder", given);
    }
    if !metadata.is_file() && !is_pipe(&metadata) {
        return Err(SourceError::Unreadable { name: given, what: "is a device, not a file or a folder".to_owned() });
    }
    let file = directory::open(path).map_err(|error| failed(&error))?;
    let container = if metadata.is_file() { session.top_file(file) } else { session.top_stream(file) };
    session.close(container.map_err(|error| failed(&error))?, given)
}

/// Opens a stream, as [`open`] does standard input, under a name of its own.
pub fn open_reader(
    name: &str,
    reader: impl Read + Send,
    limits: &Limits,
    visitor: &dyn Visitor,
) -> Result<Opened, SourceError> {
    let session = Session::new(name.to_owned(), limits, visitor);
    let container = session.top_stream(reader).map_err(|error| SourceError::of(name.to_owned(), &error))?;
    session.close(container, name.to_owned())
}

/// The last part of a path, also where it is spelled `.` or ends in `..`.
fn display_name(path: &Path) -> String {
    let last = |path: &Path| path.file_name().map(|name| name.to_string_lossy().into_owned());
    last(path)
        .or_else(|| fs::canonicalize(path).ok().and_then(|full| last(&full)))
        .unwrap_or_else(|| path.display().to_string())
}

#[cfg(unix)]
fn is_pipe(metadata: &fs::Metadata) -> bool {
    std::os::unix::fs::FileTypeExt::is_fifo(&metadata.file_type())
}

#[cfg(not(unix))]
fn is_pipe(_: &fs::Metadata) -> bool {
    false
}
