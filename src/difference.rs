//! Two versions of a text to what differs, word by word, in bounded space.
//!
//! Texts are cut at Unicode's word bounds (UAX 29), so that scripts without spaces have words too; blanks count for
//! nothing. Between what agrees at both ends, words that each text has once are aligned first, as many as stand in one order
//! (Cohen's patience diff, 2010), and what is between them by Myers' algorithm (1986) with git's bounds on hard inputs, as
//! the crate `similar` has them: no clock decides. A word or two that agree between two changes are part of the change: it
//! reads better. Texts that hardly share their words, as when a page was given to another article, are one change and are
//! not aligned.
//!
//! Time: the words times the logarithm of their number; where words repeat, their number times the changes between two that
//! do not. Memory: the words. Bad case: a text that was moved within shows as taken out and put in.

use crate::hash;
use crate::report::show::clip;
use hashbrown::HashTable;
use serde::{Deserialize, Serialize};
use similar::{Algorithm, DiffOp, capture_diff_slices};
use std::ops::Range;
use unicode_segmentation::UnicodeSegmentation;

/// Words of a text that are compared.
const COMPARED: usize = 2000;
/// Words that are shown on either side of a change, and of one.
const AROUND: usize = 8;
const CHANGED: usize = 40;
/// Characters of one word that are shown.
const WORD_CHARS: usize = 60;
/// Changes that are shown.
const CHANGES: usize = 12;
/// Of so many words at most it is looked whether the other text has one of them.
const FEW: usize = 16;
/// Fewer words than this that agree between two changes are part of them.
const ISLAND: usize = 3;
/// Versions share this much of the shorter's pairs of neighbouring words at the least, wherever they stand: unlike texts of
/// a thousand words share a tenth.
const SHARED: f64 = 0.25;

/// What differs between two texts.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Difference {
    /// Words that only the second has.
    pub added: usize,
    /// Words that only the first has.
    pub removed: usize,
    /// The changes with the words around them, in order.
    pub differences: Vec<Part>,
    /// Changes that are not shown.
    pub more: usize,
}

/// A run of words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// Which text has it.
    pub kind: Kind,
    /// The words, cut where they are many.
    pub text: String,
}

/// Which text has a run of words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Both.
    Same,
    /// The first alone.
    Removed,
    /// The second alone.
    Added,
}

impl Difference {
    /// What makes `new` of `old`.
    pub fn of(old: &str, new: &str) -> Self {
        let (old, new) = (words(old), words(new));
        let mut changes = changes(&old, &new);
        let count = |words: &[Word]| words.iter().filter(|word| word.is_word).count();
        let mut out = Difference {
            added: changes.iter().map(|change| count(&new[change.new.0..change.new.1])).sum(),
            removed: changes.iter().map(|change| count(&old[change.old.0..change.old.1])).sum(),
            differences: Vec::new(),
            more: changes.len().saturating_sub(CHANGES),
        };
        changes.truncate(CHANGES);
        let mut from = 0;
        for change in &changes {
            out.same(&new[from..change.new.0], from > 0, true);
            out.push(Kind::Removed, shown(&old[change.old.0..change.old.1], CHANGED));
            out.push(Kind::Added, shown(&new[change.new.0..change.new.1], CHANGED));
            from = change.new.1;
        }
        if !changes.is_empty() {
            out.same(&new[from..], true, false);
        }
        out
    }

    /// Words that agree, of which those near a change before them or after them are shown.
    fn same(&mut self, words: &[Word], is_after: bool, is_before: bool) {
        let (head, tail) = (if is_after { AROUND } else { 0 }, if is_before { AROUND } else { 0 });
        if words.len() <= head + tail {
            return self.push(Kind::Same, shown(words, words.len()));
        }
        let (head, tail) = (shown(&words[..head], head), shown(&words[words.len() - tail..], tail));
        self.push(Kind::Same, format!("{head}… {tail}"));
    }

    fn push(&mut self, kind: Kind, text: String) {
        if !text.is_empty() {
            self.differences.push(Part { kind, text });
        }
    }
}

/// A word, a number or a mark between them.
#[derive(Debug, Clone, Copy)]
struct Word<'a> {
    text: &'a str,
    is_word: bool,
    /// Whether a blank follows.
    is_apart: bool,
}

