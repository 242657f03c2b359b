//! An article whose words are attacks on terminals, tables, JSON and pages comes through every verb as what it is: words.

use crate::workdir::{Ended, Workdir, prose};
use serde_json::{Value, json};
use std::fs;

/// Sets the clipboard, a link, the title and colours; moves the cursor; C1 forms of the same; marks of direction.
const TERMINAL: &str = "\u{1b}]52;c;ZXZpbA==\u{7}\u{1b}]8;;http://evil.example\u{7}link\u{1b}]8;;\u{7}\u{1b}]0;owned\u{1b}\\\u{1b}[2J\u{1b}[31m\
    \u{9b}31m\u{9d}0;owned\u{9c}\u{90}q\u{9c}\u{202e}desrever\u{2066}\u{200f}\u{61c}\u{7f}\u{8}\r\u{c}\u{b}";
const TABLE: [&str; 6] = ["=cmd|'/c calc'!A1", "@SUM(1+1)", "+1+cmd|'x'!A0", "-2+3", "\t=1+1\tx", "\"a\",\"b\n\"c\""];
const JSON: &str = "\",\"id\":\"forged\"}\n{\"id\":\"second\",\"text\":\"x\"}\u{2028}\\u0000\\";
const PAGE: &str = "</script><script>alert(1)</script><img src=x onerror=alert(2)>]]>-->&lt;{{7*7}}{%raw%}";

fn attack(n: usize) -> String {
    format!("{}{TERMINAL}\0{JSON}{PAGE}", TABLE[n % TABLE.len()])
}

/// An id like that which can also be typed.
fn id(n: usize) -> String {
    attack(n).replace('\0', "")
}

/// Two near-duplicates and a stranger, all of whose fields attack; one record that is rejected, and one line that is no JSON.
fn crawl(day: &str) -> Workdir {
    let dir = Workdir::new();
    let line = |n: usize, text: String| {
        let article = json!({
            "id": format!("{}{n}", id(n)), "title": attack(n), "source": format!("outlet{n}{}", attack(n)),
            "url": format!("https://x.example/{n}?{}", attack(n)), "lang": attack(n), "published": format!("{day}T0{n}:00:00Z"),
            "text": format!("{}\n{text}\n{}", attack(n), attack(n)), "\u{1b}]0;x\u{7}": attack(n),
        });
        format!("{article}\n")
    };
    let (text, other) = (prose(1, 90), prose(2, 90));
    let wordless = format!("{}\n", json!({"id": id(3), "\u{1b}[31mstory\u{9b}": attack(3)}));
    let raw = format!("{{\"id\": \"{TERMINAL}\n");
    dir.file("in.jsonl", [line(0, text.clone()), line(1, text + " And more."), line(2, other), wordless, raw].concat());
    dir
}

/// Nothing that a terminal obeys is in what the program said.
fn harmless(what: &str, ended: &Ended) {
    for (name, said) in [("stdout", &ended.stdout), ("stderr", &ended.stderr)] {
        let obeyed = |c: &char| {
            (c.is_control() && *c != '\n')
                || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
        };
        if let Some(found) = said.chars().find(obeyed) {
            panic!("{what}: {found:?} in its {name}: {said:?}");
        }
    }
}

