//! An article to its words, without the furniture a crawler leaves around the story.
//!
//! Furniture is told from the story by form alone, never by a list of sites or phrases:
//! - a line with the words of the title, or of an earlier line, is a repeat and is left out;
//! - where at least three quarters of the words stand on lines that end as sentences do (the text has paragraphs), a
//!   line of up to three words that does not end so is a crumb ("TT", "Share", "Read more"), and lines that do not end
//!   so ahead of the first one that does are captions, bylines and kickers.
//!
//! A text that is furniture altogether is taken whole. Linear in the text; the buffers grow to the longest article.

use super::{Lines, Tokenizer};
use crate::hash;
use hashbrown::HashSet;
use std::ops::Range;

/// A line that does not end as a sentence and has at most this many words is a crumb.
const CRUMB_WORDS: usize = 3;
/// A paragraph longer than this ahead of the story is no caption.
const CAPTION_WORDS: usize = 40;

/// A line of the text: where it stands and what its words are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Its bytes in the text, without the line end.
    pub bytes: Range<usize>,
    words: Range<usize>,
    is_sentence: bool,
    is_story: bool,
}

impl Line {
    /// How many words it has.
    pub fn words(&self) -> usize {
        self.words.len()
    }
}

/// Reads articles to words, one after another, in the same buffers.
#[derive(Debug, Default)]
pub struct Story {
    tokenizer: Tokenizer,
    title: Vec<u64>,
    words: Vec<u64>,
    found: Lines,
    lines: Vec<Line>,
    seen: HashSet<u64, ahash::RandomState>,
}

impl Story {
    /// Reads an article: `body` is what is shingled, `title` its headline (empty, or `body` itself, where the headline
    /// is all there is).
    pub fn read(&mut self, title: &str, body: &str) {
        self.tokenize(title, body);
        let repeats = self.leave_out_repeats();
        if repeats == self.words.len() {
            self.lines.iter_mut().for_each(|line| line.is_story = true);
        }
        self.leave_out_crumbs_and_captions();
        self.compact();
    }

    /// The hashes of the story's words, in order.
    pub fn words(&self) -> &[u64] {
        &self.words
    }

    /// The lines of the story, in order: `&body[line.bytes]`.
    pub fn lines(&self) -> impl Iterator<Item = &Line> {
        self.lines.iter().filter(|line| line.is_story)
    }

    /// The hashes of the words of each line of the story, in order.
    pub fn line_words(&self) -> impl Iterator<Item = &[u64]> {
        let mut rest = self.words();
        self.lines().map(move |line| {
            let (words, after) = rest.split_at(line.words.len());
            rest = after;
            words
        })
    }

    fn tokenize(&mut self, title: &str, body: &str) {
        let Story { tokenizer, title: title_words, words, found, lines, .. } = self;
        found.read(title, tokenizer, title_words);
        found.read(body, tokenizer, words);
        lines.clear();
        lines.extend(found.with_words().map(|(bytes, words)| {
            let is_sentence = ends_as_sentence(&body[bytes.clone()]);
            Line { bytes, words, is_sentence, is_story: true }
        }));
    }

    /// Leaves out lines whose words are the title's or an earlier line's; tells how many words that were.
    fn leave_out_repeats(&mut self) -> usize {
        let Story { title, words, lines, seen, .. } = self;
        if lines.len() < 2 {
            return 0;
        }
        let mut met = Met { once: [0; 64], twice: [0; 64] };
        lines.iter().for_each(|line| met.meet(&words[line.words.clone()]));
        met.meet(title);
        if !met.is_any_met_twice() {
            return 0;
        }
        seen.clear();
        seen.insert(line_hash(title));
        let mut left_out = 0;
        for line in lines {
            let words = &words[line.words.clone()];
            line.is_story = !met.is_met_twice(words) || seen.insert(line_hash(words));
            left_out += if line.is_story { 0 } else { words.len() };
        }
        left_out
    }

    fn leave_out_crumbs_and_captions(&mut self) {
        // What a line is tells nothing of the next one's: no step waits for it.
        let (mut all, mut sentences) = (0, 0);
        for line in &self.lines {
            let words = line.words.len() * usize::from(line.is_story);
            all += words;
            sentences += words * usize::from(line.is_sentence);
        }
        if sentences * 4 < all * 3 {
            return;
        }
        let mut ahead = true;
        for line in &mut self.lines {
            ahead &= !line.is_story | (!line.is_sentence & (line.words.len() <= CAPTION_WORDS));
            line.is_story &= line.is_sentence | !(ahead | (line.words.len() <= CRUMB_WORDS));
        }
    }

