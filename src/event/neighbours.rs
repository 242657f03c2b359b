//! Vectors to neighbours: for each document the most similar ones, and how similar strangers usually are to it.
//!
//! An inverted index gives candidates, rarest terms first, at most `postings` of a list (those nearest in the order of
//! time) and at most `budget` altogether. Terms whose lists were read whole are counted exactly; for the best
//! candidates, weighed with time, the others are added by comparing the fronts of the two vectors, where the frequent
//! terms stand. So every cosine kept is exact; where the budget suffices, so is the choice.
//!
//! Cosine: `sum_t a_t b_t` of unit vectors, in integers, so that no order of summation can show. Compare Bayardo, Ma and
//! Srikant 2007, "Scaling up all pairs similarity search". Time: `documents x (budget + candidates x frequent terms)`;
//! memory: 10 bytes a posting and 8 a neighbour, 8 a document and 2 a term for each thread. Bad case: a million documents that differ only
//! in common terms: each sees its neighbours in time and no others.

use super::Params;
use super::embedding::Mixing;
use super::time::TimeFactor;
use super::vector::{Vectors, ignorance};
use crate::cpu;
use rayon::prelude::*;

const DAY_SECONDS: u64 = 86_400;
/// Lower cosines are none, and candidates that are likely to be lower, weighed with time, are passed over.
const LEAST_COSINE: f32 = 0.03;
/// Documents more than this many days apart, or with no date to tell, are strangers.
const STRANGER_DAYS: u64 = 11;
/// The usual cosine is that of this stranger, the most similar one being the first.
const STRANGER_RANK: usize = 10;
/// Where one in so many documents is a stranger, as much is known of them as where all are.
const STRANGE_SHARE: usize = 4;
/// The usual cosine where nothing is known.
pub(super) const COMMON_USUAL: f32 = 0.1;
/// A usual cosine below this one is taken for this one.
const LEAST_USUAL: f32 = 0.03;
/// Products of two weights lose so many bits, so that a cosine fits in 28.
const LOST_BITS: u32 = 4;
/// The cosine 1 in whole numbers.
pub(super) const UNIT: f32 = (u16::MAX as u32 as f32) * (u16::MAX as u32 as f32) / (1u32 << LOST_BITS) as f32;

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

/// A document that has a term, and the term's weight there.
#[derive(Clone, Copy, Default)]
#[repr(C, packed)]
struct Posting {
    document: u32,
    weight: u16,
}

/// The documents of each term, in order.
struct Index {
    starts: Vec<usize>,
    postings: Vec<Posting>,
    /// Of each term of each vector: its place in the term's list.
    places: Vec<u32>,
}

impl Index {
    fn new(vectors: &Vectors) -> Index {
        let mut starts = vec![0usize; vectors.vocabulary + 1];
        vectors.terms.iter().for_each(|&term| starts[term as usize + 1] += 1);
        for term in 0..vectors.vocabulary {
            starts[term + 1] += starts[term];
        }
        let mut filled = vec![0u32; vectors.vocabulary];
        let mut postings = vec![Posting::default(); vectors.terms.len()];
        let mut places = Vec::with_capacity(vectors.terms.len());
        for document in 0..vectors.len() {
            for (&term, &weight) in std::iter::zip(vectors.get(document).0, vectors.get(document).1) {
                let place = &mut filled[term as usize];
                postings[starts[term as usize] + *place as usize] = Posting { document: document as u32, weight };
                places.push(*place);
                *place += 1;
            }
        }
        Index { starts, postings, places }
    }

    /// At most `limit` of a term's list, those nearest to `place` in it, and whether that is the whole list.
    fn nearest(&self, term: u32, place: u32, limit: usize) -> (&[Posting], bool) {
        let list = &self.postings[self.starts[term as usize]..self.starts[term as usize + 1]];
        if list.len() <= limit {
            return (list, true);
        }
        let first = (place as usize).saturating_sub(limit / 2).min(list.len() - limit);
        (&list[first..first + limit], false)
    }
}

/// A line of the cache holds so many postings.
const NEAR_POSTINGS: usize = 64 / size_of::<Posting>();

/// When all documents were published.
struct Calendar {
    /// In order.
    times: Vec<i64>,
    undated: usize,
}

impl Calendar {
    fn new(published: &[Option<i64>]) -> Calendar {
        let mut times: Vec<i64> = published.iter().flatten().copied().collect();
        times.sort_unstable();
        Calendar { undated: published.len() - times.len(), times }
    }

    /// How many documents are strangers to one of this time.
    fn strangers(&self, time: Option<i64>) -> usize {
        let near = |time: i64| {
            let at_least = |least: i64| self.times.len() - self.times.partition_point(|&time| time < least);
            let days = (STRANGER_DAYS * DAY_SECONDS) as i64;
            at_least(time.saturating_sub(days)) - at_least(time.saturating_add(days + 1))
        };
        self.times.len() + self.undated - time.map_or(0, near)
    }
}

