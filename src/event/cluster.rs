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
//! Time: `edges x log edges`; memory: 52 bytes for an edge within a component. Bad case: one component of everything,
//! linked by one thread; and an event of thousands of reports, each of which remembers its nearest few only.

use super::Params;
use super::neighbours::{COMMON_USUAL, Near};
use super::time::Times;
use rayon::prelude::*;
use std::cmp::Ordering;
use std::collections::BinaryHeap;

/// Similarities are whole numbers of this part.
const UNIT: f64 = (1u64 << 24) as f64;

/// Two documents, the earlier first, and their similarity.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Edge {
    pub(super) a: u32,
    pub(super) b: u32,
    pub(super) similarity: f32,
}

/// How similar neighbours are: cosines in units of what is usual for the two documents, times the time factor.
pub(super) struct Similarities<'a> {
    near: &'a [Near],
    pub(super) times: Times<'a>,
    scales: Vec<f32>,
}

impl<'a> Similarities<'a> {
    pub(super) fn new(near: &'a [Near], published: &'a [Option<i64>], params: &Params) -> Similarities<'a> {
        let scale = |near: &Near| (COMMON_USUAL / near.usual).powf(params.density);
        Similarities { near, times: Times::new(near, published, params), scales: near.iter().map(scale).collect() }
    }

    /// The neighbours of a document and their cosines; every pair of neighbours comes up at one of its two ends.
    fn neighbours(&self, here: usize) -> impl Iterator<Item = (usize, f32)> {
        let found = move |at: usize| self.near[at].cosines.binary_search_by_key(&(here as u32), |c| c.0).is_ok();
        let ours = self.near[here].cosines.iter().map(|&(there, cosine)| (there as usize, cosine));
        ours.filter(move |&(there, _)| here < there || !found(there))
    }

    /// Every pair of neighbours once.
    pub(super) fn edges(&self) -> impl ParallelIterator<Item = Edge> {
        let edge = |here: usize, there: usize, cosine: f32| {
            let similarity = cosine * self.scales[here] * self.scales[there] * self.times.factor(here, there);
            Edge { a: here.min(there) as u32, b: here.max(there) as u32, similarity }
        };
        (0..self.near.len())
            .into_par_iter()
            .flat_map_iter(move |here| self.neighbours(here).map(move |(there, cosine)| edge(here, there, cosine)))
    }

    /// How many pairs of neighbours there are.
    pub(super) fn count(&self) -> u64 {
        (0..self.near.len()).into_par_iter().map(|here| self.neighbours(here).count() as u64).sum()
    }

    /// The edges within each connected component of those that reach the threshold, components together.
    pub(super) fn within_components(&self, threshold: f32) -> Edges {
        let strong: Vec<Edge> = self.edges().filter(|edge| edge.similarity >= threshold).collect();
        let component = components(self.near.len(), &strong, threshold);
        let edges = self.edges().filter(|edge| component[edge.a as usize] == component[edge.b as usize]).collect();
        Edges { component, edges }
    }
}

/// Documents' components, and the edges between documents of one component.
pub(super) struct Edges {
    component: Vec<u32>,
    edges: Vec<Edge>,
}

