//! The program as its users meet it: every test runs the real binary, or the pipeline on real files.

#![allow(clippy::unwrap_used, clippy::expect_used, unreachable_pub)]

mod audit;
mod cluster;
mod config;
mod corpora;
mod dedup;
mod determinism;
mod eval;
mod explain;
mod faults;
mod languages;
mod memory;
mod oracle;
mod report;
mod run;
mod scripts;
mod synth;
mod tune;
mod workdir;
