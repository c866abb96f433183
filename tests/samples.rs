//! Every sample is analyzed, and what is found is held against its `expected.json` in both directions: what must be found
//! is found, and nothing else is. `samples/README.md` says what the expectations mean.

#![allow(clippy::expect_used, clippy::unwrap_used)] // a test says what must hold

mod support;

use kubemortem::catalog::Catalog;
use support::expectations::{check, expected_of, report_of, samples};

#[test]
fn every_sample_is_told_right_and_nothing_else() {
    let catalog = Catalog::built_in().expect("sound pages");
    let samples = samples();
    assert!(samples.len() >= 16, "{} samples", samples.len());
    let mut wrong = Vec::new();
    for sample in &samples {
        let report = report_of(&sample.join("bundle"), &catalog);
        for fault in check(&expected_of(sample), &report) {
            wrong.push(format!("{}: {fault}", sample.file_name().expect("a name").to_string_lossy()));
        }
    }
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
}

/// The check itself can fail: an expectation turned round is noticed.
#[test]
fn a_wrong_report_is_noticed() {
    let catalog = Catalog::built_in().expect("sound pages");
    let healthy = samples().into_iter().find(|path| path.ends_with("healthy-cluster")).expect("the healthy sample");
    let sick = samples().into_iter().find(|path| path.ends_with("oom-killed")).expect("the OOM sample");
    let report = |sample: &std::path::Path| report_of(&sample.join("bundle"), &catalog);
    assert!(!check(&expected_of(&healthy), &report(&sick)).is_empty());
    assert!(!check(&expected_of(&sick), &report(&healthy)).is_empty());
}
