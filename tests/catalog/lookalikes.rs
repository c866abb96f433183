//! The same symptom with another cause: what must be said, and what must not.

use super::bundle::{Bundle, Scene, causes};
use kubemortem::catalog::Catalog;

fn event(reason: &str, message: &str) -> Scene {
    Scene::Event(reason.to_owned(), message.to_owned())
}

fn log(text: &str) -> Scene {
    Scene::Log(text.to_owned())
}

/// What is shown, the cause that must be told (or one of its parents), and the cause that must not.
fn pairs() -> Vec<(Scene, &'static str, &'static str)> {
    let sandbox =
        "Failed to create pod sandbox: rpc error: code = Unknown desc = failed to setup network for sandbox \"9f\": ";
    vec![
        // An address that is not handed out: the daemon that would is dead, or the range is used up.
        (
            event(
                "FailedCreatePodSandBox",
                &format!("{sandbox}plugin type=\"weave-net\" failed (add): unable to allocate IP address: Post \"http://127.0.0.1:6784/ip/9f\": dial tcp 127.0.0.1:6784: connect: connection refused"),
            ),
            "sandbox-creation-failed",
            "ip-exhausted",
        ),
        (
            event(
                "FailedCreatePodSandBox",
                &format!("{sandbox}plugin type=\"aws-cni\" failed (add): add cmd: failed to assign an IP address to container"),
            ),
            "ip-exhausted",
            "cni-agent-down",
        ),
        // Unauthorized: the network plugin's own token, the registry, the service account.
        (
            event(
                "FailedCreatePodSandBox",
                &format!("{sandbox}plugin type=\"calico\" failed (add): error getting ClusterInformation: connection is unauthorized: Unauthorized"),
            ),
            "sandbox-creation-failed",
            "image-pull-unauthorized",
        ),
        (
            event(
                "Failed",
                "Failed to pull image \"registry.example/app:1\": rpc error: code = Unknown desc = failed to resolve reference \"registry.example/app:1\": unexpected status from HEAD request: 401 Unauthorized",
            ),
            "image-pull-unauthorized",
            "kubernetes-api-forbidden",
        ),
        // A port that cannot be bound.
        (
            log("(13)Permission denied: AH00072: make_sock: could not bind to address [::]:80"),
            "privileged-port-denied",
            "port-bind-failed",
        ),
        (
            log("(98)Address already in use: AH00072: make_sock: could not bind to address [::]:80"),
            "port-bind-failed",
            "privileged-port-denied",
        ),
        // No space: on the node while an image is unpacked, or in the volume of the application.
        (
            event(
                "Failed",
                "Failed to pull image \"registry.example/app:1\": rpc error: code = Unknown desc = failed to pull and unpack image: write /var/lib/containerd/x: no space left on device",
            ),
            "disk-full",
            "image-not-found",
        ),
        (log("PANIC:  could not write to file \"pg_wal/xlogtemp.29\": No space left on device"), "disk-full", "disk-pressure"),
        // 137: by the kernel, by the kubelet, or unknown.
        (Scene::Exit(137, "OOMKilled"), "oom-killed", "sigkill-unexplained"),
        (Scene::Exit(137, "Error"), "sigkill-unexplained", "oom-killed"),
        (
            Scene::Looping(
                137,
                vec![
                    ("Warning", "Unhealthy", "Liveness probe failed: Get \"http://10.1.1.1:8080/healthz\": context deadline exceeded".to_owned()),
                    ("Normal", "Killing", "Container app failed liveness probe, will be restarted".to_owned()),
                ],
            ),
            "liveness-probe-failed",
            "oom-killed",
        ),
        // 143, ended by the kubelet or by somebody else.
        (Scene::Exit(143, "Error"), "terminated-externally", "liveness-probe-failed"),
        (
            Scene::Looping(
                143,
                vec![("Normal", "Killing", "Container app failed startup probe, will be restarted".to_owned())],
            ),
            "startup-probe-failed",
            "terminated-externally",
        ),
        // A failing readiness probe restarts nothing.
        (
            Scene::Running(vec![(
                "Warning",
                "Unhealthy",
                "Readiness probe failed: HTTP probe failed with statuscode: 503".to_owned(),
            )]),
            "readiness-probe-failed",
            "liveness-probe-failed",
        ),
        // No node: a node that is in trouble is no missing toleration, the control plane's taint is noise.
        (
            event(
                "FailedScheduling",
                "0/3 nodes are available: 1 node(s) had untolerated taint {node-role.kubernetes.io/control-plane: }, 2 node(s) didn't match Pod's node affinity/selector. preemption: 0/3 nodes are available: 3 Preemption is not helpful for scheduling.",
            ),
            "node-affinity-mismatch",
            "taint-not-tolerated",
        ),
        (
            event(
                "FailedScheduling",
                "0/2 nodes are available: 1 node(s) had untolerated taint {node-role.kubernetes.io/control-plane: }, 1 node(s) had untolerated taint {node.kubernetes.io/disk-pressure: }.",
            ),
            "disk-pressure",
            "taint-not-tolerated",
        ),
        (
            event("FailedScheduling", "0/3 nodes are available: 3 Insufficient memory."),
            "insufficient-resources",
            "node-memory-pressure",
        ),
        (
            event("FailedScheduling", "0/3 nodes are available: 3 node(s) had volume node affinity conflict."),
            "volume-node-conflict",
            "node-affinity-mismatch",
        ),
        // Names: of a host, of an image, of a registry.
        (log("dial tcp: lookup orders-db on 10.96.0.10:53: no such host"), "dns-resolution-failed", "dependency-unavailable"),
        (log("dial tcp 10.96.1.1:5432: connect: connection refused"), "dependency-unavailable", "dns-resolution-failed"),
        (
            event(
                "Failed",
                "Failed to pull image \"registry.example/app:1\": failed to do request: Head \"https://registry.example/v2/app/manifests/1\": dial tcp: lookup registry.example on 10.0.0.2:53: no such host",
            ),
            "image-pull-network",
            "image-not-found",
        ),
        // A database that says no, and one that is not there.
        (log("FATAL:  password authentication failed for user \"shop\""), "dependency-auth-failed", "dependency-unavailable"),
        // Rights: of the file, of the kernel, of the service account.
        (log("mkdir: cannot create directory '/data/db': Permission denied"), "filesystem-permission-denied", "kubernetes-api-forbidden"),
        (log("mkdir: cannot create directory '/data/db': Read-only file system"), "read-only-filesystem", "filesystem-permission-denied"),
        (
            log("pods is forbidden: User \"system:serviceaccount:ops:relay\" cannot list resource \"pods\" in API group \"\" at the cluster scope"),
            "kubernetes-api-forbidden",
            "filesystem-permission-denied",
        ),
        // What cannot be executed: another processor, line ends, no such file, no right.
        (log("exec /app/server: exec format error"), "architecture-mismatch", "entrypoint-not-executable"),
        (
            event("Failed", "Error: failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: exec: \"/app/server\": stat /app/server: no such file or directory: unknown"),
            "entrypoint-not-found",
            "architecture-mismatch",
        ),
        (log("/usr/bin/env: 'bash\\r': No such file or directory"), "script-line-endings", "entrypoint-not-found"),
        // Memory: the heap of the runtime, and the limit of the container.
        (log("java.lang.OutOfMemoryError: Java heap space"), "runtime-heap-exhausted", "oom-killed"),
        // Objects that are missing, or only a key of them.
        (
            Scene::Waiting("CreateContainerConfigError".to_owned(), "configmap \"app\" not found".to_owned()),
            "configmap-missing",
            "secret-missing",
        ),
        (
            Scene::Waiting("CreateContainerConfigError".to_owned(), "couldn't find key token in Secret shop/app".to_owned()),
            "config-key-missing",
            "secret-missing",
        ),
        // What the admission says: a policy, a webhook that does not answer, a quota.
        (
            Scene::WorkloadEvent("FailedCreate".to_owned(), "Error creating: pods \"web-1\" is forbidden: exceeded quota: team, requested: pods=1, used: pods=2, limited: pods=2".to_owned()),
            "quota-exceeded",
            "admission-denied",
        ),
        (
            Scene::WorkloadEvent("FailedCreate".to_owned(), "Error creating: Internal error occurred: failed calling webhook \"inject.example\": failed to call webhook: Post \"https://inject.mesh.svc:443/inject\": context deadline exceeded".to_owned()),
            "admission-webhook-failed",
            "dependency-unavailable",
        ),
        (
            Scene::WorkloadEvent("FailedCreate".to_owned(), "Error creating: admission webhook \"policy.example\" denied the request: privileged containers are not allowed".to_owned()),
            "admission-denied",
            "admission-webhook-failed",
        ),
        // An attach failure under the reason of a mount.
        (
            event("FailedMount", "AttachVolume.Attach failed for volume \"pvc-1\" : rpc error: code = Internal desc = disk is attached to another machine"),
            "volume-attach-failed",
            "volume-mount-failed",
        ),
    ]
}

#[test]
fn look_alikes_are_told_apart() {
    let catalog = Catalog::built_in().expect("the catalogue");
    let mut bundle = Bundle::default();
    let all: Vec<_> = pairs().into_iter().map(|(scene, is, not)| (bundle.add(scene.clone()), scene, is, not)).collect();
    let report = bundle.report(&catalog);
    let mut faults = Vec::new();
    for (namespace, scene, is, not) in all {
        let told = causes(&report, &namespace);
        let with_parents: Vec<String> =
            told.iter().flat_map(|cause| catalog.parents(cause).into_iter().chain([cause.clone()])).collect();
        if !with_parents.iter().any(|cause| cause == is) {
            faults.push(format!("{is} is not told but {told:?}: {scene:?}"));
        }
        if told.contains(not) {
            faults.push(format!("{not} is told: {scene:?}"));
        }
    }
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}
