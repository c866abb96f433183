//! The folder that reports are written to, and the state kept in it.
//!
//! Beside each report lies its record in `.kubemortem/<name>.json`: which bundle it is of, what it was made with, and
//! its row of the index. A record that cannot be read counts as none. Every file is written under another name first
//! and then renamed: whoever looks sees a whole file or none. A file that holds the same bytes already is left as it is.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::super::Console;
use super::digest::{self, hex};
use crate::cli::Format;
use crate::error::Error;
use crate::index::{BundleRow, Index};
use crate::run::open_regular;
use crate::source::{Limits, REPORTS_STATE as STATE};

const RECORD_VERSION: u64 = 1;
/// A record is read up to this size.
const RECORD_BYTES: u64 = 64 << 20;

/// What lies beside a report.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Record {
    version: u64,
    /// The bundle's path in full.
    pub source: String,
    /// What the report was made with.
    pub made_with: MadeWith,
    /// SHA-256 of the report.
    report_sha256: Option<String>,
    /// Its row.
    pub row: BundleRow,
}

/// All that the content of a report depends on beside the bundle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MadeWith {
    /// The program's version.
    pub program: String,
    /// SHA-256 of all cause pages.
    pub catalog: String,
    /// `md`, `json`, `jsonl`.
    pub format: String,
    /// The limits on what is read.
    pub limits: String,
}

impl MadeWith {
    /// What this run makes reports with.
    pub fn new(catalog: &str, format: Format, limits: &Limits) -> Self {
        MadeWith {
            program: env!("CARGO_PKG_VERSION").to_string(),
            catalog: catalog.to_string(),
            format: ending(format).to_string(),
            limits: format!("{limits:?}"),
        }
    }
}

/// The ending of a report's file name.
pub fn ending(format: Format) -> &'static str {
    match format {
        Format::Md => "md",
        Format::Json => "json",
        Format::Jsonl => "jsonl",
    }
}

/// Whose report each name is: names in lower case.
#[derive(Debug, Default)]
pub struct Known {
    by_source: BTreeMap<String, String>,
    by_name: BTreeMap<String, String>,
}

impl Known {
    /// Notes the report of a bundle.
    pub fn add(&mut self, source: &str, name: &str) {
        self.by_source.insert(source.to_string(), name.to_string());
        self.by_name.insert(name.to_lowercase(), name.to_string());
    }

    /// The name of a bundle's report.
    pub fn name_of(&self, source: &str) -> Option<&str> {
        self.by_source.get(source).map(String::as_str)
    }

    /// Whether a name is in use.
    pub fn has(&self, name: &str) -> bool {
        self.by_name.contains_key(name)
    }

    /// A name as it is spelled.
    pub fn spelled(&self, name: &str) -> Option<&str> {
        self.by_name.get(name).map(String::as_str)
    }
}

/// The folder.
pub struct Output<'c> {
    folder: PathBuf,
    console: &'c dyn Console,
    /// The records written by this run, by name: they need not be read for the index.
    own: Mutex<BTreeMap<String, Record>>,
}

impl<'c> Output<'c> {
    /// Makes the folder where it is not there.
    pub fn create(folder: &Path, console: &'c dyn Console) -> Result<Self, Error> {
        let state = folder.join(STATE);
        fs::create_dir_all(&state).map_err(|source| Error::Write { path: state, source })?;
        Ok(Output::of(folder, console))
    }

