//! Commands ready to paste for one container that does not stay up: to make the trouble reproducible and to look at it.
//!
//! What is offered leaves the workload as it is wherever that is possible. Only names that [`Values::name`] lets through
//! stand in a command.
//!
//! [`Values::name`]: super::Values::name

use super::values::is_name;
use super::{Case, Context, container::ended_run};
use crate::model::{Container, ContainerKind, Pod, StateKind, VolumeSource};
use crate::postmortem::Command;

/// Sets the commands of a case: to take back the rollout that broke it, and where its container has ended at least once to
/// look at it. None for a pod that the kubelet alone manages, of which the API server has a mirror only, and for one that was evicted.
pub fn of_container(context: &Context<'_>, pod: &Pod, container: Option<&Container>, case: &mut Case<'_>) {
    case.commands.extend(undo(case));
    let Some(container) = container.filter(|container| ended_run(container).is_some()) else { return };
    let of_kubelet = pod.owner.as_ref().is_some_and(|owner| owner.value.kind == "Node");
    let evicted = pod.reason.as_ref().is_some_and(|reason| reason.value == "Evicted");
    // The API server may not answer where only the container runtime's list tells of the pod.
    if case.recovered || of_kubelet || evicted || !container.runs_made.is_empty() {
        return;
    }
    let get = |name: &str| case.values.get(name).map(str::to_string);
    let (Some(namespace), Some(name), Some(target)) = (get("namespace"), get("pod"), get("container")) else { return };
    // Where no program of the image runs, or none of those that look around, another image has to bring them.
    let bare = runs_no_shell(container, case);
    let workload = get("workload").filter(|_| !bare);
    let mut commands: Vec<Command> = match bare {
        true => copy_of_another_image(pod, container, &namespace, &name, &target).into_iter().collect(),
        false => copy(pod, container, &namespace, &name, &target).into_iter().collect(),
    };
    commands.extend(attached(pod, container, &namespace, &name, &target));
    if let Some(workload) = workload {
        commands.extend(held_open(context, container, case, &namespace, &workload, &target));
    }
    case.commands.extend(commands);
}

/// Back to the revision before. A StatefulSet waits for a broken pod of its own accord, whatever its template is by then.
fn undo(case: &Case<'_>) -> Option<Command> {
    case.observation("rollout-changed")?;
    let get = |name: &str| case.values.get(name);
    let (namespace, workload, pod) = (get("namespace")?, get("workload")?, get("pod")?);
    let undo = format!("kubectl rollout undo -n {namespace} {workload}");
    Some(if case.workload.as_ref().is_some_and(|(kind, _)| kind == "StatefulSet") {
        Command {
            purpose:
                "go back to the revision before; a StatefulSet does not replace the broken pod by itself, so delete it \
                      then (its claims stay)"
                    .to_string(),
            command: format!("{undo}\nkubectl delete pod -n {namespace} {pod}"),
        }
    } else {
        Command { purpose: "go back to the revision before".to_string(), command: undo }
    })
}

/// A copy of the pod, which no Service and no controller takes for one of theirs. `kubectl debug` cannot change an init
/// container of the copy, so that one's image is run by itself.
fn copy(pod: &Pod, container: &Container, namespace: &str, name: &str, target: &str) -> Option<Command> {
    let copy = copy_name(name);
    if matches!(container.kind, ContainerKind::Init | ContainerKind::Sidecar) {
        let image = container.image.as_ref().map(|image| image.value.as_str()).filter(|image| is_name(image))?;
        return Some(Command {
            purpose:
                "run the init container's image by itself (needs `sh` in the image; without the pod's environment and \
                      volumes)"
                    .to_string(),
            command: format!(
                "kubectl run -n {namespace} {copy} --image={image} --restart=Never --rm -it --command -- sh"
            ),
        });
    }
    // A volume that one node may mount is only there.
    let claims = pod.volumes.iter().any(|volume| matches!(volume.source, VolumeSource::Claim(_)));
    let same_node = if claims { " --same-node" } else { "" };
    let probed = container.liveness.is_some() || container.startup.is_some();
    let probes = if probed { "; kubectl before 1.30 copies the probes too, which end it again" } else { "" };
    Some(Command {
        purpose: format!(
            "start a copy of the pod in which the container sleeps instead of ending, look around in it, and delete it \
             (needs `sleep` and `sh` in the image; the workload stays as it is{probes})"
        ),
        command: format!(
            "kubectl debug -n {namespace} {name} --copy-to={copy} --container={target}{same_node} -- sleep 3600\n\
             kubectl exec -n {namespace} {copy} -c {target} -it -- sh\n\
             kubectl delete pod -n {namespace} {copy}"
        ),
    })
}

