//! Shingle sets, packed: what it takes to compare a document of tonight with one of last week.
//!
//! Of each of n shingles its place among `n f` equal parts of all numbers is kept, in order, as gaps in Rice's code (1979):
//! about `n (log2 f + 1.5)` bits instead of `64 n`. f is from 150 to 1024, so that 1200 bytes hold up to 1100 shingles; of
//! `allsides_articles`, with 980 a document, the mean is under 1.2 KiB. A shingle that a set lacks is taken for one of its
//! own with a probability of at most `1 / f`, and counts where that one is not met by itself; how many do is known on
//! average, and whole ones are taken out:
//!
//! `both = met - (n - met) (n_other - met) / (n f)`
//!
//! Time linear in both sets. Bad case: a text of thousands of words, of which every hundredth strange shingle or so passes
//! for its own before the correction, so that its similarity may be off by a thousandth.

use crate::verify::Overlap;

/// A set of up to `8 BYTES / 8.75` shingles is packed into so many bytes about.
const BYTES: usize = 1200;
/// The fewest and the most parts a shingle.
const PARTS: std::ops::RangeInclusive<u64> = 150..=1024;

/// How many equal parts there are a shingle: what `BYTES` allow, where that is neither few nor many.
fn parts_each(shingles: usize) -> u64 {
    // Sixteenths of a bit; between powers of two a straight line is near enough.
    let bits = (16 * 8 * BYTES / shingles.max(1)).min(16 * 16) as u64;
    // A gap takes a bit and a half more than its logarithm.
    let parts = ((16 + bits % 16) << (bits / 16)) / 16 * 181 / 512;
    parts.clamp(*PARTS.start(), *PARTS.end())
}

/// In which of so many equal parts of all numbers a shingle is.
fn part(shingle: u64, parts: u64) -> u64 {
    ((u128::from(shingle) * u128::from(parts)) >> 64) as u64
}

/// Appends the packed form of `shingles`, which are ascending and without repeats.
pub fn pack(shingles: &[u64], out: &mut Vec<u8>) {
    let each = parts_each(shingles.len());
    let (parts, low) = (each * shingles.len() as u64, each.ilog2());
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
        let part = part(shingle, parts);
        let gap = part - before;
        before = part;
        for _ in 0..gap >> low {
            put(1, 1, out);
        }
        put(0, 1, out);
        put(gap & ((1 << low) - 1), low, out);
    }
    put(0, 7, out);
}

/// A packed set, unpacked: the parts in which its shingles are, ascending.
#[derive(Debug, Default, Clone)]
pub struct Unpacked {
    held: Vec<u64>,
    /// Of so many.
    parts: u64,
}

impl Unpacked {
    /// Reads a packed set; nothing, where it is none.
    pub fn read(packed: &[u8]) -> Option<Self> {
        let (len, packed) = packed.split_first_chunk::<4>()?;
        let len = u32::from_le_bytes(*len) as usize;
        let each = parts_each(len);
        let (parts, low) = (each * len as u64, each.ilog2());
        // A gap takes more than a bit.
        if len > packed.len() * 8 {
            return None;
        }
        let mut at = 0usize;
        let mut bit = || {
            let bit = packed.get(at / 8)? >> (at % 8) & 1;
            at += 1;
            Some(u64::from(bit))
        };
        let (mut held, mut before) = (Vec::with_capacity(len), 0u64);
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
            held.push(before);
        }
        Some(Unpacked { held, parts })
    }

    /// How it overlaps with `shingles`, which are ascending and without repeats.
    pub fn overlap(&self, shingles: &[u64]) -> Overlap {
        let (mut met, mut rest) = (0usize, self.held.iter().peekable());
        for part in shingles.iter().map(|&shingle| part(shingle, self.parts)) {
            while rest.next_if(|&&other| other < part).is_some() {}
            met += usize::from(rest.next_if(|&&other| other == part).is_some());
        }
        let (ours, theirs) = (self.held.len(), shingles.len());
        let by_chance = (ours - met) as f64 * (theirs - met) as f64 / self.parts.max(1) as f64;
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
            // Four sigma of how many of theirs pass for ours.
            let passing = theirs as f64 / *PARTS.start() as f64;
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
            let passing = (theirs * ours) as f64 / (ours + both) as f64 / *PARTS.start() as f64;
            assert!(mean.abs() < 1.0 + 4.0 * (passing / 100.0).sqrt(), "{ours} {both} {theirs}: {mean}");
        }
    }

    #[test]
    fn a_set_takes_twelve_hundred_bytes_up_to_more_than_a_thousand_words() {
        for (words, most) in [(50, 80), (100, 150), (400, 590), (830, 1220), (1000, 1230), (1100, 1230), (3000, 3300)] {
            let size = packed(&set(0..words)).len();
            assert!(size <= most, "{words} words: {size} bytes");
        }
    }
}
