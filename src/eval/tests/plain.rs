//! A second implementation, too simple to be wrong: document by document, pair by pair, order by order. No table.

use super::{close, judge, marks};
use crate::eval::{Prf, Scores, score};
use proptest::prelude::*;

/// Pairs of documents together in both, in gold only, in found only, in neither.
pub(super) fn pairs(gold: &[usize], found: &[usize]) -> [u64; 4] {
    let mut counts = [0; 4];
    for i in 0..gold.len() {
        for j in 0..i {
            counts[usize::from(found[i] != found[j]) + 2 * usize::from(gold[i] != gold[j])] += 1;
        }
    }
    counts
}

/// How many documents have the label of document `i`.
fn alike(labels: &[usize], i: usize) -> f64 {
    labels.iter().filter(|&&label| label == labels[i]).count() as f64
}

/// Each document's pair of labels, as a label.
fn joint(gold: &[usize], found: &[usize]) -> Vec<usize> {
    gold.iter().zip(found).map(|(g, f)| g * 1000 + f).collect()
}

fn mean(n: usize, of: impl Fn(usize) -> f64) -> f64 {
    (0..n).map(of).sum::<f64>() / n as f64
}

fn harmonic(a: f64, b: f64) -> f64 {
    if a == 0.0 || b == 0.0 { 0.0 } else { 2.0 / (1.0 / a + 1.0 / b) }
}

fn prf(precision: f64, recall: f64) -> Prf {
    Prf { precision, recall, f1: harmonic(precision, recall) }
}

fn entropy(labels: &[usize]) -> f64 {
    mean(labels.len(), |i| -(alike(labels, i) / labels.len() as f64).ln())
}

fn information(gold: &[usize], found: &[usize]) -> f64 {
    entropy(gold) + entropy(found) - entropy(&joint(gold, found))
}

/// The mean of the information over the tables with these cluster sizes, by the formula of Vinh, Epps and Bailey (2010)
/// with binomials from Pascal's triangle.
fn expected_information(gold: &[usize], found: &[usize]) -> f64 {
    let n = gold.len();
    let mut choose = vec![vec![1.0]];
    for row in 1..=n {
        let next = (0..=row).map(|k| {
            let above = |k: usize| choose[row - 1].get(k).copied().unwrap_or(0.0);
            above(k) + if k > 0 { above(k - 1) } else { 0.0 }
        });
        let next = next.collect();
        choose.push(next);
    }
    let heads = |labels: &[usize]| -> Vec<usize> {
        let first = |i: &usize| !labels[..*i].contains(&labels[*i]);
        (0..n).filter(first).map(|i| alike(labels, i) as usize).collect()
    };
    let mut sum = 0.0;
    for a in heads(gold) {
        for b in heads(found) {
            for k in (a + b).saturating_sub(n).max(1)..=a.min(b) {
                let chance = choose[a][k] * choose[n - a][b - k] / choose[n][b];
                sum += chance * k as f64 / n as f64 * ((n * k) as f64 / (a * b) as f64).ln();
            }
        }
    }
    sum
}

/// The sum of the information over every order of the first `k` found labels, and how many orders there are.
fn over_all_orders(gold: &[usize], found: &mut Vec<usize>, k: usize) -> (f64, f64) {
    if k <= 1 {
        return (information(gold, found), 1.0);
    }
    let (mut sum, mut count) = (0.0, 0.0);
    for last in 0..k {
        found.swap(last, k - 1);
        let (s, c) = over_all_orders(gold, found, k - 1);
        (sum, count) = (sum + s, count + c);
        found.swap(last, k - 1);
    }
    (sum, count)
}

