//! A graph of similar documents to events: greedy average link, then fragments of one event brought together.
//!
//! **Link.** The two clusters with the highest score are merged, again and again, until no score reaches the threshold. A
//! pair of documents without an edge counts as similarity 0. Merging grown clusters is damped.
//!
//! `link(A, B) = sum_{a in A, b in B} s(a, b) / (|A| |B|) / (1 + damping ln min(|A|, |B|))`
//!
//! **Mend.** Reports of one event may be no more alike within what was linked than across: then the threshold has cut
//! through it. Clusters are merged on while what they share is enough against what each holds together by: the cosine of
//! their centroids, taken from the graph alone. Where dates are missing nothing says that two happenings of one kind are
//! not one, and it counts less.
//!
//! `mend(A, B) = S(A, B) / sqrt(S(A, A) S(B, B))`, where `S(A, B)` is the sum of `s` over pairs
//!
//! A link score after a merge is at most the higher of the two before (average link is reducible: Bruynooghe 1977), so
//! heap entries are upper bounds and are corrected when they come up; a mend score may rise, and is offered again. Sums
//! are integers: their order cannot show. Components are worked on by themselves. Time: `edges x log edges`, and the
//! sides of a cluster for each of its merges; memory: 52 bytes an edge. Bad case: one component of everything, linked by
//! one thread.

use super::Params;
use super::similarity::{Components, Edge, Sets};
use rayon::prelude::*;
use std::cmp::Ordering;
use std::collections::BinaryHeap;

/// Similarities are whole numbers of this part.
const UNIT: f64 = (1u64 << 24) as f64;
/// What a document is to itself, where an edge says what two are to each other: 0.77, in whole parts.
const SELF: f64 = (77 * (1u64 << 24) / 100) as f64;

/// The merges that make the events, each by a member of either cluster; of one component those made first come first.
/// `is_dated` tells of each document whether its time of publication is known.
pub(super) fn merges(
    components: &Components,
    is_dated: impl Fn(u32) -> bool + Sync,
    params: &Params,
) -> Vec<(u32, u32)> {
    let of_part = |part: &[Edge]| {
        let mut growing = Growing::new(part, &is_dated);
        growing.link(params);
        growing.mend(params);
        growing.merges
    };
    components.parts().into_par_iter().flat_map_iter(of_part).collect()
}

/// The label of each of so many documents, all `merges` made: events numbered in the order of their first members.
pub(super) fn label(documents: usize, merges: &[(u32, u32)]) -> Vec<u32> {
    let mut events = Sets::new(documents);
    merges.iter().for_each(|&(a, b)| events.join(a, b));
    number((0..documents as u32).map(|document| events.root(document)))
}

/// What scoring knows of a cluster.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cluster {
    pub(super) size: f64,
    /// How many of its documents are dated.
    dated: f64,
    /// The sum of similarities within, every pair twice and every document once.
    within: f64,
}

impl Cluster {
    /// A document by itself.
    pub(super) fn of_one(is_dated: bool) -> Cluster {
        Cluster { size: 1.0, dated: f64::from(u8::from(is_dated)), within: SELF }
    }

    /// With so much similarity between its documents.
    pub(super) fn with(self, sum: f64) -> Cluster {
        Cluster { within: self.within + 2.0 * sum, ..self }
    }

    /// Two clusters as one, with the sum of similarities between them.
    pub(super) fn and(self, other: Cluster, between: f64) -> Cluster {
        let [size, dated, within] = [self.size + other.size, self.dated + other.dated, self.within + other.within];
        Cluster { size, dated, within }.with(between)
    }
}

/// The mean similarity between the members of two clusters, of the sum in whole parts.
pub(super) fn mean(sum: f64, a: Cluster, b: Cluster) -> f64 {
    sum / UNIT / (a.size * b.size)
}

/// What two clusters score to be linked.
pub(super) fn link_score(sum: f64, a: Cluster, b: Cluster, params: &Params) -> f64 {
    mean(sum, a, b) / (1.0 + f64::from(params.damping) * a.size.min(b.size).ln())
}

