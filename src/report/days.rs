//! Counts by day to few bars of equal width.
//!
//! A day is a number from 1970. Memory is bounded: where there are more than [`DAYS`] days, two become one. The few that
//! lie far before or after nearly all of the rest, as wrong dates do, are told by number and not drawn.

use super::chart::{Axis, share};
use crate::input::published;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Days that are held.
const DAYS: usize = 4096;
/// Days that a bar may stand for.
const WIDTHS: [i64; 9] = [1, 2, 7, 14, 28, 91, 182, 364, 3640];
/// The share of all on either side that may lie apart.
const APART: f64 = 0.005;
const DAY_SECONDS: i64 = 86_400;

/// A row of an event's `timeline`.
#[derive(Debug, Deserialize)]
pub(super) struct DayRow {
    day: String,
    size: u64,
}

/// Events that begin, and documents, by day.
#[derive(Debug, Clone)]
pub(super) struct Days {
    width: i64,
    counts: BTreeMap<i64, [u64; 2]>,
}

/// What is counted.
#[derive(Debug, Clone, Copy)]
pub(super) enum Series {
    Events,
    Documents,
}

/// Bars of equal width, the first from the day `start` on.
#[derive(Debug, PartialEq, Serialize)]
pub(super) struct Bars {
    pub(super) start: i64,
    pub(super) days: i64,
    #[serde(skip)]
    counts: Vec<[u64; 2]>,
    documents: Vec<u64>,
    #[serde(skip)]
    apart: u64,
}

impl Default for Days {
    fn default() -> Self {
        Self { width: 1, counts: BTreeMap::new() }
    }
}

impl Days {
    /// The documents of one event.
    pub(super) fn of(timeline: &[DayRow]) -> Self {
        let mut days = Self::default();
        timeline.iter().for_each(|row| days.add_day(row));
        days
    }

    /// Counts the documents of a day.
    pub(super) fn add_day(&mut self, row: &DayRow) {
        if let Some(at) = published(&row.day).seconds() {
            self.add(at, Series::Documents, row.size);
        }
    }

    /// Counts so many at a time.
    pub(super) fn add(&mut self, at: i64, series: Series, count: u64) {
        let place = at.div_euclid(DAY_SECONDS).div_euclid(self.width);
        self.counts.entry(place).or_default()[series as usize] += count;
        while self.counts.len() > DAYS {
            self.width *= 2;
            for (place, counts) in std::mem::take(&mut self.counts) {
                let into = self.counts.entry(place.div_euclid(2)).or_default();
                into.iter_mut().zip(counts).for_each(|(into, count)| *into += count);
            }
        }
    }

    /// At most so many bars; none where nothing is dated.
    pub(super) fn bars(&self, most: i64) -> Option<Bars> {
        let all: u64 = self.counts.values().map(|counts| counts[1]).sum();
        let few = (all as f64 * APART) as u64;
        let beyond = |passed: &mut u64, (&place, counts): (&i64, &[u64; 2])| {
            *passed += counts[1];
            (*passed > few).then_some(place * self.width)
        };
        let (mut before, mut after) = (0, 0);
        let start = self.counts.iter().find_map(|day| beyond(&mut before, day))?;
        let end = self.counts.iter().rev().find_map(|day| beyond(&mut after, day))?;
        let end = (end + self.width - 1).max(start);
        let fits = |&width: &i64| width >= self.width && (end - start) / width < most;
        let days = WIDTHS.into_iter().find(fits).unwrap_or((end - start) / most + 1);
        let mut counts = vec![[0; 2]; ((end - start) / days + 1) as usize];
        let mut apart = 0;
        for (&place, [events, documents]) in &self.counts {
            let bar = (place * self.width - start).div_euclid(days);
            match usize::try_from(bar).ok().and_then(|bar| counts.get_mut(bar)) {
                Some(bar) => *bar = [bar[0] + events, bar[1] + documents],
                None => apart += documents,
            }
        }
        Some(Bars { start, days, documents: counts.iter().map(|counts| counts[1]).collect(), counts, apart })
    }
}

