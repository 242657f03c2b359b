//! `match`: some bands of all shards, and the pairs in them.
//!
//! Of each band the pairs (8 bytes each), in how many slots they differ (2 bytes) and the nodes of large buckets (4), then the
//! pairs that were compared, with what they have in common (20).

use super::cut::Shard;
use super::replay::remember;
use super::task::{Sketches, check_state, missing, named, open};
use super::{Going, Left};
use crate::error::Error;
use crate::lsh::Nodes;
use crate::output::Table;
use crate::pipeline::duplicates::{self, Band, Matched};
use crate::pipeline::{Outcome, Verb, pool, write};
use crate::stats::{Stages, Watch};
use crate::store::{GrowingPiece, Piece};
use crate::verify::{Edge, Overlap};
use bytemuck::Pod;
use serde::{Deserialize, Serialize};
use std::ops::Range;
use std::path::Path;
use std::str::FromStr;

const KIND: &str = "match";

/// Values that are written or read at once.
const PIECE: usize = 64 << 10;

/// Which bands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BandRange {
    /// From the first up to the second, which is none of them; counted from 0.
    Bands(usize, usize),
    /// Parts of equal size of all bands.
    Part(Shard),
}

impl FromStr for BandRange {
    type Err = Error;

    /// `0..8`, or `1/3` for the first of three parts.
    fn from_str(written: &str) -> Result<Self, Error> {
        let why = "A..B was expected, bands counted from 0 up to B, or i/n, such as 0..8 or 1/3";
        let wrong = || Error::Param { flag: "band-range", value: written.to_owned(), why };
        match written.split_once("..") {
            Some((from, to)) => {
                let (from, to) = (from.parse().map_err(|_| wrong())?, to.parse().map_err(|_| wrong())?);
                if from < to { Ok(BandRange::Bands(from, to)) } else { Err(wrong()) }
            }
            None => written.parse().map(BandRange::Part).map_err(|_: Error| wrong()),
        }
    }
}

/// What is known about a match.
#[derive(Debug, Serialize, Deserialize)]
struct About {
    of: String,
    range: Range<usize>,
    nodes: u32,
    bands: Vec<At>,
    compared: Range<usize>,
}

/// Where a band is.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct At {
    pairs: Range<usize>,
    unequal: Range<usize>,
    crowded: Range<usize>,
    capped: u64,
}

/// The bands that are meant.
pub(super) fn checked(sketches: &Sketches, range: BandRange) -> Result<Range<usize>, Error> {
    let bands = sketches.job.params.shape().bands;
    let refused = |value, why| Err(Error::Param { flag: "band-range", value, why });
    if sketches.job.verb == Verb::Cluster {
        return refused("has no use".to_owned(), "these are shards of cluster, which compares no documents");
    }
    match range {
        BandRange::Bands(from, to) if to > bands => {
            refused(format!("{from}..{to}"), "there are fewer bands; newsfold sketch tells how many")
        }
        BandRange::Bands(from, to) => Ok(from..to),
        BandRange::Part(Shard { first, last, of }) => {
            let place = |part: u32| (bands as u64 * u64::from(part) / u64::from(of)) as usize;
            Ok(place(first - 1)..place(last))
        }
    }
}

/// Goes through some bands of all shards in `dir`, compares what shares a bucket, and leaves a file of it; with `all_edges` all
/// of that is compared, which `--edges` asks of the merge.
pub fn match_bands(
    dir: &Path,
    range: BandRange,
    all_edges: bool,
    going: &Going,
    watch: &dyn Watch,
) -> Result<Left, Error> {
    going.check()?;
    let sketches = Sketches::open(dir)?;
    let range = checked(&sketches, range)?;
    let params = &sketches.job.params;
    let bands = params.shape().bands;
    let trims = sketches.trims()?;
    if range.is_empty() {
        // There are more parts than bands.
        return Ok(Left { file: None, outcome: Outcome::default(), bands });
    }
    pool(going.threads)?.install(|| {
        let (mut stages, mut nobody) = (Stages::new(watch), Table::nowhere());
        let memory = remember(&sketches, trims, going, &mut nobody, &mut stages)?;
        let name = format!("{KIND}-{}-to-{}", range.start, range.end);
        let mut growing = GrowingPiece::create(dir, &name, KIND)?;
        let (mut written, mut nodes) = (Vec::new(), 0);
        let mut keep = |all: &Nodes, band: &Band| {
            nodes = all.len() as u32;
            let mut end = growing.write(&[])? as usize;
            let mut next = |to: u64| std::mem::replace(&mut end, to as usize)..to as usize;
            let pairs = next(rows(&mut growing, band.pairs.iter().map(|&(a, b)| [a, b]))?);
            let unequal = next(rows(&mut growing, band.unequal.iter().flatten().copied())?);
            let crowded = next(rows(&mut growing, band.crowded.iter().copied())?);
            written.push(At { pairs, unequal, crowded, capped: band.capped });
            Ok(())
        };
        let edges = duplicates::match_bands(&memory, params, range.clone(), all_edges, &mut keep, &mut stages)?;
        let start = growing.write(&[])? as usize;
        let row = |edge: &Edge| {
            let Overlap { both, smaller, either } = edge.overlap;
            [edge.a, edge.b, both, smaller, either]
        };
        let compared = start..rows(&mut growing, edges.iter().map(row))? as usize;
        growing.finish(&About { of: sketches.state.clone(), range, nodes, bands: written, compared })?;
        let outcome = write::outcome(&memory.counts, &stages);
        Ok(Left { file: Some(dir.join(name)), outcome, bands })
    })
}

