//! Pages of the web to articles: the pages of the tests, as they were served, beside JSON Lines of the text in them.

#![allow(missing_docs, clippy::expect_used)]

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use newsfold::input::Fields;
use newsfold::input::html::Extractor;
use std::path::Path;

fn pages(c: &mut Criterion) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/pages");
    let truth = std::fs::read_to_string(folder.join("truth.jsonl")).expect("the pages have their truth");
    let rows = truth.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).expect("it is JSON"));
    let pages: Vec<(Vec<u8>, Option<String>, String)> = rows
        .map(|row| {
            let body = std::fs::read(folder.join(row["file"].as_str().expect("a name"))).expect("the page is there");
            (body, row["charset"].as_str().map(str::to_owned), row["url"].as_str().unwrap_or_default().to_owned())
        })
        .collect();
    let mut extractor = Extractor::default();
    let mut texts = Vec::new();
    for (body, charset, url) in &pages {
        let page = extractor.page(body, charset.as_deref(), url).unwrap_or_default();
        texts.push(serde_json::json!({ "title": page.title, "text": page.text }).to_string());
    }
    let mut group = c.benchmark_group("html");
    let bytes = |sizes: &mut dyn Iterator<Item = usize>| Throughput::Bytes(sizes.sum::<usize>() as u64);
    group.throughput(bytes(&mut pages.iter().map(|(body, _, _)| body.len())));
    group.bench_function("pages", |b| {
        b.iter(|| {
            let read = |(body, charset, url): &(Vec<u8>, Option<String>, String)| {
                extractor.page(body, charset.as_deref(), url).map_or(0, |page| page.text.len())
            };
            pages.iter().map(read).sum::<usize>()
        });
    });
    // A page of a newspaper is mostly scripts, styles and attributes.
    let padding = "<script>window.state={\"k\":[1,2,3],\"v\":\"some text of a script\"};</script>".repeat(20)
        + &"<div class=\"c-grid__item c-grid__item--wide\" data-id=\"42\"><a href=\"/news/x\">Another story</a></div>"
            .repeat(40);
    let heavy: Vec<Vec<u8>> = pages.iter().map(|(body, _, _)| [body, padding.as_bytes()].concat()).collect();
    group.throughput(bytes(&mut heavy.iter().map(Vec::len)));
    group.bench_function("pages with much around the story", |b| {
        b.iter(|| {
            let each = heavy.iter().zip(&pages);
            each.map(|(body, (_, charset, url))| {
                extractor.page(body, charset.as_deref(), url).map_or(0, |page| page.text.len())
            })
            .sum::<usize>()
        });
    });
    let fields = Fields::default();
    group.throughput(bytes(&mut texts.iter().map(String::len)));
    group.bench_function("the same texts as JSON Lines", |b| {
        b.iter(|| {
            let read = |line: &String| fields.document(line.as_bytes()).map_or(0, |document| document.text.len());
            texts.iter().map(read).sum::<usize>()
        });
    });
    group.finish();
}

criterion_group!(benches, pages);
criterion_main!(benches);
