//! The rows of the tables, and how they are written.

use super::parquet;
use crate::difference::Difference;
use crate::error::Error;
use crate::lsh::Shape;
use crate::stats::Stage;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

/// A row of `articles.jsonl`.
#[derive(Debug, Serialize)]
#[allow(missing_docs, reason = "the contract's columns, by their names")]
pub struct ArticleRow<'a> {
    pub id: &'a str,
    pub group: &'a str,
    pub representative: bool,
    pub similarity: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub same_url: Option<&'a str>,
    /// Of a night: the one on which the group came up.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_seen: Option<Cow<'a, str>>,
    /// Of a night: whether that is this one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub new: Option<bool>,
}

/// A row of `groups.jsonl`.
#[derive(Debug, Serialize)]
#[allow(missing_docs, reason = "the contract's columns, by their names")]
pub struct GroupRow<'a> {
    pub group: &'a str,
    pub size: usize,
    pub representative: &'a str,
    pub members: Vec<MemberRow<'a>>,
    #[serde(flatten)]
    pub earlier: EarlierRow<'a>,
}

/// What a night adds to a group or an event, of which the other columns tell tonight's documents.
#[derive(Debug, Default, Serialize)]
pub struct EarlierRow<'a> {
    /// Documents of earlier nights that are remembered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub earlier: Option<u64>,
    /// The night on which it came up.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_seen: Option<Cow<'a, str>>,
}

/// A row of `changes.jsonl`.
#[derive(Debug, Serialize)]
#[allow(missing_docs, reason = "the contract's columns, by their names")]
pub struct ChangeRow<'a> {
    pub what: &'a str,
    pub name: &'a str,
    pub into: &'a str,
}

/// A member of a group.
#[derive(Debug, Serialize)]
#[allow(missing_docs, reason = "the contract's columns, by their names")]
pub struct MemberRow<'a> {
    pub id: &'a str,
    pub similarity: f64,
    pub published: Option<String>,
    pub source: Option<&'a str>,
}

/// A row of `versions.jsonl`: a text, and how it differs from another of its group or its page.
#[derive(Debug, Serialize)]
#[allow(missing_docs, reason = "the contract's columns, by their names")]
pub struct VersionRow {
    pub id: String,
    /// `group` or `url`: what the two share.
    pub why: &'static str,
    /// The document that it is held against: the representative, or the version before. None for the first of a page, and
    /// where an earlier night had the representative.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub of: Option<String>,
    pub title: String,
    pub source: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub published: Option<String>,
    pub url: String,
    #[serde(flatten)]
    pub difference: Difference,
}

/// A row of `events.jsonl`.
#[derive(Debug, Serialize)]
#[allow(missing_docs, reason = "the contract's columns, by their names")]
pub struct EventRow<'a> {
    pub event: &'a str,
    pub size: usize,
    pub groups: usize,
    pub title: &'a str,
    pub keywords: &'a [String],
    pub first_published: Option<String>,
    pub last_published: Option<String>,
    pub sources: Vec<&'a str>,
    pub timeline: Vec<DayRow>,
    pub phases: Vec<PhaseRow<'a>>,
    pub members: Vec<&'a str>,
    #[serde(flatten)]
    pub earlier: EarlierRow<'a>,
}

/// How many documents of an event are of one day.
#[derive(Debug, Serialize)]
pub struct DayRow {
    /// The day in UTC, as in `2025-01-13`.
    pub day: String,
    /// Documents of it.
    pub size: usize,
}

/// A round of an event, with silence before the next.
#[derive(Debug, Serialize)]
#[allow(missing_docs, reason = "as of the event")]
pub struct PhaseRow<'a> {
    pub first_published: Option<String>,
    pub last_published: Option<String>,
    pub size: usize,
    /// Its earliest document.
    pub first: &'a str,
}

/// A row of `edges.jsonl`; `containment` where that joined the two.
#[derive(Debug, Serialize)]
#[allow(missing_docs, reason = "the contract's columns, by their names")]
pub struct EdgeRow<'a> {
    pub a: &'a str,
    pub b: &'a str,
    pub similarity: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub containment: Option<f64>,
}

/// A row of `rejects.jsonl`.
#[derive(Debug, Serialize)]
#[allow(missing_docs, reason = "the contract's columns, by their names")]
pub struct RejectRow<'a> {
    pub file: &'a str,
    pub line: u64,
    pub offset: u64,
    pub reason: &'a str,
    pub detail: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<&'a str>,
}

/// A row of `kept.parquet` or `annotated.parquet`, which have the fields that are looked for; the last two in the latter.
#[derive(Debug, Serialize)]
#[allow(missing_docs, reason = "a document's fields, by their names")]
pub struct RecordRow<'a> {
    pub id: &'a str,
    pub title: &'a str,
    pub text: &'a str,
    pub published: Option<String>,
    pub source: &'a str,
    pub url: &'a str,
    pub lang: &'a str,
    pub embedding: Option<&'a RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event: Option<&'a str>,
}

/// Who is told of each record that is not accepted, as it is met.
pub trait Rejects: Send {
    /// Takes note of it.
    fn take(&mut self, row: &RejectRow) -> Result<(), Error>;
}

impl Rejects for Table {
    fn take(&mut self, row: &RejectRow) -> Result<(), Error> {
        self.row(row)
    }
}

/// An input in `run.json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InputRow {
    /// Its path as found, or `-`.
    pub path: String,
    /// Its size, compressed as it is.
    pub bytes: u64,
    /// Its digest, compressed as it is.
    pub digest: String,
}

