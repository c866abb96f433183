//! Describes in the shapes they come in; what is expected was read from the text by eye.

use super::*;
use crate::artifact::{Artifact, Hint};
use crate::model::{
    ConditionStatus, ConfigKind, Container, ContainerKind, ContainerState, Event, EventType, Pod, StateKind,
    VolumeSource, When, WorkloadKind,
};

const UID: &str = "0f1e2d3c-0000-4000-8000-aabbccddeeff";

fn read(text: &str) -> Facts {
    read_as(text, None, Hint::default())
}

fn read_as(text: &str, command: Option<&str>, hint: Hint) -> Facts {
    let section = Section {
        id: SectionId::default(),
        artifact: Artifact::Describe,
        path: "describe.txt",
        first_line: 1,
        text,
        hint,
        command,
    };
    let mut facts = Facts::default();
    describe(&section, &mut facts);
    facts
}

fn text(fact: &Fact<String>) -> &str {
    fact.as_ref().map_or("?", |fact| fact.value.as_str())
}

fn line<T>(fact: &Fact<T>) -> u64 {
    fact.as_ref().map_or(0, |fact| fact.place.line)
}

fn pod(facts: &Facts) -> &Pod {
    assert_eq!(facts.pods.len(), 1, "one pod");
    &facts.pods[0]
}

/// State as `kind reason exit`.
fn state(state: &Option<ContainerState>) -> String {
    state.as_ref().map_or_else(
        || "-".to_owned(),
        |state| {
            let exit = state.exit_code.as_ref().map_or(String::new(), |code| format!(" {}", code.value));
            format!("{:?} {}{exit}", state.kind, text(&state.reason))
        },
    )
}

fn object(event: &Event) -> String {
    let object = &event.object;
    let part = |part: &Option<String>| part.clone().unwrap_or_else(|| "-".to_owned());
    format!("{} {}/{} {}", part(&object.kind), part(&object.namespace), part(&object.name), part(&object.container))
}

/// A pod as kubectl 1.27 to 1.36 prints it.
const WHOLE: &str = "\
Name:             cart-6d4f9c7b58-x2x9q
Namespace:        shop
Priority:         0
Service Account:  cart-runner
Node:             worker-3/10.1.2.3
Start Time:       Tue, 16 Jun 2026 08:22:44 +0000
Labels:           app=cart
                  pod-template-hash=6d4f9c7b58
Annotations:      checksum/config: 1234
                  note:
                    Status:  Failed
Status:           Running
SeccompProfile:   RuntimeDefault
IP:               10.2.0.7
IPs:
  IP:           10.2.0.7
Controlled By:  ReplicaSet/cart-6d4f9c7b58
Init Containers:
  wait:
    Container ID:  containerd://aa
    Image:         busybox:1.36
    Image ID:      docker.io/library/busybox@sha256:aa
    Port:          <none>
    Host Port:     <none>
    Command:
      sh
      -c
      until nc -z db 5432; do
        echo \"State:  Terminated\"
      done

      Exit Code:   99
    State:          Terminated
      Reason:       Completed
      Exit Code:    0
      Started:      Tue, 16 Jun 2026 08:22:46 +0000
      Finished:     Tue, 16 Jun 2026 08:22:50 +0000
    Ready:          True
    Restart Count:  0
    Environment:    <none>
    Mounts:         <none>
Containers:
  cart:
    Container ID:   containerd://bb
    Image:          registry.test/cart:4
    Image ID:       registry.test/cart@sha256:bb
    Ports:          8080/TCP (http), 9090/TCP
    Host Ports:     0/TCP, 19090/TCP
    State:          Waiting
      Reason:       CrashLoopBackOff
    Last State:     Terminated
      Reason:       Error
      Message:      starting up
  :: Ready :: (v2)
