//! What a row says of its object.
//!
//! Owns the meaning of cells. Knows nothing of lines, headers in the text, or how a row was put together.

use std::collections::HashMap;

use super::Section;
use super::align::Row;
use super::header::{Column, Kind};
use super::shape::{count, is_name, is_none, ratio};
use crate::model::Fields;
use crate::model::time::{When, parse_age};
use crate::model::workload::WorkloadCondition;
use crate::model::{
    Claim, ConditionStatus, Config, ConfigKind, Facts, Ingress, Node, Operator, PersistentVolume, Pod, PodCondition,
    PodRow, Purpose, Quota, Service, ServiceAccount, SigningRequest, SigningState, StorageClass, Workload,
    WorkloadKind,
};
use crate::text::{Fact, Located, Place};

/// The facts of a section's tables.
pub struct Found<'s, 't> {
    section: &'s Section<'t>,
    /// What was found so far.
    pub facts: Facts,
    /// Where a pod stands in `facts`: `get -w` prints it again and again.
    pods: HashMap<(Option<String>, String), usize>,
}

/// The cells of a row under their columns' names.
struct Cells<'c, 'l> {
    columns: &'c [Column],
    row: &'c Row<'l>,
    place: &'c Place,
}

impl<'l> Cells<'_, 'l> {
    fn get(&self, name: &str) -> Option<&'l str> {
        self.columns.iter().position(|column| column.name == name).and_then(|index| self.row.cell(index))
    }

    /// The cell, if it holds a value: not `<none>` and the like.
    fn value(&self, name: &str) -> Option<&'l str> {
        self.get(name).filter(|cell| !is_none(cell))
    }

    fn located<T>(&self, value: T) -> Located<T> {
        Located::new(value, self.place.clone())
    }

    fn fact(&self, name: &str) -> Fact<String> {
        self.value(name).map(|cell| self.located(cell.to_owned()))
    }

    fn count(&self, name: &str) -> Option<u64> {
        self.get(name).and_then(count)
    }

    fn labels(&self) -> Fields<String> {
        pairs(self.value("LABELS").unwrap_or_default())
    }
}

/// `a=b,c=d`; a last pair without `=` was cut and is left out.
fn pairs(text: &str) -> Fields<String> {
    text.split(',')
        .filter_map(|pair| pair.split_once('='))
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .collect()
}

/// How many addresses a cell of ENDPOINTS has: `<none>`, `a:80,b:80`, `a:80,b:80,c:80 + 4 more...`.
fn endpoints(cell: &str) -> u64 {
    let mut words = cell.split_whitespace();
    let shown = words.next().filter(|first| !is_none(first)).map_or(0, |first| first.split(',').count() as u64);
    shown.saturating_add(words.nth(1).and_then(count).unwrap_or(0))
}

impl<'s, 't> Found<'s, 't> {
    pub fn new(section: &'s Section<'t>) -> Self {
        Found { section, facts: Facts::default(), pods: HashMap::new() }
    }

    pub fn into_facts(self) -> Facts {
        self.facts
    }

