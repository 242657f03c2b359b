//! The first reading: every byte of the input once, to what is remembered of it.
//!
//! Blocks are parsed, tokenised and sketched by every thread, and what is remembered is put together in the order of
//! input. Records that cannot be read again where they are (of compressed files, pipes, texts) are copied as they pass.
//! Memory: a block a thread, and what is remembered.

use super::article::Articles;
use super::boilerplate::{Learning, LeftOut, leave_out};
use super::notes::{Note, Noted, Noter, Notes};
use super::roll::{Roll, own_id};
use super::walk::{Before, Fed, Source, walk};
use crate::boilerplate::{Boilerplate, Outlet};
use crate::catalog::{Catalog, Entry, Place};
use crate::column::Column;
use crate::document::{DocId, Published};
use crate::error::Error;
use crate::input::{self, Input, Made, Maker, Pace, Reason, Record, Reject};
use crate::output::{InputRow, RejectRow, Rejects, Table};
use crate::params::Params;
use crate::records::Records;
use crate::result::{Groups, Run};
use crate::sketch::{Signatures, Sketcher, Slot};
use crate::stats::{Stages, Unit, Watch};
use crate::store::{Known, Seen, day_name};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;

/// What is remembered of the input.
pub(super) struct Remembered {
    pub(super) catalog: Catalog,
    pub(super) signatures: Signatures,
    pub(super) records: Records,
    pub(super) inputs: Vec<InputRow>,
    pub(super) counts: Counts,
    /// What is left out of documents.
    pub(super) boilerplate: Boilerplate,
    pub(super) left_out: LeftOut,
    pub(super) met: Met,
    /// What events need of each document, where that was noted.
    pub(super) notes: Option<Notes>,
}

/// What earlier nights know of tonight's documents; nothing where there are none.
#[derive(Debug, Default)]
pub(super) struct Met {
    /// Documents whose id was of other words, and the serials of the groups that have it.
    pub(super) versions: Vec<(DocId, u64)>,
    /// Of each document, the hash of its words, boilerplate and all.
    pub(super) contents: Vec<u64>,
    /// When the documents were published that an earlier night had.
    pub(super) seen: Vec<i64>,
}

/// What became of the records.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Counts {
    pub(super) read: u64,
    pub(super) rejected: BTreeMap<&'static str, u64>,
    pub(super) bad_date: u64,
    /// Records that are no documents by their kind.
    pub(super) passed_over: u64,
    pub(super) implausible_date: u64,
}

impl Counts {
    pub(super) fn all_rejected(&self) -> u64 {
        self.rejected.values().sum()
    }
}

/// What a run takes whatever its input: the program, a block and its words a thread, shingles that are compared.
const FIXED_BYTES: u64 = 64 << 20;
/// Tenths of the rest that columns may hold; the others are for what later stages make of them.
const COLUMN_TENTHS: u64 = 6;

/// Where things go that do not fit.
#[derive(Debug, Clone, Copy)]
pub(super) struct Room<'a> {
    /// A folder for copies of streams, and for what does not fit.
    pub(super) temp: &'a Path,
    /// Bytes of memory that the run may use, if that is bounded.
    pub(super) memory: Option<u64>,
}

impl Room<'_> {
    pub(super) fn is_full(&self, held: usize) -> bool {
        let most = |memory: u64| memory.saturating_sub(FIXED_BYTES) / 10 * COLUMN_TENTHS;
        self.memory.is_some_and(|memory| held as u64 > most(memory))
    }
}

