//! Near-duplicates: signatures to groups, and every member's exact similarity.
//!
//! The documents are put in the order in which they would represent a group, exact copies of an earlier one set aside;
//! what is left are the nodes. Bands give candidates; those an estimate cannot rule out are read again and compared
//! exactly, connected ones together so that each record is read about once, in portions whose shingles fit in memory.

use super::article::Articles;
use super::read::Remembered;
use crate::document::DocId;
use crate::error::Error;
use crate::group::{self, Linkage, UnionFind};
use crate::lsh::{Banding, Candidate, Shape, contained};
use crate::params::Params;
use crate::records::Reader;
use crate::sketch::equal_slots;
use crate::stats::{Stages, Unit};
use crate::verify::{Edge, EstimateBound, Overlap};
use ahash::RandomState;
use hashbrown::HashMap;
use rayon::prelude::*;

/// Shingles held at once while candidates are compared (8 bytes each).
const PORTION_SHINGLES: usize = 4 << 20;
/// Candidates are freed of repeats whenever they have grown by this many.
const CANDIDATES_SLACK: usize = 1 << 20;

/// Who belongs together.
pub(super) struct Groups {
    /// Of each document.
    pub(super) representative: Vec<DocId>,
    /// Of each document, to its representative.
    pub(super) similarity: Vec<f64>,
    /// The documents in the order in which they would represent a group.
    pub(super) order: Vec<DocId>,
    /// Verified pairs, if they were asked for.
    pub(super) edges: Vec<(DocId, DocId, Overlap)>,
    pub(super) counts: Counts,
}

/// What near-duplicate detection did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Counts {
    pub(super) exact_copies: u64,
    pub(super) candidates: u64,
    pub(super) verified: u64,
    pub(super) edges: u64,
    pub(super) capped_bucket_pairs: u64,
    pub(super) long_lists: u64,
}

impl Groups {
    /// Every document its own group.
    pub(super) fn alone(memory: &Remembered, params: &Params) -> Self {
        let documents = memory.catalog.documents();
        Groups {
            similarity: vec![1.0; documents.len()],
            representative: documents.collect(),
            order: order(memory, &params.group),
            edges: Vec::new(),
            counts: Counts::default(),
        }
    }

    /// The documents, those of a group together, its representative first; both in the order in which they would
    /// represent a group.
    pub(super) fn members(&self) -> Vec<DocId> {
        let mut rank = vec![0u32; self.order.len()];
        self.order.iter().zip(0..).for_each(|(&doc, at)| rank[doc as usize] = at);
        let mut members = self.order.clone();
        members.sort_by_key(|&doc| rank[self.representative[doc as usize] as usize]);
        members
    }

    /// How many groups are of two or more.
    pub(super) fn of_two_or_more(&self) -> u64 {
        let mut is_followed = vec![false; self.representative.len()];
        let led = self.representative.iter().zip(0..).filter(|&(&office, doc)| office != doc);
        led.for_each(|(&office, _)| is_followed[office as usize] = true);
        is_followed.into_iter().filter(|&followed| followed).count() as u64
    }

    /// Whether a document represents its group.
    pub(super) fn is_representative(&self, doc: DocId) -> bool {
        self.representative[doc as usize] == doc
    }

    /// Whether two documents are of one group.
    pub(super) fn are_together(&self, a: DocId, b: DocId) -> bool {
        self.representative[a as usize] == self.representative[b as usize]
    }
}

/// The documents in the order in which they would represent a group.
pub(super) fn order(memory: &Remembered, params: &group::Params) -> Vec<DocId> {
    let claim = |&doc: &DocId| memory.catalog.claim(doc, &params.prefer_source);
    let mut order: Vec<DocId> = memory.catalog.documents().collect();
    order.par_sort_unstable_by(|a, b| group::order(params.keep, &claim(a), &claim(b)));
    order
}

