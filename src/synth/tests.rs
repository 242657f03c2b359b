//! The laws of a corpus, against naive shinglers and counters.

use super::copies::{RATES, write_date};
use super::plan::{DAY, Plan};
use super::random::{Rng, Zipf};
use super::*;
use hashbrown::{HashMap, HashSet};
use serde_json::Value;
use std::ops::Range;

type Set<T> = HashSet<T, ahash::RandomState>;
type Map<K, V> = HashMap<K, V, ahash::RandomState>;

/// A document with its truth.
struct Known {
    record: Value,
    truth: Value,
}

impl Known {
    fn of(&self, field: &str) -> &str {
        self.record[field].as_str().unwrap()
    }

    fn is(&self, field: &str) -> &str {
        self.truth[field].as_str().unwrap()
    }

    fn published(&self) -> i64 {
        self.of("published").parse::<jiff::Timestamp>().unwrap().as_second()
    }

    /// Runs of five words, by white space.
    fn shingles(&self) -> Set<Vec<String>> {
        let words: Vec<String> = self.of("text").split_whitespace().map(str::to_lowercase).collect();
        words.windows(5).map(<[String]>::to_vec).collect()
    }
}

fn params(docs: u64, seed: u64) -> Params {
    Params { docs, seed, ..Params::default() }
}

fn bytes(params: &Params) -> (Vec<u8>, Vec<u8>, Summary) {
    let (mut corpus, mut truth) = (Vec::new(), Vec::new());
    let summary = write(params, &mut corpus, &mut truth).unwrap();
    (corpus, truth, summary)
}

fn known(params: &Params) -> (Vec<Known>, Summary) {
    let (corpus, truth, summary) = bytes(params);
    let lines = |text: Vec<u8>| -> Vec<Value> {
        String::from_utf8(text).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    };
    let (records, truths) = (lines(corpus), lines(truth));
    assert_eq!(records.len(), truths.len());
    (records.into_iter().zip(truths).map(|(record, truth)| Known { record, truth }).collect(), summary)
}

fn jaccard<T: Eq + std::hash::Hash>(a: &Set<T>, b: &Set<T>) -> f64 {
    let both = a.intersection(b).count();
    both as f64 / (a.len() + b.len() - both).max(1) as f64
}

/// Each copy beside its original.
fn copies(known: &[Known]) -> Vec<(&Known, &Known)> {
    let by_id: Map<&str, &Known> = known.iter().map(|one| (one.of("id"), one)).collect();
    let copies = known.iter().filter(|one| one.is("kind") != "original");
    copies.map(|copy| (by_id[copy.is("group")], copy)).collect()
}

#[test]
fn bytes_are_fixed() {
    let (corpus, truth, summary) = bytes(&params(500, 7));
    assert_eq!(summary, Summary { documents: 500, groups: 325, events: 141, bytes: corpus.len() as u64 });
    let digests = [xxhash_rust::xxh3::xxh3_64(&corpus), xxhash_rust::xxh3::xxh3_64(&truth)];
    assert_eq!(digests, [0xedd3_37e2_1c01_fcc0, 0x2c8c_4ff9_4975_9da9]);
}

#[test]
fn same_seed_same_bytes_and_other_seed_other_text() {
    assert_eq!(bytes(&params(200, 1)), bytes(&params(200, 1)));
    let ((one, _), (two, _)) = (known(&params(200, 1)), known(&params(200, 2)));
    let titles: Set<&str> = one.iter().map(|one| one.of("title")).collect();
    assert!(two.iter().all(|other| !titles.contains(other.of("title"))));
    let ids: Set<&str> = one.iter().map(|one| one.of("id")).collect();
    assert!(two.iter().all(|other| !ids.contains(other.of("id"))));
}

