//! What a nightly job remembers: the documents of earlier nights, their groups and events, and what it takes to find
//! tonight's among them.
//!
//! A store is a folder: a manifest, and for each night a folder of files that are written once, with a checksum
//! for every 64 KiB. Opening it reads the manifest; a file is mapped when something in it is asked for, and what is looked
//! at is checked then. Of each document some 60 bytes and its id are remembered, of each new text 280 more for its
//! signature and keys, and its shingles in about a kilobyte that only candidates read.
//!
//! A night is added by writing its folder, syncing it, and replacing the manifest: whatever happens before that has not
//! happened, and what a killed run left of it is cleared away by the next who changes the store ([`lock`](Access): one at
//! a time).
//!
//! Names are told by serials, which are given in the order in which names come up. A name that ended points to the one
//! that took its place, for as long as a night knows it.
//!
//! Law: a crash at any byte loses nothing that was acknowledged.

mod file;
mod half;
mod known;
mod lock;
mod manifest;
mod names;
mod packed;
mod piece;
mod segment;
mod stories;
mod unfinished;
mod upkeep;

use crate::disk;
use crate::error::Error;
use crate::output::InputRow;
use half::Half;
pub use known::{Known, Seen};
pub use lock::Access;
pub use manifest::Reading;
use manifest::{Manifest, NightEntry};
pub use names::Earlier;
pub use packed::{Unpacked, pack};
pub(crate) use piece::{GrowingPiece, Piece};
pub use segment::{Document, Growing, Name, Node, Story, source_number};
use segment::{Kind, NodeRow, Segment};
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
pub use stories::StoryAgain;
pub use upkeep::{Exported, Stats};

/// The stories of so many groups at most are compared with tonight's.
pub const WINDOW: usize = if cfg!(test) { 1 << 10 } else { 1 << 20 };

/// The memory of a nightly job.
pub struct Store {
    dir: PathBuf,
    manifest: Manifest,
    nights: Vec<Segment>,
    ended: names::Ended,
    next_serial: u64,
    _lock: Option<File>,
}

/// A change that is written and synced, but for the manifest's name. Where it is dropped, it never was.
pub struct Ready {
    manifest: Manifest,
    halves: Vec<Half>,
}

impl Store {
    /// Opens the store `dir` to change it; makes one where there is none.
    pub fn open(dir: &Path, reading: &Reading) -> Result<Self, Error> {
        let refused = |why: String| Error::StoreRefused { dir: dir.to_owned(), why };
        check_folder(dir)?;
        disk::create_folders(dir).map_err(Error::file("make the folder", dir))?;
        let lock = lock::lock(dir, Access::Write)?;
        let manifest = Manifest::read(dir)?.unwrap_or_else(|| Manifest::new(reading.clone()));
        if manifest.reading != *reading {
            let Reading { width, slots, .. } = manifest.reading;
            let is_told = (width, slots) != (reading.width, reading.slots);
            return Err(refused(if is_told {
                format!("it was made with --width {width} --slots {slots}")
            } else {
                format!("newsfold {} made it, which tells words apart in another way", manifest.newsfold)
            }));
        }
        let store = Store::of(dir, manifest, Some(lock))?;
        store.clear()?;
        Ok(store)
    }

    /// Opens a store that is there, whatever way it reads.
    pub fn existing(dir: &Path, access: Access) -> Result<Self, Error> {
        let none = || Error::StoreRefused { dir: dir.to_owned(), why: "it is no store of newsfold".to_owned() };
        if !dir.join(manifest::MANIFEST).is_file() {
            return Err(none());
        }
        let lock = lock::lock(dir, access)?;
        let manifest = Manifest::read(dir)?.ok_or_else(none)?;
        let store = Store::of(dir, manifest, Some(lock))?;
        if access == Access::Write {
            store.clear()?;
        }
        Ok(store)
    }

    fn of(dir: &Path, manifest: Manifest, lock: Option<File>) -> Result<Self, Error> {
        let slots = manifest.reading.slots;
        let nights: Vec<Segment> =
            manifest.nights.iter().map(|entry| Segment::new(dir, entry.clone(), slots)).collect();
        let ended = names::Ended::read(&nights)?;
        tracing::info!(store = %dir.display(), nights = nights.len(), "opens the store");
        Ok(Store { dir: dir.to_owned(), next_serial: manifest.next_serial, manifest, nights, ended, _lock: lock })
    }

