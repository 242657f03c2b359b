//! Nights: what is known from earlier ones, what goes on, what ends.

use crate::workdir::{Workdir, prose, sample_records};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;

/// An article of a day of January 2025.
fn article(id: &str, day: u32, text: &str) -> String {
    json!({"id": id, "title": format!("Title {id}"), "text": text, "published": format!("2025-01-{day:02}T08:00:00Z")})
        .to_string()
        + "\n"
}

/// A text with every fifteenth word another one, so that it is a near-duplicate.
fn edited(text: &str, seed: u64) -> String {
    let other = prose(seed, 200);
    let mut words: Vec<&str> = text.split(' ').collect();
    words.iter_mut().step_by(45).zip(other.split(' ').step_by(3)).for_each(|(word, new)| *word = new);
    words.join(" ")
}

/// Runs a night of `lines`.
fn night(dir: &Workdir, name: &str, lines: &str, more: &[&str]) -> i32 {
    dir.file(&format!("{name}.jsonl"), lines);
    let input = format!("{name}.jsonl");
    dir.run(&[&["nightly", &input, "--store", "store", "--out", name], more].concat()).status()
}

fn rows_by_id(dir: &Workdir, out: &str) -> BTreeMap<String, Value> {
    dir.table(out, "articles.jsonl").into_iter().map(|row| (row["id"].as_str().unwrap().to_owned(), row)).collect()
}

#[test]
fn a_copy_joins_the_group_of_an_earlier_night_and_another_story_begins_one() {
    let dir = Workdir::new();
    let text = prose(1, 200);
    assert_eq!(night(&dir, "one", &article("first", 10, &text), &[]), 0);
    let lines = [article("copy", 12, &edited(&text, 2)), article("other", 12, &prose(3, 200))].concat();
    assert_eq!(night(&dir, "two", &lines, &[]), 0);
    let rows = rows_by_id(&dir, "two");
    let told = |id: &str| ["group", "representative", "first_seen", "new"].map(|column| rows[id][column].clone());
    assert_eq!(told("copy"), [json!("first"), json!(false), json!("2025-01-10"), json!(false)]);
    assert_eq!(told("other"), [json!("other"), json!(true), json!("2025-01-12"), json!(true)]);
    let similarity = rows["copy"]["similarity"].as_f64().unwrap();
    assert!((0.65..1.0).contains(&similarity), "to its representative of two days before: {similarity}");
    assert_eq!(rows["copy"]["event"], "first", "whose event goes on");
    let run = dir.run_json("two");
    assert_eq!((&run["night"], &run["counts"]["groups_of_earlier_nights"]), (&json!("2025-01-12"), &json!(1)));
    assert_eq!(fs::read_to_string(dir.path("two/kept.jsonl")).unwrap(), article("other", 12, &prose(3, 200)));
    let groups = dir.table("two", "groups.jsonl");
    assert_eq!((groups.len(), &groups[0]["group"], &groups[0]["earlier"]), (1, &json!("first"), &json!(1)));
}

#[test]
fn a_known_id_is_passed_over_or_a_new_version() {
    let dir = Workdir::new();
    let (same, before, after) = (prose(1, 100), prose(2, 100), prose(3, 100));
    assert_eq!(night(&dir, "one", &[article("same", 10, &same), article("changed", 10, &before)].concat(), &[]), 0);
    let lines = [article("same", 11, &same), article("changed", 11, &after)].concat();
    assert_eq!(night(&dir, "two", &lines, &["--strict"]), 0, "what was seen is outside of the reject rate");
    let counts = dir.counts("two");
    let told = ["read", "accepted", "already_seen", "new_versions"].map(|name| counts[name].as_u64().unwrap());
    assert_eq!(told, [2, 1, 1, 1]);
    assert_eq!(dir.rejects("two"), [("already_seen".to_owned(), 1)]);
    let rows = rows_by_id(&dir, "two");
    assert_eq!(rows["changed"]["group"], "changed", "however much it changed");
    assert_eq!((&rows["changed"]["first_seen"], &rows["changed"]["new"]), (&json!("2025-01-10"), &json!(false)));
    // Of either version it is known from now on.
    for text in [before, after] {
        assert_eq!(night(&dir, "three", &article("changed", 12, &text), &[]), 0);
        assert_eq!(dir.counts("three")["already_seen"], 1);
    }
}

