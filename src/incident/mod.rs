//! Findings into incidents: one per root cause, with its victims, its timeline and its rank.
//!
//! Owns grouping, root against consequence, severity and order. Never reads a file, never names a cause in code.

mod build;
mod group;
mod loopback;
mod outside;
mod roots;
pub mod timeline;

pub use build::incidents;
