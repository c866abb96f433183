//! Samples merged: what is found in the union is what was found apart, each subject with its own cause and no other's
//! evidence. Merged as sub-folders of one folder, and as one cluster's tree.

#![allow(clippy::expect_used, clippy::unwrap_used)] // a test says what must hold

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use jiff::{SignedDuration, Timestamp};
use kubemortem::catalog::Catalog;
use rayon::prelude::*;
use regex::Regex;
use serde_json::Value;
use support::expectations::{report_of, samples};

/// Every sample is merged with those so many places behind it in the alphabet.
const STRIDES: [usize; 2] = [1, 9];

fn name_of(sample: &Path) -> &str {
    sample.file_name().and_then(|name| name.to_str()).expect("a name")
}

/// A fresh folder of this test run.
fn fresh(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("composed").join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("a folder");
    folder
}

/// The files below a folder, by their path from there.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    fn walk(folder: &Path, prefix: &str, all: &mut BTreeMap<String, Vec<u8>>) {
        for entry in fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("readable").path();
            let name = format!("{prefix}{}", path.file_name().expect("a name").to_string_lossy());
            if path.is_dir() {
                walk(&path, &format!("{name}/"), all);
            } else {
                all.insert(name, fs::read(&path).expect("readable"));
            }
        }
    }
    let mut all = BTreeMap::new();
    walk(folder, "", &mut all);
    all
}

fn write(folder: &Path, files: &BTreeMap<String, Vec<u8>>) {
    for (name, bytes) in files {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        fs::write(path, bytes).expect("written");
    }
}

/// The incidents with everything that they say, ids replaced by what they stand for.
fn incidents(report: &Value, keep: impl Fn(&str) -> Option<String>) -> Vec<String> {
    let all = report["incidents"].as_array().expect("incidents");
    let title = |id: &Value| {
        let incident = all.iter().find(|incident| incident["id"] == *id).expect("an incident of that id");
        format!("{} of {}", incident["cause"], incident["subject"])
    };
    let mut told: Vec<String> = all
        .iter()
        .filter_map(|incident| {
            let mut incident = incident.clone();
            let roots = incident["causedBy"].as_str().map(|_| title(&incident["causedBy"]));
            let consequences: BTreeSet<String> =
                incident["consequences"].as_array().expect("a list").iter().map(title).collect();
            let object = incident.as_object_mut().expect("an object");
            object.insert("id".to_string(), Value::Null);
            object.insert("site".to_string(), Value::Null);
            object.insert("causedBy".to_string(), roots.map_or(Value::Null, Value::from));
            object.insert("consequences".to_string(), consequences.into_iter().map(Value::from).collect());
            ages(&mut incident);
            of_one_pod(&mut incident["subject"]);
            let mut whose = BTreeSet::new();
            if !paths(&mut incident, &keep, &mut whose) {
                return whose.is_empty().then(|| incident.to_string());
            }
            assert_eq!(whose, BTreeSet::new(), "evidence of another: {incident}");
            Some(incident.to_string())
        })
        .collect();
    told.sort();
    told
}

/// Of several clusters a bundle states no common moment of collection: ages stand as times, and only as times.
fn ages(value: &mut Value) {
    match value {
        Value::Array(all) => all.iter_mut().for_each(ages),
        Value::Object(all) => {
            if all.get("time").is_some_and(|time| !time.is_null()) {
                all.insert("ageSeconds".to_string(), Value::Null);
            }
            all.values_mut().for_each(ages);
        }
        _ => {}
    }
}

/// A workload of one pod is told as that pod where its name fits a pod of another cluster as well.
fn of_one_pod(subject: &mut Value) {
    if let Some([only]) = subject["pods"].as_array().map(Vec::as_slice) {
        let pod = only.clone();
        subject["kind"] = Value::from("Pod");
        subject["name"] = pod;
    }
}

