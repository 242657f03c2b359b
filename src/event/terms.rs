//! A line to its terms: words that carry meaning, and pairs of them, in a form that inflection and spelling change little.
//!
//! A word loses its possessive; letters with marks become plain ones, Cyrillic and Greek are spelled in Latin letters,
//! and six letters of it count: "Olympics", "olímpicos" and "Олимпийские" are strangers as written and close as terms,
//! so that events are found across languages. Stop words of some twenty languages are no terms. Two neighbours that
//! are not stop words are a pair. Where a script has no spaces, and words are single characters, pairs stand for words.
//!
//! Prefixes as stems: McNamee and Mayfield 2004, "Character n-gram tokenization for European language text retrieval".
//! Linear in the line. Bad case: English words of one stem ("intern", "internal", "international").

use super::language::{self, Language, STOP_WORDS, Votes};
use crate::hash;
use crate::text::{Tokenizer, Word};
use unicode_normalization::UnicodeNormalization;
use unicode_segmentation::UnicodeSegmentation;

/// So many letters of a word count.
const STEM_LETTERS: usize = 6;

/// The name of a term: 31 bits of its hash, and whether it is a pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Term(pub(super) u32);

impl Term {
    fn word(stem: u64) -> Term {
        Term((stem >> 32) as u32 & !1)
    }

    fn pair(first: u64, second: u64) -> Term {
        Term((hash::mix(first.rotate_left(1) ^ second) >> 32) as u32 | 1)
    }

    /// Two characters of a script without spaces: what a word is elsewhere.
    fn characters(first: u64, second: u64) -> Term {
        Term(Term::pair(first, second).0 & !1)
    }

    /// Whether this is two words.
    pub fn is_pair(self) -> bool {
        self.0 & 1 == 1
    }
}

/// Hashes terms, which are hashes already: their bits only have to reach where a table looks.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct TermHasher(u64);

impl std::hash::Hasher for TermHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|&byte| self.write_u32(self.0 as u32 ^ u32::from(byte)));
    }

    fn write_u32(&mut self, term: u32) {
        self.0 = u64::from(term).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(32);
    }
}

/// A table by term.
pub(super) type TermMap<T> = hashbrown::HashMap<Term, T, std::hash::BuildHasherDefault<TermHasher>>;

/// What a word is to terms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Stop,
    /// Of a script without spaces.
    Character,
    Word,
}

/// Makes terms of the words of a line, one after another.
#[derive(Debug, Default)]
struct Cutter {
    plain: String,
    votes: Votes,
    /// Stem and kind of the word before.
    before: Option<(u64, Kind)>,
    /// How many words there were.
    place: usize,
}

impl Cutter {
    fn begin(&mut self) {
        (self.before, self.place) = (None, 0);
    }

    /// Hands the terms that end with `word` to `each`, and whether the word before is of them.
    #[inline]
    fn word(&mut self, word: Word, mut each: impl FnMut(Term, bool)) {
        let (word, hash) = match word.bytes.strip_suffix(b"'s") {
            Some(owner) => (owner, hash::word(owner)),
            None => (word.bytes, word.hash),
        };
        let lead = word.first().copied().unwrap_or_default();
        let is_character = lead >= 0xe0 && language::first(word).is_some_and(is_of_spaceless_script);
        let stop_word_in = if is_character { 0 } else { STOP_WORDS.languages(hash) };
        self.votes.word(word, stop_word_in);
        let kind = match stop_word_in {
            _ if is_character => Kind::Character,
            0 => Kind::Word,
            _ => Kind::Stop,
        };
        let stem = match kind {
            Kind::Word if !lead.is_ascii_digit() => stem(word, &mut self.plain),
            _ => hash,
        };
        if kind == Kind::Word && word.len() > 1 {
            each(Term::word(stem), false);
        }
        match self.before {
            Some((before, Kind::Character)) if kind == Kind::Character => each(Term::characters(before, stem), true),
            Some((before, Kind::Character | Kind::Word)) if kind != Kind::Stop => each(Term::pair(before, stem), true),
            _ => {}
        }
        self.before = Some((stem, kind));
        self.place += 1;
    }
}

/// Cuts lines into terms; keeps its buffers from line to line.
#[derive(Debug, Default)]
pub(super) struct Terms {
    tokenizer: Tokenizer,
    cutter: Cutter,
}

