//! Which files of one folder were saved for one case, by their names.
//!
//! `4711-describe.txt`, `4711-logs.txt`, `4712-describe.txt`, `4712-events.txt` are two cases in one folder: the words
//! before the name of an output are the label. A number behind it is one as well: `describe-3.txt`, `logs-3.txt`. Names
//! label files only where several files of several cases bear it out: `01-nodes.txt`, `02-pods.txt` only count, and
//! `pods.txt`, `web-logs.txt` say nothing of whose the pods are.

use std::collections::{BTreeMap, BTreeSet};

/// The words that name an output, in names of files and of folders of one kind of file.
const OUTPUTS: &[&str] = &[
    "all",
    "claims",
    "configmap",
    "configmaps",
    "console",
    "cronjob",
    "cronjobs",
    "current",
    "daemonset",
    "daemonsets",
    "deploy",
    "deployment",
    "deployments",
    "desc",
    "describe",
    "described",
    "description",
    "endpoints",
    "error",
    "errors",
    "event",
    "events",
    "get",
    "ingress",
    "issue",
    "job",
    "jobs",
    "k9s",
    "kubectl",
    "log",
    "logs",
    "manifest",
    "message",
    "node",
    "nodes",
    "note",
    "notes",
    "oc",
    "output",
    "paste",
    "pod",
    "podlog",
    "podlogs",
    "pods",
    "prev",
    "previous",
    "pv",
    "pvc",
    "pvcs",
    "quota",
    "replicaset",
    "replicasets",
    "report",
    "rs",
    "sa",
    "secret",
    "secrets",
    "service",
    "services",
    "session",
    "spec",
    "statefulset",
    "statefulsets",
    "status",
    "sts",
    "svc",
    "symptom",
    "terminal",
    "top",
    "transcript",
    "yaml",
];

/// Those of them that are said of any object, or are the command itself.
const COMMANDS: &[&str] = &[
    "desc",
    "describe",
    "described",
    "event",
    "events",
    "get",
    "kubectl",
    "log",
    "logs",
    "oc",
    "podlog",
    "podlogs",
    "top",
];

/// So many cases with several outputs bear out that names are labels.
const CASES: usize = 2;

/// So many cases with the same output do too.
const MANY: usize = 3;

fn is_output(word: &str) -> bool {
    OUTPUTS.binary_search(&word.to_ascii_lowercase().as_str()).is_ok()
}

fn is_separator(c: char) -> bool {
    matches!(c, '-' | '_' | '.' | ' ')
}

/// The name of a file without its folder and its ending.
pub(super) fn stem(path: &str) -> &str {
    let name = path.rsplit('/').next().unwrap_or(path);
    let name = name.strip_suffix(".gz").unwrap_or(name);
    match name.rsplit_once('.') {
        Some((stem, end)) if !stem.is_empty() && end.len() <= 5 => stem,
        _ => name,
    }
}

/// The words of a name: where each begins, and the word.
fn words(stem: &str) -> impl Iterator<Item = (usize, &str)> {
    stem.split(is_separator).map(|word| (word.as_ptr() as usize - stem.as_ptr() as usize, word))
}

/// The label before an output's name, and that name to the end: before the word of a command, else before any output's. A name that
/// begins with the word of a command (`describe-pod-web-logs`) goes on with the name of an object.
fn before(stem: &str) -> Option<(&str, &str)> {
    let label = |is: &dyn Fn(&str) -> bool| {
        let named = words(stem).filter(|(_, word)| is(word));
        let mut labels = named.map(|(at, _)| (stem[..at].trim_end_matches(is_separator), &stem[at..]));
        labels.find(|(label, _)| names_a_case(label))
    };
    if begins_with_a_command(stem) {
        return None;
    }
    label(&is_command).or_else(|| label(&is_output))
}

fn is_command(word: &str) -> bool {
    COMMANDS.binary_search(&word.to_ascii_lowercase().as_str()).is_ok()
}

