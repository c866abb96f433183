//! Lines of the kubelet's own log, into the events that it wrote of the same failures.
//!
//! ```text
//! Sep 02 17:08:30 n1 kubelet[546]: E0902 17:08:30.669241  546 pod_workers.go:191] Error syncing pod 1c96 ("web-0_shop(1c96)"), skipping: failed to ...
//! E0902 17:08:30.669241  546 pod_workers.go:1298] "Error syncing pod, skipping" err="failed to ..." pod="shop/web-0" podUID="1c96"
//! E0902 17:08:30.669241  546 nestedpendingoperations.go:348] Operation for ... failed. ... Error: MountVolume.SetUp failed for volume ...
//! ```
//! Only failures that speak of a pod are read. A line that names none is of the one pod that the others name; of
//! nobody's where they name several. Empty means that the kubelet had nothing to say of a pod.

use super::Section;
use super::events::{self, NamedPod};
use crate::model::{Event, EventType, Facts, ObjectRef};

/// So many different lines of one log are kept.
const MOST: usize = 500;

/// Reads the kubelet's log, short enough to be held.
pub fn log(section: &Section<'_>, facts: &mut Facts) {
    let mut found: Vec<(Option<NamedPod>, Event)> = Vec::new();
    for (number, line) in section.lines() {
        let Some((pod, reason, message)) = read(line) else { continue };
        let same =
            found.iter_mut().find(|(of, event)| *of == pod && event.reason == reason && event.message == message);
        if let Some((_, event)) = same {
            event.count += 1;
        } else if found.len() < MOST {
            found.push((pod, event(section, reason, message, section.place(number, line))));
        }
    }
    let mut named: Vec<NamedPod> = Vec::new();
    for pod in found.iter().filter_map(|(pod, _)| pod.as_ref()) {
        match named.iter_mut().find(|known| known.name == pod.name) {
            Some(known) => known.namespace = known.namespace.take().or_else(|| pod.namespace.clone()),
            None => named.push(pod.clone()),
        }
    }
    for (pod, mut event) in found {
        let own = pod.and_then(|pod| named.iter().find(|known| known.name == pod.name));
        let Some(pod) = own.or(named.first().filter(|_| named.len() == 1)) else { continue };
        event.object.namespace = pod.namespace.clone();
        event.object.name = Some(pod.name.clone());
        facts.events.push(event);
    }
}

fn event(section: &Section<'_>, reason: &str, message: String, place: crate::text::Place) -> Event {
    let container = events::container_in(&message);
    Event {
        section: section.id,
        event_type: Some(EventType::Warning),
        reason: reason.to_owned(),
        object: ObjectRef { kind: Some("Pod".to_owned()), container, ..ObjectRef::default() },
        message,
        component: Some("kubelet".to_owned()),
        host: None,
        count: 1,
        first_seen: None,
        last_seen: None,
        place,
    }
}

/// Pod, reason and message of a line; `None` where it tells of no failure of a pod.
pub(super) fn read(line: &str) -> Option<(Option<NamedPod>, &'static str, String)> {
    let (head, said) =
        line.split_once("] ").and_then(|(head, said)| match head.ends_with(|c: char| c.is_ascii_digit()) {
            // `kubelet[546]: E0902 ... file.go:12] said`: the first bracket is the process'.
            true if !head.contains(".go:") => {
                let (more, said) = said.split_once("] ")?;
                Some((more, said))
            }
            _ => Some((head, said)),
        })?;
    let bad = head.split_whitespace().any(|word| {
        word.len() == 5 && word.starts_with(['E', 'W', 'F']) && word.bytes().skip(1).all(|b| b.is_ascii_digit())
    });
    // Of probes it speaks without alarm.
    if !bad && !said.starts_with("\"Probe failed\"") {
        return None;
    }
    let text = said.replace("\\\"", "\"");
    let pod = pod_of(said, &text);
    let (reason, message) = if said.starts_with('"') { structured(said)? } else { plain(&text)? };
    Some((pod, reason, message))
}

