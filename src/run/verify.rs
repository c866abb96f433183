//! `verify`: every citation of a report against its bundle.

use std::fs::File;
use std::io::Read;

use super::Outcome;
use crate::cli::{VerifyArgs, input};
use crate::error::Error;
use crate::source::{self, Entry, Visitor};
use crate::text::visible;
use crate::verify::{self, Verdict, Wanted};

/// A larger report is not read: 300,000 incidents, and nobody's.
const REPORT_BYTES: u64 = 1 << 30;

struct Feed<'w>(&'w Wanted);

impl Visitor for Feed<'_> {
    fn entry(&self, entry: Entry<'_>) {
        if self.0.wants(&entry.path) {
            self.0.feed(&entry.path, entry.reader);
        }
    }
}

/// Reads the report, then the bundle once.
pub fn verify(arguments: &VerifyArgs) -> Result<Outcome, Error> {
    let failed = |source| Error::File { path: arguments.report.clone(), source };
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
    source::open(&input(&arguments.bundle), &arguments.limits.limits(), &Feed(&wanted))?;
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
            outcome.status = 1;
        }
        Verdict::CouldNotCheck(reason) => return Err(Error::Usage(format!("cannot check: {reason}"))),
    }
    Ok(outcome)
}
