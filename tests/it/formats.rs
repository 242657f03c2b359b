//! Every format and compression that is read gives what JSON Lines give, and what is written as Parquet says the same.

use crate::files::{HTML, bz2, gz, http, page, table, warc_record, xz, zst};
use crate::workdir::{Workdir, prose, sample, sample_records};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;

/// Group and event of every document of the sample.
fn expected(dir: &Workdir) -> BTreeMap<String, (String, String)> {
    assert_eq!(dir.run(&["run", sample(), "--out", "expected"]).status(), 0);
    found(dir, "expected")
}

fn found(dir: &Workdir, out: &str) -> BTreeMap<String, (String, String)> {
    let (groups, events) = (dir.labels(out, "group"), dir.labels(out, "event"));
    groups.into_iter().zip(events.into_values()).map(|((id, group), event)| (id, (group, event))).collect()
}

fn lines() -> Vec<u8> {
    sample_records().iter().map(|record| record.to_string() + "\n").collect::<String>().into_bytes()
}

const COLUMNS: [&str; 7] = ["id", "title", "text", "published", "source", "url", "lang"];

#[test]
fn tables_and_archives_give_what_lines_give() {
    let dir = Workdir::new();
    let (expected, lines, records) = (expected(&dir), lines(), sample_records());
    let (start, end) = lines.split_at(lines.len() / 3);
    let two = |pack: fn(&[u8]) -> Vec<u8>| [pack(start), pack(end)].concat();
    let csv = table(&records, &COLUMNS, ',');
    for (name, bytes) in [
        ("s.jsonl.gz", two(gz)),
        ("s.jsonl.zst", two(zst)),
        ("s.jsonl.bz2", two(bz2)),
        ("s.jsonl.xz", two(xz)),
        ("s.csv", csv.clone().into_bytes()),
        ("s.csv.xz", xz(csv.as_bytes())),
        ("bom.csv", [b"\xef\xbb\xbf", csv.as_bytes()].concat()),
        ("semicolons.csv", table(&records, &COLUMNS, ';').into_bytes()),
        ("s.tsv", table(&records, &COLUMNS, '\t').into_bytes()),
        // What a file without a telling name is, its first bytes say.
        ("lines", lines.clone()),
        ("packed", zst(&lines)),
        ("rows", csv.clone().into_bytes()),
    ] {
        dir.file(name, &bytes);
        let ended = dir.run(&["run", name, "--out", "out"]);
        assert_eq!(ended.status(), 0, "{name}: {}", ended.stderr);
        assert_eq!(found(&dir, "out"), expected, "{name}");
        assert_eq!(dir.pipe(&["run", "-", "--out", "piped"], &bytes).status(), 0, "{name}");
        let is_tsv = name.ends_with(".tsv");
        assert!(is_tsv || found(&dir, "piped") == expected, "{name}");
    }
    let tsv = fs::read(dir.path("s.tsv")).unwrap();
    assert_eq!(dir.pipe(&["run", "-", "--input-format", "tsv", "--out", "piped"], tsv).status(), 0);
    assert_eq!(found(&dir, "piped"), expected);
}

#[test]
fn a_row_keeps_all_its_columns() {
    let dir = Workdir::new();
    dir.file("x.csv", "nr;Überschrift;body;published;\n7;\"Ein \"\"Titel\"\";\nüber zwei Zeilen\";Text mit Wörtern;;\n8;;Anderer Text;1736843400;\n");
    assert_eq!(
        dir.run(&["run", "x.csv", "--title-field", "Überschrift", "--id-field", "nr", "--out", "out"]).status(),
        0
    );
    let kept = dir.table("out", "kept.jsonl");
    let first =
        serde_json::json!({"nr": "7", "Überschrift": "Ein \"Titel\";\nüber zwei Zeilen", "body": "Text mit Wörtern"});
    assert_eq!(kept, [first, serde_json::json!({"nr": "8", "body": "Anderer Text", "published": "1736843400"})]);
    let events = dir.table("out", "events.jsonl");
    assert!(events.iter().any(|event| event["first_published"] == "2025-01-14T08:30:00Z"), "{events:?}");
}

