//! Boilerplate: learned while the input is read the first time, and left out of what is remembered of its documents.
//!
//! Which lines an outlet repeats is known when all has been read. Then the documents of outlets that repeat any are read
//! again, and those that hold such lines are sketched without them; every later stage opens its documents so as well
//! ([`super::article::Articles`]). Time: that of reading those documents once more; memory: the sample that is learned
//! from, at most [`crate::boilerplate::MOST_BYTES`], and the outlet of every document, 8 bytes, which may spill.

use super::article::Articles;
use super::notes::{Noted, Noter};
use super::read::Remembered;
use crate::boilerplate::{Boilerplate, Learner, Outlet, Page};
use crate::column::Column;
use crate::document::{DocId, Document};
use crate::error::Error;
use crate::params::Params;
use crate::sketch::{Sketcher, Slot};
use crate::stats::{Stages, Unit, Watch};
use crate::text::Story;
use rayon::prelude::*;
use serde::Serialize;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Documents read by one thread at a time, and all in all before they are put in place.
const PORTION: usize = 128;
const AT_ONCE: usize = 64 * PORTION;

/// What was left out as boilerplate.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct LeftOut {
    /// Outlets that repeat lines.
    pub sources: u64,
    /// Lines that they repeat.
    pub lines: u64,
    /// Documents of which such lines were left out.
    pub documents: u64,
    /// Words of those lines.
    pub words: u64,
}

/// Learns from documents as they are read, on every thread.
pub(super) struct Learning {
    learner: Option<Mutex<Learner>>,
}

impl Learning {
    /// Learns, if these parameters want it.
    pub(super) fn new(params: &Params) -> Self {
        Learning { learner: params.boilerplate.learn.then(Mutex::default) }
    }

    /// Learns nothing.
    pub(super) fn off() -> Self {
        Learning { learner: None }
    }

    pub(super) fn is_off(&self) -> bool {
        self.learner.is_none()
    }

    /// Takes note of a document with its story, whose words have the hash `content`; tells its outlet.
    pub(super) fn look(&self, document: &Document, story: &Story, content: u128) -> Outlet {
        let Some(learner) = &self.learner else { return Outlet::UNKNOWN };
        let (outlet, key) = (Outlet::of(document), Page::key(content, story));
        let is_wanted = lock(learner).wants(outlet, key);
        if is_wanted {
            let page = Page::new(key, &document.title, story);
            lock(learner).take(outlet, page);
        }
        outlet
    }

    /// Bytes that what was learned from takes.
    pub(super) fn held_bytes(&self) -> usize {
        self.learner.as_ref().map_or(0, |learner| lock(learner).held_bytes())
    }

    /// What was learned.
    pub(super) fn learned(self) -> Boilerplate {
        self.into_learner().map(Learner::learned).unwrap_or_default()
    }

    /// Who learned, if anything was to be learned.
    pub(super) fn into_learner(self) -> Option<Learner> {
        self.learner.map(|learner| learner.into_inner().unwrap_or_else(PoisonError::into_inner))
    }
}

fn lock(learner: &Mutex<Learner>) -> MutexGuard<'_, Learner> {
    learner.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What is known of a document once its boilerplate is left out.
pub(super) struct Retold {
    pub(super) doc: DocId,
    pub(super) words: u32,
    pub(super) content: u128,
    pub(super) filled: u16,
    pub(super) left_out: usize,
}

/// Leaves out of `memory` what was learned, the outlets of whose documents are `outlets`.
pub(super) fn leave_out(
    memory: &mut Remembered,
    outlets: &Column<u64>,
    learning: Learning,
    params: &Params,
    stages: &mut Stages,
) -> Result<(), Error> {
    if learning.is_off() {
        return Ok(());
    }
    stages.stage("boilerplate", None, Unit::Documents, |watch| {
        know(memory, learning.learned());
        let put = |memory: &mut Remembered, told: &Retold, row: &[Slot]| {
            memory.catalog.retell(told.doc, told.words, told.content, told.filled);
            memory.signatures.put(told.doc, row);
            memory.left_out.documents += 1;
            memory.left_out.words += told.left_out as u64;
            Ok(())
        };
        Ok(((), retell_all(memory, outlets, params, put, watch)?, 0))
    })
}

/// From here on the boilerplate is known.
pub(super) fn know(memory: &mut Remembered, boilerplate: Boilerplate) {
    memory.left_out.sources = boilerplate.outlets() as u64;
    memory.left_out.lines = boilerplate.lines() as u64;
    memory.boilerplate = boilerplate;
}

/// Reads the documents again whose outlets repeat lines; what is known of those that hold such lines, in their order, is
/// for `put`. Returns how many were read.
pub(super) fn retell_all(
    memory: &mut Remembered,
    outlets: &Column<u64>,
    params: &Params,
    mut put: impl FnMut(&mut Remembered, &Retold, &[Slot]) -> Result<(), Error>,
    watch: &dyn Watch,
) -> Result<u64, Error> {
    let is_of = |&doc: &DocId| memory.boilerplate.is_of(outlets.get(doc as usize));
    let documents: Vec<DocId> = memory.catalog.documents().filter(is_of).collect();
    for together in documents.chunks(AT_ONCE) {
        let portions = together.par_chunks(PORTION).map(|portion| retell(memory, params, portion));
        for (retold, rows, noted) in portions.collect::<Result<Vec<_>, Error>>()? {
            if let Some(notes) = &mut memory.notes {
                let noted = notes.place(noted)?;
                retold.iter().zip(noted).for_each(|(told, note)| notes.put(told.doc, note));
            }
            let told = retold.iter().zip(rows.chunks_exact(params.sketch.slots));
            told.into_iter().try_for_each(|(told, row)| put(memory, told, row))?;
        }
        watch.go_on()?;
        watch.advance(together.len() as u64);
    }
    Ok(documents.len() as u64)
}

/// Reads documents again, and sketches those that hold boilerplate, and takes note of them.
fn retell(memory: &Remembered, params: &Params, portion: &[DocId]) -> Result<(Vec<Retold>, Vec<Slot>, Noted), Error> {
    let (mut records, mut sketcher) = (memory.records.reader(), Sketcher::new(&params.sketch));
    let mut articles = Articles::new(params, &memory.boilerplate);
    let (mut retold, mut rows, mut noter) = (Vec::new(), Vec::new(), memory.notes.is_some().then(Noter::default));
    for &doc in portion {
        let place = memory.catalog.place(doc);
        let Ok(document) = articles.trimmed(records.record(place)?) else { return Err(records.changed(place)) };
        if articles.left_out == 0 {
            articles.done(document);
            continue;
        }
        let Ok(document) = articles.read(document) else { return Err(records.changed(place)) };
        let filled = sketcher.sketch(articles.shingles(), &mut rows);
        let (words, content, left_out) = (articles.words(), articles.content(), articles.left_out);
        retold.push(Retold { doc, words, content, filled, left_out });
        if let Some(noter) = &mut noter {
            noter.note(&document, &articles);
        }
        articles.done(document);
    }
    Ok((retold, rows, noter.as_mut().map(Noter::take).unwrap_or_default()))
}
