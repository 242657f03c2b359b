//! Lines that sources repeat: learned, left out, counted, and the same for every verb that reads the input again.

use crate::workdir::{Workdir, prose, sample};
use newsfold::hash;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

const BRIEFS: u64 = 120;
const OUTLETS: u64 = 6;

/// The lines of an outlet: sentences, some above its articles and some below.
fn notices(outlet: u64) -> Vec<String> {
    let name = ["Tribune", "Herald", "Courier", "Observer", "Gazette", "Standard"][outlet as usize];
    let lines = [
        format!("Sign up for the {name} newsletter to get the best stories every single morning."),
        format!("We and our partners use cookies on {name} pages, to which you agree by reading on."),
        format!("The {name} is paid for by its readers: please consider a gift of any size today."),
        format!("Follow the {name} wherever you are, and never miss one of our stories again."),
        format!("All rights are with the {name}, and nothing here may be printed without our leave."),
        format!("The views of authors are their own, and need not be those of the {name}."),
        format!("This page of the {name} was put together by a program and checked by an editor."),
        format!("Do you know more? Write to the {name} in confidence, and we shall be glad to hear it."),
    ];
    lines.into_iter().take(3 + outlet as usize).collect()
}

fn line(id: &str, source: &str, published: &str, lines: &[String]) -> String {
    let title = lines.iter().find(|line| !line.contains("the ")).map_or("", |line| &line[..line.len().min(40)]);
    let text = lines.join("\n\n");
    json!({"id": id, "title": title, "source": source, "published": published, "text": text}).to_string() + "\n"
}

/// Briefs that two to four outlets print, each among notices of its own: records and the brief that each is of.
fn copies() -> Vec<(String, u64)> {
    let mut records = Vec::new();
    for brief in 0..BRIEFS {
        let (first, printed) = (hash::mix(brief), 2 + brief % 3);
        for outlet in (0..printed).map(|copy| (first + copy) % OUTLETS) {
            let (mut lines, above) = (notices(outlet), outlet as usize % 3);
            lines.insert(above, prose(brief, 16 + (brief % 7) as usize * 9));
            let day = format!("2025-01-{:02}", 1 + brief % 28);
            records.push((line(&format!("{brief}@{outlet}"), &format!("outlet{outlet}"), &day, &lines), brief));
        }
    }
    records
}

fn written(records: &[(String, u64)]) -> String {
    records.iter().map(|(record, _)| record.as_str()).collect()
}

/// Pairs of documents in one group, as far as they are of one brief, and recall and precision.
fn judged(groups: &BTreeMap<String, String>) -> (f64, f64) {
    let brief = |id: &str| id.split('@').next().unwrap().to_owned();
    let ids: Vec<&String> = groups.keys().collect();
    let (mut found, mut wanted, mut both) = (0.0, 0.0, 0.0);
    for (at, a) in ids.iter().enumerate() {
        for b in &ids[at + 1..] {
            let (together, alike) = (groups[*a] == groups[*b], brief(a) == brief(b));
            found += f64::from(u8::from(together));
            wanted += f64::from(u8::from(alike));
            both += f64::from(u8::from(together && alike));
        }
    }
    (both / wanted, both / found)
}

