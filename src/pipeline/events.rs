//! Events: the representatives to events, each named, titled and described.

use super::article::Articles;
use super::duplicates::{Groups, order};
use super::read::Remembered;
use crate::document::{DocId, Document, Vector};
use crate::error::Error;
use crate::event::{self, Bylines, Embedding, Features, label};
use crate::group;
use crate::params::Params;
use crate::records::Reader;
use crate::stats::{Stages, Unit};
use crate::store::Earlier;
use ahash::HashMap;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// Documents read by one thread at a time.
const PORTION: usize = 256;

/// What happened, according to whom.
#[derive(Serialize, Deserialize)]
pub(super) struct Events {
    /// Of each document.
    pub(super) event: Vec<u32>,
    /// The earliest document of each event, after which it is named.
    pub(super) name: Vec<DocId>,
    /// Title and keywords of each event.
    pub(super) labels: Vec<Label>,
    /// The documents, the earliest first.
    pub(super) order: Vec<DocId>,
    pub(super) counts: Vec<(Cow<'static, str>, u64)>,
    /// Events that earlier nights know, by number.
    pub(super) earlier: HashMap<u32, Earlier>,
}

/// What an event is called.
#[derive(Serialize, Deserialize)]
pub(super) struct Label {
    pub(super) title: String,
    pub(super) keywords: Vec<String>,
}

/// Finds the events of the representatives.
pub(super) fn events(
    memory: &Remembered,
    groups: &Groups,
    params: &Params,
    stages: &mut Stages,
) -> Result<Events, Error> {
    let (order, stories) = stories(memory, groups, params);
    let told = told(memory, params, &stories, stages)?;
    let clusters = stages.stage("events", None, Unit::Steps, |_| {
        Ok::<_, Error>((event::cluster(&told.features, told.bylines(), &params.event), stories.len() as u64, 0))
    })?;
    let labels = labels(memory, params, &stories, &told.features, &clusters, stages)?;
    let (event, name) = of_all(&order, groups, &stories, &clusters);
    Ok(Events { event, name, labels, order, counts: told.counts(&clusters), earlier: HashMap::default() })
}

/// Titles and keywords of the events of some stories.
pub(super) fn labels(
    memory: &Remembered,
    params: &Params,
    stories: &[DocId],
    features: &[Features],
    clusters: &event::Events,
    stages: &mut Stages,
) -> Result<Vec<Label>, Error> {
    stages.stage("label", Some(clusters.events as u64), Unit::Steps, |watch| {
        let plans = label::plan(features, clusters);
        let portions = plans.par_chunks(PORTION).map(|portion| {
            watch.go_on()?;
            watch.advance(portion.len() as u64);
            labels_of(memory, params, stories, portion)
        });
        let labels: Vec<Label> = portions.collect::<Result<Vec<_>, Error>>()?.into_iter().flatten().collect();
        Ok((labels, clusters.events as u64, 0))
    })
}

/// All documents, the earliest first, and those among them that stand for a group, which are clustered.
pub(super) fn stories(memory: &Remembered, groups: &Groups, params: &Params) -> (Vec<DocId>, Vec<DocId>) {
    let earliest_first = group::Params { linkage: params.group.linkage, ..group::Params::default() };
    let order = if params.group == earliest_first { groups.order.clone() } else { order(memory, &earliest_first) };
    let stories = order.iter().copied().filter(|&doc| groups.stands(doc)).collect();
    (order, stories)
}

/// What stories tell: terms, times and sources.
pub(super) struct Told {
    pub(super) features: Vec<Features>,
    published: Vec<Option<i64>>,
    sources: Vec<Option<u32>>,
    bad_embeddings: u64,
}

impl Told {
    pub(super) fn bylines(&self) -> Bylines<'_> {
        Bylines { published: &self.published, sources: &self.sources }
    }

    /// What was left undone, in numbers.
    pub(super) fn counts(&self, clusters: &event::Events) -> Vec<(Cow<'static, str>, u64)> {
        let counts = [
            ("bad_embedding", self.bad_embeddings),
            ("event_edges", clusters.edges),
            ("capped_event_candidates", clusters.candidates_capped),
            ("capped_event_terms", clusters.lists_capped),
        ];
        counts.map(|(name, count)| (name.into(), count)).into()
    }
}

