//! Measures of information, in nats: homogeneity and completeness, and AMI.
//!
//! With N documents, a cell of n documents, its found cluster of size a and its gold cluster of size b, the mutual
//! information MI is the sum over cells of n/N ln(N n / (a b)), and H the entropy of one side's clusters.
//!
//! - homogeneity is MI / H(gold), completeness MI / H(found) (Rosenberg and Hirschberg 2007); 1 where there is nothing
//!   to know.
//! - AMI is (MI - E) / (mean of the two H - E), E the exact mean of MI over all tables with these cluster sizes (Vinh,
//!   Epps and Bailey 2010): for each found and gold cluster the mean over n, which is hypergeometric.
//!
//! Where most documents are alone, as in near-duplicates, MI, E and H are all nearly ln N, and what is left of their
//! differences is rounding. So AMI takes ln N - H(found) - H(gold) from all of them beforehand: with L(sizes) the sum
//! of n/N ln n, to which who is alone adds nothing,
//!
//! ```text
//! AMI = (L(cells) - E) / ((L(found) + L(gold)) / 2 - E)        E the exact mean of L(cells)
//! ```
//!
//! Time: for E one step per pair of *distinct* cluster sizes, at most 2N of them and few in practice, and about 10
//! standard deviations of n each. Memory: none. Bad case: for time, one cluster against one of N/2 each, some 10
//! sqrt(N) terms; for rounding, one cluster of nearly all documents on both sides: an error of 1e-10 at a million
//! documents.

use super::table::{Run, Table, clusters};

impl Table {
    /// Homogeneity and completeness.
    pub(super) fn explained(&self) -> (f64, f64) {
        let mi = self.mutual_information();
        let share = |of: f64| if of == 0.0 { 1.0 } else { (mi / of).min(1.0) };
        (share(self.entropy(&self.gold)), share(self.entropy(&self.found)))
    }

    /// -sum p ln p over one side's clusters.
    fn entropy(&self, clusters: &[Run<u64>]) -> f64 {
        let n = self.documents as f64;
        clusters.iter().map(|run| (run.times * run.of) as f64 / n * (n / run.of as f64).ln()).sum()
    }

    fn mutual_information(&self) -> f64 {
        if clusters(&self.found) <= 1 || clusters(&self.gold) <= 1 {
            return 0.0;
        }
        let n = self.documents as f64;
        let sum: f64 = self
            .cells
            .iter()
            .map(|c| {
                let (both, found, gold) = (c.of.both as f64, c.of.found as f64, c.of.gold as f64);
                (c.times * c.of.both) as f64 / n * (n * both / (found * gold)).ln()
            })
            .sum();
        sum.max(0.0)
    }

    pub(super) fn ami(&self) -> f64 {
        if self.cells.iter().all(|cell| cell.of.both == cell.of.found && cell.of.both == cell.of.gold) {
            return 1.0;
        }
        if clusters(&self.found) == 1 || clusters(&self.gold) == 1 {
            return 0.0;
        }
        let of = |clusters: &[Run<u64>]| self.mean_log(clusters.iter().map(|run| (run.times, run.of)));
        let of_cells = self.mean_log(self.cells.iter().map(|cell| (cell.times, cell.of.both)));
        let expected = self.expected_mean_log();
        (of_cells - expected) / ((of(&self.found) + of(&self.gold)) / 2.0 - expected)
    }

    /// The mean over documents of the logarithm of the size of what they are in.
    fn mean_log(&self, runs: impl Iterator<Item = (u64, u64)>) -> f64 {
        let sum: f64 = runs.map(|(times, size)| times as f64 * weighted_log(size)).sum();
        sum / self.documents as f64
    }

    /// What [`Self::mean_log`] of the cells is on average, with these cluster sizes.
    fn expected_mean_log(&self) -> f64 {
        let each = |found: &Run<u64>| -> f64 {
            let pair = |gold: &Run<u64>| {
                (found.times as f64) * (gold.times as f64) * expected_log(found.of, gold.of, self.documents)
            };
            self.gold.iter().map(pair).sum()
        };
        self.found.iter().map(each).sum::<f64>() / self.documents as f64
    }
}

fn weighted_log(size: u64) -> f64 {
    if size == 0 { 0.0 } else { size as f64 * (size as f64).ln() }
}

/// The mean of k ln k, k being how many a found cluster of size `a` and a gold cluster of size `b` among `n` documents
/// share by chance: hypergeometric.
///
/// The weights of k are taken relative to the likeliest k, outward from it by the ratio of neighbours until they no
/// longer count, and divided by their own sum: no factorials, nothing that overflows.
fn expected_log(a: u64, b: u64, n: u64) -> f64 {
    const NEGLIGIBLE: f64 = 1e-25;
    let (low, high) = ((a + b).saturating_sub(n), a.min(b));
    let mode = ((u128::from(a + 1) * u128::from(b + 1) / u128::from(n + 2)) as u64).clamp(low, high);
    // weight(k + 1) / weight(k)
    let ratio = |k: u64| ((a - k) as f64 * (b - k) as f64) / ((k + 1) as f64 * (n + k + 1 - a - b) as f64);
    let (mut weights, mut sum) = (1.0, weighted_log(mode));
    let mut take = |k: u64, weight: f64| {
        weights += weight;
        sum += weight * weighted_log(k);
        weight > NEGLIGIBLE
    };
    let (mut k, mut weight) = (mode, 1.0);
    while k < high {
        weight *= ratio(k);
        k += 1;
        if !take(k, weight) {
            break;
        }
    }
    (k, weight) = (mode, 1.0);
    while k > low {
        k -= 1;
        weight /= ratio(k);
        if !take(k, weight) {
            break;
        }
    }
    sum / weights
}
