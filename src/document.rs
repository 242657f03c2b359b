//! A document: one article, as read. The noun that every room understands.

use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// A document's place in the order of arrival, counted over accepted documents only.
pub type DocId = u32;

/// One article, borrowed from the record it was read from wherever the record allows it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Document<'a> {
    /// What the crawl calls it; `None` where the record names neither an id nor a URL.
    pub id: Option<Cow<'a, str>>,
    /// The headline, or nothing.
    pub title: Cow<'a, str>,
    /// The body, or nothing.
    pub text: Cow<'a, str>,
    /// When it was published.
    pub published: Published,
    /// The outlet, or nothing.
    pub source: Cow<'a, str>,
    /// Where it was found, or nothing.
    pub url: Cow<'a, str>,
    /// Its language as the crawl says, or nothing.
    pub lang: Cow<'a, str>,
    /// A vector that somebody's model made of it.
    pub embedding: Vector<'a>,
}

/// A vector that somebody's model made of a document, as far as anybody has looked at it.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub enum Vector<'a> {
    /// There is none.
    #[default]
    None,
    /// As it is written: a JSON list of numbers, or anything else.
    Json(&'a str),
    /// Its numbers; none, where it holds something else.
    Numbers(&'a [f32]),
}

impl Document<'_> {
    /// What is shingled: the text; the title only where there is no text.
    pub fn body(&self) -> &str {
        if self.text.trim().is_empty() { &self.title } else { &self.text }
    }
}

/// A time of publication: known, unknown, not to be read, or not to be believed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Published {
    /// Seconds since 1970-01-01T00:00:00Z.
    At(i64),
    /// The record does not say.
    #[default]
    Unknown,
    /// The record says something that is no date; the document is kept without one and counted.
    Unreadable,
    /// The record names a time at which it cannot have been published; the document is kept without one and counted.
    Implausible,
}

impl Published {
    /// The seconds, where they are known.
    pub fn seconds(self) -> Option<i64> {
        match self {
            Published::At(seconds) => Some(seconds),
            Published::Unknown | Published::Unreadable | Published::Implausible => None,
        }
    }
}
