//! Bytes to documents, in batches.
//!
//! [`find`] names the files that an argument means, or the objects in a store; [`Parts`] tells from how many places one can be read at once, and
//! [`Blocks`] reads a part, decompressed, as blocks of whole records of bounded size. [`Block::records`] walks a block's
//! records, [`Maker::make`] makes JSON of those that are none, and [`Fields::document`] parses one. Walk and parsing
//! borrow from the block, so blocks can be worked on in parallel and thrown away.
//!
//! A format is a row in [`Format`] and a way to cut its bytes into records: that is the door for more of them.
//!
//! Law: accepted + rejected = records read; arrival order is the order of `DocId`.

mod aside;
mod blocks;
mod compress;
mod date;
mod fields;
mod find;
#[cfg_attr(not(feature = "arrow"), path = "frame_left_out.rs")]
mod frame;
mod gzip;
pub mod html;
mod lines;
mod make;
mod object;
#[cfg_attr(not(feature = "parquet"), path = "parquet_left_out.rs")]
mod parquet;
mod reject;
mod stream;
mod table;
mod unescape;
mod url;
mod warc;

pub use aside::Spare;
pub use blocks::{Block, Blocks, Content, Pace, Parts, Record};
pub use date::{last_second, newest, published, rfc3339};
pub use fields::{Fields, Raw, Str, with_members};
pub use find::{Found, Input, find};
pub use frame::{Frame, Row};
pub use html::Extractor;
pub use lines::are_plain_lines;
pub use make::{Made, Maker};
pub use object::is_address;
pub use reject::{Reason, Reject};
pub use table::Header;
pub use url::{canonical, host, page};

use serde::{Deserialize, Serialize};
use std::ffi::OsStr;
use std::path::Path;

/// How the input is read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Params {
    /// Under which names a record's fields are found.
    pub fields: Fields,
    /// A longer record is rejected, and never held in memory.
    pub max_record_bytes: usize,
    /// The format of all input, where it is not told by names and first bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub format: Option<Format>,
    /// The last second of which there may be documents; as the crawl itself tells ([`newest`]), if not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub newest: Option<i64>,
}

impl Default for Params {
    fn default() -> Self {
        Params { fields: Fields::default(), max_record_bytes: 16 << 20, format: None, newest: None }
    }
}

/// How the bytes of a file, once decompressed, make documents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// Whichever the first bytes tell, and JSON Lines if they tell none.
    Any,
    /// A JSON object a line.
    #[serde(rename = "jsonl")]
    JsonLines,
    /// One document a file; its first line is the title.
    #[serde(rename = "text")]
    PlainText,
    /// A table whose first row names its columns.
    Csv,
    /// The same, with tabs.
    Tsv,
    /// An archive of the web.
    Warc,
    /// Columns, as data lakes keep them.
    Parquet,
}

impl Format {
    /// By a file's name, without the ending of its compression.
    fn of_name(name: &Path) -> Option<Self> {
        Some(match name.extension().and_then(OsStr::to_str)?.to_ascii_lowercase().as_str() {
            "jsonl" | "ndjson" | "json" | "jl" => Format::JsonLines,
            "txt" => Format::PlainText,
            "csv" => Format::Csv,
            "tsv" | "tab" => Format::Tsv,
            "warc" | "wet" => Format::Warc,
            "parquet" | "pq" => Format::Parquet,
            _ => return None,
        })
    }

    /// By a file's first bytes, decompressed.
    fn of(head: &[u8], fields: &Fields) -> Option<Self> {
        let plain = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
        if plain.starts_with(parquet::MAGIC) {
            Some(Format::Parquet)
        } else if plain.starts_with(b"WARC/") {
            Some(Format::Warc)
        } else if plain.trim_ascii_start().starts_with(b"{") {
            Some(Format::JsonLines)
        } else {
            Header::is_one(plain, fields).then_some(Format::Csv)
        }
    }
}

fn too_long(max: usize) -> Reject {
    Reject::new(Reason::TooLong, format!("longer than {max} bytes"))
}