fn begins_with_a_command(stem: &str) -> bool {
    words(stem).next().is_some_and(|(_, word)| is_command(word))
}

/// Whether a name has a word that is no output's.
fn names_a_case(stem: &str) -> bool {
    words(stem).any(|(_, word)| !word.is_empty() && !is_output(word))
}

/// The number behind a name, and that name, where it is nothing but an output's: `describe-pod-3` has 3.
fn behind(stem: &str) -> Option<(&str, Option<&str>)> {
    let (output, number) = stem.rsplit_once(is_separator)?;
    let counts = !number.is_empty() && number.len() <= 4 && number.bytes().all(|b| b.is_ascii_digit());
    counts.then(|| (number, (!names_a_case(output)).then_some(output)))
}

/// Which outputs stand by each label.
#[derive(Default)]
struct Outputs<'p>(BTreeMap<&'p str, BTreeSet<&'p str>>);

impl<'p> Outputs<'p> {
    fn add(&mut self, label: &'p str, output: &'p str) {
        self.0.entry(label).or_default().insert(output);
    }

    fn several(&self, label: &str) -> bool {
        self.0.get(label).is_some_and(|outputs| outputs.len() > 1)
    }

    /// Whether several of the labels have several outputs.
    fn cases(&self) -> bool {
        self.0.keys().filter(|label| self.several(label)).count() >= CASES
    }

    /// Whether outputs of the same word stand by many labels.
    fn series(&self) -> bool {
        let mut by_word: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for (label, output) in self.0.iter().flat_map(|(label, all)| all.iter().map(move |output| (label, output))) {
            let word = words(output).next().map_or("", |(_, word)| word);
            by_word.entry(word).or_default().insert(label);
        }
        by_word.values().any(|labels| labels.len() >= MANY)
    }
}

/// The names without the numbers before them, where these only count: each has its own, of one or two digits, and each name
/// behind is another one.
fn without_counters<'p>(stems: &[&'p str]) -> Option<Vec<&'p str>> {
    let counted = |stem: &'p str| {
        let (number, rest) = stem.split_once(is_separator)?;
        let counts = matches!(number.len(), 1..=2) && number.bytes().all(|b| b.is_ascii_digit());
        (counts && !rest.is_empty()).then_some((number, rest))
    };
    let numbered: Vec<_> = stems.iter().filter_map(|stem| counted(stem)).collect();
    let numbers: BTreeSet<&str> = numbered.iter().map(|(number, _)| *number).collect();
    let names: BTreeSet<&str> = numbered.iter().map(|(_, rest)| *rest).collect();
    let only_count = numbered.len() >= MANY && numbers.len() == numbered.len() && names.len() == numbered.len();
    only_count.then(|| stems.iter().map(|stem| counted(stem).map_or(*stem, |(_, rest)| rest)).collect())
}

