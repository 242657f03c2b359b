//! Candidates to edges and similarities: records read again and compared exactly.
//!
//! Connected candidates are compared together, so that each record is read about once, in portions whose shingles fit in
//! memory: those of a small family by the thread that compares it, those of a large one by every thread ahead of that. The
//! pairs of the node that most of a connection will follow come first, as they are asked for anyway, then the likeliest, so
//! that where only groups are wanted most others are connected when their turn comes and need no look. While the shingles
//! are at hand, every node is compared with whom it will follow.

use super::candidates::Candidate;
use super::matched::Matched;
use crate::error::Error;
use crate::group::UnionFind;
use crate::lsh::Nodes;
use crate::params::Params;
use crate::pipeline::article::Articles;
use crate::pipeline::read::Remembered;
use crate::records::Reader;
use crate::shingle::Sequence;
use crate::sort;
use crate::verify::{Edge, Overlap};
use rayon::prelude::*;
use std::borrow::Cow;

/// Shingles held at once while candidates are compared (24 bytes each, or less).
const PORTION_SHINGLES: usize = 1 << 20;

/// Pairs of a small family at most, and the shingles of all of them.
const FEW_PAIRS: usize = 256;
const FEW_SHINGLES: usize = 1 << 16;

/// Documents read by one thread at a time, at least.
const DOCUMENTS: usize = 128;

/// Compares pairs of nodes.
pub(super) struct Comparer<'a> {
    pub(super) memory: &'a Remembered,
    pub(super) params: &'a Params,
    pub(super) nodes: &'a Nodes,
    /// Whether pairs that edges already connect are compared too.
    pub(super) keeps_connected: bool,
    /// What others compared already.
    pub(super) matched: Option<&'a Matched>,
}

impl<'a> Comparer<'a> {
    /// Every comparison that was made, in an order of its own that depends on nothing but the candidates.
    pub(super) fn compare(
        &self,
        candidates: Vec<Candidate>,
        done: impl Fn(u64) -> Result<(), Error>,
    ) -> Result<Vec<Edge>, Error> {
        let connected = self.by_connection(candidates);
        let (mut edges, joined) = (Vec::new(), UnionFind::new(self.nodes.len()));
        for portion in self.portions(&connected) {
            done(portion.len() as u64)?;
            // Of a connection cut in two, the second part may know already what the first part found.
            let is_open = |&&pair: &&Candidate| self.keeps_connected || !joined.are_one(pair.a, pair.b);
            let portion: Vec<Candidate> = portion.iter().filter(is_open).copied().collect();
            let families: Vec<&[Candidate]> = portion.chunk_by(|x, y| x.home == y.home).collect();
            let large = families.iter().copied().filter(|family| !self.is_small(family)).flatten();
            let sequences = self.sequences(large)?;
            let compared =
                families.par_iter().map_init(|| None, |again, family| self.family(family, &sequences, again));
            let start = edges.len();
            edges.extend(compared.collect::<Result<Vec<_>, Error>>()?.into_iter().flatten());
            self.params.verify.near(&edges[start..]).for_each(|edge| _ = joined.join(edge.a, edge.b));
        }
        Ok(edges)
    }

    /// Candidates by the least node of what they connect, those of that node first, then the likeliest.
    fn by_connection(&self, mut candidates: Vec<Candidate>) -> Vec<Candidate> {
        let joined = UnionFind::new(self.nodes.len());
        candidates.iter().for_each(|pair| _ = joined.join(pair.a, pair.b));
        candidates.iter_mut().for_each(|pair| pair.home = joined.least(pair.a));
        sort::by_key(&mut candidates, |pair| (pair.home, pair.a != pair.home, pair.unequal, pair.a, pair.b));
        candidates
    }

