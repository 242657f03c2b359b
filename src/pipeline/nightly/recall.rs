//! Tonight's groups to remembered ones.
//!
//! Every remembered signature passes by once and asks which of tonight's texts share a bucket with it
//! ([`crate::lsh::Probe`]); those that an estimate does not rule out are compared, tonight's shingles read again, the
//! remembered ones unpacked. One near-duplicate joins tonight's group to the remembered one, and two that are joined by
//! tonight's documents become one: the one that came up first stays. A text that is remembered to the letter joins
//! unseen, and so does a new version of a known id.
//!
//! Time: a look at each remembered signature, and a comparison for each candidate until one joins; memory: up to
//! [`MOST`] candidates for two groups. Bad case: a million remembered versions of one page, all of which are estimated.

use super::Change;
use crate::document::DocId;
use crate::error::Error;
use crate::group::UnionFind;
use crate::lsh::Probe;
use crate::params::Params;
use crate::pipeline::article::Articles;
use crate::pipeline::duplicates::Groups;
use crate::pipeline::read::Remembered;
use crate::sketch::equal_slots;
use crate::stats::{Stages, Unit, Watch};
use crate::store::{Earlier, Store, Unpacked};
use crate::verify::EstimateBound;
use ahash::{HashMap, HashSet};
use rayon::prelude::*;
use std::ops::Range;

/// Remembered texts that ask at once.
const BLOCK: usize = 2048;
/// So many blocks are gone through before candidates are sorted out.
const BLOCKS: usize = 512;
/// Candidates that are kept of two groups: the likeliest.
const MOST: usize = 32;
/// Groups compared by one thread at a time.
const PORTION: usize = 64;

/// A text of tonight's and a remembered one that may be near-duplicates. In the order in which they are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Candidate {
    /// Who stands for tonight's group.
    head: DocId,
    /// The remembered group.
    group: u64,
    /// Slots that differ; nothing, and `is_same`, where they are the same to the letter.
    unequal: u16,
    is_new: bool,
    night: u32,
    text: u32,
    node: u32,
}

/// Tonight's groups, joined to remembered ones.
#[derive(serde::Serialize, serde::Deserialize)]
pub(super) struct Recalled {
    pub(super) groups: Groups,
    /// The names that ended.
    pub(super) changes: Vec<Change>,
    /// The groups whose names took the place of others, by serial.
    pub(super) stayed: HashMap<u64, Earlier>,
    /// The events of those that ended, each with that of the group that took its place.
    pub(super) merged: Vec<(u64, u64)>,
}

/// Joins tonight's groups to remembered ones.
pub(super) fn recall(
    store: &Store,
    memory: &Remembered,
    groups: Groups,
    params: &Params,
    stages: &mut Stages,
) -> Result<Recalled, Error> {
    let recall = Recall { store, memory, groups: &groups, params };
    let texts: usize = (0..store.nights()).map(|night| store.texts(night)).sum();
    let (joined, known_texts) = stages.stage("recall", Some(texts as u64), Unit::Documents, |watch| {
        let (candidates, known_texts) = recall.candidates(watch)?;
        let mut joined = recall.compared(&candidates)?;
        joined.extend(memory.met.versions.iter().map(|&(doc, group)| (groups.representative[doc as usize], group)));
        joined.extend(recall.namesakes(&joined)?);
        Ok::<_, Error>(((joined, known_texts), texts as u64, 0))
    })?;
    let Together { representative, serials, ended } = recall.together(&joined);
    let mut known = store.groups(&serials.values().copied().chain(ended.iter().map(|ended| ended.0)).collect())?;
    let changes = ended.iter().map(|&serials| Change::of("group", serials, &known)).collect();
    let event = |serial: u64| known.get(&serial).map(|group| group.event);
    let merged = ended.iter().filter_map(|&(old, now)| Some((event(old)?, event(now)?))).collect();
    // What ended is part of what took its place.
    for (old, now) in &ended {
        let documents = known.get(old).map_or(0, |group| group.documents);
        known.entry(*now).and_modify(|group| group.documents += documents);
    }
    let earlier: HashMap<DocId, Earlier> =
        serials.into_iter().filter_map(|(head, serial)| Some((head, known.get(&serial)?.clone()))).collect();
    let mut groups = Groups { representative, earlier, known_texts, ..groups };
    let similarities = similarities(store, memory, &groups, params)?;
    similarities.into_iter().for_each(|(doc, similarity)| groups.similarity[doc as usize] = similarity);
    let stays: HashSet<u64> = ended.iter().map(|&(_, now)| now).collect();
    known.retain(|serial, _| stays.contains(serial));
    Ok(Recalled { groups, changes, stayed: known, merged })
}

/// What is one.
struct Together {
    /// Who stands for each document.
    representative: Vec<DocId>,
    /// The remembered group that one stands for.
    serials: HashMap<DocId, u64>,
    /// The groups that end, each with the one that it becomes part of.
    ended: Vec<(u64, u64)>,
}

