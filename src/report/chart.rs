//! Numbers to coordinates: axes, the histogram of similarity, and over it the S-curve.
//!
//! Everything is a share of the drawing's width or height in percent, so that a chart fits a phone and a wide screen and
//! its letters keep their size. Constant memory.

use crate::lsh::Shape;
use serde::Serialize;

/// Bins of similarity from 0 to 1.
const BINS: usize = 20;
/// Points of the curve.
const POINTS: usize = 100;

/// `part` of `whole` in percent, with two decimals; nothing of nothing is nothing.
pub(super) fn share(part: f64, whole: f64) -> f64 {
    if whole > 0.0 && part.is_finite() { (part / whole * 10_000.0).round() / 100.0 } else { 0.0 }
}

/// How many documents have which similarity to their representative.
#[derive(Debug, Clone, Default, Serialize)]
pub(super) struct Histogram {
    bins: [u64; BINS],
}

/// The histogram as it is drawn.
#[derive(Debug, Serialize)]
pub(super) struct HistogramView {
    total: u64,
    bars: Vec<Bar>,
    axis: Axis,
    curve: Vec<Point>,
    shape: Option<Shape>,
    threshold: Option<Mark>,
    below_threshold: Option<u64>,
}

/// A bar: where it stands, and what it says.
#[derive(Debug, Serialize)]
struct Bar {
    x: f64,
    y: f64,
    height: f64,
    from: f64,
    to: f64,
    count: u64,
}

/// A place in the drawing.
#[derive(Debug, Serialize)]
struct Point {
    x: f64,
    y: f64,
}

/// An upright axis of counts, from nothing to a round number.
#[derive(Debug, Serialize)]
pub(super) struct Axis {
    top: u64,
    ticks: Vec<Tick>,
}

/// A line across, with its number.
#[derive(Debug, Serialize)]
struct Tick {
    y: f64,
    count: u64,
}

impl Axis {
    /// One that the largest count fits.
    pub(super) fn to(largest: u64) -> Self {
        let step = tick_step(largest);
        let top = largest.div_ceil(step) * step;
        let tick = |count: u64| Tick { y: 100.0 - share(count as f64, top as f64), count };
        Self { top, ticks: (0..=top / step).map(|i| tick(i * step)).collect() }
    }

    /// How high a count stands.
    pub(super) fn height(&self, count: u64) -> f64 {
        share(count as f64, self.top as f64)
    }
}

/// A line upright, with its similarity.
#[derive(Debug, Serialize)]
struct Mark {
    x: f64,
    similarity: f64,
    is_left: bool,
}

impl Histogram {
    /// Counts one document that is not its own representative.
    pub(super) fn add(&mut self, similarity: f64) {
        let bin = (similarity.clamp(0.0, 1.0) * BINS as f64) as usize;
        self.bins[bin.min(BINS - 1)] += 1;
    }

    /// The bars, the curve and the threshold; `below_threshold` where the threshold is the edge of a bin.
    pub(super) fn draw(&self, threshold: Option<f64>, shape: Option<Shape>) -> HistogramView {
        let threshold = threshold.filter(|t| (0.0..=1.0).contains(t));
        let axis = Axis::to(self.bins.iter().copied().max().unwrap_or(0));
        HistogramView {
            total: self.bins.iter().sum(),
            bars: self.bins.iter().enumerate().map(|(bin, &count)| bar(bin, count, &axis)).collect(),
            axis,
            curve: shape.map(curve).unwrap_or_default(),
            shape,
            threshold: threshold.map(|similarity| Mark {
                x: share(similarity, 1.0),
                similarity,
                is_left: similarity > 0.5,
            }),
            below_threshold: threshold.and_then(|t| self.below(t)),
        }
    }

    fn below(&self, threshold: f64) -> Option<u64> {
        let edge = threshold * BINS as f64;
        let is_edge = (edge - edge.round()).abs() < 1e-9;
        is_edge.then(|| self.bins.iter().take(edge.round() as usize).sum())
    }
}

fn bar(bin: usize, count: u64, axis: &Axis) -> Bar {
    let height = axis.height(count);
    let edge = |bin: usize| bin as f64 / BINS as f64;
    Bar { x: share(edge(bin), 1.0), y: 100.0 - height, height, from: edge(bin), to: edge(bin + 1), count }
}

/// The probability that a pair is found, by its similarity.
fn curve(shape: Shape) -> Vec<Point> {
    let at = |point: usize| point as f64 / POINTS as f64;
    (0..=POINTS)
        .map(|point| Point { x: share(at(point), 1.0), y: 100.0 - share(shape.found(at(point)), 1.0) })
        .collect()
}

/// The smallest of 1, 2, 5, 10, 20, ... that needs at most four steps to the top.
fn tick_step(top: u64) -> u64 {
    let mut decade = 1u64;
    loop {
        for digit in [1, 2, 5] {
            let step = decade.saturating_mul(digit);
            if top.div_ceil(step) <= 4 {
                return step;
            }
        }
        decade = decade.saturating_mul(10);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edges_belong_to_the_bin_above_and_one_to_the_last() {
        for bin in 0..=BINS {
            let mut histogram = Histogram::default();
            histogram.add(bin as f64 / BINS as f64);
            assert_eq!(histogram.bins[bin.min(BINS - 1)], 1, "{bin}");
        }
        let mut histogram = Histogram::default();
        [-1.0, f64::NAN, 2.0].into_iter().for_each(|wild| histogram.add(wild));
        assert_eq!((histogram.bins[0], histogram.bins[19]), (2, 1));
    }

    #[test]
    fn bars_fit_the_box_and_the_threshold_is_marked() {
        let mut histogram = Histogram::default();
        [0.5, 0.7, 0.7, 0.96, 1.0, 1.0].into_iter().for_each(|similarity| histogram.add(similarity));
        let view = histogram.draw(Some(0.65), Some(Shape { bands: 32, rows: 4 }));
        assert_eq!((view.total, view.below_threshold), (6, Some(1)));
        assert_eq!(view.threshold.map(|mark| mark.x), Some(65.0));
        assert!(view.bars.iter().all(|bar| bar.y >= 0.0 && bar.y + bar.height == 100.0));
        assert_eq!(view.axis.ticks.last().map(|tick| (tick.y, tick.count)), Some((0.0, 3)));
        let ends = [0, POINTS].map(|point| (view.curve[point].x, view.curve[point].y));
        assert_eq!(ends, [(0.0, 100.0), (100.0, 0.0)]);
        assert!(view.curve.is_sorted_by(|a, b| a.x < b.x && a.y >= b.y));
        assert_eq!(histogram.draw(Some(0.66), None).below_threshold, None);
        assert!(histogram.draw(Some(7.0), None).threshold.is_none());
        assert_eq!(Histogram::default().draw(None, None).axis.ticks.len(), 1);
    }

    #[test]
    fn steps_are_round() {
        assert_eq!([0, 1, 4, 5, 9, 81, 1000, 1001].map(tick_step), [1, 1, 1, 2, 5, 50, 500, 500]);
        assert!(tick_step(u64::MAX) > u64::MAX / 8);
    }
}
