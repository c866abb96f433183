//! What the report of each bundle is called.
//!
//! A bundle's own name, and as many of the folders above it as tell it from the others of its name. A bundle that has a
//! report keeps that report's name, and never takes another bundle's.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path};

use super::output::Known;
use crate::report::redact::redact_path;

/// Bytes of a name: room for endings within the 255 that file systems allow.
const NAME_BYTES: usize = 120;
/// Names that are the index's own.
const RESERVED: [&str; 1] = ["index"];

/// File names without their ending, one per path, no two alike even where case does not count. `sources` are the paths
/// in full, as [`Known`] has them; `is_same` says whether the report of that name is of the same content as the bundle.
pub fn names(
    paths: &[&Path],
    sources: &[String],
    known: &Known,
    is_same: &mut dyn FnMut(usize, &str) -> bool,
) -> Vec<String> {
    let mut taken: BTreeSet<String> = RESERVED.iter().map(|name| (*name).to_string()).collect();
    let mut names: Vec<Option<String>> =
        sources.iter().map(|source| known.name_of(source).map(str::to_string)).collect();
    taken.extend(names.iter().flatten().map(|name| name.to_lowercase()));
    // All of one name get longer together, so that the names do not depend on the order.
    let mut groups: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (at, path) in paths.iter().enumerate() {
        groups.entry(tail(path, 1).to_lowercase()).or_default().push(at);
    }
    let mut parts = vec![1; paths.len()];
    for group in groups.values().filter(|group| group.len() > 1) {
        let deepest = group.iter().map(|at| paths[*at].components().count()).max().unwrap_or(1);
        let apart = |count: &usize| {
            let tails: BTreeSet<String> = group.iter().map(|at| tail(paths[*at], *count).to_lowercase()).collect();
            tails.len() == group.len()
        };
        let needed = (2..=deepest).find(apart).unwrap_or(deepest);
        group.iter().for_each(|at| parts[*at] = needed);
    }
    for (at, path) in paths.iter().enumerate() {
        if names[at].is_some() {
            continue;
        }
        let longer = (parts[at]..=path.components().count().max(parts[at])).map(|count| tail(path, count));
        let numbered = (2u64..).map(|number| format!("{}-{number}", tail(path, parts[at])));
        let mut free = longer.chain(numbered).filter(|name| {
            let key = name.to_lowercase();
            !taken.contains(&key) && (!known.has(&key) || is_same(at, &key))
        });
        let name = free.next().unwrap_or_default();
        taken.insert(name.to_lowercase());
        names[at] = Some(name);
    }
    names.into_iter().flatten().collect()
}

/// The last parts of a path as one file name.
fn tail(path: &Path, count: usize) -> String {
    if path == Path::new("-") {
        return "stdin".to_string();
    }
    let parts: Vec<String> = path
        .components()
        .filter_map(|part| match part {
            Component::Normal(name) => Some(redact_path(&name.to_string_lossy()).into_owned()),
            _ => None,
        })
        .collect();
    let joined = parts[parts.len().saturating_sub(count)..].join("_");
    let joined = redact_path(&joined);
    let mut name: String =
        joined.chars().map(|c| if c.is_alphanumeric() || "._-".contains(c) { c } else { '_' }).collect();
    if name.starts_with(['.', '-']) {
        name.replace_range(..1, "_");
    }
    if name.len() > NAME_BYTES {
        // The end of a long name tells more than its start.
        let cut = (name.len() - NAME_BYTES..).find(|at| name.is_char_boundary(*at)).unwrap_or(0);
        name.drain(..cut);
    }
    if name.is_empty() { "bundle".to_string() } else { name }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(paths: &[&str]) -> Vec<String> {
        let paths: Vec<&Path> = paths.iter().map(Path::new).collect();
        let sources: Vec<String> = paths.iter().map(|path| path.display().to_string()).collect();
        names(&paths, &sources, &Known::default(), &mut |_, _| false)
    }

    #[test]
    fn bundles_of_one_name_are_told_apart_by_their_folders() {
        assert_eq!(of(&["in/a.tgz", "in/b.tgz"]), ["a.tgz", "b.tgz"]);
        assert_eq!(of(&["2023/x/a.tgz", "2024/x/a.tgz", "b"]), ["2023_x_a.tgz", "2024_x_a.tgz", "b"]);
        // Whatever the order.
        assert_eq!(of(&["2024/x/a.tgz", "2023/x/a.tgz"]), ["2024_x_a.tgz", "2023_x_a.tgz"]);
        // Names that are one on some file systems.
        assert_eq!(of(&["in/A.tgz", "out/a.tgz"]), ["in_A.tgz", "out_a.tgz"]);
    }

    #[test]
    fn odd_names_stay_inside_the_folder_and_apart() {
        assert_eq!(of(&["a b", "a?b"]), ["a_b", "a_b-2"]);
        assert_eq!(of(&["/tmp/.hidden", "..", "-", "index"]), ["_hidden", "bundle", "stdin", "index-2"]);
        let long = "ä".repeat(200);
        let name = &of(&[&format!("in/{long}")])[0];
        assert!(name.len() <= NAME_BYTES && name.starts_with('ä'), "{name}");
    }

    #[test]
    fn a_report_is_kept_for_its_bundle() {
        let mut known = Known::default();
        known.add("jan/a.tgz", "a.tgz");
        let paths = [Path::new("feb/a.tgz"), Path::new("jan/a.tgz")];
        let sources = ["feb/a.tgz".to_string(), "jan/a.tgz".to_string()];
        assert_eq!(names(&paths, &sources, &known, &mut |_, _| false), ["feb_a.tgz", "a.tgz"]);
        // Moved: the same content under another path takes its report over.
        assert_eq!(names(&paths[..1], &sources[..1], &known, &mut |_, name| name == "a.tgz"), ["a.tgz"]);
        assert_eq!(names(&paths[..1], &sources[..1], &known, &mut |_, _| false), ["feb_a.tgz"]);
    }
}
