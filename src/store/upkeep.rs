//! Looking after a store: what it holds, whether it is whole, what must go.
//!
//! A night that changes is written anew under another number, and the manifest puts it in the place of the old one.

use super::file::{Checked, Entry, damaged};
use super::half::Half;
use super::known::of_id;
use super::manifest::NightEntry;
use super::segment::{
    DocumentRow, EventRow, GroupRow, Growing, KeyRow, Kind, NONE, Name, NodeRow, StoryRow, UNDATED, folder,
};
use super::{Document, Node, Segment, Store, day_name};
use crate::error::Error;
use crate::hash;
use ahash::{HashMap, HashSet};
use serde::Serialize;
use std::collections::BTreeMap;

/// What a store holds, in numbers.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Stats {
    /// The nights, in the order in which they were added.
    pub nights: Vec<NightStats>,
    /// Documents, over all nights.
    pub documents: u64,
    /// Texts: documents but for exact copies.
    pub texts: u64,
    /// Groups.
    pub groups: u64,
    /// Events.
    pub events: u64,
    /// Names that ended and are still known.
    pub ended_names: u64,
    /// Bytes of all files.
    pub bytes: u64,
    /// Bytes of each kind of file.
    pub bytes_by_file: BTreeMap<String, u64>,
    /// Bytes of signatures and keys, a document.
    pub key_bytes_per_document: f64,
}

/// What is held of a night.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct NightStats {
    /// Its day.
    pub night: String,
    /// Documents that were new.
    pub documents: u64,
    /// Texts among them that were new.
    pub texts: u64,
    /// Groups they are in.
    pub groups: u64,
    /// Events they are in.
    pub events: u64,
    /// Bytes of its files.
    pub bytes: u64,
    /// Whether its stories are compared with tonight's.
    pub in_window: bool,
}

/// A document as it is remembered.
#[derive(Debug, Clone, Serialize)]
#[allow(missing_docs, reason = "the contract's columns, by their names")]
pub struct Exported<'a> {
    pub id: &'a str,
    pub night: &'a str,
    pub published: Option<String>,
    pub group: &'a str,
    pub event: &'a str,
    pub first_seen: &'a str,
}

/// What is signed by [`Stats::key_bytes_per_document`].
const KEYS: [Kind; 3] = [Kind::Keys, Kind::Nodes, Kind::Signatures];

impl Store {
    /// What the store holds.
    pub fn stats(&self) -> Result<Stats, Error> {
        let mut stats = Stats::default();
        let (mut groups, mut events) = (Vec::new(), Vec::new());
        for night in &self.nights {
            let entry = &night.entry;
            let bytes = entry.files.values().map(Entry::size).sum();
            stats.nights.push(NightStats {
                night: day_name(entry.day),
                documents: entry.documents,
                texts: entry.nodes,
                groups: entry.groups,
                events: entry.events,
                bytes,
                in_window: night.has_stories(),
            });
            (stats.documents, stats.texts) = (stats.documents + entry.documents, stats.texts + entry.nodes);
            stats.bytes += bytes;
            for (kind, file) in &entry.files {
                *stats.bytes_by_file.entry(kind.clone()).or_default() += file.size();
            }
            stats.ended_names += night.file(Kind::Ended)?.count::<super::segment::EndedRow>() as u64;
            let documents = |row: &&GroupRow| row.documents > 0;
            groups.extend(
                night
                    .file(Kind::Groups)?
                    .all::<GroupRow>()?
                    .iter()
                    .filter(documents)
                    .map(|row| self.ended.now(row.serial)),
            );
            let documents = |row: &&EventRow| row.documents > 0;
            events.extend(
                night
                    .file(Kind::Events)?
                    .all::<EventRow>()?
                    .iter()
                    .filter(documents)
                    .map(|row| self.ended.now(row.serial)),
            );
        }
        let distinct = |serials: &mut Vec<u64>| {
            serials.sort_unstable();
            serials.dedup();
            serials.len() as u64
        };
        (stats.groups, stats.events) = (distinct(&mut groups), distinct(&mut events));
        let keys: u64 = KEYS.iter().filter_map(|kind| stats.bytes_by_file.get(kind.name())).sum();
        stats.key_bytes_per_document = keys as f64 / stats.documents.max(1) as f64;
        Ok(stats)
    }

    /// All that is wrong with the store: every byte is looked at.
    pub fn check(&self) -> Vec<Error> {
        let mut wrong: Vec<Error> = Vec::new();
        for night in &self.nights {
            for kind in Kind::ALL.into_iter().filter(|kind| night.entry.files.contains_key(kind.name())) {
                wrong.extend(night.file(kind).and_then(Checked::check).err());
            }
            wrong.extend(self.fits(night).err());
        }
        wrong
    }

