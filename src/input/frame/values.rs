//! The values of a column, as the field that the column is wants them looked at.

use crate::input::date;
use crate::input::fields::{EMBEDDING, ID, PUBLISHED, Value};
use arrow_array::cast::AsArray;
use arrow_array::types::{Float32Type, Float64Type, Int64Type};
use arrow_array::{
    Array, ArrayRef, BinaryArray, BinaryViewArray, Float64Array, Int64Array, LargeBinaryArray, LargeListArray,
};
use arrow_cast::{can_cast_types, cast};
use arrow_schema::{DataType, Field, TimeUnit};
use std::borrow::Cow;
use std::sync::Arc;

/// The values of a column, as they are looked at.
pub(super) enum Values {
    Bytes(BinaryArray),
    LargeBytes(LargeBinaryArray),
    BytesView(BinaryViewArray),
    Numbers(Float64Array),
    /// So many of these a second, since 1970.
    Times(Int64Array, i64),
    /// Lists of 32-bit floats.
    Vectors(LargeListArray),
    /// What is none of these.
    Other(&'static str, ArrayRef),
}

impl Values {
    /// A column as the field that it is wants it looked at.
    pub(super) fn of(list: usize, column: &ArrayRef) -> Result<Self, String> {
        let to = |column: &ArrayRef, kind: &DataType| cast(column, kind).map_err(|e| e.to_string());
        let column = match unpacked(column.data_type()) {
            kind if kind == column.data_type() => Arc::clone(column),
            kind => to(column, kind)?,
        };
        let kind = column.data_type();
        let is_number = kind.is_integer() || kind.is_floating();
        Ok(match kind {
            // Such a column does not say of its values that they are missing.
            DataType::Null => Values::of(list, &to(&column, &DataType::Utf8)?)?,
            DataType::Utf8 => Values::of(list, &to(&column, &DataType::Binary)?)?,
            DataType::LargeUtf8 => Values::of(list, &to(&column, &DataType::LargeBinary)?)?,
            DataType::Utf8View => Values::of(list, &to(&column, &DataType::BinaryView)?)?,
            DataType::Binary if list != EMBEDDING => Values::Bytes(column.as_binary().clone()),
            DataType::LargeBinary if list != EMBEDDING => Values::LargeBytes(column.as_binary().clone()),
            DataType::BinaryView if list != EMBEDDING => Values::BytesView(column.as_binary_view().clone()),
            DataType::Timestamp(unit, _) if list == PUBLISHED => {
                let a_second = match unit {
                    TimeUnit::Second => 1,
                    TimeUnit::Millisecond => 1_000,
                    TimeUnit::Microsecond => 1_000_000,
                    TimeUnit::Nanosecond => 1_000_000_000,
                };
                Values::Times(to(&column, &DataType::Int64)?.as_primitive::<Int64Type>().clone(), a_second)
            }
            DataType::Date32 if list == PUBLISHED => {
                Values::of(list, &to(&column, &DataType::Timestamp(TimeUnit::Second, None))?)?
            }
            DataType::Date64 if list == PUBLISHED => {
                Values::of(list, &to(&column, &DataType::Timestamp(TimeUnit::Millisecond, None))?)?
            }
            _ if list == PUBLISHED && is_number => {
                Values::Numbers(to(&column, &DataType::Float64)?.as_primitive::<Float64Type>().clone())
            }
            DataType::List(of) | DataType::LargeList(of) | DataType::FixedSizeList(of, _)
                if list == EMBEDDING && (of.data_type().is_integer() || of.data_type().is_floating()) =>
            {
                let vectors = DataType::LargeList(Arc::new(Field::new_list_field(DataType::Float32, true)));
                Values::Vectors(to(&column, &vectors)?.as_list::<i64>().clone())
            }
            // A number is no text, but an id.
            _ if is_number && list != ID => Values::Other("a number", column),
            kind if !kind.is_nested() && *kind != DataType::Boolean && can_cast_types(kind, &DataType::Utf8) => {
                match list {
                    EMBEDDING => Values::Other("no list", column),
                    _ => Values::of(list, &to(&column, &DataType::Utf8)?)?,
                }
            }
            kind => Values::Other(what(kind), Arc::clone(&column)),
        })
    }

