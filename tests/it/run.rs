//! `run`, to the letter of what its users rely on.

use crate::workdir::{Workdir, prose, record, sample, sample_records};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

#[test]
fn the_sample_comes_out_as_it_should() {
    let dir = Workdir::new();
    let ended = dir.run(&["run", sample(), "--out", "out", "--edges", "--annotate"]);
    assert_eq!(ended.status(), 0, "{}", ended.stderr);
    assert_eq!(ended.stderr, "", "a pipe is silent");
    assert!((4..=12).contains(&ended.stdout.lines().count()), "{}", ended.stdout);

    let (gold, articles) = (sample_records(), dir.table("out", "articles.jsonl"));
    let ids: Vec<&str> = articles.iter().map(|row| text(&row["id"])).collect();
    assert_eq!(ids, gold.iter().map(|row| text(&row["id"])).collect::<Vec<_>>(), "accepted documents, in input order");
    for (row, gold) in articles.iter().zip(&gold) {
        let columns: Vec<&String> = row.as_object().unwrap().keys().collect();
        assert_eq!(columns, ["event", "group", "id", "representative", "similarity"]);
        assert_eq!(row["group"], gold["group"], "groups exactly the gold ones, by name: {row}");
        assert_eq!(row["representative"], row["id"] == row["group"]);
        assert!(row["representative"] == false || row["similarity"] == 1.0);
    }

    // Every event is named after its earliest member, and the labels agree with the gold ones.
    let events = dir.table("out", "events.jsonl");
    let by_id: BTreeMap<&str, &Value> = gold.iter().map(|row| (text(&row["id"]), row)).collect();
    let mut members_of_events = Vec::new();
    for event in &events {
        let members: Vec<&str> = event["members"].as_array().unwrap().iter().map(text).collect();
        assert_eq!(event["size"], members.len());
        let groups: BTreeSet<&str> = members.iter().map(|id| text(&by_id[id]["group"])).collect();
        assert_eq!(event["groups"], groups.len());
        assert!(members.contains(&text(&event["event"])));
        assert!(!text(&event["title"]).is_empty());
        assert!(members.iter().any(|id| by_id[id]["title"] == event["title"]), "the title is a member's headline");
        assert_eq!(event["keywords"].as_array().unwrap().len(), 5, "{event}");
        let sources: BTreeSet<&str> = members.iter().map(|id| text(&by_id[id]["source"])).collect();
        assert_eq!(event["sources"].as_array().unwrap().iter().map(text).collect::<Vec<_>>(), Vec::from_iter(sources));
        let times: Vec<i64> = members
            .iter()
            .filter_map(|id| newsfold::input::published(by_id[id]["published"].as_str()?).seconds())
            .collect();
        let shown = |time: Option<&i64>| {
            time.and_then(|&time| newsfold::input::rfc3339(time)).map_or(Value::Null, Value::String)
        };
        assert_eq!(event["first_published"], shown(times.iter().min()));
        assert_eq!(event["last_published"], shown(times.iter().max()));
        members_of_events.extend(members);
    }
    members_of_events.sort_unstable();
    let mut all = ids.clone();
    all.sort_unstable();
    assert_eq!(members_of_events, all, "every document in exactly one event");
    let scores = newsfold::eval::score(
        gold.iter().map(|row| (text(&row["id"]), text(&row["event"]))),
        articles.iter().map(|row| (text(&row["id"]), text(&row["event"]))),
    );
    assert!(scores.bcubed.f1 >= 0.94, "events: {:?}", scores.bcubed);

    // Kept are the representatives' lines, byte for byte.
    let input = fs::read_to_string(sample()).unwrap();
    let kept = fs::read_to_string(dir.path("out/kept.jsonl")).unwrap();
    let mut lines = input.lines();
    for (line, row) in kept.lines().zip(articles.iter().filter(|row| row["representative"] == true)) {
        assert!(lines.any(|original| original == line));
        assert_eq!(serde_json::from_str::<Value>(line).unwrap()["id"], row["id"]);
    }
    let counts = dir.counts("out");
    assert_eq!(counts["kept"], kept.lines().count());
    assert_eq!((&counts["read"], &counts["accepted"], &counts["rejected"]), (&67.into(), &64.into(), &3.into()));
    assert_eq!(counts["events"], events.len());

    // Groups of two or more, and edges that connect just them.
    let mut listed = 0;
    for group in dir.table("out", "groups.jsonl") {
        let members = group["members"].as_array().unwrap();
        assert!(members.len() > 1 && group["size"] == members.len() && group["group"] == group["representative"]);
        for member in members {
            let row = &articles[ids.iter().position(|id| *id == text(&member["id"])).unwrap()];
            assert_eq!((&row["group"], &row["similarity"]), (&group["group"], &member["similarity"]));
        }
        listed += members.len() - 1;
    }
    assert_eq!(listed, 64 - 52);
    let edges = dir.table("out", "edges.jsonl");
    assert_eq!(edges.iter().filter(|edge| edge["similarity"] == 1.0).count(), 6, "copies to the letter are edges too");
    for edge in edges {
        assert!(edge["similarity"].as_f64().unwrap() >= 0.65);
        assert_eq!(by_id[text(&edge["a"])]["group"], by_id[text(&edge["b"])]["group"]);
    }

    // Annotated records are the records with a result's labels in place of any of their own.
    for (annotated, (row, gold)) in dir.table("out", "annotated.jsonl").iter().zip(articles.iter().zip(&gold)) {
        let mut expected = gold.clone();
        (expected["group"], expected["event"]) = (row["group"].clone(), row["event"].clone());
        assert_eq!(annotated, &expected);
    }

    let page = fs::read_to_string(dir.path("out/report.html")).unwrap();
    assert!(page.contains("Content-Security-Policy") && page.contains("script-src 'sha256-"));
}

