//! The first reading: every byte of the input once, to what is remembered of it.
//!
//! Blocks are gathered into waves; while the next wave is read and decompressed, the blocks of this one are parsed,
//! tokenised and sketched in parallel, and their results are taken in the order of input. One thread does the same, one
//! thing after another. Memory: two waves and what is remembered.

use super::article::{Articles, as_json};
use crate::catalog::{Catalog, Entry, Place};
use crate::document::Published;
use crate::error::Error;
use crate::input::{Block, Blocks, Format, Input, Pace, Reason, Record, Reject};
use crate::output::{InputRow, RejectRow, Table};
use crate::params::Params;
use crate::records::Records;
use crate::sketch::{Signatures, Sketcher, Slot};
use crate::stats::{Stages, Unit, Watch};
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;

/// Bytes of a wave, as far as one block is not more.
const WAVE_BYTES: usize = 12 << 20;
/// Blocks of a wave.
const WAVE_BLOCKS: usize = 2048;

/// What is remembered of the input.
pub(super) struct Remembered {
    pub(super) catalog: Catalog,
    pub(super) signatures: Signatures,
    pub(super) records: Records,
    pub(super) inputs: Vec<InputRow>,
    pub(super) counts: Counts,
}

/// What became of the records.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Counts {
    pub(super) read: u64,
    pub(super) rejected: BTreeMap<&'static str, u64>,
    pub(super) bad_date: u64,
}

impl Counts {
    pub(super) fn all_rejected(&self) -> u64 {
        self.rejected.values().sum()
    }
}

/// Reads `inputs`, of `total` bytes where that is known, to the end; what is rejected goes to `rejects` as it is met.
pub(super) fn read(
    inputs: &[Input],
    params: &Params,
    temp: &Path,
    rejects: &mut Table,
    total: Option<u64>,
    stages: &mut Stages,
) -> Result<Remembered, Error> {
    stages.stage("read", total, Unit::Bytes, |watch| {
        let mut reading = Reading::new(inputs, params, temp, Pace::Full);
        while reading.step(rejects, watch)? {}
        let memory = reading.finish();
        let (read, bytes) = (memory.counts.read, memory.inputs.iter().map(|input| input.bytes).sum());
        Ok((memory, read, bytes))
    })
}

/// The first reading, a wave at a time.
pub(super) struct Reading<'a> {
    params: &'a Params,
    feeder: Feeder<'a>,
    wave: Vec<Fed>,
    pub(super) memory: Memory<'a>,
}

impl<'a> Reading<'a> {
    pub(super) fn new(inputs: &'a [Input], params: &'a Params, temp: &Path, pace: Pace) -> Self {
        let feeder = Feeder::new(inputs, params.input.max_record_bytes, pace);
        Reading { params, feeder, wave: Vec::new(), memory: Memory::new(inputs, params, temp) }
    }

    /// Takes the next wave; tells whether there was one.
    pub(super) fn step(&mut self, rejects: &mut Table, watch: &dyn Watch) -> Result<bool, Error> {
        let Reading { params, feeder, wave, memory } = self;
        if wave.is_empty() {
            *wave = feeder.next_wave()?;
        }
        let inputs = feeder.inputs;
        let work = || {
            let blocks = wave.par_iter();
            blocks.map_init(|| Worker::new(params), |worker, fed| worker.block(inputs, fed)).collect::<Vec<_>>()
        };
        let (batches, next) = match feeder.pace {
            Pace::Full => rayon::join(work, || feeder.next_wave()),
            // Nobody waits for what comes next before what came is worked on.
            Pace::Eager => (work(), Ok(Vec::new())),
        };
        for (fed, batch) in wave.iter().zip(&batches) {
            memory.take(fed, batch, rejects)?;
        }
        memory.records.flush()?;
        watch.advance(feeder.take_passed());
        let was_something = !wave.is_empty();
        *wave = next?;
        Ok(was_something)
    }

    pub(super) fn finish(self) -> Remembered {
        self.memory.finish(self.feeder.rows)
    }
}

