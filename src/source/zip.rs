//! Zip archives: entries in parallel by the central directory, or one after the other from the front without it.
//!
//! Owns what the members of a zip are, and how an archive that was cut short is read. Knows nothing of what is inside.

use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use ::zip::ZipArchive;
use ::zip::read::ZipFileEntry;
use flate2::bufread::DeflateDecoder;
use rayon::prelude::*;

use super::TroubleKind;
use super::limits::{Fault, explain, over_ratio, ratio_fault};
use super::names::is_folder;
use super::session::{Member, Session};
use super::shared_file::SharedFile;

/// What reading the central directory may take; the entries of a larger one are read from the front, in flat memory.
const DIRECTORY_BYTES: u64 = 64 << 20;
/// The part of a Unix mode that says what a file is.
const TYPE_MASK: u32 = 0o170_000;
/// Places that look like a header and are none, after which no more of them are looked for.
const FALSE_HEADERS: u32 = 100_000;

/// Reads a zip.
pub(super) fn read(session: &Session<'_>, container: &Member, file: &SharedFile) {
    let whole = Whole { length: file.length(), out: AtomicU64::new(0) };
    let opened = Arc::new(AtomicBool::new(false));
    let reader = DirectoryReader { inner: file.clone(), left: DIRECTORY_BYTES, opened: Arc::clone(&opened) };
    match ZipArchive::new(reader).ok().filter(|archive| leads_to_entries(archive, file)) {
        Some(archive) if is_all_told(&archive, file) => {
            opened.store(true, Ordering::Relaxed);
            by_directory(session, container, &archive, &whole);
        }
        Some(_) => {
            from_front(session, container, file, &whole);
        }
        None => match from_front(session, container, file, &whole) {
            Front::Directory => {
                let what = "has a directory that is damaged; its entries are read from the front";
                session.container_trouble(container, TroubleKind::Unreadable, what);
            }
            Front::CutShort => {
                let what = "is cut short: its directory is missing, and its entries are read as far as they go";
                session.container_trouble(container, TroubleKind::Truncated, what);
            }
            Front::Stopped => {}
        },
    }
}

/// Whether the directory tells all entries. As read it keeps one of a name; from the front the first is read and the others
/// are named. One without entries is not that of an archive that starts with one.
fn is_all_told(archive: &ZipArchive<DirectoryReader>, file: &SharedFile) -> bool {
    let hides = archive.is_empty() && matches!(Local::read(file, 0), Ok(Next::Entry(_)));
    !hides && !archive.has_duplicate_names()
}

/// Whether any of the first entries of the directory is where it says: the directory may be that of another file.
fn leads_to_entries(archive: &ZipArchive<DirectoryReader>, file: &SharedFile) -> bool {
    const FIRST: usize = 8;
    let starts = (0..archive.len().min(FIRST)).filter_map(|at| archive.by_index_data(at).ok());
    let mut starts = starts.map(|entry| entry.header_start());
    archive.is_empty() || starts.any(|start| matches!(Local::read(file, start), Ok(Next::Entry(_))))
}

/// Whether a file that does not start as a zip ends as one: something was put before it, as in an archive that unpacks
/// itself.
pub(super) fn ends_as_zip(file: &SharedFile) -> bool {
    const END: usize = 22;
    const COMMENT: u64 = 0xffff;
    let start = file.length().saturating_sub(END as u64 + COMMENT);
    let mut bytes = Vec::new();
    if file.at(start).take(END as u64 + COMMENT).read_to_end(&mut bytes).is_err() {
        return false;
    }
    memchr::memmem::rfind_iter(&bytes, b"PK\x05\x06").any(|at| {
        let Some(end) = bytes.get(at..at + END) else { return false };
        let comment = usize::from(u16::from_le_bytes([end[20], end[21]]));
        let size = u64::from(u32::from_le_bytes([end[12], end[13], end[14], end[15]]));
        let Some(directory) = (start + at as u64).checked_sub(size) else { return false };
        let mut signature = Vec::new();
        let read = file.at(directory).take(4).read_to_end(&mut signature);
        at + END + comment == bytes.len() && size > 0 && read.is_ok() && signature == b"PK\x01\x02"
    })
}

