//! Every sample, written again in each foreign layout, is told as the sample itself is: the same expectations, less what
//! that layout cannot hold.

#![allow(clippy::expect_used, clippy::unwrap_used)] // a test says what must hold

mod support;

use std::path::{Path, PathBuf};

use kubemortem::catalog::Catalog;
use serde_json::Value;
use support::bundles::{Bundle, Content, file};
use support::expectations::{check, expected_of, report_of, samples};
use support::layouts::{self, Cluster};

fn name(sample: &Path) -> String {
    sample.file_name().expect("a name").to_string_lossy().into_owned()
}

fn collected() -> Vec<PathBuf> {
    samples().into_iter().filter(|sample| sample.join("bundle/kubemortem.yaml").is_file()).collect()
}

/// What a layout cannot hold: the sample, what is not expected of it (`everything`, `severity`, `causedBy`, or a text that
/// has to be cited or mentioned), and why.
type Cannot = (&'static str, &'static str, &'static str);

const NO_TOP: &str = "what `kubectl top` prints is in no foreign layout";
const NO_SECRETS: &str = "the names of Secrets are not collected";

/// Of every foreign layout.
const NOWHERE: [Cannot; 3] = [
    ("cpu-throttling-fails-probes", "everything", NO_TOP),
    ("oom-killed", "497Mi", NO_TOP),
    ("pods-table-only", "everything", "the sample holds a table and refused lists; foreign collectors make no tables"),
];

/// The expectation less what the layout cannot hold; `None` where nothing is left.
fn reduced(sample: &str, mut expected: Value, cannot: &[Cannot]) -> Option<Value> {
    for (_, part, _) in NOWHERE.iter().chain(cannot).filter(|(of, _, _)| *of == sample) {
        if *part == "everything" {
            return None;
        }
        for incident in expected["incidents"].as_array_mut().expect("incidents") {
            let incident = incident.as_object_mut().expect("an object");
            if incident.contains_key(*part) || *part == "causedBy" {
                incident.insert((*part).to_string(), Value::Null);
            }
            for list in ["mustCite", "mustMention"] {
                if let Some(list) = incident.get_mut(list).and_then(Value::as_array_mut) {
                    list.retain(|text| text != part);
                }
            }
        }
    }
    Some(expected)
}

/// Joins the lines of a folded or literal value to the line that is cited, which is its first.
fn unfold(report: &mut Value, bundle: &Bundle) {
    for incident in report["incidents"].as_array_mut().expect("incidents") {
        for evidence in incident["evidence"].as_array_mut().expect("evidence") {
            let path = evidence["path"].as_str().expect("a path");
            let Some((_, Content::Bytes(bytes))) = bundle.0.iter().find(|(known, _)| known == path) else { continue };
            if !path.ends_with(".yaml") {
                continue;
            }
            let text = String::from_utf8_lossy(bytes);
            let indent = |line: &str| line.len() - line.trim_start_matches([' ', '-']).len();
            let number = evidence["line"].as_u64().expect("a line") as usize;
            let literal = text
                .lines()
                .nth(number.saturating_sub(2))
                .is_some_and(|line| line.trim_end_matches(['-', '+']).ends_with(": |"));
            let mut lines = text.lines().skip(number - 1);
            let first = lines.next().expect("the line is there");
            assert_eq!(evidence["text"], first.trim(), "{path}");
            let inside = |line: &&str| match literal {
                true => indent(line) >= indent(first),
                false => indent(line) > indent(first) && !line.trim_start().starts_with('-'),
            };
            let rest = lines.take_while(inside);
            let whole = rest.fold(first.trim().to_string(), |whole, line| whole + " " + line.trim());
            evidence["text"] = Value::from(whole.replace("''", "'"));
        }
    }
}

fn run(layout: &str, cannot: &[Cannot], write: impl Fn(&Cluster) -> Bundle) {
    let catalog = Catalog::built_in().expect("sound pages");
    let mut wrong = Vec::new();
    for sample in collected() {
        let Some(mut expected) = reduced(&name(&sample), expected_of(&sample), cannot) else { continue };
        expected["layout"] = Value::from(layout);
        let bundle = write(&layouts::read(&sample.join("bundle")));
        let folder = tempfile::tempdir().expect("a folder");
        let path = file(folder.path(), "bundle.tar.gz", &bundle.tar_gz());
        let mut report = report_of(&path, &catalog);
        unfold(&mut report, &bundle);
        for fault in check(&expected, &report) {
            wrong.push(format!("{}: {fault}", name(&sample)));
        }
    }
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
}

#[test]
fn troubleshoot() {
    run("troubleshoot", &TROUBLESHOOT, layouts::troubleshoot);
}

const TROUBLESHOOT: [Cannot; 1] = [("secret-name-typo", "db-credentials", NO_SECRETS)];

#[test]
fn troubleshoot_old() {
    run("troubleshoot", &TROUBLESHOOT, layouts::troubleshoot_old);
}

#[test]
fn must_gather() {
    run("must-gather", &[], layouts::must_gather);
}

/// Of `kubectl cluster-info dump`.
const DUMP: [Cannot; 2] = [
    ("secret-name-typo", "db-credentials", NO_SECRETS),
    ("configmap-key-missing", "SMTP_HOSTNAME", "ConfigMaps are not collected"),
];

#[test]
fn cluster_info_dump() {
    run("cluster-info-dump", &DUMP, |cluster| layouts::cluster_info_dump(cluster, "json"));
}

#[test]
fn cluster_info_dump_yaml() {
    run("cluster-info-dump", &DUMP, |cluster| layouts::cluster_info_dump(cluster, "yaml"));
}

#[test]
fn cluster_info_dump_old() {
    run("cluster-info-dump", &DUMP, layouts::cluster_info_dump_old);
}

#[test]
fn cluster_snapshot() {
    let cannot = [DUMP[0], DUMP[1], ("node-disk-pressure", "everything", "this variant keeps no list of nodes")];
    run("cluster-info-dump", &cannot, layouts::cluster_snapshot);
}

#[test]
fn dump_on_stdout() {
    run("cluster-info-dump", &DUMP, layouts::dump_on_stdout);
}

#[test]
fn rancher() {
    let cannot: [Cannot; 2] = [
        ("secret-name-typo", "db-credentials", NO_SECRETS),
        ("init-container-dns-failure", "everything", "the logs of init containers are not collected"),
    ];
    run("rancher", &cannot, layouts::rancher);
}

/// Samples whose cause only events tell, in words that name nothing that a pod refers to: an insights archive drops the
/// object.
const ONLY_EVENTS: [&str; 7] = [
    "quota-blocks-third-replica",
    "quota-used-up-by-three-workloads",
    "readiness-path-wrong",
    "slow-start-killed-by-liveness",
    "startup-probe-too-short",
    "storage-driver-down-on-one-node",
    "webhook-down-blocks-two-deployments",
];

#[test]
fn insights_operator() {
    let events = "its events name no object, so that what only an event says belongs to nobody";
    let mut cannot: Vec<Cannot> = vec![
        ("rollout-with-a-lower-limit", "everything", "workloads are not collected: nobody knows the templates before"),
        ("secret-name-typo", "db-credentials", NO_SECRETS),
        ("configmap-key-missing", "SMTP_HOSTNAME", "ConfigMaps are not collected"),
        (
            "database-disk-full-three-victims",
            "everything",
            "Services are not collected: nobody knows whose address the victims call",
        ),
        ("node-disk-pressure", "severity", "workloads are not collected: nobody knows that evicted pods were replaced"),
        ("node-disk-pressure", "no space left on device", events),
        (
            "nfs-volume-mount-failed",
            "MountVolume.SetUp failed for volume",
            "the events are one line, of which the part that decides is cited",
        ),
    ];
    cannot.extend(ONLY_EVENTS.map(|sample| (sample, "everything", events)));
    run("insights-operator", &cannot, layouts::insights_operator);
}

#[test]
fn what_only_the_events_of_an_insights_archive_tell_is_a_gap_and_no_guess() {
    for name in ONLY_EVENTS {
        let found = report(&layouts::insights_operator(&sample(name)));
        let gap = |gap: &Value| {
            gap["kind"] == "notCollected" && gap["what"].as_str().is_some_and(|what| what.contains("name no object"))
        };
        assert!(found["gaps"].as_array().expect("gaps").iter().any(gap), "{name}: {:#}", found["gaps"]);
        let wanted = expected_of(&collected().into_iter().find(|path| path.ends_with(name)).expect("the sample"));
        let causes: Vec<&Value> =
            wanted["incidents"].as_array().expect("incidents").iter().map(|i| &i["cause"]).collect();
        for incident in found["incidents"].as_array().expect("incidents") {
            let sure = incident["confidence"].as_f64().is_some_and(|confidence| confidence >= 0.9);
            assert!(
                !sure || causes.contains(&&incident["cause"]),
                "{name}: {} {}",
                incident["cause"],
                incident["subject"]
            );
        }
    }
}

/// Writes a cluster as one collector would.
type Writer = fn(&Cluster) -> Bundle;

/// All layouts with their writers.
const WRITERS: [(&str, Writer); 6] = [
    ("troubleshoot", layouts::troubleshoot),
    ("must-gather", layouts::must_gather),
    ("cluster-info-dump", |cluster| layouts::cluster_info_dump(cluster, "json")),
    ("cluster-info-dump", layouts::cluster_snapshot),
    ("rancher", layouts::rancher),
    ("insights-operator", layouts::insights_operator),
];

#[test]
fn however_it_is_packed() {
    let catalog = Catalog::built_in().expect("sound pages");
    let all = collected();
    let sample = all.iter().find(|path| path.ends_with("env-var-missing")).expect("the sample");
    let cluster = layouts::read(&sample.join("bundle"));
    let mut wrong = Vec::new();
    for (layout, write) in WRITERS {
        let bundle = write(&cluster);
        let mut mixed = bundle.clone();
        mixed.add(
            "notes.txt",
            *b"Customer says it began on Tuesday.\nERROR panic: they have tried turning it off and on\n",
        );
        mixed.add("screenshots/app.log", *b"2026-01-01 ERROR connection refused\n");
        let folder = tempfile::tempdir().expect("a folder");
        let within = |name: &str, write: &dyn Fn(&Path)| {
            let path = folder.path().join(name);
            std::fs::create_dir_all(&path).expect("a folder");
            write(&path);
            path
        };
        let mut around = Bundle::default();
        around.add("for support/bundle.tar.gz", bundle.tar_gz());
        around.add("for support/READ ME.txt", *b"See attachment.\n");
        let inputs = [
            ("folder", within("a", &|path| bundle.write(path))),
            ("zip", file(folder.path(), "b.zip", &bundle.zip())),
            ("zip around tar.gz", file(folder.path(), "c.zip", &around.zip())),
            ("folder around tar.gz", within("d", &|path| around.write(path))),
            ("nested", file(folder.path(), "e.tgz", &bundle.below("case 4711/unpacked").tar_gz())),
            ("mixed", file(folder.path(), "f.tar.gz", &mixed.tar_gz())),
            ("mixed folder", within("g", &|path| mixed.below("everything").write(path))),
            ("spelled with ./", file(folder.path(), "h.tar.gz", &bundle.below(".").tar_gz())),
        ];
        let top = bundle.0[0].0.split('/').next().map(|top| format!("{top}/")).unwrap_or_default();
        let bare = bundle.0.iter().all(|(path, _)| path.starts_with(&top));
        let bare = bare.then(|| ("without top", file(folder.path(), "i.tar.gz", &bundle.without_top().tar_gz())));
        let cannot: &[Cannot] = &[];
        for (packing, path) in inputs.into_iter().chain(bare) {
            let mut expected = reduced(&name(sample), expected_of(sample), cannot).expect("something is expected");
            expected["layout"] = Value::from(layout);
            let report = report_of(&path, &catalog);
            wrong.extend(check(&expected, &report).into_iter().map(|fault| format!("{layout}, {packing}: {fault}")));
        }
    }
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
}

fn report(bundle: &Bundle) -> Value {
    let folder = tempfile::tempdir().expect("a folder");
    let path = file(folder.path(), "bundle.tar.gz", &bundle.tar_gz());
    report_of(&path, &Catalog::built_in().expect("sound pages"))
}

fn sample(name: &str) -> Cluster {
    let all = collected();
    let found = all.iter().find(|path| path.ends_with(name)).expect("the sample");
    layouts::read(&found.join("bundle"))
}

fn gaps(report: &Value) -> Vec<(&str, &str)> {
    let gaps = report["gaps"].as_array().expect("gaps").iter();
    gaps.map(|gap| (gap["path"].as_str().expect("a path"), gap["kind"].as_str().expect("a kind"))).collect()
}

#[test]
fn links_to_collected_logs_are_no_gaps() {
    let mut bundle = layouts::troubleshoot(&sample("healthy-cluster"));
    assert_eq!(gaps(&report(&bundle)), []);
    bundle.link(
        "support-bundle-2026-01-31T10_00_00/all-logs/gone/app.log",
        "../../cluster-resources/pods/logs/x/gone/app.log",
    );
    bundle.link("support-bundle-2026-01-31T10_00_00/out.log", "../../../etc/passwd");
    let report = report(&bundle);
    let top = "support-bundle-2026-01-31T10_00_00";
    let (gone, out) = (format!("{top}/all-logs/gone/app.log"), format!("{top}/out.log"));
    assert_eq!(gaps(&report), [(gone.as_str(), "unreadable"), (out.as_str(), "unreadable")]);
}

#[test]
fn what_a_collector_could_not_get_is_a_gap_of_its_kind() {
    let mut bundle = layouts::troubleshoot(&sample("healthy-cluster"));
    let top = "support-bundle-2026-01-31T10_00_00/cluster-resources";
    bundle.add(
        format!("{top}/secrets-errors.json"),
        *br#"{"shop":"secrets is forbidden: User \"x\" cannot list resource \"secrets\""}"#,
    );
    bundle.add(
        format!("{top}/pods/logs/shop/web-1/app-logs-errors.log"),
        *b"Get \"https://10.0.0.9:10250/containerLogs\": dial tcp 10.0.0.9:10250: i/o timeout\n",
    );
    bundle.add(format!("{top}/jobs-errors.json"), *b"null");
    let report = report(&bundle);
    let (log, list) = (format!("{top}/pods/logs/shop/web-1/app-logs-errors.log"), format!("{top}/secrets-errors.json"));
    assert_eq!(gaps(&report), [(log.as_str(), "unreadable"), (list.as_str(), "forbidden")]);
    assert_eq!(report["incidents"], Value::from(Vec::<Value>::new()));
}

#[test]
fn an_empty_file_of_a_must_gather_is_no_empty_log() {
    let mut cluster = sample("exit-1-no-logs");
    let taken = report(&layouts::must_gather(&cluster));
    assert!(
        gaps(&taken).iter().any(|(path, kind)| path.ends_with("/logs/previous.log") && *kind == "empty"),
        "{:?}",
        gaps(&taken)
    );
    // A container that never ended has a placeholder too, and misses nothing.
    cluster = sample("healthy-cluster");
    let healthy = report(&layouts::must_gather(&cluster));
    assert!(gaps(&healthy).iter().all(|(path, _)| !path.contains("basket")), "{:?}", gaps(&healthy));
}

#[test]
fn a_dump_that_ended_early_is_read_as_far_as_it_goes() {
    let cluster = sample("env-var-missing");
    let mut bundle = layouts::cluster_info_dump(&cluster, "json");
    bundle.0.retain(|(path, _)| !path.ends_with("nodes.json") && !path.ends_with("services.json"));
    let found = report(&bundle);
    assert_eq!(found["bundle"]["layout"], "cluster-info-dump");
    assert_eq!(found["incidents"][0]["cause"], "app-config-missing");
    assert_eq!(gaps(&found), [("", "notCollected")]);
}

/// A must-gather whose logs of former runs are the runtime's own files, each line written by `runtime` of its time and its
/// words; beside each one of a run long ago.
fn with_rotated_logs(cluster: &Cluster, runtime: impl Fn(&str, &str) -> String) -> Bundle {
    let mut bundle = layouts::must_gather(cluster);
    let previous = |path: &str| path.ends_with("/logs/previous.log");
    let logs: Vec<(String, Vec<u8>)> = bundle
        .0
        .iter()
        .filter_map(|(path, content)| match content {
            Content::Bytes(bytes) if previous(path) && !bytes.is_empty() => Some((path.clone(), bytes.clone())),
            _ => None,
        })
        .collect();
    bundle.0.retain(|(path, _)| !path.ends_with("/logs/previous.log") && !path.ends_with("/logs/current.log"));
    let restarts = |pod: &str| {
        let all = cluster.namespaces.values().flat_map(|lists| &lists["pods"]);
        let found = all.clone().find(|known| known["metadata"]["name"] == pod).expect("the pod");
        found["status"]["containerStatuses"][0]["restartCount"].as_u64().expect("a count")
    };
    for (path, bytes) in logs {
        let pod = path.split('/').nth(5).expect("a pod").to_string();
        let folder = path.trim_end_matches("previous.log");
        let last = restarts(&pod) - 1;
        let text = String::from_utf8(bytes).expect("text");
        let lines = text.lines().map(|line| line.split_once(' ').expect("a time and words"));
        let lines: String = lines.map(|(time, words)| runtime(time, words)).collect();
        bundle.add(format!("{folder}rotated/{last}.log.20260131-100000"), lines.into_bytes());
        let stale = runtime("2020-01-01T00:00:00.000000000Z", "panic: runtime error: invalid memory address");
        bundle.add(format!("{folder}rotated/0.log.20250131-100000"), stale.into_bytes());
    }
    bundle
}

#[test]
fn a_rotated_log_is_of_the_run_that_its_number_counts() {
    let bundle = with_rotated_logs(&sample("env-var-missing"), |time, words| format!("{time} stderr F {words}\n"));
    let found = report(&bundle);
    assert_eq!(found["incidents"][0]["cause"], "app-config-missing", "{}", found["incidents"]);
    let texts = found["incidents"][0]["evidence"].to_string();
    assert!(texts.contains("stderr F ") && !texts.contains("invalid memory address"), "{texts}");
}

#[test]
fn lines_that_the_runtime_cut_are_one() {
    let cluster = sample("env-var-missing");
    let docker = |time: &str, stream: &str, words: &str| {
        let words = serde_json::to_string(words).expect("JSON");
        format!("{{\"log\":{words},\"stream\":\"{stream}\",\"time\":\"{time}\"}}\n")
    };
    let in_pieces = |write: &dyn Fn(&str, &str, &str, bool) -> String| {
        with_rotated_logs(&cluster, |time, words| {
            // Everywhere, so that no expression finds its words in one piece.
            let mut pieces: Vec<&str> = words.split_inclusive(['e', ':', 'o']).collect();
            let last = pieces.pop().unwrap_or("");
            let pieces = pieces.into_iter();
            let pieces = pieces.map(|piece| write(time, "stderr", piece, false) + &write(time, "stdout", "busy", true));
            pieces.collect::<String>() + &write(time, "stderr", last, true)
        })
    };
    let cri = |time: &str, stream: &str, words: &str, ends: bool| {
        format!("{time} {stream} {} {words}\n", if ends { "F" } else { "P" })
    };
    let json = |time: &str, stream: &str, words: &str, ends: bool| {
        docker(time, stream, &format!("{words}{}", if ends { "\n" } else { "" }))
    };
    for (bundle, mark) in [(in_pieces(&cri), "stderr P "), (in_pieces(&json), "\"stream\":\"stderr\"")] {
        let found = report(&bundle);
        assert_eq!(found["incidents"][0]["cause"], "app-config-missing", "{}", found["incidents"]);
        let evidence = found["incidents"][0]["evidence"].as_array().expect("a list");
        assert!(
            evidence.iter().any(|one| one["text"].as_str().is_some_and(|text| text.contains(mark))),
            "{evidence:?}"
        );
    }
}

#[test]
fn a_container_may_be_called_previous() {
    let mut cluster = sample("env-var-missing");
    let text = serde_json::to_string(&cluster.namespaces).expect("JSON");
    let container = cluster.logs.iter().find(|log| log.previous).expect("a log").container.clone();
    let renamed = text.replace(&format!("\"name\":\"{container}\""), &format!("\"name\":\"{container}-previous\""));
    cluster.namespaces = serde_json::from_str(&renamed).expect("JSON");
    for log in cluster.logs.iter_mut().filter(|log| log.container == container) {
        log.container.push_str("-previous");
    }
    let found = report(&layouts::troubleshoot(&cluster));
    let first = &found["incidents"][0];
    assert_eq!(first["cause"], "app-config-missing", "{first}");
    assert_eq!(first["subject"]["container"], format!("{container}-previous"));
}

/// The pods of a sample whose name starts so.
fn pods_of<'c>(cluster: &'c Cluster, workload: &str) -> Vec<&'c str> {
    let all = cluster.namespaces.values().flat_map(|lists| &lists["pods"]);
    all.filter_map(|pod| pod["metadata"]["name"].as_str()).filter(|name| name.starts_with(workload)).collect()
}

