//! Discovery: which groups, versions and resources there are, in the old form (a request per group) and in the
//! aggregated one (two requests), which kubectl asks for from 1.26 on and servers have from 1.27 on.

use serde_json::{Value, json};

use super::cluster::Cluster;
use super::resources::{self, Resource};

/// `/api`
pub fn versions() -> Value {
    json!({"kind": "APIVersions", "versions": ["v1"], "serverAddressByClientCIDRs": [{"clientCIDR": "0.0.0.0/0", "serverAddress": "127.0.0.1:6443"}]})
}

/// `/apis`
pub fn groups(cluster: &Cluster) -> Value {
    let groups: Vec<Value> = served(cluster)
        .filter(|(group, _)| !group.is_empty())
        .map(|(group, version)| {
            let entry = json!({"groupVersion": resources::api_version(group, version), "version": version});
            json!({"name": group, "versions": [entry], "preferredVersion": entry})
        })
        .collect();
    json!({"kind": "APIGroupList", "apiVersion": "v1", "groups": groups})
}

/// `/apis/GROUP/VERSION`, `/api/v1`
pub fn resource_list(group: &str, version: &str) -> Value {
    let mut all: Vec<Value> = Vec::new();
    for resource in in_group(group) {
        all.push(json!({
            "name": resource.plural, "singularName": resource.kind.to_lowercase(), "namespaced": resource.namespaced,
            "kind": resource.kind, "verbs": resource.verbs(), "shortNames": short_names(resource),
            "categories": categories(resource),
        }));
        if resource.full_name() == "pods" {
            all.push(
                json!({"name": "pods/log", "singularName": "", "namespaced": true, "kind": "Pod", "verbs": ["get"]}),
            );
        }
    }
    json!({"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": resources::api_version(group, version), "resources": all})
}

/// `/api` or `/apis` in the aggregated form. `stale` names a group whose server does not answer.
pub fn aggregated(cluster: &Cluster, core: bool, form: &str, stale: Option<&str>) -> Value {
    let items: Vec<Value> = served(cluster)
        .filter(|(group, _)| group.is_empty() == core)
        .map(|(group, version)| {
            let resources: Vec<Value> = in_group(group)
                .map(|resource| {
                    let mut entry = json!({
                        "resource": resource.plural, "singularResource": resource.kind.to_lowercase(),
                        "responseKind": {"group": resource.group, "version": resource.version, "kind": resource.kind},
                        "scope": if resource.namespaced { "Namespaced" } else { "Cluster" },
                        "verbs": resource.verbs(), "shortNames": short_names(resource), "categories": categories(resource),
                    });
                    if resource.full_name() == "pods" {
                        let kind = json!({"group": "", "version": "v1", "kind": "Pod"});
                        entry["subresources"] = json!([{"subresource": "log", "responseKind": kind, "verbs": ["get"]}]);
                    }
                    entry
                })
                .collect();
            let is_stale = stale == Some(group);
            let freshness = if is_stale { "Stale" } else { "Current" };
            let resources = if is_stale { Vec::new() } else { resources };
            let version = json!({"version": version, "freshness": freshness, "resources": resources});
            json!({"metadata": {"name": group, "creationTimestamp": null}, "versions": [version]})
        })
        .collect();
    json!({"kind": "APIGroupDiscoveryList", "apiVersion": format!("apidiscovery.k8s.io/{form}"), "metadata": {}, "items": items})
}

fn served(cluster: &Cluster) -> impl Iterator<Item = (&'static str, &'static str)> {
    resources::groups().into_iter().filter(|(group, _)| cluster.serves(group))
}

fn in_group(group: &str) -> impl Iterator<Item = &'static Resource> {
    resources::RESOURCES.iter().filter(move |resource| resource.group == group)
}

fn short_names(resource: &Resource) -> Vec<&'static str> {
    resource.short.split_whitespace().collect()
}

fn categories(resource: &Resource) -> Vec<&'static str> {
    let all = [
        "pods",
        "replicationcontrollers",
        "services",
        "daemonsets",
        "deployments",
        "replicasets",
        "statefulsets",
        "horizontalpodautoscalers",
        "cronjobs",
        "jobs",
    ];
    if all.contains(&resource.plural) && resource.group != "metrics.k8s.io" { vec!["all"] } else { Vec::new() }
}