/// Bars as they are drawn, in percent.
#[derive(Debug, Serialize)]
pub(super) struct View {
    bars: Vec<Bar>,
    events: Axis,
    documents: Axis,
    dates: Vec<Date>,
    /// That a bar stands for.
    width: i64,
    apart: u64,
}

/// A bar of each of the two charts.
#[derive(Debug, Serialize)]
struct Bar {
    x: f64,
    width: f64,
    from: i64,
    to: i64,
    events: u64,
    events_height: f64,
    documents: u64,
    documents_height: f64,
}

/// A date below a bar.
#[derive(Debug, Serialize)]
struct Date {
    x: f64,
    at: i64,
    is_last: bool,
}

/// Bars are parted by this much of their width.
const GAP: f64 = 0.16;
/// Dates below the bars.
const DATES: usize = 4;

impl Bars {
    /// How they are drawn.
    pub(super) fn draw(&self) -> View {
        let most = |series: usize| self.counts.iter().map(|counts| counts[series]).max().unwrap_or(0);
        let (events, documents) = (Axis::to(most(0)), Axis::to(most(1)));
        let width = 100.0 / self.counts.len() as f64;
        let at = |bar: usize| (self.start + bar as i64 * self.days) * DAY_SECONDS;
        let two = |number: f64| share(number, 100.0);
        let bar = |(place, counts): (usize, &[u64; 2])| Bar {
            x: two(width * (place as f64 + GAP / 2.0)),
            width: two(width * (1.0 - GAP)),
            from: at(place),
            to: at(place + 1) - DAY_SECONDS,
            events: counts[0],
            events_height: events.height(counts[0]),
            documents: counts[1],
            documents_height: documents.height(counts[1]),
        };
        let last = self.counts.len() - 1;
        let mut places: Vec<usize> = (0..DATES).map(|date| last * date / (DATES - 1)).collect();
        places.dedup();
        let date = |place: usize| Date {
            x: two(width * (place as f64 + 0.5)),
            at: at(place),
            is_last: place == last && last > 0,
        };
        View {
            bars: self.counts.iter().enumerate().map(bar).collect(),
            dates: places.into_iter().map(date).collect(),
            events,
            documents,
            width: self.days,
            apart: self.apart,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn days(at: &[(i64, u64)]) -> Days {
        let mut days = Days::default();
        at.iter().for_each(|&(day, count)| days.add(day * DAY_SECONDS, Series::Documents, count));
        days
    }

    #[test]
    fn every_document_is_in_a_bar_or_apart() {
        let bars = days(&[(19_000, 3), (19_001, 1), (19_059, 2)]).bars(60).unwrap();
        assert_eq!((bars.start, bars.days, bars.documents.len()), (19_000, 1, 60));
        assert_eq!((bars.documents[0], bars.documents[1], bars.documents[59], bars.apart), (3, 1, 2, 0));
        let bars = days(&[(0, 1), (19_000, 500), (19_060, 500), (99_000, 1)]).bars(60).unwrap();
        assert_eq!((bars.start, bars.days, bars.documents.iter().sum::<u64>(), bars.apart), (19_000, 2, 1000, 2));
        assert_eq!(Days::default().bars(60), None);
    }

    #[test]
    fn any_days_have_few_bars_and_few_are_held() {
        let mut days = Days::default();
        (0..20_000).for_each(|day| days.add(day * 7 * DAY_SECONDS - i64::from(i32::MAX), Series::Documents, 1));
        assert!(days.counts.len() <= DAYS && days.width > 1);
        let bars = days.bars(60).unwrap();
        assert_eq!(bars.documents.iter().sum::<u64>() + bars.apart, 20_000);
        for days in [days, self::days(&[(-700_000, 1), (2_900_000, 1)]), self::days(&[(5, 1)])] {
            let view = days.bars(60).unwrap().draw();
            assert!((1..=60).contains(&view.bars.len()));
            assert!(view.bars.iter().all(|bar| bar.x + bar.width <= 100.01 && bar.documents_height <= 100.0));
        }
    }
}
