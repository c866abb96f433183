//! The collector (`scripts/collect.sh`), as far as it needs no server, under every shell it is made for.

use std::process::{Command, Output};

/// The shells; each must be there (`scripts/setup-tests`).
const SHELLS: &[&[&str]] = &[&["sh"], &["dash"], &["bash"], &["busybox", "sh"]];

fn script() -> String {
    format!("{}/scripts/collect.sh", env!("CARGO_MANIFEST_DIR"))
}

fn run(shell: &[&str], arguments: &[&str]) -> Output {
    Command::new(shell[0])
        .args(&shell[1..])
        .arg(script())
        .args(arguments)
        .env("KUBECONFIG", "/nonexistent")
        .output()
        .unwrap_or_else(|error| panic!("{shell:?} must be there (scripts/setup-tests): {error}"))
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn the_binary_prints_the_script() {
    let printed = Command::new(env!("CARGO_BIN_EXE_kubemortem")).arg("collect-script").output().expect("runs");
    assert!(printed.status.success());
    assert_eq!(printed.stdout, std::fs::read(script()).expect("the script"));
}

#[test]
fn help_says_what_is_taken_and_what_is_not() {
    for shell in SHELLS {
        let output = run(shell, &["--help"]);
        let help = text(&output.stdout);
        assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), String::new()), "{shell:?}");
        for words in
            ["--secret-keys", "Never taken: a Secret's data", "Exit status: 0 complete, 3 partial", "--dry-run"]
        {
            assert!(help.contains(words), "{shell:?}: {words}");
        }
    }
}

#[test]
fn a_dry_run_names_every_command_and_runs_none() {
    for shell in SHELLS {
        let output =
            run(shell, &["--dry-run", "--kubectl", "/nonexistent/kubectl", "-n", "shop", "-l", "app in (a, b)"]);
        let commands = text(&output.stdout);
        assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), String::new()), "{shell:?}");
        for command in [
            "kubectl get pods -n shop -l 'app in (a, b)' -o json\n",
            "kubectl get secrets -n shop\n",
            "kubectl describe pods -n shop POD\n",
            "kubectl logs -n NAMESPACE POD -c CONTAINER --previous --tail=10000 --limit-bytes=20000000 --timestamps\n",
        ] {
            let command = command.replace("-n shop POD", "-n NAMESPACE POD");
            assert!(commands.contains(&command), "{shell:?}: {command}{commands}");
        }
        assert!(!commands.contains("secrets -n shop -o"), "a Secret is only ever asked for as a table");
    }
}

#[test]
fn what_cannot_be_understood_is_said() {
    for shell in SHELLS {
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
    }
}
