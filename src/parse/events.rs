//! Event rows: the foot of `kubectl describe` (1.0 to today), `kubectl get events` in all its forms, `kubectl events`.
//!
//! Owns how one printed row, with the lines that continue it, becomes an [`Event`]. A row is read by the order of its
//! columns and by what a value must look like, never by where a column starts: tables collapse to single blanks in the
//! wild, lose their header, and are cut. Does not know which object a `describe` is of; its caller says so.

use std::cmp::Reverse;

use crate::model::time::{parse_age, parse_time};
use crate::model::{Event, EventType, Facts, Gap, GapKind, ObjectRef, When};
use crate::parse::Section;
use crate::text::{Place, SectionId};

use super::describe::kind;
use super::describe::lines::{self, Line, Wrap};

/// Characters of a name that a gap repeats.
const NAME: usize = 100;

/// The gap of an object with more events than are looked at.
pub(crate) fn too_many(path: &str, all: usize, kind: &str, name: &str) -> Gap {
    Gap {
        path: path.to_owned(),
        kind: GapKind::Truncated,
        what: format!("holds {all} events of {}; the latest {EVENTS} are looked at", named(kind, name)),
        prevents: "what came before them".to_owned(),
    }
}

/// An object in the words of a gap: `pod web-0`, `one pod`.
pub(crate) fn named(kind: &str, name: &str) -> String {
    let short = |text: &str| text.chars().take(NAME).collect::<String>();
    if name.is_empty() { format!("one {}", short(kind)) } else { format!("{} {}", short(kind), short(name)) }
}

/// The longest message kept, in bytes: a row's continuation lines end there.
const MESSAGE_BYTES: usize = 64 * 1024;

/// Events of an object that are looked at, the latest ones.
pub(crate) const EVENTS: usize = 1000;

/// What tells a row from other lines stands within this many bytes.
const HEAD_BYTES: usize = 2048;

/// Whether a single line, without its table, is a row of an event table.
///
/// True only where type, age and shape agree: `Warning  BackOff  5s (x3 over 9s)  kubelet  ...`,
/// `5s  Warning  BackOff  pod/x  ...`, `1m 1m 1 {kubelet node} ... Normal Pulled ...`.
pub fn looks_like_event_row(line: &str) -> bool {
    let cleaned = lines::clean(line);
    let text = cleaned.trim().trim_start_matches(['#', '>']).trim_start();
    is_row(text)
}

/// Whether a line is the header of an event table: `LAST SEEN  TYPE  REASON  OBJECT  MESSAGE`, `Type Reason Age From Message`.
pub fn looks_like_event_header(line: &str) -> bool {
    let cleaned = lines::clean(line);
    header(cleaned.trim().trim_start_matches(['#', '>']).trim_start()).is_some()
}

/// Reads a table of events into `facts.events`. Rows that name no object (the foot of a `describe` that lost the rest)
/// are read as a `describe` fragment, so that they have an object to belong to.
pub fn table(section: &Section<'_>, facts: &mut Facts) {
    let section = &section.bounded(super::table::LINES, facts);
    let (all, wrap) = lines::read(section, starts_row);
    let mut reader = Reader::new(wrap);
    for line in &all {
        reader.push(line);
    }
    let (rows, _) = reader.finish();
    if !rows.is_empty() && rows.iter().all(|row| row.object.kind.is_none() && row.object.name.is_none()) {
        super::describe::describe(section, facts);
        return;
    }
    let stated = section.hint.namespace.clone().or_else(|| section.command.and_then(kind::namespace_of_command));
    let namespace = stated.or_else(|| only_namespace(&rows));
    let base = ObjectRef { namespace, ..ObjectRef::default() };
    facts.events.extend(rows.into_iter().map(|row| row.into_event(section.id, &base)));
}

/// The namespace that the rows' own messages give, where the table has no column for it (so it shows one namespace) and
/// no two messages differ.
fn only_namespace(rows: &[Row]) -> Option<String> {
    if rows.iter().any(|row| row.object.namespace.is_some()) {
        return None;
    }
    let mut found: Option<String> = None;
    for row in rows.iter().filter(|row| row.object.kind.as_deref() == Some("Pod")) {
        let Some(pod) = pod_in(&row.message) else { continue };
        let Some(namespace) = pod.namespace.filter(|_| row.object.name.as_deref() == Some(pod.name.as_str())) else {
            continue;
        };
        match &found {
            Some(other) if *other != namespace => return None,
            _ => found = Some(namespace),
        }
    }
    found
}

/// One row with the lines that continue it.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    /// `Normal` or `Warning`.
    pub event_type: Option<EventType>,
    /// Reason.
    pub reason: String,
    /// Message without the `spec.containers{x}: ` prefix.
    pub message: String,
    /// What the row itself says of its object.
    pub object: ObjectRef,
    /// Component.
    pub component: Option<String>,
    /// Node of the component.
    pub host: Option<String>,
    /// How often.
    pub count: u64,
    /// First seen.
    pub first_seen: Option<When>,
    /// Last seen.
    pub last_seen: Option<When>,
    /// The row's (first) line.
    pub place: Place,
}

impl Row {
    /// Whether it says nothing of its object, as under a `describe`: in a table of a namespace each row names its own.
    fn is_of_one(&self) -> bool {
        self.object.kind.is_none() && self.object.name.is_none()
    }

    /// What the scheduler says since 1.6 is one line: where it stands on several, a hand or a page has broken it.
    fn of_the_scheduler(mut self) -> Row {
        if self.message.contains('\n') && self.message.contains(" nodes are available") {
            self.message = self.message.split_whitespace().collect::<Vec<_>>().join(" ");
        }
        self
    }

    /// A row of a message that stands alone; `None` for words that are not Kubernetes' own.
    pub fn of_message(message: &str, place: Place) -> Option<Row> {
        let reason = message_reason(message)?;
        Some(Row { event_type: Some(EventType::Warning), place, ..Row::said(reason, message) })
    }

    /// A row of which only reason and message are known.
    fn said(reason: &str, message: &str) -> Row {
        Row {
            event_type: None,
            reason: reason.to_owned(),
            message: message.to_owned(),
            object: ObjectRef::default(),
            component: None,
            host: None,
            count: 1,
            first_seen: None,
            last_seen: None,
            place: Place { file: crate::text::FileId(0), line: 0, column: None, text: "".into() },
        }
    }

    /// The event; what the row does not say of its object comes from `base`, the object of the `describe`.
    pub fn into_event(self, section: SectionId, base: &ObjectRef) -> Event {
        let own = self.object;
        let kind = own.kind.or_else(|| base.kind.clone());
        let namespaced = !kind.as_deref().is_some_and(kind::is_cluster_scoped);
        Event {
            section,
            event_type: self.event_type,
            reason: self.reason,
            object: ObjectRef {
                namespace: own.namespace.or_else(|| base.namespace.clone()).filter(|_| namespaced),
                name: own.name.or_else(|| base.name.clone()),
                container: own.container.or_else(|| container_in(&self.message)),
                kind,
            },
            message: self.message,
            component: self.component,
            host: self.host,
            count: self.count,
            first_seen: self.first_seen,
            last_seen: self.last_seen,
            place: self.place,
        }
    }
}

