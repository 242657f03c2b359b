//! The copies of a representative, and the versions of a page: who, when, and what differs.
//!
//! `groups.jsonl` tells who is in a group, `versions.jsonl` how texts differ, for as many as the run compared.

use super::ReportError;
use super::embed::List;
use super::kept::{Headline, ID_CHARS, TITLE_CHARS, WORD_CHARS};
use super::lines::Lines;
use super::names::Names;
use super::show::shown;
use crate::difference::{Difference, Kind};
use crate::input::published;
use ahash::HashMap;
use serde::{Deserialize, Deserializer, Serialize};
use std::borrow::Cow;
use std::path::Path;

/// Copies that are shown of a group.
const COPIES: usize = 12;
/// Pages whose versions are shown, and characters of an address.
const PAGES: usize = 50;
const URL_CHARS: usize = 200;

/// A row of `groups.jsonl`.
#[derive(Debug, Deserialize)]
pub(crate) struct GroupRow<'a> {
    #[serde(borrow)]
    pub(crate) group: Cow<'a, str>,
    pub(crate) size: u64,
    pub(crate) representative: Option<Cow<'a, str>>,
    #[serde(default, borrow)]
    pub(crate) members: Vec<Member<'a>>,
    pub(crate) earlier: Option<u64>,
    pub(crate) first_seen: Option<Cow<'a, str>>,
}

/// A member of a group.
#[derive(Debug, Deserialize)]
pub(crate) struct Member<'a> {
    #[serde(borrow)]
    pub(crate) id: Cow<'a, str>,
    pub(crate) similarity: Option<f64>,
    /// In seconds since 1970.
    #[serde(default, deserialize_with = "seconds")]
    pub(crate) published: Option<i64>,
    #[serde(borrow)]
    pub(crate) source: Option<Cow<'a, str>>,
}

fn seconds<'de, D: Deserializer<'de>>(written: D) -> Result<Option<i64>, D::Error> {
    let time = Option::<Cow<str>>::deserialize(written)?;
    Ok(time.and_then(|time| published(&time).seconds()))
}

/// A near-duplicate as it is shown.
#[derive(Debug, Clone, Default, Serialize)]
pub(super) struct Copy {
    id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    similarity: Option<f64>,
    #[serde(skip)]
    source: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    outlet: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    published: Option<i64>,
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    version: Option<Version>,
    /// The number of its changes in the list of those.
    #[serde(skip_serializing_if = "Option::is_none")]
    difference: Option<usize>,
}

impl Headline {
    /// Numbers its outlets, and its copies' changes, which go to `differences` as long as they fit.
    pub(super) fn number(&mut self, names: &mut Names, differences: &mut List) -> serde_json::Result<()> {
        self.outlet = self.source.as_deref().and_then(|name| names.number(name));
        for copy in &mut self.copies {
            copy.outlet = copy.source.as_deref().and_then(|name| names.number(name));
            if let Some(version) = copy.version.as_ref().filter(|version| !version.changes.parts.is_empty()) {
                let at = differences.len;
                copy.difference = differences.push(&version.changes)?.then_some(at);
            }
        }
        Ok(())
    }
}

/// How a text differs from the one it is held against.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Version {
    #[serde(skip_serializing_if = "String::is_empty")]
    title: String,
    added: usize,
    removed: usize,
    #[serde(skip)]
    changes: Changes,
}

/// The changes with the words around them, and how many more there are.
#[derive(Debug, Clone, Serialize)]
struct Changes {
    /// What only the old text has is of the kind -1, what only the new one has of 1.
    parts: Vec<(i8, String)>,
    more: usize,
}

impl Version {
    fn of(title: &str, difference: Difference) -> Self {
        let Difference { added, removed, differences, more } = difference;
        let sign = |kind| match kind {
            Kind::Same => 0,
            Kind::Removed => -1,
            Kind::Added => 1,
        };
        // Blanks at the ends part words: what is shown keeps them.
        let part = |kind, text: &str| (sign(kind), super::show::plain(text).chars().take(PART_CHARS).collect());
        Self {
            title: shown(title, TITLE_CHARS),
            added,
            removed,
            changes: Changes {
                parts: differences.into_iter().take(PARTS).map(|it| part(it.kind, &it.text)).collect(),
                more,
            },
        }
    }
}

