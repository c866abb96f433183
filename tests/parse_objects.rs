//! `kubectl get -o json` and `-o yaml` as they are saved: whole, cut, wrapped in prompts, hostile.

#![allow(clippy::expect_used, clippy::unwrap_used)] // a test says what must hold
#![allow(clippy::panic)]

use kubemortem::artifact::{Artifact, Hint};
use kubemortem::model::{
    ConditionStatus, ContainerKind, EnvSource, EventType, Facts, GapKind, StateKind, VolumeSource, When, WorkloadKind,
};
use kubemortem::parse::{Section, objects};
use kubemortem::text::{FileId, Located, Place, SectionId};
use std::fmt::Write;
use std::time::{Duration, Instant};

fn read_with(text: &str, yaml: bool, first_line: u64, hint: Hint) -> Facts {
    let section = Section {
        id: SectionId { file: FileId(4), index: 1 },
        artifact: if yaml { Artifact::Yaml } else { Artifact::Json },
        path: "ns/pods",
        first_line,
        text,
        hint,
        command: None,
    };
    let mut facts = Facts::default();
    if yaml {
        objects::yaml(&section, &mut facts)
    } else {
        objects::json(&section, &mut facts)
    }
    facts
}

fn json(text: &str) -> Facts {
    read_with(text, false, 1, Hint::default())
}

fn yaml(text: &str) -> Facts {
    read_with(text, true, 1, Hint::default())
}

/// Value, line and quotation of a fact.
fn at<T: Clone>(fact: &Option<Located<T>>) -> (T, u64, String) {
    let fact = fact.as_ref().expect("the fact is stated");
    (fact.value.clone(), fact.place.line, fact.place.text.to_string())
}

fn quoted(place: &Place) -> (u64, &str) {
    (place.line, &*place.text)
}

fn names(facts: &Facts) -> Vec<&str> {
    facts.pods.iter().filter_map(|pod| pod.name.as_ref()).map(|name| name.value.as_str()).collect()
}

fn keys(config: &kubemortem::model::Config) -> Vec<&str> {
    config.keys.iter().flatten().map(|key| key.value.as_str()).collect()
}

fn gaps(facts: &Facts) -> Vec<(GapKind, &str)> {
    facts.gaps.iter().map(|gap| (gap.kind, gap.what.as_str())).collect()
}

const CRASHING: &str = r#"apiVersion: v1
kind: Pod
metadata:
  creationTimestamp: "2026-06-16T08:22:44Z"
  deletionTimestamp: "2026-06-16T09:00:00Z"
  labels:
    app: web
  name: web-5d9c
  namespace: shop
  ownerReferences:
  - apiVersion: apps/v1
    controller: true
    kind: ReplicaSet
    name: web-5d
  uid: 1f0e
spec:
  containers:
  - args:
    - --port=8080
    command:
    - /bin/sh
    - -c
    - |
      set -e
      run
    env:
    - name: MODE
      value: "on"
    - name: PASSWORD
      valueFrom:
        secretKeyRef:
          key: password
          name: db
          optional: false
    - name: POD
      valueFrom:
        fieldRef:
          fieldPath: metadata.name
    envFrom:
    - configMapRef:
        name: web-config
        optional: true
    image: registry.example/web:2
    imagePullPolicy: Always
    lifecycle:
      preStop:
        sleep:
          seconds: 5
    livenessProbe:
      failureThreshold: 3
      httpGet:
        path: /health z
        port: http
        scheme: HTTP
      initialDelaySeconds: 15
      periodSeconds: 10
      timeoutSeconds: 1
    name: app
    ports:
    - containerPort: 8080
      hostPort: 80
      protocol: TCP
    readinessProbe:
      exec:
        command:
        - cat
        - /tmp/ok
    resources:
      limits:
        memory: 128Mi
      requests:
        cpu: 0.5
    securityContext:
      capabilities:
        add:
        - NET_ADMIN
        - SYS_TIME
        drop:
        - ALL
      runAsUser: 1000
      seccompProfile:
        type: RuntimeDefault
    startupProbe:
      grpc:
        port: 9000
        service: live
    volumeMounts:
    - mountPath: /data
      name: data
      readOnly: true
      subPath: a
  ephemeralContainers:
  - image: busybox
    name: debug
  imagePullSecrets:
  - name: pull
  initContainers:
  - image: proxy:1
    name: mesh
    restartPolicy: Always
  - image: busybox
    name: wait
  nodeName: node-1
  nodeSelector:
    disk: ssd
  securityContext:
    fsGroup: 2000
    runAsNonRoot: true
  serviceAccountName: web
  terminationGracePeriodSeconds: 30
  tolerations:
  - effect: NoExecute
    key: node.kubernetes.io/not-ready
    operator: Exists
    tolerationSeconds: 300
  - key: dedicated
    operator: Equal
    value: db
  - operator: Exists
  volumes:
  - name: data
    persistentVolumeClaim:
      claimName: web-data
  - emptyDir:
      sizeLimit: 1Gi
    name: tmp
  - name: certs
    secret:
      optional: true
      secretName: web-tls
  - name: all
    projected:
      sources:
      - serviceAccountToken:
          path: token
      - configMap:
          name: kube-root-ca.crt
  - downwardAPI:
      items: []
    name: down
  - name: bare
status:
  conditions:
  - lastProbeTime: null
    lastTransitionTime: "2026-06-16T08:22:44Z"
    message: 'containers with unready status: [app]'
    reason: ContainersNotReady
    status: "False"
    type: Ready
  containerStatuses:
  - containerID: containerd://aa
    image: registry.example/web:2
    imageID: registry.example/web@sha256:bb
    lastState:
      terminated:
        exitCode: 137
        finishedAt: "2026-06-16T08:59:00Z"
        message: |
          line one
          line two
        reason: OOMKilled
        startedAt: "2026-06-16T08:58:00Z"
    name: app
    ready: false
    restartCount: 7
    started: false
    state:
      waiting:
        message: back-off 5m0s restarting failed container=app pod=web-5d9c_shop(1f0e)
        reason: CrashLoopBackOff
  initContainerStatuses:
  - containerID: ""
    image: busybox
    imageID: ""
    lastState: {}
    name: wait
    ready: true
    restartCount: 0
    state:
      terminated:
        exitCode: 0
        reason: Completed
  message: 'The node was low on resource: memory.'
  phase: Failed
  qosClass: Burstable
  reason: Evicted
  startTime: "2026-06-16T08:22:45Z"