/// Gathers rows from lines: headers, rulers, rows, and what continues a row.
#[derive(Debug)]
pub(crate) struct Reader {
    wrap: Wrap,
    columns: Option<Vec<Column>>,
    /// The output begins with a message that lost its row: others may follow.
    bare: bool,
    open: Option<Open>,
    rows: Vec<Row>,
    /// How many of them are of the one object that is described.
    of_one: usize,
    /// How many of those were older than the latest that are looked at, and are dropped.
    older: usize,
}

/// A row whose message may go on.
#[derive(Debug)]
struct Open {
    place: Place,
    text: String,
    /// Characters of the last physical line.
    width: usize,
    /// How many lines continue the first.
    lines: usize,
    /// Where the first line ends, if it is as long as the longest of the output.
    broken: Option<usize>,
    /// Lines after a blank one: part of the message only if another row follows.
    pending: Option<String>,
}

impl Reader {
    /// A reader for an output that was broken at `wrap`.
    pub fn new(wrap: Wrap) -> Self {
        Reader { wrap, columns: None, bare: false, open: None, rows: Vec::new(), of_one: 0, older: 0 }
    }

    /// Takes the next line.
    pub fn push(&mut self, line: &Line<'_>) {
        let text = &*line.text;
        if self.rows.is_empty() && self.open.is_none() && self.columns.is_none() && message_reason(text).is_some() {
            self.bare = true;
        }
        if text.is_empty() {
            if let Some(open) = &mut self.open {
                open.pending.get_or_insert_default();
            }
        } else if lines::is_elision(text) {
            self.close(false);
        } else if lines::is_ruler(text) {
            self.close(true);
        } else if let Some(columns) = header(text) {
            self.close(true);
            self.columns = Some(columns);
        } else if self.row(text).is_some() || opens_row(text) {
            self.close(true);
            self.open = Some(Open {
                place: line.place(),
                text: shorten(text).to_owned(),
                width: line.width,
                lines: 0,
                broken: None,
                pending: None,
            });
        } else {
            self.go_on(line);
        }
    }

    /// The rows, in the order of the text, and how many there were: of one object the latest [`EVENTS`] are kept where there are
    /// many more.
    pub fn finish(mut self) -> (Vec<Row>, usize) {
        self.close(false);
        if self.older > 0 {
            self.keep_the_latest();
        }
        let all = self.rows.len() + self.older;
        (self.rows, all)
    }

    fn keep_the_latest(&mut self) {
        let mut by_age: Vec<usize> = (0..self.rows.len()).filter(|at| self.rows[*at].is_of_one()).collect();
        by_age.sort_by_key(|at| Reverse(self.rows[*at].last_seen.map(|when| when.order(None))));
        let mut older = vec![false; self.rows.len()];
        by_age.iter().skip(EVENTS).for_each(|at| older[*at] = true);
        self.of_one = by_age.len().min(EVENTS);
        self.older += by_age.len() - self.of_one;
        let mut older = older.into_iter();
        self.rows.retain(|_| !older.next().unwrap_or(false));
    }

    /// Reads a text as a row: by the header, else by any shape that kubectl prints, also where somebody drew the columns
    /// by other means or made a list of the rows.
    fn row(&self, text: &str) -> Option<Row> {
        let text = shorten(text);
        self.printed_row(text)
            .or_else(|| self.printed_row(&respaced(text)?))
            .or_else(|| reasoned(text))
            .map(Row::of_the_scheduler)
    }

    fn printed_row(&self, text: &str) -> Option<Row> {
        let by_header = self.columns.as_ref().and_then(|columns| read_row(columns, text, strict(columns), true));
        by_header
            .or_else(|| SHAPES.iter().find_map(|shape| parse(shape, text, true)))
            .or_else(|| ageless(text))
            .or_else(|| {
                let reason = message_reason(text).filter(|_| self.bare)?;
                Some(Row { event_type: Some(EventType::Warning), ..Row::said(reason, text) })
            })
    }

    /// Appends a line to the open row: without a blank where a terminal broke the line, else as a line of its own.
    fn go_on(&mut self, line: &Line<'_>) {
        let wrap = self.wrap;
        let Some(open) = &mut self.open else { return };
        if open.text.len() + line.text.len() > MESSAGE_BYTES {
            return;
        }
        if let Some(pending) = &mut open.pending {
            if pending.len() + line.text.len() <= MESSAGE_BYTES {
                pending.push('\n');
                pending.push_str(&line.text);
            }
            return;
        }
        open.lines += 1;
        if open.lines == 1 && open.width == wrap.longest && open.width >= 60 && !line.raw.starts_with(' ') {
            open.broken = Some(open.text.len());
        }
        open.text.push('\n');
        open.text.push_str(&line.text);
    }

    /// Ends the open row. What stood after a blank line belongs to it only where the table goes on.
    fn close(&mut self, goes_on: bool) {
        let Some(mut open) = self.open.take() else { return };
        // The longest line of the output, and a single line below it that goes on in mid-word: a terminal broke it.
        if let Some(at) = open.broken.filter(|_| open.lines == 1)
            && let (Some(before), Some(after)) = (open.text.get(..at), open.text.get(at + 1..))
            && before.ends_with(|c: char| c.is_alphanumeric())
            && after.starts_with(|c: char| c.is_alphanumeric())
            && !after.starts_with(|c: char| c.is_uppercase() && before.ends_with(|c: char| c.is_ascii_digit()))
        {
            open.text.remove(at);
        }
        if let Some(pending) = open.pending.take().filter(|pending| goes_on && !pending.is_empty()) {
            open.text.push_str(&pending);
        }
        if let Some(mut row) = self.row(&open.text) {
            row.place = open.place;
            self.of_one += usize::from(row.is_of_one());
            self.rows.push(row);
            if self.of_one >= 2 * EVENTS {
                self.keep_the_latest();
            }
        }
    }
}

