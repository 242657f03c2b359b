//! Neighbours to events: greedy average link on a sparse graph.
//!
//! The two clusters with the highest score are merged, again and again, until no score reaches the threshold. A pair of
//! documents without an edge counts as similarity 0. Merging grown clusters is damped.
//!
//! `score(A, B) = sum_{a in A, b in B} s(a, b) / (|A| |B|) / (1 + damping ln min(|A|, |B|))`
//!
//! A score after a merge is at most the higher of the two before (average link is reducible: Bruynooghe 1977), so heap
//! entries are upper bounds and are corrected when they come up; and clusters never outgrow the connected components of
//! the edges at the threshold, so each component is linked by itself. Sums are integers: their order cannot show.
//! Time: `edges x log edges`; memory: some 60 bytes for an edge within a component. Bad case: one component of
//! everything, linked by one thread.

use super::Params;
use super::neighbours::{Near, TimeFactor};
use hashbrown::HashMap;
use rayon::prelude::*;
use std::cmp::Ordering;
use std::collections::BinaryHeap;

/// A usual cosine below this one is taken for this one.
const LEAST_USUAL: f32 = 0.03;
/// The usual cosine in whose units similarities are.
const UNIT_USUAL: f32 = 0.1;
/// Similarities are whole numbers of this part.
const UNIT: f64 = (1u64 << 24) as f64;

/// Two documents, the earlier first, and their similarity.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Edge {
    pub(super) a: u32,
    pub(super) b: u32,
    pub(super) similarity: f32,
}

/// The edges between neighbours: cosines in units of what is usual for the two documents, times the time factor.
pub(super) fn edges(near: &[Near], published: &[Option<i64>], params: &Params) -> Vec<Edge> {
    let scales: Vec<f32> =
        near.iter().map(|near| (UNIT_USUAL / near.usual.max(LEAST_USUAL)).powf(params.density)).collect();
    let time = TimeFactor::new(params);
    let edge = |a: usize, b: usize, cosine: f32| {
        let similarity = cosine * scales[a] * scales[b] * time.of(published[a], published[b]);
        Edge { a: a as u32, b: b as u32, similarity }
    };
    let found = |at: usize, other: usize| near[at].cosines.binary_search_by_key(&(other as u32), |c| c.0).is_ok();
    (0..near.len())
        .into_par_iter()
        .flat_map_iter(|here| {
            let ours = near[here].cosines.iter().map(|&(there, cosine)| (there as usize, cosine));
            ours.filter(move |&(there, _)| here < there || !found(there, here))
                .map(move |(there, cosine)| edge(here.min(there), here.max(there), cosine))
        })
        .collect()
}

/// Disjoint sets of documents; the root is the least member.
struct Sets(Vec<u32>);

impl Sets {
    fn new(len: usize) -> Sets {
        Sets((0..len as u32).collect())
    }

    fn root(&mut self, mut at: u32) -> u32 {
        while self.0[at as usize] != at {
            self.0[at as usize] = self.0[self.0[at as usize] as usize];
            at = self.0[at as usize];
        }
        at
    }

    /// Makes one of two sets.
    fn join(&mut self, a: u32, b: u32) {
        let (a, b) = (self.root(a), self.root(b));
        self.0[a.max(b) as usize] = a.min(b);
    }
}

/// The label of each of `len` documents: events numbered in the order of their first members.
pub(super) fn average_link(len: usize, edges: &[Edge], threshold: f32, damping: f32) -> Vec<u32> {
    let mut sets = Sets::new(len);
    edges.iter().filter(|edge| edge.similarity >= threshold).for_each(|edge| sets.join(edge.a, edge.b));
    let components: Vec<u32> = (0..len as u32).map(|document| sets.root(document)).collect();
    let mut inner: Vec<Edge> =
        edges.iter().filter(|e| components[e.a as usize] == components[e.b as usize]).copied().collect();
    inner.par_sort_unstable_by_key(|edge| (components[edge.a as usize], edge.a, edge.b));
    let parts: Vec<&[Edge]> = inner.chunk_by(|a, b| components[a.a as usize] == components[b.a as usize]).collect();
    let merges: Vec<(u32, u32)> = parts.into_par_iter().flat_map_iter(|part| link(part, threshold, damping)).collect();
    let mut events = Sets::new(len);
    merges.into_iter().for_each(|(a, b)| events.join(a, b));
    number((0..len as u32).map(|document| events.root(document)))
}

