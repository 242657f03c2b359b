//! Array jobs: whatever the shards, their order and what became of single jobs, the merge gives the bytes of one run.

use crate::workdir::{Ended, Workdir, names, newsfold, prose, sample};
use flate2::{Compression, write::GzEncoder};
use newsfold::hash;
use serde_json::{Value, json};
use std::fs;
use std::io::Write;
use std::process::Stdio;

fn ok(ended: &Ended) {
    assert_eq!(ended.status(), 0, "{}", ended.stderr);
}

/// Runs a line of arguments, which must work.
fn go(dir: &Workdir, line: &str) {
    ok(&dir.run(&line.split_whitespace().collect::<Vec<_>>()));
}

/// What stops a line of arguments: its status and what it says.
fn stopped(dir: &Workdir, line: &str) -> (i32, String) {
    let ended = dir.run(&line.split_whitespace().collect::<Vec<_>>());
    (ended.status(), ended.stderr)
}

fn gz(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

/// The sample in three files.
fn sample_in_three(dir: &Workdir) {
    let text = fs::read_to_string(sample()).unwrap();
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    for (at, part) in lines.chunks(lines.len() / 3 + 1).enumerate() {
        dir.file(&format!("in/part-{at}.jsonl"), part.concat());
    }
}

/// A crawl of many kinds of files: packed, cut, empty, broken, with ids and dates that only the whole can judge, and an outlet's
/// notice in two files.
fn crawl(dir: &Workdir) {
    go(dir, "synth --docs 1200 --seed 11 --out all.jsonl");
    let text = fs::read_to_string(dir.path("all.jsonl")).unwrap();
    let mut documents: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    ["all.jsonl", "all.truth.jsonl"].iter().for_each(|name| fs::remove_file(dir.path(name)).unwrap());
    for (at, document) in documents.iter_mut().enumerate() {
        match at % 40 {
            3 => document["published"] = json!("soon"),
            // Later than all the rest, which a shard of its own would believe.
            5 if at % 240 == 5 => document["published"] = json!("2031-05-01"),
            7 => document["id"] = json!(format!("twice-{}", at / 200)),
            9 => _ = document.as_object_mut().unwrap().remove("id"),
            11 => (document["title"], document["text"]) = (json!("!"), json!("...")),
            13 => document["url"] = json!(format!("https://example.org/{}", at / 400)),
            _ => {}
        }
        if at % 9 == 0 {
            let own = prose(at as u64, 80);
            let notice =
                "Sign up here for our newsletter with the stories of the day\nAll rights are reserved by the publisher";
            document["text"] = json!(format!("{own}\n{notice}\n{}", prose(at as u64 + 7000, 40)));
            document["source"] = json!("gazette.example");
        }
    }
    let lines: Vec<String> = documents.iter().map(|document| format!("{document}\n")).collect();
    let of = |from: usize, to: usize| lines[from..to].concat();
    dir.file("in/a.jsonl", format!("\u{feff}{}not json\n\n{{\"id\":\"no text\"}}\n{}", of(0, 300), of(300, 520)));
    dir.file("in/b.jsonl.gz", gz(&of(520, 640)));
    dir.file("in/c/long.jsonl", format!("{{\"text\":\"{}\"}}\n{}", "x ".repeat(40_000), of(640, 700).trim_end()));
    dir.file("in/d.jsonl.gz", [gz(&of(700, 800)), gz(&of(800, 830))[..900].to_vec()].concat());
    dir.file("in/e.csv", "id;title;text;published\n1;Talks;Talks were held in Geneva on Monday;2024-01-02\n2;;;\n");
    dir.file("in/empty.jsonl", "");
    dir.file("in/f.txt", "A headline\nA text of some words that stands alone");
    dir.file("in/g.jsonl", of(900, 1200));
    dir.file("in/notes.md", "# of no format");
    dir.file("in/z.jsonl", "");
}

const LONG: &str = "--max-record-bytes 60000";

#[test]
fn the_sample_comes_out_as_of_one_run() {
    let dir = Workdir::new();
    sample_in_three(&dir);
    go(&dir, "run in --out one --edges --annotate");
    for of in [1, 3, 20] {
        for shard in 1..=of {
            go(&dir, &format!("sketch in --shard {shard}/{of} --out work-{of}"));
        }
        for shard in 1..=of {
            go(&dir, &format!("trim work-{of} --shard {shard}/{of}"));
        }
        go(&dir, &format!("match work-{of} --band-range 0..32 --edges"));
        go(&dir, &format!("merge work-{of} --out merged --edges --annotate"));
        assert!(dir.result("merged") == dir.result("one"), "{of} shards");
    }
}

#[test]
fn uneven_shards_in_any_order_one_of_them_twice_come_out_as_of_one_run() {
    let dir = Workdir::new();
    crawl(&dir);
    let options = format!("{LONG} --linkage components");
    go(&dir, &format!("run in --out one {options} --annotate --max-reject-rate 1"));
    let one = dir.result("one");
    let counts = dir.counts("one");
    for kind in ["duplicate_id", "not_json", "too_long", "truncated", "empty_text"] {
        assert!(counts["rejected_by_reason"][kind].as_u64() > Some(0), "{kind}: {counts}");
    }
    for count in
        ["boilerplate_documents", "bad_date", "implausible_date", "exact_copies", "same_url", "passed_over_files"]
    {
        assert!(counts[count].as_u64() > Some(0), "{count}: {counts}");
    }
    let mut shards = ["1/13", "2-4/13", "5/13", "6-7/13", "8-11/13", "12/13", "13/13"];
    shards.sort_by_key(|shard| hash::bytes(shard.as_bytes()));
    for (at, shard) in shards.iter().chain(&shards[2..3]).enumerate() {
        go(&dir, &format!("sketch in --shard {shard} --out work {options} --threads {}", 1 + at % 3));
    }
    for (at, shard) in shards.iter().rev().chain(&shards[..1]).enumerate() {
        go(&dir, &format!("trim work --shard {shard} --threads {}", 1 + at % 2));
    }
    for range in ["3/4", "0..8", "4/4", "5..9", "2/4", "3/4"] {
        go(&dir, &format!("match work --band-range {range} --threads 2"));
    }
    assert_eq!(names(&dir.path("work")).len(), 7 + 7 + 5);
    for options in ["--threads 1", "--threads 3 --memory 96MiB"] {
        go(&dir, &format!("merge work --out merged --annotate --max-reject-rate 1 {options}"));
        let merged = dir.result("merged");
        assert_eq!(merged.keys().collect::<Vec<_>>(), one.keys().collect::<Vec<_>>());
        for (name, bytes) in &one {
            assert!(merged[name] == *bytes, "{name} with {options}");
        }
    }
    // The exit status judges all of them together, and the report can be made again.
    assert_eq!(stopped(&dir, "merge work --out merged --strict").0, 3);
    go(&dir, "report merged");
    go(&dir, "explain merged f.txt");
}

#[test]
fn other_verbs_linkages_and_tables_come_out_as_of_one_run() {
    let dir = Workdir::new();
    crawl(&dir);
    let cases = [
        ("dedup", "--containment 0.8 --keep longest", "--edges --format parquet", "--edges"),
        ("dedup", "--learn-boilerplate --prefer-source gazette.example", "--no-kept", ""),
        ("cluster", "--keep-boilerplate --newest 2024-12-31", "--compress gz", ""),
        ("run", "--linkage representative --threshold 0.5 --keep first", "--edges", ""),
    ];
    for (at, (verb, options, tables, all)) in cases.into_iter().enumerate() {
        let (one, work, merged) = (format!("one-{at}"), format!("work-{at}"), format!("merged-{at}"));
        go(&dir, &format!("{verb} in --out {one} {LONG} {options} {tables} --max-reject-rate 1"));
        for shard in [2, 1, 3] {
            go(&dir, &format!("sketch in --verb {verb} --shard {shard}/3 --out {work} {LONG} {options}"));
        }
        for shard in 1..=3 {
            go(&dir, &format!("trim {work} --shard {shard}/3"));
        }
        if verb == "cluster" {
            let (status, says) = stopped(&dir, &format!("match {work} --band-range 1/1"));
            assert!(status == 2 && says.contains("cluster"), "{says}");
        } else {
            for part in 1..=2 {
                go(&dir, &format!("match {work} --band-range {part}/2 {all}"));
            }
        }
        go(&dir, &format!("merge {work} --out {merged} {tables} --max-reject-rate 1"));
        assert!(dir.result(&merged) == dir.result(&one), "{verb} {options}");
    }
}

#[test]
fn files_that_cannot_be_cut_leave_shards_empty() {
    let dir = Workdir::new();
    dir.file("in/only.jsonl.gz", gz(&fs::read_to_string(sample()).unwrap()));
    go(&dir, "dedup in --out one");
    for shard in 1..=5 {
        go(&dir, &format!("sketch in --verb dedup --shard {shard}/5 --out work"));
    }
    // More parts than bands, some of which are empty.
    for part in 1..=40 {
        go(&dir, &format!("match work --band-range {part}/40"));
    }
    // What was copied is not read again.
    fs::remove_dir_all(dir.path("in")).unwrap();
    go(&dir, "merge work --out merged");
    assert!(dir.result("merged") == dir.result("one"));
}

#[test]
fn what_is_missing_or_does_not_fit_is_named() {
    let dir = Workdir::new();
    sample_in_three(&dir);
    let says = |line: &str, status: i32, words: &[&str]| {
        let (ended, said) = stopped(&dir, line);
        assert_eq!(ended, status, "{line}: {said}");
        words.iter().for_each(|word| assert!(said.contains(word), "{line}: {said}"));
    };
    for wrong in ["0/3", "4/3", "three", "3-2/3"] {
        says(&format!("sketch in --shard {wrong} --out work"), 2, &["--shard", wrong]);
    }
    says("sketch in --out work", 2, &["--shard"]);
    says("sketch in --verb nightly --shard 1/3 --out work", 2, &["nightly"]);
    says("sketch - --shard 1/3 --out work", 1, &["-", "pipe"]);
    says("sketch gone.jsonl --shard 1/3 --out work", 1, &["gone.jsonl"]);
    says("sketch in --threshold 0.65000000000000013 --shard 1/3 --out work --threads 5000", 2, &["--th"]);
    says("merge work --out merged", 1, &["work"]);
    assert!(!dir.path("work").exists(), "nothing that was refused left anything");
    go(&dir, "sketch in --shard 1/4 --out work");
    go(&dir, "sketch in --shard 3/4 --out work");
    says("merge work --out merged", 1, &["lacks", "2/4, 4/4", "--shard 2/4"]);
    says("trim work --shard 1/4", 1, &["lacks", "2/4"]);
    go(&dir, "sketch in --shard 2/4 --out work");
    go(&dir, "sketch in --shard 4/4 --out work --threshold 0.7");
    says("match work --band-range 0..1", 2, &["sketch-4-of-4", "verify.threshold", "0.7", "0.65", "sketch-1-of-4"]);
    go(&dir, "sketch in/part-0.jsonl --shard 4/4 --out work");
    says("match work --band-range 0..1", 2, &["sketch-4-of-4", "inputs"]);
    go(&dir, "sketch in --shard 4/4 --out work");
    go(&dir, "sketch in --shard 3-4/4 --out work");
    says("match work --band-range 0..1", 2, &["sketch-3-4-of-4", "remove"]);
    fs::remove_file(dir.path("work/sketch-3-4-of-4")).unwrap();
    go(&dir, "sketch in --shard 5/5 --out work");
    says("match work --band-range 0..1", 2, &["of-5", "4", "5 shards"]);
    fs::remove_file(dir.path("work/sketch-5-of-5")).unwrap();

    says("match work --band-range 0..1", 1, &["lacks", "1/4, 2/4, 3/4, 4/4", "newsfold trim work --shard 1/4"]);
    says("trim work --shard 1-2/4", 1, &["1-2/4", "1/4, 2/4"]);
    for shard in 1..=4 {
        go(&dir, &format!("trim work --shard {shard}/4"));
    }
    for (wrong, word) in [("3", "A..B"), ("5..3", "5..3"), ("0..33", "fewer bands")] {
        says(&format!("match work --band-range {wrong}"), 2, &["--band-range", word]);
    }
    says("match work --band-range 4..9 --memory 1MiB", 2, &["--memory", "96MiB"]);
    go(&dir, "match work --band-range 4..9");
    go(&dir, "match work --band-range 9..30");
    says("merge work --out merged", 1, &["lacks", "0..4, 30..32", "--band-range 0..4"]);
    go(&dir, "match work --band-range 30..32");
    go(&dir, "match work --band-range 0..4");
    says("merge work --out in", 2, &["--out in"]);
    go(&dir, "merge work --out merged --dry-run");
    assert!(!dir.path("merged").exists());

    // A file that has grown since is not what the sketches are of; neither is a match of other inputs.
    let (part, grown) = (dir.path("in/part-1.jsonl"), fs::read_to_string(dir.path("in/part-1.jsonl")).unwrap());
    fs::write(&part, format!("{grown}{}", json!({"id": "new", "text": "a new one"}))).unwrap();
    for line in ["trim work --shard 2/4", "match work --band-range 0..4", "merge work --out merged"] {
        says(line, 1, &["part-1.jsonl", "changed"]);
    }
    go(&dir, "sketch in --shard 2/4 --out work");
    says("merge work --out merged", 2, &["does not fit", "inputs"]);
    for shard in 1..=4 {
        go(&dir, &format!("sketch in --shard {shard}/4 --out work"));
    }
    says("merge work --out merged", 2, &["trim-1-of-4", "other inputs"]);
    for shard in 1..=4 {
        go(&dir, &format!("trim work --shard {shard}/4"));
    }
    says("merge work --out merged", 2, &["match-0-to-4", "other inputs"]);
    go(&dir, "match work --band-range 0..4");
    ["4-to-9", "9-to-30", "30-to-32"]
        .iter()
        .for_each(|it| fs::remove_file(dir.path("work").join(format!("match-{it}"))).unwrap());
    go(&dir, "match work --band-range 4..32");
    go(&dir, "merge work --out merged");
    go(&dir, "run in --out one");
    assert!(dir.result("merged") == dir.result("one"));
}

#[test]
fn a_damaged_file_is_named() {
    let dir = Workdir::new();
    dir.file("in.jsonl.gz", gz(&fs::read_to_string(sample()).unwrap()));
    go(&dir, "sketch in.jsonl.gz --shard 1/1 --out work");
    go(&dir, "trim work --shard 1/1");
    go(&dir, "match work --band-range 1/1");
    for name in ["sketch-1-of-1", "trim-1-of-1", "match-0-to-32"] {
        let path = dir.path("work").join(name);
        let whole = fs::read(&path).unwrap();
        for at in [20, 100, whole.len() / 2, whole.len() - 300, whole.len() - 3] {
            let mut bytes = whole.clone();
            bytes[at] ^= 1;
            fs::write(&path, bytes).unwrap();
            let (status, says) = stopped(&dir, "merge work --out merged");
            assert!(status == 1 && says.contains(name) && says.contains("damaged"), "{name} at {at}: {status} {says}");
        }
        fs::write(&path, &whole[..whole.len() / 2]).unwrap();
        let (status, says) = stopped(&dir, "merge work --out merged");
        assert!(status == 1 && says.contains(name), "{says}");
        fs::write(&path, whole).unwrap();
    }
    assert!(!dir.path("merged").exists());
    go(&dir, "merge work --out merged");
}

#[test]
fn jobs_that_are_killed_or_done_twice_at_once_leave_one_good_file() {
    let dir = Workdir::new();
    sample_in_three(&dir);
    go(&dir, "run in --out one");
    let steps = [
        ("sketch in --shard 1/2 --out work", "sketch-1-of-2"),
        ("sketch in --shard 2/2 --out work", "sketch-2-of-2"),
        ("trim work --shard 1/2", "trim-1-of-2"),
        ("trim work --shard 2/2", "trim-2-of-2"),
        ("match work --band-range 0..32", "match-0-to-32"),
    ];
    for (line, file) in steps {
        let command = || {
            let mut command = newsfold();
            command.current_dir(dir.path("")).args(line.split(' ')).stdout(Stdio::null()).stderr(Stdio::null());
            command
        };
        let mut ends = 0;
        for at in 1.. {
            let how = if at % 2 == 0 { "power-loss" } else { "" };
            let ended =
                command().env("NEWSFOLD_STOP_AT", at.to_string()).env("NEWSFOLD_STOP_AS", how).status().unwrap();
            ends += 1;
            if ended.success() {
                break;
            }
            assert_eq!(ended.code(), None, "{line} is killed at step {at}");
        }
        assert!(ends > 3, "{line} was killed now and then");
        let good = fs::read(dir.path("work").join(file)).unwrap();
        let mut both = [command().spawn().unwrap(), command().spawn().unwrap()];
        assert!(both.iter_mut().all(|job| job.wait().unwrap().success()), "{line} twice at once");
        assert!(fs::read(dir.path("work").join(file)).unwrap() == good, "{file} is the same each time");
    }
    let left = names(&dir.path("work"));
    assert_eq!(left.iter().filter(|name| !name.starts_with('.')).count(), steps.len(), "{left:?}");
    go(&dir, "merge work --out merged");
    assert!(dir.result("merged") == dir.result("one"));
}

#[test]
fn jobs_tell_what_they_have_left() {
    let dir = Workdir::new();
    sample_in_three(&dir);
    let json = |line: &str| {
        let ended = dir.run(&line.split(' ').collect::<Vec<_>>());
        ok(&ended);
        serde_json::from_str::<Value>(&ended.stdout).unwrap()
    };
    let would = json("sketch in --shard 1/2 --out work --dry-run --json");
    assert!(would["dry_run"] == true && !dir.path("work").exists(), "{would}");
    let left = json("sketch in --shard 1/1 --out work --json");
    assert_eq!((&left["read"], &left["bands"], &left["file"]), (&json!(67), &json!(32), &json!("work/sketch-1-of-1")));
    assert_eq!(json("trim work --shard 1/1 --json")["file"], "work/trim-1-of-1");
    assert_eq!(json("match work --band-range 1/1 --json")["file"], "work/match-0-to-32");
    assert_eq!(json("merge work --out merged --json")["kept"], 52);
    let quiet = dir.run(&["match", "work", "--band-range", "1/1", "--quiet"]);
    assert_eq!((quiet.status(), &*quiet.stdout), (0, ""));
    // What merge takes, its config file takes as well.
    let config = dir.run(&["merge", "--print-config"]);
    assert!(config.stdout.contains("edges = false") && !config.stdout.contains("threshold"), "{}", config.stdout);
    dir.file("merge.toml", config.stdout.replace("edges = false", "edges = true"));
    go(&dir, "merge work --out merged --config merge.toml");
    assert!(!dir.table("merged", "edges.jsonl").is_empty());
}

#[test]
fn the_guides_script_for_slurm_works() {
    let dir = Workdir::new();
    sample_in_three(&dir);
    go(&dir, "run in --out one");
    let guide = include_str!("../../src/guide/array_jobs.md");
    let script = guide.split("```sh\n").nth(1).unwrap().split("```").next().unwrap();
    dir.file("newsfold.sh", script.replace("n=100", "n=5"));
    // Does at once what it is to do in its turn, the last job of an array first.
    dir.file(
        "bin/sbatch",
        "#!/bin/sh\nset -eu\narray=1-1\nfor it; do\n  case $it in --array=*) array=${it#--array=} ;; esac\ndone\n\
         SLURM_ARRAY_TASK_ID=${array#*-}\nwhile [ $SLURM_ARRAY_TASK_ID -ge ${array%-*} ]; do\n  export SLURM_ARRAY_TASK_ID\n  \
         sh -c \"$it\" >&2\n  SLURM_ARRAY_TASK_ID=$((SLURM_ARRAY_TASK_ID - 1))\ndone\necho 7\n",
    );
    let made = std::process::Command::new("chmod").args(["+x"]).arg(dir.path("bin/sbatch")).status().unwrap();
    assert!(made.success());
    let program = std::path::Path::new(env!("CARGO_BIN_EXE_newsfold")).parent().unwrap().display().to_string();
    let path = format!("{}:{program}:{}", dir.path("bin").display(), std::env::var("PATH").unwrap());
    let mut script = std::process::Command::new("sh");
    script.args(["newsfold.sh", "in", "work", "merged"]).current_dir(dir.path("")).env("PATH", path);
    ok(&Ended::of(&script.output().unwrap()));
    assert_eq!(names(&dir.path("work")).len(), 5 + 5 + 8);
    assert!(dir.result("merged") == dir.result("one"));
}
