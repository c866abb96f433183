//! What a collection costs a cluster, and what it never asks for.

use std::collections::BTreeMap;

use super::collection::{SHELLS, collect};
use super::replay::answer::Request;
use super::replay::{Kubectl, Server, made};

/// The path without the names in it: `/api/v1/namespaces/*/pods/*/log`.
fn shape(request: &Request) -> String {
    let parts: Vec<&str> = request.path.trim_matches('/').split('/').collect();
    let from = if parts[0] == "api" { 2 } else { 3 };
    let namespaced = parts.get(from) == Some(&"namespaces") && parts.len() > from + 1;
    let names = if namespaced { [from + 1, from + 3] } else { [from + 1, usize::MAX] };
    let shaped: Vec<&str> =
        parts.iter().enumerate().map(|(at, part)| if names.contains(&at) { "*" } else { *part }).collect();
    format!("{} /{}", request.method, shaped.join("/"))
}

/// 1,000 pods in 50 namespaces, 70 of them not well: some 650 requests. About 100 are for lists and discovery, whatever the
/// number of namespaces; a pod that is not well costs eight: its description, and the log of its container and of the run before.
#[test]
fn a_thousand_pods_in_fifty_namespaces_cost_a_bounded_number_of_requests() {
    let server = Server::start(made::big(1000, 50), &[]);
    let sick = (0..1000).filter(|pod| made::fate(*pod) != made::Fate::Healthy).count();
    assert_eq!(sick, 70);
    let collection = collect(&server, SHELLS[0], Kubectl::newest(), &[]);
    assert_eq!(collection.status, 0, "{}", collection.complained);
    let requests = server.requests();
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    requests.iter().for_each(|request| *counts.entry(shape(request)).or_default() += 1);
    assert!(requests.len() <= 150 + 8 * sick, "{} requests: {counts:#?}", requests.len());

    let writes: Vec<_> = requests.iter().filter(|request| request.method != "GET").collect();
    assert!(writes.iter().all(|request| request.path.contains("/selfsubject")), "{writes:#?}");
    let secrets: Vec<_> = requests.iter().filter(|request| request.path.contains("/secrets")).collect();
    assert!(!secrets.is_empty() && secrets.iter().all(|request| request.wants_table()), "{secrets:#?}");
    for (path, content) in collection.files() {
        let text = String::from_utf8_lossy(&content);
        let planted = server.cluster().planted.iter().find(|value| text.contains(value.as_str()));
        assert!(planted.is_none(), "{path} holds {planted:?}");
    }
}
