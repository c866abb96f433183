//! The digest of a bundle's content: of an archive what `sha256sum` prints; of a folder that of the list of its files,
//! each with its own, sorted by path.

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use sha2::{Digest, Sha256};

use crate::run::open_regular;
use crate::source::REPORTS_STATE;

/// Read at once: it stays in the processor's cache.
const BLOCK_BYTES: usize = 64 << 10;

/// Lower-case hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The digest; `None` where there is none to be had: of a stream, or of what cannot be read. At most `entries` of a
/// folder are looked at, as of a bundle.
pub fn of(path: &Path, entries: u64) -> Option<String> {
    let metadata = fs::metadata(path).ok()?;
    if metadata.is_file() {
        return of_file(path).ok();
    }
    if !metadata.is_dir() {
        return None;
    }
    let mut files = list(path, entries).ok()?;
    files.sort();
    let lines: Vec<String> = files
        .par_iter()
        .map(|(name, path)| match of_file(path) {
            Ok(digest) => format!("{digest}  {name}\n"),
            Err(error) => format!("{}  {name}\n", error.kind()),
        })
        .collect();
    Some(hex(&Sha256::digest(lines.concat())))
}

/// The digest of a regular file.
pub fn of_file(path: &Path) -> io::Result<String> {
    let mut file = open_regular(path)?;
    let mut digest = Sha256::new();
    let mut block = vec![0; BLOCK_BYTES];
    loop {
        match file.read(&mut block) {
            Ok(0) => return Ok(hex(&digest.finalize())),
            Ok(count) => digest.update(&block[..count]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

/// The regular files below a folder, with the paths below it. Links are not followed, pipes not opened, and reports of
/// this program left out.
fn list(root: &Path, entries: u64) -> io::Result<Vec<(String, PathBuf)>> {
    let mut files = Vec::new();
    let mut folders = vec![(String::new(), root.to_path_buf())];
    let mut seen = 0;
    while let Some((prefix, folder)) = folders.pop() {
        for entry in fs::read_dir(&folder)? {
            let entry = entry?;
            seen += 1;
            if seen > entries {
                return Ok(files);
            }
            let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
            let kind = entry.file_type()?;
            if kind.is_dir() && entry.path().join(REPORTS_STATE).is_dir() {
                continue;
            }
            if kind.is_dir() {
                folders.push((format!("{name}/"), entry.path()));
            } else if kind.is_file() {
                files.push((name, entry.path()));
            }
        }
    }
    Ok(files)
}