#[test]
fn run_json_tells_what_was_done() {
    let dir = Workdir::new();
    dir.file("in.jsonl", record("a", &prose(1, 60)));
    assert_eq!(dir.run(&["run", "in.jsonl", "--out", "out", "--threshold", "0.8"]).status(), 0);
    let run = dir.run_json("out");
    assert_eq!(run["newsfold"], env!("CARGO_PKG_VERSION"));
    assert_eq!((&run["verb"], &run["parameters"]["verify"]["threshold"]), (&"run".into(), &0.8.into()));
    assert_eq!(run["fingerprint"].as_str().unwrap().len(), 16);
    let bytes = fs::read(dir.path("in.jsonl")).unwrap();
    let mut digest = newsfold::hash::Digest::default();
    digest.update(&bytes);
    assert_eq!(run["inputs"], serde_json::json!([{"path": "in.jsonl", "bytes": bytes.len(), "digest": digest.name()}]));
    let stages: Vec<&str> = run["stages"].as_array().unwrap().iter().map(|stage| text(&stage["stage"])).collect();
    assert_eq!(
        stages,
        ["read", "boilerplate", "order", "candidates", "verify", "features", "events", "label", "write"]
    );
    assert!(run["peak_memory_bytes"].as_u64().unwrap() > 1 << 20);
}

#[test]
fn folders_globs_and_compressed_files_are_read_alike() {
    let dir = Workdir::new();
    let lines: Vec<String> = (0..40).map(|i| record(&format!("d{i}"), &prose(i, 80))).collect();
    let half = |range: std::ops::Range<usize>| lines[range].concat();
    let gz = |text: &str| {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        std::io::Write::write_all(&mut encoder, text.as_bytes()).unwrap();
        encoder.finish().unwrap()
    };
    let zst = |text: &str| zstd::encode_all(text.as_bytes(), 1).unwrap();
    dir.file("plain/all.jsonl", half(0..40));
    dir.file("packed/a.jsonl.gz", [gz(&half(0..7)), gz(&half(7..10))].concat());
    dir.file("packed/b/c.ndjson.zst", [zst(&half(10..15)), zst(&half(15..31))].concat());
    dir.file("packed/z.json", half(31..40));
    dir.file("packed/notes.md", "no crawl");
    for (input, out) in [("plain", "1"), ("packed", "2"), ("p*d/*", "3"), ("plain/all.jsonl", "4")] {
        assert_eq!(dir.run(&["run", input, "--out", out]).status(), 0);
        for table in ["articles.jsonl", "events.jsonl", "kept.jsonl"] {
            if out != "3" {
                let same = fs::read(dir.path("1").join(table)).unwrap() == fs::read(dir.path(out).join(table)).unwrap();
                assert!(same, "{input} {table}");
            }
        }
    }
    assert_eq!(dir.run_json("2")["passed_over"], serde_json::json!(["packed/notes.md"]));
    let piped = dir.pipe(&["run", "-", "--out", "5"], gz(&half(0..40)));
    assert_eq!(piped.status(), 0);
    assert_eq!(fs::read(dir.path("1/kept.jsonl")).unwrap(), fs::read(dir.path("5/kept.jsonl")).unwrap());
}

