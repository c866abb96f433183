//! `verify`: every citation of a report against its bundle.

use std::collections::HashMap;
use std::fs::File;
use std::io::Read;
use std::sync::{Mutex, PoisonError};

use super::Outcome;
use crate::cli::{VerifyArgs, input};
use crate::error::Error;
use crate::report::redact::redact_path;
use crate::source::{self, Entry, Visitor};
use crate::text::visible;
use crate::verify::{self, Verdict, Wanted};

/// A larger report is not read: 300,000 incidents, and nobody's.
const REPORT_BYTES: u64 = 1 << 30;

struct Feed<'w> {
    wanted: &'w Wanted,
    /// The ends of the cited paths, and how much of the path they leave out: what a bundle has that was opened further down.
    ends: HashMap<&'w str, usize>,
    /// A file of the bundle that is a cited one but for the folders before it.
    shifted: Mutex<Option<Shifted>>,
}

/// How the paths of a report and of a bundle differ.
enum Shifted {
    /// The bundle has the cited files in this folder.
    Below(String),
    /// The report has the bundle's files in this folder.
    Above(String),
}

impl<'w> Feed<'w> {
    fn of(wanted: &'w Wanted) -> Self {
        let ends = |path: &'w str| path.match_indices('/').map(move |(at, _)| (&path[at + 1..], at));
        Feed { wanted, ends: wanted.paths().flat_map(ends).collect(), shifted: Mutex::new(None) }
    }

    fn notice(&self, path: &str) {
        let mut shifted = self.shifted.lock().unwrap_or_else(PoisonError::into_inner);
        if shifted.is_some() {
            return;
        }
        let below = path.match_indices('/').find(|(at, _)| self.wanted.wants(&path[at + 1..]));
        *shifted = match (below, self.ends.get(path)) {
            (Some((at, _)), _) => Some(Shifted::Below(path[..at].to_string())),
            (None, Some(at)) => {
                let mut paths = self.wanted.paths();
                let cited = paths.find(|cited| cited.len() == at + 1 + path.len() && cited.ends_with(path));
                cited.map(|cited| Shifted::Above(cited[..*at].to_string()))
            }
            (None, None) => None,
        };
    }

    fn hint(self) -> Option<String> {
        let shown = |folder: &str| visible(&redact_path(folder)).into_owned();
        Some(match self.shifted.into_inner().unwrap_or_else(PoisonError::into_inner)? {
            Shifted::Below(folder) => format!(
                "hint: the cited files lie in the folder `{}` of this bundle: the report was made from that folder, so check it against that",
                shown(&folder)
            ),
            Shifted::Above(folder) => format!(
                "hint: the report has the files of this bundle in the folder `{}`: it was made from what that folder lies in, so check it against that",
                shown(&folder)
            ),
        })
    }
}

impl Visitor for Feed<'_> {
    fn entry(&self, entry: Entry<'_>) {
        if self.wanted.wants(&entry.path) {
            self.wanted.feed(&entry.path, entry.reader);
        } else {
            self.notice(&entry.path);
        }
    }
}

/// Reads the report, then the bundle once.
pub fn verify(arguments: &VerifyArgs) -> Result<Outcome, Error> {
    let failed = |source| Error::Read { path: arguments.report.clone(), source };
    let mut report = Vec::new();
    File::open(&arguments.report).map_err(failed)?.take(REPORT_BYTES + 1).read_to_end(&mut report).map_err(failed)?;
    if report.len() as u64 > REPORT_BYTES {
        let most = source::amount(REPORT_BYTES);
        return Err(Error::Usage(format!("cannot check: the report is larger than {most}")));
    }
    let wanted = match Wanted::of(&report) {
        Ok(wanted) => wanted,
        Err(reason) => return Err(Error::Usage(format!("cannot check: {reason}"))),
    };
    let feed = Feed::of(&wanted);
    source::open(&input(&arguments.bundle), &arguments.limits.limits(), &feed)?;
    let hint = feed.hint();
    let mut outcome = Outcome::default();
    match wanted.verdict() {
        Verdict::Holds(checks) if checks.is_empty() => {
            outcome.stdout = "the report names no incident and cites nothing: there is nothing to check\n".to_string();
        }
        Verdict::Holds(checks) => outcome.stdout = format!("all {} citations hold\n", checks.len()),
        Verdict::Fails(checks) => {
            let bad: Vec<_> = checks.iter().filter(|check| check.outcome != verify::Outcome::Holds).collect();
            for check in &bad {
                outcome.stdout.push_str(&format!("{}\n", visible(&check.to_string())));
            }
            outcome.stdout.push_str(&format!("{} of {} citations do not hold\n", bad.len(), checks.len()));
            if bad.iter().any(|check| check.outcome == verify::Outcome::NoSuchFile) {
                outcome.messages.extend(hint);
            }
            outcome.status = 1;
        }
        Verdict::CouldNotCheck(reason) => return Err(Error::Usage(format!("cannot check: {reason}"))),
    }
    Ok(outcome)
}
