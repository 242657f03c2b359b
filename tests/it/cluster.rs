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
    assert!(scores.bcubed.f1 >= 0.95, "{:?}", scores.bcubed);
}
