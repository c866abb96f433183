//! A replay API server: serves the objects and logs of a recorded or made-up cluster to the real kubectl, on the
//! loopback interface, read only, with faults on demand and a log of what was asked.
//!
//! `examples/replay.rs` runs it by itself, on a port, with a kubeconfig written for it.

#![allow(dead_code, unused_imports)] // each test binary uses its part
#![allow(clippy::expect_used, clippy::unwrap_used)] // a test's server may stop the test

pub mod access;
pub mod answer;
pub mod clock;
pub mod cluster;
pub mod discovery;
pub mod faults;
pub mod kubectl;
pub mod logs;
pub mod made;
pub mod resources;
pub mod selectors;
pub mod server;
pub mod tables;

pub use cluster::Cluster;
pub use kubectl::Kubectl;
pub use server::Server;

/// Runs a check for each item, several at a time (kubectl mostly waits), and joins the faults in the items' order.
pub fn for_all<T: Sync>(items: &[T], check: impl Fn(&T) -> Vec<String> + Send + Sync) -> Vec<String> {
    use rayon::prelude::*;
    let pool = rayon::ThreadPoolBuilder::new().num_threads(6).build().expect("threads");
    pool.install(|| items.par_iter().map(check).collect::<Vec<_>>()).concat()
}
