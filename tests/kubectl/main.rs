//! What the real kubectls print of one cluster, read back: `describe` and tables say the same as the JSON they came from.

#![allow(clippy::expect_used, clippy::unwrap_used)] // a test says what must hold

#[path = "../replay/mod.rs"]
mod replay;

mod describe;
mod facts;
mod server;
mod tables;
