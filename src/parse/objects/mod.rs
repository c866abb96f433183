//! What `kubectl get -o json` and `-o yaml` print, into facts: each with the line on which its value stands.
//!
//! Owns the way from a text of any size to the objects of the model. One schema serves both syntaxes: its single values
//! are of a type `Leaf` that knows where it was read. Objects are read one at a time, so that memory does not
//! grow with a list and one bad item costs one gap: [`json`] finds them by brackets, [`yaml`] by indentation.
//!
//! A file may hold one object, a `List`, a typed list (`PodList`, whose items need not say their kind), a bare array, or
//! several documents, after a prompt too. Kinds that the model has no place for are passed over. An empty list is no gap:
//! it says that there is nothing. Must not know tables, `describe`, or what is healthy. Values of ConfigMaps and Secrets
//! are never kept.

mod context;
mod event;
mod internal;
mod json;
mod leaf;
mod node;
mod operator;
mod pod;
mod resource;
mod scan;
mod signing_request;
mod stream;
mod workload;
mod yaml;

use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use serde::Deserialize;

use self::context::{Context, Wrong};
use self::leaf::Leaf;
use crate::model::cluster::Facts;
use crate::model::gap::{Gap, GapKind};
use crate::model::pod::{ContainerState, Pod};
use crate::model::workload::{ConfigKind, WorkloadKind};
use crate::parse::Section;
use crate::text::{LineIndex, Located, Texts};

pub use json::{json, one_json};
pub use stream::Streamed;
pub use yaml::yaml;

/// Whether a text is a list of no objects: `"items": []`, `items: null`, `[]`. Read from its first lines: such a text is
/// short.
pub fn is_empty_list(text: &str) -> bool {
    const SHORT: usize = 4096;
    if text.len() > SHORT {
        return false;
    }
    let text = text.trim();
    if matches!(text, "[]" | "null") {
        return true;
    }
    let behind = text.split_once("items").map(|(_, rest)| rest.trim_start_matches('"').trim_start());
    let Some(value) = behind.and_then(|rest| rest.strip_prefix(':')) else { return false };
    let value = value.trim_start_matches(' ').trim_end();
    ["[]", "null"]
        .iter()
        .any(|none| value.strip_prefix(none).is_some_and(|rest| !rest.starts_with(char::is_alphanumeric)))
}

/// Whether a text begins a list of `kind` as `kubectl get` prints it: of kind `List`, its items with their own kind. A dump's
/// are typed (`PodList`), and their items say none.
pub fn is_list_of_get(text: &str, kind: &str) -> bool {
    let kinds = text.lines().filter_map(|line| {
        let (key, value) = line.trim_start_matches([' ', '-']).split_once(':')?;
        (key.trim_matches('"') == "kind").then(|| value.trim_end_matches([',', ' ']).trim_matches([' ', '"']))
    });
    let mut own = false;
    for said in kinds {
        if said.strip_suffix("List").is_some_and(|of| !of.is_empty()) {
            return false;
        }
        own |= said == "List" || said == kind;
    }
    own
}

/// So many gaps are told one by one for a section; the others are counted.
const GAPS: usize = 20;

/// What the facts of a text may take, in bytes as they are estimated: so much, and so many times its length. What clusters
/// hold takes once or twice the length of its JSON; what is made to take more has no end.
const ROOM_BYTES: u64 = 256 << 20;
const ROOM_TIMES: u64 = 4;
/// The estimate: of an object, of each container of a pod, of each element of a list or an object of free keys.
const OBJECT_BYTES: u64 = 1500;
const ELEMENT_BYTES: u64 = 150;

