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

mod sequence;
mod set;

#[cfg(target_arch = "x86_64")]
use crate::cpu;
use crate::hash;
pub use sequence::{Sequence, Shared};
use serde::{Deserialize, Serialize};
pub use set::Set;

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
    if let Some(&at_once) = AT_ONCE.get(width - 1).filter(|_| cpu::is_widest()) {
        // SAFETY: the processor has AVX-512.
        return unsafe { at_once(words, out) };
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

#[cfg(target_arch = "x86_64")]
type AtOnce = unsafe fn(&[u64], &mut Vec<u64>);

/// [`shingles_avx512`] of one word, of two, and so on.
#[cfg(target_arch = "x86_64")]
const AT_ONCE: [AtOnce; 8] = [
    shingles_avx512::<1>,
    shingles_avx512::<2>,
    shingles_avx512::<3>,
    shingles_avx512::<4>,
    shingles_avx512::<5>,
    shingles_avx512::<6>,
    shingles_avx512::<7>,
    shingles_avx512::<8>,
];

/// The same, each of its own words, eight shingles at a time.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f")]
fn shingles_avx512<const WIDTH: usize>(words: &[u64], out: &mut Vec<u64>) {
    out.extend(words.windows(WIDTH).map(|window| {
        let window: &[u64; WIDTH] = window.try_into().unwrap_or(&[0; WIDTH]);
        let turned = |at: usize| window[at].rotate_left(TURN * (WIDTH - 1 - at) as u32);
        hash::fold_by_halves((0..WIDTH).fold(0, |sum, at| sum ^ turned(at)))
    }));
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
