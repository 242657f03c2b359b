//! A night: tonight's documents against all that a store remembers.
//!
//! ```text
//! read     tonight's input; ids that are known are told from new ones as they come
//! ...      near-duplicates among tonight's documents, as in any run
//! recall   tonight's groups to remembered ones                               [recall]
//! events   tonight's new stories among those of late to events that go on    [stories]
//! remember tonight's documents, for the nights to come                       [remember]
//! write    tonight's tables, by the names that hold now
//! ```
//!
//! Once both the result and the night are written and synced, the result is put in place, and then the night is made part of
//! the store: should the process die in between, the night is not in the store, and doing it again gives the same result.

mod recall;
mod remember;
mod resume;
mod stories;

use super::read::Remembered;
use super::{Outcome, Pipeline, pool, prepare, read, write};
use super::{article::Articles, duplicates};
use crate::boilerplate::Boilerplate;
use crate::document::Document;
use crate::error::Error;
use crate::event;
use crate::group::Linkage;
use crate::hash;
use crate::output::{ChangeRow, Kind, Staging};
use crate::params::Params;
use crate::sketch::Sketcher;
use crate::stats::{Stages, Watch};
use crate::store::{Earlier, Reading, Store, day_name};
use ahash::HashMap;
use recall::Recalled;
use remember::Tonight;
use resume::Resume;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::path::{Path, PathBuf};
use stories::Stories;

/// What to do with which input, and what to hold it against.
#[derive(Debug, Clone)]
pub struct Nightly {
    /// Tonight's run, of the verb [`super::Verb::Nightly`].
    pub job: Pipeline,
    /// The folder of the store; made, if it is not there.
    pub store: PathBuf,
    /// The day of the night, counted from 1970; that of its newest document, if not given.
    pub night: Option<i32>,
    /// Nights that are older than so many days before the newest are forgotten.
    pub keep_days: Option<u32>,
}

/// What makes a night of a result.
pub(super) struct Night {
    /// Its day, as it is written.
    pub(super) name: String,
    /// The names that ended.
    pub(super) changes: Vec<Change>,
}

/// A name that ended, and the one that took its place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Change {
    what: Cow<'static, str>,
    name: String,
    into: String,
    serials: (u64, u64),
}

impl Change {
    /// One of which is known what its serials name.
    fn of(what: &'static str, serials: (u64, u64), known: &HashMap<u64, Earlier>) -> Self {
        let name = |serial: u64| known.get(&serial).map(|earlier| earlier.name.clone()).unwrap_or_default();
        Change { what: what.into(), name: name(serials.0), into: name(serials.1), serials }
    }

    pub(super) fn row(&self) -> ChangeRow<'_> {
        ChangeRow { what: &self.what, name: &self.name, into: &self.into }
    }
}