/// The kinds that are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Pod,
    /// An object without a kind that has `spec` or `status`: a Pod, if it has containers.
    LikelyPod,
    /// The status of a Pod without the rest.
    PodStatus,
    /// The status of one container without the rest.
    ContainerStatus,
    /// One state of a container without the rest.
    ContainerState,
    Event,
    Node,
    Workload(WorkloadKind),
    Revision,
    Namespace,
    PriorityClass,
    IngressClass,
    Ingress,
    Claim,
    Volume,
    StorageClass,
    Config(ConfigKind),
    Service,
    ServiceAccount,
    Endpoints,
    EndpointSlice,
    Quota,
    /// A ClusterOperator, a ClusterVersion or a MachineConfigPool: the kind's name.
    Operator(&'static str),
    SigningRequest,
    PodMetrics,
    NodeMetrics,
    /// What kubelet answers on `/stats/summary`.
    Summary,
    Version,
    Status,
}

impl Kind {
    /// By kind and, where stated, apiVersion: other groups have a `Service` and a `Job` too.
    fn of(api_version: Option<&str>, kind: &str) -> Option<Kind> {
        let group = api_version.map_or("", |version| version.rsplit_once('/').map_or("", |(group, _)| group));
        let ours = [
            "",
            "apps",
            "batch",
            "extensions",
            "events.k8s.io",
            "storage.k8s.io",
            "discovery.k8s.io",
            "metrics.k8s.io",
            "networking.k8s.io",
            "scheduling.k8s.io",
        ];
        if group == "config.openshift.io" || group.is_empty() {
            match kind {
                "ClusterOperator" => return Some(Kind::Operator("ClusterOperator")),
                "ClusterVersion" => return Some(Kind::Operator("ClusterVersion")),
                _ => {}
            }
        }
        match (group, kind) {
            ("machineconfiguration.openshift.io" | "", "MachineConfigPool") => {
                return Some(Kind::Operator("MachineConfigPool"));
            }
            ("certificates.k8s.io" | "", "CertificateSigningRequest") => return Some(Kind::SigningRequest),
            _ => {}
        }
        if !ours.contains(&group) {
            return None;
        }
        Some(match kind {
            "Pod" => Kind::Pod,
            "Event" => Kind::Event,
            "Node" => Kind::Node,
            "Deployment" => Kind::Workload(WorkloadKind::Deployment),
            "ReplicaSet" => Kind::Workload(WorkloadKind::ReplicaSet),
            "ReplicationController" => Kind::Workload(WorkloadKind::ReplicationController),
            "StatefulSet" => Kind::Workload(WorkloadKind::StatefulSet),
            "DaemonSet" => Kind::Workload(WorkloadKind::DaemonSet),
            "Job" => Kind::Workload(WorkloadKind::Job),
            "CronJob" => Kind::Workload(WorkloadKind::CronJob),
            "ControllerRevision" => Kind::Revision,
            "Namespace" => Kind::Namespace,
            "PriorityClass" => Kind::PriorityClass,
            "IngressClass" => Kind::IngressClass,
            "Ingress" => Kind::Ingress,
            "PersistentVolumeClaim" => Kind::Claim,
            "PersistentVolume" => Kind::Volume,
            "StorageClass" => Kind::StorageClass,
            "ConfigMap" => Kind::Config(ConfigKind::ConfigMap),
            "Secret" => Kind::Config(ConfigKind::Secret),
            "Service" => Kind::Service,
            "ServiceAccount" => Kind::ServiceAccount,
            "Endpoints" => Kind::Endpoints,
            "EndpointSlice" => Kind::EndpointSlice,
            "ResourceQuota" => Kind::Quota,
            "PodMetrics" => Kind::PodMetrics,
            "NodeMetrics" => Kind::NodeMetrics,
            "Summary" => Kind::Summary,
            "Status" => Kind::Status,
            _ => return None,
        })
    }
}

/// What an object says of itself before it is read: kind and apiVersion, and what its other keys make likely.
#[derive(Debug, Clone, Copy, Default)]
struct Head<'t> {
    api_version: Option<&'t str>,
    kind: Option<&'t str>,
    guess: Option<Kind>,
    /// What the path says that the objects are, where they do not say it.
    by_path: Option<&'static str>,
    /// Whether it has `metadata`: without, it is no object of Kubernetes.
    has_metadata: bool,
    /// Whether it has `reason`: enough for an event that a collector made smaller.
    has_reason: bool,
    /// It is spelled as old kubectls' own Go types are: see [`internal`].
    internal: bool,
}

