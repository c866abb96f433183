//! Logs of many pods in one file, as other tools than kubectl write them: each line says whose it is.
//!
//! ```text
//! web-7d4b9c6f5d-x7k2z app Listening on :8080            stern; with -A the namespace stands in front
//! [web-7d4b9c6f5d-x7k2z app] Listening on :8080          kubetail; of a pod with one container `[web-7d4b9c6f5d-x7k2z]`
//! shop/web-7d4b9c6f5d-x7k2z[app]: Listening on :8080     kail
//! {"message":"Listening","namespace":"shop","podName":"web-7d4b9c6f5d-x7k2z","containerName":"app"}       stern -o json
//! ```
//! None of it is marked as kubectl's prefix is, so the first lines of a file decide, all of them together.

/// How kubetail begins.
const WILL_TAIL: &str = "Will tail ";

/// Lines from the start of a file that have to agree.
const LINES: usize = 20;

/// How the lines of a file say whose they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Export {
    /// `pod container message`
    Stern,
    /// `namespace pod container message`
    SternOfAll,
    /// `[pod container] message`
    Kubetail,
    /// `namespace/pod[container]: message`
    Kail,
    /// An object of JSON with the pod's name in it.
    Json,
}

/// Whose a line is, and what the program wrote.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exported<'l> {
    pub namespace: Option<&'l str>,
    pub pod: &'l str,
    /// Empty where the pod has one only.
    pub container: &'l str,
    pub message: &'l str,
}

impl Export {
    /// The form of a file that starts with this text; `None` for a log of one container.
    pub fn of(text: &[u8]) -> Option<Export> {
        let lines: Vec<&str> = text
            .split(|byte| *byte == b'\n')
            .take(2 * LINES)
            .filter_map(|line| std::str::from_utf8(line).ok())
            .filter(|line| !line.trim().is_empty())
            .collect();
        let forms = [Export::Stern, Export::SternOfAll, Export::Kubetail, Export::Kail, Export::Json];
        forms.into_iter().find(|form| {
            // kubetail says what it will show, and then shows it.
            let mut sure = *form == Export::Kubetail && lines.first().is_some_and(|line| line.starts_with(WILL_TAIL));
            let mut lines = lines.iter().filter(|line| !form.is_note(line)).take(LINES).peekable();
            sure &= lines.peek().is_some();
            let agree = lines.all(|line| {
                form.read(line).is_some_and(|read| {
                    sure |= is_of_pod(read.pod, read.container);
                    true
                })
            });
            agree && sure
        })
    }

    /// What the tool says of itself: `+ web-1 › app`, `- web-1` (stern); `Will tail 2 logs...` and then each pod and container
    /// (kubetail).
    pub fn is_note(self, line: &str) -> bool {
        match self {
            Export::Kubetail => {
                let mut words = line.split_whitespace();
                line.starts_with(WILL_TAIL) || words.clone().count() <= 2 && words.all(is_label)
            }
            _ => (line.starts_with("+ ") || line.starts_with("- ")) && line.contains('›'),
        }
    }

    /// Reads a line of a file of this form; `None` for one that does not say whose it is.
    pub fn read(self, line: &str) -> Option<Exported<'_>> {
        let line = line.trim_end_matches(['\r', '\n']);
        let (namespace, pod, container, message) = match self {
            Export::Stern => {
                let (pod, rest) = line.split_once(' ')?;
                let (container, message) = rest.split_once(' ').unwrap_or((rest, ""));
                (None, pod, container, message)
            }
            Export::SternOfAll => {
                let (namespace, rest) = line.split_once(' ')?;
                let read = Export::Stern.read(rest)?;
                (Some(namespace), read.pod, read.container, read.message)
            }
            Export::Kubetail => {
                let (name, message) = line.strip_prefix('[')?.split_once(']')?;
                let (pod, container) = name.split_once(' ').unwrap_or((name, ""));
                (None, pod, container, message.strip_prefix(' ').unwrap_or(message))
            }
            Export::Kail => {
                let (name, message) = line.split_once("]: ")?;
                let (pod, container) = name.split_once('[')?;
                let (namespace, pod) = pod.split_once('/')?;
                (Some(namespace), pod, container, message)
            }
            Export::Json => {
                let field = |names: [&str; 2]| names.iter().find_map(|name| string_field(line, name));
                let pod = line.starts_with('{').then(|| field(["podName", "pod_name"]))??;
                let namespace = field(["namespace", "namespace_name"]);
                (namespace, pod, field(["containerName", "container_name"])?, line)
            }
        };
        let container_named = Some(container).filter(|name| !(name.is_empty() && self == Export::Kubetail));
        let names = [Some(pod), container_named, namespace];
        let named = names.into_iter().flatten().all(is_label) && pod.contains('-');
        named.then_some(Exported { namespace, pod, container, message })
    }
}

