//! Features to sparse vectors, when all documents are known.
//!
//! Rare terms weigh more, with a background of other documents for small inputs; those of most documents hardly weigh.
//! Three quarters of how rare a term is are how rare it is in each language that has it, N and n being counted there. A
//! term of one document cannot be shared and is dropped; among few documents it also lengthens the vector, as there nobody
//! can tell a word that unrelated articles happen to share. The heaviest terms make the unit vector.
//!
//! `weight = count ln((N + 132) / (n + 1))^0.66 (1 - n / (N + 6))`, after Salton and Buckley 1988, "Term-weighting
//! approaches in automatic text retrieval". Two passes over the features: the first finds in a table of bits what comes
//! twice (Bloom 1970), the second counts that only; with several languages, a third counts in each. Memory: 6 bytes a term
//! kept, and 19 to 29 a term of two documents or more.
//! Bad case: two articles alone in one jargon, whose common words look like news.

use super::Params;
use super::features::Features;
use super::language::Languages;
use super::table::Table;
use super::terms::Term;
use crate::cpu;

/// Documents of no interest that every input is imagined to have, so that the terms of a small one weigh something.
const BACKGROUND: f32 = 132.0;
/// The power of the inverse document frequency.
const RARITY: f32 = 0.6627;
/// What a term of all documents weighs against a rare one.
const LEAST_TELLING: f32 = 0.05;
/// Documents without it that a common term is granted, so that the few of a tiny input may share all their words.
const GRANTED: f32 = 6.0;
/// How much a term's rarity among documents of its language decides, against that among all.
const IN_LANGUAGE: f32 = 0.75;
/// Rarities of terms that come less often are kept at hand.
const FEW_TIMES: u32 = 256;
/// Terms that are brought near together.
const FEW_TERMS: usize = 64;
/// Among so many documents, half of what is typical of few documents holds; among more, less.
const FEW: f32 = 20.0;

/// How little there is to learn from so many documents: 1 from none, 0 from many.
pub(super) fn ignorance(documents: usize) -> f32 {
    FEW / (FEW + documents as f32)
}

/// Which terms come at least twice; with a few that do not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Repeated {
    twice: Vec<u64>,
}

impl Repeated {
    fn new(features: &[&Features]) -> Repeated {
        let terms: usize = features.iter().map(|features| features.terms.len()).sum();
        let words = (terms / 8).next_power_of_two().clamp(16, 1 << 26);
        // Once and twice, side by side, as they are asked together.
        let mut came = vec![[0u64; 2]; words];
        for features in features {
            features.terms.iter().for_each(|&term| cpu::bring_near(&came, Repeated::place(term, words).0));
            for &term in &features.terms {
                let (word, bit) = Repeated::place(term, words);
                let [once, twice] = &mut came[word];
                *twice |= *once & bit;
                *once |= bit;
            }
        }
        Repeated { twice: came.into_iter().map(|[_, twice]| twice).collect() }
    }

    /// About how many they are, and no more.
    fn count(&self) -> usize {
        self.twice.iter().map(|word| word.count_ones() as usize).sum()
    }

    /// Brings from far memory what is asked of these terms next.
    fn bring_near(&self, terms: &[Term]) {
        terms.iter().for_each(|&term| cpu::bring_near(&self.twice, Repeated::place(term, self.twice.len()).0));
    }

    /// Those of some terms that come at least twice.
    fn among(&self, terms: &[Term], repeated: &mut Vec<Term>) {
        self.bring_near(terms);
        repeated.clear();
        repeated.extend(terms.iter().copied().filter(|&term| self.has(term)));
    }

    fn place(term: Term, words: usize) -> (usize, u64) {
        ((term.0 >> 6) as usize & (words - 1), 1 << (term.0 & 63))
    }

    fn has(&self, term: Term) -> bool {
        let (word, bit) = Repeated::place(term, self.twice.len());
        self.twice[word] & bit != 0
    }
}

/// How many documents have each term.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Frequencies {
    repeated: Repeated,
    /// Of each term of two documents or more, one more than its number: that of the most frequent is 0.
    numbers: Table,
    /// Of each number, in how many documents the term is.
    frequencies: Vec<u32>,
    /// Of each number, what the term weighs by its rarity.
    rarities: Vec<f32>,
    /// What a term of one document weighs by that.
    lone: f32,
    languages: Languages,
}

impl Frequencies {
    pub(super) fn new(features: &[&Features]) -> Frequencies {
        let repeated = Repeated::new(features);
        let (mut counts, mut terms) = (Table::with_room(repeated.count()), Vec::new());
        for features in features {
            repeated.among(&features.terms, &mut terms);
            counts.bring_near(terms.iter().copied());
            terms.iter().for_each(|&term| counts.add(term, 1));
        }
        // The most frequent first, of equals the least.
        let key = |(term, count): (Term, u32)| u64::from(u32::MAX - count) << 32 | u64::from(term.0);
        let mut order: Vec<u64> = counts.iter().filter(|&(_, count)| count > 1).map(key).collect();
        drop(counts);
        order.sort_unstable();
        let mut numbers = Table::with_room(order.len());
        for (few, from) in order.chunks(FEW_TERMS).zip((1..).step_by(FEW_TERMS)) {
            let terms = few.iter().map(|&key| Term(key as u32));
            numbers.bring_near(terms.clone());
            terms.zip(from..).for_each(|(term, number)| numbers.add(term, number));
        }
        let frequencies: Vec<u32> = order.into_iter().map(|key| u32::MAX - (key >> 32) as u32).collect();
        let lone = rarity(1, features.len());
        let languages = Languages::new(features);
        let mut known = Frequencies { repeated, numbers, frequencies, rarities: Vec::new(), lone, languages };
        known.rarities = known.rarities_among(features);
        known
    }

