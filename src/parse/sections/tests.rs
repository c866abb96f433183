//! Saved files of every shape, and the outputs they are cut into.

use super::*;
use crate::artifact::LogRun;

/// One line per section: artifact, its first line's number, how many lines that are not blank, what the hint says.
fn cut(path: &str, text: &str) -> Vec<String> {
    shown(&split(FileId(3), path, text, &Hint::default()))
}

fn shown(sections: &[Section<'_>]) -> Vec<String> {
    sections
        .iter()
        .enumerate()
        .map(|(index, section)| {
            assert_eq!(section.id, SectionId { file: FileId(3), index: index as u32 });
            let lines = section.lines().filter(|(_, line)| !line.trim().is_empty()).count();
            let mut line = format!("{} @{} {lines}", section.artifact.name(), section.first_line);
            let hint = &section.hint;
            for part in [&hint.namespace, &hint.pod, &hint.container].into_iter().flatten() {
                line.push(' ');
                line.push_str(part);
            }
            if hint.run == LogRun::Previous {
                line.push_str(" previous");
            }
            line
        })
        .collect()
}

#[test]
fn outputs_under_prompts() {
    let text = "\
jo@bastion:~$ kubectl get pods -n shop
NAME    READY   STATUS             RESTARTS      AGE
web-0   0/1     CrashLoopBackOff   5 (31s ago)   4m24s
jo@bastion:~$ kubectl describe pod web-0 -n shop
Name:             web-0
Namespace:        shop
Priority:         0

Events:  <none>
jo@bastion:~$ date
Tue Mar  3 10:00:00 UTC 2026
jo@bastion:~$ kubectl logs web-0 -c app -n shop --previous
starting
panic: no database
jo@bastion:~$ kubectl get pod web-0 -o yaml -n shop
apiVersion: v1
kind: Pod
metadata:
  name: web-0
jo@bastion:~$ kubectl get svc -n shop
Error from server (Forbidden): services is forbidden
jo@bastion:~$
";
    assert_eq!(
        cut("terminal.txt", text),
        [
            "table @2 2 shop",
            "describe @5 4 shop web-0",
            "other @11 1",
            "log @13 2 shop web-0 app previous",
            "yaml @16 4 shop web-0",
            "stderr @21 1 shop",
        ]
    );
    let sections = split(FileId(3), "terminal.txt", text, &Hint::default());
    assert_eq!(sections[0].command, Some("kubectl get pods -n shop"));
}

#[test]
fn every_style_of_prompt_and_heading() {
    for lead in ["$ ", "# ", "% ", "PS C:\\> ", "[jo@b ~]$ ", "+ ", "===== ", "", "controlplane $ ", "Every 2.0s: "] {
        let tail = if lead.starts_with('=') { " =====" } else { "" };
        let text = format!(
            "{lead}kubectl get pods{tail}\nNAME   READY   STATUS   RESTARTS   AGE\na      1/1     Running  0          1d\n\n\
             {lead}kubectl logs a{tail}\nhello there\nworld\n\n{lead}kubectl top nodes{tail}\nerror: Metrics API not available\n"
        );
        assert_eq!(cut("x.txt", &text), ["table @2 2", "log @6 2 a", "stderr @10 1"], "{lead}");
    }
}

#[test]
fn a_command_over_two_lines() {
    let text = "$ kubectl get pods \\\n    -n shop\nNAME READY STATUS RESTARTS AGE\n";
    assert_eq!(cut("x.txt", text), ["table @3 1 shop"]);
}

#[test]
fn outputs_without_prompts() {
    let text = "\
NAME    READY   STATUS    RESTARTS   AGE
web-0   0/1     Pending   0          4m

NAME   STATUS    VOLUME   CAPACITY   ACCESS MODES   STORAGECLASS   AGE
data   Pending                                      fast           12m

LAST SEEN   TYPE      REASON    OBJECT      MESSAGE
2m          Warning   Failed    pod/web-0   bad

Name:         web-0
Namespace:    shop
Labels:       app=web
Status:       Pending

Name:         web-1
Namespace:    shop
Labels:       app=web
apiVersion: v1
kind: Pod
metadata:
  name: x
---
apiVersion: v1
kind: Pod
{
  \"apiVersion\": \"v1\",
  \"kind\": \"Pod\"
}
{
  \"apiVersion\": \"v1\",
  \"kind\": \"Pod\"
}
Client Version: v1.30.1
Server Version: v1.30.2
";
    // YAML right below a describe is cut off only after a blank line.
    let text = text.replace("app=web\napiVersion", "app=web\n\napiVersion");
    assert_eq!(
        cut("x.txt", &text),
        ["table @1 4", "table @7 2", "describe @10 7", "yaml @19 7", "json @26 8", "version @34 2"]
    );
}

#[test]
fn fences_and_sentences() {
    let text = "\
Since this morning our shop does not come up any more.

Output of `kubectl get pods -n shop`:

```
NAME    READY   STATUS    RESTARTS   AGE
web-0   0/1     Pending   0          4m
```

Here is what the container says, what can we do?

```
2026-03-03T10:00:01Z ERROR no route to host
2026-03-03T10:00:02Z ERROR giving up
```
";
    assert_eq!(cut("issue.txt", text), ["other @1 1", "table @6 2 shop", "other @9 1", "log @13 2"]);
}

#[test]
fn fragments() {
    for (text, expected) in [
        (
            "kube-system   dns-0   0/1   Running   11 (6h21m ago)   16h   10.0.0.1   n1   <none>   <none>\n",
            "table @1 1",
        ),
        ("...\n  Warning  BackOff  3m (x5 over 9m)  kubelet  Back-off restarting\n", "describe @1 2"),
        ("#   Normal   Pulled  3m  kubelet  ok\n#   Warning  Failed  2m  kubelet  bad\n", "describe @1 2"),
        ("32s   Normal   Pulled   pod/web   ok\n30s   Normal   Created   pod/web   ok\n", "table @1 2"),
        (
            "      Reason:       CrashLoopBackOff\n    Last State:     Terminated\n      Exit Code:    0\n",
            "describe @1 3",
        ),
        ("Namespace:    shop\n***\n***\nStart Time:   Wed, 12 Jun 2024 19:35:44 +0800\n", "describe @1 4"),
        ("Name:\tbad\nNamespace:\tdefault\nImage(s):\tbusybox\nSelector:\ta=b\n", "describe @1 4"),
        (
            "    NAME       READY     STATUS    RESTARTS   AGE\r\n    web-0      1/1       Running   0          5h\r\n",
            "table @1 2",
        ),
    ] {
        assert_eq!(cut("x.txt", text), [expected], "{text}");
    }
}

#[test]
fn errors_alone_in_a_file() {
    for text in [
        "Error from server (NotFound): pods \"web\" not found\n",
        "error: Metrics API not available",
        "error: the server doesn't have a resource type \"scaledobject\"\n",
        "No resources found in shop namespace.\n",
        "Unable to connect to the server: dial tcp 10.0.0.1:6443: i/o timeout\n",
        "E0303 10:00:00.1  7 memcache.go:287] couldn't get resource list\nError from server (Forbidden): nope\n",
    ] {
        let sections = split(FileId(3), "out.txt", text, &Hint::default());
        assert_eq!(sections.len(), 1, "{text}");
        assert_eq!(sections[0].artifact, Artifact::Stderr, "{text}");
    }
    let waiting = "Error from server (BadRequest): container \"a\" in pod \"b\" is waiting to start: PodInitializing";
    assert_eq!(cut("out.txt", waiting), ["log @1 1"]);
    let hint = Hint { artifact: Some(Artifact::Json), ..Hint::default() };
    assert_eq!(shown(&split(FileId(3), "pods.json", "Error from server (Forbidden): x\n", &hint)), ["stderr @1 1"]);
}

#[test]
fn logs_stay_whole() {
    for text in [
        "{\"message\":\"Tracing enabled.\",\"severity\":\"info\"}\npanic: no address\n",
        "yarn run v1.22\n$ node server.js\nListening\n",
        "+ kubectl get secret db\nError from server (NotFound): secrets \"db\" not found\n",
        "2026-03-03T10:00:00Z Starting\n\n# A fatal error has been detected by the Java Runtime Environment:\n#\n#  SIGSEGV\n",
    ] {
        let lines = text.lines().filter(|line| !line.is_empty()).count();
        assert_eq!(cut("app.log", text), [format!("log @1 {lines}")], "{text}");
        assert!(looks_like_log(text.as_bytes(), "app.log"), "{text}");
    }
    let bare = "Connecting to primary...\nDone\nTimeout\n";
    assert!(looks_like_log(bare.as_bytes(), "x.txt"));
    for other in [
        "NAME   READY   STATUS   RESTARTS   AGE\n",
        "$ kubectl logs a\nhello\n",
        "{\"kind\":\"PodList\",\"apiVersion\":\"v1\",\"items\":[",
        "Name:  a\nNamespace:  b\nLabels:  c\n",
        "==== START logs for container a of pod b/c ====\nhello\n",
        "Dear colleagues, please have a look at this today.\n",
        "",
    ] {
        assert!(!looks_like_log(other.as_bytes(), "x.txt"), "{other}");
    }
}

#[test]
fn a_dump_with_marked_logs() {
    let text = "\
{
    \"kind\": \"PodList\",
    \"apiVersion\": \"v1\",
    \"items\": null
}
==== START logs for container app of pod shop/web-0 ====
NAME   READY   STATUS   RESTARTS   AGE
last words==== END logs for container app of pod shop/web-0 ====
==== START logs for container side of pod shop/web-0 ====
==== END logs for container side of pod shop/web-0 ====
{
    \"kind\": \"EventList\",
    \"apiVersion\": \"v1\",
    \"items\": []
}
";
    assert_eq!(
        cut("dump.txt", text),
        ["json @1 5", "log @7 2 shop web-0 app", "log @10 0 shop web-0 side", "json @11 5"]
    );
}

