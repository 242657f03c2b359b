//! The pipeline against an oracle too simple to be wrong: all pairs, exact Jaccard, components.

use crate::workdir::Workdir;
use newsfold::group::Linkage;
use newsfold::params::Params;
use newsfold::pipeline::{Pipeline, Tables, Verb};
use newsfold::stats::Unwatched;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

type Set<'a> = BTreeSet<Vec<&'a str>>;

fn shingles(text: &str, width: usize) -> Set<'_> {
    let words: Vec<&str> = text.split(' ').collect();
    if words.len() < width { BTreeSet::from([words]) } else { words.windows(width).map(<[&str]>::to_vec).collect() }
}

fn jaccard(a: &Set, b: &Set) -> f64 {
    a.intersection(b).count() as f64 / a.union(b).count() as f64
}

/// The least document that each is connected to, where the first of a group represents it.
fn components(sets: &[Set], threshold: f64) -> Vec<usize> {
    let mut least: Vec<usize> = (0..sets.len()).collect();
    for _ in 0..sets.len() {
        for a in 0..sets.len() {
            for b in 0..a {
                if jaccard(&sets[a], &sets[b]) >= threshold {
                    let low = least[a].min(least[b]);
                    (least[a], least[b]) = (low, low);
                }
            }
        }
    }
    least
}

/// Texts that are edits of a few others: word numbers, some replaced.
fn corpus() -> impl Strategy<Value = Vec<String>> {
    let text = prop::collection::vec(0u32..400, 1..60);
    let edits = prop::collection::vec((0usize..60, 0u32..400), 0..14);
    (prop::collection::vec(text, 1..5), prop::collection::vec((0usize..5, edits), 0..25)).prop_map(|(bases, copies)| {
        let spell = |words: &[u32]| words.iter().map(|word| format!("w{word}")).collect::<Vec<_>>().join(" ");
        let mut texts: Vec<String> = bases.iter().map(|words| spell(words)).collect();
        for (base, edits) in copies {
            let mut words = bases[base % bases.len()].clone();
            for (at, word) in edits {
                let at = at % words.len();
                words[at] = word;
            }
            texts.push(spell(&words));
        }
        texts
    })
}

/// Group and similarity of each document, by its place.
fn found(texts: &[String], params: Params, dir: &Workdir) -> Vec<(usize, f64)> {
    let lines = texts
        .iter()
        .enumerate()
        .map(|(i, text)| format!("{{\"id\":\"{i:03}\",\"published\":{},\"text\":\"{text}\"}}\n", 1_700_000_000 + i));
    dir.file("in.jsonl", lines.collect::<String>());
    let job = Pipeline {
        verb: Verb::Dedup,
        inputs: vec![dir.path("in.jsonl").display().to_string()],
        params,
        temp: std::env::temp_dir(),
        memory: None,
        threads: Some(2),
        tables: Tables::default(),
    };
    job.run(&dir.path("out"), &Unwatched).unwrap();
    let rows = dir.table("out", "articles.jsonl");
    rows.iter()
        .map(|row| (row["group"].as_str().unwrap().parse().unwrap(), row["similarity"].as_f64().unwrap()))
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn groups_and_similarities_are_those_of_all_pairs(texts in corpus(), percent in 30u32..95, width in 1usize..7) {
        let mut params = Params::default();
        params.verify.threshold = f64::from(percent) / 100.0;
        params.shingle.width = width;
        // A row a band misses no pair that shares a slot.
        (params.lsh.rows, params.sketch.slots) = (Some(1), 512);
        let dir = Workdir::new();
        let found_groups = found(&texts, params.clone(), &dir);
        let sets: Vec<Set> = texts.iter().map(|text| shingles(text, width)).collect();
        let truth = components(&sets, params.verify.threshold);
        for (doc, &(group, similarity)) in found_groups.iter().enumerate() {
            prop_assert_eq!(group, truth[doc], "document {}", doc);
            prop_assert!((similarity - jaccard(&sets[doc], &sets[group])).abs() < 1e-12);
        }
        params.group.linkage = Linkage::Representative;
        let mut members: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (doc, (group, similarity)) in found(&texts, params.clone(), &dir).into_iter().enumerate() {
            prop_assert!(similarity >= params.verify.threshold);
            prop_assert!((similarity - jaccard(&sets[doc], &sets[group])).abs() < 1e-12);
            prop_assert_eq!(truth[doc], truth[group]);
            members.entry(group).or_default().push(doc);
        }
        prop_assert!(members.iter().all(|(group, members)| members[0] == *group));
    }
}