    /// Clears away what a run left that was ended before its night was part of the store.
    fn clear(&self) -> Result<(), Error> {
        let failed = || Error::file("clear", &self.dir);
        for entry in fs::read_dir(&self.dir).map_err(failed())? {
            let entry = entry.map_err(failed())?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let night = self.manifest.nights.iter().find(|night| segment::folder(night.segment) == name);
            if let Some(night) = night {
                for file in fs::read_dir(entry.path()).map_err(failed())? {
                    let file = file.map_err(failed())?;
                    if !night.files.contains_key(&*file.file_name().to_string_lossy()) {
                        disk::remove(&file.path()).map_err(Error::file("remove", &file.path()))?;
                    }
                }
            } else if name.starts_with("night-") || name == manifest::GROWING {
                disk::remove(&entry.path()).map_err(Error::file("remove", &entry.path()))?;
            }
        }
        Ok(())
    }

    /// The day of the night whose inputs have these digests, if there is one.
    pub fn night_of(&self, inputs: &[InputRow]) -> Option<i32> {
        let digests = NightEntry::digests(inputs);
        self.manifest.nights.iter().find(|night| NightEntry::digests(&night.inputs) == digests).map(|night| night.day)
    }

    /// How many nights are remembered.
    pub fn nights(&self) -> usize {
        self.nights.len()
    }

    /// The day of the newest night.
    pub fn newest(&self) -> Option<i32> {
        self.manifest.nights.iter().map(|night| night.day).max()
    }

    /// The number of texts that are remembered of a night.
    pub fn texts(&self, night: usize) -> usize {
        self.nights[night].entry.nodes as usize
    }

    /// The signatures of some texts of a night, one after another.
    pub fn signatures(&self, night: usize, texts: std::ops::Range<usize>) -> Result<&[u16], Error> {
        self.nights[night].signatures(texts)
    }

    /// Of each of some texts of a night: the hash of its words, and its filled slots.
    pub fn contents(
        &self,
        night: usize,
        texts: std::ops::Range<usize>,
    ) -> Result<impl Iterator<Item = (u64, u16)> + '_, Error> {
        let rows = self.nights[night].file(Kind::Nodes)?.rows::<NodeRow>(texts)?;
        Ok(rows.iter().map(|row| (row.content, row.filled)))
    }

    /// A text's shingles.
    pub fn set(&self, night: usize, text: u32) -> Result<Unpacked, Error> {
        let set = Unpacked::read(self.nights[night].set(text)?);
        set.ok_or_else(|| file::damaged(&self.dir, "a set of shingles is none"))
    }

    /// Lets the memory go that looking through a night's texts took.
    pub fn let_go(&self, night: usize) {
        [Kind::Signatures, Kind::Nodes, Kind::Sets].iter().for_each(|&kind| self.nights[night].let_go(kind));
    }

    /// The serial of a text's group.
    pub fn group_of_text(&self, night: usize, text: u32) -> Result<u64, Error> {
        let segment = &self.nights[night];
        let document = segment.file(Kind::Nodes)?.row::<NodeRow>(text as usize)?.document;
        self.group_of(night, document)
    }

    /// The serial of a document's group.
    pub(crate) fn group_of(&self, night: usize, document: u32) -> Result<u64, Error> {
        let segment = &self.nights[night];
        Ok(self.ended.now(segment.group(segment.document(document)?.group)?.serial))
    }

    /// A serial that no name has had.
    pub fn new_serial(&mut self) -> u64 {
        self.next_serial += 1;
        self.next_serial - 1
    }

    /// The serial that the next name gets.
    pub fn next_serial(&self) -> u64 {
        self.next_serial
    }

    /// Goes on after serials that were given by a run that was ended.
    pub fn go_on_from(&mut self, next_serial: u64) {
        self.next_serial = self.next_serial.max(next_serial);
    }

    /// Begins to write a night.
    pub fn begin(&self) -> Result<Growing, Error> {
        Growing::create(&self.dir, self.manifest.next_segment)
    }

    /// Makes a night of what was written, ready to be [remembered](Store::remember). With `keep_days`, nights that are older
    /// than so many days before the newest are forgotten then.
    pub fn ready(
        &self,
        mut growing: Growing,
        day: i32,
        inputs: Vec<InputRow>,
        keep_days: Option<u32>,
    ) -> Result<Ready, Error> {
        let newest = self.newest().unwrap_or(day).max(day);
        let oldest = keep_days.map_or(i64::MIN, |days| i64::from(newest) - i64::from(days) + 1);
        let stays = |night: &NightEntry| i64::from(night.day) >= oldest;
        let kept: BTreeSet<u64> =
            self.manifest.nights.iter().filter(|night| stays(night)).map(|night| night.segment).collect();
        self.carry(&kept, &mut growing)?;
        let (entry, half) = growing.finish(NightEntry::new(day, inputs))?;
        let mut manifest = self.manifest.clone();
        manifest.nights.retain(stays);
        manifest.nights.extend(Some(entry).filter(stays));
        manifest.next_segment += 1;
        manifest.next_serial = self.next_serial;
        manifest.newsfold = env!("CARGO_PKG_VERSION").to_owned();
        leave_window(&mut manifest, &self.nights)?;
        self.written(manifest, vec![half])
    }

    /// Writes the manifest, too, so that all that can fail for want of room has been done.
    fn written(&self, manifest: Manifest, mut halves: Vec<Half>) -> Result<Ready, Error> {
        halves.push(manifest.write(&self.dir)?);
        disk::sync_folder(&self.dir).map_err(Error::file("sync", &self.dir))?;
        Ok(Ready { manifest, halves })
    }

    /// Makes what is ready part of the store, and clears away what is not any more: what a process is told of afterwards
    /// outlives it.
    pub fn remember(&mut self, ready: Ready) -> Result<(), Error> {
        self.clear_unfinished()?;
        ready.halves.into_iter().for_each(Half::stays);
        manifest::put(&self.dir)?;
        *self = Store::of(&self.dir, ready.manifest, self._lock.take())?;
        self.clear()
    }
}

