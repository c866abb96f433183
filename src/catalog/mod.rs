//! The cause pages: knowledge as Markdown, read once. `FORMAT.md` beside this file says how a page is written.
//!
//! Owns the pages' format and the signatures they declare. Knows no bundle, no cluster, no path of an incident.

mod literals;
pub mod page;
mod signature;
pub mod template;
pub mod vocabulary;

pub use page::{Catalog, Channel, LeansOn, Page, PageError, Role, Rule, SharedRoot, Test};
pub use signature::{Alternative, Signature};

/// A signature of the catalogue: one regular expression of one rule of one page. An index into [`Catalog::signatures`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SignatureId(pub u32);
