//! What a line begins, and what a stretch of text looks like: table, describe, JSON, YAML, log, error, prose.
//!
//! Owns the marks by which an output is known from its content alone. Reads no values out of it.

use crate::artifact::Artifact;
use crate::parse::clean;
use crate::parse::runtime_table;
use crate::parse::table::{self, header, header::Kind, shape};

/// Keys of `describe` that hardly anything else prints.
const STRONG_KEYS: [&str; 44] = [
    "Container ID",
    "Image ID",
    "Restart Count",
    "Last State",
    "Last Termination State",
    "Exit Code",
    "Start Time",
    "Controlled By",
    "Node-Selectors",
    "Tolerations",
    "QoS Class",
    "Host Port",
    "Service Account",
    "Annotations",
    "Init Containers",
    "Image(s)",
    "CreationTimestamp",
    "StrategyType",
    "RollingUpdateStrategy",
    "Pod Template",
    "OldReplicaSets",
    "NewReplicaSet",
    "Pods Status",
    "Pods Statuses",
    "StorageClass",
    "Access Modes",
    "Used By",
    "Mounted By",
    "Reclaim Policy",
    "Resource Quotas",
    "Allocated resources",
    "Allocatable",
    "Non-terminated Pods",
    "System Info",
    "Taints",
    "Unschedulable",
    "PriorityClassName",
    "Image pull secrets",
    "Completion Mode",
    "Backoff Limit",
    "Environment Variables",
    "SeccompProfile",
    "TargetPort",
    "Session Affinity",
];

/// Keys of `describe` that other texts have too.
const WEAK_KEYS: [&str; 44] = [
    "Name",
    "Namespace",
    "Priority",
    "Node",
    "Labels",
    "Status",
    "Reason",
    "Message",
    "IP",
    "IPs",
    "Containers",
    "Image",
    "Port",
    "Ports",
    "State",
    "Started",
    "Finished",
    "Ready",
    "Limits",
    "Requests",
    "Liveness",
    "Readiness",
    "Startup",
    "Environment",
    "Environment Variables from",
    "Mounts",
    "Conditions",
    "Volumes",
    "Events",
    "Type",
    "Command",
    "Args",
    "Selector",
    "Replicas",
    "Volume",
    "Capacity",
    "Finalizers",
    "VolumeMode",
    "Roles",
    "Addresses",
    "Parallelism",
    "Completions",
    "Controllers",
    "Endpoints",
];

/// What an output is, as far as its first lines tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// An output of this kind begins here.
    Output(Artifact),
    /// `==== START logs for container ...`
    LogMark,
    /// Something else, a log perhaps.
    Text,
}

/// Recognises what begins with the first of `lines` (cleaned, without their common frame, the first not blank). Lenient:
/// for places where an output is expected.
pub fn start(lines: &[&str]) -> Start {
    let Some(first) = lines.first().map(|line| line.trim()) else { return Start::Text };
    match strong_start(lines) {
        Start::Text => {}
        other => return other,
    }
    if is_error(first) {
        return Start::Output(if is_log_error(first) { Artifact::Log } else { Artifact::Stderr });
    }
    if is_log_opening(first) {
        return Start::Output(Artifact::Log);
    }
    if let Some(kind) = table::bare_row(first)
        && (kind == Kind::Pod || kind == Kind::Event || lines.iter().take(8).all(|line| is_row_like(line)))
    {
        return Start::Output(Artifact::Table);
    }
    if is_describe_event(first) {
        return Start::Output(Artifact::Describe);
    }
    if is_json_fragment(lines) {
        return Start::Output(Artifact::Json);
    }
    let (mut strong, mut weak) = (0, 0);
    for line in lines.iter().take(14) {
        if is_describe_event(line) || is_event_header(line) || is_condition(line) {
            strong += 2;
        }
        match key(line) {
            Some(key) if STRONG_KEYS.contains(&key) => strong += 1,
            Some(key) if WEAK_KEYS.contains(&key) => weak += 1,
            _ => {}
        }
    }
    let looks = strong >= 2 || strong == 1 && weak >= 1 || weak >= 3 && key(first).is_some();
    let short =
        lines.iter().filter(|line| !line.trim().is_empty()).count() <= 2 && strong + weak >= 1 && key(first).is_some();
    if looks || short && strong >= 1 {
        return Start::Output(Artifact::Describe);
    }
    if is_yaml_fragment(lines) {
        return Start::Output(Artifact::Yaml);
    }
    Start::Text
}

