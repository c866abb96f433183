//! Which outputs the bundle holds already: nobody is sent back to the cluster for what is at hand.

use std::collections::BTreeSet;

use super::Context;
use crate::artifact::{Artifact, LogRun};
use crate::model::{Cluster, Container, Event, Log, Pod};
use crate::observe::logs::shows_ended_run;

/// What of the whole cluster is at hand; made once.
#[derive(Debug, Default)]
pub(crate) struct HeldOfCluster<'c> {
    nodes: bool,
    node_events: bool,
    volumes: bool,
    storage_classes: bool,
    usages: bool,
    signing_requests: bool,
    /// Namespaces of which a list of events came as JSON or YAML, or whole.
    events: BTreeSet<&'c str>,
    services: BTreeSet<&'c str>,
    /// Whether the Service `kubernetes` has endpoints.
    api_endpoints: bool,
    claims: BTreeSet<&'c str>,
    quotas: BTreeSet<&'c str>,
}

impl<'c> HeldOfCluster<'c> {
    pub(crate) fn of(cluster: &'c Cluster) -> Self {
        let facts = &cluster.facts;
        let listed = |event: &&Event| {
            let file = cluster.files.get(event.place.file.0 as usize);
            file.is_some_and(|file| file.artifacts.iter().any(|of| matches!(of, Artifact::Json | Artifact::Yaml)))
        };
        let whole = |kind: &'static str| {
            cluster.whole_lists.iter().filter(move |(of, _)| *of == kind).map(|(_, namespace)| namespace.as_str())
        };
        let events = facts.events.iter().filter(listed).filter_map(|event| event.object.namespace.as_deref());
        HeldOfCluster {
            nodes: facts.nodes.iter().any(|node| !node.conditions.is_empty()),
            node_events: facts.events.iter().any(|event| event.object.kind.as_deref() == Some("Node")),
            volumes: !facts.volumes.is_empty(),
            storage_classes: !facts.storage_classes.is_empty(),
            usages: !facts.usages.is_empty(),
            signing_requests: !facts.signing_requests.is_empty(),
            events: events.chain(whole("Event")).collect(),
            services: facts.services.iter().filter_map(|of| of.namespace.as_deref()).chain(whole("Service")).collect(),
            api_endpoints: facts
                .services
                .iter()
                .any(|of| of.name.value == "kubernetes" && of.ready_endpoints.is_some()),
            claims: facts
                .claims
                .iter()
                .filter_map(|claim| claim.namespace.as_ref().map(|namespace| namespace.value.as_str()))
                .chain(whole("PersistentVolumeClaim"))
                .collect(),
            quotas: facts.quotas.iter().filter_map(|quota| quota.namespace.as_deref()).collect(),
        }
    }
}

/// What of one object, and of the cluster around it, is at hand.
#[derive(Debug, Clone, Default)]
pub struct Held {
    /// The pod as an object: every field of its spec and its status.
    whole_pod: bool,
    /// The pod as `describe` prints it, at least.
    pod: bool,
    events: bool,
    /// What the container prints, or printed when it ended last.
    log: bool,
    ended_log: bool,
    pods_of_system: bool,
    pods: bool,
    nodes: bool,
    node_events: bool,
    volumes: bool,
    storage_classes: bool,
    usages: bool,
    signing_requests: bool,
    services: bool,
    api_endpoints: bool,
    claims: bool,
    quotas: bool,
}

impl Held {
    /// What is at hand for an object of a namespace.
    pub(crate) fn in_namespace(context: &Context<'_>, namespace: Option<&str>) -> Held {
        let of = &context.held;
        let has = |list: &BTreeSet<&str>| namespace.is_some_and(|namespace| list.contains(namespace));
        Held {
            events: has(&of.events),
            pods_of_system: context.index.has_pods_in(Some("kube-system")),
            pods: context.index.has_pods_in(namespace),
            nodes: of.nodes,
            node_events: of.node_events,
            volumes: of.volumes,
            storage_classes: of.storage_classes,
            usages: of.usages,
            signing_requests: of.signing_requests,
            services: has(&of.services),
            api_endpoints: of.api_endpoints,
            claims: has(&of.claims),
            quotas: has(&of.quotas),
            ..Held::default()
        }
    }