fn words(text: &str) -> Vec<Word<'_>> {
    let (mut words, mut rest): (Vec<Word>, _) = (Vec::with_capacity(COMPARED.min(text.len() / 5)), text);
    while !rest.is_empty() {
        // Most are a word of plain letters, and a mark perhaps, which need not be looked at any closer.
        let bytes = rest.as_bytes();
        let plain = bytes.iter().position(|byte| !byte.is_ascii_alphanumeric()).unwrap_or(bytes.len());
        let tight = plain + usize::from(matches!(bytes.get(plain), Some(b',' | b'.')));
        let (mark, is_apart) = (&rest[plain..tight], bytes.get(tight) == Some(&b' '));
        if plain > 0 && (is_apart || tight == bytes.len()) && words.len() + 2 <= COMPARED {
            words.push(Word { text: &rest[..plain], is_word: true, is_apart: is_apart && mark.is_empty() });
            words.extend((!mark.is_empty()).then_some(Word { text: mark, is_word: false, is_apart }));
            rest = &rest[tight + usize::from(is_apart)..];
            continue;
        }
        let (run, after) = rest.split_at(rest.find(' ').map_or(rest.len(), |blank| blank + 1));
        for text in cut(run) {
            if text.trim().is_empty() {
                words.last_mut().into_iter().for_each(|word| word.is_apart = true);
            } else if words.len() == COMPARED {
                return words;
            } else {
                words.push(Word { text, is_word: text.contains(char::is_alphanumeric), is_apart: false });
            }
        }
        rest = after;
    }
    words
}

/// What is between the word bounds of a text.
fn cut(text: &str) -> impl Iterator<Item = &str> {
    let (mut simple, other) = if text.chars().all(is_simple) { (text, "") } else { ("", text) };
    let of_simple = std::iter::from_fn(move || {
        let (first, after) = simple.split_at(simple_end(simple)?);
        simple = after;
        Some(first)
    });
    of_simple.chain(other.split_word_bounds())
}

/// Whether [`simple_end`] knows a character: ASCII, and what typographers put in its place.
fn is_simple(c: char) -> bool {
    c.is_ascii() || matches!(c, '‘' | '’' | '“' | '”' | '–' | '—' | '…')
}

/// Where the first of the words of simple characters ends, or of what is between them: letters, digits and `_` stand together,
/// and so do letters or digits with one mark between them that joins such; line ends of two characters and blanks do.
fn simple_end(text: &str) -> Option<usize> {
    let is_of_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let joins = |before: char, mark: char, after: char| {
        before.is_ascii_alphabetic() && after.is_ascii_alphabetic() && matches!(mark, ':' | '.' | '\'' | '‘' | '’')
            || before.is_ascii_digit() && after.is_ascii_digit() && matches!(mark, ',' | ';' | '.' | '\'' | '‘' | '’')
    };
    let mut chars = text.char_indices();
    let (_, mut last) = chars.next()?;
    if !is_of_word(last) {
        let together = match last {
            '\r' => text.starts_with("\r\n").then_some(2),
            ' ' => Some(text.len() - text.trim_start_matches(' ').len()),
            _ => None,
        };
        return Some(together.unwrap_or(last.len_utf8()));
    }
    while let Some((at, c)) = chars.next() {
        if is_of_word(c) {
            last = c;
            continue;
        }
        match chars.next() {
            Some((_, after)) if joins(last, c, after) => last = after,
            _ => return Some(at),
        }
    }
    Some(text.len())
}

/// Where two texts differ: from a word on, to a word.
#[derive(Debug, Clone, Copy)]
struct Change {
    old: (usize, usize),
    new: (usize, usize),
}

