//! Tables of `kubectl get`: header, rows, and what a row says of its object.
//!
//! ```text
//! NAMESPACE   NAME    READY   STATUS             RESTARTS      AGE
//! shop        web-0   0/1     CrashLoopBackOff   5 (31s ago)   4m24s
//! ```
//! A section may hold several tables (`get all`), rows without a header, and a pod many times (`get -w`: the last row is
//! the state). A table without rows says nothing. Owns rows; [`header`] owns columns, [`align`] deals words out to them.
//! Events and `top` have parsers of their own. Must not know what is healthy.

pub mod align;
pub mod header;
pub mod shape;

mod objects;

use self::align::Row;
use self::header::{Column, Kind};
use self::shape::{count, is_age, ratio};
use super::clean::{self, Frame};
use super::sections::command::Command;
use super::{Section, top};
use crate::model::{Facts, Gap, GapKind};

/// A line shorter than this was not cut by a terminal's edge.
const NARROWEST_TERMINAL: usize = 60;
/// A row is joined from at most so many lines.
const MOST_WRAPS: usize = 12;

/// Lines that are read: twice the pods of the largest cluster that Kubernetes is made for.
pub(crate) const LINES: usize = 300_000;

/// Reads the tables of a section into `facts`. Events tables are not read here, see [`is_events`].
pub fn table(section: &Section<'_>, facts: &mut Facts) {
    let section = &section.bounded(LINES, facts);
    let mut reader = Reader::new(section);
    for (number, raw) in section.lines() {
        reader.line(number, raw);
    }
    reader.finish(facts);
}

/// Whether the table of this section is of events: by its header, its rows, or the command.
pub fn is_events(section: &Section<'_>) -> bool {
    let frame = Frame::of(section.text);
    for (_, raw) in section.lines().take(60) {
        let line = clean::line(frame.strip(raw));
        if let Some(columns) = header::parse(&line) {
            return header::kind_of(&columns) == Some(Kind::Event);
        }
        if let Some(kind) = bare_row(&line) {
            return kind == Kind::Event;
        }
    }
    let command = section.command.map(Command::parse).unwrap_or_default();
    command.verb == "events" || kind_of_command(&command) == Some(Kind::Event)
}

/// A status that only a row of pods has.
fn is_pod_trouble(word: &str) -> bool {
    let word = word.strip_prefix("Init:").unwrap_or(word);
    ["BackOff", "Error", "Killed", "Evicted", "NeverPull", "ErrImagePull", "InvalidImageName"]
        .iter()
        .any(|end| word.ends_with(end))
        && word.starts_with(|c: char| c.is_ascii_uppercase())
}