/// The label of each file, in the order of the paths; empty where names are no labels.
pub(super) fn labels<'p>(paths: &[&'p str]) -> Vec<&'p str> {
    let stems: Vec<&str> = paths.iter().map(|path| stem(path)).collect();
    let stems = without_counters(&stems).unwrap_or(stems);
    let mut outputs = Outputs::default();
    stems.iter().filter_map(|stem| before(stem)).for_each(|(label, output)| outputs.add(label, output));
    let begins = |stem: &str, label: &str| stem.strip_prefix(label).is_some_and(|rest| rest.starts_with(is_separator));
    let label_of = |stem: &&'p str| -> Option<&'p str> {
        if begins_with_a_command(stem) || !names_a_case(stem) {
            return None;
        }
        let known = outputs.0.keys().filter(|label| outputs.several(label) && begins(stem, label));
        Some(known.max_by_key(|label| label.len()).copied().or(before(stem).map(|(label, _)| label)).unwrap_or(stem))
    };
    let found: Option<Vec<&str>> = stems.iter().map(label_of).collect();
    if let Some(found) = found.filter(|_| outputs.cases() || outputs.series()) {
        return found;
    }
    let mut outputs = Outputs::default();
    let Some(found) = stems.iter().map(|stem| behind(stem)).collect::<Option<Vec<_>>>() else { return Vec::new() };
    found
        .iter()
        .filter_map(|(number, output)| Some((*number, (*output)?)))
        .for_each(|(n, output)| outputs.add(n, output));
    let numbers: Vec<&str> = found.into_iter().map(|(number, _)| number).collect();
    if outputs.cases() { numbers } else { Vec::new() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_are_sorted() {
        assert!(OUTPUTS.is_sorted() && COMMANDS.is_sorted());
    }

    #[test]
    fn words_before_an_output_or_a_number_behind_it() {
        for (paths, wanted) in [
            (
                &["a-1-describe.txt", "a-1-logs.txt", "b-describe.txt", "b-events.txt"][..],
                &["a-1", "a-1", "b", "b"][..],
            ),
            (&["01-describe.txt", "01-logs.txt", "02-logs.txt", "02-get-pods.txt"], &["01", "01", "02", "02"]),
            (
                &["x/describe/a_describe.txt", "x/logs/a_logs.log", "x/logs/b_logs.log", "x/describe/b_describe.txt"],
                &["a", "a", "b", "b"],
            ),
            // Numbers of several cases with the same output each.
            (&["01-logs.txt", "02-logs.txt", "03-logs.txt", "4-events.txt"], &["01", "02", "03", "4"]),
            // A case that is called like an output.
            (
                &["pod-oom-logs.txt", "pod-oom-describe-pod.txt", "node-x-logs.txt", "node-x-describe-pod.txt"],
                &["pod-oom", "pod-oom", "node-x", "node-x"],
            ),
            // Several outputs of one command do not lengthen it.
            (
                &["a-get-pods.txt", "a-get-jobs.txt", "b-job-get-pods.txt", "b-job-logs.txt", "b-job-pods.txt"],
                &["a", "a", "b-job", "b-job", "b-job"],
            ),
            // One with a single file is one beside those with several.
            (&["a-logs.txt", "a-events.txt", "b-logs.txt", "b-events.txt", "c-logs.txt"], &["a", "a", "b", "b", "c"]),
            // Cases of one file each, one of them under a name of its own.
            (
                &["a-describe-pod.txt", "b-describe-pod.txt", "c-describe-pod.txt", "d-scribbles.txt"],
                &["a", "b", "c", "d-scribbles"],
            ),
            (
                &["describe-pod-1.txt", "logs-1.txt", "describe-2.txt", "logs-2.txt", "logs-web-0-2.txt"],
                &["1", "1", "2", "2", "2"],
            ),
        ] {
            assert_eq!(labels(paths), wanted, "{paths:?}");
        }
    }

    #[test]
    fn names_that_only_count_or_name_an_object_are_none() {
        for paths in [
            &["01-nodes.txt", "02-pods.txt", "03-describe.txt", "04-logs.txt"][..],
            &["01-nodes.txt", "02-pods.txt", "04-orders-pods.json", "05-orders-events.yaml", "09-webshop-pods.yaml"],
            &["describe-pod-web-0.txt", "logs-web-0.txt", "describe-pod-web-1.txt", "logs-web-1.txt"],
            &["pods.txt", "web-logs.txt", "web-describe.txt", "db-logs.txt", "db-describe.txt"],
            &["get-pods.txt", "get-pods-2.txt", "describe-2.txt"],
            &["prod-pods.txt", "prod-logs.txt"],
            &["describe-deployment-a-service.txt", "logs-a-service-x.txt", "get-jobs-get-data.txt", "top-pods.txt"],
            &["a.txt", "b.txt"],
        ] {
            assert_eq!(labels(paths), Vec::<&str>::new(), "{paths:?}");
        }
    }
}
