//! Opening archives, and what must hold of it whatever the archive is.

use std::collections::BTreeMap;
use std::sync::Mutex;

use kubemortem::source::{self, Entry, Input, Opened, SourceError, Trouble, TroubleKind, Visitor};

use crate::{limits, scratch};

/// What an archive gave.
#[derive(Debug, Default, PartialEq)]
pub struct Given {
    /// Paths and contents.
    pub entries: BTreeMap<String, Vec<u8>>,
    /// What was said of it.
    pub troubles: Vec<Trouble>,
}

#[derive(Default)]
struct Keep(Mutex<BTreeMap<String, Vec<u8>>>);

impl Visitor for Keep {
    fn entry(&self, entry: Entry<'_>) {
        let mut content = Vec::new();
        entry.reader.read_to_end(&mut content).expect("a delivered reader does not fail");
        let before = self.0.lock().expect("no panic").insert(entry.path.clone(), content);
        assert!(before.is_none(), "{:?} came twice", entry.path);
    }
}

/// Opens an archive as a file and as a stream: both say the same, keep the limits, and name nothing outside. A zip that
/// is known by its end alone is none in a stream, which does not show it.
pub fn open(packed: &[u8]) -> Option<Given> {
    let path = scratch("archive", packed);
    let from_file = judged(|keep| source::open(&Input::Path(path), &limits(), keep));
    let from_stream = judged(|keep| source::open_reader("archive", packed, &limits(), keep));
    let begins =
        [&b"PK\x03\x04"[..], b"PK\x05\x06", b"PK\x07\x08PK\x03\x04"].iter().any(|mark| packed.starts_with(mark));
    let known_by_end = !begins && packed.windows(4).any(|bytes| bytes == b"PK\x05\x06");
    assert!(known_by_end || from_file == from_stream, "as a file {from_file:?}, as a stream {from_stream:?}");
    from_file
}

fn judged(open: impl FnOnce(&Keep) -> Result<Opened, SourceError>) -> Option<Given> {
    let keep = Keep::default();
    let opened = open(&keep);
    let entries = keep.0.into_inner().expect("no panic");
    let opened = match opened {
        Ok(opened) => opened,
        Err(_) => {
            assert!(entries.is_empty(), "an error, though something was read");
            return None;
        }
    };
    let limits = limits();
    assert_eq!(opened.entries, entries.len() as u64);
    assert!(opened.entries <= limits.entries);
    let bytes: u64 = entries.values().map(|content| content.len() as u64).sum();
    assert_eq!(opened.bytes, bytes);
    assert!(bytes <= limits.total_bytes);
    for (path, content) in &entries {
        assert!(content.len() as u64 <= limits.entry_bytes);
        // Bytes that are no text are shown as `\xcb`: a backslash before them is no separator.
        let name = path.replace("\\x", "x");
        assert!(!name.starts_with(['/', '\\']) && !name.split(['/', '\\']).any(|part| part == ".."), "{path:?}");
        assert!(!path.is_empty());
    }
    for trouble in &opened.troubles {
        assert!(!trouble.what.is_empty() && !trouble.path.is_empty());
        // What is refused is not read.
        if trouble.kind == TroubleKind::Refused && trouble.link.is_some() {
            assert!(!entries.contains_key(&trouble.path), "{trouble:?}");
        }
    }
    Some(Given { entries, troubles: opened.troubles })
}
