//! Many bundles in one process: a report of each, in the order given, and the index over them.
//!
//! In reading order: `bundles` finds them, `names` calls their reports, `digest` tells whether they changed, `output` is
//! the folder they are written to.

pub mod bundles;
pub mod digest;
mod names;
mod output;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::{Mutex, PoisonError, mpsc};
use std::thread;

use rayon::prelude::*;
use sha2::{Digest, Sha256};

use self::bundles::{Bundle, Bundles};
use self::output::{Known, MadeWith, Output};
use super::analyze::{reaches, written};
use super::{Console, Outcome, STACK_BYTES};
use crate::analyze::Analyzer;
use crate::cli::AnalyzeArgs;
use crate::error::Error;
use crate::index::BundleRow;
use crate::report::document::Document;
use crate::report::redact::redact_path;
use crate::source::{Input, Limits};
use crate::text::visible;

/// Reports that may wait for the turn of an earlier bundle, per thread.
const WAITING: usize = 4;

/// What became of one bundle.
enum Made {
    /// Written to the folder, or (the text) to be written to standard output.
    Report { severities: Vec<String>, text: String },
    /// The report in the folder is up to date.
    Unchanged { severities: Vec<String> },
    /// There is none, and why.
    Failed(String),
}

/// Analyzes a batch.
pub fn run(
    arguments: &AnalyzeArgs,
    bundles: &Bundles,
    analyzer: &Analyzer<'_>,
    pages: &str,
    jobs: usize,
    console: &dyn Console,
) -> Result<Outcome, Error> {
    let limits = arguments.limits.limits();
    let made_with = MadeWith::new(pages, arguments.format, &limits);
    let place = || match &arguments.output {
        Some(folder) => Place::new(Output::create(folder, console)?, bundles, &limits).map(Some),
        None => Ok(None),
    };
    let (place, ()) = rayon::join(place, || analyzer.prepare());
    let place = place?;
    let job = Job { arguments, limits, analyzer, made_with, place, bundles: &bundles.all };
    let mine = bundles.mine();
    let mut tally = Tally::default();
    let total = mine.len() as u64;
    console.progress(0, total);
    in_order(
        &mine,
        jobs,
        &|at| {
            let made = catch_unwind(AssertUnwindSafe(|| job.make(at)));
            made.unwrap_or_else(|_| Made::Failed("a defect of this program stopped the analysis".to_string()))
        },
        &mut |made| {
            let severities = match &made {
                Made::Report { severities, text } => {
                    tally.written += 1;
                    if !text.is_empty() {
                        // A reader that left wants no more reports.
                        if let Err(error) = console.write(text) {
                            tally.stopped = Some(error);
                            return false;
                        }
                    }
                    severities.as_slice()
                }
                Made::Unchanged { severities } => {
                    tally.unchanged += 1;
                    severities.as_slice()
                }
                Made::Failed(why) => {
                    tally.failed += 1;
                    console.say(&format!("error: {}", visible(&redact_path(why))));
                    &[]
                }
            };
            for severity in severities {
                *tally.severities.entry(severity.clone()).or_default() += 1;
            }
            console.progress(tally.done(), total);
            true
        },
    );
    match tally.stopped.take() {
        Some(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            return Err(Error::Usage(format!("cannot write the report: {error}")));
        }
        Some(_) => return Ok(Outcome::default()),
        None => {}
    }
    if let Some(place) = &job.place {
        place.output.write_index()?;
    }
    let mut outcome = Outcome { messages: vec![tally.summary(arguments)], ..Outcome::default() };
    if reaches(tally.severities.keys().map(String::as_str), arguments.fail_on) {
        outcome.status = 1;
    }
    if tally.failed > 0 {
        outcome.status = 2;
    }
    Ok(outcome)
}

