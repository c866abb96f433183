//! What a pod leans on is its root where the bundle holds that part's own incident: the storage driver, the network
//! plugin, what stands behind an ExternalName. A healthy part is no root.

#![allow(clippy::expect_used, clippy::unwrap_used)] // a test says what must hold

mod support;

use serde_json::{Value, json};
use support::analyzed::{analyzed, list};

/// The report of objects and of the logs of ended runs: (namespace, pod, text).
fn report_of(objects: &[Value], logs: &[(&str, &str, &str)]) -> Value {
    let paths: Vec<String> =
        logs.iter().map(|(namespace, pod, _)| format!("namespaces/{namespace}/logs/{pod}/app.previous.log")).collect();
    let mut files = vec![
        ("kubemortem.yaml", "layoutVersion: 1\ncollectedAt: 2026-03-01T10:00:00Z\n".to_owned()),
        ("objects.json", list(objects.to_vec())),
    ];
    files.extend(paths.iter().zip(logs).map(|(path, (.., text))| (path.as_str(), format!("starting\n{text}\n"))));
    analyzed(&files).0
}

/// The incident whose pods hold this one.
fn of<'v>(report: &'v Value, pod: &str) -> Option<&'v Value> {
    let holds = |incident: &&Value| {
        incident["subject"]["pods"].as_array().is_some_and(|pods| pods.iter().any(|known| known == pod))
    };
    report["incidents"].as_array().expect("incidents").iter().find(holds)
}

fn object(kind: &str, namespace: &str, name: &str, rest: Value) -> Value {
    let mut object = json!({"apiVersion": "v1", "kind": kind, "metadata": {"name": name, "namespace": namespace}});
    for (key, value) in rest.as_object().unwrap() {
        object[key] = value.clone();
    }
    object
}

fn pod(namespace: &str, name: &str, status: Value) -> Value {
    let mut status = status;
    status["name"] = json!("app");
    let spec = json!({"nodeName": "node-1", "containers": [{"name": "app", "image": "registry.example/app:1"}]});
    let mut pod = object(
        "Pod",
        namespace,
        name,
        json!({"spec": spec, "status": {"phase": "Running", "containerStatuses": [status]}}),
    );
    pod["metadata"]["labels"] = json!({"app": name});
    pod
}

fn crashing(namespace: &str, name: &str) -> Value {
    pod(
        namespace,
        name,
        json!({"ready": false, "restartCount": 9, "state": {"waiting": {"reason": "CrashLoopBackOff"}},
        "lastState": {"terminated": {"exitCode": 1, "reason": "Error", "startedAt": "2026-03-01T09:58:00Z", "finishedAt": "2026-03-01T09:58:05Z"}}}),
    )
}

fn running(namespace: &str, name: &str) -> Value {
    pod(
        namespace,
        name,
        json!({"ready": true, "restartCount": 0, "state": {"running": {"startedAt": "2026-02-01T09:00:00Z"}}}),
    )
}

fn creating(namespace: &str, name: &str) -> Value {
    let mut creating = pod(
        namespace,
        name,
        json!({"ready": false, "restartCount": 0, "state": {"waiting": {"reason": "ContainerCreating"}}}),
    );
    creating["status"]["phase"] = json!("Pending");
    creating
}

fn event(kind: &str, namespace: &str, name: &str, reason: &str, message: &str) -> Value {
    object(
        "Event",
        namespace,
        &format!("{name}.1"),
        json!({"involvedObject": {"kind": kind, "namespace": namespace, "name": name},
        "type": "Warning", "reason": reason, "message": message, "count": 5,
        "firstTimestamp": "2026-03-01T09:50:00Z", "lastTimestamp": "2026-03-01T09:59:00Z"}),
    )
}

const DENIED: &str = "panic: open /etc/driver/conf.yaml: no such file or directory";

