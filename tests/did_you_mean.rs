//! Names that are asked for, against names that the bundle holds: said only as what the bundle holds, at the line that
//! holds it; where the list is not there, the command that brings it is said instead.

#![allow(clippy::expect_used, clippy::unwrap_used)] // a test says what must hold

mod support;

use serde_json::{Value, json};
use support::analyzed::analyzed;

/// A bundle in the collector's layout, in the namespace `shop`, with a pod `web` that is not well.
struct Bundle {
    files: Vec<(String, String)>,
}

/// What is said of the pod.
struct Said {
    cause: String,
    /// The sentence and the line under it.
    like: Vec<(String, String)>,
    /// The commands of what is missing.
    commands: Vec<String>,
    remarks: Vec<(String, String)>,
    /// The report in both formats.
    markdown: String,
}

/// The advice holds these words, and not those.
#[track_caller]
fn advises(said: &Said, words: &[&str], never: &[&str]) {
    for words in words {
        assert!(said.markdown.contains(words), "{words} is missing:\n{}", said.markdown);
    }
    for words in never {
        assert!(!said.markdown.contains(words), "{words} is said:\n{}", said.markdown);
    }
}

fn list(items: &[Value]) -> String {
    serde_json::to_string_pretty(&json!({"apiVersion": "v1", "kind": "List", "items": items})).expect("JSON")
}

fn meta(kind: &str, namespace: Option<&str>, name: &str) -> Value {
    json!({"apiVersion": "v1", "kind": kind, "metadata": {"name": name, "namespace": namespace}})
}

/// An object with further fields.
fn with(mut object: Value, fields: Value) -> Value {
    for (key, value) in fields.as_object().expect("fields") {
        object[key] = value.clone();
    }
    object
}

/// The pod `web`, waiting for the reason given, with fields of its spec.
fn web(reason: &str, message: &str, spec: Value) -> Value {
    let mut containers =
        spec.get("containers").cloned().unwrap_or(json!([{"name": "app", "image": "registry.example/app:1"}]));
    containers[0]["name"] = json!("app");
    let image = containers[0]["image"].clone();
    let scheduled = reason != "Unschedulable";
    let mut pod_spec = with(json!({"nodeName": if scheduled { json!("node-1") } else { Value::Null }}), spec);
    pod_spec["containers"] = containers;
    let waiting = json!({"name": "app", "image": image, "ready": false, "restartCount": 0,
        "state": {"waiting": {"reason": reason, "message": message}}});
    with(
        meta("Pod", Some("shop"), "web"),
        json!({
            "spec": pod_spec,
            "status": {"phase": "Pending", "containerStatuses": if scheduled { json!([waiting]) } else { json!([]) },
                "conditions": [{"type": "PodScheduled", "status": if scheduled { "True" } else { "False" }}]},
        }),
    )
}

/// A pod that runs.
fn running(namespace: &str, name: &str, spec: Value) -> Value {
    let image = spec["containers"][0]["image"].clone();
    with(
        meta("Pod", Some(namespace), name),
        json!({
            "spec": with(json!({"nodeName": "node-1"}), spec),
            "status": {"phase": "Running", "containerStatuses": [{"name": "app", "image": image, "imageID": "sha256:1",
                "containerID": "containerd://1", "ready": true, "restartCount": 0, "state": {"running": {"startedAt": "2026-03-01T09:00:00Z"}}}]},
        }),
    )
}

fn event(reason: &str, message: &str) -> Value {
    let mut event = meta("Event", Some("shop"), "web.1");
    event = with(
        event,
        json!({"involvedObject": {"kind": "Pod", "namespace": "shop", "name": "web"}, "type": "Warning",
        "reason": reason, "message": message, "count": 4, "firstTimestamp": "2026-03-01T09:50:00Z",
        "lastTimestamp": "2026-03-01T09:59:00Z"}),
    );
    event
}

fn node(name: &str, labels: Value, taints: Value) -> Value {
    let mut node = meta("Node", None, name);
    node["metadata"]["labels"] = labels;
    with(
        node,
        json!({"spec": {"taints": taints}, "status": {"conditions": [{"type": "Ready", "status": "True", "reason": "KubeletReady"}]}}),
    )
}

