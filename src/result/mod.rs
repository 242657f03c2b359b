//! A finished result, opened again: what made it, and what it says.
//!
//! [`Run`] is its `run.json`, which names the inputs with their digests, so that they can be read again and held against
//! what they were; [`Groups`] is its `articles.jsonl`, who is in a group and an event with whom; [`rows`] walks any other
//! table. Nothing of a result is believed to be well formed: what is not says so, with file and line.
//!
//! Linear in the tables. Memory: the ids, and a line. Bad case: an event of millions, whose line is held while it is read.

mod groups;
mod rows;
mod run;

pub use groups::Groups;
pub use rows::rows;
pub use run::Run;

/// What two ways to the same quotient may differ by.
pub const ROUNDING: f64 = 1e-9;

#[cfg(test)]
pub(crate) mod tests {
    pub(crate) use super::groups::tests::groups;
}
