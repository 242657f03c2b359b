//! Parquet to blocks of rows, a row group a part: only the columns that are looked for are read, and a row becomes a JSON
//! line of them.
//!
//! A file that is damaged ends, or goes on with its next row group, with a record that says so; the decoder panics on some
//! of what it does not expect, which is damage like any other here. Linear in the columns that are read; memory a page of
//! each, and a block.

use super::blocks::{BLOCK, Record};
use super::compress::Passed;
use super::{Content, Fields, Reason, Reject, too_long};
use crate::error::Error;
use crate::hash::Digest;
use ::parquet::arrow::ProjectionMask;
use ::parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder,
};
use ::parquet::file::metadata::ColumnChunkMetaData;
use ::parquet::file::reader::{ChunkReader, Length};
use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef, RecordBatch, StringArray};
use arrow_json::WriterBuilder;
use arrow_json::writer::LineDelimited;
use arrow_schema::{ArrowError, DataType, Field, Schema};
use bytes::Bytes;
use std::cell::Cell;
use std::fs::File;
use std::io::{self, BufReader, Read};
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::panic::{self, AssertUnwindSafe};
use std::path::Path;
use std::sync::{Arc, Once};

/// Rows that are read at once, at most.
const MOST_ROWS: i64 = 1024;
/// How a Parquet file begins and ends.
pub(super) const MAGIC: &[u8] = b"PAR1";

/// The row groups of a file.
pub(super) struct Groups {
    file: Shared,
    metadata: Result<ArrowReaderMetadata, Reject>,
    columns: Vec<usize>,
}

impl Groups {
    /// Reads what the file says of itself.
    pub(super) fn open(path: &Path, name: &str, fields: &Fields) -> Result<Self, Error> {
        let failed = |source| Error::Input { path: name.to_owned(), source };
        Groups::of(File::open(path).map_err(failed)?, fields).map_err(failed)
    }

    /// Of a stream, which is copied into a temporary file: what a file says of itself stands at its end.
    pub(super) fn of_stream(
        mut whole: impl Read,
        passed: Passed,
        name: &str,
        fields: &Fields,
        max_record_bytes: usize,
    ) -> Result<Reader, Error> {
        let failed = |source| Error::Input { path: name.to_owned(), source };
        let mut file = tempfile::tempfile().map_err(failed)?;
        io::copy(&mut whole, &mut file).map_err(failed)?;
        let groups = Groups::of(file, fields).map_err(failed)?;
        let count = groups.count();
        Ok(Reader { passed: Some(passed), ..groups.reader(0..count, max_record_bytes) })
    }

    fn of(file: File, fields: &Fields) -> io::Result<Self> {
        let file = Shared { len: file.metadata()?.len(), file: Arc::new(file) };
        // What a writer noted of its own types beside those of the format is not needed.
        let options = ArrowReaderOptions::new().with_skip_arrow_metadata(true);
        let metadata = guarded(|| ArrowReaderMetadata::load(&file, options)).map_err(|why| bad(&why));
        let columns = metadata.as_ref().map_or(Vec::new(), |metadata| {
            let roots = metadata.schema().fields().iter().enumerate();
            roots.filter(|(_, field)| fields.knows(field.name())).map(|(at, _)| at).collect()
        });
        Ok(Groups { file, metadata, columns })
    }

    /// How many there are; one where the file cannot be read, to say so.
    pub(super) fn count(&self) -> u32 {
        self.metadata.as_ref().map_or(1, |metadata| metadata.metadata().num_row_groups() as u32)
    }

    /// A reader of one of them.
    pub(super) fn read(&self, group: u32, max_record_bytes: usize) -> Result<Reader, Error> {
        Ok(self.reader(group..group + 1, max_record_bytes))
    }

    fn reader(&self, groups: Range<u32>, max_record_bytes: usize) -> Reader {
        Reader {
            file: self.file.clone(),
            metadata: self.metadata.clone(),
            columns: self.columns.clone(),
            groups,
            open: None,
            max_record_bytes,
            read: 0,
            passed: None,
        }
    }
}

/// A file that is read at many places at once.
#[derive(Clone)]
struct Shared {
    file: Arc<File>,
    len: u64,
}

/// A place in it.
struct At {
    file: Shared,
    at: u64,
}

impl Length for Shared {
    fn len(&self) -> u64 {
        self.len
    }
}

impl ChunkReader for Shared {
    type T = BufReader<At>;

    fn get_read(&self, start: u64) -> ::parquet::errors::Result<Self::T> {
        Ok(BufReader::new(At { file: self.clone(), at: start }))
    }

