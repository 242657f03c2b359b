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
    let leaving = (TURN as usize * width % 64) as u32;
    let (first, rest) = words.split_at(width);
    let mut rolling = cyclic(first);
    out.push(hash::fold(rolling));
    out.extend(rest.iter().zip(words).map(|(&enters, &leaves)| {
        rolling = rolling.rotate_left(TURN) ^ (enters ^ leaves.rotate_left(leaving));
        hash::fold(rolling)
    }));
}

/// A document's shingle set: its shingles without repeats, those with the same top bits together, with an index of where
/// they start. Hashes are spread evenly, so one or two stand together: a set is made, and searched, without sorting.
///
/// Time and memory linear, 16 bytes a shingle; shingles that somebody has made to stand together cost what sorting costs.
#[derive(Debug, Clone, Default)]
pub struct Set {
    /// The shingles, and zeros to read past the end.
    shingles: Vec<u64>,
    len: usize,
    /// Where the shingles with each value of the top bits start, and after the last where they end.
    starts: Vec<u32>,
    bits: u32,
    /// The most that stand together.
    most: usize,
}

impl Set {
    /// So many are looked at where one is sought, and so many zeros stand after the last.
    const LOOK: usize = 8;

    /// The set of `shingles`, repeats or not.
    pub fn of(shingles: &[u64]) -> Self {
        let mut set = Set::default();
        set.put_together(shingles);
        if set.most > Set::LOOK {
            let mut unique = shingles.to_vec();
            unique.sort_unstable();
            unique.dedup();
            set.put_together(&unique);
        } else if set.equal(shingles) > set.len {
            set.leave_out_repeats();
        }
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
        self.shingles[..self.len].iter().copied()
    }

    /// How many of `shingles`, which have no repeats, are there.
    pub fn count(&self, shingles: &Set) -> usize {
        self.equal(&shingles.shingles[..shingles.len])
    }

    /// Whether a shingle is there.
    pub fn contains(&self, shingle: u64) -> bool {
        self.run(shingle).contains(&shingle)
    }

    /// Those that stand together with `shingle`, if it is there.
    fn run(&self, shingle: u64) -> &[u64] {
        let at = part(shingle, self.bits);
        &self.shingles[self.starts[at] as usize..self.starts[at + 1] as usize]
    }

    /// The pairs of one of `shingles` and an equal one here. No look waits for another's outcome, so many are under way at
    /// once.
    fn equal(&self, shingles: &[u64]) -> usize {
        if self.most > Set::LOOK {
            let equal = |&shingle: &u64| self.run(shingle).iter().filter(|&&other| other == shingle).count();
            return shingles.iter().map(equal).sum();
        }
        #[cfg(target_arch = "x86_64")]
        if cpu::is_wide() {
            // SAFETY: the processor has AVX2.
            return unsafe { self.equal_avx2(shingles) };
        }
        self.equal_spread(shingles)
    }

    /// [`Set::equal`] where at most [`Set::LOOK`] stand together: what stands after them, and is looked at with them,
    /// differs from them in its top bits, or is padding.
    #[inline(always)]
    fn equal_spread(&self, shingles: &[u64]) -> usize {
        let look = |shingle: u64| &self.shingles[self.starts[part(shingle, self.bits)] as usize..][..Set::LOOK];
        let equal = |&shingle: &u64| look(shingle).iter().map(|&other| u64::from(other == shingle)).sum::<u64>();
        shingles.iter().map(equal).sum::<u64>() as usize
    }

    /// The same, four at a time.
    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx2")]
    fn equal_avx2(&self, shingles: &[u64]) -> usize {
        use std::arch::x86_64::*;
        let mut sum = _mm256_setzero_si256();
        for &shingle in shingles {
            let look = &self.shingles[self.starts[part(shingle, self.bits)] as usize..][..Set::LOOK];
            let shingle = _mm256_set1_epi64x(shingle as i64);
            for four in look.as_chunks::<4>().0 {
                // SAFETY: there are four numbers to read.
                let four = unsafe { _mm256_loadu_si256(four.as_ptr().cast()) };
                // What is equal is all ones, minus one.
                sum = _mm256_sub_epi64(sum, _mm256_cmpeq_epi64(four, shingle));
            }
        }
        let mut sums = [0u64; 4];
        // SAFETY: there is room for four numbers.
        unsafe { _mm256_storeu_si256(sums.as_mut_ptr().cast(), sum) };
        sums.iter().sum::<u64>() as usize
    }

    fn put_together(&mut self, shingles: &[u64]) {
        let Set { shingles: place, len, starts, bits, most } = self;
        *len = shingles.len();
        *bits = (shingles.len() | 2).ilog2();
        starts.clear();
        starts.resize((1 << *bits) + 1, 0);
        shingles.iter().for_each(|&shingle| starts[part(shingle, *bits)] += 1);
        let (mut end, mut largest) = (0, 0);
        for count in starts.iter_mut() {
            largest = largest.max(*count);
            end += *count;
            *count = end;
        }
        // A shingle that is zero is not told from padding by a look.
        *most = if shingles.contains(&0) { usize::MAX } else { largest as usize };
        place.clear();
        place.resize(shingles.len() + Set::LOOK, 0);
        // From the ends downwards, so that the ends become starts; backwards, so that order is kept.
        for &shingle in shingles.iter().rev() {
            let start = &mut starts[part(shingle, *bits)];
            *start -= 1;
            place[*start as usize] = shingle;
        }
    }

    /// Repeats stand together: what is left moves together.
    fn leave_out_repeats(&mut self) {
        let (mut start, mut len) = (0, 0);
        for at in 0..self.starts.len() - 1 {
            let (first, end) = (len, self.starts[at + 1] as usize);
            self.starts[at] = first as u32;
            for from in start..end {
                let shingle = self.shingles[from];
                if !self.shingles[first..len].contains(&shingle) {
                    self.shingles[len] = shingle;
                    len += 1;
                }
            }
            start = end;
        }
        if let Some(end) = self.starts.last_mut() {
            *end = len as u32;
        }
        self.shingles[len..].fill(0);
        self.len = len;
    }
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
        fn a_set_holds_every_shingle_once(
            mut shingles in prop::collection::vec(any::<u64>(), 0..600), spread in 0u32..64, repeats in 0usize..20,
        ) {
            shingles.iter_mut().step_by(3).for_each(|shingle| *shingle >>= spread);
            shingles.extend_from_within(..repeats.min(shingles.len()));
            let set = Set::of(&shingles);
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