    /// Whether the files of a night fit one another.
    fn fits(&self, night: &Segment) -> Result<(), Error> {
        let entry = &night.entry;
        let documents = night.file(Kind::Documents)?.all::<DocumentRow>()?;
        let nodes = night.file(Kind::Nodes)?.all::<NodeRow>()?;
        let keys = night.file(Kind::Keys)?.all::<KeyRow>()?;
        let groups = night.file(Kind::Groups)?.all::<GroupRow>()?;
        let slots = night.file(Kind::Signatures)?.count::<u16>();
        let counts = [documents.len(), nodes.len(), groups.len(), keys.len(), slots].map(|count| count as u64);
        let told = [
            entry.documents,
            entry.nodes,
            entry.groups,
            entry.documents,
            entry.nodes * self.manifest.reading.slots as u64,
        ];
        let is_in = |at: u32, count: usize| (at as usize) < count;
        let fit = counts == told
            && documents
                .iter()
                .all(|row| is_in(row.group, groups.len()) && (row.node == NONE || is_in(row.node, nodes.len())))
            && nodes.iter().all(|row| is_in(row.document, documents.len()))
            && groups.iter().all(|row| u64::from(row.event) < entry.events)
            && keys.is_sorted_by_key(KeyRow::hash);
        if !fit {
            return Err(damaged(&self.dir.join(folder(entry.segment)), "its files do not fit one another"));
        }
        for row in keys {
            if !is_in(row.document, documents.len()) || hash::bytes(night.id(row.document)?.as_bytes()) != row.hash() {
                return Err(damaged(&self.dir.join(folder(entry.segment)), "its keys are not those of its documents"));
            }
        }
        Ok(())
    }

    /// Hands every document that is remembered to `take`, night by night.
    pub fn export(&self, mut take: impl FnMut(&Exported) -> Result<(), Error>) -> Result<(), Error> {
        for segment in &self.nights {
            let rows = segment.file(Kind::Groups)?.all::<GroupRow>()?;
            let groups = self.groups(&rows.iter().map(|row| self.ended.now(row.serial)).collect())?;
            let events = self.events(&groups.values().map(|group| group.event).collect())?;
            let night = day_name(segment.entry.day);
            for (at, row) in (0..).zip(segment.file(Kind::Documents)?.all::<DocumentRow>()?) {
                let group = groups.get(&self.ended.now(segment.group(row.group)?.serial));
                let missing = || damaged(&self.dir, "a group has no name");
                let group = group.ok_or_else(missing)?;
                let event = events.get(&group.event).ok_or_else(missing)?;
                let time = Some(row.published).filter(|&time| time != UNDATED);
                take(&Exported {
                    id: segment.id(at)?,
                    night: &night,
                    published: time.and_then(crate::input::rfc3339),
                    group: &group.name,
                    event: &event.name,
                    first_seen: &day_name(group.first_seen),
                })?;
            }
        }
        Ok(())
    }

    /// Forgets the documents with these ids, all their versions; fails where one is not known, and then forgets none. What is
    /// named after one keeps its name while other documents are in it.
    pub fn forget(&mut self, ids: &[String]) -> Result<u64, Error> {
        let mut gone: Vec<HashSet<u32>> = vec![HashSet::default(); self.nights.len()];
        for id in ids {
            let before: usize = gone.iter().map(HashSet::len).sum();
            for (night, gone) in self.nights.iter().zip(&mut gone) {
                gone.extend(of_id(night, hash::bytes(id.as_bytes()), id)?);
            }
            if gone.iter().map(HashSet::len).sum::<usize>() == before {
                return Err(Error::UnknownId { dir: self.dir.clone(), id: id.clone(), hint: None });
            }
        }
        let forgotten = gone.iter().map(|gone| gone.len() as u64).sum();
        let changed: HashSet<usize> = (0..gone.len()).filter(|&night| !gone[night].is_empty()).collect();
        self.rewrite(&changed, |night, document| gone[night].contains(&document), false)?;
        Ok(forgotten)
    }

    /// Writes every night anew by the names that hold now, so that none that ended are remembered; where none has ended,
    /// that is done.
    pub fn compact(&mut self) -> Result<(), Error> {
        if self.ended.is_empty() {
            return Ok(());
        }
        let all = (0..self.nights.len()).collect();
        self.rewrite(&all, |_, _| false, true)
    }

