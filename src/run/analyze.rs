//! `analyze`: one bundle to standard output, or a batch.

use std::mem::ManuallyDrop;
use std::thread::available_parallelism;

use super::batch::{self, bundles};
use super::{Console, NO_THREAD, Outcome, STACK_BYTES, pages};
use crate::analyze::Analyzer;
use crate::cli::{AnalyzeArgs, Format, Level};
use crate::error::Error;
use crate::report::{self, document::Document};
use crate::text::visible;

/// Runs the command.
pub fn analyze(arguments: &AnalyzeArgs, console: &dyn Console) -> Result<Outcome, Error> {
    // The process ends behind this: the system takes their memory back at once, which they would give back in pieces.
    let pages = ManuallyDrop::new(pages::catalog(&arguments.pages.catalog)?);
    let bundles = bundles::select(arguments)?;
    // Stated even where it is the default: left out, it would come from the environment. A second call in one process
    // keeps the first one's threads.
    let jobs = arguments.jobs.or(available_parallelism().ok()).map_or(1, usize::from);
    let jobs = threads(jobs)?;
    let analyzer = ManuallyDrop::new(Analyzer::new(&pages.catalog));
    match (&arguments.output, bundles.all.as_slice()) {
        (None, [only]) => {
            let postmortem = analyzer.analyze_last(&only.input()?, &arguments.limits.limits())?;
            let document = Document::new(&postmortem);
            let severities = document.incidents.iter().map(|incident| incident.severity);
            let status = u8::from(reaches(severities, arguments.fail_on));
            let nothing = document.inventory.objects.is_empty() && document.incidents.is_empty();
            let messages = if nothing { of_nothing(&document.bundle.name) } else { Vec::new() };
            Ok(Outcome { stdout: written(&document, arguments.format), messages, status })
        }
        (None, _) if arguments.format != Format::Jsonl => Err(Error::Usage(
            "several bundles need --output DIR, which takes a report of each, or --format jsonl".to_string(),
        )),
        _ => batch::run(arguments, &bundles, &analyzer, &pages.digest(), jobs, console),
    }
}

/// What to say of an input in which nothing was recognised: there is a report, and it says no more than that.
fn of_nothing(name: &str) -> Vec<String> {
    vec![
        format!("note: `{}` holds nothing that kubectl prints of pods, nodes or workloads", visible(name)),
        "hint: `kubemortem inspect PATH` says what each file was taken for; `kubemortem collect-script` prints the collector"
            .to_string(),
    ]
}

/// Starts the threads, and says how many there are: fewer than wanted where the system gives no more.
fn threads(wanted: usize) -> Result<usize, Error> {
    /// More than any machine has cores.
    const MOST: usize = 1024;
    let mut count = wanted.min(MOST);
    // A pool for all that fails once has failed for good, so another one is tried before it.
    let pool = |count| rayon::ThreadPoolBuilder::new().num_threads(count).stack_size(STACK_BYTES);
    while pool(count).build_scoped(|thread| thread.run(), |_| ()).is_err() {
        count /= 2;
        if count == 0 {
            return Err(Error::Usage(NO_THREAD.to_string()));
        }
    }
    let _ = pool(count).build_global();
    Ok(count)
}

/// A report in a format.
pub fn written(document: &Document, format: Format) -> String {
    match format {
        Format::Md => report::markdown_of(document),
        Format::Json => report::pretty_json(document),
        Format::Jsonl => report::json_line(document),
    }
}

/// Whether one of the severities is the level or a worse one.
pub fn reaches<'s>(mut severities: impl Iterator<Item = &'s str>, level: Option<Level>) -> bool {
    let Some(level) = level else { return false };
    severities.any(|severity| {
        let is = match severity {
            "critical" => Level::Critical,
            "warning" => Level::Warning,
            _ => Level::Info,
        };
        is >= level
    })
}
