//! YAML: documents and list items found by their indentation, each read alone.
//!
//! kubectl writes block style with one indentation throughout, so that lines tell where an object starts and ends, and
//! which kind it is, without a parser: only kinds that matter are parsed, within a budget that an alias bomb cannot pass.

use rayon::prelude::*;
use serde::Deserialize;
use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::leaf::{First, YamlLeaf};
use super::scan::opens;
use super::{Format, Head, Reader, Spot, json};
use crate::model::cluster::Facts;
use crate::model::gap::GapKind;
use crate::parse::{Section, describe};
use crate::text::{LineIndex, Located};

/// The longest message that is put together from lines, in bytes.
const MESSAGE: usize = 16 * 1024;
/// So many items of a list are read by one thread at a time.
const BATCH: usize = 64;

/// Reads what `kubectl get -o yaml` printed. The text may be indented as a whole, and prompts may stand around it.
pub fn yaml(section: &Section<'_>, facts: &mut Facts) {
    let text = section.text;
    if opens(text, 0) {
        // JSON is YAML too, and may stand where YAML was asked for.
        return json(section, facts);
    }
    let lines = LineIndex::new(text);
    let mut reader = Reader::new(section, &lines, facts);
    let mut documents = split(text);
    for document in &mut documents {
        document.whole.head.by_path = section.hint.kind;
    }
    let found = |facts: &Facts| facts.pods.len() + facts.events.len();
    let (before, workloads) = (found(reader.facts), reader.facts.workloads.len());
    for document in &documents {
        document.read(&mut reader, text);
    }
    let fragment = documents.iter().all(|document| document.whole.head.kind.is_none());
    let whole = reader.facts.workloads.len() > workloads && reader.gaps == 0;
    if fragment && found(reader.facts) == before && !whole {
        describe::of_messages(section, messages(text, &reader), reader.facts);
    }
    if documents.is_empty() {
        reader.nothing("YAML");
    }
    reader.finish();
}

/// The values of `message` in pieces of which no object is left, each with its place: what Kubernetes says it says whole.
fn messages(text: &str, reader: &Reader<'_>) -> Vec<Located<String>> {
    let mut found = Vec::new();
    let mut open: Option<(usize, usize, String)> = None;
    let mut at = 0;
    for line in text.split_inclusive('\n').chain(["end:"]) {
        let start = at;
        at += line.len();
        let words = line.trim();
        let indent = line.len() - line.trim_start().len();
        if let Some((from, key, value)) = &mut open {
            if indent > *key && !words.is_empty() && value.len() < MESSAGE {
                value.push(' ');
                value.push_str(words);
                continue;
            }
            let place = reader.place(*from);
            found.push(Located::new(plain_scalar(value), place));
            open = None;
        }
        let entry = words.strip_prefix("- ").unwrap_or(words);
        if let Some(value) = entry.strip_prefix("message:") {
            open = Some((start + indent, indent, value.trim().to_owned()));
        }
    }
    found
}

/// What a scalar says whose lines are joined: without quotes, the mark of a block, and the quotes' own escapes.
fn plain_scalar(value: &str) -> String {
    let value = value.trim_start_matches(['>', '|', '-']).trim();
    let inside = |quote: char| value.strip_prefix(quote).map(|rest| rest.strip_suffix(quote).unwrap_or(rest));
    match (inside('\''), inside('"')) {
        (Some(inside), _) => inside.replace("''", "'"),
        (_, Some(inside)) => inside.replace("\\\"", "\""),
        _ => value.to_owned(),
    }
}

/// A document, or an item of its list: a piece of the text, and what it says of itself.
#[derive(Debug)]
struct Piece<'t> {
    range: Range<usize>,
    head: Head<'t>,
    /// Whether a key below its first line was seen, or may stand there for another reason than that it is one of its own.
    keyed: bool,
}

/// A document of a text.
#[derive(Debug)]
struct Document<'t> {
    whole: Piece<'t>,
    /// The items of its list; `None` where it is no list.
    items: Option<Vec<Piece<'t>>>,
    /// Where a list stands that is not written line by line.
    flow: Option<usize>,
    /// By how many blanks its first line is indented too little.
    lost: usize,
    /// Whether it is the last one, so that it may be cut.
    last: bool,
}

