//! The pages that travel in the binary: as text, and as `build.rs` read them.

use super::page::{Catalog, PageError};

/// File name and text of every page in `causes/`.
static PAGES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/causes.rs"));
/// The catalogue of these pages.
static READ: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/causes.postcard"));

impl Catalog {
    /// File name and text of the pages that travel in the binary.
    pub fn built_in_pages() -> &'static [(&'static str, &'static str)] {
        PAGES
    }

    /// The pages that travel in the binary.
    pub fn built_in() -> Result<Catalog, PageError> {
        match postcard::from_bytes(READ) {
            Ok(catalog) => Ok(catalog),
            // What this same build wrote is not refused; if it were, the pages themselves say the same.
            Err(_) => sound(Catalog::read(PAGES, &[])),
        }
    }

    /// The built-in pages, and further ones, given as (file name, text), that are checked against their samples; a later
    /// page of the same id replaces the earlier one.
    pub fn with(files: &[(&str, &str)]) -> Result<Catalog, PageError> {
        let built_in = Catalog::built_in()?;
        if files.is_empty() {
            return Ok(built_in);
        }
        let own = sound(built_in.read_beside(&[], files))?;
        Ok(built_in.joined(own))
    }

    /// Reads these pages only and checks them.
    pub fn from_pages(files: &[(&str, &str)]) -> Result<Catalog, PageError> {
        sound(Catalog::read(&[], files))
    }

    /// Every fault of pages that may refer to the built-in ones and to the `others`, by file and line; and those of both
    /// without one.
    pub fn check(others: &[(&str, &str)], files: &[(&str, &str)]) -> (Catalog, Vec<PageError>) {
        let (catalog, mut faults) = match Catalog::built_in() {
            Ok(built_in) => built_in.read_beside(others, files),
            Err(fault) => (Catalog::default(), vec![fault]),
        };
        faults.sort_by(|a, b| (&a.file, a.line, &a.what).cmp(&(&b.file, b.line, &b.what)));
        (catalog, faults)
    }
}

/// The catalogue, or its first fault.
fn sound((catalog, faults): (Catalog, Vec<PageError>)) -> Result<Catalog, PageError> {
    faults.into_iter().next().map_or(Ok(catalog), Err)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Role;

    #[test]
    fn the_built_in_pages_are_sound() {
        let catalog = Catalog::from_pages(PAGES).unwrap_or_else(|error| panic!("{error}"));
        assert!(catalog.pages.len() > 40, "{} pages", catalog.pages.len());
        for page in &catalog.pages {
            let decides = page.rules.iter().any(|rule| rule.role == Role::Decisive);
            assert!(decides || page.id == "unknown", "{} has nothing decisive", page.id);
        }
    }

    #[test]
    fn pages_beside_the_built_in_ones_are_as_if_read_with_them() {
        let body = "---\n## What happened\nIt fell.\n## Confirm\n- look\n## Fix\n- mend\n## Prevent\n- beware\n";
        let page = |id: &str, more: &str| {
            let rules = "decisive:\n  - exitCode: [7]\n  - log: 'the flux (?P<n>\\d+) stalled'\n    match: ['the flux 7 stalled']\n  - event: 'flux!'\n    match: ['flux!']";
            (format!("{id}.md"), format!("---\nid: {id}\ntitle: X\ncategory: node\n{more}{rules}\n{body}"))
        };
        // Before all others, between them, behind them, in place of one, and one that names pages of both kinds.
        let (middle, _) = PAGES[PAGES.len() / 2];
        let pages = [
            page("a-first", ""),
            page("m-between", "explains: [zz-last, oom-killed]\n"),
            page("zz-last", ""),
            page(middle.trim_end_matches(".md"), ""),
        ];
        let files: Vec<(&str, &str)> = pages.iter().map(|(file, text)| (file.as_str(), text.as_str())).collect();
        let joined = Catalog::with(&files).expect("sound");
        let (read, faults) = Catalog::read(PAGES, &files);
        assert_eq!((joined.pages, faults), (read.pages, Vec::new()));
        assert_eq!(format!("{:?}", joined.signatures), format!("{:?}", read.signatures));
    }

    #[test]
    fn what_the_build_read_is_what_the_pages_say() {
        let built: Catalog = postcard::from_bytes(READ).expect("written by the build");
        let (read, faults) = Catalog::read(PAGES, &[]);
        assert_eq!((built.pages, faults), (read.pages, Vec::new()));
        assert_eq!(format!("{:?}", built.signatures), format!("{:?}", read.signatures));
    }
}
