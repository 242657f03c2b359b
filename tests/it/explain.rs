//! `explain`: what it says is what the tables say, and what can be counted by hand.

use crate::audit::sets;
use crate::workdir::{Workdir, prose, record, sample};
use serde_json::{Value, json};
use std::collections::HashSet;
use std::fs;

fn with_sample(verb: &str) -> Workdir {
    let dir = Workdir::new();
    assert_eq!(dir.run(&[verb, sample(), "--out", "out"]).status(), 0);
    dir
}

/// The answer as text, after checking that the other form is given too.
fn said(dir: &Workdir, ids: &[&str]) -> (String, Value) {
    let arguments = [&["explain", "out"], ids].concat();
    let (text, ended) = (dir.run(&arguments), dir.run(&[&*arguments, &["--json"]].concat()));
    assert_eq!((text.status(), ended.status()), (0, 0), "{}{}", text.stderr, ended.stderr);
    assert!(text.stdout.ends_with('\n') && text.stdout.contains(ids[0]));
    (text.stdout, serde_json::from_str(&ended.stdout).unwrap())
}

fn row(dir: &Workdir, table: &str, key: &str, value: &Value) -> Value {
    dir.table("out", table).into_iter().find(|row| &row[key] == value).unwrap()
}

#[track_caller]
fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("{value} is no number"))
}

#[track_caller]
fn has_keys(value: &Value, expected: &[&str]) {
    let keys: Vec<&str> = value.as_object().unwrap().keys().map(String::as_str).collect();
    let (found, expected): (HashSet<_>, HashSet<_>) =
        (keys.iter().copied().collect(), expected.iter().copied().collect());
    assert_eq!(found, expected);
}

#[test]
fn one_document_is_where_the_tables_say() {
    let (dir, mut strangers) = (with_sample("run"), 0);
    for article in dir.table("out", "articles.jsonl").into_iter().step_by(9) {
        let id = article["id"].as_str().unwrap();
        let (_, found) = said(&dir, &[id]);
        let (document, group, event) = (&found["document"], &found["group"], &found["event"]);
        assert_eq!((&document["group"], &document["event"]), (&article["group"], &article["event"]));
        assert_eq!(group["group"], article["group"]);
        if article["representative"] == true {
            assert!(group["representative"].is_null());
        } else {
            let office = &group["representative"];
            assert_eq!((&office["id"], &office["similarity"]), (&article["group"], &article["similarity"]));
            assert!(number(&office["shared_bands"]) > 0.0);
        }
        for key in ["event", "title", "size", "groups", "first_published", "last_published"] {
            assert_eq!(event["about"][key], row(&dir, "events.jsonl", "event", &article["event"])[key]);
        }
        assert_eq!(event["compared"], article["group"]);
        let others = event["others"].as_array().unwrap();
        strangers += others.len();
        for kin in event["nearest"].as_array().unwrap().iter().chain(others) {
            let part = |key: &str| number(&kin[key]);
            let scales = number(&kin["scales"][0]) * number(&kin["scales"][1]);
            assert!(
                (part("similarity") - part("cosine") * scales * part("time_factor") * part("source_factor")).abs()
                    < 1e-5,
                "{kin}"
            );
            assert!(kin["counted"] == true && !kin["terms"].as_array().unwrap().is_empty());
        }
        for kin in others {
            assert_ne!(kin["about"]["event"], article["event"]);
            assert!(number(&kin["fit"]["score"]) < number(&event["threshold"]), "{kin}");
        }
    }
    assert!(strangers > 0);
}

