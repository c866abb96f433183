//! `SHA256SUMS` of the collector's bundle, held against what was read.
//!
//! The sums come last in an archive. Files are hashed while they are read where the header announces the sums or they
//! have been seen; otherwise the input is read a second time if sums turn up, and only then. What cannot be read twice is
//! hashed at once. Files of other bundles are not hashed.

use std::collections::{BTreeMap, HashMap};
use std::io::{self, Read};
use std::sync::{Mutex, PoisonError};

use sha2::{Digest, Sha256};

use crate::model::{Gap, GapKind, Integrity};
use crate::parse::checksums::Sums;
use crate::source::{self, Entry, Input, Limits, Visitor};

/// A SHA-256.
pub type Sum = [u8; 32];

/// What is known of a file's SHA-256.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Summed {
    /// Nothing: the collector writes no such file.
    Not,
    /// Nothing yet.
    Due,
    /// This.
    To(Sum),
}

/// Whether the input would be the same a second time.
pub fn can_be_read_again(input: &Input) -> bool {
    match input {
        Input::Stdin => false,
        Input::Path(path) => path.metadata().is_ok_and(|metadata| metadata.is_file() || metadata.is_dir()),
    }
}

/// Reads the input again to hash the files that are due.
pub fn sum_up(input: &Input, limits: &Limits, due: Vec<(&str, &mut Summed)>) {
    if due.is_empty() {
        return;
    }
    let due = due.into_iter().map(|(path, sum)| (path.to_owned(), Mutex::new(sum))).collect();
    // What is wrong with the input was told the first time.
    let _ = source::open(input, limits, &Again { due });
}

/// Hashes the files that are due.
struct Again<'s> {
    due: HashMap<String, Mutex<&'s mut Summed>>,
}

impl Visitor for Again<'_> {
    fn entry(&self, entry: Entry<'_>) {
        let Some(due) = self.due.get(&entry.path) else { return };
        if let Some(sum) = Hashing::new(entry.reader, true).finish() {
            **due.lock().unwrap_or_else(PoisonError::into_inner) = Summed::To(sum);
        }
    }
}

/// Hashes what is read through it.
pub struct Hashing<'r> {
    inner: &'r mut dyn Read,
    hasher: Option<Sha256>,
}

impl<'r> Hashing<'r> {
    /// Hashes only where `wanted`.
    pub fn new(inner: &'r mut dyn Read, wanted: bool) -> Self {
        Hashing { inner, hasher: wanted.then(Sha256::new) }
    }

    /// The sum of the whole content: what was not read yet is read now.
    pub fn finish(mut self) -> Option<Sum> {
        self.hasher.as_ref()?;
        let _ = io::copy(&mut self, &mut io::sink());
        self.hasher.map(|hasher| hasher.finalize().into())
    }
}

impl Read for Hashing<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        if let Some(hasher) = &mut self.hasher {
            hasher.update(&buffer[..count]);
        }
        Ok(count)
    }
}

/// So many files that are not as they were collected are named, those further on are counted.
const MOST_TOLD: usize = 1000;

