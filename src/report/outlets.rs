//! Who copied whom, and how long after: each group's earliest outlet against the others in it.
//!
//! A copy is a document of another outlet with a later time. Where two outlets share the earliest time nobody was first.
//! That B has the text later does not prove that B took it from A: both may print a third, such as a wire.
//!
//! Linear in the members of groups; memory bounded: [`OUTLETS`] names and [`PAIRS`] pairs, and delays are counted in ten
//! classes, from which a median is told.

use super::chart::share;
use super::copies::{GroupRow, Member};
use super::kept::WORD_CHARS;
use super::show::shown;
use ahash::HashMap;
use serde::Serialize;
use std::cmp::Reverse;

/// Outlets and pairs of them that are counted.
const OUTLETS: usize = 20_000;
const PAIRS: usize = 50_000;
/// Outlets and pairs that are shown.
const ROWS: usize = 25;
const PAIR_ROWS: usize = 15;

const HOUR: i64 = 3600;
const DAY: i64 = 24 * HOUR;
/// Classes of time between: up to each, and what it is called.
const DELAYS: [(i64, &str); 10] = [
    (60, "within a minute"),
    (600, "1 to 10 minutes"),
    (HOUR, "10 to 60 minutes"),
    (3 * HOUR, "1 to 3 hours"),
    (6 * HOUR, "3 to 6 hours"),
    (12 * HOUR, "6 to 12 hours"),
    (DAY, "12 to 24 hours"),
    (2 * DAY, "1 to 2 days"),
    (7 * DAY, "2 to 7 days"),
    (i64::MAX, "more than a week"),
];

/// Copies by the time after.
#[derive(Debug, Clone, Copy, Default)]
struct Delays([u64; DELAYS.len()]);

impl Delays {
    fn add(&mut self, seconds: i64) {
        if let Some(class) = DELAYS.iter().position(|&(most, _)| seconds <= most) {
            self.0[class] += 1;
        }
    }

    fn count(&self) -> u64 {
        self.0.iter().sum()
    }

    /// The class in which half of them are reached.
    fn median(&self) -> Option<&'static str> {
        let half = self.count().div_ceil(2).max(1);
        let mut passed = 0;
        let reached = |count: u64| {
            passed += count;
            passed >= half
        };
        self.0.iter().copied().position(reached).map(|class| DELAYS[class].1)
    }
}

/// What is known of an outlet.
#[derive(Debug, Default)]
struct Outlet {
    name: String,
    /// Groups in which it was first.
    first: u64,
    /// Copies by others of what it had first.
    copied: u64,
    /// Its copies of what others had first, by the time after.
    copies: Delays,
}

/// Who copied whom, while it is counted.
#[derive(Debug, Default)]
pub(super) struct Outlets {
    at: HashMap<String, usize>,
    outlets: Vec<Outlet>,
    /// By copying and first outlet.
    pairs: HashMap<(usize, usize), Delays>,
    delays: Delays,
    own: u64,
    unknown: u64,
    unlisted: u64,
    of_earlier_nights: u64,
}

impl Outlets {
    /// Counts the members of a group.
    pub(super) fn add(&mut self, group: &GroupRow) {
        if group.earlier.unwrap_or(0) > 0 {
            self.of_earlier_nights += group.members.len() as u64;
            return;
        }
        let known: Vec<(i64, &str)> = group.members.iter().filter_map(known).collect();
        self.unknown += (group.members.len() - known.len()) as u64;
        let Some(&first) = known.iter().min() else { return };
        if known.iter().any(|&(at, name)| at == first.0 && name != first.1) {
            self.unknown += known.len() as u64;
            return;
        }
        let later: Vec<(i64, &str)> = known.iter().copied().filter(|&(_, name)| name != first.1).collect();
        self.own += (known.len() - later.len() - 1) as u64;
        if later.is_empty() {
            return;
        }
        let Some(original) = self.number(first.1) else {
            self.unlisted += later.len() as u64;
            return;
        };
        self.outlets[original].first += 1;
        for (at, name) in later {
            let Some(copying) = self.number(name) else {
                self.unlisted += 1;
                continue;
            };
            let seconds = at.saturating_sub(first.0);
            self.outlets[original].copied += 1;
            self.outlets[copying].copies.add(seconds);
            self.delays.add(seconds);
            if self.pairs.len() < PAIRS || self.pairs.contains_key(&(copying, original)) {
                self.pairs.entry((copying, original)).or_default().add(seconds);
            }
        }
    }

    fn number(&mut self, name: &str) -> Option<usize> {
        if let Some(&at) = self.at.get(name) {
            return Some(at);
        }
        let at = self.outlets.len();
        (at < OUTLETS).then(|| {
            self.at.insert(name.to_owned(), at);
            self.outlets.push(Outlet { name: name.to_owned(), ..Outlet::default() });
            at
        })
    }

