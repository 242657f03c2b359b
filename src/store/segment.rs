//! What is remembered of one night, in files that are written once.
//!
//! | file | of each | holds |
//! |---|---|---|
//! | `documents` | new document, in the order of arrival | time, hash of its words, group, node; where its id ends in `ids` |
//! | `keys` | document, by the hash of its id | that hash, and which document it is |
//! | `nodes` | text that no earlier document had | hash of its words, first document, filled slots; where its set ends in `sets` |
//! | `signatures` | node | its slots, as they are compared |
//! | `sets` | node | its shingles, [packed](super::pack): cold, looked at for candidates only |
//! | `groups` | group that the night's documents are in | serial, first night, event, node of the representative; its name in `group_names` |
//! | `events` | event, likewise | serial, first night; its name in `event_names` |
//! | `stories` | group that is new | time, source, length; its terms in `features`. Let go when they have left the window of events |
//! | `ended` | name that ended | its serial, and that of the name that took its place |
//!
//! A night names all that its documents belong to, so that any other night may be forgotten. Serials are given in the order
//! in which names come up, and never again: they are what a name means.

use super::file::{Checked, Writer, damaged};
use super::half::Half;
use super::manifest::NightEntry;
use crate::document::DocId;
use crate::error::Error;
use crate::hash;
use crate::sketch::Slot;
use bytemuck::{Pod, Zeroable};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// No node, or no time.
pub(super) const NONE: u32 = u32::MAX;
pub(super) const UNDATED: i64 = i64::MIN;

/// The files of a night.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Documents,
    Ids,
    Keys,
    Nodes,
    Signatures,
    Sets,
    Groups,
    GroupNames,
    Events,
    EventNames,
    Stories,
    Features,
    Ended,
}

impl Kind {
    pub(super) const ALL: [Kind; 13] = [
        Kind::Documents,
        Kind::Ids,
        Kind::Keys,
        Kind::Nodes,
        Kind::Signatures,
        Kind::Sets,
        Kind::Groups,
        Kind::GroupNames,
        Kind::Events,
        Kind::EventNames,
        Kind::Stories,
        Kind::Features,
        Kind::Ended,
    ];

    /// Those that only events look at.
    pub(super) const OF_STORIES: [Kind; 2] = [Kind::Stories, Kind::Features];

    pub(super) fn name(self) -> &'static str {
        match self {
            Kind::Documents => "documents",
            Kind::Ids => "ids",
            Kind::Keys => "keys",
            Kind::Nodes => "nodes",
            Kind::Signatures => "signatures",
            Kind::Sets => "sets",
            Kind::Groups => "groups",
            Kind::GroupNames => "group_names",
            Kind::Events => "events",
            Kind::EventNames => "event_names",
            Kind::Stories => "stories",
            Kind::Features => "features",
            Kind::Ended => "ended",
        }
    }
}

#[derive(Debug, Clone, Copy, Pod, Zeroable)]
#[repr(C)]
pub(super) struct DocumentRow {
    pub(super) published: i64,
    /// The hash of its words, boilerplate and all.
    pub(super) content: u64,
    pub(super) id_end: u64,
    pub(super) group: u32,
    pub(super) node: u32,
}

#[derive(Debug, Clone, Copy, Pod, Zeroable)]
#[repr(C)]
pub(super) struct KeyRow {
    /// The low and the high half of the hash of an id.
    pub(super) hash: [u32; 2],
    pub(super) document: u32,
}

impl KeyRow {
    pub(super) fn hash(&self) -> u64 {
        u64::from(self.hash[1]) << 32 | u64::from(self.hash[0])
    }
}

#[derive(Debug, Clone, Copy, Pod, Zeroable)]
#[repr(C)]
pub(super) struct NodeRow {
    /// The hash of its words, without boilerplate.
    pub(super) content: u64,
    pub(super) set_end: u64,
    pub(super) document: u32,
    pub(super) filled: u16,
    pub(super) zero: u16,
}

#[derive(Debug, Clone, Copy, Pod, Zeroable)]
#[repr(C)]
pub(super) struct GroupRow {
    pub(super) serial: u64,
    pub(super) name_end: u64,
    pub(super) first_seen: i32,
    /// Documents of this night.
    pub(super) documents: u32,
    pub(super) event: u32,
    /// The representative's, if that is of this night.
    pub(super) node: u32,
}

#[derive(Debug, Clone, Copy, Pod, Zeroable)]
#[repr(C)]
pub(super) struct EventRow {
    pub(super) serial: u64,
    pub(super) name_end: u64,
    pub(super) first_seen: i32,
    /// Documents of this night.
    pub(super) documents: u32,
    /// Whether the document after which it is named is of this night.
    pub(super) is_named_here: u32,
    pub(super) zero: u32,
}

