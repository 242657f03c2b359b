//! A result folder to what is shown of it.
//!
//! Tables are streamed: `events.jsonl` leaves its largest rows, then `articles.jsonl` is read beside the kept records (the
//! n-th record belongs to the n-th representative), of which only those of a shown headline are parsed; `groups.jsonl`
//! tells who copied whom, meanwhile, and then the copies of the headlines. A run that has just written the last two hands
//! out their rows instead ([`AtHand`]). Time linear in the tables; memory: what is shown, and the longest line. Bad case:
//! one event of millions of documents, whose line is held while it is read.

use super::ReportError;
use super::chart::Histogram;
use super::copies::{GroupRow, Versions};
use super::items::Items;
use super::kept::{Headline, ID_CHARS, Kept};
use super::lines::Lines;
use super::outlets::Outlets;
use super::show::shown;
use ahash::HashMap;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::borrow::Cow;
use std::io;
use std::path::Path;

/// Names that ended that are shown.
const CHANGES: usize = 200;

/// All that is shown of a result folder; a table that is not there is `None`.
pub(super) struct Folder {
    pub(super) run: Value,
    pub(super) articles: Option<Articles>,
    pub(super) items: Option<Items>,
    pub(super) outlets: Option<Outlets>,
    pub(super) versions: Option<Versions>,
    pub(super) changes: Option<Changes>,
}

/// What `articles.jsonl` adds up to.
#[derive(Debug, Default, Serialize)]
pub(super) struct Articles {
    pub(super) documents: u64,
    pub(super) representatives: u64,
    pub(super) identical: u64,
    /// Of a night: documents of groups that came up earlier.
    known: u64,
    #[serde(skip)]
    pub(super) similarities: Histogram,
}

/// The names that ended on a night.
#[derive(Debug, Default, Serialize)]
pub(super) struct Changes {
    total: u64,
    shown: Vec<Change>,
}

/// A name that ended, and the one that stays.
#[derive(Debug, Serialize, Deserialize)]
struct Change {
    what: String,
    name: String,
    into: String,
}

/// What is needed of every row of `articles.jsonl`.
#[derive(Deserialize)]
pub(crate) struct ArticleRow<'a> {
    #[serde(borrow)]
    pub(crate) id: Cow<'a, str>,
    #[serde(borrow)]
    pub(crate) group: Option<Cow<'a, str>>,
    pub(crate) representative: bool,
    pub(crate) similarity: Option<f64>,
    pub(crate) new: Option<bool>,
}

/// What a run that has just written a folder still knows of it: the rows of tables that would else be read, and records.
pub(crate) trait AtHand: Sync {
    /// Hands out the rows of `articles.jsonl`.
    fn articles(&self, each: &mut dyn FnMut(ArticleRow) -> Result<(), ReportError>) -> Result<(), ReportError>;

    /// Hands out the rows of `groups.jsonl`.
    fn groups(&self, each: &mut dyn FnMut(GroupRow));

    /// The n-th of the kept records, counted from 0, without reading those before it.
    fn kept(&self, nth: u64) -> Option<Vec<u8>>;
}

/// Hands out the rows of `groups.jsonl`; tells whether there is such a table.
pub(super) fn each_group(
    dir: &Path,
    at_hand: Option<&dyn AtHand>,
    mut each: impl FnMut(GroupRow),
) -> Result<bool, ReportError> {
    if let Some(run) = at_hand {
        run.groups(&mut each);
        return Ok(true);
    }
    let Some(mut lines) = Lines::open(dir.join("groups.jsonl"))? else { return Ok(false) };
    while lines.advance()? {
        each(lines.row()?);
    }
    Ok(true)
}