/// The changes, those put together between which hardly anything agrees.
fn changes(old: &[Word], new: &[Word]) -> Vec<Change> {
    let mut numbers = Numbers::default();
    let (old, new) = (numbers.of(old), numbers.of(new));
    let head = agreeing(old.iter(), new.iter());
    let tail = agreeing(old[head..].iter().rev(), new[head..].iter().rev());
    let needed = SHARED * (old.len().min(new.len()) as f64 - 1.0);
    let at_ends = head.saturating_sub(1) + tail.saturating_sub(1);
    if (at_ends as f64) < needed && (shared_pairs(&old, &new) as f64) < needed {
        return vec![Change { old: (0, old.len()), new: (0, new.len()) }];
    }
    let mut changes: Vec<Change> = Vec::new();
    let mut change = |old: Range<usize>, new: Range<usize>| match changes.last_mut() {
        Some(last) if old.start - last.old.1 < ISLAND => (last.old.1, last.new.1) = (old.end, new.end),
        _ => changes.push(Change { old: (old.start, old.end), new: (new.start, new.end) }),
    };
    let (old_end, new_end) = (old.len() - tail, new.len() - tail);
    let anchors = anchors(&old[head..old_end], &new[head..new_end], numbers.texts.len());
    let anchors = anchors.into_iter().map(|(old, new)| (head + old, head + new));
    let (mut old_from, mut new_from) = (head, head);
    for (old_to, new_to) in anchors.chain([(old_end, new_end)]) {
        let from = |from: usize, range: Range<usize>| from + range.start..from + range.end;
        between(&old[old_from..old_to], &new[new_from..new_to], |old, new| {
            change(from(old_from, old), from(new_from, new));
        });
        (old_from, new_from) = (old_to + 1, new_to + 1);
    }
    changes
}

/// The places of words that both have once, as many of them as stand in the same order in both; of so many `numbers`.
fn anchors(old: &[u32], new: &[u32], numbers: usize) -> Vec<(usize, usize)> {
    /// Where a number stands in the second, how often, and how often in the first.
    #[derive(Clone, Copy, Default)]
    struct Stands {
        place: u32,
        in_new: u32,
        in_old: u32,
    }
    let mut stands = vec![Stands::default(); numbers];
    for (&number, place) in new.iter().zip(0..) {
        let stands = &mut stands[number as usize];
        (stands.place, stands.in_new) = (place, stands.in_new + 1);
    }
    old.iter().for_each(|&number| stands[number as usize].in_old += 1);
    // The longest ascending run of places (Schensted 1961): of each length the run that ends lowest, each with the one
    // before it.
    let (mut lowest, mut runs): (Vec<u32>, Vec<(usize, usize, u32)>) = (Vec::new(), Vec::new());
    for (at, number) in old.iter().enumerate() {
        let Stands { place, in_new: 1, in_old: 1 } = stands[*number as usize] else { continue };
        let place = place as usize;
        let length = lowest.partition_point(|&run| runs[run as usize].1 < place);
        let before = length.checked_sub(1).map_or(u32::MAX, |shorter| lowest[shorter]);
        match lowest.get_mut(length) {
            Some(run) => *run = runs.len() as u32,
            None => lowest.push(runs.len() as u32),
        }
        runs.push((at, place, before));
    }
    let longest =
        std::iter::successors(lowest.last(), |&&run| Some(&runs[run as usize].2).filter(|&&run| run != u32::MAX));
    let mut anchors: Vec<(usize, usize)> = longest.map(|&run| (runs[run as usize].0, runs[run as usize].1)).collect();
    anchors.reverse();
    anchors
}

/// Tells of every `change` between two that are mostly short.
fn between(old: &[u32], new: &[u32], mut change: impl FnMut(Range<usize>, Range<usize>)) {
    if old == new {
        return;
    }
    // Of a few words that were exchanged for a few others none agrees.
    if old.len().min(new.len()) <= FEW && !old.iter().any(|word| new.contains(word)) {
        return change(0..old.len(), 0..new.len());
    }
    let ops = capture_diff_slices(Algorithm::Myers, old, new);
    let differ = ops.iter().filter(|op| !matches!(op, DiffOp::Equal { .. }));
    differ.for_each(|op| change(op.old_range(), op.new_range()));
}

/// How many agree before two differ.
fn agreeing<'a>(one: impl Iterator<Item = &'a u32>, other: impl Iterator<Item = &'a u32>) -> usize {
    one.zip(other).take_while(|(one, other)| one == other).count()
}

