//! Rows that are in memory already, as columns of Arrow, to documents: what other programs hand over without a file.
//!
//! Columns are found by the names that records' fields are, and looked at where they are: texts are borrowed, never
//! copied; ids that are numbers, and columns of codes (dictionaries), are written out once. A row gives the document that
//! the same row of a Parquet file gives. Linear in the bytes of the columns that are looked for; memory: nothing a row.

use super::blocks::{BLOCK, Record};
use super::fields::{EMBEDDING, Found, ID, PUBLISHED, TEXT, TITLE, Value};
use super::{Content, Fields, Reason, Reject, date, too_long};
use crate::document::{Document, Vector};
use crate::error::Error;
use arrow_array::cast::AsArray;
use arrow_array::types::{Float32Type, Float64Type, Int64Type};
use arrow_array::{
    Array, ArrayRef, BinaryArray, BinaryViewArray, Float64Array, Int64Array, LargeBinaryArray, LargeListArray,
    RecordBatch,
};
use arrow_cast::{can_cast_types, cast};
use arrow_schema::{DataType, Field, SchemaRef, TimeUnit};
use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

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

/// The values of a column, as they are looked at.
enum Values {
    Bytes(BinaryArray),
    LargeBytes(LargeBinaryArray),
    BytesView(BinaryViewArray),
    Numbers(Float64Array),
    /// So many of these a second, since 1970.
    Times(Int64Array, i64),
    /// Lists of 32-bit floats.
    Vectors(LargeListArray),
    /// What is none of these.
    Other(&'static str, ArrayRef),
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
    let holds_text = |field: &&Field| is_text(unpacked(field.data_type()));
    if !stories.iter().any(holds_text) {
        let (name, kind) = (stories[0].name(), stories[0].data_type());
        return Err(Error::Frame { why: format!("its column {name} is of the type {kind}, not text") });
    }
    Ok(known)
}

/// The type of the values of a column, whether they are written as codes or not.
fn unpacked(kind: &DataType) -> &DataType {
    match kind {
        DataType::Dictionary(_, values) => unpacked(values),
        DataType::RunEndEncoded(_, values) => unpacked(values.data_type()),
        kind => kind,
    }
}

/// Whether values of a type may be texts; those of no type are missing, all of them.
fn is_text(kind: &DataType) -> bool {
    use DataType::{Binary, BinaryView, LargeBinary, LargeUtf8, Null, Utf8, Utf8View};
    matches!(kind, Utf8 | LargeUtf8 | Utf8View | Binary | LargeBinary | BinaryView | Null)
}

/// How a column may be looked at that is neither a text nor a number where it should be one.
fn what(kind: &DataType) -> &'static str {
    match kind {
        DataType::Boolean => "true or false",
        DataType::Struct(_) | DataType::Map(..) | DataType::Union(..) => "an object",
        _ => "a list",
    }
}

