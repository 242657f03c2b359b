//! What is looked at: documents by a hash of their ids, pairs by their number in an order of ids.
//!
//! The n documents whose hashes with the seed are least are as good as drawn by lot (bottom-k sampling, Cohen and Kaplan
//! 2007), and a larger sample holds the smaller. Pairs are strata: the member of a group at rank r, by decreasing
//! similarity to the representative, makes r pairs with those before it, all of its own band. So the pairs of a band are
//! numbered without being made, and k of the numbers are drawn without replacement by Floyd's method (Bentley and Floyd
//! 1987). Every band gets [`LEAST`] pairs where it has them; the rest are shared out by the square root of its size
//! (Bankier 1988), for the small bands are where the doubt is.
//!
//! Time n log n, memory 16 bytes a document. Bad case: none; a group of millions has more pairs, not more members.

use super::Bands;
use crate::hash;
use crate::result::Groups;
use std::cmp::Ordering;
use std::collections::BTreeSet;

/// Pairs that every band gets, if it has so many.
const LEAST: u64 = 100;

/// Pairs of one band, and some of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Stratum {
    /// How many there are.
    pub all: u64,
    /// Those that were drawn.
    pub pairs: Vec<(u32, u32)>,
}

/// Some `n` documents, in the order of their hashes.
pub(super) fn documents(groups: &Groups, n: usize, seed: u64) -> Vec<u32> {
    let salt = hash::mix(seed.wrapping_add(0x9e37_79b9_7f4a_7c15));
    let key = |doc: u32| (hash::mix(hash::bytes(groups.id(doc).as_bytes()) ^ salt), doc);
    let mut keys: Vec<(u64, u32)> = groups.documents().map(key).collect();
    let order = |a: &(u64, u32), b: &(u64, u32)| a.0.cmp(&b.0).then_with(|| groups.id(a.1).cmp(groups.id(b.1)));
    if n < keys.len() {
        keys.select_nth_unstable_by(n, order);
        keys.truncate(n);
    }
    keys.sort_unstable_by(order);
    keys.into_iter().map(|(_, doc)| doc).collect()
}

/// Some `n` pairs of documents in one group, by band of the lower similarity to the representative.
pub(super) fn pairs(groups: &Groups, bands: &Bands, n: usize, seed: u64) -> Vec<Stratum> {
    let members = members(groups);
    let mut strata = vec![Stratum::default(); bands.len()];
    each_member(groups, bands, &members, |band, rank, _| strata[band].all += rank);
    let sizes: Vec<u64> = strata.iter().map(|stratum| stratum.all).collect();
    let mut drawn: Vec<_> = (0..)
        .zip(sizes.iter().zip(shared_out(&sizes, n as u64)))
        .map(|(band, (&all, n))| draw(all, n, hash::mix(seed) ^ band).into_iter().peekable())
        .collect();
    let mut passed = vec![0; bands.len()];
    each_member(groups, bands, &members, |band, rank, group| {
        let start = passed[band];
        passed[band] += rank;
        while let Some(number) = drawn[band].next_if(|&number| number < passed[band]) {
            strata[band].pairs.push((group[(number - start) as usize], group[rank as usize]));
        }
    });
    strata
}

/// The documents of groups of two or more: by group, each group by decreasing similarity, its representative first.
fn members(groups: &Groups) -> Vec<u32> {
    let mut members: Vec<u32> = groups.documents().collect();
    members.sort_unstable_by(|&a, &b| {
        let (x, y) = (groups.representative(a), groups.representative(b));
        let by_group = || groups.id(x).cmp(groups.id(y));
        let by_office = || (b == y).cmp(&(a == x));
        let by_similarity = || groups.similarity(b).total_cmp(&groups.similarity(a));
        let by_id = || groups.id(a).cmp(groups.id(b));
        if x == y { Ordering::Equal } else { by_group() }.then_with(by_office).then_with(by_similarity).then_with(by_id)
    });
    members
}

/// Hands every document but the first of its group to `each`: the band of its pairs with those before it, how many these
/// are, and its group.
fn each_member(groups: &Groups, bands: &Bands, members: &[u32], mut each: impl FnMut(usize, u64, &[u32])) {
    for group in members.chunk_by(|&a, &b| groups.representative(a) == groups.representative(b)) {
        for (rank, &doc) in group.iter().enumerate().skip(1) {
            each(bands.of(groups.similarity(doc)), rank as u64, group);
        }
    }
}

