//! Canonical bytes to word hashes: the one loop that sees every byte of every article.
//!
//! The rules are those of UAX #29 for what [`super::spell`] writes: letters (and every byte over 0x7f), digits and `_` are
//! of words, `:` `.` `'` between letters and `,` `;` `.` `'` between digits join them, and a run of `_` alone is no word.
//! [`scan_scalar`] says so byte by byte. [`scan_avx2`] makes bit masks of 64 bytes at a time: a word starts where a
//! bit is set whose lower neighbour is not, and ends the other way round; then all words are hashed, 16 bytes in one step
//! without a branch on their length.
//!
//! Both linear, both append the same.

use crate::hash;

/// Appends the hash of every word of `bytes` to `words`, and to `lines`, for every line end, how many words stand before
/// it.
pub(super) type Scan = fn(&mut Spans, &mut Vec<u8>, &mut Vec<u64>, &mut Vec<u32>);

/// Where words start and end: scratch of the wide form.
#[derive(Debug, Default)]
pub(super) struct Spans {
    starts: Vec<u32>,
    ends: Vec<u32>,
}

/// What a canonical byte is to words.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Other,
    Letter,
    Digit,
    /// `_`: part of a word, but no word alone.
    Joiner,
    /// `:` joins letters.
    MidLetter,
    /// `,` `;` join digits.
    MidNumber,
    /// `.` `'` join either.
    MidBoth,
}

const CLASS: [Class; 256] = {
    let mut table = [Class::Other; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = match byte as u8 {
            b'a'..=b'z' | 0x80.. => Class::Letter,
            b'0'..=b'9' => Class::Digit,
            b'_' => Class::Joiner,
            b':' => Class::MidLetter,
            b',' | b';' => Class::MidNumber,
            b'.' | b'\'' => Class::MidBoth,
            _ => Class::Other,
        };
        byte += 1;
    }
    table
};

fn class(bytes: &[u8], at: usize) -> Class {
    bytes.get(at).map_or(Class::Other, |&byte| CLASS[usize::from(byte)])
}

/// Hands every word of canonical `bytes` to `word`, and every line end to `line`.
pub(super) fn each_word<T>(
    bytes: &[u8],
    to: &mut T,
    mut word: impl FnMut(&mut T, &[u8]),
    mut line: impl FnMut(&mut T),
) {
    let mut at = 0;
    while at < bytes.len() {
        if bytes[at] == b'\n' {
            line(to);
        }
        if !matches!(class(bytes, at), Class::Letter | Class::Digit | Class::Joiner) {
            at += 1;
            continue;
        }
        let end = word_end(bytes, at);
        if bytes[at..end].iter().any(|&byte| byte != b'_') {
            word(to, &bytes[at..end]);
        }
        at = end;
    }
}

/// Where the word that starts at `at` ends.
#[inline]
fn word_end(bytes: &[u8], mut at: usize) -> usize {
    let mut last = class(bytes, at);
    loop {
        at += 1;
        let here = class(bytes, at);
        match here {
            Class::Letter | Class::Digit | Class::Joiner => last = here,
            Class::Other => return at,
            Class::MidLetter | Class::MidNumber | Class::MidBoth => {
                let next = class(bytes, at + 1);
                let joins = match next {
                    Class::Letter => last == next && here != Class::MidNumber,
                    Class::Digit => last == next && here != Class::MidLetter,
                    _ => false,
                };
                if !joins {
                    return at;
                }
            }
        }
    }
}

/// [`Scan`], byte by byte: the oracle, and what runs where there is no wider form.
#[allow(clippy::ptr_arg, reason = "the wide form appends to the bytes what it reads past")]
pub(super) fn scan_scalar(_: &mut Spans, bytes: &mut Vec<u8>, words: &mut Vec<u64>, lines: &mut Vec<u32>) {
    each_word(
        bytes,
        &mut (words, lines),
        |(words, _), word| words.push(hash::word(word)),
        |(words, lines)| lines.push(words.len() as u32),
    );
}

/// [`Scan`], 64 bytes at a time.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,bmi1,bmi2")]
pub(super) fn scan_avx2(spans: &mut Spans, bytes: &mut Vec<u8>, words: &mut Vec<u64>, lines: &mut Vec<u32>) {
    let before = (words.len(), lines.len());
    // Zeros to read past the end, and to end the last word.
    let len = bytes.len();
    bytes.resize(len + PADDING, 0);
    find_avx2(spans, bytes, len, words.len() as u32, lines);
    words.reserve(spans.starts.len());
    let mut are_words = true;
    for (&start, &end) in spans.starts.iter().zip(&spans.ends) {
        are_words &= bytes[start as usize] != b'_';
        words.push(hash_span(bytes, start as usize, end as usize));
    }
    bytes.truncate(len);
    if !are_words {
        // Rare: some may be `_` alone. What was appended is appended anew, one by one.
        words.truncate(before.0);
        lines.truncate(before.1);
        scan_scalar(spans, bytes, words, lines);
    }
}

/// Zeros after the canonical bytes.
#[cfg(target_arch = "x86_64")]
const PADDING: usize = 128;

