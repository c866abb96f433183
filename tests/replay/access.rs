//! Who may do what: access reviews, in agreement with the faults.

use serde_json::{Value, json};

use super::faults::{Does, Fault};
use super::resources;

/// The user that every request comes from.
pub const USER: &str = "system:serviceaccount:support:reader";

/// Whether the user may read a resource (`pods/log`, `deployments.apps`) in a namespace, or, with an empty one, in all.
pub fn allowed(faults: &[Fault], resource: &str, namespace: &str) -> bool {
    !faults.iter().any(|fault| fault.does == Does::Forbidden && fault.is_about(resource, namespace))
}

/// The review in the body of a request: JSON, or from kubectl 1.32 on protobuf.
pub fn asked(body: &[u8]) -> Option<Value> {
    let Some(envelope) = body.strip_prefix(b"k8s\0") else { return serde_json::from_slice(body).ok() };
    // k8s.io/apimachinery's Unknown: 1 = apiVersion and kind, 2 = the object. Of the object 2 = spec.
    let (kind, object) = (field(envelope, 1)?, field(envelope, 2)?);
    let text =
        |bytes: &[u8], number| field(bytes, number).map(String::from_utf8_lossy).unwrap_or_default().into_owned();
    let (api_version, kind, spec) = (text(kind, 1), text(kind, 2), field(object, 2).unwrap_or_default());
    let spec = match kind.as_str() {
        "SelfSubjectRulesReview" => json!({"namespace": text(spec, 1)}),
        "SelfSubjectAccessReview" => {
            let resource = field(spec, 1).unwrap_or_default();
            let keys = ["namespace", "verb", "group", "version", "resource", "subresource", "name"];
            let pairs = keys
                .iter()
                .enumerate()
                .map(|(index, key)| ((*key).to_string(), text(resource, index as u64 + 1).into()));
            json!({"resourceAttributes": pairs.collect::<serde_json::Map<_, Value>>()})
        }
        _ => json!({}),
    };
    Some(json!({"apiVersion": api_version, "kind": kind, "metadata": {}, "spec": spec}))
}

/// The bytes of a length-delimited field of a protobuf message; these messages have no other kind before it.
fn field(mut message: &[u8], wanted: u64) -> Option<&[u8]> {
    fn varint(bytes: &mut &[u8]) -> Option<u64> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let (first, rest) = bytes.split_first()?;
            *bytes = rest;
            value |= u64::from(first & 0x7f) << shift;
            if first & 0x80 == 0 {
                return Some(value);
            }
        }
        None
    }
    while !message.is_empty() {
        let tag = varint(&mut message)?;
        if tag & 7 == 0 {
            varint(&mut message)?;
            continue;
        }
        let length = varint(&mut message)? as usize;
        let value = message.get(..length)?;
        if tag >> 3 == wanted {
            return Some(value);
        }
        message = &message[length..];
    }
    None
}

/// The answer to a SelfSubjectAccessReview. Only reading is ever allowed.
pub fn access_review(faults: &[Fault], review: &Value) -> Value {
    let asked = &review["spec"]["resourceAttributes"];
    let part = |key: &str| asked[key].as_str().unwrap_or_default();
    let mut resource = part("resource").to_string();
    if !part("group").is_empty() {
        resource = format!("{resource}.{}", part("group"));
    }
    if !part("subresource").is_empty() {
        resource = format!("{resource}/{}", part("subresource"));
    }
    let reads = ["get", "list", "watch"].contains(&part("verb"));
    let mut answer = review.clone();
    answer["status"] = json!({"allowed": reads && allowed(faults, &resource, part("namespace"))});
    answer
}

/// The answer to a SelfSubjectReview: who one is.
pub fn subject_review(review: &Value) -> Value {
    let mut answer = review.clone();
    answer["status"] = json!({"userInfo": {"username": USER, "groups": ["system:authenticated"]}});
    answer
}

/// The answer to a SelfSubjectRulesReview: what may be read in a namespace.
pub fn rules_review(faults: &[Fault], review: &Value) -> Value {
    let namespace = review["spec"]["namespace"].as_str().unwrap_or_default();
    let mut rules: Vec<Value> = Vec::new();
    for resource in resources::RESOURCES.iter().filter(|resource| resource.verbs().contains(&"list")) {
        if allowed(faults, &resource.full_name(), namespace) {
            rules.push(json!({"verbs": ["get", "list", "watch"], "apiGroups": [resource.group], "resources": [resource.plural]}));
        }
    }
    if allowed(faults, "pods/log", namespace) {
        rules.push(json!({"verbs": ["get"], "apiGroups": [""], "resources": ["pods/log"]}));
    }
    let mut answer = review.clone();
    answer["status"] = json!({"resourceRules": rules, "nonResourceRules": [{"verbs": ["get"], "nonResourceURLs": ["/version", "/api*"]}], "incomplete": false});
    answer
}
