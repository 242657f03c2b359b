//! Text to canonical bytes: what [`super::scan`] cuts into words without knowing Unicode.
//!
//! ASCII and the plain letters of two bytes are for [`super::letters`]; all others are looked up in the table of
//! [`super::characters`], which says how each stands beside others: letters and their marks are written as they are, a
//! character that is a word by itself (Han, Thai) is set apart with its marks, and so is a run of Katakana; typographic
//! punctuation becomes ASCII that breaks words alike. A piece with a character, or two beside one another, that this does
//! no justice to is handed back, for the general path; pieces stand between ASCII white space, or characters that are
//! words by themselves.
//!
//! Linear; at most 9 bytes out for a character in.

use super::characters::{Entry, Kind, entry};
use super::letters::{Forms, LONG, RUN};
use std::ops::Range;
use unicode_normalization::char::compose;

/// Appends the canonical bytes of `text` from byte `from` on, up to the end or to a piece that is not for it: then that
/// piece's place in `text` is told.
pub(super) fn spell(text: &str, from: usize, forms: Forms, out: &mut Vec<u8>) -> Option<Range<usize>> {
    let Forms { copy_ascii, spell_letters } = forms;
    let bytes = text.as_bytes();
    let mut at = from + copy_ascii(&bytes[from..], out);
    if at == bytes.len() {
        return None;
    }
    let piece = loop {
        let (short, is_spelled) = if bytes[at] < LONG {
            spell_letters(&bytes[at..], out)
        } else {
            (spell_punctuation(&bytes[at..], out), true)
        };
        at += short;
        if at == bytes.len() {
            break None;
        }
        if is_spelled && bytes[at] < LONG {
            at += copy_ascii(&bytes[at..], out);
            if at == bytes.len() {
                break None;
            }
            continue;
        }
        let (long, is_spelled) = spell_any(text, at, out);
        at += long;
        if !is_spelled {
            break Some(hand_back(text, from, at, out));
        }
        if at == bytes.len() {
            break None;
        }
    };
    write_gershayim(out);
    piece
}

/// Spells the dash, quotation mark or the like at the start of `text`, if one is there: most of what is not ASCII in English,
/// it bears on nothing beside it. Tells how many bytes of `text` that was.
pub(super) fn spell_punctuation(text: &[u8], out: &mut Vec<u8>) -> usize {
    let [0xe2, 0x80, last, ..] = *text else { return 0 };
    let entry = entry(0x2000 | u32::from(last & 0x3f));
    if entry.kind != Kind::Ascii {
        return 0;
    }
    out.extend_from_slice(entry.bytes());
    3
}

/// The piece around `at`, taken back out of `out`.
#[cold]
fn hand_back(text: &str, from: usize, at: usize, out: &mut Vec<u8>) -> Range<usize> {
    let is_word = |c: char| entry(c as u32).kind == Kind::Alone;
    let cuts_after = |(at, c): (usize, char)| match c {
        _ if c.is_ascii_whitespace() => Some(at + 1),
        _ if is_word(c) => Some(at),
        _ => None,
    };
    let start = from + text[from..at].char_indices().rev().find_map(cuts_after).unwrap_or_default();
    let cuts_before = |&(_, c): &(usize, char)| c.is_ascii_whitespace() || is_word(c);
    let end = text[at..].char_indices().skip(1).find(cuts_before).map_or(text.len(), |(end, _)| at + end);
    // The bytes of the piece that are out already: as many as re-spelling them gives.
    let mut again = Vec::new();
    let left = spell(&text[start..at], 0, Forms::SCALAR, &mut again);
    debug_assert!(left.is_none());
    out.truncate(out.len() - again.len());
    start..end
}

/// What was written last, as far as it bears on what comes next.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Before {
    /// A letter or its mark.
    Letter,
    /// A word by itself, or its mark: a space is due ahead of what is not part of it.
    Alone,
    /// The same, of Katakana.
    Katakana,
    Other,
}

