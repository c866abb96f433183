//! A saved file into the outputs it holds, known by their content.
//!
//! Several outputs may stand in one file: under prompts (`$ kubectl get pods`), under headings, one below the other, in
//! Markdown's fences, between sentences. What a prompt's command says (namespace, pod, container, which run) goes with its
//! output. Owns where an output starts and ends and what it is; reads no values out of it.

pub mod command;
pub mod recognise;

use std::borrow::Cow;
use std::cell::{Cell, OnceCell};
use std::collections::HashMap;

use self::command::{Command, CommandLine, Style};
use self::recognise::{JsonDepth, Start};
use super::Section;
use super::clean::{self, Frame};
use super::runtime_table;
use super::table::{bare_row, header, header::Kind, shape};
use crate::artifact::{Artifact, Hint};
use crate::text::{FileId, SectionId};

/// Of a longer line, only so much is looked at to know what it is.
const LINE_HEAD: usize = 4096;
/// What is looked at ahead of a line: at most so many lines, of at most so many bytes together.
const AHEAD_LINES: usize = 16;
const AHEAD_LINES_JSON: usize = 400;
const AHEAD_BYTES: usize = 64 * 1024;
/// How often a file's JSON is looked at that far.
const MOST_JSON_LOOKS: u32 = 1000;

/// How kubectl begins an object or a list of them. Where the layout knows of it too, nothing else need be looked at.
const KUBECTL_JSON: &str = "{\n    \"apiVersion\": \"";

/// How a dump begins the log of a container.
const START_MARK: &str = "==== START logs for container ";
/// How it ends it.
const END_MARK: &str = "==== END logs for container ";

/// Outputs of one file that are read, the first ones; one more holds the rest of the file.
pub const SECTIONS: usize = 100_000;

/// Cuts a file into its outputs, in the order of the text. Never empty: a file that holds nothing known is one section.
pub fn split<'t>(file: FileId, path: &'t str, text: &'t str, hint: &Hint) -> Vec<Section<'t>> {
    let whole = |artifact: Artifact| {
        let id = SectionId { file, index: 0 };
        vec![Section { id, artifact, path, first_line: 1, text, hint: hint.clone(), command: None }]
    };
    if hint.artifact == Some(Artifact::Json) && text.starts_with(KUBECTL_JSON) {
        return whole(Artifact::Json);
    }
    let says_log = hint.artifact == Some(Artifact::Log) || hint.artifact.is_none() && recognise::path_says_log(path);
    let frame = Frame::of(&text[..floor(text, AHEAD_BYTES)]);
    if hint.artifact.is_none() && text.len() < AHEAD_BYTES && recognise::is_kubelet_log(text) {
        return whole(Artifact::KubeletLog);
    }
    let scan = Scan::new(file, path, text, hint, frame);
    let Some(first) = scan.first_meaningful() else {
        let by_path = if says_log { Artifact::Log } else { Artifact::Other };
        return whole(hint.artifact.unwrap_or(by_path));
    };
    let lines = scan.ahead(first);
    let lines: Vec<&str> = lines.iter().map(|line| &**line).collect();
    let prompted =
        lines.first().is_some_and(|line| command::find(line).is_some_and(|found| found.style != Style::Trace));
    let start = recognise::start_of(&lines, says_log);
    // A dump's log may have words before its first mark.
    let marked = begins_a_line(&text[..floor(text, AHEAD_BYTES)], START_MARK);
    match (hint.artifact, start) {
        (
            Some(
                artifact @ (Artifact::BundleHeader
                | Artifact::Commands
                | Artifact::Checksums
                | Artifact::Stderr
                | Artifact::CollectorNote
                | Artifact::CollectorErrors
                | Artifact::Other),
            ),
            _,
        ) => whole(artifact),
        // The layout knows, and the content agrees: large files need no scan.
        (Some(artifact @ (Artifact::Json | Artifact::Yaml)), Start::Output(found)) if artifact == found => {
            whole(artifact)
        }
        (Some(Artifact::Log), _) if !prompted && !marked => whole(Artifact::Log),
        (None, Start::Text | Start::Output(Artifact::Stderr | Artifact::Log)) if says_log && !prompted && !marked => {
            whole(if is_one_value(path, text) { Artifact::Other } else { Artifact::Log })
        }
        (None, _) if path.ends_with(".stderr") => whole(Artifact::Stderr),
        (None, Start::Text) if is_commands(&lines) => whole(Artifact::Commands),
        (None, Start::Text) if is_checksums(&lines) => whole(Artifact::Checksums),
        (None, _) if is_bundle_header(&lines) => whole(Artifact::BundleHeader),
        _ => {
            let sections = scan.run();
            match sections.as_slice() {
                [] => whole(hint.artifact.unwrap_or(Artifact::Other)),
                [only] if only.artifact == Artifact::Log && is_one_value(path, text) => whole(Artifact::Other),
                _ => sections,
            }
        }
    }
}

