//! Candidates to edges: no pair is called near-duplicate on an estimate.
//!
//! A candidate whose signatures share so few slots that a pair at the threshold would do so with probability below
//! [`MISS`] is dropped unread (Chernoff's bound on the binomial tail):
//!
//! ```text
//! P(equal <= x n | s = threshold) <= exp(-n KL(x || threshold))
//! ```
//!
//! with n the independent slots, fewer than all for short texts ([`EstimateBound`]). Every other candidate's shingle sets
//! are merged and counted, so an edge's similarity is exact. Time linear in the two sets, no memory.
//!
//! Law: no estimate passes where an error bound does not allow it.

use serde::{Deserialize, Serialize};
use std::cmp::Ordering;

/// When two documents are near-duplicates.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Params {
    /// Similarity (Jaccard of shingle sets) from which two documents are near-duplicates.
    pub threshold: f64,
    /// Share of the smaller document's shingles that, found in the other, makes near-duplicates too; off unless given.
    pub containment: Option<f64>,
}

impl Default for Params {
    fn default() -> Self {
        Params { threshold: 0.65, containment: None }
    }
}

/// A verified pair of nodes, the smaller first.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Edge {
    /// The smaller node.
    pub a: u32,
    /// The larger node.
    pub b: u32,
    /// What they have in common.
    pub overlap: Overlap,
}

/// How two shingle sets overlap.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Overlap {
    /// Shingles in both.
    pub both: u32,
    /// Shingles in the smaller set.
    pub smaller: u32,
    /// Shingles in either.
    pub either: u32,
}

impl Overlap {
    /// That of a document and its copy to the letter.
    pub const WHOLE: Overlap = Overlap { both: 1, smaller: 1, either: 1 };

    /// Counts what two sets (ascending, without repeats) have in common.
    pub fn of(a: &[u64], b: &[u64]) -> Overlap {
        let (mut i, mut j, mut both) = (0, 0, 0);
        while i < a.len() && j < b.len() {
            let order = a[i].cmp(&b[j]);
            both += usize::from(order == Ordering::Equal);
            i += usize::from(order != Ordering::Greater);
            j += usize::from(order != Ordering::Less);
        }
        let either = a.len() + b.len() - both;
        Overlap { both: both as u32, smaller: a.len().min(b.len()) as u32, either: either as u32 }
    }

    /// Jaccard: shared over all; two empty sets are equal.
    pub fn similarity(&self) -> f64 {
        if self.either == 0 { 1.0 } else { f64::from(self.both) / f64::from(self.either) }
    }

    /// The share of the smaller set that the other holds.
    pub fn containment(&self) -> f64 {
        if self.smaller == 0 { 1.0 } else { f64::from(self.both) / f64::from(self.smaller) }
    }
}

impl Params {
    /// Whether documents that overlap so are near-duplicates.
    pub fn joins(&self, overlap: &Overlap) -> bool {
        overlap.similarity() >= self.threshold || self.containment.is_some_and(|least| overlap.containment() >= least)
    }
}

/// The chance that the bound drops a pair that lies at the threshold.
const MISS: f64 = 1e-4;
/// The chance that a pair below the threshold is presumed to reach it.
const MISTAKE: f64 = 1e-9;

/// What the equal slots of a candidate's signatures allow to say.
#[derive(Debug, Clone)]
pub struct EstimateBound {
    /// Equal slots that a candidate needs to be worth verifying, by the number of slots that something fell into.
    least: Vec<u16>,
    /// Equal slots from which it is presumed to be near, likewise.
    sure: Vec<u16>,
}

impl EstimateBound {
    /// For pairs at `threshold` and signatures of `slots`.
    pub fn new(threshold: f64, slots: usize) -> Self {
        let tail = |filled: usize, equal: usize| {
            let estimate = equal as f64 / slots as f64;
            (-independent_slots(filled, slots) * divergence(estimate, threshold)).exp()
        };
        let estimates = |equal: &usize| (*equal as f64 / slots as f64) < threshold;
        let least = |filled| {
            let dropped = (0..slots).take_while(estimates).take_while(|&equal| tail(filled, equal) < MISS);
            dropped.count() as u16
        };
        let sure = |filled| {
            let below = (0..=slots).take_while(|equal| estimates(equal) || tail(filled, *equal) >= MISTAKE);
            below.count() as u16
        };
        EstimateBound { least: (0..=slots).map(least).collect(), sure: (0..=slots).map(sure).collect() }
    }

