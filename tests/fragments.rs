//! What people paste of kubectl's output: cut, re-indented, without headings, under prompts, in files named by hand.
//! Each fragment must be told as what it shows, of the object that it names.

#![allow(clippy::expect_used, clippy::unwrap_used)] // a test says what must hold

use std::fs;

use kubemortem::analyze::analyze;
use kubemortem::catalog::Catalog;
use kubemortem::report;
use kubemortem::source::{Input, Limits};
use serde_json::Value;

/// A name for the fault, files (name, text), and what must be told: (name of the subject, cause) each.
type Fragment<'f> = (&'f str, &'f [(&'f str, &'f str)], &'f [(&'f str, &'f str)]);

/// Values of the report that must be there: a fragment's files and a text of the Markdown.
fn report_of(name: &str, files: &[(&str, &str)], catalog: &Catalog) -> (Value, String) {
    let root =
        std::env::temp_dir().join(format!("kubemortem-fragments-{}-{}", std::process::id(), name.replace(' ', "-")));
    let _ = fs::remove_dir_all(&root);
    for (path, text) in files {
        let path = root.join(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("writable");
        fs::write(path, text).expect("writable");
    }
    let postmortem = analyze(&Input::Path(root.clone()), &Limits::default(), catalog).expect("a report");
    let _ = fs::remove_dir_all(&root);
    let json = serde_json::from_str(&report::json(&postmortem)).expect("JSON");
    (json, report::markdown(&postmortem))
}

fn told(report: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let all = report["incidents"].as_array().expect("incidents");
    let mut told: Vec<_> = all.iter().map(|i| (text(&i["subject"]["name"]), text(&i["cause"]))).collect();
    told.sort();
    told
}

const FRAGMENTS: &[Fragment<'_>] = &[
    (
        "a claim of a class that the cluster does not have",
        &[
            (
                "sc.txt",
                "NAME              PROVISIONER       RECLAIMPOLICY   VOLUMEBINDINGMODE   ALLOWVOLUMEEXPANSION   AGE\nslow              csi.shop.example  Delete          Immediate           false                  23h\nusual (default)   csi.shop.example  Delete          Immediate           false                  6d\n",
            ),
            (
                "pvc.txt",
                "NAME        STATUS    VOLUME   CAPACITY   ACCESS MODES   STORAGECLASS   AGE\ntill-data   Pending                                      fast           4m\nship-data   Pending                                      fast           4m\ndesk-data   Pending                                      usual          4m\n",
            ),
        ],
        &[("fast", "pvc-storage-class-missing")],
    ),
    (
        "the description of an event",
        &[(
            "event.txt",
            "Name:             till-0.157e0a42f7ead471\nNamespace:        shop\nLabels:           <none>\nAnnotations:      <none>\nAPI Version:      v1\nCount:            12\nInvolved Object:\n  API Version:  v1\n  Kind:         Pod\n  Name:         till-0\n  Namespace:    shop\nKind:                Event\nMessage:             0/3 nodes are available: 3 Insufficient memory.\n",
        )],
        &[("till-0", "insufficient-resources")],
    ),
    (
        "a message of YAML alone",
        &[(
            "rs.txt",
            "message: 'Internal error occurred: failed calling webhook \"pods.shop.example\":\n        Post https://hook.shop.svc:443/mutate?timeout=30s: no endpoints available\n        for service \"hook\"'\n",
        )],
        &[("", "admission-webhook-failed")],
    ),
    (
        "name, reason and message by a template",
        &[(
            "status.txt",
            "till-0\t\tEvicted\t\tThe node was low on resource: memory. Container till was using 900Mi, request is 0.\n",
        )],
        &[("till-0", "node-memory-pressure")],
    ),
    (
        "an alias of kubectl at prompts",
        &[(
            "logs.txt",
            "(venv) [ana@desk till]$ kubeshop get po\nNAME     READY   STATUS             RESTARTS   AGE\ntill-0   0/1     CrashLoopBackOff   3          3m\n(venv) [ana@desk till]$ kubeshop logs till-0\npanic: listen tcp :80: bind: permission denied\n",
        )],
        &[("till-0", "privileged-port-denied")],
    ),
    (
        "an entry of containerStatuses whose dash lost a blank",
        &[(
            "status.txt",
            " - containerID: cri-o://4e19\n    image: shop/till:9\n    lastState:\n      terminated:\n        exitCode: 137\n        reason: OOMKilled\n    name: till\n    ready: false\n    restartCount: 7\n",
        )],
        &[("", "oom-killed")],
    ),
    (
        "rows of pods below words, without a heading",
        &[(
            "issue.txt",
            "The nodes show these:\nship-0   2/2   Running            0     19h\ntill-0   1/2   CrashLoopBackOff   219   19h\n\nLogs:\nF0712 18:16:20.314448   21329 main.go:197] listen tcp :9100: bind: address already in use\n",
        )],
        &[("till-0", "port-bind-failed")],
    ),
    (
        "the kubelet's journal",
        &[(
            "journal.txt",
            "Oct 01 07:00:00 n1 kubelet[77]: E1001 07:00:00.000001   77 remote_image.go:113] PullImage \"till:9\" from image service failed: rpc error: code = Unknown desc = Error response from daemon: Get http://reg/v2/till/manifests/9: no basic auth credentials\nOct 01 07:00:01 n1 kubelet[77]: E1001 07:00:01.000001   77 pod_workers.go:191] Error syncing pod 7f9c1c1e-0a3b-4c53-8a55-0d6f3c2f9a11 (\"till-0_shop(7f9c1c1e-0a3b-4c53-8a55-0d6f3c2f9a11)\"), skipping: failed to \"StartContainer\" for \"till\" with ImagePullBackOff: \"Back-off pulling image \\\"till:9\\\"\"\n",
        )],
        &[("till-0", "image-pull-unauthorized")],
    ),
    (
        "a status that is a sentence",
        &[(
            "pods.txt",
            "NAME     READY     STATUS                                     RESTARTS   AGE\ntill-0   0/1       Couldn't find key pin in Secret shop/till   0          23m\n",
        )],
        &[("till-0", "config-key-missing")],
    ),
    (
        "events below the refusal of a log",
        &[(
            "steps.txt",
            "# kubectl logs -n shop till-0\nError from server (BadRequest): container \"till\" in pod \"till-0\" is waiting to start: ContainerCreating\n\n# describe\nEvents:\n  Type     Reason       Age   From               Message\n  ----     ------       ----  ----               -------\n  Normal   Scheduled    90s   default-scheduler  Successfully assigned shop/till-0 to n1\n  Warning  FailedMount  40s   kubelet            MountVolume.SetUp failed for volume \"cfg\" : configmap \"till-cfg\" not found\n",
        )],
        &[("till-0", "configmap-missing")],
    ),
    (
        "a piece of YAML whose first line lost its blanks",
        &[(
            "state.txt",
            "state:\n        waiting:\n          message: >-\n            back-off 5m0s restarting failed container=till\n            pod=till-0_shop(7f9c1c1e-0a3b-4c53-8a55-0d6f3c2f9a11)\n          reason: CrashLoopBackOff\n      image: shop/till:9\n      lastState:\n        terminated:\n          exitCode: 137\n          reason: OOMKilled\n",
        )],
        &[("till-0", "oom-killed")],
    ),
    (
        "a prompt drawn with lines",
        &[(
            "steps.txt",
            "\u{2570}\u{2500} k get pods -n shop\nNAME     READY   STATUS             RESTARTS     AGE\ntill-0   0/1     CrashLoopBackOff   5 (4s ago)   3m\n\u{2570}\u{2500} k logs till-0 -n shop\nFATAL: bind: address already in use\n",
        )],
        &[("till-0", "port-bind-failed")],
    ),
    (
        "the end of a pod's status in YAML",
        &[(
            "pod.yaml",
            "  message: 'The node was low on resource: memory. Container till was using 900Mi,\n    which exceeds its request of 64Mi. '\n  phase: Failed\n  podIP: 10.1.0.7\n  qosClass: Burstable\n  reason: Evicted\n",
        )],
        &[("", "node-memory-pressure")],
    ),
    (
        "a status whose last line is cut",
        &[(
            "status.txt",
            " status:\n  phase: Failed\n  message: >-\n    Pod ephemeral local storage usage exceeds the total limit of\n    containers 1Gi.\n  reason: Evicted\n  hostIP: 10.0.0.4\n  podI",
        )],
        &[("", "ephemeral-storage-exceeded")],
    ),
    (
        "members of a pod's JSON without the brackets around them",
        &[(
            "state.txt",
            "        \"lastState\": {\n            \"terminated\": {\n                \"exitCode\": 139,\n                \"reason\": \"Error\"\n            }\n        },\n        \"name\": \"till\",\n        \"ready\": false,\n        \"restartCount\": 4,\n",
        )],
        &[("", "segfault")],
    ),
    (
        "the end of a Deployment in YAML, cut inside the message",
        &[(
            "deploy.txt",
            "        dnsPolicy: ClusterFirst\n        restartPolicy: Always\n        schedulerName: default-scheduler\n  status:\n    conditions:\n    - lastUpdateTime: \"2024-01-02T03:04:05Z\"\n      message: 'pods \"till-5d9c7b6f4d-\" is forbidden: violates PodSecurity \"baseline:latest\": host\n        namespaces (hostNetwork=tr",
        )],
        &[("till-5d9c7b6f4d", "admission-denied")],
    ),
    (
        "rows of events as a list of bullets between sentences",
        &[(
            "ticket.txt",
            "These events come again and again for the new release.\n * Warning   FailedMount  Unable to mount volumes for pod \"till-0_shop(7f9c1c1e-0a3b-4c53-8a55-0d6f3c2f9a11)\": configmaps \"till-cfg\" not found\n",
        )],
        &[("till-0", "configmap-missing")],
    ),
    (
        "a row of an event with its cells drawn by other means",
        &[(
            "describe.txt",
            "Warning - FailedPostStartHook - 4s - kubelet - Exec lifecycle hook ([/bin/warm]) for Container \"till\" in Pod \"till-0_shop(7f9c1c1e-0a3b-4c53-8a55-0d6f3c2f9a11)\" failed - error: command '/bin/warm' exited with 2: , message: \"\"\n",
        )],
        &[("till-0", "lifecycle-hook-failed")],
    ),
    (
        "rows of events in a table of Markdown",
        &[(
            "notes.txt",
            "| Warning | BackOff | 10s | kubelet | Back-off pulling image \"shop/till:9\" |\n| Warning | Failed | 12s | kubelet | Failed to pull image \"shop/till:9\": rpc error: code = Unknown desc = manifest for shop/till:9 not found |\n",
        )],
        &[("", "image-not-found")],
    ),
    (
        "waiting reasons with their messages alone",
        &[(
            "why.txt",
            "ImagePullBackOff: Back-off pulling image \"shop/till:9\"\nErrImagePull: rpc error: code = Unknown desc = manifest for shop/till:9 not found: manifest unknown: manifest unknown\n",
        )],
        &[("", "image-not-found")],
    ),
    (
        "a message of a controller alone",
        &[(
            "why.txt",
            "Error creating: pods \"till-\" is forbidden: exceeded quota: small, requested: pods=1, used: pods=4, limited: pods=4\n",
        )],
        &[("till", "quota-exceeded")],
    ),
    (
        "a message glued to the name before it",
        &[(
            "events.txt",
            "LAST SEEN   TYPE      REASON   OBJECT       MESSAGE\n9s          Warning   Failed   pod/till-0Failed to pull image \"shop/till:9\": manifest unknown: manifest unknown\n",
        )],
        &[("till-0", "image-not-found")],
    ),
    (
        "a scheduling event laid out over several lines",
        &[(
            "describe.txt",
            "Events:\n  Warning  FailedScheduling  default-scheduler\n    0/3 nodes are available:\n      1 node(s) had untolerated taint {node-role.kubernetes.io/control-plane: },\n      2 node(s) had volume node affinity conflict.\n",
        )],
        &[("", "volume-node-conflict")],
    ),
    (
        "an old table of events of all namespaces, one row of it",
        &[(
            "events.txt",
            "shop   20s   9m   31   till   StatefulSet      Warning   FailedCreate   statefulset   create Pod till-0 in StatefulSet till failed error: pods \"till-0\" is forbidden: unable to validate against any security context constraint: [fsGroup: Invalid value: []int64{7}: 7 is not an allowed group]\n",
        )],
        &[("till", "admission-denied")],
    ),
    (
        "the kill of an old kubelet, without a heading",
        &[(
            "events.txt",
            "  9m\t9m\t1\tkubelet, n1\tspec.containers{till}\tNormal\tStarted\t\tStarted container with id 12ab\n  8m\t8m\t1\tkubelet, n1\tspec.containers{till}\tNormal\tKilling\t\tKilling container with id docker://12ab:pod \"till-0_shop(7f9c1c1e-0a3b-4c53-8a55-0d6f3c2f9a11)\" container \"till\" is unhealthy, it will be killed and re-created.\n",
        )],
        &[("till-0", "liveness-probe-failed")],
    ),
    (
        "a pod without a node and without events",
        &[(
            "describe.txt",
            "Name:         till-0\nNamespace:    shop\nNode:         <none>\nLabels:       app=till\nStatus:       Pending\nIP:\nContainers:\n  till:\n    Image:  shop/till:9\n",
        )],
        &[("till-0", "unknown")],
    ),
    (
        "a log beside the head of its pod's description",
        &[
            (
                "describe.txt",
                "kubectl -n shop describe pod till-0\nName:\t\ttill-0\nNamespace:\tshop\nNode:\t\tn1/10.0.0.4\nLabels:\t\tapp=till\n",
            ),
            (
                "logs.txt",
                "kubectl -n shop logs till-0 -c prepare\ncp: cannot create regular file '/data/till.conf': Permission denied\n",
            ),
        ],
        &[("till-0", "filesystem-permission-denied")],
    ),
    (
        "a table whose every line is commented out below its command",
        &[(
            "steps.txt",
            "kubectl get pods -n shop\n## NAME    READY   STATUS                  RESTARTS   AGE\n## till-0  0/2     Init:CrashLoopBackOff   3          2m\n",
        )],
        &[("till-0", "unknown")],
    ),
    (
        "events commented out between sentences",
        &[(
            "notes.txt",
            "We looked at the events next.\n// LAST SEEN   TYPE      REASON        OBJECT       MESSAGE\n// 30s         Warning   FailedMount   pod/till-0   MountVolume.SetUp failed for volume \"cfg\" : configmap \"till-cfg\" not found\nNothing else was there.\n",
        )],
        &[("till-0", "configmap-missing")],
    ),
    (
        "a log whose own lines begin like comments",
        &[(
            "till-0.log",
            "# till 2.1\n# NAME  READY  STATUS  RESTARTS  AGE\n> reading\nfatal: bind: address already in use\n",
        )],
        &[("till-0", "port-bind-failed")],
    ),
    (
        "a log beside the description of its pod in a folder of any name",
        &[
            (
                "tickets/ticket-7/describe.txt",
                "Name:         till-0\nNamespace:    shop\nStatus:       Running\nContainers:\n  till:\n    State:          Waiting\n      Reason:       CrashLoopBackOff\n    Last State:     Terminated\n      Reason:       Error\n      Exit Code:    1\n    Ready:          False\n    Restart Count:  7\n",
            ),
            ("tickets/ticket-7/logs.txt", "FATAL: dial tcp: lookup ledger.shop.svc on 10.96.0.10:53: no such host\n"),
        ],
        &[("till-0", "dns-resolution-failed")],
    ),
    (
        "rows of events without ages",
        &[(
            "events.txt",
            "  Warning  FailedScheduling  default-scheduler  0/4 nodes are available: 4 Insufficient memory.\n",
        )],
        &[("", "insufficient-resources")],
    ),
    (
        "an age of dots",
        &[("events.txt", "Warning  Failed  ...  kubelet  Error: configmap \"till-settings\" not found\n")],
        &[("", "configmap-missing")],
    ),
    (
        "a message without its row",
        &[("events.txt", "0/2 nodes are available: 2 node(s) didn't match Pod's node affinity/selector.\n")],
        &[("", "node-affinity-mismatch")],
    ),
    (
        "the command says which pod",
        &[(
            "notes.txt",
            "kubectl events --for pod/till-0\n\n9s   Warning   Failed   Pod/till-0   Error: secret \"till-key\" not found\n",
        )],
        &[("till-0", "secret-missing")],
    ),
    (
        "commands without a prompt one below the other",
        &[(
            "notes.txt",
            "kubectl run till --image=registry.example/till:3 --command tillx\nkubectl describe pod till-1\n\n    Last State:     Terminated\n      Reason:       ContainerCannotRun\n      Message:      OCI runtime create failed: container_linux.go:348: starting container process caused \"exec: \\\"tillx\\\": executable file not found in $PATH\": unknown\n      Exit Code:    127\n",
        )],
        &[("till-1", "entrypoint-not-found")],
    ),
    (
        "the file says which pod",
        &[(
            "describe-pod-till-0.txt",
            "Events:\n  Type     Reason   Age   From     Message\n  ----     ------   ----  ----     -------\n  Warning  Failed   3s    kubelet  Error: secret \"till-key\" not found\n",
        )],
        &[("till-0", "secret-missing")],
    ),
    (
        "only a back-off",
        &[("events.txt", "5m  Warning  BackOff  pod/till-0  Back-off restarting failed container\n")],
        &[("till-0", "unknown")],
    ),
    (
        "what kubectl logs says of a container that waits",
        &[(
            "logs.txt",
            "Error from server (BadRequest): container \"till\" in pod \"till-0\" is waiting to start: CreateContainerConfigError\n",
        )],
        &[("till-0", "unknown")],
    ),
    (
        "a runtime's words in a log",
        &[
            ("till-0.log", "exec container process `/opt/till/start`: Exec format error\n"),
            (
                "pods.txt",
                "NAME     READY   STATUS             RESTARTS   AGE\ntill-0   0/1     CrashLoopBackOff   4          3m\n",
            ),
        ],
        &[("till-0", "architecture-mismatch")],
    ),
    (
        "one state as jq prints it",
        &[(
            "state.txt",
            "$ kubectl get pod till-0 -o json | jq .status.containerStatuses[0].state\n{\n  \"waiting\": {\n    \"message\": \"secret \\\"till-key\\\" not found\",\n    \"reason\": \"CreateContainerConfigError\"\n  }\n}\n",
        )],
        &[("till-0", "secret-missing")],
    ),
    (
        "the status of one container as YAML",
        &[(
            "status.yaml",
            "- containerID: containerd://5c\n  image: registry.example/till:3\n  lastState:\n    terminated:\n      exitCode: 137\n      reason: OOMKilled\n  name: till\n  ready: false\n  restartCount: 6\n  state:\n    waiting:\n      reason: CrashLoopBackOff\n",
        )],
        &[("", "oom-killed")],
    ),
    (
        "a log is its container's by name",
        &[
            (
                "describe.txt",
                "Name:         till-7d9c8b6f5d-x2k9m\nNamespace:    shop\nInit Containers:\n  wait-schema:\n    State:          Terminated\n      Reason:       Error\n      Exit Code:    1\n    Ready:          False\n    Restart Count:  5\nContainers:\n  till:\n    State:          Waiting\n      Reason:       PodInitializing\n    Ready:          False\n    Restart Count:  0\n",
            ),
            ("logs-wait-schema.txt", "dial tcp 10.96.4.4:5432: connect: connection refused\n"),
        ],
        &[("till-7d9c8b6f5d-x2k9m", "dependency-unavailable")],
    ),
    (
        "a log under the end that k9s writes",
        &[
            (
                "screen.log",
                "│ dial tcp 10.96.4.4:5432: connect: connection refused\n│ stream closed EOF for shop/till-0 (till)\n",
            ),
            (
                "pods.txt",
                "NAMESPACE   NAME     READY   STATUS             RESTARTS   AGE\nshop        till-0   0/1     CrashLoopBackOff   4          3m\n",
            ),
        ],
        &[("till-0", "dependency-unavailable")],
    ),
    (
        "a claim without a volume and without a pod",
        &[(
            "pvc.txt",
            "Name:          till-data\nNamespace:     shop\nStorageClass:  fast\nStatus:        Pending\nEvents:\n  Type     Reason              Age   From                         Message\n  ----     ------              ----  ----                         -------\n  Warning  ProvisioningFailed  5s    persistentvolume-controller  storageclass.storage.k8s.io \"fast\" not found\n",
        )],
        &[("till-data", "pvc-storage-class-missing")],
    ),
    (
        "a Deployment is its ReplicaSet's",
        &[
            (
                "deploy.txt",
                "NAME   READY   UP-TO-DATE   AVAILABLE   AGE\ntill   0/1     0            0           3m3s\n",
            ),
            (
                "rs.txt",
                "$ kubectl describe rs till-7d9c8b6f5d\n  Warning  FailedCreate  3m47s (x8 over 9m12s)  replicaset-controller  Error creating: pods \"till-7d9c8b6f5d-x2k9m\" is forbidden: exceeded quota: team, requested: cpu=2, used: cpu=0, limited: cpu=1\n",
            ),
        ],
        &[("till-7d9c8b6f5d", "quota-exceeded")],
    ),
    (
        "it runs again after the probe killed it",
        &[(
            "describe.txt",
            "# kubectl get pod\nNAME     READY   STATUS    RESTARTS   AGE\ntill-0   1/1     Running   2          3m54s\n# kubectl describe pod till-0\n  Warning  Unhealthy  2m42s (x3 over 2m48s)  kubelet, n1  Liveness probe failed: HTTP probe failed with statuscode: 404\n  Normal   Killing    2m42s                  kubelet, n1  Container till failed liveness probe, will be restarted\n",
        )],
        &[("till-0", "liveness-probe-failed")],
    ),
    (
        "the last end above a state that runs",
        &[(
            "state.txt",
            "State:          Running\n      Started:      Fri, 18 Jul 2025 13:17:33 -0700\n    Last State:     Terminated\n      Reason:       Error\n      Exit Code:    139\n",
        )],
        &[("", "segfault")],
    ),
    (
        "an eviction alone",
        &[("pod.txt", "Status:   Failed\nReason:   Evicted\nMessage:  The node was low on resource: memory.\n")],
        &[("", "node-memory-pressure")],
    ),
    (
        "a program that calls kubectl",
        &[
            (
                "pods.txt",
                "NAME     READY   STATUS             RESTARTS   AGE\ntill-0   0/1     CrashLoopBackOff   4          3m\n",
            ),
            (
                "till-0.log",
                "asking for the leader\nError from server (Forbidden): leases.coordination.k8s.io \"till\" is forbidden: User \"system:serviceaccount:shop:till\" cannot get resource \"leases\" in API group \"coordination.k8s.io\" in the namespace \"shop\"\n",
            ),
        ],
        &[("till-0", "kubernetes-api-forbidden")],
    ),
    (
        "nothing but words",
        &[("readme.txt", "The team moved the till to another cluster last week. Nothing is broken.\n")],
        &[],
    ),
];

#[test]
fn fragments_are_told_as_what_they_show() {
    let catalog = Catalog::built_in().expect("the catalogue");
    let mut faults = Vec::new();
    for (name, files, expected) in FRAGMENTS {
        let (report, _) = report_of(name, files, &catalog);
        let told = told(&report);
        let mut wanted: Vec<(String, String)> =
            expected.iter().map(|(subject, cause)| ((*subject).to_owned(), (*cause).to_owned())).collect();
        wanted.sort();
        if told != wanted {
            faults.push(format!("{name}: told {told:?}, not {wanted:?}"));
        }
    }
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}

#[test]
fn a_secret_of_another_namespace_is_named() {
    let catalog = Catalog::built_in().expect("the catalogue");
    let pod = r#"{"apiVersion":"v1","kind":"Pod","metadata":{"name":"till-0","namespace":"shop"},
        "spec":{"containers":[{"name":"till","image":"registry.example/till:3-arm64","envFrom":[{"secretRef":{"name":"till-key"}}]}]},
        "status":{"phase":"Pending","containerStatuses":[{"name":"till","ready":false,"restartCount":0,
            "state":{"waiting":{"reason":"CreateContainerConfigError","message":"secret \"till-key\" not found"}}}]}}"#;
    let secrets = "NAMESPACE   NAME       TYPE     DATA   AGE\nshop        other      Opaque   1      3d\nvault       till-key   Opaque   1      3d\n";
    let (report, markdown) = report_of("elsewhere", &[("pod.json", pod), ("secrets.txt", secrets)], &catalog);
    assert_eq!(told(&report), [("till-0".to_owned(), "secret-missing".to_owned())]);
    let says =
        "Perhaps: the bundle holds the Secret `till-key` in namespace `vault`; it is asked for in namespace `shop`";
    assert!(markdown.contains(says), "{markdown}");
    assert!(markdown.contains("- One of this name is in `vault`"), "{markdown}");
}

