//! The batches of a shard, one after another in its file.
//!
//! ```text
//! bytes of each of these | records that were copied | signatures | all else
//! ```

use super::task::About;
use crate::catalog::Place;
use crate::error::Error;
use crate::pipeline::read::{Batch, Sketched};
use crate::pipeline::walk::Before;
use crate::sketch::Slot;
use crate::store::{GrowingPiece, Piece};
use std::io;
use std::ops::Range;

const HEAD: usize = 24;

/// Where a batch is.
#[derive(Debug, Clone)]
pub(super) struct Frame {
    copied: Range<usize>,
    signatures: Range<usize>,
    told: Range<usize>,
}

/// Appends a batch; tells where it ends.
pub(super) fn write(piece: &mut GrowingPiece, before: Before, batch: &Batch) -> Result<usize, Error> {
    let told = postcard::to_stdvec(&(before.lines, before.bytes, batch)).map_err(unwritten)?;
    let signatures: &[u8] = bytemuck::cast_slice(&batch.signatures);
    let head = [batch.copied.len(), signatures.len(), told.len()].map(|len| (len as u64).to_le_bytes());
    piece.write(head.as_flattened())?;
    piece.write(&batch.copied)?;
    piece.write(signatures)?;
    Ok(piece.write(&told)? as usize)
}

/// What to say of what cannot be written in the form of these files.
pub(super) fn unwritten(error: postcard::Error) -> Error {
    Error::Output(io::Error::other(error))
}

/// The batches between two places.
pub(super) fn find(piece: &Piece<About>, within: Range<usize>) -> Result<Vec<Frame>, Error> {
    let (mut frames, mut at) = (Vec::new(), within.start);
    while at < within.end {
        let mut lengths = piece.bytes(at..at + HEAD)?.chunks_exact(8);
        at += HEAD;
        let mut next = || {
            let len = u64::from_le_bytes(lengths.next()?.try_into().ok()?);
            let end = at.checked_add(usize::try_from(len).ok()?).filter(|&end| end <= within.end)?;
            Some(std::mem::replace(&mut at, end)..end)
        };
        let frame = (|| Some(Frame { copied: next()?, signatures: next()?, told: next()? }))();
        frames.push(frame.ok_or_else(|| piece.damaged("a batch is longer than there is room for"))?);
    }
    Ok(frames)
}

impl Frame {
    /// The batch of some lines of the file `input`, or among the `copies`; and what stands before it in this part.
    pub(super) fn read(
        &self,
        piece: &Piece<About>,
        (input, copies): (u32, u32),
        slots: usize,
    ) -> Result<(Before, Batch), Error> {
        let Frame { copied, signatures, told } = self.clone();
        let read = postcard::from_bytes(piece.bytes(told)?);
        let (lines, bytes, mut batch): (u64, u64, Batch) = read.map_err(|e| piece.damaged(&e.to_string()))?;
        let slot = |pair: &[u8]| Slot::from_le_bytes([pair[0], pair[1]]);
        batch.signatures = piece.bytes(signatures)?.chunks_exact(2).map(slot).collect();
        batch.start = if copied.is_empty() {
            Place { file: input, ..batch.start }
        } else {
            Place { file: copies, len: 0, offset: copied.start as u64 }
        };
        let accepted: Vec<&Sketched> = batch.records.iter().filter_map(|record| record.result.as_ref().ok()).collect();
        let is_text = |range: &Range<usize>| batch.texts.get(range.clone()).is_some();
        let is_sound = |one: &&Sketched| {
            let is_copied = copied.is_empty() || one.record.end <= copied.len();
            is_text(&one.source)
                && one.id.as_ref().is_none_or(is_text)
                && one.record.start <= one.record.end
                && is_copied
                && usize::from(one.filled) <= slots
        };
        if batch.signatures.len() != slots * accepted.len() || !accepted.iter().all(is_sound) {
            return Err(piece.damaged("a batch is not as batches are"));
        }
        Ok((Before { input, lines, bytes }, batch))
    }
}
