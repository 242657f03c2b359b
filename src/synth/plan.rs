//! Who tells of what, who copies whom, and when: all that is held while a corpus is written.

use super::Params;
use super::random::{Rng, Room, mix};
use std::io;

pub(super) const HOUR: usize = 3600;
pub(super) const DAY: usize = 24 * HOUR;

/// A document to come: copy 0 is the original.
pub(super) struct Planned {
    pub(super) arrival: i64,
    pub(super) family: u32,
    pub(super) copy: u32,
}

/// Which documents there are, in the order of the file.
pub(super) struct Plan {
    pub(super) seed: u64,
    pub(super) start: i64,
    pub(super) span: usize,
    pub(super) rows: Vec<Planned>,
    /// An event's families are neighbours; this is the first of each, and the end.
    pub(super) first_family: Vec<u32>,
    pub(super) event_of: Vec<u32>,
    /// The row of each family's original.
    pub(super) original: Vec<u32>,
}

impl Plan {
    pub(super) fn draw(params: &Params) -> io::Result<Self> {
        let docs = u32::try_from(params.docs)
            .map_err(|_| io::Error::new(io::ErrorKind::InvalidInput, "more documents than 4294967295"))?;
        let copies = ((f64::from(docs) * params.copy_share.clamp(0.0, 1.0)) as u32).min(docs.saturating_sub(1));
        let mut rng = Rng::of(params.seed, Room::Plan, 0);
        let first_family = tellings(&mut rng, docs - copies);
        let mut event_of = Vec::with_capacity((docs - copies) as usize);
        for (event, range) in first_family.windows(2).enumerate() {
            event_of.resize(range[1] as usize, event as u32);
        }
        let days = params.docs.div_ceil(u64::from(params.docs_per_day.max(1))).max(7) as usize;
        let original = vec![0; event_of.len()];
        let mut plan = Self {
            seed: params.seed,
            start: params.start,
            span: days * DAY,
            rows: Vec::with_capacity(docs as usize),
            first_family,
            event_of,
            original,
        };
        plan.arrange(&copies_of(&mut rng, docs - copies, copies));
        Ok(plan)
    }

    /// Puts all documents in the order of their arrival.
    pub(super) fn arrange(&mut self, copies: &[u32]) {
        for (family, &copies) in (0u32..).zip(copies) {
            for copy in 0..=copies {
                let mut rng = self.copy_rng(Room::Wait, family, copy);
                let wait = if rng.permille(750) { rng.below(2 * HOUR) } else { rng.below(30 * HOUR) };
                let arrival = self.published(family, copy) + wait as i64;
                self.rows.push(Planned { arrival, family, copy });
            }
        }
        self.rows.sort_unstable_by_key(|row| (row.arrival, mix(u64::from(row.family) << 32 | u64::from(row.copy))));
        for (at, row) in self.rows.iter().enumerate().filter(|(_, row)| row.copy == 0) {
            self.original[row.family as usize] = at as u32;
        }
    }

    pub(super) fn events(&self) -> usize {
        self.first_family.len() - 1
    }

    pub(super) fn copy_rng(&self, room: Room, family: u32, copy: u32) -> Rng {
        Rng::of(self.seed, room, u64::from(family) << 32 | u64::from(copy))
    }

    /// When a document is published, in seconds since 1970: an original within its event, a copy after its original.
    pub(super) fn published(&self, family: u32, copy: u32) -> i64 {
        let event = self.event_of[family as usize];
        let (begin, lasts) = self.time_of(event);
        let mut rng = Rng::of(self.seed, Room::Telling, u64::from(family) << 1 | 1);
        let into = if family == self.first_family[event as usize] { 0 } else { rng.skewed(1..lasts) };
        let later = if copy == 0 { 0 } else { delay(&mut self.copy_rng(Room::Delay, family, copy)) };
        self.start + (begin + into + later) as i64
    }

    /// When an event begins, in seconds after the start, and how long it lasts.
    pub(super) fn time_of(&self, event: u32) -> (usize, usize) {
        let mut rng = Rng::of(self.seed, Room::Event, u64::from(event));
        let own = rng.below(self.span);
        let lasts = match rng.below(1000) {
            0..500 => rng.within(2 * HOUR..DAY),
            500..850 => rng.within(DAY..4 * DAY),
            _ => rng.within(4 * DAY..14 * DAY),
        };
        let begin = match self.earlier_round(event) {
            Some(round) => {
                let before = Rng::of(self.seed, Room::Event, u64::from(round)).below(self.span);
                (before + rng.within(4 * DAY..40 * DAY)) % self.span
            }
            None => own,
        };
        (begin, lasts)
    }

    /// The event that this one continues, if it is the next round of one.
    pub(super) fn earlier_round(&self, event: u32) -> Option<u32> {
        let mut rng = Rng::of(self.seed, Room::Event, u64::from(event) | 1 << 40);
        let back = 1 + rng.below(event.min(500) as usize) as u32;
        (event > 0 && rng.permille(200)).then(|| event - back)
    }

    /// How far into its event a telling stands, of `whole`.
    pub(super) fn phase(&self, family: u32, whole: usize) -> usize {
        let (begin, lasts) = self.time_of(self.event_of[family as usize]);
        let into = self.published(family, 0) - self.start - begin as i64;
        into as usize * whole / lasts.max(1)
    }
}

/// How long a copy follows its original, in seconds.
pub(super) fn delay(rng: &mut Rng) -> usize {
    match rng.below(1000) {
        0..500 => rng.within(60..2 * HOUR),
        500..850 => rng.within(2 * HOUR..DAY),
        _ => rng.within(DAY..3 * DAY),
    }
}

/// Shares families out to events: the first family of each event, and the end.
pub(super) fn tellings(rng: &mut Rng, families: u32) -> Vec<u32> {
    let most = (families / 40).max(12);
    let (mut firsts, mut at) = (vec![0], 0);
    while at < families {
        let size = match rng.below(1000) {
            0..600 => 1,
            600..770 => 2,
            770..860 => 3,
            860..940 => rng.within(4..11),
            940..990 => rng.skewed(11..41),
            990..999 => rng.skewed(41..151),
            _ => rng.skewed(151..401),
        };
        at += (size as u32).min(most).min(families - at);
        firsts.push(at);
    }
    firsts
}

/// Shares copies out to families; heavy-tailed, as wire stories are.
pub(super) fn copies_of(rng: &mut Rng, families: u32, copies: u32) -> Vec<u32> {
    let mut of = vec![0; families as usize];
    let most = (copies / 20).max(8);
    let mut left = copies;
    while left > 0 {
        let count = match rng.below(1000) {
            0..550 => 1,
            550..750 => 2,
            750..950 => rng.within(3..9),
            950..998 => rng.within(9..41),
            _ => rng.within(100..301),
        };
        let count = (count as u32).min(most).min(left);
        let family = rng.below(of.len());
        if of[family] == 0 || rng.permille(50) {
            of[family] += count;
            left -= count;
        }
    }
    of
}
