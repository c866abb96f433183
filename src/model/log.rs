//! What one pass over a log keeps.

use jiff::Timestamp;
use std::collections::BTreeMap;

use crate::artifact::LogRun;
use crate::catalog::SignatureId;
use crate::model::event::ObjectRef;
use crate::text::{Place, SectionId};

/// One log of one run of one container, as far as the bundle says whose it is.
#[derive(Debug, Clone, PartialEq)]
pub struct Log {
    /// The output it stands in.
    pub section: SectionId,
    /// Whose log: kind is `Pod`, or `Node` for a log of no pod that a machine's own services wrote; name and container from path, command or the log's own words (`Defaulted container`).
    pub object: ObjectRef,
    /// Which run.
    pub run: LogRun,
    /// Lines, the last one counted even without a line end. 0: the output is empty (which is not the same as absent).
    pub lines: u64,
    /// Bytes after decoding.
    pub bytes: u64,
    /// First and last time that a line states.
    pub first_time: Option<Timestamp>,
    /// Last time that a line states.
    pub last_time: Option<Timestamp>,
    /// The first lines that are not blank.
    pub head: Vec<Place>,
    /// The last lines that are not blank.
    pub tail: Vec<Place>,
    /// How far the kept lines of Java's nested exceptions (`Caused by:`, `Suppressed:`) are indented, by their numbers.
    pub indents: BTreeMap<u64, u16>,
    /// What the signatures found, by signature; bounded by the catalogue, not by the log.
    pub hits: Vec<Hit>,
    /// The file holds what kubectl said instead of a log: `Error from server ... is waiting to start`, `EOF`.
    pub fetch_error: Option<Place>,
    /// What was not looked at, beside ends of lines that are too long in the file itself.
    pub cut: Option<Cut>,
}

/// A bundle may hold hundreds of thousands of logs, which are handed on again and again: only their addresses move.
pub type BoxedLog = Box<Log>;

/// Why a part of a log was not looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cut {
    /// A line that the container runtime wrote in pieces was longer than what is looked at of one.
    Line,
    /// Lines held the words of more signatures than a program's lines do, and further ones like them were passed over.
    Crowded,
}

impl Log {
    /// Whether any of its lines is more than white space.
    pub fn speaks(&self) -> bool {
        !self.head.is_empty()
    }
}

/// All matches of one signature in one log.
#[derive(Debug, Clone, PartialEq)]
pub struct Hit {
    /// Which signature of the catalogue.
    pub signature: SignatureId,
    /// How many lines match.
    pub count: u64,
    /// The first of them.
    pub first: Place,
    /// The last of them.
    pub last: Place,
    /// Named groups of the last match (`target`, `key`, ...).
    pub values: BTreeMap<String, String>,
}
