//! Pods of which only a node's container runtime tells: where the API server was not asked, or did not answer.
//!
//! `crictl ps -a` and `docker ps -a` list the runs of the containers of one node. What the API says of a pod comes first:
//! where an output shows it, or the pods of its namespace, the runtime adds nothing.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use super::attribute::COMPONENTS;
use super::health::{self, Health};
use crate::model::{Container, ContainerState, Facts, Owner, Pod, RuntimeContainer, StateKind};
use crate::text::Located;

/// Parts of the control plane that have no controller.
const STATIC: [&str; 5] =
    ["etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "cloud-controller-manager"];

/// Adds the pods that only the runtime's rows show.
pub(super) fn add(facts: &mut Facts) {
    let rows = std::mem::take(&mut facts.runtime_containers);
    let sandboxes = std::mem::take(&mut facts.sandboxes);
    let by_id: BTreeMap<&str, _> = sandboxes.iter().map(|sandbox| (sandbox.id.as_str(), sandbox)).collect();
    let mut pods: BTreeMap<(Option<String>, String), BTreeMap<String, Vec<RuntimeContainer>>> = BTreeMap::new();
    for mut row in rows {
        if let Some(sandbox) = row.sandbox.as_deref().and_then(|id| by_id.get(id)) {
            row.pod = row.pod.or_else(|| Some(sandbox.pod.clone()));
            row.namespace = row.namespace.or_else(|| sandbox.namespace.clone());
        }
        // Where no table names the pod, a part of every cluster is known by the name of its container.
        let own = || Some(row.name.clone()).filter(|name| COMPONENTS.contains(&name.as_str()));
        let Some(pod) = row.pod.clone().or_else(own) else { continue };
        let containers = pods.entry((row.namespace.clone(), pod)).or_default();
        containers.entry(row.name.clone()).or_default().push(row);
    }
    if pods.is_empty() {
        return;
    }
    let shown: BTreeSet<&str> = facts.pods.iter().filter_map(|pod| Some(pod.name.as_ref()?.value.as_str())).collect();
    let namespace_of = |pod: &Pod| pod.namespace.as_ref().map(|namespace| namespace.value.clone());
    let listed: BTreeSet<Option<String>> = facts.pods.iter().map(namespace_of).collect();
    pods.retain(|(namespace, name), _| !shown.contains(name.as_str()) && !listed.contains(namespace));
    let mut added: Vec<Pod> = pods.into_iter().map(|((namespace, name), rows)| pod(namespace, name, rows)).collect();
    // Logs tell the namespace where the table does not.
    for pod in added.iter_mut().filter(|pod| pod.namespace.is_none()) {
        let of_log = facts.logs.iter().find_map(|log| {
            let same = pod.name.as_ref().is_some_and(|name| log.object.name.as_ref() == Some(&name.value));
            log.object.namespace.clone().filter(|_| same)
        });
        pod.namespace = of_log.zip(pod.name.as_ref()).map(|(of_log, name)| Located::new(of_log, name.place.clone()));
    }
    // Where the rows of several nodes are of one name, what fails says more.
    added.sort_by_key(|pod| health::of_pod(pod) != Health::Unhealthy);
    facts.pods.extend(added);
}

fn pod(namespace: Option<String>, name: String, containers: BTreeMap<String, Vec<RuntimeContainer>>) -> Pod {
    let mut pod = Pod::default();
    for (container, mut runs) in containers {
        // The newest first.
        runs.sort_by_key(|run| (Reverse(run.attempt), run.created, !run.runs, run.place.line));
        let Some(newest) = runs.first() else { continue };
        if pod.name.is_none() {
            let place = &newest.place;
            pod.section = newest.section;
            pod.name = Some(Located::new(name.clone(), place.clone()));
            pod.namespace = namespace.clone().map(|namespace| Located::new(namespace, place.clone()));
        }
        // The kubelet runs the control plane's own parts from files, on the node's network, and names the node behind them.
        let node = name.strip_prefix(&container).and_then(|rest| rest.strip_prefix('-'));
        if let Some(node) = node.filter(|_| STATIC.contains(&container.as_str())) {
            let owner = Owner { kind: "Node".to_owned(), name: node.to_owned() };
            pod.host_network = true;
            pod.node = Some(Located::new(node.to_owned(), newest.place.clone()));
            pod.owner = Some(Located::new(owner, newest.place.clone()));
        }
        pod.containers.push(Container {
            name: container,
            place: Some(newest.place.clone()),
            container_id: Some(Located::new(
                if newest.is_dockers { format!("docker://{}", newest.id) } else { newest.id.clone() },
                newest.place.clone(),
            )),
            state: Some(state(newest)),
            last_state: runs.get(1).filter(|run| !run.runs).map(state),
            restart_count: newest.attempt.map(|attempt| Located::new(attempt, newest.place.clone())),
            runs_made: runs.iter().filter_map(|run| run.created).collect(),
            ..Container::default()
        });
    }
    pod
}

fn state(run: &RuntimeContainer) -> ContainerState {
    ContainerState {
        kind: if run.runs { StateKind::Running } else { StateKind::Terminated },
        reason: None,
        exit_code: run.exit_code.map(|code| Located::new(code, run.place.clone())),
        signal: None,
        message: None,
        started_at: None,
        finished_at: None,
        place: run.place.clone(),
    }
}