impl Bundle {
    fn of(pods: &[Value], events: &[Value]) -> Bundle {
        let bundle = Bundle { files: Vec::new() };
        bundle
            .add("kubemortem.yaml", "layoutVersion: 1\ncollectedAt: 2026-03-01T10:00:00Z\n")
            .add("namespaces/shop/pods.json", &list(pods))
            .add("namespaces/shop/events.json", &list(events))
    }

    fn add(mut self, path: &str, text: &str) -> Bundle {
        self.files.push((path.to_owned(), text.to_owned()));
        self
    }

    fn said(self) -> Said {
        let files: Vec<(&str, String)> = self.files.iter().map(|(path, text)| (path.as_str(), text.clone())).collect();
        let (report, markdown) = analyzed(&files);
        let incidents = report["incidents"].as_array().expect("incidents");
        assert!(incidents.len() <= 1, "{report:#}");
        let incident = incidents.first().cloned().unwrap_or_default();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let all = |value: &Value| value.as_array().cloned().unwrap_or_default();
        Said {
            cause: text(&incident["cause"]),
            like: all(&incident["didYouMean"]).iter().map(|one| (text(&one["shows"]), text(&one["text"]))).collect(),
            commands: all(&incident["missing"]).iter().map(|one| text(&one["command"])).collect(),
            remarks: all(&report["inventory"]["remarks"])
                .iter()
                .map(|one| (text(&one["what"]), text(&one["text"])))
                .collect(),
            markdown,
        }
    }
}

/// The cause, the sentences and the lines are these.
#[track_caller]
fn holds(said: &Said, cause: &str, like: &[(&str, &str)]) {
    assert_eq!(said.cause, cause);
    let found: Vec<(&str, &str)> = said.like.iter().map(|(says, line)| (says.as_str(), line.as_str())).collect();
    assert_eq!(found, like);
}

/// Nothing is said, and the command is asked for.
#[track_caller]
fn asks(said: &Said, cause: &str, command: &str) {
    holds(said, cause, &[]);
    assert!(said.commands.iter().any(|known| known == command), "{:?}", said.commands);
}

fn claim(name: &str) -> Value {
    json!({"volumes": [{"name": "data", "persistentVolumeClaim": {"claimName": name}}]})
}

#[test]
fn a_claim_of_another_namespace_or_of_a_near_name() {
    let unscheduled = |name: &str| {
        let message = format!("0/1 nodes are available: persistentvolumeclaim \"{name}\" not found.");
        Bundle::of(&[web("Unschedulable", "", claim(name))], &[event("FailedScheduling", &message)])
    };
    let bound = |namespace: &str, name: &str| {
        with(meta("PersistentVolumeClaim", Some(namespace), name), json!({"status": {"phase": "Bound"}}))
    };
    let said = unscheduled("web-data")
        .add("namespaces/shop/pvcs.json", &list(&[bound("shop", "web-date"), bound("shop", "orders")]))
        .add("namespaces/stage/pvcs.json", &list(&[bound("stage", "web-data")]))
        .said();
    holds(
        &said,
        "pvc-missing",
        &[
            (
                "the bundle holds the PersistentVolumeClaim `web-data` in namespace `stage`; it is asked for in namespace `shop`",
                "\"name\": \"web-data\",",
            ),
            (
                "the bundle holds the PersistentVolumeClaim `web-date` in namespace `shop`; asked for is `web-data`",
                "\"name\": \"web-date\",",
            ),
        ],
    );
    assert!(said.markdown.contains("### Did you mean"));
    // The list is there and holds nothing like it: nothing is said and nothing is asked for.
    let said = unscheduled("web-data").add("namespaces/shop/pvcs.json", &list(&[bound("shop", "ledger")])).said();
    holds(&said, "pvc-missing", &[]);
    assert!(!said.commands.iter().any(|command| command.starts_with("kubectl get pvc")), "{:?}", said.commands);
    asks(&unscheduled("web-data").said(), "pvc-missing", "kubectl get pvc -n shop");
}

