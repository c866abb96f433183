//! The command line: flags as they are typed, and what they mean.

use std::fmt;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::source::{Input, Limits};

/// Offline post-mortem analyzer for Kubernetes incidents.
#[derive(Debug, Parser)]
#[command(
    name = "kubemortem",
    version,
    max_term_width = 100,
    after_help = "\
Exit status: 0 report written, 1 only with --fail-on (verify: some citations do not hold;\n\
causes --check: a page has a fault), 2 no report could be made\n\
(of several bundles: of at least one of them), 130 interrupted.\n\
Nothing is sent anywhere, and nothing is written but the report."
)]
pub struct Cli {
    /// What to do
    #[command(subcommand)]
    pub command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Read a bundle and write its post-mortem
    Analyze(AnalyzeArgs),
    /// Check every citation of a report against its bundle
    Verify(VerifyArgs),
    /// Write index.md and index.json anew over all reports in a folder
    Index {
        /// A folder that `analyze --output` wrote to
        #[arg(value_name = "DIR")]
        folder: PathBuf,
    },
    /// Print the page of a cause
    Explain {
        /// Id of the cause, as reports name it
        cause: String,
        /// Pages of your own
        #[command(flatten)]
        pages: PageArgs,
    },
    /// List the causes
    Causes(CausesArgs),
    /// Say what a bundle is, what it holds, and what is missing
    Inspect(InspectArgs),
    /// Print the collector, a shell script to run where the cluster is
    CollectScript,
}

/// `analyze`.
#[derive(Debug, Args)]
pub struct AnalyzeArgs {
    /// Archive (tar, gz, zst, xz, bz2, zip), folder, single saved file, pattern (`in/**/*.tgz`), or - for standard input
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// Take every child of DIR as a bundle of its own
    #[arg(long, value_name = "DIR")]
    pub each: Vec<PathBuf>,
    /// Format of the report
    #[arg(long, value_enum, default_value_t = Format::Md)]
    pub format: Format,
    /// Write one report per bundle into DIR instead of standard output, and index.md and index.json over all reports there.
    /// A bundle whose content is unchanged is not analyzed again
    #[arg(long, value_name = "DIR")]
    pub output: Option<PathBuf>,
    /// Analyze every bundle, also where its report in DIR is up to date
    #[arg(long)]
    pub force: bool,
    /// Take only part I of N of the bundles, I from 0 to N-1: for N processes that are given the same bundles
    #[arg(long, value_name = "I/N")]
    pub shard: Option<Shard>,
    /// Exit with status 1 if an incident of this severity or a worse one is found
    #[arg(long, value_enum, value_name = "LEVEL")]
    pub fail_on: Option<Level>,
    /// Threads (default: one per core); the report does not depend on it
    #[arg(long, value_name = "N", value_parser = jobs)]
    pub jobs: Option<NonZeroUsize>,
    /// Pages of your own
    #[command(flatten)]
    pub pages: PageArgs,
    /// Limits on what is read
    #[command(flatten)]
    pub limits: LimitArgs,
}

/// Cause pages beside the built-in ones.
#[derive(Debug, Args)]
pub struct PageArgs {
    /// Read cause pages (*.md) from DIR too; a page with the id of a built-in one replaces it
    #[arg(long, value_name = "DIR")]
    pub catalog: Vec<PathBuf>,
}

/// `causes`.
#[derive(Debug, Args)]
pub struct CausesArgs {
    /// Pages of your own
    #[command(flatten)]
    pub pages: PageArgs,
    /// Check the pages in DIR against the format and their own samples, and print every fault; exit status 1 if there is one
    #[arg(long, value_name = "DIR")]
    pub check: Option<PathBuf>,
}

/// `verify`.
#[derive(Debug, Args)]
pub struct VerifyArgs {
    /// The report, Markdown or JSON
    pub report: PathBuf,
    /// The bundle it was made from
    pub bundle: PathBuf,
    /// Limits on what is read
    #[command(flatten)]
    pub limits: LimitArgs,
}

/// `inspect`.
#[derive(Debug, Args)]
pub struct InspectArgs {
    /// The bundle
    pub bundle: PathBuf,
    /// Limits on what is read
    #[command(flatten)]
    pub limits: LimitArgs,
}

/// How much of a bundle is read. A limit that is met becomes a gap in the report.
#[derive(Debug, Args)]
#[command(
    next_help_heading = "Limits (one that is met becomes a gap in the report; BYTES may end in k, M, G, T or Ki, Mi, Gi, Ti)"
)]
pub struct LimitArgs {
    /// Entries that are looked at
    #[arg(long, value_name = "N", default_value_t = Limits::default().entries)]
    pub max_entries: u64,
    /// Bytes that are read in total, decompressed
    #[arg(long, value_name = "BYTES", default_value_t = Bytes(Limits::default().total_bytes))]
    pub max_total_bytes: Bytes,
    /// Bytes of one entry, decompressed
    #[arg(long, value_name = "BYTES", default_value_t = Bytes(Limits::default().entry_bytes))]
    pub max_entry_bytes: Bytes,
    /// Bytes out per byte in: of a compressed stream, of a zip, and of all that is read against the size of the bundle
    #[arg(long, value_name = "N", default_value_t = Limits::default().ratio)]
    pub max_ratio: u64,
    /// Levels of archives inside the input
    #[arg(long, value_name = "N", default_value_t = Limits::default().nesting)]
    pub max_nesting: u32,
    /// Bytes of one line of a log that are looked at: memory per worker
    #[arg(long, value_name = "BYTES", default_value_t = Bytes(Limits::default().line_bytes as u64),
        value_parser = line_bytes)]
    pub max_line_bytes: Bytes,
    /// Bytes that are kept of all files together, objects and lines of logs: most of the memory
    #[arg(long, value_name = "BYTES", default_value_t = Bytes(Limits::default().kept_bytes))]
    pub max_kept_bytes: Bytes,
    /// Seconds of reading per bundle; a report that meets it depends on the machine [default: no limit]
    #[arg(long, value_name = "N")]
    pub max_seconds: Option<u64>,
}

