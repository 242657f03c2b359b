//! Shingles to signatures, of articles and of briefs.

#![allow(missing_docs, clippy::expect_used)]

mod corpus;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use newsfold::sketch::{Params, Sketcher};
use std::hint::black_box;

fn signatures(c: &mut Criterion) {
    let (articles, documents) = (corpus::articles(1000), corpus::shingles(1000));
    let mut group = c.benchmark_group("sketch");
    let (mut sketcher, mut row) = (Sketcher::new(&Params::default()), Vec::new());
    let mut sketch = |shingles: &[u64]| {
        row.clear();
        black_box(sketcher.sketch(shingles, &mut row));
    };
    group.throughput(corpus::throughput(&articles));
    group.bench_function("articles", |b| b.iter(|| documents.iter().for_each(|shingles| sketch(shingles))));
    group.throughput(Throughput::Elements(documents.len() as u64));
    let briefs = || documents.iter().map(|shingles| &shingles[..shingles.len().min(40)]);
    group.bench_function("briefs of 40 shingles", |b| b.iter(|| briefs().for_each(&mut sketch)));
    group.bench_function("headlines of 6 shingles", |b| {
        b.iter(|| briefs().for_each(|brief| sketch(&brief[..brief.len().min(6)])));
    });
    group.finish();
}

criterion_group!(benches, signatures);
criterion_main!(benches);