#[test]
fn the_layout_is_trusted() {
    let hint = |artifact| Hint { artifact: Some(artifact), namespace: Some("shop".to_owned()), ..Hint::default() };
    let text = "NAME   READY   STATUS   RESTARTS   AGE\nweb 1/1 Running 0 1d\n";
    assert_eq!(shown(&split(FileId(3), "a.log", text, &hint(Artifact::Log))), ["log @1 2 shop"]);
    assert_eq!(shown(&split(FileId(3), "a", "Labels: x\n", &hint(Artifact::Describe))), ["describe @1 1 shop"]);
    assert_eq!(shown(&split(FileId(3), "a", "  \"x\": 1 }\n", &hint(Artifact::Json))), ["json @1 1 shop"]);
    assert_eq!(shown(&split(FileId(3), "a", "", &hint(Artifact::Json))), ["json @1 0 shop"]);
    assert_eq!(shown(&split(FileId(3), "a", "path\texitStatus\n", &hint(Artifact::Commands))), ["commands @1 1 shop"]);
}

#[test]
fn files_of_the_collector_and_other_files() {
    assert_eq!(
        cut("x", "path\texitStatus\tseconds\tbytes\tcommand\na.txt\t0\t1\t2\tkubectl get pods\n"),
        ["commands @1 2"]
    );
    assert_eq!(cut("x", &format!("{}  a/b.txt\n", "0f".repeat(32))), ["checksums @1 1"]);
    assert_eq!(cut("x", "layoutVersion: 1\ncollectedAt: 2026-03-03T10:00:00Z\n"), ["bundle-header @1 2"]);
    assert_eq!(cut("README.md", "# Our shop\n\nHow it is deployed, and by whom it is run.\n"), ["other @1 2"]);
    assert_eq!(cut("values.yaml", "replicas: 3\nimage: a\n"), ["other @1 2"]);
    assert_eq!(cut("logs-web.txt", ""), ["log @1 0"]);
    assert_eq!(cut("web.txt", ""), ["other @1 0"]);
}