/// Nights whose stories are out of the window have none any more.
fn leave_window(manifest: &mut Manifest, nights: &[Segment]) -> Result<(), Error> {
    let mut room = WINDOW;
    let mut newest_first: Vec<&mut NightEntry> = manifest.nights.iter_mut().collect();
    newest_first.sort_by_key(|night| std::cmp::Reverse((night.day, night.segment)));
    // The night that has just been written is looked at again when the next one is.
    for night in newest_first {
        let known = nights.iter().find(|known| known.entry.segment == night.segment);
        let Some(known) = known.filter(|known| known.has_stories()) else { continue };
        let stories = known.file(Kind::Stories)?.count::<segment::StoryRow>();
        if room == 0 {
            Kind::OF_STORIES.iter().for_each(|kind| _ = night.files.remove(kind.name()));
        }
        room = room.saturating_sub(stories);
    }
    Ok(())
}

/// How the names of what a first run may leave begin.
const BEGINNINGS: [&str; 2] = ["night-", unfinished::UNFINISHED];

/// Whether a folder is a store, or may become one.
fn check_folder(dir: &Path) -> Result<(), Error> {
    let refused = |why: &str| Err(Error::StoreRefused { dir: dir.to_owned(), why: why.to_owned() });
    let entries = match fs::read_dir(dir) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(e) if e.kind() == io::ErrorKind::NotADirectory => return refused("it is a file, not a folder"),
        entries => entries.map_err(Error::file("look into", dir))?,
    };
    let names: Vec<String> = entries
        .map(|entry| entry.map(|entry| entry.file_name().to_string_lossy().into_owned()))
        .collect::<io::Result<_>>()
        .map_err(Error::file("look into", dir))?;
    let is_store = names.iter().any(|name| name == manifest::MANIFEST);
    // A run that was ended before its first night left no manifest.
    let is_own = |name: &String| {
        name == lock::LOCK || name == manifest::GROWING || BEGINNINGS.iter().any(|begins| name.starts_with(begins))
    };
    if is_store || names.iter().all(is_own) { Ok(()) } else { refused("it holds files, and is no store of newsfold") }
}

/// A day as it is written: `2025-01-14`.
pub fn day_name(day: i32) -> String {
    let time = crate::input::rfc3339(i64::from(day) * 86_400);
    time.and_then(|time| time.split_once('T').map(|(day, _)| day.to_owned())).unwrap_or_else(|| day.to_string())
}