/// Every measure, one by one; both sides have a document.
fn plain(gold: &[usize], found: &[usize]) -> Scores {
    let n = gold.len();
    let distinct = |labels: &[usize]| labels.iter().collect::<std::collections::BTreeSet<_>>().len() as u64;
    let cells = joint(gold, found);
    let share = |labels: &[usize]| mean(n, |i| alike(&cells, i) / alike(labels, i));
    let [both, lost, wrong, apart] = pairs(gold, found).map(|count| count as f64);
    let of = |part: f64, whole: f64| if whole == 0.0 { 0.0 } else { part / whole };
    let by_chance = of((both + lost) * (both + wrong), both + lost + wrong + apart);
    let room = (2.0 * both + lost + wrong) / 2.0 - by_chance;
    let expected = expected_information(gold, found);
    let mi = information(gold, found);
    let (of_gold, of_found) = (entropy(gold), entropy(found));
    let informed = (of_gold + of_found) / 2.0 - expected;
    let known = |of: f64| if of < 1e-12 { 1.0 } else { mi.max(0.0) / of };
    Scores {
        documents: n as u64,
        missing: 0,
        found: distinct(found),
        gold: distinct(gold),
        bcubed: prf(share(found), share(gold)),
        pairs: prf(of(both, both + wrong), of(both, both + lost)),
        ari: if lost + wrong == 0.0 { 1.0 } else { (both - by_chance) / room },
        ami: if lost + wrong == 0.0 {
            1.0
        } else if of_gold < 1e-12 || of_found < 1e-12 {
            0.0
        } else {
            (mi - expected) / informed
        },
        homogeneity: known(of_gold),
        completeness: known(of_found),
        v_measure: if of_gold + of_found < 1e-12 { 1.0 } else { 2.0 * mi.max(0.0) / (of_gold + of_found) },
    }
}

#[track_caller]
fn agree(is: &Scores, should: &Scores) {
    let counts = |s: &Scores| [s.documents, s.missing, s.found, s.gold];
    assert_eq!(counts(is), counts(should));
    for ((name, is), (_, should)) in marks(is).into_iter().zip(marks(should)) {
        assert!((is - should).abs() <= 1e-9, "{name}: {is} should be {should}");
    }
}

/// Labels of both sides: few and many clusters, and often one of them alone or all of them alone.
fn sides(documents: std::ops::Range<usize>) -> impl Strategy<Value = (Vec<usize>, Vec<usize>)> {
    (documents, 1usize..12, 1usize..60).prop_flat_map(|(n, few, many)| {
        let side = |clusters| proptest::collection::vec(0..clusters, n);
        let alone = Just((0..n).collect::<Vec<_>>());
        (prop_oneof![3 => side(few), 2 => side(many)], prop_oneof![4 => side(few), 3 => side(many), 1 => alone])
    })
}

proptest! {
    #[test]
    fn every_measure_agrees_with_counting_one_by_one((gold, found) in sides(1..60)) {
        agree(&judge(&gold, &found), &plain(&gold, &found));
        agree(&judge(&found, &gold), &plain(&found, &gold));
    }

    #[test]
    fn expectation_is_the_mean_over_all_orders((gold, mut found) in sides(1..7)) {
        let k = found.len();
        let (sum, count) = over_all_orders(&gold, &mut found, k);
        close(expected_information(&gold, &found), sum / count);
        let (mi, room) = (information(&gold, &found), (entropy(&gold) + entropy(&found)) / 2.0 - sum / count);
        if room > 1e-9 {
            close(judge(&gold, &found).ami, (mi - sum / count) / room);
        }
    }

    /// Records in any order, ids twice and ids missing: as if someone had first made both lists whole by hand.
    #[test]
    fn records_are_matched_as_by_hand(
        gold in proptest::collection::vec((0usize..30, 0usize..6), 1..50),
        found in proptest::collection::vec((0usize..40, 0usize..6), 0..50),
    ) {
        let first = |rows: &[(usize, usize)], id: usize| rows.iter().find(|row| row.0 == id).map(|row| row.1);
        let ids: Vec<usize> = (0..30).filter(|&id| first(&gold, id).is_some()).collect();
        let labels: Vec<usize> = ids.iter().filter_map(|&id| first(&gold, id)).collect();
        let answers: Vec<usize> = ids.iter().map(|&id| first(&found, id).unwrap_or(100 + id)).collect();
        let missing = answers.iter().filter(|&&answer| answer >= 100).count() as u64;
        agree(&score(gold, found), &Scores { missing, ..plain(&labels, &answers) });
    }
}
