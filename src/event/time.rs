//! Times of publication to how much they speak for one event.
//!
//! Documents of one hour are as close as can be; the factor falls with the days between, to a floor. After a season the
//! floor is left only to what is very much alike, such as one report under two dates: last year's summit is another one.
//! Where a date is missing, it is guessed: the dated documents most similar to the undated one vote with their cosines,
//! beside a vote for not knowing. So an undated report belongs to one week of a long story, not to every week of it.
//!
//! `time(d) = f + (1 - f) exp(-(d / days)^0.56)`, where `f = floor (g + (1 - g) min(1, s / 0.4)^2)` with
//! `g = exp(-(d / 150)^2)`, beyond 60 days, of documents whose similarity is `s` but for time; undated: the mean of it over
//! the guesses, with weights. Linear in neighbours; memory: 96 bytes an undated document. Bad case: an undated look back
//! at last year's event.

use super::Params;
use super::neighbours::Near;

/// The power of the days in the fall of the time factor: 1 is an exponential, less has a longer tail.
const FALL: f32 = 0.56;
/// So many days apart, the floor is only for what is very much alike: else it is last year's summit.
const SEASON: f32 = 150.0;
/// Very much alike is a similarity, but for time, of this.
const VERY: f32 = 0.4;
/// Dated neighbours that vote on the date of an undated document.
const VOTERS: usize = 8;
/// The vote for not knowing, in units of products of two cosines.
const UNSURE: f32 = 0.05;

/// How much two times of publication speak for one event: 1 in the same hour, falling to a floor; a constant where one
/// of them is unknown.
pub(super) struct TimeFactor {
    by_hour: Vec<f32>,
    /// What of the floor is for all, by days.
    for_all: Vec<f32>,
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
        let for_all = (0..3 * SEASON as u32).map(|days| (-(days as f32 / SEASON).powi(2)).exp()).collect();
        TimeFactor {
            by_hour: (0..HOURS).map(factor).collect(),
            for_all,
            floor: params.time_floor,
            undated: params.undated,
        }
    }

    #[inline]
    pub(super) fn of(&self, a: Option<i64>, b: Option<i64>) -> f32 {
        match (a, b) {
            (Some(a), Some(b)) => self.between(a, b, VERY),
            _ => self.undated,
        }
    }

    /// The factor of two times, of documents that are `alike` but for time.
    #[inline]
    fn between(&self, a: i64, b: i64, alike: f32) -> f32 {
        let hours = a.abs_diff(b) / 3600;
        if let Some(&factor) = self.by_hour.get(hours as usize) {
            return factor;
        }
        let for_all = self.for_all.get(hours as usize / 24).copied().unwrap_or_default();
        self.floor * (for_all + (1.0 - for_all) * (alike / VERY).min(1.0).powi(2))
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

    /// The time factor of two documents that are `alike` but for time.
    pub(super) fn factor(&self, a: usize, b: usize, alike: f32) -> f32 {
        let (ours, theirs) = (self.published[a], self.published[b]);
        let known = |at: &Option<i64>| at.map(|time| (time, 1.0));
        let (one, other) = (known(&ours), known(&theirs));
        let ours = one.as_ref().map_or(&*self.guesses[a], std::slice::from_ref);
        let theirs = other.as_ref().map_or(&*self.guesses[b], std::slice::from_ref);
        if let (Some(a), Some(b)) = (one, other) {
            return self.factor.between(a.0, b.0, alike);
        }
        // A guess rules nothing out: the floor is whole.
        let (mut sum, mut votes) = (UNSURE * self.factor.undated, UNSURE);
        for &(a, vote) in ours {
            for &(b, other_vote) in theirs {
                sum += vote * other_vote * self.factor.between(a, b, VERY);
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
        let apart = |days: i64, alike: f32| time.between(0, days * DAY, alike);
        assert_eq!(apart(59, 0.1), apart(59, 0.9));
        assert!(apart(365, 0.1) < 0.1 * params.time_floor && apart(365, 0.9) == params.time_floor);
        assert_eq!(time.of(None, Some(0)), params.undated);
    }

    #[test]
    fn a_missing_date_is_that_of_the_neighbours() {
        let params = Params::default();
        let published = [Some(0), Some(100 * DAY), None, None];
        let near = |cosines: &[(u32, f32)]| Near { cosines: cosines.to_vec(), ..Near::default() };
        let nears = [near(&[]), near(&[]), near(&[(0, 0.8), (3, 0.9)]), near(&[])];
        let times = Times::new(&nears, &published, &params);
        assert!(times.factor(2, 0, 0.1) > 0.9 && times.factor(2, 1, 0.1) < 0.5);
        assert_eq!(times.factor(1, 2, 0.1), times.factor(2, 1, 0.1));
        assert!((times.factor(3, 0, 0.1) - params.undated).abs() < 1e-6, "nobody to ask");
    }
}