#[test]
fn copies_among_notices_are_found_and_briefs_told_apart() {
    let dir = Workdir::new();
    dir.file("in.jsonl", written(&copies()));
    for (verb, kept) in [("run", "--keep-boilerplate"), ("dedup", "--strict")] {
        assert_eq!(dir.run(&[verb, "in.jsonl", "--out", "kept", kept]).status(), 0);
        let (recall, precision) = judged(&dir.labels("kept", "group"));
        assert!(recall < 0.4 && precision < 0.7, "{verb}: recall {recall}, precision {precision}");
        assert!(dir.counts("kept")["boilerplate_lines"] == 0 && dir.counts("kept")["boilerplate_words"] == 0);
    }
    for verb in ["run", "dedup"] {
        let ended = dir.run(&[verb, "in.jsonl", "--out", "learned", "--learn-boilerplate"]);
        assert_eq!(ended.status(), 0);
        assert_eq!(judged(&dir.labels("learned", "group")), (1.0, 1.0));
        let (counts, lines) = (dir.counts("learned"), (0..OUTLETS).map(|outlet| notices(outlet).len() as u64).sum());
        assert_eq!(counts["boilerplate_lines"].as_u64(), Some(lines));
        assert_eq!(counts["boilerplate_sources"].as_u64(), Some(OUTLETS));
        assert_eq!(counts["boilerplate_documents"], counts["accepted"]);
        let words = |outlet| -> u64 { notices(outlet).iter().map(|line| line.split(' ').count() as u64).sum() };
        let all = dir.table("learned", "articles.jsonl");
        let outlets = all.iter().map(|row| row["id"].as_str().unwrap().split('@').nth(1).unwrap().parse().unwrap());
        assert_eq!(counts["boilerplate_words"].as_u64(), Some(outlets.map(words).sum()));
        assert!(ended.stdout.contains(&format!("{lines} lines that {OUTLETS} sources repeat")), "{}", ended.stdout);
        // Copies have the words of their brief, and no others.
        assert_eq!(counts["exact_copies"].as_u64(), Some(counts["accepted"].as_u64().unwrap() - BRIEFS));
        assert_eq!(dir.table("learned", "kept.jsonl").len() as u64, BRIEFS);
    }
}

#[test]
fn what_is_learned_ignores_threads_order_and_memory() {
    let dir = Workdir::new();
    let mut records = copies();
    dir.file("in.jsonl", written(&records));
    records.sort_by_key(|(record, _)| hash::bytes(record.as_bytes()));
    dir.file("shuffled.jsonl", written(&records));
    let run = |out: &str, more: &[&str]| {
        assert_eq!(dir.run(&[&["run", "in.jsonl", "--out", out, "--edges", "--annotate"], more].concat()).status(), 0);
        dir.result(out)
    };
    let one = run("one", &["--threads", "1"]);
    for (out, more) in [
        ("two", &["--threads", "2"][..]),
        ("five", &["--threads", "5"]),
        ("little", &["--memory", "96MiB", "--temp", "."]),
        ("again", &["--learn-boilerplate"]),
    ] {
        assert!(run(out, more) == one, "{more:?}");
    }
    assert_eq!(dir.run(&["run", "shuffled.jsonl", "--out", "shuffled"]).status(), 0);
    for column in ["group", "event"] {
        assert_eq!(dir.labels("one", column), dir.labels("shuffled", column));
    }
    assert_eq!(dir.table("one", "events.jsonl"), dir.table("shuffled", "events.jsonl"));
    // Streams and texts that are copied as they pass are no others.
    let compressed = zstd::encode_all(written(&copies()).as_bytes(), 1).unwrap();
    dir.file("in.jsonl.zst", compressed);
    assert_eq!(dir.run(&["run", "in.jsonl.zst", "--out", "compressed"]).status(), 0);
    assert!(dir.table("one", "articles.jsonl") == dir.table("compressed", "articles.jsonl"));
}

#[test]
fn where_nothing_is_repeated_nothing_changes() {
    let dir = Workdir::new();
    let run = |out: &str, input: &str, more: &[&str]| {
        assert_eq!(dir.run(&[&["run", input, "--out", out, "--max-reject-rate", "1"], more].concat()).status(), 0);
        let mut files = dir.result(out);
        files.remove("run.json");
        files
    };
    assert!(run("learned", sample(), &[]) == run("kept", sample(), &["--keep-boilerplate"]));
    assert_eq!(dir.counts("learned")["boilerplate_lines"], 0);
    // And where something is, keeping it does what dedup does, which looks for none unasked.
    dir.file("in.jsonl", written(&copies()));
    let kept = run("kept", "in.jsonl", &["--keep-boilerplate"]);
    assert_eq!(dir.run(&["dedup", "in.jsonl", "--out", "dedup"]).status(), 0);
    assert!(kept["groups.jsonl"] == dir.result("dedup")["groups.jsonl"]);
    assert!(kept["groups.jsonl"] != run("learned", "in.jsonl", &[])["groups.jsonl"]);
}