#[test]
fn a_dumps_log_may_start_with_comments_and_name_another_pod_than_its_folder() {
    let cluster = sample("env-var-missing");
    let mut bundle = layouts::cluster_snapshot(&cluster);
    for (path, content) in &mut bundle.0 {
        if let Content::Bytes(bytes) = content
            && path.ends_with("logs.txt")
        {
            let text = String::from_utf8_lossy(bytes);
            let pod = path.rsplit('/').nth(1).expect("a pod's folder");
            let text = text.replace(&format!("/{pod} ===="), "/webhook-dispatcher-66f7c9d8b5-zzzzz ====");
            *bytes = format!("# Copyright\n# Licensed\n\n{text}").into_bytes();
        }
    }
    let found = report(&bundle);
    let incidents = found["incidents"].as_array().expect("incidents");
    assert_eq!(incidents.len(), 1, "{incidents:?}");
    assert_eq!(incidents[0]["cause"], "app-config-missing");
    let pods: Vec<&str> = pods_of(&cluster, "webhook-dispatcher");
    assert_eq!(incidents[0]["subject"]["pods"], Value::from(pods));
}

#[test]
fn lists_that_say_no_kind_at_all_are_read() {
    let cluster = sample("oom-killed");
    let mut bundle = layouts::cluster_snapshot(&cluster);
    for (path, content) in &mut bundle.0 {
        if let Content::Bytes(bytes) = content
            && path.ends_with(".json")
        {
            let mut list: Value = serde_json::from_slice(bytes).expect("JSON");
            let map = list.as_object_mut().expect("a list");
            map.remove("kind");
            map.remove("apiVersion");
            *bytes = serde_json::to_vec_pretty(&list).expect("JSON");
        }
    }
    let found = report(&bundle);
    assert_eq!(found["incidents"][0]["cause"], "oom-killed");
    assert_eq!(found["incidents"][0]["subject"]["kind"], "Deployment");
}

