//! A result folder to what is shown of it.
//!
//! Tables are streamed: `events.jsonl` and `groups.jsonl` leave their largest rows, then `articles.jsonl` is read beside
//! the kept records (the n-th record belongs to the n-th representative), of which only those of a shown row are parsed.
//! Last, `groups.jsonl` tells how many copies the shown headlines have. Time linear in the tables; memory: the shown
//! rows, [`EVENTS`] x [`HEADLINES_FIRST`] headlines at most, and the longest line. Bad case: one event of millions of
//! documents, whose line is held while it is read.

use super::ReportError;
use super::chart::{Histogram, Timeline, TimelineView};
use super::kept::{Headline, ID_CHARS, Kept, Look, TITLE_CHARS, WORD_CHARS};
use super::lines::{First, Lines};
use super::show::clip;
use crate::input::published;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::HashMap;
use std::io;
use std::path::Path;

/// Events shown in full, and how many of them with many headlines.
const EVENTS: usize = 200;
const EVENTS_FIRST: usize = 20;
/// Headlines of one of the first events, and of a later one.
const HEADLINES_FIRST: usize = 30;
const HEADLINES: usize = 6;
/// Groups shown in full, and members of each.
const GROUPS: usize = 100;
const MEMBERS: usize = 15;
/// Keywords and sources of an event.
const WORDS: usize = 12;
/// Sizes in the table of events by size: up to and including each.
const SIZES: [u64; 8] = [1, 2, 5, 10, 20, 50, 100, u64::MAX];

/// All that is shown of a result folder; a table that is not there is `None`.
pub(super) struct Folder {
    pub(super) run: Value,
    pub(super) articles: Option<Articles>,
    pub(super) events: Option<Events>,
    pub(super) groups: Option<Groups>,
}

/// What `articles.jsonl` adds up to.
#[derive(Debug, Default, Serialize)]
pub(super) struct Articles {
    pub(super) documents: u64,
    pub(super) representatives: u64,
    pub(super) identical: u64,
    pub(super) similarities: Histogram,
}

/// The largest events of two documents or more, and all of them by size.
#[derive(Debug, Default, Serialize)]
pub(super) struct Events {
    pub(super) total: u64,
    documents: u64,
    shown_documents: u64,
    largest_size: u64,
    sizes: Vec<SizeClass>,
    shown: Vec<Event>,
}

/// Events of one range of sizes; `to` is absent in the last.
#[derive(Debug, Serialize)]
struct SizeClass {
    from: u64,
    to: Option<u64>,
    events: u64,
    documents: u64,
}

/// One event as it is shown.
#[derive(Debug, Serialize)]
struct Event {
    event: String,
    title: String,
    size: u64,
    groups: Option<u64>,
    keywords: Vec<String>,
    sources: Vec<String>,
    more_sources: usize,
    first: Option<i64>,
    last: Option<i64>,
    headlines: Vec<Headline>,
    more_headlines: u64,
    timeline: Option<TimelineView>,
}

/// The largest groups.
#[derive(Debug, Default, Serialize)]
pub(super) struct Groups {
    total: u64,
    documents: u64,
    shown_documents: u64,
    shown: Vec<Group>,
}

/// One group as it is shown: its members but the representative, the least similar first.
#[derive(Debug, Serialize)]
struct Group {
    headline: Headline,
    size: u64,
    members: Vec<Member>,
    more_members: usize,
}

/// A member of a group.
#[derive(Debug, Serialize, Deserialize)]
struct Member {
    id: String,
    similarity: Option<f64>,
}

/// Reads the folder.
pub(super) fn folder(dir: &Path, look: Option<Look>) -> Result<Folder, ReportError> {
    let run = run_json(dir)?;
    let (mut events, picked_events) = largest_events(dir)?;
    let (mut groups, picked_groups) = largest_groups(dir)?;
    let mut shown = Shown::of(picked_events, picked_groups);
    let articles = read_articles(dir, Kept::open(dir, &run, look)?, &mut shown)?;
    shown.count_copies(dir)?;
    if let Some(events) = &mut events {
        events.shown = shown.events.into_iter().map(Picked::shown).collect();
        events.shown_documents = events.shown.iter().map(|event| event.size).sum();
    }
    if let Some(groups) = &mut groups {
        groups.shown = shown.groups;
        groups.shown_documents = groups.shown.iter().map(|group| group.size).sum();
    }
    Ok(Folder { run, articles, events, groups })
}

