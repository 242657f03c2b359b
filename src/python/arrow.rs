//! Arrow tables in and out, by the PyCapsule interface.

use super::errors::Fault;
use arrow_array::{ArrayRef, RecordBatch, RecordBatchReader, StructArray};
use arrow_schema::{ArrowError, Field, SchemaRef};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::PyCapsule;
use pyo3_arrow::error::PyArrowResult;
use pyo3_arrow::ffi::{ArrayIterator, to_schema_pycapsule, to_stream_pycapsule};
use pyo3_arrow::input::AnyRecordBatch;
use std::sync::Arc;

/// The batches of a table that somebody hands over, one after another.
pub(super) fn reader(table: &Bound<PyAny>) -> PyResult<Box<dyn RecordBatchReader + Send>> {
    let is_arrow = table.hasattr("__arrow_c_array__")? || table.hasattr("__arrow_c_stream__")?;
    if !is_arrow {
        let kind = table.get_type().name()?;
        return Err(PyTypeError::new_err(format!(
            "a table was expected that exports Arrow (__arrow_c_stream__), such as a Polars or pandas (2.2 or later) \
             DataFrame, a pyarrow Table or a DuckDB relation, not {kind}"
        )));
    }
    table.extract::<AnyRecordBatch>()?.into_reader()
}

/// All of them, with their columns. Whoever makes them may need the interpreter's lock: it must be free.
pub(super) fn batches(reader: Box<dyn RecordBatchReader + Send>) -> Result<(SchemaRef, Vec<RecordBatch>), Fault> {
    Ok((reader.schema(), reader.collect::<Result<_, ArrowError>>()?))
}

/// An Arrow table: whatever reads Arrow takes it (`polars.DataFrame(t)`, `pyarrow.table(t)`, DuckDB by its name).
#[pyclass(frozen, module = "newsfold")]
pub(super) struct Table {
    schema: SchemaRef,
    batches: Vec<RecordBatch>,
}

impl Table {
    pub(super) fn new(schema: SchemaRef, batches: Vec<RecordBatch>) -> Self {
        Table { schema, batches }
    }
}

#[pymethods]
impl Table {
    /// The rows, as the Arrow PyCapsule interface has them.
    #[pyo3(signature = (requested_schema = None))]
    fn __arrow_c_stream__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<Bound<'py, PyCapsule>>,
    ) -> PyArrowResult<Bound<'py, PyCapsule>> {
        let field = Arc::new(Field::new_struct("", self.schema.fields().clone(), false));
        let batches = self.batches.clone().into_iter().map(|batch| Ok(Arc::new(StructArray::from(batch)) as ArrayRef));
        to_stream_pycapsule(py, Box::new(ArrayIterator::new(batches, field)), requested_schema)
    }

    /// The columns, as the Arrow PyCapsule interface has them.
    fn __arrow_c_schema__<'py>(&self, py: Python<'py>) -> PyArrowResult<Bound<'py, PyCapsule>> {
        to_schema_pycapsule(py, &*self.schema)
    }

    /// How many rows there are.
    #[getter]
    fn num_rows(&self) -> usize {
        self.batches.iter().map(RecordBatch::num_rows).sum()
    }

    /// The names of the columns.
    #[getter]
    fn column_names(&self) -> Vec<&str> {
        self.schema.fields().iter().map(|field| field.name().as_str()).collect()
    }

    fn __len__(&self) -> usize {
        self.num_rows()
    }

    fn __repr__(&self) -> String {
        format!("<newsfold.Table of {} rows: {}>", self.num_rows(), self.column_names().join(", "))
    }
}
