//! How much is read before reading stops, and the one error type that says why it stopped.
//!
//! Owns the limits and their wording. Knows nothing of formats.

use std::fmt;
use std::io;
use std::time::Duration;

use super::TroubleKind;

/// How much of an input is read. Each limit is met with a [`TroubleKind::LimitMet`], never with an abort, and each can
/// be raised by the caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Members that are looked at: files, folders, links, of all levels together.
    pub entries: u64,
    /// Bytes that are read in total, counted after decompression, skipped content included.
    pub total_bytes: u64,
    /// Bytes of one entry, counted after decompression. The same limit holds for a zip that is spooled.
    pub entry_bytes: u64,
    /// Bytes out per byte in, of one compressed stream, of a zip as a whole, and of everything that is read against the
    /// size of the input. Checked from 64 MiB out; deflate itself ends at 1032, so the default stops streams that hold
    /// nothing, not logs that repeat themselves.
    pub ratio: u64,
    /// Levels of archives inside the input: 1 reads an archive in an archive or in a folder, 2 a bundle that holds archives
    /// itself and was packed once more. What all levels give together is held against the other limits.
    pub nesting: u32,
    /// Bytes of one line of a log that are looked at; the rest of it is counted only.
    pub line_bytes: usize,
    /// Bytes that are kept of all files together, as they are estimated: the text of outputs of objects, the kept lines of
    /// logs, and what is made of them.
    pub kept_bytes: u64,
    /// Time for reading one input; `None` for as long as it takes. What is read within a time differs from one machine
    /// to the next.
    pub time: Option<Duration>,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            entries: 250_000,
            total_bytes: 64 << 30,
            entry_bytes: 16 << 30,
            ratio: 1000,
            nesting: 2,
            line_bytes: 64 << 10,
            kept_bytes: 2 << 30,
            time: None,
        }
    }
}

/// Output below which no ratio is judged: a small bomb does no harm.
pub(super) const RATIO_FREE_BYTES: u64 = 64 << 20;

/// The error of a reader when this layer itself knows what is wrong: travels through decoders inside an [`io::Error`].
#[derive(Debug, Clone)]
pub(super) struct Fault {
    pub kind: TroubleKind,
    pub what: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.what)
    }
}

impl std::error::Error for Fault {}

impl Fault {
    /// An error to return from a reader.
    pub fn error(kind: TroubleKind, what: impl Into<String>) -> io::Error {
        io::Error::other(Fault { kind, what: what.into() })
    }
}

/// Of a stream whose header asks for more memory than decoders are given.
const MEMORY: &str = "asks for more memory than there is for unpacking it";

/// What an error means, in the words of a [`super::Trouble`].
pub(super) fn explain(error: &io::Error) -> (TroubleKind, String) {
    if let Some(fault) = error.get_ref().and_then(|inner| inner.downcast_ref::<Fault>()) {
        return (fault.kind, fault.what.clone());
    }
    match error.kind() {
        io::ErrorKind::NotFound => (TroubleKind::Absent, "is no longer there".to_owned()),
        io::ErrorKind::PermissionDenied => (TroubleKind::Forbidden, "may not be read: permission denied".to_owned()),
        io::ErrorKind::UnexpectedEof => (TroubleKind::Truncated, "is cut short".to_owned()),
        // What the system says is for people, what a decoder says of its own state is not.
        _ if error.raw_os_error().is_some() => {
            (TroubleKind::Unreadable, format!("could not be read: {}", lower_first(&error.to_string())))
        }
        io::ErrorKind::Unsupported => (TroubleKind::Unreadable, "is packed by a method that is not read".to_owned()),
        io::ErrorKind::OutOfMemory => (TroubleKind::Unreadable, MEMORY.to_owned()),
        // zstd has no kind for a window over 128 MiB (`--long=28`).
        _ if error.to_string().contains("too much memory") => (TroubleKind::Unreadable, MEMORY.to_owned()),
        _ => (TroubleKind::Unreadable, "is damaged: it cannot be unpacked further".to_owned()),
    }
}

fn lower_first(text: &str) -> String {
    let mut characters = text.chars();
    match characters.next() {
        Some(first) => first.to_lowercase().chain(characters).collect(),
        None => String::new(),
    }
}

/// A number of bytes as a reader of messages expects it: `64 GiB`, `1500 bytes`.
pub fn amount(bytes: u64) -> String {
    for (shift, unit) in [(40, "TiB"), (30, "GiB"), (20, "MiB"), (10, "KiB")] {
        if bytes >= 1 << shift && bytes.is_multiple_of(1 << shift) {
            return format!("{} {unit}", bytes >> shift);
        }
    }
    format!("{bytes} bytes")
}

/// Whether `out` bytes from `packed` bytes are more than the ratio allows.
pub(super) fn over_ratio(limits: &Limits, out: u64, packed: u64) -> bool {
    out > RATIO_FREE_BYTES && out > limits.ratio.saturating_mul(packed.max(1))
}

/// The error for it.
pub(super) fn ratio_fault(limits: &Limits) -> io::Error {
    Fault::error(
        TroubleKind::LimitMet,
        format!("inflates to more than {} times its size and is read up to that limit only", limits.ratio),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn five_different_things_stay_different() {
        let cases = [
            (io::ErrorKind::NotFound, TroubleKind::Absent),
            (io::ErrorKind::PermissionDenied, TroubleKind::Forbidden),
            (io::ErrorKind::UnexpectedEof, TroubleKind::Truncated),
            (io::ErrorKind::InvalidData, TroubleKind::Unreadable),
        ];
        for (from, to) in cases {
            assert_eq!(explain(&io::Error::from(from)).0, to);
        }
        let decoder =
            io::Error::new(io::ErrorKind::InvalidData, "invalid Zip archive: properties size of {properties_size}");
        assert_eq!(explain(&decoder).1, "is damaged: it cannot be unpacked further");
        let system = io::Error::from_raw_os_error(5);
        assert!(explain(&system).1.starts_with("could not be read: "), "{system}");
        let fault = Fault::error(TroubleKind::LimitMet, "is too much");
        assert_eq!(explain(&fault), (TroubleKind::LimitMet, "is too much".to_owned()));
    }

    #[test]
    fn amounts_are_short_where_they_are_round() {
        assert_eq!(amount(64 << 30), "64 GiB");
        assert_eq!(amount(1536), "1536 bytes");
        assert_eq!(amount(0), "0 bytes");
    }

    #[test]
    fn small_outputs_have_no_ratio() {
        let limits = Limits { ratio: 10, ..Limits::default() };
        assert!(!over_ratio(&limits, RATIO_FREE_BYTES, 1));
        assert!(over_ratio(&limits, RATIO_FREE_BYTES + 1, 1));
        assert!(!over_ratio(&limits, RATIO_FREE_BYTES + 1, RATIO_FREE_BYTES));
    }
}
