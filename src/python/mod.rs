//! The Python package `newsfold`: what the library does, for Arrow tables that are in memory.
//!
//! Thin: arguments to parameters, tables to [`crate::input::Frame`] and back, errors to exceptions. Whatever takes long
//! runs without the interpreter's lock, on a thread of its own, so that Ctrl-C is heard.

mod arguments;
mod arrow;
mod errors;
mod index;
mod kernels;
mod running;

use crate::input::Frame;
use crate::pipeline::{Verb, label};
use arguments::Options;
use arrow::{Table, batches, reader};
use pyo3::prelude::*;
use pyo3::types::PyDict;

/// Finds what `verb` finds among the rows of `table`.
fn labelled(py: Python, verb: Verb, table: &Bound<PyAny>, params: Option<&Bound<PyDict>>) -> PyResult<Table> {
    let job = Options::read(params)?.job(verb)?;
    let reader = reader(table)?;
    let (schema, batches) = running::detached(py, move |watch| {
        let (schema, batches) = batches(reader)?;
        let frame = Frame::new(&schema, &batches, &job.params.input.fields)?;
        Ok(label(&job, &frame, watch)?)
    })?;
    Ok(Table::new(schema, batches))
}

/// Finds near-duplicates among the rows of a table, and verifies them exactly.
///
/// `table` is anything that exports Arrow (`__arrow_c_stream__` or `__arrow_c_array__`): a Polars or pandas (2.2 or later)
/// DataFrame, a pyarrow Table, a DuckDB relation. Its columns are found by the names that crawls use: `id`; `text`,
/// `content`, `body`, `maintext` or `article`; `title` or `headline`; `published`, `date` and the like; `source`,
/// `domain` and the like; `url`, `link` or `uri`. Texts are read where they are, without a copy.
///
/// Gives a `Table` with one row for each row of `table`, in its order, and these columns:
///
/// - `id`: as in `table`, as text; else the canonical URL; else `row#1` for the first row, and so on;
/// - `group`: the id of the document that represents its group;
/// - `representative`: whether it is that document itself, so that those are what to keep;
/// - `similarity`: the exact one (Jaccard of shingles) to its representative, 1.0 for itself;
/// - `same_url`: the first document of the same canonical URL, where there are others;
/// - `reason`: null for a document; for a row that is none (`no_text`, `empty_text`, `duplicate_id`, ...) why, and all
///   other columns but perhaps `id` are null.
///
/// Parameters are the program's options: `threshold` (0.65), `width` (words in a shingle, 5), `containment`, `linkage`
/// (`"components"` or `"representative"`), `keep` (`"earliest"`, `"longest"` or `"first"`), `prefer_source`, `recall`
/// (0.99), `slots` (128), `bands`, `rows`, `learn_boilerplate` or `keep_boilerplate`, `id_field`, `text_field`,
/// `title_field`, `published_field`, `source_field`, `url_field`, `lang_field`, `embedding_field`, `newest` (a day),
/// `max_record_bytes`, `threads` (as many as there are processors), `memory` (bytes) and `temp` (a folder). Groups are
/// those that the program finds in a file of the same documents.
///
/// Raises `ValueError` or `TypeError` for a parameter or a table that cannot be used. Other threads run meanwhile, and
/// Ctrl-C ends it.
///
/// >>> import newsfold, polars as pl
/// >>> news = pl.DataFrame({
/// ...     "id": ["a", "b", "c"],
/// ...     "text": ["Talks were held in Geneva on Monday, both sides said after the third round",
/// ...              "Talks were held in Geneva on Monday, both sides said after the fourth round",
/// ...              "Rain is expected in most parts of the country"],
/// ... })
/// >>> found = pl.DataFrame(newsfold.dedup(news, width=2))
/// >>> found["group"].to_list()
/// ['a', 'a', 'c']
/// >>> news.filter(found["representative"])["id"].to_list()
/// ['a', 'c']
#[pyfunction]
#[pyo3(signature = (table, **params))]
fn dedup(py: Python, table: &Bound<PyAny>, params: Option<&Bound<PyDict>>) -> PyResult<Table> {
    labelled(py, Verb::Dedup, table, params)
}

/// Finds near-duplicates among the rows of a table, and events among what is left: the documents about one happening.
///
/// Takes and gives what `dedup` does, and a column `event` beside `group`: the id of the earliest document of the event.
/// Lines that a source repeats on many unlike pages are left out, unless `keep_boilerplate` is true. Groups and events are
/// those that `newsfold run` finds in a file of the same documents. Dates matter: without a column of them, documents are
/// brought together by their words alone.
///
/// >>> import newsfold, polars as pl
/// >>> news = pl.DataFrame({
/// ...     "id": ["a", "b", "c"],
/// ...     "title": ["Iran and E3 meet in Geneva", "Iran, E3 hold nuclear talks in Geneva", "Rain in most parts"],
/// ...     "published": ["2025-01-13", "2025-01-13T18:00:00Z", "2025-01-14"],
/// ... })
/// >>> pl.DataFrame(newsfold.events(news))["event"].to_list()
/// ['a', 'a', 'c']
#[pyfunction]
#[pyo3(signature = (table, **params))]
fn events(py: Python, table: &Bound<PyAny>, params: Option<&Bound<PyDict>>) -> PyResult<Table> {
    labelled(py, Verb::Run, table, params)
}

#[pymodule]
mod _newsfold {
    #[pymodule_export]
    use super::arrow::{Column, Table};
    #[pymodule_export]
    use super::index::Index;
    #[pymodule_export]
    use super::kernels::{band_keys, signatures};
    #[pymodule_export]
    use super::{dedup, events};

    #[pymodule_export]
    #[allow(non_upper_case_globals, reason = "as Python spells it")]
    const __version__: &str = env!("CARGO_PKG_VERSION");
}
