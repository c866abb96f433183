//! Saved outputs under any names: the content says what they are, the name only which run a log is of.

use crate::artifact::{Hint, LogRun};

/// What a file name may say for sure: `previous` in the name of a log.
pub fn place(path: &str) -> Hint {
    let name = path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase();
    let words: Vec<&str> = name.split(|c: char| !c.is_ascii_alphanumeric()).collect();
    let previous = words.iter().any(|word| matches!(*word, "previous" | "prev"));
    Hint { run: if previous { LogRun::Previous } else { LogRun::Unknown }, ..Hint::default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_word_previous_names_the_run() {
        assert_eq!(place("a/logs-previous-web.txt").run, LogRun::Previous);
        assert_eq!(place("logs-web.txt").run, LogRun::Unknown);
    }
}
