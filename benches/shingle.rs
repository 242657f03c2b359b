//! Words to shingles, and shingles to sets.

#![allow(missing_docs, clippy::expect_used)]

mod corpus;

use criterion::{Criterion, criterion_group, criterion_main};
use newsfold::shingle::{self, Set};
use newsfold::text::Story;

fn shingles(c: &mut Criterion) {
    let articles = corpus::articles(1000);
    let mut story = Story::default();
    let words = articles.iter().map(|(title, text)| {
        story.read(title, text);
        story.words().to_vec()
    });
    let (words, documents): (Vec<Vec<u64>>, _) = (words.collect(), corpus::shingles(1000));
    let mut group = c.benchmark_group("shingle");
    group.throughput(corpus::throughput(&articles));
    group.bench_function("shingles", |b| {
        let mut out = Vec::new();
        b.iter(|| {
            words
                .iter()
                .map(|words| {
                    out.clear();
                    shingle::shingles(words, 5, &mut out);
                    out.len()
                })
                .sum::<usize>()
        });
    });
    group.bench_function("set", |b| b.iter(|| documents.iter().map(|shingles| Set::of(shingles).len()).sum::<usize>()));
    group.finish();
}

criterion_group!(benches, shingles);
criterion_main!(benches);
