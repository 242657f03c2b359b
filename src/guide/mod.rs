//! Pages for those who run the program.

#[doc = include_str!("nightly.md")]
pub mod nightly {}
#[doc = include_str!("array_jobs.md")]
pub mod array_jobs {}