impl Before {
    /// What canonical bytes end with, nothing being due.
    fn of(bytes: &[u8]) -> Before {
        match bytes.last() {
            Some(b'a'..=b'z' | 0x80..) => Before::Letter,
            _ => Before::Other,
        }
    }

    fn is_apart(self) -> bool {
        matches!(self, Before::Alone | Before::Katakana)
    }
}

/// Spells characters of any length from `start` on, up to so many of ASCII that copying them is worth while, or to one of
/// two bytes that may be in the table of those, or one that does not go with what is before it. Tells how many bytes of
/// `text` that were, and whether what comes next may have canonical bytes.
fn spell_any(text: &str, start: usize, out: &mut Vec<u8>) -> (usize, bool) {
    let bytes = text.as_bytes();
    let mut line = Spelling { before: Before::of(out), order: 0, out };
    let (mut at, mut run, mut is_spelled) = (start, 0, true);
    while run < RUN && at < bytes.len() {
        let lead = bytes[at];
        if lead.is_ascii() && at > start && run == 0 && line.before == Before::Other {
            // Punctuation among ASCII.
            break;
        } else if lead.is_ascii() {
            is_spelled = line.ascii(lead);
            (at, run) = (at + usize::from(is_spelled), run + 1);
        } else if lead < LONG && at > start && !line.before.is_apart() && line.order == 0 {
            break;
        } else {
            let (c, len) = decode(&bytes[at..]);
            is_spelled = line.character(c);
            (at, run) = (at + if is_spelled { len } else { 0 }, 0);
        }
        if !is_spelled {
            break;
        }
    }
    line.set_apart();
    (at - start, is_spelled)
}

/// The first character of UTF-8 bytes, and how many bytes it has.
#[inline(always)]
fn decode(bytes: &[u8]) -> (u32, usize) {
    let low = |at: usize| u32::from(bytes[at] & 0x3f);
    let lead = u32::from(bytes[0]);
    match lead {
        ..0x80 => (lead, 1),
        0x80..0xe0 => ((lead & 0x1f) << 6 | low(1), 2),
        0xe0..0xf0 => ((lead & 0xf) << 12 | low(1) << 6 | low(2), 3),
        _ => ((lead & 0x7) << 18 | low(1) << 12 | low(2) << 6 | low(3), 4),
    }
}

/// Canonical bytes, and what bears on the next.
struct Spelling<'a> {
    before: Before,
    /// The order of the mark that was written last, if nothing came after it.
    order: u8,
    out: &'a mut Vec<u8>,
}

