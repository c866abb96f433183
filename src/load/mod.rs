//! The one place that joins source, layout, parsers and logs into a [`Cluster`].
//!
//! Owns: which bytes go to which parser, identity of objects across outputs, and whose a nameless fragment or log is.
//! Never decides what a fact means for a cause.

mod attribute;
mod bounds;
mod checksums;
mod collected;
pub mod health;
mod journals;
mod kept;
mod labels;
mod long_lines;
mod merge;
mod named;
mod nameless_events;
mod newest;
mod runtime_containers;
mod runtime_logs;
mod sites;

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::io::Read;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};

use rayon::prelude::*;

use self::checksums::{Hashing, Summed};
use self::kept::Kept;
use self::long_lines::LongLines;
use crate::artifact::{Artifact, Hint, LogRun};
use crate::layout::{self, Layout, Seen};
use crate::logs::Scanner;
use crate::model::{BoxedLog, Cluster, Cut, Event, Facts, FileEntry, Gap, GapKind, Integrity, ObjectRef, Pod};
use crate::parse::bundle_header::{BundleFacts, CommandRun};
use crate::parse::checksums::Sums;
use crate::parse::{self, Section, objects};
use crate::source::{self, Entry, Input, Limits, Opened, SourceError, Trouble, TroubleKind, Visitor};
use crate::text::{FileId, Located, Place, SectionId};

/// A list of objects is read up to this size, and of a file that is neither list nor log so much is held; what is beyond is
/// a gap.
const LIST_BYTES: u64 = 1 << 30;
const HELD_BYTES: u64 = 256 << 20;
/// Of such a file so many lines are read: it costs time by its lines, not by its bytes.
const LINES: usize = 8_000_000;
/// A text of more is given its room at once: one that grows is there twice each time it does.
const SMALL_BYTES: u64 = 1 << 20;
/// Beyond this size one such file at a time is held: several at once would be memory without bound.
const LARGE_BYTES: u64 = 32 << 20;
/// So many objects are sorted by one thread.
const FEW: usize = 1000;
/// How much of a file decides whether it is a log.
const HEAD_BYTES: usize = 64 * 1024;

/// What one entry gave. There may be hundreds of thousands, most of them logs: what they do not have takes no room.
struct Parsed {
    id: FileId,
    /// The set is told later.
    file: FileEntry,
    /// The logs, which are not among the facts.
    logs: Vec<BoxedLog>,
    told: Option<Box<Told>>,
    /// The layout that the content itself speaks of.
    speaks: Option<Layout>,
    /// Of a file that the collector may have written.
    sum: Summed,
}

/// What an entry tells beside its logs.
#[derive(Default)]
struct Told {
    facts: Facts,
    header: BundleFacts,
    commands: Vec<CommandRun>,
    /// What `SHA256SUMS` lists.
    sums: Option<Sums>,
}

/// Entries are sorted and parted: only their addresses move.
type BoxedEntry = Box<Parsed>;

impl Parsed {
    /// What it tells beside its logs.
    fn told(&self) -> &Told {
        static NOTHING: LazyLock<Told> = LazyLock::new(Told::default);
        self.told.as_deref().unwrap_or(&NOTHING)
    }
}

/// An entry while it is read.
struct Reading {
    id: FileId,
    path: String,
    /// The path as the archive spells it, where that is another one.
    spelled: Option<Box<str>>,
    artifacts: Vec<Artifact>,
    bytes: u64,
    empty_list: bool,
    told: Told,
    /// The layout of its path.
    of: Layout,
    speaks: Option<Layout>,
}

impl Reading {
    /// Whether anything was read out of it.
    fn used(&self) -> bool {
        let Told { facts, header, commands, .. } = &self.told;
        let speaks = self.speaks.is_some_and(|layout| layout != Layout::Loose);
        !facts.is_empty() || *header != BundleFacts::default() || !commands.is_empty() || speaks
    }

    /// What is kept of it.
    fn finish(self, sum: Summed) -> BoxedEntry {
        let used = self.used();
        let Reading { id, path, spelled, mut artifacts, bytes, empty_list, mut told, of, speaks } = self;
        artifacts.shrink_to_fit();
        let logs = std::mem::take(&mut told.facts.logs);
        let told = (!told.facts.is_empty()
            || told.header != BundleFacts::default()
            || !told.commands.is_empty()
            || told.sums.is_some())
        .then(|| Box::new(told));
        let layout = speaks.unwrap_or(of).name();
        let file = FileEntry { path, spelled, artifacts, bytes, layout, used, empty_list, ..FileEntry::default() };
        Box::new(Parsed { id, file, logs, told, speaks, sum })
    }
}

/// Reads a bundle. A folder may hold outputs of several clusters: each is one of the list, which is never empty.
pub fn load(input: &Input, limits: &Limits, scanner: &Scanner<'_>) -> Result<(Vec<Cluster>, Opened), SourceError> {
    let mut all = read(input, limits, scanner)?;
    if all.1.is_overspent && rayon::current_num_threads() > 1 && checksums::can_be_read_again(input) {
        // One thread reads in the order of the input, so that what came before the limit is the same each time.
        if let Ok(alone) = rayon::ThreadPoolBuilder::new().num_threads(1).build() {
            drop(all);
            all = alone.install(|| read(input, limits, scanner))?;
        }
    }
    let (mut parsed, opened, left_out) = all;
    parsed.sort_by(|a, b| a.file.path.cmp(&b.file.path));
    if lists_of_sums(&parsed).next().is_some() {
        let due = parsed.iter_mut().filter(|entry| entry.sum == Summed::Due);
        checksums::sum_up(input, limits, due.map(|entry| (entry.file.spelled(), &mut entry.sum)).collect());
    }
    let mut clusters = join(parsed, &opened);
    if let Some(first) = clusters.first_mut() {
        first.facts.gaps.extend(left_out);
    }
    Ok((clusters, opened))
}