/// The kind of a row that stands without a header, where the shapes of its words tell.
pub fn bare_row(line: &str) -> Option<Kind> {
    let words: Vec<&str> = line.split_whitespace().take(24).collect();
    let first = *words.first()?;
    if words.len() < 3 {
        return None;
    }
    // `get events`: [namespace] age [(xN over age)] type reason kind/name message
    for start in 0..2 {
        let Some(rest) = words.get(start..) else { break };
        let seen = if shape::Shape::Seen.fits(rest.get(..4).unwrap_or_default(), false) { 4 } else { 1 };
        if rest.first().is_some_and(|age| is_age(age) || *age == "<unknown>")
            && matches!(rest.get(seen), Some(&"Normal" | &"Warning"))
            && rest.get(seen + 1).is_some_and(|reason| reason.starts_with(|c: char| c.is_ascii_uppercase()))
            && rest.get(seen + 2).is_some_and(|object| object.contains('/'))
        {
            return Some(Kind::Event);
        }
    }
    if !shape::is_name(first) || first.bytes().any(|b| b.is_ascii_uppercase()) {
        return None;
    }
    // `get events --all-namespaces` up to 1.12: the namespace before two ages, a count, a name.
    if !is_age(first) && is_age(words[1]) && crate::parse::events::looks_like_event_row(line) {
        return Some(Kind::Event);
    }
    for start in 1..=2 {
        if start == 2 && !shape::is_name(words[1]) {
            break;
        }
        let at = |index: usize| words.get(start + index).copied().unwrap_or_default();
        let int = |index: usize| count(at(index)).is_some();
        let age = |index: usize| is_age(at(index)) || matches!(at(index), "<unknown>" | "<invalid>");
        let status = |index: usize| shape::Shape::Status.fits(&[at(index)], false);
        let kind = if ratio(at(0)).is_some() {
            let ago = at(3).starts_with('(') && at(4) == "ago)";
            if status(1)
                && int(2)
                && (age(3) || ago && age(5) || words.len() == start + 3 || ago && words.len() == start + 5)
                || words.len() == start + 2 && is_pod_trouble(at(1))
            {
                Some(Kind::Pod)
            } else if int(1) && int(2) && age(3) {
                Some(Kind::Deployment)
            } else if age(1) && age(2) {
                Some(Kind::Job)
            } else if age(1) {
                Some(Kind::StatefulSet)
            } else {
                None
            }
        } else if int(0) && int(1) && int(2) && age(3) {
            Some(Kind::ReplicaSet)
        } else if int(0) && int(1) && int(2) && int(3) && int(4) && age(6) {
            Some(Kind::DaemonSet)
        } else if matches!(at(0), "Complete" | "Failed" | "Running" | "Suspended") && ratio(at(1)).is_some() && age(3) {
            Some(Kind::Job)
        } else if at(0).split(',').all(|part| matches!(part, "Ready" | "NotReady" | "SchedulingDisabled" | "Unknown"))
            && age(2)
            && at(3).starts_with('v')
        {
            Some(Kind::Node)
        } else if matches!(at(0), "Bound" | "Pending" | "Lost") && (2..7).any(age) {
            Some(Kind::Claim)
        } else if matches!(at(0), "ClusterIP" | "NodePort" | "LoadBalancer" | "ExternalName") && (2..6).any(age) {
            Some(Kind::Service)
        } else if (at(0) == "Opaque" || at(0).contains('/')) && int(1) && age(2) {
            Some(Kind::Secret)
        } else {
            None
        };
        if kind.is_some() {
            return kind;
        }
    }
    None
}

fn kind_of_command(command: &Command) -> Option<Kind> {
    // `get pods,svc` prints several tables, each under its header.
    Kind::of_resource(command.resource.split(',').next().unwrap_or_default())
}

/// The kind that the words of a file's name tell: `get-pods-default.txt`, `pvc.txt`.
fn kind_of_path(path: &str) -> Option<Kind> {
    let name = path.rsplit(['/', '\\']).next().unwrap_or(path);
    // `no` is short for nodes on the command line only.
    name.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| *word != "no").find_map(Kind::of_resource)
}

/// A line that may be the first part of a row.
struct Pending<'t> {
    number: u64,
    raw: &'t str,
    text: String,
    lines: usize,
}

/// The table that is being read.
struct Table {
    columns: Vec<Column>,
    kind: Option<Kind>,
    header: Option<u64>,
    rows: usize,
    others: usize,
}

struct Reader<'s, 't> {
    section: &'s Section<'t>,
    frame: Frame,
    /// What command or path say of rows without header.
    kind: Option<Kind>,
    table: Option<Table>,
    /// The header, as long as the next line may be the rest of it.
    open_header: Option<(u64, String)>,
    pending: Option<Pending<'t>>,
    found: objects::Found<'s, 't>,
}

impl<'s, 't> Reader<'s, 't> {
    fn new(section: &'s Section<'t>) -> Self {
        let command = section.command.map(Command::parse).unwrap_or_default();
        Reader {
            section,
            frame: Frame::of(section.text),
            kind: kind_of_command(&command).or_else(|| kind_of_path(section.path)),
            table: None,
            open_header: None,
            pending: None,
            found: objects::Found::new(section),
        }
    }