/// Finds the groups; with `all_edges`, every candidate is compared, connected or not.
pub(super) fn groups(
    memory: &Remembered,
    params: &Params,
    all_edges: bool,
    stages: &mut Stages,
) -> Result<Groups, Error> {
    let finder = stages.stage("order", None, Unit::Documents, |_| {
        let finder = Finder::new(memory, params);
        Ok::<_, Error>((finder, memory.catalog.len() as u64, 0))
    })?;
    let mut counts = Counts { exact_copies: (memory.catalog.len() - finder.nodes.len()) as u64, ..Counts::default() };
    let shape = params.shape();
    let candidates = stages.stage("candidates", Some(shape.bands as u64), Unit::Steps, |watch| {
        let (mut candidates, capped) = finder.banded(shape, |bands| watch.advance(bands));
        counts.capped_bucket_pairs = capped;
        if let Some(least) = params.verify.containment {
            let (more, long_lists) = finder.contained(least)?;
            counts.long_lists = long_lists;
            candidates.extend(more);
            candidates.par_sort_unstable();
            candidates.dedup();
        }
        counts.candidates = candidates.len() as u64;
        Ok::<_, Error>((candidates, counts.candidates, 0))
    })?;
    let keeps_connected = all_edges || params.group.linkage == Linkage::Representative;
    stages.stage("verify", Some(candidates.len() as u64), Unit::Steps, |watch| {
        let compared = finder.compare(candidates, keeps_connected, |pairs| watch.advance(pairs))?;
        counts.verified = compared.len() as u64;
        let mut edges: Vec<Edge> = compared.into_iter().filter(|edge| params.verify.joins(&edge.overlap)).collect();
        counts.edges = edges.len() as u64;
        let groups = finder.settle(&mut edges, params.group.linkage)?;
        let edges = if all_edges { finder.all_edges(&edges) } else { Vec::new() };
        Ok((finder.documents(&groups, edges, counts), counts.verified, 0))
    })
}

/// Finds pairs of nodes and compares them.
struct Finder<'a> {
    memory: &'a Remembered,
    params: &'a Params,
    order: Vec<DocId>,
    /// The documents that are no exact copy of an earlier one, in order.
    nodes: Vec<DocId>,
    /// The node of each document.
    node: Vec<u32>,
}

/// The representative of each node and the similarity to it.
struct Settled {
    representative: Vec<u32>,
    similarity: Vec<f64>,
}

impl<'a> Finder<'a> {
    fn new(memory: &'a Remembered, params: &'a Params) -> Self {
        let order = order(memory, &params.group);
        let mut first: HashMap<u128, u32, RandomState> = HashMap::default();
        let (mut nodes, mut node) = (Vec::new(), vec![0; order.len()]);
        for &doc in &order {
            node[doc as usize] = *first.entry(memory.catalog.content(doc)).or_insert_with(|| {
                nodes.push(doc);
                nodes.len() as u32 - 1
            });
        }
        Finder { memory, params, order, nodes, node }
    }

    /// Candidates that share a band and that the estimate does not rule out; and pairs left out of large buckets.
    fn banded(&self, shape: Shape, done: impl Fn(u64)) -> (Vec<Candidate>, u64) {
        let signatures = &self.memory.signatures;
        let bound = EstimateBound::new(self.params.verify.threshold, signatures.slots());
        let row = |node: u32| signatures.row(self.nodes[node as usize]);
        let filled = |node: u32| self.memory.catalog.filled(self.nodes[node as usize]);
        let one_band = |band: usize| {
            let (mut banding, mut found) = (Banding::new(signatures, &self.nodes, shape), Vec::new());
            banding.pairs(band, |a, b| {
                if bound.allows(equal_slots(row(a), row(b)), filled(a).max(filled(b))) {
                    found.push((a, b));
                }
            });
            (found, banding.capped)
        };
        let (mut candidates, mut sorted, mut capped) = (Vec::new(), 0, 0);
        let bands: Vec<usize> = (0..shape.bands).collect();
        for together in bands.chunks(rayon::current_num_threads()) {
            for (found, left_out) in together.par_iter().map(|&band| one_band(band)).collect::<Vec<_>>() {
                candidates.extend(found);
                capped += left_out;
            }
            if candidates.len() > 2 * sorted + CANDIDATES_SLACK {
                candidates.par_sort_unstable();
                candidates.dedup();
                sorted = candidates.len();
            }
            done(together.len() as u64);
        }
        candidates.par_sort_unstable();
        candidates.dedup();
        (candidates, capped)
    }