/// A block and where it is from.
struct Fed {
    input: u32,
    /// Whether its records can be read again where they are.
    is_in_place: bool,
    block: Block,
}

/// Opens one input after another and hands on waves of their blocks.
struct Feeder<'a> {
    inputs: &'a [Input],
    max_record_bytes: usize,
    open: Option<Blocks>,
    next: usize,
    rows: Vec<InputRow>,
    passed: u64,
    told: u64,
    pace: Pace,
}

impl<'a> Feeder<'a> {
    fn new(inputs: &'a [Input], max_record_bytes: usize, pace: Pace) -> Self {
        Feeder { inputs, max_record_bytes, open: None, next: 0, rows: Vec::new(), passed: 0, told: 0, pace }
    }

    fn next_wave(&mut self) -> Result<Vec<Fed>, Error> {
        let (mut wave, mut bytes) = (Vec::new(), 0);
        let (most_bytes, most_blocks) = if self.pace == Pace::Full { (WAVE_BYTES, WAVE_BLOCKS) } else { (1, 1) };
        while bytes < most_bytes && wave.len() < most_blocks {
            let Some(blocks) = &mut self.open else {
                let Some(input) = self.inputs.get(self.next) else { break };
                self.open = Some(Blocks::open(input, self.max_record_bytes, self.pace)?);
                self.next += 1;
                continue;
            };
            let input = self.next - 1;
            match blocks.next_block()? {
                Some(block) => {
                    bytes += block.bytes.len();
                    let Input { is_file, format, .. } = self.inputs[input];
                    let is_in_place = is_file && blocks.is_plain() && format == Format::JsonLines;
                    wave.push(Fed { input: input as u32, is_in_place, block });
                }
                None => {
                    let digest = blocks.digest();
                    self.passed += digest.len();
                    self.rows.push(InputRow {
                        path: self.inputs[input].name.clone(),
                        bytes: digest.len(),
                        digest: digest.name(),
                    });
                    self.open = None;
                }
            }
        }
        Ok(wave)
    }

    /// How many bytes of the files have passed since this was last asked.
    fn take_passed(&mut self) -> u64 {
        let passed = self.passed + self.open.as_ref().map_or(0, |blocks| blocks.digest().len());
        passed - std::mem::replace(&mut self.told, passed)
    }
}

/// A block's results.
#[derive(Default)]
struct Batch {
    records: Vec<Outcome>,
    /// Ids and outlets.
    texts: String,
    signatures: Vec<Slot>,
}

/// What became of a record.
struct Outcome {
    line: u64,
    offset: u64,
    result: Result<Sketched, Reject>,
}

/// An accepted record.
struct Sketched {
    id: Option<Range<usize>>,
    source: Range<usize>,
    published: Published,
    words: u32,
    content: u128,
    filled: u16,
    /// The record in the block, or one made of it.
    record: Result<Range<usize>, Vec<u8>>,
}

/// Works on blocks, one a thread.
struct Worker<'p> {
    articles: Articles<'p>,
    sketcher: Sketcher,
}

impl<'p> Worker<'p> {
    fn new(params: &'p Params) -> Self {
        Worker { articles: Articles::new(params), sketcher: Sketcher::new(&params.sketch) }
    }

    fn block(&mut self, inputs: &[Input], fed: &Fed) -> Batch {
        let mut batch = Batch::default();
        for record in fed.block.records() {
            let (line, offset) = (record.line, record.offset);
            let result = self.record(&inputs[fed.input as usize], &fed.block, record, &mut batch);
            batch.records.push(Outcome { line, offset, result });
        }
        batch
    }