    /// Takes a row in. `line` is the row's text, cleaned and joined; `place` its first line in the file.
    pub fn row(&mut self, kind: Option<Kind>, columns: &[Column], row: &Row<'_>, line: &str, place: Place) {
        let cells = Cells { columns, row, place: &place };
        if kind == Some(Kind::Usage) {
            super::top::row(self.section, &|name| cells.get(name), place.clone(), &mut self.facts);
            return;
        }
        let Some(full) = cells.get("NAME") else { return };
        // `pod/web-0` of `get all` and of `get pods,svc`, `storageclass.storage.k8s.io/standard (default)`.
        let (kind, name) = match full.split_once('/') {
            Some((resource, name)) if is_name(name.strip_suffix(" (default)").unwrap_or(name)) => {
                (Kind::of_resource(resource), name)
            }
            _ => (kind, full),
        };
        let Some(kind) = kind else { return };
        let namespace = cells.value("NAMESPACE").map(str::to_owned).or_else(|| self.section.hint.namespace.clone());
        match kind {
            Kind::Pod => self.pod(&cells, name, namespace),
            Kind::Node => self.node(&cells, name),
            Kind::Deployment => self.workload(&cells, WorkloadKind::Deployment, name, namespace),
            Kind::ReplicaSet => self.workload(&cells, WorkloadKind::ReplicaSet, name, namespace),
            Kind::ReplicationController => {
                self.workload(&cells, WorkloadKind::ReplicationController, name, namespace);
            }
            Kind::StatefulSet => self.workload(&cells, WorkloadKind::StatefulSet, name, namespace),
            Kind::DaemonSet => self.workload(&cells, WorkloadKind::DaemonSet, name, namespace),
            Kind::Job => self.workload(&cells, WorkloadKind::Job, name, namespace),
            Kind::CronJob => self.workload(&cells, WorkloadKind::CronJob, name, namespace),
            Kind::Claim => self.claim(&cells, name, namespace),
            Kind::Volume => self.volume(&cells, name),
            Kind::StorageClass => {
                let (name, default) = match name.strip_suffix("(default)") {
                    Some(name) => (name.trim_end(), true),
                    None => (name, false),
                };
                let name = cells.located(name.to_owned());
                let provisioner = cells.fact("PROVISIONER");
                self.facts.storage_classes.push(StorageClass { name, provisioner, default });
            }
            Kind::Service | Kind::Endpoints => self.service(&cells, kind, name, namespace),
            Kind::ConfigMap => self.config(&cells, ConfigKind::ConfigMap, name, namespace),
            Kind::Secret => self.config(&cells, ConfigKind::Secret, name, namespace),
            Kind::Namespace => self.facts.namespaces.push(cells.located(name.to_owned())),
            Kind::ServiceAccount => self.facts.service_accounts.push(ServiceAccount {
                section: self.section.id,
                namespace: namespace.map(|namespace| cells.located(namespace)),
                name: cells.located(name.to_owned()),
                image_pull_secrets: None,
                missing_secrets: Vec::new(),
            }),
            Kind::PriorityClass => self.facts.priority_classes.push(cells.located(name.to_owned())),
            Kind::IngressClass => self.facts.ingress_classes.push(cells.located(name.to_owned())),
            Kind::Ingress => {
                if let Some(class) = cells.fact("CLASS") {
                    self.facts.ingresses.push(Ingress { namespace, name: cells.located(name.to_owned()), class });
                }
            }
            Kind::ClusterOperator => self.operator(&cells, "ClusterOperator", name),
            Kind::ClusterVersion => self.operator(&cells, "ClusterVersion", name),
            Kind::MachineConfigPool => self.operator(&cells, "MachineConfigPool", name),
            Kind::SigningRequest => self.signing_request(&cells, name),
            Kind::Quota => self.quota(&cells, name, namespace, line),
            Kind::Event | Kind::Usage => {}
        }
    }

    fn pod(&mut self, cells: &Cells<'_, '_>, name: &str, namespace: Option<String>) {
        let ready = cells.get("READY").and_then(ratio);
        let mut restarts = cells.get("RESTARTS").unwrap_or_default().split_whitespace();
        let age = cells.get("AGE").and_then(parse_age);
        let small = |number: u64| u32::try_from(number).ok();
        let row = PodRow {
            ready: ready.and_then(|(part, _)| small(part)),
            total: ready.and_then(|(_, whole)| small(whole)),
            status: cells.get("STATUS").unwrap_or_default().to_owned(),
            restarts: restarts.next().and_then(count),
            last_restart: restarts
                .next()
                .filter(|_| restarts.next() == Some("ago)"))
                .and_then(|ago| parse_age(ago.trim_start_matches('('))),
            age,
            place: cells.place.clone(),
        };
        let key = (namespace, name.to_owned());
        let index = match self.pods.get(&key) {
            Some(index) => *index,
            None => {
                self.facts.pods.push(Pod {
                    section: self.section.id,
                    namespace: key.0.clone().map(|namespace| cells.located(namespace)),
                    name: Some(cells.located(name.to_owned())),
                    ..Pod::default()
                });
                self.pods.insert(key, self.facts.pods.len() - 1);
                self.facts.pods.len() - 1
            }
        };
        let Some(pod) = self.facts.pods.get_mut(index) else { return };
        if row.age.is_some() {
            pod.created = row.age.map(When::Ago);
        }
        if let Some(node) = cells.get("NODE") {
            let node = if is_none(node) { "" } else { node };
            pod.node = Some(cells.located(node.to_owned()));
        }
        let labels = cells.labels();
        if !labels.is_empty() {
            pod.labels = labels;
        }
        pod.row = Some(row);
    }

