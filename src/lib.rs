#![doc = "Turns a crawl of news into what is new."]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]

pub mod catalog;
#[cfg(feature = "cli")]
pub mod cli;
pub mod document;
pub mod error;
pub mod eval;
pub mod event;
pub mod group;
pub mod hash;
pub mod input;
pub mod lsh;
pub mod output;
pub mod params;
pub mod pipeline;
pub mod records;
pub mod report;
pub mod shingle;
pub mod sketch;
pub mod stats;
pub mod synth;
pub mod text;
pub mod verify;
