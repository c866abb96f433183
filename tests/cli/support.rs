//! Runs the binary, and makes small bundles.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// What a run left.
#[derive(Debug)]
pub struct Run {
    pub status: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Run {
    fn of(output: Output) -> Run {
        Run {
            status: output.status.code().expect("it ended by itself"),
            stdout: String::from_utf8(output.stdout).expect("UTF-8"),
            stderr: String::from_utf8(output.stderr).expect("UTF-8"),
        }
    }

    /// The JSON on standard output.
    pub fn json(&self) -> Value {
        assert_eq!(self.status, 0, "{}", self.stderr);
        serde_json::from_str(&self.stdout).expect("JSON")
    }
}

fn program(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kubemortem"));
    command.args(arguments).stdin(Stdio::null());
    command
}

/// Runs the binary.
pub fn run(arguments: &[&str]) -> Run {
    Run::of(program(arguments).output().expect("it runs"))
}

/// Runs the binary with something on its standard input.
pub fn run_with(arguments: &[&str], input: &[u8]) -> Run {
    let mut command = program(arguments);
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it runs");
    let mut pipe = child.stdin.take().expect("a pipe");
    let input = input.to_vec();
    let writer = std::thread::spawn(move || {
        let _ = pipe.write_all(&input);
    });
    let output = child.wait_with_output().expect("it ends");
    writer.join().expect("written");
    Run::of(output)
}

/// The JSON report of a bundle.
pub fn report(path: &Path) -> Value {
    run(&["analyze", "--format", "json", &path.display().to_string()]).json()
}

/// Runs a tool in a folder; a tool that is missing or fails is a failure of the test.
pub fn tool(folder: &Path, script: &str) {
    let status = Command::new("bash").args(["-ec", script]).current_dir(folder).stdout(Stdio::null()).status();
    assert!(status.expect("bash").success(), "{script}");
}

/// A sample's bundle.
pub fn sample(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("samples").join(name).join("bundle")
}

/// What `kubectl describe pod` prints of a container that was killed at its memory limit.
pub const DESCRIBE: &str = "\
Name:             web-0
Namespace:        shop
Node:             node-1/10.0.0.1
Start Time:       Tue, 16 Jun 2026 08:00:00 +0000
Status:           Running
Containers:
  app:
    Container ID:   containerd://0a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e8f9
    Image:          registry.acme.io/shop/web:1.4.2
    State:          Waiting
      Reason:       CrashLoopBackOff
    Last State:     Terminated
      Reason:       OOMKilled
      Exit Code:    137
      Started:      Tue, 16 Jun 2026 08:20:01 +0000
      Finished:     Tue, 16 Jun 2026 08:20:09 +0000
    Ready:          False
    Restart Count:  7
    Limits:
      memory:  256Mi
Conditions:
  Type              Status
  Ready             False
Events:
  Type     Reason   Age                 From     Message
  ----     ------   ----                ----     -------
  Warning  BackOff  10s (x40 over 15m)  kubelet  Back-off restarting failed container app in pod web-0_shop(1)
";

/// A folder with `b/describe-web-0.txt` and further files in it.
pub fn bundle(files: &[(&str, &[u8])]) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for (path, content) in [("b/describe-web-0.txt", DESCRIBE.as_bytes())].iter().chain(files) {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        fs::write(path, content).expect("written");
    }
    folder
}

/// That the sound part of the bundle was still analyzed: its one incident is found, and its citations hold.
pub fn still_analyzed(path: &Path) -> Value {
    let report = report(path);
    let causes: Vec<&str> =
        report["incidents"].as_array().unwrap().iter().filter_map(|i| i["cause"].as_str()).collect();
    assert_eq!(causes, ["oom-killed"], "{}", report["gaps"]);
    let markdown = run(&["analyze", &path.display().to_string()]);
    assert_eq!(markdown.status, 0, "{}", markdown.stderr);
    let file = tempfile::NamedTempFile::new().unwrap();
    fs::write(file.path(), &markdown.stdout).unwrap();
    let checked = run(&["verify", &file.path().display().to_string(), &path.display().to_string()]);
    assert_eq!(checked.status, 0, "{}{}", checked.stdout, checked.stderr);
    report
}

/// The gaps of a report: path, kind, what.
pub fn gaps(report: &Value) -> Vec<(&str, &str, &str)> {
    fn text<'v>(gap: &'v Value, key: &str) -> &'v str {
        gap[key].as_str().unwrap_or_default()
    }
    let all = report["gaps"].as_array().unwrap().iter();
    all.map(|gap| (text(gap, "path"), text(gap, "kind"), text(gap, "what"))).collect()
}

/// That there is a gap of a kind, of this path, in words that hold these.
pub fn has_gap(report: &Value, path: &str, kind: &str, words: &str) {
    let all = gaps(report);
    assert!(
        all.iter().any(|(p, k, what)| *p == path && *k == kind && what.contains(words)),
        "no gap {path} {kind} {words:?} in {all:#?}"
    );
}
