//! Sets of nodes that grow together: union-find with path halving (Tarjan and van Leeuwen 1984), the least node as root.
//!
//! Rooting at the least node gives the representative for nothing; with halving alone a join costs O(log n) amortised.

/// A partition of `0..n`, each part known by its least node.
#[derive(Debug, Clone)]
pub struct UnionFind {
    parent: Vec<u32>,
}

impl UnionFind {
    /// Every node a part of its own.
    pub fn new(nodes: usize) -> Self {
        UnionFind { parent: (0..nodes as u32).collect() }
    }

    /// The least node of `node`'s part.
    pub fn least(&mut self, mut node: u32) -> u32 {
        while self.parent[node as usize] != node {
            let above = self.parent[self.parent[node as usize] as usize];
            self.parent[node as usize] = above;
            node = above;
        }
        node
    }

    /// Makes two nodes' parts one; tells whether they were two.
    pub fn join(&mut self, a: u32, b: u32) -> bool {
        let (a, b) = (self.least(a), self.least(b));
        self.parent[a.max(b) as usize] = a.min(b);
        a != b
    }
}
