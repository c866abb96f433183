//! The collector against the replay API server: cluster -> real kubectl, through `scripts/collect.sh` -> bundle ->
//! `kubemortem` -> the cause. Every scenario, every shell, several kubectls.

#![allow(clippy::expect_used, clippy::unwrap_used)] // a test says what must hold

#[path = "../replay/mod.rs"]
mod replay;
#[path = "../support/mod.rs"]
mod support;

mod collection;
mod cost;
mod faults;
mod scenarios;
