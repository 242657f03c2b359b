//! Times of publication to how much they speak for one event.
//!
//! Documents of one hour are as close as can be; the factor falls with the days between, to a floor. Where a date is
//! missing, it is guessed: the dated documents most similar to the undated one vote with their cosines, beside a vote
//! for not knowing. So an undated report belongs to one week of a long story, not to every week of it.
//!
//! `time(d) = floor + (1 - floor) exp(-(d / days)^0.56)`; undated: the mean of it over the guesses, with weights. Linear
//! in neighbours; memory: 96 bytes an undated document. Bad case: an undated look back at last year's event.

use super::Params;
use super::neighbours::Near;

/// The power of the days in the fall of the time factor: 1 is an exponential, less has a longer tail.
const FALL: f32 = 0.56;
/// Dated neighbours that vote on the date of an undated document.
const VOTERS: usize = 8;
/// The vote for not knowing, in units of products of two cosines.
const UNSURE: f32 = 0.05;

/// How much two times of publication speak for one event: 1 in the same hour, falling to a floor; a constant where one
/// of them is unknown.
pub(super) struct TimeFactor {
    by_hour: Vec<f32>,
    floor: f32,
    undated: f32,
}

impl TimeFactor {
    pub(super) fn new(params: &Params) -> TimeFactor {
        const HOURS: u32 = 24 * 60;
        let factor = |hours: u32| {
            let fall = (-(hours as f32 / 24.0 / params.days).powf(FALL)).exp();
            params.time_floor + (1.0 - params.time_floor) * fall
        };
        TimeFactor { by_hour: (0..HOURS).map(factor).collect(), floor: params.time_floor, undated: params.undated }
    }

    #[inline]
    pub(super) fn of(&self, a: Option<i64>, b: Option<i64>) -> f32 {
        match (a, b) {
            (Some(a), Some(b)) => self.between(a, b),
            _ => self.undated,
        }
    }

    #[inline]
    fn between(&self, a: i64, b: i64) -> f32 {
        let hours = a.abs_diff(b) / 3600;
        self.by_hour.get(hours as usize).copied().unwrap_or(self.floor)
    }
}

/// When every document was published, or may have been.
pub(super) struct Times<'a> {
    published: &'a [Option<i64>],
    factor: TimeFactor,
    /// Of each document without a date: times and votes.
    guesses: Vec<Box<[(i64, f32)]>>,
}

impl<'a> Times<'a> {
    pub(super) fn new(near: &[Near], published: &'a [Option<i64>], params: &Params) -> Times<'a> {
        let guess =
            |(near, at): (&Near, &Option<i64>)| if at.is_some() { Box::default() } else { guess(near, published) };
        let guesses = std::iter::zip(near, published).map(guess).collect();
        Times { published, factor: TimeFactor::new(params), guesses }
    }

    /// The times and votes by which a document without a date is placed.
    pub(super) fn guesses(&self, document: usize) -> &[(i64, f32)] {
        &self.guesses[document]
    }

    /// The time factor of two documents.
    pub(super) fn factor(&self, a: usize, b: usize) -> f32 {
        let (ours, theirs) = (self.published[a], self.published[b]);
        let known = |at: &Option<i64>| at.map(|time| (time, 1.0));
        let (one, other) = (known(&ours), known(&theirs));
        let ours = one.as_ref().map_or(&*self.guesses[a], std::slice::from_ref);
        let theirs = other.as_ref().map_or(&*self.guesses[b], std::slice::from_ref);
        if let (Some(a), Some(b)) = (one, other) {
            return self.factor.between(a.0, b.0);
        }
        let (mut sum, mut votes) = (UNSURE * self.factor.undated, UNSURE);
        for &(a, vote) in ours {
            for &(b, other_vote) in theirs {
                sum += vote * other_vote * self.factor.between(a, b);
                votes += vote * other_vote;
            }
        }
        sum / votes
    }
}

/// The times of the dated neighbours most similar to a document, with the cosines.
fn guess(near: &Near, published: &[Option<i64>]) -> Box<[(i64, f32)]> {
    let dated = near.cosines.iter().filter_map(|&(other, cosine)| published[other as usize].map(|at| (at, cosine)));
    let mut votes: Vec<(i64, f32)> = dated.collect();
    votes.sort_unstable_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    votes.truncate(VOTERS);
    votes.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: i64 = 86_400;

    #[test]
    fn time_speaks_less_and_less() {
        let params = Params::default();
        let time = TimeFactor::new(&params);
        let at = |hours: i64| time.of(Some(0), Some(hours * 3600));
        assert_eq!(at(0), 1.0);
        assert!(at(24) > at(48) && at(48) > at(24 * 30) && at(24 * 30) >= params.time_floor);
        assert_eq!(time.of(Some(i64::MIN), Some(i64::MAX)), params.time_floor);
        assert_eq!(time.of(None, Some(0)), params.undated);
    }

    #[test]
    fn a_missing_date_is_that_of_the_neighbours() {
        let params = Params::default();
        let published = [Some(0), Some(100 * DAY), None, None];
        let near = |cosines: &[(u32, f32)]| Near { cosines: cosines.to_vec(), ..Near::default() };
        let nears = [near(&[]), near(&[]), near(&[(0, 0.8), (3, 0.9)]), near(&[])];
        let times = Times::new(&nears, &published, &params);
        assert!(times.factor(2, 0) > 0.9 && times.factor(2, 1) < 0.5);
        assert_eq!(times.factor(1, 2), times.factor(2, 1));
        assert!((times.factor(3, 0) - params.undated).abs() < 1e-6, "nobody to ask");
    }
}