    /// Adds what is at hand for a container of a pod.
    pub(crate) fn of_pod(
        mut self,
        pod: &Pod,
        container: Option<&Container>,
        logs: &[&Log],
        events: &[(&Event, bool)],
    ) -> Held {
        let came = || logs.iter().filter(|log| log.fetch_error.is_none());
        // Only the object itself has a restartPolicy.
        self.whole_pod = pod.restart_policy.is_some() && !pod.containers.is_empty();
        self.pod = self.whole_pod || pod.containers.iter().any(|c| c.image.is_some() && c.state.is_some());
        self.events |= !events.is_empty();
        self.log = came().any(|log| log.run != LogRun::Previous);
        self.ended_log = came().any(|log| shows_ended_run(log, container));
        self
    }

    /// Whether the events of the pod are at hand, be they none.
    pub(crate) fn has_events(&self) -> bool {
        self.events
    }

    /// Whether the bundle holds all that a command would bring. A command of another kind, or with another pod in it, brings
    /// something new.
    pub fn answers(&self, command: &str) -> bool {
        command.split("&&").all(|one| self.answers_one(one.split('|').next().unwrap_or_default()))
    }

    fn answers_one(&self, command: &str) -> bool {
        let mut words = command.split_whitespace();
        let (Some("kubectl"), Some(verb), Some(kinds)) = (words.next(), words.next(), words.next()) else {
            return false;
        };
        let has = |word: &str| command.contains(word);
        match (verb, kinds) {
            ("get", "pod") => {
                // What `describe` does not print.
                const OBJECT_ONLY: &[&str] =
                    &["-o yaml", "lifecycle", "workingDir", "securityContext", "affinity", "imageID", "hostNetwork"];
                self.whole_pod || (self.pod && !OBJECT_ONLY.iter().any(|field| has(field)))
            }
            ("describe", "pod") => self.pod && self.events,
            ("get", "events") if has("involvedObject.kind=Node") => self.node_events,
            ("get", "events") if has("involvedObject.name=") => self.events,
            ("logs", _) if has("--previous") => self.ended_log,
            ("logs", _) => self.log,
            ("get", "nodes") => self.nodes,
            ("describe", "node") => self.nodes && self.node_events,
            ("describe", "pvc") => self.claims && self.events,
            ("describe", "resourcequota") => self.quotas,
            ("top", _) => self.usages,
            ("get", kinds) => kinds.split(',').all(|kind| match kind {
                "pods" if has(" -A") || has("kube-system") => self.pods_of_system,
                "pods" => self.pods,
                // Which pods stand behind a Service follows from the two.
                "endpointslices" if has("service-name=kubernetes") => self.api_endpoints,
                "services" if has(" -A") => false,
                "services" => self.services,
                "endpointslices" => self.services && self.pods,
                "pvc" => self.claims,
                "pv" => self.volumes,
                "csr" => self.signing_requests,
                "storageclass" => self.storage_classes,
                _ => false,
            }),
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_answered_by_what_it_would_bring() {
        let described = Held { pod: true, events: true, nodes: true, ..Held::default() };
        let whole = Held { whole_pod: true, ended_log: true, ..described.clone() };
        for (held, command, answered) in [
            (&described, "kubectl get pod -n a b -o jsonpath='{.spec.containers[*].env}'", true),
            (&described, "kubectl get pod -n a b -o jsonpath='{.spec.containers[*].lifecycle}'", false),
            (&whole, "kubectl get pod -n a b -o jsonpath='{.spec.containers[*].lifecycle}'", true),
            (&described, "kubectl describe pod -n a b", true),
            (&described, "kubectl describe pod -n a b && kubectl logs -n a b --previous", false),
            (&whole, "kubectl describe pod -n a b && kubectl logs -n a b --previous", true),
            (&whole, "kubectl logs -n a b --tail=200", false),
            (&whole, "kubectl get events -n a --field-selector involvedObject.name=b", true),
            (&whole, "kubectl get events -A --field-selector involvedObject.kind=Node", false),
            (&whole, "kubectl get nodes -L kubernetes.io/arch", true),
            (&whole, "kubectl describe nodes | grep -A8 'Allocated resources'", false),
            (&whole, "kubectl get pods,services -n a -o wide", false),
            (&whole, "kubectl debug node/a -it --image=busybox -- chroot /host df -h", false),
            (&whole, "docker image inspect r.example/a:1", false),
            (&whole, "", false),
        ] {
            assert_eq!(held.answers(command), answered, "{command}");
        }
    }
}
