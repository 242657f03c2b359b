use super::super::{Tables, Verb};
use super::*;
use crate::params::Params;
use crate::stats::Unwatched;
use arrow_array::cast::AsArray;
use arrow_array::types::Float64Type;
use arrow_array::{ArrayRef, RecordBatch, StringArray};
use serde_json::{Map, Value};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

const SAMPLE: &str = "tests/data/sample.jsonl";

fn job(verb: Verb) -> Pipeline {
    let inputs = vec![SAMPLE.to_owned()];
    let (params, temp) = (Params::default(), std::env::temp_dir());
    Pipeline { verb, inputs, params, temp, memory: None, threads: Some(2), tables: Tables::default() }
}

/// The sample's records that are JSON, as rows.
fn sample() -> Frame {
    let text = std::fs::read_to_string(SAMPLE).unwrap();
    let records: Vec<Map<String, Value>> = text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    let column = |name: &str| {
        let values = records.iter().map(|record| record.get(name).and_then(Value::as_str));
        (name.to_owned(), Arc::new(values.collect::<StringArray>()) as ArrayRef)
    };
    let names = ["text", "id", "title", "source", "published", "lang", "url"];
    let batch = RecordBatch::try_from_iter(names.map(column)).unwrap();
    let batches = [batch.slice(0, 10), batch.slice(10, 0), batch.slice(10, batch.num_rows() - 10)];
    Frame::new(&batch.schema(), &batches, &Params::default().input.fields).unwrap()
}

/// The rows of a result, each column but numbers as text.
fn texts(batches: &[RecordBatch], name: &str) -> Vec<Option<String>> {
    let column = |batch: &RecordBatch| {
        let column = batch.column_by_name(name)?.as_string_opt::<i32>()?.clone();
        Some(column.iter().map(|text| text.map(str::to_owned)).collect::<Vec<_>>())
    };
    batches.iter().filter_map(column).flatten().collect()
}

fn lines(path: &Path) -> Vec<Map<String, Value>> {
    std::fs::read_to_string(path).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn groups_and_events_are_those_of_a_file() {
    let (frame, dir) = (sample(), tempfile::tempdir().unwrap());
    for verb in [Verb::Dedup, Verb::Run, Verb::Cluster] {
        let out = dir.path().join(verb.name());
        job(verb).run(&out, &Unwatched).unwrap();
        let expected = lines(&out.join("articles.jsonl"));
        let (schema, batches) = label(&job(verb), &frame, &Unwatched).unwrap();
        assert_eq!(schema.field_with_name("event").is_ok(), verb != Verb::Dedup);
        assert_eq!(batches.iter().map(RecordBatch::num_rows).sum::<usize>() as u64, frame.len());
        let (ids, reasons) = (texts(&batches, "id"), texts(&batches, "reason"));
        let similarities: Vec<f64> = batches
            .iter()
            .flat_map(|batch| batch["similarity"].as_primitive::<Float64Type>().values().to_vec())
            .collect();
        let accepted: Vec<usize> = (0..ids.len()).filter(|&row| reasons[row].is_none()).collect();
        assert_eq!((accepted.len(), ids.len()), (expected.len(), 66));
        for name in ["id", "group", "event", "same_url"].into_iter().filter(|name| schema.field_with_name(name).is_ok())
        {
            let found = texts(&batches, name);
            for (&row, line) in accepted.iter().zip(&expected) {
                assert_eq!(found[row].as_deref(), line.get(name).and_then(Value::as_str), "{name} {row}");
            }
        }
        for (&row, line) in accepted.iter().zip(&expected) {
            // JSON is read to the last bit but one.
            assert!((similarities[row] - line["similarity"].as_f64().unwrap()).abs() < 1e-12);
        }
        let rejected: Vec<String> = reasons.into_iter().flatten().collect();
        let rejects =
            lines(&out.join("rejects.jsonl")).into_iter().map(|line| line["reason"].as_str().unwrap().to_owned());
        assert_eq!(rejected, rejects.filter(|reason| reason != "not_json").collect::<Vec<_>>());
    }
}

/// Asks a run to end when it has been asked so many times.
struct StopAt {
    times: usize,
    asked: AtomicUsize,
}

impl Watch for StopAt {
    fn is_stopped(&self) -> bool {
        self.asked.fetch_add(1, Ordering::Relaxed) >= self.times
    }
}

#[test]
fn it_ends_whenever_it_is_asked_to() {
    let frame = sample();
    let stopped_at = |times: usize| {
        let watch = StopAt { times, asked: AtomicUsize::new(0) };
        let labelled = label(&job(Verb::Run), &frame, &watch);
        let mut index = Index::new(Params::default()).unwrap();
        let inserted = insert(&mut index, &frame, Some(1), &StopAt { times, asked: AtomicUsize::new(0) });
        let is_stopped = |error: &Error| matches!(error, Error::Stopped);
        assert!(labelled.as_ref().err().is_none_or(is_stopped) && inserted.as_ref().err().is_none_or(is_stopped));
        (labelled.is_err(), inserted.is_err())
    };
    assert_eq!(stopped_at(0), (true, true));
    let first_whole = (1..100).find(|&times| !stopped_at(times).0).unwrap();
    assert!(first_whole > 8, "{first_whole}");
    assert_eq!(stopped_at(first_whole), (false, false));
}

#[test]
fn rows_are_added_to_an_index_one_after_another() {
    let frame = sample();
    let (mut whole, mut alone) = (Index::new(Params::default()).unwrap(), Index::new(Params::default()).unwrap());
    let (_, batches) = insert(&mut whole, &frame, Some(2), &Unwatched).unwrap();
    let (duplicate_of, reasons) = (texts(&batches, "duplicate_of"), texts(&batches, "reason"));
    for row in 0..frame.len() {
        let near = match frame.row(row).unwrap().document() {
            Ok(document) => {
                let id = document.id.clone().unwrap();
                alone
                    .insert(&id, &document.title, &document.text)
                    .map(|near| near.first().map(|near| near.id.to_owned()))
            }
            Err(reject) => Err(reject),
        };
        let found = (duplicate_of[row as usize].clone(), reasons[row as usize].clone());
        assert_eq!(found, near.map_or_else(|e| (None, Some(e.reason.name().to_owned())), |near| (near, None)));
    }
    assert!(duplicate_of.iter().flatten().count() >= 10 && whole.len() == alone.len());
}
