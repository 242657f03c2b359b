//! `same_url`: documents of one page, and ids made of URLs.

use crate::workdir::{Workdir, prose};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Id, URL, day of January, words.
const DOCUMENTS: [(&str, &str, u32, usize); 8] = [
    ("amp", "https://amp.example.org/talks/?utm_source=x", 14, 60),
    ("first", "http://www.example.org/talks/amp", 13, 40),
    ("late", "https://m.example.org:443/talks#top", 15, 90),
    ("undated", "https://www.google.com/amp/s/example.org/talks/index.html", 0, 300),
    ("other", "https://example.org/talks?id=2", 13, 50),
    ("long", "https://example.org/summit", 0, 80),
    ("short", "https://example.org/summit/", 0, 70),
    ("none", "", 13, 50),
];

fn line(at: usize) -> String {
    let (id, url, day, words) = DOCUMENTS[at];
    let mut record = json!({"id": id, "url": url, "text": prose(at as u64, words)});
    if day > 0 {
        record["published"] = format!("2025-01-{day}").into();
    }
    record.to_string() + "\n"
}

/// The column by id, null where there is none.
fn same_url(dir: &Workdir) -> BTreeMap<String, Value> {
    let rows = dir.table("out", "articles.jsonl").into_iter();
    rows.map(|row| (row["id"].as_str().unwrap().to_owned(), row.get("same_url").cloned().unwrap_or_default())).collect()
}

#[test]
fn documents_of_one_page_name_its_first() {
    let dir = Workdir::new();
    let first = |id: &str| match id {
        "other" | "none" => Value::Null,
        "long" | "short" => "long".into(),
        _ => "first".into(),
    };
    let expected: BTreeMap<String, Value> = DOCUMENTS.iter().map(|&(id, ..)| (id.to_owned(), first(id))).collect();
    for turn in 0..DOCUMENTS.len() {
        let lines = (0..DOCUMENTS.len()).map(|at| line((at * 3 + turn) % DOCUMENTS.len()));
        dir.file("in.jsonl", lines.collect::<String>());
        // Which document represents a group is another question.
        let keep = ["earliest", "longest", "first"][turn % 3];
        let verb = ["run", "dedup", "cluster"][turn / 3];
        assert_eq!(dir.run(&[verb, "in.jsonl", "--out", "out", "--keep", keep]).status(), 0);
        assert_eq!(same_url(&dir), expected);
        assert_eq!(dir.counts("out")["same_url"], 6);
    }
}

#[test]
fn of_equal_claims_the_smallest_id_is_first() {
    let dir = Workdir::new();
    let with = |id: &str| {
        json!({"id": id, "link": "https://example.org/x", "text": prose(1, 20), "date": "2025-01-14"}).to_string()
            + "\n"
    };
    let rejected = json!({"id": "A", "link": "https://example.org/x"}).to_string();
    dir.file("in.jsonl", ["b", "a", "B", "c"].map(with).concat() + &rejected);
    assert_eq!(dir.run(&["dedup", "in.jsonl", "--out", "out", "--max-reject-rate", "1"]).status(), 0);
    let same = same_url(&dir);
    assert!(same.len() == 4 && same.values().all(|first| first == "B"), "{same:?}");
}

#[test]
fn an_id_that_is_given_is_never_changed_and_one_that_is_made_is_canonical() {
    let dir = Workdir::new();
    let given = json!({"id": "http://www.example.org/a/amp?utm_id=1", "text": prose(1, 40)});
    let made = json!({"url": "http://www.example.org/b/amp?utm_id=1", "text": prose(2, 40)});
    let again = json!({"url": "https://example.org/b", "text": prose(3, 40)});
    dir.file("in.jsonl", format!("{given}\n{made}\n{again}\n"));
    assert_eq!(dir.run(&["dedup", "in.jsonl", "--out", "out", "--max-reject-rate", "1"]).status(), 0);
    let ids: Vec<String> = same_url(&dir).into_keys().collect();
    assert_eq!(ids, ["http://www.example.org/a/amp?utm_id=1", "https://example.org/b"]);
    assert_eq!(dir.rejects("out"), [("duplicate_id".to_owned(), 3)]);
}