fn by_directory(session: &Session<'_>, container: &Member, archive: &ZipArchive<DirectoryReader>, whole: &Whole) {
    let mut entries = Vec::new();
    for index in 0..archive.len() {
        if !session.count() {
            break;
        }
        let Ok(entry) = archive.by_index_data(index) else { continue };
        if let Some(path) = admit(session, container, &entry) {
            let place = Span { start: entry.header_start(), packed: entry.compressed_size(), size: entry.size() };
            entries.push((index, path, place));
        }
    }
    refuse_shared(session, &mut entries);
    if archive.is_empty() {
        session.container_trouble(container, TroubleKind::Empty, "holds no entries");
    }
    let read_one = |(index, path, place): &(usize, String, Span)| {
        if session.spent_out() {
            return;
        }
        let mut archive = archive.clone();
        match archive.by_index(*index) {
            Ok(entry) => {
                // The reader itself ends where the directory says that the entry does.
                let mut content = Measured { session, whole, inner: entry, packed: place.packed, out: 0 };
                session.content(&container.child(path.clone(), false), &mut content);
            }
            Err(error) => {
                let (kind, what) = explain(&io::Error::from(error));
                session.trouble(path, kind, what);
            }
        }
    };
    // An archive in an archive is read by the thread that found it: parallel work inside parallel work would let the
    // input decide how deep the stack gets.
    // And where a limit will be met, it must be met at the same place each time.
    let bytes = entries.iter().fold(0u64, |sum, (_, _, place)| sum.saturating_add(place.size));
    let over = session.would_stop(bytes) || over_ratio(session.limits, bytes, whole.length);
    if container.level == 0 {
        session.listed(entries.iter().map(|(_, path, _)| path.as_str()));
    }
    if container.level == 0 && !over && !within_one_another(entries.iter().map(|(_, path, _)| path.as_str()).collect())
    {
        entries.par_iter().for_each(read_one);
    } else {
        entries.iter().for_each(read_one);
    }
}

/// Whether a path leads through another one, as if it were its folder: as an archive that one may hold entries of the very
/// same path, and the first of them is the one that is read.
fn within_one_another(mut paths: Vec<&str>) -> bool {
    // What is below a path comes right behind it where nothing is less than a slash.
    let order = |byte: u8| if byte == b'/' { 0 } else { u16::from(byte) + 1 };
    paths.sort_unstable_by(|a, b| a.bytes().map(order).cmp(b.bytes().map(order)));
    paths.windows(2).any(|pair| pair[1].strip_prefix(pair[0]).is_some_and(|rest| rest.starts_with('/')))
}

/// Where an entry lies, and what its directory says it inflates to.
struct Span {
    start: u64,
    packed: u64,
    size: u64,
}

/// Takes out the entries that lie within one another: no archiver writes such an archive, and a few megabytes of it can
/// inflate to petabytes.
fn refuse_shared(session: &Session<'_>, entries: &mut Vec<(usize, String, Span)>) {
    let mut order: Vec<usize> = (0..entries.len()).collect();
    order.sort_by_key(|at| entries[*at].2.start);
    let mut shared = vec![false; entries.len()];
    let mut furthest: Option<(u64, usize)> = None;
    for at in order {
        let place = &entries[at].2;
        // A header is at least 30 bytes and a name.
        let end = place.start.saturating_add(31).saturating_add(place.packed);
        if let Some((before, owner)) = furthest
            && place.start < before
        {
            (shared[at], shared[owner]) = (true, true);
        }
        if furthest.is_none_or(|(before, _)| end > before) {
            furthest = Some((end, at));
        }
    }
    let mut shared = shared.into_iter();
    entries.retain(|(_, path, _)| {
        let refused = shared.next().unwrap_or(false);
        if refused {
            session.trouble(path, TroubleKind::Refused, "shares its bytes with another entry, and neither is read");
        }
        !refused
    });
}

