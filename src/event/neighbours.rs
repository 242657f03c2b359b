//! Vectors to neighbours: for each document the most similar ones, and how similar strangers usually are to it.
//!
//! An inverted index gives candidates, rarest terms first, at most `postings` of a list (those nearest in the order of
//! time) and at most `budget` altogether; the best of them by what was counted, weighed with time, get their exact
//! cosine. Where the budget suffices, candidates are all documents that share a term, and the cosine is exact for all.
//!
//! Cosine: `sum_t a_t b_t` of unit vectors, in integers of 2^-16, so that no order of summation can show. Compare
//! Bayardo, Ma and Srikant 2007, "Scaling up all pairs similarity search". Time: `documents x (budget + candidates x
//! terms)`; memory: 6 bytes a posting and 8 a neighbour. Bad case: a million documents that differ only in common
//! terms: each sees its neighbours in time and no others.

use super::Params;
use super::vector::Vectors;
use rayon::prelude::*;

const DAY_SECONDS: f32 = 86_400.0;
/// The power of the days in the fall of the time factor: 1 is an exponential, less has a longer tail.
const FALL: f32 = 0.6;
/// Lower cosines are none.
const LEAST_COSINE: f32 = 0.02;
/// Documents this many days apart, or with no date to tell, are strangers.
const STRANGER_DAYS: f32 = 11.0;
/// The usual cosine is that of this stranger, the most similar one being the first.
const STRANGER_RANK: usize = 10;

/// What was found around one document.
#[derive(Debug, Default, Clone)]
pub(super) struct Near {
    /// Documents and cosines, in the order of documents.
    pub(super) cosines: Vec<(u32, f32)>,
    /// The cosine that is usual between this document and those that cannot be about its event.
    pub(super) usual: f32,
    /// How many lists were cut short or passed over.
    pub(super) lists_capped: u32,
    /// How many candidates got no exact cosine.
    pub(super) candidates_capped: u32,
}

/// How much two times of publication speak for one event: 1 in the same hour, falling to a floor; a constant where one
/// of them is unknown.
pub(super) struct TimeFactor {
    by_hour: Vec<f32>,
    floor: f32,
    undated: f32,
}

impl TimeFactor {
    pub(super) fn new(params: &Params) -> TimeFactor {
        const HOURS: u32 = 24 * 60;
        let factor = |hours: u32| {
            let fall = (-(hours as f32 / 24.0 / params.days).powf(FALL)).exp();
            params.time_floor + (1.0 - params.time_floor) * fall
        };
        TimeFactor { by_hour: (0..HOURS).map(factor).collect(), floor: params.time_floor, undated: params.undated }
    }

    #[inline]
    pub(super) fn of(&self, a: Option<i64>, b: Option<i64>) -> f32 {
        match (a, b) {
            (Some(a), Some(b)) => {
                let hours = a.abs_diff(b) / 3600;
                self.by_hour.get(hours as usize).copied().unwrap_or(self.floor)
            }
            _ => self.undated,
        }
    }
}

/// The documents of each term, in order, with the term's weight there.
struct Index {
    starts: Vec<usize>,
    documents: Vec<u32>,
    weights: Vec<u16>,
}

impl Index {
    fn new(vectors: &Vectors) -> Index {
        let mut starts = vec![0usize; vectors.vocabulary + 1];
        vectors.terms.iter().for_each(|&term| starts[term as usize + 1] += 1);
        for term in 0..vectors.vocabulary {
            starts[term + 1] += starts[term];
        }
        let mut next = starts.clone();
        let (mut documents, mut weights) = (vec![0; vectors.terms.len()], vec![0; vectors.terms.len()]);
        for document in 0..vectors.len() {
            for (&term, &weight) in std::iter::zip(vectors.get(document).0, vectors.get(document).1) {
                let at = &mut next[term as usize];
                (documents[*at], weights[*at]) = (document as u32, weight);
                *at += 1;
            }
        }
        Index { starts, documents, weights }
    }

    fn frequency(&self, term: u32) -> usize {
        self.starts[term as usize + 1] - self.starts[term as usize]
    }

    /// At most `limit` places of a term's list, those nearest to `document`.
    fn places(&self, term: u32, document: u32, limit: usize) -> std::ops::Range<usize> {
        let (from, to) = (self.starts[term as usize], self.starts[term as usize + 1]);
        if to - from <= limit {
            return from..to;
        }
        let here = from + self.documents[from..to].partition_point(|&other| other < document);
        let first = here.saturating_sub(limit / 2).clamp(from, to - limit);
        first..first + limit
    }
}

