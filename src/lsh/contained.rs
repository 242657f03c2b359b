//! Shingle sets to candidates for containment: which short text may be a cut of which long one.
//!
//! Bands find sets that are alike as wholes; a brief of a tenth of an article is not. So a quarter of all shingles,
//! chosen by their hash, is listed for every document, and two documents that stand together on enough lists are a
//! candidate: the sample of the smaller set estimates its containment (Broder 1997's mod-m sketch). Lists of more than
//! [`LONG_LIST`] documents are boilerplate: they are left out and counted.
//!
//! Time O(shingles log shingles + lists x LONG_LIST^2) at worst, memory 16 bytes a listed shingle and 8 a pair.

use crate::hash;
use crate::shingle::Set;

/// One in so many shingles is listed.
const SAMPLE: u64 = 4;
/// A shingle that more documents share tells nothing.
pub const LONG_LIST: usize = 64;

/// A listed shingle of a node.
pub type Listed = (u64, u32);

/// Appends the listed shingles of a node's set to `out`.
pub fn list(node: u32, set: &Set, out: &mut Vec<Listed>) {
    out.extend(set.iter().filter(|&shingle| hash::mix(shingle).is_multiple_of(SAMPLE)).map(|shingle| (shingle, node)));
}

/// Pairs of nodes, the smaller first, of which one may hold at least `least` of the other's shingles but neither is alike
/// enough for bands to find; and how many long lists were left out. `listed` must be sorted; `sizes` are set sizes.
pub fn pairs(listed: &[Listed], sizes: &[u32], least: f64) -> (Vec<(u32, u32)>, u64) {
    let (mut together, mut long_lists) = (Vec::new(), 0);
    for list in listed.chunk_by(|a, b| a.0 == b.0) {
        if list.len() > LONG_LIST {
            long_lists += 1;
            continue;
        }
        for (i, &(_, a)) in list.iter().enumerate() {
            together.extend(list[i + 1..].iter().map(|&(_, b)| (a, b)));
        }
    }
    together.sort_unstable();
    let enough = |pair: &&[(u32, u32)]| {
        let smaller = sizes[pair[0].0 as usize].min(sizes[pair[0].1 as usize]);
        // Half of what a pair at the bound is expected to share, so that a sample's luck does not decide.
        pair.len() as f64 >= (0.5 * least * f64::from(smaller) / SAMPLE as f64).floor().max(1.0)
    };
    (together.chunk_by(|x, y| x == y).filter(enough).map(|pair| pair[0]).collect(), long_lists)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_cut_is_found_in_its_whole() {
        let shingle = |i: u64| hash::mix(i + 1);
        let sets: Vec<Set> = [0..600u64, 50..110, 1000..1400, 550..700]
            .into_iter()
            .map(|r| Set::of(&r.map(shingle).collect::<Vec<_>>()))
            .collect();
        let mut listed = Vec::new();
        sets.iter().enumerate().for_each(|(node, set)| list(node as u32, set, &mut listed));
        listed.sort_unstable();
        let sizes: Vec<u32> = sets.iter().map(|set| set.len() as u32).collect();
        assert_eq!(pairs(&listed, &sizes, 0.9), (vec![(0, 1)], 0));
    }

    proptest! {
        #[test]
        fn a_long_list_costs_nothing(nodes in 65u32..2000) {
            let listed: Vec<Listed> = (0..nodes).map(|node| (7, node)).collect();
            prop_assert_eq!(pairs(&listed, &vec![1; nodes as usize], 0.9), (vec![], 1));
        }
    }
}
