//! Files with holes in a tar, as `tar --sparse` packs them: what is no hole, one piece after the other, and where each belongs.
//!
//! Owns the three forms of PAX that GNU tar writes (0.0 and 0.1: the map stands in the header's records, 1.0: before the
//! content) and the bound on what is made up. The oldest form, a type of entry of its own, the tar crate reads.

use std::io::{self, Read};

use super::TroubleKind;
use super::limits::{Fault, over_ratio, ratio_fault};
use super::session::Session;

/// What the map of one file may take where it stands before the content.
const MAP_BYTES: usize = 1 << 20;
const BLOCK: usize = 512;

/// What the records of a header say of a file with holes.
#[derive(Debug, Default)]
pub(super) struct Holes {
    /// The name of the file, where that of the header was made up.
    pub name: Option<Vec<u8>>,
    major: u64,
    /// Bytes of the file with its holes.
    size: Option<u64>,
    /// Offset and length of each piece, one after the other; `None` for what is no number.
    map: Vec<Option<u64>>,
}

impl Holes {
    /// Reads the records of a PAX header, key and value; `None` where they speak of no holes.
    pub fn of<'r>(records: impl Iterator<Item = (&'r [u8], &'r [u8])>) -> Option<Holes> {
        let mut holes = None;
        for (key, value) in records {
            let Some(key) = key.strip_prefix(b"GNU.sparse.") else { continue };
            let holes = holes.get_or_insert_with(Holes::default);
            match key {
                b"major" => holes.major = number(value).unwrap_or(u64::MAX),
                b"name" => holes.name = Some(value.to_owned()),
                b"size" | b"realsize" => holes.size = number(value),
                b"offset" | b"numbytes" => holes.map.push(number(value)),
                b"map" => holes.map = value.split(|byte| *byte == b',').map(number).collect(),
                _ => {}
            }
        }
        holes
    }

    /// The file with its holes filled; `packed` gives what is packed of it.
    pub fn fill<R: Read>(mut self, mut packed: R) -> io::Result<Filled<R>> {
        match self.major {
            0 => {}
            1 => self.map = map_before(&mut packed)?,
            _ => {
                return Err(Fault::error(
                    TroubleKind::Unreadable,
                    "is packed without its holes in a way that is not read",
                ));
            }
        }
        let size = self.size.ok_or_else(damaged)?;
        let mut pieces = Vec::with_capacity(self.map.len() / 2);
        let mut end = 0;
        for piece in self.map.chunks(2) {
            let &[Some(offset), Some(length)] = piece else { return Err(damaged()) };
            let behind = offset.checked_add(length).filter(|behind| offset >= end && *behind <= size);
            end = behind.ok_or_else(damaged)?;
            pieces.push((offset, length));
        }
        Ok(Filled { packed, pieces: pieces.into_iter(), at: 0, zeros: 0, left: 0, size })
    }
}

fn damaged() -> io::Error {
    Fault::error(TroubleKind::Unreadable, "is damaged: where its parts belong cannot be read")
}

fn number(text: &[u8]) -> Option<u64> {
    std::str::from_utf8(text).ok()?.parse().ok()
}

/// The map that stands before the content, filled up to whole blocks: how many pieces, then offset and length of each, one
/// number a line.
fn map_before(packed: &mut impl Read) -> io::Result<Vec<Option<u64>>> {
    let mut numbers: Vec<Option<u64>> = Vec::new();
    let mut line = Vec::new();
    let mut wanted = 1;
    for _ in 0..MAP_BYTES / BLOCK {
        let mut block = [0; BLOCK];
        packed.read_exact(&mut block)?;
        for byte in block {
            if byte != b'\n' {
                line.push(byte);
                continue;
            }
            numbers.push(number(&line));
            line.clear();
            if numbers.len() == 1 {
                wanted = numbers[0].and_then(|pieces| pieces.checked_mul(2)?.checked_add(1)).ok_or_else(damaged)?;
            }
            if numbers.len() as u64 == wanted {
                numbers.remove(0);
                return Ok(numbers);
            }
        }
    }
    Err(Fault::error(TroubleKind::LimitMet, "has more holes than are looked at, and is not read"))
}

/// The content with its holes filled with zeros.
pub(super) struct Filled<R> {
    packed: R,
    pieces: std::vec::IntoIter<(u64, u64)>,
    /// Bytes given so far.
    at: u64,
    /// Zeros before the next piece.
    zeros: u64,
    /// Bytes left of the piece.
    left: u64,
    size: u64,
}

