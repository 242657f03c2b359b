//! Events: the representatives to events, each named, titled and described.

use super::duplicates::{Groups, order};
use super::notes::Notes;
use super::read::Remembered;
use crate::document::DocId;
use crate::error::Error;
use crate::event::{self, Bylines, Features, label};
use crate::group;
use crate::params::Params;
use crate::stats::{Stages, Unit};
use crate::store::Earlier;
use ahash::HashMap;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// Events labelled by one thread at a time.
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

/// Finds the events of the representatives; `notes` are of all documents, where they were made.
pub(super) fn events(
    memory: &Remembered,
    notes: Option<Notes>,
    groups: &Groups,
    params: &Params,
    stages: &mut Stages,
) -> Result<Events, Error> {
    let (order, stories) = stories(memory, groups, params);
    let told = told(memory, notes, params, &stories, stages)?;
    let clusters = stages.stage("events", None, Unit::Steps, |_| {
        Ok::<_, Error>((event::cluster(&told.features, told.bylines(), &params.event), stories.len() as u64, 0))
    })?;
    let labels = labels(&told, &clusters, stages)?;
    let (event, name) = of_all(&order, groups, &stories, &clusters);
    Ok(Events { event, name, labels, order, counts: told.counts(&clusters), earlier: HashMap::default() })
}

/// Titles and keywords of the events of some stories.
pub(super) fn labels(told: &Told, clusters: &event::Events, stages: &mut Stages) -> Result<Vec<Label>, Error> {
    stages.stage("label", Some(clusters.events as u64), Unit::Steps, |watch| {
        let plans = label::plan(&told.features, clusters);
        let portions = plans.par_chunks(PORTION).map(|portion| {
            watch.go_on()?;
            watch.advance(portion.len() as u64);
            Ok(labels_of(told, portion))
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

/// What stories tell: terms, times and sources; and how they begin.
pub(super) struct Told {
    pub(super) features: Vec<Features>,
    published: Vec<Option<i64>>,
    sources: Vec<Option<u32>>,
    notes: Notes,
}

impl Told {
    pub(super) fn bylines(&self) -> Bylines<'_> {
        Bylines { published: &self.published, sources: &self.sources }
    }

    /// What was left undone, in numbers.
    pub(super) fn counts(&self, clusters: &event::Events) -> Vec<(Cow<'static, str>, u64)> {
        let counts = [
            ("bad_embedding", self.notes.bad_embeddings()),
            ("event_edges", clusters.edges),
            ("capped_event_candidates", clusters.candidates_capped),
            ("capped_event_terms", clusters.lists_capped),
        ];
        counts.map(|(name, count)| (name.into(), count)).into()
    }
}

/// What some stories tell: by what was noted of all documents, or else read again.
pub(super) fn told(
    memory: &Remembered,
    notes: Option<Notes>,
    params: &Params,
    stories: &[DocId],
    stages: &mut Stages,
) -> Result<Told, Error> {
    let count = stories.len() as u64;
    let mut notes = stages.stage("features", Some(count), Unit::Documents, |watch| {
        let notes =
            notes.map_or_else(|| Notes::of(memory, params, stories, watch), |notes| Ok(notes.picked(stories)))?;
        Ok::<_, Error>((notes, count, 0))
    })?;
    let published = stories.iter().map(|&doc| memory.catalog.published(doc)).collect();
    let sources = stories.iter().map(|&doc| memory.catalog.source_number(doc)).collect();
    Ok(Told { features: notes.take_features(), published, sources, notes })
}

fn labels_of(told: &Told, plans: &[label::Plan]) -> Vec<Label> {
    let mut speller = label::Speller::default();
    let mut label = |plan: &label::Plan| {
        speller.begin(plan);
        for &story in &plan.read_again {
            let (headline, beginning) = told.notes.texts(story as usize);
            let is_titled = told.features[story as usize].is_titled();
            speller.read(if is_titled { headline } else { "" }, beginning);
        }
        let title = plan.read_again.first().map_or("", |&story| told.notes.texts(story as usize).0);
        Label { title: title.to_owned(), keywords: speller.keywords() }
    };
    plans.iter().map(&mut label).collect()
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