/// Reads the folder.
pub(super) fn folder(dir: &Path, at_hand: Option<&dyn AtHand>) -> Result<Folder, ReportError> {
    let run = run_json(dir)?;
    let (items, others) = rayon::join(
        || Items::read(dir, run["night"].as_str(), at_hand),
        || Ok::<_, ReportError>((read_outlets(dir, at_hand)?, Versions::read(dir)?)),
    );
    let (mut items, (outlets, versions)) = (items?, others?);
    let articles = read_articles(dir, at_hand, Kept::open(dir, &run, at_hand)?, items.as_mut())?;
    read_copies(dir, at_hand, items.as_mut(), versions.as_ref())?;
    items.iter_mut().for_each(Items::finish);
    Ok(Folder { run, articles, items, outlets, versions, changes: read_changes(dir)? })
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

fn read_articles(
    dir: &Path,
    at_hand: Option<&dyn AtHand>,
    mut kept: Option<Kept>,
    mut items: Option<&mut Items>,
) -> Result<Option<Articles>, ReportError> {
    let wanted = items.as_ref().map(|items| items.wanted()).unwrap_or_default();
    let mut articles = Articles::default();
    let mut take = |row: ArticleRow| {
        articles.count(&row);
        if row.representative {
            kept.as_mut().map_or(Ok(()), Kept::advance)?;
        }
        let item = wanted.get(&*row.id).and_then(|&at| items.as_mut()?.listed.get_mut(at));
        if let Some(detail) = item.and_then(|item| item.detail.as_mut()) {
            if row.representative {
                detail.add(|| kept.as_ref().map_or_else(|| Headline::bare(&row.id), |kept| kept.headline(&row.id)));
            } else if let Some(group) = row.group.filter(|_| row.new == Some(false))
                && !detail.headlines.iter().any(|headline| headline.id == group)
            {
                detail.add(|| Headline { is_earlier: true, ..Headline::bare(&group) });
            }
        }
        Ok(())
    };
    if let Some(run) = at_hand {
        run.articles(&mut take)?;
        return Ok(Some(articles));
    }
    let Some(mut lines) = Lines::open(dir.join("articles.jsonl"))? else { return Ok(None) };
    while lines.advance()? {
        take(lines.row()?)?;
    }
    Ok(Some(articles))
}

impl Articles {
    fn count(&mut self, row: &ArticleRow) {
        self.documents += 1;
        self.known += u64::from(row.new == Some(false));
        if row.representative {
            self.representatives += 1;
        } else if let Some(similarity) = row.similarity {
            self.identical += u64::from(similarity >= 1.0);
            self.similarities.add(similarity);
        }
    }
}

/// Tells who copied whom.
fn read_outlets(dir: &Path, at_hand: Option<&dyn AtHand>) -> Result<Option<Outlets>, ReportError> {
    let mut outlets = Outlets::default();
    let are_there = each_group(dir, at_hand, |row| outlets.add(&row))?;
    Ok(are_there.then_some(outlets))
}

/// Tells every shown headline its copies.
fn read_copies(
    dir: &Path,
    at_hand: Option<&dyn AtHand>,
    items: Option<&mut Items>,
    versions: Option<&Versions>,
) -> Result<(), ReportError> {
    let details = items.into_iter().flat_map(|items| &mut items.listed).filter_map(|item| item.detail.as_mut());
    let headlines = details.flat_map(|detail| &mut detail.headlines);
    let mut headlines: HashMap<String, &mut Headline> = headlines.map(|h| (h.id.clone(), h)).collect();
    let none = Versions::default();
    let are_there = each_group(dir, at_hand, |row| {
        if let Some(headline) = headlines.get_mut(&**row.representative.as_ref().unwrap_or(&row.group)) {
            versions.unwrap_or(&none).tell(headline, &row);
        }
    })?;
    if are_there {
        // The ids were whole while they were looked up; now they are only shown.
        headlines.into_values().for_each(|headline| headline.id = shown(&headline.id, ID_CHARS));
    }
    Ok(())
}

fn read_changes(dir: &Path) -> Result<Option<Changes>, ReportError> {
    let Some(mut lines) = Lines::open(dir.join("changes.jsonl"))? else { return Ok(None) };
    let mut changes = Changes::default();
    while lines.advance()? {
        let Change { what, name, into } = lines.row()?;
        changes.total += 1;
        if changes.shown.len() < CHANGES {
            let [what, name, into] = [what, name, into].map(|text| shown(&text, ID_CHARS));
            changes.shown.push(Change { what, name, into });
        }
    }
    Ok(Some(changes))
}
