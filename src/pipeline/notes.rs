//! What events need of a document: its terms, its headline and the beginning of its story, noted while the text is at hand.
//!
//! A run notes them as it reads the first time, so that no text is parsed again for events. Who knows only later that
//! events are wanted (a merge of sketches, `explain`) reads the stories once more ([`Notes::of`]). Memory: the terms, some
//! 700 bytes a document; headlines and beginnings, about as much, move to a file in `--temp` when they are many.

use super::article::Articles;
use super::read::Remembered;
use crate::column::Column;
use crate::document::{DocId, Document, Vector};
use crate::error::Error;
use crate::event::{self, Embedding, Features, label};
use crate::params::Params;
use crate::stats::Watch;
use rayon::prelude::*;
use std::borrow::Cow;
use std::path::{Path, PathBuf};

/// Documents read again by one thread at a time, and all in all before their texts are put away.
const PORTION: usize = 256;
const AT_ONCE: usize = 64 * PORTION;
/// Bytes of headlines and beginnings that are held in memory at most.
const HELD: usize = if cfg!(test) { 4 << 10 } else { 32 << 20 };

/// What is noted of a document.
#[derive(Default)]
pub(super) struct Note {
    features: Features,
    has_bad_embedding: bool,
    /// Bytes of the headline, and of the beginning of the story after it.
    headline: u32,
    beginning: u32,
    /// Where they start.
    start: u64,
}

/// Makes notes, one after another, in the same buffers.
#[derive(Default)]
pub(super) struct Noter {
    reader: event::Reader,
    notes: Vec<Note>,
    texts: String,
}

impl Noter {
    /// Takes note of a document, whose story `articles` have read.
    pub(super) fn note(&mut self, document: &Document, articles: &Articles) {
        let (title, text, story) = (&*document.title, &*document.text, articles.story_of_text());
        let mut note = Note {
            features: self.reader.read_story(title, text, story),
            start: self.texts.len() as u64,
            ..Note::default()
        };
        if document.embedding != Vector::None {
            let embedding = Embedding::of(document.embedding);
            note.has_bad_embedding = embedding.is_none();
            note.features.embedding = embedding.unwrap_or_default();
        }
        self.texts.push_str(&headline_of(title, text));
        note.headline = (self.texts.len() as u64 - note.start) as u32;
        if let Some(story) = story {
            label::excerpt(story, text, &mut self.texts);
        }
        note.beginning = (self.texts.len() as u64 - note.start) as u32 - note.headline;
        self.notes.push(note);
    }

    /// What was noted since it was taken last.
    pub(super) fn take(&mut self) -> Noted {
        Noted { notes: std::mem::take(&mut self.notes), texts: std::mem::take(&mut self.texts) }
    }
}

/// What was noted of some documents, one after another.
#[derive(Default)]
pub(super) struct Noted {
    notes: Vec<Note>,
    texts: String,
}

/// What was noted of many documents.
pub(super) struct Notes {
    notes: Vec<Note>,
    texts: Column<u8>,
    temp: PathBuf,
}

impl Notes {
    /// None yet; texts go to `temp` when they are many.
    pub(super) fn new(temp: &Path) -> Self {
        Notes { notes: Vec::new(), texts: Column::default(), temp: temp.to_owned() }
    }

    /// Those of some documents, read again, in their order.
    pub(super) fn of(
        memory: &Remembered,
        params: &Params,
        documents: &[DocId],
        watch: &dyn Watch,
    ) -> Result<Self, Error> {
        let mut notes = Notes::new(memory.records.temp());
        for together in documents.chunks(AT_ONCE) {
            let portions = together.par_chunks(PORTION).map(|portion| {
                watch.go_on()?;
                watch.advance(portion.len() as u64);
                let (mut records, mut noter) = (memory.records.reader(), Noter::default());
                let mut articles = Articles::new(params, &memory.boilerplate);
                for &doc in portion {
                    let place = memory.catalog.place(doc);
                    let Ok(document) = articles.open(records.record(place)?) else {
                        return Err(records.changed(place));
                    };
                    noter.note(&document, &articles);
                    articles.done(document);
                }
                Ok(noter.take())
            });
            for noted in portions.collect::<Result<Vec<_>, Error>>()? {
                let noted = notes.place(noted)?;
                notes.notes.extend(noted);
            }
        }
        Ok(notes)
    }

    /// Keeps the texts of some documents, and says of their notes where those are now.
    pub(super) fn place(&mut self, Noted { mut notes, texts }: Noted) -> Result<Vec<Note>, Error> {
        let shift = self.texts.len() as u64;
        notes.iter_mut().for_each(|note| note.start += shift);
        self.texts.extend(texts.as_bytes())?;
        if self.texts.held_bytes() > HELD {
            self.texts.spill(&self.temp)?;
        }
        Ok(notes)
    }

    /// Takes what is noted of the next document.
    pub(super) fn push(&mut self, note: Note) {
        self.notes.push(note);
    }