/// [`start`], and messages of Kubernetes that stand alone where the path does not say that the text is a log.
pub fn start_of(lines: &[&str], says_log: bool) -> Start {
    match start(lines) {
        Start::Text if !says_log && lines.first().is_some_and(|line| is_message_field(line)) => {
            Start::Output(Artifact::Yaml)
        }
        Start::Text | Start::Output(Artifact::Log)
            if !says_log && lines.first().is_some_and(|line| crate::parse::events::is_bare_message(line)) =>
        {
            Start::Output(Artifact::Describe)
        }
        found => found,
    }
}

/// `message: 'pods "web-" is forbidden: ...`: a field of YAML that holds a message of Kubernetes.
fn is_message_field(line: &str) -> bool {
    let value = line.trim_start().trim_start_matches("- ").strip_prefix("message:");
    value.is_some_and(|value| crate::parse::events::is_bare_message(value.trim().trim_start_matches(['\'', '"'])))
}

/// Recognises what begins with the first of `lines`. Strict: for the middle of other text.
pub fn strong_start(lines: &[&str]) -> Start {
    let Some(line) = lines.first().copied() else { return Start::Text };
    let first = line.trim();
    if first.starts_with("==== START logs for container ") {
        return Start::LogMark;
    }
    // `kubeadm certs check-expiration`.
    if first.starts_with("[check-expiration] ") || first.starts_with("CERTIFICATE ") && first.contains(" EXPIRES ") {
        return Start::Output(Artifact::Other);
    }
    if first.starts_with(['{', '['])
        && let Some(artifact) = json_start(lines)
    {
        return Start::Output(artifact);
    }
    if is_yaml_start(lines) {
        return Start::Output(Artifact::Yaml);
    }
    if runtime_table::is_header(line) {
        return Start::Output(Artifact::RuntimeTable);
    }
    if header::parse(line).is_some() {
        return Start::Output(Artifact::Table);
    }
    if is_version(first) {
        return Start::Output(Artifact::Version);
    }
    if is_describe_start(lines) {
        return Start::Output(Artifact::Describe);
    }
    Start::Text
}

/// The key of a `Key:  value` line: capital first letter, at most three words.
fn key(line: &str) -> Option<&str> {
    let (key, rest) = line.trim().split_once(':')?;
    let spaced = rest.is_empty() || rest.starts_with([' ', '\t']);
    (spaced && key.len() <= 30 && key.starts_with(|c: char| c.is_ascii_uppercase())).then_some(key)
}

fn is_describe_start(lines: &[&str]) -> bool {
    let Some(first) = lines.first() else { return false };
    match key(first) {
        Some("Name") => {
            let named =
                first.split_once(':').is_some_and(|(_, rest)| rest.starts_with([' ', '\t']) && !rest.trim().is_empty());
            let known =
                |line: &&&str| key(line).is_some_and(|key| STRONG_KEYS.contains(&key) || WEAK_KEYS.contains(&key));
            let near = lines.iter().skip(1).take(6).filter(known).take(2).count();
            let strong =
                || lines.iter().take(14).filter(|line| key(line).is_some_and(|key| STRONG_KEYS.contains(&key))).count();
            named && (near >= 2 || strong() >= if near == 1 { 1 } else { 3 })
        }
        Some("Events") => {
            first.trim_end().ends_with("<none>") && first.trim().len() < 60
                || lines.get(1).is_some_and(|line| is_event_header(line) || is_describe_event(line))
        }
        _ => {
            is_event_header(first)
                && lines.get(1).is_some_and(|line| line.trim().starts_with("---") || is_describe_event(line))
        }
    }
}

/// `Type  Reason  Age  From  Message` and its forms of kubectl 1.0 to 1.6.
pub fn is_event_header(line: &str) -> bool {
    let words: Vec<&str> = line.split_whitespace().take(9).collect();
    matches!(words.as_slice(), ["Type", "Reason", "Age", "From", ..] | ["FirstSeen", "LastSeen", "Count", "From", ..])
        || matches!(words.as_slice(), ["LASTSEEN", "FIRSTSEEN", ..]) && words.contains(&"From")
}

