//! Ids that are remembered: whether a document was seen before.
//!
//! Nearly all of tonight's are new, and are told to be by a table of bits (Bloom 1970; one hash, sixteen bits a document)
//! that is made of the keys when a night begins. What passes it is looked up in every night's keys, the newest first.
//! Time: a look at each key in the beginning, then O(1) a document that is new, and O(nights) one that is not or that
//! looks so (a sixteenth).

use super::segment::{KeyRow, Kind};
use super::{Segment, Store};
use crate::bits::Bits;
use crate::error::Error;
use crate::hash;

/// Bits a document.
const BITS: usize = 16;
/// Keys looked through before their memory is let go.
const PORTION: usize = 1 << 20;

/// The ids that a store remembers.
pub struct Known<'a> {
    store: &'a Store,
    keys: Bits,
}

/// What is remembered of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Seen {
    /// Nothing.
    Never,
    /// It was of the same words, on the night of a day.
    Same {
        /// The day, counted from 1970.
        day: i32,
    },
    /// Its id was of other words.
    Otherwise {
        /// The serial of the group it is in.
        group: u64,
    },
}

impl Store {
    /// Makes ready to tell which ids are known.
    pub fn known(&self) -> Result<Known<'_>, Error> {
        let documents: u64 = self.nights.iter().map(|night| night.entry.documents).sum();
        let mut known = Known { store: self, keys: Bits::new(documents as usize * BITS) };
        for night in &self.nights {
            let keys = night.file(Kind::Keys)?;
            for start in (0..keys.count::<KeyRow>()).step_by(PORTION) {
                let rows = keys.rows::<KeyRow>(start..keys.count::<KeyRow>().min(start + PORTION))?;
                rows.iter().for_each(|row| _ = known.keys.insert(hash::mix(row.hash())));
                night.let_go(Kind::Keys);
            }
        }
        Ok(known)
    }
}

impl Known<'_> {
    /// What is remembered of a document with this id, `content` being the hash of its words.
    pub fn find(&self, id: &str, content: u64) -> Result<Seen, Error> {
        let hash = hash::bytes(id.as_bytes());
        if !self.keys.has(hash::mix(hash)) {
            return Ok(Seen::Never);
        }
        let mut seen = Seen::Never;
        for (at, night) in self.store.nights.iter().enumerate().rev() {
            for document in of_id(night, hash, id)? {
                if night.document(document)?.content == content {
                    return Ok(Seen::Same { day: night.entry.day });
                }
                if seen == Seen::Never {
                    seen = Seen::Otherwise { group: self.store.group_of(at, document)? };
                }
            }
        }
        Ok(seen)
    }
}

/// The documents of a night with this id.
pub(super) fn of_id(night: &Segment, hash: u64, id: &str) -> Result<Vec<u32>, Error> {
    let mut documents = night.find(hash)?;
    let mut wrong = None;
    documents.retain(|&document| match night.id(document) {
        Ok(known) => known == id,
        Err(e) => {
            wrong = Some(e);
            false
        }
    });
    wrong.map_or(Ok(documents), Err)
}
