//! Two versions of a text to what differs, word by word, in bounded space.
//!
//! Texts are cut at Unicode's word bounds (UAX 29), so that scripts without spaces have words too; blanks count for
//! nothing. Between what agrees at both ends, words that each text has once are aligned first (Cohen's patience diff, 2010),
//! and what is between them by Myers' algorithm (1986) with git's bounds on hard inputs, as the crate `similar` has them: no
//! clock decides. A word or two that agree between two changes are part of the change: it reads better. Texts that hardly
//! share their words, as when a page was given to another article, are one change and are not aligned.
//!
//! Time: the words, and their number times the changes where these are few. Memory: the words. Bad case: a text that was
//! moved within shows as taken out and put in.

use crate::report::show::clip;
use serde::{Deserialize, Serialize};
use similar::{Algorithm, DiffOp, capture_diff_slices};
use std::collections::HashMap;
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
    let mut words: Vec<Word> = Vec::new();
    'text: for run in text.split_inclusive(' ') {
        // Most are a word of plain letters, and a mark perhaps, which need not be looked at any closer.
        let tight = run.strip_suffix(' ').unwrap_or(run);
        let plain = tight.strip_suffix([',', '.']).unwrap_or(tight);
        if !plain.is_empty() && plain.bytes().all(|byte| byte.is_ascii_alphanumeric()) && words.len() + 2 <= COMPARED {
            let (mark, is_apart) = (&tight[plain.len()..], tight.len() < run.len());
            words.push(Word { text: plain, is_word: true, is_apart: is_apart && mark.is_empty() });
            words.extend((!mark.is_empty()).then_some(Word { text: mark, is_word: false, is_apart }));
            continue;
        }
        for text in run.split_word_bounds() {
            if text.trim().is_empty() {
                words.last_mut().into_iter().for_each(|word| word.is_apart = true);
            } else if words.len() == COMPARED {
                break 'text;
            } else {
                words.push(Word { text, is_word: text.contains(char::is_alphanumeric), is_apart: false });
            }
        }
    }
    words
}

/// Where two texts differ: from a word on, to a word.
#[derive(Debug, Clone, Copy)]
struct Change {
    old: (usize, usize),
    new: (usize, usize),
}

/// The changes, those put together between which hardly anything agrees.
fn changes(old: &[Word], new: &[Word]) -> Vec<Change> {
    let mut numbers = Numbers::with_capacity_and_hasher(old.len(), ahash::RandomState::default());
    let (old, new) = (numbered(old, &mut numbers), numbered(new, &mut numbers));
    let head = agreeing(old.iter(), new.iter());
    let tail = agreeing(old[head..].iter().rev(), new[head..].iter().rev());
    let needed = SHARED * (old.len().min(new.len()) as f64 - 1.0);
    let at_ends = head.saturating_sub(1) + tail.saturating_sub(1);
    if (at_ends as f64) < needed && (shared_pairs(&old, &new) as f64) < needed {
        return vec![Change { old: (0, old.len()), new: (0, new.len()) }];
    }
    let mut changes: Vec<Change> = Vec::new();
    let between = |words: &[u32]| head..words.len() - tail;
    let ops = capture_diff_slices(Algorithm::Patience, &old[between(&old)], &new[between(&new)]);
    for op in ops.iter().filter(|op| !matches!(op, DiffOp::Equal { .. })) {
        let from_head = |range: Range<usize>| head + range.start..head + range.end;
        let (old, new) = (from_head(op.old_range()), from_head(op.new_range()));
        match changes.last_mut() {
            Some(last) if old.start - last.old.1 < ISLAND => (last.old.1, last.new.1) = (old.end, new.end),
            _ => changes.push(Change { old: (old.start, old.end), new: (new.start, new.end) }),
        }
    }
    changes
}

/// How many agree before two differ.
fn agreeing<'a>(one: impl Iterator<Item = &'a u32>, other: impl Iterator<Item = &'a u32>) -> usize {
    one.zip(other).take_while(|(one, other)| one == other).count()
}

/// Of each word, the number that stands for it.
type Numbers<'a> = HashMap<&'a str, u32, ahash::RandomState>;

/// A number for each word, equal where the words are.
fn numbered<'a>(words: &[Word<'a>], numbers: &mut Numbers<'a>) -> Vec<u32> {
    let mut number = |word: &Word<'a>| {
        let next = numbers.len() as u32;
        *numbers.entry(word.text).or_insert(next)
    };
    words.iter().map(&mut number).collect()
}

/// Pairs of neighbouring words that both have, as often as both have them.
fn shared_pairs(old: &[u32], new: &[u32]) -> usize {
    let mut left: HashMap<&[u32], usize, ahash::RandomState> = HashMap::default();
    old.windows(2).for_each(|pair| *left.entry(pair).or_default() += 1);
    let take = |left: &mut usize| (*left > 0).then(|| *left -= 1);
    new.windows(2).filter_map(|pair| left.get_mut(pair).and_then(take)).count()
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