#[derive(Debug, Clone, Copy, Pod, Zeroable)]
#[repr(C)]
pub(super) struct StoryRow {
    pub(super) published: i64,
    /// The hash of its source; nothing, where it has none.
    pub(super) source: u64,
    pub(super) features_end: u64,
    pub(super) document: u32,
    pub(super) words: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Pod, Zeroable)]
#[repr(C)]
pub(super) struct EndedRow {
    pub(super) serial: u64,
    pub(super) into: u64,
}

/// A document to be remembered.
#[derive(Debug, Clone, Copy)]
pub struct Document<'a> {
    /// Its id.
    pub id: &'a str,
    /// Seconds since 1970, where known.
    pub published: Option<i64>,
    /// The hash of its words, boilerplate and all.
    pub content: u64,
    /// Its group, by its place among those of the night.
    pub group: u32,
    /// Its text, by its place among the nodes of the night; none where an earlier night has it.
    pub node: Option<u32>,
}

/// A text to be remembered.
#[derive(Debug, Clone, Copy)]
pub struct Node<'a> {
    /// The hash of its words, without boilerplate.
    pub content: u64,
    /// Its first document, by its place in the night.
    pub document: u32,
    /// Slots that a shingle fell into.
    pub filled: u16,
    /// Its signature.
    pub signature: &'a [Slot],
    /// Its shingles, packed.
    pub set: &'a [u8],
}

/// A name to be remembered, of a group or an event.
#[derive(Debug, Clone, Copy)]
pub struct Name<'a> {
    /// What it means.
    pub serial: u64,
    /// How it is written.
    pub name: &'a str,
    /// The day of the night on which it came up, counted from 1970.
    pub first_seen: i32,
    /// Its documents of this night.
    pub documents: u32,
}

/// A story to be remembered.
#[derive(Debug, Clone, Copy)]
pub struct Story<'a> {
    /// Its document, by its place in the night.
    pub document: u32,
    /// Seconds since 1970, where known.
    pub published: Option<i64>,
    /// Words of it.
    pub words: u32,
    /// Its source, or nothing.
    pub source: &'a str,
    /// Its terms, as [`crate::event::Features::write`] writes them.
    pub features: &'a [u8],
}

/// The number by which a source is told.
pub fn source_number(source: &str) -> u64 {
    if source.is_empty() { 0 } else { hash::bytes(source.as_bytes()).max(1) }
}

/// What is remembered of a night, being written.
pub struct Growing {
    dir: PathBuf,
    number: u64,
    half: Half,
    writers: BTreeMap<Kind, Writer>,
    keys: Vec<(u64, u32)>,
    counts: BTreeMap<Kind, u64>,
}

impl Growing {
    pub(super) fn create(store: &Path, number: u64) -> Result<Self, Error> {
        let dir = store.join(folder(number));
        let half = Half::folder(&dir).map_err(Error::file("make the folder", &dir))?;
        let writer = |kind: Kind| Ok::<_, Error>((kind, Writer::create(&dir, kind.name())?));
        let writers = Kind::ALL.into_iter().map(writer).collect::<Result<_, _>>()?;
        Ok(Growing { dir, number, half, writers, keys: Vec::new(), counts: BTreeMap::new() })
    }

    fn append(&mut self, kind: Kind, bytes: &[u8]) -> Result<u64, Error> {
        self.writers.get_mut(&kind).map_or(Ok(0), |writer| writer.write(bytes))
    }

    fn row<T: Pod>(&mut self, kind: Kind, row: &T) -> Result<u32, Error> {
        let count = self.counts.entry(kind).or_default();
        let at = *count;
        *count += 1;
        if let Some(writer) = self.writers.get_mut(&kind) {
            writer.row(row)?;
        }
        u32::try_from(at).ok().filter(|&at| at != NONE).ok_or(Error::TooMany)
    }

    /// Adds a document; tells its place.
    pub fn document(&mut self, document: &Document) -> Result<u32, Error> {
        let id_end = self.append(Kind::Ids, document.id.as_bytes())?;
        let Document { published, content, group, node, .. } = *document;
        let (published, node) = (published.unwrap_or(UNDATED), node.unwrap_or(NONE));
        let at = self.row(Kind::Documents, &DocumentRow { published, content, id_end, group, node })?;
        self.keys.push((hash::bytes(document.id.as_bytes()), at));
        Ok(at)
    }

    /// Adds a text.
    pub fn node(&mut self, node: &Node) -> Result<(), Error> {
        let set_end = self.append(Kind::Sets, node.set)?;
        self.append(Kind::Signatures, bytemuck::cast_slice(node.signature))?;
        let Node { content, document, filled, .. } = *node;
        self.row(Kind::Nodes, &NodeRow { content, set_end, document, filled, zero: 0 }).map(drop)
    }

