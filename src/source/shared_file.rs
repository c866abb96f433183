//! One open file that many readers read at their own positions, and the spool that makes such a file of a stream.
//!
//! Owns positioned reading. Knows nothing of formats.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::sync::Arc;

use super::limits::explain;
use super::{TroubleKind, limits};

/// A reader over a shared file with a position of its own: a clone costs nothing and no one moves the other.
#[derive(Clone)]
pub(super) struct SharedFile {
    file: Arc<File>,
    position: u64,
    length: u64,
}

impl SharedFile {
    pub fn new(file: File) -> io::Result<Self> {
        let length = file.metadata()?.len();
        Ok(SharedFile { file: Arc::new(file), position: 0, length })
    }

    /// Bytes of the file when it was opened; what is appended later is not read.
    pub fn length(&self) -> u64 {
        self.length
    }

    /// A reader that starts at `position`.
    pub fn at(&self, position: u64) -> Self {
        SharedFile { position, ..self.clone() }
    }
}

impl Read for SharedFile {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let room = self.length.saturating_sub(self.position).min(buffer.len() as u64) as usize;
        if room == 0 {
            return Ok(0);
        }
        let count = read_at(&self.file, &mut buffer[..room], self.position)?;
        if count == 0 {
            // It got shorter since it was opened.
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.position += count as u64;
        Ok(count)
    }
}

impl Seek for SharedFile {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let position = match to {
            SeekFrom::Start(position) => Some(position),
            SeekFrom::End(offset) => self.length.checked_add_signed(offset),
            SeekFrom::Current(offset) => self.position.checked_add_signed(offset),
        };
        self.position = position.ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
        Ok(self.position)
    }
}

#[cfg(unix)]
fn read_at(file: &File, buffer: &mut [u8], position: u64) -> io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, buffer, position)
}

#[cfg(windows)]
fn read_at(file: &File, buffer: &mut [u8], position: u64) -> io::Result<usize> {
    std::os::windows::fs::FileExt::seek_read(file, buffer, position)
}

#[cfg(not(any(unix, windows)))]
fn read_at(mut file: &File, buffer: &mut [u8], position: u64) -> io::Result<usize> {
    static ONE_AT_A_TIME: std::sync::Mutex<()> = std::sync::Mutex::new(());
    let _turn = ONE_AT_A_TIME.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    file.seek(SeekFrom::Start(position))?;
    file.read(buffer)
}

/// What a spool holds, and why it does not hold everything.
pub(super) struct Spooled {
    pub file: SharedFile,
    pub trouble: Option<(TroubleKind, String)>,
}

/// Copies a stream into a temporary file without a name, at most `limit` bytes; what came before a failure is kept.
pub(super) fn spool(reader: &mut dyn Read, limit: u64) -> io::Result<Spooled> {
    let mut file = tempfile::tempfile()?;
    let mut trouble = None;
    let mut block = vec![0; 256 << 10];
    let mut length = 0;
    loop {
        match reader.read(&mut block) {
            Ok(0) => break,
            Ok(count) => {
                let keep = limit.saturating_sub(length).min(count as u64);
                file.write_all(&block[..keep as usize])?;
                length += keep;
                if keep < count as u64 {
                    let what = format!("is larger than the limit of {}", limits::amount(limit));
                    trouble = Some((TroubleKind::LimitMet, what));
                    break;
                }
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => {
                trouble = Some(explain(&error));
                break;
            }
        }
    }
    Ok(Spooled { file: SharedFile::new(file)?, trouble })
}

#[cfg(test)]
#[allow(clippy::expect_used)]
mod tests {
    use super::*;

    #[test]
    fn clones_read_at_their_own_positions() {
        let mut stream: &[u8] = b"0123456789";
        let spooled = spool(&mut stream, 100).expect("a temporary file");
        assert!(spooled.trouble.is_none());
        let (mut first, mut second) = (spooled.file.at(2), spooled.file.clone());
        let mut two = [0; 2];
        first.read_exact(&mut two).expect("in range");
        assert_eq!(&two, b"23");
        second.seek(SeekFrom::End(-1)).expect("in range");
        let mut rest = String::new();
        second.read_to_string(&mut rest).expect("text");
        assert_eq!(rest, "9");
        rest.clear();
        first.read_to_string(&mut rest).expect("text");
        assert_eq!(rest, "456789");
        assert!(first.seek(SeekFrom::End(-11)).is_err());
        assert_eq!(spooled.file.at(u64::MAX).read(&mut two).expect("beyond the end is nothing"), 0);
    }

    #[test]
    fn a_spool_stops_at_its_limit_and_keeps_what_came() {
        let mut stream: &[u8] = b"0123456789";
        let spooled = spool(&mut stream, 4).expect("a temporary file");
        assert_eq!(spooled.file.length(), 4);
        assert_eq!(spooled.trouble.map(|(kind, _)| kind), Some(TroubleKind::LimitMet));
    }
}
