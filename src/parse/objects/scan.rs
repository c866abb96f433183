//! Walks a JSON text by its brackets and quotes alone: which bytes are the next value.
//!
//! Owns the way through JSON that is larger than memory allows a tree, cut in the middle, or broken in one place: what it
//! yields is read by `serde_json` afterwards, value by value. Knows nothing of Kubernetes. No recursion, no tree.

use std::ops::Range;

/// Why a walk ended before its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stop {
    /// The text is over.
    Cut,
    /// Something else stands here than JSON wants.
    Broken,
}

/// A position in a JSON text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scan<'t> {
    text: &'t str,
    /// The byte that is looked at next.
    pub(super) at: usize,
}

impl<'t> Scan<'t> {
    /// Starts at byte `at`.
    pub(super) fn new(text: &'t str, at: usize) -> Self {
        Scan { text, at }
    }

    /// The next byte that is no white space, without taking it.
    pub(super) fn peek(&mut self) -> Result<u8, Stop> {
        let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
        let skipped = rest.iter().position(|byte| !matches!(byte, b' ' | b'\n' | b'\r' | b'\t')).unwrap_or(rest.len());
        self.at += skipped;
        rest.get(skipped).copied().ok_or(Stop::Cut)
    }

    /// Takes the next byte that is no white space, when it is `wanted`.
    pub(super) fn take(&mut self, wanted: u8) -> Result<bool, Stop> {
        let found = self.peek()? == wanted;
        self.at += usize::from(found);
        Ok(found)
    }

    /// After a value in a container: `Ok(true)` for a comma, `Ok(false)` for the end of the container.
    pub(super) fn next(&mut self, close: u8) -> Result<bool, Stop> {
        match self.peek()? {
            b',' => {
                self.at += 1;
                Ok(true)
            }
            byte if byte == close => {
                self.at += 1;
                Ok(false)
            }
            _ => Err(Stop::Broken),
        }
    }

    /// The key of the next member, its colon taken: the text between the quotes as it stands.
    pub(super) fn key(&mut self) -> Result<&'t str, Stop> {
        if self.peek()? != b'"' {
            return Err(Stop::Broken);
        }
        let key = self.string()?;
        if !self.take(b':')? {
            return Err(Stop::Broken);
        }
        Ok(self.text.get(key.start + 1..key.end - 1).unwrap_or_default())
    }

    /// The bytes of the next value.
    pub(super) fn value(&mut self) -> Result<Range<usize>, Stop> {
        match self.peek()? {
            b'{' | b'[' => self.nested(),
            b'"' => self.string(),
            b'}' | b']' | b',' | b':' => Err(Stop::Broken),
            _ => {
                let rest = &self.text.as_bytes()[self.at..];
                let length = rest
                    .iter()
                    .position(|byte| matches!(byte, b',' | b'}' | b']' | b':' | b'"' | b' ' | b'\n' | b'\r' | b'\t'))
                    .ok_or(Stop::Cut)?;
                self.at += length;
                Ok(self.at - length..self.at)
            }
        }
    }

    /// An object or a list, from its bracket to the bracket that closes it.
    fn nested(&mut self) -> Result<Range<usize>, Stop> {
        let start = self.at;
        let bytes = self.text.as_bytes();
        let mut open = Vec::new();
        while let Some(byte) = bytes.get(self.at) {
            match byte {
                b'"' => {
                    self.string()?;
                    continue;
                }
                b'{' => open.push(b'}'),
                b'[' => open.push(b']'),
                b'}' | b']' => {
                    if open.pop() != Some(*byte) {
                        return Err(Stop::Broken);
                    }
                    if open.is_empty() {
                        self.at += 1;
                        return Ok(start..self.at);
                    }
                }
                _ => {}
            }
            self.at += 1;
        }
        Err(Stop::Cut)
    }

    /// A string with its quotes. A line end inside it is none of JSON: the quotes do not match from there on.
    fn string(&mut self) -> Result<Range<usize>, Stop> {
        let start = self.at;
        let bytes = self.text.as_bytes();
        let mut at = start + 1;
        loop {
            let rest = bytes.get(at..).unwrap_or_default();
            let found = memchr::memchr3(b'"', b'\\', b'\n', rest).ok_or(Stop::Cut)?;
            at += found;
            match bytes[at] {
                b'"' => {
                    self.at = at + 1;
                    return Ok(start..self.at);
                }
                b'\n' => {
                    self.at = at;
                    return Err(Stop::Broken);
                }
                _ => at += 2,
            }
        }
    }
}

