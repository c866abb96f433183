//! A bundle in, a post-mortem out: the stages in their order. The table of contents of the program; holds no logic.

use std::collections::BTreeMap;

use rayon::prelude::*;

use crate::catalog::Catalog;
use crate::diagnose::diagnose;
use crate::incident::{incidents, timeline};
use crate::load::health::{self, Health};
use crate::load::load;
use crate::logs::Scanner;
use crate::model::{Cluster, Gap, VersionFact};
use crate::observe::{Case, PODS, both, observe};
use crate::postmortem::{BundleHeader, Incident, InventoryRow, Postmortem, Remark};
use crate::source::{Input, Limits, Opened, SourceError};

/// So many cases are judged by one thread at a time.
const CASES: usize = 8;

/// What is made once for any number of bundles.
#[derive(Debug)]
pub struct Analyzer<'c> {
    catalog: &'c Catalog,
    scanner: Scanner<'c>,
}

impl<'c> Analyzer<'c> {
    /// An analyzer that judges by the pages of a catalogue.
    pub fn new(catalog: &'c Catalog) -> Self {
        Analyzer { catalog, scanner: Scanner::new(catalog) }
    }

    /// Prepares the scan of logs before the first bundle comes.
    pub fn prepare(&self) {
        self.scanner.prepare();
    }

    /// Analyzes one bundle.
    pub fn analyze(&self, input: &Input, limits: &Limits) -> Result<Postmortem, SourceError> {
        let (clusters, opened) = load(input, limits, &self.scanner)?;
        Ok(self.judge(&clusters, opened))
    }

    /// Analyzes one bundle, after which the process ends: what was read of it is left to the system, which takes a million
    /// pieces of memory back at once.
    pub fn analyze_last(&self, input: &Input, limits: &Limits) -> Result<Postmortem, SourceError> {
        let (clusters, opened) = load(input, limits, &self.scanner)?;
        let clusters = std::mem::ManuallyDrop::new(clusters);
        Ok(self.judge(&clusters, opened))
    }

    fn judge<'k>(&'k self, clusters: &'k [Cluster], opened: Opened) -> Postmortem {
        let mut remarks = Vec::new();
        let mut gaps = Vec::new();
        let mut findings = Vec::new();
        for cluster in clusters {
            let observed = observe(cluster, &self.scanner);
            gaps.extend(observed.gap());
            remarks.extend(observed.remarks);
            let mut of_cluster = Vec::new();
            let judged = |case: Case<'k>| {
                let remark = case.aside.clone().or_else(|| case.recovered.then(|| remark_of(&case)).flatten());
                (diagnose(case, self.catalog), remark)
            };
            let judged: Vec<_> = match observed.cases {
                few if few.len() <= CASES => few.into_iter().map(judged).collect(),
                many => many.into_par_iter().with_min_len(CASES).map(judged).collect(),
            };
            for (finding, remark) in judged {
                match finding {
                    Some(finding) => of_cluster.push(finding),
                    None => remarks.extend(remark),
                }
            }
            findings.push((cluster, of_cluster));
        }
        let many = clusters.iter().map(|cluster| cluster.facts.pods.len()).sum::<usize>() > PODS;
        let (incidents, inventory) = both(many, || incidents(findings, self.catalog), || inventory(clusters));
        assemble(clusters, opened, incidents, inventory, (remarks, gaps))
    }
}

/// Analyzes one bundle.
pub fn analyze(input: &Input, limits: &Limits, catalog: &Catalog) -> Result<Postmortem, SourceError> {
    Analyzer::new(catalog).analyze(input, limits)
}

/// Opens a bundle and says what it holds, without judging it.
pub fn open(input: &Input, limits: &Limits) -> Result<(Vec<Cluster>, Opened), SourceError> {
    let catalog = Catalog::default();
    load(input, limits, &Scanner::new(&catalog))
}

fn remark_of(case: &Case<'_>) -> Option<Remark> {
    let place = case.symptom_places.get(1).or(case.symptom_places.first())?.place.clone();
    // A pod that runs once is told as ended, one that is started again as running.
    let state = if case.symptom.starts_with("Running") { "runs and is ready" } else { "is over and done again since" };
    Some(Remark {
        object: case.subject.to_string(),
        what: format!("{state}; an earlier run is not explained by what the bundle holds ({})", case.symptom),
        place,
    })
}

