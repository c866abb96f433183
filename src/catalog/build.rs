//! Reads the cause pages with the program's own reader when it is built: a page with a fault stops the build at its line,
//! and a start costs no YAML and no expression. Adding a page is adding a file.

#![allow(clippy::expect_used, dead_code)] // a build without its pages must stop; the reader does more than is used here

mod expression;
mod literals;
mod page;
mod rarity;
mod signature;
mod template;
mod vocabulary;

use std::path::{Path, PathBuf};
use std::{env, fs};

fn main() {
    let folder = Path::new(&env::var("CARGO_MANIFEST_DIR").expect("set by cargo")).join("src/catalog");
    println!("cargo::rerun-if-changed={}", folder.display());
    let mut paths: Vec<PathBuf> = fs::read_dir(folder.join("causes"))
        .expect("the folder of the cause pages")
        .map(|entry| entry.expect("a readable folder").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "md"))
        .collect();
    paths.sort();
    let mut list = String::from("&[\n");
    let mut pages = Vec::new();
    for path in paths {
        let name = path.file_name().expect("a file").to_string_lossy().into_owned();
        list.push_str(&format!("    ({name:?}, include_str!({:?})),\n", path.display().to_string()));
        pages.push((name, fs::read_to_string(&path).expect("a page in UTF-8")));
    }
    list.push_str("]\n");
    let pages: Vec<(&str, &str)> = pages.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    // Samples and templates, which cost a debug build seconds, are checked by the tests.
    let (catalog, faults) = page::Catalog::read(&pages, &[]);
    for fault in &faults {
        println!("cargo::error=src/catalog/causes/{fault}");
    }
    let target = PathBuf::from(env::var("OUT_DIR").expect("set by cargo"));
    fs::write(target.join("causes.rs"), list).expect("the build folder is writable");
    let read = postcard::to_allocvec(&catalog).expect("pages are plain data");
    fs::write(target.join("causes.postcard"), read).expect("the build folder is writable");
}
