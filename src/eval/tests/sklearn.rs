//! What scikit-learn 1.9.1 says of tables of many shapes, to 1e-9; `scripts/check_eval.py` asks it about thousands
//! more.

use super::{close, every, judge, letters};

/// ARI, AMI, homogeneity, completeness, V-measure as scikit-learn 1.9.1 says.
#[track_caller]
fn agrees_with_sklearn(gold: &[usize], found: &[usize], numbers: [f64; 5]) {
    let s = judge(gold, found);
    for (is, should) in [s.ari, s.ami, s.homogeneity, s.completeness, s.v_measure].into_iter().zip(numbers) {
        close(is, should);
    }
}

/// The first is figure 16.4 of Manning, Raghavan and Schütze (2008).
#[test]
fn small_tables_agree_with_scikit_learn() {
    agrees_with_sklearn(
        &letters("aaaaab abbbbc aaccc"),
        &letters("111111 222222 33333"),
        [0.242914979757085, 0.2601812253892511, 0.371468125745918, 0.35790753710758755, 0.3645617718571898],
    );
    agrees_with_sklearn(
        &letters("aabbcc"),
        &letters("112333"),
        [0.4444444444444444, 0.5023607027202738, 0.7103099178571525, 0.7715561736794712, 0.739667376800759],
    );
}

#[test]
fn larger_tables_agree_with_scikit_learn() {
    let mixed = |i: usize| (i * i * 7 + i * 3) % 1009 % 37;
    agrees_with_sklearn(
        &every(1000, mixed),
        &every(1000, |i| if i % 5 > 0 { mixed(i) / 2 } else { (i * 13 + i / 7) % 23 }),
        [0.4099524441756743, 0.6301396272802827, 0.6134648356076531, 0.7501713768512036, 0.674965590049517],
    );
    agrees_with_sklearn(
        &every(4000, |i| if i % 10 < 8 { i / 2 } else { 0 }),
        &every(4000, |i| if i % 7 > 0 { i / 3 } else { 3 }),
        [0.0035440084026575783, 0.17215248064854002, 0.8014655854245394, 0.7822672296266718, 0.7917500441902504],
    );
    agrees_with_sklearn(
        &every(2000, |i| i % 2),
        &every(2000, |i| if i % 3 > 0 { i / 2 % 2 } else { i % 2 }),
        [0.11044399994472272, 0.08120607507453988, 0.08153767940559419, 0.08153773822264934, 0.08153770881411115],
    );
    agrees_with_sklearn(
        &every(6000, |i| if i < 3000 { i } else { i % 50 }),
        &every(6000, |i| if i % 2 > 0 { i } else { i % 100 }),
        [0.2462315767136082, 0.3927151013173222, 0.821709844953282, 0.8164574558451094, 0.8190752301385391],
    );
}

#[test]
fn degenerate_input_is_judged_as_scikit_learn_does() {
    let (one, singles) = (every(30, |_| 0), every(30, |i| i));
    agrees_with_sklearn(&[], &[], [1.0; 5]);
    agrees_with_sklearn(&[0], &[0], [1.0; 5]);
    agrees_with_sklearn(&one, &one, [1.0; 5]);
    agrees_with_sklearn(&singles, &singles, [1.0; 5]);
    agrees_with_sklearn(&one, &singles, [0.0, 0.0, 1.0, 0.0, 0.0]);
    agrees_with_sklearn(&singles, &one, [0.0, 0.0, 0.0, 1.0, 0.0]);
    let half = [0.0, 0.0, 1.0, 0.7962049529094944, 0.8865413177040862];
    agrees_with_sklearn(&every(30, |i| i / 2), &singles, half);
    assert_eq!(judge(&singles, &singles).pairs.f1, 0.0);
}
