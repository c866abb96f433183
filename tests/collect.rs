//! The collector (`scripts/collect.sh`) as far as it needs no server, under every shell it is made for.
//!
//! `tests/collect/kubectl` stands for kubectl; `pods.json` and `describe.txt` beside it hold credentials, each with the
//! word `leak` in it, in every place where one may stand.

#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic)] // a test says what must hold

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

/// The shells; each must be there (`scripts/setup-tests`).
const SHELLS: &[&[&str]] = &[&["dash"], &["bash"], &["busybox", "sh"]];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Runs the script without any cluster.
fn run(shell: &[&str], arguments: &[&str]) -> Output {
    Command::new(shell[0])
        .args(&shell[1..])
        .arg(root().join("scripts/collect.sh"))
        .args(arguments)
        .env("KUBECONFIG", "/nonexistent")
        .output()
        .unwrap_or_else(|error| panic!("{shell:?} must be there (scripts/setup-tests): {error}"))
}

/// A folder with the stand-in, and what a run left there.
struct Site {
    folder: tempfile::TempDir,
}

/// A finished run.
struct Collected {
    status: Option<i32>,
    stdout: String,
    stderr: String,
    /// The unpacked bundle, where there is one.
    bundle: PathBuf,
}

impl Site {
    /// `answer`: what the stand-in says before its usual answers, in shell.
    fn new(answer: &str) -> Site {
        let folder = tempfile::tempdir().expect("a folder");
        for name in ["kubectl", "pods.json", "describe.txt"] {
            fs::copy(root().join("tests/collect").join(name), folder.path().join(name)).expect("copied");
        }
        for name in ["out", "home", "unpacked"] {
            fs::create_dir(folder.path().join(name)).expect("a folder");
        }
        fs::write(folder.path().join("answer"), answer).expect("written");
        Site { folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn command(&self, shell: &[&str], arguments: &[&str]) -> Command {
        // A signal that was ignored when a shell began cannot be trapped by it: a test run in the background ignores SIGINT.
        let mut command = Command::new("/usr/bin/env");
        command
            .arg("--default-signal=INT,TERM,HUP")
            .args(shell)
            .arg(root().join("scripts/collect.sh"))
            .args(["--kubectl", &self.path("kubectl").display().to_string()])
            .args(["--output", &self.path("out").display().to_string()])
            .args(arguments)
            .env("HOME", self.path("home"))
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .stdin(Stdio::null());
        command
    }

    fn collect(&self, shell: &[&str], arguments: &[&str]) -> Collected {
        let child = self.command(shell, arguments).spawn();
        self.finish(child.unwrap_or_else(|error| panic!("{shell:?} must be there (scripts/setup-tests): {error}")))
    }

    fn finish(&self, child: Child) -> Collected {
        let output = child.wait_with_output().expect("an end");
        let (stdout, stderr) = (text(&output.stdout), text(&output.stderr));
        let mut bundle = PathBuf::new();
        if stdout.ends_with(".tar.gz\n") {
            let unpacked = self.path("unpacked");
            let tar = Command::new("tar").args(["-xzf", stdout.trim(), "-C"]).arg(&unpacked).status().expect("tar");
            assert!(tar.success());
            let top = Path::new(stdout.trim()).file_name().and_then(|name| name.to_str()).expect("a name");
            bundle = unpacked.join(top.trim_end_matches(".tar.gz"));
        }
        Collected { status: output.status.code(), stdout, stderr, bundle }
    }

    fn calls(&self) -> String {
        fs::read_to_string(self.path("calls")).unwrap_or_default()
    }
}

impl Collected {
    fn read(&self, path: &str) -> String {
        fs::read_to_string(self.bundle.join(path)).unwrap_or_else(|error| panic!("{path}: {error}\n{}", self.stderr))
    }

    fn has(&self, path: &str) -> bool {
        self.bundle.join(path).exists()
    }

    /// The exit status that `commands.tsv` records for an output.
    fn recorded(&self, path: &str) -> Option<String> {
        let rows = self.read("commands.tsv");
        let row = rows.lines().find(|row| row.split('\t').next() == Some(path))?.to_string();
        row.split('\t').nth(1).map(str::to_string)
    }

    fn files(&self) -> Vec<PathBuf> {
        let mut files = Vec::new();
        let mut folders = vec![self.bundle.clone()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()) {
                if entry.is_dir() { folders.push(entry) } else { files.push(entry) }
            }
        }
        files
    }
}

fn each_shell(test: impl Fn(&[&str]) + Sync) {
    std::thread::scope(|scope| {
        for shell in SHELLS {
            scope.spawn(|| test(shell));
        }
    });
}

#[test]
fn the_binary_prints_the_script() {
    let printed = Command::new(env!("CARGO_BIN_EXE_kubemortem")).arg("collect-script").output().expect("runs");
    assert!(printed.status.success());
    assert_eq!(printed.stdout, fs::read(root().join("scripts/collect.sh")).expect("the script"));
}

#[test]
fn help_says_what_is_taken_and_what_is_not() {
    each_shell(|shell| {
        let output = run(shell, &["--help"]);
        let help = text(&output.stdout);
        assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), String::new()), "{shell:?}");
        for words in
            ["--secret-keys", "Never taken: a Secret's data", "Exit status: 0 complete, 3 partial", "--dry-run"]
        {
            assert!(help.contains(words), "{shell:?}: {words}");
        }
    });
}

