//! Tables as Parquet, with the same columns: every row goes through its JSON form, so that the two cannot differ.
//!
//! Memory: a row group, [`ROW_GROUP`] bytes at most.

use super::Kind;
use arrow_json::reader::Decoder;
use arrow_json::writer::LineDelimited;
use arrow_json::{ReaderBuilder, WriterBuilder};
use arrow_schema::{DataType, Field, Fields, Schema, TimeUnit};
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

/// The columns of a table.
fn schema(kind: Kind) -> Schema {
    let text = || DataType::Utf8;
    let list = |of: DataType| DataType::List(Arc::new(Field::new_list_field(of, true)));
    let time = || DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()));
    let fields = |fields: Vec<(&str, DataType)>| -> Fields {
        fields.into_iter().map(|(name, kind)| Field::new(name, kind, true)).collect()
    };
    let record = || {
        vec![
            ("id", text()),
            ("title", text()),
            ("text", text()),
            ("published", time()),
            ("source", text()),
            ("url", text()),
            ("lang", text()),
            ("embedding", list(DataType::Float32)),
        ]
    };
    let columns = match kind {
        Kind::Articles => vec![
            ("id", text()),
            ("group", text()),
            ("representative", DataType::Boolean),
            ("similarity", DataType::Float64),
            ("event", text()),
            ("same_url", text()),
            ("first_seen", DataType::Date32),
            ("new", DataType::Boolean),
        ],
        Kind::Groups => {
            let member = fields(vec![
                ("id", text()),
                ("similarity", DataType::Float64),
                ("published", time()),
                ("source", text()),
            ]);
            vec![
                ("group", text()),
                ("size", DataType::Int64),
                ("representative", text()),
                ("members", list(DataType::Struct(member))),
                ("earlier", DataType::Int64),
                ("first_seen", DataType::Date32),
            ]
        }
        Kind::Events => {
            let day = fields(vec![("day", DataType::Date32), ("size", DataType::Int64)]);
            let phase = fields(vec![
                ("first_published", time()),
                ("last_published", time()),
                ("size", DataType::Int64),
                ("first", text()),
            ]);
            vec![
                ("event", text()),
                ("size", DataType::Int64),
                ("groups", DataType::Int64),
                ("title", text()),
                ("keywords", list(text())),
                ("first_published", time()),
                ("last_published", time()),
                ("sources", list(text())),
                ("timeline", list(DataType::Struct(day))),
                ("phases", list(DataType::Struct(phase))),
                ("members", list(text())),
                ("earlier", DataType::Int64),
                ("first_seen", DataType::Date32),
            ]
        }
        Kind::Edges => {
            vec![("a", text()), ("b", text()), ("similarity", DataType::Float64), ("containment", DataType::Float64)]
        }
        Kind::Rejects => vec![
            ("file", text()),
            ("line", DataType::Int64),
            ("offset", DataType::Int64),
            ("reason", text()),
            ("detail", text()),
            ("id", text()),
        ],
        Kind::Versions => {
            let part = fields(vec![("kind", text()), ("text", text())]);
            vec![
                ("id", text()),
                ("why", text()),
                ("of", text()),
                ("title", text()),
                ("source", text()),
                ("published", time()),
                ("url", text()),
                ("added", DataType::Int64),
                ("removed", DataType::Int64),
                ("differences", list(DataType::Struct(part))),
                ("more", DataType::Int64),
            ]
        }
        Kind::Changes => vec![("what", text()), ("name", text()), ("into", text())],
        Kind::Kept => record(),
        Kind::Annotated => [record(), vec![("group", text()), ("event", text())]].concat(),
    };
    Schema::new(fields(columns))
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
