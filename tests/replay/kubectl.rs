//! The real kubectls: the newest, and older ones as sites have them. `scripts/setup-tests` brings them; without them a
//! test fails.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::LazyLock;

use super::server::Server;

/// One kubectl.
#[derive(Debug, Clone)]
pub struct Kubectl {
    /// The program.
    pub program: PathBuf,
    /// Its minor version: 28 for v1.28.3.
    pub minor: u32,
}

/// The versions that are here, oldest first.
static ALL: LazyLock<Vec<Kubectl>> = LazyLock::new(|| {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/tools/kubectl");
    let wanted = ["kubectl", "kubectl-1.20", "kubectl-1.28", "kubectl-1.32", "kubectl-1.35"];
    if wanted.iter().any(|name| !folder.join(name).is_file()) {
        let setup = Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/setup-tests");
        let done = Command::new("bash").arg(setup).status().expect("bash");
        assert!(done.success(), "scripts/setup-tests could not bring the kubectls that the tests need");
    }
    let mut all: Vec<Kubectl> = wanted
        .iter()
        .map(|name| {
            let program = folder.join(name);
            let output = Command::new(&program).args(["version", "--client", "-o", "json"]).output();
            let output = output.unwrap_or_else(|error| panic!("{}: {error}", program.display()));
            let version: serde_json::Value = serde_json::from_slice(&output.stdout).expect("a version");
            let version = version["clientVersion"]["gitVersion"].as_str().expect("a version").to_string();
            let minor = version.split('.').nth(1).and_then(|minor| minor.parse().ok()).expect("a minor version");
            Kubectl { program, minor }
        })
        .collect();
    all.sort_by_key(|kubectl| kubectl.minor);
    all
});

impl Kubectl {
    /// All versions, oldest first.
    pub fn all() -> &'static [Kubectl] {
        &ALL
    }

    /// The newest.
    pub fn newest() -> &'static Kubectl {
        ALL.last().expect("a kubectl")
    }

    /// The newest of 1.28 or older.
    pub fn old() -> &'static Kubectl {
        ALL.iter().rfind(|kubectl| kubectl.minor <= 28).expect("a kubectl of 1.28 or older")
    }

    /// A command line of this kubectl against a server, with nothing of the machine's own configuration.
    pub fn command(&self, server: &Server) -> Command {
        let mut command = Command::new(&self.program);
        command.env_clear().env("HOME", server.home()).env("KUBECONFIG", server.kubeconfig()).env("TZ", "UTC");
        command
    }

    /// Runs it.
    pub fn run(&self, server: &Server, arguments: &[&str]) -> Output {
        self.command(server).args(arguments).output().expect("kubectl runs")
    }

    /// Runs it and takes its output; it has to succeed.
    pub fn output(&self, server: &Server, arguments: &[&str]) -> String {
        let output = self.run(server, arguments);
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "kubectl 1.{} {arguments:?}: {error}", self.minor);
        String::from_utf8(output.stdout).expect("text")
    }
}

/// The recorded scenarios: samples that hold what a server needs.
pub fn scenarios() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples");
    let mut all: Vec<PathBuf> = fs::read_dir(root)
        .expect("samples")
        .map(|entry| entry.expect("readable").path())
        .filter(|sample| {
            let Ok(mut namespaces) = fs::read_dir(sample.join("bundle/namespaces")) else { return false };
            namespaces.all(|namespace| {
                let pods = fs::read_to_string(namespace.expect("readable").path().join("pods.json"));
                pods.is_ok_and(|pods| pods.contains("\"kind\": \"Pod\""))
            })
        })
        .collect();
    all.sort();
    all
}
