//! Claims that get no volume and that no pod of the bundle speaks for.

use std::collections::{HashMap, HashSet};

use super::{Case, Context, Observed, container, did_you_mean, events, onset, timeline};
use crate::model::{Claim, Event};
use crate::postmortem::Subject;
use crate::text::{Located, Place, SectionId};

/// The cases of claims. A claim that only waits for a consumer, or of which nothing but `Pending` is known, is none.
pub fn cases<'c>(context: &Context<'c>, observed: &mut Observed<'c>) {
    let facts = &context.cluster.facts;
    let mut claims: Vec<Claim> = facts.claims.clone();
    // Claims that only events name.
    let mut known = Known::default();
    claims.iter().for_each(|claim| known.add(claim));
    for event in facts.events.iter().filter(|event| event.object.kind.as_deref() == Some(KIND)) {
        if !known.has(event) {
            let fact = |value: &Option<String>| value.clone().map(|value| Located::new(value, event.place.clone()));
            let claim = Claim {
                section: event.section,
                namespace: fact(&event.object.namespace),
                name: fact(&event.object.name),
                ..Claim::default()
            };
            known.add(&claim);
            claims.push(claim);
        }
    }
    let waited_for = !claims.is_empty() && is_waited_for(observed);
    let mut spoken: HashSet<Place> = HashSet::new();
    if !claims.is_empty() {
        spoken.extend(observed.cases.iter().flat_map(|case| &case.texts).map(|text| text.place.clone()));
    }
    for claim in &claims {
        if let Some(case) = case(context, claim, waited_for, &spoken) {
            spoken.extend(case.texts.iter().map(|text| text.place.clone()));
            observed.add(case);
        }
    }
}

/// The claims that there are, as [`is_of`] asks for them.
#[derive(Default)]
struct Known {
    /// The namespaces of each name; `None` for one that is not stated.
    named: HashMap<String, HashSet<Option<String>>>,
    /// The outputs of all claims, and of those without a name.
    sections: HashSet<SectionId>,
    nameless: HashSet<SectionId>,
}

impl Known {
    fn add(&mut self, claim: &Claim) {
        let value = |fact: &Option<Located<String>>| fact.as_ref().map(|fact| fact.value.clone());
        self.sections.insert(claim.section);
        match value(&claim.name) {
            Some(name) => drop(self.named.entry(name).or_default().insert(value(&claim.namespace))),
            None => drop(self.nameless.insert(claim.section)),
        }
    }

    /// Whether one of them is the one that an event of a claim is of.
    fn has(&self, event: &Event) -> bool {
        let Some(name) = &event.object.name else { return self.sections.contains(&event.section) };
        let named = self.named.get(name).is_some_and(|namespaces| {
            event.object.namespace.is_none()
                || namespaces.contains(&None)
                || namespaces.contains(&event.object.namespace)
        });
        named || self.nameless.contains(&event.section)
    }
}

const KIND: &str = "PersistentVolumeClaim";

fn is_of(event: &Event, claim: &Claim) -> bool {
    if event.object.kind.as_deref() != Some(KIND) {
        return false;
    }
    match (&event.object.name, &claim.name) {
        (Some(a), Some(b)) => {
            *a == b.value
                && match (&event.object.namespace, &claim.namespace) {
                    (Some(a), Some(b)) => *a == b.value,
                    _ => true,
                }
        }
        _ => event.section == claim.section,
    }
}

/// The class that a Pending claim asks for, where the bundle lists the classes of the cluster and that one is not among
/// them, nor does a volume carry it; with the lines of the claim and of the list.
fn unlisted_class<'k>(context: &Context<'_>, claim: &'k Claim) -> Option<(&'k str, Vec<Place>)> {
    let facts = &context.cluster.facts;
    let pending = claim.status.as_ref().is_some_and(|status| status.value == "Pending");
    let class = claim.storage_class.as_ref().filter(|class| pending && !class.value.is_empty())?;
    let [first, _, ..] = facts.storage_classes.as_slice() else { return None };
    let listed = facts.storage_classes.iter().any(|known| known.name.value == class.value);
    let carried =
        facts.volumes.iter().filter_map(|volume| volume.storage_class.as_ref()).any(|known| known.value == class.value);
    (!listed && !carried).then(|| (class.value.as_str(), vec![class.place.clone(), first.name.place.clone()]))
}

