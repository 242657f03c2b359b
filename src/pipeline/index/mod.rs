//! Documents one at a time: insert one, ask for its near-duplicates among those before it, keep them all in a file.
//!
//! What stays of a text is its signature, in the buckets of [`Lsh`](lsh::Lsh), and its shingles, packed ([`pack`]); of a
//! document, its id. Texts that share a bucket, and that an estimate does not rule out, are compared shingle by shingle.
//! Texts with the same words are one text with several documents, so that copies fill no bucket. Time O(bands) a document
//! and a comparison a candidate; memory some 1.5 KiB a text of up to 960 words, and the id.
//!
//! Bad case: of a bucket of more than [`lsh::FULL_BUCKET`] texts only the newest are looked at, and of a text of thousands
//! of words the similarity may be off by a thousandth.

mod file;

use super::article;
use crate::document::Document;
use crate::error::Error;
use crate::input::{Reason, Reject};
use crate::params::Params;
use crate::sketch::{Signatures, Sketcher, Slot, equal_slots};
use crate::store::{Unpacked, pack};
use crate::text::Story;
use crate::verify::EstimateBound;
use crate::{hash, lsh, shingle};
use ahash::RandomState;
use hashbrown::{HashMap, HashTable};

/// No document.
const NONE: u32 = u32::MAX;

/// Documents that can be asked for near-duplicates while they come.
///
/// ```
/// use newsfold::params::Params;
/// use newsfold::pipeline::Index;
///
/// let mut params = Params::default();
/// params.shingle.width = 3;
/// let mut index = Index::new(params)?;
/// let text = "Talks were held in Geneva on Monday and go on in a week, both sides said";
/// assert!(index.insert("a", "", text)?.is_empty());
/// let near = index.insert("b", "", &format!("{text}, at last"))?;
/// assert_eq!((near[0].id, near[0].similarity), ("a", 14.0 / 16.0));
/// # Ok::<_, Box<dyn std::error::Error>>(())
/// ```
///
/// Whoever reads on several threads gives each a [`Reader`], and adds what they read in one order: that decides alone what is
/// found, whatever came of which thread. [`Index::save`] keeps all of it in a file.
pub struct Index {
    params: Params,
    bound: EstimateBound,
    buckets: lsh::Lsh,
    texts: Texts,
    documents: Documents,
    reader: Reader,
}

/// What is known of each text.
#[derive(Default)]
struct Texts {
    /// The hash of its words.
    content: Vec<u128>,
    by_content: HashMap<u128, u32, RandomState>,
    /// Slots that something fell into.
    filled: Vec<u16>,
    signatures: Signatures,
    packed: Vec<u8>,
    packed_ends: Vec<u64>,
    /// Its newest document.
    newest: Vec<u32>,
}

/// What is known of each document.
#[derive(Default)]
struct Documents {
    ids: Vec<Box<str>>,
    by_id: HashTable<u32>,
    hasher: RandomState,
    text: Vec<u32>,
    /// The document before it with the same text.
    before: Vec<u32>,
}

/// A near-duplicate.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Near<'a> {
    /// Its id.
    pub id: &'a str,
    /// Jaccard of the two shingle sets: exact for texts of up to some hundred words, else off by a thousandth at most.
    pub similarity: f64,
}

/// A document that was read, ready to be asked for or added.
#[derive(Debug, Clone, PartialEq)]
pub struct Reading {
    content: u128,
    filled: u16,
    signature: Vec<Slot>,
    /// Ascending, without repeats.
    shingles: Vec<u64>,
}

/// Reads documents, one after another, in the same buffers; any number of threads may have one each.
#[derive(Debug)]
pub struct Reader {
    width: usize,
    story: Story,
    shingles: Vec<u64>,
    sketcher: Sketcher,
}

impl Reader {
    /// For documents that are shingled and sketched by these parameters.
    pub fn new(params: &Params) -> Self {
        let (width, sketcher) = (params.shingle.width, Sketcher::new(&params.sketch));
        Reader { width, story: Story::default(), shingles: Vec::new(), sketcher }
    }

    /// Appends a document's signature to `out`; tells how many of its slots something fell into, or nothing, if the
    /// document has no words.
    pub fn sign(&mut self, title: &str, text: &str, out: &mut Vec<Slot>) -> Option<u16> {
        let document = Document { title: title.into(), text: text.into(), ..Document::default() };
        article::read(&mut self.story, &document)?;
        self.shingles.clear();
        shingle::shingles(self.story.words(), self.width, &mut self.shingles);
        Some(self.sketcher.sketch(&self.shingles, out))
    }

    /// Reads a document; fails where it has no words.
    pub fn read(&mut self, title: &str, text: &str) -> Result<Reading, Reject> {
        let mut signature = Vec::new();
        let filled = self.sign(title, text, &mut signature);
        let filled = filled.ok_or_else(|| Reject::new(Reason::EmptyText, "no words in the title or the text"))?;
        let mut shingles = self.shingles.clone();
        shingles.sort_unstable();
        shingles.dedup();
        Ok(Reading { content: hash::sequence(self.story.words()), filled, signature, shingles })
    }
}

impl Index {
    /// An empty one. Of the parameters, those of shingles, signatures, bands and the threshold count.
    pub fn new(params: Params) -> Result<Self, Error> {
        params.validate()?;
        if let Some(containment) = params.verify.containment {
            let why = "bands do not find what is contained: leave it out";
            return Err(Error::Param { flag: "containment", value: containment.to_string(), why });
        }
        Ok(Index {
            bound: EstimateBound::new(params.verify.threshold, params.sketch.slots),
            buckets: lsh::Lsh::new(params.shape()),
            texts: Texts { signatures: Signatures::new(&params.sketch), ..Texts::default() },
            documents: Documents::default(),
            reader: Reader::new(&params),
            params,
        })
    }

