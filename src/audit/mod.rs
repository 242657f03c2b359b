//! How good is a finished run? Recall and precision, estimated from samples that are compared exactly.
//!
//! Nothing of a run is believed but its groups: the input is read again. For recall, documents are sampled and compared
//! with all others by an exact inverted index of their shingles ([`Index`]); for precision, pairs of documents in one
//! group are sampled, stratified by the similarity that the result gives them ([`Plan`]). With T near-duplicates of a
//! sampled document, F of them in its group, and W the share of the pairs that a stratum holds,
//!
//! ```text
//! recall    = sum F / sum T                       over the sampled documents
//! precision = sum W (near-duplicates / sampled)   over the strata
//! ```
//!
//! each with an interval of 95 % ([`Estimate`]), and the exact value where all was sampled. What is sampled follows from
//! a hash of ids and a seed, so the order of input and the number of threads change nothing.
//!
//! A judge shares no code with what it judges: only [`crate::text`] and [`crate::shingle`] are the run's own, for they
//! define what a shingle is. Time: the input is read twice, and a look into a table a shingle. Memory: the ids, and the
//! shingles of what was sampled. Bad case: millions of near-copies of one page, each near all that were sampled: then
//! fewer are ([`Plan::thin`]), and the findings say so.

mod compare;
mod estimate;
mod groups;
mod run;
mod sample;

pub use compare::{Counting, Criterion, Index, Overlap};
pub use estimate::Estimate;
pub use groups::Groups;
pub use run::Run;
pub use sample::Stratum;

use crate::error::Error;
use ahash::RandomState;
use estimate::{ratio, stratified};
use hashbrown::{HashMap, HashSet};
use serde::{Deserialize, Serialize};

/// How much is sampled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Params {
    /// Documents that are compared with all others.
    pub documents: usize,
    /// Pairs in one group that are compared.
    pub pairs: usize,
    /// The same seed samples the same.
    pub seed: u64,
}

impl Default for Params {
    fn default() -> Self {
        Params { documents: 2000, pairs: 2000, seed: 1 }
    }
}

impl Params {
    /// Whether every value is in its range; the message names the flag.
    pub fn validate(&self) -> Result<(), Error> {
        for (flag, number) in [("sample", self.documents), ("pairs", self.pairs)] {
            if number == 0 {
                return Err(Error::Param { flag, value: number.to_string(), why: "at least 1 was expected" });
            }
        }
        Ok(())
    }
}

/// What an audit found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Findings {
    /// Similarity from which two documents are near-duplicates.
    pub threshold: f64,
    /// Containment from which they are as well.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub containment: Option<f64>,
    /// What the samples follow from.
    pub seed: u64,
    /// How sure the intervals are.
    pub confidence: f64,
    /// Documents, and how many of them were compared with all others.
    pub documents: Sampled,
    /// Pairs of documents in one group, and how many of them were compared.
    pub pairs: Sampled,
    /// What was found of what there is.
    pub recall: Recall,
    /// What is right of what was found.
    pub precision: Precision,
    /// By how much a similarity of the result differs from the exact one, at most, among the sampled documents.
    pub similarity_error: f64,
}

/// So many of so many.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sampled {
    /// All there are.
    pub all: u64,
    /// Those that were looked at.
    pub sampled: u64,
    /// Those that were to be looked at, had there been so many and the work been bearable.
    pub asked: u64,
}

/// What was found of what there is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Recall {
    /// Of all near-duplicate pairs, the share in one group; none where no sampled document has a near-duplicate.
    pub pairs: Option<Estimate>,
    /// Of all documents with a near-duplicate, the share that has one in its group.
    pub documents: Option<Estimate>,
    /// Near-duplicate pairs of the sampled documents, by similarity.
    pub by_similarity: Vec<Band>,
}

/// What is right of what was found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Precision {
    /// Of all pairs in one group, the share of near-duplicates; none where every document is alone.
    pub pairs: Option<Estimate>,
    /// Of all pairs in one group, the share that has less than half its shingles in common: a chain holds them together.
    pub chained: Option<Estimate>,
    /// Of all that a representative stands for, the share at the threshold or above, by the result's own similarities.
    pub near_representative: Option<Estimate>,
    /// Sampled pairs, by the lower of the two similarities to the representative.
    pub by_similarity: Vec<Band>,
}

/// Pairs of one band of similarity.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Band {
    /// The least similarity in it.
    pub from: f64,
    /// What all in it are below, or 1 for what is the same.
    pub to: f64,
    /// All pairs in it, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub all: Option<u64>,
    /// Those compared.
    pub pairs: u64,
    /// Those found, or those that are near-duplicates.
    pub right: u64,
    /// The share of these.
    pub share: Option<Estimate>,
}

