//! Text to its words: Unicode's word boundaries (UAX #29), lower-cased by folding, one buffer, no allocation a word.
//!
//! The law of the general path: cut the text at ASCII white space, normalise each piece, cut it at the word boundaries
//! of UAX #29, keep what holds a letter or a digit, and take off what quotation marks the rules leave at a word's end.
//! Scripts without spaces fall into single characters there (Han, Hiragana, Thai with its marks), so that shingles of
//! words are shingles of characters. Pieces that [`super::spell`] can write as canonical bytes give the same words by
//! [`super::scan`], faster. Linear time; the buffers grow to the longest text.

use super::letters::Forms;
use super::normalize::Normalizer;
use super::scan::{self, Placed, Scan, Spans};
use super::spell;
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
    found: Vec<Placed>,
    ends: Vec<u32>,
    normalizer: Normalizer,
    folded: String,
}

/// The words of a normal text, by the general path.
pub(super) fn cut(normal: &str) -> impl Iterator<Item = &str> {
    // A letter takes white space ahead of its first mark along, and a Hebrew one the apostrophe after it.
    normal.unicode_words().map(|word| word.trim_start().trim_end_matches('\''))
}

/// A word of a text, normalised.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Word<'t> {
    /// In UTF-8.
    pub(crate) bytes: &'t [u8],
    /// Its [`hash::word`].
    pub(crate) hash: u64,
    /// The first eight bytes, the first one lowest, zeros after the last.
    pub(crate) head: u64,
    /// Where it stands in a text of nothing but ASCII.
    pub(crate) start: usize,
}

impl<'t> Word<'t> {
    /// A word that is no part of a text.
    pub(crate) fn alone(bytes: &'t [u8]) -> Self {
        Word { bytes, hash: hash::word(bytes), head: scan::head(bytes), start: 0 }
    }
}

impl Tokenizer {
    /// Hands every word of `text`, normalised, to `each`, in order.
    pub fn words<F: FnMut(&str)>(&mut self, text: &str, mut each: F) {
        // Canonical bytes are whole characters, so this never fails; a failure would drop a word, not lie about one.
        self.hashed(text, |word| str::from_utf8(word.bytes).map_or((), &mut each));
    }

    /// The same, as bytes with their hash.
    pub(crate) fn hashed<F: FnMut(Word)>(&mut self, text: &str, mut each: F) {
        let spelled = |tokenizer: &mut Self, each: &mut F| {
            let Tokenizer { lanes, spans, spelled, found, ends, .. } = tokenizer;
            found.clear();
            ends.clear();
            (lanes.scan_placed)(spans, spelled, found, ends);
            for &Placed { hash, head, start, end } in &*found {
                let start = start as usize;
                each(Word { bytes: &spelled[start..end as usize], hash, head, start });
            }
        };
        let general = |each: &mut F, word: &str| each(Word::alone(word.as_bytes()));
        self.pieces(text, &mut each, spelled, general);
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
            let piece = spell::spell(text, from, self.lanes.spell, &mut self.spelled);
            spelled(self, to);
            let Some(Range { start, end }) = piece else { return };
            self.folded.clear();
            self.normalizer.normalize(&text[start..end], &mut self.folded);
            cut(&self.folded).for_each(|word| general(to, word));
            from = end;
        }
    }
}

/// How many bytes the kernels take at a time.
#[derive(Debug, Clone, Copy)]
pub(super) struct Lanes {
    pub(super) spell: Forms,
    pub(super) scan: Scan<u64>,
    pub(super) scan_placed: Scan<Placed>,
}

impl Lanes {
    const SCALAR: Lanes = Lanes { spell: Forms::SCALAR, scan: scan::scan_scalar, scan_placed: scan::scan_scalar };

    #[cfg(target_arch = "x86_64")]
    const AVX2: Lanes = Lanes {
        spell: Forms::AVX2,
        // SAFETY: chosen only where the processor has AVX2, BMI and POPCNT.
        scan: |spans, bytes, words, lines| unsafe { scan::scan_avx2(spans, bytes, words, lines) },
        // SAFETY: as above.
        scan_placed: |spans, bytes, words, lines| unsafe { scan::scan_avx2(spans, bytes, words, lines) },
    };