#[test]
fn a_dry_run_names_every_command_and_runs_none() {
    each_shell(|shell| {
        let output =
            run(shell, &["--dry-run", "--kubectl", "/nonexistent/kubectl", "-n", "shop", "-l", "app in (a, b)"]);
        let commands = text(&output.stdout);
        assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), String::new()), "{shell:?}");
        for command in [
            "kubectl get pods -n shop -l 'app in (a, b)' -o json\n",
            "kubectl get secrets -n shop\n",
            "kubectl describe pods -n NAMESPACE --show-events=true POD\n",
            "kubectl logs -n NAMESPACE POD -c CONTAINER --previous --tail=10000 --limit-bytes=20000000 --timestamps\n",
        ] {
            assert!(commands.contains(command), "{shell:?}: {command}{commands}");
        }
        assert!(!commands.contains("secrets -n shop -o"), "a Secret is only ever asked for as a table");
    });
}

#[test]
fn what_cannot_be_understood_is_said() {
    each_shell(|shell| {
        for (arguments, words) in [
            (&["--frobnicate"][..], "unknown option '--frobnicate'"),
            (&["-n"], "-n needs a value"),
            (&["-n", "a b"], "'a b' is no name"),
            (&["--pod", "../x;y"], "is no name"),
            (&["--parallel", "many"], "whole number"),
            (&["--parallel=0"], "at least 1"),
            (&["--tail=-5"], "whole number"),
            (&["--since", "yesterday"], "--since needs a time"),
            (&["--kubectl", "/nonexistent/kubectl"], "no /nonexistent/kubectl"),
            (&["--kubectl", "true", "--output", "/nonexistent"], "no folder '/nonexistent'"),
        ] {
            let output = run(shell, arguments);
            let said = text(&output.stderr);
            assert_eq!(
                (output.status.code(), text(&output.stdout)),
                (Some(2), String::new()),
                "{shell:?} {arguments:?}"
            );
            assert!(said.contains(words) && said.lines().count() == 1, "{shell:?} {arguments:?}: {said}");
        }
    });
}