/// Whether the image holds no shell, or one that the node cannot run: the runtime says so, or the image's name does.
fn runs_no_shell(container: &Container, case: &Case<'_>) -> bool {
    let image = container.image.as_ref().map(|image| image.value.to_ascii_lowercase()).unwrap_or_default();
    let named = ["distroless", "chainguard/static", "scratch", "-static:"].iter().any(|word| image.contains(word));
    let says = |text: &str| {
        let text = text.to_ascii_lowercase();
        let shell = ["\"sh\"", "\"/bin/sh\"", "\"bash\"", "\"/bin/bash\"", "`sh`", "`/bin/sh`"];
        let absent = ["not found", "no such file"].iter().any(|word| text.contains(word));
        (absent && shell.iter().any(|shell| text.contains(shell))) || text.contains("exec format error")
    };
    named || case.texts.iter().any(|text| !text.matches.is_empty() && (says(&text.message) || says(&text.place.text)))
}

/// A copy in which another image stands in: the pod's environment, volumes and user, without the image's own files.
fn copy_of_another_image(
    pod: &Pod,
    container: &Container,
    namespace: &str,
    name: &str,
    target: &str,
) -> Option<Command> {
    if matches!(container.kind, ContainerKind::Init | ContainerKind::Sidecar) {
        return None;
    }
    let copy = copy_name(name);
    let claims = pod.volumes.iter().any(|volume| matches!(volume.source, VolumeSource::Claim(_)));
    let same_node = if claims { " --same-node" } else { "" };
    Some(Command {
        purpose: "start a copy of the pod in which busybox stands in for the image, which has no shell that runs here; look at \
                  the environment, the volumes and the network, and delete it (the image's own files are not in it; \
                  `kubectl cp` takes files out of the volumes; the workload stays as it is)"
            .to_string(),
        command: format!(
            "kubectl debug -n {namespace} {name} --copy-to={copy} --set-image={target}=busybox:1.36 --container={target}{same_node} -- sleep 3600\n\
             kubectl exec -n {namespace} {copy} -c {target} -it -- sh\n\
             kubectl delete pod -n {namespace} {copy}"
        ),
    })
}

/// The name of a copy: within the 63 characters that a pod's host name has.
fn copy_name(name: &str) -> String {
    format!("{}-debug", name.chars().take(57).collect::<String>().trim_end_matches(['-', '.']))
}

/// A container beside it in the same pod: of use where the image has no shell. A pod that has ended takes none.
fn attached(pod: &Pod, container: &Container, namespace: &str, name: &str, target: &str) -> Option<Command> {
    let over = pod.phase.as_ref().is_some_and(|phase| matches!(phase.value.as_str(), "Succeeded" | "Failed"));
    if over {
        return None;
    }
    let runs = container.state.as_ref().is_some_and(|state| state.kind == StateKind::Running);
    let (target, what) = if runs {
        (format!(" --target={target}"), "it sees the container's processes")
    } else {
        (String::new(), "it shares the pod's network; the container's processes only with `--target` and while it runs")
    };
    Some(Command {
        purpose: format!(
            "look at it from a container beside it, also where the image has no shell ({what}; any image with a shell \
             that the cluster can pull will do)"
        ),
        command: format!("kubectl debug -n {namespace} {name} -it --image=busybox:1.36{target} -- sh"),
    })
}

/// The workload's own pods with the container asleep: it serves nothing then, so only where it serves nothing now, and not
/// where the cluster itself lives.
fn held_open(
    context: &Context<'_>,
    container: &Container,
    case: &Case<'_>,
    namespace: &str,
    workload: &str,
    target: &str,
) -> Option<Command> {
    let (kind, name) = case.workload.as_ref()?;
    if !matches!(kind.as_str(), "Deployment" | "StatefulSet" | "DaemonSet") || namespace.starts_with("kube-") {
        return None;
    }
    let serves_nothing = context.index.workloads_called(name).iter().any(|workload| {
        workload.kind.name() == kind
            && workload.namespace.as_ref().is_none_or(|known| Some(&known.value) == case.subject.namespace.as_ref())
            && workload.ready.as_ref().is_some_and(|ready| ready.value == 0)
    });
    if !serves_nothing {
        return None;
    }
    let list = if matches!(container.kind, ContainerKind::Init | ContainerKind::Sidecar) {
        "initContainers"
    } else {
        "containers"
    };
    let probes: String = [
        ("livenessProbe", &container.liveness),
        ("readinessProbe", &container.readiness),
        ("startupProbe", &container.startup),
    ]
    .into_iter()
    .filter(|(_, probe)| probe.is_some())
    .map(|(name, _)| format!(",\"{name}\":null"))
    .collect();
    let mut command = format!(
        "kubectl patch -n {namespace} {workload} --patch '{{\"spec\":{{\"template\":{{\"spec\":{{\"{list}\":[{{\"name\":\"{target}\",\"command\":[\"sleep\",\"3600\"],\"args\":[]{probes}}}]}}}}}}}}'\n"
    );
    if kind == "StatefulSet" {
        // It does not replace a pod that never became ready by itself.
        for pod in &case.subject.pods {
            command.push_str(&format!("kubectl delete pod -n {namespace} {pod}\n"));
        }
    }
    command.push_str(&format!("kubectl rollout undo -n {namespace} {workload}   # when done"));
    Some(Command {
        purpose:
            "hold the workload's own pods open, where a copy does not show the trouble (no replica of it is ready now, \
                  so nothing more is lost; the last line takes it back)"
                .to_string(),
        command,
    })
}
