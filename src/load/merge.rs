//! Several outputs that speak of one object become one object.
//!
//! Of two outputs the one that says more is believed first: JSON or YAML, then `describe`, then a table's row. What the
//! first does not state, the next fills in; a container's status is taken from one output as a whole, so that states of
//! two moments are never mixed.

use crate::model::{Claim, Container, Fields, Node, PersistentVolume, Pod, Service, Workload};

fn fill<T>(into: &mut Option<T>, from: Option<T>) {
    if into.is_none() {
        *into = from;
    }
}

fn fill_list<T>(into: &mut Vec<T>, from: Vec<T>) {
    if into.is_empty() {
        *into = from;
    }
}

fn fill_map<V>(into: &mut Fields<V>, from: Fields<V>) {
    if into.is_empty() {
        *into = from;
    }
}

/// How much an output says of a pod: 0 the most.
pub fn rank(pod: &Pod) -> u8 {
    if pod.uid.is_some() || pod.restart_policy.is_some() {
        0
    } else if !pod.containers.is_empty() || !pod.conditions.is_empty() || pod.phase.is_some() || pod.row.is_none() {
        1
    } else {
        2
    }
}

/// Adds what another output says of the same pod.
pub fn pod(into: &mut Pod, from: Pod) {
    fill(&mut into.namespace, from.namespace);
    fill(&mut into.name, from.name);
    fill(&mut into.uid, from.uid);
    fill_map(&mut into.labels, from.labels);
    fill(&mut into.revision_hash, from.revision_hash);
    fill(&mut into.owner, from.owner);
    fill(&mut into.created, from.created);
    fill(&mut into.deletion, from.deletion);
    fill(&mut into.start_time, from.start_time);
    fill(&mut into.node, from.node);
    fill(&mut into.phase, from.phase);
    fill(&mut into.reason, from.reason);
    fill(&mut into.message, from.message);
    fill(&mut into.restart_policy, from.restart_policy);
    fill(&mut into.service_account, from.service_account);
    fill(&mut into.qos_class, from.qos_class);
    fill_list(&mut into.node_selector, from.node_selector);
    fill_list(&mut into.node_affinity, from.node_affinity);
    fill(&mut into.priority_class, from.priority_class);
    fill_list(&mut into.tolerations, from.tolerations);
    into.host_network |= from.host_network;
    fill_list(&mut into.image_pull_secrets, from.image_pull_secrets);
    fill_map(&mut into.security_context, from.security_context);
    fill(&mut into.termination_grace_period, from.termination_grace_period);
    fill_list(&mut into.conditions, from.conditions);
    fill_list(&mut into.volumes, from.volumes);
    for container_from in from.containers {
        let room = super::bounds::has_room(into);
        let same = into.containers.iter_mut().find(|c| c.name == container_from.name);
        match same {
            Some(into) => container(into, container_from),
            None if room => into.containers.push(container_from),
            None => {}
        }
    }
    match (&mut into.row, from.row) {
        (Some(row), Some(other)) => {
            // Of two rows the later one: the greater age.
            if other.age > row.age {
                *row = other;
            }
        }
        (row, other) => fill(row, other),
    }
}

