//! `SHA256SUMS`, as `sha256sum` prints it.
//!
//! ```text
//! 0114ac641e877a9c6d5cd7bbf1b1c4335831f3df5fd9687df54f8c6ebe2b7223  cluster/nodes.json
//! 5154893bed94e09ea18e65742a6e7bbc68dd426cdf16016480a3bb24209d843d *./cluster/events.json
//! ```
//! A backslash before the sum says that the name has `\\` for a backslash and `\n` for a line end. Knows no file but this one.

use std::collections::BTreeMap;

use super::Section;
use crate::model::{Facts, Gap, GapKind};

/// The sums by path. Empty: the file lists none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sums {
    /// Path below the folder of `SHA256SUMS`, without `./`.
    pub files: BTreeMap<String, [u8; 32]>,
}

/// Reads the sums; a line of another form is a gap.
pub fn checksums(section: &Section<'_>, facts: &mut Facts) -> Sums {
    let mut sums = Sums::default();
    let mut odd = 0;
    for line in section.text.lines().filter(|line| !line.trim().is_empty() && !line.starts_with('#')) {
        match read(line) {
            Some((path, sum)) => {
                sums.files.insert(path, sum);
            }
            None => odd += 1,
        }
    }
    if odd > 0 {
        facts.gaps.push(Gap {
            path: section.path.to_owned(),
            kind: GapKind::Unreadable,
            what: format!("lines that are no checksum: {odd}"),
            prevents: "whether the files it lists are as they were collected".to_owned(),
        });
    }
    sums
}

fn read(line: &str) -> Option<(String, [u8; 32])> {
    let line = line.trim_end_matches('\r');
    let (escaped, line) = line.strip_prefix('\\').map_or((false, line), |line| (true, line));
    let (hex, path) = line.split_at_checked(64)?;
    let path = path.strip_prefix("  ").or_else(|| path.strip_prefix(" *"))?;
    let mut sum = [0; 32];
    for (byte, digits) in sum.iter_mut().zip(hex.as_bytes().chunks(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?;
    }
    let path = path.strip_prefix("./").unwrap_or(path);
    let path = if escaped { path.replace("\\n", "\n").replace("\\\\", "\\") } else { path.to_owned() };
    (!path.is_empty()).then_some((path, sum))
}

#[cfg(test)]
mod tests {
    use super::read;

    #[test]
    fn lines_of_sha256sum() {
        let hex = "00ff".repeat(16);
        let path = |line: &str| read(line).map(|(path, _)| path);
        assert_eq!(path(&format!("{hex}  cluster/nodes.json")).as_deref(), Some("cluster/nodes.json"));
        assert_eq!(path(&format!("{hex} *./a b.txt\r")).as_deref(), Some("a b.txt"));
        assert_eq!(path(&format!("\\{hex}  a\\\\b")).as_deref(), Some("a\\b"));
        assert_eq!(read(&format!("{hex}  x")).map(|(_, sum)| [sum[0], sum[1]]), Some([0, 255]));
        for odd in ["", "x  y", &format!("{hex} y"), &format!("{}  y", "zz".repeat(32)), &format!("{hex}  ")] {
            assert_eq!(path(odd), None, "{odd}");
        }
    }
}
