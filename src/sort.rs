//! Sorting by one thread or by all of them.
//!
//! The standard library's unstable sort takes two thirds of the work of rayon's, and a few milliseconds for what is not long:
//! every thread is asked only where there is so much that waiting costs more. Keys tell all elements apart wherever the order
//! of equal ones would be seen, so that both ways give the same. O(n log n), in place.

use rayon::prelude::*;

/// So many elements are worth every thread.
const LONG: usize = if cfg!(test) { 1 << 6 } else { 1 << 18 };

/// Sorts by a key.
pub(crate) fn by_key<T: Send, K: Ord>(values: &mut [T], key: impl Fn(&T) -> K + Sync) {
    if values.len() < LONG || rayon::current_num_threads() == 1 {
        values.sort_unstable_by_key(key);
    } else {
        values.par_sort_unstable_by_key(key);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn they_ascend_by_their_key(mut numbers in prop::collection::vec(any::<u32>(), 0..200)) {
            let mut naive = numbers.clone();
            naive.sort_by_key(|number| !number);
            super::by_key(&mut numbers, |number| !number);
            prop_assert_eq!(numbers, naive);
        }
    }
}
