//! Tar archives as streams: entries in order, links and devices refused, damage stepped over.
//!
//! Owns what the members of a tar are and how reading goes on after a damaged header. Knows nothing of what is inside.

use std::cell::{Cell, RefCell};
use std::io::{self, Cursor, Read};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use ::tar::{Archive, EntryType};

use super::TroubleKind;
use super::limits::{Fault, explain};
use super::names::{is_folder, link_target, shown};
use super::recognize::{Format, Peek, is_tar_header};
use super::session::{Member, Session};
use super::sparse::{Bounded, Holes};

const BLOCK: usize = 512;
/// What the headers of one entry may take: long names and extended attributes, which are read into memory.
const HEADER_BYTES: u64 = 1 << 20;
/// Entries of up to this size may be held in memory for another thread.
const HANDED_BYTES: u64 = 4 << 20;
/// Inflated bytes that are left waiting when an entry is handed over, so that neither side has to wait for the other.
const AHEAD_BYTES: u64 = 256 << 10;
/// What may be held of all entries together: for each thread, or where there is none to spare.
const HELD_BYTES: u64 = 3 << 20;
const HELD_AHEAD_BYTES: u64 = 1 << 20;

/// Reads a tar from a stream to the stream's end. What follows an end mark is read too when it is another archive:
/// `cat a.tar b.tar` is something people do. Entries of the input itself are handed to other threads where there are any.
pub(super) fn read(session: &Session<'_>, container: &Member, reader: &mut dyn Read) {
    let threads = rayon::current_num_threads();
    // One thread reads on, and of a compressed input another one inflates. Where no further one is left, entries are handed
    // over while inflation waits.
    let busy = 1 + container.layers.min(1) as usize;
    if container.level > 0 || threads < busy || threads == 1 || session.is_small() {
        return read_all(session, container, reader, None);
    }
    let spare = threads > busy;
    let most = if spare { HELD_BYTES.saturating_mul(threads as u64) } else { HELD_AHEAD_BYTES };
    let held = Held { threads, most, bytes: AtomicU64::new(0), spare: Mutex::new(Vec::new()) };
    rayon::in_place_scope(|scope| {
        read_all(session, container, reader, Some(&Others { session, scope, held: &held, spare }));
    });
}

fn read_all(session: &Session<'_>, container: &Member, reader: &mut dyn Read, others: Option<&Others<'_, '_, '_>>) {
    let state = State::default();
    let mut stream = Stream { session, paid: container.paid, inner: reader, state: &state };
    let mut header = Vec::new();
    loop {
        let mut archive = Archive::new(Cursor::new(header).chain(&mut stream));
        let walked = walk(session, container, &mut archive, &state, others);
        drop(archive);
        if matches!(walked, Ok(Walk::Stopped)) {
            return;
        }
        if state.ended.get() {
            if state.failure.borrow().is_none() && (walked.is_err() || state.zeros.get() < BLOCK as u64) {
                let what = format!("is cut short: entries{} may be missing", state.after());
                session.container_trouble(container, TroubleKind::Truncated, what);
            }
            break;
        }
        let (next, junk) = next_header(&mut stream, &state);
        if walked.is_err() || junk {
            let what = format!("is damaged{}: entries may be missing", state.after());
            session.container_trouble(container, TroubleKind::Unreadable, what);
        }
        let Some(next) = next else { break };
        header = next;
    }
    if let Some((kind, what)) = state.failure.take() {
        // Once the total is used up that is said of the input as a whole.
        if !session.spent_out() {
            let what = format!("{what}; entries{} may be missing", state.after());
            session.container_trouble(container, kind, what);
        }
    } else if state.members.get() == 0 {
        session.container_trouble(container, TroubleKind::Empty, "holds no entries");
    }
}

/// Why walking ended without an error.
enum Walk {
    /// The archive's end mark, or the end of the stream.
    End,
    /// A limit: nothing more is to be read.
    Stopped,
}

