//! Archives whose checksums and lengths fit, or are wrong on purpose: members of every kind under every name, archives in
//! archives, zips whose entries lie within one another. What is sound comes out as it went in.
#![no_main]

use std::collections::BTreeSet;
use std::io::Write;

use arbitrary::Arbitrary;
use flate2::Compression;
use flate2::write::{DeflateEncoder, GzEncoder};
use kubemortem_fuzz::archives::open;
use kubemortem_fuzz::limits;
use libfuzzer_sys::fuzz_target;

#[derive(Arbitrary, Debug)]
struct Archive {
    format: Format,
    members: Vec<Member>,
    packing: Vec<Packing>,
    /// Bytes at the end that are lost.
    cut: Option<u16>,
    damage: Vec<(u16, u8)>,
}

#[derive(Arbitrary, Debug, PartialEq)]
enum Format {
    Tar,
    /// Without the two blocks of zeros.
    OpenTar,
    Zip,
    /// Without its directory.
    ZipWithoutDirectory,
}

#[derive(Arbitrary, Debug)]
struct Member {
    name: Name,
    kind: Kind,
    content: Content,
    /// A size that the header states instead of the true one.
    stated: Option<u64>,
    /// In a zip: stored, not deflated; and at the place of another entry.
    stored: bool,
    at: Option<u8>,
}

#[derive(Arbitrary, Debug)]
enum Name {
    Plain(u8),
    Folder(u8, u8),
    Up(u8),
    Bytes(Vec<u8>),
}

#[derive(Arbitrary, Debug, PartialEq)]
enum Kind {
    File,
    Folder,
    Link(u8),
    Hard(u8),
    Fifo,
    Device,
    Sparse,
    Other(u8),
}

#[derive(Arbitrary, Debug)]
enum Content {
    Bytes(Vec<u8>),
    Zeros(u32),
    Archive(Box<Archive>),
}

#[derive(Arbitrary, Debug, Clone, Copy)]
enum Packing {
    Gzip,
    /// Each kilobyte a member of its own.
    Members,
    Zstd,
}

impl Name {
    fn bytes(&self) -> Vec<u8> {
        match self {
            Name::Plain(number) => format!("web-{number}.log").into_bytes(),
            Name::Folder(folder, number) => format!("b{folder}/web-{number}.log").into_bytes(),
            Name::Up(number) => format!("b/../../web-{number}").into_bytes(),
            Name::Bytes(bytes) => bytes.iter().copied().take(5000).collect(),
        }
    }

    fn is_sound(&self) -> bool {
        matches!(self, Name::Plain(_) | Name::Folder(..))
    }
}

impl Content {
    fn bytes(&self) -> Vec<u8> {
        match self {
            Content::Bytes(bytes) => bytes.clone(),
            Content::Zeros(count) => vec![0; *count as usize % (4 << 20)],
            Content::Archive(archive) => archive.bytes(),
        }
    }
}

impl Archive {
    fn bytes(&self) -> Vec<u8> {
        let mut bytes = match self.format {
            Format::Tar | Format::OpenTar => self.tar(),
            Format::Zip | Format::ZipWithoutDirectory => self.zip(),
        };
        for packing in self.packing.iter().take(3) {
            bytes = match packing {
                Packing::Gzip => gzip(&bytes),
                Packing::Members => bytes.chunks(1024).take(500).flat_map(gzip).collect(),
                Packing::Zstd => zstd::bulk::compress(&bytes, 1).expect("in memory"),
            };
        }
        bytes.truncate(bytes.len().saturating_sub(self.cut.unwrap_or(0).into()));
        for (at, byte) in self.damage.iter().take(8) {
            let at = usize::from(*at) % bytes.len().max(1);
            if let Some(place) = bytes.get_mut(at) {
                *place ^= byte;
            }
        }
        bytes
    }