/// Appends some values; tells where they end.
fn rows<T: Pod>(growing: &mut GrowingPiece, values: impl Iterator<Item = T>) -> Result<u64, Error> {
    let (mut values, mut piece) = (values.peekable(), Vec::with_capacity(PIECE));
    let mut end = growing.write(&[])?;
    while values.peek().is_some() {
        piece.clear();
        piece.extend(values.by_ref().take(PIECE));
        end = growing.write(bytemuck::cast_slice(&piece))?;
    }
    Ok(end)
}

/// The files of all bands.
pub(super) struct Matches {
    pieces: Vec<Piece<About>>,
}

impl Matches {
    /// Opens those beside some sketches; fails where bands are missing. Of `cluster` there are none.
    pub(super) fn open(sketches: &Sketches) -> Result<Self, Error> {
        let bands = sketches.job.params.shape().bands;
        let mut pieces: Vec<Piece<About>> = Vec::new();
        if sketches.job.verb == Verb::Cluster {
            return Ok(Matches { pieces });
        }
        for path in named(&sketches.dir, "match-")? {
            let piece = open::<About>(&path, KIND)?;
            check_state(&piece, &piece.about.of, sketches)?;
            if piece.about.bands.len() != piece.about.range.len() {
                return Err(piece.damaged("it has other bands than it says"));
            }
            pieces.push(piece);
        }
        let missing = missing(pieces.iter().map(|piece| piece.about.range.clone()), 0..bands);
        if let Some(first) = missing.first() {
            let written = missing.iter().map(|range| format!("{}..{}", range.start, range.end)).collect::<Vec<_>>();
            let (written, dir) = (written.join(", "), sketches.dir.display());
            let what = format!(
                "the bands {written}: newsfold match {dir} --band-range {}..{} makes the first",
                first.start, first.end
            );
            return Err(Error::Lacking { dir: sketches.dir.clone(), what });
        }
        Ok(Matches { pieces })
    }

    /// What they found among these nodes.
    pub(super) fn matched(self, nodes: &Nodes) -> Result<Matched, Error> {
        let count = nodes.len() as u32;
        let mut compared = Vec::new();
        for piece in &self.pieces {
            if piece.about.nodes != count {
                return Err(piece.damaged("it has other nodes than the sketches"));
            }
            let edge =
                |[a, b, both, smaller, either]: [u32; 5]| Edge { a, b, overlap: Overlap { both, smaller, either } };
            read(piece, &piece.about.compared, |row| compared.push(edge(row)))?;
        }
        let get = move |band: usize| {
            let piece = self.pieces.iter().find(|piece| piece.about.range.contains(&band));
            // All bands were seen to be there.
            piece.map_or_else(|| Ok(Band::default()), |piece| read_band(piece, band, count))
        };
        Ok(Matched::new(Box::new(get), compared))
    }
}

fn read_band(piece: &Piece<About>, band: usize, nodes: u32) -> Result<Band, Error> {
    let at = &piece.about.bands[band - piece.about.range.start];
    let (mut pairs, mut unequal, mut crowded) = (Vec::new(), Vec::new(), Vec::new());
    read(piece, &at.pairs, |[a, b]: [u32; 2]| pairs.push((a, b)))?;
    read(piece, &at.unequal, |one| unequal.push(one))?;
    read(piece, &at.crowded, |node: u32| crowded.push(node))?;
    let are_nodes = pairs.iter().all(|&(a, b)| a < b && b < nodes) && crowded.iter().all(|&node| node < nodes);
    if !are_nodes || unequal.len() != pairs.len() {
        return Err(piece.damaged("a band is not as bands are"));
    }
    Ok(Band { pairs, unequal: Some(unequal), capped: at.capped, crowded })
}

/// Hands on the values that stand between two places.
fn read<T: Pod>(piece: &Piece<About>, within: &Range<usize>, mut take: impl FnMut(T)) -> Result<(), Error> {
    let mut start = within.start;
    while start < within.end {
        let end = within.end.min(start + PIECE * size_of::<T>());
        let bytes = piece.bytes(start..end)?;
        bytes.chunks_exact(size_of::<T>()).for_each(|value| take(bytemuck::pod_read_unaligned(value)));
        start = end;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bands_are_read_as_they_are_written() {
        assert_eq!("0..8".parse::<BandRange>().unwrap(), BandRange::Bands(0, 8));
        let part = BandRange::Part(Shard { first: 1, last: 1, of: 3 });
        assert_eq!("1/3".parse::<BandRange>().unwrap(), part);
        for wrong in ["", "8", "8..8", "9..8", "a..b", "0/3", "4/3", "..8", "-1..8"] {
            assert!(matches!(wrong.parse::<BandRange>(), Err(Error::Param { flag: "band-range", .. })), "{wrong}");
        }
    }
}