#[test]
fn credentials_are_masked_and_evidence_is_not() {
    each_shell(|shell| {
        let site = Site::new("");
        let collected = site.collect(shell, &[]);
        for file in collected.files() {
            let content = text(&fs::read(&file).expect("read"));
            assert!(
                !content.contains("leak") && !content.contains("LEAK"),
                "{shell:?}: {} holds a leak",
                file.display()
            );
        }
        // The JSON stays JSON, line by line: one List per namespace, of the lines that came.
        let source = fs::read_to_string(site.path("pods.json")).expect("read");
        let shop = collected.read("namespaces/shop/pods.json");
        let pods: serde_json::Value = serde_json::from_str(&shop).expect("JSON");
        assert_eq!(pods["items"].as_array().map(Vec::len), Some(4), "{shell:?}");
        let kept: Vec<&str> = source.lines().filter(|line| !line.contains("leak") && !line.contains("LEAK")).collect();
        let missing: Vec<&str> =
            shop.lines().filter(|line| !line.contains("[REDACTED]") && !kept.contains(line)).collect();
        assert_eq!(missing, Vec::<&str>::new(), "{shell:?}: lines that did not come so");
        for evidence in [
            r#""image": "registry.example.com:5000/shop/web@sha256:0123456789abcdef""#,
            r#""path": "/token/health""#,
            r#""value": "/run/secrets/db""#,
            r#""value": "cart-db""#,
            r#""value": "shard-7""#,
            r#""value": "$(OTHER)""#,
            r#""key": "password""#,
            r#""secretName": "web-tls""#,
            r#""--port=8080""#,
            r#""--token-file""#,
            r#""value": "postgres://app:[REDACTED]@db:5432/shop""#,
            r#""--db-password=[REDACTED]""#,
            r#"password authentication failed for user \"app\"""#,
        ] {
            assert!(shop.contains(evidence), "{shell:?}: {evidence}");
        }
        let described = collected.read("namespaces/shop/describe/pod-web-1.txt");
        for evidence in [
            "      DB_PASSWORD:       [REDACTED]\n                         ",
            "      DB_PASSWORD_FILE:  /run/secrets/db\n",
            "      SMTP_PASSWORD:     <set to the key 'password' in secret 'smtp'>  Optional: false\n",
            "      --api-token\n      [REDACTED]\n      --port=8080\n",
            "    Liveness:       http-get http://:8080/token/health delay=0s",
            "    SecretName:  web-tls\n",
        ] {
            // The first is only the beginning of its line.
            let wanted = evidence.trim_end_matches(' ').trim_end_matches('\n');
            assert!(described.contains(wanted), "{shell:?}: {wanted}\n{described}");
        }
        assert_eq!(described.lines().count(), 48, "{shell:?}");
        assert!(
            collected.read("namespaces/shop/describe/pod-web-4.txt").starts_with("Name:             web-4\n"),
            "{shell:?}"
        );
        let header = collected.read("kubemortem.yaml");
        assert!(
            header.contains("masked: { envValues: 14, arguments: 13, annotations: 3, other: 2 }\n"),
            "{shell:?}: {header}"
        );
    });
}

#[test]
fn the_tools_of_busybox_are_enough() {
    let tools = tempfile::tempdir().expect("a folder");
    let installed = Command::new("busybox").args(["--install", "-s"]).arg(tools.path()).status().expect("busybox");
    assert!(installed.success());
    let site = Site::new("");
    let shell = tools.path().join("sh");
    let child = site.command(&[&shell.display().to_string()], &[]).env("PATH", tools.path()).spawn();
    let collected = site.finish(child.expect("busybox"));
    assert_eq!(collected.status, Some(3), "{}", collected.stderr);
    let leaks = collected.files().iter().filter(|file| text(&fs::read(file).expect("read")).contains("leak")).count();
    assert_eq!(leaks, 0);
    let sums = Command::new("sha256sum").args(["-c", "--quiet", "SHA256SUMS"]).current_dir(&collected.bundle).status();
    assert!(sums.expect("sha256sum").success());
}

