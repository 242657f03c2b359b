//! Plain letters to canonical bytes, a run at a time: ASCII, and characters of two bytes that bear on nothing beside them.
//!
//! ASCII is copied in lower case, and by the widest form with it the punctuation of typographers that most English text
//! has. The letters of two bytes (Latin with accents, Greek, Cyrillic, Arabic, Hebrew) are looked
//! up in a table of 8 KB. Taken one after another, each waits for the one before it to know where it starts; the wide form
//! finds where all characters of 64 bytes start by their top bits, so that many are looked up at once.
//!
//! Linear; no more bytes out than in. Forms leave off at different places, for each other to go on.
//!
//! Law: the words are those of the scalar forms.

use super::characters::{Entry, Kind, entry};
#[cfg(target_arch = "x86_64")]
use super::wide;
use crate::copy;
use std::mem::MaybeUninit;
use std::sync::LazyLock;

/// Other bytes of a character are less, and ASCII.
#[cfg(target_arch = "x86_64")]
pub(super) const FIRST: u8 = 0xc0;
/// Leads of characters of three bytes or more are not less.
pub(super) const LONG: u8 = 0xe0;
/// So many ASCII characters in a row are worth a wide copy.
pub(super) const RUN: usize = 4;

/// How runs are spelled.
#[derive(Debug, Clone, Copy)]
pub(super) struct Forms {
    /// Copies ASCII in lower case up to the first other byte, or past it where it bears on nothing beside it; tells how many
    /// bytes that was.
    pub(super) copy_ascii: fn(&[u8], &mut Vec<u8>) -> usize,
    /// Spells characters of one or two bytes up to one that is longer, one that has no canonical bytes, or some ASCII that
    /// copying is worth while for. Tells how many bytes that were, and whether what comes next may have canonical bytes.
    pub(super) spell_letters: fn(&[u8], &mut Vec<u8>) -> (usize, bool),
}

impl Forms {
    /// The oracle, and what runs where there is no wider form.
    pub(super) const SCALAR: Forms =
        Forms { copy_ascii: copy_ascii_scalar, spell_letters: |text, out| LETTERS.spell(text, out) };

    /// With 32-byte vectors.
    #[cfg(target_arch = "x86_64")]
    pub(super) const AVX2: Forms = Forms {
        // SAFETY: chosen only where the processor has AVX2, BMI and POPCNT.
        copy_ascii: |bytes, out| unsafe { copy_ascii_avx2(bytes, out) },
        // SAFETY: as above.
        spell_letters: |text, out| unsafe { spell_letters_avx2(text, out) },
    };

    /// With 64-byte vectors.
    #[cfg(target_arch = "x86_64")]
    pub(super) const AVX512: Forms = Forms {
        // SAFETY: chosen only where the processor has AVX-512 with VBMI2, and what AVX2 needs.
        copy_ascii: |bytes, out| unsafe { copy_ascii_avx512(bytes, out) },
        // SAFETY: as above.
        spell_letters: |text, out| unsafe { spell_letters_avx512(text, out) },
    };
}

