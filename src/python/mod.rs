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

/// Finds near-duplicates among the rows of `table`.
#[pyfunction]
#[pyo3(signature = (table, **params))]
fn dedup(py: Python, table: &Bound<PyAny>, params: Option<&Bound<PyDict>>) -> PyResult<Table> {
    labelled(py, Verb::Dedup, table, params)
}

/// Finds near-duplicates and events among the rows of `table`.
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
