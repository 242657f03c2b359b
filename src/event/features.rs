//! An article to its features: its terms and how much it speaks of each.
//!
//! The title and the story's first 160 words are read. A word counts less the later it stands, a title's 3.9 times; the
//! 128 terms that come most are kept.
//!
//! `count(t) = 1 + ln sum over places p of field / (1 + p / 412)`, after Salton and Buckley 1988, "Term-weighting
//! approaches in automatic text retrieval". Linear in the text; at most 640 bytes an article. Bad case: an article whose
//! news comes after 160 words.

use super::embedding::Embedding;
use super::language::Language;
use super::terms::{Term, Terms, sort_by_term};
use crate::text::Story;

/// How much of the story is read.
pub(super) const READ: Extent = Extent { words: 160, bytes: 3 << 10 };
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

    /// The length of the vector of its counts; of none, next to nothing.
    pub(super) fn length(&self) -> f32 {
        let square: f32 = self.counts.iter().map(|&count| f32::from(count) * f32::from(count)).sum();
        square.max(f32::MIN_POSITIVE).sqrt()
    }

    /// Whether the article has a headline.
    pub fn is_titled(&self) -> bool {
        self.is_titled
    }

    /// The terms and their counts.
    pub(super) fn weighed(&self) -> impl Iterator<Item = (&Term, &u8)> {
        std::iter::zip(&self.terms, &self.counts)
    }
}

/// Reads articles to features, one after another, in the same buffers.
#[derive(Default)]
pub struct Reader {
    story: Story,
    terms: Terms,
    /// The terms that came, and after the number of which word: one number of each.
    came: Vec<u64>,
    /// The terms, in order, and their counts.
    counts: Vec<(Term, f32)>,
    /// Of each of them, a number that is less the more it counts and the earlier it came first.
    ranks: Vec<u64>,
}

impl Reader {
    /// The features of an article; `text` may be empty.
    pub fn read(&mut self, title: &str, text: &str) -> Features {
        let mut story = std::mem::take(&mut self.story);
        story.read(title, text);
        let features = self.read_story(title, text, Some(&story));
        self.story = story;
        features
    }

    /// The features of an article whose text has been read to a story already; of its title alone, if it has none.
    pub fn read_story(&mut self, title: &str, text: &str, story: Option<&Story>) -> Features {
        self.came.clear();
        let words_of_title = self.take(title, 0, TITLE_WORDS);
        let mut ahead = words_of_title;
        for line in story.into_iter().flat_map(|story| beginning(story, text, READ)) {
            ahead += self.take(line, ahead, usize::MAX);
        }
        self.count(words_of_title);
        self.features(words_of_title > 0)
    }

    /// Takes the terms of a line with `ahead` words before it; tells how many words it has.
    fn take(&mut self, line: &str, ahead: usize, limit: usize) -> usize {
        let Reader { terms, came, .. } = self;
        terms.each(line, limit, |[(word, is_word), (two, is_two)], place| {
            let [word, two] = [word, two].map(|term| u64::from(term.0) << 32 | (ahead + place) as u64 & LOWER);
            // Which there are is anybody's guess: both are written down, and then the end is drawn.
            let end = came.len() + usize::from(is_word) + usize::from(is_two);
            came.extend_from_slice(&[if is_word { word } else { two }, two]);
            came.truncate(end);
        })
    }

    /// Counts what came.
    fn count(&mut self, words_of_title: usize) {
        let Reader { came, counts, ranks, .. } = self;
        sort_by_term(came, ranks);
        counts.clear();
        ranks.clear();
        for same in came.chunk_by(|a, b| a >> 32 == b >> 32) {
            let weights = same.iter().map(|&one| {
                let at = one as u32;
                let weight = if (at as usize) < words_of_title { TITLE } else { 1.0 };
                weight / (1.0 + at as f32 / HALF_WORDS)
            });
            let sum: f32 = weights.sum();
            counts.push((Term((same[0] >> 32) as u32), sum));
            // Positive numbers are in the order of their bits.
            ranks.push(u64::from(!sum.to_bits()) << 32 | same[0] & LOWER);
        }
    }

    /// The terms that count most; of equals the first.
    fn features(&mut self, is_titled: bool) -> Features {
        let Reader { terms, came, counts, ranks, .. } = self;
        if counts.len() > FEATURES {
            // What came is counted by now.
            came.clone_from(ranks);
            let last = *came.select_nth_unstable(FEATURES - 1).1;
            let mut equals = FEATURES - ranks.iter().filter(|&&rank| rank < last).count();
            let mut ranks = ranks.iter();
            counts.retain(|_| {
                let rank = *ranks.next().unwrap_or(&u64::MAX);
                let is_equal = rank == last && equals > 0;
                equals -= usize::from(is_equal);
                rank < last || is_equal
            });
        }
        let language = terms.take_language();
        let weight = |count: f32| ((1.0 + count.ln()).max(LEAST) * COUNT_UNIT).round().clamp(1.0, 255.0) as u8;
        Features {
            terms: counts.iter().map(|&(term, _)| term).collect(),
            counts: counts.iter().map(|&(_, count)| weight(count)).collect(),
            is_titled,
            language,
            embedding: Embedding::default(),
        }
    }
}

/// The lower half of a number.
const LOWER: u64 = 0xffff_ffff;

/// So much of a story is read: its lines, until they have so many words or bytes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Extent {
    pub(super) words: usize,
    pub(super) bytes: usize,
}

/// The first lines of a text's story, until they are enough.
pub(super) fn beginning<'t>(story: &Story, text: &'t str, extent: Extent) -> impl Iterator<Item = &'t str> {
    let Extent { mut words, mut bytes } = extent;
    story.lines().map_while(move |line| {
        let some = up_to(&text[line.bytes.clone()], bytes);
        let is_wanted = words > 0 && !some.is_empty();
        (words, bytes) = (words.saturating_sub(line.words()), bytes - some.len());
        is_wanted.then_some(some)
    })
}

/// So many bytes of a text at most, to the end of a character.
fn up_to(text: &str, bytes: usize) -> &str {
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
