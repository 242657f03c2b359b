//! Shares of what was not all looked at, with intervals that hold the true share in 95 of 100 samples.
//!
//! - [`wilson`]: of n looked at, a share p (Wilson 1927), which is never empty, not even for p = 1.
//! - [`ratio`]: sum F / sum T over sampled clusters (here: documents, with T pairs each). The delta method (Cochran 1977,
//!   6.4) gives its variance, (1 - f) n/(n-1) sum (F - r T)^2 / (sum T)^2 with f the sampled share of all clusters. It
//!   knows nothing of losses that no sampled cluster shows; Wilson's does, at the effective number of clusters (Kish
//!   1965), (sum T)^2 / sum T^2: the interval is the hull of both.
//! - [`stratified`]: sum W p over strata, Wilson's intervals of each put together by their distances from p (MOVER, Zou
//!   and Donner 2008).
//!
//! Where a share f of a finite whole was looked at, Wilson's n counts n / sqrt(1 - f): that is what the chance
//! (1 - f)^D to see none of D losses asks for (within a tenth; 1 / (1 - f) would promise too much), and exact at f = 1.

use serde::{Deserialize, Serialize};

/// A share between 0 and 1, and the interval it is in.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Estimate {
    /// The likeliest.
    pub estimate: f64,
    /// The least.
    pub low: f64,
    /// The most.
    pub high: f64,
}

impl Estimate {
    fn exact(share: f64) -> Self {
        Estimate { estimate: share, low: share, high: share }
    }

    /// Whether there is nothing to estimate: all was looked at.
    pub fn is_exact(&self) -> bool {
        self.low == self.high
    }

    /// The share in four decimals; 0 and 1 only where it is that.
    pub fn share(&self) -> String {
        let p = self.estimate;
        let inner = if p > 0.0 && p < 1.0 { p.clamp(0.0001, 0.9999) } else { p };
        format!("{inner:.4}")
    }

    /// The interval in four decimals, rounded outwards.
    pub fn interval(&self) -> String {
        if self.is_exact() {
            return "exact".to_owned();
        }
        format!("{:.4} to {:.4}", (self.low * 1e4).floor() / 1e4, (self.high * 1e4).ceil() / 1e4)
    }
}

/// The normal distribution's 97.5th percentile.
const Z: f64 = 1.959_963_984_540_054;

/// A share `p` of `n` looked at, of which the whole has been looked at to the share `sampled`.
fn wilson(p: f64, n: f64, sampled: f64) -> Estimate {
    if sampled >= 1.0 {
        return Estimate::exact(p);
    }
    let n = n / (1.0 - sampled).sqrt();
    let z2 = Z * Z / n;
    let (centre, half) = (p + z2 / 2.0, Z * (p * (1.0 - p) / n + z2 / n / 4.0).sqrt());
    let bound = |bound: f64| (bound / (1.0 + z2)).clamp(0.0, 1.0);
    Estimate { estimate: p, low: bound(centre - half).min(p), high: bound(centre + half).max(p) }
}

/// Found over all in sampled clusters, (found, all) each, which are the share `sampled` of all clusters; none of nothing.
pub(super) fn ratio(clusters: &[(u64, u64)], sampled: f64) -> Option<Estimate> {
    let sum = |of: &dyn Fn(f64, f64) -> f64| clusters.iter().map(|&(f, t)| of(f as f64, t as f64)).sum::<f64>();
    let (found, all) = (sum(&|f, _| f), sum(&|_, t| t));
    if all == 0.0 {
        return None;
    }
    let (r, n) = (found / all, clusters.len() as f64);
    let wilson = wilson(r, all * all / sum(&|_, t| t * t), sampled);
    if wilson.is_exact() {
        return Some(wilson);
    }
    let variance = (1.0 - sampled) * n / (n - 1.0).max(1.0) * sum(&|f, t| (f - r * t).powi(2)) / (all * all);
    let half = Z * variance.sqrt();
    Some(Estimate { estimate: r, low: wilson.low.min(r - half).max(0.0), high: wilson.high.max(r + half).min(1.0) })
}

