//! An outlet's pages to the lines that it repeats on unlike ones.
//!
//! Lines are judged by how often they stand, the seldom first. Beside a line on n pages, what stands on at most n/4 of
//! them is a page's own, but for what has been found to be repeated; and a page tells a new story if enough of its words
//! are its own and on no page before it. Of a live blog that is one page or two, however many paragraphs they have in
//! common. What many other outlets hold as well is theirs, and no boilerplate. Time O(lines log lines).

use super::sample::Page;
use super::{Line, OWN_WORDS};
use ahash::RandomState;
use hashbrown::HashMap;
use std::collections::HashSet;
use std::hash::BuildHasher;

/// A repeated line stands on pages that tell so many stories, at least, of which one of so many words is new, and that
/// are one of so many of the outlet's, or more where it is short. (Of two pages with a quarter of their own the similarity
/// is 0.6 at most: who leaves out what they share tells no near-duplicates apart.)
const STORIES: usize = 5;
const WORDS: usize = 4;
const SHARE: usize = 20;
/// The same of a line that is everywhere, if the pages are of different titles.
const STORIES_EVERYWHERE: usize = 12;
const WORDS_EVERYWHERE: usize = 8;
const SHARE_EVERYWHERE: usize = 2;
/// Of any other, one of so many pages tells a new story.
const PAGES: usize = 4;
/// So many outlets that hold a line and do not repeat it, one for so many that do, share it.
const HOLDING: usize = 3;
const REPEATING: usize = 4;

/// A line of a page.
#[derive(Clone, Copy)]
struct Place {
    words: usize,
    /// Its place among the lines on several pages; [`ALONE`] for others.
    line: usize,
}

const ALONE: usize = usize::MAX;

/// A line on several pages.
struct Several {
    line: Line,
    pages: Vec<u32>,
    is_repeated: bool,
}

/// The lines that an outlet with these pages repeats, in order.
pub(super) fn repeated(pages: &[Page]) -> Vec<Line> {
    let mut several = several(pages);
    let most = several.iter().map(|line| line.pages.len()).max().unwrap_or(0);
    if most < STORIES {
        return Vec::new();
    }
    let place = |&line: &Line| {
        let at = several.binary_search_by_key(&line, |several| several.line);
        Place { words: line.words(), line: at.unwrap_or(ALONE) }
    };
    let places: Vec<Vec<Place>> = pages.iter().map(|page| page.lines.iter().map(place).collect()).collect();
    let (mut found, mut seldom) = (Vec::new(), 1);
    while most >= 4 * seldom {
        let stories = Stories::of(pages, &places, &several, seldom);
        let judged = (4 * seldom).max(STORIES)..8 * seldom;
        for line in several.iter_mut().filter(|line| judged.contains(&line.pages.len())) {
            let is_everywhere = stories.are_everywhere(&line.pages);
            let are_unlike = stories.are_unlike(&line.pages);
            line.is_repeated = is_everywhere || are_unlike;
            found.extend(
                (is_everywhere || are_unlike && stories.are_many(&line.pages, line.line.words())).then_some(line.line),
            );
        }
        seldom *= 2;
    }
    found.sort_unstable();
    found
}

/// Takes from the lines that outlets repeat, in order, those that others hold all the same: an outlet with its `pages` at a
/// time.
pub(super) fn keep_shared<'a, S: BuildHasher>(
    lines: &mut HashMap<u64, Vec<Line>, S>,
    pages: impl Iterator<Item = (u64, &'a [Page])>,
) {
    /// Outlets that repeat a line, others that hold it, and the last one that was counted.
    #[derive(Default)]
    struct Spread {
        repeat: usize,
        hold: usize,
        last: Option<u64>,
    }
    let all = lines.values().flatten().map(|&line| (line, Spread::default()));
    let mut spreads: HashMap<Line, Spread, RandomState> = all.collect();
    for (outlet, pages) in pages {
        let own = lines.get(&outlet).map_or(&[][..], |own| own);
        for line in pages.iter().flat_map(|page| &page.lines) {
            if let Some(spread) = spreads.get_mut(line).filter(|spread| spread.last != Some(outlet)) {
                spread.last = Some(outlet);
                *if own.binary_search(line).is_ok() { &mut spread.repeat } else { &mut spread.hold } += 1;
            }
        }
    }
    let is_shared = |of: &Spread| of.hold >= HOLDING && of.hold * REPEATING >= of.repeat;
    lines.values_mut().for_each(|lines| lines.retain(|line| !spreads.get(line).is_some_and(is_shared)));
}

/// The lines on several pages, in order.
fn several(pages: &[Page]) -> Vec<Several> {
    let mut all: Vec<(Line, u32)> = Vec::new();
    pages.iter().zip(0..).for_each(|(page, number)| all.extend(page.lines.iter().map(|&line| (line, number))));
    all.sort_unstable();
    all.dedup();
    let lines = all.chunk_by(|a, b| a.0 == b.0).filter(|places| places.len() > 1);
    let line = |places: &[(Line, u32)]| Several {
        line: places[0].0,
        pages: places.iter().map(|&(_, page)| page).collect(),
        is_repeated: false,
    };
    lines.map(line).collect()
}

/// The pages that tell new stories.
struct Stories {
    /// Of each page, whether it does where that takes one of [`WORDS`], and of [`WORDS_EVERYWHERE`].
    new: Vec<[bool; 2]>,
    all: [usize; 2],
}

