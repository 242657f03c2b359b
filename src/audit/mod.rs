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
mod plan;
mod sample;

pub use compare::{Counting, Criterion, Index, Overlap};
pub use estimate::Estimate;
pub use plan::{Plan, Sets, Tally, Wanted};
pub use sample::Stratum;

use crate::error::Error;
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
    /// Of all pairs in one group, the share of those no near-duplicates that have less than half their shingles in common.
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

impl Band {
    /// Its similarities in words.
    pub fn range(&self) -> String {
        match self.from {
            1.0 => "1".to_owned(),
            0.0 => format!("below {}", self.to),
            from => format!("{from} to {}", self.to),
        }
    }
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
