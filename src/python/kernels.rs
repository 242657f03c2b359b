//! Signatures and band keys of some rows.

use super::arguments::Options;
use super::arrow::{Column, chunks};
use super::errors::Fault;
use super::running::detached;
use crate::error::Error;
use crate::input::Frame;
use crate::pipeline::{self, Verb};
use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef, FixedSizeListArray, RecordBatch};
use arrow_cast::{CastOptions, cast_with_options};
use arrow_schema::{ArrowError, DataType, Field, FieldRef, Schema, SchemaRef};
use pyo3::prelude::*;
use pyo3::types::PyDict;
use std::sync::Arc;

/// The rows of some chunks: of a table, or of a column of texts.
fn rows(field: &FieldRef, chunks: &[ArrayRef], job: &pipeline::Job) -> Result<Frame, Fault> {
    let fields = &job.params.input.fields;
    if let DataType::Struct(columns) = field.data_type() {
        let schema: SchemaRef = Arc::new(Schema::new(columns.clone()));
        let batch = |chunk: &ArrayRef| {
            let (_, columns, nulls) = chunk.as_struct().clone().into_parts();
            if nulls.is_some_and(|nulls| nulls.null_count() > 0) {
                return Err(Error::Frame { why: "some of its rows are missing altogether".to_owned() }.into());
            }
            let options = arrow_array::RecordBatchOptions::new().with_row_count(Some(chunk.len()));
            Ok(RecordBatch::try_new_with_options(Arc::clone(&schema), columns, &options)?)
        };
        let batches = chunks.iter().map(batch).collect::<Result<Vec<_>, Fault>>()?;
        return Ok(Frame::new(&schema, &batches, fields)?);
    }
    let name = fields.text.first().map_or("text", String::as_str);
    let schema: SchemaRef = Arc::new(Schema::new(vec![Field::new(name, field.data_type().clone(), true)]));
    let batch = |chunk: &ArrayRef| Ok(RecordBatch::try_new(Arc::clone(&schema), vec![Arc::clone(chunk)])?);
    let batches = chunks.iter().map(batch).collect::<Result<Vec<_>, Fault>>()?;
    Ok(Frame::new(&schema, &batches, fields)?)
}

/// One thread, unless more are asked for: where rows are spread over workers, each has a core of its own.
fn signed(field: &FieldRef, chunks: &[ArrayRef], job: &pipeline::Job) -> Result<FixedSizeListArray, Fault> {
    Ok(pipeline::signatures(&rows(field, chunks, job)?, &job.params, job.threads.unwrap_or(1))?)
}

#[pyfunction]
#[pyo3(signature = (array, **params))]
pub(super) fn signatures(py: Python, array: &Bound<PyAny>, params: Option<&Bound<PyDict>>) -> PyResult<Column> {
    let job = Options::read(params)?.job(Verb::Dedup)?;
    let reader = chunks(array)?;
    let signatures = detached(py, move |_| {
        let (field, chunks) = (reader.field(), reader.collect::<Result<Vec<_>, _>>()?);
        signed(&field, &chunks, &job)
    })?;
    Ok(Column::new(Arc::new(signatures)))
}

#[pyfunction]
#[pyo3(signature = (array, **params))]
pub(super) fn band_keys(py: Python, array: &Bound<PyAny>, params: Option<&Bound<PyDict>>) -> PyResult<Column> {
    let job = Options::read(params)?.job(Verb::Dedup)?;
    let reader = chunks(array)?;
    let keys = detached(py, move |_| {
        let (field, chunks) = (reader.field(), reader.collect::<Result<Vec<_>, _>>()?);
        let signatures = match field.data_type() {
            DataType::List(_) | DataType::LargeList(_) | DataType::FixedSizeList(..) => {
                chunks.iter().map(|chunk| as_signatures(chunk, job.params.sketch.slots)).collect::<Result<_, _>>()?
            }
            _ => vec![signed(&field, &chunks, &job)?],
        };
        Ok(pipeline::band_keys(&signatures, &job.params)?)
    })?;
    Ok(Column::new(Arc::new(keys)))
}

/// Lists as lists of so many slots each.
fn as_signatures(lists: &ArrayRef, slots: usize) -> Result<FixedSizeListArray, ArrowError> {
    let kind = DataType::FixedSizeList(Arc::new(Field::new_list_field(DataType::UInt16, true)), slots as i32);
    // What does not fit is told, not left out.
    let options = CastOptions { safe: false, ..CastOptions::default() };
    Ok(cast_with_options(lists, &kind, &options)?.as_fixed_size_list().clone())
}