/// A text cut to [`MESSAGE_BYTES`].
fn shorten(text: &str) -> &str {
    let mut end = text.len().min(MESSAGE_BYTES);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// Whether a text is a row or header by itself, for joining wrapped lines.
pub(crate) fn starts_row(text: &str) -> bool {
    header(text).is_some() || is_row(text)
}

/// Whether a text begins as a row of one of the [`SHAPES`], all of which have a type.
fn is_row(text: &str) -> bool {
    let mut end = text.len().min(HEAD_BYTES);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let head = text.get(..end).unwrap_or_default();
    let printed = |head: &str| SHAPES.iter().any(|shape| parse(shape, head, true).is_some()) || ageless(head).is_some();
    (head.contains("Normal") || head.contains("Warning"))
        && (printed(head) || opens_row(head) || respaced(head).is_some_and(|head| printed(&head)))
}

/// A row with blanks in place of what somebody put between its cells, or before it: `* Warning  Failed  ...`,
/// `Warning - Failed - 5s - kubelet - ...`, `| Warning | Failed | 5s | kubelet | ... |`.
fn respaced(text: &str) -> Option<String> {
    let bare = text.trim_start_matches(['*', '-', '+', '\u{2022}', '|', ' ']);
    let first = bare.split([' ', '|', ',', '\t']).next()?;
    let listed = bare.len() < text.len();
    let typed = matches!(first, "Normal" | "Warning");
    if !typed && (!listed || parse_age(first).is_none()) {
        return None;
    }
    let separator = [" | ", "|", " - ", ", ", ","].into_iter().find(|mark| bare[first.len()..].starts_with(mark));
    match separator {
        // The message, behind the fourth, may hold the mark as well.
        Some(mark) => Some(bare.trim_end_matches([' ', '|']).replacen(mark, "  ", 4)),
        None => listed.then(|| bare.to_owned()),
    }
}

/// What stands before the message of a row that is laid out over several lines: `Warning  FailedScheduling  default-scheduler`.
fn opens_row(text: &str) -> bool {
    let Some((kind, rest)) = word(text) else { return false };
    let Some((reason, rest)) = word(rest.trim_start()) else { return false };
    let source = take_source(rest.trim_start());
    let known = MESSAGES.iter().any(|(_, known)| *known == reason) || reason == "FailedScheduling";
    matches!(kind, "Normal" | "Warning") && known && source.component.is_some() && source.rest.trim().is_empty()
}

/// A waiting or failed reason with the message it came with: `ErrImagePull: rpc error: ...`, `[Evicted] The node was ...`.
fn reasoned(text: &str) -> Option<Row> {
    // `web-0   Evicted   The node was low on resource: memory.`: name, reason and message by a template.
    if let Some((name, rest)) = word(text)
        && is_name(name)
        && let Some((reason, rest)) = word(rest.trim_start())
        && let message = rest.trim_start()
        && message_reason(message) == Some(reason)
    {
        let mut row = Row { event_type: Some(EventType::Warning), ..Row::said(reason, message) };
        row.object.kind = Some("Pod".to_owned());
        row.object.name = Some(name.to_owned());
        return Some(row);
    }
    let bare = text.trim_start_matches(['*', '-', ' ', '[']);
    let end = bare.find(|c: char| !c.is_ascii_alphanumeric())?;
    let (reason, rest) = bare.split_at(end);
    let closed = rest.starts_with("] ") || rest.starts_with("]: ") || rest.starts_with(": ");
    let message = rest.trim_start_matches([']', ':', ' ']);
    let said = message_reason(message).filter(|_| closed)?;
    const WAITING: [&str; 9] = [
        "ErrImagePull",
        "ImagePullBackOff",
        "ErrImageNeverPull",
        "InvalidImageName",
        "ImageInspectError",
        "CreateContainerConfigError",
        "CreateContainerError",
        "RunContainerError",
        "CrashLoopBackOff",
    ];
    (said == reason || WAITING.contains(&reason))
        .then(|| Row { event_type: Some(EventType::Warning), ..Row::said(said, message) })
}

/// `Warning  FailedMount  MountVolume.SetUp failed ...`: a row that lost its age and source. Type, reason and the
/// beginning of the message must all be the kubelet's or the scheduler's.
fn ageless(text: &str) -> Option<Row> {
    let (kind, rest) = word(text)?;
    let event_type = match kind {
        "Normal" => EventType::Normal,
        "Warning" => EventType::Warning,
        _ => return None,
    };
    let (reason, rest) = word(rest.trim_start())?;
    let source = take_source(rest.trim_start());
    let message = [rest.trim_start(), source.rest.trim_start()].into_iter().find(|m| message_reason(m).is_some())?;
    let said = message_reason(message)?;
    let agrees = said == reason || matches!((reason, said), ("Failed", "FailedSync") | ("FailedSync", _));
    agrees.then(|| Row {
        event_type: Some(event_type),
        component: source.component,
        host: source.host,
        ..Row::said(reason, message)
    })
}

/// How the messages begin that Kubernetes writes into events, and their reasons.
const MESSAGES: [(&str, &str); 59] = [
    ("Failed to pull image \"", "Failed"),
    ("Failed to apply default image tag ", "InspectFailed"),
    ("Error: ErrImagePull", "Failed"),
    ("Error: ImagePullBackOff", "Failed"),
    ("Error: ErrImageNeverPull", "Failed"),
    ("Error: InvalidImageName", "Failed"),
    ("Error: RunContainerError", "Failed"),
    ("Back-off pulling image \"", "BackOff"),
    ("Back-off restarting failed container", "BackOff"),
    ("Container image \"", "ErrImageNeverPull"),
    ("Error: failed to start container \"", "Failed"),
    ("Error: failed to create containerd ", "Failed"),
    ("Error: failed to create shim task", "Failed"),
    ("Error: failed to generate container \"", "Failed"),
    ("Error: failed to generate spec", "Failed"),
    ("Error: failed to reserve container name", "Failed"),
    ("Error: failed to prepare subPath for volumeMount", "Failed"),
    ("Error: container create failed", "Failed"),
    ("Error: container has runAsNonRoot", "Failed"),
    ("Error: couldn't find key ", "Failed"),
    ("Error: Error response from daemon: ", "Failed"),
    ("Error response from daemon: OCI runtime create failed", "Failed"),
    ("Error response from daemon: failed to create ", "Failed"),
    ("failed to start container \"", "Failed"),
    ("failed to create containerd task: ", "Failed"),
    ("failed to create shim task: ", "Failed"),
    ("OCI runtime create failed: ", "Failed"),
    ("container has runAsNonRoot and image ", "Failed"),
    ("MountVolume.", "FailedMount"),
    ("Unable to attach or mount volumes: ", "FailedMount"),
    ("Unable to mount volumes for pod \"", "FailedMount"),
    ("AttachVolume.Attach failed ", "FailedAttachVolume"),
    ("Multi-Attach error for volume \"", "FailedAttachVolume"),
    ("Failed to create pod sandbox", "FailedCreatePodSandBox"),
    ("Failed create pod sandbox", "FailedCreatePodSandBox"),
    ("no nodes available to schedule pods", "FailedScheduling"),
    ("No nodes are available that match all of the ", "FailedScheduling"),
    ("pod has unbound immediate PersistentVolumeClaims", "FailedScheduling"),
    ("running PreBind plugin \"", "FailedScheduling"),
    ("Liveness probe failed: ", "Unhealthy"),
    ("Readiness probe failed: ", "Unhealthy"),
    ("Startup probe failed: ", "Unhealthy"),
    ("Liveness probe errored: ", "Unhealthy"),
    ("Error syncing pod, skipping: ", "FailedSync"),
    ("The node was low on resource: ", "Evicted"),
    ("The node had condition: [", "Evicted"),
    ("Pod ephemeral local storage usage exceeds ", "Evicted"),
    ("Usage of EmptyDir volume \"", "Evicted"),
    ("Pod was evicted", "Evicted"),
    ("Readiness probe errored: ", "Unhealthy"),
    ("Startup probe errored: ", "Unhealthy"),
    ("Exec lifecycle hook (", "FailedPostStartHook"),
    ("PostStartHook failed", "FailedPostStartHook"),
    ("Failed to inspect image \"", "InspectFailed"),
    ("failed to pull and unpack image \"", "Failed"),
    ("failed to resolve reference \"", "Failed"),
    ("Error: context deadline exceeded", "Failed"),
    ("Error: failed to sync configmap cache", "Failed"),
    ("Error: failed to sync secret cache", "Failed"),
];

/// The reason under which Kubernetes says a message that begins like this one; `None` for other words.
fn message_reason(message: &str) -> Option<&'static str> {
    if let Some((_, reason)) = MESSAGES.iter().find(|(start, _)| message.starts_with(start)) {
        // `Container image "x" is not present with pull policy of Never` is the one that tells of a failure.
        return Some(*reason)
            .filter(|reason| *reason != "ErrImageNeverPull" || message.contains("pull policy of Never"));
    }
    let nodes = message.split_once(" nodes are available").is_some_and(|(count, _)| {
        count.split_once('/').is_some_and(|(some, all)| {
            [some, all].iter().all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()))
        })
    });
    let named = |start: &str| {
        message.strip_prefix("Error: ").unwrap_or(message).strip_prefix(start).is_some_and(|rest| {
            rest.ends_with(" not found") && rest.split_whitespace().count() == 3 && message.starts_with("Error: ")
        })
    };
    let refused = [
        "Error creating: pods \"",
        "unable to create pods: pods \"",
        "create Pod ",
        "pods \"",
        "Error creating: admission webhook",
        "Error creating: Internal error occurred: failed calling ",
        "Internal error occurred: failed calling ",
    ]
    .iter()
    .any(|start| message.starts_with(start))
        && ["\" is forbidden: ", "denied the request", "failed calling "].iter().any(|words| message.contains(words));
    // A pull that failed, as the runtime says it.
    let pull = message.starts_with("rpc error: code = ")
        && ["pull", "manifest", "image", "registry"].iter().any(|word| message.contains(word));
    if refused {
        Some("FailedCreate")
    } else if pull {
        Some("Failed")
    } else if nodes {
        Some("FailedScheduling")
    } else if named("configmap ") || named("secret ") {
        Some("Failed")
    } else if message.starts_with("Container ") && message.ends_with(" probe, will be restarted") {
        Some("Killing")
    } else {
        None
    }
}

