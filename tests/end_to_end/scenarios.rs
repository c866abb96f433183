//! Every recorded scenario comes home with its cause.

use super::collection::{SHELLS, collect};
use super::replay::{self, Cluster, Kubectl, Server, kubectl};
use super::support::expectations::{check, expected_of};

/// Each scenario under one shell with one kubectl; all pairs occur.
#[test]
fn every_scenario_comes_home_with_its_cause() {
    let scenarios = kubectl::scenarios();
    assert!(scenarios.len() >= 12, "{} scenarios", scenarios.len());
    let numbered: Vec<_> = scenarios.iter().enumerate().collect();
    let wrong = replay::for_all(&numbered, |(index, sample)| {
        let kubectls = Kubectl::all();
        let (shell, kubectl) = (SHELLS[index % SHELLS.len()], &kubectls[index % kubectls.len()]);
        let server = Server::start(Cluster::recorded(&sample.join("bundle")), &[]);
        let collection = collect(&server, shell, kubectl, &[]);
        let mut faults = collection.faults_of_form();
        if collection.status != 0 {
            faults.push(format!("status {}: {}", collection.status, collection.complained));
        }
        faults.extend(check(&expected_of(sample), &collection.report()));
        for (path, content) in collection.files() {
            let text = String::from_utf8_lossy(&content);
            faults.extend(
                server
                    .cluster()
                    .planted
                    .iter()
                    .filter(|value| text.contains(value.as_str()))
                    .map(|value| format!("{path} holds {value}")),
            );
        }
        let name = sample.file_name().expect("a name").to_string_lossy().into_owned();
        faults.into_iter().map(|fault| format!("{name}, {shell:?}, kubectl 1.{}: {fault}", kubectl.minor)).collect()
    });
    assert!(wrong.is_empty(), "{} faults\n{}", wrong.len(), wrong.join("\n"));
}