impl Spelling<'_> {
    /// Writes the space that is due.
    #[inline(always)]
    fn set_apart(&mut self) {
        if self.before.is_apart() {
            self.out.push(b' ');
        }
    }

    #[inline(always)]
    fn write(&mut self, entry: &Entry) {
        self.out.reserve(8);
        let (bytes, len) = entry.padded();
        // SAFETY: there is room for eight bytes, of which the first `len` count.
        unsafe {
            self.out.as_mut_ptr().add(self.out.len()).cast::<[u8; 8]>().write(bytes);
            self.out.set_len(self.out.len() + len);
        }
        self.order = entry.order;
    }

    /// Writes a character of ASCII, unless it does not go with what is before it.
    #[inline(always)]
    fn ascii(&mut self, byte: u8) -> bool {
        if self.before == Before::Katakana && byte == b'_' {
            return false;
        }
        self.set_apart();
        self.out.push(byte.to_ascii_lowercase());
        self.before = Before::of(self.out);
        self.order = 0;
        true
    }

    /// Writes a character, unless it does not go with what is before it.
    #[inline(always)]
    fn character(&mut self, c: u32) -> bool {
        if (0x4E00..0xA000).contains(&c) {
            self.out.extend_from_slice(&[
                b' ',
                0xe0 | (c >> 12) as u8,
                0x80 | (c >> 6 & 0x3f) as u8,
                0x80 | (c & 0x3f) as u8,
            ]);
            (self.before, self.order) = (Before::Alone, 0);
            return true;
        }
        let entry = entry(c);
        match entry.kind {
            Kind::Letter => {
                self.set_apart();
                self.write(entry);
                self.before = Before::Letter;
            }
            Kind::Mark if !entry.composes => return self.mark(entry),
            Kind::Mark | Kind::Composing => {
                return self.compose(c, entry).unwrap_or_else(|| entry.kind == Kind::Mark && self.mark(entry));
            }
            Kind::Alone => self.alone(entry),
            Kind::Stack => return self.is_of_script(entry) && self.mark(entry),
            Kind::StackAlone => {
                if !(self.is_of_script(entry) && self.mark(entry)) {
                    return false;
                }
                (self.before, self.order) = (Before::Alone, 0);
            }
            Kind::Double if self.out.ends_with(entry.bytes()) => return false,
            Kind::Double => self.alone(entry),
            Kind::Katakana => {
                if self.out.last() == Some(&b'_') {
                    return false;
                }
                if self.before != Before::Katakana {
                    self.out.push(b' ');
                }
                self.write(entry);
                self.before = Before::Katakana;
            }
            Kind::Ascii => {
                self.set_apart();
                self.write(entry);
                self.before = Before::of(self.out);
            }
            Kind::Middle if self.before == Before::Letter => return false,
            Kind::Middle => {
                self.set_apart();
                self.write(entry);
                self.before = Before::Other;
            }
            Kind::Nothing => {}
            Kind::Unknown => return false,
        }
        true
    }

    #[inline(always)]
    fn alone(&mut self, entry: &Entry) {
        self.out.push(b' ');
        self.write(entry);
        self.before = Before::Alone;
    }

    /// Writes a mark of what is before it, unless that has none or the mark's place is not the last.
    #[inline(always)]
    fn mark(&mut self, entry: &Entry) -> bool {
        let is_hebrew = self.out.len() > 1 && self.out[self.out.len() - 2] == HEBREW;
        let goes = self.before != Before::Other && !is_hebrew && (entry.order == 0 || self.order <= entry.order);
        if goes {
            self.write(entry);
        }
        goes
    }

    /// Whether a mark of a Thai or Lao stack is of the script of what is before it.
    fn is_of_script(&self, mark: &Entry) -> bool {
        let block = |bytes: &[u8]| bytes.last_chunk::<3>().map(|&[lead, middle, _]| (lead, middle >> 1));
        block(self.out) == block(&mark.bytes()[..3])
    }

    /// Makes one character of the one before and `c`, if there is such a character and it stands as the one before did.
    /// Tells whether it does, if there is one.
    fn compose(&mut self, c: u32, mark: &Entry) -> Option<bool> {
        if self.before == Before::Other {
            return Some(false);
        }
        let last = self.out.iter().rposition(|byte| byte & 0xc0 != 0x80).unwrap_or_default();
        let (before, _) = decode(&self.out[last..]);
        let both = char::from_u32(before).zip(char::from_u32(c)).and_then(|(before, c)| compose(before, c));
        let Some(both) = both else { return if mark.kind == Kind::Mark { None } else { Some(false) } };
        let both = entry(both as u32);
        let stands = matches!(
            (self.before, both.kind),
            (Before::Letter, Kind::Letter | Kind::Mark)
                | (Before::Alone, Kind::Alone | Kind::Mark)
                | (Before::Katakana, Kind::Katakana)
        );
        if stands {
            self.out.truncate(last);
            self.write(both);
        }
        Some(stands)
    }
}

/// Leads the letters of Hebrew, and nothing else that has canonical bytes.
const HEBREW: u8 = 0xd7;

/// The quotation mark between two Hebrew letters is part of the word, and is written as the general path writes it.
fn write_gershayim(out: &mut [u8]) {
    let Some(first) = memchr::memchr(HEBREW, out) else { return };
    for at in first + 2..out.len() - 1 {
        if out[at] == b'"' && out[at - 2] == HEBREW && out[at + 1] == HEBREW {
            out[at] = b'\'';
        }
    }
}
