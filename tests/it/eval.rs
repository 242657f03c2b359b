//! `eval`: a result against labels.

use crate::workdir::{Workdir, sample};
use serde_json::Value;

#[test]
fn a_result_is_judged() {
    let dir = Workdir::new();
    assert_eq!(dir.run(&["run", sample(), "--out", "out"]).status(), 0);
    for result in ["out", "out/articles.jsonl"] {
        let ended = dir.run(&["eval", result, "--gold", sample(), "--field", "group", "--json"]);
        let scores: Value = serde_json::from_str(&ended.stdout).unwrap();
        assert_eq!(
            (&scores["bcubed"]["f1"], &scores["ari"], &scores["documents"]),
            (&1.0.into(), &1.0.into(), &64.into())
        );
    }
    let table = dir.run(&["eval", "out", "--gold", sample()]);
    assert!(table.status() == 0 && table.stdout.contains("BCubed") && table.stderr.contains("skipped"));
    assert_eq!(dir.run(&["eval", "none", "--gold", sample()]).status(), 1);
    dir.file("unlabelled.jsonl", "{\"id\": \"a01\"}\n");
    assert_eq!(dir.run(&["eval", "out", "--gold", "unlabelled.jsonl"]).status(), 1);
    dir.file("empty/x", "");
    assert_eq!(dir.run(&["eval", "empty", "--gold", sample()]).status(), 1);
}

#[test]
fn what_the_result_lacks_counts_as_alone() {
    let dir = Workdir::new();
    dir.file("gold.jsonl", "{\"id\":1,\"event\":\"x\"}\n{\"id\":2,\"event\":\"x\"}\n");
    dir.file("found.jsonl", "{\"id\":\"1\",\"event\":\"e\"}\n");
    let scores: Value =
        serde_json::from_str(&dir.run(&["eval", "found.jsonl", "--gold", "gold.jsonl", "--json"]).stdout).unwrap();
    assert_eq!((&scores["missing"], &scores["bcubed"]["recall"]), (&1.into(), &0.5.into()));
}

/// The figures of `found` against `gold`, rows of one JSON line each.
fn judged(gold: &str, found: &str, more: &[&str]) -> Value {
    let dir = Workdir::new();
    dir.file("gold.jsonl", gold).file("found.jsonl", found);
    let ended = dir.run(&[&["eval", "found.jsonl", "--gold", "gold.jsonl", "--json"], more].concat());
    assert_eq!(ended.status(), 0, "{}", ended.stderr);
    serde_json::from_str(&ended.stdout).unwrap()
}

const TWO_AND_ONE: &str = "{\"id\":\"a\",\"event\":1}\n{\"id\":\"b\",\"event\":1}\n{\"id\":\"c\",\"event\":2}\n";

#[test]
fn json_has_these_figures() {
    let scores = judged(TWO_AND_ONE, TWO_AND_ONE, &[]);
    let perfect = serde_json::json!({"precision": 1.0, "recall": 1.0, "f1": 1.0});
    let should = serde_json::json!({
        "documents": 3, "missing": 0, "found": 2, "gold": 2, "bcubed": perfect, "pairs": perfect,
        "ari": 1.0, "ami": 1.0, "homogeneity": 1.0, "completeness": 1.0, "v_measure": 1.0,
    });
    assert_eq!(scores, should);
}

#[test]
fn an_empty_result_leaves_all_alone() {
    let scores = judged(TWO_AND_ONE, "", &[]);
    let counts = ["documents", "missing", "found", "gold"].map(|name| scores[name].as_u64().unwrap());
    assert_eq!(counts, [3, 3, 3, 2]);
    let (alone, none) = (&scores["bcubed"], &scores["pairs"]);
    assert_eq!((&alone["precision"], alone["recall"].as_f64()), (&1.0.into(), Some(2.0 / 3.0)));
    assert_eq!((&none["precision"], &none["recall"], &none["f1"]), (&0.0.into(), &0.0.into(), &0.0.into()));
    assert_eq!((&scores["ari"], &scores["ami"], &scores["homogeneity"]), (&0.0.into(), &0.0.into(), &1.0.into()));
}

#[test]
fn empty_labels_are_refused() {
    let dir = Workdir::new();
    dir.file("gold.jsonl", "").file("found.jsonl", TWO_AND_ONE);
    let ended = dir.run(&["eval", "found.jsonl", "--gold", "gold.jsonl", "--json"]);
    assert_eq!((ended.status(), ended.stdout.as_str()), (1, ""));
    assert!(ended.stderr.contains("gold.jsonl") && ended.stderr.contains("--field"), "{}", ended.stderr);
}

#[test]
fn the_first_of_an_id_counts_on_both_sides() {
    let twice = |last: &str| format!("{TWO_AND_ONE}{{\"id\":\"a\",\"event\":{last}}}\n");
    assert_eq!(judged(&twice("2"), &twice("7"), &[]), judged(TWO_AND_ONE, TWO_AND_ONE, &[]));
}

#[test]
fn ids_and_labels_are_text_and_numbers_alike() {
    let numbers = "{\"id\":7,\"event\":1}\n{\"id\":8,\"event\":1}\n{\"id\":9,\"event\":2.5}\n";
    let text =
        "{\"event\":\"2.5\",\"id\":\"9\"}\n{\"event\":\"x\",\"id\":\"8\"}\n{\"event\":\"x\",\"id\":\"\\u0037\"}\n";
    assert_eq!(judged(numbers, text, &[]), judged(TWO_AND_ONE, TWO_AND_ONE, &[]));
    // 7.0 is written otherwise than 7: another id.
    assert_eq!(judged(numbers, "{\"id\":7.0,\"event\":1}\n", &[])["missing"], 3);
}

#[test]
fn documents_without_a_gold_label_are_ignored() {
    let more = "{\"id\":\"z\",\"event\":1}\n{\"id\":\"y\",\"event\":9}\n";
    assert_eq!(judged(TWO_AND_ONE, &format!("{more}{TWO_AND_ONE}"), &[]), judged(TWO_AND_ONE, TWO_AND_ONE, &[]));
}

#[test]
fn a_label_that_is_null_is_none() {
    let unlabelled = "{\"id\":\"d\",\"event\":null}\n{\"id\":\"e\"}\n";
    assert_eq!(judged(&format!("{unlabelled}{TWO_AND_ONE}"), TWO_AND_ONE, &[]), judged(TWO_AND_ONE, TWO_AND_ONE, &[]));
    let dir = Workdir::new();
    dir.file("gold.jsonl", format!("{TWO_AND_ONE}\n{unlabelled}")).file("found.jsonl", TWO_AND_ONE);
    let ended = dir.run(&["eval", "found.jsonl", "--gold", "gold.jsonl"]);
    assert_eq!(ended.status(), 0);
    assert!(ended.stderr.contains("gold.jsonl: 2 lines") && ended.stderr.contains("the first 5"), "{}", ended.stderr);
}

#[test]
fn the_field_says_what_is_judged() {
    let gold = "{\"id\":1,\"event\":\"x\",\"group\":\"g\"}\n{\"id\":2,\"event\":\"x\",\"group\":\"h\"}\n";
    let found = "{\"id\":1,\"event\":\"x\",\"group\":\"g\"}\n{\"id\":2,\"event\":\"y\",\"group\":\"h\"}\n";
    assert_eq!(judged(gold, found, &["--field", "group"])["ari"], 1.0);
    assert_eq!(judged(gold, found, &["--field", "event"])["ari"], 0.0);
    assert_eq!(judged(gold, found, &["--field", "event"]), judged(gold, found, &[]));
}