#[test]
fn a_storage_driver_that_fails_is_the_root_of_a_mount() {
    let message = "MountVolume.MountDevice failed for volume \"pvc-1\" : kubernetes.io/csi: attacher.MountDevice failed to create newCsiDriverClient: driver name ebs.csi.aws.com not found in the list of registered CSI drivers";
    let waits = [creating("shop", "web"), event("Pod", "shop", "web", "FailedMount", message)];
    let with = |driver: Value| {
        let mut objects = waits.to_vec();
        objects.push(driver);
        report_of(&objects, &[("kube-system", "ebs-csi-node-x7k2p", DENIED)])
    };
    let report = with(crashing("kube-system", "ebs-csi-node-x7k2p"));
    let (web, driver) = (of(&report, "web").expect("web"), of(&report, "ebs-csi-node-x7k2p").expect("the driver"));
    assert_eq!(web["cause"], "csi-driver-unavailable");
    assert_eq!(web["causedBy"], driver["id"], "{report:#}");
    assert_eq!(driver["consequences"], json!([web["id"]]));
    let report = with(running("kube-system", "ebs-csi-node-x7k2p"));
    assert_eq!(of(&report, "web").expect("web")["causedBy"], Value::Null);
    // The driver of another product is no root.
    let other = crashing("kube-system", "longhorn-csi-plugin-8k2lp");
    let mut objects = waits.to_vec();
    objects.push(other);
    let report = report_of(&objects, &[("kube-system", "longhorn-csi-plugin-8k2lp", DENIED)]);
    assert_eq!(of(&report, "web").expect("web")["causedBy"], Value::Null, "{report:#}");
}

#[test]
fn a_network_plugin_that_fails_on_the_node_is_the_root_of_a_sandbox() {
    let message = "Failed to create pod sandbox: rpc error: code = Unknown desc = failed to setup network for sandbox \"9f\": plugin type=\"calico\" failed (add): error getting ClusterInformation: connection is unauthorized: Unauthorized";
    let waits = [creating("shop", "web"), event("Pod", "shop", "web", "FailedCreatePodSandBox", message)];
    let with = |name: &str, agent: Value| {
        let mut objects = waits.to_vec();
        objects.push(agent);
        report_of(&objects, &[("kube-system", name, DENIED)])
    };
    for name in ["calico-node-b7x2k", "rke2-canal-b7x2k", "kube-flannel-ds-b7x2k"] {
        let report = with(name, crashing("kube-system", name));
        let agent = of(&report, name).expect("the agent");
        assert_eq!(of(&report, "web").expect("web")["causedBy"], agent["id"], "{report:#}");
        let report = with(name, running("kube-system", name));
        assert_eq!(of(&report, "web").expect("web")["causedBy"], Value::Null);
    }
    let report = with("my-canal-b7x2k", crashing("kube-system", "my-canal-b7x2k"));
    assert_eq!(of(&report, "web").expect("web")["causedBy"], Value::Null, "a name that only sounds so: {report:#}");
}

/// The node waits for the agent that makes its network, not the agent for the node.
#[test]
fn a_network_plugin_that_fails_is_the_root_of_a_node_without_network() {
    let node = json!({"apiVersion": "v1", "kind": "Node", "metadata": {"name": "node-1"}, "status": {"conditions": [
        {"type": "Ready", "status": "False", "reason": "KubeletNotReady", "lastTransitionTime": "2026-03-01T09:40:00Z",
         "message": "container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady message:Network plugin returns error: cni plugin not initialized"}]}});
    let objects = [node, crashing("network", "ovnkube-node-b7x2k"), creating("shop", "web")];
    let report = report_of(
        &objects,
        &[(
            "network",
            "ovnkube-node-b7x2k",
            "F0301 09:58:05.000001 1 ovnkube.go:136] failed to run ovnkube: failed to lookup link br-ex: Link not found",
        )],
    );
    let agent = of(&report, "ovnkube-node-b7x2k").expect("the agent");
    assert_eq!((&agent["cause"], &agent["causedBy"]), (&json!("app-exception"), &Value::Null), "{report:#}");
    let incidents = report["incidents"].as_array().expect("a list");
    let node = incidents.iter().find(|incident| incident["subject"]["kind"] == "Node").expect("the node");
    assert_eq!((&node["cause"], &node["causedBy"]), (&json!("cni-not-initialized"), &agent["id"]), "{report:#}");
}

