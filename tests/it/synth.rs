//! `synth`: a corpus whose truth is known, against what the program finds in it.

use crate::workdir::Workdir;
use serde_json::Value;
use std::fs;

#[test]
fn the_known_copies_are_found() {
    let dir = Workdir::new();
    assert_eq!(dir.run(&["synth", "--docs", "3000", "--seed", "3", "--out", "c.jsonl"]).status(), 0);
    assert_eq!(dir.run(&["run", "c.jsonl", "--out", "out"]).status(), 0);
    let (groups, truth) = (dir.labels("out", "group"), fs::read_to_string(dir.path("c.truth.jsonl")).unwrap());
    let truth: Vec<Value> = truth.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((truth.len(), groups.len()), (3000, 3000));
    // A copy to the letter is found without exception; no group mixes families.
    for row in &truth {
        let (id, family) = (row["id"].as_str().unwrap(), row["group"].as_str().unwrap());
        if row["kind"] == "exact" {
            assert_eq!(groups[id], groups[family], "{row}");
        }
    }
    let judged = dir.run(&["eval", "out", "--gold", "c.truth.jsonl", "--field", "group", "--json"]);
    let scores: Value = serde_json::from_str(&judged.stdout).unwrap();
    assert!(scores["bcubed"]["precision"].as_f64().unwrap() > 0.9999, "{scores}");
    assert!(scores["bcubed"]["recall"].as_f64().unwrap() > 0.85, "{scores}");
    let judged = dir.run(&["eval", "out", "--gold", "c.truth.jsonl", "--json"]);
    let scores: Value = serde_json::from_str(&judged.stdout).unwrap();
    assert!(scores["bcubed"]["f1"].as_f64().unwrap() > 0.8, "{scores}");
}

#[test]
fn the_same_seed_gives_the_same_bytes() {
    let dir = Workdir::new();
    for (seed, out) in [("1", "a.jsonl"), ("1", "b.jsonl"), ("2", "c.jsonl")] {
        assert_eq!(dir.run(&["synth", "--docs", "200", "--seed", seed, "--out", out]).status(), 0);
    }
    let read = |name: &str| fs::read(dir.path(name)).unwrap();
    assert!(read("a.jsonl") == read("b.jsonl") && read("a.truth.jsonl") == read("b.truth.jsonl"));
    assert!(read("a.jsonl") != read("c.jsonl"));
}
