//! Shingles to signatures: a fixed row of slots of which two documents share about as many as they share shingles.
//!
//! One-permutation hashing (Li, Owen, Zhang 2012): a shingle's high half chooses a slot, the least low half that falls
//! into a slot stays. Slots that nothing fell into are filled by throwing the filled ones at pseudo-random slots, round
//! by round, until none is empty (Mai, Rao, Kleinberg, Dalal 2020, after Shrivastava 2017): which slot fills which
//! depends on the slots alone, so two documents fill alike. A slot keeps the low 16 bits of its least hash:
//!
//! ```text
//! P(slot equal) = J + (1 - J) / 65536        J = |A and B| / |A or B|
//! ```
//!
//! Time: one multiplication a shingle, plus `slots` log `slots` for a short text. Memory: 2 bytes a slot. Bad case: a
//! text of fewer shingles than slots has few independent slots; [`Sketcher::sketch`] tells how many, and [`crate::verify`]
//! widens its error bound by it.
//!
//! Law: P(slot equal) = Jaccard.

use crate::column::Column;
use crate::error::Error;
use crate::hash;
use serde::{Deserialize, Serialize};
use std::ops::{IndexMut, Range};
use std::path::Path;

/// The shape of a signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Params {
    /// Slots in a signature.
    pub slots: usize,
}

impl Default for Params {
    fn default() -> Self {
        Params { slots: 128 }
    }
}

/// One entry of a signature.
pub type Slot = u16;

/// Marks a slot that nothing fell into.
const EMPTY: u32 = u32::MAX;

/// Rounds of throws that are worked out once, slot by slot: long texts, which leave few slots empty, need no more.
const ROUNDS: usize = 8;

/// Makes signatures, one document after another, in the same buffers.
#[derive(Debug)]
pub struct Sketcher {
    least: Vec<u32>,
    /// Slots that nothing fell into, and whose value fills them.
    fills: Vec<(usize, usize)>,
    throws: Throws,
}

/// The slot at which `slot`'s value is thrown in a round.
fn throw(round: usize, slot: usize, slots: usize) -> usize {
    let thrown = hash::mix((round as u64) << 32 | slot as u64) >> 32;
    ((thrown * slots as u64) >> 32) as usize
}

/// Who throws at each slot in the first rounds, in the order of the throws.
#[derive(Debug)]
struct Throws {
    throwers: Vec<u16>,
    /// Where those of each slot start, and after the last where they end.
    starts: Vec<u32>,
}

impl Throws {
    fn new(slots: usize) -> Self {
        let mut at = vec![Vec::new(); slots];
        for round in 0..ROUNDS {
            (0..slots).for_each(|slot| at[throw(round, slot, slots)].push(slot as u16));
        }
        let ends = at.iter().scan(0, |end, throwers| {
            *end += throwers.len() as u32;
            Some(*end)
        });
        Throws { starts: std::iter::once(0).chain(ends).collect(), throwers: at.concat() }
    }

    fn at(&self, slot: usize) -> impl Iterator<Item = usize> {
        let throwers = self.starts[slot] as usize..self.starts[slot + 1] as usize;
        self.throwers[throwers].iter().map(|&slot| usize::from(slot))
    }
}

impl Sketcher {
    /// A sketcher of signatures of this shape.
    pub fn new(params: &Params) -> Self {
        let slots = params.slots;
        Sketcher { least: vec![EMPTY; slots], fills: Vec::new(), throws: Throws::new(slots) }
    }

    /// Appends the signature of `shingles` (repeats do no harm) to `out`; tells how many slots something fell into.
    /// A document without shingles has a signature too, of empty slots.
    pub fn sketch(&mut self, shingles: &[u64], out: &mut Vec<Slot>) -> u16 {
        self.least.fill(EMPTY);
        let slots = self.least.len() as u64;
        match <&mut [u32; 128]>::try_from(&mut *self.least) {
            // As many as there mostly are: a slot's number is the top bits, which need no check.
            Ok(least) => throw_in(shingles, least, |shingle| (shingle >> (u64::BITS - 7)) as usize),
            Err(_) => throw_in(shingles, &mut self.least[..], |shingle| (((shingle >> 32) * slots) >> 32) as usize),
        }
        let filled = self.densify();
        out.extend(self.least.iter().map(|&least| least as Slot));
        filled
    }