    /// Writes some nights anew: without documents that are `gone`, and, if asked to, by the names that hold now.
    fn rewrite(
        &mut self,
        nights: &HashSet<usize>,
        gone: impl Fn(usize, u32) -> bool,
        renames: bool,
    ) -> Result<(), Error> {
        let (mut manifest, mut halves, empty) = (self.manifest.clone(), Vec::new(), self.emptied(&gone)?);
        for night in 0..self.nights.len() {
            if nights.contains(&night)
                || self.nights[night].names_any(|serial| empty.contains(&self.ended.now(serial)))?
            {
                let growing = Growing::create(&self.dir, manifest.next_segment)?;
                manifest.next_segment += 1;
                let again = Again { store: self, segment: &self.nights[night], renames, empty: &empty };
                let (entry, half) = again.write(growing, |document| gone(night, document))?;
                manifest.nights[night] = entry;
                halves.push(half);
            }
        }
        let ready = self.written(manifest, halves)?;
        self.remember(ready)
    }

    /// The serials of groups and events that had documents, all of which are `gone`.
    fn emptied(&self, gone: impl Fn(usize, u32) -> bool) -> Result<HashSet<u64>, Error> {
        let mut emptied = HashSet::default();
        // What is gone first, so that of all that stays nothing is held.
        self.serials(&gone, |serial| _ = emptied.insert(serial))?;
        if !emptied.is_empty() {
            self.serials(|night, document| !gone(night, document), |serial| _ = emptied.remove(&serial))?;
        }
        Ok(emptied)
    }

    /// Hands the serials of group and event of every document that is one `of` some to `take`.
    fn serials(&self, of: impl Fn(usize, u32) -> bool, mut take: impl FnMut(u64)) -> Result<(), Error> {
        for (at, night) in self.nights.iter().enumerate() {
            let groups = night.file(Kind::Groups)?.all::<GroupRow>()?;
            let events = night.file(Kind::Events)?.all::<EventRow>()?;
            let documents = (0..).zip(night.file(Kind::Documents)?.all::<DocumentRow>()?);
            for (_, row) in documents.filter(|&(document, _)| of(at, document)) {
                let group = groups[row.group as usize];
                take(self.ended.now(group.serial));
                take(self.ended.now(events[group.event as usize].serial));
            }
        }
        Ok(())
    }
}

/// A night being written anew.
struct Again<'a> {
    store: &'a Store,
    segment: &'a Segment,
    renames: bool,
    /// The serials of what no document is of any more.
    empty: &'a HashSet<u64>,
}

/// Names of a night by serial, each with its documents.
struct Names {
    names: Vec<(u64, String, i32, u32)>,
    /// Of each of the old ones, its place now; [`NONE`], where it has none.
    place: Vec<u32>,
}

impl Names {
    /// One for each of the serials that `stays`; `known` names and dates them, and `documents` are those of the old places.
    fn of(
        serials: &[u64],
        documents: &[u32],
        stays: impl Fn(u64) -> bool,
        known: impl Fn(usize) -> (String, i32),
    ) -> Names {
        let mut places: HashMap<u64, u32> = HashMap::default();
        let mut names: Vec<(u64, String, i32, u32)> = Vec::new();
        let mut place = Vec::with_capacity(serials.len());
        for (at, &serial) in serials.iter().enumerate() {
            if !stays(serial) {
                place.push(NONE);
                continue;
            }
            let at_now = *places.entry(serial).or_insert_with(|| {
                let (name, first_seen) = known(at);
                names.push((serial, name, first_seen, 0));
                names.len() as u32 - 1
            });
            names[at_now as usize].3 += documents[at];
            place.push(at_now);
        }
        Names { names, place }
    }
}

