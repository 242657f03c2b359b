//! What is remembered of every accepted document while its text is not: flat columns, in the order of arrival.
//!
//! Some 80 bytes a document beside its id, in columns that may spill; 20 more while documents are found by their ids,
//! which takes O(1).

use crate::column::Column;
use crate::document::{DocId, Published};
use crate::error::Error;
use crate::group::{self, Claim};
use crate::hash;
use ahash::RandomState;
use bytemuck::{Pod, Zeroable};
use hashbrown::HashTable;
use serde::{Deserialize, Serialize};
use std::path::Path;

/// Where a document's record is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Pod, Zeroable, Serialize, Deserialize)]
#[repr(C)]
pub struct Place {
    /// The file, in the order of input; [`Place::SPOOL`] where the record was copied out of a stream.
    pub file: u32,
    /// Its length in bytes.
    pub len: u32,
    /// Where it starts.
    pub offset: u64,
}

impl Place {
    /// Not a file of the input, but the run's own copy.
    pub const SPOOL: u32 = u32::MAX;
    /// No file at all.
    pub const NOWHERE: u32 = u32::MAX - 1;
}

/// One document's row.
#[derive(Debug, Clone, Copy)]
pub struct Entry<'a> {
    /// Its id.
    pub id: &'a str,
    /// Its outlet, or nothing.
    pub source: &'a str,
    /// When it was published.
    pub published: Published,
    /// Words of its story.
    pub words: u32,
    /// The hash of its story's words: equal for exact copies.
    pub content: u128,
    /// Slots of its signature that a shingle fell into.
    pub filled: u16,
    /// The hash of its canonical URL ([`crate::input::page`]); zero where it has none.
    pub page: u64,
    /// Where its record is.
    pub place: Place,
}

/// The accepted documents.
#[derive(Debug, Default)]
pub struct Catalog {
    ids: Texts,
    /// Documents with the half of their id's hash that they are found by: the ids need not be looked at for that.
    by_id: HashTable<(u32, DocId)>,
    sources: Texts,
    by_source: HashTable<u32>,
    source: Vec<u32>,
    /// [`UNDATED`] where it is not known.
    published: Vec<i64>,
    words: Vec<u32>,
    content: Column<u128>,
    /// That two pages share a hash by chance has a probability of 2^-64 a pair: were it to happen, a document would be
    /// said to be of another's page, and nothing else.
    page: Column<u64>,
    filled: Vec<u16>,
    places: Column<Place>,
    hasher: RandomState,
}

/// No time that a date can name.
const UNDATED: i64 = i64::MIN;

/// The bits of a place within a unit of many texts: 4 GiB.
const UNIT: u32 = if cfg!(test) { 3 } else { 32 };

/// Texts one after another.
#[derive(Debug, Default)]
struct Texts {
    bytes: Column<u8>,
    /// Where each ends: the bits below [`UNIT`].
    ends: Column<u32>,
    /// The text that ends first in each unit, the first one aside.
    units: Vec<u32>,
}

impl Texts {
    fn push(&mut self, text: &str) -> Result<u32, Error> {
        self.bytes.extend(text.as_bytes())?;
        let (at, end) = (self.ends.len() as u32, self.bytes.len() as u64);
        self.units.resize((end >> UNIT) as usize, at);
        self.ends.push((end & ((1 << UNIT) - 1)) as u32)?;
        Ok(at)
    }

    fn end(&self, at: u32) -> usize {
        let unit = self.units.partition_point(|&first| first <= at) as u64;
        (unit << UNIT | u64::from(self.ends.get(at as usize))) as usize
    }

    fn get(&self, at: u32) -> &str {
        let start = at.checked_sub(1).map_or(0, |before| self.end(before));
        let bytes = self.bytes.slice(start..self.end(at));
        // SAFETY: these bytes were appended as a text, whole.
        unsafe { str::from_utf8_unchecked(bytes) }
    }
}

/// A table's hash of half a hash.
fn whole(half: u32) -> u64 {
    hash::fold(half.into())
}

