//! A text to its lines and their words.
//!
//! Lines are short and of any length, so that what a processor guesses of the next one is mostly wrong: 64 bytes at a time
//! become a mask, and the places of two ends are written whether there are so many or not, as two paragraphs with an empty line
//! between them have. AVX-512, or SSE2, which every
//! x86-64 processor has; elsewhere one search after another. Linear; 12 bytes a line.

use super::Tokenizer;
#[cfg(target_arch = "x86_64")]
use super::wide::note_bits;
#[cfg(target_arch = "x86_64")]
use crate::cpu;
use std::ops::Range;

/// Cuts texts into lines, one after another, in the same buffers.
#[derive(Debug, Default)]
pub struct Lines {
    /// Where each ends.
    ends: Vec<usize>,
    /// How many words stand before that.
    words: Vec<u32>,
}

impl Lines {
    /// Makes `words` the hashes of the words of `text` ([`Tokenizer::hashes`]), and remembers which are on which line.
    pub fn read(&mut self, text: &str, tokenizer: &mut Tokenizer, words: &mut Vec<u64>) {
        let Lines { ends, words: before } = self;
        words.clear();
        before.clear();
        ends.clear();
        tokenizer.hashes(text, words, before);
        before.push(words.len() as u32);
        line_ends(text.as_bytes(), ends);
        ends.push(text.len());
    }

    /// The lines that have words: their bytes, without the line end, and their places among the words.
    pub fn with_words(&self) -> impl Iterator<Item = (Range<usize>, Range<usize>)> {
        let mut from = (0, 0);
        self.ends.iter().zip(&self.words).filter_map(move |(&end, &last)| {
            let last = last as usize;
            let (start, first) = std::mem::replace(&mut from, (end + 1, last));
            (last > first).then_some((start..end, first..last))
        })
    }
}

/// Appends the places of the line ends of `bytes` to `ends`, in order.
#[cfg(not(target_arch = "x86_64"))]
fn line_ends(bytes: &[u8], ends: &mut Vec<usize>) {
    ends.extend(memchr::memchr_iter(b'\n', bytes));
}

/// Appends the places of the line ends of `bytes` to `ends`, in order.
#[cfg(target_arch = "x86_64")]
fn line_ends(bytes: &[u8], ends: &mut Vec<usize>) {
    if cpu::is_widest() {
        // SAFETY: the processor has AVX-512.
        return unsafe { line_ends_avx512(bytes, ends) };
    }
    line_ends_by(bytes, ends, marks);
}

/// The same, 64 bytes at once.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512bw,bmi1,bmi2")]
fn line_ends_avx512(bytes: &[u8], ends: &mut Vec<usize>) {
    use std::arch::x86_64::*;
    line_ends_by(bytes, ends, |block| {
        // SAFETY: there are 64 bytes to read.
        _mm512_cmpeq_epi8_mask(unsafe { _mm512_loadu_si512(block.as_ptr().cast()) }, _mm512_set1_epi8(b'\n' as i8))
    });
}

#[cfg(target_arch = "x86_64")]
#[inline(always)]
fn line_ends_by(bytes: &[u8], ends: &mut Vec<usize>, marks: impl Fn(&[u8; 64]) -> u64) {
    let (blocks, rest) = bytes.as_chunks::<64>();
    let mut last = [0; 64];
    last[..rest.len()].copy_from_slice(rest);
    let mut found = ends.len();
    for (base, block) in (0..).step_by(64).zip(blocks.iter().chain([&last])) {
        if ends.len() < found + block.len() + 2 {
            ends.resize(2 * found + 2 * block.len(), 0);
        }
        // A bit more than there are: a search for none takes longer.
        note_bits(marks(block), ends, &mut found, |marks| base + (marks | 1 << 63).trailing_zeros() as usize);
    }
    ends.truncate(found);
}

/// Which of 64 bytes end a line.
#[cfg(target_arch = "x86_64")]
#[inline]
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
        fn they_end_where_the_line_ends_are(
            bytes in prop::collection::vec(prop::sample::select(b"aaa\n\xff\0".to_vec()), 0..300),
            before in prop::collection::vec(0usize..9, 0..3),
        ) {
            let naive = (0..bytes.len()).filter(|&at| bytes[at] == b'\n');
            let naive: Vec<usize> = before.iter().copied().chain(naive).collect();
            let mut ends = before.clone();
            line_ends(&bytes, &mut ends);
            prop_assert_eq!(&ends, &naive);
            #[cfg(target_arch = "x86_64")]
            {
                let mut ends = before;
                line_ends_by(&bytes, &mut ends, marks);
                prop_assert_eq!(ends, naive);
            }
        }

        #[test]
        fn each_has_its_words(text in "[ab \n]{0,90}") {
            let (mut lines, mut words) = (Lines::default(), vec![7]);
            lines.read(&text, &mut Tokenizer::default(), &mut words);
            let hashes = |text: &str| {
                let mut words = Vec::new();
                Tokenizer::default().hashes(text, &mut words, &mut Vec::new());
                words
            };
            let found: Vec<_> = lines.with_words().map(|(bytes, of)| (&text[bytes], words[of].to_vec())).collect();
            let naive = text.split('\n').map(|line| (line, hashes(line))).filter(|(_, words)| !words.is_empty());
            prop_assert_eq!(found, naive.collect::<Vec<_>>());
        }
    }
}
