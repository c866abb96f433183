//! Which bundles a batch has: paths as given, patterns, the children of folders; without repeats and without the
//! output itself; and which of them a shard takes.

use std::collections::BTreeSet;
use std::fs;
use std::io::Read;
use std::path::{Component, Path, PathBuf};

use crate::cli::{AnalyzeArgs, Shard, input};
use crate::error::Error;
use crate::source::{Input, REPORTS_STATE, SourceError};

/// One bundle to analyze.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bundle {
    /// As given or found; `-` is standard input.
    pub path: PathBuf,
    /// Found in a folder, not named by the user.
    pub is_found: bool,
}

impl Bundle {
    /// What is to be opened. A pipe is waited for only where the user named it.
    pub fn input(&self) -> Result<Input, SourceError> {
        if self.is_found && fs::metadata(&self.path).is_ok_and(|metadata| !metadata.is_file() && !metadata.is_dir()) {
            return Err(SourceError::Unreadable {
                name: self.path.display().to_string(),
                what: "is a pipe, a socket or a device, which is not opened".to_string(),
            });
        }
        Ok(input(&self.path))
    }
}

/// The bundles of a command.
#[derive(Debug)]
pub struct Bundles {
    /// All of them in order: those of other shards too, because names depend on all.
    pub all: Vec<Bundle>,
    shard: Option<Shard>,
}

impl Bundles {
    /// Positions in `all` of the bundles that this process takes: every N-th, so that neighbours in the list, which are
    /// often alike in size, are spread.
    pub fn mine(&self) -> Vec<usize> {
        let shard = self.shard.unwrap_or(Shard { index: 0, count: 1 });
        (0..self.all.len()).filter(|at| at % shard.count == shard.index).collect()
    }
}

/// Finds the bundles. Fails where there is none, or where a folder of `--each` cannot be listed.
pub fn select(arguments: &AnalyzeArgs) -> Result<Bundles, Error> {
    let mut found = Vec::new();
    for path in &arguments.paths {
        found.extend(expand(path)?.into_iter().map(|path| Bundle { path, is_found: false }));
    }
    let output = arguments.output.as_ref().and_then(|folder| fs::canonicalize(folder).ok());
    for folder in &arguments.each {
        let children = children(folder)?.into_iter().filter(|path| !is_report(path));
        found.extend(children.map(|path| Bundle { path, is_found: true }));
    }
    let mut seen = BTreeSet::new();
    let all: Vec<Bundle> = found
        .into_iter()
        .filter(|bundle| seen.insert(lexical(&bundle.path)))
        .filter(|bundle| output.is_none() || fs::canonicalize(&bundle.path).ok() != output)
        .collect();
    if all.is_empty() {
        let what = match arguments.each.as_slice() {
            [] => "no bundle was given".to_string(),
            folders => format!("no bundle in {}", list(folders)),
        };
        return Err(Error::Usage(what));
    }
    Ok(Bundles { all, shard: arguments.shard })
}

fn list(folders: &[PathBuf]) -> String {
    folders.iter().map(|folder| folder.display().to_string()).collect::<Vec<_>>().join(", ")
}

/// A path without `.` and doubled separators.
fn lexical(path: &Path) -> PathBuf {
    path.components().filter(|part| !matches!(part, Component::CurDir)).collect()
}

/// What a pattern stands for, sorted. A path that is there is itself; a pattern without a match too, and fails as a path
/// that is not there does.
fn expand(path: &Path) -> Result<Vec<PathBuf>, Error> {
    let pattern = path.to_string_lossy();
    if fs::symlink_metadata(path).is_ok() || !pattern.contains(['*', '?', '[']) {
        return Ok(vec![path.to_path_buf()]);
    }
    // As shells have it: a star stays within a name and does not take hidden ones.
    let options =
        glob::MatchOptions { case_sensitive: true, require_literal_separator: true, require_literal_leading_dot: true };
    let matches = glob::glob_with(&pattern, options)
        .map_err(|error| Error::Usage(format!("the pattern `{pattern}` cannot be read: {error}")))?;
    let mut found: Vec<PathBuf> = matches
        .map(|found| found.map_err(|error| Error::Read { path: error.path().to_path_buf(), source: error.into() }))
        .collect::<Result<_, _>>()?;
    if found.is_empty() {
        found.push(path.to_path_buf());
    }
    Ok(found)
}

/// What is in a folder, hidden entries aside, sorted.
fn children(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let failed = |source| Error::Read { path: folder.to_path_buf(), source };
    let mut all: Vec<PathBuf> = fs::read_dir(folder)
        .map_err(failed)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<_, _>>()
        .map_err(failed)?;
    all.retain(|path| !path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.')));
    all.sort();
    Ok(all)
}

/// Whether a file begins as the reports and indexes do that an earlier run wrote, or a folder holds such.
fn is_report(path: &Path) -> bool {
    const STARTS: [&[u8]; 4] =
        [b"# Post-mortem of ", b"# Index of ", b"{\n  \"schemaVersion\":", b"{\"schemaVersion\":"];
    if path.join(REPORTS_STATE).is_dir() {
        return true;
    }
    let known = path.extension().is_some_and(|ending| ["md", "json", "jsonl"].iter().any(|known| ending == *known));
    let mut head = Vec::new();
    let read = |head: &mut Vec<u8>| fs::File::open(path).and_then(|file| file.take(64).read_to_end(head));
    known && path.is_file() && read(&mut head).is_ok() && STARTS.iter().any(|start| head.starts_with(start))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shards_take_every_bundle_once_and_are_alike_in_size() {
        let all: Vec<Bundle> =
            (0..11).map(|n| Bundle { path: PathBuf::from(format!("b{n}")), is_found: false }).collect();
        let mut taken = Vec::new();
        for index in 0..4 {
            let bundles = Bundles { all: all.clone(), shard: Some(Shard { index, count: 4 }) };
            let mine = bundles.mine();
            assert!((2..=3).contains(&mine.len()), "{mine:?}");
            taken.extend(mine);
        }
        taken.sort_unstable();
        assert_eq!(taken, (0..11).collect::<Vec<_>>());
        assert_eq!(Bundles { all, shard: None }.mine().len(), 11);
    }
}
