//! One input from its first byte to the visitor: recognition, nesting, limits, and the list of what went wrong.
//!
//! Owns the way content takes through the formats and everything that is counted over the whole input. The containers
//! hand their members back to it.

use std::collections::{BTreeMap, HashSet};
use std::fs::File;
use std::hash::{BuildHasher, RandomState};
use std::io::{self, Read};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Instant;

use super::compression::{Codec, Waiting, overlap};
use super::limits::{Fault, Limits, amount, explain, over_ratio};
use super::names::{Verdict, judge, shown};
use super::recognize::{Format, Peek};
use super::shared_file::{SharedFile, spool};
use super::{Entry, Opened, SourceError, Trouble, TroubleKind, Visitor, tar, zip};

/// Troubles of entries that are listed, the first by path; the others are counted. The same again of the input itself.
const TROUBLES: usize = 10_000;
/// An input of fewer bytes is read by one thread.
const SMALL_BYTES: u64 = 1 << 20;
/// Compressions around one content that are taken off: `pods.log.gz`, and once more by mistake.
const LAYERS: u32 = 2;

/// Something that may be content or a container.
#[derive(Debug, Clone)]
pub(super) struct Member {
    /// Its path; at level 0 the name of the input.
    pub path: String,
    /// Containers around it: 0 is the input itself.
    pub level: u32,
    /// Compressions that were taken off.
    pub layers: u32,
    /// Its bytes have been counted against the total by the container that they come from.
    pub paid: bool,
}

impl Member {
    /// The path of something inside this container.
    pub fn path_of(&self, name: &str) -> String {
        if self.level == 0 { name.to_owned() } else { format!("{}/{name}", self.path) }
    }

    /// A member of this container.
    pub fn child(&self, path: String, paid: bool) -> Member {
        Member { path, level: self.level + 1, layers: 0, paid }
    }
}

/// The state of one call of [`super::open`].
pub(super) struct Session<'a> {
    pub limits: &'a Limits,
    visitor: &'a dyn Visitor,
    name: String,
    looked_at: AtomicU64,
    full: AtomicBool,
    spent: AtomicU64,
    overspent: AtomicBool,
    /// Bytes of the input itself, as far as they are known.
    given: AtomicU64,
    /// Bytes of the input where it is one regular file.
    file_bytes: OnceLock<u64>,
    /// Of the input, where it is inflated on a thread of its own.
    pub inflated: Waiting,
    started: Instant,
    /// Why nothing more is read, said of the input as a whole.
    stopped: OnceLock<String>,
    delivered: AtomicU64,
    bytes: AtomicU64,
    /// Hashes of the paths seen so far: names have no bound that would let them be kept.
    seen: Mutex<HashSet<u64>>,
    hasher: RandomState,
    troubles: Mutex<Troubles>,
}

