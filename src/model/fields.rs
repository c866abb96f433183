//! The entries of an object of free keys: labels, quantities, the fields of a securityContext.

use std::iter::Map;
use std::ops::Index;
use std::slice;

/// A map of few entries, in the order of their keys. A cluster has several of them per pod: a list is a tenth of a tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fields<V>(Vec<(String, V)>);

/// No object has so many: each entry that is put before others moves them.
const MOST: usize = 4096;

impl<V> Default for Fields<V> {
    fn default() -> Self {
        Fields(Vec::new())
    }
}

impl<V> Fields<V> {
    fn find(&self, key: &str) -> Result<usize, usize> {
        self.0.binary_search_by(|(known, _)| known.as_str().cmp(key))
    }

    /// The value of a key.
    pub fn get(&self, key: &str) -> Option<&V> {
        self.find(key).ok().map(|at| &self.0[at].1)
    }

    /// Sets the value of a key. Beyond `MOST` entries no key is added.
    pub fn insert(&mut self, key: String, value: V) {
        match self.find(&key) {
            Ok(at) => self.0[at].1 = value,
            Err(at) if self.0.len() < MOST => self.0.insert(at, (key, value)),
            Err(_) => {}
        }
    }

    /// Whether it has a key.
    pub fn contains_key(&self, key: &str) -> bool {
        self.find(key).is_ok()
    }

    /// The entries in the order of their keys.
    pub fn iter(&self) -> Iter<'_, V> {
        self.into_iter()
    }

    /// The keys in their order.
    pub fn keys(&self) -> impl Iterator<Item = &String> {
        self.0.iter().map(|(key, _)| key)
    }

    /// The values in the order of their keys.
    pub fn values(&self) -> impl Iterator<Item = &V> {
        self.0.iter().map(|(_, value)| value)
    }

    /// Whether it has no entries.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The number of entries.
    pub fn len(&self) -> usize {
        self.0.len()
    }
}

/// Of two entries with one key the later one counts.
impl<V> FromIterator<(String, V)> for Fields<V> {
    fn from_iter<I: IntoIterator<Item = (String, V)>>(entries: I) -> Self {
        let mut entries: Vec<(String, V)> = entries.into_iter().collect();
        entries.reverse();
        entries.sort_by(|a, b| a.0.cmp(&b.0));
        entries.dedup_by(|later, first| later.0 == first.0);
        entries.shrink_to_fit();
        Fields(entries)
    }
}

impl<V> Extend<(String, V)> for Fields<V> {
    fn extend<I: IntoIterator<Item = (String, V)>>(&mut self, entries: I) {
        entries.into_iter().for_each(|(key, value)| self.insert(key, value));
    }
}

/// The entries of [`Fields`].
pub type Iter<'f, V> = Map<slice::Iter<'f, (String, V)>, fn(&(String, V)) -> (&String, &V)>;

impl<'f, V> IntoIterator for &'f Fields<V> {
    type Item = (&'f String, &'f V);
    type IntoIter = Iter<'f, V>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter().map(|(key, value)| (key, value))
    }
}

impl<V> IntoIterator for Fields<V> {
    type Item = (String, V);
    type IntoIter = std::vec::IntoIter<(String, V)>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<V> Index<&str> for Fields<V> {
    type Output = V;

    /// Panics where there is no such key.
    fn index(&self, key: &str) -> &V {
        self.get(key).unwrap_or_else(|| panic!("no key {key}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_in_order_and_the_last_of_two_counts() {
        let pair = |key: &str, value: i32| (key.to_owned(), value);
        let mut fields: Fields<i32> = [pair("c", 1), pair("a", 2), pair("c", 3)].into_iter().collect();
        fields.insert("b".to_owned(), 4);
        fields.insert("a".to_owned(), 5);
        let all: Vec<_> = fields.iter().map(|(key, value)| (key.as_str(), *value)).collect();
        assert_eq!(all, [("a", 5), ("b", 4), ("c", 3)]);
        assert_eq!((fields.get("c"), fields.get("d"), fields.len()), (Some(&3), None, 3));
    }
}
