//! Tonight's documents to what a store remembers of them.

use super::Change;
use super::stories::Found;
use crate::document::DocId;
use crate::error::Error;
use crate::event::Features;
use crate::params::Params;
use crate::pipeline::article::Articles;
use crate::pipeline::duplicates::Groups;
use crate::pipeline::read::Remembered;
use crate::stats::{Stages, Unit};
use crate::store::{Document, Earlier, Growing, Name, Node, Store, Story, pack};
use ahash::HashMap;
use rayon::prelude::*;
use std::collections::hash_map::Entry;

/// Texts read by one thread at a time.
const PORTION: usize = 256;
/// Portions read before what comes of them is written.
const PORTIONS: usize = 64;

/// No place.
const NOWHERE: u32 = u32::MAX;

/// What there is to remember.
pub(super) struct Tonight<'a> {
    pub(super) memory: &'a Remembered,
    pub(super) groups: &'a Groups,
    pub(super) happened: &'a Found,
    /// The stories that are new, in order of time, and their terms.
    pub(super) stories: &'a [(DocId, Features)],
    pub(super) changes: &'a [Change],
    /// The groups whose names took the place of others, by serial.
    pub(super) stayed: &'a HashMap<u64, Earlier>,
    pub(super) day: i32,
    pub(super) params: &'a Params,
}