#[test]
fn a_refused_list_is_asked_for() {
    let message = "0/1 nodes are available: persistentvolumeclaim \"web-data\" not found.";
    let said = Bundle::of(&[web("Unschedulable", "", claim("web-data"))], &[event("FailedScheduling", message)])
        .add("namespaces/shop/pvcs.json", &list(&[]))
        .add("namespaces/shop/pvcs.json.stderr", "Error from server (Forbidden): persistentvolumeclaims is forbidden: User \"sam\" cannot list resource \"persistentvolumeclaims\" in API group \"\" in the namespace \"shop\"\n")
        .add("commands.tsv", "path\texitStatus\tseconds\tbytes\tcommand\nnamespaces/shop/pvcs.json\t1\t0\t2\tkubectl get pvc -n shop -o json\n")
        .said();
    asks(&said, "pvc-missing", "kubectl get pvc -n shop");
}

#[test]
fn a_storage_class() {
    let message = "storageclass.storage.k8s.io \"fast_ssd\" not found";
    let mut of_claim = event("ProvisioningFailed", message);
    of_claim["involvedObject"] = json!({"kind": "PersistentVolumeClaim", "namespace": "shop", "name": "data"});
    let claim = with(
        meta("PersistentVolumeClaim", Some("shop"), "data"),
        json!({"spec": {"storageClassName": "fast_ssd"}, "status": {"phase": "Pending"}}),
    );
    let bundle =
        || Bundle::of(&[], &[of_claim.clone()]).add("namespaces/shop/pvcs.json", &list(std::slice::from_ref(&claim)));
    let said = bundle()
        .add(
            "cluster/storageclasses.json",
            &list(&[meta("StorageClass", None, "standard"), meta("StorageClass", None, "fast-ssd")]),
        )
        .said();
    holds(
        &said,
        "pvc-storage-class-missing",
        &[("the bundle holds the StorageClass `fast-ssd`; asked for is `fast_ssd`", "\"name\": \"fast-ssd\",")],
    );
    asks(&bundle().said(), "pvc-storage-class-missing", "kubectl get storageclass");
}

#[test]
fn a_service_account_a_priority_class_and_a_pull_secret() {
    let replica_set =
        with(meta("ReplicaSet", Some("shop"), "web"), json!({"spec": {"replicas": 1}, "status": {"replicas": 0}}));
    let created = |message: &str, pods: &[Value]| {
        let mut failed = event("FailedCreate", message);
        failed["involvedObject"] = json!({"kind": "ReplicaSet", "namespace": "shop", "name": "web"});
        Bundle::of(pods, &[failed]).add("namespaces/shop/replicasets.json", &list(std::slice::from_ref(&replica_set)))
    };
    let message = "Error creating: pods \"web-\" is forbidden: error looking up service account shop/Web: serviceaccount \"Web\" not found";
    let said = created(message, &[])
        .add("namespaces/shop/serviceaccounts.json", &list(&[meta("ServiceAccount", Some("shop"), "web")]))
        .said();
    holds(
        &said,
        "service-account-missing",
        &[("the bundle holds the ServiceAccount `web` in namespace `shop`; asked for is `Web`", "\"name\": \"web\",")],
    );
    asks(&created(message, &[]).said(), "service-account-missing", "kubectl get serviceaccounts -n shop");

    let message = "Error creating: pods \"web-\" is forbidden: no PriorityClass with name hihg was found";
    let other = running(
        "shop",
        "till",
        json!({"priorityClassName": "high", "containers": [{"name": "app", "image": "till:1"}]}),
    );
    let said = created(message, &[other]).said();
    holds(
        &said,
        "admission-denied",
        &[("the bundle holds the PriorityClass `high`; asked for is `hihg`", "\"priorityClassName\": \"high\"")],
    );
    asks(&created(message, &[]).said(), "admission-denied", "kubectl get priorityclasses");

    let pull = |secrets: Option<&str>| {
        let spec = json!({"imagePullSecrets": [{"name": "regcred"}], "containers": [{"name": "app", "image": "registry.example/app:1"}]});
        let refused = "Failed to pull image \"registry.example/app:1\": failed to resolve reference \"registry.example/app:1\": unexpected status from HEAD request: 401 Unauthorized";
        let unread =
            "Unable to retrieve some image pull secrets (regcred); attempting to pull the image may not succeed.";
        let bundle = Bundle::of(
            &[web("ImagePullBackOff", "", spec)],
            &[event("Failed", refused), event("FailedToRetrieveImagePullSecret", unread)],
        );
        match secrets {
            Some(table) => bundle.add("namespaces/shop/secrets.txt", table).said(),
            None => bundle.said(),
        }
    };
    let said = pull(Some(
        "NAME      TYPE                             DATA   AGE\nreg-cred  kubernetes.io/dockerconfigjson   1      9d\ntls       kubernetes.io/tls                2      9d\n",
    ));
    holds(
        &said,
        "image-pull-unauthorized",
        &[(
            "the bundle holds the Secret `reg-cred` in namespace `shop`; asked for is `regcred`",
            "reg-cred  kubernetes.io/dockerconfigjson   1      9d",
        )],
    );
    asks(&pull(None), "image-pull-unauthorized", "kubectl get secrets -n shop");
}

