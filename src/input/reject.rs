//! Records that are not accepted, and why.

use serde::{Deserialize, Serialize};

/// Why a record was not accepted. The names are stable: scripts match on them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// Not a JSON object.
    NotJson,
    /// Not UTF-8.
    NotUtf8,
    /// Neither title nor text.
    NoText,
    /// No words in title and text.
    EmptyText,
    /// A field of another type than it must have.
    FieldType,
    /// Over `--max-record-bytes`.
    TooLong,
    /// A record before it has the same id.
    DuplicateId,
    /// An earlier night had it: the same id and the same words.
    AlreadySeen,
    /// The compressed file ends in the middle.
    Truncated,
    /// The compressed file is damaged.
    BadArchive,
    /// A record of an archive, or the row of a table, that is not as its format says.
    BadRecord,
    /// The HTTP message of an archive's record cannot be read.
    BadHttp,
    /// The server answered that it has no such page, or something else than the page.
    HttpStatus,
    /// A page of another type: a picture, a feed.
    NotHtml,
}

impl Reason {
    /// The stable word.
    pub fn name(self) -> &'static str {
        match self {
            Reason::NotJson => "not_json",
            Reason::NotUtf8 => "not_utf8",
            Reason::NoText => "no_text",
            Reason::EmptyText => "empty_text",
            Reason::FieldType => "field_type",
            Reason::TooLong => "too_long",
            Reason::DuplicateId => "duplicate_id",
            Reason::AlreadySeen => "already_seen",
            Reason::Truncated => "truncated",
            Reason::BadArchive => "bad_archive",
            Reason::BadRecord => "bad_record",
            Reason::BadHttp => "bad_http",
            Reason::HttpStatus => "http_status",
            Reason::NotHtml => "not_html",
        }
    }
}

/// A record that was not accepted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{}: {detail}", .reason.name())]
pub struct Reject {
    /// The stable word for why.
    pub reason: Reason,
    /// What was seen, for people.
    pub detail: String,
    /// Its id, where that much could be read.
    pub id: Option<String>,
}

impl Reject {
    /// A record whose id is not known.
    pub fn new(reason: Reason, detail: impl Into<String>) -> Self {
        Reject { reason, detail: detail.into(), id: None }
    }
}
