//! `dedup`, into a folder and as a filter.

use crate::workdir::{Workdir, prose, record, sample};
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::process::Stdio;

#[test]
fn a_folder_has_groups_and_no_events() {
    let dir = Workdir::new();
    assert_eq!(dir.run(&["dedup", sample(), "--out", "out"]).status(), 0);
    assert!(!dir.path("out/events.jsonl").exists());
    assert!(dir.table("out", "articles.jsonl").iter().all(|row| row.get("event").is_none()));
    assert_eq!(dir.counts("out")["kept"], 52);
}

#[test]
fn a_filter_hands_on_what_is_kept_byte_for_byte() {
    let dir = Workdir::new();
    let input = fs::read(sample()).unwrap();
    assert_eq!(dir.run(&["dedup", sample(), "--out", "out"]).status(), 0);
    let ended = dir.pipe(&["dedup", "-", "--rejects", "bad.jsonl"], &input);
    assert_eq!(ended.status(), 0);
    assert_eq!(ended.stdout, fs::read_to_string(dir.path("out/kept.jsonl")).unwrap());
    assert!(ended.stderr.contains("rejected  3"), "{}", ended.stderr);
    assert!(ended.stderr.contains("52 of 64 documents, 12 near-duplicates left out (7 groups; 6 word for word)"));
    let without_file = |text: String| text.replace(sample(), "-");
    let rejects = fs::read_to_string(dir.path("out/rejects.jsonl")).map(without_file).unwrap();
    assert_eq!(fs::read_to_string(dir.path("bad.jsonl")).unwrap(), rejects);

    let first = dir.pipe(&["dedup", "-", "--keep", "first", "--quiet"], &input);
    assert_eq!((first.status(), &*first.stderr), (0, ""));
    assert_eq!(dir.run(&["dedup", sample(), "--out", "out", "--keep", "first"]).status(), 0);
    assert_eq!(first.stdout, fs::read_to_string(dir.path("out/kept.jsonl")).unwrap());
}

#[test]
fn keeping_the_first_streams() {
    let dir = Workdir::new();
    let mut child = dir
        .command(&["dedup", "-", "--keep", "first"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let (mut feed, mut lines) = (child.stdin.take().unwrap(), BufReader::new(child.stdout.take().unwrap()).lines());
    for i in 0..5 {
        // The answer to a record comes before the next record is sent; its copy has none.
        let line = record(&format!("a{i}"), &prose(i, 60));
        feed.write_all(line.as_bytes()).unwrap();
        assert_eq!(lines.next().unwrap().unwrap() + "\n", line);
        feed.write_all(record(&format!("b{i}"), &format!("{} Later.", prose(i, 60))).as_bytes()).unwrap();
    }
    drop(feed);
    assert!(lines.next().is_none());
    assert!(child.wait().unwrap().success());
}

#[test]
fn a_closed_pipe_is_success() {
    let dir = Workdir::new();
    let input: String = (0..3000).map(|i| record(&i.to_string(), &prose(i, 100))).collect();
    for keep in ["earliest", "first"] {
        let mut child = dir
            .command(&["dedup", "-", "--keep", keep])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let (mut feed, input) = (child.stdin.take().unwrap(), input.clone());
        let feeder = std::thread::spawn(move || drop(feed.write_all(input.as_bytes())));
        let mut one = [0; 1];
        let mut stdout = child.stdout.take().unwrap();
        stdout.read_exact(&mut one).unwrap();
        drop(stdout);
        let output = child.wait_with_output().unwrap();
        feeder.join().unwrap();
        assert_eq!((output.status.code(), String::from_utf8_lossy(&output.stderr)), (Some(0), "".into()));
    }
}

#[test]
fn a_filter_needs_no_folder_but_files_do() {
    let dir = Workdir::new();
    assert_eq!(dir.run(&["dedup", sample()]).status(), 2);
    assert_eq!(dir.pipe(&["dedup", "-", sample()], "").status(), 2);
    assert_eq!(dir.pipe(&["dedup", "-", "--edges"], "").status(), 2);
    let ended = dir.pipe(&["dedup", "-"], "");
    assert_eq!((ended.status(), &*ended.stdout), (0, ""));
}

#[test]
fn many_copies_of_one_page_cost_little() {
    let dir = Workdir::new();
    let page = prose(1, 120);
    let copies: String = (0..30_000)
        .map(|i| record(&format!("c{i:05}"), &if i % 2 == 0 { page.clone() } else { format!("{page} Number {i}.") }))
        .collect();
    dir.file("in.jsonl", copies);
    assert_eq!(dir.run(&["dedup", "in.jsonl", "--out", "out", "--no-kept"]).status(), 0);
    let counts = dir.counts("out");
    assert_eq!((&counts["kept"], &counts["exact_copies"]), (&1.into(), &14_999.into()));
    assert!(counts["candidates"].as_u64().unwrap() < 3 * 40 * 15_000, "{counts}");
}