    fn tar(&self) -> Vec<u8> {
        let mut out = Vec::new();
        for member in &self.members {
            let (name, content) = (member.name.bytes(), member.content.bytes());
            let mut builder = tar::Builder::new(Vec::new());
            let mut header = tar::Header::new_gnu();
            header.set_mode(0o644);
            header.set_entry_type(tar::EntryType::new(match member.kind {
                Kind::File => b'0',
                Kind::Folder => b'5',
                Kind::Link(_) => b'2',
                Kind::Hard(_) => b'1',
                Kind::Fifo => b'6',
                Kind::Device => b'3',
                Kind::Sparse => b'S',
                Kind::Other(letter) => letter,
            }));
            if let Kind::Link(to) | Kind::Hard(to) = member.kind {
                header.as_old_mut().linkname[..12]
                    .copy_from_slice(format!("web-{to:03}.log\0").as_bytes().split_at(12).0);
            }
            if name.len() > 100 {
                let mut long = tar::Header::new_gnu();
                long.set_entry_type(tar::EntryType::GNULongName);
                long.set_size(name.len() as u64);
                long.set_cksum();
                builder.append(&long, name.as_slice()).expect("in memory");
            }
            let short = &name[..name.len().min(100)];
            header.as_old_mut().name[..short.len()].copy_from_slice(short);
            header.set_size(content.len() as u64);
            header.set_cksum();
            builder.append(&header, content.as_slice()).expect("in memory");
            let mut bytes = builder.into_inner().expect("in memory");
            bytes.truncate(bytes.len().saturating_sub(1024));
            if let Some(stated) = member.stated {
                header.set_size(stated);
                header.set_cksum();
                let at = bytes.len() - content.len().next_multiple_of(512) - 512;
                bytes[at..at + 512].copy_from_slice(header.as_bytes());
            }
            out.extend(bytes);
        }
        if self.format == Format::Tar {
            out.extend([0; 1024]);
        }
        out
    }

    fn zip(&self) -> Vec<u8> {
        let mut out = Vec::new();
        let mut directory = Vec::new();
        let mut places: Vec<u32> = Vec::new();
        for member in &self.members {
            let (name, content) = (member.name.bytes(), member.content.bytes());
            let packed = if member.stored { content.clone() } else { deflate(&content) };
            let mut sum = flate2::Crc::new();
            sum.update(&content);
            let size = member.stated.map_or(content.len() as u32, |stated| stated as u32);
            let mut fields = Vec::new();
            for short in [20, 0, if member.stored { 0u16 } else { 8 }, 0, 0x21] {
                fields.extend(short.to_le_bytes());
            }
            for long in [sum.sum(), packed.len() as u32, size] {
                fields.extend(long.to_le_bytes());
            }
            fields.extend((name.len() as u16).to_le_bytes());
            fields.extend(0u16.to_le_bytes());
            let place = out.len() as u32;
            places.push(place);
            let shown = member.at.and_then(|at| places.get(usize::from(at) % places.len())).copied().unwrap_or(place);
            out.extend(b"PK\x03\x04");
            out.extend(&fields);
            out.extend(&name);
            out.extend(&packed);
            let mode: u32 = match member.kind {
                Kind::Link(_) => 0o120_777,
                Kind::Fifo => 0o010_644,
                Kind::Device => 0o020_644,
                Kind::Folder => 0o040_755,
                _ => 0o100_644,
            };
            directory.extend(b"PK\x01\x02");
            directory.extend([20, 3]); // made on Unix
            directory.extend(&fields);
            directory.extend([0; 6]);
            directory.extend((mode << 16).to_le_bytes());
            directory.extend(shown.to_le_bytes());
            directory.extend(&name);
        }
        if self.format == Format::Zip {
            let start = out.len() as u32;
            out.extend(&directory);
            out.extend(b"PK\x05\x06\0\0\0\0");
            let count = (self.members.len() as u16).to_le_bytes();
            out.extend(count);
            out.extend(count);
            out.extend((directory.len() as u32).to_le_bytes());
            out.extend(start.to_le_bytes());
            out.extend([0; 2]);
        }
        out
    }

    /// The contents by path, where nothing is wrong with it and nothing in it is an archive itself.
    fn sound(&self) -> Option<Vec<(String, Vec<u8>)>> {
        let names: BTreeSet<Vec<u8>> = self.members.iter().map(|member| member.name.bytes()).collect();
        let whole = self.cut.is_none() && self.damage.is_empty() && self.packing.len() < 3 && !self.members.is_empty();
        let finished = matches!(self.format, Format::Tar | Format::Zip);
        let mut all = Vec::new();
        for member in &self.members {
            let Content::Bytes(bytes) = &member.content else { return None };
            let plain = member.kind == Kind::File && member.stated.is_none() && member.at.is_none();
            let text = bytes.iter().all(|byte| byte.is_ascii_lowercase());
            if !plain || !text || !member.name.is_sound() {
                return None;
            }
            all.push((String::from_utf8(member.name.bytes()).ok()?, bytes.clone()));
        }
        (whole && finished && names.len() == all.len() && (all.len() as u64) < limits().entries).then_some(all)
    }
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).expect("in memory");
    encoder.finish().expect("in memory")
}

fn deflate(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).expect("in memory");
    encoder.finish().expect("in memory")
}

fuzz_target!(|archive: Archive| {
    let read = open(&archive.bytes());
    if let Some(expected) = archive.sound() {
        let read = read.expect("a sound archive is read");
        assert!(read.troubles.is_empty(), "{:?}", read.troubles);
        assert_eq!(read.entries.into_iter().collect::<Vec<_>>(), {
            let mut expected = expected;
            expected.sort();
            expected
        });
    }
});
