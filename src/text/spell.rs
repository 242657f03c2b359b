//! Text to canonical bytes: what [`super::scan`] cuts into words without knowing Unicode.
//!
//! ASCII is copied in lower case. Of other characters, those below U+0800 that fold to one or two bytes of plain letters
//! (Latin with accents, Greek, Cyrillic, Arabic) are looked up in a table made by the general path itself; typographic
//! punctuation becomes ASCII that breaks words alike; a Han character is set apart, being a word. A piece (what stands
//! between ASCII white space) with any other character is handed back, for the general path.
//!
//! Linear; at most 2 bytes out for one in.

use super::normalize::{ascii_equivalent, normalize};
use std::ops::Range;
use std::sync::LazyLock;
use unicode_segmentation::UnicodeSegmentation;

/// Breaks words, and is no white space, so that white space out is white space in.
const BREAK: u8 = b'-';
/// So many ASCII characters in a row are worth a wide copy.
const RUN: usize = 4;

/// Copies ASCII in lower case up to the first other byte; tells how many bytes that was.
pub(super) type CopyAscii = fn(&[u8], &mut Vec<u8>) -> usize;

/// Appends the canonical bytes of `text` from byte `from` on, up to the end or to a piece that is not for it: then that
/// piece's place in `text` is told.
pub(super) fn spell(text: &str, from: usize, copy_ascii: CopyAscii, out: &mut Vec<u8>) -> Option<Range<usize>> {
    let bytes = text.as_bytes();
    let mut at = from;
    loop {
        at += copy_ascii(&bytes[at..], out);
        let letters: &Letters = if at < bytes.len() { &LETTERS } else { return None };
        while at < bytes.len() {
            let (short, is_spelled) = letters.spell(&bytes[at..], out);
            at += short;
            if !is_spelled {
                return Some(hand_back(text, from, at, out));
            }
            let Some(&lead) = bytes.get(at).filter(|&&lead| lead >= LONG) else { break };
            let c = text[at..].chars().next().unwrap_or_default();
            match c {
                '\u{4E00}'..='\u{9FFF}' => {
                    out.extend_from_slice(&[b' ', lead, bytes[at + 1], bytes[at + 2], b' ']);
                }
                _ => match ascii_equivalent(c) {
                    Some(' ') => out.push(BREAK),
                    Some(ascii) => out.push(ascii as u8),
                    None => return Some(hand_back(text, from, at, out)),
                },
            }
            at += c.len_utf8();
            if bytes.get(at).is_some_and(u8::is_ascii) {
                break;
            }
        }
    }
}

/// The piece around `at`, taken back out of `out`.
#[cold]
fn hand_back(text: &str, from: usize, at: usize, out: &mut Vec<u8>) -> Range<usize> {
    let bytes = text.as_bytes();
    let start = bytes[from..at].iter().rposition(u8::is_ascii_whitespace).map_or(from, |space| from + space + 1);
    let end = bytes[at..].iter().position(u8::is_ascii_whitespace).map_or(bytes.len(), |space| at + space);
    // The bytes of the piece that are out already: as many as re-spelling them gives.
    let mut again = Vec::new();
    let left = spell(&text[start..at], 0, copy_ascii_scalar, &mut again);
    debug_assert!(left.is_none());
    out.truncate(out.len() - again.len());
    start..end
}

/// [`CopyAscii`], byte by byte.
pub(super) fn copy_ascii_scalar(bytes: &[u8], out: &mut Vec<u8>) -> usize {
    let ascii = bytes.iter().position(|byte| !byte.is_ascii()).unwrap_or(bytes.len());
    out.extend(bytes[..ascii].iter().map(u8::to_ascii_lowercase));
    ascii
}

/// [`CopyAscii`], 32 bytes at a time.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
pub(super) fn copy_ascii_avx2(bytes: &[u8], out: &mut Vec<u8>) -> usize {
    use std::arch::x86_64::*;
    const LANES: usize = 32;
    let (upper, to_lower) = (_mm256_set1_epi8(b'Z' as i8 - b'A' as i8), _mm256_set1_epi8(0x20));
    let mut at = 0;
    out.reserve(bytes.len() + LANES);
    while at + LANES <= bytes.len() {
        // SAFETY: 32 bytes are left to read, and `out` has room for all that is left and 32 more.
        let other = unsafe {
            let read = _mm256_loadu_si256(bytes.as_ptr().add(at).cast());
            let from_a = _mm256_sub_epi8(read, _mm256_set1_epi8(b'A' as i8));
            let is_upper = _mm256_cmpeq_epi8(_mm256_min_epu8(from_a, upper), from_a);
            let lower = _mm256_add_epi8(read, _mm256_and_si256(is_upper, to_lower));
            _mm256_storeu_si256(out.as_mut_ptr().add(out.len()).cast(), lower);
            _mm256_movemask_epi8(read) as u32
        };
        let ascii = other.trailing_zeros() as usize;
        // SAFETY: the first `ascii` of the 32 bytes just stored.
        unsafe { out.set_len(out.len() + ascii) };
        at += ascii;
        if ascii < LANES {
            return at;
        }
    }
    at + copy_ascii_scalar(&bytes[at..], out)
}