impl LimitArgs {
    /// The limits they mean.
    pub fn limits(&self) -> Limits {
        Limits {
            entries: self.max_entries,
            total_bytes: self.max_total_bytes.0,
            entry_bytes: self.max_entry_bytes.0,
            ratio: self.max_ratio,
            nesting: self.max_nesting,
            line_bytes: self.max_line_bytes.0 as usize,
            kept_bytes: self.max_kept_bytes.0,
            time: self.max_seconds.map(Duration::from_secs),
        }
    }
}

/// Format of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Markdown
    Md,
    /// JSON (src/report/report.schema.json)
    Json,
    /// The same JSON, one report per line, in the order of the bundles
    Jsonl,
}

/// An amount of bytes, spelled as Kubernetes spells quantities: `65536`, `64Ki`, `2G`; `64KiB` and `2GB` are the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bytes(pub u64);

/// The endings of an amount of bytes, the largest first.
const ENDINGS: [(&str, u64); 8] = [
    ("Ti", 1 << 40),
    ("Gi", 1 << 30),
    ("Mi", 1 << 20),
    ("Ki", 1 << 10),
    ("T", 1_000_000_000_000),
    ("G", 1_000_000_000),
    ("M", 1_000_000),
    ("k", 1_000),
];

impl FromStr for Bytes {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let number = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
        let ending = text[number.len()..].strip_suffix(['B', 'b']).unwrap_or(&text[number.len()..]);
        let unit = match ending {
            "" => Some(1),
            _ => ENDINGS.iter().find(|(known, _)| known.eq_ignore_ascii_case(ending)).map(|(_, unit)| *unit),
        };
        let bytes = number.trim().parse::<u64>().ok().zip(unit).and_then(|(number, unit)| number.checked_mul(unit));
        bytes.map(Bytes).ok_or_else(|| "expected a number of bytes, such as 65536, 64Ki or 2G".to_string())
    }
}

impl fmt::Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fits = |(_, unit): &&(&str, u64)| self.0 >= *unit && self.0.is_multiple_of(*unit);
        match ENDINGS.iter().find(fits) {
            Some((ending, unit)) => write!(f, "{}{ending}", self.0 / unit),
            None => write!(f, "{}", self.0),
        }
    }
}

fn line_bytes(text: &str) -> Result<Bytes, String> {
    let bytes: Bytes = text.parse()?;
    if (1024..=1 << 30).contains(&bytes.0) { Ok(bytes) } else { Err("expected 1Ki to 1Gi".to_string()) }
}

fn jobs(text: &str) -> Result<NonZeroUsize, String> {
    text.parse().map_err(|_| "expected a number of threads, 1 or more".to_string())
}

/// Part `index` of `count` parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shard {
    /// From 0.
    pub index: usize,
    /// At least 1.
    pub count: usize,
}

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let expected = || "expected I/N with I from 0 to N-1, such as 0/4".to_string();
        let (index, count) = text.split_once('/').ok_or_else(expected)?;
        let shard =
            Shard { index: index.parse().map_err(|_| expected())?, count: count.parse().map_err(|_| expected())? };
        if shard.index < shard.count { Ok(shard) } else { Err(expected()) }
    }
}

/// A severity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub enum Level {
    /// over and recovered
    Info,
    /// runs degraded
    Warning,
    /// does not run or does not serve
    Critical,
}

/// `-` is standard input.
pub fn input(path: &std::path::Path) -> Input {
    if path == std::path::Path::new("-") { Input::Stdin } else { Input::Path(path.to_path_buf()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_read_as_kubernetes_spells_them() {
        for (text, bytes) in [
            ("0", 0),
            ("65536", 65_536),
            ("64Ki", 65_536),
            ("64KiB", 65_536),
            ("64kib", 65_536),
            ("64k", 64_000),
            ("2G", 2_000_000_000),
            ("2GB", 2_000_000_000),
            ("1Ti", 1 << 40),
            ("512B", 512),
        ] {
            assert_eq!(text.parse::<Bytes>(), Ok(Bytes(bytes)), "{text}");
        }
        for text in ["", "k", "-1", "1.5G", "1Pi", "1 000", "99999999999Ti", "64Mi2"] {
            assert!(text.parse::<Bytes>().is_err(), "{text}");
        }
        assert_eq!(Bytes(64 << 30).to_string(), "64Gi");
        assert_eq!(Bytes(1500).to_string(), "1500");
    }
}