/// A pod that ended with a log.
fn logged(line: &str) -> Bundle {
    let mut pod = web("CrashLoopBackOff", "", json!({}));
    pod["status"]["phase"] = json!("Running");
    pod["status"]["containerStatuses"][0]["restartCount"] = json!(5);
    pod["status"]["containerStatuses"][0]["lastState"] = json!({"terminated": {"exitCode": 1, "reason": "Error",
        "startedAt": "2026-03-01T09:58:00Z", "finishedAt": "2026-03-01T09:58:09Z"}});
    Bundle::of(&[pod], &[]).add("namespaces/shop/logs/web/app.previous.log", &format!("starting\n{line}\n"))
}

fn service(namespace: &str, name: &str, port: u64) -> Value {
    with(
        meta("Service", Some(namespace), name),
        json!({"spec": {"clusterIP": "10.96.0.9", "selector": {"app": name}, "ports": [{"port": port, "protocol": "TCP"}]}}),
    )
}

#[test]
fn a_host_of_another_namespace_of_a_near_name_or_with_another_port() {
    let unknown = "dial tcp: lookup orders-db on 10.96.0.10:53: no such host";
    let said =
        logged(unknown).add("namespaces/data/services.json", &list(&[service("data", "orders-db", 5432)])).said();
    holds(
        &said,
        "dns-resolution-failed",
        &[(
            "the bundle holds the Service `orders-db` in namespace `data`; it is asked for in namespace `shop`",
            "\"name\": \"orders-db\",",
        )],
    );
    let said = logged(unknown)
        .add("namespaces/shop/services.json", &list(&[service("shop", "order-db", 5432), service("shop", "till", 80)]))
        .said();
    holds(
        &said,
        "dns-resolution-failed",
        &[(
            "the bundle holds the Service `order-db` in namespace `shop`; asked for is `orders-db`",
            "\"name\": \"order-db\",",
        )],
    );
    asks(&logged(unknown).said(), "dns-resolution-failed", "kubectl get services -n shop");

    let refused = "connection to server at \"orders-db\" (10.96.0.9), port 5433 failed: Connection refused";
    let said =
        logged(refused).add("namespaces/shop/services.json", &list(&[service("shop", "orders-db", 5432)])).said();
    holds(
        &said,
        "dependency-unavailable",
        &[("the Service `orders-db` has the port `5432/TCP`; called is port `5433`", "\"name\": \"orders-db\",")],
    );
    // The port is the Service's: nothing to say of names.
    let said = logged(&refused.replace("5433", "5432"))
        .add("namespaces/shop/services.json", &list(&[service("shop", "orders-db", 5432)]))
        .said();
    holds(&said, "dependency-unavailable", &[]);
    // A host outside of the cluster is no Service.
    let said = logged("dial tcp: lookup api.partner.example on 10.96.0.10:53: no such host")
        .add("namespaces/shop/services.json", &list(&[service("shop", "api-partner", 443)]))
        .said();
    holds(&said, "dns-resolution-failed", &[]);
}