/// Similarity from 1 downwards, cut where it says something; the last band is below the threshold.
#[derive(Debug, Clone, PartialEq)]
pub struct Bands {
    /// The least similarity of each.
    from: Vec<f64>,
}

impl Bands {
    /// Those of a threshold.
    pub fn new(threshold: f64) -> Self {
        let above = [1.0, 0.9, 0.8, 0.7].into_iter().filter(|&from| from > threshold);
        Bands { from: above.chain([threshold, 0.0]).collect() }
    }

    /// How many there are.
    #[allow(clippy::len_without_is_empty, reason = "there are two at least")]
    pub fn len(&self) -> usize {
        self.from.len()
    }

    /// That of a similarity.
    pub fn of(&self, similarity: f64) -> usize {
        self.from.iter().position(|&from| similarity >= from).unwrap_or(self.from.len() - 1)
    }

    fn row(&self, band: usize, all: Option<u64>, (right, pairs): (u64, u64), share: Option<Estimate>) -> Band {
        let to = if band == 0 { 1.0 } else { self.from[band - 1] };
        Band { from: self.from[band], to, all, pairs, right, share }
    }
}

/// Documents whose shingles are needed.
pub type Wanted = HashSet<u32, RandomState>;
/// Their shingle sets, ascending and without repeats.
pub type Sets = HashMap<u32, Vec<u64>, RandomState>;

/// What is to be compared.
pub struct Plan<'a> {
    groups: &'a Groups,
    criterion: Criterion,
    bands: Bands,
    params: Params,
    /// Documents to compare with all others, in the order in which they were drawn.
    sample: Vec<u32>,
    /// Pairs to compare, by band.
    strata: Vec<Stratum>,
}

impl<'a> Plan<'a> {
    /// Draws the samples.
    pub fn new(groups: &'a Groups, criterion: Criterion, params: Params) -> Self {
        let bands = Bands::new(criterion.threshold);
        let sample = sample::documents(groups, params.documents, params.seed);
        let strata = sample::pairs(groups, &bands, params.pairs, params.seed);
        Plan { groups, criterion, bands, params, sample, strata }
    }

    /// The documents whose shingles are needed: what was sampled, and their representatives.
    pub fn wanted(&self) -> Wanted {
        let offices = self.sample.iter().map(|&doc| self.groups.representative(doc));
        let paired = self.strata.iter().flat_map(|stratum| &stratum.pairs).flat_map(|&(a, b)| [a, b]);
        self.sample.iter().copied().chain(offices).chain(paired).collect()
    }

    /// By how much the result's similarities differ from the exact ones, at most.
    pub fn similarity_error(&self, sets: &Sets) -> f64 {
        let error = |&doc: &u32| {
            let exact = overlap(sets, doc, self.groups.representative(doc)).similarity();
            (exact - self.groups.similarity(doc)).abs()
        };
        self.sample.iter().map(error).fold(0.0, f64::max)
    }

    /// What is right of what was found.
    pub fn precision(&self, sets: &Sets) -> Precision {
        let count = |stratum: &Stratum, is_so: &dyn Fn(Overlap) -> bool| {
            stratum.pairs.iter().filter(|&&(a, b)| is_so(overlap(sets, a, b))).count() as u64
        };
        let counted = |is_so: &dyn Fn(Overlap) -> bool| {
            let stratum = |stratum: &Stratum| (stratum.all, stratum.pairs.len() as u64, count(stratum, is_so));
            self.strata.iter().map(stratum).collect::<Vec<_>>()
        };
        let near = counted(&|overlap| self.criterion.joins(overlap));
        let chained = counted(&|overlap| overlap.similarity() < 0.5);
        let rows = near.iter().enumerate().filter(|(_, (all, ..))| *all > 0);
        let rows = rows.map(|(band, &(all, pairs, right))| {
            self.bands.row(band, Some(all), (right, pairs), stratified(&[(all, pairs, right)]))
        });
        Precision {
            pairs: stratified(&near),
            chained: stratified(&chained),
            near_representative: self.near_representative(),
            by_similarity: rows.collect(),
        }
    }

    fn near_representative(&self) -> Option<Estimate> {
        let members = || self.groups.documents().filter(|&doc| self.groups.representative(doc) != doc);
        let near = members().filter(|&doc| self.groups.similarity(doc) >= self.criterion.threshold).count() as u64;
        let all = members().count() as u64;
        stratified(&[(all, all, near)])
    }

