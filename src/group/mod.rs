//! Edges to groups: who belongs together, and who is kept.
//!
//! Documents are put in the order in which they would represent a group ([`Claim`]); from there on they are nodes, and
//! the representative of any set of nodes is its least. With [`Linkage::Components`] a group is a connected component;
//! with [`Linkage::Representative`] a node stays with its component's representative only where an edge joins the two,
//! and those that leave choose anew among themselves by the same rule. Time O(n log n + edges), memory 4 bytes a node.
//!
//! Law: the answer ignores the order of edges.

mod union_find;

use crate::verify::Edge;
use serde::{Deserialize, Serialize};
pub use union_find::UnionFind;

/// Which document represents a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Keep {
    /// The earliest published; then the longest in words; then the smallest id.
    #[default]
    Earliest,
    /// The longest in words; then the earliest published; then the smallest id.
    Longest,
    /// The first in the input.
    First,
}

/// What holds a group together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Linkage {
    /// A chain of edges.
    #[default]
    Components,
    /// An edge to the representative.
    Representative,
}

/// How groups are made.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Params {
    /// Which document represents a group.
    pub keep: Keep,
    /// What holds a group together.
    pub linkage: Linkage,
    /// Outlets whose documents come before all others, the dearest first.
    pub prefer_source: Vec<String>,
}

/// What decides whether a document represents its group: the lesser does; of equal ones the one with the smaller id, in
/// bytes, then the one that arrived first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Claim {
    preference: usize,
    first: u64,
    second: u64,
}

impl Claim {
    /// That of a document which stands at place `preference` in the list of preferred outlets (its length where it does
    /// not), was `published` so many seconds after 1970, where known, has so many `words` and arrived as number `arrival`.
    pub fn new(keep: Keep, preference: usize, published: Option<i64>, words: u32, arrival: u32) -> Self {
        // Undated ones last; numbers below zero before those above.
        let earlier = published.map_or(u64::MAX, |seconds| (seconds as u64) ^ (1 << 63));
        let longer = u64::from(u32::MAX - words);
        let (first, second) = match keep {
            Keep::Earliest => (earlier, longer),
            Keep::Longest => (longer, earlier),
            Keep::First => (arrival.into(), 0),
        };
        Claim { preference, first, second }
    }
}

/// The representative of each of `nodes` nodes.
pub fn representatives(nodes: usize, edges: &[Edge], linkage: Linkage) -> Vec<u32> {
    match linkage {
        Linkage::Components => {
            let joined = UnionFind::new(nodes);
            edges.iter().for_each(|edge| _ = joined.join(edge.a, edge.b));
            (0..nodes as u32).map(|node| joined.least(node)).collect()
        }
        Linkage::Representative => nearest_office(nodes, edges),
    }
}

