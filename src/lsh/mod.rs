//! Signatures to candidates: documents that share the slots of a band are looked at together.
//!
//! A signature is cut into `bands` of `rows` slots ([`curve`] chooses how many). A band at a time, the documents are put
//! in order by the hash of their slots in it: thrown into a few thousand parts by the hash's top bits (one round of radix
//! sort), those of a part that are not alone with theirs sorted where they lie in the cache. A run of equal hashes is a
//! bucket, and its pairs whose signatures are alike enough are candidates (Indyk and Motwani 1998; Leskovec, Rajaraman,
//! Ullman 2014, chapter 3).
//!
//! A bucket of up to [`FULL_BUCKET`] documents gives all its pairs. A larger one gives each document with one of the
//! bucket and with one some places on, others in every band, and is split by the slots of the next band, so that copies
//! meet again in smaller company: the work stays linear in the bucket, however many pages share a boilerplate. Who was in
//! such a crowd is told, so that those whom nobody was joined to can be looked for there again ([`Banding::crowds`]).
//!
//! Time O(bands n log n), memory 12 bytes a document and 8 a pair found, for one band at a time, and 4 for every other whose
//! buckets are told with them ([`Banding::buckets`]). Signatures are read in the order in which they lie.
//!
//! Law: P(found) = 1 - (1 - s^rows)^bands.

pub mod contained;
pub mod curve;
mod index;
mod key;
mod probe;

use crate::document::DocId;
use crate::hash;
use crate::sketch::{Signatures, Slot};
pub use curve::Shape;
pub use index::Lsh;
use key::{bucket, key};
pub use probe::Probe;
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// How candidates are found.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Params {
    /// The share of pairs exactly at the threshold that must become candidates; the S-curve turns it into bands and rows.
    pub recall: f64,
    /// Bands, where they are given rather than chosen.
    pub bands: Option<usize>,
    /// Rows of a band, where they are given rather than chosen.
    pub rows: Option<usize>,
}

impl Default for Params {
    fn default() -> Self {
        Params { recall: 0.99, bands: None, rows: None }
    }
}

/// A bucket up to this size gives all its pairs.
pub const FULL_BUCKET: usize = 32;
/// A larger bucket is split by this many further bands at most.
const SPLITS: usize = 3;

/// A part of the documents that is put in order at once is about this large: 8 KiB of keys.
const PART: usize = 1024;
/// So many signatures ahead of the one that is looked at are brought near.
const AHEAD: usize = 16;
/// Cells that the keys of a part are counted in: some eight a key.
const CELLS: usize = 8192;
/// More parts than this are more than a core can write to at once.
const MOST_PART_BITS: u32 = 11;

/// The documents that are compared, those that are no exact copy of an earlier one: as nodes, in the order in which they
/// would represent a group.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Nodes {
    /// The document of each node.
    pub document: Vec<DocId>,
    /// The node of each document, that of the earlier one for an exact copy.
    pub node: Vec<u32>,
    /// The documents of the nodes, in the order of arrival.
    pub arrived: Vec<DocId>,
}

impl Nodes {
    /// With the documents of the nodes, and the node of each document.
    pub fn new(document: Vec<DocId>, node: Vec<u32>) -> Self {
        let mut arrived = document.clone();
        arrived.sort_unstable();
        Nodes { document, node, arrived }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.document.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.document.is_empty()
    }
}

/// Finds the pairs of one band after another, in the same buffers.
#[derive(Debug)]
pub struct Banding<'a> {
    signatures: &'a Signatures,
    nodes: &'a Nodes,
    shape: Shape,
    keyed: Vec<u64>,
    /// Pairs of large buckets that were not looked at in the bucket.
    pub capped: u64,
    /// The nodes of large buckets, perhaps several times.
    pub crowded: Vec<u32>,
}

impl<'a> Banding<'a> {
    /// Over the documents of `nodes`.
    pub fn new(signatures: &'a Signatures, nodes: &'a Nodes, shape: Shape) -> Self {
        Banding { signatures, nodes, shape, keyed: Vec::new(), capped: 0, crowded: Vec::new() }
    }

