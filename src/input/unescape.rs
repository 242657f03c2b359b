//! The inside of a JSON string to the text that it stands for.
//!
//! serde_json finds a string's end and looks through its escapes, then would undo them in a buffer that it grows anew for
//! every record, to be copied from there. The one member that is long, the text, is undone here instead, into memory that
//! is handed on from record to record.
//!
//! Law: what serde_json makes of it.

/// Appends what `string` stands for to `text`. It has stood between the quotes of a JSON string that a parser has passed
/// over, so that its escapes are whole; nothing, where half of a surrogate pair stands alone.
pub(super) fn unescape(string: &str, text: &mut String) -> Option<()> {
    text.reserve(string.len());
    let mut rest = string;
    while let Some(at) = memchr::memchr(b'\\', rest.as_bytes()) {
        text.push_str(&rest[..at]);
        let (c, len) = first(&rest[at..])?;
        text.push(c);
        rest = &rest[at + len..];
    }
    text.push_str(rest);
    Some(())
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

/// The same, of `\uXXXX`, or of two that are the halves of a pair.
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
                4 => "[a-zé日𝐀 ]{0,9}",
                4 => r#"\\["\\/bfnrt]"#,
                2 => r"\\u[0-9a-fA-F]{4}",
                2 => r"\\ud[89abAB][0-9a-f]{2}\\u[dD][cdef][0-9a-f]{2}",
                1 => r"\\ud[89a-f][0-9a-f]{2}",
            ], 0..12),
        ) {
            let string = pieces.concat();
            let json = format!("\"{string}\"");
            prop_assert!(serde_json::from_str::<&RawValue>(&json).is_ok(), "a parser passes over it");
            let mut text = "before ".to_owned();
            let whole = unescape(&string, &mut text).map(|()| text);
            prop_assert_eq!(whole, serde_json::from_str::<String>(&json).ok().map(|text| format!("before {text}")));
        }
    }
}