/// The pod that a line names: `pod="ns/name"`, `name_ns(uid)`, `pod "name" (UID: ...)`.
fn pod_of(said: &str, text: &str) -> Option<NamedPod> {
    // What failed may name the pod by a word of its own before: `err="... container=app pod=web-0_shop(1c96)"`.
    let named = said.match_indices(" pod=\"").find_map(|(at, key)| quoted(said.get(at + key.len() - 1..)?));
    if let Some((namespace, name)) = named.as_deref().and_then(|pod| pod.split_once('/')) {
        return Some(NamedPod { namespace: Some(namespace.to_owned()), name: name.to_owned(), node: None });
    }
    events::pod_in(text).or_else(|| {
        let name = text.split("pod \"").nth(1).and_then(|rest| rest.split_once("\" (UID:"))?.0;
        Some(NamedPod { namespace: None, name: name.to_owned(), node: None })
    })
}

/// A line of the newer form: `"what failed" err="..." pod="ns/name"`.
fn structured(said: &str) -> Option<(&'static str, String)> {
    let title = quoted(said)?;
    let err = || value(said, "err");
    Some(match title.as_str() {
        title if title.starts_with("Error syncing pod") => {
            ("FailedSync", format!("Error syncing pod, skipping: {}", err()?))
        }
        title if title.starts_with("Unable to attach or mount volumes") => {
            ("FailedMount", format!("Unable to attach or mount volumes: {}", err()?))
        }
        "Probe failed" => {
            let kind = value(said, "probeType")?;
            ("Unhealthy", format!("{kind} probe failed: {}", value(said, "output").unwrap_or_default()))
        }
        "PullImage from image service failed" | "Failed to pull image" => {
            ("Failed", format!("Failed to pull image \"{}\": {}", value(said, "image")?, err()?))
        }
        "RunPodSandbox from runtime service failed"
        | "Failed to create sandbox for pod"
        | "CreatePodSandbox for pod failed" => {
            ("FailedCreatePodSandBox", format!("Failed to create pod sandbox: {}", err()?))
        }
        "StartContainer from runtime service failed" | "CreateContainer in sandbox from runtime service failed" => {
            ("Failed", format!("Error: {}", err()?))
        }
        _ => return None,
    })
}

/// A line of the older form, its inner quotes resolved.
fn plain(text: &str) -> Option<(&'static str, String)> {
    let from =
        |start: &str| text.find(start).and_then(|at| text.get(at..)).map(|rest| rest.trim_end_matches('"').to_owned());
    for (start, reason) in [
        ("MountVolume.", "FailedMount"),
        ("AttachVolume.", "FailedAttachVolume"),
        ("Unable to attach or mount volumes", "FailedMount"),
        ("Unable to mount volumes for pod", "FailedMount"),
    ] {
        // Not the middle of `UnmountVolume.`.
        if let Some(message) = from(start)
            .filter(|_| !text.contains("UnmountVolume.") && (text.contains("fail") || text.contains("timed out")))
        {
            return Some((reason, message));
        }
    }
    let after = |start: &str, mark: &str| {
        let rest = text.strip_prefix(start)?;
        rest.split_once(mark).map(|(subject, rest)| (subject.to_owned(), rest.to_owned()))
    };
    if let Some((_, rest)) = after("Error syncing pod ", "skipping: ") {
        return Some(("FailedSync", format!("Error syncing pod, skipping: {rest}")));
    }
    for start in ["RunPodSandbox from runtime service ", "CreatePodSandbox for pod ", "createPodSandbox for pod "] {
        if let Some((_, rest)) = after(start, "failed: ") {
            return Some(("FailedCreatePodSandBox", format!("Failed to create pod sandbox: {rest}")));
        }
    }
    for start in ["PullImage \"", "Pull image \""] {
        if let Some((image, rest)) = after(start, " failed: ") {
            let image = image.split('"').next().unwrap_or_default();
            return Some(("Failed", format!("Failed to pull image \"{image}\": {rest}")));
        }
    }
    None
}

/// The text of the quoted string that a text starts with, its escapes resolved.
fn quoted(text: &str) -> Option<String> {
    let mut said = String::new();
    let mut chars = text.strip_prefix('"')?.chars();
    while let Some(c) = chars.next() {
        match c {
            '"' => return Some(said),
            '\\' => match chars.next()? {
                'n' | 't' => said.push(' '),
                other => said.push(other),
            },
            other => said.push(other),
        }
    }
    // A line that was cut says what it says.
    Some(said)
}

