//! Arrow tables in and out, by the PyCapsule interface.

use super::errors::Fault;
use arrow_array::{Array, ArrayRef, RecordBatch, RecordBatchReader, StructArray};
use arrow_schema::{ArrowError, Field, SchemaRef};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyCapsule, PyTuple};
use pyo3_arrow::error::PyArrowResult;
use pyo3_arrow::ffi::{ArrayIterator, ArrayReader, to_array_pycapsules, to_schema_pycapsule, to_stream_pycapsule};
use pyo3_arrow::input::{AnyArray, AnyRecordBatch};
use std::sync::Arc;

/// The batches of a table that somebody hands over, one after another.
pub(super) fn reader(table: &Bound<PyAny>) -> PyResult<Box<dyn RecordBatchReader + Send>> {
    let expected = "a table was expected that exports Arrow (__arrow_c_stream__), such as a Polars or pandas (2.2 or \
                    later) DataFrame, a pyarrow Table or a DuckDB relation";
    refuse_others(table, expected)?;
    table.extract::<AnyRecordBatch>()?.into_reader()
}

/// The chunks of a column, or of the rows of a table, that somebody hands over.
pub(super) fn chunks(array: &Bound<PyAny>) -> PyResult<Box<dyn ArrayReader + Send>> {
    let expected = "an array or a table was expected that exports Arrow (__arrow_c_array__ or __arrow_c_stream__), such \
                    as a Polars or pyarrow array of texts, or signatures";
    refuse_others(array, expected)?;
    array.extract::<AnyArray>()?.into_reader()
}

fn refuse_others(given: &Bound<PyAny>, expected: &str) -> PyResult<()> {
    if given.hasattr("__arrow_c_array__")? || given.hasattr("__arrow_c_stream__")? {
        return Ok(());
    }
    Err(PyTypeError::new_err(format!("{expected}, not {}", given.get_type().name()?)))
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

/// An Arrow array: whatever reads Arrow takes it (`pyarrow.array(a)`, `polars.Series(a)`).
#[pyclass(frozen, module = "newsfold", name = "Array")]
pub(super) struct Column {
    array: ArrayRef,
}

impl Column {
    pub(super) fn new(array: ArrayRef) -> Self {
        Column { array }
    }

    fn field(&self) -> Arc<Field> {
        Arc::new(Field::new("", self.array.data_type().clone(), true))
    }
}

#[pymethods]
impl Column {
    /// The values, as the Arrow PyCapsule interface has them.
    #[pyo3(signature = (requested_schema = None))]
    fn __arrow_c_array__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<Bound<'py, PyCapsule>>,
    ) -> PyArrowResult<Bound<'py, PyTuple>> {
        to_array_pycapsules(py, self.field(), &*self.array, requested_schema)
    }

    /// Their type, as the Arrow PyCapsule interface has it.
    fn __arrow_c_schema__<'py>(&self, py: Python<'py>) -> PyArrowResult<Bound<'py, PyCapsule>> {
        to_schema_pycapsule(py, &*self.field())
    }

    fn __len__(&self) -> usize {
        self.array.len()
    }

    fn __repr__(&self) -> String {
        format!("<newsfold.Array of {}: {}>", self.array.len(), self.array.data_type())
    }
}
