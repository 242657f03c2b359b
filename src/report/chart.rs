//! Numbers to coordinates: the histogram of similarity, an event over time, and bars.
//!
//! Everything is a share of the drawing's width or height in percent, so that a chart fits a phone and a wide screen and
//! its letters keep their size. Counting takes constant memory: 20 bins, or at most [`MAX_BARS`] bars.
//! Bad case: an event of many years gets wide bars.

use serde::Serialize;

/// Bins of similarity from 0 to 1.
const BINS: usize = 20;
/// An event's time is drawn with at most so many bars.
const MAX_BARS: i64 = 48;
/// A bar of full height stands for at least so many documents: few documents look like few.
const FULL_HEIGHT: u64 = 3;
/// What one bar of a timeline may stand for, in seconds.
const BAR_SECONDS: [i64; 11] =
    [900, 3600, 2 * 3600, 3 * 3600, 6 * 3600, 12 * 3600, 86_400, 2 * 86_400, 7 * 86_400, 28 * 86_400, 364 * 86_400];

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
    ticks: Vec<Tick>,
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

/// A line across, with its number.
#[derive(Debug, Serialize)]
struct Tick {
    y: f64,
    count: u64,
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

    /// The bars, the lines across and the threshold; `below_threshold` where the threshold is the edge of a bin.
    pub(super) fn draw(&self, threshold: Option<f64>) -> HistogramView {
        let threshold = threshold.filter(|t| (0.0..=1.0).contains(t));
        let top = self.bins.iter().copied().max().unwrap_or(0);
        let step = tick_step(top);
        let height = top.div_ceil(step) * step;
        HistogramView {
            total: self.bins.iter().sum(),
            bars: self.bins.iter().enumerate().map(|(bin, &count)| bar(bin, count, height)).collect(),
            ticks: (0..=height / step).map(|i| tick(i * step, height)).collect(),
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

fn bar(bin: usize, count: u64, top: u64) -> Bar {
    let height = share(count as f64, top as f64);
    let edge = |bin: usize| bin as f64 / BINS as f64;
    Bar { x: share(edge(bin), 1.0), y: 100.0 - height, height, from: edge(bin), to: edge(bin + 1), count }
}

fn tick(count: u64, top: u64) -> Tick {
    Tick { y: 100.0 - share(count as f64, top as f64), count }
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

/// The documents of one event over time.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Timeline {
    start: i64,
    bar_seconds: i64,
    bars: Vec<u64>,
}

/// A timeline as it is drawn: one path in a box of `width` x 100.
#[derive(Debug, Serialize)]
pub(super) struct TimelineView {
    width: usize,
    path: String,
    bar_seconds: i64,
    total: u64,
    peak: u64,
    peak_at: i64,
}

impl Timeline {
    /// An empty timeline from `first` to `last`; none where that is a single moment.
    pub(super) fn new(first: i64, last: i64) -> Option<Self> {
        let length = last.checked_sub(first).filter(|&length| length > 0)?;
        let bar_seconds = BAR_SECONDS.into_iter().find(|unit| length / unit + 2 <= MAX_BARS).unwrap_or(length / 20);
        let start = first - first.rem_euclid(bar_seconds);
        Some(Self { start, bar_seconds, bars: vec![0; ((last - start) / bar_seconds + 1) as usize] })
    }

    /// Counts a document; one outside the event's time is not drawn.
    pub(super) fn add(&mut self, at: i64) {
        let place = at.checked_sub(self.start).map_or(-1, |offset| offset.div_euclid(self.bar_seconds));
        if let Some(bar) = usize::try_from(place).ok().and_then(|place| self.bars.get_mut(place)) {
            *bar += 1;
        }
    }

    /// The path; none where fewer than two bars stand, which says no more than the dates do.
    pub(super) fn draw(&self) -> Option<TimelineView> {
        let (place, &peak) = self.bars.iter().enumerate().rev().max_by_key(|(_, count)| **count)?;
        let standing = self.bars.iter().filter(|count| **count > 0).count();
        (standing > 1).then(|| TimelineView {
            width: self.bars.len(),
            path: self.path(peak),
            bar_seconds: self.bar_seconds,
            total: self.bars.iter().sum(),
            peak,
            peak_at: self.start + place as i64 * self.bar_seconds,
        })
    }

    fn path(&self, peak: u64) -> String {
        let bars = self.bars.iter().enumerate().filter(|(_, count)| **count > 0);
        bars.map(|(place, &count)| {
            format!("M{place}.08 100V{}h.84V100z", 100.0 - share(count as f64, peak.max(FULL_HEIGHT) as f64))
        })
        .collect()
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
        let view = histogram.draw(Some(0.65));
        assert_eq!((view.total, view.below_threshold), (6, Some(1)));
        assert_eq!(view.threshold.map(|mark| mark.x), Some(65.0));
        assert!(view.bars.iter().all(|bar| bar.y >= 0.0 && bar.y + bar.height == 100.0));
        assert_eq!(view.ticks.last().map(|tick| (tick.y, tick.count)), Some((0.0, 3)));
        assert_eq!(histogram.draw(Some(0.66)).below_threshold, None);
        assert!(histogram.draw(Some(7.0)).threshold.is_none());
        assert_eq!(Histogram::default().draw(None).ticks.len(), 1);
    }

    #[test]
    fn steps_are_round() {
        assert_eq!([0, 1, 4, 5, 9, 81, 1000, 1001].map(tick_step), [1, 1, 1, 2, 5, 50, 500, 500]);
        assert!(tick_step(u64::MAX) > u64::MAX / 8);
    }

    #[test]
    fn a_timeline_counts_every_document_in_its_time() {
        let (first, last) = (1_717_694_400, 1_717_694_400 + 3 * 86_400);
        let mut timeline = Timeline::new(first, last).unwrap();
        [first, first + 1, last, last + 86_400, i64::MIN, i64::MAX].into_iter().for_each(|at| timeline.add(at));
        let view = timeline.draw().unwrap();
        assert_eq!((view.total, view.peak, view.bar_seconds), (3, 2, 2 * 3600));
        assert!(view.peak_at <= first && first < view.peak_at + view.bar_seconds);
        assert!(view.width as i64 <= MAX_BARS && view.path.matches('M').count() == 2);
        assert!(Timeline::new(5, 5).is_none() && Timeline::new(5, 4).is_none());
        assert!(Timeline::new(i64::MIN, i64::MAX).is_none());
    }

    #[test]
    fn any_length_of_time_has_few_bars() {
        for length in (0..40).map(|power| 1i64 << power) {
            for first in [0, 899, -1, 1_717_694_400] {
                assert!(Timeline::new(first, first + length).unwrap().bars.len() as i64 <= MAX_BARS);
            }
        }
    }
}
