//! A finished run, asked: its input read again as the run read it, and what decided about one or two documents.
//!
//! The documents have the numbers and ids that `articles.jsonl` gives them, and the groups and events are those of the
//! result, never new ones: what is found now is held against them, and a result that its input does not make is refused.
//! Time and memory: those of reading, and where events were sought, of that stage.

mod duplicates;
mod events;

use super::article::Articles;
use super::duplicates::{Groups, order};
use super::notes::headline_of;
use super::read::{Remembered, read_again};
use crate::boilerplate::Trimmer;
use crate::document::{self, DocId};
use crate::error::Error;
use crate::explain::{Answer, Document, One, RejectedRecord, Two, hint};
use crate::input::rfc3339;
use crate::params::Params;
use crate::result::{self, Run};
use crate::stats::Stages;
use serde::Deserialize;
use std::path::Path;

/// Explains the document `a` of the result `dir`, or `a` and `b`; copies of streams go to `temp`.
pub(super) fn explain(dir: &Path, a: &str, b: Option<&str>, temp: &Path, stages: &mut Stages) -> Result<Answer, Error> {
    let run = Run::read(dir, "explained")?;
    if !matches!(run.verb(), "run" | "dedup" | "cluster") {
        return Err(run.refused(&format!("what {} makes rests on more than its input", run.verb())));
    }
    let labels = result::Groups::read(&dir.join("articles.jsonl"))?;
    let first = Asked::find(dir, a, &labels)?;
    let second = b.filter(|&b| b != a).map(|b| Asked::find(dir, b, &labels)).transpose()?;
    if first.doc.or(second.as_ref().and_then(|second| second.doc)).is_none() {
        return Ok(without_evidence(&run, first.rejected(), second.map(Asked::rejected)));
    }
    let inputs = run.inputs()?;
    let memory = read_again(&run, &labels, &inputs, temp, stages)?;
    let groups = Groups {
        representative: labels.documents().map(|doc| labels.representative(doc)).collect(),
        similarity: labels.documents().map(|doc| labels.similarity(doc)).collect(),
        order: order(&memory, &run.params().group),
        ..Groups::default()
    };
    let scene = Scene { dir, run: &run, labels: &labels, memory: &memory, groups: &groups };
    match second {
        None => scene.one(first, stages),
        Some(second) => scene.two(first, second, stages),
    }
}

/// A document that is asked about.
struct Asked {
    id: String,
    /// Its number, where it was accepted.
    doc: Option<DocId>,
    /// The records with its id that were not.
    rejected: Vec<RejectedRecord>,
}

impl Asked {
    fn find(dir: &Path, id: &str, labels: &result::Groups) -> Result<Self, Error> {
        #[derive(Deserialize)]
        struct Row {
            id: Option<String>,
            file: String,
            line: u64,
            reason: String,
            detail: String,
        }
        let mut rejected = Vec::new();
        result::rows(&dir.join("rejects.jsonl"), |row: Row| {
            let Row { id: named, file, line, reason, detail } = row;
            if named.as_deref() == Some(id) {
                rejected.push(RejectedRecord { file, line, reason, detail });
            }
        })?;
        let doc = labels.find(id);
        if doc.is_none() && rejected.is_empty() {
            let hint = hint::nearest(id, labels.documents().map(|doc| labels.id(doc))).map(str::to_owned);
            return Err(Error::UnknownId { dir: dir.to_owned(), id: id.to_owned(), hint });
        }
        Ok(Asked { id: id.to_owned(), doc, rejected })
    }

    /// All that is known of it where it was not accepted.
    fn rejected(self) -> Document {
        Document { id: self.id, rejected_records: self.rejected, ..Document::default() }
    }
}

/// What there is to say of documents of which one, or the only one, was rejected.
fn without_evidence(run: &Run, a: Document, b: Option<Document>) -> Answer {
    let verb = run.verb().to_owned();
    let Some(b) = b else { return Answer::One(Box::new(One { verb, document: a, group: None, event: None })) };
    let rejected = [&a, &b].into_iter().filter(|document| !document.accepted).map(|document| {
        let reasons: Vec<&str> = document.rejected_records.iter().map(|record| &*record.reason).collect();
        format!("{} was rejected ({}): it is in no group and no event", document.id, reasons.join(", "))
    });
    let verdict = rejected.collect::<Vec<_>>().join("; ");
    Answer::Two(Box::new(Two { verb, a, b, verdict, near_duplicates: None, events: None }))
}