impl<R: Read> Read for Filled<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.zeros == 0 && self.left == 0 {
            if self.at == self.size {
                return Ok(0);
            }
            let (offset, length) = self.pieces.next().unwrap_or((self.size, 0));
            (self.zeros, self.left) = (offset - self.at, length);
        }
        let within = |room: u64| room.min(buffer.len() as u64) as usize;
        let count = if self.zeros > 0 {
            let count = within(self.zeros);
            buffer[..count].fill(0);
            self.zeros -= count as u64;
            count
        } else {
            let most = within(self.left);
            let count = self.packed.read(&mut buffer[..most])?;
            if count == 0 && most > 0 {
                return Err(damaged());
            }
            self.left -= count as u64;
            count
        };
        self.at += count as u64;
        Ok(count)
    }
}

/// Content whose holes are filled, within the ratio.
pub(super) struct Bounded<'s, 'a, R> {
    session: &'s Session<'a>,
    inner: R,
    packed: u64,
    out: u64,
}

impl<'s, 'a, R: Read> Bounded<'s, 'a, R> {
    /// Bounds what is made of `packed` bytes.
    pub fn new(session: &'s Session<'a>, inner: R, packed: u64) -> Self {
        Bounded { session, inner, packed, out: 0 }
    }
}

impl<R: Read> Read for Bounded<'_, '_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.out += count as u64;
        if over_ratio(self.session.limits, self.out, self.packed) {
            return Err(ratio_fault(self.session.limits));
        }
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(records: &[(&str, &str)], packed: &[u8]) -> Result<String, String> {
        let records = records.iter().map(|(key, value)| (key.as_bytes(), value.as_bytes()));
        let holes = Holes::of(records).ok_or("no holes")?;
        let mut filled = holes.fill(packed).map_err(|error| error.to_string())?;
        let mut text = String::new();
        // Small reads: pieces end within them.
        let mut part = [0; 3];
        loop {
            match filled.read(&mut part).map_err(|error| error.to_string())? {
                0 => return Ok(text.replace('\0', ".")),
                count => text.push_str(std::str::from_utf8(&part[..count]).map_err(|error| error.to_string())?),
            }
        }
    }

    #[test]
    fn the_three_forms_say_the_same() {
        let first = [
            ("GNU.sparse.size", "12"),
            ("GNU.sparse.numblocks", "3"),
            ("GNU.sparse.offset", "0"),
            ("GNU.sparse.numbytes", "2"),
            ("GNU.sparse.offset", "6"),
            ("GNU.sparse.numbytes", "4"),
            ("GNU.sparse.offset", "12"),
            ("GNU.sparse.numbytes", "0"),
        ];
        assert_eq!(read(&first, b"abcdef"), Ok("ab....cdef..".to_owned()));
        let second = [("GNU.sparse.size", "12"), ("GNU.sparse.name", "x"), ("GNU.sparse.map", "0,2,6,4,12,0")];
        assert_eq!(read(&second, b"abcdef"), Ok("ab....cdef..".to_owned()));
        let third = [("GNU.sparse.major", "1"), ("GNU.sparse.minor", "0"), ("GNU.sparse.realsize", "12")];
        let mut packed = b"3\n0\n2\n6\n4\n12\n0\n".to_vec();
        packed.resize(BLOCK, 0);
        packed.extend(b"abcdef");
        assert_eq!(read(&third, &packed), Ok("ab....cdef..".to_owned()));
        assert_eq!(read(&[("path", "x"), ("size", "6")], b"abcdef"), Err("no holes".to_owned()));
    }

    #[test]
    fn a_map_that_lies_is_damage() {
        let damage = Err("is damaged: where its parts belong cannot be read".to_owned());
        for map in ["0,2,1,4", "6,4,0,2", "0,2,6", "0,x", "", "0,13", "18446744073709551615,2", "-1,2", "0,7"] {
            assert_eq!(read(&[("GNU.sparse.size", "12"), ("GNU.sparse.map", map)], b"abcdef"), damage, "{map}");
        }
        assert_eq!(read(&[("GNU.sparse.map", "0,2")], b"abcdef"), damage);
        let third = [("GNU.sparse.major", "1"), ("GNU.sparse.realsize", "12")];
        let blocks = |text: &str, count: usize| {
            text.bytes().chain(std::iter::repeat(b'\n')).take(count * BLOCK).collect::<Vec<_>>()
        };
        assert_eq!(read(&third, &blocks("18446744073709551615", 1)), damage);
        assert_eq!(read(&third, &blocks("2\n0\n1\n", 1)), damage);
        let long = read(&third, &blocks("9999999\n", 2049));
        assert_eq!(long, Err("has more holes than are looked at, and is not read".to_owned()));
        let other = read(&[("GNU.sparse.major", "2"), ("GNU.sparse.realsize", "1")], b"a");
        assert_eq!(other, Err("is packed without its holes in a way that is not read".to_owned()));
    }
}
