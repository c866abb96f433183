//! Which names of members are read, passed over or refused.
//!
//! Owns the judgement of a name as an archive spells it, and how one that is no text is shown. Nothing is ever written
//! under these names; they are refused because a report cites them and a reader may act on them.

use std::borrow::Cow;
use std::fmt::Write;

/// Longest name that is read; Linux has the same limit for a path.
const NAME_BYTES: usize = 4096;

/// What becomes of a member with this name.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It is read.
    Read,
    /// Litter of a desktop system: passed over without a word.
    Litter,
    /// It is reported and its content is not read.
    Refused(&'static str),
}

/// Judges a name. Backslashes count as separators here, because some archivers of Windows write them.
pub(super) fn judge(name: &[u8]) -> Verdict {
    // As it is shown, a byte that is no text would look like a separator.
    let name = &*String::from_utf8_lossy(name);
    let parts = || name.split(['/', '\\']);
    if parts().any(|part| part == "__MACOSX")
        || parts().next_back().is_some_and(|base| base == ".DS_Store" || base.starts_with("._"))
    {
        return Verdict::Litter;
    }
    if name.is_empty() {
        return Verdict::Refused("has no name");
    }
    if name.len() > NAME_BYTES {
        return Verdict::Refused("has a name of over 4096 bytes");
    }
    let drive = matches!(name.as_bytes(), [letter, b':', b'/' | b'\\', ..] if letter.is_ascii_alphabetic());
    if drive || name.starts_with(['/', '\\']) {
        return Verdict::Refused("has an absolute name, which is refused");
    }
    if parts().any(|part| part == "..") {
        return Verdict::Refused("has a name that leaves the archive (..), which is refused");
    }
    Verdict::Read
}

/// A name as text: bytes that are no UTF-8 are written `\\xff`, so that names which differ in them alone stay apart.
pub(super) fn shown(name: &[u8]) -> Cow<'_, str> {
    if let Ok(name) = std::str::from_utf8(name) {
        return Cow::Borrowed(name);
    }
    let mut text = String::with_capacity(name.len() + 12);
    for chunk in name.utf8_chunks() {
        text.push_str(chunk.valid());
        for byte in chunk.invalid() {
            let _ = write!(text, "\\x{byte:02x}");
        }
    }
    Cow::Owned(text)
}

/// The path that a relative link in the folder of `path` leads to, without `./`; `None` for one that leaves the input.
pub(super) fn link_target(path: &str, target: &str) -> Option<String> {
    if target.is_empty() || target.starts_with(['/', '\\']) || target.contains('\0') {
        return None;
    }
    let mut parts: Vec<&str> = path.split('/').filter(|part| !matches!(*part, "" | ".")).collect();
    parts.pop();
    for part in target.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

/// Whether an archive without a flag for folders says folder by the name.
pub(super) fn is_folder(name: &[u8]) -> bool {
    name.ends_with(b"/") || name.ends_with(b"\\")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinary_names_are_read() {
        for name in
            ["pods.txt", "./a/b.log", "a/..b/c", "ns\\pod.log", "a:b.txt", "c:", "with space\n", "...", ".hidden"]
        {
            assert_eq!(judge(name.as_bytes()), Verdict::Read, "{name}");
        }
    }

    #[test]
    fn bytes_that_are_no_text_are_shown_each_by_itself() {
        assert_eq!(shown("caf\u{e9}.log".as_bytes()), "caf\u{e9}.log");
        assert_eq!(shown(b"caf\xe9/\xff\xfe.log"), "caf\\xe9/\\xff\\xfe.log");
        assert_eq!((judge(b"\xdcbersicht/pods.txt"), judge(b"a/..\xff/b")), (Verdict::Read, Verdict::Read));
        assert!(matches!(judge(b"a\\..\\\xff"), Verdict::Refused(_)));
    }

    #[test]
    fn links_lead_to_paths_of_the_input() {
        let to = |target| link_target("b/all-logs/web-1/app.log", target);
        assert_eq!(to("../../cluster-resources/x.log").as_deref(), Some("b/cluster-resources/x.log"));
        assert_eq!(to("./other.log").as_deref(), Some("b/all-logs/web-1/other.log"));
        assert_eq!((to("../../../../etc/passwd"), to("/etc/passwd"), to("")), (None, None, None));
        assert_eq!(link_target("./b/x.log", "y.log").as_deref(), Some("b/y.log"));
    }

    #[test]
    fn litter_is_passed_over() {
        for name in [".DS_Store", "a/.DS_Store", "__MACOSX/a/pods.txt", "a/._pods.txt", "a\\__MACOSX\\b"] {
            assert_eq!(judge(name.as_bytes()), Verdict::Litter, "{name}");
        }
    }

    #[test]
    fn names_that_leave_the_archive_are_refused() {
        let long = "a".repeat(4097);
        for name in
            ["", "/etc/passwd", "\\\\host\\share", "C:\\a", "../a", "a/../../b", "a\\..\\b", "..", long.as_str()]
        {
            assert!(matches!(judge(name.as_bytes()), Verdict::Refused(_)), "{name}");
        }
    }
}
