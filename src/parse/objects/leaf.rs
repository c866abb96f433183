//! The types that the schema is made of: what JSON and YAML share, and what they do not.
//!
//! Owns how one value of either syntax is read without losing where it stands, and without losing the object around it
//! when it is of another type than Kubernetes gives it. Knows no kind of object and no line numbers.

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor, value::MapAccessDeserializer};
use serde_json::value::RawValue;
use serde_yaml::Spanned;
use std::borrow::Cow;
use std::cell::Cell;
use std::fmt;
use std::marker::PhantomData;
use std::ops::Range;

/// Elements that are kept of one list or object of free keys, the first ones: what etcd holds has fewer.
const ELEMENTS: usize = 10_000;

thread_local! {
    static KEPT: Cell<u64> = const { Cell::new(0) };
    static CUT: Cell<bool> = const { Cell::new(false) };
}

/// How many elements this thread has kept since it was asked last, and whether a list or an object had more.
pub(super) fn kept() -> (u64, bool) {
    (KEPT.take(), CUT.take())
}

/// A single value: it knows the bytes it was read from. `Option<L>` is a field that may be absent or null.
pub(super) trait Leaf<'de>: Deserialize<'de> {
    /// The bytes of the value in `chunk`, the text that it was read from.
    fn span(&self, chunk: &'de str) -> Range<usize>;
    /// What it says.
    fn scalar(&self, chunk: &'de str) -> Scalar<'de>;
}

/// What a [`Leaf`] says.
#[derive(Debug, PartialEq)]
pub(super) enum Scalar<'de> {
    /// null
    Null,
    /// A string decoded; a number or a boolean as the text spells it.
    Text(Cow<'de, str>),
    /// No scalar at all: an object or a list; or a string that cannot be decoded.
    Wrong,
}

/// A value of a JSON text.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(transparent)]
pub(super) struct JsonLeaf<'t>(#[serde(borrow)] &'t RawValue);

impl<'de> Leaf<'de> for JsonLeaf<'de> {
    fn span(&self, chunk: &'de str) -> Range<usize> {
        let raw = self.0.get();
        // The value is a part of the chunk, so the distance of the two addresses is its offset.
        let start = (raw.as_ptr() as usize).saturating_sub(chunk.as_ptr() as usize).min(chunk.len());
        start..(start + raw.len()).min(chunk.len())
    }

    fn scalar(&self, _chunk: &'de str) -> Scalar<'de> {
        let raw = self.0.get();
        match raw.as_bytes().first() {
            Some(b'{' | b'[') | None => Scalar::Wrong,
            Some(b'n') => Scalar::Null,
            Some(b'"') => match raw.get(1..raw.len().saturating_sub(1)) {
                Some(plain) if !plain.contains('\\') => Scalar::Text(Cow::Borrowed(plain)),
                _ => serde_json::from_str(raw).map_or(Scalar::Wrong, |text| Scalar::Text(Cow::Owned(text))),
            },
            Some(_) => Scalar::Text(Cow::Borrowed(raw)),
        }
    }
}

/// A value of a YAML text.
#[derive(Debug, Deserialize)]
#[serde(transparent)]
pub(super) struct YamlLeaf<'t>(#[serde(borrow)] Spanned<YamlValue<'t>>);

/// What the YAML reader made of a value.
#[derive(Debug)]
enum YamlValue<'t> {
    Null,
    Text(Cow<'t, str>),
    /// A plain number or boolean: its spelling (`0755`, `1e3`, `yes`) is what counts.
    AsSpelled(String),
    Wrong,
}