#[test]
fn the_same_night_again_changes_nothing() {
    let dir = Workdir::new();
    let lines = [article("a", 10, &prose(1, 100)), article("b", 10, &prose(2, 100))].concat();
    assert_eq!(night(&dir, "one", &lines, &[]), 0);
    let (store, result) = (files(&dir), dir.result("one"));
    dir.file("renamed.jsonl", &lines);
    for (input, out) in [("one.jsonl", "one"), ("renamed.jsonl", "one"), ("one.jsonl", "other")] {
        let ended = dir.run(&["nightly", input, "--store", "store", "--out", out]);
        assert_eq!(ended.status(), 0);
        assert!(ended.stdout.contains("2025-01-10"), "{}", ended.stdout);
        assert!(files(&dir) == store && dir.result("one") == result);
    }
    assert!(!dir.path("other").exists());
}

/// Every file of the store, but for who holds it.
fn files(dir: &Workdir) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    for entry in fs::read_dir(dir.path("store")).unwrap().map(|entry| entry.unwrap().path()) {
        let inner = if entry.is_dir() {
            fs::read_dir(&entry).unwrap().map(|e| e.unwrap().path()).collect()
        } else {
            vec![entry]
        };
        for path in inner.into_iter().filter(|path| !path.ends_with("lock")) {
            files.insert(path.display().to_string(), fs::read(&path).unwrap());
        }
    }
    files
}

#[test]
fn two_groups_that_turn_out_to_be_one_keep_the_earlier_name() {
    let dir = Workdir::new();
    let text = prose(1, 90);
    // Neither is near the other, and what comes last is near to both.
    let words: Vec<&str> = text.split(' ').collect();
    let other = prose(2, 90);
    let mixed = |share: usize, from: usize| {
        let mut words = words.clone();
        words[from..from + share].copy_from_slice(&other.split(' ').collect::<Vec<_>>()[from..from + share]);
        words.join(" ")
    };
    assert_eq!(night(&dir, "one", &article("early", 10, &mixed(14, 0)), &[]), 0);
    assert_eq!(night(&dir, "two", &article("late", 11, &mixed(14, 76)), &[]), 0);
    assert_eq!(dir.labels("two", "group")["late"], "late");
    assert_eq!(night(&dir, "three", &article("bridge", 12, &text), &[]), 0);
    assert_eq!(dir.labels("three", "group")["bridge"], "early");
    let changes = dir.table("three", "changes.jsonl");
    assert!(changes.contains(&json!({"what": "group", "name": "late", "into": "early"})), "{changes:?}");
    // A later copy of the one that ended is called by the name that stayed.
    assert_eq!(night(&dir, "four", &article("copy", 13, &mixed(14, 76)), &[]), 0);
    assert_eq!(dir.labels("four", "group")["copy"], "early");
    assert!(dir.table("four", "changes.jsonl").is_empty());
}

#[test]
fn the_name_of_a_night_is_given_or_that_of_the_newest_document() {
    let dir = Workdir::new();
    let undated = json!({"id": "u", "text": prose(1, 50)}).to_string();
    dir.file("undated.jsonl", &undated);
    let ended = dir.run(&["nightly", "undated.jsonl", "--store", "store", "--out", "out"]);
    assert_eq!(ended.status(), 2);
    assert!(ended.stderr.contains("--night"), "{}", ended.stderr);
    assert!(!dir.path("out").exists());
    assert_eq!(night(&dir, "out", &undated, &["--night", "2025-01-31"]), 0);
    assert_eq!(dir.run_json("out")["night"], "2025-01-31");
    for bad in ["tomorrow", "2025-13-01", ""] {
        assert_eq!(night(&dir, "bad", &undated, &["--night", bad]), 2, "{bad}");
    }
}

