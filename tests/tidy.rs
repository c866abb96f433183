//! Keeps the house in order: who may import whom, what a page and a module must have, what the README promises.

#![allow(clippy::expect_used, clippy::unwrap_used)] // a test says what must hold

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// What each top-level module may use; ARCHITECTURE.md states the same table. The order is the reading order.
const MAY_USE: &[(&str, &[&str])] = &[
    ("text", &[]),
    ("artifact", &[]),
    ("catalog", &["text"]),
    ("source", &["text"]),
    ("layout", &["text", "artifact"]),
    ("model", &["text", "artifact", "catalog"]),
    ("parse", &["text", "artifact", "model"]),
    ("logs", &["text", "artifact", "model", "catalog"]),
    ("postmortem", &["text", "model"]),
    ("load", &["text", "artifact", "model", "source", "layout", "parse", "logs"]),
    ("observe", &["text", "artifact", "model", "catalog", "logs", "load", "postmortem"]),
    ("diagnose", &["text", "catalog", "postmortem", "observe"]),
    ("incident", &["model", "catalog", "load", "diagnose", "postmortem"]),
    ("report", &["text", "model", "postmortem"]),
    ("index", &["report"]),
    ("verify", &["text", "report"]),
    ("analyze", &["catalog", "diagnose", "incident", "load", "logs", "model", "observe", "postmortem", "source"]),
    ("error", &["catalog", "source"]),
    ("cli", &["source"]),
    (
        "run",
        &[
            "analyze",
            "catalog",
            "cli",
            "diagnose",
            "error",
            "index",
            "model",
            "observe",
            "postmortem",
            "report",
            "source",
            "text",
            "verify",
        ],
    ),
];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let mut all = Vec::new();
    for entry in fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
        let path = entry.expect("a readable folder").path();
        if path.is_dir() {
            all.extend(files(&path, ending));
        } else if path.extension().is_some_and(|extension| extension == ending) {
            all.push(path);
        }
    }
    all.sort();
    all
}

/// The code of a file without comments and without its tests, which may be a file of their own.
fn code(path: &Path) -> String {
    if path.ends_with("tests.rs") {
        return String::new();
    }
    let text = fs::read_to_string(path).expect("readable");
    let end = text.find("#[cfg(test)]").unwrap_or(text.len());
    text[..end].lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

/// The module a file belongs to: the first part of its path below src.
fn module_of(path: &Path) -> String {
    let below = path.strip_prefix(root().join("src")).expect("below src");
    let first = below.iter().next().expect("a part").to_string_lossy().into_owned();
    first.trim_end_matches(".rs").to_string()
}

#[test]
fn imports_run_one_way() {
    let may_use: BTreeMap<&str, &[&str]> = MAY_USE.iter().copied().collect();
    let mut wrong = Vec::new();
    for path in files(&root().join("src"), "rs") {
        let module = module_of(&path);
        if ["main", "lib"].contains(&module.as_str()) || path.ends_with("src/catalog/build.rs") {
            continue;
        }
        let allowed = may_use.get(module.as_str()).unwrap_or_else(|| panic!("{module} is not in the table"));
        let text = code(&path);
        for (at, _) in text.match_indices("crate::") {
            let rest = &text[at + "crate::".len()..];
            // `use crate::{a, b::c}` or `crate::a::b`
            let names: Vec<String> = match rest.strip_prefix('{') {
                Some(list) => {
                    let list = &list[..list.find("};").unwrap_or(list.len())];
                    list.split(',')
                        .map(|item| item.trim().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect())
                        .collect()
                }
                None => vec![rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()],
            };
            for name in names.into_iter().filter(|name| may_use.contains_key(name.as_str())) {
                if name != module && !allowed.contains(&name.as_str()) {
                    wrong.push(format!("{}: {module} must not use {name}", path.display()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn architecture_states_every_module() {
    let text = fs::read_to_string(root().join("ARCHITECTURE.md")).expect("ARCHITECTURE.md");
    for (module, _) in MAY_USE {
        assert!(text.contains(&format!("`{module}`")), "ARCHITECTURE.md does not speak of `{module}`");
    }
}

#[test]
fn only_main_prints() {
    for path in files(&root().join("src"), "rs") {
        if path.ends_with("src/main.rs") || path.ends_with("src/catalog/build.rs") {
            continue;
        }
        let text = code(&path);
        for word in ["println!", "eprintln!", "print!(", "io::stdout", "io::stderr", "dbg!("] {
            assert!(!text.contains(word), "{} prints ({word})", path.display());
        }
    }
}

#[test]
fn only_the_edges_touch_the_disk() {
    for path in files(&root().join("src"), "rs") {
        let module = module_of(&path);
        if ["source", "run", "main"].contains(&module.as_str()) || path.ends_with("src/catalog/build.rs") {
            continue;
        }
        let text = code(&path);
        for word in ["std::fs", "std::net", "std::process", "SystemTime", "Timestamp::now", "Zoned::now", "env::var"] {
            assert!(!text.contains(word), "{} uses {word}", path.display());
        }
    }
}

#[test]
fn the_judges_name_no_cause() {
    let causes: Vec<String> = files(&root().join("src/catalog/causes"), "md")
        .iter()
        .filter_map(|path| path.file_stem().map(|stem| stem.to_string_lossy().into_owned()))
        .collect();
    assert!(causes.len() > 50, "{} pages", causes.len());
    for path in files(&root().join("src"), "rs") {
        if !["diagnose", "incident", "report", "load"].contains(&module_of(&path).as_str()) {
            continue;
        }
        let text = code(&path);
        for cause in causes.iter().filter(|cause| *cause != "unknown") {
            assert!(!text.contains(&format!("\"{cause}\"")), "{} names {cause}", path.display());
        }
    }
}

#[test]
fn modules_open_with_their_purpose() {
    for path in files(&root().join("src"), "rs") {
        let text = fs::read_to_string(&path).expect("readable");
        assert!(text.starts_with("//! "), "{} does not open with //!", path.display());
    }
}

#[test]
fn pages_put_values_into_code_spans_or_fences() {
    // A value in running Markdown could become a link on some renderers; in code it stays text.
    let plain = [
        "namespace",
        "pod",
        "container",
        "node",
        "workload",
        "restarts",
        "exit_code",
        "ran_for",
        "previous",
        "container_flag",
        "started",
        "finished",
        "observed_start_seconds",
        "suggested_memory_limit",
        "suggested_startup_period",
        "suggested_startup_failure_threshold",
    ];
    let mut wrong = Vec::new();
    for path in files(&root().join("src/catalog/causes"), "md") {
        let text = fs::read_to_string(&path).expect("readable");
        let body = text.splitn(3, "---\n").nth(2).unwrap_or_default();
        let mut fenced = false;
        for line in body.lines() {
            if line.trim_start().starts_with("```") {
                fenced = !fenced;
            }
            if fenced {
                continue;
            }
            for (at, _) in line.match_indices("{{") {
                let name = line[at + 2..].trim_start();
                let name: String = name.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
                let inside_code = line[..at].matches('`').count() % 2 == 1;
                if !inside_code && !plain.contains(&name.as_str()) {
                    wrong.push(format!("{}: {{{{ {name} }}}} in running text", path.display()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
