//! A seeded corpus of news that never was, with known copies and known events, and its truth.
//!
//! [`write()`] first draws a plan: how many independent tellings each event has, how many copies each telling, and when
//! each document is published and found. The plan is sorted by the time of arrival; then the documents are written one
//! by one, and a text is drawn when its turn comes, again for every copy, from a generator seeded by (seed, room,
//! number): nothing but the plan is held. Numbers are splitmix64 (Steele, Lea and Flood 2014), weighted choices are
//! Walker's aliases (1977, in Vose's form of 1991) over whole numbers; no float decides anything, so that the same
//! seed gives the same bytes on every machine.
//!
//! The language is made up: 60,000 pronounceable words in Zipf's distribution between English function words, names,
//! numbers, quotes and stock phrases; it, the topics with their recurring actors and the outlets are the same for
//! every seed. Tellings of one event share its names, places, key terms, numbers and a quote or two, but hardly a run
//! of five words; events of one topic share actors and words, and one event in five is the next round of an earlier
//! one. A copy is exact, re-spaced, edited word by word, framed by its outlet's fixed lines, cut short, or a mixture.
//!
//! An original is published before all its copies, so it represents its family by the rule of this project.
//!
//! Time: linear, some 27 microseconds a document. Memory: 16 bytes a document and 12 a family, whatever the texts.
//! Bad case: very high copy shares, since every copy draws its original's text again.

mod article;
mod copies;
mod happening;
mod plan;
mod random;
mod world;

#[cfg(test)]
mod tests;

use article::Press;
use plan::Plan;
use serde::Serialize;
use std::io::{self, Write};
use world::World;

/// What to write.
#[derive(Debug, Clone, PartialEq)]
pub struct Params {
    /// How many documents, copies included.
    pub docs: u64,
    /// Same seed, same bytes. The ids begin with it, so that corpora of two seeds can be read together.
    pub seed: u64,
    /// The share of documents that are copies of others.
    pub copy_share: f64,
    /// Words in an original, on average; its length is heavy-tailed, from 0.3 to 5 times this.
    pub words: u32,
    /// Documents a day, on average; this sets the span of time (and a week is the least).
    pub docs_per_day: u32,
    /// When the first event can begin, in seconds since 1970.
    pub start: i64,
}

impl Default for Params {
    fn default() -> Self {
        Self { docs: 10_000, seed: 1, copy_share: 0.35, words: 480, docs_per_day: 2_000, start: 1_704_067_200 }
    }
}

/// What was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// Lines of the corpus, and of the truth.
    pub documents: u64,
    /// Families: an original and its copies.
    pub groups: u64,
    /// Events.
    pub events: u64,
    /// Bytes of the corpus.
    pub bytes: u64,
}

/// How a document came about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
enum Kind {
    #[serde(rename = "original")]
    Original,
    #[serde(rename = "exact")]
    Exact,
    #[serde(rename = "spacing")]
    Spacing,
    #[serde(rename = "edit")]
    Edit,
    #[serde(rename = "boilerplate")]
    Boilerplate,
    #[serde(rename = "truncated")]
    Truncated,
    #[serde(rename = "edit+boilerplate")]
    EditBoilerplate,
    #[serde(rename = "truncated+boilerplate")]
    TruncatedBoilerplate,
}

/// A line of the corpus.
#[derive(Serialize)]
struct Record<'a> {
    id: &'a str,
    url: &'a str,
    title: &'a str,
    source: &'a str,
    published: &'a str,
    lang: &'a str,
    text: &'a str,
}

/// A line of the truth.
#[derive(Serialize)]
struct Truth<'a> {
    id: &'a str,
    group: &'a str,
    event: &'a str,
    kind: Kind,
    rate: f64,
}

/// Writes a corpus and its truth, both JSON Lines in the same order.
///
/// The corpus has `id`, `url`, `title`, `source`, `published`, `lang` and `text`. The truth has `id`, `group` (the id of
/// the family's original), `event`, `kind` (`original`, `exact`, `spacing`, `edit`, `boilerplate`, `truncated`,
/// `edit+boilerplate`, `truncated+boilerplate`) and `rate`: the share of words edited, of bytes cut, or of boilerplate.
pub fn write(params: &Params, corpus: &mut impl Write, truth: &mut impl Write) -> io::Result<Summary> {
    let plan = Plan::draw(params)?;
    let world = World::new();
    let mut press = Press::new(params, &plan, &world);
    let mut bytes = 0;
    for (row, planned) in plan.rows.iter().enumerate() {
        press.document(row as u32, planned)?;
        corpus.write_all(&press.record)?;
        truth.write_all(&press.truth)?;
        bytes += press.record.len() as u64;
    }
    Ok(Summary {
        documents: plan.rows.len() as u64,
        groups: plan.event_of.len() as u64,
        events: plan.events() as u64,
        bytes,
    })
}
