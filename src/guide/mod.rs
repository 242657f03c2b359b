//! Pages for those who run the program.

#[doc = include_str!("nightly.md")]
pub mod nightly {}
