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
fn rows(field: &FieldRef, chunks: &[ArrayRef], job: &pipeline::Pipeline) -> Result<Frame, Fault> {
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
fn signed(field: &FieldRef, chunks: &[ArrayRef], job: &pipeline::Pipeline) -> Result<FixedSizeListArray, Fault> {
    Ok(pipeline::signatures(&rows(field, chunks, job)?, &job.params, job.threads.unwrap_or(1))?)
}

/// The signature (MinHash) of each text: `slots` unsigned 16-bit numbers, of which two texts share about as large a part as
/// their similarity.
///
/// `array` is an Arrow array of texts, or a table or record batch with a text and a title, as `dedup` takes: what is
/// given with its titles has the signatures that `dedup` gives it. The `Array` it gives is null where there are no words.
/// What comes out depends on the rows and on `width` and `slots` alone, on every machine, in whatever portions rows come:
/// made for Spark's `mapInArrow`. Takes the parameters of `dedup`; one thread works, unless `threads` says otherwise.
///
/// >>> import newsfold, pyarrow as pa
/// >>> texts = pa.array(["Talks were held in Geneva on Monday", "talks were held in Geneva on Monday!", None])
/// >>> signatures = pa.array(newsfold.signatures(texts))
/// >>> signatures.type
/// FixedSizeListType(fixed_size_list<item: uint16 not null>[128])
/// >>> signatures[0] == signatures[1], signatures[2].is_valid
/// (True, False)
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

/// A key for each band of each text, as signed 64-bit numbers: texts with a key in common are candidates, all others are
/// none.
///
/// `array` is what `signatures` takes, or what it gives (lists of `slots` numbers), so that texts are read once. Bands are
/// numbered within their keys: group by the key alone. How many there are, `threshold`, `recall`, `bands` and `rows` say,
/// as for `dedup`; with the same parameters the keys are the same on every machine.
///
/// >>> import newsfold, pyarrow as pa
/// >>> texts = pa.array(["Talks were held in Geneva on Monday", "talks were held in Geneva on Monday!", "Rain", None])
/// >>> keys = pa.array(newsfold.band_keys(texts)).to_pylist()
/// >>> len(keys[0]), keys[0] == keys[1], set(keys[0]) & set(keys[2]), keys[3]
/// (32, True, set(), None)
/// >>> pa.array(newsfold.band_keys(newsfold.signatures(texts))).to_pylist() == keys
/// True
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
fn as_signatures(lists: &ArrayRef, slots: usize) -> Result<FixedSizeListArray, Error> {
    let kind = DataType::FixedSizeList(Arc::new(Field::new_list_field(DataType::UInt16, true)), slots as i32);
    // What does not fit is told, not left out.
    let options = CastOptions { safe: false, ..CastOptions::default() };
    let cast = cast_with_options(lists, &kind, &options);
    let why = |e: ArrowError| Error::Frame { why: format!("signatures of {slots} slots were expected: {e}") };
    Ok(cast.map_err(why)?.as_fixed_size_list().clone())
}