/// What was read of an input: its entries, in no order, and the gap where not all could be kept.
type ReadIn = (Vec<BoxedEntry>, Opened, Option<Gap>);

fn read(input: &Input, limits: &Limits, scanner: &Scanner<'_>) -> Result<ReadIn, SourceError> {
    let reader = Reader {
        scanner,
        line_bytes: limits.line_bytes,
        next: AtomicU32::new(0),
        kept: Mutex::new(Kept::new(limits.kept_bytes)),
        summed: AtomicBool::new(!checksums::can_be_read_again(input)),
        large: Mutex::new(()),
    };
    let opened = source::open(input, limits, &reader)?;
    let kept = reader.kept.into_inner().unwrap_or_else(PoisonError::into_inner);
    let (parsed, left_out) = kept.finish(&opened.name);
    Ok((parsed, opened, left_out))
}

struct Reader<'s, 'c> {
    scanner: &'s Scanner<'c>,
    line_bytes: usize,
    next: AtomicU32,
    kept: Mutex<Kept>,
    /// Whether files are hashed while they are read: there is a `SHA256SUMS`, or will be.
    summed: AtomicBool,
    /// Whose turn it is to hold a large file.
    large: Mutex<()>,
}

impl Visitor for Reader<'_, '_> {
    fn entry(&self, entry: Entry<'_>) {
        let file = FileId(self.next.fetch_add(1, Ordering::Relaxed));
        let parsed = self.read(file, entry);
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).add(parsed);
    }

    fn listed(&self, paths: &mut dyn Iterator<Item = &str>) {
        for _ in paths.filter(|path| path.ends_with("SHA256SUMS")) {
            self.summed.store(true, Ordering::Relaxed);
        }
    }
}

impl Reader<'_, '_> {
    fn read(&self, file: FileId, entry: Entry<'_>) -> BoxedEntry {
        let Entry { path, reader } = entry;
        let (path, spelled) = match layout::with_slashes(&path) {
            Some(slashed) => (slashed, Some(path.into_boxed_str())),
            None => (path, None),
        };
        let (of, hint) = layout::place(&path);
        let due = of == Layout::Kubemortem && hint.artifact != Some(Artifact::Checksums);
        let mut reader = Hashing::new(reader, due && self.summed.load(Ordering::Relaxed));
        let mut parsed = self.parsed(file, path, of, &hint, &mut reader);
        parsed.spelled = spelled;
        let sum = match reader.finish() {
            Some(sum) => Summed::To(sum),
            None if due => Summed::Due,
            None => Summed::Not,
        };
        if parsed.told.header.checksums {
            self.summed.store(true, Ordering::Relaxed);
        }
        parsed.finish(sum)
    }

    fn parsed(&self, id: FileId, path: String, of: Layout, hint: &Hint, reader: &mut dyn Read) -> Reading {
        let mut parsed = Reading {
            id,
            path,
            spelled: None,
            artifacts: Vec::new(),
            bytes: 0,
            empty_list: false,
            told: Told::default(),
            of,
            speaks: None,
        };
        if hint.artifact == Some(Artifact::Other) {
            parsed.bytes = std::io::copy(reader, &mut std::io::sink()).unwrap_or(0);
            parsed.artifacts.push(Artifact::Other);
            return parsed;
        }
        if hint.artifact == Some(Artifact::KubeletLog) {
            journal(&mut parsed, reader);
            return parsed;
        }
        let mut head = Vec::with_capacity(HEAD_BYTES);
        let _ = reader.take(HEAD_BYTES as u64).read_to_end(&mut head);
        if hint.artifact.is_none() && head.len() >= HEAD_BYTES && parse::sections::is_kubelet_log(&head) {
            journal(&mut parsed, &mut head.as_slice().chain(reader));
            return parsed;
        }
        let is_log = match hint.artifact {
            Some(Artifact::Log) => true,
            Some(_) => false,
            None if head.is_empty() => layout::names_a_log(&parsed.path),
            None => parse::sections::looks_like_log(&head, &parsed.path),
        };
        if is_log {
            let mut whole = LongLines::new(head.as_slice().chain(reader), self.line_bytes);
            parsed.told.facts.logs = self.scanner.scan(
                &mut whole,
                SectionId { file: id, index: 0 },
                1,
                object_of(hint),
                hint.run,
                self.line_bytes,
            );
            parsed.bytes = parsed.told.facts.logs.first().map_or(0, |log| log.bytes);
            parsed.artifacts.push(Artifact::Log);
            let cut = |why| parsed.told.facts.logs.iter().any(|log| log.cut == Some(why));
            if cut(Cut::Crowded) {
                parsed.told.facts.gaps.push(Gap {
                    path: parsed.path.clone(),
                    kind: GapKind::Truncated,
                    what: "has lines with the words of more signatures than a program prints in one, and most are passed over"
                        .to_string(),
                    prevents: "what stands in them".to_string(),
                });
            }
            if whole.found || cut(Cut::Line) {
                parsed.told.facts.gaps.push(Gap {
                    path: parsed.path.clone(),
                    kind: GapKind::Truncated,
                    what: format!(
                        "has lines of over {}, which are looked at up to there",
                        source::amount(self.line_bytes as u64)
                    ),
                    prevents: "what stands further on in them".to_string(),
                });
            }
            if hint.placeholder && parsed.bytes == 0 {
                // Not an empty log: nobody knows whether there was one.
                parsed.told.facts.logs.clear();
            }
            return parsed;
        }
        if of == Layout::ClusterInfoDump
            && hint.kind.is_some_and(|kind| objects::is_list_of_get(&crate::text::decode(&head), kind))
        {
            parsed.speaks = Some(Layout::Loose);
        }
        let mut reader = reader.take(LIST_BYTES.saturating_sub(head.len() as u64));
        let list = self.streamed(&mut parsed, &mut head, &mut reader, hint);
        let is_large = read_to(SMALL_BYTES, &mut reader, &mut head) && read_to(LARGE_BYTES, &mut reader, &mut head);
        let _turn = is_large.then(|| Turn::wait(&self.large));
        if is_large {
            read_to(HELD_BYTES, &mut reader, &mut head);
        }
        let of_list = list.as_ref().map_or(0, |list| list.bytes);
        parsed.bytes = of_list + head.len() as u64;
        let beyond = std::io::copy(&mut reader, &mut std::io::sink()).unwrap_or(0);
        if beyond > 0 || parsed.bytes >= LIST_BYTES {
            parsed.told.facts.gaps.push(Gap {
                path: parsed.path.clone(),
                kind: GapKind::Truncated,
                what: format!("only the first {} bytes of a file that is no log are read", parsed.bytes),
                prevents: "what stands behind them".to_string(),
            });
        }
        match list {
            Some(list) => self.rest_of(list, &mut parsed, &head, hint),
            None => self.sections(&mut parsed, &head, hint),
        }
        // Before the turn ends.
        drop(head);
        parsed.told.facts.pods.iter_mut().for_each(bounds::cut);
        parsed
    }