/// Whether a JSON document with an object, a list or `null` can start at byte `at`: a prompt `[root@host ~]$` cannot.
pub(super) fn opens(text: &str, at: usize) -> bool {
    let mut scan = Scan::new(text, at);
    let Ok(first) = scan.peek() else { return false };
    scan.at += 1;
    match (first, scan.peek()) {
        (b'{' | b'[', Err(_)) => true,
        (b'{', Ok(next)) => matches!(next, b'"' | b'}'),
        (b'[', Ok(next)) => {
            matches!(next, b'{' | b'[' | b']' | b'"' | b'-' | b'0'..=b'9') || text[scan.at..].starts_with("null")
        }
        _ => false,
    }
}

/// A document that was cut in the middle, closed again: the text up to the last value that is complete, and the brackets
/// that were open there. `None` where not even that is left.
pub(super) fn closed(cut: &str) -> Option<String> {
    let bytes = cut.as_bytes();
    let mut open: Vec<u8> = Vec::new();
    // Up to where everything is complete, and how many brackets are open there.
    let mut safe = (0, 0);
    let mut scan = Scan::new(cut, 0);
    // Whether a string that comes next would be a key.
    let mut key = false;
    while let Ok(byte) = scan.peek() {
        match byte {
            b'{' | b'[' => {
                open.push(if byte == b'{' { b'}' } else { b']' });
                key = byte == b'{';
                scan.at += 1;
                safe = (scan.at, open.len());
            }
            b'}' | b']' => {
                if open.pop() != Some(byte) {
                    break;
                }
                scan.at += 1;
                safe = (scan.at, open.len());
                if open.is_empty() {
                    break;
                }
            }
            b',' => {
                scan.at += 1;
                key = open.last() == Some(&b'}');
            }
            b'"' if key => {
                if scan.key().is_err() {
                    break;
                }
                key = false;
            }
            _ => {
                if scan.value().is_err() {
                    break;
                }
                safe = (scan.at, open.len());
            }
        }
        if open.len() > 128 {
            break;
        }
    }
    open.truncate(safe.1);
    let mut text = String::from_utf8(bytes[..safe.0].to_vec()).ok().filter(|text| !text.is_empty())?;
    text.extend(open.iter().rev().map(|bracket| char::from(*bracket)));
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_found_by_their_brackets() {
        let text = r#" {"a": [1, {"b": "}]\""}], "c" : nul , "d":""} x"#;
        let mut scan = Scan::new(text, 0);
        assert_eq!(scan.take(b'{'), Ok(true));
        assert_eq!(scan.key(), Ok("a"));
        assert_eq!(scan.value().map(|range| &text[range]), Ok(r#"[1, {"b": "}]\""}]"#));
        assert_eq!(scan.next(b'}'), Ok(true));
        assert_eq!(scan.key(), Ok("c"));
        assert_eq!(scan.value().map(|range| &text[range]), Ok("nul"));
        assert_eq!(scan.next(b'}'), Ok(true));
        assert_eq!(scan.key(), Ok("d"));
        assert_eq!(scan.value().map(|range| &text[range]), Ok(r#""""#));
        assert_eq!(scan.next(b'}'), Ok(false));
        assert_eq!(scan.next(b'}'), Err(Stop::Broken));
    }

    #[test]
    fn the_end_is_told_from_a_break() {
        for cut in ["{\"a\": 1", "[{\"a\": \"b", "[\"a\\", "{", "tru"] {
            assert_eq!(Scan::new(cut, 0).value(), Err(Stop::Cut), "{cut}");
        }
        for broken in ["]", "{\"a\n\": 1}", ",", "[{\"a\": 1]"] {
            assert_eq!(Scan::new(broken, 0).value(), Err(Stop::Broken), "{broken}");
        }
    }

    #[test]
    fn a_prompt_is_no_list() {
        for (text, is) in
            [("[root@node1 ~]$ ls", false), ("[]", true), ("[ {", true), ("{\"", true), ("{.items}", false)]
        {
            assert_eq!(opens(text, 0), is, "{text}");
        }
    }

    #[test]
    fn a_cut_document_keeps_what_is_complete() {
        for (cut, kept) in [
            (r#"{"a": 1, "b": {"c": "x", "d": "y"#, r#"{"a": 1, "b": {"c": "x"}}"#),
            (r#"{"a": [{"b": 1}, {"b"#, r#"{"a": [{"b": 1}, {}]}"#),
            (r#"{"a": 12"#, "{}"),
            (r#"{"a": [1], "b": tr"#, r#"{"a": [1]}"#),
            (r#"{"a": {"b":"#, r#"{"a": {}}"#),
        ] {
            assert_eq!(closed(cut).as_deref(), Some(kept), "{cut}");
        }
        assert_eq!(closed(""), None);
    }
}
