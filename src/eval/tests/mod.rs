//! The whole judge: published figures, scikit-learn's, a second implementation, and the laws.

mod laws;
mod plain;
mod published;
mod sklearn;

use super::{Scores, score};

fn judge(gold: &[usize], found: &[usize]) -> Scores {
    let labelled = |labels: &[usize]| labels.iter().copied().enumerate().collect::<Vec<_>>();
    score(labelled(gold), labelled(found))
}

/// Labels written as the letters of a text.
fn letters(text: &str) -> Vec<usize> {
    text.bytes().filter(|byte| *byte != b' ').map(usize::from).collect()
}

fn every(n: usize, label: impl Fn(usize) -> usize) -> Vec<usize> {
    (0..n).map(label).collect()
}

/// All that is measured, with names.
fn marks(s: &Scores) -> [(&'static str, f64); 11] {
    [
        ("BCubed precision", s.bcubed.precision),
        ("BCubed recall", s.bcubed.recall),
        ("BCubed F1", s.bcubed.f1),
        ("pair precision", s.pairs.precision),
        ("pair recall", s.pairs.recall),
        ("pair F1", s.pairs.f1),
        ("ARI", s.ari),
        ("AMI", s.ami),
        ("homogeneity", s.homogeneity),
        ("completeness", s.completeness),
        ("V-measure", s.v_measure),
    ]
}

#[track_caller]
fn close(is: f64, should: f64) {
    assert!((is - should).abs() <= 1e-9, "{is} should be {should}");
}
