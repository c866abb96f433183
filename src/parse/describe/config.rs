//! `kubectl describe` of services, endpoints, namespaces, quotas, service accounts, config maps and secrets.
//! Never a value of the last two.

use crate::model::{Config, ConfigKind, Facts, Fields, Quota, Service, ServiceAccount};
use crate::text::{Located, SectionId};

use super::kind::Kind;
use super::lines::{Line, is_ruler, key_value};
use super::walk::Item;
use super::{Head, is_none, labels};

/// Reads a service, or endpoints as the service of the same name.
pub(super) fn service(head: Head, items: &[Item<'_, '_>]) -> Option<Service> {
    let mut service = Service {
        namespace: head.namespace.map(|fact| fact.value),
        name: head.name?,
        ports: Vec::new(),
        selector: Fields::default(),
        ready_endpoints: None,
        cluster_ip: None,
        external_name: None,
    };
    for item in items {
        match (item.path.as_slice(), item.key) {
            (_, "Selector") if item.path.len() < 2 => labels(item.value, &mut service.selector),
            (["Selector"], "") => labels(item.value, &mut service.selector),
            ([], "IP") if !is_none(item.value) => service.cluster_ip = Some(item.value.to_owned()),
            ([], "External Name") if !is_none(item.value) => service.external_name = Some(item.value.to_owned()),
            (_, "Port") if !is_none(item.value) => service.ports.extend(port(item).map(str::to_owned)),
            (_, "NodePort") if !is_none(item.value) => {
                let node = port(item).and_then(|port| port.split('/').next());
                if let (Some(node), Some(last)) = (node, service.ports.last_mut()) {
                    *last = last.replacen('/', &format!(":{node}/"), 1);
                }
            }
            (_, "Endpoints") | (["Subsets", ..], "Addresses") => {
                let count = addresses(item.value);
                let best = service.ready_endpoints.as_ref().is_none_or(|fact| fact.value < count);
                if best {
                    service.ready_endpoints = Some(item.line.fact(count));
                }
            }
            ([], "Subsets") if item.value.is_empty() && service.ready_endpoints.is_none() => {
                service.ready_endpoints = Some(item.line.fact(0));
            }
            _ => {}
        }
    }
    Some(service)
}

/// `80/TCP` of `http  80/TCP`, `<unset> 80/TCP`.
fn port<'t>(item: &Item<'t, '_>) -> Option<&'t str> {
    item.value.split_whitespace().last()
}

/// How many addresses `10.0.0.1:80,10.0.0.2:80 + 3 more...` stands for.
fn addresses(value: &str) -> u64 {
    let (listed, more) = value.split_once(" + ").unwrap_or((value, ""));
    let listed = listed.split(',').map(str::trim).filter(|entry| !entry.is_empty() && !is_none(entry)).count() as u64;
    let more = more.split_whitespace().next().and_then(|count| count.parse::<u64>().ok()).unwrap_or(0);
    listed.saturating_add(more)
}

/// Reads a service account: its image pull secrets, and the secrets it names that do not exist.
pub(super) fn service_account(section: SectionId, head: Head, items: &[Item<'_, '_>]) -> Option<ServiceAccount> {
    let mut account = ServiceAccount {
        section,
        namespace: head.namespace,
        name: head.name?,
        image_pull_secrets: None,
        missing_secrets: Vec::new(),
    };
    for item in items {
        let list = if item.key.is_empty() { item.parent() } else { item.key };
        if !matches!(list, "Image pull secrets" | "Mountable secrets" | "Tokens") {
            continue;
        }
        let name = item.value.split_whitespace().next().filter(|name| !is_none(name));
        if list == "Image pull secrets" {
            let secrets = account.image_pull_secrets.get_or_insert_with(|| item.line.fact(Vec::new()));
            secrets.value.extend(name.map(str::to_owned));
        }
        if let Some(name) = name.filter(|_| item.value.ends_with("(not found)")) {
            account.missing_secrets.push(item.line.fact(name.to_owned()));
        }
    }
    Some(account)
}

/// Whether a line heads the lines of a quota: `Resource  Used  Hard`.
pub(super) fn is_quota_header(text: &str) -> bool {
    let mut words = text.split_whitespace();
    words.next() == Some("Resource")
        && words.next() == Some("Used")
        && words.next() == Some("Hard")
        && words.next().is_none()
}

/// Reads the quotas of a namespace, or one quota.
pub(super) fn quotas(head: &Head, items: &[Item<'_, '_>], facts: &mut Facts) {
    let own = head.name.as_ref().map(|fact| fact.value.clone());
    let of_namespace = items.iter().any(|item| item.line.text.starts_with("Resource Quotas"));
    let namespace = if of_namespace { own.clone() } else { head.namespace.as_ref().map(|fact| fact.value.clone()) };
    let mut name = if of_namespace { None } else { own };
    let mut inside = false;
    for item in items {
        let line = item.line;
        if is_quota_header(&line.text) {
            inside = true;
        } else if item.key == "Name" && (of_namespace || !item.path.is_empty()) {
            name = Some(item.value.to_owned());
            inside = false;
        } else if inside && !is_ruler(&line.text) {
            let words: Vec<&str> = line.text.split_whitespace().collect();
            match (words.as_slice(), &name) {
                ([resource, used, hard], Some(name)) if used.starts_with(|c: char| c.is_ascii_digit()) => {
                    facts.quotas.push(Quota {
                        namespace: namespace.clone(),
                        name: name.clone(),
                        resource: (*resource).to_owned(),
                        used: (*used).to_owned(),
                        hard: (*hard).to_owned(),
                        place: line.place(),
                    });
                }
                _ => inside = false,
            }
        }
    }
}

/// Reads the keys of a config map or secret: `key:` before a ruler, `key:  12 bytes`.
pub(super) fn keys(kind: &Kind, head: Head, lines: &[Line<'_>]) -> Option<Config> {
    let name = head.name?;
    let secret = *kind == Kind::Secret;
    let mut keys: Option<Vec<Located<String>>> = None;
    for (at, line) in lines.iter().enumerate() {
        let next = lines.get(at + 1).map_or("", |line| &*line.text);
        if matches!(&*line.text, "Data" | "BinaryData") && next.starts_with("===") {
            keys.get_or_insert_default();
            continue;
        }
        let Some(keys) = &mut keys else { continue };
        let Some((key, value)) = key_value(&line.text) else { continue };
        let listed = if secret || value.ends_with(" bytes") {
            value.strip_suffix(" bytes").is_some_and(|size| size.parse::<u64>().is_ok())
        } else {
            value.is_empty() && is_ruler(next) && next.starts_with("----")
        };
        if listed {
            keys.push(line.fact(key.to_owned()));
        }
    }
    let kind = if secret { ConfigKind::Secret } else { ConfigKind::ConfigMap };
    Some(Config { kind, namespace: head.namespace.map(|fact| fact.value), name, keys })
}