/// Scratch of one thread.
struct Search<'a> {
    vectors: &'a Vectors,
    index: &'a Index,
    published: &'a [Option<i64>],
    params: &'a Params,
    time: TimeFactor,
    counted: Vec<u32>,
    touched: Vec<u32>,
    query: Vec<(usize, u32, u16)>,
    candidates: Vec<(f32, u32)>,
    strangers: Vec<(u32, u32)>,
}

impl<'a> Search<'a> {
    fn new(vectors: &'a Vectors, index: &'a Index, published: &'a [Option<i64>], params: &'a Params) -> Self {
        let counted = vec![0; vectors.len()];
        let (touched, query, candidates, strangers) = (vec![], vec![], vec![], vec![]);
        Search {
            vectors,
            index,
            published,
            params,
            time: TimeFactor::new(params),
            counted,
            touched,
            query,
            candidates,
            strangers,
        }
    }

    fn near(&mut self, document: u32) -> Near {
        let mut near = Near { lists_capped: self.count(document), ..Near::default() };
        self.sort_out(document);
        near.candidates_capped = keep_best(&mut self.candidates, self.params.neighbours);
        keep_best(&mut self.strangers, STRANGER_RANK);
        let here = self.vectors.get(document as usize);
        let exact = |other: u32| cosine(here, self.vectors.get(other as usize));
        near.cosines.extend(self.candidates.iter().map(|&(_, other)| (other, exact(other))));
        near.cosines.retain(|&(_, cosine)| cosine >= LEAST_COSINE);
        near.cosines.sort_unstable_by_key(|&(other, _)| other);
        if self.strangers.len() == STRANGER_RANK {
            near.usual = self.strangers.iter().map(|&(_, other)| exact(other)).fold(1.0, f32::min);
        }
        near
    }

    /// Adds up, for the documents that share terms with this one, what those terms give; rarest first.
    fn count(&mut self, document: u32) -> u32 {
        let Search { vectors, index, params, counted, touched, query, .. } = self;
        let (terms, weights) = vectors.get(document as usize);
        query.clear();
        query.extend(std::iter::zip(terms, weights).map(|(&term, &weight)| (index.frequency(term), term, weight)));
        query.sort_unstable();
        let (mut left, mut capped) = (params.budget, 0);
        for &(frequency, term, weight) in query.iter() {
            let limit = params.postings.min(left);
            capped += u32::from(frequency > limit);
            let places = index.places(term, document, limit);
            left -= places.len();
            for (&other, &there) in std::iter::zip(&index.documents[places.clone()], &index.weights[places]) {
                let sum = &mut counted[other as usize];
                if *sum == 0 {
                    touched.push(other);
                }
                *sum += product(weight, there).max(1);
            }
        }
        capped
    }

    /// Parts the documents counted into candidates and strangers, and clears the counts.
    fn sort_out(&mut self, document: u32) {
        let Search { published, time, counted, touched, candidates, strangers, .. } = self;
        candidates.clear();
        strangers.clear();
        let here = published[document as usize];
        let worth = (LEAST_COSINE * 32_768.0) as u32;
        let far_seconds = (STRANGER_DAYS * DAY_SECONDS) as u64;
        for other in touched.drain(..) {
            let sum = std::mem::take(&mut counted[other as usize]);
            if other == document || sum < worth {
                continue;
            }
            let there = published[other as usize];
            candidates.push((sum as f32 * time.of(here, there), other));
            if here.zip(there).is_none_or(|(a, b)| a.abs_diff(b) > far_seconds) {
                strangers.push((sum, other));
            }
        }
    }
}

/// Keeps the `limit` highest, ties by document; tells how many went.
fn keep_best<T: PartialOrd + Copy>(found: &mut Vec<(T, u32)>, limit: usize) -> u32 {
    let order =
        |a: &(T, u32), b: &(T, u32)| b.0.partial_cmp(&a.0).unwrap_or(std::cmp::Ordering::Equal).then(a.1.cmp(&b.1));
    let gone = found.len().saturating_sub(limit);
    if gone > 0 {
        if limit > 0 {
            found.select_nth_unstable_by(limit - 1, order);
        }
        found.truncate(limit);
    }
    gone as u32
}