/// [`hash::word`] of `bytes[start..end]`, where 16 bytes can be read from `start` on.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
fn hash_span(bytes: &[u8], start: usize, end: usize) -> u64 {
    let len = end - start;
    if len > 16 {
        return hash::word(&bytes[start..end]);
    }
    let mut block = [0u8; 16];
    block.copy_from_slice(&bytes[start..start + 16]);
    let number = u128::from_le_bytes(block);
    let (low, high) = MASKS[len];
    hash::word_block(len as u64, number as u64 & low, (number >> 64) as u64 & high)
}

/// The bytes of two numbers that belong to a word of each length up to 16.
#[cfg(target_arch = "x86_64")]
const MASKS: [(u64, u64); 17] = {
    let mut masks = [(0, 0); 17];
    let mut len = 1;
    while len <= 16 {
        let all = if len == 16 { u128::MAX } else { (1u128 << (8 * len)) - 1 };
        masks[len] = (all as u64, (all >> 64) as u64);
        len += 1;
    }
    masks
};

/// Fills `spans` with the starts and ends of the first `len` bytes' runs of word bytes, and appends to `lines` for every
/// line end `first` and how many of them stand before it.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,bmi1,bmi2")]
fn find_avx2(spans: &mut Spans, bytes: &[u8], len: usize, first: u32, lines: &mut Vec<u32>) {
    let Spans { starts, ends } = spans;
    starts.clear();
    ends.clear();
    // A word is at least one byte and a break.
    starts.reserve(len / 2 + 66);
    ends.reserve(len / 2 + 66);
    let (mut letter_before, mut digit_before, mut word_before) = (0u64, 0u64, 0u64);
    // One block more than there are bytes: it ends the last word.
    for base in (0..=len).step_by(64) {
        let masks = Masks::of(&bytes[base..]);
        let (letter_after, digit_after) = match CLASS[usize::from(bytes[base + 64])] {
            Class::Letter => (1 << 63, 0),
            Class::Digit => (0, 1 << 63),
            _ => (0, 0),
        };
        let between = |these: u64, before: u64, after: u64| (these << 1 | before) & (these >> 1 | after);
        let joins = masks.mid_letter & between(masks.letter, letter_before, letter_after)
            | masks.mid_number & between(masks.digit, digit_before, digit_after);
        let word = masks.letter | masks.digit | masks.joiner | joins;
        let shifted = word << 1 | word_before;
        (letter_before, digit_before, word_before) = (masks.letter >> 63, masks.digit >> 63, word >> 63);
        push_bits(word & !shifted, base, starts);
        let mut left = shifted & !word;
        let mut line_ends = masks.line_end;
        while line_ends != 0 {
            let up_to = line_ends ^ (line_ends - 1);
            push_bits(left & up_to, base, ends);
            left &= !up_to;
            lines.push(first + ends.len() as u32);
            line_ends &= line_ends - 1;
        }
        push_bits(left, base, ends);
    }
}

/// Appends the places of the bits that are set.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
fn push_bits(mut bits: u64, base: usize, places: &mut Vec<u32>) {
    while bits != 0 {
        places.push(base as u32 + bits.trailing_zeros());
        bits &= bits - 1;
    }
}

/// Which of 64 bytes are what; `.` and `'` are both kinds of middle.
#[cfg(target_arch = "x86_64")]
struct Masks {
    letter: u64,
    digit: u64,
    joiner: u64,
    mid_letter: u64,
    mid_number: u64,
    line_end: u64,
}

#[cfg(target_arch = "x86_64")]
impl Masks {
    #[target_feature(enable = "avx2,bmi1,bmi2")]
    #[inline]
    fn of(bytes: &[u8]) -> Self {
        let (low, high) = (Self::half(&bytes[..32]), Self::half(&bytes[32..64]));
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

    #[target_feature(enable = "avx2,bmi1,bmi2")]
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
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn scanned(scan: Scan, bytes: &[u8]) -> (Vec<u64>, Vec<u32>) {
        let (mut words, mut lines) = (vec![7], vec![9]);
        scan(&mut Spans::default(), &mut bytes.to_vec(), &mut words, &mut lines);
        (words, lines)
    }

    /// Every form that this machine can run.
    fn forms() -> Vec<Scan> {
        super::super::words::Lanes::all().into_iter().map(|lanes| lanes.scan).collect()
    }

    proptest! {
        #[test]
        fn every_form_is_the_scalar_one(
            bytes in prop::collection::vec(prop_oneof![4 => b'a'..=b'e', 2 => b'0'..=b'2', 3 => prop::sample::select(b" .,':;_\n-\x80\xff\0".to_vec()), 1 => any::<u8>()], 0..300),
        ) {
            let expected = scanned(scan_scalar, &bytes);
            for form in forms() {
                prop_assert_eq!(&scanned(form, &bytes), &expected);
            }
        }
    }

    #[test]
    fn every_alignment_and_length_around_the_lanes() {
        for len in 0..200 {
            for place in 0..len {
                for special in b" .',:;_\n1" {
                    let mut bytes = vec![b'a'; len];
                    bytes[place] = *special;
                    let expected = scanned(scan_scalar, &bytes);
                    for form in forms() {
                        assert_eq!(scanned(form, &bytes), expected, "{len} {place} {special}");
                    }
                }
            }
        }
    }
}