/// Runs of words that are shown, and characters of one.
const PARTS: usize = 40;
const PART_CHARS: usize = 600;

/// A page that changed.
#[derive(Debug, Serialize)]
pub(super) struct Page {
    url: String,
    versions: Vec<PageVersion>,
}

/// What a page said at a time; the first one's difference is none.
#[derive(Debug, Serialize)]
struct PageVersion {
    id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    published: Option<i64>,
    #[serde(skip_serializing_if = "String::is_empty")]
    source: String,
    is_first: bool,
    #[serde(flatten)]
    version: Version,
    #[serde(flatten)]
    changes: Changes,
}

/// A row of `versions.jsonl`.
#[derive(Debug, Deserialize)]
struct Row {
    id: String,
    why: String,
    of: Option<String>,
    #[serde(default)]
    title: String,
    #[serde(default)]
    source: String,
    published: Option<String>,
    #[serde(default)]
    url: String,
    #[serde(flatten)]
    difference: Difference,
}

/// What `versions.jsonl` tells.
#[derive(Debug, Default)]
pub(super) struct Versions {
    of_groups: HashMap<String, Version>,
    pub(super) pages: Vec<Page>,
}

/// Differences that are held.
const HELD: usize = 2000;

impl Versions {
    pub(super) fn read(dir: &Path) -> Result<Option<Self>, ReportError> {
        let Some(mut lines) = Lines::open(dir.join("versions.jsonl"))? else { return Ok(None) };
        let mut versions = Self::default();
        while lines.advance()? {
            let row: Row = lines.row()?;
            if row.why == "url" {
                versions.page(row);
            } else if versions.of_groups.len() < HELD {
                versions.of_groups.insert(row.id, Version::of(&row.title, row.difference));
            }
        }
        Ok(Some(versions))
    }

    fn page(&mut self, row: Row) {
        let version = Version::of(&row.title, row.difference);
        let version = PageVersion {
            id: shown(&row.id, ID_CHARS),
            published: row.published.as_deref().and_then(|time| published(time).seconds()),
            source: shown(&row.source, WORD_CHARS),
            is_first: row.of.is_none(),
            changes: version.changes.clone(),
            version,
        };
        if version.is_first && self.pages.len() < PAGES {
            self.pages.push(Page { url: shown(&row.url, URL_CHARS), versions: vec![version] });
        } else if let Some(page) =
            self.pages.last_mut().filter(|page| !version.is_first && page.versions.len() < COPIES)
        {
            page.versions.push(version);
        }
    }

    /// Gives a headline the copies that its group has, the earliest first.
    pub(super) fn tell<'m>(&self, headline: &mut Headline, row: &'m GroupRow) {
        let representative = row.representative.as_ref().unwrap_or(&row.group);
        let mut members: Vec<(Option<i64>, &'m Member)> = row
            .members
            .iter()
            .filter(|member| member.id != *representative)
            .map(|member| (member.published, member))
            .collect();
        // Of many, those of which is known what differs.
        members.sort_by_key(|(time, member)| (!self.of_groups.contains_key(&*member.id), time.is_none(), *time));
        let most = members.len().min(COPIES);
        let order = |(time, member): &(Option<i64>, &'m Member)| (time.is_none(), *time, &*member.id);
        members[..most].sort_by(|one, other| order(one).cmp(&order(other)));
        headline.more_copies = members.len().saturating_sub(COPIES);
        let copy = |&(published, member): &(Option<i64>, &Member)| Copy {
            id: shown(&member.id, ID_CHARS),
            similarity: member.similarity,
            source: member.source.as_deref().map(|source| shown(source, WORD_CHARS)),
            published,
            version: self.of_groups.get(&*member.id).cloned(),
            ..Copy::default()
        };
        headline.copies = members.iter().take(COPIES).map(copy).collect();
    }
}
