//! Tables as Parquet, with the same columns: every row goes through its JSON form, so that the two cannot differ.
//!
//! Memory: a row group, [`ROW_GROUP`] bytes at most.

use super::Kind;
use super::columns::schema;
use arrow_json::reader::Decoder;
use arrow_json::writer::LineDelimited;
use arrow_json::{ReaderBuilder, WriterBuilder};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::{ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder};
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;
use std::fs::File;
use std::io::{self, BufWriter, Read};
use std::sync::Arc;

/// Bytes of a row group before they are written out.
const ROW_GROUP: usize = 64 << 20;
/// Rows that are gathered before they become columns.
const BATCH: usize = 1024;

/// A Parquet file being written.
pub(super) struct Rows {
    decoder: Decoder,
    writer: ArrowWriter<BufWriter<File>>,
    line: Vec<u8>,
}

impl Rows {
    pub(super) fn create(file: File, kind: Kind) -> io::Result<Self> {
        let schema = Arc::new(schema(kind));
        let level = ZstdLevel::try_new(3).map_err(io::Error::other)?;
        let properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(level))
            .set_created_by(format!("newsfold {}", env!("CARGO_PKG_VERSION")))
            .build();
        let decoder =
            ReaderBuilder::new(Arc::clone(&schema)).with_batch_size(BATCH).build_decoder().map_err(io::Error::other)?;
        let writer = ArrowWriter::try_new(BufWriter::new(file), schema, Some(properties)).map_err(io::Error::other)?;
        Ok(Rows { decoder, writer, line: Vec::new() })
    }

    /// Adds a row, as a JSON object.
    pub(super) fn row(&mut self, json: &[u8]) -> io::Result<()> {
        self.line.clear();
        self.line.extend_from_slice(json);
        self.line.push(b'\n');
        let mut at = 0;
        loop {
            at += self.decoder.decode(&self.line[at..]).map_err(io::Error::other)?;
            if at == self.line.len() {
                return Ok(());
            }
            self.flush()?;
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        if let Some(batch) = self.decoder.flush().map_err(io::Error::other)? {
            self.writer.write(&batch).map_err(io::Error::other)?;
        }
        if self.writer.in_progress_size() > ROW_GROUP { self.writer.flush().map_err(io::Error::other) } else { Ok(()) }
    }

    pub(super) fn finish(mut self) -> io::Result<()> {
        self.flush()?;
        self.writer.close().map(drop).map_err(io::Error::other)
    }
}

/// The rows of a Parquet file as JSON lines.
pub(super) struct Lines {
    reader: ParquetRecordBatchReader,
    json: Vec<u8>,
    at: usize,
}

impl Lines {
    pub(super) fn open(file: File) -> io::Result<Self> {
        let builder = ParquetRecordBatchReaderBuilder::try_new(file).map_err(io::Error::other)?;
        let reader = builder.with_batch_size(BATCH).build().map_err(io::Error::other)?;
        Ok(Lines { reader, json: Vec::new(), at: 0 })
    }
}

impl Read for Lines {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while self.at == self.json.len() {
            let Some(batch) = self.reader.next() else { return Ok(0) };
            self.json.clear();
            self.at = 0;
            let mut writer = WriterBuilder::new().with_explicit_nulls(true).build::<_, LineDelimited>(&mut self.json);
            batch.and_then(|batch| writer.write(&batch)).and_then(|()| writer.finish()).map_err(io::Error::other)?;
        }
        let read = (&self.json[self.at..]).read(into)?;
        self.at += read;
        Ok(read)
    }
}