fn copy_ascii_scalar(bytes: &[u8], out: &mut Vec<u8>) -> usize {
    copy::scalar(bytes, out, |byte| byte.to_ascii_lowercase(), |byte| !byte.is_ascii())
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn copy_ascii_avx2(bytes: &[u8], out: &mut Vec<u8>) -> usize {
    use std::arch::x86_64::*;
    let (upper, to_lower) = (_mm256_set1_epi8(b'Z' as i8 - b'A' as i8), _mm256_set1_epi8(0x20));
    let lower = |read: __m256i| {
        let from_a = _mm256_sub_epi8(read, _mm256_set1_epi8(b'A' as i8));
        let is_upper = _mm256_cmpeq_epi8(_mm256_min_epu8(from_a, upper), from_a);
        _mm256_add_epi8(read, _mm256_and_si256(is_upper, to_lower))
    };
    let is_other = |read: __m256i| _mm256_movemask_epi8(read) as u32;
    // SAFETY: this function is called only where the processor has what it enables.
    unsafe { copy::avx2(bytes, out, lower, is_other, copy_ascii_scalar) }
}

/// The ASCII that each character from U+2000 on is spelled as, where that is all: dashes, quotation marks and the like.
#[cfg(target_arch = "x86_64")]
static PUNCTUATION: LazyLock<[u8; 64]> = LazyLock::new(|| {
    let spelled = |c: usize| entry(0x2000 + c as u32);
    let ascii = |c: usize| Some(spelled(c)).filter(|entry| entry.kind == Kind::Ascii).map(Entry::bytes);
    std::array::from_fn(|c| if let Some(&[only]) = ascii(c) { only } else { 0 })
});

/// [`Forms::copy_ascii`], and with it characters of three bytes that ASCII stands for.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512bw,avx512vbmi,avx512vbmi2,avx2,bmi1,bmi2,popcnt")]
fn copy_ascii_avx512(bytes: &[u8], out: &mut Vec<u8>) -> usize {
    use std::arch::x86_64::*;
    // SAFETY: 64 bytes of each slice are read.
    let load = |bytes: &[u8]| unsafe { _mm512_loadu_si512(bytes[..64].as_ptr().cast()) };
    let punctuation = load(&*PUNCTUATION);
    let all = |byte: u8| _mm512_set1_epi8(byte as i8);
    let change = |block: &[u8]| {
        let (first, second, third) = (load(block), load(&block[1..]), load(&block[2..]));
        let is_upper = _mm512_cmple_epu8_mask(_mm512_sub_epi8(first, all(b'A')), all(b'Z' - b'A'));
        let lower = _mm512_mask_add_epi8(first, is_upper, first, all(0x20));
        // The last byte's lower six bits tell which.
        let spelled = _mm512_permutexvar_epi8(third, punctuation);
        let is_of_punctuation = _mm512_cmpeq_epi8_mask(first, all(0xe2)) & _mm512_cmpeq_epi8_mask(second, all(0x80));
        let firsts = is_of_punctuation & _mm512_test_epi8_mask(spelled, spelled);
        let bytes = _mm512_mask_blend_epi8(firsts, lower, spelled);
        copy::Changed { bytes, firsts, stops: _mm512_movepi8_mask(first) & !firsts }
    };
    // SAFETY: this function is called only where the processor has what it enables.
    unsafe { copy::avx512::<2>(bytes, out, change) }
}

/// Marks a character without canonical bytes.
const UNSPELLED: u32 = u32::MAX;

/// The canonical bytes of each character below U+0800, their number above the lower 16 bits.
struct Letters([u32; 0x800]);

static LETTERS: LazyLock<Box<Letters>> = LazyLock::new(|| {
    let packed = |spelled: &[u8]| match *spelled {
        [] => 0,
        [only] => 1 << 16 | u32::from(only),
        [first, second] => 2 << 16 | u32::from(second) << 8 | u32::from(first),
        _ => UNSPELLED,
    };
    let mut letters = Box::new(Letters([UNSPELLED; 0x800]));
    for (c, place) in (0..).zip(&mut letters.0) {
        let entry = entry(c);
        if matches!(entry.kind, Kind::Nothing | Kind::Ascii | Kind::Letter) {
            *place = packed(entry.bytes());
        }
    }
    letters
});

impl Letters {
    /// What is told of the character of one or two bytes that these begin with.
    #[inline(always)]
    fn of(&self, first: u8, next: u8) -> u32 {
        let two = usize::from(first & 0x1f) << 6 | usize::from(next & 0x3f);
        self.0[if first < 0x80 { usize::from(first) } else { two }]
    }

    /// [`Forms::spell_letters`], one after another, without a branch on how many bytes a character has.
    fn spell(&self, text: &[u8], out: &mut Vec<u8>) -> (usize, bool) {
        let (mut at, mut run) = (0, 0);
        let mut spelled = Spelled::new(text.len(), out);
        while run < RUN && at < text.len() && text[at] < LONG {
            let (first, next) = (text[at], text.get(at + 1).copied().unwrap_or_default());
            // SAFETY: of all characters no more bytes are written than they have.
            if !unsafe { spelled.write(self.of(first, next)) } {
                return (at, false);
            }
            let is_short = first < 0x80;
            at += 2 - usize::from(is_short);
            run = if is_short { run + 1 } else { 0 };
        }
        (at, true)
    }
}

/// Canonical bytes that are being appended.
struct Spelled<'a> {
    out: &'a mut Vec<u8>,
    to: *mut MaybeUninit<u8>,
    filled: usize,
}

impl<'a> Spelled<'a> {
    /// For `room` bytes at most.
    fn new(room: usize, out: &'a mut Vec<u8>) -> Self {
        // One more is written before it is known to be wanted.
        out.reserve(room + 1);
        let to = out.spare_capacity_mut().as_mut_ptr();
        Spelled { out, to, filled: 0 }
    }

    /// Appends what a character is spelled as; whether it has canonical bytes.
    ///
    /// # Safety
    /// There is room for the bytes.
    #[inline(always)]
    unsafe fn write(&mut self, letter: u32) -> bool {
        if letter == UNSPELLED {
            return false;
        }
        // SAFETY: there is room as the caller promises, and for one more.
        unsafe { self.to.add(self.filled).cast::<[u8; 2]>().write([letter as u8, (letter >> 8) as u8]) };
        self.filled += (letter >> 16) as usize;
        true
    }
}

