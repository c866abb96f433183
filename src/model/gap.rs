//! What the bundle does not show, and why that is so.

/// The five ways of not being there, and `notCollected`: never turned into one another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum GapKind {
    /// It was asked for and does not exist (`NotFound`, no previous container, metrics API absent).
    Absent,
    /// The file is there and holds nothing.
    Empty,
    /// The API server refused (`Forbidden`, `Unauthorized`).
    Forbidden,
    /// It ends before its end: a cut archive, JSON cut in the middle, a limit that was met.
    Truncated,
    /// It is there and could not be read: encrypted, refused entry, no such format, a failed or timed-out command.
    Unreadable,
    /// Nobody asked for it.
    NotCollected,
}

impl GapKind {
    /// The word of the JSON contract.
    pub fn name(self) -> &'static str {
        match self {
            GapKind::Absent => "absent",
            GapKind::Empty => "empty",
            GapKind::Forbidden => "forbidden",
            GapKind::Truncated => "truncated",
            GapKind::Unreadable => "unreadable",
            GapKind::NotCollected => "notCollected",
        }
    }
}

/// One thing that could not be looked at.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Gap {
    /// Path inside the bundle; empty for what no file stands for.
    pub path: String,
    /// Which kind of absence.
    pub kind: GapKind,
    /// What it is, one clause without a full stop: "the JSON ends in the middle of item 17".
    pub what: String,
    /// What cannot be said because of it: "events of namespace shop", "the last output of the crashed container".
    pub prevents: String,
}
