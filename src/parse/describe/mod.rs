//! `kubectl describe` of one or more objects, whole or in fragments, from kubectl 1.0 to today.
//!
//! Owns how a printed describe is cut into objects and which parser reads each. A line's meaning comes from the keys it
//! stands under (`walk`), never from its column. Does not know files, and judges nothing.

mod config;
pub(crate) mod kind;
pub(crate) mod lines;
mod node;
mod pod;
mod storage;
mod walk;
mod workload;

use crate::model::{Facts, Fields, Gap, GapKind, ObjectRef};
use crate::parse::Section;
use crate::parse::events::{self, Reader, Row};
use crate::text::{Fact, Located, SectionId};

use kind::Kind;
use lines::{Line, Wrap};
use walk::{Item, Walked};

/// Sections of later objects in one output are numbered this far apart, so that events join their own object.
const NEXT_OBJECT: u32 = 1000;
/// Lines that are read: those of ten thousand pods.
const LINES: usize = 2_000_000;
/// Objects that are read: more than the pods of the largest cluster that Kubernetes is made for.
const OBJECTS: usize = 200_000;

/// Reads every object of a `describe` and the events at its foot.
///
/// An object without a name is emitted all the same, so that the events of its section have an object: `load` joins
/// them by [`SectionId`]. The first object has the section's own id, each further one its index plus 1000.
pub fn describe(section: &Section<'_>, facts: &mut Facts) {
    let section = &section.bounded(LINES, facts);
    let (all, wrap) = lines::read(section, walk::starts);
    let mut objects: Vec<Vec<Line<'_>>> = split(all).into_iter().filter(|lines| says_something(lines)).collect();
    let only = objects.len() == 1;
    if objects.len() > OBJECTS {
        facts.gaps.push(Gap {
            path: section.path.to_owned(),
            kind: GapKind::Truncated,
            what: format!("holds {} objects, of which the first {OBJECTS} are looked at", objects.len()),
            prevents: "what the others show".to_owned(),
        });
        objects.truncate(OBJECTS);
    }
    for (index, lines) in objects.iter_mut().enumerate() {
        let step = u32::try_from(index).unwrap_or(u32::MAX).saturating_mul(NEXT_OBJECT);
        let id = SectionId { file: section.id.file, index: section.id.index.saturating_add(step) };
        object(&Context { section, id, only }, lines, wrap, facts);
    }
}

/// Reads messages that stand alone, each with its place, as the events of the object that they are about. Those that are
/// none of Kubernetes' own are passed over.
pub(crate) fn of_messages(section: &Section<'_>, messages: Vec<Located<String>>, facts: &mut Facts) {
    let rows: Vec<Row> = messages.into_iter().filter_map(|said| Row::of_message(&said.value, said.place)).collect();
    let Some(kind) = kind_by_rows(&rows) else { return };
    let context = Context { section, id: section.id, only: true };
    object_of(&context, kind, &[], None, rows, facts);
}

/// What is known of an object from outside its lines.
struct Context<'s, 't> {
    section: &'s Section<'t>,
    /// The id of this object.
    id: SectionId,
    /// Whether the section shows one object only: hint and command line then speak of it.
    only: bool,
}

