//! The collector's `SHA256SUMS`: a bundle that was edited after collection says so.

use std::fs;

use super::support::{gaps, has_gap, report, run, run_with, sample, tool};

#[test]
fn an_edited_bundle_is_said_to_be_one() {
    let folder = tempfile::tempdir().unwrap();
    let from = sample("oom-killed").display().to_string();
    tool(folder.path(), &format!("cp -r '{from}' b; tar -czf whole.tgz b"));
    let whole = report(&folder.path().join("whole.tgz"));
    let files = whole["bundle"]["files"].as_u64().unwrap();
    let integrity = |intact: u64, changed: u64, missing: u64, added: u64| serde_json::json!({ "intact": intact, "changed": changed, "missing": missing, "added": added });
    assert_eq!(whole["bundle"]["integrity"], integrity(files - 1, 0, 0, 0));
    let written = run(&["analyze", &folder.path().join("b").display().to_string()]);
    assert!(written.stdout.contains("- **As collected:** "), "{}", written.stdout);

    tool(
        folder.path(),
        "echo >> b/cluster/nodes.json; rm b/commands.tsv; echo note > b/note.txt; tar -czf edited.tgz b; zip -qr edited.zip b",
    );
    for (name, top) in [("b", ""), ("edited.tgz", "b/"), ("edited.zip", "b/")] {
        let edited = report(&folder.path().join(name));
        assert_eq!(edited["bundle"]["integrity"], integrity(files - 3, 1, 1, 1), "{name}");
        has_gap(&edited, &format!("{top}cluster/nodes.json"), "unreadable", "was changed after collection");
        has_gap(&edited, &format!("{top}commands.tsv"), "absent", "was taken out after collection");
        has_gap(&edited, &format!("{top}note.txt"), "notCollected", "was added after collection");
        assert_eq!(edited["incidents"][0]["cause"], "oom-killed");
    }
    let written = run(&["analyze", &folder.path().join("edited.zip").display().to_string()]);
    let line = "- **Edited after collection:** 1 file changed, 1 file taken out and 1 file added";
    assert!(written.stdout.contains(line), "{}", written.stdout);

    // Without its sums nothing is said, and a cut archive is cut, not edited.
    fs::remove_file(folder.path().join("b/SHA256SUMS")).unwrap();
    assert!(report(&folder.path().join("b"))["bundle"]["integrity"].is_null());
    tool(folder.path(), "head -c $(( $(stat -c %s whole.tgz) / 2 )) whole.tgz > cut.tgz");
    let cut = report(&folder.path().join("cut.tgz"));
    assert!(gaps(&cut).iter().all(|(_, _, what)| !what.contains("after collection")), "{:#?}", gaps(&cut));
}

/// Files are hashed as they are read where the header announces the sums or they came first, and by a second reading
/// where they only turn up; standard input is read once.
#[test]
fn edits_are_told_wherever_the_sums_stand() {
    let folder = tempfile::tempdir().unwrap();
    tool(
        folder.path(),
        &format!(
            "cp -r '{}' silent; cp -r silent announced
             cd announced
             echo 'checksums: SHA256SUMS' >> kubemortem.yaml
             grep -v ' kubemortem.yaml$' SHA256SUMS > sums; sha256sum kubemortem.yaml >> sums; mv sums SHA256SUMS
             cd ..
             for top in silent announced; do
                 files=$(cd $top && find . -type f ! -name SHA256SUMS ! -name kubemortem.yaml | sed 's#^./##' | sort)
                 echo >> $top/cluster/nodes.json
                 (cd $top && tar -cf ../$top-last.tar kubemortem.yaml $files SHA256SUMS)
                 (cd $top && tar -cf ../$top-first.tar SHA256SUMS kubemortem.yaml $files)
                 (cd $top && tar -cf ../$top-middle.tar $files SHA256SUMS kubemortem.yaml)
             done",
            sample("oom-killed").display()
        ),
    );
    for top in ["silent", "announced"] {
        for place in ["last", "first", "middle"] {
            let path = folder.path().join(format!("{top}-{place}.tar"));
            let whole = report(&path);
            let files = whole["bundle"]["files"].as_u64().unwrap();
            let wanted = serde_json::json!({ "intact": files - 2, "changed": 1, "missing": 0, "added": 0 });
            assert_eq!(whole["bundle"]["integrity"], wanted, "{top}, {place}");
            has_gap(&whole, "cluster/nodes.json", "unreadable", "was changed after collection");
            let piped = run_with(&["analyze", "--format", "json", "-"], &fs::read(&path).unwrap()).json();
            assert_eq!(piped["bundle"]["integrity"], wanted, "{top}, {place}, piped");
        }
    }
}

#[test]
fn every_sample_is_as_its_checksums_say() {
    let samples = sample("oom-killed").join("../..");
    let mut checked = 0;
    for entry in fs::read_dir(samples).unwrap() {
        let bundle = entry.unwrap().path().join("bundle");
        if bundle.join("SHA256SUMS").is_file() {
            let integrity = report(&bundle)["bundle"]["integrity"].clone();
            assert!(
                integrity["changed"] == 0 && integrity["missing"] == 0 && integrity["added"] == 0,
                "{}: {integrity}",
                bundle.display()
            );
            checked += 1;
        }
    }
    assert!(checked > 20, "{checked}");
}
