//! What each character is to words: the table that lets [`super::spell`] write most of the world's text without knowing
//! Unicode.
//!
//! An entry is what the general path makes of a character, and which of a few ways to stand beside others it has. Both
//! are found by asking the general path itself how it cuts the character among others; where none of the ways fits, the
//! entry says so, and the text around goes the general path. Entries are made when the first of a few neighbours is looked
//! up, as a text of one script has few characters of others. Time and memory constant: a character takes some 5 us and 16
//! bytes.

use super::normalize::{Normalizer, stack};
use super::words::cut;
use std::sync::OnceLock;
use unicode_normalization::char::canonical_combining_class;
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

/// How a character stands beside others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// As none of the others: only the general path knows.
    Unknown,
    /// It is not there.
    Nothing,
    /// As ASCII does; `-` stands for all that breaks words.
    Ascii,
    /// As a plain letter does, ahead of marks too.
    Letter,
    /// A word by itself, with its marks.
    Alone,
    /// The same, but two of them are another character.
    Double,
    /// Katakana: a word with others of its kind.
    Katakana,
    /// Part of the letter before it.
    Mark,
    /// Part of the letter before it, of its script.
    Stack,
    /// A mark of the letter before it, and a word by itself.
    StackAlone,
    /// One character with the letter before it, where there is such a character.
    Composing,
    /// Joins letters, breaks whatever else there is.
    Middle,
}

/// What the general path makes of a character.
#[derive(Clone, Copy, Debug)]
#[repr(align(16))]
pub(super) struct Entry {
    bytes: [u8; 8],
    len: u8,
    pub(super) kind: Kind,
    /// Whether it composes with some letter before it.
    pub(super) composes: bool,
    /// Marks of less than this, and not of 0, are written ahead of it by the general path.
    pub(super) order: u8,
}

impl Entry {
    const UNKNOWN: Entry = Entry { bytes: [0; 8], len: 0, kind: Kind::Unknown, composes: false, order: 0 };

    fn new(kind: Kind, bytes: &[u8]) -> Entry {
        let mut entry = Entry { kind, len: bytes.len() as u8, ..Entry::UNKNOWN };
        match entry.bytes.get_mut(..bytes.len()) {
            Some(place) => place.copy_from_slice(bytes),
            None => return Entry::UNKNOWN,
        }
        entry
    }

    /// What it is written as.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes[..usize::from(self.len)]
    }

    /// The same, followed by what is to be written over.
    pub(super) fn padded(&self) -> ([u8; 8], usize) {
        (self.bytes, usize::from(self.len))
    }
}

/// Characters whose entries are made together.
const NEIGHBOURS: usize = 16;

type Page = [Entry; NEIGHBOURS];

/// Entries by the upper bits of the character.
static PAGES: [OnceLock<Box<Page>>; 0x110000 / NEIGHBOURS] = [const { OnceLock::new() }; 0x110000 / NEIGHBOURS];

/// The entry of a character.
#[inline]
pub(super) fn entry(c: u32) -> &'static Entry {
    let (page, at) = (&PAGES[c as usize / NEIGHBOURS], c as usize % NEIGHBOURS);
    &page.get().unwrap_or_else(|| page.get_or_init(|| new_page(c - at as u32)))[at]
}

/// The entries from `first` on.
#[cold]
fn new_page(first: u32) -> Box<Page> {
    let mut maker = Maker::default();
    let mut page = Box::new([Entry::UNKNOWN; NEIGHBOURS]);
    for (entry, c) in page.iter_mut().zip(first..) {
        *entry = char::from_u32(c).map_or(Entry::UNKNOWN, |c| maker.entry(c));
    }
    page
}

/// Asks the general path.
#[derive(Default)]
struct Maker {
    normalizer: Normalizer,
    normal: String,
}

impl Maker {
    fn entry(&mut self, c: char) -> Entry {
        if matches!(c, '\u{4E00}'..='\u{9FFF}' | '\u{AC00}'..='\u{D7A3}') {
            // Thousands of Han and Hangul are as their first.
            self.normal = c.to_string();
            let kind = if c < '\u{AC00}' { Kind::Alone } else { Kind::Letter };
            return Entry::new(kind, self.normal.as_bytes());
        }
        let mut normal = std::mem::take(&mut self.normal);
        normal.clear();
        self.normalizer.normalize(c.encode_utf8(&mut [0; 4]), &mut normal);
        let entry = self.entry_of(c, &normal);
        self.normal = normal;
        entry
    }

