//! Prompts and command lines as they stand in saved terminals: `$ kubectl get pods -n shop`.
//!
//! Owns where a command starts in a line and what its words mean. Knows nothing of the output that follows.

use crate::artifact::{Hint, LogRun};

/// How a command line is marked as one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// A shell's prompt: `$`, `root@host:~#`, `PS C:\>`.
    Prompt,
    /// `+ kubectl` of `set -x`.
    Trace,
    /// A line of decoration or words around it: `===== kubectl get pods =====`, `Output of kubectl get pods:`.
    Heading,
    /// Nothing: the line is the command.
    Bare,
}

/// A command line inside a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CommandLine<'t> {
    /// How it is marked.
    pub style: Style,
    /// What stands before the program's name, without white space at its ends.
    pub prefix: &'t str,
    /// From the program's name on, without decoration and white space at its end.
    pub command: &'t str,
}

/// Verbs that print what this program reads, and the most usual others: one of them must follow the program's name.
const VERBS: [&str; 40] = [
    "get",
    "describe",
    "logs",
    "log",
    "top",
    "version",
    "events",
    "apply",
    "create",
    "delete",
    "edit",
    "exec",
    "run",
    "expose",
    "scale",
    "rollout",
    "config",
    "cluster-info",
    "api-resources",
    "api-versions",
    "explain",
    "auth",
    "drain",
    "cordon",
    "uncordon",
    "taint",
    "label",
    "annotate",
    "patch",
    "replace",
    "set",
    "wait",
    "cp",
    "debug",
    "attach",
    "port-forward",
    "proxy",
    "adm",
    "status",
    "project",
];

/// Flags whose value is the next word.
const VALUE_FLAGS: [&str; 26] = [
    "-n",
    "--namespace",
    "-c",
    "--container",
    "-o",
    "--output",
    "-l",
    "--selector",
    "-f",
    "--filename",
    "--context",
    "--cluster",
    "--user",
    "--kubeconfig",
    "-s",
    "--server",
    "--token",
    "--as",
    "--tail",
    "--since",
    "--since-time",
    "--sort-by",
    "--field-selector",
    "--limit-bytes",
    "--for",
    "--request-timeout",
];

/// Finds the command line in a line of text, if it is one. Only the first 200 bytes are looked at for the program's name.
pub fn find(line: &str) -> Option<CommandLine<'_>> {
    let line = line.trim_end();
    if line.len() > 2000 {
        return None;
    }
    for (start, word) in words(line).take(14) {
        if start > 200 {
            return None;
        }
        // A sign may stick to the program: `C:\>kubectl`, `$kubectl`, "`kubectl".
        let glued = word
            .rfind(['$', '#', '>', '%', '`', '\u{276f}', '"', '\'', '*', '('])
            .map_or(0, |at| at + word[at..].chars().next().map_or(1, char::len_utf8));
        let program = &word[glued..];
        let path = program.rfind(['/', '\\']).map_or(0, |at| at + 1);
        let name = program[path..].strip_suffix(".exe").unwrap_or(&program[path..]);
        let (short, known) = match name {
            "kubectl" | "kubecolor" | "microk8s.kubectl" => (false, true),
            "oc" | "k" => (true, true),
            _ => (false, is_alias(name)),
        };
        if !known {
            continue;
        }
        let prefix = line[..start + glued].trim();
        let style = style_of(prefix, line)?;
        // An alias counts at a prompt only, and in front of a verb.
        let alias = !short && !matches!(name, "kubectl" | "kubecolor" | "microk8s.kubectl");
        if alias && style != Style::Prompt {
            return None;
        }
        let command = undecorated(&line[start + glued..], style);
        let verb = verb_of(command)?;
        // `k` and `oc` are words too: without a prompt they count only as the whole of a command that names something.
        let least = if verb == "get" { 4 } else { 3 };
        let whole = style == Style::Bare
            && matches!(verb, "get" | "describe" | "logs")
            && (least..=8).contains(&command.split_whitespace().count())
            && command.split_whitespace().nth(1) == Some(verb);
        if short && matches!(style, Style::Bare | Style::Heading) && !prefix.starts_with("==") && !whole {
            return None;
        }
        if matches!(style, Style::Bare | Style::Heading) && is_prose(command, verb) {
            return None;
        }
        return Some(CommandLine { style, prefix, command });
    }
    None
}

