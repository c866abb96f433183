//! gzip, zstd, xz and bzip2 as readers, bounded in memory and in what they inflate to, and inflation on a thread of its own.
//!
//! Owns the decoders and how they end: truncated, damaged, over the limit. Knows nothing of archives.

use std::io::{self, BufRead, BufReader, Read};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use flate2::{Decompress, FlushDecompress, Status};

use super::TroubleKind;
use super::limits::{Fault, Limits, over_ratio, ratio_fault};

/// A compression that is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Codec {
    Gzip,
    Zstd,
    Xz,
    Bzip2,
}

/// Bytes that are asked of a compressed stream at a time.
const INPUT_BYTES: usize = 64 << 10;
/// Bytes that are asked of a decoder at a time that loses what it made before it fails within a call (that of gzip does
/// not): little while the content may be small, more later.
const STEP_BYTES: [usize; 2] = [1 << 10, 16 << 10];
/// Where the step changes.
const SMALL_BYTES: u64 = 64 << 10;
/// Memory that an xz stream may ask for, in KiB: `xz -9` needs 65 MiB.
const XZ_MEMORY_KIB: u32 = 256 << 10;

impl Codec {
    /// The ending of the file name that this compression adds.
    pub fn extension(self) -> &'static str {
        match self {
            Codec::Gzip => ".gz",
            Codec::Zstd => ".zst",
            Codec::Xz => ".xz",
            Codec::Bzip2 => ".bz2",
        }
    }

    /// The name of a container inside this compression.
    pub fn container(self, inner: &'static str) -> &'static str {
        match (self, inner) {
            (Codec::Gzip, "tar") => "tar.gz",
            (Codec::Zstd, "tar") => "tar.zst",
            (Codec::Xz, "tar") => "tar.xz",
            (Codec::Bzip2, "tar") => "tar.bz2",
            (Codec::Gzip, "zip") => "zip.gz",
            (Codec::Zstd, "zip") => "zip.zst",
            (Codec::Xz, "zip") => "zip.xz",
            (Codec::Bzip2, "zip") => "zip.bz2",
            (Codec::Gzip, _) => "gz",
            (Codec::Zstd, _) => "zst",
            (Codec::Xz, _) => "xz",
            (Codec::Bzip2, _) => "bz2",
        }
    }

    /// The inflated stream, within the ratio. What came before a failure is read before the failure.
    pub fn inflate<R: Read>(self, limits: &Limits, packed: R) -> io::Result<Inflated<'_, R>> {
        let count = Arc::new(AtomicU64::new(0));
        let input = BufReader::with_capacity(INPUT_BYTES, Counted { inner: packed, count: Arc::clone(&count) });
        let decoder = match self {
            Codec::Gzip => Decoder::Gzip(Box::new(Members::new(input))),
            Codec::Zstd => Decoder::Zstd(Box::new(zstd::stream::read::Decoder::with_buffer(input)?)),
            Codec::Xz => Decoder::Xz(Box::new(lzma_rust2::XzReader::new_mem_limit(input, true, XZ_MEMORY_KIB))),
            Codec::Bzip2 => Decoder::Bzip2(Box::new(bzip2::bufread::MultiBzDecoder::new(input))),
        };
        Ok(Inflated { limits, decoder, packed: count, out: 0, rest: Vec::new(), given: 0, ended: false, failure: None })
    }
}

struct Counted<R> {
    inner: R,
    count: Arc<AtomicU64>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.count.fetch_add(count as u64, Ordering::Relaxed);
        Ok(count)
    }
}

type Input<R> = BufReader<Counted<R>>;

enum Decoder<R: Read> {
    Gzip(Box<Members<Input<R>>>),
    Zstd(Box<zstd::stream::read::Decoder<'static, Input<R>>>),
    Xz(Box<lzma_rust2::XzReader<Input<R>>>),
    Bzip2(Box<bzip2::bufread::MultiBzDecoder<Input<R>>>),
}

/// A compressed stream being read.
pub(super) struct Inflated<'l, R: Read> {
    limits: &'l Limits,
    decoder: Decoder<R>,
    packed: Arc<AtomicU64>,
    out: u64,
    /// A step that the reader had no room for, and how much of it has been given.
    rest: Vec<u8>,
    given: usize,
    ended: bool,
    /// What is to be said after the bytes that came before it.
    failure: Option<io::Error>,
}