#[test]
fn two_of_one_group_are_told_apart_by_their_words() {
    let dir = with_sample("run");
    let (text, found) = said(&dir, &["a50", "a21"]);
    let near = &found["near_duplicates"];
    let corpus = fs::read_to_string(sample()).unwrap();
    let corpus: String = corpus
        .lines()
        .filter(|line| line.contains("\"a50\"") || line.contains("\"a21\""))
        .map(|line| line.to_owned() + "\n")
        .collect();
    let sets = sets(&corpus);
    let (both, all) = (sets[0].1.intersection(&sets[1].1).count(), sets[0].1.union(&sets[1].1).count());
    assert_eq!((&near["shared_shingles"], &near["all_shingles"]), (&both.into(), &all.into()));
    assert_eq!(near["similarity"], both as f64 / all as f64);
    assert_eq!(number(&near["estimate"]), number(&near["equal_slots"]) / number(&near["slots"]));
    let passages = |key: &str| near[key].as_array().unwrap().clone();
    assert!(passages("only_a").iter().any(|p| p["text"].as_str().unwrap().contains("the figure to climb")));
    assert!(passages("only_b").iter().any(|p| p["text"].as_str().unwrap().contains("the number to climb")));
    assert!(number(&passages("in_both")[0]["shingles"]) > 100.0);
    assert!(near["same_group"] == true && near["near"] == true && near["chain"].as_array().unwrap().len() == 1);
    assert!(found["events"]["same_event"] == true && found["events"]["bond"].is_null());
    assert!(
        text.contains("same group: similarity 0.939 reaches 0.65") && text.contains("same event: they are one group")
    );
    let (text, found) = said(&dir, &["a50", "a11"]);
    assert!(found["near_duplicates"]["same_text"] == true && text.contains("same group: they have the same words"));
}

#[test]
fn two_events_are_told_apart_by_the_number_that_parted_them() {
    let dir = with_sample("run");
    let (text, same) = said(&dir, &["a06", "a12"]);
    let events = &same["events"];
    assert!(events["same_event"] == true && text.contains("same event: "));
    assert!(number(&events["fit"]["score"]) >= number(&events["threshold"]));
    let terms: f64 = events["terms"].as_array().unwrap().iter().map(|term| number(&term["weight"])).sum();
    assert!(terms <= number(&events["bond"]["cosine"]) + 1e-6 && events["terms"].as_array().unwrap().len() == 10);
    assert!(same["near_duplicates"]["same_group"] == false && same["near_duplicates"]["chain"].is_null());

    let (text, apart) = said(&dir, &["a47", "a42"]);
    let events = &apart["events"];
    assert!(
        events["same_event"] == false
            && text.contains("different events: ")
            && text.contains(&format!("below {}", events["threshold"]))
    );
    assert!(number(&events["fit"]["score"]) < number(&events["threshold"]));
    // Alike as words go, and weeks apart: the time decides.
    assert!(number(&events["bond"]["days"]) > 40.0 && number(&events["bond"]["time_factor"]) < 0.31);
    assert!(events["missing"][0].as_array().unwrap().iter().all(|term| term["term"] != "Geneva"));
    let (_, other) = said(&dir, &["a42", "a47"]);
    assert_eq!(other["events"]["bond"]["similarity"], events["bond"]["similarity"], "either way round");
    assert_eq!(
        (&other["events"]["missing"][0], &other["events"]["missing"][1]),
        (&events["missing"][1], &events["missing"][0])
    );
    let undated = said(&dir, &["a33", "a22"]);
    assert!(undated.1["events"]["bond"]["days"].is_null() && undated.1["events"]["undated"] == json!([true, false]));
    assert!(undated.0.contains("a: no date: what is most like it is of 10 Sep 2024"));
}