/// `run.json`.
#[derive(Debug, Serialize)]
#[allow(missing_docs, reason = "the contract's keys, by their names")]
pub struct RunFile<'a, P: Serialize> {
    pub newsfold: &'a str,
    pub verb: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub night: Option<&'a str>,
    pub parameters: &'a P,
    pub fingerprint: String,
    pub shape: Shape,
    pub inputs: &'a [InputRow],
    pub passed_over: &'a [String],
    pub counts: BTreeMap<&'a str, serde_json::Value>,
    pub stages: &'a [Stage],
    pub seconds: f64,
    pub threads: usize,
    pub peak_memory_bytes: u64,
}

/// How `kept.jsonl` is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum KeptCompression {
    /// Zstandard, level 3.
    Zst,
    /// Gzip, level 6.
    Gz,
}

/// What the tables of a result are written as.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// JSON Lines.
    #[default]
    Jsonl,
    /// Parquet, with the same columns.
    Parquet,
}

/// The tables of a result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "the contract's tables, by their names")]
pub enum Kind {
    Articles,
    Groups,
    Events,
    Edges,
    Rejects,
    Kept,
    Annotated,
    Changes,
    Versions,
}

impl Kind {
    /// The table's file, without the ending of its format.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Articles => "articles",
            Kind::Groups => "groups",
            Kind::Events => "events",
            Kind::Edges => "edges",
            Kind::Rejects => "rejects",
            Kind::Kept => "kept",
            Kind::Annotated => "annotated",
            Kind::Changes => "changes",
            Kind::Versions => "versions",
        }
    }
}

/// A file of rows being written.
pub struct Table {
    path: PathBuf,
    writer: Writer,
    /// A row's JSON, while it is made.
    json: Vec<u8>,
}

enum Writer {
    Plain(BufWriter<Box<dyn Write + Send>>),
    Zst(Box<zstd::Encoder<'static, BufWriter<File>>>),
    Gz(Box<flate2::write::GzEncoder<BufWriter<File>>>),
    Parquet(Box<parquet::Rows>),
}

/// Lines are gathered to pieces of this size.
const PIECE: usize = 256 << 10;

impl Table {
    /// A new file.
    pub fn create(path: &Path) -> Result<Self, Error> {
        let file = File::create(path).map_err(Error::file("write", path))?;
        Ok(Table::with(path, Writer::Plain(BufWriter::with_capacity(PIECE, Box::new(file)))))
    }

    /// A new file of a table, in `dir`.
    pub fn of(dir: &Path, kind: Kind, format: Format) -> Result<Self, Error> {
        let name = kind.name();
        match format {
            Format::Jsonl => Table::create(&dir.join(format!("{name}.jsonl"))),
            Format::Parquet => {
                let path = dir.join(format!("{name}.parquet"));
                let rows = File::create(&path).and_then(|file| parquet::Rows::create(file, kind));
                let writer = Writer::Parquet(Box::new(rows.map_err(Error::file("write", &path))?));
                Ok(Table::with(&path, writer))
            }
        }
    }

    fn with(path: &Path, writer: Writer) -> Self {
        Table { path: path.to_owned(), writer, json: Vec::new() }
    }

    /// A new compressed file; its name gets the compression's ending.
    pub fn create_compressed(path: &Path, compression: KeptCompression) -> Result<Self, Error> {
        let (ending, failed) =
            (if compression == KeptCompression::Zst { ".zst" } else { ".gz" }, Error::file("write", path));
        let mut name = path.as_os_str().to_owned();
        name.push(ending);
        let path = PathBuf::from(name);
        let open = || {
            let file = BufWriter::with_capacity(PIECE, File::create(&path)?);
            Ok(match compression {
                KeptCompression::Zst => Writer::Zst(Box::new(zstd::Encoder::new(file, 3)?)),
                KeptCompression::Gz => {
                    Writer::Gz(Box::new(flate2::write::GzEncoder::new(file, flate2::Compression::new(6))))
                }
            })
        };
        Ok(Table::with(&path, open().map_err(failed)?))
    }

    /// Lines that nobody wants.
    pub fn nowhere() -> Self {
        Table::with(Path::new(""), Writer::Plain(BufWriter::with_capacity(PIECE, Box::new(io::sink()))))
    }

    /// Writes a row: as a JSON line, or as what that says.
    pub fn row(&mut self, row: &impl Serialize) -> Result<(), Error> {
        let mut json = std::mem::take(&mut self.json);
        json.clear();
        let made = serde_json::to_writer(&mut json, row).map_err(io::Error::from);
        let written = made.map_err(Error::file("write", &self.path)).and_then(|()| self.line(&json));
        self.json = json;
        written
    }

    /// Writes a line as it is, which is a row's JSON.
    pub fn line(&mut self, line: &[u8]) -> Result<(), Error> {
        let written = match self.writer.lines() {
            Ok(lines) => lines.write_all(line).and_then(|()| lines.write_all(b"\n")),
            Err(rows) => rows.row(line),
        };
        written.map_err(Error::file("write", &self.path))
    }

    /// Writes out what is still held.
    pub fn finish(self) -> Result<(), Error> {
        let finished = match self.writer {
            Writer::Plain(mut writer) => writer.flush(),
            Writer::Zst(writer) => writer.finish().and_then(|mut writer| writer.flush()),
            Writer::Gz(writer) => writer.finish().and_then(|mut writer| writer.flush()),
            Writer::Parquet(rows) => rows.finish(),
        };
        finished.map_err(Error::file("write", &self.path))
    }
}

impl Writer {
    fn lines(&mut self) -> Result<&mut dyn Write, &mut parquet::Rows> {
        match self {
            Writer::Plain(writer) => Ok(writer),
            Writer::Zst(writer) => Ok(writer),
            Writer::Gz(writer) => Ok(writer),
            Writer::Parquet(rows) => Err(rows),
        }
    }
}