/// What is wrong. Entries are read in no order, so what is kept of them does not depend on what came first.
#[derive(Default)]
struct Troubles {
    /// With the input itself, in the order in which it showed.
    of_input: Vec<Trouble>,
    /// With entries, by path: of a kind the first statement, and where its link leads to.
    of_entries: BTreeMap<(String, TroubleKind), (String, Option<String>)>,
    /// Hashes of all that were noted, the listed ones among them.
    noted: HashSet<u64>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<'a> Session<'a> {
    pub fn new(name: String, limits: &'a Limits, visitor: &'a dyn Visitor) -> Self {
        Session {
            limits,
            visitor,
            name,
            looked_at: AtomicU64::new(0),
            full: AtomicBool::new(false),
            spent: AtomicU64::new(0),
            overspent: AtomicBool::new(false),
            given: AtomicU64::new(0),
            file_bytes: OnceLock::new(),
            inflated: Waiting::default(),
            started: Instant::now(),
            stopped: OnceLock::new(),
            delivered: AtomicU64::new(0),
            bytes: AtomicU64::new(0),
            seen: Mutex::new(HashSet::new()),
            hasher: RandomState::new(),
            troubles: Mutex::new(Troubles::default()),
        }
    }

    /// The input itself as a member.
    pub fn top(&self) -> Member {
        Member { path: self.name.clone(), level: 0, layers: 0, paid: false }
    }

    /// Notes what is wrong with a path.
    pub fn trouble(&self, path: &str, kind: TroubleKind, what: impl Into<String>) {
        self.note(path, kind, what.into(), None);
    }

    /// Notes a link that is not followed, and the path of the input it leads to.
    pub fn link(&self, path: &str, what: String, leads_to: Option<String>) {
        self.note(path, TroubleKind::Refused, what, leads_to);
    }

    fn note(&self, path: &str, kind: TroubleKind, what: String, link: Option<String>) {
        let of_input = path == self.name;
        let mut troubles = lock(&self.troubles);
        // Limits of the whole input are different statements; of an entry, the first statement of a kind is kept.
        let statement = self.hasher.hash_one((path, kind, of_input.then_some(&what)));
        if !troubles.noted.insert(statement) {
            return;
        }
        if of_input {
            if troubles.of_input.len() < TROUBLES {
                troubles.of_input.push(Trouble { path: path.to_owned(), kind, what, link });
            }
            return;
        }
        let full = troubles.of_entries.len() == TROUBLES;
        if full && troubles.of_entries.last_key_value().is_some_and(|((last, _), _)| last.as_str() < path) {
            return;
        }
        troubles.of_entries.insert((path.to_owned(), kind), (what, link));
        if full {
            troubles.of_entries.pop_last();
        }
    }

    /// Notes what is wrong with a container: at level 0 under the name of the input.
    pub fn container_trouble(&self, container: &Member, kind: TroubleKind, what: impl Into<String>) {
        self.trouble(if container.level == 0 { &self.name } else { &container.path }, kind, what);
    }

    /// A limit on the whole input is met: nothing more is read.
    pub fn spent_out(&self) -> bool {
        self.stopped.get().is_some()
    }

    /// Counts one more member of any kind; `false` when that is one too many and listing must end.
    pub fn count(&self) -> bool {
        if self.looked_at.fetch_add(1, Ordering::Relaxed) >= self.limits.entries {
            self.full.store(true, Ordering::Relaxed);
        }
        !self.full.load(Ordering::Relaxed)
    }

    /// Counts bytes of the input itself: what everything that is read is measured against.
    pub fn given(&self, bytes: u64) {
        self.given.fetch_add(bytes, Ordering::Relaxed);
    }

    /// Whether so many bytes more would be too many.
    pub fn would_stop(&self, bytes: u64) -> bool {
        let spent = self.spent.load(Ordering::Relaxed).saturating_add(bytes);
        spent > self.limits.total_bytes || over_ratio(self.limits, spent, self.given.load(Ordering::Relaxed))
    }

    /// Counts bytes against the limits on the whole input.
    pub fn spend(&self, bytes: u64) -> io::Result<()> {
        let limits = self.limits;
        let spent = self.spent.fetch_add(bytes, Ordering::Relaxed).saturating_add(bytes);
        let (limit, whole) = if spent > limits.total_bytes {
            let total = amount(limits.total_bytes);
            (format!("the limit of {total} in total"), format!("holds more than {total}"))
        } else if over_ratio(limits, spent, self.given.load(Ordering::Relaxed)) {
            let ratio = limits.ratio;
            (
                format!("the limit of {ratio} times the input's size"),
                format!("unfolds to more than {ratio} times its size"),
            )
        } else if let Some(time) = limits.time.filter(|time| self.started.elapsed() > *time) {
            let seconds = time.as_secs();
            (format!("the limit of {seconds} s"), format!("takes more than {seconds} s to read"))
        } else {
            return Ok(());
        };
        if self.would_stop(0) {
            self.overspent.store(true, Ordering::Relaxed);
        }
        self.stopped.get_or_init(|| format!("{whole}, and what comes after that is not read"));
        Err(Fault::error(TroubleKind::LimitMet, format!("is read up to here only: {limit} is met")))
    }

    /// Whether a member with this name in this container is to be read, and its path.
    pub fn admit(&self, container: &Member, name: &[u8]) -> Option<String> {
        match judge(name) {
            Verdict::Litter => return None,
            Verdict::Refused(_) if name.is_empty() => {
                let what = "holds an entry without a name, which is not read";
                self.container_trouble(container, TroubleKind::Refused, what);
                return None;
            }
            Verdict::Refused(what) => {
                let start = shown(name).chars().take(200).collect::<String>();
                self.trouble(&container.path_of(&start), TroubleKind::Refused, what);
                return None;
            }
            Verdict::Read => {}
        }
        let path = container.path_of(&shown(name));
        if !lock(&self.seen).insert(self.hasher.hash_one(&path)) {
            self.trouble(&path, TroubleKind::Refused, "is there more than once; only the first is read");
            return None;
        }
        Some(path)
    }

    /// Reads the input where it is a regular file.
    pub fn top_file(&self, file: File) -> io::Result<&'static str> {
        let shared = SharedFile::new(file)?;
        self.given(shared.length());
        let _ = self.file_bytes.set(shared.length());
        let format = Peek::new(shared.clone()).format();
        if format == Format::Zip || (format == Format::Plain && zip::ends_as_zip(&shared)) {
            zip::read(self, &self.top(), &shared);
            return Ok("zip");
        }
        self.top_reader(shared)
    }

