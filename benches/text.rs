//! Parsing to words to shingles to signature, a stage more each, in bytes of text.

#![allow(missing_docs, clippy::expect_used)]

mod corpus;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use newsfold::sketch::{self, Sketcher};
use newsfold::text::{Story, Tokenizer};
use newsfold::{hash, input, shingle};
use std::hint::black_box;

fn to_signature(c: &mut Criterion) {
    let articles = corpus::articles(1000);
    let bytes = articles.iter().map(|(_, text)| text.len() as u64).sum();
    let mut group = c.benchmark_group("text");
    group.throughput(Throughput::Bytes(bytes));
    group.bench_function("words", |b| {
        let mut tokenizer = Tokenizer::default();
        b.iter(|| {
            let mut sum = 0u64;
            articles.iter().for_each(|(_, text)| tokenizer.words(text, |word| sum ^= hash::bytes(word.as_bytes())));
            sum
        });
    });
    group.bench_function("story", |b| {
        let mut story = Story::default();
        b.iter(|| {
            articles
                .iter()
                .map(|(title, text)| {
                    story.read(title, text);
                    story.words().len()
                })
                .sum::<usize>()
        });
    });
    group.bench_function("shingles", |b| {
        let (mut story, mut shingles) = (Story::default(), Vec::new());
        b.iter(|| {
            for (title, text) in &articles {
                story.read(title, text);
                shingles.clear();
                shingle::shingles(story.words(), 5, &mut shingles);
                black_box(&shingles);
            }
        });
    });
    group.bench_function("signature", |b| {
        let (mut story, mut shingles, mut row) = (Story::default(), Vec::new(), Vec::new());
        let mut sketcher = Sketcher::new(&sketch::Params::default());
        b.iter(|| {
            for (title, text) in &articles {
                story.read(title, text);
                shingles.clear();
                row.clear();
                shingle::shingles(story.words(), 5, &mut shingles);
                sketcher.sketch(&shingles, &mut row);
                black_box(&row);
            }
        });
    });
    // Other scripts: the same articles, every letter moved.
    for (name, first) in [("latin with accents", 'à'), ("cyrillic", 'а'), ("arabic", 'ب'), ("han", '一')] {
        let moved = |c: char| {
            if c.is_ascii_lowercase() { char::from_u32(first as u32 + u32::from(c) - 97).unwrap_or(c) } else { c }
        };
        let texts: Vec<String> = articles.iter().take(200).map(|(_, text)| text.chars().map(moved).collect()).collect();
        group.throughput(Throughput::Bytes(texts.iter().map(|text| text.len() as u64).sum()));
        group.bench_function(format!("story, {name}"), |b| {
            let mut story = Story::default();
            b.iter(|| {
                texts
                    .iter()
                    .map(|text| {
                        story.read("", text);
                        story.words().len()
                    })
                    .sum::<usize>()
            });
        });
    }
    group.finish();
}

fn parse(c: &mut Criterion) {
    let corpus = corpus::jsonl(1000);
    let fields = input::Fields::default();
    let mut group = c.benchmark_group("input");
    group.throughput(Throughput::Bytes(corpus.len() as u64));
    group.bench_function("fields", |b| {
        let lines = || corpus.split(|&b| b == b'\n').filter(|line| !line.is_empty());
        b.iter(|| lines().map(|line| fields.document(line).expect("synth writes documents").text.len()).sum::<usize>());
    });
    group.finish();
}

criterion_group!(benches, parse, to_signature);
criterion_main!(benches);