    /// Adds a group that is in the event at a place; `node` is that of its representative, if that is of this night.
    pub fn group(&mut self, name: &Name, event: u32, node: Option<u32>) -> Result<u32, Error> {
        let name_end = self.append(Kind::GroupNames, name.name.as_bytes())?;
        let Name { serial, first_seen, documents, .. } = *name;
        let node = node.unwrap_or(NONE);
        self.row(Kind::Groups, &GroupRow { serial, name_end, first_seen, documents, event, node })
    }

    /// Adds an event, which a document of this night gives its name, or one of an earlier; tells its place.
    pub fn event(&mut self, name: &Name, is_named_here: bool) -> Result<u32, Error> {
        let name_end = self.append(Kind::EventNames, name.name.as_bytes())?;
        let Name { serial, first_seen, documents, .. } = *name;
        self.row(
            Kind::Events,
            &EventRow { serial, name_end, first_seen, documents, is_named_here: is_named_here.into(), zero: 0 },
        )
    }

    /// Adds a story.
    pub fn story(&mut self, story: &Story) -> Result<(), Error> {
        let features_end = self.append(Kind::Features, story.features)?;
        let Story { document, published, words, source, .. } = *story;
        let (published, source) = (published.unwrap_or(UNDATED), source_number(source));
        self.row(Kind::Stories, &StoryRow { published, source, features_end, document, words }).map(drop)
    }

    /// Adds a story whose source is known by its number.
    pub(super) fn story_again(&mut self, row: &StoryRow, document: u32, features: &[u8]) -> Result<(), Error> {
        let features_end = self.append(Kind::Features, features)?;
        self.row(Kind::Stories, &StoryRow { features_end, document, ..*row }).map(drop)
    }

    /// Adds a name that ended.
    pub fn ended(&mut self, serial: u64, into: u64) -> Result<(), Error> {
        self.row(Kind::Ended, &EndedRow { serial, into }).map(drop)
    }

    /// Puts `kinds` aside: this night has none of it any more.
    pub(super) fn leave_out(&mut self, kinds: &[Kind]) -> Result<(), Error> {
        for &kind in kinds {
            if self.writers.remove(&kind).is_some() {
                let path = self.dir.join(kind.name());
                crate::disk::remove(&path).map_err(Error::file("remove", &path))?;
            }
        }
        Ok(())
    }

    /// Makes all of it lasting; fills in what the manifest is to know.
    pub(super) fn finish(mut self, entry: NightEntry) -> Result<(NightEntry, Half), Error> {
        let mut keys = std::mem::take(&mut self.keys);
        keys.sort_unstable();
        for (hash, document) in keys {
            self.row(Kind::Keys, &KeyRow { hash: [hash as u32, (hash >> 32) as u32], document })?;
        }
        let count = |kind: Kind| self.counts.get(&kind).copied().unwrap_or_default();
        let [documents, nodes, groups, events] = [Kind::Documents, Kind::Nodes, Kind::Groups, Kind::Events].map(count);
        let mut files = BTreeMap::new();
        for (kind, writer) in std::mem::take(&mut self.writers) {
            files.insert(kind.name().to_owned(), writer.finish()?);
        }
        crate::disk::sync_folder(&self.dir).map_err(Error::file("sync", &self.dir))?;
        Ok((NightEntry { segment: self.number, documents, nodes, groups, events, files, ..entry }, self.half))
    }
}

/// A night that is remembered; its files are opened when they are asked for.
pub(super) struct Segment {
    dir: PathBuf,
    pub(super) entry: NightEntry,
    slots: usize,
    files: [OnceLock<Checked>; Kind::ALL.len()],
}

impl Segment {
    pub(super) fn new(store: &Path, entry: NightEntry, slots: usize) -> Self {
        Segment { dir: store.join(folder(entry.segment)), entry, slots, files: Default::default() }
    }

    /// Whether it still has its stories.
    pub(super) fn has_stories(&self) -> bool {
        Kind::OF_STORIES.iter().all(|kind| self.entry.files.contains_key(kind.name()))
    }

    /// Whether any of its groups or events is one that `is_it`, by its serial.
    pub(super) fn names_any(&self, is_it: impl Fn(u64) -> bool) -> Result<bool, Error> {
        let groups = self.file(Kind::Groups)?.all::<GroupRow>()?;
        let events = self.file(Kind::Events)?.all::<EventRow>()?;
        Ok(groups.iter().map(|row| row.serial).chain(events.iter().map(|row| row.serial)).any(is_it))
    }