"#;

#[test]
fn every_fact_of_a_pod_stands_on_its_own_line() {
    let facts = yaml(CRASHING);
    assert_eq!(gaps(&facts), []);
    let [pod] = &facts.pods[..] else { panic!("one pod") };
    assert_eq!(pod.section, SectionId { file: FileId(4), index: 1 });
    assert_eq!(at(&pod.name), ("web-5d9c".into(), 8, "name: web-5d9c".into()));
    assert_eq!(at(&pod.namespace), ("shop".into(), 9, "namespace: shop".into()));
    assert_eq!(at(&pod.owner).0.kind, "ReplicaSet");
    assert_eq!(at(&pod.owner).1, 14);
    assert_eq!(pod.uid.as_deref(), Some("1f0e"));
    assert_eq!(pod.labels["app"], "web");
    assert!(matches!(pod.created, Some(When::At(_))) && matches!(at(&pod.deletion).0, When::At(_)));
    assert_eq!(at(&pod.node), ("node-1".into(), 103, "nodeName: node-1".into()));
    assert_eq!(at(&pod.phase), ("Failed".into(), 184, "phase: Failed".into()));
    assert_eq!(at(&pod.reason), ("Evicted".into(), 186, "reason: Evicted".into()));
    assert_eq!(at(&pod.message).0, "The node was low on resource: memory.");
    assert_eq!(at(&pod.service_account).0, "web");
    assert_eq!(at(&pod.termination_grace_period).0, 30);
    assert_eq!(pod.restart_policy, None);
    let list = |list: &[Located<String>]| list.iter().map(|fact| fact.value.clone()).collect::<Vec<_>>();
    assert_eq!(list(&pod.node_selector), ["disk=ssd"]);
    assert_eq!(list(&pod.image_pull_secrets), ["pull"]);
    assert_eq!(
        list(&pod.tolerations),
        ["node.kubernetes.io/not-ready:NoExecute op=Exists for 300s", "dedicated=db", "op=Exists"]
    );
    assert_eq!(pod.security_context["fsGroup"].value, "2000");
    assert_eq!(pod.security_context["runAsNonRoot"].place.line, 108);
    let [ready] = &pod.conditions[..] else { panic!("one condition") };
    assert_eq!(
        (ready.kind.as_str(), ready.status, quoted(&ready.place)),
        ("Ready", ConditionStatus::False, (148, "status: \"False\""))
    );
    assert_eq!(at(&ready.message).1, 146);

    let kinds: Vec<_> = pod.containers.iter().map(|container| (container.name.as_str(), container.kind)).collect();
    assert_eq!(
        kinds,
        [
            ("mesh", ContainerKind::Sidecar),
            ("wait", ContainerKind::Init),
            ("app", ContainerKind::Main),
            ("debug", ContainerKind::Ephemeral)
        ]
    );
    assert_eq!(at(&pod.containers[1].container_id), (String::new(), 172, "- containerID: \"\"".into()));
    assert!(pod.containers[1].last_state.is_none());
    let app = &pod.containers[2];
    assert_eq!(quoted(app.place.as_ref().unwrap()), (58, "name: app"));
    assert_eq!(at(&app.image).1, 43);
    assert_eq!(list(&app.command), ["/bin/sh", "-c", "set -e\nrun\n"]);
    assert_eq!(quoted(&app.command[2].place), (24, "set -e"));
    assert_eq!(list(&app.args), ["--port=8080"]);
    assert_eq!((list(&app.ports), list(&app.host_ports)), (vec!["8080/TCP".into()], vec!["80/TCP".into()]));
    assert_eq!(quoted(&app.resources.limits["memory"].place), (70, "memory: 128Mi"));
    assert_eq!(app.resources.requests["cpu"].value, "0.5");
    assert_eq!(app.security_context["capabilities.add"].value, "NET_ADMIN,SYS_TIME");
    assert_eq!(app.security_context["capabilities.drop"].value, "ALL");
    assert_eq!(app.security_context["seccompProfile.type"].value, "RuntimeDefault");
    let liveness = app.liveness.as_ref().unwrap();
    assert_eq!(liveness.action, "http-get http://:http/health%20z");
    assert_eq!((liveness.initial_delay, liveness.period, liveness.success_threshold), (Some(15), Some(10), None));
    assert_eq!(quoted(&liveness.place), (52, "path: /health z"));
    assert_eq!(app.readiness.as_ref().unwrap().action, "exec [cat /tmp/ok]");
    assert_eq!(app.startup.as_ref().unwrap().action, "grpc <pod>:9000 live");
    assert_eq!(app.lifecycle["preStop"].value, "sleep 5s");
    assert_eq!(list(&app.mounts), ["/data from data (ro,path=\"a\")"]);
    assert_eq!((app.env[0].value.as_deref(), quoted(&app.env[0].place)), (Some("on"), (28, "value: \"on\"")));
    let secret = EnvSource { kind: "Secret".into(), name: "db".into(), key: Some("password".into()), optional: false };
    assert_eq!((app.env[1].source.as_ref(), quoted(&app.env[1].place)), (Some(&secret), (33, "name: db")));
    assert_eq!((app.env[2].source.as_ref(), app.env[2].value.as_ref(), app.env[2].place.line), (None, None, 35));
    assert_eq!((app.env_from[0].value.name.as_str(), app.env_from[0].value.optional), ("web-config", true));

    let state = app.state.as_ref().unwrap();
    assert_eq!((state.kind, quoted(&state.place)), (StateKind::Waiting, (168, "waiting:")));
    assert_eq!(at(&state.reason), ("CrashLoopBackOff".into(), 170, "reason: CrashLoopBackOff".into()));
    let last = app.last_state.as_ref().unwrap();
    assert_eq!((last.kind, quoted(&last.place)), (StateKind::Terminated, (155, "terminated:")));
    assert_eq!(at(&last.exit_code), (137, 156, "exitCode: 137".into()));
    assert_eq!(at(&last.message), ("line one\nline two\n".into(), 159, "line one".into()));
    assert_eq!(at(&app.restart_count).0, 7);

    let sources: Vec<_> = pod.volumes.iter().map(|volume| (volume.source.clone(), volume.place.line)).collect();
    let root = EnvSource { kind: "ConfigMap".into(), name: "kube-root-ca.crt".into(), key: None, optional: false };
    assert_eq!(
        sources,
        [
            (VolumeSource::Claim("web-data".into()), 123),
            (VolumeSource::EmptyDir(Some("1Gi".into())), 125),
            (VolumeSource::Secret("web-tls".into(), true), 130),
            (VolumeSource::Projected(vec![root]), 137),
            (VolumeSource::Other("DownwardAPI".into()), 140),
            (VolumeSource::Other(String::new()), 141),
        ]
    );
}

