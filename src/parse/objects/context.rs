//! From a value of the schema to a fact with its place.
//!
//! Owns where a value stands in the file, and the memory of values that are of another type than Kubernetes gives them:
//! they count as not stated, the object is kept, and the caller makes one gap of it. Knows no kind of object.

use jiff::Timestamp;
use serde::Deserialize;
use std::borrow::Cow;
use std::cell::Cell;
use std::rc::Rc;

use super::leaf::{Field, Leaf, List, Map, Scalar};
use crate::model::fields::Fields;
use crate::model::pod::{ConditionStatus, Owner, PodCondition};
use crate::model::time::parse_time;
use crate::model::workload::WorkloadCondition;
use crate::parse::Section;
use crate::text::{Fact, LineIndex, Located, Place, SectionId, Texts};

/// metadata of any object.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", bound(deserialize = "L: Leaf<'de>"))]
pub(super) struct Meta<L> {
    pub(super) name: Option<L>,
    pub(super) namespace: Option<L>,
    pub(super) uid: Option<L>,
    pub(super) creation_timestamp: Option<L>,
    pub(super) deletion_timestamp: Option<L>,
    pub(super) labels: Words<L>,
    pub(super) annotations: Words<L>,
    owner_references: List<Field<OwnerReference<L>>>,
}

#[derive(Deserialize)]
#[serde(bound(deserialize = "L: Leaf<'de>"))]
struct OwnerReference<L> {
    kind: Option<L>,
    name: Option<L>,
    controller: Option<L>,
}

/// An object of free keys with single values: labels, quantities.
pub(super) type Words<L> = Field<Map<String, Option<L>>>;

/// A condition of a pod, a node or a workload.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", bound(deserialize = "L: Leaf<'de>"))]
pub(super) struct Condition<L> {
    #[serde(rename = "type")]
    pub(super) kind: Option<L>,
    pub(super) status: Option<L>,
    pub(super) reason: Option<L>,
    pub(super) message: Option<L>,
    pub(super) last_heartbeat_time: Option<L>,
    pub(super) last_transition_time: Option<L>,
}

/// What was of another type.
#[derive(Debug, Clone, Copy)]
pub(super) enum Wrong {
    /// The value at this byte of the section's text.
    Value(usize),
    /// The field of this name.
    Field(&'static str),
}

/// One piece of a section that is read alone: a document or an item of a list.
pub(super) struct Context<'c> {
    /// The output.
    pub(super) section: SectionId,
    hint_namespace: Option<&'c str>,
    hint_pod: Option<&'c str>,
    null_words: bool,
    first_line: u64,
    lines: &'c LineIndex<'c>,
    texts: Rc<Texts>,
    chunk: &'c str,
    at: usize,
    /// From this byte on the chunk repeats its beginning.
    repeats_from: usize,
    wrong: Cell<Option<Wrong>>,
}

impl<'c> Context<'c> {
    /// `chunk` is what is read; it starts at byte `at` of the section's text, which `lines` indexes.
    pub(super) fn new(
        section: &'c Section<'_>,
        lines: &'c LineIndex<'c>,
        texts: &Rc<Texts>,
        chunk: &'c str,
        at: usize,
    ) -> Self {
        Context {
            section: section.id,
            hint_namespace: section.hint.namespace.as_deref(),
            hint_pod: section.hint.pod.as_deref(),
            null_words: section.hint.null_words,
            first_line: section.first_line,
            lines,
            texts: Rc::clone(texts),
            chunk,
            at,
            repeats_from: usize::MAX,
            wrong: Cell::new(None),
        }
    }

    /// The same for a chunk that repeats its beginning from a byte on.
    pub(super) fn repeating(self, from: usize) -> Self {
        Context { repeats_from: from, ..self }
    }

    /// Where a byte of the chunk stands in the section's text.
    fn offset(&self, of: usize) -> usize {
        self.at + if of >= self.repeats_from { of - self.repeats_from } else { of }
    }