/// A result with what it was made of.
struct Scene<'a> {
    dir: &'a Path,
    run: &'a Run,
    labels: &'a result::Groups,
    memory: &'a Remembered,
    groups: &'a Groups,
}

impl Scene<'_> {
    fn one(&self, asked: Asked, stages: &mut Stages) -> Result<Answer, Error> {
        let doc = asked.doc;
        let document = self.document(asked)?;
        let group = doc.filter(|_| self.has_groups()).map(|doc| self.group(doc)).transpose()?;
        let event = doc.filter(|_| self.has_events()).map(|doc| self.event(doc, stages)).transpose()?;
        Ok(Answer::One(Box::new(One { verb: self.run.verb().to_owned(), document, group, event })))
    }

    fn two(&self, first: Asked, second: Asked, stages: &mut Stages) -> Result<Answer, Error> {
        let docs = first.doc.zip(second.doc);
        let (a, b) = (self.document(first)?, self.document(second)?);
        let Some((x, y)) = docs else { return Ok(without_evidence(self.run, a, Some(b))) };
        let near_duplicates = self.has_groups().then(|| self.near_duplicates(x, y)).transpose()?;
        let events = self.has_events().then(|| self.events(x, y, stages)).transpose()?;
        let verdicts =
            [near_duplicates.as_ref().map(|found| &*found.verdict), events.as_ref().map(|found| &*found.verdict)];
        let verdict = verdicts.into_iter().flatten().collect::<Vec<_>>().join("; ");
        Ok(Answer::Two(Box::new(Two { verb: self.run.verb().to_owned(), a, b, verdict, near_duplicates, events })))
    }

    fn params(&self) -> &Params {
        self.run.params()
    }

    /// Whether near-duplicates were sought.
    fn has_groups(&self) -> bool {
        self.run.verb() != "cluster"
    }

    /// Whether events were.
    fn has_events(&self) -> bool {
        self.run.verb() != "dedup"
    }

    fn document(&self, asked: Asked) -> Result<Document, Error> {
        let Some(doc) = asked.doc else { return Ok(asked.rejected()) };
        let some = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        let event = self.labels.event(doc).map(|event| self.labels.event_name(event).to_owned());
        let left_out = self.left_out(doc)?;
        self.read(doc, |document, _| Document {
            accepted: true,
            title: some(&headline_of(&document.title, &document.text)),
            published: self.published(doc),
            source: some(&document.source),
            url: some(&document.url),
            left_out,
            group: self.has_groups().then(|| self.id(self.labels.representative(doc))),
            event,
            ..asked.rejected()
        })
    }

    /// The lines of a document that were left out as boilerplate.
    fn left_out(&self, doc: DocId) -> Result<Vec<String>, Error> {
        let (mut records, place) = (self.memory.records.reader(), self.memory.catalog.place(doc));
        let record = records.read(place)?.to_vec();
        let document = self.params().input.fields.document(&record).map_err(|_| records.changed(place))?;
        let lines = Trimmer::default().left_out(&document, &self.memory.boilerplate);
        Ok(lines.into_iter().map(str::to_owned).collect())
    }

    fn id(&self, doc: DocId) -> String {
        self.labels.id(doc).to_owned()
    }

    fn published(&self, doc: DocId) -> Option<String> {
        self.memory.catalog.published(doc).and_then(rfc3339)
    }

    fn title(&self, doc: DocId) -> Result<String, Error> {
        self.read(doc, |document, _| headline_of(&document.title, &document.text).into_owned())
    }

    /// A document and its story, read again, for `look`.
    fn read<T>(&self, doc: DocId, look: impl FnOnce(&document::Document, &mut Articles) -> T) -> Result<T, Error> {
        let (mut records, place) = (self.memory.records.reader(), self.memory.catalog.place(doc));
        let mut articles = Articles::new(self.params(), &self.memory.boilerplate);
        let record = records.read(place)?.to_vec();
        match articles.open(&*record) {
            Ok(document) => Ok(look(&document, &mut articles)),
            Err(_) => Err(records.changed(place)),
        }
    }
}
