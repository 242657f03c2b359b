//! Vectors for [`super::scan`] and [`super::letters`]: bytes to bit masks, and bits to their places.

use super::letters::{FIRST, LONG};
use super::scan::{CLASS, Class};

/// Which of 64 bytes are what; `.` and `'` are both kinds of middle.
pub(super) struct Masks {
    pub(super) letter: u64,
    pub(super) digit: u64,
    pub(super) joiner: u64,
    pub(super) mid_letter: u64,
    pub(super) mid_number: u64,
    pub(super) line_end: u64,
}

/// Which of 64 bytes of UTF-8 are of what characters.
pub(super) struct Characters {
    /// Of others than ASCII.
    pub(super) other: u64,
    /// Not the first of their character.
    pub(super) later: u64,
    /// The first of three or four.
    pub(super) long: u64,
}

/// What a kind of vectors does.
pub(super) trait Vectors {
    /// The masks of the first 64 bytes.
    ///
    /// # Safety
    /// The processor has these vectors.
    unsafe fn masks(bytes: &[u8]) -> Masks;

    /// What characters the first 64 bytes are of.
    ///
    /// # Safety
    /// The processor has these vectors.
    unsafe fn characters(bytes: &[u8]) -> Characters;

    /// Writes the places of the bits that are set, from `base` on; what stands after them, of 64 in all, is anything.
    ///
    /// # Safety
    /// The processor has these vectors.
    unsafe fn write_places(bits: u64, base: u16, places: &mut [u16]);
}

/// Notes what is told `of` each bit that is set, the lowest first, after the `found` first of `out`, and counts them: of the
/// bits that are left, of which it is the lowest. Two at a time, whether there are so many or not: no processor guesses
/// that. What then follows in `out`, which has room for two more than there are, is anything.
#[inline(always)]
pub(super) fn note_bits<T>(bits: u64, out: &mut [T], found: &mut usize, of: impl Fn(u64) -> T) {
    let mut left = bits;
    loop {
        for place in &mut out[*found..*found + 2] {
            *place = of(left);
            *found += usize::from(left != 0);
            left &= left.wrapping_sub(1);
        }
        if left == 0 {
            break;
        }
    }
}

/// 32 bytes: AVX2, BMI.
pub(super) struct Avx2;

impl Vectors for Avx2 {
    #[inline(always)]
    unsafe fn masks(bytes: &[u8]) -> Masks {
        // SAFETY: as the caller promises.
        let (low, high) = unsafe { (half(&bytes[..32]), half(&bytes[32..64])) };
        let join = |low: u32, high: u32| u64::from(high) << 32 | u64::from(low);
        Masks {
            letter: join(low[0], high[0]),
            digit: join(low[1], high[1]),
            joiner: join(low[2], high[2]),
            mid_letter: join(low[3], high[3]),
            mid_number: join(low[4], high[4]),
            line_end: join(low[5], high[5]),
        }
    }

    #[inline(always)]
    unsafe fn characters(bytes: &[u8]) -> Characters {
        // SAFETY: as the caller promises.
        let (low, high) = unsafe { (half_characters(&bytes[..32]), half_characters(&bytes[32..64])) };
        let join = |low: u32, high: u32| u64::from(high) << 32 | u64::from(low);
        Characters { other: join(low[0], high[0]), later: join(low[1], high[1]), long: join(low[2], high[2]) }
    }

    #[inline(always)]
    unsafe fn write_places(bits: u64, base: u16, places: &mut [u16]) {
        // SAFETY: as the caller promises.
        unsafe { write_places_avx2(bits, base, places) };
    }
}

/// The places of the bits that are set in each byte, the lowest first.
static PLACES_OF: [[u8; 8]; 256] = {
    let mut places = [[0; 8]; 256];
    let mut byte = 0;
    while byte < 256 {
        let (mut found, mut bit) = (0, 0);
        while bit < 8 {
            if byte >> bit & 1 == 1 {
                places[byte][found] = bit;
                found += 1;
            }
            bit += 1;
        }
        byte += 1;
    }
    places
};