fn run_json(dir: &Path) -> Result<Value, ReportError> {
    let path = dir.join("run.json");
    let text = match std::fs::read(&path) {
        Err(source) if source.kind() == io::ErrorKind::NotFound => {
            return Err(ReportError::NotAResult { dir: dir.to_owned() });
        }
        Err(source) => return Err(ReportError::Unreadable { path, line: 1, source }),
        Ok(text) => text,
    };
    serde_json::from_slice(&text).map_err(|source| ReportError::Malformed { path, line: source.line() as u64, source })
}

// ---- events

/// What is needed of every row of `events.jsonl`.
#[derive(Deserialize)]
struct EventSize<'a> {
    #[serde(borrow)]
    event: Cow<'a, str>,
    size: u64,
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
}

/// A large event while its headlines are gathered: the earliest first, undated last, then as they arrived.
struct Picked {
    event: Event,
    timeline: Option<Timeline>,
    headlines: First<(bool, i64, u64), Headline>,
    representatives: u64,
}

fn largest_events(dir: &Path) -> Result<(Option<Events>, Vec<Picked>), ReportError> {
    let Some(mut lines) = Lines::open(dir.join("events.jsonl"))? else { return Ok((None, Vec::new())) };
    let mut events = Events { sizes: size_classes(), ..Events::default() };
    let mut first = First::new(EVENTS);
    while lines.advance()? {
        let EventSize { event, size } = lines.row()?;
        events.count(size);
        let key = (Reverse(size), event.into_owned());
        if size > 1 && first.wants(&key) {
            first.put(key, lines.row::<EventRow>()?);
        }
    }
    let picked = first.held.into_values().enumerate().map(|(rank, row)| Picked::of(rank, row)).collect();
    Ok((Some(events), picked))
}

fn size_classes() -> Vec<SizeClass> {
    let from = |class: usize| if class == 0 { 1 } else { SIZES[class - 1] + 1 };
    let to = |class: usize| (SIZES[class] < u64::MAX).then_some(SIZES[class]);
    (0..SIZES.len()).map(|class| SizeClass { from: from(class), to: to(class), events: 0, documents: 0 }).collect()
}

impl Events {
    fn count(&mut self, size: u64) {
        self.total += 1;
        self.documents += size;
        self.largest_size = self.largest_size.max(size);
        if let Some(class) = self.sizes.iter_mut().find(|class| class.to.is_none_or(|to| size <= to)) {
            class.events += 1;
            class.documents += size;
        }
    }
}

impl Picked {
    fn of(rank: usize, row: EventRow) -> Self {
        let first = row.first_published.as_deref().and_then(|time| published(time).seconds());
        let last = row.last_published.as_deref().and_then(|time| published(time).seconds());
        let short = |names: &[String]| names.iter().take(WORDS).map(|name| clip(name, WORD_CHARS)).collect();
        let event = Event {
            title: clip(row.title.as_deref().unwrap_or_default(), TITLE_CHARS),
            event: row.event,
            size: row.size,
            groups: row.groups,
            keywords: short(&row.keywords),
            sources: short(&row.sources),
            more_sources: row.sources.len().saturating_sub(WORDS),
            first,
            last,
            headlines: Vec::new(),
            more_headlines: 0,
            timeline: None,
        };
        Self {
            event,
            timeline: first.zip(last).and_then(|(first, last)| Timeline::new(first, last)),
            headlines: First::new(if rank < EVENTS_FIRST { HEADLINES_FIRST } else { HEADLINES }),
            representatives: 0,
        }
    }

    fn add(&mut self, headline: &Headline, arrival: u64) {
        self.representatives += 1;
        if let (Some(timeline), Some(at)) = (&mut self.timeline, headline.published) {
            timeline.add(at);
        }
        let key = (headline.published.is_none(), headline.published.unwrap_or(0), arrival);
        if self.headlines.wants(&key) {
            self.headlines.put(key, headline.clone());
        }
    }

    fn shown(self) -> Event {
        let headlines: Vec<Headline> = self.headlines.held.into_values().map(Headline::shown).collect();
        Event {
            event: clip(&self.event.event, ID_CHARS),
            more_headlines: self.representatives - headlines.len() as u64,
            headlines,
            timeline: self.timeline.and_then(|timeline| timeline.draw()),
            ..self.event
        }
    }
}

// ---- groups

/// What is needed of every row of `groups.jsonl`.
#[derive(Deserialize)]
struct GroupSize<'a> {
    #[serde(borrow)]
    group: Cow<'a, str>,
    size: u64,
}

/// What is needed of a large one.
#[derive(Deserialize)]
struct GroupRow {
    group: String,
    size: u64,
    representative: Option<String>,
    #[serde(default)]
    members: Vec<Member>,
}

