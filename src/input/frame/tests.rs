//! A row gives the document that the same row of a Parquet file gives: that which its JSON gives.

use super::*;
use crate::event::Embedding;
use arrow_array::builder::{FixedSizeListBuilder, Float32Builder, Int32Builder, ListBuilder};
use arrow_array::types::Int8Type;
use arrow_array::{
    Array, ArrayRef, BinaryArray, BooleanArray, Date32Array, Date64Array, DictionaryArray, Float32Array, Float64Array,
    Int16Array, Int32Array, LargeStringArray, NullArray, StringArray, StringViewArray, StructArray,
    TimestampMicrosecondArray, TimestampMillisecondArray, TimestampNanosecondArray, TimestampSecondArray, UInt64Array,
};
use arrow_cast::cast;
use arrow_json::WriterBuilder;
use arrow_json::writer::LineDelimited;
use arrow_schema::{DataType, Schema};

const ROWS: usize = 6;

fn array(array: impl Array + 'static) -> ArrayRef {
    Arc::new(array)
}

fn texts() -> Vec<Option<&'static str>> {
    vec![
        Some("Talks in \"Geneva\"\n"),
        None,
        Some(""),
        Some("żółw \u{1F422}"),
        Some("  "),
        Some("2025-01-14T08:30:00+02:00"),
    ]
}

/// The texts as every kind of column that holds texts.
fn text_columns() -> Vec<ArrayRef> {
    let codes: DictionaryArray<Int8Type> = texts().into_iter().collect();
    let all = StringArray::from([vec![Some("before")], texts(), vec![None]].concat());
    let bytes: Vec<Option<&[u8]>> = texts().into_iter().map(|text| text.map(str::as_bytes)).collect();
    vec![
        array(StringArray::from(texts())),
        array(LargeStringArray::from(texts())),
        array(StringViewArray::from(texts())),
        array(codes),
        array(all.slice(1, ROWS)),
        array(BinaryArray::from(bytes)),
    ]
}

fn number_columns() -> Vec<ArrayRef> {
    vec![
        array(Int32Array::from(vec![Some(7), None, Some(-3), Some(0), Some(20_250_114), Some(1_736_812_800)])),
        array(Int16Array::from(vec![Some(1), Some(2), None, None, Some(-1), Some(0)])),
        array(UInt64Array::from(vec![u64::MAX, 1, 2, 3, 1_736_812_800_000, 1_736_812_800_000_000])),
        array(Float64Array::from(vec![Some(1.5), None, Some(1e9), Some(-0.25), Some(1_736_812_800.5), Some(3.0)])),
        array(Float32Array::from(vec![1.5, 2.0, 0.1, 5.0, 6.0, 7.0])),
    ]
}

fn other_columns() -> Vec<ArrayRef> {
    let flags = BooleanArray::from(vec![Some(true), None, Some(false), Some(true), None, None]);
    let field = Arc::new(Field::new("x", DataType::Boolean, true));
    vec![array(NullArray::new(ROWS)), array(StructArray::from(vec![(field, array(flags.clone()))])), array(flags)]
}

fn time_columns() -> Vec<ArrayRef> {
    let seconds = [1_736_812_800i64, -1, 0, 1_736_812_801, -86_401, 4_102_444_800];
    let finer = |each: i64| seconds.map(|second| second * each + each / 2).to_vec();
    vec![
        array(TimestampSecondArray::from(seconds.to_vec())),
        array(TimestampMillisecondArray::from(finer(1_000)).with_timezone("Europe/Paris")),
        array(TimestampMicrosecondArray::from(finer(1_000_000))),
        array(TimestampNanosecondArray::from(finer(1_000_000_000)).with_timezone("+05:30")),
        array(Date32Array::from(vec![Some(20_102), None, Some(0), Some(-1), Some(1), Some(50_000)])),
        array(Date64Array::from(finer(1_000))),
    ]
}

fn vector_columns() -> Vec<ArrayRef> {
    let mut lists = ListBuilder::new(Float32Builder::new());
    let mut whole = FixedSizeListBuilder::new(Int32Builder::new(), 2);
    for row in 0..ROWS {
        let third = if row == 4 { None } else { Some(row as f32 * 1.1) };
        lists.values().append_slice(&[0.3, -2.5]);
        lists.values().append_option(third);
        lists.append(row != 1);
        whole.values().append_slice(&[row as i32, 5]);
        whole.append(row != 2);
    }
    vec![array(lists.finish()), array(whole.finish())]
}

