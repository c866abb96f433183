//! Tables of every shape, and the facts that come of them.

use super::*;
use crate::artifact::{Artifact, Hint};
use crate::model::time::When;
use crate::model::{Pod, Workload};
use crate::text::SectionId;

fn section<'t>(path: &'t str, command: Option<&'t str>, text: &'t str) -> Section<'t> {
    let hint = command.map(|line| Command::parse(line).hint(&Hint::default())).unwrap_or_default();
    Section { id: SectionId::default(), artifact: Artifact::Table, path, first_line: 1, text, hint, command }
}

fn read(text: &str) -> Facts {
    let mut facts = Facts::default();
    table(&section("out.txt", None, text), &mut facts);
    facts
}

/// One line per pod: namespace/name ready/total status restarts last-restart age node @line.
fn pod(pod: &Pod) -> String {
    let show = |value: Option<String>| value.unwrap_or_else(|| "?".to_owned());
    let row = pod.row.as_ref().expect("a row");
    format!(
        "{}/{} {}/{} {} {} {} {} {} @{}",
        show(pod.namespace.clone().map(|n| n.value)),
        show(pod.name.clone().map(|n| n.value)),
        show(row.ready.map(|n| n.to_string())),
        show(row.total.map(|n| n.to_string())),
        row.status,
        show(row.restarts.map(|n| n.to_string())),
        show(row.last_restart.map(|n| n.to_string())),
        show(row.age.map(|n| n.to_string())),
        show(pod.node.clone().map(|n| n.value)),
        row.place.line,
    )
}

fn pods(facts: &Facts) -> Vec<String> {
    facts.pods.iter().map(pod).collect()
}

/// One line per workload: kind namespace/name ready/desired.
fn workload(workload: &Workload) -> String {
    let number =
        |fact: &Option<crate::text::Located<u64>>| fact.as_ref().map_or("?".to_owned(), |n| n.value.to_string());
    format!(
        "{} {}/{} {}/{}",
        workload.kind.name(),
        workload.namespace.as_ref().map_or("?", |n| n.value.as_str()),
        workload.name.as_ref().map_or("?", |n| n.value.as_str()),
        number(&workload.ready),
        number(&workload.desired),
    )
}

fn workloads(facts: &Facts) -> Vec<String> {
    facts.workloads.iter().map(workload).collect()
}

#[test]
fn pods_default() {
    let facts = read(
        "NAME       READY   STATUS             RESTARTS       AGE\n\
         cart-0     0/1     CrashLoopBackOff   12 (2m6s ago)  2d19h\n\
         cart-1     2/2     Running            0              97s\n\
         mail-x     0/1     Init:0/4           0              12s\n",
    );
    assert_eq!(
        pods(&facts),
        [
            "?/cart-0 0/1 CrashLoopBackOff 12 126 241200 ? @2",
            "?/cart-1 2/2 Running 0 ? 97 ? @3",
            "?/mail-x 0/1 Init:0/4 0 ? 12 ? @4",
        ]
    );
    assert_eq!(facts.pods[1].created, Some(When::Ago(97)));
    assert_eq!(
        &*facts.pods[0].row.as_ref().expect("a row").place.text,
        "cart-0     0/1     CrashLoopBackOff   12 (2m6s ago)  2d19h"
    );
}

#[test]
fn pods_of_all_namespaces_wide_with_labels() {
    let facts = read(
        "NAMESPACE   NAME     READY   STATUS    RESTARTS   AGE   IP          NODE     NOMINATED NODE   READINESS GATES   LABELS\n\
         shop        cart-0   1/1     Running   0          3h    10.1.0.7    node-1   <none>           <none>            app=cart,tier=web\n\
         shop        cart-1   0/1     Pending   0          3h    <none>      <none>   <none>           <none>            <none>\n",
    );
    assert_eq!(pods(&facts), ["shop/cart-0 1/1 Running 0 ? 10800 node-1 @2", "shop/cart-1 0/1 Pending 0 ? 10800  @3"]);
    let labels: Vec<_> = facts.pods[0].labels.iter().map(|(k, v)| format!("{k}={v}")).collect();
    assert_eq!(labels, ["app=cart", "tier=web"]);
    assert!(facts.pods[1].labels.is_empty());
}

