//! The program on a terminal of its own, made by `script`: bars, colours, and who does not want them.

use crate::workdir::{Workdir, newsfold, prose, record};
use std::process::{Command, Stdio};

/// What a terminal of so many columns gets of a run, with these variables; nothing where no terminal can be made.
fn shown(dir: &Workdir, columns: u32, variables: &[(&str, &str)], arguments: &str) -> Option<String> {
    let run = format!("stty cols {columns} rows 24; '{}' {arguments}", newsfold().get_program().to_str().unwrap());
    let mut script = Command::new("script");
    script.args(["-qec", &run, "/dev/null"]).current_dir(dir.path("")).stdin(Stdio::null());
    script
        .env_remove("NO_COLOR")
        .env_remove("CLICOLOR_FORCE")
        .env_remove("CLICOLOR")
        .env_remove("CI")
        .env("TERM", "xterm-256color");
    let output = script.envs(variables.iter().copied()).output();
    let Ok(output) = output else {
        eprintln!("skipped: no script to make a terminal with");
        return None;
    };
    Some(String::from_utf8(output.stdout).unwrap().replace("\r\n", "\n"))
}

fn crawl() -> Workdir {
    let dir = Workdir::new();
    dir.file("in.jsonl", (0..40).map(|i| record(&format!("g{i}"), &prose(i, 60))).collect::<String>());
    dir
}

/// What stands there without colours.
fn plain(text: &str) -> String {
    console::strip_ansi_codes(text).into_owned()
}

#[test]
fn a_line_of_every_stage_stays() {
    let dir = crawl();
    for columns in [60, 140] {
        let Some(seen) = shown(&dir, columns, &[], "run in.jsonl --out out") else { return };
        let (text, coloured) = (plain(&seen), seen.contains("\u{1b}[36m"));
        assert!(coloured, "{seen:?}");
        for line in [
            "read  40 records read",
            "order  40 documents put in order",
            "events  40 articles gathered",
            "look at  out/report.html",
        ] {
            assert!(text.contains(line), "{line}: {text}");
        }
        let left = text.lines().map(|line| line.rsplit('\r').next().unwrap());
        assert!(!left.clone().any(|line| line.contains(['░', '█'])), "no bar is left: {seen:?}");
        for line in text.split(['\n', '\r']) {
            assert!(line.chars().count() <= columns as usize, "{line}");
        }
    }
}

#[test]
fn colours_are_for_those_who_want_them() {
    let dir = crawl();
    let colours = |variables: &[(&str, &str)], arguments: &str| {
        let seen = shown(&dir, 80, variables, arguments)?;
        let coloured = ["\u{1b}[1m", "\u{1b}[3", "\u{1b}[2m", "\u{1b}[4m"].iter().any(|code| seen.contains(code));
        Some((coloured, seen))
    };
    for arguments in ["run in.jsonl --out out -v", "run none.jsonl --out out", "run -h", "run --nonsense"] {
        let Some((coloured, seen)) = colours(&[], arguments) else { return };
        assert!(coloured, "{arguments}: {seen:?}");
        for off in [
            &[("NO_COLOR", "1")][..],
            &[("TERM", "dumb")],
            &[("TERM", "dumb"), ("CI", "true")],
            &[("NO_COLOR", "1"), ("CLICOLOR_FORCE", "1")],
        ] {
            let (coloured, seen) = colours(off, arguments).unwrap();
            assert!(!coloured, "{arguments} with {off:?}: {seen:?}");
        }
    }
    let (_, dumb) = colours(&[("TERM", "dumb")], "run in.jsonl --out out").unwrap();
    assert!(!dumb.contains('\u{1b}') && dumb.contains("40 records read"), "no cursor is moved: {dumb:?}");
    assert_eq!(shown(&dir, 80, &[], "run in.jsonl --out out --quiet").unwrap(), "");
    // Each of the two channels is looked at by itself.
    let half = shown(&dir, 80, &[], "run in.jsonl --out out > summary").unwrap();
    let summary = std::fs::read_to_string(dir.path("summary")).unwrap();
    assert!(half.contains('\u{1b}') && summary.contains("look at") && !summary.contains('\u{1b}'), "{summary:?}");
    let half = shown(&dir, 80, &[], "run in.jsonl --out out 2> notes").unwrap();
    assert!(half.contains("\u{1b}[36m") && std::fs::read_to_string(dir.path("notes")).unwrap().is_empty());
    let forced = dir.command(&["run", "in.jsonl", "--out", "out"]).env("CLICOLOR_FORCE", "1").output().unwrap();
    assert!(String::from_utf8(forced.stdout).unwrap().contains("\u{1b}[36m"));
}

#[test]
fn a_log_and_a_bar_do_not_tear_each_other() {
    let dir = crawl();
    let Some(seen) = shown(&dir, 100, &[], "run in.jsonl --out out -vv") else { return };
    let text = plain(&seen);
    for line in text.lines().map(|line| line.rsplit('\r').next().unwrap()).filter(|line| line.contains("begins")) {
        let time = line.split_once(" s ").map(|(time, _)| time.trim().parse::<f64>());
        assert!(time.is_some_and(|time| time.is_ok()), "{line:?}");
    }
    assert!(text.matches("begins").count() >= 9);
}

#[test]
fn a_filter_shows_the_terminal_nothing_that_it_obeys() {
    let dir = Workdir::new();
    let text = prose(1, 40);
    dir.file("in.jsonl", format!("{{\"id\": \"a\u{9b}31m\u{202e}\u{7f}b\", \"text\": \"{text}\"}}\n"));
    let Some(seen) = shown(&dir, 200, &[], "dedup - --quiet < in.jsonl") else { return };
    assert_eq!(seen, format!("{{\"id\": \"a\\u009b31m\\u202e\\u007fb\", \"text\": \"{text}\"}}\n"));
}