    /// Leaves out the last of the sampled documents, as long as they have so much in common that comparing all with them
    /// would take too long; makes the index of the others.
    ///
    /// With L of the n sampled documents at a shingle, one of them meets sum L^2 / n others' shingles on average, and so
    /// will each of all documents. That is to be at most [`MEETINGS`] a shingle, or [`MEETINGS_OF_ALL`] in all.
    pub fn thin(&mut self, sets: &Sets) -> Index {
        let (none, all) = (Vec::new(), self.groups.len() as f64);
        loop {
            let sampled: Vec<&[u64]> = self.sample.iter().map(|doc| &**sets.get(doc).unwrap_or(&none)).collect();
            let (index, n) = (Index::new(&sampled), sampled.len().max(1) as f64);
            let (meetings, shingles) = (index.meetings() / n * all, index.shingles() / n * all);
            if meetings <= (MEETINGS * shingles).max(MEETINGS_OF_ALL) || self.sample.len() <= 1 {
                return index;
            }
            self.sample.truncate(self.sample.len().div_ceil(2));
        }
    }

    /// Begins to count near-duplicates of the sampled documents.
    pub fn tally(&self) -> Tally<'_> {
        Tally { plan: self, counts: vec![(0, 0); self.sample.len() * self.bands.len()] }
    }

    /// When two documents are near-duplicates.
    pub fn criterion(&self) -> Criterion {
        self.criterion
    }

    /// All that was found.
    pub fn findings(&self, recall: Recall, precision: Precision, similarity_error: f64) -> Findings {
        let sampled_pairs = self.strata.iter().map(|stratum| stratum.pairs.len() as u64).sum();
        let (documents, pairs) = (self.params.documents as u64, self.params.pairs as u64);
        Findings {
            threshold: self.criterion.threshold,
            containment: self.criterion.containment,
            seed: self.params.seed,
            confidence: 0.95,
            documents: Sampled { all: self.groups.len() as u64, sampled: self.sample.len() as u64, asked: documents },
            pairs: Sampled {
                all: self.strata.iter().map(|stratum| stratum.all).sum(),
                sampled: sampled_pairs,
                asked: pairs,
            },
            recall,
            precision,
            similarity_error,
        }
    }
}

/// Sampled documents that a shingle of the input may meet, on average.
const MEETINGS: f64 = 16.0;
/// Meetings that take half a minute at most, whatever they are spread over.
const MEETINGS_OF_ALL: f64 = (1u64 << 32) as f64;

fn overlap(sets: &Sets, a: u32, b: u32) -> Overlap {
    match (sets.get(&a), sets.get(&b)) {
        (Some(a), Some(b)) => Overlap::of(a, b),
        _ => Overlap::default(),
    }
}

/// Near-duplicates of the sampled documents, as they are met.
pub struct Tally<'a> {
    plan: &'a Plan<'a>,
    /// Found and all, by sampled document and band.
    counts: Vec<(u64, u64)>,
}

impl Tally<'_> {
    /// The document `doc` is a near-duplicate of the sampled one numbered `slot`, or that itself.
    pub fn near(&mut self, doc: u32, slot: u32, similarity: f64) {
        let Plan { sample, groups, bands, .. } = self.plan;
        let sampled = sample[slot as usize];
        if sampled != doc {
            let (found, all) = &mut self.counts[slot as usize * bands.len() + bands.of(similarity)];
            *found += u64::from(groups.representative(doc) == groups.representative(sampled));
            *all += 1;
        }
    }

    /// What was found of what there is.
    pub fn recall(&self) -> Recall {
        let Plan { sample, groups, bands, .. } = self.plan;
        let share = sample.len() as f64 / groups.len().max(1) as f64;
        let sum = |counts: &[(u64, u64)]| counts.iter().fold((0, 0), |sum, count| (sum.0 + count.0, sum.1 + count.1));
        let documents: Vec<(u64, u64)> = self.counts.chunks(bands.len()).map(sum).collect();
        let any: Vec<(u64, u64)> = documents.iter().map(|&(found, all)| (found.min(1), all.min(1))).collect();
        let rows = (0..bands.len()).map(|band| {
            let counts: Vec<(u64, u64)> = self.counts.iter().skip(band).step_by(bands.len()).copied().collect();
            bands.row(band, None, sum(&counts), ratio(&counts, share))
        });
        Recall {
            pairs: ratio(&documents, share),
            documents: ratio(&any, share),
            by_similarity: rows.filter(|row| row.pairs > 0).collect(),
        }
    }
}