impl<'de> Deserialize<'de> for YamlValue<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;
        impl<'de> Visitor<'de> for Any {
            type Value = YamlValue<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a value")
            }
            fn visit_unit<E>(self) -> Result<Self::Value, E> {
                Ok(YamlValue::Null)
            }
            fn visit_none<E>(self) -> Result<Self::Value, E> {
                Ok(YamlValue::Null)
            }
            fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
                Ok(YamlValue::Text(Cow::Owned(text.to_owned())))
            }
            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(YamlValue::Text(Cow::Borrowed(text)))
            }
            fn visit_string<E>(self, text: String) -> Result<Self::Value, E> {
                Ok(YamlValue::Text(Cow::Owned(text)))
            }
            fn visit_bool<E>(self, value: bool) -> Result<Self::Value, E> {
                Ok(YamlValue::AsSpelled(value.to_string()))
            }
            fn visit_i64<E>(self, value: i64) -> Result<Self::Value, E> {
                Ok(YamlValue::AsSpelled(value.to_string()))
            }
            fn visit_u64<E>(self, value: u64) -> Result<Self::Value, E> {
                Ok(YamlValue::AsSpelled(value.to_string()))
            }
            fn visit_i128<E>(self, value: i128) -> Result<Self::Value, E> {
                Ok(YamlValue::AsSpelled(value.to_string()))
            }
            fn visit_u128<E>(self, value: u128) -> Result<Self::Value, E> {
                Ok(YamlValue::AsSpelled(value.to_string()))
            }
            fn visit_f64<E>(self, value: f64) -> Result<Self::Value, E> {
                Ok(YamlValue::AsSpelled(value.to_string()))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
                while seq.next_element::<IgnoredAny>()?.is_some() {}
                Ok(YamlValue::Wrong)
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                Ok(YamlValue::Wrong)
            }
        }
        deserializer.deserialize_any(Any)
    }
}

impl<'de> Leaf<'de> for YamlLeaf<'de> {
    fn span(&self, chunk: &'de str) -> Range<usize> {
        let span = self.0.defined.span();
        let start = span.byte_offset().map_or(0, |offset| offset as usize).min(chunk.len());
        let end = start.saturating_add(span.byte_len().unwrap_or(0) as usize).min(chunk.len());
        let Some(text) = chunk.get(start..end) else { return start..start };
        if !text.starts_with(['|', '>']) {
            return start..end;
        }
        // Of a block scalar the first line of the text itself, not the line of its sign.
        let Some(sign) = chunk[start..].find('\n') else { return start..end };
        let body = &chunk[start + sign..];
        let first = start + sign + body.len() - body.trim_start().len();
        if first < chunk.len() { first..end.max(first) } else { start..end }
    }

    fn scalar(&self, chunk: &'de str) -> Scalar<'de> {
        match &self.0.value {
            YamlValue::Null => Scalar::Null,
            YamlValue::Text(text) => Scalar::Text(text.clone()),
            YamlValue::AsSpelled(value) => match chunk.get(self.span(chunk)).map(str::trim) {
                Some(spelled) if !spelled.is_empty() && !spelled.contains(char::is_whitespace) => {
                    Scalar::Text(Cow::Borrowed(spelled))
                }
                _ => Scalar::Text(Cow::Owned(value.clone())),
            },
            YamlValue::Wrong => Scalar::Wrong,
        }
    }
}

/// A field that holds an object.
#[derive(Debug, Default)]
pub(super) enum Field<T> {
    /// Not there, or null.
    #[default]
    Absent,
    /// There, and no object.
    Wrong,
    /// There.
    Is(T),
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Field<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_option(FieldVisitor(PhantomData))
    }
}

struct FieldVisitor<T>(PhantomData<T>);

/// The scalars that are neither an object nor a list: read over.
macro_rules! scalars {
    ($result:expr) => {
        fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
            Ok($result)
        }
        fn visit_i64<E>(self, _: i64) -> Result<Self::Value, E> {
            Ok($result)
        }
        fn visit_u64<E>(self, _: u64) -> Result<Self::Value, E> {
            Ok($result)
        }
        fn visit_i128<E>(self, _: i128) -> Result<Self::Value, E> {
            Ok($result)
        }
        fn visit_u128<E>(self, _: u128) -> Result<Self::Value, E> {
            Ok($result)
        }
        fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
            Ok($result)
        }
        fn visit_str<E>(self, _: &str) -> Result<Self::Value, E> {
            Ok($result)
        }
    };
}