/// How many of `n` each stratum gets, by its size.
fn shared_out(sizes: &[u64], n: u64) -> Vec<u64> {
    let strata = sizes.iter().filter(|&&size| size > 0).count().max(1) as u64;
    let mut shares: Vec<u64> = sizes.iter().map(|&size| size.min(LEAST).min(n / strata)).collect();
    let mut left = n - shares.iter().sum::<u64>();
    let mut order: Vec<usize> = (0..sizes.len()).collect();
    order.sort_by_key(|&stratum| sizes[stratum]);
    // The smallest first: what it cannot take is left to the larger.
    let mut roots: f64 = sizes.iter().map(|&size| (size as f64).sqrt()).sum();
    for &stratum in order.iter().filter(|&&stratum| sizes[stratum] > 0) {
        let root = (sizes[stratum] as f64).sqrt();
        let share = if root >= roots { left } else { (left as f64 * root / roots) as u64 };
        let more = share.min(sizes[stratum] - shares[stratum]).min(left);
        shares[stratum] += more;
        (left, roots) = (left - more, roots - root);
    }
    // What rounding kept from all of them.
    for stratum in order {
        let more = left.min(sizes[stratum] - shares[stratum]);
        shares[stratum] += more;
        left -= more;
    }
    shares
}

/// `n` different numbers below `all`, ascending.
fn draw(all: u64, n: u64, seed: u64) -> BTreeSet<u64> {
    let mut state = seed;
    let mut below = |end: u64| {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        ((u128::from(hash::mix(state)) * u128::from(end)) >> 64) as u64
    };
    let mut drawn = BTreeSet::new();
    for last in all.saturating_sub(n)..all {
        let number = below(last + 1);
        if !drawn.insert(number) {
            drawn.insert(last);
        }
    }
    drawn
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::result::tests::groups;
    use proptest::prelude::*;

    fn rows(sizes: &[u8]) -> Vec<(String, String, f64)> {
        let group = |(group, &size): (usize, &u8)| {
            (0..size).map(move |member| {
                let similarity = if member == 0 { 1.0 } else { f64::from(hash::mix(u64::from(member)) as u8) / 255.0 };
                (format!("{group}-{member}"), format!("{group}-0"), similarity)
            })
        };
        sizes.iter().enumerate().flat_map(group).collect()
    }

    proptest! {
        #[test]
        fn pairs_are_of_one_group_and_band_and_none_twice(
            sizes in prop::collection::vec(1u8..30, 0..12), n in 1usize..900, seed: u64,
        ) {
            let (groups, bands) = (groups(&rows(&sizes)), Bands::new(0.65));
            let strata = pairs(&groups, &bands, n, seed);
            let all: u64 = sizes.iter().map(|&size| u64::from(size) * (u64::from(size) - 1) / 2).sum();
            prop_assert_eq!(strata.iter().map(|stratum| stratum.all).sum::<u64>(), all);
            let drawn: usize = strata.iter().map(|stratum| stratum.pairs.len()).sum();
            prop_assert!(drawn <= n && (drawn as u64 + 6 >= all.min(n as u64)));
            prop_assert!(all > n as u64 || drawn as u64 == all);
            for (band, stratum) in strata.iter().enumerate() {
                let different: BTreeSet<_> = stratum.pairs.iter().map(|&(a, b)| (a.min(b), a.max(b))).collect();
                prop_assert_eq!(different.len(), stratum.pairs.len());
                for &(a, b) in &stratum.pairs {
                    prop_assert_eq!(groups.representative(a), groups.representative(b));
                    prop_assert_eq!(bands.of(groups.similarity(a).min(groups.similarity(b))), band);
                }
            }
        }

        #[test]
        fn the_order_of_input_changes_nothing(sizes in prop::collection::vec(1u8..9, 1..12), n in 1usize..60, seed: u64) {
            let mut other = rows(&sizes);
            let one = groups(&other);
            other.sort_by_key(|row| hash::bytes(row.0.as_bytes()) ^ seed);
            let (other, bands) = (groups(&other), Bands::new(0.65));
            let named = |groups: &Groups, docs: Vec<u32>| docs.iter().map(|&doc| groups.id(doc).to_owned()).collect::<Vec<_>>();
            prop_assert_eq!(named(&one, documents(&one, n, seed)), named(&other, documents(&other, n, seed)));
            let of = |groups: &Groups| {
                let pairs = pairs(groups, &bands, n, seed).into_iter().flat_map(|stratum| stratum.pairs);
                named(groups, pairs.flat_map(|(a, b)| [a, b]).collect())
            };
            prop_assert_eq!(of(&one), of(&other));
        }

        #[test]
        fn as_many_different_numbers_are_drawn_as_asked(all in 0u64..500, n in 0u64..600, seed: u64) {
            let drawn = draw(all, n, seed);
            prop_assert_eq!(drawn.len() as u64, n.min(all));
            prop_assert!(drawn.iter().all(|&number| number < all));
        }
    }

    #[test]
    fn every_number_is_drawn_alike() {
        let mut times = [0u32; 20];
        (0..4000)
            .for_each(|seed| draw(20, 5, hash::mix(seed)).into_iter().for_each(|number| times[number as usize] += 1));
        assert!(times.iter().all(|&times| (850..1150).contains(&times)), "{times:?}");
    }
}