fn container(into: &mut Container, from: Container) {
    let has_status = into.state.is_some() || into.last_state.is_some() || into.restart_count.is_some();
    if has_status {
        // A waiting container's message is known to JSON and YAML alone.
        if let (Some(state), Some(other)) = (&mut into.state, from.state)
            && state.kind == other.kind
            && state.reason.as_ref().map(|r| &r.value) == other.reason.as_ref().map(|r| &r.value)
        {
            fill(&mut state.message, other.message);
        }
    } else {
        into.state = from.state;
        into.last_state = from.last_state;
        into.ready = from.ready;
        into.started = from.started;
        into.restart_count = from.restart_count;
        fill(&mut into.container_id, from.container_id);
    }
    fill(&mut into.place, from.place);
    fill(&mut into.image, from.image);
    fill(&mut into.image_id, from.image_id);
    fill(&mut into.image_pull_policy, from.image_pull_policy);
    fill_list(&mut into.command, from.command);
    fill_list(&mut into.args, from.args);
    fill_list(&mut into.ports, from.ports);
    fill_list(&mut into.host_ports, from.host_ports);
    fill_map(&mut into.resources.requests, from.resources.requests);
    fill_map(&mut into.resources.limits, from.resources.limits);
    fill(&mut into.liveness, from.liveness);
    fill(&mut into.readiness, from.readiness);
    fill(&mut into.startup, from.startup);
    fill_map(&mut into.lifecycle, from.lifecycle);
    fill_list(&mut into.env, from.env);
    fill_list(&mut into.env_from, from.env_from);
    fill_list(&mut into.mounts, from.mounts);
    fill_map(&mut into.security_context, from.security_context);
}

/// Adds what another output says of the same node.
pub fn node(into: &mut Node, from: Node) {
    fill(&mut into.name, from.name);
    fill_map(&mut into.labels, from.labels);
    fill_list(&mut into.taints, from.taints);
    fill(&mut into.unschedulable, from.unschedulable);
    fill_list(&mut into.conditions, from.conditions);
    fill(&mut into.row_status, from.row_status);
    fill(&mut into.architecture, from.architecture);
    fill(&mut into.kubelet_version, from.kubelet_version);
    fill(&mut into.boot_id, from.boot_id);
    fill(&mut into.cpu_allocated, from.cpu_allocated);
    fill_map(&mut into.capacity, from.capacity);
    fill_map(&mut into.allocatable, from.allocatable);
    fill(&mut into.created, from.created);
}

/// Adds what another output says of the same workload.
pub fn workload(into: &mut Workload, from: Workload) {
    fill(&mut into.namespace, from.namespace);
    fill(&mut into.name, from.name);
    fill(&mut into.owner, from.owner);
    fill(&mut into.desired, from.desired);
    fill(&mut into.ready, from.ready);
    fill(&mut into.failed, from.failed);
    fill_list(&mut into.conditions, from.conditions);
    fill_list(&mut into.images, from.images);
    fill_map(&mut into.labels, from.labels);
    fill(&mut into.created, from.created);
    fill(&mut into.revision, from.revision);
    fill(&mut into.current_revision, from.current_revision);
    fill(&mut into.update_revision, from.update_revision);
    fill(&mut into.pod_management, from.pod_management);
    // Only what is of one form can be compared: JSON says the most.
    let is_whole = |template: &Option<Box<Pod>>| template.as_ref().is_some_and(|pod| pod.restart_policy.is_some());
    if into.template.is_none() || is_whole(&from.template) && !is_whole(&into.template) {
        into.template = from.template;
    }
}

/// Adds what another output says of the same claim.
pub fn claim(into: &mut Claim, from: Claim) {
    fill(&mut into.namespace, from.namespace);
    fill(&mut into.name, from.name);
    fill(&mut into.status, from.status);
    fill(&mut into.volume, from.volume);
    fill(&mut into.storage_class, from.storage_class);
    fill(&mut into.access_modes, from.access_modes);
    fill(&mut into.capacity, from.capacity);
}

/// Adds what another output says of the same volume.
pub fn volume(into: &mut PersistentVolume, from: PersistentVolume) {
    fill(&mut into.status, from.status);
    fill(&mut into.claim, from.claim);
    fill(&mut into.storage_class, from.storage_class);
    fill(&mut into.capacity, from.capacity);
}

/// Adds what another output says of the same service.
pub fn service(into: &mut Service, from: Service) {
    fill_list(&mut into.ports, from.ports);
    fill_map(&mut into.selector, from.selector);
    fill(&mut into.ready_endpoints, from.ready_endpoints);
    fill(&mut into.cluster_ip, from.cluster_ip);
    fill(&mut into.external_name, from.external_name);
}