/// Whether a line is a message of Kubernetes that stands alone, without its row.
pub fn is_bare_message(line: &str) -> bool {
    let cleaned = lines::clean(line);
    let text = cleaned.trim();
    message_reason(text).is_some() || reasoned(text).is_some()
}

/// A column of an event table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Column {
    Namespace,
    First,
    Last,
    Count,
    Source,
    SubObject,
    Type,
    Reason,
    Object,
    Kind,
    Name,
    Message,
    Other,
}

use Column::{Count, First, Kind, Last, Message, Name, Namespace, Object, Reason, Source, SubObject, Type};

/// The tables that kubectl prints, for rows without a header, the more telling first.
const SHAPES: [&[Column]; 11] = [
    // describe, 1.7 on
    &[Type, Reason, Last, Source, Message],
    // get events -o wide, then without
    &[Last, Type, Reason, Object, SubObject, Source, Message, First, Count, Name],
    &[Last, Type, Reason, Object, Message],
    &[Namespace, Last, Type, Reason, Object, SubObject, Source, Message, First, Count, Name],
    &[Namespace, Last, Type, Reason, Object, Message],
    // describe, 1.0 to 1.6
    &[First, Last, Count, Source, SubObject, Type, Reason, Message],
    // get events to 1.12
    &[Last, First, Count, Name, Kind, SubObject, Type, Reason, Source, Message],
    &[Namespace, Last, First, Count, Name, Kind, SubObject, Type, Reason, Source, Message],
    // get events 1.13, 1.14
    &[Last, Type, Reason, Kind, Message],
    // custom columns without a time
    &[Type, Reason, Object, Message],
    &[Namespace, Type, Reason, Object, Message],
];

/// Reads a header. `None` for anything else.
fn header(text: &str) -> Option<Vec<Column>> {
    if text.len() > 400 || !text.contains(|c: char| c.is_ascii_uppercase()) {
        return None;
    }
    let mut words = text.split_whitespace().peekable();
    let (mut columns, mut unknown) = (Vec::new(), 0);
    while let Some(word) = words.next() {
        if !word.starts_with(|c: char| c.is_ascii_uppercase()) {
            return None;
        }
        let lower = word.to_ascii_lowercase();
        if matches!(lower.as_str(), "last" | "first")
            && words.peek().is_some_and(|next| next.eq_ignore_ascii_case("seen"))
        {
            words.next();
            columns.push(if lower == "last" { Last } else { First });
            continue;
        }
        columns.push(match lower.as_str() {
            "namespace" => Namespace,
            "lastseen" | "last" | "age" | "time" | "timestamp" | "lasttimestamp" | "last_seen" | "when" => Last,
            "firstseen" | "first" | "firsttimestamp" | "first_seen" => First,
            "count" => Count,
            "from" | "source" | "component" => Source,
            "subobject" | "subobjectpath" => SubObject,
            "type" => Type,
            "reason" => Reason,
            "object" | "involvedobject" => Object,
            "kind" => Kind,
            "name" => Name,
            "message" | "msg" => Message,
            _ => {
                unknown += 1;
                Column::Other
            }
        });
    }
    let has = |column| columns.contains(&column);
    let known = columns.len().saturating_sub(unknown);
    // A condition table has Type, Reason and Message too, and Status or a transition time besides.
    (known >= 3 && unknown * 2 < known && has(Reason) && (has(Message) || has(Last)) && (unknown == 0 || has(Message)))
        .then_some(columns)
        .filter(|columns| !(unknown > 0 && columns.get(1) == Some(&Column::Other) && columns.first() == Some(&Type)))
}

/// Whether the columns of a header tell a row from a line that continues a message.
fn strict(columns: &[Column]) -> bool {
    columns.iter().any(|column| matches!(column, Type | Last | First | Object | Kind))
}

/// Reads a text by the columns of a shape.
fn parse(columns: &[Column], text: &str, strict: bool) -> Option<Row> {
    read_row(columns, text, strict, false)
}

