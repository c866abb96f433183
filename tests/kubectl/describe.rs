//! `kubectl describe` against the JSON it came from, for every scenario and every kubectl.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use kubemortem::model::{Cluster as Read, Event, WorkloadKind};
use regex::Regex;

use super::facts::{self, Facts};
use super::replay::{self, Cluster, Kubectl, Server, clock, kubectl};

/// Every kind whose describe is read.
const KINDS: &str = "pods,nodes,deployments,replicasets,statefulsets,daemonsets,jobs,cronjobs,persistentvolumeclaims,\
                     persistentvolumes,storageclasses,services,namespaces,resourcequotas,serviceaccounts";

/// How text may differ from JSON.
#[derive(Debug)]
enum Printed {
    /// describe does not print it.
    Never,
    /// describe prints this where the object does not state it.
    Default(&'static str),
    /// describe prints it so.
    As(fn(&str) -> String),
    /// describe prints what the object does not state.
    Only,
}

/// What kubectl itself makes of the facts: pattern of the path, what is printed, why.
const KUBECTLS_OWN: &[(&str, Printed, &str)] = &[
    (r"^pod \S+ (uid|created|restartPolicy|imagePullSecrets)$", Printed::Never, "no line for it"),
    (r"^pod \S+ terminationGracePeriodSeconds$", Printed::Never, "no line for the spec's"),
    (
        r"^pod zoo/zebra-0 terminationGracePeriodSeconds$",
        Printed::Only,
        "of a pod that is being deleted, the deletion's",
    ),
    (r"^pod zoo/zebra-0 phase$", Printed::Never, "`Terminating` stands in its place"),
    (r"^pod \S+ condition \S+ (reason|message|lastTransitionTime)$", Printed::Never, "the table has type and status"),
    (r"^pod \S+ securityContext (runAs|fsGroup|supplemental)", Printed::Never, "only the SeccompProfile has a line"),
    (r"^pod \S+ container \S+ securityContext ", Printed::Never, "only the SeccompProfile has a line"),
    (r"^pod \S+ container \S+ (imagePullPolicy|started)$", Printed::Never, "no line for it"),
    (
        r"^pod \S+ container \S+ kind$",
        Printed::As(|kind| kind.replace("Sidecar", "Init")),
        "no line for its restartPolicy",
    ),
    (r"^pod \S+ container \S+ lifecycle ", Printed::Never, "no lines for it"),
    (r"^pod \S+ container \S+ state message$", Printed::Never, "of a waiting container it is never printed"),
    (r"^pod \S+ container \S+ lastState message$", Printed::As(unindented), "its lines are indented as they come"),
    (r"^pod \S+ container \S+ \w+ initialDelaySeconds$", Printed::Default("0"), "the API's default"),
    (r"^pod \S+ container \S+ (containerID|imageID)$", Printed::Default(""), "the line stands there, empty"),
    (r"^pod \S+ container \S+ env (CPUS)$", Printed::Only, "kubectl works out the field"),
    (r"^pod \S+ container \S+ env ", Printed::Default(""), "a variable without a value is empty"),
    (r"^pod \S+ qosClass$", Printed::Only, "kubectl works it out"),
    (r"^pod \S+ node$", Printed::Default(""), "`<none>`"),
    (r"^pod \S+ message$", Printed::As(|text| text.trim().to_string()), "blanks at the ends go"),
    (r"^node \S+ unschedulable$", Printed::Default("false"), "the API's default"),
    (r"^Job \S+ (ready|failed)$", Printed::Default("0"), "the API's default"),
    (r"^Job \S+ condition ", Printed::Never, "no lines for it"),
    (r"^(Deployment|ReplicaSet) \S+ condition \S+ message$", Printed::Never, "the table has type, status, reason"),
    (r"^(ReplicaSet|StatefulSet) \S+ ready$", Printed::Never, "pods are counted by phase, not by readiness"),
    (r"^(ReplicaSet|DaemonSet|CronJob) \S+ created$", Printed::Never, "no line for it"),
    (r"^pvc \S+ accessModes$", Printed::As(short_modes), "abbreviated"),
    (
        r"^pvc zoo/lion-data (accessModes|capacity)$",
        Printed::Never,
        "of a claim that is not bound, only what is wanted is known",
    ),
    (r"^pv \S+ storageClass$", Printed::Default(""), "the line stands there, empty"),
];

/// What older versions do not print, or print otherwise: the first version that does, the pattern, and why.
const OLDER_KUBECTLS_OWN: &[(u32, &str, Printed, &str)] = &[
    (27, r"^pod \S+ (serviceAccount|securityContext seccompProfile.type)$", Printed::Never, "no line for it"),
    (
        24,
        r"^pod \S+ container \S+ startup$",
        Printed::As(|probe| if probe.starts_with("grpc") { "unknown".into() } else { probe.into() }),
        "gRPC probes came with 1.24",
    ),
    (
        33,
        r"^pod \S+ volume all$",
        Printed::As(|volume| volume.replace("optional: true", "optional: false")),
        "a pointer is printed: 0xc000a1",
    ),
];

fn unindented(text: &str) -> String {
    text.lines().map(str::trim).collect::<Vec<_>>().join("\n")
}

fn short_modes(modes: &str) -> String {
    modes.replace("ReadWriteOnce", "RWO").replace("ReadWriteMany", "RWX").replace("ReadOnlyMany", "ROX")
}

fn differences(minor: u32, json: &Facts, text: &Facts) -> Vec<String> {
    static KNOWN: LazyLock<Vec<(u32, Regex, &Printed)>> = LazyLock::new(|| {
        let every = KUBECTLS_OWN.iter().map(|(path, printed, _)| (u32::MAX, *path, printed));
        let older = OLDER_KUBECTLS_OWN.iter().map(|(until, path, printed, _)| (*until, *path, printed));
        every
            .chain(older)
            .map(|(until, path, printed)| (until, Regex::new(path).expect("a pattern"), printed))
            .collect()
    });
    let has_cronjobs = text.keys().any(|path| path.starts_with("CronJob "));
    let paths: BTreeSet<&String> = json.keys().chain(text.keys()).collect();
    let mut all = Vec::new();
    for path in paths {
        let (exact, printed) = (json.get(path), text.get(path));
        let about = KNOWN.iter().filter(|(until, pattern, _)| minor < *until && pattern.is_match(path));
        let explained = about.into_iter().any(|(_, _, known)| match known {
            Printed::Never => printed.is_none(),
            Printed::Default(default) => exact.is_none() && printed.is_some_and(|printed| printed == default),
            Printed::Only => exact.is_none(),
            Printed::As(shape) => exact.map(|exact| shape(exact)) == printed.cloned(),
        });
        if exact != printed && !explained && (has_cronjobs || !path.starts_with("CronJob ")) {
            all.push(format!("{path}: JSON {exact:?}, describe {printed:?}"));
        }
    }
    all
}

fn scenario(name: &str, cluster: Cluster, kubectls: &[&Kubectl]) -> Vec<String> {
    let server = Server::start(cluster, &[]);
    let with_more = format!("{KINDS},endpoints");
    let json = Kubectl::newest().output(&server, &["get", &with_more, "-A", "-o", "json"]);
    let events = Kubectl::newest().output(&server, &["get", "events", "-A", "-o", "json"]);
    let json = facts::read(&[("all.json", &json), ("events.json", &events)]);
    let exact = facts::flat(&json);
    let daemon_sets: Vec<(&str, &str)> = json
        .facts
        .workloads
        .iter()
        .filter(|workload| workload.kind == WorkloadKind::DaemonSet)
        .filter_map(|found| Some((found.namespace.as_ref()?.value.as_str(), found.name.as_ref()?.value.as_str())))
        .collect();
    let mut wrong = Vec::new();
    for kubectl in kubectls {
        // A kubectl before 1.21 asks for CronJobs of batch/v1beta1, which no server has that has these objects.
        let kinds = if kubectl.minor < 21 { KINDS.replace("cronjobs,", "") } else { KINDS.to_string() };
        // From 1.37 on a describe of several objects has their events only when asked.
        let mut text = kubectl.output(&server, &["describe", &kinds, "-A", "--show-events=true"]);
        // Before 1.33 a DaemonSet is printed without its namespace.
        if kubectl.minor < 33 {
            for (namespace, name) in &daemon_sets {
                let head = format!("Name:           {name}\n");
                text =
                    text.replace(&format!("{head}Selector:"), &format!("{head}Namespace:      {namespace}\nSelector:"));
            }
        }
        let text = facts::read(&[("describe.txt", &text)]);
        let all = differences(kubectl.minor, &exact, &facts::flat(&text)).into_iter().chain(event_differences(
            kubectl.minor,
            &json,
            &text,
        ));
        wrong.extend(all.map(|line| format!("{name}, kubectl 1.{}: {line}", kubectl.minor)));
    }
    wrong
}

/// The events at the foot of each described object against the same events in JSON. Before 1.35 an event's container is
/// printed only where its message names it; kubectl 1.20 does not know series: it prints neither their counts nor times.
fn event_differences(minor: u32, json: &Read, text: &Read) -> Vec<String> {
    let now = clock::now();
    let line = |event: &Event| {
        let mut event = event.clone();
        if minor < 35 {
            event.object.container = None;
        }
        if minor < 24 && event.component.as_deref() == Some("default-scheduler") {
            event.count = 1;
        }
        facts::event_line(&event)
    };
    let exact: Vec<_> = json.facts.events.iter().map(|event| (line(event), event)).collect();
    let printed: Vec<_> = text.facts.events.iter().map(|event| (line(event), event)).collect();
    let mut all = Vec::new();
    for (line, _) in exact.iter().filter(|(line, _)| !printed.iter().any(|(other, _)| other == line)) {
        all.push(format!("only JSON has the event {line}"));
    }
    for (line, event) in &printed {
        let same: Vec<&&Event> = exact.iter().filter(|(other, _)| other == line).map(|(_, event)| event).collect();
        let times = |e: &Event| format!("{:?}..{:?}", e.first_seen, e.last_seen);
        match same.first() {
            None => all.push(format!("only describe has the event {line}")),
            Some(_) if minor < 24 && event.component.as_deref() == Some("default-scheduler") => {}
            Some(first) if !same.iter().any(|other| facts::same_times(event, other, now)) => {
                all.push(format!("{line}: JSON {}, describe {}", times(first), times(event)));
            }
            Some(_) => {}
        }
    }
    all
}

#[test]
fn text_says_what_json_says_of_every_kind() {
    let all: Vec<&Kubectl> = Kubectl::all().iter().collect();
    let yaml = include_str!("../replay/every-kind.yaml");
    let wrong = scenario("every-kind", Cluster::described("v1.30.4", yaml), &all);
    assert!(wrong.is_empty(), "{} differences\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn text_says_what_json_says_in_every_scenario() {
    let all: Vec<&Kubectl> = Kubectl::all().iter().collect();
    let wrong = replay::for_all(&kubectl::scenarios(), |sample| {
        let name = sample.file_name().expect("a name").to_string_lossy().into_owned();
        scenario(&name, Cluster::recorded(&sample.join("bundle")), &all)
    });
    assert!(wrong.is_empty(), "{} differences\n{}", wrong.len(), wrong.join("\n"));
}