    /// What is shown of it.
    pub(super) fn view(&self) -> View {
        let mut outlets: Vec<&Outlet> = self.outlets.iter().collect();
        outlets.sort_by_key(|outlet| (Reverse(outlet.copied + outlet.copies.count()), &outlet.name));
        let most = outlets.iter().map(|outlet| outlet.copied.max(outlet.copies.count())).max().unwrap_or(0);
        let mut pairs: Vec<(&Delays, &str, &str)> = self
            .pairs
            .iter()
            .map(|(&(a, b), delays)| (delays, &*self.outlets[a].name, &*self.outlets[b].name))
            .collect();
        pairs.sort_by_key(|&(delays, copying, original)| (Reverse(delays.count()), copying, original));
        let slowest = self.delays.0.iter().copied().max().unwrap_or(0);
        View {
            rows: outlets.iter().take(ROWS).map(|outlet| Row::of(outlet, most)).collect(),
            more: outlets.len().saturating_sub(ROWS),
            more_pairs: pairs.len().saturating_sub(PAIR_ROWS),
            pairs: pairs.into_iter().take(PAIR_ROWS).map(Pair::of).collect(),
            delays: DELAYS
                .iter()
                .zip(self.delays.0)
                .map(|(&(_, name), count)| Delay::of(name, count, slowest))
                .collect(),
            copies: self.delays.count(),
            median: self.delays.median(),
            own: self.own,
            unknown: self.unknown,
            unlisted: self.unlisted,
            of_earlier_nights: self.of_earlier_nights,
        }
    }
}

/// The time and the outlet of a member of which both are known.
fn known<'a>(member: &'a Member) -> Option<(i64, &'a str)> {
    Some((member.published?, member.source.as_deref()?))
}

/// Who copied whom, as it is shown.
#[derive(Debug, Serialize)]
pub(super) struct View {
    rows: Vec<Row>,
    more: usize,
    pairs: Vec<Pair>,
    more_pairs: usize,
    delays: Vec<Delay>,
    copies: u64,
    median: Option<&'static str>,
    own: u64,
    unknown: u64,
    unlisted: u64,
    of_earlier_nights: u64,
}

/// An outlet, and its bars in percent of the longest.
#[derive(Debug, Serialize)]
struct Row {
    name: String,
    first: u64,
    copied: u64,
    copied_width: f64,
    copies: u64,
    copies_width: f64,
    median: Option<&'static str>,
}

impl Row {
    fn of(outlet: &Outlet, most: u64) -> Self {
        let (copied, copies) = (outlet.copied, outlet.copies.count());
        let width = |count: u64| share(count as f64, most as f64);
        Self {
            name: shown(&outlet.name, WORD_CHARS),
            first: outlet.first,
            copied,
            copied_width: width(copied),
            copies,
            copies_width: width(copies),
            median: outlet.copies.median(),
        }
    }
}

/// Two outlets of which one copied the other.
#[derive(Debug, Serialize)]
struct Pair {
    copying: String,
    original: String,
    copies: u64,
    median: Option<&'static str>,
}

impl Pair {
    fn of((delays, copying, original): (&Delays, &str, &str)) -> Self {
        let (copying, original) = (shown(copying, WORD_CHARS), shown(original, WORD_CHARS));
        Self { copying, original, copies: delays.count(), median: delays.median() }
    }
}

/// A class of time between.
#[derive(Debug, Serialize)]
struct Delay {
    name: &'static str,
    count: u64,
    width: f64,
}

impl Delay {
    fn of(name: &'static str, count: u64, most: u64) -> Self {
        Self { name, count, width: share(count as f64, most as f64) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn view(groups: &[&[(&str, &str)]]) -> View {
        let mut outlets = Outlets::default();
        for members in groups {
            let member =
                |(source, time): &(&str, &str)| serde_json::json!({"id": "x", "source": source, "published": time});
            let members: Vec<_> = members.iter().map(member).collect();
            let row = serde_json::json!({"group": "x", "size": members.len(), "members": members}).to_string();
            outlets.add(&serde_json::from_str(&row).unwrap());
        }
        outlets.view()
    }

    #[test]
    fn the_earliest_is_copied_by_the_others() {
        let view = view(&[
            &[("b", "2024-01-01T12:00:00Z"), ("a", "2024-01-01T10:00:00Z"), ("a", "2024-01-02T10:00:00Z")],
            &[("a", "2024-01-01T10:00:00Z"), ("b", "2024-01-01T10:00:01Z"), ("c", "2024-02-01T10:00:00Z")],
            &[("c", "2024-01-01T10:00:00Z"), ("c", "2024-01-03T10:00:00Z")],
        ]);
        let rows: Vec<_> = view.rows.iter().map(|row| (&*row.name, row.first, row.copied, row.copies)).collect();
        assert_eq!(rows, [("a", 2, 3, 0), ("b", 0, 0, 2), ("c", 0, 0, 1)]);
        let pairs: Vec<_> = view.pairs.iter().map(|pair| (&*pair.copying, &*pair.original, pair.copies)).collect();
        assert_eq!(pairs, [("b", "a", 2), ("c", "a", 1)]);
        assert_eq!((view.copies, view.own, view.unknown), (3, 2, 0));
        assert_eq!((view.median, view.rows[2].median), (Some("1 to 3 hours"), Some("more than a week")));
    }

    #[test]
    fn where_nobody_was_first_nobody_copied() {
        let view = view(&[&[("a", "2024-01-01"), ("b", "2024-01-01")], &[("a", "2024-01-01"), ("b", "?")]]);
        assert_eq!((view.copies, view.unknown, view.rows.len(), view.median), (0, 3, 0, None));
    }
}
