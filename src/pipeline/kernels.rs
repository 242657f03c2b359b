//! Signatures and band keys as columns, for those who bring documents together elsewhere, such as in Spark: by the rows
//! that are given alone, the same on every machine, in whatever portions rows come.

use super::index::Reader;
use super::pool;
use crate::error::Error;
use crate::input::Frame;
use crate::lsh;
use crate::params::Params;
use crate::sketch::Slot;
use arrow_array::builder::{FixedSizeListBuilder, Int64Builder, ListBuilder, UInt16Builder};
use arrow_array::cast::AsArray;
use arrow_array::types::UInt16Type;
use arrow_array::{Array, FixedSizeListArray, ListArray};
use arrow_schema::{DataType, Field};
use rayon::prelude::*;
use std::sync::Arc;

/// Rows that one thread signs at a time.
const PORTION: u64 = 256;

/// The signature of each row's document, as a list of slots; null where it has no words, or cannot be read.
pub fn signatures(frame: &Frame, params: &Params, threads: usize) -> Result<FixedSizeListArray, Error> {
    params.validate()?;
    let slots = params.sketch.slots;
    let sign = |reader: &mut Reader, portion: u64| {
        let (mut rows, mut is_signed) = (Vec::new(), Vec::new());
        for number in portion * PORTION..((portion + 1) * PORTION).min(frame.len()) {
            let document = frame.row(number).and_then(|row| row.document().ok());
            let filled = document.and_then(|document| reader.sign(&document.title, &document.text, &mut rows));
            is_signed.push(filled.is_some());
            rows.resize(is_signed.len() * slots, 0);
        }
        (rows, is_signed)
    };
    let portions = 0..frame.len().div_ceil(PORTION);
    let signed: Vec<(Vec<Slot>, Vec<bool>)> =
        pool(Some(threads))?.install(|| portions.into_par_iter().map_init(|| Reader::new(params), sign).collect());
    let slot = Field::new_list_field(DataType::UInt16, false);
    let mut column = FixedSizeListBuilder::new(UInt16Builder::new(), slots as i32).with_field(Arc::new(slot));
    for (rows, is_signed) in signed {
        column.values().append_slice(&rows);
        is_signed.into_iter().for_each(|is_signed| column.append(is_signed));
    }
    Ok(column.finish())
}

/// A key for each band of some signatures; null where there is none. Keys are those of [`lsh::band_keys`], as signed
/// numbers. Fails where a signature has another number of slots than the parameters say.
pub fn band_keys(signatures: &[FixedSizeListArray], params: &Params) -> Result<ListArray, Error> {
    params.validate()?;
    let (slots, shape) = (params.sketch.slots, params.shape());
    let rows: usize = signatures.iter().map(Array::len).sum();
    if i32::try_from(rows.saturating_mul(shape.bands)).is_err() {
        return Err(Error::Frame { why: format!("{rows} rows have too many keys: give some at a time") });
    }
    let key = Field::new_list_field(DataType::Int64, false);
    let mut column = ListBuilder::new(Int64Builder::new()).with_field(Arc::new(key));
    let mut keys = Vec::new();
    for signatures in signatures {
        let rows = signatures.values().as_primitive_opt::<UInt16Type>();
        let Some(rows) = rows.filter(|_| signatures.value_length() as usize == slots) else {
            let kind = signatures.data_type();
            return Err(Error::Frame { why: format!("signatures of {slots} slots were expected, not {kind}") });
        };
        for at in 0..signatures.len() {
            if signatures.is_valid(at) {
                keys.clear();
                lsh::band_keys(&rows.values()[signatures.value_offset(at) as usize..][..slots], shape, &mut keys);
                keys.iter().for_each(|&key| column.values().append_value(key as i64));
            }
            column.append(signatures.is_valid(at));
        }
    }
    Ok(column.finish())
}