impl<'t> Head<'t> {
    /// Takes note of a top-level key; `value` is what stands behind it, where it is a word.
    fn note(&mut self, key: &'t str, value: &'t str) {
        let strong = match key {
            "kind" if self.kind.is_none() => {
                self.kind = Some(value).filter(|value| !value.is_empty());
                return;
            }
            "apiVersion" if self.api_version.is_none() => {
                self.api_version = Some(value);
                return;
            }
            "metadata" => {
                self.has_metadata = true;
                return;
            }
            "reason" => {
                self.has_reason = true;
                return;
            }
            "InvolvedObject" => {
                self.internal = true;
                Kind::Event
            }
            "Spec" | "Status" => {
                self.internal = true;
                self.guess = self.guess.or(Some(Kind::LikelyPod));
                return;
            }
            "involvedObject" | "regarding" => Kind::Event,
            "containerStatuses" | "initContainerStatuses" | "qosClass" | "podIP" | "podIPs" | "hostIP" => {
                Kind::PodStatus
            }
            "lastState" | "restartCount" if self.kind.is_none() => Kind::ContainerStatus,
            "waiting" | "terminated" if self.kind.is_none() && matches!(value.as_bytes(), [] | [b'{', ..]) => {
                Kind::ContainerState
            }
            "clientVersion" | "serverVersion" | "gitVersion" | "info" => Kind::Version,
            "spec" | "status" => {
                self.guess = self.guess.or(Some(Kind::LikelyPod));
                return;
            }
            _ => return,
        };
        if matches!(self.guess, None | Some(Kind::LikelyPod)) {
            self.guess = Some(strong);
        }
    }

    /// What an object is that stands in a list with the head `list`.
    fn kind_in(&self, list: &Head<'_>) -> Option<Kind> {
        match (self.kind, list.item_kind()) {
            (Some(kind), _) => Kind::of(self.api_version.or(list.api_version), kind),
            (None, Some(kind)) => Kind::of(list.api_version, kind),
            (None, None) => self.kind_by_path(list).or(self.guess),
        }
    }

    /// What the path makes of an object that has no kind: old collectors write bare arrays of such objects.
    fn kind_by_path(&self, list: &Head<'_>) -> Option<Kind> {
        let kind = self.by_path.or(list.by_path)?;
        if !(self.has_metadata || self.internal || kind == "Event" && self.has_reason || kind == "Summary") {
            return None;
        }
        Kind::of(self.api_version.or(list.api_version), kind).filter(|kind| *kind != Kind::Pod || self.guess.is_some())
    }

    /// The kind of the items of a typed list: `Pod` of a `PodList`.
    fn item_kind(&self) -> Option<&'t str> {
        self.kind?.strip_suffix("List").filter(|kind| !kind.is_empty())
    }
}

/// A syntax: how a piece of text becomes a type of the schema.
trait Format<'c> {
    /// Its single values.
    type Leaf: Leaf<'c>;
    /// Reads a piece; where it cannot, the 1-based line of the piece at which it gave up.
    fn read<T: Deserialize<'c>>(&self, chunk: &'c str) -> Result<T, u64>;
}

