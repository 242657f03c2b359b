//! The S-curve: how likely bands and rows are to find a pair, and which of them to take.
//!
//! ```text
//! P(found) = 1 - (1 - s^rows)^bands
//! ```
//!
//! More rows make the curve steeper and its buckets purer, more bands lift it; their product is bounded by the slots.

use serde::{Deserialize, Serialize};

/// How a signature is cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shape {
    /// Bands in a signature.
    pub bands: usize,
    /// Slots in a band.
    pub rows: usize,
}

impl Shape {
    /// The probability that a pair of this similarity shares a band.
    pub fn found(&self, similarity: f64) -> f64 {
        1.0 - (1.0 - similarity.powi(self.rows as i32)).powi(self.bands as i32)
    }

    /// The cut with the most rows, and all the bands that `slots` allow, that finds pairs at `threshold` with probability
    /// `recall`; single slots as bands where even they do not.
    pub fn choose(threshold: f64, recall: f64, slots: usize) -> Shape {
        let cut = |rows: usize| Shape { bands: slots / rows, rows };
        (1..=slots).rev().map(cut).find(|shape| shape.found(threshold) >= recall).unwrap_or(cut(1))
    }
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

    proptest! {
        #[test]
        fn the_cut_keeps_its_promise(threshold in 0.05f64..1.0, recall in 0.1f64..0.999, slots in 1usize..300) {
            let shape = Shape::choose(threshold, recall, slots);
            prop_assert!(shape.bands * shape.rows <= slots);
            prop_assert!(shape.rows == 1 || shape.found(threshold) >= recall);
        }

        #[test]
        fn likelier_pairs_are_found_likelier(a in 0.0f64..1.0, b in 0.0f64..1.0, bands in 1usize..40, rows in 1usize..20) {
            let shape = Shape { bands, rows };
            prop_assert!(a > b || shape.found(a) <= shape.found(b) + 1e-12);
        }
    }
}
