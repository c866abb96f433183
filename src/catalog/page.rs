//! Reads the cause pages.