fn sample_pages() -> Vec<(Value, Vec<u8>)> {
    let page_of = |record: Value| {
        let text = |name: &str| record[name].as_str().unwrap_or_default().to_owned();
        let html = page(&text("title"), &text("published"), &text("text"));
        let packed = warc_record("response", &text("id"), &http(HTML, html.as_bytes()));
        (record, packed)
    };
    sample_records().into_iter().map(page_of).collect()
}

#[test]
fn an_archive_of_pages_gives_their_articles() {
    let dir = Workdir::new();
    let expected = expected(&dir);
    let pages = sample_pages();
    let between = |(record, page): &(Value, Vec<u8>)| {
        [warc_record("request", record["id"].as_str().unwrap(), b"GET / HTTP/1.1\r\n\r\n"), page.clone()]
    };
    let records: Vec<Vec<u8>> =
        [warc_record("warcinfo", "info", b"x: y\r\n")].into_iter().chain(pages.iter().flat_map(between)).collect();
    let members: Vec<u8> = records.iter().flat_map(|record| gz(record)).collect();
    for (name, bytes) in
        [("s.warc", records.concat()), ("s.warc.gz", members.clone()), ("s.warc.zst", zst(&records.concat()))]
    {
        dir.file(name, &bytes);
        assert_eq!(dir.run(&["run", name, "--out", "out"]).status(), 0);
        let own = |id: &str| format!("<urn:uuid:{id}>");
        let expected: BTreeMap<_, _> =
            expected.iter().map(|(id, (group, event))| (own(id), (own(group), own(event)))).collect();
        let groups = |labels: &BTreeMap<String, (String, String)>| -> Vec<(String, String)> {
            labels.iter().map(|(id, (group, _))| (id.clone(), group.clone())).collect()
        };
        assert_eq!(groups(&found(&dir, "out")), groups(&expected), "{name}");
        assert_eq!(dir.counts("out")["passed_over_records"], 65);
        assert_eq!(dir.pipe(&["run", "-", "--out", "piped"], &bytes).status(), 0);
        assert_eq!(found(&dir, "piped"), found(&dir, "out"), "{name}");
    }
    for row in dir.table("out", "kept.jsonl") {
        let id = row["id"].as_str().unwrap().trim_start_matches("<urn:uuid:").trim_end_matches('>');
        let record = &pages.iter().find(|(record, _)| record["id"] == id).unwrap().0;
        assert_eq!((&row["title"], &row["source"]), (&record["title"], &"daily.example".into()));
        assert_eq!(row["url"], format!("https://www.daily.example/{id}"));
    }
    let explained = dir.run(&["explain", "out", "<urn:uuid:a38>", "<urn:uuid:a59>"]);
    assert_eq!(explained.status(), 0, "{}", explained.stderr);
    assert_eq!(dir.run(&["audit", "out"]).status(), 0);
}

/// Ten ways to damage a page of an archive.
fn damaged(how: usize, page: &[u8]) -> (Vec<u8>, &'static str) {
    let text = String::from_utf8(page.to_vec()).unwrap();
    let with = |from: &str, to: &str| gz(text.replacen(from, to, 1).as_bytes());
    let packed = gz(page);
    let struck = |at: usize| {
        let mut bytes = packed.clone();
        bytes[at..at + 8].fill(0x55);
        bytes
    };
    match how {
        0 => (with("WARC/1.0", "warc 1.0"), "bad_record"),
        1 => (with("Content-Length", "Content-Size"), "bad_record"),
        2 => (with("Content-Length: ", "Content-Length: 8"), "bad_record"),
        3 => (with("WARC-Type", "Type"), "bad_record"),
        // Of the same length.
        4 => (with("HTTP/1.1 200 OK", "HTTP/1.1 503 No"), "http_status"),
        5 => (with("HTTP/1.1 200 OK", "HTTP-1.1 200 OK"), "bad_http"),
        6 => (with("Content-Type: text/html; charset=utf-8", "Content-Type: video/mp4; charset=utf-8"), "not_html"),
        7 => (struck(packed.len() - 8), "bad_archive"),
        8 => (packed[..packed.len() / 2].to_vec(), "bad_archive"),
        _ => (gz(&page[..page.len() / 2]), "bad_record"),
    }
}