impl Catalog {
    /// How many documents there are.
    pub fn len(&self) -> usize {
        self.words.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// All of them, in the order of arrival.
    pub fn documents(&self) -> std::ops::Range<DocId> {
        0..self.len() as DocId
    }

    /// Bytes its columns hold in memory.
    pub fn held_bytes(&self) -> usize {
        let Catalog { ids, sources, source, published, words, content, page, filled, places, .. } = self;
        let texts = [ids, sources].map(|texts| texts.bytes.held_bytes() + texts.ends.held_bytes());
        let small = size_of_val(&**source) + size_of_val(&**published) + size_of_val(&**words) + size_of_val(&**filled);
        texts[0] + texts[1] + small + content.held_bytes() + page.held_bytes() + places.held_bytes()
    }

    /// Moves its large columns into files in `temp`. Those that are looked at in every order stay: 18 bytes a document.
    pub fn spill(&mut self, temp: &Path) -> Result<(), Error> {
        for texts in [&mut self.ids, &mut self.sources] {
            texts.bytes.spill(temp)?;
            texts.ends.spill(temp)?;
        }
        self.content.spill(temp)?;
        self.page.spill(temp)?;
        self.places.spill(temp)
    }

    /// Adds a document whose id no other has ([`Catalog::find`] tells).
    pub fn push(&mut self, entry: &Entry) -> Result<DocId, Error> {
        let doc = DocId::try_from(self.len()).ok().filter(|&doc| doc < DocId::MAX).ok_or(Error::TooMany)?;
        self.ids.push(entry.id)?;
        let half = self.half(entry.id);
        self.by_id.insert_unique(whole(half), (half, doc), |&(half, _)| whole(half));
        let source = self.intern(entry.source)?;
        self.source.push(source);
        self.published.push(entry.published.seconds().unwrap_or(UNDATED));
        self.words.push(entry.words);
        self.content.push(entry.content)?;
        self.page.push(entry.page)?;
        self.filled.push(entry.filled);
        self.places.push(entry.place)?;
        Ok(doc)
    }

    /// Takes in what a document's story is once its boilerplate is left out.
    pub fn retell(&mut self, doc: DocId, words: u32, content: u128, filled: u16) {
        self.words[doc as usize] = words;
        self.content.put(doc as usize, &[content]);
        self.filled[doc as usize] = filled;
    }

    /// The document with this id.
    pub fn find(&self, id: &str) -> Option<DocId> {
        let half = self.half(id);
        let same = |&(other, doc): &(u32, DocId)| other == half && self.ids.get(doc) == id;
        self.by_id.find(whole(half), same).map(|&(_, doc)| doc)
    }

    /// Forgets how to find documents by their ids: all have been added.
    pub fn close(&mut self) {
        self.by_id = HashTable::new();
    }

    fn half(&self, id: &str) -> u32 {
        (self.hasher.hash_one(id) >> 32) as u32
    }

    fn intern(&mut self, source: &str) -> Result<u32, Error> {
        let Catalog { sources, by_source, hasher, .. } = self;
        let hash = hasher.hash_one(source);
        if let Some(&known) = by_source.find(hash, |&at| sources.get(at) == source) {
            return Ok(known);
        }
        let at = sources.push(source)?;
        by_source.insert_unique(hash, at, |&at| hasher.hash_one(sources.get(at)));
        Ok(at)
    }

    /// Its id.
    pub fn id(&self, doc: DocId) -> &str {
        self.ids.get(doc)
    }

    /// Its outlet, or nothing.
    pub fn source(&self, doc: DocId) -> &str {
        self.sources.get(self.source[doc as usize])
    }

    /// The number of the source of a document, equal for equal sources; `None` where it is unknown.
    pub fn source_number(&self, doc: DocId) -> Option<u32> {
        Some(self.source[doc as usize]).filter(|_| !self.source(doc).is_empty())
    }

    /// Seconds since 1970, where known.
    pub fn published(&self, doc: DocId) -> Option<i64> {
        Some(self.published[doc as usize]).filter(|&seconds| seconds != UNDATED)
    }

    /// All times of publication that are known, in no order.
    pub fn times(&self) -> Vec<i64> {
        self.published.iter().copied().filter(|&seconds| seconds != UNDATED).collect()
    }

    /// Forgets the times of publication that are later than `newest`; tells how many there were.
    pub fn undate_after(&mut self, newest: i64) -> u64 {
        let later = self.published.iter_mut().filter(|seconds| **seconds > newest);
        later.map(|seconds| *seconds = UNDATED).count() as u64
    }

    /// Words of its story.
    pub fn words(&self, doc: DocId) -> u32 {
        self.words[doc as usize]
    }

    /// The hash of its story's words.
    pub fn content(&self, doc: DocId) -> u128 {
        self.content.get(doc as usize)
    }

    /// The hash of its canonical URL, where it has one.
    pub fn page(&self, doc: DocId) -> Option<u64> {
        Some(self.page.get(doc as usize)).filter(|&page| page != 0)
    }

    /// Slots of its signature that a shingle fell into.
    pub fn filled(&self, doc: DocId) -> u16 {
        self.filled[doc as usize]
    }

    /// Where its record is.
    pub fn place(&self, doc: DocId) -> Place {
        self.places.get(doc as usize)
    }

    /// Its claim to represent a group.
    pub fn claim(&self, doc: DocId, params: &group::Params) -> Claim {
        let preference = match &*params.prefer_source {
            [] => 0,
            preferred => preferred.iter().position(|name| name == self.source(doc)).unwrap_or(preferred.len()),
        };
        Claim::new(params.keep, preference, self.published(doc), self.words(doc), doc)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_found_whatever_they_add_up_to() {
        let all: Vec<String> = [0, 3, 5, 0, 8, 1, 30, 0, 1, 7].map(|len| "x".repeat(len) + "é").into();
        let mut texts = Texts::default();
        all.iter().zip(0..).for_each(|(text, at)| assert_eq!(texts.push(text).unwrap(), at));
        assert!(all.iter().zip(0..).all(|(text, at)| texts.get(at) == text));
        assert_eq!(texts.units.len(), texts.bytes.len() >> UNIT);
    }

    #[test]
    fn what_is_put_in_is_found() {
        let mut catalog = Catalog::default();
        let place = Place { file: 0, len: 1, offset: 0 };
        let entry = |id, source| Entry {
            id,
            source,
            published: Published::At(3),
            words: 1,
            content: 1,
            page: u64::from(id == "b"),
            filled: 1,
            place,
        };
        for id in ["a", "", "b", "c"] {
            assert_eq!(catalog.find(id), None);
            let doc = catalog.push(&entry(id, if id == "b" { "x" } else { "y" })).unwrap();
            assert_eq!((catalog.find(id), catalog.id(doc)), (Some(doc), id));
        }
        assert_eq!(catalog.documents().map(|doc| catalog.source(doc)).collect::<Vec<_>>(), ["y", "y", "x", "y"]);
        assert_eq!(catalog.find("c"), Some(3));
        assert_eq!(catalog.find("d"), None);
        let preferring =
            |names: [&str; 2]| group::Params { prefer_source: names.map(str::to_owned).into(), ..Default::default() };
        assert!(catalog.claim(2, &preferring(["z", "x"])) < catalog.claim(0, &preferring(["z", "x"])));
        assert!(catalog.claim(0, &preferring(["y", "x"])) < catalog.claim(2, &preferring(["y", "x"])));
        let temp = tempfile::tempdir().unwrap();
        catalog.spill(temp.path()).unwrap();
        catalog.push(&entry("d", "x")).unwrap();
        assert_eq!((catalog.find("c"), catalog.find("d"), catalog.id(4)), (Some(3), Some(4), "d"));
        assert_eq!((catalog.source(4), catalog.place(4), catalog.content(1)), ("x", place, 1));
        assert_eq!((catalog.page(2), catalog.page(4)), (Some(1), None));
        catalog.retell(4, 7, 8, 9);
        assert_eq!((catalog.words(4), catalog.content(4), catalog.filled(4)), (7, 8, 9));
        assert_eq!((catalog.words(3), catalog.content(3), catalog.filled(3)), (1, 1, 1));
    }
}
