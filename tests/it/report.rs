//! `report`: the page again, from the result alone.

use crate::workdir::{Workdir, prose, sample};
use std::fs;

#[test]
fn the_page_is_written_again_as_it_was() {
    let dir = Workdir::new();
    assert_eq!(dir.run(&["run", sample(), "--out", "out"]).status(), 0);
    let page = fs::read(dir.path("out/report.html")).unwrap();
    fs::remove_file(dir.path("out/report.html")).unwrap();
    assert_eq!(dir.run(&["report", "out"]).status(), 0);
    assert_eq!(fs::read(dir.path("out/report.html")).unwrap(), page);
    dir.file("other/x", "");
    assert_eq!(dir.run(&["report", "other"]).status(), 1);
}

#[test]
fn an_attack_arrives_as_text() {
    let dir = Workdir::new();
    let attack = "</title><script>alert(1)</script><img src=x onerror=alert(2)>\u{1b}]0;owned\u{7}\u{202e}";
    let line = |id: &str| {
        serde_json::json!({"id": format!("{id}{attack}"), "title": attack, "source": attack, "text": prose(1, 40)})
            .to_string()
            + "\n"
    };
    dir.file("in.jsonl", [line("a"), line("b"), format!("{{\"id\": \"{}\", \"text\": 5}}\n", "<script>")].concat());
    let ended = dir.run(&["run", "in.jsonl", "--out", "out", "--max-reject-rate", "1"]);
    assert_eq!(ended.status(), 0);
    let page = fs::read_to_string(dir.path("out/report.html")).unwrap();
    assert!(page.contains("&lt;script") && !page.contains("<script") && !page.contains("<img"));
    assert!(!(page.clone() + &ended.stdout + &ended.stderr).contains(['\u{1b}', '\u{7}', '\u{202e}']));
}