impl Drop for Spelled<'_> {
    fn drop(&mut self) {
        // SAFETY: so many have been written, one after another; those that were not wanted were written over.
        unsafe { self.out.set_len(self.out.len() + self.filled) };
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,bmi1,bmi2,popcnt")]
fn spell_letters_avx2(text: &[u8], out: &mut Vec<u8>) -> (usize, bool) {
    // SAFETY: this function is called only where the processor has what it enables.
    unsafe { spell_letters_wide::<wide::Avx2>(text, out) }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512bw,avx512vbmi2,avx2,bmi1,bmi2,popcnt")]
fn spell_letters_avx512(text: &[u8], out: &mut Vec<u8>) -> (usize, bool) {
    // SAFETY: this function is called only where the processor has what it enables.
    unsafe { spell_letters_wide::<wide::Avx512>(text, out) }
}

/// [`Forms::spell_letters`], 64 bytes at a time; what is left of fewer, one after another.
///
/// # Safety
/// The processor has what `W` needs.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
unsafe fn spell_letters_wide<W: wide::Vectors>(text: &[u8], out: &mut Vec<u8>) -> (usize, bool) {
    let (letters, mut places, mut at): (&Letters, _, _) = (&LETTERS, [0; 64], 0);
    // The last of 64 may be the first of two.
    while let Some(block) = text[at..].first_chunk::<65>() {
        // SAFETY: as the caller promises.
        let wide::Characters { other, later, long } = unsafe { W::characters(block) };
        let eight_ascii = [1, 2, 4].iter().fold(!other, |ascii, &more| ascii & ascii >> more);
        let stop = (long | eight_ascii).trailing_zeros();
        let starts = !later & u64::MAX.checked_shr(64 - stop).unwrap_or_default();
        // SAFETY: as the caller promises.
        unsafe { W::write_places(starts, 0, &mut places) };
        let mut spelled = Spelled::new(block.len(), out);
        for &place in &places[..starts.count_ones() as usize] {
            let place = place as usize & 63;
            // SAFETY: of all characters no more bytes are written than they have.
            if !unsafe { spelled.write(letters.of(block[place], block[place + 1])) } {
                return (at + place, false);
            }
        }
        if stop < 64 {
            return (at + stop as usize, true);
        }
        at += 64 + usize::from(block[63] >= FIRST);
    }
    let (rest, is_spelled) = letters.spell(&text[at..], out);
    (at + rest, is_spelled)
}

#[cfg(test)]
mod tests {
    use super::super::spell::spell_punctuation;
    use super::super::words::Lanes;
    use super::*;
    use proptest::prelude::*;

    /// What a form spells, and the punctuation that some pass over with ASCII, going on where it leaves off until it can no
    /// more.
    fn spelled(forms: Forms, text: &str) -> (usize, Vec<u8>) {
        let (mut at, mut out) = (0, b"before ".to_vec());
        loop {
            let (letters, is_spelled) = (forms.spell_letters)(&text.as_bytes()[at..], &mut out);
            at += letters;
            let mut ascii = (forms.copy_ascii)(&text.as_bytes()[at..], &mut out);
            ascii += spell_punctuation(&text.as_bytes()[at + ascii..], &mut out);
            at += ascii;
            assert!(text.is_char_boundary(at));
            if !is_spelled && ascii == 0 || letters + ascii == 0 {
                // What only parts words may be written as another that does.
                out.iter_mut().filter(|byte| **byte == b' ').for_each(|byte| *byte = b'-');
                return (at, out);
            }
        }
    }

    proptest! {
        #[test]
        fn every_form_is_the_scalar_one(
            pieces in prop::collection::vec(prop_oneof![
                6 => "[а-яЁА-Яéßİıſ]{1,40}", 3 => "[a-zA-Z ,.'’]{1,40}", 2 => "[a-z‐-‧\u{2000}-\u{203F}\u{80}-\u{9F}]{60,70}", 2 => "[ء-يα-ωא-ת\u{AD}]{1,20}",
                1 => "[日“€]", 1 => "[\u{300}\u{5B0}\u{64B}ـ]", 1 => "\\PC{0,9}",
            ], 0..12),
        ) {
            let text = pieces.concat();
            let expected = spelled(Forms::SCALAR, &text);
            for lanes in Lanes::all() {
                prop_assert_eq!(spelled(lanes.spell, &text), expected.clone());
            }
        }
    }

    #[test]
    fn every_place_of_what_ends_a_run() {
        for special in ["日", "\u{301}", "a", "abcdefgh", "é日", ""] {
            for ahead in 0..140 {
                for start in ["", "a"] {
                    let text = [start, &"я".repeat(ahead), special, &"Ж".repeat(70)].concat();
                    let expected = spelled(Forms::SCALAR, &text);
                    for lanes in Lanes::all() {
                        assert_eq!(spelled(lanes.spell, &text), expected, "{text}");
                    }
                }
            }
        }
    }
}