#[test]
fn plain_texts_are_documents() {
    let dir = Workdir::new();
    dir.file("in/b/one.txt", format!("A headline\n\n{}\n", prose(1, 60)));
    dir.file("in/two.txt", format!("\u{feff}Another\r\n{}", prose(2, 60)));
    dir.file("in/empty.txt", "");
    assert_eq!(dir.run(&["run", "in", "in/two.txt", "--out", "out", "--max-reject-rate", "0.5"]).status(), 0);
    let kept = dir.table("out", "kept.jsonl");
    assert_eq!(kept[0], serde_json::json!({"id": "b/one.txt", "title": "A headline", "text": prose(1, 60)}));
    assert_eq!((text(&kept[1]["id"]), text(&kept[1]["title"])), ("two.txt", "Another"));
    let rejects = dir.rejects("out");
    assert_eq!(rejects[0], ("empty_text".to_owned(), 1));
    assert_eq!(rejects[1..], [("duplicate_id".to_owned(), 1)], "the folder's and the named one are one document");
}

#[test]
fn ids_are_made_where_there_are_none() {
    let dir = Workdir::new();
    let lines = [
        r#"{"text":"alpha beta gamma delta epsilon"}"#,
        "",
        r#"{"text":"zeta eta theta iota kappa","url":"http://www.Example.org/a/?utm_source=x#y"}"#,
        r#"{"id":7.50,"text":"lambda mu nu xi omikron"}"#,
    ];
    dir.file("in.jsonl", lines.join("\n"));
    assert_eq!(dir.run(&["dedup", "in.jsonl", "--out", "out"]).status(), 0);
    let ids: Vec<String> = dir.table("out", "articles.jsonl").iter().map(|row| text(&row["id"]).to_owned()).collect();
    assert_eq!(ids, ["in.jsonl#1", "https://example.org/a", "7.50"]);
    assert_eq!(dir.counts("out")["read"], 3, "a blank line is no record");
}

#[test]
fn short_documents_are_equal_or_not() {
    let dir = Workdir::new();
    let texts = ["Oil up", "oil, UP!", "Oil down", "Up oil", "oil", "Gas up"];
    let lines: Vec<String> = texts.iter().enumerate().map(|(i, text)| record(&i.to_string(), text)).collect();
    dir.file("in.jsonl", lines.concat());
    assert_eq!(dir.run(&["dedup", "in.jsonl", "--out", "out"]).status(), 0);
    let groups = dir.labels("out", "group");
    assert_eq!(groups.values().map(String::as_str).collect::<Vec<_>>(), ["0", "0", "2", "3", "4", "5"]);
}

#[test]
fn containment_is_a_relation_of_its_own() {
    let dir = Workdir::new();
    let long = prose(1, 400);
    let brief: String = long.split_inclusive(". ").take(6).collect();
    dir.file("in.jsonl", [record("long", &long), record("brief", &brief), record("other", &prose(2, 70))].concat());
    assert_eq!(dir.run(&["dedup", "in.jsonl", "--out", "off"]).status(), 0);
    assert_eq!(dir.counts("off")["kept"], 3);
    assert_eq!(dir.run(&["dedup", "in.jsonl", "--out", "on", "--containment", "0.9", "--edges"]).status(), 0);
    assert_eq!(dir.labels("on", "group")["brief"], "long");
    let edge = &dir.table("on", "edges.jsonl")[0];
    assert!(edge["similarity"].as_f64().unwrap() < 0.3 && edge["containment"].as_f64().unwrap() > 0.9);
    assert_eq!(dir.counts("on")["far_members"], 1);
}

