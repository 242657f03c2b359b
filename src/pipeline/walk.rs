//! Inputs to blocks, worked on by every thread at once, the results taken in the order of input.
//!
//! A thread takes whichever part of an input no other thread is reading, the first before the others, reads and
//! decompresses its next block, gives the part back and works on the block while another thread reads on. So one
//! compressed file is decompressed beside the work, and several, or several parts of one, are decompressed at once.
//! Results that come early wait for their turn; one thread does the same, one thing after another. Memory: a block a
//! thread, and the results that wait.

use crate::error::Error;
use crate::input::{self, Block, Blocks, Input, Pace, Parts};
use crate::output::InputRow;
use crate::stats::Watch;
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

/// What is walked through, and how.
#[derive(Clone, Copy)]
pub(super) struct Source<'a> {
    pub(super) inputs: &'a [Input],
    /// Of each input, the bytes in which the lines begin that are read; all of them, where nothing is said.
    pub(super) ranges: &'a [Option<Range<u64>>],
    pub(super) params: &'a input::Params,
    pub(super) pace: Pace,
}

/// A block and where it is from.
pub(super) struct Fed {
    pub(super) input: u32,
    /// Whether its records can be read again where they are.
    pub(super) is_in_place: bool,
    pub(super) block: Block,
    /// Lines, or records, that it takes up.
    pub(super) lines: u64,
    /// Its place among the blocks of the part.
    number: u64,
    part: u32,
}

/// What of an input stands before a result.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Before {
    /// The input.
    pub(super) input: u32,
    /// Lines, or records.
    pub(super) lines: u64,
    /// Decompressed bytes of earlier parts.
    pub(super) bytes: u64,
}

/// Hands every block to `work`, with a worker of the thread's own, and the results to `take` in the order of input, with
/// what stands before them. Returns what the inputs were.
pub(super) fn walk<W, R: Send>(
    source: Source,
    worker: impl Fn() -> W + Sync,
    work: impl Fn(&mut W, &Fed) -> Result<R, Error> + Sync,
    take: impl FnMut(Before, R) -> Result<(), Error> + Send,
    watch: &dyn Watch,
) -> Result<Vec<InputRow>, Error> {
    // Where nobody waits for a full block, nobody waits for a block before it either.
    let threads = if source.pace == Pace::Eager { 1 } else { rayon::current_num_threads() };
    let feeder = Feeder::new(source, threads);
    let line = Mutex::new(Line { waiting: BTreeMap::new(), next: (0, 0, 0), before: Before::default(), take });
    let one_thread = |_| {
        let (mut worker, mut buffer) = (worker(), Vec::new());
        while let Some(step) = feeder.next(&mut buffer, watch)? {
            watch.go_on()?;
            match step {
                Step::Block(mut fed) => {
                    fed.block.unpack();
                    fed.lines = fed.block.lines();
                    let lines = fed.lines;
                    let result = work(&mut worker, &fed)?;
                    lock(&line).put((fed.input, fed.part, fed.number), Place::Block { lines, result })?;
                    buffer = fed.block.into_buffer();
                }
                Step::End { at, next, bytes } => lock(&line).put(at, Place::End { next, bytes })?,
            }
        }
        Ok(())
    };
    let threads = (0..threads).into_par_iter().with_max_len(1);
    let ended = threads.map(|thread| one_thread(thread).inspect_err(|_| feeder.stop()));
    ended.collect::<Result<Vec<()>, Error>>()?;
    Ok(feeder.rows())
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Results in the order of input.
struct Line<R, F> {
    /// By input, part and block.
    waiting: BTreeMap<At, Place<R>>,
    next: At,
    before: Before,
    take: F,
}

/// An input, a part of it, and a block of that.
type At = (u32, u32, u64);

/// What stands in a line.
enum Place<R> {
    Block {
        lines: u64,
        result: R,
    },
    /// After the last block of a part of so many decompressed bytes: the part that comes next, if one does.
    End {
        next: Option<u32>,
        bytes: u64,
    },
}

impl<R, F: FnMut(Before, R) -> Result<(), Error>> Line<R, F> {
    fn put(&mut self, at: At, place: Place<R>) -> Result<(), Error> {
        if at >= self.next {
            self.waiting.insert(at, place);
        }
        while let Some(place) = self.waiting.remove(&self.next) {
            let (input, part, block) = self.next;
            match place {
                Place::Block { lines, result } => {
                    (self.take)(self.before, result)?;
                    self.before.lines += lines;
                    self.next = (input, part, block + 1);
                }
                Place::End { next: Some(next), bytes } => {
                    self.before.bytes += bytes;
                    self.next = (input, next, 0);
                    // What was made of parts that were none is dropped.
                    self.waiting = self.waiting.split_off(&self.next);
                }
                Place::End { next: None, .. } => {
                    self.before = Before { input: input + 1, ..Before::default() };
                    self.next = (input + 1, 0, 0);
                }
            }
        }
        Ok(())
    }
}

/// What a thread is to do next.
enum Step {
    Block(Fed),
    /// A part has ended.
    End {
        at: At,
        next: Option<u32>,
        bytes: u64,
    },
}

/// An open part of an input.
struct Lane {
    input: u32,
    part: u32,
    /// Of the input.
    parts: u32,
    blocks: Blocks,
    /// Blocks read of it.
    read: u64,
    /// Bytes of it that the watch was told of.
    told: u64,
}

/// Opens the inputs, and lends each part to one thread at a time.
struct Feeder<'a> {
    source: Source<'a>,
    /// Parts open at once.
    most: usize,
    lanes: Mutex<Lanes>,
    returned: Condvar,
}