fn components(len: usize, edges: &[Edge], threshold: f32) -> Vec<u32> {
    let mut sets = Sets::new(len);
    edges.iter().filter(|edge| edge.similarity >= threshold).for_each(|edge| sets.join(edge.a, edge.b));
    (0..len as u32).map(|document| sets.root(document)).collect()
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

/// The label of each document: events numbered in the order of their first members.
pub(super) fn average_link(Edges { component, mut edges }: Edges, threshold: f32, damping: f32) -> Vec<u32> {
    edges.par_sort_unstable_by_key(|edge| (component[edge.a as usize], edge.a, edge.b));
    let parts: Vec<&[Edge]> = edges.chunk_by(|a, b| component[a.a as usize] == component[b.a as usize]).collect();
    let merges: Vec<(u32, u32)> = parts.into_par_iter().flat_map_iter(|part| link(part, threshold, damping)).collect();
    let mut events = Sets::new(component.len());
    merges.into_iter().for_each(|(a, b)| events.join(a, b));
    number((0..component.len() as u32).map(|document| events.root(document)))
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

/// A cluster next to another one, and the sum of similarities between their members.
#[derive(Clone, Copy)]
struct Side {
    other: u32,
    /// In two halves, so that a side takes 12 bytes.
    sum: [u32; 2],
}

impl Side {
    fn new(other: u32, sum: u64) -> Side {
        Side { other, sum: [(sum >> 32) as u32, sum as u32] }
    }

    fn sum(&self) -> u64 {
        u64::from(self.sum[0]) << 32 | u64::from(self.sum[1])
    }
}

/// The clusters of one component as they grow. A cluster goes by its least member.
struct Growing {
    documents: Vec<u32>,
    sets: Sets,
    sizes: Vec<f64>,
    /// Of each cluster, the clusters with edges to it, in order.
    sides: Vec<Vec<Side>>,
    damping: f64,
}

impl Growing {
    fn new(edges: &[Edge], damping: f32) -> Growing {
        let mut documents: Vec<u32> = edges.iter().flat_map(|edge| [edge.a, edge.b]).collect();
        documents.sort_unstable();
        documents.dedup();
        let mut sides = vec![Vec::new(); documents.len()];
        for edge in edges {
            let place = |document: u32| documents.partition_point(|&other| other < document);
            let (a, b, sum) = (place(edge.a), place(edge.b), (f64::from(edge.similarity) * UNIT) as u64);
            sides[a].push(Side::new(b as u32, sum));
            sides[b].push(Side::new(a as u32, sum));
        }
        sides.iter_mut().for_each(|sides| sides.sort_unstable_by_key(|side| side.other));
        let (sets, sizes) = (Sets::new(documents.len()), vec![1.0; documents.len()]);
        Growing { documents, sets, sizes, sides, damping: f64::from(damping) }
    }

    /// What merging two clusters scores now; nothing, where they share no edge.
    fn score(&self, a: u32, b: u32) -> Option<f64> {
        let sides = &self.sides[a as usize];
        let sum = sides.binary_search_by_key(&b, |side| side.other).ok().map(|at| sides[at].sum())?;
        let (ours, theirs) = (self.sizes[a as usize], self.sizes[b as usize]);
        Some(sum as f64 / UNIT / (ours * theirs) / (1.0 + self.damping * ours.min(theirs).ln()))
    }

    /// Makes one of two clusters, under the name of the first.
    fn merge(&mut self, a: u32, b: u32) {
        let [ours, theirs] = [a, b].map(|cluster| std::mem::take(&mut self.sides[cluster as usize]));
        for side in theirs.iter().filter(|side| side.other != a) {
            rename(&mut self.sides[side.other as usize], b, a);
        }
        self.sides[a as usize] = together(&ours, &theirs, a, b);
        self.sizes[a as usize] += self.sizes[b as usize];
        self.sets.join(a, b);
    }
}

/// Among the sides of a third cluster, what was `from` becomes `to`.
fn rename(sides: &mut Vec<Side>, from: u32, to: u32) {
    let Ok(at) = sides.binary_search_by_key(&from, |side| side.other) else { return };
    match sides.binary_search_by_key(&to, |side| side.other) {
        Ok(known) => {
            sides[known] = Side::new(to, sides[known].sum() + sides[at].sum());
            sides.remove(at);
        }
        Err(place) => {
            let sum = sides[at].sum();
            let (place, shifted) = if place <= at { (place, place..at + 1) } else { (place - 1, at..place) };
            if place <= at {
                sides[shifted].rotate_right(1);
            } else {
                sides[shifted].rotate_left(1);
            }
            sides[place] = Side::new(to, sum);
        }
    }
}

/// The sides of two clusters, without those to each other.
fn together(ours: &[Side], theirs: &[Side], a: u32, b: u32) -> Vec<Side> {
    let mut all = Vec::with_capacity(ours.len() + theirs.len());
    let (mut ours, mut theirs) =
        (ours.iter().filter(|s| s.other != b).peekable(), theirs.iter().filter(|s| s.other != a));
    let mut next = theirs.next();
    loop {
        match (ours.peek(), next) {
            (Some(one), Some(other)) if one.other == other.other => {
                all.push(Side::new(one.other, one.sum() + other.sum()));
                ours.next();
                next = theirs.next();
            }
            (Some(one), other) if other.is_none_or(|other| one.other < other.other) => {
                all.push(**one);
                ours.next();
            }
            (_, Some(other)) => {
                all.push(*other);
                next = theirs.next();
            }
            _ => break,
        }
    }
    all.shrink_to_fit();
    all
}

/// The merges within one component.
fn link(edges: &[Edge], threshold: f32, damping: f32) -> Vec<(u32, u32)> {
    let threshold = f64::from(threshold);
    let mut growing = Growing::new(edges, damping);
    let mut offers = BinaryHeap::new();
    for (a, sides) in (0u32..).zip(&growing.sides) {
        for b in sides.iter().map(|side| side.other).filter(|&b| a < b) {
            offers.extend(growing.score(a, b).filter(|&score| score >= threshold).map(|score| Offer { score, a, b }));
        }
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

    fn events(len: usize, edges: &[Edge], threshold: f32, damping: f32) -> Vec<u32> {
        let component = components(len, edges, threshold);
        let same = |edge: &&Edge| component[edge.a as usize] == component[edge.b as usize];
        let edges = edges.iter().filter(same).copied().collect();
        average_link(Edges { component, edges }, threshold, damping)
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
            prop_assert_eq!(events(len, &edges, 0.1, damping), naive(len, &edges, 0.1, damping));
        }

        #[test]
        fn every_document_is_in_exactly_one_event((len, edges) in graph()) {
            let event = events(len, &edges, 0.1, 0.1);
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
            prop_assert_eq!(events(len, &edges, 0.1, 0.1), events(len, &shuffled, 0.1, 0.1));
        }
    }

    #[test]
    fn a_chain_does_not_become_one_event() {
        let edges: Vec<Edge> = (0..9999).map(|a| Edge { a, b: a + 1, similarity: 0.5 }).collect();
        let event = events(10_000, &edges, 0.1, 0.1);
        let mut sizes = vec![0; 10_000];
        event.iter().for_each(|&event| sizes[event as usize] += 1);
        assert!(sizes.iter().max() < Some(&20));
    }
}