/// The only section of a large file that begins and ends as a JSON document does. A guess, which saves the walk over all its
/// lines: it holds where the text turns out to be one whole document.
pub fn one_document<'t>(file: FileId, path: &'t str, text: &'t str, hint: &Hint) -> Option<Section<'t>> {
    let large = text.len() >= AHEAD_BYTES && text.trim_end().ends_with(['}', ']']);
    if !large || hint.artifact.is_some() || !begins_as_json(file, path, text, hint) {
        return None;
    }
    let id = SectionId { file, index: 0 };
    Some(Section { id, artifact: Artifact::Json, path, first_line: 1, text, hint: hint.clone(), command: None })
}

/// Whether a file that starts with `text` (its first 64 KiB, or more) starts with a JSON document and nothing before it.
pub fn begins_as_json(file: FileId, path: &str, text: &str, hint: &Hint) -> bool {
    if !matches!(hint.artifact, None | Some(Artifact::Json))
        || path.ends_with(".stderr")
        || !text.starts_with(['{', '['])
    {
        return false;
    }
    let frame = Frame::of(&text[..floor(text, AHEAD_BYTES)]);
    if frame != Frame::default() {
        return false;
    }
    let scan = Scan::new(file, path, text, hint, frame);
    let lines = scan.ahead(0);
    let lines: Vec<&str> = lines.iter().map(|line| &**line).collect();
    recognise::start_of(&lines, scan.says_log) == Start::Output(Artifact::Json)
}

/// Whether a file is one JSON object or list, and by its name meant to be: what a tool says, no lines of a log.
fn is_one_value(path: &str, text: &str) -> bool {
    path.ends_with(".json")
        && text.trim_start().starts_with(['{', '['])
        && serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok()
}

/// Whether any line of the text starts with these words.
fn begins_a_line(text: &str, words: &str) -> bool {
    memchr::memmem::find_iter(text.as_bytes(), words).any(|at| at == 0 || text.as_bytes()[at - 1] == b'\n')
}

/// Whether a log was found between a dump's marks (`==== START logs for container ...`) in the file's text.
pub fn is_marked(section: &Section<'_>, text: &str) -> bool {
    let start = section.text.as_ptr() as usize - text.as_ptr() as usize;
    let line = text.get(..start).unwrap_or_default().trim_end().rsplit('\n').next().unwrap_or_default();
    line.trim_start().starts_with(START_MARK)
}

/// Whether a file that starts with `head` (its first 64 KiB, or all of it) is one log from end to end, so that it can be
/// streamed: no table, describe, object, prompt or mark of a dump in the head.
pub fn looks_like_log(head: &[u8], path: &str) -> bool {
    let text = crate::text::decode(head);
    let sections = split(FileId(0), path, &text, &Hint::default());
    matches!(sections.as_slice(), [only]
        if only.artifact == Artifact::Log && only.command.is_none() && only.hint == Hint::default())
}

/// Whether a large file that starts with `head` is the kubelet's own log.
pub fn is_kubelet_log(head: &[u8]) -> bool {
    recognise::is_kubelet_log(&crate::text::decode(head))
}

fn is_commands(lines: &[&str]) -> bool {
    lines.first().is_some_and(|line| line.starts_with("path\t") && line.split('\t').any(|cell| cell == "exitStatus"))
}

fn is_checksums(lines: &[&str]) -> bool {
    lines.iter().all(|line| {
        line.split_once(' ').is_some_and(|(sum, name)| {
            sum.len() == 64 && sum.bytes().all(|b| b.is_ascii_hexdigit()) && !name.trim().is_empty()
        })
    })
}