    /// Fills the empty slots; tells how many were not.
    fn densify(&mut self) -> u16 {
        let Sketcher { least, fills, throws } = self;
        let slots = least.len();
        fills.clear();
        let mut empty = 0;
        for slot in (0..slots).filter(|&slot| least[slot] == EMPTY) {
            empty += 1;
            let thrower = throws.at(slot).find(|&thrower| least[thrower] != EMPTY);
            fills.extend(thrower.map(|thrower| (slot, thrower)));
        }
        if fills.len() < empty && empty < slots {
            late_throws(least, fills);
        }
        fills.iter().for_each(|&(slot, thrower)| least[slot] = least[thrower]);
        (slots - empty) as u16
    }
}

/// Lets the least half of the shingles that fall into each slot stay there.
#[inline(always)]
fn throw_in(shingles: &[u64], least: &mut (impl IndexMut<usize, Output = u32> + ?Sized), slot: impl Fn(u64) -> usize) {
    for &shingle in shingles {
        let slot = &mut least[slot(shingle)];
        *slot = (*slot).min(shingle as u32);
    }
}

/// Goes on throwing, after the early throws that `fills` tells of, until no slot is left.
#[cold]
fn late_throws(least: &[u32], fills: &mut Vec<(usize, usize)>) {
    let slots = least.len();
    let mut is_left: Vec<bool> = least.iter().map(|&least| least == EMPTY).collect();
    fills.iter().for_each(|&(slot, _)| is_left[slot] = false);
    let filled: Vec<usize> = (0..slots).filter(|&slot| least[slot] != EMPTY).collect();
    for round in ROUNDS.. {
        for &thrower in &filled {
            let slot = throw(round, thrower, slots);
            if std::mem::take(&mut is_left[slot]) {
                fills.push((slot, thrower));
            }
        }
        if !is_left.contains(&true) {
            return;
        }
    }
}

/// How many slots of two signatures are equal.
#[inline]
pub fn equal_slots(a: &[Slot], b: &[Slot]) -> usize {
    let equal = a.iter().zip(b).map(|(x, y)| u16::from(x == y)).sum::<u16>();
    usize::from(equal)
}

/// The signatures of many documents, one row after another.
#[derive(Debug, Default)]
pub struct Signatures {
    slots: usize,
    rows: Column<Slot>,
}

impl Signatures {
    /// No signatures yet, of this shape.
    pub fn new(params: &Params) -> Self {
        Signatures { slots: params.slots, rows: Column::default() }
    }

    /// Takes the rows that [`Sketcher::sketch`] appended for the next documents; fails only where they have spilled and
    /// the disk is full.
    pub fn extend(&mut self, rows: &[Slot]) -> Result<(), Error> {
        self.rows.extend(rows)
    }

    /// Gives document `row` another signature.
    pub fn put(&mut self, row: u32, signature: &[Slot]) {
        self.rows.put(row as usize * self.slots, signature);
    }

    /// Document `row`'s signature.
    #[inline]
    pub fn row(&self, row: u32) -> &[Slot] {
        let start = row as usize * self.slots;
        self.rows.slice(start..start + self.slots)
    }

    /// Brings some slots of document `row`'s signature near, for who will look at them soon.
    #[inline]
    pub(crate) fn bring_near(&self, row: u32, slots: Range<usize>) {
        let start = row as usize * self.slots;
        self.rows.bring_near(start + slots.start..start + slots.end);
    }

    /// Bytes they hold in memory.
    pub fn held_bytes(&self) -> usize {
        self.rows.held_bytes()
    }

    /// Moves them into a file in `temp`.
    pub fn spill(&mut self, temp: &Path) -> Result<(), Error> {
        self.rows.spill(temp)
    }

