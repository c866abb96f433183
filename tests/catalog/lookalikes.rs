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
        // An application that ends: its settings, its schema, its certificates, its own fault.
        (log("Error: required environment variable DATABASE_URL is not set"), "app-config-missing", "app-config-invalid"),
        (log("Error: unknown flag: --lisen-address"), "app-config-invalid", "app-config-missing"),
        (log("error: migration failed: syntax error at or near \"TABEL\" (column 8) in line 1: CREATE TABEL x"), "migration-failed", "app-exception"),
        (log("x509: certificate has expired or is not yet valid: current time 2026-02-11T08:58:01Z is after 2026-01-01T00:00:00Z"), "tls-certificate-invalid", "dependency-auth-failed"),
        (log("Traceback (most recent call last):\n  File \"/app/main.py\", line 3, in <module>\nZeroDivisionError: division by zero"), "app-exception", "migration-failed"),
        (Scene::Exit(0, "Completed"), "app-completed", "unexplained-exit"),
        (Scene::Exit(7, "Error"), "unexplained-exit", "app-exception"),
        (log("Error loading shared libraries: error while loading shared libraries: libssl.so.1.1: cannot open shared object file: No such file or directory"), "shared-library-missing", "entrypoint-not-found"),
        // Signals.
        (Scene::Exit(139, "Error"), "segfault", "abort"),
        (Scene::Exit(134, "Error"), "abort", "segfault"),
        (Scene::Exit(132, "Error"), "illegal-instruction", "segfault"),
        (Scene::Exit(1, "Error"), "unexplained-exit", "illegal-instruction"),
        // Pulls.
        (event("Failed", "Failed to pull image \"acme/cart:9\": rpc error: code = NotFound desc = failed to resolve reference \"docker.io/acme/cart:9\": docker.io/acme/cart:9: not found"), "image-not-found", "image-pull-network"),
        (event("Failed", "Failed to pull image \"acme/cart:9\": toomanyrequests: You have reached your pull rate limit."), "image-pull-rate-limited", "image-pull-unauthorized"),
        (event("Failed", "Failed to pull image \"registry.example/app:1\": failed to do request: Head \"https://registry.example/v2/app/manifests/1\": dial tcp 10.0.0.9:443: i/o timeout"), "image-pull-network", "image-pull-rate-limited"),
        (Scene::Waiting("InvalidImageName".to_owned(), "Failed to apply default image tag \"acme/Cart:1\": couldn't parse image name \"acme/Cart:1\": invalid reference format: repository name must be lowercase".to_owned()), "invalid-image-name", "image-not-found"),
        (Scene::Waiting("ErrImageNeverPull".to_owned(), "Container image \"cart:1\" is not present with pull policy of Never".to_owned()), "image-never-pull", "invalid-image-name"),
        (event("Failed", "Failed to pull image \"acme/cart:9\": rpc error: code = NotFound desc = failed to resolve reference \"docker.io/acme/cart:9\": docker.io/acme/cart:9: not found"), "image-not-found", "image-never-pull"),
        // What is started: no right, no shell, no such program.
        (event("Failed", "Error: failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: exec: \"/app/start.sh\": permission denied: unknown"), "entrypoint-not-executable", "shell-missing"),
        (event("Failed", "Error: failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: exec: \"sh\": executable file not found in $PATH: unknown"), "shell-missing", "entrypoint-not-executable"),
        (event("Failed", "Error: failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: exec: \"/app/server\": stat /app/server: no such file or directory: unknown"), "entrypoint-not-found", "script-line-endings"),
        (event("Failed", "Error: failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: exec: \"/app/server\": stat /app/server: no such file or directory: unknown"), "entrypoint-not-found", "shared-library-missing"),
        // Objects and volumes.
        (Scene::Waiting("CreateContainerConfigError".to_owned(), "secret \"app\" not found".to_owned()), "secret-missing", "configmap-missing"),
        (Scene::Waiting("CreateContainerConfigError".to_owned(), "secret \"app\" not found".to_owned()), "secret-missing", "config-key-missing"),
        (event("FailedMount", "MountVolume.SetUp failed for volume \"data\" : mount failed: exit status 32"), "volume-mount-failed", "volume-attach-failed"),
        (event("FailedAttachVolume", "Multi-Attach error for volume \"pvc-1\" Volume is already exclusively attached to one node and can't be attached to another"), "volume-multi-attach", "volume-mount-failed"),
        (event("FailedAttachVolume", "AttachVolume.Attach failed for volume \"pvc-1\" : rpc error: code = Internal desc = disk not found"), "volume-attach-failed", "volume-multi-attach"),
        (event("FailedMount", "MountVolume.MountDevice failed for volume \"pvc-1\" : kubernetes.io/csi: attacher.MountDevice failed to create newCsiDriverClient: driver name ebs.csi.aws.com not found in the list of registered CSI drivers"), "csi-driver-unavailable", "volume-mount-failed"),
        (event("FailedMount", "MountVolume.SetUp failed for volume \"data\" : mount failed: exit status 32"), "volume-mount-failed", "csi-driver-unavailable"),
        (event("FailedScheduling", "0/2 nodes are available: 2 pod has unbound immediate PersistentVolumeClaims."), "pvc-unbound", "volume-node-conflict"),
        (event("FailedScheduling", "0/3 nodes are available: 3 Insufficient cpu."), "insufficient-resources", "pvc-unbound"),
        (event("FailedMount", "storageclass.storage.k8s.io \"fast\" not found"), "pvc-storage-class-missing", "pvc-missing"),
        (event("FailedScheduling", "0/2 nodes are available: persistentvolumeclaim \"data\" not found."), "pvc-unbound", "pvc-storage-class-missing"),
        (log("mkdir: cannot create directory '/data/db': Permission denied"), "filesystem-permission-denied", "read-only-filesystem"),
        (log("mkdir: cannot create directory '/data/db': Permission denied"), "filesystem-permission-denied", "operation-not-permitted"),
        (log("mkdir: cannot create directory '/data/db': Read-only file system"), "read-only-filesystem", "disk-full"),
        (Scene::Waiting("CreateContainerConfigError".to_owned(), "container has runAsNonRoot and image will run as root (pod: \"web_shop(1)\", container: app)".to_owned()), "run-as-non-root-violation", "operation-not-permitted"),
        (log("mkdir: cannot create directory '/data/db': Permission denied"), "filesystem-permission-denied", "run-as-non-root-violation"),
        // Placing.
        (event("FailedScheduling", "0/3 nodes are available: 3 node(s) had untolerated taint {dedicated: batch}."), "taint-not-tolerated", "insufficient-resources"),
        (event("FailedScheduling", "0/3 nodes are available: 3 node(s) didn't match pod anti-affinity rules."), "pod-anti-affinity-conflict", "node-affinity-mismatch"),
        (event("FailedScheduling", "0/3 nodes are available: 3 node(s) didn't match Pod's node affinity/selector."), "node-affinity-mismatch", "pod-anti-affinity-conflict"),
        (event("FailedScheduling", "0/3 nodes are available: 3 node(s) didn't have free ports for the requested pod ports."), "host-port-conflict", "insufficient-resources"),
        (log("(98)Address already in use: AH00072: make_sock: could not bind to address [::]:80"), "port-bind-failed", "host-port-conflict"),
        (Scene::WorkloadEvent("FailedCreate".to_owned(), "Error creating: pods \"web-1\" is forbidden: violates PodSecurity \"restricted:latest\": allowPrivilegeEscalation != false".to_owned()), "admission-denied", "quota-exceeded"),
        // Nodes.
        (Scene::NodeCondition("NodeStatusUnknown".to_owned(), "Kubelet stopped posting node status.".to_owned()), "kubelet-not-reporting", "container-runtime-failure"),
        (Scene::NodeCondition("KubeletNotReady".to_owned(), "container runtime is down".to_owned()), "container-runtime-failure", "kubelet-not-reporting"),
        (Scene::NodeEvent("Rebooted".to_owned(), "Node node-1 has been rebooted, boot id: 1".to_owned()), "node-restarted", "disk-pressure"),
        (Scene::NodeCondition("KubeletNotReady".to_owned(), "[container runtime is down]".to_owned()), "container-runtime-failure", "node-restarted"),
        (Scene::Waiting("Evicted".to_owned(), "The node was low on resource: memory. Container app was using 2Gi, which exceeds its request of 0.".to_owned()), "node-memory-pressure", "ephemeral-storage-exceeded"),
        (Scene::Waiting("Evicted".to_owned(), "Pod ephemeral local storage usage exceeds the total limit of containers 1Gi. ".to_owned()), "ephemeral-storage-exceeded", "disk-pressure"),
        (Scene::Waiting("Evicted".to_owned(), "The node was low on resource: pids. Threshold quantity: 100, available: 20.".to_owned()), "pid-pressure", "node-memory-pressure"),
        (Scene::Waiting("Evicted".to_owned(), "The node was low on resource: memory. Container app was using 2Gi, which exceeds its request of 0.".to_owned()), "node-memory-pressure", "pid-pressure"),
        // Memory within the process.
        (log("java.lang.OutOfMemoryError: Java heap space"), "jvm-heap-exhausted", "node-heap-exhausted"),
        (log("FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory"), "node-heap-exhausted", "jvm-heap-exhausted"),
        (Scene::Exit(137, "OOMKilled"), "oom-killed", "runtime-heap-exhausted"),
        // Probes, hooks and what is none of them.
        (
            Scene::Looping(137, vec![("Warning", "FailedPostStartHook", "PostStartHook failed".to_owned())]),
            "lifecycle-hook-failed",
            "startup-probe-failed",
        ),
        (
            Scene::Looping(143, vec![("Normal", "Killing", "Container app failed liveness probe, will be restarted".to_owned())]),
            "liveness-probe-failed",
            "lifecycle-hook-failed",
        ),
        (
            Scene::Looping(143, vec![("Normal", "Killing", "Container app failed liveness probe, will be restarted".to_owned())]),
            "liveness-probe-failed",
            "cpu-throttling",
        ),
        (
            Scene::Looping(143, vec![("Normal", "Killing", "Container app failed startup probe, will be restarted".to_owned())]),
            "startup-probe-failed",
            "readiness-probe-failed",
        ),
        (log("java.lang.OutOfMemoryError: Java heap space"), "runtime-heap-exhausted", "app-config-missing"),
        (log("FATAL:  password authentication failed for user \"shop\""), "dependency-auth-failed", "tls-certificate-invalid"),
        (Scene::Exit(1, "Error"), "unexplained-exit", "app-completed"),
        (Scene::Waiting("ContainerCreating".to_owned(), String::new()), "unknown", "sandbox-creation-failed"),
        (Scene::Waiting("CreateContainerConfigError".to_owned(), "configmap \"app\" not found".to_owned()), "configmap-missing", "subpath-invalid"),
        (
            event("Failed", "Error: failed to prepare subPath for volumeMount \"conf\" of container \"app\""),
            "subpath-invalid",
            "volume-mount-failed",
        ),
        (log("chown: changing ownership of '/data': Operation not permitted"), "operation-not-permitted", "filesystem-permission-denied"),
        (Scene::NodeCondition("KubeletNotReady".to_owned(), "PLEG is not healthy: pleg was last seen active 5m0s ago".to_owned()), "container-runtime-failure", "node-not-ready"),
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

/// Causes that no object alone shows, with where their look-alikes are: several pods of a node, or use beside a limit.
const ELSEWHERE: [&str; 2] = ["cpu-throttling", "node-not-ready"];

#[test]
fn every_cause_has_a_look_alike() {
    let catalog = Catalog::built_in().expect("the catalogue");
    let pairs = pairs();
    let mut lacking = Vec::new();
    for cause in super::CAUSES.iter().filter(|cause| !ELSEWHERE.contains(cause)) {
        let is = |told: &str| told == *cause || catalog.parents(told).iter().any(|parent| parent == cause);
        if !pairs.iter().any(|(_, told, _)| is(told)) {
            lacking.push(format!("{cause}: no scene shows it beside a look-alike"));
        }
        // What no cause above it can be told for by mistake.
        let general = *cause == "unknown" || catalog.pages.iter().any(|page| page.parent.as_deref() == Some(cause));
        if !general && !pairs.iter().any(|(_, _, never)| never == cause) {
            lacking.push(format!("{cause}: no scene looks like it and is another"));
        }
    }
    assert!(lacking.is_empty(), "{} lacking:\n{}", lacking.len(), lacking.join("\n"));
}
