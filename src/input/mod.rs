//! Bytes to documents, in batches.
//!
//! [`find`] names the files that an argument means; [`Blocks`] reads one of them, decompressed, as blocks of whole lines
//! of bounded size; [`Block::records`] walks a block's records and [`Fields::document`] parses one. The walk and the
//! parsing borrow from the block, so blocks can be worked on in parallel and thrown away.
//!
//! A format is a row in [`Format`] and a way to cut its bytes into records: that is the door for more of them.
//!
//! Law: accepted + rejected = records read; arrival order is the order of `DocId`.

mod blocks;
mod compress;
mod date;
mod fields;
mod find;
#[cfg(feature = "html")]
pub mod html;
mod reject;
mod url;

pub use blocks::{Block, Blocks, Pace, Record};
pub use date::{published, rfc3339};
pub use fields::{Fields, Str, with_members};
pub use find::{Found, Input, find};
pub use reject::{Reason, Reject};
use serde::{Deserialize, Serialize};
pub use url::canonical;

/// How the input is read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Params {
    /// Under which names a record's fields are found.
    pub fields: Fields,
    /// A longer record is rejected, and never held in memory.
    pub max_record_bytes: usize,
}

impl Default for Params {
    fn default() -> Self {
        Params { fields: Fields::default(), max_record_bytes: 16 << 20 }
    }
}

/// How the bytes of a file, once decompressed, make documents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// A JSON object a line.
    JsonLines,
    /// One document a file; its first line is the title.
    PlainText,
}
