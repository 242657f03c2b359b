//! Canonical bytes to word hashes: the one loop that sees every byte of every article.
//!
//! The rules are those of UAX #29 for what [`super::spell`] writes: letters (and every byte over 0x7f), digits and `_` are
//! of words, `:` `.` `'` between letters and `,` `;` `.` `'` between digits join them, and a run of `_` alone is no word.
//! [`scan_scalar`] says so byte by byte. [`scan_avx2`] and [`scan_avx512`] make bit masks of 64 bytes at a time: where a bit differs from its
//! lower neighbour a word starts or ends, by turns, so one list holds the edges of all words; their places are written
//! out several at a time without looking whether there are so many. After every few KiB the words found are hashed, 16 bytes in
//! one step without a branch on their length.
//!
//! What of that needs vectors is in [`wide`]. All linear, all append the same.

#[cfg(target_arch = "x86_64")]
use super::wide;
use crate::hash;
#[cfg(target_arch = "x86_64")]
use std::mem::MaybeUninit;

/// Appends every word of `bytes` to `words`, and to `lines`, for every line end, how many words stand before it.
pub(super) type Scan<T> = fn(&mut Spans, &mut Vec<u8>, &mut Vec<T>, &mut Vec<u32>);

/// What is told of a word: its [`hash::word`], and perhaps its [`head`] and where it stands.
pub(super) trait Found {
    fn of(hash: u64, head: u64, start: usize, end: usize) -> Self;
}

impl Found for u64 {
    #[inline(always)]
    fn of(hash: u64, _: u64, _: usize, _: usize) -> u64 {
        hash
    }
}

/// The first eight bytes of a word in one number, the first one lowest, zeros after the last.
pub(super) fn head(word: &[u8]) -> u64 {
    word.iter().take(8).rev().fold(0, |head, &byte| head << 8 | u64::from(byte))
}

/// A word's hash, its [`head`], and its bytes among those scanned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Placed {
    pub(super) hash: u64,
    pub(super) head: u64,
    pub(super) start: u32,
    pub(super) end: u32,
}

impl Found for Placed {
    #[inline(always)]
    fn of(hash: u64, head: u64, start: usize, end: usize) -> Placed {
        Placed { hash, head, start: start as u32, end: end as u32 }
    }
}

/// Bytes between two rounds of hashing: their edges stay in the nearest cache, whatever the length of the text.
const SEGMENT: usize = 4096;

/// What the wide form finds in a segment.
#[derive(Debug)]
pub(super) struct Spans {
    /// Where words start and end, by turns, from the segment's start on: an edge a byte at most, the place of one ahead of
    /// the segment, and room to write a block's without counting them.
    edges: Box<[u16; SEGMENT + 1 + 64]>,
    /// How many words stand before each line end, and room for two more.
    ends: Box<[u32; SEGMENT + 2]>,
}

impl Default for Spans {
    fn default() -> Self {
        Spans { edges: Box::new([0; SEGMENT + 1 + 64]), ends: Box::new([0; SEGMENT + 2]) }
    }
}

/// What a canonical byte is to words.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
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

