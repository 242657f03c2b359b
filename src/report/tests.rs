//! Small result folders and their pages.

use super::*;
use std::fs;
use std::io::Write;
use tempfile::TempDir;

const RUN: &str = r#"{"newsfold":"0.1.0","verb":"run","parameters":{"verify":{"threshold":0.65}},"fingerprint":"00112233aabbccdd",
"inputs":[{"path":"a<b.jsonl","bytes":2048,"digest":"xxh3-128:0"}],
"counts":{"read":6,"accepted":4,"rejected":2,"rejected_by_reason":{"not_json":2},"groups":3,"kept":3,"events":2,"bad_date":7},
"stages":[{"stage":"read","seconds":0.5,"bytes":2048,"documents":4}],"seconds":1.25,"peak_memory_bytes":1048576,"threads":2}"#;
const ARTICLES: &str = r#"{"id":"a","group":"a","representative":true,"similarity":1.0,"event":"e1"}
{"id":"b","group":"a","representative":false,"similarity":0.8125,"event":"e1"}
{"id":"c","group":"c","representative":true,"similarity":1.0,"event":"e1"}
{"id":"d","group":"d","representative":true,"similarity":1.0,"event":"e2"}
"#;
const GROUPS: &str = r#"{"group":"a","size":2,"representative":"a","members":[{"id":"a","similarity":1.0},{"id":"b","similarity":0.8125}]}
"#;
const EVENTS: &str = r#"{"event":"e1","size":3,"groups":2,"title":"Storm","keywords":["storm","coast"],"first_published":"2024-06-06T17:20:00Z","last_published":"2024-06-08T17:20:00Z","sources":["x.example","y.example"],"members":["a","b","c"]}
{"event":"e2","size":1,"groups":1,"title":"Alone","keywords":[],"first_published":null,"last_published":null,"sources":[],"members":["d"]}
"#;
const KEPT: &str = r#"{"id":"a","headline":"Storm hits the coast","publisher":"x.example","date":"2024-06-06T17:20:00Z","text":"..."}
{"id":"c","title":"After the storm","domain":"y.example","timestamp":1717867200}
{"id":"d","title":"Alone at sea"}
"#;

fn folder(files: &[(&str, &str)]) -> TempDir {
    let dir = TempDir::new().unwrap();
    for (name, text) in files {
        fs::write(dir.path().join(name), text).unwrap();
    }
    dir
}

fn usual() -> TempDir {
    let tables =
        [("articles.jsonl", ARTICLES), ("groups.jsonl", GROUPS), ("events.jsonl", EVENTS), ("kept.jsonl", KEPT)];
    let dir = folder(&tables);
    fs::write(dir.path().join("run.json"), RUN).unwrap();
    dir
}

fn page(dir: &TempDir) -> String {
    render(dir.path()).unwrap()
}

#[test]
fn a_page_shows_what_the_folder_says_and_is_the_same_twice() {
    let dir = usual();
    let page = page(&dir);
    for shown in [
        "3 of 4 documents kept, telling of 2 events",
        "Storm hits the coast",
        "After the storm",
        "<bdi>x.example</bdi>",
        "6 Jun 2024, 17:20",
        "1 copy",
        "0.812",
        "threshold 0.65",
        "<code>not_json</code> 2",
        "<code>bad_date</code>",
        "a&lt;b.jsonl",
        "4.00 KiB/s",
        "1.00 MiB",
        "verify.threshold",
    ] {
        assert!(page.contains(shown), "{shown} in {page}");
    }
    assert!(page.contains("Besides these, there is 1 event with 1 document"));
    assert!(!page.contains("Alone"), "an event of one is a number");
    assert_eq!(page, render(dir.path()).unwrap());
}

#[test]
fn the_page_is_one_file_that_asks_for_nothing() {
    let page = page(&usual());
    assert!(page.contains("default-src 'none'; style-src 'unsafe-inline'; img-src data:"));
    for absent in ["<script", "http://", "https://", "<link", "<img", "@import", "url(", "<iframe", "src=", "onload"] {
        assert!(!page.contains(absent), "{absent}");
    }
}

