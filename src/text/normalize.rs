//! Characters to the form in which what is equal to a reader is equal: compatibility-composed, case-folded, without what
//! is not seen or is written or left out at will.
//!
//! Unicode's NFKC with full case folding (UAX #15, `NFKC_Casefold`), in which soft hyphens, joiners, zero-width spaces,
//! marks of direction and variation selectors vanish. Beyond Unicode, where readers of a script call two spellings one:
//!
//! | script | one are | as |
//! |---|---|---|
//! | all | decimal digits of every script; typographic and typed apostrophes, and quotation marks | outlets differ in style |
//! | Latin | `i` with a dot, without, and of either capital; comma and cedilla below | capitals tell the two `i` apart in Turkish only; old fonts had the cedilla only |
//! | Greek | with accents and breathings and without (the diaeresis stays) | capitals have none |
//! | Cyrillic | `ё` and `е`; a vowel with the mark of stress | print leaves the dots out at will |
//! | Arabic | with vowel points, tatweel, hamza or madda on the alef, and without; the `ya`, `kaf` and `ha` of all keyboards, dotted or not | most print leaves them out; Egyptian, Persian and Urdu type differs |
//! | Hebrew | with points and without; gershayim of all kinds | print leaves points out |
//! | Thai, Lao | marks above a letter in any order; two `เ` for `แ` | they look the same |
//!
//! Letters that a careful reader tells apart stay apart: `é` and `e`, `ö` and `oe`, `й` and `и`, `ة` and `ه`, hamza on `ya`
//! and `waw`, a Hindi letter with nukta and without, kana small and large. Linear in the text, but for runs of Thai marks,
//! which are sorted.

use caseless::Caseless;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::canonical_combining_class;

/// Makes normal forms, one after another, in the same buffers.
#[derive(Debug, Default)]
pub(super) struct Normalizer {
    letters: Vec<char>,
    folded: Vec<char>,
}

impl Normalizer {
    /// Appends the normal form of `text` to `out`.
    pub(super) fn normalize(&mut self, text: &str, out: &mut String) {
        let Normalizer { letters, folded } = self;
        letters.clear();
        letters.extend(text.chars().map(sign).filter(|&c| !is_unseen(c)).nfkd());
        simplify(letters);
        folded.clear();
        folded.extend(letters.iter().copied().default_case_fold().nfkd());
        simplify(folded);
        out.extend(folded.iter().copied().default_case_fold().nfkc());
    }
}

/// A sign that its decomposition would make letters of, or that breaks words where its decomposition joins them.
fn sign(c: char) -> char {
    match c {
        '\u{FF1A}' | '\u{FE55}' | '\u{FE13}' | '№' => '-',
        '™' | '℠' => '\u{200B}',
        '\u{B4}' => '\'',
        // Korean print has it for the middle dot.
        'ㆍ' => '·',
        _ => c,
    }
}

/// Writes decomposed letters as the table above says.
fn simplify(letters: &mut Vec<char>) {
    let (mut kept, mut base) = (0, '\0');
    let (mut has_stacks, mut has_quotes) = (false, false);
    for at in 0..letters.len() {
        let c = plain(letters[at]);
        if is_unseen(c) || is_left_out(c, base) {
            continue;
        }
        if matches!(c, 'เ' | 'ເ') && base == c && letters[kept - 1] == c {
            base = if c == 'เ' { 'แ' } else { 'ແ' };
            letters[kept - 1] = base;
            continue;
        }
        letters[kept] = c;
        kept += 1;
        has_stacks |= stack(c).is_some();
        has_quotes |= c == '"';
        if c < '\u{300}' || canonical_combining_class(c) == 0 {
            base = c;
        }
    }
    letters.truncate(kept);
    if has_quotes {
        write_gershayim(letters);
    }
    if has_stacks {
        let is_one = |a: &char, b: &char| stack(*a).zip(stack(*b)).is_some_and(|(a, b)| a.script == b.script);
        letters.chunk_by_mut(is_one).for_each(|marks| marks.sort_by_key(|&mark| stack(mark).map(|stack| stack.place)));
    }
}