/// Eight places are written for every eight bits, the next over those that were not wanted: no branch waits for how many
/// there are, and no place for the one before it.
#[target_feature(enable = "avx2,popcnt")]
#[inline]
fn write_places_avx2(bits: u64, base: u16, places: &mut [u16]) {
    use std::arch::x86_64::*;
    let places = places[..64].as_mut_ptr();
    let mut found = 0;
    for (base, byte) in (base..).step_by(8).zip(bits.to_le_bytes()) {
        // SAFETY: there are eight places to read, and room for eight numbers after at most as many as bits were before.
        unsafe {
            let set = _mm_loadl_epi64(PLACES_OF[usize::from(byte)].as_ptr().cast());
            let set = _mm_add_epi16(_mm_cvtepu8_epi16(set), _mm_set1_epi16(base as i16));
            _mm_storeu_si128(places.add(found).cast(), set);
        }
        found += byte.count_ones() as usize;
    }
}

/// The masks of 32 bytes.
#[target_feature(enable = "avx2")]
#[inline]
fn half(bytes: &[u8]) -> [u32; 6] {
    use std::arch::x86_64::*;
    let bytes = &bytes[..32];
    // SAFETY: there are 32 bytes.
    let read = unsafe { _mm256_loadu_si256(bytes.as_ptr().cast()) };
    let is = |byte: u8| _mm256_cmpeq_epi8(read, _mm256_set1_epi8(byte as i8));
    let within = |first: u8, span: u8| {
        let from_first = _mm256_sub_epi8(read, _mm256_set1_epi8(first as i8));
        _mm256_cmpeq_epi8(_mm256_min_epu8(from_first, _mm256_set1_epi8(span as i8)), from_first)
    };
    let mask = |these: __m256i| _mm256_movemask_epi8(these) as u32;
    let mid_both = _mm256_or_si256(is(b'.'), is(b'\''));
    [
        // A byte over 0x7f has its top bit set, which is all that the mask looks at.
        mask(_mm256_or_si256(within(b'a', 25), read)),
        mask(within(b'0', 9)),
        mask(is(b'_')),
        mask(_mm256_or_si256(is(b':'), mid_both)),
        mask(_mm256_or_si256(_mm256_or_si256(is(b','), is(b';')), mid_both)),
        mask(is(b'\n')),
    ]
}

/// What characters 32 bytes are of.
#[target_feature(enable = "avx2")]
#[inline]
fn half_characters(bytes: &[u8]) -> [u32; 3] {
    use std::arch::x86_64::*;
    let bytes = &bytes[..32];
    // SAFETY: there are 32 bytes.
    let read = unsafe { _mm256_loadu_si256(bytes.as_ptr().cast()) };
    let mask = |these: __m256i| _mm256_movemask_epi8(these) as u32;
    [
        mask(read),
        // With a sign they are the least.
        mask(_mm256_cmpgt_epi8(_mm256_set1_epi8(FIRST as i8), read)),
        mask(_mm256_cmpeq_epi8(_mm256_max_epu8(read, _mm256_set1_epi8(LONG as i8)), read)),
    ]
}

/// 64 bytes: AVX-512 with bytes found by their numbers and compressed (Ice Lake, Zen 4 and later).
pub(super) struct Avx512;

impl Vectors for Avx512 {
    #[inline(always)]
    unsafe fn masks(bytes: &[u8]) -> Masks {
        // SAFETY: as the caller promises.
        unsafe { masks_avx512(bytes) }
    }

    #[inline(always)]
    unsafe fn characters(bytes: &[u8]) -> Characters {
        // SAFETY: as the caller promises.
        unsafe { characters_avx512(bytes) }
    }

    #[inline(always)]
    unsafe fn write_places(bits: u64, base: u16, places: &mut [u16]) {
        // SAFETY: as the caller promises.
        unsafe { write_places_avx512(bits, base, places) };
    }
}

