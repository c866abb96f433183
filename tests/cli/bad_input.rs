//! Bad input: each kind gives a clear message or a gap with the file's name, and the rest is still analyzed.

use std::fs::{self, File};
use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

use ::tar::{Builder, EntryType, Header};

use super::support::{DESCRIBE, bundle, gaps, has_gap, report, run, run_with, still_analyzed, tool};

/// A message on standard error, status 2, and nothing on standard output.
fn fails(path: &Path, words: &str) {
    let run = run(&["analyze", &path.display().to_string()]);
    assert_eq!((run.status, run.stdout.as_str()), (2, ""), "{}", run.stderr);
    assert!(run.stderr.starts_with("error: cannot read the bundle: ") && run.stderr.contains(words), "{}", run.stderr);
}

#[test]
fn nothing_to_read_is_said() {
    let folder =
        bundle(&[("empty.tar.gz", b""), ("junk.7z", b"7z\xbc\xaf\x27\x1c\0\x04"), ("junk.rar", b"Rar!\x1a\x07\x01\0")]);
    let at = |name: &str| folder.path().join(name);
    fails(&at("absent.tar.gz"), "no such file or folder");
    fails(&at("empty.tar.gz"), "is empty");
    fails(&at("junk.7z"), "is a 7z file, which is not read\nhint: ");
    fails(&at("junk.rar"), "is a rar file, which is not read\nhint: ");
    fails(Path::new("/dev/zero"), "is a device");
    fs::create_dir(at("hollow")).unwrap();
    fails(&at("hollow"), "holds no entries");
    let stdin = run_with(&["analyze", "-"], b"");
    assert_eq!(stdin.status, 2);
    assert!(stdin.stderr.contains("stdin: is empty"), "{}", stdin.stderr);
}

#[test]
fn what_is_no_archive_and_no_output_of_kubectl_is_said_to_be_none() {
    let bytes: Vec<u8> = (0..20_000u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    let folder = bundle(&[("photo.tar.gz", &bytes), ("b/photo.jpg", &bytes)]);
    let alone = report(&folder.path().join("photo.tar.gz"));
    assert_eq!(alone["incidents"].as_array().unwrap().len(), 0);
    has_gap(&alone, "photo.tar.gz", "unreadable", "holds nothing that kubectl prints");
    let written = run(&["analyze", &folder.path().join("photo.tar.gz").display().to_string()]);
    assert!(written.stdout.contains("nothing can be said about their health"), "{}", written.stdout);
    still_analyzed(&folder.path().join("b"));
}

#[test]
fn archives_that_were_cut_are_read_as_far_as_they_go() {
    // What cannot be compressed, so that a cut of the archive is a cut of this file.
    let mut state = 0x9e37_79b9_7f4a_7c15u64;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 32) as u8
    };
    let noise: Vec<u8> = (0..400_000).map(|_| next()).collect();
    let folder = bundle(&[("b/z/last.bin", &noise)]);
    tool(
        folder.path(),
        "names='b/describe-web-0.txt b/z/last.bin'
         tar -cf x.tar $names; tar -czf x.tgz $names; tar -cf - $names | zstd -q > x.tar.zst; tar -cJf x.tar.xz $names
         zip -q x.zip $names
         for x in x.tar x.tgz x.tar.zst x.tar.xz x.zip; do head -c $(( $(stat -c %s $x) * 2 / 3 )) $x > cut; mv cut $x; done",
    );
    for name in ["x.tar", "x.tgz", "x.tar.zst", "x.tar.xz", "x.zip"] {
        let report = still_analyzed(&folder.path().join(name));
        let cut = gaps(&report).into_iter().any(|(path, kind, _)| kind == "truncated" && path == "b/z/last.bin");
        assert!(cut, "{name}: {:#?}", gaps(&report));
    }
}

#[test]
fn a_wrong_ending_does_not_matter() {
    let folder = bundle(&[]);
    tool(folder.path(), "tar -czf x.zip b; zip -qr x.tar.gz b; tar -cf x.txt b; tar -cf - b | zstd -q > x.log");
    for name in ["x.zip", "x.tar.gz", "x.txt", "x.log"] {
        still_analyzed(&folder.path().join(name));
    }
}

#[test]
fn encrypted_entries_are_named() {
    let folder = bundle(&[("b/events.txt", b"x")]);
    tool(folder.path(), "zip -q -P secret x.zip b/events.txt; zip -q x.zip b/describe-web-0.txt");
    has_gap(&still_analyzed(&folder.path().join("x.zip")), "b/events.txt", "unreadable", "is encrypted");
    tool(folder.path(), "zip -q -P secret all.zip b/events.txt");
    let all = run(&["analyze", "--format", "json", &folder.path().join("all.zip").display().to_string()]).json();
    has_gap(&all, "b/events.txt", "unreadable", "is encrypted");
}

