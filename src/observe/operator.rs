//! What OpenShift's operators say of themselves. Mostly they repeat what the pods, workloads and nodes they look after show:
//! then their words stand with those. An operator in trouble makes a case where nothing in the cluster is, or where it met something
//! outside of it.

use std::collections::BTreeSet;

use super::{Case, Context, Observed, container};
use crate::catalog::Channel;
use crate::model::endpoint::Endpoint;
use crate::model::{ConditionStatus, Operator, PodCondition, When};
use crate::postmortem::{Missing, Moment, Remark, Severity, Subject};
use crate::text::{Located, shortened};

/// Characters of a message that are kept from its start and its end.
const MESSAGE: (usize, usize) = (400, 100);
/// The kind of a group of nodes with one machine configuration.
const POOL: &str = "MachineConfigPool";
/// Namespaces that all operators share: what goes wrong there is not one operator's.
const SHARED: [&str; 3] = ["openshift-config", "openshift-config-managed", "openshift-config-operator"];

/// Tells the words of operators in trouble; last, when all other cases are known.
pub fn tell<'c>(context: &Context<'c>, observed: &mut Observed<'c>) {
    let mut told: BTreeSet<(&str, &str)> = BTreeSet::new();
    let mut operators: Vec<&'c Operator> = context.cluster.facts.operators.iter().collect();
    // Pools first: the operator over them repeats what they say. Of two outputs of one, that which says more.
    let dated = |of: &Operator| of.conditions.iter().any(|condition| condition.last_transition.is_some());
    let order = |of: &'c Operator| (of.kind != POOL, of.kind, &of.name.value, !dated(of));
    operators.sort_by(|a, b| order(a).cmp(&order(b)));
    let current = |case: &Case<'_>| !case.recovered && case.severity > Severity::Info;
    let all_is_well = !observed.cases.iter().any(current);
    // What a lost node takes along cannot be told from here.
    let node_is_lost = observed.cases.iter().any(|case| case.kind == "node" && case.severity == Severity::Critical);
    let nodes: BTreeSet<&str> =
        context.cluster.facts.nodes.iter().filter_map(|node| Some(node.name.as_ref()?.value.as_str())).collect();
    for operator in operators {
        let bad = troubles(operator);
        // Several collectors may have taken the same object.
        if bad.is_empty() || !told.insert((operator.kind, &operator.name.value)) {
            continue;
        }
        if operator.kind == POOL {
            observed.add(case(context, operator, &bad, &nodes));
            continue;
        }
        let mut found = false;
        let operators = |case: &Case<'_>| case.kind == "operator" && case.subject.kind != POOL;
        for case in observed.cases.iter_mut().filter(|case| current(case) && !operators(case)) {
            if speaks_of(operator, &bad, case) {
                found = true;
                case.told_by.push(Located::new(words(operator, bad[0]), line_of(bad[0])));
                case.timeline.extend(bad.iter().filter_map(|condition| moment(operator, condition)));
            }
        }
        if found {
            continue;
        }
        if operator.kind != "ClusterOperator" || !all_is_well && (node_is_lost || !met_something_outside(&bad)) {
            observed.remarks.push(remark(operator, bad[0]));
            continue;
        }
        let aside = (!all_is_well).then(|| remark(operator, bad[0]));
        observed.add(Case { aside, ..case(context, operator, &bad, &nodes) });
    }
}

/// The conditions that say that an operator is in trouble, the worst first.
fn troubles(operator: &Operator) -> Vec<&PodCondition> {
    let find = |kind: &str, status| {
        let of_kind = |c: &&PodCondition| c.kind == kind && c.status == status;
        operator.conditions.iter().find(of_kind)
    };
    let wanted = [
        ("Available", ConditionStatus::False),
        ("NodeDegraded", ConditionStatus::True),
        ("RenderDegraded", ConditionStatus::True),
        ("Degraded", ConditionStatus::True),
        ("Failing", ConditionStatus::True),
    ];
    let mut all: Vec<&PodCondition> = wanted.into_iter().filter_map(|(kind, status)| find(kind, status)).collect();
    // A pool's own `Degraded` only sums up the others.
    if all.len() > 1 && operator.kind == POOL {
        all.retain(|condition| condition.kind != "Degraded");
    }
    all
}