impl Tonight<'_> {
    /// Writes it into a new night of the store, which does not know of it yet.
    pub(super) fn remember(&self, store: &mut Store, stages: &mut Stages) -> Result<Growing, Error> {
        let documents = self.memory.catalog.len() as u64;
        stages.stage("remember", Some(documents), Unit::Documents, |watch| {
            let mut growing = store.begin()?;
            let events = self.events(&mut growing)?;
            let texts = self.texts();
            let group_of = self.groups_and_names(store, &mut growing, &events, &texts)?;
            let catalog = &self.memory.catalog;
            for doc in catalog.documents() {
                let text = texts.of[self.groups.nodes.node[doc as usize] as usize];
                growing.document(&Document {
                    id: catalog.id(doc),
                    published: catalog.published(doc),
                    content: self.memory.met.contents[doc as usize],
                    group: group_of[self.groups.representative[doc as usize] as usize],
                    node: (text != NOWHERE).then_some(text),
                })?;
            }
            for together in texts.new.chunks(PORTION * PORTIONS) {
                self.write_texts(together, &mut growing)?;
                watch.advance(together.len() as u64);
            }
            self.write_stories(&mut growing)?;
            self.changes.iter().try_for_each(|change| growing.ended(change.serials.0, change.serials.1))?;
            Ok((growing, documents, 0))
        })
    }

    /// The events, those that took another's place behind tonight's; tells the place of each by its serial.
    fn events(&self, growing: &mut Growing) -> Result<HashMap<u64, u32>, Error> {
        let Found { events, serials, stayed, .. } = self.happened;
        let mut documents = vec![0u32; serials.len()];
        events.event.iter().for_each(|&event| documents[event as usize] += 1);
        let mut places = HashMap::default();
        for (number, &(serial, first_seen)) in serials.iter().enumerate() {
            let earlier = events.earlier.get(&(number as u32));
            let name = earlier.map_or(self.memory.catalog.id(events.name[number]), |earlier| &earlier.name);
            let name = Name { serial, name, first_seen, documents: documents[number] };
            places.insert(serial, growing.event(&name, earlier.is_none())?);
        }
        for earlier in in_order(stayed) {
            if let Entry::Vacant(place) = places.entry(earlier.serial) {
                place.insert(growing.event(&without_documents(earlier), false)?);
            }
        }
        Ok(places)
    }

    /// The groups, and their places by who stands for them.
    fn groups_and_names(
        &self,
        store: &mut Store,
        growing: &mut Growing,
        events: &HashMap<u64, u32>,
        texts: &Texts,
    ) -> Result<Vec<u32>, Error> {
        let (catalog, Groups { representative, earlier, nodes, .. }) = (&self.memory.catalog, self.groups);
        let mut documents = vec![0u32; catalog.len()];
        representative.iter().for_each(|&head| documents[head as usize] += 1);
        let mut place = vec![NOWHERE; catalog.len()];
        // Serials in the order in which a run would name them.
        for &head in self.groups.order.iter().filter(|&&doc| self.groups.stands(doc)) {
            let event = self.happened.serials[self.happened.events.event[head as usize] as usize].0;
            let event = events.get(&event).copied().unwrap_or_default();
            let documents = documents[head as usize];
            let (name, node) = match earlier.get(&head) {
                Some(Earlier { serial, name, first_seen, .. }) => {
                    (Name { serial: *serial, name, first_seen: *first_seen, documents }, None)
                }
                None => {
                    let name =
                        Name { serial: store.new_serial(), name: catalog.id(head), first_seen: self.day, documents };
                    (name, Some(texts.of[nodes.node[head as usize] as usize]).filter(|&text| text != NOWHERE))
                }
            };
            place[head as usize] = growing.group(&name, event, node)?;
        }
        let known: ahash::HashSet<u64> = earlier.values().map(|earlier| earlier.serial).collect();
        for stayed in in_order(self.stayed).into_iter().filter(|stayed| !known.contains(&stayed.serial)) {
            growing.group(&without_documents(stayed), events.get(&stayed.event).copied().unwrap_or_default(), None)?;
        }
        Ok(place)
    }

    /// The texts that no earlier night has, in the order of nodes.
    fn texts(&self) -> Texts {
        let nodes = &self.groups.nodes;
        let mut texts = Texts { new: Vec::new(), of: Vec::with_capacity(nodes.len()) };
        for &doc in &nodes.document {
            let is_known = self.groups.known_texts.contains(&doc);
            texts.of.push(if is_known { NOWHERE } else { texts.new.len() as u32 });
            texts.new.extend((!is_known).then_some(doc));
        }
        texts
    }

    fn write_texts(&self, documents: &[DocId], growing: &mut Growing) -> Result<(), Error> {
        let portions = documents.par_chunks(PORTION).map(|portion| {
            let mut records = self.memory.records.reader();
            let mut articles = Articles::new(self.params, &self.memory.boilerplate);
            let (mut packed, mut ends) = (Vec::new(), Vec::new());
            for &doc in portion {
                articles.again(&self.memory.catalog, doc, &mut records)?;
                pack(articles.ascending_shingles(), &mut packed);
                ends.push(packed.len());
            }
            Ok((packed, ends))
        });
        let packed = portions.collect::<Result<Vec<_>, Error>>()?;
        for (portion, (packed, ends)) in documents.chunks(PORTION).zip(packed) {
            let mut start = 0;
            for (&doc, end) in portion.iter().zip(ends) {
                let catalog = &self.memory.catalog;
                growing.node(&Node {
                    content: catalog.content(doc) as u64,
                    document: doc,
                    filled: catalog.filled(doc),
                    signature: self.memory.signatures.row(doc),
                    set: &packed[start..end],
                })?;
                start = end;
            }
        }
        Ok(())
    }

    fn write_stories(&self, growing: &mut Growing) -> Result<(), Error> {
        let (catalog, mut written) = (&self.memory.catalog, Vec::new());
        for (doc, features) in self.stories {
            written.clear();
            features.write(&mut written);
            growing.story(&Story {
                document: *doc,
                published: catalog.published(*doc),
                words: catalog.words(*doc),
                source: catalog.source(*doc),
                features: &written,
            })?;
        }
        Ok(())
    }
}

/// Texts that are new.
struct Texts {
    /// A document of each.
    new: Vec<DocId>,
    /// The place of each node's text among them.
    of: Vec<u32>,
}

fn in_order(earlier: &HashMap<u64, Earlier>) -> Vec<&Earlier> {
    let mut earlier: Vec<&Earlier> = earlier.values().collect();
    earlier.sort_unstable_by_key(|earlier| earlier.serial);
    earlier
}

fn without_documents(earlier: &Earlier) -> Name<'_> {
    Name { serial: earlier.serial, name: &earlier.name, first_seen: earlier.first_seen, documents: 0 }
}
