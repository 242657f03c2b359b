//! A JSON record to a document: fields by the names crawls use, borrowed where the JSON allows it.
//!
//! The object is walked once; fields that are not looked for are skipped without being built. Of several names for one
//! thing the first of the list that holds something counts. Linear in the record; allocates only for escaped text.

use super::aside::{Aside, Spare};
use super::make::utf8;
use super::unescape::unescape;
use super::{Reason, Reject, Row, date, url};
use crate::document::{Document, Published, Vector};
use serde::de::{Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

/// A record of which a document can be made.
#[derive(Debug, Clone, Copy)]
pub enum Raw<'a> {
    /// A JSON object.
    Json(&'a [u8]),
    /// A row that is in memory, whose fields have been found.
    Row(Row<'a>),
}

impl<'a> From<&'a [u8]> for Raw<'a> {
    fn from(json: &'a [u8]) -> Self {
        Raw::Json(json)
    }
}

/// Under which names each field is found, the first choice first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[allow(missing_docs, reason = "a field's name says which names it lists")]
pub struct Fields {
    pub id: Vec<String>,
    pub text: Vec<String>,
    pub title: Vec<String>,
    pub published: Vec<String>,
    pub source: Vec<String>,
    pub url: Vec<String>,
    pub lang: Vec<String>,
    pub embedding: Vec<String>,
}

impl Default for Fields {
    fn default() -> Self {
        let names = |list: &str| list.split('|').map(str::to_owned).collect();
        Fields {
            id: names("id"),
            text: names("text|content|body|maintext|article"),
            title: names("title|headline"),
            published: names("published|date|date_publish|publish_date|published_at|timestamp|datetime|time"),
            source: names("source|source_domain|domain|site|publisher"),
            url: names("url|link|uri"),
            lang: names("lang|language"),
            embedding: names("embedding"),
        }
    }
}

impl Fields {
    /// The document of a record of either form; its text may take the memory of `spare`.
    pub fn document_of<'a>(&self, record: Raw<'a>, spare: &mut Spare) -> Result<Document<'a>, Reject> {
        match record {
            Raw::Json(json) => self.document_in(json, spare),
            Raw::Row(row) => row.document(),
        }
    }

    /// The document that a JSON record holds. Its id is the record's, else its canonical URL, else `None`.
    pub fn document<'a>(&self, record: &'a [u8]) -> Result<Document<'a>, Reject> {
        self.document_in(record, &mut Spare::default())
    }

    /// The same; a text that the JSON does not hold as it is takes the memory of `spare`.
    fn document_in<'a>(&self, record: &'a [u8], spare: &mut Spare) -> Result<Document<'a>, Reject> {
        let record = utf8(record)?;
        let found = match self.all_but_text(record, spare) {
            Some(found) => found,
            None => {
                let mut walk = Walk::new(self, &mut spare.places, &mut spare.text, None);
                walk.along(record).map_err(|e| Reject::new(Reason::NotJson, e.to_string()))?;
                let found = walk.members;
                found.text().into_iter().for_each(|(rank, text)| spare.see(text, rank, &self.text[rank]));
                found
            }
        };
        let document = found.document();
        document.map_err(|reject| if reject.reason == Reason::NoText { with_names(reject, record) } else { reject })
    }

    /// What a record holds, its text set aside; nothing, if that cannot be done.
    fn all_but_text<'a>(&self, record: &'a str, spare: &mut Spare) -> Option<Members<'a>> {
        let (aside, places) = spare.set_aside(record)?;
        let (rest, mut memory) = (aside.rest, String::new());
        let mut walk = Walk::new(self, places, &mut memory, Some(aside));
        walk.along(rest).ok()?;
        let Walk { aside, members, .. } = walk;
        let aside = aside.filter(Aside::is_taken)?;
        Some(members.map(|part| aside.in_record(part, record)))
    }

    /// Whether a field of this name is looked for.
    pub(super) fn knows(&self, name: &str) -> bool {
        self.place(name).is_some()
    }

    /// Whether a field of this name is a title or a text.
    pub(super) fn is_story(&self, name: &str) -> bool {
        self.place(name).is_some_and(|(list, _)| matches!(list, TEXT | TITLE))
    }

    /// Which list `key` is in, and where.
    pub(super) fn place(&self, key: &str) -> Option<Place> {
        self.lists()
            .iter()
            .enumerate()
            .find_map(|(list, names)| names.iter().position(|name| name == key).map(|rank| (list, rank)))
    }

    fn lists(&self) -> [&Vec<String>; 8] {
        let Fields { id, text, title, published, source, url, lang, embedding } = self;
        [id, text, title, published, source, url, lang, embedding]
    }
}