#[test]
fn collapsed_tabbed_indented_quoted_and_escaped_tables() {
    let expected = ["?/cart-0 0/1 Error 3 44 77 node-1 @2"];
    for text in [
        "NAME READY STATUS RESTARTS AGE IP NODE\ncart-0 0/1 Error 3 (44s ago) 77s 10.1.0.7 node-1",
        "NAME\tREADY\tSTATUS\tRESTARTS\tAGE\tIP\tNODE\ncart-0\t0/1\tError\t3 (44s ago)\t77s\t10.1.0.7\tnode-1",
        "    NAME     READY  STATUS  RESTARTS     AGE   IP   NODE\r\n    cart-0   0/1    Error   3 (44s ago)  77s   10.1.0.7   node-1\r\n",
        "# NAME     READY  STATUS  RESTARTS     AGE   IP   NODE\n# cart-0   0/1    Error   3 (44s ago)  77s   10.1.0.7   node-1\n",
        "NAME     READY  STATUS  RESTARTS     AGE   IP   NODE\ncart-0   0/1    **Error**   3 (44s ago)  77s   10.1.0.7   node-1",
        "NAME                      READY STATUS RESTARTS AGE IP NODE\ncart-0 0/1      Error 3 (44s ago)   77s   10.1.0.7 node-1",
    ] {
        assert_eq!(pods(&read(text)), expected, "{text}");
    }
}

#[test]
fn rows_without_header() {
    let facts = read(
        "kube-system    metrics-7b4c   0/1   Running   11 (6h21m ago)   16h   10.244.1.5   node-2   <none>   <none>\n\
         kube-system    proxy-c9h6f    1/1   Running   0                24h   10.0.0.4     node-2   <none>   <none>\n",
    );
    assert_eq!(
        pods(&facts),
        [
            "kube-system/metrics-7b4c 0/1 Running 11 22860 57600 node-2 @1",
            "kube-system/proxy-c9h6f 1/1 Running 0 ? 86400 node-2 @2"
        ]
    );
    let facts = read("...\nweb-0   0/1   Error   0   4m\n");
    assert_eq!(pods(&facts), ["?/web-0 0/1 Error 0 ? 240 ? @2"]);

    let mut facts = Facts::default();
    let text = "shop   db      1/1   25h   postgres   postgres:16   app=db\ndefault  cache   0/1   2d   redis   redis:7   <none>\n";
    table(&section("get-statefulsets-db.txt", None, text), &mut facts);
    assert_eq!(workloads(&facts), ["StatefulSet shop/db 1/1", "StatefulSet default/cache 0/1"]);
    assert_eq!(facts.workloads[0].images[0].value, "postgres:16");

    let mut facts = Facts::default();
    let text = "shop   load   Failed   0/1   9m31s   9m31s   curl   curl:8   a=b   a=b,job-name=load\n";
    table(&section("x.txt", Some("kubectl get jobs -A | grep load"), text), &mut facts);
    assert_eq!(workloads(&facts), ["Job shop/load 0/1"]);
    assert_eq!(facts.workloads[0].conditions[0].kind, "Failed");
}

#[test]
fn the_last_row_of_a_watch_is_the_state() {
    let facts = read(
        "NAME    READY   STATUS    RESTARTS   AGE\n\
         web-a   1/1     Running   0          10s\n\
         web-b   1/1     Running   0          10s\n\
         web-a   0/1     Running   1 (0s ago)   15s\n\
         ...\n\
         web-a   0/1     CrashLoopBackOff   3 (1s ago)   61s\n",
    );
    assert_eq!(pods(&facts), ["?/web-a 0/1 CrashLoopBackOff 3 1 61 ? @6", "?/web-b 1/1 Running 0 ? 10 ? @3"]);
}