#[test]
fn labels_of_nodes() {
    let message = "0/2 nodes are available: 2 node(s) didn't match Pod's node affinity/selector.";
    let pending = |spec: Value, nodes: &[Value]| {
        Bundle::of(&[web("Unschedulable", "", spec)], &[event("FailedScheduling", message)])
            .add("cluster/nodes.json", &list(nodes))
            .said()
    };
    let nodes = [
        node("node-1", json!({"disktype": "ssd", "zone": "a"}), json!([])),
        node("node-2", json!({"disktype": "hdd", "zone": "b"}), json!([])),
    ];
    let said = pending(json!({"nodeSelector": {"disktype": "sdd", "zone": "a"}}), &nodes);
    holds(
        &said,
        "node-affinity-mismatch",
        &[
            ("the node `node-2` has the label `disktype=hdd`; asked for is `disktype=sdd`", "\"disktype\": \"hdd\","),
            ("the node `node-1` has the label `disktype=ssd`; asked for is `disktype=sdd`", "\"disktype\": \"ssd\","),
        ],
    );
    let affinity = |key: &str| {
        json!({"affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [
        {"matchExpressions": [{"key": key, "operator": "In", "values": ["ssd"]}]}]}}}})
    };
    let said = pending(affinity("disk-type"), &nodes);
    holds(
        &said,
        "node-affinity-mismatch",
        &[("the node `node-1` has the label `disktype=ssd`; asked for is `disk-type=ssd`", "\"disktype\": \"ssd\",")],
    );
    // A node has it: another expression keeps the pod away.
    holds(&pending(affinity("disktype"), &nodes), "node-affinity-mismatch", &[]);
    asks(
        &pending(affinity("disktype"), &[node("node-1", json!({}), json!([]))]),
        "node-affinity-mismatch",
        "kubectl get nodes --show-labels",
    );
}

#[test]
fn a_toleration_that_all_but_fits() {
    let message = "0/1 nodes are available: 1 node(s) had untolerated taint {dedicated: gpu}.";
    let pending = |toleration: Value, taints: Value| {
        Bundle::of(
            &[web("Unschedulable", "", json!({"tolerations": [toleration]}))],
            &[event("FailedScheduling", message)],
        )
        .add("cluster/nodes.json", &list(&[node("node-1", json!({}), taints)]))
        .said()
    };
    let taints = json!([{"key": "dedicated", "value": "gpu", "effect": "NoSchedule"}]);
    let said = pending(
        json!({"key": "dedicated", "operator": "Equal", "value": "gpus", "effect": "NoSchedule"}),
        taints.clone(),
    );
    let says =
        "the pod tolerates `dedicated=gpus:NoSchedule`; the node `node-1` has the taint `dedicated=gpu:NoSchedule`";
    assert_eq!(said.cause, "taint-not-tolerated");
    assert!(
        said.like.iter().all(|(sentence, line)| sentence == says && line == "\"key\": \"dedicated\","),
        "{:?}",
        said.like
    );
    assert_eq!(said.like.len(), 2, "one line of the node and one of the pod");
    let said = pending(
        json!({"key": "node.kubernetes.io/not-ready", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300}),
        taints,
    );
    holds(&said, "taint-not-tolerated", &[]);
}

#[test]
fn images_that_other_pods_run() {
    let pulling = |image: &str, others: &[&str]| {
        let message = format!(
            "Failed to pull image \"{image}\": rpc error: code = NotFound desc = failed to pull and unpack image \"{image}\": failed to resolve reference \"{image}\": {image}: not found"
        );
        let mut pods = vec![web("ImagePullBackOff", "", json!({"containers": [{"name": "app", "image": image}]}))];
        pods.extend(others.iter().enumerate().map(|(index, image)| {
            running("shop", &format!("other-{index}"), json!({"containers": [{"name": "app", "image": image}]}))
        }));
        Bundle::of(&pods, &[event("Failed", &message)]).said()
    };
    let runs = |name: &str, image: &str, asked: &str| {
        format!("the pod `shop/{name}` runs `{image}`; this one asks for `{asked}`")
    };
    for (image, others, like) in [
        (
            "registry.example/shop/cart:1.8.2",
            vec!["registry.example/shop/cart:1.8.1", "registry.example/shop/till:1.8.2"],
            Some(0),
        ),
        (
            "registry.example/shop/carrt:1.8.1",
            vec!["registry.example/shop/till:2", "registry.example/shop/cart:1.8.1"],
            Some(1),
        ),
        ("shop/cart:1.8.1", vec!["registry.example/shop/cart:1.8.1"], Some(0)),
        ("cart:1.8.1", vec!["registry.example/shop/cart:1.8.1"], Some(0)),
        ("registry.example/shop/cart:1.8.1", vec!["registry.example/shop/ledger:2"], None),
        // Two digests of one repository are two images.
        ("registry.example/shop/cart@sha256:70af", vec!["registry.example/shop/cart@sha256:013a"], None),
    ] {
        let said = pulling(image, &others);
        let expected: Vec<(String, String)> = like
            .map(|index: usize| {
                (runs(&format!("other-{index}"), others[index], image), format!("\"image\": \"{}\",", others[index]))
            })
            .into_iter()
            .collect();
        assert_eq!(said.cause, "image-not-found", "{image}");
        assert_eq!(said.like, expected, "{image}");
    }
    let command = "kubectl get pods -A -o custom-columns=NAMESPACE:.metadata.namespace,NAME:.metadata.name,IMAGE:.spec.containers[*].image";
    asks(&pulling("registry.example/shop/cart:1", &[]), "image-not-found", command);
}