/// What was counted of a document: what terms read whole give (the high half), and others as far as they were read.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
struct Counted(u64);

impl Counted {
    fn whole(self) -> u32 {
        (self.0 >> 32) as u32
    }

    fn all(self) -> u32 {
        self.whole() + self.0 as u32
    }
}

#[derive(Clone, Copy)]
struct Candidate {
    document: u32,
    whole: u32,
}

/// Scratch of one thread.
struct Search<'a> {
    vectors: &'a Vectors,
    index: &'a Index,
    mixing: Option<&'a Mixing<'a>>,
    published: &'a [Option<i64>],
    calendar: &'a Calendar,
    params: &'a Params,
    time: TimeFactor,
    counted: Vec<Counted>,
    /// The weights of the document looked at, of every term.
    here: Vec<u16>,
    /// Room for the documents counted.
    touched: Box<[u32]>,
    /// Room for those of them that are not mere strangers, and what was counted.
    likely: Box<[(u32, Counted)]>,
    candidates: Vec<(f32, Candidate)>,
    strangers: Vec<(f32, Candidate)>,
}

impl<'a> Search<'a> {
    fn new(
        vectors: &'a Vectors,
        index: &'a Index,
        mixing: Option<&'a Mixing<'a>>,
        published: &'a [Option<i64>],
        calendar: &'a Calendar,
        params: &'a Params,
    ) -> Self {
        let counted = vec![Counted::default(); vectors.len()];
        let here = vec![0; vectors.vocabulary];
        let (candidates, strangers) = (vec![], vec![]);
        let room = params.budget.min(vectors.terms.len());
        let (touched, likely) = (vec![0; room].into(), vec![(0, Counted::default()); room].into());
        let time = TimeFactor::new(params);
        Search {
            vectors,
            index,
            mixing,
            published,
            calendar,
            params,
            time,
            counted,
            here,
            touched,
            likely,
            candidates,
            strangers,
        }
    }

    fn near(&mut self, document: u32) -> Near {
        self.bring_lists_near(document);
        let (frequent, lists_capped, counted) = self.count(document);
        self.sort_out(document, counted);
        let candidates_capped = keep_best(&mut self.candidates, self.params.neighbours);
        keep_best(&mut self.strangers, STRANGER_RANK);
        let (terms, weights) = self.vectors.get(document as usize);
        std::iter::zip(terms, weights).for_each(|(&term, &weight)| self.here[term as usize] = weight);
        let (here, vectors, mixing) = (&self.here, self.vectors, self.mixing);
        self.candidates.iter().for_each(|(_, candidate)| vectors.bring_near(candidate.document as usize));
        let exact = |candidate: Candidate| {
            let other = candidate.document as usize;
            let cosine = (candidate.whole + common(here, vectors.get(other), frequent)) as f32 / UNIT;
            mixing.map_or(cosine, |mixing| mixing.mixed(cosine, document as usize, other))
        };
        let exact_of = |&(_, candidate): &(f32, Candidate)| (candidate.document, exact(candidate));
        let mut cosines = Vec::with_capacity(self.candidates.len());
        cosines.extend(self.candidates.iter().map(exact_of).filter(|&(_, cosine)| cosine >= LEAST_COSINE));
        cosines.sort_unstable_by_key(|&(other, _)| other);
        let usual = if self.strangers.len() < STRANGER_RANK {
            // That few of many strangers are like it says something; that there are none says nothing.
            let strange = self.calendar.strangers(self.published[document as usize]);
            let all = self.vectors.len();
            let peers = self.vectors.languages.peers(document as usize) * all.min(STRANGE_SHARE * strange) / all;
            2.0 * COMMON_USUAL * ignorance(peers)
        } else {
            self.strangers.iter().map(|stranger| exact_of(stranger).1).fold(1.0, f32::min)
        };
        let usual = usual.max(LEAST_USUAL);
        terms.iter().for_each(|&term| self.here[term as usize] = 0);
        Near { cosines, usual, lists_capped, candidates_capped }
    }

    /// Brings from far memory what is looked up for the next document, and where that is for the one after it, while this
    /// one is worked on.
    fn bring_lists_near(&self, document: u32) {
        let (vectors, index) = (self.vectors, self.index);
        let next = |ahead: usize| (document as usize + ahead).min(vectors.len() - 1);
        vectors.get(next(2)).0.iter().for_each(|&term| cpu::bring_near(&index.starts, term as usize));
        let (places, mut left) = (vectors.places(next(1)), self.touched.len());
        for (&term, &place) in std::iter::zip(&vectors.terms[places.clone()], &index.places[places]).rev() {
            if left == 0 {
                break;
            }
            let (postings, _) = index.nearest(term, place, self.params.postings.min(left));
            left -= postings.len();
            cpu::bring_near(postings, 0);
            cpu::bring_near(postings, NEAR_POSTINGS);
        }
    }

