//! `merge`: what one run would have found, of what all jobs have left.

use super::Going;
use super::bands::Matches;
use super::replay::remember;
use super::task::Sketches;
use crate::error::Error;
use crate::output::{Kind, Staging};
use crate::pipeline::{Outcome, Tables, Verb, conclude, pool};
use crate::stats::{Stages, Watch};
use std::path::Path;

/// Puts together what is in `dir`, and publishes the result as the folder `out`. Returns the verb it is of, too.
pub fn merge(
    dir: &Path,
    out: &Path,
    tables: Tables,
    going: &Going,
    watch: &dyn Watch,
) -> Result<(Verb, Outcome), Error> {
    let sketches = Sketches::open(dir)?;
    let (trims, matches) = (sketches.trims()?, Matches::open(&sketches)?);
    let (job, found) = (sketches.job(going, tables), sketches.found());
    let staging = Staging::new(out, tables.format)?;
    pool(going.threads)?.install(|| {
        let mut stages = Stages::new(watch);
        let mut rejects = staging.table(Kind::Rejects)?;
        let memory = remember(&sketches, trims, going, &mut rejects, &mut stages)?;
        rejects.finish()?;
        let matched = |nodes: &_| matches.matched(nodes).map(Some);
        Ok((job.verb, conclude(&job, &found, &memory, matched, staging, &mut stages)?))
    })
}
