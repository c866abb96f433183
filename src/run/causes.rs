//! `causes` and `explain`: the pages for people.

use super::{Outcome, pages};
use crate::cli::{CausesArgs, PageArgs};
use crate::diagnose::playbook;
use crate::error::Error;
use crate::observe::Values;
use crate::text::visible;

/// Prints the page of a cause, with placeholders for the values of a case.
pub fn explain(cause: &str, pages: &PageArgs) -> Result<Outcome, Error> {
    let catalog = pages::catalog(&pages.catalog)?.catalog;
    let page = catalog.page(cause).ok_or_else(|| Error::NoSuchCause(visible(cause).into_owned()))?;
    let mut values = Values::default();
    for (name, placeholder) in
        [("namespace", "NAMESPACE"), ("pod", "POD"), ("node", "NODE"), ("container_flag", " -c CONTAINER")]
    {
        values.own(name, placeholder);
    }
    let words = playbook(page, &values);
    let mut text = format!("# {}\n\n`{}`, category {}", visible(&page.title), page.id, page.category);
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
        text.push_str(&format!("\n## {heading}\n"));
        for line in body.lines() {
            text.push_str(&format!("{}\n", visible(line)));
        }
    }
    Ok(Outcome { stdout: text, ..Outcome::default() })
}

/// Lists the causes, or checks the pages of a folder.
pub fn causes(arguments: &CausesArgs) -> Result<Outcome, Error> {
    if let Some(folder) = &arguments.check {
        return check(folder, &arguments.pages);
    }
    let catalog = pages::catalog(&arguments.pages.catalog)?.catalog;
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
        text.push_str(&format!("  {:width$}  {}\n", page.id, visible(&page.title)));
    }
    Ok(Outcome { stdout: text, ..Outcome::default() })
}

/// Status 1 where a page has a fault, each printed on a line of its own.
fn check(folder: &std::path::Path, pages: &PageArgs) -> Result<Outcome, Error> {
    let checked = pages::check(folder, &pages.catalog)?;
    let count = |number: usize, what: &str| format!("{number} {what}{}", if number == 1 { "" } else { "s" });
    let mut outcome = Outcome::default();
    for fault in &checked.faults {
        outcome.stdout.push_str(&format!("{}\n", visible(&fault.to_string())));
    }
    outcome.stdout.push_str(&match checked.faults.len() {
        0 => format!("{}, {}: no fault\n", count(checked.pages, "page"), count(checked.samples, "sample")),
        faults => format!("{}, {}\n", count(checked.pages, "page"), count(faults, "fault")),
    });
    outcome.status = u8::from(!checked.faults.is_empty());
    Ok(outcome)
}
