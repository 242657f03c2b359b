//! Signatures to candidates, in documents: a band over all of them, and an index that grows.

#![allow(missing_docs, clippy::expect_used)]

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use newsfold::group::UnionFind;
use newsfold::hash;
use newsfold::lsh::{Banding, Lsh, Nodes, Shape};
use newsfold::sketch::{self, Signatures, Sketcher};

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
            let joined = UnionFind::new(nodes.len());
            banding.pairs(0, |x, y| _ = joined.join(x, y));
        });
    });
    group.bench_function("index", |b| {
        b.iter(|| {
            let (mut index, mut found) = (Lsh::new(shape), Vec::new());
            (0..documents).for_each(|node| index.insert(signatures.row(node), &mut found));
        });
    });
    group.finish();
}

criterion_group!(benches, candidates);
criterion_main!(benches);
