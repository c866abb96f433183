//! One pass over a log: signatures, head and tail, first and last time. Keeps what the catalogue asks for, drops the rest.
//! Of the lines that are kept: their times, their levels, and which of them are one stack trace.
//!
//! Owns reading of log lines. Never decides what a hit means, never keeps more than a bounded number of lines.

mod exports;
pub mod line_formats;
mod matcher;
mod prefilter;
mod runtime_lines;
pub mod scan;
pub mod stack_trace;

pub use line_formats::{Level, Stamp, level_of, message_of, stamp_of, time_of};
pub use scan::Scanner;