    /// Adds up, for the documents that share terms with this one, what those terms give; rarest first. Tells from which
    /// number down lists were not read whole, how many those are, and how many documents were touched.
    fn count(&mut self, document: u32) -> (u32, u32, usize) {
        let (vectors, index, params) = (self.vectors, self.index, self.params);
        let (counted, touched) = (&mut *self.counted, &mut *self.touched);
        let (terms, weights) = vectors.get(document as usize);
        let places = &index.places[vectors.places(document as usize)];
        let (mut left, mut capped, mut frequent, mut shift, mut known) = (touched.len(), 0, 0, 32, 0);
        for at in (0..terms.len()).rev() {
            let (term, weight, place) = (terms[at], weights[at], places[at]);
            let (postings, is_whole) = index.nearest(term, place, params.postings.min(left));
            if !is_whole {
                if shift > 0 {
                    (frequent, shift) = (term + 1, 0);
                }
                capped += 1;
            }
            if left == 0 {
                // Nor is anything read of the lists of those that are more frequent.
                capped += at as u32;
                break;
            }
            left -= postings.len();
            // Which are new is anybody's guess: all are written down, and those that are not are written over.
            for &Posting { document: other, weight: there } in postings {
                let sum = &mut counted[other as usize].0;
                touched[known] = other;
                known += usize::from(*sum == 0);
                *sum += u64::from(product(weight, there).max(1)) << shift;
            }
        }
        (frequent, capped, known)
    }

    /// Parts the first of the documents touched into candidates and strangers, and clears their counts.
    fn sort_out(&mut self, document: u32, known: usize) {
        let Search { published, time, counted, touched, likely, candidates, strangers, .. } = self;
        candidates.clear();
        strangers.clear();
        let here = published[document as usize];
        let (worth, strange) = (LEAST_COSINE * UNIT, (LEAST_USUAL * UNIT) as u32);
        // Few are likely, and nothing tells which: all are written down here as well.
        let mut found = 0;
        for &other in &touched[..known] {
            let sum = std::mem::take(&mut counted[other as usize]);
            likely[found] = (other, sum);
            found += usize::from(sum.all() >= strange);
        }
        for &(other, sum) in likely[..found].iter().filter(|&&(other, _)| other != document) {
            let there = published[other as usize];
            let candidate = Candidate { document: other, whole: sum.whole() };
            let weighed = sum.all() as f32 * time.of(here, there);
            if weighed >= worth {
                candidates.push((weighed, candidate));
            }
            if here.zip(there).is_none_or(|(a, b)| a.abs_diff(b) > STRANGER_DAYS * DAY_SECONDS) {
                strangers.push((sum.all() as f32, candidate));
            }
        }
    }
}

/// Keeps the `limit` highest, ties by document; tells how many went.
fn keep_best(found: &mut Vec<(f32, Candidate)>, limit: usize) -> u32 {
    let gone = found.len().saturating_sub(limit);
    if gone > 0 {
        if limit > 0 {
            found.select_nth_unstable_by(limit - 1, |a, b| b.0.total_cmp(&a.0).then(a.1.document.cmp(&b.1.document)));
        }
        found.truncate(limit);
    }
    gone as u32
}

#[inline]
pub(super) fn product(a: u16, b: u16) -> u32 {
    (u32::from(a) * u32::from(b)) >> LOST_BITS
}

/// What the terms below `frequent` of `there` and the weights of all terms `here` give.
fn common(here: &[u16], (terms, weights): (&[u32], &[u16]), frequent: u32) -> u32 {
    let here = &here[..frequent as usize];
    let of = |(&term, &there): (&u32, &u16)| here.get(term as usize).map(|&here| product(here, there));
    std::iter::zip(terms, weights).map_while(of).sum()
}

