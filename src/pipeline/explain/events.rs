//! What decided about events, found again as the events stage found it.
//!
//! The representatives are read again, clustered as they were, and the evidence is kept ([`Evidence`]). The events must be
//! those of the result; else it is refused, for the numbers would explain another clustering.

use super::Scene;
use crate::document::DocId;
use crate::error::Error;
use crate::event::Term;
use crate::event::evidence::{self, Around, Between, Evidence};
use crate::explain::{About, Bond, Event, Events, Guess, Kin, Word, verdict};
use crate::input::rfc3339;
use crate::pipeline::events::{stories, told};
use crate::result;
use crate::stats::{Stages, Unit};
use std::collections::HashMap;

/// Documents of an event that are shown, and of other events.
const SHOWN: usize = 4;
/// Terms that decided about two documents, and those that are shown of a neighbour.
const TERMS: usize = 10;
const TERMS_OF_KIN: usize = 5;

const DAY_SECONDS: f64 = 86_400.0;

/// The stories as they were clustered.
struct Room<'a> {
    stories: &'a [DocId],
    evidence: &'a Evidence<'a>,
}

impl Room<'_> {
    /// The number of a story.
    fn number(&self, story: DocId) -> usize {
        self.stories.iter().position(|&other| other == story).unwrap_or_default()
    }
}