    /// Reads the input where it is a stream.
    pub fn top_stream(&self, reader: impl Read + Send) -> io::Result<&'static str> {
        self.top_reader(Given { session: self, inner: reader })
    }

    /// Whether the input is a file so small that handing its parts to other threads would cost more than it gains.
    pub fn is_small(&self) -> bool {
        self.file_bytes.get().is_some_and(|bytes| *bytes < SMALL_BYTES)
    }

    /// A compressed input is inflated on a thread of its own, if it is not small.
    fn top_reader(&self, reader: impl Read + Send) -> io::Result<&'static str> {
        let mut peek = Peek::new(reader);
        let mut top = self.top();
        let Format::Compressed(codec) = peek.format() else { return Ok(self.content(&top, &mut peek)) };
        let mut inflated = codec.inflate(self.limits, peek)?;
        top.take_off(codec);
        if self.is_small() {
            return Ok(codec.container(self.content(&top, &mut inflated)));
        }
        Ok(codec.container(overlap(inflated, &self.inflated, |reader| self.content(&top, reader))))
    }

    /// Reads a regular file that is a member of a folder.
    pub fn file(&self, member: &Member, file: File) -> io::Result<()> {
        let shared = SharedFile::new(file)?;
        if Peek::new(shared.clone()).format() == Format::Zip {
            if self.may_nest(member) {
                zip::read(self, member, &shared);
            }
        } else {
            self.content(member, &mut shared.clone());
        }
        Ok(())
    }

    /// Reads content of any kind and says what it was. Recursion ends at the limits on layers and levels.
    pub fn content(&self, member: &Member, reader: &mut dyn Read) -> &'static str {
        let mut peek = Peek::new(reader);
        match peek.format() {
            Format::Plain => {
                self.deliver(member, &mut peek);
                "file"
            }
            Format::Compressed(codec) => {
                if member.layers == LAYERS {
                    let what = format!("is compressed more than {LAYERS} times, which is not read");
                    self.container_trouble(member, TroubleKind::LimitMet, what);
                    return codec.container("file");
                }
                match codec.inflate(self.limits, peek) {
                    Ok(mut inflated) => {
                        let mut inner = member.clone();
                        inner.take_off(codec);
                        codec.container(self.content(&inner, &mut inflated))
                    }
                    Err(error) => {
                        let (kind, what) = explain(&error);
                        self.container_trouble(member, kind, what);
                        codec.container("file")
                    }
                }
            }
            Format::Tar => {
                if self.may_nest(member) {
                    tar::read(self, member, &mut peek);
                }
                "tar"
            }
            Format::Zip => {
                if self.may_nest(member) {
                    self.spooled_zip(member, &mut peek);
                }
                "zip"
            }
            Format::Foreign(name) => {
                let what = format!("is a {name} file, which is not read");
                self.container_trouble(member, TroubleKind::Unreadable, what);
                name
            }
        }
    }

    fn may_nest(&self, member: &Member) -> bool {
        if member.level <= self.limits.nesting {
            return true;
        }
        let what =
            format!("is an archive at level {}, and archives are read to level {}", member.level, self.limits.nesting);
        self.trouble(&member.path, TroubleKind::LimitMet, what);
        false
    }

    /// A zip is read from its end, so a stream of one is spooled first.
    fn spooled_zip(&self, member: &Member, reader: &mut dyn Read) {
        let limit = if member.level == 0 { self.limits.total_bytes } else { self.limits.entry_bytes };
        match spool(reader, limit) {
            Ok(spooled) => {
                if let Some((kind, what)) = spooled.trouble {
                    self.container_trouble(member, kind, what);
                }
                zip::read(self, member, &spooled.file);
            }
            Err(error) => {
                let what = format!("needs a temporary file, which could not be written: {error}");
                self.container_trouble(member, TroubleKind::Unreadable, what);
            }
        }
    }

    /// Tells the visitor what is going to come.
    pub fn listed<'p>(&self, mut paths: impl Iterator<Item = &'p str>) {
        self.visitor.listed(&mut paths);
    }

    /// Hands content to the visitor.
    fn deliver<R: Read>(&self, member: &Member, peek: &mut Peek<R>) {
        if member.level == 0 {
            // An input without a single byte of content is an error, an entry without one is an entry.
            if let Some(error) = peek.nothing() {
                let (kind, what) = error.map_or_else(|| (TroubleKind::Empty, "is empty".to_owned()), explain);
                self.trouble(&self.name, kind, what);
                return;
            }
        }
        self.delivered.fetch_add(1, Ordering::Relaxed);
        let mut reader = Delivered { session: self, member, inner: peek, given: 0, ended: false };
        self.visitor.entry(Entry { path: member.path.clone(), reader: &mut reader });
    }

    /// Sums up; an error where nothing at all could be read.
    pub fn close(self, container: &'static str, given: String) -> Result<Opened, SourceError> {
        let Troubles { mut of_input, of_entries, noted } =
            self.troubles.into_inner().unwrap_or_else(PoisonError::into_inner);
        let entries = self.delivered.into_inner();
        if entries == 0 && of_entries.is_empty() {
            if let Some(Trouble { kind, what, .. }) = of_input.into_iter().next() {
                return Err(match kind {
                    TroubleKind::Empty => SourceError::Empty { name: given, what },
                    TroubleKind::Forbidden => SourceError::Forbidden { name: given },
                    _ => SourceError::Unreadable { name: given, what },
                });
            }
            return Err(SourceError::Empty { name: given, what: "holds no entries".to_owned() });
        }
        let unlisted = noted.len() - of_input.len() - of_entries.len();
        let mut whole = |what: String| {
            of_input.push(Trouble { path: self.name.clone(), kind: TroubleKind::LimitMet, what, link: None });
        };
        if self.full.into_inner() {
            whole(format!("holds more than {} entries, and those after them are not read", self.limits.entries));
        }
        if let Some(what) = self.stopped.into_inner() {
            whole(what);
        }
        if unlisted > 0 {
            whole(format!("has {unlisted} more troubles, which are not listed"));
        }
        let of_entries = of_entries.into_iter().map(|((path, kind), (what, link))| Trouble { path, kind, what, link });
        let mut troubles: Vec<Trouble> = of_input.into_iter().chain(of_entries).collect();
        troubles.sort_by(|a, b| (&a.path, a.kind).cmp(&(&b.path, b.kind)));
        let (bytes, is_overspent) = (self.bytes.into_inner(), self.overspent.into_inner());
        Ok(Opened { name: self.name, container, troubles, entries, bytes, is_overspent })
    }
}

