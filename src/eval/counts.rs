//! Measures that count: BCubed counts documents; precision and recall of pairs, and ARI, count pairs of documents.
//!
//! With a cell of n documents, its found cluster of size a and its gold cluster of size b:
//!
//! - BCubed (Bagga and Baldwin 1998; Amigó et al. 2009): precision is the mean over documents, self included, of n / a,
//!   recall of n / b; F1 is the harmonic mean of the two means.
//! - pairs: precision and recall over unordered pairs of documents that are together; 0 where there is no pair.
//! - ARI: the Rand index adjusted for chance (Hubert and Arabie 1985), from the four kinds of pairs.
//!
//! Law: pairs together in both, lost, wrong and apart are all pairs. Time and memory: one pass over the table's runs.
//! Bad case: none; pairs are counted in whole numbers.

use super::Prf;
use super::table::{Cell, Run, Table};

impl Table {
    pub(super) fn bcubed(&self) -> Prf {
        let mean = |size: fn(&Cell) -> u64| {
            let sum: f64 =
                self.cells.iter().map(|c| (c.times * c.of.both) as f64 * (c.of.both as f64 / size(&c.of) as f64)).sum();
            if self.documents == 0 { 0.0 } else { sum / self.documents as f64 }
        };
        Prf::of(mean(|cell| cell.found), mean(|cell| cell.gold))
    }

    /// Pairs together in both, in the found clusters, in the gold clusters.
    fn pairs_together(&self) -> (u64, u64, u64) {
        let both = self.cells.iter().map(|cell| cell.times * pairs_among(cell.of.both)).sum();
        let of = |clusters: &[Run<u64>]| clusters.iter().map(|run| run.times * pairs_among(run.of)).sum();
        (both, of(&self.found), of(&self.gold))
    }

    pub(super) fn pairs(&self) -> Prf {
        let (both, found, gold) = self.pairs_together();
        let share = |of: u64| if of == 0 { 0.0 } else { both as f64 / of as f64 };
        Prf::of(share(found), share(gold))
    }

    pub(super) fn ari(&self) -> f64 {
        let (both, found, gold) = self.pairs_together();
        let (wrong, lost) = (found - both, gold - both);
        if wrong == 0 && lost == 0 {
            return 1.0;
        }
        let apart = (pairs_among(self.documents) - both - wrong - lost) as f64;
        let (both, wrong, lost) = (both as f64, wrong as f64, lost as f64);
        2.0 * (both * apart - lost * wrong) / ((both + lost) * (lost + apart) + (both + wrong) * (wrong + apart))
    }
}

fn pairs_among(documents: u64) -> u64 {
    documents * documents.saturating_sub(1) / 2
}