    /// Hands every pair of nodes that shares a bucket of `band` to `pair`, the smaller first, some perhaps twice.
    pub fn pairs(&mut self, band: usize, pair: impl FnMut(u32, u32)) {
        let mut buckets = vec![0; self.nodes.len()];
        self.buckets(0, band..band + 1, &mut buckets);
        self.pairs_in(band, buckets.into_iter(), pair);
    }

    /// Writes the buckets of the nodes from the `first` to arrive on, as many as there is room for: of each those in `bands`,
    /// which mostly lie near one another in its signature.
    pub fn buckets(&self, first: usize, bands: Range<usize>, buckets: &mut [u32]) {
        let arrived = &self.nodes.arrived[first..];
        let (rows, write) = (bands.start * self.shape.rows..bands.end * self.shape.rows, key::write());
        for (at, buckets) in buckets.chunks_exact_mut(bands.len()).enumerate() {
            // A row of a signature is next to no other of its band.
            let ahead = arrived.get(at + AHEAD).copied().unwrap_or(arrived[at]);
            self.signatures.bring_near(ahead, rows.clone());
            write(&self.signatures.row(arrived[at])[rows.clone()], self.shape.rows, buckets);
        }
    }

    /// [`Banding::pairs`], the buckets of all nodes in the order of arrival being known.
    pub fn pairs_in(
        &mut self,
        band: usize,
        buckets: impl Iterator<Item = u32> + Clone,
        mut pair: impl FnMut(u32, u32),
    ) {
        let mut keyed = std::mem::take(&mut self.keyed);
        let (mut start, ends) = (0, self.parts(buckets, &mut keyed));
        let (bits, mut cells) = (ends.len().ilog2(), Box::new([0; CELLS]));
        for end in ends {
            let part = &mut keyed[start..end];
            let in_company = in_company(part, bits, &mut cells);
            self.pairs_of_buckets(band, 0, &mut part[..in_company], &mut pair);
            start = end;
        }
        self.keyed = keyed;
    }

    /// Hands the nodes of every large bucket of `band` to `crowd`, as far as they are `among` those given.
    pub fn crowds(&self, band: usize, among: &[u32], mut crowd: impl FnMut(&[u32])) {
        let key = |&node: &u32| self.key(band, self.nodes.document[node as usize]) | u64::from(node);
        let mut keyed: Vec<u64> = among.iter().map(key).collect();
        keyed.sort_unstable();
        let mut members = Vec::new();
        for bucket in keyed.chunk_by(|a, b| a >> 32 == b >> 32).filter(|bucket| bucket.len() > FULL_BUCKET) {
            members.clear();
            members.extend(bucket.iter().map(|&keyed| keyed as u32));
            crowd(&members);
        }
    }

    /// Makes `keyed` the keys of all nodes, thrown into parts by their top bits; tells where the parts end.
    fn parts(&self, buckets: impl Iterator<Item = u32> + Clone, keyed: &mut Vec<u64>) -> Vec<usize> {
        let (nodes, arrived) = (&self.nodes.node, &self.nodes.arrived);
        let bits = (arrived.len() / PART).max(1).ilog2().min(MOST_PART_BITS);
        let part = |bucket: u32| bucket.unbounded_shr(32 - bits) as usize;
        let mut next = vec![0; (1 << bits) + 1];
        buckets.clone().for_each(|bucket| next[part(bucket) + 1] += 1);
        (1..next.len()).for_each(|at| next[at] += next[at - 1]);
        keyed.resize(arrived.len(), 0);
        for (bucket, &doc) in buckets.zip(arrived) {
            let place = &mut next[part(bucket)];
            keyed[*place] = u64::from(bucket) << 32 | u64::from(nodes[doc as usize]);
            *place += 1;
        }
        next.pop();
        next
    }

    /// The bucket of a document in `band`: the upper 32 bits, so that with a node below them sorting sorts by bucket,
    /// then node.
    #[inline]
    fn key(&self, band: usize, doc: DocId) -> u64 {
        key(&self.signatures.row(doc)[band * self.shape.rows..][..self.shape.rows]) & !0xffff_ffff
    }

    fn pairs_of_buckets(&mut self, band: usize, splits: usize, keyed: &mut [u64], pair: &mut impl FnMut(u32, u32)) {
        keyed.sort_unstable();
        for bucket in keyed.chunk_by_mut(|a, b| a >> 32 == b >> 32).filter(|bucket| bucket.len() > 1) {
            if bucket.len() <= FULL_BUCKET {
                for (i, &a) in bucket.iter().enumerate() {
                    bucket[i + 1..].iter().for_each(|&b| pair(a as u32, b as u32));
                }
            } else {
                self.large_bucket(band, splits, bucket, pair);
            }
        }
    }

