//! The page for people: a result folder to `report.html`.
//!
//! [`render`] reads the folder alone, so the page can be written again at any time: `read` keeps of the tables only
//! what is shown (`lines` a line at a time, `kept` a headline at a time): `items` are listed, `copies` tell what differs
//! between versions, `outlets` who copied whom. `run` and `audit` take the numbers of `run.json`, `days` and `chart` turn
//! numbers into coordinates, `show` writes numbers, times and crawled text for the eye, and `page.html` puts them together.
//! What is listed stands in the page as data (`embed`), which `page.js` shows, sorts and searches; `policy` allows that
//! script and nothing else.
//!
//! Law: the same folder gives the same bytes, and no text from the crawl reaches the page unescaped or unneutralised.
//! One pass over each table (two over `groups.jsonl`, three where there are no events), memory bounded by what is shown and
//! the longest line.

mod audit;
mod chart;
mod copies;
mod days;
mod embed;
mod items;
mod kept;
mod lines;
mod names;
mod outlets;
mod policy;
mod read;
mod run;
pub(crate) mod show;

use copies::Versions;
pub(crate) use copies::{GroupRow, Member};
use items::{Items, Kind};
use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{Environment, UndefinedBehavior};
use names::Names;
pub(crate) use read::{ArticleRow, AtHand};
use serde::Serialize;
use std::io;
use std::path::{Path, PathBuf};

/// The name decides the escaping: `.html` turns it on.
const PAGE: &str = "page.html";

/// Why a page could not be written, with the evidence.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// The folder has no `run.json`.
    #[error("{} is no result of newsfold: it has no run.json", dir.display())]
    NotAResult {
        /// The folder.
        dir: PathBuf,
    },
    /// A file of the folder cannot be read.
    #[error("{}: line {line}: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The line that was to be read, from 1.
        line: u64,
        /// What the system said.
        source: io::Error,
    },
    /// A line of a table is not what the table's format says.
    #[error("{}: line {line}: {source}", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: u64,
        /// What is wrong with it.
        source: serde_json::Error,
    },
    /// `articles.jsonl` has more representatives than there are kept records.
    #[error("{}: ends after {lines} records, but articles.jsonl has more representatives", path.display())]
    TooFewKept {
        /// The file of kept records.
        path: PathBuf,
        /// How many it has.
        lines: u64,
    },
    /// What the script lists is no JSON: a bug of newsfold.
    #[error("the report's data failed: {0}")]
    Data(serde_json::Error),
    /// The template and what it is given do not fit: a bug of newsfold.
    #[error("the report's template failed: {0}")]
    Template(#[from] minijinja::Error),
}

/// Reads the tables in `dir` and returns the page.
///
/// Needs `run.json`; every other file, and every key of `run.json`, may be missing: its part is left out.
pub fn render(dir: &Path) -> Result<String, ReportError> {
    render_with(dir, None)
}

/// The same page as [`render`]'s, sooner: of who wrote the tables in `dir` and has their rows `at_hand`.
pub(crate) fn render_with(dir: &Path, at_hand: Option<&dyn AtHand>) -> Result<String, ReportError> {
    let read::Folder { run, articles, mut items, outlets, versions, changes } = read::folder(dir, at_hand)?;
    let data = data(items.as_mut(), versions.as_ref())?;
    let audit = audit::Audit::of(&run);
    let of_events = items.as_ref().filter(|items| items.kind == Kind::Events);
    let run = run::Run::of(&run, articles.as_ref(), of_events.map(|items| items.total));
    let histogram = articles.as_ref().map(|articles| articles.similarities.draw(run.threshold, run.shape));
    let view = View {
        audit,
        histogram,
        days: items.as_ref().and_then(|items| items.days.bars(BARS)).map(|bars| bars.draw()),
        outlets: outlets.as_ref().map(outlets::Outlets::view),
        has_versions: versions.is_some(),
        pages: versions.as_ref().map_or(0, |versions| versions.pages.len()),
        largest: items.as_ref().map(|items| &items.listed[..data.listed.min(LARGEST)]).unwrap_or_default(),
        listed: data.listed,
        detailed: data.detailed,
        items: items.as_ref(),
        run,
        articles,
        changes,
        policy: policy::policy(STYLE, SCRIPT),
        style: STYLE,
        script: SCRIPT,
        data: data.json,
    };
    Ok(environment()?.get_template(PAGE)?.render(Serde(view))?)
}

