//! Tables as columns in memory: `articles`, with a row for every row that was read, and what an index tells of documents
//! that are added to it.

use super::columns::schema;
use super::{ArticleRow, Kind};
use crate::error::Error;
use arrow_array::builder::{BooleanBuilder, Float64Builder, StringBuilder};
use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::{DataType, Field, FieldRef, Schema, SchemaRef};
use std::sync::Arc;

/// Rows of a batch, at most; a column of texts may have no more than 2 GiB.
const MOST_ROWS: usize = 1 << 16;
/// Bytes of texts after which a batch ends.
const MOST_BYTES: usize = 1 << 28;

/// The columns, and all rows.
pub type Rows = (SchemaRef, Vec<RecordBatch>);

/// Labels of the rows that were read, being gathered.
pub struct Labels {
    rows: Gathered,
    with_events: bool,
}

impl Labels {
    /// None yet, with or without a column of events.
    pub fn new(with_events: bool) -> Self {
        let articles = schema(Kind::Articles);
        let names = ["id", "group", "representative", "similarity", "event", "same_url"];
        let is_told = |field: &&FieldRef| names.contains(&&**field.name()) && (with_events || field.name() != "event");
        let fields = articles.fields().iter().filter(is_told).cloned().chain([reason()]);
        Labels { rows: Gathered::new(fields.collect()), with_events }
    }

    /// Appends an accepted document.
    pub fn accepted(&mut self, row: &ArticleRow) -> Result<(), Error> {
        let event = self.with_events.then_some(Cell::of(row.event));
        let same_url = [Cell::of(row.same_url), Cell::Nothing];
        let first =
            [Cell::Text(row.id), Cell::Text(row.group), Cell::Flag(row.representative), Cell::Number(row.similarity)];
        self.rows.row(first.into_iter().chain(event).chain(same_url))
    }

    /// Appends a row that was not accepted, and whose id may not be known.
    pub fn rejected(&mut self, id: Option<&str>, reason: &str) -> Result<(), Error> {
        self.rows.rejected(id, reason)
    }

    /// The columns, and all rows.
    pub fn finish(self) -> Result<Rows, Error> {
        self.rows.finish()
    }
}

/// What an index tells of documents that are added to it, being gathered.
pub struct Inserted(Gathered);

impl Default for Inserted {
    fn default() -> Self {
        let column = |name, kind| Arc::new(Field::new(name, kind, true));
        let first = [column("id", DataType::Utf8), column("duplicate_of", DataType::Utf8)];
        Inserted(Gathered::new([&first[..], &[column("similarity", DataType::Float64), reason()]].concat()))
    }
}

impl Inserted {
    /// Appends a document that was added, with the id and the similarity of the one before it that is most similar, if
    /// any is near.
    pub fn added(&mut self, id: &str, near: Option<(&str, f64)>) -> Result<(), Error> {
        let near = near.map_or([Cell::Nothing; 2], |(id, similarity)| [Cell::Text(id), Cell::Number(similarity)]);
        self.0.row([Cell::Text(id)].into_iter().chain(near).chain([Cell::Nothing]))
    }

    /// Appends a row that was not added, and whose id may not be known.
    pub fn rejected(&mut self, id: Option<&str>, reason: &str) -> Result<(), Error> {
        self.0.rejected(id, reason)
    }

    /// The columns, and all rows.
    pub fn finish(self) -> Result<Rows, Error> {
        self.0.finish()
    }
}

/// Why a row was not accepted: the last column.
fn reason() -> FieldRef {
    Arc::new(Field::new("reason", DataType::Utf8, true))
}

/// A value of a row.
#[derive(Clone, Copy)]
enum Cell<'a> {
    Nothing,
    Text(&'a str),
    Flag(bool),
    Number(f64),
}

impl<'a> Cell<'a> {
    fn of(text: Option<&'a str>) -> Self {
        text.map_or(Cell::Nothing, Cell::Text)
    }
}

/// Rows that become batches.
struct Gathered {
    schema: SchemaRef,
    columns: Vec<Column>,
    batches: Vec<RecordBatch>,
    rows: usize,
    bytes: usize,
}

enum Column {
    Texts(StringBuilder),
    Flags(BooleanBuilder),
    Numbers(Float64Builder),
}

impl Gathered {
    fn new(fields: Vec<FieldRef>) -> Self {
        let column = |field: &FieldRef| match field.data_type() {
            DataType::Boolean => Column::Flags(BooleanBuilder::new()),
            DataType::Float64 => Column::Numbers(Float64Builder::new()),
            _ => Column::Texts(StringBuilder::new()),
        };
        let columns = fields.iter().map(column).collect();
        Gathered { schema: Arc::new(Schema::new(fields)), columns, batches: Vec::new(), rows: 0, bytes: 0 }
    }

    /// Appends a row, a cell a column.
    fn row<'a>(&mut self, cells: impl Iterator<Item = Cell<'a>>) -> Result<(), Error> {
        for (column, cell) in self.columns.iter_mut().zip(cells) {
            match (column, cell) {
                (Column::Texts(texts), Cell::Text(text)) => {
                    self.bytes += text.len();
                    texts.append_value(text);
                }
                (Column::Flags(flags), Cell::Flag(flag)) => flags.append_value(flag),
                (Column::Numbers(numbers), Cell::Number(number)) => numbers.append_value(number),
                (Column::Texts(texts), _) => texts.append_null(),
                (Column::Flags(flags), _) => flags.append_null(),
                (Column::Numbers(numbers), _) => numbers.append_null(),
            }
        }
        self.rows += 1;
        if self.rows == MOST_ROWS || self.bytes > MOST_BYTES { self.end_batch() } else { Ok(()) }
    }

    /// Appends a row of which the first column may be known, and the last is.
    fn rejected(&mut self, id: Option<&str>, reason: &str) -> Result<(), Error> {
        let unknown = std::iter::repeat_n(Cell::Nothing, self.columns.len() - 2);
        self.row([Cell::of(id)].into_iter().chain(unknown).chain([Cell::Text(reason)]))
    }

    fn end_batch(&mut self) -> Result<(), Error> {
        (self.rows, self.bytes) = (0, 0);
        let array = |column: &mut Column| -> ArrayRef {
            match column {
                Column::Texts(texts) => Arc::new(texts.finish()),
                Column::Flags(flags) => Arc::new(flags.finish()),
                Column::Numbers(numbers) => Arc::new(numbers.finish()),
            }
        };
        let batch = RecordBatch::try_new(Arc::clone(&self.schema), self.columns.iter_mut().map(array).collect());
        self.batches.push(batch.map_err(|e| Error::Frame { why: e.to_string() })?);
        Ok(())
    }

    fn finish(mut self) -> Result<Rows, Error> {
        if self.rows > 0 {
            self.end_batch()?;
        }
        Ok((self.schema, self.batches))
    }
}
