//! Samples that were taken apart from one another, put together: the sample of all pages.
//!
//! A part of the pages asks for no stricter bounds than all of them, and of an outlet for no more zeros. So what a part left
//! out all would have left out, and whether an outlet has more than it may hold is known once the most zeros of its parts
//! are: the bounds, and with them the sample, are those of one learner that had met every page.

use super::{Learner, Sample};

/// What is written of a learner: its bounds, and the samples in the order of their outlets.
type Written = (usize, u32, Vec<(u64, Sample)>);

impl Learner {
    /// All that it has learned, for [`Learner::join`]; the same bytes whatever the order of the pages.
    pub fn written(&self) -> Result<Vec<u8>, postcard::Error> {
        let mut samples: Vec<(&u64, &Sample)> = self.samples.iter().collect();
        samples.sort_unstable_by_key(|&(&outlet, _)| outlet);
        postcard::to_stdvec(&(self.most, self.zeros, samples))
    }

    /// Takes in what another learner has [written](Learner::written).
    pub fn join(&mut self, written: &[u8]) -> Result<(), postcard::Error> {
        let (most, zeros, samples): Written = postcard::from_bytes(written)?;
        (self.most, self.zeros) = (self.most.min(most), self.zeros.max(zeros));
        for (outlet, other) in samples {
            let sample = self.samples.entry(outlet).or_default();
            sample.zeros = sample.zeros.max(other.zeros);
            other.pages.into_iter().for_each(|page| _ = sample.add(page));
        }
        self.fit();
        while self.charged > self.room {
            self.tighten();
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::page;
    use super::super::{Outlet, UNIT};
    use super::*;
    use crate::hash;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]
        #[test]
        fn parts_in_any_order_make_the_sample_of_all(
            count in 1u64..3000, outlets in 1u64..80, lines in 1u64..100, room in 2000usize..60_000, parts in 1u64..6, turn in 0u64..6,
        ) {
            // Some pages are met twice, under other titles.
            let met = |at: u64| {
                let story = at % (count - count / 9);
                let lines = (0..hash::mix(story) % lines).map(|line| (story << 8 | line, 9));
                (Outlet(1 + (hash::mix(story) % outlets).isqrt()), page(hash::mix(story), at, lines))
            };
            let mut whole = Learner::within(room * UNIT);
            (0..count).map(met).for_each(|(outlet, page)| whole.take(outlet, page));
            let part = |part: u64| {
                let mut learner = Learner::within(room * UNIT);
                // Uneven parts: half of all pages are of the first.
                (0..count).filter(|&at| u64::from(hash::mix(at << 1).trailing_zeros()) % parts == part).map(met).for_each(|(outlet, page)| learner.take(outlet, page));
                learner.written().unwrap()
            };
            let mut joined = Learner::within(room * UNIT);
            (0..parts).for_each(|at| joined.join(&part((at + turn) % parts)).unwrap());
            // A part that is joined twice changes nothing.
            joined.join(&part(0)).unwrap();
            prop_assert_eq!(joined.written().unwrap(), whole.written().unwrap());
            prop_assert_eq!(joined.charged, whole.charged);
        }
    }
}