/// Where the walk over the lines is in a document.
struct Open<'t> {
    document: Document<'t>,
    /// The indentation of its keys.
    base: usize,
    /// Of its list, once it has begun: the indentation of the dashes, that of the keys behind them.
    list: Option<(usize, usize)>,
    /// Whether the lines belong to the list.
    in_list: bool,
    /// Whether only one line was seen, a key with its value.
    lone: bool,
    /// How far the first line under a lone key is indented.
    under: Option<usize>,
}

/// Finds the documents and items of a text.
fn split(text: &str) -> Vec<Document<'_>> {
    let mut documents = Vec::new();
    let mut open: Option<Open<'_>> = None;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let start = at;
        at += line.len();
        let words = line.trim_start_matches([' ', '\t']);
        let indent = line.len() - words.len();
        let words = words.trim_end();
        if words.is_empty() {
            continue;
        }
        if let Some(mut current) = open.take() {
            let ends = indent <= current.base && ends_document(words);
            if !ends && indent >= current.base {
                current.line(words, indent, start);
                open = Some(current);
                continue;
            }
            documents.push(current.close(start));
            if ends {
                continue;
            }
        }
        if starts_document(words) {
            let mut current = Open::new(start, indent);
            if words.starts_with('-') {
                current.in_list = true;
                current.document.items = Some(Vec::new());
            }
            current.line(words, indent, start);
            current.lone = key(words).is_some_and(|(_, value)| !value.is_empty() && !value.starts_with(['|', '>']));
            open = Some(current);
        }
    }
    documents.extend(open.map(|open| open.close(text.len())));
    if let Some(last) = documents.last_mut() {
        last.last = true;
    }
    documents
}

/// `---`, a prompt, or the fence around a quotation.
fn ends_document(words: &str) -> bool {
    words == "---" || words.starts_with("--- ") || words.starts_with("$ ") || words == "$" || words.starts_with("```")
}

/// Whether a document can start with this line: a dash, or a key of one word. A comment, a prompt, a warning cannot.
fn starts_document(words: &str) -> bool {
    if ends_document(words) || words.starts_with(['#', '%']) {
        return false;
    }
    let behind = words.strip_prefix('-').filter(|rest| rest.is_empty() || rest.starts_with(' ')).map(str::trim_start);
    match behind {
        Some("") => true,
        Some(rest) => key(rest).is_some(),
        // Messages start as keys do (`Warning: v1 Endpoints is deprecated`), but no key of Kubernetes is upper case.
        None => key(words).is_some_and(|(key, _)| key.starts_with(|c: char| c.is_ascii_lowercase())),
    }
}

/// The key of a line and what stands behind it on the line, without quotes and comment.
fn key(words: &str) -> Option<(&str, &str)> {
    let (key, rest) = words.split_once(':')?;
    let key = key.trim_matches(['"', '\'']);
    let known = !key.is_empty() && key.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '/'));
    if !known || !(rest.is_empty() || rest.starts_with([' ', '\t'])) {
        return None;
    }
    let value = rest.split(" #").next().unwrap_or_default().trim().trim_matches(['"', '\'']);
    Some((key, value))
}

impl<'t> Open<'t> {
    fn new(start: usize, base: usize) -> Self {
        let whole = Piece { range: start..start, head: Head::default(), keyed: false };
        let document = Document { whole, items: None, flow: None, lost: 0, last: false };
        Open { document, base, list: None, in_list: false, lone: false, under: None }
    }