/// The plainest of the characters that a reader takes for one.
fn plain(c: char) -> char {
    match c {
        ..'\u{80}' => c,
        '\u{2018}' | '\u{2019}' | '\u{201B}' | '\u{2032}' | '\u{2BB}' | '\u{2BC}' | '\u{5F3}' => '\'',
        '\u{201C}'..='\u{201F}' | '\u{5F4}' => '"',
        'ı' => 'i',
        '\u{326}' => '\u{327}',
        '\u{60C}' | '\u{66C}' | '\u{589}' => ',',
        '\u{66B}' => '.',
        'ٱ' => 'ا',
        'ى' | 'ی' => 'ي',
        'ک' | 'ڪ' => 'ك',
        'ہ' | 'ە' => 'ه',
        _ => digit(c).unwrap_or(c),
    }
}

/// The ASCII digit that is worth as much as a decimal digit.
fn digit(c: char) -> Option<char> {
    let zero = *ZEROS[..ZEROS.partition_point(|&zero| zero <= c)].last()?;
    char::from_digit(c as u32 - zero as u32, 10)
}

/// The zeros of all scripts that have decimal digits of their own, in order.
const ZEROS: [char; 68] = [
    '\u{0660}',
    '\u{06F0}',
    '\u{07C0}',
    '\u{0966}',
    '\u{09E6}',
    '\u{0A66}',
    '\u{0AE6}',
    '\u{0B66}',
    '\u{0BE6}',
    '\u{0C66}',
    '\u{0CE6}',
    '\u{0D66}',
    '\u{0DE6}',
    '\u{0E50}',
    '\u{0ED0}',
    '\u{0F20}',
    '\u{1040}',
    '\u{1090}',
    '\u{17E0}',
    '\u{1810}',
    '\u{1946}',
    '\u{19D0}',
    '\u{1A80}',
    '\u{1A90}',
    '\u{1B50}',
    '\u{1BB0}',
    '\u{1C40}',
    '\u{1C50}',
    '\u{A620}',
    '\u{A8D0}',
    '\u{A900}',
    '\u{A9D0}',
    '\u{A9F0}',
    '\u{AA50}',
    '\u{ABF0}',
    '\u{104A0}',
    '\u{10D30}',
    '\u{10D40}',
    '\u{11066}',
    '\u{110F0}',
    '\u{11136}',
    '\u{111D0}',
    '\u{112F0}',
    '\u{11450}',
    '\u{114D0}',
    '\u{11650}',
    '\u{116C0}',
    '\u{116D0}',
    '\u{116DA}',
    '\u{11730}',
    '\u{118E0}',
    '\u{11950}',
    '\u{11BF0}',
    '\u{11C50}',
    '\u{11D50}',
    '\u{11DA0}',
    '\u{11DE0}',
    '\u{11F50}',
    '\u{16130}',
    '\u{16A60}',
    '\u{16AC0}',
    '\u{16B50}',
    '\u{16D70}',
    '\u{1E140}',
    '\u{1E2F0}',
    '\u{1E4F0}',
    '\u{1E5F1}',
    '\u{1E950}',
];

/// Whether a mark on this letter is written or left out at will.
fn is_left_out(mark: char, base: char) -> bool {
    match mark {
        '\u{307}' => matches!(base, 'i' | 'I'),
        '\u{308}' => matches!(base, 'е' | 'Е'),
        '\u{301}' if matches!(base, '\u{400}'..='\u{52F}') => {
            matches!(base, 'а' | 'е' | 'и' | 'о' | 'у' | 'ы' | 'э' | 'ю' | 'я' | 'і')
                || matches!(base, 'А' | 'Е' | 'И' | 'О' | 'У' | 'Ы' | 'Э' | 'Ю' | 'Я' | 'І')
        }
        '\u{300}' | '\u{301}' | '\u{313}' | '\u{314}' | '\u{342}' => matches!(base, '\u{370}'..='\u{3FF}'),
        '\u{653}'..='\u{655}' => base == 'ا' || base == 'ه' && mark == '\u{654}',
        _ => false,
    }
}

/// The quotation mark between two Hebrew letters is part of the word: there it is written as the mark that joins the
/// letters of other scripts too.
fn write_gershayim(letters: &mut [char]) {
    let is_hebrew = |c: char| matches!(c, 'א'..='ת' | '\u{5EF}'..='\u{5F2}');
    for at in 1..letters.len().max(1) - 1 {
        if letters[at] == '"' && is_hebrew(letters[at - 1]) && is_hebrew(letters[at + 1]) {
            letters[at] = '\'';
        }
    }
}

/// Where a mark stands in the stack above or below a letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stack {
    script: u32,
    /// 0 for vowels and the rest, 1 for tones, 2 for nikhahit, as they are typed.
    pub(super) place: u8,
}

