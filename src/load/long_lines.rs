//! Notices lines that are longer than what the scan of a log looks at.

use std::io::{self, Read};

/// Passes a log on and remembers where its first long line is. Costs next to nothing: of a block only the bytes around
/// every `most`th are looked at.
pub struct LongLines<R> {
    inner: R,
    /// Bytes of a line that is not long.
    most: usize,
    /// Bytes of the line that the last block ended in.
    open: usize,
    /// Whether a line was too long.
    pub found: bool,
}

impl<R> LongLines<R> {
    /// Nothing noticed yet.
    pub fn new(inner: R, most: usize) -> Self {
        LongLines { inner, most, open: 0, found: false }
    }

    fn look(&mut self, block: &[u8]) {
        let mut start = 0;
        loop {
            // The line that is open may end within this many bytes.
            let room = self.most.saturating_sub(self.open) + 1;
            let window = &block[start..block.len().min(start + room)];
            match memchr::memrchr(b'\n', window) {
                Some(end) => {
                    start += end + 1;
                    self.open = 0;
                }
                None => {
                    self.open = self.open.saturating_add(window.len());
                    start += window.len();
                    if self.open > self.most {
                        self.found = true;
                        return;
                    }
                }
            }
            if start >= block.len() {
                return;
            }
        }
    }
}

impl<R: Read> Read for LongLines<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        if !self.found {
            self.look(&buffer[..count]);
        }
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINE_BYTES: usize = 64 * 1024;

    fn found(lines: &[usize], block: usize) -> bool {
        let text: Vec<u8> = lines.iter().flat_map(|length| [vec![b'x'; *length], vec![b'\n']].concat()).collect();
        let mut reader = LongLines::new(text.as_slice(), LINE_BYTES);
        let mut buffer = vec![0; block];
        while reader.read(&mut buffer).is_ok_and(|count| count > 0) {}
        reader.found
    }

    #[test]
    fn a_line_is_long_wherever_it_lies() {
        for block in [1 << 10, 60_000, 256 << 10] {
            assert!(!found(&[0, 10, LINE_BYTES, 5, LINE_BYTES, LINE_BYTES], block), "{block}");
            assert!(found(&[10, LINE_BYTES + 1, 5], block), "{block}");
            assert!(found(&[LINE_BYTES - 1, 0, 300_000], block), "{block}");
            assert!(!found(&[1; 70_000], block), "{block}");
        }
    }
}
