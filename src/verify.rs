//! Candidates to edges: no pair is called near-duplicate on an estimate.
//!
//! A candidate whose signatures share so few slots that a pair at the threshold would do so with probability below
//! 10^-3 is dropped unread (the lower tail of the binomial):
//!
//! ```text
//! P(equal <= x | s = threshold) = sum over e <= x of C(n, e) s^e (1 - s)^(n - e)
//! ```
//!
//! with n the independent slots, fewer than all for short texts ([`EstimateBound`]). Every other candidate's shingle sets
//! are compared, so an edge's similarity is exact. Time linear in the smaller set, no memory; in both texts where their
//! shingles are compared in order ([`Sequence`]).
//!
//! Law: no estimate passes where an error bound does not allow it.

use crate::shingle::{Sequence, Set, Shared};
use serde::{Deserialize, Serialize};

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
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
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

    /// Counts what two sets have in common.
    pub fn of(a: &Set, b: &Set) -> Overlap {
        let (small, large) = if a.len() <= b.len() { (a, b) } else { (b, a) };
        Overlap::new(Shared { one: small.len(), other: large.len(), both: large.count(small) })
    }

    /// The same, of shingles in order: the faster way for near-duplicates, whose runs are alike.
    pub fn of_sequences(a: &Sequence, b: &Sequence) -> Overlap {
        Overlap::new(a.shared(b))
    }

    fn new(Shared { one, other, both }: Shared) -> Overlap {
        Overlap { both: both as u32, smaller: one.min(other) as u32, either: (one + other - both) as u32 }
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

    /// Those of some compared pairs that are near-duplicates.
    pub fn near<'a>(&self, compared: &'a [Edge]) -> impl Iterator<Item = &'a Edge> {
        compared.iter().filter(|edge| self.joins(&edge.overlap))
    }
}

/// The chance that the bound drops a pair that lies at the threshold: less than bands miss there, and next to none a few
/// hundredths above it.
const MISS: f64 = 1e-3;
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
        let (least, sure) = (0..=slots)
            .map(|filled| {
                let independent = independent_slots(filled, slots);
                let tails = Tails::new(independent as usize, threshold);
                let of_independent = |equal: usize| equal as f64 / slots as f64 * independent;
                let dropped = (0..slots).take_while(|&equal| tails.lower(of_independent(equal).ceil()) < MISS);
                let unsure = (0..=slots).take_while(|&equal| tails.upper(of_independent(equal).floor()) >= MISTAKE);
                (dropped.count() as u16, unsure.count() as u16)
            })
            .unzip();
        EstimateBound { least, sure }
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

/// How many independent slots a signature counts for. With N of k slots filled, each of the E = k - N others repeats a
/// filled one, so that a filled slot counts 1 + Binomial(E, 1 / N) times and the mean over slots varies as that of
/// `k^2 / (N + 3 E + E^2 / N)` independent ones.
fn independent_slots(filled: usize, slots: usize) -> f64 {
    let (k, filled) = (slots as f64, filled as f64);
    let empty = k - filled;
    if filled == 0.0 { 0.0 } else { k * k / (filled + 3.0 * empty + empty * empty / filled) }
}

/// The tails of a binomial distribution.
struct Tails {
    /// The chance of so many or fewer.
    up_to: Vec<f64>,
}

impl Tails {
    fn new(n: usize, p: f64) -> Self {
        let factorials: Vec<f64> = (0..=n)
            .scan(0.0, |sum, i| {
                *sum += (i.max(1) as f64).ln();
                Some(*sum)
            })
            .collect();
        // A power of nothing is one, not the logarithm's not a number.
        let power = |x: f64, times: usize| if times == 0 { 0.0 } else { times as f64 * x.ln() };
        let exactly =
            |e: usize| (factorials[n] - factorials[e] - factorials[n - e] + power(p, e) + power(1.0 - p, n - e)).exp();
        let mut sum = 0.0;
        let up_to = (0..=n).map(|e| {
            sum += exactly(e);
            sum
        });
        Tails { up_to: up_to.collect() }
    }

    /// The chance of `equal` or fewer.
    fn lower(&self, equal: f64) -> f64 {
        self.up_to.get(equal as usize).copied().unwrap_or(1.0)
    }

    /// The chance of `equal` or more.
    fn upper(&self, equal: f64) -> f64 {
        if equal < 1.0 { 1.0 } else { 1.0 - self.lower(equal - 1.0) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hash;
    use crate::sketch::{self, Sketcher, equal_slots};
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    /// Equal slots of two sets' signatures, and the filled slots of the more filled one: sets of about one size with `both`
    /// of `all` shingles in common.
    fn signed(sketcher: &mut Sketcher, trial: u64, both: u64, all: u64) -> (usize, u16) {
        let element = |i: u64| hash::mix(trial << 32 | i);
        let own = both + (all - both) / 2;
        let sets: [Vec<u64>; 2] = [(0..own).map(element).collect(), (0..both).chain(own..all).map(element).collect()];
        let (mut a, mut b) = (Vec::new(), Vec::new());
        let filled = sketcher.sketch(&sets[0], &mut a).max(sketcher.sketch(&sets[1], &mut b));
        (equal_slots(&a, &b), filled)
    }

    #[test]
    fn no_pair_at_the_threshold_is_dropped_more_often_than_promised() {
        let bound = EstimateBound::new(0.65, 128);
        let mut sketcher = Sketcher::new(&sketch::Params::default());
        for all in [2u64, 5, 20, 40, 100, 250, 1000] {
            let (both, trials) = ((all as f64 * 0.65).ceil() as u64, 3000u64);
            let dropped = (0..trials).filter(|&trial| {
                let (equal, filled) = signed(&mut sketcher, trial, both, all);
                !bound.allows(equal, filled)
            });
            assert!(dropped.count() <= 3, "{all} shingles");
        }
    }

    #[test]
    fn the_error_of_an_estimate_is_what_its_independent_slots_allow() {
        let mut sketcher = Sketcher::new(&sketch::Params::default());
        for (both, all) in [(20u64, 30u64), (40, 60), (50, 100), (130, 200), (300, 500), (1300, 2000)] {
            let (truth, trials) = (both as f64 / all as f64, 4000u64);
            let errors = (0..trials).map(|trial| {
                let (equal, filled) = signed(&mut sketcher, trial, both, all);
                let error = equal as f64 / 128.0 - truth;
                error * error * independent_slots(filled.into(), 128) / (truth * (1.0 - truth))
            });
            // A mean of squares of normal errors is one, within 4 sigma. It is less for short texts, of which no shingle is
            // left out.
            let mean = errors.sum::<f64>() / trials as f64;
            assert!(mean < 1.0 + 4.0 * (2.0 / trials as f64).sqrt(), "{both}/{all}: {mean}");
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
        fn overlap_is_that_of_sets(
            a in prop::collection::btree_set(0u64..300, 0..200),
            b in prop::collection::btree_set(0u64..300, 0..200),
            spread in 0u32..56, is_hashed in any::<bool>(),
        ) {
            // Spread evenly, as shingles are, or standing together more or less.
            let number = |number: u64| if is_hashed { hash::mix(number) } else { number << spread };
            let [a, b] = [a, b].map(|set| set.into_iter().map(number).collect::<BTreeSet<u64>>());
            let slices: [Set; 2] = [&a, &b].map(|set| Set::of(&set.iter().copied().collect::<Vec<_>>()));
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