#[test]
fn the_keys_of_json_stay() {
    let dir = with_sample("run");
    let bond = [
        "cosine",
        "embedding_likeness",
        "usual",
        "scales",
        "days",
        "time_factor",
        "source_factor",
        "similarity",
        "counted",
    ];
    let document =
        ["id", "accepted", "title", "published", "source", "url", "group", "event", "left_out", "rejected_records"];
    let (_, one) = said(&dir, &["a29"]);
    has_keys(&one, &["verb", "document", "group", "event"]);
    has_keys(&one["document"], &document);
    has_keys(
        &one["group"],
        &["group", "size", "representative", "threshold", "containment_threshold", "bands", "nearest", "outside"],
    );
    has_keys(&one["group"]["nearest"][0], &["id", "title", "similarity", "containment", "shared_bands", "same_text"]);
    has_keys(
        &one["event"],
        &[
            "about",
            "compared",
            "usual",
            "scale",
            "undated",
            "guessed",
            "same_terms",
            "threshold",
            "mend_threshold",
            "rest",
            "joined",
            "nearest",
            "others",
        ],
    );
    has_keys(&one["event"]["about"], &["event", "title", "size", "groups", "first_published", "last_published"]);
    has_keys(&one["event"]["rest"], &["sizes", "mean_similarity", "score", "centroid_cosine", "connected"]);
    has_keys(&one["event"]["others"][0], &[&["id", "title", "terms", "about", "fit"], &bond[..]].concat());
    has_keys(&one["event"]["nearest"][0]["terms"][0], &["term", "weight"]);
    let (_, two) = said(&dir, &["a33", "a22"]);
    has_keys(&two, &["verb", "a", "b", "verdict", "near_duplicates", "events"]);
    has_keys(&two["a"], &document);
    has_keys(
        &two["near_duplicates"],
        &[
            "same_group",
            "verdict",
            "near",
            "same_text",
            "similarity",
            "threshold",
            "shared_shingles",
            "all_shingles",
            "shingles",
            "containment",
            "containment_threshold",
            "estimate",
            "equal_slots",
            "slots",
            "shared_bands",
            "bands",
            "rows",
            "chain",
            "in_both",
            "only_a",
            "only_b",
        ],
    );
    has_keys(&two["near_duplicates"]["only_a"][0], &["text", "shingles"]);
    has_keys(
        &two["events"],
        &[
            "same_event",
            "verdict",
            "compared",
            "about",
            "bond",
            "threshold",
            "mend_threshold",
            "density",
            "undated",
            "guessed",
            "terms",
            "missing",
            "fit",
        ],
    );
    has_keys(&two["events"]["bond"], &bond);
    has_keys(&two["events"]["guessed"][0][0], &["published", "cosine"]);
}

/// Texts each of which has most in common with the next one only.
fn steps(count: usize) -> String {
    let words: Vec<String> = prose(7, 300).split(' ').map(|word| word.trim_end_matches('.').to_owned()).collect();
    (0..count).map(|step| record(&format!("d{step}"), &(words[step * 12..][..100].join(" ") + "."))).collect()
}

#[test]
fn a_chain_is_a_way_of_edges() {
    let dir = Workdir::new();
    let corpus = steps(5) + &record("z", &text_of(&steps(5), 4));
    dir.file("in.jsonl", &corpus);
    assert_eq!(dir.run(&["run", "in.jsonl", "--out", "out"]).status(), 0);
    let sets = sets(&corpus);
    let similarity = |a: &Value, b: &Value| {
        let set = |id: &Value| &sets.iter().find(|(name, _)| id == name).unwrap().1;
        set(a).intersection(set(b)).count() as f64 / set(a).union(set(b)).count() as f64
    };
    for (to, edges) in [("d1", 1), ("d2", 2), ("d4", 4), ("z", 4)] {
        let (text, found) = said(&dir, &["d0", to]);
        let near = &found["near_duplicates"];
        let chain = near["chain"].as_array().unwrap();
        assert_eq!((near["same_group"].as_bool(), chain.len()), (Some(true), edges), "{near}");
        assert_eq!((&chain[0]["a"], &chain[edges - 1]["b"]), (&json!("d0"), &json!(to)));
        assert!(chain.windows(2).all(|two| two[0]["b"] == two[1]["a"]));
        for edge in chain {
            assert_eq!(number(&edge["similarity"]), similarity(&edge["a"], &edge["b"]));
            assert!(number(&edge["similarity"]) >= 0.65);
        }
        assert_eq!(edges > 1, text.contains(&format!("by a chain of {edges} near-duplicates: similarity 0.")));
    }
    let (text, _) = said(&dir, &["d3"]);
    assert!(text.contains("d3 is 0.454 similar") && text.contains("which others between them make up for"), "{text}");
    assert_eq!(dir.run(&["run", "in.jsonl", "--out", "out", "--linkage", "representative"]).status(), 0);
    let (text, found) = said(&dir, &["d1", "d2"]);
    assert!(
        found["near_duplicates"]["same_group"] == false && text.contains("only what is near its representative"),
        "{text}"
    );
}

fn text_of(corpus: &str, line: usize) -> String {
    let record: Value = serde_json::from_str(corpus.lines().nth(line).unwrap()).unwrap();
    record["text"].as_str().unwrap().to_owned()
}