/// Holds every row of a table against its JSON.
fn compare(columns: Vec<(&str, ArrayRef)>) {
    let columns = columns.into_iter().map(|(name, column)| {
        // The text of a binary column is written as what it says, as where Parquet is read.
        let column =
            if column.data_type() == &DataType::Binary { cast(&column, &DataType::Utf8).unwrap() } else { column };
        (Field::new(name, column.data_type().clone(), true), column)
    });
    let (fields, columns): (Vec<Field>, Vec<ArrayRef>) = columns.unzip();
    let batch = RecordBatch::try_new(Arc::new(Schema::new(fields)), columns).unwrap();
    let mut json = Vec::new();
    let mut writer = WriterBuilder::new().with_explicit_nulls(false).build::<_, LineDelimited>(&mut json);
    writer.write(&batch).unwrap();
    writer.finish().unwrap();
    let fields = Fields::default();
    let frame = Frame::new(&batch.schema(), &[batch.slice(0, 2), batch.slice(2, 4)], &fields).unwrap();
    assert_eq!((frame.len(), frame.row(ROWS as u64)), (ROWS as u64, None));
    for (number, line) in json.split(|&byte| byte == b'\n').take(ROWS).enumerate() {
        let shown = || format!("{}, {:?}", String::from_utf8_lossy(line), batch.schema());
        let row = frame.row(number as u64).unwrap();
        match (row.document(), fields.document(line)) {
            (Ok(found), Ok(expected)) => {
                let vectors = [found.embedding, expected.embedding].map(Embedding::of);
                assert_eq!(vectors[0], vectors[1], "{}", shown());
                assert_eq!(found.embedding == Vector::None, expected.embedding == Vector::None, "{}", shown());
                let found = Document { embedding: Vector::None, ..found };
                assert_eq!(found, Document { embedding: Vector::None, ..expected }, "{}", shown());
            }
            (found, expected) => {
                let reasons =
                    [found.map(|_| ()), expected.map(|_| ())].map(|it| it.map_err(|reject| (reject.reason, reject.id)));
                assert_eq!(reasons[0], reasons[1], "{}", shown());
            }
        }
    }
}

#[test]
fn a_row_gives_the_document_that_its_json_gives() {
    let plain = || text_columns().remove(0);
    let all = [text_columns(), number_columns(), time_columns(), other_columns(), vector_columns()].concat();
    for column in text_columns() {
        compare(vec![("text", column.clone()), ("title", plain())]);
        compare(vec![("content", column.clone()), ("text", column)]);
    }
    // One title or text of the table must be text; the others may be anything.
    for column in &all {
        for name in ["text", "title"] {
            compare(vec![("headline", plain()), (name, column.clone())]);
        }
        for name in ["id", "source", "url", "lang", "embedding", "nothing"] {
            compare(vec![("text", plain()), (name, column.clone())]);
        }
    }
    for column in [text_columns(), number_columns(), time_columns(), other_columns()].concat() {
        compare(vec![("text", plain()), ("published", column.clone())]);
        compare(vec![("text", plain()), ("time", column), ("date", plain())]);
    }
}

#[test]
fn what_is_no_utf8_or_too_long_is_rejected() {
    let schema = Arc::new(Schema::new(vec![Field::new("text", DataType::Binary, true)]));
    let texts =
        BinaryArray::from(vec![&b"all is well"[..], b"\xff\xfe", b"a b c d e f g h i j k l m n o p q r s t u v w"]);
    let batch = RecordBatch::try_new(Arc::clone(&schema), vec![array(texts)]).unwrap();
    let frame = Frame::new(&schema, &[batch], &Fields::default()).unwrap();
    assert!(frame.row(0).unwrap().document().is_ok());
    assert_eq!(frame.row(1).unwrap().document().unwrap_err().reason, Reason::NotUtf8);
    let parts: Vec<Part> = frame.parts(20).collect();
    let reasons: Vec<Option<Reason>> =
        parts.iter().flat_map(Part::records).map(|record| record.content.err().map(|reject| reject.reason)).collect();
    assert_eq!(reasons, [None, None, Some(Reason::TooLong)]);
}

#[test]
fn a_table_without_texts_is_refused() {
    let refused = |columns: Vec<(&str, DataType)>| {
        let fields = columns.into_iter().map(|(name, kind)| Field::new(name, kind, true)).collect::<Vec<_>>();
        let found = Frame::new(&Arc::new(Schema::new(fields)), &[], &Fields::default());
        found.map_err(|e| e.to_string())
    };
    let no_text = refused(vec![("id", DataType::Int64), ("story", DataType::Utf8)]).unwrap_err();
    assert!(no_text.contains("id, story") && no_text.contains("maintext"), "{no_text}");
    assert!(refused(vec![("text", DataType::Int64)]).unwrap_err().contains("Int64"));
    assert!(refused(vec![]).is_err());
    assert!(refused(vec![("text", DataType::Int64), ("title", DataType::LargeUtf8)]).unwrap().is_empty());
    assert!(refused(vec![("text", DataType::Null)]).unwrap().is_empty());
}