/// Whether the words of an operator name the object of a case, or the case is in a namespace that is the operator's own.
fn speaks_of(operator: &Operator, bad: &[&PodCondition], case: &Case<'_>) -> bool {
    let says = |name: &str| {
        let messages = bad.iter().filter_map(|condition| condition.message.as_ref());
        messages.into_iter().any(|message| names(&message.value, name))
    };
    let subject = &case.subject;
    let owns = subject.namespace.as_deref().is_some_and(|namespace| {
        !SHARED.contains(&namespace) && operator.namespaces.iter().any(|own| own == namespace)
    });
    let in_pool = || subject.kind == POOL && subject.name.iter().any(|pool| says_pool(bad, pool));
    owns || in_pool()
        || subject.node.as_deref().filter(|_| case.kind == "node").is_some_and(says)
        || subject.pods.iter().any(|pod| says(pod))
        || subject.namespace.as_deref().is_some_and(|namespace| {
            says(namespace) && case.workload.iter().map(|(_, name)| name).chain(&subject.name).any(|name| says(name))
        })
}

/// Whether what an operator says names a host outside of the cluster: a route, an identity provider, a registry.
fn met_something_outside(bad: &[&PodCondition]) -> bool {
    let outside = |text: &str| {
        let host = text.split(['/', ' ', '"', ',', '?']).next().and_then(Endpoint::read);
        host.is_some_and(|host| {
            let last = host.host.rsplit('.').next().unwrap_or_default();
            let is_domain = host.host.contains('.') && last.bytes().all(|b| b.is_ascii_alphabetic());
            is_domain && last != "svc" && !host.host.ends_with(".svc.cluster.local")
        })
    };
    let messages = bad.iter().filter_map(|condition| condition.message.as_ref());
    messages
        .into_iter()
        .any(|message| ["://", "lookup "].iter().any(|before| message.value.split(before).skip(1).any(outside)))
}

/// Whether an operator speaks of a pool: `error required MachineConfigPool worker is not ready`, before 4.13 `pool worker`.
fn says_pool(bad: &[&PodCondition], pool: &str) -> bool {
    let mut messages = bad.iter().filter_map(|condition| condition.message.as_ref());
    messages.any(|message| {
        [format!("pool {pool}"), format!("{POOL} {pool}")].iter().any(|words| names(&message.value, words))
    })
}

/// Whether a text holds a name as a word of its own: `dns-0` of `pod/dns-0 is not ready`, not of `dns-01` or `my-dns-0`.
fn names(text: &str, name: &str) -> bool {
    let part = |c: char| c.is_ascii_alphanumeric() || c == '-';
    !name.is_empty()
        && text.match_indices(name).any(|(at, _)| {
            let behind = &text[at + name.len()..];
            let goes_on = behind.strip_prefix('.').is_some_and(|rest| rest.starts_with(part));
            !text[..at].ends_with(part) && !behind.starts_with(part) && !goes_on
        })
}

/// ``ClusterOperator `dns` says of itself that it is degraded (DNSDegraded)``
fn words(operator: &Operator, condition: &PodCondition) -> String {
    format!("{} `{}` says of itself that it is {}", operator.kind, operator.name.value, state(condition))
}

/// `degraded (DNSDegraded)`
fn state(condition: &PodCondition) -> String {
    let state = match condition.kind.as_str() {
        "Available" => "not available",
        "Degraded" => "degraded",
        "NodeDegraded" => "degraded on a node",
        "RenderDegraded" => "degraded, because its configuration cannot be made",
        _ => "failing",
    };
    let reason = condition.reason.as_ref().map(|reason| format!(" ({reason})")).unwrap_or_default();
    format!("{state}{reason}")
}

fn line_of(condition: &PodCondition) -> crate::text::Place {
    condition.message.as_ref().map_or_else(|| condition.place.clone(), |message| message.place.clone())
}

fn object_of(operator: &Operator) -> String {
    format!("{} {}", operator.kind, operator.name.value)
}

fn moment(operator: &Operator, condition: &PodCondition) -> Option<Moment> {
    let at = condition.last_transition.as_ref()?;
    let status = if condition.status == ConditionStatus::True { "True" } else { "False" };
    let reason = condition.reason.as_ref().map(|reason| format!(" ({reason})")).unwrap_or_default();
    Some(Moment {
        when: When::At(at.value),
        approximate: false,
        object: object_of(operator),
        what: format!("{} became {status}{reason}", condition.kind),
        count: 1,
        routine: false,
        place: at.place.clone(),
    })
}