    /// Adds a document; gives its near-duplicates among those before it, the most similar first. Fails where it has no
    /// words, or another has its id; then nothing has changed.
    pub fn insert(&mut self, id: &str, title: &str, text: &str) -> Result<Vec<Near<'_>>, Reject> {
        let reading = self.reader.read(title, text)?;
        self.add(id, &reading)
    }

    /// The near-duplicates of a document that is not added, the most similar first.
    pub fn query(&self, title: &str, text: &str) -> Result<Vec<Near<'_>>, Reject> {
        Ok(self.near(&self.reader().read(title, text)?))
    }

    /// A reader for documents of this index, such as one a thread.
    pub fn reader(&self) -> Reader {
        Reader::new(&self.params)
    }

    /// [`Index::insert`] for a document that was read.
    pub fn add(&mut self, id: &str, reading: &Reading) -> Result<Vec<Near<'_>>, Reject> {
        let refused = |reason, detail: &str| Reject { reason, detail: detail.to_owned(), id: Some(id.to_owned()) };
        if self.contains(id) {
            return Err(refused(Reason::DuplicateId, "a document with this id is there already"));
        }
        if self.documents.ids.len() == NONE as usize {
            return Err(refused(Reason::TooLong, "the index is full"));
        }
        let near = self.texts_near(reading);
        let text = self.text(reading);
        self.documents.push(id, text, &mut self.texts.newest);
        // The newest of its own text is itself now.
        Ok(self.told(near, Some(self.documents.ids.len() as u32 - 1)))
    }

    /// [`Index::query`] for a document that was read.
    pub fn near(&self, reading: &Reading) -> Vec<Near<'_>> {
        self.told(self.texts_near(reading), None)
    }

    /// How many documents there are.
    pub fn len(&self) -> usize {
        self.documents.ids.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether a document has this id.
    pub fn contains(&self, id: &str) -> bool {
        self.documents.find(id).is_some()
    }

    /// What it was made with.
    pub fn params(&self) -> &Params {
        &self.params
    }

    /// Texts that are near one, with their similarities.
    fn texts_near(&self, reading: &Reading) -> Vec<(f64, u32)> {
        let mut found = Vec::new();
        self.buckets.find(&reading.signature, &mut found);
        // Copies are found whatever else is in their buckets.
        let same = self.texts.by_content.get(&reading.content).copied();
        found.extend(same.filter(|same| found.binary_search(same).is_err()));
        let similarity = |&text: &u32| {
            if self.texts.content[text as usize] == reading.content {
                return Some((1.0, text));
            }
            let equal = equal_slots(&reading.signature, self.texts.signatures.row(text));
            let may_be = self.bound.allows(equal, reading.filled.max(self.texts.filled[text as usize]));
            let packed = may_be.then(|| Unpacked::read(self.texts.packed(text)))??;
            let overlap = packed.overlap(&reading.shingles);
            self.params.verify.joins(&overlap).then(|| (overlap.similarity(), text))
        };
        found.iter().filter_map(similarity).collect()
    }

    /// The documents of some texts, the most similar and then the earliest first, without `own`.
    fn told(&self, near: Vec<(f64, u32)>, own: Option<u32>) -> Vec<Near<'_>> {
        let mut told: Vec<(f64, u32)> = Vec::new();
        for (similarity, text) in near {
            let of_text = std::iter::successors(Some(self.texts.newest[text as usize]), |&doc| {
                Some(self.documents.before[doc as usize]).filter(|&before| before != NONE)
            });
            told.extend(of_text.filter(|&doc| Some(doc) != own).map(|doc| (similarity, doc)));
        }
        told.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        told.into_iter().map(|(similarity, doc)| Near { id: &self.documents.ids[doc as usize], similarity }).collect()
    }

    /// The number of a text, which is added if it is new.
    fn text(&mut self, reading: &Reading) -> u32 {
        if let Some(&text) = self.texts.by_content.get(&reading.content) {
            return text;
        }
        pack(&reading.shingles, &mut self.texts.packed);
        self.texts.packed_ends.push(self.texts.packed.len() as u64);
        self.texts.newest.push(NONE);
        self.enter(reading.content, reading.filled, &reading.signature)
    }

    /// Puts a text whose shingles are packed where it is found.
    fn enter(&mut self, content: u128, filled: u16, signature: &[Slot]) -> u32 {
        let text = self.texts.content.len() as u32;
        self.texts.content.push(content);
        self.texts.by_content.insert(content, text);
        self.texts.filled.push(filled);
        // In memory, where nothing fails.
        _ = self.texts.signatures.extend(signature);
        self.buckets.insert(signature, &mut Vec::new());
        text
    }
}

impl Texts {
    fn packed(&self, text: u32) -> &[u8] {
        let start = (text as usize).checked_sub(1).map_or(0, |before| self.packed_ends[before]);
        &self.packed[start as usize..self.packed_ends[text as usize] as usize]
    }
}

impl Documents {
    fn find(&self, id: &str) -> Option<u32> {
        self.by_id.find(self.hasher.hash_one(id), |&doc| &*self.ids[doc as usize] == id).copied()
    }

    /// Adds a document whose id no other has, which becomes the newest of its text.
    fn push(&mut self, id: &str, text: u32, newest: &mut [u32]) {
        let doc = self.ids.len() as u32;
        self.ids.push(id.into());
        let Documents { ids, by_id, hasher, .. } = self;
        by_id.insert_unique(hasher.hash_one(id), doc, |&doc| hasher.hash_one(&*ids[doc as usize]));
        self.text.push(text);
        self.before.push(std::mem::replace(&mut newest[text as usize], doc));
    }
}

#[cfg(test)]
mod tests;