fn walk<R: Read>(
    session: &Session<'_>,
    container: &Member,
    archive: &mut Archive<R>,
    state: &State,
    others: Option<&Others<'_, '_, '_>>,
) -> io::Result<Walk> {
    let mut entries = archive.entries()?;
    let mut unread = 0u64;
    loop {
        state.headers_within(unread.saturating_add(HEADER_BYTES));
        let Some(entry) = entries.next() else { return Ok(Walk::End) };
        let mut entry = entry?;
        state.content();
        let kind = entry.header().entry_type();
        let size = entry.size();
        let packed = entry.header().entry_size().unwrap_or(size);
        unread = packed.saturating_add(BLOCK as u64);
        if matches!(kind, EntryType::XGlobalHeader) || kind.as_byte() == b'V' {
            continue;
        }
        state.members.set(state.members.get() + 1);
        if !session.count() || session.spent_out() {
            return Ok(Walk::Stopped);
        }
        let sparse = kind.is_gnu_sparse();
        let regular = sparse || matches!(kind, EntryType::Regular | EntryType::Continuous);
        let mut holes = if regular && !sparse { holes_of(&mut entry) } else { None };
        let name =
            holes.as_mut().and_then(|holes| holes.name.take()).unwrap_or_else(|| entry.path_bytes().into_owned());
        if kind.is_dir() || (regular && size == 0 && is_folder(&name)) {
            continue;
        }
        let Some(path) = session.admit(container, &name) else { continue };
        *state.last.borrow_mut() = Some(path.clone());
        if !regular {
            let target = entry.link_name_bytes().map(|target| shown(&target).chars().take(200).collect::<String>());
            let what = refusal(kind, target.as_deref());
            let leads_to = target.and_then(|target| match kind {
                EntryType::Symlink => link_target(&path, &target),
                EntryType::Link => Some(container.path_of(&target)),
                _ => None,
            });
            session.link(&path, what, leads_to);
            continue;
        }
        if sparse {
            // Its holes are made up while reading, so they are bounded here.
            session.content(&container.child(path, false), &mut Bounded::new(session, entry, packed));
            continue;
        }
        if let Some(holes) = holes {
            match holes.fill(Exact { inner: entry, expected: size, given: 0 }) {
                Ok(filled) => {
                    session.content(&container.child(path, false), &mut Bounded::new(session, filled, packed));
                }
                Err(error) if !session.spent_out() => {
                    let (kind, what) = explain(&error);
                    session.trouble(&path, kind, what);
                }
                Err(_) => {}
            }
            continue;
        }
        session.listed(std::iter::once(path.as_str()));
        let member = container.child(path, true);
        let mut content = Exact { inner: entry, expected: size, given: 0 };
        // The first entry says what follows, so it is read before what follows.
        match others.filter(|others| state.members.get() > 1 && others.take(size)) {
            Some(others) => others.hand_over(member, &mut content, size),
            None => read_here(session, &member, &mut content),
        }
        unread = BLOCK as u64;
    }
}

/// What the PAX header of an entry says of holes in it.
fn holes_of<R: Read>(entry: &mut ::tar::Entry<'_, R>) -> Option<Holes> {
    let records = entry.pax_extensions().ok()??;
    let records = records.flatten().collect::<Vec<_>>();
    Holes::of(records.iter().map(|record| (record.key_bytes(), record.value_bytes())))
}

/// Reads an entry to its end on this thread. What the visitor leaves is read here and not by the archive, so that an end
/// before its time is laid to this entry.
fn read_here(session: &Session<'_>, member: &Member, content: &mut dyn Read) {
    session.content(member, content);
    if let Err(error) = io::copy(content, &mut io::sink()) {
        let (kind, what) = explain(&error);
        if !session.spent_out() {
            session.trouble(&member.path, kind, what);
        }
    }
}

/// The other threads, which read entries from memory while the archive is read on.
struct Others<'o, 'scope, 'a> {
    session: &'scope Session<'a>,
    scope: &'o rayon::Scope<'scope>,
    held: &'scope Held,
    /// There are threads that have nothing else to do.
    spare: bool,
}

impl<'scope, 'a: 'scope> Others<'_, 'scope, 'a> {
    /// Whether another thread would take an entry of this size now; room for it is taken then.
    fn take(&self, size: u64) -> bool {
        (self.spare || self.session.inflated.holds(size + AHEAD_BYTES)) && self.held.take(size)
    }

    /// Reads an entry into memory and has another thread look at it. What is an archive itself, or is cut short, is read
    /// on this thread: what it counts against limits, it counts in the order of the archive.
    fn hand_over(&self, member: Member, content: &mut dyn Read, size: u64) {
        let mut bytes = self.held.buffer();
        bytes.reserve_exact(size as usize);
        let (session, held) = (self.session, self.held);
        match content.read_to_end(&mut bytes) {
            Ok(_) if Peek::new(bytes.as_slice()).format() == Format::Plain => self.scope.spawn(move |_| {
                session.content(&member, &mut bytes.as_slice());
                held.give_back(bytes, size);
            }),
            read => {
                let failed = Failed(read.err());
                read_here(session, &member, &mut bytes.as_slice().chain(failed));
                held.give_back(bytes, size);
            }
        }
    }
}

/// Entries that are held in memory. Their buffers are filled again: first touch of fresh memory costs more than copying.
struct Held {
    threads: usize,
    most: u64,
    bytes: AtomicU64,
    spare: Mutex<Vec<Vec<u8>>>,
}

impl Held {
    /// Takes room for an entry of this size, if it is small and there is some.
    fn take(&self, size: u64) -> bool {
        let room = |held: u64| held.checked_add(size).filter(|held| size <= HANDED_BYTES && *held <= self.most);
        self.bytes.fetch_update(Ordering::AcqRel, Ordering::Acquire, room).is_ok()
    }

    fn buffer(&self) -> Vec<u8> {
        self.spare.lock().unwrap_or_else(PoisonError::into_inner).pop().unwrap_or_default()
    }