/// A bare name in the words of a storage driver is one of the driver's own namespace.
#[test]
fn what_a_storage_driver_calls_is_the_root_of_an_attach() {
    let message = "AttachVolume.Attach failed for volume \"pvc-1\" : rpc error: code = Unavailable desc = failed to get volume: Get \"http://disks-backend:9500/v1/volumes/pvc-1\": dial tcp 10.43.0.7:9500: connect: connection refused";
    let class = |provisioner: &str| json!({"apiVersion": "storage.k8s.io/v1", "kind": "StorageClass", "metadata": {"name": "fast"}, "provisioner": provisioner});
    let volume = json!({"apiVersion": "v1", "kind": "PersistentVolume", "metadata": {"name": "pvc-1"},
        "spec": {"storageClassName": "fast"}, "status": {"phase": "Bound"}});
    let service = object(
        "Service",
        "disks",
        "disks-backend",
        json!({"spec": {"selector": {"app": "disks-manager-0"}, "ports": [{"port": 9500}]}}),
    );
    let with = |provisioner: &str| {
        let objects = [
            creating("shop", "web"),
            event("Pod", "shop", "web", "FailedAttachVolume", message),
            class(provisioner),
            volume.clone(),
            service.clone(),
            crashing("disks", "disks-manager-0"),
            running("disks", "fastdisk-csi-plugin-x7k2p"),
        ];
        report_of(&objects, &[("disks", "disks-manager-0", DENIED)])
    };
    let report = with("driver.fastdisk.io");
    let manager = of(&report, "disks-manager-0").expect("the manager");
    assert_eq!(of(&report, "web").expect("web")["causedBy"], manager["id"], "{report:#}");
    // Of another driver nobody knows where it lives.
    let report = with("driver.otherdisk.io");
    assert_eq!(of(&report, "web").expect("web")["causedBy"], Value::Null, "{report:#}");
}

#[test]
fn what_stands_behind_an_external_name_is_the_root() {
    let alias = object(
        "Service",
        "shop",
        "db",
        json!({"spec": {"type": "ExternalName", "externalName": "orders.data.svc.cluster.local"}}),
    );
    let service = object(
        "Service",
        "data",
        "orders",
        json!({"spec": {"selector": {"app": "orders-0"}, "ports": [{"port": 5432}]}}),
    );
    let refused = "connect ECONNREFUSED db:5432";
    let objects = |database: Value| [alias.clone(), service.clone(), crashing("shop", "web"), database];
    let logs = [
        ("shop", "web", refused),
        ("data", "orders-0", "PANIC:  could not write to file \"pg_wal/xlogtemp.29\": No space left on device"),
    ];
    let report = report_of(&objects(crashing("data", "orders-0")), &logs);
    let database = of(&report, "orders-0").expect("the database");
    assert_eq!(database["cause"], "disk-full");
    assert_eq!(of(&report, "web").expect("web")["causedBy"], database["id"], "{report:#}");
    let report = report_of(&objects(running("data", "orders-0")), &logs[..1]);
    assert_eq!(of(&report, "web").expect("web")["causedBy"], Value::Null);
}

#[test]
fn an_event_of_a_node_that_no_output_shows_is_told() {
    let lost = event("Node", "", "node-7", "NodeNotReady", "Node node-7 status is now: NodeNotReady");
    let report = report_of(&[lost], &[]);
    let incidents = report["incidents"].as_array().unwrap();
    assert_eq!(incidents.len(), 1, "{report:#}");
    assert_eq!(
        (&incidents[0]["subject"]["kind"], &incidents[0]["subject"]["name"]),
        (&json!("Node"), &json!("node-7"))
    );
    assert_eq!(incidents[0]["cause"], "node-not-ready");
    // An event that a kubelet writes at every start is no trouble.
    let starting = event("Node", "", "node-7", "InvalidDiskCapacity", "invalid capacity 0 on image filesystem");
    assert_eq!(report_of(&[starting], &[])["incidents"], json!([]));
}