/// Reads a text by columns. In `strict` reading every value must look like what its column holds; without a header
/// (`headed`) a name behind the message must look like that of an event.
fn read_row(columns: &[Column], text: &str, strict: bool, headed: bool) -> Option<Row> {
    let mut row = Row::said("", "");
    let has = |column| columns.contains(&column);
    let message_at = columns.iter().position(|column| *column == Message).unwrap_or(columns.len());
    let mut rest = text;
    let mut stated = 0usize;
    for column in columns.get(..message_at)? {
        rest = rest.trim_start_matches([' ', '\t']);
        match column {
            Namespace => {
                let (word, after) = word(rest)?;
                if strict && (!is_name(word) || parse_age(word).is_some()) {
                    return None;
                }
                row.object.namespace = Some(word.to_owned()).filter(|word| !is_nothing(word));
                rest = after;
            }
            Last | First => {
                let Some(time) = take_time(rest) else {
                    if strict {
                        return None;
                    }
                    continue;
                };
                stated += 1;
                let slot = if *column == Last { &mut row.last_seen } else { &mut row.first_seen };
                *slot = time.when;
                if let Some((count, first)) = time.repeated {
                    row.count = count;
                    row.first_seen = first;
                }
                rest = time.rest;
            }
            Count => {
                let (word, after) = word(rest)?;
                match word.parse::<u64>() {
                    Ok(count) => row.count = count.max(1),
                    Err(_) if strict && !is_nothing(word) => return None,
                    Err(_) => {}
                }
                rest = after;
            }
            Source => {
                let source = take_source(rest);
                row.component = source.component;
                row.host = source.host;
                rest = source.rest;
            }
            SubObject => {
                if let Some((container, after)) = take_sub_object(rest) {
                    row.object.container = container;
                    rest = after;
                }
            }
            Type => {
                let (word, after) = word(rest)?;
                row.event_type = match word {
                    "Normal" => Some(EventType::Normal),
                    "Warning" => Some(EventType::Warning),
                    _ => None,
                };
                // Kubernetes 1.0 and 1.1 print no type.
                if row.event_type.is_some() || is_nothing(word) {
                    stated += 1;
                    rest = after;
                } else if strict {
                    return None;
                }
            }
            Reason => {
                let (word, after) = word(rest)?;
                if !is_reason(word) {
                    return None;
                }
                row.reason = word.to_owned();
                rest = after;
            }
            Object => {
                let (mut word, mut after) = word(rest)?;
                if let Some(end) = glued(word) {
                    (word, after) = rest.split_at(end);
                }
                match object(word) {
                    Some((kind, name)) => {
                        row.object.kind = Some(kind);
                        row.object.name = Some(name);
                        stated += 1;
                    }
                    None if strict => return None,
                    None => row.object.name = Some(word.to_owned()).filter(|word| !is_nothing(word)),
                }
                rest = after;
            }
            Kind => {
                let (word, after) = word(rest)?;
                if let Some((kind, name)) = object(word) {
                    row.object.kind = Some(kind);
                    row.object.name = Some(name);
                } else if word.starts_with(|c: char| c.is_ascii_uppercase())
                    && word.chars().all(|c| c.is_ascii_alphanumeric())
                {
                    row.object.kind = Some(kind::canonical(word));
                } else if strict {
                    return None;
                }
                rest = after;
            }
            Name => {
                let (word, after) = word(rest)?;
                if strict && !is_name(word) {
                    return None;
                }
                if !has(Object) {
                    row.object.name = Some(without_event_suffix(word).to_owned());
                }
                rest = after;
            }
            Column::Other => {
                let (_, after) = cell(rest).or_else(|| word(rest))?;
                rest = after;
            }
            Message => {}
        }
    }
    let mut message = rest.trim();
    for column in columns.get(message_at + 1..).unwrap_or_default().iter().rev() {
        let (before, last) = message.rsplit_once([' ', '\t', '\n'])?;
        let taken = match column {
            Name => is_name(last) && (headed || !strict || without_event_suffix(last).len() < last.len()),
            Count => last.parse().map(|count: u64| row.count = count.max(1)).is_ok(),
            First | Last => {
                let time = take_time(last);
                if let Some(time) = &time {
                    row.first_seen = time.when;
                }
                time.is_some()
            }
            _ => !strict,
        };
        if !taken {
            return None;
        }
        message = before.trim_end();
    }
    if has(First) && has(Last) && swapped(row.first_seen, row.last_seen) {
        std::mem::swap(&mut row.first_seen, &mut row.last_seen);
    }
    if stated == 0 && strict || row.reason.is_empty() {
        return None;
    }
    if let Some((container, after)) =
        message.split_once(": ").and_then(|(path, after)| Some((sub_object(path)?, after)))
    {
        row.object.container = container.or(row.object.container);
        message = after.trim_start();
    }
    row.message = message.to_owned();
    Some(row)
}

/// Whether "first seen" is younger than "last seen": the columns stood the other way round.
fn swapped(first: Option<When>, last: Option<When>) -> bool {
    match (first, last) {
        (Some(When::Ago(first)), Some(When::Ago(last))) => first < last,
        (Some(When::At(first)), Some(When::At(last))) => first > last,
        _ => false,
    }
}

/// The first word and what follows it.
fn word(text: &str) -> Option<(&str, &str)> {
    let end = text.find(char::is_whitespace).unwrap_or(text.len());
    (end > 0).then(|| (&text[..end], &text[end..]))
}

/// What stands before the next two blanks or tab, and what follows; `None` where the line has no such gap.
fn cell(text: &str) -> Option<(&str, &str)> {
    let line = text.split('\n').next().unwrap_or(text);
    let gap = [line.find("  "), line.find('\t')].into_iter().flatten().min()?;
    (gap > 0).then(|| (line[..gap].trim_end(), &text[gap..]))
}

/// `<none>`, `<unknown>` and the like.
fn is_nothing(word: &str) -> bool {
    matches!(word, "<none>" | "<nil>" | "<unknown>" | "<invalid>" | "<unset>" | "null" | "-")
}

/// Whether a word can name an object.
fn is_name(word: &str) -> bool {
    !word.is_empty()
        && word.len() <= 253
        && word.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_' | ':'))
        && word.starts_with(|c: char| c.is_ascii_alphanumeric())
        && word.ends_with(|c: char| c.is_ascii_alphanumeric())
}

/// Whether a word can be a reason.
fn is_reason(word: &str) -> bool {
    word.len() <= 128
        && word.starts_with(|c: char| c.is_ascii_alphabetic())
        && word.ends_with(|c: char| c.is_ascii_alphanumeric())
        && word.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
}

/// `pod/web-1`, `Pod/web-1`, `deployment.apps/web`.
fn object(word: &str) -> Option<(String, String)> {
    let (kind, name) = word.split_once('/')?;
    let plain = !kind.is_empty() && kind.chars().all(|c| c.is_ascii_alphanumeric() || c == '.') && !kind.contains("..");
    (plain && kind.starts_with(|c: char| c.is_ascii_alphabetic()) && is_name(name))
        .then(|| (kind::canonical(kind), name.to_owned()))
}

/// Where the name ends that a message is glued to, for names of pods have no capitals: `pod/web-0Failed to pull image`.
fn glued(word: &str) -> Option<usize> {
    let name = word.strip_prefix("pod/").or_else(|| word.strip_prefix("Pod/"))?;
    let end = name.find(|c: char| c.is_ascii_uppercase()).filter(|end| *end > 0)?;
    Some(word.len() - name.len() + end)
}

/// The object's name from an event's: `web-1.17a3f0c2b41d9e55` is about `web-1`.
fn without_event_suffix(name: &str) -> &str {
    match name.rsplit_once('.') {
        Some((object, suffix))
            if (12..=20).contains(&suffix.len())
                && suffix.chars().all(|c| c.is_ascii_hexdigit())
                && !object.is_empty() =>
        {
            object
        }
        _ => name,
    }
}