/// A list of names, and which of them.
type Place = (usize, usize);

/// Where the names of the record before are listed, as they follow one another: a crawl writes one record like the next.
#[derive(Debug, Default)]
pub(super) struct Places([Place; 32]);

impl Places {
    /// [`Fields::place`] of the name that a record has `at` this place.
    fn find(&mut self, at: usize, key: &str, fields: &Fields) -> Option<Place> {
        let before = self.0.get_mut(at);
        if let Some(&mut (list, rank)) = before
            && fields.lists()[list].get(rank).is_some_and(|name| name == key)
        {
            return Some((list, rank));
        }
        let place = fields.place(key);
        before.zip(place).into_iter().for_each(|(before, place)| *before = place);
        place
    }
}

/// A value, as far as it matters here.
#[derive(Debug, Clone, Default)]
pub(super) enum Value<'a> {
    #[default]
    Absent,
    Text(Cow<'a, str>),
    Number(f64),
    /// A time that needed no reading.
    #[cfg_attr(not(feature = "arrow"), expect(dead_code, reason = "only rows in memory have such"))]
    Time(Published),
    Other(&'static str),
}

impl Value<'_> {
    fn holds_something(&self) -> bool {
        !matches!(self, Value::Absent) && !matches!(self, Value::Text(text) if text.is_empty())
    }
}

/// What a JSON record holds of what is looked for.
#[derive(Default)]
struct Members<'a> {
    id: Option<&'a str>,
    id_rank: usize,
    embedding: Option<&'a str>,
    embedding_rank: usize,
    found: Found<'a>,
}

/// What a record holds of each list: the best name's rank and value.
#[derive(Default)]
pub(super) struct Found<'a>([(usize, Value<'a>); 7]);

pub(super) const ID: usize = 0;
pub(super) const TEXT: usize = 1;
pub(super) const TITLE: usize = 2;
pub(super) const PUBLISHED: usize = 3;
const SOURCE: usize = 4;
const URL: usize = 5;
const LANG: usize = 6;
pub(super) const EMBEDDING: usize = 7;

impl<'a> Found<'a> {
    pub(super) fn take(&mut self, list: usize, rank: usize, value: Value<'a>) {
        let (best, held) = &mut self.0[list];
        let better = match (held.holds_something(), value.holds_something()) {
            (true, true) => rank <= *best,
            (holds, new) => new || (!holds && !matches!(value, Value::Absent)),
        };
        if better {
            (*best, *held) = (rank, value);
        }
    }

    /// The document with this id and this vector.
    pub(super) fn document(self, id: Option<Cow<'a, str>>, embedding: Vector<'a>) -> Result<Document<'a>, Reject> {
        let mut found = self.0.map(|(_, value)| value);
        let mut value = |list: usize| std::mem::take(&mut found[list]);
        let rejected = |reason, detail: String| Reject { reason, detail, id: id.as_deref().map(str::to_owned) };
        let story = |name: &str, value: Value<'a>| match value {
            Value::Absent => Ok(None),
            Value::Text(text) => Ok(Some(text)),
            Value::Number(_) => Err(rejected(Reason::FieldType, format!("{name} is a number, not text"))),
            Value::Time(_) => Err(rejected(Reason::FieldType, format!("{name} is a time, not text"))),
            Value::Other(what) => Err(rejected(Reason::FieldType, format!("{name} is {what}, not text"))),
        };
        let (text, title) = (story("the text", value(TEXT))?, story("the title", value(TITLE))?);
        if text.is_none() && title.is_none() {
            return Err(rejected(Reason::NoText, "neither a title nor a text".to_owned()));
        }
        // What only describes the document is taken where it is text and passed over where it is not.
        let note = |value: Value<'a>| if let Value::Text(text) = value { text } else { Cow::Borrowed("") };
        let published = match value(PUBLISHED) {
            Value::Absent => Published::Unknown,
            Value::Text(written) => date::published(&written),
            Value::Number(number) => date::number(number),
            Value::Time(published) => published,
            Value::Other(_) => Published::Unreadable,
        };
        let url = note(value(URL));
        let (source, lang) = (note(value(SOURCE)), note(value(LANG)));
        let id = id.or_else(|| url::canonical(&url).map(Cow::Owned));
        Ok(Document {
            id,
            title: title.unwrap_or_default(),
            text: text.unwrap_or_default(),
            published,
            source,
            url,
            lang,
            embedding,
        })
    }
}

