//! Dates: what is not to be believed counts as missing, and shows.

use crate::workdir::{Workdir, prose, record};
use serde_json::{Value, json};

fn dated(id: &str, published: &Value, text: &str) -> String {
    json!({"id": id, "published": published, "text": text}).to_string() + "\n"
}

/// A crawl of three days in January 2025, every hundredth document with the date `odd` instead.
fn crawl(documents: u64, odd: &str) -> Vec<String> {
    let published =
        |i: u64| if i % 100 == 50 { odd.to_owned() } else { format!("2025-01-{:02}T08:30:00Z", 13 + i % 3) };
    (0..documents).map(|i| dated(&format!("d{i:04}"), &published(i).into(), &prose(i, 40))).collect()
}

#[test]
fn what_cannot_be_the_time_counts_as_none() {
    let dir = Workdir::new();
    let text = prose(1, 60);
    let records = [
        dated("zero", &json!(0), &text),
        dated("epoch", &json!("1970-01-01T01:00:00+01:00"), &text),
        dated("never", &json!("9999-12-31"), &text),
        dated("bad", &json!("soon"), &text),
        dated("real", &json!("2025-01-14"), &text),
    ];
    dir.file("in.jsonl", records.concat());
    let ended = dir.run(&["run", "in.jsonl", "--out", "out", "--strict"]);
    assert_eq!(ended.status(), 0);
    let line = "dates  1 could not be read and 3 are not to be believed; those documents count as undated";
    assert!(ended.stdout.contains(line), "{}", ended.stdout);
    let counts = dir.counts("out");
    assert_eq!((&counts["bad_date"], &counts["implausible_date"]), (&1.into(), &3.into()));
    assert!(dir.labels("out", "group").values().all(|group| group == "real"), "the only one with a date");
    let event = &dir.table("out", "events.jsonl")[0];
    assert_eq!(event["first_published"], "2025-01-14T00:00:00Z");
    assert_eq!(event["timeline"], json!([{"day": "2025-01-14", "size": 1}]));
    let ended = dir.run(&["dedup", "in.jsonl", "--out", "out", "--json"]);
    assert_eq!(serde_json::from_str::<Value>(&ended.stdout).unwrap()["implausible_date"], 3);
}

#[test]
fn the_future_is_told_by_the_crawl_itself() {
    let dir = Workdir::new();
    let mut lines = crawl(300, "2026-01-14");
    dir.file("in.jsonl", lines.concat());
    let run = |out: &str, more: &[&str]| {
        assert_eq!(dir.run(&[&["run", "in.jsonl", "--out", out], more].concat()).status(), 0);
        dir.result(out)
    };
    let result = run("out", &["--threads", "1"]);
    assert!(run("threads", &["--threads", "3"]) == result);
    assert_eq!(dir.counts("out")["implausible_date"], 3);
    let explained = dir.run(&["explain", "out", "d0150", "--json"]);
    assert_eq!(explained.status(), 0);
    let explained: Value = serde_json::from_str(&explained.stdout).unwrap();
    assert_eq!(explained["document"]["published"], Value::Null, "{explained}");

    lines.reverse();
    dir.file("in.jsonl", lines.concat());
    run("turned", &[]);
    assert_eq!(dir.counts("turned")["implausible_date"], 3);
    for column in ["group", "event"] {
        assert_eq!(dir.labels("turned", column), dir.labels("out", column), "{column}");
    }
    // Fewer documents have no say.
    dir.file("in.jsonl", lines[..99].concat());
    run("few", &[]);
    assert_eq!(dir.counts("few")["implausible_date"], 0);
}

#[test]
fn the_newest_day_can_be_given() {
    let dir = Workdir::new();
    dir.file("in.jsonl", crawl(150, "2025-01-25").concat());
    let counted = |more: &[&str]| {
        let ended = dir.run(&[&["dedup", "in.jsonl", "--out", "out"], more].concat());
        assert_eq!(ended.status(), 0);
        dir.counts("out")["implausible_date"].clone()
    };
    assert_eq!(counted(&[]), 1, "ten days after");
    assert_eq!(counted(&["--newest", "2025-01-25"]), 0);
    assert_eq!(counted(&["--newest", "2025-01-13"]), 100);
    assert_eq!(dir.run_json("out")["parameters"]["input"]["newest"], 1_736_812_799);
    let ended = dir.run(&["dedup", "in.jsonl", "--out", "out", "--newest", "01/02/2025"]);
    assert_eq!(ended.status(), 2);
    assert!(ended.stderr.contains("--newest 01/02/2025"), "{}", ended.stderr);
}

#[test]
fn a_stream_counts_what_is_not_to_be_believed() {
    let dir = Workdir::new();
    let input = [dated("a", &json!("1970-01-01"), &prose(1, 50)), record("b", &prose(2, 50))].concat();
    for keep in ["earliest", "first"] {
        let ended = dir.pipe(&["dedup", "-", "--quiet", "--json", "--keep", keep], &input);
        assert_eq!((ended.status(), &ended.stdout), (0, &input));
        assert_eq!(serde_json::from_str::<Value>(&ended.stderr).unwrap()["implausible_date"], 1);
    }
}