/// The value of `key="..."` or `key=word` behind the line's first words.
fn value(said: &str, key: &str) -> Option<String> {
    let at = said.find(&format!(" {key}="))?;
    let rest = said.get(at + key.len() + 2..)?;
    if rest.starts_with('"') { quoted(rest) } else { rest.split_whitespace().next().map(str::to_owned) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::artifact::{Artifact, Hint};
    use crate::text::SectionId;

    fn read(text: &str) -> Vec<(String, String, String)> {
        let section = Section {
            id: SectionId::default(),
            artifact: Artifact::KubeletLog,
            path: "kubelet.log",
            first_line: 1,
            text,
            hint: Hint::default(),
            command: None,
        };
        let mut facts = Facts::default();
        log(&section, &mut facts);
        let pod = |object: &ObjectRef| {
            let part = |part: &Option<String>| part.clone().unwrap_or_default();
            format!("{}/{}", part(&object.namespace), part(&object.name))
        };
        facts.events.iter().map(|event| (pod(&event.object), event.reason.clone(), event.message.clone())).collect()
    }

    #[test]
    fn a_pod_named_within_what_failed_is_not_the_end_of_it() {
        let told = read(
            r#"Oct 01 07:00:00 n1 kubelet[77]: E1001 07:00:00.000001   77 pod_workers.go:190] "Error syncing pod, skipping" err="failed to \"StartContainer\" for \"till\" with CrashLoopBackOff: \"back-off 5m0s restarting failed container=till pod=till-0_shop(a1)\"" pod="shop/till-0" podUID="a1""#,
        );
        assert_eq!(told.len(), 1);
        assert_eq!((told[0].0.as_str(), told[0].1.as_str()), ("shop/till-0", "FailedSync"));
    }

    #[test]
    fn lines_of_both_forms() {
        let told = read(concat!(
            "Oct 01 07:00:00 n1 kubelet[77]: E1001 07:00:00.000001   77 remote_image.go:113] PullImage \"till:9\" from image service failed: rpc error: code = Unknown desc = no basic auth credentials\n",
            "Oct 01 07:00:00 n1 kubelet[77]: I1001 07:00:00.000001   77 kubelet.go:9] SyncLoop (ADD, \"api\"): \"till-0_shop(a)\"\n",
            "E1001 07:00:00.000001   77 pod_workers.go:190] \"Error syncing pod, skipping\" err=\"failed to \\\"StartContainer\\\" for \\\"till\\\" with ErrImagePull: \\\"no basic auth credentials\\\"\" pod=\"shop/till-0\" podUID=a1\n",
        ));
        assert_eq!(
            told,
            [
                (
                    "shop/till-0".to_owned(),
                    "Failed".to_owned(),
                    "Failed to pull image \"till:9\": rpc error: code = Unknown desc = no basic auth credentials".to_owned()
                ),
                (
                    "shop/till-0".to_owned(),
                    "FailedSync".to_owned(),
                    "Error syncing pod, skipping: failed to \"StartContainer\" for \"till\" with ErrImagePull: \"no basic auth credentials\"".to_owned()
                ),
            ]
        );
    }

    #[test]
    fn of_two_pods_a_nameless_line_is_nobodys() {
        let told = read(concat!(
            "E1001 07:00:00.000001   77 prober.go:107] \"Probe failed\" probeType=\"Liveness\" pod=\"shop/till-0\" containerName=\"till\" probeResult=\"failure\" output=\"timed out\"\n",
            "E1001 07:00:00.000001   77 nestedpendingoperations.go:301] Operation for \"{x}\" failed. No retries permitted until 7. Error: \"MountVolume.SetUp failed for volume \\\"cfg\\\" (UniqueName: \\\"c\\\") pod \\\"desk-0\\\" (UID: \\\"b\\\") : configmap \\\"cfg\\\" not found\"\n",
            "E1001 07:00:00.000001   77 remote_image.go:113] PullImage \"till:9\" from image service failed: rpc error: code = Unknown desc = x\n",
            "not a line of the kubelet\n",
        ));
        assert_eq!(
            told,
            [
                ("shop/till-0".to_owned(), "Unhealthy".to_owned(), "Liveness probe failed: timed out".to_owned()),
                (
                    "/desk-0".to_owned(),
                    "FailedMount".to_owned(),
                    "MountVolume.SetUp failed for volume \"cfg\" (UniqueName: \"c\") pod \"desk-0\" (UID: \"b\") : configmap \"cfg\" not found".to_owned()
                ),
            ]
        );
    }
}
