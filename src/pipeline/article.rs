//! A record to what the stages need of it: the one way from bytes to story, used on the first reading and on every later.

use crate::boilerplate::{Boilerplate, Trimmer};
use crate::catalog::Catalog;
use crate::document::{DocId, Document};
use crate::error::Error;
use crate::input::{Fields, Raw, Reason, Reject, Spare};
use crate::params::Params;
use crate::records::Reader;
use crate::shingle::{Sequence, Set};
use crate::text::{Story, Tokenizer};
use crate::{hash, shingle};

/// What of a document a story is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Text,
    /// Where the text has no words.
    Headline,
}

/// Reads the story of a document; nothing, if it has no words.
pub(super) fn read(story: &mut Story, document: &Document) -> Option<Part> {
    if !document.text.trim().is_empty() {
        story.read(&document.title, &document.text);
        if !story.words().is_empty() {
            return Some(Part::Text);
        }
    }
    story.read("", &document.title);
    (!story.words().is_empty()).then_some(Part::Headline)
}

/// Reads records to stories and shingles, one after another, in the same buffers.
pub(super) struct Articles<'p> {
    fields: &'p Fields,
    width: usize,
    boilerplate: &'p Boilerplate,
    trimmer: Trimmer,
    pub(super) story: Story,
    part: Option<Part>,
    /// Words of the opened document that were left out as boilerplate.
    pub(super) left_out: usize,
    shingles: Vec<u64>,
    /// Memory of documents that are no longer wanted.
    spare: Spare,
    /// The same of shingles.
    sequences: Vec<Sequence>,
}

/// Shingles of so many documents are kept for their memory.
const SEQUENCES: usize = 16;

impl<'p> Articles<'p> {
    /// Reads them without `boilerplate`.
    pub(super) fn new(params: &'p Params, boilerplate: &'p Boilerplate) -> Self {
        Articles {
            fields: &params.input.fields,
            width: params.shingle.width,
            boilerplate,
            trimmer: Trimmer::default(),
            story: Story::default(),
            part: None,
            left_out: 0,
            shingles: Vec::new(),
            spare: Spare::default(),
            sequences: Vec::new(),
        }
    }

    /// The document of a record, without boilerplate, its story read.
    pub(super) fn open<'a>(&mut self, record: impl Into<Raw<'a>>) -> Result<Document<'a>, Reject> {
        let document = self.trimmed(record)?;
        self.read(document)
    }

    /// The document of a record, boilerplate and all.
    pub(super) fn whole<'a>(&mut self, record: impl Into<Raw<'a>>) -> Result<Document<'a>, Reject> {
        self.fields.document_of(record.into(), &mut self.spare)
    }

    /// Takes back a document that is no longer wanted, for the memory of its text.
    pub(super) fn done(&mut self, document: Document) {
        self.spare.take(document);
    }

    /// The document of a record, without boilerplate.
    pub(super) fn trimmed<'a>(&mut self, record: impl Into<Raw<'a>>) -> Result<Document<'a>, Reject> {
        let mut document = self.whole(record)?;
        self.left_out = self.trimmer.trim(&mut document, self.boilerplate);
        Ok(document)
    }

    /// Reads the story of a document.
    pub(super) fn read<'a>(&mut self, document: Document<'a>) -> Result<Document<'a>, Reject> {
        self.part = read(&mut self.story, &document);
        if self.part.is_some() {
            return Ok(document);
        }
        let (reason, detail) = (Reason::EmptyText, "no words in the title or the text".to_owned());
        Err(Reject { reason, detail, id: document.id.as_deref().map(str::to_owned) })
    }

    /// The opened story, where it is of the text and not of the headline.
    pub(super) fn story_of_text(&self) -> Option<&Story> {
        Some(&self.story).filter(|_| self.part == Some(Part::Text))
    }

    /// How many words the opened story has.
    pub(super) fn words(&self) -> u32 {
        u32::try_from(self.story.words().len()).unwrap_or(u32::MAX)
    }

    /// The hash of the opened story's words.
    pub(super) fn content(&self) -> u128 {
        hash::sequence(self.story.words())
    }

    /// The opened story's shingles, in order.
    pub(super) fn shingles(&mut self) -> &[u64] {
        self.shingles.clear();
        shingle::shingles(self.story.words(), self.width, &mut self.shingles);
        &self.shingles
    }

    /// The opened story's shingles, ascending, without repeats.
    pub(super) fn ascending_shingles(&mut self) -> &[u64] {
        self.shingles();
        self.shingles.sort_unstable();
        self.shingles.dedup();
        &self.shingles
    }

    /// The words of the opened story, which is that of `document`.
    pub(super) fn spelled(&self, document: &Document) -> Vec<String> {
        let (mut tokenizer, mut words) = (Tokenizer::default(), Vec::new());
        // The headline is the story where the text has no words.
        for body in [document.body(), &document.title] {
            words.clear();
            for line in self.story.lines() {
                let line = body.get(line.bytes.clone()).unwrap_or_default();
                tokenizer.words(line, |word| words.push(word.to_owned()));
            }
            if words.iter().map(|word| hash::word(word.as_bytes())).eq(self.story.words().iter().copied()) {
                return words;
            }
        }
        Vec::new()
    }

    /// A document's shingle set, from its record read again.
    pub(super) fn set(&mut self, catalog: &Catalog, doc: DocId, records: &mut Reader) -> Result<Set, Error> {
        self.again(catalog, doc, records)?;
        Ok(Set::of(self.shingles()))
    }

    /// A document's shingles in order, from its record read again.
    pub(super) fn sequence(&mut self, catalog: &Catalog, doc: DocId, records: &mut Reader) -> Result<Sequence, Error> {
        self.again(catalog, doc, records)?;
        Ok(match self.sequences.pop() {
            Some(unwanted) => unwanted.instead(self.shingles()),
            None => Sequence::of(self.shingles()),
        })
    }

    /// Takes back shingles that are no longer wanted, for their memory.
    pub(super) fn forget(&mut self, sequence: Sequence) {
        if self.sequences.len() < SEQUENCES {
            self.sequences.push(sequence);
        }
    }

    /// Reads a document's record again, and its story.
    pub(super) fn again(&mut self, catalog: &Catalog, doc: DocId, records: &mut Reader) -> Result<(), Error> {
        let place = catalog.place(doc);
        match self.open(records.record(place)?) {
            Ok(document) if self.content() == catalog.content(doc) => self.done(document),
            _ => return Err(records.changed(place)),
        }
        Ok(())
    }
}
