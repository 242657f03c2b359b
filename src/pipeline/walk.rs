//! Inputs to blocks, worked on by every thread at once, the results taken in the order of input.
//!
//! A thread takes whichever input no other thread is reading, the first before the others, reads and decompresses its
//! next block, gives the input back and works on the block while another thread reads on. So one compressed file is
//! decompressed beside the work, and several are decompressed at once. Results that come early wait for their turn; one
//! thread does the same, one thing after another. Memory: a block a thread, and the results that wait.

use crate::error::Error;
use crate::input::{Block, Blocks, Format, Input, Pace};
use crate::output::InputRow;
use crate::stats::Watch;
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// What is walked through, and how.
#[derive(Clone, Copy)]
pub(super) struct Source<'a> {
    pub(super) inputs: &'a [Input],
    pub(super) max_record_bytes: usize,
    pub(super) pace: Pace,
}

/// A block and where it is from.
pub(super) struct Fed {
    pub(super) input: u32,
    /// Whether its records can be read again where they are.
    pub(super) is_in_place: bool,
    pub(super) block: Block,
    /// Its place among the blocks of the input.
    number: u64,
}

/// Hands every block to `work`, with a worker of the thread's own, and the results to `take` in the order of input, with
/// the input's number and how many lines of it stand before the block. Returns what the inputs were.
pub(super) fn walk<W, R: Send>(
    source: Source,
    worker: impl Fn() -> W + Sync,
    work: impl Fn(&mut W, &Fed) -> Result<R, Error> + Sync,
    take: impl FnMut(u32, u64, R) -> Result<(), Error> + Send,
    watch: &dyn Watch,
) -> Result<Vec<InputRow>, Error> {
    // Where nobody waits for a full block, nobody waits for a block before it either.
    let threads = if source.pace == Pace::Eager { 1 } else { rayon::current_num_threads() };
    let feeder = Feeder::new(source, threads);
    let line = Mutex::new(Line { waiting: BTreeMap::new(), next: (0, 0), lines: 0, take });
    let one_thread = |_| {
        let (mut worker, mut buffer) = (worker(), Vec::new());
        while let Some(step) = feeder.next(&mut buffer, watch)? {
            match step {
                Step::Block(fed) => {
                    let result = work(&mut worker, &fed)?;
                    let lines = fed.block.lines();
                    lock(&line).put((fed.input, fed.number), Some((lines, result)))?;
                    buffer = fed.block.into_buffer();
                }
                Step::End { input, blocks } => lock(&line).put((input, blocks), None)?,
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
    /// By input and block, with the lines of the block; none at the block after an input's last.
    waiting: BTreeMap<(u32, u64), Option<(u64, R)>>,
    next: (u32, u64),
    /// Lines of the input that have been taken.
    lines: u64,
    take: F,
}

impl<R, F: FnMut(u32, u64, R) -> Result<(), Error>> Line<R, F> {
    fn put(&mut self, place: (u32, u64), result: Option<(u64, R)>) -> Result<(), Error> {
        self.waiting.insert(place, result);
        while let Some(result) = self.waiting.remove(&self.next) {
            let (input, block) = self.next;
            match result {
                Some((lines, result)) => {
                    (self.take)(input, self.lines, result)?;
                    (self.next, self.lines) = ((input, block + 1), self.lines + lines);
                }
                None => (self.next, self.lines) = ((input + 1, 0), 0),
            }
        }
        Ok(())
    }
}

/// What a thread is to do next.
enum Step {
    Block(Fed),
    /// An input has ended after so many blocks.
    End {
        input: u32,
        blocks: u64,
    },
}

/// An open input.
struct Lane {
    input: u32,
    blocks: Blocks,
    /// Blocks read of it.
    read: u64,
    /// Bytes of it that the watch was told of.
    told: u64,
}

/// Opens the inputs, and lends each to one thread at a time.
struct Feeder<'a> {
    source: Source<'a>,
    /// Inputs open at once.
    most: usize,
    lanes: Mutex<Lanes>,
    returned: Condvar,
}

#[derive(Default)]
struct Lanes {
    idle: BTreeMap<u32, Lane>,
    lent: usize,
    /// Inputs opened so far.
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
        let passed = lane.blocks.digest().len();
        watch.advance(passed - std::mem::replace(&mut lane.told, passed));
        let (input, number) = (lane.input, lane.read);
        let step = match block {
            Some(block) => {
                let Input { is_file, format, .. } = self.source.inputs[input as usize];
                let is_in_place = is_file && lane.blocks.is_plain() && format == Format::JsonLines;
                Step::Block(Fed { input, is_in_place, block, number })
            }
            None => Step::End { input, blocks: number },
        };
        self.give_back(lane, matches!(step, Step::End { .. }));
        Ok(Some(step))
    }

    /// An input that no other thread is reading, as soon as there is one; none when all have ended.
    fn borrow(&self) -> Result<Option<Lane>, Error> {
        let Source { inputs, max_record_bytes, pace } = self.source;
        let mut lanes = lock(&self.lanes);
        loop {
            if lanes.is_stopped {
                return Ok(None);
            }
            if let Some((_, lane)) = lanes.idle.pop_first() {
                lanes.lent += 1;
                return Ok(Some(lane));
            }
            if lanes.lent < self.most && lanes.opened < inputs.len() {
                let input = lanes.opened;
                (lanes.opened, lanes.lent) = (input + 1, lanes.lent + 1);
                drop(lanes);
                let blocks = Blocks::open(&inputs[input], max_record_bytes, pace)?;
                return Ok(Some(Lane { input: input as u32, blocks, read: 0, told: 0 }));
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
            let (digest, path) = (lane.blocks.digest(), self.source.inputs[lane.input as usize].name.clone());
            lanes.rows.insert(lane.input, InputRow { path, bytes: digest.len(), digest: digest.name() });
        } else {
            lane.read += 1;
            lanes.idle.insert(lane.input, lane);
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
