//! From a request to an answer: routes, lists with pages and selectors, single objects, tables, logs, reviews, refusals.

use std::time::Duration;

use percent_encoding::percent_decode_str;
use serde_json::{Value, json};

use super::cluster::{Cluster, Object};
use super::faults::{Does, Fault};
use super::resources::{self, Resource};
use super::tables::{self, Include, Printer};
use super::{access, clock, discovery, logs, selectors};

/// A request as it came in.
#[derive(Debug, Clone)]
pub struct Request {
    /// `GET`
    pub method: String,
    /// Path, decoded.
    pub path: String,
    /// Query, decoded, in its order.
    pub query: Vec<(String, String)>,
    /// The Accept header.
    pub accept: String,
    /// The User-Agent header.
    pub agent: String,
    /// The body.
    pub body: Vec<u8>,
    /// The status that was answered; 0 while there is none.
    pub status: u16,
}

impl Request {
    /// A request from its target (`/api/v1/pods?limit=500`).
    pub fn new(method: &str, target: &str, accept: &str, agent: &str, body: Vec<u8>) -> Request {
        let decode = |text: &str| percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned();
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let query = query
            .split('&')
            .filter(|part| !part.is_empty())
            .map(|part| part.split_once('=').map_or((decode(part), String::new()), |(k, v)| (decode(k), decode(v))))
            .collect();
        let path = percent_decode_str(path).decode_utf8_lossy().into_owned();
        let (method, accept, agent) = (method.to_string(), accept.to_string(), agent.to_string());
        Request { method, path, query, accept, agent, body, status: 0 }
    }

    /// A value of the query.
    pub fn value(&self, key: &str) -> Option<&str> {
        self.query
            .iter()
            .find(|(name, _)| name == key)
            .map(|(_, value)| value.as_str())
            .filter(|value| !value.is_empty())
    }

    /// Whether the server shall make a table.
    pub fn wants_table(&self) -> bool {
        self.accept.split(',').next().unwrap_or_default().contains("as=Table")
    }
}

/// An answer.
#[derive(Debug)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// Content-Type
    pub kind: String,
    /// Further headers.
    pub headers: Vec<(&'static str, String)>,
    /// The body.
    pub body: Vec<u8>,
    /// Sent in chunks, without a length ahead (logs).
    pub chunked: bool,
    /// What happens before and while it is sent.
    pub delay: Duration,
    /// The connection ends after so many bytes of the body; `Some(None)`: before any answer.
    pub cut: Option<Option<usize>>,
}

impl Answer {
    fn new(status: u16, kind: &str, body: Vec<u8>) -> Answer {
        let kind = kind.to_string();
        Answer { status, kind, headers: Vec::new(), body, chunked: false, delay: Duration::ZERO, cut: None }
    }

    fn json(status: u16, body: &Value) -> Answer {
        Answer::new(status, "application/json", body.to_string().into_bytes())
    }

    fn refusal(code: u16, reason: &str, message: &str, details: Value) -> Answer {
        Answer::json(
            code,
            &json!({
                "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
                "message": message, "reason": reason, "details": details, "code": code,
            }),
        )
    }

    fn no_such_path() -> Answer {
        Answer::refusal(404, "NotFound", "the server could not find the requested resource", json!({}))
    }
}

/// What a path asks for.
#[derive(Debug)]
struct Target<'p> {
    resource: &'static Resource,
    namespace: &'p str,
    name: &'p str,
    subresource: &'p str,
}

impl Target<'_> {
    /// `pods`, `pods/log`, `deployments.apps`
    fn full_name(&self) -> String {
        let name = self.resource.full_name();
        if self.subresource.is_empty() { name } else { format!("{name}/{}", self.subresource) }
    }

    /// The namespace that access is decided in: of a Namespace itself its own name.
    fn scope(&self) -> &str {
        if self.resource.plural == "namespaces" { self.name } else { self.namespace }
    }

    fn details(&self) -> Value {
        json!({"name": self.name, "group": self.resource.group, "kind": self.resource.plural})
    }
}

