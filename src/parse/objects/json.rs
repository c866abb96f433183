//! JSON: documents, lists and bare arrays, object by object.

use rayon::prelude::*;
use serde::Deserialize;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::leaf::JsonLeaf;
use super::scan::{Scan, Stop, closed, opens};
use super::{Format, Head, Reader, Spot, internal};
use crate::model::cluster::Facts;
use crate::model::gap::GapKind;
use crate::parse::Section;
use crate::text::LineIndex;

/// So often a text goes on behind an item whose brackets do not match: each time may cost the rest of the text.
const RESUMES: usize = 16;
/// So many items of a list are found before they are read.
const WINDOW: usize = 1024;
/// So many of them are read by one thread at a time.
const BATCH: usize = 32;
/// So often it may show that the items of a list do not end where their indentation says: each time costs a window.
const GUESSES: usize = 16;

/// Reads what `kubectl get -o json` printed. Text around the documents (a prompt, a warning) is passed over.
pub fn json(section: &Section<'_>, facts: &mut Facts) {
    let lines = LineIndex::new(section.text);
    let mut reader = Reader::new(section, &lines, facts);
    if documents(&mut reader, section.text, 0) == 0 && !fragment(&mut reader, section.text) {
        reader.nothing("JSON");
    }
    reader.finish();
}

/// Reads the documents from byte `at` of a text on, and gives how many there are.
pub(super) fn documents(reader: &mut Reader<'_>, text: &str, mut at: usize) -> usize {
    let mut count = 0;
    while let Some(start) = next_document(text, at) {
        count += 1;
        at = document(reader, text, start).unwrap_or_else(|broken| broken).max(start + 1);
    }
    count
}

/// Reads a text that is one document from its first byte on. False where it is not, or where more stands behind it: then
/// what was read of it counts for nothing.
pub fn one_json(section: &Section<'_>, facts: &mut Facts) -> bool {
    let text = section.text;
    if !opens(text, 0) {
        return false;
    }
    let lines = LineIndex::new(text);
    let mut reader = Reader::new(section, &lines, facts);
    let end = document(&mut reader, text, 0);
    let whole = reader.resumes == 0 && end.is_ok_and(|end| text[end..].trim().is_empty());
    reader.finish();
    whole
}

/// The keys with which a part of a pod begins that somebody copied out of its middle.
const PARTS: [&str; 6] = [
    "\"containerStatuses\":",
    "\"initContainerStatuses\":",
    "\"lastState\":",
    "\"state\":",
    "\"terminated\":",
    "\"waiting\":",
];

/// Reads members without the brackets around them, as a text has them that was copied out of the middle of an object: from
/// its first line on if that is a member, else from the first member that is a part of a pod. False where nothing is.
fn fragment(reader: &mut Reader<'_>, text: &str) -> bool {
    let first = text.len() - text.trim_start().len();
    let start = match Scan::new(text, first).key() {
        Ok(_) => Some(first),
        Err(_) => PARTS.iter().filter_map(|part| memchr::memmem::find(text.as_bytes(), part.as_bytes())).min(),
    };
    let Some(start) = start else { return false };
    let Some(whole) = closed(&bracketed(&text[start..])) else { return false };
    let head = head_of(&whole);
    let Some(kind) = head.kind_in(&Head::default()) else { return false };
    let cx = reader.context(&whole, start).repeating(1);
    reader.object_in(&Json, kind, cx, &whole, start, Spot::Document).is_ok()
}

/// Members with an opening bracket before them. A string that a terminal broke over two lines is one line here.
fn bracketed(members: &str) -> String {
    let mut whole = String::with_capacity(members.len() + 2);
    whole.push('{');
    let (mut in_string, mut escaped) = (false, false);
    for c in members.chars() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = in_string,
            '"' => in_string = !in_string,
            _ => {}
        }
        whole.push(if in_string && matches!(c, '\n' | '\r') { ' ' } else { c });
    }
    whole
}

struct Json;

impl<'c> Format<'c> for Json {
    type Leaf = JsonLeaf<'c>;

    fn read<T: Deserialize<'c>>(&self, chunk: &'c str) -> Result<T, u64> {
        serde_json::from_str(chunk).map_err(|error| error.line().max(1) as u64)
    }
}

