//! Sorting by every thread.
//!
//! Cut at its median, in two and so on, until there is a part for each thread, which the standard library's unstable sort
//! puts in order: that takes two thirds of the work of rayon's. Keys tell all elements apart wherever the order of equal ones
//! would be seen, so that any number of threads gives the same. O(n log n), in place.

/// Fewer elements are left to one thread.
const SHORT: usize = if cfg!(test) { 1 << 3 } else { 1 << 13 };

/// Sorts by a key.
pub(crate) fn by_key<T: Send, K: Ord>(values: &mut [T], key: impl Fn(&T) -> K + Sync) {
    by_threads(values, &key, rayon::current_num_threads());
}

fn by_threads<T: Send, K: Ord>(values: &mut [T], key: &(impl Fn(&T) -> K + Sync), threads: usize) {
    if threads < 2 || values.len() < SHORT {
        return values.sort_unstable_by_key(key);
    }
    let ahead = threads / 2;
    let (less, _, more) = values.select_nth_unstable_by_key(values.len() / threads * ahead, key);
    rayon::join(|| by_threads(less, key, ahead), || by_threads(more, key, threads - ahead));
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn they_ascend_by_their_key(numbers in prop::collection::vec(0u32..90, 0..100), threads in 0usize..9) {
            let mut naive = numbers.clone();
            naive.sort_by_key(|number| !number);
            let mut sorted = numbers;
            by_threads(&mut sorted, &|number: &u32| !number, threads);
            prop_assert_eq!(sorted, naive);
        }
    }
}
