//! What a scheduler is told: progress as JSON lines, counts for Prometheus, and what a run would do.

use crate::workdir::{Ended, Workdir, prose, record};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;

/// Thirty records, one of them no JSON.
fn crawl() -> Workdir {
    let dir = Workdir::new();
    let lines: String = (0..29).map(|i| record(&format!("g{i}"), &prose(i, 40))).collect();
    dir.file("in.jsonl", lines + "{\n");
    dir
}

fn lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}"))).collect()
}

#[test]
fn progress_is_json_lines_and_the_summary_stays_alone() {
    let dir = crawl();
    let ended = dir.run(&["run", "in.jsonl", "--out", "out", "--json"]);
    assert_eq!(ended.status(), 0);
    assert_eq!(lines(&ended.stdout).len(), 1);
    let (told, bytes) = (lines(&ended.stderr), fs::metadata(dir.path("in.jsonl")).unwrap().len());
    let begun: Vec<&Value> = told.iter().filter(|line| line["done"] == 0).map(|line| &line["progress"]).collect();
    let done: Vec<&Value> = told.iter().map(|line| &line["stage"]).filter(|stage| stage.is_string()).collect();
    assert_eq!(begun, done);
    assert_eq!(told[0], json!({"progress": "read", "done": 0, "total": bytes, "unit": "bytes", "seconds": 0.0}));
    let read = told.iter().find(|line| line["stage"] == "read").unwrap();
    assert_eq!((&read["bytes"], read["seconds"].is_f64()), (&bytes.into(), true));
    assert_eq!(lines(&dir.run(&["run", "in.jsonl", "--out", "out", "--json", "--quiet"]).stdout).len(), 1);
}

#[test]
fn quiet_is_silent() {
    let dir = crawl();
    for (more, objects) in [(&["--quiet"][..], 0), (&["--quiet", "--json"], 1)] {
        let ended = dir.run(&[&["run", "in.jsonl", "--out", "out"], more].concat());
        assert_eq!((ended.status(), ended.stdout.lines().count(), &*ended.stderr), (0, objects, ""));
    }
}