#[test]
fn invalid_utf8_and_nul_bytes_are_read_past() {
    let mut describe = DESCRIBE.replace("web-0", "web-1").into_bytes();
    let at = describe.windows(9).position(|window| window == b"OOMKilled").unwrap();
    describe.splice(at - 2..at - 2, *b"\xff\0\xfe");
    let log = b"\0\0\0starting \xc3\x28 \xff\xfe\x80 ok\n2026-06-16T08:20:01Z \xf0\x28\x8c\x28 done\n";
    let folder = bundle(&[("b/web-0.log", log), ("b/describe-broken.txt", &describe)]);
    let report = report(&folder.path().join("b"));
    let names: Vec<&str> =
        report["incidents"].as_array().unwrap().iter().filter_map(|i| i["subject"]["name"].as_str()).collect();
    assert!(names.contains(&"web-0") && names.contains(&"web-1"), "{names:?}");
}

/// A debug build reads these in seconds; a quadratic step would take hours.
const LONG: Duration = Duration::from_secs(120);

#[test]
fn a_line_of_200_megabytes_is_read_in_flat_time() {
    let folder = bundle(&[]);
    for (name, start) in [("app.log", "2026-06-16T08:20:01Z starting\n"), ("notes.txt", "{\"kind\": \"")] {
        let mut file = File::create(folder.path().join("b").join(name)).unwrap();
        file.write_all(start.as_bytes()).unwrap();
        let block = vec![b'x'; 1 << 20];
        for _ in 0..200 {
            file.write_all(&block).unwrap();
        }
    }
    let started = Instant::now();
    let report = report(&folder.path().join("b"));
    assert_eq!(report["incidents"][0]["cause"], "oom-killed");
    assert!(started.elapsed() < LONG, "{:?}", started.elapsed());
}

#[test]
fn json_that_was_cut_gives_the_objects_before_the_cut() {
    let pod = |name: &str| {
        format!(
            r#"{{"apiVersion":"v1","kind":"Pod","metadata":{{"name":"{name}","namespace":"shop"}},"spec":{{"containers":[{{"name":"app","image":"x"}}]}},"status":{{"phase":"Running","containerStatuses":[{{"name":"app","ready":false,"restartCount":3,"state":{{"waiting":{{"reason":"CrashLoopBackOff"}}}},"lastState":{{"terminated":{{"exitCode":137,"reason":"OOMKilled"}}}}}}]}}}}"#
        )
    };
    let whole =
        format!(r#"{{"apiVersion":"v1","kind":"List","items":[{},{},{}]}}"#, pod("api-0"), pod("api-1"), pod("api-2"));
    let cut = &whole[..whole.len() - 150];
    let folder = bundle(&[("b/pods.json", cut.as_bytes())]);
    let report = report(&folder.path().join("b"));
    has_gap(&report, "pods.json", "truncated", "");
    let names: Vec<&str> =
        report["incidents"].as_array().unwrap().iter().filter_map(|i| i["subject"]["name"].as_str()).collect();
    assert_eq!(names, ["api-0", "api-1", "web-0"]);
}

#[test]
fn a_yaml_alias_bomb_is_a_gap() {
    let mut bomb =
        String::from("apiVersion: v1\nkind: Pod\na0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol, lol]\n");
    for level in 1..=12 {
        let of = vec![format!("*a{}", level - 1); 10].join(", ");
        bomb.push_str(&format!("a{level}: &a{level} [{of}]\n"));
    }
    bomb.push_str("metadata:\n  name: bomb\n  annotations: *a12\n");
    let folder = bundle(&[("b/bomb.yaml", bomb.as_bytes())]);
    let started = Instant::now();
    let report = still_analyzed(&folder.path().join("b"));
    assert!(
        gaps(&report).iter().any(|(path, kind, _)| *path == "bomb.yaml" && *kind == "unreadable"),
        "{:#?}",
        gaps(&report)
    );
    assert!(started.elapsed() < LONG);
}

fn add(tar: &mut Builder<Vec<u8>>, name: &[u8], kind: EntryType, link: Option<&str>, content: &[u8]) {
    let mut header = Header::new_gnu();
    header.as_old_mut().name[..name.len()].copy_from_slice(name);
    header.set_entry_type(kind);
    header.set_size(content.len() as u64);
    header.set_mode(0o644);
    if let Some(link) = link {
        header.set_link_name_literal(link).unwrap();
    }
    header.set_cksum();
    tar.append(&header, content).unwrap();
}

#[test]
fn names_that_leave_the_archive_links_and_devices_are_refused() {
    let mut tar = Builder::new(Vec::new());
    let file = EntryType::Regular;
    add(&mut tar, b"b/describe-web-0.txt", file, None, DESCRIBE.as_bytes());
    let other = DESCRIBE.replace("web-0", "evil-0");
    for name in [&b"/etc/cron.d/evil.txt"[..], b"b/../../evil.txt", b"../evil.txt"] {
        add(&mut tar, name, file, None, other.as_bytes());
    }
    add(&mut tar, b"b/passwd.txt", EntryType::Symlink, Some("/etc/passwd"), b"");
    add(&mut tar, b"b/hard.txt", EntryType::Link, Some("/etc/passwd"), b"");
    add(&mut tar, b"b/disk", EntryType::Block, None, b"");
    add(&mut tar, b"b/pipe", EntryType::Fifo, None, b"");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.tar");
    fs::write(&path, tar.into_inner().unwrap()).unwrap();
    let report = still_analyzed(&path);
    for (name, words) in [
        ("/etc/cron.d/evil.txt", "absolute"),
        ("b/../../evil.txt", ".."),
        ("../evil.txt", ".."),
        ("b/passwd.txt", "symbolic link to /etc/passwd"),
        ("b/hard.txt", "hard link to /etc/passwd"),
        ("b/disk", "device"),
        ("b/pipe", "pipe"),
    ] {
        has_gap(&report, name, "unreadable", words);
    }
    let left: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, ["x.tar"], "nothing is written");
}