    fn line(&mut self, number: u64, raw: &'t str) {
        let cleaned = clean::line(self.frame.strip(raw));
        let line = cleaned.trim_end();
        if line.trim().is_empty() || clean::is_elision(line) {
            self.flush();
            self.open_header = None;
            return;
        }
        if let Some(columns) = header::parse(line) {
            self.flush();
            self.end_table();
            self.start_table(Some(number), columns);
            self.open_header = Some((number, line.to_owned()));
            return;
        }
        if let Some((first, start)) = self.open_header.take()
            && start.chars().count() >= NARROWEST_TERMINAL
            && let Some((text, columns)) = joined_header(&start, line)
        {
            self.table = None;
            self.start_table(Some(first), columns);
            self.open_header = Some((first, text));
            return;
        }
        if self.table.is_none() && !self.start_headless(line) {
            return;
        }
        let Some(table) = &self.table else { return };
        let alone = table.read(line);
        // A line that is no row by itself may be the rest of the row before it.
        if let Some(mut pending) = self.pending.take() {
            if alone.is_none() && pending.lines < MOST_WRAPS {
                let before = table.read(&pending.text).map_or(0, |row| row.filled());
                let rest = line.trim_start();
                let options = [format!("{}{line}", pending.text), format!("{} {rest}", pending.text)];
                let better = options
                    .into_iter()
                    .filter_map(|text| {
                        let (filled, cost) = table.read(&text).map(|row| (row.filled(), row.cost))?;
                        Some((filled, -cost, text))
                    })
                    .max_by_key(|(filled, value, _)| (*filled, *value))
                    .filter(|(filled, _, _)| *filled > before);
                if let Some((_, _, text)) = better {
                    pending.text = text;
                    pending.lines += 1;
                    self.pending = Some(pending);
                    return;
                }
            }
            self.pending = Some(pending);
            self.flush();
        }
        self.pending = Some(Pending { number, raw, text: line.to_owned(), lines: 1 });
        let may_go_on = line.chars().count() >= NARROWEST_TERMINAL;
        if !may_go_on {
            self.flush();
        }
    }

    fn start_table(&mut self, header: Option<u64>, columns: Vec<Column>) {
        let by_columns = header::kind_of(&columns);
        let known = match (by_columns, self.kind) {
            // One header for both.
            (Some(Kind::ReplicaSet), Some(kind @ Kind::ReplicationController)) => Some(kind),
            (None, Some(kind)) if header.is_some() => by_names(&columns, kind),
            (Some(kind), _) => Some(kind),
            (None, _) => None,
        };
        let kind = known.or_else(|| {
            let names: Vec<&str> = columns.iter().map(|column| column.name.as_str()).collect();
            matches!(names.as_slice(), ["NAME", "STATUS", "AGE"] | ["NAME", "STATUS", "AGE", "LABELS"])
                .then_some(Kind::Namespace)
        });
        self.table = Some(Table { columns, kind, header, rows: 0, others: 0 });
    }

    fn start_headless(&mut self, line: &str) -> bool {
        let seen = bare_row(line);
        // The shapes of a StatefulSet's row and of an old Job's are the same; command or path decide.
        let kind = match (seen, self.kind) {
            (Some(Kind::StatefulSet | Kind::ReplicaSet | Kind::Claim), Some(kind)) => kind,
            (Some(kind), _) => kind,
            (None, Some(kind)) => kind,
            (None, None) => return false,
        };
        let Some(columns) = kind.usual_header() else { return false };
        self.table = Some(Table { columns, kind: Some(kind), header: None, rows: 0, others: 0 });
        true
    }