#[test]
fn counts_add_up_at_every_size() {
    for docs in [0, 1, 2, 3, 10, 500] {
        for copy_share in [0.0, 0.35, 0.6, 0.95, 1.0, f64::NAN] {
            let (known, summary) = known(&Params { copy_share, words: 40, ..params(docs, 3) });
            let different = |field| known.iter().map(|one| one.is(field)).collect::<Set<_>>().len() as u64;
            assert_eq!(known.len() as u64, docs);
            assert_eq!(summary.documents, docs);
            assert_eq!(summary.groups, different("group"));
            assert_eq!(summary.events, different("event"));
            assert_eq!(different("id"), docs);
            let copies = (docs as f64 * copy_share) as u64;
            assert_eq!(docs - summary.groups, copies.min(docs.saturating_sub(1)));
        }
    }
}

#[test]
fn truth_names_every_document_in_order_and_families_keep_to_their_event() {
    let (known, _) = known(&params(2000, 5));
    let mut event_of: Map<&str, &str> = Map::default();
    let mut urls = Set::default();
    for one in &known {
        assert_eq!(one.of("id"), one.is("id"));
        assert_eq!(*event_of.entry(one.is("group")).or_insert(one.is("event")), one.is("event"));
        assert_eq!(one.is("kind") == "original", one.is("group") == one.is("id"));
        assert!(urls.insert(one.of("url")));
    }
}

#[test]
fn originals_are_the_earliest_of_their_family() {
    let (known, _) = known(&params(2000, 5));
    let copies = copies(&known);
    assert_eq!(copies.len(), 700);
    assert!(copies.iter().all(|(original, copy)| original.published() < copy.published()));
}

#[test]
fn neighbours_in_the_file_are_strangers() {
    let (known, _) = known(&params(5000, 5));
    let together = |field| known.windows(2).filter(|pair| pair[0].is(field) == pair[1].is(field)).count();
    assert!(together("event") < 400);
    assert!(together("group") < 150);
    let backwards = known.windows(2).filter(|pair| pair[0].published() > pair[1].published()).count();
    assert!(backwards > 1000);
    assert!(known[0].published() < known[4999].published());
}

#[test]
fn texts_look_like_news() {
    let (known, summary) = known(&params(2000, 11));
    assert!((3000..4200).contains(&(summary.bytes / summary.documents)));
    let mut lengths: Vec<usize> =
        known.iter().filter(|one| one.is("kind") == "original").map(|one| one.of("text").split(' ').count()).collect();
    lengths.sort_unstable();
    assert!(lengths[0] >= 100 && (350..550).contains(&lengths[lengths.len() / 2]));
    assert!(lengths[lengths.len() - 1] > 1000);
    for one in &known {
        assert!(!one.of("title").is_empty() && one.of("source").ends_with(".example"));
        if one.is("kind") == "original" {
            assert!(one.of("text").starts_with(|c: char| c.is_ascii_uppercase() || c.is_ascii_digit()));
            assert!(one.of("text").contains("\n\n") && one.of("text").ends_with(['.', '?']));
            assert!(!one.of("text").contains("  ") && !one.of("text").contains(" ."));
        }
    }
}

#[test]
fn copies_are_as_similar_as_their_kind_says() {
    let (known, _) = known(&params(1500, 23));
    let mut by_rate: Map<usize, Vec<f64>> = Map::default();
    for (original, copy) in copies(&known) {
        let similarity = jaccard(&original.shingles(), &copy.shingles());
        let rate = copy.truth["rate"].as_f64().unwrap();
        match copy.is("kind") {
            "exact" => {
                assert_eq!(original.of("text"), copy.of("text"));
                assert_eq!(similarity, 1.0);
            }
            "spacing" => assert_eq!(similarity, 1.0),
            "truncated" | "boilerplate" => {
                assert!((similarity - (1.0 - rate)).abs() < 0.08, "{similarity} {}", copy.truth);
            }
            "edit" => by_rate.entry((rate * 1000.0).round() as usize).or_default().push(similarity),
            _ => assert!(similarity > 0.25),
        }
    }
    assert_eq!(by_rate.len(), RATES.len());
    for (rate, similar) in by_rate {
        let rate = rate as f64 / 1000.0;
        let survives = (1.0 - 0.75 * rate).powi(5) * (1.0 - 0.25 * rate).powi(4);
        let (mean, expected) = (similar.iter().sum::<f64>() / similar.len() as f64, survives / (2.0 - survives));
        assert!((mean - expected).abs() < 0.06, "{rate}: {mean}, expected {expected}");
    }
}

