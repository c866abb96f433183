//! Every page of the catalogue, held against the smallest evidence of it and against what looks like it.
//!
//! The smallest evidence is made from the page's own samples: each line that a decisive rule must match stands alone in an
//! otherwise bare object, in the place where the rule looks for it. What no sample can show is written by hand, and so are
//! the look-alikes: the same symptom with another cause.

#![allow(clippy::expect_used, clippy::unwrap_used)] // a test says what must hold

#[path = "catalog/bundle.rs"]
mod bundle;
#[path = "catalog/log_words.rs"]
mod log_words;
#[path = "catalog/lookalikes.rs"]
mod lookalikes;
#[path = "catalog/worked_paths.rs"]
mod worked_paths;

use std::collections::{BTreeMap, BTreeSet};

use bundle::{Bundle, Scene};
use kubemortem::catalog::{Catalog, Channel, Page, Role, Rule, Test};
use serde_json::Value;

/// The public names of causes.
const CAUSES: [&str; 74] = [
    "app-config-missing",
    "app-config-invalid",
    "dependency-unavailable",
    "dependency-auth-failed",
    "dns-resolution-failed",
    "tls-certificate-invalid",
    "migration-failed",
    "port-bind-failed",
    "privileged-port-denied",
    "kubernetes-api-forbidden",
    "app-exception",
    "app-completed",
    "unexplained-exit",
    "oom-killed",
    "runtime-heap-exhausted",
    "node-memory-pressure",
    "sigkill-unexplained",
    "segfault",
    "abort",
    "illegal-instruction",
    "terminated-externally",
    "liveness-probe-failed",
    "startup-probe-failed",
    "readiness-probe-failed",
    "lifecycle-hook-failed",
    "image-not-found",
    "image-pull-unauthorized",
    "image-pull-network",
    "image-pull-rate-limited",
    "invalid-image-name",
    "image-never-pull",
    "architecture-mismatch",
    "entrypoint-not-found",
    "entrypoint-not-executable",
    "script-line-endings",
    "shell-missing",
    "shared-library-missing",
    "configmap-missing",
    "secret-missing",
    "config-key-missing",
    "subpath-invalid",
    "volume-mount-failed",
    "volume-attach-failed",
    "pvc-unbound",
    "csi-driver-unavailable",
    "disk-full",
    "filesystem-permission-denied",
    "read-only-filesystem",
    "operation-not-permitted",
    "run-as-non-root-violation",
    "admission-denied",
    "admission-webhook-failed",
    "quota-exceeded",
    "insufficient-resources",
    "node-affinity-mismatch",
    "taint-not-tolerated",
    "pod-anti-affinity-conflict",
    "volume-node-conflict",
    "host-port-conflict",
    "node-not-ready",
    "node-restarted",
    "disk-pressure",
    "pid-pressure",
    "ephemeral-storage-exceeded",
    "cpu-throttling",
    "sandbox-creation-failed",
    "ip-exhausted",
    "container-runtime-failure",
    "unknown",
    // Finer ones that other tools are likely to look for.
    "jvm-heap-exhausted",
    "node-heap-exhausted",
    "volume-multi-attach",
    "pvc-storage-class-missing",
    "kubelet-not-reporting",
];

#[test]
fn every_cause_has_its_page() {
    let catalog = Catalog::built_in().expect("the catalogue");
    for cause in CAUSES {
        assert!(catalog.page(cause).is_some(), "{cause} has no page");
    }
    for page in &catalog.pages {
        for other in page.explains.iter().chain(page.parent.iter()) {
            assert!(catalog.page(other).is_some(), "{} names {other}, which has no page", page.id);
        }
    }
}