#[test]
fn a_bundle_and_nothing_else_is_left() {
    each_shell(|shell| {
        let site = Site::new("case \"$*\" in describe*) echo 'Name:  '; exit 0 ;; esac");
        let collected = site.collect(shell, &[]);
        let left: Vec<_> = fs::read_dir(site.path("out")).expect("a folder").collect();
        assert_eq!(left.len(), 1, "{shell:?}");
        assert_eq!(fs::read_dir(site.path("home")).expect("a folder").count(), 0, "{shell:?}");
        assert!(!collected.has(".work"), "{shell:?}");
        let sums =
            Command::new("sha256sum").args(["-c", "--quiet", "SHA256SUMS"]).current_dir(&collected.bundle).status();
        assert!(sums.expect("sha256sum").success(), "{shell:?}");
        let listed = collected.read("SHA256SUMS").lines().count();
        assert_eq!(listed + 1, collected.files().len(), "{shell:?}: every file but SHA256SUMS itself is listed");
        let first = Command::new("tar").args(["-tzf", collected.stdout.trim()]).output().expect("tar");
        let names = text(&first.stdout);
        assert!(names.lines().next().is_some_and(|name| name.ends_with("/kubemortem.yaml")), "{shell:?}: {names}");
        assert!(names.lines().last().is_some_and(|name| name.ends_with("/SHA256SUMS")), "{shell:?}: {names}");
        for call in site.calls().lines().filter(|line| !line.starts_with('"')) {
            let verb = call.split(' ').next().unwrap_or_default();
            assert!(
                ["version", "api-resources", "get", "describe", "logs", "top"].contains(&verb),
                "{shell:?}: {call}"
            );
            assert!(!call.starts_with("get secrets") || call == "get secrets -A", "{shell:?}: {call}");
            assert!(!call.contains("serviceaccount"), "{shell:?}: {call}");
        }
        // Not scheduled, so nothing ran: an empty log would say that it did.
        assert!(
            !site.calls().contains("logs -n shop web-4") && !site.calls().contains("logs -n shop web-3"),
            "{shell:?}"
        );
    });
}

#[test]
fn an_empty_log_is_a_file_and_an_absent_one_is_none() {
    each_shell(|shell| {
        let site = Site::new("");
        let collected = site.collect(shell, &[]);
        let logs = "namespaces/shop/logs";
        assert_eq!(collected.read(&format!("{logs}/web-1/web.log")), "", "{shell:?}");
        assert_eq!(collected.recorded(&format!("{logs}/web-1/web.log")).as_deref(), Some("0"), "{shell:?}");
        assert!(collected.read(&format!("{logs}/web-1/web.previous.log")).contains("last words"), "{shell:?}");
        assert!(!collected.has(&format!("{logs}/web-2/web.previous.log")), "{shell:?}");
        assert!(
            collected.read(&format!("{logs}/web-2/web.previous.log.stderr")).contains("previous terminated"),
            "{shell:?}"
        );
        assert_eq!(collected.recorded(&format!("{logs}/web-2/web.previous.log")).as_deref(), Some("1"), "{shell:?}");
        assert!(collected.has(&format!("{logs}/web-2/setup.log")), "{shell:?}: init containers too");
        // A list of nothing is a file of nothing; the metrics API is not there at all.
        assert_eq!(collected.read("namespaces/shop/events.txt"), "", "{shell:?}");
        assert_eq!(collected.recorded("cluster/top-pods.txt").as_deref(), Some("1"), "{shell:?}");
        assert!(!collected.has("namespaces/shop/top-pods.txt"), "{shell:?}");
    });
}

#[test]
fn what_is_refused_for_all_is_asked_for_each() {
    let answer = r#"
case "$*" in
'get pods -A '* | 'get secrets -A'*)
    # Refused, kubectl prints an empty list all the same.
    case "$*" in *json) printf '{\n    "apiVersion": "v1",\n    "items": [],\n    "kind": "List",\n    "metadata": {\n        "resourceVersion": ""\n    }\n}\n' ;; esac
    echo 'Error from server (Forbidden): pods is forbidden: User "jo" cannot list resource "pods" at the cluster scope' >&2
    exit 1 ;;
'get pods -n shop -o json') cat "$here/pods.json"; exit 0 ;;
'get secrets -n calm')
    echo 'Error from server (Forbidden): secrets is forbidden: User "jo" cannot list resource "secrets"' >&2
    exit 1 ;;
