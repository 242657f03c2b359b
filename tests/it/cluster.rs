//! `cluster`: events only.

use crate::workdir::{Workdir, sample, sample_records};

#[test]
fn every_document_is_its_own_group() {
    let dir = Workdir::new();
    assert_eq!(dir.run(&["cluster", sample(), "--out", "out"]).status(), 0);
    let articles = dir.table("out", "articles.jsonl");
    assert!(
        articles
            .iter()
            .all(|row| row["group"] == row["id"] && row["representative"] == true && row["similarity"] == 1.0)
    );
    assert_eq!(dir.table("out", "groups.jsonl").len(), 0);
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    let scores = newsfold::eval::score(
        sample_records().iter().map(|row| (text(&row["id"]), text(&row["event"]))),
        articles.iter().map(|row| (text(&row["id"]), text(&row["event"]))),
    );
    assert!(scores.bcubed.f1 >= 0.94, "{:?}", scores.bcubed);
}

#[test]
fn embeddings_join_the_similarity() {
    let dir = Workdir::new();
    let events = |vectors: [&str; 4]| {
        let titles = [
            "Kosi river bursts banks after monsoon, nine villagers drowned overnight, Bihar police say",
            "Rising water strands thousands; relief boats reach Bihar hamlets while troops wait",
            "Strong earthquake shakes Noto peninsula, tsunami warning issued along coast",
            "Japanese homes collapse, harbour wrecked: Noto residents flee tremors",
        ];
        let line = |(at, (title, vector)): (usize, (&str, &str))| {
            format!("{{\"id\":\"d{at}\",\"title\":\"{title}\",\"embedding\":{vector}}}\n")
        };
        let lines: String = titles.into_iter().zip(vectors).enumerate().map(line).collect();
        dir.file("in.jsonl", lines);
        assert_eq!(dir.run(&["cluster", "in.jsonl", "--out", "out"]).status(), 0);
        dir.labels("out", "event").into_values().collect::<Vec<_>>()
    };
    let (east, west) = ("[1, 0.1, 0]", "[0, 0.1, 1]");
    assert_eq!(events([east, east, west, west]), ["d0", "d0", "d2", "d2"]);
    assert_eq!(dir.counts("out")["bad_embedding"], 0);
    let none = "null";
    assert_eq!(events([none; 4]), ["d0", "d1", "d2", "d3"], "alike in a word, and nothing else");
    events(["3", "[\"x\"]", "[0, 0]", "null"]);
    assert_eq!(dir.counts("out")["bad_embedding"], 3);
}