/// A number for each word, equal where the words are.
#[derive(Default)]
struct Numbers<'a> {
    texts: Vec<&'a str>,
    /// By hash.
    numbers: HashTable<(u64, u32)>,
}

impl<'a> Numbers<'a> {
    fn of(&mut self, words: &[Word<'a>]) -> Vec<u32> {
        let Numbers { texts, numbers } = self;
        let mut number = |word: &Word<'a>| {
            let (text, hash) = (word.text, hash::word(word.text.as_bytes()));
            let is_same = |&(other, number): &(u64, u32)| other == hash && texts[number as usize] == text;
            if let Some(&(_, known)) = numbers.find(hash, is_same) {
                return known;
            }
            let new = texts.len() as u32;
            numbers.insert_unique(hash, (hash, new), |&(hash, _)| hash);
            texts.push(text);
            new
        };
        words.iter().map(&mut number).collect()
    }
}

/// Pairs of neighbouring words that both have, as often as both have them.
fn shared_pairs(old: &[u32], new: &[u32]) -> usize {
    let pairs = |words: &[u32]| words.windows(2).map(|pair| u64::from(pair[0]) << 32 | u64::from(pair[1])).collect();
    let [mut old, mut new]: [Vec<u64>; 2] = [pairs(old), pairs(new)];
    old.sort_unstable();
    new.sort_unstable();
    let mut left = old.into_iter().peekable();
    new.into_iter()
        .filter(|pair| {
            while left.next_if(|other| other < pair).is_some() {}
            left.next_if(|other| other == pair).is_some()
        })
        .count()
}

