//! The S-curve: how likely bands and rows are to find a pair, which of them to take, and the curve drawn.
//!
//! ```text
//! P(found) = 1 - (1 - s^rows)^bands
//! ```
//!
//! More rows make the curve steeper and its buckets purer, more bands lift it; their product is bounded by the slots
//! (Indyk and Motwani 1998; Leskovec, Rajaraman, Ullman 2014, chapter 3). With fewer rows both the probability of a
//! band and the number of bands grow, so the first cut from the most rows down that finds enough is the purest that does.
//!
//! [`Shape::choose`] takes O(slots) time, [`Shape::found_with`] O(slots^2). Bad case: `found_with` takes slots as
//! independent. Those of a text of fewer shingles than slots repeat each other, so its number of shared slots is spread
//! wider than is told here; whether it shares a band follows the curve all the same.

use crate::sketch::Slot;
use serde::{Deserialize, Serialize};

/// How a signature is cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shape {
    /// Bands in a signature.
    pub bands: usize,
    /// Slots in a band.
    pub rows: usize,
}

/// Columns of a drawn curve.
pub const COLUMNS: usize = 60;
/// Lines of a drawn curve.
pub const LINES: usize = 16;
/// A line of a column by how many eighths of it are under the curve.
const EIGHTHS: [char; 9] = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
/// The threshold's column, over the curve and under it.
const MARK: [char; 2] = ['┊', '░'];

impl Shape {
    /// The probability that a pair of this similarity shares a band.
    pub fn found(&self, similarity: f64) -> f64 {
        1.0 - (1.0 - similarity.powi(self.rows as i32)).powi(self.bands as i32)
    }

    /// The probability that a pair shares a band and, of all `slots`, `least` or more.
    ///
    /// The number of shared slots is that of all pairs without that of the pairs no band of which is shared whole.
    pub fn found_with(&self, similarity: f64, slots: usize, least: usize) -> f64 {
        let mut part = shared_slots(self.rows, similarity);
        part.pop();
        let rest = shared_slots(slots - self.bands * self.rows, similarity);
        let missed = (0..self.bands).fold(rest, |missed, _| sum(&missed, &part));
        let missed = missed.into_iter().chain(std::iter::repeat(0.0));
        let all = shared_slots(slots, similarity);
        // What rounding leaves of nothing may lie below it.
        all.into_iter().zip(missed).skip(least).map(|(all, missed)| (all - missed).max(0.0)).sum::<f64>().min(1.0)
    }

    /// The cut with the most rows, and all the bands that `slots` allow, that finds pairs at `threshold` with probability
    /// `recall`. Where none does, single slots as bands: no cut finds more.
    pub fn choose(threshold: f64, recall: f64, slots: usize) -> Shape {
        let cut = |rows: usize| Shape { bands: slots / rows, rows };
        (1..=slots).rev().map(cut).find(|shape| shape.found(threshold) >= recall).unwrap_or(cut(1))
    }

    /// The curve as lines of text, the highest first: a bar in each column for the similarity at its middle, in eighths
    /// of a line, with the column of `threshold` marked.
    pub fn drawn(&self, threshold: f64) -> Vec<String> {
        let heights: Vec<usize> = (0..COLUMNS).map(|column| self.height(column)).collect();
        let mark = column_of(threshold);
        let cell = |line: usize, column: usize| match heights[column].saturating_sub(8 * line).min(8) {
            0 if column == mark => MARK[0],
            8 if column == mark => MARK[1],
            eighths => EIGHTHS[eighths],
        };
        (0..LINES).rev().map(|line| (0..COLUMNS).map(|column| cell(line, column)).collect()).collect()
    }

    /// The eighths of a line under the curve at a column's middle.
    fn height(&self, column: usize) -> usize {
        let similarity = (column as f64 + 0.5) / COLUMNS as f64;
        (self.found(similarity) * (8 * LINES) as f64).round() as usize
    }
}

/// The column of a drawn curve that a similarity falls into.
pub fn column_of(similarity: f64) -> usize {
    ((similarity * COLUMNS as f64) as usize).min(COLUMNS - 1)
}

/// The probability that a slot of two signatures is equal: it is shared, or its bits are alike by chance.
pub fn equal_slot(similarity: f64) -> f64 {
    similarity + (1.0 - similarity) / (f64::from(Slot::MAX) + 1.0)
}

/// The probability of each number of shared slots out of `slots`.
fn shared_slots(slots: usize, similarity: f64) -> Vec<f64> {
    (0..slots).fold(vec![1.0], |shared, _| sum(&shared, &[1.0 - similarity, similarity]))
}

