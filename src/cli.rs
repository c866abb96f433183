//! The command line: flags as they are typed, and what they mean.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::source::{Input, Limits};

/// Offline post-mortem analyzer for Kubernetes incidents.
#[derive(Debug, Parser)]
#[command(
    name = "kubemortem",
    version,
    max_term_width = 100,
    after_help = "\
Exit status: 0 report written, 1 only with --fail-on (verify: some citations do not hold), 2 no report could be made.\n\
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
    /// Print the page of a cause
    Explain {
        /// Id of the cause, as reports name it
        cause: String,
    },
    /// List the causes
    Causes,
    /// Say what a bundle is, what it holds, and what is missing
    Inspect(InspectArgs),
    /// Print the collector, a shell script to run where the cluster is
    CollectScript,
}

/// `analyze`.
#[derive(Debug, Args)]
pub struct AnalyzeArgs {
    /// Archive (tar, gz, zst, xz, zip), folder, single saved file, or - for standard input
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// Take every child of DIR as a bundle of its own
    #[arg(long, value_name = "DIR")]
    pub each: Vec<PathBuf>,
    /// Format of the report
    #[arg(long, value_enum, default_value_t = Format::Md)]
    pub format: Format,
    /// Write one report per bundle into DIR instead of standard output
    #[arg(long, value_name = "DIR")]
    pub output: Option<PathBuf>,
    /// Exit with status 1 if an incident of this severity or a worse one is found
    #[arg(long, value_enum, value_name = "LEVEL")]
    pub fail_on: Option<Level>,
    /// Threads (default: one per core); the report does not depend on it
    #[arg(long, value_name = "N")]
    pub jobs: Option<usize>,
    /// Limits on what is read
    #[command(flatten)]
    pub limits: LimitArgs,
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
#[command(next_help_heading = "Limits")]
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
    /// Bytes out per byte in of a compressed stream
    #[arg(long, value_name = "N", default_value_t = Limits::default().ratio)]
    pub max_ratio: u64,
    /// Levels of archives inside the input
    #[arg(long, value_name = "N", default_value_t = Limits::default().nesting)]
    pub max_nesting: u32,
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