impl Terms {
    /// Hands every term among the first `limit` words of `line` to `each`, with the number of its last word; tells how
    /// many words there were.
    pub(super) fn each(&mut self, line: &str, limit: usize, mut each: impl FnMut(Term, usize)) -> usize {
        let Terms { tokenizer, cutter } = self;
        cutter.begin();
        tokenizer.hashed(line, |word| {
            let place = cutter.place;
            if place < limit {
                cutter.word(word, |term, _| each(term, place));
            }
        });
        cutter.place
    }

    /// The language of the lines since it was asked last.
    pub(super) fn take_language(&mut self) -> Language {
        self.cutter.votes.take()
    }

    /// Hands every term of `line` to `each`, with how it is written there: its last word, and its first where it has two;
    /// tells how many words there were.
    pub(super) fn written<'l>(&mut self, line: &'l str, mut each: impl FnMut(Term, Option<&'l str>, &'l str)) -> usize {
        let Terms { tokenizer, cutter } = self;
        cutter.begin();
        let mut before = None;
        let mut hand = |word: Word, here: &'l str| {
            let here = here.strip_suffix("'s").or(here.strip_suffix("’s")).unwrap_or(here);
            cutter.word(word, |term, has_two| each(term, before.filter(|_| has_two), here));
            before = Some(here);
        };
        let mut rest = line;
        while !rest.is_empty() {
            // The pieces up to the next that is not of ASCII: a word stands there as it is handed out, but for its case.
            let is_space = |byte: &u8| byte.is_ascii_whitespace();
            let other = rest.bytes().position(|byte| !byte.is_ascii()).unwrap_or(rest.len());
            let start = rest.as_bytes()[..other].iter().rposition(is_space).map_or(0, |space| space + 1);
            let (plain, from) = if other == rest.len() { (rest, "") } else { rest.split_at(start) };
            tokenizer.hashed(plain, |word| hand(word, &plain[word.start..][..word.bytes.len()]));
            let (piece, after) = from.split_at(from.bytes().position(|byte| is_space(&byte)).unwrap_or(from.len()));
            let mut words = piece.unicode_words();
            tokenizer.hashed(piece, |word| hand(word, words.next().unwrap_or(piece)));
            rest = after;
        }
        self.cutter.place
    }
}

/// Han, Hiragana, Thai, Lao, Burmese, Khmer: words come as single characters. Katakana comes in words.
fn is_of_spaceless_script(c: char) -> bool {
    matches!(c, '\u{0E00}'..='\u{0EFF}' | '\u{1000}'..='\u{109F}' | '\u{1780}'..='\u{17FF}' | '\u{3040}'..='\u{309F}'
        | '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{3FFFF}')
}

/// The hash of the letters that count.
#[inline]
fn stem(word: &[u8], plain: &mut String) -> u64 {
    match letters_of_ascii(word) {
        Some(letters) => hash::mix(letters),
        None => stem_of_marked(word, plain),
    }
}

/// The letters that count of a word of ASCII, in one number, without a loop for most.
#[inline]
fn letters_of_ascii(word: &[u8]) -> Option<u64> {
    const COUNTING: u64 = (1 << (8 * STEM_LETTERS)) - 1;
    const NOT_ASCII: u64 = 0x8080_8080_8080_8080;
    let letters = match (word.first_chunk::<8>(), word.first_chunk::<4>(), word.last_chunk::<4>()) {
        (Some(&first), ..) => u64::from_le_bytes(first),
        // Where the two have letters in common they agree on them.
        (None, Some(&first), Some(&last)) => {
            let [first, last] = [first, last].map(|four| u64::from(u32::from_le_bytes(four)));
            first | last << (8 * (word.len() - 4))
        }
        _ => word.iter().rev().fold(0, |letters, &letter| letters << 8 | u64::from(letter)),
    };
    let is_ascii = letters & NOT_ASCII == 0 && word.get(8..).is_none_or(<[u8]>::is_ascii);
    is_ascii.then_some(letters & COUNTING)
}

/// The same of a word with other letters, as they are spelled plainly.
fn stem_of_marked(word: &[u8], plain: &mut String) -> u64 {
    let word = str::from_utf8(word).unwrap_or_default();
    plain.clear();
    word.nfd().for_each(|letter| spell_plainly(letter, plain));
    if let Some(letters) = letters_of_ascii(plain.as_bytes()) {
        return hash::mix(letters);
    }
    let end = plain.char_indices().nth(STEM_LETTERS).map_or(plain.len(), |(at, _)| at);
    hash::word(&plain.as_bytes()[..end])
}