/// One object into facts.
fn convert<'c, F: Format<'c>>(
    format: &F,
    kind: Kind,
    chunk: &'c str,
    cx: &Context<'c>,
    facts: &mut Facts,
) -> Result<Option<(GapKind, String)>, u64> {
    match kind {
        Kind::Pod => facts.pods.push(format.read::<pod::PodObject<F::Leaf>>(chunk)?.into_pod(cx)),
        Kind::LikelyPod => {
            let object = format.read::<pod::PodObject<F::Leaf>>(chunk)?;
            if object.plausible() {
                facts.pods.push(named_by_states(object.into_pod(cx)));
            } else {
                let object = format.read::<workload::WorkloadObject<F::Leaf>>(chunk)?;
                facts.workloads.extend(object.into_likely_deployment(cx));
            }
        }
        Kind::PodStatus => {
            let status = format.read::<pod::PodStatus<F::Leaf>>(chunk)?;
            facts.pods.push(named_by_states(pod::PodObject::of_status(status).into_pod(cx)));
        }
        Kind::ContainerStatus => {
            let status = format.read::<pod::ContainerStatus<F::Leaf>>(chunk)?;
            facts.pods.push(named_by_states(pod::PodObject::of_container(status).into_pod(cx)));
        }
        Kind::ContainerState => {
            let state = format.read::<pod::StateOf<F::Leaf>>(chunk)?;
            let pod = pod::PodObject::of_container(pod::ContainerStatus::of_state(state)).into_pod(cx);
            let says = |state: &ContainerState| state.reason.is_some() || state.exit_code.is_some();
            if pod.containers.iter().any(|container| container.state.as_ref().is_some_and(says)) {
                facts.pods.push(pod);
            }
        }
        Kind::Event => facts.events.extend(format.read::<event::EventObject<F::Leaf>>(chunk)?.into_event(cx)),
        Kind::Node => facts.nodes.push(format.read::<node::NodeObject<F::Leaf>>(chunk)?.into_node(cx)),
        Kind::Workload(kind) => {
            let object = format.read::<workload::WorkloadObject<F::Leaf>>(chunk)?;
            facts.workloads.push(object.into_workload(kind, cx));
        }
        Kind::Revision => {
            let object = format.read::<workload::RevisionObject<F::Leaf>>(chunk)?;
            facts.revisions.push(object.into_revision(cx));
        }
        Kind::Namespace => format.read::<resource::NamedObject<F::Leaf>>(chunk)?.add(cx, &mut facts.namespaces),
        Kind::PriorityClass => {
            format.read::<resource::NamedObject<F::Leaf>>(chunk)?.add(cx, &mut facts.priority_classes)
        }
        Kind::IngressClass => format.read::<resource::NamedObject<F::Leaf>>(chunk)?.add(cx, &mut facts.ingress_classes),
        Kind::Ingress => format.read::<resource::IngressObject<F::Leaf>>(chunk)?.add(cx, facts),
        Kind::Claim => format.read::<resource::ClaimObject<F::Leaf>>(chunk)?.add(cx, facts),
        Kind::Volume => format.read::<resource::VolumeObject<F::Leaf>>(chunk)?.add(cx, facts),
        Kind::StorageClass => format.read::<resource::StorageClassObject<F::Leaf>>(chunk)?.add(cx, facts),
        Kind::Config(kind) => format.read::<resource::ConfigObject<F::Leaf>>(chunk)?.add(kind, cx, facts),
        Kind::ServiceAccount => format.read::<resource::ServiceAccountObject<F::Leaf>>(chunk)?.add(cx, facts),
        Kind::Service => format.read::<resource::ServiceObject<F::Leaf>>(chunk)?.add(cx, facts),
        Kind::Endpoints => format.read::<resource::EndpointsObject<F::Leaf>>(chunk)?.add(cx, facts),
        Kind::EndpointSlice => format.read::<resource::EndpointSliceObject<F::Leaf>>(chunk)?.add(cx, facts),
        Kind::Operator(kind) => format.read::<operator::OperatorObject<F::Leaf>>(chunk)?.add(kind, cx, facts),
        Kind::SigningRequest => {
            format.read::<signing_request::SigningRequestObject<F::Leaf>>(chunk)?.add(cx, facts);
        }
        Kind::Quota => format.read::<resource::QuotaObject<F::Leaf>>(chunk)?.add(cx, facts),
        Kind::PodMetrics => format.read::<resource::MetricsObject<F::Leaf>>(chunk)?.add(false, cx, facts),
        Kind::NodeMetrics => format.read::<resource::MetricsObject<F::Leaf>>(chunk)?.add(true, cx, facts),
        Kind::Summary => format.read::<resource::SummaryObject<F::Leaf>>(chunk)?.add(cx, facts),
        Kind::Version => format.read::<resource::VersionObject<F::Leaf>>(chunk)?.add(cx, facts),
        Kind::Status => return Ok(format.read::<resource::StatusObject<F::Leaf>>(chunk)?.gap(cx)),
    }
    Ok(None)
}