    pub(super) fn array(&self) -> &dyn Array {
        match self {
            Values::Bytes(array) => array,
            Values::LargeBytes(array) => array,
            Values::BytesView(array) => array,
            Values::Numbers(array) => array,
            Values::Times(array, _) => array,
            Values::Vectors(array) => array,
            Values::Other(_, array) => array,
        }
    }

    /// A value's bytes, where it has any.
    pub(super) fn text(&self, at: usize) -> Option<&[u8]> {
        match self {
            Values::Bytes(array) => Some(array.value(at)),
            Values::LargeBytes(array) => Some(array.value(at)),
            Values::BytesView(array) => Some(array.value(at)),
            _ => None,
        }
    }

    /// Bytes of all texts.
    pub(super) fn bytes(&self) -> u64 {
        match self {
            Values::Bytes(array) => array
                .value_offsets()
                .last()
                .zip(array.value_offsets().first())
                .map_or(0, |(end, start)| (end - start) as u64),
            Values::LargeBytes(array) => array
                .value_offsets()
                .last()
                .zip(array.value_offsets().first())
                .map_or(0, |(end, start)| (end - start) as u64),
            // The low half of a view is its length.
            Values::BytesView(array) => array.views().iter().map(|&view| u64::from(view as u32)).sum(),
            _ => 0,
        }
    }

    /// A value that is there, of which `text` is known.
    pub(super) fn value<'a>(&'a self, at: usize, text: Option<&'a str>) -> Value<'a> {
        match (self, text) {
            (_, Some(text)) => Value::Text(Cow::Borrowed(text)),
            (Values::Numbers(array), _) => match array.value(at) {
                number if number.is_finite() => Value::Number(number),
                _ => Value::Absent,
            },
            // A part of a second is dropped, as where it is written.
            (Values::Times(array, a_second), _) => Value::Time(date::judged(array.value(at) / a_second)),
            (Values::Other(what, _), _) => Value::Other(what),
            _ => Value::Absent,
        }
    }

    /// The numbers of a vector that is there; none, if one of them is missing or it is no vector.
    pub(super) fn vector(&self, at: usize) -> &[f32] {
        let Values::Vectors(array) = self else { return &[] };
        let (start, end) = (array.value_offsets()[at] as usize, array.value_offsets()[at + 1] as usize);
        let numbers = array.values().as_primitive::<Float32Type>();
        let is_missing = numbers.nulls().is_some_and(|nulls| (start..end).any(|at| nulls.is_null(at)));
        if is_missing { &[] } else { &numbers.values()[start..end] }
    }
}

/// Whether values of a type may be texts; those of no type are missing, all of them.
pub(super) fn is_text(kind: &DataType) -> bool {
    use DataType::{Binary, BinaryView, LargeBinary, LargeUtf8, Null, Utf8, Utf8View};
    matches!(unpacked(kind), Utf8 | LargeUtf8 | Utf8View | Binary | LargeBinary | BinaryView | Null)
}

/// The type of the values of a column, whether they are written as codes or not.
fn unpacked(kind: &DataType) -> &DataType {
    match kind {
        DataType::Dictionary(_, values) => unpacked(values),
        DataType::RunEndEncoded(_, values) => unpacked(values.data_type()),
        kind => kind,
    }
}

/// How a column may be looked at that is neither a text nor a number where it should be one.
fn what(kind: &DataType) -> &'static str {
    match kind {
        DataType::Boolean => "true or false",
        DataType::Struct(_) | DataType::Map(..) | DataType::Union(..) => "an object",
        _ => "a list",
    }
}