    /// Takes a line that belongs to the document.
    fn line(&mut self, words: &'t str, indent: usize, start: usize) {
        if words.starts_with('#') {
            return;
        }
        let dash = words.strip_prefix('-').filter(|rest| rest.is_empty() || rest.starts_with([' ', '\t']));
        if self.in_list {
            if let (Some(rest), true) = (dash, self.list.is_none_or(|(dashes, _)| dashes == indent)) {
                let behind = rest.trim_start();
                let keys = indent + words.len() - behind.len();
                self.list = Some((indent, keys));
                let mut head = Head::default();
                let mut keyed = true;
                if let Some((key, value)) = key(behind) {
                    head.note(key, value);
                    keyed = !is_on_the_line(value);
                }
                self.end_item(start);
                self.document.items.get_or_insert_default().push(Piece { range: start..start, head, keyed });
                return;
            }
            if indent > self.base || self.list.is_none() && dash.is_some() {
                let keys = self.list.map(|(_, keys)| keys);
                if let (Some(item), Some((key, value))) =
                    (self.document.items.as_mut().and_then(|items| items.last_mut()), key(words))
                {
                    // The dash may stand alone on its line: the first key then says how far the keys are indented.
                    let first = self.list.filter(|(dashes, keys)| *keys <= dashes + 1);
                    if let Some((dashes, _)) = first {
                        self.list = Some((dashes, indent));
                    }
                    let lost = keys.is_some_and(|keys| keys < indent) && !item.keyed;
                    if lost && let Some((dashes, _)) = self.list {
                        self.list = Some((dashes, indent));
                    }
                    item.keyed = true;
                    if lost || first.is_some() || keys == Some(indent) {
                        item.head.note(key, value);
                    }
                }
                return;
            }
            self.end_item(start);
            self.in_list = false;
        }
        if std::mem::take(&mut self.lone) && indent > self.base && key(words).is_some() {
            // Whoever copied an indented text lost the blanks of its first line: the document goes on without that line.
            self.base = indent;
            self.document.whole.range.start = start;
        }
        let first = start == self.document.whole.range.start;
        let under = if first { None } else { Some(*self.under.get_or_insert(indent)) };
        if self.document.lost == 0
            && indent > self.base
            && under.is_some_and(|under| indent < under)
            && key(words).is_some()
        {
            // So did one who copied a key with what stands under it, and the keys beside it.
            self.document.lost = indent - self.base;
            self.base = indent;
        }
        if indent != self.base {
            return;
        }
        let Some((key, value)) = key(words) else { return };
        if key != "items" || self.document.items.is_some() {
            return self.document.whole.head.note(key, value);
        }
        self.document.items = Some(Vec::new());
        self.in_list = value.is_empty();
        if !matches!(value, "" | "[]" | "null" | "~" | "{}") {
            self.document.flow = Some(start);
        }
    }

    /// Ends the item that is open, if one is.
    fn end_item(&mut self, end: usize) {
        if let Some(item) = self.document.items.as_mut().and_then(|items| items.last_mut())
            && item.range.is_empty()
        {
            item.range.end = end;
        }
    }

    fn close(mut self, end: usize) -> Document<'t> {
        self.end_item(end);
        self.document.whole.range.end = end;
        self.document
    }
}

