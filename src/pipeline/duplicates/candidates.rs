//! Signatures to candidates: the pairs that share a band, as far as an estimate does not rule them out.
//!
//! Where only groups are wanted, a pair whose signatures are almost equal is presumed to be near, and what presumed pairs
//! connect already is not estimated again in the bands that follow: in a family of n copies that is all but O(n) of the
//! pairs. Presumptions are candidates like all others; should comparing refute one, the bands are gone through again
//! without any ([`Candidates::stand`]), so that no group rests on them. Where candidates become too many all the same (a
//! million versions of one page), those so far are compared before the next band, and what their edges connect is left
//! out from there on: memory is a few candidates a node.
//!
//! In a bucket too large for all its pairs a document may miss the one that it is near to. Once the others are compared,
//! those that are not of the largest part of such a crowd are looked for there again ([`Estimator::stragglers`]).

use super::super::read::Remembered;
use crate::document::DocId;
use crate::error::Error;
use crate::group::UnionFind;
use crate::hash;
use crate::lsh::{Banding, Nodes, Shape};
use crate::sketch::equal_slots;
use crate::sort;
use crate::verify::EstimateBound;
use rayon::prelude::*;
use std::ops::Range;

/// Bands gone through at once: each holds 4 bytes a document meanwhile, and 8 in every thread. As many as a signature has in
/// half a line of the processor's cache, which is fetched once for all of them.
const BANDS_AT_ONCE: usize = 4;
/// Among more nodes than this half as many: what the bands hold is more than the fetching is worth.
const MANY_NODES: usize = if cfg!(test) { 1 << 5 } else { 1 << 19 };
/// Candidates are freed of repeats whenever they have grown by this many.
const SLACK: usize = if cfg!(test) { 1 << 8 } else { 1 << 20 };
/// Candidates a node that are held at once, beside [`SLACK`].
const MOST_OF_A_NODE: usize = 4;
/// Pairs estimated by one thread at a time.
const PORTION: usize = 4096;
/// So many pairs ahead of the one that is estimated are brought near.
const AHEAD: usize = 8;
/// Of a crowd, so many looks a member at those that nobody was joined to, and so many at least.
const LOOKS: usize = 4;
const LEAST_LOOKS: usize = 1 << 16;
/// So many are taken of those that one of a crowd may be near to, by band.
const LIKELIEST: usize = 4;
/// Pairs remembered as met at most (8 bytes each).
const MOST_MET: usize = 1 << 21;

/// An unverified pair of nodes, the smaller first.
#[derive(Debug, Clone, Copy)]
pub(super) struct Candidate {
    /// The least node of all that candidates connect with it; [`NOWHERE`] until that is known.
    pub(super) home: u32,
    /// Slots in which their signatures differ.
    pub(super) unequal: u16,
    pub(super) a: u32,
    pub(super) b: u32,
}

/// The home of a candidate whose connections are not known yet.
const NOWHERE: u32 = u32::MAX;

impl Candidate {
    pub(super) fn new(a: u32, b: u32, unequal: u16) -> Self {
        Candidate { home: NOWHERE, unequal, a, b }
    }
}

/// The candidates of all bands, ascending by their nodes, without repeats.
#[derive(Debug, Default)]
pub(super) struct Candidates {
    pub(super) pairs: Vec<Candidate>,
    /// Those on whose account others were left out.
    presumed: Vec<(u32, u32)>,
    /// Pairs of large buckets that were not looked at.
    pub(super) capped: u64,
    /// The nodes of those buckets, ascending.
    pub(super) crowded: Vec<u32>,
}

impl Candidates {
    /// Whether every presumption turned out to be so: what `joined` holds are verified edges.
    pub(super) fn stand(&self, joined: &UnionFind) -> bool {
        self.presumed.iter().all(|&(a, b)| joined.are_one(a, b))
    }
}

/// What shares a bucket of one band.
#[derive(Debug, Default)]
pub(in crate::pipeline) struct Band {
    /// The pairs of nodes that are looked at, in the order in which they are met, some perhaps twice.
    pub(in crate::pipeline) pairs: Vec<(u32, u32)>,
    /// In how many slots the signatures of each pair differ, where all have been estimated.
    pub(in crate::pipeline) unequal: Option<Vec<u16>>,
    /// Pairs of large buckets that are not.
    pub(in crate::pipeline) capped: u64,
    /// The nodes of those buckets, perhaps several times.
    pub(in crate::pipeline) crowded: Vec<u32>,
}