/// A row of describe's events: `Warning  BackOff  3m (x5 over 9m)  kubelet  Back-off ...`, or the older
/// `1m  1s  16  {kubelet n1}  spec.containers{a}  Warning  BackOff  ...`.
pub fn is_describe_event(line: &str) -> bool {
    let listed = line.trim_start().trim_start_matches(['*', '-', '\u{2022}', '|', ' ']);
    let words: Vec<&str> = listed.split_whitespace().take(12).collect();
    match words.as_slice() {
        ["Normal" | "Warning", ..] if crate::parse::events::looks_like_event_row(line) => true,
        ["Normal" | "Warning", reason, age, ..] => {
            reason.starts_with(|c: char| c.is_ascii_uppercase())
                && reason.bytes().all(|b| b.is_ascii_alphanumeric())
                && (shape::is_age(age) || *age == "<unknown>" || *age == "<invalid>")
        }
        [first, last, times, rest @ ..] => {
            shape::is_age(first)
                && shape::is_age(last)
                && shape::count(times).is_some()
                && rest.iter().any(|word| matches!(*word, "Normal" | "Warning"))
        }
        _ => false,
    }
}

/// A row of a node's conditions: `DiskPressure  False  ...  KubeletHasNoDiskPressure  kubelet has no disk pressure`.
fn is_condition(line: &str) -> bool {
    let mut words = line.split_whitespace();
    let kind = words.next();
    kind.is_some_and(|kind| {
        matches!(kind, "MemoryPressure" | "DiskPressure" | "PIDPressure" | "NetworkUnavailable" | "Ready")
    }) && words.next().is_some_and(|status| matches!(status, "True" | "False" | "Unknown"))
        && words.any(|word| word.starts_with("Kubelet") || word.starts_with("NodeStatus"))
}

/// What kubectl says on stderr, or in place of an output.
pub fn is_error(line: &str) -> bool {
    let line = line.trim();
    [
        "Error from server",
        "error: ",
        "No resources found",
        "Unable to connect to the server",
        "The connection to the server",
        "Error in configuration",
        "error from server",
        "the server doesn't have a resource type",
        "Unable to retrieve",
        "unable to retrieve container logs for",
        "Error: unknown command \"",
        "error executing ",
    ]
    .iter()
    .any(|start| line.starts_with(start))
        || line.starts_with("container \"") && line.contains("\" in pod \"") && line.contains("is waiting to start")
        || line.starts_with("previous terminated container \"")
        || line.starts_with("a container name must be specified for pod")
}

/// An error that stands in a log's place.
pub fn is_log_error(line: &str) -> bool {
    line.contains("is waiting to start")
        || line.contains("previous terminated container")
        || line.contains("containerLogs/")
        || line.contains("a container name must be specified for pod")
        || line.contains("unable to retrieve container logs")
}

/// What `kubectl logs` says before a log.
fn is_log_opening(line: &str) -> bool {
    line.starts_with("Defaulted container \"")
        || line.starts_with("Defaulting container name to ")
        || line.starts_with("Found ") && line.contains(" pods, using ")
}

/// Noise of kubectl before an output: client-go warnings, `Warning:` headers.
pub fn is_noise(line: &str) -> bool {
    let line = line.trim();
    line.contains("memcache.go:") || line.starts_with("Warning: ") && !line.contains("  ")
}

/// `Client Version: ...`, and `clientVersion:` of YAML.
pub fn is_version(line: &str) -> bool {
    if matches!(line, "clientVersion:" | "serverVersion:") {
        return true;
    }
    ["Client Version: ", "Server Version: ", "Kustomize Version: "].iter().any(|start| {
        line.strip_prefix(start).is_some_and(|rest| rest.starts_with('v') || rest.starts_with("version.Info"))
    })
}

fn is_row_like(line: &str) -> bool {
    let line = line.trim();
    line.is_empty() || clean::is_elision(line) || table::bare_row(line).is_some()
}