#[test]
fn at_most_three_are_named() {
    let message = "secret \"db-creds\" not found";
    let table = "NAME       TYPE    DATA  AGE\ndb-cred1   Opaque  1     9d\ndb-cred2   Opaque  1     9d\ndb-cred3   Opaque  1     9d\ndb-cred4   Opaque  1     9d\nledger     Opaque  1     9d\n";
    let spec =
        json!({"containers": [{"name": "app", "image": "a:1", "envFrom": [{"secretRef": {"name": "db-creds"}}]}]});
    let said = Bundle::of(&[web("CreateContainerConfigError", message, spec)], &[])
        .add("namespaces/shop/secrets.txt", table)
        .said();
    assert_eq!(said.cause, "secret-missing");
    let lines: Vec<&str> = said.like.iter().map(|(_, line)| line.split_whitespace().next().unwrap()).collect();
    assert_eq!(lines, ["db-cred1", "db-cred2", "db-cred3"]);
}

#[test]
fn an_ingress_class_is_a_remark() {
    let ingress = |class: &str| {
        with(
            meta("Ingress", Some("shop"), "web"),
            json!({"apiVersion": "networking.k8s.io/v1", "spec": {"ingressClassName": class}}),
        )
    };
    let class = with(meta("IngressClass", None, "nginx"), json!({"apiVersion": "networking.k8s.io/v1"}));
    let of =
        |name: &str| Bundle::of(&[], &[]).add("ingresses.json", &list(&[ingress(name), class.clone()])).said().remarks;
    let says = "no controller may serve it: the bundle holds the IngressClass `nginx`; asked for is `ngnix`";
    assert_eq!(of("ngnix"), [(says.to_owned(), "\"name\": \"nginx\",".to_owned())]);
    assert_eq!(of("nginx"), []);
    assert_eq!(of("traefik"), []);
}

#[test]
fn the_toleration_and_the_label_that_are_missing_are_written_out() {
    let tainted = node(
        "node-1",
        json!({}),
        json!([
            {"key": "node-role.kubernetes.io/control-plane", "effect": "NoSchedule"},
            {"key": "dedicated", "value": "gpu", "effect": "NoSchedule"},
        ]),
    );
    let message = "0/1 nodes are available: 1 node(s) had untolerated taint {dedicated: gpu}.";
    let pending = |nodes: &[Value]| {
        Bundle::of(&[web("Unschedulable", "", json!({}))], &[event("FailedScheduling", message)])
            .add("cluster/nodes.json", &list(nodes))
            .said()
    };
    let said = pending(&[tainted]);
    let toleration = "- {key: dedicated, operator: Equal, value: \"gpu\", effect: NoSchedule}";
    advises(
        &said,
        &[toleration, "kubectl taint node NODE dedicated:NoSchedule-"],
        &["KEY", "On a cluster with a single node"],
    );
    // Only the message knows of the taint, and it does not give the effect.
    let said = pending(&[node("node-1", json!({}), json!([]))]);
    advises(&said, &["- {key: dedicated, operator: Equal, value: \"gpu\"}"], &["key: KEY"]);

    let message = "0/1 nodes are available: 1 node(s) didn't match Pod's node affinity/selector.";
    let spec = json!({"nodeSelector": {"disktype": "ssd"}});
    let said = Bundle::of(&[web("Unschedulable", "", spec)], &[event("FailedScheduling", message)])
        .add("cluster/nodes.json", &list(&[node("node-1", json!({"zone": "a"}), json!([]))]))
        .said();
    advises(&said, &["kubectl label node NODE disktype=ssd"], &["KEY=VALUE"]);
}

