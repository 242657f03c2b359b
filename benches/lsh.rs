//! Signatures to candidates to groups, in documents.

#![allow(missing_docs, clippy::expect_used)]

mod corpus;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use newsfold::group::UnionFind;
use newsfold::lsh::{Banding, Index, Nodes, Shape};
use newsfold::sketch::{self, Signatures, Sketcher};
use newsfold::text::Story;
use newsfold::verify::Overlap;
use newsfold::{hash, shingle};

fn candidates(c: &mut Criterion) {
    let params = sketch::Params::default();
    let (mut sketcher, mut signatures) = (Sketcher::new(&params), Signatures::new(&params));
    let documents = 100_000u32;
    for document in 0..u64::from(documents) {
        // A third are copies of another, half of their shingles changed.
        let own = if document % 3 == 0 { document / 3 } else { document };
        let shingles: Vec<u64> =
            (0..300).map(|i| hash::mix(if i % 2 == 0 { own } else { document } << 32 | i)).collect();
        let mut row = Vec::new();
        sketcher.sketch(&shingles, &mut row);
        signatures.extend(&row).expect("memory");
    }
    let nodes = Nodes::new((0..documents).collect(), (0..documents).collect());
    let shape = Shape::choose(0.65, 0.99, params.slots);
    let mut group = c.benchmark_group("lsh");
    group.throughput(Throughput::Elements(documents.into())).sample_size(10);
    group.bench_function("one band", |b| {
        let mut banding = Banding::new(&signatures, &nodes, shape);
        b.iter(|| {
            let mut joined = UnionFind::new(nodes.len());
            banding.pairs(0, |x, y| _ = joined.join(x, y));
        });
    });
    group.bench_function("index", |b| {
        b.iter(|| {
            let (mut index, mut found) = (Index::new(shape), Vec::new());
            (0..documents).for_each(|node| index.insert(signatures.row(node), &mut found));
        });
    });
    group.finish();
}

fn overlap(c: &mut Criterion) {
    let sets: Vec<shingle::Set> = corpus::articles(64)
        .iter()
        .map(|(title, text)| {
            let (mut story, mut shingles) = (Story::default(), Vec::new());
            story.read(title, text);
            shingle::shingles(story.words(), 5, &mut shingles);
            shingle::Set::of(&shingles)
        })
        .collect();
    let mut group = c.benchmark_group("verify");
    group.throughput(Throughput::Elements((sets.len() * sets.len()) as u64));
    group.bench_function("overlap", |b| {
        b.iter(|| sets.iter().flat_map(|x| sets.iter().map(move |y| Overlap::of(x, y).both)).sum::<u32>());
    });
    group.finish();
}

criterion_group!(benches, candidates, overlap);
criterion_main!(benches);
