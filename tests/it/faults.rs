//! Bad input, bad places, bad ends: what the contract says of each.

use crate::workdir::{Workdir, newsfold, prose, record};
use std::fs;
use std::process::Command;

fn good(n: u64) -> String {
    (0..n).map(|i| record(&format!("g{i}"), &prose(i, 40))).collect()
}

/// Runs over good records with a bad one among them; gives the status.
fn one_reject(options: &[&str]) -> i32 {
    let dir = Workdir::new();
    dir.file("in.jsonl", [good(30).as_bytes(), b"{\n", record("last", &prose(99, 40)).as_bytes()].concat());
    let status = dir.run(&[&["run", "in.jsonl", "--out", "out"], options].concat()).status();
    let counts = dir.counts("out");
    assert_eq!((&counts["read"], &counts["accepted"], &counts["rejected"]), (&32.into(), &31.into(), &1.into()));
    status
}

#[test]
fn the_share_of_rejects_shows_in_the_status() {
    assert_eq!(one_reject(&["--strict"]), 3);
    assert_eq!(one_reject(&["--max-reject-rate", "0.01"]), 3);
    assert_eq!(one_reject(&["--max-reject-rate", "0.04"]), 0);
}

#[test]
fn a_bad_date_is_no_reject() {
    let dir = Workdir::new();
    dir.file("in.jsonl", "{\"id\":1,\"text\":\"some words\",\"published\":\"next week\"}\n{\"id\":2,\"text\":\"more words\",\"date\":{}}");
    assert_eq!(dir.run(&["run", "in.jsonl", "--out", "out", "--strict"]).status(), 0);
    assert_eq!(dir.counts("out")["bad_date"], 2);
    assert!(dir.table("out", "events.jsonl").iter().all(|event| event["first_published"].is_null()));
}

#[test]
fn an_empty_input_is_an_empty_result() {
    let dir = Workdir::new();
    dir.file("empty.jsonl", "").file("blank.jsonl", "\n \n\r\n").file("folder/.hidden", "x");
    for input in ["empty.jsonl", "blank.jsonl", "folder"] {
        for verb in ["run", "dedup", "cluster"] {
            let ended = dir.run(&[verb, input, "--out", "out"]);
            assert_eq!(ended.status(), 0, "{input}");
            let counts = dir.counts("out");
            assert_eq!((&counts["read"], &counts["kept"]), (&0.into(), &0.into()));
            assert_eq!(fs::read(dir.path("out/articles.jsonl")).unwrap(), b"");
            assert!(fs::read_to_string(dir.path("out/report.html")).unwrap().contains("</html>"));
        }
    }
}

#[test]
fn a_folder_without_articles_names_what_it_passed_over() {
    let dir = Workdir::new();
    dir.file("folder/picture.png", b"\x89PNG\r\n\x1a\n").file("folder/readme.md", "# words");
    let ended = dir.run(&["run", "folder", "--out", "out"]);
    assert_eq!(ended.status(), 0);
    assert!(ended.stdout.contains("passed over") && ended.stdout.contains("picture.png"), "{}", ended.stdout);
    assert_eq!(dir.counts("out")["passed_over_files"], 2);
}

#[test]
fn a_missing_input_stops_the_run_before_it_starts() {
    let dir = Workdir::new();
    dir.file("in.jsonl", good(1));
    for missing in ["none.jsonl", "none/*.jsonl"] {
        let ended = dir.run(&["run", "in.jsonl", missing, "--out", "out"]);
        assert_eq!(ended.status(), 1);
        assert!(ended.stderr.contains(missing), "{}", ended.stderr);
        assert!(!dir.path("out").exists());
    }
}

#[test]
fn a_folder_that_is_no_result_is_refused() {
    let dir = Workdir::new();
    dir.file("in.jsonl", good(1)).file("mine/thesis.tex", "x").file("file", "x");
    fs::create_dir(dir.path("free")).unwrap();
    for (out, status) in [("mine", 2), ("file", 2), ("free", 0), ("free", 0), ("new/deep/er", 0), (".", 2)] {
        let ended = dir.run(&["run", "in.jsonl", "--out", out]);
        assert_eq!(ended.status(), status, "{out}: {}", ended.stderr);
    }
    assert_eq!(fs::read(dir.path("mine/thesis.tex")).unwrap(), b"x");
}

