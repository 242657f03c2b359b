//! What names mean, and which have ended.

use super::segment::{EndedRow, EventRow, GroupRow, Growing, Kind, NONE};
use super::{Name, Segment, Store};
use crate::error::Error;
use ahash::{HashMap, HashSet};
use std::collections::BTreeSet;

/// The names that ended, each with the one that took its place.
#[derive(Debug, Default)]
pub(super) struct Ended(HashMap<u64, u64>);

impl Ended {
    pub(super) fn read(nights: &[Segment]) -> Result<Self, Error> {
        let mut ended = HashMap::default();
        for night in nights {
            ended.extend(night.file(Kind::Ended)?.all::<EndedRow>()?.iter().map(|row| (row.serial, row.into)));
        }
        Ok(Ended(ended))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The name that a name goes by now. What takes a name's place has come up before it, so this ends.
    pub(super) fn now(&self, mut serial: u64) -> u64 {
        while let Some(&into) = self.0.get(&serial).filter(|&&into| into < serial) {
            serial = into;
        }
        serial
    }
}

/// What is remembered of a group or an event.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Earlier {
    /// Its serial: the lower, the longer ago it came up.
    pub serial: u64,
    /// How it is called.
    pub name: String,
    /// The day of the night on which it came up.
    pub first_seen: i32,
    /// Documents of it that are remembered.
    pub documents: u64,
    /// Of a group, the serial of its event.
    pub event: u64,
    /// Of a group, the night and text of its representative, if that is remembered.
    pub representative: Option<(usize, u32)>,
}

impl Store {
    /// What is remembered of some groups, by their serials.
    pub fn groups(&self, wanted: &HashSet<u64>) -> Result<HashMap<u64, Earlier>, Error> {
        let mut found: HashMap<u64, Earlier> = HashMap::default();
        for (night, segment) in self.nights.iter().enumerate() {
            for (at, row) in segment.file(Kind::Groups)?.all::<GroupRow>()?.iter().enumerate() {
                let serial = self.ended.now(row.serial);
                if !wanted.contains(&serial) {
                    continue;
                }
                let group = found.entry(serial).or_default();
                group.documents += u64::from(row.documents);
                if row.serial == serial {
                    (group.serial, group.first_seen) = (serial, row.first_seen);
                    segment.group_name(at as u32)?.clone_into(&mut group.name);
                    group.event = self.ended.now(segment.event(row.event)?.serial);
                    group.representative = group.representative.or((row.node != NONE).then_some((night, row.node)));
                }
            }
            segment.let_go(Kind::Groups);
        }
        Ok(found)
    }

    /// What is remembered of some events, by their serials.
    pub fn events(&self, wanted: &HashSet<u64>) -> Result<HashMap<u64, Earlier>, Error> {
        let mut found: HashMap<u64, Earlier> = HashMap::default();
        for segment in &self.nights {
            for (at, row) in segment.file(Kind::Events)?.all::<EventRow>()?.iter().enumerate() {
                let serial = self.ended.now(row.serial);
                if !wanted.contains(&serial) {
                    continue;
                }
                let event = found.entry(serial).or_default();
                event.documents += u64::from(row.documents);
                if row.serial == serial {
                    (event.serial, event.first_seen) = (serial, row.first_seen);
                    segment.event_name(at as u32)?.clone_into(&mut event.name);
                }
            }
            segment.let_go(Kind::Events);
        }
        Ok(found)
    }

    /// Which of some ids, which no document has that is remembered, are names of groups, or of events: those named after
    /// a document that is forgotten. With their serials now.
    pub fn named(&self, wanted: &HashSet<&str>, of_events: bool) -> Result<HashMap<String, u64>, Error> {
        let mut found = HashMap::default();
        for segment in &self.nights {
            let mut look = |name: &str, serial: u64| {
                if wanted.contains(name) {
                    found.insert(name.to_owned(), self.ended.now(serial));
                }
            };
            if of_events {
                let rows = segment.file(Kind::Events)?.all::<EventRow>()?;
                for (at, row) in (0..).zip(rows).filter(|(_, row)| row.is_named_here == 0) {
                    look(segment.event_name(at)?, row.serial);
                }
            } else {
                let rows = segment.file(Kind::Groups)?.all::<GroupRow>()?;
                for (at, row) in (0..).zip(rows).filter(|(_, row)| row.node == NONE) {
                    look(segment.group_name(at)?, row.serial);
                }
            }
            [Kind::Groups, Kind::GroupNames, Kind::Events, Kind::EventNames]
                .iter()
                .for_each(|&kind| segment.let_go(kind));
        }
        Ok(found)
    }

    /// Writes into tonight which names have ended that nights of `kept` still know, and what took their place: whoever
    /// recorded it may be forgotten.
    pub(super) fn carry(&self, kept: &BTreeSet<u64>, growing: &mut Growing) -> Result<(), Error> {
        let recorded_by_kept: HashSet<u64> = {
            let mut recorded = HashSet::default();
            for night in self.nights.iter().filter(|night| kept.contains(&night.entry.segment)) {
                recorded.extend(night.file(Kind::Ended)?.all::<EndedRow>()?.iter().map(|row| row.serial));
            }
            recorded
        };
        // Of all that is remembered only what is lost is held.
        let is_lost = |&serial: &u64| self.is_lost(serial, &recorded_by_kept);
        let (mut groups, mut events) = (BTreeSet::new(), BTreeSet::new());
        for night in self.nights.iter().filter(|night| kept.contains(&night.entry.segment)) {
            let rows = night.file(Kind::Groups)?.all::<GroupRow>()?;
            groups.extend(rows.iter().map(|row| row.serial).filter(is_lost));
            let rows = night.file(Kind::Events)?.all::<EventRow>()?;
            events.extend(rows.iter().map(|row| row.serial).filter(is_lost));
            [Kind::Groups, Kind::Events].iter().for_each(|&kind| night.let_go(kind));
        }
        let into = |lost: &BTreeSet<u64>| lost.iter().map(|&serial| self.ended.now(serial)).collect::<HashSet<u64>>();
        let (earlier, mut wanted) = (self.groups(&into(&groups))?, into(&events));
        wanted.extend(earlier.values().map(|group| group.event));
        let mut places = HashMap::default();
        for event in sorted(self.events(&wanted)?) {
            places.insert(event.serial, growing.event(&name(&event), false)?);
        }
        for group in sorted(earlier) {
            growing.group(&name(&group), places.get(&group.event).copied().unwrap_or_default(), None)?;
        }
        for serial in groups.into_iter().chain(events) {
            growing.ended(serial, self.ended.now(serial))?;
        }
        Ok(())
    }

    /// Whether the way from a name that ended to the one it goes by now leads over what no kept night has recorded.
    fn is_lost(&self, mut serial: u64, recorded: &HashSet<u64>) -> bool {
        while let Some(&into) = self.ended.0.get(&serial) {
            if !recorded.contains(&serial) {
                return true;
            }
            serial = into;
        }
        false
    }
}

/// A name without documents of the night.
fn name(earlier: &Earlier) -> Name<'_> {
    Name { serial: earlier.serial, name: &earlier.name, first_seen: earlier.first_seen, documents: 0 }
}

fn sorted(earlier: HashMap<u64, Earlier>) -> Vec<Earlier> {
    let mut earlier: Vec<Earlier> = earlier.into_values().collect();
    earlier.sort_unstable_by_key(|earlier| earlier.serial);
    earlier
}