#[test]
fn get_all() {
    let facts = read(
        "NAME          READY   STATUS    RESTARTS   AGE\n\
         pod/web-5c4   1/1     Running   0          7m\n\
         \n\
         NAME          TYPE           CLUSTER-IP   EXTERNAL-IP   PORT(S)          AGE\n\
         service/web   LoadBalancer   10.5.2.2                   3000:31171/TCP   7m\n\
         \n\
         NAME                  READY   UP-TO-DATE   AVAILABLE   AGE\n\
         deployment.apps/web   1/2     1            1           7m\n\
         \n\
         NAME                       DESIRED   CURRENT   READY   AGE\n\
         replicaset.apps/web-5c4    2         2         1       7m\n\
         NAME                     COMPLETIONS   DURATION   AGE\n\
         job.batch/load           0/1 of 3      45s        45s\n\
         NAME                  REFERENCE        TARGETS         MINPODS   MAXPODS   REPLICAS   AGE\n\
         horizontalpodautoscaler.autoscaling/web   Deployment/web   <unknown>/80%   1   3   1   7m\n",
    );
    assert_eq!(pods(&facts), ["?/web-5c4 1/1 Running 0 ? 420 ? @2"]);
    assert_eq!(facts.services[0].name.value, "web");
    assert_eq!(facts.services[0].ports, ["3000:31171/TCP"]);
    assert_eq!(workloads(&facts), ["Deployment ?/web 1/2", "ReplicaSet ?/web-5c4 1/2", "Job ?/load 0/1"]);
    assert!(facts.gaps.is_empty());
}

#[test]
fn workloads_of_old_and_new_servers() {
    let facts = read(
        "NAME   DESIRED   CURRENT   UP-TO-DATE   AVAILABLE   AGE\n\
         web    3         3         3            2           5h\n\
         \n\
         NAME    DESIRED   CURRENT   READY   UP-TO-DATE   AVAILABLE   NODE SELECTOR            AGE\n\
         agent   5         5         4       5            4           kubernetes.io/os=linux   9d\n\
         \n\
         NAME   DESIRED   SUCCESSFUL   AGE\n\
         load   1         0            3m\n\
         \n\
         NAME   SCHEDULE      TIMEZONE   SUSPEND   ACTIVE   LAST SCHEDULE   AGE\n\
         sync   */5 * * * *   <none>     False     0        3m              9d\n",
    );
    assert_eq!(
        workloads(&facts),
        ["Deployment ?/web 2/3", "DaemonSet ?/agent 4/5", "Job ?/load 0/1", "CronJob ?/sync ?/?"]
    );
}

#[test]
fn nodes() {
    let facts = read(
        "NAME     STATUS                     ROLES           AGE   VERSION   LABELS\n\
         node-1   Ready                      control-plane   44d   v1.34.3   kubernetes.io/arch=arm64,a=\n\
         node-2   NotReady,SchedulingDisabled   <none>       44d   v1.33.6   <none>\n",
    );
    let shown: Vec<_> = facts
        .nodes
        .iter()
        .map(|node| {
            let text =
                |fact: &Option<crate::text::Located<String>>| fact.as_ref().map_or("?".to_owned(), |f| f.value.clone());
            format!(
                "{} {} {} {} {}",
                text(&node.name),
                text(&node.row_status),
                text(&node.kubelet_version),
                text(&node.architecture),
                node.unschedulable.is_some()
            )
        })
        .collect();
    assert_eq!(shown, ["node-1 Ready v1.34.3 arm64 false", "node-2 NotReady,SchedulingDisabled v1.33.6 ? true"]);
}

#[test]
fn storage() {
    let facts = read(
        "NAME   STATUS    VOLUME    CAPACITY   ACCESS MODES   STORAGECLASS   VOLUMEATTRIBUTESCLASS   AGE   VOLUMEMODE   LABELS\n\
         data   Pending                                      fast           <unset>                 12m   Filesystem   <none>\n\
         logs   Bound     pvc-77    10Gi       RWO,ROX        slow           <unset>                 12m   Filesystem   <none>\n\
         \n\
         NAME     CAPACITY   ACCESS MODES   RECLAIM POLICY   STATUS     CLAIM       STORAGECLASS   REASON   AGE\n\
         pvc-77   10Gi       RWO            Delete           Bound      shop/logs   slow                    12m\n\
         old      1Gi        RWX            Retain           Available                                      9d\n\
         \n\
         NAME             PROVISIONER             RECLAIMPOLICY   VOLUMEBINDINGMODE   ALLOWVOLUMEEXPANSION   AGE\n\
         slow (default)   rancher.io/local-path   Delete          Immediate           false                  9d\n",
    );
    let text = |fact: &Option<crate::text::Located<String>>| fact.as_ref().map_or("?".to_owned(), |f| f.value.clone());
    let claims: Vec<_> = facts
        .claims
        .iter()
        .map(|c| [&c.name, &c.status, &c.volume, &c.capacity, &c.access_modes, &c.storage_class].map(text).join(" "))
        .collect();
    assert_eq!(claims, ["data Pending ? ? ? fast", "logs Bound pvc-77 10Gi RWO,ROX slow"]);
    let volumes: Vec<_> = facts
        .volumes
        .iter()
        .map(|v| [&v.name, &v.status, &v.claim, &v.storage_class, &v.capacity].map(text).join(" "))
        .collect();
    assert_eq!(volumes, ["pvc-77 Bound shop/logs slow 10Gi", "old Available ? ? 1Gi"]);
    let class = &facts.storage_classes[0];
    assert_eq!(
        (class.name.value.as_str(), class.default, text(&class.provisioner).as_str()),
        ("slow", true, "rancher.io/local-path")
    );
}