fn event(kind: &str, name: &str, reason: &str, message: &str, at: &str) -> Value {
    serde_json::json!({
        "metadata": {"name": format!("{name}.17f0"), "namespace": "shop"},
        "involvedObject": {"kind": kind, "namespace": "shop", "name": name},
        "reason": reason, "message": message, "type": if reason.starts_with("Successful") { "Normal" } else { "Warning" },
        "firstTimestamp": at, "lastTimestamp": at, "count": 6, "source": {"component": "c"}
    })
}

#[test]
fn a_claim_that_only_events_name_is_told() {
    let failed = event(
        "PersistentVolumeClaim",
        "data-db-0",
        "ProvisioningFailed",
        "failed to provision volume with StorageClass \"fast\": rpc error: code = Internal desc = service limit reached",
        "2026-03-16T03:05:46Z",
    );
    let mut bundle = Bundle::default();
    let list = |events: &[Value]| serde_json::json!({"metadata": {}, "items": events}).to_string();
    bundle.add("cluster-snapshot/shop/events.json", list(std::slice::from_ref(&failed)));
    let found = report(&bundle);
    assert_eq!(found["bundle"]["layout"], "cluster-info-dump");
    let first = &found["incidents"][0];
    assert_eq!(first["cause"], "volume-provisioning-failed", "{found}");
    assert_eq!(
        (first["subject"]["kind"].as_str(), first["subject"]["name"].as_str()),
        (Some("PersistentVolumeClaim"), Some("data-db-0"))
    );
    // A later success is the end of it.
    let mut over = Bundle::default();
    let success = event(
        "PersistentVolumeClaim",
        "data-db-0",
        "ProvisioningSucceeded",
        "Successfully provisioned volume",
        "2026-03-16T03:06:46Z",
    );
    over.add("cluster-snapshot/shop/events.json", list(&[failed, success]));
    assert_eq!(report(&over)["incidents"], Value::from(Vec::<Value>::new()));
}

