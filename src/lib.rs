#![doc = "Turns a crawl of news into what is new."]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]

pub mod document;
pub mod hash;
pub mod text;