/// Latin letters for one letter, without its marks.
fn spell_plainly(letter: char, out: &mut String) {
    const CYRILLIC: [&str; 32] = [
        "a", "b", "v", "g", "d", "e", "zh", "z", "i", "i", "k", "l", "m", "n", "o", "p", "r", "s", "t", "u", "f", "h",
        "ts", "ch", "sh", "shch", "", "i", "", "e", "iu", "ia",
    ];
    const GREEK: [&str; 25] = [
        "a", "v", "g", "d", "e", "z", "i", "th", "i", "k", "l", "m", "n", "x", "o", "p", "r", "s", "s", "t", "u", "f",
        "h", "ps", "o",
    ];
    match letter {
        '\u{300}'..='\u{36F}' => {}
        'а'..='я' => out.push_str(CYRILLIC[(letter as u32 - 'а' as u32) as usize]),
        'α'..='ω' => out.push_str(GREEK[(letter as u32 - 'α' as u32) as usize]),
        'ø' => out.push('o'),
        'đ' | 'ђ' => out.push('d'),
        'ł' => out.push('l'),
        'ı' | 'і' | 'ј' => out.push('i'),
        'є' => out.push('e'),
        'ґ' => out.push('g'),
        'љ' => out.push('l'),
        'њ' => out.push('n'),
        'ћ' => out.push('c'),
        'џ' => out.push_str("dz"),
        'æ' => out.push_str("ae"),
        'œ' => out.push_str("oe"),
        _ => out.push(letter),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn terms(line: &str) -> Vec<Term> {
        let mut terms = Vec::new();
        Terms::default().each(line, usize::MAX, |term, _| terms.push(term));
        terms
    }

    fn words(line: &str) -> Vec<Term> {
        terms(line).into_iter().filter(|term| !term.is_pair()).collect()
    }

    #[test]
    fn inflection_marks_and_alphabets_do_not_part_words() {
        for (a, b) in [
            ("Geneva's", "Geneva"),
            ("negotiation", "negotiations"),
            ("Olímpicos", "olimpico"),
            ("Олимпиада", "olimpiada"),
            ("Путина", "putina"),
            ("Málaga", "malaga"),
            ("Αθήνα", "athina"),
        ] {
            assert_eq!(words(a), words(b), "{a} {b}");
        }
        assert_ne!(words("Paris"), words("Prague"));
        assert_ne!(words("1234567"), words("1234568"), "numbers count whole");
    }

    #[test]
    fn stop_words_are_no_terms_and_part_pairs() {
        assert_eq!(terms("the of and"), []);
        assert_eq!(terms("talks in Geneva").len(), 2);
        assert_eq!(terms("nuclear talks").len(), 3);
    }

    #[test]
    fn characters_without_spaces_come_in_pairs() {
        let (long, short) = (terms("伊朗会谈"), terms("伊朗"));
        assert_eq!((long.len(), short.len()), (3, 1));
        assert_eq!(long[0], short[0]);
        assert!(!short[0].is_pair());
    }

    fn written(line: &str) -> Vec<(Term, String)> {
        let mut written = Vec::new();
        Terms::default().written(line, |term, first, last| {
            written.push((term, first.map(|first| format!("{first} ")).unwrap_or_default() + last));
        });
        written
    }

    #[test]
    fn terms_are_told_as_written() {
        let forms = |line| written(line).into_iter().map(|(_, form)| form).collect::<Vec<_>>();
        assert_eq!(
            forms("Mora's 13th U.S. round"),
            ["Mora", "13th", "Mora 13th", "U.S", "13th U.S", "round", "U.S round"]
        );
        assert_eq!(forms("(Genève’s __ talks)"), ["Genève", "talks", "Genève talks"]);
        assert_eq!(forms("__ a__b a"), ["a__b"]);
    }

    proptest! {
        #[test]
        fn the_written_are_those_counted(line in "[a-zA-Z0-9 .,'_()-]{0,60}|\\PC{0,40}") {
            prop_assert_eq!(written(&line).into_iter().map(|(term, _)| term).collect::<Vec<_>>(), terms(&line));
        }

        #[test]
        fn a_form_has_the_words_of_its_term(line in "[a-zA-Z0-9 .,'_()-]{0,60}") {
            for (term, form) in written(&line) {
                prop_assert!(terms(&form).contains(&term), "{:?}", form);
            }
        }
    }

    #[test]
    fn the_limit_holds() {
        let line = "alpha beta gamma delta ".repeat(100);
        let mut count = 0;
        assert_eq!(Terms::default().each(&line, 10, |_, _| count += 1), 10);
        assert_eq!(count, 19);
    }
}
