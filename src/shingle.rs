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

/// Makes `out` the shingle set of `words`: ascending, without repeats. Expected time linear, since hashes are spread evenly.
pub fn set(words: &[u64], width: usize, out: &mut Vec<u64>) {
    out.clear();
    shingles(words, width, out);
    sort_spread(out);
    out.dedup();
}

/// Parts that evenly spread numbers are thrown into at most, by their top bits.
const PART_BITS: u32 = 11;
/// A part of more numbers than this is sorted by itself.
const LARGE_PART: u32 = 12;

/// Sorts numbers that are spread evenly over all 64 bits: thrown into about two parts a number, they need but a few steps
/// between neighbours. Numbers that are not cost what sorting costs.
fn sort_spread(numbers: &mut Vec<u64>) {
    let n = numbers.len();
    if n < 32 {
        return numbers.sort_unstable();
    }
    let bits = (n.ilog2() + 1).min(PART_BITS);
    let part = |number: u64| (number >> (64 - bits)) as usize;
    let mut ends = [0u32; 1 << PART_BITS];
    numbers.iter().for_each(|&number| ends[part(number)] += 1);
    let (mut end, mut largest) = (n as u32, 0);
    for count in &mut ends[..1 << bits] {
        largest = largest.max(*count);
        (*count, end) = (end, end + *count);
    }
    if largest > LARGE_PART {
        return numbers.sort_unstable();
    }
    // Behind the numbers, in their own memory, they are put in order.
    numbers.resize(2 * n, 0);
    for at in 0..n {
        let place = &mut ends[part(numbers[at])];
        numbers[*place as usize] = numbers[at];
        *place += 1;
    }
    numbers[0] = numbers[n];
    for at in 1..n {
        let number = numbers[n + at];
        let mut place = at;
        while place > 0 && numbers[place - 1] > number {
            numbers[place] = numbers[place - 1];
            place -= 1;
        }
        numbers[place] = number;
    }
    numbers.truncate(n);
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
        fn numbers_are_sorted_however_they_are_spread(
            mut numbers in prop::collection::vec(any::<u64>(), 0..3000), spread in 0u32..64,
        ) {
            numbers.iter_mut().step_by(3).for_each(|number| *number >>= spread);
            let mut sorted = numbers.clone();
            sorted.sort_unstable();
            sort_spread(&mut numbers);
            prop_assert_eq!(numbers, sorted);
        }

        #[test]
        fn same_words_same_set(words in prop::collection::vec(0u64..20, 0..60), width in 1usize..9) {
            let words: Vec<u64> = words.into_iter().map(hash::mix).collect();
            let rolled = of(&words, width);
            if words.len() >= width {
                let fresh: Vec<u64> = words.windows(width).flat_map(|w| of(w, width)).collect();
                prop_assert_eq!(&rolled, &fresh);
            }
            let mut sorted = vec![1, 2];
            set(&words, width, &mut sorted);
            prop_assert!(sorted.is_sorted_by(|a, b| a < b));
            prop_assert!(rolled.iter().all(|s| sorted.binary_search(s).is_ok()));
        }
    }
}