    /// Reads a long list as it comes; what is not read of it then is in `head`.
    fn streamed(
        &self,
        parsed: &mut Reading,
        head: &mut Vec<u8>,
        reader: &mut dyn Read,
        hint: &Hint,
    ) -> Option<objects::Streamed> {
        let begins = head.len() >= HEAD_BYTES
            && head.starts_with(b"{")
            && crate::text::encoding_of(head).0 == encoding_rs::UTF_8
            && parse::sections::begins_as_json(parsed.id, &parsed.path, &crate::text::decode(head), hint);
        let section = whole_json(parsed.id, &parsed.path, "", hint);
        begins.then(|| objects::Streamed::read(&section, head, reader, &mut parsed.told.facts)).flatten()
    }

    /// Reads what is left of a list, and what stands behind it.
    fn rest_of(&self, list: objects::Streamed, parsed: &mut Reading, bytes: &[u8], hint: &Hint) {
        let text = crate::text::decode_part(bytes);
        let path = parsed.path.clone();
        let mut section = whole_json(parsed.id, &path, &text, hint);
        section.first_line += list.lines;
        let mut lines = list.lines;
        let only_documents = hint.artifact == Some(Artifact::Json);
        let end = list.finish(&section, only_documents, &mut parsed.told.facts);
        parsed.artifacts.push(Artifact::Json);
        let (of_list, rest) = text.split_at_checked(end).unwrap_or((&text, ""));
        if !rest.trim().is_empty() {
            lines += memchr::memchr_iter(b'\n', of_list.as_bytes()).count() as u64;
            let mut sections = parse::sections::split(parsed.id, &path, rest, hint);
            for section in &mut sections {
                section.first_line += lines;
                section.id.index += 1;
            }
            self.each(parsed, rest, &sections);
        }
    }

    fn sections(&self, parsed: &mut Reading, bytes: &[u8], hint: &Hint) {
        let text = crate::text::decode(bytes);
        let path = parsed.path.clone();
        if text.trim().is_empty() && matches!(hint.artifact, Some(Artifact::CollectorNote | Artifact::CollectorErrors))
        {
            parsed.artifacts.extend(hint.artifact);
            return;
        }
        if text.trim().is_empty() {
            parsed.told.facts.gaps.push(Gap {
                path,
                kind: GapKind::Empty,
                what: "the file is empty".to_string(),
                prevents: prevented(&parsed.path),
            });
            parsed.artifacts.push(hint.artifact.unwrap_or(Artifact::Other));
            return;
        }
        if let Some(section) = parse::sections::one_document(parsed.id, &path, &text, hint) {
            let mut facts = Facts::default();
            if objects::one_json(&section, &mut facts) {
                parsed.artifacts.push(section.artifact);
                parsed.told.facts.append(facts);
                return;
            }
        }
        let lines = memchr::memchr_iter(b'\n', text.as_bytes()).nth(LINES);
        let text = &text[..lines.unwrap_or(text.len())];
        if lines.is_some() {
            parsed.told.facts.gaps.push(Gap {
                path: path.clone(),
                kind: GapKind::Truncated,
                what: format!("has more than {LINES} lines, and the first are read"),
                prevents: "what stands behind them".to_string(),
            });
        }
        self.each(parsed, text, &parse::sections::split(parsed.id, &path, text, hint));
        parsed.empty_list = !parsed.used() && objects::is_empty_list(text);
    }