impl<R: Read> Inflated<'_, R> {
    /// Gives some bytes. The decoder is asked for the same steps however much is wanted: what it loses before a failure
    /// does not depend on who reads.
    fn some(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.given == self.rest.len() {
            let length = match &self.decoder {
                Decoder::Gzip(_) => buffer.len(),
                _ => STEP_BYTES[usize::from(self.out >= SMALL_BYTES)],
            };
            if let Some(step) = buffer.get_mut(..length) {
                return self.step(step);
            }
            let mut step = std::mem::take(&mut self.rest);
            step.resize(length, 0);
            let count = self.step(&mut step);
            step.truncate(*count.as_ref().unwrap_or(&0));
            (self.rest, self.given) = (step, 0);
            count?;
        }
        let count = (&self.rest[self.given..]).read(buffer)?;
        self.given += count;
        Ok(count)
    }

    fn step(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = match &mut self.decoder {
            Decoder::Gzip(decoder) => decoder.read(buffer),
            Decoder::Zstd(decoder) => decoder.read(buffer),
            Decoder::Xz(decoder) => decoder.read(buffer),
            Decoder::Bzip2(decoder) => decoder.read(buffer),
        }?;
        self.out += count as u64;
        if over_ratio(self.limits, self.out, self.packed.load(Ordering::Relaxed)) {
            return Err(ratio_fault(self.limits));
        }
        Ok(count)
    }
}

impl<R: Read> Read for Inflated<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut filled = 0;
        while filled < buffer.len() && !self.ended {
            match self.some(&mut buffer[filled..]) {
                Ok(count) => {
                    filled += count;
                    self.ended = count == 0;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    // A decoder is not asked again after a failure: what it would say is not defined.
                    self.ended = true;
                    self.failure = Some(error);
                }
            }
        }
        match self.failure.take() {
            Some(error) if filled == 0 && !buffer.is_empty() => Err(error),
            failure => {
                self.failure = failure;
                Ok(filled)
            }
        }
    }
}

/// The members of a gzip stream one after the other. Zeros after the last one are padding; anything else that is no
/// member is an error at the very end, after everything that could be read.
struct Members<R> {
    input: R,
    /// The member that is read; `None` between two.
    member: Option<Box<Decompress>>,
    started: bool,
    /// What is to be said after the bytes that came before it.
    failure: Option<io::Error>,
}

/// The largest window that deflate knows, as a power of two.
const WINDOW_BITS: u8 = 15;

impl<R: BufRead> Members<R> {
    fn new(input: R) -> Self {
        Members { input, member: None, started: false, failure: None }
    }

    /// Goes on to the next member; `false` at the end.
    fn next(&mut self) -> io::Result<bool> {
        loop {
            let next = self.input.fill_buf()?;
            let zeros = next.iter().take_while(|byte| self.started && **byte == 0).count();
            match next.get(zeros) {
                None if next.is_empty() && self.started => return Ok(false),
                None if next.is_empty() => return Err(io::ErrorKind::UnexpectedEof.into()),
                None => self.input.consume(zeros),
                Some(0x1f) => {
                    self.input.consume(zeros);
                    self.started = true;
                    self.member = Some(Box::new(Decompress::new_gzip(WINDOW_BITS)));
                    return Ok(true);
                }
                Some(_) => {
                    let what = "has bytes after the end of its gzip data, which are not read";
                    return Err(Fault::error(TroubleKind::Unreadable, what));
                }
            }
        }
    }
}

impl<R: BufRead> Read for Members<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if let Some(error) = self.failure.take() {
            return Err(error);
        }
        while !buffer.is_empty() {
            if self.member.is_none() && !self.next()? {
                break;
            }
            let Some(member) = &mut self.member else { break };
            let input = self.input.fill_buf()?;
            let ended = input.is_empty();
            let (before, given) = (member.total_in(), member.total_out());
            let result = member.decompress(input, buffer, FlushDecompress::None);
            let taken = (member.total_in() - before) as usize;
            let made = (member.total_out() - given) as usize;
            self.input.consume(taken);
            let failure = match result {
                Ok(Status::StreamEnd) => {
                    self.member = None;
                    None
                }
                Ok(_) if made == 0 && ended => Some(io::ErrorKind::UnexpectedEof.into()),
                Ok(_) if made > 0 || taken > 0 => None,
                // What the decoder says besides depends on how much it was asked for.
                Ok(_) | Err(_) => Some(Fault::error(TroubleKind::Unreadable, "has damaged gzip data")),
            };
            match failure {
                Some(error) if made == 0 => return Err(error),
                failure => self.failure = failure,
            }
            if made > 0 {
                return Ok(made);
            }
        }
        Ok(0)
    }
}

/// A block in transit; an empty one says that the stream ended as it should.
type Block = io::Result<(Vec<u8>, usize)>;

const BLOCK_BYTES: usize = 256 << 10;
/// Blocks that may wait: enough that neither side starves and that a whole entry may be among them, small enough that memory
/// stays flat.
const BLOCKS: usize = 6;