/// Writes the index of a folder anew.
pub fn index(folder: &Path, console: &dyn Console) -> Result<Outcome, Error> {
    let output = Output::existing(folder, console)?;
    let (_, broken) = output.records()?;
    let index = output.write_index()?;
    let mut messages: Vec<String> = broken
        .iter()
        .map(|name| format!("warning: the record of {} cannot be read; it is left out", visible(name)))
        .collect();
    let reports = index.bundles.iter().filter(|row| row.report.is_some()).count();
    let place = folder.join("index.md");
    messages.push(format!("{reports} reports; index: {}", visible(&place.display().to_string())));
    Ok(Outcome { messages, ..Outcome::default() })
}

/// Works on `items` in parallel and hands on the results in their order, each as soon as its turn has come. Ends early
/// where `take` says `false`. At most `jobs` are worked on at once, and at most [`WAITING`] times as many results wait.
///
/// The threads are not the pool's: a thread of the pool that waits for the entries of one bundle would take up another
/// bundle meanwhile, and the first could not be handed on before the second is done.
fn in_order<T: Send>(
    items: &[usize],
    jobs: usize,
    work: &(dyn Fn(usize) -> T + Sync),
    take: &mut dyn FnMut(T) -> bool,
) {
    let (to_do, waiting_work) = mpsc::channel::<usize>();
    let (done, results) = mpsc::channel();
    let waiting_work = Mutex::new(waiting_work);
    thread::scope(|scope| {
        let worker = || {
            let (done, waiting_work) = (done.clone(), &waiting_work);
            let work_on = move || {
                loop {
                    let next = waiting_work.lock().unwrap_or_else(PoisonError::into_inner).recv();
                    let Ok(at) = next else { return };
                    if done.send((at, work(items[at]))).is_err() {
                        return;
                    }
                }
            };
            thread::Builder::new().stack_size(STACK_BYTES).spawn_scoped(scope, work_on).is_ok()
        };
        let jobs = (0..jobs.min(items.len())).take_while(|_| worker()).count();
        if jobs == 0 {
            // The system gives no thread: one after the other on this one.
            let _ = items.iter().all(|item| take(work(*item)));
            return;
        }
        let to_do = to_do;
        let (mut next, mut turn, mut running) = (0, 0, 0);
        let mut waiting: BTreeMap<usize, T> = BTreeMap::new();
        loop {
            while running < jobs && next < items.len() && next < turn + jobs * (1 + WAITING) {
                let _ = to_do.send(next);
                next += 1;
                running += 1;
            }
            if running == 0 {
                return;
            }
            let Ok((at, result)) = results.recv() else { return };
            running -= 1;
            waiting.insert(at, result);
            while let Some(result) = waiting.remove(&turn) {
                if !take(result) {
                    return;
                }
                turn += 1;
            }
        }
    });
}

/// Where reports go, and under which names.
struct Place<'c> {
    output: Output<'c>,
    names: Vec<String>,
    sources: Vec<String>,
}

impl<'c> Place<'c> {
    fn new(output: Output<'c>, bundles: &Bundles, limits: &Limits) -> Result<Self, Error> {
        let sources: Vec<String> = bundles.all.par_iter().map(source).collect();
        let (records, _) = output.records()?;
        let mut known = Known::default();
        for (name, record) in &records {
            known.add(&record.source, name);
        }
        let paths: Vec<&Path> = bundles.all.iter().map(|bundle| bundle.path.as_path()).collect();
        let mut is_same = |at: usize, name: &str| {
            let record = known.spelled(name).and_then(|name| records.get(name));
            let sha256 = record.and_then(|record| record.row.sha256.as_ref());
            sha256.is_some() && digest::of(paths[at], limits.entries).as_ref() == sha256
        };
        let names = names::names(&paths, &sources, &known, &mut is_same);
        Ok(Place { output, names, sources })
    }
}

/// The path of a bundle in full: what tells it from another one of its name. It is kept on disk, so a secret in it is
/// masked, and a digest tells it from the others.
fn source(bundle: &Bundle) -> String {
    let full = fs::canonicalize(&bundle.path).as_deref().unwrap_or(&bundle.path).to_string_lossy().into_owned();
    match redact_path(&full) {
        Cow::Borrowed(_) => full,
        Cow::Owned(masked) => format!("{masked} (sha256:{})", digest::hex(&Sha256::digest(&full))),
    }
}

