//! Shingles without repeats, to look others up in.

#[cfg(target_arch = "x86_64")]
use crate::cpu;

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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
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
    }
}