    fn get_bytes(&self, start: u64, length: usize) -> ::parquet::errors::Result<Bytes> {
        if start.checked_add(length as u64).is_none_or(|end| end > self.len) {
            return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into());
        }
        let mut bytes = vec![0; length];
        self.file.read_exact_at(&mut bytes, start)?;
        Ok(bytes.into())
    }
}

impl Read for At {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.file.file.read_at(into, self.at)?;
        self.at += read as u64;
        Ok(read)
    }
}

/// Reads row groups, one after another.
pub(super) struct Reader {
    file: Shared,
    metadata: Result<ArrowReaderMetadata, Reject>,
    columns: Vec<usize>,
    groups: Range<u32>,
    open: Option<Group>,
    max_record_bytes: usize,
    /// Bytes of row groups that have been read.
    read: u64,
    passed: Option<Passed>,
}

/// A row group that is read.
struct Group {
    reader: ParquetRecordBatchReader,
    rows_left: u64,
    /// Where it starts in the file.
    offset: u64,
    bytes: u64,
}

impl Reader {
    /// Bytes of the file that have been read.
    pub(super) fn passed(&self) -> u64 {
        self.passed.as_ref().map_or(self.read, |passed| passed.digest().len())
    }

    /// The digest of a stream.
    pub(super) fn digest(&self) -> Option<Digest> {
        self.passed.as_ref().map(Passed::digest)
    }

    /// The next block, or `None` at the end.
    pub(super) fn next_block(&mut self) -> Result<Option<Rows>, Error> {
        loop {
            let mut group = match self.open.take() {
                Some(group) => group,
                None => {
                    let Some(number) = self.groups.next() else { return Ok(None) };
                    match self.group(number) {
                        Ok(group) => group,
                        Err(rows) => return Ok(Some(*rows)),
                    }
                }
            };
            let rows = match guarded(|| group.reader.next().transpose()) {
                Ok(Some(batch)) => {
                    group.rows_left -= (batch.num_rows() as u64).min(group.rows_left);
                    let (offset, max_record_bytes) = (group.offset, self.max_record_bytes);
                    self.open = Some(group);
                    return Ok(Some(Rows::new(batch, offset, max_record_bytes)));
                }
                // A file may say that it has more rows than it has, or be damaged.
                Err(why) => Some(lost(&why, group.offset, group.rows_left)),
                Ok(None) if group.rows_left > 0 => Some(lost("rows are missing", group.offset, group.rows_left)),
                Ok(None) => None,
            };
            self.read += group.bytes;
            if rows.is_some() {
                return Ok(rows);
            }
        }
    }

    /// Opens a row group, or says what is wrong with it.
    fn group(&self, number: u32) -> Result<Group, Box<Rows>> {
        let metadata = self.metadata.clone().map_err(|reject| Box::new(Rows::lost(reject, 0, 1)))?;
        let group = metadata.metadata().row_group(number as usize);
        let rows_left = u64::try_from(group.num_rows()).unwrap_or_default();
        let first = |column: &ColumnChunkMetaData| column.dictionary_page_offset().unwrap_or(column.data_page_offset());
        let offset = group.columns().first().and_then(|column| u64::try_from(first(column)).ok());
        let (offset, bytes) = (offset.unwrap_or_default(), u64::try_from(group.compressed_size()).unwrap_or_default());
        let row_bytes = (group.total_byte_size() / group.num_rows().max(1)).max(1);
        let rows = (BLOCK as i64 / row_bytes).clamp(1, MOST_ROWS) as usize;
        let failed = |why: &dyn ToString| Box::new(lost(&why.to_string(), offset, rows_left));
        let builder = ParquetRecordBatchReaderBuilder::new_with_metadata(self.file.clone(), metadata.clone());
        let columns = ProjectionMask::roots(builder.parquet_schema(), self.columns.iter().copied());
        let builder = builder.with_row_groups(vec![number as usize]).with_projection(columns).with_batch_size(rows);
        let reader = guarded(|| builder.build()).map_err(|e| failed(&e))?;
        Ok(Group { reader, rows_left, offset, bytes })
    }
}

thread_local! {
    /// A panic on this thread is caught, and says nothing by itself.
    static IS_GUARDED: Cell<bool> = const { Cell::new(false) };
}

/// What the decoder's `work` gives, or what it complains of.
fn guarded<T, E: ToString>(work: impl FnOnce() -> Result<T, E>) -> Result<T, String> {
    static SILENCED: Once = Once::new();
    SILENCED.call_once(|| {
        let hook = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if !IS_GUARDED.get() {
                hook(info);
            }
        }));
    });
    let was_guarded = IS_GUARDED.replace(true);
    let done = panic::catch_unwind(AssertUnwindSafe(work));
    IS_GUARDED.set(was_guarded);
    match done {
        Ok(done) => done.map_err(|e| e.to_string()),
        Err(_) => Err("its decoder gave up".to_owned()),
    }
}