/// What one sample of a page shows, as an object of a cluster.
///
/// A rule without reasons has the usual one, or where `of_page` says so, the first one of the page.
fn scene(page: &Page, rule: &Rule, sample: &str, of_page: bool) -> Option<Scene> {
    let Test::Text { channels, reasons, .. } = &rule.test else { return None };
    let others = |channel: Channel| {
        page.rules.iter().filter(|rule| rule.role == Role::Decisive).find_map(|rule| match &rule.test {
            Test::Text { channels, reasons, .. } if channels.contains(&channel) => reasons.first(),
            _ => None,
        })
    };
    let channel = if channels.contains(&Channel::Event) { Channel::Event } else { Channel::Status };
    let reason = reasons.first().or_else(|| others(channel).filter(|_| of_page)).map(String::as_str);
    let subject = page.subjects.first().map_or("pod", String::as_str);
    let on = |kind: &str| page.subjects.iter().any(|subject| subject == kind);
    Some(if channels.contains(&Channel::Log) && channels.len() == 1 {
        let code = page.rules.iter().find_map(|rule| match &rule.test {
            Test::ExitCode(codes) if rule.role != Role::Against => codes.first().copied(),
            Test::Observation(id) if rule.role == Role::Decisive => id.strip_prefix("killed-")?.parse().ok(),
            _ => None,
        });
        Scene::LogWithExit(sample.to_owned(), code.unwrap_or(1))
    } else if channels.contains(&Channel::Event) {
        match subject {
            "workload" => Scene::WorkloadEvent(reason.unwrap_or("FailedCreate").to_owned(), sample.to_owned()),
            "node" if !on("pod") && !on("container") => {
                Scene::NodeEvent(reason.unwrap_or("NodeNotReady").to_owned(), sample.to_owned())
            }
            _ => Scene::Event(reason.unwrap_or("Failed").to_owned(), sample.to_owned()),
        }
    } else if subject == "operator" && !on("pod") {
        Scene::PoolCondition(sample.to_owned())
    } else if subject == "node" && !on("pod") && !on("container") {
        Scene::NodeCondition(reason.unwrap_or("KubeletNotReady").to_owned(), sample.to_owned())
    } else {
        Scene::Waiting(reason.unwrap_or("CreateContainerError").to_owned(), sample.to_owned())
    })
}

/// Whether the report knows the page for this incident: as its cause, its parent, or a reading it names.
fn knows(incident: &Value, id: &str, key: &str) -> bool {
    incident[key].as_array().is_some_and(|all| all.iter().any(|other| other == id || other["cause"] == id))
}

/// A page, a line of it, and the scenes that show the line.
type Sample<'p> = (&'p Page, &'p String, [Option<Scene>; 2]);

/// What the report of a bundle says of a sample.
#[derive(Debug, PartialEq, Eq)]
enum Said {
    /// It is the verdict, or the parent of it.
    Verdict,
    /// It is named as another reading.
    Reading,
    /// The cause that is told explains it away: the page says so.
    Yields,
    /// It is not there; what is told instead.
    Nothing(Vec<String>),
}

fn said(report: &Value, namespace: &str, catalog: &Catalog, page: &Page) -> Said {
    let mine: Vec<&Value> = report["incidents"]
        .as_array()
        .expect("incidents")
        .iter()
        .filter(|incident| bundle::is_in(incident, namespace))
        .collect();
    // A page that says only what kind of thing happened yields to any page that says what.
    let verdict = |i: &&Value| i["cause"] == page.id.as_str() || page.fallback || knows(i, &page.id, "causeParents");
    if mine.iter().any(verdict) {
        return Said::Verdict;
    }
    let told = |i: &&Value| i["cause"].as_str().and_then(|cause| catalog.page(cause));
    if mine.iter().filter_map(told).any(|told| told.explains.contains(&page.id)) {
        return Said::Yields;
    }
    if mine.iter().any(|i| knows(i, &page.id, "alternatives") || knows(i, &page.id, "ruledOut")) {
        return Said::Reading;
    }
    Said::Nothing(mine.iter().filter_map(|incident| incident["cause"].as_str().map(str::to_owned)).collect())
}

