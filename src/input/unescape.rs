//! The inside of a JSON string to the text that it stands for.
//!
//! serde_json would undo the escapes in a buffer that it grows anew for every record, to be copied from there. The one
//! member that is long, the text, is undone here instead, into memory that is handed on from record to record.
//!
//! Law: what serde_json makes of it.

use crate::copy;
#[cfg(target_arch = "x86_64")]
use crate::cpu;

/// Appends what a JSON string stands for to `text`; `string` begins after its first quote. Tells how many bytes are ahead of
/// the quote that ends it; nothing, where it is no JSON string, or half of a surrogate pair stands alone in it.
pub(super) fn unescape(string: &str, text: &mut String) -> Option<usize> {
    #[cfg(target_arch = "x86_64")]
    if cpu::is_widest() {
        // SAFETY: the processor has AVX-512 with VBMI2, and what AVX2 needs.
        return unsafe { unescape_avx512(string, text) };
    }
    #[cfg(target_arch = "x86_64")]
    if cpu::is_wide() {
        // SAFETY: the processor has AVX2.
        return unsafe { unescape_avx2(string, text) };
    }
    unescape_by(string, text, copy_scalar)
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn unescape_avx2(string: &str, text: &mut String) -> Option<usize> {
    unescape_by(string, text, |bytes, out| copy_avx2(bytes, out))
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512bw,avx512vbmi,avx512vbmi2,avx2,bmi1,bmi2,popcnt")]
fn unescape_avx512(string: &str, text: &mut String) -> Option<usize> {
    unescape_by(string, text, |bytes, out| copy_avx512(bytes, out))
}

/// Characters up to here stand in a JSON string only as escapes.
const LAST_CONTROL: u8 = 0x1f;

/// Copies up to the first byte that is more, or less, than itself in a JSON string.
fn copy_scalar(bytes: &[u8], out: &mut Vec<u8>) -> usize {
    copy::scalar(bytes, out, |byte| byte, |byte| byte == b'\\' || byte == b'"' || byte <= LAST_CONTROL)
}

/// The same, 32 bytes at a time.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn copy_avx2(bytes: &[u8], out: &mut Vec<u8>) -> usize {
    use std::arch::x86_64::*;
    let [backslash, quote, last_control] = [b'\\', b'"', LAST_CONTROL].map(|byte| _mm256_set1_epi8(byte as i8));
    let stops = |read: __m256i| {
        let is_mark = _mm256_or_si256(_mm256_cmpeq_epi8(read, backslash), _mm256_cmpeq_epi8(read, quote));
        let is_control = _mm256_cmpeq_epi8(_mm256_min_epu8(read, last_control), read);
        _mm256_movemask_epi8(_mm256_or_si256(is_mark, is_control)) as u32
    };
    // SAFETY: this function is called only where the processor has what it enables.
    unsafe { copy::avx2(bytes, out, |read| read, stops, copy_scalar) }
}

/// The same, 64 bytes at a time, and with them what escapes of a letter stand for: the ends of lines and quotation marks
/// that a text is full of.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512bw,avx512vbmi,avx512vbmi2,avx2,bmi1,bmi2,popcnt")]
fn copy_avx512(bytes: &[u8], out: &mut Vec<u8>) -> usize {
    use std::arch::x86_64::*;
    // SAFETY: 64 bytes of each slice are read.
    let load = |bytes: &[u8]| unsafe { _mm512_loadu_si512(bytes[..64].as_ptr().cast()) };
    let [escaped, stood_for] = [&ESCAPED, &STOOD_FOR].map(|table| load(table));
    let all = |byte: u8| _mm512_set1_epi8(byte as i8);
    let change = |block: &[u8]| {
        let (first, second) = (load(block), load(&block[1..]));
        // A letter's lower six bits tell where it would be, and what it stands for.
        let is_letter = _mm512_cmpeq_epi8_mask(_mm512_permutexvar_epi8(second, escaped), second);
        let is_backslash = _mm512_cmpeq_epi8_mask(first, all(b'\\'));
        let firsts = is_backslash & is_letter;
        let bytes = _mm512_mask_permutexvar_epi8(first, firsts, second, stood_for);
        let is_quote = _mm512_cmpeq_epi8_mask(first, all(b'"'));
        let is_control = _mm512_cmple_epu8_mask(first, all(LAST_CONTROL));
        copy::Changed { bytes, firsts, stops: (is_backslash & !is_letter) | is_quote | is_control }
    };
    // SAFETY: this function is called only where the processor has what it enables.
    unsafe { copy::avx512::<1>(bytes, out, change) }
}

/// The letters of escapes, with what they stand for; but for `b`, which has the lower bits of a quotation mark, the backslash,
/// which may begin another escape, and `u`.
#[cfg(target_arch = "x86_64")]
const LETTERS: [(u8, u8); 6] = [(b'n', b'\n'), (b't', b'\t'), (b'r', b'\r'), (b'f', 0xc), (b'"', b'"'), (b'/', b'/')];
/// The letters by their lower six bits; elsewhere what has other lower bits.
#[cfg(target_arch = "x86_64")]
const ESCAPED: [u8; 64] = by_lower_bits(true);
/// What they stand for, likewise.
#[cfg(target_arch = "x86_64")]
const STOOD_FOR: [u8; 64] = by_lower_bits(false);

#[cfg(target_arch = "x86_64")]
const fn by_lower_bits(is_letter: bool) -> [u8; 64] {
    let mut table = [0; 64];
    let mut at = 0;
    while at < 64 {
        table[at] = !(at as u8);
        at += 1;
    }
    let mut at = 0;
    while at < LETTERS.len() {
        let (letter, stood_for) = LETTERS[at];
        table[letter as usize % 64] = if is_letter { letter } else { stood_for };
        at += 1;
    }
    table
}

/// The same, by who copies so far.
#[inline(always)]
fn unescape_by(string: &str, text: &mut String, copy: impl Fn(&[u8], &mut Vec<u8>) -> usize) -> Option<usize> {
    // What it stands for is never longer: room is made once.
    text.reserve(string.len() + copy::LANES);
    let mut rest = string;
    loop {
        // SAFETY: characters are appended whole: what is copied ends before a byte of ASCII, which is part of no other.
        let plain = copy(rest.as_bytes(), unsafe { text.as_mut_vec() });
        rest = &rest[plain..];
        if rest.starts_with('"') {
            return Some(string.len() - rest.len());
        }
        // Escapes come in pairs: two ends of lines are a paragraph's.
        loop {
            let (c, len) = first(rest)?;
            text.push(c);
            rest = &rest[len..];
            if !rest.starts_with('\\') {
                break;
            }
        }
    }
}

/// The character that the escape at the start of `rest` stands for, and the bytes that it takes up; none, if there is no
/// escape.
fn first(rest: &str) -> Option<(char, usize)> {
    let c = match rest.strip_prefix('\\')?.as_bytes().first()? {
        b'n' => '\n',
        b't' => '\t',
        b'r' => '\r',
        b'b' => '\u{8}',
        b'f' => '\u{c}',
        &same @ (b'"' | b'\\' | b'/') => char::from(same),
        b'u' => return first_by_number(rest),
        _ => return None,
    };
    Some((c, 2))
}

/// The same, where it is told by four hexadecimal digits, or by twice four, the halves of a pair.
fn first_by_number(rest: &str) -> Option<(char, usize)> {
    let digits = |at: usize| rest.get(at..at + 4).filter(|four| four.bytes().all(|byte| byte.is_ascii_hexdigit()));
    let number = |at: usize| u16::from_str_radix(digits(at)?, 16).ok();
    let high = number(2)?;
    if let Some(c) = char::from_u32(high.into()) {
        return Some((c, 6));
    }
    let low = rest[6..].starts_with("\\u").then(|| number(8))??;
    let c = char::decode_utf16([high, low]).next()?.ok()?;
    Some((c, 12))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Pieces of JSON strings, most of them well-formed.
    fn string() -> impl Strategy<Value = String> {
        let piece = prop_oneof![
            4 => "[a-zé日𝐀 ]{0,9}|[a-z日]{40,90}",
            1 => "a{55,66}",
            4 => r#"\\["\\/bfnrt]"#,
            2 => r"\\u[0-9a-fA-F]{4}",
            2 => r"\\ud[89abAB][0-9a-f]{2}\\u[dD][cdef][0-9a-f]{2}",
            1 => r"\\ud[89a-f][0-9a-f]{2}",
        ];
        prop::collection::vec(piece, 0..30).prop_map(|pieces| pieces.concat())
    }

    /// The form of processors without the widest vectors.
    fn unescape_by_halves(string: &str, text: &mut String) -> Option<usize> {
        #[cfg(target_arch = "x86_64")]
        if cpu::is_wide() {
            // SAFETY: the processor has AVX2.
            return unsafe { unescape_avx2(string, text) };
        }
        unescape_by(string, text, copy_scalar)
    }

    #[track_caller]
    fn check(string: &str) {
        let expected = serde_json::from_str::<String>(&format!("\"{string}\"")).ok();
        for form in [unescape, unescape_by_halves, |string: &_, text: &mut _| unescape_by(string, text, copy_scalar)] {
            let mut text = "before ".to_owned();
            let len = form(&format!("{string}\", \"b\": \\"), &mut text);
            assert_eq!(len.map(|_| text), expected.as_ref().map(|text| format!("before {text}")));
            assert!(len.is_none_or(|len| len == string.len()));
        }
    }

    #[test]
    fn what_is_no_string_is_left_to_the_parser() {
        let long = "a".repeat(40);
        for string in ["\n", "\u{1f}", r"\x", r"\u12", r"\u+123", r"\u123é", r"\ud83d\n", r"\ud83d", r"\udc00\ud83d"] {
            check(string);
            check(&format!("{long}{string}{long}"));
            assert_eq!(unescape(&format!("{string}\""), &mut String::new()), None, "{string:?}");
        }
        for unended in ["", "a", &long, "\\", r#"\""#, r"\u", r"\u1234", r"\ud83d\ude0"] {
            assert_eq!(unescape(unended, &mut String::new()), None, "{unended}");
        }
        check("\u{7f}\u{80}\u{2028}");
        // Wherever in 64 bytes it stands.
        for (at, escape) in (0..130).flat_map(|at| (0..=0xff).map(move |byte| (at, char::from(byte)))) {
            check(&format!("{}\\{escape}{long}{long}", "a".repeat(at)));
        }
    }

    proptest! {
        #[test]
        fn a_string_is_what_serde_json_makes_of_it(string in string()) {
            check(&string);
        }

        #[test]
        fn nothing_else_is_a_string(string in string(), other in "[\\\\u\"n0-9a-f\u{0}-\u{2f}é]{0,6}", at in any::<prop::sample::Index>()) {
            let at = string.char_indices().map(|(at, _)| at).chain([string.len()]).nth(at.index(string.chars().count() + 1));
            let (one, rest) = string.split_at(at.unwrap_or_default());
            let string = format!("{one}{other}{rest}");
            // Up to the first quote that no backslash stands before: so far it is what serde_json makes of it, or nothing.
            let mut text = String::new();
            let made = unescape(&format!("{string}\""), &mut text).map(|len| (len, text));
            let json = format!("\"{string}\"");
            let mut parsed = serde_json::Deserializer::from_str(&json).into_iter::<String>();
            let expected = parsed.next().and_then(Result::ok).map(|text| (parsed.byte_offset() - 2, text));
            prop_assert_eq!(made, expected);
        }
    }
}
