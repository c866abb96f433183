//! Label and field selectors, with the fields that a real server supports and its refusal of others.

use serde_json::Value;

/// Whether the labels match; `Err` is the server's message for a selector it cannot read.
pub fn labels_match(object: &Value, selector: &str) -> Result<bool, String> {
    let labels = &object["metadata"]["labels"];
    for term in terms(selector) {
        if !label_term(labels, &term)? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Splits at commas outside parentheses.
fn terms(selector: &str) -> Vec<String> {
    let (mut all, mut depth) = (vec![String::new()], 0);
    for c in selector.chars() {
        match c {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        if c == ',' && depth == 0 {
            all.push(String::new());
        } else {
            all.last_mut().expect("never empty").push(c);
        }
    }
    all.into_iter().map(|term| term.trim().to_string()).filter(|term| !term.is_empty()).collect()
}

fn label_term(labels: &Value, term: &str) -> Result<bool, String> {
    let value = |key: &str| labels.get(key.trim()).and_then(Value::as_str);
    if let Some((key, set)) = term.split_once(" notin ") {
        return Ok(!value(key).is_some_and(|found| members(set).any(|member| member == found)));
    }
    if let Some((key, set)) = term.split_once(" in ") {
        return Ok(value(key).is_some_and(|found| members(set).any(|member| member == found)));
    }
    if let Some((key, wanted)) = term.split_once("!=") {
        return Ok(value(key) != Some(wanted.trim()));
    }
    if let Some((key, wanted)) = term.split_once("==").or_else(|| term.split_once('=')) {
        return Ok(value(key) == Some(wanted.trim()));
    }
    if let Some(key) = term.strip_prefix('!') {
        return Ok(value(key).is_none());
    }
    if term.contains(' ') {
        return Err(format!("unable to parse requirement: found '{term}', expected: '=', '!=', '==', 'in', notin'"));
    }
    Ok(value(term).is_some())
}

fn members(set: &str) -> impl Iterator<Item = &str> {
    set.trim().trim_start_matches('(').trim_end_matches(')').split(',').map(str::trim)
}

/// Whether the fields match; `Err` is the server's message for a field it does not index.
pub fn fields_match(plural: &str, object: &Value, selector: &str) -> Result<bool, String> {
    for term in terms(selector) {
        let (field, wanted, equal) = match term.split_once("!=") {
            Some((field, wanted)) => (field, wanted, false),
            None => {
                let (field, wanted) = term
                    .split_once("==")
                    .or_else(|| term.split_once('='))
                    .ok_or_else(|| format!("invalid selector: '{term}'; can't understand '{term}'"))?;
                (field, wanted, true)
            }
        };
        if !supported(plural, field) {
            return Err(format!("field label not supported: {field}"));
        }
        if (field_of(plural, object, field) == wanted.replace("\\,", ",").replace("\\=", "=")) != equal {
            return Ok(false);
        }
    }
    Ok(true)
}

fn supported(plural: &str, field: &str) -> bool {
    let more: &[&str] = match plural {
        "pods" => &[
            "spec.nodeName",
            "spec.restartPolicy",
            "spec.schedulerName",
            "spec.serviceAccountName",
            "spec.hostNetwork",
            "status.phase",
            "status.podIP",
            "status.nominatedNodeName",
        ],
        "events" => &[
            "involvedObject.kind",
            "involvedObject.namespace",
            "involvedObject.name",
            "involvedObject.uid",
            "involvedObject.apiVersion",
            "involvedObject.resourceVersion",
            "involvedObject.fieldPath",
            "reason",
            "reportingComponent",
            "source",
            "type",
        ],
        "nodes" => &["spec.unschedulable"],
        "namespaces" => &["status.phase"],
        "secrets" => &["type"],
        "replicasets" | "replicationcontrollers" => &["status.replicas"],
        "jobs" => &["status.successful"],
        "services" => &["spec.clusterIP", "spec.type"],
        _ => &[],
    };
    ["metadata.name", "metadata.namespace"].contains(&field) || more.contains(&field)
}

fn field_of(plural: &str, object: &Value, field: &str) -> String {
    let field = match (plural, field) {
        ("events", "source") => {
            let component = &object["source"]["component"];
            return component.as_str().or(object["reportingComponent"].as_str()).unwrap_or_default().to_string();
        }
        ("jobs", "status.successful") => "status.succeeded",
        ("nodes", "spec.unschedulable") => {
            return object["spec"]["unschedulable"].as_bool().unwrap_or(false).to_string();
        }
        (_, field) => field,
    };
    match object.pointer(&format!("/{}", field.replace('.', "/"))) {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Null) | None => String::new(),
        Some(other) => other.to_string(),
    }
}