#[test]
fn a_chain_is_a_group_only_of_components() {
    let dir = Workdir::new();
    // Each version drops words at the front and adds as many at the end.
    let words: Vec<String> = prose(1, 400).split(' ').map(str::to_owned).collect();
    let lines: Vec<String> = (0..8).map(|i| record(&format!("v{i}"), &words[i * 15..i * 15 + 150].join(" "))).collect();
    dir.file("in.jsonl", lines.concat());
    assert_eq!(dir.run(&["dedup", "in.jsonl", "--out", "chain"]).status(), 0);
    assert_eq!(dir.counts("chain")["kept"], 1);
    assert!(dir.counts("chain")["far_members"].as_u64().unwrap() >= 4);
    assert_eq!(dir.run(&["dedup", "in.jsonl", "--out", "near", "--linkage", "representative"]).status(), 0);
    assert!(dir.counts("near")["kept"].as_u64().unwrap() >= 3);
    assert_eq!(dir.counts("near")["far_members"], 0);
    assert!(dir.table("near", "articles.jsonl").iter().all(|row| row["similarity"].as_f64().unwrap() >= 0.65));
}

#[test]
fn the_kept_one_is_chosen() {
    let dir = Workdir::new();
    let body = prose(1, 100);
    let line = |id: &str, published: &str, source: &str, extra: &str| {
        serde_json::json!({"id": id, "published": published, "source": source, "text": format!("{body} {extra}")})
            .to_string()
            + "\n"
    };
    let lines = [
        line("first", "2025-01-03", "x", ""),
        line("early", "2025-01-01", "y", "More."),
        line("long", "2025-01-02", "z", "And some more."),
        line("undated", "", "w", "Still a good deal more."),
    ];
    dir.file("in.jsonl", lines.concat());
    for (options, kept) in [
        (&[][..], "early"),
        (&["--keep", "longest"], "undated"),
        (&["--keep", "first"], "first"),
        (&["--prefer-source", "q,z,x"], "long"),
    ] {
        assert_eq!(dir.run(&[&["dedup", "in.jsonl", "--out", "out"], options].concat()).status(), 0);
        let groups = dir.labels("out", "group");
        assert!(groups.values().all(|group| group == kept), "{options:?} {groups:?}");
    }
}

#[test]
fn tables_are_left_out_and_compressed() {
    let dir = Workdir::new();
    dir.file("in.jsonl", [record("a", &prose(1, 50)), record("b", &prose(2, 50))].concat());
    assert_eq!(dir.run(&["run", "in.jsonl", "--out", "out", "--no-kept"]).status(), 0);
    assert!(!dir.path("out/kept.jsonl").exists());
    let plain = fs::read(dir.path("in.jsonl")).unwrap();
    assert_eq!(dir.run(&["run", "in.jsonl", "--out", "out", "--compress", "zst"]).status(), 0);
    assert_eq!(zstd::decode_all(&*fs::read(dir.path("out/kept.jsonl.zst")).unwrap()).unwrap(), plain);
    assert_eq!(dir.run(&["run", "in.jsonl", "--out", "out", "--compress", "gz"]).status(), 0);
    let mut unpacked = Vec::new();
    let packed = fs::File::open(dir.path("out/kept.jsonl.gz")).unwrap();
    std::io::Read::read_to_end(&mut flate2::read::MultiGzDecoder::new(packed), &mut unpacked).unwrap();
    assert_eq!(unpacked, plain);
    assert!(!dir.path("out/kept.jsonl.zst").exists(), "an earlier result is replaced whole");
}

#[test]
fn json_is_one_object() {
    let dir = Workdir::new();
    dir.file("in.jsonl", record("a", &prose(1, 50)));
    let ended = dir.run(&["run", "in.jsonl", "--out", "out", "--json"]);
    let summary: Value = serde_json::from_str(&ended.stdout).unwrap();
    assert_eq!((ended.status(), &summary["accepted"], &summary["events"]), (0, &1.into(), &1.into()));
    assert_eq!(dir.run(&["run", "in.jsonl", "--out", "out", "--quiet"]).stdout, "");
}