/// Reads `source` on a thread of its own while `work` reads what came, so that inflation and what is done with the
/// bytes overlap. The blocks go back to be filled again. When `work` returns early the thread stops.
pub(super) fn overlap<T>(source: impl Read + Send, waiting: &Waiting, work: impl FnOnce(&mut dyn Read) -> T) -> T {
    let (full_sender, full) = sync_channel::<Block>(BLOCKS);
    let (empty, empty_receiver) = sync_channel::<Vec<u8>>(2 * BLOCKS);
    // Where the system gives no thread, it is read as it is wanted.
    let source = Mutex::new(Some(source));
    let take = || source.lock().unwrap_or_else(PoisonError::into_inner).take();
    thread::scope(|scope| {
        let fill = move || {
            if let Some(source) = take() {
                fill_blocks(source, &full_sender, &empty_receiver, waiting);
            }
        };
        let filler = match thread::Builder::new().name("inflate".to_owned()).spawn_scoped(scope, fill) {
            Ok(filler) => filler,
            Err(_) => {
                return match take() {
                    Some(mut source) => work(&mut source),
                    None => work(&mut io::empty()),
                };
            }
        };
        let mut blocks = Blocks { full, waiting, empty, block: Vec::new(), at: 0, end: 0, ended: false };
        let result = work(&mut blocks);
        drop(blocks);
        // A decoder that panicked has been seen by the reader as a stream that stopped.
        let _ = filler.join();
        result
    })
}

/// How many inflated blocks wait to be read.
#[derive(Debug, Default)]
pub(super) struct Waiting(AtomicUsize);

impl Waiting {
    /// Whether so many bytes are there.
    pub fn holds(&self, bytes: u64) -> bool {
        (self.0.load(Ordering::Relaxed) * BLOCK_BYTES) as u64 >= bytes
    }
}

fn fill_blocks(mut source: impl Read, full: &SyncSender<Block>, empty: &Receiver<Vec<u8>>, waiting: &Waiting) {
    loop {
        let mut block = empty.try_recv().unwrap_or_default();
        block.resize(BLOCK_BYTES, 0);
        let mut filled = 0;
        let error = loop {
            match source.read(&mut block[filled..]) {
                Ok(0) => break None,
                Ok(count) => filled += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => break Some(error),
            }
        };
        let full_block = filled == BLOCK_BYTES;
        waiting.0.fetch_add(usize::from(filled > 0), Ordering::Relaxed);
        if filled > 0 && full.send(Ok((block, filled))).is_err() {
            return;
        }
        if let Some(error) = error {
            let _ = full.send(Err(error));
            return;
        }
        if !full_block {
            let _ = full.send(Ok((Vec::new(), 0)));
            return;
        }
    }
}

struct Blocks<'w> {
    full: Receiver<Block>,
    waiting: &'w Waiting,
    empty: SyncSender<Vec<u8>>,
    block: Vec<u8>,
    at: usize,
    end: usize,
    ended: bool,
}

impl Read for Blocks<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.at == self.end {
            if self.ended || buffer.is_empty() {
                return Ok(0);
            }
            let spent = std::mem::take(&mut self.block);
            if !spent.is_empty() {
                let _ = self.empty.try_send(spent);
            }
            (self.at, self.end) = (0, 0);
            match self.full.recv() {
                Ok(Ok((block, end))) => {
                    self.waiting.0.fetch_sub(usize::from(end > 0), Ordering::Relaxed);
                    (self.block, self.end) = (block, end);
                    self.ended = end == 0;
                }
                Ok(Err(error)) => {
                    self.ended = true;
                    return Err(error);
                }
                Err(_) => {
                    self.ended = true;
                    return Err(Fault::error(TroubleKind::Unreadable, "could not be inflated: the decoder failed"));
                }
            }
        }
        let count = (self.end - self.at).min(buffer.len());
        buffer[..count].copy_from_slice(&self.block[self.at..self.at + count]);
        self.at += count;
        Ok(count)
    }
}

#[cfg(test)]
#[allow(clippy::expect_used)]
mod tests {
    use super::*;
    use std::io::Write;

    fn gzip(content: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        encoder.write_all(content).expect("memory can be written");
        encoder.finish().expect("memory can be written")
    }

    /// What comes out when so many bytes are asked for at a time, and what is said at the end of it.
    fn in_pieces(codec: Codec, packed: &[u8], size: usize) -> (Vec<u8>, Option<(TroubleKind, String)>) {
        let limits = Limits::default();
        let mut reader = codec.inflate(&limits, packed).expect("a reader");
        let (mut out, mut piece) = (Vec::new(), vec![0; size]);
        loop {
            match reader.read(&mut piece) {
                Ok(0) => return (out, None),
                Ok(count) => out.extend_from_slice(&piece[..count]),
                Err(error) => return (out, Some(super::super::limits::explain(&error))),
            }
        }
    }

