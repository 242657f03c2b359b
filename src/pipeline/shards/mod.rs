//! The stages of a run as files, for an array of jobs on many machines that share a file system.
//!
//! ```text
//! sketch INPUT... --shard i/n --out DIR   what reading remembers of a shard          sketch-i-of-n
//! trim DIR --shard i/n                    what is known without boilerplate          trim-i-of-n
//! match DIR --band-range A..B             pairs that share a bucket, compared        match-A-to-B
//! merge DIR --out RESULT                  all that one run decides, and its tables
//! ```
//!
//! Law: the merge of any sharding gives the bytes of the single run, but for the measurements in `run.json`. It holds by
//! construction: the batches that a run takes in the order of input are written to a file before they are taken, and
//! merging takes them (`replay`) and goes on in the code of a run. Whatever depends on documents of other
//! shards is decided there: which of several ids stays, which dates cannot be, which documents are of one page or copies to
//! the letter.
//!
//! **A shard** is a part of the inputs as every job lists them, a piece of equal size (`cut`); one large file of
//! plain JSON lines is cut at line ends. There are no shards of named files: whoever merges would have to be told the order of
//! all inputs again, and an input that no job was given would be missed by nobody. A stronger machine takes several shards as
//! one (`2-4/7`).
//!
//! **A sketch** has of every record what a run remembers: its place, id, date, hashes, words and signature, or why it was
//! rejected; of records that cannot be read again where they are (compressed, tables, archives) a copy; and the sample that
//! boilerplate is learned from. Which lines outlets repeat is known when all shards are sketched: `trim` learns it from
//! all samples and reads the shard's documents of such outlets again, as a run does in its second stage. Where no boilerplate is
//! left out there is nothing to trim.
//!
//! **A match** has every pair that shares a bucket of its bands, in the order of a run, estimated, and the overlap of those it
//! compared (`duplicates::matched`); edges are the single run's, whatever the bands were cut into. Pairs
//! of which one may be part of the other (`--containment`) are looked for by the merge.
//!
//! Each file names the newsfold and the parameters that it was made with, and what it was made of; what does not go together
//! is refused by name. Files appear whole or not at all ([`crate::store`]), and the same input gives the same bytes, so a job
//! may be killed, done again, or done twice at once, at any time. Memory: that of the same stages of a run.

mod bands;
mod cut;
mod frames;
mod merge;
mod replay;
mod sketch;
mod task;
mod trim;

use super::{Outcome, check_memory};
use crate::error::Error;
pub use bands::{BandRange, match_bands};
pub use cut::Shard;
pub use merge::merge;
pub use sketch::{plan_sketch, sketch};
use std::path::{Path, PathBuf};
use task::Sketches;
pub use trim::trim;

/// How a job of many goes about it.
#[derive(Debug, Clone)]
pub struct Going {
    /// Where goes what does not fit in memory.
    pub temp: PathBuf,
    /// Bytes of memory from which on that is done; as many as there are, if not given.
    pub memory: Option<u64>,
    /// Threads; as many as there are processors, if not given.
    pub threads: Option<usize>,
}

impl Going {
    /// Fails where it is too little memory.
    fn check(&self) -> Result<(), Error> {
        check_memory(self.memory, 0)
    }
}

/// What a job has left.
#[derive(Debug, Clone)]
pub struct Left {
    /// Its file; none, where there was nothing to do.
    pub file: Option<PathBuf>,
    /// What it came to.
    pub outcome: Outcome,
    /// Into how many bands signatures are cut.
    pub bands: usize,
}

/// A step on what sketches have left.
#[derive(Debug, Clone, Copy)]
pub enum Step {
    /// [`trim`].
    Trim(Shard),
    /// [`match_bands`].
    Match(BandRange),
    /// [`merge`].
    Merge,
}

/// What stands ready for a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ready {
    /// Files of sketches.
    pub sketches: usize,
    /// Inputs that they are of.
    pub inputs: usize,
    /// Into how many bands signatures are cut.
    pub bands: usize,
}

/// Looks whether all is there that a step takes, and fits; nothing is written.
pub fn ready(dir: &Path, step: Step) -> Result<Ready, Error> {
    let sketches = Sketches::open(dir)?;
    match step {
        Step::Trim(shard) => drop(sketches.of(shard)?),
        Step::Match(range) => drop((bands::checked(&sketches, range)?, sketches.trims()?)),
        Step::Merge => drop((sketches.trims()?, bands::Matches::open(&sketches)?)),
    }
    let (inputs, bands) = (sketches.inputs.len(), sketches.job.params.shape().bands);
    Ok(Ready { sketches: sketches.pieces.len(), inputs, bands })
}
