//! What the page lists: events, or groups of near-duplicates where no events were sought.
//!
//! The largest are listed, and of the largest of these the headlines. Memory: [`ITEMS`] rows of bounded length, and the
//! ids of the documents whose headlines may be shown.

use super::ReportError;
use super::copies::GroupRow;
use super::days::{Bars, DayRow, Days, Series};
use super::embed::List;
use super::kept::{Headline, ID_CHARS, TITLE_CHARS, WORD_CHARS};
use super::lines::{First, Lines};
use super::names::Names;
use super::read::{AtHand, each_group};
use super::show::shown;
use crate::input::published;
use ahash::HashMap;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::cmp::Reverse;
use std::path::Path;

/// Items that are listed.
const ITEMS: usize = 10_000;
/// Headlines of an item, by its rank: up to the first number, so many.
const HEADLINES: [(usize, usize); 3] = [(50, 20), (500, 8), (3000, 4)];
/// Members of an event that are looked at for a headline: copies have none.
const MEMBERS: usize = 4;
/// Keywords and outlets of an item.
const KEYWORDS: usize = 5;
const OUTLETS: usize = 12;
/// Bars of its documents by day.
const BARS: i64 = 60;
/// Sizes in the table by size: up to and including each.
const SIZES: [u64; 8] = [1, 2, 5, 10, 20, 50, 100, u64::MAX];

/// The items, and what all of them come to.
#[derive(Debug, Default, Serialize)]
pub(super) struct Items {
    /// Events or groups.
    pub(super) kind: Kind,
    pub(super) total: u64,
    pub(super) documents: u64,
    /// Of a night: items that it began.
    new: u64,
    sizes: Vec<SizeClass>,
    #[serde(skip)]
    pub(super) days: Days,
    #[serde(skip)]
    pub(super) listed: Vec<Item>,
}

/// What an item is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Kind {
    #[default]
    Events,
    Groups,
}

/// Items of one range of sizes; `to` is absent in the last.
#[derive(Debug, Serialize)]
struct SizeClass {
    from: u64,
    to: Option<u64>,
    items: u64,
    documents: u64,
}

/// One item as it is listed.
#[derive(Debug, Default, Serialize)]
pub(super) struct Item {
    #[serde(skip)]
    name: String,
    pub(super) title: String,
    pub(super) size: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    groups: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    first: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last: Option<i64>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    keywords: Vec<String>,
    #[serde(skip)]
    sources: Vec<String>,
    /// Their numbers among the names.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    outlets: Vec<usize>,
    all_outlets: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    first_seen: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    earlier: Option<u64>,
    #[serde(skip)]
    pub(super) detail: Option<Detail>,
}

/// What an item opens to.
#[derive(Debug, Default, Serialize)]
pub(super) struct Detail {
    id: String,
    pub(super) headlines: Vec<Headline>,
    more: u64,
    days: Option<Bars>,
    /// How many may be shown.
    #[serde(skip)]
    most: usize,
    /// The documents that may be, in order.
    #[serde(skip)]
    members: Vec<String>,
}

/// What is needed of every row of `events.jsonl`.
#[derive(Deserialize)]
struct EventSize<'a> {
    #[serde(borrow)]
    event: Cow<'a, str>,
    size: u64,
    first_published: Option<Cow<'a, str>>,
    first_seen: Option<Cow<'a, str>>,
    #[serde(default)]
    timeline: Vec<DayRow>,
}

/// What is needed of a large one.
#[derive(Deserialize)]
struct EventRow {
    event: String,
    size: u64,
    groups: Option<u64>,
    title: Option<String>,
    #[serde(default)]
    keywords: Vec<String>,
    first_published: Option<String>,
    last_published: Option<String>,
    #[serde(default)]
    sources: Vec<String>,
    #[serde(default)]
    timeline: Vec<DayRow>,
    #[serde(default)]
    members: Vec<String>,
    first_seen: Option<String>,
    earlier: Option<u64>,
}

impl Items {
    /// Those of a folder; none where it has neither table.
    pub(super) fn read(
        dir: &Path,
        night: Option<&str>,
        at_hand: Option<&dyn AtHand>,
    ) -> Result<Option<Self>, ReportError> {
        match Lines::open(dir.join("events.jsonl"))? {
            Some(lines) => Self::events(lines, night).map(Some),
            None => Self::groups(dir, night, at_hand),
        }
    }

    fn of(kind: Kind) -> Self {
        let from = |class: usize| if class == 0 { 1 } else { SIZES[class - 1] + 1 };
        let to = |class: usize| (SIZES[class] < u64::MAX).then_some(SIZES[class]);
        let class = |class| SizeClass { from: from(class), to: to(class), items: 0, documents: 0 };
        Self { kind, sizes: (0..SIZES.len()).map(class).collect(), ..Self::default() }
    }

    fn events(mut lines: Lines, night: Option<&str>) -> Result<Self, ReportError> {
        let mut items = Self::of(Kind::Events);
        let mut first = First::new(ITEMS);
        while lines.advance()? {
            let row: EventSize = lines.row()?;
            items.count(row.size, night.is_some() && row.first_seen.as_deref() == night);
            if let Some(at) = row.first_published.as_deref().and_then(|time| published(time).seconds()) {
                items.days.add(at, Series::Events, 1);
            }
            for day in &row.timeline {
                items.days.add_day(day);
            }
            let key = (Reverse(row.size), row.event.into_owned());
            if first.wants(&key) {
                first.put(key, Item::of_event(lines.row()?));
            }
        }
        items.list(first);
        Ok(items)
    }