/// How the sum of two independent numbers is distributed.
fn sum(a: &[f64], b: &[f64]) -> Vec<f64> {
    let mut sum = vec![0.0; a.len() + b.len() - 1];
    for (i, a) in a.iter().enumerate() {
        sum[i..].iter_mut().zip(b).for_each(|(sum, b)| *sum += a * b);
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn known_cuts() {
        assert_eq!(Shape::choose(0.65, 0.99, 128), Shape { bands: 32, rows: 4 });
        assert_eq!(Shape::choose(0.8, 0.99, 128), Shape { bands: 21, rows: 6 });
        assert_eq!(Shape::choose(0.0, 0.99, 128), Shape { bands: 128, rows: 1 });
        assert_eq!(Shape::choose(1.0, 0.99, 128), Shape { bands: 1, rows: 128 });
    }

    #[test]
    fn a_curve_as_it_is_drawn() {
        let drawn = Shape { bands: 32, rows: 4 }.drawn(0.65);
        let at = |line: usize, column: usize| drawn[line].chars().nth(column).unwrap();
        assert_eq!((drawn.len(), column_of(0.65), column_of(1.0)), (LINES, 39, COLUMNS - 1));
        assert_eq!([at(0, 0), at(LINES - 1, 0), at(0, 39), at(LINES - 1, 39), at(0, 59)], [' ', ' ', '░', '░', '█']);
        let drawn = Shape { bands: 1, rows: 1 }.drawn(0.5);
        assert_eq!(drawn[0], format!("{}┊{}▁▃▅▇", " ".repeat(30), " ".repeat(25)));
    }

    /// Every cut that slots allow.
    fn cuts(slots: usize) -> impl Iterator<Item = Shape> {
        (1..=slots).flat_map(move |rows| (1..=slots / rows).map(move |bands| Shape { bands, rows }))
    }

    /// Every signature pair, as bits of which slots are shared, with its probability.
    fn worlds(slots: usize, similarity: f64) -> impl Iterator<Item = (u32, f64)> {
        (0..1u32 << slots).map(move |shared| {
            let ones = shared.count_ones() as i32;
            (shared, similarity.powi(ones) * (1.0 - similarity).powi(slots as i32 - ones))
        })
    }

    proptest! {
        #[test]
        fn the_cut_keeps_its_promise(threshold in 0.0f64..=1.0, recall in 0.1f64..0.999, slots in 1usize..300) {
            let shape = Shape::choose(threshold, recall, slots);
            prop_assert!(shape.bands >= 1 && shape.bands * shape.rows <= slots);
            prop_assert!(shape.rows == 1 || shape.found(threshold) >= recall);
        }

        #[test]
        fn no_cut_that_reaches_the_recall_has_more_rows(threshold in 0.0f64..=1.0, recall in 0.1f64..0.999, slots in 1usize..200) {
            let shape = Shape::choose(threshold, recall, slots);
            let rows = cuts(slots).filter(|cut| cut.found(threshold) >= recall).map(|cut| cut.rows).max();
            let most = cuts(slots).map(|cut| cut.found(threshold)).fold(0.0, f64::max);
            match rows {
                Some(rows) => prop_assert_eq!(shape, Shape { bands: slots / rows, rows }),
                None => prop_assert!(shape.found(threshold) >= most - 1e-12, "{shape:?} where {most} is possible"),
            }
        }

        #[test]
        fn likelier_pairs_are_found_likelier(a in 0.0f64..1.0, b in 0.0f64..1.0, bands in 1usize..40, rows in 1usize..20) {
            let shape = Shape { bands, rows };
            prop_assert!(a > b || shape.found(a) <= shape.found(b) + 1e-12);
        }

        #[test]
        fn the_easier_target_has_the_more_rows(
            threshold in 0.0f64..=1.0, higher in 0.0f64..=1.0, recall in 0.1f64..0.999, lower in 0.1f64..0.999, slots in 1usize..300,
            more in 0usize..300,
        ) {
            let rows = |threshold, recall, slots| Shape::choose(threshold, recall, slots).rows;
            let (hard, easy) = (rows(threshold, recall, slots), rows(threshold.max(higher), recall.min(lower), slots + more));
            prop_assert!(hard <= easy);
        }

        #[test]
        fn found_with_is_the_sum_over_all_signatures(
            similarity in 0.0f64..=1.0, bands in 1usize..5, rows in 1usize..4, rest in 0usize..3, least in 0usize..16,
        ) {
            let (shape, slots) = (Shape { bands, rows }, bands * rows + rest);
            let whole = |shared: u32| (0..bands).any(|band| (shared >> (band * rows)).trailing_ones() as usize >= rows);
            let truth: f64 = worlds(slots, similarity)
                .filter(|&(shared, _)| whole(shared) && shared.count_ones() as usize >= least)
                .map(|(_, probability)| probability)
                .sum();
            prop_assert!((shape.found_with(similarity, slots, least) - truth).abs() < 1e-12);
            prop_assert!((shape.found_with(similarity, slots, 0) - shape.found(similarity)).abs() < 1e-12);
        }

        #[test]
        fn a_drawn_column_is_as_high_as_the_curve(bands in 1usize..200, rows in 1usize..40, threshold in 0.0f64..=1.0, column in 0..COLUMNS) {
            let (shape, mark) = (Shape { bands, rows }, column_of(threshold));
            let drawn: Vec<Vec<char>> = shape.drawn(threshold).iter().map(|line| line.chars().collect()).collect();
            prop_assert!(drawn.len() == LINES && drawn.iter().all(|line| line.len() == COLUMNS));
            let eighths = |cell: char| if cell == MARK[1] { Some(8) } else { EIGHTHS.iter().position(|&eighth| eighth == cell) };
            let height: usize = drawn.iter().map(|line| eighths(line[column]).unwrap_or(0)).sum();
            let truth = shape.found((column as f64 + 0.5) / COLUMNS as f64);
            prop_assert!((height as f64 / (8 * LINES) as f64 - truth).abs() <= 0.5 / (8 * LINES) as f64 + 1e-12);
            // No full line stands on one that is not full, and only the threshold is marked.
            prop_assert!(drawn.windows(2).all(|two| eighths(two[0][column]).unwrap_or(0) == 0 || eighths(two[1][column]) == Some(8)));
            prop_assert!(column == mark || drawn.iter().all(|line| !MARK.contains(&line[column])));
        }
    }
}
