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
    assert!(scores.bcubed.f1 >= 0.93, "{:?}", scores.bcubed);
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

#[test]
fn no_event_swallows_a_crawl() {
    let dir = Workdir::new();
    assert_eq!(dir.run(&["synth", "--docs", "3000", "--seed", "5", "--out", "in.jsonl"]).status(), 0);
    let documents: Vec<serde_json::Value> = std::fs::read_to_string(dir.path("in.jsonl"))
        .unwrap()
        .lines()
        .map(|l| serde_json::from_str(l).unwrap())
        .collect();
    let largest = |change: &dyn Fn(&mut serde_json::Value)| {
        let changed = |document: &serde_json::Value| {
            let mut document = document.clone();
            change(&mut document);
            document.to_string() + "\n"
        };
        dir.file("crawl.jsonl", documents.iter().map(changed).collect::<String>());
        assert_eq!(dir.run(&["run", "crawl.jsonl", "--out", "out", "--no-kept"]).status(), 0);
        dir.table("out", "events.jsonl").iter().map(|event| event["size"].as_u64().unwrap()).max().unwrap()
    };
    let as_it_is = largest(&|_| ());
    let crawls: [&dyn Fn(&mut serde_json::Value); 4] = [
        &|document| document["title"] = "Officials meet again as talks continue".into(),
        &|document| document["text"] = ("Zyxwvut. ".to_owned() + document["text"].as_str().unwrap()).into(),
        &|document| document["published"] = "2025-01-13".into(),
        &|document| drop(document.as_object_mut().unwrap().remove("published")),
    ];
    for (at, crawl) in crawls.into_iter().enumerate() {
        let largest = largest(crawl);
        assert!(largest <= 2 * as_it_is, "crawl {at}: an event of {largest}, where {as_it_is} is the largest");
    }
}
