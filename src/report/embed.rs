//! JSON that stands in a page, in bounded space.
//!
//! Law: what is written holds no `<`, no `>` and no `&`, so that nothing in it ends the element it stands in; and it is
//! the same JSON to whoever parses it.

use memchr::memchr3_iter;
use serde::Serialize;
use serde_json::ser::{CompactFormatter, Formatter};
use std::io::{self, Write};

/// A list as JSON, as long as its rows fit.
pub(super) struct List {
    json: Vec<u8>,
    most: usize,
    pub(super) len: usize,
}

impl List {
    /// An empty list of at most so many bytes.
    pub(super) fn new(most: usize) -> Self {
        Self { json: b"[".to_vec(), most, len: 0 }
    }

    /// Adds a row, if it fits; false where it does not.
    pub(super) fn push(&mut self, row: &impl Serialize) -> serde_json::Result<bool> {
        let before = self.json.len();
        if self.len > 0 {
            self.json.push(b',');
        }
        row.serialize(&mut serde_json::Serializer::with_formatter(&mut self.json, Inert))?;
        let fits = self.json.len() < self.most;
        if fits {
            self.len += 1;
        } else {
            self.json.truncate(before);
        }
        Ok(fits)
    }

    /// Adds rows until one does not fit; tells how many did.
    pub(super) fn extend<T: Serialize>(&mut self, rows: impl IntoIterator<Item = T>) -> serde_json::Result<usize> {
        for row in rows {
            if !self.push(&row)? {
                break;
            }
        }
        Ok(self.len)
    }

    pub(super) fn json(mut self) -> String {
        self.json.push(b']');
        String::from_utf8(self.json).unwrap_or_default()
    }
}

/// Writes what HTML knows as a mark by its number.
struct Inert;

impl Formatter for Inert {
    fn write_string_fragment<W: ?Sized + Write>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()> {
        let mut from = 0;
        for mark in memchr3_iter(b'<', b'>', b'&', fragment.as_bytes()) {
            CompactFormatter.write_string_fragment(writer, &fragment[from..mark])?;
            write!(writer, "\\u{:04x}", fragment.as_bytes()[mark])?;
            from = mark + 1;
        }
        CompactFormatter.write_string_fragment(writer, &fragment[from..])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn rows_that_do_not_fit_are_left_out_whole() {
        let mut list = List::new(10);
        assert_eq!(list.extend(["abc", "de", "f"]).unwrap(), 1);
        assert_eq!(list.json(), r#"["abc"]"#);
        assert_eq!(List::new(0).json(), "[]");
    }

    proptest! {
        #[test]
        fn nothing_ends_the_element_and_all_is_read_back(texts in prop::collection::vec("[<>&\"\\\\/!a-z\u{2028}é\n-]{0,20}", 0..5)) {
            let mut list = List::new(1 << 20);
            list.extend(&texts).unwrap();
            let json = list.json();
            prop_assert!(!json.contains(['<', '>', '&']));
            prop_assert_eq!(serde_json::from_str::<Vec<String>>(&json).unwrap(), texts);
        }
    }
}