/// Reads `inputs`, of `total` bytes where that is known, to the end; what is rejected goes to `rejects` as it is met. Where
/// `events` are wanted, what they need is noted.
#[allow(clippy::too_many_arguments, reason = "all that a reading depends on")]
pub(super) fn read(
    inputs: &[Input],
    params: &Params,
    room: Room,
    rejects: &mut dyn Rejects,
    total: Option<u64>,
    known: Option<&Known>,
    events: bool,
    stages: &mut Stages,
) -> Result<Remembered, Error> {
    let learning = Learning::new(params);
    let (mut remembered, outlets) = stages.stage("read", total, Unit::Bytes, |watch| {
        let records = Records::new(inputs, room.temp);
        let spill = |memory: &mut Memory| {
            if room.is_full(memory.held_bytes() + learning.held_bytes()) { memory.spill(room.temp) } else { Ok(()) }
        };
        let notes = events.then(|| Notes::new(room.temp));
        let memory = Memory { known, notes, ..Memory::new(inputs, params, None) };
        let (mut memory, inputs) = read_on(memory, params, &learning, Pace::Full, &records, rejects, watch, spill)?;
        memory.catalog.close();
        let (read, bytes) = (memory.counts.read, inputs.iter().map(|input| input.bytes).sum());
        let outlets = std::mem::take(&mut memory.outlets);
        Ok::<_, Error>(((memory.remembered(records, inputs), outlets), read, bytes))
    })?;
    leave_out(&mut remembered, &outlets, learning, params, stages)?;
    Ok(remembered)
}

/// Reads the inputs of a finished run again, from whose `groups` the documents have their numbers and ids; fails where the
/// result does not fit.
pub(super) fn read_again(
    run: &Run,
    groups: &Groups,
    inputs: &[Input],
    temp: &Path,
    stages: &mut Stages,
) -> Result<Remembered, Error> {
    let params = run.params();
    let learning = Learning::new(params);
    let (mut remembered, outlets) = stages.stage("read", Some(run.bytes()), Unit::Bytes, |watch| {
        let (records, mut nobody) = (Records::new(inputs, temp), Table::nowhere());
        let memory = Memory::new(inputs, params, Some(Roll::new(groups, inputs)));
        let looked = |_: &mut Memory| Ok(());
        let (mut memory, inputs) =
            read_on(memory, params, &learning, Pace::Full, &records, &mut nobody, watch, looked)?;
        run.check(&inputs)?;
        if let Some(why) = memory.roll.take().and_then(Roll::end) {
            return Err(run.misfit(&why));
        }
        let (read, outlets) = (memory.counts.read, std::mem::take(&mut memory.outlets));
        Ok(((memory.remembered(records, inputs), outlets), read, run.bytes()))
    })?;
    leave_out(&mut remembered, &outlets, learning, params, stages)?;
    Ok(remembered)
}

/// Reads the inputs of `memory`, which is empty, to the end; `look` is shown what is remembered whenever that has grown.
#[allow(clippy::too_many_arguments, reason = "the one loop of reading, for every verb")]
pub(super) fn read_on<'a>(
    mut memory: Memory<'a>,
    params: &Params,
    learning: &Learning,
    pace: Pace,
    records: &Records,
    rejects: &mut dyn Rejects,
    watch: &dyn Watch,
    mut look: impl FnMut(&mut Memory) -> Result<(), Error> + Send,
) -> Result<(Memory<'a>, Vec<InputRow>), Error> {
    let inputs = memory.inputs;
    let (whole, takes_notes) = (Boilerplate::default(), memory.notes.is_some());
    let rows = walk(
        Source { inputs, ranges: &[], params: &params.input, pace },
        || Worker { noter: takes_notes.then(Noter::default), ..Worker::new(params, &whole, learning) },
        |worker, fed| worker.block(&inputs[fed.input as usize], fed, Some(records)),
        |before, mut batch| {
            memory.take(before, &mut batch, rejects)?;
            look(&mut memory)
        },
        watch,
    )?;
    memory.undate_the_future(params.input.newest);
    Ok((memory, rows))
}

/// A block's results.
#[derive(Serialize, Deserialize)]
pub(super) struct Batch {
    pub(super) records: Vec<Outcome>,
    /// Where `Sketched::record` counts from.
    pub(super) start: Place,
    /// Ids and outlets.
    pub(super) texts: String,
    #[serde(skip)]
    pub(super) signatures: Vec<Slot>,
    #[serde(skip)]
    noted: Noted,
    /// Lines, or records, that the block takes up.
    pub(super) lines: u64,
    /// Records that are no documents by their kind.
    passed_over: u64,
    /// What cannot be read again where it is, unless that was copied elsewhere.
    #[serde(skip)]
    pub(super) copied: Vec<u8>,
}

