//! Offline post-mortem analyzer for Kubernetes incidents: code observes, pages judge, the report cites.
//!
//! The modules in reading order; imports run from later to earlier only (ARCHITECTURE.md, `tests/tidy.rs`).

pub mod artifact;
pub mod text;

pub mod catalog;
pub mod layout;
pub mod model;
pub mod source;

pub mod logs;
pub mod parse;
pub mod postmortem;

pub mod load;

pub mod observe;

pub mod diagnose;

pub mod incident;

pub mod report;

pub mod index;
pub mod verify;

pub mod analyze;

pub mod cli;
pub mod error;
pub mod run;