/// A piece of a pod with the name that the kubelet's messages in its states give: `pod=web-0_shop(1b2c)`.
fn named_by_states(mut pod: Pod) -> Pod {
    let states = pod.containers.iter().flat_map(|c| c.state.iter().chain(&c.last_state));
    let message = states.filter_map(|state| state.message.as_ref()).find_map(|message| {
        let named = crate::parse::events::pod_in(&message.value)?;
        Some((named, message.place.clone()))
    });
    if let Some((named, place)) = message.filter(|_| pod.name.is_none()) {
        pod.name = Some(Located::new(named.name, place.clone()));
        pod.namespace = pod.namespace.or(named.namespace.map(|namespace| Located::new(namespace, place)));
    }
    pod
}

/// Where an object stands, for the words of a gap.
#[derive(Debug, Clone, Copy)]
enum Spot {
    /// A document of its own.
    Document,
    /// The item of this index.
    Item(usize),
}

/// Takes the objects of one section and words what is wrong with them.
struct Reader<'r> {
    section: &'r Section<'r>,
    lines: &'r LineIndex<'r>,
    texts: Rc<Texts>,
    facts: &'r mut Facts,
    gaps: usize,
    /// How often it was tried to go on behind a break.
    resumes: usize,
    /// What the facts take, as it is estimated, those of other readers of the section among them, and may take.
    spent: Arc<AtomicU64>,
    room: u64,
    /// How many objects were left out because there was no room for them.
    left_out: usize,
}

impl<'r> Reader<'r> {
    fn new(section: &'r Section<'r>, lines: &'r LineIndex<'r>, facts: &'r mut Facts) -> Self {
        let room = ROOM_BYTES + ROOM_TIMES * section.text.len() as u64;
        let spent = Arc::default();
        Reader { section, lines, texts: Rc::default(), facts, gaps: 0, resumes: 0, spent, room, left_out: 0 }
    }

    /// A reader that spends the same room as another one of its section.
    fn sharing(
        section: &'r Section<'r>,
        lines: &'r LineIndex<'r>,
        spent: &Arc<AtomicU64>,
        facts: &'r mut Facts,
    ) -> Self {
        Reader { spent: Arc::clone(spent), ..Reader::new(section, lines, facts) }
    }

    /// Whether there is no room for another object.
    fn is_full(&self) -> bool {
        self.spent.load(Ordering::Relaxed) > self.room
    }

