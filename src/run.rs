//! One function per command: arguments in, what is to be printed and the exit status out.

mod inspect;
mod verify;

use std::fs;
use std::path::{Path, PathBuf};

use crate::analyze;
use crate::catalog::Catalog;
use crate::cli::{AnalyzeArgs, Cli, Command, Format, InspectArgs, Level, input};
use crate::diagnose::playbook;
use crate::error::Error;
use crate::observe::Values;
use crate::postmortem::{Postmortem, Severity};
use crate::report;
use crate::source::Input;
use crate::text::visible;

/// The collector, as it lies in the repository.
const COLLECTOR: &str = include_str!("../scripts/collect.sh");

/// What a command leaves behind.
#[derive(Debug, Default)]
pub struct Outcome {
    /// For standard output.
    pub stdout: String,
    /// For standard error: whole lines, safe for a terminal.
    pub messages: Vec<String>,
    /// Exit status.
    pub status: u8,
}

/// Runs a command. An error means: no report could be made (status 2).
pub fn run(cli: Cli) -> Result<Outcome, Error> {
    match cli.command {
        Command::Analyze(arguments) => analyze_all(&arguments),
        Command::Verify(arguments) => verify::verify(&arguments),
        Command::Explain { cause } => explain(&cause),
        Command::Causes => causes(),
        Command::CollectScript => Ok(Outcome { stdout: COLLECTOR.to_string(), ..Outcome::default() }),
        Command::Inspect(InspectArgs { bundle, limits }) => {
            let (clusters, opened) = analyze::open(&input(&bundle), &limits.limits())?;
            Ok(Outcome { stdout: inspect::describe(&clusters, &opened), ..Outcome::default() })
        }
    }
}

fn analyze_all(arguments: &AnalyzeArgs) -> Result<Outcome, Error> {
    if let Some(jobs) = arguments.jobs {
        // Set once, before the first use; a second call in one process keeps the first.
        let _ = rayon::ThreadPoolBuilder::new().num_threads(jobs).build_global();
    }
    let mut bundles: Vec<PathBuf> = arguments.paths.clone();
    for folder in &arguments.each {
        bundles.extend(children(folder)?);
    }
    if bundles.is_empty() {
        return Err(Error::Usage("no bundle was given".to_string()));
    }
    if bundles.len() > 1 && arguments.output.is_none() {
        return Err(Error::Usage("several bundles need --output DIR: one report is written per bundle".to_string()));
    }
    let catalog = Catalog::built_in()?;
    let mut outcome = Outcome::default();
    let mut failed = 0;
    for bundle in &bundles {
        let postmortem = match analyze::analyze(&input(bundle), &arguments.limits.limits(), &catalog) {
            Ok(postmortem) => postmortem,
            Err(error) if bundles.len() > 1 => {
                outcome.messages.push(format!("error: {}", visible(&Error::from(error).to_string())));
                failed += 1;
                continue;
            }
            Err(error) => return Err(error.into()),
        };
        if reaches(&postmortem, arguments.fail_on) {
            outcome.status = 1;
        }
        let (text, ending) = match arguments.format {
            Format::Md => (report::markdown(&postmortem), "md"),
            Format::Json => (report::json(&postmortem), "json"),
        };
        match &arguments.output {
            None => outcome.stdout = text,
            Some(folder) => {
                let path = write(folder, bundle, &postmortem, &text, ending)?;
                outcome.messages.push(format!("{}", visible(&path.display().to_string())));
            }
        }
    }
    if failed > 0 {
        outcome.status = 2;
    }
    Ok(outcome)
}

fn children(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let failed = |source| Error::File { path: folder.to_path_buf(), source };
    let mut all: Vec<PathBuf> = fs::read_dir(folder)
        .map_err(failed)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<_, _>>()
        .map_err(failed)?;
    all.retain(|path| !path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.')));
    all.sort();
    Ok(all)
}

fn reaches(postmortem: &Postmortem, level: Option<Level>) -> bool {
    let Some(level) = level else { return false };
    postmortem.incidents.iter().any(|incident| {
        let is = match incident.severity {
            Severity::Info => Level::Info,
            Severity::Warning => Level::Warning,
            Severity::Critical => Level::Critical,
        };
        is >= level
    })
}

/// Writes a report whole or not at all, under the bundle's name.
fn write(folder: &Path, bundle: &Path, postmortem: &Postmortem, text: &str, ending: &str) -> Result<PathBuf, Error> {
    let failed = |path: &Path| {
        let path = path.to_path_buf();
        move |source| Error::File { path, source }
    };
    fs::create_dir_all(folder).map_err(failed(folder))?;
    let name: String = match input(bundle) {
        Input::Stdin => "stdin".to_string(),
        Input::Path(_) => postmortem.bundle.name.clone(),
    };
    let safe: String =
        name.chars().map(|c| if c.is_alphanumeric() || "._-".contains(c) { c } else { '_' }).take(120).collect();
    let path = folder.join(format!("{}.{ending}", if safe.is_empty() { "bundle" } else { &safe }));
    let partial = path.with_extension(format!("{ending}.partial"));
    fs::write(&partial, text).map_err(failed(&partial))?;
    fs::rename(&partial, &path).map_err(failed(&path))?;
    Ok(path)
}

fn explain(cause: &str) -> Result<Outcome, Error> {
    let catalog = Catalog::built_in()?;
    let page = catalog.page(cause).ok_or_else(|| Error::NoSuchCause(visible(cause).into_owned()))?;
    let mut values = Values::default();
    for (name, placeholder) in
        [("namespace", "NAMESPACE"), ("pod", "POD"), ("node", "NODE"), ("container_flag", " -c CONTAINER")]
    {
        values.own(name, placeholder);
    }
    let words = playbook(page, &values);
    let mut text = format!("# {}\n\n`{}`, category {}", page.title, page.id, page.category);
    if let Some(parent) = &page.parent {
        text.push_str(&format!(", refines `{parent}`"));
    }
    if page.fallback {
        text.push_str(", said only where no other cause holds");
    }
    let sections = [
        ("What happened", &words.what_happened),
        ("Confirm", &words.confirm),
        ("Fix", &words.fix),
        ("Prevent", &words.prevent),
    ];
    text.push_str(".\n");
    for (heading, body) in sections {
        text.push_str(&format!("\n## {heading}\n{body}\n"));
    }
    Ok(Outcome { stdout: text, ..Outcome::default() })
}

fn causes() -> Result<Outcome, Error> {
    let catalog = Catalog::built_in()?;
    let width = catalog.pages.iter().map(|page| page.id.len()).max().unwrap_or(0);
    let mut pages: Vec<_> = catalog.pages.iter().collect();
    pages.sort_by(|a, b| (&a.category, &a.id).cmp(&(&b.category, &b.id)));
    let mut text = String::new();
    let mut category = "";
    for page in pages {
        if page.category != category {
            category = &page.category;
            text.push_str(&format!("{}{category}\n", if text.is_empty() { "" } else { "\n" }));
        }
        text.push_str(&format!("  {:width$}  {}\n", page.id, page.title));
    }
    Ok(Outcome { stdout: text, ..Outcome::default() })
}