    fn inflate(packed: &[u8]) -> (Vec<u8>, io::Result<usize>) {
        let limits = Limits::default();
        let mut out = Vec::new();
        let result = Codec::Gzip.inflate(&limits, packed).and_then(|mut reader| reader.read_to_end(&mut out));
        (out, result)
    }

    #[test]
    fn members_padding_and_junk() {
        let mut packed = gzip(b"one ");
        packed.extend(gzip(b"two"));
        packed.extend([0; 300]);
        let (out, result) = inflate(&packed);
        assert_eq!((out.as_slice(), result.is_ok()), (b"one two".as_slice(), true));
        packed.extend(b"junk");
        let (out, result) = inflate(&packed);
        assert_eq!((out.as_slice(), result.is_ok()), (b"one two".as_slice(), false));
    }

    #[test]
    fn every_cut_of_a_gzip_is_an_end_of_file() {
        let packed = gzip(b"a line that is long enough to be worth compressing, is it not, is it not");
        for length in 0..packed.len() {
            let (_, result) = inflate(&packed[..length]);
            let error = result.expect_err("cut short");
            assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof, "{length}: {error}");
        }
    }

    #[test]
    fn damage_is_told_alike_in_pieces_of_any_size() {
        let lines: String = (0..400).map(|n| format!("{} order {} accepted\n", n * 7919, n * n)).collect();
        let mut bzip2 = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::best());
        bzip2.write_all(lines.as_bytes()).expect("memory can be written");
        let mut xz = lzma_rust2::XzWriter::new(Vec::new(), lzma_rust2::XzOptions::with_preset(6)).expect("a writer");
        xz.write_all(lines.as_bytes()).expect("memory can be written");
        let all = [
            (Codec::Gzip, gzip(lines.as_bytes())),
            (Codec::Zstd, zstd::stream::encode_all(lines.as_bytes(), 3).expect("memory can be read")),
            (Codec::Bzip2, bzip2.finish().expect("memory can be written")),
            (Codec::Xz, xz.finish().expect("memory can be written")),
        ];
        for (codec, packed) in all {
            for at in (12..packed.len()).step_by(41) {
                let mut damaged = packed.clone();
                damaged[at] ^= 0x55;
                let at_once = in_pieces(codec, &damaged, 64 << 10);
                for size in [1, 7, 300, 4096] {
                    assert_eq!(in_pieces(codec, &damaged, size), at_once, "{codec:?}: {at} in pieces of {size}");
                }
            }
        }
    }

    #[test]
    fn a_stream_over_its_ratio_stops() {
        let limits = Limits { ratio: 100, ..Limits::default() };
        let packed = gzip(&vec![0; 80 << 20]);
        let mut reader = Codec::Gzip.inflate(&limits, packed.as_slice()).expect("a reader");
        let error = io::copy(&mut reader, &mut io::sink()).expect_err("over the ratio");
        assert_eq!(super::super::limits::explain(&error).0, TroubleKind::LimitMet);
    }

    #[test]
    fn overlapping_hands_over_everything_and_its_error() {
        let content: Vec<u8> = (0..3_000_000u32).map(|n| (n % 251) as u8).collect();
        let read = overlap(content.as_slice(), &Waiting::default(), |reader| {
            let mut out = Vec::new();
            reader.read_to_end(&mut out).map(|_| out)
        });
        assert_eq!(read.expect("no error"), content);
        let exact = vec![7; BLOCK_BYTES];
        let waiting = Waiting::default();
        let read = overlap(exact.as_slice(), &waiting, |reader| {
            while !waiting.holds(BLOCK_BYTES as u64) {
                thread::yield_now();
            }
            io::copy(reader, &mut io::sink())
        });
        assert_eq!(read.expect("no error"), BLOCK_BYTES as u64);
        assert!(!waiting.holds(1));
        struct Failing(u8);
        impl Read for Failing {
            fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
                self.0 += 1;
                if self.0 < 3 { Ok(buffer.len().min(10)) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
            }
        }
        let (out, result) = overlap(Failing(0), &Waiting::default(), |reader| {
            let mut out = Vec::new();
            let result = reader.read_to_end(&mut out);
            (out, result)
        });
        assert_eq!((out.len(), result.is_err()), (20, true));
    }

    #[test]
    fn work_that_stops_early_stops_the_thread() {
        let mut one = [0];
        let read = overlap(io::repeat(1), &Waiting::default(), |reader| reader.read(&mut one));
        assert_eq!(read.expect("no error"), 1);
    }

    #[test]
    fn a_decoder_that_panics_is_a_stream_that_stopped() {
        struct Panicking;
        impl Read for Panicking {
            fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
                panic!("a defect in a decoder")
            }
        }
        let result = overlap(Panicking, &Waiting::default(), |reader| io::copy(reader, &mut io::sink()));
        assert!(result.is_err());
    }
}
