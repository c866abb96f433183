//! A bundle in memory, and the ways in which people pack one.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;

/// What a path holds.
#[derive(Debug, Clone)]
pub enum Content {
    Bytes(Vec<u8>),
    /// A symbolic link to this relative target.
    Link(String),
}

/// Paths with their contents, in the order in which they are packed.
#[derive(Debug, Clone, Default)]
pub struct Bundle(pub Vec<(String, Content)>);

impl Bundle {
    pub fn add(&mut self, path: impl Into<String>, content: impl Into<Vec<u8>>) {
        self.0.push((path.into(), Content::Bytes(content.into())));
    }

    pub fn link(&mut self, path: impl Into<String>, target: impl Into<String>) {
        self.0.push((path.into(), Content::Link(target.into())));
    }

    /// The same below another folder.
    pub fn below(&self, folder: &str) -> Bundle {
        Bundle(self.0.iter().map(|(path, content)| (format!("{folder}/{path}"), content.clone())).collect())
    }

    /// The same without its top folder.
    pub fn without_top(&self) -> Bundle {
        let below = |path: &str| path.split_once('/').map_or(path, |(_, rest)| rest).to_string();
        Bundle(self.0.iter().map(|(path, content)| (below(path), content.clone())).collect())
    }

    /// As files below `root`.
    pub fn write(&self, root: &Path) {
        for (path, content) in &self.0 {
            let path = root.join(path);
            fs::create_dir_all(path.parent().expect("below the root")).expect("a folder");
            match content {
                Content::Bytes(bytes) => fs::write(path, bytes).expect("a file"),
                Content::Link(target) => std::os::unix::fs::symlink(target, path).expect("a link"),
            }
        }
    }

    /// As a tar.gz, without entries for folders.
    pub fn tar_gz(&self) -> Vec<u8> {
        let mut tar = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
        for (path, content) in &self.0 {
            let mut header = tar::Header::new_gnu();
            header.set_mode(0o644);
            match content {
                Content::Bytes(bytes) => {
                    header.set_size(bytes.len() as u64);
                    tar.append_data(&mut header, path, bytes.as_slice()).expect("an entry");
                }
                Content::Link(target) => {
                    header.set_entry_type(tar::EntryType::Symlink);
                    header.set_size(0);
                    tar.append_link(&mut header, path, target).expect("a link");
                }
            }
        }
        tar.into_inner().and_then(GzEncoder::finish).expect("an archive")
    }

    /// As a zip; links are left out, as most archivers follow them.
    pub fn zip(&self) -> Vec<u8> {
        let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
        let options = zip::write::SimpleFileOptions::default();
        for (path, content) in &self.0 {
            if let Content::Bytes(bytes) = content {
                zip.start_file(path, options).expect("an entry");
                zip.write_all(bytes).expect("its content");
            }
        }
        zip.finish().expect("an archive").into_inner()
    }
}

/// Writes one packed file and gives its path.
pub fn file(folder: &Path, name: &str, bytes: &[u8]) -> PathBuf {
    let path = folder.join(name);
    fs::write(&path, bytes).expect("a file");
    path
}
