//! One pass over a log: signatures, head and tail, first and last time. Keeps what the catalogue asks for, drops the rest.
//!
//! Owns reading of log lines. Never decides what a hit means, never keeps more than a bounded number of lines.

pub mod line_formats;
mod matcher;
mod prefilter;
pub mod scan;

pub use line_formats::time_of;
pub use scan::Scanner;
