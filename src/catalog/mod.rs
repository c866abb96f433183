//! The cause pages: knowledge as Markdown, read once. `FORMAT.md` beside this file says how a page is written.
//!
//! Owns the pages' format and the signatures they declare. Knows no bundle, no cluster, no path of an incident.

mod built_in;
mod expression;
mod literals;
pub mod page;
mod rarity;
mod signature;
pub mod template;
pub mod vocabulary;

pub use literals::FirstBytes;
pub use page::{Catalog, Channel, LeansOn, Page, PageError, Role, Rule, SharedRoot, Test};
pub use rarity::ORDINARY;
pub use signature::{Alternative, Folded, Signature, SignatureId};
