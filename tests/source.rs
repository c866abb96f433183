//! Opens real archives made by the real tools, and hostile ones made by hand.

#![allow(clippy::expect_used, clippy::unwrap_used)] // a test says what must hold
#![allow(missing_docs)]

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;

use kubemortem::source::{self, Entry, Input, Limits, Opened, SourceError, TroubleKind, Visitor};
use tempfile::TempDir;

/// Keeps everything that it is handed.
#[derive(Default)]
struct Keep(Mutex<BTreeMap<String, Vec<u8>>>);

impl Visitor for Keep {
    fn entry(&self, entry: Entry<'_>) {
        let mut content = Vec::new();
        entry.reader.read_to_end(&mut content).expect("the reader of an entry never fails");
        assert_eq!(entry.reader.read(&mut [0; 8]).expect("nor after its end"), 0);
        let before = self.0.lock().unwrap().insert(entry.path.clone(), content);
        assert!(before.is_none(), "{} was handed over twice", entry.path);
    }
}

/// What came out of an input.
struct Outcome {
    files: BTreeMap<String, Vec<u8>>,
    opened: Opened,
}

impl Outcome {
    fn paths(&self) -> Vec<&str> {
        self.files.keys().map(String::as_str).collect()
    }

    fn text(&self, path: &str) -> &str {
        std::str::from_utf8(&self.files[path]).unwrap()
    }

    fn troubles(&self) -> Vec<(&str, TroubleKind)> {
        self.opened.troubles.iter().map(|trouble| (trouble.path.as_str(), trouble.kind)).collect()
    }

    fn sound(self) -> Self {
        assert_eq!(self.opened.troubles, []);
        self
    }
}

fn open_with(path: &Path, limits: &Limits) -> Result<Outcome, SourceError> {
    let keep = Keep::default();
    let opened = source::open(&Input::Path(path.to_owned()), limits, &keep)?;
    let files = keep.0.into_inner().unwrap();
    assert_eq!(opened.entries, files.len() as u64);
    assert_eq!(opened.bytes, files.values().map(|content| content.len() as u64).sum::<u64>());
    for trouble in &opened.troubles {
        assert!(!trouble.what.ends_with('.') && !trouble.what.is_empty(), "{trouble:?}");
        assert!(!trouble.what.starts_with(char::is_uppercase), "{trouble:?}");
    }
    Ok(Outcome { files, opened })
}

fn open(path: &Path) -> Outcome {
    open_with(path, &Limits::default()).unwrap()
}

fn stream(name: &str, bytes: &[u8], limits: &Limits) -> Result<Outcome, SourceError> {
    let keep = Keep::default();
    let opened = source::open_reader(name, bytes, limits, &keep)?;
    Ok(Outcome { files: keep.0.into_inner().unwrap(), opened })
}

/// Runs a tool in a folder; a tool that is missing or fails is a failure of the test.
fn run(folder: &Path, command: &str, arguments: &[&str]) {
    let status = Command::new(command).args(arguments).current_dir(folder).stdout(Stdio::null()).status();
    assert!(status.unwrap_or_else(|error| panic!("{command}: {error}")).success(), "{command} {arguments:?}");
}

/// A folder with a small bundle in `b/`, and the file that `make` leaves in it.
fn bundle() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let write = |path: &str, content: &str| {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    };
    write("b/pods.txt", "NAME READY STATUS\nweb-0 0/1 CrashLoopBackOff\n");
    write("b/logs/web-0.log", "connecting\nrefused\n");
    write("b/logs/empty.log", "");
    write("b/.DS_Store", "litter");
    write("b/logs/._web-0.log", "litter");
    write("b/__MACOSX/pods.txt", "litter");
    folder
}

const PATHS: [&str; 3] = ["b/logs/empty.log", "b/logs/web-0.log", "b/pods.txt"];

fn expect_bundle(read: Outcome, container: &str) {
    let read = read.sound();
    assert_eq!(read.paths(), PATHS);
    assert_eq!(read.text("b/logs/web-0.log"), "connecting\nrefused\n");
    assert_eq!(read.text("b/logs/empty.log"), "");
    assert_eq!(read.opened.container, container);
}

#[test]
fn tars_plain_and_compressed_by_content_not_by_name() {
    let folder = bundle();
    for (arguments, container) in [
        (["-cf", "x", "b"], "tar"),
        (["-czf", "x", "b"], "tar.gz"),
        (["-cJf", "x", "b"], "tar.xz"),
        (["-cjf", "x", "b"], "tar.bz2"),
        (["-c", "--zstd", "-fx"], "tar.zst"),
    ] {
        let mut arguments = arguments.to_vec();
        if container == "tar.zst" {
            arguments.push("b");
        }
        run(folder.path(), "tar", &arguments);
        for name in ["x", "x.tgz", "x.zip", "x.log", "x.tar.xz"] {
            if name != "x" {
                fs::copy(folder.path().join("x"), folder.path().join(name)).unwrap();
            }
            let read = open(&folder.path().join(name));
            assert_eq!(read.opened.name, name);
            expect_bundle(read, container);
        }
        let bytes = fs::read(folder.path().join("x")).unwrap();
        expect_bundle(stream("stdin", &bytes, &Limits::default()).unwrap(), container);
    }
}

#[test]
fn a_tar_of_the_current_folder_keeps_its_spelling() {
    let folder = bundle();
    run(folder.path(), "tar", &["-czf", "x.tgz", "-C", "b", "."]);
    let read = open(&folder.path().join("x.tgz")).sound();
    assert_eq!(read.paths(), ["./logs/empty.log", "./logs/web-0.log", "./pods.txt"]);
}

#[test]
fn zips_from_a_file_and_from_a_stream() {
    let folder = bundle();
    run(folder.path(), "zip", &["-qr", "x.zip", "b"]);
    expect_bundle(open(&folder.path().join("x.zip")), "zip");
    fs::copy(folder.path().join("x.zip"), folder.path().join("x.tar.gz")).unwrap();
    expect_bundle(open(&folder.path().join("x.tar.gz")), "zip");
    let bytes = fs::read(folder.path().join("x.zip")).unwrap();
    expect_bundle(stream("stdin", &bytes, &Limits::default()).unwrap(), "zip");
    run(folder.path(), "gzip", &["-k", "x.zip"]);
    expect_bundle(open(&folder.path().join("x.zip.gz")), "zip.gz");
    // Stored, not deflated.
    run(folder.path(), "zip", &["-qr0", "stored.zip", "b"]);
    expect_bundle(open(&folder.path().join("stored.zip")), "zip");
}