/// In units of 2^-16.
#[inline]
fn product(a: u16, b: u16) -> u32 {
    (u32::from(a) * u32::from(b)) >> 16
}

/// The cosine of two unit vectors.
fn cosine(a: (&[u32], &[u16]), b: (&[u32], &[u16])) -> f32 {
    let (mut i, mut j, mut sum) = (0, 0, 0u64);
    while i < a.0.len() && j < b.0.len() {
        let (s, t) = (a.0[i], b.0[j]);
        if s == t {
            sum += u64::from(a.1[i]) * u64::from(b.1[j]);
        }
        i += usize::from(s <= t);
        j += usize::from(t <= s);
    }
    sum as f32 / (u16::MAX as f32 * u16::MAX as f32)
}

/// The neighbours of every document.
pub(super) fn neighbours(vectors: &Vectors, published: &[Option<i64>], params: &Params) -> Vec<Near> {
    let index = Index::new(vectors);
    (0..vectors.len() as u32)
        .into_par_iter()
        .map_init(|| Search::new(vectors, &index, published, params), Search::near)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::vector::{Features, Reader};
    use super::*;
    use proptest::prelude::*;

    fn read(titles: &[String]) -> Vec<Features> {
        let mut reader = Reader::default();
        titles.iter().map(|title| reader.read(title, "")).collect()
    }

    proptest! {
        #[test]
        fn neighbours_are_those_of_brute_force(titles in proptest::collection::vec("([k-t][aeo][lmn] ){1,6}", 2..40)) {
            let params = Params { neighbours: usize::MAX, budget: usize::MAX, postings: usize::MAX, ..Params::default() };
            let vectors = Vectors::new(&read(&titles), &params);
            let published = vec![None; titles.len()];
            let dense = |document: usize| {
                let mut dense = vec![0.0; vectors.vocabulary];
                std::iter::zip(vectors.get(document).0, vectors.get(document).1)
                    .for_each(|(&term, &weight)| dense[term as usize] = f64::from(weight) / 65535.0);
                dense
            };
            for (here, near) in neighbours(&vectors, &published, &params).iter().enumerate() {
                let mut found = near.cosines.iter().peekable();
                for there in (0..titles.len()).filter(|&there| there != here) {
                    let cosine: f64 = std::iter::zip(dense(here), dense(there)).map(|(a, b)| a * b).sum();
                    match found.next_if(|found| found.0 as usize == there) {
                        Some(found) => prop_assert!((f64::from(found.1) - cosine).abs() < 1e-4),
                        None => prop_assert!(cosine < f64::from(LEAST_COSINE) + 1e-4, "{here} {there} {cosine}"),
                    }
                }
                prop_assert!(found.next().is_none());
            }
        }
    }

    #[test]
    fn work_is_bounded_where_all_documents_are_alike() {
        let titles: Vec<String> = (0..3000).map(|n| format!("same headline everywhere {}", n / 6)).collect();
        let params = Params { postings: 100, budget: 250, neighbours: 20, ..Params::default() };
        let vectors = Vectors::new(&read(&titles), &params);
        let near = neighbours(&vectors, &vec![Some(0); 3000], &params);
        assert!(near.iter().all(|near| near.cosines.len() <= 20));
    }

    #[test]
    fn time_speaks_less_and_less() {
        let params = Params::default();
        let time = TimeFactor::new(&params);
        let at = |hours: i64| time.of(Some(0), Some(hours * 3600));
        assert_eq!(at(0), 1.0);
        assert!(at(24) > at(48) && at(48) > at(24 * 30) && at(24 * 30) >= params.time_floor);
        assert_eq!(time.of(Some(i64::MIN), Some(i64::MAX)), params.time_floor);
        assert_eq!(time.of(None, Some(0)), params.undated);
    }

    #[test]
    fn a_list_is_cut_around_the_document() {
        let vectors = Vectors::new(&read(&vec!["flood".to_owned(); 8]), &Params::default());
        let index = Index::new(&vectors);
        assert_eq!(index.places(0, 0, 4), 0..4);
        assert_eq!(index.places(0, 4, 4), 2..6);
        assert_eq!(index.places(0, 7, 4), 4..8);
        assert_eq!(index.places(0, 7, 9), 0..8);
        assert!(index.places(0, 3, 0).is_empty());
    }
}
