//! Sketches to what is remembered: the batches of all shards, taken as a run takes its own.

use super::Going;
use super::frames;
use super::task::{About, Sketches};
use super::trim::Trims;
use crate::boilerplate::Boilerplate;
use crate::error::Error;
use crate::output::Table;
use crate::pipeline::boilerplate::know;
use crate::pipeline::read::{Memory, Remembered, Room};
use crate::pipeline::walk::Before;
use crate::stats::{Stages, Unit, Watch};
use crate::store::Piece;
use rayon::prelude::*;

/// Batches that are unpacked at once.
const AT_ONCE: usize = 64;

/// What one run would remember of all inputs, boilerplate left out as far as it was trimmed; rejects go to their table.
pub(super) fn remember(
    sketches: &Sketches,
    trims: Vec<Trims>,
    going: &Going,
    rejects: &mut Table,
    stages: &mut Stages,
) -> Result<Remembered, Error> {
    sketches.check_inputs()?;
    let params = &sketches.job.params;
    let boilerplate = trims.first().map_or_else(|| Ok(Boilerplate::default()), Trims::boilerplate)?;
    let mut remembered = stages.stage("read", None, Unit::Documents, |watch| {
        let records = sketches.records(&going.temp);
        let mut memory = Memory::new(&sketches.inputs, params, None);
        memory.learns = false;
        let mut replaying = Replaying { memory, room: room(going), rejects, watch, input: u32::MAX, lines: 0 };
        let mut trims: Vec<Option<Trims>> = trims.into_iter().map(Some).collect();
        trims.resize_with(sketches.pieces.len(), || None);
        for (at, (piece, trims)) in sketches.pieces.iter().zip(trims).enumerate() {
            replaying.take(piece, sketches.copies_of(at)?, trims)?;
        }
        let mut memory = replaying.memory;
        memory.undate_the_future(params.input.newest);
        memory.catalog.close();
        let (read, bytes) = (memory.counts.read, sketches.rows.iter().map(|row| row.bytes).sum());
        Ok::<_, Error>((memory.remembered(records, sketches.rows.clone()), read, bytes))
    })?;
    know(&mut remembered, boilerplate);
    Ok(remembered)
}

pub(super) fn room(going: &Going) -> Room<'_> {
    Room { temp: &going.temp, memory: going.memory }
}

/// Takes the batches of one sketch after another.
pub(super) struct Replaying<'a, 'b> {
    pub(super) memory: Memory<'a>,
    pub(super) room: Room<'b>,
    pub(super) rejects: &'b mut Table,
    pub(super) watch: &'b dyn Watch,
    /// The input that was taken last, and how many lines of it.
    pub(super) input: u32,
    pub(super) lines: u64,
}

impl Replaying<'_, '_> {
    /// Takes those of the next; the records that it has copied are of the file `copies`.
    pub(super) fn take(&mut self, piece: &Piece<About>, copies: u32, mut trims: Option<Trims>) -> Result<(), Error> {
        let slots = piece.about.task.parameters.sketch.slots;
        for file in &piece.about.files {
            // An input that is cut goes on where the part before it ended.
            if self.input != file.input {
                (self.input, self.lines) = (file.input, 0);
            }
            for some in frames::find(piece, file.frames.clone())?.chunks(AT_ONCE) {
                let read = some.par_iter().map(|frame| frame.read(piece, (file.input, copies), slots));
                for (before, mut batch) in read.collect::<Result<Vec<_>, Error>>()? {
                    if let Some(trims) = &mut trims {
                        trims.apply(&mut batch, copies)?;
                    }
                    let before = Before { lines: self.lines + before.lines, ..before };
                    self.memory.take(before, &mut batch, self.rejects)?;
                    self.watch.advance(batch.records.len() as u64);
                    if self.room.is_full(self.memory.held_bytes()) {
                        self.memory.spill(self.room.temp)?;
                    }
                }
            }
            self.lines += file.lines;
        }
        trims.map_or(Ok(()), Trims::end)
    }
}
