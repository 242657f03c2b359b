//! The bands gone through by several, some by each: what they hand on, and how one is put together of it.
//!
//! What one run decides between its bands (which pairs are presumed, connected, compared) depends on all bands before. So
//! whoever goes through some of them hands on every pair that shares a bucket, in the order of a run, with its estimate;
//! who puts them together decides as one run does, and estimates nothing again. An overlap of two documents is the same
//! whoever compares them: those that were compared are told as well, and need no look.
//!
//! A pair is compared where its first shared band is, so that no two compare the same. Connections that only other bands
//! know are not seen there: some pairs are compared that one run would leave out, and of a pair that it would compare
//! beside, such as one of a group with its head, the texts are read when all is put together.

use super::candidates::{Band, Bands, Candidate, Estimator};
use super::compare::Comparer;
use super::{keeps_connected, order_and_nodes};
use crate::error::Error;
use crate::group::UnionFind;
use crate::lsh::{Nodes, first_shared_band};
use crate::params::Params;
use crate::pipeline::read::Remembered;
use crate::stats::{Stages, Unit};
use crate::verify::{Edge, Overlap};
use rayon::prelude::*;
use std::ops::Range;

/// How a band is had that others went through.
type Get = Box<dyn Fn(usize) -> Result<Band, Error> + Send + Sync>;

/// What others found.
pub(in crate::pipeline) struct Matched {
    get: Get,
    /// By their nodes.
    compared: Vec<Edge>,
}

impl Matched {
    /// Bands by number, and pairs that were compared.
    pub(in crate::pipeline) fn new(get: Get, mut compared: Vec<Edge>) -> Self {
        compared.par_sort_unstable_by_key(|edge| (edge.a, edge.b));
        Matched { get, compared }
    }

    /// What shares a bucket of a band.
    pub(super) fn band(&self, band: usize) -> Result<Band, Error> {
        (self.get)(band)
    }

    /// How two nodes overlap, the smaller first, where they were compared.
    pub(super) fn overlap(&self, a: u32, b: u32) -> Option<Overlap> {
        let at = self.compared.binary_search_by_key(&(a, b), |edge| (edge.a, edge.b)).ok()?;
        Some(self.compared[at].overlap)
    }
}

/// Goes through some bands: each is shown to `keep`, with the nodes, every pair of it estimated. Returns the pairs that
/// were compared: with `all_edges` all that might be near, else what connects them.
pub(in crate::pipeline) fn match_bands(
    memory: &Remembered,
    params: &Params,
    range: Range<usize>,
    all_edges: bool,
    mut keep: impl FnMut(&Nodes, &Band) -> Result<(), Error>,
    stages: &mut Stages,
) -> Result<Vec<Edge>, Error> {
    let (_, nodes) = order_and_nodes(memory, params, stages)?;
    let (shape, keeps_connected) = (params.shape(), keeps_connected(params, all_edges));
    let estimator = Estimator::new(memory, &nodes, params.verify.threshold);
    let comparer = |keeps_connected| Comparer { memory, params, nodes: &nodes, keeps_connected, matched: None };
    let signature = |node: u32| memory.signatures.row(nodes.document[node as usize]);
    let is_ours = |pair: &Candidate| {
        first_shared_band(signature(pair.a), signature(pair.b), shape).is_none_or(|band| range.contains(&band))
    };
    let ours = |pairs: Vec<Candidate>| pairs.into_par_iter().filter(is_ours).collect::<Vec<_>>();
    let mut edges = Vec::new();
    let candidates = stages.stage("candidates", Some(range.len() as u64), Unit::Steps, |watch| {
        let get = |bands: Range<usize>, _: &UnionFind| {
            let mut bands = estimator.bands(shape, bands, |_, _| false);
            for band in &mut bands {
                band.unequal = Some(band.pairs.par_iter().map(|&pair| estimator.estimate(pair).unequal).collect());
            }
            Ok(bands)
        };
        let compare = |pairs: Vec<Candidate>| {
            let compared = comparer(false).compare(ours(pairs), |_| watch.go_on())?;
            edges.extend_from_slice(&compared);
            Ok(params.verify.near(&compared).map(|edge| (edge.a, edge.b)).collect())
        };
        let bands = Bands { range: range.clone(), get: &get, keep: &mut |band| keep(&nodes, band) };
        let compare = (!keeps_connected).then_some(compare);
        let candidates = estimator.banded(bands, !keeps_connected, |bands| watch.advance(bands), compare)?;
        let count = candidates.pairs.len() as u64;
        Ok::<_, Error>((candidates, count, 0))
    })?;
    let pairs = ours(candidates.pairs);
    stages.stage("verify", Some(pairs.len() as u64), Unit::Steps, |watch| {
        let compared = |pairs| {
            watch.advance(pairs);
            watch.go_on()
        };
        edges.extend(comparer(keeps_connected).compare(pairs, compared)?);
        edges.par_sort_unstable_by_key(|edge| (edge.a, edge.b));
        edges.dedup_by_key(|edge| (edge.a, edge.b));
        let count = edges.len() as u64;
        Ok((edges, count, 0))
    })
}