fn remark(operator: &Operator, condition: &PodCondition) -> Remark {
    let message = condition.message.as_ref().map(|message| format!(": {}", shortened(&message.value, MESSAGE)));
    Remark {
        object: object_of(operator),
        what: format!("says of itself that it is {}{}", state(condition), message.unwrap_or_default()),
        place: line_of(condition),
    }
}

/// The node whose daemon a pool's message quotes: `Node worker-1 is reporting: "..."`.
fn reporting_node(message: &str) -> Option<&str> {
    let (name, _) = message.split_once("Node ")?.1.split_once(" is reporting")?;
    (!name.is_empty() && !name.contains(char::is_whitespace)).then_some(name)
}

fn case<'c>(context: &Context<'c>, operator: &'c Operator, bad: &[&PodCondition], nodes: &BTreeSet<&str>) -> Case<'c> {
    let name = operator.name.value.clone();
    let messages = || bad.iter().filter_map(|condition| Some(condition.message.as_ref()?.value.as_str()));
    let said =
        || messages().flat_map(|message| message.split(|c: char| !c.is_ascii_alphanumeric() && !"-.".contains(c)));
    let shown = || said().map(|word| word.trim_matches('.')).find(|word| nodes.contains(word));
    let node = messages().find_map(reporting_node).or_else(shown).filter(|_| operator.kind == POOL).map(str::to_owned);
    let subject = Subject { kind: operator.kind.to_string(), name: Some(name.clone()), node, ..Subject::default() };
    let mut case = container::bare(context, "operator", subject);
    let serves = bad.iter().all(|condition| condition.kind != "Available");
    case.severity = if serves { Severity::Warning } else { Severity::Critical };
    for condition in bad {
        let (reason, message) = (condition.reason.as_deref(), condition.message.as_ref());
        let place = line_of(condition);
        container::push_condition(context, &mut case, reason, message.map(|message| message.value.as_str()), &place);
        // What the operator met it tells in its own words, as a program does in its log.
        for line in message.iter().flat_map(|message| message.value.lines()).filter(|line| !line.trim().is_empty()) {
            container::push_text(context, &mut case, Channel::Log, None, line, place.clone(), 1);
        }
        case.symptom_places.push(Located::new(words(operator, condition), condition.place.clone()));
        case.timeline.extend(moment(operator, condition));
        let since = condition.last_transition.as_ref().map(|at| Located::new(When::At(at.value), at.place.clone()));
        case.since = super::onset::earliest(case.since.clone().into_iter().chain(since), context.now);
    }
    case.symptom = bad.iter().map(|condition| state(condition)).collect::<Vec<_>>().join(", ");
    let of_operator = format!("openshift-{name}-operator");
    let own = operator.namespaces.iter().find(|own| **own == of_operator).or_else(|| {
        let mut of_its_own = operator.namespaces.iter().filter(|own| !SHARED.contains(&own.as_str()));
        of_its_own.next()
    });
    if let Some(namespace) = own {
        case.values.name("namespace", namespace);
    }
    case.values.name(if operator.kind == POOL { "pool" } else { "operator" }, &name);
    container::name_values(&mut case);
    if case.values.get("operator").is_some() {
        case.missing.push(Missing {
            what: "what the operator says of itself now".to_string(),
            command: format!("kubectl describe clusteroperator {name}"),
        });
    }
    if own.is_some()
        && let Some(namespace) = case.values.get("namespace").map(str::to_string)
    {
        case.missing.push(Missing {
            what: "the operator's own log".to_string(),
            command: format!("kubectl logs -n {namespace} deployment/{name}-operator --tail=200"),
        });
    }
    case
}

#[cfg(test)]
mod tests {
    use super::names;

    #[test]
    fn a_name_is_a_word_of_its_own() {
        assert!(names("pod/dns-0 is not ready", "dns-0") && names("node a.b: bad", "a.b"));
        assert!(
            names("the pod is dns-0.", "dns-0")
                && names("required MachineConfigPool worker is", "MachineConfigPool worker")
        );
        for text in ["pod/dns-01 is not ready", "pod/my-dns-0", "dns-0.example is not ready", ""] {
            assert!(!names(text, "dns-0"), "{text}");
        }
    }
}
