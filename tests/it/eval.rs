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
