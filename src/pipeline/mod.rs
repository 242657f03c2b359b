//! The corridor: the only place that knows all stages, and the only one with threads.
//!
//! ```text
//! read        every record once: words, shingles, signature, and what events need    [input text shingle sketch event]
//! boilerplate lines that outlets repeat left out, where that is wanted           [boilerplate]
//! order       who would represent a group; exact copies set aside                    [group]
//! candidates  documents that share a band and that an estimate does not rule out     [lsh]
//! verify      candidates read again and compared exactly; groups; similarities       [verify group]
//! features    what was noted of representatives; or they are read again              [event]
//! events      terms weighed, neighbours found, clusters grown                        [event]
//! label       titles and keywords                                                    [event]
//! write       every table, beside its final place                                    [output]
//! report      the page for people, from the tables alone                             [report]
//! ```
//!
//! then the result is put in place at one stroke. Parallel loops hand their results on in the order of input, so the
//! number of threads changes no byte. [`shards`] hands the first stages to an array of jobs, and goes on here.

mod article;
mod audit;
mod boilerplate;
mod duplicates;
mod events;
mod explain;
mod filter;
#[cfg(feature = "arrow")]
mod frame;
mod index;
#[cfg(feature = "arrow")]
mod kernels;
mod nightly;
mod notes;
mod pages;
mod read;
mod roll;
pub mod shards;
mod versions;
mod walk;
mod write;

use crate::audit::Findings;
use crate::boilerplate::MOST_BYTES;
use crate::error::Error;
use crate::explain::Answer;
use crate::input::{self, Found};
use crate::lsh::Nodes;
use crate::output::{self, KeptCompression, Kind, Staging, Table};
use crate::params::Params;
use crate::stats::{Stage, Stages, Watch};
pub use boilerplate::LeftOut;
use duplicates::Groups;
use events::Events;
#[cfg(feature = "arrow")]
pub use frame::{insert, label};
pub use index::{Index, Near, Reader, Reading};
#[cfg(feature = "arrow")]
pub use kernels::{band_keys, signatures};
pub use nightly::{Nightly, allowed, nightly};
use read::Remembered;
use serde::{Deserialize, Serialize};
use std::io::Write;
use std::path::{Path, PathBuf};

/// What is to be found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verb {
    /// Near-duplicates and events.
    Run,
    /// Near-duplicates only.
    Dedup,
    /// Events only, every document its own group.
    Cluster,
    /// Near-duplicates and events, held against earlier nights.
    Nightly,
}

impl Verb {
    /// Its name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Verb::Run => "run",
            Verb::Dedup => "dedup",
            Verb::Cluster => "cluster",
            Verb::Nightly => "nightly",
        }
    }

    fn wants_events(self) -> bool {
        self != Verb::Dedup
    }
}

/// What is to be found in which input, and how: all that the program is told before it runs.
#[derive(Debug, Clone)]
pub struct Pipeline {
    /// What is to be found.
    pub verb: Verb,
    /// Files, folders, globs, `-`.
    pub inputs: Vec<String>,
    /// All that decides what is found.
    pub params: Params,
    /// Where copies of streams go, and what does not fit in memory.
    pub temp: PathBuf,
    /// Bytes of memory from which on what is remembered of documents is kept on disk instead; as many as there are, if
    /// not given.
    pub memory: Option<u64>,
    /// Threads; as many as there are processors, if not given.
    pub threads: Option<usize>,
    /// Which tables are written beside the usual ones.
    pub tables: Tables,
}

impl Pipeline {
    /// What `verb` does with files, folders and globs, all else as the program does unless told otherwise.
    pub fn new(verb: Verb, inputs: impl IntoIterator<Item: Into<String>>) -> Self {
        Pipeline {
            verb,
            inputs: inputs.into_iter().map(Into::into).collect(),
            params: Params::default(),
            temp: std::env::temp_dir(),
            memory: None,
            threads: None,
            tables: Tables { kept: Some(None), ..Tables::default() },
        }
    }

    /// Looks at all that a run into `out` depends on before it begins, and gives what it would read; nothing is written.
    pub fn plan(&self, out: Option<&Path>) -> Result<Found, Error> {
        let found = prepare(self, out)?;
        out.map(output::check).transpose()?;
        pool(self.threads)?;
        Ok(found)
    }

