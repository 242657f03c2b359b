//! Documents to those that differ: equal features on one day are one document.
//!
//! A million copies of one headline would fill the neighbourhoods of each other, and whatever each of them shares with
//! others is known from one. Documents without terms are equal to nobody.
//!
//! Equal 64-bit hashes come together by sorting and are compared in full. Time: `documents x (terms + log documents)`;
//! memory: 20 bytes a document. Bad case: copies that differ in a word stay apart here; groups of near-duplicates are
//! the business of the rooms before.

use super::features::Features;
use crate::hash;
use crate::sort;
use rayon::prelude::*;

const DAY_SECONDS: i64 = 86_400;

/// The first document equal to each one.
pub(super) fn firsts(features: &[Features], published: &[Option<i64>]) -> Vec<u32> {
    let day = |at: u32| published[at as usize].map(|time| time.div_euclid(DAY_SECONDS));
    let mut order: Vec<(u64, u32)> = (features.par_iter().zip(published).enumerate())
        .filter(|(_, (features, _))| !features.terms.is_empty())
        .map(|(at, (features, _))| (key(features, day(at as u32)), at as u32))
        .collect();
    sort::by_key(&mut order, |&one| one);
    let mut firsts: Vec<u32> = (0..features.len() as u32).collect();
    for run in order.chunk_by(|a, b| a.0 == b.0) {
        let first = run[0].1;
        for &(_, at) in run {
            if features[first as usize] == features[at as usize] && day(first) == day(at) {
                firsts[at as usize] = first;
            }
        }
    }
    firsts
}

fn key(features: &Features, day: Option<i64>) -> u64 {
    let start = day.map_or(1, |day| hash::mix(day as u64 ^ 2)) ^ features.language.hash();
    features.weighed().fold(start, |key, (term, &count)| hash::mix(key ^ u64::from(term.0) << 8 ^ u64::from(count)))
}

#[cfg(test)]
mod tests {
    use super::super::features::Reader;
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn firsts_are_those_of_comparing_all(
            documents in proptest::collection::vec(("[a-b]a [a-b]o", proptest::option::of(0i64..3)), 0..30),
        ) {
            let mut reader = Reader::default();
            let features: Vec<_> = documents.iter().map(|(title, _)| reader.read(title, "")).collect();
            let published: Vec<_> = documents.iter().map(|(_, day)| day.map(|day| day * DAY_SECONDS + 7)).collect();
            for (at, first) in firsts(&features, &published).into_iter().enumerate() {
                let naive = (0..at).find(|&other| features[other] == features[at] && published[other] == published[at]);
                prop_assert_eq!(first as usize, naive.unwrap_or(at));
            }
        }
    }

    #[test]
    fn documents_without_terms_are_equal_to_nobody() {
        assert_eq!(firsts(&vec![Features::default(); 3], &[None; 3]), [0, 1, 2]);
    }
}
