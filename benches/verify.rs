//! Candidates to edges: the estimate by signatures, the exact comparison of sets; in pairs.

#![allow(missing_docs, clippy::expect_used)]

mod corpus;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use newsfold::shingle::Set;
use newsfold::sketch::{Params, Sketcher, equal_slots};
use newsfold::verify::Overlap;

fn pairs(c: &mut Criterion) {
    let documents = corpus::shingles(64);
    let sets: Vec<Set> = documents.iter().map(|shingles| Set::of(shingles)).collect();
    let (mut sketcher, mut rows) = (Sketcher::new(&Params::default()), Vec::new());
    documents.iter().for_each(|shingles| _ = sketcher.sketch(shingles, &mut rows));
    let rows: Vec<&[u16]> = rows.chunks_exact(Params::default().slots).collect();
    let mut group = c.benchmark_group("verify");
    group.throughput(Throughput::Elements((sets.len() * sets.len()) as u64));
    group.bench_function("equal slots", |b| {
        b.iter(|| rows.iter().flat_map(|x| rows.iter().map(move |y| equal_slots(x, y))).sum::<usize>());
    });
    group.bench_function("overlap", |b| {
        b.iter(|| sets.iter().flat_map(|x| sets.iter().map(move |y| Overlap::of(x, y).both)).sum::<u32>());
    });
    group.finish();
}

criterion_group!(benches, pairs);
criterion_main!(benches);
