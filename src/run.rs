//! One function per command: arguments in, what is to be printed and the exit status out.
//!
//! In reading order: `analyze` is one bundle or leads to `batch`, which is any number; `pages` brings a user's own cause
//! pages; `causes`, `index`, `inspect` and `verify` are the commands of those names.

mod analyze;
mod batch;
mod causes;
mod inspect;
mod pages;
mod verify;

use std::fs::{self, File};
use std::io;
use std::panic::resume_unwind;
use std::path::Path;
use std::thread;

use crate::cli::{Cli, Command, InspectArgs, input};
use crate::error::Error;

/// The collector, as it lies in the repository.
const COLLECTOR: &str = include_str!("../scripts/collect.sh");

/// The stack of each thread that reads bundles: enough for whatever is nested in them. What the system gives the first thread
/// of a program may be a few hundred KiB.
const STACK_BYTES: usize = 8 << 20;
const NO_THREAD: &str = "the system gives no thread to work with";

/// What a command leaves behind.
#[derive(Debug, Default)]
pub struct Outcome {
    /// For standard output.
    pub stdout: String,
    /// For standard error: whole lines, safe for a terminal.
    pub messages: Vec<String>,
    /// Exit status.
    pub status: u8,
}

/// What a command that works for a while says meanwhile. `main` has the one that prints.
pub trait Console: Sync {
    /// Writes to standard output, whole or not at all.
    fn write(&self, text: &str) -> io::Result<()>;
    /// Writes a line to standard error; safe for a terminal.
    fn say(&self, message: &str);
    /// Shows how many of how many bundles are done.
    fn progress(&self, done: u64, total: u64);
    /// Does a piece of work that an interruption waits for.
    fn uninterrupted(&self, work: &mut dyn FnMut() -> io::Result<()>) -> io::Result<()>;
}

/// Opens a file of the user's that must be one: a pipe would be waited for, and a device may never end.
fn open_regular(path: &Path) -> io::Result<File> {
    if fs::metadata(path)?.is_file() { File::open(path) } else { Err(io::Error::other("is no regular file")) }
}

/// Runs a command. An error means: no report could be made (status 2).
pub fn run(cli: Cli, console: &dyn Console) -> Result<Outcome, Error> {
    thread::scope(|scope| {
        let thread = thread::Builder::new().stack_size(STACK_BYTES).spawn_scoped(scope, || command(cli, console));
        let thread = thread.map_err(|_| Error::Usage(NO_THREAD.to_owned()))?;
        thread.join().unwrap_or_else(|panic| resume_unwind(panic))
    })
}

fn command(cli: Cli, console: &dyn Console) -> Result<Outcome, Error> {
    match cli.command {
        Command::Analyze(arguments) => analyze::analyze(&arguments, console),
        Command::Verify(arguments) => verify::verify(&arguments),
        Command::Index { folder } => batch::index(&folder, console),
        Command::Explain { cause, pages } => causes::explain(&cause, &pages),
        Command::CollectScript => Ok(Outcome { stdout: COLLECTOR.to_string(), ..Outcome::default() }),
        Command::Causes(arguments) => causes::causes(&arguments),
        Command::Inspect(InspectArgs { bundle, limits }) => {
            let (clusters, opened) = crate::analyze::open(&input(&bundle), &limits.limits())?;
            Ok(Outcome { stdout: inspect::describe(&clusters, &opened), ..Outcome::default() })
        }
    }
}
