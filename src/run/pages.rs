//! The cause pages of a command: the built-in ones and those of a user's folders.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::open_regular;
use crate::catalog::{Catalog, PageError};
use crate::error::Error;

/// Pages of one folder.
const MOST_PAGES: usize = 10_000;
/// Bytes of one page.
const PAGE_BYTES: u64 = 256 << 10;

/// The pages of a command.
pub struct Pages {
    /// Ready to judge.
    pub catalog: Catalog,
    /// Path and text of those of the user's folders.
    own: Vec<(String, String)>,
}

impl Pages {
    /// SHA-256 over all of them: what tells them from others.
    pub fn digest(&self) -> String {
        let mut digest = Sha256::new();
        for (file, text) in Catalog::built_in_pages().iter().copied().chain(borrowed(&self.own)) {
            // Of a user's page the name counts and not where it lies.
            let name = file.rsplit(['/', '\\']).next().unwrap_or(file);
            digest.update(format!("{name}\0{}\0", text.len()));
            digest.update(text);
        }
        super::batch::digest::hex(&digest.finalize())
    }
}

/// What the check of a folder found.
pub struct Checked {
    /// Pages that were checked.
    pub pages: usize,
    /// Samples under `match` and `not`.
    pub samples: usize,
    /// Every fault, by file and line.
    pub faults: Vec<PageError>,
}

/// Reads the pages; the first bad one is the error.
pub fn catalog(folders: &[PathBuf]) -> Result<Pages, Error> {
    let mut own = Vec::new();
    for folder in folders {
        own.extend(read(folder)?);
    }
    Ok(Pages { catalog: Catalog::with(&borrowed(&own))?, own })
}

/// Checks the pages of a folder, which may refer to the built-in ones and to those of `others`.
pub fn check(folder: &Path, others: &[PathBuf]) -> Result<Checked, Error> {
    let mut known = Vec::new();
    for other in others {
        known.extend(read(other)?);
    }
    let files = read(folder)?;
    let (catalog, faults) = Catalog::check(&borrowed(&known), &borrowed(&files));
    let own = |id: &str| files.iter().any(|(file, _)| Path::new(file).file_stem().is_some_and(|stem| stem == id));
    let rules = catalog.pages.iter().filter(|page| own(&page.id)).flat_map(|page| &page.rules);
    let samples = rules.map(|rule| rule.matches.len() + rule.not.len()).sum();
    Ok(Checked { pages: files.len(), samples, faults })
}

fn borrowed(files: &[(String, String)]) -> Vec<(&str, &str)> {
    files.iter().map(|(file, text)| (file.as_str(), text.as_str())).collect()
}

/// The pages of a folder with their paths, sorted. Hidden files and a `README.md` are no pages.
fn read(folder: &Path) -> Result<Vec<(String, String)>, Error> {
    let failed = |path: &Path| {
        let path = path.to_path_buf();
        move |source| Error::Read { path, source }
    };
    let mut paths: Vec<PathBuf> = fs::read_dir(folder)
        .map_err(failed(folder))?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<_, _>>()
        .map_err(failed(folder))?;
    paths.retain(|path| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.ends_with(".md") && !name.starts_with('.') && name != "README.md"
    });
    paths.sort();
    if paths.is_empty() || paths.len() > MOST_PAGES {
        let what = if paths.is_empty() {
            "holds no page (*.md)".to_string()
        } else {
            format!("holds over {MOST_PAGES} pages")
        };
        return Err(Error::Usage(format!("{}: {what}", folder.display())));
    }
    let mut pages = Vec::new();
    for path in paths {
        let file = path.display().to_string();
        let refuse = |what: String| PageError { file: file.clone(), line: 1, what };
        let mut bytes = Vec::new();
        open_regular(&path)
            .map_err(failed(&path))?
            .take(PAGE_BYTES + 1)
            .read_to_end(&mut bytes)
            .map_err(failed(&path))?;
        if bytes.len() as u64 > PAGE_BYTES {
            return Err(refuse(format!("the page is larger than {} KiB; shorten it", PAGE_BYTES >> 10)).into());
        }
        let text = String::from_utf8(bytes).map_err(|_| refuse("the page is no UTF-8; save it as such".to_string()))?;
        // What editors on Windows add is no part of a page.
        pages.push((file, text.trim_start_matches('\u{feff}').replace("\r\n", "\n")));
    }
    Ok(pages)
}