/// Answers a request.
pub fn answer(cluster: &Cluster, faults: &[Fault], request: &Request) -> Answer {
    let parts: Vec<&str> = request.path.trim_matches('/').split('/').collect();
    let (group, version, rest) = match parts.as_slice() {
        ["version"] => return with_faults(faults, "version", "", request, |_| Answer::json(200, &cluster.version)),
        ["healthz" | "livez" | "readyz", ..] => return Answer::new(200, "text/plain", b"ok".to_vec()),
        ["openapi", "v3"] => return Answer::json(200, &json!({"paths": {}})),
        ["api" | "apis"] => {
            return with_faults(faults, "discovery", "", request, |faults| {
                groups(cluster, faults, request, parts[0] == "api")
            });
        }
        ["api", version, rest @ ..] => ("", *version, rest),
        ["apis", group, version, rest @ ..] => (*group, *version, rest),
        _ => return Answer::no_such_path(),
    };
    if !cluster.serves(group) || !resources::groups().contains(&(group, version)) {
        return Answer::no_such_path();
    }
    if let Some(fault) = faults.iter().find(|fault| fault.is_about(&format!("/{group}"), ""))
        && fault.does == Does::Fails(503)
    {
        return Answer::new(503, "text/plain", b"service unavailable\n".to_vec());
    }
    if rest.is_empty() {
        return with_faults(faults, "discovery", "", request, |_| {
            Answer::json(200, &discovery::resource_list(group, version))
        });
    }
    let (namespace, rest) = match rest {
        ["namespaces", namespace, rest @ ..] if !rest.is_empty() => (*namespace, rest),
        rest => ("", rest),
    };
    let Some(resource) = resources::find(group, version, rest[0]) else { return Answer::no_such_path() };
    let part = |index: usize| rest.get(index).copied().unwrap_or_default();
    let target = Target { resource, namespace, name: part(1), subresource: part(2) };
    if request.method == "POST" && resource.verbs() == ["create"] {
        return review(faults, resource, request);
    }
    if request.method != "GET" {
        let message = format!("the replay server is read only: {} {}", request.method, request.path);
        return Answer::refusal(405, "MethodNotAllowed", &message, target.details());
    }
    with_faults(faults, &target.full_name(), target.scope(), request, |faults| {
        if !access::allowed(faults, &target.full_name(), target.scope()) {
            return forbidden(&target);
        }
        read(cluster, &target, request)
    })
}

/// Lets the faults of a resource happen around its answer.
fn with_faults(
    faults: &[Fault],
    resource: &str,
    namespace: &str,
    request: &Request,
    answer: impl FnOnce(&[Fault]) -> Answer,
) -> Answer {
    let (mut delay, mut cut) = (Duration::ZERO, None);
    for fault in faults.iter().filter(|fault| fault.is_about(resource, namespace)) {
        let continued = request.value("continue").is_some();
        if matches!(fault.does, Does::Forbidden) || (fault.does == Does::Expired && !continued) || !fault.take() {
            continue;
        }
        let refused = match &fault.does {
            Does::NotFound => Some(Answer::no_such_path()),
            Does::TooMany(seconds) => {
                let message = "Too many requests, please try again later.";
                let details = json!({"retryAfterSeconds": seconds});
                let mut answer = Answer::refusal(429, "TooManyRequests", message, details);
                answer.headers.push(("Retry-After", seconds.to_string()));
                Some(answer)
            }
            Does::Fails(503) => {
                let message = "the server is currently unable to handle the request";
                Some(Answer::refusal(503, "ServiceUnavailable", message, json!({})))
            }
            Does::Fails(code) => {
                let message = "Internal error occurred: etcdserver: request timed out";
                Some(Answer::refusal(*code, "InternalError", message, json!({})))
            }
            Does::Expired => {
                let message = "The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter.";
                Some(Answer::refusal(410, "Expired", message, json!({})))
            }
            Does::Slow(time) => {
                delay += *time;
                None
            }
            Does::Drop => {
                cut = Some(None);
                None
            }
            Does::Cut(bytes) => {
                cut = Some(Some(*bytes));
                None
            }
            Does::Forbidden => None,
        };
        if let Some(answer) = refused {
            return answer;
        }
    }
    Answer { delay, cut, ..answer(faults) }
}

fn forbidden(target: &Target) -> Answer {
    let verb = if target.name.is_empty() { "list" } else { "get" };
    let place = match target.namespace {
        "" => " at the cluster scope".to_string(),
        namespace => format!(" in the namespace \"{namespace}\""),
    };
    let of = if target.name.is_empty() { String::new() } else { format!(" \"{}\"", target.name) };
    let asked = match target.subresource {
        "" => target.resource.plural.to_string(),
        subresource => format!("{}/{subresource}", target.resource.plural),
    };
    let (full, group) = (target.resource.full_name(), target.resource.group);
    let message = format!(
        "{full}{of} is forbidden: User \"{}\" cannot {verb} resource \"{asked}\" in API group \"{group}\"{place}",
        access::USER
    );
    Answer::refusal(403, "Forbidden", &message, target.details())
}

fn groups(cluster: &Cluster, faults: &[Fault], request: &Request, core: bool) -> Answer {
    let form = ["v2", "v2beta1"].into_iter().find(|form| {
        let since = if *form == "v2" { 30 } else { 27 };
        cluster.minor() >= since && request.accept.contains(&format!("v={form};as=APIGroupDiscoveryList"))
    });
    let Some(form) = form else {
        return Answer::json(200, &if core { discovery::versions() } else { discovery::groups(cluster) });
    };
    let down = faults.iter().any(|fault| fault.is_about("/metrics.k8s.io", ""));
    let body = discovery::aggregated(cluster, core, form, down.then_some("metrics.k8s.io"));
    let mut answer = Answer::json(200, &body);
    answer.kind = format!("application/json;g=apidiscovery.k8s.io;v={form};as=APIGroupDiscoveryList");
    answer
}

