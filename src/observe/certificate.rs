//! Certificates that kubelets asked for and did not get.

use std::collections::{BTreeMap, BTreeSet};

use super::{Case, Context};
use crate::load::health::Health;
use crate::model::{Cluster, Purpose, SigningRequest, SigningState, When};
use crate::text::Located;

/// A request that is younger than this many seconds may still be decided.
const DECIDED_WITHIN: i64 = 300;
/// So many requests of a node are named in a command.
const MOST_NAMED: usize = 6;

/// The requests that nobody decided, by their nodes; those that name none under `None`.
#[derive(Debug, Default)]
pub struct Waiting<'c>(BTreeMap<Option<&'c str>, Vec<&'c SigningRequest>>);

impl<'c> Waiting<'c> {
    /// Kubelet asks again and again until one request is granted; the others are left as they are.
    pub fn of(cluster: &'c Cluster, now: Option<jiff::Timestamp>) -> Self {
        let all = &cluster.facts.signing_requests;
        // Whose it is: a node, or somebody who asks for nodes that no output names.
        let whose = |of: &'c SigningRequest| match &of.node {
            Some(node) => (of.purpose, true, node.as_str()),
            None => (of.purpose, false, of.requestor.as_str()),
        };
        let good = |of: &&SigningRequest| matches!(of.state, SigningState::Issued | SigningState::Approved);
        let granted: BTreeSet<_> = all.iter().filter(good).map(whose).collect();
        let granted_names: BTreeSet<&str> = all.iter().filter(good).map(|of| of.name.as_str()).collect();
        let waits = |request: &&'c SigningRequest| {
            let asked = request.created.and_then(|when| Some(now?.as_second() - when.at(now)?.as_second()));
            let long = asked.is_none_or(|age| age >= DECIDED_WITHIN);
            let is_granted = granted.contains(&whose(request)) || granted_names.contains(request.name.as_str());
            request.state == SigningState::Pending && long && !is_granted
        };
        // A table and an object may show the same one; the object says of which node it is.
        let mut by_name: BTreeMap<&str, &SigningRequest> = BTreeMap::new();
        for request in all.iter().filter(waits) {
            let known = by_name.entry(&request.name).or_insert(request);
            if known.node.is_none() {
                *known = request;
            }
        }
        let mut by_node: BTreeMap<Option<&str>, Vec<&SigningRequest>> = BTreeMap::new();
        for request in by_name.into_values() {
            by_node.entry(request.node.as_deref()).or_default().push(request);
        }
        for requests in by_node.values_mut() {
            requests.sort_by_key(|request| (request.created.map(|when| when.order(now)), request.name.as_str()));
        }
        Waiting(by_node)
    }

    /// What the kubelet of a node waits for, as far as the node's health says that it lacks it: to be the cluster's at all,
    /// or to be spoken to.
    pub fn felt_by(&self, node: Option<&str>, health: Health) -> Vec<&'c SigningRequest> {
        let lacks = if health == Health::Healthy { Purpose::Serving } else { Purpose::Client };
        self.0.get(&node).into_iter().flatten().filter(|request| request.purpose == lacks).copied().collect()
    }

    /// The nodes that want to join, by name; `None` for requests that name none.
    pub fn joining(&self) -> impl Iterator<Item = Option<&'c str>> {
        let joins = |requests: &[&SigningRequest]| requests.iter().any(|request| request.purpose == Purpose::Client);
        self.0.iter().filter(move |(_, requests)| joins(requests)).map(|(node, _)| *node)
    }
}

/// Tells the requests of a node; oldest first.
pub fn tell(context: &Context<'_>, requests: &[&SigningRequest], case: &mut Case<'_>) {
    let Some(first) = requests.first() else { return };
    let (id, signer, what) = match first.purpose {
        Purpose::Client => (
            "kubelet-client-certificate-waits",
            "kubernetes.io/kube-apiserver-client-kubelet",
            "certificate to sign on with",
        ),
        Purpose::Serving => {
            ("kubelet-serving-certificate-waits", "kubernetes.io/kubelet-serving", "certificate to serve with")
        }
    };
    let more = match requests.len() {
        1 => String::new(),
        count => format!(", and {} more", count - 1),
    };
    let says = format!(
        "nobody has approved or denied the request `{}`{more} of `{}` for a {what}",
        first.name, first.requestor
    );
    case.observe(id, says, requests.iter().take(2).map(|request| request.place.clone()).collect());
    case.values.own("signer", signer);
    let names: Vec<String> = requests.iter().take(MOST_NAMED).map(|request| request.name.clone()).collect();
    case.values.names("requests", &names);
    let asked = first.created.map(|when| match when {
        When::At(at) => format!("{} UTC", at.strftime("%Y-%m-%d %H:%M")),
        When::Ago(seconds) => format!("about {} before the output was printed", crate::model::time::human(seconds)),
    });
    case.values.own("asked", asked.unwrap_or_default());
    let shows = format!("the request `{}` is pending", first.name);
    case.symptom_places.push(Located::new(shows, first.place.clone()));
    let since = first.created.map(|when| Located::new(when, first.place.clone()));
    case.since = super::onset::earliest(case.since.clone().into_iter().chain(since), context.now);
}
