#![doc = "Turns a crawl of news into what is new."]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]

pub mod document;
pub mod error;
pub mod group;
pub mod hash;
pub mod input;
pub mod lsh;
pub mod shingle;
pub mod sketch;
pub mod text;
pub mod verify;