struct Recall<'a> {
    store: &'a Store,
    memory: &'a Remembered,
    groups: &'a Groups,
    params: &'a Params,
}

impl Recall<'_> {
    /// The candidates, in order; and the documents of texts that are remembered to the letter.
    fn candidates(&self, watch: &dyn Watch) -> Result<(Vec<Candidate>, HashSet<DocId>), Error> {
        let nodes = &self.groups.nodes;
        let probe = Probe::new(&self.memory.signatures, nodes, self.params.shape());
        let content = |&doc: &DocId| self.memory.catalog.content(doc) as u64;
        let same: HashMap<u64, u32> = nodes.document.iter().map(content).zip(0..).collect();
        let bound = EstimateBound::new(self.params.verify.threshold, self.params.sketch.slots);
        let blocks: Vec<(usize, Range<usize>)> = (0..self.store.nights())
            .flat_map(|night| {
                let texts = self.store.texts(night);
                (0..texts).step_by(BLOCK).map(move |start| (night, start..texts.min(start + BLOCK)))
            })
            .collect();
        let (mut all, mut known_texts): (Vec<Candidate>, HashSet<DocId>) = Default::default();
        for together in blocks.chunks(BLOCKS) {
            let found = together.par_iter().map(|(night, texts)| {
                let found = self.of_block(&probe, &same, &bound, *night, texts.clone());
                watch.advance(texts.len() as u64);
                found
            });
            let found = found.collect::<Result<Vec<_>, Error>>()?;
            let same = found.iter().flatten().filter(|candidate| !candidate.is_new);
            known_texts.extend(same.map(|candidate| nodes.document[candidate.node as usize]));
            all.extend(found.into_iter().flatten());
            likeliest(&mut all);
        }
        Ok((all, known_texts))
    }

    fn of_block(
        &self,
        probe: &Probe,
        same: &HashMap<u64, u32>,
        bound: &EstimateBound,
        night: usize,
        texts: Range<usize>,
    ) -> Result<Vec<Candidate>, Error> {
        let slots = self.params.sketch.slots;
        let signatures = self.store.signatures(night, texts.clone())?;
        let contents: Vec<(u64, u16)> = self.store.contents(night, texts.clone())?.collect();
        let mut met: Vec<(usize, u32)> = Vec::new();
        probe.ask(signatures, slots, |at, node| met.push((at, node)));
        met.sort_unstable();
        met.dedup();
        let mut found = Vec::new();
        let mut candidate = |at: usize, node: u32, unequal: u16, is_new: bool| {
            let text = (texts.start + at) as u32;
            let head = self.groups.representative[self.groups.nodes.document[node as usize] as usize];
            let group = self.store.group_of_text(night, text)?;
            found.push(Candidate { head, group, unequal, is_new, night: night as u32, text, node });
            Ok::<_, Error>(())
        };
        for (at, (content, _)) in contents.iter().enumerate() {
            if let Some(&node) = same.get(content) {
                candidate(at, node, 0, false)?;
            }
        }
        for (at, node) in met {
            let doc = self.groups.nodes.document[node as usize];
            let equal = equal_slots(self.memory.signatures.row(doc), &signatures[at * slots..][..slots]);
            if bound.allows(equal, self.memory.catalog.filled(doc).max(contents[at].1)) {
                candidate(at, node, (slots - equal) as u16, true)?;
            }
        }
        self.store.let_go(night);
        Ok(found)
    }

    /// Compares candidates until tonight's group is joined to the remembered one, and tells which are.
    fn compared(&self, candidates: &[Candidate]) -> Result<Vec<(DocId, u64)>, Error> {
        let heads: Vec<&[Candidate]> = candidates.chunk_by(|a, b| a.head == b.head).collect();
        let portions = heads.par_chunks(PORTION).map(|portion| {
            let mut reading = Reading::new(self.memory, self.params);
            let mut joined = Vec::new();
            for candidates in portion.iter().flat_map(|of_head| of_head.chunk_by(|a, b| a.group == b.group)) {
                for candidate in candidates {
                    if self.joins(candidate, &mut reading)? {
                        joined.push((candidate.head, candidate.group));
                        break;
                    }
                }
            }
            Ok(joined)
        });
        Ok(portions.collect::<Result<Vec<_>, Error>>()?.concat())
    }

    fn joins(&self, candidate: &Candidate, reading: &mut Reading) -> Result<bool, Error> {
        if !candidate.is_new {
            return Ok(true);
        }
        let set = self.store.set(candidate.night as usize, candidate.text)?;
        let shingles = reading.shingles(self.groups.nodes.document[candidate.node as usize])?;
        Ok(self.params.verify.joins(&set.overlap(shingles)))
    }

    /// Documents that would give a new group a name that a remembered one has: it was named after one that is forgotten.
    fn namesakes(&self, joined: &[(DocId, u64)]) -> Result<Vec<(DocId, u64)>, Error> {
        let joined: HashSet<DocId> = joined.iter().map(|&(head, _)| head).collect();
        let heads = self.memory.catalog.documents().filter(|&doc| self.groups.stands(doc) && !joined.contains(&doc));
        let heads: HashMap<&str, DocId> = heads.map(|head| (self.memory.catalog.id(head), head)).collect();
        let named = self.store.named(&heads.keys().copied().collect(), false)?;
        Ok(named.into_iter().filter_map(|(name, serial)| Some((*heads.get(&*name)?, serial))).collect())
    }

    /// Makes one of all that is joined.
    fn together(&self, joined: &[(DocId, u64)]) -> Together {
        let mut serials: Vec<u64> = joined.iter().map(|&(_, group)| group).collect();
        serials.sort_unstable();
        serials.dedup();
        let place = |serial: u64| serials.partition_point(|&other| other < serial) as u32;
        // Remembered groups first, so that the least of a set is the one that came up first.
        let order = &self.groups.order;
        let mut rank = vec![0u32; order.len()];
        order.iter().zip(serials.len() as u32..).for_each(|(&doc, at)| rank[doc as usize] = at);
        let sets = UnionFind::new(serials.len() + order.len());
        for &(head, group) in joined {
            sets.join(place(group), rank[head as usize]);
        }
        let now = |(at, &serial): (u32, &u64)| (serial, serials[sets.least(at) as usize]);
        let ended = (0..).zip(&serials).map(now).filter(|(old, now)| old != now).collect();
        let (mut standing, mut remembered) = (HashMap::default(), HashMap::default());
        for &doc in order.iter().filter(|&&doc| self.groups.stands(doc)) {
            let set = sets.least(rank[doc as usize]) as usize;
            if let Some(&serial) = serials.get(set) {
                let head = *standing.entry(serial).or_insert(doc);
                remembered.insert(head, serial);
            }
        }
        let mut stands_for = |&head: &DocId| {
            let set = sets.least(rank[head as usize]) as usize;
            serials.get(set).map_or(head, |serial| standing[serial])
        };
        let representative = self.groups.representative.iter().map(&mut stands_for).collect();
        Together { representative, serials: remembered, ended }
    }
}