/// The neighbours of every document.
pub(super) fn neighbours(
    vectors: &Vectors,
    mixing: Option<&Mixing>,
    published: &[Option<i64>],
    params: &Params,
) -> Vec<Near> {
    let (index, calendar) = (Index::new(vectors), Calendar::new(published));
    (0..vectors.len() as u32)
        .into_par_iter()
        .map_init(|| Search::new(vectors, &index, mixing, published, &calendar, params), Search::near)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::features::{Features, Reader};
    use super::super::vector::Frequencies;
    use super::*;
    use proptest::prelude::*;

    fn read(titles: &[String]) -> Vec<Features> {
        let mut reader = Reader::default();
        titles.iter().map(|title| reader.read(title, "")).collect()
    }

    fn vectors(titles: &[String], params: &Params) -> Vectors {
        let features = read(titles);
        let all: Vec<&Features> = features.iter().collect();
        Vectors::new(&all, &Frequencies::new(&all), params)
    }

    proptest! {
        #[test]
        fn capped_lists_leave_cosines_exact(
            titles in proptest::collection::vec("([k-m][ae][lm] ){1,6}", 2..40), postings in 1usize..8, budget in 1usize..40,
        ) {
            let params = Params { neighbours: 5, budget, postings, ..Params::default() };
            let unlimited = Params { neighbours: usize::MAX, budget: usize::MAX, postings: usize::MAX, ..params.clone() };
            let (vectors, published) = (vectors(&titles, &params), vec![Some(0); titles.len()]);
            let all = neighbours(&vectors, None, &published, &unlimited);
            for (capped, all) in neighbours(&vectors, None, &published, &params).iter().zip(&all) {
                prop_assert!(capped.cosines.len() <= 5);
                prop_assert!(capped.cosines.iter().all(|found| all.cosines.contains(found)));
            }
        }

        #[test]
        fn neighbours_are_those_of_brute_force(titles in proptest::collection::vec("([k-t][aeo][lmn] ){1,6}", 2..40)) {
            let params = Params { neighbours: usize::MAX, budget: usize::MAX, postings: usize::MAX, ..Params::default() };
            let vectors = vectors(&titles, &params);
            let published = vec![None; titles.len()];
            let dense = |document: usize| {
                let mut dense = vec![0.0; vectors.vocabulary];
                std::iter::zip(vectors.get(document).0, vectors.get(document).1)
                    .for_each(|(&term, &weight)| dense[term as usize] = f64::from(weight) / 65535.0);
                dense
            };
            for (here, near) in neighbours(&vectors, None, &published, &params).iter().enumerate() {
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
    fn strangers_are_those_of_other_weeks_and_those_of_no_time() {
        let day = |day: i64| Some(day * DAY_SECONDS as i64);
        let published = [day(0), day(1), day(11), day(12), None, day(100), Some(i64::MIN), Some(i64::MAX)];
        let calendar = Calendar::new(&published);
        assert_eq!([day(0), day(1), day(12), None].map(|time| calendar.strangers(time)), [5, 4, 5, 8]);
        assert_eq!(calendar.strangers(Some(i64::MIN)), 7);
        assert_eq!(Calendar::new(&vec![day(3); 500]).strangers(day(4)), 0);
    }

    #[test]
    fn a_night_alone_is_no_sign_that_reports_are_seldom_alike() {
        let titles: Vec<String> = (0..400).map(|n| format!("minister {n} speaks of budget {}", n / 2)).collect();
        let vectors = vectors(&titles, &Params::default());
        let usual = |time: fn(i64) -> i64| {
            let published: Vec<Option<i64>> = (0..400).map(|n| Some(time(n) * DAY_SECONDS as i64)).collect();
            neighbours(&vectors, None, &published, &Params::default())[200].usual
        };
        assert_eq!(usual(|_| 5), 2.0 * COMMON_USUAL);
        assert!(usual(|n| n) < 2.0 * COMMON_USUAL);
    }

    #[test]
    fn work_is_bounded_where_all_documents_are_alike() {
        let titles: Vec<String> = (0..3000).map(|n| format!("same headline everywhere {}", n / 6)).collect();
        let params = Params { postings: 100, budget: 250, neighbours: 20, ..Params::default() };
        let vectors = vectors(&titles, &params);
        let near = neighbours(&vectors, None, &vec![Some(0); 3000], &params);
        assert!(near.iter().all(|near| near.cosines.len() <= 20));
    }

    #[test]
    fn a_list_is_cut_around_the_document() {
        let vectors = vectors(&vec!["flood".to_owned(); 8], &Params::default());
        let index = Index::new(&vectors);
        let nearest = |place, limit| {
            let (postings, is_whole) = index.nearest(0, place, limit);
            (postings.iter().map(|posting| posting.document).collect::<Vec<_>>(), is_whole)
        };
        assert_eq!(index.places, [0, 1, 2, 3, 4, 5, 6, 7]);
        assert_eq!(nearest(0, 4), (vec![0, 1, 2, 3], false));
        assert_eq!(nearest(4, 4), (vec![2, 3, 4, 5], false));
        assert_eq!(nearest(7, 4), (vec![4, 5, 6, 7], false));
        assert_eq!(nearest(7, 9), ((0..8).collect(), true));
        assert_eq!(nearest(3, 0), (vec![], false));
    }
}
