//! A vector that somebody's model made of a document, to what it adds to a cosine.
//!
//! Between two documents that both have one, the cosine of terms and the likeness of vectors are mixed. What two documents
//! taken at random have in common in such a space differs from model to model, and is taken out first: it is the mean over
//! pairs of the input itself, each document beside the next in the order of a hash, so that no label and no setting is
//! needed. Vectors of different lengths are of different models and are strangers.
//!
//! `likeness = max(0, (e - m) / (1 - m))^2` of the cosine `e` and that mean `m`. Linear in the numbers; memory: a byte a
//! number. Bad case: documents that share no term are not compared, however alike their vectors.

use crate::document::Vector;
use crate::hash;

/// Longer vectors are no embeddings.
const MOST_NUMBERS: usize = 1 << 14;
/// The largest number of a vector, as it is kept.
const UNIT: f32 = 127.0;
/// Pairs of documents that tell what is usual.
const PAIRS: usize = 2000;

/// A direction, each number in a byte. Empty, where there is none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Embedding(Box<[i8]>);

impl Embedding {
    /// The direction of a document's vector; `None` where that is no list of numbers, or points nowhere.
    pub fn of(vector: Vector) -> Option<Embedding> {
        match vector {
            Vector::None => None,
            Vector::Json(json) => Embedding::read(json),
            Vector::Numbers(numbers) => Embedding::towards(numbers),
        }
    }

    /// The direction of a JSON list of numbers; `None` where that is something else, or points nowhere.
    pub fn read(json: &str) -> Option<Embedding> {
        Embedding::towards(&serde_json::from_str::<Vec<f32>>(json).ok()?)
    }

    fn towards(numbers: &[f32]) -> Option<Embedding> {
        let largest = numbers.iter().fold(0.0f32, |largest, number| largest.max(number.abs()));
        if numbers.len() > MOST_NUMBERS || !(largest.is_normal() && largest.is_finite()) {
            return None;
        }
        Some(Embedding(numbers.iter().map(|number| (number / largest * UNIT).round() as i8).collect()))
    }

    /// Appends its numbers.
    pub(super) fn write(&self, out: &mut Vec<u8>) {
        out.extend(self.0.iter().map(|&number| number as u8));
    }

    /// The direction of numbers that were written.
    pub(super) fn parse(bytes: &[u8]) -> Embedding {
        Embedding(bytes.iter().map(|&byte| byte as i8).collect())
    }

    pub(super) fn is_none(&self) -> bool {
        self.0.is_empty()
    }

    /// The cosine of two directions, of one length.
    fn cosine(&self, other: &Embedding) -> Option<f32> {
        if self.0.len() != other.0.len() || self.is_none() {
            return None;
        }
        let dot =
            |a: &[i8], b: &[i8]| std::iter::zip(a, b).map(|(&a, &b)| i64::from(a) * i64::from(b)).sum::<i64>() as f64;
        let lengths = dot(&self.0, &self.0) * dot(&other.0, &other.0);
        Some((dot(&self.0, &other.0) / lengths.sqrt()) as f32)
    }
}

/// What vectors add, among these documents.
pub(super) struct Mixing<'a> {
    embeddings: Vec<&'a Embedding>,
    usual: f32,
    weight: f32,
}

impl<'a> Mixing<'a> {
    /// Nothing, where no two documents have vectors.
    pub(super) fn new(embeddings: Vec<&'a Embedding>, weight: f32) -> Option<Mixing<'a>> {
        let with: Vec<u32> = (0..embeddings.len() as u32).filter(|&at| !embeddings[at as usize].is_none()).collect();
        if with.len() < 2 || weight == 0.0 {
            return None;
        }
        let mut order = with;
        order.sort_by_cached_key(|&at| hash::mix(u64::from(at)));
        order.truncate(PAIRS + 1);
        let pairs =
            order.windows(2).filter_map(|pair| embeddings[pair[0] as usize].cosine(embeddings[pair[1] as usize]));
        let cosines: Vec<f32> = pairs.collect();
        let usual = cosines.iter().sum::<f32>() / cosines.len().max(1) as f32;
        // Where all are alike, vectors tell nothing apart.
        Some(Mixing { embeddings, usual: usual.clamp(-0.99, 0.99), weight })
    }

    /// How alike two documents are by their vectors, in [0, 1].
    pub(super) fn likeness(&self, a: usize, b: usize) -> Option<f32> {
        let cosine = self.embeddings[a].cosine(self.embeddings[b])?;
        Some(((cosine - self.usual) / (1.0 - self.usual)).clamp(0.0, 1.0).powi(2))
    }

    /// The cosine of two documents, with what their vectors add.
    pub(super) fn mixed(&self, cosine: f32, a: usize, b: usize) -> f32 {
        self.likeness(a, b).map_or(cosine, |likeness| cosine + self.weight * (likeness - cosine))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(numbers: &[f32]) -> Embedding {
        Embedding::read(&serde_json::to_string(numbers).unwrap()).unwrap()
    }

    #[test]
    fn what_is_no_direction_is_none() {
        for json in ["", "null", "3", "\"x\"", "[\"a\"]", "[]", "[0, 0]", "[1e39, 1]", "{}", "[1,"] {
            assert_eq!(Embedding::read(json), None, "{json}");
        }
        assert!(Embedding::read(&format!("[{}1]", "1,".repeat(MOST_NUMBERS))).is_none());
        assert_eq!(read(&[2.0, -1.0]), read(&[4.0, -2.0]), "length says nothing");
    }

    #[test]
    fn only_vectors_of_one_model_are_compared() {
        let (a, b, none) = (read(&[1.0, 0.0]), read(&[1.0, 0.0, 0.0]), Embedding::default());
        let mixing = Mixing::new(vec![&a, &b, &none, &a], 0.5).unwrap();
        assert_eq!((mixing.mixed(0.2, 0, 1), mixing.mixed(0.2, 0, 2)), (0.2, 0.2));
        assert!(mixing.mixed(0.2, 0, 3) > 0.2);
        assert!(Mixing::new(vec![&none, &none], 0.5).is_none() && Mixing::new(vec![&a, &a], 0.0).is_none());
    }

    proptest! {
        #[test]
        fn the_cosine_is_that_of_the_numbers(
            (a, b) in (2usize..40).prop_flat_map(|len| (proptest::collection::vec(-1.0f32..1.0, len), proptest::collection::vec(-1.0f32..1.0, len))),
        ) {
            prop_assume!(a.iter().chain(&b).any(|x| x.abs() > 0.1));
            let dot = |a: &[f32], b: &[f32]| std::iter::zip(a, b).map(|(a, b)| a * b).sum::<f32>();
            let exact = dot(&a, &b) / (dot(&a, &a) * dot(&b, &b)).sqrt();
            let [a, b] = [&a, &b].map(|numbers| Embedding::read(&serde_json::to_string(numbers).unwrap()));
            if let (Some(a), Some(b)) = (a, b) {
                prop_assert!((a.cosine(&b).unwrap() - exact).abs() < 0.05);
                prop_assert_eq!(a.cosine(&b), b.cosine(&a));
            }
        }
    }
}
