//! Real labelled corpora, where they are at hand; elsewhere these tests say so and pass.

use crate::workdir::{Workdir, corpora};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

macro_rules! corpus {
    ($path:literal) => {
        match corpora().map(|folder| folder.join($path)).filter(|path| path.exists()) {
            Some(path) => path,
            None => {
                eprintln!("skipped: {} is not at hand", $path);
                return;
            }
        }
    };
}

fn rows(path: &Path) -> Vec<Value> {
    fs::read_to_string(path).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

/// A crawled article as it is, and as a reader would type it: no repeats, no crumb.
fn clean(crawled: &str) -> [String; 2] {
    let lines: Vec<&str> = crawled.lines().collect();
    let repeats = |line: &&str| !line.is_empty() && lines.iter().filter(|other| *other == line).count() > 1;
    let mut seen = Vec::new();
    let once = lines.iter().filter(|line| {
        **line != "TT"
            && (line.is_empty()
                || (!seen.contains(*line) && {
                    seen.push(**line);
                    true
                }))
    });
    let once = once.copied().collect::<Vec<_>>().join("\n");
    let story =
        lines.iter().skip(1).filter(|line| **line != "TT" && !repeats(line)).copied().collect::<Vec<_>>().join("\n");
    [once, format!("{}\n{story}", lines[0])]
}

#[test]
fn the_first_two_articles_are_two_events_and_equal_their_clean_copies() {
    let seed = corpus!("seed");
    let dir = Workdir::new();
    assert_eq!(dir.run(&["run", seed.to_str().unwrap(), "--out", "out"]).status(), 0);
    assert_eq!(dir.labels("out", "event").values().collect::<std::collections::BTreeSet<_>>().len(), 2);
    for entry in fs::read_dir(&seed).unwrap() {
        let path = entry.unwrap().path();
        let crawled = fs::read_to_string(&path).unwrap();
        for (i, copy) in clean(&crawled).iter().enumerate() {
            let name = format!("{i}/copies");
            dir.file(&format!("{name}/crawled.txt"), &crawled).file(&format!("{name}/clean.txt"), copy);
            assert_eq!(dir.run(&["dedup", &name, "--out", "pair"]).status(), 0);
            let least = dir
                .table("pair", "articles.jsonl")
                .iter()
                .map(|row| row["similarity"].as_f64().unwrap())
                .fold(1.0, f64::min);
            assert!(dir.counts("pair")["kept"] == 1 && least >= 0.97, "{}: {least}", path.display());
        }
    }
}

#[test]
fn the_first_articles_find_their_events_among_the_talks() {
    let (seed, talks) = (corpus!("seed"), corpus!("events/iran_e3.jsonl"));
    let dir = Workdir::new();
    let mut input = fs::read_to_string(&talks).unwrap();
    for (name, published) in [("blinken-paris-2024-04-02", None), ("iran-e3-geneva-2025-01-14", Some("2025-01-14"))] {
        let article = fs::read_to_string(seed.join(name).with_extension("txt")).unwrap();
        let (title, text) = article.split_once('\n').unwrap();
        input +=
            &(serde_json::json!({"id": name, "title": title, "text": text, "published": published}).to_string() + "\n");
    }
    dir.file("in.jsonl", input);
    assert_eq!(dir.run(&["run", "in.jsonl", "--out", "out"]).status(), 0);
    let events = dir.labels("out", "event");
    let gold: BTreeMap<String, String> =
        rows(&talks).iter().map(|row| (text(&row["id"]), text(&row["event"]))).collect();
    let with = |id: &str| {
        events
            .iter()
            .filter(|(other, event)| *other != id && **event == events[id])
            .map(|(other, _)| other.clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(with("blinken-paris-2024-04-02"), Vec::<String>::new());
    let joined = with("iran-e3-geneva-2025-01-14");
    assert!(!joined.is_empty() && joined.iter().all(|id| gold[id] == "geneva-2025-01-13-held"), "{joined:?}");
}

#[test]
fn events_of_the_development_corpora() {
    let folder = corpus!("events");
    let dir = Workdir::new();
    for (corpus, least) in
        [("iran_e3", 0.95), ("ecbplus", 0.91), ("g5w1h", 0.90), ("allsides_dev", 0.91), ("og2021_titles_dev", 0.62)]
    {
        let path = folder.join(corpus).with_extension("jsonl");
        assert_eq!(dir.run(&["run", path.to_str().unwrap(), "--out", "out"]).status(), 0);
        let judged = dir.run(&["eval", "out", "--gold", path.to_str().unwrap(), "--json"]);
        let scores: Value = serde_json::from_str(&judged.stdout).unwrap();
        assert!(scores["bcubed"]["f1"].as_f64().unwrap() >= least, "{corpus}: {scores}");
    }
}

#[test]
fn natural_near_duplicates_are_found() {
    let (news, pairs) =
        (corpus!("near_duplicates/reuters21578.jsonl"), corpus!("near_duplicates/reuters21578_pairs.jsonl"));
    let dir = Workdir::new();
    assert_eq!(dir.run(&["dedup", news.to_str().unwrap(), "--out", "out", "--no-kept"]).status(), 0);
    let groups = dir.labels("out", "group");
    let alike: Vec<bool> = rows(&pairs)
        .iter()
        .filter(|pair| pair["jaccard_w5"].as_f64().unwrap() >= 0.8)
        .map(|pair| groups[&text(&pair["a"])] == groups[&text(&pair["b"])])
        .collect();
    let found = alike.iter().filter(|&&found| found).count();
    assert!(alike.len() > 400 && found * 100 >= alike.len() * 99, "{found} of {}", alike.len());
}

#[test]
fn planted_copies_are_found_and_nothing_else() {
    let planted = corpus!("near_duplicates/mccormick_1000.jsonl");
    let dir = Workdir::new();
    assert_eq!(dir.run(&["dedup", planted.to_str().unwrap(), "--out", "out", "--no-kept"]).status(), 0);
    let groups = dir.labels("out", "group");
    let copies: Vec<Value> = rows(&planted).into_iter().filter(|row| row["duplicate_of"].is_string()).collect();
    assert!(copies.iter().all(|row| groups[&text(&row["id"])] == groups[&text(&row["duplicate_of"])]));
    assert_eq!(dir.counts("out")["kept"], 990);
}