#[test]
fn containment_is_told_where_it_is_on() {
    let dir = Workdir::new();
    let (long, brief) = (prose(3, 400), prose(3, 48));
    dir.file("in.jsonl", record("long", &long) + &record("brief", &brief) + &record("other", &prose(9, 100)));
    assert_eq!(dir.run(&["dedup", "in.jsonl", "--out", "out", "--containment", "0.9"]).status(), 0);
    let (text, found) = said(&dir, &["long", "brief"]);
    let near = &found["near_duplicates"];
    assert!(near["same_group"] == true && number(&near["similarity"]) < 0.2 && number(&near["containment"]) >= 0.9);
    assert!(text.contains("of the smaller is in the larger, and 0.9 is enough"), "{text}");
}

#[test]
fn a_rejected_record_says_why() {
    let dir = with_sample("run");
    let (text, found) = said(&dir, &["a66"]);
    let (document, reject) = (&found["document"], row(&dir, "rejects.jsonl", "id", &json!("a66")));
    assert!(document["accepted"] == false && found["group"].is_null() && found["event"].is_null());
    for key in ["file", "line", "reason", "detail"] {
        assert_eq!(document["rejected_records"][0][key], reject[key]);
    }
    assert!(text.contains("no_text"));
    let (text, found) = said(&dir, &["a66", "a38"]);
    assert_eq!(found["verdict"], "a66 was rejected (no_text): it is in no group and no event");
    assert!(text.contains("a66 was rejected (no_text)") && found["b"]["title"].is_string());
    let (text, found) = said(&dir, &["a01"]);
    assert!(found["document"]["accepted"] == true && text.contains("duplicate_id"), "a later record had its id");
}

#[test]
fn a_result_without_groups_or_events_says_so() {
    let dir = with_sample("dedup");
    for ids in [&["a38"][..], &["a38", "a29"]] {
        let (text, found) = said(&dir, ids);
        assert!(text.contains("dedup looks for no events") && text.contains("0.917"), "{text}");
        assert!(found.get("event").or(found.get("events")).unwrap().is_null());
    }
    let dir = with_sample("cluster");
    for ids in [&["a38"][..], &["a38", "a29"]] {
        let (text, found) = said(&dir, ids);
        assert!(text.contains("every document is its own group") && text.contains("cosine"), "{text}");
        assert!(found.get("group").or(found.get("near_duplicates")).unwrap().is_null());
    }
}

#[test]
fn nothing_of_the_crawl_commands_the_terminal() {
    let dir = Workdir::new();
    let hostile = "\u{1b}]0;owned\u{7}\u{202e}Flood\nin Bihar\u{9b}31m";
    let line = |id: &str, text: &str| {
        json!({"id": id, "title": hostile, "text": text, "source": hostile, "url": "http://x.example/\u{1b}[2J"})
            .to_string()
            + "\n"
    };
    let id = "x\u{1b}[1m\ny";
    dir.file(
        "in.jsonl",
        line(id, &prose(1, 80)) + &line("plain", &prose(1, 70)) + &json!({"id": "z\u{1b}[0m"}).to_string() + "\n",
    );
    assert_eq!(dir.run(&["run", "in.jsonl", "--out", "out", "--max-reject-rate", "1"]).status(), 0);
    for ids in [&[id][..], &["plain"], &["plain", id], &["z\u{1b}[0m"]] {
        let ended = dir.run(&[&["explain", "out"], ids].concat());
        assert_eq!(ended.status(), 0, "{}", ended.stderr);
        let acts = |c: char| c.is_control() && c != '\n' || matches!(c, '\u{202a}'..='\u{202e}');
        assert!(!ended.stdout.contains(acts), "{:?}", ended.stdout);
    }
    let unknown = dir.run(&["explain", "out", "plain\u{1b}[5m"]);
    assert!(unknown.status() == 1 && !unknown.stderr.contains('\u{1b}') && unknown.stderr.contains("was plain meant?"));
}

