//! Turns a crawl of news into what is new.
//!
//! newsfold reads articles at the speed their text can be parsed, finds near-duplicates with MinHash and LSH, verifies
//! them exactly, keeps one of each group, and groups what is left into events: the documents about one real-world
//! happening. It is a program and this library.
//!
//! Data flows one way, and the modules are listed in that order:
//!
//! | room | takes | hands on | law |
//! |---|---|---|---|
//! | [`input`] | bytes | documents in batches | accepted + rejected = records read; arrival order is the order of [`document::DocId`] |
//! | [`text`] | `&str` | words in a reused buffer | normalising twice changes nothing |
//! | [`boilerplate`] | stories | lines to leave out | what is learned ignores the order of documents |
//! | [`shingle`] | words | shingle hashes | same words, same set, on every machine |
//! | [`sketch`] | shingles | signature rows | P(slot equal) = Jaccard |
//! | [`lsh`] | signatures | candidates | P(found) = 1 - (1 - s^rows)^bands |
//! | [`verify`] | candidates | edges | no estimate passes where an error bound does not allow it |
//! | [`group`] | edges | groups | the answer ignores the order of edges |
//! | [`event`] | representatives, times | events | every document in exactly one event; the answer ignores input order |
//! | [`store`] | a night | what later nights need of it | a crash at any byte loses nothing that was acknowledged |
//! | [`output`] | all of it | files | the bytes ignore the number of threads |
//! | [`report`] | a result's tables | a page | the same folder, the same bytes |
//!
//! Rooms do not call one another: [`pipeline`] calls them all, and is the only place with threads but for the sums
//! inside [`event`]. [`params`] composes what each can be told. [`eval`], [`audit`] and [`synth`] judge, and share no
//! code with what they judge, but for [`text`] and [`shingle`], which say what a shingle is. [`explain`] says why documents
//! are together or apart, by what decided. What is remembered of documents whose text is let go is in [`catalog`], in
//! columns ([`mod@column`]) that may leave memory for the disk; [`records`] reads a record again, [`mod@difference`] tells
//! two texts apart word by word, and [`result`] opens a finished result again. [`disk`] has the steps in which files become
//! lasting. [`guide`] is for those who run the program or call it; the Python package (feature `python`) wraps [`pipeline`] over
//! Arrow tables.
//!
//! A whole run, as the program does it; [`guide::library`] has the other ways in:
//!
//! ```
//! use newsfold::{Pipeline, Verb, stats::Unwatched};
//!
//! # let dir = tempfile::tempdir()?;
//! # let out = dir.path().join("result");
//! let outcome = Pipeline::new(Verb::Run, ["tests/data/sample.jsonl"]).run(&out, &Unwatched)?;
//! assert_eq!((outcome.read, outcome.accepted(), outcome.kept), (67, 64, 52));
//! # Ok::<_, Box<dyn std::error::Error>>(())
//! ```
//!
//! Two documents, by hand:
//!
//! ```
//! use newsfold::{shingle, text::Story, verify::Overlap};
//!
//! let set = |body: &str| {
//!     let (mut story, mut shingles) = (Story::default(), Vec::new());
//!     story.read("", body);
//!     shingle::shingles(story.words(), 3, &mut shingles);
//!     shingle::Set::of(&shingles)
//! };
//! let overlap = Overlap::of(&set("Talks were held in Geneva on Monday"), &set("talks were held in Geneva on Tuesday!"));
//! assert_eq!(overlap.similarity(), 4.0 / 6.0);
//! ```

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used))]

mod bits;
pub mod column;
mod copy;
mod cpu;
pub mod disk;
pub mod document;
pub mod error;
pub mod hash;
mod sort;
pub mod stats;

pub mod input;
pub mod text;

pub mod boilerplate;

pub mod shingle;
pub mod sketch;

pub mod lsh;
pub mod verify;

pub mod group;

pub mod event;

pub mod store;

pub mod difference;
pub mod output;
pub mod report;

pub mod catalog;
pub mod params;
pub mod pipeline;
pub mod records;
pub mod result;

pub mod audit;
pub mod eval;
pub mod explain;
pub mod synth;

#[cfg(feature = "cli")]
pub mod cli;
#[cfg(feature = "python")]
mod python;

pub mod guide;

pub use event::Events;
pub use lsh::Lsh;
pub use params::Params;
pub use pipeline::{Index, Outcome, Pipeline, Verb};
pub use result::Groups;
pub use sketch::Sketcher;