    /// A folder that was written to before.
    pub fn existing(folder: &Path, console: &'c dyn Console) -> Result<Self, Error> {
        let state = folder.join(STATE);
        fs::read_dir(&state).map_err(|source| match source.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => Error::NoReports {
                folder: folder.to_path_buf(),
                why: match folder.is_dir() {
                    true => format!("their records, {STATE} in it, are missing"),
                    false => "there is no such folder".to_string(),
                },
            },
            _ => Error::Read { path: state.clone(), source },
        })?;
        Ok(Output::of(folder, console))
    }

    fn of(folder: &Path, console: &'c dyn Console) -> Self {
        Output { folder: folder.to_path_buf(), console, own: Mutex::default() }
    }

    fn record_path(&self, name: &str) -> PathBuf {
        self.folder.join(STATE).join(format!("{name}.json"))
    }

    /// The record of a name.
    pub fn record(&self, name: &str) -> Option<Record> {
        let file = open_regular(&self.record_path(name)).ok()?;
        let record: Record = serde_json::from_reader(io::BufReader::new(file.take(RECORD_BYTES))).ok()?;
        // The name of the report is not taken from a file that anybody may have written.
        let own = |report: &str| report.strip_prefix(name).is_some_and(|end| [".md", ".json", ".jsonl"].contains(&end));
        (record.version == RECORD_VERSION && record.row.report.as_deref().is_none_or(own)).then_some(record)
    }

    /// All records that can be read, by name, and the names of those that cannot.
    pub fn records(&self) -> Result<(BTreeMap<String, Record>, Vec<String>), Error> {
        let state = self.folder.join(STATE);
        let failed = |source| Error::Read { path: state.clone(), source };
        let own = std::mem::take(&mut *self.own.lock().unwrap_or_else(PoisonError::into_inner));
        let mut names = Vec::new();
        for entry in fs::read_dir(&state).map_err(failed)? {
            let file = entry.map_err(failed)?.file_name().to_string_lossy().into_owned();
            let name = file.strip_suffix(".json").filter(|name| !name.starts_with('.') && !own.contains_key(*name));
            names.extend(name.map(str::to_string));
        }
        let read: Vec<Option<Record>> = names.par_iter().map(|name| self.record(name)).collect();
        let (mut records, mut broken) = (own, Vec::new());
        for (name, record) in names.into_iter().zip(read) {
            match record {
                Some(record) => {
                    records.insert(name, record);
                }
                None => broken.push(name),
            }
        }
        broken.sort();
        Ok((records, broken))
    }

    /// Whether the report of a record is there as it was written.
    pub fn is_whole(&self, record: &Record) -> bool {
        let (Some(report), Some(sha256)) = (&record.row.report, &record.report_sha256) else { return false };
        digest::of_file(&self.folder.join(report)).is_ok_and(|digest| digest == *sha256)
    }

    /// Writes a report and its record; the report's name.
    pub fn put(
        &self,
        name: &str,
        source: &str,
        made_with: &MadeWith,
        row: &mut BundleRow,
        text: &str,
    ) -> Result<(), Error> {
        let report = format!("{name}.{}", made_with.format);
        self.write(&self.folder.join(&report), text)?;
        row.report = Some(report);
        let sha256 = hex(&Sha256::digest(text));
        self.put_record(name, source, made_with, row, Some(sha256))
    }

    /// Notes that a bundle has no report.
    pub fn put_failure(&self, name: &str, source: &str, made_with: &MadeWith, row: &BundleRow) -> Result<(), Error> {
        self.put_record(name, source, made_with, row, None)
    }

    /// Notes that an unchanged bundle is found at another path now.
    pub fn put_moved(&self, name: &str, record: &Record) -> Result<(), Error> {
        self.put_record(name, &record.source, &record.made_with, &record.row, record.report_sha256.clone())
    }

    fn put_record(
        &self,
        name: &str,
        source: &str,
        made_with: &MadeWith,
        row: &BundleRow,
        report_sha256: Option<String>,
    ) -> Result<(), Error> {
        let record = Record {
            version: RECORD_VERSION,
            source: source.to_string(),
            made_with: made_with.clone(),
            report_sha256,
            row: row.clone(),
        };
        self.write(&self.record_path(name), &crate::report::pretty_json(&record))?;
        self.own.lock().unwrap_or_else(PoisonError::into_inner).insert(name.to_string(), record);
        Ok(())
    }

    /// Writes the index over all records whose report is there, and over the failures.
    pub fn write_index(&self) -> Result<Index, Error> {
        let (records, _) = self.records()?;
        let there = |row: &BundleRow| row.report.as_ref().is_none_or(|report| self.folder.join(report).is_file());
        let rows = records.into_values().map(|record| record.row).filter(there).collect();
        let index = Index::new(rows);
        self.write(&self.folder.join("index.json"), &index.json())?;
        self.write(&self.folder.join("index.md"), &index.markdown())?;
        Ok(index)
    }

    /// Writes a file whole or not at all.
    fn write(&self, path: &Path, text: &str) -> Result<(), Error> {
        if holds(path, text) {
            return Ok(());
        }
        let written = self.console.uninterrupted(&mut || {
            let mut file = temporary(&self.folder.join(STATE))?;
            file.write_all(text.as_bytes())?;
            file.persist(path).map_err(|error| error.error)?;
            Ok(())
        });
        written.map_err(|source| Error::Write { path: path.to_path_buf(), source })
    }
}

/// Whether a file is there and holds this text.
fn holds(path: &Path, text: &str) -> bool {
    fs::symlink_metadata(path).is_ok_and(|file| file.is_file() && file.len() == text.len() as u64)
        && fs::read(path).is_ok_and(|bytes| bytes == text.as_bytes())
}

/// A new file that is gone unless it is given a name, with the rights that a new file has.
fn temporary(folder: &Path) -> io::Result<tempfile::NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".partial-");
    #[cfg(unix)]
    let builder = builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    builder.tempfile_in(folder)
}
