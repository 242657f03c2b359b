//! Articles to sparse vectors: what is counted when an article is read, and what it weighs when all are known.
//!
//! Reading: terms of the title and of the story's first words; a word counts less the later it stands, a title's four
//! times, names and numbers a little more. Weighing: rare terms more, with a background for small inputs, and those of
//! most documents hardly; words of one document only cannot be shared, so they lengthen its vector a little and are
//! dropped; the heaviest terms of a document make its unit vector.
//!
//! `weight = (1 + ln count) ln((N + background) / (n + 1))^0.8 (1 - n / (N + granted))`, after Salton and Buckley 1988, "Term-weighting
//! approaches in automatic text retrieval". Reading is linear in the text; features take at most 1.3 KiB
//! a document, vectors 6 bytes a term. Bad case: an article whose news comes after 400 words.

use super::Params;
use super::terms::{Term, Terms};
use crate::text::Story;
use hashbrown::HashMap;

/// So many words of the story are read.
const STORY_WORDS: usize = 400;
/// Bytes of text in which those words are looked for.
const STORY_BYTES: usize = 6 << 10;
/// So many terms of an article are kept.
const FEATURES: usize = 256;
/// What a word of the title counts.
const TITLE: f32 = 4.0;
/// A word this far into the article counts half.
const HALF_WORDS: f32 = 200.0;
/// What names and numbers weigh more than other terms.
const ENTITY: f32 = 1.2;
/// Counts are kept as whole numbers of this part.
const COUNT_UNIT: f32 = 24.0;
/// Documents of no interest that every input is imagined to have, so that the terms of a small one weigh something.
const BACKGROUND: f32 = 100.0;
/// The power of the inverse document frequency.
const RARITY: f32 = 0.8;
/// What a term of all documents weighs against a rare one.
const LEAST_TELLING: f32 = 0.05;
/// Documents without it that a common term is granted, so that the few of a tiny input may share all their words.
const GRANTED: f32 = 6.0;
/// How much of the square of a word that only one document has goes into the length of its vector; of a pair, nothing.
const LONE: f32 = 0.3;

/// What is kept of an article: its terms and how much it speaks of each.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Features {
    /// In order.
    pub(super) terms: Box<[Term]>,
    /// `1 + ln count`, in units of `1 / COUNT_UNIT`.
    pub(super) counts: Box<[u8]>,
    /// Whether it has a headline.
    pub(super) is_titled: bool,
}

impl Features {
    /// The terms and their counts.
    pub(super) fn weighed(&self) -> impl Iterator<Item = (&Term, &u8)> {
        std::iter::zip(&self.terms, &self.counts)
    }
}

#[derive(Clone, Copy, Default)]
struct Count {
    sum: f32,
    is_entity: bool,
    first: u32,
}

/// Reads articles to features, one after another, in the same buffers.
#[derive(Default)]
pub struct Reader {
    story: Story,
    terms: Terms,
    counts: HashMap<Term, Count, ahash::RandomState>,
    kept: Vec<(Term, f32, u32)>,
}

impl Reader {
    /// The features of an article; `text` may be empty.
    pub fn read(&mut self, title: &str, text: &str) -> Features {
        self.counts.clear();
        let ahead = self.count(title, TITLE, 0, usize::MAX);
        let text = if text.trim().is_empty() { "" } else { beginning(text) };
        let mut story = std::mem::take(&mut self.story);
        story.read(title, text);
        let mut read = 0;
        for line in story.lines() {
            if read >= STORY_WORDS {
                break;
            }
            read += self.count(&text[line.bytes.clone()], 1.0, ahead + read, STORY_WORDS - read);
        }
        self.story = story;
        self.features(ahead > 0)
    }

