//! The text of a record, set aside before the record is parsed.
//!
//! A parser passes over a string to find its end, and then the string is gone through once more for its escapes; of a
//! record of news nearly all is one string. So its escapes are undone first, up to the quote that ends it, and what is parsed
//! is the record with an empty string in its place, which tells all the rest, and whether that string is the text.
//!
//! A name of the text between quotes, a colon and a quote begin a string in whichever record they stand, or the parser
//! stumbles ahead of them; and a string whose escapes could be undone is one that it would have passed over. Where
//! anything is not as it should be, or the parser met that string elsewhere, the record is parsed as it is.
//!
//! Law: what is found is what the record as it is tells. Time linear; memory that of a record, handed on to the next.

use super::fields::Places;
use super::unescape::unescape;
use crate::document::Document;
use memchr::memmem::Finder;
use std::borrow::Cow;

/// A shorter record is parsed as it is, and a shorter text is not looked for.
const SHORT: usize = 512;

/// Memory that is handed on from record to record of one list of fields, and what was seen there: where the names stood, and
/// by which of its names a text was found last.
#[derive(Debug, Default)]
pub struct Spare {
    pub(super) text: String,
    pub(super) places: Places,
    rest: String,
    name: Option<(usize, Finder<'static>)>,
}

/// A record whose text has been set aside.
#[derive(Debug)]
pub(super) struct Aside<'s> {
    /// The record with an empty string for the text.
    pub(super) rest: &'s str,
    /// Where that stands in it.
    at: usize,
    /// How many bytes were between its quotes.
    left_out: usize,
    /// What they stand for, until the parser meets it.
    text: Option<String>,
}

impl Spare {
    /// Takes back the memory of a document that is no longer wanted.
    pub(crate) fn take(&mut self, document: Document) {
        if let Cow::Owned(text) = document.text {
            self.text = text;
        }
    }

    /// Sees that a text was found by the name of a rank.
    pub(super) fn see(&mut self, text: &str, rank: usize, name: &str) {
        if text.len() >= SHORT && self.name.as_ref().is_none_or(|&(seen, _)| seen != rank) {
            self.name = Some((rank, Finder::new(&format!("\"{name}\"")).into_owned()));
        }
    }

    /// Sets the text of a record aside, if it stands where it is looked for. With it goes where the names stood.
    pub(super) fn set_aside(&mut self, record: &str) -> Option<(Aside<'_>, &mut Places)> {
        let Spare { text: memory, places, rest, name } = self;
        let finder = name.as_ref().filter(|_| record.len() >= SHORT).map(|(_, finder)| finder)?;
        let named = finder.find(record.as_bytes())? + finder.needle().len();
        let value = after_blanks(after_blanks(&record[named..]).strip_prefix(':')?);
        let string = value.strip_prefix('"')?;
        let at = record.len() - value.len();
        memory.clear();
        let left_out = unescape(string, memory)?;
        rest.clear();
        *rest += &record[..=at];
        *rest += &string[left_out..];
        Some((Aside { rest, at, left_out, text: Some(std::mem::take(memory)) }, places))
    }
}

/// What follows the blanks that JSON may have between two tokens.
fn after_blanks(json: &str) -> &str {
    json.trim_start_matches([' ', '\t', '\n', '\r'])
}

impl<'s> Aside<'s> {
    fn offset(&self, part: &'s str) -> Option<usize> {
        part.as_ptr().addr().checked_sub(self.rest.as_ptr().addr()).filter(|&at| at <= self.rest.len())
    }

    /// The text, if `value` is the string that stands in its place.
    pub(super) fn take(&mut self, value: &'s str) -> Option<String> {
        if self.offset(value) == Some(self.at) { self.text.take() } else { None }
    }

    /// Whether the parser met it.
    pub(super) fn is_taken(&self) -> bool {
        self.text.is_none()
    }

    /// Where a part of the rest stands in the `record` that it is of.
    pub(super) fn in_record<'a>(&self, part: &'s str, record: &'a str) -> &'a str {
        let start = self.offset(part).unwrap_or_default();
        let start = if start > self.at { start + self.left_out } else { start };
        &record[start..start + part.len()]
    }
}