    /// Candidates of which one may be a cut of the other; and lists left out.
    fn contained(&self, least: f64) -> Result<(Vec<Candidate>, u64), Error> {
        let nodes: Vec<u32> = (0..self.nodes.len() as u32).collect();
        let portions = nodes.par_chunks(4096).map(|portion| {
            let (mut reader, mut articles) = (self.memory.records.reader(), Articles::new(self.params));
            let (mut listed, mut sizes) = (Vec::new(), Vec::new());
            for &node in portion {
                let set = self.set(node, &mut reader, &mut articles)?;
                sizes.push(set.len() as u32);
                contained::list(node, &set, &mut listed);
            }
            Ok((listed, sizes))
        });
        let (listed, sizes): (Vec<_>, Vec<_>) = portions.collect::<Result<Vec<_>, Error>>()?.into_iter().unzip();
        let (mut listed, sizes) = (listed.concat(), sizes.concat());
        listed.par_sort_unstable();
        Ok(contained::pairs(&listed, &sizes, least))
    }

    /// The shingle set of a node, from its record.
    fn set(&self, node: u32, records: &mut Reader, articles: &mut Articles) -> Result<Vec<u64>, Error> {
        articles.set(&self.memory.catalog, self.nodes[node as usize], records)
    }

    /// Compares candidates exactly. Pairs that edges already connect are passed over, unless `keeps_connected`.
    fn compare(
        &self,
        candidates: Vec<Candidate>,
        keeps_connected: bool,
        done: impl Fn(u64),
    ) -> Result<Vec<Edge>, Error> {
        let connected = self.by_connection(candidates);
        let (mut edges, mut joined) = (Vec::new(), UnionFind::new(self.nodes.len()));
        for portion in self.portions(&connected) {
            done(portion.len() as u64);
            // Of a connection cut in two, the second part may know already what the first part found.
            let mut is_open = |&&(_, (a, b)): &&(u32, Candidate)| keeps_connected || joined.least(a) != joined.least(b);
            let portion: Vec<(u32, Candidate)> = portion.iter().filter(&mut is_open).copied().collect();
            let sets = self.sets(&portion)?;
            let families: Vec<&[(u32, Candidate)]> = portion.chunk_by(|x, y| x.0 == y.0).collect();
            let compared = families.par_iter().map(|family| self.family(family, &sets, keeps_connected));
            let compared: Vec<Edge> = compared.collect::<Vec<_>>().into_iter().flatten().collect();
            let near = compared.iter().filter(|edge| self.params.verify.joins(&edge.overlap));
            near.for_each(|edge| _ = joined.join(edge.a, edge.b));
            edges.extend(compared);
        }
        Ok(edges)
    }

    /// Candidates with the least node of what they connect, so sorted.
    fn by_connection(&self, candidates: Vec<Candidate>) -> Vec<(u32, Candidate)> {
        let mut joined = UnionFind::new(self.nodes.len());
        candidates.iter().for_each(|&(a, b)| _ = joined.join(a, b));
        let mut connected: Vec<_> = candidates.into_iter().map(|pair| (joined.least(pair.0), pair)).collect();
        connected.par_sort_unstable();
        connected
    }