/// Where the next document starts: here, or on a later line that opens one.
fn next_document(text: &str, from: usize) -> Option<usize> {
    let mut scan = Scan::new(text, from);
    loop {
        scan.peek().ok()?;
        if opens(text, scan.at) {
            return Some(scan.at);
        }
        scan.at += memchr::memchr(b'\n', &text.as_bytes()[scan.at..])?;
    }
}

/// Reads the document at `start`. Gives the byte behind it; of one that breaks or is cut, the byte to go on at.
fn document(reader: &mut Reader<'_>, text: &str, start: usize) -> Result<usize, usize> {
    let mut scan = Scan::new(text, start + 1);
    let head = Head { by_path: reader.section.hint.kind, ..Head::default() };
    if text.as_bytes().get(start) == Some(&b'[') {
        let mut pending = Vec::new();
        let end = items(reader, text, &mut scan, 0, &head, &mut pending);
        if end == Err(Stop::Broken) {
            scan.at = line_end(text, scan.at);
        }
        pended(reader, text, &head, pending);
        return end.map(|_| scan.at).map_err(|_| scan.at);
    }
    object_or_list(reader, text, start, scan, head, None)
}

/// Reads the document that starts at `start`, from `scan` on: from its first member, or from the item `within` its list.
pub(super) fn object_or_list<'t>(
    reader: &mut Reader<'_>,
    text: &'t str,
    start: usize,
    mut scan: Scan<'t>,
    mut head: Head<'t>,
    within: Option<usize>,
) -> Result<usize, usize> {
    // Items of a list that has not yet said what they are.
    let mut pending = Vec::new();
    let mut listed = None;
    let end = members(reader, text, &mut scan, &mut head, within, &mut listed, &mut pending);
    pended(reader, text, &head, pending);
    match (end, listed) {
        (Ok(()), None) => {
            let Some(kind) = head.kind_in(&Head::default()) else { return Ok(scan.at) };
            if let Err(line) = reader.object(&Json, kind, &text[start..scan.at], start, Spot::Document) {
                let line = reader.line(start) + line - 1;
                reader.unreadable(Spot::Document, head.kind, start, &format!("cannot be read beyond line {line}"));
            }
        }
        (Ok(()), Some(_)) => {}
        // The list has told its own gap.
        (Err(_), Some(Err(_))) => scan.at = line_end(text, scan.at),
        (Err(Stop::Cut), Some(Ok(count))) => reader.cut_after(count),
        (Err(Stop::Cut), None) => {
            cut_object(reader, text, start, &head);
            scan.at = text.len();
        }
        (Err(Stop::Broken), _) => {
            let line = reader.line(scan.at);
            // The rest of a list begins behind the line that opens it, which is the first of its file.
            let opened = if within.is_some() { 1 } else { reader.line(start) };
            reader.unreadable_on(Spot::Document, head.kind, opened, &format!("is no JSON from line {line} on"));
            scan.at = line_end(text, scan.at);
        }
    }
    end.map(|()| scan.at).map_err(|_| scan.at)
}

/// Walks the members of a document. A list in `items` is read on the way; `listed` then says how many items it has, or
/// how its reading stopped.
fn members<'t>(
    reader: &mut Reader<'_>,
    text: &'t str,
    scan: &mut Scan<'t>,
    head: &mut Head<'t>,
    within: Option<usize>,
    listed: &mut Option<Result<usize, Stop>>,
    pending: &mut Vec<Item>,
) -> Result<(), Stop> {
    let mut first = within;
    if first.is_none() {
        if scan.take(b'}')? {
            return Ok(());
        }
        first = member(text, scan, head, listed)?;
    }
    loop {
        if let Some(first) = first {
            let end = items(reader, text, scan, first, head, pending);
            *listed = Some(end);
            end?;
        }
        if !scan.next(b'}')? {
            return Ok(());
        }
        first = member(text, scan, head, listed)?;
    }
}

/// Walks the next member of a document, and takes note of it. Of its list of items only the bracket is taken: the first
/// item has the index that is given.
fn member<'t>(
    text: &'t str,
    scan: &mut Scan<'t>,
    head: &mut Head<'t>,
    listed: &mut Option<Result<usize, Stop>>,
) -> Result<Option<usize>, Stop> {
    let key = scan.key()?;
    let is_list = matches!(key, "items" | "Items");
    if is_list && listed.is_none() && scan.take(b'[')? {
        return Ok(Some(0));
    }
    let value = scan.value()?;
    if is_list {
        listed.get_or_insert(Ok(0));
    }
    head.note(key, text[value].trim_matches('"'));
    Ok(None)
}

