//! A folder of a test's own, and the program run in it.

use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};
use tempfile::TempDir;

pub struct Workdir {
    dir: TempDir,
}

/// How the program ended.
pub struct Ended {
    pub status: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Ended {
    pub fn of(output: &Output) -> Self {
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("what the program says is UTF-8");
        let status = output.status.code().expect("the program is not killed");
        Ended { status, stdout: text(&output.stdout), stderr: text(&output.stderr) }
    }

    /// The status, having checked that a failure says something and nothing panics.
    pub fn status(&self) -> i32 {
        assert!(!self.stderr.contains("panicked"), "{}", self.stderr);
        assert!(self.status == 0 || !self.stderr.is_empty(), "a failure says why");
        self.status
    }
}

/// The program, to be run by hand.
pub fn newsfold() -> Command {
    Command::new(env!("CARGO_BIN_EXE_newsfold"))
}

impl Workdir {
    pub fn new() -> Self {
        Workdir { dir: tempfile::tempdir().unwrap() }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// A file with this content.
    pub fn file(&self, name: &str, content: impl AsRef<[u8]>) -> &Self {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
        self
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = newsfold();
        command.current_dir(self.dir.path()).args(arguments).stdin(Stdio::null());
        command
    }

    pub fn run(&self, arguments: &[&str]) -> Ended {
        Ended::of(&self.command(arguments).output().unwrap())
    }

    /// Runs it with `input` on its standard input.
    pub fn pipe(&self, arguments: &[&str], input: impl AsRef<[u8]>) -> Ended {
        let mut child = self
            .command(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let (mut stdin, input) = (child.stdin.take().unwrap(), input.as_ref().to_vec());
        let feeder = std::thread::spawn(move || drop(stdin.write_all(&input)));
        let output = child.wait_with_output().unwrap();
        feeder.join().unwrap();
        Ended::of(&output)
    }

    /// The rows of a table of the result `out`.
    pub fn table(&self, out: &str, name: &str) -> Vec<Value> {
        let path = self.path(out).join(name);
        let text = fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    pub fn run_json(&self, out: &str) -> Value {
        serde_json::from_slice(&fs::read(self.path(out).join("run.json")).unwrap()).unwrap()
    }

    pub fn counts(&self, out: &str) -> Value {
        self.run_json(out)["counts"].clone()
    }

    /// Reason and line of every reject.
    pub fn rejects(&self, out: &str) -> Vec<(String, u64)> {
        let row = |row: Value| (row["reason"].as_str().unwrap().to_owned(), row["line"].as_u64().unwrap());
        self.table(out, "rejects.jsonl").into_iter().map(row).collect()
    }

    /// A column of `articles.jsonl`, by id.
    pub fn labels(&self, out: &str, column: &str) -> BTreeMap<String, String> {
        let text = |value: &Value| value.as_str().unwrap_or_else(|| panic!("{column}")).to_owned();
        self.table(out, "articles.jsonl").iter().map(|row| (text(&row["id"]), text(&row[column]))).collect()
    }

    /// Every file of a folder with its bytes, the measurements of a run taken out.
    pub fn result(&self, out: &str) -> BTreeMap<String, Vec<u8>> {
        let mut files: BTreeMap<String, Vec<u8>> = fs::read_dir(self.path(out))
            .unwrap()
            .map(|entry| entry.unwrap())
            .map(|entry| (entry.file_name().into_string().unwrap(), fs::read(entry.path()).unwrap()))
            .collect();
        let mut run = self.run_json(out);
        for measurement in ["stages", "seconds", "threads", "peak_memory_bytes"] {
            assert!(run.as_object_mut().unwrap().remove(measurement).is_some(), "{measurement}");
        }
        files.insert("run.json".into(), run.to_string().into_bytes());
        // The page shows the measurements.
        files.remove("report.html").expect("a page for people");
        files
    }
}

/// The names in a folder, hidden ones too.
pub fn names(dir: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort_unstable();
    names
}

/// Waits for what `is_there` looks for.
pub fn await_that(is_there: impl Fn() -> bool) {
    let start = Instant::now();
    while !is_there() {
        assert!(start.elapsed() < Duration::from_secs(60), "it never came");
        sleep(Duration::from_millis(1));
    }
}

/// The project's own sample.
pub fn sample() -> &'static str {
    concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/sample.jsonl")
}

/// The good records of the sample, in order.
pub fn sample_records() -> Vec<Value> {
    let mut seen = std::collections::HashSet::new();
    let records = fs::read_to_string(sample()).unwrap();
    let records = records.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    records.filter(|r| r["text"].is_string() && seen.insert(r["id"].as_str().unwrap().to_owned())).collect()
}

/// A folder of real corpora beside the project, where there is one.
pub fn corpora() -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpora");
    path.is_dir().then_some(path)
}

/// A sentence of words that `seed` chooses.
pub fn prose(seed: u64, words: usize) -> String {
    let word = |i: usize| {
        let mut x = newsfold::hash::mix(seed << 20 | i as u64);
        let mut word = String::new();
        for _ in 0..2 + x % 3 {
            word.push(b"bdfglmnprst"[(x >> 8) as usize % 11] as char);
            word.push(b"aeiou"[(x >> 16) as usize % 5] as char);
            x = newsfold::hash::mix(x);
        }
        word
    };
    let words: Vec<String> = (0..words).map(word).collect();
    words.chunks(12).map(|sentence| sentence.join(" ") + ".").collect::<Vec<_>>().join(" ")
}

/// A record as a JSON line.
pub fn record(id: &str, text: &str) -> String {
    serde_json::json!({"id": id, "title": format!("Title {id}"), "text": text}).to_string() + "\n"
}
