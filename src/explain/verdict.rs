//! A decision in one sentence, with the numbers that made it.

use super::{Events, Fit, NearDuplicates};
use crate::group::Linkage;
use crate::report::show::similarity as rounded_down;

/// Why two documents are in one group, or are not.
pub fn of_near_duplicates(found: &NearDuplicates, linkage: Linkage) -> String {
    let NearDuplicates { similarity, threshold, containment, containment_threshold, .. } = *found;
    let similarity_of = rounded_down(similarity);
    let contained = containment_threshold.filter(|&least| containment >= least);
    let reason = match contained {
        _ if found.same_text => "they have the same words".to_owned(),
        _ if similarity >= threshold => format!("similarity {similarity_of} reaches {threshold}"),
        Some(least) => format!(
            "similarity {similarity_of} is below {threshold}, but {} of the smaller is in the larger, and {least} is enough",
            rounded_down(containment)
        ),
        None => format!("similarity {similarity_of} is below {threshold}"),
    };
    match (found.same_group, found.near) {
        (true, true) => format!("same group: {reason}"),
        (true, false) => match found.chain.as_ref().map(Vec::len) {
            Some(edges) => format!("same group, by a chain of {edges} near-duplicates: {reason}"),
            None => format!("same group, by others between them: {reason}"),
        },
        (false, false) => format!("no near-duplicates: {reason}"),
        (false, true) => {
            let why = match linkage {
                Linkage::Representative => "a group holds only what is near its representative".to_owned(),
                Linkage::Components if found.shared_bands == 0 => {
                    format!("none of {} bands brought them together", found.bands)
                }
                Linkage::Components => {
                    "the bands that they share were too full to try every pair, or their signatures too unlike"
                        .to_owned()
                }
            };
            format!("near-duplicates, yet not in one group: {reason}, but {why}")
        }
    }
}

/// Why two documents are in one event, or are not.
pub fn of_events(found: &Events) -> String {
    let [a, b] = &found.compared;
    let threshold = found.threshold;
    match (found.same_event, &found.fit) {
        (true, _) if a == b => format!("same event: they are one group, for which {a} stands"),
        (true, None) => "same event: the same terms on the same day, which count as one document".to_owned(),
        (true, Some(fit)) if fit.score < f64::from(threshold) => {
            let ([x, y], cosine, least) = (fit.sizes, rounded_down(fit.centroid_cosine), found.mend_threshold);
            let both = format!("{} and {y} are fragments of one", groups(x));
            format!("same event: {both}: their centroids have the cosine {cosine}; {least} is enough")
        }
        (true, Some(Fit { sizes: [1, 1], score, .. })) => {
            format!("same event: joined at their similarity, {}; {threshold} is enough", rounded_down(*score))
        }
        (true, Some(fit)) => {
            let [x, y] = fit.sizes;
            format!("same event: {} and {y} were joined at {}; {threshold} is enough", groups(x), mean_of(fit))
        }
        (false, Some(Fit { sizes: [1, 1], score, .. })) => {
            format!("different events: their similarity, {}, is below {threshold}", rounded_down(*score))
        }
        (false, Some(fit)) => {
            let [x, y] = fit.sizes;
            let both = format!("different events: the two, of {} and {y}, have {}", groups(x), mean_of(fit));
            let (cosine, least) = (rounded_down(fit.centroid_cosine), found.mend_threshold);
            if fit.connected {
                format!("{both}, below {threshold}, and their centroids the cosine {cosine}, below {least}")
            } else {
                format!("{both}, below {threshold}, and no pairs that similar lead from one to the other")
            }
        }
        // Two events always have a fit.
        (false, None) => "different events".to_owned(),
    }
}

/// The number that decided.
fn mean_of(fit: &Fit) -> String {
    let (mean, score) = (rounded_down(fit.mean_similarity), rounded_down(fit.score));
    if fit.sizes.contains(&1) {
        format!("a mean similarity of {mean}")
    } else {
        format!("a mean similarity of {mean}, damped for their size {score}")
    }
}

fn groups(count: usize) -> String {
    format!("{count} group{}", if count == 1 { "" } else { "s" })
}
