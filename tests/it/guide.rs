//! Every command of the guide and of README's blocks does what stands below it.
//!
//! A page's commands are run one after another in one folder, as a reader would, with `sh`. Lines below a command must be
//! in its output, in their order; `…` stands for anything, also for lines.

use crate::workdir::{Workdir, newsfold, sample, sample_records};
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

/// A page and its text.
fn pages() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let guide = fs::read_dir(root.join("src/guide")).unwrap().map(|entry| entry.unwrap().path());
    let mut pages: Vec<_> = guide.filter(|path| path.extension().is_some_and(|ending| ending == "md")).collect();
    pages.sort();
    pages.push(root.join("README.md"));
    let text =
        |path: &Path| (path.file_name().unwrap().to_string_lossy().into_owned(), fs::read_to_string(path).unwrap());
    pages.iter().map(|path| text(path)).collect()
}

/// The blocks of a page with what they are.
fn blocks(text: &str) -> Vec<(&str, Vec<&str>)> {
    let (mut blocks, mut open) = (Vec::new(), None);
    for line in text.lines() {
        match (line.strip_prefix("```"), &mut open) {
            (Some(kind), None) => open = Some((kind, Vec::new())),
            (Some(_), Some(_)) => blocks.extend(open.take()),
            (None, Some((_, lines))) => lines.push(line),
            (None, None) => {}
        }
    }
    blocks
}

/// Commands and the lines below each.
fn commands(text: &str, is_readme: bool) -> Vec<(String, Vec<&str>)> {
    let mut commands: Vec<(String, Vec<&str>)> = Vec::new();
    for (kind, lines) in blocks(text) {
        for line in lines {
            match (kind, line.strip_prefix("$ ")) {
                (_, Some(command)) => commands.push((command.to_owned(), Vec::new())),
                // README's: what is typed. Elsewhere it is what others run.
                ("sh", None) if is_readme => {
                    commands.push((line.replace("cargo run --release --", "newsfold"), Vec::new()));
                }
                ("console", None) => commands.last_mut().expect("a command before its output").1.push(line),
                _ => {}
            }
        }
    }
    // What installs and tests is done elsewhere.
    commands.retain(|(command, _)| !["cargo", "pip"].iter().any(|with| command.starts_with(with)));
    commands
}

/// Whether `line` is `pattern`, with anything for each `…`.
fn fits(line: &str, pattern: &str) -> bool {
    let mut parts = pattern.trim_end().split('…');
    let Some(mut rest) = line.trim_end().strip_prefix(parts.next().unwrap_or_default()) else { return false };
    let parts: Vec<&str> = parts.collect();
    for (at, part) in parts.iter().enumerate() {
        let found =
            if at + 1 == parts.len() { rest.ends_with(part).then(|| rest.len() - part.len()) } else { rest.find(part) };
        let Some(found) = found else { return false };
        rest = &rest[found + part.len()..];
    }
    !parts.is_empty() || rest.is_empty()
}

/// The sample, and a crawl of two nights.
fn reader() -> Workdir {
    let dir = Workdir::new();
    dir.file("tests/data/sample.jsonl", fs::read(sample()).unwrap());
    let night = |odd: usize| -> String {
        let records = sample_records();
        records.iter().skip(odd).step_by(2).map(|record| format!("{record}\n")).collect()
    };
    dir.file("crawl/2025-01-13/articles.jsonl", night(0)).file("crawl/2025-01-14/articles.jsonl", night(1));
    dir
}

#[test]
fn commands_of_the_guide_do_what_stands_below_them() {
    let program = newsfold();
    let folder = Path::new(program.get_program()).parent().unwrap();
    let path = format!("{}:{}", folder.display(), std::env::var("PATH").unwrap());
    let mut run = 0;
    for (page, text) in pages() {
        let dir = reader();
        for (command, expected) in commands(&text, page == "README.md") {
            let mut shell = Command::new("sh");
            // One stream, as on a terminal.
            shell.args(["-c", &format!("{{ {command}\n}} 2>&1")]);
            let output = shell.current_dir(dir.path("")).env("PATH", &path).stdin(Stdio::null()).output().unwrap();
            let all = String::from_utf8(output.stdout).unwrap();
            let may_fail = command.contains("; echo $?");
            assert!(output.status.success() || may_fail, "{page}: {command}\n{all}");
            let mut lines = all.lines();
            for pattern in expected.iter().filter(|pattern| **pattern != "…") {
                assert!(lines.any(|line| fits(line, pattern)), "{page}: {command}\nhas no\n{pattern}\nthere:\n{all}");
            }
            run += 1;
        }
    }
    assert!(run >= 30, "only {run} commands were found");
}

/// What follows `newsfold nightly` in the units, the crontab and the job of the page for nights.
fn scheduled(text: &str) -> Vec<String> {
    let whole = text.replace("\\\n", " ");
    let of_line = |line: &str| {
        if let Some(list) = line.trim().strip_prefix("args: [") {
            return Some(list.trim_end_matches(']').replace(',', ""));
        }
        let at = line.find("/usr/local/bin/newsfold ")?;
        Some(line[at + "/usr/local/bin/newsfold ".len()..].to_owned())
    };
    blocks(&whole).iter().flat_map(|(_, lines)| lines.iter().filter_map(|line| of_line(line))).collect()
}

#[test]
fn what_the_guide_schedules_is_a_command_that_the_program_takes() {
    let dir = reader();
    let page = include_str!("../../src/guide/nightly.md");
    let commands = scheduled(page);
    assert_eq!(commands.len(), 3, "{commands:?}");
    dir.file("var/lib/node_exporter/x", "").file("var/tmp/x", "").file("data/x", "").file("var/lib/newsfold/x", "");
    for command in commands {
        let here = |word: &str| word.replace("/srv/crawl/tonight", "crawl").replace("/crawl/tonight", "crawl");
        let words: Vec<String> = command.split_whitespace().map(here).collect();
        let mut words: Vec<&str> = words.iter().map(|word| word.trim_start_matches('/')).collect();
        words.push("--dry-run");
        let ended = dir.run(&words);
        assert_eq!(ended.status(), 0, "{words:?}\n{}", ended.stderr);
    }
}

#[test]
fn a_pattern_fits_with_anything_for_what_is_left_out() {
    assert!(fits("read 67 records, 97 KiB ", "read 67 records, …") && fits("abc", "a…c") && fits("abc", "abc"));
    assert!(!fits("abcd", "abc") && !fits("abc", "…b") && !fits("abc", "b…") && fits("aXbXc", "a…b…c"));
}