/// Roots, which are first members, to numbers in order.
fn number(roots: impl Iterator<Item = u32>) -> Vec<u32> {
    let (mut names, mut next) = (Vec::new(), 0);
    for (document, root) in roots.enumerate() {
        let name = if root as usize == document { next } else { names[root as usize] };
        next += u32::from(root as usize == document);
        names.push(name);
    }
    names
}

/// A pair of clusters that may be merged. The highest score first, then the earliest pair.
#[derive(PartialEq)]
struct Offer {
    score: f64,
    a: u32,
    b: u32,
}

impl Eq for Offer {}

impl PartialOrd for Offer {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Offer {
    fn cmp(&self, other: &Self) -> Ordering {
        self.score.total_cmp(&other.score).then_with(|| (other.a, other.b).cmp(&(self.a, self.b)))
    }
}

/// The clusters of one component as they grow. A cluster goes by its least member.
struct Growing {
    documents: Vec<u32>,
    sets: Sets,
    sizes: Vec<f64>,
    /// Of each cluster: the clusters with edges to it, and the sums of those.
    sums: Vec<HashMap<u32, u64, ahash::RandomState>>,
    damping: f64,
}

impl Growing {
    fn new(edges: &[Edge], damping: f32) -> Growing {
        let mut documents: Vec<u32> = edges.iter().flat_map(|edge| [edge.a, edge.b]).collect();
        documents.sort_unstable();
        documents.dedup();
        let len = documents.len();
        let (sets, sizes) = (Sets::new(len), vec![1.0; len]);
        Growing { documents, sets, sizes, sums: vec![HashMap::default(); len], damping: f64::from(damping) }
    }

    fn place(&self, document: u32) -> u32 {
        self.documents.partition_point(|&other| other < document) as u32
    }

    /// What merging two clusters scores now; nothing, where they share no edge.
    fn score(&self, a: u32, b: u32) -> Option<f64> {
        let sum = *self.sums[a as usize].get(&b)?;
        let (ours, theirs) = (self.sizes[a as usize], self.sizes[b as usize]);
        Some(sum as f64 / UNIT / (ours * theirs) / (1.0 + self.damping * ours.min(theirs).ln()))
    }

