//! Tables of a node's container runtime: `crictl ps -a`, `crictl pods`, `docker ps -a` (nerdctl prints the same).
//!
//! ```text
//! CONTAINER       IMAGE           CREATED         STATE     NAME   ATTEMPT   POD ID          POD       NAMESPACE
//! 5f6e0ab53c3a1   2e96e5913fc06   4 minutes ago   Exited    etcd   12        0e1b2c3d4e5f6   etcd-n1   kube-system
//!
//! CONTAINER ID   IMAGE          COMMAND        CREATED         STATUS                     PORTS   NAMES
//! 1f73f2d81bf9   2e96e5913fc0   "etcd --a=b"   4 minutes ago   Exited (1) 3 minutes ago           k8s_etcd_etcd-n1_kube-system_6a7b_12
//!
//! POD ID          CREATED      STATE   NAME      NAMESPACE     ATTEMPT   RUNTIME
//! 0e1b2c3d4e5f6   2 days ago   Ready   etcd-n1   kube-system   0         (default)
//! ```
//! Older crictls have no POD and no NAMESPACE. What does not read as a row is passed over; a table without rows says that
//! the runtime had no containers.

use super::Section;
use crate::model::{Facts, RuntimeContainer, Sandbox};

/// So many rows of one output are read: more than a node has containers.
const LINES: usize = 10_000;

/// Whether a line is the header of such a table.
pub fn is_header(line: &str) -> bool {
    let mut words = line.split_whitespace();
    if !matches!(words.next(), Some("CONTAINER" | "POD")) || line.len() > 400 {
        return false;
    }
    let has = |name: &str| words.clone().any(|word| word == name);
    has("CREATED") && (has("STATE") && has("NAME") && has("ATTEMPT") || has("STATUS") && has("NAMES"))
}

/// Reads the rows of a section into `facts`.
pub fn table(section: &Section<'_>, facts: &mut Facts) {
    let section = &section.bounded(LINES, facts);
    let mut of_pods = false;
    for (number, line) in section.lines() {
        if is_header(line) {
            of_pods = line.trim_start().starts_with("POD");
            continue;
        }
        let words: Vec<&str> = line.split_whitespace().collect();
        if !words.first().is_some_and(|id| is_id(id)) {
            continue;
        }
        if of_pods {
            facts.sandboxes.extend(sandbox(&words));
            continue;
        }
        let Some(row) = of_crictl(&words).or_else(|| of_docker(&words)) else { continue };
        let Row { id, is_dockers, sandbox, namespace, pod, name, attempt, runs, exit_code, created } = row;
        facts.runtime_containers.push(RuntimeContainer {
            section: section.id,
            id: id.to_owned(),
            is_dockers,
            sandbox: sandbox.map(str::to_owned),
            namespace: namespace.map(str::to_owned),
            pod: pod.map(str::to_owned),
            name: name.to_owned(),
            attempt,
            runs,
            exit_code,
            created,
            place: section.place(number, line),
        });
    }
}

/// What a row says.
#[derive(Debug, Default, PartialEq)]
struct Row<'l> {
    id: &'l str,
    is_dockers: bool,
    sandbox: Option<&'l str>,
    namespace: Option<&'l str>,
    pod: Option<&'l str>,
    name: &'l str,
    attempt: Option<u64>,
    runs: bool,
    exit_code: Option<i64>,
    created: Option<i64>,
}

fn is_id(word: &str) -> bool {
    word.len() >= 10 && word.bytes().all(|b| b.is_ascii_hexdigit())
}

/// A name as Kubernetes gives them.
fn is_name(word: &str) -> bool {
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'-' | b'.');
    (1..=253).contains(&word.len()) && word.bytes().all(plain)
}

/// `0e1b2c3d4e5f6   2 days ago   Ready   etcd-n1   kube-system   0   (default)`
fn sandbox(words: &[&str]) -> Option<Sandbox> {
    let ago = words.iter().take(8).position(|word| *word == "ago")?;
    let [_state, name, rest @ ..] = words.get(ago + 1..)? else { return None };
    let namespace = rest.first().filter(|word| is_name(word) && word.bytes().any(|b| b.is_ascii_lowercase()));
    is_name(name).then(|| Sandbox {
        id: words[0].to_owned(),
        namespace: namespace.map(|namespace| (*namespace).to_owned()),
        pod: (*name).to_owned(),
    })
}

