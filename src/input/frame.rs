//! Rows that are in memory already, as columns of Arrow, to documents: what other programs hand over without a file.
//!
//! Columns are found by the names that records' fields are, and looked at where they are: texts are borrowed, never
//! copied; ids that are numbers, and columns of codes (dictionaries), are written out once. A row gives the document that
//! the same row of a Parquet file gives. Linear in the bytes of the columns that are looked for; memory: nothing a row.

mod values;

use super::blocks::{BLOCK, Record};
use super::fields::{EMBEDDING, Found, ID, TEXT, TITLE};
use super::{Content, Fields, Reason, Reject, too_long};
use crate::document::{Document, Vector};
use crate::error::Error;
use arrow_array::RecordBatch;
use arrow_schema::{Field, SchemaRef};
use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use values::{Values, is_text};

/// Rows of a part, at most.
const MOST_ROWS: u64 = 1024;

/// Rows in memory, whose fields have been found. Copies are of the handle.
#[derive(Clone)]
pub struct Frame(Arc<Held>);

struct Held {
    batches: Vec<Batch>,
    rows: u64,
    /// Rows that are worked on at once.
    rows_a_part: u64,
}

/// Some rows, one after another.
struct Batch {
    /// The number of the first.
    start: u64,
    columns: Vec<Column>,
}

/// A column that is looked for.
struct Column {
    /// The field that it is, and how good a name it has for it.
    list: usize,
    rank: usize,
    values: Values,
}

impl fmt::Debug for Frame {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "a frame of {} rows", self.0.rows)
    }
}

impl PartialEq for Frame {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for Frame {}

impl Frame {
    /// The rows of `batches`, all of the columns that `schema` names, in which `fields` are looked for. Fails where
    /// no column is a text or a title, or those that are hold no text.
    pub fn new(schema: &SchemaRef, batches: &[RecordBatch], fields: &Fields) -> Result<Self, Error> {
        let known = known(schema, fields)?;
        let (mut held, mut start, mut bytes) = (Vec::new(), 0, 0);
        for batch in batches {
            let column = |&(at, list, rank): &(usize, usize, usize)| {
                let values = Values::of(list, batch.column(at)).map_err(|why| Error::Frame {
                    why: format!("its column {} cannot be read: {why}", schema.field(at).name()),
                })?;
                Ok(Column { list, rank, values })
            };
            let columns: Vec<Column> = known.iter().map(column).collect::<Result<_, Error>>()?;
            bytes += columns.iter().map(|column| column.values.bytes()).sum::<u64>();
            held.push(Batch { start, columns });
            start += batch.num_rows() as u64;
        }
        let rows_a_part = (BLOCK as u64 * start / bytes.max(1)).clamp(1, MOST_ROWS);
        Ok(Frame(Arc::new(Held { batches: held, rows: start, rows_a_part })))
    }

    /// How many rows there are.
    pub fn len(&self) -> u64 {
        self.0.rows
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// One of them, by its number from 0.
    pub fn row(&self, number: u64) -> Option<Row<'_>> {
        let batches = &self.0.batches;
        let batch = &batches[batches.partition_point(|batch| batch.start <= number).checked_sub(1)?];
        (number < self.len()).then(|| Row { batch, at: (number - batch.start) as usize })
    }

    /// All of them, in parts.
    pub(super) fn parts(&self, max_record_bytes: usize) -> Parts {
        Parts { frame: self.clone(), next: 0, max_record_bytes }
    }
}

/// Which columns are looked for: the number of each, the list it is on, and its place there.
fn known(schema: &SchemaRef, fields: &Fields) -> Result<Vec<(usize, usize, usize)>, Error> {
    let columns = || schema.fields().iter().enumerate();
    let known: Vec<_> =
        columns().filter_map(|(at, field)| fields.place(field.name()).map(|(l, r)| (at, l, r))).collect();
    let stories: Vec<&Field> =
        known.iter().filter(|(_, list, _)| matches!(*list, TEXT | TITLE)).map(|&(at, ..)| schema.field(at)).collect();
    if stories.is_empty() {
        let names: Vec<&str> = columns().map(|(_, field)| field.name().as_str()).collect();
        return Err(Error::Frame {
            why: format!(
                "its columns are {}, and none is a text ({}) or a title ({}): say which is",
                if names.is_empty() { "none".to_owned() } else { names.join(", ") },
                fields.text.join(", "),
                fields.title.join(", "),
            ),
        });
    }
    let holds_text = |field: &&Field| is_text(field.data_type());
    if !stories.iter().any(holds_text) {
        let (name, kind) = (stories[0].name(), stories[0].data_type());
        return Err(Error::Frame { why: format!("its column {name} is of the type {kind}, not text") });
    }
    Ok(known)
}

/// One row.
#[derive(Clone, Copy)]
pub struct Row<'a> {
    batch: &'a Batch,
    at: usize,
}