    fn entry_of(&mut self, c: char, normal: &str) -> Entry {
        let mut letters = normal.chars();
        let Some(first) = letters.next() else { return Entry::new(Kind::Nothing, b"") };
        let second = letters.next();
        let composes = is_nfc_quick(std::iter::once(first)) != IsNormalized::Yes;
        if normal.is_ascii() {
            // Katakana and `_` are one word: let the general path see both.
            let kind = if normal.contains('_') { Kind::Unknown } else { Kind::Ascii };
            let normal = if normal == " " { "-" } else { normal };
            return Entry::new(kind, normal.as_bytes());
        }
        // A mark that folding makes a letter: other marks are put ahead of it before.
        if std::iter::once(c).nfkd().any(|c| c == '\u{345}') {
            return Entry::UNKNOWN;
        }
        if canonical_combining_class(c) > 0 || composes || self.is_mark(normal) {
            return if normal.chars().eq([c]) { self.mark(c, composes) } else { Entry::UNKNOWN };
        }
        if let (Some(vowel), Some(_), None) = (second, stack(first), letters.next()) {
            let (mark, alone) = (self.entry(first), self.entry(vowel));
            let is_one = (mark.kind, alone.kind) == (Kind::Stack, Kind::Alone);
            let bytes = [mark.bytes(), b" ", alone.bytes()].concat();
            let both = Entry { order: mark.order, ..Entry::new(Kind::StackAlone, &bytes) };
            return if is_one { both } else { Entry::UNKNOWN };
        }
        // Marks that follow are put in order with its own last one.
        let last = normal.chars().next_back().map_or(0, canonical_combining_class);
        let kind = match self.standing(normal) {
            Some(Kind::Letter | Kind::Alone | Kind::Katakana) if !matches!(last, 0 | 7) => Kind::Unknown,
            Some(Kind::Alone | Kind::Katakana) if second.is_some() => Kind::Unknown,
            Some(Kind::Alone) if matches!(c, 'เ' | 'ເ') => Kind::Double,
            Some(kind) => kind,
            None => Kind::Unknown,
        };
        match kind {
            Kind::Ascii | Kind::Middle => Entry::new(kind, b"-"),
            _ => Entry { order: last, ..Entry::new(kind, normal.as_bytes()) },
        }
    }

    /// The entry of a mark, which is its own normal form.
    fn mark(&mut self, c: char, composes: bool) -> Entry {
        let class = canonical_combining_class(c);
        let (kind, order) = match (stack(c), class) {
            _ if !self.is_mark(c.encode_utf8(&mut [0; 4])) => (Kind::Composing, 0),
            // Tones follow vowels and come ahead of nikhahit; of what has no class, any before may be out of order.
            (Some(stack), _) => (Kind::Stack, [class.clamp(1, 104), class.max(110), 200][usize::from(stack.place)]),
            (None, 0 | 7 | 9) => (Kind::Mark, class),
            (None, _) => (Kind::Composing, 0),
        };
        match kind {
            Kind::Composing if !composes => Entry::UNKNOWN,
            _ => Entry { composes, order, ..Entry::new(kind, c.encode_utf8(&mut [0; 4]).as_bytes()) },
        }
    }

    /// Whether words are cut as though it were part of the letter before it.
    fn is_mark(&self, normal: &str) -> bool {
        self.is_cut(normal, "ax axa ax'a ax.xa 1x1 日x日", "ax axa ax'a ax.xa 1x1 日x 日")
    }

    /// How it stands, unless it is a mark.
    fn standing(&self, normal: &str) -> Option<Kind> {
        const WAYS: [(Kind, &str, &str); 5] = [
            (
                Kind::Letter,
                "axa 1x1 a.x x.a x'x x:x _x_ x_1 xx x,x 1.x x;1 x' x-x xア x日",
                "axa 1x1 a.x x.a x'x x:x _x_ x_1 xx x x 1 x x 1 x x x x ア x 日",
            ),
            (Kind::Ascii, "axa 1x1 _a_x_1_ a.x.a a'xa 1.x1 アxア 日x日", "a a 1 1 _a_ _1_ a a a a 1 1 ア ア 日 日"),
            (
                Kind::Alone,
                "axa 1x1 _x_ xx x.x x'x x:x 1.x1 アxア 日x日",
                "a x a 1 x 1 x x x x x x x x x 1 x 1 ア x ア 日 x 日",
            ),
            (Kind::Katakana, "axa 1x1 xx x.x x'x x:x アxア 日x日", "a x a 1 x 1 xx x x x x x x アxア 日 x 日"),
            (Kind::Middle, "axa xa ax 1x1 _x_ axxa a.xa アxア 日x日 日xa", "axa a a 1 1 a a a a ア ア 日 日 日 a"),
        ];
        WAYS.into_iter().find(|(_, form, words)| self.is_cut(normal, form, words)).map(|(kind, ..)| kind)
    }

    /// Whether the general path cuts `form`, `normal` being written for `x`, into these words.
    fn is_cut(&self, normal: &str, form: &str, words: &str) -> bool {
        cut(&form.replace('x', normal)).eq(words.replace('x', normal).split(' '))
    }
}
