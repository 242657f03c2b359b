//! A line to its terms: words that carry meaning, and pairs of them, in a form that inflection and spelling change little.
//!
//! A word loses its possessive; letters with marks become plain ones, Cyrillic and Greek are spelled in Latin letters,
//! and six letters of it count: "Olympics", "olímpicos" and "Олимпийские" are strangers as written and close as terms,
//! so that events are found across languages. Stop words of some twenty languages are no terms. Two neighbours that
//! are not stop words are a pair. Where a script has no spaces, and words are single characters, pairs stand for words.
//!
//! Prefixes as stems: McNamee and Mayfield 2004, "Character n-gram tokenization for European language text retrieval".
//! Linear in the line. Bad case: English words of one stem ("intern", "internal", "international").

use crate::hash;
use crate::text::Tokenizer;
use hashbrown::HashSet;
use std::sync::LazyLock;
use unicode_normalization::UnicodeNormalization;
use unicode_segmentation::UnicodeSegmentation;

/// So many letters of a word count.
const STEM_LETTERS: usize = 6;

static STOP_WORDS: LazyLock<HashSet<u64, ahash::RandomState>> = LazyLock::new(|| {
    include_str!("stopwords.txt").split_whitespace().map(|word| hash::bytes(word.as_bytes())).collect()
});

/// The name of a term: 31 bits of its hash, and whether it is a pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Term(pub(super) u32);

impl Term {
    fn word(stem: u64) -> Term {
        Term((stem >> 32) as u32 & !1)
    }

    fn pair(first: u64, second: u64) -> Term {
        Term((hash::mix(first.rotate_left(1) ^ hash::mix(second)) >> 32) as u32 | 1)
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

/// A word as written: which word of which piece between white space.
#[derive(Clone, Copy)]
pub(super) struct Spot<'l> {
    piece: &'l str,
    within: usize,
}

impl<'l> Spot<'l> {
    /// The letters, without punctuation around them and without a possessive.
    pub(super) fn written(self) -> &'l str {
        let word = self.piece.unicode_words().nth(self.within).unwrap_or(self.piece);
        word.strip_suffix("'s").or(word.strip_suffix("’s")).unwrap_or(word)
    }
}

/// A term where it stands in a line.
pub(super) struct Found<'l> {
    pub(super) term: Term,
    /// Its last word.
    pub(super) spot: Spot<'l>,
    /// Its first word, where it has two.
    pub(super) first: Option<Spot<'l>>,
    /// The number of its last word in the line.
    pub(super) place: usize,
    /// Begins with a capital letter within a sentence.
    pub(super) is_name: bool,
    pub(super) is_number: bool,
}

/// The word before.
#[derive(Clone, Copy)]
struct Before<'l> {
    spot: Spot<'l>,
    stem: u64,
    is_stop: bool,
    is_character: bool,
}

/// Cuts lines into terms; keeps its buffers from line to line.
#[derive(Debug, Default)]
pub(super) struct Terms {
    tokenizer: Tokenizer,
    plain: String,
}

impl Terms {
    /// Hands every term among the first `limit` words or so of `line` to `each`; tells how many words there were.
    pub(super) fn each<'l>(&mut self, line: &'l str, limit: usize, mut each: impl FnMut(Found<'l>)) -> usize {
        let Terms { tokenizer, plain } = self;
        let (mut place, mut before, mut is_start) = (0, None::<Before<'l>>, true);
        for piece in line.split_ascii_whitespace() {
            if place >= limit {
                break;
            }
            let is_name = !is_start && starts_with_capital(piece);
            is_start = piece.ends_with(['.', '!', '?', ':', '"', '”']);
            let mut within = 0;
            tokenizer.words(piece, |word| {
                let word = word.strip_suffix("'s").unwrap_or(word);
                let is_number = word.starts_with(|c: char| c.is_ascii_digit());
                let is_character = word.starts_with(is_of_spaceless_script);
                let here = Before {
                    spot: Spot { piece, within },
                    stem: stem(word, is_number || is_character, plain),
                    is_stop: STOP_WORDS.contains(&hash::bytes(word.as_bytes())),
                    is_character,
                };
                let mut hand = |term, first| {
                    each(Found { term, spot: here.spot, first, place, is_name, is_number });
                };
                if !here.is_stop && !is_character && word.len() > 1 {
                    hand(Term::word(here.stem), None);
                }
                match before {
                    Some(first) if first.is_character && is_character => {
                        hand(Term::characters(first.stem, here.stem), Some(first.spot));
                    }
                    Some(first) if !first.is_stop && !here.is_stop => {
                        hand(Term::pair(first.stem, here.stem), Some(first.spot));
                    }
                    _ => {}
                }
                before = Some(here);
                (place, within) = (place + 1, within + 1);
            });
        }
        place
    }
}

fn starts_with_capital(piece: &str) -> bool {
    piece.chars().find(|c| c.is_alphanumeric()).is_some_and(char::is_uppercase)
}

/// Han, kana, Thai, Lao, Burmese, Khmer: words come as single characters.
fn is_of_spaceless_script(c: char) -> bool {
    matches!(c, '\u{0E00}'..='\u{0EFF}' | '\u{1000}'..='\u{109F}' | '\u{1780}'..='\u{17FF}' | '\u{3040}'..='\u{30FF}'
        | '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{3FFFF}')
}

/// The hash of the letters that count.
fn stem(word: &str, is_whole: bool, plain: &mut String) -> u64 {
    if is_whole {
        return hash::bytes(word.as_bytes());
    }
    let word = if word.is_ascii() {
        word
    } else {
        plain.clear();
        word.nfd().for_each(|letter| spell_plainly(letter, plain));
        plain
    };
    let end = word.char_indices().nth(STEM_LETTERS).map_or(word.len(), |(at, _)| at);
    hash::bytes(&word.as_bytes()[..end])
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

    fn terms(line: &str) -> Vec<Term> {
        let mut terms = Vec::new();
        Terms::default().each(line, usize::MAX, |found| terms.push(found.term));
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

    #[test]
    fn names_and_numbers_are_told() {
        let mut told = Vec::new();
        Terms::default().each("Envoys met Mora. Talks took 13 hours", 99, |found| {
            if !found.term.is_pair() {
                told.push((found.spot.written(), found.is_name, found.is_number));
            }
        });
        let names: Vec<&str> = told.iter().filter(|t| t.1).map(|t| t.0).collect();
        let numbers: Vec<&str> = told.iter().filter(|t| t.2).map(|t| t.0).collect();
        assert_eq!((names, numbers), (vec!["Mora"], vec!["13"]));
    }

    #[test]
    fn the_limit_holds() {
        let line = "alpha beta gamma delta ".repeat(100);
        let mut count = 0;
        assert_eq!(Terms::default().each(&line, 10, |_| count += 1), 10);
        assert_eq!(count, 19);
    }
}