/// `5f6e0ab53c3a1   2e96e5913fc06   4 minutes ago   Exited   etcd   12   0e1b2c3d4e5f6   etcd-n1   kube-system`
fn of_crictl<'l>(words: &[&'l str]) -> Option<Row<'l>> {
    let ago = words.iter().take(9).position(|word| *word == "ago")?;
    let [state, name, attempt, sandbox, rest @ ..] = words.get(ago + 1..)? else { return None };
    let runs = match *state {
        "Running" | "CONTAINER_RUNNING" => true,
        "Exited" | "CONTAINER_EXITED" => false,
        // Made and not started yet, or unknown: no state.
        _ => return None,
    };
    if !is_name(name) || !is_id(sandbox) {
        return None;
    }
    let named = |index: usize| rest.get(index).copied().filter(|word| is_name(word));
    Some(Row {
        id: words[0],
        is_dockers: false,
        sandbox: Some(sandbox),
        namespace: named(1),
        pod: named(0),
        name,
        attempt: Some(attempt.parse().ok()?),
        runs,
        exit_code: None,
        created: age(words.get(2..ago)?),
    })
}

/// `1f73f2d81bf9   2e96e5913fc0   "etcd --a=b"   4 minutes ago   Exited (1) 3 minutes ago   k8s_etcd_etcd-n1_kube-system_6a7b_12`
fn of_docker<'l>(words: &[&'l str]) -> Option<Row<'l>> {
    // A command is printed in quotes, and may have any words.
    let status = words.iter().rposition(|word| matches!(*word, "Up" | "Exited" | "Restarting"))?;
    let ago = status.checked_sub(1).filter(|at| words[*at] == "ago")?;
    let name = words.last().filter(|_| words.len() > status + 1)?;
    let code = words.get(status + 1).and_then(|word| word.strip_prefix('(')?.strip_suffix(')')?.parse().ok());
    let start = words[..ago].iter().rposition(|word| word.ends_with('"') || word.contains('/') || is_id(word))?;
    let mut row = Row {
        id: words[0],
        is_dockers: true,
        name,
        runs: words[status] == "Up",
        exit_code: code.filter(|_| words[status] != "Up"),
        created: age(&words[start + 1..ago]),
        ..Row::default()
    };
    let mut parts = name.split('_');
    if let (Some("k8s"), Some(container), Some(pod), Some(namespace), Some(_), Some(attempt), None) =
        (parts.next(), parts.next(), parts.next(), parts.next(), parts.next(), parts.next(), parts.next())
    {
        row = Row { name: container, pod: Some(pod), namespace: Some(namespace), attempt: attempt.parse().ok(), ..row };
    } else if let Some((namespace, rest)) = name.strip_prefix("k8s://").and_then(|name| name.split_once('/')) {
        let (pod, container) = rest.split_once('/')?;
        row = Row { name: container, pod: Some(pod), namespace: Some(namespace), ..row };
    }
    // The sandbox itself.
    (row.name != "POD" && is_name(row.name)).then_some(row)
}