    /// Runs, and publishes the result as the folder `out`; `watch` is told how it goes on.
    pub fn run(&self, out: &Path, watch: &dyn Watch) -> Result<Outcome, Error> {
        let found = prepare(self, Some(out))?;
        let staging = Staging::new(out, self.tables.format)?;
        pool(self.threads)?.install(|| {
            let mut stages = Stages::new(watch);
            let mut rejects = staging.table(Kind::Rejects)?;
            let total = found.bytes();
            let (params, room, events) = (&self.params, self.room(), self.verb.wants_events());
            let memory = read::read(&found.inputs, params, room, &mut rejects, total, None, events, &mut stages)?;
            rejects.finish()?;
            conclude(self, &found, memory, |_| Ok(None), staging, &mut stages)
        })
    }

    fn room(&self) -> read::Room<'_> {
        read::Room { temp: &self.temp, memory: self.memory }
    }
}

/// Which tables are written beside the usual ones.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tables {
    /// `kept.jsonl`, and how.
    pub kept: Option<Option<KeptCompression>>,
    /// `edges.jsonl`.
    pub edges: bool,
    /// `annotated.jsonl`.
    pub annotated: bool,
    /// What they are written as.
    pub format: output::Format,
}

/// What a run came to, in numbers.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Outcome {
    /// Records read.
    pub read: u64,
    /// Records not accepted.
    pub rejected: u64,
    /// Those among them that an earlier night had: they count for nothing.
    pub already_seen: u64,
    /// The night that had all of this already, so that nothing was done.
    pub unchanged: Option<String>,
    /// The stages of a night that a run which was ended had finished already.
    pub taken_up: Vec<&'static str>,
    /// Records not accepted, by reason.
    pub rejected_by_reason: Vec<(&'static str, u64)>,
    /// Documents whose date could not be read.
    pub bad_date: u64,
    /// Documents whose date cannot be that of their publication.
    pub implausible_date: u64,
    /// Files in folders that are of no known format.
    pub passed_over: Vec<String>,
    /// What was left out as boilerplate.
    pub left_out: LeftOut,
    /// Documents with the same words as an earlier one, where all were compared with all.
    pub exact_copies: Option<u64>,
    /// Groups of two or more, where all were compared with all.
    pub groups_of_two_or_more: Option<u64>,
    /// Representatives.
    pub kept: u64,
    /// Events, where they were sought.
    pub events: Option<u64>,
    /// Bytes of input.
    pub bytes: u64,
    /// Seconds it took.
    pub seconds: f64,
    /// The most memory that was resident at once.
    pub peak_memory_bytes: u64,
    /// What each stage took.
    pub stages: Vec<Stage>,
}

impl Outcome {
    /// Records accepted.
    pub fn accepted(&self) -> u64 {
        self.read - self.rejected
    }

    /// Records that were not accepted and should have been.
    pub fn refused(&self) -> u64 {
        self.rejected - self.already_seen
    }

    /// Their share of all.
    pub fn reject_rate(&self) -> f64 {
        if self.read == 0 { 0.0 } else { self.refused() as f64 / self.read as f64 }
    }
}

/// All that follows once the input has been read, whoever read it; `matched` tells of what others compared already.
fn conclude(
    job: &Pipeline,
    found: &Found,
    mut memory: Remembered,
    matched: impl FnOnce(&Nodes) -> Result<Option<duplicates::Matched>, Error>,
    staging: Staging,
    stages: &mut Stages,
) -> Result<Outcome, Error> {
    let (groups, events) = wanted(job, &mut memory, matched, stages)?;
    let result = write::Result { job, found, memory: &memory, groups: &groups, events: events.as_ref(), night: None };
    let outcome = result.write(&staging, stages)?;
    staging.publish()?;
    Ok(outcome)
}

/// The groups and, where they are wanted, the events of what was read.
fn wanted(
    job: &Pipeline,
    memory: &mut Remembered,
    matched: impl FnOnce(&Nodes) -> Result<Option<duplicates::Matched>, Error>,
    stages: &mut Stages,
) -> Result<(Groups, Option<Events>), Error> {
    let groups = match job.verb {
        Verb::Run | Verb::Nightly | Verb::Dedup => {
            duplicates::groups_of(memory, &job.params, job.tables.edges, matched, stages)?
        }
        Verb::Cluster => Groups::alone(memory, &job.params),
    };
    let notes = memory.notes.take();
    let events = job.verb.wants_events().then(|| events::events(memory, notes, &groups, &job.params, stages));
    Ok((groups, events.transpose()?))
}