#[test]
fn compressed_inputs_texts_and_documents_without_ids_are_found_again() {
    let dir = Workdir::new();
    let bare = |i: u64| json!({"text": prose(i % 3, 60)}).to_string() + "\n";
    dir.file("in/a.jsonl", format!("\n{}not json\n{}", bare(1), bare(2)));
    dir.file("in/deep/b.txt", format!("Title\n{}", prose(1, 60))).file("in/deep/c.txt", "");
    dir.file("in/z.txt", prose(5, 60));
    let packed = zstd::encode_all(record("packed", &prose(2, 60)).as_bytes(), 3).unwrap();
    dir.file("in/y.jsonl.zst", packed);
    for inputs in [vec!["in"], vec!["in/deep", "in/*"]] {
        assert_eq!(dir.run(&[&["run", "--out", "out", "--max-reject-rate", "1"], &*inputs].concat()).status(), 0);
        let ids: Vec<String> = dir.labels("out", "group").into_keys().collect();
        assert!(ids.len() >= 5);
        for id in &ids {
            let (_, found) = said(&dir, &[id]);
            assert_eq!(found["document"]["group"], dir.labels("out", "group")[id]);
        }
        let (text, found) = said(&dir, &["packed", "in/a.jsonl#4"]);
        assert!(found["near_duplicates"]["same_text"] == true, "{text}");
    }
}

#[test]
fn threads_change_nothing_and_the_result_is_left_as_it_is() {
    let dir = with_sample("run");
    let before = dir.result("out");
    let one = |threads: &str| dir.run(&["explain", "out", "a29", "--json", "--threads", threads]).stdout;
    assert_eq!(one("1"), one("5"));
    assert_eq!(dir.result("out"), before);
}

#[test]
fn what_cannot_be_explained_is_refused_with_a_word() {
    let dir = Workdir::new();
    let refused = |arguments: &[&str], status: i32, word: &str| {
        let ended = dir.run(arguments);
        assert_eq!(ended.status(), status, "{word}");
        assert!(ended.stderr.contains(word) && ended.stdout.is_empty(), "{word} in {}", ended.stderr);
    };
    refused(&["explain", "none", "a01"], 1, "no result of newsfold");
    refused(&["explain", "none"], 2, "<ID>");
    assert_eq!(dir.pipe(&["run", "-", "--out", "out"], fs::read(sample()).unwrap()).status(), 0);
    refused(&["explain", "out", "a01"], 1, "out cannot be explained: it was made of standard input");

    let text = fs::read_to_string(sample()).unwrap();
    dir.file("in.jsonl", &text);
    assert_eq!(dir.run(&["run", "in.jsonl", "--out", "out"]).status(), 0);
    refused(&["explain", "out", "A01x"], 1, "out has no document A01x; was a01 meant?");
    refused(&["explain", "out", "a01", "nobody"], 1, "out has no document nobody\n");
    for (was, is) in [("\"a01\"", "\"Z01\""), ("the", "tho")] {
        dir.file("in.jsonl", text.replacen(was, is, 1));
        refused(&["explain", "out", "a38"], 1, "in.jsonl is not what this result was made of");
    }
    fs::remove_file(dir.path("in.jsonl")).unwrap();
    refused(&["explain", "out", "a38", "a29"], 1, "in.jsonl cannot be read again");
    dir.file("in.jsonl", &text);
    let articles = fs::read_to_string(dir.path("out/articles.jsonl")).unwrap();
    let forge = |from: &str, to: &str| {
        assert!(articles.contains(from));
        dir.file("out/articles.jsonl", articles.replacen(from, to, 1));
    };
    forge(
        "\"id\":\"a36\",\"group\":\"a36\",\"representative\":true,\"similarity\":1.0,\"event\":\"a36\"",
        "\"id\":\"a36\",\"group\":\"a36\",\"representative\":true,\"similarity\":1.0,\"event\":\"a23\"",
    );
    refused(&["explain", "out", "a38"], 1, "is now in another event: it does not fit its input");
    forge("\"similarity\":0.9", "\"similarity\":0.8");
    let moved = articles.lines().find(|line| line.contains("\"similarity\":0.9")).unwrap();
    let moved: Value = serde_json::from_str(moved).unwrap();
    refused(&["explain", "out", moved["id"].as_str().unwrap()], 1, "off: it does not fit its input");
    dir.file("out/articles.jsonl", articles);
    assert_eq!(dir.run(&["explain", "out", "a38", "a29", "--quiet"]).status(), 0);
}
