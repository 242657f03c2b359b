//! Bytes copied up to one that needs more than copying: what undoing JSON's escapes and spelling a text come down to.
//!
//! Both meet such a byte once in a hundred, so that 32 are copied at a time, and where the next ones are does not wait
//! for what these were.

/// More bytes than were asked for that may be written to, and are not kept.
pub(crate) const LANES: usize = 32;

/// Copies up to the first byte that `stops`.
pub(crate) fn scalar(bytes: &[u8], out: &mut Vec<u8>, change: impl Fn(u8) -> u8, stops: impl Fn(u8) -> bool) -> usize {
    let plain = bytes.iter().position(|&byte| stops(byte)).unwrap_or(bytes.len());
    out.extend(bytes[..plain].iter().map(|&byte| change(byte)));
    plain
}

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
    while stop.is_none() && at + LANES <= bytes.len() {
        // SAFETY: 32 bytes are left to read, and `out` has room for all that is left and 32 more.
        let stopping = unsafe {
            let read = _mm256_loadu_si256(bytes.as_ptr().add(at).cast());
            _mm256_storeu_si256(to.add(at).cast(), change(read));
            stops(read)
        };
        if stopping == 0 {
            at += LANES;
        } else {
            stop = Some(stopping.trailing_zeros() as usize);
        }
    }
    let plain = at + stop.unwrap_or_default();
    // SAFETY: so many bytes have been stored, one after another.
    unsafe { out.set_len(out.len() + plain) };
    if stop.is_some() { plain } else { plain + rest(&bytes[plain..], out) }
}
