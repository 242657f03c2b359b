//! The inside of a JSON string to the text that it stands for.
//!
//! serde_json finds a string's end and looks through its escapes, then would undo them in a buffer that it grows anew for
//! every record, to be copied from there. The one member that is long, the text, is undone here instead, into memory that
//! is handed on from record to record.
//!
//! Law: what serde_json makes of it.

use crate::copy;
#[cfg(target_arch = "x86_64")]
use crate::cpu;

/// Appends what `string` stands for to `text`. It has stood between the quotes of a JSON string that a parser has passed
/// over, so that its escapes are whole; nothing, where half of a surrogate pair stands alone.
pub(super) fn unescape(string: &str, text: &mut String) -> Option<()> {
    #[cfg(target_arch = "x86_64")]
    if cpu::is_wide() {
        // SAFETY: the processor has AVX2.
        return unsafe { unescape_avx2(string, text) };
    }
    unescape_by(string, text, copy_scalar)
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn unescape_avx2(string: &str, text: &mut String) -> Option<()> {
    use std::arch::x86_64::*;
    let backslash = _mm256_set1_epi8(b'\\' as i8);
    let stops = |read: __m256i| _mm256_movemask_epi8(_mm256_cmpeq_epi8(read, backslash)) as u32;
    unescape_by(string, text, |bytes, out| {
        // SAFETY: this function is called only where the processor has what it enables.
        unsafe { copy::avx2(bytes, out, |read| read, stops, copy_scalar) }
    })
}

/// Copies up to the first backslash.
fn copy_scalar(bytes: &[u8], out: &mut Vec<u8>) -> usize {
    copy::scalar(bytes, out, |byte| byte, |byte| byte == b'\\')
}

/// The same, by who copies up to a backslash.
#[inline(always)]
fn unescape_by(string: &str, text: &mut String, copy: impl Fn(&[u8], &mut Vec<u8>) -> usize) -> Option<()> {
    // What it stands for is never longer: room is made once.
    text.reserve(string.len() + copy::LANES);
    let mut rest = string;
    loop {
        // SAFETY: characters are appended whole: what is copied ends before a backslash, which is part of no other.
        let plain = copy(rest.as_bytes(), unsafe { text.as_mut_vec() });
        rest = &rest[plain..];
        if rest.is_empty() {
            return Some(());
        }
        let (c, len) = first(rest)?;
        text.push(c);
        rest = &rest[len..];
    }
}

/// The character that the escape at the start of `rest` stands for, and the bytes that it takes up.
fn first(rest: &str) -> Option<(char, usize)> {
    let c = match rest.as_bytes().get(1)? {
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
    let number = |at: usize| u16::from_str_radix(rest.get(at..at + 4)?, 16).ok();
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
    use serde_json::value::RawValue;

    proptest! {
        #[test]
        fn a_string_is_what_serde_json_makes_of_it(
            pieces in prop::collection::vec(prop_oneof![
                4 => "[a-zé日𝐀 ]{0,9}|[a-z日]{40,90}",
                4 => r#"\\["\\/bfnrt]"#,
                2 => r"\\u[0-9a-fA-F]{4}",
                2 => r"\\ud[89abAB][0-9a-f]{2}\\u[dD][cdef][0-9a-f]{2}",
                1 => r"\\ud[89a-f][0-9a-f]{2}",
            ], 0..12),
        ) {
            let string = pieces.concat();
            let json = format!("\"{string}\"");
            prop_assert!(serde_json::from_str::<&RawValue>(&json).is_ok(), "a parser passes over it");
            let expected = serde_json::from_str::<String>(&json).ok().map(|text| format!("before {text}"));
            for form in [unescape, |string: &_, text: &mut _| unescape_by(string, text, copy_scalar)] {
                let mut text = "before ".to_owned();
                prop_assert_eq!(form(&string, &mut text).map(|()| text), expected.clone());
            }
        }
    }
}
