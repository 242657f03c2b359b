//! Numbers that are the same on every machine: splitmix64 (Steele, Lea and Flood 2014), and Zipf ranks by whole numbers.

use std::ops::Range;

/// splitmix64.
#[derive(Debug, Clone)]
pub(super) struct Rng(pub(super) u64);

/// What a generator is for; two rooms never share one.
#[derive(Debug, Clone, Copy)]
pub(super) enum Room {
    Plan = 1,
    Event,
    Profile,
    Telling,
    Quote,
    Copy,
    Delay,
    Wait,
    World,
    Boilerplate,
}

impl Rng {
    pub(super) fn of(seed: u64, room: Room, number: u64) -> Self {
        Self(mix(mix(mix(seed).wrapping_add(room as u64)).wrapping_add(number)))
    }

    #[inline]
    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mix(self.0)
    }

    /// A number below `end`; 0 if there is none.
    #[inline]
    pub(super) fn below(&mut self, end: usize) -> usize {
        scale(self.next() >> 32, end)
    }

    pub(super) fn within(&mut self, range: Range<usize>) -> usize {
        range.start + self.below(range.end.saturating_sub(range.start))
    }

    /// A number of the range, small ones likelier (the square of an even one).
    pub(super) fn skewed(&mut self, range: Range<usize>) -> usize {
        let even = self.next() >> 32;
        range.start + scale((even * even) >> 32, range.end.saturating_sub(range.start))
    }

    pub(super) fn permille(&mut self, share: usize) -> bool {
        self.below(1000) < share
    }

    pub(super) fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())]
    }
}

#[inline]
pub(super) const fn mix(mut x: u64) -> u64 {
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

/// 32 bits to a number below `end`.
#[inline]
pub(super) fn scale(bits: u64, end: usize) -> usize {
    ((u128::from(bits) * end as u128) >> 32) as usize
}

/// Choice by rank with weight 1 / (rank + flat), in constant time.
pub(super) struct Zipf {
    pub(super) slots: Vec<(u32, u32)>,
}

impl Zipf {
    pub(super) fn new(ranks: usize, flat: u64) -> Self {
        let mut weights: Vec<u64> = (0..ranks as u64).map(|rank| ((1 << 40) / (rank + flat)) * ranks as u64).collect();
        let even = weights.iter().sum::<u64>() / ranks as u64;
        let (mut small, mut large): (Vec<usize>, Vec<usize>) = (0..ranks).partition(|&rank| weights[rank] < even);
        let mut slots: Vec<(u32, u32)> = (0..ranks as u32).map(|rank| (u32::MAX, rank)).collect();
        while let (Some(low), Some(&high)) = (small.pop(), large.last()) {
            slots[low] = (((u128::from(weights[low]) << 32) / u128::from(even)) as u32, high as u32);
            weights[high] -= even - weights[low];
            if weights[high] < even {
                large.pop();
                small.push(high);
            }
        }
        Self { slots }
    }

    #[inline]
    pub(super) fn draw(&self, rng: &mut Rng) -> usize {
        let bits = rng.next();
        let rank = scale(bits >> 32, self.slots.len());
        let (threshold, alias) = self.slots[rank];
        if (bits as u32) < threshold { rank } else { alias as usize }
    }
}
