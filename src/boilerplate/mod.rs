//! Stories to the lines that an outlet repeats from page to page: cookie notices, "sign up for our newsletter", standing
//! headers, disclaimers. They are learned from the crawl itself, outlet by outlet, and left out of what the outlet's
//! documents are compared by.
//!
//! [`Learner`] remembers a sample of every outlet's pages, and judges what their lines are:
//!
//! - boilerplate stands on at least five pages of one outlet that are **otherwise unlike**: a quarter of each, at least,
//!   is on hardly any other page. So the paragraphs of a live blog, which stand on as many pages, are its story: its
//!   pages have little of their own, and that is on the next one too;
//! - those pages are a twentieth of the outlet's at least, and more where the line has less than eight words. For a line
//!   on half of all, and on twelve with titles of their own, it is enough that an eighth of each is its own: briefs may
//!   be furniture for the most part;
//! - a line that three or more other outlets hold without repeating it, one for every four that do, is what they share,
//!   and stays: the words of a wire.
//!
//! [`Trimmer`] leaves the lines out, unless less than eight words would be left: such a text is taken whole.
//!
//! Law: what is learned ignores the order of documents, and how often one is met. Time linear in the sample; memory at
//! most 64 MiB, whatever the crawl ([`Learner`]). Bad cases: a text on one line, of which nothing can be learned; an
//! outlet of which less than five pages are met, or sampled.

mod judge;
mod sample;
mod trim;

use crate::document::Document;
use crate::{hash, input, text};
use ahash::RandomState;
use hashbrown::HashMap;
pub use sample::{Learner, MOST_BYTES, Page};
use serde::{Deserialize, Serialize};
pub use trim::Trimmer;

/// Whether boilerplate is learned and left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Params {
    /// It is; else every line counts.
    pub learn: bool,
}

impl Params {
    /// Every line counts.
    pub fn keep() -> Self {
        Params { learn: false }
    }
}

impl Default for Params {
    fn default() -> Self {
        Params { learn: true }
    }
}

/// Words that a page must have of its own, and that must be left of it.
const OWN_WORDS: usize = 8;

/// An outlet, by the hash of its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Outlet(u64);

impl Outlet {
    /// Stands for documents of no known outlet, of which nothing is learned.
    pub const UNKNOWN: Outlet = Outlet(0);

    /// The outlet of a document: its source, or else the host of its address.
    pub fn of(document: &Document) -> Self {
        let name = |name: &str| Outlet(hash::bytes(name.as_bytes()));
        match document.source.trim() {
            "" => input::host(&document.url).map_or(Outlet::UNKNOWN, |host| name(&host)),
            source => name(source),
        }
    }

    /// As a number.
    pub fn number(self) -> u64 {
        self.0
    }
}

/// A line, by the hash of its words, and how many these are in the low bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
struct Line(u64);

impl Line {
    /// More words are not told apart by their number.
    const MOST_WORDS: usize = 0xffff;

    fn of(words: &[u64]) -> Self {
        let count = words.len().min(Self::MOST_WORDS) as u64;
        Line(hash::mix(text::line_hash(words)) & !(Self::MOST_WORDS as u64) | count)
    }

    fn words(self) -> usize {
        self.0 as usize & Self::MOST_WORDS
    }
}

/// What was learned: the lines that each outlet repeats.
#[derive(Debug, Default, PartialEq)]
pub struct Boilerplate {
    /// By the outlet's number, in order.
    lines: HashMap<u64, Box<[Line]>, RandomState>,
}

impl Boilerplate {
    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// Outlets that repeat lines.
    pub fn outlets(&self) -> usize {
        self.lines.len()
    }

    /// Lines that they repeat, each counted once an outlet.
    pub fn lines(&self) -> usize {
        self.lines.values().map(|lines| lines.len()).sum()
    }

    /// All of it as numbers, to be written: the lines of each outlet, by its number.
    pub fn rows(&self) -> Vec<(u64, Vec<u64>)> {
        let numbers = |lines: &[Line]| lines.iter().map(|line| line.0).collect();
        let mut rows: Vec<_> = self.lines.iter().map(|(&outlet, lines)| (outlet, numbers(lines))).collect();
        rows.sort_unstable();
        rows
    }

    /// What [`Boilerplate::rows`] gave.
    pub fn of_rows(rows: Vec<(u64, Vec<u64>)>) -> Self {
        let lines = rows.into_iter().map(|(outlet, lines)| (outlet, lines.into_iter().map(Line).collect()));
        Boilerplate { lines: lines.collect() }
    }

    /// Whether the outlet of this number repeats lines.
    pub fn is_of(&self, outlet: u64) -> bool {
        self.lines.contains_key(&outlet)
    }

    /// What the outlet of a document repeats.
    fn of(&self, document: &Document) -> &[Line] {
        let of = |outlet: Outlet| self.lines.get(&outlet.0).map_or(&[][..], |lines| lines);
        if self.is_empty() { &[] } else { of(Outlet::of(document)) }
    }
}

#[cfg(test)]
mod tests;