    /// Counts the terms of a line with `ahead` words before it; tells how many words it has.
    fn count(&mut self, line: &str, weight: f32, ahead: usize, limit: usize) -> usize {
        let Reader { terms, counts, .. } = self;
        let is_title = weight > 1.0;
        terms.each(line, limit, |found| {
            let at = ahead + found.place;
            let count = counts.entry(found.term).or_insert(Count { first: at as u32, ..Count::default() });
            count.sum += weight / (1.0 + at as f32 / HALF_WORDS);
            // Pairs are distinctive as they are, and any word of a headline may be a capital.
            count.is_entity |= (found.is_name && !is_title || found.is_number) && !found.term.is_pair();
        })
    }

    /// The heaviest terms counted; of equals the first.
    fn features(&mut self, is_titled: bool) -> Features {
        let Reader { counts, kept, .. } = self;
        let weight = |count: &Count| (1.0 + count.sum.ln()).max(0.2) * if count.is_entity { ENTITY } else { 1.0 };
        kept.clear();
        kept.extend(counts.iter().map(|(&term, count)| (term, weight(count), count.first)));
        if kept.len() > FEATURES {
            kept.select_nth_unstable_by(FEATURES, |a, b| b.1.total_cmp(&a.1).then((a.2, a.0).cmp(&(b.2, b.0))));
            kept.truncate(FEATURES);
        }
        kept.sort_unstable_by_key(|&(term, ..)| term);
        Features {
            terms: kept.iter().map(|&(term, ..)| term).collect(),
            counts: kept.iter().map(|&(_, weight, _)| (weight * COUNT_UNIT).round().clamp(1.0, 255.0) as u8).collect(),
            is_titled,
        }
    }
}

/// The part of a text that is read.
pub(super) fn beginning(text: &str) -> &str {
    let end = (0..=text.len().min(STORY_BYTES)).rev().find(|&end| text.is_char_boundary(end));
    &text[..end.unwrap_or(0)]
}

/// How many documents have each term.
pub(super) struct Frequencies {
    documents: f32,
    of: HashMap<Term, Known, ahash::RandomState>,
}

struct Known {
    frequency: u32,
    /// Its number in the vocabulary, from 1; 0 until it has one.
    number: u32,
}

impl Frequencies {
    pub(super) fn new(features: &[Features]) -> Frequencies {
        let mut of: HashMap<Term, Known, ahash::RandomState> = HashMap::default();
        for &term in features.iter().flat_map(|features| &features.terms) {
            of.entry(term).or_insert(Known { frequency: 0, number: 0 }).frequency += 1;
        }
        let documents = features.len() as f32;
        Frequencies { documents, of }
    }

    /// How many documents have the term.
    pub(super) fn of(&self, term: Term) -> u32 {
        self.of.get(&term).map_or(0, |known| known.frequency)
    }

    /// What a term weighs by its rarity.
    pub(super) fn rarity(&self, frequency: u32) -> f32 {
        let share = frequency as f32 / (self.documents + GRANTED);
        let inverse = ((self.documents + BACKGROUND) / (frequency as f32 + 1.0)).ln().max(0.0).powf(RARITY);
        inverse * (1.0 - share).max(LEAST_TELLING)
    }
}

/// All documents as unit vectors over a dense vocabulary, in integers of 1/65535.
pub(super) struct Vectors {
    starts: Vec<usize>,
    /// Of each document, in order.
    pub(super) terms: Vec<u32>,
    weights: Vec<u16>,
    /// How many terms there are.
    pub(super) vocabulary: usize,
}

impl Vectors {
    pub(super) fn new(features: &[Features], params: &Params) -> Vectors {
        let mut known = Frequencies::new(features);
        let rarity: Vec<f32> = (0..=features.len() as u32).map(|frequency| known.rarity(frequency)).collect();
        let mut vectors = Vectors { starts: vec![0], terms: vec![], weights: vec![], vocabulary: 0 };
        let mut one = Vec::new();
        for features in features {
            let length = vectors.weigh(features, &mut known, &rarity, params.pairs, &mut one);
            vectors.push(&mut one, length, params.terms);
        }
        vectors
    }

