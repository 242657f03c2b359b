//! `audit`: estimates against the exact value, found by comparing all with all.

use crate::workdir::{Ended, Workdir, prose, record, sample};
use serde_json::Value;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::fs;

/// The shingle sets of a corpus, by a way of its own: runs of five words, numbered.
pub fn sets(corpus: &str) -> Vec<(String, HashSet<u32>)> {
    let (mut numbers, mut tokenizer) = (HashMap::new(), newsfold::text::Story::default());
    let set = |line: &str| {
        let record: Value = serde_json::from_str(line).unwrap();
        // What is a word of the story is the project's to say; what is shared is counted here.
        tokenizer.read(record["title"].as_str().unwrap_or_default(), record["text"].as_str().unwrap());
        let words = tokenizer.words();
        let runs = words.windows(5.min(words.len())).map(<[u64]>::to_vec);
        let next = |run: Vec<u64>| {
            let next = numbers.len() as u32;
            *numbers.entry(run).or_insert(next)
        };
        (record["id"].as_str().unwrap().to_owned(), runs.map(next).collect())
    };
    corpus.lines().map(set).collect()
}

/// Every near-duplicate pair, and whether the result has it in one group.
fn near_pairs(corpus: &str, groups: &BTreeMap<String, String>, threshold: f64) -> Vec<(f64, bool)> {
    let sets = sets(corpus);
    let mut holders: HashMap<u32, Vec<u32>> = HashMap::new();
    let mut pairs = Vec::new();
    for (b, (id, set)) in sets.iter().enumerate() {
        let mut shared: HashMap<u32, usize> = HashMap::new();
        for shingle in set {
            let holders = holders.entry(*shingle).or_default();
            holders.iter().for_each(|&a| *shared.entry(a).or_default() += 1);
            holders.push(b as u32);
        }
        for (a, both) in shared {
            let (other, others) = &sets[a as usize];
            let similarity = both as f64 / (set.len() + others.len() - both) as f64;
            if similarity >= threshold {
                pairs.push((similarity, groups[id] == groups[other]));
            }
        }
    }
    pairs
}

fn share<T>(of: &[T], is_so: impl Fn(&T) -> bool) -> f64 {
    of.iter().filter(|one| is_so(one)).count() as f64 / of.len() as f64
}

fn findings(ended: &Ended) -> Value {
    assert_eq!(ended.status(), 0, "{}", ended.stderr);
    serde_json::from_str(&ended.stdout).unwrap()
}

#[track_caller]
fn holds(estimate: &Value, truth: f64) {
    let number = |key: &str| estimate[key].as_f64().unwrap();
    assert!(number("low") <= truth + 1e-12 && truth - 1e-12 <= number("high"), "{truth} in {estimate}");
}

#[track_caller]
fn is_exactly(estimate: &Value, truth: f64) {
    let number = |key: &str| estimate[key].as_f64().unwrap();
    assert!((number("estimate") - truth).abs() < 1e-12 && number("low") == number("high"), "{truth}: {estimate}");
}

#[test]
fn intervals_hold_the_exact_value() {
    let dir = Workdir::new();
    assert_eq!(dir.run(&["synth", "--docs", "4000", "--out", "in.jsonl"]).status(), 0);
    let corpus = fs::read_to_string(dir.path("in.jsonl")).unwrap();
    // A cut that misses much on purpose.
    assert_eq!(dir.run(&["dedup", "in.jsonl", "--out", "out", "--bands", "4", "--rows", "12"]).status(), 0);
    let groups = dir.labels("out", "group");
    let near = near_pairs(&corpus, &groups, 0.65);
    let recall = share(&near, |pair| pair.1);
    assert!(near.len() > 500 && recall > 0.5 && recall < 0.97, "{} pairs, recall {recall}", near.len());
    let mut sizes: HashMap<&str, u64> = HashMap::new();
    groups.values().for_each(|group| *sizes.entry(group).or_default() += 1);
    let grouped: u64 = sizes.values().map(|size| size * (size - 1) / 2).sum();
    let precision = near.iter().filter(|pair| pair.1).count() as f64 / grouped as f64;

    for seed in ["1", "2", "3"] {
        let found =
            findings(&dir.run(&["audit", "out", "--sample", "300", "--pairs", "300", "--seed", seed, "--json"]));
        assert_eq!((&found["documents"]["sampled"], &found["pairs"]["all"]), (&300.into(), &grouped.into()));
        holds(&found["recall"]["pairs"], recall);
        holds(&found["precision"]["pairs"], precision);
        assert!(found["recall"]["pairs"]["high"].as_f64().unwrap() < 1.0, "it is known that some are missing");
    }
    let all = findings(&dir.run(&["audit", "out", "--sample", "100000", "--pairs", "100000", "--json"]));
    is_exactly(&all["recall"]["pairs"], recall);
    is_exactly(&all["precision"]["pairs"], precision);
    assert_eq!(all["similarity_error"], 0.0);
    let bands = all["recall"]["by_similarity"].as_array().unwrap();
    assert_eq!(bands.len(), 5);
    for band in bands {
        let (from, to) = (band["from"].as_f64().unwrap(), band["to"].as_f64().unwrap());
        let within: Vec<_> = near.iter().filter(|(s, _)| *s >= from && (*s < to || from == 1.0)).collect();
        is_exactly(&band["share"], share(&within, |pair| pair.1));
    }
}