impl fmt::Debug for Row<'_> {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "row {}", self.batch.start + self.at as u64)
    }
}

impl PartialEq for Row<'_> {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self.batch, other.batch) && self.at == other.at
    }
}

impl<'a> Row<'a> {
    /// Its columns that hold something.
    fn columns(self) -> impl Iterator<Item = &'a Column> {
        self.batch.columns.iter().filter(move |column| !column.values.array().is_null(self.at))
    }

    /// Bytes of its texts.
    fn bytes(self) -> usize {
        self.columns().filter_map(|column| column.values.text(self.at)).map(<[u8]>::len).sum()
    }

    /// The document that it holds. Its id is the row's, else its canonical URL, else `None`.
    pub fn document(self) -> Result<Document<'a>, Reject> {
        let (mut id, mut embedding) = ((usize::MAX, Ok(None)), (usize::MAX, Vector::None));
        let mut found = Found::default();
        for column in self.columns() {
            let text = match column.values.text(self.at).map(simdutf8::basic::from_utf8) {
                None => None,
                Some(Ok(text)) => Some(text),
                Some(Err(_)) => return Err(Reject::new(Reason::NotUtf8, "a text of the row")),
            };
            match (column.list, &column.values) {
                (ID, _) if column.rank <= id.0 => {
                    let refused = || Reject::new(Reason::FieldType, "the id is neither text nor a number");
                    let own = text.map(|text| Some(text).filter(|text| !text.is_empty()));
                    id = (column.rank, own.ok_or_else(refused));
                }
                (EMBEDDING, values) if column.rank <= embedding.0 => {
                    embedding = (column.rank, Vector::Numbers(values.vector(self.at)));
                }
                (ID | EMBEDDING, _) => {}
                (list, values) => found.take(list, column.rank, values.value(self.at, text)),
            }
        }
        found.document(id.1?.map(Cow::Borrowed), embedding.1)
    }
}

/// The rows of a frame, some at a time.
pub(super) struct Parts {
    frame: Frame,
    next: u64,
    max_record_bytes: usize,
}

impl Iterator for Parts {
    type Item = Part;

    fn next(&mut self) -> Option<Part> {
        let (first, frame) = (self.next, self.frame.clone());
        let len = frame.0.rows_a_part.min(frame.len() - first);
        self.next += len;
        (len > 0).then_some(Part { frame, first, len, max_record_bytes: self.max_record_bytes })
    }
}

/// Some rows of a frame.
#[derive(Debug)]
pub(super) struct Part {
    frame: Frame,
    first: u64,
    len: u64,
    max_record_bytes: usize,
}

impl Part {
    /// The number of the first row.
    pub(super) fn first(&self) -> u64 {
        self.first
    }

    pub(super) fn len(&self) -> u64 {
        self.len
    }

    /// The rows as records.
    pub(super) fn records(&self) -> impl Iterator<Item = Record<'_>> {
        let rows = (self.first..self.first + self.len).filter_map(|number| self.frame.row(number));
        rows.zip(0..).map(|(row, line)| {
            let is_too_long = row.bytes() > self.max_record_bytes;
            let content = if is_too_long { Err(too_long(self.max_record_bytes)) } else { Ok(Content::Held(row)) };
            Record { line, offset: 0, content }
        })
    }
}

#[cfg(all(test, feature = "parquet"))]
mod tests;