    /// Whether a pair may reach the threshold, by the equal slots of its signatures and the more filled one's filled
    /// slots.
    #[inline]
    pub fn allows(&self, equal: usize, filled: u16) -> bool {
        equal >= usize::from(self.least[usize::from(filled)])
    }

    /// Whether a pair may be presumed to reach the threshold until it is verified, by the equal slots of its signatures
    /// and the less filled one's filled slots.
    #[inline]
    pub fn presumes(&self, equal: usize, filled: u16) -> bool {
        equal >= usize::from(self.sure[usize::from(filled)])
    }
}

/// How many independent slots a signature counts for: with u shingles thrown into k slots, `k u / (u + 2 k)`, since a
/// densified slot repeats another; u as it follows from the slots that something fell into, `-k ln(1 - filled / k)`.
fn independent_slots(filled: usize, slots: usize) -> f64 {
    let (k, filled) = (slots as f64, filled as f64);
    let shingles = -k * (1.0 - (filled / k).min(1.0 - 0.5 / k)).ln();
    k * shingles / (shingles + 2.0 * k)
}

/// Kullback-Leibler divergence of two coins, in nats.
fn divergence(x: f64, p: f64) -> f64 {
    let term = |x: f64, p: f64| if x > 0.0 { x * (x / p).ln() } else { 0.0 };
    term(x, p) + term(1.0 - x, 1.0 - p)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hash;
    use crate::sketch::{self, Sketcher, equal_slots};
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    #[test]
    fn no_pair_at_the_threshold_is_dropped_more_often_than_promised() {
        let bound = EstimateBound::new(0.65, 128);
        let mut sketcher = Sketcher::new(&sketch::Params::default());
        for all in [2u64, 5, 20, 40, 100, 250, 1000] {
            let (both, trials) = ((all as f64 * 0.65).ceil() as u64, 3000u64);
            let dropped = (0..trials).filter(|&trial| {
                let element = |i: u64| hash::mix(trial << 32 | i);
                let own = both + (all - both) / 2;
                let (mut a, mut b) = (Vec::new(), Vec::new());
                let sets: [Vec<u64>; 2] =
                    [(0..own).map(element).collect(), (0..both).chain(own..all).map(element).collect()];
                let filled = sketcher.sketch(&sets[0], &mut a).max(sketcher.sketch(&sets[1], &mut b));
                !bound.allows(equal_slots(&a, &b), filled)
            });
            assert!(dropped.count() <= 3, "{all} shingles");
        }
    }

    #[test]
    fn no_pair_below_the_threshold_is_presumed() {
        let bound = EstimateBound::new(0.65, 128);
        assert!(bound.presumes(128, 128) && bound.presumes(118, 128) && !bound.presumes(105, 128));
        // A short text's equal slots are few shingles repeated.
        assert!(!bound.presumes(128, 20) && !bound.presumes(128, 0));
        assert!(!EstimateBound::new(1.0, 128).presumes(127, 128));
    }

    #[test]
    fn strangers_are_dropped() {
        let bound = EstimateBound::new(0.65, 128);
        assert!(!bound.allows(30, 127));
        assert!(!bound.allows(45, 128));
        assert!(bound.allows(80, 128));
        assert!(bound.allows(20, 1), "a text of one shingle has no estimate to speak of");
    }

    proptest! {
        #[test]
        fn overlap_is_that_of_sets(a in prop::collection::btree_set(0u64..50, 0..40), b in prop::collection::btree_set(0u64..50, 0..40)) {
            let slices: [Vec<u64>; 2] = [&a, &b].map(|set| set.iter().copied().collect());
            let overlap = Overlap::of(&slices[0], &slices[1]);
            let both = a.intersection(&b).count();
            prop_assert_eq!(overlap.both as usize, both);
            prop_assert_eq!(overlap.either as usize, a.union(&b).collect::<BTreeSet<_>>().len());
            prop_assert!((0.0..=1.0).contains(&overlap.similarity()));
            prop_assert!(overlap.similarity() <= overlap.containment());
            prop_assert_eq!(Overlap::of(&slices[1], &slices[0]), overlap);
        }
    }
}