#[test]
fn findings_are_kept_with_the_result_and_shown() {
    let dir = Workdir::new();
    assert_eq!(dir.run(&["run", sample(), "--out", "out"]).status(), 0);
    let (before, page) = (dir.run_json("out"), fs::read_to_string(dir.path("out/report.html")).unwrap());
    assert!(!page.contains("newsfold audit"));
    let table = dir.run(&["audit", "out"]);
    assert!(table.status() == 0 && table.stdout.contains("recall    1.0000  exact"), "{}", table.stdout);
    let found = findings(&dir.run(&["audit", "out", "--json", "--seed", "5"]));
    let mut after = dir.run_json("out");
    assert_eq!(after.as_object_mut().unwrap().remove("audit").unwrap(), found);
    assert_eq!(after, before);
    let page = fs::read(dir.path("out/report.html")).unwrap();
    let text = String::from_utf8(page.clone()).unwrap();
    assert!(text.contains("newsfold audit") && text.contains("How good the groups are"));
    assert_eq!(dir.run(&["report", "out"]).status(), 0);
    assert_eq!(fs::read(dir.path("out/report.html")).unwrap(), page);
    let quiet = dir.run(&["audit", "out", "--quiet"]);
    assert_eq!((quiet.status(), &*quiet.stdout, &*quiet.stderr), (0, "", ""));
    assert_eq!(dir.run(&["run", sample(), "--out", "out"]).status(), 0, "a later run replaces it");
    assert!(dir.run_json("out").get("audit").is_none());
}

#[test]
fn threads_and_the_order_of_input_change_nothing() {
    let dir = Workdir::new();
    let line = |i: u64| record(&format!("d{i}"), &(prose(i % 300, 80) + &prose(i, (i % 50) as usize)));
    let lines: Vec<String> = (0..900).map(line).collect();
    dir.file("in.jsonl", lines.concat());
    dir.file("other.jsonl", lines.iter().rev().cloned().collect::<String>());
    let audit = |input: &str, threads: &str| {
        assert_eq!(dir.run(&["dedup", input, "--out", "out", "--bands", "4", "--rows", "8"]).status(), 0);
        dir.run(&["audit", "out", "--sample", "100", "--pairs", "50", "--json", "--threads", threads]).stdout
    };
    let one = audit("in.jsonl", "1");
    assert!(one.contains("recall"));
    assert_eq!(audit("in.jsonl", "5"), one);
    assert_eq!(audit("other.jsonl", "2"), one);
}

#[test]
fn documents_without_an_id_and_with_a_taken_one_are_told_apart() {
    let dir = Workdir::new();
    let bare = |i: u64| serde_json::json!({"text": prose(i % 20, 60)}).to_string() + "\n";
    let lines: String =
        (0..60).map(|i| if i % 3 == 0 { record(&format!("x{}", i % 30), &prose(i, 50)) } else { bare(i) }).collect();
    dir.file("in/a.jsonl", format!("\n{lines}not json\n{}", bare(3)));
    dir.file("in/deep/b.txt", format!("Title\n{}", prose(1, 60)));
    dir.file("in/deep/c.txt", "");
    dir.file("in/d.txt", prose(5, 60));
    for inputs in [vec!["in"], vec!["in/a.jsonl", "in/deep", "in"], vec!["in/*", "in/deep/b.txt"]] {
        let run = [&["dedup", "--out", "out", "--max-reject-rate", "1"], &*inputs].concat();
        assert_eq!(dir.run(&run).status(), 0);
        let found = findings(&dir.run(&["audit", "out", "--json"]));
        is_exactly(&found["recall"]["pairs"], 1.0);
        is_exactly(&found["precision"]["pairs"], 1.0);
    }
}

