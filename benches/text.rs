//! Text to words, in English and in other scripts: the same articles, every letter moved.

#![allow(missing_docs, clippy::expect_used)]

mod corpus;

use criterion::{Criterion, criterion_group, criterion_main};
use newsfold::hash;
use newsfold::text::{Story, Tokenizer};

fn words(c: &mut Criterion) {
    let articles = corpus::articles(1000);
    let mut group = c.benchmark_group("text");
    group.throughput(corpus::throughput(&articles));
    group.bench_function("words", |b| {
        let mut tokenizer = Tokenizer::default();
        b.iter(|| {
            let mut sum = 0u64;
            articles.iter().for_each(|(_, text)| tokenizer.words(text, |word| sum ^= hash::bytes(word.as_bytes())));
            sum
        });
    });
    let moved = |first: char| {
        let letter = move |c: char| {
            if c.is_ascii_lowercase() { char::from_u32(first as u32 + u32::from(c) - 97).unwrap_or(c) } else { c }
        };
        let few = articles.iter().take(200);
        few.map(|(_, text)| (String::new(), text.chars().map(letter).collect())).collect::<Vec<(String, String)>>()
    };
    for (name, articles) in [
        ("story", articles.clone()),
        ("story, latin with accents", moved('à')),
        ("story, cyrillic", moved('а')),
        ("story, arabic", moved('ب')),
        ("story, han", moved('一')),
    ] {
        group.throughput(corpus::throughput(&articles));
        let mut story = Story::default();
        let mut read = |(title, text): &(String, String)| {
            story.read(title, text);
            story.words().len()
        };
        group.bench_function(name, |b| b.iter(|| articles.iter().map(&mut read).sum::<usize>()));
    }
    group.finish();
}

criterion_group!(benches, words);
criterion_main!(benches);