    fn flush(&mut self) {
        let Some(pending) = self.pending.take() else { return };
        let Some(table) = &mut self.table else { return };
        let Some(row) = table.read(&pending.text) else {
            table.others += 1;
            return;
        };
        table.rows += 1;
        let place = self.section.place(pending.number, pending.raw);
        self.found.row(table.kind, &table.columns, &row, &pending.text, place);
    }

    fn end_table(&mut self) {
        let Some(table) = self.table.take() else { return };
        if let Some(header) = table.header
            && table.rows == 0
            && table.others > 0
            && table.kind.is_some_and(|kind| kind != Kind::Event)
        {
            self.found.facts.gaps.push(Gap {
                path: self.section.path.to_owned(),
                kind: GapKind::Unreadable,
                what: format!("no row under the header on line {header} reads as a row of its table"),
                prevents: "what the table lists".to_owned(),
            });
        }
    }

    fn finish(mut self, facts: &mut Facts) {
        self.flush();
        self.end_table();
        facts.append(self.found.into_facts());
    }
}

impl Table {
    /// Deals a line out to the columns; `None` where it is no row of this table.
    fn read<'l>(&self, line: &'l str) -> Option<Row<'l>> {
        let row = align::row(line, &self.columns)?;
        let cell =
            |name: &str| self.columns.iter().position(|column| column.name == name).and_then(|index| row.cell(index));
        let named = cell("NAME").is_some() || self.kind == Some(Kind::Usage) && cell("POD").is_some();
        let known = match self.kind {
            Some(Kind::Pod) => {
                let has_ready = self.columns.iter().any(|column| column.name == "READY");
                cell("STATUS").is_some() && (cell("READY").is_some() || !has_ready)
            }
            Some(Kind::Deployment | Kind::StatefulSet) => cell("READY").or(cell("DESIRED")).is_some(),
            Some(Kind::Node | Kind::Claim | Kind::Volume | Kind::Namespace) => {
                cell("STATUS").is_some_and(|status| status.starts_with(|c: char| c.is_ascii_uppercase()))
            }
            Some(Kind::ReplicaSet | Kind::ReplicationController | Kind::DaemonSet) => {
                cell("DESIRED").and(cell("CURRENT")).is_some()
            }
            Some(Kind::Job) => cell("COMPLETIONS").or(cell("SUCCESSFUL")).is_some(),
            Some(Kind::Usage) => true,
            Some(_) => cell("AGE").is_some() || row.filled() >= 3,
            None => true,
        };
        (named && known).then_some(row)
    }
}

/// Whether a header that says little (`-o custom-columns`) fits the kind that command or path tell.
fn by_names(columns: &[Column], kind: Kind) -> Option<Kind> {
    let has = |name: &str| columns.iter().any(|column| column.name == name);
    match kind {
        Kind::Pod => has("STATUS").then_some(kind),
        Kind::ConfigMap | Kind::Secret => has("NAME").then_some(kind),
        Kind::Namespace | Kind::Node | Kind::Claim | Kind::Volume => has("STATUS").then_some(kind),
        _ => None,
    }
}

/// The header whose rest stands on the next line, joined in the middle of a word or between words.
fn joined_header(start: &str, rest: &str) -> Option<(String, Vec<Column>)> {
    let upper = |b: u8| b.is_ascii_uppercase() || b.is_ascii_digit() || b" ()%-_/\t".contains(&b);
    if !rest.bytes().all(upper) && !rest.contains("(cores)") && !rest.contains("(bytes)") {
        return None;
    }
    let known = |columns: &Vec<Column>| columns.iter().filter(|column| column.shape != shape::Shape::Text).count();
    [format!("{start}{rest}"), format!("{start} {}", rest.trim_start())]
        .into_iter()
        .filter_map(|text| header::parse(&text).map(|columns| (known(&columns), text, columns)))
        .max_by_key(|(known, text, _)| (*known, std::cmp::Reverse(text.len())))
        .map(|(_, text, columns)| (text, columns))
}

#[cfg(test)]
mod tests;