/// What became of a record.
#[derive(Serialize, Deserialize)]
pub(super) struct Outcome {
    line: u64,
    offset: u64,
    pub(super) result: Result<Sketched, Reject>,
}

/// An accepted record.
#[derive(Serialize, Deserialize)]
pub(super) struct Sketched {
    pub(super) id: Option<Range<usize>>,
    pub(super) source: Range<usize>,
    outlet: Outlet,
    pub(super) published: Published,
    pub(super) words: u32,
    pub(super) content: u128,
    page: u64,
    pub(super) filled: u16,
    /// The record in the block, or among those made of it.
    pub(super) record: Range<usize>,
    /// Words that were left out of it as boilerplate: none, before that is known.
    pub(super) left_out: u32,
}

impl Batch {
    /// Where a record is that was accepted.
    pub(super) fn place(&self, sketched: &Sketched) -> Place {
        let Place { file, offset, .. } = self.start;
        Place { file, len: sketched.record.len() as u32, offset: offset + sketched.record.start as u64 }
    }
}

/// Works on blocks, one a thread.
pub(super) struct Worker<'p> {
    articles: Articles<'p>,
    maker: Maker<'p>,
    learning: &'p Learning,
    sketcher: Sketcher,
    noter: Option<Noter>,
    /// Records made of what was no JSON.
    made: Vec<u8>,
    /// A canonical URL.
    address: String,
    /// Records, bytes of texts, and slots that the next block is given room for: somewhat more than the one before had.
    room: [usize; 3],
}

impl<'p> Worker<'p> {
    pub(super) fn new(params: &'p Params, boilerplate: &'p Boilerplate, learning: &'p Learning) -> Self {
        Worker {
            articles: Articles::new(params, boilerplate),
            maker: Maker::new(&params.input),
            learning,
            sketcher: Sketcher::new(&params.sketch),
            noter: None,
            made: Vec::new(),
            address: String::new(),
            room: [0; 3],
        }
    }

    /// What a block holds; what of it cannot be read again where it is goes to `records`, or else with the batch.
    pub(super) fn block(&mut self, input: &Input, fed: &Fed, records: Option<&Records>) -> Result<Batch, Error> {
        let [of_records, of_texts, of_signatures] = self.room;
        let mut batch = Batch {
            records: Vec::with_capacity(of_records),
            start: Place { file: fed.input, len: 0, offset: fed.block.offset() },
            texts: String::with_capacity(of_texts),
            signatures: Vec::with_capacity(of_signatures),
            noted: Noted::default(),
            lines: fed.lines,
            passed_over: fed.block.passed_over(),
            copied: Vec::new(),
        };
        self.made.clear();
        // Where records are JSON as they stand, they are found by their place; others are by that among what is made.
        let place = Some(fed.block.offset()).filter(|_| !fed.block.bytes().is_empty());
        for record in fed.block.records() {
            let (line, offset) = (record.line, record.offset);
            let result = self.record(input, place, record, &mut batch);
            batch.records.push(Outcome { line, offset, result });
        }
        self.room = [batch.records.len(), batch.texts.len(), batch.signatures.len()].map(|len| len + len / 8);
        batch.noted = self.noter.as_mut().map(Noter::take).unwrap_or_default();
        if !fed.is_in_place && !batch.signatures.is_empty() {
            let copied = if self.made.is_empty() { fed.block.bytes() } else { &self.made };
            match records {
                Some(records) => batch.start = records.copy(copied)?,
                None => batch.copied = copied.to_vec(),
            }
        }
        Ok(batch)
    }

