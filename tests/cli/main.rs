//! The program as its users run it: through the binary, with files, pipes and exit statuses.

#![allow(clippy::expect_used, clippy::unwrap_used)] // a test says what must hold

mod bad_input;
mod commands;
mod hostile;
mod integrity;
mod same_bytes;
mod support;