impl<'de, T: Deserialize<'de>> Visitor<'de> for FieldVisitor<T> {
    type Value = Field<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }
    fn visit_none<E>(self) -> Result<Self::Value, E> {
        Ok(Field::Absent)
    }
    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Field::Absent)
    }
    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        T::deserialize(MapAccessDeserializer::new(map)).map(Field::Is)
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Field::Wrong)
    }
    scalars!(Field::Wrong);
}

/// A field that holds a list; absent and null are the empty list.
#[derive(Debug)]
pub(super) struct List<T> {
    /// Its elements.
    pub(super) items: Vec<T>,
    /// There, and no list.
    pub(super) wrong: bool,
}

impl<T> Default for List<T> {
    fn default() -> Self {
        List { items: Vec::new(), wrong: false }
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for List<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_option(ListVisitor(PhantomData))
    }
}

struct ListVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for ListVisitor<T> {
    type Value = List<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }
    fn visit_none<E>(self) -> Result<Self::Value, E> {
        Ok(List::default())
    }
    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(List::default())
    }
    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element()? {
            items.push(item);
            if items.len() == ELEMENTS {
                break;
            }
        }
        KEPT.set(KEPT.get() + items.len() as u64);
        while seq.next_element::<IgnoredAny>()?.is_some() {
            CUT.set(true);
        }
        Ok(List { items, wrong: false })
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(List { items: Vec::new(), wrong: true })
    }
    scalars!(List { items: Vec::new(), wrong: true });
}

/// An object of free keys, in the order of the text: labels, quantities, the states of a container.
/// With [`IgnoredAny`] as `V` the values are read over and never kept.
#[derive(Debug, Default)]
pub(super) struct Map<K, V>(pub(super) Vec<(K, V)>);

impl<'de, K: Deserialize<'de>, V: Deserialize<'de>> Deserialize<'de> for Map<K, V> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries<K, V>(PhantomData<(K, V)>);
        impl<'de, K: Deserialize<'de>, V: Deserialize<'de>> Visitor<'de> for Entries<K, V> {
            type Value = Map<K, V>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    entries.push(entry);
                    if entries.len() == ELEMENTS {
                        break;
                    }
                }
                KEPT.set(KEPT.get() + entries.len() as u64);
                while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {
                    CUT.set(true);
                }
                Ok(Map(entries))
            }
        }
        deserializer.deserialize_map(Entries(PhantomData))
    }
}