/// The ids as the result has them.
fn ids(dir: &Workdir, out: &str) -> Vec<String> {
    dir.table(out, "articles.jsonl").iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn no_verb_lets_an_article_command_the_terminal() {
    let dir = crawl("2025-01-14");
    let said = |arguments: &[&str], status: i32| {
        let ended = dir.run(arguments);
        assert_eq!(ended.status(), status, "{arguments:?}: {}{}", ended.stdout, ended.stderr);
        harmless(&format!("{arguments:?}"), &ended);
        ended
    };
    for verb in ["run", "dedup", "cluster"] {
        for more in [&[][..], &["-vv"], &["--json", "-vv"], &["--dry-run"], &["--dry-run", "--json"]] {
            let is_dry = more.contains(&"--dry-run");
            said(
                &[&[verb, "in.jsonl", "--out", verb, "--edges", "--annotate"], more].concat(),
                if is_dry { 0 } else { 3 },
            );
        }
        said(&["report", verb], 0);
    }
    let all = ids(&dir, "run");
    assert_eq!(all.len(), 3);
    assert!(all[0].contains('\u{1b}') && all[0].starts_with("=cmd"), "ids are as they came: {:?}", all[0]);
    for (a, b) in [(&all[0], &all[1]), (&all[0], &all[2]), (&all[2], &all[1])] {
        for more in [&[][..], &["--json"]] {
            said(&[&["explain", "run"], more, &["--", a]].concat(), 0);
            said(&[&["explain", "run"], more, &["--", a, b]].concat(), 0);
        }
    }
    said(&["explain", "run", "--", &id(3)], 0);
    said(&["explain", "run", "forged\u{1b}[31m"], 1);
    said(&["explain", "run", "--", &format!("{}x", all[0])], 1);
    said(&["audit", "run"], 0);
    said(&["audit", "run", "--json"], 0);
    said(&["eval", "run", "--gold", "run/articles.jsonl"], 0);
    said(&["eval", "run", "--gold", "\u{1b}]0;x\u{7}.jsonl"], 1);
    for more in [&[][..], &["--json", "-vv"], &["-v"]] {
        said(
            &[&["nightly", "in.jsonl", "--store", "store", "--out", "night"], more].concat(),
            if more.is_empty() { 3 } else { 0 },
        );
    }
    said(&["store", "stats", "store"], 0);
    said(&["store", "stats", "store", "--json"], 0);
    said(&["store", "check", "store"], 0);
    let exported = said(&["store", "export", "store"], 0).stdout;
    let exported: Vec<Value> = exported.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(exported.iter().map(|row| row["id"].as_str().unwrap()).collect::<Vec<_>>(), all);
    said(&["store", "forget", "store", "none\u{9b}31m"], 1);
    said(&["store", "forget", "store", "--", &all[2]], 0);
    said(&["store", "compact", "store"], 0);
}

#[test]
fn names_of_files_and_words_that_are_typed_command_nothing() {
    let dir = crawl("2025-01-14");
    let named = "c\u{1b}]0;owned\u{7}\u{202e}\u{9b}31m.jsonl";
    dir.file(named, fs::read(dir.path("in.jsonl")).unwrap())
        .file("\u{9b}31m.md", "x")
        .file("folder/\u{1b}[2J.bin", PAGE);
    for arguments in [
        &["run", named, "--out", "o\u{1b}[31m", "-vv"][..],
        &["run", "folder", named, "--out", "out", "--dry-run"],
        &["run", "folder", named, "--out", "out", "-vv", "--max-reject-rate", "1"],
        &["run", "c\u{1b}]0;owned\u{7}.jsonl", "--out", "out"],
        &["run", "in.jsonl", "--out", named],
        &["run", "in.jsonl", "--out", "out", "--config", "\u{1b}[31m.toml"],
        &["run", "in.jsonl", "--out", "out", "--\u{1b}[31m"],
        &["run", "in.jsonl", "--out", "out", "--keep", "\u{9b}31m"],
        &["run", "in.jsonl", "--out", "out", "--newest", "\u{9b}31m"],
        &["\u{1b}]0;owned\u{7}"],
        &["store", "check", "\u{1b}[31m"],
        &["report", "o\u{1b}[31m"],
    ] {
        let ended = dir.run(arguments);
        ended.status();
        harmless(&format!("{arguments:?}"), &ended);
    }
}

#[test]
fn what_is_written_stays_what_it_says_it_is() {
    let dir = crawl("2025-01-14");
    assert_eq!(dir.run(&["run", "in.jsonl", "--out", "out", "--edges", "--annotate"]).status(), 3);
    let all = ids(&dir, "out");
    for entry in fs::read_dir(dir.path("out")).unwrap() {
        let path = entry.unwrap().path();
        let text = fs::read_to_string(&path).unwrap();
        if path.extension().is_some_and(|ending| ending == "jsonl") {
            // One object a line, by anybody's count of lines that JSON Lines allows.
            for line in text.split_terminator('\n') {
                let object: Value = serde_json::from_str(line).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
                assert!(object.is_object() && !line.contains('\r'));
                assert!(object.get("id").is_none_or(|id| id != "forged" && id != "second"), "{line}");
            }
        } else if path.ends_with("run.json") {
            assert!(serde_json::from_str::<Value>(&text).unwrap().is_object());
        } else {
            assert!(
                path.ends_with("report.html") && !text.contains(['\u{1b}', '\u{7}', '\u{9b}', '\u{202e}']),
                "the page"
            );
        }
    }
    let kept: Vec<String> =
        dir.table("out", "kept.jsonl").iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect();
    assert_eq!(kept, [&*all[0], &*all[2]]);
    let input = fs::read_to_string(dir.path("in.jsonl")).unwrap();
    let lines: Vec<&str> = input.lines().collect();
    assert_eq!(
        fs::read_to_string(dir.path("out/kept.jsonl")).unwrap().lines().collect::<Vec<_>>(),
        [lines[0], lines[2]]
    );
    assert_eq!(dir.rejects("out"), [("no_text".to_owned(), 4), ("not_json".to_owned(), 5)]);
    // The filter hands on what it read, to the byte: what reads it is a program.
    let filtered = dir.pipe(&["dedup", "-", "--keep", "first", "--rejects", "r.jsonl"], &input);
    assert_eq!(filtered.stdout.lines().collect::<Vec<_>>(), [lines[0], lines[2]]);
    assert!(!filtered.stderr.contains(['\u{1b}', '\u{9b}', '\u{202e}']), "{}", filtered.stderr);
    // As a table.
    let csv = format!(
        "id,title,text\n\"{}\",\"{}\",\"{}\"\n",
        TABLE[0],
        attack(1).replace('"', "\"\"").replace('\0', ""),
        prose(5, 60)
    );
    dir.file("in.csv", csv);
    let ended = dir.run(&["run", "in.csv", "--out", "table", "-v"]);
    assert_eq!(ended.status(), 0, "{}", ended.stderr);
    harmless("a table", &ended);
    assert_eq!(ids(&dir, "table"), [TABLE[0]]);
}