/// Whether a line after a table can belong to it: it has a cell that rows have (an age, `1/2`, `<none>`).
pub fn may_be_row(line: &str) -> bool {
    line.split_whitespace()
        .any(|word| shape::is_age(word) || shape::ratio(word).is_some() || shape::is_none(word) || word.ends_with('%'))
}

// JSON ---------------------------------------------------------------------------------------------------------------

/// How many bytes of a JSON text are looked at for its keys.
const JSON_HEAD: usize = 64 * 1024;

/// What the JSON that starts with `lines` is, by its outermost keys: objects, `kubectl version -o json`, or none of
/// kubectl's, such as a log of JSON lines.
fn json_start(lines: &[&str]) -> Option<Artifact> {
    let mut keys = Keys::default();
    let mut seen = 0;
    for line in lines {
        for byte in line.bytes().chain([b'\n']) {
            keys.byte(byte);
        }
        seen += line.len();
        if seen > JSON_HEAD || keys.done() {
            break;
        }
    }
    if keys.has("clientVersion") || keys.has("serverVersion") {
        return Some(Artifact::Version);
    }
    keys.tells().then_some(Artifact::Json)
}

/// Reads the outermost keys of a JSON object, or of the first object of an array.
#[derive(Default)]
struct Keys {
    depth: i32,
    /// The depth of the keys: 1, or 2 inside an array.
    level: i32,
    in_string: bool,
    escaped: bool,
    text: Vec<u8>,
    value: Option<String>,
    last: Option<String>,
    keys: Vec<String>,
    api_version: Option<String>,
    ended: bool,
}

impl Keys {
    fn byte(&mut self, byte: u8) {
        if self.ended {
            return;
        }
        if self.in_string {
            match byte {
                _ if self.escaped => self.escaped = false,
                b'\\' => self.escaped = true,
                b'"' => {
                    self.in_string = false;
                    if self.depth == self.level {
                        self.value = Some(String::from_utf8_lossy(&self.text).into_owned());
                    }
                }
                _ if self.depth == self.level && self.text.len() < 100 => self.text.push(byte),
                _ => {}
            }
            return;
        }
        match byte {
            b'"' => {
                self.in_string = true;
                self.text.clear();
            }
            b'{' | b'[' => {
                self.depth += 1;
                if self.depth == 1 {
                    self.level = if byte == b'[' { 2 } else { 1 };
                }
            }
            b'}' | b']' => {
                self.depth -= 1;
                self.ended = self.depth < self.level;
            }
            b':' if self.depth == self.level => self.last = self.value.take(),
            _ => {}
        }
        if matches!(byte, b',' | b'}' | b'{' | b'[')
            && self.depth >= self.level
            && let Some(key) = self.last.take()
        {
            if key == "apiVersion" {
                self.api_version = self.value.take();
            }
            if self.keys.len() < 40 {
                self.keys.push(key);
            }
        }
    }

    fn done(&self) -> bool {
        self.ended || self.keys.len() >= 40
    }

    fn has(&self, name: &str) -> bool {
        self.keys.iter().any(|key| key == name) || self.last.as_deref() == Some(name)
    }

    fn tells(&self) -> bool {
        let has = |name: &str| self.has(name);
        if self.api_version.as_deref().is_some_and(|version| version.starts_with("audit.k8s.io")) {
            return false;
        }
        has("apiVersion") && (has("kind") || has("items") || has("metadata"))
            || has("kind") && has("metadata")
            || has("metadata") && (has("spec") || has("status"))
            || has("items") && self.level == 1
    }
}

/// Keys of a pod's status that other JSON hardly has.
const STATUS_KEYS: [&str; 8] = [
    "\"containerStatuses\":",
    "\"initContainerStatuses\":",
    "\"lastState\":",
    "\"restartCount\":",
    "\"terminated\":",
    "\"exitCode\":",
    "\"containerID\":",
    "\"qosClass\":",
];

/// Members copied out of the middle of a pod: the first line is one, or all of it is one line that was cut in front.
fn is_json_fragment(lines: &[&str]) -> bool {
    let Some(first) = lines.first().map(|line| line.trim()) else { return false };
    let member = first.starts_with('"') && first[1..].split_once('"').is_some_and(|(_, rest)| rest.starts_with(':'));
    let has = |line: &str| STATUS_KEYS.iter().filter(|key| line.contains(**key)).count();
    member && lines.iter().take(16).any(|line| has(line) > 0) || !first.contains(' ') && has(first) >= 2
}