    /// Of each number, what the term weighs by its rarity among all documents and among those of each language that has it,
    /// as far as it has it.
    fn rarities_among(&self, features: &[&Features]) -> Vec<f32> {
        let mut rarities: Vec<f32> = Vec::with_capacity(self.frequencies.len());
        for same in self.frequencies.chunk_by(|a, b| a == b) {
            rarities.extend(std::iter::repeat_n(rarity(same[0], features.len()), same.len()));
        }
        if self.languages.each().count() < 2 {
            return rarities;
        }
        rarities.iter_mut().for_each(|rarity| *rarity *= 1.0 - IN_LANGUAGE);
        let (mut counts, mut numbers) = (vec![0u32; self.frequencies.len()], Vec::new());
        for (documents, of_language) in self.languages.each() {
            for document in of_language {
                self.numbers(&features[document].terms, &mut numbers);
                numbers.iter().flatten().for_each(|&number| counts[number as usize] += 1);
            }
            // Most terms come a few times.
            let few: Vec<f32> = (0..FEW_TIMES).map(|count| rarity(count, documents)).collect();
            for ((sum, count), &all) in rarities.iter_mut().zip(&mut counts).zip(&self.frequencies) {
                let count = std::mem::take(count);
                if count > 0 {
                    let rarity = few.get(count as usize).copied().unwrap_or_else(|| rarity(count, documents));
                    *sum += IN_LANGUAGE * rarity * (count as f32 / all as f32);
                }
            }
        }
        rarities
    }

    /// The number of a term that several documents have.
    pub(super) fn number(&self, term: Term) -> Option<u32> {
        if self.repeated.has(term) { self.numbers.get(term).checked_sub(1) } else { None }
    }

    /// The same of the terms of a document, faster; with their rarities brought near.
    pub(super) fn numbers(&self, terms: &[Term], numbers: &mut Vec<Option<u32>>) {
        self.repeated.bring_near(terms);
        self.numbers.bring_near(terms.iter().copied().filter(|&term| self.repeated.has(term)));
        numbers.clear();
        numbers.extend(terms.iter().map(|&term| self.number(term)));
        numbers.iter().flatten().for_each(|&number| cpu::bring_near(&self.rarities, number as usize));
    }

    /// What a term weighs by its rarity, by its number if it has one.
    pub(super) fn rarity_of(&self, number: Option<u32>) -> f32 {
        number.map_or(self.lone, |number| self.rarities[number as usize])
    }

    /// What a term of the input weighs by its rarity.
    #[cfg(test)]
    fn rarity(&self, term: Term) -> f32 {
        self.rarity_of(self.number(term))
    }
}

/// What a term weighs that so many of the documents have.
fn rarity(frequency: u32, documents: usize) -> f32 {
    let documents = documents as f32;
    let share = frequency as f32 / (documents + GRANTED);
    let inverse = ((documents + BACKGROUND) / (frequency as f32 + 1.0)).ln().max(0.0).powf(RARITY);
    inverse * (1.0 - share).max(LEAST_TELLING)
}

/// All documents as unit vectors over a dense vocabulary, in integers of 1/65535.
pub(super) struct Vectors {
    starts: Vec<usize>,
    /// Of each document, in order: the most frequent first.
    pub(super) terms: Vec<u32>,
    weights: Vec<u16>,
    /// How many terms there are.
    pub(super) vocabulary: usize,
    /// Who speaks whose language.
    pub(super) languages: Languages,
}

impl Vectors {
    pub(super) fn new(features: &[&Features], known: &Frequencies, params: &Params) -> Vectors {
        let room = features.iter().map(|features| features.terms.len().min(params.terms)).sum();
        let (terms, weights) = (Vec::with_capacity(room), Vec::with_capacity(room));
        let mut vectors = Vectors {
            starts: vec![0],
            terms,
            weights,
            vocabulary: known.frequencies.len(),
            languages: known.languages.clone(),
        };
        let (mut one, mut numbers) = (Vec::new(), Vec::new());
        for (document, features) in features.iter().enumerate() {
            let peers = known.languages.peers(document);
            let lone = rarity(1, peers) * ignorance(peers).sqrt();
            one.clear();
            let mut square = 0.0;
            known.numbers(&features.terms, &mut numbers);
            for ((&term, &count), &number) in features.weighed().zip(&numbers) {
                let count = f32::from(count) * if term.is_pair() { params.pairs } else { 1.0 };
                let weight = count * number.map_or(lone, |number| known.rarities[number as usize]);
                square += weight * weight;
                one.extend(number.map(|number| (number, weight)));
            }
            vectors.push(&mut one, square.sqrt(), params.terms);
        }
        vectors
    }

