//! `trim`: what all shards teach is boilerplate, and what is known of a shard's documents without it.
//!
//! A row for every document that holds such lines, in the order of the sketch, and what was learned behind them.

use super::cut::Shard;
use super::frames::unwritten;
use super::replay::{Replaying, room};
use super::task::{Sketches, check_state, name, open};
use super::{Going, Left};
use crate::boilerplate::{Boilerplate, Learner};
use crate::catalog::Place;
use crate::error::Error;
use crate::output::Table;
use crate::pipeline::boilerplate::{know, retell_all};
use crate::pipeline::read::{Batch, Memory};
use crate::pipeline::{Outcome, pool, write};
use crate::sketch::Slot;
use crate::stats::{Stages, Unit, Watch};
use crate::store::{GrowingPiece, Piece};
use bytemuck::{Pod, Zeroable};
use serde::{Deserialize, Serialize};
use std::ops::Range;
use std::path::Path;

const KIND: &str = "trim";

/// What is known about a trimmed shard.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct About {
    of: String,
    shard: Shard,
    rows: usize,
    boilerplate: Range<usize>,
}

/// A document without its boilerplate; its signature follows.
#[derive(Debug, Clone, Copy, Pod, Zeroable)]
#[repr(C)]
struct Row {
    /// Where its record is: [`Place::SPOOL`] for one that the sketch has copied.
    file: u32,
    words: u32,
    offset: u64,
    content: [u64; 2],
    filled: u32,
    left_out: u32,
}

/// Leaves a file in `dir` of what is known of a shard's documents without boilerplate; nothing, where every line is kept.
pub fn trim(dir: &Path, shard: Shard, going: &Going, watch: &dyn Watch) -> Result<Left, Error> {
    going.check()?;
    let sketches = Sketches::open(dir)?;
    let (at, sketch) = sketches.of(shard)?;
    let params = &sketches.job.params;
    let bands = params.shape().bands;
    if !params.boilerplate.learn {
        return Ok(Left { file: None, outcome: Outcome::default(), bands });
    }
    sketches.check_inputs()?;
    pool(going.threads)?.install(|| {
        let mut stages = Stages::new(watch);
        let boilerplate = stages.stage("learn", Some(sketches.pieces.len() as u64), Unit::Steps, |watch| {
            let mut learner = Learner::default();
            for piece in &sketches.pieces {
                let joined = learner.join(piece.bytes(piece.about.sample.clone())?);
                joined.map_err(|e| piece.damaged(&e.to_string()))?;
                watch.advance(1);
            }
            Ok::<_, Error>((learner.learned(), sketches.pieces.len() as u64, 0))
        })?;
        let learned = postcard::to_stdvec(&boilerplate.rows()).map_err(unwritten)?;
        let (mut remembered, outlets) = stages.stage("read", None, Unit::Documents, |watch| {
            let records = sketches.records(&going.temp);
            let (memory, mut nobody) = (Memory::new(&sketches.inputs, params, None), Table::nowhere());
            // Lines are counted on from the shards before: of some records they are the name.
            let (input, lines) = sketches.lines_before(at);
            let mut replaying = Replaying { memory, room: room(going), rejects: &mut nobody, watch, input, lines };
            replaying.take(sketch, sketches.copies_of(at)?, None)?;
            let mut memory = replaying.memory;
            memory.catalog.close();
            let (read, outlets) = (memory.counts.read, std::mem::take(&mut memory.outlets));
            Ok::<_, Error>(((memory.remembered(records, Vec::new()), outlets), read, 0))
        })?;
        let mut piece = GrowingPiece::create(dir, &name(KIND, shard), KIND)?;
        let (mut rows, mut end) = (0, 0);
        stages.stage("boilerplate", None, Unit::Documents, |watch| {
            know(&mut remembered, boilerplate);
            let inputs = sketches.inputs.len() as u32;
            let read = retell_all(
                &mut remembered,
                &outlets,
                params,
                |memory, told, signature| {
                    let Place { file, offset, .. } = memory.catalog.place(told.doc);
                    let row = Row {
                        file: if file < inputs { file } else { Place::SPOOL },
                        words: told.words,
                        offset,
                        content: [told.content as u64, (told.content >> 64) as u64],
                        filled: told.filled.into(),
                        left_out: u32::try_from(told.left_out).unwrap_or(u32::MAX),
                    };
                    piece.write(bytemuck::bytes_of(&row))?;
                    end = piece.write(bytemuck::cast_slice(signature))? as usize;
                    rows += 1;
                    Ok(())
                },
                watch,
            )?;
            Ok::<_, Error>(((), read, 0))
        })?;
        let boilerplate = end..piece.write(&learned)? as usize;
        piece.finish(&About { of: sketches.state.clone(), shard, rows, boilerplate })?;
        let outcome = write::outcome(&remembered.counts, &stages);
        Ok(Left { file: Some(dir.join(name(KIND, shard))), outcome, bands })
    })
}