    pub(super) fn file(&self, kind: Kind) -> Result<&Checked, Error> {
        let known = &self.files[kind as usize];
        if let Some(file) = known.get() {
            return Ok(file);
        }
        let missing = || damaged(&self.dir, &format!("the manifest names no file {}", kind.name()));
        let entry = self.entry.files.get(kind.name()).ok_or_else(missing)?;
        let file = Checked::open(&self.dir, kind.name(), entry)?;
        Ok(known.get_or_init(|| file))
    }

    /// Lets the memory of a file go.
    pub(super) fn let_go(&self, kind: Kind) {
        if let Some(file) = self.files[kind as usize].get() {
            file.let_go();
        }
    }

    fn text(&self, kind: Kind, at: u32, end: impl Fn(usize) -> Result<u64, Error>) -> Result<&str, Error> {
        let start = (at as usize).checked_sub(1).map_or(Ok(0), &end)?;
        let file = self.file(kind)?;
        let bytes = file.bytes(start as usize..end(at as usize)? as usize)?;
        str::from_utf8(bytes).map_err(|_| damaged(&self.dir.join(kind.name()), "a text in it is none"))
    }

    pub(super) fn document(&self, at: u32) -> Result<DocumentRow, Error> {
        self.file(Kind::Documents)?.row(at as usize)
    }

    /// A document's id.
    pub(super) fn id(&self, at: u32) -> Result<&str, Error> {
        let documents = self.file(Kind::Documents)?;
        self.text(Kind::Ids, at, |at| Ok(documents.row::<DocumentRow>(at)?.id_end))
    }

    pub(super) fn group(&self, at: u32) -> Result<GroupRow, Error> {
        self.file(Kind::Groups)?.row(at as usize)
    }

    /// A group's name.
    pub(super) fn group_name(&self, at: u32) -> Result<&str, Error> {
        self.text(Kind::GroupNames, at, |at| Ok(self.group(at as u32)?.name_end))
    }

    pub(super) fn event(&self, at: u32) -> Result<EventRow, Error> {
        self.file(Kind::Events)?.row(at as usize)
    }

    /// An event's name.
    pub(super) fn event_name(&self, at: u32) -> Result<&str, Error> {
        self.text(Kind::EventNames, at, |at| Ok(self.event(at as u32)?.name_end))
    }

    /// A node's signature.
    pub(super) fn signature(&self, node: u32) -> Result<&[Slot], Error> {
        let start = node as usize * self.slots;
        self.file(Kind::Signatures)?.rows(start..start + self.slots)
    }

    /// The signatures of some nodes, one after another.
    pub(super) fn signatures(&self, nodes: std::ops::Range<usize>) -> Result<&[Slot], Error> {
        self.file(Kind::Signatures)?.rows(nodes.start * self.slots..nodes.end * self.slots)
    }

    /// A node's packed set.
    pub(super) fn set(&self, node: u32) -> Result<&[u8], Error> {
        let nodes = self.file(Kind::Nodes)?;
        let end = |at: usize| Ok::<_, Error>(nodes.row::<NodeRow>(at)?.set_end as usize);
        let start = (node as usize).checked_sub(1).map_or(Ok(0), end)?;
        self.file(Kind::Sets)?.bytes(start..end(node as usize)?)
    }

    /// A story's terms.
    pub(super) fn features(&self, story: usize) -> Result<&[u8], Error> {
        let stories = self.file(Kind::Stories)?;
        let end = |at: usize| Ok::<_, Error>(stories.row::<StoryRow>(at)?.features_end as usize);
        let start = story.checked_sub(1).map_or(Ok(0), end)?;
        self.file(Kind::Features)?.bytes(start..end(story)?)
    }

    /// The documents whose id has this hash. The hashes lie evenly, so the place of one is guessed to within a few dozen.
    pub(super) fn find(&self, hash: u64) -> Result<Vec<DocId>, Error> {
        let keys = self.file(Kind::Keys)?;
        let count = keys.count::<KeyRow>();
        let row = |at: usize| keys.row::<KeyRow>(at);
        let (mut low, mut high) = (0, count);
        let mut width = 16;
        if count > 0 {
            // From the guess outwards, twice as far each time, until the hash lies between.
            let guess = ((u128::from(hash) * count as u128) >> 64) as usize;
            let (mut from, mut to) = (guess, guess);
            while from > 0 && row(from)?.hash() >= hash {
                from = from.saturating_sub(width);
                width *= 2;
            }
            width = 16;
            while to < count && row(to)?.hash() <= hash {
                to = (to + width).min(count);
                width *= 2;
            }
            (low, high) = (from, to);
        }
        let rows = keys.rows::<KeyRow>(low..high)?;
        let start = rows.partition_point(|row| row.hash() < hash);
        Ok(rows[start..].iter().take_while(|row| row.hash() == hash).map(|row| row.document).collect())
    }
}

/// The folder of a segment.
pub(super) fn folder(number: u64) -> String {
    format!("night-{number:06}")
}