/// A time cell.
struct Time<'a> {
    when: Option<When>,
    /// `(x12 over 80s)`: count and first seen.
    repeated: Option<(u64, Option<When>)>,
    rest: &'a str,
}

/// Reads an age or time, with `(x12 over 80s)` behind it.
fn take_time(text: &str) -> Option<Time<'_>> {
    let (first, after) = word(text)?;
    let (when, mut rest) = if let Some(age) = parse_age(first) {
        (Some(When::Ago(age)), after)
    } else if is_nothing(first) || matches!(first, "..." | "\u{2026}") {
        (None, after)
    } else if first.contains('T') && first.starts_with(|c: char| c.is_ascii_digit()) {
        (Some(When::At(parse_time(first)?)), after)
    } else if first.ends_with(',') && first.len() == 4 {
        let (time, after) = take_words(text, 6)?;
        (Some(When::At(parse_time(time)?)), after)
    } else {
        return None;
    };
    let mut repeated = None;
    if let Some(inner) = rest.trim_start().strip_prefix("(x")
        && let Some((inside, after)) = inner.split_once(')')
    {
        let mut parts = inside.split_whitespace();
        let count = parts.next().and_then(|count| count.parse::<u64>().ok());
        if let Some(count) = count.filter(|_| parts.next().is_none_or(|over| over == "over")) {
            repeated = Some((count.max(1), parts.next().and_then(parse_age).map(When::Ago)));
            rest = after;
        }
    }
    Some(Time { when, repeated, rest })
}

/// The first `count` words as one text.
fn take_words(text: &str, count: usize) -> Option<(&str, &str)> {
    let mut rest = text;
    for _ in 0..count {
        rest = rest.trim_start_matches([' ', '\t']);
        rest = word(rest)?.1;
    }
    let end = text.len() - rest.len();
    Some((text.get(..end)?.trim(), rest))
}

/// Who reported an event.
struct Reporter<'a> {
    component: Option<String>,
    host: Option<String>,
    rest: &'a str,
}

/// Reads `kubelet`, `kubelet, node-1`, `{kubelet node-1}`, or nothing where the cell is empty.
fn take_source(text: &str) -> Reporter<'_> {
    let none = Reporter { component: None, host: None, rest: text };
    if let Some(inner) = text.strip_prefix('{') {
        let Some((inside, rest)) = inner.split_once('}') else { return none };
        let mut words = inside.split_whitespace();
        return Reporter { component: words.next().map(str::to_owned), host: words.next().map(str::to_owned), rest };
    }
    let plain = |word: &str| {
        !word.is_empty() && word.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_' | '/' | '@'))
    };
    if let Some((cell, rest)) = cell(text) {
        let words: Vec<&str> = cell.split_whitespace().take(4).collect();
        match words.as_slice() {
            [one] if plain(one) => return Reporter { component: Some((*one).to_owned()), host: None, rest },
            [one, host] if one.ends_with(',') && plain(one.trim_end_matches(',')) && plain(host) => {
                let component = Some(one.trim_end_matches(',').to_owned());
                return Reporter { component, host: Some((*host).to_owned()), rest };
            }
            // Volume provisioners: `ebs.csi.aws.com ebs-csi-controller-0 <uuid>`.
            [one, more @ ..] if more.len() <= 2 && one.contains(['.', '/']) && words.iter().all(|word| plain(word)) => {
                return Reporter { component: Some((*one).to_owned()), host: None, rest };
            }
            _ => {}
        }
    }
    let Some((first, rest)) = word(text) else { return none };
    if let Some(component) = first.strip_suffix(',').filter(|component| plain(component))
        && first.starts_with(|c: char| c.is_ascii_lowercase())
        && let Some((host, rest)) = word(rest.trim_start_matches([' ', '\t'])).filter(|(host, _)| plain(host))
    {
        return Reporter { component: Some(component.to_owned()), host: Some(host.to_owned()), rest };
    }
    const KNOWN: [&str; 9] =
        ["kubelet", "scheduler", "controllermanager", "karpenter", "kernel", "kueue", "multus", "machineset", "docker"];
    let component = plain(first)
        && first.starts_with(|c: char| c.is_ascii_lowercase())
        && (first.contains('-') || first.contains('_') || KNOWN.contains(&first));
    if component { Reporter { component: Some(first.to_owned()), host: None, rest } } else { none }
}

/// The container of `spec.containers{app}`; `Some(None)` for a path that names none.
fn sub_object(path: &str) -> Option<Option<String>> {
    let path = path.trim();
    if path == "implicitly required container POD" {
        return Some(None);
    }
    let inner = path.strip_prefix("spec.").unwrap_or(path);
    let (list, name) = inner.split_once('{')?;
    let name = name.strip_suffix('}')?;
    matches!(list, "containers" | "initContainers" | "ephemeralContainers")
        .then(|| Some(name.to_owned()).filter(|name| is_name(name)))
}

/// Takes a sub-object path off a row.
fn take_sub_object(text: &str) -> Option<(Option<String>, &str)> {
    const INFRA: &str = "implicitly required container POD";
    if let Some(rest) = text.strip_prefix(INFRA) {
        return Some((None, rest));
    }
    let (first, rest) = word(text)?;
    Some((sub_object(first)?, rest))
}

/// A pod that a message names for certain.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct NamedPod {
    /// Namespace, where the message has it.
    pub namespace: Option<String>,
    /// Name.
    pub name: String,
    /// Node, of `Successfully assigned ns/pod to node`.
    pub node: Option<String>,
}