fn assemble(
    clusters: &[Cluster],
    opened: Opened,
    incidents: Vec<Incident>,
    inventory: Vec<InventoryRow>,
    (remarks, left_out): (Vec<Remark>, Vec<Gap>),
) -> Postmortem {
    let current: Vec<&Cluster> = clusters.iter().filter(|cluster| cluster.later.is_none()).collect();
    let version = |server: bool| {
        let mut all = current.iter().flat_map(|cluster| &cluster.facts.versions);
        let found = all.find(|fact: &&VersionFact| fact.server == server);
        found.map(|fact| fact.version.value.clone())
    };
    let mut nodes = current.iter().flat_map(|cluster| &cluster.facts.nodes);
    let kubelets = nodes.find_map(|node| node.kubelet_version.as_ref().map(|v| v.value.clone()));
    // What several clusters do not share is not the bundle's.
    let collected = match current.as_slice() {
        [only] => only.collected_at.clone(),
        _ => None,
    };
    let first = clusters.first();
    let files = first.map(|cluster| cluster.files.as_ref()).unwrap_or_default();
    let mut gaps: Vec<_> = clusters.iter().flat_map(|cluster| cluster.facts.gaps.clone()).chain(left_out).collect();
    gaps.sort();
    gaps.dedup();
    let bundle = BundleHeader {
        name: opened.name.clone(),
        container: opened.container.to_string(),
        layout: first.map(|cluster| cluster.layout.to_string()).unwrap_or_default(),
        layout_why: first.map(|cluster| cluster.layout_why.clone()).unwrap_or_default(),
        collected_at: collected.as_ref().map(|at| at.value),
        collected_at_place: collected.map(|at| at.place),
        kubernetes_version: version(true).or(kubelets).filter(|_| current.len() < 2),
        kubectl_version: version(false).filter(|_| current.len() < 2),
        integrity: first.and_then(|cluster| cluster.integrity),
        files: opened.entries,
        bytes: files.iter().map(|file| file.bytes).sum(),
    };
    let timeline = timeline::of_all(&incidents, clusters);
    Postmortem {
        bundle,
        incidents,
        gaps,
        timeline,
        inventory,
        remarks,
        paths: files.iter().map(|file| file.spelled().to_owned()).collect(),
    }
}

fn inventory(clusters: &[Cluster]) -> Vec<InventoryRow> {
    let mut rows: BTreeMap<(String, &'static str), (u64, u64)> = BTreeMap::new();
    let mut add = |namespace: Option<&str>, kind: &'static str, unhealthy: bool| {
        let row = rows.entry((namespace.unwrap_or_default().to_string(), kind)).or_default();
        row.0 += 1;
        row.1 += u64::from(unhealthy);
    };
    // What another folder shows at a later time is counted there.
    for facts in clusters.iter().filter(|cluster| cluster.later.is_none()).map(|cluster| &cluster.facts) {
        for node in &facts.nodes {
            add(None, "Node", health::of_node(node) == Health::Unhealthy);
        }
        for pod in &facts.pods {
            let namespace = pod.namespace.as_ref().map(|n| n.value.as_str());
            add(namespace, "Pod", health::of_pod(pod) == Health::Unhealthy);
        }
        for workload in &facts.workloads {
            let lacks = matches!((&workload.desired, &workload.ready), (Some(d), Some(r)) if r.value < d.value);
            let counts = lacks && !matches!(workload.kind.name(), "Job" | "CronJob");
            add(workload.namespace.as_ref().map(|n| n.value.as_str()), workload.kind.name(), counts);
        }
        for claim in &facts.claims {
            let pending = claim.status.as_ref().is_some_and(|status| status.value != "Bound");
            add(claim.namespace.as_ref().map(|n| n.value.as_str()), "PersistentVolumeClaim", pending);
        }
    }
    rows.into_iter()
        .map(|((namespace, kind), (count, unhealthy))| InventoryRow {
            namespace,
            kind: kind.to_string(),
            count,
            unhealthy,
        })
        .collect()
}
