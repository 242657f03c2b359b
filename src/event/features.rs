//! An article to its features: its terms and how much it speaks of each.
//!
//! The title and the story's first 200 words are read. A word counts less the later it stands, a title's 3.9 times; the
//! 128 terms that come most are kept.
//!
//! `count(t) = 1 + ln sum over places p of field / (1 + p / 412)`, after Salton and Buckley 1988, "Term-weighting
//! approaches in automatic text retrieval". Linear in the text; at most 640 bytes an article. Bad case: an article whose
//! news comes after 200 words.

use super::embedding::Embedding;
use super::language::Language;
use super::terms::{Term, TermMap, Terms};
use crate::text::Story;

/// How much of the story is read.
pub(super) const READ: Extent = Extent { words: 200, bytes: 3 << 10 };
/// So many terms of an article are kept.
const FEATURES: usize = 128;
/// What a word of the title counts.
const TITLE: f32 = 3.89;
/// So many words of a title are read.
const TITLE_WORDS: usize = 64;
/// A word this far into the article counts half.
const HALF_WORDS: f32 = 412.0;
/// What a term of the end weighs at least.
const LEAST: f32 = 0.2;
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
    /// What it is written in.
    pub(super) language: Language,
    /// What a model made of it, if anything.
    pub embedding: Embedding,
}

impl Features {
    /// Appends them as they are kept for another night; [`Features::parse`] takes them back.
    pub fn write(&self, out: &mut Vec<u8>) {
        let (script, lists) = self.language.numbers();
        out.push(self.terms.len() as u8);
        out.push(u8::from(self.is_titled));
        out.extend_from_slice(&script.to_le_bytes());
        out.extend_from_slice(&lists.to_le_bytes());
        self.terms.iter().for_each(|term| out.extend_from_slice(&term.0.to_le_bytes()));
        out.extend_from_slice(&self.counts);
        self.embedding.write(out);
    }

    /// Those that were written; nothing, where the bytes are none.
    pub fn parse(bytes: &[u8]) -> Option<Features> {
        let (&[len, is_titled, s0, s1, l0, l1, l2, l3], rest) = bytes.split_first_chunk::<8>()?;
        let len = usize::from(len);
        let (terms, rest) = rest.split_at_checked(4 * len)?;
        let (counts, embedding) = rest.split_at_checked(len)?;
        let terms: Box<[Term]> = terms.as_chunks::<4>().0.iter().map(|&term| Term(u32::from_le_bytes(term))).collect();
        terms.is_sorted_by(|a, b| a < b).then(|| Features {
            terms,
            counts: counts.into(),
            is_titled: is_titled == 1,
            language: Language::of_numbers(u16::from_le_bytes([s0, s1]), u32::from_le_bytes([l0, l1, l2, l3])),
            embedding: Embedding::parse(embedding),
        })
    }

    /// The terms and their counts.
    pub(super) fn weighed(&self) -> impl Iterator<Item = (&Term, &u8)> {
        std::iter::zip(&self.terms, &self.counts)
    }
}

#[derive(Clone, Copy, Default)]
struct Count {
    sum: f32,
    first: u32,
}

/// Reads articles to features, one after another, in the same buffers.
#[derive(Default)]
pub struct Reader {
    story: Story,
    terms: Terms,
    counts: TermMap<Count>,
    kept: Vec<(Term, Count)>,
}

impl Reader {
    /// The features of an article; `text` may be empty.
    pub fn read(&mut self, title: &str, text: &str) -> Features {
        self.counts.clear();
        let mut story = std::mem::take(&mut self.story);
        let (mut is_titled, mut ahead) = (false, 0);
        each_line(&mut story, (title, text), READ, |line, is_title| {
            let (weight, limit) = if is_title { (TITLE, TITLE_WORDS) } else { (1.0, usize::MAX) };
            let words = self.count(line, weight, ahead, limit);
            is_titled |= is_title && words > 0;
            ahead += words;
            words
        });
        self.story = story;
        self.features(is_titled)
    }

    /// Counts the terms of a line with `ahead` words before it; tells how many words it has.
    fn count(&mut self, line: &str, weight: f32, ahead: usize, limit: usize) -> usize {
        let Reader { terms, counts, .. } = self;
        terms.each(line, limit, |term, place| {
            let at = ahead + place;
            let count = counts.entry(term).or_insert(Count { first: at as u32, sum: 0.0 });
            count.sum += weight / (1.0 + at as f32 / HALF_WORDS);
        })
    }

    /// The terms that come most; of equals the first.
    fn features(&mut self, is_titled: bool) -> Features {
        let Reader { terms, counts, kept, .. } = self;
        kept.clear();
        kept.extend(counts.iter().map(|(&term, count)| (term, *count)));
        if kept.len() > FEATURES {
            let in_order = |(term, count): &(Term, Count)| (count.first, *term);
            kept.select_nth_unstable_by(FEATURES, |a, b| {
                b.1.sum.total_cmp(&a.1.sum).then_with(|| in_order(a).cmp(&in_order(b)))
            });
            kept.truncate(FEATURES);
        }
        kept.sort_unstable_by_key(|&(term, _)| term);
        let language = terms.take_language();
        let weight = |count: &Count| ((1.0 + count.sum.ln()).max(LEAST) * COUNT_UNIT).round().clamp(1.0, 255.0) as u8;
        Features {
            terms: kept.iter().map(|&(term, _)| term).collect(),
            counts: kept.iter().map(|(_, count)| weight(count)).collect(),
            is_titled,
            language,
            embedding: Embedding::default(),
        }
    }
}

/// So much of a story is read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Extent {
    pub(super) words: usize,
    /// In which those words are looked for.
    pub(super) bytes: usize,
}

/// Hands the title and then the lines of the story to `each`, which tells how many words it found, until that is enough.
pub(super) fn each_line(
    story: &mut Story,
    (title, text): (&str, &str),
    extent: Extent,
    mut each: impl FnMut(&str, bool) -> usize,
) {
    each(title, true);
    let text = beginning(text, extent.bytes);
    let text = if text.trim().is_empty() { "" } else { text };
    story.read(title, text);
    let mut left = extent.words;
    for line in story.lines() {
        left = left.saturating_sub(each(&text[line.bytes.clone()], false));
        if left == 0 {
            break;
        }
    }
}

/// The first bytes of a text, to the end of a character.
fn beginning(text: &str, bytes: usize) -> &str {
    let end = (0..=text.len().min(bytes)).rev().find(|&end| text.is_char_boundary(end));
    &text[..end.unwrap_or(0)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_title_counts_more_than_a_late_word() {
        let body = format!("Talks began. {} sanctions.", "alpha beta gamma delta ".repeat(40));
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
        fn what_is_kept_for_another_night_is_the_same(title in "\\PC{0,20}", body in "\\PC{0,200}", model in prop::collection::vec(-2.0f32..2.0, 0..9)) {
            let mut features = Reader::default().read(&title, &body);
            let json = serde_json::to_string(&model).unwrap();
            features.embedding = Embedding::read(&json).unwrap_or_default();
            let mut kept = Vec::new();
            features.write(&mut kept);
            prop_assert_eq!(Features::parse(&kept), Some(features.clone()));
            // Cut short it is none, or has another embedding, and never a panic.
            for end in 0..kept.len() {
                prop_assert_ne!(Features::parse(&kept[..end]), Some(features.clone()));
            }
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
