//! `dedup` as a filter: records in, the kept ones out, byte for byte, in their order.
//!
//! Whether a record represents its group is known when all have been read, so they are copied to `--temp` until then.
//! With [`Keep::First`] a record is kept unless one before it is its near-duplicate, which is known at once: it streams.
//! Then no boilerplate is left out, of which nothing is known before all has been read.

use super::article::Articles;
use super::boilerplate::{Learning, LeftOut};
use super::duplicates;
use super::read::{Counts, Memory, Room, read, read_on};
use crate::boilerplate::Boilerplate;
use crate::document::DocId;
use crate::error::Error;
use crate::group::Keep;
use crate::input::{Input, Pace};
use crate::lsh::Lsh;
use crate::output::Table;
use crate::params::Params;
use crate::records::{Reader, Records};
use crate::sketch::equal_slots;
use crate::stats::{Stages, Unit};
use crate::verify::{EstimateBound, Overlap};
use ahash::RandomState;
use hashbrown::HashSet;
use std::io::Write;

/// What went through a filter.
pub(super) struct Passed {
    pub(super) counts: Counts,
    pub(super) left_out: LeftOut,
    pub(super) kept: u64,
    /// Known only where all were compared with all.
    pub(super) exact_copies: Option<u64>,
    pub(super) groups_of_two_or_more: Option<u64>,
}

/// Reads `inputs`, writes what is kept to `out` and what is rejected to `rejects`.
pub(super) fn filter(
    inputs: &[Input],
    params: &Params,
    room: Room,
    rejects: &mut Table,
    out: &mut (dyn Write + Send),
    stages: &mut Stages,
) -> Result<Passed, Error> {
    if params.group.keep == Keep::First {
        return stages.stage("filter", None, Unit::Bytes, |watch| {
            let (whole, records) = (Boilerplate::default(), Records::new(inputs, room.temp));
            let (mut stream, memory) = (Stream::new(params, &whole), Memory::new(inputs, params, None));
            let take = |memory: &mut Memory| {
                stream.take(memory, &records, out)?;
                out.flush().map_err(Error::Output)
            };
            let (memory, inputs) =
                read_on(memory, params, &Learning::off(), Pace::Eager, &records, rejects, watch, take)?;
            let bytes = inputs.iter().map(|input| input.bytes).sum();
            let (counts, kept) = (memory.counts, stream.kept);
            let left_out = LeftOut::default();
            let passed = Passed { kept, counts, left_out, exact_copies: None, groups_of_two_or_more: None };
            Ok((passed, stream.next.into(), bytes))
        });
    }
    let memory = read(inputs, params, room, rejects, None, None, false, stages)?;
    let groups = duplicates::groups(&memory, params, false, stages)?;
    let kept = stages.stage("write", None, Unit::Documents, |_| {
        let mut records = memory.records.reader_ahead();
        let mut kept = 0;
        for doc in memory.catalog.documents().filter(|&doc| groups.is_representative(doc)) {
            write_line(records.read(memory.catalog.place(doc))?, out)?;
            kept += 1;
        }
        out.flush().map_err(Error::Output)?;
        Ok::<_, Error>((kept, kept, 0))
    })?;
    let (exact_copies, groups_of_two_or_more) = (Some(groups.counts.exact_copies), Some(groups.of_two_or_more()));
    let (counts, left_out) = (memory.counts, memory.left_out);
    Ok(Passed { counts, left_out, kept, exact_copies, groups_of_two_or_more })
}

fn write_line(record: &[u8], out: &mut dyn Write) -> Result<(), Error> {
    out.write_all(record).and_then(|()| out.write_all(b"\n")).map_err(Error::Output)
}

/// Documents decided as they come.
struct Stream<'p> {
    params: &'p Params,
    articles: Articles<'p>,
    bound: EstimateBound,
    index: Lsh,
    contents: HashSet<u128, RandomState>,
    found: Vec<DocId>,
    /// The next document to decide.
    next: DocId,
    kept: u64,
}

impl<'p> Stream<'p> {
    fn new(params: &'p Params, whole: &'p Boilerplate) -> Self {
        Stream {
            params,
            articles: Articles::new(params, whole),
            bound: EstimateBound::new(params.verify.threshold, params.sketch.slots),
            index: Lsh::new(params.shape()),
            contents: HashSet::default(),
            found: Vec::new(),
            next: 0,
            kept: 0,
        }
    }

    /// Decides the documents that have been read since.
    fn take(&mut self, memory: &Memory, records: &Records, out: &mut dyn Write) -> Result<(), Error> {
        let mut reader = records.reader();
        for doc in self.next..memory.catalog.len() as DocId {
            let is_new = self.is_new(doc, memory, &mut reader)?;
            if is_new {
                write_line(reader.read(memory.catalog.place(doc))?, out)?;
            }
            self.kept += u64::from(is_new);
        }
        self.next = memory.catalog.len() as DocId;
        Ok(())
    }

    fn is_new(&mut self, doc: DocId, memory: &Memory, records: &mut Reader) -> Result<bool, Error> {
        let (catalog, signatures) = (&memory.catalog, &memory.signatures);
        self.index.insert(signatures.row(doc), &mut self.found);
        if !self.contents.insert(catalog.content(doc)) {
            return Ok(false);
        }
        let alike = |&earlier: &DocId| {
            let equal = equal_slots(signatures.row(doc), signatures.row(earlier));
            self.bound.allows(equal, catalog.filled(doc).max(catalog.filled(earlier)))
        };
        let mut own = None;
        for earlier in self.found.iter().copied().filter(alike) {
            let set = match own.take() {
                Some(set) => set,
                None => self.articles.set(catalog, doc, records)?,
            };
            let overlap = Overlap::of(&set, &self.articles.set(catalog, earlier, records)?);
            if self.params.verify.joins(&overlap) {
                return Ok(false);
            }
            own = Some(set);
        }
        Ok(true)
    }
}