fn is_bundle_header(lines: &[&str]) -> bool {
    let has = |key: &str| lines.iter().any(|line| line.starts_with(key));
    has("layoutVersion:") && has("collectedAt:")
}

/// The greatest character boundary at or below `at`.
fn floor(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// What the scan knows of the output it is in.
#[derive(Debug)]
enum State {
    /// An output may begin with the next line that says something.
    Expect,
    /// Inside an output.
    Is(Artifact),
    /// Inside a table; whether it is of events.
    Table { events: bool },
    /// Inside JSON; whether all that was opened is closed.
    Json { depth: JsonDepth, closed: bool },
    /// Inside `==== START logs`; the text of its end.
    Marked { end: String },
    /// Not an output that is known: a log or words, told apart at the end.
    Text,
}

struct Open<'t> {
    start: usize,
    line: u64,
    state: State,
    command: Option<&'t str>,
    parsed: Command,
    hint: Hint,
    /// It is the output of a command that is none of kubectl's reading ones.
    foreign: bool,
}

/// What a line that belongs to no output is.
enum Boundary<'t> {
    Command(&'t str),
    Foreign,
    Fence,
}

struct Scan<'t, 'h> {
    file: FileId,
    path: &'t str,
    text: &'t str,
    base: &'h Hint,
    /// What stands before every line of the file, or of the commented output that the scan is in.
    frame: Frame,
    in_comment: bool,
    says_log: bool,
    /// Prompts seen before a kubectl.
    prompts: Vec<&'t str>,
    styles: Vec<Style>,
    json_looks: Cell<u32>,
    /// Where each mark of a log's end stands last, once that was asked: a text may have a hundred thousand logs.
    ends: OnceCell<HashMap<&'t str, usize>>,
    found: Vec<(Option<Artifact>, Section<'t>)>,
}

impl<'t, 'h> Scan<'t, 'h> {
    fn new(file: FileId, path: &'t str, text: &'t str, base: &'h Hint, frame: Frame) -> Self {
        let says_log = recognise::path_says_log(path);
        Scan {
            file,
            path,
            text,
            base,
            frame,
            in_comment: false,
            says_log,
            prompts: Vec::new(),
            styles: Vec::new(),
            json_looks: Cell::new(0),
            ends: OnceCell::new(),
            found: Vec::new(),
        }
    }

    /// The raw line that starts at `at`, and where the next one starts.
    fn raw(&self, at: usize) -> (&'t str, usize) {
        let rest = &self.text[at..];
        match memchr::memchr(b'\n', rest.as_bytes()) {
            Some(end) => (rest[..end].strip_suffix('\r').unwrap_or(&rest[..end]), at + end + 1),
            None => (rest, self.text.len()),
        }
    }

    /// The line's head, without frame, cleaned.
    fn shown(&self, raw: &'t str) -> Cow<'t, str> {
        clean::line(self.frame.strip(&raw[..floor(raw, LINE_HEAD)]))
    }

    /// Where the first line starts that is neither blank nor an elision nor kubectl's noise.
    fn first_meaningful(&self) -> Option<usize> {
        let mut at = 0;
        while at < self.text.len() {
            let (raw, next) = self.raw(at);
            if is_meaningful(&self.shown(raw)) {
                return Some(at);
            }
            at = next;
        }
        None
    }

    /// The lines from `at` on that are not blank, cleaned: enough to know what begins there.
    fn ahead(&self, at: usize) -> Vec<Cow<'t, str>> {
        let mut lines = Vec::with_capacity(AHEAD_LINES);
        let (mut at, mut bytes, mut most) = (at, 0, AHEAD_LINES);
        while at < self.text.len() && lines.len() < most && bytes < AHEAD_BYTES {
            let (raw, next) = self.raw(at);
            at = next;
            let head = &raw[..floor(raw, AHEAD_BYTES)];
            bytes += head.len();
            if head.trim().is_empty() || head.trim_start().starts_with("```") {
                continue;
            }
            if lines.is_empty() && head.trim_start().starts_with(['{', '[']) {
                // JSON on one line speaks for itself: a log may have millions of such lines.
                most = if JsonDepth::default().line(head) { 1 } else { self.json_lines() };
            }
            lines.push(clean::line(self.frame.strip(head)));
        }
        lines
    }