/// Names that people give to kubectl with its flags: `kc`, `kn`, `kubegcs`.
fn is_alias(name: &str) -> bool {
    let others = ["kubelet", "kubeadm", "kubectx", "kubens", "kubeval", "kill", "kind"];
    let plain = name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    let short = (2..=4).contains(&name.len()) && name.starts_with('k');
    let long = (5..=20).contains(&name.len()) && name.starts_with("kube");
    plain && (short || long) && !others.contains(&name)
}

/// The prompt of a line that holds another command or none, where its form alone tells: `user@host:~$`,
/// `[user@host dir]#`, `PS C:\Users\me>`. Returns what stands up to and with its sign.
pub fn other_prompt(line: &str) -> Option<&str> {
    let line = line.trim_start();
    let end = line
        .char_indices()
        .take(80)
        .find(|(at, c)| {
            matches!(c, '$' | '#' | '%' | '>') && line[at + 1..].chars().next().is_none_or(|next| next == ' ')
        })
        .map(|(at, _)| at)?;
    let mut head = &line[..end];
    // The name of a Python environment before it.
    if let Some((_, rest)) = head.strip_prefix('(').and_then(|rest| rest.split_once(") ")) {
        head = rest;
    }
    let windows = head.starts_with("PS ") && head.contains(":\\") || head.len() < 60 && is_drive(head);
    let bracket = head.starts_with('[') && head.ends_with(']') && head.contains('@');
    let unix = !head.contains(' ')
        && head.split_once('@').is_some_and(|(user, rest)| {
            !user.is_empty() && rest.split_once(':').is_some_and(|(host, _)| is_host(host)) && is_host(user)
        });
    (windows || bracket || unix).then(|| &line[..=end])
}

fn is_drive(head: &str) -> bool {
    let mut chars = head.chars();
    chars.next().is_some_and(|c| c.is_ascii_uppercase()) && chars.next() == Some(':') && chars.next() == Some('\\')
}

fn is_host(word: &str) -> bool {
    !word.is_empty() && word.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
}

fn style_of(prefix: &str, line: &str) -> Option<Style> {
    let prefix = without_wrappers(prefix);
    if prefix.is_empty() {
        return Some(Style::Bare);
    }
    if prefix.len() > 120 {
        return None;
    }
    if prefix.bytes().all(|b| b == b'+') {
        return Some(Style::Trace);
    }
    let last = prefix.chars().next_back()?;
    if prefix.chars().all(|c| "=-#*_~>:`'\"([|. ".contains(c) || c.is_ascii_digit()) {
        return Some(if matches!(prefix, "#" | ">" | "~ >" | "~ #") { Style::Prompt } else { Style::Heading });
    }
    if matches!(last, '$' | '%' | '#' | '>' | '\u{276f}' | '\u{279c}' | '\u{3bb}' | '\u{bb}' | '\u{2717}' | '\u{276d}')
        || prefix.starts_with(['\u{279c}', '\u{2570}', '\u{2514}'])
    {
        return Some(Style::Prompt);
    }
    let words = prefix.split_whitespace().count();
    if last == ':' && words <= 4 || line.ends_with(':') && line.len() <= 140 && words <= 8 || last == '`' && words <= 8
    {
        return Some(Style::Heading);
    }
    None
}

/// Takes the words off that run a program through another: `sudo`, `time`, `watch -n 1`, `minikube`, `KUBECONFIG=x`.
fn without_wrappers(prefix: &str) -> &str {
    let mut prefix = prefix.trim_end();
    loop {
        let start = prefix.rfind(char::is_whitespace).map_or(0, |at| at + 1);
        let word = prefix[start..].trim_start_matches('`');
        let is_wrapper =
            matches!(word, "sudo" | "time" | "watch" | "microk8s" | "k3s" | "minikube" | "-d" | "-n" | "-E")
                || word.strip_prefix("-n").unwrap_or(word).parse::<f32>().is_ok() && prefix.contains("watch")
                || word.split_once('=').is_some_and(|(name, _)| {
                    name.len() > 2 && name.bytes().all(|b| b.is_ascii_uppercase() || b == b'_')
                });
        if word.is_empty() || !is_wrapper {
            return prefix;
        }
        prefix = prefix[..start].trim_end();
    }
}