/// The first element of a list: an item of a YAML list, read alone with the dash that it stands behind.
pub(super) struct First<T>(pub(super) T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for First<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Element<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for Element<T> {
            type Value = First<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list")
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
                let first = seq.next_element()?;
                while seq.next_element::<IgnoredAny>()?.is_some() {}
                first.map(First).ok_or_else(|| serde::de::Error::custom("an empty list"))
            }
        }
        deserializer.deserialize_seq(Element(PhantomData))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Deserialize)]
    #[serde(bound(deserialize = "L: Leaf<'de>"))]
    struct Sample<L> {
        a: Option<L>,
        b: Option<L>,
        c: Field<Inner<L>>,
        d: List<Field<Inner<L>>>,
        e: Field<Map<L, IgnoredAny>>,
    }

    #[derive(Deserialize)]
    #[serde(bound(deserialize = "L: Leaf<'de>"))]
    struct Inner<L> {
        x: Option<L>,
    }

    /// What `a` and `b` say, and the bytes that they stand on.
    fn said<'t, L: Leaf<'t>>(leaf: &Option<L>, text: &'t str) -> (String, &'t str) {
        let leaf = leaf.as_ref().expect("the field is there");
        let word = match leaf.scalar(text) {
            Scalar::Null => "null".to_owned(),
            Scalar::Text(text) => text.into_owned(),
            Scalar::Wrong => "wrong".to_owned(),
        };
        (word, &text[leaf.span(text)])
    }

    fn json(text: &str) -> Sample<JsonLeaf<'_>> {
        serde_json::from_str(text).expect("it reads")
    }

    fn yaml(text: &str) -> Sample<YamlLeaf<'_>> {
        serde_yaml::from_str_with_options(text, super::super::yaml::options()).expect("it reads")
    }

    #[test]
    fn leaves_know_their_bytes() {
        let text = r#"{"a": "x\ny", "b": 1e3, "c": {"x": true}}"#;
        let sample = json(text);
        assert_eq!(said(&sample.a, text), ("x\ny".to_owned(), r#""x\ny""#));
        assert_eq!(said(&sample.b, text), ("1e3".to_owned(), "1e3"));
        let Field::Is(inner) = sample.c else { panic!("c is an object") };
        assert_eq!(said(&inner.x, text).0, "true");

        let text = "ä: ü\na: 'it''s'\nb: 0755\nc:\n  x: yes # so\n";
        let sample = yaml(text);
        assert_eq!(said(&sample.a, text), ("it's".to_owned(), "'it''s'"));
        assert_eq!(said(&sample.b, text), ("0755".to_owned(), "0755"));
        let Field::Is(inner) = sample.c else { panic!("c is an object") };
        assert_eq!(said(&inner.x, text).0, "yes");
    }

    #[test]
    fn yaml_spellings_are_kept_and_carriage_returns_counted() {
        // A hash of digits and one `e` is a number too large: kubectl does not quote it.
        let large = "99999999999999999999999";
        for spelled in ["1.10", "1_000", "0x1F", "12e4567", ".nan", large, "2021-09-28T22:30:02Z", "on"] {
            let text = format!("z: 1\r\na: {spelled}\r\nb: null\r\n");
            let sample = yaml(&text);
            assert_eq!(said(&sample.a, &text), (spelled.to_owned(), spelled));
            assert!(sample.b.is_none());
        }
    }

    #[test]
    fn a_block_scalar_stands_on_its_first_line() {
        let text = "a: |\n  first\n  second\nb: >-\n\n  third\n  fourth\n";
        let sample = yaml(text);
        let (said_a, bytes) = said(&sample.a, text);
        assert_eq!(said_a, "first\nsecond\n");
        assert!(bytes.starts_with("first"), "{bytes:?}");
        assert!(said(&sample.b, text).1.starts_with("third"));
    }

    #[test]
    fn another_type_costs_the_field_alone() {
        let wrongs = [
            json(r#"{"a": {"k": [1]}, "b": "kept", "c": "text", "d": {"x": 1}, "e": 3}"#).b.is_some(),
            yaml("a: {k: [1]}\nb: kept\nc: text\nd: {x: 1}\ne: 3\n").b.is_some(),
        ];
        assert_eq!(wrongs, [true, true]);
        let text = "a: {k: [1]}\nb: kept\nc: text\nd: {x: 1}\ne: 3\n";
        let sample = yaml(text);
        assert_eq!(said(&sample.a, text).0, "wrong");
        assert!(matches!(sample.c, Field::Wrong) && sample.d.wrong && matches!(sample.e, Field::Wrong));
    }

    #[test]
    fn null_is_absent_everywhere() {
        for sample in [json(r#"{"a": null, "c": null, "d": null, "e": null}"#), json("{}")] {
            assert!(sample.a.is_none() && sample.b.is_none() && sample.d.items.is_empty() && !sample.d.wrong);
            assert!(matches!((sample.c, sample.e), (Field::Absent, Field::Absent)));
        }
        let sample = yaml("a: null\nb: ~\nc:\nd: null\n");
        assert!(sample.a.is_none() && sample.b.is_none() && matches!(sample.c, Field::Absent) && !sample.d.wrong);
    }

    #[test]
    fn keys_are_leaves_too() {
        let text = "e:\n  waiting:\n    reason: CrashLoopBackOff\n";
        let Field::Is(map) = yaml(text).e else { panic!("e is an object") };
        assert_eq!(&text[map.0[0].0.span(text)], "waiting");
        let text = r#"{"e": {"waiting": {}}}"#;
        let Field::Is(map) = json(text).e else { panic!("e is an object") };
        assert_eq!(&text[map.0[0].0.span(text)], r#""waiting""#);
    }
}
