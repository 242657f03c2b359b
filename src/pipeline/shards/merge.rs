//! `merge`: what one run would have found, of what all jobs have left.

use super::Going;
use super::bands::Matches;
use super::replay::remember;
use super::task::Sketches;
use crate::error::Error;
use crate::output::{Kind, Staging};
use crate::pipeline::{Outcome, Pipeline, Tables, conclude, pool};
use crate::stats::{Stages, Watch};
use std::path::Path;

/// Puts together what is in `dir`, and publishes the result as the folder `out`. Returns the verb it is of, too.
pub fn merge(
    dir: &Path,
    out: &Path,
    tables: Tables,
    going: &Going,
    watch: &dyn Watch,
) -> Result<(Pipeline, Outcome), Error> {
    going.check()?;
    let sketches = Sketches::open(dir)?;
    let (trims, matches) = (sketches.trims()?, Matches::open(&sketches)?);
    let (job, found) = (sketches.job(going, tables), sketches.found());
    let staging = Staging::new(out, tables.format)?;
    pool(going.threads)?
        .install(|| {
            let mut stages = Stages::new(watch);
            let mut rejects = staging.table(Kind::Rejects)?;
            let memory = remember(&sketches, trims, going, &mut rejects, &mut stages)?;
            rejects.finish()?;
            let matched = |nodes: &_| matches.matched(nodes).map(Some);
            conclude(&job, &found, memory, matched, staging, &mut stages)
        })
        .map(|outcome| (job, outcome))
}

#[cfg(test)]
mod tests {
    use super::super::{BandRange, Shard, match_bands, sketch};
    use super::*;
    use crate::boilerplate;
    use crate::params::Params;
    use crate::pipeline::Verb;
    use crate::pipeline::duplicates::tests::{families_with_a_straggler, versions};
    use crate::stats::Unwatched;
    use std::fs;

    /// Where pairs are too many for one look, what is presumed, left out and compared between bands depends on all of them.
    #[test]
    fn crowds_and_too_many_candidates_are_decided_as_in_one_run() {
        for (input, all_edges) in [(versions(), false), (families_with_a_straggler(4), false), (versions(), true)] {
            let dir = tempfile::tempdir().unwrap();
            let path = |name: &str| dir.path().join(name);
            fs::write(path("in.jsonl"), input).unwrap();
            let params = Params { boilerplate: boilerplate::Params::keep(), ..Params::default() };
            let tables = Tables { edges: all_edges, ..Tables::default() };
            let job = Pipeline {
                verb: Verb::Dedup,
                inputs: vec![path("in.jsonl").display().to_string()],
                params,
                temp: dir.path().to_owned(),
                memory: None,
                threads: Some(2),
                tables,
            };
            let outcome = job.run(&path("one"), &Unwatched).unwrap();
            for first in [2, 1] {
                sketch(&job, Shard { first, last: first, of: 2 }, &path("work"), &Unwatched).unwrap();
            }
            let going = |threads| Going { temp: dir.path().to_owned(), memory: None, threads: Some(threads) };
            for part in [3, 1, 2] {
                let range = BandRange::Part(Shard { first: part, last: part, of: 3 });
                match_bands(&path("work"), range, all_edges, &going(part as usize), &Unwatched).unwrap();
            }
            let (_, merged) = merge(&path("work"), &path("merged"), tables, &going(3), &Unwatched).unwrap();
            assert_eq!((merged.kept, merged.exact_copies), (outcome.kept, outcome.exact_copies));
            let read = |out: &str, name: &str| fs::read(path(out).join(name)).unwrap_or_default();
            for name in ["articles.jsonl", "groups.jsonl", "edges.jsonl"] {
                assert!(read("merged", name) == read("one", name), "{name}");
            }
            let counts = |out: &str| {
                serde_json::from_slice::<serde_json::Value>(&read(out, "run.json")).unwrap()["counts"].clone()
            };
            assert_eq!(counts("merged"), counts("one"));
        }
    }
}