#[test]
fn what_somebody_put_into_a_result_is_not_replaced() {
    let dir = Workdir::new();
    dir.file("in.jsonl", good(1));
    assert_eq!(dir.run(&["run", "in.jsonl", "--out", "out"]).status(), 0);
    dir.file("out/notes.txt", "mine");
    assert_eq!(dir.run(&["run", "in.jsonl", "--out", "out"]).status(), 2);
    assert_eq!(fs::read(dir.path("out/notes.txt")).unwrap(), b"mine");
}

#[test]
fn a_result_is_not_its_own_input() {
    let dir = Workdir::new();
    dir.file("in/a.jsonl", good(3));
    for _ in 0..2 {
        assert_eq!(dir.run(&["run", "in", "--out", "in/out"]).status(), 0);
        assert_eq!(dir.counts("in/out")["read"], 3);
    }
}

/// Runs a command line with files limited to so many blocks of 1 KiB, which fails writes as a full disk does.
fn with_full_disk(dir: &Workdir, blocks: u32, arguments: &str) -> (Option<i32>, String) {
    let script = format!("trap '' XFSZ; ulimit -f {blocks}; exec {} {arguments}", newsfold().get_program().display());
    let output = Command::new("bash").args(["-c", &script]).current_dir(dir.path("")).output().unwrap();
    (output.status.code(), String::from_utf8(output.stderr).unwrap())
}

#[test]
fn a_full_disk_publishes_nothing() {
    let dir = Workdir::new();
    dir.file("in.jsonl", good(2000));
    for out in ["new", "old"] {
        if out == "old" {
            assert_eq!(dir.run(&["run", "in.jsonl", "--out", "old", "--no-kept"]).status(), 0);
        }
        let before = dir.path("old").exists().then(|| dir.result("old"));
        let (status, stderr) = with_full_disk(&dir, 64, &format!("run in.jsonl --out {out}"));
        assert_eq!(status, Some(1), "{stderr}");
        assert!(stderr.contains("cannot write") && !stderr.contains("panicked"), "{stderr}");
        assert!(!dir.path("new").exists());
        assert_eq!(before, dir.path("old").exists().then(|| dir.result("old")));
    }
    let left: Vec<_> = fs::read_dir(dir.path("")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left.len(), 2, "nothing half-written is left: {left:?}");
    let (status, stderr) = with_full_disk(&dir, 64, "dedup - < in.jsonl > /dev/null");
    assert_eq!(status, Some(1), "the copies of a stream have no room: {stderr}");
    let (status, stderr) = with_full_disk(&dir, 1 << 20, "dedup - < in.jsonl > /dev/full");
    assert_eq!(status, Some(1), "{stderr}");
}

#[cfg(not(feature = "objects"))]
#[test]
fn an_object_store_is_refused_with_a_word() {
    let dir = Workdir::new();
    for address in ["s3://bucket/x.jsonl", "gs://bucket/crawl/", "https://example.org/x.jsonl"] {
        let ended = dir.run(&["run", address, "--out", "out"]);
        assert_eq!(ended.status(), 1);
        assert!(ended.stderr.contains(address) && ended.stderr.contains("--features objects"), "{}", ended.stderr);
        assert!(!dir.path("out").exists());
    }
}

#[test]
fn a_pipe_by_name_is_read_once() {
    let dir = Workdir::new();
    dir.file("in.jsonl", good(50));
    let script = format!("{} run <(cat in.jsonl) --out out", newsfold().get_program().display());
    let output = Command::new("bash").args(["-c", &script]).current_dir(dir.path("")).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(fs::read_to_string(dir.path("out/kept.jsonl")).unwrap(), good(50));
}
