//! Candidates to edges: the estimate by signatures, the exact comparison of sets; in pairs.

#![allow(missing_docs, clippy::expect_used)]

mod corpus;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use newsfold::shingle::{Sequence, Set};
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
    // A text and itself with a word in 40 replaced, and the next text.
    let edit = |(at, shingle): (usize, &u64)| if at % 40 < 5 { !shingle } else { *shingle };
    let edited: Vec<Vec<u64>> = documents.iter().map(|text| text.iter().enumerate().map(edit).collect()).collect();
    let mut group = c.benchmark_group("a pair's shingles to overlap");
    group.throughput(Throughput::Elements(documents.len() as u64));
    let strangers: Vec<Vec<u64>> = documents.iter().skip(1).chain(documents.first()).cloned().collect();
    for (name, others) in [("near", &edited), ("strange", &strangers)] {
        let pairs = || documents.iter().zip(others);
        group.bench_function(format!("{name}, of sets"), |b| {
            b.iter(|| pairs().map(|(one, other)| Overlap::of(&Set::of(one), &Set::of(other)).both).sum::<u32>());
        });
        group.bench_function(format!("{name}, of sequences"), |b| {
            let overlap = |one, other| Overlap::of_sequences(&Sequence::of(one), &Sequence::of(other));
            b.iter(|| pairs().map(|(one, other)| overlap(one, other).both).sum::<u32>());
        });
    }
    group.finish();
}

criterion_group!(benches, pairs);
criterion_main!(benches);
