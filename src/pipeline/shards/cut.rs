//! The inputs cut into shards: parts of equal size that stand one behind the other.
//!
//! The bytes of all inputs, in their order, are cut into `of` equal pieces. A file of plain JSON lines is cut where a piece
//! ends, at the next line end; any other belongs to the piece that its middle lies in. Where the size of some input is not
//! known, as in an object store, each counts alike. Pure arithmetic on what every job sees: all cut in the same places.

use crate::error::Error;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::ops::Range;
use std::str::FromStr;

/// Some shards in a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Shard {
    /// The first, counted from 1.
    pub first: u32,
    /// The last of them.
    pub last: u32,
    /// How many there are in all.
    pub of: u32,
}

/// More than a scheduler would start.
const MOST: u32 = 1_000_000;

impl FromStr for Shard {
    type Err = Error;

    /// `3/7`, or `2-4/7` for the second to the fourth.
    fn from_str(written: &str) -> Result<Self, Error> {
        let read = || {
            let (which, of) = written.split_once('/')?;
            let (first, last) = which.split_once('-').unwrap_or((which, which));
            let shard = Shard { first: first.parse().ok()?, last: last.parse().ok()?, of: of.parse().ok()? };
            let is_one = 1 <= shard.first && shard.first <= shard.last && shard.last <= shard.of && shard.of <= MOST;
            is_one.then_some(shard)
        };
        let why = "i/n was expected, or i-j/n, counted from 1, such as 3/7; at most a million";
        read().ok_or_else(|| Error::Param { flag: "shard", value: written.to_owned(), why })
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Shard { first, last, of } = self;
        if first == last { write!(f, "{first}/{of}") } else { write!(f, "{first}-{last}/{of}") }
    }
}

/// What is known of an input before it is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Extent {
    /// Its size, where that is known.
    pub(super) bytes: Option<u64>,
    /// Whether it may be cut between two lines.
    pub(super) is_cut: bool,
}

/// An input by its place, or the lines of it that begin in a range of its bytes.
pub(super) type Cut = (usize, Option<Range<u64>>);

/// The inputs of some shards, in order.
pub(super) fn cut(extents: &[Extent], shard: Shard) -> Vec<Cut> {
    let sized = extents.iter().all(|extent| extent.bytes.is_some());
    let len = |extent: &Extent| u128::from(extent.bytes.filter(|_| sized).unwrap_or(1));
    let total: u128 = extents.iter().map(len).sum();
    let place = |shard: u32, of: u32| total * u128::from(shard) / u128::from(of);
    let (from, to) = (place(shard.first - 1, shard.of), place(shard.last, shard.of));
    let (mut start, mut cuts) = (0, Vec::new());
    for (input, extent) in extents.iter().enumerate() {
        let end = start + len(extent);
        if sized && extent.is_cut && end > start {
            let (begins, ends) = (from.clamp(start, end), to.clamp(start, end));
            if begins < ends {
                let is_whole = begins == start && ends == end;
                // An input is no longer than its size, which is a u64.
                cuts.push((input, (!is_whole).then(|| (begins - start) as u64..(ends - start) as u64)));
            }
        } else {
            let middle = start + (end - start) / 2;
            // What is empty and stands at the very end is in no piece, and goes with the last.
            let is_at_end = middle >= total && shard.last == shard.of;
            if (from <= middle && middle < to) || is_at_end {
                cuts.push((input, None));
            }
        }
        start = end;
    }
    cuts
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_byte_is_in_one_shard_and_in_order(
            extents in prop::collection::vec((prop::option::weighted(0.99, prop_oneof![Just(0), 1u64..5000, any::<u64>()]), any::<bool>()), 0..20),
            of in 1u32..40,
            widths in prop::collection::vec(1u32..5, 40),
        ) {
            let extents: Vec<Extent> = extents.into_iter().map(|(bytes, is_cut)| Extent { bytes, is_cut }).collect();
            let (mut all, mut first) = (Vec::new(), 1);
            for width in widths {
                if first <= of {
                    let last = (first + width - 1).min(of);
                    all.extend(cut(&extents, Shard { first, last, of }));
                    first = last + 1;
                }
            }
            let mut joined: Vec<(usize, Range<u64>)> = Vec::new();
            for (input, range) in all {
                let whole = 0..extents[input].bytes.unwrap_or(1);
                prop_assert!(range.is_none() || extents[input].is_cut);
                let range = range.unwrap_or(whole);
                match joined.last_mut().filter(|(last, _)| *last == input) {
                    Some((_, before)) => {
                        prop_assert_eq!(before.end, range.start);
                        before.end = range.end;
                    }
                    None => joined.push((input, range)),
                }
            }
            let whole: Vec<(usize, Range<u64>)> = extents.iter().enumerate().map(|(input, extent)| (input, 0..extent.bytes.unwrap_or(1))).collect();
            prop_assert_eq!(joined, whole);
        }

        #[test]
        fn plain_lines_are_cut_evenly(bytes in prop::collection::vec(1u64..100_000, 1..9), of in 1u32..9) {
            let extents: Vec<Extent> = bytes.iter().map(|&bytes| Extent { bytes: Some(bytes), is_cut: true }).collect();
            let total: u64 = bytes.iter().sum();
            for first in 1..=of {
                let size = |(input, range): Cut| range.map_or(bytes[input], |range| range.end - range.start);
                let size: u64 = cut(&extents, Shard { first, last: first, of }).into_iter().map(size).sum();
                prop_assert!(size.abs_diff(total / u64::from(of)) <= 1, "{} of {} in {}", size, total, of);
            }
        }
    }

    #[test]
    fn shards_are_read_as_they_are_written() {
        for written in ["1/1", "3/7", "2-4/7", "7/7", "1-1000000/1000000"] {
            assert_eq!(written.parse::<Shard>().unwrap().to_string(), written);
        }
        for wrong in ["", "3", "0/7", "8/7", "4-2/7", "1/0", "a/b", "-1/7", "1/1000001", "1/7/9", "2-/7"] {
            assert!(matches!(wrong.parse::<Shard>(), Err(Error::Param { flag: "shard", .. })), "{wrong}");
        }
    }
}
