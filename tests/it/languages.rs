//! Near-duplicates and events are found in every language as they are in English: one default, samples of one design.
//!
//! Each sample of `tests/data/languages` tells thirty times of nine happenings, in invented places: a flood, a week later
//! another, two decisions of one bank, a derailment, a visit abroad and a quarrel of the same two countries, a strike and a
//! cup final. Six are copies as outlets make them: with caption, byline and credit; decomposed, pointed, in digits of the
//! script or full width; with a sentence less; with other quotation marks; with a figure corrected; with invisible
//! characters or in presentation forms.

use crate::workdir::Workdir;
use newsfold::eval::{Scores, score};
use serde_json::Value;

const LANGUAGES: [&str; 6] = ["en", "ar", "de", "hi", "ru", "zh"];

fn path(language: &str) -> String {
    format!("{}/tests/data/languages/{language}.jsonl", env!("CARGO_MANIFEST_DIR"))
}

fn records(language: &str) -> Vec<Value> {
    let text = std::fs::read_to_string(path(language)).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// How well the result `out` agrees with the labels of some records, by `group` or `event`.
fn scores(dir: &Workdir, out: &str, records: &[Value], field: &str) -> Scores {
    let gold =
        records.iter().map(|row| (row["id"].as_str().unwrap().to_owned(), row[field].as_str().unwrap().to_owned()));
    score(gold, dir.labels(out, field))
}

fn run(dir: &Workdir, out: &str, languages: &[&str]) {
    let paths: Vec<String> = languages.iter().map(|language| path(language)).collect();
    let mut arguments = vec!["run", "--out", out];
    arguments.extend(paths.iter().map(String::as_str));
    assert_eq!(dir.run(&arguments).status(), 0);
}

#[test]
fn the_samples_are_of_one_design() {
    let shape = |language: &str| {
        let records = records(language);
        let mut sizes = [("group", Vec::new()), ("event", Vec::new())];
        for (field, sizes) in &mut sizes {
            for row in &records {
                match sizes.iter_mut().find(|(label, _)| *label == &row[*field]) {
                    Some((_, size)) => *size += 1,
                    None => sizes.push((&row[*field], 1)),
                }
            }
        }
        sizes.map(|(_, sizes)| sizes.into_iter().map(|(_, size)| size).collect::<Vec<u32>>())
    };
    let english = shape("en");
    assert_eq!((english[0].iter().sum::<u32>(), english[1].len()), (30, 9));
    for language in LANGUAGES {
        assert_eq!(shape(language), english, "{language}");
        assert!(records(language).iter().all(|row| row["lang"] == language), "{language}");
    }
}

#[test]
fn every_language_is_as_right_as_english() {
    let dir = Workdir::new();
    let mut english = f64::MAX;
    for language in LANGUAGES {
        run(&dir, language, &[language]);
        let records = records(language);
        let groups = scores(&dir, language, &records, "group");
        assert_eq!((groups.pairs.precision, groups.pairs.recall), (1.0, 1.0), "{language}: groups are exactly those");
        let events = scores(&dir, language, &records, "event").bcubed.f1;
        english = if language == "en" { events } else { english };
        assert!(english >= 0.95 && events >= english - 0.02, "{language}: {events}, English {english}");
    }
}

#[test]
fn languages_do_not_disturb_one_another() {
    let dir = Workdir::new();
    run(&dir, "all", &LANGUAGES);
    let all: Vec<Value> = LANGUAGES.iter().flat_map(|language| records(language)).collect();
    let language_of = |id: &str| id[..2].to_owned();
    for event in dir.table("all", "events.jsonl") {
        let members: Vec<&str> = event["members"].as_array().unwrap().iter().map(|id| id.as_str().unwrap()).collect();
        assert!(members.iter().all(|id| language_of(id) == language_of(members[0])), "{members:?}");
    }
    for language in LANGUAGES {
        run(&dir, language, &[language]);
        let of_language: Vec<Value> = all.iter().filter(|row| row["lang"] == language).cloned().collect();
        for field in ["group", "event"] {
            let alone = scores(&dir, language, &of_language, field).bcubed.f1;
            let together = {
                let labels = dir.labels("all", field).into_iter().filter(|(id, _)| language_of(id) == language);
                let gold = of_language
                    .iter()
                    .map(|row| [&row["id"], &row[field]].map(|value| value.as_str().unwrap().to_owned()));
                score(gold.map(|[id, label]| (id, label)), labels).bcubed.f1
            };
            assert!(together >= alone - 0.02, "{language}, {field}: {together} among others, {alone} alone");
        }
    }
}