#[test]
fn independent_tellings_share_words_and_hardly_a_shingle() {
    let (known, _) = known(&params(600, 29));
    let originals: Vec<&Known> = known.iter().filter(|one| one.is("kind") == "original").collect();
    let shingles: Vec<_> = originals.iter().map(|one| one.shingles()).collect();
    let vocabulary: Vec<Set<&str>> = originals.iter().map(|one| one.of("text").split_whitespace().collect()).collect();
    let (mut within, mut across, mut shared) = (Vec::new(), Vec::new(), 0);
    for a in 0..originals.len() {
        for b in 0..a {
            let similarity = jaccard(&shingles[a], &shingles[b]);
            let same = originals[a].is("event") == originals[b].is("event");
            assert!(similarity < if same { 0.1 } else { 0.05 });
            shared += usize::from(same && similarity > 0.0);
            if same { &mut within } else { &mut across }.push(jaccard(&vocabulary[a], &vocabulary[b]));
        }
    }
    let mean = |of: &[f64]| of.iter().sum::<f64>() / of.len() as f64;
    assert!(mean(&within) > 1.3 * mean(&across));
    assert!(shared > 0);
}

#[test]
fn events_are_mostly_small_and_some_are_large() {
    let plan = Plan::draw(&params(100_000, 1)).unwrap();
    let mut sizes = vec![0; plan.events()];
    plan.rows.iter().for_each(|row| sizes[plan.event_of[row.family as usize] as usize] += 1);
    let share = |range: Range<usize>| sizes.iter().filter(|size| range.contains(size)).count() * 100 / sizes.len();
    assert!((70..85).contains(&share(1..4)) && (10..25).contains(&share(5..41)));
    assert!((30..300).contains(&sizes.iter().filter(|&&size| size >= 100).count()));
    assert!(sizes.iter().all(|&size| size < 1000));
    assert!(plan.span == 50 * DAY);
}

#[test]
fn zipf_draws_each_rank_as_often_as_it_should() {
    let (zipf, mut rng, mut counts) = (Zipf::new(50, 3), Rng(1), [0usize; 50]);
    (0..1_000_000).for_each(|_| counts[zipf.draw(&mut rng)] += 1);
    let whole: f64 = (0..50).map(|rank| 1.0 / f64::from(rank + 3)).sum();
    for (rank, count) in counts.into_iter().enumerate() {
        let expected = 1e6 / (rank as f64 + 3.0) / whole;
        assert!((count as f64 - expected).abs() < 6.0 * expected.sqrt(), "{rank}: {count}, {expected}");
    }
}

#[test]
fn dates_are_rfc_3339() {
    for (seconds, offset) in [(0, 0), (951_782_400, 330), (1_709_164_799, -480), (4_107_542_400, 60), (-1, 0)] {
        let mut date = String::new();
        write_date(&mut date, seconds, offset).unwrap();
        assert_eq!(date.parse::<jiff::Timestamp>().unwrap().as_second(), seconds, "{date}");
    }
    let mut date = String::new();
    write_date(&mut date, 951_782_400, 330).unwrap();
    assert_eq!(date, "2000-02-29T05:30:00+05:30");
}

#[test]
fn too_many_documents_are_refused() {
    let refused = write(&params(1 << 32, 1), &mut Vec::new(), &mut Vec::new()).unwrap_err();
    assert_eq!(refused.kind(), io::ErrorKind::InvalidInput);
}