/// The same pod as JSON, written as kubectl does.
const PRETTY: &str = r#"{
    "apiVersion": "v1",
    "items": [
        {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {
                "name": "web-0",
                "namespace": "shop"
            },
            "spec": {
                "containers": [
                    {
                        "image": "web:2",
                        "name": "app"
                    }
                ]
            },
            "status": {
                "containerStatuses": [
                    {
                        "lastState": {},
                        "name": "app",
                        "ready": false,
                        "restartCount": 3,
                        "state": {
                            "waiting": {
                                "message": "secret \"db\" not found \u003cnone\u003e",
                                "reason": "CreateContainerConfigError"
                            }
                        }
                    }
                ],
                "phase": "Pending"
            }
        },
        {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {
                "name": "web-1",
                "namespace": "shop"
            },
            "status": {
                "phase": "Running"
            }
        }
    ],
    "kind": "List",
    "metadata": {
        "resourceVersion": ""
    }
}
"#;

#[test]
fn json_values_stand_on_their_lines_with_lf_and_crlf() {
    for text in [PRETTY.to_owned(), PRETTY.replace('\n', "\r\n")] {
        let facts = json(&text);
        assert_eq!(gaps(&facts), []);
        assert_eq!(names(&facts), ["web-0", "web-1"]);
        let app = &facts.pods[0].containers[0];
        assert_eq!(at(&app.restart_count), (3, 25, "\"restartCount\": 3,".into()));
        let state = app.state.as_ref().unwrap();
        assert_eq!(quoted(&state.place), (27, "\"waiting\": {"));
        assert_eq!(at(&state.message).0, "secret \"db\" not found <none>");
        assert_eq!(at(&state.message).1, 28);
        assert_eq!(at(&facts.pods[1].phase), ("Running".into(), 45, "\"phase\": \"Running\"".into()));
    }
}

#[test]
fn the_section_may_start_anywhere_in_its_file() {
    let facts = read_with(PRETTY, false, 101, Hint::default());
    assert_eq!(at(&facts.pods[1].phase).1, 145);
    let facts = read_with(CRASHING, true, 101, Hint::default());
    assert_eq!(at(&facts.pods[0].name).1, 108);
}