impl Document<'_> {
    fn read(&self, reader: &mut Reader<'_>, text: &str) {
        let Some(items) = &self.items else {
            if let Some(kind) = self.whole.head.kind_in(&Head::default()) {
                self.read_whole(reader, text, kind);
            }
            return;
        };
        if let Some(at) = self.flow {
            let what = format!("the list on line {} is not written line by line", reader.line(at));
            reader.gap(GapKind::Unreadable, what, "the objects of that list".to_owned());
        }
        // The reader of YAML is slow: lists are read in parallel, and joined in the order of the text.
        let before = reader.spent.load(Ordering::Relaxed);
        let (section, lines, spent) = (reader.section, reader.lines, Arc::clone(&reader.spent));
        let batches: Vec<(Facts, usize)> = items
            .par_chunks(BATCH)
            .enumerate()
            .map(|(batch, items)| {
                let mut facts = Facts::default();
                let mut reader = Reader::sharing(section, lines, &spent, &mut facts);
                for (index, item) in items.iter().enumerate() {
                    self.read_item(&mut reader, text, batch * BATCH + index, item);
                }
                let gaps = reader.gaps;
                (facts, gaps)
            })
            .collect();
        if reader.is_full() {
            // Which objects found room is chance: once more, one after the other.
            drop(batches);
            reader.spent.store(before, Ordering::Relaxed);
            for (index, item) in items.iter().enumerate() {
                self.read_item(reader, text, index, item);
            }
            return;
        }
        for (facts, gaps) in batches {
            reader.append(facts, gaps);
        }
    }

    fn read_item(&self, reader: &mut Reader<'_>, text: &str, index: usize, item: &Piece<'_>) {
        let Some(kind) = item.head.kind_in(&self.whole.head) else { return };
        let name = item.head.kind.or(self.whole.head.item_kind());
        let (at, spot) = (item.range.start, Spot::Item(index));
        let chunk = plain(&text[item.range.clone()]);
        let format = Yaml { item: true };
        let lost = lost_before_dash(&chunk);
        if lost > 0 {
            let whole = " ".repeat(lost) + &chunk;
            let cx = reader.context(&whole, at).repeating(lost);
            if reader.object_in(&format, kind, cx, &whole, at, spot).is_ok() {
                return;
            }
        }
        let Err(line) = reader.object(&format, kind, &chunk, at, spot) else { return };
        if let Some(shown) = without_elisions(&chunk)
            && reader.object(&format, kind, &shown, at, spot).is_ok()
        {
            let what = format!("lines of items[{index}] on line {} are left out", reader.line(at));
            reader.gap(GapKind::Truncated, what, "what these lines show".to_owned());
        } else if self.last && self.items.as_ref().is_some_and(|all| index + 1 == all.len()) && at_end(&chunk, line) {
            reader.cut_after(index);
        } else {
            let line = reader.line(at) + line - 1;
            reader.unreadable(spot, name, at, &format!("is no readable YAML on line {line}"));
        }
    }

    /// Reads a document that is one object; where it breaks, what stands before the break.
    fn read_whole(&self, reader: &mut Reader<'_>, text: &str, kind: super::Kind) {
        let at = self.whole.range.start;
        let name = self.whole.head.kind;
        let chunk = plain(&text[self.whole.range.clone()]);
        let format = Yaml { item: false };
        if self.lost > 0 {
            let whole = " ".repeat(self.lost) + &chunk;
            let cx = reader.context(&whole, at).repeating(self.lost);
            if reader.object_in(&format, kind, cx, &whole, at, Spot::Document).is_ok() {
                return;
            }
        }
        let Err(line) = reader.object(&format, kind, &chunk, at, Spot::Document) else { return };
        if let Some(shown) = without_elisions(&chunk)
            && reader.object(&format, kind, &shown, at, Spot::Document).is_ok()
        {
            let what = format!("lines of the object on line {} are left out", reader.line(at));
            reader.gap(GapKind::Truncated, what, "what these lines show".to_owned());
            return;
        }
        let broken_at = reader.line(at) + line - 1;
        let mut rest = before_line(&chunk, line);
        for _ in 0..3 {
            match rest.map(|part| reader.object(&format, kind, part, at, Spot::Document)) {
                None | Some(Ok(())) => break,
                Some(Err(line)) => rest = rest.and_then(|part| before_line(part, line)),
            }
        }
        if self.last && at_end(&chunk, line) {
            reader.cut_in(name, at);
        } else {
            reader.unreadable(Spot::Document, name, at, &format!("is no readable YAML on line {broken_at}"));
        }
    }
}

/// A piece as it is to be read: indented by blanks where it was by tabs, which YAML forbids, and with blanks in place of
/// `managedFields`, which are half of what a server keeps and nothing of what is read. No byte moves.
fn plain(chunk: &str) -> Cow<'_, str> {
    let managed = "managedFields:";
    if !chunk.starts_with('\t') && memchr::memmem::find(chunk.as_bytes(), managed.as_bytes()).is_none() {
        return Cow::Borrowed(chunk);
    }
    let tabs: &[char] = if chunk.starts_with('\t') { &[' ', '\t'] } else { &[' '] };
    let mut blank = String::with_capacity(chunk.len());
    // The indentation of the block that is left out.
    let mut left_out = None;
    for line in chunk.split_inclusive('\n') {
        let words = line.trim_start_matches(tabs);
        let indent = line.len() - words.len();
        let inside = |key: usize| indent > key || indent == key && words.starts_with("- ") || words.trim().is_empty();
        left_out = left_out.filter(|key| inside(*key)).or(Some(indent).filter(|_| words.trim_end() == managed));
        let end = if left_out.is_some() { line.trim_end().len() } else { indent };
        blank.extend(std::iter::repeat_n(' ', end));
        blank.push_str(&line[end..]);
    }
    Cow::Owned(blank)
}