/// Goes through a night, publishes its result as the folder `out`, and makes it part of the store.
pub fn nightly(nightly: &Nightly, out: &Path, watch: &dyn Watch) -> Result<Outcome, Error> {
    let Nightly { job, .. } = nightly;
    allowed(nightly)?;
    let found = prepare(job, Some(out))?;
    let staging = Staging::new(out, job.tables.format)?;
    pool(job.threads)?.install(|| {
        let mut stages = Stages::new(watch);
        let mut store = Store::open(&nightly.store, &reading(&job.params))?;
        let mut rejects = staging.table(Kind::Rejects)?;
        let mut memory = {
            let (known, total, room) = (Some(&store.known()?), found.bytes(), job.room());
            read::read(&found.inputs, &job.params, room, &mut rejects, total, known, true, &mut stages)?
        };
        rejects.finish()?;
        if let Some(day) = store.night_of(&memory.inputs) {
            return Ok(Outcome { unchanged: Some(day_name(day)), ..write::outcome(&memory.counts, &stages) });
        }
        let day = day(nightly, &memory)?;
        let mut resume = Resume::new(nightly, &store, &memory.inputs, day)?;
        let recalled = resume.stage("near-duplicates", &mut store, |store| {
            let groups = duplicates::groups(&memory, &job.params, job.tables.edges, &mut stages)?;
            recall::recall(store, &memory, groups, &job.params, &mut stages)
        })?;
        let Recalled { groups, mut changes, stayed, merged } = recalled;
        let notes = memory.notes.take();
        let mut stories = Stories::read(&memory, notes, &groups, &job.params, &mut stages)?;
        let mut happened = resume.stage("events", &mut store, |store| {
            stories::find(&mut stories, store, &memory, &groups, &merged, day, &job.params, &mut stages)
        })?;
        let stories = stories.into_new(&groups);
        store.go_on_from(happened.next_serial);
        changes.append(&mut happened.changes);
        let tonight = Tonight {
            memory: &memory,
            groups: &groups,
            happened: &happened,
            stories: &stories,
            changes: &changes,
            stayed: &stayed,
            day,
            params: &job.params,
        };
        let growing = tonight.remember(&mut store, &mut stages)?;
        let night = Night { name: day_name(day), changes };
        let events = Some(&happened.events);
        let result =
            write::Result { job, found: &found, memory: &memory, groups: &groups, events, night: Some(&night) };
        let outcome = result.write(&staging, &mut stages)?;
        let ready = store.ready(growing, day, memory.inputs.clone(), nightly.keep_days)?;
        staging.publish()?;
        store.remember(ready)?;
        Ok(Outcome { seconds: stages.seconds(), taken_up: resume.taken_up, ..outcome })
    })
}

/// Whether a store can be held against a run with these parameters.
pub fn allowed(nightly: &Nightly) -> Result<(), Error> {
    let params = &nightly.job.params;
    let refused = |flag, value: String, why| Err(Error::Param { flag, value, why });
    if params.group.linkage == Linkage::Representative {
        let why = "nights are joined by chains of near-duplicates: leave it at components";
        return refused("linkage", "representative".to_owned(), why);
    }
    if let Some(containment) = params.verify.containment {
        return refused(
            "containment",
            containment.to_string(),
            "a store remembers what finds equals, not what finds parts",
        );
    }
    Ok(())
}

/// The day of a night: as it was given, or that of the newest document.
fn day(nightly: &Nightly, memory: &Remembered) -> Result<i32, Error> {
    let times = memory.catalog.times().into_iter().chain(memory.met.seen.iter().copied());
    let newest = times.max().map(|time| time.div_euclid(86_400) as i32);
    let why = "no document has a date, so say which night this is, such as 2025-01-31";
    nightly.night.or(newest).ok_or_else(|| Error::Param { flag: "night", value: "is needed".to_owned(), why })
}

/// How documents are read: what a store must have been made with.
fn reading(params: &Params) -> Reading {
    const TITLE: &str = "Переговоры в Женеве: Iran's envoys “met” 3 ministers";
    const TEXT: &str = "The talks, held on 14\u{a0}January in Geneva’s old town, ended without a deal.\nLes négociateurs ne \
                        se reverront qu'en février. 伊朗与欧洲三国在日内瓦会谈。 ताज़ा वार्ता जिनेवा में हुई। مُحادَثات جنيف\n";
    let whole = Boilerplate::default();
    let (mut articles, mut kept, mut signature) = (Articles::new(params, &whole), Vec::new(), Vec::new());
    let document = Document { title: TITLE.into(), text: TEXT.into(), ..Document::default() };
    // Sentences have words, so that this is no reject.
    _ = articles.read(document);
    Sketcher::new(&params.sketch).sketch(articles.shingles(), &mut signature);
    event::Reader::default().read(TITLE, TEXT).write(&mut kept);
    kept.extend(signature.iter().flat_map(|slot| slot.to_le_bytes()));
    let sample = format!("{:016x}", hash::bytes(&kept));
    Reading { width: params.shingle.width, slots: params.sketch.slots, sample }
}
