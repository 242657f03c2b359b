//! A finished run, judged: its input read again, twice, by every thread.
//!
//! The first reading keeps the shingles of what was sampled; the second compares every document with the sampled ones.
//! Where boilerplate was left out, one before them learns it again.
//! Documents are told by their place ([`Roll`]). Whether the input is what it was is known at the end of a reading, by its
//! digest.

use super::article::Articles;
use super::boilerplate::Learning;
use super::roll::{Roll, own_id};
use super::walk::{Fed, Source, walk};
use crate::audit::{Counting, Criterion, Findings, Index, Params, Plan, Recall, Sets, Wanted};
use crate::boilerplate::Boilerplate;
use crate::document::Document;
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
    let inputs = run.inputs()?;
    let again = Again { run: &run, groups: &groups, inputs: &inputs, boilerplate: Boilerplate::default() };
    let again = again.without_boilerplate(stages)?;
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
    // The page is to show what run.json says.
    output::publishing();
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
    /// What is left out.
    boilerplate: Boilerplate,
}

impl Again<'_> {
    /// The same, without what the run left out.
    fn without_boilerplate(self, stages: &mut Stages) -> Result<Self, Error> {
        let learning = Learning::new(self.run.params());
        if learning.is_off() {
            return Ok(self);
        }
        let learn = |(): &mut (), Opened { document, articles, .. }: Opened| {
            learning.look(document, &articles.story, articles.content());
        };
        self.stage("learn", stages, |watch| self.read(learn, |_, ()| (), watch))?;
        Ok(Again { boilerplate: learning.learned(), ..self })
    }

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
        let keep = |(): &mut (), article: Opened| {
            article.id.is_none_or(is_wanted).then(|| article.articles.ascending_shingles().to_vec())
        };
        let take = |doc: u32, set: Option<Vec<u64>>| {
            sets.extend(set.filter(|_| wanted.contains(&doc)).map(|set| (doc, set)));
        };
        self.read(keep, take, watch)?;
        Ok(sets)
    }

    /// Compares all documents with the sampled ones.
    fn recall(&self, plan: &Plan, index: &Index, watch: &dyn Watch) -> Result<Recall, Error> {
        let (criterion, mut tally) = (plan.criterion(), plan.tally());
        let compare = |counting: &mut Counting, article: Opened| {
            let mut near = Vec::new();
            index.meet(article.articles.ascending_shingles(), counting, |slot, overlap| {
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

    /// Reads all inputs. `look` sees every article, on any thread, and `take` what it makes of them, with the document's
    /// number, in the order of input.
    fn read<S: Default, T: Send>(
        &self,
        look: impl Fn(&mut S, Opened) -> T + Sync,
        mut take: impl FnMut(u32, T) + Send,
        watch: &dyn Watch,
    ) -> Result<(), Error> {
        let mut roll = Roll::new(self.groups, self.inputs);
        let params = self.run.params();
        let rows = walk(
            Source { inputs: self.inputs, ranges: &[], params: &params.input, pace: Pace::Full },
            || (Articles::new(params, &self.boilerplate), Maker::new(&params.input), S::default()),
            |(articles, maker, scratch), fed| {
                let input = &self.inputs[fed.input as usize];
                Ok(block(articles, maker, input, fed, |article| look(scratch, article)))
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

/// An article that `articles` has open.
struct Opened<'a, 'p> {
    /// Its own id; none where only its place gives it one.
    id: Option<&'a str>,
    document: &'a Document<'a>,
    articles: &'a mut Articles<'p>,
}

/// Shows every article of a block to `look`.
fn block<T>(
    articles: &mut Articles,
    maker: &mut Maker,
    input: &Input,
    fed: &Fed,
    mut look: impl FnMut(Opened) -> T,
) -> Vec<Article<T>> {
    let records = fed.block.records().filter_map(|record| {
        let made = maker.make(record.content.ok()?, &input.below).ok()?;
        let document = articles.open(made.raw()).ok()?;
        let id = own_id(input, document.id.as_deref());
        let made = look(Opened { id, document: &document, articles });
        Some(Article { line: record.line, id: id.map(str::to_owned), made })
    });
    records.collect()
}
