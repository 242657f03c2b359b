//! The slots of a band to its bucket.
//!
//! A key is a hash of the band's slots, taken four at a time; its high half is the bucket. Bands of four slots, the ones
//! mostly chosen, have a wide form, which gives the same: several bands of a signature at once.

#[cfg(target_arch = "x86_64")]
use crate::cpu;
use crate::hash;
use crate::sketch::Slot;

/// The hash of a band's slots; its high half is the [bucket].
#[inline]
pub(super) fn key(slots: &[Slot]) -> u64 {
    if let Ok(four) = slots.try_into() {
        return of_four(four);
    }
    slots.chunks(4).fold(slots.len() as u64, |key, four| {
        hash::mix(key.rotate_left(32) ^ four.iter().fold(0, |packed, &slot| packed << 16 | u64::from(slot)))
    })
}

/// The bucket of a band's slots.
#[inline]
pub(super) fn bucket(slots: &[Slot]) -> u32 {
    (key(slots) >> 32) as u32
}

/// The key of four slots, the first one highest in what is hashed.
#[inline(always)]
fn of_four(four: &[Slot; 4]) -> u64 {
    const LOW: u64 = 0x0000_ffff_0000_ffff;
    let [a, b, c, d] = four.map(u64::from);
    let halves = (c | d << 16) | (a | b << 16) << 32;
    hash::mix(4 << 32 ^ ((halves & LOW) << 16 | halves >> 16 & LOW))
}

/// Writes the buckets of bands of so many slots, `rows`, that stand one after another, as many as there is room for.
pub(super) type Write = fn(slots: &[Slot], rows: usize, buckets: &mut [u32]);

/// What writes buckets on this processor.
pub(super) fn write() -> Write {
    #[cfg(target_arch = "x86_64")]
    if cpu::is_wide() {
        // SAFETY: the processor has AVX2.
        return |slots, rows, buckets| unsafe { write_avx2(slots, rows, buckets) };
    }
    write_each
}

fn write_each(slots: &[Slot], rows: usize, buckets: &mut [u32]) {
    buckets.iter_mut().zip(slots.chunks_exact(rows)).for_each(|(out, slots)| *out = bucket(slots));
}

/// The same, four bands of four slots at a time.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn write_avx2(slots: &[Slot], rows: usize, buckets: &mut [u32]) {
    if rows != 4 {
        return write_each(slots, rows, buckets);
    }
    let (bands, _) = slots.as_chunks();
    let (fours, rest) = buckets.as_chunks_mut();
    let (of_fours, of_rest) = bands.as_chunks();
    let write = |(out, four): (&mut u32, &[Slot; 4])| *out = (of_four(four) >> 32) as u32;
    for (out, four) in fours.iter_mut().zip(of_fours) {
        let out: &mut [u32; 4] = out;
        let four: &[[Slot; 4]; 4] = four;
        out.iter_mut().zip(four).for_each(write);
    }
    rest.iter_mut().zip(of_rest).for_each(write);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn buckets_are_those_of_each_band(slots in prop::collection::vec(any::<Slot>(), 0..140), rows in 1usize..10) {
            let naive: Vec<u32> = slots.chunks_exact(rows).map(|band| {
                let packed = |key: u64, four: &[Slot]| {
                    let four = four.iter().fold(0u64, |packed, &slot| packed * 65536 + u64::from(slot));
                    hash::mix(key.rotate_left(32) ^ four)
                };
                (band.chunks(4).fold(rows as u64, packed) >> 32) as u32
            }).collect();
            for write in [write(), write_each] {
                let mut buckets = vec![0; slots.len() / rows];
                write(&slots, rows, &mut buckets);
                prop_assert_eq!(&buckets, &naive);
            }
        }
    }
}
