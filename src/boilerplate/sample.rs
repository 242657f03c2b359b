//! A sample of every outlet's pages, in bounded memory.
//!
//! A page is known by a hash of its words and of how they fall into lines, so that one met twice counts once. Of an outlet
//! those pages are kept whose hash begins with so many zeros as are needed for its sample to have room: no more zeros
//! than that, which depends on the pages alone and not on their order (distinct sampling, Gibbons 2001, with a rate an
//! outlet). When all samples together have no room, every outlet gets half of it, down to some twenty pages; when that is
//! not enough, there are too many outlets, and of all of them only pages with a zero more are kept, which those with
//! few pages do not survive. What an outlet is charged never falls while the room an outlet stays, so neither do these
//! steps depend on the order.

mod join;

use super::{Boilerplate, Line, Outlet, judge};
use crate::hash;
use crate::text::Story;
use ahash::RandomState;
use hashbrown::HashMap;
use serde::{Deserialize, Serialize};
use std::num::NonZeroU64;

/// Bytes that all samples hold at most.
pub const MOST_BYTES: usize = 64 << 20;

/// Weights are counted in the bytes of a line.
const UNIT: usize = size_of::<Line>();
/// What a page weighs beside its lines, and an outlet beside its pages: what they are kept in, with the slack of growth.
const PAGE: usize = 10;
const OUTLET: usize = 32;
/// What one outlet's pages weigh at most, at first and in the end.
const MOST: usize = 4096;
const LEAST: usize = 1024;
/// Lines of a page at most: those of the least hashes, so that of two long pages the same share is seen to be common.
const LINES: usize = 128;

/// What is remembered of a page that is sampled.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Page {
    /// Decides whether it is sampled.
    key: u64,
    /// The hash of its title; none where it has none.
    pub(super) title: Option<NonZeroU64>,
    pub(super) lines: Box<[Line]>,
}

impl Page {
    /// What tells a page from others: the hash of its words, and how they fall into lines.
    pub fn key(content: u128, story: &Story) -> u64 {
        story.line_words().fold(content as u64, |key, line| hash::mix(key ^ line.len() as u64))
    }

    /// The page of this key, title and story.
    pub fn new(key: u64, title: &str, story: &Story) -> Self {
        let title = Some(title.trim()).filter(|title| !title.is_empty());
        let title = title.and_then(|title| NonZeroU64::new(hash::bytes(title.as_bytes())));
        let mut lines: Vec<Line> = story.line_words().map(Line::of).collect();
        if lines.len() > LINES {
            lines.select_nth_unstable(LINES);
            lines.truncate(LINES);
        }
        Page { key, title, lines: lines.into() }
    }

    fn weight(&self) -> usize {
        PAGE + self.lines.len()
    }
}

/// The pages of an outlet that were sampled.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Sample {
    /// Zeros that their keys begin with.
    zeros: u32,
    weight: usize,
    /// By their keys.
    pages: Vec<Page>,
}

impl Sample {
    /// Takes a page in; tells what it adds to the weight. Of one that is met under several titles, which of them is
    /// remembered does not depend on which came first.
    fn add(&mut self, page: Page) -> usize {
        match self.pages.binary_search_by_key(&page.key, |page| page.key) {
            Ok(at) => {
                let known = &mut self.pages[at];
                known.title = known.title.max(page.title);
                0
            }
            Err(at) => {
                let weight = page.weight();
                self.pages.insert(at, page);
                weight
            }
        }
    }

    /// Leaves out pages until the others have room.
    fn fit(&mut self, least_zeros: u32, most: usize) {
        self.zeros = self.zeros.max(least_zeros);
        self.keep();
        while self.weight > most {
            self.zeros += 1;
            self.keep();
        }
    }

    fn keep(&mut self) {
        let zeros = self.zeros;
        // The keys with the most zeros are the least.
        self.pages.truncate(self.pages.partition_point(|page| page.key.leading_zeros() >= zeros));
        self.pages.shrink_to(2 * self.pages.len());
        self.weight = self.pages.iter().map(Page::weight).sum();
    }

    /// What it is charged: never less than before, as long as the bounds stay.
    fn charge(&self, least_zeros: u32, most: usize) -> usize {
        OUTLET + if self.zeros > least_zeros { most } else { self.weight }
    }
}