    /// Takes the heaviest terms as the next document's vector.
    fn push(&mut self, one: &mut Vec<(u32, f32)>, length: f32, terms: usize) {
        if one.len() > terms {
            one.select_nth_unstable_by(terms, |a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
            one.truncate(terms);
        }
        one.sort_unstable_by_key(|&(term, _)| term);
        self.terms.extend(one.iter().map(|&(term, _)| term));
        self.weights.extend(one.iter().map(|&(_, weight)| (weight / length * f32::from(u16::MAX)) as u16));
        self.starts.push(self.terms.len());
    }

    /// How many documents there are.
    pub(super) fn len(&self) -> usize {
        self.starts.len() - 1
    }

    /// Where the terms of a document stand in `terms`.
    pub(super) fn places(&self, document: usize) -> std::ops::Range<usize> {
        self.starts[document]..self.starts[document + 1]
    }

    /// Brings the vector of a document from far memory, for who will look at it soon.
    pub(super) fn bring_near(&self, document: usize) {
        let (terms, weights) = self.get(document);
        cpu::bring_all_near(terms);
        cpu::bring_all_near(weights);
    }

    /// The terms and weights of a document.
    pub(super) fn get(&self, document: usize) -> (&[u32], &[u16]) {
        (&self.terms[self.places(document)], &self.weights[self.places(document)])
    }
}

#[cfg(test)]
mod tests {
    use super::super::features::Reader;
    use super::*;
    use proptest::prelude::*;

    fn read(titles: &[String]) -> Vec<Features> {
        let mut reader = Reader::default();
        titles.iter().map(|title| reader.read(title, "")).collect()
    }

    proptest! {
        #[test]
        fn frequencies_are_those_of_counting(titles in proptest::collection::vec("([k-t][aeo][lmn] ){1,6}", 0..60)) {
            let features = read(&titles);
            let all: Vec<&Features> = features.iter().collect();
            let known = Frequencies::new(&all);
            for term in features.iter().flat_map(|features| &features.terms) {
                let count = features.iter().filter(|features| features.terms.contains(term)).count();
                let number = known.number(*term);
                prop_assert_eq!(number.map_or(1, |number| known.frequencies[number as usize]) as usize, count);
                prop_assert_eq!(number.is_some(), count > 1);
            }
            prop_assert!(known.frequencies.is_sorted_by(|a, b| a >= b));
        }

        #[test]
        fn rarity_is_that_of_the_languages_a_term_is_in(
            titles in proptest::collection::vec("([k-t][aeo][lmn] ){1,4}(the|der|и)?", 0..80),
        ) {
            let features = read(&titles);
            let all: Vec<&Features> = features.iter().collect();
            let known = Frequencies::new(&all);
            let in_all = |term: Term, documents: &[usize]| {
                documents.iter().filter(|&&document| features[document].terms.contains(&term)).count() as f32
            };
            let whole: Vec<usize> = (0..titles.len()).collect();
            for term in features.iter().flat_map(|features| &features.terms).filter(|&&term| known.number(term).is_some()) {
                let count = in_all(*term, &whole);
                let mean: f32 = known.languages.each().map(|(peers, documents)| {
                    let here = in_all(*term, &documents.collect::<Vec<_>>());
                    if here > 0.0 { rarity(here as u32, peers) * here / count } else { 0.0 }
                }).sum();
                let expected = IN_LANGUAGE * mean + (1.0 - IN_LANGUAGE) * rarity(count as u32, titles.len());
                prop_assert!((known.rarity(*term) - expected).abs() < 1e-4 * expected.max(1.0));
            }
        }

        #[test]
        fn vectors_are_no_longer_than_one(titles in proptest::collection::vec("([k-t][aeo][lmn] ){1,6}", 0..60)) {
            let features = read(&titles);
            let all: Vec<&Features> = features.iter().collect();
            let vectors = Vectors::new(&all, &Frequencies::new(&all), &Params::default());
            for document in 0..titles.len() {
                let (terms, weights) = vectors.get(document);
                let square: f32 = weights.iter().map(|&weight| (f32::from(weight) / 65535.0).powi(2)).sum();
                prop_assert!(square <= 1.0 && terms.is_sorted_by(|a, b| a < b));
            }
        }
    }

    #[test]
    fn a_vector_has_the_length_one_where_all_its_terms_are_shared() {
        let features = read(&["flood bihar", "flood bihar", "quake noto", "quake noto"].map(str::to_owned));
        let all: Vec<&Features> = features.iter().collect();
        let vectors = Vectors::new(&all, &Frequencies::new(&all), &Params::default());
        for document in 0..4 {
            let square: f32 = vectors.get(document).1.iter().map(|&w| (f32::from(w) / 65535.0).powi(2)).sum();
            assert!((square - 1.0).abs() < 1e-3, "{square}");
        }
    }
}