/// What two clusters score to be mended.
pub(super) fn mend_score(sum: f64, a: Cluster, b: Cluster, params: &Params) -> f64 {
    let (dated, undated) = (a.dated / a.size * (b.dated / b.size), f64::from(params.mend_undated));
    sum / (a.within * b.within).sqrt() * (undated + (1.0 - undated) * dated)
}

/// A similarity in whole parts.
pub(super) fn whole(edge: &Edge) -> u64 {
    (f64::from(edge.similarity) * UNIT) as u64
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
    clusters: Vec<Cluster>,
    /// Of each cluster, the clusters with edges to it, in order.
    sides: Vec<Vec<Side>>,
    merges: Vec<(u32, u32)>,
}

impl Growing {
    fn new(edges: &[Edge], is_dated: impl Fn(u32) -> bool) -> Growing {
        let mut documents: Vec<u32> = edges.iter().flat_map(|edge| [edge.a, edge.b]).collect();
        documents.sort_unstable();
        documents.dedup();
        let mut sides = vec![Vec::new(); documents.len()];
        for edge in edges {
            let place = |document: u32| documents.partition_point(|&other| other < document);
            let (a, b, sum) = (place(edge.a), place(edge.b), whole(edge));
            sides[a].push(Side::new(b as u32, sum));
            sides[b].push(Side::new(a as u32, sum));
        }
        sides.iter_mut().for_each(|sides| sides.sort_unstable_by_key(|side| side.other));
        let sets = Sets::new(documents.len());
        let clusters = documents.iter().map(|&document| Cluster::of_one(is_dated(document))).collect();
        Growing { documents, sets, clusters, sides, merges: Vec::new() }
    }

    /// The sum of similarities between two clusters; nothing, where they share no edge.
    fn sum(&self, a: u32, b: u32) -> Option<f64> {
        let sides = &self.sides[a as usize];
        sides.binary_search_by_key(&b, |side| side.other).ok().map(|at| sides[at].sum() as f64)
    }

    /// Merges while what two clusters score by the sum of similarities between them reaches `threshold`, the highest
    /// first.
    fn merge_while(&mut self, threshold: f32, may_rise: bool, score: impl Fn(f64, Cluster, Cluster) -> f64) {
        let offer = |growing: &Growing, a: u32, b: u32, sum: f64| {
            let score = score(sum, growing.clusters[a as usize], growing.clusters[b as usize]);
            (score >= f64::from(threshold)).then_some(Offer { score, a: a.min(b), b: a.max(b) })
        };
        let mut offers = BinaryHeap::new();
        for (a, sides) in (0u32..).zip(&self.sides) {
            let later = sides.iter().filter(|side| a < side.other);
            offers.extend(later.filter_map(|side| offer(self, a, side.other, side.sum() as f64)));
        }
        while let Some(made) = offers.pop() {
            let (a, b) = (self.sets.root(made.a), self.sets.root(made.b));
            let Some(now) = self.sum(a, b).and_then(|sum| offer(self, a, b, sum)) else { continue };
            if now != made {
                offers.push(now);
                continue;
            }
            self.merge(now.a, now.b);
            if may_rise {
                let sides = self.sides[now.a as usize].iter();
                offers.extend(sides.filter_map(|side| offer(self, now.a, side.other, side.sum() as f64)));
            }
        }
    }

    fn link(&mut self, params: &Params) {
        self.merge_while(params.threshold, false, |sum, a, b| link_score(sum, a, b, params));
    }

    fn mend(&mut self, params: &Params) {
        self.merge_while(params.mend, true, |sum, a, b| mend_score(sum, a, b, params));
    }

