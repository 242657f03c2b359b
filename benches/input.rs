//! Bytes to documents: parsing, reading with and without decompression, dates.

#![allow(missing_docs, clippy::expect_used)]

mod corpus;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use newsfold::input::{self, Fields, Pace, Params, Parts};
use std::io::Write;
use std::path::Path;

fn parse(c: &mut Criterion) {
    let (corpus, fields) = (corpus::jsonl(1000), Fields::default());
    let mut group = c.benchmark_group("input");
    group.throughput(Throughput::ElementsAndBytes { elements: 1000, bytes: corpus.len() as u64 });
    group.bench_function("fields", |b| {
        let lines = || corpus.split(|&b| b == b'\n').filter(|line| !line.is_empty());
        b.iter(|| lines().map(|line| fields.document(line).expect("synth writes documents").text.len()).sum::<usize>());
    });
    let dir = tempfile::tempdir().expect("a folder");
    let path = |name: &str| dir.path().join(name);
    std::fs::write(path("x.jsonl"), &corpus).expect("room for the corpus");
    std::fs::write(path("x.jsonl.zst"), zstd::encode_all(&*corpus, 3).expect("memory")).expect("room");
    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    gz.write_all(&corpus).expect("memory");
    std::fs::write(path("x.jsonl.gz"), gz.finish().expect("memory")).expect("room");
    for name in ["x.jsonl", "x.jsonl.zst", "x.jsonl.gz"] {
        group.bench_function(format!("records of {name}"), |b| b.iter(|| records(&path(name))));
    }
    group.finish();
}

fn dates(c: &mut Criterion) {
    let mut group = c.benchmark_group("dates");
    group.throughput(Throughput::Elements(1));
    for (name, written) in [
        ("ISO 8601", "2025-01-14T08:30:00Z"),
        ("ISO 8601 without a zone", "2025-01-14 08:30:00"),
        ("seconds", "1736843400"),
        ("RFC 2822", "Tue, 14 Jan 2025 08:30:00 GMT"),
        ("English", "January 14, 2025 8:30 a.m. ET"),
        ("none", "a week ago"),
    ] {
        group.bench_function(name, |b| b.iter(|| input::published(std::hint::black_box(written))));
    }
    group.finish();
}

fn records(path: &Path) -> usize {
    let params = Params::default();
    let found = input::find(&[path.display().to_string()], &params).expect("the file is there");
    let parts = Parts::of(&found.inputs[0], &params).expect("it is looked at");
    let mut blocks = parts.open(0, &params, Pace::Full).expect("it opens");
    let (mut buffer, mut records) = (Vec::new(), 0);
    while let Some(block) = blocks.next_block(buffer).expect("it is whole") {
        records += block.records().count();
        buffer = block.into_buffer();
    }
    records
}

criterion_group!(benches, parse, dates);
criterion_main!(benches);
