//! Edges to groups: who belongs together, and who is kept.
//!
//! Documents are put in the order in which they would represent a group ([`order`]); from there on they are nodes, and
//! the representative of any set of nodes is its least. With [`Linkage::Components`] a group is a connected component;
//! with [`Linkage::Representative`] a node stays with its component's representative only where an edge joins the two,
//! and those that leave choose anew among themselves by the same rule. Time O(n log n + edges), memory 4 bytes a node.
//!
//! Law: the answer ignores the order of edges.

mod union_find;

use crate::verify::Edge;
use serde::{Deserialize, Serialize};
use std::cmp::Ordering;
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

/// What decides whether a document represents its group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Claim<'a> {
    /// Place in the list of preferred outlets, or its length.
    pub preference: usize,
    /// Seconds since 1970, where known.
    pub published: Option<i64>,
    /// Words of its story.
    pub words: u32,
    /// Its id.
    pub id: &'a str,
    /// Its place in the input.
    pub arrival: u32,
}

/// Orders claims: the lesser represents. A total order wherever ids, or arrivals, differ.
pub fn order(keep: Keep, a: &Claim, b: &Claim) -> Ordering {
    let earlier = || (a.published.is_none(), a.published).cmp(&(b.published.is_none(), b.published));
    let longer = || b.words.cmp(&a.words);
    let rest = || a.id.as_bytes().cmp(b.id.as_bytes()).then(a.arrival.cmp(&b.arrival));
    a.preference.cmp(&b.preference).then_with(|| match keep {
        Keep::Earliest => earlier().then_with(longer).then_with(rest),
        Keep::Longest => longer().then_with(earlier).then_with(rest),
        Keep::First => a.arrival.cmp(&b.arrival),
    })
}

/// The representative of each of `nodes` nodes.
pub fn representatives(nodes: usize, edges: &[Edge], linkage: Linkage) -> Vec<u32> {
    match linkage {
        Linkage::Components => {
            let mut joined = UnionFind::new(nodes);
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
    fn the_earliest_then_the_longest_then_the_smallest_id_represents() {
        let claim = |published, words, id| Claim { preference: 0, published, words, id, arrival: 0 };
        let ordered = [
            claim(Some(-5), 1, "z"),
            claim(Some(5), 9, "b"),
            claim(Some(5), 9, "c"),
            claim(Some(5), 8, "a"),
            claim(None, 99, "a"),
        ];
        assert!(ordered.is_sorted_by(|a, b| order(Keep::Earliest, a, b) == Ordering::Less));
        assert_eq!(order(Keep::Longest, &ordered[4], &ordered[1]), Ordering::Less);
        let late = Claim { arrival: 1, ..ordered[0] };
        assert_eq!(order(Keep::First, &late, &ordered[4]), Ordering::Greater);
        let preferred = Claim { preference: 0, ..ordered[4] };
        assert_eq!(order(Keep::Earliest, &preferred, &Claim { preference: 1, ..ordered[0] }), Ordering::Less);
    }
}