    fn give_back(&self, mut buffer: Vec<u8>, size: u64) {
        buffer.clear();
        let mut spare = self.spare.lock().unwrap_or_else(PoisonError::into_inner);
        // Many small entries make no hoard.
        if spare.len() < self.threads {
            spare.push(buffer);
        }
        self.bytes.fetch_sub(size, Ordering::AcqRel);
    }
}

/// The end of content that could not be read further.
struct Failed(Option<io::Error>);

impl Read for Failed {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        self.0.take().map_or(Ok(0), Err)
    }
}

fn refusal(kind: EntryType, target: Option<&str>) -> String {
    let target = target.unwrap_or("nothing");
    match kind {
        EntryType::Symlink => format!("is a symbolic link to {target}, which is not followed"),
        EntryType::Link => format!("is a hard link to {target}, which is not followed"),
        EntryType::Char | EntryType::Block => "is a device, which is not read".to_owned(),
        EntryType::Fifo => "is a pipe, which is not read".to_owned(),
        other => format!("is of the type {:?}, which is not read", char::from(other.as_byte())),
    }
}

/// Reads on to the next block that is a header. `true` when anything but zeros was passed on the way.
fn next_header(stream: &mut Stream<'_, '_>, state: &State) -> (Option<Vec<u8>>, bool) {
    state.content();
    let mut block = vec![0; BLOCK];
    let mut junk = false;
    // Headers stand at multiples of their size.
    let mut filled = (state.position.get() % BLOCK as u64) as usize;
    loop {
        match stream.read(&mut block[filled..]) {
            Ok(0) => return (None, junk),
            Ok(count) => filled += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(_) => return (None, junk),
        }
        if filled == BLOCK {
            if is_tar_header(&block) {
                return (Some(block), junk);
            }
            junk |= block.iter().any(|byte| *byte != 0);
            block.fill(0);
            filled = 0;
        }
    }
}

/// What is known of the stream while the archive holds it.
#[derive(Default)]
struct State {
    /// Bytes read so far.
    position: Cell<u64>,
    /// Zeros at the end of what was read so far.
    zeros: Cell<u64>,
    /// Bytes that may be read before the next header is complete; `None` while content is read.
    headers: Cell<Option<u64>>,
    /// The stream is at its end.
    ended: Cell<bool>,
    /// The stream failed.
    failure: RefCell<Option<(TroubleKind, String)>>,
    /// Members of any kind.
    members: Cell<u64>,
    /// The path of the last one that was read.
    last: RefCell<Option<String>>,
}

impl State {
    fn headers_within(&self, bytes: u64) {
        self.headers.set(Some(bytes));
    }

    fn content(&self) {
        self.headers.set(None);
    }

    /// Names the last entry that was read.
    fn after(&self) -> String {
        self.last.borrow().as_ref().map(|last| format!(" after {last}")).unwrap_or_default()
    }
}

/// The stream below the archive.
struct Stream<'s, 'a> {
    session: &'s Session<'a>,
    paid: bool,
    inner: &'s mut dyn Read,
    state: &'s State,
}

impl Stream<'_, '_> {
    fn read_some(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let room = self.state.headers.get();
        if room == Some(0) {
            return Err(Fault::error(TroubleKind::LimitMet, "has a header of over 1 MiB and is read up to it only"));
        }
        let wanted = room.unwrap_or(u64::MAX).min(buffer.len() as u64) as usize;
        let count = self.inner.read(&mut buffer[..wanted])?;
        self.state.headers.set(room.map(|room| room - count as u64));
        if !self.paid {
            self.session.spend(count as u64)?;
        }
        Ok(count)
    }
}

impl Read for Stream<'_, '_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.state.ended.get() || buffer.is_empty() {
            return Ok(0);
        }
        match self.read_some(buffer) {
            Ok(0) => {
                self.state.ended.set(true);
                Ok(0)
            }
            Ok(count) => {
                self.state.position.set(self.state.position.get() + count as u64);
                let zeros = buffer[..count].iter().rev().take_while(|byte| **byte == 0).count() as u64;
                let before = if zeros == count as u64 { self.state.zeros.get() } else { 0 };
                self.state.zeros.set(before + zeros);
                Ok(count)
            }
            Err(error) => {
                if error.kind() != io::ErrorKind::Interrupted {
                    self.state.ended.set(true);
                    *self.state.failure.borrow_mut() = Some(explain(&error));
                }
                Err(error)
            }
        }
    }
}

/// Content of a known length: an earlier end is an error.
struct Exact<R> {
    inner: R,
    expected: u64,
    given: u64,
}

impl<R: Read> Read for Exact<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer).inspect_err(|error| {
            // Why it ends is said once, whoever reads on.
            if error.kind() != io::ErrorKind::Interrupted {
                self.expected = 0;
            }
        })?;
        self.given += count as u64;
        if count == 0 && !buffer.is_empty() && self.given < self.expected {
            let what = format!("is cut short: {} of {} bytes are there", self.given, self.expected);
            return Err(Fault::error(TroubleKind::Truncated, what));
        }
        Ok(count)
    }
}