impl Again<'_> {
    fn serial(&self, serial: u64) -> u64 {
        if self.renames { self.store.ended.now(serial) } else { serial }
    }

    fn write(&self, mut growing: Growing, gone: impl Fn(u32) -> bool) -> Result<(NightEntry, Half), Error> {
        let segment = self.segment;
        let documents = segment.file(Kind::Documents)?.all::<DocumentRow>()?;
        let stays: Vec<u32> = (0..documents.len() as u32).filter(|&document| !gone(document)).collect();
        let rows = segment.file(Kind::Groups)?.all::<GroupRow>()?;
        let event_rows = segment.file(Kind::Events)?.all::<EventRow>()?;
        // How many documents are left of each, by the places of now.
        let (mut of_group, mut of_event) = (vec![0u32; rows.len()], vec![0u32; event_rows.len()]);
        for &document in &stays {
            let group = documents[document as usize].group as usize;
            of_group[group] += 1;
            of_event[rows[group].event as usize] += 1;
        }
        let groups = self.store.groups(&rows.iter().map(|row| self.serial(row.serial)).collect())?;
        let events = self.store.events(&event_rows.iter().map(|row| self.serial(row.serial)).collect())?;
        let is_left = |serial: u64| !self.empty.contains(&self.store.ended.now(serial));
        let named = rows.iter().filter(|row| is_left(row.serial)).map(|row| event_rows[row.event as usize].serial);
        let named: HashSet<u64> = named.map(|serial| self.serial(serial)).collect();
        let serials: Vec<u64> = event_rows.iter().map(|row| self.serial(row.serial)).collect();
        let event_names = Names::of(
            &serials,
            &of_event,
            |serial| is_left(serial) || named.contains(&serial),
            |at| match events.get(&serials[at]).filter(|_| self.renames) {
                Some(event) => (event.name.clone(), event.first_seen),
                None => (segment.event_name(at as u32).unwrap_or_default().to_owned(), event_rows[at].first_seen),
            },
        );
        for (serial, name, first_seen, documents) in &event_names.names {
            // Whether it is named after a document of this night is asked only to save a look.
            growing.event(&Name { serial: *serial, name, first_seen: *first_seen, documents: *documents }, false)?;
        }
        let serials: Vec<u64> = rows.iter().map(|row| self.serial(row.serial)).collect();
        let names =
            Names::of(&serials, &of_group, is_left, |at| match groups.get(&serials[at]).filter(|_| self.renames) {
                Some(group) => (group.name.clone(), group.first_seen),
                None => (segment.group_name(at as u32).unwrap_or_default().to_owned(), rows[at].first_seen),
            });
        let nodes = segment.file(Kind::Nodes)?.all::<NodeRow>()?;
        // A text stays while a document of the night has it.
        let mut first: Vec<u32> = vec![NONE; nodes.len()];
        for (place, &document) in (0..).zip(&stays) {
            if let Some(first) =
                first.get_mut(documents[document as usize].node as usize).filter(|first| **first == NONE)
            {
                *first = place;
            }
        }
        let mut node_now = vec![NONE; nodes.len()];
        (0..).zip((0..nodes.len()).filter(|&node| first[node] != NONE)).for_each(|(now, node)| node_now[node] = now);
        let mut representative = vec![None; names.names.len()];
        for (at, row) in rows.iter().enumerate().filter(|(_, row)| row.node != NONE) {
            let node = node_now.get(row.node as usize).copied().filter(|&node| node != NONE);
            // Of names that have become one, the representative of the one that stayed.
            if row.serial == serials[at] && names.place[at] != NONE {
                representative[names.place[at] as usize] = node;
            }
        }
        let mut event_of = vec![0u32; names.names.len()];
        for (at, row) in rows.iter().enumerate().filter(|(at, _)| names.place[*at] != NONE) {
            event_of[names.place[at] as usize] = event_names.place[row.event as usize];
        }
        for (at, (serial, name, first_seen, documents)) in names.names.iter().enumerate() {
            let name = Name { serial: *serial, name, first_seen: *first_seen, documents: *documents };
            growing.group(&name, event_of[at], representative[at])?;
        }
        for &document in &stays {
            let DocumentRow { published, content, group, node, .. } = documents[document as usize];
            growing.document(&Document {
                id: segment.id(document)?,
                published: Some(published).filter(|&time| time != UNDATED),
                content,
                group: names.place[group as usize],
                node: node_now.get(node as usize).copied(),
            })?;
        }
        for (node, row) in nodes.iter().enumerate().filter(|&(node, _)| first[node] != NONE) {
            let (signature, set) = (segment.signature(node as u32)?, segment.set(node as u32)?);
            growing.node(&Node { content: row.content, document: first[node], filled: row.filled, signature, set })?;
        }
        if segment.has_stories() {
            let mut place = vec![NONE; documents.len()];
            (0..).zip(&stays).for_each(|(now, &document)| place[document as usize] = now);
            for (at, row) in segment.file(Kind::Stories)?.all::<StoryRow>()?.iter().enumerate() {
                let document = place[row.document as usize];
                if document != NONE {
                    growing.story_again(row, document, segment.features(at)?)?;
                }
            }
        } else {
            growing.leave_out(&Kind::OF_STORIES)?;
        }
        if !self.renames {
            for row in segment.file(Kind::Ended)?.all::<super::segment::EndedRow>()? {
                growing.ended(row.serial, row.into)?;
            }
        }
        growing.finish(NightEntry::new(segment.entry.day, segment.entry.inputs.clone()))
    }
}