#[test]
fn nights_may_come_out_of_order() {
    let dir = Workdir::new();
    let text = prose(1, 200);
    assert_eq!(night(&dir, "later", &article("later", 20, &text), &[]), 0);
    assert_eq!(night(&dir, "earlier", &article("earlier", 5, &edited(&text, 2)), &[]), 0);
    assert_eq!(dir.labels("earlier", "group")["earlier"], "later", "a name once given stays");
    let stats: Value = serde_json::from_str(&dir.run(&["store", "stats", "store", "--json"]).stdout).unwrap();
    let nights: Vec<&str> =
        stats["nights"].as_array().unwrap().iter().map(|night| night["night"].as_str().unwrap()).collect();
    assert_eq!(nights, ["2025-01-20", "2025-01-05"]);
}

#[test]
fn what_is_older_than_is_kept_is_forgotten() {
    let dir = Workdir::new();
    let text = |day: u32| prose(u64::from(day), 200);
    for day in [10, 11, 13] {
        assert_eq!(night(&dir, "out", &article(&format!("d{day}"), day, &text(day)), &["--keep-days", "3"]), 0);
    }
    let copies = [10, 11, 13].map(|day| article(&format!("copy{day}"), 14, &edited(&text(day), 99))).concat();
    assert_eq!(night(&dir, "out", &copies, &["--keep-days", "3"]), 0);
    // The 10th was forgotten on the 13th; the 11th, the third day then, while this night was held against it.
    let groups = dir.labels("out", "group");
    assert_eq!(["copy10", "copy11", "copy13"].map(|id| &*groups[id]), ["copy10", "d11", "d13"]);
    let export = dir.run(&["store", "export", "store"]).stdout;
    assert!(!export.contains("\"d10\"") && export.contains("\"d13\""), "{export}");
    // A night that is too old already is told, and not kept.
    assert_eq!(night(&dir, "old", &article("old", 2, &prose(50, 100)), &["--keep-days", "3"]), 0);
    assert_eq!(dir.labels("old", "group")["old"], "old");
    assert!(!dir.run(&["store", "export", "store"]).stdout.contains("\"old\""));
    assert_eq!(dir.run(&["store", "check", "store"]).status(), 0);
}

#[test]
fn a_store_is_held_against_what_reads_alike() {
    let dir = Workdir::new();
    let lines = article("a", 10, &prose(1, 100));
    assert_eq!(night(&dir, "one", &lines, &[]), 0);
    dir.file("two.jsonl", article("b", 11, &prose(2, 100)));
    let refused: [(&[&str], &str); 4] = [
        (&["--width", "4"], "--width 5"),
        (&["--slots", "64"], "--slots 128"),
        (&["--linkage", "representative"], "linkage"),
        (&["--containment", "0.8"], "containment"),
    ];
    for (options, word) in refused {
        let ended = dir.run(&[&["nightly", "two.jsonl", "--store", "store", "--out", "two"], options].concat());
        assert_eq!(ended.status(), 2, "{options:?}");
        assert!(ended.stderr.contains(word), "{}", ended.stderr);
        assert!(!dir.path("two").exists());
    }
    let without = dir.run(&["nightly", "two.jsonl", "--out", "two"]);
    assert_eq!(without.status(), 2);
    assert!(without.stderr.contains("--store"), "{}", without.stderr);
}

