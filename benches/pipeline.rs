//! Whole runs over a seeded corpus on disk, in documents and bytes of input.

#![allow(missing_docs, clippy::expect_used)]

mod corpus;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use newsfold::params::Params;
use newsfold::pipeline::{Pipeline, Tables, Verb};
use newsfold::stats::Unwatched;

fn whole(c: &mut Criterion) {
    let dir = tempfile::tempdir().expect("a folder");
    let (corpus, path, out) = (corpus::jsonl(5000), dir.path().join("in.jsonl"), dir.path().join("out"));
    std::fs::write(&path, &corpus).expect("room for the corpus");
    let mut group = c.benchmark_group("pipeline");
    group.throughput(Throughput::ElementsAndBytes { elements: 5000, bytes: corpus.len() as u64 }).sample_size(10);
    for verb in [Verb::Dedup, Verb::Cluster, Verb::Run] {
        let mut params = Params::default();
        params.boilerplate.learn = verb != Verb::Dedup;
        let job = Pipeline {
            verb,
            inputs: vec![path.display().to_string()],
            params,
            temp: std::env::temp_dir(),
            memory: None,
            threads: None,
            tables: Tables { kept: Some(None), ..Tables::default() },
        };
        group.bench_function(verb.name(), |b| b.iter(|| job.run(&out, &Unwatched).expect("a run")));
    }
    group.finish();
}

criterion_group!(benches, whole);
criterion_main!(benches);