    fn record(
        &mut self,
        input: &Input,
        block: Option<u64>,
        record: Record,
        batch: &mut Batch,
    ) -> Result<Sketched, Reject> {
        let made = self.maker.make(record.content?, &input.below)?;
        let document = self.articles.open(made.raw())?;
        let content = self.articles.content();
        let outlet = self.learning.look(&document, &self.articles.story, content);
        let mut keep = |text: &str| {
            batch.texts.push_str(text);
            batch.texts.len() - text.len()..batch.texts.len()
        };
        let (id, source) = (document.id.as_deref().map(&mut keep), keep(&document.source));
        let (published, page) = (document.published, input::page(&document.url, &mut self.address));
        let filled = self.sketcher.sketch(self.articles.shingles(), &mut batch.signatures);
        let words = self.articles.words();
        if let Some(noter) = &mut self.noter {
            noter.note(&document, &self.articles);
        }
        self.articles.done(document);
        let record = match (&made, block) {
            // A row is found by its number.
            (Made::Row(_), _) => record.line as usize..record.line as usize,
            (Made::Json(json @ Cow::Borrowed(_)), Some(block)) => {
                let start = (record.offset - block) as usize;
                start..start + json.len()
            }
            (Made::Json(json), _) => {
                self.made.extend_from_slice(json);
                self.made.len() - json.len()..self.made.len()
            }
        };
        Ok(Sketched { id, source, outlet, published, words, content, page, filled, record, left_out: 0 })
    }
}

/// Takes the batches in the order of input.
pub(super) struct Memory<'a> {
    inputs: &'a [Input],
    slots: usize,
    /// The documents that are expected, where they have been read before.
    roll: Option<Roll<'a>>,
    /// The documents of earlier nights, where there are such.
    known: Option<&'a Known<'a>>,
    met: Met,
    pub(super) catalog: Catalog,
    pub(super) signatures: Signatures,
    pub(super) counts: Counts,
    /// The outlet of each document, by its number; of none where nothing is learned of outlets.
    pub(super) outlets: Column<u64>,
    pub(super) learns: bool,
    left_out: LeftOut,
    /// What events need of each document, if they are wanted.
    notes: Option<Notes>,
}

impl<'a> Memory<'a> {
    /// Nothing yet of `inputs`; `roll` tells the documents that are expected, where they have been read before.
    pub(super) fn new(inputs: &'a [Input], params: &Params, roll: Option<Roll<'a>>) -> Self {
        Memory {
            inputs,
            roll,
            known: None,
            met: Met::default(),
            slots: params.sketch.slots,
            catalog: Catalog::default(),
            signatures: Signatures::new(&params.sketch),
            counts: Counts::default(),
            outlets: Column::default(),
            learns: params.boilerplate.learn,
            left_out: LeftOut::default(),
            notes: None,
        }
    }

    pub(super) fn held_bytes(&self) -> usize {
        self.catalog.held_bytes() + self.signatures.held_bytes() + self.outlets.held_bytes()
    }

    pub(super) fn spill(&mut self, temp: &Path) -> Result<(), Error> {
        tracing::debug!(temp = %temp.display(), bytes = self.held_bytes(), "moves what is remembered out of memory");
        self.signatures.spill(temp)?;
        self.outlets.spill(temp)?;
        self.catalog.spill(temp)
    }

    /// Takes away the dates that are later than the crawl can be, or than `newest`, all having been read.
    pub(super) fn undate_the_future(&mut self, newest: Option<i64>) {
        let times = || self.catalog.times().into_iter().chain(self.met.seen.iter().copied()).collect::<Vec<i64>>();
        let newest = newest.unwrap_or_else(|| input::newest(&mut times()));
        self.met.seen.retain(|&time| time <= newest);
        self.counts.implausible_date += self.catalog.undate_after(newest);
    }

    /// All that is remembered, no boilerplate being known yet.
    pub(super) fn remembered(self, records: Records, inputs: Vec<InputRow>) -> Remembered {
        let Memory { catalog, signatures, counts, met, left_out, notes, .. } = self;
        let boilerplate = Boilerplate::default();
        Remembered { catalog, signatures, records, inputs, counts, boilerplate, left_out, met, notes }
    }

