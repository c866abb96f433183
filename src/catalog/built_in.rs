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
        if files.is_empty() { Catalog::built_in() } else { sound(Catalog::read(PAGES, files)) }
    }

    /// Reads these pages only and checks them.
    pub fn from_pages(files: &[(&str, &str)]) -> Result<Catalog, PageError> {
        sound(Catalog::read(&[], files))
    }

    /// Every fault of pages that may refer to the built-in ones and to the `others`, by file and line; and the pages
    /// without one.
    pub fn check(others: &[(&str, &str)], files: &[(&str, &str)]) -> (Catalog, Vec<PageError>) {
        let known: Vec<(&str, &str)> = PAGES.iter().chain(others).copied().collect();
        let (catalog, mut faults) = Catalog::read(&known, files);
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
    fn what_the_build_read_is_what_the_pages_say() {
        let built: Catalog = postcard::from_bytes(READ).expect("written by the build");
        let (read, faults) = Catalog::read(PAGES, &[]);
        assert_eq!((built.pages, faults), (read.pages, Vec::new()));
        assert_eq!(format!("{:?}", built.signatures), format!("{:?}", read.signatures));
    }
}