    /// Cuts connected candidates where a connection ends, or where their shingles would be too many to hold.
    fn portions<'c>(&self, connected: &'c [(u32, Candidate)]) -> Vec<&'c [(u32, Candidate)]> {
        let words = |node: u32| self.memory.catalog.words(self.nodes[node as usize]) as usize;
        let (mut portions, mut start, mut held, mut whole) = (Vec::new(), 0, 0, 0);
        for (at, &(least, (a, b))) in connected.iter().enumerate() {
            let is_new = at == 0 || connected[at - 1].0 != least;
            if is_new {
                whole = at;
            }
            // An upper bound: a node in several pairs is held once.
            held += words(b) + if is_new || connected[at - 1].1.0 != a { words(a) } else { 0 };
            if held > PORTION_SHINGLES && at > start {
                let end = if whole > start { whole } else { at };
                portions.push(&connected[start..end]);
                held = connected[end..=at].iter().map(|&(_, (a, b))| words(a) + words(b)).sum();
                start = end;
            }
        }
        portions.extend(Some(&connected[start..]).filter(|rest| !rest.is_empty()));
        portions
    }

    /// The shingle sets of all nodes of a portion.
    fn sets(&self, portion: &[(u32, Candidate)]) -> Result<Sets, Error> {
        let mut nodes: Vec<u32> = portion.iter().flat_map(|&(_, (a, b))| [a, b]).collect();
        nodes.par_sort_unstable();
        nodes.dedup();
        let init = || (self.memory.records.reader(), Articles::new(self.params));
        let sets = nodes.par_iter().map_init(init, |(reader, articles), &node| self.set(node, reader, articles));
        Ok(Sets { sets: sets.collect::<Result<_, _>>()?, nodes })
    }

    fn family(&self, family: &[(u32, Candidate)], sets: &Sets, keeps_connected: bool) -> Vec<Edge> {
        let mut nodes: Vec<u32> = family.iter().flat_map(|&(_, (a, b))| [a, b]).collect();
        nodes.sort_unstable();
        nodes.dedup();
        let local = |node: u32| nodes.binary_search(&node).unwrap_or_default() as u32;
        let mut joined = UnionFind::new(nodes.len());
        let mut edges = Vec::new();
        for &(_, (a, b)) in family {
            let (x, y) = (local(a), local(b));
            if keeps_connected || joined.least(x) != joined.least(y) {
                let overlap = Overlap::of(sets.of(a), sets.of(b));
                if self.params.verify.joins(&overlap) {
                    joined.join(x, y);
                }
                edges.push(Edge { a, b, overlap });
            }
        }
        edges
    }

    /// Makes groups of edges and compares every member with its representative that was not compared before.
    fn settle(&self, edges: &mut Vec<Edge>, linkage: Linkage) -> Result<Settled, Error> {
        let mut representative = group::representatives(self.nodes.len(), edges, Linkage::Components);
        let mut similarity = self.compare_with(&representative, edges)?;
        if linkage == Linkage::Representative {
            // A member that no band joined to its component's representative may be near it all the same.
            edges.extend(similarity.iter().zip(0..).filter_map(|(overlap, b)| {
                let edge = Edge { a: representative[b as usize], b, overlap: (*overlap)? };
                (edge.a != b && self.params.verify.joins(&edge.overlap)).then_some(edge)
            }));
            edges.sort_unstable_by_key(|edge| (edge.a, edge.b));
            edges.dedup_by_key(|edge| (edge.a, edge.b));
            representative = group::representatives(self.nodes.len(), edges, linkage);
            similarity = self.compare_with(&representative, edges)?;
        }
        let similarity = similarity.iter().map(|overlap| overlap.map_or(1.0, |overlap| overlap.similarity())).collect();
        Ok(Settled { representative, similarity })
    }

    /// Each node's overlap with its representative, `None` for a representative: from the edges, else compared now.
    fn compare_with(&self, representative: &[u32], edges: &[Edge]) -> Result<Vec<Option<Overlap>>, Error> {
        let mut overlap = vec![None; representative.len()];
        let mut take = |edge: &Edge| {
            if representative[edge.b as usize] == edge.a {
                overlap[edge.b as usize] = Some(edge.overlap);
            }
        };
        edges.iter().for_each(&mut take);
        let left = (0u32..).zip(representative).zip(&overlap);
        let left = left
            .filter(|((node, office), known)| node != *office && known.is_none())
            .map(|((node, &office), _)| (office, node));
        let compared = self.compare(left.collect(), true, |_| ())?;
        for edge in compared {
            overlap[edge.b as usize] = Some(edge.overlap);
        }
        Ok(overlap)
    }

    /// The edges between documents: those of the nodes, and every exact copy's to the first of its words.
    fn all_edges(&self, edges: &[Edge]) -> Vec<(DocId, DocId, Overlap)> {
        let first = |doc: DocId| self.nodes[self.node[doc as usize] as usize];
        let copies = self.order.iter().filter(|&&doc| first(doc) != doc).map(|&doc| (first(doc), doc, Overlap::WHOLE));
        let nodes = edges.iter().map(|edge| (self.nodes[edge.a as usize], self.nodes[edge.b as usize], edge.overlap));
        nodes.chain(copies).collect()
    }

    /// From nodes back to documents.
    fn documents(self, settled: &Settled, edges: Vec<(DocId, DocId, Overlap)>, counts: Counts) -> Groups {
        let Finder { nodes, node, order, .. } = self;
        let representative = node.iter().map(|&node| nodes[settled.representative[node as usize] as usize]).collect();
        let similarity = node.iter().map(|&node| settled.similarity[node as usize]).collect();
        Groups { representative, similarity, order, edges, counts }
    }
}

/// Shingle sets by node.
struct Sets {
    nodes: Vec<u32>,
    sets: Vec<Vec<u64>>,
}

impl Sets {
    fn of(&self, node: u32) -> &[u64] {
        self.nodes.binary_search(&node).map_or(&[], |at| &self.sets[at])
    }
}