/// Leads of characters of three bytes or more are not less.
const LONG: u8 = 0xe0;
/// Marks a character without canonical bytes.
const UNSPELLED: u32 = u32::MAX;

/// The canonical bytes of each character below U+0800, their number above the lower 16 bits.
struct Letters([u32; 0x800]);

static LETTERS: LazyLock<Box<Letters>> = LazyLock::new(|| {
    let packed = |spelled: &[u8]| {
        let byte = |at: usize| spelled.get(at).copied().map_or(0, u32::from);
        (spelled.len() as u32) << 16 | byte(1) << 8 | byte(0)
    };
    let mut letters = Box::new(Letters([UNSPELLED; 0x800]));
    for (c, place) in ('\0'..='\u{7FF}').zip(&mut letters.0) {
        *place = match c.is_ascii() {
            true => packed(&[c.to_ascii_lowercase() as u8]),
            false => spelling(c).map_or(UNSPELLED, |spelled| packed(spelled.as_bytes())),
        };
    }
    letters
});

impl Letters {
    /// Spells characters of one or two bytes, without a branch on which they are, up to one that is longer, one that has no
    /// canonical bytes, or so many of ASCII that copying them is worth while. Tells how many bytes of `text` that were, and
    /// whether what comes next may have canonical bytes.
    fn spell(&self, text: &[u8], out: &mut Vec<u8>) -> (usize, bool) {
        let (mut at, mut run, mut is_spelled) = (0, 0, true);
        // One byte out for one in at most, and one more that is written before it is known to be wanted.
        out.reserve(text.len() + 1);
        let spare = out.spare_capacity_mut().as_mut_ptr();
        let mut filled = 0;
        while run < RUN && at < text.len() && text[at] < LONG {
            let (first, next) = (text[at], text.get(at + 1).copied().unwrap_or_default());
            let is_short = first < 0x80;
            let two = usize::from(first & 0x1f) << 6 | usize::from(next & 0x3f);
            let spelled = self.0[if is_short { usize::from(first) } else { two }];
            if spelled == UNSPELLED {
                is_spelled = false;
                break;
            }
            // SAFETY: as many bytes as have been read are filled at most, and there is room for all and one more.
            unsafe { spare.add(filled).cast::<[u8; 2]>().write([spelled as u8, (spelled >> 8) as u8]) };
            filled += (spelled >> 16) as usize;
            at += 2 - usize::from(is_short);
            run = if is_short { run + 1 } else { 0 };
        }
        // SAFETY: so many have been written, one after another; those that were not wanted were written over.
        unsafe { out.set_len(out.len() + filled) };
        (at, is_spelled)
    }
}

/// What the general path makes of a character, if that is short and behaves as plain letters, as ASCII, as a break or as
/// nothing, whatever stands beside it.
fn spelling(c: char) -> Option<String> {
    let mut normal = String::new();
    normalize(&c.to_string(), &mut normal);
    if normal.len() > 2 {
        return None;
    }
    if normal.is_ascii() {
        return Some(normal);
    }
    let words = |form: &str| form.replace('x', &normal).unicode_words().map(str::to_owned).collect::<Vec<_>>();
    let are = |form: &str, expected: &[&str]| {
        words(form) == expected.iter().map(|word| word.replace('x', &normal)).collect::<Vec<_>>()
    };
    let joins = ["axa", "1x1", "a.x", "x.a", "x'x", "x:x", "_x_", "x_1", "xx"];
    let splits: [(&str, &[&str]); 6] = [
        ("x,x", &["x", "x"]),
        ("1.x", &["1", "x"]),
        ("x;1", &["x", "1"]),
        ("x\"x", &["x", "x"]),
        ("x'", &["x"]),
        ("x-x", &["x", "x"]),
    ];
    if joins.iter().all(|form| are(form, &[form])) && splits.iter().all(|(form, expected)| are(form, expected)) {
        return Some(normal);
    }
    let breaks = [
        ("axa", ["a", "a"]),
        ("1x1", ["1", "1"]),
        ("_a x_1", ["_a", "_1"]),
        ("a.x.a", ["a", "a"]),
        ("a'xa", ["a", "a"]),
    ];
    breaks.iter().all(|(form, expected)| are(form, expected)).then(|| char::from(BREAK).to_string())
}