#[test]
fn a_long_stage_is_told_of_while_it_lasts() {
    use std::io::Write;
    use std::process::Stdio;
    let dir = Workdir::new();
    let mut command = dir.command(&["dedup", "-", "--keep", "first", "--json"]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let mut feed = child.stdin.take().unwrap();
    for i in 0..25 {
        feed.write_all(record(&i.to_string(), &prose(i, 40)).as_bytes()).unwrap();
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
    drop(feed);
    let told = lines(&Ended::of(&child.wait_with_output().unwrap()).stderr);
    let done: Vec<u64> = told.iter().filter_map(|line| line["done"].as_u64()).collect();
    assert!((2..=4).contains(&done.len()) && done.is_sorted() && done[1] > 0, "{told:?}");
    assert_eq!(told.last().unwrap()["read"], 25, "the summary comes last");
}

/// The samples of a file in the exposition format, having checked its form.
fn samples(text: &str) -> BTreeMap<&str, f64> {
    let (mut typed, mut samples) = (BTreeSet::new(), BTreeMap::new());
    for line in text.lines() {
        if let Some(typing) = line.strip_prefix("# TYPE ") {
            assert!(typed.insert(typing.strip_suffix(" gauge").unwrap()), "{line}");
        } else if !line.starts_with("# HELP ") {
            let (sample, value) = line.rsplit_once(' ').unwrap();
            assert!(typed.contains(sample.split('{').next().unwrap()), "{line}");
            assert!(samples.insert(sample, value.parse().unwrap()).is_none(), "twice: {line}");
        }
    }
    samples
}

#[test]
fn counts_are_written_for_prometheus() {
    let dir = crawl();
    dir.file("counts/x.prom", "old");
    for (verb, status, strict) in [("run", 0, false), ("dedup", 3, true), ("cluster", 0, false)] {
        let arguments = [verb, "in.jsonl", "--out", "out", "--prometheus", "counts/x.prom", "--strict"];
        assert_eq!(dir.run(&arguments[..arguments.len() - usize::from(!strict)]).status(), status);
        let text = fs::read_to_string(dir.path("counts/x.prom")).unwrap();
        let (samples, run) = (samples(&text), dir.run_json("out"));
        let info = format!("newsfold_info{{version=\"{}\",verb=\"{verb}\"}}", env!("CARGO_PKG_VERSION"));
        assert_eq!(samples[&*info], 1.0);
        for count in ["kept", "groups_of_two_or_more", "exact_copies", "bad_date"] {
            assert_eq!(Some(samples[&*format!("newsfold_{count}")]), run["counts"][count].as_f64(), "{count}");
        }
        assert_eq!(samples.get("newsfold_events").copied(), run["counts"]["events"].as_f64());
        assert_eq!((samples["newsfold_records_read"], samples["newsfold_records_accepted"]), (30.0, 29.0));
        assert_eq!(samples["newsfold_records_rejected{reason=\"not_json\"}"], 1.0);
        assert!(samples.contains_key("newsfold_stage_seconds{stage=\"report\"}"), "{text}");
    }
    assert_eq!(fs::read_dir(dir.path("counts")).unwrap().count(), 1, "nothing is left beside it");
    let filter = ["dedup", "-", "--prometheus", "filter.prom"];
    assert_eq!(dir.pipe(&filter, fs::read(dir.path("in.jsonl")).unwrap()).status(), 0);
    assert_eq!(samples(&fs::read_to_string(dir.path("filter.prom")).unwrap())["newsfold_kept"], 29.0);
}

#[test]
fn a_run_that_fails_leaves_the_old_counts() {
    let dir = crawl();
    dir.file("x.prom", "old").file("out/mine", "");
    for (input, out, status) in [("none.jsonl", "new", 1), ("in.jsonl", "out", 2)] {
        assert_eq!(dir.run(&["run", input, "--out", out, "--prometheus", "x.prom"]).status(), status);
        assert_eq!(fs::read_to_string(dir.path("x.prom")).unwrap(), "old");
    }
}

#[test]
fn a_file_of_counts_that_cannot_be_written_is_refused_before_the_run() {
    let dir = crawl();
    assert_eq!(dir.run(&["run", "in.jsonl", "--out", "result"]).status(), 0);
    let before = dir.result("result");
    for file in ["none/x.prom", "in.jsonl/x.prom", ".", "result/x.prom", "result/../result/x.prom", ""] {
        let ended = dir.run(&["run", "in.jsonl", "--out", "result", "--no-kept", "--prometheus", file]);
        assert_eq!(ended.status(), 2, "{file}");
        assert!(ended.stderr.contains("--prometheus"), "{}", ended.stderr);
        assert!(dir.result("result") == before);
    }
}

#[test]
fn a_dry_run_says_what_it_would_do_and_does_nothing() {
    let dir = crawl();
    dir.file("night/a.jsonl", record("a", "some words")).file("night/b.csv", "id,text\n1,more words\n");
    dir.file("night/picture.png", "x");
    let before = fs::read_dir(dir.path("")).unwrap().count();
    for verb in ["run", "dedup", "cluster"] {
        let ended = dir.run(&[verb, "night", "in.jsonl", "--out", "deep/er/out", "--dry-run", "--prometheus", "x"]);
        assert_eq!(ended.status(), 0);
        for said in
            [verb, "csv 1, jsonl 2", "night/b.csv", "fingerprint", "is to be made", "32 bands of 4 rows", "passed over"]
        {
            assert!(ended.stdout.contains(said), "{said}: {}", ended.stdout);
        }
        assert_eq!(fs::read_dir(dir.path("")).unwrap().count(), before, "nothing is written");
    }
    assert_eq!(dir.run(&["run", "in.jsonl", "--out", "out"]).status(), 0);
    let (run, earlier) = (dir.run_json("out"), dir.result("out"));
    let ended = dir.run(&["run", "in.jsonl", "--out", "out", "--dry-run", "--json"]);
    assert_eq!((ended.status(), &*ended.stderr), (0, ""));
    let bytes = fs::metadata(dir.path("in.jsonl")).unwrap().len();
    assert_eq!(
        serde_json::from_str::<Value>(&ended.stdout).unwrap(),
        json!({"dry_run": true, "verb": "run", "inputs": 1, "bytes": bytes, "formats": {"jsonl": 1},
            "first": ["in.jsonl"], "passed_over_files": 0, "out": "out", "replaces": true,
            "fingerprint": run["fingerprint"], "bands": 32, "rows": 4})
    );
    assert!(dir.result("out") == earlier);
}

#[test]
fn a_dry_run_fails_as_the_run_would() {
    let dir = crawl();
    dir.file("mine/thesis.tex", "x");
    for (arguments, status) in [
        (&["none.jsonl", "--out", "out"][..], 1),
        (&["in.jsonl", "--out", "mine"], 2),
        (&["in.jsonl", "--out", "in.jsonl"], 2),
        (&["in.jsonl", "--out", "out", "--threshold", "2"], 2),
        (&["in.jsonl", "--out", "out", "--threads", "5000"], 2),
        (&["in.jsonl", "--out", "out", "--memory", "1MiB"], 2),
        (&["in.jsonl", "--out", "out", "--prometheus", "none/x"], 2),
        (&["in.jsonl", "--out", "out", "--quiet"], 0),
    ] {
        let dry = dir.run(&[&["run", "--dry-run"], arguments].concat());
        assert_eq!((dry.status(), &*dry.stdout), (status, ""), "{arguments:?}");
        assert!(!dir.path("out").exists());
        assert_eq!(dir.run(&[&["run"], arguments].concat()).stderr, dry.stderr, "{arguments:?}");
    }
}

#[test]
fn a_dry_filter_reads_nothing() {
    let dir = Workdir::new();
    let ended = dir.pipe(&["dedup", "-", "--dry-run"], "no JSON");
    assert_eq!(ended.status(), 0);
    assert!(ended.stdout.contains("to standard output") && ended.stdout.contains("bytes not known"));
}