    /// Cuts connected candidates where a connection ends, or where their shingles would be too many to hold.
    fn portions<'c>(&self, connected: &'c [Candidate]) -> Vec<&'c [Candidate]> {
        let mut counted = vec![u32::MAX; self.nodes.len()];
        let (mut portions, mut start, mut whole, mut held) = (Vec::new(), 0, 0, 0);
        for (at, pair) in connected.iter().enumerate() {
            if at == 0 || connected[at - 1].home != pair.home {
                whole = at;
            }
            let mut hold = |portion: usize| -> usize {
                let new = [pair.a, pair.b]
                    .into_iter()
                    .filter(|&node| std::mem::replace(&mut counted[node as usize], portion as u32) != portion as u32);
                new.map(|node| self.words(node)).sum()
            };
            held += hold(portions.len());
            if held > PORTION_SHINGLES && at > start {
                let end = if whole > start { whole } else { at };
                portions.push(&connected[start..end]);
                start = end;
                // What of this connection went before is counted again, at most once.
                held = connected[end..at].iter().map(|pair| self.words(pair.a) + self.words(pair.b)).sum::<usize>();
                held += hold(portions.len());
            }
        }
        portions.extend(Some(&connected[start..]).filter(|rest| !rest.is_empty()));
        portions
    }

    fn words(&self, node: u32) -> usize {
        self.memory.catalog.words(self.nodes.document[node as usize]) as usize
    }

    fn again(&self) -> Again<'a> {
        (self.memory.records.reader(), Articles::new(self.params, &self.memory.boilerplate))
    }

    fn sequence(&self, node: u32, (reader, articles): &mut Again) -> Result<Sequence, Error> {
        articles.sequence(&self.memory.catalog, self.nodes.document[node as usize], reader)
    }

    fn known(&self, a: u32, b: u32) -> Option<Overlap> {
        self.matched.and_then(|matched| matched.overlap(a, b))
    }

    /// Whether a thread may read what it compares of a family itself, and find it near when it does so.
    fn is_small(&self, family: &[Candidate]) -> bool {
        let words = |pair: &Candidate| self.words(pair.a) + self.words(pair.b);
        family.len() <= FEW_PAIRS && family.iter().map(words).sum::<usize>() <= FEW_SHINGLES
    }

    /// The shingles of all nodes of some pairs that are to be compared, read by every thread, in the order of arrival.
    fn sequences<'c>(&self, pairs: impl Iterator<Item = &'c Candidate>) -> Result<Sequences, Error> {
        let unknown = pairs.filter(|pair| self.known(pair.a, pair.b).is_none());
        let mut nodes: Vec<u32> = unknown.flat_map(|pair| [pair.a, pair.b]).collect();
        sort::by_key(&mut nodes, |&node| self.nodes.document[node as usize]);
        nodes.dedup();
        let nodes = nodes.par_iter().with_min_len(DOCUMENTS);
        let sequence = |again: &mut Again, &node: &u32| Ok((node, self.sequence(node, again)?));
        let mut sequences: Vec<_> = nodes.map_init(|| self.again(), sequence).collect::<Result<_, Error>>()?;
        sort::by_key(&mut sequences, |&(node, _)| node);
        Ok(Sequences { sequences })
    }

    fn family(
        &self,
        family: &[Candidate],
        sequences: &Sequences,
        again: &mut Option<Again<'a>>,
    ) -> Result<Vec<Edge>, Error> {
        let mut nodes: Vec<u32> = family.iter().flat_map(|pair| [pair.a, pair.b]).collect();
        nodes.sort_unstable();
        nodes.dedup();
        let local = |node: u32| nodes.binary_search(&node).unwrap_or_default() as u32;
        let mut sequences: Vec<Option<Cow<Sequence>>> =
            nodes.iter().map(|&node| sequences.of(node).map(Cow::Borrowed)).collect();
        let mut overlap = |x: u32, y: u32| {
            if let Some(known) = self.known(nodes[x as usize], nodes[y as usize]) {
                return Ok::<_, Error>(known);
            }
            // Of a small family none is read yet; and one of a pair that others compared may have another with which they
            // did not compare it.
            let mut take = |node: u32| match sequences[node as usize].take() {
                Some(sequence) => Ok(sequence),
                None => {
                    let again = again.get_or_insert_with(|| self.again());
                    self.sequence(nodes[node as usize], again).map(Cow::Owned)
                }
            };
            let (one, other) = (take(x)?, take(y)?);
            let overlap = Overlap::of_sequences(&one, &other);
            (sequences[x as usize], sequences[y as usize]) = (Some(one), Some(other));
            Ok(overlap)
        };
        let (joined, mut edges) = (UnionFind::new(nodes.len()), Vec::new());
        for &Candidate { a, b, .. } in family {
            let (x, y) = (local(a), local(b));
            if self.keeps_connected || !joined.are_one(x, y) {
                let overlap = overlap(x, y)?;
                if self.params.verify.joins(&overlap) {
                    joined.join(x, y);
                }
                edges.push(Edge { a, b, overlap });
            }
        }
        let mut knows_head = vec![false; nodes.len()];
        for edge in &edges {
            let y = local(edge.b);
            knows_head[y as usize] |= nodes[joined.least(y) as usize] == edge.a;
        }
        for y in 0..nodes.len() as u32 {
            let x = joined.least(y);
            if x != y && !knows_head[y as usize] {
                edges.push(Edge { a: nodes[x as usize], b: nodes[y as usize], overlap: overlap(x, y)? });
            }
        }
        for sequence in sequences.into_iter().flatten() {
            if let (Cow::Owned(sequence), Some((_, articles))) = (sequence, again.as_mut()) {
                articles.forget(sequence);
            }
        }
        Ok(edges)
    }
}

/// What it takes to read a document again.
type Again<'a> = (Reader<'a>, Articles<'a>);

/// Shingles by node.
struct Sequences {
    sequences: Vec<(u32, Sequence)>,
}

impl Sequences {
    fn of(&self, node: u32) -> Option<&Sequence> {
        self.sequences.binary_search_by_key(&node, |&(node, _)| node).ok().map(|at| &self.sequences[at].1)
    }
}
