//! Agglomeration by reciprocal pairs: clusters that are each other's best merge, round by round, until no pair's score
//! reaches the threshold.
//!
//! For reducible linkages, as these are, the result is that of merging the best pair of all again and again, ties aside
//! (Bruynooghe 1977; Sumengen et al. 2021, "Scaling hierarchical agglomerative clustering to billion-sized datasets").
//! Single link scores the highest similarity between two clusters; average link the mean, where a pair without an edge
//! is 0, damped as they grow; complete link the lowest. Time: `rounds x edges of what changed`. Bad case: a chain of
//! ever better pairs, one merge a round.

use crate::scene::{Edge, Scene};
use std::collections::HashMap;

/// What the edges between two clusters come to.
#[derive(Clone, Copy)]
pub(crate) struct Between {
    sum: f64,
    edges: f64,
    highest: f64,
    lowest: f64,
}

impl Between {
    fn of(edge: &Edge) -> Between {
        let similarity = f64::from(edge.similarity);
        Between { sum: similarity, edges: 1.0, highest: similarity, lowest: similarity }
    }

    fn and(self, other: Between) -> Between {
        Between {
            sum: self.sum + other.sum,
            edges: self.edges + other.edges,
            highest: self.highest.max(other.highest),
            lowest: self.lowest.min(other.lowest),
        }
    }
}

/// Scores the edges between two clusters of these sizes.
pub(crate) trait Linkage: Fn(Between, f64, f64) -> f64 {}
impl<F: Fn(Between, f64, f64) -> f64> Linkage for F {}

pub(crate) fn single(between: Between, _: f64, _: f64) -> f64 {
    between.highest
}

pub(crate) fn complete(between: Between, ours: f64, theirs: f64) -> f64 {
    if between.edges < ours * theirs { 0.0 } else { between.lowest }
}

/// As the program scores.
pub(crate) fn average(damping: f32) -> impl Linkage {
    move |between: Between, ours: f64, theirs: f64| {
        between.sum / (ours * theirs) / (1.0 + f64::from(damping) * ours.min(theirs).ln())
    }
}

struct Growing<L> {
    linkage: L,
    threshold: f64,
    sizes: Vec<f64>,
    sides: Vec<HashMap<u32, Between>>,
    /// What each cluster became part of; itself at first.
    into: Vec<u32>,
    /// The best merge of each.
    best: Vec<Option<u32>>,
}

/// The clusters of a scene, down to this score.
pub(crate) fn clusters(scene: &Scene, linkage: impl Linkage, threshold: f32) -> Vec<u32> {
    let side = |edges: &Vec<Edge>| edges.iter().map(|edge| (edge.to, Between::of(edge))).collect();
    let mut growing = Growing {
        linkage,
        threshold: f64::from(threshold),
        sizes: vec![1.0; scene.len()],
        sides: scene.near.iter().map(side).collect(),
        into: (0..scene.len() as u32).collect(),
        best: vec![None; scene.len()],
    };
    let mut changed: Vec<u32> = (0..scene.len() as u32).collect();
    while !changed.is_empty() {
        changed.iter().for_each(|&cluster| growing.best[cluster as usize] = growing.best_of(cluster));
        let mut next = Vec::new();
        for (a, b) in growing.reciprocal(&changed) {
            next.extend(growing.merge(a, b));
        }
        next.sort_unstable();
        next.dedup();
        next.retain(|&cluster| growing.into[cluster as usize] == cluster);
        changed = next;
    }
    (0..scene.len() as u32).map(|document| growing.root(document)).collect()
}

impl<L: Linkage> Growing<L> {
    fn best_of(&self, here: u32) -> Option<u32> {
        let size = |cluster: u32| self.sizes[cluster as usize];
        let scored = self.sides[here as usize].iter().map(|(&there, &between)| {
            // Of equal pairs the earliest, whichever end it is seen from.
            let pair = std::cmp::Reverse((here.min(there), here.max(there)));
            ((self.linkage)(between, size(here), size(there)), pair, there)
        });
        let worth = scored.filter(|&(score, ..)| score >= self.threshold);
        worth.max_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1))).map(|(.., there)| there)
    }

    /// The pairs of each other's best, with an end among those that changed.
    fn reciprocal(&self, changed: &[u32]) -> Vec<(u32, u32)> {
        let pair = |&here: &u32| {
            let there = self.best[here as usize]?;
            (self.best[there as usize] == Some(here)).then_some((here.min(there), here.max(there)))
        };
        let mut pairs: Vec<(u32, u32)> = changed.iter().filter_map(pair).collect();
        pairs.sort_unstable();
        pairs.dedup();
        pairs
    }

    /// Makes one of two clusters; tells whose scores changed.
    fn merge(&mut self, a: u32, b: u32) -> Vec<u32> {
        let theirs = std::mem::take(&mut self.sides[b as usize]);
        for (other, between) in theirs.into_iter().filter(|&(other, _)| other != a) {
            let known = self.sides[a as usize].get(&other);
            let both = known.map_or(between, |known| known.and(between));
            self.sides[a as usize].insert(other, both);
            self.sides[other as usize].remove(&b);
            self.sides[other as usize].insert(a, both);
        }
        self.sides[a as usize].remove(&b);
        self.sizes[a as usize] += self.sizes[b as usize];
        (self.into[b as usize], self.best[b as usize]) = (a, None);
        self.sides[a as usize].keys().copied().chain([a]).collect()
    }

    fn root(&self, mut cluster: u32) -> u32 {
        while self.into[cluster as usize] != cluster {
            cluster = self.into[cluster as usize];
        }
        cluster
    }
}