fn undecorated(command: &str, style: Style) -> &str {
    if matches!(style, Style::Prompt | Style::Trace) {
        return command.trim_end();
    }
    // `watch` prints host and date at the right edge of its heading.
    let command = command.split("   ").next().unwrap_or(command);
    command.trim_end_matches(['=', '-', '#', '*', '_', '~', ':', '`', ')', ']', '"', '\'', ' ', '<'])
}

fn verb_of(command: &str) -> Option<&str> {
    let mut words = words(command).map(|(_, word)| word).skip(1);
    while let Some(word) = words.next() {
        if word == "--" {
            continue;
        }
        if word.starts_with('-') {
            if VALUE_FLAGS.contains(&word) {
                words.next();
            }
            continue;
        }
        return VERBS.contains(&word).then_some(word);
    }
    None
}

/// Whether a line that only might be a command reads like a sentence about one.
fn is_prose(command: &str, verb: &str) -> bool {
    let reads = matches!(verb, "get" | "describe" | "logs" | "log" | "top" | "version" | "events");
    let changes = matches!(verb, "apply" | "create" | "delete" | "edit" | "run" | "scale" | "set" | "exec" | "rollout");
    if !reads && !changes {
        return true;
    }
    let all: Vec<&str> = command.split(['|', ';', '>']).next().unwrap_or("").split_whitespace().collect();
    all.len() > 14
        || all.iter().any(|word| {
            word.ends_with([',', '.', '?', '!'])
                || matches!(
                    *word,
                    "shows" | "show" | "is" | "the" | "and" | "to" | "output" | "returns" | "says" | "for"
                )
        })
}

/// The words of a line with their byte offsets.
fn words(line: &str) -> impl Iterator<Item = (usize, &str)> {
    line.split_whitespace().map(move |word| (word.as_ptr() as usize - line.as_ptr() as usize, word))
}

/// What a command line asks for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Command {
    /// `get`, `describe`, `logs` (also for `log`), `top`, `version`, `events`, or any other verb.
    pub verb: String,
    /// The resource as written: `pods`, `po,svc`, `deployment.apps`; empty where there is none.
    pub resource: String,
    /// Names of objects.
    pub names: Vec<String>,
    /// `-n`, `--namespace`
    pub namespace: Option<String>,
    /// `-c`, `--container`
    pub container: Option<String>,
    /// `-p`, `--previous`
    pub previous: bool,
    /// `-o`, `--output`, without what follows `=`.
    pub output: Option<String>,
}

