//! How good are these groups or events? Judges found labels against gold labels.
//!
//! [`read_labels`] reads (id, label) from JSON Lines, [`score`] compares two such lists. Every measure is a function of
//! the contingency table n(found, gold): `table` makes it, `counts` has the measures that count documents and pairs,
//! `information` those that weigh what one side tells of the other.
//!
//! Law: names of labels, and the order of documents, change nothing; with sides exchanged, precision and recall are
//! exchanged, and so are homogeneity and completeness, and the rest stays. Degenerate input is what scikit-learn makes
//! of it: nothing at all, or one cluster against one, is perfect for ARI, AMI and V-measure.
//!
//! Time: N log N for the table of N documents; the measures cost what its distinct sizes cost. Memory: the ids and
//! labels once, and 16 bytes a document. Bad case: see the parts.

mod counts;
mod information;
mod labels;
mod table;
#[cfg(test)]
mod tests;

pub use labels::{Error, Field, Labels, read_labels};

use serde::Serialize;
use std::hash::Hash;
use table::{Table, clusters};

/// Precision, recall and their harmonic mean.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Prf {
    /// Of what was put together, the share that belongs together.
    pub precision: f64,
    /// Of what belongs together, the share that was put together.
    pub recall: f64,
    /// 2 precision recall / (precision + recall); 0 where both are 0.
    pub f1: f64,
}

/// A result's marks.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Scores {
    /// Documents with a gold label: what is judged.
    pub documents: u64,
    /// Of these, documents that the result lacks; each counts as alone.
    pub missing: u64,
    /// Clusters found, the missing documents' own among them.
    pub found: u64,
    /// Clusters in the gold labels.
    pub gold: u64,
    /// BCubed.
    pub bcubed: Prf,
    /// Pairs of documents.
    pub pairs: Prf,
    /// Adjusted Rand index.
    pub ari: f64,
    /// Adjusted mutual information.
    pub ami: f64,
    /// 1 where no found cluster mixes gold clusters.
    pub homogeneity: f64,
    /// 1 where no gold cluster is split.
    pub completeness: f64,
    /// The harmonic mean of homogeneity and completeness.
    pub v_measure: f64,
}

/// Judges `found` against `gold`, both (id, label); of several records with one id the first counts.
///
/// A gold document that `found` lacks counts as alone; documents without a gold label are ignored.
pub fn score<I, G, F>(gold: impl IntoIterator<Item = (I, G)>, found: impl IntoIterator<Item = (I, F)>) -> Scores
where
    I: Eq + Hash,
    G: Eq + Hash,
    F: Eq + Hash,
{
    let (table, missing) = Table::tally(gold, found);
    let (homogeneity, completeness) = table.explained();
    Scores {
        documents: table.documents,
        missing,
        found: clusters(&table.found),
        gold: clusters(&table.gold),
        bcubed: table.bcubed(),
        pairs: table.pairs(),
        ari: table.ari(),
        ami: table.ami(),
        homogeneity,
        completeness,
        v_measure: harmonic(homogeneity, completeness),
    }
}

impl Prf {
    fn of(precision: f64, recall: f64) -> Self {
        Self { precision, recall, f1: harmonic(precision, recall) }
    }
}

fn harmonic(a: f64, b: f64) -> f64 {
    if a + b == 0.0 { 0.0 } else { 2.0 * a * b / (a + b) }
}