/// Shortens the paths of a value; those that are not kept are collected. Says whether any was kept.
fn paths(value: &mut Value, keep: &impl Fn(&str) -> Option<String>, others: &mut BTreeSet<String>) -> bool {
    match value {
        Value::Array(all) => all.iter_mut().fold(false, |kept, value| paths(value, keep, others) | kept),
        Value::Object(all) => all.iter_mut().fold(false, |kept, (key, value)| match (key.as_str(), value.as_str()) {
            ("path", Some(path)) => match keep(path) {
                Some(short) => {
                    *value = Value::from(short);
                    true
                }
                None => {
                    others.insert(path.to_string());
                    kept
                }
            },
            _ => paths(value, keep, others) | kept,
        }),
        _ => false,
    }
}

/// What stands in one of the two only: of two that begin alike, from a little before they part.
fn difference(apart: &[String], union: &[String]) -> String {
    let of = |all: &[String], other: &[String], word: &str| -> String {
        let shared = |line: &str| {
            let alike = |known: &String| line.bytes().zip(known.bytes()).take_while(|(a, b)| a == b).count();
            other.iter().map(alike).max().unwrap_or(0)
        };
        let part = |line: &str| line.chars().skip(shared(line).saturating_sub(120)).take(400).collect::<String>();
        let only = all.iter().filter(|line| !other.contains(line));
        only.map(|line| format!("  {word}: ...{}\n", part(line))).collect()
    };
    of(apart, union, "apart") + &of(union, apart, "union")
}

/// The samples side by side in one folder: every incident says the same, word by word.
fn side_by_side(members: &[&PathBuf], apart: &BTreeMap<&str, Vec<String>>, catalog: &Catalog, name: &str) -> String {
    let folder = fresh(name);
    for sample in members {
        write(&folder.join(name_of(sample)), &files(&sample.join("bundle")));
    }
    let report = report_of(&folder, catalog);
    fs::remove_dir_all(&folder).expect("removed");
    let mut faults = String::new();
    let mut total = 0;
    for sample in members {
        let prefix = format!("{}/", name_of(sample));
        let union = incidents(&report, |path| path.strip_prefix(&prefix).map(str::to_string));
        total += union.len();
        if union != apart[name_of(sample)] {
            faults += &format!("{name}: {}\n{}", name_of(sample), difference(&apart[name_of(sample)], &union));
        }
    }
    let all = report["incidents"].as_array().map_or(0, Vec::len);
    if total != all {
        faults += &format!("{name}: {all} incidents, {total} of them of one sample\n");
    }
    faults
}