/// What a list says of itself before its items, and the byte at which they start; `None` where no list shows.
pub(super) fn opening<'t>(text: &'t str, by_path: Option<&'static str>) -> Option<(Head<'t>, usize)> {
    let mut head = Head { by_path, ..Head::default() };
    let mut scan = Scan::new(text, 0);
    let mut listed = None;
    if !scan.take(b'{').ok()? {
        return None;
    }
    loop {
        match member(text, &mut scan, &mut head, &mut listed).ok()? {
            Some(_) => return Some((head, scan.at)),
            None if listed.is_none() && scan.next(b'}') == Ok(true) => {}
            None => return None,
        }
    }
}

/// Reads the items of a list, from the one with the index `first` on, up to its bracket, or up to where the text ends or
/// breaks: that is a gap then. Gives the number of items.
fn items(
    reader: &mut Reader<'_>,
    text: &str,
    scan: &mut Scan<'_>,
    first: usize,
    list: &Head<'_>,
    pending: &mut Vec<Item>,
) -> Result<usize, Stop> {
    if first == 0 && scan.take(b']') == Ok(true) {
        return Ok(0);
    }
    let mut index = first;
    let mut guesses = GUESSES;
    loop {
        let mut most = WINDOW;
        if guesses > 0 {
            let guessed = indented_alike(text, scan);
            let manner = Manner { list, guessed: true, waiting: true };
            let count = read_items(reader, text, index, &guessed, manner, pending);
            index += count;
            if let Some(last) = count.checked_sub(1).and_then(|last| guessed.get(last)) {
                scan.at = last.end;
                if scan.next(b']') == Ok(false) {
                    return Ok(index);
                }
            }
            match guessed.len() {
                0 => guesses = 0,
                found if found == count => continue,
                // The brackets tell where this one ends.
                _ => (guesses, most) = (guesses - 1, 1),
            }
        }
        let manner = Manner { list, guessed: false, waiting: true };
        let mut walked = Vec::new();
        let (start, stop) = loop {
            let start = scan.peek().map(|_| scan.at).unwrap_or(text.len());
            match scan.value() {
                Ok(range) => walked.push(range),
                Err(stop) => break (start, Some((stop, false))),
            }
            match scan.next(b']') {
                Ok(true) if walked.len() < most => {}
                Ok(true) => break (start, None),
                Ok(false) => return Ok(index + read_items(reader, text, index, &walked, manner, pending)),
                Err(stop) => break (start, Some((stop, true))),
            }
        };
        index += read_items(reader, text, index, &walked, manner, pending);
        let Some((stop, complete)) = stop else { continue };
        // Brackets that do not match look like the end of the text: a later line that opens an item tells.
        reader.resumes += 1;
        let resumed = if reader.resumes > RESUMES { None } else { next_item(text, start) };
        match (resumed, stop) {
            (Some(next), _) => {
                let last = if complete { index - 1 } else { index };
                reader.unreadable(Spot::Item(last), list.item_kind(), start, "is no JSON: its brackets do not match");
                index = last + 1;
                scan.at = next;
            }
            (None, Stop::Cut) => {
                reader.cut_after(index);
                scan.at = text.len();
                return Err(stop);
            }
            (None, Stop::Broken) => {
                let line = reader.line(scan.at);
                reader.gap(
                    GapKind::Unreadable,
                    format!("it is no JSON from line {line} on, after {index} items"),
                    format!("the objects from items[{index}] on"),
                );
                return Err(stop);
            }
        }
    }
}

