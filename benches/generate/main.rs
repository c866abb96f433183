//! Makes the data that is measured: a realistic bundle of any size, a batch of small ones, lists of pods, and the
//! signatures of the catalogue. Same arguments, same bytes.
//!
//! `cargo bench --bench generate -- bundle DIR --mib 1024 --pods 400`
//! `cargo bench --bench generate -- batch DIR --count 200 --mib 2`
//! `cargo bench --bench generate -- pods FILE --pods 20000`
//! `cargo bench --bench generate -- signatures FILE`

#![allow(clippy::print_stderr, clippy::unwrap_used, clippy::expect_used)] // a tool for developers

mod logs;
mod objects;
mod random;

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use kubemortem::catalog::page::Test;
use kubemortem::catalog::{Catalog, Channel};

use objects::Pod;
use random::Random;

struct Arguments {
    kind: String,
    target: PathBuf,
    pods: usize,
    mib: u64,
    count: usize,
    seed: u64,
}

fn arguments() -> Option<Arguments> {
    // `cargo bench` adds `--bench` of its own.
    let mut words = std::env::args().skip(1).filter(|word| word != "--bench");
    let mut arguments =
        Arguments { kind: words.next()?, target: words.next()?.into(), pods: 400, mib: 1024, count: 200, seed: 1 };
    while let Some(flag) = words.next() {
        let value = words.next()?.parse::<u64>().ok()?;
        match flag.as_str() {
            "--pods" => arguments.pods = value as usize,
            "--mib" => arguments.mib = value,
            "--count" => arguments.count = value as usize,
            "--seed" => arguments.seed = value,
            _ => return None,
        }
    }
    Some(arguments)
}

fn main() {
    let Some(arguments) = arguments() else {
        eprintln!("usage: generate bundle|batch|pods|signatures TARGET [--pods N] [--mib N] [--count N] [--seed N]");
        std::process::exit(2);
    };
    let catalog = Catalog::built_in().expect("the built-in pages are sound");
    let (target, seed) = (arguments.target.as_path(), arguments.seed);
    match arguments.kind.as_str() {
        "bundle" => bundle(target, &samples(&catalog), arguments.pods, arguments.mib << 20, seed),
        "batch" => {
            let samples = samples(&catalog);
            for number in 0..arguments.count {
                let folder = target.join(format!("bundle-{number:03}"));
                bundle(&folder, &samples, 5 + number % 7, arguments.mib << 20, seed + number as u64);
            }
        }
        "pods" => {
            let mut out = create(target);
            let mut random = Random::new(seed);
            let pods: Vec<Pod> = (0..arguments.pods).map(|index| Pod::new(&mut random, index)).collect();
            objects::pod_list(&mut out, &mut random, pods.iter());
        }
        "signatures" => signatures(target, &catalog),
        other => {
            eprintln!("unknown kind {other}");
            std::process::exit(2);
        }
    }
}

fn create(path: &Path) -> BufWriter<File> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).expect("the folder can be made");
    }
    BufWriter::with_capacity(1 << 20, File::create(path).expect("the file can be written"))
}

/// What the scan of logs looks for, one expression a line, as ripgrep and ugrep read them: groups without their names,
/// which would have to be unique, and flags as groups.
fn signatures(path: &Path, catalog: &Catalog) {
    let mut out = create(path);
    for signature in catalog.signatures.iter().filter(|signature| signature.channels.contains(&Channel::Log)) {
        let mut plain = String::new();
        let mut parts = signature.pattern().split("(?P<");
        plain.push_str(parts.next().unwrap_or_default());
        for part in parts {
            plain.push_str("(?:");
            plain.push_str(part.split_once('>').map_or("", |(_, rest)| rest));
        }
        for flags in ["(?i)", "(?is)"] {
            if let Some(rest) = plain.strip_prefix(flags) {
                plain = format!("(?i:{rest})");
            }
        }
        writeln!(out, "{plain}").expect("written");
    }
}

/// Lines that match a log signature: the samples of the pages.
fn samples(catalog: &Catalog) -> Vec<String> {
    let rules = catalog.pages.iter().flat_map(|page| &page.rules);
    let of_logs = rules.filter(|rule| matches!(&rule.test, Test::Text { channels, .. } if channels[0] == Channel::Log));
    let lines = of_logs.flat_map(|rule| &rule.matches).filter(|line| !line.contains('\n'));
    lines.cloned().collect()
}

/// A bundle of the collector's layout: `bytes` of logs in all, one log a pod, and the objects of its namespaces.
fn bundle(folder: &Path, samples: &[String], pods: usize, bytes: u64, seed: u64) {
    let mut random = Random::new(seed);
    let pods: Vec<Pod> = (0..pods).map(|index| Pod::new(&mut random, index)).collect();
    let mut header = create(&folder.join("kubemortem.yaml"));
    header
        .write_all(
            b"layoutVersion: 1\ncollectedAt: \"2026-11-20T12:00:00Z\"\nkubectlVersion: v1.33.2\nserverVersion: \
              v1.32.5\nscope:\n  cluster: true\nflags: [--timestamps]\n",
        )
        .expect("written");
    let mut namespaces: Vec<&str> = pods.iter().map(|pod| pod.namespace.as_str()).collect();
    namespaces.sort_unstable();
    namespaces.dedup();
    for namespace in namespaces {
        let here = folder.join("namespaces").join(namespace);
        let mine = || pods.iter().filter(|pod| pod.namespace == namespace);
        objects::pod_list(&mut create(&here.join("pods.json")), &mut random, mine());
        objects::event_list(&mut create(&here.join("events.json")), &mut random, mine());
        objects::replica_set_list(&mut create(&here.join("replicasets.json")), mine());
        for pod in mine().filter(|pod| pod.failing) {
            objects::describe(&mut create(&here.join("describe").join(format!("pod-{}.txt", pod.name))), pod);
        }
    }
    // Logs are of very different sizes: a few hold most of the bytes.
    let weights: Vec<u64> = pods.iter().map(|_| [1, 2, 4, 8, 30][random.below(5)]).collect();
    let total: u64 = weights.iter().sum();
    for (index, pod) in pods.iter().enumerate() {
        let here = folder.join("namespaces").join(&pod.namespace).join("logs").join(&pod.name);
        let share = bytes * weights[index] / total;
        let mut log = logs::Writer::new(&mut random, samples, index);
        log.write(&mut create(&here.join("app.log")), share);
        if pod.failing {
            log.write_end(&mut create(&here.join("app.previous.log")), share / 10 + 4096);
        }
    }
}