#[test]
fn standard_input_of_a_process_is_read() {
    // A pipe by its path stands for the pipe that a shell makes: `<(...)` and `/dev/stdin` are opened by path.
    let folder = bundle();
    run(folder.path(), "tar", &["-czf", "x.tgz", "b"]);
    run(folder.path(), "mkfifo", &["pipe"]);
    let mut writer = Command::new("sh").args(["-c", "cat x.tgz > pipe"]).current_dir(folder.path()).spawn().unwrap();
    let read = open(&folder.path().join("pipe"));
    assert!(writer.wait().unwrap().success());
    expect_bundle(read, "tar.gz");
}

#[test]
fn folders_are_walked_without_their_name() {
    let folder = bundle();
    let read = open(&folder.path().join("b")).sound();
    assert_eq!(read.paths(), ["logs/empty.log", "logs/web-0.log", "pods.txt"]);
    assert_eq!((read.opened.container, read.opened.name.as_str()), ("folder", "b"));
    let dotted = open(&folder.path().join("b/logs/..")).sound();
    assert_eq!(dotted.opened.name, "b");
}

#[test]
fn single_files_plain_and_compressed() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    fs::write(at("pod.log"), "one\ntwo\n").unwrap();
    let read = open(&at("pod.log")).sound();
    assert_eq!((read.paths(), read.opened.container), (vec!["pod.log"], "file"));
    for (tool, ending, container) in
        [("gzip", "gz", "gz"), ("xz", "xz", "xz"), ("zstd", "zst", "zst"), ("bzip2", "bz2", "bz2")]
    {
        run(folder.path(), tool, &["-k", "-q", "pod.log"]);
        let read = open(&at(&format!("pod.log.{ending}"))).sound();
        assert_eq!((read.paths(), read.opened.container), (vec!["pod.log"], container));
        assert_eq!(read.text("pod.log"), "one\ntwo\n");
        fs::rename(at(&format!("pod.log.{ending}")), at("pod.bin")).unwrap();
        assert_eq!(open(&at("pod.bin")).sound().paths(), ["pod.bin"]);
    }
    let read = stream("stdin", b"one\n", &Limits::default()).unwrap().sound();
    assert_eq!((read.paths(), read.text("stdin")), (vec!["stdin"], "one\n"));
}

#[test]
fn gzip_members_padding_and_junk() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    fs::write(at("one"), "one\n").unwrap();
    fs::write(at("two"), "two\n").unwrap();
    run(folder.path(), "sh", &["-c", "gzip -c one > x.gz; gzip -c two >> x.gz"]);
    assert_eq!(open(&at("x.gz")).sound().text("x"), "one\ntwo\n");
    run(folder.path(), "sh", &["-c", "head -c 1000 /dev/zero >> x.gz"]);
    assert_eq!(open(&at("x.gz")).sound().text("x"), "one\ntwo\n");
    run(folder.path(), "sh", &["-c", "echo junk >> x.gz"]);
    let read = open(&at("x.gz"));
    assert_eq!(read.text("x"), "one\ntwo\n");
    assert_eq!(read.troubles(), [("x", TroubleKind::Unreadable)]);
    // The same behind a tar.
    run(folder.path(), "sh", &["-c", "tar -czf x.tgz one two; echo junk >> x.tgz"]);
    let read = open(&at("x.tgz"));
    assert_eq!(read.paths(), ["one", "two"]);
    assert_eq!(read.troubles(), [("x.tgz", TroubleKind::Unreadable)]);
}

#[test]
fn compressed_entries_keep_their_path() {
    let folder = bundle();
    run(folder.path(), "gzip", &["b/logs/web-0.log"]);
    run(folder.path(), "sh", &["-c", "zstd -q b/pods.txt && rm b/pods.txt"]);
    run(folder.path(), "tar", &["-czf", "x.tgz", "b"]);
    run(folder.path(), "zip", &["-qr", "x.zip", "b"]);
    for name in ["x.tgz", "x.zip"] {
        let read = open(&folder.path().join(name)).sound();
        assert_eq!(read.paths(), ["b/logs/empty.log", "b/logs/web-0.log.gz", "b/pods.txt.zst"]);
        assert_eq!(read.text("b/logs/web-0.log.gz"), "connecting\nrefused\n");
        assert!(read.text("b/pods.txt.zst").starts_with("NAME"));
    }
    let read = open(&folder.path().join("b")).sound();
    assert_eq!(read.text("logs/web-0.log.gz"), "connecting\nrefused\n");
}

