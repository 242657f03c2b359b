//! Characters to the form in which equal text is equal: compatibility-composed, case-folded, without what a reader
//! does not see.
//!
//! Unicode's NFKC with full case folding (UAX #15, UTS #35's `NFKC_Casefold`), in which soft hyphens, joiners, marks of
//! direction and variation selectors vanish; Arabic and Hebrew vowel points and the tatweel, which outlets set or leave
//! out at will, vanish too; the typographic apostrophe becomes the typed one. Linear in the text.

use caseless::Caseless;
use unicode_normalization::UnicodeNormalization;

/// Appends the normal form of `text` to `out`.
pub(super) fn normalize(text: &str, out: &mut String) {
    out.extend(
        text.nfkd()
            .filter(|&c| !is_unseen(c))
            .map(plain_apostrophe)
            .default_case_fold()
            .nfkd()
            .filter(|&c| !is_unseen(c))
            .default_case_fold()
            .nfkc(),
    );
}

/// The ASCII character that breaks words just as typographic punctuation `c` does, if `c` is such.
#[inline]
pub(super) fn ascii_equivalent(c: char) -> Option<char> {
    match c {
        '\u{2019}' | '\u{2018}' | '\u{201B}' => Some('\''),
        '\u{201C}' | '\u{201D}' | '\u{201E}' | '\u{00AB}' | '\u{00BB}' => Some('"'),
        '\u{2013}' | '\u{2014}' | '\u{2015}' | '\u{2012}' | '\u{2010}' | '\u{2011}' | '\u{2022}' => Some('-'),
        '\u{00A0}' | '\u{2009}' | '\u{202F}' | '\u{2003}' | '\u{2002}' => Some(' '),
        '\u{3001}' | '\u{3002}' | '\u{3008}'..='\u{3011}' | '\u{2026}' => Some('-'),
        '\u{FF0C}' => Some(','),
        '\u{FF1A}' => Some(':'),
        '\u{FF1B}' => Some(';'),
        '\u{FF01}' | '\u{FF1F}' | '\u{FF08}' | '\u{FF09}' => Some('-'),
        _ => None,
    }
}

/// `’` and its kin are typed `'`.
fn plain_apostrophe(c: char) -> char {
    match c {
        '\u{2019}' | '\u{2018}' | '\u{201B}' | '\u{02BC}' => '\'',
        _ => c,
    }
}

/// Default-ignorable code points (Unicode 16, DerivedCoreProperties), tatweel, Arabic and Hebrew points.
fn is_unseen(c: char) -> bool {
    matches!(c,
        '\u{00AD}' | '\u{034F}' | '\u{061C}' | '\u{115F}'..='\u{1160}' | '\u{17B4}'..='\u{17B5}'
        | '\u{180B}'..='\u{180F}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}'
        | '\u{3164}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFA0}' | '\u{FFF0}'..='\u{FFF8}'
        | '\u{1BCA0}'..='\u{1BCA3}' | '\u{1D173}'..='\u{1D17A}' | '\u{E0000}'..='\u{E0FFF}'
        // Arabic tatweel, harakat and small signs
        | '\u{0640}' | '\u{0610}'..='\u{061A}' | '\u{064B}'..='\u{065F}' | '\u{0670}' | '\u{06D6}'..='\u{06DC}'
        | '\u{06DF}'..='\u{06E4}' | '\u{06E7}'..='\u{06E8}' | '\u{06EA}'..='\u{06ED}'
        // Hebrew cantillation and points
        | '\u{0591}'..='\u{05BD}' | '\u{05BF}' | '\u{05C1}'..='\u{05C2}' | '\u{05C4}'..='\u{05C5}' | '\u{05C7}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn normal(text: &str) -> String {
        let mut out = String::new();
        normalize(text, &mut out);
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
    fn equal_to_a_reader_is_equal() {
        for (a, b) in [
            ("STRASSE", "straße"),
            ("Ｆｕｌｌ", "full"),
            ("cafe\u{301}", "CAFÉ"),
            ("co\u{AD}operate", "cooperate"),
            ("don’t", "DON'T"),
            ("مُحَمَّد", "محمد"),
            ("العـــربية", "العربية"),
            ("שָׁלוֹם", "שלום"),
            ("ΣΊΣΥΦΟΣ", "σίσυφος"),
            ("ﬁsh", "fish"),
        ] {
            assert_eq!(normal(a), normal(b), "{a} {b}");
        }
        assert_ne!(normal("résumé"), normal("resume"), "accents are letters' own");
    }

    proptest! {
        #[test]
        fn normalising_twice_changes_nothing(text in "\\PC{0,40}") {
            let once = normal(&text);
            prop_assert_eq!(normal(&once), once);
        }
    }
}
