//! What several tests share.

#![allow(dead_code, missing_docs, clippy::expect_used, clippy::unwrap_used)] // a test says what must hold, and uses a part

pub mod analyzed;
pub mod bundles;
pub mod expectations;
pub mod layouts;
pub mod yaml;