    /// Slots in a signature.
    pub fn slots(&self) -> usize {
        self.slots
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn signature(shingles: &[u64], slots: usize) -> (Vec<Slot>, u16) {
        let mut out = Vec::new();
        let filled = Sketcher::new(&Params { slots }).sketch(shingles, &mut out);
        (out, filled)
    }

    /// Two sets with `both` of `all` elements in common, of about equal size.
    fn pair(seed: u64, both: u64, all: u64) -> [Vec<u64>; 2] {
        let element = |i: u64| hash::mix(seed << 32 | i);
        let own = both + (all - both) / 2;
        [(0..own).map(element).collect(), (0..both).chain(own..all).map(element).collect()]
    }

    #[test]
    fn probability_of_an_equal_slot_is_the_similarity() {
        // Long articles, and briefs shorter than the signature, at several similarities. The mean over `trials` pairs of
        // signatures is within 4 sigma of the truth, where a pair of signatures has at least `all / 2` independent slots.
        for (all, slots) in [(1000u64, 128usize), (300, 128), (60, 128), (20, 128), (5, 64), (90, 100)] {
            for fifth in 1..5 {
                let both = all * fifth / 5;
                let truth = both as f64 / all as f64;
                let trials = 4000;
                let equal: usize = (0..trials)
                    .map(|seed| {
                        let [a, b] = pair(seed, both, all).map(|set| signature(&set, slots).0);
                        equal_slots(&a, &b)
                    })
                    .sum();
                let mean = equal as f64 / (trials as usize * slots) as f64;
                let independent = (slots as f64).min(all as f64 / 2.0) * trials as f64;
                let sigma = (truth * (1.0 - truth) / independent).sqrt();
                assert!((mean - truth).abs() < 4.0 * sigma + 1e-4, "{all} shingles, J = {truth}: {mean}");
            }
        }
    }

    #[test]
    fn one_shingle_fills_every_slot() {
        let (row, filled) = signature(&[hash::mix(3)], 128);
        assert_eq!(filled, 1);
        assert!(row.iter().all(|&slot| slot == hash::mix(3) as u16));
        assert_eq!(signature(&[], 128).1, 0);
    }

    /// The law, a throw at a time.
    fn thrown(shingles: &[u64], slots: usize) -> Vec<Slot> {
        let mut least = vec![EMPTY; slots];
        for &shingle in shingles {
            let slot = (((shingle >> 32) * slots as u64) >> 32) as usize;
            least[slot] = least[slot].min(shingle as u32);
        }
        let filled: Vec<usize> = (0..slots).filter(|&slot| least[slot] != EMPTY).collect();
        for round in 0.. {
            if filled.is_empty() || !least.contains(&EMPTY) {
                break;
            }
            for &from in &filled {
                let to = throw(round, from, slots);
                if least[to] == EMPTY {
                    least[to] = least[from];
                }
            }
        }
        least.into_iter().map(|least| least as Slot).collect()
    }

    proptest! {
        #[test]
        fn empty_slots_are_filled_throw_by_throw(
            shingles in prop::collection::vec(any::<u64>(), 0..300), few in 0usize..300, slots in 1usize..200,
        ) {
            let shingles = &shingles[..shingles.len().min(few)];
            prop_assert_eq!(signature(shingles, slots).0, thrown(shingles, slots));
        }

        #[test]
        fn order_and_repeats_change_nothing(mut shingles in prop::collection::vec(any::<u64>(), 1..300)) {
            let before = signature(&shingles, 96);
            shingles.reverse();
            shingles.extend_from_within(..shingles.len() / 2);
            prop_assert_eq!(before, signature(&shingles, 96));
        }

        #[test]
        fn equal_slots_counts(a in prop::collection::vec(0u16..3, 128), b in prop::collection::vec(0u16..3, 128)) {
            let naive = (0..128).filter(|&i| a[i] == b[i]).count();
            prop_assert_eq!(equal_slots(&a, &b), naive);
        }
    }
}