impl Command {
    /// Reads a command line from the program's name on. Pipes, redirections and comments end it.
    pub fn parse(line: &str) -> Command {
        let mut command = Command::default();
        let mut positional: Vec<String> = Vec::new();
        let mut all = shell_words(line).into_iter().skip(1);
        while let Some(word) = all.next() {
            if word == "--" {
                if positional.is_empty() {
                    continue; // `minikube kubectl -- get pods`
                }
                break; // what runs inside the container
            }
            if !word.starts_with('-') {
                positional.push(word);
                continue;
            }
            let (flag, mut value) = match word.split_once('=') {
                Some((flag, value)) => (flag.to_owned(), Some(value.to_owned())),
                // `-nshop`, `-oyaml`, `-ojson`
                None if !word.starts_with("--") && word.len() > 2 && word[1..].starts_with(['n', 'o', 'c']) => {
                    (word[..2].to_owned(), Some(word[2..].to_owned()))
                }
                None => (word, None),
            };
            let is_logs = positional.first().is_some_and(|verb| verb == "logs" || verb == "log");
            // `logs -f` follows; `get -f` names a file.
            let takes_value = VALUE_FLAGS.contains(&flag.as_str()) && !(flag == "-f" && is_logs);
            if takes_value && value.is_none() {
                value = all.next();
            }
            match flag.as_str() {
                "-n" | "--namespace" => command.namespace = value,
                "-c" | "--container" => command.container = value,
                "-o" | "--output" => {
                    command.output = value.map(|value| value.split('=').next().unwrap_or_default().to_owned());
                }
                // `kubectl events --for pod/web-0`
                "--for" if positional.first().is_some_and(|verb| verb == "events") => {
                    if let Some((resource, name)) = value.as_deref().and_then(|value| value.split_once('/')) {
                        command.resource = resource.to_ascii_lowercase();
                        command.names.push(name.to_owned());
                    }
                }
                "-p" | "--previous" => command.previous = value.as_deref() != Some("false"),
                _ => {}
            }
        }
        let mut positional = positional.into_iter();
        let verb = positional.next().unwrap_or_default();
        command.verb = if verb == "log" { "logs".to_owned() } else { verb };
        if command.verb == "logs" {
            match positional.next() {
                Some(word) => match word.split_once('/') {
                    Some((resource, name)) => {
                        command.resource = resource.to_owned();
                        command.names.push(name.to_owned());
                    }
                    None => {
                        command.resource = "pod".to_owned();
                        command.names.push(word);
                    }
                },
                None => command.resource = "pod".to_owned(),
            }
            if let Some(container) = positional.next()
                && command.container.is_none()
            {
                command.container = Some(container);
            }
            return command;
        }
        for word in positional {
            match word.split_once('/') {
                Some((resource, name)) if command.verb != "version" => {
                    command.resource = resource.to_owned();
                    command.names.push(name.to_owned());
                }
                _ if command.resource.is_empty() => command.resource = word,
                _ => command.names.push(word),
            }
        }
        command
    }

    /// Whether the resource is pods and nothing else.
    pub fn is_pods(&self) -> bool {
        matches!(self.resource.as_str(), "pod" | "pods" | "po")
    }

    /// What the command says of its output, over what the path says.
    pub fn hint(&self, base: &Hint) -> Hint {
        let mut hint = Hint { artifact: None, ..base.clone() };
        if self.namespace.is_some() {
            hint.namespace.clone_from(&self.namespace);
        }
        if self.is_pods() && self.names.len() == 1 {
            hint.pod = self.names.first().cloned();
        }
        if self.verb == "logs" {
            hint.container = self.container.clone().or(hint.container);
            hint.run = if self.previous { LogRun::Previous } else { LogRun::Current };
        }
        hint
    }
}