#[test]
fn hostile_text_is_only_text() {
    let wild = r#"<script>alert(1)</script>\"><img src=x onerror=alert(1)>'\u001b[31m\u0000\u202ereversed\u2066 {{ run }} {% if %}"#;
    let dir = usual();
    let put = |name: &str, text: &str, from: &str| {
        fs::write(dir.path().join(name), text.replace(from, wild)).unwrap();
    };
    put("events.jsonl", &EVENTS.replace("\"storm\"", "\"Storm\"").replace("x.example", "Storm"), "Storm");
    put("kept.jsonl", &KEPT.replace("x.example", "Storm"), "Storm");
    put("groups.jsonl", &GROUPS.replace(r#""id":"b""#, r#""id":"Storm""#), "Storm");
    put(
        "run.json",
        &RUN.replace("a<b.jsonl", "Storm").replace("not_json", "Storm").replace("bad_date", "Storm"),
        "Storm",
    );
    let page = page(&dir);
    assert!(page.matches("&lt;script&gt;alert(1)").count() >= 8);
    assert!(page.contains("{{ run }}"), "text is no template");
    for absent in ["<script", "<img", "\u{1b}", "\0", "\u{202e}", "\u{2066}"] {
        assert!(!page.contains(absent), "{absent:?}");
    }
    let mut tags = page.split('<').skip(1).filter_map(|tag| tag.split('>').next());
    assert!(!tags.any(|tag| tag.contains("onerror")), "no attribute from the crawl");
}

#[test]
fn without_kept_records_ids_stand_for_headlines() {
    let dir = usual();
    fs::remove_file(dir.path().join("kept.jsonl")).unwrap();
    let page = page(&dir);
    assert!(page.contains("<code>c</code>") && page.contains("Storm") && !page.contains("hits the coast"));
}

#[test]
fn compressed_records_in_several_frames_give_the_same_page() {
    let dir = usual();
    let expected = page(&dir);
    fs::remove_file(dir.path().join("kept.jsonl")).unwrap();
    let (one, two) = KEPT.split_at(40);
    let zst = [one, two].map(|part| zstd::encode_all(part.as_bytes(), 1).unwrap()).concat();
    fs::write(dir.path().join("kept.jsonl.zst"), zst).unwrap();
    assert_eq!(page(&dir), expected);
    fs::remove_file(dir.path().join("kept.jsonl.zst")).unwrap();
    let gz = [one, two].map(|part| {
        let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        writer.write_all(part.as_bytes()).unwrap();
        writer.finish().unwrap()
    });
    fs::write(dir.path().join("kept.jsonl.gz"), gz.concat()).unwrap();
    assert_eq!(page(&dir), expected);
}

#[test]
fn fields_have_the_names_that_the_run_says() {
    let dir = usual();
    let fields =
        r#"{"newsfold":"0","parameters":{"input":{"fields":{"title":["kopf"],"source":[],"published":["wann"]}}}}"#;
    let run = fields.to_owned();
    fs::write(dir.path().join("run.json"), run).unwrap();
    let kept = KEPT.replacen("\"headline\"", "\"kopf\"", 1);
    fs::write(dir.path().join("kept.jsonl"), kept).unwrap();
    let page = page(&dir);
    assert!(page.contains("Storm hits the coast") && !page.contains("After the storm"));
}

#[test]
fn an_empty_result_has_a_page() {
    let counts = r#"{"counts":{"read":0,"accepted":0,"rejected":0,"groups":0,"kept":0,"events":0}}"#;
    let dir = folder(&[
        ("run.json", counts),
        ("articles.jsonl", ""),
        ("groups.jsonl", ""),
        ("events.jsonl", ""),
        ("kept.jsonl", ""),
    ]);
    let page = page(&dir);
    assert!(page.contains("No documents") && page.contains("No two documents are near-duplicates"));
    assert!(!page.contains("NaN") && !page.contains("inf%"));
}

#[test]
fn every_key_and_every_table_may_be_missing_but_not_the_run() {
    assert!(page(&folder(&[("run.json", "{}")])).contains("no tables in JSON Lines"));
    assert!(page(&folder(&[("run.json", "[]"), ("articles.jsonl", ARTICLES)])).contains("3 of 4 documents"));
    let error = render(folder(&[("articles.jsonl", ARTICLES)]).path()).unwrap_err();
    assert!(matches!(error, ReportError::NotAResult { .. }), "{error}");
}

#[test]
fn a_malformed_line_is_named_by_file_and_line() {
    for (name, text, line) in [
        ("articles.jsonl", ARTICLES.replacen("true", "maybe", 2), 1),
        ("events.jsonl", EVENTS.replace("\"size\":1", "\"size\":-1"), 2),
        ("groups.jsonl", GROUPS.replace('}', ""), 1),
        ("run.json", RUN.replace("1.25", "1.25.1"), 4),
    ] {
        let dir = usual();
        fs::write(dir.path().join(name), text).unwrap();
        let message = render(dir.path()).unwrap_err().to_string();
        assert!(message.contains(&format!("{name}: line {line}: ")), "{message}");
    }
}

#[test]
fn fewer_records_than_representatives_is_an_error() {
    let dir = usual();
    fs::write(dir.path().join("kept.jsonl"), KEPT.lines().next().unwrap()).unwrap();
    let message = render(dir.path()).unwrap_err().to_string();
    assert!(message.contains("kept.jsonl: ends after 1 records"), "{message}");
}

/// Everything shown, at its longest and worst to escape.
#[test]
fn a_page_has_a_bounded_size() {
    let long = "\\\"&'<>".repeat(200);
    let dir = TempDir::new().unwrap();
    let [mut articles, mut groups, mut events, mut kept] = [const { String::new() }; 4];
    let names = (0..50).map(|n| format!("\"{n}{long}\"")).collect::<Vec<_>>().join(",");
    for event in 0..210 {
        let times = "\"first_published\":\"2024-01-01T00:00:00Z\",\"last_published\":\"2024-02-10T00:00:00Z\"";
        events += &format!(
            "{{\"event\":\"e{event}\",\"size\":60,\"groups\":60,\"title\":\"{long}\",\"keywords\":[{names}],{times},\"sources\":[{names}]}}\n"
        );
        for n in 0..60 {
            let id = format!("{event}-{n}{long}");
            articles += &format!(
                "{{\"id\":\"{id}\",\"group\":\"{id}\",\"representative\":true,\"similarity\":1.0,\"event\":\"e{event}\"}}\n"
            );
            kept += &format!(
                "{{\"title\":\"{long}\",\"source\":\"{long}\",\"date\":\"2024-01-{:02}T10:00:00Z\"}}\n",
                n % 30 + 1
            );
        }
        let members =
            (0..60).map(|n| format!("{{\"id\":\"m{n}{long}\",\"similarity\":0.7}}")).collect::<Vec<_>>().join(",");
        groups += &format!("{{\"group\":\"{event}-0{long}\",\"size\":61,\"members\":[{members}]}}\n");
    }
    let tables =
        [("articles.jsonl", articles), ("groups.jsonl", groups), ("events.jsonl", events), ("kept.jsonl", kept)];
    for (name, text) in tables {
        fs::write(dir.path().join(name), text).unwrap();
    }
    fs::write(dir.path().join("run.json"), RUN).unwrap();
    let page = page(&dir);
    assert_eq!(page.matches("<article class=\"event\">").count(), 200);
    assert_eq!(page.matches("<article class=\"group\">").count(), 100);
    assert!(page.len() < 5 << 20, "{} bytes", page.len());
}