/// How bands are had. Pairs that are connected already, as they grow more while bands are gone through, need not be among
/// them.
type Get<'a> = dyn Fn(Range<usize>, &UnionFind) -> Result<Vec<Band>, Error> + Sync + 'a;

/// Some bands, and how they are had.
pub(super) struct Bands<'a> {
    pub(super) range: Range<usize>,
    /// Those of a range that lies within it.
    pub(super) get: &'a Get<'a>,
    /// Is shown each, one after another.
    pub(super) keep: &'a mut dyn FnMut(&Band) -> Result<(), Error>,
}

/// Estimates pairs of nodes by their signatures.
pub(super) struct Estimator<'a> {
    memory: &'a Remembered,
    nodes: &'a Nodes,
    bound: EstimateBound,
}

impl<'a> Estimator<'a> {
    pub(super) fn new(memory: &'a Remembered, nodes: &'a Nodes, threshold: f64) -> Self {
        Estimator { memory, nodes, bound: EstimateBound::new(threshold, memory.signatures.slots()) }
    }

    /// Brings the signatures of a pair near that is to be estimated soon: they lie anywhere.
    fn bring_near(&self, (a, b): (u32, u32)) {
        let signatures = &self.memory.signatures;
        for node in [a, b] {
            signatures.bring_near(self.nodes.document[node as usize], 0..signatures.slots());
        }
    }

    /// The pair and how many slots differ.
    pub(super) fn estimate(&self, (a, b): (u32, u32)) -> Candidate {
        let row = |node: u32| self.memory.signatures.row(self.nodes.document[node as usize]);
        let (a_row, b_row) = (row(a), row(b));
        Candidate::new(a, b, (a_row.len() - equal_slots(a_row, b_row)) as u16)
    }

    /// Those of some pairs that an estimate does not rule out, in their order.
    fn likely(&self, pairs: &[(u32, u32)]) -> impl ParallelIterator<Item = Candidate> {
        pairs.par_chunks(PORTION).flat_map_iter(|portion| {
            let estimate = |(at, &pair): (usize, &(u32, u32))| {
                portion.get(at + AHEAD).into_iter().for_each(|&ahead| self.bring_near(ahead));
                self.estimate(pair)
            };
            portion.iter().enumerate().map(estimate).filter(|pair| self.allows(pair))
        })
    }

    fn filled(&self, node: u32) -> u16 {
        let document: DocId = self.nodes.document[node as usize];
        self.memory.catalog.filled(document)
    }

    fn equal(&self, pair: &Candidate) -> usize {
        self.memory.signatures.slots() - usize::from(pair.unequal)
    }

    fn allows(&self, pair: &Candidate) -> bool {
        self.bound.allows(self.equal(pair), self.filled(pair.a).max(self.filled(pair.b)))
    }

    fn presumes(&self, pair: &Candidate) -> bool {
        self.bound.presumes(self.equal(pair), self.filled(pair.a).min(self.filled(pair.b)))
    }

    /// What shares a bucket of each of some bands, but for pairs that are `left_out`.
    pub(super) fn bands(
        &self,
        shape: Shape,
        bands: Range<usize>,
        left_out: impl Fn(u32, u32) -> bool + Sync,
    ) -> Vec<Band> {
        let banding = || Banding::new(&self.memory.signatures, self.nodes, shape);
        let (of_each, mut buckets) = (bands.len(), vec![0; self.nodes.len() * bands.len()]);
        let portions = buckets.par_chunks_mut(PORTION * of_each).enumerate();
        portions.for_each(|(at, portion)| banding().buckets(at * PORTION, bands.clone(), portion));
        let first = bands.start;
        let band = |band: usize| {
            let (mut banding, mut pairs) = (banding(), Vec::new());
            let buckets = buckets.chunks_exact(of_each).map(|of_node| of_node[band - first]);
            banding.pairs_in(band, buckets, |a, b| {
                if !left_out(a, b) {
                    pairs.push((a, b));
                }
            });
            Band { pairs, unequal: None, capped: banding.capped, crowded: banding.crowded }
        };
        bands.into_par_iter().map(band).collect()
    }

