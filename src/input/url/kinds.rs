//! The bytes of an address by what a browser makes of them: one look tells whether any is changed or begins a part.
//!
//! A table of bytes, and by AVX-512 of 64 at a time, which gives the same. Linear.

#[cfg(target_arch = "x86_64")]
use crate::cpu;

/// A browser changes it.
pub(super) const CHANGED: u8 = 1;
/// It begins a query.
pub(super) const QUERY: u8 = 2;
/// It begins a fragment.
pub(super) const FRAGMENT: u8 = 4;

/// Of each byte, whether a browser changes it in a path, a query or a fragment, and whether it begins one of the latter.
static KINDS: [u8; 256] = {
    let mut kinds = [CHANGED; 256];
    let (mut byte, marks) = (0, b"-._~!$&()*+,;=:@/?#%");
    while byte < 128 {
        if (byte as u8).is_ascii_alphanumeric() {
            kinds[byte] = 0;
        }
        byte += 1;
    }
    let mut at = 0;
    while at < marks.len() {
        kinds[marks[at] as usize] = 0;
        at += 1;
    }
    kinds[b'#' as usize] = FRAGMENT;
    kinds[b'?' as usize] = QUERY;
    kinds
};

/// The kinds of some bytes.
pub(super) fn of(bytes: &[u8]) -> u8 {
    #[cfg(target_arch = "x86_64")]
    if cpu::is_widest() {
        // SAFETY: the processor has AVX-512 with bytes found by their numbers.
        return unsafe { of_avx512(bytes) };
    }
    of_each(bytes)
}

fn of_each(bytes: &[u8]) -> u8 {
    bytes.iter().fold(0, |kinds, &byte| kinds | KINDS[usize::from(byte)])
}

/// The same, 64 bytes at a time.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512bw,avx512vbmi")]
fn of_avx512(bytes: &[u8]) -> u8 {
    use std::arch::x86_64::*;
    // SAFETY: there are 64 bytes to read.
    let load = |bytes: &[u8; 64]| unsafe { _mm512_loadu_si512(bytes.as_ptr().cast()) };
    let [low, high, ..] = KINDS.as_chunks().0 else { return CHANGED };
    let (low, high, mut kinds, mut other) = (load(low), load(high), _mm512_setzero_si512(), 0);
    for block in bytes.chunks(64) {
        // SAFETY: as many bytes are read as there are; what stands for the others is of no kind.
        let read = unsafe {
            _mm512_mask_loadu_epi8(_mm512_set1_epi8(b'a' as i8), !0 >> (64 - block.len()), block.as_ptr().cast())
        };
        let beyond = _mm512_movepi8_mask(read);
        other |= beyond;
        kinds = _mm512_or_si512(kinds, _mm512_maskz_permutex2var_epi8(!beyond, low, read, high));
    }
    let has = |kind: u8| if _mm512_test_epi8_mask(kinds, _mm512_set1_epi8(kind as i8)) == 0 { 0 } else { kind };
    let changed = if other == 0 { has(CHANGED) } else { CHANGED };
    changed | has(QUERY) | has(FRAGMENT)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4096))]
        #[test]
        fn kinds_are_those_of_each_byte(plain in "[ -~]{0,150}", byte in any::<u8>(), at in any::<prop::sample::Index>()) {
            let mut bytes = plain.into_bytes();
            bytes.insert(at.index(bytes.len() + 1), byte);
            for bytes in [&bytes[..], &bytes[..at.index(bytes.len())]] {
                prop_assert_eq!(of(bytes), of_each(bytes));
            }
        }
    }
}