#[test]
fn samples_in_one_folder_are_told_as_they_are_apart() {
    let catalog = Catalog::built_in().expect("sound pages");
    let samples = samples();
    let apart: BTreeMap<&str, Vec<String>> = samples
        .iter()
        .map(|sample| {
            let report = report_of(&sample.join("bundle"), &catalog);
            (name_of(sample), incidents(&report, |path| Some(path.to_string())))
        })
        .collect();
    let pairs: Vec<[&PathBuf; 2]> = STRIDES
        .iter()
        .flat_map(|stride| (0..samples.len()).map(move |first| (first, *stride)))
        .map(|(first, stride)| [&samples[first], &samples[(first + stride) % samples.len()]])
        .collect();
    let mut faults: Vec<String> = pairs
        .par_iter()
        .enumerate()
        .map(|(number, pair)| side_by_side(pair, &apart, &catalog, &format!("pair-{number}")))
        .collect();
    faults.push(side_by_side(&samples.iter().collect::<Vec<_>>(), &apart, &catalog, "all"));
    faults.retain(|fault| !fault.is_empty());
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// A sample of the collector's layout whose times are moved so that all were collected at one moment.
struct Moved {
    name: String,
    files: BTreeMap<String, Vec<u8>>,
    /// Namespaces and nodes: two samples that share one cannot be one cluster.
    owns: BTreeSet<String>,
}

fn moved(sample: &Path, moment: Timestamp) -> Option<Moved> {
    let mut files = files(&sample.join("bundle"));
    let header = String::from_utf8(files.get("kubemortem.yaml")?.clone()).expect("text");
    let at = header.lines().find_map(|line| line.strip_prefix("collectedAt: "))?.trim_matches('"');
    let by = moment.duration_since(at.parse().expect("a time"));
    files.remove("SHA256SUMS");
    for bytes in files.values_mut() {
        if let Ok(text) = std::str::from_utf8(bytes) {
            *bytes = with_times_moved(text, by).into_bytes();
        }
    }
    let node = Regex::new(r"^cluster/describe/node-(.+)\.txt$").expect("sound");
    let owns = files
        .keys()
        .filter_map(|path| match path.strip_prefix("namespaces/").and_then(|rest| rest.split('/').next()) {
            Some(namespace) => Some(format!("namespace {namespace}")),
            None => node.captures(path).map(|found| format!("node {}", &found[1])),
        })
        .collect();
    Some(Moved { name: name_of(sample).to_string(), files, owns })
}

fn with_times_moved(text: &str, by: SignedDuration) -> String {
    let rfc3339 = Regex::new(r"\b(20\d\d-\d\d-\d\d[T ]\d\d:\d\d:\d\d)").expect("sound");
    let rfc1123 = Regex::new(r"\b[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} 20\d\d \d\d:\d\d:\d\d [+-]\d{4}").expect("sound");
    let text = rfc3339.replace_all(text, |found: &regex::Captures<'_>| {
        let time: jiff::civil::DateTime = found[1].replace(' ', "T").parse().expect("a time");
        let time = time.checked_add(by).expect("in range").strftime("%Y-%m-%dT%H:%M:%S").to_string();
        if found[1].contains(' ') { time.replace('T', " ") } else { time }
    });
    let text = rfc1123.replace_all(&text, |found: &regex::Captures<'_>| {
        let time = jiff::fmt::rfc2822::DateTimeParser::new().parse_zoned(&found[0]).expect("a time");
        let time = time.checked_add(by).expect("in range");
        time.strftime("%a, %d %b %Y %H:%M:%S %z").to_string()
    });
    text.into_owned()
}

/// One cluster's tree of several: lists and tables of the cluster joined, namespaces side by side.
fn tree(members: &[&Moved]) -> BTreeMap<String, Vec<u8>> {
    let mut tree: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    for (path, bytes) in members.iter().flat_map(|member| &member.files) {
        let Some(known) = tree.get_mut(path) else {
            tree.insert(path.clone(), bytes.clone());
            continue;
        };
        let (old, new) = (String::from_utf8_lossy(known), String::from_utf8_lossy(bytes));
        let joined = match path.as_str() {
            "kubemortem.yaml" | "cluster/version.json" => continue,
            path if path.ends_with(".json") => match (items(&old), items(&new)) {
                (_, "") => continue,
                ("", _) => new.into_owned(),
                (a, b) => old.replacen(a, &format!("{},\n{}", a.trim_end(), b.trim_start_matches('\n')), 1),
            },
            path if path.ends_with(".txt") || path.ends_with(".tsv") => {
                format!("{old}{}", new.split_once('\n').map_or("", |(_, rows)| rows))
            }
            _ => old.into_owned() + &new,
        };
        *known = joined.into_bytes();
    }
    tree
}

/// What stands between the brackets of a list as kubectl prints it.
fn items(list: &str) -> &str {
    let start = list.find("\"items\": [\n").map(|at| at + "\"items\": [\n".len());
    let end = list.rfind("\n    ],");
    start.zip(end).filter(|(start, end)| start < end).map_or("", |(start, end)| &list[start..end])
}

