//! Same bundle, same report: whatever it is packed in, in which order, by how many threads, and on the second run.

use std::fs;
use std::path::Path;

use serde_json::Value;

use super::support::{run, sample, tool};

/// A report without what names the container: the paths below its top folder, no name, no size.
fn comparable(mut report: Value, top: &str) -> Value {
    fn strip(value: &mut Value, top: &str) {
        match value {
            Value::Object(map) => {
                for (key, value) in map.iter_mut() {
                    match value {
                        Value::String(path) if key == "path" => {
                            *path = path.strip_prefix(top).unwrap_or(path).to_owned();
                        }
                        value => strip(value, top),
                    }
                }
            }
            Value::Array(items) => items.iter_mut().for_each(|item| strip(item, top)),
            _ => {}
        }
    }
    strip(&mut report, top);
    report["bundle"]["name"] = Value::Null;
    report["bundle"]["container"] = Value::Null;
    let why = report["bundle"]["layoutWhy"].as_str().unwrap().replace(&format!("`{top}"), "`");
    report["bundle"]["layoutWhy"] = why.into();
    report
}

fn analyze(path: &Path, jobs: &str, format: &str) -> String {
    let run = run(&["analyze", "--jobs", jobs, "--format", format, &path.display().to_string()]);
    assert_eq!(run.status, 0, "{}", run.stderr);
    run.stdout
}

#[test]
fn one_bundle_is_told_alike_however_it_is_packed() {
    let folder = tempfile::tempdir().unwrap();
    let from = sample("database-disk-full-three-victims");
    tool(
        folder.path(),
        &format!(
            "cp -r '{}' b
             tar -cf x.tar b; tar -czf x.tgz b; tar -cf - b | zstd -q > x.tar.zst; tar -cJf x.tar.xz b; zip -qr x.zip b
             find b -type f | sort -r > names
             tar -cf reversed.tar -T names; zip -q reversed.zip -@ < names
             find b -type f | sort -k 2 -t - | awk '{{ print NR % 7, $0 }}' | sort -k 1,1n -s | cut -d ' ' -f 2- > names
             tar -czf shuffled.tgz -T names",
            from.display()
        ),
    );
    let read = |name: &str, jobs: &str| analyze(&folder.path().join(name), jobs, "json");
    let wanted = comparable(serde_json::from_str(&read("b", "1")).unwrap(), "");
    assert_eq!(wanted["incidents"].as_array().unwrap().len(), 4);
    let packed = ["x.tar", "x.tgz", "x.tar.zst", "x.tar.xz", "x.zip", "reversed.tar", "reversed.zip", "shuffled.tgz"];
    for name in packed {
        let found = comparable(serde_json::from_str(&read(name, "1")).unwrap(), "b/");
        for key in ["bundle", "incidents", "gaps", "timeline", "inventory"] {
            assert!(found[key] == wanted[key], "{name}: {key} differs:\n{}\n{}", found[key], wanted[key]);
        }
        assert_eq!(found, wanted, "{name}");
    }
    for name in ["b", "x.tgz", "reversed.zip"] {
        for format in ["json", "md"] {
            let path = folder.path().join(name);
            let first = analyze(&path, "1", format);
            assert!(first == analyze(&path, "8", format), "{name}: --jobs 8 differs");
            assert!(first == analyze(&path, "1", format), "{name}: a second run differs");
        }
    }
}

/// Entries of a tar are looked at by other threads: small ones, ones too large for that, archives among them, and one that
/// is cut short.
#[test]
fn a_tar_is_told_alike_by_any_number_of_threads() {
    let folder = tempfile::tempdir().unwrap();
    let line = "2026-03-03T10:00:00.000000000Z level=info msg=\"request served\" path=/healthz";
    tool(
        folder.path(),
        &format!(
            "cp -r '{}' b
             logs=$(ls -d b/namespaces/*/ | head -1)logs
             for pod in web-1 web-2 web-3 web-4 web-5 web-6; do
                 mkdir -p $logs/$pod
                 yes '{line}' | head -n 20000 > $logs/$pod/app.log || true
                 echo 'panic: runtime error: invalid memory address or nil pointer dereference' >> $logs/$pod/app.log
             done
             yes '{line}' | head -n 90000 > $logs/web-3/app.previous.log || true
             tar -cz -C '{}' . > b/node.tgz; printf 'PK\\003\\004junk' > b/not.zip; gzip -k $logs/web-4/app.log
             find b -type f | sort > names
             tar -cf whole.tar -T names; head -c 6000000 whole.tar > cut.tar; gzip -k whole.tar cut.tar",
            sample("oom-killed").display(),
            sample("slow-start-killed-by-liveness").display(),
        ),
    );
    for name in ["whole.tar", "whole.tar.gz", "cut.tar", "cut.tar.gz"] {
        let path = folder.path().join(name);
        let alone = analyze(&path, "1", "json");
        for jobs in ["2", "3", "8"] {
            assert!(alone == analyze(&path, jobs, "json"), "{name}: --jobs {jobs} differs");
        }
        let report: Value = serde_json::from_str(&alone).unwrap();
        assert_eq!(report["incidents"][0]["cause"], "oom-killed", "{name}");
        let gaps = report["gaps"].as_array().unwrap().iter();
        let mut cut = gaps.filter(|gap| gap["kind"] == "truncated" && gap["path"] != "b/not.zip");
        assert_eq!(cut.next().is_some(), name.starts_with("cut"), "{name}: {}", report["gaps"]);
    }
}

#[test]
fn the_modification_times_of_files_do_not_matter() {
    let folder = tempfile::tempdir().unwrap();
    let from = sample("slow-start-killed-by-liveness");
    tool(folder.path(), &format!("cp -r '{}' b; find b -exec touch -d 2001-02-03 {{}} +", from.display()));
    let old = analyze(&folder.path().join("b"), "2", "md");
    tool(folder.path(), "find b -exec touch {} +");
    assert_eq!(old, analyze(&folder.path().join("b"), "2", "md"));
}

#[test]
fn a_report_in_a_folder_is_the_report_on_standard_output() {
    let folder = tempfile::tempdir().unwrap();
    let from = sample("oom-killed").display().to_string();
    let out = folder.path().join("reports").display().to_string();
    let run = run(&["analyze", "--output", &out, &from]);
    assert_eq!((run.status, run.stdout.as_str()), (0, ""), "{}", run.stderr);
    let written = fs::read_dir(&out).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut written: Vec<String> = written.collect();
    written.sort();
    assert_eq!(written, [".kubemortem", "bundle.md", "index.json", "index.md"]);
    let report = fs::read_to_string(Path::new(&out).join("bundle.md")).unwrap();
    assert_eq!(report, analyze(Path::new(&from), "1", "md"));
}
