//! Where the lines of a text end.
//!
//! Lines are short, so that a search begun anew for each costs more than the bytes it passes over: 64 bytes at a time
//! become a mask, and its bits the places. SSE2, which every x86-64 processor has; elsewhere one search after another.

/// The places of the line ends of `bytes`, in order.
#[cfg(not(target_arch = "x86_64"))]
pub(super) fn line_ends(bytes: &[u8]) -> impl Iterator<Item = usize> {
    memchr::memchr_iter(b'\n', bytes)
}

/// The places of the line ends of `bytes`, in order.
#[cfg(target_arch = "x86_64")]
pub(super) fn line_ends(bytes: &[u8]) -> impl Iterator<Item = usize> {
    let (blocks, rest) = bytes.as_chunks::<64>();
    let mut last = [0; 64];
    last[..rest.len()].copy_from_slice(rest);
    let (mut next, mut base, mut mask) = (0, 0, 0u64);
    std::iter::from_fn(move || {
        while mask == 0 {
            mask = marks(blocks.get(next).or((next == blocks.len()).then_some(&last))?);
            base = 64 * next;
            next += 1;
        }
        let at = base + mask.trailing_zeros() as usize;
        mask &= mask - 1;
        Some(at)
    })
}

/// Which of 64 bytes end a line.
#[cfg(target_arch = "x86_64")]
fn marks(block: &[u8; 64]) -> u64 {
    use std::arch::x86_64::*;
    // SAFETY: every x86-64 processor has SSE2, and there are 16 bytes to read.
    let sixteen = |bytes: &[u8; 16]| unsafe {
        let is_end = _mm_cmpeq_epi8(_mm_loadu_si128(bytes.as_ptr().cast()), _mm_set1_epi8(b'\n' as i8));
        _mm_movemask_epi8(is_end) as u16
    };
    block.as_chunks::<16>().0.iter().rev().fold(0, |marks, bytes| marks << 16 | u64::from(sixteen(bytes)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn they_are_where_the_line_ends_are(bytes in prop::collection::vec(prop::sample::select(b"a\n\xff\0".to_vec()), 0..300)) {
            let naive = (0..bytes.len()).filter(|&at| bytes[at] == b'\n');
            prop_assert!(line_ends(&bytes).eq(naive));
        }
    }
}
