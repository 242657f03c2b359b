//! How edges lead from one node to another.
//!
//! Breadth first: a node is asked for edges to those not met yet only. Every pair is asked for at most once; memory 8
//! bytes a node. Bad case: a large group whose two members are at its far ends.

use std::collections::VecDeque;

/// A shortest path between two of `nodes` nodes; of several the one that the nodes' numbers choose.
pub fn shortest(
    nodes: usize,
    from: usize,
    to: usize,
    mut is_edge: impl FnMut(usize, usize) -> bool,
) -> Option<Vec<usize>> {
    let mut before = vec![usize::MAX; nodes];
    let mut unmet: Vec<usize> = (0..nodes).filter(|&node| node != to).collect();
    // Backwards, so that the path reads forwards.
    let mut due = VecDeque::from([to]);
    while let Some(node) = due.pop_front() {
        if node == from {
            let step = |&at: &usize| (at != to).then(|| before[at]);
            return Some(std::iter::successors(Some(from), step).collect());
        }
        unmet.retain(|&other| {
            let met = is_edge(other, node);
            if met {
                before[other] = node;
                due.push_back(other);
            }
            !met
        });
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_path_is_made_of_edges_and_none_is_shorter(
            nodes in 1usize..9, pairs in prop::collection::vec((0usize..9, 0usize..9), 0..14), from in 0usize..9, to in 0usize..9,
        ) {
            let (from, to) = (from % nodes, to % nodes);
            let is_edge = |a: usize, b: usize| a != b && (pairs.contains(&(a, b)) || pairs.contains(&(b, a)));
            // Steps to every node, by relaxing all edges again and again.
            let mut steps = vec![usize::MAX; nodes];
            steps[from] = 0;
            for _ in 0..nodes {
                for (a, b) in (0..nodes).flat_map(|a| (0..nodes).map(move |b| (a, b))) {
                    if steps[a] < usize::MAX && is_edge(a, b) {
                        steps[b] = steps[b].min(steps[a] + 1);
                    }
                }
            }
            match shortest(nodes, from, to, is_edge) {
                Some(path) => {
                    prop_assert_eq!((path[0], path[path.len() - 1]), (from, to));
                    prop_assert!(path.windows(2).all(|two| is_edge(two[0], two[1])));
                    prop_assert_eq!(path.len() - 1, steps[to]);
                }
                None => prop_assert_eq!(steps[to], usize::MAX),
            }
        }
    }
}
