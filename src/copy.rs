//! Bytes copied up to one that needs more than copying: what undoing JSON's escapes and spelling a text come down to.
//!
//! Both meet such a byte once in a hundred, so that 32 are copied at a time, and where the next ones are does not wait
//! for what these were. Mostly it begins two or three that one byte stands for: the widest form copies 64 at a time and
//! writes it for them, without a branch on where such a byte is.

/// More bytes than were asked for that may be written to, and are not kept.
pub(crate) const LANES: usize = 64;

/// Copies up to the first byte that `stops`; tells how many bytes that were.
pub(crate) fn scalar(bytes: &[u8], out: &mut Vec<u8>, change: impl Fn(u8) -> u8, stops: impl Fn(u8) -> bool) -> usize {
    let plain = bytes.iter().position(|&byte| stops(byte)).unwrap_or(bytes.len());
    out.extend(bytes[..plain].iter().map(|&byte| change(byte)));
    plain
}

/// Bytes read at a time by the middle form.
#[cfg(target_arch = "x86_64")]
const HALF: usize = LANES / 2;

/// The same, of 32 bytes at a time as `change` makes them and as `stops` marks them, a bit a byte; what is left of fewer
/// than 32 is for `rest`. Tells how many bytes were copied.
///
/// # Safety
/// The processor has AVX2.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
pub(crate) unsafe fn avx2(
    bytes: &[u8],
    out: &mut Vec<u8>,
    change: impl Fn(std::arch::x86_64::__m256i) -> std::arch::x86_64::__m256i,
    stops: impl Fn(std::arch::x86_64::__m256i) -> u32,
    rest: impl Fn(&[u8], &mut Vec<u8>) -> usize,
) -> usize {
    use std::arch::x86_64::{_mm256_loadu_si256, _mm256_storeu_si256};
    out.reserve(bytes.len() + LANES);
    let to = out.spare_capacity_mut().as_mut_ptr();
    let (mut at, mut stop) = (0, None);
    while stop.is_none() && at + HALF <= bytes.len() {
        // SAFETY: 32 bytes are left to read, and `out` has room for all that is left and more.
        let stopping = unsafe {
            let read = _mm256_loadu_si256(bytes.as_ptr().add(at).cast());
            _mm256_storeu_si256(to.add(at).cast(), change(read));
            stops(read)
        };
        if stopping == 0 {
            at += HALF;
        } else {
            stop = Some(stopping.trailing_zeros() as usize);
        }
    }
    let plain = at + stop.unwrap_or_default();
    // SAFETY: so many bytes have been stored, one after another.
    unsafe { out.set_len(out.len() + plain) };
    if stop.is_some() { plain } else { plain + rest(&bytes[plain..], out) }
}

/// What becomes of 64 bytes.
#[cfg(target_arch = "x86_64")]
pub(crate) struct Changed {
    /// What is written for each.
    pub(crate) bytes: std::arch::x86_64::__m512i,
    /// Those that are written for themselves and what follows them, a bit a byte.
    pub(crate) firsts: u64,
    /// Those that copying stops at, unless they follow one of the others.
    pub(crate) stops: u64,
}

/// The same, of 64 bytes at a time as `change` makes them, which is shown `MORE` bytes beside, those that follow a first
/// one; where the bytes end it is shown zeros, which follow none. Tells how many bytes were taken; fewer may have been
/// written.
///
/// # Safety
/// The processor has AVX-512 with VBMI2, BMI and POPCNT.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
pub(crate) unsafe fn avx512<const MORE: usize>(
    bytes: &[u8],
    out: &mut Vec<u8>,
    change: impl Fn(&[u8]) -> Changed,
) -> usize {
    use std::arch::x86_64::{_mm512_maskz_compress_epi8, _mm512_storeu_si512};
    out.reserve(bytes.len() + LANES);
    let to = out.spare_capacity_mut().as_mut_ptr();
    let (mut at, mut filled) = (0, 0);
    let mut last;
    // Of the next block, those that follow a first one of this.
    let mut following = 0;
    loop {
        let left = &bytes[at..];
        // The end is a stop where there are not as many.
        let (block, end) = match left.get(..LANES + MORE) {
            Some(block) => (block, 0),
            None => {
                last = [0; 2 * LANES];
                last[..left.len()].copy_from_slice(left);
                (&last[..LANES + MORE], 1u64.checked_shl(left.len() as u32).unwrap_or_default())
            }
        };
        let Changed { bytes, firsts, stops } = change(block);
        let left_out = (1..=MORE).fold(following, |left_out, more| left_out | firsts << more);
        following = (1..=MORE).fold(0, |following, more| following | firsts >> (LANES - more));
        let stops = (stops & !left_out) | end;
        let ahead = stops ^ stops.wrapping_sub(1);
        let kept = !left_out & if stops == 0 { u64::MAX } else { ahead >> 1 };
        // SAFETY: no more has been written than taken, and `out` has room for all that is left and 64 more; the processor
        // has what this takes.
        unsafe { _mm512_storeu_si512(to.add(filled).cast(), _mm512_maskz_compress_epi8(kept, bytes)) };
        filled += kept.count_ones() as usize;
        if stops != 0 {
            at += stops.trailing_zeros() as usize;
            break;
        }
        at += LANES;
    }
    // SAFETY: so many bytes have been stored, one after another.
    unsafe { out.set_len(out.len() + filled) };
    at
}
