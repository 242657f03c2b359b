//! Same input and parameters, same bytes; another order, the same groups and events.

use crate::workdir::Workdir;
use std::fs;

fn synth(dir: &Workdir, docs: &str) {
    assert_eq!(dir.run(&["synth", "--docs", docs, "--seed", "5", "--out", "in.jsonl"]).status(), 0);
}

#[test]
fn threads_and_time_change_no_byte() {
    let dir = Workdir::new();
    synth(&dir, "6000");
    let run = |out: &str, threads: &str| {
        let arguments =
            ["run", "in.jsonl", "--out", out, "--threads", threads, "--edges", "--annotate", "--containment", "0.9"];
        assert_eq!(dir.run(&arguments).status(), 0);
        dir.result(out)
    };
    let one = run("a", "1");
    for (out, threads) in [("b", "2"), ("c", "5"), ("a", "1")] {
        let other = run(out, threads);
        assert_eq!(one.keys().collect::<Vec<_>>(), other.keys().collect::<Vec<_>>());
        for (name, bytes) in &one {
            assert!(other[name] == *bytes, "{name} with {threads} threads");
        }
    }
}

#[test]
fn the_order_of_input_changes_no_group_event_or_name() {
    let dir = Workdir::new();
    synth(&dir, "4000");
    let input = fs::read_to_string(dir.path("in.jsonl")).unwrap();
    let mut lines: Vec<&str> = input.lines().collect();
    lines.sort_by_key(|line| newsfold::hash::bytes(line.as_bytes()));
    dir.file("other.jsonl", lines.join("\n"));
    for linkage in ["components", "representative"] {
        for (input, out) in [("in.jsonl", "a"), ("other.jsonl", "b")] {
            assert_eq!(dir.run(&["run", input, "--out", out, "--linkage", linkage]).status(), 0);
        }
        for column in ["group", "event"] {
            assert_eq!(dir.labels("a", column), dir.labels("b", column));
        }
        assert_eq!(dir.table("a", "events.jsonl"), dir.table("b", "events.jsonl"));
        assert_eq!(dir.table("a", "groups.jsonl"), dir.table("b", "groups.jsonl"));
    }
}
