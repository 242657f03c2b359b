//! Input without measure: bounded memory, and clear words.

use crate::files::{gz, xz, zst};
use crate::workdir::{Workdir, prose, record};
use std::fs::OpenOptions;
use std::io::Write;
use std::time::Duration;

/// A run over hostile input takes no more than a run over little.
const MOST_MEMORY: u64 = 160 << 20;

fn good(n: u64) -> String {
    record(&format!("g{n}"), &prose(n, 40))
}

/// Runs over the file, and gives reason and line of what was rejected; two good documents must have come through.
fn rejects(dir: &Workdir, name: &str) -> Vec<(String, u64)> {
    let ended = dir.run(&["dedup", name, "--out", "out", "--max-reject-rate", "1", "--max-record-bytes", "1000000"]);
    assert_eq!(ended.status(), 0, "{}", ended.stderr);
    assert_eq!(dir.labels("out", "group").keys().collect::<Vec<_>>(), ["g1", "g2"]);
    let peak = dir.run_json("out")["peak_memory_bytes"].as_u64().unwrap();
    assert!(peak < MOST_MEMORY, "{} MiB", peak >> 20);
    dir.rejects("out")
}

#[test]
fn a_record_of_200_mb_is_read_past() {
    let dir = Workdir::new();
    let long = format!("{{\"id\":\"x\",\"text\":\"{}\"}}\n", "word ".repeat(40_000_000));
    dir.file("x.jsonl", [good(1), long, good(2)].concat());
    assert_eq!(rejects(&dir, "x.jsonl"), [("too_long".to_owned(), 2)]);
}

#[test]
fn a_bomb_is_read_past() {
    let dir = Workdir::new();
    // A gigabyte of one letter, a line of its own.
    let bomb = vec![b'x'; 1 << 26];
    for (name, pack) in [("x.jsonl.zst", zst as fn(&[u8]) -> Vec<u8>), ("x.jsonl.gz", gz), ("x.jsonl.xz", xz)] {
        let bomb = pack(&bomb);
        let mut file = pack(good(1).as_bytes());
        (0..if name.ends_with("zst") { 16 } else { 2 }).for_each(|_| file.extend_from_slice(&bomb));
        file.extend(pack(format!("\n{}", good(2)).as_bytes()));
        dir.file(name, file);
        assert_eq!(rejects(&dir, name), [("too_long".to_owned(), 2)], "{name}");
    }
}

#[test]
fn a_million_blank_lines_are_no_records() {
    let dir = Workdir::new();
    dir.file("x.jsonl", [good(1), "\n".repeat(1_000_000), " \r\n".repeat(1000), good(2), "{\n".into()].concat());
    assert_eq!(rejects(&dir, "x.jsonl"), [("not_json".to_owned(), 1_001_003)]);
    let table = ["id,text\n", "\n".repeat(1_000_000).as_str(), "g1,one word and more\n\ng2,two of them\nx,\n"].concat();
    dir.file("x.csv", table);
    assert_eq!(rejects(&dir, "x.csv"), [("no_text".to_owned(), 1_000_005)]);
}

/// What was whole when it was read counts; a line that somebody is still writing is a record cut off, and says so.
#[test]
fn a_file_that_grows_while_it_is_read() {
    let dir = Workdir::new();
    let lines: String = (0..3000).map(good).collect();
    dir.file("x.jsonl", &lines);
    let mut file = OpenOptions::new().append(true).open(dir.path("x.jsonl")).unwrap();
    let (stop, stopped) = std::sync::mpsc::channel::<()>();
    let writer = std::thread::spawn(move || {
        let mut next = 3000;
        while stopped.recv_timeout(Duration::from_millis(1)).is_err() {
            let line = good(next);
            let (start, end) = line.split_at(line.len() / 2);
            file.write_all(start.as_bytes()).unwrap();
            file.write_all(end.as_bytes()).unwrap();
            next += 1;
        }
    });
    let ended = dir.run(&["run", "x.jsonl", "--out", "out"]);
    stop.send(()).unwrap();
    writer.join().unwrap();
    assert_eq!(ended.status(), 0, "{}", ended.stderr);
    let counts = dir.counts("out");
    assert!(counts["accepted"].as_u64().unwrap() >= 3000);
    let rejects = dir.rejects("out");
    assert!(rejects.len() <= 1 && rejects.iter().all(|(reason, _)| reason == "not_json"), "{rejects:?}");
}