/// Whether two words are surely a pod and its container: a ReplicaSet made the name, or it starts with the container's.
fn is_of_pod(pod: &str, container: &str) -> bool {
    let random = |word: &str| word.bytes().all(|b| b"bcdfghjklmnpqrstvwxz2456789".contains(&b));
    let Some((rest, end)) = pod.rsplit_once('-') else { return false };
    let made = rest.rsplit_once('-').is_some_and(|(_, hash)| (5..=10).contains(&hash.len()) && random(hash));
    let numbered = !end.is_empty() && end.bytes().all(|b| b.is_ascii_digit());
    made && end.len() == 5 && random(end)
        || pod.starts_with(&format!("{container}-")) && (numbered || end.len() == 5 && random(end))
}

/// A name as Kubernetes takes it.
fn is_label(word: &str) -> bool {
    let plain = word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'-' | b'.'));
    plain && (1..254).contains(&word.len()) && !word.starts_with(['-', '.']) && !word.ends_with(['-', '.'])
}

/// The text of `"name":"text"`, where it needs no unescaping.
fn string_field<'l>(line: &'l str, name: &str) -> Option<&'l str> {
    line.match_indices(name).find_map(|(at, _)| {
        let rest = line[..at].ends_with('"').then(|| line[at + name.len()..].strip_prefix('"'))??;
        let rest = rest.trim_start().strip_prefix(':')?.trim_start().strip_prefix('"')?;
        rest.split_once('"').map(|(text, _)| text)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_tool_has_its_form() {
        for (text, form, namespace, message) in [
            ("+ web-7d4b9c6f5d-x7k2z › app\nweb-7d4b9c6f5d-x7k2z app panic: no\n", Export::Stern, None, "panic: no"),
            ("shop web-7d4b9c6f5d-x7k2z app panic: no\n", Export::SternOfAll, Some("shop"), "panic: no"),
            (
                "Will tail 1 logs...\nweb-7d4b9c6f5d-x7k2z app\n[web-7d4b9c6f5d-x7k2z app] panic: no\n",
                Export::Kubetail,
                None,
                "panic: no",
            ),
            ("[web-7d4b9c6f5d-x7k2z app] panic: no\r\n", Export::Kubetail, None, "panic: no"),
            ("shop/web-7d4b9c6f5d-x7k2z[app]: panic: no\n", Export::Kail, Some("shop"), "panic: no"),
        ] {
            assert_eq!(Export::of(text.as_bytes()), Some(form), "{text}");
            let line = text.lines().last().expect("a line");
            let whose = Exported { namespace, pod: "web-7d4b9c6f5d-x7k2z", container: "app", message };
            assert_eq!(form.read(line), Some(whose), "{text}");
        }
        let json = "{\"message\":\"no\",\"namespace\":\"shop\",\"podName\":\"db-0\",\"containerName\":\"db\"}";
        assert_eq!(Export::of(json.as_bytes()), Some(Export::Json));
        let read = Export::Json.read(json).expect("named");
        assert_eq!((read.namespace, read.pod, read.container, read.message), (Some("shop"), "db-0", "db", json));
    }

    #[test]
    fn kubetail_leaves_out_the_only_container() {
        let text = "Will tail 1 logs...\ndb-0\n[db-0] panic: no\n";
        assert_eq!(Export::of(text.as_bytes()), Some(Export::Kubetail));
        let whose = Exported { namespace: None, pod: "db-0", container: "", message: "panic: no" };
        assert_eq!(Export::Kubetail.read("[db-0] panic: no"), Some(whose));
    }

    #[test]
    fn a_program_s_own_lines_are_no_export() {
        for text in [
            "worker-1 started job\nworker-1 finished job\n",
            "2026-03-01T08:00:00Z web-7d4b9c6f5d-x7k2z app up\n",
            "web-7d4b9c6f5d-x7k2z app up\nError: no\n",
            "deleted pod web-7d4b9c6f5d-x7k2z now\n",
            "[main] started\n",
            "[pool-1] started\n[pool-2] started\n",
            "Will tail 1 logs...\n",
            "{\"level\":\"info\",\"msg\":\"x\"}\n",
            "",
        ] {
            assert_eq!(Export::of(text.as_bytes()), None, "{text}");
        }
    }
}
