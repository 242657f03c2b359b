//! The store: what it holds, whether it is whole, what must go.

use crate::workdir::{Workdir, prose};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// A store of three nights: four groups, of which one has members of every night, and ten single stories a night.
fn three_nights() -> Workdir {
    let dir = Workdir::new();
    for night in 1..=3u64 {
        let record = |id: String, text: String| {
            let published = format!("2025-01-0{night}T10:00:00Z");
            json!({"id": id, "title": "Title", "text": text, "published": published}).to_string() + "\n"
        };
        let single = |i: u64| record(format!("single-{night}-{i}"), prose(night << 8 | i, 80));
        // Every night another last word.
        let copy = record(format!("copy-{night}"), prose(999, 120) + &prose(night, 2));
        let lines: String = (0..10).map(single).chain([copy]).collect();
        let name = format!("night-{night}.jsonl");
        dir.file(&name, lines);
        assert_eq!(dir.run(&["nightly", &name, "--store", "store", "--out", "out"]).status(), 0);
    }
    dir
}

fn stats(dir: &Workdir) -> Value {
    let ended = dir.run(&["store", "stats", "store", "--json"]);
    assert_eq!(ended.status(), 0);
    serde_json::from_str(&ended.stdout).unwrap()
}

fn exported(dir: &Workdir) -> Vec<Value> {
    let ended = dir.run(&["store", "export", "store"]);
    assert_eq!(ended.status(), 0);
    ended.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn ids(rows: &[Value]) -> BTreeSet<&str> {
    rows.iter().map(|row| row["id"].as_str().unwrap()).collect()
}

#[test]
fn stats_tell_what_there_is() {
    let dir = three_nights();
    let stats = stats(&dir);
    assert_eq!((&stats["documents"], &stats["texts"], &stats["groups"]), (&json!(33), &json!(33), &json!(31)));
    assert_eq!(stats["nights"].as_array().unwrap().len(), 3);
    let on_disk: u64 = files(&dir.path("store")).iter().map(|path| fs::metadata(path).unwrap().len()).sum();
    let own = ["manifest", "lock"].map(|name| fs::metadata(dir.path("store").join(name)).unwrap().len());
    assert_eq!(stats["bytes"].as_u64().unwrap(), on_disk - own.iter().sum::<u64>());
    let ended = dir.run(&["store", "stats", "store"]);
    assert!(ended.stdout.contains("33") && ended.stdout.contains("2025-01-03"), "{}", ended.stdout);
}

#[test]
fn an_export_names_every_document() {
    let dir = three_nights();
    let rows = exported(&dir);
    assert_eq!(ids(&rows).len(), 33);
    let copy = rows.iter().find(|row| row["id"] == "copy-3").unwrap();
    let told = ["night", "published", "group", "event", "first_seen"].map(|column| copy[column].as_str().unwrap());
    assert_eq!(told, ["2025-01-03", "2025-01-03T10:00:00Z", "copy-1", "copy-1", "2025-01-01"]);
}

/// Every file under a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if entry.is_dir() { files.extend(self::files(&entry)) } else { files.push(entry) }
    }
    files.sort();
    files
}

#[test]
fn what_is_forgotten_is_in_no_byte_of_the_store() {
    let dir = three_nights();
    let holds = |word: &str| {
        let files = files(&dir.path("store"));
        files.iter().filter(|path| !path.ends_with("lock")).any(|path| {
            let bytes = fs::read(path).unwrap();
            bytes.windows(word.len()).any(|window| window == word.as_bytes())
        })
    };
    assert!(holds("single-2-7") && holds("copy-2"));
    let ended = dir.run(&["store", "forget", "store", "single-2-7", "copy-2"]);
    assert_eq!(ended.status(), 0, "{}", ended.stderr);
    assert!(ended.stdout.starts_with("2 documents"), "{}", ended.stdout);
    assert!(!holds("single-2-7") && !holds("copy-2"));
    assert_eq!(dir.run(&["store", "check", "store"]).status(), 0);
    assert_eq!(ids(&exported(&dir)).len(), 31);
    assert_eq!((&stats(&dir)["documents"], &stats(&dir)["groups"]), (&json!(31), &json!(30)));
    // Another crawl that has them has them as new ones; the group of the copy goes on without it.
    let night = fs::read_to_string(dir.path("night-2.jsonl")).unwrap();
    dir.file("again.jsonl", night.lines().filter(|line| !line.contains("single-2-1")).collect::<Vec<_>>().join("\n"));
    assert_eq!(dir.run(&["nightly", "again.jsonl", "--store", "store", "--out", "out"]).status(), 0);
    assert_eq!(ids(&dir.table("out", "articles.jsonl")), BTreeSet::from(["single-2-7", "copy-2"]));
    assert_eq!(dir.labels("out", "group")["copy-2"], "copy-1");
}

