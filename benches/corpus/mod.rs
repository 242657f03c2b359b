//! What the benches work on: a seeded corpus, the same on every machine.

#![allow(dead_code, reason = "each bench uses a part")]

use criterion::Throughput;
use newsfold::{shingle, synth, text::Story};

/// A corpus of so many documents, as JSON Lines.
pub(crate) fn jsonl(docs: u64) -> Vec<u8> {
    let (mut corpus, mut truth) = (Vec::new(), std::io::sink());
    let params = synth::Params { docs, seed: 20_261_123, ..synth::Params::default() };
    synth::write(&params, &mut corpus, &mut truth).expect("memory takes all that is written");
    corpus
}

/// The title and text of every document of it.
pub(crate) fn articles(docs: u64) -> Vec<(String, String)> {
    let corpus = jsonl(docs);
    let rows = corpus.split(|&b| b == b'\n').filter(|line| !line.is_empty());
    let row = |line| serde_json::from_slice::<serde_json::Value>(line).expect("synth writes JSON");
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    rows.map(row).map(|row| (text(&row["title"]), text(&row["text"]))).collect()
}

/// The shingles of every document of it.
pub(crate) fn shingles(docs: u64) -> Vec<Vec<u64>> {
    let mut story = Story::default();
    let of = |(title, text): &(String, String)| {
        let mut shingles = Vec::new();
        story.read(title, text);
        shingle::shingles(story.words(), 5, &mut shingles);
        shingles
    };
    articles(docs).iter().map(of).collect()
}

/// So many documents a second, and their bytes of text.
pub(crate) fn throughput(articles: &[(String, String)]) -> Throughput {
    let bytes = articles.iter().map(|(_, text)| text.len() as u64).sum();
    Throughput::ElementsAndBytes { elements: articles.len() as u64, bytes }
}