    /// Takes what is noted of a document anew.
    pub(super) fn put(&mut self, doc: DocId, note: Note) {
        self.notes[doc as usize] = note;
    }

    /// Those of some documents, in their order.
    pub(super) fn picked(mut self, documents: &[DocId]) -> Self {
        let notes = documents.iter().map(|&doc| std::mem::take(&mut self.notes[doc as usize])).collect();
        Notes { notes, ..self }
    }

    /// Hands the terms of each out; they are gone from here.
    pub(super) fn take_features(&mut self) -> Vec<Features> {
        self.notes.iter_mut().map(|note| std::mem::take(&mut note.features)).collect()
    }

    /// How many embeddings cannot be read.
    pub(super) fn bad_embeddings(&self) -> u64 {
        self.notes.iter().filter(|note| note.has_bad_embedding).count() as u64
    }

    /// The headline of one, or what stands for it, and the beginning of its story.
    pub(super) fn texts(&self, at: usize) -> (&str, &str) {
        let Note { headline, beginning, start, .. } = self.notes[at];
        let (start, headline) = (start as usize, headline as usize);
        let text = self.texts.slice(start..start + headline + beginning as usize);
        simdutf8::basic::from_utf8(text).unwrap_or_default().split_at(headline)
    }
}

/// An article's headline, or what stands for it: the beginning of its first line.
pub(super) fn headline_of<'a>(title: &'a str, text: &str) -> Cow<'a, str> {
    const WORDS: usize = 16;
    if !title.trim().is_empty() {
        return title.trim().into();
    }
    let line = text.trim_start().lines().next().unwrap_or_default();
    let words: Vec<&str> = line.split_whitespace().take(WORDS + 1).collect();
    if words.len() > WORDS { words[..WORDS].join(" ") + " …" } else { words.join(" ") }.into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::Table;
    use crate::pipeline::{Pipeline, Verb, read};
    use crate::stats::{Stages, Unwatched};

    #[test]
    fn what_is_noted_on_the_way_is_what_reading_again_gives() {
        let dir = tempfile::tempdir().unwrap();
        let mut crawl = std::fs::read_to_string("tests/data/sample.jsonl").unwrap();
        // Pages of one outlet with a line that it repeats; and what has no title, no text, no words, or a bad embedding.
        for page in 0..40 {
            let story = (0..30).map(|word| format!("w{}", (page * 31 + word * 7) % 400)).collect::<Vec<_>>().join(" ");
            crawl += &format!(
                r#"{{"id":"p{page}","source":"o","title":"T{page}","text":"{story}.\nSign up for our daily newsletter here."}}"#
            );
            crawl += "\n";
        }
        crawl += r#"{"id":"a","text":"Переговоры “в Женеве”.\n\nA second line’s end, and one more."}
{"id":"b","title":"Talks in Geneva","text":"  "}
{"id":"c","title":"Talks end","text":"- * -","embedding":[1,2]}
{"id":"d","title":" ","text":"No title here.","embedding":"none"}
"#;
        let path = dir.path().join("in.jsonl");
        std::fs::write(&path, crawl).unwrap();
        let job = Pipeline { temp: dir.path().to_owned(), ..Pipeline::new(Verb::Run, [path.display().to_string()]) };
        let (found, mut nobody, mut stages) = (job.plan(None).unwrap(), Table::nowhere(), Stages::new(&Unwatched));
        let (room, params) = (job.room(), &job.params);
        let mut memory = read::read(&found.inputs, params, room, &mut nobody, None, None, true, &mut stages).unwrap();
        assert!(memory.left_out.documents >= 40);
        let noted = memory.notes.take().unwrap();
        assert!(matches!(noted.texts, Column::Mapped(_)));
        let documents: Vec<DocId> = memory.catalog.documents().collect();
        let again = Notes::of(&memory, params, &documents, &Unwatched).unwrap();
        assert_eq!((noted.notes.len(), again.notes.len()), (documents.len(), documents.len()));
        for (at, (one, other)) in noted.notes.iter().zip(&again.notes).enumerate() {
            assert_eq!(one.features, other.features);
            assert_eq!(one.has_bad_embedding, other.has_bad_embedding);
            assert_eq!(noted.texts(at), again.texts(at));
            assert!(!noted.texts(at).1.contains("newsletter"));
        }
        let of = |id: &str| noted.texts(named(&memory, id) as usize);
        assert_eq!(of("a"), ("Переговоры “в Женеве”.", "Переговоры “в Женеве”.\nA second line’s end, and one more."));
        assert_eq!((of("b"), of("c")), (("Talks in Geneva", ""), ("Talks end", "")));
        assert_eq!((of("d"), noted.bad_embeddings()), (("No title here.", "No title here."), 1));
        let picked = noted.picked(&[3, 1]);
        assert_eq!((picked.texts(0), picked.texts(1)), (again.texts(3), again.texts(1)));
    }

    /// A document by its id.
    fn named(memory: &Remembered, id: &str) -> DocId {
        memory.catalog.documents().find(|&doc| memory.catalog.id(doc) == id).unwrap()
    }
}