    fn each(&self, parsed: &mut Reading, text: &str, sections: &[Section<'_>]) {
        if let Some(rest) = sections.get(parse::sections::SECTIONS) {
            parsed.told.facts.gaps.push(Gap {
                path: parsed.path.clone(),
                kind: GapKind::Truncated,
                what: format!("holds more outputs than are read: those from line {} on are not", rest.first_line),
                prevents: "what they show".to_string(),
            });
        }
        for section in sections.iter().take(parse::sections::SECTIONS) {
            if !parsed.artifacts.contains(&section.artifact) {
                parsed.artifacts.push(section.artifact);
            }
            if section.artifact == Artifact::Log && parse::sections::is_marked(section, text) {
                parsed.speaks = Some(Layout::ClusterInfoDump);
            }
            self.section(parsed, section);
        }
    }

    fn section(&self, parsed: &mut Reading, section: &Section<'_>) {
        let facts = &mut parsed.told.facts;
        match section.artifact {
            Artifact::Json => objects::json(section, facts),
            Artifact::Yaml => objects::yaml(section, facts),
            Artifact::Table if parse::table::is_events(section) => parse::events::table(section, facts),
            Artifact::Table => parse::table::table(section, facts),
            Artifact::RuntimeTable => parse::runtime_table::table(section, facts),
            Artifact::Describe => parse::describe::describe(section, facts),
            Artifact::Version => parse::version::version(section, facts),
            Artifact::KubeletLog => parse::kubelet::log(section, facts),
            Artifact::Log => {
                let mut bytes = section.text.as_bytes();
                facts.logs.extend(self.scanner.scan(
                    &mut bytes,
                    section.id,
                    section.first_line,
                    object_of(&section.hint),
                    section.hint.run,
                    self.line_bytes,
                ));
            }
            Artifact::BundleHeader => parsed.told.header = parse::bundle_header::header(section, facts),
            Artifact::Commands => {
                parse::bundle_header::commands(section, facts);
                parse::bundle_header::skipped(section, facts);
                parsed.told.commands = parse::bundle_header::runs(section);
            }
            Artifact::Stderr => stderr(section, facts),
            Artifact::CollectorNote => {
                let note = parse::foreign::note(section, facts);
                parsed.told.header.collected_at = note.collected_at;
                parsed.speaks = note.support_bundle.then_some(Layout::Troubleshoot);
            }
            Artifact::CollectorErrors => parse::foreign::errors(section, facts),
            Artifact::Checksums => parsed.told.sums = Some(parse::checksums::checksums(section, facts)),
            Artifact::Other => {}
        }
    }
}

thread_local! {
    /// Whether this thread has a turn: work that it takes up while it waits for its own parts must not wait for the turn.
    static HAS_TURN: Cell<bool> = const { Cell::new(false) };
}

/// The right to hold a large file.
struct Turn<'m>(Option<MutexGuard<'m, ()>>);