fn lost(why: &str, offset: u64, rows: u64) -> Rows {
    Rows::lost(bad(&format!("{why}; {rows} rows of the row group are lost")), offset, rows)
}

fn bad(why: &str) -> Reject {
    Reject::new(
        Reason::BadArchive,
        format!("the Parquet file is damaged: {}", why.chars().take(200).collect::<String>()),
    )
}

/// Some rows of a file.
#[derive(Debug)]
pub(super) struct Rows {
    /// Where their row group starts in the file.
    offset: u64,
    rows: u64,
    batch: Option<RecordBatch>,
    json: Vec<u8>,
    /// Rows of which a text is not UTF-8.
    not_utf8: Vec<usize>,
    reject: Option<Reject>,
    max_record_bytes: usize,
}

impl Rows {
    fn new(batch: RecordBatch, offset: u64, max_record_bytes: usize) -> Self {
        let rows = batch.num_rows() as u64;
        let (json, not_utf8) = (Vec::new(), Vec::new());
        Rows { offset, rows, batch: Some(batch), json, not_utf8, reject: None, max_record_bytes }
    }

    /// So many rows that cannot be read.
    fn lost(reject: Reject, offset: u64, rows: u64) -> Self {
        let (json, not_utf8) = (Vec::new(), Vec::new());
        Rows { offset, rows, batch: None, json, not_utf8, reject: Some(reject), max_record_bytes: 0 }
    }

    pub(super) fn len(&self) -> u64 {
        self.rows
    }

    /// Writes the rows as JSON.
    pub(super) fn unpack(&mut self) {
        let Some(batch) = self.batch.take() else { return };
        let written = guarded(|| {
            let batch = texts(batch, &mut self.not_utf8)?;
            let mut writer = WriterBuilder::new().with_explicit_nulls(false).build::<_, LineDelimited>(&mut self.json);
            writer.write(&batch)?;
            writer.finish()
        });
        if let Err(why) = written {
            let Rows { offset, rows, .. } = *self;
            *self = lost(&why, offset, rows);
        }
    }

    /// The rows as records.
    pub(super) fn records(&self) -> impl Iterator<Item = Record<'_>> {
        let lines = self.json.split(|&byte| byte == b'\n').take(self.rows as usize).filter(|_| self.reject.is_none());
        let rows = (0..).zip(lines).map(|(row, line)| {
            let content = if self.not_utf8.contains(&row) {
                Err(Reject::new(Reason::NotUtf8, "a text of the row"))
            } else if line.len() > self.max_record_bytes {
                Err(too_long(self.max_record_bytes))
            } else {
                Ok(Content::Json(line))
            };
            Record { line: row as u64, offset: self.offset, content }
        });
        let lost = self.reject.iter();
        rows.chain(lost.map(|reject| Record { line: 0, offset: self.offset, content: Err(reject.clone()) }))
    }
}

/// The batch with its columns of bytes as texts, which older writers do not tell apart.
fn texts(batch: RecordBatch, not_utf8: &mut Vec<usize>) -> Result<RecordBatch, ArrowError> {
    let (schema, columns, rows) = batch.into_parts();
    let mut fields = Vec::new();
    let mut made: Vec<ArrayRef> = Vec::new();
    for (field, column) in schema.fields().iter().zip(columns) {
        let mut text = |bytes: &mut dyn Iterator<Item = Option<&[u8]>>| {
            let read = |(row, bytes): (usize, Option<&[u8]>)| {
                let text = bytes.map(str::from_utf8);
                not_utf8.extend(text.as_ref().is_some_and(Result::is_err).then_some(row));
                text.and_then(Result::ok).map(str::to_owned)
            };
            let texts: StringArray = bytes.enumerate().map(read).collect();
            Arc::new(texts) as ArrayRef
        };
        let column = match column.data_type() {
            DataType::Binary => text(&mut column.as_binary::<i32>().iter()),
            DataType::LargeBinary => text(&mut column.as_binary::<i64>().iter()),
            DataType::BinaryView => text(&mut column.as_binary_view().iter()),
            _ => column,
        };
        fields.push(Field::new(field.name(), column.data_type().clone(), true));
        made.push(column);
    }
    let options = arrow_array::RecordBatchOptions::new().with_row_count(Some(rows));
    RecordBatch::try_new_with_options(Arc::new(Schema::new(fields)), made, &options)
}