/// The share of all in strata of which (all, looked at, so many of these) are known; none of nothing.
pub(super) fn stratified(strata: &[(u64, u64, u64)]) -> Option<Estimate> {
    let whole = strata.iter().map(|&(all, ..)| all as f64).sum::<f64>();
    let (mut estimate, mut below, mut above) = (0.0, 0.0, 0.0);
    for &(all, looked_at, right) in strata.iter().filter(|(all, ..)| *all > 0) {
        let (weight, n) = (all as f64 / whole, looked_at.max(1) as f64);
        let share = wilson(right as f64 / n, n, looked_at as f64 / all as f64);
        // A whole number where all was looked at, or all is right: 1 is 1.
        estimate += all as f64 * right as f64 / n;
        below += (weight * (share.estimate - share.low)).powi(2);
        above += (weight * (share.high - share.estimate)).powi(2);
    }
    let estimate = estimate / whole.max(1.0);
    let (low, high) = ((estimate - below.sqrt()).max(0.0), (estimate + above.sqrt()).min(1.0));
    (whole > 0.0).then_some(Estimate { estimate, low, high })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hash::mix;
    use proptest::prelude::*;

    #[test]
    fn wilson_is_as_in_the_books() {
        // Newcombe 1998, table I, method 3.
        for (right, n, low, high) in
            [(81.0, 263.0, 0.2553, 0.3662), (15.0, 148.0, 0.0624, 0.1605), (0.0, 20.0, 0.0, 0.1611)]
        {
            let share = wilson(right / n, n, 0.0);
            assert!((share.low - low).abs() < 5e-5 && (share.high - high).abs() < 5e-5, "{share:?}");
        }
        assert!(wilson(1.0, 50.0, 0.5).low > wilson(1.0, 50.0, 0.0).low);
        assert!(wilson(0.5, 50.0, 1.0).is_exact());
    }

    #[test]
    fn nothing_has_no_share_and_all_has_an_exact_one() {
        assert_eq!(ratio(&[(0, 0), (0, 0)], 0.5), None);
        assert_eq!(stratified(&[(0, 0, 0)]), None);
        assert_eq!(ratio(&[(1, 4), (2, 4)], 1.0), Some(Estimate::exact(0.375)));
        assert_eq!(stratified(&[(4, 4, 3), (12, 12, 12)]), Some(Estimate::exact(0.9375)));
        assert_eq!(stratified(&[(7, 7, 7), (11, 11, 11), (7, 7, 7), (5, 5, 5)]), Some(Estimate::exact(1.0)));
        assert_eq!(stratified(&[(7, 3, 3), (11, 11, 11), (700, 90, 90)]).map(|share| share.estimate), Some(1.0));
    }

    #[test]
    fn what_is_shown_promises_nothing() {
        let shown = |estimate, low, high| {
            let estimate = Estimate { estimate, low, high };
            (estimate.share(), estimate.interval())
        };
        assert_eq!(shown(1.0, 1.0, 1.0), ("1.0000".into(), "exact".into()));
        assert_eq!(shown(0.999_99, 0.989_99, 0.999_999), ("0.9999".into(), "0.9899 to 1.0000".into()));
        assert_eq!(shown(0.000_01, 0.0, 0.000_02), ("0.0001".into(), "0.0000 to 0.0001".into()));
    }

    proptest! {
        #[test]
        fn an_interval_holds_its_estimate(
            clusters in prop::collection::vec((0u64..50, 0u64..50), 1..40), sampled in 0.0f64..1.1, right in 0u64..100,
        ) {
            let clusters: Vec<(u64, u64)> = clusters.into_iter().map(|(a, b)| (a.min(b), a.max(b))).collect();
            for share in [ratio(&clusters, sampled), stratified(&[(300, 100, right), (20, 20, right / 5), (0, 0, 0)])] {
                let Some(Estimate { estimate, low, high }) = share else { continue };
                prop_assert!(0.0 <= low && low <= estimate && estimate <= high && high <= 1.0);
            }
        }
    }

    struct Random(u64);

    impl Random {
        fn even(&mut self) -> f64 {
            self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
            mix(self.0) as f64 / 2f64.powi(64)
        }
    }

    /// Documents in families of heavy-tailed sizes, each member lost to the others with a chance `loss`, one family in ten
    /// torn in two: found and all near-duplicates of each document.
    fn population(documents: usize, loss: f64, random: &mut Random) -> Vec<(u64, u64)> {
        let mut population = Vec::new();
        while population.len() < documents {
            let size = (random.even().powf(-1.0 / 1.3) as u64).clamp(1, 400);
            let is_torn = random.even() < loss / 2.0;
            let parts: Vec<u64> = (0..size)
                .map(
                    |member| {
                        if random.even() < loss / 3.0 { 2 + member } else { u64::from(is_torn && member % 3 == 0) }
                    },
                )
                .collect();
            let together = |part: &u64| parts.iter().filter(|other| *other == part).count() as u64 - 1;
            population.extend(parts.iter().map(|part| (together(part), size - 1)));
        }
        population
    }

    /// `n` of the population, without replacement.
    fn draw(population: &[(u64, u64)], n: usize, random: &mut Random) -> Vec<(u64, u64)> {
        let mut places: Vec<usize> = (0..population.len()).collect();
        for i in 0..n {
            let j = i + (random.even() * (places.len() - i) as f64) as usize;
            places.swap(i, j);
        }
        places[..n].iter().map(|&place| population[place]).collect()
    }

    #[test]
    fn the_interval_of_a_ratio_holds_the_truth() {
        let mut random = Random(7);
        for (documents, n) in [(20_000, 500), (20_000, 2000), (4000, 2000), (1000, 900)] {
            for loss in [0.2, 0.02, 0.002, 0.0] {
                let population = population(documents, loss, &mut random);
                let share = n as f64 / population.len() as f64;
                let truth = ratio(&population, 1.0).unwrap().estimate;
                let holds = |_: &u32| {
                    let Estimate { low, high, .. } = ratio(&draw(&population, n, &mut random), share).unwrap();
                    low <= truth && truth <= high
                };
                let held = (0..300).filter(holds).count();
                assert!(held >= 279, "{documents} {n} {loss}: recall {truth}, {held} of 300");
            }
        }
    }

    #[test]
    fn the_interval_of_strata_holds_the_truth() {
        let mut random = Random(11);
        for rates in [[0.0, 0.01, 0.1, 0.5], [0.0, 0.0, 0.001, 0.01], [0.0; 4], [0.3, 0.3, 0.3, 0.3]] {
            let sizes = [90_000u64, 5000, 700, 60];
            let strata = sizes.map(|all| {
                let rate = rates[sizes.iter().position(|&size| size == all).unwrap()];
                (all, (0..all).filter(|_| random.even() >= rate).count() as u64)
            });
            let truth = strata.iter().map(|s| s.1).sum::<u64>() as f64 / strata.iter().map(|s| s.0).sum::<u64>() as f64;
            let holds = |_: &u32| {
                let sampled = strata.map(|(all, right)| {
                    let n = all.min(300);
                    let mut left = (all, right);
                    for _ in 0..n {
                        let hit = random.even() * (left.0 as f64) < left.1 as f64;
                        left = (left.0 - 1, left.1 - u64::from(hit));
                    }
                    (all, n, right - left.1)
                });
                let Estimate { low, high, .. } = stratified(&sampled).unwrap();
                low <= truth && truth <= high
            };
            let held = (0..300).filter(holds).count();
            assert!(held >= 279, "{rates:?}: {truth}, {held} of 300");
        }
    }
}