/// The rows of a trimmed shard, taken one after another.
pub(super) struct Trims {
    piece: Piece<About>,
    slots: usize,
    /// Rows that were taken.
    taken: usize,
    next: Option<(Row, Vec<Slot>)>,
}

impl Trims {
    /// Those of a shard of some sketches.
    pub(super) fn open(sketches: &Sketches, shard: Shard) -> Result<Self, Error> {
        let piece: Piece<About> = open(&sketches.dir.join(name(KIND, shard)), KIND)?;
        check_state(&piece, &piece.about.of, sketches)?;
        Trims { piece, slots: sketches.job.params.sketch.slots, taken: 0, next: None }.advanced()
    }

    /// What was learned of all shards.
    pub(super) fn boilerplate(&self) -> Result<Boilerplate, Error> {
        let rows = postcard::from_bytes(self.piece.bytes(self.piece.about.boilerplate.clone())?);
        rows.map(Boilerplate::of_rows).map_err(|e| self.piece.damaged(&e.to_string()))
    }

    fn advanced(mut self) -> Result<Self, Error> {
        self.advance()?;
        Ok(self)
    }

    fn advance(&mut self) -> Result<(), Error> {
        self.next = None;
        if self.taken < self.piece.about.rows {
            let (head, size) = (size_of::<Row>(), size_of::<Row>() + 2 * self.slots);
            let start = self.taken.saturating_mul(size);
            let bytes = self.piece.bytes(start..start.saturating_add(size))?;
            let row: Row = bytemuck::pod_read_unaligned(&bytes[..head]);
            let signature = bytes[head..].chunks_exact(2).map(|pair| Slot::from_le_bytes([pair[0], pair[1]])).collect();
            self.taken += 1;
            if row.filled as usize > self.slots {
                return Err(self.piece.damaged("a row is not as rows are"));
            }
            self.next = Some((row, signature));
        }
        Ok(())
    }

    /// Takes the boilerplate out of what is known of a batch, whose copied records are of the file `copies`.
    pub(super) fn apply(&mut self, batch: &mut Batch, copies: u32) -> Result<(), Error> {
        let start = batch.start;
        let file = if start.file == copies { Place::SPOOL } else { start.file };
        let accepted = batch.records.iter_mut().filter_map(|record| record.result.as_mut().ok());
        for (sketched, slots) in accepted.zip(batch.signatures.chunks_exact_mut(self.slots)) {
            let place = (file, start.offset + sketched.record.start as u64);
            let Some((row, signature)) = self.next.as_ref().filter(|(row, _)| (row.file, row.offset) == place) else {
                continue;
            };
            sketched.words = row.words;
            sketched.content = u128::from(row.content[1]) << 64 | u128::from(row.content[0]);
            (sketched.filled, sketched.left_out) = (row.filled as u16, row.left_out);
            slots.copy_from_slice(signature);
            self.advance()?;
        }
        Ok(())
    }

    /// All batches having been seen.
    pub(super) fn end(self) -> Result<(), Error> {
        let why = "it has documents that the sketch of its shard has not";
        self.next.map_or(Ok(()), |_| Err(self.piece.damaged(why)))
    }
}
