//! Runs the replay API server by itself: `cargo run --example replay -- samples/oom-killed --kubeconfig /tmp/kubeconfig`.

#![allow(clippy::print_stderr, clippy::expect_used, clippy::unwrap_used)] // a tool for developers

use std::fs::OpenOptions;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Parser;

#[path = "../tests/replay/mod.rs"]
mod replay;

/// Serves the objects of a sample, or of a made-up cluster, to the real kubectl on the loopback interface.
#[derive(Debug, Parser)]
struct Options {
    /// A sample (`samples/oom-killed`), a bundle of the collector's layout, a YAML file of objects, or `PODSxNAMESPACES`
    /// (`2000x100`).
    scenario: String,
    /// The port; 0 takes a free one.
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// Where to write a kubeconfig that points here.
    #[arg(long)]
    kubeconfig: PathBuf,
    /// What goes wrong: `WHAT:RESOURCE[@NAMESPACE][*TIMES]`, WHAT one of forbidden, not-found, 429=SECONDS, 500, 503,
    /// slow=SECONDS, drop, cut=BYTES, expired. Repeatable.
    #[arg(long)]
    fault: Vec<String>,
    /// Writes each request into this file: method, path, query, Accept, status; tabs between.
    #[arg(long)]
    requests: Option<PathBuf>,
}

fn main() {
    let options = Options::parse();
    let cluster = match options.scenario.split_once('x').map(|(pods, spaces)| (pods.parse(), spaces.parse())) {
        Some((Ok(pods), Ok(namespaces))) => replay::made::big(pods, namespaces),
        _ => {
            let path = Path::new(&options.scenario);
            let inner = path.join("bundle");
            match std::fs::read_to_string(path) {
                Ok(yaml) => replay::Cluster::described("v1.30.4", &yaml),
                Err(_) => replay::Cluster::recorded(if inner.is_dir() { &inner } else { path }),
            }
        }
    };
    let faults: Vec<&str> = options.fault.iter().map(String::as_str).collect();
    let server = replay::Server::on_port(cluster, &faults, options.port).expect("the port");
    server.write_kubeconfig(&options.kubeconfig).expect("the kubeconfig can be written");
    eprintln!("{} (KUBECONFIG={}); Ctrl-C ends it", server.url(), options.kubeconfig.display());
    loop {
        std::thread::sleep(Duration::from_millis(200));
        let Some(path) = &options.requests else { continue };
        let requests = server.requests();
        server.forget_requests();
        let mut file = OpenOptions::new().create(true).append(true).open(path).expect("the file of requests");
        for request in requests {
            let query: Vec<String> = request.query.iter().map(|(key, value)| format!("{key}={value}")).collect();
            let line = [&request.method, &request.path, &query.join("&"), &request.accept, &request.status.to_string()];
            writeln!(file, "{}", line.map(String::as_str).join("\t")).expect("the file of requests");
        }
    }
}