/// Whether a line goes on with members or brackets of JSON.
pub fn is_json_line(line: &str) -> bool {
    let line = line.trim();
    line.starts_with(['}', ']'])
        || line.strip_prefix('"').and_then(|rest| rest.split_once('"')).is_some_and(|(_, rest)| rest.starts_with(':'))
}

/// Follows the nesting of JSON, line by line.
#[derive(Debug, Default)]
pub struct JsonDepth {
    depth: i64,
    in_string: bool,
    escaped: bool,
}

impl JsonDepth {
    /// Takes a line in; whether all that was opened is closed at its end. No JSON string goes over a line's end.
    pub fn line(&mut self, line: &str) -> bool {
        for byte in line.bytes() {
            if self.in_string {
                match byte {
                    _ if self.escaped => self.escaped = false,
                    b'\\' => self.escaped = true,
                    b'"' => self.in_string = false,
                    _ => {}
                }
            } else {
                match byte {
                    b'"' => self.in_string = true,
                    b'{' | b'[' => self.depth += 1,
                    b'}' | b']' => self.depth -= 1,
                    _ => {}
                }
            }
        }
        self.in_string = false;
        self.escaped = false;
        self.depth <= 0
    }
}

// YAML ---------------------------------------------------------------------------------------------------------------

fn is_yaml_start(lines: &[&str]) -> bool {
    let mut rest = lines.iter().map(|line| line.trim_end()).filter(|line| !line.trim().is_empty());
    let Some(mut first) = rest.next() else { return false };
    if first == "---" {
        let Some(next) = rest.next() else { return false };
        first = next;
    }
    let entry = first.trim_start().strip_prefix("- ").unwrap_or(first.trim_start());
    let opening = match entry.split_once(':') {
        Some(("apiVersion", value)) => {
            let value = value.trim().trim_matches(['"', '\'']);
            !value.is_empty() && !value.contains(' ')
        }
        Some(("kind", value)) => {
            value.trim().starts_with(|c: char| c.is_ascii_uppercase()) && !value.trim().contains(' ')
        }
        _ => false,
    };
    opening
        && rest.take(6).any(|line| {
            let line = line.trim();
            ["kind:", "metadata:", "items:", "apiVersion:", "spec:", "- apiVersion:", "type:", "data:"]
                .iter()
                .any(|key| line.starts_with(key))
        })
}

/// A part of an object: `status:` and its like, followed by what is indented.
fn is_yaml_fragment(lines: &[&str]) -> bool {
    let first = lines.first().map_or("", |line| line.trim());
    // One entry of `containerStatuses`.
    let has = |key: &str| lines.iter().any(|line| line.trim_start().trim_start_matches("- ").starts_with(key));
    if first.starts_with("- ") && has("restartCount:") && (has("state:") || has("lastState:")) {
        return true;
    }
    if is_of_kubernetes(lines) {
        return true;
    }
    let named = matches!(
        first,
        "metadata:"
            | "spec:"
            | "status:"
            | "containers:"
            | "containerStatuses:"
            | "initContainerStatuses:"
            | "items:"
            | "state:"
            | "lastState:"
            | "template:"
            | "conditions:"
            | "- apiVersion:"
            | "resources:"
    );
    let says = |line: &&str| !line.trim().is_empty() && !clean::is_elision(line);
    let following: Vec<&str> = lines.iter().skip(1).take(6).copied().filter(says).collect();
    named
        && !following.is_empty()
        && following.iter().filter(|line| yaml_key(line).is_some()).count() * 3 >= following.len() * 2
}

/// The key of a line of YAML, its dash aside.
fn yaml_key(line: &str) -> Option<&str> {
    let (key, rest) = line.trim_start().trim_start_matches("- ").split_once(':')?;
    (key.starts_with(|c: char| c.is_ascii_lowercase())
        && key.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'/' | b'-' | b'_'))
        && (rest.is_empty() || rest.starts_with(' ')))
    .then_some(key)
}

