//! The page for people: a result folder to `report.html`.
//!
//! [`render`] reads the folder alone, so the page can be written again at any time: `read` keeps of the tables only
//! what is shown (`lines` a line at a time, `kept` a headline at a time), `run` and `audit` take the numbers of
//! `run.json`, `chart` turns numbers into coordinates, `show` writes numbers, times and crawled text for the eye, and
//! `page.html` puts them together.
//!
//! Law: the same folder gives the same bytes, and no text from the crawl reaches the page unescaped or unneutralised.
//! One pass over each table (two over `groups.jsonl`), memory bounded by what is shown and the longest line.

mod audit;
mod chart;
mod kept;
mod lines;
mod read;
mod run;
pub(crate) mod show;

pub use kept::Look;
use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{Environment, UndefinedBehavior};
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

/// The same page as [`render`]'s, sooner: `look` gives the kept records that are shown, where `dir` has them.
pub fn render_with(dir: &Path, look: Option<Look>) -> Result<String, ReportError> {
    let folder = read::folder(dir, look)?;
    let run = run::Run::of(&folder.run, folder.articles.as_ref(), folder.events.as_ref().map(|events| events.total));
    let histogram = folder.articles.as_ref().map(|articles| articles.similarities.draw(run.threshold));
    let audit = audit::Audit::of(&folder.run);
    let view = View { run, audit, histogram, articles: folder.articles, events: folder.events, groups: folder.groups };
    Ok(environment()?.get_template(PAGE)?.render(Serde(view))?)
}

/// What the template sees; a part without its table is `None`.
#[derive(Serialize)]
struct View {
    run: run::Run,
    audit: Option<audit::Audit>,
    histogram: Option<chart::HistogramView>,
    articles: Option<read::Articles>,
    events: Option<read::Events>,
    groups: Option<read::Groups>,
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
    environment.add_filter("span", show::span);
    environment.add_template(PAGE, include_str!("page.html"))?;
    Ok(environment)
}

#[cfg(test)]
mod tests;