fn largest_groups(dir: &Path) -> Result<(Option<Groups>, Vec<Group>), ReportError> {
    let Some(mut lines) = Lines::open(dir.join("groups.jsonl"))? else { return Ok((None, Vec::new())) };
    let mut groups = Groups::default();
    let mut first = First::new(GROUPS);
    while lines.advance()? {
        let GroupSize { group, size } = lines.row()?;
        groups.total += 1;
        groups.documents += size;
        let key = (Reverse(size), group.into_owned());
        if first.wants(&key) {
            first.put(key, Group::of(lines.row()?));
        }
    }
    Ok((Some(groups), first.held.into_values().collect()))
}

impl Group {
    fn of(row: GroupRow) -> Self {
        let id = row.representative.unwrap_or(row.group);
        let mut members: Vec<Member> = row.members.into_iter().filter(|member| member.id != id).collect();
        members.sort_by(|a, b| {
            let similarity = |member: &Member| member.similarity.unwrap_or(2.0);
            similarity(a).total_cmp(&similarity(b)).then_with(|| a.id.cmp(&b.id))
        });
        let more_members = members.len().saturating_sub(MEMBERS);
        members.truncate(MEMBERS);
        members.iter_mut().for_each(|member| member.id = clip(&member.id, ID_CHARS));
        members.shrink_to_fit();
        Self { headline: Headline::bare(&id), size: row.size, members, more_members }
    }
}

// ---- articles and kept records

/// What is needed of every row of `articles.jsonl`.
#[derive(Deserialize)]
struct ArticleRow<'a> {
    #[serde(borrow)]
    id: Cow<'a, str>,
    representative: bool,
    similarity: Option<f64>,
    event: Option<Cow<'a, str>>,
}

/// The rows that are shown, found by name.
struct Shown {
    events: Vec<Picked>,
    groups: Vec<Group>,
    event_at: HashMap<String, usize>,
    group_at: HashMap<String, usize>,
}

impl Shown {
    fn of(events: Vec<Picked>, groups: Vec<Group>) -> Self {
        let event_at = events.iter().enumerate().map(|(at, picked)| (picked.event.event.clone(), at)).collect();
        let group_at = groups.iter().enumerate().map(|(at, group)| (group.headline.id.clone(), at)).collect();
        Self { events, groups, event_at, group_at }
    }

    /// Gives a representative to the event and the group in which it is shown; its record is parsed only then.
    fn add(&mut self, row: &ArticleRow, kept: Option<&Kept>, arrival: u64) -> Result<(), ReportError> {
        let event = row.event.as_deref().and_then(|event| self.event_at.get(event));
        let group = self.group_at.get(&*row.id);
        if event.is_none() && group.is_none() {
            return Ok(());
        }
        let headline = match kept {
            Some(kept) => kept.headline(&row.id),
            None => Headline::bare(&row.id),
        };
        if let Some(&at) = event {
            self.events[at].add(&headline, arrival);
        }
        if let Some(&at) = group {
            self.groups[at].headline = headline;
        }
        Ok(())
    }

    /// Tells every shown headline how large its group is.
    fn count_copies(&mut self, dir: &Path) -> Result<(), ReportError> {
        let headlines = self.events.iter_mut().flat_map(|picked| picked.headlines.held.values_mut());
        let mut headlines: HashMap<String, &mut Headline> = headlines.map(|h| (h.id.clone(), h)).collect();
        if let Some(mut lines) = Lines::open(dir.join("groups.jsonl"))?.filter(|_| !headlines.is_empty()) {
            while lines.advance()? {
                let GroupSize { group, size } = lines.row()?;
                if let Some(headline) = headlines.get_mut(&*group) {
                    headline.copies = size.saturating_sub(1);
                }
            }
        }
        drop(headlines);
        for group in &mut self.groups {
            group.headline = std::mem::take(&mut group.headline).shown();
        }
        Ok(())
    }
}

fn read_articles(dir: &Path, mut kept: Option<Kept>, shown: &mut Shown) -> Result<Option<Articles>, ReportError> {
    let Some(mut lines) = Lines::open(dir.join("articles.jsonl"))? else { return Ok(None) };
    let mut articles = Articles::default();
    while lines.advance()? {
        let row: ArticleRow = lines.row()?;
        articles.count(&row);
        if row.representative {
            kept.as_mut().map_or(Ok(()), Kept::advance)?;
            shown.add(&row, kept.as_ref(), articles.documents)?;
        }
    }
    Ok(Some(articles))
}

impl Articles {
    fn count(&mut self, row: &ArticleRow) {
        self.documents += 1;
        if row.representative {
            self.representatives += 1;
        } else if let Some(similarity) = row.similarity {
            self.identical += u64::from(similarity >= 1.0);
            self.similarities.add(similarity);
        }
    }
}