#[test]
fn what_a_cause_explains_is_ruled_out_by_its_line() {
    let message = "MountVolume.SetUp failed for volume \"conf\" : configmap \"app\" not found";
    let report = report_of(&[creating("shop", "web"), event("Pod", "shop", "web", "FailedMount", message)], &[]);
    let web = of(&report, "web").expect("web");
    assert_eq!(web["cause"], "configmap-missing");
    let out = web["ruledOut"]
        .as_array()
        .unwrap()
        .iter()
        .find(|out| out["cause"] == "volume-mount-failed")
        .expect("ruled out");
    assert!(out["because"].as_str().unwrap().contains("follows from the cause found"), "{out:#}");
    assert_eq!(out["evidence"][0]["text"], web["evidence"][0]["text"]);
}

/// A broker's address with a login in it, as Celery prints it: the name behind the login is what does not answer.
#[test]
fn a_broker_behind_a_login_is_called_by_its_own_name() {
    let pod = |name: &str, set: &str| {
        json!({"apiVersion": "v1", "kind": "Pod",
            "metadata": {"name": name, "namespace": "mq", "creationTimestamp": "2026-03-01T08:00:00Z", "labels": {"app": set}, "ownerReferences": [{"kind": "StatefulSet", "name": set, "controller": true}]},
            "spec": {"nodeName": "node-1", "containers": [{"name": "app", "image": "r.example/app:1"}]},
            "status": {"phase": "Running", "startTime": "2026-03-01T08:00:00Z", "containerStatuses": [{"name": "app", "image": "r.example/app:1", "ready": false, "restartCount": 9,
                "state": {"waiting": {"reason": "CrashLoopBackOff"}}, "lastState": {"terminated": {"exitCode": 1, "reason": "Error", "startedAt": "2026-03-01T09:00:00Z", "finishedAt": "2026-03-01T09:00:09Z"}}}]}})
    };
    let service = json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "rabbitmq", "namespace": "mq"},
        "spec": {"selector": {"app": "rabbitmq"}, "clusterIP": "10.96.5.5", "ports": [{"port": 5672}]}});
    let refused = "[error] Failed to start Ranch listener in ranch_tcp:listen([{port,5672}]) for reason eaddrinuse (address already in use)\n";
    let lost = "consumer: Cannot connect to amqp://app:**@rabbitmq:5672//: [Errno 111] Connection refused.\nkombu.exceptions.OperationalError: [Errno 111] Connection refused\n";
    let (report, _) = analyzed(&[
        ("all.json", list(vec![pod("rabbitmq-0", "rabbitmq"), pod("mailer-0", "mailer"), service])),
        ("logs/rabbitmq-0-previous.log", refused.to_owned()),
        ("logs/mailer-0-previous.log", lost.to_owned()),
    ]);
    let of = |cause: &str| {
        let all = report["incidents"].as_array().expect("a list");
        all.iter().find(|incident| incident["cause"] == cause).unwrap_or_else(|| panic!("no {cause}: {report:#}"))
    };
    assert_eq!(of("dependency-unavailable")["causedBy"], of("port-bind-failed")["id"], "{report:#}");
}

