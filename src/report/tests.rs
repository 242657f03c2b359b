//! Small result folders and their pages.

use super::*;
use serde_json::Value;
use std::fs;
use std::io::Write;
use tempfile::TempDir;

const RUN: &str = r#"{"newsfold":"0.1.0","verb":"run","parameters":{"verify":{"threshold":0.65}},"fingerprint":"00112233aabbccdd",
"inputs":[{"path":"a<b.jsonl","bytes":2048,"digest":"xxh3-128:0"}],
"counts":{"read":6,"accepted":4,"rejected":2,"rejected_by_reason":{"not_json":2},"groups":3,"kept":3,"events":2,"bad_date":7},
"shape":{"bands":32,"rows":4},"stages":[{"stage":"read","seconds":0.5,"bytes":2048,"items":4}],"seconds":1.25,"peak_memory_bytes":1048576,"threads":2}"#;
const ARTICLES: &str = r#"{"id":"a","group":"a","representative":true,"similarity":1.0,"event":"e1"}
{"id":"b","group":"a","representative":false,"similarity":0.8125,"event":"e1"}
{"id":"c","group":"c","representative":true,"similarity":1.0,"event":"e1"}
{"id":"d","group":"d","representative":true,"similarity":1.0,"event":"e2"}
"#;
const GROUPS: &str = r#"{"group":"a","size":2,"representative":"a","members":[{"id":"a","similarity":1.0,"published":"2024-06-06T17:20:00Z","source":"x.example"},{"id":"b","similarity":0.8125,"published":"2024-06-06T19:20:00Z","source":"z.example"}]}
"#;
const VERSIONS: &str = r#"{"id":"a","why":"url","title":"Storm","source":"x.example","published":"2024-06-06T17:20:00Z","url":"https://x.example/a","added":0,"removed":0,"differences":[],"more":0}
{"id":"x","why":"url","of":"a","title":"Storm","source":"x.example","published":"2024-06-07T17:20:00Z","url":"https://x.example/a","added":1,"removed":1,"differences":[{"kind":"removed","text":"nine "},{"kind":"added","text":"ten "}],"more":0}
{"id":"b","why":"group","of":"a","title":"Storm nears","source":"z.example","published":"2024-06-06T19:20:00Z","url":"","added":1,"removed":1,"differences":[{"kind":"same","text":"a "},{"kind":"removed","text":"mild "},{"kind":"added","text":"bad "}],"more":0}
"#;
const EVENTS: &str = r#"{"event":"e1","size":3,"groups":2,"title":"Storm","keywords":["storm","coast"],"first_published":"2024-06-06T17:20:00Z","last_published":"2024-06-08T17:20:00Z","sources":["x.example","y.example"],"timeline":[{"day":"2024-06-06","size":2},{"day":"2024-06-08","size":1}],"members":["a","b","c"]}
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
    let tables = [
        ("articles.jsonl", ARTICLES),
        ("groups.jsonl", GROUPS),
        ("events.jsonl", EVENTS),
        ("kept.jsonl", KEPT),
        ("versions.jsonl", VERSIONS),
    ];
    let dir = folder(&tables);
    fs::write(dir.path().join("run.json"), RUN).unwrap();
    dir
}

fn page(dir: &TempDir) -> String {
    render(dir.path()).unwrap()
}

/// What the script of the page lists.
fn listed(page: &str) -> Value {
    let data = page.split_once("id=\"data\">").unwrap().1.split_once("</script>").unwrap().0;
    serde_json::from_str(data).unwrap()
}

