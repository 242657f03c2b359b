//! Text to its words: Unicode's word boundaries (UAX #29), lower-cased by folding, one buffer, no allocation a word.
//!
//! The law of the general path: cut the text at ASCII white space, normalise each piece, cut it at the word boundaries
//! of UAX #29 and keep what holds a letter or a digit. Scripts without spaces fall into single characters there (Han,
//! Hiragana, Thai with its marks), so that shingles of words are shingles of characters. Pieces that [`super::spell`] can
//! write as canonical bytes give the same words by [`super::scan`], faster. Linear time; the buffers grow to the longest
//! text.

use super::normalize::normalize;
use super::scan::{self, Scan, Spans};
use super::spell::{self, CopyAscii};
#[cfg(target_arch = "x86_64")]
use crate::cpu;
use crate::hash;
use std::ops::Range;
use unicode_segmentation::UnicodeSegmentation;

/// Cuts text into words; keeps its buffers from text to text.
#[derive(Debug, Default)]
pub struct Tokenizer {
    lanes: Lanes,
    spelled: Vec<u8>,
    spans: Spans,
    folded: String,
}

impl Tokenizer {
    /// Hands every word of `text`, normalised, to `each`, in order.
    pub fn words<F: FnMut(&str)>(&mut self, text: &str, mut each: F) {
        let spelled = |tokenizer: &mut Self, each: &mut F| {
            // Canonical bytes are whole characters, so this never fails; a failure would drop a word, not lie about one.
            let word = |each: &mut F, word: &[u8]| str::from_utf8(word).map_or((), &mut *each);
            scan::each_word(&tokenizer.spelled, each, word, |_| ());
        };
        self.pieces(text, &mut each, spelled, |each, word| each(word));
    }

    /// Appends the [`hash::word`] of every word of `text` to `words`, in order, and to `lines`, for every line end, how
    /// many words stand before it.
    pub fn hashes(&mut self, text: &str, words: &mut Vec<u64>, lines: &mut Vec<u32>) {
        self.pieces(
            text,
            &mut (words, lines),
            |tokenizer, (words, lines)| {
                (tokenizer.lanes.scan)(&mut tokenizer.spans, &mut tokenizer.spelled, words, lines);
            },
            |(words, _), word| words.push(hash::word(word.as_bytes())),
        );
    }

    /// Spells `text`, hands what is spelled to `spelled` and the words of every piece between to `general`.
    fn pieces<T>(
        &mut self,
        text: &str,
        to: &mut T,
        spelled: impl Fn(&mut Self, &mut T),
        general: impl Fn(&mut T, &str),
    ) {
        let mut from = 0;
        loop {
            self.spelled.clear();
            let piece = spell::spell(text, from, self.lanes.copy_ascii, &mut self.spelled);
            spelled(self, to);
            let Some(Range { start, end }) = piece else { return };
            self.folded.clear();
            normalize(&text[start..end], &mut self.folded);
            self.folded.unicode_words().for_each(|word| general(to, word.trim_start()));
            from = end;
        }
    }
}

/// How many bytes the kernels take at a time.
#[derive(Debug, Clone, Copy)]
pub(super) struct Lanes {
    pub(super) copy_ascii: CopyAscii,
    pub(super) scan: Scan,
}

impl Lanes {
    const SCALAR: Lanes = Lanes { copy_ascii: spell::copy_ascii_scalar, scan: scan::scan_scalar };

    #[cfg(target_arch = "x86_64")]
    const AVX2: Lanes = Lanes {
        // SAFETY: chosen only where the processor has AVX2, BMI and POPCNT.
        copy_ascii: |bytes, out| unsafe { spell::copy_ascii_avx2(bytes, out) },
        // SAFETY: as above.
        scan: |spans, bytes, words, lines| unsafe { scan::scan_avx2(spans, bytes, words, lines) },
    };

    #[cfg(target_arch = "x86_64")]
    const AVX512: Lanes = Lanes {
        // SAFETY: chosen only where the processor has AVX-512 and VBMI2, and what AVX2 needs.
        scan: |spans, bytes, words, lines| unsafe { scan::scan_avx512(spans, bytes, words, lines) },
        ..Lanes::AVX2
    };

    /// Every form that this machine can run, the widest last.
    pub(super) fn all() -> Vec<Lanes> {
        let mut all = vec![Lanes::SCALAR];
        #[cfg(target_arch = "x86_64")]
        if cpu::is_wide() {
            all.push(Lanes::AVX2);
        }
        #[cfg(target_arch = "x86_64")]
        if cpu::is_widest() {
            all.push(Lanes::AVX512);
        }
        all
    }
}