#[test]
fn the_architecture_in_an_image_name_is_told() {
    let catalog = Catalog::built_in().expect("the catalogue");
    let describe = "Name:         till-0\nNamespace:    shop\nNode:         worker-4/10.0.0.4\nContainers:\n  till:\n    Image:          arm64v8/till:3\n    State:          Waiting\n      Reason:       CrashLoopBackOff\n    Last State:     Terminated\n      Reason:       Error\n      Exit Code:    1\n    Ready:          False\n    Restart Count:  3\n";
    let node = "Name:               worker-4\nRoles:              <none>\nConditions:\n  Type   Status\n  ----   ------\n  Ready  True\nSystem Info:\n  Architecture:  amd64\n";
    let files =
        [("describe.txt", describe), ("node.txt", node), ("till-0.log", "exec /opt/till/start: exec format error\n")];
    let (report, markdown) = report_of("architecture", &files, &catalog);
    assert_eq!(told(&report), [("till-0".to_owned(), "architecture-mismatch".to_owned())]);
    assert!(markdown.contains("is `amd64`, the image is `arm64`"), "{markdown}");
}

#[test]
fn what_kubectl_says_in_place_of_a_log_is_cited() {
    let said = "Error from server (BadRequest): container \"app\" in pod \"web-0\" is waiting to start: trying and failing to pull image\n";
    let (report, markdown) =
        report_of("waiting to start", &[("web-0.log", said)], &Catalog::built_in().expect("sound pages"));
    assert_eq!(told(&report), [("web-0".to_owned(), "unknown".to_owned())]);
    assert_eq!(report["incidents"][0]["evidence"][0]["text"], said.trim_end());
    assert!(!markdown.contains("No line of the bundle says why"), "{markdown}");
    assert!(!report["gaps"].to_string().contains("holds nothing"), "{}", report["gaps"]);
}