/// Names of a record that are told where none of them is looked for, and their letters.
const NAMES_TOLD: usize = 12;
const LETTERS_TOLD: usize = 32;

/// What the record has instead of what is looked for.
fn with_names(mut reject: Reject, record: &str) -> Reject {
    let names: BTreeMap<Cow<str>, IgnoredAny> = serde_json::from_str(record).unwrap_or_default();
    let more = if names.len() > NAMES_TOLD { ", ..." } else { "" };
    let names = names.keys().take(NAMES_TOLD).map(|name| name.chars().take(LETTERS_TOLD).collect());
    let names = names.collect::<Vec<String>>().join(", ");
    if !names.is_empty() {
        reject.detail += &format!(" among {names}{more}");
    }
    reject
}

impl<'a> Members<'a> {
    /// The text, and which of its names it has.
    fn text(&self) -> Option<(usize, &str)> {
        match &self.found.0[TEXT] {
            (rank, Value::Text(text)) => Some((*rank, text)),
            _ => None,
        }
    }

    /// The same, with other texts for those that are borrowed.
    fn map<'b>(self, other: impl Fn(&'a str) -> &'b str) -> Members<'b> {
        let Members { id, id_rank, embedding, embedding_rank, found: Found(found) } = self;
        let value = |value| match value {
            Value::Absent => Value::Absent,
            Value::Text(Cow::Borrowed(text)) => Value::Text(Cow::Borrowed(other(text))),
            Value::Text(Cow::Owned(text)) => Value::Text(Cow::Owned(text)),
            Value::Number(number) => Value::Number(number),
            Value::Time(time) => Value::Time(time),
            Value::Other(what) => Value::Other(what),
        };
        let found = Found(found.map(|(rank, held)| (rank, value(held))));
        Members { id: id.map(&other), id_rank, embedding: embedding.map(&other), embedding_rank, found }
    }

    fn document(self) -> Result<Document<'a>, Reject> {
        let embedding = self.embedding.map_or(Vector::None, Vector::Json);
        self.found.document(id(self.id)?, embedding)
    }
}

/// An id is text, or a number as it is written.
fn id(raw: Option<&str>) -> Result<Option<Cow<'_, str>>, Reject> {
    let Some(raw) = raw else { return Ok(None) };
    match raw.as_bytes().first() {
        Some(b'"') => {
            let Str(id) = serde_json::from_str(raw).map_err(|e| Reject::new(Reason::NotJson, e.to_string()))?;
            Ok((!id.is_empty()).then_some(id))
        }
        Some(b'0'..=b'9' | b'-') => Ok(Some(Cow::Borrowed(raw))),
        Some(b'n') => Ok(None),
        _ => Err(Reject::new(Reason::FieldType, "the id is neither text nor a number")),
    }
}

/// A text, in `memory` where it is not borrowed; or whatever stands in its place.
fn text<'a>(raw: &'a str, memory: &mut String) -> Result<Value<'a>, String> {
    let string = raw.strip_prefix('"').and_then(|raw| raw.strip_suffix('"'));
    let Some(string) = string else { return serde_json::from_str(raw).map_err(|e| e.to_string()) };
    if memchr::memchr(b'\\', string.as_bytes()).is_none() {
        return Ok(Value::Text(Cow::Borrowed(string)));
    }
    let mut text = std::mem::take(memory);
    text.clear();
    unescape(&raw[1..], &mut text).ok_or("half of a surrogate pair in hex escapes")?;
    Ok(Value::Text(Cow::Owned(text)))
}

/// Walks an object and takes the members that are looked for.
struct Walk<'f, 'de> {
    fields: &'f Fields,
    places: &'f mut Places,
    /// For a text.
    memory: &'f mut String,
    /// A text that is not in the object.
    aside: Option<Aside<'de>>,
    members: Members<'de>,
}

impl<'f, 'de> Walk<'f, 'de> {
    fn new(fields: &'f Fields, places: &'f mut Places, memory: &'f mut String, aside: Option<Aside<'de>>) -> Self {
        let members = Members { id_rank: usize::MAX, embedding_rank: usize::MAX, ..Members::default() };
        Walk { fields, places, memory, aside, members }
    }