/// An init container that waits for a migration, or for a Job by its name, waits for the Job that failed; what kubectl says
/// of the container behind it is no line of a program.
#[test]
fn what_waits_for_a_job_follows_from_it() {
    let mut job = pod(
        "shop",
        "shop-migrate-42-x7k2z",
        json!({"ready": false, "restartCount": 0, "state": {"terminated": {"exitCode": 1, "reason": "Error", "startedAt": "2026-03-01T09:50:00Z", "finishedAt": "2026-03-01T09:50:04Z"}}}),
    );
    job["status"]["phase"] = json!("Failed");
    job["spec"]["restartPolicy"] = json!("Never");
    job["metadata"]["ownerReferences"] = json!([{"kind": "Job", "name": "shop-migrate-42", "controller": true}]);
    let failed = "INFO  [alembic.runtime.migration] Running upgrade 8f21c0aa9e11 -> 91d2be5c3f70, add unique email\n\
        psycopg2.errors.UniqueViolation: could not create unique index \"uq_users_email\"\n\
        [SQL: ALTER TABLE users ADD CONSTRAINT uq_users_email UNIQUE (email)]\n";
    let mut api = pod(
        "shop",
        "api-0",
        json!({"ready": false, "restartCount": 0, "state": {"waiting": {"reason": "PodInitializing"}}}),
    );
    api["status"]["phase"] = json!("Pending");
    api["status"]["startTime"] = json!("2026-03-01T09:50:00Z");
    api["metadata"]["creationTimestamp"] = json!("2026-03-01T09:50:00Z");
    api["spec"]["initContainers"] = json!([{"name": "wait-for-migration", "image": "registry.example/app:1"}]);
    api["status"]["initContainerStatuses"] = json!([{"name": "wait-for-migration", "ready": false, "restartCount": 0,
        "state": {"running": {"startedAt": "2026-03-01T09:50:02Z"}}}]);
    let refused =
        "Error from server (BadRequest): container \"app\" in pod \"api-0\" is waiting to start: PodInitializing\n";
    for (waits, cause) in [
        (
            "2026-03-01 09:59:00 waiting for revision 91d2be5c3f70, database is at 8f21c0aa9e11",
            "dependency-unavailable",
        ),
        ("Waiting for migrations to be applied ...", "dependency-unavailable"),
        ("[2026-03-01 09:59:00] Waiting for job shop-migrate-42...", "dependency-unavailable"),
        ("database schema is outdated: migration 42 has not been applied", "migration-failed"),
    ] {
        let line = format!("[pod/api-0/wait-for-migration] {waits}\n");
        let (report, text) = analyzed(&[
            ("kubemortem.yaml", "layoutVersion: 1\ncollectedAt: 2026-03-01T10:00:00Z\n".to_owned()),
            ("objects.json", list(vec![job.clone(), api.clone()])),
            ("shop-migrate-42-x7k2z.log", failed.to_owned()),
            ("api-0.log", line.repeat(203) + refused),
        ]);
        let (root, victim) = (of(&report, "shop-migrate-42-x7k2z").unwrap(), of(&report, "api-0").unwrap());
        assert_eq!((&root["cause"], &root["causedBy"]), (&json!("migration-failed"), &Value::Null), "{report:#}");
        assert_eq!(victim["cause"], cause, "{report:#}");
        assert_eq!(victim["causedBy"], root["id"], "{waits} {report:#}");
        assert!(!text.contains("is waiting to start") && !text.contains("got no connection"), "{text}");
    }
}

/// Of two pods behind a Service the one that was in trouble first is the root of what fell out in between.
#[test]
fn the_pod_that_failed_first_is_the_root_of_what_calls_its_service() {
    let ended = |mut pod: Value, time: &str| {
        let run = &mut pod["status"]["containerStatuses"][0]["lastState"]["terminated"];
        (run["startedAt"], run["finishedAt"]) = (json!(time), json!(time));
        pod
    };
    let of_store = |mut pod: Value| {
        pod["metadata"]["labels"] = json!({"app": "store"});
        pod
    };
    let message = "Multi-Attach error for volume \"pvc-1\" Volume is already used by pod(s) store-b";
    let mut event = event("Pod", "shop", "store-a", "FailedAttachVolume", message);
    (event["count"], event["lastTimestamp"]) = (json!(1), event["firstTimestamp"].clone());
    let objects = [
        object(
            "Service",
            "shop",
            "store",
            json!({"spec": {"clusterIP": "10.0.0.9", "ports": [{"port": 5432}], "selector": {"app": "store"}}}),
        ),
        of_store(creating("shop", "store-a")),
        event,
        of_store(ended(crashing("shop", "store-b"), "2026-03-01T09:00:00Z")),
        ended(crashing("shop", "web"), "2026-03-01T09:20:00Z"),
    ];
    let refused = "FATAL: open store: dial tcp 10.0.0.9:5432: connect: connection refused";
    let report =
        report_of(&objects, &[("shop", "web", refused), ("shop", "store-b", "panic: no space left on device")]);
    let root = of(&report, "store-b").expect("the pod that crashes");
    let later = of(&report, "store-a").expect("the pod whose volume does not come");
    let victim = of(&report, "web").expect("what calls it");
    assert_eq!(later["since"]["time"], "2026-03-01T09:50:00Z");
    assert_eq!(victim["causedBy"], root["id"], "{report:#}");
}
