//! Words to shingles: one 64-bit hash for every run of `width` consecutive words.
//!
//! A cyclic polynomial over the word hashes rolls along the words: a rotation and two exclusive ors a shingle, whatever
//! the width; one folded multiplication spreads it:
//!
//! ```text
//! shingle(i) = fold( w[i] <<< r(width-1)  xor  w[i+1] <<< r(width-2)  xor ... xor  w[i+width-1] )
//! ```
//!
//! where `<<<` rotates 64 bits (Cohen 1997; Lemire and Kaser 2010: it is pairwise independent where the word hashes are
//! random; Broder 1997 for shingling). A text shorter than one shingle is one shingle of all its words and their number,
//! so that two such texts are equal or have nothing in common. Time and memory linear in the words.
//!
//! Law: same words, same set, on every machine.

#[cfg(target_arch = "x86_64")]
use crate::cpu;
use crate::hash;
use serde::{Deserialize, Serialize};

/// How text is shingled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Params {
    /// Words in a shingle.
    pub width: usize,
}

impl Default for Params {
    fn default() -> Self {
        Params { width: 5 }
    }
}

/// Bits that a word's hash is turned by when the next word enters: odd, so that 64 words are turned differently.
const TURN: u32 = 13;

/// Appends the shingles of `words` to `out`, in order, repeats included; none for no words.
pub fn shingles(words: &[u64], width: usize, out: &mut Vec<u64>) {
    if words.is_empty() {
        return;
    }
    if words.len() < width {
        out.push(hash::fold(cyclic(words) ^ hash::mix(words.len() as u64)));
        return;
    }
    #[cfg(target_arch = "x86_64")]
    if width <= MOST_PASSES && cpu::is_widest() {
        // SAFETY: the processor has AVX-512.
        return unsafe { shingles_avx512(words, width, out) };
    }
    shingles_rolling(words, width, out);
}

/// [`shingles`] of at least one whole shingle, one after another.
fn shingles_rolling(words: &[u64], width: usize, out: &mut Vec<u64>) {
    let leaving = (TURN as usize * width % 64) as u32;
    let (first, rest) = words.split_at(width);
    let mut rolling = cyclic(first);
    out.push(hash::fold(rolling));
    out.extend(rest.iter().zip(words).map(|(&enters, &leaves)| {
        rolling = rolling.rotate_left(TURN) ^ (enters ^ leaves.rotate_left(leaving));
        hash::fold(rolling)
    }));
}

/// Shingles of more words than this are rolled: it takes a pass a word to make them all at once.
#[cfg(target_arch = "x86_64")]
const MOST_PASSES: usize = 12;

/// The same in passes over all of them, each of which takes one more word in, eight shingles at a time.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f")]
fn shingles_avx512(words: &[u64], width: usize, out: &mut Vec<u64>) {
    let (start, last) = (out.len(), width - 1);
    out.extend_from_slice(&words[..words.len() - last]);
    let out = &mut out[start..];
    for entering in 1..width {
        let entering = &words[entering..];
        out.iter_mut().zip(entering).for_each(|(shingle, &word)| *shingle = shingle.rotate_left(TURN) ^ word);
    }
    out.iter_mut().for_each(|shingle| *shingle = hash::fold_by_halves(*shingle));
}

/// A document's shingle set: its shingles without repeats, those with the same top bits together, with an index of where
/// they start. Hashes are spread evenly, so one or two stand together: a set is made, and searched, without sorting.
///
/// Time and memory linear, 16 bytes a shingle; shingles that somebody has made to stand together cost what sorting costs.
#[derive(Debug, Clone, Default)]
pub struct Set {
    /// The shingles, with a zero for every repeat where they are spread, and zeros to read past the end.
    shingles: Vec<u64>,
    len: usize,
    /// Where the shingles with each value of the top bits start, and after the last where they end.
    starts: Vec<u32>,
    bits: u32,
    /// Whether at most [`LOOK`] stand together, and none is zero.
    is_spread: bool,
}

/// So many are looked at where one is sought, and so many zeros stand after the last.
const LOOK: usize = 8;