impl<'m> Turn<'m> {
    fn wait(turns: &'m Mutex<()>) -> Turn<'m> {
        let waits = !HAS_TURN.replace(true);
        Turn(waits.then(|| turns.lock().unwrap_or_else(PoisonError::into_inner)))
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        if self.0.is_some() {
            HAS_TURN.set(false);
        }
    }
}

/// Reads the kubelet's own log.
fn journal(parsed: &mut Reading, reader: &mut dyn Read) {
    let read = parse::kubelet_journal::journal(reader, parsed.id, &mut parsed.told.facts);
    parsed.bytes = read.bytes;
    parsed.artifacts.push(Artifact::KubeletLog);
    if read.left_out > 0 {
        parsed.told.facts.gaps.push(Gap {
            path: parsed.path.clone(),
            kind: GapKind::Truncated,
            what: format!(
                "tells of the failures of more pods than are looked at, and {} lines are passed over",
                read.left_out
            ),
            prevents: "what they say".to_string(),
        });
    }
}

/// Reads on until the text has so many bytes; whether it has them. Where a reader fails the text ends.
fn read_to(bytes: u64, reader: &mut impl Read, text: &mut Vec<u8>) -> bool {
    let bytes = bytes as usize;
    if bytes as u64 > SMALL_BYTES {
        // Where there is no such room the text grows as it can.
        let _ = text.try_reserve_exact(bytes.saturating_sub(text.len()));
    }
    while text.len() < bytes {
        // In steps: room that is made ready before it is needed is memory.
        let start = text.len();
        text.resize(bytes.min(start + HEAD_BYTES), 0);
        let read = reader.read(&mut text[start..]);
        text.truncate(start + read.as_ref().map_or(0, |count| *count));
        match read {
            Ok(0) => break,
            Err(error) if error.kind() != std::io::ErrorKind::Interrupted => break,
            _ => {}
        }
    }
    text.len() >= bytes
}

/// A file as one JSON output.
fn whole_json<'t>(file: FileId, path: &'t str, text: &'t str, hint: &Hint) -> Section<'t> {
    let id = SectionId { file, index: 0 };
    Section { id, artifact: Artifact::Json, path, first_line: 1, text, hint: hint.clone(), command: None }
}

fn object_of(hint: &Hint) -> ObjectRef {
    ObjectRef {
        kind: Some("Pod".to_string()),
        namespace: hint.namespace.clone(),
        name: hint.pod.clone(),
        container: hint.container.clone(),
    }
}

/// What a command said instead of its output: a gap of the output's path.
fn stderr(section: &Section<'_>, facts: &mut Facts) {
    let Some((kind, line)) = parse::bundle_header::failure(section.text) else { return };
    let words: String = line.chars().take(200).collect();
    facts.gaps.push(Gap {
        path: section.path.strip_suffix(".stderr").unwrap_or(section.path).to_string(),
        kind,
        what: match words.strip_prefix("kubemortem: ") {
            Some(ours) => format!("the collector says: {ours}"),
            None => format!("kubectl said: {words}"),
        },
        prevents: prevented(section.path),
    });
}

/// What cannot be said without an output, from its path.
fn prevented(path: &str) -> String {
    let path = path.strip_suffix(".stderr").unwrap_or(path);
    let (_, hint) = layout::place(path);
    if let (Some(Artifact::Log), Some(pod), Some(container)) = (hint.artifact, &hint.pod, &hint.container) {
        let run = if hint.run == LogRun::Previous { " before it restarted" } else { "" };
        return format!("what container `{container}` of pod `{pod}` printed{run}");
    }
    let name = path.rsplit('/').next().unwrap_or(path);
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    let namespace = path.split('/').skip_while(|part| *part != "namespaces").nth(1);
    match namespace.filter(|_| path.contains("namespaces/")) {
        Some(namespace) => format!("{stem} of namespace {namespace}"),
        None => stem.to_string(),
    }
}

fn join(mut parsed: Vec<BoxedEntry>, opened: &Opened) -> Vec<Cluster> {
    let recognised =
        layout::recognise(parsed.iter().map(|entry| Seen { path: &entry.file.path, speaks: entry.speaks }));
    let sites = sites::sites(&parsed);
    let (integrity, edits) = integrity(&parsed, opened);
    let mut files = vec![FileEntry::default(); parsed.len()];
    for (entry, set) in parsed.iter_mut().zip(sites.sets) {
        if let Some(slot) = files.get_mut(entry.id.0 as usize) {
            *slot = FileEntry { set, ..std::mem::take(&mut entry.file) };
        }
    }
    let files: Arc<[FileEntry]> = files.into();
    let mut parsed: Vec<Option<BoxedEntry>> = parsed.into_iter().map(Some).collect();
    let mut clusters: Vec<Cluster> = sites
        .clusters
        .into_iter()
        .map(|(site, members)| {
            let entries = members.into_iter().filter_map(|member| parsed.get_mut(member)?.take());
            let base = Cluster {
                site,
                layout: recognised.layout.name(),
                layout_why: recognised.why.clone(),
                files: Arc::clone(&files),
                integrity,
                ..Cluster::default()
            };
            cluster_of(base, entries.collect())
        })
        .collect();
    tell_snapshots(&mut clusters);
    let nothing = clusters.iter().all(|cluster| holds_nothing(&cluster.facts));
    if let Some(first) = clusters.first_mut() {
        let paths: HashSet<&str> = files.iter().map(|file| file.path.trim_start_matches("./")).collect();
        // A link to another file of the bundle takes nothing away: that file is read under its own path.
        let leads_in =
            |trouble: &&Trouble| trouble.link.as_ref().is_some_and(|to| paths.contains(to.trim_start_matches("./")));
        first.facts.gaps.extend(opened.troubles.iter().filter(|trouble| !leads_in(trouble)).map(gap_of));
        let lacking = layout::not_collected(recognised.layout, paths.iter().copied());
        first.facts.gaps.extend(lacking.into_iter().map(|(what, prevents)| Gap {
            path: String::new(),
            kind: GapKind::NotCollected,
            what,
            prevents,
        }));
        first.facts.gaps.extend(edits);
        if nothing {
            first.facts.gaps.push(Gap {
                path: opened.name.clone(),
                kind: GapKind::Unreadable,
                what: "holds nothing that kubectl prints of pods, nodes, workloads or events".to_string(),
                prevents: "any diagnosis".to_string(),
            });
        }
        first.facts.gaps.sort();
        first.facts.gaps.dedup();
    }
    let spelled: HashMap<&str, &str> =
        files.iter().filter_map(|file| Some((file.path.as_str(), file.spelled.as_deref()?))).collect();
    for gap in clusters.iter_mut().flat_map(|cluster| &mut cluster.facts.gaps) {
        if let Some(spelled) = spelled.get(gap.path.as_str()) {
            gap.path = (*spelled).to_owned();
        }
    }
    clusters
}

/// Tells which of the clusters is another one at an earlier time: they share a pod.
fn tell_snapshots(clusters: &mut [Cluster]) {
    if clusters.len() < 2 {
        return;
    }
    let mut latest: HashMap<&str, usize> = HashMap::new();
    let at = |index: usize| clusters[index].collected_at.as_ref().map(|at| at.value);
    for (index, cluster) in clusters.iter().enumerate().filter(|(index, _)| at(*index).is_some()) {
        for uid in cluster.facts.pods.iter().filter_map(|pod| pod.uid.as_deref()) {
            let known = latest.entry(uid).or_insert(index);
            if at(*known) < at(index) {
                *known = index;
            }
        }
    }
    let later: Vec<Option<usize>> = (0..clusters.len())
        .map(|index| {
            let pods = clusters[index].facts.pods.iter().filter_map(|pod| pod.uid.as_deref());
            let seen = pods.filter_map(|uid| latest.get(uid).copied()).filter(|other| at(*other) > at(index));
            at(index).and_then(|_| seen.max_by_key(|other| at(*other)))
        })
        .collect();
    for (index, other) in later.into_iter().enumerate() {
        clusters[index].later = other.and_then(|other| {
            let cluster = &clusters[other];
            Some((cluster.site.clone(), cluster.collected_at.clone()?))
        });
    }
}

/// The collector's own checksums in the input, with the folder that each is about.
fn lists_of_sums(parsed: &[BoxedEntry]) -> impl Iterator<Item = (&str, &Sums)> {
    let lists = parsed
        .iter()
        .filter_map(|entry| Some((entry.file.path.strip_suffix("SHA256SUMS")?, entry.told().sums.as_ref()?)));
    lists.filter(|(_, sums)| sums.files.contains_key("kubemortem.yaml"))
}

/// What the checksums in the input say of its files; `None` where there are none.
fn integrity(parsed: &[BoxedEntry], opened: &Opened) -> (Option<Integrity>, Vec<Gap>) {
    let mut sum = None;
    let mut gaps = Vec::new();
    let mut lists = lists_of_sums(parsed).peekable();
    if lists.peek().is_none() {
        return (sum, gaps);
    }
    let files: BTreeMap<&str, Summed> = parsed.iter().map(|entry| (entry.file.path.as_str(), entry.sum)).collect();
    let slashed = |path: &str| layout::with_slashes(path).unwrap_or_else(|| path.to_owned());
    let troubled: BTreeSet<String> = opened.troubles.iter().map(|trouble| slashed(&trouble.path)).collect();
    let cut = opened.troubles.iter().any(|trouble| {
        trouble.path == opened.name && matches!(trouble.kind, TroubleKind::Truncated | TroubleKind::LimitMet)
    });
    for (folder, sums) in lists {
        let (one, told) = checksums::check(folder, sums, &files, |path| troubled.contains(path), cut);
        let all = sum.get_or_insert(Integrity::default());
        all.intact += one.intact;
        all.changed += one.changed;
        all.missing += one.missing;
        all.added += one.added;
        gaps.extend(told);
    }
    (sum, gaps)
}

/// One cluster of its entries.
fn cluster_of(mut cluster: Cluster, entries: Vec<BoxedEntry>) -> Cluster {
    let mut facts = Facts::default();
    let mut record = collected::Record::default();
    let mut empty_logs = Vec::new();
    let mut journals = Vec::new();
    facts.logs.reserve_exact(entries.iter().map(|entry| entry.logs.len()).sum());
    for entry in entries {
        let mut entry = *entry;
        facts.logs.append(&mut entry.logs);
        let file = cluster.files.get(entry.id.0 as usize);
        if file.is_some_and(|file| file.bytes == 0 && file.artifacts == [Artifact::Log]) {
            empty_logs.push(entry.id);
        }
        let Some(mut told) = entry.told else { continue };
        if let Some(at) = told.header.collected_at {
            cluster.collected_at.get_or_insert(at);
        }
        let folder =
            cluster.path(entry.id).rsplit_once('/').map(|(folder, _)| format!("{folder}/")).unwrap_or_default();
        record.add(&folder, told.commands);
        let streamed =
            file.is_some_and(|file| file.artifacts == [Artifact::KubeletLog] && file.bytes >= HEAD_BYTES as u64);
        if streamed || layout::place(cluster.path(entry.id)).1.artifact == Some(Artifact::KubeletLog) {
            journals.append(&mut told.facts.events);
        }
        facts.append(told.facts);
    }
    record.correct(&mut facts.gaps);
    cluster.whole_lists = record.whole_lists();
    cluster.facts = facts;
    runtime_containers::add(&mut cluster.facts);
    merge_objects(&mut cluster);
    collected::drop_logs_that_cannot_be(&mut cluster.facts);
    journals::add(&mut cluster, journals);
    cluster.newest = newest::of(&cluster.facts);
    cluster.sign_of_life = newest::sign_of_life(&cluster.facts);
    attribute::attribute(&mut cluster, &empty_logs);
    nameless_events::attribute(&mut cluster);
    bounds::bound(&mut cluster);
    cluster.facts.gaps.sort();
    cluster.facts.gaps.dedup();
    cluster
}

fn holds_nothing(facts: &Facts) -> bool {
    facts.pods.is_empty()
        && facts.nodes.is_empty()
        && facts.workloads.is_empty()
        && facts.events.is_empty()
        && facts.claims.is_empty()
        && !facts.logs.iter().any(|log| log.speaks() || log.fetch_error.is_some())
}

fn gap_of(trouble: &Trouble) -> Gap {
    Gap {
        path: trouble.path.clone(),
        kind: match trouble.kind {
            TroubleKind::Absent => GapKind::Absent,
            TroubleKind::Empty => GapKind::Empty,
            TroubleKind::Forbidden => GapKind::Forbidden,
            TroubleKind::Truncated | TroubleKind::LimitMet => GapKind::Truncated,
            TroubleKind::Unreadable | TroubleKind::Refused => GapKind::Unreadable,
        },
        what: trouble.what.clone(),
        prevents: "what it holds".to_string(),
    }
}

fn text_of(fact: &Option<Located<String>>) -> Option<&str> {
    fact.as_ref().map(|located| located.value.as_str())
}

/// Joins the fragments that speak of one object: those of one name, and of one namespace where they state it. A fragment
/// without namespace joins the only namespace that its name is seen in. Of one object's fragments the lower rank comes
/// first. In the order of namespace and name; nameless fragments last, each by itself.
fn joined<T>(
    all: Vec<T>,
    key: impl Fn(&T) -> Option<(Option<&str>, &str)>,
    rank: impl Fn(&T) -> u8,
    mut join: impl FnMut(&mut T, T),
) -> Vec<T> {
    // Of each name the only namespace that is stated with it; `None` where there are several.
    let mut only: HashMap<&str, Option<&str>> = HashMap::new();
    let keys = || all.iter().filter_map(&key);
    if keys().any(|(namespace, _)| namespace.is_none()) {
        for (namespace, name) in keys() {
            if let Some(namespace) = namespace {
                let seen = only.entry(name).or_insert(Some(namespace));
                *seen = seen.filter(|seen| *seen == namespace);
            }
        }
    }
    let mut named: Vec<_> = all
        .iter()
        .enumerate()
        .filter_map(|(index, fragment)| {
            let (namespace, name) = key(fragment)?;
            let namespace = namespace.or_else(|| only.get(name).copied().flatten());
            Some((namespace, name, rank(fragment), index))
        })
        .collect();
    match named.len() {
        0..=FEW => named.sort_unstable(),
        _ => named.par_sort_unstable(),
    }
    let mut last = None;
    let order: Vec<(bool, usize)> = named
        .into_iter()
        .map(|(namespace, name, _, index)| (last.replace((namespace, name)) == Some((namespace, name)), index))
        .collect();
    if order.iter().all(|(same, _)| !same) {
        // Nothing is joined: they only change places.
        let mut order: Vec<usize> = order.into_iter().map(|(_, index)| index).collect();
        order.extend((0..all.len()).filter(|index| key(&all[*index]).is_none()));
        return rearranged(all, order);
    }
    let mut fragments: Vec<Option<T>> = all.into_iter().map(Some).collect();
    let mut objects: Vec<T> = Vec::with_capacity(fragments.len());
    for (same, index) in order {
        let Some(fragment) = fragments.get_mut(index).and_then(Option::take) else { continue };
        match objects.last_mut().filter(|_| same) {
            Some(object) => join(object, fragment),
            None => objects.push(fragment),
        }
    }
    objects.extend(fragments.into_iter().flatten());
    objects
}

/// The same things in another order, which is given by their positions: each stands in it once. A pod is large, so nothing
/// is moved that stays, and nothing copied.
fn rearranged<T>(mut all: Vec<T>, mut order: Vec<usize>) -> Vec<T> {
    for start in 0..order.len() {
        let mut at = start;
        while order[at] != start {
            let from = std::mem::replace(&mut order[at], at);
            all.swap(at, from);
            at = from;
        }
        order[at] = at;
    }
    all
}

/// The file from which a kubelet runs a pod names it without the node: `kube-apiserver` of `kube-apiserver-cp1`. It says what
/// the pod is to be, and is no pod besides.
fn join_manifests(pods: &mut Vec<Pod>) {
    let is_manifest = |pod: &Pod| pod.uid.is_none() && pod.node.is_none() && pod.phase.is_none() && pod.row.is_none();
    let mut manifests: BTreeMap<String, Pod> = BTreeMap::new();
    let of_nodes: BTreeSet<String> = pods.iter().filter_map(name_of_manifest).map(str::to_owned).collect();
    if of_nodes.is_empty() {
        return;
    }
    pods.retain_mut(|pod| match text_of(&pod.name).filter(|name| is_manifest(pod) && of_nodes.contains(*name)) {
        Some(name) => {
            manifests.insert(name.to_owned(), std::mem::take(pod));
            false
        }
        None => true,
    });
    for pod in pods {
        let manifest = name_of_manifest(pod).and_then(|name| manifests.get(name));
        if let Some(manifest) = manifest {
            merge::pod(pod, manifest.clone());
        }
    }
}

/// The name that the file of a static pod has in it.
fn name_of_manifest(pod: &Pod) -> Option<&str> {
    let node = &pod.owner.as_ref().filter(|owner| owner.value.kind == "Node")?.value.name;
    text_of(&pod.name)?.strip_suffix(node.as_str())?.strip_suffix('-')
}

fn merge_objects(cluster: &mut Cluster) {
    fn take<T>(list: &mut Vec<T>) -> Vec<T> {
        std::mem::take(list)
    }
    let facts = &mut cluster.facts;
    facts.pods = joined(
        take(&mut facts.pods),
        |pod| text_of(&pod.name).map(|name| (text_of(&pod.namespace), name)),
        merge::rank,
        merge::pod,
    );
    join_manifests(&mut facts.pods);
    facts.nodes =
        joined(take(&mut facts.nodes), |node| text_of(&node.name).map(|name| (None, name)), |_| 0, merge::node);

    let mut by_kind: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for workload in take(&mut facts.workloads) {
        by_kind.entry(workload.kind).or_default().push(workload);
    }
    for workloads in by_kind.into_values() {
        facts.workloads.extend(joined(
            workloads,
            |workload| text_of(&workload.name).map(|name| (text_of(&workload.namespace), name)),
            |_| 0,
            merge::workload,
        ));
    }
    facts.claims = joined(
        take(&mut facts.claims),
        |claim| text_of(&claim.name).map(|name| (text_of(&claim.namespace), name)),
        |_| 0,
        merge::claim,
    );
    facts.volumes =
        joined(take(&mut facts.volumes), |volume| text_of(&volume.name).map(|name| (None, name)), |_| 0, merge::volume);
    facts.services = joined(
        take(&mut facts.services),
        |service| Some((service.namespace.as_deref(), service.name.value.as_str())),
        |_| 0,
        merge::service,
    );
    facts.events = without_repeats(take(&mut facts.events));
}

/// The positions of events that say the same. Pods of one name in two namespaces do, each of itself.
#[derive(Default)]
struct Same {
    /// The first in each namespace.
    of: BTreeMap<String, usize>,
    /// The first of those.
    first: Option<usize>,
    /// Those of which no output states the namespace.
    anywhere: BTreeSet<usize>,
}

impl Same {
    /// The first that may be the one of this namespace.
    fn find(&self, namespace: Option<&str>) -> Option<usize> {
        let named = namespace.map_or(self.first, |namespace| self.of.get(namespace).copied());
        named.into_iter().chain(self.anywhere.first().copied()).min()
    }

