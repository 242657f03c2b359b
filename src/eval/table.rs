//! The contingency table n(found, gold), without names.
//!
//! Every measure is a function of it. It is kept as sorted runs of equal cells and of equal cluster sizes, so the sums
//! do not depend on the order of documents or on what labels are called, and cost what distinct sizes cost.
//!
//! Law: the cells' documents, the found clusters' and the gold clusters' are each all documents. Time: N log N. Memory:
//! the ids and labels once, and 16 bytes a document. Bad case: more than 2^32 - 2 documents do not fit its numbers.

use hashbrown::HashMap;
use hashbrown::hash_map::Entry;
use std::hash::Hash;

type Map<K, V> = HashMap<K, V, ahash::RandomState>;

/// Equal numbers in a row, and how many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Run<T> {
    pub(super) of: T,
    pub(super) times: u64,
}

/// A cell of the contingency table that is not empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Cell {
    /// Documents in both its clusters.
    pub(super) both: u64,
    /// The size of its found cluster.
    pub(super) found: u64,
    /// The size of its gold cluster.
    pub(super) gold: u64,
}

/// Sorted runs of equal cells and of equal cluster sizes.
pub(super) struct Table {
    pub(super) documents: u64,
    pub(super) cells: Vec<Run<Cell>>,
    pub(super) found: Vec<Run<u64>>,
    pub(super) gold: Vec<Run<u64>>,
}

/// The number of no cluster: of a document's until it is found.
const UNSEEN: u32 = u32::MAX;

impl Table {
    /// The table, and how many gold documents were not found.
    pub(super) fn tally<I: Eq + Hash, G: Eq + Hash, F: Eq + Hash>(
        gold: impl IntoIterator<Item = (I, G)>,
        found: impl IntoIterator<Item = (I, F)>,
    ) -> (Self, u64) {
        let mut place: Map<I, u32> = Map::default();
        let mut names: Map<G, u32> = Map::default();
        let mut pairs: Vec<(u32, u32)> = Vec::new();
        for (id, label) in gold {
            if let Entry::Vacant(entry) = place.entry(id) {
                entry.insert(pairs.len() as u32);
                pairs.push((UNSEEN, number(&mut names, label)));
            }
        }
        let mut names: Map<F, u32> = Map::default();
        for (id, label) in found {
            if let Some(pair) =
                place.get(&id).and_then(|&at| pairs.get_mut(at as usize)).filter(|pair| pair.0 == UNSEEN)
            {
                pair.0 = number(&mut names, label);
            }
        }
        let known = names.len() as u32;
        let mut alone = known;
        for pair in pairs.iter_mut().filter(|pair| pair.0 == UNSEEN) {
            pair.0 = alone;
            alone += 1;
        }
        (Self::of(pairs), u64::from(alone - known))
    }

    /// The table of (found, gold) cluster numbers, one pair a document.
    fn of(mut pairs: Vec<(u32, u32)>) -> Self {
        let (found, gold) = (sizes(pairs.iter().map(|pair| pair.0)), sizes(pairs.iter().map(|pair| pair.1)));
        pairs.sort_unstable();
        let cells = pairs.chunk_by(|a, b| a == b).map(|cell| Cell {
            both: cell.len() as u64,
            found: found[cell[0].0 as usize],
            gold: gold[cell[0].1 as usize],
        });
        let cells = runs(cells.collect());
        Self { documents: pairs.len() as u64, cells, found: runs(found), gold: runs(gold) }
    }
}

/// The label's number; labels are numbered as they come.
fn number<L: Eq + Hash>(names: &mut Map<L, u32>, label: L) -> u32 {
    let next = names.len() as u32;
    *names.entry(label).or_insert(next)
}

/// How many documents each cluster has.
fn sizes(cluster_of: impl Iterator<Item = u32>) -> Vec<u64> {
    let mut sizes = Vec::new();
    for cluster in cluster_of {
        let cluster = cluster as usize;
        if cluster >= sizes.len() {
            sizes.resize(cluster + 1, 0);
        }
        sizes[cluster] += 1;
    }
    sizes
}

fn runs<T: Copy + Ord>(mut items: Vec<T>) -> Vec<Run<T>> {
    items.sort_unstable();
    items.chunk_by(|a, b| a == b).map(|run| Run { of: run[0], times: run.len() as u64 }).collect()
}

/// How many clusters there are.
pub(super) fn clusters(sizes: &[Run<u64>]) -> u64 {
    sizes.iter().map(|run| run.times).sum()
}