    /// The context of a piece that starts at byte `at` of the section's text.
    fn context<'c>(&self, chunk: &'c str, at: usize) -> Context<'c>
    where
        'r: 'c,
    {
        Context::new(self.section, self.lines, &self.texts, chunk, at)
    }

    /// Reads one object that starts at byte `at` of the section's text.
    fn object<'c, F: Format<'c>>(
        &mut self,
        format: &F,
        kind: Kind,
        chunk: &'c str,
        at: usize,
        spot: Spot,
    ) -> Result<(), u64>
    where
        'r: 'c,
    {
        self.object_in(format, kind, self.context(chunk, at), chunk, at, spot)
    }

    /// Reads one object in a context of its own.
    fn object_in<'c, F: Format<'c>>(
        &mut self,
        format: &F,
        kind: Kind,
        cx: Context<'c>,
        chunk: &'c str,
        at: usize,
        spot: Spot,
    ) -> Result<(), u64>
    where
        'r: 'c,
    {
        if self.is_full() {
            self.left_out += 1;
            return Ok(());
        }
        leaf::kept();
        let pods = self.facts.pods.len();
        let refusal = convert(format, kind, chunk, &cx, self.facts)?;
        let containers: usize = self.facts.pods[pods..].iter().map(|pod| pod.containers.len()).sum();
        let (elements, cut) = leaf::kept();
        let takes = OBJECT_BYTES * (1 + containers as u64) + ELEMENT_BYTES * elements;
        self.spent.fetch_add(takes, Ordering::Relaxed);
        if cut {
            let what = format!("the object on line {} has more elements in one list than are looked at", self.line(at));
            self.gap(GapKind::Truncated, what, "what the last of them say".to_owned());
        }
        if let Some((kind, message)) = refusal {
            self.gap(kind, format!("the API server said: {message}"), "what the command was to print".to_owned());
        }
        if let Some(wrong) = cx.wrong() {
            let where_ = match (spot, wrong) {
                (_, Wrong::Value(offset)) => format!("the value on line {}", self.line(offset)),
                (Spot::Item(index), Wrong::Field(field)) => {
                    format!("`{field}` of items[{index}] on line {}", self.line(at))
                }
                (Spot::Document, Wrong::Field(field)) => format!("`{field}` of the object on line {}", self.line(at)),
            };
            let what = format!("{where_} is of another type than Kubernetes gives it");
            self.gap(GapKind::Unreadable, what, "what that field says".to_owned());
        }
        Ok(())
    }

    /// The place of the line with byte `offset` of the section's text.
    fn place(&self, offset: usize) -> crate::text::Place {
        let mut place = self.lines.value_place(self.section.id.file, offset, 1, &self.texts);
        place.line += self.section.first_line.saturating_sub(1);
        place
    }

    /// The line of the file on which byte `offset` of the section's text stands, white space passed over.
    fn line(&self, offset: usize) -> u64 {
        let text = self.section.text.get(offset..).unwrap_or_default();
        let blanks = text.len() - text.trim_start().len();
        self.lines.line_of(offset + blanks) + self.section.first_line.saturating_sub(1)
    }

    fn gap(&mut self, kind: GapKind, what: String, prevents: String) {
        self.gaps += 1;
        if self.gaps <= GAPS {
            self.facts.gaps.push(Gap { path: self.section.path.to_owned(), kind, what, prevents });
        }
    }

    /// Takes what another reader of the same section found, of whose `gaps` the first are among the facts.
    fn append(&mut self, mut facts: Facts, gaps: usize) {
        facts.gaps.truncate(GAPS.saturating_sub(self.gaps));
        self.gaps += gaps;
        self.facts.append(facts);
    }

    /// A gap for an object that is dropped.
    fn unreadable(&mut self, spot: Spot, kind: Option<&str>, at: usize, why: &str) {
        self.unreadable_on(spot, kind, self.line(at), why);
    }

    /// The same for one that starts on this line.
    fn unreadable_on(&mut self, spot: Spot, kind: Option<&str>, line: u64, why: &str) {
        let what = match spot {
            Spot::Document => format!("the object on line {line} {why}"),
            Spot::Item(index) => format!("items[{index}] on line {line} {why}"),
        };
        self.gap(GapKind::Unreadable, what, format!("what this {} shows", kind.unwrap_or("object")));
    }

    /// A gap for a text that ends in the middle of a list.
    fn cut_after(&mut self, items: usize) {
        let what = match items {
            0 => "it ends in the middle of the first item".to_owned(),
            1 => "it ends in the middle, after 1 complete item".to_owned(),
            _ => format!("it ends in the middle, after {items} complete items"),
        };
        self.gap(GapKind::Truncated, what, format!("the objects from items[{items}] on"));
    }

    /// A gap for a text that ends in the middle of an object.
    fn cut_in(&mut self, kind: Option<&str>, at: usize) {
        let kind = kind.unwrap_or("object");
        let what = format!("it ends in the middle of the {kind} on line {}", self.line(at));
        self.gap(GapKind::Truncated, what, format!("the rest of this {kind}"));
    }

    /// A text in which no object was found.
    fn nothing(&mut self, syntax: &str) {
        if self.section.text.trim().is_empty() {
            self.gap(GapKind::Empty, "it holds nothing".to_owned(), "what the command was to print".to_owned());
        } else if !matches!(self.section.text.trim(), "null" | "[]" | "{}") {
            let what = format!("it holds no {syntax} object");
            self.gap(GapKind::Unreadable, what, "what the command was to print".to_owned());
        }
    }

    /// Counts the gaps that were not told one by one.
    fn finish(self) {
        if self.left_out > 0 {
            let gap = no_room(self.section, &format!("{} are", self.left_out));
            self.facts.gaps.push(gap);
        }
        if self.gaps > GAPS {
            self.facts.gaps.push(Gap {
                path: self.section.path.to_owned(),
                kind: GapKind::Unreadable,
                what: format!("{} more of its objects cannot be read in full", self.gaps - GAPS),
                prevents: "what these objects show".to_owned(),
            });
        }
    }
}