    /// Notes the namespace that an output states of the one at `index`.
    fn named(&mut self, namespace: &str, index: usize) {
        self.anywhere.remove(&index);
        self.of.entry(namespace.to_owned()).or_insert(index);
        self.first = self.first.into_iter().chain([index]).min();
    }
}

/// The same event printed by several outputs (describe, JSON, table) is kept once: as the first output that gives it an
/// absolute time, else as the first one. Sameness: object, reason, message and, where both are known, the count.
fn without_repeats(events: Vec<Event>) -> Vec<Event> {
    let mut kept: Vec<Event> = Vec::with_capacity(events.len());
    let mut seen: BTreeMap<_, Same> = BTreeMap::new();
    for event in events {
        let Some(name) = event.object.name.clone() else {
            kept.push(event);
            continue;
        };
        let message = event.message.split_whitespace().collect::<Vec<_>>().join(" ");
        let key = (event.object.kind.clone(), name, event.reason.clone(), message);
        let known = seen.entry(key).or_default();
        match known.find(event.object.namespace.as_deref()) {
            Some(index) if kept[index].section != event.section => {
                if let Some(namespace) = &event.object.namespace {
                    known.named(namespace, index);
                }
                let known = &mut kept[index];
                let absolute = |event: &Event| matches!(event.last_seen, Some(crate::model::When::At(_)));
                if absolute(&event) && !absolute(known) {
                    *known = event;
                } else {
                    known.count = known.count.max(event.count);
                    known.object.namespace = known.object.namespace.take().or(event.object.namespace);
                    known.object.container = known.object.container.take().or(event.object.container);
                }
            }
            _ => {
                match &event.object.namespace {
                    Some(namespace) => known.named(namespace, kept.len()),
                    None => {
                        known.anywhere.insert(kept.len());
                    }
                }
                kept.push(event);
            }
        }
    }
    kept
}

/// A key that orders places as a reader meets them: path, line, column. [`FileId`]s follow the order in which entries
/// were read, which differs between a tar and a folder, and must never decide an order.
pub fn reading_order<'c>(cluster: &'c Cluster, place: &Place) -> (&'c str, u64, u32) {
    (cluster.path(place.file), place.line, place.column.unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fragments_come_in_the_order_of_their_names_and_those_of_one_name_are_joined() {
        /// Namespace, name, and what is said.
        type Fragment = (Option<&'static str>, Option<&'static str>, &'static str);
        let joined = |all: &[Fragment]| -> Vec<(Option<&str>, String)> {
            let all = all.iter().map(|(namespace, name, says)| (*namespace, *name, (*says).to_owned())).collect();
            let joined = joined(
                all,
                |(namespace, name, _)| Some((*namespace, (*name)?)),
                |_| 0,
                |into: &mut (Option<&str>, Option<&str>, String), from| into.2.push_str(&from.2),
            );
            joined.into_iter().map(|(_, name, says)| (name, says)).collect()
        };
        let owned = |all: &[(Option<&'static str>, &str)]| -> Vec<(Option<&str>, String)> {
            all.iter().map(|(name, says)| (*name, (*says).to_owned())).collect()
        };
        let (a, b, shop, data) = (Some("a"), Some("b"), Some("shop"), Some("data"));
        // Each by itself: they only change places, in circles and not at all; those without a name stand behind.
        let apart =
            [(shop, b, "1"), (None, None, "2"), (data, b, "3"), (shop, a, "4"), (data, a, "5"), (None, None, "6")];
        let in_order = [(a, "5"), (b, "3"), (a, "4"), (b, "1"), (None, "2"), (None, "6")];
        assert_eq!(joined(&apart), owned(&in_order));
        let sorted = [(data, a, "1"), (data, b, "2"), (shop, a, "3")];
        assert_eq!(joined(&sorted), owned(&[(a, "1"), (b, "2"), (a, "3")]));
        // Without a namespace it is of the only one; of several it is none's.
        let one = [(shop, b, "1"), (shop, a, "2"), (None, a, "3"), (None, b, "4")];
        assert_eq!(joined(&one), owned(&[(a, "23"), (b, "14")]));
        let two = [(shop, a, "1"), (data, a, "2"), (None, a, "3")];
        assert_eq!(joined(&two), owned(&[(a, "3"), (a, "2"), (a, "1")]));
        assert_eq!(joined(&[]), owned(&[]));
    }

    #[test]
    fn things_change_places() {
        let orders: [&[usize]; 5] = [&[], &[0, 1, 2], &[2, 1, 0], &[1, 2, 3, 0, 4], &[4, 3, 0, 1, 2]];
        for order in orders {
            let all: Vec<String> = (0..order.len()).map(|at| at.to_string()).collect();
            let wanted: Vec<String> = order.iter().map(|at| at.to_string()).collect();
            assert_eq!(rearranged(all, order.to_vec()), wanted);
        }
    }
}
