//! A line to its words: Unicode's word boundaries (UAX #29), lower-cased by folding, one buffer, no allocation a word.
//!
//! The law of the general path: cut the line at ASCII white space, normalise each piece, cut it at the word boundaries
//! of UAX #29 and keep what holds a letter or a digit. Scripts without spaces fall into single characters there (Han,
//! Hiragana, Thai with its marks), so that shingles of words are shingles of characters. ASCII text, and text whose only
//! other characters are typographic quotes and dashes, gives the same words from a table and one look ahead.
//! Linear time; the buffers grow to the longest piece.

use super::normalize::{ascii_equivalent, normalize};
use unicode_segmentation::UnicodeSegmentation;

/// Cuts text into words; keeps its buffers from line to line.
#[derive(Debug, Default)]
pub struct Tokenizer {
    folded: String,
    word: Vec<u8>,
}

impl Tokenizer {
    /// Hands every word of `line`, normalised, to `each`, in order.
    pub fn words(&mut self, line: &str, mut each: impl FnMut(&str)) {
        let mut rest = line;
        while !rest.is_empty() {
            let ascii = ascii_prefix(rest.as_bytes());
            if ascii == rest.len() {
                return ascii_words(rest, &mut self.word, &mut each);
            }
            let start = rest.as_bytes()[..ascii].iter().rposition(u8::is_ascii_whitespace).map_or(0, |at| at + 1);
            ascii_words(&rest[..start], &mut self.word, &mut each);
            let piece = &rest[start..];
            let end = ascii + piece_end(&rest.as_bytes()[ascii..]) - start;
            self.piece(&piece[..end], &mut each);
            rest = &piece[end..];
        }
    }

    /// The words of a piece without ASCII white space that holds other than ASCII.
    fn piece(&mut self, piece: &str, each: &mut impl FnMut(&str)) {
        self.folded.clear();
        for c in piece.chars() {
            match if c.is_ascii() { Some(c) } else { ascii_equivalent(c) } {
                Some(c) => self.folded.push(c),
                None => return self.general(piece, each),
            }
        }
        ascii_words(&self.folded, &mut self.word, each);
    }

    fn general(&mut self, piece: &str, each: &mut impl FnMut(&str)) {
        self.folded.clear();
        normalize(piece, &mut self.folded);
        self.folded.unicode_words().map(str::trim_start).for_each(each);
    }
}

/// How many bytes from the start are ASCII.
fn ascii_prefix(bytes: &[u8]) -> usize {
    const BLOCK: usize = 64;
    let blocks = bytes.chunks(BLOCK).take_while(|block| block.is_ascii()).count() * BLOCK;
    match bytes.get(blocks..) {
        Some(tail) => blocks + tail.iter().position(|b| !b.is_ascii()).unwrap_or(tail.len()),
        None => bytes.len(),
    }
}

/// Where the first ASCII white space is, or the end.
fn piece_end(bytes: &[u8]) -> usize {
    bytes.iter().position(u8::is_ascii_whitespace).unwrap_or(bytes.len())
}

/// What UAX #29 makes of an ASCII byte.
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
    while byte < 128 {
        table[byte] = match byte as u8 {
            b'a'..=b'z' | b'A'..=b'Z' => Class::Letter,
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
    bytes.get(at).map_or(Class::Other, |&b| CLASS[b as usize])
}

/// The words of ASCII text.
fn ascii_words(text: &str, word: &mut Vec<u8>, each: &mut impl FnMut(&str)) {
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        if !matches!(class(bytes, at), Class::Letter | Class::Digit | Class::Joiner) {
            at += 1;
            continue;
        }
        let end = ascii_word_end(bytes, at);
        let raw = &bytes[at..end];
        at = end;
        if raw.iter().all(|&b| b == b'_') {
            continue;
        }
        word.clear();
        word.extend(raw.iter().map(u8::to_ascii_lowercase));
        // Only ASCII was pushed, so this never fails; a failure would drop a word, not lie about one.
        if let Ok(word) = str::from_utf8(word) {
            each(word);
        }
    }
}

/// Where the word that starts at `at` ends.
#[inline]
fn ascii_word_end(bytes: &[u8], mut at: usize) -> usize {
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

    proptest! {
        #[test]
        fn ascii_equals_the_general_path(text in "[ -~\t\r\n]{0,80}|[a.',:;_1 -]{0,24}") {
            prop_assert_eq!(words(&text), oracle(&text));
        }

        #[test]
        fn mixed_text_equals_the_general_path(text in "(\\PC|[a-z]{1,80}|[ .'’“”–é1日ก]){0,60}") {
            prop_assert_eq!(words(&text), oracle(&text));
        }

        #[test]
        fn words_of_words_are_the_words(text in "\\PC{0,60}") {
            let once = words(&text);
            prop_assert_eq!(words(&once.join(" ")), once);
        }
    }
}
