//! An article to its features: its terms and how much it speaks of each.
//!
//! The title and the story's first words are read. A word counts less the later it stands, a title's four times, names
//! and numbers a little more; the heaviest terms are kept.
//!
//! `count(t) = 1 + ln sum over places p of field / (1 + p / 200)`, after Salton and Buckley 1988, "Term-weighting
//! approaches in automatic text retrieval". Linear in the text; at most 1.3 KiB an article. Bad case: an article whose
//! news comes after 400 words.

use super::terms::{Term, Terms};
use crate::text::Story;
use hashbrown::HashMap;

/// So many words of the story are read.
const STORY_WORDS: usize = 400;
/// Bytes of text in which those words are looked for.
const STORY_BYTES: usize = 4 << 10;
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
