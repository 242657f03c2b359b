//! What is compared, and what comes of it.
//!
//! [`Plan`] draws the samples, says whose shingles it needs, and has precision from these alone. [`Tally`] is told of every
//! document's near-duplicates among the sampled ones, in any order, and has recall. Every count is a whole number and
//! every sum is made in the order of the sample, so the findings are the same whoever counted.

use super::estimate::{Estimate, ratio, stratified};
use super::{Bands, Criterion, Findings, Index, Overlap, Params, Precision, Recall, Sampled, Stratum, sample};
use crate::result::Groups;
use ahash::RandomState;
use hashbrown::{HashMap, HashSet};

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
        let chained = counted(&|overlap| overlap.similarity() < 0.5 && !self.criterion.joins(overlap));
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
    /// will each of all documents. That is to be at most 16 a shingle, or 2^32 in all.
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