#[test]
fn the_pull_secret_in_use_is_named() {
    let refused = "Failed to pull image \"registry.example/app:1\": failed to resolve reference \"registry.example/app:1\": unexpected status from HEAD request: 401 Unauthorized";
    let pull = |spec: Value| Bundle::of(&[web("ImagePullBackOff", "", spec)], &[event("Failed", refused)]).said();
    let said = pull(
        json!({"imagePullSecrets": [{"name": "mirror"}], "containers": [{"name": "app", "image": "registry.example/app:1"}]}),
    );
    advises(&said, &["The pod uses the pull secret `mirror`", "kubectl get secret mirror -n shop"], &["regcred"]);
    let said = pull(json!({"containers": [{"name": "app", "image": "registry.example/app:1"}]}));
    advises(&said, &["kubectl create secret docker-registry regcred -n shop"], &["The pod uses the pull secret"]);
}

#[test]
fn the_quota_is_told_with_what_is_missing_of_it() {
    let replica_set =
        with(meta("ReplicaSet", Some("shop"), "web"), json!({"spec": {"replicas": 1}, "status": {"replicas": 0}}));
    let message = "Error creating: pods \"web-1\" is forbidden: exceeded quota: team, requested: limits.memory=3Gi,pods=1, used: limits.memory=6528Mi,pods=2, limited: limits.memory=8Gi,pods=9";
    let mut failed = event("FailedCreate", message);
    failed["involvedObject"] = json!({"kind": "ReplicaSet", "namespace": "shop", "name": "web"});
    let said = Bundle::of(&[], &[failed]).add("namespaces/shop/replicasets.json", &list(&[replica_set])).said();
    assert_eq!(said.cause, "quota-exceeded");
    let patch = "kubectl patch resourcequota team -n shop --type merge -p '{\"spec\":{\"hard\":{\"limits.memory\":\"9600Mi\"}}}'";
    advises(&said, &["limits.memory: 3Gi is requested, 1664Mi is left", patch], &["\"hard\":{\"pods\""]);
}

/// A container that the kubelet killed for its liveness probe after so many seconds of each run.
fn killed_after(seconds: u32) -> Said {
    let mut pod = web(
        "CrashLoopBackOff",
        "",
        json!({"containers": [{"name": "app", "image": "registry.example/app:1",
        "livenessProbe": {"httpGet": {"path": "/healthz", "port": 8080}, "initialDelaySeconds": 5, "periodSeconds": 10, "failureThreshold": 3}}]}),
    );
    pod["status"]["phase"] = json!("Running");
    let status = &mut pod["status"]["containerStatuses"][0];
    status["restartCount"] = json!(5);
    let (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
    status["lastState"] = json!({"terminated": {"exitCode": 137, "reason": "Error", "startedAt": "2026-03-01T01:00:00Z",
        "finishedAt": format!("2026-03-01T{:02}:{minutes:02}:{:02}Z", 1 + hours, seconds % 60)}});
    let killing = event("Killing", "Container app failed liveness probe, will be restarted");
    let failing = event("Unhealthy", "Liveness probe failed: Get \"http://10.1.1.1:8080/healthz\": connection refused");
    Bundle::of(&[pod], &[failing, killing]).said()
}

#[test]
fn a_startup_probe_is_computed_where_the_start_is_what_took_too_long() {
    let said = killed_after(65);
    assert_eq!(said.cause, "liveness-probe-failed");
    let block =
        "  startupProbe:\n    httpGet: {path: /healthz, port: 8080}\n    periodSeconds: 10\n    failureThreshold: 13\n";
    advises(&said, &[block], &[]);
    // Five hours of work are no start: nothing is computed from them.
    let said = killed_after(5 * 3600);
    assert_eq!(said.cause, "liveness-probe-failed");
    advises(
        &said,
        &["If it is killed while it starts", "httpGet: {path: /healthz, port: 8080}"],
        &["failureThreshold: 3600"],
    );
}