/// A pod of one container `app` on node `n1`, as `describe` shows it: its state, and its last state.
fn pod_on_n1(name: &str, state: &str, ready: &str) -> String {
    format!(
        "Name:         {name}\nNamespace:    shop\nNode:         n1/10.0.0.1\nStatus:       Running\nContainers:\n  app:\n{state}    Ready:          {ready}\n    Restart Count:  4\n"
    )
}

const ENDED: &str = "    State:          Waiting\n      Reason:       CrashLoopBackOff\n    Last State:     Terminated\n      Reason:       Error\n      Exit Code:    1\n      Started:      Tue, 03 Mar 2026 13:50:00 +0000\n      Finished:     Tue, 03 Mar 2026 13:57:50 +0000\n";

#[test]
fn a_node_on_which_something_ran_on_did_not_restart() {
    let catalog = Catalog::built_in().expect("sound pages");
    let mut texts: Vec<(String, String)> =
        ["till", "ledger", "basket"].map(|name| (format!("{name}.txt"), pod_on_n1(name, ENDED, "False"))).to_vec();
    let of = |texts: &[(String, String)], name: &str| {
        let files: Vec<(&str, &str)> = texts.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
        told(&report_of(name, &files, &catalog).0)
    };
    let restarted = |told: &[(String, String)]| told.iter().any(|(_, cause)| cause == "node-restarted");
    assert!(restarted(&of(&texts, "ended together")), "three that end in one second");
    let runs = "    State:          Running\n      Started:      Mon, 02 Mar 2026 08:00:00 +0000\n";
    texts.push(("agent.txt".to_string(), pod_on_n1("agent", runs, "True")));
    assert!(!restarted(&of(&texts, "one ran on")), "a fourth ran on");
}

