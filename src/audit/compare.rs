//! Exact comparison: of two shingle sets, and of one with all that were sampled.
//!
//! [`Overlap::of`] looks every shingle of one set up in the other. [`Index`] lists for each shingle the sampled documents
//! that have it, so that one walk over a document's set counts what it shares with each of them:
//!
//! ```text
//! similarity = both / (a + b - both)      containment = both / min(a, b)
//! ```
//!
//! Time: a look-up a shingle and a step for every sampled document met there. Memory: 24 bytes a shingle of the sampled
//! documents. Bad case: a shingle that all have.

use ahash::RandomState;
use hashbrown::HashMap;

/// When two documents are near-duplicates.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Criterion {
    /// From this similarity on.
    pub threshold: f64,
    /// From this containment on as well.
    pub containment: Option<f64>,
}

impl Criterion {
    /// Whether documents that overlap so are near-duplicates.
    pub fn joins(&self, overlap: Overlap) -> bool {
        overlap.similarity() >= self.threshold || self.containment.is_some_and(|least| overlap.containment() >= least)
    }
}

/// What two shingle sets have in common.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Overlap {
    both: usize,
    a: usize,
    b: usize,
}

impl Overlap {
    /// That of two sets, ascending and without repeats.
    pub fn of(a: &[u64], b: &[u64]) -> Self {
        let both = a.iter().filter(|shingle| b.binary_search(shingle).is_ok()).count();
        Overlap { both, a: a.len(), b: b.len() }
    }

    /// Shared over all; nothing has nothing in common.
    pub fn similarity(self) -> f64 {
        self.both as f64 / (self.a + self.b - self.both).max(1) as f64
    }

    /// Shared over the smaller.
    pub fn containment(self) -> f64 {
        self.both as f64 / self.a.min(self.b).max(1) as f64
    }
}

/// Which sampled documents have a shingle.
pub struct Index {
    /// Where a shingle's list starts, and its length.
    lists: HashMap<u64, (usize, u32), RandomState>,
    slots: Vec<u32>,
    sizes: Vec<usize>,
}

impl Index {
    /// That of some sets; the place of a set is its slot.
    pub fn new(sets: &[&[u64]]) -> Self {
        let mut listed: Vec<(u64, u32)> =
            (0..).zip(sets).flat_map(|(slot, set)| set.iter().map(move |&shingle| (shingle, slot))).collect();
        listed.sort_unstable();
        let (mut lists, mut start) = (HashMap::default(), 0);
        for list in listed.chunk_by(|a, b| a.0 == b.0) {
            lists.insert(list[0].0, (start, list.len() as u32));
            start += list.len();
        }
        let slots = listed.into_iter().map(|(_, slot)| slot).collect();
        Index { lists, slots, sizes: sets.iter().map(|set| set.len()).collect() }
    }

    /// Shingles of all its sets.
    pub(super) fn shingles(&self) -> f64 {
        self.slots.len() as f64
    }

    /// How many sets the shingles of all its sets meet.
    pub(super) fn meetings(&self) -> f64 {
        self.lists.values().map(|&(_, len)| f64::from(len) * f64::from(len)).sum()
    }

    /// Hands every slot that shares a shingle with `set` to `met`, with what they have in common.
    pub fn meet(&self, set: &[u64], counting: &mut Counting, mut met: impl FnMut(u32, Overlap)) {
        counting.both.resize(self.sizes.len(), 0);
        for &(start, len) in set.iter().filter_map(|shingle| self.lists.get(shingle)) {
            for &slot in &self.slots[start..start + len as usize] {
                let both = &mut counting.both[slot as usize];
                if *both == 0 {
                    counting.touched.push(slot);
                }
                *both += 1;
            }
        }
        for slot in counting.touched.drain(..) {
            let both = std::mem::take(&mut counting.both[slot as usize]) as usize;
            met(slot, Overlap { both, a: set.len(), b: self.sizes[slot as usize] });
        }
    }
}

/// Counts a document's shared shingles; one a thread.
#[derive(Debug, Default)]
pub struct Counting {
    both: Vec<u32>,
    touched: Vec<u32>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    proptest! {
        #[test]
        fn the_index_counts_what_two_sets_share(sets in prop::collection::vec(prop::collection::btree_set(0u64..40, 0..20), 1..12)) {
            let lists: Vec<Vec<u64>> = sets.iter().map(|set| set.iter().copied().collect()).collect();
            let slices: Vec<&[u64]> = lists.iter().map(Vec::as_slice).collect();
            let (index, mut counting) = (Index::new(&slices), Counting::default());
            for (set, list) in sets.iter().zip(&lists) {
                let mut met = BTreeSet::new();
                index.meet(list, &mut counting, |slot, overlap| {
                    assert_eq!(overlap, Overlap::of(list, slices[slot as usize]));
                    let other = &sets[slot as usize];
                    let (both, either) = (set.intersection(other).count(), set.union(other).count());
                    assert_eq!(overlap.similarity(), both as f64 / either as f64);
                    assert_eq!(overlap.containment(), both as f64 / set.len().min(other.len()) as f64);
                    met.insert(slot);
                });
                let sharing = (0..).zip(&sets).filter(|(_, other)| !set.is_disjoint(other)).map(|(slot, _)| slot);
                prop_assert_eq!(met, sharing.collect());
            }
        }
    }
}
