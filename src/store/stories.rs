//! The stories of late, to be clustered with tonight's.

use super::file::damaged;
use super::segment::{Kind, StoryRow, UNDATED};
use super::{Segment, Store, WINDOW};
use crate::error::Error;
use crate::event::Features;
use std::path::Path;

/// A story that is remembered.
pub struct StoryAgain<'a> {
    /// Seconds since 1970, where known.
    pub published: Option<i64>,
    /// The number of its source, as [`super::source_number`] tells; nothing, where it has none.
    pub source: u64,
    /// Words of it.
    pub words: u32,
    /// Its id.
    pub id: &'a str,
    /// The serial of its event.
    pub event: u64,
    features: &'a [u8],
    store: &'a Path,
}

impl StoryAgain<'_> {
    /// Its terms.
    pub fn features(&self) -> Result<Features, Error> {
        Features::parse(self.features).ok_or_else(|| damaged(self.store, "the terms of a story are none"))
    }
}

impl Store {
    /// The stories of the newest nights: one of each group that is still one. Of the oldest night that finds room the latest
    /// are taken.
    pub fn stories(&self) -> Result<Vec<StoryAgain<'_>>, Error> {
        let mut newest_first: Vec<&Segment> = self.nights.iter().filter(|night| night.has_stories()).collect();
        newest_first.sort_by_key(|night| std::cmp::Reverse((night.entry.day, night.entry.segment)));
        let mut stories = Vec::new();
        for night in newest_first {
            let rows = night.file(Kind::Stories)?.all::<StoryRow>()?;
            let room = WINDOW - stories.len();
            for (at, row) in rows.iter().enumerate().skip(rows.len().saturating_sub(room)) {
                stories.extend(self.story(night, at, row)?);
            }
        }
        Ok(stories)
    }

    fn story<'a>(&'a self, night: &'a Segment, at: usize, row: &StoryRow) -> Result<Option<StoryAgain<'a>>, Error> {
        let group = night.group(night.document(row.document)?.group)?;
        if self.ended.now(group.serial) != group.serial {
            return Ok(None);
        }
        Ok(Some(StoryAgain {
            published: Some(row.published).filter(|&time| time != UNDATED),
            source: row.source,
            words: row.words,
            id: night.id(row.document)?,
            event: self.ended.now(night.event(group.event)?.serial),
            features: night.features(at)?,
            store: &self.dir,
        }))
    }
}
