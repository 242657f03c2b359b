//! Names of clusters to numbers without gaps, in the order in which they come up.

use std::collections::HashMap;

/// The numbers, and how many there are.
pub(crate) fn numbers(names: &[u32]) -> (Vec<u32>, usize) {
    let mut known = HashMap::new();
    let number = |name| {
        let next = known.len() as u32;
        *known.entry(name).or_insert(next)
    };
    let numbers = names.iter().copied().map(number).collect();
    (numbers, known.len())
}