impl Stories {
    /// Of these pages, where lines on at most `seldom` of them are their own.
    fn of(pages: &[Page], places: &[Vec<Place>], several: &[Several], seldom: usize) -> Self {
        let mut titles = HashSet::new();
        let mut is_known: Vec<bool> =
            several.iter().map(|line| line.pages.len() > seldom || line.is_repeated).collect();
        let of_page = |(page, Page { title, .. }): (&Vec<Place>, &Page)| {
            let is_new =
                |place: &&Place| !is_known.get_mut(place.line).is_some_and(|known| std::mem::replace(known, true));
            let new: usize = page.iter().filter(is_new).map(|place| place.words).sum();
            let all: usize = page.iter().map(|place| place.words).sum();
            let is_new = |part| new >= OWN_WORDS && new * part >= all;
            [is_new(WORDS), is_new(WORDS_EVERYWHERE) && title.is_none_or(|title| titles.insert(title))]
        };
        let new: Vec<[bool; 2]> = places.iter().zip(pages).map(of_page).collect();
        let all = [0, 1].map(|way| new.iter().filter(|new| new[way]).count());
        Stories { new, all }
    }

    fn count(&self, pages: &[u32], way: usize) -> usize {
        pages.iter().filter(|&&page| self.new[page as usize][way]).count()
    }

    /// Whether a line of these pages is on most of all that tell a story.
    fn are_everywhere(&self, pages: &[u32]) -> bool {
        let [few, many] = [0, 1].map(|way| self.count(pages, way));
        (few >= STORIES && few * SHARE_EVERYWHERE >= self.all[0])
            || (many >= STORIES_EVERYWHERE && many * SHARE_EVERYWHERE >= self.all[1])
    }

    /// Whether these pages tell different stories.
    fn are_unlike(&self, pages: &[u32]) -> bool {
        let few = self.count(pages, 0);
        few >= STORIES && few * PAGES >= pages.len()
    }

    /// Whether these are enough of all pages that tell a story, for a line of so many words.
    fn are_many(&self, pages: &[u32], words: usize) -> bool {
        self.count(pages, 0) * SHARE * words.min(OWN_WORDS) >= self.all[0] * OWN_WORDS
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::boilerplate::sample::tests::page;
    use proptest::prelude::*;

    /// The same, counted by hand.
    fn oracle(pages: &[Page]) -> Vec<Line> {
        let holds = |page: &Page, line: &Line| page.lines.contains(line);
        let count = |line: &Line| pages.iter().filter(|page| holds(page, line)).count();
        let mut all: Vec<Line> = pages.iter().flat_map(|page| page.lines.to_vec()).collect();
        all.sort_unstable();
        all.dedup();
        let (mut repeated, mut found) = (Vec::new(), Vec::new());
        for seldom in [1, 2, 4, 8, 16, 32] {
            let new_words = |at: usize| -> usize {
                let is_own = |line: &&Line| count(line) <= seldom && !repeated.contains(*line);
                let is_new = |line: &&Line| pages[..at].iter().all(|earlier| !holds(earlier, line));
                pages[at].lines.iter().filter(is_own).filter(is_new).map(|line| line.words()).sum()
            };
            let tells = |at: usize, part: usize| {
                let words: usize = pages[at].lines.iter().map(|line| line.words()).sum();
                new_words(at) >= 8 && new_words(at) * part >= words
            };
            let few: Vec<usize> = (0..pages.len()).filter(|&at| tells(at, 4)).collect();
            let mut many: Vec<usize> = (0..pages.len()).filter(|&at| tells(at, 8)).collect();
            let mut titles = Vec::new();
            many.retain(|&at| {
                pages[at].title.is_none_or(|title| {
                    let is_new = !titles.contains(&title);
                    titles.push(title);
                    is_new
                })
            });
            let class: Vec<Line> = all
                .iter()
                .copied()
                .filter(|line| count(line) >= 5 && (4 * seldom..8 * seldom).contains(&count(line)))
                .collect();
            for line in class {
                let of = |stories: &[usize]| stories.iter().filter(|&&at| holds(&pages[at], &line)).count();
                let everywhere =
                    of(&few) >= 5 && of(&few) * 2 >= few.len() || of(&many) >= 12 && of(&many) * 2 >= many.len();
                let unlike = of(&few) >= 5 && of(&few) * 4 >= count(&line);
                repeated.extend((everywhere || unlike).then_some(line));
                found.extend(
                    (everywhere || unlike && of(&few) * 20 * line.words().min(8) >= few.len() * 8).then_some(line),
                );
            }
        }
        found.sort_unstable();
        found
    }

    proptest! {
        #[test]
        fn lines_are_judged_as_by_hand(
            shapes in prop::collection::vec((0u64..40, prop::collection::vec((0u64..24, 1u64..20), 0..10), 0u64..40), 0..70),
            standing in prop::collection::vec((0u64..10, 2u64..9), 0..4),
        ) {
            // A title, some lines of many, one of its own; and lines that stand on one page of so many.
            let mut pages = Vec::new();
            for (at, (title, some, own)) in (0u64..).zip(&shapes) {
                let standing = standing.iter().filter(|&&(line, every)| (at + line) % every < 2);
                let lines = some.iter().chain(standing).copied().chain([(1000 + at, *own)]);
                pages.push(page(at, *title % 30, lines));
            }
            prop_assert_eq!(repeated(&pages), oracle(&pages));
        }
    }
}
