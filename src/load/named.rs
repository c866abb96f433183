//! Which of many names stand in a text: in a file's name, in a message.
//!
//! A name stands in a text where no letter or digit is on either side of it. Names of Kubernetes are made of few
//! characters, so that the pieces of a text that can be one are few, and each is looked up.

use std::collections::HashMap;

/// Names, each with what it is of.
#[derive(Debug)]
pub(super) struct Named<'n, T> {
    names: HashMap<&'n str, Vec<T>>,
    /// Those that are no names as Kubernetes makes them.
    odd: Vec<&'n str>,
}

/// No name of Kubernetes is longer.
const LONGEST: usize = 253;

impl<T> Default for Named<'_, T> {
    fn default() -> Self {
        Named { names: HashMap::new(), odd: Vec::new() }
    }
}

/// Whether names of Kubernetes may have this byte.
fn is_plain(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'.')
}

impl<'n, T> Named<'n, T> {
    /// Adds one more thing of a name.
    pub(super) fn add(&mut self, name: &'n str, of: T) {
        let known = self.names.entry(name).or_default();
        if known.is_empty() && !(name.len() <= LONGEST && name.bytes().all(is_plain)) {
            self.odd.push(name);
        }
        known.push(of);
    }

    /// What is of a name.
    pub(super) fn of(&self, name: &str) -> &[T] {
        self.names.get(name).map_or(&[], Vec::as_slice)
    }

    /// The names that stand in a text, each once, with what is of them. In no order.
    pub(super) fn in_text(&self, text: &str) -> Vec<(&'n str, &[T])> {
        let mut found: Vec<&'n str> = self.odd.iter().copied().filter(|name| stands_in(name, text)).collect();
        let bytes = text.as_bytes();
        let mut at = 0;
        while at < bytes.len() {
            let length = bytes[at..].iter().take_while(|byte| is_plain(**byte)).count();
            self.in_run(text, at, at + length, &mut found);
            at += length + 1;
        }
        found.sort_unstable();
        found.dedup();
        found.into_iter().map(|name| (name, self.of(name))).collect()
    }

    /// Looks up the pieces of a run of plain characters.
    fn in_run(&self, text: &str, start: usize, end: usize, found: &mut Vec<&'n str>) {
        let begins: Vec<usize> = (start..end).filter(|at| !ends_with_word(&text[..*at])).collect();
        let ends: Vec<usize> = (start + 1..=end).filter(|at| !starts_with_word(&text[*at..])).collect();
        if begins.len() * ends.len().min(LONGEST / 2) > 64 + self.names.len() * 8 {
            // No text that people or Kubernetes write: to look for each name is less.
            found.extend(self.names.keys().filter(|name| stands_in(name, text)));
            return;
        }
        for begin in begins {
            let first = ends.partition_point(|end| *end <= begin);
            for end in ends[first..].iter().take_while(|end| **end - begin <= LONGEST) {
                found.extend(self.names.get_key_value(&text[begin..*end]).map(|(name, _)| *name));
            }
        }
    }
}

fn ends_with_word(text: &str) -> bool {
    text.chars().next_back().is_some_and(char::is_alphanumeric)
}

fn starts_with_word(text: &str) -> bool {
    text.chars().next().is_some_and(char::is_alphanumeric)
}

/// Whether a name stands in a text with no letter or digit on either side.
pub(super) fn stands_in(name: &str, text: &str) -> bool {
    !name.is_empty()
        && text
            .match_indices(name)
            .any(|(at, _)| !ends_with_word(&text[..at]) && !starts_with_word(&text[at + name.len()..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_where_they_stand_alone() {
        let names = ["web-0", "web", "web-0.shop", "db", "Ä-x", "shop_web", "b"];
        let mut named = Named::default();
        names.iter().enumerate().for_each(|(index, name)| named.add(name, index));
        for text in [
            "logs-web-0.shop.txt",
            "logs_web-0x-db",
            "Back-off restarting web in pod web-0_shop(1b)",
            "ä-x Ä-x",
            "shop_web",
            "adb dbé db",
            "",
        ] {
            let found: Vec<&str> = named.in_text(text).into_iter().map(|(name, _)| name).collect();
            let mut wanted: Vec<&str> = names.into_iter().filter(|name| stands_in(name, text)).collect();
            wanted.sort_unstable();
            assert_eq!(found, wanted, "{text}");
        }
        assert_eq!(named.of("db"), [3]);
    }
}