/// What is said where objects were left out.
fn no_room(section: &Section<'_>, which: &str) -> Gap {
    Gap {
        path: section.path.to_owned(),
        kind: GapKind::Truncated,
        what: format!("holds more objects than there is memory for: {which} not looked at"),
        prevents: "what these objects show".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::Ordering;

    use super::{OBJECT_BYTES, Reader, is_empty_list, json};
    use crate::artifact::{Artifact, Hint};
    use crate::model::cluster::Facts;
    use crate::parse::Section;
    use crate::text::{LineIndex, SectionId};

    fn section(text: &str) -> Section<'_> {
        let id = SectionId::default();
        Section {
            id,
            artifact: Artifact::Json,
            path: "p.json",
            first_line: 1,
            text,
            hint: Hint::default(),
            command: None,
        }
    }

    #[test]
    fn the_first_objects_find_room_whatever_the_threads() {
        let pods: Vec<String> =
            (0..2000).map(|n| format!(r#"{{"kind":"Pod","metadata":{{"name":"p-{n}"}}}}"#)).collect();
        let text = format!(r#"{{"kind":"List","apiVersion":"v1","items":[{}]}}"#, pods.join(",\n"));
        let (section, lines) = (section(&text), LineIndex::new(&text));
        let mut facts = Facts::default();
        let mut reader = Reader::new(&section, &lines, &mut facts);
        reader.room = 1000 * OBJECT_BYTES - 1;
        json::documents(&mut reader, &text, 0);
        assert_eq!((reader.left_out, reader.spent.load(Ordering::Relaxed) / OBJECT_BYTES), (1000, 1000));
        reader.finish();
        let names: Vec<&str> = facts.pods.iter().flat_map(|pod| &pod.name).map(|name| name.value.as_str()).collect();
        assert_eq!((names.len(), names[0], names[999]), (1000, "p-0", "p-999"));
        assert_eq!(facts.gaps[0].what, "holds more objects than there is memory for: 1000 are not looked at");
    }

    #[test]
    fn of_one_list_no_more_is_kept_than_an_object_holds() {
        let many = vec!["null"; 300_000].join(",");
        let text = format!(
            r#"{{"kind":"Pod","metadata":{{"name":"p"}},"spec":{{"containers":[{{"name":"a"}},{many}]}},"status":{{"phase":"Failed"}}}}"#
        );
        let mut facts = Facts::default();
        super::json(&section(&text), &mut facts);
        assert_eq!(facts.pods[0].containers.len(), 1);
        assert!(facts.pods[0].phase.is_some(), "what stands behind the list is read");
        assert!(facts.gaps[0].what.contains("more elements in one list"), "{:?}", facts.gaps);
    }

    #[test]
    fn lists_of_nothing() {
        for text in [
            "[]\n",
            "null",
            "{\"kind\":\"PodList\",\"items\":[]}",
            "{\n  \"items\": null\n}",
            "---\nitems: []\nkind: PodList\n",
            "items: null\n",
        ] {
            assert!(is_empty_list(text), "{text}");
        }
        for text in ["{}", "", "{\"items\":[{}]}", "items:\n- a\n", "{\"items\": 3}", "no items", "items: nullable"] {
            assert!(!is_empty_list(text), "{text}");
        }
    }
}