/// Runs a `dedup` job as a filter: what is kept goes to `out`, what is rejected to the file `rejects`, if one is named.
pub fn filter(
    job: &Pipeline,
    out: &mut (dyn Write + Send),
    rejects: Option<&Path>,
    watch: &dyn Watch,
) -> Result<Outcome, Error> {
    let found = prepare(job, None)?;
    let mut table = rejects.map_or_else(|| Ok(Table::nowhere()), Table::create)?;
    pool(job.threads)?.install(|| {
        let mut stages = Stages::new(watch);
        let passed = filter::filter(&found.inputs, &job.params, job.room(), &mut table, out, &mut stages)?;
        table.finish()?;
        let filter::Passed { counts, left_out, kept, exact_copies, groups_of_two_or_more } = passed;
        Ok(Outcome { left_out, kept, exact_copies, groups_of_two_or_more, ..write::outcome(&counts, &stages) })
    })
}

/// Judges the result `dir` by samples of its input, and writes the findings into its `run.json` and report.
pub fn audit(
    dir: &Path,
    params: crate::audit::Params,
    threads: Option<usize>,
    watch: &dyn Watch,
) -> Result<Findings, Error> {
    pool(threads)?.install(|| audit::audit(dir, params, &mut Stages::new(watch)))
}

/// Says why the document `a` of the result `dir` is in its group and event, or why `a` and `b` are together or apart.
/// Copies of inputs that cannot be read again where they are go to `temp`.
pub fn explain(
    dir: &Path,
    a: &str,
    b: Option<&str>,
    temp: &Path,
    threads: Option<usize>,
    watch: &dyn Watch,
) -> Result<Answer, Error> {
    pool(threads)?.install(|| explain::explain(dir, a, b, temp, &mut Stages::new(watch)))
}

fn prepare(job: &Pipeline, out: Option<&Path>) -> Result<Found, Error> {
    check(job)?;
    let mut found = input::find(&job.inputs, &job.params.input)?;
    if let Some(out) = out.and_then(|out| out.canonicalize().ok()) {
        found.pass_over_below(&out);
    }
    Ok(found)
}

/// Whether a job's parameters are in their ranges.
fn check(job: &Pipeline) -> Result<(), Error> {
    job.params.validate()?;
    // Events take what they need.
    let is_bounded = job.verb == Verb::Dedup && job.params.boilerplate.learn;
    check_memory(job.memory, if is_bounded { MOST_BYTES as u64 } else { 0 })?;
    let (params, shape) = (&job.params, job.params.shape());
    tracing::info!(
        threshold = params.verify.threshold,
        width = params.shingle.width,
        slots = params.sketch.slots,
        bands = shape.bands,
        rows = shape.rows,
        learn_boilerplate = params.boilerplate.learn,
        memory_bytes = job.memory,
        threads = job.threads,
        temp = %job.temp.display(),
        fingerprint = params.fingerprint(),
        "parameters are chosen"
    );
    Ok(())
}

/// Fails where memory is too little for what boilerplate is `learned` from and all else.
fn check_memory(memory: Option<u64>, learned: u64) -> Result<(), Error> {
    let why = if learned > 0 {
        "at least 160MiB were expected where boilerplate is learned"
    } else {
        "at least 96MiB were expected"
    };
    let refused = |memory: u64| Error::Param { flag: "memory", value: memory.to_string(), why };
    memory.filter(|&memory| memory < LEAST_MEMORY + learned).map_or(Ok(()), |memory| Err(refused(memory)))
}

/// A run takes so much whatever it reads.
const LEAST_MEMORY: u64 = 96 << 20;

/// More threads than any machine has processors for cost more to start than they do.
const MOST_THREADS: usize = 1024;

fn pool(threads: Option<usize>) -> Result<rayon::ThreadPool, Error> {
    let threads = threads.unwrap_or(0);
    let refused = |why| Error::Param { flag: "threads", value: threads.to_string(), why };
    if threads > MOST_THREADS {
        return Err(refused("at most 1024 were expected"));
    }
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
    pool.map_err(|_| refused("so many threads cannot be started"))
}