    /// How many lines of JSON may be looked at: many, until a text has had many such starts.
    fn json_lines(&self) -> usize {
        let looks = self.json_looks.get();
        self.json_looks.set(looks + 1);
        if looks < MOST_JSON_LOOKS { AHEAD_LINES_JSON } else { AHEAD_LINES }
    }

    fn open(&self, start: usize, line: u64) -> Open<'t> {
        Open {
            start,
            line,
            state: State::Expect,
            command: None,
            parsed: Command::default(),
            hint: self.base.clone(),
            foreign: false,
        }
    }

    fn run(mut self) -> Vec<Section<'t>> {
        let mut open = self.open(0, 1);
        let (mut at, mut number, mut blank_before) = (0, 1, true);
        while at < self.text.len() && self.found.len() <= SECTIONS {
            let (raw, mut next) = self.raw(at);
            if self.in_comment && !raw.trim().is_empty() && (!self.frame.marks(raw) || command::find(raw).is_some()) {
                self.close(open, at);
                open = self.open(at, number);
                (self.frame, self.in_comment, blank_before) = (Frame::default(), false, true);
            } else if let Some(frame) = self.comment_begins(&open, at, raw) {
                // A command before it speaks of it.
                if !matches!(open.state, State::Expect) {
                    self.close(open, at);
                    open = self.open(at, number);
                }
                (self.frame, self.in_comment) = (frame, true);
            }
            // Inside objects nothing that is indented ends them.
            if raw.starts_with(' ') && self.frame == Frame::default() {
                let inside = match &mut open.state {
                    State::Json { depth, closed } if !*closed => {
                        *closed = depth.line(raw);
                        true
                    }
                    State::Is(Artifact::Yaml) => true,
                    _ => false,
                };
                if inside {
                    blank_before = false;
                    at = next;
                    number += 1;
                    continue;
                }
            }
            let shown = self.shown(raw);
            let line = shown.trim_end();
            if line.trim().is_empty() {
                blank_before = true;
                at = next;
                number += 1;
                continue;
            }
            if let State::Marked { end } = &open.state {
                if raw.starts_with(START_MARK) && !self.ends_behind(end, at) {
                    // The end of the log before was never written.
                    self.close(open, at);
                    open = self.open(at, number);
                    blank_before = true;
                    continue;
                }
                let ends = raw.trim_end().ends_with(end.as_str()) && self.mark_ends(next);
                if ends {
                    let glued = !raw.starts_with(end.as_str());
                    let stop = if glued { next } else { at };
                    self.close(open, stop);
                    open = self.open(next, number + 1);
                }
                at = next;
                number += 1;
                blank_before = true;
                continue;
            }
            if let Some(boundary) = self.boundary(raw, line, &open, blank_before) {
                let mut lines = 1;
                let mut begun = self.open(next, number + 1);
                match boundary {
                    Boundary::Command(command) => {
                        // A backslash at the end goes on with the next line.
                        let start = command.as_ptr() as usize - self.text.as_ptr() as usize;
                        let mut end = start + command.len();
                        while self.text[start..end].trim_end().ends_with('\\') && next < self.text.len() && lines < 20 {
                            let (more, after) = self.raw(next);
                            end = next + more.len();
                            next = after;
                            lines += 1;
                        }
                        let command = &self.text[start..end];
                        begun = self.open(next, number + lines);
                        begun.parsed = Command::parse(command);
                        begun.hint = begun.parsed.hint(self.base);
                        begun.command = Some(command);
                    }
                    Boundary::Foreign => begun.foreign = true,
                    // `kubectl get pods:` before the fence speaks of what is in it.
                    Boundary::Fence => {
                        if matches!(open.state, State::Expect) && open.command.is_some() {
                            begun.command = open.command;
                            begun.parsed = std::mem::take(&mut open.parsed);
                            begun.hint = open.hint.clone();
                            open.command = None;
                        }
                    }
                }
                self.close(open, at + self.glued(raw));
                open = begun;
                at = next;
                number += lines;
                blank_before = true;
                continue;
            }
            if self.begins_other(&open, at, line, blank_before) {
                self.close(open, at);
                open = self.open(at, number);
            }
            // A comment above an output is no output.
            let comment = !self.says_log && line.starts_with("# ") && self.next_is_other(next);
            if matches!(open.state, State::Expect) && is_meaningful(line) && !comment {
                self.decide(&mut open, at, raw);
            }
            match &mut open.state {
                State::Json { depth, closed } => *closed = depth.line(raw),
                State::Marked { .. } => {
                    open.start = next;
                    open.line = number + 1;
                }
                _ => {}
            }
            blank_before = false;
            at = next;
            number += 1;
        }
        self.close(open, self.text.len());
        self.finish()
    }

    /// The frame of a table or a describe that starts with this line and is commented out line by line, in a file whose
    /// other lines are not. A log's own lines may start like that, and stay.
    fn comment_begins(&self, open: &Open<'t>, at: usize, raw: &'t str) -> Option<Frame> {
        let outside =
            matches!(open.state, State::Expect | State::Text | State::Table { .. } | State::Is(Artifact::Other));
        if self.in_comment || self.frame != Frame::default() || self.says_log || !outside || open.parsed.verb == "logs"
        {
            return None;
        }
        let frame = Frame::of_comment(raw)?;
        if !may_start(frame.strip(&raw[..floor(raw, LINE_HEAD)])) {
            return None;
        }
        let mut lines = Vec::new();
        let mut at = at;
        while at < self.text.len() && lines.len() < AHEAD_LINES {
            let (line, next) = self.raw(at);
            if !frame.marks(line) {
                break;
            }
            lines.push(clean::line(frame.strip(&line[..floor(line, LINE_HEAD)])));
            at = next;
        }
        let lines: Vec<&str> = lines.iter().map(|line| &**line).collect();
        let output = matches!(recognise::strong_start(&lines), Start::Output(Artifact::Table | Artifact::Describe));
        (output && lines.len() > 1).then_some(frame)
    }

    /// Whether the next line that is not blank is neither a comment nor indented: what a single comment stands above.
    fn next_is_other(&self, mut at: usize) -> bool {
        while at < self.text.len() {
            let (raw, next) = self.raw(at);
            let shown = self.shown(raw);
            if !shown.trim().is_empty() {
                return !shown.starts_with(['#', ' ', '\t']);
            }
            at = next;
        }
        false
    }

    /// Whether the mark of a log's end stands anywhere behind `at`.
    fn ends_behind(&self, end: &str, at: usize) -> bool {
        let last = self.ends.get_or_init(|| {
            let starts = memchr::memmem::find_iter(self.text.as_bytes(), END_MARK);
            let marks = starts.filter_map(|start| {
                let mark = self.text[start..].lines().next()?;
                let inner = mark[END_MARK.len()..].find(" ====")?;
                Some((&mark[..END_MARK.len() + inner + " ====".len()], start))
            });
            marks.collect()
        });
        last.get(end).is_some_and(|last| *last >= at)
    }

    /// Whether the mark of a log's end before `at` is the dump's own and no line of the log: behind it the next log begins,
    /// or the next object, or nothing stands.
    fn mark_ends(&self, at: usize) -> bool {
        let rest = self.text[at..].trim_start();
        let line = rest.split('\n').next().unwrap_or_default().trim_end();
        line.starts_with(START_MARK)
            || line.is_empty()
            || line == "{"
            || line == "---"
            || line.starts_with("apiVersion:")
            || command::find(line).is_some()
    }

    /// Whether a line stands between outputs: a prompt with a command, a heading, a fence.
    fn boundary(&mut self, raw: &'t str, line: &str, open: &Open<'t>, blank_before: bool) -> Option<Boundary<'t>> {
        let trimmed = line.trim_start();
        let indent = line.len() - trimmed.len();
        let fixed_log = matches!(open.state, State::Is(Artifact::Log));
        let data = matches!(open.state, State::Json { closed: false, .. } | State::Is(Artifact::Yaml));
        if trimmed.starts_with("```") && !fixed_log {
            return Some(Boundary::Fence);
        }
        if indent >= if data { 1 } else { 9 } {
            return None;
        }
        if let Some((found, command)) = self.command_in(raw, line)
            && self.accepts(found, open, blank_before, indent)
        {
            if matches!(found.style, Style::Prompt) {
                let prefix = self.slice_of_text(found.prefix);
                if let Some(prefix) = prefix
                    && !prefix.is_empty()
                    && !self.prompts.contains(&prefix)
                    && self.prompts.len() < 50
                {
                    self.prompts.push(prefix);
                }
            }
            if !self.styles.contains(&found.style) {
                self.styles.push(found.style);
            }
            return Some(Boundary::Command(command));
        }
        // Another command under a prompt that was seen, or that cannot be anything else.
        let again = self.prompts.iter().any(|prompt| {
            let telling = prompt.len() > 3 || *prompt == "$" && !fixed_log && !matches!(open.state, State::Text);
            telling && trimmed.strip_prefix(prompt).is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
        });
        let foreign = again || (!self.prompts.is_empty() || !fixed_log) && command::other_prompt(trimmed).is_some();
        let traced = self.styles.contains(&Style::Trace)
            && !fixed_log
            && trimmed.strip_prefix("+ ").is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_lowercase()));
        (foreign || traced).then_some(Boundary::Foreign)
    }

    /// How many bytes of a prompt's line belong to the output before it: an output without a line end at its end has the
    /// next prompt right behind it. Only a prompt that was seen before on a line of its own tells.
    fn glued(&self, raw: &str) -> usize {
        let Some(found) = command::find(self.frame.strip(raw)) else { return 0 };
        self.prompts
            .iter()
            .filter(|prompt| prompt.len() > 3 && found.prefix.len() > prompt.len())
            .filter(|prompt| found.prefix.ends_with(**prompt))
            .map(|prompt| found.prefix.as_ptr() as usize - raw.as_ptr() as usize + found.prefix.len() - prompt.len())
            .max()
            .unwrap_or(0)
    }

    /// The command of a line, and its slice of the text (colours may stand in the raw line).
    fn command_in<'l>(&self, raw: &'t str, line: &'l str) -> Option<(CommandLine<'l>, &'t str)>
    where
        't: 'l,
    {
        let prompt = || line.contains(['$', '#', '>', '%', '\u{276f}', '\u{279c}']) && line.contains(['k']);
        if !["kubectl", "kubecolor", "oc ", "k "].iter().any(|name| line.contains(name)) && !prompt() {
            return None;
        }
        let plain = self.frame.strip(raw);
        if let Some(found) = command::find(plain) {
            return Some((found, found.command));
        }
        let found = command::find(line)?;
        let name = found.command.split_whitespace().next()?;
        let start = raw.find(name)?;
        Some((found, raw[start..].trim_end_matches(['`', ' '])))
    }

    fn slice_of_text(&self, part: &str) -> Option<&'t str> {
        let start = (part.as_ptr() as usize).checked_sub(self.text.as_ptr() as usize)?;
        self.text.get(start..start + part.len())
    }

    fn accepts(&self, found: CommandLine<'_>, open: &Open<'t>, blank_before: bool, indent: usize) -> bool {
        let expecting = matches!(open.state, State::Expect);
        let log = matches!(open.state, State::Is(Artifact::Log)) || matches!(open.state, State::Text) && self.says_log;
        let loggish = log || matches!(open.state, State::Text);
        let data = matches!(open.state, State::Json { closed: false, .. } | State::Is(Artifact::Yaml));
        match found.style {
            Style::Prompt => {
                let quoted = found.prefix.contains(['"', '\'', '=']) && !found.prefix.contains('@');
                let timed = loggish && found.prefix.starts_with(|c: char| c.is_ascii_digit());
                // In a describe, arguments of a container stand this deep.
                let deep = matches!(open.state, State::Is(Artifact::Describe)) && indent >= 6;
                !quoted && !timed && !deep
            }
            Style::Trace => self.styles.contains(&Style::Trace) || expecting && self.found.is_empty() && !self.says_log,
            Style::Heading => {
                let decorated = found.prefix.len() >= 2 && found.prefix.bytes().all(|b| b"=-#*_~> ".contains(&b));
                let usual = self.styles.contains(&Style::Heading) && blank_before;
                let here = if log { usual } else { expecting || blank_before || !loggish };
                !data && indent < 6 && (decorated || here)
            }
            Style::Bare => {
                let usual = self.styles.contains(&Style::Bare);
                let here = if log { usual && blank_before } else { expecting || blank_before || usual };
                !data && indent < 6 && here
            }
        }
    }

    /// Whether the line begins an output of another kind than the one it would belong to.
    fn begins_other(&self, open: &Open<'t>, at: usize, line: &str, blank_before: bool) -> bool {
        let indent = line.len() - line.trim_start().len();
        let strong = || {
            if !may_start(line) {
                return Start::Text;
            }
            let lines = self.ahead(at);
            let lines: Vec<&str> = lines.iter().map(|line| &**line).collect();
            recognise::strong_start(&lines)
        };
        match &open.state {
            State::Expect | State::Marked { .. } => false,
            // Where kubectl said why there is no log, none goes on.
            State::Is(Artifact::Log) => {
                let said = &self.text[open.start..at];
                let mut lines = said[..floor(said, LINE_HEAD)].lines().map(str::trim).filter(|line| !line.is_empty());
                let refused = |line: &str| line.starts_with("Error from server") && recognise::is_log_error(line);
                said.len() < LINE_HEAD
                    && lines.next().is_some_and(refused)
                    && lines.all(|line| line.starts_with('#'))
                    && !matches!(strong(), Start::Text)
            }
            State::Table { events } => {
                if runtime_table::is_header(line) {
                    return true;
                }
                if let Some(columns) = header::parse(line) {
                    return (header::kind_of(&columns) == Some(Kind::Event)) != *events;
                }
                if !matches!(strong(), Start::Text) {
                    return true;
                }
                let mut words = line.split_whitespace();
                let named = words.next().is_some_and(shape::is_name);
                let other = (!named || words.count() >= 3) && !recognise::may_be_row(line);
                blank_before && !events && (other || recognise::is_error(line))
            }
            // The next object of a describe, or a name within one: neither ends it, and a file may have millions.
            State::Is(Artifact::Describe) if line.trim_start().starts_with("Name:") => false,
            State::Is(Artifact::Describe) => match strong() {
                Start::Output(Artifact::Table) => {
                    indent <= 3 && header::parse(line).is_some_and(|columns| columns.len() >= 3)
                }
                Start::Output(Artifact::Json | Artifact::Yaml) => blank_before && indent == 0,
                Start::LogMark => true,
                _ => false,
            },
            State::Json { closed, .. } => {
                *closed && !recognise::is_json_line(line) && !matches!(strong(), Start::Output(Artifact::Json))
            }
            // YAML's own lines start in lower case or with a dash.
            State::Is(Artifact::Yaml) => {
                let other = indent == 0 && !line.starts_with(|c: char| c == '-' || c.is_ascii_lowercase());
                other && !matches!(strong(), Start::Text | Start::Output(Artifact::Yaml))
            }
            State::Is(Artifact::Version) => !matches!(strong(), Start::Text | Start::Output(Artifact::Version)),
            State::Is(Artifact::Stderr) => !recognise::is_error(line) && is_meaningful(line),
            State::Is(_) => !matches!(strong(), Start::Text),
            State::Text => {
                let rows = !self.says_log
                    && (matches!(bare_row(line), Some(Kind::Pod | Kind::Event)) || recognise::is_describe_event(line));
                rows || !matches!(strong(), Start::Text)
            }
        }
    }

    /// Tells what begins with the line at `at`.
    fn decide(&self, open: &mut Open<'t>, at: usize, raw: &str) {
        let lines = self.ahead(at);
        let lines: Vec<&str> = lines.iter().map(|line| &**line).collect();
        let found = recognise::start_of(&lines, self.says_log);
        let verb = open.parsed.verb.as_str();
        let output = open.parsed.output.as_deref().unwrap_or("");
        let artifact = match (verb, found) {
            (_, Start::LogMark) => {
                open.state = mark(raw, &mut open.hint);
                return;
            }
            ("logs", _) => Some(Artifact::Log),
            ("get" | "describe" | "top" | "version" | "events", Start::Output(Artifact::Log)) => Some(Artifact::Stderr),
            (_, Start::Output(artifact)) => Some(artifact),
            ("get", Start::Text) => Some(match output {
                "json" => Artifact::Json,
                "yaml" => Artifact::Yaml,
                "" | "wide" | "custom-columns" | "custom-columns-file" => Artifact::Table,
                _ => Artifact::Other,
            }),
            ("describe", Start::Text) => Some(Artifact::Describe),
            ("top" | "events", Start::Text) => Some(Artifact::Table),
            ("version", Start::Text) => Some(Artifact::Version),
            ("", Start::Text) if open.foreign => Some(Artifact::Other),
            ("", Start::Text) => self.base.artifact,
            (_, Start::Text) => Some(Artifact::Other),
        };
        open.state = match artifact {
            None => State::Text,
            Some(Artifact::Json) => State::Json { depth: JsonDepth::default(), closed: false },
            Some(Artifact::Table) => {
                let kind = lines.iter().take(4).find_map(|line| match header::parse(line) {
                    Some(columns) => Some(header::kind_of(&columns)),
                    None => bare_row(line).map(Some),
                });
                State::Table { events: kind == Some(Some(Kind::Event)) || verb == "events" }
            }
            Some(artifact) => State::Is(artifact),
        };
    }

    fn close(&mut self, open: Open<'t>, end: usize) {
        let text = &self.text[open.start.min(end)..end];
        // A log may be empty and say so; any other output that is blank is none.
        let empty_log = open.parsed.verb == "logs" && open.command.is_some();
        if text.trim().is_empty() && !empty_log && !matches!(open.state, State::Marked { .. }) {
            return;
        }
        let artifact = match open.state {
            State::Is(artifact) => Some(artifact),
            State::Table { .. } => Some(Artifact::Table),
            State::Json { .. } => Some(Artifact::Json),
            State::Marked { .. } => Some(Artifact::Log),
            State::Expect if empty_log => Some(Artifact::Log),
            State::Expect => Some(Artifact::Other),
            State::Text => None,
        };
        let index = u32::try_from(self.found.len()).unwrap_or(u32::MAX);
        let id = SectionId { file: self.file, index };
        let section = Section {
            id,
            artifact: artifact.unwrap_or(Artifact::Other),
            path: self.path,
            first_line: open.line,
            text,
            hint: open.hint,
            command: open.command,
        };
        self.found.push((artifact, section));
    }

    /// Tells logs from words where neither content nor command did.
    fn finish(self) -> Vec<Section<'t>> {
        let alone = self.found.iter().all(|(artifact, _)| artifact.is_none());
        let (says_log, says_other) = (self.says_log, recognise::path_says_other(self.path));
        let is_json = self.path.ends_with(".json");
        self.found
            .into_iter()
            .map(|(artifact, mut section)| {
                if artifact.is_none() {
                    let log = if alone {
                        says_log || !says_other && recognise::is_program_output(section.text, is_json)
                    } else {
                        recognise::is_program_output(section.text, true)
                    };
                    section.artifact = if log { Artifact::Log } else { Artifact::Other };
                }
                section
            })
            .collect()
    }
}