#[cfg(test)]
mod tests {
    use crate::input::{Fields, Raw, Spare};
    use proptest::prelude::*;

    /// The same way whatever was read before, and whether the text was set aside.
    #[track_caller]
    fn check(record: &str, spare: &mut Spare) {
        let fields = Fields::default();
        let [plain, other] = [&mut Spare::default(), &mut *spare].map(|spare| {
            fields.document_of(Raw::Json(record.as_bytes()), spare).map_err(|e| (e.reason, e.detail, e.id))
        });
        assert_eq!(format!("{other:?}"), format!("{plain:?}"), "{record}");
        other.into_iter().for_each(|document| spare.take(document));
    }

    fn seen(name: &str) -> Spare {
        let mut spare = Spare::default();
        check(&format!("{{\"{name}\":\"{}\"}}", "a ".repeat(300)), &mut spare);
        spare
    }

    #[test]
    fn a_text_is_set_aside_once_its_name_was_seen() {
        let long = r#"A \"text\"\n: \u00e9. "#.repeat(40);
        let record = format!(r#"{{"id": 7, "title": "t", "text" : "{long}", "url": "u", "date": "2025-01-14"}}"#);
        assert!(Spare::default().set_aside(&record).is_none());
        let mut spare = seen("text");
        let (aside, _) = spare.set_aside(&record).unwrap();
        assert_eq!(aside.rest, r#"{"id": 7, "title": "t", "text" : "", "url": "u", "date": "2025-01-14"}"#);
        assert!(seen("body").set_aside(&record).is_none());
        check(&record, &mut spare);
    }

    #[test]
    fn wherever_the_name_stands_the_record_is_read_alike() {
        let (long, mut spare) = ("word ".repeat(150), seen("text"));
        for record in [
            r#"{"x":{"text":"LONG"},"text":"t"}"#,
            r#"{"text":"LONG","text":"t"}"#,
            r#"{"text":"t","text":"LONG"}"#,
            r#"{"body":"a\nb","text":"LONG\n"}"#,
            r#"{"a \"text":"LONG","title":"t"}"#,
            r#"{"title":"a \"text\": \"LONG\"","body":"b"}"#,
            r#"{"title":"x"text":"LONG"}"#,
            r#"{"text":"LONG","id":"i\u0041","title":""}"#,
            r#"{"text":"LONG" "id":1}"#,
            r#"{"text":"LONG"} x"#,
            r#"{"text":"LONG"#,
            r#"{"text":"LONG\ud800"}"#,
            r#"{"text":"LONG\x"}"#,
            r#"{"text":["LONG"],"id":[1]}"#,
            r#"{"text":"","title":"LONG"}"#,
            r#"["text":"LONG"]"#,
            r#"{"url":"https://e.org/a","embedding":[1,2],"text"
                :"LONG","lang":"fr","source":"s"}"#,
        ] {
            check(&record.replace("LONG", &long), &mut spare);
        }
    }

    proptest! {
        #[test]
        fn what_is_found_is_what_the_record_tells(
            records in prop::collection::vec(
                prop::collection::vec(
                    (
                        prop::sample::select(vec!["\"text\"", "\"body\"", "\"id\"", "\"title\"", "\"x\"", "\"a\\\"text\""]),
                        prop::sample::select(vec![":", " : ", "", ":{", ":["]),
                        prop::sample::select(vec!["\"LONG\"", "\"a LONG\\n\"", "\"\\ud83d\\ude00 LONG\"", "\"t\"", "null", "1", "\"LONG"]),
                        prop::sample::select(vec![",", "", " , ", "}", "]", "\n"]),
                    ),
                    0..5,
                ),
                1..4,
            ),
        ) {
            let long = "word ".repeat(120);
            let mut spare = seen("text");
            for members in records {
                let members = members.iter().map(|(key, colon, value, end)| format!("{key}{colon}{value}{end}"));
                check(&format!("{{{}}}", members.collect::<String>().replace("LONG", &long)), &mut spare);
            }
        }
    }
}