#[test]
fn an_empty_log_under_a_prompt_is_said_to_be_empty() {
    let text = "$ kubectl logs web-0\n$ kubectl get pods\nNo resources found in default namespace.\n";
    assert_eq!(cut("x.txt", text), ["log @2 0 web-0", "stderr @3 1"]);
}

#[test]
fn hostile_texts_are_cut_without_harm() {
    for text in [
        "\u{1b}[",
        "```",
        "``` ```\n```",
        "{",
        "[[[[",
        "---",
        "==== START logs for container ",
        "$ kubectl logs",
        "\\",
        "$ kubectl get \\",
    ] {
        let _ = split(FileId(0), text, text, &Hint::default());
    }
    let long = "\u{e4}".repeat(200_000);
    assert_eq!(split(FileId(0), "x", &long, &Hint::default()).len(), 1);
    let nested = "{\"a\":".repeat(100_000);
    assert_eq!(split(FileId(0), "x", &nested, &Hint::default()).len(), 1);
}

#[test]
fn a_log_without_a_line_end_before_the_next_prompt() {
    let text =
        "jo@b:~$ kubectl logs web-0\nstarting\nlast wordsjo@b:~$ kubectl get pods\nNAME READY STATUS RESTARTS AGE\n";
    let sections = split(FileId(3), "x.txt", text, &Hint::default());
    assert_eq!(shown(&sections), ["log @2 2 web-0", "table @4 1"]);
    assert_eq!(sections[0].text, "starting\nlast words");
}