/// Learns the lines that outlets repeat.
#[derive(Debug)]
pub struct Learner {
    samples: HashMap<u64, Sample, RandomState>,
    /// What all are charged, and at most.
    charged: usize,
    room: usize,
    /// What one outlet's pages weigh at most now, and the zeros that every page's key begins with.
    most: usize,
    zeros: u32,
}

impl Default for Learner {
    fn default() -> Self {
        Learner::within(MOST_BYTES)
    }
}

impl Learner {
    /// One that holds so many bytes at most.
    fn within(bytes: usize) -> Self {
        Learner { samples: HashMap::default(), charged: 0, room: bytes / UNIT, most: MOST, zeros: 0 }
    }

    /// Whether a page of this key may be sampled: when it may not, it never will.
    pub fn wants(&self, outlet: Outlet, key: u64) -> bool {
        let zeros = self.samples.get(&outlet.0).map_or(0, |sample| sample.zeros).max(self.zeros);
        outlet != Outlet::UNKNOWN && key.leading_zeros() >= zeros
    }

    /// Takes a page, if it is wanted and new.
    pub fn take(&mut self, outlet: Outlet, page: Page) {
        if !self.wants(outlet, page.key) {
            return;
        }
        let (zeros, most) = (self.zeros, self.most);
        let sample = self.samples.entry(outlet.0).or_insert_with(|| {
            self.charged += OUTLET;
            Sample { zeros, ..Sample::default() }
        });
        let before = sample.charge(zeros, most);
        sample.weight += sample.add(page);
        if sample.weight > most {
            sample.fit(zeros, most);
        }
        self.charged += sample.charge(zeros, most) - before;
        while self.charged > self.room {
            self.tighten();
        }
    }

    /// Gives every outlet half of the room, or, where that is little already, keeps only pages with a zero more.
    fn tighten(&mut self) {
        if self.most > LEAST {
            self.most /= 2;
        } else {
            self.zeros += 1;
        }
        self.fit();
    }

    /// Fits the samples into their bounds as these are now.
    fn fit(&mut self) {
        let (zeros, most) = (self.zeros, self.most);
        self.samples.values_mut().for_each(|sample| sample.fit(zeros, most));
        self.samples.retain(|_, sample| sample.zeros > zeros || !sample.pages.is_empty());
        self.samples.shrink_to(2 * self.samples.len());
        self.charged = self.samples.values().map(|sample| sample.charge(zeros, most)).sum();
    }

    /// Bytes that it holds, at most.
    pub fn held_bytes(&self) -> usize {
        self.charged * UNIT
    }

