//! A record of any form to a JSON object: the one form that everything after knows.
//!
//! JSON is handed on as it stands. A text's first line is its title. A table's row has its columns' names, and a page of
//! an archive what the page says of itself: names are those that the fields are looked for by, so that what is kept of a
//! run can be read by another.

use super::html::Extractor;
use super::table::Cells;
use super::{Content, Fields, Params, Raw, Reason, Reject, Row, date, url, warc};
use crate::document::Published;
use serde::Serializer as _;
use serde::ser::SerializeMap;
use serde_json::value::RawValue;
use std::borrow::Cow;

/// A page's date may be so many seconds after it was fetched: clocks and time zones differ.
const AHEAD: i64 = 36 * 3600;

/// A record in a form of which a document can be made.
pub enum Made<'a> {
    /// A JSON object.
    Json(Cow<'a, [u8]>),
    /// A row that is in memory.
    Row(Row<'a>),
}

impl Made<'_> {
    /// Itself, borrowed.
    pub fn raw(&self) -> Raw<'_> {
        match self {
            Made::Json(json) => Raw::Json(json),
            Made::Row(row) => Raw::Row(*row),
        }
    }
}

/// Makes JSON of records, one after another.
pub struct Maker<'p> {
    params: &'p Params,
    cells: Cells,
    extractor: Extractor,
}

impl<'p> Maker<'p> {
    /// With buffers of its own.
    pub fn new(params: &'p Params) -> Self {
        Maker { params, cells: Cells::default(), extractor: Extractor::default() }
    }

    /// The record as JSON, but for a row that needs none; `name` is what a text is called.
    pub fn make<'a>(&mut self, content: Content<'a>, name: &str) -> Result<Made<'a>, Reject> {
        let made = match content {
            Content::Json(record) => return Ok(Made::Json(Cow::Borrowed(record))),
            Content::Held(row) => return Ok(Made::Row(row)),
            Content::Text(text) => {
                let (title, text) = split_title(utf8(text)?);
                self.object(&[(Own::Id, name), (Own::Title, title), (Own::Text, text)])
            }
            Content::Row(row, header) => {
                let cells = header.cells(row, &mut self.cells)?;
                table_row(header.names(), cells, &self.params.fields)
            }
            Content::Warc(record) => {
                let page = warc::page(record, self.params.max_record_bytes)?;
                self.page(&page).map_err(|reject| Reject { id: page.id, ..reject })
            }
        };
        Ok(Made::Json(Cow::Owned(made?)))
    }

    fn page(&mut self, page: &warc::Page) -> Result<Vec<u8>, Reject> {
        let id = page.id.as_deref().unwrap_or_default();
        let host = url::host(&page.url).unwrap_or_default();
        if !page.is_html {
            let text = String::from_utf8_lossy(&page.body);
            let (title, text) = split_title(&text);
            let members = [(Own::Title, title), (Own::Text, text), (Own::Published, &*page.date)];
            return self
                .object(&[&[(Own::Id, id), (Own::Url, &page.url), (Own::Source, &*host)], &members[..]].concat());
        }
        let read = self.extractor.page(&page.body, page.charset.as_deref(), &page.url);
        let read = read.map_err(|e| Reject::new(Reason::NoText, e.to_string()))?;
        let source = if host.is_empty() { &*read.source } else { &*host };
        let published = if is_plausible(&read.published, &page.date) { &read.published } else { &page.date };
        self.object(&[
            (Own::Id, id),
            (Own::Url, &page.url),
            (Own::Source, source),
            (Own::Lang, &read.lang),
            (Own::Published, published),
            (Own::Title, &read.title),
            (Own::Text, &read.text),
        ])
    }

    /// An object of what is known, by the first of the names that it is looked for.
    fn object(&self, members: &[(Own, &str)]) -> Result<Vec<u8>, Reject> {
        let mut json = Vec::new();
        let mut write = || {
            let mut writer = serde_json::Serializer::new(&mut json);
            let mut object = writer.serialize_map(None)?;
            for (own, value) in members.iter().filter(|(own, value)| matches!(own, Own::Text) || !value.is_empty()) {
                if let Some(name) = own.names(&self.params.fields).first() {
                    object.serialize_entry(name, value)?;
                }
            }
            object.end()
        };
        write().map_err(|e| unwritten(&e))?;
        Ok(json)
    }
}

/// What a record that is no JSON may have.
#[derive(Clone, Copy)]
enum Own {
    Id,
    Url,
    Source,
    Lang,
    Published,
    Title,
    Text,
}

impl Own {
    fn names(self, fields: &Fields) -> &[String] {
        match self {
            Own::Id => &fields.id,
            Own::Url => &fields.url,
            Own::Source => &fields.source,
            Own::Lang => &fields.lang,
            Own::Published => &fields.published,
            Own::Title => &fields.title,
            Own::Text => &fields.text,
        }
    }
}

/// The text that some bytes are.
pub(super) fn utf8(bytes: &[u8]) -> Result<&str, Reject> {
    // Where it is none is looked for only then.
    let not_utf8 =
        |e: simdutf8::compat::Utf8Error| Reject::new(Reason::NotUtf8, format!("at byte {}", e.valid_up_to()));
    simdutf8::basic::from_utf8(bytes).or_else(|_| simdutf8::compat::from_utf8(bytes)).map_err(not_utf8)
}

/// Writing texts to memory does not fail.
fn unwritten(error: &serde_json::Error) -> Reject {
    Reject::new(Reason::NotJson, error.to_string())
}

/// A text's first line, and the rest.
fn split_title(text: &str) -> (&str, &str) {
    let text = text.trim();
    let (title, rest) = text.split_once('\n').unwrap_or((text, ""));
    (title.trim_end(), rest.trim_start())
}

/// Whether a page's date can be read and is not after the page was fetched.
fn is_plausible(written: &str, fetched: &str) -> bool {
    let Published::At(published) = date::published(written) else { return false };
    date::published(fetched).seconds().is_none_or(|fetched| published <= fetched.saturating_add(AHEAD))
}

/// A row as an object of its columns; empty cells are left out.
fn table_row<'a>(names: &[String], cells: impl Iterator<Item = &'a [u8]>, fields: &Fields) -> Result<Vec<u8>, Reject> {
    let mut json = Vec::new();
    let mut writer = serde_json::Serializer::new(&mut json);
    let mut object = writer.serialize_map(None).map_err(|e| unwritten(&e))?;
    for (name, cell) in names.iter().zip(cells).filter(|(name, cell)| !cell.is_empty() && !name.is_empty()) {
        let cell = utf8(cell)?;
        // A vector is a list of numbers, as JSON writes it.
        let list = fields.embedding.contains(name).then(|| serde_json::from_str::<&RawValue>(cell).ok()).flatten();
        let written = match list {
            Some(list) => object.serialize_entry(name, list),
            None => object.serialize_entry(name, cell),
        };
        written.map_err(|e| unwritten(&e))?;
    }
    object.end().map_err(|e| unwritten(&e))?;
    Ok(json)
}