#[test]
fn what_is_in_no_namespace_has_an_empty_cell() {
    let facts = read(
        "NAMESPACE   NAME                         STATUS   VOLUME   CAPACITY   ACCESS MODES   STORAGECLASS   AGE\n\
         shop        persistentvolumeclaim/data   Bound    pvc-77   10Gi       RWO            slow           12m\n\
         \n\
         NAMESPACE   NAME                      CAPACITY   ACCESS MODES   RECLAIM POLICY   STATUS   CLAIM       STORAGECLASS   REASON   AGE\n\
         \x20           persistentvolume/pvc-77   10Gi       RWO            Delete           Bound    shop/data   slow                    12m\n\
         \n\
         NAMESPACE   NAME                                         PROVISIONER       RECLAIMPOLICY   VOLUMEBINDINGMODE   ALLOWVOLUMEEXPANSION   AGE\n\
         \x20           storageclass.storage.k8s.io/slow (default)   ebs.csi.aws.com   Delete          Immediate           true                   12m\n",
    );
    let class = &facts.storage_classes[0];
    assert_eq!((class.name.value.as_str(), class.default), ("slow", true));
    assert!(facts.gaps.is_empty(), "{:?}", facts.gaps);
    let text = |fact: &Option<crate::text::Located<String>>| fact.as_ref().map_or("?".to_owned(), |f| f.value.clone());
    assert_eq!(facts.volumes.iter().map(|v| text(&v.name)).collect::<Vec<_>>(), ["pvc-77"]);
    assert_eq!(facts.claims.iter().map(|c| text(&c.namespace)).collect::<Vec<_>>(), ["shop"]);
}

#[test]
fn names_keys_endpoints_namespaces_and_quotas() {
    let mut facts = Facts::default();
    let text = "NAME        TYPE     DATA   AGE\n\
                db-secret   Opaque   2      15m\n\
                empty       Opaque   0      15m\n\
                \n\
                NAME               DATA   AGE\n\
                kube-root-ca.crt   1      9d\n\
                \n\
                NAME   ENDPOINTS                           AGE\n\
                web    10.0.0.1:80,10.0.0.2:80 + 1 more... 9d\n\
                db     <none>                              9d\n\
                \n\
                NAME       STATUS   AGE\n\
                shop       Active   9d\n\
                \n\
                NAME   AGE   REQUEST                             LIMIT\n\
                team   9d    pods: 3/10, requests.cpu: 100m/1    limits.cpu: 0/2\n";
    table(&section("x.txt", Some("kubectl get all -n shop"), text), &mut facts);
    let configs: Vec<_> =
        facts.configs.iter().map(|c| (c.namespace.as_deref(), c.name.value.as_str(), c.keys.clone())).collect();
    assert_eq!(
        configs,
        [
            (Some("shop"), "db-secret", None),
            (Some("shop"), "empty", Some(Vec::new())),
            (Some("shop"), "kube-root-ca.crt", None)
        ]
    );
    let endpoints: Vec<_> =
        facts.services.iter().map(|s| (s.name.value.as_str(), s.ready_endpoints.as_ref().map(|n| n.value))).collect();
    assert_eq!(endpoints, [("web", Some(3)), ("db", Some(0))]);
    assert_eq!(facts.namespaces[0].value, "shop");
    let quotas: Vec<_> =
        facts.quotas.iter().map(|q| format!("{} {} {}/{}", q.name, q.resource, q.used, q.hard)).collect();
    assert_eq!(quotas, ["team pods 3/10", "team requests.cpu 100m/1", "team limits.cpu 0/2"]);
}

