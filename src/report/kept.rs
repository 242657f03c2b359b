//! The records of the representatives to headlines.
//!
//! The n-th record belongs to the n-th representative, so a record is parsed only where it is shown; of its fields only
//! the headline, the outlet and the time are read, by the names that `run.json` tells or crawls use. Linear in the
//! records, one in memory; or in those that are shown, where somebody still knows where the records are ([`AtHand`]).

use super::ReportError;
use super::copies::Copy;
use super::lines::Lines;
use super::read::AtHand;
use super::show::shown;
use crate::input::Fields;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::path::Path;

/// Characters of a headline, of an id, and of a source or a keyword.
pub(super) const TITLE_CHARS: usize = 160;
pub(super) const ID_CHARS: usize = 100;
pub(super) const WORD_CHARS: usize = 48;

/// A representative as a reader knows it.
#[derive(Debug, Clone, Default, Serialize)]
pub(super) struct Headline {
    pub(super) id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) title: Option<String>,
    #[serde(skip)]
    pub(super) source: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) outlet: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) published: Option<i64>,
    /// Its near-duplicates, the earliest first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) copies: Vec<Copy>,
    #[serde(skip_serializing_if = "is_nothing")]
    pub(super) more_copies: usize,
    /// It came on an earlier night: only its copies are of this one.
    #[serde(skip_serializing_if = "is_false")]
    pub(super) is_earlier: bool,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
fn is_nothing(number: &usize) -> bool {
    *number == 0
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
fn is_false(truth: &bool) -> bool {
    !truth
}

impl Headline {
    /// A representative of which no more than its id is known.
    pub(super) fn bare(id: &str) -> Self {
        Self { id: id.to_owned(), ..Self::default() }
    }
}

/// The records of the representatives, and what their fields are called.
pub(super) struct Kept<'a> {
    lines: Lines,
    at_hand: Option<&'a dyn AtHand>,
    /// How many have been reached.
    reached: u64,
    fields: Fields,
}

impl<'a> Kept<'a> {
    pub(super) fn open(dir: &Path, run: &Value, at_hand: Option<&'a dyn AtHand>) -> Result<Option<Self>, ReportError> {
        let Some(lines) = Lines::open(dir.join("kept.jsonl"))? else { return Ok(None) };
        let fields = Fields::deserialize(&run["parameters"]["input"]["fields"]).unwrap_or_default();
        Ok(Some(Self { lines, at_hand, reached: 0, fields }))
    }

    pub(super) fn advance(&mut self) -> Result<(), ReportError> {
        if self.at_hand.is_none() && !self.lines.advance()? {
            return Err(ReportError::TooFewKept { path: self.lines.path.clone(), lines: self.lines.number });
        }
        self.reached += 1;
        Ok(())
    }

    /// The record just reached; of one that somebody has changed since, only the id is known.
    pub(super) fn headline(&self, id: &str) -> Headline {
        let looked_up = self.at_hand.map(|run| run.kept(self.reached - 1).unwrap_or_default());
        let record = looked_up.as_deref().unwrap_or(self.lines.bytes());
        let Ok(document) = self.fields.document(record) else { return Headline::bare(id) };
        let shown = |text: &str, chars| Some(shown(text, chars)).filter(|text| !text.is_empty());
        Headline {
            id: id.to_owned(),
            title: shown(&document.title, TITLE_CHARS),
            source: shown(&document.source, WORD_CHARS),
            published: document.published.seconds(),
            ..Headline::default()
        }
    }
}