#[test]
fn a_page_shows_what_the_folder_says_and_is_the_same_twice() {
    let dir = usual();
    let page = page(&dir);
    for shown in [
        "3 of 4 documents kept, telling of 2 events",
        "threshold 0.65",
        "32 bands of 4",
        "<code>not_json</code> 2",
        "<code>bad_date</code>",
        "a&lt;b.jsonl",
        "4.00 KiB/s",
        "1.00 MiB",
        "verify.threshold",
        "1 copy, the median 1 to 3 hours after",
        "Headlines are here for the largest 1",
    ] {
        assert!(page.contains(shown), "{shown} in {page}");
    }
    let data = listed(&page);
    let storm = &data["rows"][0];
    assert_eq!((&storm["title"], &storm["size"], &storm["groups"]), (&"Storm".into(), &3.into(), &2.into()));
    assert_eq!(data["rows"][1], serde_json::json!({"title": "Alone", "size": 1, "all_outlets": 0}));
    let [first, second] = [0, 1].map(|at| &data["details"][0]["headlines"][at]);
    assert_eq!(
        (&first["title"], &data["names"]),
        (&"Storm hits the coast".into(), &serde_json::json!(["x.example", "y.example", "z.example"]))
    );
    assert_eq!((&storm["outlets"], &first["outlet"]), (&serde_json::json!([0, 1]), &0.into()));
    assert_eq!((&first["published"], &second["title"]), (&1_717_694_400.into(), &"After the storm".into()));
    let copy = serde_json::json!({
        "id": "b", "similarity": 0.8125, "outlet": 2, "published": 1_717_694_400 + 7200,
        "title": "Storm nears", "added": 1, "removed": 1, "difference": 0
    });
    assert_eq!(first["copies"], serde_json::json!([copy]));
    let changes = serde_json::json!([{"parts": [[0, "a "], [-1, "mild "], [1, "bad "]], "more": 0}]);
    assert_eq!(data["differences"], changes);
    assert_eq!(data["details"][0]["days"], serde_json::json!({"start": 19_880, "days": 1, "documents": [2, 0, 1]}));
    assert_eq!(data["pages"][0]["versions"][1]["parts"], serde_json::json!([[-1, "nine "], [1, "ten "]]));
    assert_eq!(page, render(dir.path()).unwrap());
}

#[test]
fn the_page_is_one_file_that_asks_for_nothing() {
    let page = page(&usual());
    assert!(page.contains("content=\"default-src 'none'; style-src 'sha256-"));
    assert_eq!((page.matches("<script").count(), page.matches("<style").count()), (2, 1));
    assert_eq!(page.matches("<link").count(), page.matches("<link rel=\"icon\" href=\"data:,\">").count());
    // A namespace is a name, and what is listed is text.
    let (before, after) = page.split_once("id=\"data\">").unwrap();
    let page = before.to_owned() + after.split_once("</script>").unwrap().1;
    let page = page.replace("http://www.w3.org/2000/svg", "");
    for absent in
        ["http://", "https://", "<img", "@import", "url(", "<iframe", "src=", "onload", " style=", "innerHTML"]
    {
        assert!(!page.contains(absent), "{absent}");
    }
}

