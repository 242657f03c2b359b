//! Some documents, asked by many others which of them share a bucket: tonight's, by all that are remembered.
//!
//! Where [`super::Banding`] finds pairs among documents of one kind, here the many pass by once, a signature at a time, and
//! leave nothing behind. For each band a table of bits tells at one look that a bucket is empty, as nearly all are; the
//! buckets of the few lie sorted behind it. Time: a look a band and signature; memory: 8 bytes a band and document of the
//! few, and a bit for each sixteenth of those. Of a bucket of more than [`FULL_BUCKET`] of the few, that many are found.

use super::{FULL_BUCKET, Nodes, Shape, bucket};
use crate::sketch::{Signatures, Slot};
use rayon::prelude::*;

/// Bits of a band's table, a document.
const BITS: usize = 16;

/// Can be asked which documents share a bucket with a signature.
pub struct Probe {
    shape: Shape,
    bands: Vec<Band>,
}

struct Band {
    bits: Vec<u64>,
    shift: u32,
    /// Buckets and nodes, in order.
    keyed: Vec<u64>,
}

impl Band {
    fn new(signatures: &Signatures, nodes: &Nodes, shape: Shape, band: usize) -> Band {
        let bucket = |&(doc, _): &(u32, u32)| bucket(&signatures.row(doc)[band * shape.rows..][..shape.rows]);
        let of_nodes = nodes.arrived.iter().map(|&doc| (doc, nodes.node[doc as usize]));
        let mut keyed: Vec<u64> = of_nodes.map(|node| u64::from(bucket(&node)) << 32 | u64::from(node.1)).collect();
        keyed.sort_unstable();
        let size = (keyed.len() * BITS).next_power_of_two().clamp(64, 1 << 32);
        let mut band = Band { bits: vec![0; size / 64], shift: 32 - size.ilog2(), keyed };
        for at in 0..band.keyed.len() {
            let bit = band.bit((band.keyed[at] >> 32) as u32);
            band.bits[bit / 64] |= 1 << (bit % 64);
        }
        band
    }

    #[inline]
    fn bit(&self, bucket: u32) -> usize {
        bucket.unbounded_shr(self.shift) as usize
    }

    fn nodes(&self, bucket: u32) -> impl Iterator<Item = u32> {
        let start = self.keyed.partition_point(|&keyed| ((keyed >> 32) as u32) < bucket);
        let here = self.keyed[start..].iter().take_while(move |&&keyed| (keyed >> 32) as u32 == bucket);
        here.take(FULL_BUCKET).map(|&keyed| keyed as u32)
    }
}

impl Probe {
    /// Among the documents of `nodes`.
    pub fn new(signatures: &Signatures, nodes: &Nodes, shape: Shape) -> Self {
        let band = |band| Band::new(signatures, nodes, shape, band);
        Probe { shape, bands: (0..shape.bands).into_par_iter().map(band).collect() }
    }

    /// Hands every node that shares a bucket with one of `signatures`, which lie one after another and have so many
    /// `slots`, to `found`, with the number of that signature; some perhaps several times.
    pub fn ask(&self, signatures: &[Slot], slots: usize, mut found: impl FnMut(usize, u32)) {
        let rows = self.shape.rows;
        // A band at a time, so that its table stays near.
        for (at, band) in self.bands.iter().enumerate().filter(|(_, band)| !band.keyed.is_empty()) {
            for (number, signature) in signatures.chunks_exact(slots).enumerate() {
                let bucket = bucket(&signature[at * rows..][..rows]);
                let bit = band.bit(bucket);
                if band.bits[bit / 64] >> (bit % 64) & 1 == 1 {
                    band.nodes(bucket).for_each(|node| found(number, node));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lsh::shared_bands;
    use crate::sketch;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    proptest! {
        #[test]
        fn found_are_those_that_share_a_band(
            few in prop::collection::vec(prop::collection::vec(0u16..3, 16), 0..20),
            many in prop::collection::vec(prop::collection::vec(0u16..3, 16), 0..20),
        ) {
            let (shape, params) = (Shape { bands: 4, rows: 4 }, sketch::Params { slots: 16 });
            let mut signatures = Signatures::new(&params);
            few.iter().for_each(|row| signatures.extend(row).unwrap());
            let all: Vec<u32> = (0..few.len() as u32).rev().collect();
            let probe = Probe::new(&signatures, &Nodes::new(all.clone(), all), shape);
            let mut found = BTreeSet::new();
            probe.ask(&many.concat(), 16, |number, node| _ = found.insert((number, node)));
            let pairs = (0..many.len()).flat_map(|number| (0..few.len() as u32).map(move |node| (number, node)));
            let naive = pairs.filter(|&(number, node)| {
                shared_bands(&many[number], &few[few.len() - 1 - node as usize], shape) > 0
            });
            prop_assert_eq!(found, naive.collect::<BTreeSet<_>>());
        }
    }
}