    fn node(&mut self, cells: &Cells<'_, '_>, name: &str) {
        let labels = cells.labels();
        let architecture = labels.get("kubernetes.io/arch").or_else(|| labels.get("beta.kubernetes.io/arch"));
        let cordoned = cells.get("STATUS").is_some_and(|status| status.split(',').any(|s| s == "SchedulingDisabled"));
        let node = Node {
            section: self.section.id,
            name: Some(cells.located(name.to_owned())),
            row_status: cells.fact("STATUS"),
            unschedulable: cordoned.then(|| cells.located(true)),
            architecture: architecture.map(|architecture| cells.located(architecture.clone())),
            kubelet_version: cells.fact("VERSION"),
            labels: labels.into_iter().map(|(key, value)| (key, cells.located(value))).collect(),
            ..Node::default()
        };
        self.facts.nodes.push(node);
    }

    fn workload(&mut self, cells: &Cells<'_, '_>, kind: WorkloadKind, name: &str, namespace: Option<String>) {
        let fraction = cells
            .get("READY")
            .or_else(|| cells.get("COMPLETIONS"))
            .and_then(|cell| cell.split_whitespace().next())
            .and_then(ratio);
        let (ready, desired) = match fraction {
            Some((ready, desired)) => (Some(ready), Some(desired)),
            None => {
                // Before 1.15: DESIRED beside READY; AVAILABLE of a Deployment, SUCCESSFUL of a Job.
                let ready =
                    cells.count("READY").or_else(|| cells.count("AVAILABLE")).or_else(|| cells.count("SUCCESSFUL"));
                (ready, cells.count("DESIRED"))
            }
        };
        let mut conditions = Vec::new();
        if kind == WorkloadKind::Job
            && let Some(status @ ("Failed" | "Complete" | "Suspended")) = cells.get("STATUS")
        {
            conditions.push(WorkloadCondition {
                kind: status.to_owned(),
                status: ConditionStatus::True,
                reason: None,
                message: None,
                place: cells.place.clone(),
            });
        }
        let images = cells.value("IMAGES").or_else(|| cells.value("IMAGE(S)")).unwrap_or_default();
        self.facts.workloads.push(Workload {
            namespace: namespace.map(|namespace| cells.located(namespace)),
            name: Some(cells.located(name.to_owned())),
            desired: desired.map(|desired| cells.located(desired)),
            ready: ready.map(|ready| cells.located(ready)),
            conditions,
            images: images
                .split(',')
                .filter(|image| !image.is_empty())
                .map(|image| cells.located(image.to_owned()))
                .collect(),
            labels: cells.labels(),
            ..Workload::new(self.section.id, kind)
        });
    }

    /// AVAILABLE and the like are the conditions; the one message that the row has is that of the worst.
    fn operator(&mut self, cells: &Cells<'_, '_>, kind: &'static str, name: &str) {
        let columns = [
            ("AVAILABLE", "Available"),
            ("DEGRADED", "Degraded"),
            ("FAILING", "Failing"),
            ("PROGRESSING", "Progressing"),
        ];
        let mut conditions: Vec<PodCondition> = columns
            .into_iter()
            .filter_map(|(column, kind)| {
                let status = ConditionStatus::parse(cells.value(column)?)?;
                let place = cells.place.clone();
                Some(PodCondition {
                    kind: kind.to_owned(),
                    status,
                    reason: None,
                    message: None,
                    last_transition: None,
                    place,
                })
            })
            .collect();
        let is_bad = |c: &&mut PodCondition| (c.kind == "Available") == (c.status == ConditionStatus::False);
        if let Some(worst) = conditions.iter_mut().find(is_bad) {
            worst.message = cells.fact("MESSAGE").or_else(|| cells.fact("STATUS"));
        }
        if !conditions.is_empty() {
            let name = cells.located(name.to_owned());
            self.facts.operators.push(Operator { kind, name, conditions, namespaces: Vec::new() });
        }
    }