impl Set {
    /// The set of `shingles`, repeats or not.
    pub fn of(shingles: &[u64]) -> Self {
        let mut set = Set::default();
        set.make_room(shingles);
        if set.is_spread {
            set.fill(shingles);
            return set;
        }
        let mut unique = shingles.to_vec();
        unique.sort_unstable();
        unique.dedup();
        set.make_room(&unique);
        set.fill(&unique);
        set
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// All of them, in an order that depends on nothing but the shingles and the order they were given in.
    pub fn iter(&self) -> impl Iterator<Item = u64> {
        let (all, _) = self.shingles.split_at(self.shingles.len().saturating_sub(LOOK));
        all.iter().copied().filter(|&shingle| shingle != 0 || !self.is_spread)
    }

    /// How many of `shingles` are there.
    pub fn count(&self, shingles: &Set) -> usize {
        if !self.is_spread {
            return shingles.iter().filter(|&shingle| self.contains(shingle)).count();
        }
        #[cfg(target_arch = "x86_64")]
        if cpu::is_wide() {
            // SAFETY: the processor has AVX2.
            return unsafe { self.count_avx2(&shingles.shingles) };
        }
        self.count_spread(&shingles.shingles)
    }

    /// Whether a shingle is there.
    pub fn contains(&self, shingle: u64) -> bool {
        let at = part(shingle, self.bits);
        let together = &self.shingles[self.starts[at] as usize..self.starts[at + 1] as usize];
        together.contains(&shingle) && (shingle != 0 || !self.is_spread)
    }

    /// Of `shingles`, zeros aside, those that are in a set that is spread: what stands after them that are looked at for
    /// one, and is looked at with them, differs from them in its top bits, or is zero. No look waits for another's
    /// outcome, so many are under way at once.
    fn count_spread(&self, shingles: &[u64]) -> usize {
        let look = |shingle: u64| &self.shingles[self.starts[part(shingle, self.bits)] as usize..][..LOOK];
        let equal = |&shingle: &u64| look(shingle).iter().map(|&other| u64::from(other == shingle)).sum::<u64>();
        shingles.iter().filter(|&&shingle| shingle != 0).map(equal).sum::<u64>() as usize
    }

    /// The same, four at a time.
    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx2")]
    fn count_avx2(&self, shingles: &[u64]) -> usize {
        use std::arch::x86_64::*;
        let (mut sum, zero) = (_mm256_setzero_si256(), _mm256_setzero_si256());
        for &shingle in shingles {
            let look = &self.shingles[self.starts[part(shingle, self.bits)] as usize..][..LOOK];
            let shingle = _mm256_set1_epi64x(shingle as i64);
            let equal = _mm256_andnot_si256(_mm256_cmpeq_epi64(shingle, zero), equal_avx2(look, shingle));
            // What is equal is all ones, minus one.
            sum = _mm256_sub_epi64(sum, equal);
        }
        let mut sums = [0u64; 4];
        // SAFETY: there is room for four numbers.
        unsafe { _mm256_storeu_si256(sums.as_mut_ptr().cast(), sum) };
        sums.iter().sum::<u64>() as usize
    }

    /// Counts how many of `shingles`, repeats and all, stand together, and makes room for them: the starts are where they
    /// end, for now.
    fn make_room(&mut self, shingles: &[u64]) {
        let Set { shingles: places, starts, bits, is_spread, .. } = self;
        *bits = (shingles.len() | 2).ilog2();
        starts.clear();
        starts.resize((1 << *bits) + 1, 0);
        shingles.iter().for_each(|&shingle| starts[part(shingle, *bits)] += 1);
        let (mut end, mut most) = (0, 0);
        for count in starts.iter_mut() {
            most = most.max(*count);
            end += *count;
            *count = end;
        }
        // A shingle that is zero is not told from room by a look.
        *is_spread = most as usize <= LOOK && !shingles.contains(&0);
        places.clear();
        places.resize(shingles.len() + LOOK, 0);
    }

    /// Puts `shingles` where there is room for them, from the ends downwards, so that the ends become starts, and
    /// backwards, so that order is kept. Where they are spread, a repeat is looked for, and its room stays zero.
    fn fill(&mut self, shingles: &[u64]) {
        if !self.is_spread {
            return self.fill_where(shingles, |_, _| false);
        }
        #[cfg(target_arch = "x86_64")]
        if cpu::is_wide() {
            // SAFETY: the processor has AVX2.
            return unsafe { self.fill_avx2(shingles) };
        }
        self.fill_where(shingles, |look, shingle| look.contains(&shingle));
    }

    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx2")]
    fn fill_avx2(&mut self, shingles: &[u64]) {
        use std::arch::x86_64::*;
        self.fill_where(shingles, |look, shingle| {
            let equal = equal_avx2(look, _mm256_set1_epi64x(shingle as i64));
            _mm256_testz_si256(equal, equal) == 0
        });
    }

    #[inline(always)]
    fn fill_where(&mut self, shingles: &[u64], is_there: impl Fn(&[u64], u64) -> bool) {
        let Set { shingles: places, len, starts, bits, .. } = self;
        *len = 0;
        for &shingle in shingles.iter().rev() {
            let start = &mut starts[part(shingle, *bits)];
            let at = *start as usize;
            let is_new = !is_there(&places[at..][..LOOK], shingle);
            // No branch on what nobody can foretell.
            places[at - 1] = shingle & u64::from(is_new).wrapping_neg();
            *start -= u32::from(is_new);
            *len += usize::from(is_new);
        }
    }
}

/// Of eight numbers, which of the first four or of the other four are equal to those of `number`.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
#[inline]
fn equal_avx2(look: &[u64], number: std::arch::x86_64::__m256i) -> std::arch::x86_64::__m256i {
    use std::arch::x86_64::*;
    let look = &look[..LOOK];
    // SAFETY: there are eight numbers to read.
    let (one, other) =
        unsafe { (_mm256_loadu_si256(look.as_ptr().cast()), _mm256_loadu_si256(look[4..].as_ptr().cast())) };
    _mm256_or_si256(_mm256_cmpeq_epi64(one, number), _mm256_cmpeq_epi64(other, number))
}

/// The top bits of a shingle.
#[inline]
fn part(shingle: u64, bits: u32) -> usize {
    (shingle >> (64 - bits)) as usize
}

fn cyclic(words: &[u64]) -> u64 {
    words.iter().fold(0, |sum: u64, &word| sum.rotate_left(TURN) ^ word)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn of(words: &[u64], width: usize) -> Vec<u64> {
        let mut out = Vec::new();
        shingles(words, width, &mut out);
        out
    }

    #[test]
    fn a_shingle_is_the_same_on_every_machine() {
        assert_eq!(of(&[1, 2, 3, 4, 5], 5), [hash::fold(cyclic(&[1, 2, 3, 4, 5]))]);
        assert_eq!(of(&[7, 8], 5), [13_419_366_157_995_275_637]);
        assert!(of(&[], 5).is_empty());
    }

    #[test]
    fn texts_shorter_than_a_shingle_are_equal_or_strangers() {
        assert_eq!(of(&[7, 8], 5), of(&[7, 8], 5));
        assert_ne!(of(&[7, 8], 5), of(&[8, 7], 5));
        assert_ne!(of(&[0], 5), of(&[0, 0], 5));
        assert_ne!(of(&[1, 2, 3, 4], 5), of(&[1, 2, 3, 4, 5], 5));
    }

    proptest! {
        #[test]
        fn every_form_is_the_rolling_one(words in prop::collection::vec(any::<u64>(), 1..60), width in 1usize..16) {
            let mut rolled = Vec::new();
            if words.len() >= width {
                shingles_rolling(&words, width, &mut rolled);
                prop_assert_eq!(of(&words, width), rolled);
            }
        }

        #[test]
        fn a_set_holds_every_shingle_once(
            mut shingles in prop::collection::vec(any::<u64>(), 0..600), spread in 0u32..64, repeats in 0usize..20,
            shared in 0usize..600,
        ) {
            let others = shingles.split_off(shingles.len() / 2);
            let mut others = [&others, &shingles[..shared.min(shingles.len())], &[0, 0]].concat();
            shingles.iter_mut().step_by(3).for_each(|shingle| *shingle >>= spread);
            for shingles in [&mut shingles, &mut others] {
                shingles.extend_from_within(..repeats.min(shingles.len()));
            }
            let set = Set::of(&shingles);
            // Zero keeps a set from being spread.
            for others in [&others[..], &others.iter().copied().filter(|&other| other != 0).collect::<Vec<_>>()] {
                let (other, naive) = (Set::of(others), others.iter().filter(|other| shingles.contains(other)));
                let naive = naive.collect::<std::collections::BTreeSet<_>>().len();
                prop_assert_eq!((set.count(&other), other.count(&set)), (naive, naive));
            }
            let naive: std::collections::BTreeSet<u64> = shingles.iter().copied().collect();
            prop_assert_eq!(set.len(), naive.len());
            prop_assert_eq!(set.count(&set), set.len());
            prop_assert_eq!(set.iter().collect::<std::collections::BTreeSet<u64>>(), naive.clone());
            for other in [0, 1, 1 << 40, u64::MAX].into_iter().chain(shingles) {
                prop_assert_eq!(set.contains(other), naive.contains(&other));
            }
        }

        #[test]
        fn same_words_same_set(words in prop::collection::vec(0u64..20, 0..60), width in 1usize..9) {
            let words: Vec<u64> = words.into_iter().map(hash::mix).collect();
            let rolled = of(&words, width);
            if words.len() >= width {
                let fresh: Vec<u64> = words.windows(width).flat_map(|w| of(w, width)).collect();
                prop_assert_eq!(&rolled, &fresh);
            }
        }
    }
}