#[test]
fn of_ten_thousand_pages_a_hundred_are_damaged_and_each_is_named() {
    let dir = Workdir::new();
    let (mut archive, mut expected) = (Vec::new(), BTreeMap::new());
    for n in 0..10_000u64 {
        let html = page(&format!("Title of {n}"), "2025-01-14T08:30:00Z", &prose(n, 60).replace(". ", ".\n"));
        let page = warc_record("response", &n.to_string(), &http(HTML, html.as_bytes()));
        if n % 100 == 50 {
            let (bytes, reason) = damaged(n as usize / 100 % 10, &page);
            archive.extend(bytes);
            expected.insert(n + 1, reason);
        } else {
            archive.extend(gz(&page));
        }
    }
    dir.file("x.warc.gz", archive);
    let ended = dir.run(&["dedup", "x.warc.gz", "--out", "out"]);
    assert_eq!(ended.status(), 0, "{}", ended.stderr);
    let counts = dir.counts("out");
    assert_eq!((&counts["accepted"], &counts["rejected"]), (&9_900.into(), &100.into()));
    let rejects: BTreeMap<u64, String> = dir.rejects("out").into_iter().map(|(reason, line)| (line, reason)).collect();
    assert_eq!(rejects.iter().map(|(&line, reason)| (line, &**reason)).collect::<BTreeMap<_, _>>(), expected);
}

#[cfg(feature = "parquet")]
#[test]
fn parquet_says_what_lines_say() {
    let dir = Workdir::new();
    let expected = expected(&dir);
    let all =
        |more: &[&str]| assert_eq!(dir.run(&[&["run", sample(), "--edges", "--annotate"], more].concat()).status(), 0);
    all(&["--out", "lines"]);
    all(&["--out", "columns", "--format", "parquet"]);
    let names = |out: &str| -> Vec<String> {
        let mut names: Vec<_> =
            fs::read_dir(dir.path(out)).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names.retain(|name| name.contains(".jsonl") || name.contains(".parquet"));
        names.iter().map(|name| name.split('.').next().unwrap().to_owned()).collect()
    };
    assert_eq!(names("columns"), names("lines"));

    // Every table, read again as lines.
    for name in names("lines") {
        let read = |out: &str| -> Vec<Value> {
            let (_, table) = newsfold::output::open(&dir.path(out).join(&name).with_extension("jsonl")).unwrap();
            std::io::BufRead::lines(table).map(|line| serde_json::from_str(&line.unwrap()).unwrap()).collect()
        };
        let (lines, columns) = (read("lines"), read("columns"));
        assert_eq!(lines.len(), columns.len(), "{name}");
        for (line, row) in lines.iter().zip(&columns) {
            for (key, value) in line.as_object().unwrap() {
                // Times are written in one way there, and what is not looked for is not there.
                if row.get(key).is_some() && (key != "published" || name == "articles") {
                    assert_eq!(row[key], *value, "{name} {key}");
                }
            }
        }
    }
    assert_eq!(dir.run(&["report", "columns"]).status(), 0);
    assert_eq!(dir.run(&["audit", "columns"]).status(), 0);
    assert_eq!(dir.run(&["explain", "columns", "a38", "a59"]).status(), 0);
    assert_eq!(dir.run(&["eval", "columns", "--gold", sample()]).status(), 0);
    let compressed = dir.run(&["run", sample(), "--out", "x", "--format", "parquet", "--compress", "zst"]);
    assert_eq!(compressed.status(), 2);

    // And as input: the records are those that went in.
    for name in ["columns/annotated.parquet", "copy"] {
        fs::copy(dir.path("columns/annotated.parquet"), dir.path("copy")).unwrap();
        assert_eq!(dir.run(&["run", name, "--out", "again", "--threads", "2"]).status(), 0);
        assert_eq!(found(&dir, "again"), expected, "{name}");
    }
    let bytes = fs::read(dir.path("copy")).unwrap();
    assert_eq!(dir.pipe(&["run", "-", "--out", "piped"], bytes).status(), 0);
    assert_eq!(found(&dir, "piped"), expected);
}
