//! The command line: flags as they are typed, and what they mean.

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
Exit status: 0 report written, 1 only with --fail-on (verify: some citations do not hold), 2 no report could be made\n\
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
    #[arg(long, value_name = "N")]
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
    /// Check the pages in DIR against the format and their own samples, and print every fault
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
#[command(next_help_heading = "Limits (one that is met becomes a gap in the report)")]
pub struct LimitArgs {
    /// Entries that are looked at
    #[arg(long, value_name = "N", default_value_t = Limits::default().entries)]
    pub max_entries: u64,
    /// Bytes that are read in total, decompressed
    #[arg(long, value_name = "BYTES", default_value_t = Limits::default().total_bytes)]
    pub max_total_bytes: u64,
    /// Bytes of one entry, decompressed
    #[arg(long, value_name = "BYTES", default_value_t = Limits::default().entry_bytes)]
    pub max_entry_bytes: u64,
    /// Bytes out per byte in: of a compressed stream, of a zip, and of all that is read against the size of the bundle
    #[arg(long, value_name = "N", default_value_t = Limits::default().ratio)]
    pub max_ratio: u64,
    /// Levels of archives inside the input
    #[arg(long, value_name = "N", default_value_t = Limits::default().nesting)]
    pub max_nesting: u32,
    /// Bytes of one line of a log that are looked at: memory per worker
    #[arg(long, value_name = "BYTES", default_value_t = Limits::default().line_bytes as u64,
        value_parser = clap::value_parser!(u64).range(1024..=1 << 30))]
    pub max_line_bytes: u64,
    /// Seconds of reading per bundle; a report that meets it depends on the machine [default: no limit]
    #[arg(long, value_name = "N")]
    pub max_seconds: Option<u64>,
}

impl LimitArgs {
    /// The limits they mean.
    pub fn limits(&self) -> Limits {
        Limits {
            entries: self.max_entries,
            total_bytes: self.max_total_bytes,
            entry_bytes: self.max_entry_bytes,
            ratio: self.max_ratio,
            nesting: self.max_nesting,
            line_bytes: self.max_line_bytes as usize,
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