Exit Code of child: 7
Started:  nothing
cannot open /etc/cart/cart.toml
      Exit Code:    2
      Signal:       6
      Started:      Tue, 16 Jun 2026 08:30:00 +0000
      Finished:     Tue, 16 Jun 2026 08:30:05 +0000
    Ready:          False
    Restart Count:  7
    Limits:
      cpu:     500m
      memory:  256Mi
    Requests:
      memory:   128Mi
    Liveness:   exec [sh -c test -f /tmp/ok && echo delay=9s] delay=5s timeout=2s period=7s #success=1 #failure=4
    Readiness:  http-get http://:8080/ready delay=0s timeout=1s period=10s successThreshold=1 failureThreshold=3
    Environment Variables from:
      cart-env     ConfigMap                 Optional: false
      cart-secret  Secret with prefix 'S_'  Optional: true
    Environment:
      MODE:      fast
      SCRIPT:    line one
                 State:  Running
      EMPTY:
      PASSWORD:  <set to the key 'password' in secret 'cart-db'>  Optional: false
      LEVEL:     <set to the key 'level' of config map 'cart-conf'>  Optional: true
      NODE:       (v1:spec.nodeName)
    Mounts:
      /data from data (rw,path=\"sub\")
      /etc/cart from conf (ro)
Conditions:
  Type              Status
  Initialized       True
  Ready             False
  PodScheduled      True
Volumes:
  data:
    Type:       PersistentVolumeClaim (a reference to a PersistentVolumeClaim in the same namespace)
    ClaimName:  cart-data
    ReadOnly:   false
  conf:
    Type:      ConfigMap (a volume populated by a ConfigMap)
    Name:      cart-conf
    Optional:  true
  scratch:
    Type:       EmptyDir (a temporary directory that shares a pod's lifetime)
    Medium:
    SizeLimit:  1Gi
  share:
    Type:      NFS (an NFS mount that lasts the lifetime of a pod)
    Server:    nas
    Path:      /export
    ReadOnly:  false
  token:
    Type:                    Projected (a volume that contains injected data from multiple sources)
    TokenExpirationSeconds:  3607
    ConfigMapName:           kube-root-ca.crt
    Optional:                false
    DownwardAPI:             true
QoS Class:                   Burstable
Node-Selectors:              disk=ssd
                             zone=a
Tolerations:                 dedicated=shop:NoSchedule
                             node.kubernetes.io/not-ready:NoExecute op=Exists for 300s
Events:
  Type     Reason     Age                 From               Message
  ----     ------     ----                ----               -------
  Normal   Scheduled  12m                 default-scheduler  Successfully assigned shop/cart-6d4f9c7b58-x2x9q to worker-3
  Warning  Unhealthy  2m (x3 over 5m)     kubelet            spec.containers{cart}: Liveness probe failed: timeout
  Warning  BackOff    15s (x30 over 10m)  kubelet            Back-off restarting failed container cart in pod cart-6d4f9c7b58-x2x9q_shop(0f1e2d3c-0000-4000-8000-aabbccddeeff)
";

#[test]
fn a_whole_pod() {
    let facts = read(WHOLE);
    let pod = pod(&facts);
    assert_eq!((text(&pod.namespace), text(&pod.name)), ("shop", "cart-6d4f9c7b58-x2x9q"));
    assert_eq!((text(&pod.node), text(&pod.phase), text(&pod.service_account)), ("worker-3", "Running", "cart-runner"));
    assert_eq!(pod.reason, None);
    assert!(pod.start_time.is_some());
    assert_eq!(pod.labels.get("app").map(String::as_str), Some("cart"));
    assert_eq!(pod.labels.len(), 2);
    let owner = pod.owner.as_ref().map(|fact| (fact.value.kind.as_str(), fact.value.name.as_str()));
    assert_eq!(owner, Some(("ReplicaSet", "cart-6d4f9c7b58")));
    assert_eq!(text(&pod.qos_class), "Burstable");
    let values = |facts: &[Located<String>]| facts.iter().map(|fact| fact.value.clone()).collect::<Vec<_>>();
    assert_eq!(values(&pod.node_selector), ["disk=ssd", "zone=a"]);
    assert_eq!(values(&pod.tolerations).len(), 2);
    assert_eq!(pod.security_context["seccompProfile.type"].value, "RuntimeDefault");
    let conditions: Vec<_> = pod.conditions.iter().map(|c| (c.kind.as_str(), c.status)).collect();
    assert_eq!(
        conditions,
        [
            ("Initialized", ConditionStatus::True),
            ("Ready", ConditionStatus::False),
            ("PodScheduled", ConditionStatus::True)
        ]
    );
    let volumes: Vec<_> = pod.volumes.iter().map(|volume| (volume.name.as_str(), &volume.source)).collect();
    assert_eq!(volumes[0], ("data", &VolumeSource::Claim("cart-data".into())));
    assert_eq!(volumes[1], ("conf", &VolumeSource::ConfigMap("cart-conf".into(), true)));
    assert_eq!(volumes[2], ("scratch", &VolumeSource::EmptyDir(Some("1Gi".into()))));
    assert_eq!(volumes[3], ("share", &VolumeSource::Nfs("nas:/export".into())));
    assert!(matches!(volumes[4].1, VolumeSource::Projected(sources) if sources[0].name == "kube-root-ca.crt"));
    assert_eq!(pod.volumes[0].place.text.as_ref(), "ClaimName:  cart-data");
}

#[test]
fn the_containers_of_a_whole_pod() {
    let facts = read(WHOLE);
    let [init, cart] = pod(&facts).containers.as_slice() else { panic!("two containers") };
    assert_eq!((init.name.as_str(), init.kind), ("wait", ContainerKind::Init));
    assert_eq!(init.command.len(), 6, "text of the command is no field");
    assert_eq!(state(&init.state), "Terminated Completed 0");
    assert!(init.mounts.is_empty() && init.env.is_empty());
    assert_eq!((cart.name.as_str(), cart.kind), ("cart", ContainerKind::Main));
    assert_eq!(cart.place.as_ref().map(|place| place.text.as_ref()), Some("cart:"));
    assert_eq!(text(&cart.image), "registry.test/cart:4");
    let values = |facts: &[Located<String>]| facts.iter().map(|fact| fact.value.clone()).collect::<Vec<_>>();
    assert_eq!(values(&cart.ports), ["8080/TCP", "9090/TCP"]);
    assert_eq!(values(&cart.host_ports), ["19090/TCP"]);
    assert_eq!(state(&cart.state), "Waiting CrashLoopBackOff");
    assert_eq!(state(&cart.last_state), "Terminated Error 2");
    let last = cart.last_state.as_ref().expect("a last state");
    assert_eq!(
        text(&last.message),
        "starting up\n:: Ready :: (v2)\nExit Code of child: 7\nStarted:  nothing\ncannot open /etc/cart/cart.toml"
    );
    assert_eq!(last.signal.as_ref().map(|fact| fact.value), Some(6));
    assert!(last.started_at.is_some() && last.finished_at.is_some());
    assert_eq!(last.exit_code.as_ref().map(|fact| fact.place.text.to_string()).as_deref(), Some("Exit Code:    2"));
    assert_eq!(cart.ready.as_ref().map(|fact| fact.value), Some(false));
    assert_eq!(cart.restart_count.as_ref().map(|fact| fact.value), Some(7));
    assert_eq!(cart.resources.limits["memory"].value, "256Mi");
    assert_eq!(cart.resources.requests.len(), 1);
    let live = cart.liveness.as_ref().expect("a liveness probe");
    assert_eq!(live.action, "exec [sh -c test -f /tmp/ok && echo delay=9s]");
    assert_eq!((live.initial_delay, live.timeout, live.period), (Some(5), Some(2), Some(7)));
    assert_eq!((live.success_threshold, live.failure_threshold), (Some(1), Some(4)));
    assert_eq!(cart.readiness.as_ref().and_then(|probe| probe.failure_threshold), Some(3));
    let from: Vec<_> =
        cart.env_from.iter().map(|f| (f.value.kind.as_str(), f.value.name.as_str(), f.value.optional)).collect();
    assert_eq!(from, [("ConfigMap", "cart-env", false), ("Secret", "cart-secret", true)]);
    let env: Vec<_> = cart.env.iter().map(|env| (env.name.as_str(), env.value.as_deref())).collect();
    assert_eq!(
        env,
        [
            ("MODE", Some("fast")),
            ("SCRIPT", Some("line one\nState:  Running")),
            ("EMPTY", Some("")),
            ("PASSWORD", None),
            ("LEVEL", None),
            ("NODE", None)
        ]
    );
    let source = cart.env[3].source.as_ref().expect("from a secret");
    assert_eq!(
        (source.kind.as_str(), source.name.as_str(), source.key.as_deref()),
        ("Secret", "cart-db", Some("password"))
    );
    assert!(cart.env[4].source.as_ref().is_some_and(|source| source.optional && source.kind == "ConfigMap"));
    assert_eq!(values(&cart.mounts), ["/data from data (rw,path=\"sub\")", "/etc/cart from conf (ro)"]);
}

#[test]
fn the_events_of_a_whole_pod() {
    let facts = read(WHOLE);
    assert_eq!(facts.events.len(), 3);
    assert_eq!(object(&facts.events[0]), "Pod shop/cart-6d4f9c7b58-x2x9q -");
    assert_eq!(object(&facts.events[1]), "Pod shop/cart-6d4f9c7b58-x2x9q cart");
    assert_eq!(facts.events[1].message, "Liveness probe failed: timeout");
    assert_eq!((facts.events[1].count, facts.events[1].last_seen), (3, Some(When::Ago(120))));
    assert_eq!(facts.events[2].event_type, Some(EventType::Warning));
    assert_eq!(facts.events[2].component.as_deref(), Some("kubelet"));
    assert_eq!(object(&facts.events[2]), "Pod shop/cart-6d4f9c7b58-x2x9q cart");
}

/// What matters of a pod, whatever the white space around it was.
fn essence(facts: &Facts) -> String {
    let container = |c: &Container| {
        format!(
            "{} {:?} {} | {} | {:?} {:?} cmd={} env={} mounts={} limits={} live={}",
            c.name,
            c.kind,
            state(&c.state),
            state(&c.last_state),
            c.ready.as_ref().map(|fact| fact.value),
            c.restart_count.as_ref().map(|fact| fact.value),
            c.command.len(),
            c.env.len(),
            c.mounts.len(),
            c.resources.limits.len(),
            c.liveness.is_some()
        )
    };
    let pod = pod(facts);
    let containers: Vec<_> = pod.containers.iter().map(container).collect();
    let volumes: Vec<_> = pod.volumes.iter().map(|volume| format!("{volume:?}", volume = volume.source)).collect();
    let events: Vec<_> =
        facts.events.iter().map(|e| format!("{} {} x{} {}", e.reason, object(e), e.count, e.message)).collect();
    format!(
        "{} {} {} {}\n{containers:#?}\n{volumes:?}\n{:?}\n{events:#?}",
        text(&pod.namespace),
        text(&pod.name),
        text(&pod.node),
        text(&pod.phase),
        pod.conditions.iter().map(|c| (&c.kind, c.status)).collect::<Vec<_>>()
    )
}

fn each_line(text: &str, change: impl Fn(&str) -> String) -> String {
    text.lines().map(|line| change(line) + "\n").collect()
}

#[test]
fn white_space_marks_and_entities_do_not_matter() {
    let clean = essence(&read(WHOLE));
    let squeezed = |line: &str| {
        let indent = line.len() - line.trim_start().len();
        line[..indent].to_owned() + &line.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    let shapes: [(&str, String); 8] = [
        ("four blanks", each_line(WHOLE, |line| format!("    {line}"))),
        ("a tab", each_line(WHOLE, |line| format!("\t{line}"))),
        ("hash", each_line(WHOLE, |line| format!("# {line}"))),
        ("quote", each_line(WHOLE, |line| format!("> {line}"))),
        ("crlf", WHOLE.replace('\n', "\r\n")),
        ("entities", WHOLE.replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")),
        ("all but the first line", format!("    {}", WHOLE.replace('\n', "\n    ")).trim_start().to_owned()),
        ("squeezed", each_line(WHOLE, squeezed)),
    ];
    for (name, shape) in shapes {
        assert_eq!(essence(&read(&shape)), clean, "{name}");
    }
}

#[test]
fn a_pod_without_any_indentation() {
    let simple = "\
Name: api-0
Namespace: shop
Node: worker-1/10.0.0.1
Status: Running
Containers:
api:
Container ID: containerd://a
Image: api:1
Port: 80/TCP
Args:
--config
/etc/x
State: Waiting
Reason: CrashLoopBackOff
Last State: Terminated
Reason: OOMKilled
Exit Code: 137
Started: Tue, 16 Jun 2026 08:30:00 +0000
Ready: False
Restart Count: 4
Limits:
memory: 64Mi
Requests:
memory: 32Mi
Environment:
a: 1
b:
c: 3
Mounts:
/data from data (rw)
side:
Container ID: containerd://b
Image: side:1
State: Running
Started: Tue, 16 Jun 2026 08:30:00 +0000
Ready: True
Restart Count: 0
Conditions:
Type Status
Ready False
Volumes:
data:
Type: ConfigMap (a volume populated by a ConfigMap)
Name: api-conf
Optional: false
QoS Class: Burstable
Events:
Type Reason Age From Message
---- ------ ---- ---- -------
Warning BackOff 5s (x2 over 9s) kubelet Back-off restarting failed container
";
    for shape in [simple.to_owned(), each_line(simple, |line| format!(" {line}"))] {
        let facts = read(&shape);
        let pod = pod(&facts);
        let [api, side] = pod.containers.as_slice() else { panic!("two containers in {:?}", pod.containers) };
        assert_eq!((api.name.as_str(), side.name.as_str()), ("api", "side"));
        assert_eq!(state(&api.last_state), "Terminated OOMKilled 137");
        assert_eq!((api.args.len(), api.env.len(), api.mounts.len()), (2, 3, 1));
        assert_eq!(api.resources.limits["memory"].value, "64Mi");
        assert_eq!(state(&side.state), "Running ?");
        assert_eq!(pod.volumes[0].source, VolumeSource::ConfigMap("api-conf".into(), false));
        assert_eq!(facts.events.len(), 1);
        assert_eq!(pod.conditions.len(), 1);
    }
}

#[test]
fn kubectl_of_old() {
    let facts = read(
        "Name:\t\trest-1a2b3\nNamespace:\tdefault\nNode:\t\t/\nLabels:\t\tapp=rest,version=v1\nStatus:\t\tPending\nIP:\n\
         Controllers:\tReplicationController/rest\nContainers:\n  rest:\n    Container ID:\n    Image:\t\trest:3\n    Port:\t8082/TCP\n\
         \x20   QoS Tier:\n      cpu:\tBestEffort\n    State:\t\tWaiting\n      Reason:\t\tCrashLoopBackOff\n\
         \x20   Last Termination State:\tTerminated\n      Reason:\t\tError\n      Exit Code:\t1\n    Ready:\t\tFalse\n    Restart Count:\t6\n\
         \x20   Volume Mounts:\n      /token from t (ro)\n    Environment Variables:\n      ZK:\tzk1:2181,zk2:2181\n\
         Conditions:\n  Type\t\tStatus\n  Ready \tFalse \nVolumes:\n  t:\n    Type:\tSecret (a volume populated by a Secret)\n    SecretName:\tt-abc\n\
         QoS Class:\tBestEffort\nEvents:\n\
         \x20 FirstSeen\tLastSeen\tCount\tFrom\t\t\tSubObjectPath\tType\t\tReason\t\tMessage\n\
         \x20 ---------\t--------\t-----\t----\t\t\t-------------\t--------\t------\t\t-------\n\
         \x20 10m\t\t9m\t\t3\t{kubelet node-a}\tspec.containers{rest}\tWarning\t\tFailedSync\tError syncing pod\n\
         \x20 1m\t\t48s\t\t7\t{default-scheduler }\t\t\tWarning\t\tFailedScheduling\tpod (rest-1a2b3) failed to fit in any node\n\
         fit failure on node (n1): Node didn't have enough resource: CPU\n\
         fit failure on node (n2): MatchNodeSelector\n",
    );
    let pod = pod(&facts);
    assert_eq!((text(&pod.name), text(&pod.node), pod.labels.len()), ("rest-1a2b3", "", 2));
    assert_eq!(pod.owner.as_ref().map(|owner| owner.value.kind.as_str()), Some("ReplicationController"));
    let rest = &pod.containers[0];
    assert_eq!(state(&rest.last_state), "Terminated Error 1");
    assert_eq!((rest.env.len(), rest.mounts.len()), (1, 1));
    assert_eq!(text(&rest.container_id), "");
    assert_eq!(pod.volumes[0].source, VolumeSource::Secret("t-abc".into(), false));
    let [sync, fit] = facts.events.as_slice() else { panic!("two events: {:?}", facts.events) };
    assert_eq!(object(sync), "Pod default/rest-1a2b3 rest");
    assert_eq!((sync.host.as_deref(), sync.count, sync.first_seen), (Some("node-a"), 3, Some(When::Ago(600))));
    assert_eq!(fit.component.as_deref(), Some("default-scheduler"));
    assert!(fit.message.ends_with("any node\nfit failure on node (n1): Node didn't have enough resource: CPU\nfit failure on node (n2): MatchNodeSelector"));
}

#[test]
fn a_fragment_that_begins_in_mid_word() {
    let facts = read(
        "ontainers:\n  bot:\n    Container ID:   \n    Image:          bot:7\n    State:          Waiting\n      Reason:       ErrImageNeverPull\n\
         \x20   Ready:          False\n    Restart Count:  0\nConditions:\n  Type   Status\n  Ready  False\nEvents:\n\
         \x20 Type     Reason             Age               From               Message\n\
         \x20 Normal   Scheduled          46s               default-scheduler  Successfully assigned chat/bot-1 to mini\n",
    );
    let pod = pod(&facts);
    assert_eq!((text(&pod.namespace), text(&pod.name), text(&pod.node)), ("chat", "bot-1", "mini"));
    assert_eq!(line(&pod.name), 14);
    assert_eq!((pod.containers.len(), pod.containers[0].name.as_str()), (1, "bot"));
    assert_eq!(text(&pod.containers[0].container_id), "");
    assert_eq!(pod.conditions.len(), 1);
    assert_eq!(object(&facts.events[0]), "Pod chat/bot-1 -");
}

#[test]
fn a_fragment_of_a_container_without_its_name() {
    let facts = read(
        "      Reason:       CrashLoopBackOff\n    Last State:     Terminated\n      Reason:       OOMKilled  <---- here\n      Exit Code:    137\n\
         \x20   Restart Count:  3\n  Type     Reason     Age                 From               Message\n\
         \x20 Warning  Unhealthy  25s (x12 over 80s)  kubelet            spec.containers{web}: Liveness probe failed\n",
    );
    let pod = pod(&facts);
    assert_eq!((&pod.name, &pod.reason), (&None, &None));
    let [web] = pod.containers.as_slice() else { panic!("one container") };
    assert_eq!(web.name, "web");
    assert_eq!(state(&web.state), "Waiting CrashLoopBackOff");
    assert_eq!(state(&web.last_state), "Terminated OOMKilled 137");
    assert_eq!(facts.events[0].object.kind.as_deref(), Some("Pod"));
}

#[test]
fn elisions_take_nothing_with_them() {
    let facts = read(
        "Namespace:    presto\n\n***\n***\n\nStart Time:   Wed, 12 Jun 2024 19:35:44 +0800\n\n[...]\nContainers:\n\n    ***\n    ***\n\
         \x20   State:          Running\n      Started:      Wed, 10 Jul 2024 11:22:39 +0800\n    Last State:     Terminated\n      Reason:       Error\n\
         \x20     Exit Code:    3\n    Ready:          True\n    Restart Count:  3\n...\n",
    );
    let pod = pod(&facts);
    assert_eq!((text(&pod.namespace), &pod.name), ("presto", &None));
    assert_eq!(pod.containers.len(), 1);
    assert_eq!(state(&pod.containers[0].state), "Running ?");
    assert_eq!(state(&pod.containers[0].last_state), "Terminated Error 3");
}

#[test]
fn rows_alone_have_an_object() {
    let facts = read(&format!(
        "  Warning  Failed  15s (x8 over 108s)  kubelet  Error: image will run as root (pod: \"safe_prod({UID})\", container: nginx)\n"
    ));
    let named = pod(&facts);
    assert_eq!((text(&named.namespace), text(&named.name)), ("prod", "safe"));
    assert_eq!(named.containers[0].name, "nginx");
    assert_eq!(object(&facts.events[0]), "Pod prod/safe nginx");

    let facts = read("#   Warning  Failed     3m17s (x5 over 6m12s)  kubelet, n-7  Error: ErrImagePull\n# ...\n");
    assert_eq!((&pod(&facts).name, text(&pod(&facts).node)), (&None, "n-7"));
    assert_eq!(facts.events[0].section, pod(&facts).section);
    assert_eq!(
        facts.events[0].place.text.as_ref(),
        "#   Warning  Failed     3m17s (x5 over 6m12s)  kubelet, n-7  Error: ErrImagePull"
    );
}

#[test]
fn events_tell_the_kind_of_a_fragment() {
    let row = |reason: &str, from: &str, message: &str| format!("  Warning  {reason}  5m  {from}  {message}\n");
    let created = read(&row(
        "FailedCreate",
        "replicaset-controller",
        "Error creating: pods \"web-5c4d6f7b8-\" is forbidden: exceeded quota: q",
    ));
    assert_eq!(
        (created.workloads[0].kind, text(&created.workloads[0].name)),
        (WorkloadKind::ReplicaSet, "web-5c4d6f7b8")
    );
    assert_eq!(object(&created.events[0]), "ReplicaSet -/web-5c4d6f7b8 -");
    let job = read(&row("SuccessfulCreate", "job-controller", "Created pod: migrate-62n7b"));
    assert_eq!((job.workloads[0].kind, text(&job.workloads[0].name)), (WorkloadKind::Job, "migrate"));
    let scaled = read(&row("ScalingReplicaSet", "deployment-controller", "Scaled up replica set web-5c4d6f7b8 to 1"));
    assert_eq!((scaled.workloads[0].kind, text(&scaled.workloads[0].name)), (WorkloadKind::Deployment, "web"));
    let node = read(&row("NodeNotReady", "node-controller", "Node n2 status is now: NodeNotReady"));
    assert_eq!((node.nodes.len(), text(&node.nodes[0].name)), (1, "n2"));
    assert_eq!(object(&node.events[0]), "Node -/n2 -");
    let claim = read(&row("ProvisioningFailed", "persistentvolume-controller", "storageclass \"fast\" not found"));
    assert_eq!((claim.claims.len(), object(&claim.events[0]).as_str()), (1, "PersistentVolumeClaim -/- -"));
    let evicted = read(&row("NodeNotReady", "node-controller", "Node is not ready"));
    assert_eq!(evicted.pods.len(), 1);
}

#[test]
fn messages_over_lines_and_broken_ones() {
    let facts = read(
        "Events:\n  Type     Reason       Age   From            Message\n  ----     ------       ----  ----            -------\n\
         \x20 Warning  FailedMount  16s   kubelet, n1     MountVolume.SetUp failed: exit status 32\nMounting command: systemd-run\n\
         Warning: mount is old\nOutput: No such file or directory\n  Warning  FailedMount  9s    kubelet, n1     again\n\n",
    );
    let [first, second] = facts.events.as_slice() else { panic!("two events") };
    assert_eq!(first.message.lines().count(), 4);
    assert_eq!(first.place.line, 4);
    assert_eq!(second.message, "again");

    let long = "  Warning  FailedScheduling  3m (x106 over 33m)  default-scheduler  0/4 nodes are availa";
    let broken = long.get(..80).expect("ASCII");
    assert!(broken.ends_with("0/4 nodes ar"), "{broken}");
    let facts = read(&format!("{broken}\ne available: 2 Insufficient cpu.\n"));
    assert_eq!(facts.events[0].message, "0/4 nodes are available: 2 Insufficient cpu.");
    assert_eq!(facts.events[0].place.text.as_ref(), broken.trim());
}

#[test]
fn two_pods_in_one_output() {
    let second = WHOLE.replace("cart-6d4f9c7b58-x2x9q", "cart-6d4f9c7b58-b7b7b");
    let facts = read(&format!("{WHOLE}\n\n{second}"));
    let names: Vec<_> = facts.pods.iter().map(|pod| text(&pod.name)).collect();
    assert_eq!(names, ["cart-6d4f9c7b58-x2x9q", "cart-6d4f9c7b58-b7b7b"]);
    assert_eq!((facts.pods[0].section.index, facts.pods[1].section.index), (0, 1000));
    assert_eq!(facts.events.len(), 6);
    assert_eq!(facts.events[3].section.index, 1000);
    assert_eq!(facts.events[3].object.name.as_deref(), Some("cart-6d4f9c7b58-b7b7b"));
}

#[test]
fn an_evicted_and_a_terminating_pod() {
    let facts = read(
        "Name:           a\nNamespace:      s\nNode:           cp/\nStatus:         Failed\nReason:         Evicted\n\
         Message:        The node was low on resource: memory.\nThreshold quantity: 100Mi.\nIP:             \nContainers:\n  x:\n    Image:  x\n",
    );
    let evicted = pod(&facts);
    assert_eq!((text(&evicted.phase), text(&evicted.reason), text(&evicted.node)), ("Failed", "Evicted", "cp"));
    assert_eq!(text(&evicted.message), "The node was low on resource: memory.\nThreshold quantity: 100Mi.");
    assert_eq!(evicted.containers[0].state, None);
    let facts = read(
        "Name:  b\nNamespace:  s\nNode: n/1.1.1.1\nStatus:  Terminating (lasts 3m)\nTermination Grace Period:  30s\nContainers:\n",
    );
    let going = pod(&facts);
    assert_eq!(going.deletion.as_ref().map(|fact| fact.value), Some(When::Ago(180)));
    assert_eq!(going.termination_grace_period.as_ref().map(|fact| fact.value), Some(30));
    assert_eq!(going.phase, None);
}

#[test]
fn path_and_command_name_what_the_text_does_not() {
    let rows = "  Warning  Failed  5s  kubelet  Error: ErrImagePull\n";
    let hint = Hint { namespace: Some("shop".into()), pod: Some("web-1".into()), ..Hint::default() };
    let facts = read_as(rows, None, hint);
    assert_eq!(object(&facts.events[0]), "Pod shop/web-1 -");
    let facts = read_as(rows, Some("kubectl -n blue describe pod/web-2 | tail"), Hint::default());
    assert_eq!(object(&facts.events[0]), "Pod blue/web-2 -");
    let facts = read_as("Events:  <none>\n", Some("kubectl describe deploy web"), Hint::default());
    assert_eq!((facts.workloads[0].kind, text(&facts.workloads[0].name)), (WorkloadKind::Deployment, "web"));
}

#[test]
fn a_node() {
    let facts = read(
        "Name:               n1\nRoles:              worker\nLabels:             kubernetes.io/arch=arm64\nCreationTimestamp:  Tue, 15 Apr 2025 07:13:48 +0200\n\
         Taints:             node.kubernetes.io/disk-pressure:NoSchedule\n                    spot=true:NoExecute\nUnschedulable:      true\nConditions:\n\
         \x20 Type             Status  LastHeartbeatTime                 LastTransitionTime                Reason                       Message\n\
         \x20 ----             ------  -----------------                 ------------------                ------                       -------\n\
         \x20 DiskPressure     True    Thu, 29 May 2025 11:54:06 +0200   Tue, 15 Apr 2025 07:13:48 +0200   KubeletHasDiskPressure       kubelet has disk pressure\n\
         \x20 Ready            Unknown Thu, 29 May 2025 11:54:06 +0200   Tue, 15 Apr 2025 07:14:02 +0200   NodeStatusUnknown            Kubelet stopped posting node status.\n\
         Capacity:\n  cpu:     4\n  memory:  8Gi\nAllocatable:\n  cpu:     3900m\nSystem Info:\n  Boot ID:  b-1\n  Architecture:  arm64\n  Kubelet Version:  v1.31.2\n\
         Non-terminated Pods:          (1 in total)\n  Namespace  Name  CPU Requests\n  default    x     0 (0%)\nAllocated resources:\n  Resource  Requests\n  cpu  0 (0%)\n\
         Events:\n  Type    Reason        Age  From             Message\n  Normal  NodeNotReady  9s   node-controller  Node n1 status is now: NodeNotReady\n",
    );
    let node = &facts.nodes[0];
    assert_eq!((text(&node.name), node.taints.len(), text(&node.architecture)), ("n1", 2, "arm64"));
    assert_eq!(node.unschedulable.as_ref().map(|fact| fact.value), Some(true));
    assert_eq!((node.capacity.len(), node.allocatable["cpu"].value.as_str()), (2, "3900m"));
    let [disk, ready] = node.conditions.as_slice() else { panic!("two conditions") };
    assert_eq!(
        (disk.kind.as_str(), disk.status, disk.reason.as_deref()),
        ("DiskPressure", ConditionStatus::True, Some("KubeletHasDiskPressure"))
    );
    assert_eq!(
        (ready.status, ready.message.as_deref()),
        (ConditionStatus::Unknown, Some("Kubelet stopped posting node status."))
    );
    assert!(ready.last_heartbeat.is_some() && ready.last_transition.is_some());
    assert_eq!(object(&facts.events[0]), "Node -/n1 -");
    assert_eq!(node.labels.len(), 1);
}

#[test]
fn workloads() {
    let facts = read(
        "Name:                   web\nNamespace:              blue\nCreationTimestamp:      Mon, 17 Mar 2025 13:33:21 +0100\nSelector:               app=web\n\
         Replicas:               3 desired | 2 updated | 4 total | 1 available | 3 unavailable\nStrategyType:           RollingUpdate\nPod Template:\n  Labels:  app=web\n\
         \x20 Containers:\n   web:\n    Image:      web:2\n    Args:\n      Name: x\n      State: y\n    Environment:   <none>\n   side:\n    Image:  side:1\n  Volumes:         <none>\nConditions:\n\
         \x20 Type           Status  Reason\n  ----           ------  ------\n  Available      False   MinimumReplicasUnavailable\n  ReplicaFailure True    FailedCreate\n\
         OldReplicaSets:  <none>\nNewReplicaSet:   web-5c4d6f7b8 (2/3 replicas created)\nEvents:          <none>\n\n\n\
         Name:           migrate\nNamespace:      blue\nSelector:       controller-uid=1\nParallelism:    1\nCompletions:    2\nStart Time:     Wed, 28 May 2025 15:48:07 +0300\n\
         Pods Statuses:  0 Active (0 Ready) / 1 Succeeded / 3 Failed\nPod Template:\n  Containers:\n   m:\n    Image:  m:1\n\n\n\
         Name:           agent\nSelector:       app=agent\nNode-Selector:  <none>\nDesired Number of Nodes Scheduled: 5\nCurrent Number of Nodes Scheduled: 5\n\
         Number of Nodes Scheduled with Available Pods: 4\nPods Status:  4 Running / 1 Waiting / 0 Succeeded / 0 Failed\n\n\n\
         Name:               db\nNamespace:          blue\nReplicas:           3 desired | 3 total\nUpdate Strategy:    RollingUpdate\nPods Status:        3 Running / 0 Waiting / 0 Succeeded / 0 Failed\n\n\n\
         Name:           web-5c4d6f7b8\nNamespace:      blue\nSelector:       app=web,pod-template-hash=5c4d6f7b8\nControlled By:  Deployment/web\nReplicas:       0 current / 3 desired\n\
         Pods Status:    0 Running / 0 Waiting / 0 Succeeded / 0 Failed\n\n\n\
         Name:\told\nNamespace:\tblue\nImage(s):\ta:1,b:2\nSelector:\tapp=old\nReplicas:\t1 current / 1 desired\nPods Status:\t1 Running / 0 Waiting / 0 Succeeded / 0 Failed\n",
    );
    let seen: Vec<_> = facts
        .workloads
        .iter()
        .map(|w| {
            (
                w.kind,
                text(&w.name),
                w.desired.as_ref().map(|f| f.value),
                w.ready.as_ref().map(|f| f.value),
                w.images.len(),
            )
        })
        .collect();
    assert_eq!(
        seen,
        [
            (WorkloadKind::Deployment, "web", Some(3), Some(1), 2),
            (WorkloadKind::Job, "migrate", Some(2), Some(1), 1),
            (WorkloadKind::DaemonSet, "agent", Some(5), Some(4), 0),
            (WorkloadKind::StatefulSet, "db", Some(3), None, 0),
            (WorkloadKind::ReplicaSet, "web-5c4d6f7b8", Some(3), None, 0),
            (WorkloadKind::ReplicationController, "old", Some(1), None, 2),
        ]
    );
    assert_eq!(facts.workloads[0].conditions[1].reason.as_deref(), Some("FailedCreate"));
    assert_eq!(facts.workloads[1].failed.as_ref().map(|fact| fact.value), Some(3));
    assert_eq!(facts.workloads[4].owner.as_ref().map(|owner| owner.value.name.as_str()), Some("web"));
    assert!(facts.pods.is_empty());
}

#[test]
fn storage() {
    let facts = read(
        "Name:          data\nNamespace:     blue\nStorageClass:  \nStatus:        Pending\nVolume:        \nLabels:        <none>\nCapacity:      \nAccess Modes:  \nVolumeMode:    Filesystem\nUsed By:       db-0\n\
         Events:\n  Type    Reason         Age                From                         Message\n  Normal  FailedBinding  7s (x3 over 30s)   persistentvolume-controller  no persistent volumes available\n\n\n\
         Name:            pv-1\nLabels:          <none>\nStorageClass:    fast\nStatus:          Released\nClaim:           blue/data\nReclaim Policy:  Retain\nAccess Modes:    RWO\nCapacity:        5Gi\nSource:\n    Type:  HostPath\n    Path:  /x\n\n\n\
         Name:                  fast\nIsDefaultClass:        Yes\nProvisioner:           csi.test\nReclaimPolicy:         Delete\nVolumeBindingMode:     WaitForFirstConsumer\n",
    );
    let claim = &facts.claims[0];
    assert_eq!((text(&claim.name), text(&claim.status), text(&claim.storage_class)), ("data", "Pending", ""));
    assert_eq!((&claim.volume, &claim.capacity), (&None, &None));
    assert_eq!(object(&facts.events[0]), "PersistentVolumeClaim blue/data -");
    assert_eq!((text(&facts.volumes[0].status), text(&facts.volumes[0].claim)), ("Released", "blue/data"));
    assert_eq!((facts.storage_classes[0].default, text(&facts.storage_classes[0].provisioner)), (true, "csi.test"));
}

#[test]
fn configuration_and_services() {
    let facts = read(
        "Name:         conf\nNamespace:    blue\nLabels:       <none>\n\nData\n====\napp.yaml:\n----\nName: fake\nNamespace: fake\npassword: hunter2\n\nlevel:\n----\ninfo\n\nBinaryData\n====\n\nEvents:  <none>\n\n\n\
         Name:         keys\nNamespace:    blue\nType:  Opaque\n\nData\n====\ntoken:  12 bytes\nca.crt:  1024 bytes\n\n\n\
         Name:              web\nNamespace:         blue\nSelector:          app=web\nType:              ClusterIP\nIP Families:       IPv4\nIP:                10.96.0.1\nPort:              http  80/TCP\nTargetPort:        8080/TCP\nEndpoints:         10.0.0.1:8080,10.0.0.2:8080 + 2 more...\nSession Affinity:  None\n\n\n\
         Name:         lone\nNamespace:    blue\nSubsets:\n  Addresses:          <none>\n  NotReadyAddresses:  10.0.0.9\n\n\n\
         Name:                default\nNamespace:           blue\nImage pull secrets:  regcred (not found)\n                     mirror\nMountable secrets:   <none>\nTokens:              <none>\n",
    );
    let keys = |c: &crate::model::Config| -> Vec<(String, String)> {
        c.keys.iter().flatten().map(|key| (key.value.clone(), key.place.text.to_string())).collect()
    };
    let configs: Vec<_> = facts.configs.iter().map(|c| (c.kind, c.name.value.as_str(), keys(c))).collect();
    let pair = |key: &str, line: &str| (key.to_owned(), line.to_owned());
    assert_eq!(
        configs[0],
        (ConfigKind::ConfigMap, "conf", vec![pair("app.yaml", "app.yaml:"), pair("level", "level:")])
    );
    assert_eq!(
        configs[1],
        (ConfigKind::Secret, "keys", vec![pair("token", "token:  12 bytes"), pair("ca.crt", "ca.crt:  1024 bytes")])
    );
    let services: Vec<_> =
        facts.services.iter().map(|s| (s.name.value.as_str(), s.ready_endpoints.as_ref().map(|f| f.value))).collect();
    assert_eq!(services, [("web", Some(4)), ("lone", Some(0))]);
    assert_eq!((facts.services[0].ports[0].as_str(), facts.services[0].selector.len()), ("80/TCP", 1));
    let account = &facts.service_accounts[0];
    assert_eq!(
        account.image_pull_secrets.as_ref().map(|f| f.value.clone()),
        Some(vec!["regcred".to_owned(), "mirror".to_owned()])
    );
    assert_eq!(account.missing_secrets[0].value, "regcred");
    assert!(facts.pods.is_empty());
}

#[test]
fn quotas() {
    let facts = read(
        "Name:         tight\nLabels:       <none>\nAnnotations:  <none>\nStatus:       Active\n\nResource Quotas\n  Name:     limits\n  Resource  Used  Hard\n  --------  ---   ---\n  pods      3     3\n\
         \x20 requests.memory  1Gi  2Gi\n  Name:     other\n  Resource  Used  Hard\n  --------  ---   ---\n  services  0     5\n\nNo LimitRange resource.\n",
    );
    let seen: Vec<_> = facts
        .quotas
        .iter()
        .map(|q| (q.namespace.as_deref(), q.name.as_str(), q.resource.as_str(), q.used.as_str(), q.hard.as_str()))
        .collect();
    assert_eq!(
        seen,
        [
            (Some("tight"), "limits", "pods", "3", "3"),
            (Some("tight"), "limits", "requests.memory", "1Gi", "2Gi"),
            (Some("tight"), "other", "services", "0", "5")
        ]
    );
    assert_eq!(facts.namespaces[0].value, "tight");
    let facts =
        read("Name:       q\nNamespace:  red\nResource    Used  Hard\n--------    ----  ----\ncpu         1     2\n");
    assert_eq!((facts.quotas[0].namespace.as_deref(), facts.quotas[0].name.as_str()), (Some("red"), "q"));
}

#[test]
fn text_of_old_arguments_without_indentation() {
    let facts = read(
        "Name:  x\nNamespace:  d\nNode:  n/1\nContainers:\n  x:\n    Image:  x\n    Args:\n      -c\n      set -e\nName: no\nRestart Count: 99\n    echo done\n    State:          Running\n\
         \x20     Started:      Tue, 16 Jun 2026 08:30:00 +0000\n    Restart Count:  1\n",
    );
    let pod = pod(&facts);
    assert_eq!(pod.containers[0].restart_count.as_ref().map(|fact| fact.value), Some(1));
    assert_eq!(pod.containers[0].state.as_ref().map(|state| state.kind), Some(StateKind::Running));
    assert_eq!(pod.containers[0].args.len(), 5);
}

#[test]
fn anything_at_all_is_read_without_a_panic() {
    let parts = [
        "Name:",
        "Events:",
        "\t",
        "  ",
        "Args:\n",
        "State:",
        "(x",
        "{",
        "}",
        "\u{1b}[",
        "**",
        "&lt;",
        "\u{e4}",
        "Warning",
        "Normal 5s",
        "\n",
        "Message:",
        "_a(",
        UID,
        ")",
        ": ",
        "/",
        "Containers:\n",
        "a:\n",
        "----",
        "\r\n",
        "#",
        "> ",
        "Data\n====\n",
    ];
    let mut seed: u64 = 7;
    for _ in 0..4_000 {
        let mut text = String::new();
        for _ in 0..24 {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            text.push_str(parts[(seed >> 33) as usize % parts.len()]);
        }
        let facts = read(&text);
        for event in &facts.events {
            let line = crate::text::lines(&text).nth(event.place.line as usize - 1).map(|(_, line)| line.trim());
            assert_eq!(line, Some(event.place.text.as_ref()));
        }
    }
}