/// Whether a key's value stands behind it, and not on the lines below.
fn is_on_the_line(value: &str) -> bool {
    !value.is_empty() && !value.starts_with(['|', '>'])
}

/// How many blanks the dash of an item lost: the keys below it stand further in than the one behind it.
fn lost_before_dash(item: &str) -> usize {
    let mut lines = item.lines().filter(|line| !line.trim().is_empty());
    let indent = |line: &str| line.len() - line.trim_start_matches(' ').len();
    let (Some(first), Some(second)) = (lines.next(), lines.next()) else { return 0 };
    let behind = first.trim_start_matches(' ').strip_prefix('-').map(str::trim_start);
    match behind.filter(|behind| key(behind).is_some_and(|(_, value)| is_on_the_line(value))) {
        Some(behind) if key(second.trim_start()).is_some() => indent(second).saturating_sub(first.len() - behind.len()),
        _ => 0,
    }
}

/// A piece in which somebody replaced lines by `...` or the like: these lines as comments, so that no byte moves.
fn without_elisions(chunk: &str) -> Option<String> {
    let elided = |words: &str| {
        let inner = words.trim_matches(['[', ']', '<', '>', '(', ')', ' ']);
        inner.len() > 1 && inner.chars().all(|c| matches!(c, '.' | '*' | '-' | '\u{2026}'))
            || matches!(inner, "snip" | "truncated" | "omitted" | "redacted")
    };
    let mut found = false;
    let mut shown = String::with_capacity(chunk.len());
    for line in chunk.split_inclusive('\n') {
        if elided(line.trim()) {
            found = true;
            let end = line.trim_end().len();
            shown.push('#');
            shown.extend(std::iter::repeat_n('.', end.saturating_sub(1)));
            shown.push_str(&line[end..]);
        } else {
            shown.push_str(line);
        }
    }
    found.then_some(shown)
}

/// The piece up to the 1-based `line`, where anything is left of it.
fn before_line(chunk: &str, line: u64) -> Option<&str> {
    let skipped = usize::try_from(line).ok()?.checked_sub(2)?;
    let end = memchr::memchr_iter(b'\n', chunk.as_bytes()).nth(skipped)? + 1;
    chunk.get(..end).filter(|part| !part.trim().is_empty() && part.len() < chunk.len())
}

/// Whether the 1-based `line` is the last of a piece that has words, or beyond it: what broke there was cut.
fn at_end(chunk: &str, line: u64) -> bool {
    let lines = chunk.trim_end().split('\n').count() as u64;
    line >= lines
}

/// YAML; an item is read together with its dash.
struct Yaml {
    item: bool,
}

impl<'c> Format<'c> for Yaml {
    type Leaf = YamlLeaf<'c>;

    fn read<T: Deserialize<'c>>(&self, chunk: &'c str) -> Result<T, u64> {
        let result = if self.item {
            serde_yaml::from_str_with_options(chunk, options()).map(|First(object)| object)
        } else {
            serde_yaml::from_str_with_options(chunk, options())
        };
        result.map_err(|error| error.location().map_or(1, |location| location.line().max(1)))
    }
}

/// One object's budget. kubectl writes no aliases at all; people write a few.
pub(super) fn options() -> serde_yaml::Options {
    serde_yaml::options! {
        budget: serde_yaml::budget! {
            max_aliases: 200,
            max_anchors: 200,
            max_recorded_anchor_events: 20_000,
            max_merge_keys: 200,
            max_documents: 1,
            max_depth: 64,
        },
        alias_limits: serde_yaml::alias_limits! {
            max_total_replayed_events: 20_000,
            max_replay_stack_depth: 8,
        },
        non_finite_float_policy: serde_yaml::options::NonFiniteFloatPolicy::PassThrough,
        ignore_binary_tag_for_string: true,
        with_snippet: false,
    }
}
