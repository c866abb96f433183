//! One run of the collector, and what it left behind.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

use kubemortem::analyze::analyze;
use kubemortem::catalog::Catalog;
use kubemortem::report;
use kubemortem::source::{Input, Limits};
use serde_json::Value;

use super::replay::cluster::files;
use super::replay::{Kubectl, Server};

/// The shells the collector is made for; each must be there (`scripts/setup-tests`).
pub const SHELLS: &[&[&str]] = &[&["dash"], &["bash", "--posix"], &["busybox", "sh"]];

static CATALOG: LazyLock<Catalog> = LazyLock::new(|| Catalog::built_in().expect("sound pages"));

/// What a run left: its exit status, what it said, and the archive, unpacked.
#[derive(Debug)]
pub struct Collection {
    /// Exit status.
    pub status: i32,
    /// Standard error.
    pub complained: String,
    /// The archive.
    pub archive: Option<PathBuf>,
    /// The top folder of the archive, unpacked.
    pub bundle: PathBuf,
    _folder: tempfile::TempDir,
}

/// Runs the collector under a shell with a kubectl.
pub fn collect(server: &Server, shell: &[&str], kubectl: &Kubectl, flags: &[&str]) -> Collection {
    let folder = tempfile::tempdir().expect("a folder");
    let output = folder.path().join("out");
    fs::create_dir(&output).expect("a folder");
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/scripts/collect.sh");
    let path = std::env::var_os("PATH").unwrap_or_default();
    let done = Command::new(shell[0])
        .args(&shell[1..])
        .arg(script)
        .arg("--kubectl")
        .arg(&kubectl.program)
        .arg("--output")
        .arg(&output)
        .args(flags)
        .env_clear()
        .env("PATH", path)
        .env("HOME", folder.path().join("home"))
        .env("KUBECONFIG", server.kubeconfig())
        .output()
        .unwrap_or_else(|error| panic!("{shell:?} must be there (scripts/setup-tests): {error}"));
    assert!(!folder.path().join("home").exists(), "the collector wrote into the home folder");
    let said = String::from_utf8(done.stdout).expect("text");
    let complained = String::from_utf8_lossy(&done.stderr).into_owned();
    assert!(said.lines().count() <= 1, "the archive's path alone: {said}");
    let archive = said.lines().next().map(PathBuf::from).filter(|path| path.is_file());
    let left: Vec<_> = fs::read_dir(&output).expect("readable").map(|entry| entry.expect("readable").path()).collect();
    assert_eq!(left, archive.iter().cloned().collect::<Vec<_>>(), "the archive and nothing else: {complained}");
    let unpacked = folder.path().join("unpacked");
    fs::create_dir(&unpacked).expect("a folder");
    if let Some(archive) = &archive {
        let file = fs::File::open(archive).expect("the archive");
        tar::Archive::new(flate2::read::GzDecoder::new(file)).unpack(&unpacked).expect("a sound archive");
    }
    let bundle = fs::read_dir(&unpacked).expect("readable").next().map_or(unpacked.clone(), |top| top.unwrap().path());
    Collection { status: done.status.code().unwrap_or(-1), complained, archive, bundle, _folder: folder }
}

/// A row of `commands.tsv`.
#[derive(Debug, Clone)]
pub struct Row {
    /// What it was to write.
    pub path: String,
    /// Exit status of kubectl.
    pub status: i32,
    /// Bytes written.
    pub bytes: u64,
    /// The command line.
    pub command: String,
}

impl Collection {
    /// The analyzer's report on the archive.
    pub fn report(&self) -> Value {
        let archive = self.archive.clone().unwrap_or_else(|| panic!("no archive: {}", self.complained));
        let postmortem = analyze(&Input::Path(archive), &Limits::default(), &CATALOG).expect("a report");
        serde_json::from_str(&report::json(&postmortem)).expect("JSON")
    }

    /// The rows of `commands.tsv`.
    pub fn commands(&self) -> Vec<Row> {
        let text = self.read("commands.tsv");
        let mut lines = text.lines();
        assert_eq!(lines.next(), Some("path\texitStatus\tseconds\tbytes\tcommand"));
        lines
            .map(|line| {
                let cells: Vec<&str> = line.split('\t').collect();
                let [path, status, seconds, bytes, command] = cells.as_slice() else { panic!("{line}") };
                let _: f64 = seconds.parse().expect("seconds");
                Row {
                    path: (*path).to_string(),
                    status: status.parse().expect("a status"),
                    bytes: bytes.parse().expect("bytes"),
                    command: (*command).to_string(),
                }
            })
            .collect()
    }

    /// A file of the bundle.
    pub fn read(&self, path: &str) -> String {
        fs::read_to_string(self.bundle.join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    /// Whether a file is in the bundle.
    pub fn has(&self, path: &str) -> bool {
        self.bundle.join(path).exists()
    }

    /// Every file of the bundle with its content.
    pub fn files(&self) -> Vec<(String, Vec<u8>)> {
        files(&self.bundle)
            .into_iter()
            .map(|path| {
                let below = path.strip_prefix(&self.bundle).expect("below").to_string_lossy().into_owned();
                (below, fs::read(&path).expect("readable"))
            })
            .collect()
    }

    /// Faults of the bundle's form: a row without its file, a file without its row, a checksum that does not hold.
    pub fn faults_of_form(&self) -> Vec<String> {
        let mut faults = Vec::new();
        let rows = self.commands();
        for row in &rows {
            let size = fs::metadata(self.bundle.join(&row.path)).map(|file| file.len());
            match size {
                Ok(size) if size != row.bytes => faults.push(format!("{}: {size} bytes, not {}", row.path, row.bytes)),
                Err(_) if row.status == 0 => faults.push(format!("{} is missing", row.path)),
                _ => {}
            }
            if row.status != 0 && row.bytes == 0 && !self.has(&format!("{}.stderr", row.path)) {
                faults.push(format!("{}: nothing says why", row.path));
            }
        }
        let of_itself = ["kubemortem.yaml", "commands.tsv", "SHA256SUMS", "skipped.tsv"];
        for (path, _) in self.files() {
            let about = path.trim_end_matches(".stderr");
            if !of_itself.contains(&about) && !rows.iter().any(|row| row.path == about) {
                faults.push(format!("{path} has no row in commands.tsv"));
            }
        }
        let check = Command::new("sha256sum")
            .args(["--check", "--quiet", "SHA256SUMS"])
            .current_dir(&self.bundle)
            .output()
            .expect("sha256sum");
        if !check.status.success() {
            faults.push(String::from_utf8_lossy(&check.stdout).into_owned());
        }
        faults
    }
}

/// The gaps of a report, `kind path` each.
pub fn gaps(report: &Value) -> Vec<String> {
    let all = report["gaps"].as_array().cloned().unwrap_or_default();
    let word = |gap: &Value, key: &str| gap[key].as_str().unwrap_or_default().to_string();
    all.iter().map(|gap| format!("{} {}", word(gap, "kind"), word(gap, "path"))).collect()
}

/// A sample.
pub fn sample(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("samples").join(name)
}
