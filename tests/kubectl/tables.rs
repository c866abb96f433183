//! Tables of `kubectl get` (`-A`, `-o wide`) against the JSON of the same objects: what a row says is what the object says.

use super::facts;
use super::replay::{self, Cluster, Kubectl, Server, clock, kubectl, tables};

const KINDS: &[&str] = &[
    "nodes",
    "deployments",
    "replicasets",
    "statefulsets",
    "daemonsets",
    "jobs",
    "cronjobs",
    "services",
    "persistentvolumeclaims",
    "persistentvolumes",
    "storageclasses",
];

/// What a row says otherwise than the object: ending of the path, what it says, why.
const KUBECTLS_OWN: &[(&str, &[&str], &str)] = &[
    (" deleted", &["false"], "stands in the STATUS, which is checked by itself"),
    (" node", &[""], "`<none>`"),
    (" accessModes", &["RWO", "RWX", "ROX", "RWX,ROX"], "abbreviated"),
    (" storageClass", &[""], "the cell stands there, empty"),
    (" unschedulable", &["false"], "the API's default"),
    (" desired", &["0"], "the API's default"),
    (" ready", &["0"], "the API's default"),
];

fn scenario(name: &str, cluster: Cluster, kubectl: &Kubectl, together: bool) -> Vec<String> {
    let server = Server::start(cluster, &[]);
    let all_kinds = format!("pods,{}", KINDS.join(","));
    let json = kubectl.output(&server, &["get", &all_kinds, "-A", "-o", "json"]);
    let exact = facts::flat(&facts::read(&[("all.json", &json)]));
    let mut wrong = Vec::new();
    for wide in [true, false] {
        let more: &[&str] = if wide { &["-o", "wide"] } else { &[] };
        // One kind a command, or all kinds in one, whose names then have their kind in front.
        let commands = if together { vec![all_kinds.as_str()] } else { [&["pods"], KINDS].concat() };
        let outputs: Vec<(String, String)> = commands
            .iter()
            .map(|kinds| (format!("{kinds}.txt"), kubectl.output(&server, &[&["get", kinds, "-A"], more].concat())))
            .filter(|(_, text)| !text.is_empty())
            .collect();
        let files: Vec<(&str, &str)> = outputs.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
        let printed = facts::read(&files);
        for (path, said) in facts::flat(&printed) {
            let own = KUBECTLS_OWN.iter().any(|(end, shown, _)| path.ends_with(end) && shown.contains(&said.as_str()));
            // A row names the images of the containers, not of the init containers.
            let some = path.ends_with(" image")
                && exact.get(&path).is_some_and(|all| said.split(" | ").all(|image| all.contains(image)));
            if exact.get(&path) != Some(&said) && !own && !some && !path.ends_with(" row") {
                wrong.push(format!("{path}: JSON {:?}, table {said:?}", exact.get(&path)));
            }
        }
        for object in server.cluster().objects("pods") {
            let status = tables::pod_status(&object.value);
            let wanted =
                (Some(status.ready as u32), Some(status.total as u32), status.reason, Some(status.restarts as u64));
            let row = printed.facts.pods.iter().find(|pod| {
                let is = |fact: &Option<kubemortem::text::Located<String>>, word: &str| {
                    fact.as_ref().is_some_and(|found| found.value == word)
                };
                is(&pod.name, &object.name) && is(&pod.namespace, &object.namespace)
            });
            let found = row.and_then(|pod| pod.row.clone()).map(|row| (row.ready, row.total, row.status, row.restarts));
            if found.as_ref() != Some(&wanted) {
                wrong.push(format!("row of {}: {found:?}, not {wanted:?}", object.name));
            }
        }
    }
    wrong.extend(events(&server, kubectl));
    wrong.iter().map(|line| format!("{name}, kubectl 1.{}: {line}", kubectl.minor)).collect()
}

/// `get events`, plain and wide, against its JSON.
fn events(server: &Server, kubectl: &Kubectl) -> Vec<String> {
    let mut wrong = Vec::new();
    if server.cluster().objects("events").is_empty() {
        return wrong;
    }
    let json = kubectl.output(server, &["get", "events", "-A", "-o", "json"]);
    let exact = facts::read(&[("events.json", &json)]).facts.events;
    for wide in [true, false] {
        let more: &[&str] = if wide { &["-o", "wide"] } else { &[] };
        let text = kubectl.output(server, &[&["get", "events", "-A"], more].concat());
        let now = clock::now();
        let printed = facts::read(&[("events.txt", &text)]).facts.events;
        if printed.len() != exact.len() {
            wrong.push(format!("{} events in JSON, {} in the table (wide: {wide})", exact.len(), printed.len()));
        }
        for event in &printed {
            let same = exact.iter().any(|other| {
                // From 1.2x on a table prints the first line of a message.
                let first = other.message.lines().next().unwrap_or_default().trim_end_matches("...");
                let said = event.message.trim_end_matches("...");
                let counted = !wide || (event.count == other.count && event.object.container == other.object.container);
                event.reason == other.reason
                    && event.event_type == other.event_type
                    && event.object.kind == other.object.kind
                    && event.object.name == other.object.name
                    && (said == first || event.message == other.message)
                    && counted
                    && facts::same_times(event, other, now)
            });
            if !same {
                wrong.push(format!("no JSON for the event {} {event:?}", facts::event_line(event)));
            }
        }
    }
    wrong
}

#[test]
fn rows_say_what_json_says_of_every_kind() {
    let yaml = include_str!("../replay/every-kind.yaml");
    let wrong = replay::for_all(Kubectl::all(), |kubectl| {
        scenario("every-kind", Cluster::described("v1.30.4", yaml), kubectl, false)
    });
    assert!(wrong.is_empty(), "{} differences\n{}", wrong.len(), wrong.join("\n"));
}

/// The server makes the rows: one old and one new kubectl print them.
#[test]
fn rows_say_what_json_says_in_every_scenario() {
    let scenarios = kubectl::scenarios();
    let each: Vec<_> = scenarios.iter().enumerate().collect();
    let wrong = replay::for_all(&each, |(index, sample)| {
        let kubectl = if index % 2 == 0 { Kubectl::newest() } else { Kubectl::old() };
        let name = sample.file_name().expect("a name").to_string_lossy().into_owned();
        scenario(&name, Cluster::recorded(&sample.join("bundle")), kubectl, true)
    });
    assert!(wrong.is_empty(), "{} differences\n{}", wrong.len(), wrong.join("\n"));
}