fn is_meaningful(line: &str) -> bool {
    !line.trim().is_empty() && !clean::is_elision(line) && !recognise::is_noise(line)
}

/// A cheap test before looking ahead: whether any output can begin with this line.
fn may_start(line: &str) -> bool {
    let line = line.trim_start();
    line.starts_with(['{', '['])
        || [
            "NAME",
            "Name:",
            "Events:",
            "apiVersion:",
            "kind:",
            "---",
            "- apiVersion",
            "- kind:",
            "Client Version",
            "Server Version",
            "clientVersion:",
            "Type ",
            "Type\t",
            "FirstSeen",
            "FIRST",
            "LAST",
            "POD",
            "CONTAINER",
            "TYPE",
            "====",
        ]
        .iter()
        .any(|start| line.starts_with(start))
}

/// The state inside `==== START logs for container c of pod ns/p ====`, and whose log it is.
fn mark(raw: &str, hint: &mut Hint) -> State {
    let line = raw.trim();
    let inner = line.strip_prefix(START_MARK).unwrap_or("").trim_end_matches([' ', '=']);
    if let Some((container, pod)) = inner.split_once(" of pod ") {
        hint.container = Some(container.to_owned());
        match pod.split_once('/') {
            Some((namespace, pod)) => {
                hint.namespace = Some(namespace.to_owned());
                hint.pod = Some(pod.to_owned());
            }
            None => hint.pod = Some(pod.to_owned()),
        }
    }
    State::Marked { end: format!("{END_MARK}{inner} ====") }
}

#[cfg(test)]
mod tests;
