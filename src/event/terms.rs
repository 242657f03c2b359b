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

    /// Of a pair that is what a word is elsewhere: two characters of a script without spaces.
    fn as_word(self) -> Term {
        Term(self.0 & !1)
    }

    /// Whether this is two words.
    pub fn is_pair(self) -> bool {
        self.0 & 1 == 1
    }
}

/// Sorts numbers whose upper halves are terms: these are spread evenly, so that each is put near its place at once, and moved
/// there past the few that stand between. Linear; where somebody has made many terms that are alike, as any sorting.
pub(super) fn sort_by_term(numbers: &mut [u64], room: &mut Vec<u64>) {
    const PARTS: usize = 256;
    /// A number is moved so far on the average, at most.
    const FAR: usize = 16;
    let part = |number: u64| (number >> 56) as usize;
    let mut ends = [0u32; PARTS];
    numbers.iter().for_each(|&number| ends[part(number)] += 1);
    let mut end = 0;
    for count in &mut ends {
        end += std::mem::replace(count, end);
    }
    room.clear();
    room.extend_from_slice(numbers);
    for &number in &*room {
        let place = &mut ends[part(number)];
        numbers[*place as usize] = number;
        *place += 1;
    }
    let mut left = FAR * numbers.len();
    for at in 1..numbers.len() {
        let (number, mut to) = (numbers[at], at);
        while to > 0 && numbers[to - 1] > number {
            numbers[to] = numbers[to - 1];
            to -= 1;
        }
        numbers[to] = number;
        left = left.saturating_sub(at - to);
        if left == 0 {
            return numbers.sort_unstable();
        }
    }
}

/// What a word is to terms.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Kind {
    #[default]
    Stop,
    /// Of a script without spaces.
    Character,
    Word,
}

/// The terms that end with a word: the word itself, and what it is with the one before; and whether there are such.
type Ending = [(Term, bool); 2];

/// Makes terms of the words of a line, one after another.
#[derive(Debug, Default)]
struct Cutter {
    plain: String,
    votes: Votes,
    /// Stem and kind of the word before; where there is none, that of a stop word, which is no part of a term either.
    before: (u64, Kind),
    /// How many words there were.
    place: usize,
}

impl Cutter {
    fn begin(&mut self) {
        (self.before, self.place) = Default::default();
    }

    /// The terms that end with `word`. What a word is cannot be foreseen, so there is no branch on it where few go another
    /// way.
    #[inline]
    fn word(&mut self, word: Word) -> Ending {
        let Word { bytes: word, hash, head, .. } = match word.bytes.strip_suffix(b"'s") {
            Some(owner) => Word::alone(owner),
            None => word,
        };
        let lead = head as u8;
        let is_character = lead >= 0xe0 && language::first(word).is_some_and(is_of_spaceless_script);
        let stop_word = if is_character { 0 } else { STOP_WORDS.number(hash) };
        self.votes.word(word, stop_word);
        let kind = match stop_word {
            _ if is_character => Kind::Character,
            0 => Kind::Word,
            _ => Kind::Stop,
        };
        let is_plain = kind != Kind::Word || lead.is_ascii_digit();
        let stem = if head & NOT_ASCII == 0 {
            let stem = hash::mix(head & COUNTING);
            if is_plain { hash } else { stem }
        } else if is_plain {
            hash
        } else {
            stem_of_marked(word, &mut self.plain)
        };
        let (before, kind_before) = std::mem::replace(&mut self.before, (stem, kind));
        self.place += 1;
        let pair = Term::pair(before, stem);
        let is_of_characters = (kind == Kind::Character) & (kind_before == Kind::Character);
        let two = if is_of_characters { pair.as_word() } else { pair };
        let is_word = (kind == Kind::Word) & (word.len() > 1);
        [(Term::word(stem), is_word), (two, (kind != Kind::Stop) & (kind_before != Kind::Stop))]
    }
}

/// Cuts lines into terms; keeps its buffers from line to line.
#[derive(Debug, Default)]
pub(super) struct Terms {
    tokenizer: Tokenizer,
    cutter: Cutter,
}

impl Terms {
    /// Hands the terms that end with each of the first `limit` words of `line` to `each`, with the number of the word;
    /// tells how many words there were.
    pub(super) fn each(&mut self, line: &str, limit: usize, mut each: impl FnMut(Ending, usize)) -> usize {
        let Terms { tokenizer, cutter } = self;
        cutter.begin();
        tokenizer.hashed(line, |word| {
            let place = cutter.place;
            if place < limit {
                each(cutter.word(word), place);
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
            let here = match here.strip_suffix('s') {
                Some(owner) => owner.strip_suffix(['\'', '’']).unwrap_or(here),
                None => here,
            };
            let [(word, is_word), (two, is_two)] = cutter.word(word);
            if is_word {
                each(word, None, here);
            }
            if is_two {
                each(two, before, here);
            }
            before = Some(here);
        };
        let mut rest = line;
        while !rest.is_empty() {
            // The pieces up to the next that is not of ASCII: a word stands there as it is handed out, but for its case.
            let is_space = |byte: &u8| byte.is_ascii_whitespace();
            let first_other = || rest.bytes().position(|byte| !byte.is_ascii());
            let other = if rest.is_ascii() { None } else { first_other() }.unwrap_or(rest.len());
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

/// Of a word's first eight bytes, those of the letters that count.
const COUNTING: u64 = (1 << (8 * STEM_LETTERS)) - 1;
const NOT_ASCII: u64 = 0x8080_8080_8080_8080;

/// The hash of the letters that count of a word with letters other than those of ASCII among its first, as they are
/// spelled plainly.
fn stem_of_marked(word: &[u8], plain: &mut String) -> u64 {
    let word = str::from_utf8(word).unwrap_or_default();
    plain.clear();
    word.nfd().for_each(|letter| spell_plainly(letter, plain));
    let end = plain.char_indices().nth(STEM_LETTERS).map_or(plain.len(), |(at, _)| at);
    let letters = &plain.as_bytes()[..end];
    if letters.is_ascii() { hash::mix(Word::alone(letters).head) } else { hash::word(letters) }
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
        Terms::default().each(line, usize::MAX, |ending, _| {
            terms.extend(ending.into_iter().filter_map(|(term, is_there)| is_there.then_some(term)));
        });
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

    proptest! {
        #[test]
        fn sorted_by_term_is_sorted(mut numbers in prop::collection::vec(any::<u64>(), 0..600), alike in 0u32..64, last in any::<u64>()) {
            // Spread evenly, alike in their upper bits, repeated, and in the wrong order.
            numbers.iter_mut().step_by(2).for_each(|number| *number >>= alike);
            numbers.extend_from_within(..numbers.len() / 3);
            numbers.push(last);
            if alike % 3 == 0 {
                numbers.sort_unstable_by(|a, b| b.cmp(a));
            }
            let mut expected = numbers.clone();
            expected.sort_unstable();
            sort_by_term(&mut numbers, &mut vec![1]);
            prop_assert_eq!(numbers, expected);
        }
    }

    #[test]
    fn the_limit_holds() {
        let line = "alpha beta gamma delta ".repeat(100);
        let mut count = 0;
        assert_eq!(Terms::default().each(&line, 10, |ending, _| count += ending.iter().filter(|it| it.1).count()), 10);
        assert_eq!(count, 19);
    }
}