    fn large_bucket(&mut self, band: usize, splits: usize, bucket: &mut [u64], pair: &mut impl FnMut(u32, u32)) {
        // Others in every band, or a member would meet the same two whenever the bucket is of its family.
        let (n, chosen) = (bucket.len(), hash::mix((band << 8 | splits) as u64));
        let (one, ahead) = (chosen as usize % n, 1 + (chosen >> 32) as usize % (n - 1));
        let mut meet = |i: usize, j: usize| pair(bucket[i.min(j)] as u32, bucket[i.max(j)] as u32);
        (0..n).filter(|&at| at != one).for_each(|at| meet(at, one));
        (0..n).for_each(|at| meet(at, (at + ahead) % n));
        if splits == 0 {
            let n = n as u64;
            self.capped += n * (n - 1) / 2 - (2 * n - 3);
            self.crowded.extend(bucket.iter().map(|&keyed| keyed as u32));
        }
        if splits < SPLITS.min(self.shape.bands - 1) {
            let next = (band + 1) % self.shape.bands;
            for keyed in &mut *bucket {
                let node = *keyed as u32;
                *keyed = self.key(next, self.nodes.document[node as usize]) | u64::from(node);
            }
            self.pairs_of_buckets(next, splits + 1, bucket, pair);
        }
    }
}

/// Moves those of a part that are not surely alone in their bucket to its start, in their order, over the others, and tells
/// how many they are: most are alone, and need not be sorted. Keys that agree in the bits below those of the part share a
/// cell.
fn in_company(part: &mut [u64], part_bits: u32, cells: &mut [u8; CELLS]) -> usize {
    let cell = |keyed: u64| (keyed << part_bits >> (64 - CELLS.ilog2())) as usize;
    cells.fill(0);
    for &keyed in &*part {
        let cell = &mut cells[cell(keyed)];
        *cell = cell.saturating_add(1);
    }
    let mut found = 0;
    for at in 0..part.len() {
        let keyed = part[at];
        part[found] = keyed;
        found += usize::from(cells[cell(keyed)] > 1);
    }
    found
}

/// The bands that put two signatures into one bucket.
fn bands_shared<'a>(a: &'a [Slot], b: &'a [Slot], Shape { bands, rows }: Shape) -> impl Iterator<Item = usize> + 'a {
    let bucket = move |signature: &[Slot], band: usize| bucket(&signature[band * rows..][..rows]);
    (0..bands).filter(move |&band| bucket(a, band) == bucket(b, band))
}

/// Appends a key for each band of a signature: two documents share a band where they have a key in common, and have none
/// in common otherwise, but for one in 2^64 by chance. The same on every machine.
pub fn band_keys(signature: &[Slot], Shape { bands, rows }: Shape, out: &mut Vec<u64>) {
    let key = |band: usize| hash::mix(key(&signature[band * rows..][..rows]) ^ hash::mix(band as u64 + 1));
    out.extend((0..bands).map(key));
}

/// How many bands put two signatures into one bucket.
pub fn shared_bands(a: &[Slot], b: &[Slot], shape: Shape) -> usize {
    bands_shared(a, b, shape).count()
}