    /// What the outlets repeat.
    pub fn learned(self) -> Boilerplate {
        let repeated = self.samples.iter().map(|(&outlet, sample)| (outlet, judge::repeated(&sample.pages)));
        let mut lines: HashMap<u64, Vec<Line>, RandomState> = repeated.filter(|(_, lines)| !lines.is_empty()).collect();
        judge::keep_shared(&mut lines, self.samples.iter().map(|(&outlet, sample)| (outlet, &*sample.pages)));
        let lines = lines.into_iter().filter(|(_, lines)| !lines.is_empty());
        Boilerplate { lines: lines.map(|(outlet, lines)| (outlet, lines.into())).collect() }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    /// A page with these lines, by their numbers and words; a title of 0 is none.
    pub(in crate::boilerplate) fn page(key: u64, title: u64, lines: impl IntoIterator<Item = (u64, u64)>) -> Page {
        let mut lines: Vec<Line> = lines.into_iter().map(|(number, words)| Line(number << 16 | words)).collect();
        lines.sort_unstable();
        lines.dedup();
        Page { key, title: NonZeroU64::new(title), lines: lines.into() }
    }

    /// The pages that are kept of all, found by trying every bound in turn.
    fn oracle(pages: &BTreeMap<(u64, u64), Page>, room: usize) -> BTreeMap<u64, Vec<u64>> {
        let bounds = [(4096, 0), (2048, 0)].into_iter().chain((0..).map(|zeros| (1024, zeros)));
        let weight = |outlet: u64, zeros: u32| -> usize {
            let of = pages.iter().filter(|((of, key), _)| *of == outlet && key.leading_zeros() >= zeros);
            of.map(|(_, page)| 10 + page.lines.len()).sum()
        };
        let mut outlets: Vec<u64> = pages.keys().map(|&(outlet, _)| outlet).collect();
        outlets.dedup();
        for (most, zeros) in bounds {
            let charge = |&outlet: &u64| match weight(outlet, zeros) {
                0 => 0,
                weight => 32 + weight.min(most),
            };
            // An outlet that has too much is charged all that it may have.
            if outlets.iter().map(charge).sum::<usize>() > room {
                continue;
            }
            let kept = |&outlet: &u64| {
                let zeros = (zeros..).find(|&zeros| weight(outlet, zeros) <= most).unwrap();
                let keys = pages.keys().filter(|(of, key)| *of == outlet && key.leading_zeros() >= zeros);
                (outlet, keys.map(|&(_, key)| key).collect::<Vec<_>>())
            };
            return outlets.iter().map(kept).filter(|(_, keys)| !keys.is_empty()).collect();
        }
        unreachable!("no page has so many zeros")
    }

    fn kept(learner: &Learner) -> BTreeMap<u64, Vec<u64>> {
        let keys = |sample: &Sample| sample.pages.iter().map(|page| page.key).collect::<Vec<_>>();
        let kept = learner.samples.iter().map(|(&outlet, sample)| (outlet, keys(sample)));
        kept.filter(|(_, keys)| !keys.is_empty()).collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]
        #[test]
        fn what_is_kept_is_told_by_the_pages_alone(
            shapes in prop::collection::vec((any::<u64>(), 0u64..100, 1u64..128), 1..1500),
            outlets in 1u64..60,
            room in 2000usize..60_000,
        ) {
            // Half of the pages are of the first outlet, a quarter of the second, and so on up to a number.
            let shape = |&(key, outlet, lines): &(u64, u64, u64)| {
                let outlet = 1 + u64::from((outlet * 7 + key % 7).trailing_ones()).max(outlet % outlets);
                ((outlet, key), page(key, 0, (0..lines).map(|line| (line, 9))))
            };
            let pages: BTreeMap<(u64, u64), Page> = shapes.iter().map(shape).collect();
            let mut learner = Learner::within(room * UNIT);
            for (at, shape) in shapes.iter().map(shape).enumerate() {
                let ((outlet, _), page) = shape;
                let is_wanted = learner.wants(Outlet(outlet), page.key);
                learner.take(Outlet(outlet), page.clone());
                prop_assert!(learner.charged <= room);
                prop_assert!(is_wanted || !kept(&learner).get(&outlet).is_some_and(|keys| keys.contains(&page.key)));
                // Now and then one is met again.
                if at % 5 == 0 {
                    learner.take(Outlet(outlet), page);
                }
            }
            prop_assert_eq!(kept(&learner), oracle(&pages, room));
        }
    }

    /// Bytes that a learner holds, as far as its collections tell.
    fn bytes(learner: &Learner) -> usize {
        // What the system's allocator adds to what it is asked for.
        const ADDED: usize = 16;
        let page = |page: &Page| size_of_val(&*page.lines) + ADDED;
        let sample = |sample: &Sample| {
            sample.pages.capacity() * size_of::<Page>() + ADDED + sample.pages.iter().map(page).sum::<usize>()
        };
        learner.samples.allocation_size() + learner.samples.values().map(sample).sum::<usize>()
    }

    #[test]
    fn memory_is_bounded_whatever_the_crawl() {
        // Outlets without end; pages without end of one outlet; long pages and short ones of many.
        let crawls: [&dyn Fn(u64) -> (u64, u64); 4] =
            [&|at| (at, 1), &|at| (1, at % 128), &|at| (hash::mix(at) % 5000, 127), &|at| (at.isqrt(), at % 3)];
        for (crawl, shape) in crawls.iter().enumerate() {
            let (room, mut most) = (MOST_BYTES / 16, 0);
            let mut learner = Learner::within(room);
            for at in 1..300_000 {
                let (outlet, lines) = shape(at);
                learner.take(Outlet(outlet), page(hash::mix(at), 0, (0..lines).map(|line| (at << 8 | line, 9))));
                if at % 10_000 == 0 {
                    most = most.max(bytes(&learner));
                    assert!(
                        learner.held_bytes() <= room && bytes(&learner) <= learner.held_bytes().max(1 << 16),
                        "{crawl}"
                    );
                }
            }
            // One outlet alone has 32 KiB.
            assert!(most > if crawl == 1 { 16 << 10 } else { room / 4 }, "{crawl}: {most}");
        }
    }
}