/// Keys of Kubernetes' objects that hardly any other YAML has.
const OBJECT_KEYS: [&str; 34] = [
    "availableReplicas",
    "containerID",
    "containerStatuses",
    "creationTimestamp",
    "dnsPolicy",
    "exitCode",
    "finishedAt",
    "hostIP",
    "imageID",
    "imagePullPolicy",
    "involvedObject",
    "lastProbeTime",
    "lastState",
    "lastTransitionTime",
    "lastUpdateTime",
    "nodeName",
    "observedGeneration",
    "ownerReferences",
    "podIP",
    "podIPs",
    "qosClass",
    "readyReplicas",
    "resourceVersion",
    "restartCount",
    "restartPolicy",
    "schedulerName",
    "serviceAccountName",
    "startedAt",
    "terminated",
    "terminationGracePeriodSeconds",
    "terminationMessagePath",
    "terminationMessagePolicy",
    "unavailableReplicas",
    "updatedReplicas",
];

/// Whether lines from the middle of an object in YAML are those of one of Kubernetes': two keys that hardly any other text
/// has, and next to nothing that is no YAML.
fn is_of_kubernetes(lines: &[&str]) -> bool {
    let mut known: Vec<&str> = Vec::new();
    let (mut yaml, mut all) = (0, 0);
    for line in lines.iter().take(16).filter(|line| !clean::is_elision(line)) {
        all += 1;
        let key = yaml_key(line);
        yaml += usize::from(key.is_some());
        known.extend(key.filter(|key| OBJECT_KEYS.contains(key) && !known.contains(key)));
    }
    known.len() >= 2 && yaml * 4 >= all * 3 && lines.first().is_some_and(|line| yaml_key(line).is_some())
}

/// The kubelet's own source files whose lines speak of a pod.
const KUBELET_FILES: [&str; 12] = [
    "pod_workers.go:",
    "kuberuntime_manager.go:",
    "kuberuntime_sandbox.go:",
    "kuberuntime_image.go:",
    "kuberuntime_container.go:",
    "remote_runtime.go:",
    "remote_image.go:",
    "nestedpendingoperations.go:",
    "operation_generator.go:",
    "prober.go:",
    "eviction_manager.go:",
    "kubelet.go:",
];

/// Whether a text is lines of the kubelet's own log: half of its first lines name one of its files.
pub fn is_kubelet_log(text: &str) -> bool {
    let (mut all, mut own) = (0u32, 0u32);
    for (_, line) in crate::text::lines(text).filter(|(_, line)| !line.trim().is_empty()).take(200) {
        all += 1;
        own += u32::from(line.contains("] ") && KUBELET_FILES.iter().any(|file| line.contains(file)));
    }
    own * 2 >= all && own > 0
}

// Logs and prose -----------------------------------------------------------------------------------------------------

/// Whether a text that is no output of kubectl's other commands reads like what a program prints. `strict`: a doubt says no.
pub fn is_program_output(text: &str, strict: bool) -> bool {
    let (mut lines, mut program, mut prose) = (0u32, 0u32, 0u32);
    for (_, raw) in crate::text::lines(text) {
        let line = clean::line(raw);
        let line = line.trim_end();
        if line.trim().is_empty() {
            continue;
        }
        lines += 1;
        if is_program_line(line) {
            program += 1;
        } else if is_prose_line(line) {
            prose += 1;
        }
        if lines >= 200 {
            break;
        }
    }
    if lines == 0 {
        return false;
    }
    let garbled = text.chars().take(4000).filter(|c| *c == '\u{fffd}' || *c == '\0').count();
    if garbled * 10 > text.chars().take(4000).count() {
        return false;
    }
    if strict { program * 3 >= lines && program > prose } else { program >= prose && (program > 0 || prose == 0) }
}

