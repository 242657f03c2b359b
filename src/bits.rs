//! Which hashes may have been met: a bit for every value of their top bits (Bloom 1970, with one hash).
//!
//! What was met is always told to be; of what was not, as large a share is told to be as there are bits set. O(1) a hash.

/// A bit for every value of the top bits.
#[derive(Debug, Clone)]
pub(crate) struct Bits {
    words: Vec<u64>,
    shift: u32,
}

impl Bits {
    /// None set yet, of `bits` or the next power of two, and 64 at least.
    pub(crate) fn new(bits: usize) -> Self {
        let bits = bits.next_power_of_two().max(64);
        Bits { words: vec![0; bits / 64], shift: 64 - bits.ilog2() }
    }

    /// Meets a hash; whether its bit was set before.
    #[inline(always)]
    pub(crate) fn insert(&mut self, hash: u64) -> bool {
        let at = hash >> self.shift;
        let (word, bit) = (&mut self.words[(at / 64) as usize], at % 64);
        let was_set = *word >> bit & 1 != 0;
        *word |= 1 << bit;
        was_set
    }

    /// Whether a hash may have been met.
    #[inline(always)]
    pub(crate) fn has(&self, hash: u64) -> bool {
        let at = hash >> self.shift;
        self.words[(at / 64) as usize] >> (at % 64) & 1 != 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    proptest! {
        #[test]
        fn hashes_are_told_apart_by_their_top_bits(met in prop::collection::vec(any::<u64>(), 0..80), log in 6u32..10) {
            let (mut bits, mut tops) = (Bits::new((1 << log) - 1), BTreeSet::new());
            for &hash in &met {
                prop_assert_eq!(bits.insert(hash), !tops.insert(hash >> (64 - log)));
            }
            for hash in met.into_iter().flat_map(|hash| [hash, !hash]) {
                prop_assert_eq!(bits.has(hash), tops.contains(&(hash >> (64 - log))));
            }
        }
    }
}
