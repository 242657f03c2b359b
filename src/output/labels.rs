//! `articles` as columns in memory: a row for every row that was read, with the reason where it was not accepted.

use super::columns::schema;
use super::{ArticleRow, Kind};
use crate::error::Error;
use arrow_array::builder::{BooleanBuilder, Float64Builder, StringBuilder};
use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::{DataType, Field, Schema, SchemaRef};
use std::sync::Arc;

/// Rows of a batch, at most; a column of texts may have no more than 2 GiB.
const MOST_ROWS: usize = 1 << 16;
/// Bytes of texts after which a batch ends.
const MOST_BYTES: usize = 1 << 28;

/// Rows being gathered.
pub struct Labels {
    schema: SchemaRef,
    batches: Vec<RecordBatch>,
    rows: usize,
    bytes: usize,
    id: StringBuilder,
    group: StringBuilder,
    representative: BooleanBuilder,
    similarity: Float64Builder,
    event: StringBuilder,
    same_url: StringBuilder,
    reason: StringBuilder,
}

impl Labels {
    /// None yet, with or without a column of events.
    pub fn new(with_events: bool) -> Self {
        let articles = schema(Kind::Articles);
        let names = ["id", "group", "representative", "similarity", "event", "same_url"];
        let is_told =
            |field: &&Arc<Field>| names.contains(&field.name().as_str()) && (with_events || field.name() != "event");
        let reason = Arc::new(Field::new("reason", DataType::Utf8, true));
        let fields: Vec<Arc<Field>> = articles.fields().iter().filter(is_told).cloned().chain([reason]).collect();
        Labels {
            schema: Arc::new(Schema::new(fields)),
            batches: Vec::new(),
            rows: 0,
            bytes: 0,
            id: StringBuilder::new(),
            group: StringBuilder::new(),
            representative: BooleanBuilder::new(),
            similarity: Float64Builder::new(),
            event: StringBuilder::new(),
            same_url: StringBuilder::new(),
            reason: StringBuilder::new(),
        }
    }

    /// Appends an accepted document.
    pub fn accepted(&mut self, row: &ArticleRow) -> Result<(), Error> {
        self.id.append_value(row.id);
        self.group.append_value(row.group);
        self.representative.append_value(row.representative);
        self.similarity.append_value(row.similarity);
        self.event.append_option(row.event);
        self.same_url.append_option(row.same_url);
        self.reason.append_null();
        let longer = [Some(row.id), Some(row.group), row.event, row.same_url].into_iter().flatten();
        self.appended(longer.map(str::len).sum())
    }

    /// Appends a row that was not accepted, and whose id may not be known.
    pub fn rejected(&mut self, id: Option<&str>, reason: &str) -> Result<(), Error> {
        self.id.append_option(id);
        self.group.append_null();
        self.representative.append_null();
        self.similarity.append_null();
        self.event.append_null();
        self.same_url.append_null();
        self.reason.append_value(reason);
        self.appended(id.map_or(0, str::len))
    }

    fn appended(&mut self, bytes: usize) -> Result<(), Error> {
        (self.rows, self.bytes) = (self.rows + 1, self.bytes + bytes);
        if self.rows == MOST_ROWS || self.bytes > MOST_BYTES { self.end_batch() } else { Ok(()) }
    }

    fn end_batch(&mut self) -> Result<(), Error> {
        (self.rows, self.bytes) = (0, 0);
        let columns: [(&str, ArrayRef); 7] = [
            ("id", Arc::new(self.id.finish())),
            ("group", Arc::new(self.group.finish())),
            ("representative", Arc::new(self.representative.finish())),
            ("similarity", Arc::new(self.similarity.finish())),
            ("event", Arc::new(self.event.finish())),
            ("same_url", Arc::new(self.same_url.finish())),
            ("reason", Arc::new(self.reason.finish())),
        ];
        let is_told = |name: &str| self.schema.column_with_name(name).is_some();
        let columns = columns.into_iter().filter(|(name, _)| is_told(name)).map(|(_, column)| column).collect();
        let batch = RecordBatch::try_new(Arc::clone(&self.schema), columns);
        self.batches.push(batch.map_err(|e| Error::Frame { why: e.to_string() })?);
        Ok(())
    }

    /// The columns, and all rows.
    pub fn finish(mut self) -> Result<(SchemaRef, Vec<RecordBatch>), Error> {
        if self.rows > 0 {
            self.end_batch()?;
        }
        Ok((self.schema, self.batches))
    }
}