#[test]
fn a_folder_that_is_no_store_is_refused() {
    let dir = Workdir::new();
    dir.file("a.jsonl", article("a", 10, &prose(1, 100))).file("mine/thesis.tex", "x").file("file", "x");
    for store in ["mine", "file"] {
        let ended = dir.run(&["nightly", "a.jsonl", "--store", store, "--out", "out"]);
        assert_eq!(ended.status(), 2, "{}", ended.stderr);
        for verb in ["stats", "check", "compact", "export"] {
            assert_eq!(dir.run(&["store", verb, store]).status(), 2, "{verb}");
        }
    }
    assert_eq!(dir.run(&["store", "stats", "none"]).status(), 2);
    assert!(!dir.path("none").exists() && !dir.path("out").exists());
    assert_eq!(fs::read(dir.path("mine/thesis.tex")).unwrap(), b"x");
}

#[test]
fn a_dry_run_makes_no_store() {
    let dir = Workdir::new();
    dir.file("a.jsonl", article("a", 10, &prose(1, 100)));
    assert_eq!(dir.run(&["nightly", "a.jsonl", "--store", "store", "--out", "out", "--dry-run"]).status(), 0);
    assert!(!dir.path("store").exists() && !dir.path("out").exists());
}

/// The sample in two nights, told by some options.
fn sample_nights(options: &[&str]) -> Workdir {
    let dir = Workdir::new();
    let mut records = sample_records();
    records.sort_by_key(|record| record["published"].to_string());
    let lines = |records: &[Value]| records.iter().map(|record| format!("{record}\n")).collect::<String>();
    let (one, two) = records.split_at(records.len() / 2);
    for (name, records) in [("one", one), ("two", two)] {
        assert!(matches!(night(&dir, name, &lines(records), options), 0));
    }
    dir
}

#[test]
fn threads_change_no_byte() {
    let nights = ["1", "3"].map(|threads| sample_nights(&["--threads", threads]));
    let [one, three] = &nights;
    assert!(one.result("two") == three.result("two"));
    let bare = |dir: &Workdir| files(dir).into_values().collect::<Vec<_>>();
    assert!(bare(one) == bare(three), "the stores are the same, too");
}

#[test]
fn a_night_can_be_told_in_parquet() {
    let dir = sample_nights(&["--format", "parquet"]);
    for table in ["articles", "groups", "events", "changes"] {
        let bytes = fs::read(dir.path("two").join(table).with_extension("parquet")).unwrap();
        assert!(bytes.starts_with(b"PAR1") && bytes.ends_with(b"PAR1"), "{table}");
    }
}

/// The parts of a partition.
fn parts(of: &BTreeMap<String, String>) -> BTreeSet<BTreeSet<&str>> {
    let mut parts: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    of.iter().for_each(|(id, part)| _ = parts.entry(part).or_default().insert(id));
    parts.into_values().collect()
}