#[target_feature(enable = "avx512f,avx512bw")]
#[inline]
fn characters_avx512(bytes: &[u8]) -> Characters {
    use std::arch::x86_64::*;
    let bytes = &bytes[..64];
    // SAFETY: there are 64 bytes.
    let read = unsafe { _mm512_loadu_si512(bytes.as_ptr().cast()) };
    Characters {
        other: _mm512_movepi8_mask(read),
        later: _mm512_cmplt_epi8_mask(read, _mm512_set1_epi8(FIRST as i8)),
        long: _mm512_cmpge_epu8_mask(read, _mm512_set1_epi8(LONG as i8)),
    }
}

const LETTER: u8 = 1;
const DIGIT: u8 = 2;
const JOINER: u8 = 4;
const MID_LETTER: u8 = 8;
const MID_NUMBER: u8 = 16;
const LINE_END: u8 = 32;

/// Of each byte of ASCII, a bit for each mask that it is in.
static KINDS: [u8; 128] = {
    let mut kinds = [0; 128];
    let mut byte = 0;
    while byte < 128 {
        kinds[byte] = match CLASS[byte] {
            Class::Other if byte as u8 == b'\n' => LINE_END,
            Class::Other => 0,
            Class::Letter => LETTER,
            Class::Digit => DIGIT,
            Class::Joiner => JOINER,
            Class::MidLetter => MID_LETTER,
            Class::MidNumber => MID_NUMBER,
            Class::MidBoth => MID_LETTER | MID_NUMBER,
        };
        byte += 1;
    }
    kinds
};

#[target_feature(enable = "avx512f,avx512bw,avx512vbmi")]
#[inline]
fn masks_avx512(bytes: &[u8]) -> Masks {
    use std::arch::x86_64::*;
    let (bytes, (low, high)) = (&bytes[..64], KINDS.split_at(64));
    // SAFETY: there are 64 bytes each.
    let [read, low, high] = [bytes, low, high].map(|bytes| unsafe { _mm512_loadu_si512(bytes.as_ptr().cast()) });
    let other = _mm512_movepi8_mask(read);
    let kinds = _mm512_maskz_permutex2var_epi8(!other, low, read, high);
    let are = |kind: u8| _mm512_test_epi8_mask(kinds, _mm512_set1_epi8(kind as i8));
    Masks {
        letter: are(LETTER) | other,
        digit: are(DIGIT),
        joiner: are(JOINER),
        mid_letter: are(MID_LETTER),
        mid_number: are(MID_NUMBER),
        line_end: are(LINE_END),
    }
}

/// 0 to 63.
const PLACES: [u8; 64] = {
    let mut places = [0; 64];
    let mut at = 0;
    while at < 64 {
        places[at] = at as u8;
        at += 1;
    }
    places
};

#[target_feature(enable = "avx512f,avx512bw,avx512vbmi2,popcnt")]
#[inline]
fn write_places_avx512(bits: u64, base: u16, places: &mut [u16]) {
    use std::arch::x86_64::*;
    let places = places[..64].as_mut_ptr();
    // SAFETY: there are 64 places to read.
    let all = unsafe { _mm512_loadu_si512(PLACES.as_ptr().cast()) };
    let (set, base) = (_mm512_maskz_compress_epi8(bits, all), _mm512_set1_epi16(base as i16));
    let from_base = |set: __m256i| _mm512_add_epi16(_mm512_cvtepu8_epi16(set), base);
    // SAFETY: there is room for 64 numbers.
    unsafe { _mm512_storeu_si512(places.cast(), from_base(_mm512_castsi512_si256(set))) };
    if bits.count_ones() > 32 {
        // SAFETY: as above.
        unsafe { _mm512_storeu_si512(places.add(32).cast(), from_base(_mm512_extracti64x4_epi64::<1>(set))) };
    }
}
