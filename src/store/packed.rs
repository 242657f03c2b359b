//! Shingle sets, packed: what it takes to compare a document of tonight with one of last week.
//!
//! Of each of n shingles the top `log2 n + k` bits are kept, in order, as gaps in Rice's code (1979): about `n (k + 2)` bits
//! instead of `64 n`. k is from 8 to 24, so that 1200 bytes hold up to 960 shingles. A shingle that a set lacks is taken
//! for one of its own with a probability of at most `2^(1 - k)`, and counts where that one is not met by itself; how many do
//! is known on average, and whole ones are taken out:
//!
//! `both = met - (n - met) (n_other - met) / 2^bits`
//!
//! Time linear in both sets. Bad case: a text of thousands of words, of which every hundredth strange shingle or so passes
//! for its own before the correction, so that its similarity may be off by a thousandth.

use crate::verify::Overlap;

/// A set of up to `8 BYTES / 10` shingles is packed into so many bytes about.
const BYTES: usize = 1200;

fn kept_bits(shingles: usize) -> u32 {
    let each = (8 * BYTES / shingles.max(1)).saturating_sub(2).clamp(8, 24) as u32;
    (shingles.max(1).ilog2() + each).min(64)
}

/// Appends the packed form of `shingles`, which are ascending and without repeats.
pub fn pack(shingles: &[u64], out: &mut Vec<u8>) {
    let bits = kept_bits(shingles.len());
    let low = bits - shingles.len().max(1).ilog2();
    out.extend_from_slice(&(shingles.len() as u32).to_le_bytes());
    let (mut before, mut held, mut count) = (0u64, 0u64, 0u32);
    let mut put = |value: u64, width: u32, out: &mut Vec<u8>| {
        held |= value << count;
        count += width;
        while count >= 8 {
            out.push(held as u8);
            held >>= 8;
            count -= 8;
        }
    };
    for &shingle in shingles {
        let value = shingle >> (64 - bits);
        let gap = value - before;
        before = value;
        for _ in 0..gap >> low {
            put(1, 1, out);
        }
        put(0, 1, out);
        put(gap & ((1 << low) - 1), low, out);
    }
    put(0, 7, out);
}

/// A packed set, unpacked: the kept bits of its shingles, ascending.
#[derive(Debug, Default, Clone)]
pub struct Unpacked {
    values: Vec<u64>,
    bits: u32,
}

impl Unpacked {
    /// Reads a packed set; nothing, where it is none.
    pub fn read(packed: &[u8]) -> Option<Self> {
        let (len, packed) = packed.split_first_chunk::<4>()?;
        let len = u32::from_le_bytes(*len) as usize;
        let bits = kept_bits(len);
        let low = bits - len.max(1).ilog2();
        // A value takes more than a bit.
        if len > packed.len() * 8 {
            return None;
        }
        let mut at = 0usize;
        let mut bit = || {
            let bit = packed.get(at / 8)? >> (at % 8) & 1;
            at += 1;
            Some(u64::from(bit))
        };
        let (mut values, mut before) = (Vec::with_capacity(len), 0u64);
        for _ in 0..len {
            let mut high = 0u64;
            while bit()? == 1 {
                high += 1;
            }
            let mut gap = high << low;
            for place in 0..low {
                gap |= bit()? << place;
            }
            before = before.checked_add(gap)?;
            values.push(before);
        }
        Some(Unpacked { values, bits })
    }

    /// How it overlaps with `shingles`, which are ascending and without repeats.
    pub fn overlap(&self, shingles: &[u64]) -> Overlap {
        let (mut met, mut rest) = (0usize, self.values.iter().peekable());
        for value in shingles.iter().map(|&shingle| shingle.checked_shr(64 - self.bits).unwrap_or(0)) {
            while rest.next_if(|&&other| other < value).is_some() {}
            met += usize::from(rest.next_if(|&&other| other == value).is_some());
        }
        let (ours, theirs) = (self.values.len(), shingles.len());
        let by_chance = (ours - met) as f64 * (theirs - met) as f64 / 2f64.powi(self.bits as i32);
        let both = met.saturating_sub(by_chance as usize);
        Overlap { both: both as u32, smaller: ours.min(theirs) as u32, either: (ours + theirs - both) as u32 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hash;
    use crate::shingle::Set;
    use proptest::prelude::*;

    fn set(numbers: impl Iterator<Item = u64>) -> Vec<u64> {
        let mut set: Vec<u64> = numbers.map(hash::mix).collect();
        set.sort_unstable();
        set.dedup();
        set
    }

    fn packed(set: &[u64]) -> Vec<u8> {
        let mut packed = Vec::new();
        pack(set, &mut packed);
        packed
    }

    proptest! {
        #[test]
        fn an_overlap_is_that_of_the_sets_but_for_a_shingle_in_hundreds(
            ours in 0u64..3000, both in 0u64..3000, theirs in 0u64..3000, seed in 0u64..1000,
        ) {
            let from = seed << 20;
            let (a, b) = (set(from..from + ours + both), set(from + ours..from + ours + both + theirs));
            let unpacked = Unpacked::read(&packed(&a)).unwrap();
            let (found, exact) = (unpacked.overlap(&b), Overlap::of(&Set::of(&a), &Set::of(&b)));
            prop_assert_eq!(found.smaller, exact.smaller);
            // Four sigma of how many of theirs pass for ours: of a set nearly twice a power of two, up to 2^(1 - 8).
            let passing = theirs as f64 / 128.0;
            prop_assert!((f64::from(found.both) - f64::from(exact.both)).abs() <= 1.0 + 4.0 * passing.sqrt(), "{:?} {:?}", found, exact);
            prop_assert_eq!(unpacked.overlap(&a), Overlap::of(&Set::of(&a), &Set::of(&a)));
        }

        #[test]
        fn nothing_that_is_read_makes_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            if let Some(unpacked) = Unpacked::read(&bytes) {
                unpacked.overlap(&[1, 2, u64::MAX]);
            }
        }
    }

    #[test]
    fn what_passes_is_taken_out_on_average() {
        for (ours, both, theirs) in
            [(84, 1871, 2796), (505, 1196, 2299), (150, 750, 150), (425, 1575, 425), (3000, 0, 3000)]
        {
            let error = |seed: u64| {
                let from = seed << 20;
                let (a, b) = (set(from..from + ours + both), set(from + ours..from + ours + both + theirs));
                Unpacked::read(&packed(&a)).unwrap().overlap(&b).both as f64 - both as f64
            };
            let mean = (0..100).map(error).sum::<f64>() / 100.0;
            // Whole ones alone are taken out; and four sigma of a mean of a hundred.
            let passing = (theirs * ours) as f64 / (ours + both) as f64 / 128.0;
            assert!(mean.abs() < 1.0 + 4.0 * (passing / 100.0).sqrt(), "{ours} {both} {theirs}: {mean}");
        }
    }

    #[test]
    fn a_set_takes_twelve_hundred_bytes_up_to_nearly_a_thousand_words() {
        for (words, most) in [(50, 175), (100, 350), (400, 1250), (960, 1250), (3000, 3900)] {
            let size = packed(&set(0..words)).len();
            assert!(size <= most, "{words} words: {size} bytes");
        }
    }
}
