//! Folders: every regular file below them, in parallel; nothing else is opened.
//!
//! Owns the walk. A link may point anywhere and a pipe may never answer, so neither is opened.

use std::fs::{self, File, FileType};
use std::io;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use rayon::prelude::*;

use super::TroubleKind;
use super::limits::explain;
use super::names::{link_target, shown};
use super::session::Session;

/// What the program keeps of the reports that it wrote into a folder. A folder below the input that has it is no part of
/// the bundle: reports may be written beside what they are made of.
pub const REPORTS_STATE: &str = ".kubemortem";

/// Reads all files below `root`.
pub(super) fn read(session: &Session<'_>, root: &Path) {
    let files = list(session, root);
    let bytes = files.iter().filter_map(|(_, file)| fs::metadata(file).ok()).map(|metadata| metadata.len()).sum();
    session.given(bytes);
    session.listed(files.iter().map(|(path, _)| path.as_str()));
    let container = session.top();
    let read_one = |(path, file): &(String, PathBuf)| {
        if session.spent_out() {
            return;
        }
        let member = container.child(path.clone(), false);
        let read = open(file).and_then(|open| session.file(&member, open));
        if let Err(error) = read {
            let (kind, what) = explain(&error);
            session.trouble(path, kind, what);
        }
    };
    // Where a limit will be met, it must be met at the same place each time.
    if session.would_stop(bytes) { files.iter().for_each(read_one) } else { files.par_iter().for_each(read_one) }
}

/// Opens a file. Where too many are open, those of the other threads will be closed soon.
pub(super) fn open(file: &Path) -> io::Result<File> {
    const TRIES: u32 = 10_000;
    const PAUSE: Duration = Duration::from_millis(1);
    let too_many = |error: &io::Error| cfg!(unix) && matches!(error.raw_os_error(), Some(23 | 24));
    for _ in 0..TRIES {
        match File::open(file) {
            Err(error) if too_many(&error) => thread::sleep(PAUSE),
            result => return result,
        }
    }
    File::open(file)
}

/// The regular files below `root` with their paths, sorted by path.
fn list(session: &Session<'_>, root: &Path) -> Vec<(String, PathBuf)> {
    let container = session.top();
    let mut files = Vec::new();
    let mut folders = vec![(Vec::new(), root.to_owned())];
    'folders: while let Some((prefix, folder)) = folders.pop() {
        let failed = |error: io::Error| {
            let (kind, what) = explain(&error);
            match shown(&prefix).trim_end_matches('/') {
                "" => session.container_trouble(&container, kind, what),
                path => session.trouble(path, kind, what),
            }
        };
        let mut entries = match fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(error) => {
                failed(error);
                continue;
            }
        };
        // A listing that fails once is not asked again: it may fail forever.
        while let Some(entry) = entries.next().and_then(|entry| entry.map_err(&failed).ok()) {
            if !session.count() {
                break 'folders;
            }
            let mut name = prefix.clone();
            name.extend(entry.file_name().as_encoded_bytes());
            let kind = match entry.file_type() {
                Ok(kind) => kind,
                Err(error) => {
                    let (kind, what) = explain(&error);
                    session.trouble(&shown(&name), kind, what);
                    continue;
                }
            };
            if kind.is_dir() {
                if entry.path().join(REPORTS_STATE).is_dir() {
                    let what = "holds reports of this program, which are not read";
                    session.trouble(&shown(&name), TroubleKind::Refused, what);
                } else if entry.file_name() != "__MACOSX" {
                    name.push(b'/');
                    folders.push((name, entry.path()));
                }
                continue;
            }
            let Some(path) = session.admit(&container, &name) else { continue };
            if kind.is_file() {
                files.push((path, entry.path()));
            } else {
                let (what, target) = refusal(kind, &entry.path());
                session.link(&path, what, target.and_then(|target| link_target(&path, &target)));
            }
        }
    }
    files.sort();
    files
}

/// Why a file is not opened; of a link, where it leads.
fn refusal(kind: FileType, path: &Path) -> (String, Option<String>) {
    if kind.is_symlink() {
        let target = fs::read_link(path).ok().map(|to| shown(to.as_os_str().as_encoded_bytes()).into_owned());
        let shown: String = target.as_deref().unwrap_or("nothing").chars().take(200).collect();
        return (format!("is a symbolic link to {shown}, which is not followed"), target);
    }
    ("is a pipe, a socket or a device, which is not opened".to_owned(), None)
}