/// The path of an entry that is to be read.
fn admit(session: &Session<'_>, container: &Member, entry: &ZipFileEntry<'_>) -> Option<String> {
    let name = match entry.name() {
        Ok(name) => name.into_owned().into_bytes(),
        Err(_) => entry.name_raw().to_vec(),
    };
    if entry.is_dir() || (entry.size() == 0 && is_folder(&name)) {
        return None;
    }
    let path = session.admit(container, &name)?;
    let refused = match entry.unix_mode().map(|mode| mode & TYPE_MASK) {
        None | Some(0 | 0o100_000) if entry.encrypted() => "is encrypted, which is not read",
        None | Some(0 | 0o100_000) => return Some(path),
        Some(0o120_000) => "is a symbolic link, which is not followed",
        Some(_) => "is a pipe, a socket or a device, which is not read",
    };
    session.trouble(&path, TroubleKind::Refused, refused);
    None
}

/// How reading from the front ended.
enum Front {
    /// At the central directory.
    Directory,
    /// At the end of the file, or inside an entry.
    CutShort,
    /// At a limit.
    Stopped,
}

/// Reads the entries by the headers that stand before each of them.
fn from_front(session: &Session<'_>, container: &Member, file: &SharedFile, whole: &Whole) -> Front {
    let mut position = 0;
    let mut lengths_behind = true;
    let mut tries = 0..FALSE_HEADERS;
    loop {
        if session.spent_out() {
            return Front::Stopped;
        }
        let mut header = match Local::read(file, position) {
            Ok(Next::Entry(header)) => header,
            Ok(Next::Directory) => return Front::Directory,
            Ok(Next::End) => return Front::CutShort,
            Ok(Next::Other) => match find_header(file, position + 1).filter(|_| tries.next().is_some()) {
                Some(next) => {
                    position = next;
                    continue;
                }
                None => return Front::CutShort,
            },
            Err(_) => return Front::CutShort,
        };
        if !session.count() {
            return Front::Stopped;
        }
        if header.method == 0 && header.packed.is_none() && lengths_behind {
            header.packed = stored_length(file, header.data);
            header.size = header.packed;
            // A search to the end of the file is made once only.
            lengths_behind = header.packed.is_some();
        }
        position = header.data.saturating_add(header.packed.unwrap_or(0));
        if header.size == Some(0) && is_folder(&header.name) {
            continue;
        }
        let path = session.admit(container, &header.name);
        if let Some(path) = &path
            && let Some((kind, what)) = header.refusal()
        {
            session.trouble(path, kind, what);
            continue;
        }
        match (header.packed, path) {
            (Some(packed), Some(path)) => {
                let member = container.child(path, false);
                let stored = Exact { inner: file.at(header.data).take(packed), expected: packed, given: 0 };
                if header.method == 0 {
                    let mut content = Measured { session, whole, inner: stored, packed, out: 0 };
                    session.content(&member, &mut content);
                } else {
                    let inner = DeflateDecoder::new(BufReader::new(stored));
                    let mut content = Measured { session, whole, inner, packed, out: 0 };
                    session.content(&member, &mut content);
                }
                if position > file.length() {
                    return Front::CutShort;
                }
            }
            (Some(_), None) => {}
            // The length stands behind the data, so the data is what tells it.
            (None, path) if header.refusal().is_none() => {
                let inner = DeflateDecoder::new(BufReader::new(file.at(header.data)));
                let mut content = Measured { session, whole, inner, packed: whole.length, out: 0 };
                if let Some(path) = &path {
                    session.content(&container.child(path.clone(), false), &mut content);
                }
                let rest = drain(session, &mut content);
                position = header.data.saturating_add(content.inner.total_in());
                match rest.map_err(|error| explain(&error)) {
                    Ok(()) => position = after_descriptor(file, position),
                    Err((TroubleKind::LimitMet, _)) => {}
                    Err((kind, what)) => {
                        if let Some(path) = &path {
                            session.trouble(path, kind, what);
                        }
                    }
                }
            }
            (None, _) => {}
        }
    }
}