/// The pod of `Successfully assigned ns/pod to node`, `x_ns(uid)`, `for pod "ns"/"x"`, `for pod ns/x`,
/// `set up pod "x_ns" network`, `k8s_x_ns_uid_0`.
pub(crate) fn pod_in(message: &str) -> Option<NamedPod> {
    if let Some(rest) = message.strip_prefix("Successfully assigned ") {
        let (pod, rest) = word(rest)?;
        let node = rest.trim_start().strip_prefix("to ").and_then(|rest| word(rest.trim_start()));
        let node = node.map(|(node, _)| node.to_owned()).filter(|node| is_name(node));
        let (namespace, name) = match pod.split_once('/') {
            Some((namespace, name)) => (Some(namespace.to_owned()), name),
            None => (None, pod),
        };
        return is_name(name).then(|| NamedPod { namespace, name: name.to_owned(), node });
    }
    let named = |pair: &str| {
        let (name, namespace) = pair.rsplit_once('_')?;
        (is_name(name) && is_name(namespace) && !namespace.contains(['.', '_'])).then(|| NamedPod {
            namespace: Some(namespace.to_owned()),
            name: name.to_owned(),
            node: None,
        })
    };
    let mut from = 0;
    while let Some(found) = message.get(from..)?.find('(') {
        let at = from + found;
        let uid = message[at + 1..].split(')').next().unwrap_or_default();
        if (uid.len() == 36 || uid.len() == 32) && uid.chars().all(|c| c.is_ascii_hexdigit() || c == '-') {
            let before = &message[..at];
            let pair =
                before.rsplit(|c: char| c.is_whitespace() || "\"'=:\\({[".contains(c)).next().unwrap_or_default();
            if let Some(pod) = named(pair) {
                return Some(pod);
            }
        }
        from = at + 1;
    }
    // CRI-O: `k8s_name_namespace_uid_0(id)`; Multus and others: `pod namespace/name`.
    let sandbox = message.split_whitespace().find_map(|word| {
        let mut parts = word.strip_prefix("k8s_")?.split('_');
        let (name, namespace, uid) = (parts.next()?, parts.next()?, parts.next()?);
        (uid.len() == 36 && is_name(name) && is_name(namespace)).then_some((namespace, name))
    });
    let slashed = message.split(" pod ").nth(1).and_then(|rest| word(rest)).and_then(|(pair, _)| {
        let (namespace, name) = pair.trim_end_matches([',', ':', '.']).split_once('/')?;
        (is_name(name) && is_name(namespace) && !namespace.contains('.')).then_some((namespace, name))
    });
    if let Some((namespace, name)) = sandbox.or(slashed) {
        return Some(NamedPod { namespace: Some(namespace.to_owned()), name: name.to_owned(), node: None });
    }
    if let Some(pod) = message.split("set up pod ").nth(1).and_then(quoted).and_then(|pair| named(pair.0)) {
        return Some(pod);
    }
    if let Some((namespace, rest)) = message.split("for pod ").nth(1).and_then(quoted)
        && let Some((name, _)) = rest.strip_prefix('/').and_then(quoted)
        && is_name(name)
    {
        return Some(NamedPod { namespace: Some(namespace.to_owned()), name: name.to_owned(), node: None });
    }
    let rest = message.strip_prefix("pod (")?;
    let (name, rest) = rest.split_once(')')?;
    (is_name(name) && rest.trim_start().starts_with("failed to fit")).then(|| NamedPod {
        namespace: None,
        name: name.to_owned(),
        node: None,
    })
}

/// The text between the double quotes (also `\"`) that a text starts with, and what follows.
fn quoted(text: &str) -> Option<(&str, &str)> {
    let text = text.strip_prefix('\\').unwrap_or(text).strip_prefix('"')?;
    let end = text.find('"')?;
    let inside = text[..end].strip_suffix('\\').unwrap_or(&text[..end]);
    Some((inside, &text[end + 1..]))
}