    fn along(&mut self, record: &'de str) -> serde_json::Result<()> {
        let mut reader = serde_json::Deserializer::from_str(record);
        reader.deserialize_map(self)?;
        reader.end()
    }
}

impl<'de> Visitor<'de> for &mut Walk<'_, 'de> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let Walk { fields, places, memory, aside, members } = self;
        for at in 0.. {
            let Some(Str(key)) = map.next_key()? else { break };
            match places.find(at, &key, fields) {
                Some((ID, rank)) => {
                    let raw = map.next_value::<&RawValue>()?.get();
                    if rank <= members.id_rank && raw != "null" {
                        (members.id, members.id_rank) = (Some(raw), rank);
                    }
                }
                Some((EMBEDDING, rank)) => {
                    let raw = map.next_value::<&RawValue>()?.get();
                    if rank <= members.embedding_rank && raw != "null" {
                        (members.embedding, members.embedding_rank) = (Some(raw), rank);
                    }
                }
                Some((TEXT, rank)) => {
                    let raw = map.next_value::<&RawValue>()?.get();
                    let value = match aside.as_mut().and_then(|aside| aside.take(raw)) {
                        Some(text) => Value::Text(Cow::Owned(text)),
                        None => text(raw, memory).map_err(A::Error::custom)?,
                    };
                    members.found.take(TEXT, rank, value);
                }
                Some((list, rank)) => members.found.take(list, rank, map.next_value()?),
                None => _ = map.next_value::<IgnoredAny>()?,
            }
        }
        Ok(())
    }
}

/// Text, borrowed where the JSON has no escapes.
#[derive(Debug)]
pub struct Str<'a>(pub Cow<'a, str>);

impl<'de> Deserialize<'de> for Str<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Value::deserialize(deserializer)? {
            Value::Text(text) => Ok(Str(text)),
            _ => Err(D::Error::custom("text was expected")),
        }
    }
}

impl<'de> Deserialize<'de> for Value<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyValue)
    }
}

struct AnyValue;

impl<'de> Visitor<'de> for AnyValue {
    type Value = Value<'de>;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a value")
    }
    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Value<'de>, E> {
        Ok(Value::Text(Cow::Borrowed(text)))
    }
    fn visit_str<E>(self, text: &str) -> Result<Value<'de>, E> {
        Ok(Value::Text(Cow::Owned(text.to_owned())))
    }
    fn visit_string<E>(self, text: String) -> Result<Value<'de>, E> {
        Ok(Value::Text(Cow::Owned(text)))
    }
    fn visit_unit<E>(self) -> Result<Value<'de>, E> {
        Ok(Value::Absent)
    }
    fn visit_bool<E>(self, _: bool) -> Result<Value<'de>, E> {
        Ok(Value::Other("true or false"))
    }
    fn visit_u64<E>(self, number: u64) -> Result<Value<'de>, E> {
        Ok(Value::Number(number as f64))
    }
    fn visit_i64<E>(self, number: i64) -> Result<Value<'de>, E> {
        Ok(Value::Number(number as f64))
    }
    fn visit_f64<E>(self, number: f64) -> Result<Value<'de>, E> {
        Ok(Value::Number(number))
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value<'de>, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Value::Other("a list"))
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value<'de>, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Value::Other("an object"))
    }
}

/// A JSON object's members in their order.
struct RawMembers<'a>(Vec<(Cow<'a, str>, &'a RawValue)>);

impl<'de> Deserialize<'de> for RawMembers<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct All;
        impl<'de> Visitor<'de> for All {
            type Value = RawMembers<'de>;
            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some((Str(key), value)) = map.next_entry()? {
                    members.push((key, value));
                }
                Ok(RawMembers(members))
            }
        }
        deserializer.deserialize_map(All)
    }
}