/// Bytes of all that is listed: with the rest of the page, less than 5 MiB. Of these, at most so many of the names of
/// outlets, of the rows, of changes of words, and of pages that changed; what the rows open to has what is left.
const DATA_BYTES: usize = 4_700 << 10;
const NAME_BYTES: usize = 200 << 10;
const ROW_BYTES: usize = 2_400 << 10;
const DIFFERENCE_BYTES: usize = 700 << 10;
const PAGE_BYTES: usize = 200 << 10;
/// Items that are named where no script runs.
const LARGEST: usize = 30;
/// Bars of the chart over time.
const BARS: i64 = 60;

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// What the script of the page lists.
struct Data {
    json: String,
    /// Rows for which there was room, and those with what they open to.
    listed: usize,
    detailed: usize,
}

fn data(items: Option<&mut Items>, versions: Option<&Versions>) -> Result<Data, ReportError> {
    let [mut rows, mut pages, mut differences] = [ROW_BYTES, PAGE_BYTES, DIFFERENCE_BYTES].map(embed::List::new);
    let mut names = Names::new(NAME_BYTES);
    let write = || {
        let mut items = items;
        items.as_mut().map_or(Ok(()), |items| items.number(&mut names, &mut differences))?;
        let all = items.map_or(&[][..], |items| &items.listed);
        let listed = rows.extend(all)?;
        pages.extend(versions.map_or(&[][..], |versions| &versions.pages))?;
        let [rows, pages, differences] = [rows, pages, differences].map(embed::List::json);
        let names = names.json();
        let taken: usize = [&rows, &pages, &differences, &names].into_iter().map(String::len).sum();
        let mut details = embed::List::new(DATA_BYTES - taken);
        let with_detail = all[..listed].iter().map(|item| item.detail.as_ref()).take_while(Option::is_some);
        let detailed = details.extend(with_detail)?;
        let details = details.json();
        let json = format!(
            r#"{{"names":{names},"rows":{rows},"details":{details},"differences":{differences},"pages":{pages}}}"#
        );
        Ok(Data { json, listed, detailed })
    };
    write().map_err(ReportError::Data)
}

/// What the template sees; a part without its table is `None`.
#[derive(Serialize)]
struct View<'a> {
    run: run::Run,
    audit: Option<audit::Audit>,
    histogram: Option<chart::HistogramView>,
    days: Option<days::View>,
    articles: Option<read::Articles>,
    items: Option<&'a Items>,
    /// What a browser without the script shows some of.
    largest: &'a [items::Item],
    listed: usize,
    detailed: usize,
    outlets: Option<outlets::View>,
    has_versions: bool,
    pages: usize,
    changes: Option<read::Changes>,
    policy: String,
    style: &'static str,
    script: &'static str,
    data: String,
}

/// A strict environment: an unknown name is an error, and every text passes through `show::plain` on its way out.
fn environment() -> Result<Environment<'static>, minijinja::Error> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_syntax(SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build()?);
    environment.set_formatter(show::formatter);
    environment.add_filter("count", show::count);
    environment.add_filter("bytes", show::bytes);
    environment.add_filter("seconds", show::seconds);
    environment.add_filter("percent", show::percent);
    environment.add_filter("similarity", show::similarity);
    environment.add_filter("when", show::when);
    environment.add_filter("rfc3339", show::rfc3339);
    environment.add_template(PAGE, include_str!("page.html"))?;
    Ok(environment)
}

#[cfg(test)]
mod tests;
