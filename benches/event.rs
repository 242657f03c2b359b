//! Articles to events: terms of each, then neighbours and clusters of all.

#![allow(missing_docs, clippy::expect_used)]

mod corpus;

use criterion::{Criterion, criterion_group, criterion_main};
use newsfold::event::{self, Bylines, Features, Reader};
use newsfold::params::Params;

fn events(c: &mut Criterion) {
    let articles = corpus::articles(1000);
    let mut group = c.benchmark_group("event");
    group.throughput(corpus::throughput(&articles)).sample_size(10);
    let mut reader = Reader::default();
    let mut read = || articles.iter().map(|(title, text)| reader.read(title, text)).collect::<Vec<Features>>();
    group.bench_function("features", |b| b.iter(&mut read));
    let (features, published, sources) = (read(), vec![None; articles.len()], vec![None; articles.len()]);
    let bylines = Bylines { published: &published, sources: &sources };
    group.bench_function("cluster", |b| b.iter(|| event::cluster(&features, bylines, &Params::default().event).events));
    group.finish();
}

criterion_group!(benches, events);
criterion_main!(benches);