/// The JSON object `record` with `added` members (name, text) in place of its own of the same name, all else as it was
/// written.
pub fn with_members(record: &str, added: &[(&str, &str)]) -> serde_json::Result<String> {
    let RawMembers(members) = serde_json::from_str(record)?;
    let mut out = String::with_capacity(record.len() + 64);
    let mut separator = '{';
    let mut push = |name: &str, value: &str| -> serde_json::Result<()> {
        out.push(separator);
        separator = ',';
        out += &serde_json::to_string(name)?;
        out.push(':');
        out += value;
        Ok(())
    };
    for (name, value) in members.iter().filter(|(name, _)| added.iter().all(|(other, _)| other != name)) {
        push(name, value.get())?;
    }
    for (name, text) in added {
        push(name, &serde_json::to_string(text)?)?;
    }
    out.push('}');
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(record: &str) -> Result<Document<'_>, Reason> {
        Fields::default().document(record.as_bytes()).map_err(|reject| reject.reason)
    }

    #[test]
    fn fields_are_found_by_the_names_crawls_use() {
        let document = read(
            r#"{"x":[1,{"text":"no"}],"headline":"T","maintext":"B\u00e9 \"q\"","date_publish":"2025-01-14","source_domain":"s","link":"https://www.e.org/?utm_source=1","language":"fr"}"#,
        )
        .unwrap();
        assert_eq!(
            (&*document.title, &*document.text, &*document.source, &*document.lang),
            ("T", "Bé \"q\"", "s", "fr")
        );
        assert_eq!(document.published, Published::At(1_736_812_800));
        assert_eq!(document.id.as_deref(), Some("https://e.org"));
        assert!(matches!(document.title, Cow::Borrowed(_)));
    }

    #[test]
    fn of_several_names_the_first_that_holds_something_counts() {
        assert_eq!(read(r#"{"body":"b","text":"t","content":"c"}"#).unwrap().text, "t");
        assert_eq!(read(r#"{"text":"","content":"c"}"#).unwrap().text, "c");
        assert_eq!(read(r#"{"content":"c","text":null}"#).unwrap().text, "c");
        assert_eq!(read(r#"{"text":"t","text":"last"}"#).unwrap().text, "last");
        let own = Fields { text: vec!["story".into()], ..Fields::default() };
        assert_eq!(own.document(br#"{"story":"s","text":"t"}"#).unwrap().text, "s");
    }

    #[test]
    fn ids_are_text_and_numbers_as_written() {
        for (record, id) in [
            (r#"{"id":"a b","text":"t"}"#, Some("a b")),
            (r#"{"id":12345678901234567890123,"text":"t"}"#, Some("12345678901234567890123")),
            (r#"{"id":1e3,"text":"t"}"#, Some("1e3")),
            (r#"{"id":null,"text":"t"}"#, None),
            (r#"{"id":"","text":"t","url":"mailto:x"}"#, None),
        ] {
            assert_eq!(read(record).unwrap().id.as_deref(), id, "{record}");
        }
        assert_eq!(read(r#"{"id":[1],"text":"t"}"#), Err(Reason::FieldType));
    }

    #[test]
    fn bad_records_have_their_reason() {
        for (record, reason) in [
            ("{", Reason::NotJson),
            ("[1]", Reason::NotJson),
            ("\"text\"", Reason::NotJson),
            (r#"{"text":"a"} x"#, Reason::NotJson),
            (r#"{"text":"\ud800"}"#, Reason::NotJson),
            (r#"{"id":1}"#, Reason::NoText),
            (r#"{"text":null,"title":null}"#, Reason::NoText),
            (r#"{"text":5}"#, Reason::FieldType),
            (r#"{"text":"t","title":["x"]}"#, Reason::FieldType),
        ] {
            assert_eq!(read(record), Err(reason), "{record}");
        }
        let reject = Fields::default().document(b"{\"id\":\"x\",\"text\":false}").unwrap_err();
        assert_eq!((reject.id.as_deref(), &*reject.detail), (Some("x"), "the text is true or false, not text"));
        assert_eq!(Fields::default().document(b"{\"text\":\"\xff\"}").unwrap_err().reason, Reason::NotUtf8);
        let deep = format!("{{\"text\":\"t\",\"x\":{}", "[".repeat(100_000));
        assert_eq!(read(&deep), Err(Reason::NotJson));
    }

    #[test]
    fn members_are_added_and_replaced() {
        let record = r#"{"id": 1.50, "group" : "old", "t":"\u00e9"}"#;
        assert_eq!(
            with_members(record, &[("group", "g\""), ("event", "e")]).unwrap(),
            r#"{"id":1.50,"t":"\u00e9","group":"g\"","event":"e"}"#
        );
        assert_eq!(with_members("{}", &[("group", "g")]).unwrap(), r#"{"group":"g"}"#);
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(record in prop::collection::vec(any::<u8>(), 0..80), json in "[{}\\[\\]\":,a-z0-9 \\\\]{0,60}") {
            let _ = Fields::default().document(&record);
            let _ = Fields::default().document(json.as_bytes());
        }
    }
}