#[test]
fn an_address_leads_to_what_its_line_calls_by_name() {
    let catalog = Catalog::built_in().expect("sound pages");
    let (db, till) = (pod_on_n1("orders-db-0", ENDED, "False"), pod_on_n1("till", ENDED, "False"));
    let files = [
        ("orders-db-0/describe.txt", db.as_str()),
        (
            "orders-db-0/logs-previous.txt",
            "FATAL:  could not write lock file \"postmaster.pid\": No space left on device\n",
        ),
        ("till/describe.txt", till.as_str()),
        (
            "till/logs-previous.txt",
            "could not connect to orders-db-0.shop:5432: dial tcp 172.30.4.4:5432: connect: connection refused\n",
        ),
        (
            "pods.txt",
            "NAMESPACE   NAME          READY   STATUS             RESTARTS   AGE\nshop        orders-db-0   0/1     CrashLoopBackOff   4          2h\nshop        till          0/1     CrashLoopBackOff   4          2h\n",
        ),
    ];
    let (report, _) = report_of("an address with its name", &files, &catalog);
    let incidents = report["incidents"].as_array().expect("incidents");
    let of = |name: &str| incidents.iter().find(|i| i["subject"]["name"] == name).expect("an incident of it");
    assert_eq!(
        (of("orders-db-0")["cause"].as_str(), of("till")["cause"].as_str()),
        (Some("disk-full"), Some("dependency-unavailable"))
    );
    assert_eq!(of("till")["causedBy"], of("orders-db-0")["id"]);
}

#[test]
fn a_pod_that_only_a_row_without_a_name_tells_of_cites_that_row() {
    let catalog = Catalog::built_in().expect("sound pages");
    let row = "Normal   Killing    Container till has a bad liveness probe, will be restarted";
    let (report, _) = report_of("a row without a name", &[("events.txt", &format!("{row}\n"))], &catalog);
    let incident = &report["incidents"][0];
    assert_eq!(incident["cause"], "unknown", "{report:#}");
    assert_eq!(incident["evidence"][0]["text"], row, "{report:#}");
}