    /// Moves the story's words together.
    fn compact(&mut self) {
        let mut end = 0;
        for lines in self.lines.chunk_by(|one, next| one.is_story == next.is_story).filter(|lines| lines[0].is_story) {
            let run = lines[0].words.start..lines[lines.len() - 1].words.end;
            let moved = end + run.len();
            if run.start > end {
                self.words.copy_within(run, end);
            }
            end = moved;
        }
        self.words.truncate(end);
    }
}

/// Lines by their length and their words at both ends: what may be a repeat of another, which is seldom, so that seldom all
/// words of a line are looked at.
struct Met {
    once: [u64; 64],
    twice: [u64; 64],
}

impl Met {
    fn meet(&mut self, words: &[u64]) {
        let (at, bit) = Self::place(words);
        self.twice[at] |= self.once[at] & bit;
        self.once[at] |= bit;
    }

    fn is_met_twice(&self, words: &[u64]) -> bool {
        let (at, bit) = Self::place(words);
        self.twice[at] & bit != 0
    }

    fn is_any_met_twice(&self) -> bool {
        self.twice.iter().fold(0, |any, bits| any | bits) != 0
    }

    fn place(words: &[u64]) -> (usize, u64) {
        let ends = match words {
            [first, .., last] => first.rotate_left(17) ^ last ^ words.len() as u64,
            [only] => *only,
            [] => 0,
        };
        let spread = hash::fold(ends);
        (spread as usize % 64, 1 << (spread >> 58))
    }
}

/// The hash of a line's words.
pub fn line_hash(words: &[u64]) -> u64 {
    words
        .iter()
        .fold(words.len() as u64, |hash, &word| (hash ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29))
}

/// What the last byte of a line tells of its end.
#[derive(Clone, Copy)]
enum End {
    Sentence,
    Other,
    /// A quotation mark or the like, which is looked past.
    Closes,
    /// The last of a character of several bytes.
    Part,
}

const END: [End; 256] = {
    let mut table = [End::Other; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = match byte as u8 {
            b'.' | b'!' | b'?' | b':' | b';' => End::Sentence,
            b'\t'..=b'\r' | b' ' | b'"' | b'\'' | b')' | b']' | b'*' => End::Closes,
            0x80.. => End::Part,
            _ => End::Other,
        };
        byte += 1;
    }
    table
};

/// Whether a line ends with a sentence's mark in any script, closing quotes and brackets aside: "(It did.)" does, a
/// credit in brackets does not.
fn ends_as_sentence(line: &str) -> bool {
    let mut bytes = line.as_bytes();
    while let [before @ .., last] = bytes {
        bytes = match END[usize::from(*last)] {
            End::Sentence => return true,
            End::Other => return false,
            End::Closes => before,
            // Most are quotation marks: ‘ ’ “ ”.
            End::Part => match bytes {
                [before @ .., 0xe2, 0x80, 0x98..=0x99 | 0x9c..=0x9d] => before,
                _ => return ends_otherwise(&line[..bytes.len()]),
            },
        };
    }
    false
}

