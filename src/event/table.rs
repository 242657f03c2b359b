//! Terms to numbers, where there are millions of them.
//!
//! What such a table costs is the way to far memory. So the places of all terms of a document are asked for together,
//! ahead of the questions: [`Table::bring_near`].
//!
//! Open addressing with linear probing, at most three quarters full (Knuth 1973, "Sorting and Searching", 6.4). Places are
//! found by a multiplication that is drawn anew in every process (Dietzfelbinger et al. 1997, "A reliable randomized
//! algorithm for the closest-pair problem"): who chooses words cannot choose that they meet. Nothing but time depends on
//! it. Memory: 8 bytes a place.

use super::terms::Term;
use crate::cpu;
use std::hash::{BuildHasher, RandomState};
use std::sync::LazyLock;

static FACTOR: LazyLock<u64> = LazyLock::new(|| RandomState::new().hash_one(0u8) | 1);

/// Numbers by term, none of them zero.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Table {
    /// A power of two from 2 on, or none.
    places: Vec<Place>,
    taken: usize,
    factor: u64,
    /// Of a product, the upper bits that are left say where to look.
    shift: u32,
}

/// A term and its number; the number of a free place is zero.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Place {
    term: u32,
    number: u32,
}

impl Table {
    /// With room for so many terms.
    pub(super) fn with_room(terms: usize) -> Table {
        let places = vec![Place::default(); (terms * 4 / 3 + 2).next_power_of_two()];
        Table { shift: u64::BITS - places.len().ilog2(), factor: *FACTOR, places, taken: 0 }
    }

    /// Where a term stands if its place is not taken by another.
    #[inline]
    fn first(&self, term: Term) -> usize {
        (u64::from(term.0).wrapping_mul(self.factor) >> self.shift) as usize
    }

    /// Where a term stands, or would.
    #[inline]
    fn find(&self, term: Term) -> usize {
        let mut at = self.first(term);
        while self.places[at].number != 0 && self.places[at].term != term.0 {
            at = (at + 1) & (self.places.len() - 1);
        }
        at
    }

    /// Brings from far memory what is asked of these terms next.
    pub(super) fn bring_near(&self, terms: impl IntoIterator<Item = Term>) {
        if !self.places.is_empty() {
            terms.into_iter().for_each(|term| cpu::bring_near(&self.places, self.first(term)));
        }
    }

    /// The number of a term, zero if it has none.
    #[inline]
    pub(super) fn get(&self, term: Term) -> u32 {
        if self.places.is_empty() { 0 } else { self.places[self.find(term)].number }
    }

    /// Adds to the number of a term.
    #[inline]
    pub(super) fn add(&mut self, term: Term, number: u32) {
        if 4 * (self.taken + 1) > 3 * self.places.len() {
            self.grow();
        }
        let at = self.find(term);
        let place = &mut self.places[at];
        self.taken += usize::from(place.number == 0);
        *place = Place { term: term.0, number: place.number.saturating_add(number) };
    }

    #[cold]
    fn grow(&mut self) {
        let places = std::mem::take(&mut self.places);
        *self = Table::with_room((2 * places.len()).max(1 << 10));
        for Place { term, number } in places.into_iter().filter(|place| place.number != 0) {
            self.add(Term(term), number);
        }
    }

    /// All terms and numbers.
    pub(super) fn iter(&self) -> impl Iterator<Item = (Term, u32)> {
        self.places.iter().filter(|place| place.number != 0).map(|place| (Term(place.term), place.number))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    proptest! {
        #[test]
        fn numbers_are_those_of_a_map(added in proptest::collection::vec((any::<u32>(), 0u32..9), 0..3000), few in 1u32..500, room in 0usize..10) {
            let (mut table, mut map) = (Table::with_room(room), BTreeMap::new());
            for (term, number) in added {
                // Terms that agree in their upper or lower bits, and 0 among them.
                let term = if number % 2 == 0 { term % few } else { (term % few) << 22 };
                table.add(Term(term), number + 1);
                *map.entry(term).or_insert(0) += number + 1;
            }
            for term in (0..few).chain((0..few).map(|term| term << 22)) {
                prop_assert_eq!(table.get(Term(term)), map.get(&term).copied().unwrap_or_default());
            }
            let mut all: Vec<(u32, u32)> = table.iter().map(|(term, number)| (term.0, number)).collect();
            all.sort_unstable();
            prop_assert_eq!(all, map.into_iter().collect::<Vec<_>>());
        }
    }

    #[test]
    fn a_table_without_room_has_nothing() {
        let table = Table::default();
        table.bring_near([Term(3)]);
        assert_eq!((table.get(Term(3)), table.iter().count()), (0, 0));
    }
}
