//! Little memory: the same bytes, through files in `--temp`; and texts made to deceive signatures.

use crate::workdir::{Workdir, prose, record};
use newsfold::sketch::{Params, Sketcher, Slot};
use newsfold::{shingle, text::Story};

/// Documents whose ids alone are more than `--memory 96MiB` leaves room for, with copies and near-copies.
fn crowd() -> String {
    let long = "x".repeat(8 << 10);
    let text = |i: u64| match i % 5 {
        0 => format!("{} Again, number {i}.", prose(i / 10, 80)),
        _ => prose(i / 2, 80),
    };
    (0..3200).map(|i| record(&format!("{i}{long}"), &text(i))).collect()
}

#[test]
fn little_memory_changes_no_byte() {
    let dir = Workdir::new();
    dir.file("in.jsonl", crowd());
    let run = |out: &str, more: &[&str]| {
        let arguments = [&["dedup", "in.jsonl", "--out", out, "--edges", "--annotate"], more].concat();
        assert_eq!(dir.run(&arguments).status(), 0);
        dir.result(out)
    };
    let held = run("held", &[]);
    assert!(dir.counts("held")["groups_of_two_or_more"].as_u64().unwrap() > 500);
    for (out, threads) in [("one", "1"), ("three", "3")] {
        let spilled = run(out, &["--memory", "96MiB", "--temp", ".", "--threads", threads]);
        for (name, bytes) in &held {
            assert!(spilled[name] == *bytes, "{name} with {threads} threads");
        }
    }
    let cluster = |out: &str, more: &[&str]| {
        assert_eq!(dir.run(&[&["cluster", "in.jsonl", "--out", out], more].concat()).status(), 0);
        dir.result(out)["events.jsonl"].clone()
    };
    assert!(cluster("events", &[]) == cluster("spilled", &["--memory", "96MiB"]));
}

#[test]
fn what_does_not_fit_goes_to_temp() {
    let dir = Workdir::new();
    dir.file("in.jsonl", crowd());
    let arguments = ["dedup", "in.jsonl", "--out", "out", "--temp", "not/there"];
    assert_eq!(dir.run(&arguments).status(), 0, "all fits, and a plain file needs no copy");
    let ended = dir.run(&[&arguments[..], &["--memory", "96MiB"]].concat());
    assert_eq!(ended.status(), 1);
    assert!(ended.stderr.contains("not/there"), "{}", ended.stderr);
}

#[test]
fn sizes_are_written_as_people_do() {
    let dir = Workdir::new();
    dir.file("in.jsonl", record("a", &prose(1, 50)));
    let ended = |size: &str| dir.run(&["dedup", "in.jsonl", "--out", "out", "--memory", size]);
    for size in ["2GiB", "500MB", "4294967296"] {
        assert_eq!(ended(size).status(), 0, "{size}");
    }
    for size in ["much", "1MiB", "12 parsecs"] {
        let ended = ended(size);
        assert_eq!(ended.status(), 2, "{size}");
        assert!(ended.stderr.contains("memory"), "{}", ended.stderr);
    }
}

fn signature(text: &str) -> Vec<Slot> {
    let (mut story, mut shingles, mut row) = (Story::default(), Vec::new(), Vec::new());
    story.read("", text);
    shingle::shingles(story.words(), 5, &mut shingles);
    Sketcher::new(&Params::default()).sketch(&shingles, &mut row);
    row
}

/// `text` with so many words more, chosen so that its signature stays as it is.
fn grown(text: &str, words: usize) -> String {
    let (mut grown, expected) = (text.to_owned(), signature(text));
    for word in 0..words {
        let next = (0..).map(|i| format!("{grown} w{word}x{i}")).find(|next| signature(next) == expected);
        grown = next.unwrap();
    }
    grown
}

#[test]
fn equal_signatures_of_different_texts_make_no_group() {
    let dir = Workdir::new();
    let page = prose(7, 400);
    let padded = grown(&page, 500);
    let padded_again = grown(&padded, 20);
    let lines: Vec<String> =
        [&page, &padded, &padded_again].iter().enumerate().map(|(i, text)| record(&format!("{i}"), text)).collect();
    dir.file("in.jsonl", lines.concat());
    assert_eq!(dir.run(&["dedup", "in.jsonl", "--out", "out"]).status(), 0);
    let group = dir.labels("out", "group");
    assert_eq!(group["1"], group["2"]);
    assert_ne!(group["0"], group["1"], "their signatures are equal, but not a half of their shingles");
    assert_eq!(dir.counts("out")["far_members"], 0);
}
