//! Which line of a log is decisive: the root cause of a trace, not what wraps it, and not what was over.

use super::bundle::{Bundle, Scene, is_in};
use kubemortem::catalog::Catalog;
use serde_json::Value;

/// What a container printed that ended with code 1; cause, and the line that is cited first.
const LOGS: [(&str, &str, &str); 6] = [
    (
        "2026-02-11 08:58:04 INFO starting\norg.example.BeanError: cannot create bean\n\tat org.example.Factory.create(Factory.java:10)\nCaused by: java.lang.IllegalStateException: no handler for orders\n\tat shop.Orders.open(Orders.java:8)\n\t... 23 more\n",
        "app-exception",
        "Caused by: java.lang.IllegalStateException: no handler for orders",
    ),
    (
        "thread 'main' panicked at src/main.rs:9:5:\nno leader in group shop\nnote: run with `RUST_BACKTRACE=1` environment variable to display a backtrace\n",
        "app-exception",
        "no leader in group shop",
    ),
    (
        "Traceback (most recent call last):\n  File \"/app/main.py\", line 8, in <module>\n    check()\nValueError: 3 shards, 2 configured\n\nThe above exception was the direct cause of the following exception:\n\nTraceback (most recent call last):\n  File \"/app/main.py\", line 10, in <module>\n    raise RuntimeError(\"start failed\") from error\nRuntimeError: start failed\n",
        "app-exception",
        "ValueError: 3 shards, 2 configured",
    ),
    // The wrapper speaks of a connection; its root is a name that does not resolve.
    (
        "org.example.PoolException: Connection to orders-db:5432 refused\n\tat org.example.Pool.open(Pool.java:10)\nCaused by: java.net.UnknownHostException: orders-db: Name or service not known\n\tat java.net.InetAddress.resolve(InetAddress.java:90)\n\t... 41 more\n",
        "dns-resolution-failed",
        "Caused by: java.net.UnknownHostException: orders-db: Name or service not known",
    ),
    // The database was reached in the end; the program ends for something else.
    (
        "2026-02-11 08:58:01 ERROR dial tcp orders-db:5432: connect: connection refused\n2026-02-11 08:58:02 INFO connected to orders-db:5432\n2026-02-11 08:58:04 INFO loading\npanic: no leader in group shop\n\ngoroutine 1 [running]:\nmain.main()\n\t/src/main.go:5 +0x25\n",
        "app-exception",
        "panic: no leader in group shop",
    ),
    (
        "2026-02-11 08:58:01 INFO starting\n2026-02-11 08:58:02 ERROR dial tcp orders-db:5432: connect: connection refused\n",
        "dependency-unavailable",
        "2026-02-11 08:58:02 ERROR dial tcp orders-db:5432: connect: connection refused",
    ),
];

#[test]
fn the_root_cause_of_a_log_is_cited() {
    let catalog = Catalog::built_in().expect("the catalogue");
    let mut bundle = Bundle::default();
    let all: Vec<_> =
        LOGS.iter().map(|(log, cause, line)| (bundle.add(Scene::Log((*log).to_owned())), cause, line)).collect();
    let report = bundle.report(&catalog);
    for (namespace, cause, line) in all {
        let incidents = report["incidents"].as_array().expect("incidents");
        let incident = incidents.iter().find(|incident| is_in(incident, &namespace)).expect("an incident");
        assert_eq!(incident["cause"], **cause, "{line}\n{incident:#}");
        assert_eq!(incident["evidence"][0]["text"], **line, "{cause}");
    }
}

#[test]
fn a_line_without_zone_stands_at_its_time_where_the_run_ties_it() {
    let catalog = Catalog::built_in().expect("the catalogue");
    let mut bundle = Bundle::default();
    // The run lasts from 08:58:00Z to 08:58:05Z.
    let namespaces: Vec<String> = ["2026-02-11 08:58:02", "2026-02-11 10:58:02", "2026-02-11 08:40:00"]
        .iter()
        .map(|time| {
            bundle.add(Scene::Log(format!(
                "{time} ERROR dial tcp orders-{}:5432: connect: connection refused\n",
                &time[11..13]
            )))
        })
        .collect();
    let report = bundle.report(&catalog);
    let moment = |namespace: &str| -> Option<&Value> {
        let incidents = report["incidents"].as_array()?;
        let incident = incidents.iter().find(|incident| is_in(incident, namespace))?;
        incident["timeline"]
            .as_array()?
            .iter()
            .find(|moment| moment["what"].as_str().is_some_and(|what| what.starts_with("log: ")))
    };
    for namespace in &namespaces[..2] {
        let moment = moment(namespace).expect("a moment of the log");
        assert_eq!(moment["time"], "2026-02-11T08:58:02Z", "{moment:#}");
        assert_eq!(moment["approximate"], false);
    }
    let two_hours_ahead = moment(&namespaces[1]).expect("a moment");
    assert!(two_hours_ahead["what"].as_str().is_some_and(|what| what.contains("UTC+02:00")), "{two_hours_ahead:#}");
    assert!(moment(&namespaces[2]).is_none(), "nothing ties it");
}