    /// Takes a batch.
    pub(super) fn take(&mut self, before: Before, batch: &mut Batch, rejects: &mut dyn Rejects) -> Result<(), Error> {
        let Before { input, lines, bytes } = before;
        self.counts.passed_over += batch.passed_over;
        let noted = std::mem::take(&mut batch.noted);
        let mut notes = self.notes.as_mut().map_or_else(|| Ok(Vec::new()), |notes| notes.place(noted))?.into_iter();
        let mut rows = batch.signatures.chunks_exact(self.slots);
        for outcome in &batch.records {
            self.counts.read += 1;
            let line = lines + outcome.line + 1;
            let rejected = match &outcome.result {
                Ok(sketched) => {
                    let row = rows.next().unwrap_or_default();
                    self.accept(input, batch, sketched, row, notes.next(), line)?
                }
                Err(reject) => Some(reject.clone()),
            };
            if let Some(reject) = rejected {
                let file = &self.inputs[input as usize].name;
                let (offset, reason) = (bytes + outcome.offset, reject.reason.name());
                *self.counts.rejected.entry(reason).or_default() += 1;
                let (detail, id) = (&*reject.detail, reject.id.as_deref());
                rejects.take(&RejectRow { file, line, offset, reason, detail, id })?;
            }
        }
        Ok(())
    }

    fn accept(
        &mut self,
        input: u32,
        batch: &Batch,
        sketched: &Sketched,
        row: &[Slot],
        note: Option<Note>,
        line: u64,
    ) -> Result<Option<Reject>, Error> {
        let own = sketched.id.clone().map(|range| &batch.texts[range]);
        let named;
        let id = match (&mut self.roll, own) {
            (Some(roll), own) => match roll.number(input, line, own_id(&self.inputs[input as usize], own)) {
                Some(doc) => roll.id(doc),
                None => return Ok(Some(Reject::new(Reason::DuplicateId, "it was none of the accepted documents"))),
            },
            (None, Some(own)) => own,
            (None, None) => {
                named = format!("{}#{line}", self.inputs[input as usize].name);
                &named
            }
        };
        if let Some(known) = self.catalog.find(id) {
            let detail = format!("document {} of this run has the same id", known + 1);
            return Ok(Some(Reject { reason: Reason::DuplicateId, detail, id: Some(id.to_owned()) }));
        }
        let words_hash = sketched.content as u64;
        let seen = self.known.map_or(Ok(Seen::Never), |known| known.find(id, words_hash))?;
        if let Seen::Same { day } = seen {
            self.met.seen.extend(sketched.published.seconds());
            let detail = format!("the night {} had it, of the same words", day_name(day));
            return Ok(Some(Reject { reason: Reason::AlreadySeen, detail, id: Some(id.to_owned()) }));
        }
        let Sketched { published, words, content, page, filled, left_out, .. } = *sketched;
        let place = batch.place(sketched);
        self.counts.bad_date += u64::from(published == Published::Unreadable);
        self.counts.implausible_date += u64::from(published == Published::Implausible);
        let source = &batch.texts[sketched.source.clone()];
        let doc = self.catalog.push(&Entry { id, source, published, words, content, page, filled, place })?;
        if left_out > 0 {
            self.catalog.retell(doc, words, content, filled);
            self.left_out.documents += 1;
            self.left_out.words += u64::from(left_out);
        }
        if self.known.is_some() {
            self.met.contents.push(words_hash);
        }
        if let Seen::Otherwise { group } = seen {
            self.met.versions.push((doc, group));
        }
        self.signatures.extend(row)?;
        if let Some((notes, note)) = self.notes.as_mut().zip(note) {
            notes.push(note);
        }
        if self.learns {
            self.outlets.push(sketched.outlet.number())?;
        }
        Ok(None)
    }
}