esac"#;
    each_shell(|shell| {
        let site = Site::new(answer);
        let collected = site.collect(shell, &[]);
        assert_eq!(collected.status, Some(3), "{shell:?}");
        assert_eq!(collected.recorded("namespaces/shop/pods.json").as_deref(), Some("0"), "{shell:?}");
        assert_eq!(collected.recorded("namespaces/calm/secrets.txt").as_deref(), Some("1"), "{shell:?}");
        assert!(!collected.has("namespaces/calm/secrets.txt"), "{shell:?}");
        assert!(collected.has("namespaces/calm/secrets.txt.stderr"), "{shell:?}");
        assert!(collected.has("namespaces/shop/describe/pod-web-1.txt"), "{shell:?}");
        assert!(collected.stderr.contains("forbidden: namespaces/calm/secrets.txt"), "{shell:?}: {}", collected.stderr);
        let header = collected.read("kubemortem.yaml");
        assert!(header.contains("refusedForAllNamespaces: [pods, secrets]"), "{shell:?}: {header}");
    });
}

#[test]
fn a_slow_command_is_stopped_and_said_to_be() {
    each_shell(|shell| {
        let site = Site::new("case \"$*\" in logs*web-1*--previous*) exec sleep 900 ;; esac");
        let begun = Instant::now();
        let collected = site.collect(shell, &["--timeout", "8"]);
        assert!(begun.elapsed() < Duration::from_secs(600), "{shell:?}");
        let path = "namespaces/shop/logs/web-1/web.previous.log";
        assert_eq!((collected.status, collected.recorded(path).as_deref()), (Some(3), Some("124")), "{shell:?}");
        assert!(collected.read(&format!("{path}.stderr")).contains("timed out after 8 s"), "{shell:?}");
        assert!(collected.stderr.contains("timed out: "), "{shell:?}: {}", collected.stderr);
    });
}

#[test]
fn a_log_that_breaks_off_is_asked_for_again() {
    let answer = r#"
case "$*" in
logs*web-1*--previous*)
    echo "the first half"
    if [ -e "$here/broke" ]; then echo "the second half"; exit 0; fi
    touch "$here/broke"
    echo "error: unexpected EOF" >&2
    exit 1 ;;
logs*web-2*setup*)
    echo "half of it"
    echo "error: unexpected EOF" >&2
    exit 1 ;;
esac"#;
    each_shell(|shell| {
        let site = Site::new(answer);
        let collected = site.collect(shell, &[]);
        let path = "namespaces/shop/logs/web-1/web.previous.log";
        assert_eq!(collected.read(path), "the first half\nthe second half\n", "{shell:?}");
        assert!(!collected.has(&format!("{path}.stderr")), "{shell:?}");
        let path = "namespaces/shop/logs/web-2/setup.log";
        assert_eq!(collected.read(path), "half of it\n", "{shell:?}");
        assert_eq!(collected.recorded(path).as_deref(), Some("1"), "{shell:?}");
        assert!(collected.stderr.contains("cut off: "), "{shell:?}: {}", collected.stderr);
        let inspected = Command::new(env!("CARGO_BIN_EXE_kubemortem")).arg("inspect").arg(&collected.bundle).output();
        let said = text(&inspected.expect("runs").stdout);
        assert!(said.contains("truncated     namespaces/shop/logs/web-2/setup.log"), "{shell:?}: {said}");
    });
}

#[test]
fn a_log_too_long_keeps_its_end() {
    let answer = r#"
case "$*" in
logs*web-1*--previous*--tail=10000*) head -c 5000 /dev/zero | tr '\0' a; exit 0 ;;
logs*web-1*--previous*--tail=1000*) echo "the end"; exit 0 ;;
esac"#;
    each_shell(|shell| {
        let site = Site::new(answer);
        let collected = site.collect(shell, &["--limit-bytes", "5000"]);
        assert_eq!(collected.read("namespaces/shop/logs/web-1/web.previous.log"), "the end\n", "{shell:?}");
    });
}