/// `5 minutes`, `About an hour`, `Less than a second`: seconds.
fn age(words: &[&str]) -> Option<i64> {
    let [.., count, unit] = words else { return None };
    let count: i64 = match *count {
        "a" | "an" => 1,
        count => count.parse().ok().filter(|count| (0..100_000).contains(count))?,
    };
    let seconds = match unit.trim_end_matches('s') {
        "second" => 1,
        "minute" => 60,
        "hour" => 3600,
        "day" => 86_400,
        "week" => 7 * 86_400,
        "month" => 30 * 86_400,
        "year" => 365 * 86_400,
        _ => return None,
    };
    Some(count * seconds)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::artifact::{Artifact, Hint};
    use crate::text::SectionId;

    fn read(text: &str) -> Facts {
        let id = SectionId::default();
        let hint = Hint::default();
        let path = "crictl/psa";
        let section = Section { id, artifact: Artifact::RuntimeTable, path, first_line: 1, text, hint, command: None };
        let mut facts = Facts::default();
        table(&section, &mut facts);
        facts
    }

    /// Pod, namespace, container, attempt, whether it runs, exit code, age.
    type Told = (Option<String>, Option<String>, String, Option<u64>, bool, Option<i64>, Option<i64>);

    fn told(text: &str) -> Vec<Told> {
        let rows = read(text).runtime_containers.into_iter();
        rows.map(|row| (row.pod, row.namespace, row.name, row.attempt, row.runs, row.exit_code, row.created)).collect()
    }

    fn some(word: &str) -> Option<String> {
        Some(word.to_owned())
    }

    #[test]
    fn crictls_of_three_ages() {
        let new = "CONTAINER           IMAGE               CREATED             STATE               NAME                      ATTEMPT             POD ID              POD                       NAMESPACE\n\
            5f6e0ab53c3a1       2e96e5913fc06       4 minutes ago       Exited              etcd                      12                  0e1b2c3d4e5f6       etcd-n1                   kube-system\n\
            6a0c0ab53c3a2       c69fa2e9cbf5f       About an hour ago   Running             coredns                   0                   1e1b2c3d4e5f7       coredns-7db6d8ff4d-x7k2z   kube-system\n\
            7a0c0ab53c3a2       c69fa2e9cbf5f       3 weeks ago         Created             app                       0                   2e1b2c3d4e5f7       web-0                     shop\n";
        assert_eq!(
            told(new),
            [
                (some("etcd-n1"), some("kube-system"), "etcd".to_owned(), Some(12), false, None, Some(240)),
                (
                    some("coredns-7db6d8ff4d-x7k2z"),
                    some("kube-system"),
                    "coredns".to_owned(),
                    Some(0),
                    true,
                    None,
                    Some(3600)
                ),
            ]
        );
        let middle = "CONTAINER ID        IMAGE               CREATED             STATE               NAME                ATTEMPT             POD ID\n\
            5f6e0ab53c3a1       docker.io/rancher/etcd:v3@sha256:0a   Less than a second ago   CONTAINER_RUNNING   etcd   3   0e1b2c3d4e5f6\n";
        assert_eq!(told(middle), [(None, None, "etcd".to_owned(), Some(3), true, None, Some(1))]);
    }

    #[test]
    fn docker_with_and_without_pods() {
        let text = "CONTAINER ID   IMAGE                  COMMAND                  CREATED          STATUS                       PORTS                NAMES\n\
            1f73f2d81bf9   2e96e5913fc0           \"etcd --exit ago Up\"     4 minutes ago    Exited (137) 3 minutes ago                        k8s_etcd_etcd-n1_kube-system_6a7b_12\n\
            2f73f2d81bf9   registry.k8s.io/pause:3.9   \"/pause\"              5 minutes ago    Up 5 minutes                                      k8s_POD_etcd-n1_kube-system_6a7b_0\n\
            3f73f2d81bf9   rancher/hyperkube:v1   \"/opt/rke-tools/entr…\"   2 years ago      Restarting (255) 12 seconds ago                   kube-apiserver\n\
            4f73f2d81bf9   nginx                  \"/docker-entrypoint.…\"   2 days ago       Up 2 days (healthy)          0.0.0.0:80->80/tcp   proxy\n\
            5f73f2d81bf9   nginx                  \"/docker-entrypoint.…\"   2 days ago       Created                                           new\n";
        assert_eq!(
            told(text),
            [
                (some("etcd-n1"), some("kube-system"), "etcd".to_owned(), Some(12), false, Some(137), Some(240)),
                (None, None, "kube-apiserver".to_owned(), None, false, Some(255), Some(63_072_000)),
                (None, None, "proxy".to_owned(), None, true, None, Some(172_800)),
            ]
        );
        let nerdctl = "CONTAINER ID    IMAGE    COMMAND    CREATED    STATUS    PORTS    NAMES\n\
            1f73f2d81bf9    registry.k8s.io/etcd:3.5    \"etcd\"    4 minutes ago    Up                 k8s://kube-system/etcd-n1/etcd\n";
        assert_eq!(
            told(nerdctl),
            [(some("etcd-n1"), some("kube-system"), "etcd".to_owned(), None, true, None, Some(240))]
        );
    }

    #[test]
    fn what_is_no_row_is_passed_over() {
        let header = "CONTAINER ID IMAGE CREATED STATE NAME ATTEMPT POD ID\n";
        for row in [
            "5f6e0ab53c3a1 ago Running etcd 12 0e1b2c3d4e5f6",
            "5f6e0ab53c3a1 2e96e5913fc06 ago",
            "5f6e0ab53c3a1 ago Exited",
            "5f6e0ab53c3a1 Up",
            "5f6e0ab53c3a1",
        ] {
            assert_eq!(told(&format!("{header}{row}\n")), [], "{row}");
        }
    }

    #[test]
    fn sandboxes_name_the_pods() {
        let facts = read(
            "POD ID              CREATED             STATE               NAME                NAMESPACE           ATTEMPT             RUNTIME\n\
             0e1b2c3d4e5f6       2 days ago          Ready               etcd-n1             kube-system         0                   (default)\n",
        );
        let wanted =
            Sandbox { id: "0e1b2c3d4e5f6".to_owned(), namespace: some("kube-system"), pod: "etcd-n1".to_owned() };
        assert_eq!(facts.sandboxes, [wanted]);
    }

    #[test]
    fn headers_of_others_are_none() {
        for line in [
            "NAME   READY   STATUS   RESTARTS   AGE",
            "CONTAINER   CPU %   MEM   DISK",
            "POD   NAME   CPU(cores)   MEMORY(bytes)",
            "CONTAINER CREATED",
            "",
        ] {
            assert!(!is_header(line), "{line}");
        }
        assert!(
            read("no rows\nCONTAINER ID IMAGE CREATED STATE NAME ATTEMPT POD ID\n\n").runtime_containers.is_empty()
        );
    }
}