#[test]
fn nights_in_a_row_give_the_groups_of_one_run() {
    let dir = Workdir::new();
    assert_eq!(dir.run(&["synth", "--docs", "1500", "--seed", "5", "--out", "all.jsonl"]).status(), 0);
    let text = fs::read_to_string(dir.path("all.jsonl")).unwrap();
    let mut lines: Vec<(String, &str)> = text
        .lines()
        .map(|line| (serde_json::from_str::<Value>(line).unwrap()["published"].to_string(), line))
        .collect();
    lines.sort_unstable();
    let mut told: BTreeMap<&str, BTreeMap<String, String>> = BTreeMap::new();
    for (number, lines) in lines.chunks(150).enumerate() {
        let lines: String = lines.iter().map(|(_, line)| format!("{line}\n")).collect();
        let day = format!("2025-01-{:02}", number + 1);
        assert_eq!(night(&dir, "night", &lines, &["--keep-boilerplate", "--night", &day]), 0);
        for change in dir.table("night", "changes.jsonl") {
            let name = |column: &str| change[column].as_str().unwrap().to_owned();
            let known = told.get_mut(&*name("what")).unwrap();
            known.values_mut().filter(|now| **now == name("name")).for_each(|now| *now = name("into"));
        }
        for what in ["group", "event"] {
            told.entry(what).or_default().extend(dir.labels("night", what));
        }
        // What a compacted store finds is the same.
        if number == 5 {
            assert_eq!(dir.run(&["store", "compact", "store"]).status(), 0);
            assert_eq!(dir.run(&["store", "check", "store"]).status(), 0);
        }
    }
    assert_eq!(dir.run(&["run", "all.jsonl", "--out", "one", "--keep-boilerplate"]).status(), 0);
    assert!(parts(&told["group"]) == parts(&dir.labels("one", "group")));
    let events = |of: &BTreeMap<String, String>| parts(of).len() as f64;
    let share = events(&told["event"]) / events(&dir.labels("one", "event"));
    assert!((0.8..1.25).contains(&share), "as many events, more or less: {share}");
    let export = dir.run(&["store", "export", "store"]).stdout;
    let exported: BTreeMap<String, Value> = export
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap())
        .map(|row| (row["id"].as_str().unwrap().to_owned(), row))
        .collect();
    for what in ["group", "event"] {
        let now: BTreeMap<String, String> =
            exported.iter().map(|(id, row)| (id.clone(), row[what].as_str().unwrap().to_owned())).collect();
        assert!(now == told[what], "the store knows what was told, with all changes applied");
    }
}

#[cfg(debug_assertions)]
#[test]
fn a_run_that_died_is_taken_up() {
    let dir = Workdir::new();
    assert_eq!(night(&dir, "one", &article("a", 10, &prose(1, 200)), &[]), 0);
    dir.file("two.jsonl", [article("b", 11, &edited(&prose(1, 200), 2)), article("c", 11, &prose(3, 200))].concat());
    let copy = |from: &str, to: &str| {
        let copied = std::process::Command::new("cp").args(["-r", from, to]).current_dir(dir.path("")).status();
        assert!(copied.unwrap().success());
    };
    copy("store", "before");
    let again = || {
        fs::remove_dir_all(dir.path("store")).unwrap();
        copy("before", "store");
    };
    let begin = |out: &str, options: &[&str]| {
        let arguments = [&["nightly", "two.jsonl", "--store", "store", "--out", out, "--json"], options].concat();
        // Until it comes so far that both stages are done.
        for step in 1.. {
            again();
            let died = dir.command(&arguments).env("NEWSFOLD_STOP_AT", step.to_string()).output().unwrap();
            assert!(died.status.code().is_none(), "it was killed");
            if dir.path("store/unfinished-events").exists() {
                break;
            }
        }
        assert!(!dir.path(out).exists());
    };
    let taken_up = |out: &str, options: &[&str]| {
        let ended = dir.run(&[&["nightly", "two.jsonl", "--store", "store", "--out", out, "--json"], options].concat());
        assert_eq!(ended.status(), 0, "{}", ended.stderr);
        assert!(!dir.path("store/unfinished-events").exists(), "nothing is left of it");
        serde_json::from_str::<Value>(&ended.stdout).unwrap()["taken_up"].clone()
    };
    assert_eq!(taken_up("whole", &[]), json!([]));
    let store = files(&dir);
    begin("out", &[]);
    assert_eq!(taken_up("out", &[]), json!(["near-duplicates", "events"]));
    assert!(dir.result("out") == dir.result("whole") && files(&dir) == store);
    // Not by other parameters, and not where it was damaged.
    begin("out2", &["--threshold", "0.9"]);
    assert_eq!(taken_up("out2", &[]), json!([]));
    begin("out3", &[]);
    let path = dir.path("store/unfinished-near-duplicates");
    let mut bytes = fs::read(&path).unwrap();
    bytes[60] ^= 1;
    fs::write(&path, bytes).unwrap();
    assert_eq!(taken_up("out3", &[]), json!(["events"]));
    assert!(dir.result("out3") == dir.result("whole") && files(&dir) == store);
}