/// The first band that puts two signatures into one bucket.
pub fn first_shared_band(a: &[Slot], b: &[Slot], shape: Shape) -> Option<usize> {
    bands_shared(a, b, shape).next()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sketch::{self, Sketcher};
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    fn found(signatures: &Signatures, nodes: u32, shape: Shape) -> BTreeSet<(u32, u32)> {
        // Nodes in the reverse order of arrival.
        let nodes = Nodes::new((0..nodes).rev().collect(), (0..nodes).rev().collect());
        let mut banding = Banding::new(signatures, &nodes, shape);
        let mut pairs = BTreeSet::new();
        for band in 0..shape.bands {
            banding.pairs(band, |a, b| {
                assert!(a < b);
                let (a, b) = (nodes.document[a as usize], nodes.document[b as usize]);
                pairs.insert((b, a));
            });
        }
        pairs
    }

    fn signatures(sets: &[Vec<u64>], slots: usize) -> Signatures {
        let params = sketch::Params { slots };
        let (mut all, mut sketcher) = (Signatures::new(&params), Sketcher::new(&params));
        for set in sets {
            let mut row = Vec::new();
            sketcher.sketch(set, &mut row);
            all.extend(&row).unwrap();
        }
        all
    }

    proptest! {
        #[test]
        fn pairs_are_those_that_share_a_band(
            rows in prop::collection::vec(prop::collection::vec(0u16..3, 12), 0..20),
        ) {
            let shape = Shape { bands: 4, rows: 3 };
            let mut all = Signatures::new(&sketch::Params { slots: 12 });
            rows.iter().for_each(|row| all.extend(row).unwrap());
            let mut naive = BTreeSet::new();
            for a in 0..rows.len() {
                for b in a + 1..rows.len() {
                    if (0..4).any(|band| rows[a][band * 3..][..3] == rows[b][band * 3..][..3]) {
                        naive.insert((a as u32, b as u32));
                    }
                }
            }
            prop_assert_eq!(found(&all, rows.len() as u32, shape), naive);
        }
    }

    proptest! {
        #[test]
        fn shared_bands_are_those_with_equal_slots(
            a in prop::collection::vec(0u16..3, 14), b in prop::collection::vec(0u16..3, 14), rows in 1usize..5,
        ) {
            let bands = 14 / rows;
            let naive = (0..bands).filter(|band| (0..rows).all(|row| a[band * rows + row] == b[band * rows + row])).count();
            prop_assert_eq!(shared_bands(&a, &b, Shape { bands, rows }), naive);
            let (mut ours, mut theirs) = (Vec::new(), Vec::new());
            band_keys(&a, Shape { bands, rows }, &mut ours);
            band_keys(&b, Shape { bands, rows }, &mut theirs);
            prop_assert_eq!(ours.len(), bands);
            prop_assert_eq!(ours.iter().filter(|key| theirs.contains(key)).count(), naive);
        }
    }

    #[test]
    fn probability_of_being_found_follows_the_curve() {
        // Long articles, and briefs of 30 to 100 words, whose slots repeat one another: that costs a hundredth or two.
        let cases = [
            (500u64, 1000u64, 0.01),
            (700, 1000, 0.01),
            (800, 1000, 0.01),
            (900, 1000, 0.01),
            (70, 100, 0.03),
            (48, 60, 0.03),
            (27, 30, 0.03),
        ];
        for (shape, (both, all, slack)) in
            [Shape { bands: 16, rows: 8 }, Shape { bands: 32, rows: 4 }].into_iter().flat_map(|s| cases.map(|c| (s, c)))
        {
            let trials = 1500u64;
            let hits = (0..trials).filter(|&trial| {
                let element = |i: u64| hash::mix(trial << 32 | i);
                let own = both + (all - both) / 2;
                let sets = [(0..own).map(element).collect(), (0..both).chain(own..all).map(element).collect()];
                !found(&signatures(&sets, 128), 2, shape).is_empty()
            });
            let (rate, theory) = (hits.count() as f64 / trials as f64, shape.found(both as f64 / all as f64));
            let sigma = (theory * (1.0 - theory) / trials as f64).sqrt();
            assert!((rate - theory).abs() < 4.0 * sigma + slack, "J = {both}/{all}: {rate} against {theory}");
        }
    }

    #[test]
    fn a_large_bucket_is_linear_and_keeps_its_copies_together() {
        // Ten thousand documents share one band; among them fifty pairs share everything but a slot.
        let mut all = Signatures::new(&sketch::Params { slots: 16 });
        let n = 10_000u32;
        for node in 0..n {
            let story = if node >= n - 50 { node - 5_000 } else { node };
            let mut row: Vec<Slot> = (0..16).map(|slot| hash::mix(u64::from(story) << 8 | slot) as Slot).collect();
            row[..4].fill(7);
            row[15] = node as Slot;
            all.extend(&row).unwrap();
        }
        let pairs = found(&all, n, Shape { bands: 4, rows: 4 });
        assert!(pairs.len() < 4 * n as usize, "{}", pairs.len());
        assert!((n - 50..n).all(|b| pairs.contains(&(b - 5_000, b))));
    }
}