#[test]
fn a_signal_packs_what_is_there() {
    let answer = "case \"$*\" in logs*) touch \"$here/begun\"; exec sleep 900 ;; esac";
    each_shell(|shell| {
        for signal in ["INT", "TERM", "HUP"] {
            let site = Site::new(answer);
            let child = site.command(shell, &[]).spawn().expect("spawned");
            let begun = Instant::now();
            while !site.path("begun").exists() {
                assert!(begun.elapsed() < Duration::from_secs(600), "{shell:?} {signal}: no log was asked for");
                std::thread::sleep(Duration::from_millis(50));
            }
            let killed = Command::new("kill").args([&format!("-{signal}"), &child.id().to_string()]).status();
            assert!(killed.expect("kill").success());
            let collected = site.finish(child);
            assert!(begun.elapsed() < Duration::from_secs(600), "{shell:?} {signal}: it waited for its commands");
            assert_eq!(collected.status, Some(3), "{shell:?} {signal}: {}", collected.stderr);
            assert!(collected.has("namespaces/shop/pods.json"), "{shell:?} {signal}");
            let header = collected.read("kubemortem.yaml");
            assert!(
                header.contains(&format!("stopped: \"interrupted (SIG{signal})\"")),
                "{shell:?} {signal}: {header}"
            );
            let inspected =
                Command::new(env!("CARGO_BIN_EXE_kubemortem")).arg("inspect").arg(&collected.bundle).output();
            let said = text(&inspected.expect("runs").stdout);
            assert!(said.contains("the collection ended early: interrupted"), "{shell:?} {signal}: {said}");
        }
    });
}

#[test]
fn a_full_disk_ends_it_and_leaves_a_bundle() {
    let answer = r#"
case "$*" in logs*) echo 'error: write /dev/stdout: no space left on device' >&2; exit 1 ;; esac"#;
    each_shell(|shell| {
        let site = Site::new(answer);
        let collected = site.collect(shell, &["--parallel", "1"]);
        assert_eq!(collected.status, Some(3), "{shell:?}: {}", collected.stderr);
        assert!(collected.read("kubemortem.yaml").contains("stopped: \"the disk is full\""), "{shell:?}");
        assert!(collected.read("skipped.tsv").contains("the disk is full"), "{shell:?}");
        assert!(collected.stderr.contains("the disk is full"), "{shell:?}");
    });
}

#[test]
fn the_size_cap_costs_the_least_important() {
    each_shell(|shell| {
        let site = Site::new("case \"$*\" in logs*) head -c 20000 /dev/zero | tr '\\0' a; exit 0 ;; esac");
        let arguments = ["--all-logs", "--max-size", "60000", "--parallel", "1"];
        let collected = site.collect(shell, &arguments);
        assert_eq!(collected.status, Some(3), "{shell:?}: {}", collected.stderr);
        assert!(collected.has("namespaces/shop/logs/web-1/web.previous.log"), "{shell:?}");
        assert!(!site.calls().contains("logs -n shop web-3"), "{shell:?}: a healthy pod's log is the last");
        let skipped = collected.read("skipped.tsv");
        assert!(
            skipped.starts_with("path\treason\n") && skipped.contains("logs/web-3/web.log\tsize cap of 60000"),
            "{skipped}"
        );
    });
}

#[test]
fn logs_of_a_node_that_is_gone_are_not_waited_for_again_and_again() {
    let answer = r#"
case "$*" in
logs*)
    echo 'Error from server: Get "https://10.0.0.5:10250/containerLogs/x": dial tcp 10.0.0.5:10250: i/o timeout' >&2
    exit 1 ;;
esac"#;
    each_shell(|shell| {
        let site = Site::new(answer);
        let collected = site.collect(shell, &["--parallel", "1"]);
        assert_eq!(site.calls().lines().filter(|call| call.starts_with("logs")).count(), 3, "{shell:?}");
        let skipped = collected.read("skipped.tsv");
        assert_eq!(skipped.matches("the node node-a does not answer").count(), 3, "{shell:?}: {skipped}");
        assert!(
            collected.stderr.contains("not asked for: 3 outputs (the node node-a"),
            "{shell:?}: {}",
            collected.stderr
        );
    });
}