#[test]
fn each_page_fires_on_the_smallest_evidence() {
    let catalog = Catalog::built_in().expect("the catalogue");
    let mut samples: Vec<Vec<Sample<'_>>> = Vec::new();
    for page in &catalog.pages {
        let decisive = page.rules.iter().filter(|rule| rule.role == Role::Decisive);
        let all = decisive.flat_map(|rule| rule.matches.iter().map(move |sample| (rule, sample)));
        let all = all
            .map(|(rule, sample)| (page, sample, [scene(page, rule, sample, false), scene(page, rule, sample, true)]));
        let all = all.filter(|(.., scenes)| scenes[0].is_some());
        for (index, sample) in all.enumerate() {
            if samples.len() <= index {
                samples.push(Vec::new());
            }
            samples[index].push(sample);
        }
    }
    let mut faults = Vec::new();
    let mut verdicts: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for together in samples {
        // One sample of each page in one bundle: several of one page would be told as one incident.
        let mut bundle = Bundle::default();
        let first = together.iter().filter_map(|(.., scenes)| scenes[0].clone());
        let places: Vec<String> = first.map(|scene| bundle.add(scene)).collect();
        let report = bundle.report(&catalog);
        for ((page, sample, scenes), place) in together.into_iter().zip(places) {
            let mut found = said(&report, &place, &catalog, page);
            for scene in scenes.into_iter().flatten() {
                if found != Said::Verdict {
                    let mut alone = Bundle::default();
                    let place = alone.add(scene);
                    found = said(&alone.report(&catalog), &place, &catalog, page);
                }
            }
            let (right, all) = verdicts.entry(&page.id).or_default();
            *all += usize::from(found != Said::Yields);
            match found {
                Said::Verdict => *right += 1,
                Said::Reading | Said::Yields => {}
                Said::Nothing(said) => faults.push(format!("{}: silent on {sample:?} (said {said:?})", page.id)),
            }
        }
    }
    for (page, (right, all)) in verdicts {
        if right * 2 < all {
            faults.push(format!("{page}: the verdict of {right} of its {all} samples only"));
        }
    }
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}

#[test]
fn pages_that_no_line_shows_fire_on_the_state() {
    let catalog = Catalog::built_in().expect("the catalogue");
    for (scene, cause) in [
        (Scene::Exit(0, "Completed"), "app-completed"),
        (Scene::Exit(137, "Error"), "sigkill-unexplained"),
        (Scene::Exit(7, "Error"), "unexplained-exit"),
        (Scene::Exit(137, "OOMKilled"), "oom-killed"),
        (Scene::Exit(139, "Error"), "segfault"),
        (Scene::Exit(134, "Error"), "abort"),
        (Scene::Exit(132, "Error"), "illegal-instruction"),
        (Scene::Exit(143, "Error"), "terminated-externally"),
        (Scene::Waiting("ContainerCreating".to_owned(), String::new()), "unknown"),
    ] {
        let mut bundle = Bundle::default();
        let words = format!("{scene:?}");
        let namespace = bundle.add(scene);
        let report = bundle.report(&catalog);
        let causes = bundle::causes(&report, &namespace);
        assert_eq!(causes, BTreeSet::from([cause.to_owned()]), "{words}");
    }
}

#[test]
fn a_healthy_cluster_gives_nothing() {
    let catalog = Catalog::built_in().expect("the catalogue");
    let mut bundle = Bundle::default();
    for _ in 0..20 {
        bundle.add(Scene::Healthy);
    }
    let report = bundle.report(&catalog);
    assert_eq!(report["incidents"], serde_json::json!([]));
}

#[test]
fn an_absent_log_is_named_as_missing() {
    let catalog = Catalog::built_in().expect("the catalogue");
    let mut bundle = Bundle::default();
    let namespace = bundle.add(Scene::Exit(1, "Error"));
    let report = bundle.report(&catalog);
    let incident = report["incidents"].as_array().unwrap().iter().find(|i| bundle::is_in(i, &namespace)).expect("told");
    let missing = incident["missing"].as_array().expect("missing");
    let previous =
        missing.iter().any(|m| m["command"].as_str().is_some_and(|c| c.contains("logs") && c.contains("--previous")));
    assert!(previous, "{missing:?}");
}

/// The prefilter and the alternatives of an expression lose nothing: what an expression matches by itself, the scanner tells.
#[test]
fn the_scanner_tells_every_sample() {
    let catalog = Catalog::built_in().expect("the catalogue");
    let scanner = kubemortem::logs::Scanner::new(&catalog);
    let mut lost = Vec::new();
    for (index, signature) in catalog.signatures.iter().enumerate() {
        let samples = catalog.pages.iter().flat_map(|page| &page.rules).flat_map(|rule| &rule.matches);
        for sample in samples.filter(|sample| signature.captures(sample.as_bytes()).is_some()) {
            for channel in &signature.channels {
                if !scanner.matches(sample, *channel).iter().any(|(id, _)| id.0 as usize == index) {
                    lost.push(format!("{channel:?} {:?}: {sample:?}", signature.pattern()));
                }
            }
        }
    }
    assert!(lost.is_empty(), "{} lost:\n{}", lost.len(), lost.join("\n"));
}