    fn merge(&mut self, a: u32, b: u32) {
        let (mut ours, mut theirs) =
            (std::mem::take(&mut self.sums[a as usize]), std::mem::take(&mut self.sums[b as usize]));
        ours.remove(&b);
        theirs.remove(&a);
        // The shorter table is poured into the longer one; the cluster's name is the lesser either way.
        if ours.len() < theirs.len() {
            for &other in theirs.keys() {
                let moved = self.sums[other as usize].remove(&b).unwrap_or(0);
                *self.sums[other as usize].entry(a).or_insert(0) += moved;
            }
            std::mem::swap(&mut ours, &mut theirs);
            for (&other, &sum) in &theirs {
                if !ours.contains_key(&other) {
                    self.sums[other as usize].insert(a, sum);
                }
            }
        } else {
            for (&other, &sum) in &theirs {
                self.sums[other as usize].remove(&b);
                *self.sums[other as usize].entry(a).or_insert(0) += sum;
            }
        }
        for (other, sum) in theirs {
            *ours.entry(other).or_insert(0) += sum;
        }
        self.sums[a as usize] = ours;
        self.sizes[a as usize] += self.sizes[b as usize];
        self.sets.join(a, b);
    }
}

/// The merges within one component.
fn link(edges: &[Edge], threshold: f32, damping: f32) -> Vec<(u32, u32)> {
    let threshold = f64::from(threshold);
    let mut growing = Growing::new(edges, damping);
    let mut offers = BinaryHeap::new();
    for edge in edges {
        let (a, b) = (growing.place(edge.a), growing.place(edge.b));
        let sum = (f64::from(edge.similarity) * UNIT) as u64;
        growing.sums[a as usize].insert(b, sum);
        growing.sums[b as usize].insert(a, sum);
        offers.extend(growing.score(a, b).filter(|&score| score >= threshold).map(|score| Offer { score, a, b }));
    }
    let mut merges = Vec::new();
    while let Some(offer) = offers.pop() {
        let (a, b) = (growing.sets.root(offer.a), growing.sets.root(offer.b));
        let (a, b) = (a.min(b), a.max(b));
        let Some(score) = growing.score(a, b).filter(|&score| score >= threshold) else { continue };
        let now = Offer { score, a, b };
        if now == offer {
            growing.merge(a, b);
            merges.push((growing.documents[a as usize], growing.documents[b as usize]));
        } else {
            offers.push(now);
        }
    }
    merges
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Average link as it is defined: all pairs of clusters, again and again.
    fn naive(len: usize, edges: &[Edge], threshold: f32, damping: f32) -> Vec<u32> {
        let mut clusters: Vec<Vec<u32>> = (0..len as u32).map(|document| vec![document]).collect();
        let score = |a: &[u32], b: &[u32]| {
            let between = |e: &&Edge| a.contains(&e.a) && b.contains(&e.b) || a.contains(&e.b) && b.contains(&e.a);
            let sum: u64 = edges.iter().filter(between).map(|e| (f64::from(e.similarity) * UNIT) as u64).sum();
            let smaller = a.len().min(b.len()) as f64;
            sum as f64 / UNIT / (a.len() * b.len()) as f64 / (1.0 + f64::from(damping) * smaller.ln())
        };
        loop {
            let mut best: Option<(f64, usize, usize)> = None;
            for a in 0..clusters.len() {
                for b in a + 1..clusters.len() {
                    let score = score(&clusters[a], &clusters[b]);
                    if score >= f64::from(threshold) && best.is_none_or(|best| score > best.0) {
                        best = Some((score, a, b));
                    }
                }
            }
            let Some((_, a, b)) = best else { break };
            let gone = clusters.remove(b);
            clusters[a].extend(gone);
        }
        let mut label = vec![0; len];
        for (event, members) in clusters.iter().enumerate() {
            members.iter().for_each(|&document| label[document as usize] = event as u32);
        }
        label
    }

    fn graph() -> impl Strategy<Value = (usize, Vec<Edge>)> {
        (2usize..14).prop_flat_map(|len| {
            let pairs = len * (len - 1) / 2;
            proptest::collection::vec(proptest::option::weighted(0.5, 0u8..20), pairs).prop_map(move |weights| {
                let pairs = (0..len as u32).flat_map(|a| (a + 1..len as u32).map(move |b| (a, b)));
                let edges = pairs.zip(weights).filter_map(|((a, b), weight)| {
                    weight.map(|weight| Edge { a, b, similarity: f32::from(weight) / 64.0 })
                });
                (len, edges.collect())
            })
        })
    }

    proptest! {
        #[test]
        fn the_heap_finds_what_the_naive_way_finds((len, edges) in graph(), damping in 0.0f32..0.5) {
            prop_assert_eq!(average_link(len, &edges, 0.1, damping), naive(len, &edges, 0.1, damping));
        }

        #[test]
        fn every_document_is_in_exactly_one_event((len, edges) in graph()) {
            let event = average_link(len, &edges, 0.1, 0.1);
            prop_assert_eq!(event.len(), len);
            let mut next = 0;
            for &label in &event {
                prop_assert!(label <= next, "numbers in the order of first members");
                next = next.max(label + 1);
            }
        }

        #[test]
        fn the_answer_ignores_the_order_of_edges((len, edges) in graph(), seed in any::<u64>()) {
            let mut shuffled = edges.clone();
            shuffled.sort_by_key(|edge| crate::hash::mix(seed ^ u64::from(edge.a * 100 + edge.b)));
            prop_assert_eq!(average_link(len, &edges, 0.1, 0.1), average_link(len, &shuffled, 0.1, 0.1));
        }
    }

    #[test]
    fn a_chain_does_not_become_one_event() {
        let edges: Vec<Edge> = (0..9999).map(|a| Edge { a, b: a + 1, similarity: 0.5 }).collect();
        let event = average_link(10_000, &edges, 0.1, 0.1);
        let mut sizes = vec![0; 10_000];
        event.iter().for_each(|&event| sizes[event as usize] += 1);
        assert!(sizes.iter().max() < Some(&20));
    }
}