#[test]
fn a_cluster_that_goes_away_ends_it() {
    let answer = r#"
case "$*" in
logs*) touch "$here/gone" ;;
esac
if [ -e "$here/gone" ]; then
    echo 'Unable to connect to the server: dial tcp 10.0.0.1:6443: i/o timeout' >&2
    exit 1
fi"#;
    each_shell(|shell| {
        let site = Site::new(answer);
        let collected = site.collect(shell, &["--parallel", "1"]);
        assert_eq!(collected.status, Some(3), "{shell:?}: {}", collected.stderr);
        let header = collected.read("kubemortem.yaml");
        assert!(header.contains("stopped: \"the cluster does not answer any more\""), "{shell:?}: {header}");
        assert!(collected.read("skipped.tsv").contains("cluster/secrets.txt\tthe cluster does not"), "{shell:?}");
    });
}

#[test]
fn one_slow_description_does_not_cost_the_others() {
    let answer = r#"
case "$*" in
'describe pods -n shop --show-events=true web-1 web-4' | 'describe pods -n shop --show-events=true web-4') exec sleep 900 ;;
esac"#;
    each_shell(|shell| {
        let site = Site::new(answer);
        let collected = site.collect(shell, &["--timeout", "8"]);
        let (quick, slow) = ("namespaces/shop/describe/pod-web-1.txt", "namespaces/shop/describe/pod-web-4.txt");
        assert_eq!(collected.recorded(quick).as_deref(), Some("0"), "{shell:?}");
        assert_eq!(collected.recorded(slow).as_deref(), Some("124"), "{shell:?}");
    });
}

#[test]
fn no_cluster_is_said_and_nothing_is_left() {
    let refused = r#"
echo 'The connection to the server 10.0.0.1:6443 was refused - did you specify the right host or port?' >&2
exit 1"#;
    each_shell(|shell| {
        for (answer, words) in [
            (
                refused,
                "no answer from the cluster. kubectl says: The connection to the server 10.0.0.1:6443 was refused",
            ),
            (
                "echo 'error: error loading config file: yaml: line 3' >&2; exit 1",
                "kubectl says: error: error loading config",
            ),
            (
                "echo 'error: You must be logged in to the server (Unauthorized)' >&2; exit 1",
                "kubectl says: error: You must be logged in",
            ),
        ] {
            let site = Site::new(answer);
            let collected = site.collect(shell, &[]);
            assert_eq!((collected.status, collected.stdout.as_str()), (Some(2), ""), "{shell:?}: {}", collected.stderr);
            assert!(collected.stderr.contains(words), "{shell:?}: {}", collected.stderr);
            assert_eq!(fs::read_dir(site.path("out")).expect("a folder").count(), 0, "{shell:?}");
        }
    });
}

#[test]
fn a_namespace_that_is_not_there_is_named() {
    let answer = r#"
case "$*" in
'get namespaces nope shop'*)
    printf 'NAME   STATUS   AGE\nshop   Active   9d\n'
    echo 'Error from server (NotFound): namespaces "nope" not found' >&2
    exit 1 ;;
'get namespaces nope'*) echo 'Error from server (NotFound): namespaces "nope" not found' >&2; exit 1 ;;
'get pods -n shop -o json') cat "$here/pods.json"; exit 0 ;;
esac"#;
    each_shell(|shell| {
        let site = Site::new(answer);
        let collected = site.collect(shell, &["-n", "nope", "-n", "shop"]);
        assert_eq!(collected.status, Some(3), "{shell:?}: {}", collected.stderr);
        assert!(collected.stderr.contains("there is no namespace nope"), "{shell:?}");
        assert!(
            collected.has("namespaces/shop/pods.json") && !collected.has("namespaces/nope/services.json"),
            "{shell:?}"
        );
        let other = Site::new(answer);
        let collected = other.collect(shell, &["-n", "nope"]);
        assert_eq!((collected.status, collected.stdout.as_str()), (Some(2), ""), "{shell:?}: {}", collected.stderr);
    });
}