    /// The weights of one document's shared terms, and the length of them all.
    fn weigh(
        &mut self,
        features: &Features,
        known: &mut Frequencies,
        rarity: &[f32],
        pairs: f32,
        one: &mut Vec<(u32, f32)>,
    ) -> f32 {
        one.clear();
        let mut square = 0.0;
        for (&term, &count) in features.weighed() {
            let Some(entry) = known.of.get_mut(&term) else { continue };
            let weight = f32::from(count) * rarity[entry.frequency as usize] * if term.is_pair() { pairs } else { 1.0 };
            if entry.frequency == 1 {
                square += if term.is_pair() { 0.0 } else { weight * weight * LONE };
                continue;
            }
            square += weight * weight;
            if entry.number == 0 {
                self.vocabulary += 1;
                entry.number = self.vocabulary as u32;
            }
            one.push((entry.number - 1, weight));
        }
        square.sqrt()
    }

    /// Takes the heaviest terms as the next document's vector.
    fn push(&mut self, one: &mut Vec<(u32, f32)>, length: f32, terms: usize) {
        if one.len() > terms {
            one.select_nth_unstable_by(terms, |a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
            one.truncate(terms);
        }
        one.sort_unstable_by_key(|&(term, _)| term);
        self.terms.extend(one.iter().map(|&(term, _)| term));
        self.weights.extend(one.iter().map(|&(_, weight)| (weight / length * f32::from(u16::MAX)).round() as u16));
        self.starts.push(self.terms.len());
    }

    /// How many documents there are.
    pub(super) fn len(&self) -> usize {
        self.starts.len() - 1
    }

    /// The terms and weights of a document.
    pub(super) fn get(&self, document: usize) -> (&[u32], &[u16]) {
        let places = self.starts[document]..self.starts[document + 1];
        (&self.terms[places.clone()], &self.weights[places])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_title_counts_more_than_a_late_word() {
        let body = format!("Talks began. {} sanctions.", "alpha beta gamma delta ".repeat(60));
        let features = Reader::default().read("Geneva", &body);
        let of = |word: &str| {
            let term = Reader::default().read(word, "").terms[0];
            features.counts[features.terms.binary_search(&term).unwrap()]
        };
        assert!(of("Geneva") > of("talks") && of("talks") > of("sanctions"));
    }

    #[test]
    fn long_articles_are_cut_and_empty_ones_are_empty() {
        let long: String = (0..5000).map(|n| format!("{n} ")).collect();
        assert_eq!(Reader::default().read("", &long).terms.len(), FEATURES);
        assert_eq!(Reader::default().read("", " \n ").terms.len(), 0);
        assert!(Reader::default().read("Flood in Bihar", "").is_titled);
    }

    #[test]
    fn a_vector_has_the_length_one_where_all_its_terms_are_shared() {
        let mut reader = Reader::default();
        let features: Vec<_> = ["flood bihar", "flood bihar", "quake noto", "quake noto"]
            .iter()
            .map(|title| reader.read(title, ""))
            .collect();
        let vectors = Vectors::new(&features, &Params::default());
        for document in 0..4 {
            let square: f32 = vectors.get(document).1.iter().map(|&w| (f32::from(w) / 65535.0).powi(2)).sum();
            assert!((square - 1.0).abs() < 1e-3, "{square}");
        }
    }

    proptest! {
        #[test]
        fn reading_leaves_no_trace(a in "[a-e .\n]{0,60}", b in "[a-e .\n]{0,60}") {
            let mut reader = Reader::default();
            reader.read(&b, &a);
            prop_assert_eq!(reader.read(&a, &b), Reader::default().read(&a, &b));
        }

        #[test]
        fn terms_come_in_order_and_once(title in "\\PC{0,40}", text in "\\PC{0,200}") {
            let features = Reader::default().read(&title, &text);
            prop_assert!(features.terms.is_sorted_by(|a, b| a < b));
            prop_assert_eq!(features.terms.len(), features.counts.len());
        }
    }
}