/// Whether lines hold anything of a `describe`: a known key or an event.
fn says_something(lines: &[Line<'_>]) -> bool {
    lines.iter().any(|line| !line.is_blank() && (walk::starts(&line.text) || events::is_bare_message(&line.text)))
}

/// Cuts the lines into objects: before each `Name:` of the outermost level.
fn split(lines: Vec<Line<'_>>) -> Vec<Vec<Line<'_>>> {
    let is_name = |line: &Line<'_>| line.key_value().is_some_and(|(key, value)| key == "Name" && !value.is_empty());
    // A volume's type is followed by the name of what it points at.
    let of_volume =
        |at: usize| at.checked_sub(1).and_then(|before| lines.get(before)).is_some_and(|line| line.key() == "Type");
    let first = lines.iter().enumerate().position(|(at, line)| is_name(line) && !of_volume(at));
    let Some(first) = first else { return vec![lines] };
    let indent = lines.get(first).map_or(0, |line| line.indent);
    let mut starts = Vec::new();
    let mut data = false;
    for (at, line) in lines.iter().enumerate() {
        if matches!(&*line.text, "Data" | "BinaryData")
            && lines.get(at + 1).is_some_and(|next| lines::is_ruler(&next.text))
        {
            data = true;
        }
        if !is_name(line) || of_volume(at) {
            continue;
        }
        let next = lines.get(at + 1..).unwrap_or_default().iter().filter(|line| !line.is_blank()).take(2);
        let next: Vec<&Line<'_>> = next.collect();
        let opens = next.iter().any(|next| {
            next.indent.abs_diff(line.indent) <= 4
                && matches!(
                    next.key(),
                    "Namespace"
                        | "Labels"
                        | "Annotations"
                        | "Roles"
                        | "IsDefaultClass"
                        | "Image(s)"
                        | "Node"
                        | "Selector"
                        | "Priority"
                        | "StorageClass"
                        | "CreationTimestamp"
                        | "Provisioner"
                )
        });
        let blanks = at.checked_sub(1).and_then(|before| lines.get(before)).is_none_or(Line::is_blank);
        // The keys of a ConfigMap's data come at any column: only a gap of two lines opens an object there.
        let gap = blanks && at.checked_sub(2).and_then(|before| lines.get(before)).is_none_or(Line::is_blank);
        let own = if data { gap } else { at == first || (line.indent <= indent && (opens || blanks)) };
        if own
            && (opens || blanks || at == first)
            && (at != first || line.indent == 0 || opens || blanks || next.is_empty())
        {
            starts.push(at);
            data = false;
        }
    }
    let mut objects = Vec::new();
    let mut current = Vec::new();
    let mut starts = starts.into_iter().peekable();
    for (at, line) in lines.into_iter().enumerate() {
        if starts.next_if_eq(&at).is_some() && !current.is_empty() {
            objects.push(std::mem::take(&mut current));
        }
        current.push(line);
    }
    objects.push(current);
    objects
}

/// Reads one object.
fn object(context: &Context<'_, '_>, lines: &mut [Line<'_>], wrap: Wrap, facts: &mut Facts) {
    let first = lines.iter().find(|line| !line.is_blank()).map(Line::place);
    let walked = walk::walk(lines);
    let mut reader = Reader::new(wrap);
    for line in walked.events.iter().copied().flatten() {
        reader.push(line);
    }
    let (rows, all) = reader.finish();
    if walked.items.is_empty() && !rows.is_empty() && rows.iter().all(|row| row.object.kind.is_some()) {
        // `get events`: every row names its own object.
        let base = ObjectRef::default();
        facts.events.extend(rows.into_iter().map(|row| row.into_event(context.id, &base)));
        return;
    }
    let kind = kind_of(context, &walked, &rows);
    if all > rows.len() {
        let name = Head::read(&walked.items, context, first.clone()).name;
        let name = name.map(|name| name.value).unwrap_or_default();
        let kind = if kind.name().is_empty() { "object" } else { kind.name() };
        facts.gaps.push(events::too_many(context.section.path, all, kind, &name));
    }
    if matches!(kind, Kind::ConfigMap | Kind::Secret) {
        let head = Head::read(&walked.items, context, first);
        facts.configs.extend(config::keys(&kind, head, lines));
        return;
    }
    object_of(context, kind, &walked.items, first, rows, facts);
}

/// Adds an object of this kind, by its items and events.
fn object_of(
    context: &Context<'_, '_>,
    kind: Kind,
    items: &[Item<'_, '_>],
    first: Option<crate::text::Place>,
    rows: Vec<Row>,
    facts: &mut Facts,
) {
    let mut head = Head::read(items, context, first);
    head.complete_from(&kind, &rows);
    let base = ObjectRef {
        kind: Some(kind.name().to_owned()).filter(|name| !name.is_empty()),
        namespace: head.namespace.as_ref().map(|fact| fact.value.clone()),
        name: head.name.as_ref().map(|fact| fact.value.clone()),
        container: None,
    };
    match &kind {
        Kind::Pod => facts.pods.push(pod::read(context.id, head, items, &rows)),
        Kind::Node => facts.nodes.push(node::read(context.id, head, items)),
        Kind::Workload(which) => facts.workloads.push(workload::read(context.id, *which, head, items)),
        Kind::Claim => facts.claims.push(storage::claim(context.id, head, items)),
        Kind::Volume => facts.volumes.push(storage::volume(context.id, head, items)),
        Kind::StorageClass => facts.storage_classes.extend(storage::class(head, items)),
        Kind::Service | Kind::Endpoints => facts.services.extend(config::service(head, items)),
        Kind::Namespace => {
            config::quotas(&head, items, facts);
            facts.namespaces.extend(head.name);
        }
        Kind::Quota => config::quotas(&head, items, facts),
        Kind::ServiceAccount => facts.service_accounts.extend(config::service_account(context.id, head, items)),
        Kind::Event => facts.events.extend(event_of(context.id, items)),
        Kind::ConfigMap | Kind::Secret | Kind::Other(_) => {}
    }
    // An object that has no namespace has events that tell of none.
    facts.events.extend(rows.into_iter().map(|row| row.into_event(context.id, &base)));
}

/// `kubectl describe event`: the event, of the object under `Involved Object`. `None` where it says neither.
fn event_of(section: crate::text::SectionId, items: &[Item<'_, '_>]) -> Option<crate::model::Event> {
    use crate::model::time::parse_time;
    use crate::model::{Event, EventType, When};
    let of = |parent: &str, key: &str| {
        let own = |item: &&Item<'_, '_>| {
            item.key == key && item.path.iter().map(|part| &**part).eq(parent.split_terminator('/'))
        };
        items.iter().find(own).filter(|item| !item.value.is_empty() && !is_none(item.value))
    };
    let top = |key: &str| of("", key);
    let object =
        |key: &str| of("Involved Object", key).or_else(|| of("Regarding", key)).map(|item| item.value.to_owned());
    let message = top("Message").or_else(|| top("Note"))?;
    let said = Row::of_message(message.value, message.line.place());
    let time = |key: &str| top(key).and_then(|item| parse_time(item.value)).map(When::At);
    Some(Event {
        section,
        event_type: match top("Type").map(|item| item.value) {
            Some("Normal") => Some(EventType::Normal),
            Some("Warning") => Some(EventType::Warning),
            _ => said.as_ref().and_then(|row| row.event_type),
        },
        reason: top("Reason").map(|item| item.value.to_owned()).or_else(|| said.map(|row| row.reason))?,
        object: ObjectRef {
            kind: object("Kind"),
            namespace: object("Namespace"),
            name: Some(object("Name")?),
            container: events::container_in(message.value),
        },
        message: message.value.to_owned(),
        component: of("Source", "Component").map(|item| item.value.to_owned()),
        host: of("Source", "Host").map(|item| item.value.to_owned()),
        count: top("Count").and_then(|item| item.value.parse().ok()).unwrap_or(1),
        first_seen: time("First Timestamp"),
        last_seen: time("Last Timestamp"),
        place: message.line.place(),
    })
}

/// What every object has.
#[derive(Debug, Default)]
struct Head {
    namespace: Fact<String>,
    name: Fact<String>,
    labels: Fields<String>,
}

impl Head {
    /// Name, namespace and labels; where the output shows one object only, what path or command line say of it.
    fn read(items: &[Item<'_, '_>], context: &Context<'_, '_>, first: Option<crate::text::Place>) -> Head {
        let mut head = Head::default();
        for item in items.iter().filter(|item| item.path.is_empty() || item.path == ["Labels"]) {
            match item.key {
                "Name" if head.name.is_none() => head.name = stated(item),
                "Namespace" if head.namespace.is_none() => head.namespace = stated(item),
                "Labels" => labels(item.value, &mut head.labels),
                "" if item.parent() == "Labels" => labels(item.value, &mut head.labels),
                _ => {}
            }
        }
        if let Some(place) = first.filter(|_| context.only) {
            let section = context.section;
            let given = |value: Option<String>| value.map(|value| Located::new(value, place.clone()));
            if head.name.is_none() {
                let name = section.hint.pod.clone().or_else(|| section.command.and_then(name_of_command));
                head.name = given(name);
            }
            if head.namespace.is_none() {
                let named = section.command.and_then(kind::namespace_of_command);
                head.namespace = given(section.hint.namespace.clone().or(named));
            }
        }
        head
    }

    /// Takes from the events what they name for certain, where all that name something agree.
    fn complete_from(&mut self, kind: &Kind, rows: &[Row]) {
        let mut names: Vec<Located<String>> = Vec::new();
        let mut namespaces: Vec<Located<String>> = Vec::new();
        for row in rows {
            let place = |value: String| Located::new(value, row.place.clone());
            match kind {
                Kind::Pod => {
                    if let Some(pod) = events::pod_in(&row.message) {
                        if self.name.as_ref().is_some_and(|name| name.value != pod.name) {
                            continue;
                        }
                        names.push(place(pod.name));
                        namespaces.extend(pod.namespace.map(place));
                    }
                }
                Kind::Node => {
                    let after = row.message.strip_prefix("Node ").and_then(|rest| rest.split_once(' '));
                    if let Some((name, _)) = after.filter(|(_, rest)| rest.starts_with("status is now: ")) {
                        names.push(place(name.to_owned()));
                    }
                }
                Kind::Workload(which) => names.extend(workload::name_in(*which, &row.message).map(place)),
                Kind::Claim => {
                    let claim = row.message.split_once("provisioning volume for claim \"").map(|(_, rest)| rest);
                    let claim = claim.and_then(|rest| rest.split_once('"')?.0.split_once('/'));
                    if let Some((namespace, name)) = claim {
                        names.push(place(name.to_owned()));
                        namespaces.push(place(namespace.to_owned()));
                    }
                }
                _ => {}
            }
        }
        for (slot, found) in [(&mut self.name, names), (&mut self.namespace, namespaces)] {
            let agree = found.windows(2).all(|pair| pair[0].value == pair[1].value);
            if slot.is_none() && agree {
                *slot = found.into_iter().next();
            }
        }
    }
}

/// The value of an item, where it has one.
fn stated(item: &Item<'_, '_>) -> Fact<String> {
    (!item.value.is_empty() && !is_none(item.value)).then(|| item.line.fact(item.value.to_owned()))
}

/// Whether a value says that there is none.
fn is_none(value: &str) -> bool {
    matches!(value, "<none>" | "<nil>" | "<unset>" | "<unknown>" | "none" | "n/a")
}

/// Reads `a=b,c=d` or one `a=b`.
fn labels(value: &str, into: &mut Fields<String>) {
    for pair in value.split([',', ' ']) {
        if let Some((key, value)) = pair.trim().split_once('=').filter(|(key, _)| !key.is_empty()) {
            into.insert(key.to_owned(), value.to_owned());
        }
    }
}

/// `ReplicaSet/web-5d9` of `Controlled By:`, also with `(1/1 replicas created)` behind it.
fn owner(item: &Item<'_, '_>) -> Fact<crate::model::Owner> {
    let (kind, name) = item.value.split_whitespace().next()?.split_once('/')?;
    (!kind.is_empty() && !name.is_empty())
        .then(|| item.line.fact(crate::model::Owner { kind: kind::canonical(kind), name: name.to_owned() }))
}

/// The words of a command line that are neither kubectl's flags nor their values, after `describe`.
fn words_of_command(command: &str) -> Vec<&str> {
    let mut words = command.split_whitespace().skip_while(|word| *word != "describe").skip(1).peekable();
    let mut found = Vec::new();
    while let Some(word) = words.next() {
        match word {
            "-n" | "--namespace" | "-l" | "--selector" | "-f" | "--filename" | "--context" | "--kubeconfig"
            | "--cluster" => {
                words.next();
            }
            "|" | "||" | "&&" | ";" | ">" | ">>" | "2>&1" | "<" | "#" => break,
            _ if word.starts_with('-') => {}
            _ => found.push(word),
        }
    }
    found
}

/// The name of `describe pod web-1`, `describe pod/web-1`; none where there are several or a placeholder.
fn name_of_command(command: &str) -> Option<String> {
    let words = words_of_command(command);
    let name = match words.as_slice() {
        [one] => one.split_once('/')?.1,
        [_, name] if !name.contains('/') => name,
        _ => return None,
    };
    let plain = name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '.'));
    (plain && !name.is_empty()).then(|| name.to_owned())
}

/// The kind: by its keys where they tell, else by the command line or path, else by the events.
fn kind_of(context: &Context<'_, '_>, walked: &Walked<'_, '_>, rows: &[Row]) -> Kind {
    if let Some(kind) = kind_by_keys(&walked.items) {
        return kind;
    }
    if let Some(word) = context.section.command.map(words_of_command).and_then(|words| words.first().copied()) {
        let kind = word.split('/').next().unwrap_or(word);
        if !matches!(kind, "all" | "-") && !kind.contains(',') {
            return Kind::parse(kind);
        }
    }
    if context.section.hint.pod.is_some() {
        return Kind::Pod;
    }
    kind_by_rows(rows).unwrap_or_else(|| Kind::Other(String::new()))
}

/// The kind that the keys tell.
fn kind_by_keys(items: &[Item<'_, '_>]) -> Option<Kind> {
    use crate::model::WorkloadKind;
    let top = |key: &str| items.iter().find(|item| item.path.is_empty() && item.key == key);
    let any = |key: &str| items.iter().any(|item| item.key == key);
    let has = |key: &str| top(key).is_some();
    let text = |needle: &str| items.iter().any(|item| item.line.text.starts_with(needle));
    let value = |key: &str| top(key).map_or("", |item| item.value);
    if has("Kind") && (has("API Version") || has("Metadata")) {
        return Some(Kind::parse(value("Kind")));
    }
    if has("Metrics") || has("Min replicas") || has("Scale Target") {
        return Some(Kind::parse("hpa"));
    }
    if has("Default backend") || has("Rules") && has("Address") {
        return Some(Kind::parse("ingress"));
    }
    if has("PodSelector") || has("Allowing ingress traffic") {
        return Some(Kind::parse("networkpolicy"));
    }
    if [
        "Roles",
        "Role",
        "Allocatable",
        "System Info",
        "Non-terminated Pods",
        "Allocated resources",
        "PodCIDR",
        "Unschedulable",
    ]
    .iter()
    .any(|key| has(key))
        || has("Taints") && !has("Pod Template")
        || text("Type") && items.iter().any(|item| item.line.text.contains("LastHeartbeatTime"))
    {
        return Some(Kind::Node);
    }
    if has("Schedule") && (has("Concurrency Policy") || has("Suspend")) {
        return Some(Kind::Workload(WorkloadKind::CronJob));
    }
    if has("Pods Statuses") || has("Completions") || has("Parallelism") || has("Completion Mode") {
        return Some(Kind::Workload(WorkloadKind::Job));
    }
    if ["StrategyType", "NewReplicaSet", "OldReplicaSets", "OldReplicationControllers", "RollingUpdateStrategy"]
        .iter()
        .any(|key| has(key))
    {
        return Some(Kind::Workload(WorkloadKind::Deployment));
    }
    if items.iter().any(|item| item.key.starts_with("Desired Number of Nodes Scheduled") || item.key == "Node-Selector")
    {
        return Some(Kind::Workload(WorkloadKind::DaemonSet));
    }
    if value("Replicas").contains("updated") || value("Replicas").contains("unavailable") {
        return Some(Kind::Workload(WorkloadKind::Deployment));
    }
    if has("Update Strategy") || has("Volume Claims") || (has("Replicas") && value("Replicas").contains(" total")) {
        return Some(Kind::Workload(WorkloadKind::StatefulSet));
    }
    if has("Replicas") && (has("Pods Status") || value("Replicas").contains("current")) || has("Pods Status") {
        let hashed = items.iter().any(|item| item.line.text.contains("pod-template-hash"));
        let owned = value("Controlled By").starts_with("Deployment/");
        let old = has("Image(s)") || value("Selector").is_empty();
        let set = hashed || owned || !old && has("Pod Template");
        return Some(Kind::Workload(if set { WorkloadKind::ReplicaSet } else { WorkloadKind::ReplicationController }));
    }
    if has("IsDefaultClass") || has("Provisioner") && (has("Parameters") || has("ReclaimPolicy")) {
        return Some(Kind::StorageClass);
    }
    if has("Reclaim Policy") || has("Claim") && has("Source") {
        return Some(Kind::Volume);
    }
    if has("Access Modes") && (has("Volume") || has("StorageClass") || has("Status"))
        || has("Volume") && has("StorageClass")
        || has("Used By") && has("VolumeMode")
        || has("Mounted By") && has("Volume")
    {
        return Some(Kind::Claim);
    }
    if has("Subsets") {
        return Some(Kind::Endpoints);
    }
    if has("Session Affinity") || has("IP Families") || (has("Endpoints") && has("Selector")) {
        return Some(Kind::Service);
    }
    if has("Mountable secrets") || has("Image pull secrets") {
        return Some(Kind::ServiceAccount);
    }
    if text("Resource Quotas") || text("No resource quota") || text("No LimitRange") || text("Resource Limits") {
        return Some(Kind::Namespace);
    }
    if items.iter().any(|item| config::is_quota_header(&item.line.text)) {
        return Some(Kind::Quota);
    }
    let data =
        |name: &str| items.windows(2).any(|pair| pair[0].line.text == name && pair[1].line.text.starts_with("==="));
    if data("Data") || data("BinaryData") {
        let sized = items.iter().any(|item| item.path.is_empty() && item.value.ends_with(" bytes"));
        return Some(if has("Type") || sized { Kind::Secret } else { Kind::ConfigMap });
    }
    let containers = any("Containers") || any("Init Containers");
    if value("Reason") == "Evicted" || value("Status") == "Failed" && has("Reason") {
        return Some(Kind::Pod);
    }
    if [
        "State",
        "Last State",
        "Last Termination State",
        "Restart Count",
        "QoS Class",
        "Container ID",
        "NominatedNodeName",
    ]
    .iter()
    .any(|key| any(key))
        || (containers || has("Volumes")) && !has("Pod Template")
        || has("Node") && (has("Start Time") || has("Status") || has("IP"))
        || any("Liveness")
        || any("Mounts")
        || any("Exit Code")
    {
        return Some(Kind::Pod);
    }
    if has("Capacity") || has("Addresses") {
        return Some(Kind::Node);
    }
    let condition = |names: &[&str]| {
        items.iter().any(|item| {
            item.path == ["Conditions"] && names.contains(&item.line.text.split_whitespace().next().unwrap_or_default())
        })
    };
    if condition(&["MemoryPressure", "DiskPressure", "PIDPressure", "NetworkUnavailable"]) {
        return Some(Kind::Node);
    }
    if condition(&["ReplicaFailure", "Progressing", "Available"]) {
        return Some(Kind::Workload(WorkloadKind::Deployment));
    }
    if condition(&["PodScheduled", "ContainersReady", "Initialized"]) || has("Tolerations") {
        return Some(Kind::Pod);
    }
    if condition(&["Failed", "Complete", "FailureTarget", "SuccessCriteriaMet"]) {
        return Some(Kind::Workload(WorkloadKind::Job));
    }
    if has("Status") && has("Name") && !has("Namespace") && matches!(value("Status"), "Active" | "Terminating") {
        return Some(Kind::Namespace);
    }
    None
}

/// The kind that most events of a fragment are about.
fn kind_by_rows(rows: &[Row]) -> Option<Kind> {
    use crate::model::WorkloadKind;
    let mut votes: Vec<(Kind, usize)> = Vec::new();
    for row in rows {
        let component = row.component.as_deref().unwrap_or_default();
        let workload = |kind| Kind::Workload(kind);
        let kind = match (row.reason.as_str(), component) {
            (_, "replicaset-controller") => workload(WorkloadKind::ReplicaSet),
            (_, "replication-controller") => workload(WorkloadKind::ReplicationController),
            (_, "deployment-controller") | ("ScalingReplicaSet" | "DeploymentRollback", _) => {
                workload(WorkloadKind::Deployment)
            }
            (_, "statefulset-controller" | "statefulset") => workload(WorkloadKind::StatefulSet),
            (_, "daemonset-controller" | "daemon-set") | ("FailedDaemonPod", _) => workload(WorkloadKind::DaemonSet),
            (_, "cronjob-controller") | ("SawCompletedJob" | "MissSchedule", _) => workload(WorkloadKind::CronJob),
            (_, "job-controller") | ("BackoffLimitExceeded" | "DeadlineExceeded", "") => workload(WorkloadKind::Job),
            (_, "horizontal-pod-autoscaler") => Kind::parse("hpa"),
            (_, "service-controller") | ("EnsuringLoadBalancer" | "SyncLoadBalancerFailed", _) => Kind::Service,
            ("VolumeFailedDelete" | "VolumeFailedRecycle", _) => Kind::Volume,
            (
                "ProvisioningFailed"
                | "Provisioning"
                | "ProvisioningSucceeded"
                | "ExternalProvisioning"
                | "FailedBinding"
                | "WaitForFirstConsumer"
                | "WaitForPodScheduled"
                | "VolumeResizeFailed"
                | "ExternalExpanding"
                | "Resizing"
                | "FileSystemResizeRequired"
                | "ClaimLost"
                | "ClaimMisbound",
                _,
            )
            | (_, "persistentvolume-controller") => Kind::Claim,
            (
                "NodeReady"
                | "NodeHasSufficientMemory"
                | "NodeHasNoDiskPressure"
                | "NodeHasSufficientPID"
                | "NodeHasDiskPressure"
                | "NodeHasInsufficientMemory"
                | "NodeHasInsufficientPID"
                | "NodeAllocatableEnforced"
                | "InvalidDiskCapacity"
                | "Rebooted"
                | "EvictionThresholdMet"
                | "FreeDiskSpaceFailed"
                | "ImageGCFailed"
                | "ContainerGCFailed"
                | "SystemOOM"
                | "RegisteredNode"
                | "RemovingNode"
                | "NodeSchedulable"
                | "NodeNotSchedulable"
                | "CIDRAssignmentFailed"
                | "KubeletSetupFailed"
                | "OOMKilling"
                | "TaskHung"
                | "ContainerdStart"
                | "KernelOops"
                | "DeletingNode"
                | "DeletingAllPods"
                | "TerminatedAllPods"
                | "Shutdown"
                | "CIDRNotAvailable"
                | "NodeOutOfDisk"
                | "NodeUnderDiskPressure"
                | "NodeSysctlChange",
                _,
            ) => Kind::Node,
            ("Starting", _) if component == "kubelet" || component == "kube-proxy" || component.is_empty() => {
                Kind::Node
            }
            ("NodeNotReady", _) if row.message.contains("status is now") => Kind::Node,
            ("SuccessfulCreate" | "FailedCreate" | "SuccessfulDelete", "") => {
                if row.message.contains("StatefulSet") {
                    workload(WorkloadKind::StatefulSet)
                } else if row.message.contains("Created job") {
                    workload(WorkloadKind::CronJob)
                } else {
                    workload(WorkloadKind::ReplicaSet)
                }
            }
            _ => Kind::Pod,
        };
        match votes.iter_mut().find(|(other, _)| *other == kind) {
            Some((_, count)) => *count += 1,
            None => votes.push((kind, 1)),
        }
    }
    let most = votes.iter().map(|(_, count)| *count).max()?;
    votes.into_iter().find(|(_, count)| *count == most).map(|(kind, _)| kind)
}

#[cfg(test)]
mod tests;