    fn signing_request(&mut self, cells: &Cells<'_, '_>, name: &str) {
        let requestor = cells.value("REQUESTOR").unwrap_or_default();
        let (Some(purpose), Some(condition)) =
            (Purpose::of(cells.value("SIGNERNAME"), requestor), cells.value("CONDITION"))
        else {
            return;
        };
        let says = |word: &str| condition.split(',').any(|part| part == word);
        let state = match () {
            () if says("Issued") => SigningState::Issued,
            () if says("Denied") || says("Failed") => SigningState::Refused,
            () if says("Approved") => SigningState::Approved,
            () if says("Pending") => SigningState::Pending,
            () => return,
        };
        self.facts.signing_requests.push(SigningRequest {
            name: name.to_owned(),
            purpose,
            requestor: requestor.to_owned(),
            node: SigningRequest::node_of(requestor).map(str::to_owned),
            created: cells.get("AGE").and_then(parse_age).map(When::Ago),
            state,
            place: cells.place.clone(),
        });
    }

    fn claim(&mut self, cells: &Cells<'_, '_>, name: &str, namespace: Option<String>) {
        self.facts.claims.push(Claim {
            section: self.section.id,
            namespace: namespace.map(|namespace| cells.located(namespace)),
            name: Some(cells.located(name.to_owned())),
            status: cells.fact("STATUS"),
            volume: cells.fact("VOLUME"),
            storage_class: cells.fact("STORAGECLASS"),
            access_modes: cells.fact("ACCESS MODES").or_else(|| cells.fact("ACCESSMODES")),
            capacity: cells.fact("CAPACITY").filter(|capacity| capacity.value != "0"),
        });
    }

    fn volume(&mut self, cells: &Cells<'_, '_>, name: &str) {
        self.facts.volumes.push(PersistentVolume {
            section: self.section.id,
            name: Some(cells.located(name.to_owned())),
            status: cells.fact("STATUS"),
            claim: cells.fact("CLAIM"),
            storage_class: cells.fact("STORAGECLASS"),
            capacity: cells.fact("CAPACITY"),
        });
    }

    fn service(&mut self, cells: &Cells<'_, '_>, kind: Kind, name: &str, namespace: Option<String>) {
        let ready_endpoints = (kind == Kind::Endpoints)
            .then(|| cells.get("ENDPOINTS"))
            .flatten()
            .map(endpoints)
            .map(|shown| cells.located(shown));
        let ports = if kind == Kind::Service { cells.value("PORT(S)").unwrap_or_default() } else { "" };
        self.facts.services.push(Service {
            namespace,
            name: cells.located(name.to_owned()),
            ports: ports.split(',').filter(|port| !port.is_empty()).map(str::to_owned).collect(),
            selector: pairs(cells.value("SELECTOR").unwrap_or_default()),
            ready_endpoints,
            cluster_ip: cells.value("CLUSTER-IP").map(str::to_owned),
            external_name: cells
                .value("EXTERNAL-IP")
                .filter(|_| cells.value("TYPE") == Some("ExternalName"))
                .map(str::to_owned),
        });
    }

    fn config(&mut self, cells: &Cells<'_, '_>, kind: ConfigKind, name: &str, namespace: Option<String>) {
        let keys = cells.get("KEYS").map(|keys| {
            keys.trim_matches(['[', ']'])
                .split([',', ' '])
                .filter(|key| !key.is_empty() && !is_none(key))
                .map(|key| cells.located(key.to_owned()))
                .collect()
        });
        // `DATA 0` lists all keys there are: none.
        let keys = keys.or_else(|| (cells.count("DATA") == Some(0)).then(Vec::new));
        self.facts.configs.push(Config { kind, namespace, name: cells.located(name.to_owned()), keys });
    }

    /// `requests.cpu: 100m/1, pods: 3/10`: the rest of the line after the name, whatever column it stands in.
    fn quota(&mut self, cells: &Cells<'_, '_>, name: &str, namespace: Option<String>, line: &str) {
        let words: Vec<&str> = line.split_whitespace().collect();
        for pair in words.windows(2) {
            let (Some(resource), Some((used, hard))) =
                (pair[0].strip_suffix(':'), pair[1].trim_end_matches(',').split_once('/'))
            else {
                continue;
            };
            self.facts.quotas.push(Quota {
                namespace: namespace.clone(),
                name: name.to_owned(),
                resource: resource.to_owned(),
                used: used.to_owned(),
                hard: hard.to_owned(),
                place: cells.place.clone(),
            });
        }
    }
}
