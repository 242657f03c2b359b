//! Neighbours to a graph: how much every two of them speak of one event.
//!
//! `s(i, j) = cos(i, j) (0.1 / m_i)^density (0.1 / m_j)^density time(i, j)`, where `m` is what is usual for a document; a
//! little less where both are of one source, which seldom tells one thing twice. Documents that no path of edges at the
//! threshold connects can be in no event together, so only the edges within such components are handed on.
//!
//! Time: `edges`, and sorting them; memory: 12 bytes an edge. Bad case: a component of everything.

use super::neighbours::{COMMON_USUAL, Near};
use super::time::Times;
use super::{Bylines, Params};
use crate::sort;
use rayon::prelude::*;

/// Two documents, the earlier first, and their similarity.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Edge {
    pub(super) a: u32,
    pub(super) b: u32,
    pub(super) similarity: f32,
}

/// How similar neighbours are.
pub(super) struct Similarities<'a> {
    near: &'a [Near],
    bylines: Bylines<'a>,
    pub(super) times: Times<'a>,
    /// What the cosines of each document are multiplied by.
    pub(super) scales: Vec<f32>,
    same_source: f32,
}

impl<'a> Similarities<'a> {
    pub(super) fn new(near: &'a [Near], bylines: Bylines<'a>, params: &Params) -> Similarities<'a> {
        let scale = |near: &Near| (COMMON_USUAL / near.usual).powf(params.density);
        let scales = near.par_iter().map(scale).collect();
        let times = Times::new(near, bylines.published, params);
        Similarities { near, bylines, times, scales, same_source: params.same_source }
    }

    /// The neighbours of a document and their cosines; every pair of neighbours comes up at one of its two ends.
    fn neighbours(&self, here: usize) -> impl Iterator<Item = (usize, f32)> {
        let found = move |at: usize| self.near[at].cosines.binary_search_by_key(&(here as u32), |c| c.0).is_ok();
        let ours = self.near[here].cosines.iter().map(|&(there, cosine)| (there as usize, cosine));
        ours.filter(move |&(there, _)| here < there || !found(there))
    }

    /// What the similarity of two documents is multiplied by for their sources.
    pub(super) fn apart(&self, here: usize, there: usize) -> f32 {
        let sources = self.bylines.sources;
        if sources[here].is_some() && sources[here] == sources[there] { self.same_source } else { 1.0 }
    }

    /// How alike two documents with this cosine are but for time.
    fn alike(&self, here: usize, there: usize, cosine: f32) -> f32 {
        cosine * self.scales[here] * self.scales[there]
    }

    /// The time factor of two documents with this cosine.
    pub(super) fn time(&self, here: usize, there: usize, cosine: f32) -> f32 {
        self.times.factor(here, there, self.alike(here, there, cosine))
    }

    /// The edge of two documents with this cosine.
    pub(super) fn edge(&self, here: usize, there: usize, cosine: f32) -> Edge {
        let similarity = self.alike(here, there, cosine) * self.time(here, there, cosine) * self.apart(here, there);
        Edge { a: here.min(there) as u32, b: here.max(there) as u32, similarity }
    }

    /// The edges of the pairs that come up at a document.
    pub(super) fn edges_at(&self, here: usize) -> impl Iterator<Item = Edge> {
        self.neighbours(here).map(move |(there, cosine)| self.edge(here, there, cosine))
    }

    /// Every pair of neighbours, and the time factor of each.
    pub(super) fn timed_edges(&self) -> Vec<(Edge, f32)> {
        let timed = |here: usize, (there, cosine)| (self.edge(here, there, cosine), self.time(here, there, cosine));
        (0..self.near.len()).flat_map(|here| self.neighbours(here).map(move |found| timed(here, found))).collect()
    }

    /// Every pair of neighbours.
    pub(super) fn edges(&self) -> Vec<Edge> {
        (0..self.near.len()).into_par_iter().flat_map_iter(|here| self.edges_at(here)).collect()
    }
}

/// The edges within the connected components of those that reach a threshold, component by component.
pub(super) struct Components {
    /// Of each document, the first one of its component.
    pub(super) component: Vec<u32>,
    edges: Vec<Edge>,
}

impl Components {
    pub(super) fn new(documents: usize, mut edges: Vec<Edge>, threshold: f32) -> Components {
        let mut sets = Sets::new(documents);
        edges.iter().filter(|edge| edge.similarity >= threshold).for_each(|edge| sets.join(edge.a, edge.b));
        let component: Vec<u32> = (0..documents as u32).map(|document| sets.root(document)).collect();
        edges.retain(|edge| component[edge.a as usize] == component[edge.b as usize]);
        sort::by_key(&mut edges, |edge| (component[edge.a as usize], edge.a, edge.b));
        Components { component, edges }
    }

    /// The edges of each component.
    pub(super) fn parts(&self) -> Vec<&[Edge]> {
        self.edges.chunk_by(|a, b| self.component[a.a as usize] == self.component[b.a as usize]).collect()
    }
}

/// Disjoint sets of documents; the root is the least member.
pub(super) struct Sets(Vec<u32>);

impl Sets {
    pub(super) fn new(len: usize) -> Sets {
        Sets((0..len as u32).collect())
    }

    pub(super) fn root(&mut self, mut at: u32) -> u32 {
        while self.0[at as usize] != at {
            self.0[at as usize] = self.0[self.0[at as usize] as usize];
            at = self.0[at as usize];
        }
        at
    }

    /// Makes one of two sets.
    pub(super) fn join(&mut self, a: u32, b: u32) {
        let (a, b) = (self.root(a), self.root(b));
        self.0[a.max(b) as usize] = a.min(b);
    }
}