#[test]
fn a_pod_that_another_took_the_place_of_is_no_incident() {
    let cluster = sample("healthy-cluster");
    let namespace = cluster.namespaces.keys().next().expect("a namespace").clone();
    let pod = &cluster.namespaces[&namespace]["pods"][0];
    let name = pod["metadata"]["name"].as_str().expect("a name");
    let gone = format!("{}-{}", name.rsplit_once('-').expect("a suffix").0, "zzzzz");
    let warn = |at: &str| {
        let mut warning = event("Pod", &gone, "Unhealthy", "Readiness probe failed: connection refused", at);
        warning["involvedObject"]["namespace"] = Value::from(namespace.as_str());
        warning
    };
    let mut before = sample("healthy-cluster");
    before
        .namespaces
        .get_mut(&namespace)
        .expect("lists")
        .get_mut("events")
        .expect("events")
        .push(warn("2020-01-01T00:00:00Z"));
    assert_eq!(report(&layouts::troubleshoot(&before))["incidents"], Value::from(Vec::<Value>::new()));
}

#[test]
fn the_archives_of_nodes_in_a_zip_that_was_zipped_again_are_no_gaps() {
    let mut bundle = layouts::rancher(&sample("env-var-missing"));
    let top = bundle.0[0].0.split('/').next().expect("a folder").to_string();
    let mut node = Bundle::default();
    node.add("worker-99/logs/kubelet.log", *b"E0101 12:00:00.000000 1 kubelet.go:1] no space left on device\n");
    bundle.add(format!("{top}/nodes/worker-99.zip"), node.zip());
    let mut around = Bundle::default();
    around.add("for support/bundle.zip", bundle.zip());
    let found = report(&around);
    assert_eq!((found["bundle"]["layout"].as_str(), gaps(&found)), (Some("rancher"), Vec::new()));
    assert_eq!(found["incidents"][0]["cause"], "app-config-missing");
}