    /// Makes one of two clusters, under the name of the first.
    fn merge(&mut self, a: u32, b: u32) {
        let between = self.sum(a, b).unwrap_or_default();
        let [ours, theirs] = [a, b].map(|cluster| std::mem::take(&mut self.sides[cluster as usize]));
        for side in theirs.iter().filter(|side| side.other != a) {
            rename(&mut self.sides[side.other as usize], b, a);
        }
        self.sides[a as usize] = together(&ours, &theirs, a, b);
        let (a, b) = (a as usize, b as usize);
        self.clusters[a] = self.clusters[a].and(self.clusters[b], between);
        self.sets.join(a as u32, b as u32);
        self.merges.push((self.documents[a], self.documents[b]));
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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn is_dated(document: u32) -> bool {
        document % 3 != 1
    }

    /// What is done, as it is defined: all pairs of clusters, again and again.
    fn naive(len: usize, edges: &[Edge], params: &Params) -> Vec<u32> {
        let mut clusters: Vec<Vec<u32>> = (0..len as u32).map(|document| vec![document]).collect();
        let sum = |a: &[u32], b: &[u32]| {
            let between = |e: &&Edge| a.contains(&e.a) && b.contains(&e.b) || a.contains(&e.b) && b.contains(&e.a);
            edges.iter().filter(between).map(whole).sum::<u64>() as f64
        };
        let link = |a: &[u32], b: &[u32]| {
            let smaller = a.len().min(b.len()) as f64;
            sum(a, b) / UNIT / (a.len() * b.len()) as f64 / (1.0 + f64::from(params.damping) * smaller.ln())
        };
        let dated = |a: &[u32]| a.iter().filter(|&&a| is_dated(a)).count() as f64 / a.len() as f64;
        let mend = |a: &[u32], b: &[u32]| {
            let within = |a: &[u32]| a.len() as f64 * SELF + 2.0 * sum(a, a);
            let undated = f64::from(params.mend_undated);
            sum(a, b) / (within(a) * within(b)).sqrt() * (undated + (1.0 - undated) * (dated(a) * dated(b)))
        };
        let mut merge_while = |threshold: f32, score: &dyn Fn(&[u32], &[u32]) -> f64| loop {
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
        };
        merge_while(params.threshold, &link);
        merge_while(params.mend, &mend);
        let mut label = vec![0; len];
        for (event, members) in clusters.iter().enumerate() {
            members.iter().for_each(|&document| label[document as usize] = event as u32);
        }
        label
    }

    fn found(len: usize, edges: &[Edge], params: &Params) -> Vec<u32> {
        label(len, &merges(&Components::new(len, edges.to_vec(), params.threshold), is_dated, params))
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
        fn the_heap_finds_what_the_naive_way_finds(
            (len, edges) in graph(), damping in 0.0f32..0.5, mend in prop_oneof![0.1f32..0.6, Just(9.0)],
        ) {
            let params = Params { threshold: 0.1, damping, mend, ..Params::default() };
            // Clusters outgrow no component, whatever edges below the threshold there are.
            let within: Vec<Edge> = Components::new(len, edges.clone(), 0.1).parts().concat();
            prop_assert_eq!(found(len, &edges, &params), naive(len, &within, &params));
        }

        #[test]
        fn every_document_is_in_exactly_one_event((len, edges) in graph()) {
            let event = found(len, &edges, &Params::default());
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
            prop_assert_eq!(found(len, &edges, &Params::default()), found(len, &shuffled, &Params::default()));
        }
    }

    /// `size` documents each as similar to each other, and as many edges of `across` to the next so many.
    fn halves(size: u32, inside: f32, across: f32) -> Vec<Edge> {
        let pairs = (0..2 * size).flat_map(|a| (a + 1..2 * size).map(move |b| (a, b)));
        let similarity = |a, b| if (a < size) == (b < size) { inside } else { across };
        pairs.map(|(a, b)| Edge { a, b, similarity: similarity(a, b) }).collect()
    }

    #[test]
    fn fragments_are_mended_by_what_holds_them_together() {
        let params = Params { threshold: 0.1, mend: 0.3, mend_undated: 1.0, ..Params::default() };
        let events = |inside, across| 1 + *found(12, &halves(6, inside, across), &params).iter().max().unwrap();
        let mut edges = halves(6, 0.15, 0.09);
        // One pair makes it a component.
        edges[5].similarity = 0.1;
        assert_eq!(found(12, &edges, &params).iter().max(), Some(&0), "as alike across as within");
        assert_eq!(events(0.9, 0.09), 2, "far more alike within");
    }

    #[test]
    fn a_chain_does_not_become_one_event() {
        let edges: Vec<Edge> = (0..9999).map(|a| Edge { a, b: a + 1, similarity: 0.5 }).collect();
        let event = found(10_000, &edges, &Params::default());
        let mut sizes = vec![0; 10_000];
        event.iter().for_each(|&event| sizes[event as usize] += 1);
        assert!(sizes.iter().max() < Some(&20));
    }
}