/// The first so many words as they are read.
fn shown(words: &[Word], most: usize) -> String {
    let mut out = String::new();
    for word in &words[..words.len().min(most)] {
        out += &clip(word.text, WORD_CHARS);
        out += if word.is_apart { " " } else { "" };
    }
    if words.len() > most {
        out += "… ";
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn marked(old: &str, new: &str) -> String {
        let mark = |part: &Part| match part.kind {
            Kind::Same => part.text.clone(),
            Kind::Removed => format!("[-{}-]", part.text),
            Kind::Added => format!("{{+{}+}}", part.text),
        };
        Difference::of(old, new).differences.iter().map(mark).collect()
    }

    #[test]
    fn a_changed_word_is_marked_between_those_around_it() {
        assert_eq!(
            marked("Nine  dead in storm.", "Ten dead\nin storm."),
            "[-Nine  -]{+Ten +}dead in storm.".replace("  ", " ")
        );
        assert_eq!(marked("a b c d e f", "a b c X d e f"), "a b c {+X +}d e f");
        assert_eq!(marked("伊朗与欧洲三国会谈", "伊朗与欧洲四国会谈"), "伊朗与欧洲[-三-]{+四+}国会谈");
        assert_eq!(Difference::of("same words", "same  words"), Difference::default());
        let long = (0..100).map(|n| format!("w{n} ")).collect::<String>();
        let difference = Difference::of(&(long.clone() + "old"), &(long.clone() + "new " + &long));
        assert_eq!((difference.added, difference.removed), (101, 1));
        assert_eq!(difference.differences[0].text, "… w92 w93 w94 w95 w96 w97 w98 w99 ");
        assert!(difference.differences[2].text.ends_with("w38 … "), "{difference:?}");
    }

    proptest! {
        #[test]
        fn simple_texts_are_cut_where_others_are(text in "([a-c1-3_:.,;'‘’“”–—… \\r\\n\\t\u{b}\"()é-]|[ -~]){0,24}") {
            prop_assert_eq!(cut(&text).collect::<Vec<_>>(), text.split_word_bounds().collect::<Vec<_>>());
        }
    }

    #[test]
    fn words_between_two_changes_are_part_of_them() {
        assert_eq!(marked("x of y and z z z z", "u of v and z z z z"), "[-x of y -]{+u of v +}and z z z z");
    }

    #[test]
    fn another_text_is_one_change() {
        let (old, new) = ("the storm of the north, 9 dead", "of shares and the bank: a fall");
        assert_eq!(marked(old, new), "[-the storm of the north, 9 dead-]{+of shares and the bank: a fall+}");
        assert_eq!(marked("", "some words"), "{+some words+}");
        let long = "a and b of c, and d of e, and f. ".repeat(3);
        assert!(
            marked("f of b and e", &long).starts_with("[-f of b and e-]"),
            "many words of the longer prove nothing"
        );
        assert_eq!(marked("one two three", "one two three, four, five"), "one two three{+, four, five+}");
    }

    #[test]
    fn what_is_shown_is_bounded() {
        let (old, new) =
            (["x", &"q".repeat(500)].join(" "), (0..50_000).map(|n| format!("{n} a b c ")).collect::<String>());
        for (old, new) in [(&*old, &*new), (&*new, &*old), (&*new, &*new.replace("b", "é"))] {
            let Difference { differences, more, .. } = Difference::of(old, new);
            let bytes: usize = differences.iter().map(|part| part.text.len()).sum();
            assert!(differences.len() <= 3 * CHANGES + 1 && bytes < 16_000, "{} {bytes} {more}", differences.len());
        }
    }

    proptest! {
        #[test]
        fn anchors_are_the_most_words_of_one_order_that_both_have_once(
            old in prop::collection::vec(0u32..20, 0..24), new in prop::collection::vec(0u32..20, 0..24),
        ) {
            let anchors = anchors(&old, &new, 20);
            let place = |words: &[u32], word: u32| {
                let mut places = (0..words.len()).filter(|&at| words[at] == word);
                places.next().filter(|_| places.next().is_none())
            };
            prop_assert!(anchors.is_sorted_by(|a, b| a.0 < b.0 && a.1 < b.1));
            let is_once = |&(at, other): &(usize, usize)| {
                old[at] == new[other] && place(&old, old[at]).is_some() && place(&new, old[at]).is_some()
            };
            prop_assert!(anchors.iter().all(is_once));
            // Of each, how many at most stand before it and it.
            let mut most: Vec<(usize, usize)> = Vec::new();
            for (place, _) in old.iter().filter_map(|&word| Some((place(&new, word)?, place(&old, word)?))) {
                let before = most.iter().filter(|&&(other, _)| other < place).map(|&(_, most)| most).max();
                most.push((place, before.unwrap_or(0) + 1));
            }
            prop_assert_eq!(anchors.len(), most.iter().map(|&(_, most)| most).max().unwrap_or(0));
        }

        #[test]
        fn what_differs_is_what_makes_one_of_the_other(
            old in prop::collection::vec("[a-h]{1,2}", 0..60), edits in prop::collection::vec((any::<prop::sample::Index>(), "[a-z]{0,2}", 0usize..5), 0..6),
        ) {
            let mut new = old.clone();
            for (at, word, removed) in edits {
                let at = at.index(new.len() + 1);
                new.splice(at..(at + removed).min(new.len()), Some(word).filter(|word| !word.is_empty()));
            }
            let (old, new) = (old.join(" "), new.join(" "));
            let (old, new) = (words(&old), words(&new));
            let texts = |words: &[Word]| words.iter().map(|word| word.text.to_owned()).collect::<Vec<_>>();
            // The first with every change made.
            let (mut made, mut from) = (Vec::new(), 0);
            for change in changes(&old, &new) {
                prop_assert!(from <= change.old.0, "changes in order, none twice");
                made.extend(texts(&old[from..change.old.0]));
                made.extend(texts(&new[change.new.0..change.new.1]));
                from = change.old.1;
            }
            made.extend(texts(&old[from..]));
            prop_assert_eq!(made, texts(&new));
        }

        #[test]
        fn small_changes_are_told_whole(old in "[ab ,é三]{0,24}", new in "[ab ,é三]{0,24}") {
            let tight = |text: &str| text.split_whitespace().collect::<String>();
            let difference = Difference::of(&old, &new);
            let side = |but: Kind| difference.differences.iter().filter(|part| part.kind != but).map(|part| tight(&part.text)).collect::<String>();
            if difference.differences.is_empty() {
                prop_assert_eq!(tight(&old), tight(&new));
            } else if !side(Kind::Added).contains('…') {
                prop_assert_eq!(side(Kind::Added), tight(&old));
                prop_assert_eq!(side(Kind::Removed), tight(&new));
            }
        }
    }
}