fn is_program_line(line: &str) -> bool {
    let bytes = line.as_bytes();
    let clock = bytes
        .windows(8)
        .take(80)
        .any(|w| w[2] == b':' && w[5] == b':' && [0, 1, 3, 4, 6, 7].iter().all(|index| w[*index].is_ascii_digit()));
    let klog = bytes.len() > 6
        && b"IWEF".contains(&bytes[0])
        && bytes[1..5].iter().all(u8::is_ascii_digit)
        && bytes[5] == b' ';
    let trimmed = line.trim_start();
    let stack = trimmed.starts_with("at ") && line.starts_with([' ', '\t']) && line.contains(['(', '/'])
        || [
            "Traceback (most recent call last)",
            "Caused by: ",
            "goroutine ",
            "panic: ",
            "File \"",
            "Exception in thread",
            "exec ",
            "standard_init_linux.go",
            "npm ERR!",
            "{\"",
        ]
        .iter()
        .any(|start| trimmed.starts_with(start));
    let head: &str = match line.char_indices().nth(60) {
        Some((end, _)) => &line[..end],
        None => line,
    };
    let level = head.split(|c: char| !c.is_ascii_alphabetic()).any(|word| {
        matches!(
            word,
            "INFO"
                | "WARN"
                | "WARNING"
                | "ERROR"
                | "FATAL"
                | "DEBUG"
                | "TRACE"
                | "SEVERE"
                | "CRITICAL"
                | "NOTICE"
                | "ERR"
                | "emerg"
                | "panic"
        )
    });
    let pairs = line.split_whitespace().filter(|word| {
        word.split_once('=').is_some_and(|(key, _)| {
            !key.is_empty() && key.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b))
        })
    });
    // `nginx: [emerg] ...`, `/docker-entrypoint.sh: ...`, `sh: can't open ...`
    let program = line.split_once(": ").is_some_and(|(name, _)| {
        name.len() <= 60
            && !name.contains(' ')
            && name.starts_with(|c: char| c.is_ascii_lowercase() || c == '/')
            && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-/[]".contains(&b))
    });
    let error = line.contains("Error: ") || line.contains("Exception") || line.contains("rror:");
    clock || klog || stack || level || program || error || pairs.count() >= 2
}

fn is_prose_line(line: &str) -> bool {
    let line = line.trim();
    let words = line.split_whitespace().count();
    let sentence = line.starts_with(|c: char| c.is_uppercase())
        && line.ends_with(['.', '?', '!', ':'])
        && !line.ends_with("...")
        && words >= 6;
    let markup = line.starts_with("# ")
        || line.starts_with("## ")
        || line.starts_with("- ") && words >= 3
        || line.starts_with("* ") && words >= 3
        || line.starts_with("<!")
        || line.starts_with("<html")
        || line.starts_with("#!")
        || line.starts_with("```");
    sentence || markup || words >= 25
}

/// Whether the words of a path call its file a log: the extension, or `logs` as a word of a name that has no other verb.
pub fn path_says_log(path: &str) -> bool {
    let name = path.rsplit(['/', '\\']).next().unwrap_or(path).to_ascii_lowercase();
    let words: Vec<&str> = name.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let first_is = |names: &[&str]| words.first().is_some_and(|word| names.contains(word));
    if first_is(&["get", "describe", "events", "top"]) || name.ends_with(".stderr") {
        return false;
    }
    name.ends_with(".log")
        || name.contains(".log.")
        || first_is(&["log", "logs"])
        || words.contains(&"logs")
        || words.contains(&"log") && !words.contains(&"describe")
}

