//! The replay server against the real kubectl: it answers as an API server does, also when things go wrong.

use std::process::Output;

use super::replay::{self, Cluster, Kubectl, Server, made};

fn zoo(faults: &[&str]) -> Server {
    Server::start(Cluster::described("v1.30.4", include_str!("../replay/every-kind.yaml")), faults)
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn names(output: &str) -> Vec<&str> {
    output.lines().map(|line| line.rsplit('/').next().unwrap_or(line)).collect()
}

#[test]
fn a_long_list_comes_in_pages() {
    for kubectl in Kubectl::all() {
        let server = Server::start(made::big(120, 4), &[]);
        let all = kubectl.output(&server, &["get", "pods", "-A", "-o", "name", "--chunk-size=50"]);
        assert_eq!(all.lines().count(), 120);
        let pages: Vec<_> = server.requests().into_iter().filter(|request| request.path == "/api/v1/pods").collect();
        assert_eq!(pages.len(), 3, "kubectl 1.{}", kubectl.minor);
        assert!(pages[1..].iter().all(|page| page.value("continue").is_some()));
    }
}

#[test]
fn selectors_select() {
    for kubectl in Kubectl::all() {
        let server = zoo(&[]);
        let get =
            |more: &[&str]| kubectl.output(&server, &[&["get", "pods", "-n", "zoo", "-o", "name"], more].concat());
        assert_eq!(names(&get(&["-l", "app in (zebra, ape)"])), ["zebra-0"]);
        assert_eq!(names(&get(&["-l", "!app,!job-name"])), ["evicted-rhino", "pending-panda"]);
        assert_eq!(names(&get(&["--field-selector", "status.phase=Failed"])), ["evicted-rhino"]);
        assert_eq!(names(&get(&["--field-selector", "spec.nodeName!=cage-1"])), ["pending-panda"]);
        let events = ["get", "events", "-A", "--field-selector", "involvedObject.kind=Node", "-o", "name"];
        assert_eq!(names(&kubectl.output(&server, &events)), ["cage-1.17a3f0c2b41d9e5b"]);
        let refused = kubectl.run(&server, &["get", "pods", "-n", "zoo", "--field-selector", "spec.image=x"]);
        assert!(said(&refused).contains("field label not supported: spec.image"));
    }
}

#[test]
fn logs_are_read_as_asked() {
    let sample = concat!(env!("CARGO_MANIFEST_DIR"), "/samples/slow-start-killed-by-liveness/bundle");
    let server = Server::start(Cluster::recorded(sample.as_ref()), &["forbidden:pods/log@elsewhere"]);
    let pod = "catalog-n6s6wtqsvv-9sg8g";
    for kubectl in Kubectl::all() {
        let log = |more: &[&str]| kubectl.run(&server, &[&["logs", "-n", "store", pod], more].concat());
        let text = |more: &[&str]| String::from_utf8(log(more).stdout).expect("text");
        let whole = text(&["--previous"]);
        assert!(whole.lines().count() > 10);
        assert_eq!(
            text(&["--previous", "--tail=2"]).lines().collect::<Vec<_>>(),
            whole.lines().rev().take(2).collect::<Vec<_>>().into_iter().rev().collect::<Vec<_>>()
        );
        assert_eq!(text(&["--previous", "--limit-bytes=100"]), whole[..100]);
        let stamped = text(&["--previous", "--timestamps", "--tail=1"]);
        let (stamp, line) = stamped.split_once(' ').expect("a time");
        assert!(stamp.parse::<jiff::Timestamp>().is_ok() && whole.ends_with(line));
        assert_eq!(text(&["--since=1s"]), "");
        let refused = log(&["-c", "nobody"]);
        assert!(said(&refused).contains("container nobody is not valid for pod"), "{}", said(&refused));
        let nginx = kubectl.run(&server, &["logs", "-n", "store", "storefront-qzvnl4spqx-p5b6f", "--previous"]);
        assert!(said(&nginx).contains("previous terminated container \"nginx\" in pod"), "{}", said(&nginx));
    }
}

#[test]
fn of_secrets_a_table_is_printed_without_data() {
    for kubectl in Kubectl::all() {
        let server = Server::start(made::big(4, 2), &[]);
        let table = kubectl.output(&server, &["get", "secrets", "-A"]);
        assert_eq!(table.lines().count(), 3);
        assert!(server.cluster().planted.iter().all(|value| !table.contains(value.as_str())));
        assert!(server.requests().iter().filter(|r| r.path.ends_with("/secrets")).all(|r| r.wants_table()));
        let json = kubectl.output(&server, &["get", "secrets", "-A", "-o", "json"]);
        assert!(server.cluster().planted.iter().any(|value| json.contains(value.as_str())), "something is planted");
    }
}

#[test]
fn access_is_reviewed_as_it_is_granted() {
    for kubectl in Kubectl::all() {
        let server = zoo(&["forbidden:pods/log@zoo", "forbidden:nodes"]);
        let can = |more: &[&str]| {
            let output = kubectl.run(&server, &[&["auth", "can-i"], more].concat());
            String::from_utf8_lossy(&output.stdout).trim().to_string()
        };
        assert_eq!(can(&["get", "pods", "-n", "zoo"]), "yes", "kubectl 1.{}", kubectl.minor);
        assert_eq!(can(&["get", "pods", "--subresource=log", "-n", "zoo"]), "no");
        assert_eq!(can(&["get", "pods", "--subresource=log", "-n", "other"]), "yes");
        assert_eq!(can(&["list", "nodes"]), "no");
        assert_eq!(can(&["delete", "pods", "-n", "zoo"]), "no");
        let refused = kubectl.run(&server, &["get", "nodes"]);
        assert!(said(&refused).contains("(Forbidden): nodes is forbidden: User"), "{}", said(&refused));
    }
}

#[test]
fn faults_happen_as_kubectl_knows_them() {
    replay::for_all(Kubectl::all(), |kubectl| {
        for (fault, arguments, status, words) in [
            ("not-found:pods", &["get", "pods", "-n", "zoo"][..], 1, "could not find the requested resource"),
            ("500:pods", &["get", "pods", "-n", "zoo"], 1, "etcdserver: request timed out"),
            ("429=1:pods*1", &["get", "pods", "-n", "zoo"], 0, ""),
            (
                "drop:pods",
                &["get", "pods", "-n", "zoo"],
                1,
                if kubectl.minor > 20 { "EOF" } else { "an error on the server" },
            ),
            ("slow=5:pods", &["get", "pods", "-n", "zoo", "--request-timeout=1s"], 1, "exceeded"),
            ("cut=3:pods/log", &["logs", "-n", "zoo", "zebra-0"], 0, ""),
            ("expired:pods", &["get", "pods", "-n", "zoo", "--chunk-size=2"], 1, "too old"),
            ("503:/metrics.k8s.io", &["get", "pods", "-n", "zoo"], 0, ""),
            ("503:/metrics.k8s.io", &["top", "pods", "-n", "zoo"], 1, ""),
        ] {
            let mut cluster = Cluster::described("v1.30.4", include_str!("../replay/every-kind.yaml"));
            cluster.metrics = true;
            let server = Server::start(cluster, &[fault]);
            let output = kubectl.run(&server, arguments);
            let found = (output.status.code(), said(&output));
            assert_eq!(found.0, Some(status), "kubectl 1.{} {fault}: {}", kubectl.minor, found.1);
            assert!(found.1.contains(words), "kubectl 1.{} {fault}: {}", kubectl.minor, found.1);
        }
        Vec::new()
    });
}

#[test]
fn a_log_that_breaks_off_is_told() {
    let sample = concat!(env!("CARGO_MANIFEST_DIR"), "/samples/slow-start-killed-by-liveness/bundle");
    for kubectl in Kubectl::all() {
        let server = Server::start(Cluster::recorded(sample.as_ref()), &["cut=300:pods/log"]);
        let output = kubectl.run(&server, &["logs", "-n", "store", "catalog-n6s6wtqsvv-9sg8g"]);
        assert_eq!((output.status.code(), output.stdout.len()), (Some(1), 300), "kubectl 1.{}", kubectl.minor);
        assert!(said(&output).contains("unexpected EOF"), "{}", said(&output));
    }
}

#[test]
fn nothing_can_be_written() {
    let server = zoo(&[]);
    let output = Kubectl::newest().run(&server, &["delete", "pod", "-n", "zoo", "zebra-0", "--wait=false"]);
    assert!(said(&output).contains("the replay server is read only"), "{}", said(&output));
    assert!(server.cluster().object("pods", "zoo", "zebra-0").is_some());
}