    /// The candidates of some bands, `presume` or not; `done` is told of bands that are through. `compare` is handed those
    /// that are too many, if they may be fewer, and returns the edges among them.
    pub(super) fn banded(
        &self,
        bands: Bands,
        presume: bool,
        done: impl Fn(u64),
        mut compare: Option<impl FnMut(Vec<Candidate>) -> Result<Vec<(u32, u32)>, Error>>,
    ) -> Result<Candidates, Error> {
        let Bands { range, get, keep } = bands;
        let connected = UnionFind::new(self.nodes.len());
        let mut gathered = Gathered::new(self, presume, &connected);
        let at_once = if self.nodes.len() > MANY_NODES { BANDS_AT_ONCE / 2 } else { BANDS_AT_ONCE };
        let mut left = range.clone().step_by(at_once).map(|band| band..(band + at_once).min(range.end));
        let get = |bands| get(bands, &connected);
        let mut next = left.next().map(get);
        while let Some(found) = next.take().transpose()? {
            let (through, ahead) = (found.len(), left.next());
            rayon::in_place_scope(|scope| {
                // Other threads go through the next ones while this one gathers.
                scope.spawn(|_| next = ahead.map(get));
                found.into_iter().try_for_each(|band| {
                    keep(&band)?;
                    gathered.take(band, &mut compare)
                })
            })?;
            done(through as u64);
        }
        Ok(gathered.candidates())
    }

    /// Candidates among the nodes of [crowds](Candidates::crowded), where bands alone could not look at all pairs: of each
    /// that is not of the largest part of its crowd, by what is `joined`, the likeliest in other parts.
    pub(super) fn stragglers(&self, shape: Shape, crowded: &[u32], joined: &UnionFind) -> Vec<Candidate> {
        if crowded.is_empty() {
            return Vec::new();
        }
        let part: Vec<u32> = (0..self.nodes.len() as u32).map(|node| joined.least(node)).collect();
        let banding = Banding::new(&self.memory.signatures, self.nodes, shape);
        let of_band = |&band: &usize| {
            let (mut found, mut of_one) = (Vec::new(), Vec::new());
            banding.crowds(band, crowded, |crowd| {
                let lonely = apart(crowd, &part);
                let looks = (LOOKS * crowd.len() + LEAST_LOOKS).div_ceil(lonely.len().max(1)).min(crowd.len());
                for &node in &lonely {
                    let others = (0..looks).map(|look| crowd[look * crowd.len() / looks]);
                    let others = others.filter(|&other| part[other as usize] != part[node as usize]);
                    let estimated = others.map(|other| self.estimate((node.min(other), node.max(other))));
                    of_one.extend(estimated.filter(|pair| self.allows(pair)));
                    of_one.sort_unstable_by_key(|pair| (pair.unequal, pair.a, pair.b));
                    found.extend(of_one.drain(..).take(LIKELIEST));
                }
            });
            found
        };
        let mut all: Vec<Candidate> = Vec::new();
        let (bands, most): (Vec<usize>, usize) = ((0..shape.bands).collect(), most(self.nodes.len()));
        for together in bands.chunks(rayon::current_num_threads().min(BANDS_AT_ONCE)) {
            for found in together.par_iter().map(of_band).collect::<Vec<_>>() {
                if all.len() < most {
                    all.extend(found);
                    put_in_order(&mut all);
                }
            }
        }
        all
    }
}

/// What comes together from band after band, so that what is presumed and compared does not depend on how many are gone
/// through at once.
struct Gathered<'e, 'a> {
    estimator: &'e Estimator<'a>,
    presume: bool,
    /// Nothing is where pairs that are connected count as well: there nothing is presumed, and nothing compared yet.
    connected: &'e UnionFind,
    all: Candidates,
    met: Met,
    /// So many candidates have been freed of repeats.
    sorted: usize,
    is_crowded: Vec<bool>,
}

impl<'e, 'a> Gathered<'e, 'a> {
    fn new(estimator: &'e Estimator<'a>, presume: bool, connected: &'e UnionFind) -> Self {
        let nodes = estimator.nodes.len();
        Gathered {
            estimator,
            presume,
            connected,
            all: Candidates::default(),
            met: Met::new(nodes),
            sorted: 0,
            is_crowded: vec![false; nodes],
        }
    }