/// Whether the path's extension is of a text that is no output of a program.
pub fn path_says_other(path: &str) -> bool {
    let name = path.rsplit(['/', '\\']).next().unwrap_or(path).to_ascii_lowercase();
    let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
    matches!(
        extension,
        "md" | "rst"
            | "html"
            | "htm"
            | "sh"
            | "ps1"
            | "bat"
            | "cmd"
            | "py"
            | "go"
            | "rs"
            | "js"
            | "ts"
            | "java"
            | "css"
            | "csv"
            | "tsv"
            | "xml"
            | "toml"
            | "yaml"
            | "yml"
            | "ini"
            | "conf"
            | "png"
            | "jpg"
            | "pdf"
            | "sum"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Start {
        let lines: Vec<&str> = text.lines().collect();
        start(&lines)
    }

    #[test]
    fn outputs_by_their_first_lines() {
        for (text, expected) in [
            ("NAME   READY   STATUS   RESTARTS   AGE", Artifact::Table),
            ("web-0   1/1   Running   0   5d", Artifact::Table),
            ("shop   web-0   1/1   Running   0   5d", Artifact::Table),
            ("32s   Normal   Pulled   pod/web   ok", Artifact::Table),
            ("Name:  web-0\nNamespace:  shop\nPriority:  0", Artifact::Describe),
            ("Name:  web-0\n    State:  Running\n      Started:  x\n    Last State:  Terminated", Artifact::Describe),
            ("Warning  BackOff  3m (x5 over 9m)  kubelet  Back-off", Artifact::Describe),
            ("1m  1s  16  {job-controller }  Normal  SuccessfulCreate  Created pod", Artifact::Describe),
            ("Events:\n  Type  Reason  Age  From  Message", Artifact::Describe),
            ("      Reason:       Error\n      Exit Code:    1", Artifact::Describe),
            ("ontainers:\n  app:\n    Container ID:\n    Image:  a", Artifact::Describe),
            ("{\n  \"apiVersion\": \"v1\",\n  \"items\": [", Artifact::Json),
            ("{\"kind\":\"PodList\",\"apiVersion\":\"v1\",\"metadata\":{},\"items\":null}", Artifact::Json),
            ("[{\"metadata\":{\"name\":\"a\"},\"spec\":{}}]", Artifact::Json),
            ("apiVersion: v1\nkind: Pod", Artifact::Yaml),
            ("---\napiVersion: v1\nitems:", Artifact::Yaml),
            ("status:\n  phase: Running\n  qosClass: Burstable", Artifact::Yaml),
            ("Client Version: v1.30.1", Artifact::Version),
            ("{\n  \"clientVersion\": {\n    \"major\": \"1\"", Artifact::Version),
            ("error: Metrics API not available", Artifact::Stderr),
            ("No resources found in shop namespace.", Artifact::Stderr),
            (
                "Error from server (BadRequest): container \"a\" in pod \"b\" is waiting to start: PodInitializing",
                Artifact::Log,
            ),
            ("Defaulted container \"a\" out of: a, b", Artifact::Log),
        ] {
            assert_eq!(of(text), Start::Output(expected), "{text}");
        }
    }

    #[test]
    fn what_only_looks_like_an_output() {
        for text in [
            "{\"message\":\"started\",\"severity\":\"info\"}",
            "{\"level\":\"info\",\"kind\":\"Pod\",\"msg\":\"reconcile\"}",
            "{\"kind\":\"Event\",\"apiVersion\":\"audit.k8s.io/v1\",\"metadata\":{}}",
            "Error: EACCES: permission denied",
            "kind: of odd",
            "Name: bob",
            "Status: 200\nhello",
            "2024/02/08 11:10:20 [emerg] 1#1: host not found",
            "worker 3/4 done 5s",
            "PID USER TIME COMMAND",
        ] {
            assert_eq!(of(text), Start::Text, "{text}");
        }
    }

    #[test]
    fn programs_and_people() {
        assert!(is_program_output("Starting migration...\nConnecting to db...\n", false));
        assert!(is_program_output("I0516 04:31:32.143977       1 server.go:187] x\n", true));
        assert!(is_program_output("ts=2025-08-04T11:51:00Z caller=a.go:85 method=Health\n", true));
        let letter =
            "Hi all,\n\nSince yesterday evening our shop does not start any more.\nWhat can we do about it today?\n";
        assert!(!is_program_output(letter, false));
        assert!(!is_program_output(letter, true));
        assert!(!is_program_output("", false));
        assert!(!is_program_output("\u{fffd}\u{fffd}\u{fffd}\0\0PK", false));
    }

    #[test]
    fn paths() {
        for yes in ["a/logs-web.txt", "web.previous.log", "pod-web-logs.txt", "x/app.log.1"] {
            assert!(path_says_log(yes), "{yes}");
        }
        for no in ["logs/describe-pod.txt", "describe-pod-log-agent.txt", "catalogue.txt", "get-pods-logs.txt"] {
            assert!(!path_says_log(no), "{no}");
        }
    }

    #[test]
    fn json_nesting_by_lines() {
        let mut depth = JsonDepth::default();
        assert!(!depth.line("{ \"a\": \"}\\\"}\","));
        assert!(!depth.line("  \"b\": ["));
        assert!(depth.line("]}"));
    }
}