#[test]
fn details_of_a_web_page() {
    let text = "<details><summary>kubectl describe pod web-0</summary>\n\n```\nName:  web-0\nNamespace:  shop\nLabels:  a=b\n```\n</details>\n";
    assert_eq!(cut("x.md", text), ["describe @4 3 web-0", "other @8 1"]);
}

#[test]
fn stderr_by_its_name() {
    assert_eq!(cut("a/web.log.stderr", "Defaulted container \"a\" out of: a, b\n"), ["stderr @1 1"]);
}

#[test]
fn a_log_of_json_lines_is_looked_at_line_by_line() {
    let line = "[2026-03-03] {\"a\": 1}\n{\"level\":\"info\",\"msg\":\"x\"}\n{\n";
    let text = format!("$ kubectl get pods\nNAME READY STATUS RESTARTS AGE\n\n{}", line.repeat(20_000));
    let sections = split(FileId(3), "x.txt", &text, &Hint::default());
    assert_eq!(shown(&sections), ["table @2 1", "log @4 60000"]);
}

#[test]
fn a_dumps_log_ends_at_the_mark_that_the_next_log_or_object_follows() {
    let text = "# comment\n\n==== START logs for container app of pod shop/web-0 ====\n\
                said: ==== END logs for container app of pod shop/web-0 ====\ngoes on\n\
                ==== START logs for container other of pod x/y ====\n\
                last==== END logs for container app of pod shop/web-0 ====\n\
                ==== START logs for container side of pod shop/web-0 ====\n\
                ==== END logs for container side of pod shop/web-0 ====\n\
                {\n    \"kind\": \"PodList\",\n    \"items\": []\n}\n\
                ==== START logs for container a of pod b/c ====\nnever ended\n\
                ==== START logs for container d of pod b/c ====\nhello\n\
                ==== END logs for container d of pod b/c ====\n";
    let sections = split(FileId(0), "shop/web-0/logs.txt", text, &Hint::default());
    let found: Vec<_> = sections
        .iter()
        .filter(|section| section.artifact != Artifact::Other)
        .map(|section| {
            (section.artifact, section.hint.container.as_deref().unwrap_or(""), section.text.lines().count())
        })
        .collect();
    let log = Artifact::Log;
    assert_eq!(found, [(log, "app", 4), (log, "side", 0), (Artifact::Json, "", 4), (log, "a", 1), (log, "d", 1)]);
    assert!(sections.iter().filter(|section| section.artifact == log).all(|section| is_marked(section, text)));
    assert!(!looks_like_log(text.as_bytes(), "shop/web-0/logs.txt"));
}
