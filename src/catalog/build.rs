//! Writes the list of the cause pages into the build, so that adding a page is adding a file.

#![allow(clippy::expect_used)] // a build without its pages must stop

use std::{env, fs, path::Path};

fn main() {
    let folder = Path::new(&env::var("CARGO_MANIFEST_DIR").expect("set by cargo")).join("src/catalog/causes");
    println!("cargo::rerun-if-changed={}", folder.display());
    let mut pages: Vec<_> = fs::read_dir(&folder)
        .expect("the folder of the cause pages")
        .map(|entry| entry.expect("a readable folder").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "md"))
        .collect();
    pages.sort();
    let mut list = String::from("&[\n");
    for page in pages {
        let name = page.file_name().expect("a file").to_string_lossy().into_owned();
        list.push_str(&format!("    ({name:?}, include_str!({:?})),\n", page.display().to_string()));
    }
    list.push_str("]\n");
    let target = Path::new(&env::var("OUT_DIR").expect("set by cargo")).join("causes.rs");
    fs::write(target, list).expect("the build folder is writable");
}