#[derive(Default)]
struct Lanes {
    idle: BTreeMap<(u32, u32), Lane>,
    lent: usize,
    /// The input whose parts are being opened, and how many of them have been.
    opening: Option<(u32, Arc<Parts>, u32)>,
    /// Inputs looked at so far.
    opened: usize,
    rows: BTreeMap<u32, InputRow>,
    is_stopped: bool,
}

impl<'a> Feeder<'a> {
    fn new(source: Source<'a>, most: usize) -> Self {
        Feeder { source, most, lanes: Mutex::default(), returned: Condvar::new() }
    }

    /// Reads on, into `buffer`.
    fn next(&self, buffer: &mut Vec<u8>, watch: &dyn Watch) -> Result<Option<Step>, Error> {
        let Some(mut lane) = self.borrow()? else { return Ok(None) };
        let block = lane.blocks.next_block(std::mem::take(buffer))?;
        let passed = lane.blocks.passed();
        watch.advance(passed.saturating_sub(lane.told));
        lane.told = lane.told.max(passed);
        let (input, part, number) = (lane.input, lane.part, lane.read);
        let step = match block {
            Some(block) => {
                let is_in_place = self.source.inputs[input as usize].is_file && lane.blocks.is_in_place();
                Step::Block(Fed { input, is_in_place, block, lines: 0, number, part })
            }
            None => {
                let next = Some(lane.blocks.next_part().min(lane.parts - 1)).filter(|&next| next > part);
                Step::End { at: (input, part, number), next, bytes: lane.blocks.bytes() }
            }
        };
        self.give_back(lane, matches!(step, Step::End { .. }));
        Ok(Some(step))
    }

    /// A part that no other thread is reading, as soon as there is one; none when all have ended.
    fn borrow(&self) -> Result<Option<Lane>, Error> {
        let Source { inputs, ranges, params, pace } = self.source;
        let mut lanes = lock(&self.lanes);
        loop {
            if lanes.is_stopped {
                return Ok(None);
            }
            if let Some((_, lane)) = lanes.idle.pop_first() {
                lanes.lent += 1;
                return Ok(Some(lane));
            }
            if lanes.lent < self.most {
                if let Some((input, parts, part)) = lanes.opening.take() {
                    lanes.lent += 1;
                    if part + 1 < parts.count() {
                        lanes.opening = Some((input, Arc::clone(&parts), part + 1));
                    }
                    drop(lanes);
                    let blocks = parts.open(part, params, pace)?;
                    return Ok(Some(Lane { input, part, parts: parts.count(), blocks, read: 0, told: 0 }));
                }
                if lanes.opened < inputs.len() {
                    let input = lanes.opened;
                    lanes.opened += 1;
                    let parts = match ranges.get(input) {
                        Some(Some(range)) => Parts::lines(&inputs[input], range.clone()),
                        _ => Parts::of(&inputs[input], params),
                    };
                    lanes.opening = Some((input as u32, Arc::new(parts?), 0));
                    continue;
                }
            }
            if lanes.lent == 0 {
                return Ok(None);
            }
            lanes = self.returned.wait(lanes).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn give_back(&self, mut lane: Lane, has_ended: bool) {
        let mut lanes = lock(&self.lanes);
        lanes.lent -= 1;
        if has_ended {
            // The last part has the digest of the whole.
            if let Some(digest) = lane.blocks.digest().filter(|_| lane.part + 1 == lane.parts) {
                let path = self.source.inputs[lane.input as usize].name.clone();
                lanes.rows.insert(lane.input, InputRow { path, bytes: digest.len(), digest: digest.name() });
            }
        } else {
            lane.read += 1;
            lanes.idle.insert((lane.input, lane.part), lane);
        }
        drop(lanes);
        self.returned.notify_all();
    }

    /// Makes every thread stop after its block.
    fn stop(&self) {
        lock(&self.lanes).is_stopped = true;
        self.returned.notify_all();
    }

    fn rows(self) -> Vec<InputRow> {
        self.lanes.into_inner().unwrap_or_else(PoisonError::into_inner).rows.into_values().collect()
    }
}
