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
    assert!(page.contains("&lt;script") && page.contains("\\u003cscript") && !page.contains("<img"));
    assert_eq!((page.matches("<script").count(), page.matches("</script").count()), (2, 2), "the page's own");
    assert!(!(page.clone() + &ended.stdout + &ended.stderr).contains(['\u{1b}', '\u{7}', '\u{202e}']));
}

#[test]
fn versions_are_told_by_what_differs() {
    let dir = Workdir::new();
    let text = prose(3, 60);
    let mut lines = String::new();
    for (id, hour, words, url) in [
        ("first", 8, text.clone(), "https://a.example/one?utm_source=x"),
        ("copy", 9, text.clone() + " Printed again.", "https://b.example/two"),
        ("corrected", 10, text.replacen(' ', " not ", 1), "https://a.example/one"),
    ] {
        let published = format!("2024-05-01T{hour:02}:00:00Z");
        let row =
            serde_json::json!({"id": id, "text": words, "url": url, "published": published, "source": &url[8..17]});
        lines += &format!("{row}\n");
    }
    dir.file("in.jsonl", lines);
    for format in ["jsonl", "parquet"] {
        assert_eq!(dir.run(&["run", "in.jsonl", "--out", format, "--format", format]).status(), 0);
        let page = fs::read_to_string(dir.path(format).join("report.html")).unwrap();
        let data = page.split_once("id=\"data\">").unwrap().1.split_once("</script>").unwrap().0;
        let data: serde_json::Value = serde_json::from_str(data).unwrap();
        let copies = &data["details"][0]["headlines"][0]["copies"];
        let parts = |value: &serde_json::Value| {
            value.as_array().unwrap().iter().filter(|part| part[0] != 0).cloned().collect::<Vec<_>>()
        };
        let outlet = &data["names"][copies[0]["outlet"].as_u64().unwrap() as usize];
        assert_eq!((&copies[0]["id"], outlet), (&"copy".into(), &"b.example".into()), "{data}");
        assert_eq!(parts(&data["differences"][0]["parts"]), [serde_json::json!([1, "Printed again."])]);
        let versions = &data["pages"][0]["versions"];
        assert_eq!((&versions[0]["id"], &versions[1]["id"]), (&"first".into(), &"corrected".into()));
        assert_eq!(parts(&versions[1]["parts"]), [serde_json::json!([1, "not "])]);
        assert!(page.contains("1 copy, the median 10 to 60 minutes after"), "who copied whom");
    }
    assert_eq!(dir.table("jsonl", "versions.jsonl").len(), 4);
}
