//! Events: the representatives to events, each named, titled and described.

use super::duplicates::Groups;
use super::read::Remembered;
use crate::document::DocId;
use crate::error::Error;
use crate::event::{self, Features};
use crate::group::{self, Keep};
use crate::params::Params;
use crate::stats::{Stages, Unit};
use rayon::prelude::*;

/// What happened, according to whom.
pub(super) struct Events {
    /// Of each document.
    pub(super) event: Vec<u32>,
    /// The earliest document of each event, after which it is named.
    pub(super) name: Vec<DocId>,
    pub(super) title: Vec<String>,
    pub(super) keywords: Vec<Vec<String>>,
    /// The documents, the earliest first.
    pub(super) order: Vec<DocId>,
    pub(super) counts: Vec<(&'static str, u64)>,
}

/// Finds the events of the representatives.
pub(super) fn events(
    memory: &Remembered,
    groups: &Groups,
    params: &Params,
    stages: &mut Stages,
) -> Result<Events, Error> {
    let order = earliest_first(memory);
    let stories: Vec<DocId> = order.iter().copied().filter(|&doc| groups.representative[doc as usize] == doc).collect();
    let features = stages.stage("features", Some(stories.len() as u64), Unit::Documents, |watch| {
        let portions = stories.par_chunks(256).map(|portion| {
            let features = features(memory, params, portion)?;
            watch.advance(portion.len() as u64);
            Ok(features)
        });
        let features: Vec<Features> = portions.collect::<Result<Vec<_>, Error>>()?.into_iter().flatten().collect();
        Ok::<_, Error>((features, stories.len() as u64, 0))
    })?;
    let published: Vec<Option<i64>> = stories.iter().map(|&doc| memory.catalog.published(doc)).collect();
    let clusters = stages.stage("events", None, Unit::Steps, |_| {
        let clusters = event::cluster(&features, &published, &params.event);
        Ok::<_, Error>((clusters, stories.len() as u64, 0))
    })?;
    let mut event = vec![0u32; memory.catalog.len()];
    for (&doc, &label) in stories.iter().zip(&clusters.event) {
        event[doc as usize] = label;
    }
    for doc in memory.catalog.documents() {
        event[doc as usize] = event[groups.representative[doc as usize] as usize];
    }
    let n = clusters.event.iter().max().map_or(0, |m| *m as usize + 1);
    let mut name = vec![u32::MAX; n];
    for &doc in order.iter().rev() {
        name[event[doc as usize] as usize] = doc;
    }
    Ok(Events { event, name, title: vec![String::new(); n], keywords: vec![vec![]; n], order, counts: vec![] })
}

fn earliest_first(memory: &Remembered) -> Vec<DocId> {
    let mut order: Vec<DocId> = memory.catalog.documents().collect();
    let claim = |&doc: &DocId| memory.catalog.claim(doc, &[]);
    order.par_sort_unstable_by(|a, b| group::order(Keep::Earliest, &claim(a), &claim(b)));
    order
}

fn features(memory: &Remembered, params: &Params, portion: &[DocId]) -> Result<Vec<Features>, Error> {
    let (mut records, mut reader) = (memory.records.reader(), event::Reader::default());
    let read = |&doc: &DocId| {
        let place = memory.catalog.place(doc);
        let document = params.input.fields.document(records.read(place)?);
        match document {
            Ok(document) => Ok(reader.read(&document.title, &document.text)),
            Err(_) => Err(records.changed(place)),
        }
    };
    portion.iter().map(read).collect()
}