/// Where the next items of a list would end by their indentation: kubectl writes the bracket that closes an item alone on a
/// line, as far in as the one that opens it. No more than a window of them.
pub(super) fn indented_alike(text: &str, from: &Scan<'_>) -> Vec<Range<usize>> {
    let bytes = text.as_bytes();
    let mut scan = *from;
    let mut found = Vec::new();
    let Ok(b'{') = scan.peek() else { return found };
    let blanks = bytes[..scan.at].iter().rev().take_while(|byte| **byte == b' ').count();
    let Some(b'\n') = scan.at.checked_sub(blanks + 1).and_then(|at| bytes.get(at)) else { return found };
    let closing = format!("\n{}}}", " ".repeat(blanks));
    let finder = memchr::memmem::Finder::new(&closing);
    while found.len() < WINDOW && scan.peek() == Ok(b'{') {
        let start = scan.at;
        let Some(at) = finder.find(&bytes[start..]) else { break };
        scan.at = start + at + closing.len();
        found.push(start..scan.at);
        if scan.next(b']') != Ok(true) {
            break;
        }
    }
    found
}

/// How items are read.
#[derive(Clone, Copy)]
pub(super) struct Manner<'h> {
    /// What their list has said by then.
    pub(super) list: &'h Head<'h>,
    /// It is only guessed where they end.
    pub(super) guessed: bool,
    /// Items that do not say what they are wait for what stands behind them; else they are not read.
    pub(super) waiting: bool,
}

/// An item and its index.
type Item = (usize, Range<usize>);

/// Reads the items at these places, the first of which has this index. Where it is only guessed where they end, up to the
/// first that turns out not to end there. Gives how many were read.
fn read_items(
    reader: &mut Reader<'_>,
    text: &str,
    first: usize,
    ranges: &[Range<usize>],
    manner: Manner<'_>,
    pending: &mut Vec<Item>,
) -> usize {
    in_batches(reader, ranges, pending, |reader, before, range, pending| {
        item(reader, text, first + before, range.clone(), manner, pending)
    })
}

/// The same by one thread, of items that may not wait.
pub(super) fn read_in_turn(
    reader: &mut Reader<'_>,
    text: &str,
    first: usize,
    ranges: &[Range<usize>],
    manner: Manner<'_>,
) -> usize {
    let mut all = ranges.iter().enumerate();
    let mut pending = Vec::new();
    let wrong = all.find(|(index, range)| !item(reader, text, first + index, (*range).clone(), manner, &mut pending));
    wrong.map_or(ranges.len(), |(index, _)| index)
}

/// Reads pieces, many of them in parallel, and joins what they say in the order of the text, up to the first that is not
/// read. Gives how many were read.
fn in_batches<T: Sync>(
    reader: &mut Reader<'_>,
    pieces: &[T],
    pending: &mut Vec<Item>,
    read: impl Fn(&mut Reader<'_>, usize, &T, &mut Vec<Item>) -> bool + Sync,
) -> usize {
    let some = |reader: &mut Reader<'_>, before: usize, pieces: &[T], pending: &mut Vec<Item>| {
        let mut all = pieces.iter().enumerate();
        let wrong = all.find(|(index, piece)| !read(reader, before + index, piece, pending));
        wrong.map_or(pieces.len(), |(index, _)| index)
    };
    if pieces.len() <= BATCH {
        return some(reader, 0, pieces, pending);
    }
    let before = reader.spent.load(Ordering::Relaxed);
    let (section, lines, spent) = (reader.section, reader.lines, Arc::clone(&reader.spent));
    let batches: Vec<_> = pieces
        .par_chunks(BATCH)
        .enumerate()
        .map(|(batch, pieces)| {
            let (mut facts, mut pending) = (Facts::default(), Vec::new());
            let mut reader = Reader::sharing(section, lines, &spent, &mut facts);
            let count = some(&mut reader, batch * BATCH, pieces, &mut pending);
            let gaps = reader.gaps;
            (facts, gaps, pending, count == pieces.len(), count)
        })
        .collect();
    if reader.is_full() {
        // Which objects found room is chance: once more, one after the other.
        drop(batches);
        reader.spent.store(before, Ordering::Relaxed);
        return some(reader, 0, pieces, pending);
    }
    let mut count = 0;
    for (facts, gaps, waiting, all, of_batch) in batches {
        reader.append(facts, gaps);
        pending.extend(waiting);
        count += of_batch;
        if !all {
            break;
        }
    }
    count
}

/// The next line that opens an item just as the line of the item at `start` does: its bracket alone, equally indented.
fn next_item(text: &str, start: usize) -> Option<usize> {
    let line_start = text[..start].rfind('\n').map_or(0, |end| end + 1);
    let indent = text.get(line_start..start).filter(|indent| indent.trim().is_empty())?;
    let opening = format!("\n{indent}{{");
    let bytes = text.as_bytes();
    let mut finder = memchr::memmem::find_iter(&bytes[start..], &opening).map(|found| start + found + opening.len());
    let end = finder.find(|end| matches!(bytes.get(*end), Some(b'\n' | b'\r')))?;
    Some(end - 1)
}

