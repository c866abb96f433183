//! What a call to a loopback address reaches: another container of the same pod, or, from a pod on the network of its node,
//! a container of another such pod of that node.

use std::collections::BTreeMap;

use crate::model::{Container, Pod};
use crate::postmortem::Subject;

/// The port that etcd serves its clients at.
pub(super) const ETCD: &str = "2379";
/// The API server's.
pub(super) const API_SERVER: &str = "6443";
/// Ports that a part of the control plane has where nothing of its pod says so: port, container.
const KNOWN: [(&str, &str); 4] =
    [(ETCD, "etcd"), (API_SERVER, "kube-apiserver"), ("10257", "kube-controller-manager"), ("10259", "kube-scheduler")];

/// The part of the control plane that has a port everywhere.
pub(super) fn part_at(port: &str) -> Option<&'static str> {
    KNOWN.iter().find(|(known, _)| *known == port).map(|(_, name)| *name)
}

/// The sick pods, by name and by the node whose network they share.
#[derive(Debug, Default)]
pub(super) struct Neighbours<'c> {
    by_name: BTreeMap<&'c str, Vec<&'c Pod>>,
    on_host: BTreeMap<&'c str, Vec<&'c Pod>>,
}

impl<'c> Neighbours<'c> {
    /// Takes up a sick pod.
    pub(super) fn add(&mut self, name: &'c str, pod: &'c Pod) {
        self.by_name.entry(name).or_default().push(pod);
        if let Some(node) = pod.node.as_ref().filter(|_| pod.host_network) {
            self.on_host.entry(&node.value).or_default().push(pod);
        }
    }

    /// The containers that listen on a port where the subject calls it by a loopback address.
    pub(super) fn listening(&self, subject: &Subject, port: &str) -> Vec<(&'c Pod, &'c Container)> {
        let mut found = Vec::new();
        let own = subject.pods.iter().filter_map(|name| self.by_name.get(name.as_str())).flatten();
        for pod in own.filter(|pod| {
            let namespace = pod.namespace.as_ref().map(|namespace| namespace.value.as_str());
            namespace.is_none() || subject.namespace.is_none() || namespace == subject.namespace.as_deref()
        }) {
            let beside = pod.containers.iter().filter(|c| Some(c.name.as_str()) != subject.container.as_deref());
            found.extend(beside.filter(|container| listens(container, port)).map(|container| (*pod, container)));
            let Some(node) = pod.node.as_ref().filter(|_| pod.host_network) else { continue };
            let others = self.on_host.get(node.value.as_str()).into_iter().flatten();
            let others = others.filter(|other| !std::ptr::eq(**other, *pod));
            found.extend(others.flat_map(|other| {
                other.containers.iter().filter(|container| listens(container, port)).map(move |c| (*other, c))
            }));
        }
        found
    }
}

/// Whether a container says that it listens on a port: by its ports, its probes, or a flag for listening; else by its name.
fn listens(container: &Container, port: &str) -> bool {
    let probes = [&container.liveness, &container.readiness, &container.startup].into_iter().flatten();
    let flags = container.command.iter().chain(&container.args);
    container.ports.iter().any(|known| known.value.split('/').next() == Some(port))
        || probes.map(|probe| probe.action.as_str()).any(|action| names(action, &format!(":{port}")))
        || flags.flat_map(|text| text.value.split_whitespace()).any(|word| is_flag_for(word, port))
        || KNOWN.contains(&(port, container.name.as_str()))
}

/// `--listen-client-urls=https://127.0.0.1:2379,...`, `--secure-port=6443`, `--bind-address=0.0.0.0:8080`; a URL of another
/// flag is one that it calls.
fn is_flag_for(word: &str, port: &str) -> bool {
    let Some((flag, value)) = word.trim_start_matches('-').split_once('=') else { return false };
    let listens = ["listen", "port", "bind"].iter().any(|part| flag.contains(part));
    listens && (value == port || names(value, &format!(":{port}")))
}

/// Whether a text holds a port that ends where it ends, not `:80` of `:8080`.
fn names(text: &str, port: &str) -> bool {
    text.match_indices(port).any(|(at, _)| !text[at + port.len()..].starts_with(|c: char| c.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::{FileId, Located, Place};

    fn container(name: &str, args: &[&str]) -> Container {
        let args = args.iter().map(|arg| Located::new((*arg).to_owned(), Place::of_line(FileId(0), 1, arg))).collect();
        Container { name: name.to_owned(), args, ..Container::default() }
    }

    #[test]
    fn a_flag_for_listening_tells_the_port_and_a_flag_for_calling_does_not() {
        let store = container("store", &["--listen-client-urls=https://127.0.0.1:4001,https://10.0.0.1:4001"]);
        let api = container("api", &["--secure-port=8443 --etcd-servers=https://127.0.0.1:4001"]);
        assert_eq!([listens(&store, "4001"), listens(&store, "400")], [true, false]);
        assert_eq!([listens(&api, "8443"), listens(&api, "4001")], [true, false]);
    }

    #[test]
    fn the_parts_of_a_control_plane_have_their_ports() {
        assert!(listens(&container("etcd", &[]), "2379") && listens(&container("kube-apiserver", &[]), "6443"));
        assert!(!listens(&container("kube-proxy", &[]), "6443"));
    }
}