/// Holds the sums of one bundle against its files. `folder` is what stands before the bundle's own paths (`top/`),
/// `files` are the paths that were read with their sums, `damaged` says which were not read whole for a reason that is told
/// elsewhere, `cut` that the whole archive was not.
pub fn check(
    folder: &str,
    sums: &Sums,
    files: &BTreeMap<&str, Summed>,
    damaged: impl Fn(&str) -> bool,
    cut: bool,
) -> (Integrity, Vec<Gap>) {
    let mut integrity = Integrity::default();
    let mut gaps = Vec::new();
    let mut more = 0;
    let mut gap = |path: &str, kind: GapKind, what: &str, prevents: &str| {
        if gaps.len() == MOST_TOLD {
            more += 1;
            return;
        }
        gaps.push(Gap { path: path.to_owned(), kind, what: what.to_owned(), prevents: prevents.to_owned() });
    };
    for (path, sum) in &sums.files {
        let full = format!("{folder}{path}");
        if damaged(&full) {
            continue;
        }
        match files.get(full.as_str()) {
            Some(Summed::To(found)) if found == sum => integrity.intact += 1,
            Some(Summed::To(_)) => {
                integrity.changed += 1;
                gap(
                    &full,
                    GapKind::Unreadable,
                    "was changed after collection: its SHA-256 is not the one in `SHA256SUMS`",
                    "what the collector wrote there",
                );
            }
            Some(Summed::Not | Summed::Due) => {}
            None if cut => {}
            None => {
                integrity.missing += 1;
                gap(&full, GapKind::Absent, "was taken out after collection: `SHA256SUMS` lists it", "what it showed");
            }
        }
    }
    for path in files.keys().filter(|path| path.starts_with(folder)) {
        let own = &path[folder.len()..];
        if own != "SHA256SUMS" && !sums.files.contains_key(own) {
            integrity.added += 1;
            gap(
                path,
                GapKind::NotCollected,
                "was added after collection: `SHA256SUMS` does not list it",
                "whether what it says is of this cluster",
            );
        }
    }
    if more > 0 {
        gaps.push(Gap {
            path: format!("{folder}SHA256SUMS"),
            kind: GapKind::Unreadable,
            what: format!("tells of {more} more files that were changed, taken out or added after collection"),
            prevents: "which they are".to_owned(),
        });
    }
    (integrity, gaps)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changed_missing_and_added_files_are_told_apart() {
        let sums = Sums {
            files: [("a", [1; 32]), ("b", [2; 32]), ("c", [3; 32]), ("d", [4; 32])]
                .map(|(path, sum)| (path.to_owned(), sum))
                .into(),
        };
        let files = BTreeMap::from([
            ("top/SHA256SUMS", Summed::Not),
            ("top/a", Summed::To([1; 32])),
            ("top/b", Summed::To([9; 32])),
            ("top/d", Summed::To([9; 32])),
            ("top/e", Summed::To([5; 32])),
            ("beside", Summed::Not),
        ]);
        let (integrity, gaps) = check("top/", &sums, &files, |path| path == "top/d", false);
        assert_eq!(integrity, Integrity { intact: 1, changed: 1, missing: 1, added: 1 });
        let told: Vec<(&str, GapKind)> = gaps.iter().map(|gap| (gap.path.as_str(), gap.kind)).collect();
        assert_eq!(
            told,
            [("top/b", GapKind::Unreadable), ("top/c", GapKind::Absent), ("top/e", GapKind::NotCollected)]
        );
        let (integrity, _) = check("top/", &sums, &files, |_| false, true);
        assert_eq!(integrity.missing, 0);
    }

    #[test]
    fn of_very_many_missing_files_the_first_are_named() {
        let files: Vec<(String, [u8; 32])> = (0..5000).map(|at| (format!("{at:04}"), [0; 32])).collect();
        let sums = Sums { files: files.into_iter().collect() };
        let (integrity, gaps) = check("top/", &sums, &BTreeMap::new(), |_| false, false);
        assert_eq!((integrity.missing, gaps.len()), (5000, 1001));
        let last = gaps.last().map(|gap| (gap.path.as_str(), gap.what.starts_with("tells of 4000 more files")));
        assert_eq!((gaps[999].path.as_str(), last), ("top/0999", Some(("top/SHA256SUMS", true))));
    }

    #[test]
    fn the_sum_is_of_the_whole_content() {
        let mut content = &b"abc"[..];
        let mut reader = Hashing::new(&mut content, true);
        let mut one = [0];
        assert_eq!(reader.read(&mut one).ok(), Some(1));
        let sum = reader.finish().unwrap_or_default();
        assert_eq!(sum[..4], [0xba, 0x78, 0x16, 0xbf]);
        assert!(Hashing::new(&mut &b"abc"[..], false).finish().is_none());
    }
}