    #[cfg(target_arch = "x86_64")]
    const AVX512: Lanes = Lanes {
        spell: Forms::AVX512,
        // SAFETY: chosen only where the processor has AVX-512 and VBMI2, and what AVX2 needs.
        scan: |spans, bytes, words, lines| unsafe { scan::scan_avx512(spans, bytes, words, lines) },
        // SAFETY: as above.
        scan_placed: |spans, bytes, words, lines| unsafe { scan::scan_avx512(spans, bytes, words, lines) },
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

    /// The words, by every form that this machine can run, which all agree.
    fn words(text: &str) -> Vec<String> {
        let by = |lanes: Lanes| {
            let mut found = Vec::new();
            Tokenizer { lanes, ..Tokenizer::default() }.hashed(text, |word| {
                let alone = Word::alone(word.bytes);
                assert_eq!((word.hash, word.head), (alone.hash, alone.head));
                if text.is_ascii() {
                    assert!(text.as_bytes()[word.start..][..word.bytes.len()].eq_ignore_ascii_case(word.bytes));
                }
                found.push(str::from_utf8(word.bytes).unwrap().to_owned());
            });
            found
        };
        let all: Vec<_> = Lanes::all().into_iter().map(by).collect();
        assert!(all.windows(2).all(|two| two[0] == two[1]));
        all[0].clone()
    }

    /// The law, without the fast path.
    fn oracle(text: &str) -> Vec<String> {
        let mut found = Vec::new();
        for piece in text.split(|c: char| c.is_ascii_whitespace()) {
            let mut normal = String::new();
            Normalizer::default().normalize(piece, &mut normal);
            found.extend(cut(&normal).map(str::to_owned));
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
    /// The lines of Unicode's own test, each as the pieces between its boundaries.
    fn unicode_lines() -> Vec<Vec<String>> {
        let read = |piece: &str| {
            let codes = piece.split('×').map(|code| u32::from_str_radix(code.trim(), 16).unwrap());
            codes.map(|code| char::from_u32(code).unwrap()).collect::<String>()
        };
        let file = include_str!("../../tests/data/unicode/WordBreakTest.txt");
        let lines = file.lines().map(|line| line.split('#').next().unwrap().trim()).filter(|line| !line.is_empty());
        lines.map(|line| line.trim_matches(['÷', ' ']).split('÷').map(read).collect()).collect()
    }

    fn is_word(piece: &&String) -> bool {
        piece.contains(char::is_alphanumeric)
    }

    #[test]
    fn unicodes_word_break_test_is_of_the_version_that_cuts() {
        let (major, minor, patch) = unicode_segmentation::UNICODE_VERSION;
        let name = format!("# WordBreakTest-{major}.{minor}.{patch}.txt");
        assert!(include_str!("../../tests/data/unicode/WordBreakTest.txt").starts_with(&name), "{name}");
        assert_eq!(unicode_lines().len(), 1944);
    }

    #[test]
    fn every_line_of_unicodes_word_break_test_is_cut_as_it_says() {
        for pieces in unicode_lines() {
            let text = pieces.concat();
            let mut at = 0;
            let place = |piece: &String| {
                at += piece.len();
                (at - piece.len(), piece.clone())
            };
            let placed: Vec<(usize, String)> = pieces.iter().map(place).collect();
            let start = |word: &str| word.as_ptr() as usize - text.as_ptr() as usize;
            let cut: Vec<(usize, String)> = cut(&text).map(|word| (start(word), word.to_owned())).collect();
            // All that is taken off a word is an apostrophe at its end.
            let expected = placed.into_iter().filter(|(_, piece)| is_word(&piece));
            let expected = expected.map(|(at, piece)| (at, piece.trim_end_matches('\'').to_owned()));
            assert_eq!(cut, expected.collect::<Vec<_>>(), "{text:?}");
        }
    }

    #[test]
    fn every_line_of_unicodes_word_break_test_gives_its_words_in_normal_form() {
        for pieces in unicode_lines() {
            let normal = |piece: &String| {
                let mut normal = String::new();
                // The joiner vanishes, and no longer makes a pictograph part of a word.
                Normalizer::default().normalize(&piece.replace("\u{200D}🛑", ""), &mut normal);
                normal.trim_end_matches('\'').to_owned()
            };
            let expected: Vec<String> = pieces.iter().filter(is_word).map(normal).collect();
            let text = pieces.concat();
            assert_eq!(oracle(&text), expected, "{text:?}");
            assert_eq!(words(&text), expected, "{text:?}");
            assert_eq!(hashes(&text), of(&expected), "{text:?}");
        }
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
        let thousands = ('一'..'丠').chain('가'..'갠').chain('힐'..'\u{D7FF}').chain('\u{10000}'..'\u{11000}');
        let more = ('\u{1D000}'..'\u{1D800}').chain('\u{1F000}'..'\u{1FB00}').chain('\u{2F7F0}'..'\u{2FA20}');
        for c in (' '..'\u{4E00}').chain('\u{9FF0}'..'\u{AC00}').chain('豈'..'\u{10000}').chain(thousands).chain(more)
        {
            let text = format!(
                "a{c}a {c}{c} 1{c}2 x.{c} {c}'{c}, {c}:b {c}\u{301} 日{c} 日{c}日 ア{c}ア _{c}_ ア{c}_{c}ア {c}\u{AD}_ न{c}़ ड{c}् \
                 ก{c}้ ก้{c} א{c}א א\"{c} {c}”א か{c}\u{3099}{c}"
            );
            let expected = oracle(&text);
            assert_eq!(words(&text), expected, "U+{:04X}", c as u32);
            assert_eq!(hashes(&text), of(&expected), "U+{:04X}", c as u32);
        }
    }

    /// Characters that bear on their neighbours: of every kind, with and without what composes, vanishes, joins and breaks.
    const ODD: &str = "([aeIi1_.,:;'\" -]|[éßİıſѐеЁиїάϊאתاىئهہەﻻ]|[\u{300}\u{301}\u{307}\u{308}\u{323}\u{326}\u{327}\u{342}\u{345}\u{338}]|[\u{5B0}\u{5F3}\u{5F4}“”’·‧…™№´：]|\
         [\u{64B}\u{651}\u{653}-\u{655}ـ\u{670}٣٫٬،]|[\u{AD}\u{34F}\u{200B}-\u{200D}\u{FE0F}\u{180B}]|[日丶〇々豈①㊀㈱]|[かはアカーﾊﾞﾟ・゛ヿ\u{3099}\u{309A}＿]|\
         [\u{1100}\u{1161}\u{11A8}가각ㅏﾡￂ]|[กเแโาำะ\u{E31}\u{E34}\u{E38}\u{E3A}\u{E47}-\u{E4E}๓]|[ກເແາຳ\u{EB4}\u{EB8}\u{EC8}\u{ECC}\u{ECD}]|\
         [नऩरकखड़\u{93C}\u{93E}\u{94D}\u{951}३।]|[ক\u{9BE}\u{9C7}\u{9D7}\u{9CB}]|[க\u{BC6}\u{BBE}\u{BD7}]|[ဥဦ\u{102E}\u{1037}\u{1039}\u{103A}]|\
         [ក\u{17D2}\u{17B6}]|[Აა]|[𝐀🏻👍🇩\u{20E3}\u{1F3FB}𠀀丽\u{16FF0}]){0,14}";

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
        fn scripts_equal_the_general_path(text in "([a-zÀ-ỹ]{1,9}|[а-яА-Я]{1,9}|[ء-ي]{1,6}|[α-ωΑ-Ω]{1,6}|[א-ת]{1,4}|[一-十]{1,5}|[ァ-ヺー]{1,4}|[ぁ-ゖ]{1,5}|[가-힣]{1,4}|[ก-ฺเ-๎]{1,8}|[ກ-ໝ]{1,5}|[ऄ-ॿ]{1,9}|[অ-৾]{1,6}|[அ-௺]{1,6}|[ა-ჿᲐ-Ჿ]{1,6}|[ក-៝]{1,6}|[က-႟]{1,6}|[ሀ-ፚ]{1,4}|[ - _.,:;'’“”«»\u{AD}\u{A0}\n0-9٠-٩·ـَ-ْ\u{301}、。，：・]){0,40}") {
            prop_assert_eq!(words(&text), oracle(&text));
            prop_assert_eq!(hashes(&text), of(&oracle(&text)));
        }

        #[test]
        fn what_stands_oddly_equals_the_general_path(text in ODD) {
            prop_assert_eq!(words(&text), oracle(&text));
            prop_assert_eq!(hashes(&text), of(&oracle(&text)));
        }

        #[test]
        fn decomposed_text_equals_the_general_path(text in "([a-zÀ-ỹ]{1,9}|[а-яёйА-Я]{1,9}|[آ-ۓ]{1,6}|[ά-ώ]{1,6}|[か-ぽ]{1,5}|[カ-ヺー]{1,4}|[가-힣]{1,4}|[क-य़]{1,9}|[ো-ৌড়]{1,6}|[ ,'1]){0,20}") {
            let text: String = unicode_normalization::UnicodeNormalization::nfd(&*text).collect();
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