/// The same, whatever it ends with.
fn ends_otherwise(line: &str) -> bool {
    let closes = |c: char| {
        c.is_whitespace()
            || matches!(c, '"' | '\'' | '’' | '‘' | '”' | '“' | '»' | '«' | '›' | '‹' | '״' | ')' | ']' | '*')
            || matches!(c, '」' | '』' | '）' | '】' | '》' | '〉' | '〕' | '］' | '＂' | '\u{200E}' | '\u{200F}')
    };
    let marks = |c: char| {
        matches!(
            c,
            '.' | '!'
                | '?'
                | ':'
                | ';'
                | '…'
                | '。'
                | '！'
                | '？'
                | '：'
                | '；'
                | '．'
                | '｡'
                | '؟'
                | '۔'
                | '।'
                | '॥'
                | '።'
                | '။'
                | '។'
                | '།'
                | '։'
        )
    };
    line.trim_end_matches(closes).ends_with(marks)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    fn story(title: &str, body: &str) -> String {
        let mut story = Story::default();
        story.read(title, body);
        let kept: Vec<&str> = story.lines().map(|line| body[line.bytes.clone()].trim()).collect();
        let words = story.words().len();
        assert_eq!(story.line_words().collect::<Vec<_>>().concat(), story.words());
        assert!(story.line_words().count() == kept.len() && story.line_words().all(|line| !line.is_empty()));
        let mut again = Story::default();
        again.read("", &kept.join(" "));
        assert_eq!(words, again.words().len(), "lines and words tell the same");
        kept.join(" / ")
    }

    const PARAGRAPHS: &str = "The minister met her colleague on Tuesday.\n\nThey spoke for two hours, aides said.\n\n\
                              \"It was frank,\" she told reporters after the meeting.\"\n\nTalks go on in May.";

    #[test]
    fn what_a_crawler_leaves_around_the_story_is_left_out() {
        let crawled = format!(
            "The minister (File Photo: Agency)\nThe minister (File Photo: Agency)\nTT\n\nMinisters \
             Meet\n\nThe minister (File Photo: Agency)\nThe minister (File Photo: Agency)\n\n{PARAGRAPHS}\nRead more\n"
        );
        assert_eq!(story("Ministers meet", &crawled), story("", PARAGRAPHS));
        assert_eq!(story("", PARAGRAPHS).matches(" / ").count(), 3);
    }

    #[test]
    fn a_text_without_sentences_is_taken_whole() {
        assert_eq!(story("", "alpha beta\ngamma\ndelta epsilon"), "alpha beta / gamma / delta epsilon");
        assert_eq!(story("Shr 34 cts", "Shr 34 cts\nNet 1,2\nRevs 3"), "Net 1,2 / Revs 3");
    }

    #[test]
    fn a_text_of_furniture_alone_is_taken_whole() {
        assert_eq!(story("Flood", "Flood"), "Flood");
        assert_eq!(story("Flood", "Flood\nFlood"), "Flood / Flood");
        assert_eq!(story("", "Share"), "Share");
    }

    #[test]
    fn sentences_end_in_every_script() {
        for line in [
            "„Es war offen“, sagte er. „Und lang.“",
            "会谈于周一举行。”",
            "「長い会談だった。」",
            "وقال: «انتهت المحادثات».",
            "هل انتهت؟\u{200F}",
            "बैठक समाप्त हुई।",
            "ဆွေးနွေးပွဲ ပြီးသည်။",
            "កិច្ចពិភាក្សាបានបញ្ចប់។",
            "ውይይቱ ተጠናቀቀ።",
        ] {
            assert!(ends_as_sentence(line), "{line}");
        }
        assert!(!ends_as_sentence("Foto: „Agentur“"));
    }

    #[test]
    fn wrapped_lines_are_no_captions() {
        let wrapped = "The ministers of five\ncountries met in the capital\non Tuesday. They spoke\nfor two hours.";
        assert_eq!(story("", wrapped).matches(" / ").count(), 3);
    }

    proptest! {
        #[test]
        fn a_glance_at_its_end_tells_whether_a_line_is_a_sentence(line in "\\PC{0,4}([a.!?:;\t \"')*—‘’“”»\u{85}\u{A0}。」]){0,6}") {
            prop_assert_eq!(ends_as_sentence(&line), ends_otherwise(&line));
        }

        #[test]
        fn a_line_is_left_out_where_it_stood_before(title in "[ab ]{0,4}", body in "[ab \n]{0,40}") {
            let words = |line: &str| line.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
            let lines: Vec<_> = body.lines().map(words).filter(|words| !words.is_empty()).collect();
            let mut seen = BTreeSet::from([words(&title)]);
            let mut expected: Vec<_> = lines.iter().filter(|&line| seen.insert(line.clone())).cloned().collect();
            if expected.is_empty() {
                expected = lines;
            }
            let mut read = Story::default();
            read.read(&title, &body);
            let kept: Vec<_> = read.lines().map(|line| words(&body[line.bytes.clone()])).collect();
            prop_assert_eq!(kept, expected);
        }

        #[test]
        fn some_words_in_some_words_out(title in "[ab.\n ]{0,9}", body in "[ab.\n ]{0,30}") {
            let mut read = Story::default();
            read.read(&title, &body);
            let mut all = 0;
            Tokenizer::default().words(&body, |_| all += 1);
            prop_assert!(read.words().len() <= all);
            prop_assert_eq!(read.words().is_empty(), all == 0);
        }
    }
}
