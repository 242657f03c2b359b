//! One event: its names, figures, key terms and quotes.

use super::plan::Plan;
use super::random::{Rng, Room};
use super::world::{Name, TOPICS, Topic, UNITS, WEEKDAYS, WORDS, World};
use std::fmt;
use std::fmt::Write as _;

/// A number of the news: `4,120 people`, `3.7 percent`.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Figure {
    pub(super) value: u32,
    pub(super) unit: u8,
}

impl Figure {
    pub(super) fn draw(rng: &mut Rng) -> Self {
        let value = if rng.permille(500) { rng.within(2..100) } else { rng.skewed(100..90_000) };
        Self { value: value as u32, unit: rng.below(UNITS.len() * 2) as u8 }
    }

    pub(super) fn write(self, out: &mut String) -> fmt::Result {
        let Self { value, unit } = self;
        match unit {
            0 | 1 => write!(out, "{}.{}", value / 10 % 100, value % 10)?,
            _ if value >= 1000 => write!(out, "{},{:03}", value / 1000, value % 1000)?,
            _ => write!(out, "{value}")?,
        }
        if let Some(unit) = UNITS.get(unit as usize) {
            write!(out, " {unit}")?;
        }
        Ok(())
    }
}

/// What tellings of one event have in common.
pub(super) struct Profile {
    pub(super) topic: usize,
    pub(super) actors: [Name; 5],
    pub(super) places: [u16; 3],
    /// Words of every telling.
    pub(super) core: [u16; 8],
    /// Words that come and go as the event unfolds.
    pub(super) ring: [u16; 16],
    pub(super) figures: [Figure; 6],
    pub(super) weekday: &'static str,
}

impl Profile {
    /// An event's profile; the next round of an event keeps its topic, most of its actors, a place and half its core.
    pub(super) fn of(plan: &Plan, world: &World, event: u32) -> Self {
        let own = Self::draw(plan, world, event, None);
        let Some(round) = plan.earlier_round(event) else { return own };
        let before = Self::draw(plan, world, round, None);
        let mut next = Self::draw(plan, world, event, Some(before.topic));
        next.actors[..3].copy_from_slice(&before.actors[..3]);
        next.places[0] = before.places[0];
        next.core[..4].copy_from_slice(&before.core[..4]);
        next
    }

    pub(super) fn draw(plan: &Plan, world: &World, event: u32, topic: Option<usize>) -> Self {
        let mut rng = Rng::of(plan.seed, Room::Profile, u64::from(event));
        let drawn = rng.skewed(0..TOPICS);
        let topic = topic.unwrap_or(drawn);
        let Topic { words, actors, places } = &world.topics[topic];
        let mut word = || {
            let own = rng.skewed(1000..WORDS) as u16;
            let shared = words[rng.skewed(0..words.len())];
            if rng.permille(600) { own } else { shared }
        };
        let (core, ring) = (std::array::from_fn(|_| word()), std::array::from_fn(|_| word()));
        Self {
            topic,
            core,
            ring,
            actors: std::array::from_fn(|_| {
                let (known, new) = (actors[rng.skewed(0..actors.len())], Name::draw(&mut rng));
                if rng.permille(650) { known } else { new }
            }),
            places: std::array::from_fn(|_| {
                let (known, new) = (rng.pick(places), rng.below(World::NAMES) as u16);
                if rng.permille(500) { known } else { new }
            }),
            figures: std::array::from_fn(|_| Figure::draw(&mut rng)),
            weekday: rng.pick(&WEEKDAYS),
        }
    }
}