/// Taking the nodes in order, one that nobody represents takes office and represents those of its neighbours that nobody
/// represents yet. This is the rule of leaving and choosing anew, played in one pass: the least node of a component
/// holds office there, and what is left of the component once its neighbours are gone is settled the same way.
fn nearest_office(nodes: usize, edges: &[Edge]) -> Vec<u32> {
    let mut outward: Vec<(u32, u32)> = edges.iter().map(|edge| (edge.a, edge.b)).collect();
    outward.sort_unstable();
    let mut representative: Vec<u32> = (0..nodes as u32).collect();
    for neighbours in outward.chunk_by(|x, y| x.0 == y.0) {
        let office = neighbours[0].0;
        if representative[office as usize] == office {
            for &(_, node) in neighbours {
                let held = &mut representative[node as usize];
                *held = if *held == node { office } else { *held };
            }
        }
    }
    representative
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verify::Overlap;
    use proptest::prelude::*;

    fn edges(pairs: &[(u32, u32)]) -> Vec<Edge> {
        let overlap = Overlap { both: 1, smaller: 1, either: 1 };
        let edge = |&(a, b): &(u32, u32)| Edge { a: a.min(b), b: a.max(b), overlap };
        pairs.iter().filter(|(a, b)| a != b).map(edge).collect()
    }

    fn components(nodes: usize, pairs: &[(u32, u32)], within: &[bool]) -> Vec<u32> {
        let mut least: Vec<u32> = (0..nodes as u32).collect();
        for _ in 0..nodes {
            for &(a, b) in pairs.iter().filter(|(a, b)| within[*a as usize] && within[*b as usize]) {
                let low = least[a as usize].min(least[b as usize]);
                (least[a as usize], least[b as usize]) = (low, low);
            }
        }
        least
    }

    /// The rule as the contract tells it: components, then rounds of leaving and choosing anew.
    fn rounds(nodes: usize, pairs: &[(u32, u32)]) -> Vec<u32> {
        let (mut settled, mut unsettled) = (vec![0; nodes], vec![true; nodes]);
        while unsettled.iter().any(|&u| u) {
            let office = components(nodes, pairs, &unsettled);
            for node in 0..nodes as u32 {
                let head = office[node as usize];
                let near = node == head || pairs.contains(&(node, head)) || pairs.contains(&(head, node));
                if unsettled[node as usize] && near {
                    settled[node as usize] = head;
                }
            }
            for node in 0..nodes {
                let head = office[node];
                let near =
                    node as u32 == head || pairs.contains(&(node as u32, head)) || pairs.contains(&(head, node as u32));
                unsettled[node] &= !near;
            }
        }
        settled
    }

    proptest! {
        #[test]
        fn the_answer_ignores_the_order_of_edges(pairs in prop::collection::vec((0u32..12, 0u32..12), 0..20), turn in 0usize..20) {
            let mut turned = pairs.clone();
            turned.rotate_left(turn.min(pairs.len()));
            turned.iter_mut().step_by(2).for_each(|pair| *pair = (pair.1, pair.0));
            for linkage in [Linkage::Components, Linkage::Representative] {
                let groups = representatives(12, &edges(&pairs), linkage);
                prop_assert_eq!(&groups, &representatives(12, &edges(&turned), linkage));
                for (node, &head) in groups.iter().enumerate() {
                    prop_assert!(head as usize <= node && groups[head as usize] == head);
                }
            }
            prop_assert_eq!(representatives(12, &edges(&pairs), Linkage::Components), components(12, &pairs, &[true; 12]));
            prop_assert_eq!(representatives(12, &edges(&pairs), Linkage::Representative), rounds(12, &pairs));
        }
    }

    #[test]
    fn a_chain_is_one_component_but_not_one_office() {
        let chain: Vec<(u32, u32)> = (0..9).map(|i| (i, i + 1)).collect();
        assert!(representatives(10, &edges(&chain), Linkage::Components).iter().all(|&head| head == 0));
        assert_eq!(representatives(10, &edges(&chain), Linkage::Representative), [0, 0, 2, 2, 4, 4, 6, 6, 8, 8]);
    }

    #[test]
    fn the_earliest_then_the_longest_represents() {
        let claim = |published, words| Claim::new(Keep::Earliest, 0, published, words, 0);
        let ordered = [
            claim(Some(-5), 1),
            claim(Some(5), 9),
            claim(Some(5), 8),
            claim(Some(i64::MAX - 1), 8),
            claim(None, 99),
            claim(None, 9),
        ];
        assert!(ordered.is_sorted_by(|a, b| a < b));
        assert_eq!(claim(Some(5), 9), claim(Some(5), 9), "ids decide then");
        let longest = |published, words| Claim::new(Keep::Longest, 0, published, words, 0);
        assert!(longest(None, 9) < longest(Some(5), 8) && longest(Some(5), 8) < longest(None, 8));
        let first = |words, arrival| Claim::new(Keep::First, 0, None, words, arrival);
        assert!(first(1, 0) < first(99, 1));
        assert!(Claim::new(Keep::Earliest, 0, None, 1, 9) < Claim::new(Keep::Earliest, 1, Some(-5), 99, 0));
    }
}