/// Reads the stories again.
pub(super) fn told(
    memory: &Remembered,
    params: &Params,
    stories: &[DocId],
    stages: &mut Stages,
) -> Result<Told, Error> {
    let count = stories.len() as u64;
    let (features, bad_embeddings) = stages.stage("features", Some(count), Unit::Documents, |watch| {
        let portions = stories.par_chunks(PORTION).map(|portion| {
            watch.go_on()?;
            watch.advance(portion.len() as u64);
            features(memory, params, portion)
        });
        let (features, unreadable): (Vec<_>, Vec<u64>) =
            portions.collect::<Result<Vec<_>, Error>>()?.into_iter().unzip();
        let features: Vec<Features> = features.into_iter().flatten().collect();
        Ok::<_, Error>(((features, unreadable.iter().sum()), count, 0))
    })?;
    let published = stories.iter().map(|&doc| memory.catalog.published(doc)).collect();
    let sources = stories.iter().map(|&doc| memory.catalog.source_number(doc)).collect();
    Ok(Told { features, published, sources, bad_embeddings })
}

/// Documents read again.
struct Again<'a> {
    memory: &'a Remembered,
    records: Reader<'a>,
    articles: Articles<'a>,
}

impl<'a> Again<'a> {
    fn new(memory: &'a Remembered, params: &'a Params) -> Self {
        Again { memory, records: memory.records.reader(), articles: Articles::new(params, &memory.boilerplate) }
    }

    /// A document without boilerplate, for `look`.
    fn read<T>(&mut self, doc: DocId, look: impl FnOnce(&Document) -> T) -> Result<T, Error> {
        let place = self.memory.catalog.place(doc);
        let record = self.records.record(place)?;
        // Most have none, and are not looked through for it.
        let is_trimmed = self.memory.catalog.is_trimmed(doc);
        let document = if is_trimmed { self.articles.trimmed(record) } else { self.articles.whole(record) };
        match document {
            Ok(document) => Ok(look(&document)),
            Err(_) => Err(self.records.changed(place)),
        }
    }
}

/// The features of some stories, and how many embeddings among them cannot be read.
fn features(memory: &Remembered, params: &Params, portion: &[DocId]) -> Result<(Vec<Features>, u64), Error> {
    let (mut again, mut reader, mut unreadable) = (Again::new(memory, params), event::Reader::default(), 0);
    let mut features = |&doc: &DocId| {
        again.read(doc, |document| {
            let mut features = reader.read(&document.title, &document.text);
            if document.embedding != Vector::None {
                let embedding = Embedding::of(document.embedding);
                unreadable += u64::from(embedding.is_none());
                features.embedding = embedding.unwrap_or_default();
            }
            features
        })
    };
    let features = portion.iter().map(&mut features).collect::<Result<_, Error>>()?;
    Ok((features, unreadable))
}

fn labels_of(
    memory: &Remembered,
    params: &Params,
    stories: &[DocId],
    plans: &[label::Plan],
) -> Result<Vec<Label>, Error> {
    let (mut again, mut speller) = (Again::new(memory, params), label::Speller::default());
    let mut label = |plan: &label::Plan| {
        speller.begin(plan);
        let mut title = None;
        for &story in &plan.read_again {
            again.read(stories[story as usize], |document| {
                title.get_or_insert_with(|| headline_of(&document.title, &document.text));
                speller.read(&document.title, &document.text);
            })?;
        }
        Ok(Label { title: title.unwrap_or_default(), keywords: speller.keywords() })
    };
    plans.iter().map(&mut label).collect()
}

/// An article's headline, or what stands for it.
pub(super) fn headline_of(title: &str, text: &str) -> String {
    if title.trim().is_empty() { first_words(text) } else { title.trim().to_owned() }
}

/// What stands for the headline of an article without one: the beginning of its first line.
fn first_words(text: &str) -> String {
    const WORDS: usize = 16;
    let line = text.trim_start().lines().next().unwrap_or_default();
    let words: Vec<&str> = line.split_whitespace().take(WORDS + 1).collect();
    if words.len() > WORDS { words[..WORDS].join(" ") + " …" } else { words.join(" ") }
}

/// From representatives to all documents: the event of each, and the earliest document of each event. Events are
/// numbered in the order of those.
fn of_all(order: &[DocId], groups: &Groups, stories: &[DocId], clusters: &event::Events) -> (Vec<u32>, Vec<DocId>) {
    let mut event = vec![0u32; order.len()];
    stories.iter().zip(&clusters.event).for_each(|(&doc, &label)| event[doc as usize] = label);
    let mut name = vec![DocId::MAX; clusters.events];
    for &doc in order {
        let label = event[groups.representative[doc as usize] as usize];
        event[doc as usize] = label;
        let name = &mut name[label as usize];
        *name = if *name == DocId::MAX { doc } else { *name };
    }
    (event, name)
}