#[test]
fn one_line_json_is_quoted_by_column() {
    let mut value: serde_json::Value = serde_json::from_str(PRETTY).unwrap();
    value["items"][1]["metadata"]["labels"]["who"] = "\u{e4}\u{1f600}".repeat(200).into();
    let text = serde_json::to_string(&value).unwrap();
    let facts = json(&text);
    assert_eq!(names(&facts), ["web-0", "web-1"]);
    let phase = facts.pods[1].phase.as_ref().unwrap();
    let column = phase.place.column.expect("the line is long") as usize;
    let rest: String = text.chars().skip(column - 1).collect();
    assert_eq!(phase.place.line, 1);
    assert!(rest.starts_with(&*phase.place.text), "{phase:?}");
    assert!(phase.place.text.contains(r#""phase":"Running""#) && phase.place.text.len() <= 500);
}

#[test]
fn json_that_is_cut_keeps_the_items_before() {
    let cut = &PRETTY[..PRETTY.find("web-1").unwrap()];
    let facts = json(cut);
    assert_eq!(names(&facts), ["web-0"]);
    assert_eq!(gaps(&facts), [(GapKind::Truncated, "it ends in the middle, after 1 complete item")]);
    assert_eq!(facts.gaps[0].prevents, "the objects from items[1] on");
    // Cut behind the comma, behind the item, and inside the first one.
    for (words, expected) in [("\n        },\n", 1), ("\n        }", 1), ("\"web:2\"", 0)] {
        let end = PRETTY.find(words).unwrap() + words.len();
        let facts = json(&PRETTY[..end]);
        assert_eq!(names(&facts).len(), expected, "{words}");
        assert_eq!(facts.gaps[0].kind, GapKind::Truncated);
    }
}

#[test]
fn no_cut_anywhere_panics_or_passes_unseen() {
    for end in 0..PRETTY.len() - 2 {
        let facts = json(&PRETTY[..end]);
        assert!(!facts.gaps.is_empty(), "cut at {end}: {:?}", &PRETTY[end.saturating_sub(20)..end]);
    }
    for end in 0..CRASHING.len() {
        yaml(&CRASHING[..end]);
    }
}

#[test]
fn one_object_that_is_cut_keeps_what_it_says() {
    let pod = r#"{
    "kind": "Pod",
    "metadata": {"name": "web-0"},
    "status": {
        "phase": "Pending",
        "mess"#;
    let facts = json(pod);
    assert_eq!(at(&facts.pods[0].phase).1, 5);
    assert_eq!(gaps(&facts), [(GapKind::Truncated, "it ends in the middle of the Pod on line 1")]);

    let facts = yaml("kind: Pod\nmetadata:\n  name: web-0\nstatus:\n  phase: Pending\n  mess");
    assert_eq!(at(&facts.pods[0].phase).1, 5);
    assert_eq!(gaps(&facts), [(GapKind::Truncated, "it ends in the middle of the Pod on line 1")]);
}

#[test]
fn another_type_is_one_gap_and_the_rest_stands() {
    let text = r#"{"kind": "PodList", "items": [
{"metadata": {"name": "a"}, "status": "Running", "spec": {"nodeName": "n"}},
"nonsense",
{"metadata": {"name": "b"}, "status": {"phase": {"x": 1}, "containerStatuses": [{"name": "c", "restartCount": "7"}]}},
{"metadata": {"name": "c"}, "status": {"containerStatuses": [null, {"name": "c", "restartCount": 99999999999999999999}]}},
{"metadata": null, "spec": null, "status": null},
{"metadata": {"name": "d"}, "metadata": {"name": "e"}},
{"metadata": {"name": "f"}, "spec": {"containers": {"a": "b"}, "volumes": [[]], "tolerations": 3}}
]}"#;
    let facts = json(text);
    assert_eq!(names(&facts), ["a", "b", "c", "f"]);
    assert_eq!(at(&facts.pods[0].node).0, "n");
    assert_eq!(at(&facts.pods[1].containers[0].restart_count).0, 7);
    assert_eq!(facts.pods[2].containers[0].restart_count, None);
    let expected = [
        "`status` of items[0] on line 2 is of another type than Kubernetes gives it",
        "items[1] on line 3 is no object",
        "the value on line 4 is of another type than Kubernetes gives it",
        "the value on line 5 is of another type than Kubernetes gives it",
        "items[5] on line 7 cannot be read beyond line 7",
    ];
    let said: Vec<_> = facts.gaps.iter().map(|gap| gap.what.as_str()).collect();
    assert_eq!(said[..5], expected);
    assert!(said[5].contains("items[6] on line 8") && said.len() == 6, "{said:?}");
    assert!(facts.gaps.iter().all(|gap| gap.kind == GapKind::Unreadable && gap.path == "ns/pods"));
}

#[test]
fn yaml_of_another_type_is_one_gap_too() {
    let text = "items:\n- kind: Pod\n  metadata: {name: a}\n  status: Running\n- kind: Pod\n  metadata:\n    name: b\n\
                \x20\x20status:\n    phase: [x]\n- kind: Pod\n  metadata:\n    name: [c\n- kind: Pod\n  metadata:\n    name: d\n";
    let facts = yaml(text);
    assert_eq!(names(&facts), ["a", "b", "d"]);
    let said: Vec<_> = facts.gaps.iter().map(|gap| gap.what.as_str()).collect();
    assert_eq!(said[0], "`status` of items[0] on line 2 is of another type than Kubernetes gives it");
    assert_eq!(said[1], "the value on line 9 is of another type than Kubernetes gives it");
    assert!(said[2].starts_with("items[2] on line 10 is no readable YAML on line 1") && said.len() == 3, "{said:?}");
}

#[test]
fn brackets_that_do_not_match_cost_one_item() {
    let broken = PRETTY
        .replace("                \"phase\": \"Pending\"\n            }\n", "                \"phase\": \"Pending\"\n");
    let facts = json(&broken);
    assert_eq!(names(&facts), ["web-1"]);
    assert_eq!(gaps(&facts)[0], (GapKind::Unreadable, "items[0] on line 4 is no JSON: its brackets do not match"));
    let broken = PRETTY.replace("\"ready\": false", "\"ready\": fal se");
    let facts = json(&broken);
    assert_eq!(names(&facts), ["web-1"]);
    assert_eq!(gaps(&facts), [(GapKind::Unreadable, "items[0] on line 4 cannot be read beyond line 24")]);
}

/// Items are found by the indentation of their brackets first. Every seventh here has a bracket of its own where that of the
/// item is expected, every ninth is of a kind that is not read, and one is no JSON.
#[test]
fn items_whose_indentation_misleads_are_read_whole() {
    let mut text = String::from("{\n    \"apiVersion\": \"v1\",\n    \"items\": [\n");
    let mut wanted = Vec::new();
    for number in 0..200 {
        let kind = if number % 9 == 4 { "Widget" } else { "Pod" };
        let value = if number == 150 { "nothing" } else { "{}" };
        writeln!(text, "        {{\n            \"apiVersion\": \"v1\",\n            \"kind\": \"{kind}\",").unwrap();
        writeln!(text, "            \"metadata\": {{\n                \"name\": \"web-{number}\"").unwrap();
        if kind == "Pod" && number != 150 {
            wanted.push((format!("web-{number}"), text.matches('\n').count() as u64));
        }
        let closing = if number % 7 == 3 { "        }" } else { "            }" };
        let comma = if number == 199 { "" } else { "," };
        writeln!(text, "{closing},\n            \"spec\": {value}\n        }}{comma}").unwrap();
    }
    text.push_str("    ],\n    \"kind\": \"List\"\n}\n");
    let facts = json(&text);
    let names: Vec<(String, u64)> = facts
        .pods
        .iter()
        .map(|pod| at(&pod.name))
        .map(|(name, line, quoted)| {
            assert_eq!(quoted, format!("\"name\": \"{name}\""));
            (name, line)
        })
        .collect();
    assert_eq!(names, wanted);
    let line = text.lines().position(|line| line.contains("nothing")).unwrap() + 1;
    let start = line - 6;
    let what = format!("items[150] on line {start} cannot be read beyond line {line}");
    assert_eq!(gaps(&facts), [(GapKind::Unreadable, what.as_str())]);
}

/// Two documents in one text are more than the one that [`objects::one_json`] reads; so is one that is cut.
#[test]
fn one_document_is_told_from_more_and_from_less() {
    let list = r#"{"kind": "PodList", "items": [{"metadata": {"name": "web-0"}}, {"metadata": {"name": "web-1"}}]}"#;
    for (text, one) in [
        (list.to_owned(), true),
        (format!("{list}\n\n"), true),
        (format!("{list}\n{list}"), false),
        (format!("{list}\n$ kubectl get pods\n"), false),
        (list[..list.len() - 1].to_owned(), false),
        (list.replace("}}, {", "}, {"), false),
        (format!("Warning: v1 Pod\n{list}"), false),
    ] {
        let id = SectionId::default();
        let (artifact, hint) = (Artifact::Json, Hint::default());
        let section = Section { id, artifact, path: "pods", first_line: 1, text: &text, hint, command: None };
        let mut facts = Facts::default();
        assert_eq!(objects::one_json(&section, &mut facts), one, "{text}");
        assert!(!one || names(&facts) == ["web-0", "web-1"], "{text}");
    }
}

#[test]
fn empty_lists_are_no_gaps_and_empty_files_are() {
    for text in [r#"{"kind":"PodList","items":[]}"#, r#"{"kind":"PodList","items":null}"#, "[]", "null", "{}"] {
        assert_eq!(gaps(&json(text)), [], "{text}");
    }
    for text in
        ["apiVersion: v1\nitems: []\nkind: List\n", "items: null\nkind: PodList\n", "items:\nkind: PodList\n", "[]"]
    {
        assert_eq!(gaps(&yaml(text)), [], "{text}");
    }
    assert_eq!(gaps(&json(" \n")), [(GapKind::Empty, "it holds nothing")]);
    assert_eq!(gaps(&yaml("")), [(GapKind::Empty, "it holds nothing")]);
    let refused = "Error from server (Forbidden): pods is forbidden\n";
    assert_eq!(gaps(&json(refused)), [(GapKind::Unreadable, "it holds no JSON object")]);
    assert_eq!(gaps(&yaml(refused)), [(GapKind::Unreadable, "it holds no YAML object")]);
}

#[test]
fn what_the_server_refused_is_told_as_such() {
    let text = r#"{"kind":"Status","apiVersion":"v1","status":"Failure","message":"pods is forbidden","reason":"Forbidden","code":403}"#;
    assert_eq!(gaps(&json(text)), [(GapKind::Forbidden, "the API server said: pods is forbidden")]);
}

#[test]
fn bare_arrays_and_many_documents() {
    let facts = json(
        r#"[{"kind":"Pod","metadata":{"name":"a"}},{"spec":{"containers":[{"name":"c"}]},"metadata":{"name":"b"}}]"#,
    );
    assert_eq!(names(&facts), ["a", "b"]);

    let text = "[root@host ~]$ kubectl get pod a -o json\n{\"kind\":\"Pod\",\"metadata\":{\"name\":\"a\"}}\n\
                {\"kind\":\"Pod\",\"metadata\":{\"name\":\"b\"}}{\"kind\":\"Pod\",\"metadata\":{\"name\":\"c\"}}\n$ exit\n";
    let facts = json(text);
    assert_eq!(names(&facts), ["a", "b", "c"]);
    assert_eq!(at(&facts.pods[1].name).1, 3);
    assert_eq!(gaps(&facts), []);

    let text = "$ kubectl get pod a b -o yaml\nkind: Pod\nmetadata:\n  name: a\n---\n# next\nkind: Pod\nmetadata:\n  name: b\n\
                ---\nkind: ConfigMap\nmetadata:\n  name: c\ndata:\n  x.yaml: |\n    a: 1\n    ---\n    kind: Pod\n  y: z\n$ exit\n";
    let facts = yaml(text);
    assert_eq!(names(&facts), ["a", "b"]);
    assert_eq!(at(&facts.pods[1].name).1, 9);
    assert_eq!(keys(&facts.configs[0]), ["x.yaml", "y"]);
    assert_eq!(gaps(&facts), []);

    let facts = yaml("- kind: Pod\n  metadata:\n    name: a\n-\n  kind: Pod\n  metadata:\n    name: b\n");
    assert_eq!(names(&facts), ["a", "b"]);
}

#[test]
fn typed_lists_need_no_kind_in_their_items() {
    for text in [
        r#"{"kind":"PodList","apiVersion":"v1","items":[{"metadata":{"name":"a"}}]}"#,
        r#"{"apiVersion":"v1","items":[{"metadata":{"name":"a"}}],"kind":"PodList"}"#,
    ] {
        assert_eq!(names(&json(text)), ["a"], "{text}");
    }
    assert_eq!(names(&yaml("apiVersion: v1\nitems:\n- metadata:\n    name: a\nkind: PodList\n")), ["a"]);
}

#[test]
fn yaml_may_be_indented_as_a_whole() {
    let list = "apiVersion: v1\nitems:\n- apiVersion: v1\n  kind: Pod\n  metadata:\n    name: a\n- apiVersion: v1\n  kind: Pod\n\
                \x20\x20metadata:\n    name: b\nkind: List\n";
    for indent in ["", "    ", "\t"] {
        let text: String = list.lines().map(|line| format!("{indent}{line}\n")).collect();
        let facts = yaml(&text);
        assert_eq!(names(&facts), ["a", "b"], "{indent:?}");
        assert_eq!(at(&facts.pods[1].name), ("b".into(), 10, "name: b".into()));
    }
    let deeper =
        list.replace("\n- ", "\n  - ").replace("\n  kind", "\n    kind").replace("\n  metadata", "\n    metadata");
    assert_eq!(names(&yaml(&deeper.replace("\n    name", "\n      name"))), ["a", "b"]);
}

#[test]
fn managed_fields_are_passed_over() {
    let fields =
        "  managedFields:\n  - apiVersion: v1\n    fieldsV1:\n      f:x: {unreadable\n\n    manager: kubelet\n";
    let text = format!(
        "items:\n- kind: Pod\n  metadata:\n  {}    name: a\n- kind: Pod\n  metadata:\n    name: b\n",
        fields.replace("\n ", "\n   ")
    );
    let facts = yaml(&text);
    assert_eq!((gaps(&facts), names(&facts)), (vec![], vec!["a", "b"]));
    assert_eq!(at(&facts.pods[0].name), ("a".into(), 10, "name: a".into()));
    let facts = yaml(&format!("kind: Pod\nmetadata:\n{fields}  name: a\n"));
    assert_eq!((gaps(&facts), at(&facts.pods[0].name).1), (vec![], 9));
}

#[test]
fn crlf_and_elided_yaml() {
    let facts = yaml(&CRASHING.replace('\n', "\r\n"));
    assert_eq!(at(&facts.pods[0].phase), ("Failed".into(), 184, "phase: Failed".into()));
    assert_eq!(facts.pods[0].containers[2].command[2].value, "set -e\nrun\n");
    let facts =
        yaml("kind: Pod\nmetadata:\n  name: a\n  [...]\nspec:\n  ...\n  nodeName: n\nstatus:\n  phase: Running\n");
    assert_eq!((names(&facts), at(&facts.pods[0].phase).1), (vec!["a"], 9));
    assert_eq!(facts.gaps[0].kind, GapKind::Truncated);
}

#[test]
fn fragments_of_a_pod() {
    let status = "status:\n  containerStatuses:\n  - name: app\n    restartCount: 4\n    state:\n      waiting:\n        reason: ErrImagePull\n";
    for text in [status.to_owned(), status.lines().skip(1).map(|line| format!("{line}\n")).collect()] {
        let facts = yaml(&text);
        let [pod] = &facts.pods[..] else { panic!("one pod in {text}") };
        assert_eq!((pod.name.as_ref(), pod.containers[0].name.as_str()), (None, "app"));
        assert_eq!(at(&pod.containers[0].state.as_ref().unwrap().reason).0, "ErrImagePull");
    }
    // Anything else without a kind is nobody's pod.
    assert!(yaml("status: ok\nspec:\n  replicas: 2\n").pods.is_empty());
}

#[test]
fn alias_bombs_and_deep_nesting_end_at_once() {
    let mut bomb = "kind: Pod\nmetadata:\n  name: a\nx0: &x0 [y,y,y,y,y,y,y,y,y]\n".to_owned();
    for level in 1..12 {
        let list = vec![format!("*x{}", level - 1); 9].join(",");
        writeln!(bomb, "x{level}: &x{level} [{list}]").unwrap();
    }
    writeln!(bomb, "spec: *x11").unwrap();
    let start = Instant::now();
    let facts = yaml(&bomb);
    assert!(start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());
    assert!(!facts.gaps.is_empty());

    for text in
        ["[".repeat(300_000), "{\"a\":".repeat(300_000), format!("{{\"kind\":\"Pod\",\"x\":{}", "[".repeat(300_000))]
    {
        json(&text);
    }
    let closed = format!("{{\"kind\":\"Pod\",\"metadata\":{}{}}}", "[".repeat(200_000), "]".repeat(200_000));
    json(&closed);
    yaml(&format!("kind: Pod\nspec: {}\n", "[".repeat(100_000)));
    yaml(&format!("kind: Pod\nspec: {}\n", "{a: ".repeat(100_000)));
    yaml(&(0..3000).map(|depth| format!("{}- \n", " ".repeat(depth))).collect::<String>());
    assert!(start.elapsed() < Duration::from_secs(20), "{:?}", start.elapsed());
}

#[test]
fn many_broken_lists_cost_no_more_than_their_bytes() {
    let start = Instant::now();
    let facts = json(&"{\"items\":[\n {\"a\":]}\n".repeat(30_000));
    assert_eq!(facts.gaps.len(), 21);
    json(&"{\"items\":[\n {\n".repeat(30_000));
    yaml(&"items:\n- kind: Pod\n  a: [\n---\n".repeat(3_000));
    json(&"\n".repeat(2_000_000));
    yaml(&" \n".repeat(1_000_000));
    assert!(start.elapsed() < Duration::from_secs(20), "{:?}", start.elapsed());
}

/// Places of a good part of the facts.
fn places(facts: &Facts) -> Vec<&Place> {
    let mut all = Vec::new();
    for pod in &facts.pods {
        all.extend([&pod.name, &pod.phase, &pod.message, &pod.node].into_iter().flatten().map(|fact| &fact.place));
        all.extend(pod.conditions.iter().map(|condition| &condition.place));
        all.extend(pod.volumes.iter().map(|volume| &volume.place));
        for container in &pod.containers {
            all.extend(container.place.iter());
            all.extend(container.env.iter().map(|variable| &variable.place));
            all.extend(container.restart_count.iter().map(|count| &count.place));
            for state in container.state.iter().chain(&container.last_state) {
                all.push(&state.place);
                all.extend(state.message.iter().map(|message| &message.place));
            }
        }
    }
    all
}

proptest::proptest! {
    #[test]
    fn mutated_text_never_panics_and_every_quotation_holds(
        form in 0..3_usize,
        edits in proptest::collection::vec((0..4_u8, proptest::prelude::any::<usize>(), proptest::prelude::any::<usize>(),
            "[\\[\\]{}:,\"'\\\\|>&*#\n\t\r -]{1,3}|\\PC|null|<<: \\*a|&a "), 1..6),
    ) {
        let one_line = PRETTY.replace("\n", "").replace("    ", "");
        let mut text = [CRASHING, PRETTY, one_line.as_str()][form].to_owned();
        for (edit, at, length, new) in edits {
            let boundary = |at: usize| (0..=at % (text.len() + 1)).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
            let start = boundary(at);
            let end = boundary(start + length % 40).max(start);
            match edit {
                0 => text.replace_range(start..end, ""),
                1 => text.insert_str(start, &new),
                2 => text.replace_range(start..end, &new),
                _ => {
                    let again = text[start..end].to_owned();
                    text.insert_str(start, &again);
                }
            }
        }
        let facts = if form == 0 { yaml(&text) } else { json(&text) };
        for place in places(&facts) {
            let line = text.split('\n').nth(place.line as usize - 1).expect("the line is there");
            let line = line.strip_suffix('\r').unwrap_or(line);
            match place.column {
                None => assert_eq!(&*place.text, line.trim()),
                Some(column) => {
                    let rest: String = line.chars().skip(column as usize - 1).collect();
                    assert!(rest.starts_with(&*place.text));
                }
            }
        }
    }
}

fn list_of(items: usize, separator: &str) -> String {
    let mut text = String::from("{\"apiVersion\":\"v1\",\"items\":[");
    for index in 0..items {
        let comma = if index == 0 { "" } else { "," };
        write!(
            text,
            "{comma}{separator}{{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"metadata\":{{\"name\":\"web-{index}\"}},{separator}\
             \"status\":{{\"phase\":\"Running\",\"containerStatuses\":[{{\"name\":\"app\",\"restartCount\":{index}}}]}}}}"
        )
        .unwrap();
    }
    text + "],\"kind\":\"List\"}"
}

#[test]
fn time_grows_with_the_list_and_not_faster() {
    // The best of several: what else the machine does is not measured.
    fn time(items: usize, text: &str, yaml: bool) -> Duration {
        let once = || {
            let start = Instant::now();
            let facts = read_with(text, yaml, 1, Hint::default());
            let took = start.elapsed();
            assert_eq!(facts.pods.len(), items);
            assert_eq!(at(&facts.pods[items - 1].containers[0].restart_count).0, items as u64 - 1);
            took
        };
        (0..3).map(|_| once()).min().unwrap_or_default()
    }
    for separator in ["", "\n"] {
        let [few, many] = [2_000, 20_000].map(|items| time(items, &list_of(items, separator), false));
        assert!(many < few * 40 + Duration::from_millis(200), "{few:?} {many:?}");
    }
    let yaml_list = |items: usize| {
        let item = |index| {
            format!(
                "- apiVersion: v1\n  kind: Pod\n  metadata:\n    name: web-{index}\n  status:\n    containerStatuses:\n    \
                 - name: app\n      restartCount: {index}\n"
            )
        };
        format!("items:\n{}kind: List\n", (0..items).map(item).collect::<String>())
    };
    let [few, many] = [2_000, 20_000].map(|items| time(items, &yaml_list(items), true));
    assert!(many < few * 40 + Duration::from_millis(200), "{few:?} {many:?}");
    // One gap each would drown the report.
    let wrong = format!("{{\"kind\":\"PodList\",\"items\":[{}1]}}", "1,".repeat(20_000));
    let facts = json(&wrong);
    assert_eq!(facts.gaps.len(), 21);
    assert_eq!(facts.gaps[20].what, "19981 more of its objects cannot be read in full");
}

#[test]
fn hints_fill_what_the_object_leaves_out() {
    let hint = Hint { namespace: Some("shop".into()), ..Hint::default() };
    let text = "{\"kind\":\"List\",\"items\":[{\"kind\":\"Pod\",\n\"metadata\":{\"name\":\"a\"}},{\"kind\":\"Node\",\"metadata\":{\"name\":\"n\"}}]}";
    let facts = read_with(text, false, 1, hint);
    assert_eq!(at(&facts.pods[0].namespace).0, "shop");
    assert_eq!(at(&facts.pods[0].namespace).1, 2);
    assert_eq!(at(&facts.nodes[0].name).0, "n");
}

#[test]
fn events_of_both_groups() {
    let text = r#"{"kind": "List", "items": [
{"kind": "Event", "apiVersion": "v1", "metadata": {"name": "e", "namespace": "shop", "creationTimestamp": "2026-06-16T08:00:00Z"},
 "involvedObject": {"kind": "Pod", "namespace": "shop", "name": "web-0", "fieldPath": "spec.containers{app}"},
 "reason": "BackOff",
 "message": "spec.containers{app}: Back-off restarting failed container",
 "source": {"component": "kubelet", "host": "node-1"}, "count": 12, "type": "Warning",
 "firstTimestamp": "2026-06-16T08:00:00Z", "lastTimestamp": "2026-06-16T09:00:00Z", "eventTime": null, "reportingInstance": "x"},
{"kind": "Event", "apiVersion": "events.k8s.io/v1", "metadata": {"namespace": "shop"},
 "regarding": {"kind": "Pod", "name": "web-1", "namespace": "shop"}, "type": "Normal",
 "reason": "Scheduled", "note": "Successfully assigned",
 "deprecatedCount": 3, "deprecatedFirstTimestamp": null, "eventTime": "2026-06-16T08:30:00.000001Z",
 "series": {"count": 4, "lastObservedTime": "2026-06-16T08:40:00.000000Z"},
 "reportingController": "kubelet", "reportingInstance": "node-2"},
{"kind": "Event", "apiVersion": "v1", "metadata": {"namespace": "default"},
 "involvedObject": {"kind": "Node", "name": "node-1"},
 "reason": "NodeNotReady", "type": "Normal"},
{"kind": "Event", "apiVersion": "v1", "metadata": {}}
]}"#;
    let facts = json(text);
    assert_eq!(gaps(&facts), []);
    let [back_off, scheduled, node] = &facts.events[..] else { panic!("three events") };
    assert_eq!(back_off.message, "Back-off restarting failed container");
    assert_eq!(back_off.object.container.as_deref(), Some("app"));
    assert_eq!((back_off.count, back_off.event_type), (12, Some(EventType::Warning)));
    assert_eq!((back_off.component.as_deref(), back_off.host.as_deref()), (Some("kubelet"), Some("node-1")));
    assert_eq!(back_off.place.line, 5);
    assert!(back_off.first_seen < back_off.last_seen);
    assert_eq!((scheduled.message.as_str(), scheduled.count), ("Successfully assigned", 4));
    assert_eq!(scheduled.host.as_deref(), Some("node-2"));
    assert_eq!(scheduled.last_seen, Some(When::At("2026-06-16T08:40:00Z".parse().unwrap())));
    assert_eq!((node.reason.as_str(), node.count, node.place.line), ("NodeNotReady", 1, 16));
    assert_eq!(node.object.namespace, None);
}