/// What must be the same whatever else the cluster holds: the verdict, its subject, and the words of its evidence.
fn verdicts(report: &Value) -> Vec<String> {
    let all = report["incidents"].as_array().expect("incidents");
    let title = |id: &Value| {
        all.iter()
            .find(|incident| incident["id"] == *id)
            .map(|incident| format!("{} of {}", incident["cause"], incident["subject"]))
    };
    let mut told: Vec<String> = all
        .iter()
        .map(|incident| {
            let texts: BTreeSet<&str> =
                incident["evidence"].as_array().expect("a list").iter().filter_map(|e| e["text"].as_str()).collect();
            let consequences: BTreeSet<Option<String>> =
                incident["consequences"].as_array().expect("a list").iter().map(title).collect();
            format!(
                "{} {} {} of {} caused by {:?}, causes {consequences:?}: {texts:?}",
                incident["severity"],
                incident["cause"],
                incident["confidence"],
                incident["subject"],
                title(&incident["causedBy"]),
            )
        })
        .collect();
    told.sort();
    told
}

#[test]
fn samples_in_one_cluster_are_told_as_they_are_apart() {
    let catalog = Catalog::built_in().expect("sound pages");
    let moment: Timestamp = "2026-07-01T12:00:00Z".parse().expect("a time");
    let members: Vec<Moved> = samples().iter().filter_map(|sample| moved(sample, moment)).collect();
    assert!(members.len() >= 30, "{} samples of the collector's layout", members.len());
    let told = |files: &BTreeMap<String, Vec<u8>>, name: &str| {
        let folder = fresh(name);
        write(&folder, files);
        let report = report_of(&folder, &catalog);
        fs::remove_dir_all(&folder).expect("removed");
        verdicts(&report)
    };
    let apart: BTreeMap<&str, Vec<String>> = members
        .par_iter()
        .map(|member| (member.name.as_str(), told(&member.files, &format!("alone-{}", member.name))))
        .collect();
    let mut unions: Vec<Vec<&Moved>> = STRIDES
        .iter()
        .flat_map(|stride| (0..members.len()).map(move |first| (first, *stride)))
        .map(|(first, stride)| vec![&members[first], &members[(first + stride) % members.len()]])
        .collect();
    // All of them, but for those that share a name with one before.
    let mut taken: BTreeSet<&String> = BTreeSet::new();
    let mut all: Vec<&Moved> = Vec::new();
    for member in &members {
        if member.owns.iter().all(|name| !taken.contains(name)) {
            taken.extend(&member.owns);
            all.push(member);
        }
    }
    assert!(all.len() * 10 >= members.len() * 9, "{} of {} share no name", all.len(), members.len());
    unions.retain(|pair| pair[0].owns.is_disjoint(&pair[1].owns));
    unions.push(all);
    let faults: Vec<String> = unions
        .par_iter()
        .enumerate()
        .map(|(number, union)| {
            let found = told(&tree(union), &format!("tree-{number}"));
            let mut wanted: Vec<String> =
                union.iter().flat_map(|member| apart[member.name.as_str()].iter().cloned()).collect();
            wanted.sort();
            let names: Vec<&str> = union.iter().map(|member| member.name.as_str()).collect();
            if found == wanted { String::new() } else { format!("{names:?}\n{}", difference(&wanted, &found)) }
        })
        .filter(|fault| !fault.is_empty())
        .collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// Cases of different clusters as people save them: what `describe` shows, and a log that names nobody.
const CASES: [(&str, &str, &str, &str); 3] = [
    ("till-0", "exec /till: exec format error\n", "architecture-mismatch", "no such image"),
    ("ledger-0", "Error: listen EADDRINUSE: address already in use 0.0.0.0:8080\n", "port-bind-failed", "exec format"),
    (
        "basket-0",
        "dial tcp: lookup db.shop.svc on 10.96.0.10:53: no such host\n",
        "dns-resolution-failed",
        "EADDRINUSE",
    ),
];

fn described(pod: &str) -> String {
    format!(
        "Name:         {pod}\nNamespace:    default\nStatus:       Running\nContainers:\n  app:\n    State:          Waiting\n      Reason:       CrashLoopBackOff\n    Last State:     Terminated\n      Reason:       Error\n      Exit Code:    1\n    Ready:          False\n    Restart Count:  7\n"
    )
}

/// The name of a file: the case's number, and what the file holds.
type Naming = fn(usize, &str) -> String;

#[test]
fn cases_that_only_the_names_of_their_files_tell_apart_keep_their_evidence() {
    let catalog = Catalog::built_in().expect("sound pages");
    // How the files of case `n` are called: what describe shows, and the log.
    let namings: [(&str, Naming); 4] = [
        ("prefix", |n, output| format!("ticket-{n}-{output}.txt")),
        ("number", |n, output| format!("0{n}_{output}.txt")),
        ("behind", |n, output| format!("{output}-{n}.txt")),
        ("by-kind", |n, output| format!("{output}/ticket-{n}.{output}.txt")),
    ];
    for (naming, name) in namings {
        let folder = fresh(&format!("labels-{naming}"));
        let mut all = BTreeMap::new();
        for (n, (pod, log, ..)) in CASES.iter().enumerate() {
            all.insert(name(n, "describe"), described(pod).into_bytes());
            all.insert(name(n, "logs"), log.as_bytes().to_vec());
        }
        // A case of a log alone, whose pod nobody knows: it is none of the others'.
        all.insert(name(7, "logs"), b"panic: open /etc/till/key.pem: permission denied\n".to_vec());
        write(&folder, &all);
        let report = report_of(&folder, &catalog);
        fs::remove_dir_all(&folder).expect("removed");
        let incidents = report["incidents"].as_array().expect("incidents");
        for (pod, log, cause, other) in CASES {
            let of_pod = |incident: &&Value| {
                incident["subject"]["name"] == pod
                    || incident["subject"]["pods"].as_array().is_some_and(|pods| pods.contains(&Value::from(pod)))
            };
            let mine: Vec<&Value> = incidents.iter().filter(of_pod).collect();
            let [incident] = mine.as_slice() else { panic!("{naming}: {pod}: {mine:#?}") };
            assert_eq!(incident["cause"], cause, "{naming}: {pod}");
            let cited = incident["evidence"].to_string();
            assert!(cited.contains(log.trim()) && !cited.contains(other), "{naming}: {pod}: {cited}");
        }
        assert_eq!(incidents.len(), CASES.len() + 1, "{naming}");
    }
}

#[test]
fn names_of_objects_in_the_names_of_files_do_not_part_one_cluster() {
    let catalog = Catalog::built_in().expect("sound pages");
    let folder = fresh("labels-of-one-cluster");
    let pods = "NAME       READY   STATUS             RESTARTS   AGE\ntill-0     0/1     CrashLoopBackOff   7          2h\nledger-0   0/1     CrashLoopBackOff   7          2h\n";
    let mut all = BTreeMap::from([("pods.txt".to_string(), pods.as_bytes().to_vec())]);
    for (pod, log, ..) in &CASES[..2] {
        all.insert(format!("{pod}-describe.txt"), described(pod).into_bytes());
        all.insert(format!("{pod}-logs.txt"), log.as_bytes().to_vec());
    }
    write(&folder, &all);
    let report = report_of(&folder, &catalog);
    fs::remove_dir_all(&folder).expect("removed");
    let incidents = report["incidents"].as_array().expect("incidents");
    let mut told: Vec<(&str, &str)> = incidents
        .iter()
        .map(|i| (i["subject"]["name"].as_str().unwrap_or("?"), i["cause"].as_str().expect("a cause")))
        .collect();
    told.sort();
    assert_eq!(told, [("ledger-0", "port-bind-failed"), ("till-0", "architecture-mismatch")]);
    assert!(incidents.iter().all(|incident| incident["site"].is_null()), "{incidents:#?}");
}
