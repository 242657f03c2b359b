//! Two texts to the passages that both have, and that only one has.
//!
//! A passage is a run of shingles of one text, each of the next word on, all of which the other text has, or none; its words
//! are those the run covers. So a word that was changed shows with those around it. Linear in the words.

use crate::shingle::Set;
use serde::Serialize;

/// Passages that are shown of a kind.
const PASSAGES: usize = 3;
/// Words that are shown of a passage.
const WORDS: usize = 16;

/// A run of shingles.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Passage {
    /// Its words, as they were compared; a long one is cut.
    pub text: String,
    /// Shingles in it.
    pub shingles: usize,
}

/// The longest passages of a text, given its words and shingles in order, whose shingles the other text has, or has not.
pub fn passages(words: &[String], shingles: &[u64], other: &Set, are_shared: bool) -> Vec<Passage> {
    if words.is_empty() {
        return Vec::new();
    }
    // A text shorter than one shingle is one shingle.
    let width = words.len() + 1 - shingles.len().min(words.len());
    let mut start = 0;
    let mut runs: Vec<(usize, usize)> = Vec::new();
    for run in shingles.chunk_by(|&a, &b| other.contains(a) == other.contains(b)) {
        if other.contains(run[0]) == are_shared {
            runs.push((start, run.len()));
        }
        start += run.len();
    }
    runs.sort_by_key(|&(start, len)| (std::cmp::Reverse(len), start));
    let text = |start: usize, len: usize| {
        let covered = words.get(start..start + len + width - 1).unwrap_or_default();
        let cut = if covered.len() > WORDS { " …" } else { "" };
        covered[..covered.len().min(WORDS)].join(" ") + cut
    };
    runs.iter().take(PASSAGES).map(|&(start, len)| Passage { text: text(start, len), shingles: len }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{hash, shingle};

    fn read(text: &str, width: usize) -> (Vec<String>, Vec<u64>) {
        let words: Vec<String> = text.split(' ').map(str::to_owned).collect();
        let hashes: Vec<u64> = words.iter().map(|word| hash::word(word.as_bytes())).collect();
        let mut shingles = Vec::new();
        shingle::shingles(&hashes, width, &mut shingles);
        (words, shingles)
    }

    fn texts(text: &str, other: &str, width: usize, are_shared: bool) -> Vec<(String, usize)> {
        let (words, shingles) = read(text, width);
        let other = Set::of(&read(other, width).1);
        let passages = passages(&words, &shingles, &other, are_shared);
        passages.into_iter().map(|passage| (passage.text, passage.shingles)).collect()
    }

    #[test]
    fn a_changed_word_parts_what_is_shared() {
        let (a, b) = ("a b c d X e f g h i", "a b c d Y e f g h i");
        assert_eq!(texts(a, b, 3, true), [("e f g h i".to_owned(), 3), ("a b c d".to_owned(), 2)]);
        assert_eq!(texts(a, b, 3, false), [("c d X e f".to_owned(), 3)]);
        assert_eq!(texts(b, a, 3, false), [("c d Y e f".to_owned(), 3)]);
        assert_eq!(texts(a, a, 3, false), []);
    }

    #[test]
    fn short_texts_are_one_shingle_and_long_passages_are_cut() {
        assert_eq!(texts("a b", "a b", 5, true), [("a b".to_owned(), 1)]);
        assert_eq!(texts("a b", "a c", 5, false), [("a b".to_owned(), 1)]);
        let long = vec!["w"; 40].join(" ") + " end";
        let (cut, shingles) = texts(&long, "x", 5, false).remove(0);
        assert_eq!((cut.ends_with("w …"), cut.split(' ').count(), shingles), (true, WORDS + 1, 37));
    }

    #[test]
    fn where_the_words_are_not_known_there_are_no_passages() {
        let (words, shingles) = read("a b c d e f", 3);
        assert_eq!(passages(&[], &shingles, &Set::of(&[]), false), []);
        assert_eq!(passages(&words[..1], &shingles, &Set::of(&[]), false).len(), 1);
    }
}
