//! What is remembered of every accepted document while its text is not: flat columns, in the order of arrival.
//!
//! Some 60 bytes a document beside its id. Finding a document by its id takes O(1).

use crate::document::{DocId, Published};
use crate::error::Error;
use crate::group::Claim;
use ahash::RandomState;
use hashbrown::HashTable;

/// Where a document's record is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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
    /// Where its record is.
    pub place: Place,
}

/// The accepted documents.
#[derive(Debug, Default)]
pub struct Catalog {
    ids: Texts,
    by_id: HashTable<DocId>,
    sources: Texts,
    by_source: HashTable<u32>,
    source: Vec<u32>,
    published: Vec<Option<i64>>,
    words: Vec<u32>,
    content: Vec<u128>,
    filled: Vec<u16>,
    places: Vec<Place>,
    hasher: RandomState,
}

/// Texts one after another.
#[derive(Debug, Default)]
struct Texts {
    bytes: String,
    ends: Vec<u64>,
}

impl Texts {
    fn push(&mut self, text: &str) -> u32 {
        self.bytes.push_str(text);
        self.ends.push(self.bytes.len() as u64);
        self.ends.len() as u32 - 1
    }

    fn get(&self, at: u32) -> &str {
        let start = if at == 0 { 0 } else { self.ends[at as usize - 1] as usize };
        &self.bytes[start..self.ends[at as usize] as usize]
    }
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

    /// Adds a document whose id no other has ([`Catalog::find`] tells).
    pub fn push(&mut self, entry: &Entry) -> Result<DocId, Error> {
        let doc = DocId::try_from(self.len()).ok().filter(|&doc| doc < DocId::MAX).ok_or(Error::TooMany)?;
        let Catalog { ids, by_id, hasher, .. } = self;
        ids.push(entry.id);
        by_id.insert_unique(hasher.hash_one(entry.id), doc, |&doc| hasher.hash_one(ids.get(doc)));
        let source = self.intern(entry.source);
        self.source.push(source);
        self.published.push(entry.published.seconds());
        self.words.push(entry.words);
        self.content.push(entry.content);
        self.filled.push(entry.filled);
        self.places.push(entry.place);
        Ok(doc)
    }

    /// The document with this id.
    pub fn find(&self, id: &str) -> Option<DocId> {
        self.by_id.find(self.hasher.hash_one(id), |&doc| self.ids.get(doc) == id).copied()
    }

    fn intern(&mut self, source: &str) -> u32 {
        let Catalog { sources, by_source, hasher, .. } = self;
        let hash = hasher.hash_one(source);
        if let Some(&known) = by_source.find(hash, |&at| sources.get(at) == source) {
            return known;
        }
        let at = sources.push(source);
        by_source.insert_unique(hash, at, |&at| hasher.hash_one(sources.get(at)));
        at
    }

    /// Its id.
    pub fn id(&self, doc: DocId) -> &str {
        self.ids.get(doc)
    }

    /// Its outlet, or nothing.
    pub fn source(&self, doc: DocId) -> &str {
        self.sources.get(self.source[doc as usize])
    }

    /// Seconds since 1970, where known.
    pub fn published(&self, doc: DocId) -> Option<i64> {
        self.published[doc as usize]
    }

    /// Words of its story.
    pub fn words(&self, doc: DocId) -> u32 {
        self.words[doc as usize]
    }

    /// The hash of its story's words.
    pub fn content(&self, doc: DocId) -> u128 {
        self.content[doc as usize]
    }

    /// Slots of its signature that a shingle fell into.
    pub fn filled(&self, doc: DocId) -> u16 {
        self.filled[doc as usize]
    }

    /// Where its record is.
    pub fn place(&self, doc: DocId) -> Place {
        self.places[doc as usize]
    }

    /// Its claim to represent a group, with a list of preferred outlets.
    pub fn claim(&self, doc: DocId, prefer_source: &[String]) -> Claim<'_> {
        let preference = match prefer_source {
            [] => 0,
            preferred => preferred.iter().position(|name| name == self.source(doc)).unwrap_or(preferred.len()),
        };
        let (published, words, id) = (self.published(doc), self.words(doc), self.id(doc));
        Claim { preference, published, words, id, arrival: doc }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_put_in_is_found() {
        let mut catalog = Catalog::default();
        let place = Place { file: 0, len: 1, offset: 0 };
        let entry =
            |id, source| Entry { id, source, published: Published::At(3), words: 1, content: 1, filled: 1, place };
        for id in ["a", "", "b", "c"] {
            assert_eq!(catalog.find(id), None);
            let doc = catalog.push(&entry(id, if id == "b" { "x" } else { "y" })).unwrap();
            assert_eq!((catalog.find(id), catalog.id(doc)), (Some(doc), id));
        }
        assert_eq!(catalog.documents().map(|doc| catalog.source(doc)).collect::<Vec<_>>(), ["y", "y", "x", "y"]);
        assert_eq!(catalog.find("c"), Some(3));
        assert_eq!(catalog.find("d"), None);
        assert_eq!(catalog.claim(2, &["z".into(), "x".into()]).preference, 1);
        assert_eq!(catalog.claim(0, &["z".into(), "x".into()]).preference, 2);
    }
}