/// Keeps the likeliest candidates of any two groups. What is kept does not depend on how often this is done.
fn likeliest(candidates: &mut Vec<Candidate>) {
    candidates.par_sort_unstable();
    let (mut before, mut count) = (None, 0);
    candidates.retain(|candidate| {
        let here = Some((candidate.head, candidate.group));
        count = if before == here { count + 1 } else { 0 };
        before = here;
        count < MOST
    });
}

/// Tonight's shingles, read again.
struct Reading<'a> {
    memory: &'a Remembered,
    records: crate::records::Reader<'a>,
    articles: Articles<'a>,
    doc: Option<DocId>,
    shingles: Vec<u64>,
}

impl<'a> Reading<'a> {
    fn new(memory: &'a Remembered, params: &'a Params) -> Self {
        let articles = Articles::new(params, &memory.boilerplate);
        Reading { memory, records: memory.records.reader(), articles, doc: None, shingles: Vec::new() }
    }

    /// A document's shingles, ascending, without repeats.
    fn shingles(&mut self, doc: DocId) -> Result<&[u64], Error> {
        if self.doc != Some(doc) {
            self.articles.again(&self.memory.catalog, doc, &mut self.records)?;
            self.shingles.clear();
            self.shingles.extend_from_slice(self.articles.ascending_shingles());
            self.doc = Some(doc);
        }
        Ok(&self.shingles)
    }
}

/// How similar each document of a remembered group is to its representative; where that is forgotten, to the one that
/// stands for it, as it was.
fn similarities(
    store: &Store,
    memory: &Remembered,
    groups: &Groups,
    params: &Params,
) -> Result<Vec<(DocId, f64)>, Error> {
    let documents: Vec<DocId> = memory.catalog.documents().filter(|&doc| groups.earlier(doc).is_some()).collect();
    let mut by_group = documents;
    by_group.sort_unstable_by_key(|&doc| (groups.representative[doc as usize], doc));
    let portions = by_group.par_chunks(PORTION).map(|portion| {
        let mut reading = Reading::new(memory, params);
        let mut representative: Option<((usize, u32), Unpacked)> = None;
        let mut found = Vec::new();
        for &doc in portion {
            let Some(at) = groups.earlier(doc).and_then(|earlier| earlier.representative) else { continue };
            if representative.as_ref().is_none_or(|(known, _)| *known != at) {
                representative = Some((at, store.set(at.0, at.1)?));
            }
            if let Some((_, set)) = &representative {
                found.push((doc, set.overlap(reading.shingles(doc)?).similarity()));
            }
        }
        Ok(found)
    });
    Ok(portions.collect::<Result<Vec<_>, Error>>()?.concat())
}