impl Scene<'_> {
    /// A document's event, and what is like it there and elsewhere.
    pub(super) fn event(&self, doc: DocId, stages: &mut Stages) -> Result<Event, Error> {
        let story = self.labels.representative(doc);
        self.with_evidence(stages, |room| {
            let number = room.number(story);
            let Around { usual, scale, rest, joined, same, inside, outside } = room.evidence.around(number, SHOWN);
            let kin = |&(other, bond): &(usize, evidence::Bond)| self.kin(room, number, other, bond);
            let nearest = inside.iter().map(kin).collect::<Result<Vec<Kin>, Error>>()?;
            let strangers = outside.iter().map(|&(other, ..)| room.stories[other]);
            let mut about = self.about(&[doc].into_iter().chain(strangers).collect::<Vec<_>>())?;
            let others = outside.iter().zip(about.split_off(1)).map(|(&(other, bond, fit), about)| {
                Ok(Kin { about: Some(about), fit: Some(fit.into()), ..kin(&(other, bond))? })
            });
            let others = others.collect::<Result<Vec<Kin>, Error>>()?;
            let params = &self.params().event;
            Ok(Event {
                about: about.pop().unwrap_or_default(),
                compared: self.id(story),
                usual,
                scale,
                undated: self.is_undated(story),
                guessed: guessed(room, number),
                same_terms: same,
                threshold: params.threshold,
                mend_threshold: params.mend,
                rest: rest.map(Into::into),
                joined: joined.map(Into::into),
                nearest,
                others,
            })
        })
    }

    /// What speaks for and against two documents being about one event.
    pub(super) fn events(&self, a: DocId, b: DocId, stages: &mut Stages) -> Result<Events, Error> {
        let stories = [a, b].map(|doc| self.labels.representative(doc));
        self.with_evidence(stages, |room| {
            let [x, y] = stories.map(|story| room.number(story));
            let Between { bond, is_one_event, fit } = room.evidence.between(x, y);
            let params = &self.params().event;
            let terms = |terms: Vec<(Term, f32)>, story: DocId| self.words(story, &terms, TERMS);
            let mut found = Events {
                same_event: is_one_event,
                verdict: String::new(),
                compared: stories.map(|story| self.id(story)),
                about: self.about(&[a, b])?,
                bond: bond.map(|bond| self.bond(stories, bond)),
                threshold: params.threshold,
                mend_threshold: params.mend,
                density: params.density,
                undated: stories.map(|story| self.is_undated(story)),
                guessed: [guessed(room, x), guessed(room, y)],
                terms: terms(room.evidence.shared(x, y), stories[0])?,
                missing: [
                    terms(room.evidence.missing(x, y), stories[0])?,
                    terms(room.evidence.missing(y, x), stories[1])?,
                ],
                fit: fit.map(Into::into),
            };
            found.verdict = verdict::of_events(&found);
            Ok(found)
        })
    }

    /// Clusters again, for `look`.
    fn with_evidence<T>(&self, stages: &mut Stages, look: impl FnOnce(&Room) -> Result<T, Error>) -> Result<T, Error> {
        let (_, stories) = stories(self.memory, self.groups, self.params());
        let told = told(self.memory, None, self.params(), &stories, stages)?;
        let evidence = stages.stage("events", None, Unit::Steps, |_| {
            let evidence = Evidence::new(&told.features, told.bylines(), &self.params().event);
            Ok::<_, Error>((evidence, stories.len() as u64, 0))
        })?;
        let room = Room { stories: &stories, evidence: &evidence };
        self.check_events(&room)?;
        look(&room)
    }

    /// Holds the events of the result against those found now.
    fn check_events(&self, room: &Room) -> Result<(), Error> {
        let (mut name_of, mut number_of) = (HashMap::new(), HashMap::new());
        let mut fits = |(number, &story): (usize, &DocId)| {
            let (name, found) = (self.labels.event(story), room.evidence.event(number));
            name.is_some()
                && *name_of.entry(found).or_insert(name) == name
                && *number_of.entry(name).or_insert(found) == found
        };
        let stray = room.stories.iter().enumerate().find(|&story| !fits(story));
        stray.map_or(Ok(()), |(_, &story)| Err(self.run.misfit(&format!("{} is now in another event", self.id(story)))))
    }

    fn kin(&self, room: &Room, here: usize, other: usize, bond: evidence::Bond) -> Result<Kin, Error> {
        let (story, there) = (room.stories[here], room.stories[other]);
        Ok(Kin {
            id: self.id(there),
            title: self.title(there)?,
            bond: self.bond([story, there], bond),
            terms: self.words(story, &room.evidence.shared(here, other), TERMS_OF_KIN)?,
            about: None,
            fit: None,
        })
    }

    fn is_undated(&self, doc: DocId) -> bool {
        self.memory.catalog.published(doc).is_none()
    }

    fn bond(&self, stories: [DocId; 2], bond: evidence::Bond) -> Bond {
        let evidence::Bond { cosine, likeness, usual, scale, time, apart, similarity, is_edge } = bond;
        let [a, b] = stories.map(|story| self.memory.catalog.published(story));
        let days = a.zip(b).map(|(a, b)| a.abs_diff(b) as f64 / DAY_SECONDS);
        Bond {
            cosine,
            embedding_likeness: likeness,
            usual,
            scales: scale,
            days,
            time_factor: time,
            source_factor: apart,
            similarity,
            counted: is_edge,
        }
    }

    /// The first terms, as a document writes them.
    fn words(&self, doc: DocId, terms: &[(Term, f32)], most: usize) -> Result<Vec<Word>, Error> {
        let terms = &terms[..terms.len().min(most)];
        let written = self.read(doc, |document, _| evidence::written(&document.title, &document.text, terms))?;
        Ok(written.into_iter().map(|(term, weight)| Word { term, weight }).collect())
    }

    /// What the events of some documents are, by `events.jsonl`.
    fn about(&self, docs: &[DocId]) -> Result<Vec<About>, Error> {
        let name = |&doc: &DocId| self.labels.event(doc).map_or("", |event| self.labels.event_name(event));
        let mut all: Vec<About> =
            docs.iter().map(|doc| About { event: name(doc).to_owned(), ..About::default() }).collect();
        result::rows(&self.dir.join("events.jsonl"), |row: About| {
            all.iter_mut().filter(|about| about.event == row.event).for_each(|about| *about = row.clone());
        })?;
        Ok(all)
    }
}

fn guessed(room: &Room, number: usize) -> Vec<Guess> {
    let guesses = room.evidence.guesses(number).into_iter();
    guesses.map(|(time, cosine)| Guess { published: rfc3339(time), cosine }).collect()
}