impl Values {
    /// A column as the field that it is wants it looked at.
    fn of(list: usize, column: &ArrayRef) -> Result<Self, String> {
        let to = |column: &ArrayRef, kind: &DataType| cast(column, kind).map_err(|e| e.to_string());
        let column = match unpacked(column.data_type()) {
            kind if kind == column.data_type() => Arc::clone(column),
            kind => to(column, kind)?,
        };
        let kind = column.data_type();
        let is_number = kind.is_integer() || kind.is_floating();
        Ok(match kind {
            DataType::Utf8 => Values::of(list, &to(&column, &DataType::Binary)?)?,
            DataType::LargeUtf8 => Values::of(list, &to(&column, &DataType::LargeBinary)?)?,
            DataType::Utf8View => Values::of(list, &to(&column, &DataType::BinaryView)?)?,
            DataType::Binary if list != EMBEDDING => Values::Bytes(column.as_binary().clone()),
            DataType::LargeBinary if list != EMBEDDING => Values::LargeBytes(column.as_binary().clone()),
            DataType::BinaryView if list != EMBEDDING => Values::BytesView(column.as_binary_view().clone()),
            DataType::Timestamp(unit, _) if list == PUBLISHED => {
                let a_second = match unit {
                    TimeUnit::Second => 1,
                    TimeUnit::Millisecond => 1_000,
                    TimeUnit::Microsecond => 1_000_000,
                    TimeUnit::Nanosecond => 1_000_000_000,
                };
                Values::Times(to(&column, &DataType::Int64)?.as_primitive::<Int64Type>().clone(), a_second)
            }
            DataType::Date32 if list == PUBLISHED => {
                Values::of(list, &to(&column, &DataType::Timestamp(TimeUnit::Second, None))?)?
            }
            DataType::Date64 if list == PUBLISHED => {
                Values::of(list, &to(&column, &DataType::Timestamp(TimeUnit::Millisecond, None))?)?
            }
            _ if list == PUBLISHED && is_number => {
                Values::Numbers(to(&column, &DataType::Float64)?.as_primitive::<Float64Type>().clone())
            }
            DataType::List(of) | DataType::LargeList(of) | DataType::FixedSizeList(of, _)
                if list == EMBEDDING && (of.data_type().is_integer() || of.data_type().is_floating()) =>
            {
                let vectors = DataType::LargeList(Arc::new(Field::new_list_field(DataType::Float32, true)));
                Values::Vectors(to(&column, &vectors)?.as_list::<i64>().clone())
            }
            // A number is no text, but an id.
            _ if is_number && list != ID => Values::Other("a number", column),
            kind if !kind.is_nested() && *kind != DataType::Boolean && can_cast_types(kind, &DataType::Utf8) => {
                match list {
                    EMBEDDING => Values::Other("no list", column),
                    _ => Values::of(list, &to(&column, &DataType::Utf8)?)?,
                }
            }
            kind => Values::Other(what(kind), Arc::clone(&column)),
        })
    }

    fn array(&self) -> &dyn Array {
        match self {
            Values::Bytes(array) => array,
            Values::LargeBytes(array) => array,
            Values::BytesView(array) => array,
            Values::Numbers(array) => array,
            Values::Times(array, _) => array,
            Values::Vectors(array) => array,
            Values::Other(_, array) => array,
        }
    }

    /// A value's bytes, where it has any.
    fn text(&self, at: usize) -> Option<&[u8]> {
        match self {
            Values::Bytes(array) => Some(array.value(at)),
            Values::LargeBytes(array) => Some(array.value(at)),
            Values::BytesView(array) => Some(array.value(at)),
            _ => None,
        }
    }

    /// Bytes of all texts.
    fn bytes(&self) -> u64 {
        match self {
            Values::Bytes(array) => array
                .value_offsets()
                .last()
                .zip(array.value_offsets().first())
                .map_or(0, |(end, start)| (end - start) as u64),
            Values::LargeBytes(array) => array
                .value_offsets()
                .last()
                .zip(array.value_offsets().first())
                .map_or(0, |(end, start)| (end - start) as u64),
            // The low half of a view is its length.
            Values::BytesView(array) => array.views().iter().map(|&view| u64::from(view as u32)).sum(),
            _ => 0,
        }
    }
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

impl Values {
    /// A value that is there, of which `text` is known.
    fn value<'a>(&'a self, at: usize, text: Option<&'a str>) -> Value<'a> {
        match (self, text) {
            (_, Some(text)) => Value::Text(Cow::Borrowed(text)),
            (Values::Numbers(array), _) => match array.value(at) {
                number if number.is_finite() => Value::Number(number),
                _ => Value::Absent,
            },
            // A part of a second is dropped, as where it is written.
            (Values::Times(array, a_second), _) => Value::Time(date::judged(array.value(at) / a_second)),
            (Values::Other(what, _), _) => Value::Other(what),
            _ => Value::Absent,
        }
    }

    /// The numbers of a vector that is there; none, if one of them is missing or it is no vector.
    fn vector(&self, at: usize) -> &[f32] {
        let Values::Vectors(array) = self else { return &[] };
        let (start, end) = (array.value_offsets()[at] as usize, array.value_offsets()[at + 1] as usize);
        let numbers = array.values().as_primitive::<Float32Type>();
        let is_missing = numbers.nulls().is_some_and(|nulls| (start..end).any(|at| nulls.is_null(at)));
        if is_missing { &[] } else { &numbers.values()[start..end] }
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
