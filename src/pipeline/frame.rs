//! Rows in memory to labels in memory: the stages of a run, without a file read or written.

use super::index::{Index, Reader};
use super::pages::Pages;
use super::{Pipeline, check, pool, read, wanted, write};
use crate::document::{DocId, Document};
use crate::error::Error;
use crate::input::{Found, Frame, Input, Reject, Row};
use crate::output::{Inserted, Labels, RejectRow, Rejects, Rows};
use crate::stats::{Stages, Unit, Watch};
use rayon::prelude::*;
use std::borrow::Cow;

/// What documents without an id are named after, with the number of their row from 1.
const NAME: &str = "row";
/// Documents that are read before they are added to an index.
const AT_ONCE: usize = 4096;

/// Finds what `job` wants found among the rows of a frame; its inputs and tables are not looked at.
///
/// Gives the columns of `articles` and `reason`, with a row for each row of the frame, in its order; one that was not
/// accepted has a reason, and no group. Groups and events are those of the same documents in a file.
pub fn label(job: &Pipeline, frame: &Frame, watch: &dyn Watch) -> Result<Rows, Error> {
    check(job)?;
    let inputs = [Input::of_frame(NAME, frame.clone())];
    pool(job.threads)?.install(|| {
        let mut stages = Stages::new(watch);
        let mut refused = Refused::default();
        let (params, room, events) = (&job.params, job.room(), job.verb.wants_events());
        let mut memory = read::read(&inputs, params, room, &mut refused, None, None, events, &mut stages)?;
        let (groups, events) = wanted(job, &mut memory, |_| Ok(None), &mut stages)?;
        let result = write::Result {
            job,
            found: &Found::default(),
            memory: &memory,
            groups: &groups,
            events: events.as_ref(),
            night: None,
        };
        stages.stage("write", Some(frame.len()), Unit::Documents, |_| {
            let pages = Pages::of(&memory.catalog);
            let mut labels = Labels::new(events.is_some());
            let mut refused = refused.rows.iter().peekable();
            let mut documents = memory.catalog.documents().peekable();
            for row in 0..frame.len() {
                let is_of_row = |&doc: &DocId| memory.catalog.place(doc).offset == row;
                if let Some(doc) = documents.next_if(is_of_row) {
                    labels.accepted(&result.article(doc, &pages))?;
                } else if let Some((_, reason, id)) = refused.next_if(|(at, ..)| *at == row) {
                    labels.rejected(id.as_deref(), reason)?;
                }
            }
            Ok::<_, Error>((labels.finish()?, frame.len(), 0))
        })
    })
}

/// Adds the documents of a frame to an index, in their order; reads them on so many threads.
///
/// Gives a row for each row of the frame: `id`, and the most similar document before it, if it has a near-duplicate, as
/// `duplicate_of` with its `similarity`; one that was not added has a `reason`. Documents without an id are named after the number
/// of documents before them, from 1.
pub fn insert(index: &mut Index, frame: &Frame, threads: Option<usize>, watch: &dyn Watch) -> Result<Rows, Error> {
    let pool = pool(threads)?;
    let mut told = Inserted::default();
    let rows: Vec<u64> = (0..frame.len()).collect();
    for portion in rows.chunks(AT_ONCE) {
        watch.go_on()?;
        let read = |reader: &mut Reader, &row: &u64| {
            let document = frame.row(row).map_or(Ok(Document::default()), Row::document)?;
            let id = document.id.map(Cow::into_owned);
            let reading = reader.read(&document.title, &document.text);
            Ok((id.clone(), reading.map_err(|reject| Reject { id, ..reject })?))
        };
        let read: Vec<Result<_, Reject>> =
            pool.install(|| portion.par_iter().map_init(|| index.reader(), read).collect());
        for read in read {
            let (id, reading) = match read {
                Ok((id, reading)) => (id.unwrap_or_else(|| format!("{NAME}#{}", index.len() + 1)), reading),
                Err(reject) => {
                    told.rejected(reject.id.as_deref(), reject.reason.name())?;
                    continue;
                }
            };
            match index.add(&id, &reading) {
                Ok(near) => told.added(&id, near.first().map(|near| (near.id, near.similarity)))?,
                Err(reject) => told.rejected(Some(&id), reject.reason.name())?,
            }
        }
    }
    told.finish()
}

/// Rows that were not accepted, in their order: which, why, and with what id.
#[derive(Default)]
struct Refused {
    rows: Vec<(u64, String, Option<String>)>,
}

impl Rejects for Refused {
    fn take(&mut self, row: &RejectRow) -> Result<(), Error> {
        self.rows.push((row.line - 1, row.reason.to_owned(), row.id.map(str::to_owned)));
        Ok(())
    }
}

#[cfg(test)]
mod tests;
