//! The program as its users meet it: every test runs the real binary, or the pipeline on real files.

#![allow(clippy::unwrap_used, clippy::expect_used, unreachable_pub)]

mod api;
mod audit;
mod bad;
mod boilerplate;
mod bounds;
mod cluster;
mod config;
mod corpora;
mod dates;
mod dedup;
mod determinism;
mod eval;
mod explain;
mod faults;
mod files;
mod first_minutes;
mod formats;
mod found;
mod guide;
mod hostile_words;
mod languages;
mod memory;
mod nightly;
mod nightly_faults;
#[cfg(feature = "objects")]
mod objects;
mod oracle;
mod pages;
mod progress;
mod report;
mod run;
mod scripts;
mod shards;
mod signals;
mod store;
mod synth;
mod terminal;
mod tune;
mod workdir;