impl Member {
    /// One compression less: of the input itself its ending is taken off the name too.
    fn take_off(&mut self, codec: Codec) {
        self.layers += 1;
        self.paid = false;
        if self.level == 0
            && let Some(stem) = self.path.strip_suffix(codec.extension()).filter(|stem| !stem.is_empty())
        {
            self.path = stem.to_owned();
        }
    }
}

/// A stream whose length only shows while it is read.
struct Given<'s, 'a, R> {
    session: &'s Session<'a>,
    inner: R,
}

impl<R: Read> Read for Given<'_, '_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.session.given(count as u64);
        Ok(count)
    }
}

/// What the visitor reads: ends where the content ends, fails or meets a limit, and notes the reason.
struct Delivered<'s, 'a, R> {
    session: &'s Session<'a>,
    member: &'s Member,
    inner: &'s mut R,
    given: u64,
    ended: bool,
}

impl<R: Read> Delivered<'_, '_, R> {
    fn read_some(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let limit = self.session.limits.entry_bytes;
        let room = limit.saturating_sub(self.given);
        if room == 0 {
            return match self.inner.read(&mut [0])? {
                0 => Ok(0),
                _ => {
                    let what = format!("is larger than the limit of {}, and read up to it only", amount(limit));
                    Err(Fault::error(TroubleKind::LimitMet, what))
                }
            };
        }
        let wanted = room.min(buffer.len() as u64) as usize;
        let count = self.inner.read(&mut buffer[..wanted])?;
        if !self.member.paid {
            self.session.spend(count as u64)?;
        }
        Ok(count)
    }
}

impl<R: Read> Read for Delivered<'_, '_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.ended || buffer.is_empty() {
            return Ok(0);
        }
        loop {
            match self.read_some(buffer) {
                Ok(count) => {
                    self.given += count as u64;
                    self.session.bytes.fetch_add(count as u64, Ordering::Relaxed);
                    self.ended = count == 0;
                    return Ok(count);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    self.ended = true;
                    let (kind, mut what) = explain(&error);
                    if error.get_ref().is_none_or(|inner| !inner.is::<Fault>()) && kind == TroubleKind::Truncated {
                        what = format!("is cut short after {} bytes", self.given);
                    }
                    self.session.trouble(&self.member.path, kind, what);
                    return Ok(0);
                }
            }
        }
    }
}