#[test]
fn hostile_text_is_only_text() {
    let wild = r#"</script><script>alert(1)</script>\"><img src=x onerror=alert(1)>'\u001b[31m\u0000\u202ereversed\u2066 {{ run }} {% if %}<!--"#;
    let dir = usual();
    let put = |name: &str, text: &str, from: &str| {
        fs::write(dir.path().join(name), text.replace(from, wild)).unwrap();
    };
    put("events.jsonl", &EVENTS.replace("\"storm\"", "\"Storm\"").replace("x.example", "Storm"), "Storm");
    put("kept.jsonl", &KEPT.replace("x.example", "Storm"), "Storm");
    put("groups.jsonl", &GROUPS.replace(r#""id":"b""#, r#""id":"Storm""#).replace("z.example", "Storm"), "Storm");
    put("versions.jsonl", &VERSIONS.replace("ten ", "Storm").replace("https://x.example/a", "Storm"), "Storm");
    put("changes.jsonl", r#"{"what":"event","name":"Storm","into":"Storm"}"#, "Storm");
    let run = RUN.replace("a<b.jsonl", "Storm").replace("not_json", "Storm").replace("bad_date", "Storm");
    put("run.json", &run.replacen('{', r#"{"night":"2024-06-08","#, 1), "Storm");
    let page = page(&dir);
    assert!(page.matches("&lt;script&gt;alert(1)").count() >= 8);
    assert!(page.matches("\\u003cscript\\u003ealert(1)").count() >= 8);
    assert!(page.contains("{{ run }}"), "text is no template");
    assert_eq!((page.matches("<script").count(), page.matches("</script").count()), (2, 2));
    for absent in ["<img", "<!--", "\u{1b}", "\0", "\u{202e}", "\u{2066}", "u001b", "u202e"] {
        assert!(!page.contains(absent), "{absent:?}");
    }
    let mut tags = page.split('<').skip(1).filter_map(|tag| tag.split('>').next());
    assert!(!tags.any(|tag| tag.contains("onerror")), "no attribute from the crawl");
    assert!(listed(&page)["rows"][0]["title"].as_str().unwrap().starts_with("</script><script>"));
}

#[test]
fn without_kept_records_ids_stand_for_headlines() {
    let dir = usual();
    fs::remove_file(dir.path().join("kept.jsonl")).unwrap();
    let page = page(&dir);
    let headlines = &listed(&page)["details"][0]["headlines"];
    assert_eq!((&headlines[1]["id"], &headlines[1]["title"]), (&"c".into(), &Value::Null));
    assert!(page.contains("Storm") && !page.contains("hits the coast"));
}

#[test]
fn without_events_the_groups_are_listed() {
    let dir = usual();
    fs::remove_file(dir.path().join("events.jsonl")).unwrap();
    let page = page(&dir);
    let data = listed(&page);
    assert_eq!(
        (&data["rows"][0]["title"], &data["rows"][0]["all_outlets"]),
        (&"Storm hits the coast".into(), &2.into())
    );
    assert_eq!(data["details"][0]["headlines"][0]["copies"][0]["id"], "b");
    assert!(page.contains("<h2 id=\"items\">Groups</h2>") && !page.contains("Events over time"));
}

#[test]
fn a_night_tells_what_is_new_what_goes_on_and_what_ended() {
    let dir = usual();
    let night = |text: &str, name: &str, from: &str, to: &str| {
        fs::write(dir.path().join(name), text.replace(from, to)).unwrap();
    };
    night(RUN, "run.json", "\"verb\":\"run\"", "\"verb\":\"nightly\",\"night\":\"2024-06-08\"");
    let [old, new] = ["\"earlier\":7,\"first_seen\":\"2024-06-01\"}", "\"earlier\":0,\"first_seen\":\"2024-06-08\"}"];
    let events = EVENTS.replacen("]}\n", &format!("],{old}\n"), 1).replacen("[\"d\"]}", &format!("[\"d\"],{new}"), 1);
    night(&events, "events.jsonl", "", "");
    // The group of `a` came up earlier, and its representative is not of this night.
    let articles =
        ARTICLES.replace(r#""group":"a","representative":true"#, r#""group":"z","new":false,"representative":false"#);
    let articles = articles.replace(r#""group":"a""#, r#""group":"z","new":false"#);
    night(&articles, "articles.jsonl", "", "");
    let groups = GROUPS
        .replace(r#""group":"a""#, r#""group":"z""#)
        .replace(r#""representative":"a""#, r#""representative":"z""#);
    night(&groups, "groups.jsonl", "]}", &format!("],{old}"));
    let kept: String = KEPT.lines().skip(1).map(|line| line.to_owned() + "\n").collect();
    night(&kept, "kept.jsonl", "", "");
    night("{\"what\":\"event\",\"name\":\"y\",\"into\":\"e1\"}\n", "changes.jsonl", "", "");
    let page = page(&dir);
    for shown in [
        "The night of 2024-06-08",
        "<strong>2</strong> documents are new",
        "<strong>2</strong> repeat what earlier nights had",
        "<strong>1</strong> event began",
        "<strong>1</strong> goes on from earlier nights",
        "<strong>1</strong> name ended",
        "<td><code><bdi>y</bdi></code></td><td><code><bdi>e1</bdi></code></td>",
        "data-night=\"2024-06-08\"",
        "2 copies of what earlier nights had are not counted",
    ] {
        assert!(page.contains(shown), "{shown} in {page}");
    }
    let data = listed(&page);
    assert_eq!((&data["rows"][0]["earlier"], &data["rows"][0]["first_seen"]), (&7.into(), &"2024-06-01".into()));
    let headlines = data["details"][0]["headlines"].as_array().unwrap();
    let remembered = headlines.iter().find(|headline| headline["is_earlier"] == true).unwrap();
    assert_eq!((&remembered["id"], remembered["copies"].as_array().unwrap().len()), (&"z".into(), 2));
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
    assert!(page.contains("No documents") && page.contains("There are no events"));
    assert!(!page.contains("NaN") && !page.contains("inf%"));
}

#[test]
fn every_key_and_every_table_may_be_missing_but_not_the_run() {
    assert!(page(&folder(&[("run.json", "{}")])).contains("none of the tables"));
    assert!(page(&folder(&[("run.json", "[]"), ("articles.jsonl", ARTICLES)])).contains("3 of 4 documents"));
    let error = render(folder(&[("articles.jsonl", ARTICLES)]).path()).unwrap_err();
    assert!(matches!(error, ReportError::NotAResult { .. }), "{error}");
}

#[test]
fn a_malformed_line_is_named_by_file_and_line() {
    for (name, text, line) in [
        ("articles.jsonl", ARTICLES.replacen("true", "maybe", 2), 1),
        ("events.jsonl", EVENTS.replace("e2\",\"size\":1", "e2\",\"size\":-1"), 2),
        ("groups.jsonl", GROUPS.replace('}', ""), 1),
        ("versions.jsonl", VERSIONS.replacen("added\":1", "added\":[]", 1), 2),
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
    let long = "\\\"&'<>".repeat(60);
    let dir = usual();
    let [mut articles, mut groups, mut events, mut kept, mut versions] = [const { String::new() }; 5];
    let names = (0..50).map(|n| format!("\"{n}{long}\"")).collect::<Vec<_>>().join(",");
    let part = format!("{{\"kind\":\"added\",\"text\":\"{long}\"}}");
    let parts = vec![part; 60].join(",");
    for event in 0..4000 {
        let times = "\"first_published\":\"2024-01-01T00:00:00Z\",\"last_published\":\"2024-02-10T00:00:00Z\"";
        let id = format!("{event}{long}");
        events += &format!(
            "{{\"event\":\"e{event}\",\"size\":2,\"groups\":2,\"title\":\"{long}\",\"keywords\":[{names}],{times},\"sources\":[{names}],\"members\":[\"{id}\"]}}\n"
        );
        if event < 600 {
            articles += &format!("{{\"id\":\"{id}\",\"group\":\"{id}\",\"representative\":true,\"similarity\":1.0}}\n");
            kept += &format!("{{\"title\":\"{long}\",\"source\":\"{long}\",\"date\":\"2024-01-01T10:00:00Z\"}}\n");
            let member = format!(
                "{{\"id\":\"m{long}\",\"similarity\":0.7,\"source\":\"{event}{long}\",\"published\":\"2024-01-02\"}}"
            );
            groups += &format!("{{\"group\":\"{id}\",\"size\":61,\"members\":[{}]}}\n", vec![member; 40].join(","));
        }
        if event < 200 {
            versions += &format!(
                "{{\"id\":\"{id}\",\"why\":\"url\",\"title\":\"{long}\",\"url\":\"{long}\",\"added\":1,\"removed\":0,\"differences\":[{parts}],\"more\":3}}\n"
            );
        }
    }
    let tables =
        [("articles", articles), ("groups", groups), ("events", events), ("kept", kept), ("versions", versions)];
    for (name, text) in tables {
        fs::write(dir.path().join(format!("{name}.jsonl")), text).unwrap();
    }
    let page = page(&dir);
    let data = listed(&page);
    let rows = data["rows"].as_array().unwrap().len();
    assert!(page.contains(&format!("{} of 4,000 are listed, the largest", show::count(rows as u64))), "{rows}");
    assert!(
        rows > 100 && !data["details"].as_array().unwrap().is_empty() && !data["pages"].as_array().unwrap().is_empty()
    );
    assert!(page.len() < 5 << 20, "{} bytes", page.len());
}
