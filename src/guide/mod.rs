//! Pages for those who run the program, and for those who build on it. Every command in them is run by a test, in a folder
//! that has `tests/data/sample.jsonl` and a `crawl` of some nights.
//!
//! | page | when |
//! |---|---|
//! | [`first_run`] | you have ten minutes, or articles of your own |
//! | [`nightly`] | it is to run every night |
//! | [`array_jobs`] | the crawl is too large for one machine's night |
//! | [`spark`] | the crawl lies on a cluster of Spark |
//! | [`report`] | `report.html` is open before you |
//! | [`tuning`] | groups are too large, too small, or not to be believed |
//! | [`files`] | what may come in, and what each column that goes out means |
//! | [`methods`] | how it works, and where each method comes from |
//! | [`limits`] | what it does not do, and when something else is better |
//! | [`library`] | you call it from Rust |
//! | [`changing_the_code`] | you add a format, a verb, a bench |

#[doc = include_str!("first_run.md")]
pub mod first_run {}

#[doc = include_str!("nightly.md")]
pub mod nightly {}

#[doc = include_str!("report.md")]
pub mod report {}

#[doc = include_str!("tuning.md")]
pub mod tuning {}

#[doc = include_str!("files.md")]
pub mod files {}

#[doc = include_str!("methods.md")]
pub mod methods {}

#[doc = include_str!("limits.md")]
pub mod limits {}

#[doc = include_str!("library.md")]
pub mod library {}

#[doc = include_str!("changing_the_code.md")]
pub mod changing_the_code {}

#[doc = include_str!("array_jobs.md")]
pub mod array_jobs {}

#[doc = include_str!("spark.md")]
pub mod spark {}
