//! Shingles in the order of the text, to compare with those of a text that is much the same.
//!
//! Near-duplicates run alike: from one edit to the next their shingles are the same in the same order, and eight of them
//! are compared at once. Where a run ends, the other's shingles are strays until one of them stands somewhere in the
//! first, where the next run begins: mostly close by. That a stray stands nowhere a filter tells ([`Bits`]). What was met is noted by place, and a later place of a shingle counts
//! for its first, so that the outcome is exactly that of sets ([`Set`]), which mostly need not be made.
//!
//! Time and memory linear: texts that ask for more than so much looking around are compared as sets after all. 8 bytes a
//! shingle, and 8 to 16 more for the one of a pair that the other is held against.

use super::Set;
use crate::bits::Bits;
#[cfg(target_arch = "x86_64")]
use crate::cpu;
use std::ops::Range;
use std::sync::OnceLock;

/// A document's shingles, in order, repeats included.
#[derive(Debug, Clone, Default)]
pub struct Sequence {
    shingles: Vec<u64>,
    /// Made when another is held against these.
    filter: OnceLock<Filter>,
    /// Made when that takes too long.
    set: OnceLock<Set>,
    /// How many there are without repeats, once that is known.
    distinct: OnceLock<usize>,
}

/// How many shingles two documents have, repeats aside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shared {
    /// Those of one.
    pub one: usize,
    /// Those of the other.
    pub other: usize,
    /// Those of both.
    pub both: usize,
}

impl Sequence {
    /// That of `shingles`.
    pub fn of(shingles: &[u64]) -> Self {
        Sequence { shingles: shingles.to_vec(), ..Sequence::default() }
    }

    /// That of `shingles`, in the memory of one that is no longer wanted.
    pub fn instead(self, shingles: &[u64]) -> Self {
        let mut memory = self.shingles;
        memory.clear();
        memory.extend_from_slice(shingles);
        Sequence { shingles: memory, ..Sequence::default() }
    }

    /// Counts what two documents share. One is held against the other: preferably against one that others were held
    /// against before, or else against the first.
    pub fn shared(&self, other: &Sequence) -> Shared {
        if self.filter.get().is_none() && other.filter.get().is_some() {
            let Shared { one, other, both } = other.shared(self);
            return Shared { one: other, other: one, both };
        }
        self.hold(other).unwrap_or_else(|| {
            let [one, other] = [self, other].map(|sequence| sequence.set.get_or_init(|| Set::of(&sequence.shingles)));
            Shared { one: one.len(), other: other.len(), both: one.count(other) }
        })
    }

    /// Holds another against this one; none if it takes too long.
    fn hold(&self, other: &Sequence) -> Option<Shared> {
        let filter = self.filter.get_or_init(|| Filter::of(&self.shingles));
        let repeats = filter.repeats.as_ref()?;
        let mut strays = other.distinct.get().is_none().then(|| Vec::with_capacity(SOME_STRAYS));
        let mut met = meet(&self.shingles, filter, &other.shingles, &mut strays)?;
        repeats.iter().for_each(|&(repeat, first)| met.count_for(repeat as usize, first as usize));
        let both = met.count();
        let other = *other.distinct.get_or_init(|| both + strays.map_or(0, |strays| distinct(&strays)));
        Some(Shared { one: self.shingles.len() - repeats.len(), other, both })
    }
}

/// How many shingles there are without repeats.
fn distinct(shingles: &[u64]) -> usize {
    match Filter::of(shingles).repeats {
        Some(repeats) => shingles.len() - repeats.len(),
        None => Set::of(shingles).len(),
    }
}

/// Which values of their top bits the shingles of a sequence have.
#[derive(Debug, Clone)]
struct Filter {
    bits: Bits,
    /// The places of repeats, each with the first of its shingle; none if there may be too many of them.
    repeats: Option<Vec<(u32, u32)>>,
}

/// So many bits a shingle, or up to twice as many: one stray in so many seems to stand in the sequence.
const BITS: usize = 64;
/// So many shingles that seem to be repeats are looked into.
const REPEATS: usize = 64;
/// Strays that seem to stand in a sequence are sought all along it; that may take as many steps as the shingles of both
/// texts, this many times: a set takes longer.
const EFFORT: usize = 48;
/// Room for strays at first.
const SOME_STRAYS: usize = 128;
/// So many shingles are looked at first for one that stands close by.
const CLOSE: usize = 64;

