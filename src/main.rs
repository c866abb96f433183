//! Arguments in, exit status out; the only place that prints.

use std::io::{self, Write};
use std::process::{ExitCode, exit};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, TryLockError};
use std::thread::sleep;
use std::time::Duration;

use clap::Parser;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use kubemortem::catalog::Catalog;
use kubemortem::cli::Cli;
use kubemortem::report::redact::redact_path;
use kubemortem::run::{self, Console};
use kubemortem::text::visible;
use mimalloc::MiMalloc;

/// Every bundle is made of small values, which this one takes and gives back for less than the system's does.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let terminal = Arc::new(Terminal::new());
    let watch = Arc::clone(&terminal);
    // Without a handler Ctrl-C ends the program too, only not between two files.
    let _ = ctrlc::set_handler(move || watch.interrupted());
    let result = run::run(cli, &*terminal);
    terminal.bar.finish_and_clear();
    let (messages, status) = match result {
        Ok(outcome) => match terminal.write(&outcome.stdout) {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                (vec![format!("error: cannot write the report: {error}")], 2)
            }
            // A closed pipe is the reader's choice, not a failure.
            _ => (outcome.messages, outcome.status),
        },
        Err(error) => {
            let mut lines = vec![format!("error: {}", visible(&redact_path(&error.to_string())))];
            lines.extend(error.hint(Catalog::built_in().ok().as_ref()).map(|hint| format!("hint: {hint}")));
            (lines, 2)
        }
    };
    messages.iter().for_each(|line| terminal.say(line));
    ExitCode::from(status)
}

/// Standard output and standard error, and how far the work is.
struct Terminal {
    bar: ProgressBar,
    done: AtomicU64,
    total: AtomicU64,
    whole: Mutex<()>,
}

impl Terminal {
    fn new() -> Self {
        Terminal {
            bar: ProgressBar::hidden(),
            done: AtomicU64::new(0),
            total: AtomicU64::new(0),
            whole: Mutex::new(()),
        }
    }

    /// Ends the program. What is being written is finished first, unless its reader does not take it.
    fn interrupted(&self) {
        for _ in 0..100 {
            match self.whole.try_lock() {
                Ok(held) => {
                    self.end(held);
                    return;
                }
                Err(TryLockError::Poisoned(held)) => {
                    self.end(held.into_inner());
                    return;
                }
                Err(TryLockError::WouldBlock) => sleep(Duration::from_millis(10)),
            }
        }
        exit(130);
    }

    fn end(&self, _nothing_is_being_written: std::sync::MutexGuard<'_, ()>) {
        self.bar.finish_and_clear();
        let (done, total) = (self.done.load(Ordering::Relaxed), self.total.load(Ordering::Relaxed));
        if total > 0 {
            self.say(&format!("interrupted: {done} of {total} bundles are done; the same command goes on from there"));
        }
        exit(130);
    }
}

impl Console for Terminal {
    fn write(&self, text: &str) -> io::Result<()> {
        self.uninterrupted(&mut || io::stdout().lock().write_all(text.as_bytes()))
    }

    fn say(&self, message: &str) {
        self.bar.suspend(|| {
            let _ = writeln!(io::stderr().lock(), "{message}");
        });
    }

    fn progress(&self, done: u64, total: u64) {
        self.done.store(done, Ordering::Relaxed);
        if self.total.swap(total, Ordering::Relaxed) != total {
            self.bar.set_length(total);
            if let Ok(style) = ProgressStyle::with_template("{bar:40} {pos} of {len} bundles, {eta} left") {
                self.bar.set_style(style);
            }
            // Draws nothing where standard error is no terminal.
            self.bar.set_draw_target(ProgressDrawTarget::stderr());
        }
        self.bar.set_position(done);
    }

    fn uninterrupted(&self, work: &mut dyn FnMut() -> io::Result<()>) -> io::Result<()> {
        let _held = self.whole.lock().unwrap_or_else(PoisonError::into_inner);
        work()
    }
}
