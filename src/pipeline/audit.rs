//! A finished run, judged: its input read again, twice, by every thread.
//!
//! The first reading keeps the shingles of what was sampled; the second compares every document with the sampled ones.
//! Documents are told by their place ([`Roll`]). Whether the input is what it was is known at the end of a reading, by its
//! digest.

use super::article::Articles;
use super::roll::{Roll, own_id};
use super::walk::{Fed, Source, walk};
use crate::audit::{Counting, Criterion, Findings, Index, Params, Plan, Recall, Sets, Wanted};
use crate::error::Error;
use crate::input::{Input, Maker, Pace};
use crate::result::{Groups, ROUNDING, Run};
use crate::stats::{Stages, Unit, Watch};
use crate::{output, report};
use std::path::Path;

/// Judges the result `dir`, and writes the findings there.
pub(super) fn audit(dir: &Path, params: Params, stages: &mut Stages) -> Result<Findings, Error> {
    params.validate()?;
    let run = Run::read(dir, "audited")?;
    if !matches!(run.verb(), "run" | "dedup") {
        let why = format!("{} does not look for near-duplicates in one input; run and dedup do", run.verb());
        return Err(run.refused(&why));
    }
    let groups = Groups::read(&dir.join("articles.jsonl"))?;
    let again = Again { run: &run, groups: &groups, inputs: &run.inputs()? };
    let verify = run.params().verify;
    let criterion = Criterion { threshold: verify.threshold, containment: verify.containment };
    let mut plan = Plan::new(&groups, criterion, params);
    let sets = again.stage("sample", stages, |watch| again.sets(&plan.wanted(), watch))?;
    let error = plan.similarity_error(&sets);
    if error > ROUNDING {
        return Err(run.misfit(&format!("a similarity is {error:.4} off")));
    }
    let precision = plan.precision(&sets);
    let index = plan.thin(&sets);
    drop(sets);
    let recall = again.stage("compare", stages, |watch| again.recall(&plan, &index, watch))?;
    let findings = plan.findings(recall, precision, error);
    run.write_with("audit", &findings)?;
    let page = report::render(dir)?;
    output::replace_file(&dir.join("report.html"), page.as_bytes())?;
    Ok(findings)
}

/// Reads a run's inputs again.
struct Again<'a> {
    run: &'a Run,
    groups: &'a Groups,
    inputs: &'a [Input],
}

impl Again<'_> {
    fn stage<T>(
        &self,
        name: &'static str,
        stages: &mut Stages,
        work: impl FnOnce(&dyn Watch) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let (documents, bytes) = (self.groups.len() as u64, self.run.bytes());
        stages.stage(name, Some(bytes), Unit::Bytes, |watch| Ok((work(watch)?, documents, bytes)))
    }

    /// The shingle sets of the documents that are wanted.
    fn sets(&self, wanted: &Wanted, watch: &dyn Watch) -> Result<Sets, Error> {
        let is_wanted = |id: &str| self.groups.find(id).is_some_and(|doc| wanted.contains(&doc));
        let mut sets = Sets::default();
        // Where a document has no id of its own, what it is called is known only when its turn has come.
        let keep = |(): &mut (), id: Option<&str>, set: &[u64]| id.is_none_or(is_wanted).then(|| set.to_vec());
        let take = |doc: u32, set: Option<Vec<u64>>| {
            sets.extend(set.filter(|_| wanted.contains(&doc)).map(|set| (doc, set)));
        };
        self.read(keep, take, watch)?;
        Ok(sets)
    }

    /// Compares all documents with the sampled ones.
    fn recall(&self, plan: &Plan, index: &Index, watch: &dyn Watch) -> Result<Recall, Error> {
        let (criterion, mut tally) = (plan.criterion(), plan.tally());
        let compare = |counting: &mut Counting, _: Option<&str>, set: &[u64]| {
            let mut near = Vec::new();
            index.meet(set, counting, |slot, overlap| {
                if criterion.joins(overlap) {
                    near.push((slot, overlap.similarity()));
                }
            });
            near
        };
        let take = |doc, near: Vec<(u32, f64)>| {
            near.into_iter().for_each(|(slot, similarity)| tally.near(doc, slot, similarity));
        };
        self.read(compare, take, watch)?;
        Ok(tally.recall())
    }

    /// Reads all inputs. `look` sees every article's own id and shingle set, on any thread, and `take` what it makes of
    /// them, with the document's number, in the order of input.
    fn read<S: Default, T: Send>(
        &self,
        look: impl Fn(&mut S, Option<&str>, &[u64]) -> T + Sync,
        mut take: impl FnMut(u32, T) + Send,
        watch: &dyn Watch,
    ) -> Result<(), Error> {
        let mut roll = Roll::new(self.groups, self.inputs);
        let params = self.run.params();
        let rows = walk(
            Source { inputs: self.inputs, params: &params.input, pace: Pace::Full },
            || (Reader::new(params), S::default()),
            |(reader, scratch), fed| {
                let input = &self.inputs[fed.input as usize];
                Ok(reader.block(input, fed, |id, set| look(scratch, id, set)))
            },
            |before, articles| {
                for Article { line, id, made } in articles {
                    if let Some(doc) = roll.number(before.input, before.lines + line + 1, id.as_deref()) {
                        take(doc, made);
                    }
                }
                Ok(())
            },
            watch,
        )?;
        self.run.check(&rows)?;
        roll.end().map_or(Ok(()), |why| Err(self.run.misfit(&why)))
    }
}

/// What was made of an article.
struct Article<T> {
    line: u64,
    /// Its own id; none where only its place gives it one.
    id: Option<String>,
    made: T,
}

/// Reads blocks, one a thread.
struct Reader<'p> {
    articles: Articles<'p>,
    maker: Maker<'p>,
    set: Vec<u64>,
}

impl<'p> Reader<'p> {
    fn new(params: &'p crate::params::Params) -> Self {
        Reader { articles: Articles::new(params), maker: Maker::new(&params.input), set: Vec::new() }
    }

    fn block<T>(
        &mut self,
        input: &Input,
        fed: &Fed,
        mut look: impl FnMut(Option<&str>, &[u64]) -> T,
    ) -> Vec<Article<T>> {
        let records = fed.block.records().filter_map(|record| {
            let json = self.maker.json(record.content.ok()?, &input.below).ok()?;
            let id = self.articles.open(&json).ok()?.id;
            let id = own_id(input, id).map(String::from);
            self.set.clear();
            self.set.extend_from_slice(self.articles.shingles());
            self.set.sort_unstable();
            self.set.dedup();
            Some(Article { line: record.line, made: look(id.as_deref(), &self.set), id })
        });
        records.collect()
    }
}