impl Filter {
    fn of(shingles: &[u64]) -> Self {
        let mut bits = Bits::new((shingles.len() + 1) * BITS);
        let (mut doubtful, mut doubts) = ([0; REPEATS + 1], 0);
        for (&shingle, place) in shingles.iter().zip(0u32..) {
            // No branch on what nobody can foretell.
            doubtful[doubts] = place;
            doubts = (doubts + usize::from(bits.insert(shingle))).min(REPEATS);
        }
        let repeat = |&place: &u32| {
            let (before, from) = shingles.split_at(place as usize);
            find(before, from[0]).map(|first| (place, first as u32))
        };
        let repeats = (doubts < REPEATS).then(|| doubtful[..doubts].iter().filter_map(repeat).collect());
        Filter { bits, repeats }
    }
}

/// The places of `one`, of which `filter` is, that `other` meets, and its `strays`, if they are wanted; none if it takes too
/// long.
fn meet(one: &[u64], filter: &Filter, other: &[u64], strays: &mut Option<Vec<u64>>) -> Option<Met> {
    #[cfg(target_arch = "x86_64")]
    if cpu::is_wide() {
        // SAFETY: the processor has AVX2.
        return unsafe { meet_avx2(one, filter, other, strays) };
    }
    meet_by_runs(one, filter, other, strays)
}

/// The same, four shingles at a time.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn meet_avx2(one: &[u64], filter: &Filter, other: &[u64], strays: &mut Option<Vec<u64>>) -> Option<Met> {
    meet_by_runs(one, filter, other, strays)
}

#[inline(always)]
fn meet_by_runs(one: &[u64], filter: &Filter, other: &[u64], strays: &mut Option<Vec<u64>>) -> Option<Met> {
    let (mut met, mut effort) = (Met::new(one.len()), EFFORT * (one.len() + other.len()));
    let (mut at, mut rest) = (0, other);
    loop {
        let alike = alike(&one[at..], rest);
        met.insert(at..at + alike);
        at += alike;
        rest = &rest[alike..];
        // To where the next run begins.
        loop {
            let nowhere = rest.iter().position(|&shingle| filter.bits.has(shingle)).unwrap_or(rest.len());
            let (stray, may_stand) = rest.split_at(nowhere);
            strays.iter_mut().for_each(|strays| strays.extend_from_slice(stray));
            rest = may_stand;
            let Some((&shingle, after)) = rest.split_first() else { return Some(met) };
            if let Some(ahead) = find(&one[at..(at + CLOSE).min(one.len())], shingle) {
                at += ahead;
                break;
            }
            effort = effort.checked_sub(one.len())?;
            if let Some(place) = find(one, shingle) {
                at = place;
                break;
            }
            strays.iter_mut().for_each(|strays| strays.push(shingle));
            rest = after;
        }
    }
}

/// How far two begin alike.
#[inline(always)]
fn alike(one: &[u64], other: &[u64]) -> usize {
    let differ = |(one, other): (&[u64; 8], &[u64; 8])| (0..8).fold(0, |bits, i| bits | (one[i] ^ other[i])) != 0;
    let eights = one.as_chunks().0.iter().zip(other.as_chunks().0);
    let alike = 8 * eights.clone().position(differ).unwrap_or(eights.len());
    alike + one[alike..].iter().zip(&other[alike..]).take_while(|(one, other)| one == other).count()
}

/// Where a shingle first stands.
#[inline(always)]
fn find(shingles: &[u64], shingle: u64) -> Option<usize> {
    let (chunks, rest) = shingles.as_chunks::<16>();
    let holds = |chunk: &[u64; 16]| chunk.iter().fold(false, |held, &other| held | (other == shingle));
    let at = chunks.iter().position(holds);
    let (from, within) = at.map_or((shingles.len() - rest.len(), rest), |at| (at * 16, &chunks[at][..]));
    within.iter().position(|&other| other == shingle).map(|place| from + place)
}

/// Places that were met, a bit each.
struct Met {
    bits: Vec<u64>,
}