/// Whether a pod's case speaks of a claim that is not bound: it tells of the class itself.
fn is_waited_for(observed: &Observed<'_>) -> bool {
    observed.cases.iter().filter(|case| case.subject.kind == "Pod").any(|case| {
        case.observation("claim-pending").is_some()
            || case.texts.iter().any(|text| text.place.text.contains("PersistentVolumeClaim"))
    })
}

fn case<'c>(context: &Context<'c>, claim: &Claim, waited_for: bool, spoken: &HashSet<Place>) -> Option<Case<'c>> {
    if claim.status.as_ref().is_some_and(|status| status.value == "Bound") {
        return None;
    }
    let name = claim.name.as_ref().map(|name| name.value.as_str());
    let mine: Vec<&Event> =
        context.index.events_of(name, None, claim.section).filter(|event| is_of(event, claim)).collect();
    let age = |event: &Event| events::age(event, context.now);
    let made = mine.iter().filter(|event| event.reason == "ProvisioningSucceeded").filter_map(|event| age(event)).min();
    let failing: Vec<&&Event> = mine
        .iter()
        .filter(|event| matches!(event.reason.as_str(), "ProvisioningFailed" | "FailedBinding" | "ClaimLost"))
        .filter(|event| made.is_none_or(|made| age(event).is_some_and(|age| age < made)))
        .collect();
    let unlisted = unlisted_class(context, claim).filter(|_| failing.is_empty() && !waited_for);
    if failing.is_empty() && unlisted.is_none() {
        return None;
    }
    let spoken_for = mine.iter().any(|event| spoken.contains(&event.place));
    if spoken_for {
        return None;
    }
    let name = claim.name.as_ref().map(|name| name.value.clone());
    let subject = Subject {
        kind: KIND.to_string(),
        namespace: claim.namespace.as_ref().map(|namespace| namespace.value.clone()),
        name: name.clone(),
        ..Subject::default()
    };
    let mut case = container::bare(context, "claim", subject);
    case.symptom = match failing.first() {
        Some(first) => format!("no volume for the claim ({})", first.reason),
        None => "no volume for the claim (Pending)".to_string(),
    };
    let status = claim.status.as_ref().filter(|status| status.value == "Pending");
    let pending = format!("the claim {} is Pending", name.as_deref().unwrap_or("(unnamed)"));
    case.symptom_places.extend(status.map(|status| Located::new(pending.clone(), status.place.clone())));
    case.symptom_places.extend(
        failing
            .first()
            .map(|first| Located::new("no volume could be made for the claim".to_string(), first.place.clone())),
    );
    case.times = failing.iter().map(|event| event.count).max();
    let signs =
        failing.iter().filter_map(|event| onset::of_event(event).map(|at| Located::new(at, event.place.clone())));
    case.since = onset::earliest(signs, context.now);
    let object = format!("{KIND} {}", name.as_deref().unwrap_or("(unnamed)"));
    for event in &mine {
        container::push_event(context, &mut case, event);
        timeline::of_event(event, &object, &mut case);
    }
    if let Some(status) = status {
        case.observe("claim-pending", pending, vec![status.place.clone()]);
    }
    case.symptoms.push("claim");
    if let Some((class, places)) = unlisted {
        case.values.name("storage_class", class);
        let says = format!("the claim asks for the class {class}, which is not among those that the bundle lists");
        case.observe("storage-class-not-in-bundle", says, places);
    }
    if let Some(name) = &name {
        case.values.name("claim", name);
    }
    container::name_values(&mut case);
    let class = claim.storage_class.as_ref().map(|class| class.value.as_str());
    did_you_mean::of_messages(context, class, &mut case);
    Some(case)
}