/// The container that a message names for certain.
pub(crate) fn container_in(message: &str) -> Option<String> {
    let label = |word: &str| {
        let word = word.trim_matches(['"', '\\', ',', ')', ';', '\'']);
        (is_name(word)
            && word.len() <= 63
            && !word.contains(['.', ':', '_'])
            && word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
            && !matches!(word, "with" | "in" | "id" | "and" | "is" | "has" | "for" | "docker" | "failed" | "to"))
        .then(|| word.to_owned())
    };
    let first = |text: &str| word(text.trim_start()).and_then(|(word, _)| label(word));
    for prefix in [
        "Created container: ",
        "Started container: ",
        "Created container ",
        "Started container ",
        "Stopping container ",
    ] {
        if let Some(rest) = message.strip_prefix(prefix) {
            return word(rest).filter(|(_, after)| after.trim().is_empty()).and_then(|(name, _)| label(name));
        }
    }
    if let Some((name, after)) = message.strip_prefix("Container ").and_then(word)
        && [" failed liveness probe", " failed startup probe", " failed readiness probe", " exceeded its local"]
            .iter()
            .any(|tail| after.starts_with(tail))
    {
        return label(name);
    }
    for before in [
        "restarting failed container=",
        "restarting failed container ",
        "failed to \"StartContainer\" for ",
        "failed to \\\"StartContainer\\\" for ",
        "for Container ",
        "(container ",
        ", container: ",
        ", container=",
        "\" container ",
        "init container ",
        "for container ",
        " in container ",
    ] {
        if let Some(name) = message.split(before).nth(1).and_then(first) {
            return Some(name);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::artifact::{Artifact, Hint};

    fn read(text: &str) -> Vec<Event> {
        read_as(text, None)
    }

    fn read_as(text: &str, command: Option<&str>) -> Vec<Event> {
        let section = Section {
            id: SectionId::default(),
            artifact: Artifact::Table,
            path: "events.txt",
            first_line: 1,
            text,
            hint: Hint::default(),
            command,
        };
        let mut facts = Facts::default();
        table(&section, &mut facts);
        facts.events
    }

    fn name(event: &Event) -> (&str, &str, &str) {
        let object = &event.object;
        (
            object.kind.as_deref().unwrap_or("-"),
            object.namespace.as_deref().unwrap_or("-"),
            object.name.as_deref().unwrap_or("-"),
        )
    }

    #[test]
    fn get_events_as_today() {
        let events = read(
            "LAST SEEN   TYPE      REASON      OBJECT          MESSAGE\n\
             12m         Normal    Scheduled   pod/shop-1      Successfully assigned blue/shop-1 to worker-3\n\
             2m (x9 over 11m)   Warning   BackOff   Pod/shop-1      Back-off restarting failed container cart in pod shop-1_blue(0f1e2d3c-0000-4000-8000-aabbccddeeff)\n\
             <unknown>   Normal    ScalingReplicaSet   deployment.apps/shop   Scaled up replica set shop-5d9 to 1\n",
        );
        assert_eq!(events.len(), 3);
        assert_eq!(name(&events[0]), ("Pod", "blue", "shop-1"));
        assert_eq!(events[0].last_seen, Some(When::Ago(720)));
        assert_eq!(events[1].count, 9);
        assert_eq!(events[1].first_seen, Some(When::Ago(660)));
        assert_eq!(events[1].object.container.as_deref(), Some("cart"));
        assert_eq!(events[1].event_type, Some(EventType::Warning));
        assert_eq!(name(&events[2]), ("Deployment", "blue", "shop"));
        assert_eq!(events[2].last_seen, None);
        assert_eq!(events[2].place.line, 4);
    }

    #[test]
    fn all_namespaces_without_header_and_collapsed() {
        let events = read(
            "green  3m26s  Warning  Evicted  pod/world-7  The node was low on resource: memory.\n\
             green 70s Normal SuccessfulCreate replicaset/world Created pod: world-8\n\
             25s (x12 over 80s)   Warning   Unhealthy   Pod/web-2   Liveness probe failed: HTTP probe failed with statuscode: 404\n",
        );
        assert_eq!(events.len(), 3);
        assert_eq!(name(&events[0]), ("Pod", "green", "world-7"));
        assert_eq!(events[0].message, "The node was low on resource: memory.");
        assert_eq!(name(&events[1]), ("ReplicaSet", "green", "world"));
        assert_eq!((events[2].count, name(&events[2])), (12, ("Pod", "-", "web-2")));
    }

    #[test]
    fn wide_columns_stand_behind_the_message() {
        let events = read_as(
            "LAST SEEN   TYPE      REASON    OBJECT      SUBOBJECT                SOURCE             MESSAGE                        FIRST SEEN   COUNT   NAME\n\
             4s          Warning   Failed    pod/job-a   spec.containers{main}    kubelet, node-9    Error: ImagePullBackOff        6m           31      job-a.17a3f0c2b41d9e55\n\
             9m          Warning   FailedScheduling   pod/job-b                  default-scheduler   0/3 nodes are available: 3 Insufficient cpu.   9m   1   job-b.17a3f0c2b41d9e56\n",
            Some("kubectl get events -o wide --namespace=batch"),
        );
        assert_eq!(events.len(), 2);
        assert_eq!(events[0].message, "Error: ImagePullBackOff");
        assert_eq!(events[0].object.container.as_deref(), Some("main"));
        assert_eq!((events[0].component.as_deref(), events[0].host.as_deref()), (Some("kubelet"), Some("node-9")));
        assert_eq!((events[0].count, events[0].first_seen), (31, Some(When::Ago(360))));
        assert_eq!(name(&events[0]), ("Pod", "batch", "job-a"));
        assert_eq!(events[1].message, "0/3 nodes are available: 3 Insufficient cpu.");
        assert_eq!(events[1].component.as_deref(), Some("default-scheduler"));
    }

    #[test]
    fn get_events_of_old() {
        let events = read(
            "LASTSEEN   FIRSTSEEN   COUNT     NAME                      KIND      SUBOBJECT               TYPE      REASON     SOURCE               MESSAGE\n\
             1m         3h          64        api-1.14fe0a21b3c4d5e6    Pod       spec.containers{api}    Warning   BackOff    {kubelet old-7}      Back-off restarting failed docker container\n\
             5m         5m          1         old-7                     Node                              Normal    NodeReady  kubelet, old-7       Node old-7 status is now: NodeReady\n",
        );
        assert_eq!(events.len(), 2);
        assert_eq!(name(&events[0]), ("Pod", "-", "api-1"));
        assert_eq!((events[0].last_seen, events[0].first_seen), (Some(When::Ago(60)), Some(When::Ago(10_800))));
        assert_eq!((events[0].count, events[0].host.as_deref()), (64, Some("old-7")));
        assert_eq!(events[0].object.container.as_deref(), Some("api"));
        assert_eq!(name(&events[1]), ("Node", "-", "old-7"));
    }

    #[test]
    fn custom_columns() {
        let events = read(
            "TIME                   NAMESPACE   REASON   OBJECT      MESSAGE\n\
             2024-05-01T10:00:00Z   pay         Failed   Pod/pay-0   Error: secret \"k\" not found\n",
        );
        assert_eq!(name(&events[0]), ("Pod", "pay", "pay-0"));
        assert_eq!(events[0].last_seen, parse_time("2024-05-01T10:00:00Z").map(When::At));
    }

    #[test]
    fn a_message_goes_on_over_lines() {
        let events = read(
            "LAST SEEN   TYPE      REASON        OBJECT     MESSAGE\n\
             5s          Warning   FailedMount   pod/nfs    mount failed: exit status 32\n\
             Mounting command: mount\n\
             Warning: mount.nfs is old\n\
             \n\
             Output: access denied\n\
             3s          Normal    Pulled        pod/nfs    ok\n\
             \n\
             Does anybody know?\n",
        );
        assert_eq!(events.len(), 2);
        assert_eq!(
            events[0].message,
            "mount failed: exit status 32\nMounting command: mount\nWarning: mount.nfs is old\nOutput: access denied"
        );
        assert_eq!(events[0].place.line, 2);
        assert_eq!(events[1].message, "ok");
    }

    #[test]
    fn rows_are_told_from_other_lines() {
        for row in [
            "  Warning  BackOff  5s (x3 over 9s)  kubelet  Back-off",
            "Normal Pulled 5m kubelet, n1 Container image present",
            "# Warning  Failed  3m17s (x5 over 6m12s)  kubelet  Error: ErrImagePull",
            "shop  3m26s  Warning  Evicted  pod/x  msg",
            "25s (x12 over 80s)   Warning   Unhealthy   Pod/web  msg",
            "  1m\t\t1m\t\t1\t{job-controller }\t\t\tNormal\t\tSuccessfulCreate\tCreated pod: b",
            "1h 1h 1 kubelet, mini spec.containers{a} Normal Pulled Container image",
            "40s  40s  1  api-1.14fe0a21b3c4d5e6  Pod  spec.containers{api}  Warning  BackOff  kubelet, n  Back-off",
            "  Warning  FailedScheduling  <unknown>  default-scheduler  0/1 nodes are available",
        ] {
            assert!(looks_like_event_row(row), "{row}");
        }
        for other in [
            "Warning: resource pods/x is missing the annotation",
            "web-1   1/1   Running   3 (5m ago)   2d",
            "2024-05-01T10:00:00Z Warning something failed",
            "  Type     Reason     Age   From   Message",
            "Normal operation resumed after 5s",
            "node-1   Ready   <none>   5d   v1.30.1",
            "default     web   ClusterIP   10.0.0.1   <none>   80/TCP   5d",
            "",
        ] {
            assert!(!looks_like_event_row(other), "{other}");
        }
        assert!(looks_like_event_header("  Type     Reason     Age   From   Message"));
        assert!(!looks_like_event_header("  Type    Status  Reason"));
        assert!(!looks_like_event_header("NAME   READY   STATUS   RESTARTS   AGE"));
        assert!(!looks_like_event_header("  Type  Status  LastHeartbeatTime  LastTransitionTime  Reason  Message"));
    }

    #[test]
    fn pods_and_containers_in_messages() {
        let pod = |message: &str| pod_in(message).map(|pod| (pod.namespace.unwrap_or_default(), pod.name));
        let uid = "0f1e2d3c-0000-4000-8000-aabbccddeeff";
        let expected = Some(("blue".to_owned(), "shop-1".to_owned()));
        assert_eq!(pod("Successfully assigned blue/shop-1 to worker-3"), expected);
        assert_eq!(
            pod(&format!("Error: image will run as root (pod: \"shop-1_blue({uid})\", container: cart)")),
            expected
        );
        assert_eq!(
            pod(&format!("Exec lifecycle hook for Container \"cart\" in Pod \"shop-1_blue({uid})\" failed")),
            expected
        );
        assert_eq!(pod("timeout expired for pod \"blue\"/\"shop-1\". list of unmounted"), expected);
        assert_eq!(pod("NetworkPlugin cni failed to set up pod \"shop-1_blue\" network: x"), expected);
        assert_eq!(pod("pods \"shop-1\" is forbidden"), None);
        let container = |message: &str| container_in(message).unwrap_or_default();
        assert_eq!(container("Created container: cart"), "cart");
        assert_eq!(container("Started container cart"), "cart");
        assert_eq!(container("Created container with docker id 8ef1; Security:[seccomp=unconfined]"), "");
        assert_eq!(container("Container cart failed liveness probe, will be restarted"), "cart");
        assert_eq!(container("Container image \"x:1\" already present on machine"), "");
        assert_eq!(container("Back-off restarting failed container"), "");
        assert_eq!(
            container(&format!("image will run as root (pod: \"shop-1_blue({uid})\", container: cart)")),
            "cart"
        );
        assert_eq!(
            container("Error syncing pod, skipping: failed to \"StartContainer\" for \"cart\" with CrashLoopBackOff"),
            "cart"
        );
    }
}
