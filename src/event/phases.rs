//! The times of an event to its phases: bursts of reports with silence between, as rounds of talks are.
//!
//! A silence parts two phases where it lasts three days and four times as long as what is usual between two reports of
//! this event (the median). A report that stands alone is no phase and belongs to the nearer one. Where that leaves one
//! phase, none can be told apart. Linear in the reports, after sorting. Bad case: coverage that fades evenly.

use std::ops::Range;

const DAY_SECONDS: i64 = 86_400;
/// A shorter silence is a weekend.
const LEAST_SILENCE: i64 = 3 * DAY_SECONDS;
/// So many times the usual distance of two reports is silence.
const USUAL_TIMES: i64 = 4;
/// Fewer reports are no phase.
const LEAST_REPORTS: usize = 2;

/// The phases among times that come in order, as places among them; none where there are not two at least.
pub fn phases(times: &[i64]) -> Vec<Range<usize>> {
    debug_assert!(times.is_sorted());
    let gap = |at: usize| times[at].saturating_sub(times[at - 1]);
    let mut gaps: Vec<i64> = (1..times.len()).map(gap).collect();
    if gaps.is_empty() {
        return Vec::new();
    }
    let middle = gaps.len() / 2;
    let usual = *gaps.select_nth_unstable(middle).1;
    let silence = usual.saturating_mul(USUAL_TIMES).max(LEAST_SILENCE);
    let mut ends: Vec<usize> = (1..times.len()).filter(|&at| gap(at) >= silence).chain([times.len()]).collect();
    // A lone report is given to the nearer side; the first and the last have one side only.
    let mut at = 0;
    while ends.len() > 1 && at < ends.len() {
        let start = if at == 0 { 0 } else { ends[at - 1] };
        if ends[at] - start >= LEAST_REPORTS {
            at += 1;
            continue;
        }
        let is_first = at == 0;
        let is_last = at + 1 == ends.len();
        if is_last || !is_first && gap(start) <= gap(ends[at]) {
            ends.remove(at - 1);
            at -= 1;
        } else {
            ends.remove(at);
        }
    }
    if ends.len() < 2 {
        return Vec::new();
    }
    let starts = [0].into_iter().chain(ends.iter().copied());
    starts.zip(ends.iter().copied()).map(|(start, end)| start..end).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const HOUR: i64 = 3600;

    #[test]
    fn rounds_of_talks_are_phases() {
        let round = |day: i64| [0, 2, 5, 9, 26].map(|hour| day * DAY_SECONDS + hour * HOUR);
        let times = [round(0), round(14), round(45)].concat();
        assert_eq!(phases(&times), [0..5, 5..10, 10..15]);
    }

    #[test]
    fn steady_coverage_a_weekend_and_little_are_none() {
        let daily: Vec<i64> = (0..40).map(|day| day * DAY_SECONDS).collect();
        let weekly: Vec<i64> = (0..9).map(|week| week * 7 * DAY_SECONDS).collect();
        for times in [daily, weekly, vec![], vec![5], vec![0, 99 * DAY_SECONDS], vec![i64::MIN, 0, i64::MAX]] {
            assert!(phases(&times).is_empty(), "{times:?}");
        }
    }

    #[test]
    fn a_lone_report_belongs_to_the_nearer_phase() {
        let days = |days: &[i64]| days.iter().map(|day| day * DAY_SECONDS).collect::<Vec<_>>();
        assert_eq!(phases(&days(&[0, 0, 0, 5, 20, 20, 20])), [0..4, 4..7]);
        assert_eq!(phases(&days(&[0, 0, 0, 14, 20, 20, 20])), [0..3, 3..7]);
        assert!(phases(&days(&[0, 0, 0, 0, 20])).is_empty());
    }

    proptest! {
        #[test]
        fn phases_are_all_reports_with_silence_between(mut times in proptest::collection::vec(0i64..9_000_000, 0..40)) {
            times.sort_unstable();
            let phases = phases(&times);
            let mut next = 0;
            for phase in &phases {
                prop_assert_eq!(phase.start, next);
                prop_assert!(phase.len() >= LEAST_REPORTS);
                prop_assert!(next == 0 || times[next] - times[next - 1] >= LEAST_SILENCE);
                next = phase.end;
            }
            prop_assert!(phases.is_empty() || phases.len() > 1 && next == times.len());
        }
    }
}
