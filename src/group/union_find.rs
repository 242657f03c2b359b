//! Sets of nodes that grow together: union-find with path halving (Tarjan and van Leeuwen 1984), the least node as root.
//!
//! Rooting at the least node gives the representative for nothing; with halving alone a join costs O(log n) amortised. While
//! one thread joins, others may look: what they see together stays together.

use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

/// A partition of `0..n`, each part known by its least node.
#[derive(Debug)]
pub struct UnionFind {
    parent: Vec<AtomicU32>,
}

impl UnionFind {
    /// Every node a part of its own.
    pub fn new(nodes: usize) -> Self {
        UnionFind { parent: (0..nodes as u32).map(AtomicU32::new).collect() }
    }

    /// The least node of `node`'s part.
    pub fn least(&self, mut node: u32) -> u32 {
        let parent = |node: u32| &self.parent[node as usize];
        loop {
            let above = parent(node).load(Relaxed);
            if above == node {
                return node;
            }
            // Whoever else does so at the same time puts one above it there as well.
            let higher = parent(above).load(Relaxed);
            parent(node).store(higher, Relaxed);
            node = higher;
        }
    }

    /// Whether two nodes are of one part.
    pub fn are_one(&self, a: u32, b: u32) -> bool {
        self.least(a) == self.least(b)
    }

    /// Makes two nodes' parts one, for one thread at a time; tells whether they were two.
    pub fn join(&self, a: u32, b: u32) -> bool {
        let (a, b) = (self.least(a), self.least(b));
        self.parent[a.max(b) as usize].store(a.min(b), Relaxed);
        a != b
    }
}