#[test]
fn nodes_and_what_pods_lean_on() {
    let text = r#"apiVersion: v1
items:
- apiVersion: v1
  kind: Node
  metadata:
    name: node-1
  spec:
    taints:
    - effect: NoSchedule
      key: node.kubernetes.io/disk-pressure
    - effect: NoExecute
      key: team
      value: db
    unschedulable: true
  status:
    allocatable:
      memory: 3Gi
    conditions:
    - lastHeartbeatTime: "2026-06-16T08:22:44Z"
      message: kubelet has disk pressure
      reason: KubeletHasDiskPressure
      status: "True"
      type: DiskPressure
    nodeInfo:
      architecture: arm64
      bootID: b1
      kubeletVersion: v1.30.2
- apiVersion: v1
  kind: PersistentVolumeClaim
  metadata:
    name: data
    namespace: shop
  spec:
    accessModes:
    - ReadWriteOnce
    - ReadOnlyMany
    resources:
      requests:
        storage: 2Gi
    storageClassName: ""
  status:
    phase: Pending
- apiVersion: v1
  kind: PersistentVolume
  metadata:
    name: pv1
  spec:
    capacity:
      storage: 5Gi
    claimRef:
      name: data
      namespace: shop
    storageClassName: fast
  status:
    phase: Released
- apiVersion: storage.k8s.io/v1
  kind: StorageClass
  metadata:
    annotations:
      storageclass.kubernetes.io/is-default-class: "true"
    name: fast
  provisioner: ebs.csi.aws.com
- apiVersion: v1
  data:
    password: c2VjcmV0
  kind: Secret
  metadata:
    name: db
    namespace: shop
- apiVersion: v1
  kind: Service
  metadata:
    name: web
    namespace: shop
  spec:
    clusterIP: 10.0.0.1
    ports:
    - nodePort: 30080
      port: 80
      protocol: TCP
    selector:
      app: web
- apiVersion: serving.knative.dev/v1
  kind: Service
  metadata:
    name: other
- apiVersion: v1
  kind: Endpoints
  metadata:
    name: web
    namespace: shop
  subsets:
  - notReadyAddresses:
    - ip: 10.1.0.9
- apiVersion: discovery.k8s.io/v1
  endpoints:
  - addresses:
    - 10.1.0.5
    conditions:
      ready: true
  - addresses:
    - 10.1.0.6
    conditions:
      ready: false
  kind: EndpointSlice
  metadata:
    labels:
      kubernetes.io/service-name: api
    name: api-x1
    namespace: shop
- apiVersion: v1
  kind: ResourceQuota
  metadata:
    name: q
    namespace: shop
  status:
    hard:
      pods: "3"
    used:
      pods: "3"
- apiVersion: v1
  kind: Namespace
  metadata:
    name: shop
- apiVersion: metrics.k8s.io/v1beta1
  containers:
  - name: app
    usage:
      cpu: 250m
      memory: 120Mi
  kind: PodMetrics
  metadata:
    name: web-0
    namespace: shop
kind: List
"#;
    let facts = yaml(text);
    assert_eq!(gaps(&facts), []);
    let node = &facts.nodes[0];
    let taints: Vec<_> = node.taints.iter().map(|taint| (taint.value.as_str(), taint.place.line)).collect();
    assert_eq!(taints, [("node.kubernetes.io/disk-pressure:NoSchedule", 10), ("team=db:NoExecute", 12)]);
    assert_eq!((at(&node.unschedulable).0, at(&node.architecture).0), (true, "arm64".into()));
    assert_eq!(quoted(&node.conditions[0].place), (21, "reason: KubeletHasDiskPressure"));
    assert_eq!(node.allocatable["memory"].value, "3Gi");
    let claim = &facts.claims[0];
    assert_eq!((at(&claim.status).0, at(&claim.storage_class).0), ("Pending".into(), String::new()));
    assert_eq!((at(&claim.access_modes).0, at(&claim.capacity).0), ("ReadWriteOnce,ReadOnlyMany".into(), "2Gi".into()));
    assert_eq!(at(&facts.volumes[0].claim).0, "shop/data");
    assert!(facts.storage_classes[0].default);
    assert_eq!(keys(&facts.configs[0]), ["password"]);
    assert!(!format!("{facts:?}").contains("c2VjcmV0"), "no value of a secret is kept");
    let services: Vec<_> = facts
        .services
        .iter()
        .map(|service| {
            let ready = service.ready_endpoints.as_ref().map(|ready| (ready.value, &*ready.place.text));
            (service.name.value.as_str(), service.ports.join(" "), ready)
        })
        .collect();
    assert_eq!(
        services,
        [
            ("web", "80:30080/TCP".into(), None),
            ("web", String::new(), Some((0, "- ip: 10.1.0.9"))),
            ("api", String::new(), Some((1, "- 10.1.0.5")))
        ]
    );
    let quota = &facts.quotas[0];
    assert_eq!((quota.resource.as_str(), quota.used.as_str(), quota.hard.as_str()), ("pods", "3", "3"));
    assert_eq!(facts.namespaces[0].value, "shop");
    let usage = &facts.usages[0];
    assert_eq!((usage.container.as_deref(), usage.cpu.as_deref(), usage.node), (Some("app"), Some("250m"), false));
}