/// Documents of other sources and of `blog`, so that there is something to be learned of all.
fn others() -> String {
    let mut all = written(&copies());
    for at in 0..20 {
        all += &line(&format!("other{at}"), "blog", "2025-01-01", &[prose(500 + at, 90)]);
    }
    all
}

/// Runs with and without learning; the groups must be the same for documents whose id begins with `prefix`.
fn are_untouched(dir: &Workdir, prefix: &str) -> BTreeMap<String, String> {
    let groups = |keep: &str| -> BTreeMap<String, String> {
        assert_eq!(dir.run(&["run", "in.jsonl", "--out", "out", keep]).status(), 0);
        dir.labels("out", "group").into_iter().filter(|(id, _)| id.starts_with(prefix)).collect()
    };
    let kept = groups("--keep-boilerplate");
    assert_eq!(groups("--learn-boilerplate"), kept);
    assert!(dir.counts("out")["boilerplate_documents"].as_u64().unwrap() == copies().len() as u64);
    kept
}

#[test]
fn a_live_blog_is_not_eaten() {
    let dir = Workdir::new();
    let paragraphs: Vec<String> = (0..40).map(|at| prose(700 + at, 36)).collect();
    let grows: &dyn Fn(usize) -> Vec<String> = &|at| paragraphs[..10 + at].to_vec();
    let changes: &dyn Fn(usize) -> Vec<String> = &|at| [&paragraphs[30 + at..31 + at], &paragraphs[..8]].concat();
    for update in [grows, changes] {
        for alone in [false, true] {
            let mut input = if alone { written(&copies()) } else { others() };
            for at in 0..10 {
                input += &line(&format!("update{at}"), "blog", &format!("2025-01-13T{at:02}:00:00Z"), &update(at));
            }
            dir.file("in.jsonl", input);
            let groups = are_untouched(&dir, "update");
            assert_eq!(groups.values().collect::<BTreeSet<_>>().len(), 1);
        }
    }
}

#[test]
fn what_a_wire_sends_to_many_is_not_eaten() {
    let dir = Workdir::new();
    // Every outlet prints a story in several versions, as the wire sends them; each version has more of it.
    let story: Vec<String> = (0..14).map(|at| prose(900 + at, 30)).collect();
    let mut input = others();
    for outlet in 0..12 {
        for version in 0..6 {
            let lines = &story[..9 + version];
            input += &line(&format!("wire{outlet}-{version}"), &format!("paper{outlet}"), "2025-01-13", lines);
        }
    }
    // And a page that is crawled under another name again and again.
    for at in 0..300 {
        let lines = [&story[..5], &[format!("You are reader {at} of this page.")]].concat();
        input += &line(&format!("wire{at}"), "mirror", "2025-01-13", &lines);
    }
    dir.file("in.jsonl", input);
    let groups = are_untouched(&dir, "wire");
    assert_eq!(groups.values().collect::<BTreeSet<_>>().len(), 2);
}

#[test]
fn a_result_is_explained_and_audited_without_what_it_left_out() {
    let dir = Workdir::new();
    dir.file("in.jsonl", written(&copies()));
    assert_eq!(dir.run(&["run", "in.jsonl", "--out", "out"]).status(), 0);
    let row = dir.table("out", "groups.jsonl").swap_remove(0);
    let member = |at: usize| row["members"][at]["id"].as_str().unwrap().to_owned();
    let (a, b) = (member(0), member(1));
    let outlet: u64 = a.split('@').nth(1).unwrap().parse().unwrap();
    let explained = |ids: &[&str]| -> Value {
        let ended = dir.run(&[&["explain", "out"], ids, &["--json"]].concat());
        assert_eq!(ended.status(), 0, "{}", ended.stderr);
        serde_json::from_str(&ended.stdout).unwrap()
    };
    let one = explained(&[&a]);
    assert_eq!(one["document"]["left_out"], json!(notices(outlet)));
    let two = explained(&[&a, &b]);
    assert!(two["near_duplicates"]["same_text"] == true && two["near_duplicates"]["similarity"] == 1.0);
    let said = dir.run(&["explain", "out", &a]).stdout;
    assert!(said.contains(&format!("{} lines left out, which its source repeats", notices(outlet).len())), "{said}");
    assert!(said.contains(&notices(outlet)[0]), "{said}");
    let audited = dir.run(&["audit", "out", "--json", "--quiet"]);
    assert_eq!(audited.status(), 0, "{}", audited.stderr);
    let findings: Value = serde_json::from_str(&audited.stdout).unwrap();
    for what in ["recall", "precision"] {
        assert_eq!(findings[what]["pairs"]["estimate"], 1.0, "{findings}");
    }
}