    /// The first value that was of another type, and forgets it.
    pub(super) fn wrong(&self) -> Option<Wrong> {
        self.wrong.take()
    }

    fn note(&self, wrong: Wrong) {
        if self.wrong.get().is_none() {
            self.wrong.set(Some(wrong));
        }
    }

    /// The place of byte `offset` of the section's text.
    pub(super) fn place_at(&self, offset: usize, length: usize) -> Place {
        let mut place = self.lines.value_place(self.section.file, offset, length, &self.texts);
        place.line += self.first_line.saturating_sub(1);
        place
    }

    /// The place of the line on which the whole piece starts.
    pub(super) fn start(&self) -> Place {
        let blanks = self.chunk.len() - self.chunk.trim_start().len();
        self.place_at(self.at + blanks, 1)
    }

    /// The place of a value.
    pub(super) fn place<L: Leaf<'c>>(&self, leaf: &L) -> Place {
        let span = leaf.span(self.chunk);
        self.place_at(self.offset(span.start), span.len())
    }

    /// What a field says, without its place.
    pub(super) fn word<L: Leaf<'c>>(&self, leaf: &Option<L>) -> Option<Cow<'c, str>> {
        self.spelled(leaf.as_ref()?)
    }

    /// What a value or a key says.
    pub(super) fn spelled<L: Leaf<'c>>(&self, leaf: &L) -> Option<Cow<'c, str>> {
        match leaf.scalar(self.chunk) {
            Scalar::Null => None,
            Scalar::Text(text) if self.null_words && text == "null" => None,
            // The same collector ends a text that ends in a quotation mark with this word.
            Scalar::Text(text) if self.null_words && text.ends_with("\"null") => {
                Some(Cow::Owned(text[..text.len() - "null".len()].to_owned()))
            }
            Scalar::Text(text) => Some(text),
            Scalar::Wrong => {
                self.note(Wrong::Value(self.offset(leaf.span(self.chunk).start)));
                None
            }
        }
    }

    /// What a field says, without its place; the empty text counts as not stated, as where Kubernetes leaves it out.
    pub(super) fn string<L: Leaf<'c>>(&self, leaf: &Option<L>) -> Option<String> {
        self.word(leaf).filter(|text| !text.is_empty()).map(Cow::into_owned)
    }

    /// The text of a field.
    pub(super) fn text<L: Leaf<'c>>(&self, leaf: &Option<L>) -> Fact<String> {
        self.parsed(leaf, |text| Some(text.to_owned()))
    }

    /// The text of a field, where it is not empty.
    pub(super) fn said<L: Leaf<'c>>(&self, leaf: &Option<L>) -> Fact<String> {
        self.text(leaf).filter(|text| !text.value.is_empty())
    }

    /// An integer, also where it is spelled as a string or as `3.0`.
    pub(super) fn integer<L: Leaf<'c>>(&self, leaf: &Option<L>) -> Fact<i64> {
        self.parsed(leaf, integer)
    }

    /// An integer that is not negative.
    pub(super) fn count<L: Leaf<'c>>(&self, leaf: &Option<L>) -> Fact<u64> {
        self.parsed(leaf, |text| integer(text).and_then(|number| u64::try_from(number).ok()))
    }

    /// true or false.
    pub(super) fn flag<L: Leaf<'c>>(&self, leaf: &Option<L>) -> Fact<bool> {
        self.parsed(leaf, |text| match text {
            "true" | "True" | "TRUE" => Some(true),
            "false" | "False" | "FALSE" => Some(false),
            _ => None,
        })
    }

    /// Whether a field says true.
    pub(super) fn is_true<L: Leaf<'c>>(&self, leaf: &Option<L>) -> bool {
        self.flag(leaf).is_some_and(|flag| flag.value)
    }

    /// A time; Go's zero time is none.
    pub(super) fn time<L: Leaf<'c>>(&self, leaf: &Option<L>) -> Fact<Timestamp> {
        leaf.as_ref().filter(|_| {
            self.word(leaf).is_some_and(|text| !text.is_empty() && !text.starts_with("0001-01-01T00:00:00"))
        })?;
        self.parsed(leaf, parse_time)
    }

    /// A time without its place.
    pub(super) fn timestamp<L: Leaf<'c>>(&self, leaf: &Option<L>) -> Option<Timestamp> {
        self.time(leaf).map(|time| time.value)
    }

    fn parsed<L: Leaf<'c>, T>(&self, leaf: &Option<L>, parse: impl Fn(&str) -> Option<T>) -> Fact<T> {
        let text = self.word(leaf)?;
        let leaf = leaf.as_ref()?;
        match parse(&text) {
            Some(value) => Some(Located::new(value, self.place(leaf))),
            None => {
                self.note(Wrong::Value(self.at + leaf.span(self.chunk).start));
                None
            }
        }
    }

    /// The object in a field.
    pub(super) fn open<'f, T>(&self, field: &'f Field<T>, name: &'static str) -> Option<&'f T> {
        match field {
            Field::Absent => None,
            Field::Is(object) => Some(object),
            Field::Wrong => {
                self.note(Wrong::Field(name));
                None
            }
        }
    }

    /// The objects of a list.
    pub(super) fn each<'f, T>(&self, list: &'f List<Field<T>>, name: &'static str) -> impl Iterator<Item = &'f T> {
        if list.wrong {
            self.note(Wrong::Field(name));
        }
        list.items.iter().filter_map(move |item| self.open(item, name))
    }

    /// What is made of the objects of a list.
    pub(super) fn made<T, U>(
        &self,
        list: &List<Field<T>>,
        name: &'static str,
        make: impl Fn(&T) -> Option<U>,
    ) -> Vec<U> {
        // A pod is kept for the whole run: no room for more than there is.
        let mut all = Vec::with_capacity(list.items.len());
        all.extend(self.each(list, name).filter_map(make));
        all
    }

    /// The single values of a list.
    pub(super) fn texts<L: Leaf<'c>>(&self, list: &List<Option<L>>, name: &'static str) -> Vec<Located<String>> {
        if list.wrong {
            self.note(Wrong::Field(name));
        }
        let mut all = Vec::with_capacity(list.items.len());
        all.extend(list.items.iter().filter_map(|item| self.text(item)));
        all
    }

    /// An object of free keys, without places: labels.
    pub(super) fn words<L: Leaf<'c>>(&self, map: &Words<L>, name: &'static str) -> Fields<String> {
        let entries = self.open(map, name).map(|map| map.0.as_slice()).unwrap_or_default();
        entries.iter().map(|(key, value)| (key.clone(), self.word(value).unwrap_or_default().into_owned())).collect()
    }

    /// An object of free keys with the place of each value: quantities.
    pub(super) fn located<L: Leaf<'c>>(&self, map: &Words<L>, name: &'static str) -> Fields<Located<String>> {
        let entries = self.open(map, name).map(|map| map.0.as_slice()).unwrap_or_default();
        entries.iter().filter_map(|(key, value)| Some((key.clone(), self.text(value)?))).collect()
    }

    /// One value out of an object of free keys.
    pub(super) fn entry<'f, L>(&self, map: &'f Words<L>, key: &str) -> &'f Option<L> {
        let Field::Is(map) = map else { return &None };
        map.0.iter().find(|(name, _)| name == key).map_or(&None, |(_, value)| value)
    }

    /// metadata.name
    pub(super) fn name<L: Leaf<'c>>(&self, meta: Option<&Meta<L>>) -> Fact<String> {
        match meta {
            Some(meta) => self.said(&meta.name),
            // A piece of a pod has the name that the command or the path gives.
            None => self.hint_pod.map(|name| Located::new(name.to_owned(), self.start())),
        }
    }

    /// metadata.namespace, else what path or command say, with the place of the name.
    pub(super) fn namespace<L: Leaf<'c>>(&self, meta: Option<&Meta<L>>) -> Fact<String> {
        if let Some(stated) = meta.and_then(|meta| self.said(&meta.namespace)) {
            return Some(stated);
        }
        let hint = self.hint_namespace?.to_owned();
        let name = meta.and_then(|meta| meta.name.as_ref());
        Some(Located::new(hint, name.map_or_else(|| self.start(), |name| self.place(name))))
    }

    /// The namespace without a place.
    pub(super) fn namespace_word<L: Leaf<'c>>(&self, meta: Option<&Meta<L>>) -> Option<String> {
        self.namespace(meta).map(|namespace| namespace.value)
    }

    /// metadata.labels
    pub(super) fn labels<L: Leaf<'c>>(&self, meta: Option<&Meta<L>>) -> Fields<String> {
        meta.map(|meta| self.words(&meta.labels, "metadata.labels")).unwrap_or_default()
    }

    /// The owner reference that says `controller: true`.
    pub(super) fn controller<L: Leaf<'c>>(&self, meta: Option<&Meta<L>>) -> Fact<Owner> {
        let mut owners = self.each(&meta?.owner_references, "metadata.ownerReferences");
        let owner = owners.find(|owner| self.is_true(&owner.controller))?;
        let name = self.said(&owner.name)?;
        Some(Located::new(Owner { kind: self.string(&owner.kind).unwrap_or_default(), name: name.value }, name.place))
    }

    /// The conditions that have a type and one of the three statuses, each with the place of its status.
    pub(super) fn conditions<'f, L: Leaf<'c>>(
        &self,
        list: &'f List<Field<Condition<L>>>,
    ) -> impl Iterator<Item = (&'f Condition<L>, String, Located<ConditionStatus>)> {
        self.each(list, "status.conditions").filter_map(|condition| {
            let kind = self.string(&condition.kind)?;
            Some((condition, kind, self.parsed(&condition.status, ConditionStatus::parse)?))
        })
    }

    /// The conditions of a pod, or of what says as little of when it heard last.
    pub(super) fn pod_conditions<L: Leaf<'c>>(
        &self,
        list: &List<Field<Condition<L>>>,
    ) -> impl Iterator<Item = PodCondition> {
        self.conditions(list).map(|(condition, kind, status)| PodCondition {
            kind,
            status: status.value,
            reason: self.string(&condition.reason),
            message: self.said(&condition.message),
            last_transition: self.time(&condition.last_transition_time),
            place: status.place,
        })
    }

    /// The conditions of a workload.
    pub(super) fn workload_conditions<L: Leaf<'c>>(&self, list: &List<Field<Condition<L>>>) -> Vec<WorkloadCondition> {
        let conditions = self.conditions(list);
        conditions
            .map(|(condition, kind, status)| {
                let message = self.said(&condition.message);
                WorkloadCondition {
                    kind,
                    status: status.value,
                    reason: self.string(&condition.reason),
                    place: message.as_ref().map_or(status.place, |message| message.place.clone()),
                    message: message.map(|message| message.value),
                }
            })
            .collect()
    }
}

/// Reads an integer as any writer of JSON may spell it.
fn integer(text: &str) -> Option<i64> {
    text.trim().parse().ok().or_else(|| {
        let number: f64 = text.trim().parse().ok()?;
        (number.fract() == 0.0 && number.abs() < 9e15).then_some(number as i64)
    })
}

#[cfg(test)]
mod tests {
    use super::integer;

    #[test]
    fn integers_as_anybody_spells_them() {
        assert_eq!(
            [integer("7"), integer("-1"), integer("3.0"), integer("1e3")],
            [Some(7), Some(-1), Some(3), Some(1000)]
        );
        for none in ["", "three", "1.5", "99999999999999999999", "NaN", "inf"] {
            assert_eq!(integer(none), None, "{none}");
        }
    }
}