/// The place of a mark of Thai or Lao.
pub(super) fn stack(c: char) -> Option<Stack> {
    let place = match c {
        '\u{E31}' | '\u{E34}'..='\u{E3A}' | '\u{E47}' | '\u{E4C}' | '\u{E4E}' => 0,
        '\u{EB1}' | '\u{EB4}'..='\u{EBC}' | '\u{ECC}' | '\u{ECE}' => 0,
        '\u{E48}'..='\u{E4B}' | '\u{EC8}'..='\u{ECB}' => 1,
        '\u{E4D}' | '\u{ECD}' => 2,
        _ => return None,
    };
    Some(Stack { script: c as u32 >> 7, place })
}

/// Default-ignorable code points (DerivedCoreProperties), zero-width spaces, the frame of a key, tatweel, Arabic and Hebrew
/// points.
fn is_unseen(c: char) -> bool {
    matches!(c,
        '\u{00AD}' | '\u{034F}' | '\u{061C}' | '\u{115F}'..='\u{1160}' | '\u{17B4}'..='\u{17B5}'
        | '\u{180B}'..='\u{180F}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}'
        | '\u{20E3}' | '\u{3164}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFA0}' | '\u{FFF0}'..='\u{FFF8}'
        | '\u{1BCA0}'..='\u{1BCA3}' | '\u{1D173}'..='\u{1D17A}' | '\u{E0000}'..='\u{E0FFF}'
        // Arabic tatweel, harakat and small signs
        | '\u{0640}' | '\u{0610}'..='\u{061A}' | '\u{064B}'..='\u{0652}' | '\u{0656}'..='\u{065F}' | '\u{0670}'
        | '\u{06D6}'..='\u{06DC}' | '\u{06DF}'..='\u{06E4}' | '\u{06E7}'..='\u{06E8}' | '\u{06EA}'..='\u{06ED}'
        // Hebrew cantillation and points
        | '\u{0591}'..='\u{05BD}' | '\u{05BF}' | '\u{05C1}'..='\u{05C2}' | '\u{05C4}'..='\u{05C5}' | '\u{05C7}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn normal(text: &str) -> String {
        let mut out = String::new();
        Normalizer::default().normalize(text, &mut out);
        out
    }

    #[test]
    fn every_character_is_normal_after_one_pass() {
        for c in '\0'..=char::MAX {
            let once = normal(&c.to_string());
            assert_eq!(normal(&once), once, "{c:?} U+{:04X}", c as u32);
        }
    }

    #[test]
    fn digits_are_worth_what_they_are() {
        assert!(ZEROS.is_sorted());
        for zero in ZEROS {
            for (c, digit) in (zero..).zip('0'..='9') {
                assert!(c.is_numeric() && !c.is_alphabetic(), "U+{:04X}", c as u32);
                assert_eq!(normal(&c.to_string()), digit.to_string());
            }
        }
        assert_eq!(normal("١٢٬٣٤٥٫٥ ۲۰۲۵ २०२५ ２０２５ ๒๕๖๘"), "12,345.5 2025 2025 2025 2568");
    }

    /// Letters that the rules beyond Unicode's are about, and their neighbours.
    const LETTERS: &str = "[a-zA-ZİıсеёЕЁиийαάΐϊ“”\"'אבש\u{5B0}-\u{5BC}״׳ابيىیئؤآأإكکهہەۀ\u{64B}-\u{655}ـเแาำกน\u{E31}\u{E34}-\u{E3A}\u{E47}-\u{E4E}\
                           ເແກ\u{EB4}-\u{EBC}\u{EC8}-\u{ECD}\u{300}-\u{345}\u{200B}-\u{200D}\u{AD}]{0,12}";

    proptest! {
        #[test]
        fn normalising_twice_changes_nothing(text in "\\PC{0,40}") {
            let once = normal(&text);
            prop_assert_eq!(normal(&once), once);
        }

        #[test]
        fn normalising_what_readers_take_for_one_twice_changes_nothing(text in LETTERS) {
            let once = normal(&text);
            prop_assert_eq!(normal(&once), once);
        }

        #[test]
        fn composed_and_decomposed_are_one(text in LETTERS) {
            prop_assert_eq!(normal(&text.nfd().collect::<String>()), normal(&text));
            prop_assert_eq!(normal(&text.nfc().collect::<String>()), normal(&text));
        }
    }
}