#[test]
fn what_cannot_be_audited_is_refused_with_a_word() {
    let dir = Workdir::new();
    let refused = |arguments: &[&str], status: i32, word: &str| {
        let ended = dir.run(arguments);
        assert_eq!(ended.status(), status, "{word}");
        assert!(ended.stderr.contains(word), "{word} in {}", ended.stderr);
    };
    let audit = ["audit", "out", "--sample", "50"];
    refused(&["audit", "none"], 1, "no result of newsfold");
    assert_eq!(dir.run(&["cluster", sample(), "--out", "out"]).status(), 0);
    refused(&audit, 1, "cluster does not look for near-duplicates");
    assert_eq!(dir.pipe(&["dedup", "-", "--out", "out"], fs::read(sample()).unwrap()).status(), 0);
    refused(&audit, 1, "standard input");

    let text = fs::read_to_string(sample()).unwrap();
    dir.file("one.jsonl", record("one", &prose(1, 50))).file("two.jsonl", &text);
    assert_eq!(dir.run(&["dedup", "one.jsonl", "two.jsonl", "--out", "out"]).status(), 0);
    let run = fs::read(dir.path("out/run.json")).unwrap();
    refused(&["audit", "out", "--sample", "0"], 2, "--sample 0");
    // The same length, one letter else: an id, then a text.
    for (was, is) in [("\"a01\"", "\"Z01\""), ("the", "tho")] {
        dir.file("two.jsonl", text.replacen(was, is, 1));
        refused(&audit, 1, "two.jsonl is not what this result was made of");
    }
    dir.file("two.jsonl", &text[1..]);
    refused(&audit, 1, "two.jsonl is not what this result was made of");
    fs::remove_file(dir.path("two.jsonl")).unwrap();
    refused(&audit, 1, "two.jsonl cannot be read again");
    dir.file("two.jsonl", &text);
    let articles = fs::read_to_string(dir.path("out/articles.jsonl")).unwrap();
    dir.file("out/articles.jsonl", articles.lines().skip(1).map(|line| line.to_owned() + "\n").collect::<String>());
    refused(&audit, 1, "it lacks the document one: it does not fit its input");
    dir.file("out/articles.jsonl", articles.replacen("\"similarity\":1.0", "\"similarity\":0.9", 1));
    refused(&audit, 1, "does not fit its input");
    dir.file("out/articles.jsonl", articles.clone() + "{\"id\":3");
    refused(&audit, 1, "articles.jsonl:");
    assert_eq!(fs::read(dir.path("out/run.json")).unwrap(), run, "a failed audit changes nothing");
    dir.file("out/articles.jsonl", articles);
    assert_eq!(dir.run(&audit).status(), 0);
}

#[test]
fn nothing_to_find_is_no_number() {
    let dir = Workdir::new();
    dir.file("in.jsonl", record("a", &prose(1, 50)) + &record("b", &prose(2, 50))).file("empty.jsonl", "");
    for input in ["in.jsonl", "empty.jsonl"] {
        assert_eq!(dir.run(&["dedup", input, "--out", "out"]).status(), 0);
        let found = findings(&dir.run(&["audit", "out", "--json"]));
        assert!(found["recall"]["pairs"].is_null() && found["precision"]["pairs"].is_null());
        assert!(dir.run(&["audit", "out"]).stdout.contains("none was met"));
    }
}

#[test]
fn many_copies_of_one_page_cost_little() {
    let dir = Workdir::new();
    let page = prose(1, 200);
    let copies: String = (0..30_000).map(|i| record(&format!("c{i:05}"), &format!("{page} Number {i}."))).collect();
    dir.file("in.jsonl", copies);
    assert_eq!(dir.run(&["dedup", "in.jsonl", "--out", "out", "--no-kept"]).status(), 0);
    let found = findings(&dir.run(&["audit", "out", "--json"]));
    assert!(found["documents"]["sampled"].as_u64().unwrap() <= 1000, "{found}");
    holds(&found["recall"]["pairs"], 1.0);
    holds(&found["precision"]["pairs"], 1.0);
}
