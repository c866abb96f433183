//! Arguments in, exit status out; the only place that prints.

use std::io::{self, Write};
use std::process::ExitCode;

use clap::Parser;
use kubemortem::catalog::Catalog;
use kubemortem::cli::Cli;
use kubemortem::run;
use kubemortem::text::visible;

fn main() -> ExitCode {
    match run::run(Cli::parse()) {
        Ok(outcome) => {
            say(&outcome.messages);
            // A closed pipe is the reader's choice, not a failure.
            match io::stdout().lock().write_all(outcome.stdout.as_bytes()) {
                Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                    say(&[format!("error: cannot write the report: {error}")]);
                    ExitCode::from(2)
                }
                _ => ExitCode::from(outcome.status),
            }
        }
        Err(error) => {
            let mut lines = vec![format!("error: {}", visible(&error.to_string()))];
            lines.extend(error.hint(Catalog::built_in().ok().as_ref()).map(|hint| format!("hint: {hint}")));
            say(&lines);
            ExitCode::from(2)
        }
    }
}

fn say(lines: &[String]) {
    let mut stderr = io::stderr().lock();
    for line in lines {
        let _ = writeln!(stderr, "{line}");
    }
}