/// Reads to the end, counting what is read.
fn drain(session: &Session<'_>, content: &mut dyn Read) -> io::Result<()> {
    let mut block = vec![0; 64 << 10];
    loop {
        match content.read(&mut block) {
            Ok(0) => return Ok(()),
            Ok(count) => session.spend(count as u64)?,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

const LOCAL: &[u8; 4] = b"PK\x03\x04";

fn ends_entries(signature: &[u8]) -> bool {
    [b"PK\x01\x02", b"PK\x05\x06", b"PK\x06\x06", b"PK\x06\x08"].iter().any(|known| signature.starts_with(*known))
}

/// The position after a data descriptor, which has four forms and no mark that tells them apart: the right one is
/// followed by the next header.
fn after_descriptor(file: &SharedFile, position: u64) -> u64 {
    let mut bytes = Vec::new();
    let _ = file.at(position).take(28).read_to_end(&mut bytes);
    let fits = |length: &usize| bytes.get(*length..).is_some_and(|next| next.starts_with(LOCAL) || ends_entries(next));
    [16, 24, 12, 20].iter().find(|length| fits(length)).map_or(position, |length| position + *length as u64)
}

/// The next place at or after `from` that looks like the header of an entry or of the directory.
fn find_header(file: &SharedFile, from: u64) -> Option<u64> {
    find(file, from, |bytes, _| bytes.starts_with(LOCAL) || ends_entries(bytes))
}

/// The length of stored data that has it only behind itself: a descriptor states how far away its data starts.
fn stored_length(file: &SharedFile, data: u64) -> Option<u64> {
    let is_descriptor = |bytes: &[u8], at: u64| {
        let stated = bytes.get(8..12).and_then(|field| field.try_into().ok()).map(u32::from_le_bytes);
        bytes.starts_with(b"PK\x07\x08") && stated.is_some_and(|length| u64::from(length) == at - data)
    };
    find(file, data, is_descriptor).map(|at| at - data)
}

/// The first place at or after `from` that is what is looked for, told from up to 16 bytes that start with `P`.
fn find(file: &SharedFile, from: u64, wanted: impl Fn(&[u8], u64) -> bool) -> Option<u64> {
    let mut reader = file.at(from);
    let mut window: Vec<u8> = Vec::new();
    let mut start = from;
    // It may be near.
    let mut step = 4 << 10;
    loop {
        let kept = window.len();
        window.resize(kept + step, 0);
        step = (step * 2).min(256 << 10);
        let count = reader.read(&mut window[kept..]).unwrap_or(0);
        window.truncate(kept + count);
        // The last bytes wait for those that follow them.
        let whole = if count == 0 { window.len() } else { window.len().saturating_sub(15) };
        let found = memchr::memchr_iter(b'P', &window[..whole]).find(|at| {
            let end = window.len().min(at + 16);
            wanted(&window[*at..end], start + *at as u64)
        });
        if let Some(at) = found {
            return Some(start + at as u64);
        }
        if count == 0 {
            return None;
        }
        window.drain(..whole);
        start += whole as u64;
    }
}

/// What stands at a position.
enum Next {
    Entry(Local),
    Directory,
    End,
    Other,
}

/// The header before an entry.
struct Local {
    flags: u16,
    method: u16,
    /// Bytes of the data; `None` where they are stated behind it.
    packed: Option<u64>,
    /// Bytes of the content; `None` likewise.
    size: Option<u64>,
    name: Vec<u8>,
    /// The position of the data.
    data: u64,
}

impl Local {
    fn read(file: &SharedFile, position: u64) -> io::Result<Next> {
        let mut reader = file.at(position);
        let mut fixed = Vec::new();
        reader.by_ref().take(30).read_to_end(&mut fixed)?;
        if ends_entries(&fixed) {
            return Ok(Next::Directory);
        }
        if fixed.len() < 30 {
            return Ok(Next::End);
        }
        let short = |at: usize| u16::from_le_bytes([fixed[at], fixed[at + 1]]);
        let long = |at: usize| u32::from_le_bytes([fixed[at], fixed[at + 1], fixed[at + 2], fixed[at + 3]]);
        let (flags, method, name_length, extra_length) = (short(6), short(8), short(26), short(28));
        if !fixed.starts_with(LOCAL) || name_length == 0 || method > 99 {
            return Ok(Next::Other);
        }
        let mut name = vec![0; name_length.into()];
        let mut extra = vec![0; extra_length.into()];
        if reader.read_exact(&mut name).and_then(|()| reader.read_exact(&mut extra)).is_err() {
            return Ok(Next::End);
        }
        let (mut packed, mut size) = (u64::from(long(18)), u64::from(long(22)));
        if (packed == u64::from(u32::MAX) || size == u64::from(u32::MAX))
            && let Some((large_size, large_packed)) = large_sizes(&extra)
        {
            (packed, size) = (large_packed, large_size);
        }
        let behind = flags & 8 != 0 && packed == 0;
        let data = position + 30 + u64::from(name_length) + u64::from(extra_length);
        let (packed, size) = if behind { (None, None) } else { (Some(packed), Some(size)) };
        Ok(Next::Entry(Local { flags, method, packed, size, name, data }))
    }

    /// Why the content is not read.
    fn refusal(&self) -> Option<(TroubleKind, String)> {
        if self.flags & 1 != 0 {
            return Some((TroubleKind::Refused, "is encrypted, which is not read".to_owned()));
        }
        if self.method != 0 && self.method != 8 {
            let what = format!("is compressed by zip's method {}, which is not read", self.method);
            return Some((TroubleKind::Unreadable, what));
        }
        if self.method == 0 && self.packed.is_none() {
            let what = "is of a length that only the missing directory tells".to_owned();
            return Some((TroubleKind::Unreadable, what));
        }
        None
    }
}

/// Content size and data size from the extra field of large files.
fn large_sizes(extra: &[u8]) -> Option<(u64, u64)> {
    let mut rest = extra;
    while let [id_low, id_high, length_low, length_high, tail @ ..] = rest {
        let length = usize::from(u16::from_le_bytes([*length_low, *length_high]));
        let field = tail.get(..length)?;
        if [*id_low, *id_high] == [1, 0] {
            let number = |at: usize| Some(u64::from_le_bytes(field.get(at..at + 8)?.try_into().ok()?));
            return Some((number(0)?, number(8)?));
        }
        rest = &tail[length..];
    }
    None
}

/// The archive as a whole: overlapping entries inflate the same bytes again and again, which only the sum shows.
struct Whole {
    length: u64,
    out: AtomicU64,
}

/// Content within the ratio of its entry and of the archive.
struct Measured<'s, 'a, R> {
    session: &'s Session<'a>,
    whole: &'s Whole,
    inner: R,
    packed: u64,
    out: u64,
}

impl<R: Read> Read for Measured<'_, '_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        // A little at a time: what a decoder made before it fails within a call is lost.
        let length = buffer.len().min(16 << 10);
        let count = self.inner.read(&mut buffer[..length]).map_err(told_plainly)?;
        self.out += count as u64;
        let sum = self.whole.out.fetch_add(count as u64, Ordering::Relaxed).saturating_add(count as u64);
        let limits = self.session.limits;
        if over_ratio(limits, self.out, self.packed) || over_ratio(limits, sum, self.whole.length) {
            return Err(ratio_fault(limits));
        }
        Ok(count)
    }
}

/// What the zip reader tells by its words alone, in words of this program.
fn told_plainly(error: io::Error) -> io::Error {
    let what = match error.to_string().as_str() {
        "Invalid checksum" => "is damaged: what it holds does not match its checksum",
        "File is larger than its declared uncompressed size" => {
            "is larger than the archive says, and is read up to there"
        }
        _ => return error,
    };
    Fault::error(TroubleKind::Unreadable, what)
}

/// Stored bytes of a known length: an earlier end is an error.
struct Exact<R> {
    inner: R,
    expected: u64,
    given: u64,
}

impl<R: Read> Read for Exact<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.given += count as u64;
        if count == 0 && !buffer.is_empty() && self.given < self.expected {
            let what = format!("is cut short: {} of {} compressed bytes are there", self.given, self.expected);
            return Err(Fault::error(TroubleKind::Truncated, what));
        }
        Ok(count)
    }
}

/// The reader of an archive: bounded while the directory is read into memory, free afterwards.
#[derive(Clone)]
struct DirectoryReader {
    inner: SharedFile,
    left: u64,
    opened: Arc<AtomicBool>,
}

impl Read for DirectoryReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        if !self.opened.load(Ordering::Relaxed) {
            self.left = self.left.checked_sub(count as u64).ok_or_else(|| io::Error::other("a directory too large"))?;
        }
        Ok(count)
    }
}

impl Seek for DirectoryReader {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.inner.seek(to)
    }
}