/// Splits like a shell: quotes hold blanks together; `|`, `;`, `&`, `>`, `<` and a comment end the command.
fn shell_words(line: &str) -> Vec<String> {
    let mut all = Vec::new();
    let mut word = String::new();
    let mut quote: Option<char> = None;
    let mut started = false;
    for c in line.chars() {
        match quote {
            Some(end) if c == end => quote = None,
            Some(_) => word.push(c),
            None => match c {
                '"' | '\'' => {
                    quote = Some(c);
                    started = true;
                }
                '|' | ';' | '&' | '>' | '<' => break,
                '#' if word.is_empty() => break,
                '\\' => {}
                c if c.is_whitespace() => {
                    if started || !word.is_empty() {
                        all.push(std::mem::take(&mut word));
                    }
                    started = false;
                }
                c => word.push(c),
            },
        }
    }
    if started || !word.is_empty() {
        all.push(word);
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn command(line: &str) -> Option<(Style, &str)> {
        find(line).map(|found| (found.style, found.command))
    }

    #[test]
    fn prompts_of_many_shells() {
        for line in [
            "$ kubectl get pods",
            "# kubectl get pods",
            "% kubectl get pods",
            "> kubectl get pods",
            "root@master-1:~# kubectl get pods",
            "[jo@bastion ~]$ kubectl get pods",
            "PS C:\\Users\\jo> kubectl get pods",
            "C:\\work>kubectl get pods",
            "controlplane $ kubectl get pods",
            "\u{279c}  shop git:(main) \u{2717} kubectl get pods",
            "jo@mac shop % sudo kubectl get pods",
            "$ KUBECONFIG=./cfg kubectl get pods",
            "$ watch -n 2 kubectl get pods",
            "$ minikube kubectl get pods",
            "    $ /usr/local/bin/kubectl get pods",
        ] {
            let found = find(line);
            assert_eq!(found.map(|found| found.style), Some(Style::Prompt), "{line}");
            assert!(found.is_some_and(|found| found.command.ends_with("get pods")), "{line}");
        }
        assert_eq!(command("$ k get po -A"), Some((Style::Prompt, "k get po -A")));
        assert_eq!(command("$ oc get pods"), Some((Style::Prompt, "oc get pods")));
        assert_eq!(command("+ kubectl logs a"), Some((Style::Trace, "kubectl logs a")));
        assert_eq!(command("++ kubectl logs a"), Some((Style::Trace, "kubectl logs a")));
    }

    #[test]
    fn headings() {
        let get = Some((Style::Heading, "kubectl get pods -n shop"));
        assert_eq!(command("===== kubectl get pods -n shop ====="), get);
        assert_eq!(command("## kubectl get pods -n shop"), get);
        assert_eq!(command("Output of `kubectl get pods -n shop`:"), get);
        assert_eq!(command("Output of kubectl get pods -n shop:"), get);
        assert_eq!(command("Every 2.0s: kubectl get pods -n shop      bastion: Tue Mar  3 10:00:00 2026"), get);
        assert_eq!(command("kubectl get pods -n shop"), Some((Style::Bare, "kubectl get pods -n shop")));
        assert_eq!(command("k logs web-0 -c app"), Some((Style::Bare, "k logs web-0 -c app")));
    }

    #[test]
    fn sentences_and_other_programs_are_no_commands() {
        for line in [
            "kubectl get pods shows that it crashes",
            "I ran kubectl get pods and saw this",
            "use kubectl to look at it",
            "k get pods",
            "$ kubectl",
            "$ kubectl frobnicate",
            "$ ls kubectl",
            "    kubectl.kubernetes.io/default-container: app",
            "k 1 2 3",
        ] {
            assert_eq!(find(line), None, "{line}");
        }
    }

    #[test]
    fn prompts_without_kubectl() {
        assert_eq!(other_prompt("root@master-1:~# ls"), Some("root@master-1:~#"));
        assert_eq!(other_prompt("root@master-1:~#"), Some("root@master-1:~#"));
        assert_eq!(other_prompt("[jo@bastion ~]$ date"), Some("[jo@bastion ~]$"));
        assert_eq!(other_prompt("PS C:\\Users\\jo> "), Some("PS C:\\Users\\jo>"));
        for line in ["# A fatal error", "$ node server.js", "jo@example.org > x", "cost: 5$ each", "<a> b"] {
            assert_eq!(other_prompt(line), None, "{line}");
        }
    }

    #[test]
    fn the_words_of_a_command() {
        let logs = Command::parse("kubectl -n shop logs -f pod/web-0 -c app --tail 50 --previous | tail -5");
        assert_eq!(logs.verb, "logs");
        assert_eq!((logs.resource.as_str(), logs.names.as_slice()), ("pod", ["web-0".to_owned()].as_slice()));
        assert_eq!((logs.namespace.as_deref(), logs.container.as_deref()), (Some("shop"), Some("app")));
        assert!(logs.previous);
        let hint = logs.hint(&Hint::default());
        assert_eq!((hint.pod.as_deref(), hint.run), (Some("web-0"), LogRun::Previous));

        let old = Command::parse("kubectl logs web-0 app");
        assert_eq!((old.names.as_slice(), old.container.as_deref()), (["web-0".to_owned()].as_slice(), Some("app")));
        assert_eq!(Command::parse("kubectl logs deploy/web").hint(&Hint::default()).pod, None);

        let get = Command::parse("kubectl get po web-0 -oyaml --namespace=shop > x.yaml");
        assert_eq!((get.resource.as_str(), get.output.as_deref()), ("po", Some("yaml")));
        assert_eq!(get.hint(&Hint::default()).pod.as_deref(), Some("web-0"));
        assert_eq!(Command::parse("kubectl -- get pods").resource, "pods".to_owned());
        assert_eq!(
            Command::parse("kubectl get pods -o 'custom-columns=A:.b c' -l 'a in (b)'").output.as_deref(),
            Some("custom-columns")
        );
        assert_eq!(Command::parse(""), Command::default());
    }
}