impl Met {
    fn new(places: usize) -> Self {
        Met { bits: vec![0; places.div_ceil(64)] }
    }

    fn insert(&mut self, places: Range<usize>) {
        let mut place = places.start;
        while place < places.end {
            let end = places.end.min((place / 64 + 1) * 64);
            self.bits[place / 64] |= (u64::MAX >> (64 - (end - place))) << (place % 64);
            place = end;
        }
    }

    /// Who met one place met the other instead.
    fn count_for(&mut self, place: usize, other: usize) {
        let bit = 1 << (place % 64);
        if self.bits[place / 64] & bit != 0 {
            self.bits[place / 64] &= !bit;
            self.insert(other..other + 1);
        }
    }

    fn count(&self) -> usize {
        self.bits.iter().map(|bits| bits.count_ones() as usize).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hash;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    fn naive(one: &[u64], other: &[u64]) -> Shared {
        let [one, other]: [BTreeSet<u64>; 2] = [one, other].map(|shingles| shingles.iter().copied().collect());
        Shared { one: one.len(), other: other.len(), both: one.intersection(&other).count() }
    }

    #[track_caller]
    fn check(one: &[u64], other: &[u64]) {
        let filter = Filter::of(one);
        let [wide, scalar] = [meet, meet_by_runs].map(|meet: fn(&[u64], &Filter, &[u64], &mut _) -> Option<Met>| {
            let mut strays = Some(Vec::new());
            meet(one, &filter, other, &mut strays).map(|met| (met.bits, strays))
        });
        assert_eq!(wide, scalar);
        let [a, b] = [one, other].map(Sequence::of);
        assert_eq!(a.shared(&b), naive(one, other));
        assert_eq!(b.shared(&a), naive(other, one), "looked up in the second");
        assert_eq!(Sequence::of(other).shared(&a), naive(other, one));
    }

    #[test]
    fn texts_that_are_much_the_same_share_what_their_sets_share() {
        let text: Vec<u64> = (0..1000).map(hash::mix).collect();
        let strange: Vec<u64> = (5000..5040).map(hash::mix).collect();
        let replaced = [&text[..300], &strange[..5], &text[305..]].concat();
        let moved = [&text[500..], &strange, &text[..500], &strange].concat();
        let twice = [&text[..], &text[200..300], &strange[..1], &text].concat();
        for one in [&text[..], &text[..700], &text[130..], &replaced, &moved, &twice, &strange, &[]] {
            for other in [&text[..], &replaced, &moved, &twice, &[]] {
                check(one, other);
            }
        }
    }

    #[test]
    fn shingles_that_were_made_to_stand_together_are_counted_too() {
        let [together, spread]: [Vec<u64>; 2] = [|i| i, hash::mix].map(|shingle| (0..500).map(shingle).collect());
        assert!(Filter::of(&together).repeats.is_none());
        check(&together, &together[100..]);
        check(&together, &spread);
        // Of which none is there, but every one seems to be.
        let seeming: Vec<u64> = spread.iter().map(|shingle| shingle ^ 1).collect();
        assert_eq!(Sequence::of(&spread).hold(&Sequence::of(&seeming)), None);
        check(&spread, &seeming);
    }

    proptest! {
        #[test]
        fn sequences_share_what_their_sets_share(
            mut one in prop::collection::vec(0u64..400, 0..300), other in prop::collection::vec(0u64..400, 0..300),
            edits in prop::collection::vec((any::<prop::sample::Index>(), 0u64..400), 0..6), is_edited in any::<bool>(),
            spread in 0u32..56, is_hashed in any::<bool>(),
        ) {
            let mut other = if is_edited { one.clone() } else { other };
            for (at, new) in edits.into_iter().filter(|_| !one.is_empty()) {
                let at = at.index(other.len().max(1)).min(other.len());
                other.splice(at..(at + new as usize % 3).min(other.len()), Some(new));
            }
            // Spread evenly, as shingles are, or standing together more or less.
            let number = |number: u64| if is_hashed { hash::mix(number) } else { number << spread };
            one.iter_mut().chain(&mut other).for_each(|shingle| *shingle = number(*shingle));
            check(&one, &other);
        }
    }
}