    /// Takes what the next band gives.
    fn take(
        &mut self,
        band: Band,
        compare: &mut Option<impl FnMut(Vec<Candidate>) -> Result<Vec<(u32, u32)>, Error>>,
    ) -> Result<(), Error> {
        let Gathered { estimator, presume, connected, all, met, sorted, is_crowded } = self;
        let Band { mut pairs, unequal, capped, crowded } = band;
        all.capped += capped;
        crowded.into_iter().for_each(|node| is_crowded[node as usize] = true);
        // What is connected is not noted as met: whoever went through the band may have left it out, or not.
        let mut is_open = |a, b| !connected.are_one(a, b) && met.is_new(a, b);
        let start = all.pairs.len();
        if let Some(unequal) = unequal {
            let open = pairs.iter().zip(unequal).filter(|&(&(a, b), _)| is_open(a, b));
            let estimated = open.map(|(&(a, b), unequal)| Candidate::new(a, b, unequal));
            all.pairs.extend(estimated.filter(|pair| estimator.allows(pair)));
        } else {
            // As many are open as are not, in no order that a processor could guess: each is kept until the next one is.
            let mut open = 0;
            for at in 0..pairs.len() {
                let (a, b) = pairs[at];
                pairs[open] = (a, b);
                open += usize::from(is_open(a, b));
            }
            pairs.truncate(open);
            all.pairs.par_extend(estimator.likely(&pairs));
        }
        for pair in all.pairs[start..].iter().filter(|pair| *presume && estimator.presumes(pair)) {
            if connected.join(pair.a, pair.b) {
                all.presumed.push((pair.a, pair.b));
            }
        }
        if all.pairs.len() > *sorted + *sorted / 3 + SLACK {
            put_in_order(&mut all.pairs);
            let is_too_many = all.pairs.len() > most(estimator.nodes.len());
            if let Some(compare) = compare.as_mut().filter(|_| is_too_many) {
                let edges = compare(std::mem::take(&mut all.pairs))?;
                edges.into_iter().for_each(|(a, b)| _ = connected.join(a, b));
            }
            *sorted = all.pairs.len();
        }
        Ok(())
    }

    fn candidates(self) -> Candidates {
        let Gathered { mut all, is_crowded, .. } = self;
        put_in_order(&mut all.pairs);
        all.crowded = (0..).zip(is_crowded).filter_map(|(node, is_crowded)| is_crowded.then_some(node)).collect();
        all
    }
}

/// The nodes of a crowd that are not of its largest part.
fn apart(crowd: &[u32], part: &[u32]) -> Vec<u32> {
    let mut parts: Vec<u32> = crowd.iter().map(|&node| part[node as usize]).collect();
    parts.sort_unstable();
    let largest = parts.chunk_by(|a, b| a == b).max_by_key(|part| (part.len(), std::cmp::Reverse(part[0])));
    let largest = largest.map_or(NOWHERE, |part| part[0]);
    crowd.iter().copied().filter(|&node| part[node as usize] != largest).collect()
}

/// The pairs met of late: a near pair shares several bands, and is estimated in the first.
struct Met {
    pairs: Vec<(u32, u32)>,
}

impl Met {
    fn new(nodes: usize) -> Self {
        Met { pairs: vec![(0, 0); nodes.next_power_of_two().min(MOST_MET)] }
    }

    /// Whether a pair is not known to have been met. Another pair may have taken its place since.
    fn is_new(&mut self, a: u32, b: u32) -> bool {
        let place = hash::fold(u64::from(a) << 32 | u64::from(b)) as usize & (self.pairs.len() - 1);
        std::mem::replace(&mut self.pairs[place], (a, b)) != (a, b)
    }
}

/// Candidates of so many nodes that are held at once.
pub(super) fn most(nodes: usize) -> usize {
    MOST_OF_A_NODE * nodes + SLACK
}

/// Puts candidates in order and frees them of repeats.
pub(super) fn put_in_order(candidates: &mut Vec<Candidate>) {
    sort::by_key(candidates, |pair| u64::from(pair.a) << 32 | u64::from(pair.b));
    candidates.dedup_by_key(|pair| (pair.a, pair.b));
}