pub(super) const CLASS: [Class; 256] = {
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

/// [`Scan`], byte by byte: the oracle, and what runs where there is no wider form.
#[allow(clippy::ptr_arg, reason = "the wide form appends to the bytes what it reads past")]
pub(super) fn scan_scalar<T: Found>(_: &mut Spans, bytes: &mut Vec<u8>, words: &mut Vec<T>, lines: &mut Vec<u32>) {
    let mut at = 0;
    while at < bytes.len() {
        if bytes[at] == b'\n' {
            lines.push(words.len() as u32);
        }
        if !matches!(class(bytes, at), Class::Letter | Class::Digit | Class::Joiner) {
            at += 1;
            continue;
        }
        let end = word_end(bytes, at);
        if bytes[at..end].iter().any(|&byte| byte != b'_') {
            let word = &bytes[at..end];
            words.push(T::of(hash::word(word), head(word), at, end));
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

/// [`Scan`], 64 bytes at a time, with 32-byte vectors.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,bmi1,bmi2,popcnt")]
pub(super) fn scan_avx2<T: Found>(spans: &mut Spans, bytes: &mut Vec<u8>, words: &mut Vec<T>, lines: &mut Vec<u32>) {
    // SAFETY: this function is called only where the processor has what it enables.
    unsafe { scan_wide::<T, wide::Avx2>(spans, bytes, words, lines) };
}

/// [`Scan`], 64 bytes at a time, with 64-byte vectors.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512bw,avx512vbmi,avx512vbmi2,avx2,bmi1,bmi2,popcnt")]
pub(super) fn scan_avx512<T: Found>(spans: &mut Spans, bytes: &mut Vec<u8>, words: &mut Vec<T>, lines: &mut Vec<u32>) {
    // SAFETY: this function is called only where the processor has what it enables.
    unsafe { scan_wide::<T, wide::Avx512>(spans, bytes, words, lines) };
}

/// The wide form, whatever the vectors.
///
/// # Safety
/// The processor has what `W` needs, and BMI2.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
unsafe fn scan_wide<T: Found, W: wide::Vectors>(
    spans: &mut Spans,
    bytes: &mut Vec<u8>,
    words: &mut Vec<T>,
    lines: &mut Vec<u32>,
) {
    let before = (words.len(), lines.len());
    // Zeros to read past the end, and to end the last word.
    let len = bytes.len();
    bytes.resize(len + PADDING, 0);
    let mut finder = Finder::<W>::new();
    // Where a word starts that goes on from the segment before.
    let mut open: Option<usize> = None;
    // One block more than there are bytes: it ends the last word.
    let Spans { edges, ends } = &mut *spans;
    for segment in (0..=len).step_by(SEGMENT) {
        // Its start has a place among the edges, though none of this segment.
        let (mut found, mut found_ends) = (usize::from(open.is_some()), 0);
        for base in (0..SEGMENT.min(len + 1 - segment)).step_by(64) {
            // SAFETY: as this function's caller promises.
            let (edge, line_end) = unsafe { finder.block(&bytes[segment..], base, found, &mut edges[..]) };
            wide::note_bits(line_end, &mut ends[..], &mut found_ends, |line_ends| {
                let up_to = line_ends ^ line_ends.wrapping_sub(1);
                (words.len() + (found + (edge & up_to).count_ones() as usize) / 2) as u32
            });
            found += edge.count_ones() as usize;
        }
        lines.extend_from_slice(&ends[..found_ends]);
        let (mut spans, last) = edges[..found].as_chunks::<2>();
        words.reserve(spans.len());
        if let Some((start, (&[_, end], rest))) = open.zip(spans.split_first()) {
            // SAFETY: as below.
            words.push(unsafe { found_at(bytes, start, segment + usize::from(end), 0) });
            (open, spans) = (None, rest);
        }
        // SAFETY: a word starts before the padding, which is longer than 16 bytes; BMI2 as the caller promises.
        unsafe { hash_spans(bytes, segment, spans, words.spare_capacity_mut()) };
        // SAFETY: as many as there are spans have just been written.
        unsafe { words.set_len(words.len() + spans.len()) };
        open = open.or(last.first().map(|&start| segment + usize::from(start)));
    }
    bytes.truncate(len);
    if finder.has_doubtful_joiner {
        // Rare. What was appended is appended anew, one by one.
        words.truncate(before.0);
        lines.truncate(before.1);
        scan_scalar(spans, bytes, words, lines);
    }
}

/// Zeros after the canonical bytes: the block that ends the last word, and a byte after it that is looked at.
#[cfg(target_arch = "x86_64")]
const PADDING: usize = 128;

/// Writes what is found of each span from `segment` on to `words`, in a loop that has the processor's registers for itself.
///
/// # Safety
/// 16 bytes can be read from the start of each span on, and the processor has BMI2.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "bmi2")]
#[inline(never)]
unsafe fn hash_spans<T: Found>(bytes: &[u8], segment: usize, spans: &[[u16; 2]], words: &mut [MaybeUninit<T>]) {
    let bytes = &bytes[segment..];
    // SAFETY: as the caller promises.
    let found = |&[start, end]: &[u16; 2]| unsafe { found_at(bytes, start.into(), end.into(), segment) };
    // Four a turn: what it takes to go on to the next is a tenth of the work.
    let (spans, last) = spans.as_chunks::<4>();
    let (places, rest) = words.split_at_mut(4 * spans.len());
    for (places, spans) in places.as_chunks_mut::<4>().0.iter_mut().zip(spans) {
        for (place, span) in places.iter_mut().zip(spans) {
            place.write(found(span));
        }
    }
    for (place, span) in rest.iter_mut().zip(last) {
        place.write(found(span));
    }
}

/// What is found of `bytes[start..end]`, before which there are so many others.
///
/// # Safety
/// 16 bytes can be read from `start` on.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
unsafe fn found_at<T: Found>(bytes: &[u8], start: usize, end: usize, before: usize) -> T {
    // SAFETY: as the caller promises.
    let (hash, head) = unsafe { hash_span(bytes, start, end) };
    T::of(hash, head, before + start, before + end)
}

/// [`hash::word`] and [`head`] of `bytes[start..end]`.
///
/// # Safety
/// 16 bytes can be read from `start` on.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
unsafe fn hash_span(bytes: &[u8], start: usize, end: usize) -> (u64, u64) {
    let Some(short) = hash::SHORT.get(end - start) else {
        return hash_long(&bytes[start..end]);
    };
    debug_assert!(start + 16 <= bytes.len());
    // SAFETY: as the caller promises.
    short.word(u128::from_le(unsafe { bytes.as_ptr().add(start).cast::<u128>().read_unaligned() }))
}

/// The same of a word of more than 16 bytes, of which there are few; apart, so that it takes no registers from others.
#[cfg(target_arch = "x86_64")]
#[cold]
fn hash_long(word: &[u8]) -> (u64, u64) {
    (hash::word(word), head(word))
}

/// Finds the edges of words, block after block.
#[cfg(target_arch = "x86_64")]
struct Finder<W> {
    letter_before: u64,
    digit_before: u64,
    word_before: u64,
    /// Whether some word starts with `_` at the end of a block: it may go on in the next, or be of those alone.
    has_doubtful_joiner: bool,
    vectors: std::marker::PhantomData<W>,
}

#[cfg(target_arch = "x86_64")]
impl<W: wide::Vectors> Finder<W> {
    fn new() -> Self {
        let vectors = std::marker::PhantomData;
        Finder { letter_before: 0, digit_before: 0, word_before: 0, has_doubtful_joiner: false, vectors }
    }

    /// Tells which of `bytes[base..base + 64]` are edges, whose places it writes to `edges[found..]`, and which are line ends;
    /// the byte after these is looked at too.
    ///
    /// # Safety
    /// The processor has what `W` needs.
    #[inline(always)]
    unsafe fn block(&mut self, bytes: &[u8], base: usize, found: usize, edges: &mut [u16]) -> (u64, u64) {
        let bytes = &bytes[base..base + 65];
        // SAFETY: as the caller promises.
        let masks = unsafe { W::masks(bytes) };
        let next = CLASS[usize::from(bytes[64])];
        let between = |these: u64, before: u64, after: Class| {
            (these << 1 | before) & (these >> 1 | u64::from(next == after) << 63)
        };
        let joins = masks.mid_letter & between(masks.letter, self.letter_before, Class::Letter)
            | masks.mid_number & between(masks.digit, self.digit_before, Class::Digit);
        let mut word = masks.letter | masks.digit | masks.joiner | joins;
        let edges_of = |word: u64| word ^ (word << 1 | self.word_before);
        let leading = masks.joiner & edges_of(word) & word;
        if leading != 0 {
            self.has_doubtful_joiner |= without_joiners(&mut word, masks.joiner, leading);
        }
        let edge = edges_of(word);
        (self.letter_before, self.digit_before, self.word_before) = (masks.letter >> 63, masks.digit >> 63, word >> 63);
        // SAFETY: as the caller promises.
        unsafe { W::write_places(edge, base as u16, &mut edges[found..found + 64]) };
        (edge, masks.line_end)
    }
}

/// Takes what is of `_` alone out of the words, where these start with one; whether some may go on after the block.
#[cfg(target_arch = "x86_64")]
#[cold]
fn without_joiners(word: &mut u64, joiners: u64, mut leading: u64) -> bool {
    while leading != 0 {
        let start = leading.trailing_zeros();
        let end = start + (joiners >> start).trailing_ones();
        if end == u64::BITS {
            return true;
        }
        if *word >> end & 1 == 0 {
            *word &= !((1 << end) - (1 << start));
        }
        leading &= leading - 1;
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn scanned<T: Found>(scan: Scan<T>, bytes: &[u8]) -> (Vec<T>, Vec<u32>) {
        let (mut words, mut lines) = (vec![T::of(7, 6, 8, 9)], vec![9]);
        scan(&mut Spans::default(), &mut bytes.to_vec(), &mut words, &mut lines);
        (words, lines)
    }

    /// What every form that this machine can run finds.
    fn every_form_agrees(bytes: &[u8]) {
        let expected: (Vec<Placed>, _) = scanned(scan_scalar, bytes);
        let hashes = expected.0.iter().map(|word| word.hash).collect::<Vec<_>>();
        for lanes in super::super::words::Lanes::all() {
            assert_eq!(scanned(lanes.scan_placed, bytes), expected);
            assert_eq!(scanned(lanes.scan, bytes), (hashes.clone(), expected.1.clone()));
        }
        for word in &expected.0[1..] {
            let of = &bytes[word.start as usize..word.end as usize];
            assert_eq!((word.hash, word.head), (hash::word(of), head(of)));
        }
    }

    proptest! {
        #[test]
        fn every_form_is_the_scalar_one(
            bytes in prop::collection::vec(prop_oneof![4 => b'a'..=b'e', 2 => b'0'..=b'2', 3 => prop::sample::select(b" .,':;_\n-\x80\xff\0".to_vec()), 1 => any::<u8>()], 0..300),
        ) {
            every_form_agrees(&bytes);
        }
    }

    #[test]
    fn joiners_alone_are_no_word_wherever_they_stand() {
        for start in 0..130 {
            for len in [1, 2, 5, 63, 64, 65] {
                for (before, after) in [(b' ', b' '), (b' ', b'a'), (b'a', b' '), (b'\n', b'\n'), (b':', b':')] {
                    let joiners = vec![b'_'; len];
                    every_form_agrees(&[&vec![b'e'; start], &[before][..], &joiners, &[after], b"f __ _g h_"].concat());
                }
            }
        }
    }

    #[test]
    fn words_and_lines_go_on_from_one_segment_to_the_next() {
        for ahead in [0, 1, SEGMENT - 65, SEGMENT - 20, SEGMENT - 1, SEGMENT, SEGMENT + 1, 2 * SEGMENT - 1] {
            for len in [0, 1, 20, 64, SEGMENT - 1, SEGMENT, SEGMENT + 1, 2 * SEGMENT + 3] {
                for other in [&b"a b\n"[..], b"\n", b" ", b"c'd "] {
                    let others = |len: usize| other.iter().copied().cycle().take(len).collect::<Vec<u8>>();
                    every_form_agrees(&[others(ahead), vec![b'e'; len], b"\n f, g\n".to_vec(), others(ahead)].concat());
                }
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
                    every_form_agrees(&bytes);
                }
            }
        }
    }
}
