//! What holds of every judgement, and of the largest.

use super::{close, every, judge};
use crate::eval::score;
use proptest::prelude::*;

#[test]
fn the_missing_are_alone_the_unlabelled_are_ignored_and_the_first_of_an_id_counts() {
    let gold = [("a", 1), ("b", 1), ("c", 2), ("d", 2), ("a", 9)];
    let s = score(gold, [("a", "x"), ("b", "x"), ("z", "y"), ("c", "y"), ("c", "x")]);
    assert_eq!((s.documents, s.missing, s.found, s.gold), (4, 1, 3, 2));
    close(s.bcubed.precision, 1.0);
    close(s.bcubed.recall, 0.75);
}

#[test]
fn a_million_documents_half_of_them_alone_take_a_moment() {
    let n = 1_000_000;
    let gold = every(n, |i| if i < n / 2 { i } else { n + (i * 7919) % 61_007 });
    let found = every(n, |i| if i % 2 == 0 { i } else { n + (i * 7919) % 30_011 });
    let begun = std::time::Instant::now();
    let s = judge(&gold, &found);
    assert!(begun.elapsed().as_secs() < 20);
    assert_eq!(s.documents, 1_000_000);
    assert!(s.ami.is_finite() && s.ami < 1.0);
}

/// AMI as arithmetic with 50 digits gives it. In double precision, MI and its mean differ here by less than they are
/// rounded.
#[test]
fn what_little_is_together_among_a_million_alone_is_judged_exactly() {
    let together =
        |first: usize, last: usize| every(1_000_000, |i| if (first..=last).contains(&i) { first } else { i });
    let (none, pair, triple) = (together(0, 0), together(0, 1), together(0, 2));
    close(judge(&pair, &none).ami, 0.0);
    close(judge(&pair, &together(2, 3)).ami, -2.000_002e-12);
    close(judge(&triple, &pair).ami, 0.592_163_821_930_281_5);
}

fn labels() -> impl Strategy<Value = (Vec<usize>, Vec<usize>)> {
    proptest::collection::vec((0usize..20, 0usize..9), 0..80).prop_map(|rows| rows.into_iter().unzip())
}

proptest! {
    #[test]
    fn changing_sides_changes_sides((gold, found) in labels()) {
        let (there, back) = (judge(&gold, &found), judge(&found, &gold));
        close(there.bcubed.precision, back.bcubed.recall);
        close(there.pairs.recall, back.pairs.precision);
        close(there.homogeneity, back.completeness);
        for (a, b) in [(there.ari, back.ari), (there.ami, back.ami), (there.v_measure, back.v_measure)] {
            close(a, b);
        }
    }

    #[test]
    fn names_and_order_do_not_matter((gold, found) in labels()) {
        let n = gold.len();
        let renamed = score(
            gold.iter().enumerate().map(|(i, label)| (n - i, format!("g{}", 99 - label))).rev(),
            found.iter().enumerate().map(|(i, label)| (n - i, format!("{}", 1000 - label))),
        );
        prop_assert_eq!(judge(&gold, &found), renamed);
    }

    #[test]
    fn marks_are_shares((gold, found) in labels()) {
        let s = judge(&gold, &found);
        for mark in [s.bcubed.f1, s.pairs.f1, s.homogeneity, s.completeness, s.v_measure] {
            prop_assert!((0.0..=1.0 + 1e-12).contains(&mark));
        }
        prop_assert!(s.ari <= 1.0 && s.ami <= 1.0 + 1e-9);
        close(judge(&gold, &gold).ami, 1.0);
    }
}