fn review(faults: &[Fault], resource: &Resource, request: &Request) -> Answer {
    let Some(asked) = access::asked(&request.body) else {
        return Answer::refusal(415, "UnsupportedMediaType", "the body of the request cannot be read", json!({}));
    };
    let answer = match resource.plural {
        "selfsubjectaccessreviews" => access::access_review(faults, &asked),
        "selfsubjectreviews" => access::subject_review(&asked),
        _ => access::rules_review(faults, &asked),
    };
    Answer::json(201, &answer)
}

fn read(cluster: &Cluster, target: &Target, request: &Request) -> Answer {
    let full = target.resource.full_name();
    let stored = cluster.objects(&full);
    if target.name.is_empty() {
        return list(cluster, stored, target, request);
    }
    let Some(object) = stored.iter().find(|o| o.namespace == target.namespace && o.name == target.name) else {
        let message = format!("{full} \"{}\" not found", target.name);
        return Answer::refusal(404, "NotFound", &message, target.details());
    };
    match target.subresource {
        "" if request.wants_table() => table(cluster, target.resource, &[object], request, json!({})),
        "" => Answer::new(200, "application/json", object.json.clone().into_bytes()),
        "log" if full == "pods" => log(cluster, object, request),
        _ => Answer::no_such_path(),
    }
}

fn log(cluster: &Cluster, pod: &Object, request: &Request) -> Answer {
    if request.value("follow") == Some("true") {
        return Answer::refusal(400, "BadRequest", "the replay server does not follow logs", json!({}));
    }
    let number = |key: &str| request.value(key).and_then(|value| value.parse::<i64>().ok());
    let options = logs::Options {
        container: request.value("container").map(str::to_string),
        previous: request.value("previous") == Some("true"),
        timestamps: request.value("timestamps") == Some("true"),
        tail: number("tailLines").map(|lines| lines as usize),
        limit: number("limitBytes").map(|bytes| bytes as usize),
        since: number("sinceSeconds"),
    };
    match logs::read(cluster, pod, &options) {
        Ok(text) => Answer { chunked: true, ..Answer::new(200, "text/plain", text.into_bytes()) },
        Err((reason, message)) => {
            let code = match reason.as_str() {
                "BadRequest" => 400,
                "NotFound" => 404,
                "Forbidden" => 403,
                _ => 500,
            };
            Answer::refusal(code, &reason, &message, json!({}))
        }
    }
}

fn list(cluster: &Cluster, stored: &[Object], target: &Target, request: &Request) -> Answer {
    let refuse = |message: &str| Answer::refusal(400, "BadRequest", message, json!({}));
    if request.value("watch") == Some("true") {
        return refuse("the replay server does not watch");
    }
    let mut found: Vec<&Object> = Vec::new();
    for object in stored.iter().filter(|object| target.namespace.is_empty() || object.namespace == target.namespace) {
        let labels = request.value("labelSelector").map_or(Ok(true), |s| selectors::labels_match(&object.value, s));
        let fields = request
            .value("fieldSelector")
            .map_or(Ok(true), |s| selectors::fields_match(target.resource.plural, &object.value, s));
        match (labels, fields) {
            (Err(message), _) | (_, Err(message)) => return refuse(&message),
            (Ok(true), Ok(true)) => found.push(object),
            _ => {}
        }
    }
    let start = match request.value("continue") {
        None => 0,
        Some(token) => match token.strip_prefix("page-").and_then(|at| at.parse::<usize>().ok()) {
            Some(start) => start,
            None => return refuse("continue key is not valid"),
        },
    };
    let limit = request.value("limit").and_then(|limit| limit.parse::<usize>().ok()).filter(|limit| *limit > 0);
    let end = limit.map_or(found.len(), |limit| found.len().min(start + limit));
    let page = found.get(start..end).unwrap_or_default();
    let mut meta = json!({"resourceVersion": "113971806"});
    if end < found.len() {
        meta["continue"] = format!("page-{end}").into();
        meta["remainingItemCount"] = (found.len() - end).into();
    }
    if request.wants_table() {
        return table(cluster, target.resource, page, request, meta);
    }
    let (kind, version) = (target.resource.kind, target.resource.api_version());
    let mut body = format!("{{\"kind\":\"{kind}List\",\"apiVersion\":\"{version}\",\"metadata\":{meta},\"items\":[");
    for (index, object) in page.iter().enumerate() {
        if index > 0 {
            body.push(',');
        }
        body.push_str(&object.json);
    }
    body.push_str("]}");
    Answer::new(200, "application/json", body.into_bytes())
}

fn table(cluster: &Cluster, resource: &Resource, page: &[&Object], request: &Request, meta: Value) -> Answer {
    let include = match request.value("includeObject") {
        Some("Object") => Include::Object,
        Some("None") => Include::Nothing,
        _ => Include::Metadata,
    };
    let items: Vec<&Value> = page.iter().map(|object| &object.value).collect();
    let printer = Printer { now: clock::now(), minor: cluster.minor() };
    let mut body = tables::table(resource, &items, include, printer);
    body["metadata"] = meta;
    Answer::json(200, &body)
}