impl Default for Lanes {
    fn default() -> Self {
        *Lanes::all().last().unwrap_or(&Lanes::SCALAR)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn words(text: &str) -> Vec<String> {
        let mut found = Vec::new();
        Tokenizer::default().words(text, |word| found.push(word.to_owned()));
        found
    }

    /// The law, without the fast path.
    fn oracle(text: &str) -> Vec<String> {
        let mut found = Vec::new();
        for piece in text.split(|c: char| c.is_ascii_whitespace()) {
            let mut normal = String::new();
            normalize(piece, &mut normal);
            found.extend(normal.unicode_words().map(|word| word.trim_start().to_owned()));
        }
        found
    }

    /// The hashes of the words, by every form that this machine can run, which all agree.
    fn hashes(text: &str) -> Vec<u64> {
        let by = |lanes: Lanes| {
            let (mut words, mut lines) = (Vec::new(), Vec::new());
            Tokenizer { lanes, ..Tokenizer::default() }.hashes(text, &mut words, &mut lines);
            assert_eq!(lines.len(), text.matches('\n').count());
            (words, lines)
        };
        let all: Vec<_> = Lanes::all().into_iter().map(by).collect();
        assert!(all.windows(2).all(|two| two[0] == two[1]));
        all[0].0.clone()
    }

    fn of(words: &[String]) -> Vec<u64> {
        words.iter().map(|word| hash::word(word.as_bytes())).collect()
    }

    #[test]
    fn words_a_reader_would_name() {
        for (text, expected) in [
            ("Iran’s “frank” talks—in Geneva…", "iran's frank talks in geneva"),
            ("The U.S. paid $60,000.50; don't wait...what", "the u.s paid 60,000.50 don't wait what"),
            ("E3/EU_3 state-of-the-art 3.5m", "e3 eu_3 state of the art 3.5m"),
            ("___ -- !?", ""),
            ("Müller-Straße ÉTÉ", "müller strasse été"),
            ("日本の首相は", "日 本 の 首 相 は"),
            ("伊朗与英法德在日内瓦会谈", "伊 朗 与 英 法 德 在 日 内 瓦 会 谈"),
            ("Встреча в Женеве", "встреча в женеве"),
            ("محادثات جنيف", "محادثات جنيف"),
            ("서울에서 회담", "서울에서 회담"),
        ] {
            assert_eq!(words(text).join(" "), expected);
        }
        assert_eq!(words("การเจรจา").len(), oracle("การเจรจา").len());
    }

    #[test]
    fn every_character_equals_the_general_path() {
        for c in (' '..'\u{3100}').chain('一'..'丠').chain('가'..'갠').chain('豈'..'ﷰ').chain('\u{FE00}'..'\u{FFFF}')
        {
            for text in [format!("a{c}a {c}{c} 1{c}2"), format!("x.{c} {c}'{c}, {c}:b {c}\u{301} 日{c}")] {
                let expected = oracle(&text);
                assert_eq!(words(&text), expected, "U+{:04X}", c as u32);
                assert_eq!(hashes(&text), of(&expected), "U+{:04X}", c as u32);
            }
        }
    }

    proptest! {
        #[test]
        fn ascii_equals_the_general_path(text in "[ -~\t\r\n]{0,80}|[a.',:;_1 -]{0,24}") {
            prop_assert_eq!(words(&text), oracle(&text));
            prop_assert_eq!(hashes(&text), of(&oracle(&text)));
        }

        #[test]
        fn mixed_text_equals_the_general_path(text in "(\\PC|[a-z]{1,80}|[ .'’“”–é1日ก]){0,60}") {
            prop_assert_eq!(words(&text), oracle(&text));
            prop_assert_eq!(hashes(&text), of(&oracle(&text)));
        }

        #[test]
        fn scripts_equal_the_general_path(text in "([a-zÀ-ÿ]{1,9}|[а-яА-Я]{1,9}|[ء-ي]{1,6}|[α-ωΑ-Ω]{1,6}|[א-ת]{1,4}|[一-十]{1,5}|[ァ-ヺー]{1,4}|[ _.,:;'’“”«»\u{AD}\u{A0}\n0-9٠-٩·ـَ-ْ\u{301}、。，：]){0,40}") {
            prop_assert_eq!(words(&text), oracle(&text));
            prop_assert_eq!(hashes(&text), of(&oracle(&text)));
        }

        #[test]
        fn words_of_words_are_the_words(text in "\\PC{0,60}") {
            let once = words(&text);
            prop_assert_eq!(words(&once.join(" ")), once);
        }
    }
}