#[test]
fn a_result_that_does_not_say_left_nothing_out() {
    let dir = Workdir::new();
    dir.file("in.jsonl", written(&copies()));
    assert_eq!(dir.run(&["run", "in.jsonl", "--out", "out", "--keep-boilerplate"]).status(), 0);
    let mut run = dir.run_json("out");
    run["parameters"].as_object_mut().unwrap().remove("boilerplate").unwrap();
    dir.file("out/run.json", run.to_string());
    let id = dir.labels("out", "group").into_keys().next().unwrap();
    let explained = dir.run(&["explain", "out", &id, "--json"]);
    assert_eq!(explained.status(), 0, "{}", explained.stderr);
    assert_eq!(serde_json::from_str::<Value>(&explained.stdout).unwrap()["document"]["left_out"], json!([]));
}

#[test]
fn a_filter_learns_if_it_is_told_to_and_can() {
    let dir = Workdir::new();
    let input = written(&copies());
    let kept = |more: &[&str]| dir.pipe(&[&["dedup", "-", "--quiet"], more].concat(), &input);
    assert_eq!(kept(&["--learn-boilerplate"]).stdout.lines().count() as u64, BRIEFS);
    assert!(kept(&[]).stdout.lines().count() as u64 != BRIEFS);
    let refused = kept(&["--learn-boilerplate", "--keep", "first"]);
    assert_eq!(refused.status(), 2);
    assert!(refused.stderr.contains("--learn-boilerplate"), "{}", refused.stderr);
    // Into a folder nothing streams.
    dir.file("in.jsonl", &input);
    assert_eq!(dir.run(&["dedup", "in.jsonl", "--out", "out", "--learn-boilerplate", "--keep", "first"]).status(), 0);
    assert_eq!(dir.counts("out")["kept"].as_u64(), Some(BRIEFS));
    let little = dir.run(&["dedup", "in.jsonl", "--out", "out", "--learn-boilerplate", "--memory", "100MiB"]);
    assert!(little.status() == 2 && little.stderr.contains("160MiB"), "{}", little.stderr);
}

#[test]
fn what_is_typed_last_decides() {
    let dir = Workdir::new();
    dir.file("in.jsonl", written(&copies())).file("keep.toml", "keep-boilerplate = true\n");
    for (arguments, learns) in [
        (&["run"][..], true),
        (&["cluster"], true),
        (&["dedup"], false),
        (&["run", "--config", "keep.toml"], false),
        (&["run", "--config", "keep.toml", "--learn-boilerplate"], true),
        (&["dedup", "--learn-boilerplate"], true),
        (&["dedup", "--learn-boilerplate", "--keep-boilerplate"], false),
    ] {
        assert_eq!(dir.run(&[arguments, &["in.jsonl", "--out", "out"]].concat()).status(), 0);
        assert_eq!(dir.run_json("out")["parameters"]["boilerplate"]["learn"], learns, "{arguments:?}");
        assert_eq!(dir.counts("out")["boilerplate_lines"].as_u64().unwrap() > 0, learns, "{arguments:?}");
    }
    let printed = dir.run(&["run", "--print-config", "--config", "keep.toml"]).stdout;
    assert!(printed.contains("keep-boilerplate = true") && printed.contains("learn-boilerplate = false"), "{printed}");
}