#[test]
fn an_id_that_is_not_known_is_forgotten_by_nobody() {
    let dir = three_nights();
    let before = exported(&dir);
    let ended = dir.run(&["store", "forget", "store", "copy-1", "copy-4"]);
    assert_eq!(ended.status(), 1);
    assert!(ended.stderr.contains("copy-4"), "{}", ended.stderr);
    assert_eq!(exported(&dir), before, "the one that is known is still there");
}

#[test]
fn a_name_outlives_the_document_it_is_of() {
    let dir = three_nights();
    assert_eq!(dir.run(&["store", "forget", "store", "copy-1"]).status(), 0);
    let of_copy = |rows: &[Value]| rows.iter().find(|row| row["id"] == "copy-3").unwrap().clone();
    assert_eq!(of_copy(&exported(&dir))["group"], "copy-1");
    assert_eq!(dir.run(&["store", "compact", "store"]).status(), 0);
    assert_eq!(of_copy(&exported(&dir))["group"], "copy-1");
    assert_eq!(dir.run(&["store", "check", "store"]).status(), 0);
}

#[test]
fn a_compacted_store_holds_the_same() {
    let dir = three_nights();
    let before = exported(&dir);
    let ended = dir.run(&["store", "compact", "store"]);
    assert_eq!(ended.status(), 0);
    assert!(ended.stdout.contains("now"), "{}", ended.stdout);
    assert_eq!(exported(&dir), before);
    assert_eq!(dir.run(&["store", "check", "store"]).status(), 0);
}

#[test]
fn check_names_the_file_that_is_not_as_it_was() {
    let dir = three_nights();
    let whole = dir.run(&["store", "check", "store"]);
    assert!(whole.status() == 0 && whole.stdout.contains("whole: 3 nights"), "{}", whole.stdout);
    type Harm = fn(&Path);
    let harm: [(&str, Harm); 4] = [
        ("night-000002/signatures", |path| {
            let mut bytes = fs::read(path).unwrap();
            bytes[300] ^= 4;
            fs::write(path, bytes).unwrap();
        }),
        ("night-000003/ids", |path| fs::write(path, &fs::read(path).unwrap()[1..]).unwrap()),
        ("night-000001/groups", |path| fs::remove_file(path).unwrap()),
        ("manifest", |path| {
            let manifest = fs::read_to_string(path).unwrap();
            fs::write(path, manifest.replacen("\"day\":20", "\"day\":21", 1)).unwrap();
        }),
    ];
    for (name, harm) in harm {
        let path = dir.path("store").join(name);
        let before = fs::read(&path).unwrap();
        harm(&path);
        let ended = dir.run(&["store", "check", "store"]);
        assert_eq!(ended.status(), 1, "{name}");
        assert!(ended.stderr.contains(name), "{name}: {}", ended.stderr);
        fs::write(&path, before).unwrap();
    }
    assert_eq!(dir.run(&["store", "check", "store"]).status(), 0);
}

#[test]
fn the_verbs_are_told_apart() {
    let dir = Workdir::new();
    for (arguments, word) in
        [(&["store"][..], "Usage"), (&["store", "chekc", "store"], "check"), (&["store", "forget", "store"], "ID")]
    {
        let ended = dir.run(arguments);
        assert_eq!(ended.status(), 2);
        assert!(ended.stderr.contains(word), "{}", ended.stderr);
    }
}