#[cfg(unix)]
#[test]
fn links_in_a_folder_are_not_followed() {
    let folder = bundle(&[("outside.txt", DESCRIBE.replace("web-0", "evil-0").as_bytes())]);
    std::os::unix::fs::symlink("../outside.txt", folder.path().join("b/link.txt")).unwrap();
    std::os::unix::fs::symlink("..", folder.path().join("b/up")).unwrap();
    let report = still_analyzed(&folder.path().join("b"));
    has_gap(&report, "link.txt", "unreadable", "symbolic link");
    has_gap(&report, "up", "unreadable", "symbolic link");
}

#[test]
fn of_two_entries_of_one_name_the_first_is_read() {
    let mut tar = Builder::new(Vec::new());
    add(&mut tar, b"b/describe.txt", EntryType::Regular, None, DESCRIBE.as_bytes());
    add(&mut tar, b"b/describe.txt", EntryType::Regular, None, DESCRIBE.replace("web-0", "web-9").as_bytes());
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.tar");
    fs::write(&path, tar.into_inner().unwrap()).unwrap();
    has_gap(&still_analyzed(&path), "b/describe.txt", "unreadable", "more than once");
}

#[test]
fn a_hundred_thousand_entries_are_read_and_a_limit_is_said() {
    let mut tar = Builder::new(Vec::new());
    for number in 0..100_000 {
        add(&mut tar, format!("b/logs/{number}.log").as_bytes(), EntryType::Regular, None, b"");
    }
    add(&mut tar, b"b/describe-web-0.txt", EntryType::Regular, None, DESCRIBE.as_bytes());
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.tar");
    fs::write(&path, tar.into_inner().unwrap()).unwrap();
    let started = Instant::now();
    let whole = report(&path);
    assert_eq!(whole["incidents"][0]["cause"], "oom-killed");
    assert_eq!(whole["bundle"]["files"], 100_001);
    assert!(started.elapsed() < LONG, "{:?}", started.elapsed());
    let limited = run(&["analyze", "--format", "json", "--max-entries", "10", &path.display().to_string()]).json();
    has_gap(&limited, "x.tar", "truncated", "holds more than 10 entries");
}

#[test]
fn archives_in_archives_are_read_as_deep_as_the_limit_says() {
    let folder = bundle(&[]);
    tool(folder.path(), "mkdir o; tar -czf o/inner.tar.gz b; tar -czf x.tgz o; tar -czf y.tgz x.tgz");
    let report = still_analyzed(&folder.path().join("x.tgz"));
    assert_eq!(report["incidents"][0]["evidence"][0]["path"], "o/inner.tar.gz/b/describe-web-0.txt");
    let deep = still_analyzed(&folder.path().join("y.tgz"));
    assert_eq!(deep["incidents"][0]["evidence"][0]["path"], "x.tgz/o/inner.tar.gz/b/describe-web-0.txt");
    let path = folder.path().join("y.tgz").display().to_string();
    let shallow = run(&["analyze", "--format", "json", "--max-nesting", "1", &path]).json();
    has_gap(&shallow, "x.tgz/o/inner.tar.gz", "truncated", "archives are read to level 1");
}

#[test]
fn a_compressed_log_inside_is_read() {
    let log = "2026-06-16T08:20:05Z java.lang.OutOfMemoryError: Java heap space\n";
    let folder = bundle(&[("b/logs/web-0/app.previous.log", log.as_bytes())]);
    tool(folder.path(), "gzip b/logs/web-0/app.previous.log; tar -cf x.tar b");
    for name in ["b", "x.tar"] {
        let inspected = run(&["inspect", &folder.path().join(name).display().to_string()]);
        let line = inspected.stdout.lines().find(|line| line.contains("app.previous.log.gz")).unwrap_or_default();
        assert!(line.contains(&log.len().to_string()) && line.contains("log"), "{}", inspected.stdout);
    }
}