/// Reads an item. False where its end was guessed and is another one, or where it may not wait: then nothing was read.
fn item(
    reader: &mut Reader<'_>,
    text: &str,
    index: usize,
    range: Range<usize>,
    Manner { list, guessed, waiting }: Manner<'_>,
    pending: &mut Vec<Item>,
) -> bool {
    let chunk = &text[range.clone()];
    if !chunk.starts_with('{') {
        reader.unreadable(Spot::Item(index), list.item_kind(), range.start, "is no object");
        return true;
    }
    // A typed list says what its items are; others are asked.
    let head = if list.item_kind().is_some() { Head::default() } else { head_of(chunk) };
    let known = head.kind.is_some() || list.item_kind().is_some();
    match head.kind_in(list) {
        Some(kind) if known => {
            let error = match reader.object(&Json, kind, chunk, range.start, Spot::Item(index)) {
                Ok(()) => return true,
                Err(_) if guessed => return false,
                Err(line) => line,
            };
            unreadable_item(reader, error, head.kind.or(list.item_kind()), index, range.start);
            true
        }
        // What is not read is not known to be whole.
        _ if guessed && Scan::new(chunk, 0).value() != Ok(0..chunk.len()) => false,
        None if known => true,
        // Neither has said it yet: the list may do so behind its items.
        _ if !waiting => false,
        _ => {
            pending.push((index, range));
            true
        }
    }
}

/// Reads the items that had to wait for the kind of their list.
fn pended(reader: &mut Reader<'_>, text: &str, list: &Head<'_>, pending: Vec<Item>) {
    in_batches(reader, &pending, &mut Vec::new(), |reader, _, (index, range), _| {
        pended_item(reader, text, list, *index, range.clone());
        true
    });
}

fn pended_item(reader: &mut Reader<'_>, text: &str, list: &Head<'_>, index: usize, range: Range<usize>) {
    let (at, chunk) = (range.start, &text[range]);
    let head = head_of(chunk);
    let Some(kind) = head.kind_in(list) else { return };
    let respelled = if head.internal { internal::respelled(chunk) } else { None };
    let read = match &respelled {
        Some((whole, from)) => {
            let cx = reader.context(whole, at).repeating(*from);
            reader.object_in(&Json, kind, cx, whole, at, Spot::Item(index))
        }
        None => reader.object(&Json, kind, chunk, at, Spot::Item(index)),
    };
    if let Err(line) = read {
        unreadable_item(reader, line, list.item_kind(), index, at);
    }
}

/// A gap for an item that broke on this line of its own.
fn unreadable_item(reader: &mut Reader<'_>, line: u64, kind: Option<&str>, index: usize, at: usize) {
    let line = reader.line(at) + line - 1;
    reader.unreadable(Spot::Item(index), kind, at, &format!("cannot be read beyond line {line}"));
}

/// What an object says of itself; no further than needed.
fn head_of(chunk: &str) -> Head<'_> {
    let mut head = Head::default();
    let mut scan = Scan::new(chunk, 1);
    while head.kind.is_none() || head.api_version.is_none() {
        let Ok(key) = scan.key() else { break };
        let Ok(value) = scan.value() else { break };
        head.note(key, chunk[value].trim_matches('"'));
        if scan.next(b'}') != Ok(true) {
            break;
        }
    }
    head
}

/// Reads what is left of an object that ends in its middle.
fn cut_object(reader: &mut Reader<'_>, text: &str, start: usize, head: &Head<'_>) {
    if let (Some(kind), Some(chunk)) = (head.kind_in(&Head::default()), closed(&text[start..])) {
        // What cannot be read even so is covered by the gap below.
        let _ = reader.object(&Json, kind, &chunk, start, Spot::Document);
    }
    reader.cut_in(head.kind, start);
}

/// The end of the line of byte `at`.
fn line_end(text: &str, at: usize) -> usize {
    memchr::memchr(b'\n', &text.as_bytes()[at.min(text.len())..]).map_or(text.len(), |end| at + end)
}