#[test]
fn top() {
    let facts = read(
        "NAME     CPU(cores)   CPU%        MEMORY(bytes)   MEMORY%\n\
         node-1   117m         2%          1387Mi          18%\n\
         node-2   <unknown>    <unknown>   <unknown>       <unknown>\n\
         \n\
         NAMESPACE   POD     NAME   CPU(cores)   MEMORY(bytes)\n\
         shop        web-0   app    1m           84Mi\n",
    );
    let shown: Vec<_> = facts
        .usages
        .iter()
        .map(|u| {
            format!(
                "{:?} {} {:?} {} {:?} {:?} {:?} {:?}",
                u.namespace, u.name, u.container, u.node, u.cpu, u.memory, u.cpu_percent, u.memory_percent
            )
        })
        .collect();
    assert_eq!(
        shown,
        [
            "None node-1 None true Some(\"117m\") Some(\"1387Mi\") Some(2) Some(18)",
            "None node-2 None true None None None None",
            "Some(\"shop\") web-0 Some(\"app\") false Some(\"1m\") Some(\"84Mi\") None None",
        ]
    );
}

#[test]
fn rows_wrapped_by_a_terminal() {
    // Eighty characters wide, cut in the middle of words, header and rows alike.
    let text = "NAMESPACE     NAME                                READY   STATUS             REST\n\
                ARTS      AGE     IP            NODE\n\
                monitoring    prometheus-kube-prometheus-0        1/2     CrashLoopBackOff   7 (3\n\
                2s ago)   11m     10.0.219.148  node-alpha\n\
                monitoring    prometheus-kube-prometheus-1        2/2     Running            0   \n\
                          11m     10.0.219.149  node-beta\n";
    assert_eq!(
        pods(&read(text)),
        [
            "monitoring/prometheus-kube-prometheus-0 1/2 CrashLoopBackOff 7 32 660 node-alpha @3",
            "monitoring/prometheus-kube-prometheus-1 2/2 Running 0 ? 660 node-beta @5"
        ]
    );
}

#[test]
fn a_row_cut_in_the_middle() {
    let facts = read(
        "NAME    READY   STATUS    RESTARTS   AGE   IP         NODE\n\
         web-0   1/1     Running   2 (3h ago)   5d    10.0.0.1   node-1\n\
         web-1   0/1     CrashLoopBackOff   3 (2m\n",
    );
    assert_eq!(
        pods(&facts),
        ["?/web-0 1/1 Running 2 10800 432000 node-1 @2", "?/web-1 0/1 CrashLoopBackOff 3 ? ? ? @3"]
    );
}

#[test]
fn words_around_rows_are_no_rows() {
    let facts = read(
        "NAME    READY   STATUS    RESTARTS   AGE\n\
         web-0   1/1     Running   2          5d\n\
         as you can see web-0 runs\n\
         [...]\n",
    );
    assert_eq!(facts.pods.len(), 1);
    let facts = read("NAME    READY   STATUS    RESTARTS   AGE\nnothing to see\n");
    assert_eq!(facts.gaps.len(), 1);
    assert!(read("").gaps.is_empty());
    assert!(read("NAME    READY   STATUS    RESTARTS   AGE\n").gaps.is_empty());
}

#[test]
fn events_tables_are_told_apart() {
    for text in [
        "LAST SEEN   TYPE     REASON   OBJECT      MESSAGE\n49m   Normal   Pulled   Pod/web   ok\n",
        "32s   Normal   Pulled   pod/web   Container image \"x\" already present\n",
        "shop   3m (x5 over 9m)   Warning   BackOff   pod/web   Back-off\n",
    ] {
        assert!(is_events(&section("x.txt", None, text)), "{text}");
        assert!(read(text).pods.is_empty());
    }
    assert!(is_events(&section("x.txt", Some("kubectl events -n a"), "")));
    assert!(!is_events(&section("x.txt", None, "NAME READY STATUS RESTARTS AGE\n")));
}
