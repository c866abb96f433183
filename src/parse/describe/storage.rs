//! `kubectl describe` of persistent volume claims, persistent volumes and storage classes.

use crate::model::{Claim, PersistentVolume, StorageClass};
use crate::text::{Fact, SectionId};

use super::walk::Item;
use super::{Head, is_none, stated};

/// Reads a claim.
pub(super) fn claim(section: SectionId, head: Head, items: &[Item<'_, '_>]) -> Claim {
    let mut claim = Claim { section, namespace: head.namespace, name: head.name, ..Claim::default() };
    for item in items.iter().filter(|item| item.path.is_empty()) {
        match item.key {
            "Status" => claim.status = status(item),
            "Volume" => claim.volume = stated(item),
            "StorageClass" => claim.storage_class = class_name(item),
            "Access Modes" => claim.access_modes = stated(item),
            "Capacity" => claim.capacity = stated(item).filter(|capacity| capacity.value != "0"),
            _ => {}
        }
    }
    claim
}

/// Reads a volume.
pub(super) fn volume(section: SectionId, head: Head, items: &[Item<'_, '_>]) -> PersistentVolume {
    let mut volume = PersistentVolume { section, name: head.name, ..PersistentVolume::default() };
    for item in items.iter().filter(|item| item.path.is_empty()) {
        match item.key {
            "Status" => volume.status = status(item),
            "Claim" => volume.claim = stated(item),
            "StorageClass" => volume.storage_class = class_name(item),
            "Capacity" => volume.capacity = stated(item),
            _ => {}
        }
    }
    volume
}

/// Reads a storage class.
pub(super) fn class(head: Head, items: &[Item<'_, '_>]) -> Option<StorageClass> {
    let mut class = StorageClass { name: head.name?, provisioner: None, default: false };
    for item in items.iter().filter(|item| item.path.is_empty()) {
        match item.key {
            "Provisioner" => class.provisioner = stated(item),
            "IsDefaultClass" => class.default = item.value == "Yes",
            _ => {}
        }
    }
    Some(class)
}

/// `Bound`; of `Terminating (lasts 5m)` the word.
fn status(item: &Item<'_, '_>) -> Fact<String> {
    let word = item.value.split_whitespace().next().filter(|word| !is_none(word))?;
    Some(item.line.fact(word.to_owned()))
}

/// The storage class; set to none is stated as such.
fn class_name(item: &Item<'_, '_>) -> Fact<String> {
    let name = if is_none(item.value) { "" } else { item.value };
    Some(item.line.fact(name.to_owned()))
}
