//! What a stream is, told from its first bytes and never from its name.
//!
//! Owns magic numbers and the look-ahead. Knows nothing of what comes out.

use std::io::{self, Read};

use super::compression::Codec;

/// What a stream is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    /// A compressed stream; what is inside shows after inflating it.
    Compressed(Codec),
    /// A tar archive.
    Tar,
    /// A zip archive.
    Zip,
    /// A known format that is not read, with its name.
    Foreign(&'static str),
    /// No archive: the content itself.
    Plain,
}

/// Bytes that decide: a tar header.
const HEAD: usize = 512;
/// Longest run of zeros that is taken for an empty tar; tar pads to 20 blocks.
const EMPTY_TAR: usize = 64 << 10;

/// A reader that can be looked into before it is read. An error that shows while looking is returned when reading
/// comes to its place.
pub(super) struct Peek<R> {
    head: Vec<u8>,
    at: usize,
    ended: bool,
    error: Option<io::Error>,
    inner: R,
}

impl<R: Read> Peek<R> {
    pub fn new(inner: R) -> Self {
        Peek { head: Vec::new(), at: 0, ended: false, error: None, inner }
    }

    /// Up to `count` bytes from the start; fewer only where the stream ends or fails.
    fn look(&mut self, count: usize) -> &[u8] {
        while self.head.len() < count && !self.ended && self.error.is_none() {
            let have = self.head.len();
            self.head.resize(count, 0);
            let result = self.inner.read(&mut self.head[have..]);
            self.head.truncate(have + *result.as_ref().unwrap_or(&0));
            match result {
                Ok(0) => self.ended = true,
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => self.error = Some(error),
            }
        }
        &self.head[..count.min(self.head.len())]
    }

    /// Nothing is there: the stream ended, or failed with the error, before its first byte.
    pub fn nothing(&mut self) -> Option<Option<&io::Error>> {
        if self.look(1).is_empty() { Some(self.error.as_ref()) } else { None }
    }

    /// What the stream is.
    pub fn format(&mut self) -> Format {
        let head = self.look(HEAD);
        if let Some(format) = by_magic(head) {
            return format;
        }
        if head.len() == HEAD && head.iter().all(|byte| *byte == 0) {
            let all = self.look(EMPTY_TAR);
            let empty = all.len() < EMPTY_TAR && all.len() >= 2 * HEAD && all.len().is_multiple_of(HEAD);
            if empty && all.iter().all(|byte| *byte == 0) && self.error.is_none() {
                return Format::Tar;
            }
        }
        Format::Plain
    }
}

impl<R: Read> Read for Peek<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.at < self.head.len() {
            let count = (self.head.len() - self.at).min(buffer.len());
            buffer[..count].copy_from_slice(&self.head[self.at..self.at + count]);
            self.at += count;
            if self.at == self.head.len() {
                self.head = Vec::new();
                self.at = 0;
            }
            return Ok(count);
        }
        if let Some(error) = self.error.take() {
            self.ended = true;
            return Err(error);
        }
        if self.ended { Ok(0) } else { self.inner.read(buffer) }
    }
}

fn by_magic(head: &[u8]) -> Option<Format> {
    let starts = |magic: &[u8]| head.starts_with(magic);
    if starts(b"\x1f\x8b\x08") {
        return Some(Format::Compressed(Codec::Gzip));
    }
    let skippable = matches!(head, [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..]);
    if starts(b"\x28\xb5\x2f\xfd") || skippable {
        return Some(Format::Compressed(Codec::Zstd));
    }
    if starts(b"\xfd7zXZ\0") {
        return Some(Format::Compressed(Codec::Xz));
    }
    if starts(b"PK\x03\x04") || starts(b"PK\x05\x06") || starts(b"PK\x07\x08PK\x03\x04") {
        return Some(Format::Zip);
    }
    if starts(b"BZh") && head.get(4..10).is_some_and(|block| block == b"1AY&SY" || block == b"\x17\x72\x45\x38\x50\x90")
    {
        return Some(Format::Compressed(Codec::Bzip2));
    }
    if starts(b"7z\xbc\xaf\x27\x1c") {
        return Some(Format::Foreign("7z"));
    }
    if starts(b"Rar!\x1a\x07") {
        return Some(Format::Foreign("rar"));
    }
    if starts(b"\x04\x22\x4d\x18") {
        return Some(Format::Foreign("lz4"));
    }
    if is_tar_header(head) { Some(Format::Tar) } else { None }
}

/// Whether a block is a tar header: its checksum says so.
pub(super) fn is_tar_header(block: &[u8]) -> bool {
    let Some(block) = block.get(..HEAD) else { return false };
    let sum = block[..148].iter().chain(&block[156..]).map(|byte| u64::from(*byte)).sum::<u64>() + 8 * u64::from(b' ');
    block[0] != 0 && octal(&block[148..156]) == Some(sum)
}

fn octal(field: &[u8]) -> Option<u64> {
    let text = std::str::from_utf8(field).ok()?.trim_matches([' ', '\0']);
    u64::from_str_radix(text, 8).ok()
}

#[cfg(test)]
#[allow(clippy::expect_used)]
mod tests {
    use super::*;

    fn format(bytes: &[u8]) -> Format {
        Peek::new(bytes).format()
    }

    #[test]
    fn content_decides() {
        assert_eq!(format(b""), Format::Plain);
        assert_eq!(format(b"NAME READY STATUS\n"), Format::Plain);
        assert_eq!(format(b"BZh is how this log line starts"), Format::Plain);
        assert_eq!(format(b"\x1f\x8b\x08\x00"), Format::Compressed(Codec::Gzip));
        assert_eq!(format(b"PK\x05\x06\0\0"), Format::Zip);
        assert_eq!(format(b"PK is a name"), Format::Plain);
        assert_eq!(format(b"BZh91AY&SY\x12\x34"), Format::Compressed(Codec::Bzip2));
    }

    #[test]
    fn a_tar_is_known_by_its_checksum() {
        let mut header = tar::Header::new_old();
        header.set_path("pods.txt").expect("a short name");
        header.set_size(3);
        header.set_cksum();
        assert_eq!(format(header.as_bytes()), Format::Tar);
        let mut damaged = *header.as_bytes();
        damaged[0] ^= 1;
        assert_eq!(format(&damaged), Format::Plain);
        assert_eq!(format(&header.as_bytes()[..511]), Format::Plain);
    }

    #[test]
    fn zeros_are_an_empty_tar_only_when_nothing_follows() {
        assert_eq!(format(&[0; 10240]), Format::Tar);
        assert_eq!(format(&[0; 1000]), Format::Plain);
        let mut log = vec![0; 2048];
        log.extend_from_slice(b"started\n");
        assert_eq!(format(&log), Format::Plain);
    }

    #[test]
    fn looking_takes_nothing_away() {
        let bytes: Vec<u8> = (0..2000u32).map(|n| n as u8).collect();
        let mut peek = Peek::new(bytes.as_slice());
        assert!(peek.nothing().is_none());
        peek.format();
        let mut read = Vec::new();
        peek.read_to_end(&mut read).expect("memory can be read");
        assert_eq!(read, bytes);
    }
}