/// Everything that the work on one bundle needs.
struct Job<'a, 'c> {
    arguments: &'a AnalyzeArgs,
    limits: Limits,
    analyzer: &'a Analyzer<'a>,
    made_with: MadeWith,
    place: Option<Place<'c>>,
    bundles: &'a [Bundle],
}

impl Job<'_, '_> {
    fn make(&self, at: usize) -> Made {
        match self.try_make(at) {
            Ok(made) => made,
            Err(error) => Made::Failed(error.to_string()),
        }
    }

    fn try_make(&self, at: usize) -> Result<Made, Error> {
        let bundle = &self.bundles[at];
        let from = bundle.input();
        let Some(place) = &self.place else {
            let document = Document::new(&self.analyzer.analyze(&from?, &self.limits)?);
            let severities = document.incidents.iter().map(|incident| incident.severity.to_string()).collect();
            return Ok(Made::Report { severities, text: written(&document, self.arguments.format) });
        };
        let (name, source) = (&place.names[at], &place.sources[at]);
        let sha256 = match from {
            Ok(Input::Stdin) => None,
            _ => digest::of(&bundle.path, self.limits.entries),
        };
        let severities =
            |row: &BundleRow| row.incidents.iter().map(|incident| incident.severity.clone()).collect::<Vec<_>>();
        let path = redact_path(&bundle.path.to_string_lossy()).into_owned();
        if !self.arguments.force
            && let Some(mut record) = place.output.record(name)
            && sha256.is_some()
            && record.row.sha256 == sha256
            && record.made_with == self.made_with
            && place.output.is_whole(&record)
        {
            if record.source != *source || record.row.path != path {
                (record.source, record.row.path) = (source.clone(), path);
                place.output.put_moved(name, &record)?;
            }
            return Ok(Made::Unchanged { severities: severities(&record.row) });
        }
        match from.and_then(|from| self.analyzer.analyze(&from, &self.limits)) {
            Ok(postmortem) => {
                let document = Document::new(&postmortem);
                let mut row = BundleRow { path, sha256, ..BundleRow::of(&document) };
                let text = written(&document, self.arguments.format);
                place.output.put(name, source, &self.made_with, &mut row, &text)?;
                Ok(Made::Report { severities: severities(&row), text: String::new() })
            }
            Err(error) => {
                let error = redact_path(&Error::from(error).to_string()).into_owned();
                let own = bundle.path.file_name().unwrap_or(bundle.path.as_os_str());
                let name_shown = redact_path(&own.to_string_lossy()).into_owned();
                let row =
                    BundleRow { name: name_shown, path, sha256, error: Some(error.clone()), ..BundleRow::default() };
                place.output.put_failure(name, source, &self.made_with, &row)?;
                Ok(Made::Failed(error))
            }
        }
    }
}

/// What became of all of them.
#[derive(Default)]
struct Tally {
    written: u64,
    unchanged: u64,
    failed: u64,
    severities: BTreeMap<String, u64>,
    stopped: Option<io::Error>,
}

impl Tally {
    fn done(&self) -> u64 {
        self.written + self.unchanged + self.failed
    }

    fn summary(&self, arguments: &AnalyzeArgs) -> String {
        let count = |number: u64, what: &str| format!("{number} {what}{}", if number == 1 { "" } else { "s" });
        let mut parts = vec![format!("{} written", count(self.written, "report"))];
        if self.unchanged > 0 {
            parts.push(format!("{} unchanged", self.unchanged));
        }
        if self.failed > 0 {
            parts.push(format!("{} failed", self.failed));
        }
        let levels: Vec<String> = ["critical", "warning", "info"]
            .iter()
            .filter_map(|level| self.severities.get(*level).map(|number| format!("{number} {level}")))
            .collect();
        let incidents = if levels.is_empty() { "none".to_string() } else { levels.join(", ") };
        let mut text = format!("{}: {}; incidents: {incidents}", count(self.done(), "bundle"), parts.join(", "));
        if let Some(folder) = &arguments.output {
            text.push_str(&format!("; index: {}", visible(&folder.join("index.md").display().to_string())));
        }
        text
    }
}