#[test]
fn workloads_say_what_they_want_and_have() {
    let text = r#"{"kind":"List","items":[
{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"web","namespace":"shop"},
 "spec":{"replicas":3,"template":{"spec":{"initContainers":[{"image":"i:1"}],"containers":[{"image":"web:2"}]}}},
 "status":{"conditions":[{"type":"Progressing","status":"False","reason":"ProgressDeadlineExceeded",
  "message":"ReplicaSet \"web-5d\" has timed out progressing."}],
  "replicas":3,
  "unavailableReplicas":3}},
{"apiVersion":"apps/v1","kind":"DaemonSet","metadata":{"name":"agent"},"status":{"desiredNumberScheduled":4,"numberReady":2}},
{"apiVersion":"batch/v1","kind":"Job","metadata":{"name":"mig"},"spec":{"completions":1},
 "status":{"failed":6}},
{"apiVersion":"batch/v1","kind":"CronJob","metadata":{"name":"nightly"},
 "spec":{"jobTemplate":{"spec":{"template":{"spec":{"containers":[{"image":"cron:1"}]}}}}}},
{"apiVersion":"batch.volcano.sh/v1alpha1","kind":"Job","metadata":{"name":"not-ours"}},
{"apiVersion":"apps/v1","kind":"ReplicaSet","metadata":{"name":"web-5d"},"spec":{"replicas":2},"status":{"replicas":2,"readyReplicas":1}}
]}"#;
    let facts = json(text);
    let shown: Vec<_> = facts
        .workloads
        .iter()
        .map(|workload| {
            let count = |fact: &Option<Located<u64>>| fact.as_ref().map(|fact| (fact.value, fact.place.line));
            (workload.kind, count(&workload.desired), count(&workload.ready), count(&workload.failed))
        })
        .collect();
    assert_eq!(
        shown,
        [
            (WorkloadKind::Deployment, Some((3, 3)), Some((0, 7)), None),
            (WorkloadKind::DaemonSet, Some((4, 8)), Some((2, 8)), None),
            (WorkloadKind::Job, Some((1, 9)), Some((0, 10)), Some((6, 10))),
            (WorkloadKind::CronJob, None, None, None),
            (WorkloadKind::ReplicaSet, Some((2, 14)), Some((1, 14)), None),
        ]
    );
    let web = &facts.workloads[0];
    assert_eq!(web.conditions[0].place.line, 5);
    assert_eq!(web.images.iter().map(|image| image.value.as_str()).collect::<Vec<_>>(), ["i:1", "web:2"]);
    assert_eq!(facts.workloads[3].images[0].value, "cron:1");
}

#[test]
fn versions() {
    let facts = json(
        "{\n \"clientVersion\": {\n  \"gitVersion\": \"v1.32.4\"\n },\n \"serverVersion\": {\n  \"gitVersion\": \"v1.30.2+k3s2\"\n }\n}",
    );
    let said: Vec<_> = facts
        .versions
        .iter()
        .map(|version| (version.server, version.version.value.as_str(), version.version.place.line))
        .collect();
    assert_eq!(said, [(false, "v1.32.4", 3), (true, "v1.30.2+k3s2", 6)]);
    let facts = yaml("clientVersion:\n  gitVersion: v1.32.4\n  minor: 32+\nkustomizeVersion: v5.5.0\n");
    assert_eq!(facts.versions[0].version.place.line, 2);
    assert_eq!(json(r#"{"info":{"gitVersion":"v1.30.2"},"string":"v1.30.2"}"#).versions.len(), 1);
}
