//! What the kept lines of a log say of one line among them: the trace it stands in, and whether a success followed.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::logs::stack_trace::{self, Trace};
use crate::logs::{Level, Stamp, level_of, stamp_of};
use crate::model::{Hit, Log};
use crate::text::Place;

/// An entry of a log may have so many lines between the one that states the time and the trace under it.
const HEADING: usize = 2;
/// What a line counts that its program calls no trouble.
const INFO: f64 = 0.85;
const DEBUG: f64 = 0.75;
/// What an error about a host counts behind which the program served.
const SERVED: f64 = 0.6;

/// The head, the tail and the lines of the hits of a log, in order.
pub struct Lines<'l> {
    places: Vec<&'l Place>,
    traces: Vec<Trace>,
}

impl<'l> Lines<'l> {
    /// Of what the scan kept.
    pub fn of(log: &'l Log) -> Lines<'l> {
        let hits = log.hits.iter().flat_map(|hit| [&hit.first, &hit.last]);
        let by_line: BTreeMap<u64, &Place> =
            hits.chain(&log.head).chain(&log.tail).map(|place| (place.line, place)).collect();
        let places: Vec<&Place> = by_line.into_values().collect();
        let messages: Vec<Cow<'_, str>> = places.iter().map(|place| crate::logs::message_of(&place.text)).collect();
        let words: Vec<(u64, &str)> =
            places.iter().map(|place| place.line).zip(messages.iter().map(|m| &**m)).collect();
        let traces = stack_trace::traces(&words, &log.indents);
        Lines { places, traces }
    }

    fn trace_of(&self, line: u64) -> Option<&Trace> {
        self.traces.iter().find(|trace| self.places[trace.first].line <= line && line <= self.places[trace.last].line)
    }

    /// Of the trace that a line stands in: the line that names the root cause, and the number of its last line.
    pub fn root_of(&self, line: u64) -> Option<(&'l Place, u64)> {
        self.trace_of(line).map(|trace| (self.places[trace.root], self.places[trace.last].line))
    }

    /// The time that a line states; for a line of a trace that of the entry the trace belongs to.
    pub fn stamp_of(&self, line: u64) -> Option<Stamp> {
        let at = self.places.iter().position(|place| place.line == line)?;
        let from = self.trace_of(line).map_or(at, |trace| trace.first.saturating_sub(HEADING));
        self.places[from.min(at)..=at].iter().rev().find_map(|place| stamp_of(&place.text))
    }

    /// The first and the last time without a zone that the log states.
    pub fn walls(&self) -> Option<(Stamp, Stamp)> {
        let mut stamps = self.places.iter().filter_map(|place| stamp_of(&place.text));
        let is_wall = |stamp: &Stamp| !matches!(stamp, Stamp::At(_));
        let first = stamps.find(is_wall)?;
        Some((first, stamps.rfind(is_wall).unwrap_or(first)))
    }

    /// How much less a hit counts for the level of its line and for what the log says behind it; `None` where that makes it
    /// history: a later line reaches the host that this one is about. A line of a trace speaks for itself, whatever level
    /// the entry has; a fatal error is not taken back.
    pub fn factor(&self, hit: &Hit) -> Option<f64> {
        let level = level_of(&hit.last.text).filter(|_| self.trace_of(hit.last.line).is_none());
        match level {
            Some(Level::Fatal) => Some(1.0),
            Some(Level::Info) => Some(INFO * self.behind(hit)?),
            Some(Level::Debug) => Some(DEBUG * self.behind(hit)?),
            _ => self.behind(hit),
        }
    }

    /// The first line behind a hit in which the program says that it got on: it reached something, is ready, or serves. A
    /// fatal error is not taken back.
    pub fn success_behind(&self, hit: &Hit) -> Option<u64> {
        if level_of(&hit.last.text) == Some(Level::Fatal) {
            return None;
        }
        let says = |text: &str| {
            let words = [REACHED.as_slice(), &AGAIN, &READY, &STARTED].concat();
            !FAILED.iter().any(|word| text.contains(word))
                && (words.iter().any(|words| text.contains(words)) || served(text))
        };
        let behind = self.places.iter().filter(|place| place.line > hit.last.line);
        let mut calm = behind.filter(|place| level_of(&place.text).is_none_or(|level| level < Level::Warning));
        calm.find(|place| says(&place.text.to_ascii_lowercase())).map(|place| place.line)
    }

    fn behind(&self, hit: &Hit) -> Option<f64> {
        let names = destinations(hit);
        if names.is_empty() {
            return Some(1.0);
        }
        let behind = self.places.iter().filter(|place| place.line > hit.last.line);
        let calm = behind.filter(|place| level_of(&place.text).is_none_or(|level| level < Level::Warning));
        let mut factor = 1.0;
        for place in calm {
            let text = place.text.to_ascii_lowercase();
            if FAILED.iter().any(|word| text.contains(word)) {
                continue;
            }
            let reached =
                REACHED.iter().any(|words| text.contains(words)) && names.iter().any(|name| holds(&text, name));
            if reached || AGAIN.iter().any(|words| text.contains(words)) {
                return None;
            }
            if READY.iter().any(|words| text.contains(words)) || served(&text) {
                factor = SERVED;
            }
        }
        Some(factor)
    }
}

const FAILED: [&str; 8] = ["not ", "fail", "unable", "could not", "cannot", "disconnected", "error", "refused"];
const REACHED: [&str; 7] = [
    "connected",
    "connection established",
    "connection successful",
    "succeeded",
    "is available",
    "is up",
    "is reachable",
];
const AGAIN: [&str; 6] = [
    "reconnected",
    "retry succeeded",
    "connection re-established",
    "connection reestablished",
    "connection restored",
    "connection recovered",
];
const READY: [&str; 4] =
    ["application startup complete", "ready to accept connections", "ready for start up", "server is ready"];

/// Words of a program that has come through its start.
const STARTED: [&str; 6] = [
    "listening on",
    "server started",
    "started server",
    "startup complete",
    "migrations applied",
    "initialization complete",
];

/// Files that frames name with a line behind them.
const SOURCES: [&str; 12] = [".go", ".java", ".kt", ".scala", ".rb", ".py", ".js", ".ts", ".rs", ".php", ".cs", ".cpp"];

/// The hosts that a hit is about, by its values and by the `host:port` words of its line: without scheme, port and
/// domain, in lower case.
fn destinations(hit: &Hit) -> Vec<String> {
    let values =
        ["host", "target", "address", "server", "url", "redis", "mongo"].iter().filter_map(|key| hit.values.get(*key));
    let words = hit.last.text.split([' ', '"', '\'', '(', ')', ',', '/', '@', '=']).filter(|word| {
        word.trim_end_matches(':').rsplit_once(':').is_some_and(|(host, port)| {
            let named = host.contains(|c: char| c.is_ascii_alphabetic()) || host.split('.').count() == 4;
            let source = SOURCES.iter().any(|ending| host.ends_with(ending));
            named
                && !source
                && !host.contains(':')
                && (2..=5).contains(&port.len())
                && port.bytes().all(|b| b.is_ascii_digit())
        })
    });
    values
        .map(String::as_str)
        .chain(words)
        .filter_map(|value| {
            let value = value.rsplit_once("://").map_or(value, |(_, rest)| rest);
            let value = value.rsplit_once('@').map_or(value, |(_, rest)| rest);
            let host = value.split(['/', ':']).next().unwrap_or(value);
            let numeric = host.bytes().all(|b| b.is_ascii_digit() || b == b'.');
            let name = if numeric { host } else { host.split('.').next().unwrap_or(host) };
            (name.len() >= 2).then(|| name.to_ascii_lowercase())
        })
        .collect()
}

/// Whether a name stands in a text as a word of its own.
fn holds(text: &str, name: &str) -> bool {
    text.match_indices(name).any(|(at, _)| {
        let part = |c: char| c.is_ascii_alphanumeric() || c == '-';
        !text[..at].ends_with(part) && !text[at + name.len()..].starts_with(part)
    })
}

/// A request that was served, as access logs write it, other than one that only asks for health.
fn served(text: &str) -> bool {
    let Some((_, request)) = ["\"get /", "\"post /", "\"put /"].iter().find_map(|method| text.split_once(method))
    else {
        return false;
    };
    let Some((path, rest)) = request.split_once(" http/") else { return false };
    let health = ["health", "live", "ready", "ping", "metrics", "status", "actuator"];
    let status = rest.split_once("\" ").map_or("", |(_, status)| status);
    !health.iter().any(|word| path.contains(word)) && status.starts_with('2')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::artifact::LogRun;
    use crate::catalog::SignatureId;
    use crate::model::ObjectRef;
    use crate::text::{FileId, SectionId};

    /// A log of these lines, with a hit on the first that holds `refused`, whose target is `orders-db:5432`.
    fn log(text: &str) -> Log {
        let tail: Vec<Place> = (1..).zip(text.lines()).map(|(n, line)| Place::of_line(FileId(0), n, line)).collect();
        let at = tail.iter().find(|place| place.text.contains("refused")).expect("a line that matches").clone();
        let values = BTreeMap::from([("target".to_string(), "orders-db:5432".to_string())]);
        Log {
            section: SectionId::default(),
            object: ObjectRef::default(),
            run: LogRun::Previous,
            lines: tail.len() as u64,
            bytes: text.len() as u64,
            first_time: None,
            last_time: None,
            head: Vec::new(),
            tail,
            indents: BTreeMap::new(),
            hits: vec![Hit { signature: SignatureId(0), count: 1, first: at.clone(), last: at, values }],
            fetch_error: None,
            cut: None,
        }
    }

    fn factor(text: &str) -> Option<f64> {
        let log = log(text);
        Lines::of(&log).factor(&log.hits[0])
    }

    #[test]
    fn errors_that_a_success_of_the_same_thing_follows_are_history() {
        let error = "ERROR dial tcp orders-db:5432: connection refused\n";
        assert_eq!(factor(error), Some(1.0));
        assert_eq!(factor(&format!("{error}INFO connected to orders-db:5432")), None);
        assert_eq!(factor(&format!("{error}INFO retry succeeded")), None);
        assert_eq!(factor(&format!("{error}10.0.0.9 - - [x] \"GET /orders HTTP/1.1\" 200 5")), Some(SERVED));
        for other in [
            "INFO connected to orders-db-replica:5432",
            "INFO connected to cache:6379",
            "WARN not connected to orders-db:5432",
            "INFO disconnected from orders-db",
            "10.0.0.9 - - [x] \"GET /healthz HTTP/1.1\" 200 5",
            "10.0.0.9 - - [x] \"GET /orders HTTP/1.1\" 503 5",
        ] {
            assert_eq!(factor(&format!("{error}{other}")), Some(1.0), "{other}");
        }
        assert_eq!(factor(&format!("INFO connected to orders-db:5432\n{error}")), Some(1.0));
        assert_eq!(
            factor("FATAL dial tcp orders-db:5432: connection refused\nINFO connected to orders-db:5432"),
            Some(1.0)
        );
    }

    #[test]
    fn what_a_program_calls_no_trouble_weighs_less() {
        assert_eq!(factor("level=info msg=\"dial orders-db:5432: refused\""), Some(INFO));
        assert_eq!(factor("level=debug msg=\"dial orders-db:5432: refused\""), Some(DEBUG));
        assert_eq!(factor("level=error msg=\"dial orders-db:5432: refused\""), Some(1.0));
    }

    #[test]
    fn a_line_of_a_trace_has_the_time_of_its_entry() {
        let log = log(
            "2026-11-25T19:03:11Z ERROR start failed\njava.lang.Error: x\n\tat a.B.c(B.java:1)\nCaused by: java.net.ConnectException: refused\n\tat a.B.d(B.java:2)",
        );
        let lines = Lines::of(&log);
        assert_eq!(lines.stamp_of(4), Some(Stamp::At("2026-11-25T19:03:11Z".parse().expect("a time"))));
        assert_eq!(lines.root_of(2).map(|(root, last)| (root.line, last)), Some((4, 5)));
        assert_eq!(lines.root_of(1), None);
    }
}
