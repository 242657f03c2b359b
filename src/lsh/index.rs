//! Documents one after another: each asks for its likely near-duplicates among those before it.
//!
//! Where [`super::Banding`] sorts all documents a band at a time, the index keeps for each band a table from bucket to
//! its newest document, and chains the documents of a bucket from new to old. A question looks at the newest
//! [`super::FULL_BUCKET`] of each of its buckets. Time O(bands) a document, memory 12 bytes a band and document.

use super::{FULL_BUCKET, Shape, key};
use crate::sketch::Slot;
use ahash::RandomState;
use hashbrown::HashMap;

/// No document.
const NONE: u32 = u32::MAX;

/// What can be asked for near-duplicates while it grows.
///
/// ```
/// use newsfold::{Lsh, Params, Sketcher};
///
/// let params = Params::default();
/// let (mut sketcher, mut lsh) = (Sketcher::new(&params.sketch), Lsh::new(params.shape()));
/// let mut signature = |shingles: std::ops::Range<u64>| {
///     let mut signature = Vec::new();
///     sketcher.sketch(&shingles.map(newsfold::hash::mix).collect::<Vec<_>>(), &mut signature);
///     signature
/// };
/// let mut found = Vec::new();
/// lsh.insert(&signature(0..900), &mut found);
/// lsh.insert(&signature(1000..1900), &mut found);
/// assert!(found.is_empty(), "strangers share no band");
/// lsh.find(&signature(20..920), &mut found);
/// assert_eq!(found, [0], "Jaccard 0.96");
/// ```
#[derive(Debug)]
pub struct Lsh {
    shape: Shape,
    newest: Vec<HashMap<u64, u32, RandomState>>,
    /// The document before, in the bucket of each band, of each document.
    before: Vec<u32>,
    documents: u32,
}

impl Lsh {
    /// An empty one.
    pub fn new(shape: Shape) -> Self {
        Lsh { shape, newest: vec![HashMap::default(); shape.bands], before: Vec::new(), documents: 0 }
    }

    /// Adds the next document by its signature, and fills `found` with earlier ones that share a bucket, ascending,
    /// without repeats.
    pub fn insert(&mut self, signature: &[Slot], found: &mut Vec<u32>) {
        found.clear();
        for band in 0..self.shape.bands {
            let bucket = self.bucket(band, signature);
            let before = self.newest[band].insert(bucket, self.documents).unwrap_or(NONE);
            self.before.push(before);
            self.follow(band, before, found);
        }
        self.documents += 1;
        found.sort_unstable();
        found.dedup();
    }

    /// Fills `found` with documents that share a bucket with a signature, ascending, without repeats.
    pub fn find(&self, signature: &[Slot], found: &mut Vec<u32>) {
        found.clear();
        for (band, newest) in self.newest.iter().enumerate() {
            let newest = newest.get(&self.bucket(band, signature)).copied().unwrap_or(NONE);
            self.follow(band, newest, found);
        }
        found.sort_unstable();
        found.dedup();
    }

    fn bucket(&self, band: usize, signature: &[Slot]) -> u64 {
        key(&signature[band * self.shape.rows..][..self.shape.rows])
    }

    /// Appends the newest documents of a bucket, of which the newest is given.
    fn follow(&self, band: usize, newest: u32, found: &mut Vec<u32>) {
        let mut document = newest;
        for _ in 0..FULL_BUCKET {
            if document == NONE {
                break;
            }
            found.push(document);
            document = self.before[document as usize * self.shape.bands + band];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn found_are_the_earlier_ones_that_share_a_band(rows in prop::collection::vec(prop::collection::vec(0u16..3, 6), 0..30)) {
            let mut index = Lsh::new(Shape { bands: 2, rows: 3 });
            let (mut found, mut asked) = (Vec::new(), Vec::new());
            for (at, row) in rows.iter().enumerate() {
                index.find(row, &mut asked);
                index.insert(row, &mut found);
                let shares = |&earlier: &u32| (0..2).any(|band| rows[earlier as usize][band * 3..][..3] == row[band * 3..][..3]);
                let naive: Vec<u32> = (0..at as u32).filter(shares).collect();
                prop_assert_eq!(&found, &naive);
                prop_assert_eq!(&asked, &naive);
            }
        }
    }
}