    fn groups(dir: &Path, night: Option<&str>, at_hand: Option<&dyn AtHand>) -> Result<Option<Self>, ReportError> {
        let mut items = Self::of(Kind::Groups);
        let mut first = First::new(ITEMS);
        let are_there = each_group(dir, at_hand, |row| {
            items.count(row.size, night.is_some() && row.first_seen.as_deref() == night);
            let key = (Reverse(row.size), row.group.to_string());
            if first.wants(&key) {
                first.put(key, Item::of_group(&row));
            }
        })?;
        items.list(first);
        Ok(are_there.then_some(items))
    }

    fn count(&mut self, size: u64, is_new: bool) {
        self.total += 1;
        self.documents += size;
        self.new += u64::from(is_new);
        if let Some(class) = self.sizes.iter_mut().find(|class| class.to.is_none_or(|to| size <= to)) {
            class.items += 1;
            class.documents += size;
        }
    }

    fn list(&mut self, first: First<(Reverse<u64>, String), Item>) {
        self.listed = first.held.into_values().map(|item| *item).collect();
        for (rank, item) in self.listed.iter_mut().enumerate() {
            let most = HEADLINES.iter().find(|&&(ranks, _)| rank < ranks).map(|&(_, most)| most);
            item.detail = item.detail.take().zip(most).map(|(detail, most)| Detail { most, ..detail });
            if let Some(detail) = &mut item.detail {
                detail.members.truncate(MEMBERS * detail.most);
            }
        }
    }

    /// Numbers the outlets of all, then those of headlines and copies, and the copies' changes, as long as they fit.
    pub(super) fn number(&mut self, names: &mut Names, differences: &mut List) -> serde_json::Result<()> {
        for item in &mut self.listed {
            item.outlets = item.sources.iter().filter_map(|name| names.number(name)).collect();
        }
        let details = self.listed.iter_mut().filter_map(|item| item.detail.as_mut());
        let mut headlines = details.flat_map(|detail| &mut detail.headlines);
        headlines.try_for_each(|headline| headline.number(names, differences))
    }

    /// Where documents belong whose headlines may be shown.
    pub(super) fn wanted(&self) -> HashMap<String, usize> {
        let of_item = |(at, item): (usize, &Item)| {
            let members = item.detail.as_ref().map_or(&[][..], |detail| &detail.members);
            members.iter().map(|id| (id.clone(), at)).collect::<Vec<_>>()
        };
        self.listed.iter().enumerate().flat_map(of_item).collect()
    }

    /// All have been read: what is left out is told by number.
    pub(super) fn finish(&mut self) {
        for item in &mut self.listed {
            if let Some(detail) = &mut item.detail {
                detail.headlines.sort_by_key(|headline| (headline.published.is_none(), headline.published));
                detail.more = item.groups.unwrap_or(1).saturating_sub(detail.headlines.len() as u64);
                if let Some(headline) = detail.headlines.first().filter(|_| item.title.is_empty()) {
                    item.title = headline.title.clone().unwrap_or_default();
                    item.first = item.first.or(headline.published);
                }
            }
            if item.title.is_empty() {
                item.title = shown(&item.name, ID_CHARS);
            }
            item.groups = item.groups.filter(|&groups| groups != item.size);
            item.last = item.last.filter(|_| item.last != item.first);
        }
    }
}

impl Detail {
    /// Adds a headline, if one more is shown.
    pub(super) fn add(&mut self, headline: impl FnOnce() -> Headline) {
        if self.headlines.len() < self.most {
            self.headlines.push(headline());
        }
    }
}

impl Item {
    fn of_event(mut row: EventRow) -> Self {
        row.members.truncate(MEMBERS * HEADLINES[0].1);
        row.members.shrink_to_fit();
        let time = |time: Option<&str>| time.and_then(|time| published(time).seconds());
        let short =
            |names: &[String], most: usize| names.iter().take(most).map(|name| shown(name, WORD_CHARS)).collect();
        let detail = Detail {
            id: shown(&row.event, ID_CHARS),
            days: Days::of(&row.timeline).bars(BARS),
            members: row.members,
            ..Detail::default()
        };
        Self {
            title: shown(row.title.as_deref().unwrap_or_default(), TITLE_CHARS),
            size: row.size,
            groups: row.groups,
            first: time(row.first_published.as_deref()),
            last: time(row.last_published.as_deref()),
            keywords: short(&row.keywords, KEYWORDS),
            sources: short(&row.sources, OUTLETS),
            outlets: Vec::new(),
            all_outlets: row.sources.len(),
            first_seen: row.first_seen,
            earlier: row.earlier.filter(|&earlier| earlier > 0),
            // Of a single document the row tells all.
            detail: (row.size > 1 || row.earlier.is_some()).then_some(detail),
            name: row.event,
        }
    }

    fn of_group(row: &GroupRow) -> Self {
        let mut outlets: Vec<&str> = row.members.iter().filter_map(|member| member.source.as_deref()).collect();
        outlets.sort_unstable();
        outlets.dedup();
        let times = || row.members.iter().filter_map(|member| member.published);
        Self {
            name: row.group.to_string(),
            size: row.size,
            groups: Some(1),
            first: times().min(),
            last: times().max(),
            all_outlets: outlets.len(),
            sources: outlets.into_iter().take(OUTLETS).map(|name| shown(name, WORD_CHARS)).collect(),
            first_seen: row.first_seen.as_deref().map(str::to_owned),
            earlier: row.earlier.filter(|&earlier| earlier > 0),
            detail: Some(Detail {
                id: shown(&row.group, ID_CHARS),
                members: vec![row.representative.as_ref().unwrap_or(&row.group).to_string()],
                ..Detail::default()
            }),
            ..Self::default()
        }
    }
}