    fn record(&mut self, input: &Input, block: &Block, record: Record, batch: &mut Batch) -> Result<Sketched, Reject> {
        let bytes = record.content?;
        let json = as_json(input.format, bytes, &input.below)?;
        let document = self.articles.open(&json)?;
        let mut keep = |text: &str| {
            batch.texts.push_str(text);
            batch.texts.len() - text.len()..batch.texts.len()
        };
        let (id, source) = (document.id.as_deref().map(&mut keep), keep(&document.source));
        let published = document.published;
        let filled = self.sketcher.sketch(self.articles.shingles(), &mut batch.signatures);
        let start = (record.offset - block.offset) as usize;
        let words = u32::try_from(self.articles.story.words().len()).unwrap_or(u32::MAX);
        let content = self.articles.content();
        let record = match json {
            std::borrow::Cow::Borrowed(_) => Ok(start..start + bytes.len()),
            std::borrow::Cow::Owned(made) => Err(made),
        };
        Ok(Sketched { id, source, published, words, content, filled, record })
    }
}

/// Takes the batches in the order of input.
pub(super) struct Memory<'a> {
    inputs: &'a [Input],
    slots: usize,
    pub(super) catalog: Catalog,
    pub(super) signatures: Signatures,
    pub(super) records: Records,
    pub(super) counts: Counts,
    /// The input whose lines are being counted, and how many it has had.
    lines: (u32, u64),
}

impl<'a> Memory<'a> {
    fn new(inputs: &'a [Input], params: &Params, temp: &Path) -> Self {
        let files = inputs.iter().map(|input| input.path.clone().unwrap_or_default()).collect();
        Memory {
            inputs,
            slots: params.sketch.slots,
            catalog: Catalog::default(),
            signatures: Signatures::new(&params.sketch),
            records: Records::new(files, temp),
            counts: Counts::default(),
            lines: (0, 0),
        }
    }

    fn take(&mut self, fed: &Fed, batch: &Batch, rejects: &mut Table) -> Result<(), Error> {
        if self.lines.0 != fed.input {
            self.lines = (fed.input, 0);
        }
        let mut rows = batch.signatures.chunks_exact(self.slots);
        for outcome in &batch.records {
            self.counts.read += 1;
            let line = self.lines.1 + outcome.line + 1;
            let rejected = match &outcome.result {
                Ok(sketched) => {
                    let row = rows.next().unwrap_or_default();
                    self.accept(fed, batch, outcome, sketched, row, line)?
                }
                Err(reject) => Some(reject.clone()),
            };
            if let Some(reject) = rejected {
                let file = &self.inputs[fed.input as usize].name;
                let (offset, reason) = (outcome.offset, reject.reason.name());
                *self.counts.rejected.entry(reason).or_default() += 1;
                rejects.row(&RejectRow {
                    file,
                    line,
                    offset,
                    reason,
                    detail: &reject.detail,
                    id: reject.id.as_deref(),
                })?;
            }
        }
        self.lines.1 += fed.block.lines();
        Ok(())
    }

    fn accept(
        &mut self,
        fed: &Fed,
        batch: &Batch,
        outcome: &Outcome,
        sketched: &Sketched,
        row: &[Slot],
        line: u64,
    ) -> Result<Option<Reject>, Error> {
        let named;
        let id = match &sketched.id {
            Some(range) => &batch.texts[range.clone()],
            None => {
                named = format!("{}#{line}", self.inputs[fed.input as usize].name);
                &named
            }
        };
        if let Some(known) = self.catalog.find(id) {
            let detail = format!("document {} of this run has the same id", known + 1);
            return Ok(Some(Reject { reason: Reason::DuplicateId, detail, id: Some(id.to_owned()) }));
        }
        let place = match &sketched.record {
            Ok(range) if fed.is_in_place => Place { file: fed.input, len: range.len() as u32, offset: outcome.offset },
            Ok(range) => self.records.copy(&fed.block.bytes[range.clone()])?,
            Err(made) => self.records.copy(made)?,
        };
        let Sketched { published, words, content, filled, .. } = *sketched;
        self.counts.bad_date += u64::from(published == Published::Unreadable);
        self.catalog.push(&Entry {
            id,
            source: &batch.texts[sketched.source.clone()],
            published,
            words,
            content,
            filled,
            place,
        })?;
        self.signatures.extend(row);
        Ok(None)
    }

    fn finish(self, inputs: Vec<InputRow>) -> Remembered {
        let Memory { catalog, signatures, records, counts, .. } = self;
        Remembered { catalog, signatures, records, inputs, counts }
    }
}