#[test]
fn archives_in_archives_are_read_as_deep_as_the_limit_says() {
    let folder = bundle();
    run(
        folder.path(),
        "sh",
        &[
            "-c",
            "
        mkdir outer; tar -czf outer/inner.tar.gz b; zip -qr outer/inner.zip b
        mkdir deep; cp outer/inner.tar.gz outer/inner.zip deep/; cp deep/* .
        tar -cf outer/deep.tar deep; (cd deep && zip -q0 ../outer/deep.zip inner.tar.gz inner.zip)
        tar -czf x.tgz outer; zip -qr x.zip outer",
        ],
    );
    for (name, prefix) in [("x.tgz", "outer/"), ("x.zip", "outer/"), ("outer", "")] {
        let read = open_with(&folder.path().join(name), &Limits { nesting: 1, ..Limits::default() }).unwrap();
        let mut expected = Vec::new();
        for inner in ["inner.tar.gz", "inner.zip"] {
            expected.extend(PATHS.iter().map(|path| format!("{prefix}{inner}/{path}")));
        }
        assert_eq!(read.paths(), expected, "{name}");
        assert_eq!(read.text(&expected[1]), "connecting\nrefused\n");
        let deeper =
            ["deep.tar/deep/inner.tar.gz", "deep.tar/deep/inner.zip", "deep.zip/inner.tar.gz", "deep.zip/inner.zip"];
        let deeper: Vec<String> = deeper.iter().map(|path| format!("{prefix}{path}")).collect();
        let troubles = read.troubles();
        assert_eq!(troubles, deeper.iter().map(|path| (path.as_str(), TroubleKind::LimitMet)).collect::<Vec<_>>());

        let all = open(&folder.path().join(name)).sound();
        assert_eq!(all.files.len(), 3 * 6);
        let none = open_with(&folder.path().join(name), &Limits { nesting: 0, ..Limits::default() }).unwrap();
        assert_eq!((none.files.len(), none.opened.troubles.len()), (0, 4));
    }
}

#[test]
fn what_is_not_there_or_empty_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let fails = |name: &str| match open_with(&at(name), &Limits::default()) {
        Ok(_) => panic!("{name} was read"),
        Err(error) => error,
    };
    assert!(matches!(fails("missing.tgz"), SourceError::Absent { .. }));
    fs::write(at("empty.txt"), "").unwrap();
    let error = fails("empty.txt");
    assert!(matches!(error, SourceError::Empty { .. }));
    assert!(error.to_string().ends_with("empty.txt: is empty"), "{error}");
    run(folder.path(), "gzip", &["-k", "empty.txt"]);
    assert!(matches!(fails("empty.txt.gz"), SourceError::Empty { .. }));
    fs::create_dir(at("folder")).unwrap();
    assert!(matches!(fails("folder"), SourceError::Empty { .. }));
    run(folder.path(), "tar", &["-cf", "empty.tar", "-T", "/dev/null"]);
    assert!(matches!(fails("empty.tar"), SourceError::Empty { .. }));
    run(folder.path(), "tar", &["-czf", "empty.tgz", "-T", "/dev/null"]);
    assert!(matches!(fails("empty.tgz"), SourceError::Empty { .. }));
    fs::write(at("empty.zip"), b"PK\x05\x06\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0").unwrap();
    assert!(matches!(fails("empty.zip"), SourceError::Empty { .. }));
    assert!(matches!(stream("stdin", b"", &Limits::default()), Err(SourceError::Empty { .. })));
    fs::write(at("x.7z"), b"7z\xbc\xaf\x27\x1c\0\x04").unwrap();
    assert!(matches!(fails("x.7z"), SourceError::Unreadable { .. }));
    fs::write(at("cut.gz"), b"\x1f\x8b\x08\0\0\0").unwrap();
    assert!(matches!(fails("cut.gz"), SourceError::Unreadable { .. }));
    let device = source::open(&Input::Path("/dev/null".into()), &Limits::default(), &Keep::default());
    assert!(matches!(device, Err(SourceError::Unreadable { .. })));
}

/// Lines that do not compress to nothing.
fn noise(lines: u32) -> String {
    let mut state = 1u32;
    (0..lines)
        .map(|line| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            format!("{line} {state:08x}\n")
        })
        .collect()
}

fn cut(path: &Path, keep: impl Fn(usize) -> usize) {
    let bytes = fs::read(path).unwrap();
    fs::write(path, &bytes[..keep(bytes.len())]).unwrap();
}

#[test]
fn truncated_tars_are_read_as_far_as_they_go() {
    let folder = bundle();
    let content = noise(40_000);
    fs::write(folder.path().join("b/zz.log"), &content).unwrap();
    let pack = "--sort=name -c";
    for (flags, container) in [("-f x", "tar"), ("-zf x", "tar.gz"), ("-Jf x", "tar.xz"), ("--zstd -f x", "tar.zst")] {
        run(folder.path(), "sh", &["-c", &format!("tar {pack} {flags} b")]);
        let path = folder.path().join("x");
        cut(&path, |length| length / 2);
        let read = open(&path);
        assert_eq!(read.opened.container, container);
        assert_eq!(read.paths(), ["b/logs/empty.log", "b/logs/web-0.log", "b/pods.txt", "b/zz.log"], "{container}");
        let came = read.text("b/zz.log");
        assert!(content.starts_with(came) && came.len() > 1000 && came.len() < content.len(), "{container}");
        assert_eq!(
            read.troubles(),
            [("b/zz.log", TroubleKind::Truncated), ("x", TroubleKind::Truncated)],
            "{container}"
        );
    }
}

#[test]
fn a_tar_cut_between_entries_says_so() {
    let folder = bundle();
    run(folder.path(), "tar", &["--sort=name", "-cf", "x.tar", "b/pods.txt", "b/logs/web-0.log"]);
    // A header and a block for the first entry, nothing of the second.
    cut(&folder.path().join("x.tar"), |_| 1024);
    let read = open(&folder.path().join("x.tar"));
    assert_eq!(read.paths(), ["b/pods.txt"]);
    assert_eq!(read.troubles(), [("x.tar", TroubleKind::Truncated)]);
    assert!(read.opened.troubles[0].what.contains("after b/pods.txt"));
}

#[test]
fn truncated_single_files() {
    let folder = tempfile::tempdir().unwrap();
    let content = noise(40_000);
    fs::write(folder.path().join("x"), &content).unwrap();
    for (tool, ending) in [("gzip", "gz"), ("xz", "xz"), ("zstd", "zst")] {
        run(folder.path(), tool, &["-k", "-q", "x"]);
        let path = folder.path().join(format!("x.{ending}"));
        cut(&path, |length| length / 2);
        let read = open(&path);
        let came = read.text("x");
        assert!(content.starts_with(came) && came.len() > 1000, "{tool}");
        assert_eq!(read.troubles(), [("x", TroubleKind::Truncated)], "{tool}");
    }
}

#[test]
fn of_a_cut_or_damaged_bzip2_the_whole_blocks_are_read() {
    let folder = tempfile::tempdir().unwrap();
    let content = noise(40_000);
    let path = folder.path().join("x.bz2");
    let pack = || {
        fs::write(folder.path().join("x"), &content).unwrap();
        // Blocks of 100,000 bytes.
        run(folder.path(), "bzip2", &["-1", "-k", "-f", "x"]);
    };
    pack();
    cut(&path, |length| length / 2);
    let read = open(&path);
    let came = read.text("x");
    assert!(content.starts_with(came) && came.len() >= 100_000 && came.len() < content.len(), "{}", came.len());
    assert_eq!(read.troubles(), [("x", TroubleKind::Truncated)]);
    pack();
    let mut bytes = fs::read(&path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0x55;
    fs::write(&path, bytes).unwrap();
    let read = open(&path);
    // A block's checksum is known when its bytes are out.
    assert_eq!(read.text("x").get(..100_000), content.get(..100_000));
    assert_eq!(read.troubles(), [("x", TroubleKind::Unreadable)]);
}

#[test]
fn truncated_zips_are_read_from_the_front() {
    let folder = bundle();
    let content = noise(40_000);
    fs::write(folder.path().join("b/zz.log"), &content).unwrap();
    // With sizes before the data, with sizes behind it (as a stream is written), and stored.
    let writers = [
        "zip -q x.zip b/logs/empty.log b/logs/web-0.log b/pods.txt b/zz.log",
        "zip -q - b/logs/empty.log b/logs/web-0.log b/pods.txt b/zz.log | cat > x.zip",
        "zip -q0 x.zip b/logs/empty.log b/logs/web-0.log b/pods.txt b/zz.log",
        "zip -q0 - b/logs/empty.log b/logs/web-0.log b/pods.txt b/zz.log | cat > x.zip",
    ];
    for writer in writers {
        run(folder.path(), "sh", &["-c", &format!("rm -f x.zip; {writer}")]);
        let path = folder.path().join("x.zip");
        assert_eq!(open(&path).sound().text("b/zz.log"), content, "{writer}");
        let whole = fs::read(&path).unwrap();
        let directory = whole.windows(4).position(|window| window == b"PK\x01\x02").unwrap();

        // Only the directory is gone.
        fs::write(&path, &whole[..directory]).unwrap();
        let read = open(&path);
        assert_eq!(read.text("b/zz.log"), content, "{writer}");
        assert_eq!(read.files.len(), 4, "{writer}");
        assert_eq!(read.troubles(), [("x.zip", TroubleKind::Truncated)], "{writer}");

        // An entry is cut.
        fs::write(&path, &whole[..directory / 2]).unwrap();
        let read = open(&path);
        let came = read.text("b/zz.log");
        assert!(content.starts_with(came) && came.len() > 1000, "{writer}");
        assert_eq!(read.text("b/logs/web-0.log"), "connecting\nrefused\n");
        assert_eq!(
            read.troubles(),
            [("b/zz.log", TroubleKind::Truncated), ("x.zip", TroubleKind::Truncated)],
            "{writer}"
        );
        let streamed = stream("stdin", &whole[..directory / 2], &Limits::default()).unwrap();
        assert_eq!(streamed.paths(), read.paths());
    }
}

#[test]
fn a_zip_with_a_damaged_directory_is_read_from_the_front() {
    let folder = bundle();
    run(folder.path(), "zip", &["-qr", "x.zip", "b"]);
    let path = folder.path().join("x.zip");
    let mut bytes = fs::read(&path).unwrap();
    let directory = bytes.windows(4).rposition(|window| window == b"PK\x01\x02").unwrap();
    bytes[directory] = b'X';
    fs::write(&path, bytes).unwrap();
    let read = open(&path);
    assert_eq!(read.paths(), PATHS);
    assert_eq!(read.troubles(), [("x.zip", TroubleKind::Unreadable)]);
}

#[test]
fn encrypted_entries_are_refused_and_the_others_read() {
    let folder = bundle();
    run(folder.path(), "zip", &["-q", "-P", "secret", "x.zip", "b/pods.txt"]);
    run(folder.path(), "zip", &["-q", "x.zip", "b/logs/web-0.log"]);
    let path = folder.path().join("x.zip");
    let read = open(&path);
    assert_eq!(read.paths(), ["b/logs/web-0.log"]);
    assert_eq!(read.troubles(), [("b/pods.txt", TroubleKind::Refused)]);
    assert!(read.opened.troubles[0].what.contains("encrypted"));
    let bytes = fs::read(&path).unwrap();
    let directory = bytes.windows(4).position(|window| window == b"PK\x01\x02").unwrap();
    fs::write(&path, &bytes[..directory]).unwrap();
    let read = open(&path);
    assert_eq!(read.paths(), ["b/logs/web-0.log"]);
    assert_eq!(read.troubles(), [("b/pods.txt", TroubleKind::Refused), ("x.zip", TroubleKind::Truncated)]);
}

/// Sets the method of every compressed entry of a zip: in the headers before the entries and in the directory.
fn set_method(bytes: &mut [u8], method: u16) {
    for (signature, at) in [(b"PK\x03\x04", 8), (b"PK\x01\x02", 10)] {
        let places: Vec<usize> =
            bytes.windows(4).enumerate().filter(|(_, four)| four == signature).map(|(place, _)| place).collect();
        for place in places.into_iter().map(|place| place + at) {
            if bytes[place] != 0 {
                bytes[place..place + 2].copy_from_slice(&method.to_le_bytes());
            }
        }
    }
}

#[test]
fn zips_of_windows_and_of_7_zip_are_read() {
    let folder = bundle();
    run(folder.path(), "zip", &["-qr", "-Z", "bzip2", "x.zip", "b"]);
    expect_bundle(open(&folder.path().join("x.zip")), "zip");
    // A deflate stream without its longest matches is a Deflate64 stream as well.
    let long: String = (0..500).map(|n| format!("{} starting\n", n * 7919 % 1000)).collect();
    fs::write(folder.path().join("b/long.log"), &long).unwrap();
    run(folder.path(), "zip", &["-qr", "y.zip", "b"]);
    let mut bytes = fs::read(folder.path().join("y.zip")).unwrap();
    assert!(bytes.len() < long.len());
    set_method(&mut bytes, 9);
    fs::write(folder.path().join("y.zip"), &bytes).unwrap();
    let read = open(&folder.path().join("y.zip")).sound();
    assert_eq!(read.text("b/long.log"), long);
    // What is not read is named, by the directory and from the front.
    set_method(&mut bytes, 6);
    for (length, name) in [(bytes.len(), "z.zip"), (bytes.len() - 22, "cut.zip")] {
        fs::write(folder.path().join(name), &bytes[..length]).unwrap();
        let read = open(&folder.path().join(name));
        let method = |trouble: &&kubemortem::source::Trouble| trouble.path == "b/long.log";
        let trouble = read.opened.troubles.iter().find(method).unwrap();
        assert_eq!(trouble.kind, TroubleKind::Unreadable);
        assert!(trouble.what.contains("method") && trouble.what.contains("not"), "{name}: {}", trouble.what);
    }
}

#[test]
fn damaged_zip_content_is_said_and_the_rest_read() {
    let folder = bundle();
    run(folder.path(), "zip", &["-q0", "x.zip", "b/pods.txt", "b/logs/web-0.log"]);
    let path = folder.path().join("x.zip");
    let mut bytes = fs::read(&path).unwrap();
    let at = bytes.windows(5).position(|window| window == b"READY").unwrap();
    bytes[at] = b'B';
    fs::write(&path, bytes).unwrap();
    let read = open(&path);
    assert_eq!(read.text("b/pods.txt"), "NAME BEADY STATUS\nweb-0 0/1 CrashLoopBackOff\n");
    assert_eq!(read.text("b/logs/web-0.log"), "connecting\nrefused\n");
    assert_eq!(read.troubles(), [("b/pods.txt", TroubleKind::Unreadable)]);
    assert_eq!(read.opened.troubles[0].what, "is damaged: what it holds does not match its checksum");
}

#[test]
fn damaged_checksums_of_compressed_files_are_said() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("x"), noise(1000)).unwrap();
    run(folder.path(), "sh", &["-c", "gzip -k x; zstd -q x; xz -k -C crc64 x"]);
    let damage = |name: &str, from_end: usize| {
        let path = folder.path().join(name);
        let mut bytes = fs::read(&path).unwrap();
        let at = bytes.len() - from_end;
        bytes[at] ^= 0x55;
        fs::write(&path, bytes).unwrap();
        open(&path)
    };
    // The stated checksum: the last eight bytes of gzip begin with it, the last four of zstd are it. zstd fails in the
    // call that makes the last bytes.
    for (read, lost) in [(damage("x.gz", 8), 0), (damage("x.zst", 4), 1024)] {
        assert!(noise(1000).starts_with(read.text("x")));
        assert!(read.text("x").len() >= noise(1000).len() - lost);
        assert_eq!(read.troubles(), [("x", TroubleKind::Unreadable)]);
    }
    let read = damage("x.xz", 300);
    assert_eq!(read.troubles(), [("x", TroubleKind::Unreadable)]);
    // And in the middle of a tar.gz.
    fs::write(folder.path().join("y"), noise(60_000)).unwrap();
    run(folder.path(), "tar", &["-czf", "x.tgz", "x", "y"]);
    let length = fs::metadata(folder.path().join("x.tgz")).unwrap().len() as usize;
    let read = damage("x.tgz", length / 4);
    assert_eq!(read.text("x"), noise(1000));
    assert!(read.troubles().contains(&("x.tgz", TroubleKind::Unreadable)), "{:?}", read.troubles());
}

/// A tar made by hand: any name, any type.
fn tar_of(members: &[(&[u8], u8, &[u8])]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (name, kind, content) in members {
        let mut header = tar::Header::new_gnu();
        header.as_old_mut().name[..name.len()].copy_from_slice(name);
        header.set_entry_type(tar::EntryType::new(*kind));
        header.set_mode(0o644);
        header.set_size(content.len() as u64);
        if matches!(kind, b'1' | b'2') {
            header.as_old_mut().linkname[..11].copy_from_slice(b"/etc/passwd");
        }
        header.set_cksum();
        bytes.extend_from_slice(header.as_bytes());
        bytes.extend_from_slice(content);
        bytes.resize(bytes.len().next_multiple_of(512), 0);
    }
    bytes.resize(bytes.len() + 1024, 0);
    bytes
}

#[test]
fn hostile_members_of_a_tar_are_refused_and_the_rest_read() {
    let bytes = tar_of(&[
        (b"first.log", b'0', b"first"),
        (b"../up.log", b'0', b"no"),
        (b"a/../../up.log", b'0', b"no"),
        (b"/etc/absolute", b'0', b"no"),
        (b"link", b'2', b""),
        (b"hard", b'1', b""),
        (b"device", b'3', b""),
        (b"disk", b'4', b""),
        (b"pipe", b'6', b""),
        (b"odd", b'Q', b"content"),
        (b"first.log", b'0', b"second"),
        (b"bad-\xff.log", b'0', b"lossy"),
        (b"back\\slash.log", b'0', b"kept"),
        (b"folder/", b'5', b""),
        (b"last.log", b'\0', b"last"),
    ]);
    let read = stream("x", &bytes, &Limits::default()).unwrap();
    assert_eq!(read.paths(), ["back\\slash.log", "bad-\\xff.log", "first.log", "last.log"]);
    assert_eq!(read.text("first.log"), "first");
    assert_eq!(read.text("last.log"), "last");
    let refused =
        ["../up.log", "/etc/absolute", "a/../../up.log", "device", "disk", "first.log", "hard", "link", "odd", "pipe"];
    assert_eq!(read.troubles(), refused.map(|path| (path, TroubleKind::Refused)));
    let link = read.opened.troubles.iter().find(|trouble| trouble.path == "link").unwrap();
    assert_eq!(link.what, "is a symbolic link to /etc/passwd, which is not followed");
}

#[test]
fn a_damaged_header_is_stepped_over() {
    let mut bytes = tar_of(&[(b"a", b'0', b"one"), (b"b", b'0', b"two"), (b"c", b'0', b"three")]);
    bytes[1024] ^= 0xff;
    let read = stream("x", &bytes, &Limits::default()).unwrap();
    assert_eq!(read.paths(), ["a", "c"]);
    assert_eq!(read.troubles(), [("x", TroubleKind::Unreadable)]);
    assert!(read.opened.troubles[0].what.contains("after a"));
}

#[test]
fn tars_one_after_the_other_are_all_read() {
    let mut bytes = tar_of(&[(b"a", b'0', b"one")]);
    bytes.extend(tar_of(&[(b"b", b'0', b"two")]));
    assert_eq!(stream("x", &bytes, &Limits::default()).unwrap().sound().paths(), ["a", "b"]);
}

#[test]
fn a_window_that_no_decoder_is_given_is_said_to_be_that() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("x.log"), "line\n".repeat(1000)).unwrap();
    // A length that is not known lets the window be as large as it was asked for.
    run(folder.path(), "sh", &["-c", "cat x.log | zstd -q --ultra -22 --long=31 -c > x.log.zst"]);
    let error = open_with(&folder.path().join("x.log.zst"), &Limits::default()).err().unwrap().to_string();
    assert!(error.ends_with("asks for more memory than there is for unpacking it"), "{error}");
}

#[test]
fn long_names_of_both_kinds_and_sparse_files() {
    let folder = tempfile::tempdir().unwrap();
    let name = format!("{}/{}.log", "n".repeat(120), "p".repeat(150));
    fs::create_dir(folder.path().join("n".repeat(120))).unwrap();
    fs::write(folder.path().join(&name), "long\n").unwrap();
    for format in ["gnu", "posix"] {
        run(folder.path(), "tar", &["-cf", "x.tar", &format!("--format={format}"), &name]);
        let read = open(&folder.path().join("x.tar")).sound();
        assert_eq!((read.paths(), read.text(&name)), (vec![name.as_str()], "long\n"));
    }
    let sparse = fs::File::create(folder.path().join("sparse.log")).unwrap();
    sparse.set_len(1 << 20).unwrap();
    (&sparse).write_all(b"head\n").unwrap();
    fs::write(folder.path().join("tail.log"), "tail\n").unwrap();
    let whole = fs::read(folder.path().join("sparse.log")).unwrap();
    for form in ["--format=gnu", "--sparse-version=0.0", "--sparse-version=0.1", "--sparse-version=1.0"] {
        let format = if form == "--format=gnu" { form } else { "--format=posix" };
        let packed = ["-cf", "x.tar", "-S", "--hole-detection=raw", format, form, "sparse.log", "tail.log"];
        run(folder.path(), "tar", &packed);
        assert!(fs::metadata(folder.path().join("x.tar")).unwrap().len() < 100_000, "{form}");
        let read = open(&folder.path().join("x.tar")).sound();
        assert_eq!(read.paths(), ["sparse.log", "tail.log"], "{form}");
        assert!(read.files["sparse.log"] == whole, "{form}");
        assert_eq!(read.text("tail.log"), "tail\n", "{form}");
    }
}

#[test]
fn a_map_of_holes_that_lies_is_said_and_the_rest_read() {
    let record = |text: &str| format!("{} {text}\n", text.len() + 4);
    let map = |map: &str| {
        let records = record("GNU.sparse.size=90000") + &record(&format!("GNU.sparse.map={map}"));
        let members: [(&[u8], u8, &[u8]); 3] =
            [(b"h", b'x', records.as_bytes()), (b"b/holes.log", b'0', b"abcdef"), (b"b/tail.log", b'0', b"tail\n")];
        stream("x", &tar_of(&members), &Limits::default()).unwrap()
    };
    assert_eq!(map("00000000,6,90000,0").sound().files["b/holes.log"].len(), 90_000);
    for lie in ["00000004,6,3,1", "000000000000,7", "00000000,x"] {
        let read = map(lie);
        assert_eq!(read.troubles(), [("b/holes.log", TroubleKind::Unreadable)], "{lie}");
        assert_eq!(read.text("b/tail.log"), "tail\n", "{lie}");
    }
}

#[test]
fn a_header_without_end_is_not_kept_in_memory() {
    // A long name of 2 MiB, in front of an entry.
    let bytes = tar_of(&[(b"././@LongLink", b'L', &vec![b'n'; 2 << 20]), (b"x", b'0', b"content")]);
    let error = match stream("x", &bytes, &Limits::default()) {
        Ok(_) => panic!("was read"),
        Err(error) => error.to_string(),
    };
    assert!(error.contains("header of over 1 MiB"), "{error}");
}

#[test]
fn folders_do_not_open_links_and_pipes() {
    let folder = bundle();
    run(
        folder.path(),
        "sh",
        &[
            "-c",
            "
        cd b; ln -s /etc/passwd link; ln -s missing dangling; ln -s . loop; ln -s logs folder; mkfifo pipe",
        ],
    );
    let read = open(&folder.path().join("b"));
    assert_eq!(read.paths(), ["logs/empty.log", "logs/web-0.log", "pods.txt"]);
    let refused = ["dangling", "folder", "link", "loop", "pipe"];
    assert_eq!(read.troubles(), refused.map(|path| (path, TroubleKind::Refused)));
    // The same through an archive.
    run(folder.path(), "tar", &["-czf", "x.tgz", "b"]);
    assert_eq!(open(&folder.path().join("x.tgz")).opened.troubles.len(), 5);
    fs::remove_file(folder.path().join("b/pipe")).unwrap();
    run(folder.path(), "zip", &["-qry", "x.zip", "b"]);
    let read = open(&folder.path().join("x.zip"));
    assert_eq!(
        read.troubles(),
        ["b/dangling", "b/folder", "b/link", "b/loop"].map(|path| (path, TroubleKind::Refused))
    );
}

#[cfg(unix)]
#[test]
fn names_that_are_no_text_are_shown_as_text() {
    use std::os::unix::ffi::OsStrExt;
    let folder = tempfile::tempdir().unwrap();
    let members: [(&[u8], &[u8]); 4] = [
        (b"bad-\xfe.log", b"a"),
        (b"bad-\xff.log", b"b"),
        (b"\xdcbersicht/\xe9.log", b"c"),
        ("bad-\u{fffd}.log".as_bytes(), b"d"),
    ];
    fs::create_dir(folder.path().join(std::ffi::OsStr::from_bytes(b"\xdcbersicht"))).unwrap();
    for (name, content) in members {
        fs::write(folder.path().join(std::ffi::OsStr::from_bytes(name)), content).unwrap();
    }
    let shown = ["\\xdcbersicht/\\xe9.log", "bad-\\xfe.log", "bad-\\xff.log", "bad-\u{fffd}.log"];
    let tar = tar_of(&members.map(|(name, content)| (name, b'0', content)));
    // In a zip's directory every byte is a letter of an old PC; read from the front it is none.
    let zip = zip_of(&members);
    let read = [
        open(folder.path()),
        stream("x.tar", &tar, &Limits::default()).unwrap(),
        stream("x.zip", &zip[..zip.len() - 30], &Limits::default()).unwrap(),
    ];
    for (at, read) in read.iter().enumerate() {
        assert_eq!(read.paths(), shown, "{at}");
        assert!(at == 2 || read.troubles().is_empty(), "{:?}", read.troubles());
        assert_eq!(shown.map(|path| read.text(path)), ["c", "a", "b", "d"], "{at}");
    }
}

/// Where these bytes stand.
fn memchr_all(bytes: &[u8], wanted: &[u8]) -> Vec<usize> {
    memchr::memmem::find_iter(bytes, wanted).collect()
}

/// What goes wrong while entries are read in parallel.
#[test]
fn of_too_many_troubles_the_first_by_path_are_listed_whatever_the_threads() {
    let names: Vec<String> = (0..10_500).map(|number| format!("logs/{number:05}.log")).collect();
    let entries: Vec<(&[u8], &[u8])> =
        names.iter().map(|name| (name.as_bytes(), b"as it was packed".as_slice())).collect();
    let mut bytes = zip_of(&entries);
    for at in memchr_all(&bytes, b"as it was packed") {
        bytes[at] = b'A';
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.zip");
    fs::write(&path, &bytes).unwrap();
    let read = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| open(&path)).opened.troubles
    };
    let one = read(1);
    let listed: Vec<&str> = one.iter().filter(|t| t.path != "x.zip").map(|t| t.path.as_str()).collect();
    assert_eq!(listed, names[..10_000].iter().map(String::as_str).collect::<Vec<_>>());
    let whole: Vec<&str> = one.iter().filter(|t| t.path == "x.zip").map(|t| t.what.as_str()).collect();
    assert_eq!(whole, ["has 500 more troubles, which are not listed"]);
    for threads in [2, 8] {
        assert!(read(threads) == one, "{threads} threads");
    }
}

/// An entry that is read here and one that another thread reads end for the same reason.
#[test]
fn damage_is_told_alike_whatever_the_threads() {
    // Small archives are read by one thread.
    let noise = noise(250_000).into_bytes();
    let named: Vec<(String, &[u8])> =
        noise.chunks(20_000).enumerate().map(|(number, content)| (format!("logs/{number}.log"), content)).collect();
    let members: Vec<(&[u8], u8, &[u8])> =
        named.iter().map(|(name, content)| (name.as_bytes(), b'0', *content)).collect();
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    std::io::Write::write_all(&mut encoder, &tar_of(&members)).unwrap();
    let whole = encoder.finish().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.tgz");
    let mut told = 0;
    for at in (200..whole.len()).step_by(whole.len() / 8) {
        let mut damaged = whole.clone();
        damaged[at] ^= 0x55;
        fs::write(&path, &damaged).unwrap();
        let read = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| open(&path))
        };
        let (one, four) = (read(1), read(4));
        told += one.troubles().len();
        assert_eq!((&one.opened.troubles, one.paths()), (&four.opened.troubles, four.paths()), "byte {at}");
    }
    assert!(whole.len() > 1 << 20 && told >= 8, "{told}");
}

/// One path that an entry has, and that an archive beside it leads to.
#[test]
fn of_two_archives_with_one_path_the_first_is_read_whatever_the_threads() {
    let outer = tar_of(&[(b"b/c.log", b'0', b"through a")]);
    let inner = tar_of(&[(b"c.log", b'0', b"through a/b")]);
    let many: Vec<String> = (0..200).map(|number| format!("z/{number}.log")).collect();
    let mut entries: Vec<(&[u8], &[u8])> = vec![(b"a/b", &inner), (b"a", &outer), (b"a-b", b"between")];
    entries.extend(many.iter().map(|name| (name.as_bytes(), b"x".as_slice())));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.zip");
    fs::write(&path, zip_of(&entries)).unwrap();
    for threads in [1, 8, 8, 8] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let read = pool.install(|| open(&path));
        assert_eq!(read.text("a/b/c.log"), "through a/b");
        assert_eq!(read.troubles(), [("a/b/c.log", TroubleKind::Refused)]);
    }
}

/// A zip made by hand with stored entries: any name, also twice.
fn zip_of(entries: &[(&[u8], &[u8])]) -> Vec<u8> {
    let (mut bytes, mut directory) = (Vec::new(), Vec::new());
    for (name, content) in entries {
        let mut crc = flate2::Crc::new();
        crc.update(content);
        let mut common = vec![20, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        common.extend(crc.sum().to_le_bytes());
        common.extend((content.len() as u32).to_le_bytes());
        common.extend((content.len() as u32).to_le_bytes());
        common.extend((name.len() as u16).to_le_bytes());
        common.extend([0, 0]);
        directory.extend(b"PK\x01\x02\x14\x00");
        directory.extend(&common);
        directory.extend([0; 10]);
        directory.extend((bytes.len() as u32).to_le_bytes());
        directory.extend(*name);
        bytes.extend(b"PK\x03\x04");
        bytes.extend(&common);
        bytes.extend(*name);
        bytes.extend(*content);
    }
    let start = bytes.len() as u32;
    bytes.extend(&directory);
    bytes.extend(b"PK\x05\x06\0\0\0\0");
    bytes.extend((entries.len() as u16).to_le_bytes());
    bytes.extend((entries.len() as u16).to_le_bytes());
    bytes.extend((directory.len() as u32).to_le_bytes());
    bytes.extend(start.to_le_bytes());
    bytes.extend([0, 0]);
    bytes
}

#[test]
fn hostile_names_in_a_zip() {
    let bytes = zip_of(&[
        (b"ok.log", b"ok"),
        (b"../up", b"no"),
        (b"/abs", b"no"),
        (b"C:\\abs", b"no"),
        (b"ns\\pod.log", b"kept"),
        (b"folder\\", b""),
        (b"__MACOSX/._ok.log", b"litter"),
    ]);
    let read = stream("x", &bytes, &Limits::default()).unwrap();
    assert_eq!(read.paths(), ["ns\\pod.log", "ok.log"]);
    assert_eq!(read.troubles(), ["../up", "/abs", "C:\\abs"].map(|path| (path, TroubleKind::Refused)));
}

#[test]
fn what_stands_around_a_zip_hides_no_entries() {
    let zip = zip_of(&[(b"b/web.log", b"hello\n"), (b"b/api.log", b"hi\n")]);
    let folder = tempfile::tempdir().unwrap();
    let read = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        fs::write(&path, bytes).unwrap();
        open(&path)
    };
    // An archive that unpacks itself.
    let outcome = read("setup.exe", &[b"MZ".as_slice(), &[0; 5000], &zip].concat()).sound();
    assert_eq!((outcome.text("b/web.log"), outcome.text("b/api.log")), ("hello\n", "hi\n"));
    // The end of another archive behind it: its directory leads nowhere.
    let mut other = zip.clone();
    let end = other.len() - 22;
    other.extend_from_slice(&zip[end..]);
    let at = other.len() - 6;
    other[at..at + 4].copy_from_slice(&7u32.to_le_bytes());
    let outcome = read("twice.zip", &other);
    assert_eq!((outcome.text("b/web.log"), outcome.text("b/api.log")), ("hello\n", "hi\n"));
    // Words that hold such an end are words.
    let words = [b"a log\n".as_slice(), &zip[end..], b" and more\n"].concat();
    assert_eq!(read("words.txt", &words).paths(), ["words.txt"]);
}

#[test]
fn an_entry_without_a_name_is_told_of_the_archive() {
    let read = stream("x", &zip_of(&[(b"ok.log", b"ok"), (b"", b"no")]), &Limits::default()).unwrap();
    assert_eq!(read.paths(), ["ok.log"]);
    assert_eq!(read.troubles(), [("x", TroubleKind::Refused)]);
}

#[test]
fn of_two_entries_of_one_name_the_first_is_read() {
    let read = stream("x", &zip_of(&[(b"a", b"first"), (b"b", b"b"), (b"a", b"second")]), &Limits::default()).unwrap();
    assert_eq!((read.text("a"), read.text("b")), ("first", "b"));
    assert_eq!(read.troubles(), [("a", TroubleKind::Refused)]);
}

#[test]
fn archives_with_many_entries() {
    let names: Vec<String> = (0..100_000).map(|number| format!("logs/{number}.log")).collect();
    let members: Vec<(&[u8], u8, &[u8])> = names.iter().map(|name| (name.as_bytes(), b'0', b"x".as_slice())).collect();
    let bytes = tar_of(&members);
    assert_eq!(stream("x", &bytes, &Limits::default()).unwrap().sound().opened.entries, 100_000);
    let some = stream("x", &bytes, &Limits { entries: 10, ..Limits::default() }).unwrap();
    assert_eq!(some.opened.entries, 10);
    assert_eq!(some.troubles(), [("x", TroubleKind::LimitMet)]);

    let entries: Vec<(&[u8], &[u8])> = names.iter().take(1000).map(|name| (name.as_bytes(), b"x".as_slice())).collect();
    let bytes = zip_of(&entries);
    assert_eq!(stream("x", &bytes, &Limits::default()).unwrap().sound().opened.entries, 1000);
    let some = stream("x", &bytes, &Limits { entries: 10, ..Limits::default() }).unwrap();
    assert_eq!((some.opened.entries, some.troubles()), (10, vec![("x", TroubleKind::LimitMet)]));

    let folder = tempfile::tempdir().unwrap();
    for number in 0..20 {
        fs::write(folder.path().join(number.to_string()), "x").unwrap();
    }
    let some = open_with(folder.path(), &Limits { entries: 10, ..Limits::default() }).unwrap();
    assert_eq!(some.opened.entries, 10);
    assert_eq!(some.opened.troubles[0].kind, TroubleKind::LimitMet);
}

#[test]
fn entries_and_totals_over_the_limit_are_read_up_to_it() {
    let folder = tempfile::tempdir().unwrap();
    let content = noise(2000);
    fs::write(folder.path().join("a.log"), &content).unwrap();
    fs::write(folder.path().join("b.log"), "short\n").unwrap();
    run(folder.path(), "sh", &["-c", "tar -czf x.tgz a.log b.log; zip -q x.zip a.log b.log; mkdir x; cp *.log x"]);
    for name in ["x.tgz", "x.zip", "x"] {
        let read = open_with(&folder.path().join(name), &Limits { entry_bytes: 100, ..Limits::default() }).unwrap();
        assert_eq!(read.text("a.log"), &content[..100], "{name}");
        assert_eq!(read.text("b.log"), "short\n", "{name}");
        assert_eq!(read.troubles(), [("a.log", TroubleKind::LimitMet)], "{name}");
        // An entry as large as the limit is whole.
        let exact = Limits { entry_bytes: content.len() as u64, ..Limits::default() };
        open_with(&folder.path().join(name), &exact).unwrap().sound();
    }
    let total = Limits { total_bytes: 2000, ..Limits::default() };
    for name in ["x.tgz", "x.zip", "x"] {
        let read = open_with(&folder.path().join(name), &total).unwrap();
        assert!(read.opened.bytes <= 2000, "{name}");
        assert!(read.troubles().contains(&(name, TroubleKind::LimitMet)), "{name} {:?}", read.troubles());
    }
}

/// Counts what it reads and keeps nothing.
struct Count;

impl Visitor for Count {
    fn entry(&self, entry: Entry<'_>) {
        std::io::copy(entry.reader, &mut std::io::sink()).unwrap();
    }
}

#[test]
fn bombs_end_at_the_ratio() {
    let folder = tempfile::tempdir().unwrap();
    run(
        folder.path(),
        "sh",
        &[
            "-c",
            "
        head -c 100000000 /dev/zero > zeros; gzip -1 -c zeros > zeros.gz; zstd -q -c zeros > zeros.zst
        tar -c zeros | gzip -9 > x.tgz; zip -q9 x.zip zeros; mkdir x; cp zeros.gz x; rm zeros",
        ],
    );
    let limits = Limits { ratio: 100, ..Limits::default() };
    for (name, bomb) in
        [("zeros.gz", "zeros"), ("zeros.zst", "zeros"), ("x.tgz", "zeros"), ("x.zip", "zeros"), ("x", "zeros.gz")]
    {
        let opened = source::open(&Input::Path(folder.path().join(name)), &limits, &Count).unwrap();
        assert!(opened.bytes < 70_000_000, "{name}: {}", opened.bytes);
        let met = opened.troubles.iter().any(|trouble| trouble.path == bomb && trouble.kind == TroubleKind::LimitMet);
        assert!(met, "{name}: {:?}", opened.troubles);
    }
    // zstd goes beyond what the default allows.
    let opened = source::open(&Input::Path(folder.path().join("zeros.zst")), &Limits::default(), &Count).unwrap();
    assert_eq!(opened.troubles.len(), 1);
}

/// Reads the first bytes only.
struct Glance;

impl Visitor for Glance {
    fn entry(&self, entry: Entry<'_>) {
        let _ = entry.reader.read(&mut [0; 10]);
    }
}

#[test]
fn a_visitor_need_not_read_to_the_end() {
    let folder = bundle();
    fs::write(folder.path().join("b/big.log"), noise(100_000)).unwrap();
    run(folder.path(), "sh", &["-c", "tar -czf x.tgz b; zip -qr x.zip b; tar -cf outer.tar x.tgz x.zip"]);
    for name in ["x.tgz", "x.zip", "b"] {
        let opened = source::open(&Input::Path(folder.path().join(name)), &Limits::default(), &Glance).unwrap();
        assert_eq!((opened.entries, opened.troubles.len()), (4, 0), "{name}");
    }
    let opened = source::open(&Input::Path(folder.path().join("outer.tar")), &Limits::default(), &Glance).unwrap();
    assert_eq!((opened.entries, opened.troubles.len()), (8, 0));
}

/// Cuts the file that it reads.
struct Cutting(PathBuf);

impl Visitor for Cutting {
    fn entry(&self, entry: Entry<'_>) {
        entry.reader.read_exact(&mut [0; 1000]).unwrap();
        fs::File::options().write(true).open(&self.0).unwrap().set_len(5000).unwrap();
        std::io::copy(entry.reader, &mut std::io::sink()).unwrap();
    }
}

#[test]
fn a_file_that_gets_shorter_while_it_is_read_is_cut_short() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("app.log");
    fs::write(&path, noise(10_000)).unwrap();
    let opened = source::open(&Input::Path(folder.path().to_owned()), &Limits::default(), &Cutting(path)).unwrap();
    let troubles: Vec<_> = opened.troubles.iter().map(|trouble| (trouble.kind, trouble.what.as_str())).collect();
    assert_eq!(troubles, [(TroubleKind::Truncated, "is cut short after 5000 bytes")]);
}

#[test]
fn no_damage_makes_it_panic_or_hang() {
    let folder = bundle();
    run(
        folder.path(),
        "sh",
        &[
            "-c",
            "
        gzip -k b/pods.txt; tar -czf b/inner.tgz b/logs; (cd b && zip -q inner.zip pods.txt)
        tar -cf x.tar b; gzip -k x.tar; xz -k x.tar; zstd -q x.tar; bzip2 -k x.tar; zip -qr x.zip b; zip -qr - b | cat > y.zip",
        ],
    );
    let limits = Limits { total_bytes: 16 << 20, ..Limits::default() };
    let mut state = 7u32;
    let mut random = move |below: usize| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as usize % below
    };
    for name in ["x.tar", "x.tar.gz", "x.tar.xz", "x.tar.zst", "x.tar.bz2", "x.zip", "y.zip"] {
        let bytes = fs::read(folder.path().join(name)).unwrap();
        let rounds = std::env::var("ROUNDS").map_or(200, |rounds| rounds.parse().unwrap());
        for round in 0..rounds {
            let mut damaged = bytes.clone();
            if round % 3 != 0 {
                for _ in 0..=random(6) {
                    let at = random(damaged.len());
                    damaged[at] = random(256) as u8;
                }
            }
            if round % 3 != 1 {
                damaged.truncate(random(damaged.len()));
            }
            let _ = source::open_reader("x", damaged.as_slice(), &limits, &Count);
        }
    }
}
